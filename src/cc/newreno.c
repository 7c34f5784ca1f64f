/* NewReno's congestion control: RFC 5681 with the initial window of RFC 6928. Which segments are sent again, and the window's
 * inflation by duplicates (RFC 6582), is the connection's loss part. */
#include "cc.h"

static uint32_t half_flight(const struct cc_sample *s)
{
    uint32_t half = s->flight / 2;
    return half > 2 * s->mss ? half : 2 * s->mss;
}

static enum tern_rule init(struct cc *cc, const struct cc_sample *s)
{
    cc->cwnd = cc_initial_window(s);
    cc->ssthresh = CC_SSTHRESH_MAX;
    cc->acked = 0;
    return TERN_RULE_CC_INITIAL;
}

static void grow(struct cc *cc, uint32_t by) { cc->cwnd = cc->cwnd + by < CC_CWND_MAX ? cc->cwnd + by : CC_CWND_MAX; }

/* MUST-19: slow start, congestion avoidance. */
static enum tern_rule on_ack(struct cc *cc, const struct cc_sample *s)
{
    if (s->app_limited || s->in_recovery) return TERN_RULE_NONE;
    if (cc->cwnd < cc->ssthresh) {
        /* RFC 5681 3.1, equation 2, with byte counting: no more than what was acknowledged. An acknowledgement of a
         * super-segment stands for those of its segments (at least one for two), each of which may add an MSS (RFC 3465, L = 2).
         * After a timeout it may stand for what had arrived long before: one MSS at most (RFC 3465 2.3). */
        grow(cc, s->after_timeout && s->acked > s->mss ? s->mss : s->acked);
        return TERN_RULE_CC_SLOW_START;
    }
    /* RFC 5681 3.1: one MSS for each cwnd of acknowledged bytes. */
    cc->acked += s->acked;
    if (cc->acked < cc->cwnd) return TERN_RULE_NONE;
    cc->acked -= cc->cwnd;
    grow(cc, s->mss);
    return TERN_RULE_CC_AVOIDANCE;
}

static enum tern_rule on_loss(struct cc *cc, const struct cc_sample *s)
{
    cc->ssthresh = half_flight(s); /* RFC 5681, equation 4 */
    cc->cwnd = cc->ssthresh;
    cc->acked = 0;
    return TERN_RULE_CC_LOSS;
}

static enum tern_rule on_recovered(struct cc *cc, const struct cc_sample *s)
{
    /* RFC 6582 3.2 step 3, option 1: min(ssthresh, max(flight, MSS) + MSS), which makes no burst. */
    uint32_t flight = s->flight > s->mss ? s->flight : s->mss;
    cc->cwnd = cc->ssthresh < flight + s->mss ? cc->ssthresh : flight + s->mss;
    return TERN_RULE_CC_RECOVERED;
}

static enum tern_rule on_rto(struct cc *cc, const struct cc_sample *s, bool first)
{
    if (first) cc->ssthresh = half_flight(s); /* RFC 5681 3.1: held constant when the same segment times out again */
    cc->cwnd = s->mss;
    cc->acked = 0;
    return TERN_RULE_CC_RTO;
}

static enum tern_rule on_idle(struct cc *cc, const struct cc_sample *s)
{
    uint32_t restart = cc_initial_window(s);
    if (cc->cwnd <= restart) return TERN_RULE_NONE;
    cc->cwnd = restart;
    return TERN_RULE_CC_IDLE;
}

/* RFC 3168 6.1.2: as on a loss; the acknowledgements go on to come, so no segment need be lost for it. */
static enum tern_rule on_ecn(struct cc *cc, const struct cc_sample *s)
{
    cc->ssthresh = half_flight(s);
    if (cc->cwnd > cc->ssthresh) cc->cwnd = cc->ssthresh;
    cc->acked = 0;
    return TERN_RULE_CC_ECN;
}

static enum tern_rule on_syn_lost(struct cc *cc, const struct cc_sample *s)
{
    cc->cwnd = s->mss;
    return TERN_RULE_CC_SYN_LOST;
}

const struct cc_ops cc_newreno = {
    .name = "newreno",
    .init = init,
    .on_ack = on_ack,
    .on_loss = on_loss,
    .on_recovered = on_recovered,
    .on_rto = on_rto,
    .on_idle = on_idle,
    .on_ecn = on_ecn,
    .on_syn_lost = on_syn_lost,
};
