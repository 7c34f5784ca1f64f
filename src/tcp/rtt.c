/* RFC 6298: the retransmission timeout; RFC 7323 4.1 and 5.4: round trips by timestamps. */
#include "tcp_internal.h"

#define RTO_AFTER_SYN_LOSS (3 * TERN_SEC)

enum { LEAST_S = 300 }; /* a least round trip is forgotten after twice so many seconds; as Linux */

void rtt_init(struct tern_conn *c)
{
    c->rtt.srtt = c->rtt.var = 0;
    c->rtt.rto = c->env->set.rto_initial; /* RFC 6298 2.1 */
    c->rtt.timed_at = 0;
    c->rtt.min_us = UINT32_MAX;
}

static tern_ns clamp_rto(const struct tern_conn *c, tern_ns rto)
{
    const struct tern_settings *set = &c->env->set;
    if (rto < set->rto_min) rto = set->rto_min; /* RFC 6298 2.4, 2.5 */
    return rto > set->rto_max ? set->rto_max : rto;
}

/* RFC 8985 6.2 step 1: the least of the last minutes, since the path may have become another: of this span and the one before. */
static void note_least(struct tern_conn *c, uint64_t r)
{
    struct tcp_least *l = c->sender ? &c->sender->least : NULL;
    uint32_t us = r < UINT32_MAX ? (uint32_t)r : UINT32_MAX - 1, s = (uint32_t)(c->env->now / TERN_SEC);
    if (l && l->us && s - l->from_s >= LEAST_S && RULE(RFC 8985 6.2)) {
        c->rtt.min_us = l->us - 1;
        l->us = 0;
    }
    c->rtt.min_us = min_u32(c->rtt.min_us, us);
    if (!l) return;
    if (!l->us) l->from_s = s;
    l->us = l->us ? min_u32(l->us, us + 1) : us + 1;
}

/* RFC 6298 2.2, 2.3: MUST-18 */
void rtt_sample(struct tern_conn *c, tern_ns r)
{
    struct tcp_rtt *t = &c->rtt;
    bool first = !t->srtt;
    if (!r) r = 1; /* 0 means "no measurement yet" */
    if (first) {
        t->srtt = r, t->var = r / 2;
    } else {
        tern_ns off = t->srtt > r ? t->srtt - r : r - t->srtt;
        t->var = t->var - t->var / 4 + off / 4; /* beta 1/4, alpha 1/8; RTTVAR before SRTT */
        t->srtt = t->srtt - t->srtt / 8 + r / 8;
        if (!t->srtt) t->srtt = 1;
    }
    tern_ns spread = 4 * t->var, least = c->env->set.rto_min_var ? c->env->set.rto_min : 0;
    t->rto = clamp_rto(c, t->srtt + (spread > least ? spread : least));
    c->loss.backoff = c->loss.kept = 0; /* 5.5, Karn: a backed-off RTO collapses with a measurement only */
    note_least(c, r / TERN_US);
    if (c->sender) c->sender->tail.unmeasured = false;
    event_rtt(c, r, first ? TERN_RULE_RTT_FIRST : TERN_RULE_RTT_SAMPLE);
}

void rtt_time(struct tern_conn *c, seq32 end)
{
    if (c->rtt.timed_at) return; /* one measurement a flight */
    c->rtt.timed = end;
    c->rtt.timed_at = c->env->now + 1; /* 0 means "none" */
}

/* RFC 6298 3, Karn: what is sent again is not measured. MUST-18. */
void rtt_forget(struct tern_conn *c)
{
    if (CLAUSE(c->env, KARN)) c->rtt.timed_at = 0;
}

/* RFC 7323 4.1: does the echoed timestamp tell which transmission was acknowledged? An echo from the flight's first transmission
 * does not: a repetition of what had arrived is answered with the timestamp of old (RFC 7323 4.3), all timeouts included. */
static bool echo_is_measure(const struct tern_conn *c, const struct wire_tcp *h)
{
    if (!has(c, F_TS) || !(h->opt.present & OPT_TIMESTAMPS) || !h->opt.ts_ecr) return false;
    seq32 first = seq((uint32_t)(c->loss.since / TERN_MS) + c->ts_offset);
    return c->loss.backoff ? seq_gt(seq(h->opt.ts_ecr), first) : seq_ge(seq(h->opt.ts_ecr), first);
}

/* RFC 8961 4 (3): a doubling is taken back when data that left after its timeout has arrived by its first transmission, also
 * where that cannot be measured, since the acknowledgement answers what filled a hole. The doublings of the hole's own timeouts
 * stay: the path may have become longer than they know (Karn). */
void rtt_arrived_once(struct tern_conn *c)
{
    if (c->loss.kept && c->sender && seq_gt(c->snd.una, c->sender->backed)) c->loss.kept = 0;
}

void rtt_sacked(struct tern_conn *c, tern_ns once)
{
    if (once && c->loss.kept && !c->loss.backoff && !has(c, F_TS)) rtt_sample(c, once);
}

void rtt_acked(struct tern_conn *c, const struct wire_tcp *h, tern_ns once)
{
    struct tcp_rtt *t = &c->rtt;
    if (t->timed_at && seq_ge(h->ack, t->timed)) {
        rtt_sample(c, c->env->now + 1 - t->timed_at);
        t->timed_at = 0;
        return;
    }
    /* Karn (RFC 6298 3): what was sent twice is not timed; the echoed timestamp says which one was acknowledged. The clock's
     * milliseconds are too coarse for anything else. */
    if (!c->loss.backoff && !has(c, F_RECOVERY | F_RTO_RECOVERY)) return;
    if (!echo_is_measure(c, h)) {
        if (once && !has(c, F_TS)) { /* SACK tells which */
            rtt_sample(c, once);
            return;
        }
        event_rule(c, TERN_RULE_KARN);
        if (!t->srtt && has(c, F_SYN_RTX)) { /* RFC 6298 5.7, where the handshake measured nothing */
            t->rto = clamp_rto(c, t->rto > RTO_AFTER_SYN_LOSS ? t->rto : RTO_AFTER_SYN_LOSS);
            c->loss.backoff = 0;
            event_rule(c, TERN_RULE_RTO_SYN_LOST);
        }
        return;
    }
    uint32_t ms = ts_now(c) - h->opt.ts_ecr;
    if (ms < 60 * 1000) rtt_sample(c, ms ? ms * TERN_MS : TERN_MS);
}

/* RFC 6298 5.5: MUST-19 */
tern_ns rtt_rto(const struct tern_conn *c)
{
    tern_ns rto = c->rtt.rto;
    unsigned doublings = CLAUSE(c->env, BACKOFF) ? (unsigned)c->loss.backoff + c->loss.kept : 0;
    for (unsigned i = 0; i < doublings && rto < c->env->set.rto_max; i++) rto *= 2;
    if (c->rtt.srtt || doublings) rto += c->env->set.rto_slop;
    return rto < c->env->set.rto_max ? rto : c->env->set.rto_max;
}

/* RFC 7323 5.4: milliseconds */
uint32_t ts_now(const struct tern_conn *c) { return (uint32_t)(c->env->now / TERN_MS) + c->ts_offset; }
