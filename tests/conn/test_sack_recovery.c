/* Recovery by SACK (RFC 2018 5, RFC 6675, RFC 8985, RFC 9937): MSS 1000, the handshake took 100 ms, ten segments in flight. */
#include "xfer.h"

#define RTT (100 * TERN_MS)

static void open_sack(struct rig *r)
{
    r->syn.sack_ok = true;
    open_rtt(r, 1000, RTT);
}

static void ten_in_flight(struct rig *r, uint32_t queued)
{
    open_sack(r);
    rig_send(r, queued);
    out_full(r, 1, 1000, 10);
    NONE(r);
    rig_pass(r, RTT);
}

#define SACK1(r, a, l1, r1)         IN(r, .flags = ACK, .seq = 1, .ack = (a), .sack_n = 1, .sack = {{(l1), (r1)}})
#define SACK2(r, a, l1, r1, l2, r2) IN(r, .flags = ACK, .seq = 1, .ack = (a), .sack_n = 2, .sack = {{(l1), (r1)}, {(l2), (r2)}})
#define SACK3(r, a, l1, r1, l2, r2, l3, r3)                                                                                      \
    IN(r, .flags = ACK, .seq = 1, .ack = (a), .sack_n = 3, .sack = {{(l1), (r1)}, {(l2), (r2)}, {(l3), (r3)}})

/* ---- what is lost ---- */

/* proves: RFC 6675 5, RFC 8985 6.2 */
static void three_segments_above_a_hole_send_it_again(struct rig *r)
{
    ten_in_flight(r, 10000);
    SACK1(r, 1, 1001, 2001);
    SACK1(r, 1, 1001, 3001);
    NONE(r);
    SACK1(r, 1, 1001, 4001);
    DATA_OUT(r, 1, 1000);
    SAW(r, RTX_FAST);
    SAW(r, RACK_LOST);
    NONE(r);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_FAST);
    assert_int_equal(rig_status(r).sacked_n, 3);
    assert_int_equal(rig_status(r).lost_n, 1);
    assert_int_equal(rig_status(r).again_n, 1);
}

/* A clock that stands still, so that there is no round trip: what went again is not taken for lost by each ACK that follows. */
static void a_repetition_is_not_lost_at_the_moment_it_leaves(struct rig *r)
{
    open_sack(r);
    rig_send(r, 10000);
    out_full(r, 1, 1000, 10);
    SACK1(r, 1, 1001, 2001);
    SACK1(r, 1, 1001, 3001);
    SACK1(r, 1, 1001, 4001);
    DATA_OUT(r, 1, 1000);
    SACK1(r, 1, 1001, 5001);
    SACK1(r, 1, 1001, 10001);
    NONE(r);
    rig_pass(r, 1); /* the clock goes on */
    DATA_OUT(r, 1, 1000);
}

/* proves: RFC 6298 5.5, 3. Repetitions are lost, too, and each flight needs a timeout; what is reported has been sent once, and
 * is measured, also without timestamps. */
static void timeouts_do_not_add_up_while_something_arrives(struct rig *r)
{
    r->set.tlp = 0;
    r->set.congestion = 4; /* a fixed window */
    open_sack(r);
    int64_t at = 1;
    for (int i = 0; i < 10; i++, at += 2000) {
        rig_send(r, 2000);
        out_full(r, at, 1000, 2);
        rig_pass(r, RTT);
        SACK1(r, at, at + 1000, at + 2000);
        rig_pass(r, rig_status(r).rto);
        rig_clear(r);
        assert_true(rig_status(r).rto <= 6 * RTT);
        rig_pass(r, RTT);
        ACK_IN(r, at + 2000);
        rig_clear(r);
    }
}

/* proves: RFC 6298 5. What a report shows to be lost goes again, and has a whole timeout before it. */
static void a_repetition_has_a_whole_timeout_before_it(struct rig *r)
{
    ten_in_flight(r, 10000);
    rig_pass(r, RTT / 2);
    SACK1(r, 1, 1001, 10001);
    DATA_OUT(r, 1, 1000);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_RETRANSMIT], r->now + rig_status(r).rto);
}

/* proves: RFC 6298 5.3 */
static void what_left_before_the_repetition_puts_the_timeout_off(struct rig *r)
{
    r->set.rack = 0; /* which would find the repetition lost, and send it once more */
    ten_in_flight(r, 20000);
    tern_ns rto = rig_status(r).rto;
    SACK1(r, 1, 1001, 4001);
    rig_clear(r); /* the first goes again */
    rig_pass(r, RTT);
    SACK1(r, 1, 1001, 10001);
    tern_ns due = rig_status(r).timer[TERN_TIMER_RETRANSMIT];
    assert_int_equal(due, r->now + rto);
    rig_clear(r);
    rig_pass(r, RTT);
    SACK1(r, 1, 1001, 12001); /* these left with the repetition or later */
    assert_int_equal(rig_status(r).timer[TERN_TIMER_RETRANSMIT], due);
}

/* proves: RFC 2018 5. All holes of one report, and what arrived is not sent again. */
static void every_hole_goes_again_and_nothing_else(struct rig *r)
{
    ten_in_flight(r, 10000);
    SACK3(r, 1, 1001, 2001, 4001, 6001, 8001, 10001);
    DATA_OUT(r, 1, 1000);
    DATA_OUT(r, 2001, 1000);
    DATA_OUT(r, 3001, 1000);
    DATA_OUT(r, 6001, 1000);
    DATA_OUT(r, 7001, 1000);
    NONE(r);
    ACK_IN(r, 10001);
    NONE(r);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_OPEN);
}

/* proves: RFC 8985 6.2, RFC 8985 8. One segment above is not enough, but time is; its timer is the only one. */
static void time_finds_what_too_few_duplicates_do_not(struct rig *r)
{
    ten_in_flight(r, 10000);
    SACK1(r, 1, 1001, 2001);
    NONE(r);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_REORDER], r->now + RTT / 4);
    assert_true(rig_status(r).timer[TERN_TIMER_RETRANSMIT] == TERN_NEVER);
    assert_true(rig_status(r).timer[TERN_TIMER_TAIL] == TERN_NEVER);
    rig_pass(r, RTT / 4 - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1, 1000);
    SAW(r, RACK_LOST);
    NONE(r);
}

static void what_is_only_late_is_not_sent_again(struct rig *r)
{
    ten_in_flight(r, 10000);
    SACK1(r, 1, 1001, 3001);
    rig_pass(r, RTT / 8);
    ACK_IN(r, 3001);
    SAW(r, REORDERED);
    rig_pass(r, RTT);
    NONE(r);
    assert_int_equal(rig_status(r).cwnd >= 10000, 1);
    assert_int_equal(rig_status(r).reordered, 1);
}

/* proves: RFC 8985 6.2, RFC 8985 9.2. On a path that reorders three duplicates are no loss before the time is over. */
static void after_reordering_duplicates_wait_for_the_time(struct rig *r)
{
    ten_in_flight(r, 20000);
    SACK1(r, 1, 1001, 2001);
    rig_clear(r);
    ACK_IN(r, 2001);
    rig_clear(r);
    SACK1(r, 2001, 3001, 7001);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) assert_int_not_equal(o->h.seq.v, r->iss + 2001);
    rig_pass(r, RTT / 4);
    DATA_OUT(r, 2001, 1000);
}

/* proves: RFC 8985 6.2. What was taken for lost arrives after its repetition left: the report of the duplicate shows that it was
 * late, and the next one that is as late is waited for. */
static void a_repetition_for_nothing_opens_the_window(struct rig *r)
{
    r->set.hystart = 0;
    ten_in_flight(r, 40000);
    SACK1(r, 1, 1001, 4001);
    DATA_OUT(r, 1, 1000); /* at once */
    rig_clear(r);
    ACK_IN(r, 10001);
    rig_clear(r);
    SACK1(r, 10001, 1, 1001); /* DSACK */
    SAW(r, RACK_WIDER);
    SAW(r, UNDO_DSACK);
    rig_pass(r, RTT);
    rig_clear(r);
    rig_mark(r);
    SACK1(r, 10001, 11001, 15001);
    assert_false(rig_saw(r, TERN_RULE_RACK_LOST));
    assert_int_equal(rig_status(r).timer[TERN_TIMER_REORDER], r->now + RTT / 2);
    ACK_IN(r, 15001);
    assert_false(rig_saw(r, TERN_RULE_RACK_LOST));
    assert_int_equal(rig_status(r).reordered, 2);
}

/* The clock that was set goes on to its end, and no farther. */
static void rack_that_is_switched_off_leaves_no_timer(struct rig *r)
{
    ten_in_flight(r, 10000);
    SACK1(r, 1, 1001, 2001);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_REORDER], r->now + RTT / 4);
    struct tern_settings set = *tern_stack_settings(r->s);
    set.rack = 0;
    assert_int_equal(tern_stack_settings_set(r->s, &set), 0);
    rig_pass(r, RTT / 4);
    NONE(r);
    assert_true(rig_status(r).timer[TERN_TIMER_REORDER] == TERN_NEVER);
    SACK1(r, 1, 1001, 5001);
    DATA_OUT(r, 1, 1000);
}

/* proves: RFC 6298 3. New data leaves in recovery, and arrives before a hole below it is found and closed: what its
 * acknowledgement waited for is not the path. */
static void a_measurement_ends_with_a_repetition_below_it(struct rig *r)
{
    ten_in_flight(r, 40000);
    SACK1(r, 1, 1001, 6001);
    rig_clear(r); /* the first again, and new data */
    for (int i = 0; i < 2; i++) {
        rig_pass(r, RTT / 2);
        SACK1(r, 1, 1001, 8001 + 1000 * i);
        rig_clear(r);
    }
    rig_pass(r, RTT / 2);
    SACK2(r, 6001, 10001, 12001, 7001, 9001); /* the seventh is missing, too */
    rig_clear(r);
    rig_pass(r, RTT);
    ACK_IN(r, 9001);
    rig_pass(r, RTT / 2);
    ACK_IN(r, 12001);
    assert_in_range(rig_status(r).rtt, RTT * 9 / 10, RTT * 11 / 10);
}

/* proves: RFC 8985 3.3.2. Each report of a duplicate widens the window by a quarter of the round trip, up to all of it. */
static void the_reordering_window_is_no_longer_than_the_round_trip(struct rig *r)
{
    int64_t at = 1;
    r->set.tlp = r->set.hystart = 0;
    open_sack(r);
    for (int i = 0; i < 6; i++, at += 10000) {
        rig_send(r, 10000);
        rig_clear(r);
        rig_pass(r, RTT);
        SACK1(r, at, at + 1000, at + 10000);
        if (i == 5) break;
        rig_pass(r, RTT);
        SAW(r, RACK_LOST);
        rig_clear(r);
        ACK_IN(r, at + 10000);
        SACK1(r, at + 10000, at, at + 1000); /* DSACK */
        SAW(r, RACK_WIDER);
        rig_clear(r);
        rig_mark(r);
    }
    assert_int_equal(rig_status(r).timer[TERN_TIMER_REORDER], r->now + rig_status(r).rtt);
}

/* proves: RFC 6675 4. Without RACK. */
static void without_rack_three_segments_above_are_needed(struct rig *r)
{
    r->set.rack = 0;
    ten_in_flight(r, 10000);
    SACK1(r, 1, 1001, 3001);
    rig_pass(r, RTT / 2);
    NONE(r);
    SACK1(r, 1, 1001, 4001);
    DATA_OUT(r, 1, 1000);
    SAW(r, SACK_LOST);
    NONE(r);
}

/* proves: RFC 8985 6.2. A repetition that is lost is found, and goes once more, before the timer. */
static void a_lost_repetition_is_found(struct rig *r)
{
    ten_in_flight(r, 30000);
    SACK1(r, 1, 1001, 4001);
    DATA_OUT(r, 1, 1000);
    rig_clear(r);
    for (int64_t i = 5; i <= 10; i++) SACK1(r, 1, 1001, 1000 * i + 1);
    rig_clear(r); /* some new data left after the repetition */
    rig_pass(r, RTT);
    SACK1(r, 1, 1001, 11001); /* and arrived */
    DATA_OUT(r, 1, 1000);
    SAW(r, RTX_LOST_AGAIN);
}

/* A peer that has the half of a segment has none of it, for us: there are never more entries than segments. */
static void parts_of_segments_do_not_count(struct rig *r)
{
    ten_in_flight(r, 10000);
    SACK3(r, 1, 1501, 1999, 2500, 3500, 9999, 10001);
    assert_int_equal(rig_status(r).sacked_n, 0);
    SACK1(r, 1, 1500, 3500);
    assert_int_equal(rig_status(r).sacked_n, 1);
}

static void what_was_never_sent_cannot_have_arrived(struct rig *r)
{
    ten_in_flight(r, 10000);
    SACK1(r, 1, 9001, 10002);
    SACK1(r, 1, 20001, 30001);
    SACK1(r, 1, 3001, 2001);
    assert_int_equal(rig_status(r).sacked_n, 0);
    rig_pass(r, RTT / 2);
    NONE(r);
}

/* RFC 2018 5: an acknowledgement that comes late tells of what has arrived all the same. */
static void old_acknowledgements_are_listened_to(struct rig *r)
{
    ten_in_flight(r, 10000);
    ACK_IN(r, 3001);
    SACK1(r, 2001, 5001, 6001);
    assert_int_equal(rig_status(r).sacked_n, 1);
}

/* RFC 5681 3.2: a peer without memory for what comes out of order reports nothing. */
static void plain_duplicates_count_where_nothing_is_reported(struct rig *r)
{
    r->set.tlp = 0;
    ten_in_flight(r, 10000);
    for (int i = 0; i < 2; i++) ACK_IN(r, 1);
    NONE(r);
    ACK_IN(r, 1);
    DATA_OUT(r, 1, 1000);
    SAW(r, RTX_FAST);
    NONE(r);
    rig_pass(r, RTT);
    ACK_IN(r, 1001); /* of the repetition: what was sent before it is lost, too */
    DATA_OUT(r, 1001, 1000);
}

/* What is in flight was not noted when it left, for want of memory. That a part of it goes again, when there is memory, does not
 * make it known. */
static void repair_without_a_map(struct rig *r)
{
    r->memory_cap = 1 << 20;
    r->set.tlp = 0;
    open_sack(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    rig_send(r, 10000);
    NONE(r);
    struct tern_buf *held = take_memory(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    out_full(r, 1, 1000, 10);
    give_memory(held);
    rig_pass(r, RTT);
    for (int i = 0; i < 3; i++) ACK_IN(r, 1);
    DATA_OUT(r, 1, 1000);
    rig_clear(r);
}

static void a_flight_that_began_without_memory_is_repaired_without_sack(struct rig *r)
{
    repair_without_a_map(r);
    ACK_IN(r, 1001);
    DATA_OUT(r, 1001, 1000);
    SAW(r, RTX_PARTIAL);
}

/* All of it goes again, and has a place in a map now; the repair ends as it began. */
static void so_it_is_when_the_path_shrinks_meanwhile(struct rig *r)
{
    r->v6 = false;
    repair_without_a_map(r);
    rig_icmp(r, 3, 4, 640, 1);
    rig_clear(r);
    for (int64_t at = 601; at < 10001; at += 600) {
        ACK_IN(r, at);
        rig_clear(r);
    }
    ACK_IN(r, 10001);
    NONE(r);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_OPEN);
}

/* ---- how much goes ---- */

/* proves: RFC 9937 6. Half of what is delivered goes out, and at the end the window is ssthresh. */
static void prr_sends_for_what_is_delivered(struct rig *r)
{
    unsigned sent = 0;
    ten_in_flight(r, 40000);
    SACK1(r, 1, 1001, 2001);
    SACK1(r, 1, 1001, 3001);
    rig_clear(r); /* two new ones: limited transmit, as the pipe allows */
    SACK1(r, 1, 1001, 4001);
    DATA_OUT(r, 1, 1000);
    for (int64_t i = 5; i <= 10; i++) {
        SACK1(r, 1, 1001, 1000 * i + 1);
        while (rig_next(r)) sent++;
    }
    assert_in_range(sent, 2, 4);
    assert_int_equal(rig_status(r).ssthresh, 6000); /* half of twelve */
    SAW(r, PRR);
}

/* Setting prr: the window is ssthresh at once, or one segment leaves for two that arrive. */
static void the_window_goes_down_otherwise(struct rig *r, uint64_t mode, uint32_t first, uint32_t then)
{
    r->set.prr = mode;
    ten_in_flight(r, 40000);
    SACK1(r, 1, 1001, 2001);
    SACK1(r, 1, 1001, 3001);
    rig_clear(r);
    SACK1(r, 1, 1001, 4001);
    DATA_OUT(r, 1, 1000);
    assert_int_equal(rig_status(r).cwnd, first);
    SACK1(r, 1, 1001, 5001);
    NONE(r);
    SACK1(r, 1, 1001, 6001);
    assert_int_equal(rig_status(r).cwnd, then);
    assert_false(rig_saw(r, TERN_RULE_PRR));
}

static void the_window_may_be_ssthresh_at_once(struct rig *r) { the_window_goes_down_otherwise(r, 0, 6000, 6000); }
static void the_rate_may_be_halved(struct rig *r) { the_window_goes_down_otherwise(r, 2, 9000, 8000); }

static void limited_transmit_sends_new_data_for_the_first_two(struct rig *r)
{
    ten_in_flight(r, 40000);
    SACK1(r, 1, 1001, 2001);
    DATA_OUT(r, 10001, 1000);
    NONE(r);
    SACK1(r, 1, 1001, 3001);
    DATA_OUT(r, 11001, 1000);
    NONE(r);
    assert_int_equal(rig_status(r).cwnd, 10000);
}

/* What the peer's window does not take any more waits. */
static void the_peers_window_holds_back_repetitions_but_for_the_first(struct rig *r)
{
    ten_in_flight(r, 10000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 500, .sack_n = 1, .sack = {{4001, 10001}});
    DATA_OUT(r, 1, 1000);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 30000, .sack_n = 1, .sack = {{4001, 10001}});
    DATA_OUT(r, 1001, 1000);
    DATA_OUT(r, 2001, 1000);
    DATA_OUT(r, 3001, 1000);
    NONE(r);
}

/* proves: RFC 3042 2. With SACK a duplicate that reports nothing new lets nothing out. */
static void duplicates_without_news_let_nothing_out(struct rig *r)
{
    r->set.tlp = 0;
    ten_in_flight(r, 40000);
    for (int i = 0; i < 2; i++) ACK_IN(r, 1);
    NONE(r);
    SACK1(r, 1, 1001, 2001);
    DATA_OUT(r, 10001, 1000);
    SACK1(r, 1, 1001, 2001);
    NONE(r);
}

/* ---- timeouts ---- */

/* proves: RFC 6675 5.1. What is lost among what a timeout sent again belongs to the same congestion. */
static void after_a_timeout_no_recovery_begins_before_all_that_was_out_is_acknowledged(struct rig *r)
{
    r->set.tlp = r->set.frto = 0;
    ten_in_flight(r, 10000);
    rig_pass(r, 2 * RTT);
    DATA_OUT(r, 1, 1000);
    rig_pass(r, RTT);
    ACK_IN(r, 1001);
    out_full(r, 1001, 1000, 2);
    uint32_t ssthresh = rig_status(r).ssthresh;
    rig_pass(r, RTT);
    rig_mark(r);
    SACK1(r, 1001, 2001, 3001);
    SAW(r, RACK_LOST);
    DATA_OUT(r, 1001, 1000);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_LOSS);
    assert_int_equal(rig_status(r).ssthresh, ssthresh);
    rig_clear(r);
    ACK_IN(r, 10001);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_OPEN);
}

/* proves: RFC 8985 6.3 */
static void a_timeout_sends_the_first_again_and_then_what_is_missing(struct rig *r)
{
    r->set.tlp = 0;
    ten_in_flight(r, 10000);
    rig_pass(r, TERN_SEC);
    DATA_OUT(r, 1, 1000);
    SAW(r, RTO_LOST);
    rig_clear(r);
    SACK1(r, 1001, 5001, 10001);
    DATA_OUT(r, 1001, 1000);
    DATA_OUT(r, 2001, 1000);
    rig_clear(r);
    ACK_IN(r, 10001);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_OPEN);
    NONE(r);
}

/* proves: RFC 2018 8, ATTACK-23. After a timeout what was reported may be gone. */
static void a_peer_that_reneges_gets_it_all_again(struct rig *r)
{
    r->set.tlp = 0;
    ten_in_flight(r, 10000);
    SACK1(r, 1, 1001, 10001);
    DATA_OUT(r, 1, 1000);
    ACK_IN(r, 1001); /* it had it, and has thrown it away */
    NONE(r);
    rig_pass(r, TERN_SEC);
    DATA_OUT(r, 1001, 1000);
    SAW(r, SACK_RENEGED);
    rig_clear(r);
    int64_t at = 2001;
    for (int i = 0; i < 20 && at < 10001; i++) {
        ACK_IN(r, at);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) at = (int64_t)(o->h.seq.v - r->iss) + o->h.len;
    }
    assert_int_equal(at, 10001);
}

/* proves: TERN 7. What had arrived is in the map no more, and there is no memory to bring it back: the flight goes on without its
 * map, and needs no second timeout. */
static void a_peer_that_reneges_while_memory_is_short_gets_it_all_again(struct rig *r)
{
    enum { END = 160001 };
    r->memory_cap = 1 << 20;
    r->set.send_buffer = 1 << 18;
    r->set.tlp = 0;
    r->set.congestion = 4; /* a fixed window */
    open_sack(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    rig_send(r, END - 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    rig_pass(r, RTT);
    for (int64_t at = 1001; at < END; at += 2000) SACK1(r, 1, at, at + 1000);
    ACK_IN(r, 1001);
    rig_clear(r);
    struct tern_buf *held = take_memory(r);
    rig_pass(r, 2 * TERN_SEC);
    give_memory(held);
    SAW(r, SACK_RENEGED);
    int64_t at = 1001;
    while (at < END) {
        int64_t before = at;
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;)
            if ((int64_t)(o->h.seq.v - r->iss) == at) at += o->h.len;
        assert_true(at > before);
        ACK_IN(r, at);
        rig_pass(r, RTT);
    }
}

static void what_is_lost_is_sent_in_smaller_segments_when_the_path_shrinks(struct rig *r)
{
    r->v6 = false;
    ten_in_flight(r, 10000);
    rig_icmp(r, 3, 4, 640, 1);
    uint32_t sent = 0;
    for (const struct out_seg *o; (o = rig_next(r)) != NULL; sent += o->h.len) assert_true(o->h.len <= 600);
    assert_int_equal(sent, 10000);
    ACK_IN(r, 10001);
    NONE(r);
    assert_true(rig_status(r).cwnd >= 10000); /* no sign of congestion */
}

static const struct rig_test tests[] = {
    RIG_TEST(a_repetition_for_nothing_opens_the_window),
    RIG_TEST(the_reordering_window_is_no_longer_than_the_round_trip),
    RIG_TEST(rack_that_is_switched_off_leaves_no_timer),
    RIG_TEST(a_measurement_ends_with_a_repetition_below_it),
    RIG_TEST(timeouts_do_not_add_up_while_something_arrives),
    RIG_TEST(a_repetition_has_a_whole_timeout_before_it),
    RIG_TEST(three_segments_above_a_hole_send_it_again),
    RIG_TEST(a_repetition_is_not_lost_at_the_moment_it_leaves),
    RIG_TEST(what_left_before_the_repetition_puts_the_timeout_off),
    RIG_TEST(every_hole_goes_again_and_nothing_else),
    RIG_TEST(time_finds_what_too_few_duplicates_do_not),
    RIG_TEST(what_is_only_late_is_not_sent_again),
    RIG_TEST(after_reordering_duplicates_wait_for_the_time),
    RIG_TEST(without_rack_three_segments_above_are_needed),
    RIG_TEST(a_lost_repetition_is_found),
    RIG_TEST(parts_of_segments_do_not_count),
    RIG_TEST(what_was_never_sent_cannot_have_arrived),
    RIG_TEST(old_acknowledgements_are_listened_to),
    RIG_TEST(plain_duplicates_count_where_nothing_is_reported),
    RIG_TEST(a_flight_that_began_without_memory_is_repaired_without_sack),
    RIG_TEST(so_it_is_when_the_path_shrinks_meanwhile),
    RIG_TEST(prr_sends_for_what_is_delivered),
    RIG_TEST(the_window_may_be_ssthresh_at_once),
    RIG_TEST(the_rate_may_be_halved),
    RIG_TEST(limited_transmit_sends_new_data_for_the_first_two),
    RIG_TEST(the_peers_window_holds_back_repetitions_but_for_the_first),
    RIG_TEST(duplicates_without_news_let_nothing_out),
    RIG_TEST(after_a_timeout_no_recovery_begins_before_all_that_was_out_is_acknowledged),
    RIG_TEST(a_timeout_sends_the_first_again_and_then_what_is_missing),
    RIG_TEST(a_peer_that_reneges_gets_it_all_again),
    RIG_TEST(a_peer_that_reneges_while_memory_is_short_gets_it_all_again),
    RIG_TEST(what_is_lost_is_sent_in_smaller_segments_when_the_path_shrinks),
};

RIG_MAIN(tests)
