/* DCTCP on the wire: RFC 8257. */
#include "xfer.h"

enum { ECT0 = 2, CE = 3, SETUP = ECE | CWR };

/* Established, though the setting says that nobody asks for ECN. */
static void agreed(struct rig *r)
{
    r->set.congestion = 3;
    r->set.ecn = 0;
    rig_listen(r);
    IN(r, .flags = SYN | SETUP, .mss = 1000);
    OUT(r, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1, .tos = NO_TOS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    assert_string_equal(rig_status(r).cc, "dctcp");
}

/* 3.2 (what RFC 3168 6.1.1 is asked for) */
static void a_syn_asks_whatever_the_setting(struct rig *r)
{
    r->set.congestion = 3;
    r->set.ecn = 0;
    rig_connect(r);
    OUT(r, .flags = SYN | SETUP, .seq = 0, .tos = NO_TOS);
}

/* proves: RFC 8257 3.2 */
static void each_change_of_marks_is_told_at_once(struct rig *r)
{
    agreed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 500, .tos = ECT0);
    rig_pass(r, 40 * TERN_MS);
    OUT(r, .flags = ACK, .seq = 1, .ack = 501);
    IN(r, .flags = ACK, .seq = 501, .ack = 1, .len = 500, .tos = CE);
    OUT(r, .flags = ACK | ECE, .seq = 1, .ack = 1001);
    SAW(r, ECN_CE);
    IN(r, .flags = ACK, .seq = 1001, .ack = 1, .len = 500, .tos = CE);
    NONE(r); /* no change: delayed, and it says the same */
    rig_pass(r, 40 * TERN_MS);
    OUT(r, .flags = ACK | ECE, .seq = 1, .ack = 1501);
    IN(r, .flags = ACK, .seq = 1501, .ack = 1, .len = 500, .tos = ECT0);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2001); /* without any CWR */
    SAW(r, ECN_CE_OVER);
}

/* proves: RFC 8257 3.3 */
static void the_first_mark_halves_and_the_next_waits_for_a_window(struct rig *r)
{
    agreed(r);
    rig_send(r, 40000);
    for (uint32_t n = 0; n < 10; n++) OUT(r, .flags = ACK, .seq = 1 + 1000 * n, .ack = 1, .len = 1000, .tos = ECT0);
    NONE(r);
    assert_int_equal(rig_status(r).cwnd, 10000);
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 1001);
    assert_int_equal(rig_status(r).cwnd, 5000);
    SAW(r, CC_DCTCP_MARKS);
    NONE(r);
    for (uint32_t n = 2; n < 6; n++) IN(r, .flags = ACK | ECE, .seq = 1, .ack = 1 + 1000 * n);
    assert_int_equal(rig_status(r).cwnd, 5000); /* still of what was sent before */
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 6001);
    OUT(r, .flags = ACK | CWR, .seq = 10001, .ack = 1, .len = 1000, .tos = ECT0); /* a peer of RFC 3168 waits for it */
}

/* proves: RFC 8257 3.5 */
static void a_loss_is_answered_as_without_ecn(struct rig *r)
{
    agreed(r);
    rig_send(r, 10000);
    for (uint32_t n = 0; n < 10; n++) OUT(r, .flags = ACK, .seq = 1 + 1000 * n, .ack = 1, .len = 1000);
    for (int n = 0; n < 3; n++) IN(r, .flags = ACK, .seq = 1, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = NO_TOS);
    assert_int_equal(rig_status(r).ssthresh, 5000);
    SAW(r, CC_LOSS);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_syn_asks_whatever_the_setting),
    RIG_TEST(each_change_of_marks_is_told_at_once),
    RIG_TEST(the_first_mark_halves_and_the_next_waits_for_a_window),
    RIG_TEST(a_loss_is_answered_as_without_ecn),
};

RIG_MAIN(tests)
