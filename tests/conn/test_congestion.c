/* Congestion control: RFC 5681, RFC 6928, behind the table of operations. MSS 1000 unless said otherwise. */
#include "xfer.h"

static uint32_t cwnd(const struct rig *r) { return rig_status(r).cwnd; }
static uint32_t ssthresh(const struct rig *r) { return rig_status(r).ssthresh; }

/* Number of segments (of at most the MSS) that leave now. */
static unsigned leaves(struct rig *r)
{
    unsigned n = 0;
    while (rig_next(r)) n++;
    return n;
}

/* The peer acknowledges |n| segments of 1000, one by one, from |*at| on. */
static void acks(struct rig *r, int64_t *at, int n)
{
    for (int i = 0; i < n; i++) {
        *at += 1000;
        ACK_IN(r, *at);
        rig_clear(r);
    }
}

/* proves: MUST-19, RFC 6928 2 */
static void ten_segments_are_the_initial_window(struct rig *r)
{
    open_mss(r, 1000);
    assert_int_equal(cwnd(r), 10000);
    rig_send(r, 30000);
    out_full(r, 1, 1000, 10);
    NONE(r);
    r->event_mark = 0;
    SAW(r, CC_INITIAL);
}

static void of_small_segments_ten_too(struct rig *r)
{
    open_mss(r, 536);
    assert_int_equal(cwnd(r), 5360);
}

/* proves: RFC 6928 2 */
static void of_larger_segments_at_most_14600_bytes(struct rig *r)
{
    r->mtu = 9000;
    open_mss(r, 4000);
    assert_int_equal(cwnd(r), 14600);
    rig_send(r, 40000);
    assert_int_equal(leaves(r), 3);
}

static void of_very_large_segments_two(struct rig *r)
{
    r->mtu = 9000;
    open_mss(r, 8000);
    assert_int_equal(cwnd(r), 16000);
    rig_send(r, 40000);
    assert_int_equal(leaves(r), 2);
}

static void the_initial_window_is_a_setting(struct rig *r)
{
    r->set.initial_window = 3;
    open_mss(r, 1000);
    rig_send(r, 30000);
    out_full(r, 1, 1000, 3);
    NONE(r);
}

/* proves: MUST-19, RFC 5681 3.1 */
static void in_slow_start_each_ack_lets_two_segments_out(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 60000);
    for (int64_t i = 0; i < 10; i++) {
        ACK_IN(r, 1001 + 1000 * i);
        out_full(r, 10001 + 2000 * i, 1000, 2);
        NONE(r);
    }
    assert_int_equal(cwnd(r), 20000);
    SAW(r, CC_SLOW_START);
}

/* proves: ATTACK-19. RFC 5681 3.1: cwnd += min(N, SMSS): many acknowledgements of one segment count as one. */
static void divided_acks_count_by_their_bytes(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 60000);
    for (int64_t i = 1; i <= 100; i++) ACK_IN(r, 1 + 10 * i);
    assert_int_equal(cwnd(r), 11000);
    rig_clear(r);
}

/* After a timeout, which leaves a threshold of 5000: acknowledged until the window is |window|. */
static void after_timeout(struct rig *r, int64_t *at, uint32_t window)
{
    open_mss(r, 1000);
    send_quietly(r, 100000);
    rig_pass(r, 200 * TERN_MS);
    rig_clear(r);
    while (cwnd(r) < window) acks(r, at, 1);
    assert_int_equal(ssthresh(r), 5000);
}

/* proves: RFC 5681 3.1 */
static void at_ssthresh_the_window_grows_by_a_segment_a_round_trip(struct rig *r)
{
    int64_t at = 1;
    after_timeout(r, &at, 5000);
    assert_int_equal(cwnd(r), 5000);
    rig_mark(r);
    acks(r, &at, 4);
    assert_int_equal(cwnd(r), 5000);
    acks(r, &at, 1);
    assert_int_equal(cwnd(r), 6000);
    SAW(r, CC_AVOIDANCE);
    acks(r, &at, 5);
    assert_int_equal(cwnd(r), 6000);
    acks(r, &at, 1);
    assert_int_equal(cwnd(r), 7000);
}

static void what_is_acknowledged_beyond_a_window_counts_for_the_next(struct rig *r)
{
    int64_t at = 1;
    after_timeout(r, &at, 5000);
    acks(r, &at, 4);
    ACK_IN(r, at += 3000);
    assert_int_equal(cwnd(r), 6000); /* and 2000 are left */
    rig_clear(r);
    acks(r, &at, 3);
    assert_int_equal(cwnd(r), 6000);
    acks(r, &at, 1);
    assert_int_equal(cwnd(r), 7000);
}

static void in_congestion_avoidance_divided_acks_gain_nothing(struct rig *r)
{
    int64_t at = 1;
    after_timeout(r, &at, 5000);
    for (int64_t i = 1; i < 500; i++) ACK_IN(r, at + 10 * i);
    assert_int_equal(cwnd(r), 5000);
    ACK_IN(r, at + 5000);
    assert_int_equal(cwnd(r), 6000);
    rig_clear(r);
}

/* proves: RFC 5681 3.1. Equation 4 */
static void a_timeout_halves_ssthresh_and_leaves_one_segment(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 30000);
    rig_pass(r, 200 * TERN_MS);
    assert_int_equal(ssthresh(r), 5000);
    assert_int_equal(cwnd(r), 1000);
    SAW(r, CC_RTO);
    assert_int_equal(leaves(r), 1);
}

static void a_second_timeout_of_the_same_segment_leaves_ssthresh(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 30000);
    rig_pass(r, 700 * TERN_MS);
    assert_int_equal(rig_status(r).retransmits, 2);
    assert_int_equal(ssthresh(r), 5000);
    assert_int_equal(cwnd(r), 1000);
    rig_clear(r);
}

static void ssthresh_is_at_least_two_segments(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    rig_pass(r, 200 * TERN_MS);
    assert_int_equal(ssthresh(r), 2000);
    rig_clear(r);
}

/* RFC 3465 2.3: what is acknowledged then may have arrived long before. */
static void after_a_timeout_a_large_ack_adds_one_segment(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 30000);
    rig_pass(r, 200 * TERN_MS);
    rig_clear(r);
    ACK_IN(r, 9001);
    assert_int_equal(cwnd(r), 2000);
    rig_clear(r);
}

/* proves: RFC 5681 4.1 */
static void after_an_idle_time_the_window_restarts(struct rig *r)
{
    int64_t at = 1;
    open_mss(r, 1000);
    send_quietly(r, 40000);
    acks(r, &at, 40);
    assert_true(cwnd(r) > 20000);
    rig_pass(r, 201 * TERN_MS);
    rig_send(r, 60000);
    assert_int_equal(leaves(r), 10);
    assert_int_equal(cwnd(r), 10000);
    SAW(r, CC_IDLE);
}

/* Probes of a shut window without data (setting probe_empty): what is sent when it opens finds a path that nobody has looked at
 * for so long. */
static void after_a_shut_window_it_restarts(struct rig *r)
{
    int64_t at = 1;
    r->set.probe_empty = 1;
    open_mss(r, 1000);
    send_quietly(r, 40000);
    acks(r, &at, 40);
    IN(r, .flags = ACK, .seq = 1, .ack = 40001, .wnd = NO_WINDOW);
    send_quietly(r, 60000);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 40001, .wnd = UINT16_MAX);
    assert_int_equal(leaves(r), 10);
    SAW(r, CC_IDLE);
}

/* RW = min(IW, cwnd) */
static void an_idle_time_makes_no_window_larger(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 2000);
    rig_pass(r, 200 * TERN_MS);
    rig_clear(r);
    ACK_IN(r, 2001);
    rig_pass(r, 10 * TERN_SEC);
    rig_send(r, 20000);
    assert_int_equal(cwnd(r), 2000);
    assert_int_equal(leaves(r), 2);
}

static void a_pause_shorter_than_the_timeout_changes_nothing(struct rig *r)
{
    int64_t at = 1;
    open_mss(r, 1000);
    send_quietly(r, 40000);
    acks(r, &at, 40);
    rig_pass(r, 199 * TERN_MS);
    rig_send(r, 60000);
    assert_int_equal(leaves(r), cwnd(r) / 1000);
}

/* RFC 5681 3.1: after a lost SYN one segment. */
static void a_lost_syn_leaves_one_segment(struct rig *r)
{
    rig_connect(r);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1000);
    rig_clear(r);
    assert_int_equal(cwnd(r), 1000);
    rig_send(r, 5000);
    assert_int_equal(leaves(r), 1);
}

static void a_lost_syn_ack_leaves_one_segment(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    assert_int_equal(cwnd(r), 1000);
    rig_send(r, 5000);
    assert_int_equal(leaves(r), 1);
}

static void a_repeated_syn_alone_costs_nothing(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000);
    IN(r, .flags = SYN, .mss = 1000); /* the peer was impatient; nothing of ours timed out */
    rig_clear(r);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    assert_int_equal(cwnd(r), 10000);
}

static void a_window_that_the_application_does_not_use_does_not_grow(struct rig *r)
{
    open_mss(r, 1000);
    for (int64_t i = 0; i < 50; i++) {
        send_quietly(r, 1000);
        ACK_IN(r, 1001 + 1000 * i);
    }
    assert_int_equal(cwnd(r), 10000);
}

static void a_window_that_the_peer_does_not_let_us_use_does_not_grow(struct rig *r)
{
    r->syn.wnd = 3000;
    open_mss(r, 1000);
    send_quietly(r, 100000);
    for (int64_t i = 0; i < 50; i++) {
        IN(r, .flags = ACK, .seq = 1, .ack = 1001 + 1000 * i, .wnd = 3000);
        rig_clear(r);
    }
    assert_int_equal(cwnd(r), 10000);
}

static void a_peer_that_shuts_its_window_later_ends_the_growth(struct rig *r)
{
    int64_t at = 1;
    open_mss(r, 1000);
    send_quietly(r, 120000);
    acks(r, &at, 5);
    for (int i = 0; i < 40; i++) {
        at += 1000;
        IN(r, .flags = ACK, .seq = 1, .ack = at, .wnd = 15000);
        rig_clear(r);
    }
    assert_in_range(cwnd(r), 15000, 17000);
}

/* proves: MAY-18 */
static void congestion_control_is_chosen_by_name(struct rig *r)
{
    open_mss(r, 1000);
    assert_string_equal(rig_status(r).cc, "newreno");
    assert_int_equal(tern_conn_set_cc(r->c, r->now, "fixed"), 0);
    assert_string_equal(rig_status(r).cc, "fixed");
    rig_send(r, 30000);
    assert_int_equal(leaves(r), 30);
    assert_int_equal(tern_conn_set_cc(r->c, r->now, "newreno"), 0);
    assert_int_equal(cwnd(r), 10000);
}

static void choose(struct rig *r, const char *name)
{
    assert_int_equal(tern_conn_set_cc(r->c, r->now, name), 0);
    assert_string_equal(rig_status(r).cc, name);
    rig_clear(r);
}

/* And it is not said that a window begins. */
static void keeps_what_it_has(struct rig *r, const char *name)
{
    uint32_t window = cwnd(r), threshold = ssthresh(r);
    rig_mark(r);
    choose(r, name);
    assert_int_equal(cwnd(r), window);
    assert_int_equal(ssthresh(r), threshold);
    assert_false(rig_saw(r, TERN_RULE_CC_INITIAL));
}

/* Slow start, from ten segments to twenty. */
static void grown(struct rig *r, int64_t *at)
{
    open_mss(r, 1000);
    send_quietly(r, 100000);
    acks(r, at, 10);
    assert_int_equal(cwnd(r), 20000);
}

static void the_same_one_again_leaves_the_window(struct rig *r)
{
    int64_t at = 1;
    grown(r, &at);
    keeps_what_it_has(r, "newreno");
    acks(r, &at, 1);
    assert_int_equal(cwnd(r), 21000);
}

/* Four segments of a window of six are counted already. */
static void the_same_one_again_leaves_what_it_has_counted(struct rig *r)
{
    int64_t at = 1;
    after_timeout(r, &at, 6000);
    acks(r, &at, 4);
    keeps_what_it_has(r, "newreno");
    acks(r, &at, 1);
    assert_int_equal(cwnd(r), 6000);
    acks(r, &at, 1);
    assert_int_equal(cwnd(r), 7000);
}

/* Its memory, too: what the window was before a timeout that turns out to have been for nothing (RFC 3522). */
static void it_can_still_undo(struct rig *r, const char *name)
{
    r->set.tlp = r->set.frto = 0;
    r->syn.sack_ok = true;
    open_ts(r, 1012, 1);
    choose(r, name);
    rig_send(r, 40000);
    uint32_t first = next_ts(r);
    rig_clear(r);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    assert_int_equal(cwnd(r), 1000);
    keeps_what_it_has(r, name);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .ts = true, .tsval = 10, .tsecr = first);
    SAW(r, UNDO_EIFEL);
    rig_clear(r);
    assert_true(cwnd(r) >= 10000);
}

static void newreno_again_can_still_undo(struct rig *r) { it_can_still_undo(r, "newreno"); }
static void cubic_again_can_still_undo(struct rig *r) { it_can_still_undo(r, "cubic"); }

static void another_one_begins_with_the_window_that_has_grown(struct rig *r)
{
    int64_t at = 1;
    grown(r, &at);
    keeps_what_it_has(r, "cubic");
    acks(r, &at, 1);
    assert_int_equal(cwnd(r), 21000); /* it is in slow start as the one before was */
    keeps_what_it_has(r, "bbr");
    keeps_what_it_has(r, "newreno");
}

/* The path is not asked again what it has said: slow start is over. */
static void another_one_begins_with_what_a_loss_has_left(struct rig *r)
{
    int64_t at = 1;
    after_timeout(r, &at, 6000);
    keeps_what_it_has(r, "cubic");
    acks(r, &at, 1);
    assert_in_range(cwnd(r), 6000, 6500);
    keeps_what_it_has(r, "bbr");
    keeps_what_it_has(r, "newreno");
    acks(r, &at, 1);
    assert_in_range(cwnd(r), 6000, 6500);
}

/* Before anything is sent, too: nothing but the window is there to keep. */
static void another_one_after_a_lost_syn_begins_with_one_segment(struct rig *r)
{
    rig_connect(r);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1000);
    rig_clear(r);
    assert_int_equal(cwnd(r), 1000);
    keeps_what_it_has(r, "cubic");
    keeps_what_it_has(r, "bbr");
    keeps_what_it_has(r, "newreno");
    rig_send(r, 5000);
    assert_int_equal(leaves(r), 1);
}

/* The path has not said that window. */
static void a_window_that_is_fixed_is_not_handed_on(struct rig *r)
{
    int64_t at = 1;
    r->set.fixed_window = 1 << 17;
    after_timeout(r, &at, 6000);
    choose(r, "fixed");
    assert_int_equal(cwnd(r), 1 << 17);
    assert_int_equal(ssthresh(r), UINT32_MAX);
    rig_mark(r);
    choose(r, "cubic");
    assert_int_equal(cwnd(r), 10000);
    assert_int_equal(ssthresh(r), UINT32_MAX);
    SAW(r, CC_INITIAL);
}

/* A repair begins with |first| and ends with |second|. Returns the threshold in it. */
static uint32_t repaired_by(struct rig *r, const char *first, const char *second)
{
    r->syn.sack_ok = true;
    open_mss(r, 1000);
    send_quietly(r, 100000);
    choose(r, first);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{1001, 6001}});
    rig_clear(r);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_FAST);
    uint32_t threshold = ssthresh(r);
    keeps_what_it_has(r, second);
    ACK_IN(r, (int64_t)(rig_status(r).snd_nxt - r->iss));
    rig_clear(r);
    assert_int_equal(rig_status(r).recovery, TERN_RECOVERY_OPEN);
    return threshold;
}

static void one_that_is_chosen_during_a_repair_goes_on_with_the_threshold(struct rig *r)
{
    uint32_t threshold = repaired_by(r, "newreno", "cubic");
    assert_true(threshold < 10000);
    assert_int_equal(ssthresh(r), threshold);
    assert_in_range(cwnd(r), threshold, threshold + 1000);
}

/* BBR knows no threshold: when the repair is over the window is not that. */
static void one_that_is_chosen_during_a_repair_keeps_a_window(struct rig *r)
{
    assert_int_equal(repaired_by(r, "bbr", "cubic"), UINT32_MAX);
    assert_int_equal(ssthresh(r), UINT32_MAX);
    assert_in_range(cwnd(r), 1000, 40000);
}

static void an_unknown_congestion_control_is_refused(struct rig *r)
{
    open_mss(r, 1000);
    assert_int_equal(tern_conn_set_cc(r->c, r->now, "vegas"), TERN_ERR_UNSUPPORTED);
    assert_string_equal(rig_status(r).cc, "newreno");
}

static void the_fixed_window_stays_through_a_timeout(struct rig *r)
{
    open_mss(r, 1000);
    assert_int_equal(tern_conn_set_cc(r->c, r->now, "fixed"), 0);
    send_quietly(r, 30000);
    rig_pass(r, 200 * TERN_MS);
    assert_int_equal(leaves(r), 30);
}

/* What was known before the timeout holds when it has been repaired. */
static void bbr_has_its_window_again_after_a_timeout(struct rig *r, bool sack)
{
    r->set.tlp = r->set.frto = 0;
    r->syn.sack_ok = sack;
    open_rtt(r, 1000, 50 * TERN_MS);
    assert_int_equal(tern_conn_set_cc(r->c, r->now, "bbr"), 0);
    rig_send(r, 5000);
    rig_clear(r);
    rig_pass(r, TERN_SEC);
    SAW(r, CC_BBR_RTO);
    assert_int_equal(cwnd(r), 1000);
    rig_clear(r);
    ACK_IN(r, 5001);
    assert_true(cwnd(r) >= 10000);
}

/* proves: BBR 5.6.4.4 */
static void with_sack_bbr_has_its_window_again(struct rig *r) { bbr_has_its_window_again_after_a_timeout(r, true); }
static void without_sack_bbr_has_its_window_again(struct rig *r) { bbr_has_its_window_again_after_a_timeout(r, false); }

static void the_window_holds_with_timestamps_as_without(struct rig *r)
{
    open_ts(r, 1012, 1);
    assert_int_equal(rig_status(r).mss, 1000);
    assert_int_equal(cwnd(r), 10000);
    rig_send(r, 30000);
    assert_int_equal(leaves(r), 10);
}

/* Setting ssthresh_cwnd: one segment of a window of ten is out, and is lost. */
static void after_a_timeout_ssthresh_is(struct rig *r, uint64_t setting, uint32_t want)
{
    assert_int_equal(tern_settings_set(&r->set, "ssthresh_cwnd", setting), 0);
    open_mss(r, 1000);
    rig_send(r, 1000);
    rig_clear(r);
    rig_pass(r, TERN_SEC);
    SAW(r, CC_RTO);
    assert_int_equal(ssthresh(r), want);
}

static void ssthresh_is_a_part_of_what_is_in_flight(struct rig *r) { after_a_timeout_ssthresh_is(r, 0, 2000); }
static void ssthresh_is_a_part_of_cwnd(struct rig *r) { after_a_timeout_ssthresh_is(r, 1, 5000); }

/* What stopped the last flight says nothing of this one: unused, the window does not grow. */
static void a_window_that_was_used_before_is_not_used_now(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 20000);
    rig_clear(r);
    for (int64_t at = 1001; at <= 20001; at += 1000) {
        ACK_IN(r, at);
        rig_clear(r);
    }
    uint32_t before = cwnd(r);
    rig_send(r, 1000);
    rig_clear(r);
    ACK_IN(r, 21001);
    assert_int_equal(cwnd(r), before);
}

static const struct rig_test tests[] = {
    RIG_TEST(ssthresh_is_a_part_of_what_is_in_flight),
    RIG_TEST(ssthresh_is_a_part_of_cwnd),
    RIG_TEST(a_window_that_was_used_before_is_not_used_now),
    RIG_TEST(ten_segments_are_the_initial_window),
    RIG_TEST(of_small_segments_ten_too),
    RIG_TEST(of_larger_segments_at_most_14600_bytes),
    RIG_TEST(of_very_large_segments_two),
    RIG_TEST(the_initial_window_is_a_setting),
    RIG_TEST(in_slow_start_each_ack_lets_two_segments_out),
    RIG_TEST(divided_acks_count_by_their_bytes),
    RIG_TEST(at_ssthresh_the_window_grows_by_a_segment_a_round_trip),
    RIG_TEST(what_is_acknowledged_beyond_a_window_counts_for_the_next),
    RIG_TEST(in_congestion_avoidance_divided_acks_gain_nothing),
    RIG_TEST(a_timeout_halves_ssthresh_and_leaves_one_segment),
    RIG_TEST(a_second_timeout_of_the_same_segment_leaves_ssthresh),
    RIG_TEST(ssthresh_is_at_least_two_segments),
    RIG_TEST(after_a_timeout_a_large_ack_adds_one_segment),
    RIG_TEST(after_an_idle_time_the_window_restarts),
    RIG_TEST(after_a_shut_window_it_restarts),
    RIG_TEST(an_idle_time_makes_no_window_larger),
    RIG_TEST(a_pause_shorter_than_the_timeout_changes_nothing),
    RIG_TEST(a_lost_syn_leaves_one_segment),
    RIG_TEST(a_lost_syn_ack_leaves_one_segment),
    RIG_TEST(a_repeated_syn_alone_costs_nothing),
    RIG_TEST(a_window_that_the_application_does_not_use_does_not_grow),
    RIG_TEST(a_window_that_the_peer_does_not_let_us_use_does_not_grow),
    RIG_TEST(a_peer_that_shuts_its_window_later_ends_the_growth),
    RIG_TEST(congestion_control_is_chosen_by_name),
    RIG_TEST(the_same_one_again_leaves_the_window),
    RIG_TEST(the_same_one_again_leaves_what_it_has_counted),
    RIG_TEST(newreno_again_can_still_undo),
    RIG_TEST(cubic_again_can_still_undo),
    RIG_TEST(another_one_begins_with_the_window_that_has_grown),
    RIG_TEST(another_one_begins_with_what_a_loss_has_left),
    RIG_TEST(another_one_after_a_lost_syn_begins_with_one_segment),
    RIG_TEST(a_window_that_is_fixed_is_not_handed_on),
    RIG_TEST(one_that_is_chosen_during_a_repair_goes_on_with_the_threshold),
    RIG_TEST(one_that_is_chosen_during_a_repair_keeps_a_window),
    RIG_TEST(an_unknown_congestion_control_is_refused),
    RIG_TEST(the_fixed_window_stays_through_a_timeout),
    RIG_TEST(with_sack_bbr_has_its_window_again),
    RIG_TEST(without_sack_bbr_has_its_window_again),
    RIG_TEST(the_window_holds_with_timestamps_as_without),
};

RIG_MAIN(tests)
