/* Congestion window validation (RFC 7661). pipeACK is the most that was acknowledged in a round trip of late. Below half of the
 * window that is kept, but not relied on: a loss answers to what was really in use, and after five minutes half of it goes. It
 * never grows when it is not used: loss.c sees to that. */
#include "valid.h"

#include "tcp_internal.h"

#define NVP       (300 * TERN_SEC) /* RFC 7661 4.4.3, RFC 7661 5 */
#define LEAST_PSP TERN_SEC         /* RFC 7661 4.2: the sampling period is max(3 RTT, 1 s) */

static bool wanted(const struct tern_conn *c) { return c->sender && c->env->set.cwnd_validation && !c->cc.ops->own_recovery; }

/* Forgets what is older than the sampling period. */
static void age(struct tern_conn *c, struct tcp_valid *v)
{
    tern_ns period = 3 * c->rtt.srtt > LEAST_PSP ? 3 * c->rtt.srtt : LEAST_PSP, part = period / VALID_BINS;
    if (!v->binned || c->env->now - v->binned < part) return;
    uint64_t n = (c->env->now - v->binned) / part;
    for (int i = VALID_BINS - 1; i >= 0; i--) v->bin[i] = (uint64_t)i >= n ? v->bin[(uint64_t)i - n] : 0;
    v->binned += n * part;
}

static uint32_t taken(const struct tern_conn *c, const struct tcp_valid *v)
{
    uint64_t n = c->bytes_acked - v->from;
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* RFC 7661 4.2 */
static uint32_t pipe_ack(const struct tern_conn *c, const struct tcp_valid *v)
{
    uint32_t most = v->began ? taken(c, v) : 0;
    for (int i = 0; i < VALID_BINS; i++) most = max_u32(most, v->bin[i]);
    return most;
}

/* One sample ends, if there is any, and the next one begins. */
static void next_sample(struct tern_conn *c, struct tcp_valid *v)
{
    if (v->began && taken(c, v)) {
        if (!v->binned) v->binned = c->env->now;
        v->bin[0] = max_u32(v->bin[0], taken(c, v));
    }
    v->began = c->env->now;
    v->from = c->bytes_acked;
    v->limited = false;
}

/* RFC 7661 4.3, 4.4, 4.5.3 */
static void decide(struct tern_conn *c, struct tcp_valid *v, bool limited)
{
    if (!v->binned || pipe_ack(c, v) >= c->cc.cwnd / 2 || !RULE(RFC 7661 4.3))
        v->since = 0;
    else if (!v->since && !limited)
        v->since = c->env->now;
}

/* RFC 7661 4.4.3 */
static void give_back(struct tern_conn *c, struct tcp_valid *v)
{
    if (!v->since || c->env->now - v->since < NVP || !RULE(RFC 7661 4.4.3)) return;
    uint32_t least = conn_initial_window(c);
    while (v->since && c->env->now - v->since >= NVP && c->cc.cwnd > least) {
        c->cc.ssthresh = max_u32(c->cc.ssthresh, c->cc.cwnd / 4 * 3);
        c->cc.cwnd = max_u32(c->cc.cwnd / 2, least);
        v->since += NVP;
        event_cwnd(c, TERN_RULE_CC_NVP);
    }
    decide(c, v, false);
}

void valid_acked(struct tern_conn *c)
{
    if (!wanted(c)) return;
    struct tcp_valid *v = &c->sender->valid;
    if (has(c, F_RECOVERY | F_RTO_RECOVERY)) { /* RFC 7661 4.2: no samples */
        v->began = 0;
        return;
    }
    age(c, v);
    if (!v->began) next_sample(c, v);
    v->limited = v->limited || has(c, F_CC_LIMITED);
    if (c->rtt.srtt && c->env->now - v->began > c->rtt.srtt) {
        bool limited = v->limited;
        next_sample(c, v);
        decide(c, v, limited);
    } else if (v->since) {
        decide(c, v, true);
    }
    give_back(c, v);
}

void valid_restarts(struct tern_conn *c)
{
    if (!wanted(c)) return;
    struct tcp_valid *v = &c->sender->valid;
    bool limited = v->limited;
    age(c, v);
    next_sample(c, v);
    decide(c, v, limited);
    give_back(c, v);
}

/* RFC 7661 4.4.1 */
uint32_t valid_loss(struct tern_conn *c, uint32_t flight)
{
    if (!wanted(c)) return flight;
    struct tcp_valid *v = &c->sender->valid;
    v->reduced = 0;
    if (!v->since || !RULE(RFC 7661 4.4.1)) return flight;
    v->reduced = max_u32(pipe_ack(c, v), flight);
    v->again = c->retransmitted;
    return v->reduced;
}

void valid_recovered(struct tern_conn *c)
{
    if (!wanted(c)) return;
    struct tcp_valid *v = &c->sender->valid;
    uint32_t again = c->retransmitted - v->again, had = v->reduced;
    *v = (struct tcp_valid){0}; /* undefined, and thereby validated */
    if (!had) return;
    uint32_t safe = max_u32(had > again ? (had - again) / 2 : 0, mss_plain(c));
    if (safe >= c->cc.cwnd) return;
    c->cc.cwnd = safe;
    event_cwnd(c, TERN_RULE_CC_SAFE);
}
