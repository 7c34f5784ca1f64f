/* DCTCP (RFC 8257): the window is reduced in proportion to the share of bytes that were marked. For data centres, whose switches
 * mark early; elsewhere it would take more than its share. */
#include "must.h"
#include "newreno.h"

enum { ONE = 1 << 20 /* alpha: a share of it */, GAIN_SHIFT = 4 /* g = 1/16 */ };

struct dctcp {
    struct cc_reno reno;
    uint64_t acked, marked; /* bytes in this window */
    uint64_t reduced_to;    /* cc_sample.delivered up to which marks belong to what was sent before the last reduction */
    uint32_t alpha;
};

static struct dctcp *own(const struct cc_sample *s) { return (struct dctcp *)s->state; }

static void begin(struct cc *cc, const struct cc_sample *s)
{
    (void)cc;
    own(s)->alpha = ONE; /* 3.3: what a first mark means is not known */
}

/* RFC 8257 3.3: alpha = alpha * (1 - g) + g * M, once a window. */
static void estimate(struct dctcp *d)
{
    if (!d->acked || !RULE(RFC 8257 3.3)) return;
    uint64_t share = d->marked < d->acked ? (d->marked * ONE) / d->acked : ONE;
    d->alpha = d->alpha - (d->alpha >> GAIN_SHIFT) + (uint32_t)(share >> GAIN_SHIFT);
    if (d->alpha > ONE) d->alpha = ONE;
    d->acked = d->marked = 0;
}

static enum tern_rule reduce(struct dctcp *d, struct cc *cc, const struct cc_sample *s)
{
    uint32_t left = cc->cwnd - (uint32_t)((uint64_t)cc->cwnd * d->alpha / (2 * ONE));
    d->reduced_to = s->delivered + s->pipe;
    cc->cwnd = left > 2 * s->mss ? left : 2 * s->mss;
    cc->ssthresh = cc->cwnd;
    cc->acked = 0;
    return TERN_RULE_CC_DCTCP_MARKS;
}

static enum tern_rule on_ack(struct cc *cc, const struct cc_sample *s)
{
    struct dctcp *d = own(s);
    if (!d) return s->ce && !s->in_recovery && s->round_start ? newreno_on_ecn(cc, s) : newreno_on_ack(cc, s);
    if (s->round_start) estimate(d);
    d->acked += s->acked;
    d->marked += s->ce;
    if (s->ce && !s->in_recovery && s->delivered > d->reduced_to) return reduce(d, cc, s);
    return s->ce ? TERN_RULE_NONE : newreno_on_ack(cc, s);
}

/* RFC 8257 3.5: as without ECN. */
static enum tern_rule on_loss(struct cc *cc, const struct cc_sample *s)
{
    return RULE(RFC 8257 3.5) ? reno_on_loss(cc, s) : TERN_RULE_NONE;
}

const struct cc_ops cc_dctcp = {
    .name = "dctcp",
    .state_len = sizeof(struct dctcp),
    .every_ce = true,
    .wants_ecn = true,
    .init = newreno_init,
    .on_ack = on_ack,
    .on_loss = on_loss,
    .on_recovered = newreno_on_recovered,
    .on_rto = reno_on_rto,
    .on_idle = newreno_on_idle,
    .on_ecn = newreno_on_ecn,
    .on_syn_lost = newreno_on_syn_lost,
    .begin = begin,
    .on_undo = reno_on_undo,
};
