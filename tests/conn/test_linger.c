/* What becomes of unsent data when the application goes: option LINGER, and the limit of an orphan's probes (RFC 9293 3.8.6.1).
 */
#include "reach.h"

static void linger(struct rig *r, int64_t ms) { assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_LINGER, ms), 0); }

static void without_linger_release_closes(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 10);
    rig_clear(r);
    rig_release(r);
    OUT(r, .flags = FIN | ACK, .seq = 11, .ack = 1);
    STATE(r, TERN_FIN_WAIT_1);
}

static void linger_zero_resets(struct rig *r, enum tern_state s)
{
    rig_to_state(r, s);
    linger(r, 0);
    rig_release(r);
    expect_rst(r, our_next(s));
    STATE(r, TERN_CLOSED);
    assert_int_equal(rig_counters(r).conn_n, 0);
}
IN_STATE(linger_zero_resets, ESTABLISHED)
IN_STATE(linger_zero_resets, FIN_WAIT_1)
IN_STATE(linger_zero_resets, FIN_WAIT_2)
IN_STATE(linger_zero_resets, CLOSE_WAIT)

static void linger_zero_drops_unsent_data(struct rig *r)
{
    r->syn.wnd = 10;
    rig_passive(r);
    rig_send(r, 100);
    rig_clear(r);
    linger(r, 0);
    rig_release(r);
    expect_rst(r, 11);
    rig_pass(r, 100 * TERN_SEC);
    NONE(r);
}

static void linger_gives_the_data_its_time(struct rig *r)
{
    r->syn.wnd = 50;
    rig_passive(r);
    rig_send(r, 100);
    rig_clear(r);
    linger(r, 5000);
    rig_release(r);
    rig_pass(r, 4 * TERN_SEC);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 51, .wnd = 100);
    OUT(r, .flags = FIN | ACK, .seq = 51, .ack = 1, .len = 50);
    IN(r, .flags = ACK, .seq = 1, .ack = 102);
    STATE(r, TERN_FIN_WAIT_2);
    rig_pass(r, 10 * TERN_SEC); /* the linger time is over, and means nothing any more */
    STATE(r, TERN_FIN_WAIT_2);
    NONE(r);
}

static void linger_that_runs_out_resets(struct rig *r)
{
    r->syn.wnd = 50;
    rig_passive(r);
    rig_send(r, 100);
    linger(r, 5000);
    rig_release(r);
    rig_pass(r, 5 * TERN_SEC - 1);
    STATE(r, TERN_FIN_WAIT_1);
    rig_clear(r);
    rig_pass(r, 1);
    expect_rst(r, 51);
    STATE(r, TERN_CLOSED);
    SAW(r, RST_LINGER);
    assert_int_equal(rig_counters(r).conn_n, 0);
}

static void linger_runs_in_last_ack_too(struct rig *r)
{
    reach(r, TERN_CLOSE_WAIT);
    linger(r, 1000);
    rig_release(r);
    STATE(r, TERN_LAST_ACK);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    STATE(r, TERN_CLOSED);
}

/* The peer is in FIN-WAIT-2 and has no timer: without a RST it would wait for ever for data that nobody has any more. */
static void linger_that_runs_out_before_the_fin_could_leave_resets(struct rig *r)
{
    reach(r, TERN_CLOSE_WAIT);
    IN(r, .flags = ACK, .seq = 2, .ack = 1, .wnd = NO_WINDOW);
    rig_send(r, 10);
    linger(r, 1000);
    rig_release(r);
    STATE(r, TERN_LAST_ACK);
    rig_pass(r, TERN_SEC - 1);
    rig_clear(r);
    rig_pass(r, 1);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags & RST, RST);
    NONE(r);
    STATE(r, TERN_CLOSED);
}

static void linger_after_all_is_acknowledged_ends_normally(struct rig *r)
{
    rig_passive(r);
    linger(r, 1000);
    rig_release(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    rig_pass(r, 2 * TERN_SEC);
    NONE(r);
    STATE(r, TERN_TIME_WAIT);
}

static void linger_option_is_checked(struct rig *r)
{
    int64_t v = 0;
    rig_passive(r);
    assert_int_equal(tern_conn_get(r->c, TERN_OPT_LINGER, &v), 0);
    assert_int_equal(v, -1);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_LINGER, -2), TERN_ERR_INVAL);
    linger(r, 7);
    assert_int_equal(tern_conn_get(r->c, TERN_OPT_LINGER, &v), 0);
    assert_int_equal(v, 7);
}

static void orphan_behind_a_zero_window_is_given_up(struct rig *r)
{
    r->set.orphan_probes = 3;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    rig_send(r, 10);
    rig_release(r);
    int probes = 0;
    for (int i = 0; i < 20 && rig_state(r) == TERN_FIN_WAIT_1; i++) {
        rig_pass(r, 10 * TERN_SEC);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
            if (o->h.flags & RST) continue;
            probes++;
            IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW); /* it lives, and takes nothing */
        }
    }
    STATE(r, TERN_CLOSED);
    assert_int_equal(probes, 3);
    SAW(r, PROBE_LIMIT);
}

static void owned_connection_behind_a_zero_window_is_not_given_up(struct rig *r)
{
    r->set.orphan_probes = 3;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    rig_send(r, 10);
    for (int i = 0; i < 100; i++) {
        rig_pass(r, 60 * TERN_SEC);
        rig_clear(r);
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    }
    STATE(r, TERN_ESTABLISHED);
}

static const struct rig_test tests[] = {
    RIG_TEST(without_linger_release_closes),
    RIG_TEST(linger_zero_resets_in_ESTABLISHED),
    RIG_TEST(linger_zero_resets_in_FIN_WAIT_1),
    RIG_TEST(linger_zero_resets_in_FIN_WAIT_2),
    RIG_TEST(linger_zero_resets_in_CLOSE_WAIT),
    RIG_TEST(linger_zero_drops_unsent_data),
    RIG_TEST(linger_gives_the_data_its_time),
    RIG_TEST(linger_that_runs_out_resets),
    RIG_TEST(linger_runs_in_last_ack_too),
    RIG_TEST(linger_that_runs_out_before_the_fin_could_leave_resets),
    RIG_TEST(linger_after_all_is_acknowledged_ends_normally),
    RIG_TEST(linger_option_is_checked),
    RIG_TEST(orphan_behind_a_zero_window_is_given_up),
    RIG_TEST(owned_connection_behind_a_zero_window_is_not_given_up),
};

RIG_MAIN(tests)
