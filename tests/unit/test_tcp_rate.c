/* Delivery-rate samples (draft-ietf-ccwg-bbr 4.1). */
#include "rate.h"
#include "unit.h"

enum { MSS = 1000 };

static struct cc_sample deliver(struct tcp_rate *r, const struct rate_seg *seg, tern_ns sent_at, tern_ns now)
{
    struct rate_pick pick = {0};
    struct cc_sample s = {.min_rtt = 10 * TERN_MS};
    rate_delivered(r, &pick, seg, sent_at, MSS, now);
    rate_fill(r, &pick, &s);
    return s;
}

/* Ten segments, a millisecond apart, each acknowledged after 20 ms: a megabyte a second. */
/* proves: BBR 4.1 */
static void steady_sending_measures_the_rate(void **state)
{
    (void)state;
    struct tcp_rate r = {0};
    struct rate_seg seg[60];
    struct cc_sample s = {0};
    tern_ns t0 = TERN_SEC;
    for (uint32_t i = 0; i < 60; i++) {
        if (i >= 20) s = deliver(&r, &seg[i - 20], t0 + (i - 20) * TERN_MS, t0 + i * TERN_MS);
        rate_sent(&r, &seg[i], t0 + i * TERN_MS, (i < 20 ? i : 19) * MSS, MSS);
    }
    assert_int_equal(s.rate.rate, 1000 * 1000);
    assert_int_equal(s.rate.interval, 20 * TERN_MS);
    assert_int_equal(s.rate.delivered, 20 * MSS);
    assert_int_equal(s.rate.tx_in_flight, 20 * MSS);
    assert_int_equal(s.acked, MSS);
    assert_int_equal(s.delivered, 40 * MSS);
}

/* 4.1.1.2.3: acknowledgements that come together show no more than was sent in the time. */
/* proves: BBR 4.1 */
static void compressed_acknowledgements_do_not_inflate(void **state)
{
    (void)state;
    struct tcp_rate r = {0};
    struct rate_seg seg[20];
    tern_ns t0 = TERN_SEC;
    struct rate_pick pick = {0};
    struct cc_sample s = {.min_rtt = TERN_MS};
    for (uint32_t i = 0; i < 20; i++) rate_sent(&r, &seg[i], t0 + i * TERN_MS, i * MSS, MSS);
    deliver(&r, &seg[0], t0, t0 + 20 * TERN_MS);
    for (uint32_t i = 1; i < 20; i++) rate_delivered(&r, &pick, &seg[i], t0 + i * TERN_MS, MSS, t0 + 21 * TERN_MS);
    rate_fill(&r, &pick, &s);
    assert_int_equal(s.acked, 19 * MSS);
    assert_in_range(s.rate.rate, 900 * 1000, 1010 * 1000);
}

/* Time in which nothing was in flight is not measured. */
static void silence_does_not_count(void **state)
{
    (void)state;
    struct tcp_rate r = {0};
    struct rate_seg seg;
    rate_sent(&r, &seg, TERN_SEC, 0, MSS);
    deliver(&r, &seg, TERN_SEC, TERN_SEC + 20 * TERN_MS);
    rate_sent(&r, &seg, 100 * TERN_SEC, 0, MSS);
    struct cc_sample s = deliver(&r, &seg, 100 * TERN_SEC, 100 * TERN_SEC + 20 * TERN_MS);
    assert_int_equal(s.rate.interval, 20 * TERN_MS);
    assert_int_equal(s.rate.rate, MSS * 50);
}

/* An interval below the least round trip measures nothing. */
static void an_interval_shorter_than_any_round_trip_is_no_sample(void **state)
{
    (void)state;
    struct tcp_rate r = {0};
    struct rate_seg seg;
    rate_sent(&r, &seg, TERN_SEC, 0, MSS);
    struct cc_sample s = deliver(&r, &seg, TERN_SEC, TERN_SEC + 9 * TERN_MS);
    assert_int_equal(s.rate.interval, 0);
    assert_int_equal(s.rate.rate, 0);
    assert_int_equal(s.acked, MSS);
}

static void rounds_are_counted_by_what_is_delivered(void **state)
{
    (void)state;
    struct tcp_rate r = {0};
    struct rate_seg seg[40];
    uint32_t rounds = 0;
    tern_ns t0 = TERN_SEC;
    for (uint32_t i = 0; i < 40; i++) {
        if (i >= 10) rounds += deliver(&r, &seg[i - 10], t0 + (i - 10) * TERN_MS, t0 + i * TERN_MS).round_start;
        rate_sent(&r, &seg[i], t0 + i * TERN_MS, (i < 10 ? i : 9) * MSS, MSS);
    }
    assert_in_range(rounds, 3, 4);
}

/* 4.1.1.4: what was in flight when the application ran dry, and a little more, is marked. */
static void application_limits_are_told(void **state)
{
    (void)state;
    struct tcp_rate r = {0};
    struct rate_seg seg[4];
    rate_sent(&r, &seg[0], TERN_SEC, 0, MSS);
    rate_app_limited(&r, MSS);
    rate_sent(&r, &seg[1], TERN_SEC + TERN_MS, MSS, MSS);
    assert_false(deliver(&r, &seg[0], TERN_SEC, TERN_SEC + 20 * TERN_MS).rate.app_limited);
    assert_true(deliver(&r, &seg[1], TERN_SEC + TERN_MS, TERN_SEC + 21 * TERN_MS).rate.app_limited);
    rate_sent(&r, &seg[2], TERN_SEC + 22 * TERN_MS, 0, MSS);
    assert_false(deliver(&r, &seg[2], TERN_SEC + 22 * TERN_MS, TERN_SEC + 42 * TERN_MS).rate.app_limited);
}

static void losses_since_a_segment_left_are_told(void **state)
{
    (void)state;
    struct tcp_rate r = {0};
    struct rate_seg seg[3];
    struct rate_pick pick = {0};
    struct cc_sample s = {0};
    for (uint32_t i = 0; i < 3; i++) rate_sent(&r, &seg[i], TERN_SEC + i, i * MSS, MSS);
    rate_lost(&r, &pick, MSS);
    rate_fill_lost(&r, &seg[0], MSS, &s);
    assert_int_equal(s.lost, MSS);
    assert_int_equal(s.rate.lost, MSS);
    assert_int_equal(s.rate.tx_in_flight, MSS);
    rate_delivered(&r, &pick, &seg[2], TERN_SEC + 2, MSS, TERN_SEC + TERN_MS);
    rate_fill(&r, &pick, &s);
    assert_int_equal(s.rate.lost, MSS);
    assert_int_equal(s.rate.tx_in_flight, 3 * MSS);
    assert_int_equal(s.lost, MSS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_sending_measures_the_rate),
        cmocka_unit_test(compressed_acknowledgements_do_not_inflate),
        cmocka_unit_test(silence_does_not_count),
        cmocka_unit_test(an_interval_shorter_than_any_round_trip_is_no_sample),
        cmocka_unit_test(rounds_are_counted_by_what_is_delivered),
        cmocka_unit_test(application_limits_are_told),
        cmocka_unit_test(losses_since_a_segment_left_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
