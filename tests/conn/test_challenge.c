/* RFC 5961: blind RST (3.2), SYN (4.2) and data (5.2) are answered by challenge ACKs, of which a connection sends a limited
 * number (7). */
#include "reach.h"

/* The states from SYN-RECEIVED to TIME-WAIT answer with what they have. */
static void expect_challenge(struct rig *r, enum tern_state s, enum tern_rule why)
{
    OUT(r, .flags = ACK, .seq = our_next(s), .ack = peer_next(s));
    NONE(r);
    STATE(r, s);
    assert_true(rig_saw(r, why));
}

/* ---- SYN ---- */

static void syn_in_the_window_is_challenged(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = SYN, .seq = peer_next(s));
    expect_challenge(r, s, TERN_RULE_CHALLENGE_SYN);
    assert_int_equal(rig_drops(r, TERN_DROP_SYN_WINDOW), 1);
}
IN_STATE(syn_in_the_window_is_challenged, ESTABLISHED)
IN_STATE(syn_in_the_window_is_challenged, FIN_WAIT_1)
IN_STATE(syn_in_the_window_is_challenged, FIN_WAIT_2)
IN_STATE(syn_in_the_window_is_challenged, CLOSE_WAIT)
IN_STATE(syn_in_the_window_is_challenged, CLOSING)
IN_STATE(syn_in_the_window_is_challenged, LAST_ACK)

/* "irrespective of the sequence number" */
static void syn_outside_is_answered(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = SYN, .seq = -100000);
    OUT(r, .flags = ACK, .seq = our_next(s), .ack = peer_next(s));
    if (s != TERN_TIME_WAIT) {
        IN(r, .flags = SYN, .seq = 10000000);
        OUT(r, .flags = ACK, .seq = our_next(s), .ack = peer_next(s));
    }
    NONE(r);
    STATE(r, s);
}
static void syn_outside_the_window_is_answered_by_an_ack(struct rig *r)
{
    each_state(r, TERN_ESTABLISHED, TERN_TIME_WAIT, syn_outside_is_answered);
}

static void syn_ack_is_challenged(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = SYN | ACK, .seq = peer_next(s), .ack = our_una(s));
    expect_challenge(r, s, TERN_RULE_CHALLENGE_SYN);
}
/* proves: RFC 5961 4.2 */
static void syn_ack_is_challenged_in_each_synchronized_state(struct rig *r)
{
    each_state(r, TERN_ESTABLISHED, TERN_LAST_ACK, syn_ack_is_challenged);
}

/* The handshake's last ACK was lost on its way: the SYN,ACK again is answered. */
static void syn_ack_again_is_acknowledged(struct rig *r)
{
    rig_active(r);
    IN(r, .flags = SYN | ACK, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- RST ---- */

static void rst_beside_rcv_nxt_is_challenged(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = RST, .seq = peer_next(s) + 1);
    expect_challenge(r, s, TERN_RULE_CHALLENGE_RST);
    assert_int_equal(rig_drops(r, TERN_DROP_RST_WINDOW), 1);
}
IN_STATE(rst_beside_rcv_nxt_is_challenged, SYN_RECEIVED)
IN_STATE(rst_beside_rcv_nxt_is_challenged, ESTABLISHED)
IN_STATE(rst_beside_rcv_nxt_is_challenged, FIN_WAIT_1)
IN_STATE(rst_beside_rcv_nxt_is_challenged, FIN_WAIT_2)
IN_STATE(rst_beside_rcv_nxt_is_challenged, CLOSE_WAIT)
IN_STATE(rst_beside_rcv_nxt_is_challenged, CLOSING)
IN_STATE(rst_beside_rcv_nxt_is_challenged, LAST_ACK)

static void rst_outside_is_dropped(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = RST, .seq = peer_next(s) - 1);
    IN(r, .flags = RST, .seq = peer_next(s) + INT64_C(100000000));
    NONE(r);
    STATE(r, s);
}
/* proves: RFC 5961 3.2 */
static void rst_outside_the_window_is_dropped_in_every_state(struct rig *r)
{
    each_state(r, TERN_SYN_RECEIVED, TERN_TIME_WAIT, rst_outside_is_dropped);
}

/* proves: RFC 5961 3.2 */
static void rst_at_the_last_byte_of_the_window_is_challenged_and_beyond_it_dropped(struct rig *r)
{
    rig_passive(r);
    uint32_t wnd = rig_status(r).rcv_wnd;
    IN(r, .flags = RST, .seq = wnd);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    IN(r, .flags = RST, .seq = (int64_t)wnd + 2);
    NONE(r);
    STATE(r, TERN_ESTABLISHED);
}

/* The honest peer answers the challenge from CLOSED with the number that we expect. */
static void challenged_peer_resets_with_the_right_number(struct rig *r)
{
    rig_active(r);
    IN(r, .flags = RST, .seq = 500);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    IN(r, .flags = RST, .seq = 1);
    expect_over(r, TERN_ERR_RESET);
}

/* ---- ACK ---- */

static void ack_of_the_future_is_answered(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = ACK, .seq = peer_next(s), .ack = our_next(s) + 1, .len = 10);
    expect_challenge(r, s, TERN_RULE_ACK_UNSENT);
    assert_int_equal(tern_conn_readable(r->c), 0);
}
/* proves: RFC 5961 5.2 */
static void ack_of_what_was_not_sent_is_answered_in_each_synchronized_state(struct rig *r)
{
    each_state(r, TERN_ESTABLISHED, TERN_LAST_ACK, ack_of_the_future_is_answered);
}

/* proves: MAY-12, RFC 5961 5.2 */
static void ack_older_than_the_largest_window_is_answered(struct rig *r)
{
    rig_passive(r); /* MAX.SND.WND is 65535 */
    IN(r, .flags = ACK, .seq = 1, .ack = 1 - 65536, .len = 10);
    expect_challenge(r, TERN_ESTABLISHED, TERN_RULE_CHALLENGE_ACK);
    assert_int_equal(tern_conn_readable(r->c), 0);
    assert_int_equal(rig_drops(r, TERN_DROP_ACK_TOO_OLD), 1);
}

static void ack_as_old_as_the_largest_window_lets_its_data_in(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1 - 65535, .len = 10);
    READ(r, 10);
    assert_int_equal(rig_status(r).snd_una, r->iss + 1);
}

static void segment_without_ack_is_dropped(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = 0, .seq = peer_next(s), .len = 10);
    IN(r, .flags = FIN, .seq = peer_next(s));
    NONE(r);
    STATE(r, s);
    assert_int_equal(tern_conn_readable(r->c), 0);
    assert_int_equal(rig_drops(r, TERN_DROP_NO_ACK), 2);
}
static void segment_without_ack_is_dropped_in_each_state(struct rig *r)
{
    each_state(r, TERN_SYN_RECEIVED, TERN_LAST_ACK, segment_without_ack_is_dropped);
}

static void segment_outside_is_acknowledged(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = ACK, .seq = peer_next(s) + INT64_C(100000000), .ack = our_una(s), .len = 10);
    OUT(r, .flags = ACK, .seq = our_next(s), .ack = peer_next(s));
    IN(r, .flags = ACK, .seq = peer_next(s) - 100, .ack = our_una(s), .len = 10);
    OUT(r, .flags = ACK, .seq = our_next(s), .ack = peer_next(s));
    NONE(r);
    STATE(r, s);
}
static void segment_outside_the_window_is_acknowledged_in_every_state(struct rig *r)
{
    each_state(r, TERN_SYN_RECEIVED, TERN_TIME_WAIT, segment_outside_is_acknowledged);
}

/* ---- their number ---- */

static uint32_t answers(struct rig *r)
{
    uint32_t n = 0;
    while (rig_next(r)) n++;
    return n;
}

static void challenges_are_limited(struct rig *r, enum tern_state s)
{
    reach(r, s);
    bool time_wait = s == TERN_TIME_WAIT;
    uint16_t flags = time_wait ? SYN | ACK : RST;
    for (int i = 0; i < 100; i++) IN(r, .flags = flags, .seq = peer_next(s) + 1, .ack = 2);
    assert_int_equal(answers(r), 10);
    assert_int_equal(rig_drops(r, TERN_DROP_CHALLENGE_LIMIT), 90);
    rig_pass(r, 5 * TERN_SEC);
    rig_clear(r);
    IN(r, .flags = flags, .seq = peer_next(s) + 1, .ack = 2);
    assert_int_equal(answers(r), 1);
    STATE(r, s);
}
/* proves: RFC 5961 7 */
static void challenges_are_limited_in_every_state(struct rig *r)
{
    each_state(r, TERN_SYN_RECEIVED, TERN_TIME_WAIT, challenges_are_limited);
}

static void half_open_challenges_are_limited(struct rig *r)
{
    reach_half_open(r);
    for (int i = 0; i < 100; i++) IN(r, .flags = RST, .seq = 100);
    assert_int_equal(answers(r), 10);
    STATE(r, TERN_SYN_RECEIVED);
}

static void half_open_challenges_come_back_after_the_period(struct rig *r)
{
    r->set.challenge_period = TERN_SEC / 2;
    reach_half_open(r);
    for (int i = 0; i < 20; i++) IN(r, .flags = RST, .seq = 100);
    rig_clear(r);
    rig_pass(r, TERN_SEC / 2);
    for (int i = 0; i < 20; i++) IN(r, .flags = RST, .seq = 100);
    assert_int_equal(answers(r), 10);
}

static void all_kinds_share_one_budget(struct rig *r)
{
    rig_passive(r);
    for (int i = 0; i < 20; i++) {
        IN(r, .flags = RST, .seq = 100);
        IN(r, .flags = SYN, .seq = 100);
        IN(r, .flags = ACK, .seq = 1, .ack = 100);
    }
    assert_int_equal(answers(r), 10);
}

static void limit_and_period_are_settings(struct rig *r)
{
    r->set.challenge_n = 3;
    r->set.challenge_period = TERN_SEC;
    rig_passive(r);
    for (int i = 0; i < 20; i++) IN(r, .flags = RST, .seq = 100);
    assert_int_equal(answers(r), 3);
    rig_pass(r, TERN_SEC);
    for (int i = 0; i < 20; i++) IN(r, .flags = RST, .seq = 100);
    assert_int_equal(answers(r), 3);
}

/* The budget is the connection's own: a common one would be a side channel (CVE-2016-5696). */
static void one_connections_limit_is_not_anothers(struct rig *r)
{
    rig_passive(r);
    for (int i = 0; i < 100; i++) IN(r, .flags = RST, .seq = 100);
    rig_clear(r);
    IN(r, .flags = SYN, .src_port = 50000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 50000);
    rig_clear(r);
    IN(r, .flags = RST, .seq = 100, .src_port = 50000);
    assert_int_equal(answers(r), 1);
}

static void data_is_acknowledged_when_the_budget_is_spent(struct rig *r)
{
    rig_passive(r);
    for (int i = 0; i < 100; i++) IN(r, .flags = RST, .seq = 100);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    rig_pass(r, 100 * TERN_MS);
    OUT(r, .flags = ACK, .seq = 1, .ack = 11);
}

static const struct rig_test tests[] = {
    RIG_TEST(syn_in_the_window_is_challenged_in_ESTABLISHED),
    RIG_TEST(syn_in_the_window_is_challenged_in_FIN_WAIT_1),
    RIG_TEST(syn_in_the_window_is_challenged_in_FIN_WAIT_2),
    RIG_TEST(syn_in_the_window_is_challenged_in_CLOSE_WAIT),
    RIG_TEST(syn_in_the_window_is_challenged_in_CLOSING),
    RIG_TEST(syn_in_the_window_is_challenged_in_LAST_ACK),
    RIG_TEST(syn_outside_the_window_is_answered_by_an_ack),
    RIG_TEST(syn_ack_is_challenged_in_each_synchronized_state),
    RIG_TEST(syn_ack_again_is_acknowledged),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_in_SYN_RECEIVED),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_in_ESTABLISHED),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_in_FIN_WAIT_1),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_in_FIN_WAIT_2),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_in_CLOSE_WAIT),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_in_CLOSING),
    RIG_TEST(rst_beside_rcv_nxt_is_challenged_in_LAST_ACK),
    RIG_TEST(rst_outside_the_window_is_dropped_in_every_state),
    RIG_TEST(rst_at_the_last_byte_of_the_window_is_challenged_and_beyond_it_dropped),
    RIG_TEST(challenged_peer_resets_with_the_right_number),
    RIG_TEST(ack_of_what_was_not_sent_is_answered_in_each_synchronized_state),
    RIG_TEST(ack_older_than_the_largest_window_is_answered),
    RIG_TEST(ack_as_old_as_the_largest_window_lets_its_data_in),
    RIG_TEST(segment_without_ack_is_dropped_in_each_state),
    RIG_TEST(segment_outside_the_window_is_acknowledged_in_every_state),
    RIG_TEST(challenges_are_limited_in_every_state),
    RIG_TEST(half_open_challenges_are_limited),
    RIG_TEST(half_open_challenges_come_back_after_the_period),
    RIG_TEST(all_kinds_share_one_budget),
    RIG_TEST(limit_and_period_are_settings),
    RIG_TEST(one_connections_limit_is_not_anothers),
    RIG_TEST(data_is_acknowledged_when_the_budget_is_spent),
};

RIG_MAIN(tests)
