/* The receive buffer grows with what the application reads in a round trip (dynamic right-sizing: W. Feng, M. Fisk et al., 2001).
 * The sender's window may double in each, so the buffer is to be as far ahead of it.
 *
 * What waits behind a hole the application would read if it could, so it counts, too. Else the window stands still until the hole
 * is closed, which on a long path takes round trips, and the sender does, who loses more in them than the hole. Not without SACK:
 * there an acknowledgement with another window is no duplicate (RFC 5681 2), and it is duplicates that close the hole. */
#include "tcp_internal.h"

enum {
    AHEAD = 3,            /* buffers for what was read: one is read, one in flight, and one comes while a hole is closed */
    SEGMENTS_BESIDE = 16, /* so that small windows grow, too */
    UNUSED_PART = 8       /* of a buffer: who has received less in all is not held back by it, and need not be measured */
};

/* The round trip as a receiver sees it. Without timestamps a peer that had nothing to send makes it seem longer, never shorter.
 */
static void sample(struct tcp_tune *t, tern_ns rtt, bool exact)
{
    if (!t->rtt || (rtt < t->rtt && !exact))
        t->rtt = rtt;
    else if (exact)
        t->rtt += rtt / 8 - t->rtt / 8;
}

static uint64_t passed_on(const struct tern_conn *c)
{
    return c->bytes_received - c->rcv.queued + (has(c, F_SACK) ? ooo_bytes(c) : 0);
}

static void begin_round(struct tern_conn *c, struct tcp_tune *t)
{
    t->since = c->env->now;
    t->read_before = passed_on(c);
}

void tune_arrived(struct tern_conn *c, const struct wire_tcp *h)
{
    if (c->bytes_received < c->rcv.limit / UNUSED_PART) return;
    struct tcp_more *m = tcp_more_own(c);
    if (!m) return;
    struct tcp_tune *t = &m->tune;
    if (!t->since) {
        t->rtt = c->rtt.srtt;
        begin_round(c, t);
    }
    if (has(c, F_TS) && h->opt.ts_ecr) {
        /* What the peer answers left with this timestamp, at most a delayed acknowledgement ago. */
        if (h->len < c->rcv.seg || h->opt.ts_ecr == t->ts_ecr) return;
        t->ts_ecr = h->opt.ts_ecr;
        uint32_t ms = ts_now(c) - h->opt.ts_ecr;
        if (ms < c->env->set.rto_max / TERN_MS) sample(t, ms ? ms * TERN_MS : TERN_MS, true);
    } else if (!t->window_at || seq_ge(c->rcv.nxt, t->window_end)) {
        /* A window that was offered has been used up: that took a round trip, or several. */
        if (t->window_at) sample(t, c->env->now - t->window_at, false);
        t->window_at = c->env->now;
        t->window_end = seq_add(c->rcv.nxt, rcv_window(c));
    }
}

void tune_waits(struct tern_conn *c)
{
    if (has(c, F_SACK) && !c->rcv.queued) tune_read(c);
}

void tune_read(struct tern_conn *c)
{
    struct tcp_tune *t = c->more ? &c->more->tune : NULL;
    if (!t || !t->since || !t->rtt || c->env->now - t->since < t->rtt) return;
    uint64_t now = passed_on(c), read = now > t->read_before ? now - t->read_before : 0;
    begin_round(c, t);
    if (read <= t->most_read) return;
    /* What was read grows by the same part once more before the larger buffer is felt, and then again. */
    uint64_t want = AHEAD * read + SEGMENTS_BESIDE * (uint64_t)c->mss_adv;
    if (t->most_read) want += 2 * want / t->most_read * (read - t->most_read);
    t->most_read = read;
    if (c->env->set.receive_overhead) want += want >> c->env->set.receive_overhead;
    if (want > c->env->set.receive_buffer_max) want = c->env->set.receive_buffer_max;
    if (want <= c->rcv.limit || memory_is_short(c->env)) return;
    c->rcv.limit = (uint32_t)want;
    rcv_round_buffer(c);
    event_rule(c, TERN_RULE_RECEIVE_GROWS);
}

bool memory_is_full(const struct tcp_env *env)
{
    struct mem *m = env->mem;
    size_t most = m->cap / 100 * env->set.memory_high;
    while (m->used >= most && m->pool && pool_give_up(m->pool))
        ;
    return m->used >= most && GUARD(11);
}

enum { SHARES = 32, LEAST_SHARE = 2048, LARGE_BUFFER = 16384 };

uint32_t memory_share(const struct tcp_env *env)
{
    const struct mem *m = env->mem;
    if (!memory_is_full(env)) return UINT32_MAX;
    size_t share = (m->cap - m->used) / SHARES;
    /* A buffer of the pool is as large as the next of its sizes. */
    return share < LARGE_BUFFER ? LEAST_SHARE : share < TERN_PACKET_MAX ? LARGE_BUFFER : TERN_PACKET_MAX;
}
