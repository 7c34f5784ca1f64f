/* Limits of what peers can make a stack hold when its applications have gone, or memory is short: doc/limits.md. */
#include "stack_test.h"

/* ---- orphans ---- */

static struct tern_conn *accept_from(struct rig *r, uint16_t port)
{
    if (!r->l) rig_listen(r);
    handshake_from(r, port);
    struct tern_conn *c = tern_listener_accept(r->l);
    assert_non_null(c);
    rig_clear(r);
    return c;
}

static void leave(struct rig *r, struct tern_conn *c)
{
    static const uint8_t data[5000];
    assert_true(tern_conn_send(c, r->now, data, sizeof data) > 0);
    tern_conn_release(c, r->now);
    rig_clear(r);
}

/* Does the connection from |port| answer as one that is there? What is none is answered by a RST. */
static bool is_there(struct rig *r, uint16_t port)
{
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 100000, .ack = 1, .src_port = port); /* outside the window: a challenge ACK */
    return !count_out(r, RST);
}

/* proves: ATTACK-12, TERN 3. The oldest goes, aloud. */
static void beyond_their_limit_the_oldest_orphan_goes(struct rig *r)
{
    r->set.orphan_max = 3;
    for (uint16_t i = 0; i < 5; i++) leave(r, accept_from(r, (uint16_t)(1001 + i)));
    struct tern_counters n = rig_counters(r);
    assert_int_equal(n.orphan_n, 3);
    assert_int_equal(n.orphans_ended, 2);
    assert_int_equal(n.conn_n, 3);
    assert_true(rig_saw(r, TERN_RULE_ORPHAN_LIMIT));
    assert_int_equal(n.resets_out, 2);
    for (uint16_t i = 0; i < 5; i++) assert_int_equal(is_there(r, (uint16_t)(1001 + i)), i >= 2);
}

static void an_orphan_that_ends_counts_no_longer(struct rig *r)
{
    r->set.orphan_max = 1;
    for (uint16_t i = 0; i < 3; i++) {
        uint16_t port = (uint16_t)(1001 + i);
        tern_conn_release(accept_from(r, port), r->now);
        rig_clear(r);
        assert_int_equal(rig_counters(r).orphan_n, 1);
        if (i == 1) IN(r, .flags = ACK | FIN, .seq = 1, .ack = 2, .src_port = port); /* TIME-WAIT */
        if (i == 1) continue;
        IN(r, .flags = RST, .seq = 1, .src_port = port);
        assert_int_equal(rig_counters(r).orphan_n, 0);
    }
    assert_int_equal(rig_counters(r).orphans_ended, 0);
    assert_int_equal(rig_counters(r).orphan_n, 0);
}

/* Its peer is to take 60,000 bytes. */
static void leave_much(struct rig *r, tern_ns orphan_time)
{
    static const uint8_t data[60000];
    r->set.orphan_time = orphan_time;
    r->set.r2 = 86400 * TERN_SEC;
    struct tern_conn *c = accept_from(r, 1001);
    assert_int_equal(tern_conn_send(c, r->now, data, sizeof data), sizeof data);
    tern_conn_release(c, r->now);
}

/* proves: ATTACK-12, TERN 3. A peer that takes a little of the data every now and then holds it for as long as it likes,
 * otherwise. */
static void an_orphan_has_its_time(struct rig *r)
{
    leave_much(r, 600 * TERN_SEC);
    for (int i = 1; i <= 60; i++) {
        rig_clear(r);
        assert_int_equal(rig_counters(r).conn_n, 1);
        rig_pass(r, 10 * TERN_SEC);
        if (i < 60) IN(r, .flags = ACK, .seq = 1, .ack = 1 + i, .wnd = 500, .src_port = 1001);
    }
    assert_int_equal(rig_counters(r).conn_n, 0);
    assert_int_equal(rig_counters(r).orphans_ended, 1);
    assert_true(rig_saw(r, TERN_RULE_ORPHAN_TIME));
    assert_int_equal(count_out(r, RST | ACK), 1);
}

static void without_a_limit_it_has_all_the_time(struct rig *r)
{
    leave_much(r, 0);
    for (int i = 1; i <= 200; i++) {
        rig_clear(r);
        rig_pass(r, 60 * TERN_SEC);
        IN(r, .flags = ACK, .seq = 1, .ack = 1 + i, .wnd = 500, .src_port = 1001);
    }
    assert_int_equal(rig_counters(r).conn_n, 1);
}

/* ---- memory that is short ---- */

/* Connections whose peers have shut their windows, until memory is short. Returns how many. */
static uint16_t shut(struct rig *r, struct tern_conn **c, uint16_t most)
{
    static const uint8_t data[1 << 16];
    uint16_t n = 0;
    rig_listen(r);
    while (n < most && rig_counters(r).memory_used < rig_counters(r).memory_cap / 100 * r->set.memory_high) {
        c[n] = accept_from(r, (uint16_t)(2000 + n));
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW, .src_port = (uint16_t)(2000 + n));
        assert_true(tern_conn_send(c[n++], r->now, data, sizeof data) > 0);
        rig_clear(r);
    }
    assert_in_range(n, 10, most - 1);
    return n;
}

static void probes_are_answered(struct rig *r, tern_ns span)
{
    for (tern_ns end = r->now + span; r->now < end;) {
        rig_pass(r, TERN_SEC);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;)
            if (!(o->h.flags & RST)) IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW, .src_port = o->to.port);
    }
}

enum { HOLDERS = 200 };

/* proves: ATTACK-11, RFC 6429 4. Only as many as it takes. */
static void while_memory_is_short_windows_are_not_shut_for_ever(struct rig *r)
{
    struct tern_conn *c[HOLDERS];
    r->memory_cap = 4 << 20;
    uint16_t n = shut(r, c, HOLDERS), gone = 0;
    probes_are_answered(r, 40 * TERN_SEC);
    assert_int_equal(rig_counters(r).shut_ended, 0); /* not yet */
    probes_are_answered(r, 400 * TERN_SEC);
    for (uint16_t i = 0; i < n; i++) {
        int error = tern_conn_error(c[i]);
        assert_true(!error || error == TERN_ERR_TIMEDOUT);
        if (error) gone++;
    }
    assert_in_range(gone, 1, 3);
    assert_int_equal(rig_counters(r).shut_ended, gone);
    assert_true(rig_saw(r, TERN_RULE_SHUT_LIMIT));
}

/* MUST-37 */
static void else_they_may(struct rig *r)
{
    struct tern_conn *c[HOLDERS];
    r->memory_cap = 4 << 20;
    r->set.shut_probes = 0;
    uint16_t n = shut(r, c, HOLDERS);
    probes_are_answered(r, 2000 * TERN_SEC);
    for (uint16_t i = 0; i < n; i++) assert_int_equal(tern_conn_error(c[i]), 0);
}

/* proves: ATTACK-11. Whatever the number of those who come: each takes a part of what is left. */
static void what_memory_is_left_is_shared(struct rig *r)
{
    struct tern_conn *c[HOLDERS];
    static const uint8_t data[1 << 16];
    r->memory_cap = 4 << 20;
    shut(r, c, HOLDERS);
    for (uint16_t i = 0; i < 60; i++) {
        struct tern_counters n = rig_counters(r);
        size_t left = n.memory_cap - n.memory_used;
        struct tern_conn *late = accept_from(r, (uint16_t)(5000 + i));
        int64_t took = tern_conn_send(late, r->now, data, sizeof data);
        assert_in_range(took, 1, left / 16 > 2048 ? left / 16 : 2048);
        assert_int_equal(tern_conn_send(late, r->now, data, sizeof data), TERN_ERR_NOMEM);
        rig_clear(r);
    }
    struct tern_counters n = rig_counters(r);
    assert_true(n.memory_cap - n.memory_used > n.memory_cap / 16);
}

/* proves: ATTACK-12, TERN 3 */
static void while_memory_is_short_orphans_make_room(struct rig *r)
{
    struct tern_conn *c[HOLDERS];
    r->memory_cap = 4 << 20;
    uint16_t n = shut(r, c, HOLDERS);
    for (uint16_t i = 0; i < n; i++) tern_conn_release(c[i], r->now);
    rig_clear(r);
    struct tern_counters now = rig_counters(r);
    assert_in_range(now.orphans_ended, 1, 3);
    assert_int_equal(now.orphan_n + now.orphans_ended, n);
    assert_false(is_there(r, 2000));
    assert_true(is_there(r, (uint16_t)(2000 + n - 1)));
}

static void while_memory_is_short_time_wait_is_skipped(struct rig *r)
{
    struct tern_conn *c[HOLDERS];
    r->memory_cap = 4 << 20;
    shut(r, c, HOLDERS);
    struct tern_conn *good = accept_from(r, 1001);
    tern_conn_close(good, r->now);
    rig_clear(r);
    IN(r, .flags = ACK | FIN, .seq = 1, .ack = 2, .src_port = 1001);
    assert_int_equal(rig_counters(r).time_wait_n, 0);
    assert_int_equal(rig_counters(r).time_wait_skipped, 1);
}

/* ---- answers ---- */

/* The SYN's length without IP header, and that of the answer. */
static void ask(struct rig *r, const struct tseg *t, size_t *asked, size_t *answered)
{
    static uint8_t packet[2048];
    size_t len = rig_build(r, t, packet);
    rig_raw(r, packet, len);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags & (SYN | ACK), SYN | ACK);
    *asked = len, *answered = o->len;
    assert_null(rig_next(r));
}

/* proves: ATTACK-25, TERN 4. Whatever is asked for. */
static void a_syn_is_answered_by_little_more(struct rig *r)
{
    r->set.ecn = 3;
    for (uint64_t more = 4; more <= 40; more += 4) {
        uint32_t longest = 0;
        r->set.synack_more = more;
        if (!r->l) listen_backlog(r, 4096);
        tern_listener_set(r->l, TERN_OPT_FASTOPEN, 10);
        assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
        for (unsigned with = 0; with < 128; with++) {
            struct tseg t = {.flags = SYN, .src_port = (uint16_t)(1000 + 128 * more + with)};
            size_t asked, answered;
            if (with & 1) t.mss = 1460;
            if (with & 2) t.ws = 8;
            if (with & 4) t.sack_ok = true;
            if (with & 8) t.ts = true, t.tsval = 5;
            if (with & 16) t.flags |= ECE | CWR | AE;
            if (with & 32) t.fo = "";
            if (with & 64 && with & 32) t.fo_exp = true;
            ask(r, &t, &asked, &answered);
            assert_true(answered <= asked + more);
            if (answered > asked + longest) longest = (uint32_t)(answered - asked);
        }
        assert_in_range(longest, more < 20 ? 4 : 13, more); /* else the bound would be none */
    }
}

static const struct rig_test tests[] = {
    RIG_TEST(beyond_their_limit_the_oldest_orphan_goes),
    RIG_TEST(an_orphan_that_ends_counts_no_longer),
    RIG_TEST(an_orphan_has_its_time),
    RIG_TEST(without_a_limit_it_has_all_the_time),
    RIG_TEST(while_memory_is_short_windows_are_not_shut_for_ever),
    RIG_TEST(else_they_may),
    RIG_TEST(what_memory_is_left_is_shared),
    RIG_TEST(while_memory_is_short_orphans_make_room),
    RIG_TEST(while_memory_is_short_time_wait_is_skipped),
    RIG_TEST(a_syn_is_answered_by_little_more),
};

RIG_MAIN(tests)
