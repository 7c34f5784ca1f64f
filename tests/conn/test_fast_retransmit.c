/* Loss found by duplicates: RFC 5681 3.2, RFC 3042, RFC 6582. MSS 1000, ten segments in flight, plenty more queued. */
#include "xfer.h"

static void flight_of_ten(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 40000);
    out_full(r, 1, 1000, 10);
    NONE(r);
}

static void duplicates(struct rig *r, int64_t ack, int n)
{
    for (int i = 0; i < n; i++) ACK_IN(r, ack);
}

/* Ten in flight, two more by limited transmit, the first sent again. */
static void in_recovery(struct rig *r)
{
    flight_of_ten(r);
    duplicates(r, 1, 3);
    out_full(r, 10001, 1000, 2);
    DATA_OUT(r, 1, 1000);
    NONE(r);
}

/* proves: RFC 5681 3.2 */
static void three_duplicates_send_the_first_segment_again(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 5000); /* nothing new to send */
    duplicates(r, 1, 2);
    NONE(r);
    ACK_IN(r, 1);
    DATA_OUT(r, 1, 1000);
    SAW(r, RTX_FAST);
    NONE(r);
}

/* proves: RFC 3042 2 */
static void the_first_two_duplicates_let_a_new_segment_out_each(struct rig *r)
{
    flight_of_ten(r);
    ACK_IN(r, 1);
    DATA_OUT(r, 10001, 1000);
    NONE(r);
    ACK_IN(r, 1);
    DATA_OUT(r, 11001, 1000);
    NONE(r);
    assert_int_equal(rig_status(r).cwnd, 10000);
}

static void limited_transmit_respects_the_peers_window(struct rig *r)
{
    r->syn.wnd = 10000;
    open_mss(r, 1000);
    send_quietly(r, 40000);
    for (int i = 0; i < 2; i++) IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 10000);
    NONE(r);
}

/* RFC 5681 3.2 step 2: without what limited transmit sent. */
static void ssthresh_is_half_of_what_was_in_flight_before_the_duplicates(struct rig *r)
{
    in_recovery(r);
    assert_int_equal(rig_status(r).ssthresh, 5000);
    assert_int_equal(rig_status(r).cwnd, 5000);
}

/* proves: RFC 5681 3.2 */
static void further_duplicates_inflate_the_window(struct rig *r)
{
    in_recovery(r); /* window 5000 + 3 * 1000, 12000 in flight */
    duplicates(r, 1, 4);
    NONE(r);
    ACK_IN(r, 1);
    DATA_OUT(r, 12001, 1000);
    ACK_IN(r, 1);
    DATA_OUT(r, 13001, 1000);
    NONE(r);
}

/* proves: RFC 5681 2 */
static void segments_with_data_are_no_duplicates(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 5000);
    for (int64_t i = 0; i < 6; i++) DATA_IN(r, 1 + 10 * i, 10);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) assert_int_equal(o->h.len, 0);
}

/* proves: RFC 5681 2 */
static void window_updates_are_no_duplicates(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 5000);
    for (uint32_t i = 0; i < 6; i++) IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 30000 + i);
    NONE(r);
}

/* proves: RFC 5681 2 */
static void with_nothing_in_flight_there_are_no_duplicates(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    ACK_IN(r, 1001);
    rig_mark(r);
    duplicates(r, 1001, 5);
    NONE(r);
    assert_false(rig_saw(r, TERN_RULE_ACK_DUP));
}

static void an_ack_in_between_starts_the_count_again(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 5000);
    duplicates(r, 1, 2);
    ACK_IN(r, 1001);
    duplicates(r, 1001, 2);
    NONE(r);
    ACK_IN(r, 1001);
    DATA_OUT(r, 1001, 1000);
}

/* proves: RFC 6582 3.2. Step 3 */
static void a_full_ack_ends_recovery_without_a_burst(struct rig *r)
{
    in_recovery(r);
    duplicates(r, 1, 6);
    rig_clear(r); /* 12001 and 13001 left */
    ACK_IN(r, 12001);
    assert_int_equal(rig_status(r).cwnd, 3000); /* min(ssthresh, flight 2000 + 1000) */
    DATA_OUT(r, 14001, 1000);
    NONE(r);
}

static void a_full_ack_with_much_in_flight_leaves_ssthresh(struct rig *r)
{
    in_recovery(r);
    duplicates(r, 1, 9);
    rig_clear(r); /* to 17001 */
    ACK_IN(r, 12001);
    assert_int_equal(rig_status(r).cwnd, 5000);
    NONE(r);
}

/* proves: RFC 6582 3.2 */
static void a_partial_ack_sends_the_next_hole_at_once(struct rig *r)
{
    in_recovery(r);
    ACK_IN(r, 3001);
    DATA_OUT(r, 3001, 1000);
    SAW(r, RTX_PARTIAL);
    NONE(r);
    ACK_IN(r, 6001);
    DATA_OUT(r, 6001, 1000);
    NONE(r);
    ACK_IN(r, 12001);
    assert_int_equal(rig_status(r).cwnd, 2000); /* min(ssthresh, max(0, MSS) + MSS) */
    out_full(r, 12001, 1000, 2);
}

static void a_partial_ack_deflates_by_what_it_acknowledges(struct rig *r)
{
    in_recovery(r);
    ACK_IN(r, 8001); /* window 8000 - 8000 + 1000, 4000 in flight */
    DATA_OUT(r, 8001, 1000);
    NONE(r);
    duplicates(r, 8001, 3);
    NONE(r);
    ACK_IN(r, 8001);
    DATA_OUT(r, 12001, 1000);
}

static void a_partial_ack_restarts_the_timer(struct rig *r)
{
    in_recovery(r);
    rig_pass(r, 150 * TERN_MS);
    ACK_IN(r, 3001);
    DATA_OUT(r, 3001, 1000);
    rig_pass(r, 200 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 3001, 1000);
}

static void in_recovery_the_window_does_not_grow(struct rig *r)
{
    in_recovery(r);
    ACK_IN(r, 3001);
    ACK_IN(r, 5001);
    rig_clear(r);
    assert_int_equal(rig_status(r).cwnd, 5000);
}

static void a_timeout_ends_recovery(struct rig *r)
{
    in_recovery(r);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1, 1000);
    NONE(r);
    assert_int_equal(rig_status(r).cwnd, 1000);
}

/* proves: RFC 6582 4.1. RFC 6582 3.2 step 1: duplicates that our own retransmissions caused. */
static void duplicates_after_a_timeout_are_no_new_loss(struct rig *r)
{
    flight_of_ten(r);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1, 1000);
    ACK_IN(r, 1001);
    rig_clear(r);
    uint32_t ssthresh = rig_status(r).ssthresh;
    duplicates(r, 1001, 5);
    NONE(r);
    assert_int_equal(rig_status(r).ssthresh, ssthresh);
}

static void a_loss_after_recovery_is_a_new_one(struct rig *r)
{
    in_recovery(r);
    duplicates(r, 1, 9);
    rig_clear(r);
    ACK_IN(r, 12001); /* 5000 in flight: 12001 to 17000 */
    duplicates(r, 12001, 2);
    rig_clear(r);
    rig_mark(r);
    ACK_IN(r, 12001);
    DATA_OUT(r, 12001, 1000);
    SAW(r, RTX_FAST);
    assert_int_equal(rig_status(r).ssthresh, 2500);
}

static void the_last_data_is_sent_again_with_its_fin(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 10);
    rig_send(r, 10);
    rig_close(r);
    DATA_OUT(r, 1, 10);
    OUT(r, .flags = FIN | ACK, .seq = 11, .ack = 1, .len = 10);
    duplicates(r, 1, 3);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 20);
    ACK_IN(r, 22);
    STATE(r, TERN_FIN_WAIT_2);
}

static void one_lost_of_many_costs_one_retransmission(struct rig *r)
{
    flight_of_ten(r);
    ACK_IN(r, 3001); /* 3001 is lost, everything after it arrives */
    int64_t top = 10001;
    for (int i = 0; i < 30 && top < 40001; i++) {
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
            int64_t from = (int32_t)(o->h.seq.v - r->iss);
            if (from == 3001) goto again;
            top = from + o->h.len;
        }
        ACK_IN(r, 3001);
    }
    fail_msg("not sent again");
again:
    rig_clear(r);
    ACK_IN(r, rig_status(r).snd_nxt - r->iss);
    rig_clear(r);
    assert_int_equal(rig_status(r).retransmitted, 1000);
}

static const struct rig_test tests[] = {
    RIG_TEST(three_duplicates_send_the_first_segment_again),
    RIG_TEST(the_first_two_duplicates_let_a_new_segment_out_each),
    RIG_TEST(limited_transmit_respects_the_peers_window),
    RIG_TEST(ssthresh_is_half_of_what_was_in_flight_before_the_duplicates),
    RIG_TEST(further_duplicates_inflate_the_window),
    RIG_TEST(segments_with_data_are_no_duplicates),
    RIG_TEST(window_updates_are_no_duplicates),
    RIG_TEST(with_nothing_in_flight_there_are_no_duplicates),
    RIG_TEST(an_ack_in_between_starts_the_count_again),
    RIG_TEST(a_full_ack_ends_recovery_without_a_burst),
    RIG_TEST(a_full_ack_with_much_in_flight_leaves_ssthresh),
    RIG_TEST(a_partial_ack_sends_the_next_hole_at_once),
    RIG_TEST(a_partial_ack_deflates_by_what_it_acknowledges),
    RIG_TEST(a_partial_ack_restarts_the_timer),
    RIG_TEST(in_recovery_the_window_does_not_grow),
    RIG_TEST(a_timeout_ends_recovery),
    RIG_TEST(duplicates_after_a_timeout_are_no_new_loss),
    RIG_TEST(a_loss_after_recovery_is_a_new_one),
    RIG_TEST(the_last_data_is_sent_again_with_its_fin),
    RIG_TEST(one_lost_of_many_costs_one_retransmission),
};

RIG_MAIN(tests)
