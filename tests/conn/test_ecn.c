/* Explicit congestion notification: RFC 3168. */
#include "xfer.h"

enum { ECT0 = 2, CE = 3, SETUP = ECE | CWR };

static void set_ecn(struct rig *r, uint64_t mode) { assert_int_equal(tern_settings_set(&r->set, "ecn", mode), 0); }

/* Established by the peer's SYN that asks; nothing is left to take out. */
static void agreed(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN | SETUP, .mss = 1000);
    OUT(r, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1, .tos = NO_TOS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    assert_true(rig_status(r).ecn);
    rig_mark(r);
}

/* ---- 6.1.1: the handshake ---- */

static void a_syn_asks_only_by_setting(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
}

/* proves: SHLD-8, RFC 3168 6.1.1 */
static void a_syn_asks_and_a_syn_ack_agrees(struct rig *r)
{
    set_ecn(r, 1);
    rig_connect(r);
    OUT(r, .flags = SYN | SETUP, .seq = 0, .tos = NO_TOS);
    IN(r, .flags = SYN | ACK | ECE, .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .tos = NO_TOS);
    SAW(r, ECN_AGREED);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = ECT0);
    assert_true(rig_status(r).ecn);
}

static void not_agreed(struct rig *r, uint16_t answer)
{
    set_ecn(r, 1);
    rig_connect(r);
    OUT(r, .flags = SYN | SETUP, .seq = 0);
    IN(r, .flags = (uint16_t)(SYN | ACK | answer), .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = NO_TOS);
    assert_false(rig_status(r).ecn);
}

static void a_plain_syn_ack_refuses(struct rig *r) { not_agreed(r, 0); }
/* 6.1.1: a host that reflects the reserved bits does not speak ECN. */
static void a_syn_ack_with_both_bits_refuses(struct rig *r) { not_agreed(r, SETUP); }
static void a_syn_ack_with_cwr_alone_refuses(struct rig *r) { not_agreed(r, CWR); }

/* proves: RFC 3168 6.1.1 */
static void a_syn_that_asks_is_accepted(struct rig *r)
{
    agreed(r);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = ECT0);
}

static void the_agreement_survives_in_the_half_open_record(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN | SETUP, .mss = 1000);
    OUT(r, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1, .tos = NO_TOS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    assert_true(rig_status(r).ecn);
}

static void a_syn_with_one_bit_does_not_ask(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN | ECE);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void off_is_off(struct rig *r)
{
    set_ecn(r, 0);
    rig_listen(r);
    IN(r, .flags = SYN | SETUP);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* proves: RFC 3168 6.1.1.1. And 6.1.1: who has sent a SYN without the bits sends no ECT. */
static void an_unanswered_syn_is_sent_again_without(struct rig *r)
{
    set_ecn(r, 1);
    rig_connect(r);
    OUT(r, .flags = SYN | SETUP, .seq = 0);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0);
    SAW(r, ECN_FALLBACK);
    IN(r, .flags = SYN | ACK | ECE, .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = NO_TOS);
}

static void the_fallback_is_a_setting(struct rig *r)
{
    set_ecn(r, 1);
    assert_int_equal(tern_settings_set(&r->set, "ecn_syns", 0), 0);
    rig_connect(r);
    OUT(r, .flags = SYN | SETUP, .seq = 0);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | SETUP, .seq = 0);
}

static void both_open_at_once(struct rig *r)
{
    set_ecn(r, 1);
    rig_connect(r);
    OUT(r, .flags = SYN | SETUP, .seq = 0);
    IN(r, .flags = SYN | SETUP, .mss = 1000);
    OUT(r, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
    IN(r, .flags = SYN | ACK | ECE, .ack = 1);
    rig_clear(r);
    assert_true(rig_status(r).ecn);
}

/* ---- 6.1.3: the receiver ---- */

/* proves: SHLD-8, RFC 3168 6.1.3 */
static void ce_is_echoed_until_cwr_comes(struct rig *r)
{
    agreed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = CE);
    OUT(r, .flags = ACK | ECE, .seq = 1, .ack = 1001, .tos = NO_TOS); /* the first one is not delayed */
    SAW(r, ECN_CE);
    IN(r, .flags = ACK, .seq = 1001, .ack = 1, .len = 1000, .tos = ECT0);
    IN(r, .flags = ACK, .seq = 2001, .ack = 1, .len = 1000, .tos = ECT0);
    OUT(r, .flags = ACK | ECE, .seq = 1, .ack = 3001);
    rig_send(r, 500); /* on data, too */
    OUT(r, .flags = ACK | ECE, .seq = 1, .ack = 3001, .len = 500, .tos = ECT0);
    IN(r, .flags = ACK | CWR, .seq = 3001, .ack = 501, .len = 1000, .tos = ECT0);
    OUT(r, .flags = ACK, .seq = 501, .ack = 4001);
    SAW(r, ECN_CWR);
    assert_true(rig_status(r).ecn_seen);
    assert_int_equal(rig_status(r).received_ce, 1);
}

static void a_marked_segment_with_cwr_is_echoed_anew(struct rig *r)
{
    agreed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = CE);
    OUT(r, .flags = ACK | ECE, .seq = 1, .ack = 1001);
    IN(r, .flags = ACK | CWR, .seq = 1001, .ack = 1, .len = 1000, .tos = CE);
    OUT(r, .flags = ACK | ECE, .seq = 1, .ack = 2001);
    assert_int_equal(rig_status(r).received_ce, 2);
}

static void without_an_agreement_nothing_is_echoed(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = CE);
    rig_pass(r, 40 * TERN_MS);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1001);
    assert_int_equal(rig_status(r).received_ce, 0);
}

/* 6.1.5: CE outside of the window is ignored. */
static void ce_outside_of_the_window_is_ignored(struct rig *r)
{
    agreed(r);
    IN(r, .flags = ACK, .seq = 100000000, .ack = 1, .len = 1000, .tos = CE);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
}

/* ---- 6.1.2: the sender ---- */

/* proves: RFC 3168 6.1.2 */
static void ece_halves_the_window_once_a_window(struct rig *r)
{
    agreed(r);
    rig_send(r, 20000); /* ten go out */
    for (int64_t i = 0; i < 10; i++) OUT(r, .flags = ACK, .seq = 1 + 1000 * i, .ack = 1, .len = 1000, .tos = ECT0);
    NONE(r);
    uint32_t before = rig_status(r).cwnd;
    assert_int_equal(before, 10000);
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 1001);
    SAW(r, CC_ECN);
    assert_int_equal(rig_status(r).cwnd, before / 2);
    assert_int_equal(rig_status(r).ssthresh, before / 2);
    NONE(r); /* nothing is sent again */
    for (int64_t i = 2; i <= 5; i++) {
        IN(r, .flags = ACK | ECE, .seq = 1, .ack = 1 + 1000 * i);
        NONE(r);
    }
    assert_int_equal(rig_status(r).cwnd, before / 2);
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 6001);
    OUT(r, .flags = ACK | CWR, .seq = 10001, .ack = 1, .len = 1000, .tos = ECT0); /* said with the first new data, once */
    IN(r, .flags = ACK, .seq = 1, .ack = 7001);
    OUT(r, .flags = ACK, .seq = 11001, .ack = 1, .len = 1000, .tos = ECT0);
    assert_int_equal(rig_status(r).retransmitted, 0);
    /* The window that was reduced is acknowledged; CWR is on the way. */
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 10001);
    assert_int_equal(rig_status(r).ssthresh, before / 2);
    /* CWR has arrived: an ECE now tells of a new mark. */
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 11001);
    assert_true(rig_status(r).ssthresh < before / 2);
}

static void ece_is_ignored_without_an_agreement(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 1000);
    rig_clear(r);
    uint32_t before = rig_status(r).cwnd;
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 501);
    assert_true(rig_status(r).cwnd >= before);
}

/* proves: RFC 3168 6.1.5. ECT on what is sent again would let anybody who forges CE make us slower; and a probe's fate tells
 * nothing. */
static void what_is_sent_again_has_no_ect(struct rig *r)
{
    agreed(r);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = ECT0);
    rig_pass(r, 300 * TERN_MS);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = NO_TOS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = NO_WINDOW);
    rig_send(r, 100);
    rig_clear(r);
    rig_pass(r, 300 * TERN_MS);
    OUT(r, .flags = ACK, .seq = 1001, .ack = 1, .len = 1, .tos = NO_TOS);
}

/* 6.1.2: CWR tells of a reduction for a loss, too. */
static void cwr_follows_a_timeout(struct rig *r)
{
    agreed(r);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000);
    rig_pass(r, 300 * TERN_MS);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000); /* no CWR on what is sent again */
    IN(r, .flags = ACK, .seq = 1, .ack = 1001);
    rig_send(r, 1000);
    OUT(r, .flags = ACK | CWR, .seq = 1001, .ack = 1, .len = 1000, .tos = ECT0);
}

/* A loss within the window that ECE has reduced does not reduce it again. */
static void a_loss_after_ece_does_not_halve_again(struct rig *r)
{
    agreed(r);
    rig_send(r, 10000);
    rig_clear(r);
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 1001);
    uint32_t reduced = rig_status(r).ssthresh;
    for (int i = 0; i < 3; i++) IN(r, .flags = ACK, .seq = 1, .ack = 1001);
    OUT(r, .flags = ACK, .seq = 1001, .ack = 1, .len = 1000, .tos = NO_TOS);
    assert_int_equal(rig_status(r).ssthresh, reduced);
}

static void the_dscp_stays(struct rig *r)
{
    agreed(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_TOS, 0x28), 0);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = 0x28 | ECT0);
}

static void a_super_segment_is_ect(struct rig *r)
{
    r->gso_max = 65535;
    agreed(r);
    rig_send(r, 4000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 4000, .tos = ECT0);
}

/* Setting prr_ecn: ECE of the first of ten segments. The window is at ssthresh when all that was out then is acknowledged. */
static void ece_in_small_steps(struct rig *r, uint64_t setting)
{
    assert_int_equal(tern_settings_set(&r->set, "prr_ecn", setting), 0);
    rig_listen(r);
    IN(r, .flags = SYN | SETUP, .mss = 1000, .sack_ok = true);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    rig_send(r, 40000);
    rig_clear(r);
    IN(r, .flags = ACK | ECE, .seq = 1, .ack = 1001);
    assert_int_equal(rig_status(r).ssthresh, 5000);
    assert_int_equal(rig_status(r).cwnd, setting ? 10000 : 5000); /* 9 in flight, and one segment at first */
    unsigned sent = 0;
    while (rig_next(r)) sent++;
    assert_int_equal(sent, setting != 0);
    for (int64_t at = 2001; at <= 10001; at += 1000) {
        IN(r, .flags = ACK | ECE, .seq = 1, .ack = at);
        while (rig_next(r)) sent++;
    }
    assert_in_range(sent, 5, 6); /* half of what is acknowledged, as one way so the other */
    IN(r, .flags = ACK, .seq = 1, .ack = 11001);
    assert_in_range(rig_status(r).cwnd, 5000, 5400);
}

static void the_window_goes_down_at_once(struct rig *r) { ece_in_small_steps(r, 0); }
static void the_window_goes_down_step_by_step(struct rig *r) { ece_in_small_steps(r, 1); }

static const struct rig_test tests[] = {
    RIG_TEST(the_window_goes_down_at_once),
    RIG_TEST(the_window_goes_down_step_by_step),
    RIG_TEST(a_syn_asks_only_by_setting),
    RIG_TEST(a_syn_asks_and_a_syn_ack_agrees),
    RIG_TEST(a_plain_syn_ack_refuses),
    RIG_TEST(a_syn_ack_with_both_bits_refuses),
    RIG_TEST(a_syn_ack_with_cwr_alone_refuses),
    RIG_TEST(a_syn_that_asks_is_accepted),
    RIG_TEST(the_agreement_survives_in_the_half_open_record),
    RIG_TEST(a_syn_with_one_bit_does_not_ask),
    RIG_TEST(off_is_off),
    RIG_TEST(an_unanswered_syn_is_sent_again_without),
    RIG_TEST(the_fallback_is_a_setting),
    RIG_TEST(both_open_at_once),
    RIG_TEST(ce_is_echoed_until_cwr_comes),
    RIG_TEST(a_marked_segment_with_cwr_is_echoed_anew),
    RIG_TEST(without_an_agreement_nothing_is_echoed),
    RIG_TEST(ce_outside_of_the_window_is_ignored),
    RIG_TEST(ece_halves_the_window_once_a_window),
    RIG_TEST(ece_is_ignored_without_an_agreement),
    RIG_TEST(what_is_sent_again_has_no_ect),
    RIG_TEST(cwr_follows_a_timeout),
    RIG_TEST(a_loss_after_ece_does_not_halve_again),
    RIG_TEST(the_dscp_stays),
    RIG_TEST(a_super_segment_is_ect),
};

RIG_MAIN(tests)
