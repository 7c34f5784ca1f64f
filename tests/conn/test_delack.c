/* When to acknowledge: RFC 9293 3.8.6.3 (SHLD-18, SHLD-19, MUST-40), RFC 5681 4.2. */
#include "xfer.h"

/* proves: MUST-40, SHLD-18 */
static void a_single_segment_is_acknowledged_after_the_delay(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 500);
    rig_pass(r, 40 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    ACK_OUT(r, 501);
    SAW(r, ACK_DELAYED);
    NONE(r);
}

static void the_delay_is_a_setting_below_half_a_second(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "delack", 500 * TERN_MS), TERN_ERR_INVAL);
    assert_int_equal(tern_settings_set(&r->set, "delack", 499 * TERN_MS), 0);
    rig_passive(r);
    DATA_IN(r, 1, 500);
    rig_pass(r, 499 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    ACK_OUT(r, 501);
}

static void the_second_segment_does_not_push_the_delay_on(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 500);
    rig_pass(r, 30 * TERN_MS);
    DATA_IN(r, 501, 10);
    rig_pass(r, 10 * TERN_MS);
    ACK_OUT(r, 511);
}

/* proves: SHLD-19 */
static void every_second_full_segment_is_acknowledged_at_once(struct rig *r)
{
    rig_passive(r);
    for (int64_t i = 0; i < 10; i++) {
        DATA_IN(r, 1 + 1000 * i, 1000);
        if (i % 2) ACK_OUT(r, 1001 + 1000 * i);
        NONE(r);
    }
    SAW(r, ACK_SECOND);
}

static void small_segments_count_by_their_bytes(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 1000);
    DATA_IN(r, 1001, 1000);
    ACK_OUT(r, 2001);
    for (int64_t i = 0; i < 19; i++) DATA_IN(r, 2001 + 100 * i, 100);
    NONE(r);
    DATA_IN(r, 3901, 100);
    ACK_OUT(r, 4001);
}

/* proves: MAY-13, RFC 5681 4.2 */
static void out_of_order_is_acknowledged_at_once_each_time(struct rig *r)
{
    rig_passive(r);
    for (int64_t i = 0; i < 5; i++) {
        DATA_IN(r, 1001 + 1000 * i, 1000);
        ACK_OUT(r, 1);
        NONE(r);
    }
    SAW(r, ACK_OUT_OF_ORDER);
}

/* ---- a hole that was told of: setting sack_delay ---- */

#define RTT (40 * TERN_MS)

static void opened_with_sack(struct rig *r, tern_ns rtt)
{
    r->syn.sack_ok = true;
    open_rtt(r, 1000, rtt);
}

#define SACK_OUT(r, from, to) OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{from, to}})

/* Segments 1 to 3 behind the hole that segment 0 is. */
static void three_are_told_at_once(struct rig *r)
{
    for (int64_t i = 1; i <= 3; i++) {
        DATA_IN(r, 1 + 1000 * i, 1000);
        SACK_OUT(r, 1001, 1001 + 1000 * i);
        NONE(r);
    }
}

static void behind_a_hole_told_of_three_times_one_acknowledgement_serves_for_several(struct rig *r)
{
    opened_with_sack(r, RTT);
    three_are_told_at_once(r);
    for (int64_t i = 4; i < 8; i++) DATA_IN(r, 1 + 1000 * i, 1000);
    SAW(r, SACK_WAITS);
    rig_pass(r, TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    SACK_OUT(r, 1001, 8001);
    rig_pass(r, TERN_SEC);
    NONE(r);
}

static void on_a_short_path_it_waits_for_a_twentieth_of_the_round_trip(struct rig *r)
{
    opened_with_sack(r, 2 * TERN_MS);
    three_are_told_at_once(r);
    DATA_IN(r, 4001, 1000);
    rig_pass(r, 100 * TERN_US - 1);
    NONE(r);
    rig_pass(r, 1);
    SACK_OUT(r, 1001, 5001);
}

static void a_new_hole_does_not_wait(struct rig *r)
{
    opened_with_sack(r, RTT);
    three_are_told_at_once(r);
    DATA_IN(r, 4001, 1000);
    NONE(r);
    DATA_IN(r, 6001, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 2, .sack = {{6001, 7001}, {1001, 5001}});
    DATA_IN(r, 7001, 1000);
    NONE(r);
}

static void what_came_twice_does_not_wait(struct rig *r)
{
    opened_with_sack(r, RTT);
    three_are_told_at_once(r);
    DATA_IN(r, 3001, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 2, .sack = {{3001, 4001}, {1001, 4001}});
}

static void once_the_edge_moves_three_are_told_again(struct rig *r)
{
    opened_with_sack(r, RTT);
    three_are_told_at_once(r);
    DATA_IN(r, 1, 500);
    OUT(r, .flags = ACK, .seq = 1, .ack = 501, .sack_n = 1, .sack = {{1001, 4001}});
    for (int64_t i = 4; i < 7; i++) {
        DATA_IN(r, 1 + 1000 * i, 1000);
        OUT(r, .flags = ACK, .seq = 1, .ack = 501, .sack_n = 1, .sack = {{1001, 1001 + 1000 * i}});
    }
    DATA_IN(r, 7001, 1000);
    NONE(r);
}

static void by_setting_none_waits(struct rig *r)
{
    r->set.sack_delay = 0;
    opened_with_sack(r, RTT);
    three_are_told_at_once(r);
    DATA_IN(r, 4001, 1000);
    SACK_OUT(r, 1001, 5001);
}

/* proves: RFC 5681 4.2 */
static void filling_a_hole_is_acknowledged_at_once(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 101, 100);
    DATA_IN(r, 301, 100);
    rig_clear(r);
    DATA_IN(r, 1, 50); /* a part of the first */
    ACK_OUT(r, 51);
    DATA_IN(r, 51, 50);
    ACK_OUT(r, 201);
    SAW(r, ACK_HOLE_FILLED);
}

static void a_fin_is_acknowledged_at_once(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 10);
    ACK_OUT(r, 12);
    SAW(r, ACK_FIN);
}

static void a_duplicate_is_acknowledged_at_once(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 10);
    DATA_IN(r, 1, 10);
    ACK_OUT(r, 11);
    rig_pass(r, TERN_SEC);
    NONE(r); /* that one served for the delayed one too */
}

static void data_carries_the_acknowledgement_and_stops_the_timer(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 10);
    rig_send(r, 5);
    OUT(r, .flags = ACK, .seq = 1, .ack = 11, .len = 5);
    IN(r, .flags = ACK, .seq = 11, .ack = 6);
    rig_pass(r, TERN_SEC);
    NONE(r);
}

static void the_option_off_acknowledges_everything_at_once(struct rig *r)
{
    rig_passive(r);
    set_option(r, TERN_OPT_DELACK, 0);
    for (int64_t i = 0; i < 4; i++) {
        DATA_IN(r, 1 + 10 * i, 10);
        ACK_OUT(r, 11 + 10 * i);
    }
    NONE(r);
}

static void a_delay_of_zero_acknowledges_everything_at_once(struct rig *r)
{
    r->set.delack = 0;
    rig_passive(r);
    DATA_IN(r, 1, 10);
    ACK_OUT(r, 11);
}

static void the_delay_is_no_excuse_for_a_closed_connection(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 10);
    READ(r, 10);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 11);
    rig_pass(r, 100 * TERN_MS);
    NONE(r);
}

static void a_super_segment_is_acknowledged_at_once(struct rig *r)
{
    rig_passive(r);
    SUPER_IN(r, 1, 5000, 1000);
    ACK_OUT(r, 5001);
    NONE(r);
}

/* A train that the link has merged is acknowledged once, however long: 40 segments an acknowledgement, where two would be
 * allowed. The peer's window grows by bytes (RFC 3465). */
static void each_train_takes_one_acknowledgement(struct rig *r)
{
    open_mss(r, 1000);
    for (int64_t at = 1; at <= 160001; at += 40000) {
        SUPER_IN(r, at, 40000, 1000);
        ACK_OUT(r, at + 40000);
        NONE(r);
        READ(r, 40000);
        rig_clear(r);
    }
}

static void one_segment_of_a_size_that_super_segments_taught_is_delayed(struct rig *r)
{
    rig_passive(r);
    SUPER_IN(r, 1, 5000, 1000);
    ACK_OUT(r, 5001);
    DATA_IN(r, 5001, 1000);
    NONE(r);
    DATA_IN(r, 6001, 1000);
    ACK_OUT(r, 7001);
}

static void a_pure_acknowledgement_is_not_acknowledged(struct rig *r)
{
    rig_passive(r);
    send_quietly(r, 100);
    ACK_IN(r, 101);
    ACK_IN(r, 101);
    rig_pass(r, TERN_SEC);
    NONE(r);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_single_segment_is_acknowledged_after_the_delay),
    RIG_TEST(the_delay_is_a_setting_below_half_a_second),
    RIG_TEST(the_second_segment_does_not_push_the_delay_on),
    RIG_TEST(every_second_full_segment_is_acknowledged_at_once),
    RIG_TEST(small_segments_count_by_their_bytes),
    RIG_TEST(out_of_order_is_acknowledged_at_once_each_time),
    RIG_TEST(behind_a_hole_told_of_three_times_one_acknowledgement_serves_for_several),
    RIG_TEST(on_a_short_path_it_waits_for_a_twentieth_of_the_round_trip),
    RIG_TEST(a_new_hole_does_not_wait),
    RIG_TEST(what_came_twice_does_not_wait),
    RIG_TEST(once_the_edge_moves_three_are_told_again),
    RIG_TEST(by_setting_none_waits),
    RIG_TEST(filling_a_hole_is_acknowledged_at_once),
    RIG_TEST(a_fin_is_acknowledged_at_once),
    RIG_TEST(a_duplicate_is_acknowledged_at_once),
    RIG_TEST(data_carries_the_acknowledgement_and_stops_the_timer),
    RIG_TEST(the_option_off_acknowledges_everything_at_once),
    RIG_TEST(a_delay_of_zero_acknowledges_everything_at_once),
    RIG_TEST(the_delay_is_no_excuse_for_a_closed_connection),
    RIG_TEST(a_super_segment_is_acknowledged_at_once),
    RIG_TEST(each_train_takes_one_acknowledgement),
    RIG_TEST(one_segment_of_a_size_that_super_segments_taught_is_delayed),
    RIG_TEST(a_pure_acknowledgement_is_not_acknowledged),
};

RIG_MAIN(tests)
