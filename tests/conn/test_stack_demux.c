/* Which connection, or which listener, a segment is for: RFC 9293 3.10.7.1, 3.10.7.2, 3.9.1.1. */
#include "stack_test.h"

/* ---- connections ---- */

static void remote_ports_tell_connections_apart(struct rig *r)
{
    rig_listen(r);
    handshake_from(r, 1001);
    handshake_from(r, 1002);
    struct tern_conn *a = tern_listener_accept(r->l), *b = tern_listener_accept(r->l);
    assert_non_null(a);
    assert_non_null(b);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 7, .src_port = 1002);
    assert_int_equal(tern_conn_readable(a), 0);
    assert_int_equal(tern_conn_readable(b), 7);
}

static void remote_addresses_tell_connections_apart(struct rig *r)
{
    rig_passive(r);
    struct tern_conn *a = r->c;
    r->remote.addr = stranger(r);
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 3);
    assert_int_equal(tern_conn_readable(a), 0);
    assert_int_equal(tern_conn_readable(r->c), 3);
}

static void local_ports_tell_connections_apart(struct rig *r)
{
    struct tern_listen_config second = {.local = {.port = 81}};
    rig_passive(r);
    struct tern_conn *a = r->c;
    r->l = listen_on(r, &second);
    r->local.port = 81;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 3);
    assert_int_equal(tern_conn_readable(a), 0);
    assert_int_equal(tern_conn_readable(r->c), 3);
}

static void local_addresses_tell_connections_apart(struct rig *r)
{
    struct tern_addr other = other_local(r);
    int ifi = add_if(r, &other, false);
    uint8_t p[100];
    rig_listen(r);
    handshake_from(r, 1001);
    struct tern_conn *a = tern_listener_accept(r->l);
    r->local.addr = other;
    size_t len = rig_build(r, &(struct tseg){.flags = SYN, .src_port = 1001}, p);
    assert_int_equal(in_by(r, ifi, p, len), TERN_INPUT_TAKEN);
    len = rig_build(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1, .src_port = 1001}, p);
    in_by(r, ifi, p, len);
    struct tern_conn *b = tern_listener_accept(r->l);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
}

static void a_segment_for_an_established_pair_never_reaches_the_listener(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1); /* a challenge, RFC 5961 4.2 */
    assert_int_equal(info_of(r->l).half_n, 0);
}

/* ---- listeners ---- */

static void the_exact_address_wins_over_every_address(struct rig *r)
{
    rig_start(r);
    struct tern_listen_config every = {.local = {.port = RIG_PORT}}, exact = {.local = r->local};
    struct tern_listener *a = listen_on(r, &every), *b = listen_on(r, &exact);
    IN(r, .flags = SYN);
    assert_int_equal(info_of(a).half_n, 0);
    assert_int_equal(info_of(b).half_n, 1);
}

static void the_exact_address_wins_in_either_order(struct rig *r)
{
    rig_start(r);
    struct tern_listen_config every = {.local = {.port = RIG_PORT}}, exact = {.local = r->local};
    struct tern_listener *b = listen_on(r, &exact), *a = listen_on(r, &every);
    IN(r, .flags = SYN);
    assert_int_equal(info_of(a).half_n, 0);
    assert_int_equal(info_of(b).half_n, 1);
}

static void a_fully_specified_passive_open_wins(struct rig *r)
{
    rig_start(r);
    struct tern_listen_config exact = {.local = r->local}, full = {.local = r->local, .remote = r->remote};
    struct tern_listener *a = listen_on(r, &exact), *b = listen_on(r, &full);
    IN(r, .flags = SYN);
    assert_int_equal(info_of(b).half_n, 1);
    IN(r, .flags = SYN, .src_port = 5);
    assert_int_equal(info_of(a).half_n, 1);
}

static void a_fully_specified_passive_open_takes_nobody_else(struct rig *r)
{
    rig_start(r);
    struct tern_listen_config full = {.local = r->local, .remote = r->remote};
    listen_on(r, &full);
    r->remote.addr = stranger(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
    r->remote.addr = addr_of(r->v6 ? "2001:db8::1" : "192.0.2.1");
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void an_any_listener_takes_every_port(struct rig *r)
{
    struct tern_listen_config cfg = {.any = true};
    struct tern_listener *l = listen_on(r, &cfg);
    for (uint16_t port = 1; port < 60000; port = (uint16_t)(port * 3 + 1)) {
        uint16_t from = 0;
        IN(r, .flags = SYN, .dst_port = port);
        assert_int_equal(next_flags(r, &from, NULL), SYN | ACK);
        assert_int_equal(from, port);
    }
    assert_true(info_of(l).half_n > 9);
}

static void an_any_listener_yields_to_any_other(struct rig *r)
{
    struct tern_listen_config any = {.any = true}, port = {.local = {.port = RIG_PORT}};
    struct tern_listener *a = listen_on(r, &any), *b = listen_on(r, &port);
    IN(r, .flags = SYN);
    assert_int_equal(info_of(a).half_n, 0);
    assert_int_equal(info_of(b).half_n, 1);
}

static void an_any_interface_takes_foreign_addresses(struct rig *r)
{
    struct tern_addr mine = other_local(r);
    struct tern_listen_config cfg = {.any = true};
    int ifi = add_if(r, &mine, true);
    uint8_t p[100];
    r->l = listen_on(r, &cfg);
    r->local.addr = stranger(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    assert_int_equal(in_by(r, 0, p, len), TERN_INPUT_FOREIGN); /* the first interface takes its own only */
    assert_int_equal(in_by(r, ifi, p, len), TERN_INPUT_TAKEN);
    len = rig_build(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1}, p);
    in_by(r, ifi, p, len);
    r->c = tern_listener_accept(r->l);
    assert_non_null(r->c);
    struct tern_status st = rig_status(r);
    assert_true(tern_addr_eq(&st.local.addr, &r->local.addr)); /* the caller learns whom the peer wanted */
    assert_int_equal(st.local.port, RIG_PORT);
}

static void v6only_leaves_ipv4_alone(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .v6only = true};
    listen_on(r, &cfg);
    IN(r, .flags = SYN);
    if (r->v6)
        OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    else
        OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
}

static void the_ipv4_wildcard_leaves_ipv6_alone(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.addr = addr_of("0.0.0.0"), .port = RIG_PORT}};
    listen_on(r, &cfg);
    IN(r, .flags = SYN);
    if (r->v6)
        OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
    else
        OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void two_listeners_do_not_share_an_endpoint(struct rig *r)
{
    struct tern_listener *l = NULL;
    rig_listen(r);
    struct tern_listen_config same = {.local = {.port = RIG_PORT}};
    assert_int_equal(tern_stack_listen(r->s, &same, &l), TERN_ERR_ADDRINUSE);
    assert_null(l);
    tern_listener_close(r->l);
    assert_int_equal(tern_stack_listen(r->s, &same, &l), 0);
}

static void a_listener_needs_an_address_of_ours(struct rig *r)
{
    struct tern_listener *l;
    rig_start(r);
    struct tern_listen_config cfg = {.local = {.addr = stranger(r), .port = RIG_PORT}};
    assert_int_equal(tern_stack_listen(r->s, &cfg, &l), TERN_ERR_ADDRNOTAVAIL);
}

static void a_listener_without_port_is_given_one(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.port = 0}};
    struct tern_listener *a = listen_on(r, &cfg), *b = listen_on(r, &cfg);
    uint16_t x = tern_listener_local(a).port, y = tern_listener_local(b).port;
    assert_true(x >= r->set.port_min && x <= r->set.port_max);
    assert_int_not_equal(x, y);
    IN(r, .flags = SYN, .dst_port = x);
    assert_int_equal(next_flags(r, NULL, NULL), SYN | ACK);
}

static void closing_a_listener_forgets_half_open_and_resets_queued_connections(struct rig *r)
{
    rig_listen(r);
    handshake_from(r, 1001);
    IN(r, .flags = SYN, .src_port = 1002);
    rig_clear(r);
    tern_listener_close(r->l);
    uint16_t to = 0;
    uint16_t flags = next_flags(r, NULL, &to);
    assert_true(flags & RST);
    assert_int_equal(to, 1001);
    struct tern_counters n = rig_counters(r);
    assert_int_equal(n.half_n, 0);
    assert_int_equal(n.conn_n, 0);
    assert_int_equal(n.listener_n, 0);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 1002);
    OUT(r, .flags = RST, .seq = 1);
}

static void accepted_connections_outlive_their_listener(struct rig *r)
{
    rig_passive(r);
    tern_listener_close(r->l);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 4);
    READ(r, 4);
    STATE(r, TERN_ESTABLISHED);
}

static void send_in_listen_makes_the_open_active(struct rig *r)
{
    rig_listen(r);
    assert_int_equal(tern_listener_send(r->l, &r->remote, "\x07", 1, &r->c), 0);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    const struct out_seg *o = rig_next(r);
    while (o && !o->h.len) o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.len, 1);
    assert_int_equal(rig_counters(r).listener_n, 0);
}

static void send_in_listen_of_an_any_listener_is_refused(struct rig *r)
{
    struct tern_listen_config cfg = {.any = true};
    r->l = listen_on(r, &cfg);
    assert_int_equal(tern_listener_send(r->l, &r->remote, "a", 1, &r->c), TERN_ERR_INVAL);
    assert_int_equal(rig_counters(r).listener_n, 1);
}

static const struct rig_test tests[] = {
    RIG_TEST(remote_ports_tell_connections_apart),
    RIG_TEST(remote_addresses_tell_connections_apart),
    RIG_TEST(local_ports_tell_connections_apart),
    RIG_TEST(local_addresses_tell_connections_apart),
    RIG_TEST(a_segment_for_an_established_pair_never_reaches_the_listener),
    RIG_TEST(the_exact_address_wins_over_every_address),
    RIG_TEST(the_exact_address_wins_in_either_order),
    RIG_TEST(a_fully_specified_passive_open_wins),
    RIG_TEST(a_fully_specified_passive_open_takes_nobody_else),
    RIG_TEST(an_any_listener_takes_every_port),
    RIG_TEST(an_any_listener_yields_to_any_other),
    RIG_TEST(an_any_interface_takes_foreign_addresses),
    RIG_TEST(v6only_leaves_ipv4_alone),
    RIG_TEST(the_ipv4_wildcard_leaves_ipv6_alone),
    RIG_TEST(two_listeners_do_not_share_an_endpoint),
    RIG_TEST(a_listener_needs_an_address_of_ours),
    RIG_TEST(a_listener_without_port_is_given_one),
    RIG_TEST(closing_a_listener_forgets_half_open_and_resets_queued_connections),
    RIG_TEST(accepted_connections_outlive_their_listener),
    RIG_TEST(send_in_listen_makes_the_open_active),
    RIG_TEST(send_in_listen_of_an_any_listener_is_refused),
};

RIG_MAIN(tests)
