/* Keepalive (RFC 9293 3.8.4), USER TIMEOUT (3.9.1.1, 3.10.8), R1 and R2 (3.8.3). */
#include "reach.h"

static void set(struct rig *r, enum tern_option opt, int64_t v) { assert_int_equal(tern_conn_set(r->c, r->now, opt, v), 0); }

/* Probes after 10 s, then every 2 s, three of them. */
static void keep(struct rig *r)
{
    set(r, TERN_OPT_KEEPALIVE_IDLE, 10000);
    set(r, TERN_OPT_KEEPALIVE_INTERVAL, 2000);
    set(r, TERN_OPT_KEEPALIVE_COUNT, 3);
    set(r, TERN_OPT_KEEPALIVE, 1);
}

#define PROBE(r) OUT(r, .flags = ACK, .seq = 0, .ack = 1) /* SEG.SEQ = SND.NXT-1 */

/* proves: MUST-25 */
static void keepalive_is_off_by_default(struct rig *r)
{
    rig_passive(r);
    rig_pass(r, 30 * 86400 * TERN_SEC);
    NONE(r);
    STATE(r, TERN_ESTABLISHED);
}

/* proves: MUST-28. Configurable, not less than two hours by default. */
static void default_idle_time_is_two_hours(struct rig *r)
{
    rig_passive(r);
    set(r, TERN_OPT_KEEPALIVE, 1);
    rig_pass(r, 7200 * TERN_SEC - 1);
    NONE(r);
    rig_pass(r, 1);
    PROBE(r);
    NONE(r);
    SAW(r, KEEPALIVE_PROBE);
}

/* proves: MUST-27, MAY-5 */
static void idle_interval_and_count_are_options(struct rig *r)
{
    rig_passive(r);
    keep(r);
    rig_pass(r, 10 * TERN_SEC - 1);
    NONE(r);
    rig_pass(r, 1);
    PROBE(r);
    for (int i = 0; i < 2; i++) {
        rig_pass(r, 2 * TERN_SEC - 1);
        NONE(r);
        rig_pass(r, 1);
        PROBE(r);
    }
    rig_pass(r, 2 * TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
}

static void dead_peer_is_reported_as_a_timeout(struct rig *r)
{
    rig_passive(r);
    keep(r);
    rig_pass(r, 15999 * TERN_MS);
    rig_clear(r);
    rig_pass(r, TERN_MS);
    expect_rst(r, 1); /* if it is there after all, it must know */
    expect_over(r, TERN_ERR_TIMEDOUT);
    assert_true(rig_events(r) & TERN_ERROR);
    READ(r, TERN_ERR_TIMEDOUT);
    SAW(r, KEEPALIVE_DEAD);
    assert_int_equal(rig_counters(r).timeouts, 1);
}

static void rebooted_peer_is_reported_as_a_reset(struct rig *r)
{
    rig_passive(r);
    keep(r);
    rig_pass(r, 10 * TERN_SEC);
    PROBE(r);
    IN(r, .flags = RST, .seq = 1); /* 3.10.7.1: <SEQ=SEG.ACK> */
    expect_over(r, TERN_ERR_RESET);
}

/* proves: SHLD-12 */
static void answer_starts_the_idle_time_anew(struct rig *r)
{
    rig_passive(r);
    keep(r);
    for (int i = 0; i < 20; i++) {
        rig_pass(r, 10 * TERN_SEC);
        PROBE(r);
        NONE(r);
        IN(r, .flags = ACK, .seq = 1, .ack = 1);
    }
    STATE(r, TERN_ESTABLISHED);
}

/* proves: MUST-29. It is not an invitation to kill a connection for one lost probe. */
static void one_answer_of_the_last_probe_saves_the_connection(struct rig *r)
{
    rig_passive(r);
    keep(r);
    rig_pass(r, 15 * TERN_SEC);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    rig_pass(r, 9 * TERN_SEC);
    NONE(r);
    STATE(r, TERN_ESTABLISHED);
}

/* proves: MUST-26 */
static void data_from_the_peer_postpones_the_probe(struct rig *r)
{
    rig_passive(r);
    keep(r);
    rig_pass(r, 9 * TERN_SEC);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    rig_pass(r, 100 * TERN_MS);
    rig_clear(r);
    rig_pass(r, 9800 * TERN_MS);
    NONE(r);
    rig_pass(r, 200 * TERN_MS);
    OUT(r, .flags = ACK, .seq = 0, .ack = 11);
}

/* Who knows the addresses alone must not keep a dead connection. */
static void what_is_out_of_place_postpones_nothing(struct rig *r)
{
    rig_passive(r);
    keep(r);
    for (int i = 0; i < 8; i++) {
        rig_pass(r, 2 * TERN_SEC);
        IN(r, .flags = ACK, .seq = 1 << 20, .ack = 1);
        IN(r, .flags = ACK, .seq = 1, .ack = 1 << 20);
        IN(r, .flags = SYN, .seq = 1);
        rig_clear(r);
    }
    STATE(r, TERN_CLOSED);
}

/* proves: MUST-26 */
static void no_probe_while_data_is_in_flight(struct rig *r)
{
    rig_passive(r);
    keep(r);
    rig_pass(r, 9900 * TERN_MS);
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    rig_pass(r, 150 * TERN_MS); /* its retransmissions tell whether the peer lives */
    NONE(r);
}

/* proves: MUST-24 */
static void keepalive_can_be_switched_off(struct rig *r)
{
    rig_passive(r);
    keep(r);
    rig_pass(r, 10 * TERN_SEC);
    PROBE(r);
    set(r, TERN_OPT_KEEPALIVE, 0);
    rig_pass(r, 3600 * TERN_SEC);
    NONE(r);
    STATE(r, TERN_ESTABLISHED);
}

static void keepalive_set_before_the_handshake_begins_with_it(struct rig *r)
{
    rig_connect(r);
    keep(r);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 1);
    rig_clear(r);
    rig_pass(r, 10 * TERN_SEC);
    PROBE(r);
}

static void probing(struct rig *r, enum tern_state s)
{
    rig_to_state(r, s);
    keep(r);
    rig_pass(r, 10 * TERN_SEC);
    OUT(r, .flags = ACK, .seq = our_next(s) - 1, .ack = peer_next(s));
    rig_pass(r, 6 * TERN_SEC);
    rig_clear(r);
    expect_over(r, TERN_ERR_TIMEDOUT);
}
static void keepalive_probes_in_fin_wait_2(struct rig *r) { probing(r, TERN_FIN_WAIT_2); }
static void keepalive_probes_in_close_wait(struct rig *r) { probing(r, TERN_CLOSE_WAIT); }

static void the_peers_probe_is_answered(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 0, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    IN(r, .flags = ACK, .seq = 0, .ack = 1, .len = 1); /* with the byte of garbage that old ones send */
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    SAW(r, KEEPALIVE_IN);
    READ(r, TERN_ERR_AGAIN);
}

static void peers_probe_in_fin_wait_2_is_answered(struct rig *r)
{
    reach(r, TERN_FIN_WAIT_2);
    IN(r, .flags = ACK, .seq = 0, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 1);
}

/* ---- USER TIMEOUT ---- */

/* proves: MUST-21 */
static void user_timeout_ends_unanswered_data(struct rig *r)
{
    rig_passive(r);
    set(r, TERN_OPT_USER_TIMEOUT, 5000);
    rig_pass(r, 100 * TERN_SEC); /* nothing is unacknowledged */
    STATE(r, TERN_ESTABLISHED);
    rig_send(r, 10);
    rig_pass(r, 4999 * TERN_MS);
    STATE(r, TERN_ESTABLISHED);
    rig_clear(r);
    rig_pass(r, TERN_MS);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
    SAW(r, USER_TIMEOUT);
}

static void progress_starts_the_user_timeout_anew(struct rig *r)
{
    rig_passive(r);
    set(r, TERN_OPT_USER_TIMEOUT, 5000);
    rig_send(r, 20);
    rig_pass(r, 4 * TERN_SEC);
    IN(r, .flags = ACK, .seq = 1, .ack = 11);
    rig_pass(r, 4 * TERN_SEC);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, TERN_SEC);
    STATE(r, TERN_CLOSED);
}

static void times_out(struct rig *r, enum tern_state s)
{
    reach(r, s);
    set(r, TERN_OPT_USER_TIMEOUT, 3000);
    if (s == TERN_CLOSE_WAIT || s == TERN_ESTABLISHED) rig_send(r, 10);
    rig_pass(r, 3100 * TERN_MS);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
    SAW(r, USER_TIMEOUT);
    READ(r, s >= TERN_CLOSE_WAIT ? 0 : TERN_ERR_TIMEDOUT);
}
IN_STATE(times_out, SYN_SENT)
IN_STATE(times_out, SYN_RECEIVED)
IN_STATE(times_out, ESTABLISHED)
IN_STATE(times_out, FIN_WAIT_1)
IN_STATE(times_out, CLOSE_WAIT)
IN_STATE(times_out, CLOSING)
IN_STATE(times_out, LAST_ACK)

/* ---- R1, R2 ---- */

static void data_is_tried_until_r2(struct rig *r)
{
    r->set.r2 = 100 * TERN_SEC; /* SHLD-11: at least */
    rig_passive(r);
    rig_send(r, 10);
    rig_pass(r, 100 * TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_clear(r);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
    SAW(r, R2);
}

/* proves: SHLD-11 */
static void default_r2_is_longer_than_100_seconds(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 10);
    rig_pass(r, 900 * TERN_SEC);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 30 * TERN_SEC);
    STATE(r, TERN_CLOSED);
}

/* MUST-20 (a), SHLD-9: R1 is at least three retransmissions, and only tells. */
static void r1_is_a_soft_error(struct rig *r)
{
    rig_passive(r);
    rig_events(r);
    rig_send(r, 10);
    for (int i = 0; i < 3; i++) {
        assert_false(rig_events(r) & TERN_SOFT_ERROR);
        rig_pass(r, rig_status(r).timer[TERN_TIMER_RETRANSMIT] - r->now);
    }
    assert_true(rig_events(r) & TERN_SOFT_ERROR);
    assert_int_equal(tern_conn_soft_error(r->c), TERN_ERR_TIMEDOUT);
    assert_int_equal(tern_conn_error(r->c), 0);
    SAW(r, R1);
    IN(r, .flags = ACK, .seq = 1, .ack = 11);
    STATE(r, TERN_ESTABLISHED);
    assert_int_equal(rig_status(r).send_queue, 0);
}

static void r1_is_a_setting(struct rig *r)
{
    r->set.r1 = 5;
    rig_passive(r);
    rig_events(r);
    rig_send(r, 10);
    for (int i = 0; i < 5; i++) {
        assert_false(rig_events(r) & TERN_SOFT_ERROR);
        rig_pass(r, rig_status(r).timer[TERN_TIMER_RETRANSMIT] - r->now);
    }
    assert_true(rig_events(r) & TERN_SOFT_ERROR);
}

static const struct rig_test tests[] = {
    RIG_TEST(keepalive_is_off_by_default),
    RIG_TEST(default_idle_time_is_two_hours),
    RIG_TEST(idle_interval_and_count_are_options),
    RIG_TEST(dead_peer_is_reported_as_a_timeout),
    RIG_TEST(rebooted_peer_is_reported_as_a_reset),
    RIG_TEST(answer_starts_the_idle_time_anew),
    RIG_TEST(one_answer_of_the_last_probe_saves_the_connection),
    RIG_TEST(data_from_the_peer_postpones_the_probe),
    RIG_TEST(what_is_out_of_place_postpones_nothing),
    RIG_TEST(no_probe_while_data_is_in_flight),
    RIG_TEST(keepalive_can_be_switched_off),
    RIG_TEST(keepalive_set_before_the_handshake_begins_with_it),
    RIG_TEST(keepalive_probes_in_fin_wait_2),
    RIG_TEST(keepalive_probes_in_close_wait),
    RIG_TEST(the_peers_probe_is_answered),
    RIG_TEST(peers_probe_in_fin_wait_2_is_answered),
    RIG_TEST(user_timeout_ends_unanswered_data),
    RIG_TEST(progress_starts_the_user_timeout_anew),
    RIG_TEST(times_out_in_SYN_SENT),
    RIG_TEST(times_out_in_SYN_RECEIVED),
    RIG_TEST(times_out_in_ESTABLISHED),
    RIG_TEST(times_out_in_FIN_WAIT_1),
    RIG_TEST(times_out_in_CLOSE_WAIT),
    RIG_TEST(times_out_in_CLOSING),
    RIG_TEST(times_out_in_LAST_ACK),
    RIG_TEST(data_is_tried_until_r2),
    RIG_TEST(default_r2_is_longer_than_100_seconds),
    RIG_TEST(r1_is_a_soft_error),
    RIG_TEST(r1_is_a_setting),
};

RIG_MAIN(tests)
