#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "plan.h"
#include "schema.h"

static const char *unit_of(void *ctx, const char *path)
{
    (void)ctx;
    return schema_unit(path);
}

static bool sweep(struct plan *p, const char *text)
{
    char err[300];
    return plan_sweep(p, text, unit_of, NULL, err, sizeof err);
}

static void a_range_has_its_ends_and_steps(void **state)
{
    (void)state;
    struct plan p = {.seed = 5, .repeat = 2, .shards = 1};
    assert_true(sweep(&p, "bottleneck.rate=1 Mbit/s..3 Mbit/s"));
    assert_true(sweep(&p, "bottleneck.delay=10 ms..25 ms:10 ms"));
    assert_true(sweep(&p, "flow.a.cc=newreno,fixed"));
    assert_int_equal(plan_runs(&p), 2 * 3 * 2 * 2);
    /* The seed turns fastest, then the last key. */
    assert_int_equal(plan_seed(&p, 9, 0), 5);
    assert_int_equal(plan_seed(&p, 9, 1), 6);
    assert_int_equal(plan_seed(&p, 9, 2), 5);
    assert_string_equal(plan_value(&p, 1, 2), "newreno");
    assert_string_equal(plan_value(&p, 2, 2), "fixed");
    assert_string_equal(plan_value(&p, 3, 1), "10 ms");
    assert_string_equal(plan_value(&p, 4, 1), "20 ms");
    assert_string_equal(plan_value(&p, 7, 0), "1 Mbit/s");
    assert_string_equal(plan_value(&p, 23, 0), "3 Mbit/s");
    plan_free(&p);
}

static void what_is_no_range_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"bottleneck.rate",
                                      "=1..2",
                                      "bottleneck.rate=2 Mbit/s..1 Mbit/s",
                                      "bottleneck.rate=1 ms..2 ms",
                                      "bottleneck.rate=1 Mbit/s..2 Mbit/s:0",
                                      "flow.a.cc=a..b",
                                      "nothing.rate=1..2",
                                      "flow.a.cc=a,,b",
                                      "bottleneck.rate=1..99999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct plan p = {.repeat = 1, .shards = 1};
        char err[300] = "";
        assert_false(plan_sweep(&p, bad[i], unit_of, NULL, err, sizeof err));
        assert_true(*err);
        plan_free(&p);
    }
}

static void shards_are_a_partition(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 5; n++) {
        for (uint64_t run = 0; run < 23; run++) {
            unsigned owners = 0;
            for (uint64_t i = 1; i <= n; i++) {
                char text[32];
                struct plan p = {.repeat = 23, .shards = 1};
                snprintf(text, sizeof text, "%llu/%llu", (unsigned long long)i, (unsigned long long)n);
                assert_true(plan_shard(&p, text));
                owners += plan_here(&p, run);
            }
            assert_int_equal(owners, 1);
        }
    }
    struct plan p = {0};
    static const char *const bad[] = {"0/2", "3/2", "1", "1/", "/2", "a/b", "1/2/3", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(plan_shard(&p, bad[i]));
}

static void too_many_runs_are_not_counted(void **state)
{
    (void)state;
    struct plan p = {.repeat = INT64_MAX / 2, .shards = 1};
    assert_true(sweep(&p, "bottleneck.delay=1 ms..4 ms"));
    assert_int_equal(plan_runs(&p), 0);
    plan_free(&p);
}

/* ---- figures ---- */

static void a_percentile_is_within_a_hundredth(void **state)
{
    (void)state;
    struct figure_spread s = {0};
    for (uint64_t v = 1; v <= 100000; v++) assert_true(figure_add(&s, v * 1000));
    for (uint32_t p = 10; p < 1000; p += 10) {
        uint64_t exact = (uint64_t)p * 100 * 1000, v = figure_percentile(&s, p);
        assert_true(v <= exact && exact - v <= exact / 100);
    }
    assert_int_equal(figure_percentile(&s, 1000), 100000000);
    assert_int_equal(s.least, 1000);
    figure_spread_free(&s);
    assert_int_equal(figure_percentile(&s, 500), 0);
}

static void a_single_value_is_exact(void **state)
{
    (void)state;
    static const uint64_t values[] = {0, 1, 127, 128, 255, 256, 1234567891, INT64_MAX};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct figure_spread s = {0};
        assert_true(figure_add(&s, values[i]));
        assert_int_equal(figure_percentile(&s, 500), values[i]);
        assert_int_equal(figure_percentile(&s, 990), values[i]);
        figure_spread_free(&s);
    }
}

static void jain_is_one_for_equals_and_a_share_for_one(void **state)
{
    (void)state;
    const uint64_t equal[] = {7, 7, 7}, one[] = {9, 0, 0, 0}, none[] = {0, 0}, big[] = {1000000000000, 1000000000000};
    assert_int_equal(figure_jain(equal, 3), 1000000);
    assert_int_equal(figure_jain(one, 4), 250000);
    assert_int_equal(figure_jain(none, 2), 0);
    assert_int_equal(figure_jain(big, 2), 1000000);
    assert_int_equal(figure_ppm(1, 3), 333333);
    assert_int_equal(figure_ppm(1, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_has_its_ends_and_steps),
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(shards_are_a_partition),
        cmocka_unit_test(too_many_runs_are_not_counted),
        cmocka_unit_test(a_percentile_is_within_a_hundredth),
        cmocka_unit_test(a_single_value_is_exact),
        cmocka_unit_test(jain_is_one_for_equals_and_a_share_for_one),
    };
    return cmocka_run_group_tests_name("scenario_plan", tests, NULL, NULL);
}
