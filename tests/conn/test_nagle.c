/* Nagle's algorithm and silly-window avoidance of the sender: RFC 9293 3.7.4, 3.8.6.2.1. */
#include "xfer.h"

/* proves: SHLD-7 */
static void a_small_segment_waits_while_data_is_unacknowledged(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 10);
    DATA_OUT(r, 1, 10);
    rig_send(r, 10);
    NONE(r);
    ACK_IN(r, 11);
    DATA_OUT(r, 11, 10);
}

static void the_trace_tells_once_that_nagle_waits(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 10);
    DATA_OUT(r, 1, 10);
    rig_mark(r);
    rig_send(r, 10);
    NONE(r);
    SAW(r, NAGLE_WAIT);
    rig_mark(r);
    rig_send(r, 10);
    NONE(r);
    assert_false(rig_saw(r, TERN_RULE_NAGLE_WAIT));
    ACK_IN(r, 11);
    DATA_OUT(r, 11, 20);
    rig_send(r, 10); /* a wait of its own */
    NONE(r);
    SAW(r, NAGLE_WAIT);
    assert_false(rig_saw(r, TERN_RULE_SWS_WAIT));
}

/* proves: MAY-16 */
static void small_writes_gather_into_one_segment(struct rig *r)
{
    open_mss(r, 1000);
    for (int i = 0; i < 50; i++) rig_send(r, 7);
    DATA_OUT(r, 1, 7);
    NONE(r);
    ACK_IN(r, 8);
    DATA_OUT(r, 8, 343);
}

static void a_full_segment_waits_for_nothing_but_its_tail_does(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 10);
    rig_send(r, 1500);
    DATA_OUT(r, 1, 10);
    DATA_OUT(r, 11, 1000);
    NONE(r);
    ACK_IN(r, 1011);
    DATA_OUT(r, 1011, 500);
}

/* Linux's manner (Minshall): a tail goes along, and waits only behind another small one. */
static void a_tail_waits_for_small_segments_alone_by_a_setting(struct rig *r)
{
    r->set.nagle_small = 1;
    open_mss(r, 1000);
    rig_send(r, 1500);
    DATA_OUT(r, 1, 1000);
    DATA_OUT(r, 1001, 500);
    rig_send(r, 10);
    NONE(r);
    ACK_IN(r, 1501);
    DATA_OUT(r, 1501, 10);
    ACK_IN(r, 1511);
    rig_send(r, 1000);
    DATA_OUT(r, 1511, 1000);
    rig_mark(r);
    rig_send(r, 10);
    DATA_OUT(r, 2511, 10);
    SAW(r, SEND_NONE_SMALL);
    rig_send(r, 10);
    NONE(r);
}

static void what_fills_up_to_a_segment_leaves_at_once(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 1);
    rig_send(r, 999);
    DATA_OUT(r, 1, 1);
    NONE(r);
    rig_send(r, 1);
    DATA_OUT(r, 2, 1000);
}

/* proves: MUST-17 */
static void nodelay_sends_each_write_at_once(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NODELAY, 1);
    for (int64_t i = 0; i < 4; i++) {
        rig_send(r, 10);
        DATA_OUT(r, 1 + 10 * i, 10);
    }
    SAW(r, SEND_NODELAY);
}

static void switching_it_off_lets_a_waiting_tail_go(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 10);
    rig_send(r, 10);
    DATA_OUT(r, 1, 10);
    NONE(r);
    set_option(r, TERN_OPT_NODELAY, 1);
    DATA_OUT(r, 11, 10);
}

static void nodelay_sends_the_tail_with_the_rest(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NODELAY, 1);
    rig_send(r, 2500);
    out_full(r, 1, 1000, 2);
    DATA_OUT(r, 2001, 500);
}

static void close_pushes_a_waiting_tail_out_with_its_fin(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 10);
    DATA_OUT(r, 1, 10);
    rig_send(r, 10);
    NONE(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 11, .ack = 1, .len = 10);
    SAW(r, SEND_FIN_DATA);
}

static void a_waiting_tail_is_not_forgotten_when_the_ack_is_lost(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 10);
    DATA_OUT(r, 1, 10);
    rig_send(r, 10);
    rig_pass(r, 200 * TERN_MS);
    const struct out_seg *o = rig_next(r); /* the bytes lost come again; RFC 9293 3.7.4 lets more come with them */
    assert_int_equal(o->h.seq.v, r->iss + 1);
    assert_in_range(o->h.len, 10, 20);
    ACK_IN(r, 1 + o->h.len);
    if (rig_status(r).send_queue) DATA_OUT(r, 11, 10);
}

/* ---- silly windows ---- */

/* proves: MUST-38 */
static void less_than_a_segment_of_window_waits(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    rig_mark(r);
    rig_send(r, 2000);
    NONE(r);
    SAW(r, SWS_WAIT);
    assert_false(rig_saw(r, TERN_RULE_NAGLE_WAIT));
}

static void the_override_timer_sends_what_the_window_takes(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    rig_send(r, 2000);
    rig_pass(r, 200 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1001, 300);
    SAW(r, SEND_OVERRIDE);
    NONE(r);
}

static void the_override_time_is_a_setting(struct rig *r)
{
    r->set.sws_override = 700 * TERN_MS;
    open_mss(r, 1000);
    send_quietly(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    rig_send(r, 2000);
    rig_pass(r, 700 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1001, 300);
}

static void a_window_that_grows_in_time_stops_the_override(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    rig_send(r, 2000);
    rig_pass(r, 100 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 2000);
    out_full(r, 1001, 1000, 2);
    ACK_IN(r, 3001);
    rig_pass(r, TERN_SEC);
    NONE(r);
}

static void half_of_the_largest_window_ever_is_worth_sending(struct rig *r)
{
    r->syn.wnd = 600;
    open_mss(r, 1000);
    rig_send(r, 2000);
    DATA_OUT(r, 1, 600); /* the peer never offered more */
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 601, .wnd = 300);
    DATA_OUT(r, 601, 300);
    SAW(r, SEND_HALF_WINDOW);
    IN(r, .flags = ACK, .seq = 1, .ack = 901, .wnd = 299);
    NONE(r);
}

static void a_peer_whose_whole_window_is_below_its_mss_is_served(struct rig *r)
{
    r->syn.wnd = 100;
    open_mss(r, 1000);
    rig_send(r, 1000);
    for (int64_t i = 0; i < 10; i++) {
        DATA_OUT(r, 1 + 100 * i, 100);
        NONE(r);
        IN(r, .flags = ACK, .seq = 1, .ack = 101 + 100 * i, .wnd = 100);
    }
    assert_int_equal(rig_status(r).send_queue, 0);
}

static void nodelay_does_not_make_windows_silly(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NODELAY, 1);
    send_quietly(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    rig_send(r, 2000);
    NONE(r);
}

static void all_that_is_queued_goes_into_a_small_window_at_once(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    rig_send(r, 300); /* D =< U, pushed, nothing in flight: rule (2) */
    DATA_OUT(r, 1001, 300);
}

static void a_retransmission_into_a_shrunk_window_is_cut_to_it(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 3000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1001, 300);
    IN(r, .flags = ACK, .seq = 1, .ack = 1301, .wnd = 3000);
    DATA_OUT(r, 1301, 1000);
    rig_clear(r);
}

static void behind_a_small_window_a_dead_peer_is_given_up_too(struct rig *r)
{
    r->set.r2 = 100 * TERN_SEC;
    open_mss(r, 1000);
    send_quietly(r, 3000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    rig_pass(r, 100 * TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    rig_clear(r);
}

static void after_a_probe_a_small_window_is_still_silly(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = NO_WINDOW);
    rig_send(r, 2000);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1001, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 300);
    NONE(r);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1001, 300);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_small_segment_waits_while_data_is_unacknowledged),
    RIG_TEST(the_trace_tells_once_that_nagle_waits),
    RIG_TEST(small_writes_gather_into_one_segment),
    RIG_TEST(a_full_segment_waits_for_nothing_but_its_tail_does),
    RIG_TEST(a_tail_waits_for_small_segments_alone_by_a_setting),
    RIG_TEST(what_fills_up_to_a_segment_leaves_at_once),
    RIG_TEST(nodelay_sends_each_write_at_once),
    RIG_TEST(switching_it_off_lets_a_waiting_tail_go),
    RIG_TEST(nodelay_sends_the_tail_with_the_rest),
    RIG_TEST(close_pushes_a_waiting_tail_out_with_its_fin),
    RIG_TEST(a_waiting_tail_is_not_forgotten_when_the_ack_is_lost),
    RIG_TEST(less_than_a_segment_of_window_waits),
    RIG_TEST(the_override_timer_sends_what_the_window_takes),
    RIG_TEST(the_override_time_is_a_setting),
    RIG_TEST(a_window_that_grows_in_time_stops_the_override),
    RIG_TEST(half_of_the_largest_window_ever_is_worth_sending),
    RIG_TEST(a_peer_whose_whole_window_is_below_its_mss_is_served),
    RIG_TEST(nodelay_does_not_make_windows_silly),
    RIG_TEST(all_that_is_queued_goes_into_a_small_window_at_once),
    RIG_TEST(a_retransmission_into_a_shrunk_window_is_cut_to_it),
    RIG_TEST(behind_a_small_window_a_dead_peer_is_given_up_too),
    RIG_TEST(after_a_probe_a_small_window_is_still_silly),
};

RIG_MAIN(tests)
