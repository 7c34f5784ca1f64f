#include "tcp_internal.h"

#include <string.h>

void flight_end(struct tern_conn *c)
{
    struct tcp_flight *f = flight_of(c);
    if (!f) return;
    sent_clear(&f->map);
    f->on = false;
}

void flight_free(struct tern_conn *c)
{
    flight_end(c);
    slab_put(&c->env->flights, c->sender->flight);
    c->sender->flight = NULL;
}

static struct tcp_flight *begin(struct tern_conn *c)
{
    if (!sender_own(c)) return NULL;
    struct tcp_flight *f = c->sender->flight;
    if (f) { /* an earlier one's; its map is empty */
        uint16_t slab_i = f->slab_i;
        memset(f, 0, offsetof(struct tcp_flight, map));
        f->slab_i = slab_i;
    } else {
        f = c->sender->flight = slab_get(&c->env->flights);
        if (!f) return NULL;
        sent_init(&f->map, &c->env->sent_entries, &c->env->order_chunks);
    }
    f->on = true;
    f->fack = c->snd.una;
    f->reorder_at = TERN_NEVER;
    f->rto_at = c->at[SLOT_RTX]; /* for the SYN, whose acknowledgement Fast Open does not wait for */
    return f;
}

/* ---- what leaves ---- */

/* [at, end) is here already: it goes once more. Without memory to cut an entry, all of it counts as sent. */
static void sent_once_more(struct tern_conn *c, struct tcp_flight *f, seq32 at, seq32 end, uint32_t mss)
{
    struct order_place p;
    struct sent *e = sent_find(&f->map, at, &p);
    if (e && seq_lt(e->left, at) && sent_cut(&f->map, &p, at)) e = sent_next(&f->map, &p);
    for (; e && seq_lt(e->left, end); e = sent_next(&f->map, &p)) {
        if (seq_gt(e->right, end)) sent_cut(&f->map, &p, end);
        uint32_t pipe = flight_pipe(c);
        sent_again(&f->map, e, c->env->now);
        e->mss = (uint16_t)mss;
        rate_sent(&c->sender->rate, &e->rate, c->env->now, pipe, sent_len(e));
        undo_sent(c, e->left, sent_len(e));
    }
}

void flight_sent(struct tern_conn *c, seq32 at, seq32 end, uint32_t mss)
{
    struct tcp_flight *f = flight_of(c);
    if (!f) {
        /* There was no memory when this flight began; NewReno, which repairs it, ends what it began. */
        if (!seq_eq(at, snd_start(c)) || !seq_eq(at, c->snd.nxt) || has(c, F_RECOVERY)) return;
        f = begin(c);
        if (!f) return;
    }
    f->prr_out += seq_diff(end, at);
    bool some = !sent_empty(&f->map);
    if (some && seq_lt(at, f->map.end)) {
        sent_once_more(c, f, at, end, mss);
        return;
    }
    bool again = seq_lt(at, c->snd.max); /* after a timeout without SACK everything is new to the map */
    struct sent *e = again ? NULL : sent_grow(&f->map, end, (uint16_t)mss, c->env->now, (uint32_t)c->sender->rate.delivered);
    if (e) {
        rate_sent_more(&c->sender->rate, &e->rate, seq_diff(end, at));
        return;
    }
    uint32_t pipe = some ? flight_pipe(c) : 0;
    e = sent_add(&f->map, at, end, (uint16_t)mss, c->env->now);
    if (!e) {
        flight_end(c);
        return;
    }
    if (again) e->flags |= SENT_AGAIN;
    rate_sent(&c->sender->rate, &e->rate, c->env->now, pipe, seq_diff(end, at));
}

/* ---- what arrives, what is lost ---- */

void flight_delivered(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, const struct sent *e, seq32 left,
                      seq32 right)
{
    n->high = n->pick.any ? seq_max(n->high, right) : right;
    rate_delivered(&c->sender->rate, &n->pick, &e->rate, e->sent_at, seq_diff(right, left), c->env->now);
    if (!(e->flags & SENT_AGAIN)) {
        if (seq_lt(left, f->fack) && (!n->late || seq_lt(left, n->late_at))) n->late = true, n->late_at = left;
        if (seq_le(right, c->loss.recover)) n->original = true;
    }
    rack_delivered(c, f, n, e, right);
}

void flight_acked(struct tern_conn *c, seq32 una, struct ack_news *n)
{
    struct tcp_flight *f = flight_of(c);
    uint32_t rest = seq_gt(una, snd_start(c)) ? seq_diff(una, snd_start(c)) : 0;
    struct sent *e;
    while (f && !sent_empty(&f->map) && seq_lt(f->map.start, una)) {
        if (f->map.sacked) rest -= sent_skip(&f->map, una); /* it was delivered when it was reported */
        e = sent_first(&f->map);
        if (!e || !seq_lt(e->left, una)) break;
        seq32 right = seq_min(una, e->right);
        flight_delivered(c, f, n, e, e->left, right);
        rest -= seq_diff(right, e->left);
        sent_pop(&f->map, seq_diff(right, e->left));
    }
    n->pick.acked += rest; /* what the map does not know */
    if (c->sender) c->sender->rate.delivered += rest;
}

void flight_lose(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, struct sent *e, enum tern_rule why)
{
    uint32_t len = sent_len(e);
    rate_lost(&c->sender->rate, &n->pick, len);
    if (c->cc.ops->on_lost) {
        struct cc_sample s;
        loss_sample(c, &s);
        rate_fill_lost(&c->sender->rate, &e->rate, len, &s);
        c->cc.ops->on_lost(&c->cc, &s);
    }
    sent_lose(&f->map, e);
    event_rule(c, why);
}

void flight_too_big(struct tern_conn *c)
{
    struct sent_map *m = &flight_of(c)->map;
    for (struct list *i = m->flight.next, *next; i != &m->flight; i = next) {
        struct sent *e = CONTAINER_OF(i, struct sent, at);
        next = i->next;
        if (e->mss > mss_plain(c) && sent_len(e) > mss_plain(c)) sent_lose(m, e);
    }
    rtt_forget(c);
}

/* ---- what goes again ---- */

static enum tern_rule why_again(const struct tern_conn *c, const struct tcp_flight *f, const struct sent *e)
{
    if (has(c, F_RTO_RECOVERY)) return seq_eq(e->left, c->snd.una) ? TERN_RULE_RTX_TIMEOUT : TERN_RULE_RTX_AFTER_TIMEOUT;
    if (e->flags & SENT_AGAIN) return TERN_RULE_RTX_LOST_AGAIN;
    if (f->first && (f->map.sacked > rack_threshold(c) || !f->map.sacked)) return TERN_RULE_RTX_FAST;
    return has(c, F_RECOVERY) ? TERN_RULE_RTX_SACK : TERN_RULE_RTX_PMTU;
}

/* RFC 8985 7.3: nothing new may leave, so the last segment does once more. */
static uint32_t tail_again(const struct tern_conn *c, struct tcp_flight *f, uint32_t mss, seq32 *at)
{
    struct sent *e = sent_last(&f->map);
    f->tail_due = false;
    if (!e || !seq_eq(e->right, f->map.end)) return 0; /* it has arrived */
    c->sender->tail.again = true;
    bool fin = has(c, F_FIN_SENT) && seq_gt(e->right, snd_end(c));
    uint32_t data = sent_len(e) - fin, tail = data % e->mss ? data % e->mss : min_u32(e->mss, data);
    *at = seq_sub(e->right, min_u32(tail, mss) + fin);
    return min_u32(tail, mss) + fin;
}

/* Bytes from |e| on that are lost and wait, in whole segments but for the end: so many that |most| are reached. */
static uint32_t lost_together(const struct tcp_flight *f, const struct sent *e, uint32_t most, uint32_t mss)
{
    struct order_place p;
    uint32_t len = sent_len(e);
    if (len >= most || len % mss || !sent_find(&f->map, e->left, &p)) return len;
    seq32 end = e->right;
    for (; len < most && !(len % mss) && (e = sent_next(&f->map, &p)) != NULL && seq_eq(e->left, end); end = e->right) {
        if ((e->flags & (SENT_LOST | SENT_RTX)) != SENT_LOST) break;
        len += sent_len(e);
    }
    return len;
}

/* RFC 6675 4, 5: NextSeg(), as far as the window allows. */
uint32_t flight_next(struct tern_conn *c, uint32_t most, uint32_t mss, seq32 *at, enum tern_rule *why)
{
    struct tcp_flight *f = flight_sack(c);
    if (f->tail_due) {
        *why = TERN_RULE_RTX_TAIL;
        return tail_again(c, f, mss, at);
    }
    struct sent *e = sent_lost(&f->map);
    if (!e || f->hold) return 0;
    uint32_t pipe = flight_pipe(c), room = c->cc.cwnd > pipe ? c->cc.cwnd - pipe : 0;
    if (f->first || !CLAUSE(c->env, CONGESTION)) room = max_u32(room, mss);
    if (!seq_eq(e->left, c->snd.una)) { /* what the peer's window does not take any more waits, but for the first */
        seq32 edge = seq_add(c->snd.una, c->snd.wnd);
        if (seq_le(edge, e->left)) return 0;
        room = min_u32(room, seq_diff(edge, e->left));
    }
    room = min_u32(room, most);
    uint32_t len = lost_together(f, e, room, mss), n = min_u32(len, room);
    if (n < len) n -= n % mss;
    if (!n) return 0;
    *at = e->left;
    *why = why_again(c, f, e);
    f->first = false;
    return n;
}
