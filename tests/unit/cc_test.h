/* What the tests of `cc` share: an algorithm driven by hand. */
#ifndef CC_TEST_H
#define CC_TEST_H

#include <stdbool.h>

#include "cc_model.h"
#include "unit.h"

enum { MSS = 1000 };

/* An algorithm, its state, and the sample that its next event gets. */
struct hand {
    struct cc cc;
    struct cc_sample s;
    uint64_t state[MODEL_STATE / 8];
};

static inline void hand_init(struct hand *h, const struct cc_ops *ops)
{
    *h = (struct hand){.cc.ops = ops};
    h->s = (struct cc_sample){
        .state = ops->state_len ? (struct cc_state *)h->state : NULL,
        .now = TERN_SEC,
        .srtt = 100 * TERN_MS,
        .min_rtt = 100 * TERN_MS,
        .mss = MSS,
        .set = {.initial_window = 10},
    };
    assert_true(ops->state_len <= sizeof h->state);
    ops->init(&h->cc, &h->s);
    if (ops->begin) ops->begin(&h->cc, &h->s);
}

/* One acknowledgement of |bytes|. */
static inline enum tern_rule hand_ack(struct hand *h, uint32_t bytes)
{
    h->s.acked = bytes;
    h->s.flight = h->cc.cwnd;
    h->s.delivered += bytes;
    enum tern_rule why = h->cc.ops->on_ack(&h->cc, &h->s);
    h->s.round_start = false;
    h->s.rtt = 0;
    return why;
}

/* A round trip: the whole window is acknowledged segment by segment, evenly over |rtt|; the last rule. */
static inline enum tern_rule hand_round(struct hand *h, tern_ns rtt)
{
    enum tern_rule why = TERN_RULE_NONE, last = TERN_RULE_NONE;
    uint32_t n = h->cc.cwnd / MSS;
    h->s.srtt = rtt;
    for (uint32_t i = 0; i < n; i++) {
        h->s.now += rtt / n;
        h->s.round_start = i == 0;
        h->s.rtt = rtt;
        why = hand_ack(h, MSS);
        if (why != TERN_RULE_NONE) last = why;
    }
    return last;
}

static inline enum tern_rule hand_loss(struct hand *h)
{
    h->s.flight = h->cc.cwnd;
    return h->cc.ops->on_loss(&h->cc, &h->s);
}

static inline uint64_t draw(uint64_t *x)
{
    *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
    return *x >> 11;
}

/* Every value of a sample at its limits, in an order that is the same on every machine: nothing overflows (the sanitizers look),
 * and the window stays within its bounds. */
static inline uint64_t hand_extremes(const struct cc_ops *ops, bool memory)
{
    static const tern_ns times[] = {0, 1, TERN_US, 100 * TERN_US, 40 * TERN_MS, TERN_SEC, 60 * TERN_SEC, 3600 * TERN_SEC};
    static const uint32_t sizes[] = {0, 1, 36, 1460, 65535, UINT32_C(1) << 20, UINT32_C(1) << 30, UINT32_MAX};
    static const uint64_t rates[] = {0, 1, 1000, UINT64_C(125000000), UINT64_C(12500000000), UINT64_C(1) << 50};
    static const uint32_t segs[] = {36, 536, 1460, 8960, 65495};
    struct hand h;
    uint64_t x = 88172645463325252u, digest = 0;
    hand_init(&h, ops);
    if (!memory) h.s.state = NULL;
    for (int i = 0; i < 300000; i++) {
#define DRAW(t) t[draw(&x) % (sizeof t / sizeof t[0])]
        h.s.now += DRAW(times);
        h.s.rtt = DRAW(times), h.s.srtt = DRAW(times), h.s.min_rtt = DRAW(times);
        if (i % 1000 == 0) h.s.mss = DRAW(segs);
        h.s.acked = DRAW(sizes), h.s.lost = DRAW(sizes), h.s.ce = DRAW(sizes), h.s.pipe = DRAW(sizes);
        h.s.flight = DRAW(sizes) % (CC_CWND_MAX / 2);
        draw(&x);
        h.s.delivered += h.s.acked;
        h.s.rate =
            (struct cc_rate){DRAW(sizes), h.s.delivered - h.s.acked, DRAW(times), DRAW(rates), DRAW(sizes), DRAW(sizes), x & 1};
        h.s.round_start = x & 2, h.s.app_limited = (x & 12) == 12, h.s.in_recovery = (x & 48) == 48,
        h.s.after_timeout = (x & 192) == 192;
        h.s.set.hystart = x & 256 ? 1 + (x >> 40 & 1) : 0, h.s.set.hystart_detect = x >> 41 & 3,
        h.s.set.cubic_linux = x >> 43 & 1, h.s.reordered = x >> 44 & 1, h.s.set.bbr_rounds = x >> 45 & 1;
        switch (x >> 9 & 31) {
        case 0: ops->on_loss(&h.cc, &h.s); break;
        case 1: ops->on_rto(&h.cc, &h.s, x & 1); break;
        case 2: ops->on_ecn(&h.cc, &h.s); break;
        case 3: ops->on_idle(&h.cc, &h.s); break;
        case 4: ops->on_recovered(&h.cc, &h.s); break;
        case 5:
            if (ops->on_undo) ops->on_undo(&h.cc, &h.s);
            break;
        case 6:
            if (ops->on_send) ops->on_send(&h.cc, &h.s);
            break;
        case 7:
            if (ops->on_lost) ops->on_lost(&h.cc, &h.s);
            break;
        default: ops->on_ack(&h.cc, &h.s); break;
        }
#undef DRAW
        assert_in_range(h.cc.cwnd, 1, CC_CWND_MAX);
        digest = (digest ^ h.cc.cwnd ^ (uint64_t)h.cc.ssthresh << 32) * UINT64_C(0x100000001b3) + 1;
    }
    return digest;
}

#endif
