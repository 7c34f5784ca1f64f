/* RACK (RFC 8985 6): a segment is lost when one that was sent later has arrived, and it is overdue by more than reordering
 * explains. Without it (setting rack): RFC 6675's count of what has arrived above. */
#include "flight.h"
#include "tcp_internal.h"

enum { STATIC = 2, NO_DUP_THRESHOLD = 4 }; /* bits of the setting rack */
enum { PERSIST = 16 };                     /* RACK.reo_wnd_persist */
enum { TICKS_MS = 2 };                     /* that lie between two transmissions, if an echo is to tell them apart */

uint32_t rack_reordering(const struct tern_conn *c)
{
    uint32_t own = c->sender ? c->sender->rack.reordering : 0;
    return max_u32(own, (uint32_t)c->env->set.dup_threshold);
}

/* Bytes of so many segments less one: of the two signs of RFC 6675 4, IsLost(), the one that asks for no borders of segments. */
uint32_t rack_threshold(const struct tern_conn *c) { return (rack_reordering(c) - 1) * mss_plain(c); }

/* 6.2 step 1, 2: what was sent again may be the first transmission that arrives only now. The peer's echo tells, as far as its
 * clock's ticks do; without it a round trip below the least one, which may have been longer than this one for a queue on the way.
 */
void rack_delivered(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, const struct sent *e, seq32 right)
{
    tern_ns rtt = c->env->now - e->sent_at;
    if (e->flags & SENT_AGAIN) {
        bool told = has(c, F_TS) && n->has_ts && rtt >= TICKS_MS * TERN_MS;
        if (!told && c->rtt.min_us != UINT32_MAX && rtt < c->rtt.min_us * TERN_US) return;
        uint32_t sent_ts = (uint32_t)(e->sent_at / TERN_MS) + c->ts_offset;
        if (n->has_ts && seq_lt(seq(n->ts_ecr), seq(sent_ts))) return;
    } else if (!n->rtt || rtt < n->rtt) {
        n->rtt = rtt ? rtt : 1;
    }
    n->timed = true;
    f->rack_rtt = rtt;
    if (f->rack_at && (e->sent_at < f->rack_at || (e->sent_at == f->rack_at && seq_le(right, f->rack_right)))) return;
    f->rack_at = e->sent_at;
    f->rack_right = right;
}

/* 6.2 step 3; how far it was late is what RFC 6675's threshold becomes. */
void rack_reordered(struct tern_conn *c, struct tcp_flight *f, const struct ack_news *n)
{
    struct tcp_rack *r = &c->sender->rack;
    seq32 fack = f->fack;
    if (n->pick.any) f->fack = seq_max(f->fack, n->high);
    if (!n->late) return;
    uint32_t mss = mss_plain(c), segments = (seq_diff(fack, n->late_at) + mss - 1) / mss;
    r->seen++;
    if (segments > rack_reordering(c)) r->reordering = min_u32(segments, (uint32_t)c->env->set.reordering_max);
    event_rule(c, TERN_RULE_REORDERED);
}

/* What was taken for lost and sent again was only late. Step 3 does not see it, since it looks at what was sent once; without it
 * the window would stay 0 on a path on which all that is late has three segments above it. */
void rack_was_late(struct tern_conn *c) { c->sender->rack.seen++; }

/* The round trip of the last such growth is over. It is asked with each acknowledgement: later the number would mean another. */
void rack_passed(struct tern_conn *c)
{
    struct tcp_rack *r = &c->sender->rack;
    if (r->in_round && seq_ge(c->snd.una, r->round)) r->in_round = false;
}

/* 6.2 step 4: a repetition was for nothing: once a round trip the window grows by a quarter of the least one. */
void rack_dsack(struct tern_conn *c)
{
    struct tcp_rack *r = &c->sender->rack;
    if (r->in_round) return;
    r->in_round = true;
    r->round = c->snd.max;
    if (c->env->set.rack & STATIC) return;
    r->steps = (uint8_t)min_u32((r->steps ? r->steps : 1u) + 1, UINT8_MAX);
    r->persist = PERSIST;
    event_rule(c, TERN_RULE_RACK_WIDER);
}

void rack_recovered(struct tern_conn *c)
{
    struct tcp_rack *r = &c->sender->rack;
    if (r->persist && !--r->persist) r->steps = 1;
}

static tern_ns window(const struct tern_conn *c, const struct tcp_flight *f)
{
    const struct tcp_rack *r = &c->sender->rack;
    tern_ns least = c->rtt.min_us == UINT32_MAX ? c->rtt.srtt : c->rtt.min_us * TERN_US;
    if (c->env->set.rack & STATIC) return least / 4;
    if (!r->seen) {
        if (has(c, F_RECOVERY | F_RTO_RECOVERY)) return 0;
        if (!(c->env->set.rack & NO_DUP_THRESHOLD) && f->map.sacked > rack_threshold(c) && RULE(RFC 6675 5)) return 0;
    }
    tern_ns wnd = least / 4 * (r->steps ? r->steps : 1);
    return wnd < c->rtt.srtt || !RULE(RFC 8985 3.3.2) ? wnd : c->rtt.srtt;
}

/* When the last of those that are waited for is due: acknowledgements that come until then find the others, and tell of some that
 * they were only late. The last is not looked up: it left before what arrived did. |first|: when the first of them is due, which
 * is not kept waiting until the retransmission timer would run out for it. */
static tern_ns last_due(const struct tern_conn *c, const struct tcp_flight *f, const struct sent *e, tern_ns wnd, tern_ns first)
{
    tern_ns at = f->rack_at + f->rack_rtt;
    at = (at < c->env->now ? at : c->env->now) + wnd;
    return at > first && at + wnd < e->sent_at + c->rtt.rto ? at : first;
}

/* RFC 8985 6.2 step 5. What is in flight stands in order of its time, so the first that is not overdue ends the search. What went
 * again at this very moment is not: on a clock that stands still, where the round trip is none, each ACK would send it once more.
 */
static void overdue(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n)
{
    tern_ns wnd = RULE(RFC 8985 6.2) ? window(c, f) : 0;
    struct sent *e;
    f->reorder_at = TERN_NEVER;
    while ((e = sent_oldest(&f->map)) != NULL && sent_before(e, f->rack_at, f->rack_right)) {
        tern_ns due = e->sent_at + f->rack_rtt + wnd;
        if ((e->flags & SENT_RTX) && e->sent_at == c->env->now) due++;
        if (due > c->env->now) {
            f->reorder_at = last_due(c, f, e, wnd, due);
            return;
        }
        flight_lose(c, f, n, e, TERN_RULE_RACK_LOST);
    }
}

/* RFC 6675 4: lost is what has more than the threshold arrived above it. From above down, not farther than |STEPS|, so that an
 * acknowledgement's work is bounded: what is left out is found by the next ones. */
static void counted(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n)
{
    enum { STEPS = 32 };
    uint32_t above = 0, want = RULE(RFC 6675 4) ? rack_threshold(c) : 0;
    struct order_place p;
    seq32 edge = f->fack;
    if (f->map.sacked <= want) return;
    struct sent *e = order_find(&f->map.order, seq_sub(edge, 1), &p);
    for (unsigned i = 0; e && i < STEPS; i++, e = order_prev(&f->map.order, &p)) {
        if (seq_lt(e->right, edge)) above += seq_diff(edge, e->right);
        edge = e->right;
        if (above > want) break;
        edge = e->left;
    }
    if (!e || above <= want) return;
    while ((e = sent_oldest(&f->map)) != NULL && seq_lt(e->left, edge) && !(e->flags & SENT_AGAIN))
        flight_lose(c, f, n, e, TERN_RULE_SACK_LOST);
}

/* RFC 8985 9.2: by time or by count, not by both. */
void rack_detect(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n)
{
    if (!CLAUSE(c->env, FAST_RETRANSMIT)) return;
    if (!(c->env->set.rack & 1) || !RULE(RFC 8985 9.2))
        counted(c, f, n);
    else if (f->rack_at && n->timed)
        overdue(c, f, n);
}

/* RFC 8985 6.3 */
void rack_timeout(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, bool all)
{
    struct sent *e;
    tern_ns wnd = window(c, f);
    f->reorder_at = TERN_NEVER;
    if (!RULE(RFC 8985 6.3)) return;
    e = sent_first(&f->map);
    if (e && (e->flags & (SENT_LOST | SENT_RTX)) != SENT_LOST) flight_lose(c, f, n, e, TERN_RULE_RTO_LOST);
    while ((e = sent_oldest(&f->map)) != NULL && (all || e->sent_at + f->rack_rtt + wnd <= c->env->now))
        flight_lose(c, f, n, e, TERN_RULE_RTO_LOST);
}
