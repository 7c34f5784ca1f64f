/* SYN-RECEIVED, after a passive OPEN (a half-open record) and after a simultaneous one: RFC 9293 3.10.7.4. */
#include "reach.h"

/* ---- first: the sequence number ---- */

static void old_segment_is_acknowledged_in_half_open(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = ACK, .seq = -5, .ack = 1, .len = 3);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    STATE(r, TERN_SYN_RECEIVED);
    assert_null(rig_accept(r));
}

static void segment_beyond_the_window_does_not_establish(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = ACK, .seq = 1 << 20, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_SYN_RECEIVED);
    assert_null(rig_accept(r));
}

static void syn_again_is_answered_again(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    NONE(r);
    SAW(r, SYN_AGAIN);
    assert_int_equal(rig_counters(r).half_n, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
}

/* Only a simultaneous open has a SYN,ACK to take; after a passive one its number is old. */
static void syn_ack_after_passive_open_does_not_establish(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    STATE(r, TERN_SYN_RECEIVED);
    assert_null(rig_accept(r));
}

static void wrong_ack_is_answered_by_rst_though_the_accept_queue_is_full(struct rig *r)
{
    rig_start(r);
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .backlog = 1};
    assert_int_equal(tern_stack_listen(r->s, &cfg, &r->l), 0);
    IN(r, .flags = SYN, .src_port = 50000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 50000);
    IN(r, .flags = SYN);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1); /* right, but there is no room: dropped, to come again */
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 500);
    OUT(r, .flags = RST, .seq = 500);
}

/* ---- second: RST ---- */

/* proves: MUST-11 */
static void rst_after_passive_open_returns_to_listen(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = RST, .seq = 1);
    NONE(r);
    STATE(r, TERN_CLOSED);
    assert_true(rig_saw_state(r, TERN_SYN_RECEIVED, TERN_LISTEN));
    assert_null(rig_accept(r));
    IN(r, .flags = SYN, .seq = 7000);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 7001);
}

static void rst_with_ack_after_passive_open_returns_to_listen(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = RST | ACK, .seq = 1, .ack = 1);
    NONE(r);
    assert_int_equal(rig_counters(r).half_n, 0);
}

/* proves: MUST-11 */
static void rst_after_active_open_refuses(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    IN(r, .flags = RST, .seq = 1);
    expect_over(r, TERN_ERR_REFUSED);
    assert_true(rig_saw_state(r, TERN_SYN_RECEIVED, TERN_CLOSED));
}

static void rst_beside_rcv_nxt_is_challenged_in_half_open(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = RST, .seq = 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_SYN_RECEIVED);
    SAW(r, CHALLENGE_RST);
}

/* The record of a half-open connection knows no window: what such an ACK offered is offered all the same. */
static void what_a_challenge_offered_in_half_open_is_kept(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000, .ws = 3);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = RST, .seq = 2);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 1024);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    rig_accept(r);
    assert_int_equal(rig_status(r).rcv_wnd, 1024 << 7);
}

static void rst_outside_the_window_is_silently_dropped_in_half_open(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = RST, .seq = 0);
    IN(r, .flags = RST, .seq = 1 << 20);
    NONE(r);
    STATE(r, TERN_SYN_RECEIVED);
}

/* ---- fourth: SYN ---- */

static void syn_in_the_window_after_passive_open_returns_to_listen(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = SYN, .seq = 100);
    NONE(r);
    assert_true(rig_saw_state(r, TERN_SYN_RECEIVED, TERN_LISTEN));
    IN(r, .flags = SYN, .seq = 100); /* its retransmission opens */
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 101);
}

static void syn_in_the_window_after_active_open_is_challenged(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    IN(r, .flags = SYN, .seq = 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_SYN_RECEIVED);
    SAW(r, CHALLENGE_SYN);
}

static void syn_outside_the_window_is_acknowledged(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = SYN, .seq = -5000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_SYN_RECEIVED);
}

/* ---- fifth: ACK ---- */

static void segment_without_ack_is_dropped(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = 0, .seq = 1, .len = 5);
    IN(r, .flags = FIN, .seq = 1);
    NONE(r);
    STATE(r, TERN_SYN_RECEIVED);
    assert_int_equal(rig_drops(r, TERN_DROP_NO_ACK), 2);
}

static void ack_of_what_was_not_sent_is_answered_by_rst(struct rig *r)
{
    reach_half_open(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = RST, .seq = 2);
    IN(r, .flags = ACK, .seq = 1, .ack = 0);
    OUT(r, .flags = RST, .seq = 0);
    NONE(r);
    STATE(r, TERN_SYN_RECEIVED);
    SAW(r, SYNRCVD_ACK_BAD);
}

static void wrong_ack_after_active_open_is_answered_by_rst(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    IN(r, .flags = ACK, .seq = 1, .ack = 500);
    OUT(r, .flags = RST, .seq = 500);
    STATE(r, TERN_SYN_RECEIVED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
}

static void ack_sets_the_send_window(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .wnd = 500, .ws = 3);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 700);
    assert_non_null(rig_accept(r));
    assert_int_equal(rig_status(r).snd_wnd, 700 << 2);
}

/* ---- calls in SYN-RECEIVED (the handle is that of a simultaneous open) ---- */

static void close_without_data_sends_fin(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_close(r);
    STATE(r, TERN_FIN_WAIT_1);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
}

static void text_of_the_syn_is_delivered_though_close_came_before(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN, .len = 5);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    IN(r, .flags = ACK, .seq = 6, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
    READ(r, 5);
}

/* The SYN,ACK was lost, and the FIN behind it means nothing to a peer in SYN-SENT: both go out again, in their order. */
static void lost_syn_ack_is_sent_again_before_the_fin(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    rig_pass(r, 3 * TERN_SEC);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_FIN_WAIT_1);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
}

/* An acknowledgement that does not even take the SYN is a duplicate of none. */
static void what_does_not_acknowledge_the_syn_is_no_duplicate(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    for (int i = 0; i < 5; i++) IN(r, .flags = ACK, .seq = 1, .ack = 0);
    NONE(r);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void fin_after_the_lost_last_ack_ends_in_order(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_close(r);
    rig_clear(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2); /* acknowledges SYN and FIN at once */
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
}

static void close_with_data_waits_for_established(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_send(r, 10);
    rig_close(r);
    STATE(r, TERN_SYN_RECEIVED);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_FIN_WAIT_1);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 10);
}

static void second_close_is_refused(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_send(r, 10);
    rig_close(r);
    assert_int_equal(tern_conn_close(r->c, r->now), TERN_ERR_CLOSING);
    assert_int_equal(tern_conn_send(r->c, r->now, "x", 1), TERN_ERR_PIPE);
}

static void abort_resets_the_peer(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_abort(r);
    expect_rst(r, 1);
    expect_over(r, TERN_ERR_ABORTED);
}

static void receive_waits(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    READ(r, TERN_ERR_AGAIN);
}

static void status_of_a_half_open_connection(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.state, TERN_SYN_RECEIVED);
    assert_int_equal(st.snd_una, r->iss);
    assert_int_equal(st.snd_nxt, r->iss + 1);
    assert_int_equal(st.rcv_nxt, PEER_ISN + 1);
}

/* ---- time ---- */

static void syn_ack_is_sent_again_with_backoff(struct rig *r)
{
    reach_half_open(r);
    for (tern_ns wait = TERN_SEC; wait <= 16 * TERN_SEC; wait *= 2) {
        rig_pass(r, wait - 1);
        NONE(r);
        rig_pass(r, 1);
        OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
        NONE(r);
    }
    SAW(r, RTX_SYNACK);
}

/* proves: RFC 4987 3.3 */
static void syn_ack_retries_are_limited(struct rig *r)
{
    r->set.synack_retries = 2;
    reach_half_open(r);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    STATE(r, TERN_SYN_RECEIVED);
    rig_pass(r, 4 * TERN_SEC);
    NONE(r);
    STATE(r, TERN_CLOSED);
    assert_true(rig_saw_state(r, TERN_SYN_RECEIVED, TERN_CLOSED));
    assert_int_equal(rig_counters(r).half_n, 0);
}

static void half_open_may_be_established_after_retries(struct rig *r)
{
    reach_half_open(r);
    rig_pass(r, 8 * TERN_SEC);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    rig_send(r, 5);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 5);
}

static void simultaneous_open_without_answer_is_given_up(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_pass(r, 179 * TERN_SEC);
    STATE(r, TERN_SYN_RECEIVED);
    rig_clear(r);
    rig_pass(r, 2 * TERN_SEC);
    expect_over(r, TERN_ERR_TIMEDOUT);
}

/* ---- ICMP: SHLD-26 ---- */

static void hard_icmp_error_ends_an_active_opening(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_icmp(r, r->v6 ? 1 : 3, r->v6 ? 4 : 3, 0, 0);
    expect_over(r, TERN_ERR_REFUSED);
    SAW(r, ICMP_HARD);
}

static const struct rig_test tests[] = {
    RIG_TEST(old_segment_is_acknowledged_in_half_open),
    RIG_TEST(segment_beyond_the_window_does_not_establish),
    RIG_TEST(syn_again_is_answered_again),
    RIG_TEST(syn_ack_after_passive_open_does_not_establish),
    RIG_TEST(wrong_ack_is_answered_by_rst_though_the_accept_queue_is_full),
    RIG_TEST(rst_after_passive_open_returns_to_listen),
    RIG_TEST(rst_with_ack_after_passive_open_returns_to_listen),
    RIG_TEST(rst_after_active_open_refuses),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_in_half_open),
    RIG_TEST(what_a_challenge_offered_in_half_open_is_kept),
    RIG_TEST(rst_outside_the_window_is_silently_dropped_in_half_open),
    RIG_TEST(syn_in_the_window_after_passive_open_returns_to_listen),
    RIG_TEST(syn_in_the_window_after_active_open_is_challenged),
    RIG_TEST(syn_outside_the_window_is_acknowledged),
    RIG_TEST(segment_without_ack_is_dropped),
    RIG_TEST(ack_of_what_was_not_sent_is_answered_by_rst),
    RIG_TEST(wrong_ack_after_active_open_is_answered_by_rst),
    RIG_TEST(ack_sets_the_send_window),
    RIG_TEST(close_without_data_sends_fin),
    RIG_TEST(text_of_the_syn_is_delivered_though_close_came_before),
    RIG_TEST(lost_syn_ack_is_sent_again_before_the_fin),
    RIG_TEST(what_does_not_acknowledge_the_syn_is_no_duplicate),
    RIG_TEST(fin_after_the_lost_last_ack_ends_in_order),
    RIG_TEST(close_with_data_waits_for_established),
    RIG_TEST(second_close_is_refused),
    RIG_TEST(abort_resets_the_peer),
    RIG_TEST(receive_waits),
    RIG_TEST(status_of_a_half_open_connection),
    RIG_TEST(syn_ack_is_sent_again_with_backoff),
    RIG_TEST(syn_ack_retries_are_limited),
    RIG_TEST(half_open_may_be_established_after_retries),
    RIG_TEST(simultaneous_open_without_answer_is_given_up),
    RIG_TEST(hard_icmp_error_ends_an_active_opening),
};

RIG_MAIN(tests)
