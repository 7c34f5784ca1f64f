/* 100,000 connections of each kind in one stack. One run of each, not one an ISN: they are large. */
#include "stack_test.h"

enum { MANY = 100000, SECOND_BYTES = 20 };

/* Peer number |i| of |MANY|: 50,000 ports on each address. */
static void be_peer(struct rig *r, uint32_t i)
{
    r->remote.addr.b[15] = (uint8_t)(10 + i / 50000);
    r->remote.port = (uint16_t)(10000 + i % 50000);
}

static void feed(struct rig *r, const struct tseg *t)
{
    uint8_t p[200];
    in_by(r, 0, p, rig_build(r, t, p));
}

/* Forgets what the stack sends, without looking at it. */
static uint32_t swallow(struct rig *r)
{
    struct tern_pkt pkt[16];
    uint32_t n = 0, all = 0;
    while ((n = (uint32_t)tern_stack_output(r->s, 0, r->now, pkt, 16)) > 0) all += n;
    return all;
}

static void start(struct rig *r)
{
    r->memory_cap = (size_t)1 << 30;
    rig_start(r);
    tern_stack_trace(r->s, NULL);
    listen_backlog(r, MANY);
}

static void open_all(struct rig *r, struct tern_conn **c)
{
    for (uint32_t i = 0; i < MANY; i++) {
        be_peer(r, i);
        feed(r, &(struct tseg){.flags = SYN});
        feed(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1});
        swallow(r);
        c[i] = tern_listener_accept(r->l);
        assert_non_null(c[i]);
    }
}

static void half_open_connections_are_found(struct rig *r)
{
    start(r);
    for (uint32_t i = 0; i < MANY; i++) {
        be_peer(r, i);
        feed(r, &(struct tseg){.flags = SYN});
        assert_int_equal(swallow(r), 1);
    }
    assert_int_equal(rig_counters(r).half_n, MANY);
    for (uint32_t i = 0; i < MANY; i += 997) {
        be_peer(r, i);
        feed(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1});
        r->c = tern_listener_accept(r->l);
        assert_non_null(r->c);
        assert_int_equal(rig_status(r).remote.port, r->remote.port);
    }
    rig_pass(r, 0);
    r->now += 600 * TERN_SEC;
    for (int i = 0; i < 20; i++) {
        r->now += 60 * TERN_SEC;
        tern_stack_expire(r->s, r->now);
        swallow(r);
    }
    assert_int_equal(rig_counters(r).half_n, 0);
}

static void established_connections_are_found(struct rig *r)
{
    struct tern_conn **c = calloc(MANY, sizeof(struct tern_conn *));
    assert_non_null(c);
    start(r);
    open_all(r, c);
    assert_int_equal(rig_counters(r).conn_n, MANY);
    for (uint32_t i = 0; i < MANY; i += 101) {
        be_peer(r, i);
        feed(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1, .len = SECOND_BYTES});
        assert_int_equal(tern_conn_readable(c[i]), SECOND_BYTES);
        assert_int_equal(tern_conn_readable(c[(i + 1) % MANY]), 0);
    }
    swallow(r);
    free(c);
}

static void time_waits_are_found(struct rig *r)
{
    struct tern_conn **c = calloc(MANY, sizeof(struct tern_conn *));
    assert_non_null(c);
    start(r);
    open_all(r, c);
    for (uint32_t i = 0; i < MANY; i++) {
        be_peer(r, i);
        tern_conn_release(c[i], r->now);
        swallow(r);
        feed(r, &(struct tseg){.flags = FIN | ACK, .seq = 1, .ack = 2});
        assert_int_equal(swallow(r), 1);
    }
    free(c);
    struct tern_counters n = rig_counters(r);
    assert_int_equal(n.time_wait_n, MANY);
    assert_int_equal(n.conn_n, 0);
    for (uint32_t i = 0; i < MANY; i += 101) {
        be_peer(r, i);
        feed(r, &(struct tseg){.flags = FIN | ACK, .seq = 1, .ack = 2});
        OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    }
    r->now += 2 * r->set.msl + TERN_SEC;
    tern_stack_expire(r->s, r->now);
    assert_int_equal(rig_counters(r).time_wait_n, 0);
}

/* Every deadline fires in its own time, none is forgotten, and the next expiry is never late. */
static void armed_timers_all_fire(struct rig *r)
{
    struct tern_conn **c = calloc(MANY, sizeof(struct tern_conn *));
    assert_non_null(c);
    start(r);
    open_all(r, c);
    uint64_t before = rig_counters(r).retransmitted;
    for (uint32_t i = 0; i < MANY; i++) {
        if (i % 100 == 0) r->now += 50 * TERN_US;
        assert_int_equal(tern_conn_send(c[i], r->now, "z", 1), 1);
        swallow(r);
    }
    tern_ns last = r->now + 300 * TERN_MS;
    uint32_t sent = 0;
    for (tern_ns at; (at = tern_stack_next_expiry(r->s)) <= last;) {
        assert_true(at >= r->now || at == 0);
        r->now = at > r->now ? at : r->now;
        tern_stack_expire(r->s, r->now);
        sent += swallow(r);
    }
    assert_int_equal(sent, MANY);
    assert_int_equal(rig_counters(r).retransmitted - before, MANY);
    free(c);
}

static void an_active_opener_finds_a_port_among_many(struct rig *r)
{
    struct tern_conn *c;
    r->set.port_min = 1, r->set.port_max = 65535;
    rig_start(r);
    tern_stack_trace(r->s, NULL);
    for (uint32_t i = 0; i < MANY; i++) {
        be_peer(r, i % 4 * 50000);
        assert_int_equal(tern_stack_connect(r->s, NULL, &r->remote, &c), 0);
        swallow(r);
    }
    assert_int_equal(rig_counters(r).conn_n, MANY);
}

int main(void)
{
    static struct rig_case v4[] = {{half_open_connections_are_found, 0, false},
                                   {established_connections_are_found, 0, false},
                                   {time_waits_are_found, 0, false},
                                   {armed_timers_all_fire, 0, false},
                                   {an_active_opener_finds_a_port_among_many, 0, false}};
    static struct rig_case v6[] = {{half_open_connections_are_found, UINT32_MAX, true},
                                   {established_connections_are_found, UINT32_MAX, true},
                                   {time_waits_are_found, UINT32_MAX, true}};
    const struct CMUnitTest tests[] = {
        {"100000_half_open_connections_are_found [IPv4]", rig_main, NULL, NULL, &v4[0]},
        {"100000_established_connections_are_found [IPv4]", rig_main, NULL, NULL, &v4[1]},
        {"100000_time_waits_are_found [IPv4]", rig_main, NULL, NULL, &v4[2]},
        {"100000_armed_timers_all_fire [IPv4]", rig_main, NULL, NULL, &v4[3]},
        {"an_active_opener_finds_a_port_among_100000 [IPv4]", rig_main, NULL, NULL, &v4[4]},
        {"100000_half_open_connections_are_found [IPv6]", rig_main, NULL, NULL, &v6[0]},
        {"100000_established_connections_are_found [IPv6]", rig_main, NULL, NULL, &v6[1]},
        {"100000_time_waits_are_found [IPv6]", rig_main, NULL, NULL, &v6[2]},
    };
    return cmocka_run_group_tests_name("stack at scale", tests, NULL, NULL);
}
