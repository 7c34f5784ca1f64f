#include "unit.h"

#include <string.h>

#include "draw_events.h"

static struct play p;
static char text[4096];

static size_t comment_all(void) { return tern_comment(&p.trace, 0, p.trace.end, text, sizeof(text)); }

static void a_comment_names_state_rule_and_section(void **state)
{
    (void)state;
    play_init(&p);
    p.state = TERN_ESTABLISHED;
    play_out(&p, TH_ACK, 1, 1, 100, TERN_RULE_SEND_FULL);
    size_t len = comment_all();
    assert_int_equal(len, strlen(text));
    assert_string_equal(text, "ESTABLISHED: SEND_FULL: RFC 9293 3.7.4: a full segment waits for nothing");
}

static void what_follows_stands_in_lines_of_its_own(void **state)
{
    (void)state;
    play_init(&p);
    p.state = TERN_FIN_WAIT_2;
    play_in(&p, TH_FIN | TH_ACK, 1, 1, 0, TERN_RULE_FIN_IN);
    play_state(&p, TERN_TIME_WAIT, TERN_RULE_FIN_IN);
    play_timer(&p, TERN_EV_TIMER_SET, TERN_TIMER_TIME_WAIT, 60 * TERN_SEC, TERN_RULE_MSL2);
    play_note(&p, TERN_RULE_RTT_SAMPLE);
    comment_all();
    assert_string_equal(text, "FIN-WAIT-2: FIN_IN: RFC 9293 3.10.7.4 eighth: FIN: the peer will send no more\n"
                              "FIN-WAIT-2 -> TIME-WAIT: FIN_IN: RFC 9293 3.10.7.4 eighth: FIN: the peer will send no more\n"
                              "2MSL timer set: 60.000 s: MSL2: RFC 9293 3.6.1: TIME-WAIT lasts 2MSL (MUST-13)\n"
                              "RTT_SAMPLE: RFC 6298 2.3: RTTVAR and SRTT follow the measurement");
}

static void the_segment_comes_first_even_when_told_last(void **state)
{
    (void)state;
    play_init(&p);
    play_state(&p, TERN_FIN_WAIT_1, TERN_RULE_SEND_FIN);
    play_out(&p, TH_FIN | TH_ACK, 1, 1, 0, TERN_RULE_SEND_FIN);
    comment_all();
    assert_memory_equal(text, "FIN-WAIT-1: SEND_FIN: ", 22);
    assert_non_null(strstr(text, "\nCLOSED -> FIN-WAIT-1: SEND_FIN: "));
}

static void a_drop_says_why(void **state)
{
    (void)state;
    play_init(&p);
    p.state = TERN_ESTABLISHED;
    play_in(&p, TH_RST, 9, 0, 0, TERN_RULE_NONE);
    play_drop(&p, TH_RST, 9, 0, 0, TERN_DROP_RST_WINDOW);
    comment_all();
    assert_string_equal(text,
                        "ESTABLISHED: received\ndropped: RST_WINDOW: RFC 5961 3.2: RST outside the window, or not at RCV.NXT");
}

static void a_super_segment_is_called_one(void **state)
{
    (void)state;
    play_init(&p);
    play_out(&p, TH_ACK, 1, 1, 14480, TERN_RULE_SEND_FULL)->u.seg.gso_size = 1448;
    comment_all();
    assert_non_null(strstr(text, "\na super-segment: 10 segments of at most 1448 bytes"));
}

static void no_event_makes_no_comment(void **state)
{
    (void)state;
    play_init(&p);
    assert_int_equal(comment_all(), 0);
    assert_string_equal(text, "");
}

static void events_that_were_overwritten_are_passed_over(void **state)
{
    (void)state;
    play_init(&p);
    for (int i = 0; i < PLAY_RING + 5; i++) play_note(&p, TERN_RULE_KARN);
    assert_int_equal(tern_comment(&p.trace, 0, 5, text, sizeof(text)), 0);
    assert_true(tern_comment(&p.trace, 0, 6, text, sizeof(text)) > 0);
    assert_null(strchr(text, '\n'));
}

static void a_short_buffer_ends_at_a_whole_line(void **state)
{
    (void)state;
    play_init(&p);
    play_note(&p, TERN_RULE_KARN);
    play_note(&p, TERN_RULE_MSL2);
    size_t first = tern_comment(&p.trace, 0, 1, text, sizeof(text));
    size_t all = tern_comment(&p.trace, 0, 2, text, sizeof(text));
    for (size_t cap = 1; cap <= all; cap++)
        assert_int_equal(tern_comment(&p.trace, 0, 2, text, cap), cap > first + 1 ? first : 0);
    assert_int_equal(tern_comment(&p.trace, 0, 2, text, all + 2), all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_comment_names_state_rule_and_section),
        cmocka_unit_test(what_follows_stands_in_lines_of_its_own),
        cmocka_unit_test(the_segment_comes_first_even_when_told_last),
        cmocka_unit_test(a_drop_says_why),
        cmocka_unit_test(a_super_segment_is_called_one),
        cmocka_unit_test(no_event_makes_no_comment),
        cmocka_unit_test(events_that_were_overwritten_are_passed_over),
        cmocka_unit_test(a_short_buffer_ends_at_a_whole_line),
    };
    return cmocka_run_group_tests_name("draw comment", tests, NULL, NULL);
}
