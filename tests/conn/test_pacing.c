/* Pacing: when data leaves. */
#include "xfer.h"

static void established(struct rig *r)
{
    r->gso_max = 65535;
    r->syn = (struct tseg){.mss = 1000, .ws = 8};
    rig_passive(r);
    r->out_first = r->out_n;
}

/* Bytes that have left so far. */
static uint32_t sent(struct rig *r)
{
    struct tern_status st = rig_status(r);
    return st.snd_nxt - st.iss - 1;
}

/* Option PACING_RATE: a megabyte a second is a kilobyte a millisecond: super-segments of two segments, each two milliseconds. */
static void an_application_bounds_the_rate(struct rig *r)
{
    established(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_PACING_RATE, 1000000), 0);
    rig_send(r, 10000);
    assert_int_equal(sent(r), 2000);
    rig_pass(r, TERN_MS);
    for (uint32_t ms = 2; ms <= 7; ms++) { /* the first of them half a millisecond early: so much lag may be made good */
        rig_pass(r, TERN_MS);
        assert_int_equal(sent(r), 2000 + 2000 * (ms / 2));
    }
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_PACING_RATE, -1), TERN_ERR_INVAL);
}

/* Seconds were to go by at the old rate. */
static void raised_to(struct rig *r, int64_t rate)
{
    established(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_PACING_RATE, 100), 0);
    rig_send(r, 4000);
    rig_pass(r, 10 * TERN_MS);
    assert_int_equal(sent(r), 2000);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_PACING_RATE, rate), 0);
    rig_pass(r, TERN_MS);
    assert_int_equal(sent(r), 4000);
}

static void a_bound_that_is_raised_holds_at_once(struct rig *r) { raised_to(r, 1000000); }
static void a_bound_that_is_lifted_holds_nothing(struct rig *r) { raised_to(r, 0); }

/* A round trip of 100 ms, a window of ten segments: what leaves at once, and all that has left in 100 ms. */
static void opened(struct rig *r, uint64_t mode, uint64_t cc, uint32_t at_once)
{
    r->set.pacing = mode;
    r->set.congestion = cc;
    r->gso_max = 65535;
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000, .ws = 9);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    rig_pass(r, 100 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    rig_send(r, 10000);
    assert_int_equal(sent(r), at_once);
    rig_pass(r, 100 * TERN_MS);
    assert_int_equal(sent(r), 10000);
}

/* After the initial window, which was used up, and doubles: twice 20,000 bytes a round trip of 100 ms. */
static void cubic_is_paced_by_setting(struct rig *r)
{
    opened(r, 3, 0, 10000);
    IN(r, .flags = ACK, .seq = 1, .ack = 10001);
    rig_send(r, 20000);
    assert_int_equal(sent(r), 12000);
    rig_pass(r, 10 * TERN_MS);
    assert_int_equal(sent(r), 16000);
    rig_pass(r, 10 * TERN_MS);
    assert_int_equal(sent(r), 20000);
}

/* After the initial window, from which a short flow would not gain but wait. */
static void bbr_is_paced(struct rig *r)
{
    opened(r, 1, 2, 10000);
    IN(r, .flags = ACK, .seq = 1, .ack = 10001);
    rig_send(r, 20000);
    assert_int_equal(sent(r), 12000);
    rig_pass(r, 10 * TERN_MS);
    assert_in_range(sent(r), 13000, 16000); /* at 2.89 times ten segments in 100 ms */
}

/* A clock's owner who comes late finds what was to leave meanwhile: an eighth of a round trip of it, ten milliseconds at most. An
 * application that comes late does not. */
static void what_waited_is_made_good(struct rig *r)
{
    opened(r, 1, 0, 10000);
    IN(r, .flags = ACK, .seq = 1, .ack = 10001);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_PACING_RATE, 500000), 0);
    rig_send(r, 2000);
    assert_int_equal(sent(r), 12000);
    rig_pass(r, 50 * TERN_MS);
    rig_send(r, 18000);
    assert_int_equal(sent(r), 14000);
    r->now += 9 * TERN_MS;
    tern_stack_expire(r->s, r->now);
    rig_collect(r);
    assert_int_equal(sent(r), 18000);
    r->now += 50 * TERN_MS;
    tern_stack_expire(r->s, r->now);
    r->now += 100 * TERN_US; /* a loop does not send in the moment in which its timers ran out */
    rig_collect(r);
    assert_int_equal(sent(r), 24000);
}

static void bbr_is_not_when_pacing_is_off(struct rig *r) { opened(r, 0, 2, 10000); }
static void cubic_is_not_when_only_algorithms_pace(struct rig *r) { opened(r, 1, 0, 10000); }

/* A window of 65,000 bytes, round trips of 100 ms so far, and always more to send. */
static void filled(struct rig *r)
{
    r->set.fixed_window = 65536;
    opened(r, r->set.pacing, 4, 10000);
    IN(r, .flags = ACK, .seq = 1, .ack = 10001);
    rig_send(r, 120000);
    assert_int_equal(sent(r), 75000);
}

/* After |wait| all up to |end| is acknowledged, by |n| acknowledgements: what leaves at once. */
static uint32_t answer_by(struct rig *r, tern_ns wait, uint32_t end, uint32_t n)
{
    rig_pass(r, wait);
    uint32_t before = sent(r), acked = end - (rig_status(r).snd_una - rig_status(r).iss - 1);
    while (n--) IN(r, .flags = ACK, .seq = 1, .ack = end - n * 1000 + 1);
    uint32_t at_once = sent(r) - before;
    rig_send(r, acked);
    return at_once;
}

static uint32_t answer(struct rig *r, tern_ns wait, uint32_t end) { return answer_by(r, wait, end, 4); }
/* After |rtt| all but the last segment is. */
static uint32_t answer_all(struct rig *r, tern_ns rtt) { return answer(r, rtt, sent(r) - 1000); }

/* Each packet of a round trip was late: what comes with one acknowledgement is spread from then on. 2,000 bytes are the least
 * burst. */
static void a_queue_that_stands_paces(struct rig *r)
{
    filled(r);
    assert_true(answer_all(r, 111 * TERN_MS) > 50000);
    assert_true(answer_all(r, 114 * TERN_MS) > 50000);
    assert_int_equal(answer_all(r, 111 * TERN_MS), 2000);
}

static void a_queue_is_an_eighth_of_the_round_trip(struct rig *r)
{
    filled(r);
    for (int i = 0; i < 4; i++) assert_true(answer_all(r, 112 * TERN_MS) > 50000);
}

/* All of them may have been delayed by the peer. */
static void a_few_acknowledgements_are_no_queue(struct rig *r)
{
    filled(r);
    for (int i = 0; i < 4; i++) assert_true(answer_by(r, 140 * TERN_MS, sent(r) - 1000, 3) > 50000);
}

/* The first half of each round trip found no queue. */
static void a_queue_of_its_own_does_not_pace(struct rig *r)
{
    filled(r);
    answer_all(r, 100 * TERN_MS);
    uint32_t first = sent(r) - 32000, second = sent(r) - 1000;
    tern_ns wait = 100 * TERN_MS;
    for (int i = 0; i < 4; i++) {
        assert_true(answer(r, wait, first) > 20000);
        first = sent(r);
        assert_true(answer(r, 30 * TERN_MS, second) > 20000);
        second = sent(r) - 1000;
        wait = 70 * TERN_MS;
    }
}

/* An answer after a rest is not late for a queue of before. */
static void after_a_rest_nothing_paces(struct rig *r)
{
    filled(r);
    for (int i = 0; i < 3; i++) answer_all(r, 130 * TERN_MS);
    rig_pass(r, TERN_SEC);
    IN(r, .flags = ACK, .seq = 1, .ack = sent(r) + 1);
    rig_pass(r, TERN_SEC);
    IN(r, .flags = ACK, .seq = 1, .ack = sent(r) + 1);
    assert_int_equal(sent(r), r->sent_n);
    uint32_t before = sent(r);
    rig_send(r, 8000);
    assert_int_equal(sent(r), before + 8000);
}

/* The queue has gone with the timeout. */
static void a_timeout_ends_it(struct rig *r)
{
    filled(r);
    for (int i = 0; i < 3; i++) answer_all(r, 130 * TERN_MS);
    assert_int_equal(answer_all(r, 130 * TERN_MS), 2000);
    rig_pass(r, rig_status(r).rto);
    assert_true(rig_status(r).backoff > 0);
    rig_pass(r, 10 * TERN_MS);
    assert_true(rig_status(r).snd_nxt - rig_status(r).snd_una > 50000);
}

/* At 200 bytes a second the next data may leave after five seconds; the timers do not wait, and one segment goes at each. */
static void what_a_timer_sends_is_not_paced(struct rig *r)
{
    established(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_PACING_RATE, 400), 0);
    rig_send(r, 4000);
    assert_int_equal(sent(r), 2000);
    for (unsigned n = 1; n <= 2; n++) {
        rig_clear(r);
        rig_pass(r, rig_status(r).timer[TERN_TIMER_RETRANSMIT] - r->now);
        DATA_OUT(r, 1, 1000);
        NONE(r);
        assert_int_equal(rig_status(r).backoff, n);
    }
}

/* Of many that rest some are forgotten; not before what they sent has had its time. */
static void a_rest_among_many_does_not_lift_the_bound(struct rig *r)
{
    enum { MANY = 80 };
    struct tern_conn *first = NULL;
    r->gso_max = 65535;
    rig_listen(r);
    for (uint16_t port = 1000; port < 1000 + MANY; port++) {
        IN(r, .flags = SYN, .mss = 1000, .src_port = port);
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = port);
        assert_non_null(rig_accept(r));
        if (!first) first = r->c;
        assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_PACING_RATE, 1000), 0);
        rig_send(r, 2000);
        IN(r, .flags = ACK, .seq = 1, .ack = 2001, .src_port = port);
    }
    r->c = first;
    rig_send(r, 2000);
    assert_int_equal(sent(r), 2000);
    rig_pass(r, 2 * TERN_SEC);
    assert_int_equal(sent(r), 4000);
}

/* Nothing waits for nothing: when all has left no timer is armed for pacing. */
static void an_empty_queue_has_no_timer(struct rig *r)
{
    opened(r, 1, 2, 10000);
    IN(r, .flags = ACK, .seq = 1, .ack = 10001);
    rig_pass(r, TERN_SEC);
    assert_true(tern_stack_next_expiry(r->s) > r->now + 10 * TERN_SEC);
}

static const struct rig_test tests[] = {
    RIG_TEST(an_application_bounds_the_rate),
    RIG_TEST(cubic_is_paced_by_setting),
    RIG_TEST(bbr_is_paced),
    RIG_TEST(bbr_is_not_when_pacing_is_off),
    RIG_TEST(cubic_is_not_when_only_algorithms_pace),
    RIG_TEST(a_queue_that_stands_paces),
    RIG_TEST(a_queue_is_an_eighth_of_the_round_trip),
    RIG_TEST(a_few_acknowledgements_are_no_queue),
    RIG_TEST(a_queue_of_its_own_does_not_pace),
    RIG_TEST(after_a_rest_nothing_paces),
    RIG_TEST(a_timeout_ends_it),
    RIG_TEST(what_a_timer_sends_is_not_paced),
    RIG_TEST(a_rest_among_many_does_not_lift_the_bound),
    RIG_TEST(an_empty_queue_has_no_timer),
    RIG_TEST(what_waited_is_made_good),
    RIG_TEST(a_bound_that_is_raised_holds_at_once),
    RIG_TEST(a_bound_that_is_lifted_holds_nothing),
};

RIG_MAIN(tests)
