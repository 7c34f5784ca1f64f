/* TIME-WAIT: RFC 9293 3.6.1, 3.10.7.4; RFC 6191; RFC 1337; RFC 7323 5.3. */
#include "reach.h"

/* ---- 2MSL ---- */

/* proves: MUST-13 */
static void time_wait_lasts_2msl(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    rig_pass(r, 60 * TERN_SEC - 1);
    STATE(r, TERN_TIME_WAIT);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    NONE(r);
    SAW(r, MSL2_OVER);
    assert_true(rig_saw_state(r, TERN_TIME_WAIT, TERN_CLOSED));
}

static void msl_is_a_setting(struct rig *r)
{
    r->set.msl = 15 * TERN_SEC;
    reach(r, TERN_TIME_WAIT);
    rig_pass(r, 30 * TERN_SEC - 1);
    STATE(r, TERN_TIME_WAIT);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
}

static void msl_may_be_the_two_minutes_of_the_rfc(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "msl", 120 * TERN_SEC), 0);
    assert_int_equal(tern_settings_set(&r->set, "msl", 121 * TERN_SEC), TERN_ERR_INVAL);
    reach(r, TERN_TIME_WAIT);
    rig_pass(r, 240 * TERN_SEC - 1);
    STATE(r, TERN_TIME_WAIT);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
}

static void status_counts_down(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_TIME_WAIT], r->now + 60 * TERN_SEC);
    rig_pass(r, 10 * TERN_SEC);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_TIME_WAIT], r->now + 50 * TERN_SEC);
}

static void closed_port_after_2msl(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    rig_pass(r, 60 * TERN_SEC);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = RST, .seq = 2);
}

static void passive_closer_does_not_rest(struct rig *r)
{
    reach(r, TERN_LAST_ACK);
    IN(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_CLOSED);
    assert_int_equal(rig_counters(r).time_wait_n, 0);
}

static void beyond_the_limit_time_wait_is_skipped(struct rig *r)
{
    r->set.time_wait_max = 0;
    reach(r, TERN_FIN_WAIT_2);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_CLOSED);
    assert_int_equal(rig_counters(r).time_wait_skipped, 1);
}

/* ---- the last ACK was lost ---- */

static void fin_again_is_acknowledged_and_2msl_starts_anew(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    rig_pass(r, 50 * TERN_SEC);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    SAW(r, ACK_TIME_WAIT);
    rig_pass(r, 60 * TERN_SEC - 1);
    STATE(r, TERN_TIME_WAIT);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
}

static void fin_with_its_last_data_again_restarts_too(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .len = 100);
    rig_clear(r);
    rig_pass(r, 50 * TERN_SEC);
    IN(r, .flags = FIN | ACK, .seq = 51, .ack = 2, .len = 50);
    OUT(r, .flags = ACK, .seq = 2, .ack = 102);
    rig_pass(r, 59 * TERN_SEC);
    STATE(r, TERN_TIME_WAIT);
}

static void fin_again_after_the_release_is_acknowledged(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    rig_release(r);
    STATE(r, TERN_TIME_WAIT);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
}

/* ---- old duplicates ---- */

static void old_data_is_refused(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = ACK, .seq = -100, .ack = 2, .len = 50);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
    assert_int_equal(rig_drops(r, TERN_DROP_TW_OTHER), 1);
    assert_int_equal(rig_status(r).timer[TERN_TIMER_TIME_WAIT], r->now + 60 * TERN_SEC);
}

static void old_data_does_not_prolong_the_rest(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    rig_pass(r, 50 * TERN_SEC);
    IN(r, .flags = ACK, .seq = -100, .ack = 2, .len = 50);
    rig_pass(r, 10 * TERN_SEC);
    STATE(r, TERN_CLOSED);
}

static void ack_that_was_under_way_is_ignored(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = ACK, .seq = 2, .ack = 2);
    NONE(r);
    STATE(r, TERN_TIME_WAIT);
}

static void segment_with_an_old_timestamp_is_refused(struct rig *r)
{
    r->syn = (struct tseg){.ts = true, .tsval = 1000};
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .ts = true, .tsval = 999);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2, .ts = true, .tsecr = 1000);
    SAW(r, PAWS_ACK);
    assert_int_equal(rig_drops(r, TERN_DROP_PAWS), 1);
}

static void syn_ack_is_challenged(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = SYN | ACK, .seq = 1000, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
}

/* ---- RST: RFC 1337 ---- */

static void rst_is_ignored_by_default(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = RST, .seq = 2);
    NONE(r);
    STATE(r, TERN_TIME_WAIT);
    SAW(r, TW_RST_IGNORED);
    assert_int_equal(rig_drops(r, TERN_DROP_TW_RST), 1);
}

static void rst_deletes_with_rfc1337_off(struct rig *r)
{
    r->set.rfc1337 = 0;
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = RST, .seq = 2);
    NONE(r);
    STATE(r, TERN_CLOSED);
    assert_true(rig_saw_state(r, TERN_TIME_WAIT, TERN_CLOSED));
}

/* RFC 9293 3.10.7.4 second, for TIME-WAIT too: in the window, but not at RCV.NXT. */
static void rst_beside_rcv_nxt_is_challenged_with_rfc1337_off(struct rig *r)
{
    r->set.rfc1337 = 0;
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = RST, .seq = 3);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
    SAW(r, CHALLENGE_RST);
}

static void rst_outside_the_window_is_ignored_with_rfc1337_off(struct rig *r)
{
    r->set.rfc1337 = 0;
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = RST, .seq = 1);
    IN(r, .flags = RST, .seq = INT64_C(1) << 30);
    NONE(r);
    STATE(r, TERN_TIME_WAIT);
}

/* ---- a new SYN: RFC 9293 3.6.1 (MAY-2), RFC 6191 ---- */

/* The SYN opened the next incarnation, whose ISS is beyond the last number of the one before. */
static void expect_reopened(struct rig *r, int64_t syn)
{
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, SYN | ACK);
    assert_int_equal(o->h.ack.v, PEER_ISN + (uint32_t)syn + 1);
    assert_true(seq_gt(o->h.seq, seq(r->iss + 1))); /* our FIN had 1 */
    NONE(r);
    assert_true(rig_saw_state(r, TERN_TIME_WAIT, TERN_CLOSED));
    SAW(r, TW_SYN);
    assert_int_equal(rig_counters(r).half_n, 1);
    assert_int_equal(rig_counters(r).time_wait_n, 0);
    r->iss = o->h.seq.v;
    IN(r, .flags = ACK, .seq = syn + 1, .ack = 1, .ts = r->syn.ts, .tsval = r->syn.tsval + 100000);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
}

static void expect_refused(struct rig *r)
{
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    NONE(r);
    STATE(r, TERN_TIME_WAIT);
    assert_int_equal(rig_drops(r, TERN_DROP_TW_SYN_OLD), 1);
}

static void to_time_wait_with_timestamps(struct rig *r)
{
    r->syn = (struct tseg){.ts = true, .tsval = 1000};
    reach(r, TERN_TIME_WAIT);
}

/* proves: MAY-2 */
static void syn_with_a_higher_number_opens(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = SYN, .seq = 3);
    expect_reopened(r, 3);
}

static void syn_with_an_old_number_is_refused(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = SYN, .seq = 1);
    expect_refused(r);
}

static void syn_with_a_number_far_behind_is_refused(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = SYN, .seq = -1000000);
    expect_refused(r);
}

/* proves: SHLD-4, RFC 6191 2 */
static void syn_with_a_newer_timestamp_opens_whatever_its_number(struct rig *r)
{
    to_time_wait_with_timestamps(r);
    IN(r, .flags = SYN, .seq = -500, .ts = true, .tsval = 1001);
    expect_reopened(r, -500);
}

/* proves: RFC 6191 2 */
static void syn_with_the_same_timestamp_and_a_higher_number_opens(struct rig *r)
{
    to_time_wait_with_timestamps(r);
    IN(r, .flags = SYN, .seq = 500, .ts = true, .tsval = 1000);
    expect_reopened(r, 500);
}

static void syn_with_the_same_timestamp_and_an_old_number_is_refused(struct rig *r)
{
    to_time_wait_with_timestamps(r);
    IN(r, .flags = SYN, .seq = -500, .ts = true, .tsval = 1000);
    expect_refused(r);
}

/* proves: RFC 6191 2 */
static void syn_with_an_older_timestamp_is_refused(struct rig *r)
{
    to_time_wait_with_timestamps(r);
    IN(r, .flags = SYN, .seq = 500, .ts = true, .tsval = 999);
    expect_refused(r);
}

static void syn_that_brings_timestamps_for_the_first_time_opens(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = SYN, .seq = -500, .ts = true, .tsval = 1);
    r->syn = (struct tseg){.ts = true, .tsval = 1};
    expect_reopened(r, -500);
}

static void syn_that_lost_its_timestamps_opens_by_its_number(struct rig *r)
{
    to_time_wait_with_timestamps(r);
    IN(r, .flags = SYN, .seq = 500);
    r->syn = (struct tseg){0};
    expect_reopened(r, 500);
}

static void syn_that_lost_its_timestamps_with_an_old_number_is_refused(struct rig *r)
{
    to_time_wait_with_timestamps(r);
    IN(r, .flags = SYN, .seq = -500);
    expect_refused(r);
}

/* RFC 6191 2, "if TCP timestamps would be enabled for the new incarnation": this end has switched them off. */
static void timestamps_that_will_not_be_used_prove_nothing(struct rig *r)
{
    r->set.timestamps = 0;
    reach(r, TERN_TIME_WAIT);
    IN(r, .flags = SYN, .seq = -500, .ts = true, .tsval = 1);
    expect_refused(r);
}

static void new_syn_without_a_listener_is_refused(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    tern_listener_close(r->l);
    IN(r, .flags = SYN, .seq = 500);
    expect_refused(r);
}

static void new_syn_leaves_the_old_handle_closed(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    struct tern_conn *old = r->c;
    IN(r, .flags = SYN, .seq = 500);
    assert_int_equal(tern_conn_state(old), TERN_CLOSED);
    expect_reopened(r, 500);
    tern_conn_release(old, r->now);
    STATE(r, TERN_ESTABLISHED);
}

static void iss_of_the_next_incarnation_is_beyond_the_old_ones_data(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 5000);
    int64_t una = 1;
    for (const struct out_seg *o; una < 5001 && (o = rig_next(r)) != NULL;) {
        una += o->h.len;
        IN(r, .flags = ACK, .seq = 1, .ack = una);
    }
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 5001, .ack = 1);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 5002);
    rig_clear(r);
    IN(r, .flags = SYN, .seq = 500);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, SYN | ACK);
    assert_true(seq_gt(o->h.seq, seq(r->iss + 5001)));
}

/* ---- the owner ---- */

static void abort_ends_the_rest(struct rig *r)
{
    reach(r, TERN_TIME_WAIT);
    rig_abort(r);
    STATE(r, TERN_CLOSED);
    NONE(r);
    assert_int_equal(rig_counters(r).time_wait_n, 0);
}

static void open_by_us_waits_for_the_end_of_the_rest(struct rig *r)
{
    struct tern_conn *again = NULL;
    reach(r, TERN_TIME_WAIT);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &again), TERN_ERR_ADDRINUSE);
    rig_pass(r, 60 * TERN_SEC);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &again), 0);
    OUT(r, .flags = SYN, .seq = 0);
    tern_conn_release(again, r->now);
}

static void unread_data_outlives_the_rest(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .len = 100);
    rig_clear(r);
    rig_pass(r, 60 * TERN_SEC);
    STATE(r, TERN_CLOSED);
    READ(r, 100);
    READ(r, 0);
}

static const struct rig_test tests[] = {
    RIG_TEST(time_wait_lasts_2msl),
    RIG_TEST(msl_is_a_setting),
    RIG_TEST(msl_may_be_the_two_minutes_of_the_rfc),
    RIG_TEST(status_counts_down),
    RIG_TEST(closed_port_after_2msl),
    RIG_TEST(passive_closer_does_not_rest),
    RIG_TEST(beyond_the_limit_time_wait_is_skipped),
    RIG_TEST(fin_again_is_acknowledged_and_2msl_starts_anew),
    RIG_TEST(fin_with_its_last_data_again_restarts_too),
    RIG_TEST(fin_again_after_the_release_is_acknowledged),
    RIG_TEST(old_data_is_refused),
    RIG_TEST(old_data_does_not_prolong_the_rest),
    RIG_TEST(ack_that_was_under_way_is_ignored),
    RIG_TEST(segment_with_an_old_timestamp_is_refused),
    RIG_TEST(syn_ack_is_challenged),
    RIG_TEST(rst_is_ignored_by_default),
    RIG_TEST(rst_deletes_with_rfc1337_off),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_with_rfc1337_off),
    RIG_TEST(rst_outside_the_window_is_ignored_with_rfc1337_off),
    RIG_TEST(syn_with_a_higher_number_opens),
    RIG_TEST(syn_with_an_old_number_is_refused),
    RIG_TEST(syn_with_a_number_far_behind_is_refused),
    RIG_TEST(syn_with_a_newer_timestamp_opens_whatever_its_number),
    RIG_TEST(syn_with_the_same_timestamp_and_a_higher_number_opens),
    RIG_TEST(syn_with_the_same_timestamp_and_an_old_number_is_refused),
    RIG_TEST(syn_with_an_older_timestamp_is_refused),
    RIG_TEST(syn_that_brings_timestamps_for_the_first_time_opens),
    RIG_TEST(syn_that_lost_its_timestamps_opens_by_its_number),
    RIG_TEST(syn_that_lost_its_timestamps_with_an_old_number_is_refused),
    RIG_TEST(timestamps_that_will_not_be_used_prove_nothing),
    RIG_TEST(new_syn_without_a_listener_is_refused),
    RIG_TEST(new_syn_leaves_the_old_handle_closed),
    RIG_TEST(iss_of_the_next_incarnation_is_beyond_the_old_ones_data),
    RIG_TEST(abort_ends_the_rest),
    RIG_TEST(open_by_us_waits_for_the_end_of_the_rest),
    RIG_TEST(unread_data_outlives_the_rest),
};

RIG_MAIN(tests)
