/* Attacks 8, 9, 11, 12: peers that cost more than they send (SACK Panic and Slowness, SegmentSmack, FragmentSmack, sockstress),
 * and that vanish. Memory stays below the cap, others keep at least half of their rate, and all is given back. */
#include "attack_test.h"

/* ---- 8 ---- */

static void tiny_mss(struct rig *r, enum tern_state s)
{
    (void)s;
    static uint16_t mss;
    r->syn.mss = ++mss;
    r->syn.sack_ok = r->syn.ts = true, r->syn.tsval = 1;
    rig_passive(r);
    assert_true(rig_status(r).mss >= 48 - 40 && rig_status(r).mss <= 48);
    rig_send(r, 1000);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) assert_in_range(o->h.len, 1, 48);
    if (mss == 48) mss = 0;
}

/* proves: ATTACK-8 */
static void an_mss_below_the_least_counts_as_the_least(struct rig *r)
{
    for (int i = 0; i < 48; i++) each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, tiny_mss);
}

/* A sender of |segments| tiny segments, all in flight. */
static void open_tiny(struct rig *r, uint32_t segments)
{
    static uint8_t data[1 << 16];
    struct tern_pkt pkt[16];
    r->set.congestion = 4;
    r->set.send_buffer = r->set.send_buffer_max = 1 << 24;
    r->set.tlp = 0;
    r->syn = (struct tseg){.mss = 48, .sack_ok = true, .ws = 15};
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    for (uint32_t left = segments * 48; left;) {
        int64_t n = tern_conn_send(r->c, r->now, data, left < sizeof data ? left : sizeof data);
        assert_true(n > 0);
        left -= (uint32_t)n;
    }
    while (tern_stack_output(r->s, 0, r->now, pkt, 16)) {
    }
    assert_int_equal(rig_status(r).flight, segments * 48);
}

/* Work for an acknowledgement whose blocks are anywhere in the window. */
static uint64_t hostile_acks(struct rig *r, uint32_t segments)
{
    enum { ACKS = 3000 };
    static uint8_t packet[ACKS][128];
    static size_t len[ACKS];
    uint32_t chance = 3;
    open_tiny(r, segments);
    for (int i = 0; i < ACKS; i++) {
        struct tseg t = {.flags = ACK, .seq = 1, .ack = 1, .sack_n = 4};
        for (int k = 0; k < 4; k++) {
            int64_t at = 1 + 48 * (int64_t)(1 + lot(&chance, segments - 2));
            t.sack[k][0] = at + lot(&chance, 3) - 1, t.sack[k][1] = at + 48 + lot(&chance, 3);
        }
        len[i] = rig_build(r, &t, packet[i]);
    }
    uint64_t before = steps_now(), out = 0;
    for (int i = 0; i < ACKS; i++) out += flood(r, packet[i], len[i]);
    uint64_t steps = steps_now() - before;
    STATE(r, TERN_ESTABLISHED);
    return steps / (ACKS + out);
}

enum { ACK_STEPS = 1000 }; /* at most, for an acknowledgement with four blocks and for each segment that it lets go */

static void few(struct rig *r, enum tern_state s) { (void)s, assert_in_range(hostile_acks(r, 4000), 1, ACK_STEPS); }
static void many(struct rig *r, enum tern_state s) { (void)s, assert_in_range(hostile_acks(r, 64000), 1, ACK_STEPS); }

/* proves: ATTACK-8. The same bound with sixteen times as much in flight. */
static void hostile_blocks_cost_the_same_however_much_is_in_flight(struct rig *r)
{
    if (!steps_counted()) rig_skip(r);
    if (r->iss != UINT32_MAX || r->v6) return;
    each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, few);
    each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, many);
}

/* Two timeouts of a peer that reports every second segment, the first among them, throws all of it away, and then has had one
 * all along: everything goes into another order each time. */
static uint64_t renege(struct rig *r, uint32_t segments)
{
    open_tiny(r, segments);
    for (uint32_t k = 0; k + 8 < segments; k += 8) {
        struct tseg t = {.flags = ACK, .seq = 1, .ack = 1, .sack_n = 4};
        for (int i = 0; i < 4; i++) t.sack[i][0] = 1 + 48 * (int64_t)(k + 2 * (uint32_t)i), t.sack[i][1] = t.sack[i][0] + 48;
        flood_seg(r, &t);
    }
    uint64_t before = steps_now();
    for (int i = 0; i < 10 && rig_status(r).retransmits < 2; i++) {
        r->now = tern_stack_next_expiry(r->s);
        tern_stack_expire(r->s, r->now);
    }
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_LOSS);
    assert_int_equal(rig_status(r).sacked_n, 0);
    FLOOD(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1,
          .sack = {{1 + 48 * (int64_t)(segments - 1), 1 + 48 * (int64_t)segments}});
    assert_int_not_equal(rig_status(r).recovery, TERN_RECOVERY_LOSS);
    return (steps_now() - before) / segments;
}

enum { RENEGE_STEPS = 2000 };

static void few_reneged(struct rig *r, enum tern_state s) { (void)s, assert_in_range(renege(r, 4000), 1, RENEGE_STEPS); }
static void many_reneged(struct rig *r, enum tern_state s) { (void)s, assert_in_range(renege(r, 32000), 1, RENEGE_STEPS); }

/* proves: ATTACK-8 */
static void reneging_costs_as_much_for_each_segment_however_many_there_are(struct rig *r)
{
    if (!steps_counted()) rig_skip(r);
    if (r->iss != UINT32_MAX || r->v6) return;
    each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, few_reneged);
    each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, many_reneged);
}

/* ---- 9 ---- */

enum {
    PIECE_COSTS = 400, /* bytes of memory at most, for a packet of 41 or 61 */
    PIECE_STEPS = 1000
};

/* |n| pieces of one byte, each behind a hole, in an order that no end is near to. */
static uint32_t piece(uint32_t i, uint32_t n) { return (uint32_t)((uint64_t)i * 514229 % n); }

/* Pieces |from| to |to|. */
static void smack(struct rig *r, uint32_t from, uint32_t to, uint32_t n)
{
    static uint8_t packet[200];
    for (uint32_t i = from; i < to; i++) {
        const struct tseg t = {.flags = ACK, .seq = 2 + 2 * (int64_t)piece(i, n), .ack = 1, .len = 1};
        flood(r, packet, rig_build(r, &t, packet));
    }
}

/* proves: ATTACK-9 */
static void a_million_pieces_cost_bounded_memory_and_steps(struct rig *r)
{
    const uint32_t n = 1000003, part = 10000; /* the first is a prime */
    if (r->iss != UINT32_MAX || r->v6) return;
    r->set.receive_buffer = 4 << 20;
    r->syn = (struct tseg){.sack_ok = true, .ws = 8, .mss = 1460};
    rig_passive(r);
    size_t before = memory_of(r);
    for (uint32_t i = 0; i < n; i += part) {
        uint64_t steps = steps_now();
        smack(r, i, i + part < n ? i + part : n, n);
        assert_true(memory_of(r) - before < r->set.ooo_ranges * PIECE_COSTS);
        assert_in_range((steps_now() - steps) / part, 0, PIECE_STEPS);
    }
    assert_int_equal(rig_status(r).ooo_queue, r->set.ooo_ranges); /* one byte in each */
}

/* proves: ATTACK-9 */
static void pieces_cost_bounded_memory_and_nothing_reported_is_forgotten(struct rig *r)
{
    const uint32_t n = 6011; /* a prime */
    r->set.ooo_ranges = 2048;
    r->set.receive_buffer = 1 << 20;
    r->syn = (struct tseg){.sack_ok = true, .ws = 8, .mss = 1460};
    rig_passive(r);
    size_t before = memory_of(r);
    for (int time = 0; time < 2; time++) smack(r, 0, n, n); /* the second finds it full */
    uint32_t held = rig_status(r).ooo_queue;
    assert_in_range(held, r->set.ooo_ranges / 2, r->set.ooo_ranges);
    assert_true(memory_of(r) - before < r->set.ooo_ranges * PIECE_COSTS);
    assert_false(rig_saw(r, TERN_RULE_RECEIVE_PRUNED));
    /* The holes are filled: each piece that is held is delivered, and no more is asked for than the others. */
    for (int64_t at = 1; at < 2 * (int64_t)n + 1; at += 2) {
        uint64_t got = rig_status(r).bytes_received;
        int64_t next = 1 + (int64_t)got;
        if (next > at) continue;
        if (next < at) { /* it was refused, and so never reported */
            IN(r, .flags = ACK, .seq = next, .ack = 1, .len = 1);
            at -= 2;
            continue;
        }
        IN(r, .flags = ACK, .seq = at, .ack = 1, .len = 1);
        if (at % 4001 == 0) rig_read(r);
        rig_clear(r);
    }
    rig_read(r);
    assert_int_equal(r->read_n, 2 * (uint64_t)n - 1 + (rig_status(r).bytes_received == 2 * (uint64_t)n));
    assert_int_equal(rig_status(r).ooo_queue, 0);
}

/* proves: ATTACK-9. FragmentSmack: nothing is kept of a fragment. */
static void fragments_leave_memory_flat(struct rig *r)
{
    uint8_t p[200] = {0};
    rig_start(r);
    size_t before = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        size_t len = rig_build(r, &(struct tseg){.flags = ACK, .len = 100, .seq = 1}, p);
        if (r->v6) {
            memmove(p + 48, p + 40, len - 40);
            be16_put(p + 4, (uint16_t)(len - 40 + 8));
            p[40] = p[6], p[6] = 44, p[41] = 0;
            be16_put(p + 42, (uint16_t)((i % 500) << 3 | 1));
            be16_put(p + 44, 0), be16_put(p + 46, (uint16_t)i);
            len += 8;
        } else {
            be16_put(p + 4, (uint16_t)i);
            be16_put(p + 6, (uint16_t)(0x2000 | i % 500));
            p[10] = p[11] = 0;
            csum_put(p + 10, csum_add(0, p, 20));
        }
        flood(r, p, len);
        if (i == 100) before = memory_of(r);
    }
    assert_int_equal(memory_of(r), before);
    assert_true(rig_drops(r, TERN_DROP_FRAGMENT) + rig_drops(r, TERN_DROP_EXT_HEADER) == 20000);
}

/* ---- with others ---- */

/* Peers are told apart by their ports. The connection from |port|, accepted. */
static struct tern_conn *meet(struct rig *r, uint16_t port, uint16_t wnd)
{
    IN(r, .flags = SYN, .src_port = port, .mss = 1000, .sack_ok = true, .ws = 8);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = port, .wnd = wnd ? wnd : NO_WINDOW);
    rig_clear(r);
    return tern_listener_accept(r->l);
}

/* A peer that behaves sends |n| segments of 1000 bytes, a pair in eight the wrong way round, and again what was not taken; how
 * many segments does it need? */
static uint32_t honest_segments(struct rig *r, struct tern_conn *c, uint16_t port, uint32_t from, uint32_t n)
{
    struct tern_status st;
    uint32_t sent = 0;
    tern_conn_status(c, &st);
    for (uint32_t end = st.rcv_nxt + 1000 * n, next = from; st.rcv_nxt != end; sent++) {
        uint32_t missing = (st.rcv_nxt - (PEER_ISN + 1)) / 1000, k = missing;
        if (next < from + n) k = next % 8 == 3 ? next + 1 : next % 8 == 4 ? next - 1 : next, next++;
        assert_true(sent < 10 * n);
        FLOOD(r, .flags = ACK, .seq = 1 + 1000 * (int64_t)k, .ack = 1, .len = 1000, .src_port = port);
        while (tern_conn_recv(c, r->now, NULL, 1 << 16) > 0) {
        }
        tern_conn_status(c, &st);
    }
    return sent;
}

enum {
    SLABS_KEEP = 64 << 10, /* and tables, for the next time */
    POOL_KEEPS = 6 << 20   /* free buffers at most; given up when memory is short */
};

static void expect_all_released(struct rig *r, size_t most)
{
    struct tern_counters n = rig_counters(r);
    assert_int_equal(n.conn_n, 0);
    assert_int_equal(n.half_n, 0);
    assert_int_equal(n.time_wait_n, 0);
    assert_true(n.memory_peak <= n.memory_cap);
    assert_true(n.memory_used <= most);
}

/* The attack, twice: the second time takes nothing away. */
static void twice(struct rig *r, void (*attack)(struct rig *r))
{
    r->memory_cap = 8 << 20;
    rig_start(r);
    size_t before = memory_of(r);
    attack(r);
    expect_all_released(r, before + POOL_KEEPS);
    before = memory_of(r);
    attack(r);
    expect_all_released(r, before + SLABS_KEEP);
}

static void hoard(struct rig *r)
{
    enum { HOARDERS = 24, PIECES = 2000 };
    struct tern_conn *bad[HOARDERS];
    uint32_t sent = 0;
    rig_listen(r);
    struct tern_conn *good = meet(r, 1000, 60000);
    for (uint16_t i = 0; i < HOARDERS; i++) bad[i] = meet(r, (uint16_t)(2000 + i), 60000);
    for (uint32_t k = 0; k < PIECES; k++) {
        for (uint16_t i = 0; i < HOARDERS; i++)
            FLOOD(r, .flags = ACK, .seq = 2 + 2 * (int64_t)k, .ack = 1, .len = 1, .src_port = (uint16_t)(2000 + i));
        if (k % 4 == 0) sent += honest_segments(r, good, 1000, k / 4 * 8, 8);
    }
    assert_in_range(sent, PIECES * 2, 2 * PIECES * 2); /* half of the rate at least */
    tern_conn_release(good, r->now);
    for (int i = 0; i < HOARDERS; i++) tern_conn_release(bad[i], r->now);
    rig_clear(r);
    for (int i = 0; i < 40; i++) rig_pass(r, 50 * TERN_SEC), rig_clear(r); /* the bound: R2 */
    tern_listener_close(r->l);
}

/* proves: ATTACK-9 */
static void hoarders_of_pieces_leave_others_their_rate(struct rig *r) { twice(r, hoard); }

/* proves: ATTACK-9. Memory is short all at once: everybody's piece goes, for one packet, and none is looked for among all. */
static void to_make_room_costs_the_same_among_many(struct rig *r)
{
    enum { MANY = 4000, ROOM_STEPS = 2000 };
    if (!steps_counted()) rig_skip(r);
    if (r->iss != UINT32_MAX || r->v6) return;
    r->memory_cap = 1 << 26;
    rig_listen(r);
    for (uint16_t i = 0; i < MANY; i++) {
        assert_non_null(meet(r, (uint16_t)(2000 + i), 60000));
        FLOOD(r, .flags = ACK, .seq = 3, .ack = 1, .len = 1, .src_port = (uint16_t)(2000 + i));
    }
    r->set.memory_low = r->set.memory_high = 1;
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    uint64_t before = steps_now();
    FLOOD(r, .flags = ACK, .seq = 5, .ack = 1, .len = 1, .src_port = 2000);
    assert_in_range((steps_now() - before) / MANY, 1, ROOM_STEPS);
}

/* ---- 11 ---- */

/* Peers that ask for much, and shut their windows; they answer every probe, for |span|. */
static void probes_are_answered(struct rig *r, tern_ns span)
{
    for (tern_ns end = r->now + span; r->now < end;) {
        rig_pass(r, TERN_SEC);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;)
            if (o->to.port >= 2000) IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW, .src_port = o->to.port);
    }
}

/* A normal peer still gets in, is listened to, and gets its answer. */
static void is_served(struct rig *r, const uint8_t *data)
{
    struct tern_conn *good = meet(r, 1000, 60000);
    assert_non_null(good);
    assert_in_range(honest_segments(r, good, 1000, 0, 64), 64, 2 * 64);
    for (int64_t got = 0, round = 0; got < 100000; round++) {
        assert_true(round < 2 * 10);
        int64_t n = tern_conn_send(good, r->now, data, 10000), end = 0;
        if (n > 0) got += n;
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;)
            if (o->to.port == 1000 && o->h.len) end = (int32_t)(o->h.seq.v - r->iss) + (int64_t)o->h.len;
        if (end) IN(r, .flags = ACK, .seq = 64001, .ack = end, .wnd = 60000, .src_port = 1000);
        rig_pass(r, TERN_MS);
    }
    tern_conn_abort(good, r->now);
    tern_conn_release(good, r->now);
}

static void hold(struct rig *r)
{
    enum { HOLDERS = 120 };
    static uint8_t data[1 << 17];
    struct tern_conn *bad[HOLDERS];
    rig_listen(r);
    for (uint16_t i = 0; i < HOLDERS; i++) {
        bad[i] = meet(r, (uint16_t)(2000 + i), 0);
        assert_non_null(bad[i]);
        while (tern_conn_send(bad[i], r->now, data, sizeof data) > 0) {
        }
    }
    probes_are_answered(r, 60 * TERN_SEC);
    is_served(r, data);
    for (int i = 0; i < HOLDERS; i++) tern_conn_release(bad[i], r->now); /* the application gives them up */
    probes_are_answered(r, 900 * TERN_SEC);                              /* the bound: setting orphan_probes */
    tern_listener_close(r->l);
}

/* proves: ATTACK-11 */
static void holders_of_zero_windows_leave_others_room_and_are_let_go(struct rig *r) { twice(r, hold); }

/* ---- 12 ---- */

/* The peer vanishes, the application goes: |queued| bytes are left behind, to a window that is open or shut. */
static void vanishes(struct rig *r, enum tern_state s, uint32_t queued, bool shut)
{
    rig_listen(r);
    size_t before = memory_of(r);
    tern_listener_close(r->l);
    r->l = NULL;
    reach(r, s);
    if (shut && s >= TERN_ESTABLISHED) IN(r, .flags = ACK, .seq = peer_next(s), .ack = our_una(s), .wnd = NO_WINDOW);
    if (queued && (s == TERN_ESTABLISHED || s == TERN_CLOSE_WAIT)) rig_send(r, queued);
    rig_release(r);
    for (int i = 0; i < 40; i++) rig_pass(r, 60 * TERN_SEC), rig_clear(r); /* the bound: R2, and FIN-WAIT-2 or 2MSL */
    if (r->l) tern_listener_close(r->l);
    expect_all_released(r, before + SLABS_KEEP);
}

static void with_nothing_left(struct rig *r, enum tern_state s) { vanishes(r, s, 0, false); }
static void with_data_left(struct rig *r, enum tern_state s) { vanishes(r, s, 5000, false); }
static void with_data_left_and_no_window(struct rig *r, enum tern_state s) { vanishes(r, s, 5000, true); }

/* proves: ATTACK-12 */
static void no_state_outlives_a_peer_and_an_application_that_have_gone(struct rig *r)
{
    each_state(r, TERN_SYN_SENT, TERN_TIME_WAIT, with_nothing_left);
    each_state(r, TERN_SYN_SENT, TERN_TIME_WAIT, with_data_left);
    each_state(r, TERN_SYN_SENT, TERN_TIME_WAIT, with_data_left_and_no_window);
}

/* proves: ATTACK-12 */
static void half_open_connections_end_when_their_peers_vanish(struct rig *r)
{
    rig_listen(r);
    for (uint16_t port = 1; port <= 100; port++) IN(r, .flags = SYN, .src_port = port);
    assert_int_equal(rig_counters(r).half_n, 100);
    for (int i = 0; i < 10; i++) rig_pass(r, 60 * TERN_SEC), rig_clear(r);
    assert_int_equal(rig_counters(r).half_n, 0);
}

static const struct rig_test tests[] = {
    RIG_TEST(an_mss_below_the_least_counts_as_the_least),
    RIG_TEST(hostile_blocks_cost_the_same_however_much_is_in_flight),
    RIG_TEST(reneging_costs_as_much_for_each_segment_however_many_there_are),
    RIG_TEST(a_million_pieces_cost_bounded_memory_and_steps),
    RIG_TEST(pieces_cost_bounded_memory_and_nothing_reported_is_forgotten),
    RIG_TEST(fragments_leave_memory_flat),
    RIG_TEST(hoarders_of_pieces_leave_others_their_rate),
    RIG_TEST(to_make_room_costs_the_same_among_many),
    RIG_TEST(holders_of_zero_windows_leave_others_room_and_are_let_go),
    RIG_TEST(no_state_outlives_a_peer_and_an_application_that_have_gone),
    RIG_TEST(half_open_connections_end_when_their_peers_vanish),
};

RIG_MAIN(tests)
