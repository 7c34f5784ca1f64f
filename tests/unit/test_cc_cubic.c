/* CUBIC against the figures of RFC 9438. */
#include "cc_test.h"

static uint32_t percent(uint64_t of, uint64_t x) { return (uint32_t)(x * 100 / of); }

/* Average window with every |every|th packet lost, in thousandths of a segment. */
static uint64_t average(const struct cc_ops *ops, uint64_t every, tern_ns rtt, uint64_t losses)
{
    struct model m;
    model_init(&m, UINT64_C(12500000000), rtt, UINT32_C(1) << 30);
    m.lose_every = every;
    struct model_flow *f = model_add(&m, ops, 0);
    while (f->losses < 40) model_run(&m, m.now + TERN_SEC);
    model_reset(&m);
    while (f->losses < losses) model_run(&m, m.now + TERN_SEC);
    assert_int_equal(f->timeouts, 0);
    uint64_t avg = model_average(&m, f);
    model_free(&m);
    return avg;
}

/* proves: RFC 9438 5.1. RFC 9438 5.1, table 1: RTT 0.1 s, C 0.4. */
static void the_average_window_is_that_of_table_1(void **state)
{
    (void)state;
    static const struct {
        uint64_t every, window, losses;
    } row[] = {{1000, 38, 200}, {10000, 187, 60}, {100000, 1054, 20}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint64_t avg = average(&cc_cubic, row[i].every, 100 * TERN_MS, row[i].losses);
        print_message("# 1/p %llu: %llu.%llu, table %llu\n", (unsigned long long)row[i].every, (unsigned long long)(avg / 1000),
                      (unsigned long long)(avg % 1000 / 100), (unsigned long long)row[i].window);
        assert_in_range(percent(row[i].window * 1000, avg), 88, 112);
    }
}

/* proves: RFC 9438 4.3. RFC 9438 5.1, table 2: RTT 0.01 s. CUBIC is in the Reno-friendly region: its window is Reno's. */
static void the_average_window_is_renos_where_table_2_says_so(void **state)
{
    (void)state;
    static const uint64_t every[] = {100, 1000, 10000, 100000}, window[] = {12, 38, 120, 379};
    for (size_t i = 0; i < 4; i++) {
        uint64_t cubic = average(&cc_cubic, every[i], 10 * TERN_MS, every[i] > 10000 ? 15 : 100);
        uint64_t reno = average(&cc_newreno, every[i], 10 * TERN_MS, every[i] > 10000 ? 15 : 100);
        print_message("# 1/p %llu: cubic %llu, reno %llu, table %llu\n", (unsigned long long)every[i],
                      (unsigned long long)(cubic / 1000), (unsigned long long)(reno / 1000), (unsigned long long)window[i]);
        assert_in_range(percent(window[i] * 1000, cubic), i ? 88 : 75,
                        115); /* the formula counts no recovery, a tenth of so few */
        assert_in_range(percent(reno, cubic), 88, 115);
    }
}

/* CUBIC that lost a segment at |segments|, and has recovered. */
static void reduced(struct hand *h, uint32_t segments)
{
    hand_init(h, &cc_cubic);
    h->cc.cwnd = segments * MSS;
    h->cc.ssthresh = segments * MSS;
    assert_int_equal(hand_loss(h), TERN_RULE_CC_CUBIC_LOSS);
    assert_int_equal(h->cc.cwnd, segments * MSS / 10 * 7); /* 4.6: beta 0.7 */
    assert_int_equal(h->cc.ssthresh, h->cc.cwnd);
}

/* Milliseconds until the window is |segments|. */
static uint32_t time_until(struct hand *h, uint32_t segments, tern_ns rtt)
{
    tern_ns from = h->s.now;
    for (int i = 0; h->cc.cwnd < segments * MSS && i < 100000; i++) hand_round(h, rtt);
    return (uint32_t)((h->s.now - from) / TERN_MS);
}

/* proves: RFC 9438 4.2. 4.2: K = cbrt((W_max - cwnd_epoch) / C): 1,000 segments: cbrt(750) = 9.086 s; 64,000: cbrt(48,000)
 * = 36.342 s. */
static void the_window_is_back_at_its_maximum_after_k(void **state)
{
    (void)state;
    struct hand h;
    reduced(&h, 1000);
    /* The target is that of a round trip later, and the top is flat: the last half segment takes a second. */
    assert_in_range(time_until(&h, 999, 100 * TERN_MS), 7600, 9100);
    assert_int_equal(hand_round(&h, 100 * TERN_MS), TERN_RULE_CC_CUBIC_CONCAVE);
    reduced(&h, 64000);
    assert_in_range(time_until(&h, 63990, 100 * TERN_MS), 33000, 36400);
    assert_int_equal(hand_round(&h, 100 * TERN_MS), TERN_RULE_CC_CUBIC_CONCAVE);
}

/* proves: RFC 9438 4.4, RFC 9438 4.5. 4.2: the curve itself: W(t) at every second, C (t - K)^3 + W_max with W_max 1,000, K 9.086.
 */
static void the_window_follows_the_cubic_function(void **state)
{
    (void)state;
    static const uint32_t at[] = {700, 789, 858, 910, 948, 973, 988, 996, 999, 1000, 1000, 1003, 1010, 1024};
    struct hand h;
    reduced(&h, 1000);
    for (uint32_t s = 0; s < sizeof at / sizeof at[0]; s++) {
        /* It is heading for a round trip later. */
        assert_in_range(h.cc.cwnd / MSS, at[s] - 2, at[s] + 10);
        for (int i = 0; i < 10; i++) hand_round(&h, 100 * TERN_MS);
    }
    assert_int_equal(hand_round(&h, 100 * TERN_MS), TERN_RULE_CC_CUBIC_CONVEX);
}

/* proves: RFC 9438 4.2. 4.2: never faster than slow start: a round trip adds half of the window at most, however far the function
 * is ahead. */
static void a_round_trip_adds_half_of_the_window_at_most(void **state)
{
    (void)state;
    struct hand h;
    reduced(&h, 100);
    hand_round(&h, 100 * TERN_MS);
    h.s.now += 300 * TERN_SEC; /* in use all the time, acknowledgements missing */
    uint32_t before = h.cc.cwnd;
    hand_round(&h, 100 * TERN_MS);
    assert_in_range(h.cc.cwnd, before + before / 3, before + before / 2 + MSS);
}

/* proves: RFC 9438 4.7. 4.7 */
static void fast_convergence_gives_up_more_when_the_maximum_shrinks(void **state)
{
    (void)state;
    struct hand h;
    reduced(&h, 1000);
    h.cc.cwnd = 800 * MSS;
    hand_loss(&h);
    assert_int_equal(h.cc.cwnd, 560 * MSS);
    hand_round(&h, 100 * TERN_MS);
    /* W_max = 0.85 * 800 = 680; K = cbrt(120 / 0.4) = 6.694 s: flat there, where 800 would still be far. */
    for (int i = 0; i < 66; i++) hand_round(&h, 100 * TERN_MS);
    assert_in_range(h.cc.cwnd / MSS, 679, 682);
}

/* proves: RFC 9438 4.8. 4.8: afterwards K = 0 and the window at the end of slow start is the maximum. */
static void a_timeout_begins_anew(void **state)
{
    (void)state;
    struct hand h;
    reduced(&h, 1000);
    for (int i = 0; i < 50; i++) hand_round(&h, 100 * TERN_MS);
    uint32_t before = h.cc.cwnd;
    h.s.flight = before;
    assert_int_equal(h.cc.ops->on_rto(&h.cc, &h.s, true), TERN_RULE_CC_CUBIC_RTO);
    assert_int_equal(h.cc.cwnd, MSS);
    assert_int_equal(h.cc.ssthresh, (uint64_t)before * 7 / 10);
    h.cc.ops->on_rto(&h.cc, &h.s, false);
    assert_int_equal(h.cc.ssthresh, (uint64_t)before * 7 / 10); /* RFC 5681 3.1: held */
    while (h.cc.cwnd < h.cc.ssthresh) assert_int_equal(hand_ack(&h, MSS), TERN_RULE_CC_SLOW_START);
    uint32_t w = h.cc.cwnd;
    hand_round(&h, 100 * TERN_MS);
    for (int i = 0; i < 50; i++) hand_round(&h, 100 * TERN_MS);
    /* C t^3 with t = 5.1 + 0.1 s: 56 segments; Reno's share would be 0.53 * 51 = 27. */
    assert_in_range((h.cc.cwnd - w) / MSS, 48, 60);
}

/* proves: RFC 9438 4.10. 4.10, RFC 9406: out of slow start without loss: K = 0, W_max = cwnd. */
static void after_slow_start_without_loss_the_function_is_convex(void **state)
{
    (void)state;
    struct hand h;
    hand_init(&h, &cc_cubic);
    h.cc.cwnd = h.cc.ssthresh = 500 * MSS;
    for (int i = 0; i < 31; i++) hand_round(&h, 100 * TERN_MS);
    /* Beyond cwnd_prior alpha is 1: Reno's 31 segments are more than 0.4 * 3.1^3 = 12. */
    assert_in_range(h.cc.cwnd / MSS, 529, 532);
    assert_int_equal(hand_round(&h, 100 * TERN_MS), TERN_RULE_CC_CUBIC_RENO);
}

/* proves: RFC 9438 4.3. 4.3: alpha is 9/17 up to the window before the loss, 1 beyond. */
static void the_reno_friendly_window_grows_by_alpha(void **state)
{
    (void)state;
    struct hand h;
    reduced(&h, 20);
    int rounds = 0;
    for (; h.cc.cwnd < 20 * MSS && rounds < 100; rounds++) assert_true(hand_round(&h, TERN_MS) != TERN_RULE_CC_CUBIC_CONVEX);
    assert_in_range(rounds, 11, 13); /* 6 / 0.529 = 11.3 */
    uint32_t before = h.cc.cwnd;
    for (int i = 0; i < 10; i++) hand_round(&h, TERN_MS);
    assert_in_range(h.cc.cwnd - before, 9 * MSS, 11 * MSS);
}

/* proves: RFC 9438 5.8. 5.8, 4.2: time in which the window is not used does not count. */
static void time_without_use_of_the_window_does_not_count(void **state)
{
    (void)state;
    struct hand h, idle;
    reduced(&h, 1000);
    for (int i = 0; i < 20; i++) hand_round(&h, 100 * TERN_MS);
    uint32_t before = h.cc.cwnd;
    h.s.app_limited = true;
    for (int i = 0; i < 100; i++) {
        h.s.now += 100 * TERN_MS;
        assert_int_equal(hand_ack(&h, 10 * MSS), TERN_RULE_NONE);
    }
    assert_int_equal(h.cc.cwnd, before);
    h.s.app_limited = false;
    idle = h;
    idle.s.state = (struct cc_state *)idle.state;
    hand_round(&h, 100 * TERN_MS);
    assert_in_range(h.cc.cwnd - before, MSS, 10 * MSS); /* the curve goes on where it was: 858 to 864 */
    idle.s.now += 50 * TERN_SEC;
    idle.cc.ops->on_send(&idle.cc, &idle.s);
    hand_round(&idle, 100 * TERN_MS);
    assert_int_equal(idle.cc.cwnd, h.cc.cwnd);
}

/* proves: RFC 9438 4.9. 4.9 */
static void a_reduction_for_nothing_is_undone(void **state)
{
    (void)state;
    struct hand h, twin;
    reduced(&h, 1000);
    for (int i = 0; i < 40; i++) hand_round(&h, 100 * TERN_MS);
    twin = h;
    twin.s.state = (struct cc_state *)twin.state;
    hand_loss(&h);
    assert_true(h.cc.cwnd < twin.cc.cwnd);
    assert_int_equal(h.cc.ops->on_undo(&h.cc, &h.s), TERN_RULE_CC_UNDO);
    assert_int_equal(h.cc.ops->on_undo(&h.cc, &h.s), TERN_RULE_NONE);
    for (int i = 0; i < 30; i++) {
        assert_in_range(h.cc.cwnd, twin.cc.cwnd - 2, twin.cc.cwnd + 2);
        hand_round(&h, 100 * TERN_MS), hand_round(&twin, 100 * TERN_MS);
    }
    assert_int_equal(h.cc.ssthresh, twin.cc.ssthresh);
    /* Too late: the window has come back by itself. */
    hand_loss(&h);
    for (int i = 0; i < 200; i++) hand_round(&h, 100 * TERN_MS);
    assert_int_equal(h.cc.ops->on_undo(&h.cc, &h.s), TERN_RULE_NONE);
}

/* proves: RFC 9438 4.6. 4.6: down to one segment by ECE. */
static void ece_reduces_to_one_segment(void **state)
{
    (void)state;
    struct hand h;
    reduced(&h, 10);
    for (int i = 0; i < 10; i++) {
        h.s.flight = h.cc.cwnd;
        assert_int_equal(h.cc.ops->on_ecn(&h.cc, &h.s), TERN_RULE_CC_CUBIC_ECN);
    }
    assert_int_equal(h.cc.cwnd, MSS);
    assert_int_equal(h.cc.ssthresh, 2 * MSS);
}

static void without_memory_it_is_newreno(void **state)
{
    (void)state;
    struct hand c, n;
    hand_init(&c, &cc_cubic);
    hand_init(&n, &cc_newreno);
    c.s.state = n.s.state = NULL;
    for (int i = 0; i < 60; i++) {
        if (i % 13 == 12) hand_loss(&c), hand_loss(&n);
        hand_round(&c, 50 * TERN_MS), hand_round(&n, 50 * TERN_MS);
        assert_int_equal(c.cc.cwnd, n.cc.cwnd);
        assert_int_equal(c.cc.ssthresh, n.cc.ssthresh);
    }
}

/* Beside Reno on a path of a small bandwidth-delay product each has its share. */
static void cubic_is_fair_to_newreno_where_reno_fills_the_path(void **state)
{
    (void)state;
    struct model m;
    model_init(&m, 10 * 1000 * 1000 / 8, 20 * TERN_MS, 25 * 1460);
    struct model_flow *a = model_add(&m, &cc_cubic, 0), *b = model_add(&m, &cc_newreno, 100 * TERN_MS);
    model_run(&m, m.now + 10 * TERN_SEC);
    model_reset(&m);
    model_run(&m, m.now + 120 * TERN_SEC);
    print_message("# cubic %u %%, link %u %%\n", percent(a->delivered + b->delivered, a->delivered),
                  percent(m.rate * 120, a->delivered + b->delivered));
    assert_in_range(percent(a->delivered + b->delivered, a->delivered), 38, 62);
    assert_in_range(percent(m.rate * 120, a->delivered + b->delivered), 94, 100);
    model_free(&m);
}

/* Two of them converge, the second coming late. */
static void two_cubics_share_a_path(void **state)
{
    (void)state;
    struct model m;
    model_init(&m, 100 * 1000 * 1000 / 8, 40 * TERN_MS, 500000);
    struct model_flow *a = model_add(&m, &cc_cubic, 0), *b = model_add(&m, &cc_cubic, 10 * TERN_SEC);
    m.others = 100000; /* alone the two would keep step, and one lose every time */
    model_run(&m, m.now + 60 * TERN_SEC);
    model_reset(&m);
    model_run(&m, m.now + 120 * TERN_SEC);
    print_message("# first %u %%, link %u %%\n", percent(a->delivered + b->delivered, a->delivered),
                  percent(m.rate * 120, a->delivered + b->delivered));
    assert_in_range(percent(a->delivered + b->delivered, a->delivered), 40, 60);
    assert_in_range(percent(m.rate * 120, a->delivered + b->delivered), 95, 100);
    model_free(&m);
}

/* The same on every compiler and machine. */
static void a_run_is_the_same_everywhere(void **state)
{
    (void)state;
    struct model m;
    model_init(&m, 50 * 1000 * 1000 / 8, 30 * TERN_MS, 100000);
    m.hystart = 1;
    m.lose_every = 7919;
    model_add(&m, &cc_cubic, 0);
    model_add(&m, &cc_newreno, TERN_SEC);
    model_run(&m, m.now + 30 * TERN_SEC);
    print_message("# %016llx %016llx\n", (unsigned long long)m.flow[0].digest, (unsigned long long)m.flow[1].digest);
    assert_true(m.flow[0].digest == UINT64_C(0xaf58c40e74b6660f));
    assert_true(m.flow[1].digest == UINT64_C(0xae4b80c6762e3138));
    model_free(&m);
}

/* ---- setting cubic_linux ---- */

static void linux_at(struct hand *h, uint32_t segments)
{
    hand_init(h, &cc_cubic);
    h->s.set.cubic_linux = true;
    h->cc.cwnd = h->cc.ssthresh = segments * MSS;
}

static void without_a_maximum_it_grows_by_a_twentieth(void **state)
{
    (void)state;
    struct hand h;
    linux_at(&h, 40);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(h.cc.cwnd, 40 * MSS);
        hand_ack(&h, MSS);
    }
    assert_int_equal(h.cc.cwnd, 41 * MSS); /* by whole segments */
    linux_at(&h, 40);
    hand_loss(&h); /* it is known: the function alone, which is flat here */
    uint32_t left = h.cc.cwnd;
    for (int i = 0; i < 20; i++) hand_ack(&h, MSS);
    assert_int_equal(h.cc.cwnd, left);
}

static void one_segment_for_two_at_most(void **state)
{
    (void)state;
    struct hand h;
    linux_at(&h, 40);
    hand_ack(&h, MSS);
    h.s.now += 60 * TERN_SEC;
    hand_ack(&h, MSS); /* two are counted */
    assert_int_equal(h.cc.cwnd, 41 * MSS);
    for (int i = 0; i < 20; i++) hand_ack(&h, MSS);
    assert_int_equal(h.cc.cwnd, 51 * MSS);
}

/* C t^3 with t = 2 s and the round trip that is looked ahead, 100 ms or 2 s: 3.7 or 25.6 segments. */
static void it_looks_ahead_by_the_least_round_trip(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        struct hand h;
        linux_at(&h, 40);
        h.s.set.cubic_linux = !own;
        h.s.srtt = 2 * TERN_SEC;
        hand_ack(&h, MSS);
        h.s.now += 2 * TERN_SEC;
        for (int i = 0; i < 40; i++) hand_ack(&h, MSS);
        assert_in_range(h.cc.cwnd / MSS, own ? 53 : 42, own ? 61 : 44);
    }
}

static void nothing_overflows(void **state)
{
    (void)state;
    uint64_t with = hand_extremes(&cc_cubic, true), without = hand_extremes(&cc_cubic, false);
    print_message("# %016llx %016llx\n", (unsigned long long)with, (unsigned long long)without);
    assert_true(with == UINT64_C(0x2c0004ac937b07a1) && without == UINT64_C(0x5571d2c242f77ef5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_average_window_is_that_of_table_1),
        cmocka_unit_test(the_average_window_is_renos_where_table_2_says_so),
        cmocka_unit_test(the_window_is_back_at_its_maximum_after_k),
        cmocka_unit_test(the_window_follows_the_cubic_function),
        cmocka_unit_test(a_round_trip_adds_half_of_the_window_at_most),
        cmocka_unit_test(fast_convergence_gives_up_more_when_the_maximum_shrinks),
        cmocka_unit_test(a_timeout_begins_anew),
        cmocka_unit_test(after_slow_start_without_loss_the_function_is_convex),
        cmocka_unit_test(the_reno_friendly_window_grows_by_alpha),
        cmocka_unit_test(time_without_use_of_the_window_does_not_count),
        cmocka_unit_test(a_reduction_for_nothing_is_undone),
        cmocka_unit_test(ece_reduces_to_one_segment),
        cmocka_unit_test(without_memory_it_is_newreno),
        cmocka_unit_test(cubic_is_fair_to_newreno_where_reno_fills_the_path),
        cmocka_unit_test(two_cubics_share_a_path),
        cmocka_unit_test(a_run_is_the_same_everywhere),
        cmocka_unit_test(without_a_maximum_it_grows_by_a_twentieth),
        cmocka_unit_test(one_segment_for_two_at_most),
        cmocka_unit_test(it_looks_ahead_by_the_least_round_trip),
        cmocka_unit_test(nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
