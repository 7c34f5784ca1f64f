/* Round-trip measurements and the timeout they make: RFC 6298 2, 3, 5.7. All numbers are exact: time is virtual. */
#include "xfer.h"

static int64_t at = 1; /* of the next exchange */

/* Sends a segment, the acknowledgement comes after |rtt|. */
static void exchange(struct rig *r, tern_ns rtt)
{
    rig_send(r, 1000);
    DATA_OUT(r, at, 1000);
    rig_pass(r, rtt);
    at += 1000;
    ACK_IN(r, at);
    NONE(r);
}

static void opened(struct rig *r, tern_ns rtt)
{
    at = 1;
    open_rtt(r, 1000, rtt);
}

static void rtt_is(struct rig *r, tern_ns srtt, tern_ns var, tern_ns rto)
{
    struct tern_status st = rig_status(r);
    assert_int_equal(st.rtt, srtt);
    assert_int_equal(st.rttvar, var);
    assert_int_equal(st.rto, rto);
}

/* proves: RFC 6298 2.2 */
static void the_first_measurement_sets_srtt_and_half_of_it_as_variation(struct rig *r)
{
    opened(r, 100 * TERN_MS);
    rtt_is(r, 100 * TERN_MS, 50 * TERN_MS, 300 * TERN_MS);
    r->event_mark = 0; /* it was before */
    SAW(r, RTT_FIRST);
}

static void an_active_open_measures_its_handshake(struct rig *r)
{
    rig_connect(r);
    rig_clear(r);
    rig_pass(r, 80 * TERN_MS);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    rtt_is(r, 80 * TERN_MS, 40 * TERN_MS, 240 * TERN_MS);
    rig_clear(r);
}

/* proves: RFC 6298 2.3 */
static void later_measurements_weigh_a_quarter_and_an_eighth(struct rig *r)
{
    opened(r, 100 * TERN_MS);
    exchange(r, 100 * TERN_MS);
    rtt_is(r, 100 * TERN_MS, 37500 * TERN_US, 250 * TERN_MS);
    exchange(r, 200 * TERN_MS);
    rtt_is(r, 112500 * TERN_US, 53125 * TERN_US, 325 * TERN_MS);
    exchange(r, 32500 * TERN_US); /* 80 ms below SRTT */
    rtt_is(r, 102500 * TERN_US, 59843750, 341875 * TERN_US);
    SAW(r, RTT_SAMPLE);
}

/* proves: RFC 6298 2.4 */
static void a_short_path_gets_the_least_timeout(struct rig *r)
{
    opened(r, TERN_MS);
    rtt_is(r, TERN_MS, TERN_MS / 2, 200 * TERN_MS);
}

static void the_least_timeout_of_the_rfc_by_setting(struct rig *r)
{
    r->set.rto_min = TERN_SEC;
    opened(r, 100 * TERN_MS);
    rtt_is(r, 100 * TERN_MS, 50 * TERN_MS, TERN_SEC);
    rig_send(r, 10);
    DATA_OUT(r, 1, 10);
    rig_pass(r, TERN_SEC - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1, 10);
}

/* proves: RFC 6298 2.5 */
static void a_long_path_gets_no_more_than_the_largest_timeout(struct rig *r)
{
    r->set.rto_max = TERN_SEC;
    opened(r, 500 * TERN_MS);
    rtt_is(r, 500 * TERN_MS, 250 * TERN_MS, TERN_SEC);
}

/* proves: RFC 6298 3. One measurement a round trip. */
static void of_a_flight_the_first_segment_is_timed(struct rig *r)
{
    opened(r, 100 * TERN_MS);
    rig_send(r, 1000);
    rig_pass(r, 50 * TERN_MS);
    rig_send(r, 1000);
    rig_clear(r);
    rig_pass(r, 50 * TERN_MS);
    ACK_IN(r, 1001); /* 100 ms */
    rtt_is(r, 100 * TERN_MS, 37500 * TERN_US, 250 * TERN_MS);
    rig_pass(r, 50 * TERN_MS);
    ACK_IN(r, 2001); /* was not timed */
    rtt_is(r, 100 * TERN_MS, 37500 * TERN_US, 250 * TERN_MS);
}

static void a_later_ack_that_covers_the_timed_segment_is_a_measurement(struct rig *r)
{
    opened(r, 100 * TERN_MS);
    rig_send(r, 3000);
    rig_clear(r);
    rig_pass(r, 100 * TERN_MS);
    ACK_IN(r, 3001);
    rtt_is(r, 100 * TERN_MS, 37500 * TERN_US, 250 * TERN_MS);
}

/* proves: MUST-18, RFC 6298 3 */
static void what_was_sent_twice_is_not_measured(struct rig *r)
{
    opened(r, 100 * TERN_MS);
    rig_send(r, 1000);
    rig_pass(r, 300 * TERN_MS);
    rig_clear(r);
    rig_pass(r, 50 * TERN_MS);
    ACK_IN(r, 1001);
    SAW(r, KARN);
    assert_int_equal(rig_status(r).rtt, 100 * TERN_MS);
    assert_int_equal(rig_status(r).rttvar, 50 * TERN_MS);
}

/* proves: MUST-18. RFC 6298 5.5 and Karn: the doubled timeout lasts until a segment that was sent once has been measured. */
static void a_backed_off_timeout_is_kept_until_the_next_measurement(struct rig *r)
{
    opened(r, 100 * TERN_MS);
    rig_send(r, 1000);
    rig_pass(r, 300 * TERN_MS);
    rig_clear(r);
    ACK_IN(r, 1001);
    assert_int_equal(rig_status(r).rto, 600 * TERN_MS);
    rig_send(r, 1000);
    DATA_OUT(r, 1001, 1000);
    rig_pass(r, 600 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1001, 1000);
    ACK_IN(r, 2001);
    assert_int_equal(rig_status(r).rto, 1200 * TERN_MS);
    at = 2001;
    exchange(r, 100 * TERN_MS);
    rtt_is(r, 100 * TERN_MS, 37500 * TERN_US, 250 * TERN_MS);
}

/* RFC 7323 4.1: the echo says which of the two it was. */
/* It may be the late answer to the first transmission, or the answer to the second, which repeated what had arrived and is
 * therefore echoed with the timestamp of old (RFC 7323 4.3): as ambiguous as for Karn. */
static void with_timestamps_an_echo_of_the_first_of_two_is_no_measurement(struct rig *r)
{
    open_ts(r, 1012, 1);
    rig_send(r, 1000);
    uint32_t first = rig_next(r)->h.opt.ts_val;
    rig_pass(r, 200 * TERN_MS);
    rig_clear(r);
    rig_pass(r, 60 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .ts = true, .tsval = 1, .tsecr = first);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.rtt, 1); /* the handshake's */
    assert_int_equal(st.retransmits, 0);
    assert_int_equal(st.rto, 400 * TERN_MS); /* only a measurement ends the backoff */
}

/* proves: RFC 7323 4.1 */
static void with_timestamps_the_echo_of_the_second_one_counts_from_it(struct rig *r)
{
    open_ts(r, 1012, 1);
    rig_send(r, 1000);
    rig_clear(r);
    rig_pass(r, 200 * TERN_MS);
    uint32_t second = rig_next(r)->h.opt.ts_val;
    rig_pass(r, 80 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .ts = true, .tsval = 1, .tsecr = second);
    assert_int_equal(rig_status(r).rtt, 80 * TERN_MS / 8 + 1);
}

/* proves: RFC 6298 5.7 */
static void after_a_lost_syn_the_timeout_is_three_seconds(struct rig *r)
{
    rig_connect(r);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1000);
    ACK_OUT(r, 1);
    assert_int_equal(rig_status(r).rtt, 0);
    assert_int_equal(rig_status(r).rto, 3 * TERN_SEC);
    rig_send(r, 100);
    DATA_OUT(r, 1, 100);
    rig_pass(r, 3 * TERN_SEC - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1, 100);
}

static void after_a_lost_syn_ack_too(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    assert_int_equal(rig_status(r).rto, 3 * TERN_SEC);
}

static void the_least_round_trip_is_remembered(struct rig *r)
{
    opened(r, 100 * TERN_MS);
    exchange(r, 30 * TERN_MS);
    exchange(r, 70 * TERN_MS);
    assert_int_equal(rig_status(r).rtt_min, 30 * TERN_MS);
}

/* proves: RFC 8985 6.2. Step 1: the path may have become another. */
static void the_least_round_trip_is_forgotten_after_a_while(struct rig *r)
{
    opened(r, 100 * TERN_MS);
    exchange(r, 30 * TERN_MS);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rig_status(r).rtt_min, i < 2 ? 30 * TERN_MS : 70 * TERN_MS);
        rig_pass(r, 301 * TERN_SEC);
        exchange(r, 70 * TERN_MS);
    }
}

static const struct rig_test tests[] = {
    RIG_TEST(the_first_measurement_sets_srtt_and_half_of_it_as_variation),
    RIG_TEST(an_active_open_measures_its_handshake),
    RIG_TEST(later_measurements_weigh_a_quarter_and_an_eighth),
    RIG_TEST(a_short_path_gets_the_least_timeout),
    RIG_TEST(the_least_timeout_of_the_rfc_by_setting),
    RIG_TEST(a_long_path_gets_no_more_than_the_largest_timeout),
    RIG_TEST(of_a_flight_the_first_segment_is_timed),
    RIG_TEST(a_later_ack_that_covers_the_timed_segment_is_a_measurement),
    RIG_TEST(what_was_sent_twice_is_not_measured),
    RIG_TEST(a_backed_off_timeout_is_kept_until_the_next_measurement),
    RIG_TEST(with_timestamps_an_echo_of_the_first_of_two_is_no_measurement),
    RIG_TEST(with_timestamps_the_echo_of_the_second_one_counts_from_it),
    RIG_TEST(after_a_lost_syn_the_timeout_is_three_seconds),
    RIG_TEST(after_a_lost_syn_ack_too),
    RIG_TEST(the_least_round_trip_is_remembered),
    RIG_TEST(the_least_round_trip_is_forgotten_after_a_while),
};

RIG_MAIN(tests)
