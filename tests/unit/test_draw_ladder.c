#include "unit.h"

#include <string.h>

#include "draw_events.h"
#include "draw_text.h"
#include "utf8.h"

static struct play p;
static struct sink sink;
static struct tern_ladder_config config;

static int start(void **state)
{
    (void)state;
    play_init(&p);
    sink_init(&sink);
    config = (struct tern_ladder_config){.out = sink.out, .width = 100, .ascii = true};
    return 0;
}

static const char *draw(void)
{
    struct tern_ladder *l = tern_ladder_new(&config);
    assert_non_null(l);
    for (uint64_t i = 0; i < p.trace.end; i++) assert_int_equal(tern_ladder_event(l, tern_trace_get(&p.trace, i)), 0);
    assert_int_equal(tern_ladder_flush(l), 0);
    tern_ladder_free(l);
    return sink.text;
}

static void assert_shows(const char *part)
{
    if (strstr(sink.text, part)) return;
    print_message("%s", sink.text);
    fail_msg("does not show: %s", part);
}

/* How often |part| stands in what was drawn. */
static unsigned count_of(const char *part)
{
    unsigned n = 0;
    for (const char *at = sink.text; (at = strstr(at, part)); at += strlen(part)) n++;
    return n;
}

static void the_handshake_with_its_arithmetic(void **state)
{
    (void)state;
    play_handshake(&p);
    assert_string_equal(draw(),
                        "-- connection 1: 192.0.2.1:80 <-> 198.51.100.7:4242 ------------------------------------------------\n"
                        "    0.000  SYN-SENT        OPEN called. RFC 9293 3.10.1: active OPEN: send SYN with the initial\n"
                        "                           sequence number\n"
                        "                           * CLOSED -> SYN-SENT\n"
                        "    0.000  SYN-SENT     -- SYN seq 0 win 65535 mss 1460 wscale 7 sack-permitted -----> LISTEN\n"
                        "                           RFC 9293 3.10.1: active OPEN: send SYN with the initial sequence number\n"
                        "                           * retransmission timer set: 1.000 s. RFC 6298 5.1: data is on its way and\n"
                        "                           no timer runs: start it\n"
                        "   10.000  ESTABLISHED  <- SYN,ACK seq 0 ack 1 win 65535 mss 1460 wscale 7 ----------- SYN-RECEIVED\n"
                        "                           sack-permitted\n"
                        "                           ack 1 = 0+1: the SYN took a number\n"
                        "                           RFC 9293 3.10.7.3 fourth: SYN,ACK acknowledges our SYN: ESTABLISHED, send\n"
                        "                           the third ACK\n"
                        "                           * SYN-SENT -> ESTABLISHED\n"
                        "   10.000  ESTABLISHED  -- ACK seq 1 ack 1 win 65535 --------------------------------> ESTABLISHED\n"
                        "                           ack 1 = 0+1: the SYN took a number\n"
                        "                           RFC 9293 3.10.7.3 fourth: SYN,ACK acknowledges our SYN: ESTABLISHED, send\n"
                        "                           the third ACK\n");
}

static void a_close_by_us_and_then_by_the_peer(void **state)
{
    (void)state;
    play_handshake(&p);
    p.now = 8 * TERN_SEC;
    uint64_t from = p.trace.end;
    play_state(&p, TERN_FIN_WAIT_1, TERN_RULE_CLOSE_CALL);
    play_call(&p, TERN_CALL_CLOSE, 0, TERN_RULE_CLOSE_CALL);
    play_out(&p, TH_FIN | TH_ACK, 1, 1, 0, TERN_RULE_SEND_FIN);
    p.now += 10 * TERN_MS;
    play_in(&p, TH_ACK, 1, 2, 0, TERN_RULE_FIN_ACKED);
    play_state(&p, TERN_FIN_WAIT_2, TERN_RULE_FIN_ACKED);
    p.now += 10 * TERN_MS;
    play_in(&p, TH_FIN | TH_ACK, 1, 2, 0, TERN_RULE_FIN_IN);
    play_state(&p, TERN_TIME_WAIT, TERN_RULE_FIN_IN);
    play_timer(&p, TERN_EV_TIMER_SET, TERN_TIMER_TIME_WAIT, 60 * TERN_SEC, TERN_RULE_MSL2);
    play_out(&p, TH_ACK, 2, 2, 0, TERN_RULE_ACK_FIN);
    assert_true(from > 0);
    const char *text = strstr(draw(), " 1000.000  FIN");
    assert_non_null(text);
    assert_string_equal(text,
                        " 1000.000  FIN-WAIT-1      ESTABLISHED -> FIN-WAIT-1. RFC 9293 3.10.4: CLOSE by the application\n"
                        " 1000.000  FIN-WAIT-1      CLOSE called. RFC 9293 3.10.4: CLOSE by the application\n"
                        " 1000.000  FIN-WAIT-1   -- FIN,ACK seq 1 ack 1 win 65535 ----------------------------> CLOSE-WAIT\n"
                        "                           RFC 9293 3.10.4: CLOSE: all data is sent, the FIN takes the next number\n"
                        " 1010.000  FIN-WAIT-2   <- ACK seq 1 ack 2 win 65535 --------------------------------- CLOSE-WAIT\n"
                        "                           ack 2 = 1+1: the FIN took a number\n"
                        "                           RFC 9293 3.10.7.4 fifth: our FIN is acknowledged\n"
                        "                           * FIN-WAIT-1 -> FIN-WAIT-2\n"
                        " 1020.000  TIME-WAIT    <- FIN,ACK seq 1 ack 2 win 65535 ----------------------------- LAST-ACK\n"
                        "                           RFC 9293 3.10.7.4 eighth: FIN: the peer will send no more\n"
                        "                           * FIN-WAIT-2 -> TIME-WAIT\n"
                        "                           * 2MSL timer set: 60.000 s. RFC 9293 3.6.1: TIME-WAIT lasts 2MSL\n"
                        "                           (MUST-13)\n"
                        " 1020.000  TIME-WAIT    -- ACK seq 2 ack 2 win 65535 --------------------------------> CLOSED\n"
                        "                           ack 2 = 1+1: the FIN took a number\n"
                        "                           RFC 9293 3.10.7.4 eighth: the FIN takes a number: acknowledge it at once\n");
}

static void data_is_counted_into_the_acknowledgement(void **state)
{
    (void)state;
    play_handshake(&p);
    play_out(&p, TH_PSH | TH_ACK, 1, 1, 1460, TERN_RULE_SEND_FULL);
    p.now += TERN_MS;
    play_in(&p, TH_ACK, 1, 1461, 0, TERN_RULE_ACK_NEW);
    draw();
    assert_shows("PSH,ACK seq 1 ack 1 len 1460 win 65535");
    assert_shows("ack 1461 = 1+1460\n");
}

static void a_fin_with_data_takes_one_more_number(void **state)
{
    (void)state;
    play_handshake(&p);
    play_in(&p, TH_FIN | TH_ACK, 1, 1, 100, TERN_RULE_FIN_IN);
    play_state(&p, TERN_CLOSE_WAIT, TERN_RULE_FIN_IN);
    play_out(&p, TH_ACK, 1, 102, 0, TERN_RULE_ACK_FIN);
    draw();
    assert_shows("ack 102 = 1+100+1: the FIN took a number\n");
    assert_shows("FIN-WAIT-1\n");
    assert_shows("FIN-WAIT-2\n");
}

static void a_half_close_keeps_the_peer_in_fin_wait_2(void **state)
{
    (void)state;
    play_handshake(&p);
    play_in(&p, TH_FIN | TH_ACK, 1, 1, 0, TERN_RULE_FIN_IN);
    play_state(&p, TERN_CLOSE_WAIT, TERN_RULE_FIN_IN);
    play_out(&p, TH_ACK, 1, 2, 500, TERN_RULE_SEND_FULL);
    draw();
    assert_shows("CLOSE-WAIT   -- ACK seq 1 ack 2 len 500 win 65535 ------------------------> FIN-WAIT-2\n");
}

static void a_simultaneous_close_shows_closing_on_both_sides(void **state)
{
    (void)state;
    play_handshake(&p);
    play_out(&p, TH_FIN | TH_ACK, 1, 1, 0, TERN_RULE_SEND_FIN);
    play_state(&p, TERN_FIN_WAIT_1, TERN_RULE_SEND_FIN);
    p.now += TERN_MS;
    play_in(&p, TH_FIN | TH_ACK, 1, 1, 0, TERN_RULE_FIN_IN);
    play_state(&p, TERN_CLOSING, TERN_RULE_FIN_IN);
    draw();
    assert_shows("CLOSING      <- FIN,ACK seq 1 ack 1 win 65535 ----------------------------- CLOSING\n");
}

static void a_reset_has_no_window_and_closes_the_peer(void **state)
{
    (void)state;
    play_handshake(&p);
    play_in(&p, TH_RST, 1, 0, 0, TERN_RULE_RST_IN);
    play_state(&p, TERN_CLOSED, TERN_RULE_RST_IN);
    draw();
    assert_shows("CLOSED       <- RST seq 1 ------------------------------------------------- CLOSED\n");
}

static void a_dropped_segment_is_crossed_out_and_proves_nothing(void **state)
{
    (void)state;
    play_handshake(&p);
    play_in(&p, TH_RST, 9, 0, 0, TERN_RULE_NONE);
    play_drop(&p, TH_RST, 9, 0, 0, TERN_DROP_RST_WINDOW);
    draw();
    assert_shows("ESTABLISHED  x- RST seq 9 ------------------------------------------------- ESTABLISHED\n");
    assert_shows("* dropped. RFC 5961 3.2: RST outside the window, or not at RCV.NXT\n");
}

static void a_drop_without_its_segment_is_a_note(void **state)
{
    (void)state;
    play_handshake(&p);
    p.now += TERN_MS;
    play_drop(&p, 0, 0, 0, 0, TERN_DROP_MEMORY)->drop_has_seg = false;
    draw();
    assert_shows("   21.000  ESTABLISHED     dropped. tern memory: the memory cap is reached\n");
}

static void a_retransmission_says_its_rule(void **state)
{
    (void)state;
    play_handshake(&p);
    play_out(&p, TH_ACK, 1, 1, 100, TERN_RULE_SEND_FULL);
    p.now += 200 * TERN_MS;
    play_timer(&p, TERN_EV_TIMER_FIRED, TERN_TIMER_RETRANSMIT, 0, TERN_RULE_RTO_BACKOFF);
    play_out(&p, TH_ACK, 1, 1, 100, TERN_RULE_RTX_TIMEOUT);
    draw();
    assert_shows("  220.000  ESTABLISHED     retransmission timer fired. RFC 6298 5.5: timeout: double the RTO\n");
    assert_shows("RFC 6298 5.4: retransmission timeout: send the earliest unacknowledged");
}

static void play_bulk(unsigned n)
{
    for (uint32_t i = 0; i < n; i++) {
        play_in(&p, TH_ACK, 1 + 1000 * i, 1, 1000, TERN_RULE_IN_ORDER);
        p.now += TERN_MS / 2;
        play_out(&p, TH_ACK, 1, 1001 + 1000 * i, 0, TERN_RULE_ACK_SECOND);
    }
}

static void bulk_is_folded_into_one_line(void **state)
{
    (void)state;
    config.fold = 4;
    play_handshake(&p);
    play_bulk(50);
    draw();
    assert_shows("... 48 data segments, 48.0 kB, 47 acks, in 23.500 ms ...\n"); /* all but the first four and the last */
    assert_shows("seq 1 ack 50001 win 65535");
    assert_int_equal(count_of(" len 1000"), 2);
}

static void folding_can_be_switched_off(void **state)
{
    (void)state;
    config.fold = UINT32_MAX;
    play_handshake(&p);
    play_bulk(50);
    draw();
    assert_int_equal(count_of(" len 1000"), 50);
    assert_int_equal(count_of("..."), 0);
}

static void what_is_not_plain_ends_a_fold(void **state)
{
    (void)state;
    play_handshake(&p);
    play_bulk(20);
    play_out(&p, TH_ACK, 1, 20001, 10, TERN_RULE_RTX_FAST);
    play_bulk(20);
    draw();
    assert_int_equal(count_of("data segments"), 2);
    assert_shows("RFC 5681 3.2: three duplicate acknowledgements: fast retransmit\n");
}

static void calls_that_move_data_are_folded_with_it(void **state)
{
    (void)state;
    play_handshake(&p);
    for (uint32_t i = 0; i < 20; i++) {
        play_in(&p, TH_ACK, 1 + 1000 * i, 1, 1000, TERN_RULE_IN_ORDER);
        play_note(&p, TERN_RULE_RTT_SAMPLE);
        play_call(&p, TERN_CALL_RECEIVE, 1000, TERN_RULE_RECEIVE_CALL);
        play_call(&p, TERN_CALL_RECEIVE, TERN_ERR_AGAIN, TERN_RULE_RECEIVE_CALL);
        p.now += TERN_MS;
    }
    draw();
    assert_int_equal(count_of("data segments"), 1);
    assert_shows("... 15 data segments, 15.0 kB, 0 acks");
}

static void a_note_worth_reading_ends_a_fold(void **state)
{
    (void)state;
    play_handshake(&p);
    play_bulk(20);
    play_in(&p, TH_ACK, 20001, 1, 10, TERN_RULE_ACK_NEW);
    play_note(&p, TERN_RULE_WINDOW_SHRUNK);
    play_bulk(20);
    draw();
    assert_shows("* RFC 9293 3.8.6: the peer took window back: what is beyond");
}

static void super_segments_count_as_many(void **state)
{
    (void)state;
    config.fold = 1;
    play_handshake(&p);
    for (uint32_t i = 0; i < 5; i++) play_in(&p, TH_ACK, 1 + 10000 * i, 1, 10000, TERN_RULE_IN_ORDER)->u.seg.gso_size = 1000;
    draw();
    assert_shows("... 30 data segments, 30.0 kB, 0 acks, in 0.000 ms ...\n");
    assert_shows("len 10000 (10 segments)");
}

static void only_the_connection_asked_for_is_shown(void **state)
{
    (void)state;
    config.conn = 2;
    play_handshake(&p);
    assert_string_equal(draw(), "");
    start(NULL);
    config.conn = 1;
    play_handshake(&p);
    draw();
    assert_shows("connection 1: ");
}

static void a_change_of_connection_has_a_title(void **state)
{
    (void)state;
    play_handshake(&p);
    p.conn = 2;
    p.state = TERN_CLOSED;
    play_handshake(&p);
    draw();
    assert_int_equal(count_of("-- connection "), 2);
    assert_int_equal(count_of("-> LISTEN"), 2); /* the same pair, but the peer starts anew */
}

static void no_line_is_wider_than_asked(void **state)
{
    (void)state;
    static const uint32_t widths[] = {1, 60, 80, 100, 133, 5000}, used[] = {60, 60, 80, 100, 133, 400};
    for (size_t i = 0; i < 6; i++) {
        start(NULL);
        config.ascii = i % 2;
        config.width = widths[i];
        play_handshake(&p);
        play_bulk(3);
        draw();
        for (char *line = strtok(sink.text, "\n"); line; line = strtok(NULL, "\n")) assert_true(utf8_columns(line) <= used[i]);
    }
}

static void ascii_means_ascii(void **state)
{
    (void)state;
    play_handshake(&p);
    for (const char *c = draw(); *c; c++) assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
    start(NULL);
    config.ascii = false;
    play_handshake(&p);
    draw();
    assert_shows("\u25b6");
    assert_shows("\u25c0");
}

static void colour_only_adds_escapes(void **state)
{
    (void)state;
    static char plain[SINK_LEN];
    play_handshake(&p);
    strcpy(plain, draw());
    sink_init(&sink);
    config.colour = true;
    draw();
    assert_shows("\033[");
    char *to = sink.text;
    for (const char *c = sink.text; *c; c++) {
        if (*c != '\033')
            *to++ = *c;
        else
            c = strchr(c, 'm');
    }
    *to = '\0';
    assert_string_equal(sink.text, plain);
}

static void brief_leaves_timers_away_and_full_adds_windows(void **state)
{
    (void)state;
    play_handshake(&p);
    struct tern_event *cwnd = play_note(&p, TERN_RULE_CC_INITIAL);
    cwnd->type = TERN_EV_CWND;
    cwnd->u.cwnd.cwnd = 14600;
    cwnd->u.cwnd.ssthresh = UINT32_MAX;
    config.detail = TERN_LADDER_BRIEF;
    draw();
    assert_int_equal(count_of("timer set"), 0);
    sink_init(&sink);
    config.detail = TERN_LADDER_NORMAL;
    draw();
    assert_int_equal(count_of("timer set"), 1);
    assert_int_equal(count_of("cwnd"), 0);
    sink_init(&sink);
    config.detail = TERN_LADDER_FULL;
    draw();
    assert_shows("cwnd 14600, ssthresh unlimited, in flight 0");
}

static void the_peers_own_events_are_believed(void **state)
{
    (void)state;
    play_handshake(&p);
    struct tern_ladder *l = tern_ladder_new(&config);
    for (uint64_t i = 0; i < 4; i++) tern_ladder_event(l, tern_trace_get(&p.trace, i));
    struct tern_event theirs = *tern_trace_get(&p.trace, 1);
    theirs.local = p.ring[0].remote;
    theirs.remote = p.ring[0].local;
    theirs.at += 5 * TERN_MS;
    theirs.rule = TERN_RULE_LISTEN_SYN;
    theirs.u.state.from = TERN_LISTEN;
    theirs.state = theirs.u.state.to = TERN_SYN_RECEIVED;
    assert_int_equal(tern_ladder_peer_event(l, &theirs), 0);
    for (uint64_t i = 4; i < p.trace.end; i++) tern_ladder_event(l, tern_trace_get(&p.trace, i));
    tern_ladder_flush(l);
    tern_ladder_free(l);
    assert_shows("    5.000                                    LISTEN -> SYN-RECEIVED. RFC 9293 3.10.7.2 SYN-RECEIVED\n"
                 "                                       third: SYN in LISTEN: note IRS, answer SYN,ACK;\n");
    assert_shows("-- ACK seq 1 ack 1 win 65535 --------------------------------> SYN-RECEIVED\n"); /* our ACK is on its way */
}

static void a_writer_that_fails_is_told(void **state)
{
    (void)state;
    play_handshake(&p);
    sink.broken = true;
    struct tern_ladder *l = tern_ladder_new(&config);
    for (uint64_t i = 0; i < p.trace.end; i++) tern_ladder_event(l, tern_trace_get(&p.trace, i));
    assert_int_equal(tern_ladder_flush(l), TERN_ERR_IO);
    sink.broken = false;
    assert_int_equal(tern_ladder_flush(l), TERN_ERR_IO);
    tern_ladder_free(l);
}

static void thousands_of_connections_are_followed_within_bounds(void **state)
{
    (void)state;
    struct tern_ladder *l = tern_ladder_new(&config);
    for (uint32_t i = 1; i <= 3000; i++) {
        struct tern_event *ev = play_in(&p, TH_SYN, 0, 0, 0, TERN_RULE_LISTEN_SYN);
        ev->conn = i;
        ev->remote.port = (uint16_t)(i + 1000);
        sink.len = 0;
        assert_int_equal(tern_ladder_event(l, ev), 0);
    }
    assert_int_equal(tern_ladder_flush(l), 0);
    assert_shows("connection 3000: ");
    tern_ladder_free(l);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, start)
    const struct CMUnitTest tests[] = {
        T(the_handshake_with_its_arithmetic),
        T(a_close_by_us_and_then_by_the_peer),
        T(data_is_counted_into_the_acknowledgement),
        T(a_fin_with_data_takes_one_more_number),
        T(a_half_close_keeps_the_peer_in_fin_wait_2),
        T(a_simultaneous_close_shows_closing_on_both_sides),
        T(a_reset_has_no_window_and_closes_the_peer),
        T(a_dropped_segment_is_crossed_out_and_proves_nothing),
        T(a_drop_without_its_segment_is_a_note),
        T(a_retransmission_says_its_rule),
        T(bulk_is_folded_into_one_line),
        T(folding_can_be_switched_off),
        T(what_is_not_plain_ends_a_fold),
        T(calls_that_move_data_are_folded_with_it),
        T(a_note_worth_reading_ends_a_fold),
        T(super_segments_count_as_many),
        T(only_the_connection_asked_for_is_shown),
        T(a_change_of_connection_has_a_title),
        T(no_line_is_wider_than_asked),
        T(ascii_means_ascii),
        T(colour_only_adds_escapes),
        T(brief_leaves_timers_away_and_full_adds_windows),
        T(the_peers_own_events_are_believed),
        T(a_writer_that_fails_is_told),
        T(thousands_of_connections_are_followed_within_bounds),
    };
#undef T
    return cmocka_run_group_tests_name("draw ladder", tests, NULL, NULL);
}
