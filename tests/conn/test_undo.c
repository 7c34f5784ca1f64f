/* Losses that were none, and tail loss probes: RFC 2883, 3708, 3522, 5682, RFC 8985 7. MSS 1000, the handshake took 100 ms. */
#include "xfer.h"

#define RTT (100 * TERN_MS)

static void open_asking(struct rig *r, bool ts, uint16_t asked)
{
    rig_listen(r);
    IN(r, .flags = SYN | asked, .mss = ts ? 1012 : 1000, .sack_ok = true, .ts = ts, .tsval = 1);
    rig_clear(r);
    rig_pass(r, RTT);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = ts, .tsval = 2, .tsecr = 0);
    assert_non_null(rig_accept(r));
    rig_mark(r);
}

static void open_sack(struct rig *r, bool ts) { open_asking(r, ts, 0); }

static void ten_in_flight(struct rig *r, uint32_t queued)
{
    open_sack(r, false);
    rig_send(r, queued);
    out_full(r, 1, 1000, 10);
    NONE(r);
    rig_pass(r, RTT);
}

#define SACK1(r, a, l1, r1) IN(r, .flags = ACK, .seq = 1, .ack = (a), .sack_n = 1, .sack = {{(l1), (r1)}})

/* ---- tail loss probes ---- */

#define PTO (2 * RTT + 2 * TERN_MS)

/* proves: RFC 8985 7.2 */
static void the_end_of_a_flight_is_probed_after_two_round_trips(struct rig *r)
{
    open_sack(r, false);
    send_quietly(r, 3000);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_TAIL], r->now + PTO);
    rig_pass(r, PTO - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 2001, 1000);
    SAW(r, RTX_TAIL);
    NONE(r);
    assert_true(rig_status(r).cwnd >= 10000);
}

/* proves: RFC 8985 7.2. A lone segment's acknowledgement may be delayed. */
static void a_single_segment_waits_for_the_delayed_acknowledgement(struct rig *r)
{
    r->set.rto_min = TERN_SEC;
    open_sack(r, false);
    send_quietly(r, 500);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_TAIL], r->now + 2 * RTT + 200 * TERN_MS);
}

/* proves: RFC 8985 7.3 */
static void the_probe_is_new_data_where_there_is_some(struct rig *r)
{
    open_sack(r, false);
    send_quietly(r, 10000);
    rig_pass(r, TERN_MS);
    rig_send(r, 3000); /* waits for the congestion window */
    NONE(r);
    rig_pass(r, PTO);
    DATA_OUT(r, 10001, 1000);
    SAW(r, TAIL_NEW);
    NONE(r);
}

/* proves: RFC 8985 7.3 */
static void one_probe_and_then_the_timer(struct rig *r)
{
    open_sack(r, false);
    send_quietly(r, 3000);
    rig_pass(r, PTO);
    DATA_OUT(r, 2001, 1000);
    rig_pass(r, rig_status(r).rto);
    DATA_OUT(r, 1, 1000);
    SAW(r, RTX_TIMEOUT);
}

/* proves: RFC 8985 7.3, RFC 6298 3. The path has become five times as long: the only segment is probed for nothing, and what was
 * sent twice is not measured, so that the next flight waits for the timer, until one is. */
static void no_probe_before_the_path_has_been_measured_again(struct rig *r)
{
    r->set.rto_min = TERN_SEC;
    open_sack(r, false);
    send_quietly(r, 1000);
    rig_pass(r, 4 * RTT);
    DATA_OUT(r, 1, 1000);
    SAW(r, RTX_TAIL);
    rig_pass(r, RTT);
    ACK_IN(r, 1001);         /* of the first transmission, */
    SACK1(r, 1001, 1, 1001); /* as the DSACK tells only now */
    assert_int_equal(rig_status(r).rtt, RTT);
    send_quietly(r, 1000);
    assert_true(rig_status(r).timer[TERN_TIMER_TAIL] == TERN_NEVER);
    assert_true(rig_status(r).timer[TERN_TIMER_RETRANSMIT] == r->now + TERN_SEC);
    rig_pass(r, 5 * RTT);
    NONE(r);
    ACK_IN(r, 2001);
    assert_int_equal(rig_status(r).rtt, RTT + 4 * RTT / 8);
    send_quietly(r, 1000);
    assert_true(rig_status(r).timer[TERN_TIMER_TAIL] != TERN_NEVER);
}

/* The probe's SACK shows the hole: fast recovery in place of the timer. */
static void the_answer_to_the_probe_shows_what_is_missing(struct rig *r)
{
    open_sack(r, false);
    send_quietly(r, 4000);
    rig_pass(r, PTO);
    DATA_OUT(r, 3001, 1000);
    rig_pass(r, RTT);
    SACK1(r, 1001, 3001, 4001);
    rig_pass(r, RTT / 4);
    DATA_OUT(r, 1001, 1000);
    NONE(r); /* RFC 9937: one for nothing delivered */
    SACK1(r, 2001, 3001, 4001);
    DATA_OUT(r, 2001, 1000);
    assert_int_equal(rig_status(r).backoff, 0);
}

/* proves: RFC 8985 7.4.2. The loss that the probe mended is told to congestion control. */
static void a_loss_that_the_probe_repaired_halves_the_window(struct rig *r)
{
    open_sack(r, false);
    send_quietly(r, 4000);
    ACK_IN(r, 3001);
    rig_pass(r, 4 * RTT);
    DATA_OUT(r, 3001, 1000);
    ACK_IN(r, 4001);
    rig_send(r, 1000);
    DATA_OUT(r, 4001, 1000);
    ACK_IN(r, 5001); /* and no DSACK came between */
    SAW(r, TAIL_LOST);
    assert_true(rig_status(r).ssthresh <= 5000);
}

static void a_probe_for_nothing_changes_nothing(struct rig *r)
{
    open_sack(r, false);
    send_quietly(r, 4000);
    rig_pass(r, PTO);
    DATA_OUT(r, 3001, 1000);
    ACK_IN(r, 4001);            /* of the first transmission */
    SACK1(r, 4001, 3001, 4001); /* DSACK */
    rig_send(r, 1000);
    DATA_OUT(r, 4001, 1000);
    ACK_IN(r, 5001);
    assert_false(rig_saw(r, TERN_RULE_TAIL_LOST));
    assert_true(rig_status(r).cwnd >= 10000);
}

static void no_probe_when_switched_off(struct rig *r)
{
    r->set.tlp = 0;
    open_sack(r, false);
    send_quietly(r, 3000);
    assert_true(rig_status(r).timer[TERN_TIMER_TAIL] == TERN_NEVER);
    rig_pass(r, 300 * TERN_MS);
    DATA_OUT(r, 1, 1000);
}

/* ---- undo ---- */

/* proves: RFC 3708 3, RFC 4015 3.4, RFC 2883 5 */
static void dsack_of_all_that_was_repeated_undoes_the_reduction(struct rig *r)
{
    ten_in_flight(r, 40000);
    SACK1(r, 1, 1001, 4001);
    DATA_OUT(r, 1, 1000);
    assert_true(rig_status(r).ssthresh < 10000);
    rig_clear(r);
    rig_mark(r);
    SACK1(r, 10001, 1, 1001); /* it all arrived: the repetition was for nothing */
    SAW(r, UNDO_DSACK);
    assert_true(rig_status(r).cwnd >= 10000);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_OPEN);
}

/* proves: RFC 2883 5. Of what is beyond the acknowledgement a duplicate lies in the second block; otherwise the first is a
 * report. */
static void a_duplicate_beyond_the_acknowledgement_lies_in_the_second_block(struct rig *r)
{
    ten_in_flight(r, 10000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 2, .sack = {{4001, 5001}, {1001, 2001}});
    assert_false(rig_saw(r, TERN_RULE_DSACK_IN));
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 2, .sack = {{1001, 2001}, {1001, 3001}});
    SAW(r, DSACK_IN);
}

static void without_dsack_it_stays(struct rig *r)
{
    ten_in_flight(r, 40000);
    SACK1(r, 1, 1001, 4001);
    rig_clear(r);
    rig_mark(r);
    ACK_IN(r, 10001);
    assert_false(rig_saw(r, TERN_RULE_UNDO_DSACK));
    assert_true(rig_status(r).cwnd < 10000);
}

/* RFC 8985 6.2 step 4 */
static void a_dsack_widens_the_reordering_window(struct rig *r)
{
    ten_in_flight(r, 40000);
    SACK1(r, 1, 1001, 4001);
    rig_clear(r);
    SACK1(r, 10001, 1, 1001);
    SAW(r, RACK_WIDER);
    rig_clear(r);
    rig_pass(r, RTT);
    ACK_IN(r, 11001);
    rig_clear(r);
    SACK1(r, 11001, 12001, 13001);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_REORDER] != TERN_NEVER, 1);
}

/* Ten segments are in flight, more is queued; the first of them goes again by the timer. */
static void the_first_times_out(struct rig *r)
{
    r->set.tlp = 0;
    ten_in_flight(r, 40000);
    rig_pass(r, TERN_SEC);
    DATA_OUT(r, 1, 1000);
    rig_clear(r);
    rig_mark(r);
}

/* proves: RFC 5682 3.1 */
static void frto_sees_that_the_timeout_was_spurious(struct rig *r)
{
    the_first_times_out(r);
    ACK_IN(r, 1001); /* of the first transmission, as it will turn out */
    SAW(r, FRTO_NEW);
    DATA_OUT(r, 10001, 1000);
    DATA_OUT(r, 11001, 1000);
    NONE(r);
    ACK_IN(r, 3001); /* these were never sent again */
    SAW(r, FRTO_UNDO);
    assert_true(rig_status(r).cwnd >= 10000);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_OPEN);
}

/* Step 2 b: the peer's window takes less than a segment of new data, which would wait; so it is not waited for. */
static void frto_needs_new_data_that_may_leave(struct rig *r)
{
    the_first_times_out(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 9500);
    DATA_OUT(r, 1001, 1000);
    DATA_OUT(r, 2001, 1000);
    NONE(r);
    assert_false(rig_saw(r, TERN_RULE_FRTO_NEW));
}

/* What is corked may not, however small it may be otherwise. */
static void frto_does_not_wait_for_what_is_corked(struct rig *r)
{
    r->set.tlp = 0;
    open_sack(r, false);
    set_option(r, TERN_OPT_NODELAY, 1);
    set_option(r, TERN_OPT_CORK, 1);
    rig_send(r, 10500);
    out_full(r, 1, 1000, 10);
    rig_pass(r, TERN_SEC);
    DATA_OUT(r, 1, 1000);
    rig_clear(r);
    ACK_IN(r, 1001);
    DATA_OUT(r, 1001, 1000);
    DATA_OUT(r, 2001, 1000);
}

static void frto_sees_a_real_loss(struct rig *r)
{
    r->set.tlp = 0;
    ten_in_flight(r, 40000);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    ACK_IN(r, 1001);
    DATA_OUT(r, 10001, 1000);
    DATA_OUT(r, 11001, 1000);
    rig_mark(r);
    SACK1(r, 1001, 10001, 11001);
    DATA_OUT(r, 1001, 1000);
    assert_false(rig_saw(r, TERN_RULE_FRTO_UNDO));
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_LOSS);
}

static void without_frto_the_window_is_repeated(struct rig *r)
{
    r->set.tlp = r->set.frto = 0;
    ten_in_flight(r, 40000);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    ACK_IN(r, 1001);
    DATA_OUT(r, 1001, 1000);
    DATA_OUT(r, 2001, 1000);
    NONE(r);
}

/* proves: RFC 3522 3.2, RFC 4015 3.3, RFC 4015 3.4 */
static void the_echo_of_an_old_timestamp_undoes_a_timeout(struct rig *r)
{
    r->set.tlp = r->set.frto = 0;
    open_sack(r, true);
    rig_send(r, 40000);
    uint32_t first = next_ts(r);
    rig_clear(r);
    rig_pass(r, 2 * TERN_SEC);
    rig_clear(r);
    rig_mark(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .ts = true, .tsval = 10, .tsecr = first);
    SAW(r, UNDO_EIFEL);
    assert_true(rig_status(r).cwnd >= 10000);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) assert_true(o->h.seq.v - r->iss > 9000); /* nothing goes again */
}

/* A timeout, and an answer to the first transmission that says |flags|. */
static uint32_t late_answer(struct rig *r, uint16_t flags)
{
    r->set.tlp = r->set.frto = 0;
    assert_int_equal(tern_settings_set(&r->set, "ecn", 2), 0);
    open_asking(r, true, ECE | CWR);
    rig_send(r, 40000);
    uint32_t first = next_ts(r);
    rig_clear(r);
    rig_pass(r, 2 * TERN_SEC);
    rig_clear(r);
    rig_mark(r);
    IN(r, .flags = ACK | flags, .seq = 1, .ack = 1001, .ts = true, .tsval = 10, .tsecr = first);
    SAW(r, UNDO_EIFEL);
    rig_clear(r);
    return rig_status(r).cwnd;
}

static void an_answer_without_ece_undoes_it_where_ecn_is_agreed_on(struct rig *r) { assert_true(late_answer(r, 0) >= 10000); }

/* proves: RFC 4015 3.2. The timeout was spurious, and the path is congested all the same. */
static void an_answer_that_says_ece_leaves_the_window_small(struct rig *r) { assert_true(late_answer(r, ECE) <= 3000); }

/* proves: RFC 4015 3.2. What was taken for lost in a window that ECE had reduced was not; the mark was one all the same. */
static void a_reduction_for_ece_stands_where_a_loss_after_it_was_none(struct rig *r)
{
    r->set.congestion = 0; /* which remembers what was before either */
    r->set.tlp = 0;
    open_asking(r, false, ECE | CWR);
    rig_send(r, 40000);
    rig_clear(r);
    rig_pass(r, RTT);
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 1001);
    rig_clear(r);
    uint32_t reduced = rig_status(r).ssthresh;
    assert_true(reduced < 10000);
    SACK1(r, 1001, 2001, 6001);
    rig_clear(r);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_FAST);
    SACK1(r, 6001, 1001, 2001); /* it had come, and comes again */
    SAW(r, UNDO_DSACK);
    assert_int_equal(rig_status(r).ssthresh, reduced);
    assert_in_range(rig_status(r).cwnd, 1, reduced + 1000); /* it grows again */
}

/* The other way round: ECE after what was taken for lost. */
static void a_mark_after_a_loss_that_was_none_is_not_undone(struct rig *r)
{
    r->set.congestion = 0;
    r->set.tlp = 0;
    open_asking(r, false, ECE | CWR);
    rig_send(r, 60000);
    rig_clear(r);
    rig_pass(r, RTT);
    SACK1(r, 1, 1001, 6001);
    rig_clear(r);
    ACK_IN(r, rig_status(r).snd_nxt - r->iss);
    rig_clear(r);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_OPEN);
    rig_pass(r, RTT);
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = rig_status(r).snd_una - r->iss + 1000);
    rig_clear(r);
    uint32_t reduced = rig_status(r).ssthresh;
    IN(r, .flags = ACK, .seq = 1, .ack = rig_status(r).snd_nxt - r->iss);
    rig_clear(r);
    rig_mark(r);
    SACK1(r, rig_status(r).snd_una - r->iss, 1, 1001);
    SAW(r, DSACK_IN);
    assert_false(rig_saw(r, TERN_RULE_UNDO_DSACK));
    assert_int_equal(rig_status(r).ssthresh, reduced);
}

/* An old echo with each acknowledgement, which a peer may lie: what is in flight is spared once a window. */
static void an_old_echo_spares_once_a_window(struct rig *r)
{
    r->set.tlp = 0;
    open_sack(r, true);
    rig_send(r, 40000);
    rig_clear(r);
    rig_pass(r, RTT);
    unsigned spared = 0;
    for (int64_t i = 0; i < 8; i++) {
        IN(r, .flags = ACK, .seq = 1, .ack = 1 + i, .ts = true, .tsval = 10, .tsecr = 1, .sack_n = 1,
           .sack = {{9001 - 1000 * (i / 4), 10001}});
        rig_clear(r);
        spared += rig_saw(r, TERN_RULE_UNDO_EIFEL);
        rig_mark(r);
        rig_pass(r, RTT);
        rig_clear(r);
    }
    assert_int_equal(spared, 1);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_end_of_a_flight_is_probed_after_two_round_trips),
    RIG_TEST(a_single_segment_waits_for_the_delayed_acknowledgement),
    RIG_TEST(the_probe_is_new_data_where_there_is_some),
    RIG_TEST(one_probe_and_then_the_timer),
    RIG_TEST(no_probe_before_the_path_has_been_measured_again),
    RIG_TEST(the_answer_to_the_probe_shows_what_is_missing),
    RIG_TEST(a_loss_that_the_probe_repaired_halves_the_window),
    RIG_TEST(a_probe_for_nothing_changes_nothing),
    RIG_TEST(no_probe_when_switched_off),
    RIG_TEST(dsack_of_all_that_was_repeated_undoes_the_reduction),
    RIG_TEST(a_duplicate_beyond_the_acknowledgement_lies_in_the_second_block),
    RIG_TEST(without_dsack_it_stays),
    RIG_TEST(a_dsack_widens_the_reordering_window),
    RIG_TEST(frto_sees_that_the_timeout_was_spurious),
    RIG_TEST(frto_needs_new_data_that_may_leave),
    RIG_TEST(frto_does_not_wait_for_what_is_corked),
    RIG_TEST(frto_sees_a_real_loss),
    RIG_TEST(without_frto_the_window_is_repeated),
    RIG_TEST(the_echo_of_an_old_timestamp_undoes_a_timeout),
    RIG_TEST(an_answer_without_ece_undoes_it_where_ecn_is_agreed_on),
    RIG_TEST(an_answer_that_says_ece_leaves_the_window_small),
    RIG_TEST(a_reduction_for_ece_stands_where_a_loss_after_it_was_none),
    RIG_TEST(a_mark_after_a_loss_that_was_none_is_not_undone),
    RIG_TEST(an_old_echo_spares_once_a_window),
};

RIG_MAIN(tests)
