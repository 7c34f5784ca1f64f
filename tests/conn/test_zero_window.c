/* Zero windows: RFC 9293 3.8.6.1. The RTO is 200 ms here, so the probes leave after 200 ms, 400 ms, 800 ms ... */
#include "xfer.h"

#define SHUT(r, a) IN(r, .flags = ACK, .seq = 1, .ack = (a), .wnd = NO_WINDOW)

/* 1000 bytes acknowledged, 2000 wait behind a window of zero. */
static void shut(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    SHUT(r, 1001);
    rig_send(r, 2000);
    NONE(r);
}

/* proves: MUST-36, SHLD-29 */
static void the_first_probe_leaves_after_one_timeout(struct rig *r)
{
    shut(r);
    rig_pass(r, 200 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1001, 1);
    SAW(r, PROBE_ZERO);
    NONE(r);
}

/* proves: SHLD-30 */
static void the_time_between_probes_doubles_up_to_the_limit(struct rig *r)
{
    tern_ns delay = 200 * TERN_MS;
    r->set.rto_max = 5 * TERN_SEC;
    shut(r);
    for (int i = 0; i < 9; i++) {
        rig_pass(r, delay - 1);
        NONE(r);
        rig_pass(r, 1);
        DATA_OUT(r, 1001, 1);
        SHUT(r, 1001);
        delay = delay * 2 > r->set.rto_max ? r->set.rto_max : delay * 2;
    }
}

/* proves: MUST-37 */
static void as_long_as_the_peer_answers_there_is_no_end(struct rig *r)
{
    shut(r);
    for (int i = 0; i < 400; i++) {
        rig_pass(r, 120 * TERN_SEC);
        while (rig_next(r)) SHUT(r, 1001);
        STATE(r, TERN_ESTABLISHED);
    }
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 5000);
    int64_t got = 0;
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) got += o->h.len;
    assert_int_equal(got, 2000);
}

static void a_peer_that_stops_answering_is_given_up_at_r2(struct rig *r)
{
    r->set.r2 = 100 * TERN_SEC;
    shut(r);
    rig_pass(r, 100 * TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
}

/* proves: MUST-37 */
static void an_answer_starts_r2_anew(struct rig *r)
{
    r->set.r2 = 100 * TERN_SEC;
    shut(r);
    rig_pass(r, 90 * TERN_SEC);
    rig_clear(r);
    SHUT(r, 1001);
    rig_pass(r, 100 * TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 30 * TERN_SEC);
    STATE(r, TERN_CLOSED);
    rig_clear(r);
}

static void the_user_timeout_ends_unanswered_probes(struct rig *r)
{
    shut(r);
    set_option(r, TERN_OPT_USER_TIMEOUT, 5000);
    rig_pass(r, 10 * TERN_SEC);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
    SAW(r, USER_TIMEOUT);
    rig_clear(r);
}

static void a_user_timeout_set_before_is_kept_to_the_instant(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_USER_TIMEOUT, 5000);
    send_quietly(r, 1000);
    SHUT(r, 1001);
    rig_send(r, 2000);
    rig_pass(r, 5 * TERN_SEC - 1);
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    rig_clear(r);
}

/* RFC 9293 3.8.6.1: a resource policy of ours. */
static void an_orphan_is_probed_only_so_often(struct rig *r)
{
    unsigned probes = 0;
    r->set.orphan_probes = 4;
    shut(r);
    rig_release(r);
    for (int i = 0; i < 100; i++) {
        rig_pass(r, TERN_SEC);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
            if (o->h.flags & RST) goto reset;
            probes++;
            SHUT(r, 1001);
        }
    }
    fail_msg("the orphan lives");
reset:
    assert_int_equal(probes, 4);
    STATE(r, TERN_CLOSED);
}

static void an_opening_window_lets_all_out_at_once(struct rig *r)
{
    shut(r);
    rig_pass(r, 100 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 2000);
    out_full(r, 1001, 1000, 2);
    NONE(r);
    assert_true(rig_status(r).timer[TERN_TIMER_PERSIST] == TERN_NEVER);
    ACK_IN(r, 3001);
    rig_pass(r, 10 * TERN_SEC);
    NONE(r);
}

static void a_lost_window_update_is_found_by_the_probe(struct rig *r)
{
    shut(r);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1001, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 3000); /* the answer shows it */
    int64_t got = 0;
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) got += o->h.len;
    assert_int_equal(got, 2000);
}

static void a_probe_that_the_peer_takes_moves_the_next_one_on(struct rig *r)
{
    shut(r);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1001, 1);
    SHUT(r, 1002);
    NONE(r);
    rig_pass(r, TERN_SEC);
    DATA_OUT(r, 1002, 1);
    assert_int_equal(rig_status(r).send_queue, 1999);
    rig_clear(r);
}

static void a_last_byte_taken_as_a_probe_ends_the_probing(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    SHUT(r, 1001);
    rig_send(r, 1);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1001, 1);
    SHUT(r, 1002);
    rig_pass(r, 300 * TERN_SEC);
    NONE(r);
    STATE(r, TERN_ESTABLISHED);
    rig_send(r, 1);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1002, 1);
}

static void a_fin_behind_a_zero_window_is_the_probe(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 1000);
    SHUT(r, 1001);
    rig_close(r);
    NONE(r);
    rig_pass(r, 200 * TERN_MS);
    OUT(r, .flags = FIN | ACK, .seq = 1001, .ack = 1);
    SHUT(r, 1001);
    rig_pass(r, 400 * TERN_MS);
    OUT(r, .flags = FIN | ACK, .seq = 1001, .ack = 1);
    SHUT(r, 1002);
    STATE(r, TERN_FIN_WAIT_2);
    rig_pass(r, 300 * TERN_SEC);
    NONE(r);
    STATE(r, TERN_FIN_WAIT_2);
}

static void a_fin_waits_behind_data_that_waits(struct rig *r)
{
    shut(r);
    rig_close(r);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1001, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 5000);
    int64_t end = 1001;
    bool fin = false;
    for (const struct out_seg *o; (o = rig_next(r)) != NULL; end += o->h.len, fin = (o->h.flags & FIN) != 0)
        assert_int_equal((int32_t)(o->h.seq.v - r->iss), end);
    assert_int_equal(end, 3001);
    assert_true(fin);
    IN(r, .flags = ACK, .seq = 1, .ack = 3002, .wnd = 5000);
    STATE(r, TERN_FIN_WAIT_2);
}

static void a_window_that_takes_the_data_but_not_the_fin(struct rig *r)
{
    r->syn.wnd = 2000;
    open_mss(r, 1000);
    rig_send(r, 2000);
    rig_close(r);
    out_full(r, 1, 1000, 2);
    NONE(r);
    SHUT(r, 2001);
    rig_pass(r, 200 * TERN_MS);
    OUT(r, .flags = FIN | ACK, .seq = 2001, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 2002, .wnd = 2000);
    STATE(r, TERN_FIN_WAIT_2);
}

/* MUST-37, the other side: we answer probes. */
static void we_answer_a_probe_with_what_we_expect(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    DATA_IN(r, 1, 2048);
    rig_clear(r);
    rig_mark(r);
    for (int i = 0; i < 3; i++) {
        rig_pass(r, 10 * TERN_SEC);
        DATA_IN(r, 2049, 1);
        OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = NO_WINDOW);
    }
    SAW(r, ACK_PROBE);
    READ(r, 2048);
    rig_clear(r);
    DATA_IN(r, 2049, 10);
    READ(r, 10);
}

/* 3.10.7.4 first: with a window of zero valid ACKs, URGs and RSTs are still taken. */
static void behind_our_zero_window_acknowledgements_still_count(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    DATA_IN(r, 1, 2048);
    send_quietly(r, 100);
    IN(r, .flags = ACK, .seq = 2049, .ack = 51);
    assert_int_equal(rig_status(r).send_queue, 50);
    IN(r, .flags = ACK, .seq = 2049, .ack = 101, .len = 1); /* the ACK of a segment whose text is refused */
    assert_int_equal(rig_status(r).send_queue, 0);
    assert_int_equal(rig_status(r).receive_queue, 2048);
    rig_clear(r);
}

static void a_syn_with_a_zero_window_is_probed_after_the_handshake(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000, .wnd = NO_WINDOW);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    SHUT(r, 1);
    rig_accept(r);
    rig_send(r, 10);
    NONE(r);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 2, .wnd = 1000);
    DATA_OUT(r, 2, 9);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_first_probe_leaves_after_one_timeout),
    RIG_TEST(the_time_between_probes_doubles_up_to_the_limit),
    RIG_TEST(as_long_as_the_peer_answers_there_is_no_end),
    RIG_TEST(a_peer_that_stops_answering_is_given_up_at_r2),
    RIG_TEST(an_answer_starts_r2_anew),
    RIG_TEST(the_user_timeout_ends_unanswered_probes),
    RIG_TEST(a_user_timeout_set_before_is_kept_to_the_instant),
    RIG_TEST(an_orphan_is_probed_only_so_often),
    RIG_TEST(an_opening_window_lets_all_out_at_once),
    RIG_TEST(a_lost_window_update_is_found_by_the_probe),
    RIG_TEST(a_probe_that_the_peer_takes_moves_the_next_one_on),
    RIG_TEST(a_last_byte_taken_as_a_probe_ends_the_probing),
    RIG_TEST(a_fin_behind_a_zero_window_is_the_probe),
    RIG_TEST(a_fin_waits_behind_data_that_waits),
    RIG_TEST(a_window_that_takes_the_data_but_not_the_fin),
    RIG_TEST(we_answer_a_probe_with_what_we_expect),
    RIG_TEST(behind_our_zero_window_acknowledgements_still_count),
    RIG_TEST(a_syn_with_a_zero_window_is_probed_after_the_handshake),
};

RIG_MAIN(tests)
