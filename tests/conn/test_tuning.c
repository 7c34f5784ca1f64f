/* Buffers that grow with use, and what is given up when memory is short. */
#include "xfer.h"

enum { MSS = 1000, WINDOW = 8000, MOST = 200000 };
#define RTT (100 * TERN_MS)

static void open_tuned(struct rig *r)
{
    r->set.receive_buffer = WINDOW;
    r->set.receive_buffer_max = MOST;
    open_rtt(r, MSS, RTT);
}

static int64_t buffer(const struct rig *r)
{
    int64_t bytes = 0;
    assert_int_equal(tern_conn_get(r->c, TERN_OPT_RECEIVE_BUFFER, &bytes), 0);
    return bytes;
}

/* |n| segments of the peer from |*at| on, read at once, a round trip later. */
static void round_trip(struct rig *r, int64_t *at, unsigned n)
{
    for (unsigned i = 0; i < n; i++, *at += MSS) DATA_IN(r, *at, MSS);
    assert_int_equal(rig_read(r), (int64_t)n * MSS);
    rig_clear(r);
    rig_pass(r, RTT);
    rig_clear(r);
}

/* A peer in slow start sends twice as much in each round trip: the window is always ahead of it. */
static void the_buffer_grows_ahead_of_what_is_read(struct rig *r)
{
    int64_t at = 1;
    open_tuned(r);
    for (unsigned n = 4; n <= 64; n *= 2) {
        assert_true(buffer(r) >= (int64_t)n * MSS);
        round_trip(r, &at, n);
    }
    assert_true(rig_saw(r, TERN_RULE_RECEIVE_GROWS));
    assert_true(buffer(r) >= 2 * 64 * MSS);
    assert_true(buffer(r) <= MOST);
}

static void what_is_not_read_makes_nothing_grow(struct rig *r)
{
    open_tuned(r);
    for (int64_t at = 1; at <= 7 * MSS; at += MSS) {
        DATA_IN(r, at, MSS);
        rig_pass(r, RTT);
    }
    rig_clear(r);
    assert_int_equal(buffer(r), WINDOW);
}

static void a_steady_reader_keeps_its_buffer(struct rig *r)
{
    int64_t at = 1;
    open_tuned(r);
    for (int i = 0; i < 4; i++) round_trip(r, &at, 4);
    int64_t then = buffer(r);
    for (int i = 0; i < 20; i++) round_trip(r, &at, 4);
    assert_int_equal(buffer(r), then);
}

/* |n| segments come behind a hole, where the application cannot read them; then a round trip passes. Returns the buffer. */
static int64_t behind_a_hole(struct rig *r, bool sack, unsigned n)
{
    r->set.receive_buffer = 20 * MSS;
    r->set.receive_buffer_max = MOST;
    r->syn.sack_ok = sack;
    open_rtt(r, MSS, RTT);
    int64_t at = 1;
    round_trip(r, &at, 4);
    for (unsigned i = 1; i < n; i++) DATA_IN(r, at + i * MSS, MSS);
    rig_pass(r, RTT);
    DATA_IN(r, at + n * MSS, MSS);
    rig_clear(r);
    int64_t then = buffer(r);
    DATA_IN(r, at, MSS);
    assert_int_equal(rig_read(r), (n + 1) * MSS);
    return then;
}

static void what_waits_behind_a_hole_makes_it_grow(struct rig *r) { assert_true(behind_a_hole(r, true, 14) >= 2 * 14 * MSS); }

/* An acknowledgement with another window would be no duplicate, and the hole would stay. */
static void but_not_without_sack(struct rig *r) { assert_int_equal(behind_a_hole(r, false, 14), 20 * MSS); }

static size_t memory_of(const struct rig *r)
{
    struct tern_counters n;
    tern_stack_counters(r->s, &n);
    return n.memory_used;
}

/* A hundred thousand connections that exchange a few bytes now and then must not cost a measurement each. */
static void little_data_needs_no_memory_to_measure_it(struct rig *r)
{
    open_tuned(r);
    size_t before = memory_of(r);
    for (int64_t at = 1; at < WINDOW / 8; at += 100) {
        DATA_IN(r, at, 100);
        assert_int_equal(rig_read(r), 100);
        rig_clear(r);
        rig_pass(r, RTT);
        rig_clear(r);
        assert_int_equal(memory_of(r), before);
    }
}

static void what_the_application_asked_for_stays(struct rig *r)
{
    int64_t at = 1;
    open_tuned(r);
    set_option(r, TERN_OPT_RECEIVE_BUFFER, WINDOW);
    for (int i = 0; i < 4; i++) round_trip(r, &at, 8);
    assert_int_equal(buffer(r), WINDOW);
}

static void with_timestamps_it_grows_the_same(struct rig *r)
{
    int64_t at = 1;
    uint32_t tsval = 5000, ours = 0;
    r->set.receive_buffer = WINDOW;
    r->set.receive_buffer_max = MOST;
    open_ts(r, MSS, tsval);
    for (unsigned n = 4; n <= 32; n *= 2) {
        rig_pass(r, RTT);
        tsval += 100;
        for (unsigned i = 0; i < n; i++, at += MSS)
            IN(r, .flags = ACK, .seq = at, .ack = 1, .len = MSS, .ts = true, .tsval = tsval, .tsecr = ours);
        ours = rig_next(r)->h.opt.ts_val;
        assert_int_equal(rig_read(r), (int64_t)n * MSS);
        rig_clear(r);
    }
    assert_true(buffer(r) >= 64 * MSS);
}

static void beyond_the_low_mark_nothing_grows(struct rig *r)
{
    int64_t at = 1;
    r->set.memory_low = 1;
    r->memory_cap = 1 << 20;
    open_tuned(r);
    struct tern_buf *held = tern_buf_get(tern_stack_pool(r->s), TERN_PACKET_MAX);
    assert_non_null(held);
    for (unsigned n = 4; n <= 8; n *= 2) round_trip(r, &at, n);
    assert_int_equal(buffer(r), WINDOW);
    tern_buf_unref(held);
}

/* ---- sending ---- */

static int64_t send_limit(const struct rig *r)
{
    int64_t bytes = 0;
    assert_int_equal(tern_conn_get(r->c, TERN_OPT_SEND_BUFFER, &bytes), 0);
    return bytes;
}

/* The application writes what it can, the peer acknowledges all of it, |n| times. Returns the congestion window then. */
static int64_t fill_and_acknowledge(struct rig *r, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        while (tern_conn_writable(r->c)) rig_send(r, (uint32_t)tern_conn_writable(r->c));
        rig_clear(r);
        rig_pass(r, RTT);
        struct tern_status st = rig_status(r);
        IN(r, .flags = ACK, .seq = 1, .ack = st.snd_nxt - st.iss, .wnd = 65535);
    }
    rig_clear(r);
    return rig_status(r).cwnd;
}

static void open_sending_to(struct rig *r, bool sack)
{
    r->set.send_buffer = 20000;
    r->set.send_buffer_max = 300000;
    r->set.hystart = 0;
    rig_listen(r);
    IN(r, .flags = SYN, .mss = MSS, .ws = 8, .sack_ok = sack);
    rig_pass(r, RTT);
    rig_clear(r);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    rig_mark(r);
}

static void open_sending(struct rig *r) { open_sending_to(r, false); }

static void the_send_buffer_stays_ahead_of_the_window(struct rig *r)
{
    open_sending(r);
    int64_t before = send_limit(r);
    assert_int_equal(before, 20000);
    for (int i = 0; i < 4; i++) {
        int64_t window = fill_and_acknowledge(r, 1);
        assert_true(send_limit(r) >= window && send_limit(r) >= before);
        before = send_limit(r);
    }
    fill_and_acknowledge(r, 20);
    assert_int_equal(send_limit(r), 300000);
}

/* What the peer has beyond a hole takes room in the buffer, and none of the window: more is written, and sent. */
static void the_send_buffer_stays_ahead_behind_a_hole(struct rig *r)
{
    enum { N = 40 };
    open_sending_to(r, true);
    while (tern_conn_writable(r->c)) rig_send(r, (uint32_t)tern_conn_writable(r->c));
    rig_events(r);
    for (int64_t i = 1; i <= N; i++) {
        rig_clear(r);
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{1 + MSS, 1 + MSS + i * MSS}});
        if (rig_events(r) & TERN_WRITABLE) rig_send(r, (uint32_t)tern_conn_writable(r->c));
        rig_pass(r, 10 * TERN_MS);
    }
    rig_clear(r);
    struct tern_status st = rig_status(r);
    assert_false(rig_saw(r, TERN_RULE_BUFFER_WAIT));
    assert_true(st.snd_nxt - st.iss > N * MSS);
    assert_true(send_limit(r) > N * MSS);
}

static void the_send_buffer_that_was_asked_for_stays(struct rig *r)
{
    open_sending(r);
    set_option(r, TERN_OPT_SEND_BUFFER, 20000);
    fill_and_acknowledge(r, 10);
    assert_int_equal(send_limit(r), 20000);
}

/* Less than the initial window of ten segments. */
static void a_buffer_that_leaves_the_window_unused_is_told(struct rig *r)
{
    open_sending(r);
    rig_send(r, 4000);
    assert_false(rig_saw(r, TERN_RULE_BUFFER_WAIT));
    ACK_IN(r, 4001);
    set_option(r, TERN_OPT_SEND_BUFFER, 4000);
    assert_int_equal(tern_conn_writable(r->c), 4000);
    rig_send(r, 4000);
    assert_true(rig_saw(r, TERN_RULE_BUFFER_WAIT));
}

static void beyond_the_low_mark_the_send_buffer_does_not_grow(struct rig *r)
{
    r->set.memory_low = 1;
    r->memory_cap = 1 << 20;
    open_sending(r);
    fill_and_acknowledge(r, 10);
    assert_int_equal(send_limit(r), 20000);
}

/* What waits unsent stays below the mark, however large the buffer has become. */
static void the_low_water_mark_holds_in_a_buffer_that_grows(struct rig *r)
{
    open_sending(r);
    set_option(r, TERN_OPT_NOTSENT_LOWAT, 4000);
    for (int i = 0; i < 10; i++) {
        fill_and_acknowledge(r, 1);
        assert_true(rig_status(r).unsent <= 4000 + 65536);
    }
    assert_true(rig_status(r).cwnd > 40000);
}

/* tern_conn_send() says so; nothing is queued whose acknowledgement would bring it. */
static void who_found_no_memory_is_told_to_try_again(struct rig *r)
{
    static const uint8_t data[2000];
    r->memory_cap = 1 << 20;
    open_mss(r, MSS);
    struct tern_buf *held = take_memory(r);
    rig_events(r);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tern_conn_send(r->c, r->now, data, sizeof data), TERN_ERR_NOMEM);
        assert_int_equal(rig_events(r) & TERN_WRITABLE, 0);
        rig_pass(r, TERN_SEC);
        assert_true(rig_events(r) & TERN_WRITABLE);
    }
    give_memory(held);
    rig_send(r, sizeof data);
    DATA_OUT(r, 1, MSS);
    DATA_OUT(r, 1 + MSS, 2000 - MSS);
    rig_pass(r, TERN_SEC); /* the timer is that of what left */
    DATA_OUT(r, 1, MSS);
    rig_clear(r);
}

/* ---- what is given up ---- */

enum { HELD = 40, OTHER_PORT = 1001 };

/* Two connections; the first, from the rig's own port, holds |HELD| segments behind a hole, and has been idle for long. */
static struct tern_conn *one_holds_much(struct rig *r)
{
    r->set.memory_low = 34;
    r->set.memory_high = 34; /* of a megabyte: a little more than two stacks and what the first holds take */
    r->memory_cap = 1 << 20;
    open_mss(r, MSS);
    struct tern_conn *first = r->c;
    IN(r, .flags = SYN, .mss = MSS, .ws = 8, .src_port = OTHER_PORT);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = OTHER_PORT);
    rig_clear(r);
    assert_non_null(rig_accept(r));
    for (int64_t i = 1; i <= HELD; i++) DATA_IN(r, 1 + i * MSS, MSS);
    rig_pass(r, 10 * TERN_SEC);
    rig_clear(r);
    assert_false(rig_saw(r, TERN_RULE_RECEIVE_PRUNED));
    return first;
}

/* The second holds segments with gaps between them until memory is short. */
static void the_other_holds(struct rig *r, int64_t n)
{
    for (int64_t i = 1; i <= n; i++) IN(r, .flags = ACK, .seq = 1 + 2 * i * MSS, .ack = 1, .len = MSS, .src_port = OTHER_PORT);
    rig_clear(r);
}

/* proves: RFC 2018 8 */
static void who_holds_most_and_is_idle_gives_first(struct rig *r)
{
    r->c = one_holds_much(r);
    the_other_holds(r, 80);
    assert_true(rig_saw(r, TERN_RULE_RECEIVE_PRUNED));
    /* What it had is forgotten: the hole filled, nothing behind it is acknowledged. All comes again, and nothing is missing. */
    for (int64_t i = 0; i <= HELD; i++) {
        DATA_IN(r, 1 + i * MSS, MSS);
        rig_pass(r, TERN_SEC);
        ACK_OUT(r, 1 + (i + 1) * MSS);
        rig_clear(r);
    }
    READ(r, (HELD + 1) * MSS);
    rig_clear(r);
}

/* Small pieces take more memory than their bytes say. Nobody is idle. */
static void who_holds_small_pieces_gives_before_who_holds_more_bytes(struct rig *r)
{
    enum { SEGMENTS = 20, PIECES = 200, LAST_PORT = 1002 };
    r->set.memory_low = r->set.memory_high = 34;
    r->memory_cap = 1 << 20;
    open_mss(r, MSS);
    for (uint16_t port = OTHER_PORT; port <= LAST_PORT; port++) {
        IN(r, .flags = SYN, .mss = MSS, .ws = 8, .src_port = port);
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = port);
    }
    for (int64_t i = 1; i <= SEGMENTS; i++) DATA_IN(r, 1 + i * MSS, MSS);
    for (int64_t i = 1; i <= PIECES; i++) IN(r, .flags = ACK, .seq = 1 + 2 * i, .ack = 1, .len = 1, .src_port = OTHER_PORT);
    assert_false(rig_saw(r, TERN_RULE_RECEIVE_PRUNED));
    for (int64_t i = 1; i <= 60 && !rig_saw(r, TERN_RULE_RECEIVE_PRUNED); i++)
        IN(r, .flags = ACK, .seq = 1 + 2 * i * MSS, .ack = 1, .len = MSS, .src_port = LAST_PORT);
    assert_true(rig_saw(r, TERN_RULE_RECEIVE_PRUNED));
    rig_clear(r);
    DATA_IN(r, 1, MSS);
    ACK_OUT(r, 1 + (SEGMENTS + 1) * MSS);
    READ(r, (SEGMENTS + 1) * MSS);
    rig_clear(r);
}

static void below_the_high_mark_nothing_is_given_up(struct rig *r)
{
    r->c = one_holds_much(r);
    the_other_holds(r, 20);
    assert_false(rig_saw(r, TERN_RULE_RECEIVE_PRUNED));
    DATA_IN(r, 1, MSS);
    ACK_OUT(r, 1 + (HELD + 1) * MSS);
    READ(r, (HELD + 1) * MSS);
    rig_clear(r);
}

static void what_is_in_order_is_never_refused(struct rig *r)
{
    r->c = one_holds_much(r);
    the_other_holds(r, 200);
    assert_true(rig_drops(r, TERN_DROP_OOO_LIMIT) > 0);
    DATA_IN(r, 1, MSS);
    rig_pass(r, TERN_SEC);
    ACK_OUT(r, 1 + MSS);
    rig_clear(r);
    READ(r, MSS);
    rig_clear(r);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_buffer_grows_ahead_of_what_is_read),
    RIG_TEST(what_is_not_read_makes_nothing_grow),
    RIG_TEST(what_waits_behind_a_hole_makes_it_grow),
    RIG_TEST(but_not_without_sack),
    RIG_TEST(a_steady_reader_keeps_its_buffer),
    RIG_TEST(little_data_needs_no_memory_to_measure_it),
    RIG_TEST(what_the_application_asked_for_stays),
    RIG_TEST(with_timestamps_it_grows_the_same),
    RIG_TEST(beyond_the_low_mark_nothing_grows),
    RIG_TEST(the_send_buffer_stays_ahead_of_the_window),
    RIG_TEST(the_send_buffer_stays_ahead_behind_a_hole),
    RIG_TEST(the_send_buffer_that_was_asked_for_stays),
    RIG_TEST(a_buffer_that_leaves_the_window_unused_is_told),
    RIG_TEST(beyond_the_low_mark_the_send_buffer_does_not_grow),
    RIG_TEST(the_low_water_mark_holds_in_a_buffer_that_grows),
    RIG_TEST(who_found_no_memory_is_told_to_try_again),
    RIG_TEST(who_holds_most_and_is_idle_gives_first),
    RIG_TEST(who_holds_small_pieces_gives_before_who_holds_more_bytes),
    RIG_TEST(below_the_high_mark_nothing_is_given_up),
    RIG_TEST(what_is_in_order_is_never_refused),
};

RIG_MAIN(tests)
