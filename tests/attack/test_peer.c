/* Attacks 16 to 19: a peer that answers too much, or what it has not got (draft-gont-tcpm-tcp-seq-validation; Beardsley and Qian;
 * Sherwood, Bhattacharjee and Braud; Savage et al.). */
#include "attack_test.h"

/* ---- 16 ---- */

/* The other end of a storm: it takes whatever comes for wrong, and says at once what it holds to be right. */
struct other {
    int64_t seq, ack;
    uint32_t tsval;
};

/* What the stack sends in |span|, the other end a millisecond away. */
static uint32_t storm(struct rig *r, const struct other *o, tern_ns span)
{
    uint32_t n = 0;
    for (tern_ns end = r->now + span; r->now < end && n < 5000;) {
        uint32_t came = FLOOD(r, .flags = ACK, .seq = o->seq, .ack = o->ack, .ts = r->syn.ts, .tsval = o->tsval);
        n += came;
        rig_pass(r, came ? TERN_MS : TERN_SEC);
        while (rig_next(r)) n++;
    }
    return n;
}

static void storm_is_bounded(struct rig *r, const struct other *o)
{
    rig_passive(r);
    uint32_t most = (uint32_t)(60 * TERN_SEC / r->set.challenge_period + 1) * (uint32_t)r->set.challenge_n;
    assert_in_range(storm(r, o, 60 * TERN_SEC), 1, most);
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100, .ts = r->syn.ts, .tsval = r->syn.tsval + 1); /* and it goes on */
    READ(r, 100);
}

/* proves: ATTACK-16. Both ends were given data that the other never sent, so that each takes the other's numbers for old. */
static void ends_that_think_each_other_old_fall_silent(struct rig *r) { storm_is_bounded(r, &(struct other){-500, 1, 0}); }

/* proves: ATTACK-16 */
static void ends_that_think_each_other_ahead_fall_silent(struct rig *r)
{
    storm_is_bounded(r, &(struct other){INT64_C(50000000), 1, 0});
}

/* proves: ATTACK-16 */
static void ends_that_acknowledge_what_was_not_sent_fall_silent(struct rig *r)
{
    storm_is_bounded(r, &(struct other){1, 1000, 0});
}

/* proves: ATTACK-16 */
static void ends_that_take_each_others_clock_for_old_fall_silent(struct rig *r)
{
    r->syn.ts = true, r->syn.tsval = 1000000;
    storm_is_bounded(r, &(struct other){1, 1, 5});
}

/* ---- 17 ---- */

static void is_still_the_client(struct rig *r)
{
    STATE(r, TERN_ESTABLISHED);
    assert_false(rig_status(r).passive);
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    IN(r, .flags = ACK, .seq = 1, .ack = 11, .len = 20);
    READ(r, 20);
}

/* proves: ATTACK-17 */
static void a_bare_syn_in_answer_leaves_the_roles(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    STATE(r, TERN_SYN_RECEIVED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    is_still_the_client(r);
}

/* proves: ATTACK-17. Five ways: a bare ACK first. */
static void an_ack_and_a_bare_syn_in_answer_leave_the_roles(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = ACK, .seq = 0, .ack = 1);
    NONE(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = SYN | ACK, .ack = 1);
    rig_clear(r);
    is_still_the_client(r);
}

/* proves: ATTACK-17. A server would fall back to LISTEN in silence; who opened is told. */
static void a_rst_after_a_bare_syn_refuses_the_open(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = RST, .seq = 1);
    expect_over(r, TERN_ERR_REFUSED);
}

/* ---- 18 ---- */

static void open_sender(struct rig *r, bool sack)
{
    r->syn.mss = 1000, r->syn.sack_ok = sack, r->syn.wnd = 65535, r->syn.ws = 3;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 65535); /* scaled now */
}

static uint32_t bytes_out(struct rig *r)
{
    uint32_t n = 0;
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) n += o->h.len;
    return n;
}

/* proves: ATTACK-18 */
static void acknowledgements_beyond_what_was_sent_are_refused(struct rig *r)
{
    open_sender(r, true);
    rig_send(r, 100000);
    uint32_t out = bytes_out(r);
    struct tern_status before = rig_status(r);
    for (int64_t ahead = 1; ahead < INT64_C(1) << 30; ahead += ahead < 1000 ? 1 : ahead / 8)
        FLOOD(r, .flags = ACK, .seq = 1, .ack = 1 + out + ahead);
    struct tern_status now = rig_status(r);
    assert_int_equal(now.snd_una, before.snd_una);
    assert_int_equal(now.cwnd, before.cwnd);
    assert_int_equal(now.send_queue, before.send_queue);
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1 + (int64_t)out);
    assert_int_equal(rig_status(r).snd_una, before.snd_una + out);
}

/* ---- 19 ---- */

/* What the window is when ten segments were acknowledged by |pieces| each. */
static uint32_t window_after(struct rig *r, uint32_t pieces)
{
    open_sender(r, false);
    rig_send(r, 100000);
    uint32_t out = bytes_out(r);
    for (uint32_t i = 1; i <= 10 * pieces; i++) FLOOD(r, .flags = ACK, .seq = 1, .ack = 1 + (int64_t)out * i / (10 * pieces));
    return rig_status(r).cwnd;
}

static uint32_t divided[2];
static void whole_acks(struct rig *r, enum tern_state s) { (void)s, divided[0] = window_after(r, 1); }
static void divided_acks(struct rig *r, enum tern_state s) { (void)s, divided[1] = window_after(r, 500); }

/* proves: ATTACK-19 */
static void five_hundred_acknowledgements_for_each_segment_gain_nothing(struct rig *r)
{
    each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, whole_acks);
    each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, divided_acks);
    assert_int_equal(divided[0], 20000);
    assert_true(divided[1] <= divided[0]);
}

/* Duplicates of nothing: how much goes out for 10,000 of them? */
static void duplicates_of_nothing(struct rig *r, bool sack)
{
    open_sender(r, sack);
    rig_send(r, 131072);
    uint32_t flight = bytes_out(r), more = 0;
    assert_int_equal(flight, 10000);
    for (int i = 0; i < 10000; i++) {
        IN(r, .flags = ACK, .seq = 1, .ack = 1);
        more += bytes_out(r);
    }
    assert_true(more <= 2 * flight);
    IN(r, .flags = ACK, .seq = 1, .ack = 1 + (int64_t)flight);
    assert_true(rig_status(r).cwnd <= flight);
}

/* proves: ATTACK-19 */
static void ten_thousand_duplicates_are_no_licence_to_send(struct rig *r) { duplicates_of_nothing(r, false); }

/* proves: ATTACK-19 */
static void nor_are_they_where_sack_was_agreed(struct rig *r) { duplicates_of_nothing(r, true); }

static const struct rig_test tests[] = {
    RIG_TEST(ends_that_think_each_other_old_fall_silent),
    RIG_TEST(ends_that_think_each_other_ahead_fall_silent),
    RIG_TEST(ends_that_acknowledge_what_was_not_sent_fall_silent),
    RIG_TEST(ends_that_take_each_others_clock_for_old_fall_silent),
    RIG_TEST(a_bare_syn_in_answer_leaves_the_roles),
    RIG_TEST(an_ack_and_a_bare_syn_in_answer_leave_the_roles),
    RIG_TEST(a_rst_after_a_bare_syn_refuses_the_open),
    RIG_TEST(acknowledgements_beyond_what_was_sent_are_refused),
    RIG_TEST(five_hundred_acknowledgements_for_each_segment_gain_nothing),
    RIG_TEST(ten_thousand_duplicates_are_no_licence_to_send),
    RIG_TEST(nor_are_they_where_sack_was_agreed),
};

RIG_MAIN(tests)
