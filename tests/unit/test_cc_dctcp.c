/* DCTCP against RFC 8257. */
#include "cc_test.h"

static uint32_t percent(uint64_t whole, uint64_t part) { return (uint32_t)(part * 100 / whole); }

/* A window of which |marked| of |n| segments came with CE. */
static void window(struct hand *h, uint32_t n, uint32_t marked)
{
    for (uint32_t i = 0; i < n; i++) {
        h->s.round_start = i == 0;
        h->s.ce = i < marked ? MSS : 0;
        h->s.pipe = n * MSS;
        hand_ack(h, MSS);
    }
    h->s.ce = 0;
}

static void in_avoidance(struct hand *h)
{
    hand_init(h, &cc_dctcp);
    h->cc.cwnd = h->cc.ssthresh = 100 * MSS;
}

/* proves: RFC 8257 3.3. 3.3: alpha is 1 in the beginning: the first mark halves the window, and once a window only. */
static void the_first_mark_halves(void **state)
{
    (void)state;
    struct hand h;
    in_avoidance(&h);
    window(&h, 100, 100);
    assert_int_equal(h.cc.cwnd, 50 * MSS);
    assert_int_equal(h.cc.ssthresh, 50 * MSS);
}

/* proves: RFC 8257 3.3. 3.3: g = 1/16: after n windows without a mark alpha is (15/16)^n; a mark then takes alpha / 2 of the
 * window. */
static void alpha_follows_the_share_of_marks(void **state)
{
    (void)state;
    static const uint32_t taken[][2] = {{10, 262}, {50, 19}, {100, 0}}; /* thousandths: (15/16)^10 / 2 ... */
    for (size_t i = 0; i < 3; i++) {
        struct hand h;
        in_avoidance(&h);
        h.s.app_limited = true; /* no growth */
        for (uint32_t n = 0; n <= taken[i][0]; n++) window(&h, 100, 0);
        h.cc.cwnd = 1000 * MSS;
        h.s.ce = MSS;
        assert_int_equal(hand_ack(&h, MSS), TERN_RULE_CC_DCTCP_MARKS);
        assert_in_range(1000 - h.cc.cwnd / MSS, taken[i][1], taken[i][1] + 2);
    }
}

/* All marked for long: alpha is 1 and it halves as Reno does; a quarter marked: an eighth is taken. */
static void a_steady_share_takes_half_of_it(void **state)
{
    (void)state;
    struct hand h;
    in_avoidance(&h);
    h.s.app_limited = true;
    for (int n = 0; n < 200; n++) {
        window(&h, 100, 25);
        h.cc.cwnd = 100 * MSS;
    }
    h.s.delivered += 1000 * MSS;
    h.s.ce = MSS;
    hand_ack(&h, MSS);
    assert_in_range(h.cc.cwnd, 86 * MSS, 89 * MSS);
}

/* proves: RFC 8257 3.5. 3.5 */
static void a_loss_halves_whatever_the_marks(void **state)
{
    (void)state;
    struct hand h;
    in_avoidance(&h);
    for (int n = 0; n < 100; n++) window(&h, 100, 0);
    h.cc.cwnd = 100 * MSS;
    assert_int_equal(hand_loss(&h), TERN_RULE_CC_LOSS);
    assert_int_equal(h.cc.cwnd, 50 * MSS);
    assert_int_equal(h.cc.ops->on_undo(&h.cc, &h.s), TERN_RULE_CC_UNDO);
    assert_int_equal(h.cc.cwnd, 100 * MSS);
}

/* A switch that marks above 30 packets: the queue stays near there, the link stays full; Reno's swings. */
static void the_queue_stays_at_the_threshold(void **state)
{
    (void)state;
    struct model m;
    model_init(&m, 1000 * 1000 * 1000 / 8, 500 * TERN_US, 1000 * 1460);
    m.mark_at = 30 * 1460;
    struct model_flow *a = model_add(&m, &cc_dctcp, 0), *b = model_add(&m, &cc_dctcp, TERN_MS);
    model_run(&m, m.now + TERN_SEC);
    model_reset(&m);
    uint64_t sum = 0, least = UINT32_MAX;
    for (int i = 0; i < 2000; i++) {
        model_run(&m, m.now + TERN_MS);
        uint32_t q = model_queue(&m) / 1460;
        sum += q;
        if (q < least) least = q;
    }
    print_message("# queue: average %u, most %u, least %u packets; link %u %%, first %u %%\n", (unsigned)(sum / 2000),
                  m.queue_most / 1460, (unsigned)least, percent(m.rate * 2, a->delivered + b->delivered),
                  percent(a->delivered + b->delivered, a->delivered));
    assert_in_range(sum / 2000, 15, 40);
    assert_in_range(m.queue_most / 1460, 30, 60);
    assert_in_range(percent(m.rate * 2, a->delivered + b->delivered), 97, 100);
    assert_in_range(percent(a->delivered + b->delivered, a->delivered), 35, 65);
    assert_int_equal(a->lost + b->lost, 0);
    model_free(&m);
}

static void without_memory_marks_halve(void **state)
{
    (void)state;
    struct hand h;
    in_avoidance(&h);
    h.s.state = NULL;
    h.s.ce = MSS;
    h.s.round_start = true;
    assert_int_equal(hand_ack(&h, MSS), TERN_RULE_CC_ECN);
    assert_int_equal(h.cc.cwnd, 50 * MSS);
}

static void nothing_overflows(void **state)
{
    (void)state;
    uint64_t with = hand_extremes(&cc_dctcp, true), without = hand_extremes(&cc_dctcp, false);
    print_message("# %016llx %016llx\n", (unsigned long long)with, (unsigned long long)without);
    assert_true(with == UINT64_C(0xe8e6bd68255d78a0));
    assert_true(without == UINT64_C(0xa08d739c3ce33e5e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_mark_halves),
        cmocka_unit_test(alpha_follows_the_share_of_marks),
        cmocka_unit_test(a_steady_share_takes_half_of_it),
        cmocka_unit_test(a_loss_halves_whatever_the_marks),
        cmocka_unit_test(the_queue_stays_at_the_threshold),
        cmocka_unit_test(without_memory_marks_halve),
        cmocka_unit_test(nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
