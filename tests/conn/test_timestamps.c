/* Timestamps: RFC 7323 3 to 5, 7.1. */
#include "xfer.h"

#define TS_IN(r, f, s, n, v) IN(r, .flags = (f), .seq = (s), .ack = 1, .len = (n), .ts = true, .tsval = (v))
#define TS_ACK_OUT(r, a, e)  OUT(r, .flags = ACK, .seq = 1, .ack = (a), .ts = true, .tsecr = (e))

static void our_syn_offers_them(struct rig *r)
{
    rig_connect(r);
    const struct out_seg *o = rig_next(r);
    assert_true(o->h.opt.present & OPT_TIMESTAMPS);
    assert_int_equal(o->h.opt.ts_ecr, 0);
}

static void the_syn_ack_echoes_the_syn(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .ts = true, .tsval = 4711);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ts = true, .tsecr = 4711);
}

/* proves: RFC 7323 3.2 */
static void once_agreed_they_are_on_every_segment(struct rig *r)
{
    open_ts(r, 1012, 1000);
    rig_send(r, 2000);
    for (int i = 0; i < 2; i++) OUT(r, .flags = ACK, .seq = 1 + 1000 * i, .ack = 1, .len = 1000, .ts = true, .tsecr = 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .ts = true, .tsval = 1001);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 2001, .ack = 1, .ts = true, .tsecr = 1001);
}

static void a_peer_that_does_not_offer_them_gets_none(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    assert_false(rig_next(r)->h.opt.present & OPT_TIMESTAMPS);
    ACK_IN(r, 1);
    rig_accept(r);
    rig_send(r, 10);
    assert_false(rig_next(r)->h.opt.present & OPT_TIMESTAMPS);
    assert_false(rig_status(r).timestamps);
}

static void switched_off_they_are_neither_offered_nor_agreed(struct rig *r)
{
    r->set.timestamps = 0;
    rig_connect(r);
    assert_false(rig_next(r)->h.opt.present & OPT_TIMESTAMPS);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ts = true, .tsval = 5);
    assert_false(rig_next(r)->h.opt.present & OPT_TIMESTAMPS);
    assert_false(rig_status(r).timestamps);
}

static void switched_off_an_offer_is_not_answered(struct rig *r)
{
    r->set.timestamps = 0;
    rig_listen(r);
    IN(r, .flags = SYN, .ts = true, .tsval = 5);
    assert_false(rig_next(r)->h.opt.present & OPT_TIMESTAMPS);
}

/* proves: RFC 7323 5.4 */
static void our_clock_ticks_milliseconds(struct rig *r)
{
    open_ts(r, 1012, 1);
    rig_send(r, 10);
    uint32_t first = rig_next(r)->h.opt.ts_val;
    IN(r, .flags = ACK, .seq = 1, .ack = 11, .ts = true, .tsval = 1);
    rig_pass(r, 123 * TERN_MS);
    rig_send(r, 10);
    assert_int_equal(rig_next(r)->h.opt.ts_val - first, 123);
}

/* proves: RFC 7323 7.1 */
static void each_pair_has_an_offset_of_its_own(struct rig *r)
{
    uint32_t val[3];
    rig_listen(r);
    for (unsigned i = 0; i < 3; i++) {
        IN(r, .flags = SYN, .ts = true, .tsval = 1, .src_port = (uint16_t)(50000 + i));
        val[i] = rig_next(r)->h.opt.ts_val;
    }
    assert_int_not_equal(val[0], val[1]);
    assert_int_not_equal(val[1], val[2]);
    assert_int_not_equal(val[0], val[2]);
    assert_int_not_equal(val[1] - val[0], val[2] - val[1]);
}

/* proves: RFC 7323 5.3. 5.3 R1 */
static void an_older_timestamp_is_refused_and_answered(struct rig *r)
{
    open_ts(r, 1000, 1000);
    TS_IN(r, ACK, 1, 10, 999);
    TS_ACK_OUT(r, 1, 1000);
    assert_int_equal(rig_drops(r, TERN_DROP_PAWS), 1);
    SAW(r, PAWS_ACK);
    assert_int_equal(rig_read(r), TERN_ERR_AGAIN);
}

static void an_equal_or_newer_timestamp_is_taken(struct rig *r)
{
    open_ts(r, 1000, 1000);
    TS_IN(r, ACK, 1, 10, 1000);
    TS_IN(r, ACK, 11, 10, 1001);
    READ(r, 20);
    assert_int_equal(rig_drops(r, TERN_DROP_PAWS), 0);
}

static void an_old_acknowledgement_by_its_timestamp_frees_nothing(struct rig *r)
{
    open_ts(r, 1000, 1000);
    send_quietly(r, 100);
    IN(r, .flags = ACK, .seq = 1, .ack = 101, .ts = true, .tsval = 999);
    assert_int_equal(rig_status(r).send_queue, 100);
    rig_clear(r);
}

static void the_peers_clock_may_wrap(struct rig *r)
{
    open_ts(r, 1000, UINT32_C(0xffffffff));
    TS_IN(r, ACK, 1, 10, 1);
    TS_IN(r, ACK, 11, 10, UINT32_C(0xfffffff0));
    READ(r, 10);
    assert_int_equal(rig_drops(r, TERN_DROP_PAWS), 1);
}

/* proves: ATTACK-13 */
static void a_duplicate_of_the_last_wrap_of_numbers_is_recognised(struct rig *r)
{
    open_ts(r, 1000, 1000);
    TS_IN(r, ACK, 1, 10, 2000);
    READ(r, 10);
    rig_clear(r);
    TS_IN(r, ACK, 11, 10, 1500); /* its number is right, its time is not */
    assert_int_equal(rig_read(r), TERN_ERR_AGAIN);
    assert_int_equal(rig_drops(r, TERN_DROP_PAWS), 1);
}

/* proves: RFC 7323 5.2. A RST is not subject to it. */
static void a_rst_needs_no_timestamp(struct rig *r)
{
    open_ts(r, 1000, 1000);
    IN(r, .flags = RST, .seq = 1);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_RESET);
}

/* proves: RFC 7323 5.2 */
static void a_rst_with_an_old_timestamp_counts(struct rig *r)
{
    open_ts(r, 1000, 1000);
    IN(r, .flags = RST | ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 1);
    STATE(r, TERN_CLOSED);
}

/* proves: RFC 7323 3.2 */
static void a_segment_without_them_is_dropped_in_silence(struct rig *r)
{
    open_ts(r, 1000, 1000);
    DATA_IN(r, 1, 10);
    rig_pass(r, TERN_SEC);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_NO_TIMESTAMP), 1);
    assert_int_equal(rig_read(r), TERN_ERR_AGAIN);
}

/* proves: RFC 7323 5.5 */
static void after_24_days_an_old_timestamp_is_taken_again(struct rig *r)
{
    open_ts(r, 1000, 1000);
    TS_IN(r, ACK, 1, 10, 1000);
    READ(r, 10);
    rig_pass(r, UINT64_C(25) * 86400 * TERN_SEC);
    rig_clear(r);
    TS_IN(r, ACK, 11, 10, 5);
    READ(r, 10);
    rig_pass(r, 40 * TERN_MS);
    TS_ACK_OUT(r, 21, 5);
}

static void before_24_days_it_is_not(struct rig *r)
{
    open_ts(r, 1000, 1000);
    rig_pass(r, UINT64_C(23) * 86400 * TERN_SEC);
    TS_IN(r, ACK, 1, 10, 5);
    assert_int_equal(rig_drops(r, TERN_DROP_PAWS), 1);
    rig_clear(r);
}

/* proves: RFC 7323 4.3. (A): a delayed acknowledgement echoes the earliest segment that it acknowledges. */
static void a_delayed_ack_echoes_the_first_of_its_segments(struct rig *r)
{
    open_ts(r, 1000, 1000);
    TS_IN(r, ACK, 1, 500, 1010);
    rig_pass(r, 10 * TERN_MS);
    TS_IN(r, ACK, 501, 500, 1020);
    TS_ACK_OUT(r, 1001, 1010);
    TS_IN(r, ACK, 1001, 500, 1030);
    TS_IN(r, ACK, 1501, 500, 1040);
    TS_ACK_OUT(r, 2001, 1030);
}

/* proves: RFC 7323 4.3. (B) */
static void behind_a_hole_the_echo_stays(struct rig *r)
{
    open_ts(r, 1000, 1000);
    TS_IN(r, ACK, 501, 500, 1010);
    TS_ACK_OUT(r, 1, 1000);
    TS_IN(r, ACK, 1001, 500, 1020);
    TS_ACK_OUT(r, 1, 1000);
}

/* 4.3 (C) */
static void the_segment_that_fills_the_hole_is_echoed(struct rig *r)
{
    open_ts(r, 1000, 1000);
    TS_IN(r, ACK, 501, 500, 1010);
    TS_ACK_OUT(r, 1, 1000);
    TS_IN(r, ACK, 1, 500, 1030);
    TS_ACK_OUT(r, 1001, 1030);
}

static void a_segment_outside_the_window_does_not_set_the_echo(struct rig *r)
{
    r->set.receive_buffer = 2048;
    open_ts(r, 1000, 1000);
    TS_IN(r, ACK, 5000, 10, 2000);
    TS_ACK_OUT(r, 1, 1000);
}

/* A forged timestamp far ahead would have the peer's own segments refused (RFC 7323 7): who guesses a number of the window must
 * guess the acknowledgement, too. */
static void a_segment_whose_acknowledgement_cannot_be_does_not_set_the_echo(struct rig *r)
{
    open_ts(r, 1012, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 50001, .len = 10, .ts = true, .tsval = 1000 + (1u << 30)); /* of what was not sent */
    TS_ACK_OUT(r, 1, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1 - (1 << 24), .len = 10, .ts = true, .tsval = 1000 + (1u << 30)); /* too old */
    TS_ACK_OUT(r, 1, 1000);
    TS_IN(r, ACK, 1, 10, 1001);
    assert_int_equal(rig_drops(r, TERN_DROP_PAWS), 0);
    assert_int_equal(rig_status(r).bytes_received, 10);
}

static void an_echo_of_the_third_ack_counts_in_the_handshake(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000, .ts = true, .tsval = 10);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ts = true, .tsecr = 10);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 20);
    assert_non_null(rig_accept(r));
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .ts = true, .tsecr = 20);
}

static void a_third_ack_without_them_is_dropped(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .ts = true, .tsval = 10);
    rig_clear(r);
    ACK_IN(r, 1);
    assert_null(rig_accept(r));
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 11);
    assert_non_null(rig_accept(r));
}

static const struct rig_test tests[] = {
    RIG_TEST(our_syn_offers_them),
    RIG_TEST(the_syn_ack_echoes_the_syn),
    RIG_TEST(once_agreed_they_are_on_every_segment),
    RIG_TEST(a_peer_that_does_not_offer_them_gets_none),
    RIG_TEST(switched_off_they_are_neither_offered_nor_agreed),
    RIG_TEST(switched_off_an_offer_is_not_answered),
    RIG_TEST(our_clock_ticks_milliseconds),
    RIG_TEST(each_pair_has_an_offset_of_its_own),
    RIG_TEST(an_older_timestamp_is_refused_and_answered),
    RIG_TEST(an_equal_or_newer_timestamp_is_taken),
    RIG_TEST(an_old_acknowledgement_by_its_timestamp_frees_nothing),
    RIG_TEST(the_peers_clock_may_wrap),
    RIG_TEST(a_duplicate_of_the_last_wrap_of_numbers_is_recognised),
    RIG_TEST(a_rst_needs_no_timestamp),
    RIG_TEST(a_rst_with_an_old_timestamp_counts),
    RIG_TEST(a_segment_without_them_is_dropped_in_silence),
    RIG_TEST(after_24_days_an_old_timestamp_is_taken_again),
    RIG_TEST(before_24_days_it_is_not),
    RIG_TEST(a_delayed_ack_echoes_the_first_of_its_segments),
    RIG_TEST(behind_a_hole_the_echo_stays),
    RIG_TEST(the_segment_that_fills_the_hole_is_echoed),
    RIG_TEST(a_segment_outside_the_window_does_not_set_the_echo),
    RIG_TEST(a_segment_whose_acknowledgement_cannot_be_does_not_set_the_echo),
    RIG_TEST(an_echo_of_the_third_ack_counts_in_the_handshake),
    RIG_TEST(a_third_ack_without_them_is_dropped),
};

RIG_MAIN(tests)
