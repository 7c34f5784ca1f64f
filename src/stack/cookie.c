/* SYN cookies (RFC 4987 3.6 and appendix A): a SYN that is answered without a record. What the record would have held goes out
 * with the SYN,ACK and comes back with the ACK: in our initial sequence number, and in the low bits of the timestamp.
 *
 * The number is F(pair, key) + slice * 2^24 + a hash of 21 bits * 8 + which MSS. A slice is 64 s, in which 2^24 numbers pass: to
 * the top eight bits this is RFC 9293's clock (3.4.1), and F what RFC 6528 adds to it, so the pair's next number lies beyond its
 * last one and nobody else knows where. The hash, keyed too, is of all that is remembered: the pair, the peer's number, slice,
 * MSS, and the timestamp's bits. A cookie is good in its slice and the one after it: less, and one that was made at a slice's end
 * would be old when its ACK comes; each more doubles a forger's luck, who has one chance in 2^28 with every ACK. */
#include "filter.h"

#include "bytes.h"

enum {
    SLICE = 64, /* seconds */
    SLICES = 2, /* for which a cookie is good */
    LOW = 24,   /* bits below the slice's */
    LOW_MASK = (1 << LOW) - 1,
    MSS_N = 8, /* of them the lowest three */
};

#define LIFE (SLICES * SLICE * TERN_SEC)

/* The low bits of the timestamp: milliseconds that the clock stands still at most. */
enum { SEEN_WSCALE = 15, SEEN_SACK = 16, SEEN_ECN = 32, SEEN_BITS = 63, SEEN_TS = 64 };
enum { WSCALE_NONE = 15 };

/* The least that a peer is taken to accept (MSS_LEAST), a small link, what stands for no option in IPv4 and IPv6, tunnels,
 * Ethernet with IPv6 or PPPoE, Ethernet, jumbo frames. The peer is taken at the next lower one. */
static const uint16_t sizes[MSS_N] = {48, 256, 536, 1220, 1360, 1440, 1460, 8960};

static uint8_t size_of(uint16_t mss)
{
    uint8_t i = MSS_N - 1;
    while (i && sizes[i] > mss) i--;
    return i;
}

/* ---- the number ---- */

struct cookie {
    const struct tcp_tuple *t;
    seq32 irs;
    uint32_t slice;
    uint32_t low; /* of a number that is looked at: its low bits */
    uint8_t size; /* an index of |sizes| */
    uint8_t seen; /* SEEN_TS and the timestamp's low bits; 0: the peer has no timestamps */
};

/* Alike on all machines that share a key. */
enum { PAIR_LEN = 36, ALL_LEN = PAIR_LEN + 10 };

static void pair_to(uint8_t out[PAIR_LEN], const struct tcp_tuple *t)
{
    for (size_t i = 0; i < 16; i++) out[i] = t->laddr.b[i], out[16 + i] = t->raddr.b[i];
    be16_put(out + 32, t->lport);
    be16_put(out + 34, t->rport);
}

static uint32_t base_of(const uint8_t key[HASH_KEY_LEN], const struct tcp_tuple *t)
{
    uint8_t pair[PAIR_LEN];
    pair_to(pair, t);
    return (uint32_t)hash_keyed(key, pair, sizeof pair);
}

/* The low bits. */
static uint32_t low_of(const uint8_t key[HASH_KEY_LEN], const struct cookie *k)
{
    uint8_t all[ALL_LEN];
    pair_to(all, k->t);
    be32_put(all + PAIR_LEN, k->irs.v);
    be32_put(all + PAIR_LEN + 4, k->slice);
    all[PAIR_LEN + 8] = k->size, all[PAIR_LEN + 9] = k->seen;
    return ((uint32_t)hash_keyed(key, all, sizeof all) * MSS_N & LOW_MASK) | k->size;
}

static uint32_t number_of(const uint8_t key[HASH_KEY_LEN], const struct cookie *k)
{
    return base_of(key, k->t) + (k->slice << LOW) + low_of(key, k);
}

/* Can |number| be a cookie of |key| that is not older than it may be? |k->slice|: now; that and the MSS are found out. */
static bool may_be_cookie(const uint8_t key[HASH_KEY_LEN], uint32_t number, struct cookie *k)
{
    uint32_t v = number - base_of(key, k->t), age = (k->slice - (v >> LOW)) & UINT8_MAX;
    if (age >= SLICES && GUARD(10)) return false;
    k->slice -= age;
    k->size = v % MSS_N;
    k->low = v & LOW_MASK;
    return true;
}

static bool is_cookie(const uint8_t key[HASH_KEY_LEN], uint32_t number, struct cookie *k)
{
    return may_be_cookie(key, number, k) && (low_of(key, k) == k->low || !RULE(RFC 4987 3.6));
}

/* ---- keys, and the clock that goes with them ---- */

static uint32_t slice_at(const struct tern_stack *s, tern_ns ahead)
{
    return (uint32_t)((s->env.now + s->cookie_clock + ahead) / (SLICE * TERN_SEC));
}

void tern_stack_syn_cookie_keys(struct tern_stack *s, tern_ns now, const uint8_t *key, const uint8_t *backup, tern_ns clock)
{
    stack_time(s, now);
    s->cookie_keys = keys_from(key, backup);
    s->cookie_clock = key ? clock - s->env.now : 0; /* modulo 2^64 */
}

/* ---- a SYN ---- */

bool cookie_wanted(const struct tern_listener *l, bool full)
{
    uint64_t mode = l->s->env.set.syn_cookies;
    return !l->cfg.hold && (mode == 2 || (mode == 1 && full));
}

/* What of the agreed the cookie remembers; the rest is not agreed. AccECN's client takes RFC 3168 as well (RFC 9768 3.1.2). */
static uint8_t remember(struct tern_conn *c)
{
    bool ecn = (c->flags2 & (F2_ECN | F2_ACCECN)) != 0;
    c->flags2 &= ~(uint32_t)(F2_ECN | F2_ACCECN | F2_NO_ECT | F2_FO_ANSWER);
    if (!(c->flags & F_TS)) {
        c->flags &= ~(uint32_t)(F_WS | F_SACK);
        return 0;
    }
    if (ecn) c->flags2 |= F2_ECN;
    uint8_t seen = SEEN_TS | (c->flags & F_WS ? c->snd_wscale : WSCALE_NONE);
    if (c->flags & F_SACK) seen |= SEEN_SACK;
    if (ecn) seen |= SEEN_ECN;
    return seen;
}

/* The connection's timestamp clock goes back to the next instant that has the low bits |seen|. */
static void mark_clock(struct tern_conn *c, uint8_t seen)
{
    uint32_t ts = (uint32_t)(c->env->now / TERN_MS) + c->ts_offset;
    c->ts_offset -= (ts - seen) & SEEN_BITS;
}

/* One warning for as long as it lasts: until no SYN has found the queue full for a cookie's life. */
static void pressure(struct tern_listener *l)
{
    struct tern_stack *s = l->s;
    bool new = !l->pressed_at || s->env.now >= l->pressed_at + LIFE;
    l->pressed_at = s->env.now + 1; /* 0: never */
    s->counters.syn_cookies_pressed++;
    if (!new) return;
    s->counters.syn_pressures++;
    if (s->env.trace) event_new(&s->env, NULL, TERN_EV_NOTE, TERN_RULE_SYN_PRESSURE)->local = l->cfg.local;
}

void cookie_syn(struct tern_listener *l, struct tern_conn *c, struct tcp_seg *seg, bool full)
{
    struct tern_stack *s = l->s;
    if (full) pressure(l);
    tcp_syn_read(c, seg);
    struct cookie k = {.t = &c->node.t, .irs = c->rcv.irs, .slice = slice_at(s, 0), .size = size_of(c->mss), .seen = remember(c)};
    c->snd.iss = seq(number_of(s->cookie_keys.n ? s->cookie_keys.key[0] : s->cookie_key, &k));
    if (s->env.seg_event) s->env.seg_event->iss = c->snd.iss.v;
    if (k.seen) mark_clock(c, k.seen);
    tcp_syn_answer(c, seg);
    c->rtx_rule = TERN_RULE_SYN_COOKIE;
    conn_speak(s, c, true);
    tcp_forget(c, TERN_RULE_SYN_COOKIE);
    l->cookie_at = s->env.now + 1; /* 0: never */
    s->counters.syn_cookies_sent++;
    conn_free(s, c);
    s->env.seg_event = NULL;
}

/* ---- those that have made a connection ---- */

/* A record of a SYN,ACK is gone when its connection is; a cookie stays good. After a connection that left no TIME-WAIT, what the
 * peer sends again, or the network, would make another one of it, and be delivered twice. So those that came back are remembered,
 * one in each place: under a flood not for their whole life. */
enum { SPENT = 4096 };

static struct spent *spent_place(const struct tern_stack *s, seq32 iss) { return &s->cookies_spent[iss.v / MSS_N % SPENT]; }

/* By both sides' numbers: the same pair's next cookie may be the same by chance. */
static bool is_spent(const struct tern_stack *s, seq32 iss, seq32 irs)
{
    if (!s->cookies_spent) return false;
    const struct spent *p = spent_place(s, iss);
    return seq_eq(p->iss, iss) && seq_eq(p->irs, irs) && RULE(TERN 8);
}

void cookie_spent(struct tern_stack *s, seq32 iss, seq32 irs)
{
    if (!s->cookies_spent) s->cookies_spent = mem_zero(&s->mem, SPENT * sizeof *s->cookies_spent);
    if (s->cookies_spent) *spent_place(s, iss) = (struct spent){iss, irs};
}

void cookie_free(struct tern_stack *s) { mem_put(&s->mem, s->cookies_spent, SPENT * sizeof *s->cookies_spent); }

/* ---- the ACK ---- */

/* Can there be a cookie about? With keys that are shared, of another stack's. */
static bool expected(const struct tern_listener *l)
{
    const struct tern_stack *s = l->s;
    if (!s->env.set.syn_cookies || l->cfg.hold) return false;
    return s->cookie_keys.n || (l->cookie_at && s->env.now < l->cookie_at + LIFE);
}

typedef bool fits_fn(const uint8_t key[HASH_KEY_LEN], uint32_t number, struct cookie *k);

/* Finds the key by which |number| |fits|; |k|'s slice and MSS are as that leaves them. */
static bool find_key(const struct tern_stack *s, fits_fn *fits, uint32_t number, struct cookie *k)
{
    /* Clocks of those who share a key may differ by a second: the other's slice may have begun. */
    const struct cookie asked = {
        .t = k->t, .irs = k->irs, .seen = k->seen, .slice = slice_at(s, s->cookie_keys.n ? TERN_SEC : 0)};
    for (unsigned i = 0; i < s->cookie_keys.n; i++) {
        *k = asked;
        if (fits(s->cookie_keys.key[i], number, k)) return true;
    }
    *k = asked;
    return !s->cookie_keys.n && fits(s->cookie_key, number, k);
}

bool cookie_recall(const struct tern_listener *l, const struct tcp_seg *seg, struct half *h)
{
    struct tern_stack *s = l->s;
    const struct wire_tcp_options *o = &seg->h.opt;
    bool ts = (o->present & OPT_TIMESTAMPS) != 0;
    uint8_t seen = ts ? (uint8_t)(SEEN_TS | (o->ts_ecr & SEEN_BITS)) : 0, wscale = seen & SEEN_WSCALE;
    struct cookie k = {.t = &h->node.t, .irs = seq_sub(seg->h.seq, 1), .seen = seen};
    if (!expected(l)) return false;
    seq32 iss = seq_sub(seg->h.ack, 1);
    if (!find_key(s, is_cookie, iss.v, &k) || is_spent(s, iss, k.irs)) {
        s->counters.syn_cookies_failed++;
        return false;
    }
    s->counters.syn_cookies_received++;
    h->iss = iss, h->irs = k.irs;
    h->mss = sizes[k.size];
    h->wnd = seg->h.wnd;
    h->flags = HALF_COOKIE | (h->flags & HALF_DATA);
    h->ecn &= HALF_LIMITED;
    h->snd_wscale = 0;
    if (!ts) return true;
    h->ts_recent = o->ts_val, h->ts_sent = o->ts_ecr;
    h->flags |= HALF_TS | (wscale != WSCALE_NONE ? HALF_WS : 0) | (seen & SEEN_SACK ? HALF_SACK : 0);
    if (wscale != WSCALE_NONE) h->snd_wscale = wscale & 15u;
    if (seen & SEEN_ECN) h->ecn |= HALF_ECN_CLASSIC;
    return true;
}

bool cookie_ack(struct tern_listener *l, const struct tcp_tuple *t, int ifi, struct tcp_seg *seg)
{
    struct tern_stack *s = l->s;
    struct half made = {.node.t = *t};
    if (!cookie_recall(l, seg, &made)) {
        /* What the segment acknowledges looks like a cookie, which stands for the peer's first number only. This may come from
         * behind what was lost, the third ACK with it, and that comes again: a RST would end a good connection. */
        struct cookie k = {.t = t};
        seq32 iss = seq_sub(seg->h.ack, 1);
        bool silent = expected(l) && find_key(s, may_be_cookie, iss.v, &k) && !is_spent(s, iss, seq_sub(seg->h.seq, 1));
        if (silent) stack_drop(s, TERN_DROP_SYN_COOKIE, t, &seg->h);
        return silent;
    }
    if (l->filter_n && !filter_has_room(l, &t->raddr)) {
        stack_drop(s, TERN_DROP_FILTER_CONNS, t, &seg->h);
        return true;
    }
    struct half *h = half_new(s, l, t, ifi);
    if (!h) {
        stack_drop(s, TERN_DROP_MEMORY, t, &seg->h);
        return true;
    }
    made.node = h->node, made.queue = h->queue, made.of = h->of, made.id = ++s->env.next_id;
    made.ecn |= h->ecn & HALF_LIMITED;
    *h = made;
    half_input(s, h, seg);
    /* The record is only the way to a connection. What could not become one yet (a full accept queue, DEFER_ACCEPT) comes again,
     * with the cookie. */
    struct tcp_node *n = table_find(s, t);
    if (n && n->kind == NODE_HALF) half_free(s, half_of(n));
    return true;
}
