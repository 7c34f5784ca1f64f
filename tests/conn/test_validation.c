/* Congestion window validation (RFC 7661): MSS 1000, round trips of 100 ms, NewReno without a restart after idle times. */
#include "xfer.h"

#define RTT (100 * TERN_MS)

static uint32_t cwnd(const struct rig *r) { return rig_status(r).cwnd; }

static void opened(struct rig *r)
{
    r->set.restart_idle = 0;
    r->set.hystart = 0;
    open_rtt(r, 1000, RTT);
}

/* |n| bytes, acknowledged a round trip later, segment for segment. */
static void round_trip(struct rig *r, int64_t *at, int64_t n)
{
    send_quietly(r, (uint32_t)n);
    rig_pass(r, RTT);
    for (int64_t done = 0; done < n; done += 1000) ACK_IN(r, *at += 1000);
    rig_clear(r);
}

/* A window of more than 40 segments, used. */
static void grown(struct rig *r, int64_t *at)
{
    opened(r);
    *at = 1;
    for (int i = 0; i < 3; i++) round_trip(r, at, 60000);
    assert_true(cwnd(r) >= 60000);
}

/* proves: RFC 7661 4.4 */
static void what_is_not_used_is_kept_and_does_not_grow(struct rig *r)
{
    int64_t at;
    grown(r, &at);
    uint32_t had = cwnd(r);
    for (int i = 0; i < 100; i++) round_trip(r, &at, 4000);
    assert_int_equal(cwnd(r), had);
}

/* Three duplicates: the next segment is lost. |n| bytes are in flight. */
static void lose_one(struct rig *r, int64_t at, uint32_t n)
{
    send_quietly(r, n);
    rig_pass(r, RTT);
    for (int i = 0; i < 3; i++) ACK_IN(r, at);
    SAW(r, CC_LOSS);
    rig_clear(r);
}

/* proves: RFC 7661 4.3, RFC 7661 4.4.1 */
static void a_loss_answers_to_what_was_used(struct rig *r)
{
    int64_t at;
    grown(r, &at);
    for (int i = 0; i < 20; i++) round_trip(r, &at, 20000);
    round_trip(r, &at, 4000);
    rig_mark(r);
    lose_one(r, at, 8000); /* pipeACK is 20000 still */
    assert_in_range(rig_status(r).ssthresh, 9000, 10000);
    rig_pass(r, RTT / 2);
    ACK_IN(r, at + 8000);
    SAW(r, CC_RECOVERED);
    assert_true(cwnd(r) <= (20000 - 1000) / 2);
}

static void without_the_setting_to_what_is_in_flight(struct rig *r)
{
    int64_t at;
    r->set.cwnd_validation = 0;
    grown(r, &at);
    for (int i = 0; i < 20; i++) round_trip(r, &at, 20000);
    rig_mark(r);
    lose_one(r, at, 8000);
    assert_int_equal(rig_status(r).ssthresh, 4000);
}

/* What was sampled is forgotten after max(3 RTT, 1 s). */
static void old_samples_do_not_count(struct rig *r)
{
    int64_t at;
    grown(r, &at);
    for (int i = 0; i < 20; i++) round_trip(r, &at, 4000);
    rig_mark(r);
    lose_one(r, at, 6000);
    assert_int_equal(rig_status(r).ssthresh, 3000);
}

/* In a window that is used a loss takes half of what is in flight, and recovery ends there. */
static void a_used_window_loses_half(struct rig *r)
{
    int64_t at;
    grown(r, &at);
    rig_mark(r);
    lose_one(r, at, 60000);
    assert_int_equal(rig_status(r).ssthresh, 30000);
    rig_pass(r, RTT / 2);
    ACK_IN(r, at + 60000);
    assert_false(rig_saw(r, TERN_RULE_CC_SAFE));
}

/* proves: RFC 7661 4.4.1. Two of eight segments are lost; PRR (RFC 9937) alone would leave half of eight. */
static void what_went_again_is_taken_off(struct rig *r)
{
    int64_t at;
    r->syn.sack_ok = true;
    grown(r, &at);
    for (int i = 0; i < 20; i++) round_trip(r, &at, 4000);
    rig_mark(r);
    send_quietly(r, 8000);
    rig_pass(r, RTT);
    IN(r, .flags = ACK, .seq = 1, .ack = at, .sack_n = 1, .sack = {{at + 2000, at + 8000}});
    SAW(r, CC_LOSS);
    rig_pass(r, RTT / 4);
    rig_clear(r);
    ACK_IN(r, at + 8000);
    SAW(r, CC_SAFE);
    assert_int_equal(cwnd(r), (8000 - 2000) / 2);
}

/* proves: RFC 7661 4.4.3 */
static void after_five_minutes_half_of_it_goes(struct rig *r)
{
    int64_t at;
    grown(r, &at);
    uint32_t had = cwnd(r);
    round_trip(r, &at, 4000);
    for (int i = 0; i < 295; i++) {
        round_trip(r, &at, 4000);
        rig_pass(r, 9 * RTT);
    }
    assert_int_equal(cwnd(r), had);
    for (int i = 0; i < 10; i++) {
        round_trip(r, &at, 4000);
        rig_pass(r, 9 * RTT);
    }
    SAW(r, CC_NVP);
    assert_int_equal(cwnd(r), had / 2);
    assert_int_equal(rig_status(r).ssthresh > had / 2, 1);
    rig_pass(r, 3600 * TERN_SEC); /* and of the rest, each time, until the initial window */
    round_trip(r, &at, 4000);
    assert_int_equal(cwnd(r), 10000);
}

static void a_window_that_is_used_is_not_halved(struct rig *r)
{
    int64_t at;
    grown(r, &at);
    uint32_t had = cwnd(r);
    for (int i = 0; i < 400; i++) {
        round_trip(r, &at, 60000);
        rig_pass(r, 9 * RTT);
    }
    assert_true(cwnd(r) >= had);
    assert_false(rig_saw(r, TERN_RULE_CC_NVP));
}

static const struct rig_test tests[] = {
    RIG_TEST(what_is_not_used_is_kept_and_does_not_grow),
    RIG_TEST(a_loss_answers_to_what_was_used),
    RIG_TEST(without_the_setting_to_what_is_in_flight),
    RIG_TEST(old_samples_do_not_count),
    RIG_TEST(a_used_window_loses_half),
    RIG_TEST(what_went_again_is_taken_off),
    RIG_TEST(after_five_minutes_half_of_it_goes),
    RIG_TEST(a_window_that_is_used_is_not_halved),
};

RIG_MAIN(tests)
