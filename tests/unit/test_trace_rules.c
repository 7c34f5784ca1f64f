#include "unit.h"

#include <string.h>

#include "draw_events.h"
#include "tracer.h"

static void each_rule_says_where_it_comes_from(void **state)
{
    (void)state;
    for (unsigned i = 1; i < TERN_RULE_N; i++) {
        const struct tern_rule_info *r = tern_rule_info((enum tern_rule)i);
        assert_true(r->name[0] && r->doc[0] && r->section[0] && r->text[0]);
    }
    assert_string_equal(tern_rule_info(TERN_RULE_NONE)->doc, "");
}

static void each_drop_says_where_it_comes_from(void **state)
{
    (void)state;
    for (unsigned i = 1; i < TERN_DROP_N; i++) {
        const struct tern_rule_info *d = tern_drop_info((enum tern_drop)i);
        assert_true(d->name[0] && d->doc[0] && d->section[0] && d->text[0]);
    }
}

static void rule_names_are_unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TERN_RULE_N; i++)
        for (unsigned k = i + 1; k < TERN_RULE_N; k++)
            assert_string_not_equal(tern_rule_info((enum tern_rule)i)->name, tern_rule_info((enum tern_rule)k)->name);
}

static void drop_names_are_unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TERN_DROP_N; i++)
        for (unsigned k = i + 1; k < TERN_DROP_N; k++)
            assert_string_not_equal(tern_drop_info((enum tern_drop)i)->name, tern_drop_info((enum tern_drop)k)->name);
}

static void texts_are_ascii_and_fit_a_line(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TERN_RULE_N + TERN_DROP_N; i++) {
        const struct tern_rule_info *r =
            i < TERN_RULE_N ? tern_rule_info((enum tern_rule)i) : tern_drop_info((enum tern_drop)(i - TERN_RULE_N));
        assert_true(strlen(r->doc) + strlen(r->section) + strlen(r->text) < 160);
        for (const char *p = r->text; *p; p++) assert_in_range(*p, ' ', '~');
    }
}

static void numbers_out_of_range_have_the_row_of_none(void **state)
{
    (void)state;
    assert_ptr_equal(tern_rule_info((enum tern_rule)TERN_RULE_N), tern_rule_info(TERN_RULE_NONE));
    assert_ptr_equal(tern_rule_info((enum tern_rule)60000), tern_rule_info(TERN_RULE_NONE));
    assert_ptr_equal(tern_drop_info((enum tern_drop)TERN_DROP_N), tern_drop_info(TERN_DROP_NONE));
}

static void states_timers_and_events_have_names(void **state)
{
    (void)state;
    assert_string_equal(tern_state_name(TERN_SYN_RECEIVED), "SYN-RECEIVED");
    assert_string_equal(tern_state_name(TERN_TIME_WAIT), "TIME-WAIT");
    assert_string_equal(tern_timer_name(TERN_TIMER_TIME_WAIT), "2MSL");
    assert_string_equal(tern_event_name(TERN_EV_SEG_IN), "in");
    assert_string_equal(tern_state_name(TERN_STATE_N), "?");
    assert_string_equal(tern_timer_name(TERN_TIMER_N), "?");
    assert_string_equal(tern_event_name(TERN_EV_N), "?");
}

static void a_trace_wants_a_power_of_two(void **state)
{
    (void)state;
    struct tern_trace t;
    struct tern_event ring[4];
    assert_int_equal(tern_trace_init(&t, ring, 0), TERN_ERR_INVAL);
    assert_int_equal(tern_trace_init(&t, ring, 3), TERN_ERR_INVAL);
    assert_int_equal(tern_trace_init(&t, NULL, 4), TERN_ERR_INVAL);
    assert_int_equal(tern_trace_init(&t, ring, 4), 0);
    assert_int_equal(t.end, 0);
}

static void the_ring_keeps_the_last_events(void **state)
{
    (void)state;
    struct tern_trace t;
    struct tern_event ring[4];
    assert_int_equal(tern_trace_init(&t, ring, 4), 0);
    assert_null(tern_trace_get(&t, 0));
    for (uint32_t i = 0; i < 10; i++) trace_next(&t)->conn = i;
    assert_null(tern_trace_get(&t, 5));
    for (uint32_t i = 6; i < 10; i++) assert_int_equal(tern_trace_get(&t, i)->conn, i);
    assert_null(tern_trace_get(&t, 10));
}

static void a_new_event_is_zeroed(void **state)
{
    (void)state;
    struct tern_trace t;
    struct tern_event ring[1];
    static const struct tern_event zero;
    assert_int_equal(tern_trace_init(&t, ring, 1), 0);
    memset(trace_next(&t), 0xff, sizeof(ring[0]));
    assert_memory_equal(trace_next(&t), &zero, sizeof(zero));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_says_where_it_comes_from),
        cmocka_unit_test(each_drop_says_where_it_comes_from),
        cmocka_unit_test(rule_names_are_unique),
        cmocka_unit_test(drop_names_are_unique),
        cmocka_unit_test(texts_are_ascii_and_fit_a_line),
        cmocka_unit_test(numbers_out_of_range_have_the_row_of_none),
        cmocka_unit_test(states_timers_and_events_have_names),
        cmocka_unit_test(a_trace_wants_a_power_of_two),
        cmocka_unit_test(the_ring_keeps_the_last_events),
        cmocka_unit_test(a_new_event_is_zeroed),
    };
    return cmocka_run_group_tests_name("trace rules", tests, NULL, NULL);
}
