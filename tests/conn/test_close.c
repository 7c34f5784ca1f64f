/* Closing: RFC 9293 3.6, 3.10.4, and the fifth and eighth checks of 3.10.7.4. */
#include "reach.h"

/* ---- either side first ---- */

static void normal_close_by_us_first(struct rig *r) /* figure 12, left side */
{
    rig_passive(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_FIN_WAIT_1);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
    rig_pass(r, 60 * TERN_SEC);
    STATE(r, TERN_CLOSED);
    NONE(r);
}

static void normal_close_by_the_peer_first(struct rig *r) /* figure 12, right side */
{
    rig_active(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_CLOSE_WAIT);
    assert_true(rig_events(r) & TERN_PEER_CLOSED);
    READ(r, 0);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_LAST_ACK);
    IN(r, .flags = ACK, .seq = 2, .ack = 2);
    expect_over(r, 0);
    assert_true(rig_events(r) & TERN_FINISHED);
}

static void simultaneous_close(struct rig *r) /* figure 13 */
{
    rig_active(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_CLOSING);
    IN(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
    NONE(r);
    rig_pass(r, 60 * TERN_SEC);
    STATE(r, TERN_CLOSED);
}

/* Figure 5, note 2 */
static void fin_that_acknowledges_ours_leads_straight_to_time_wait(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_1);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    NONE(r);
    assert_true(rig_saw_state(r, TERN_FIN_WAIT_1, TERN_TIME_WAIT));
    assert_false(rig_saw_state(r, TERN_FIN_WAIT_1, TERN_FIN_WAIT_2));
}

static void fin_with_data_that_acknowledges_ours_delivers_and_rests(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_1);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .len = 100);
    OUT(r, .flags = ACK, .seq = 2, .ack = 102);
    assert_true(rig_saw_state(r, TERN_FIN_WAIT_1, TERN_TIME_WAIT));
    READ(r, 100);
    READ(r, 0);
}

/* ---- the FIN and data ---- */

static void fin_travels_with_the_last_data(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 600); /* 536 and 64: Nagle holds the second */
    rig_clear(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = r->v6 ? 601 : 537, .ack = 1, .len = r->v6 ? 0 : 64);
    SAW(r, CLOSE_CALL);
    if (!r->v6) SAW(r, SEND_FIN_DATA);
}

static void fin_waits_for_all_data_before_it(struct rig *r)
{
    r->syn.wnd = 100;
    rig_passive(r);
    rig_send(r, 250);
    rig_close(r);
    STATE(r, TERN_FIN_WAIT_1); /* "in any case" */
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 101, .wnd = 100);
    OUT(r, .flags = ACK, .seq = 101, .ack = 1, .len = 100);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 201, .wnd = 100);
    OUT(r, .flags = FIN | ACK, .seq = 201, .ack = 1, .len = 50);
    STATE(r, TERN_FIN_WAIT_1);
    IN(r, .flags = ACK, .seq = 1, .ack = 252);
    STATE(r, TERN_FIN_WAIT_2);
}

static void ack_of_the_data_but_not_the_fin_stays_in_fin_wait_1(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 10);
    rig_close(r);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 11);
    STATE(r, TERN_FIN_WAIT_1);
    IN(r, .flags = ACK, .seq = 1, .ack = 12);
    STATE(r, TERN_FIN_WAIT_2);
}

static void lost_fin_is_sent_again(struct rig *r)
{
    rig_passive(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_FIN_WAIT_1);
}

static void fin_out_of_order_waits_for_the_hole(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 11, .ack = 1, .len = 5);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 17);
    STATE(r, TERN_CLOSE_WAIT);
    READ(r, 15);
    READ(r, 0);
}

static void fin_out_of_order_in_fin_wait_2(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    IN(r, .flags = FIN | ACK, .seq = 11, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
    IN(r, .flags = ACK, .seq = 1, .ack = 2, .len = 10);
    STATE(r, TERN_TIME_WAIT);
    READ(r, 10);
    READ(r, 0);
}

static void fin_beyond_the_window_is_not_taken(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    for (int64_t at = 1; at < 2001; at += 500) IN(r, .flags = ACK, .seq = at, .ack = 1, .len = 500);
    rig_clear(r);
    IN(r, .flags = FIN | ACK, .seq = 2001, .ack = 1, .len = 100); /* 48 of it fit */
    OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = NO_WINDOW);
    STATE(r, TERN_ESTABLISHED);
    READ(r, 2048);
    rig_clear(r);
    IN(r, .flags = FIN | ACK, .seq = 2001, .ack = 1, .len = 100);
    STATE(r, TERN_CLOSE_WAIT);
    READ(r, 52);
}

static void fin_before_ours_could_leave_leads_to_closing(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    rig_send(r, 10);
    rig_close(r);
    NONE(r);
    STATE(r, TERN_FIN_WAIT_1);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW); /* all that was sent is acknowledged, but not our FIN */
    STATE(r, TERN_CLOSING);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2);
    IN(r, .flags = ACK, .seq = 2, .ack = 1);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .len = 10);
    IN(r, .flags = ACK, .seq = 2, .ack = 12);
    STATE(r, TERN_TIME_WAIT);
}

static void closing_sends_its_lost_fin_again(struct rig *r)
{
    reach(r, TERN_CLOSING);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
}

/* ---- half-close ---- */

static void data_flows_on_after_our_close(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    for (int64_t i = 0; i < 50; i++) {
        rig_pass(r, 3600 * TERN_SEC); /* "for as long as the application likes" */
        IN(r, .flags = ACK, .seq = 1 + 500 * i, .ack = 2, .len = 500);
        READ(r, 500);
    }
    STATE(r, TERN_FIN_WAIT_2);
    rig_clear(r);
    IN(r, .flags = FIN | ACK, .seq = 25001, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 25002);
    READ(r, 0);
    STATE(r, TERN_TIME_WAIT);
}

static void data_flows_on_after_the_peers_close(struct rig *r)
{
    reach(r, TERN_CLOSE_WAIT);
    for (int64_t i = 0; i < 50; i++) {
        rig_pass(r, 3600 * TERN_SEC);
        rig_send(r, 500);
        OUT(r, .flags = ACK, .seq = 1 + 500 * i, .ack = 2, .len = 500);
        IN(r, .flags = ACK, .seq = 2, .ack = 501 + 500 * i);
    }
    STATE(r, TERN_CLOSE_WAIT);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 25001, .ack = 2);
    STATE(r, TERN_LAST_ACK);
}

static void data_in_fin_wait_1_is_delivered(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 30);
    READ(r, 30);
    STATE(r, TERN_FIN_WAIT_1);
    rig_pass(r, 100 * TERN_MS);
    OUT(r, .flags = ACK, .seq = 2, .ack = 31);
}

static void half_closed_peer_may_idle_without_limit(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    rig_pass(r, 10 * 86400 * TERN_SEC);
    STATE(r, TERN_FIN_WAIT_2);
    NONE(r);
}

/* ---- retransmitted FINs ---- */

/* Eighth: "remain in" the state; the ACK that was lost goes out again. */
static void fin_again(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = our_una(s));
    OUT(r, .flags = ACK, .seq = our_next(s), .ack = 2);
    NONE(r);
    STATE(r, s);
}
IN_STATE(fin_again, CLOSE_WAIT)
IN_STATE(fin_again, CLOSING)
IN_STATE(fin_again, LAST_ACK)
IN_STATE(fin_again, TIME_WAIT)

static void data_after_the_peers_fin(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = ACK, .seq = 2, .ack = our_una(s), .len = 10);
    rig_clear(r);
    STATE(r, s);
    assert_int_equal(tern_conn_readable(r->c), 0); /* "should not occur": ignored */
}
IN_STATE(data_after_the_peers_fin, CLOSE_WAIT)
IN_STATE(data_after_the_peers_fin, CLOSING)
IN_STATE(data_after_the_peers_fin, LAST_ACK)
IN_STATE(data_after_the_peers_fin, TIME_WAIT)

static void fin_again_may_acknowledge_ours_in_closing(struct rig *r)
{
    reach(r, TERN_CLOSING);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2); /* old by its number: answered, its ACK is not looked at */
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
}

static void last_ack_sends_its_fin_again(struct rig *r)
{
    reach(r, TERN_LAST_ACK);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_LAST_ACK);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 2, .ack = 2);
    expect_over(r, 0);
}

static void last_ack_ignores_an_ack_of_less_than_its_fin(struct rig *r)
{
    reach(r, TERN_LAST_ACK);
    IN(r, .flags = ACK, .seq = 2, .ack = 1);
    STATE(r, TERN_LAST_ACK);
}

static void last_ack_gives_up(struct rig *r)
{
    reach(r, TERN_LAST_ACK);
    rig_pass(r, 925 * TERN_SEC);
    rig_clear(r);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
}

/* ---- the calls in each state: 3.10.2 to 3.10.6 ---- */

static void send_is_accepted(struct rig *r, enum tern_state s)
{
    reach(r, s);
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = peer_next(s), .len = 10);
}
IN_STATE(send_is_accepted, ESTABLISHED)
IN_STATE(send_is_accepted, CLOSE_WAIT)

static void send_is_refused(struct rig *r, enum tern_state s)
{
    reach(r, s);
    assert_int_equal(tern_conn_send(r->c, r->now, "x", 1), TERN_ERR_PIPE); /* "error: connection closing" */
    NONE(r);
    STATE(r, s);
}
IN_STATE(send_is_refused, FIN_WAIT_1)
IN_STATE(send_is_refused, FIN_WAIT_2)
IN_STATE(send_is_refused, CLOSING)
IN_STATE(send_is_refused, LAST_ACK)
IN_STATE(send_is_refused, TIME_WAIT)

static void receive_waits(struct rig *r, enum tern_state s)
{
    reach(r, s);
    READ(r, TERN_ERR_AGAIN);
    STATE(r, s);
}
IN_STATE(receive_waits, ESTABLISHED)
IN_STATE(receive_waits, FIN_WAIT_1)
IN_STATE(receive_waits, FIN_WAIT_2)

static void receive_says_that_the_peer_has_closed(struct rig *r, enum tern_state s)
{
    reach(r, s);
    READ(r, 0);
    STATE(r, s);
}
IN_STATE(receive_says_that_the_peer_has_closed, CLOSE_WAIT)
IN_STATE(receive_says_that_the_peer_has_closed, CLOSING)
IN_STATE(receive_says_that_the_peer_has_closed, LAST_ACK)
IN_STATE(receive_says_that_the_peer_has_closed, TIME_WAIT)

static void close_again_is_an_error(struct rig *r, enum tern_state s)
{
    reach(r, s);
    assert_int_equal(tern_conn_close(r->c, r->now), TERN_ERR_CLOSING);
    NONE(r); /* "as long as a second FIN is not emitted" */
    STATE(r, s);
}
IN_STATE(close_again_is_an_error, FIN_WAIT_1)
IN_STATE(close_again_is_an_error, FIN_WAIT_2)
IN_STATE(close_again_is_an_error, CLOSING)
IN_STATE(close_again_is_an_error, LAST_ACK)
IN_STATE(close_again_is_an_error, TIME_WAIT)

static void status_is_told(struct rig *r, enum tern_state s)
{
    reach(r, s);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.state, s);
    assert_int_equal(st.snd_una, r->iss + (uint32_t)our_una(s));
    assert_int_equal(st.snd_nxt, r->iss + (uint32_t)our_next(s));
    assert_int_equal(st.rcv_nxt, PEER_ISN + (uint32_t)peer_next(s));
    assert_false(st.released);
    assert_int_equal(st.error, 0);
}
static void status_tells_state_and_numbers(struct rig *r) { each_state(r, TERN_SYN_RECEIVED, TERN_TIME_WAIT, status_is_told); }

static void calls_on_a_closed_connection_say_that_there_is_none(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    rig_pass(r, 60 * TERN_SEC);
    STATE(r, TERN_CLOSED);
    assert_true(tern_conn_send(r->c, r->now, "x", 1) < 0);
    assert_true(tern_conn_close(r->c, r->now) < 0);
    NONE(r);
    assert_int_equal(rig_status(r).state, TERN_CLOSED);
}

/* ---- unread data, and nobody to read ---- */

static void unread_data_stays_readable_after_both_fins(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 40);
    rig_close(r);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 42, .ack = 2);
    STATE(r, TERN_CLOSED);
    READ(r, 40);
    READ(r, 0);
}

static void release_closes_when_close_was_not_called(struct rig *r)
{
    rig_passive(r);
    rig_release(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_FIN_WAIT_1);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
    assert_int_equal(rig_counters(r).conn_n, 0); /* the record is all that is left */
    rig_pass(r, 60 * TERN_SEC);
    STATE(r, TERN_CLOSED);
}

static void orphan_sends_all_its_data_before_the_fin(struct rig *r)
{
    r->syn.wnd = 100;
    rig_passive(r);
    rig_send(r, 150);
    rig_release(r);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    IN(r, .flags = ACK, .seq = 1, .ack = 101);
    OUT(r, .flags = FIN | ACK, .seq = 101, .ack = 1, .len = 50);
}

static void orphaned_fin_wait_2_is_bounded(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    rig_release(r);
    rig_pass(r, 60 * TERN_SEC - 1);
    STATE(r, TERN_FIN_WAIT_2);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    NONE(r);
    SAW(r, FW2_ORPHAN);
    assert_int_equal(rig_counters(r).conn_n, 0);
}

static void orphan_that_comes_to_fin_wait_2_is_bounded(struct rig *r)
{
    r->set.fin_wait_2 = 10 * TERN_SEC;
    reach(r, TERN_FIN_WAIT_1);
    rig_release(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
    rig_pass(r, 10 * TERN_SEC);
    STATE(r, TERN_CLOSED);
}

static void orphaned_fin_wait_2_without_bound_by_setting(struct rig *r)
{
    r->set.fin_wait_2 = 0;
    reach(r, TERN_FIN_WAIT_2);
    rig_release(r);
    rig_pass(r, 86400 * TERN_SEC);
    STATE(r, TERN_FIN_WAIT_2);
}

static void fin_after_the_orphans_end_is_answered_by_rst(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    rig_release(r);
    rig_pass(r, 61 * TERN_SEC);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = RST, .seq = 2);
}

static const struct rig_test tests[] = {
    RIG_TEST(normal_close_by_us_first),
    RIG_TEST(normal_close_by_the_peer_first),
    RIG_TEST(simultaneous_close),
    RIG_TEST(fin_that_acknowledges_ours_leads_straight_to_time_wait),
    RIG_TEST(fin_with_data_that_acknowledges_ours_delivers_and_rests),
    RIG_TEST(fin_travels_with_the_last_data),
    RIG_TEST(fin_waits_for_all_data_before_it),
    RIG_TEST(ack_of_the_data_but_not_the_fin_stays_in_fin_wait_1),
    RIG_TEST(lost_fin_is_sent_again),
    RIG_TEST(fin_out_of_order_waits_for_the_hole),
    RIG_TEST(fin_out_of_order_in_fin_wait_2),
    RIG_TEST(fin_beyond_the_window_is_not_taken),
    RIG_TEST(fin_before_ours_could_leave_leads_to_closing),
    RIG_TEST(closing_sends_its_lost_fin_again),
    RIG_TEST(data_flows_on_after_our_close),
    RIG_TEST(data_flows_on_after_the_peers_close),
    RIG_TEST(data_in_fin_wait_1_is_delivered),
    RIG_TEST(half_closed_peer_may_idle_without_limit),
    RIG_TEST(fin_again_in_CLOSE_WAIT),
    RIG_TEST(fin_again_in_CLOSING),
    RIG_TEST(fin_again_in_LAST_ACK),
    RIG_TEST(fin_again_in_TIME_WAIT),
    RIG_TEST(data_after_the_peers_fin_in_CLOSE_WAIT),
    RIG_TEST(data_after_the_peers_fin_in_CLOSING),
    RIG_TEST(data_after_the_peers_fin_in_LAST_ACK),
    RIG_TEST(data_after_the_peers_fin_in_TIME_WAIT),
    RIG_TEST(fin_again_may_acknowledge_ours_in_closing),
    RIG_TEST(last_ack_sends_its_fin_again),
    RIG_TEST(last_ack_ignores_an_ack_of_less_than_its_fin),
    RIG_TEST(last_ack_gives_up),
    RIG_TEST(send_is_accepted_in_ESTABLISHED),
    RIG_TEST(send_is_accepted_in_CLOSE_WAIT),
    RIG_TEST(send_is_refused_in_FIN_WAIT_1),
    RIG_TEST(send_is_refused_in_FIN_WAIT_2),
    RIG_TEST(send_is_refused_in_CLOSING),
    RIG_TEST(send_is_refused_in_LAST_ACK),
    RIG_TEST(send_is_refused_in_TIME_WAIT),
    RIG_TEST(receive_waits_in_ESTABLISHED),
    RIG_TEST(receive_waits_in_FIN_WAIT_1),
    RIG_TEST(receive_waits_in_FIN_WAIT_2),
    RIG_TEST(receive_says_that_the_peer_has_closed_in_CLOSE_WAIT),
    RIG_TEST(receive_says_that_the_peer_has_closed_in_CLOSING),
    RIG_TEST(receive_says_that_the_peer_has_closed_in_LAST_ACK),
    RIG_TEST(receive_says_that_the_peer_has_closed_in_TIME_WAIT),
    RIG_TEST(close_again_is_an_error_in_FIN_WAIT_1),
    RIG_TEST(close_again_is_an_error_in_FIN_WAIT_2),
    RIG_TEST(close_again_is_an_error_in_CLOSING),
    RIG_TEST(close_again_is_an_error_in_LAST_ACK),
    RIG_TEST(close_again_is_an_error_in_TIME_WAIT),
    RIG_TEST(status_tells_state_and_numbers),
    RIG_TEST(calls_on_a_closed_connection_say_that_there_is_none),
    RIG_TEST(unread_data_stays_readable_after_both_fins),
    RIG_TEST(release_closes_when_close_was_not_called),
    RIG_TEST(orphan_sends_all_its_data_before_the_fin),
    RIG_TEST(orphaned_fin_wait_2_is_bounded),
    RIG_TEST(orphan_that_comes_to_fin_wait_2_is_bounded),
    RIG_TEST(orphaned_fin_wait_2_without_bound_by_setting),
    RIG_TEST(fin_after_the_orphans_end_is_answered_by_rst),
};

RIG_MAIN(tests)
