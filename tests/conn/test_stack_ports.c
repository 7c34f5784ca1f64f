/* The local end of an active OPEN: RFC 9293 3.9.1.1, RFC 6056. */
#include "stack_test.h"

static struct tern_conn *connect_to(struct rig *r, const struct tern_endpoint *to, int want)
{
    struct tern_conn *c = NULL;
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, NULL, to, &c), want);
    return c;
}

static uint16_t port_of(const struct tern_conn *c)
{
    struct tern_status st;
    tern_conn_status(c, &st);
    return st.local.port;
}

/* proves: RFC 6056 3.2 */
static void ephemeral_ports_keep_to_their_range(struct rig *r)
{
    r->set.port_min = 50000, r->set.port_max = 50099;
    rig_start(r);
    for (uint16_t i = 0; i < 50; i++) {
        uint16_t port = port_of(connect_to(r, &r->remote, 0));
        assert_true(port >= 50000 && port <= 50099);
    }
}

static void ephemeral_ports_of_one_destination_are_distinct(struct rig *r)
{
    static uint8_t seen[65536];
    memset(seen, 0, sizeof seen);
    rig_start(r);
    for (int i = 0; i < 1000; i++) {
        uint16_t port = port_of(connect_to(r, &r->remote, 0));
        assert_int_equal(seen[port]++, 0);
    }
}

/* proves: RFC 6056 3.3.3. Each destination starts at an offset of its own, which an outsider cannot tell. */
static void ephemeral_ports_differ_by_destination(struct rig *r)
{
    uint16_t port[16];
    int same = 0;
    rig_start(r);
    for (int i = 0; i < 16; i++) {
        struct tern_endpoint to = {r->remote.addr, (uint16_t)(1000 + i)};
        port[i] = port_of(connect_to(r, &to, 0));
        same += i > 0 && (uint16_t)(port[i] - port[i - 1]) <= 2;
    }
    assert_true(same < 4);
}

/* proves: RFC 6056 3.3.3 */
static void another_secret_gives_other_ports(struct rig *r)
{
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .secret = "another secret.", .now = r->now};
    rig_start(r);
    struct tern_stack *s = tern_stack_new(&sc);
    struct tern_if_config ic = {.mtu = 1500, .addr_n = 1, .addr = {r->local.addr}, .prefix_len = {(uint8_t)(r->v6 ? 64 : 24)}};
    assert_non_null(s);
    assert_int_equal(tern_stack_add_if(s, &ic), 0);
    int same = 0;
    for (int i = 0; i < 16; i++) {
        struct tern_endpoint to = {r->remote.addr, (uint16_t)(1000 + i)};
        struct tern_conn *c;
        assert_int_equal(tern_stack_connect(s, NULL, &to, &c), 0);
        same += port_of(c) == port_of(connect_to(r, &to, 0));
    }
    assert_true(same < 4);
    tern_stack_free(s);
}

static void ephemeral_ports_avoid_listeners(struct rig *r)
{
    r->set.port_min = 50000, r->set.port_max = 50003;
    for (uint16_t i = 0; i < 3; i++) {
        struct tern_listen_config cfg = {.local = {.port = (uint16_t)(50000 + i)}};
        listen_on(r, &cfg);
    }
    assert_int_equal(port_of(connect_to(r, &r->remote, 0)), 50003);
    connect_to(r, &r->remote, TERN_ERR_ADDRNOTAVAIL);
}

static void ports_run_out_for_one_destination_only(struct rig *r)
{
    r->set.port_min = 50000, r->set.port_max = 50009;
    rig_start(r);
    for (int i = 0; i < 10; i++) connect_to(r, &r->remote, 0);
    connect_to(r, &r->remote, TERN_ERR_ADDRNOTAVAIL);
    struct tern_endpoint other = {r->remote.addr, 81};
    connect_to(r, &other, 0);
}

static void a_port_comes_free_with_its_connection(struct rig *r)
{
    r->set.port_min = r->set.port_max = 50000;
    rig_start(r);
    struct tern_conn *c = connect_to(r, &r->remote, 0);
    connect_to(r, &r->remote, TERN_ERR_ADDRNOTAVAIL);
    tern_conn_abort(c, r->now);
    tern_conn_release(c, r->now);
    assert_int_equal(port_of(connect_to(r, &r->remote, 0)), 50000);
}

static void a_chosen_pair_is_open_once(struct rig *r)
{
    struct tern_conn *again = NULL;
    rig_connect(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &again), TERN_ERR_ADDRINUSE);
    assert_null(again);
}

/* proves: MUST-46 */
static void an_unspecified_or_many_headed_destination_is_refused(struct rig *r)
{
    struct tern_endpoint to = r->remote;
    to.port = 0;
    connect_to(r, &to, TERN_ERR_INVAL);
    to = (struct tern_endpoint){.port = 80};
    connect_to(r, &to, TERN_ERR_INVAL);
    to.addr = addr_of(r->v6 ? "ff02::1" : "224.0.0.1"); /* MUST-46 */
    connect_to(r, &to, TERN_ERR_INVAL);
    if (r->v6) return;
    to.addr = addr_of("255.255.255.255");
    connect_to(r, &to, TERN_ERR_INVAL);
}

static void a_family_without_address_is_unreachable(struct rig *r)
{
    struct tern_endpoint to = {addr_of(r->v6 ? "192.0.2.1" : "2001:db8::1"), 80};
    connect_to(r, &to, TERN_ERR_UNREACH);
}

static void a_foreign_local_address_is_refused(struct rig *r)
{
    struct tern_conn *c;
    rig_start(r);
    struct tern_endpoint from = {stranger(r), 0};
    assert_int_equal(tern_stack_connect(r->s, &from, &r->remote, &c), TERN_ERR_ADDRNOTAVAIL);
}

/* proves: MUST-44 */
static void the_longest_prefix_chooses_interface_and_address(struct rig *r)
{
    struct tern_addr mine = addr_of(r->v6 ? "2001:db8:1::1" : "198.51.100.1");
    struct tern_if_config cfg = {.mtu = 1400, .addr_n = 1, .addr = {mine}, .prefix_len = {(uint8_t)(r->v6 ? 64 : 24)}};
    struct tern_pkt pkt;
    struct tern_status st;
    rig_start(r);
    int ifi = tern_stack_add_if(r->s, &cfg);
    assert_int_equal(ifi, 1);
    struct tern_endpoint to = {stranger(r), 80};
    struct tern_conn *c = connect_to(r, &to, 0);
    tern_conn_status(c, &st);
    assert_true(tern_addr_eq(&st.local.addr, &mine));
    assert_int_equal(st.path_mtu, 1400);
    assert_int_equal(tern_stack_output(r->s, 0, r->now, &pkt, 1), 0);
    assert_int_equal(tern_stack_output(r->s, 1, r->now, &pkt, 1), 1);
}

static void the_first_interface_leads_everywhere_else(struct rig *r)
{
    struct tern_endpoint to = {addr_of(r->v6 ? "2001:db8:ffff::1" : "203.0.113.5"), 80};
    struct tern_pkt pkt;
    connect_to(r, &to, 0);
    assert_int_equal(tern_stack_output(r->s, 0, r->now, &pkt, 1), 1);
}

static void interfaces_that_cannot_be_are_refused(struct rig *r)
{
    rig_start(r);
    struct tern_if_config cfg = {.mtu = r->v6 ? 1279 : 575, .addr_n = 1, .addr = {other_local(r)}, .prefix_len = {24}};
    assert_int_equal(tern_stack_add_if(r->s, &cfg), TERN_ERR_INVAL);
    cfg.mtu = 1500, cfg.prefix_len[0] = r->v6 ? 129 : 33;
    assert_int_equal(tern_stack_add_if(r->s, &cfg), TERN_ERR_INVAL);
    cfg.prefix_len[0] = 24, cfg.mtu = 65536;
    assert_int_equal(tern_stack_add_if(r->s, &cfg), TERN_ERR_INVAL);
    cfg.mtu = 1500;
    for (int i = 1; i < TERN_IF_MAX; i++) assert_int_equal(tern_stack_add_if(r->s, &cfg), i);
    assert_int_equal(tern_stack_add_if(r->s, &cfg), TERN_ERR_NOMEM);
}

static const struct rig_test tests[] = {
    RIG_TEST(ephemeral_ports_keep_to_their_range),
    RIG_TEST(ephemeral_ports_of_one_destination_are_distinct),
    RIG_TEST(ephemeral_ports_differ_by_destination),
    RIG_TEST(another_secret_gives_other_ports),
    RIG_TEST(ephemeral_ports_avoid_listeners),
    RIG_TEST(ports_run_out_for_one_destination_only),
    RIG_TEST(a_port_comes_free_with_its_connection),
    RIG_TEST(a_chosen_pair_is_open_once),
    RIG_TEST(an_unspecified_or_many_headed_destination_is_refused),
    RIG_TEST(a_family_without_address_is_unreachable),
    RIG_TEST(a_foreign_local_address_is_refused),
    RIG_TEST(the_longest_prefix_chooses_interface_and_address),
    RIG_TEST(the_first_interface_leads_everywhere_else),
    RIG_TEST(interfaces_that_cannot_be_are_refused),
};

RIG_MAIN(tests)
