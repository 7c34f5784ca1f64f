/* SYN-SENT: RFC 9293 3.10.7.3, and the calls in that state. */
#include "reach.h"

/* ---- first: check the ACK bit ---- */

static void ack_of_less_than_the_syn_is_answered_by_rst(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = ACK, .seq = 9, .ack = 0); /* SEG.ACK =< ISS */
    OUT(r, .flags = RST, .seq = 0);
    STATE(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .seq = 9, .ack = -300);
    OUT(r, .flags = RST, .seq = -300);
    STATE(r, TERN_SYN_SENT);
    NONE(r);
    SAW(r, SYNSENT_ACK_BAD);
}

static void ack_of_more_than_the_syn_is_answered_by_rst(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = ACK, .seq = 9, .ack = 2); /* SEG.ACK > SND.NXT */
    OUT(r, .flags = RST, .seq = 2);
    IN(r, .flags = SYN | ACK, .seq = 9, .ack = 70000);
    OUT(r, .flags = RST, .seq = 70000);
    STATE(r, TERN_SYN_SENT);
    NONE(r);
}

static void rst_with_a_wrong_ack_is_dropped(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = RST | ACK, .ack = 0);
    IN(r, .flags = RST | ACK, .ack = 2);
    NONE(r);
    STATE(r, TERN_SYN_SENT);
    assert_int_equal(rig_drops(r, TERN_DROP_SYNSENT_ACK), 2);
}

static void opening_goes_on_after_a_wrong_ack(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = ACK, .seq = 9, .ack = 5);
    OUT(r, .flags = RST, .seq = 5);
    IN(r, .flags = SYN | ACK, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- second: check the RST bit ---- */

static void rst_that_acknowledges_the_syn_refuses(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = RST | ACK, .ack = 1);
    expect_over(r, TERN_ERR_REFUSED);
    assert_true(rig_events(r) & TERN_ERROR);
    assert_int_equal(rig_counters(r).attempt_fails, 1);
    SAW(r, RST_REFUSED);
}

static void rst_without_ack_is_not_believed(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = RST);
    IN(r, .flags = RST, .seq = 1);
    NONE(r);
    STATE(r, TERN_SYN_SENT);
    assert_int_equal(rig_drops(r, TERN_DROP_SYNSENT_RST), 2);
}

/* ---- fourth: check the SYN bit ---- */

static void syn_ack_establishes_and_is_acknowledged(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    STATE(r, TERN_ESTABLISHED);
    assert_int_equal(rig_status(r).snd_una, r->iss + 1);
    assert_int_equal(rig_status(r).rcv_nxt, PEER_ISN + 1);
    assert_int_equal(rig_status(r).irs, PEER_ISN);
}

/* proves: RFC 1122 4.2.2.20 */
static void syn_ack_with_data_delivers_it(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .ack = 1, .len = 12);
    OUT(r, .flags = ACK, .seq = 1, .ack = 13);
    STATE(r, TERN_ESTABLISHED);
    READ(r, 12);
}

static void syn_ack_with_fin_opens_and_half_closes(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK | FIN, .ack = 1, .len = 3);
    OUT(r, .flags = ACK, .seq = 1, .ack = 5);
    STATE(r, TERN_CLOSE_WAIT);
    READ(r, 3);
    READ(r, 0);
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 5, .len = 10);
}

static void window_of_the_syn_ack_is_taken_unscaled(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .ack = 1, .wnd = 1000, .ws = 8);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_int_equal(rig_status(r).snd_wnd, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 1000);
    assert_int_equal(rig_status(r).snd_wnd, 1000 << 7);
}

static void syn_alone_makes_syn_received(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1); /* the same ISS */
    NONE(r);
    STATE(r, TERN_SYN_RECEIVED);
    SAW(r, SYNSENT_SYN);
    assert_false(rig_events(r) & TERN_CONNECTED);
}

static void data_on_a_simultaneous_syn_arrives_after_the_handshake(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = SYN, .len = 5);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    READ(r, TERN_ERR_AGAIN);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .len = 5);
    STATE(r, TERN_ESTABLISHED);
    READ(r, 5);
}

/* ---- fifth ---- */

static void segment_with_neither_syn_nor_rst_is_dropped(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    IN(r, .flags = FIN, .seq = 1);
    IN(r, .flags = 0, .seq = 1, .len = 10);
    NONE(r);
    STATE(r, TERN_SYN_SENT);
    assert_int_equal(rig_drops(r, TERN_DROP_SYNSENT_NO_SYN), 3);
}

/* ---- calls ---- */

static void send_is_queued(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    rig_send(r, 10);
    NONE(r);
    assert_int_equal(rig_status(r).send_queue, 10);
}

static void send_beyond_the_buffer_is_refused(struct rig *r)
{
    uint8_t many[3000] = {0};
    r->set.send_buffer = 2048;
    reach(r, TERN_SYN_SENT);
    assert_int_equal(tern_conn_send(r->c, r->now, many, sizeof many), 2048);
    assert_int_equal(tern_conn_send(r->c, r->now, many, 1), TERN_ERR_AGAIN); /* "insufficient resources" */
}

static void receive_waits(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    READ(r, TERN_ERR_AGAIN);
}

static void close_deletes_the_connection(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    rig_send(r, 10);
    rig_close(r);
    expect_over(r, TERN_ERR_CLOSING);
    READ(r, TERN_ERR_CLOSING);
    assert_int_equal(tern_conn_send(r->c, r->now, "x", 1), TERN_ERR_CLOSING);
    rig_pass(r, 10 * TERN_SEC); /* no SYN again */
    NONE(r);
}

static void syn_ack_after_close_is_answered_by_rst(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    rig_close(r);
    IN(r, .flags = SYN | ACK, .ack = 1);
    OUT(r, .flags = RST, .seq = 1);
}

static void abort_says_nothing_to_the_peer(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    rig_abort(r);
    expect_over(r, TERN_ERR_ABORTED);
    READ(r, TERN_ERR_ABORTED);
}

static void status_tells_syn_sent(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.state, TERN_SYN_SENT);
    assert_int_equal(st.iss, r->iss);
    assert_int_equal(st.snd_una, r->iss);
    assert_int_equal(st.snd_nxt, r->iss + 1);
    assert_false(st.passive);
    assert_true(st.timer[TERN_TIMER_RETRANSMIT] != TERN_NEVER);
}

/* ---- time: 3.8.3 ---- */

/* proves: MUST-22 */
static void syn_is_sent_again_with_backoff(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    for (tern_ns wait = TERN_SEC; wait <= 32 * TERN_SEC; wait *= 2) {
        rig_pass(r, wait - 1);
        NONE(r);
        rig_pass(r, 1);
        OUT(r, .flags = SYN, .seq = 0);
        NONE(r);
    }
    SAW(r, RTX_SYN);
}

/* proves: MUST-23. R2 of a SYN is at least three minutes. */
static void syn_is_tried_for_three_minutes(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    rig_pass(r, 180 * TERN_SEC - 1);
    STATE(r, TERN_SYN_SENT);
    rig_clear(r);
    rig_pass(r, 10 * TERN_SEC);
    expect_over(r, TERN_ERR_TIMEDOUT);
    assert_true(rig_saw_state(r, TERN_SYN_SENT, TERN_CLOSED));
    SAW(r, R2);
}

static void syn_limit_is_a_setting(struct rig *r)
{
    r->set.r2_syn = 5 * TERN_SEC;
    reach(r, TERN_SYN_SENT);
    rig_pass(r, 5 * TERN_SEC - 1);
    STATE(r, TERN_SYN_SENT);
    rig_clear(r);
    rig_pass(r, 1);
    expect_over(r, TERN_ERR_TIMEDOUT);
}

static void user_timeout_ends_the_opening(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_USER_TIMEOUT, 4000), 0);
    rig_pass(r, 3999 * TERN_MS);
    STATE(r, TERN_SYN_SENT);
    rig_clear(r);
    rig_pass(r, TERN_MS);
    expect_over(r, TERN_ERR_TIMEDOUT);
    SAW(r, USER_TIMEOUT);
}

/* proves: MUST-22 */
static void r1_is_told_as_advice(struct rig *r)
{
    reach(r, TERN_SYN_SENT);
    rig_pass(r, 8 * TERN_SEC); /* third retransmission at 1 + 2 + 4 s */
    assert_true(rig_events(r) & TERN_SOFT_ERROR);
    assert_int_equal(tern_conn_soft_error(r->c), TERN_ERR_TIMEDOUT);
    assert_int_equal(tern_conn_soft_error(r->c), 0);
    STATE(r, TERN_SYN_SENT);
    SAW(r, R1);
}

static const struct rig_test tests[] = {
    RIG_TEST(ack_of_less_than_the_syn_is_answered_by_rst),
    RIG_TEST(ack_of_more_than_the_syn_is_answered_by_rst),
    RIG_TEST(rst_with_a_wrong_ack_is_dropped),
    RIG_TEST(opening_goes_on_after_a_wrong_ack),
    RIG_TEST(rst_that_acknowledges_the_syn_refuses),
    RIG_TEST(rst_without_ack_is_not_believed),
    RIG_TEST(syn_ack_establishes_and_is_acknowledged),
    RIG_TEST(syn_ack_with_data_delivers_it),
    RIG_TEST(syn_ack_with_fin_opens_and_half_closes),
    RIG_TEST(window_of_the_syn_ack_is_taken_unscaled),
    RIG_TEST(syn_alone_makes_syn_received),
    RIG_TEST(data_on_a_simultaneous_syn_arrives_after_the_handshake),
    RIG_TEST(segment_with_neither_syn_nor_rst_is_dropped),
    RIG_TEST(send_is_queued),
    RIG_TEST(send_beyond_the_buffer_is_refused),
    RIG_TEST(receive_waits),
    RIG_TEST(close_deletes_the_connection),
    RIG_TEST(syn_ack_after_close_is_answered_by_rst),
    RIG_TEST(abort_says_nothing_to_the_peer),
    RIG_TEST(status_tells_syn_sent),
    RIG_TEST(syn_is_sent_again_with_backoff),
    RIG_TEST(syn_is_tried_for_three_minutes),
    RIG_TEST(syn_limit_is_a_setting),
    RIG_TEST(user_timeout_ends_the_opening),
    RIG_TEST(r1_is_told_as_advice),
};

RIG_MAIN(tests)
