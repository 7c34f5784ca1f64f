/* The small parts of the capture layer: ranges, marks of time, round trips, the table of findings. */
#include "unit.h"

#include <string.h>

#include "finding.h"
#include "link_layer.h"
#include "ranges.h"
#include "rtt_sample.h"
#include "sendlog.h"
#include "story.h"

static void ranges_that_touch_become_one(void **state)
{
    (void)state;
    struct ranges s = {0};
    ranges_add(&s, 10, 20);
    ranges_add(&s, 30, 40);
    assert_int_equal(s.n, 2);
    ranges_add(&s, 20, 30);
    assert_int_equal(s.n, 1);
    assert_true(ranges_cover(&s, 10, 40));
    assert_false(ranges_cover(&s, 9, 40));
    ranges_add(&s, 5, 5);
    assert_int_equal(s.n, 1);
}

static void a_cut_may_split_a_range(void **state)
{
    (void)state;
    struct ranges s = {0};
    struct range r;
    ranges_add(&s, 10, 40);
    ranges_cut(&s, 20, 30);
    assert_int_equal(s.n, 2);
    assert_false(ranges_meet(&s, 20, 30, &r));
    assert_true(ranges_meet(&s, 15, 35, &r));
    assert_int_equal(r.from, 15);
    assert_int_equal(r.to, 20);
    ranges_cut(&s, 0, 100);
    assert_int_equal(s.n, 0);
}

static void ranges_pass_zero(void **state)
{
    (void)state;
    struct ranges s = {0};
    ranges_add(&s, UINT32_MAX - 5, 5);
    assert_true(ranges_cover(&s, UINT32_MAX, 3));
    ranges_cut(&s, UINT32_MAX, 1);
    assert_int_equal(s.n, 2);
}

static void too_many_ranges_forget_the_lowest(void **state)
{
    (void)state;
    struct ranges s = {0};
    for (uint32_t i = 0; i < RANGES_MAX + 3; i++) ranges_add(&s, 100 * i, 100 * i + 50);
    assert_int_equal(s.n, RANGES_MAX);
    assert_int_equal(s.r[0].from, 300);
    assert_int_equal(s.r[RANGES_MAX - 1].from, 100 * (RANGES_MAX + 2));
    ranges_add(&s, 10, 20);
    assert_int_equal(s.r[0].from, 300);
    ranges_cut(&s, 320, 330); /* splits while full */
    assert_int_equal(s.n, RANGES_MAX);
}

/* Found by the fuzzer: among numbers far apart "before" is no order, and a cut cut nothing. */
static void ranges_far_apart_are_forgotten(void **state)
{
    (void)state;
    struct ranges s = {0};
    struct range r;
    ranges_add(&s, 0x00000010, 0x00000020);
    ranges_add(&s, 0x60000000, 0x60000010);
    assert_int_equal(s.n, 1);
    ranges_add(&s, 0xc0000000, 0xc0000010);
    assert_int_equal(s.n, 1);
    ranges_add(&s, 0, 0x7fffffff); /* longer than any window */
    assert_int_equal(s.n, 1);
    assert_true(ranges_meet(&s, 0xc0000000, 0xc0000020, &r));
    ranges_cut_below(&s, 0xc0000008);
    assert_int_equal(s.r[0].from, 0xc0000008);
    ranges_cut_below(&s, 0xc0000010);
    assert_int_equal(s.n, 0);
}

static void a_mark_measures_once_and_not_what_was_sent_again(void **state)
{
    (void)state;
    struct sendlog l = {0};
    tern_ns at;
    sendlog_add(&l, 100, 1, 0);
    sendlog_add(&l, 200, 2, 0);
    sendlog_again(&l, 100, 200);
    assert_true(sendlog_ack(&l, 100, &at));
    assert_int_equal(at, 1);
    assert_false(sendlog_ack(&l, 100, &at));
    assert_false(sendlog_ack(&l, 200, &at));
    assert_true(sendlog_time(&l, 150, &at));
    assert_int_equal(at, 2);
    assert_false(sendlog_time(&l, 200, &at));
}

static void marks_stay_bounded(void **state)
{
    (void)state;
    struct sendlog l = {0};
    tern_ns at;
    for (uint32_t i = 1; i <= 10000; i++) {
        sendlog_add(&l, i * 10, i, 0);
        assert_true(l.n <= SENDLOG_MAX);
    }
    assert_true(sendlog_time(&l, 99995, &at));
    assert_int_equal(at, 10000);
    assert_true(sendlog_time(&l, 5, &at)); /* roughly */
    for (uint32_t i = 1; i < l.n; i++) assert_true(l.end[i] > l.end[i - 1]);
}

static void the_median_is_of_what_was_measured(void **state)
{
    (void)state;
    struct rtt_sample r = {0};
    assert_int_equal(rtt_sample_median(&r), 0);
    for (uint32_t i = 1; i <= 9; i++) rtt_sample_add(&r, i * TERN_MS);
    assert_int_equal(rtt_sample_median(&r), 5 * TERN_MS);
    assert_int_equal(r.least, TERN_MS);
    for (uint32_t i = 0; i < 5000; i++) rtt_sample_add(&r, 7 * TERN_MS);
    assert_int_equal(rtt_sample_median(&r), 7 * TERN_MS);
    assert_int_equal(rtt_sample_rto(&r), TERN_SEC);
}

static void every_finding_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FINDING_N; i++) {
        const struct finding_info *f = finding_info(i);
        assert_int_equal(finding_by_name(f->name, strlen(f->name)), i);
        assert_true(f->severity <= STORY_ERROR);
        assert_int_equal(strncmp(f->doc, "RFC ", 4), 0);
        assert_true(f->section[0] && f->text[0]);
    }
    assert_null(finding_info(FINDING_N));
    assert_int_equal(finding_by_name("no-such", 7), FINDING_N);
    assert_int_equal(finding_by_name("syn-retr", 8), FINDING_N);
    assert_string_equal(finding_severity_name(STORY_ERROR), "error");
}

static void a_link_type_that_is_not_known_is_told(void **state)
{
    (void)state;
    const uint8_t p[64] = {0x45};
    assert_int_equal(link_layer_of(105), LINK_UNKNOWN); /* 802.11 */
    assert_true(link_layer_ip(LINK_UNKNOWN, p, sizeof p) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_that_touch_become_one),
        cmocka_unit_test(a_cut_may_split_a_range),
        cmocka_unit_test(ranges_pass_zero),
        cmocka_unit_test(too_many_ranges_forget_the_lowest),
        cmocka_unit_test(ranges_far_apart_are_forgotten),
        cmocka_unit_test(a_mark_measures_once_and_not_what_was_sent_again),
        cmocka_unit_test(marks_stay_bounded),
        cmocka_unit_test(the_median_is_of_what_was_measured),
        cmocka_unit_test(every_finding_has_a_name_of_its_own),
        cmocka_unit_test(a_link_type_that_is_not_known_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
