/* HyStart++ (RFC 9406) and slow start's byte counting (RFC 3465), in NewReno. */
#include "cc_test.h"
#include "hystart.h"

/* A round trip of slow start in which |rtt| is measured |samples| times; the first rule that is not plain growth. */
static enum tern_rule round_of(struct hand *h, tern_ns rtt, uint32_t samples)
{
    enum tern_rule told = TERN_RULE_NONE;
    uint32_t n = h->cc.cwnd / MSS;
    for (uint32_t i = 0; i < n; i++) {
        h->s.now += rtt / n;
        h->s.round_start = i == 0;
        h->s.rtt = i < samples ? rtt : 0;
        enum tern_rule why = hand_ack(h, MSS);
        if (why != TERN_RULE_CC_SLOW_START && why != TERN_RULE_CC_CSS_GROW && told == TERN_RULE_NONE) told = why;
    }
    return told;
}

static void fresh(struct hand *h)
{
    hand_init(h, &cc_newreno);
    h->s.set.hystart = 1;
}

/* proves: RFC 9406 4.2. 4.2: RttThresh = max(4 ms, min(RTT / 8, 16 ms)). */
static void longer_round_trips_begin_conservative_slow_start(void **state)
{
    (void)state;
    static const struct {
        tern_ns last, thresh;
    } row[] = {{10 * TERN_MS, 4 * TERN_MS}, {80 * TERN_MS, 10 * TERN_MS}, {300 * TERN_MS, 16 * TERN_MS}};
    for (size_t i = 0; i < 3; i++) {
        struct hand h;
        fresh(&h);
        assert_int_equal(round_of(&h, row[i].last, 100), TERN_RULE_NONE);
        assert_int_equal(round_of(&h, row[i].last + row[i].thresh - 1, 100), TERN_RULE_NONE);
        fresh(&h);
        round_of(&h, row[i].last, 100);
        assert_int_equal(round_of(&h, row[i].last + row[i].thresh, 100), TERN_RULE_CC_CSS);
        assert_true(h.cc.ssthresh == CC_SSTHRESH_MAX);
    }
}

/* proves: RFC 9406 4.2. N_RTT_SAMPLE: seven tell nothing. */
static void fewer_than_eight_samples_decide_nothing(void **state)
{
    (void)state;
    struct hand h;
    fresh(&h);
    round_of(&h, 50 * TERN_MS, 100);
    assert_int_equal(round_of(&h, 100 * TERN_MS, 7), TERN_RULE_NONE);
    fresh(&h);
    round_of(&h, 50 * TERN_MS, 100);
    assert_int_equal(round_of(&h, 100 * TERN_MS, 8), TERN_RULE_CC_CSS);
}

/* proves: RFC 9406 4.2. CSS_GROWTH_DIVISOR 4, CSS_ROUNDS 5. */
static void five_rounds_of_a_quarter_then_avoidance(void **state)
{
    (void)state;
    struct hand h;
    fresh(&h);
    round_of(&h, 50 * TERN_MS, 100);
    round_of(&h, 60 * TERN_MS, 100);
    for (int i = 0; i < 4; i++) {
        uint32_t before = h.cc.cwnd;
        assert_int_equal(round_of(&h, 60 * TERN_MS, 100), TERN_RULE_NONE);
        assert_in_range(h.cc.cwnd * 100 / before, 124, 125);
    }
    uint32_t before = h.cc.cwnd;
    assert_int_equal(round_of(&h, 60 * TERN_MS, 100), TERN_RULE_CC_CSS_END);
    assert_int_equal(h.cc.ssthresh, before);
    assert_in_range(h.cc.cwnd, before, before + MSS);
}

/* proves: RFC 9406 4.2. The delay has gone: it was jitter. */
static void shorter_round_trips_take_slow_start_up_again(void **state)
{
    (void)state;
    struct hand h;
    fresh(&h);
    round_of(&h, 50 * TERN_MS, 100);
    assert_int_equal(round_of(&h, 60 * TERN_MS, 100), TERN_RULE_CC_CSS);
    assert_int_equal(round_of(&h, 50 * TERN_MS, 100), TERN_RULE_CC_CSS_OVER);
    uint32_t before = h.cc.cwnd;
    round_of(&h, 50 * TERN_MS, 100);
    assert_int_equal(h.cc.cwnd, 2 * before);
}

/* proves: RFC 9406 4.3. 4.3: in the first slow start only; and not when the setting is off. */
static void later_slow_starts_are_plain(void **state)
{
    (void)state;
    struct hand h;
    fresh(&h);
    h.cc.ssthresh = 1000 * MSS;
    round_of(&h, 50 * TERN_MS, 100);
    assert_int_equal(round_of(&h, 90 * TERN_MS, 100), TERN_RULE_NONE);
    fresh(&h);
    h.s.set.hystart = false;
    round_of(&h, 50 * TERN_MS, 100);
    assert_int_equal(round_of(&h, 90 * TERN_MS, 100), TERN_RULE_NONE);
    assert_int_equal(h.cc.cwnd, 40 * MSS);
}

/* ---- setting hystart 2: as Linux's CUBIC ---- */

static void fresh_linux(struct hand *h, uint8_t detect)
{
    hand_init(h, &cc_cubic);
    h->s.set.hystart = 2;
    h->s.set.hystart_detect = detect;
    h->cc.cwnd = 20 * MSS;
}

/* An acknowledgement |after| the last one; |fresh_round|: of what left after this round had begun. */
static enum tern_rule linux_ack(struct hand *h, tern_ns after, tern_ns rtt, bool fresh_round)
{
    h->s.now += after;
    h->s.rtt = rtt;
    h->s.rate.prior_delivered = fresh_round ? h->s.delivered : 0;
    return hand_ack(h, MSS);
}

/* |n| acknowledgements of a round, which do not come as a train; the last rule. */
static enum tern_rule apart(struct hand *h, tern_ns rtt, int n)
{
    enum tern_rule why = linux_ack(h, 10 * TERN_MS, rtt, true);
    for (int i = 1; i < n; i++) why = linux_ack(h, 10 * TERN_MS, rtt, false);
    return why;
}

static void nine_longer_round_trips_end_slow_start(void **state)
{
    (void)state;
    static const struct {
        tern_ns least, thresh;
    } row[] = {{10 * TERN_MS, 4 * TERN_MS}, {80 * TERN_MS, 10 * TERN_MS}, {300 * TERN_MS, 16 * TERN_MS}};
    for (size_t i = 0; i < 3; i++) {
        struct hand h;
        fresh_linux(&h, HYSTART_TRAIN | HYSTART_DELAY);
        h.s.min_rtt = row[i].least;
        assert_int_equal(apart(&h, row[i].least + row[i].thresh, 20), TERN_RULE_CC_SLOW_START);
        assert_int_equal(apart(&h, row[i].least + row[i].thresh + 1, 8), TERN_RULE_CC_SLOW_START);
        uint32_t before = h.cc.cwnd;
        assert_int_equal(linux_ack(&h, 10 * TERN_MS, row[i].least + row[i].thresh + 1, false), TERN_RULE_CC_HYSTART_DELAY);
        assert_int_equal(h.cc.cwnd, before);
        assert_int_equal(h.cc.ssthresh, before);
    }
}

static void one_short_round_trip_says_that_there_is_no_queue(void **state)
{
    (void)state;
    struct hand h;
    fresh_linux(&h, HYSTART_DELAY);
    apart(&h, 200 * TERN_MS, 5);
    linux_ack(&h, 10 * TERN_MS, 100 * TERN_MS, false);
    for (int i = 0; i < 20; i++) assert_int_equal(linux_ack(&h, 10 * TERN_MS, 200 * TERN_MS, false), TERN_RULE_CC_SLOW_START);
    assert_int_equal(apart(&h, 200 * TERN_MS, 9), TERN_RULE_CC_HYSTART_DELAY); /* in the next round there is one */
}

static void below_sixteen_segments_nothing_is_decided(void **state)
{
    (void)state;
    struct hand h;
    fresh_linux(&h, HYSTART_TRAIN | HYSTART_DELAY);
    h.cc.cwnd = 4 * MSS;
    assert_int_equal(apart(&h, TERN_SEC, 12), TERN_RULE_CC_SLOW_START); /* the rounds begin with sixteen */
    assert_int_equal(apart(&h, TERN_SEC, 9), TERN_RULE_CC_HYSTART_DELAY);
}

/* How long a train of acknowledgements ends slow start; the least round trip is 100 ms. */
static tern_ns train(uint8_t detect, bool paced, tern_ns gap)
{
    struct hand h;
    fresh_linux(&h, detect);
    h.s.paced = paced;
    linux_ack(&h, 0, 100 * TERN_MS, true);
    tern_ns began = h.s.now;
    while (h.s.now - began < 150 * TERN_MS)
        if (linux_ack(&h, gap, 100 * TERN_MS, false) == TERN_RULE_CC_HYSTART_TRAIN) return h.s.now - began;
    return 0;
}

static void a_train_of_half_a_round_trip_ends_slow_start(void **state)
{
    (void)state;
    assert_in_range(train(HYSTART_TRAIN, false, TERN_MS), 50 * TERN_MS, 52 * TERN_MS);
    assert_in_range(train(HYSTART_TRAIN, false, 2 * TERN_MS), 50 * TERN_MS, 52 * TERN_MS);
    assert_in_range(train(HYSTART_TRAIN, true, TERN_MS), 100 * TERN_MS, 102 * TERN_MS); /* pacing has made it so long */
    assert_int_equal(train(HYSTART_TRAIN, false, 2 * TERN_MS + 1), 0);
    assert_int_equal(train(HYSTART_DELAY, false, TERN_MS), 0);
}

static void only_what_is_asked_for_is_looked_at(void **state)
{
    (void)state;
    struct hand h;
    fresh_linux(&h, HYSTART_TRAIN);
    assert_int_equal(apart(&h, TERN_SEC, 30), TERN_RULE_CC_SLOW_START);
    hand_init(&h, &cc_newreno); /* it is a part of CUBIC */
    h.s.set.hystart = 2, h.s.set.hystart_detect = 3, h.cc.cwnd = 20 * MSS;
    assert_int_equal(apart(&h, TERN_SEC, 30), TERN_RULE_CC_SLOW_START);
}

static void after_a_timeout_it_looks_again(void **state)
{
    (void)state;
    for (int timeout = 0; timeout < 2; timeout++) {
        struct hand h;
        fresh_linux(&h, HYSTART_DELAY);
        assert_int_equal(apart(&h, TERN_SEC, 9), TERN_RULE_CC_HYSTART_DELAY);
        if (timeout) h.cc.ops->on_rto(&h.cc, &h.s, true);
        h.cc.cwnd = 20 * MSS, h.cc.ssthresh = 100 * MSS;
        assert_int_equal(apart(&h, TERN_SEC, 9), timeout ? TERN_RULE_CC_HYSTART_DELAY : TERN_RULE_CC_SLOW_START);
    }
}

/* What it is for: slow start's overshoot into a queue of one bandwidth-delay product. */
static void it_loses_less_than_slow_start_does(void **state)
{
    (void)state;
    uint64_t lost[2];
    for (int on = 0; on < 2; on++) {
        struct model m;
        model_init(&m, 100 * 1000 * 1000 / 8, 50 * TERN_MS, 428 * 1460);
        m.hystart = (uint8_t)on;
        struct model_flow *f = model_add(&m, &cc_cubic, 0);
        model_run(&m, m.now + 3 * TERN_SEC);
        lost[on] = f->lost / 1460;
        assert_in_range(f->delivered * 100 / (m.rate * 3), 80, 100);
        model_free(&m);
    }
    print_message("# packets lost: %u by slow start, %u by HyStart++\n", (unsigned)lost[0], (unsigned)lost[1]);
    assert_true(lost[0] > 1000);
    assert_true(lost[1] * 3 < lost[0] * 2);
}

/* proves: RFC 3465 2.2, RFC 3465 2.3. RFC 3465: no more than what was acknowledged, L segments at most where a limit is set, one
 * after a timeout. */
static void slow_start_counts_bytes(void **state)
{
    (void)state;
    struct hand h;
    hand_init(&h, &cc_newreno);
    hand_ack(&h, 100);
    assert_int_equal(h.cc.cwnd, 10 * MSS + 100); /* ACK division brings nothing */
    hand_ack(&h, 9900);
    assert_int_equal(h.cc.cwnd, 20 * MSS);
    h.s.set.abc_limit = 2;
    hand_ack(&h, 10 * MSS);
    assert_int_equal(h.cc.cwnd, 22 * MSS);
    h.s.set.abc_limit = 8;
    hand_ack(&h, 10 * MSS);
    assert_int_equal(h.cc.cwnd, 30 * MSS);
    h.s.after_timeout = true;
    hand_ack(&h, 10 * MSS);
    assert_int_equal(h.cc.cwnd, 31 * MSS);
    h.s.app_limited = true;
    assert_int_equal(hand_ack(&h, 10 * MSS), TERN_RULE_NONE);
    assert_int_equal(h.cc.cwnd, 31 * MSS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nine_longer_round_trips_end_slow_start),
        cmocka_unit_test(one_short_round_trip_says_that_there_is_no_queue),
        cmocka_unit_test(below_sixteen_segments_nothing_is_decided),
        cmocka_unit_test(a_train_of_half_a_round_trip_ends_slow_start),
        cmocka_unit_test(only_what_is_asked_for_is_looked_at),
        cmocka_unit_test(after_a_timeout_it_looks_again),
        cmocka_unit_test(longer_round_trips_begin_conservative_slow_start),
        cmocka_unit_test(fewer_than_eight_samples_decide_nothing),
        cmocka_unit_test(five_rounds_of_a_quarter_then_avoidance),
        cmocka_unit_test(shorter_round_trips_take_slow_start_up_again),
        cmocka_unit_test(later_slow_starts_are_plain),
        cmocka_unit_test(it_loses_less_than_slow_start_does),
        cmocka_unit_test(slow_start_counts_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
