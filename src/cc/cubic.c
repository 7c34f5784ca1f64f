/* CUBIC (RFC 9438). Its window grows as the cube of the time since congestion was last met, not with the round trips, and where
 * that is less than what Reno would have it grows as Reno does. Integers: windows are bytes, times milliseconds. */
#include <assert.h>

#include "hystart.h"
#include "must.h"
#include "newreno.h"

/* C is 0.4 segments a second cubed, beta 0.7: RFC 9438 4.1, 5.1. */
enum { BETA = 7, BETA_OF = 10, ALPHA = 9, ALPHA_OF = 17 /* 3 * (1 - beta) / (1 + beta) */ };
enum { BLIND_PART = 20, LEAST_EACH = 2 }; /* segments acknowledged for one more: setting cubic_linux, grow_counted() */

#define MS3_PER_SEGMENT UINT64_C(2500000000)            /* 1 / C, in ms^3 */
#define CUBE_MOST       (CC_CWND_MAX * MS3_PER_SEGMENT) /* of an MSS times ms^3: beyond it is beyond any window */
#define SPAN_MOST       400000                          /* ms: with the least MSS the cube of it is beyond CUBE_MOST */

/* The function that the window follows: RFC 9438 4.1.2. */
struct curve {
    tern_ns began;  /* of this congestion avoidance, moved on by what does not count; 0: it has not begun */
    tern_ns seen;   /* the last acknowledgement that was counted */
    uint32_t k;     /* ms from |began| until the window is |w_max| again */
    uint32_t w_max; /* 0: not known */
    uint32_t est;   /* W_est: what Reno would have */
    uint32_t prior; /* cwnd before it was last reduced, or when the first slow start ended; 0: not known */
    bool blind;     /* |w_max| was not known when this congestion avoidance began */
};

struct cubic {
    struct cc_state head;
    struct hystart hystart;
    struct cc_undo undo;
    struct curve now, before; /* |before|: the last reduction */
    uint64_t rest;            /* of the window's growth, less than a byte: over cwnd */
    uint64_t est_rest;        /* of now.est: over cwnd or 17 cwnd */
};

static struct cubic *own(const struct cc_sample *s) { return (struct cubic *)s->state; }

/* The largest whole number whose cube is not above |x|. */
static uint32_t cube_root(uint64_t x)
{
    uint64_t root = 0;
    for (int shift = 63; shift >= 0; shift -= 3) {
        root *= 2;
        uint64_t step = 3 * root * (root + 1) + 1; /* (root + 1)^3 - root^3 */
        if (x >> shift < step) continue;
        x -= step << shift;
        root++;
    }
    return (uint32_t)root;
}

/* RFC 9438 4.2, figure 2 */
static uint32_t time_to(uint32_t w_max, uint32_t cwnd, uint32_t mss)
{
    return w_max > cwnd && RULE(RFC 9438 4.2) ? cube_root((w_max - cwnd) * MS3_PER_SEGMENT / mss) : 0;
}

/* RFC 9438 4.2, 5.1, figure 1: W_cubic(t), |t| in ms. */
static uint32_t cubic_window(const struct curve *b, uint64_t t, uint32_t mss)
{
    uint64_t span = t > b->k ? t - b->k : b->k - t;
    if (span > SPAN_MOST) span = SPAN_MOST;
    uint64_t cube = span * span * span;
    uint32_t off = cube > CUBE_MOST / mss ? CC_CWND_MAX : (uint32_t)(cube * mss / MS3_PER_SEGMENT);
    if (t < b->k) return b->w_max > off && RULE(RFC 9438 4.4) ? b->w_max - off : 0;
    if (!RULE(RFC 9438 4.5)) return b->w_max;
    return off < CC_CWND_MAX - b->w_max ? b->w_max + off : CC_CWND_MAX;
}

/* A stage of congestion avoidance begins (RFC 9438 4.2); with a window at or above the last maximum, as after a timeout (RFC
 * 9438 4.8) or a slow start without loss (RFC 9438 4.10), the function begins with its convex part. */
static void begin_stage(struct curve *b, const struct cc *cc, const struct cc_sample *s)
{
    b->began = b->seen = s->now;
    b->est = cc->cwnd;
    b->k = time_to(b->w_max, cc->cwnd, s->mss);
    b->blind = !b->w_max;
    if (b->w_max < cc->cwnd) b->w_max = cc->cwnd;
    if (!b->prior) b->prior = cc->cwnd;
}

/* RFC 9438 5.8: time in which the window was not used, or did not grow by the function, does not count. */
static void skip(struct curve *b, const struct cc_sample *s)
{
    if (!b->began || !RULE(RFC 9438 5.8)) return;
    b->began += s->now - b->seen;
    b->seen = s->now;
}

/* RFC 9438 4.3, figure 4: alpha makes up for beta, and is 1 beyond the window that was lost. */
static void estimate(struct cubic *b, const struct cc *cc, const struct cc_sample *s)
{
    struct curve *c = &b->now;
    bool beyond = c->est >= c->prior;
    assert(cc->cwnd);
    uint64_t of = (uint64_t)cc->cwnd * (beyond ? 1 : ALPHA_OF);
    b->est_rest += (uint64_t)s->acked * s->mss * (beyond ? 1 : ALPHA);
    uint64_t by = b->est_rest / of;
    b->est_rest %= of;
    c->est = by < CC_CWND_MAX - c->est ? c->est + (uint32_t)by : CC_CWND_MAX;
}

/* How many segments are acknowledged for one that joins the window of |have|, if it is to reach |want| in a round trip. */
static uint32_t every(uint32_t have, uint32_t want) { return want > have ? have / (want - have) : 100 * have; }

/* Setting cubic_linux: whole segments, rounded in favour of the window; one by one. */
static enum tern_rule grow_counted(struct cubic *b, struct cc *cc, const struct cc_sample *s, uint64_t t)
{
    struct curve *c = &b->now;
    uint32_t have = cc->cwnd / s->mss, reno = every(have, c->est / s->mss);
    uint32_t n = every(have, cubic_window(c, t + s->min_rtt / TERN_MS, s->mss) / s->mss);
    enum tern_rule why = cc->cwnd < c->w_max ? TERN_RULE_CC_CUBIC_CONCAVE : TERN_RULE_CC_CUBIC_CONVEX;
    if (c->blind && n > BLIND_PART) n = BLIND_PART;
    if (reno < n && !s->set.cubic_unfriendly) n = reno, why = TERN_RULE_CC_CUBIC_RENO;
    uint64_t need = (uint64_t)(n > LEAST_EACH ? n : LEAST_EACH) * s->mss;
    uint32_t before = cc->cwnd;
    if (b->rest >= need) b->rest = 0, cc_grow(cc, s->mss);
    b->rest += s->acked;
    uint64_t by = b->rest / need * s->mss;
    cc_grow(cc, by < CC_CWND_MAX ? (uint32_t)by : CC_CWND_MAX);
    b->rest %= need;
    return cc->cwnd > before ? why : TERN_RULE_NONE;
}

/* RFC 9438 4.4, 4.5 */
static enum tern_rule avoidance(struct cubic *b, struct cc *cc, const struct cc_sample *s)
{
    struct curve *c = &b->now;
    if (s->app_limited) {
        if (!s->set.cubic_linux) skip(c, s); /* there only on_send() */
        return TERN_RULE_NONE;
    }
    if (!c->began) begin_stage(c, cc, s);
    c->seen = s->now;
    estimate(b, cc, s);
    uint64_t t = (s->now - c->began) / TERN_MS;
    if (s->set.cubic_linux) return grow_counted(b, cc, s, t);
    if (!s->set.cubic_unfriendly && RULE(RFC 9438 4.3) && cubic_window(c, t, s->mss) < c->est) {
        if (c->est <= cc->cwnd) return TERN_RULE_NONE;
        cc->cwnd = c->est;
        return TERN_RULE_CC_CUBIC_RENO;
    }
    uint32_t target = cubic_window(c, t + s->srtt / TERN_MS, s->mss), most = cc->cwnd + cc->cwnd / 2;
    if (target > most) target = most;
    if (target <= cc->cwnd) return TERN_RULE_NONE;
    b->rest += (uint64_t)(target - cc->cwnd) * s->acked;
    uint64_t by = b->rest / cc->cwnd;
    b->rest %= cc->cwnd;
    if (by > target - cc->cwnd) by = target - cc->cwnd;
    if (!by) return TERN_RULE_NONE;
    enum tern_rule why = cc->cwnd < c->w_max ? TERN_RULE_CC_CUBIC_CONCAVE : TERN_RULE_CC_CUBIC_CONVEX;
    cc_grow(cc, (uint32_t)by);
    return why;
}

/* RFC 9438 4.6, RFC 9438 4.7: fast convergence leaves room to flows that have just come. What is left is at least one segment. */
static uint32_t reduce(struct cubic *b, struct cc *cc, const struct cc_sample *s)
{
    struct curve *c = &b->now;
    cc_remember(cc, &b->undo);
    b->before = *c;
    c->prior = cc->cwnd;
    bool again = cc->cwnd < c->w_max && !s->set.cubic_unyielding && RULE(RFC 9438 4.7);
    c->w_max = again ? (uint32_t)((uint64_t)cc->cwnd * (BETA_OF + BETA) / (2 * BETA_OF)) : cc->cwnd;
    c->began = 0;
    b->rest = b->est_rest = 0;
    uint32_t flight = s->flight < cc->cwnd ? s->flight : cc->cwnd;
    uint32_t part = RULE(RFC 9438 4.6) ? (uint32_t)((uint64_t)flight * BETA / BETA_OF) : flight / 2;
    cc->ssthresh = part > 2 * s->mss ? part : 2 * s->mss;
    return part > s->mss ? part : s->mss;
}

static enum tern_rule on_ack(struct cc *cc, const struct cc_sample *s)
{
    struct cubic *b = own(s);
    if (!b) return newreno_on_ack(cc, s);
    if (s->in_recovery) return TERN_RULE_NONE;
    if (cc->cwnd < cc->ssthresh) {
        skip(&b->now, s);
        enum tern_rule why = cc_slow_start(cc, s, &b->hystart);
        if (b->hystart.found && cc->cwnd >= cc->ssthresh) begin_stage(&b->now, cc, s);
        return why;
    }
    return avoidance(b, cc, s);
}

static enum tern_rule on_loss(struct cc *cc, const struct cc_sample *s)
{
    if (!own(s)) return newreno_on_loss(cc, s);
    reduce(own(s), cc, s);
    cc->cwnd = cc->ssthresh;
    return TERN_RULE_CC_CUBIC_LOSS;
}

static enum tern_rule on_ecn(struct cc *cc, const struct cc_sample *s)
{
    if (!own(s)) return newreno_on_ecn(cc, s);
    uint32_t left = reduce(own(s), cc, s);
    if (cc->cwnd > left) cc->cwnd = left;
    return TERN_RULE_CC_CUBIC_ECN;
}

/* RFC 9438 4.8: afterwards the function begins anew. */
static enum tern_rule on_rto(struct cc *cc, const struct cc_sample *s, bool first)
{
    struct cubic *b = own(s);
    if (!b) return newreno_on_rto(cc, s, first);
    if (first) reduce(b, cc, s);
    b->now.began = 0;
    if (RULE(RFC 9438 4.8)) b->now.w_max = 0;
    b->hystart = (struct hystart){0};
    cc->cwnd = s->mss;
    return TERN_RULE_CC_CUBIC_RTO;
}

/* RFC 9438 4.9; long afterwards, when the window is what it was or more, it is too late. */
static enum tern_rule on_undo(struct cc *cc, const struct cc_sample *s)
{
    struct cubic *b = own(s);
    if (!b || !b->undo.cwnd || !RULE(RFC 9438 4.9)) return TERN_RULE_NONE;
    if (cc->cwnd >= b->now.prior) {
        b->undo.cwnd = 0;
        return TERN_RULE_NONE;
    }
    b->now = b->before;
    b->now.seen = s->now;
    return cc_undone(cc, &b->undo);
}

static void on_send(struct cc *cc, const struct cc_sample *s)
{
    (void)cc;
    if (own(s)) skip(&own(s)->now, s);
}

const struct cc_ops cc_cubic = {
    .name = "cubic",
    .state_len = sizeof(struct cubic),
    .init = newreno_init,
    .on_ack = on_ack,
    .on_loss = on_loss,
    .on_recovered = newreno_on_recovered,
    .on_rto = on_rto,
    .on_idle = newreno_on_idle,
    .on_ecn = on_ecn,
    .on_syn_lost = newreno_on_syn_lost,
    .on_send = on_send,
    .on_undo = on_undo,
};
