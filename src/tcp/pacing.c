/* Pacing. */
#include "pacing.h"

#include "tcp_internal.h"

/* How much when it is the clock's owner who comes late, on a busy machine: an eighth of a round trip, but not more; and always a
 * super-segment's time. */
#define CATCH_UP (10 * TERN_MS)

enum { MEASURED = 4 }; /* a round trip of fewer measurements tells of no queue */

/* The rate that the algorithm names; 0: it names none. */
static uint64_t named(const struct tern_conn *c) { return c->sender && c->sender->cc ? c->sender->cc->pacing : 0; }

/* What a round trip takes of the window, and some more, so that the window can grow.
 *
 * While a queue stands acknowledgements come as evenly as the bottleneck lets data go, and bursts are of this host's making: of
 * an application that was late to take them, and answers several together. A burst finds the queue full, or leaves it so to
 * others. Where none stands it finds room, and what is spread is only later. */
static uint64_t by_window(const struct tern_conn *c, tern_ns rtt)
{
    const struct tern_settings *set = &c->env->set;
    if (!rtt) return 0;
    uint64_t percent = c->cc.cwnd < c->cc.ssthresh / 2 ? set->pacing_slow_start : set->pacing_avoidance;
    return c->cc.cwnd * percent / 100 * TERN_SEC / rtt;
}

/* The initial window goes at once, as from Linux, unless the application bounds the rate: a short flow would pay for its
 * spreading. */
uint64_t pacing_rate(const struct tern_conn *c)
{
    uint64_t mode = c->bytes_acked ? c->env->set.pacing : 0, most = tcp_more(c)->pacing_most, rate = mode ? named(c) : 0;
    if (!rate && mode == PACING_ALWAYS) rate = by_window(c, c->rtt.srtt);
    if (!rate && mode == PACING_QUEUE && c->sender) rate = by_window(c, c->sender->pacing.queued);
    return most && (!rate || most < rate) ? most : rate;
}

uint64_t pacing_rate_shown(const struct tern_conn *c)
{
    uint64_t rate = pacing_rate(c);
    return rate ? rate : by_window(c, c->rtt.srtt);
}

/* How much at the rate may leave at once, in time. */
static tern_ns burst(const struct tern_conn *c) { return c->cc.ops->paces ? CC_QUANTUM : c->env->set.pacing_burst; }

/* A queue stands if not even one packet of a round trip found it nearly empty: each took an eighth longer than the least of late,
 * and a burst's time. One that this host's own bursts make is empty before each. A few acknowledgements may all have been delayed
 * by the peer. */
void pacing_acked(struct tern_conn *c, const struct cc_sample *s)
{
    struct tcp_pacing *p = &c->sender->pacing;
    if (s->round_start) {
        tern_ns more = s->min_rtt / 8;
        bool stands = p->measured >= MEASURED && p->least > s->min_rtt + (more > burst(c) ? more : burst(c));
        p->queued = stands ? p->least : 0;
        p->least = p->measured = 0;
    }
    if (!s->rtt) return;
    if (!p->least || s->rtt < p->least) p->least = s->rtt;
    p->measured++;
}

/* What an application sends after a rest is no answer to acknowledgements, and often short: spread it would only be late. */
void pacing_rests(struct tern_conn *c)
{
    struct tcp_pacing *p = &c->sender->pacing;
    p->queued = p->least = p->measured = 0;
    p->late = false;
}

void pacing_due(struct tern_conn *c)
{
    struct tcp_pacing *p = &c->sender->pacing;
    if (!p->waits || p->next > c->env->now) return;
    p->waits = false;
    p->late = true;
}

bool pacing_early(struct tern_conn *c)
{
    struct tcp_pacing *p = &c->sender->pacing;
    tern_ns now = c->env->now;
    if (p->next > now && p->next - now + p->span > burst(c)) p->waits = true;
    return p->waits;
}

uint32_t pacing_quantum(const struct tern_conn *c, uint32_t mss, uint32_t super)
{
    uint64_t rate = pacing_rate(c);
    if (!rate) return super;
    uint32_t quantum = named(c) ? c->sender->cc->quantum : super;
    if (rate < quantum * TERN_SEC / burst(c)) quantum = (uint32_t)(rate * burst(c) / TERN_SEC);
    if (quantum >= super) return super;
    return min_u32(super, max_u32(quantum - quantum % mss, 2 * mss));
}

/* What only the window spreads is not made good: it would be one of the bursts against which it is spread. */
static tern_ns made_good(const struct tern_conn *c)
{
    const struct tcp_pacing *p = &c->sender->pacing;
    tern_ns least = p->span > burst(c) ? p->span : burst(c), most = c->rtt.srtt / 8;
    if (!p->late || (!named(c) && !tcp_more(c)->pacing_most)) return burst(c);
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
    if (p->next >= now) p->late = false;
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
