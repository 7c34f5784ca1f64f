/* Attack 25: answers to an address that nobody has verified (Bock et al.): each at most the question and four bytes, one for a
 * question, for a SYN that and its capped repetitions. */
#include "attack_test.h"

enum { MORE = 4 };

/* What the stack sends for |t|, in ten minutes; no answer may be longer than the question and MORE. */
static uint32_t answers(struct rig *r, const struct tseg *t, bool wait)
{
    static uint8_t packet[2048];
    size_t len = rig_build(r, t, packet);
    uint32_t n = 0;
    rig_raw(r, packet, len);
    for (int i = 0; i < (wait ? 11 : 1); i++) {
        for (const struct out_seg *o; (o = rig_next(r)) != NULL; n++)
            if (o->len > len + MORE) fail_msg("an answer of %u bytes to %zu", o->len, len);
        if (wait) rig_pass(r, 60 * TERN_SEC);
    }
    return n;
}

/* proves: ATTACK-25. With any options and data. */
static void a_syn_gets_one_answer_and_its_capped_repetitions(struct rig *r)
{
    rig_listen(r);
    for (unsigned with = 0; with < 64; with++) {
        struct tseg t = {.flags = SYN, .src_port = (uint16_t)(1000 + with)};
        if (with & 1) t.mss = 1460;
        if (with & 2) t.ws = 8;
        if (with & 4) t.sack_ok = true;
        if (with & 8) t.ts = true, t.tsval = 5;
        if (with & 16) t.len = 100;
        if (with & 32) t.flags = SYN | ECE | CWR;
        assert_in_range(answers(r, &t, true), 1, 1 + r->set.synack_retries);
    }
    assert_int_equal(rig_counters(r).half_n, 0);
}

/* proves: ATTACK-25 */
static void anything_else_gets_one_answer_at_most(struct rig *r)
{
    r->set.answer_rate = r->set.answer_rate_source = 1000000;
    rig_listen(r);
    for (uint16_t flags = 0; flags < 512; flags++) {
        if ((flags & (SYN | ACK | RST | FIN)) == SYN) continue; /* the listener's business */
        for (uint32_t len = 0; len <= 1000; len += 500) {
            struct tseg t = {.flags = flags, .seq = 3, .ack = 4, .len = len};
            assert_true(answers(r, &t, false) <= 1);
            t.dst_port = 81;
            assert_true(answers(r, &t, false) <= 1);
        }
    }
    for (uint32_t len = 0; len <= 1000; len += 500) /* a SYN to a closed port */
        assert_int_equal(answers(r, &(struct tseg){.flags = SYN, .len = len, .dst_port = 81}, true), 1);
}

/* proves: ATTACK-25. What a half-open connection says is the SYN,ACK; everything else is limited. */
static void a_half_open_connection_is_no_amplifier(struct rig *r)
{
    reach_half_open(r);
    uint32_t n = 0;
    for (uint16_t flags = 0; flags < 256; flags++) {
        if (flags & RST) continue;
        n = answers(r, &(struct tseg){.flags = flags, .seq = 70000, .ack = 9, .len = 100}, false);
        assert_true(n <= 1);
    }
}

/* proves: ATTACK-25. The same with all options agreed on, which its answers have as well. */
static void nor_with_any_options(struct rig *r)
{
    r->set.ecn = 3;
    r->set.synack_more = MORE;
    rig_listen(r);
    IN(r, .flags = SYN | ECE | CWR | AE, .mss = 1460, .ws = 8, .sack_ok = true, .ts = true, .tsval = 5);
    rig_clear(r);
    for (uint32_t i = 0; i < 256 * 3 * 2 * 3; i++) {
        static const uint32_t len[] = {0, 1, 100};
        static const int64_t at[] = {1, 0, 70000};
        struct tseg t = {.flags = (uint16_t)(i % 256), .seq = at[i / 256 % 3], .ack = 9, .len = len[i / 1536 % 3]};
        if (i / 768 % 2) t.ts = true, t.tsval = 6;
        if (t.flags & RST) continue;
        if (t.flags & SYN) t.seq--;
        uint32_t n = answers(r, &t, false);
        assert_true(n <= 1);
        if (i % 16 == 0) rig_pass(r, 6 * TERN_SEC); /* a new budget of challenge ACKs */
        while (rig_next(r)) {
        }
        if (rig_counters(r).half_n) continue;
        IN(r, .flags = SYN | ECE | CWR | AE, .mss = 1460, .ws = 8, .sack_ok = true, .ts = true, .tsval = 5);
        rig_clear(r);
    }
}

/* proves: ATTACK-25. No data goes to somebody who only sent a SYN, without a cookie that shows that he hears us. */
static void data_is_answered_before_the_handshake_only_with_a_cookie(struct rig *r)
{
    r->set.fastopen = 2;
    rig_listen(r);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_FASTOPEN, 16), 0);
    static const char *const cookie[] = {"0102030405060708", "ffffffffffffffff"};
    for (int i = 0; i < 2; i++) {
        IN(r, .flags = SYN, .mss = 1460, .fo = cookie[i], .len = 100, .src_port = (uint16_t)(1000 + i));
        assert_null(tern_listener_accept(r->l));
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
            assert_int_equal(o->h.len, 0);
            assert_int_equal(o->h.ack.v, PEER_ISN + 1);
        }
    }
}

static const struct rig_test tests[] = {
    RIG_TEST(a_syn_gets_one_answer_and_its_capped_repetitions),
    RIG_TEST(anything_else_gets_one_answer_at_most),
    RIG_TEST(a_half_open_connection_is_no_amplifier),
    RIG_TEST(nor_with_any_options),
    RIG_TEST(data_is_answered_before_the_handshake_only_with_a_cookie),
};

RIG_MAIN(tests)
