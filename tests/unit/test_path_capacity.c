/* Rates: fixed, in steps, and Mahimahi's traces. */
#include "path_test.h"

TEST(a_fixed_rate_takes_its_time_for_each_byte)
{
    const struct capacity_config cfg = {.bps = 12000000};
    struct capacity c;
    assert_null(capacity_check(&cfg));
    capacity_init(&c, &cfg);
    assert_true(capacity_pass(&c, 0, 1500) == TERN_MS);
    assert_true(capacity_pass(&c, 5 * TERN_MS, 750) == 5 * TERN_MS + 500 * TERN_US);
    assert_false(capacity_is_none(&c));
}

TEST(without_a_rate_nothing_takes_time)
{
    const struct capacity_config cfg = {0};
    struct capacity c;
    capacity_init(&c, &cfg);
    assert_true(capacity_is_none(&c));
    assert_true(capacity_pass(&c, 77, 1500) == 77);
}

TEST(a_packet_may_pass_several_steps)
{
    const struct capacity_step step[] = {
        {10 * TERN_MS, 12000000}, {20 * TERN_MS, 1200000}, {25 * TERN_MS, 0}, {30 * TERN_MS, 6000000}};
    const struct capacity_config cfg = {.step = step, .step_n = 4};
    struct capacity c;
    assert_null(capacity_check(&cfg));
    capacity_init(&c, &cfg);
    assert_true(capacity_pass(&c, 0, 1500) == 11 * TERN_MS); /* stands still until the first step */
    /* a quarter of it by 20 ms, half of it (5 ms at a tenth of the rate) by 25 ms, then 5 ms nothing, the rest at half the rate
     */
    assert_true(capacity_pass(&c, 19 * TERN_MS + 750 * TERN_US, 1500) == 30 * TERN_MS + 500 * TERN_US);
    assert_true(capacity_pass(&c, 31 * TERN_MS, 1500) == 33 * TERN_MS);
}

TEST(what_passes_in_steps_is_the_sum_of_the_steps)
{
    const struct capacity_step step[] = {{0, 10000000}, {TERN_SEC, 1000000}, {2 * TERN_SEC, 3333333}, {3 * TERN_SEC, 50000000}};
    const struct capacity_config cfg = {.step = step, .step_n = 4};
    struct capacity c;
    tern_ns at = 0;
    uint64_t bytes = 0;
    capacity_init(&c, &cfg);
    for (; at <= 4 * TERN_SEC; bytes += 1500) at = capacity_pass(&c, at, 1500);
    assert_in_range(bytes, (10000000 + 1000000 + 3333333 + 50000000) / 8 - 3000,
                    (10000000 + 1000000 + 3333333 + 50000000) / 8 + 3000);
}

TEST(a_trace_gives_a_packet_a_line)
{
    const uint32_t ms[] = {2, 2, 5, 10};
    const struct capacity_config cfg = {.trace_ms = ms, .trace_n = 4};
    struct capacity c;
    assert_null(capacity_check(&cfg));
    capacity_init(&c, &cfg);
    assert_true(capacity_pass(&c, 0, 1500) == 2 * TERN_MS);
    assert_true(capacity_pass(&c, 2 * TERN_MS, 1500) == 2 * TERN_MS);
    assert_true(capacity_pass(&c, 2 * TERN_MS, 1500) == 5 * TERN_MS);
    assert_true(capacity_pass(&c, 5 * TERN_MS, 1500) == 10 * TERN_MS);
    assert_true(capacity_pass(&c, 10 * TERN_MS, 1500) == 12 * TERN_MS); /* it begins anew */
}

TEST(small_packets_share_a_line_and_large_ones_take_several)
{
    const uint32_t ms[] = {1, 2, 3, 4};
    const struct capacity_config cfg = {.trace_ms = ms, .trace_n = 4};
    struct capacity c;
    capacity_init(&c, &cfg);
    for (int i = 0; i < 15; i++) assert_true(capacity_pass(&c, 0, 100) == TERN_MS);
    assert_true(capacity_pass(&c, TERN_MS, 100) == 2 * TERN_MS);
    assert_true(capacity_pass(&c, 2 * TERN_MS, 2900) == 3 * TERN_MS); /* 1400 of the second, 1500 of the third */
    assert_true(capacity_pass(&c, 3 * TERN_MS, 1) == 4 * TERN_MS);
}

TEST(an_opportunity_that_nobody_uses_is_lost)
{
    const uint32_t ms[] = {1, 2, 3, 10};
    const struct capacity_config cfg = {.trace_ms = ms, .trace_n = 4};
    struct capacity c;
    capacity_init(&c, &cfg);
    assert_true(capacity_pass(&c, 2 * TERN_MS + 1, 1500) == 3 * TERN_MS);
    assert_true(capacity_pass(&c, 1000 * TERN_MS + 1, 1500) == 1001 * TERN_MS); /* 99 whole rounds later */
    assert_true(capacity_pass(&c, 1004 * TERN_MS, 1500) == 1010 * TERN_MS);
}

TEST(a_trace_carries_what_it_says_on_the_average)
{
    uint32_t ms[600]; /* 7.2 Mbit/s: 600 packets a second */
    struct capacity c;
    tern_ns at = 0;
    uint64_t n = 0;
    for (uint32_t i = 0; i < 600; i++) ms[i] = (i + 1) * 1000 / 600;
    const struct capacity_config cfg = {.trace_ms = ms, .trace_n = 600};
    capacity_init(&c, &cfg);
    for (; at <= 10 * TERN_SEC; n++) at = capacity_pass(&c, at, 1500);
    assert_in_range(n, 5999, 6002);
}

TEST(mahimahis_text_is_read)
{
    static const char text[] = "# a trace\n0\n5\n5\r\n\n12\n";
    uint32_t ms[8];
    size_t line = 0;
    assert_int_equal(capacity_trace_parse(text, sizeof text - 1, ms, 8, &line), 4);
    assert_int_equal(ms[0], 0);
    assert_int_equal(ms[2], 5);
    assert_int_equal(ms[3], 12);
    assert_int_equal(capacity_trace_parse(text, sizeof text - 1, ms, 0, &line), 4);
}

TEST(a_wrong_text_names_its_line)
{
    static const char *const text[] = {"1\n2\nx\n4\n", "1\n5\n4\n", "1\n2\n-3\n", "1\n2\n99999999999\n"};
    for (size_t i = 0; i < 4; i++) {
        uint32_t ms[8];
        size_t line = 0;
        assert_int_equal(capacity_trace_parse(text[i], strlen(text[i]), ms, 8, &line), -1);
        assert_int_equal(line, 3);
    }
}

TEST(what_cannot_be_is_refused)
{
    const uint32_t zero[] = {0, 0}, back[] = {2, 1};
    const struct capacity_step dead[] = {{0, 1000}, {5, 0}}, disorder[] = {{5, 1}, {5, 2}};
    const struct capacity_config wrong[] = {
        {.bps = 1, .trace_ms = back, .trace_n = 1},
        {.bps = CAPACITY_MAX + 1},
        {.step = dead, .step_n = 2},
        {.step = disorder, .step_n = 2},
        {.trace_ms = zero, .trace_n = 2},
        {.trace_ms = back, .trace_n = 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) assert_non_null(capacity_check(&wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_fixed_rate_takes_its_time_for_each_byte),
        CASE(without_a_rate_nothing_takes_time),
        CASE(a_packet_may_pass_several_steps),
        CASE(what_passes_in_steps_is_the_sum_of_the_steps),
        CASE(a_trace_gives_a_packet_a_line),
        CASE(small_packets_share_a_line_and_large_ones_take_several),
        CASE(an_opportunity_that_nobody_uses_is_lost),
        CASE(a_trace_carries_what_it_says_on_the_average),
        CASE(mahimahis_text_is_read),
        CASE(a_wrong_text_names_its_line),
        CASE(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
