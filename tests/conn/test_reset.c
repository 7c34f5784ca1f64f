/* Resets: who sends one, who believes one, ABORT (RFC 9293 3.5.2, 3.5.3, 3.10.5, 3.10.7.4 second; RFC 2525 2.17). */
#include "reach.h"

/* ---- a RST arrives at RCV.NXT ---- */

static void rst_resets(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = RST, .seq = peer_next(s));
    expect_over(r, TERN_ERR_RESET);
    assert_true(rig_events(r) & TERN_ERROR);
    assert_true(rig_saw_state(r, s, TERN_CLOSED));
    assert_int_equal(tern_conn_send(r->c, r->now, "x", 1), TERN_ERR_RESET);
    assert_int_equal(rig_counters(r).resets_in, 1);
}
IN_STATE(rst_resets, ESTABLISHED)
IN_STATE(rst_resets, FIN_WAIT_1)
IN_STATE(rst_resets, FIN_WAIT_2)
IN_STATE(rst_resets, CLOSE_WAIT)

/* Both sides have closed: the connection goes, the user need not be told. */
static void rst_ends(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = RST, .seq = peer_next(s));
    expect_over(r, 0);
    assert_true(rig_saw_state(r, s, TERN_CLOSED));
}
IN_STATE(rst_ends, CLOSING)
IN_STATE(rst_ends, LAST_ACK)

/* proves: MUST-12 */
static void rst_with_ack_resets(struct rig *r)
{
    rig_active(r);
    IN(r, .flags = RST | ACK, .seq = 1, .ack = 1);
    expect_over(r, TERN_ERR_RESET);
}

static void rst_needs_no_valid_ack(struct rig *r)
{
    rig_active(r);
    IN(r, .flags = RST | ACK, .seq = 1, .ack = 1 << 30);
    expect_over(r, TERN_ERR_RESET);
}

static void rst_follows_the_data_before_it(struct rig *r)
{
    rig_active(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 20);
    rig_clear(r);
    IN(r, .flags = RST, .seq = 21);
    STATE(r, TERN_CLOSED);
    READ(r, 20); /* it was acknowledged */
    READ(r, TERN_ERR_RESET);
}

static void rst_needs_no_timestamps(struct rig *r)
{
    r->syn = (struct tseg){.ts = true, .tsval = 1000};
    rig_passive(r);
    IN(r, .flags = RST, .seq = 1);
    expect_over(r, TERN_ERR_RESET);
}

/* proves: MUST-66 */
static void rst_is_believed_with_a_closed_window(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    for (int64_t at = 1; at < 2049; at += 512) IN(r, .flags = ACK, .seq = at, .ack = 1, .len = 512);
    rig_clear(r);
    assert_int_equal(rig_status(r).rcv_wnd, 0);
    IN(r, .flags = RST, .seq = 2049);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_RESET);
}

static void unsent_data_is_dropped_at_a_reset(struct rig *r)
{
    r->syn.wnd = 10;
    rig_passive(r);
    rig_send(r, 100);
    rig_clear(r);
    IN(r, .flags = RST, .seq = 1);
    expect_over(r, TERN_ERR_RESET);
    assert_int_equal(rig_status(r).send_queue, 0);
    rig_pass(r, 100 * TERN_SEC);
    NONE(r);
}

static void segment_after_a_reset_finds_a_closed_port(struct rig *r)
{
    rig_active(r);
    IN(r, .flags = RST, .seq = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 5);
    OUT(r, .flags = RST, .seq = 1);
}

/* ---- ABORT ---- */

static void abort_sends_rst(struct rig *r, enum tern_state s)
{
    reach(r, s);
    rig_abort(r);
    expect_rst(r, our_next(s)); /* <SEQ=SND.NXT><CTL=RST> */
    expect_over(r, TERN_ERR_ABORTED);
    assert_true(rig_saw_state(r, s, TERN_CLOSED));
    SAW(r, RST_ABORT);
    rig_pass(r, 100 * TERN_SEC);
    NONE(r);
}
IN_STATE(abort_sends_rst, SYN_RECEIVED)
IN_STATE(abort_sends_rst, ESTABLISHED)
IN_STATE(abort_sends_rst, FIN_WAIT_1)
IN_STATE(abort_sends_rst, FIN_WAIT_2)
IN_STATE(abort_sends_rst, CLOSE_WAIT)

static void abort_is_silent(struct rig *r, enum tern_state s)
{
    reach(r, s);
    rig_abort(r);
    NONE(r);
    STATE(r, TERN_CLOSED);
    assert_true(rig_saw_state(r, s, TERN_CLOSED));
}
IN_STATE(abort_is_silent, SYN_SENT)
IN_STATE(abort_is_silent, CLOSING)
IN_STATE(abort_is_silent, LAST_ACK)
IN_STATE(abort_is_silent, TIME_WAIT)

static void abort_drops_both_queues(struct rig *r)
{
    r->syn.wnd = 10;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 50, .wnd = 10);
    rig_send(r, 100);
    rig_clear(r);
    rig_abort(r);
    expect_rst(r, 11);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.send_queue, 0);
    assert_int_equal(st.receive_queue, 0);
    READ(r, TERN_ERR_ABORTED);
}

static void abort_after_a_timeout_uses_the_highest_number_sent(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 2440);
    rig_clear(r);
    int64_t sent = (int64_t)(uint32_t)(rig_status(r).snd_nxt - r->iss);
    rig_pass(r, 250 * TERN_MS); /* SND.NXT went back to SND.UNA, and one segment out again */
    rig_clear(r);
    assert_true(rig_status(r).snd_nxt - r->iss < (uint32_t)sent);
    rig_abort(r);
    expect_rst(r, sent);
}

static void abort_twice_is_harmless(struct rig *r)
{
    rig_passive(r);
    rig_abort(r);
    rig_clear(r);
    assert_int_equal(tern_conn_abort(r->c, r->now), 0);
    expect_over(r, TERN_ERR_ABORTED);
}

/* Figure 5, note 3, by the setting abort_time_wait */
static void abort_rests(struct rig *r, enum tern_state s)
{
    r->set.abort_time_wait = 1;
    reach(r, s);
    rig_abort(r);
    expect_rst(r, our_next(s));
    STATE(r, TERN_TIME_WAIT);
    assert_true(rig_saw_state(r, s, TERN_TIME_WAIT));
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_ABORTED);
    rig_pass(r, 60 * TERN_SEC - 1);
    STATE(r, TERN_TIME_WAIT);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
}
IN_STATE(abort_rests, SYN_RECEIVED)
IN_STATE(abort_rests, ESTABLISHED)
IN_STATE(abort_rests, FIN_WAIT_1)
IN_STATE(abort_rests, FIN_WAIT_2)
IN_STATE(abort_rests, CLOSE_WAIT)

/* ---- a release that loses data: RFC 2525 2.17, SHLD-3 ---- */

static void release_with_unread_data_resets(struct rig *r, enum tern_state s)
{
    rig_to_state(r, s);
    IN(r, .flags = ACK, .seq = 1, .ack = our_una(s), .len = 10);
    rig_clear(r);
    rig_release(r);
    expect_rst(r, our_next(s));
    STATE(r, TERN_CLOSED);
    SAW(r, RST_UNREAD);
}
IN_STATE(release_with_unread_data_resets, ESTABLISHED)
IN_STATE(release_with_unread_data_resets, FIN_WAIT_1)
IN_STATE(release_with_unread_data_resets, FIN_WAIT_2)

static void release_with_unread_data_resets_in_CLOSE_WAIT(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 10);
    rig_clear(r);
    rig_release(r);
    expect_rst(r, 1);
    STATE(r, TERN_CLOSED);
}

static void release_after_all_was_read_sends_fin(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    READ(r, 10);
    rig_clear(r);
    rig_release(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 11);
}

static void data_after_release_is_answered_by_rst(struct rig *r, enum tern_state s)
{
    rig_to_state(r, s);
    rig_release(r);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = our_una(s), .len = 10);
    OUT(r, .flags = RST, .seq = our_una(s)); /* the number that the peer waits for: RFC 5961 3.2 */
    STATE(r, TERN_CLOSED);
    SAW(r, RST_AFTER_CLOSE);
    assert_int_equal(rig_drops(r, TERN_DROP_AFTER_CLOSE), 1);
}
IN_STATE(data_after_release_is_answered_by_rst, ESTABLISHED)
IN_STATE(data_after_release_is_answered_by_rst, FIN_WAIT_1)
IN_STATE(data_after_release_is_answered_by_rst, FIN_WAIT_2)

static void old_data_after_release_is_only_acknowledged(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    READ(r, 10);
    rig_release(r);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10); /* sent again: it was read before */
    OUT(r, .flags = ACK, .seq = 2, .ack = 11);
    STATE(r, TERN_FIN_WAIT_1);
}

static void fin_after_release_ends_in_order(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    rig_release(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
}

/* SHLD-26 is for opening only: RFC 5927 5.2. */
static void hard_error(struct rig *r, enum tern_state s)
{
    reach(r, s);
    if (s == TERN_ESTABLISHED || s == TERN_CLOSE_WAIT) rig_send(r, 1);
    rig_clear(r);
    rig_icmp(r, r->v6 ? 1 : 3, r->v6 ? 4 : 3, 0, our_una(s));
    STATE(r, s);
    assert_int_equal(tern_conn_error(r->c), 0);
    assert_int_equal(tern_conn_soft_error(r->c), s == TERN_FIN_WAIT_2 || s == TERN_TIME_WAIT ? 0 : TERN_ERR_UNREACH);
}
/* proves: RFC 5927 5.2 */
static void hard_icmp_error_is_advice_in_each_synchronized_state(struct rig *r)
{
    each_state(r, TERN_ESTABLISHED, TERN_TIME_WAIT, hard_error);
}

static void listener_close_resets_what_nobody_accepted(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    tern_listener_close(r->l);
    expect_rst(r, 1);
    STATE(r, TERN_CLOSED);
}

/* The end of the stream would say that all of it was read. */
static void after_an_abort_no_end_of_the_stream_is_told(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 100);
    rig_clear(r);
    assert_int_equal(tern_conn_abort(r->c, r->now), 0);
    rig_clear(r);
    assert_int_equal(tern_conn_recv(r->c, r->now, NULL, 1000), TERN_ERR_ABORTED);
}

static const struct rig_test tests[] = {
    RIG_TEST(rst_resets_in_ESTABLISHED),
    RIG_TEST(rst_resets_in_FIN_WAIT_1),
    RIG_TEST(rst_resets_in_FIN_WAIT_2),
    RIG_TEST(rst_resets_in_CLOSE_WAIT),
    RIG_TEST(rst_ends_in_CLOSING),
    RIG_TEST(rst_ends_in_LAST_ACK),
    RIG_TEST(rst_with_ack_resets),
    RIG_TEST(rst_needs_no_valid_ack),
    RIG_TEST(rst_follows_the_data_before_it),
    RIG_TEST(rst_needs_no_timestamps),
    RIG_TEST(rst_is_believed_with_a_closed_window),
    RIG_TEST(unsent_data_is_dropped_at_a_reset),
    RIG_TEST(segment_after_a_reset_finds_a_closed_port),
    RIG_TEST(abort_sends_rst_in_SYN_RECEIVED),
    RIG_TEST(abort_sends_rst_in_ESTABLISHED),
    RIG_TEST(abort_sends_rst_in_FIN_WAIT_1),
    RIG_TEST(abort_sends_rst_in_FIN_WAIT_2),
    RIG_TEST(abort_sends_rst_in_CLOSE_WAIT),
    RIG_TEST(abort_is_silent_in_SYN_SENT),
    RIG_TEST(abort_is_silent_in_CLOSING),
    RIG_TEST(abort_is_silent_in_LAST_ACK),
    RIG_TEST(abort_is_silent_in_TIME_WAIT),
    RIG_TEST(abort_drops_both_queues),
    RIG_TEST(abort_after_a_timeout_uses_the_highest_number_sent),
    RIG_TEST(abort_twice_is_harmless),
    RIG_TEST(abort_rests_in_SYN_RECEIVED),
    RIG_TEST(abort_rests_in_ESTABLISHED),
    RIG_TEST(abort_rests_in_FIN_WAIT_1),
    RIG_TEST(abort_rests_in_FIN_WAIT_2),
    RIG_TEST(abort_rests_in_CLOSE_WAIT),
    RIG_TEST(release_with_unread_data_resets_in_ESTABLISHED),
    RIG_TEST(release_with_unread_data_resets_in_FIN_WAIT_1),
    RIG_TEST(release_with_unread_data_resets_in_FIN_WAIT_2),
    RIG_TEST(release_with_unread_data_resets_in_CLOSE_WAIT),
    RIG_TEST(release_after_all_was_read_sends_fin),
    RIG_TEST(data_after_release_is_answered_by_rst_in_ESTABLISHED),
    RIG_TEST(data_after_release_is_answered_by_rst_in_FIN_WAIT_1),
    RIG_TEST(data_after_release_is_answered_by_rst_in_FIN_WAIT_2),
    RIG_TEST(old_data_after_release_is_only_acknowledged),
    RIG_TEST(fin_after_release_ends_in_order),
    RIG_TEST(hard_icmp_error_is_advice_in_each_synchronized_state),
    RIG_TEST(listener_close_resets_what_nobody_accepted),
    RIG_TEST(after_an_abort_no_end_of_the_stream_is_told),
};

RIG_MAIN(tests)
