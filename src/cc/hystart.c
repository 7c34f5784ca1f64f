/* Slow start, and HyStart++'s way out of it. */
#include "hystart.h"

enum { SAMPLES = 8, GROWTH_DIVISOR = 4, ROUNDS = 5, RTT_DIVISOR = 8 };

#define THRESH_LEAST (4 * TERN_MS)
#define THRESH_MOST  (16 * TERN_MS)

/* RFC 5681 3.1, equation 2, with byte counting (RFC 3465 2.2): no more than what was acknowledged. An acknowledgement of a
 * super-segment stands for those of its segments (at least one for two), each of which may add an MSS: RFC 3465's L bounds that
 * where it is set. After a timeout it may stand for what had arrived long before: one MSS at most (RFC 3465 2.3). */
static uint32_t counted(const struct cc_sample *s)
{
    uint32_t limit = s->after_timeout ? 1 : s->abc_limit;
    return limit && s->acked > limit * s->mss ? limit * s->mss : s->acked;
}

static tern_ns threshold(tern_ns rtt)
{
    tern_ns thresh = rtt / RTT_DIVISOR;
    return thresh < THRESH_LEAST ? THRESH_LEAST : thresh > THRESH_MOST ? THRESH_MOST : thresh;
}

/* RFC 9406 4.2, the beginning of a round. True: CSS has had its rounds. */
static bool next_round(struct hystart *h)
{
    if (h->baseline && ++h->rounds > ROUNDS) return true;
    h->last = h->current;
    h->current = 0;
    h->samples = 0;
    return false;
}

/* What the round trip of this acknowledgement tells. */
static enum tern_rule measure(struct hystart *h, const struct cc_sample *s)
{
    if (!s->rtt) return TERN_RULE_NONE;
    if (!h->current || s->rtt < h->current) h->current = s->rtt;
    if (h->samples < SAMPLES) h->samples++;
    if (h->samples < SAMPLES) return TERN_RULE_NONE;
    if (h->baseline) {
        if (h->current >= h->baseline) return TERN_RULE_NONE;
        h->baseline = 0; /* the delay has gone again: it was no queue of ours */
        return TERN_RULE_CC_CSS_OVER;
    }
    if (!h->last || h->current < h->last + threshold(h->last)) return TERN_RULE_NONE;
    h->baseline = h->current;
    h->rounds = 1;
    return TERN_RULE_CC_CSS;
}

enum tern_rule cc_slow_start(struct cc *cc, const struct cc_sample *s, struct hystart *h)
{
    enum tern_rule why = TERN_RULE_NONE;
    uint32_t by = counted(s);
    bool in_use = h && s->hystart && cc->ssthresh == CC_SSTHRESH_MAX; /* RFC 9406 4.3: in the first slow start */
    if (in_use) {
        if (s->round_start && next_round(h)) {
            cc->ssthresh = cc->cwnd;
            return TERN_RULE_CC_CSS_END;
        }
        why = measure(h, s);
    }
    if (s->app_limited || !by) return why;
    cc_grow(cc, in_use && h->baseline ? by / GROWTH_DIVISOR : by);
    return why != TERN_RULE_NONE ? why : in_use && h->baseline ? TERN_RULE_CC_CSS_GROW : TERN_RULE_CC_SLOW_START;
}
