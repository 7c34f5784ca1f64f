#include "unit.h"

#include <jansson.h>
#include <string.h>

#include "draw_events.h"

static struct play p;
static struct sink sink;
static json_t *last; /* the object of the line written last */

static int start(void **state)
{
    (void)state;
    play_init(&p);
    sink_init(&sink);
    p.state = TERN_ESTABLISHED;
    p.iss_known = p.irs_known = true;
    last = NULL;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    json_decref(last);
    return 0;
}

static void write_line(const struct tern_event *ev, uint64_t n)
{
    sink_init(&sink);
    assert_int_equal(tern_json_event(&sink.out, ev, n), 0);
    assert_int_equal(sink.text[sink.len - 1], '\n');
    assert_ptr_equal(strchr(sink.text, '\n'), sink.text + sink.len - 1);
    json_decref(last);
    last = json_loads(sink.text, 0, NULL);
    assert_non_null(last);
}

static void assert_text(const json_t *o, const char *name, const char *want)
{
    assert_non_null(json_object_get(o, name));
    assert_string_equal(json_string_value(json_object_get(o, name)), want);
}

static void assert_number(const json_t *o, const char *name, json_int_t want)
{
    assert_true(json_is_integer(json_object_get(o, name)));
    assert_int_equal(json_integer_value(json_object_get(o, name)), want);
}

static void every_line_says_when_who_and_why(void **state)
{
    (void)state;
    write_line(play_note(&p, TERN_RULE_KARN), 42);
    assert_number(last, "n", 42);
    assert_number(last, "at", 7000000000);
    assert_text(last, "event", "note");
    assert_number(last, "conn", 1);
    assert_text(last, "state", "ESTABLISHED");
    assert_text(last, "local", "192.0.2.1:80");
    assert_text(last, "remote", "198.51.100.7:4242");
    assert_number(last, "iss", PLAY_ISS);
    assert_number(last, "irs", PLAY_IRS);
    assert_text(last, "rule", "KARN");
    assert_text(last, "doc", "RFC 6298");
    assert_text(last, "section", "3");
    assert_text(last, "text", tern_rule_info(TERN_RULE_KARN)->text);
}

static void a_line_is_the_same_bytes_everywhere(void **state)
{
    (void)state;
    write_line(play_state(&p, TERN_CLOSE_WAIT, TERN_RULE_FIN_IN), 3);
    assert_string_equal(
        sink.text,
        "{\"n\":3,\"at\":7000000000,\"event\":\"state\",\"conn\":1,\"state\":\"CLOSE-WAIT\",\"local\":\"192.0.2.1:80\","
        "\"remote\":\"198.51.100.7:4242\",\"iss\":1000,\"irs\":5000000,\"rule\":\"FIN_IN\",\"doc\":\"RFC 9293\","
        "\"section\":\"3.10.7.4 eighth\",\"text\":\"FIN: the peer will send no more\","
        "\"from\":\"ESTABLISHED\",\"to\":\"CLOSE-WAIT\"}\n");
}

static void unknown_initial_numbers_are_null(void **state)
{
    (void)state;
    p.iss_known = p.irs_known = false;
    write_line(play_note(&p, TERN_RULE_KARN), 0);
    assert_true(json_is_null(json_object_get(last, "iss")));
    assert_true(json_is_null(json_object_get(last, "irs")));
}

static void a_segment_has_every_field_of_its_header(void **state)
{
    (void)state;
    struct tern_event *ev = play_out(&p, TH_PSH | TH_ACK | TH_URG, 1, 2, 3000, TERN_RULE_SEND_URGENT);
    ev->u.seg.urp = 7;
    ev->u.seg.gso_size = 1000;
    ev->u.seg.wnd = 1 << 20;
    write_line(ev, 0);
    const json_t *seg = json_object_get(last, "segment");
    assert_number(seg, "seq", PLAY_ISS + 1);
    assert_number(seg, "ack", PLAY_IRS + 2);
    assert_number(seg, "rel_seq", 1);
    assert_number(seg, "rel_ack", 2);
    assert_number(seg, "len", 3000);
    assert_number(seg, "window", 1 << 20);
    assert_number(seg, "window_raw", 65535);
    assert_number(seg, "urgent", 7);
    assert_number(seg, "segments", 3);
    assert_number(seg, "gso_size", 1000);
    assert_int_equal(json_array_size(json_object_get(seg, "flags")), 3);
    assert_string_equal(json_string_value(json_array_get(json_object_get(seg, "flags"), 0)), "PSH");
}

static void options_are_members_only_when_present(void **state)
{
    (void)state;
    struct tern_event *ev = play_in(&p, TH_SYN, 0, 0, 0, TERN_RULE_LISTEN_SYN);
    ev->u.seg.timestamps = true;
    ev->u.seg.ts_val = 4000000000;
    ev->u.seg.ao = true, ev->u.seg.ao_key_id = 61, ev->u.seg.ao_next_key_id = 84, ev->u.seg.ao_mac_len = 12;
    ev->u.seg.ao_mac[11] = 0xe7;
    ev->u.seg.accecn_kind = 172, ev->u.seg.accecn_n = 2, ev->u.seg.accecn[0] = 1, ev->u.seg.accecn[1] = 77;
    write_line(ev, 0);
    const json_t *opt = json_object_get(json_object_get(last, "segment"), "options");
    assert_number(opt, "mss", 1460);
    assert_number(opt, "wscale", 7);
    assert_true(json_is_true(json_object_get(opt, "sack_permitted")));
    assert_number(opt, "ts_val", 4000000000);
    assert_number(opt, "ts_ecr", 0);
    assert_number(json_object_get(opt, "accecn"), "ceb", 77);
    assert_number(json_object_get(opt, "ao"), "rnext", 84);
    assert_string_equal(json_string_value(json_object_get(json_object_get(opt, "ao"), "mac")), "0000000000000000000000e7");
    assert_int_equal(json_object_size(json_object_get(opt, "accecn")), 2);
    assert_null(json_object_get(json_object_get(last, "segment"), "rel_ack"));
    write_line(play_in(&p, TH_ACK, 1, 1, 0, TERN_RULE_ACK_OLD), 0);
    assert_int_equal(json_object_size(json_object_get(json_object_get(last, "segment"), "options")), 0);
}

static void sack_blocks_are_pairs(void **state)
{
    (void)state;
    struct tern_event *ev = play_in(&p, TH_ACK, 1, 1, 0, TERN_RULE_ACK_DUP);
    ev->u.seg.sack_n = 2;
    ev->u.seg.sack[1][0] = 10;
    ev->u.seg.sack[1][1] = 20;
    write_line(ev, 0);
    const json_t *sack = json_object_get(json_object_get(json_object_get(last, "segment"), "options"), "sack");
    assert_int_equal(json_array_size(sack), 2);
    assert_int_equal(json_integer_value(json_array_get(json_array_get(sack, 1), 1)), 20);
}

static void timers_have_their_deadline(void **state)
{
    (void)state;
    write_line(play_timer(&p, TERN_EV_TIMER_SET, TERN_TIMER_DELACK, 40 * TERN_MS, TERN_RULE_DELACK), 0);
    assert_text(last, "timer", "delayed ACK");
    assert_number(last, "deadline", 7040000000);
    write_line(play_timer(&p, TERN_EV_TIMER_FIRED, TERN_TIMER_DELACK, 0, TERN_RULE_DELACK), 0);
    assert_null(json_object_get(last, "deadline"));
}

static void a_drop_has_its_reason_and_segment(void **state)
{
    (void)state;
    struct tern_event *ev = play_drop(&p, TH_RST, 9, 0, 0, TERN_DROP_RST_WINDOW);
    write_line(ev, 0);
    const json_t *drop = json_object_get(last, "drop");
    assert_text(drop, "reason", "RST_WINDOW");
    assert_text(drop, "doc", "RFC 5961");
    assert_text(drop, "section", "3.2");
    assert_text(drop, "text", tern_drop_info(TERN_DROP_RST_WINDOW)->text);
    assert_number(json_object_get(last, "segment"), "rel_seq", 9);
    ev->drop_has_seg = false;
    write_line(ev, 0);
    assert_null(json_object_get(last, "segment"));
}

static void calls_say_what_they_returned(void **state)
{
    (void)state;
    write_line(play_call(&p, TERN_CALL_SEND, 512, TERN_RULE_SEND_CALL), 0);
    assert_text(last, "call", "SEND");
    assert_number(last, "result", 512);
    assert_null(json_object_get(last, "error"));
    write_line(play_call(&p, TERN_CALL_RELEASE, TERN_ERR_PIPE, TERN_RULE_NONE), 0);
    assert_text(last, "call", "RELEASE");
    assert_number(last, "result", TERN_ERR_PIPE);
    assert_text(last, "error", tern_strerror(TERN_ERR_PIPE));
}

static void windows_and_round_trips_are_numbers(void **state)
{
    (void)state;
    struct tern_event *ev = play_note(&p, TERN_RULE_WINDOW_UPDATE);
    ev->type = TERN_EV_WINDOW;
    ev->u.window.wnd = 77;
    write_line(ev, 0);
    assert_number(last, "window", 77);
    ev->type = TERN_EV_CWND;
    ev->u.cwnd.cwnd = 14600;
    ev->u.cwnd.ssthresh = UINT32_MAX;
    ev->u.cwnd.flight = 1;
    write_line(ev, 0);
    assert_number(last, "cwnd", 14600);
    assert_number(last, "ssthresh", UINT32_MAX);
    assert_number(last, "flight", 1);
    ev->type = TERN_EV_RTT;
    ev->u.rtt.rtt = 1, ev->u.rtt.srtt = 2, ev->u.rtt.rttvar = 3, ev->u.rtt.rto = 4;
    write_line(ev, 0);
    assert_number(last, "rtt", 1);
    assert_number(last, "srtt", 2);
    assert_number(last, "rttvar", 3);
    assert_number(last, "rto", 4);
}

static void a_writer_that_fails_is_told(void **state)
{
    (void)state;
    sink.broken = true;
    assert_int_equal(tern_json_event(&sink.out, play_note(&p, TERN_RULE_KARN), 0), TERN_ERR_IO);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        T(every_line_says_when_who_and_why),
        T(a_line_is_the_same_bytes_everywhere),
        T(unknown_initial_numbers_are_null),
        T(a_segment_has_every_field_of_its_header),
        T(options_are_members_only_when_present),
        T(sack_blocks_are_pairs),
        T(timers_have_their_deadline),
        T(a_drop_has_its_reason_and_segment),
        T(calls_say_what_they_returned),
        T(windows_and_round_trips_are_numbers),
        T(a_writer_that_fails_is_told),
    };
#undef T
    return cmocka_run_group_tests_name("draw json", tests, NULL, NULL);
}
