/* Pacing. */
#include "pacing.h"

#include "tcp_internal.h"

/* A burst's length, and how much may always be made good. */
#define BURST TERN_MS
/* How much when it is the clock's owner who comes late, on a busy machine: an eighth of a round trip, but not more; and always a
 * super-segment's time. */
#define CATCH_UP (10 * TERN_MS)

/* Setting |pacing| 2: what a round trip takes of the window, and some more, so that the window can grow. */
static uint64_t by_window(const struct tern_conn *c)
{
    const struct tern_settings *set = &c->env->set;
    if (!c->rtt.srtt) return 0;
    uint64_t percent = c->cc.cwnd < c->cc.ssthresh / 2 ? set->pacing_slow_start : set->pacing_avoidance;
    return (uint64_t)c->cc.cwnd * TERN_SEC / c->rtt.srtt * percent / 100;
}

/* The initial window goes at once, as from Linux, unless the application bounds the rate: a short flow would pay for its
 * spreading. */
uint64_t pacing_rate(const struct tern_conn *c)
{
    uint64_t mode = c->bytes_acked ? c->env->set.pacing : 0, most = tcp_more(c)->pacing_most, rate = 0;
    if (mode && c->sender && c->sender->cc) rate = c->sender->cc->pacing;
    if (mode == 2 && !rate) rate = by_window(c);
    return most && (!rate || most < rate) ? most : rate;
}

uint64_t pacing_rate_shown(const struct tern_conn *c)
{
    uint64_t rate = pacing_rate(c);
    return rate ? rate : by_window(c);
}

void pacing_due(struct tern_conn *c)
{
    struct tcp_pacing *p = &c->sender->pacing;
    if (!p->waits || p->next > c->env->now) return;
    p->waits = false;
    p->waited_till = c->env->now;
}

bool pacing_early(struct tern_conn *c)
{
    struct tcp_pacing *p = &c->sender->pacing;
    tern_ns now = c->env->now;
    pacing_due(c);
    if (p->next > now && p->next - now + p->span > BURST) p->waits = true;
    return p->waits;
}

uint32_t pacing_quantum(const struct tern_conn *c, uint32_t mss, uint32_t super)
{
    uint64_t rate = pacing_rate(c), quantum = rate / (TERN_SEC / BURST);
    uint32_t named = c->sender && c->sender->cc ? c->sender->cc->quantum : 0;
    if (!rate) return super;
    if (named && named < quantum) quantum = named;
    if (quantum >= super) return super;
    return min_u32(super, max_u32((uint32_t)quantum - (uint32_t)quantum % mss, 2 * mss));
}

static tern_ns made_good(const struct tern_conn *c)
{
    const struct tcp_pacing *p = &c->sender->pacing;
    tern_ns least = p->span > BURST ? p->span : BURST, most = c->rtt.srtt / 8;
    if (p->waited_till != c->env->now) return BURST;
    if (most > CATCH_UP) most = CATCH_UP;
    return most > least ? most : least;
}

void pacing_sent(struct tern_conn *c, uint32_t len)
{
    struct tcp_pacing *p = &c->sender->pacing;
    uint64_t rate = pacing_rate(c);
    tern_ns now = c->env->now;
    if (!rate) return;
    tern_ns most = made_good(c);
    p->span = len * TERN_SEC / rate;
    if (p->next + most < now) p->next = now - most;
    p->next += p->span;
}

void pacing_bound(struct tern_conn *c, uint64_t most)
{
    struct tcp_more *m = c->more;
    bool raised = m->pacing_most && (!most || most > m->pacing_most);
    m->pacing_most = most;
    if (!c->sender || !raised) return;
    struct tcp_pacing *p = &c->sender->pacing;
    p->span = 0;
    if (p->next > c->env->now) p->next = c->env->now;
}
