/* What is late is not lost, and what is lost behind it is found without a timeout: RFC 8985 6.2, and the window after a timeout.
 * MSS 1000, the handshake took 100 ms, so the reordering window is 25 ms. */
#include "xfer.h"

#define RTT  (100 * TERN_MS)
#define WAIT (RTT / 4)

static void open_sack(struct rig *r, bool ts)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = ts ? 1012 : 1000, .sack_ok = true, .ts = ts, .tsval = 1);
    rig_clear(r);
    rig_pass(r, RTT);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = ts, .tsval = 2, .tsecr = 0);
    assert_non_null(rig_accept(r));
    rig_mark(r);
}

/* Returns its timestamp. */
static uint32_t send_one(struct rig *r, tern_ns then)
{
    rig_send(r, 1000);
    uint32_t ts = next_ts(r);
    NONE(r);
    rig_pass(r, then);
    return ts;
}

#define ACK_SACK(r, a, left, right) IN(r, .flags = ACK, .seq = 1, .ack = (a), .sack_n = 1, .sack = {{(left), (right)}})

/* proves: RFC 8985 6.2. Step 5: one timer for all that may only be late: what arrives until then is heard first. */
static void the_reordering_timer_waits_for_the_last_of_them(struct rig *r)
{
    open_sack(r, false);
    for (int i = 0; i < 4; i++) send_one(r, 2 * TERN_MS);
    rig_pass(r, 98 * TERN_MS); /* the last one's round trip is 100 ms */
    ACK_SACK(r, 1, 3001, 4001);
    NONE(r);
    rig_pass(r, WAIT - 1); /* the first was due 6 ms ago */
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1, 1000);
    SAW(r, RACK_LOST);
}

/* One that overtook is acknowledged after half of the time. What it makes look lost is not taken for lost again, and again, when
 * the acknowledgement of its first transmission undoes it. */
static void an_undone_loss_is_judged_by_a_new_round_trip(struct rig *r)
{
    uint32_t first = 0;
    open_sack(r, true);
    for (int i = 0; i < 5; i++) {
        uint32_t ts = send_one(r, i < 4 ? TERN_MS : 40 * TERN_MS);
        if (i == 0) first = ts;
    }
    send_one(r, 40 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 10, .tsecr = 0, .sack_n = 1, .sack = {{5001, 6001}});
    DATA_OUT(r, 1, 1000);
    rig_clear(r);
    rig_mark(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .ts = true, .tsval = 11, .tsecr = first, .sack_n = 1, .sack = {{5001, 6001}});
    SAW(r, UNDO_EIFEL);
    NONE(r);
    rig_pass(r, TERN_MS);
    NONE(r);
}

/* proves: RFC 8985 6.2. Step 2: a round trip a little below the least one is no sign of an old acknowledgement where the echo
 * names the repetition: what was sent before it and is not there is lost, without a timeout. */
static void the_echo_of_a_repetition_counts_though_the_path_was_slower(struct rig *r)
{
    open_sack(r, true);
    for (int i = 0; i < 4; i++) send_one(r, 0);
    rig_pass(r, RTT + 20 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 10, .tsecr = 0, .sack_n = 1, .sack = {{1001, 2001}});
    rig_pass(r, WAIT + 20 * TERN_MS);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.seq.v, r->iss + 1);
    uint32_t again = o->h.opt.ts_val;
    rig_clear(r);
    rig_pass(r, RTT - 5 * TERN_MS - 20 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .ts = true, .tsval = 11, .tsecr = again);
    DATA_OUT(r, 2001, 1000);
    SAW(r, RACK_LOST);
}

/* After a timeout the window grows by what goes again, also when nothing new waits (RFC 5681 3.1). */
static void after_a_timeout_what_is_lost_opens_the_window(struct rig *r)
{
    r->set.tlp = r->set.frto = 0;
    open_sack(r, false);
    rig_send(r, 8000);
    out_full(r, 1, 1000, 8);
    rig_pass(r, rig_status(r).rto);
    DATA_OUT(r, 1, 1000);
    NONE(r);
    rig_pass(r, RTT);
    ACK_IN(r, 1001);
    out_full(r, 1001, 1000, 2);
    NONE(r);
    rig_pass(r, RTT);
    ACK_IN(r, 3001);
    out_full(r, 3001, 1000, 3);
    NONE(r);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_reordering_timer_waits_for_the_last_of_them),
    RIG_TEST(an_undone_loss_is_judged_by_a_new_round_trip),
    RIG_TEST(the_echo_of_a_repetition_counts_though_the_path_was_slower),
    RIG_TEST(after_a_timeout_what_is_lost_opens_the_window),
};

RIG_MAIN(tests)
