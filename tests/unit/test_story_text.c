#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw_events.h"
#include "story_make.h"
#include "story_show.h"
#include "utf8.h"
#include "words.h"

static struct sink sink;
static struct story s;
static struct story_style style;

static int start(void **state)
{
    (void)state;
    sink_init(&sink);
    make_begin(&s);
    style = (struct story_style){.arithmetic = true, .ascii = true};
    return 0;
}

static int stop(void **state)
{
    (void)state;
    words_choose("en");
    story_free(&s);
    return 0;
}

static const char *show(void)
{
    sink_init(&sink);
    assert_int_equal(story_text_all(&sink.out, &style, &s), 0);
    return sink.text;
}

static void assert_shows(const char *part)
{
    if (strstr(sink.text, part)) return;
    fputs(sink.text, stderr);
    fail_msg("does not show: %s", part);
}

static unsigned count_of(const char *part)
{
    unsigned n = 0;
    for (const char *at = sink.text; (at = strstr(at, part)); at += strlen(part)) n++;
    return n;
}

static void assert_no_line_wider_than(size_t columns)
{
    for (const char *p = sink.text; *p; p += strcspn(p, "\n") + 1)
        if (utf8_columns_n(p, strcspn(p, "\n")) > columns) fail_msg("%.*s", (int)strcspn(p, "\n"), p);
}

static void the_handshake_in_80_columns(void **state)
{
    (void)state;
    make_handshake(&s);
    assert_string_equal(show(), "-- client 192.0.2.1:40000 <-> server 198.51.100.1:80 ---------------------------\n"
                                "   0.000 SYN-SENT        OPEN called. RFC 9293 3.10.1: active OPEN: send SYN\n"
                                "                         with the initial sequence number\n"
                                "                         * CLOSED -> SYN-SENT\n"
                                "   0.000 SYN-SENT     -- SYN seq 0 win 65535 mss 1460 wscale 7 --> SYN-RECEIVED\n"
                                "                         sack-permitted\n"
                                "                         RFC 9293 3.10.1: active OPEN: send SYN with the initial\n"
                                "                         sequence number\n"
                                "                           RFC 9293 3.10.7.2 third: SYN in LISTEN:\n"
                                "                            note IRS, answer SYN,ACK; ack = seq+1:\n"
                                "                                             the SYN took a number\n"
                                "                                          * LISTEN -> SYN-RECEIVED\n"
                                "  20.000 ESTABLISHED  <- SYN,ACK seq 0 ack 1 win 65535 mss 1460 -- SYN-RECEIVED\n"
                                "                         wscale 7 sack-permitted\n"
                                "                                ack 1 = 0+1: the SYN took a number\n"
                                "                           RFC 9293 3.10.7.2 third: SYN in LISTEN:\n"
                                "                            note IRS, answer SYN,ACK; ack = seq+1:\n"
                                "                                             the SYN took a number\n"
                                "                         RFC 9293 3.10.7.3 fourth: SYN,ACK acknowledges our SYN:\n"
                                "                         ESTABLISHED, send the third ACK\n"
                                "  40.000 ESTABLISHED  -- ACK seq 1 ack 1 win 65535 --------------> ESTABLISHED\n"
                                "                         ack 1 = 0+1: the SYN took a number\n"
                                "                         RFC 9293 3.10.7.3 fourth: SYN,ACK acknowledges our SYN:\n"
                                "                         ESTABLISHED, send the third ACK\n"
                                "                               RFC 9293 3.10.7.4 fifth: our SYN is\n"
                                "                                         acknowledged: ESTABLISHED\n");
}

static void a_lost_segment_breaks_off(void **state)
{
    (void)state;
    make_odd(&s);
    show();
    assert_shows("   0.000 SYN-SENT     -- SYN seq 0 win 65535 mss 1460 -x           LISTEN\n");
    assert_shows("lost on its way\n");
    s.row[3].fate = STORY_LOST;
    s.row[3].arrived = TERN_NEVER;
    show();
    assert_shows("1020.000 ESTABLISHED           x- SYN,ACK seq 0 ack 1 win 65535 -- SYN-RECEIVED\n");
}

static void a_forged_and_refused_one_is_marked(void **state)
{
    (void)state;
    make_odd(&s);
    show();
    assert_shows("x~ [forged] RST seq 777 ~~~~~");
    assert_shows("dropped. RFC 5961 3.2: RST outside the window, or not\n");
    assert_int_equal(count_of("[forged]"), 1);
    assert_int_equal(count_of("~"), 21);
}

static void findings_stand_below_with_their_severity(void **state)
{
    (void)state;
    make_odd(&s);
    show();
    assert_shows("! warning: the SYN was sent again after 1.000 s (RFC\n");
    assert_shows("X error: this RST did not come from the server");
    style.colour = true;
    show();
    assert_shows("\033[1;33m! warning:");
    assert_shows("\033[1;31mX error:");
}

static void one_that_is_overtaken_is_told(void **state)
{
    (void)state;
    make_odd(&s);
    show();
    assert_shows("it arrives at 1075.000 ms, before one\n");
    assert_int_equal(count_of("before one"), 1);
}

static void timers_calls_and_marks(void **state)
{
    (void)state;
    make_odd(&s);
    show();
    assert_shows("1000.000 SYN-SENT        retransmission timer fired. RFC 9293 3.8.3: no answer\n");
    assert_shows("1200.000                 the cable is pulled\n");
    assert_shows("62200.00                    keepalive timer fired. RFC 9293 3.8.4: CLOSED\n");
}

static void bulk_is_folded(void **state)
{
    (void)state;
    make_handshake(&s);
    make_data(&s, 70, 50);
    make_close(&s, 700, 50000);
    show();
    assert_shows("... 48 data segments, 48.0 kB, 47 acks, in 470.000 ms\n");
    assert_int_equal(count_of("len 1000"), 2);
    assert_shows("ack 50001 = 49001+1000\n"); /* the last of the run */
    style.fold = UINT32_MAX;
    show();
    assert_int_equal(count_of("len 1000"), 50);
    assert_int_equal(count_of("..."), 0);
}

/* A finding in the middle of a run is not folded away, nor is the segment that it is about. */
static void a_finding_ends_a_run(void **state)
{
    (void)state;
    make_handshake(&s);
    make_data(&s, 70, 50);
    struct story_row *r = &s.row[4 + 60];
    make_finding(r, STORY_A, STORY_INFO, "odd", "look here");
    show();
    assert_shows("i note: look here");
    assert_int_equal(count_of("..."), 4); /* two folds */
}

static void a_held_row_keeps_its_notes_after_the_teller_freed_it(void **state)
{
    (void)state;
    make_handshake(&s);
    make_data(&s, 70, 20);
    struct story_note *n = story_add_note(&s.row[s.row_n - 1], STORY_A);
    n->of = STORY_NOTE_EVENT;
    n->ev = (struct tern_event){.type = TERN_EV_NOTE, .rule = TERN_RULE_RTT_SAMPLE};
    struct story_text *t = story_text_new(&sink.out, &style);
    assert_non_null(t);
    for (size_t i = 0; i < s.row_n; i++) {
        assert_int_equal(story_text_row(t, &s, &s.row[i]), 0);
        story_row_free(&s.row[i]);
    }
    assert_int_equal(story_text_end(t), 0);
    assert_shows("RFC 6298 2.3: RTTVAR and SRTT follow the measurement");
}

static void full_detail_has_the_numbers_that_changed(void **state)
{
    (void)state;
    make_handshake(&s);
    make_data(&s, 70, 1);
    style.detail = TERN_LADDER_FULL;
    show();
    assert_shows("                         SND.NXT = 1001\n"); /* at A */
    assert_shows("RCV.NXT = 1001\n");
    assert_shows("SND.UNA = 1001\n");
    style.numbers = STORY_ABSOLUTE;
    show();
    assert_shows("SND.NXT = 2001\n");
    style.detail = TERN_LADDER_NORMAL;
    show();
    assert_int_equal(count_of("SND.NXT ="), 0);
}

static void numbers_can_be_absolute_or_both(void **state)
{
    (void)state;
    make_handshake(&s);
    style.numbers = STORY_ABSOLUTE;
    show();
    assert_shows("SYN,ACK seq 5000000 ack 1001");
    assert_shows("ack 1001 = 1000+1: the SYN took a number");
    style.numbers = STORY_BOTH;
    show();
    assert_shows("SYN,ACK seq 0 (5000000) ack 1 (1001)");
}

static void only_the_connection_asked_for(void **state)
{
    (void)state;
    make_handshake(&s);
    uint32_t second = story_add_conn(&s, &s.conn[0].end[STORY_A], &s.conn[0].end[STORY_B]);
    struct story_row *r = story_add(&s, 50 * TERN_MS, second, STORY_SEGMENT, STORY_A);
    r->seg = (struct tern_ev_seg){.flags = TH_SYN, .seq = 9, .wnd = 4711, .wscale = 255};
    show();
    assert_shows("-- connection 2: 192.0.2.1:40000 <->");
    assert_shows("SYN seq 0 win 4711");
    style.conn = 1;
    show();
    assert_int_equal(count_of("4711"), 0);
    style.conn = 2;
    show();
    assert_int_equal(count_of("65535"), 0);
    assert_shows("SYN seq 0 win 4711");
}

/* A capture remembers so many connections at once; the numbers tell those apart that had the same place. */
static void a_place_that_another_connection_takes(void **state)
{
    (void)state;
    make_handshake(&s);
    make_data(&s, 70, 20);
    struct story_text *t = story_text_new(&sink.out, &style);
    assert_non_null(t);
    for (size_t i = 0; i < s.row_n; i++) assert_int_equal(story_text_row(t, &s, &s.row[i]), 0);
    s.conn[0].number = 7; /* the last row of the run is still held, and its connection's place is taken */
    s.conn[0].end[STORY_A].port = 777;
    s.conn[0].base[STORY_A] = 9;
    struct story_row syn = {.at = TERN_SEC, .arrived = TERN_NEVER, .kind = STORY_SEGMENT, .side = STORY_A, .fate = STORY_UNKNOWN};
    syn.seg = (struct tern_ev_seg){.flags = TH_SYN, .seq = 9, .wnd = 4711, .wscale = 255};
    assert_int_equal(story_text_row(t, &s, &syn), 0);
    assert_int_equal(story_text_end(t), 0);
    assert_int_equal(count_of("-- client 192.0.2.1:40000 <->"), 1);
    assert_int_equal(count_of("-- connection 7: client 192.0.2.1:777 <->"), 1);
    assert_int_equal(count_of("<->"), 2);
    assert_shows("ack 20001"); /* the held one, in its own numbers */
    assert_shows("SYN seq 0 win 4711");
}

static void no_line_is_wider_than_asked_in_any_language(void **state)
{
    (void)state;
    make_odd(&s);
    make_random(&s, 7, 150);
    static const char *const languages[] = {"en", "zh_CN"};
    static const uint32_t widths[] = {70, 80, 100, 200};
    for (unsigned l = 0; l < 2; l++)
        for (unsigned w = 0; w < 4; w++) {
            assert_true(words_choose(languages[l]));
            style =
                (struct story_style){.width = widths[w], .detail = TERN_LADDER_FULL, .arithmetic = true, .numbers = STORY_BOTH};
            show();
            assert_no_line_wider_than(widths[w]);
        }
}

static void ascii_means_ascii(void **state)
{
    (void)state;
    make_odd(&s);
    make_random(&s, 8, 150);
    style.detail = TERN_LADDER_FULL;
    for (const char *p = show(); *p; p++) assert_true((unsigned char)*p < 0x80);
}

static void the_same_in_chinese(void **state)
{
    (void)state;
    make_odd(&s);
    assert_true(words_choose("zh_CN"));
    show();
    assert_shows("重传计时器到期");
    assert_shows("[伪造] RST seq 777");
    assert_shows("! 警告：");
    assert_shows("ack 1 = 0+1：SYN 占用一个序列号");
    assert_int_equal(count_of("timer"), 0);
}

static void colour_only_adds_escapes(void **state)
{
    (void)state;
    make_odd(&s);
    char *plain = strdup(show());
    style.colour = true;
    show();
    char *out = sink.text;
    for (const char *p = sink.text; *p;) {
        if (*p == '\033')
            p = strchr(p, 'm') + 1;
        else
            *out++ = *p++;
    }
    *out = '\0';
    assert_string_equal(sink.text, plain);
    free(plain);
}

static void a_writer_that_fails_is_told(void **state)
{
    (void)state;
    make_handshake(&s);
    sink.broken = true;
    assert_int_equal(story_text_all(&sink.out, &style, &s), TERN_ERR_IO);
}

static void a_story_with_rows_missing_is_not_passed_off_as_whole(void **state)
{
    (void)state;
    make_handshake(&s);
    s.out_of_memory = true;
    assert_int_equal(story_text_all(&sink.out, &style, &s), TERN_ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
        T(the_handshake_in_80_columns),
        T(a_lost_segment_breaks_off),
        T(a_forged_and_refused_one_is_marked),
        T(findings_stand_below_with_their_severity),
        T(one_that_is_overtaken_is_told),
        T(timers_calls_and_marks),
        T(bulk_is_folded),
        T(a_finding_ends_a_run),
        T(a_held_row_keeps_its_notes_after_the_teller_freed_it),
        T(full_detail_has_the_numbers_that_changed),
        T(numbers_can_be_absolute_or_both),
        T(only_the_connection_asked_for),
        T(a_place_that_another_connection_takes),
        T(no_line_is_wider_than_asked_in_any_language),
        T(ascii_means_ascii),
        T(the_same_in_chinese),
        T(colour_only_adds_escapes),
        T(a_writer_that_fails_is_told),
        T(a_story_with_rows_missing_is_not_passed_off_as_whole),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
