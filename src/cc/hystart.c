/* Slow start, and the ways out of it: HyStart++, and HyStart as in Linux. */
#include "hystart.h"
#include "must.h"

enum { SAMPLES = 8, GROWTH_DIVISOR = 4, ROUNDS = 5, RTT_DIVISOR = 8 };

#define THRESH_LEAST (4 * TERN_MS)
#define THRESH_MOST  (16 * TERN_MS)

/* Linux's */
enum { LOW_WINDOW = 16 /* segments: below, nothing is decided */, TRAIN_BYTES = 2 * 65536 };

#define TRAIN_GAP    (2 * TERN_MS) /* between acknowledgements of one train, at most */
#define TRAIN_MARGIN TERN_MS       /* a train is longer by what the host puts together, at most by so much */

/* RFC 5681 3.1, equation 2, with byte counting (RFC 3465 2.2): no more than what was acknowledged. An acknowledgement of a
 * super-segment stands for those of its segments (at least one for two), each of which may add an MSS: RFC 3465's L bounds that
 * where it is set. After a timeout it may stand for what had arrived long before: one MSS at most (RFC 3465 2.3). */
static uint32_t counted(const struct cc_sample *s)
{
    uint32_t limit = s->after_timeout && RULE(RFC 3465 2.3) ? 1 : s->set.abc_limit;
    if (!RULE(RFC 3465 2.2)) return s->mss;
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
    if (!s->rtt || !RULE(RFC 9406 4.2)) return TERN_RULE_NONE;
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

/* The acknowledgements of one train come at the rate of the path: when they go on for longer than half of the least round trip,
 * as much is in flight as the path holds (with the way back as long as the way there). A paced sender has made them so itself. */
static bool train_full(struct hystart *h, const struct cc *cc, const struct cc_sample *s)
{
    if (s->now - h->train_at > TRAIN_GAP) return false;
    h->train_at = s->now;
    tern_ns margin = s->srtt < TERN_SEC ? s->srtt * TRAIN_BYTES / cc->cwnd : TRAIN_MARGIN;
    tern_ns most = s->min_rtt + (margin < TRAIN_MARGIN ? margin : TRAIN_MARGIN);
    return s->now - h->round_at > (s->paced ? most : most / 2);
}

/* The least round trip of more than eight in this round is longer than the least ever. */
static bool delayed(struct hystart *h, const struct cc_sample *s)
{
    if (!h->current || s->rtt < h->current) h->current = s->rtt;
    if (h->samples < SAMPLES) {
        h->samples++;
        return false;
    }
    return h->current > s->min_rtt + threshold(s->min_rtt);
}

/* Setting hystart 2. A rule: slow start is over. */
static enum tern_rule linux_hystart(struct hystart *h, const struct cc *cc, const struct cc_sample *s)
{
    if (h->found || !s->rtt || !s->min_rtt || cc->cwnd < LOW_WINDOW * s->mss) return TERN_RULE_NONE;
    if (!h->round_at || s->rate.prior_delivered >= h->round_end) {
        h->round_at = h->train_at = s->now;
        h->round_end = s->delivered;
        h->current = 0;
        h->samples = 0;
    }
    enum tern_rule why = TERN_RULE_NONE;
    if ((s->set.hystart_detect & HYSTART_TRAIN) && train_full(h, cc, s)) why = TERN_RULE_CC_HYSTART_TRAIN;
    if ((s->set.hystart_detect & HYSTART_DELAY) && delayed(h, s)) why = TERN_RULE_CC_HYSTART_DELAY;
    h->found = why != TERN_RULE_NONE;
    return why;
}

enum tern_rule cc_slow_start(struct cc *cc, const struct cc_sample *s, struct hystart *h)
{
    enum tern_rule why = TERN_RULE_NONE;
    uint32_t by = counted(s);
    if (h && s->set.hystart == 2) {
        why = linux_hystart(h, cc, s);
        if (why != TERN_RULE_NONE) {
            cc->ssthresh = cc->cwnd;
            return why;
        }
    }
    bool in_use = h && s->set.hystart == 1 && (cc->ssthresh == CC_SSTHRESH_MAX || !RULE(RFC 9406 4.3)); /* the first slow start */
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
