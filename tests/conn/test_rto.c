/* The retransmission timer: RFC 6298 5, R1 and R2 of RFC 9293 3.8.3. The handshake took 100 ms, so the RTO is 300 ms. */
#include "xfer.h"

#define RTO (300 * TERN_MS)

static void opened(struct rig *r) { open_rtt(r, 1000, 100 * TERN_MS); }

/* proves: RFC 6298 5.4, RFC 8985 4. Without SACK there is no probe before. */
static void only_the_earliest_segment_is_sent_again(struct rig *r)
{
    opened(r);
    rig_send(r, 5000);
    out_full(r, 1, 1000, 5);
    rig_pass(r, RTO - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1, 1000);
    SAW(r, RTX_TIMEOUT);
    NONE(r);
}

/* proves: MUST-19, RFC 6298 5.5, 5.6 */
static void each_timeout_doubles_the_next(struct rig *r)
{
    opened(r);
    rig_send(r, 1000);
    DATA_OUT(r, 1, 1000);
    tern_ns rto = RTO;
    for (int i = 0; i < 8; i++, rto *= 2) {
        assert_int_equal(rig_status(r).rto, rto);
        rig_pass(r, rto - 1);
        NONE(r);
        rig_pass(r, 1);
        DATA_OUT(r, 1, 1000);
        assert_int_equal(rig_status(r).retransmits, i + 1);
    }
}

static void the_doubling_ends_at_the_largest_timeout(struct rig *r)
{
    static const unsigned seconds[] = {1, 1, 1, 1};
    r->set.rto_max = TERN_SEC;
    opened(r);
    rig_send(r, 1000);
    DATA_OUT(r, 1, 1000);
    rig_pass(r, RTO);
    DATA_OUT(r, 1, 1000);
    rig_pass(r, 2 * RTO);
    DATA_OUT(r, 1, 1000);
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        rig_pass(r, seconds[i] * TERN_SEC - 1);
        NONE(r);
        rig_pass(r, 1);
        DATA_OUT(r, 1, 1000);
    }
}

/* proves: RFC 6298 5. What three duplicates sent again is not sent once more before its own timeout is over. */
static void a_fast_retransmission_has_a_whole_timeout_before_it(struct rig *r)
{
    opened(r);
    send_quietly(r, 5000);
    rig_pass(r, 250 * TERN_MS); /* the path has become longer */
    for (int i = 0; i < 3; i++) ACK_IN(r, 1);
    DATA_OUT(r, 1, 1000);
    SAW(r, RTO_AGAIN);
    rig_pass(r, RTO - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1, 1000);
}

/* proves: RFC 6298 5.2 */
static void with_all_acknowledged_the_timer_stops(struct rig *r)
{
    opened(r);
    send_quietly(r, 2000);
    ACK_IN(r, 2001);
    SAW(r, RTO_STOP);
    assert_true(rig_status(r).timer[TERN_TIMER_RETRANSMIT] == TERN_NEVER);
    rig_pass(r, 100 * TERN_SEC);
    NONE(r);
}

/* proves: RFC 6298 5.3 */
static void an_ack_of_new_data_starts_the_timer_again(struct rig *r)
{
    opened(r);
    send_quietly(r, 2000);
    rig_pass(r, 200 * TERN_MS);
    ACK_IN(r, 1001);
    SAW(r, RTO_RESTART);
    tern_ns rto = rig_status(r).rto;
    rig_pass(r, rto - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1001, 1000);
}

static void an_old_ack_does_not(struct rig *r)
{
    opened(r);
    send_quietly(r, 2000);
    rig_pass(r, 200 * TERN_MS);
    ACK_IN(r, 1);
    rig_pass(r, 100 * TERN_MS);
    DATA_OUT(r, 1, 1000);
}

/* proves: RFC 6298 5.1 */
static void sending_more_does_not_push_the_timer_on(struct rig *r)
{
    opened(r);
    send_quietly(r, 1000);
    rig_pass(r, 200 * TERN_MS);
    send_quietly(r, 1000);
    rig_pass(r, 100 * TERN_MS);
    DATA_OUT(r, 1, 1000);
}

static void a_partial_ack_after_a_timeout_lets_the_next_ones_out(struct rig *r)
{
    opened(r);
    send_quietly(r, 5000);
    rig_pass(r, RTO);
    DATA_OUT(r, 1, 1000);
    ACK_IN(r, 1001);
    out_full(r, 1001, 1000, 2); /* slow start */
    SAW(r, RTX_AFTER_TIMEOUT);
    NONE(r);
    ACK_IN(r, 2001);
    out_full(r, 3001, 1000, 2);
    NONE(r);
    ACK_IN(r, 5001);
    NONE(r);
    assert_int_equal(rig_status(r).retransmitted, 5000);
}

static void an_ack_beyond_what_was_sent_again_skips_it(struct rig *r)
{
    opened(r);
    send_quietly(r, 5000);
    rig_pass(r, RTO);
    DATA_OUT(r, 1, 1000);
    ACK_IN(r, 4001); /* only the first was lost */
    DATA_OUT(r, 4001, 1000);
    NONE(r);
    ACK_IN(r, 5001);
    rig_send(r, 500);
    DATA_OUT(r, 5001, 500);
}

static void an_ack_inside_a_segment_sent_again_goes_on_from_there(struct rig *r)
{
    opened(r);
    send_quietly(r, 3000);
    rig_pass(r, RTO);
    DATA_OUT(r, 1, 1000);
    ACK_IN(r, 501);
    OUT(r, .flags = ACK, .seq = 1001, .ack = 1, .len = 1000);
    rig_clear(r);
    ACK_IN(r, 3001);
    assert_int_equal(rig_status(r).send_queue, 0);
}

static void new_data_after_a_timeout_follows_the_old(struct rig *r)
{
    opened(r);
    send_quietly(r, 1000);
    rig_pass(r, RTO);
    DATA_OUT(r, 1, 1000);
    rig_send(r, 1000);
    NONE(r); /* cwnd is one segment */
    ACK_IN(r, 1001);
    DATA_OUT(r, 1001, 1000);
}

static void what_was_written_since_joins_a_short_segment_sent_again(struct rig *r)
{
    opened(r);
    rig_send(r, 100);
    DATA_OUT(r, 1, 100);
    rig_send(r, 200);
    rig_pass(r, RTO);
    DATA_OUT(r, 1, 300); /* repacketized (RFC 9293 3.8.1) */
    ACK_IN(r, 301);
    NONE(r);
}

/* proves: MUST-20, SHLD-9, SHLD-10 */
static void at_r1_the_application_is_advised(struct rig *r)
{
    opened(r);
    send_quietly(r, 1000);
    rig_events(r);
    rig_pass(r, 3 * RTO);
    assert_false(rig_events(r) & TERN_SOFT_ERROR); /* two */
    rig_pass(r, 4 * RTO);
    assert_true(rig_events(r) & TERN_SOFT_ERROR);
    SAW(r, R1);
    assert_int_equal(tern_conn_soft_error(r->c), TERN_ERR_TIMEDOUT);
    assert_int_equal(tern_conn_soft_error(r->c), 0);
    STATE(r, TERN_ESTABLISHED);
    rig_clear(r);
}

/* proves: MUST-20 */
static void at_r2_the_connection_is_given_up(struct rig *r)
{
    r->set.r2 = 100 * TERN_SEC;
    opened(r);
    send_quietly(r, 1000);
    rig_pass(r, 100 * TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    SAW(r, R2);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
    assert_true(rig_events(r) & TERN_ERROR);
    assert_int_equal(tern_conn_send(r->c, r->now, "x", 1), TERN_ERR_TIMEDOUT);
}

static void progress_starts_r2_anew(struct rig *r)
{
    r->set.r2 = 100 * TERN_SEC;
    opened(r);
    send_quietly(r, 2000);
    rig_pass(r, 90 * TERN_SEC);
    ACK_IN(r, 1001);
    rig_pass(r, 100 * TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    rig_clear(r);
}

/* proves: MUST-21 */
static void the_user_timeout_ends_at_its_instant(struct rig *r)
{
    opened(r);
    set_option(r, TERN_OPT_USER_TIMEOUT, 1000);
    send_quietly(r, 1000);
    rig_pass(r, TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    SAW(r, USER_TIMEOUT);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
    rig_clear(r);
}

static void the_same_instants_when_nobody_traces(struct rig *r)
{
    opened(r);
    tern_stack_trace(r->s, NULL);
    set_option(r, TERN_OPT_USER_TIMEOUT, 150);
    send_quietly(r, 2000);
    rig_pass(r, 100 * TERN_MS);
    ACK_IN(r, 1001);
    rig_pass(r, 150 * TERN_MS - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
}

/* proves: MUST-22, RFC 6298 2.1. The SYN has a limit of its own. */
static void a_syn_is_sent_again_with_backoff_and_given_up(struct rig *r)
{
    static const unsigned at[] = {1, 2, 4, 8, 16, 32, 64};
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        rig_pass(r, at[i] * TERN_SEC - 1);
        NONE(r);
        rig_pass(r, 1);
        OUT(r, .flags = SYN, .seq = 0);
    }
    rig_pass(r, 53 * TERN_SEC - 1); /* 127 s have passed */
    STATE(r, TERN_SYN_SENT);
    NONE(r);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
}

static void a_fin_is_sent_again(struct rig *r)
{
    opened(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    rig_pass(r, RTO);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    SAW(r, RTX_FIN);
    rig_pass(r, 2 * RTO);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    ACK_IN(r, 2);
    STATE(r, TERN_FIN_WAIT_2);
    rig_pass(r, 10 * TERN_SEC);
    NONE(r);
}

static void data_and_fin_are_sent_again_in_their_order(struct rig *r)
{
    opened(r);
    rig_send(r, 2500);
    rig_close(r);
    rig_clear(r);
    rig_pass(r, RTO);
    DATA_OUT(r, 1, 1000);
    NONE(r);
    ACK_IN(r, 1001);
    DATA_OUT(r, 1001, 1000);
    OUT(r, .flags = FIN | ACK, .seq = 2001, .ack = 1, .len = 500);
    NONE(r);
    ACK_IN(r, 2501); /* all but the FIN */
    NONE(r);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = FIN | ACK, .seq = 2501, .ack = 1);
    ACK_IN(r, 2502);
    STATE(r, TERN_FIN_WAIT_2);
}

static void a_fin_does_not_wait_for_the_congestion_window(struct rig *r)
{
    opened(r);
    rig_send(r, 10000); /* all of the initial window */
    rig_close(r);
    out_full(r, 1, 1000, 9);
    OUT(r, .flags = ACK, .seq = 9001, .ack = 1, .len = 1000);
    OUT(r, .flags = FIN | ACK, .seq = 10001, .ack = 1);
}

static void an_ack_of_fin_ends_a_timeout_in_the_middle(struct rig *r)
{
    opened(r);
    rig_send(r, 3000);
    rig_close(r);
    rig_clear(r);
    rig_pass(r, RTO);
    DATA_OUT(r, 1, 1000);
    ACK_IN(r, 3002);
    STATE(r, TERN_FIN_WAIT_2);
    rig_pass(r, 10 * TERN_SEC);
    NONE(r);
}

static void acknowledgements_alone_are_never_sent_again(struct rig *r)
{
    opened(r);
    DATA_IN(r, 1, 100);
    rig_pass(r, TERN_SEC);
    ACK_OUT(r, 101);
    rig_pass(r, 100 * TERN_SEC);
    NONE(r);
}

/* RFC 8961 4 (3). Each flight of two loses its first: each timeout brings both, and nothing can be measured, since the
 * acknowledgement answers the repetition. The second arrived by its only transmission: the doublings before it do not last. */
static void timeouts_that_make_progress_do_not_add_up(struct rig *r)
{
    opened(r);
    int64_t at = 1;
    for (int i = 0; i < 12; i++, at += 2000) {
        rig_send(r, 2000);
        out_full(r, at, 1000, 2);
        ACK_IN(r, at);
        tern_ns rto = rig_status(r).rto;
        assert_true(rto <= 2 * RTO);
        rig_pass(r, rto);
        DATA_OUT(r, at, 1000);
        NONE(r);
        ACK_IN(r, at + 2000);
        NONE(r);
    }
    assert_false(rig_saw(r, TERN_RULE_RTT_SAMPLE));
}

/* proves: RFC 6298 5.5. The path became longer than the timeout: what was sent before it arrives by its first transmission, and
 * the doubling must stay, or every flight would be repeated for nothing and none ever measured. */
static void a_longer_path_is_learnt(struct rig *r)
{
    opened(r);
    rig_send(r, 4000);
    rig_clear(r);
    rig_pass(r, 3 * RTO);
    rig_clear(r);
    rig_pass(r, 100 * TERN_MS);
    for (int64_t n = 1001; n <= 4001; n += 1000) ACK_IN(r, n);
    rig_clear(r);
    rig_send(r, 2000);
    out_full(r, 4001, 1000, 2);
    rig_pass(r, TERN_SEC);
    NONE(r);
    ACK_IN(r, 6001);
    SAW(r, RTT_SAMPLE);
    assert_true(rig_status(r).rto > TERN_SEC);
}

static const struct rig_test tests[] = {
    RIG_TEST(timeouts_that_make_progress_do_not_add_up),
    RIG_TEST(a_longer_path_is_learnt),
    RIG_TEST(only_the_earliest_segment_is_sent_again),
    RIG_TEST(each_timeout_doubles_the_next),
    RIG_TEST(the_doubling_ends_at_the_largest_timeout),
    RIG_TEST(a_fast_retransmission_has_a_whole_timeout_before_it),
    RIG_TEST(with_all_acknowledged_the_timer_stops),
    RIG_TEST(an_ack_of_new_data_starts_the_timer_again),
    RIG_TEST(an_old_ack_does_not),
    RIG_TEST(sending_more_does_not_push_the_timer_on),
    RIG_TEST(a_partial_ack_after_a_timeout_lets_the_next_ones_out),
    RIG_TEST(an_ack_beyond_what_was_sent_again_skips_it),
    RIG_TEST(an_ack_inside_a_segment_sent_again_goes_on_from_there),
    RIG_TEST(new_data_after_a_timeout_follows_the_old),
    RIG_TEST(what_was_written_since_joins_a_short_segment_sent_again),
    RIG_TEST(at_r1_the_application_is_advised),
    RIG_TEST(at_r2_the_connection_is_given_up),
    RIG_TEST(progress_starts_r2_anew),
    RIG_TEST(the_user_timeout_ends_at_its_instant),
    RIG_TEST(the_same_instants_when_nobody_traces),
    RIG_TEST(a_syn_is_sent_again_with_backoff_and_given_up),
    RIG_TEST(a_fin_is_sent_again),
    RIG_TEST(data_and_fin_are_sent_again_in_their_order),
    RIG_TEST(a_fin_does_not_wait_for_the_congestion_window),
    RIG_TEST(an_ack_of_fin_ends_a_timeout_in_the_middle),
    RIG_TEST(acknowledgements_alone_are_never_sent_again),
};

RIG_MAIN(tests)
