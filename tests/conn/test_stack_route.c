/* IPv4 source routes: RFC 9293 3.9.2.1, MUST-51 to MUST-53, SHLD-24. Over IPv6 there are none, and its cases are empty. */
#include "stack_test.h"

#define HOP(n) (UINT32_C(0xcb007100) + (n)) /* 203.0.113.n */

/* The segment |t|, which came by gateways 1 .. |n|. */
static void in_by_route(struct rig *r, const struct tseg *t, uint8_t first, uint8_t n)
{
    uint8_t p[1600];
    size_t len = rig_build(r, t, p), o = 4 + 4u * n;
    memmove(p + 20 + o, p + 20, len - 20);
    p[20] = 1, p[21] = 131, p[22] = (uint8_t)(3 + 4 * n), p[23] = (uint8_t)(4 + 4 * n);
    for (uint8_t i = 0; i < n; i++) be32_put(p + 24 + 4 * i, HOP(first + i));
    p[0] = (uint8_t)(0x40 | (5 + o / 4));
    be16_put(p + 2, (uint16_t)(len + o));
    be16_put(p + 10, 0);
    csum_put(p + 10, csum_add(0, p, 20 + o));
    assert_int_equal(in_by(r, 0, p, len + o), TERN_INPUT_TAKEN);
}

/* One that came straight. (The rig cannot read what goes out by a route, so it is not asked to.) */
static void in_plain(struct rig *r, const struct tseg *t)
{
    uint8_t p[100];
    in_by(r, 0, p, rig_build(r, t, p));
}
#define PLAIN(r, ...) in_plain(r, &(struct tseg){__VA_ARGS__})

static void swallow(struct rig *r)
{
    struct tern_pkt pkt;
    while (tern_stack_output(r->s, 0, r->now, &pkt, 1)) {
    }
}

/* The next packet out goes to gateway |first|, and from there by |n - 1| more, downwards, to the peer. */
static struct wire_tcp expect_route(struct rig *r, uint8_t first, uint8_t n, uint32_t *len)
{
    static uint8_t p[TERN_PACKET_MAX];
    struct tern_pkt pkt;
    struct wire_tcp h;
    assert_int_equal(tern_stack_output(r->s, 0, r->now, &pkt, 1), 1);
    *len = (uint32_t)tern_pkt_flatten(&pkt, p, sizeof p);
    size_t head = (size_t)(p[0] & 15) * 4;
    assert_int_equal(head, n ? 24 + 4 * n : 20);
    assert_int_equal(csum_fold(csum_add(0, p, head)), 0xffff);
    for (uint8_t i = 0; i < n; i++) assert_int_equal(be32_get(i ? p + 20 + 4 * i : p + 16), HOP(first - i));
    assert_memory_equal(n ? p + head - 4 : p + 16, r->remote.addr.b + 12, 4);
    assert_int_equal(wire_tcp_parse(p + head, *len - head, &h), WIRE_OK);
    uint16_t field; /* the pseudo-header has the true destination */
    memcpy(&field, p + head + 16, sizeof field);
    assert_int_equal(field, csum_fold(csum_pseudo(&r->local.addr, &r->remote.addr, 6, *len - (uint32_t)head)));
    return h;
}

static void established_by_route(struct rig *r, uint8_t n)
{
    uint32_t len;
    r->set.source_route = 1;
    rig_listen(r);
    in_by_route(r, &(struct tseg){.flags = SYN, .mss = 1460}, 1, n);
    assert_int_equal(expect_route(r, n, n, &len).flags, SYN | ACK);
    in_by_route(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1}, 1, n);
    assert_non_null(rig_accept(r));
}

/* proves: MUST-53 */
static void a_passive_open_answers_by_the_reversed_route(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    established_by_route(r, 3);
    tern_conn_send(r->c, r->now, "x", 1);
    assert_int_equal(expect_route(r, 3, 3, &len).len, 1);
    PLAIN(r, .flags = ACK, .seq = 1, .ack = 2); /* a packet that came straight changes nothing */
    tern_conn_send(r->c, r->now, "x", 1);
    assert_int_equal(expect_route(r, 3, 3, &len).len, 1);
}

static void the_longest_route_fits(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    established_by_route(r, 9);
    tern_conn_send(r->c, r->now, "x", 1);
    expect_route(r, 9, 9, &len);
}

static void the_option_takes_its_part_of_the_segment(struct rig *r)
{
    static const uint8_t data[4000];
    uint32_t len;
    if (r->v6) return;
    established_by_route(r, 4);
    tern_conn_send(r->c, r->now, data, sizeof data);
    struct wire_tcp h = expect_route(r, 4, 4, &len);
    assert_int_equal(len, 1500);
    assert_int_equal(h.len, 1500 - 40 - 20);
    swallow(r);
}

/* proves: SHLD-24 */
static void a_later_route_overrides_an_earlier_one(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    established_by_route(r, 2);
    in_by_route(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1}, 7, 1);
    tern_conn_send(r->c, r->now, "x", 1);
    expect_route(r, 7, 1, &len);
}

static void the_route_lasts_through_time_wait(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    established_by_route(r, 2);
    tern_conn_close(r->c, r->now);
    assert_true(expect_route(r, 2, 2, &len).flags & FIN);
    PLAIN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    swallow(r);
    PLAIN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    assert_int_equal(expect_route(r, 2, 2, &len).flags, ACK);
    STATE(r, TERN_TIME_WAIT);
}

static void a_new_incarnation_answers_by_its_own_route(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    established_by_route(r, 2);
    tern_conn_close(r->c, r->now);
    swallow(r);
    PLAIN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    swallow(r);
    r->now += TERN_SEC;
    in_by_route(r, &(struct tseg){.flags = SYN, .seq = 100000}, 5, 1);
    assert_int_equal(expect_route(r, 5, 1, &len).flags, SYN | ACK);
}

static void a_reset_for_no_connection_goes_by_the_route(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    r->set.source_route = 1;
    rig_start(r);
    in_by_route(r, &(struct tseg){.flags = SYN}, 1, 2);
    assert_true(expect_route(r, 2, 2, &len).flags & RST);
    PLAIN(r, .flags = SYN);
    assert_true(expect_route(r, 0, 0, &len).flags & RST); /* and is forgotten */
}

static void routes_go_with_their_connections(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    established_by_route(r, 2);
    PLAIN(r, .flags = RST, .seq = 1);
    tern_conn_release(r->c, r->now);
    r->c = NULL;
    PLAIN(r, .flags = SYN);
    assert_true(expect_route(r, 0, 0, &len).flags == (SYN | ACK));
}

/* proves: MUST-51 */
static void the_application_chooses_the_route_of_an_active_open(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    struct tern_addr hop[2] = {addr_of("203.0.113.9"), addr_of("203.0.113.8")};
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    assert_int_equal(tern_conn_set_route(r->c, r->now, hop, 2), 0);
    assert_int_equal(expect_route(r, 9, 2, &len).flags, SYN);
}

/* proves: MUST-52 */
static void the_applications_route_wins(struct rig *r)
{
    uint32_t len;
    if (r->v6) return;
    struct tern_addr hop = addr_of("203.0.113.9");
    established_by_route(r, 2);
    assert_int_equal(tern_conn_set_route(r->c, r->now, &hop, 1), 0);
    in_by_route(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1, .len = 1}, 4, 3);
    in_by_route(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1, .len = 1}, 4, 3);
    expect_route(r, 9, 1, &len);
}

static void routes_that_cannot_be_are_refused(struct rig *r)
{
    struct tern_addr hop[10];
    for (int i = 0; i < 10; i++) hop[i] = addr_of("203.0.113.9");
    rig_connect(r);
    assert_int_equal(tern_conn_set_route(r->c, r->now, hop, 10), TERN_ERR_INVAL);
    assert_int_equal(tern_conn_set_route(r->c, r->now, hop, 9), r->v6 ? TERN_ERR_INVAL : 0);
    hop[1] = addr_of("2001:db8::9");
    assert_int_equal(tern_conn_set_route(r->c, r->now, hop, 2), TERN_ERR_INVAL);
    tern_conn_abort(r->c, r->now);
    assert_int_equal(tern_conn_set_route(r->c, r->now, hop, 1), r->v6 ? TERN_ERR_INVAL : TERN_ERR_NOTCONN);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_passive_open_answers_by_the_reversed_route),
    RIG_TEST(the_longest_route_fits),
    RIG_TEST(the_option_takes_its_part_of_the_segment),
    RIG_TEST(a_later_route_overrides_an_earlier_one),
    RIG_TEST(the_route_lasts_through_time_wait),
    RIG_TEST(a_new_incarnation_answers_by_its_own_route),
    RIG_TEST(a_reset_for_no_connection_goes_by_the_route),
    RIG_TEST(routes_go_with_their_connections),
    RIG_TEST(the_application_chooses_the_route_of_an_active_open),
    RIG_TEST(the_applications_route_wins),
    RIG_TEST(routes_that_cannot_be_are_refused),
};

RIG_MAIN(tests)
