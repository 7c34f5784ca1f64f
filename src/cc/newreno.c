/* NewReno's congestion control: RFC 5681 with the initial window of RFC 6928. Which segments are sent again, and the window's
 * inflation by duplicates (RFC 6582), is the connection's loss part. */
#include "newreno.h"

#include "hystart.h"

struct newreno {
    struct cc_reno reno;
    struct hystart hystart;
};

static struct newreno *own(const struct cc_sample *s) { return (struct newreno *)s->state; }

static uint32_t half_flight(const struct cc_sample *s)
{
    uint32_t half = s->flight / 2;
    return half > 2 * s->mss ? half : 2 * s->mss;
}

enum tern_rule newreno_init(struct cc *cc, const struct cc_sample *s)
{
    cc->cwnd = cc_initial_window(&s->set, s->mss);
    cc->ssthresh = CC_SSTHRESH_MAX;
    cc->acked = 0;
    return TERN_RULE_CC_INITIAL;
}

enum tern_rule newreno_avoidance(struct cc *cc, const struct cc_sample *s)
{
    cc->acked = s->acked < UINT32_MAX - cc->acked ? cc->acked + s->acked : UINT32_MAX;
    if (cc->acked < cc->cwnd) return TERN_RULE_NONE;
    cc->acked -= cc->cwnd;
    cc_grow(cc, s->mss);
    return TERN_RULE_CC_AVOIDANCE;
}

/* MUST-19: slow start, congestion avoidance. */
enum tern_rule newreno_on_ack(struct cc *cc, const struct cc_sample *s)
{
    if (s->in_recovery) return TERN_RULE_NONE;
    if (cc->cwnd < cc->ssthresh) return cc_slow_start(cc, s, NULL);
    return s->app_limited ? TERN_RULE_NONE : newreno_avoidance(cc, s);
}

enum tern_rule newreno_on_loss(struct cc *cc, const struct cc_sample *s)
{
    cc->ssthresh = half_flight(s); /* RFC 5681, equation 4 */
    cc->cwnd = cc->ssthresh;
    cc->acked = 0;
    return TERN_RULE_CC_LOSS;
}

enum tern_rule newreno_on_recovered(struct cc *cc, const struct cc_sample *s)
{
    /* RFC 6582 3.2 step 3, option 1: min(ssthresh, max(flight, MSS) + MSS), which makes no burst. */
    uint32_t flight = s->flight > s->mss ? s->flight : s->mss;
    cc->cwnd = cc->ssthresh < flight + s->mss ? cc->ssthresh : flight + s->mss;
    return TERN_RULE_CC_RECOVERED;
}

enum tern_rule newreno_on_rto(struct cc *cc, const struct cc_sample *s, bool first)
{
    if (first) cc->ssthresh = half_flight(s); /* RFC 5681 3.1: held constant when the same segment times out again */
    cc->cwnd = s->mss;
    cc->acked = 0;
    return TERN_RULE_CC_RTO;
}

enum tern_rule newreno_on_idle(struct cc *cc, const struct cc_sample *s)
{
    uint32_t restart = cc_initial_window(&s->set, s->mss);
    if (cc->cwnd <= restart) return TERN_RULE_NONE;
    cc->cwnd = restart;
    return TERN_RULE_CC_IDLE;
}

/* RFC 3168 6.1.2: as on a loss; the acknowledgements go on to come, so no segment need be lost for it. */
enum tern_rule newreno_on_ecn(struct cc *cc, const struct cc_sample *s)
{
    cc->ssthresh = half_flight(s);
    if (cc->cwnd > cc->ssthresh) cc->cwnd = cc->ssthresh;
    cc->acked = 0;
    return TERN_RULE_CC_ECN;
}

enum tern_rule newreno_on_syn_lost(struct cc *cc, const struct cc_sample *s)
{
    cc->cwnd = s->mss;
    return TERN_RULE_CC_SYN_LOST;
}

void cc_remember(const struct cc *cc, struct cc_undo *u) { *u = (struct cc_undo){cc->cwnd, cc->ssthresh}; }

enum tern_rule cc_undone(struct cc *cc, struct cc_undo *u)
{
    if (!u->cwnd) return TERN_RULE_NONE;
    if (cc->cwnd < u->cwnd) cc->cwnd = u->cwnd;
    cc->ssthresh = u->ssthresh;
    cc->acked = 0;
    u->cwnd = 0;
    return TERN_RULE_CC_UNDO;
}

/* ---- with a memory ---- */

static enum tern_rule on_ack(struct cc *cc, const struct cc_sample *s)
{
    if (!own(s) || s->in_recovery || cc->cwnd >= cc->ssthresh) return newreno_on_ack(cc, s);
    return cc_slow_start(cc, s, s->set.hystart == 1 ? &own(s)->hystart : NULL); /* Linux's is a part of its CUBIC */
}

static struct cc_undo *undo_of(const struct cc_sample *s) { return s->state ? &((struct cc_reno *)s->state)->undo : NULL; }

enum tern_rule reno_on_loss(struct cc *cc, const struct cc_sample *s)
{
    if (s->state) cc_remember(cc, undo_of(s));
    return newreno_on_loss(cc, s);
}

enum tern_rule reno_on_rto(struct cc *cc, const struct cc_sample *s, bool first)
{
    if (s->state && first) cc_remember(cc, undo_of(s));
    return newreno_on_rto(cc, s, first);
}

enum tern_rule reno_on_undo(struct cc *cc, const struct cc_sample *s)
{
    return s->state ? cc_undone(cc, undo_of(s)) : TERN_RULE_NONE;
}

const struct cc_ops cc_newreno = {
    .name = "newreno",
    .state_len = sizeof(struct newreno),
    .init = newreno_init,
    .on_ack = on_ack,
    .on_loss = reno_on_loss,
    .on_recovered = newreno_on_recovered,
    .on_rto = reno_on_rto,
    .on_idle = newreno_on_idle,
    .on_ecn = newreno_on_ecn,
    .on_syn_lost = newreno_on_syn_lost,
    .on_undo = reno_on_undo,
};
