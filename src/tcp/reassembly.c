/* Out-of-order data (RFC 9293 SHLD-31): ranges in order of their numbers, each a chain of buffers without gaps, no two of them
 * touching. The number of ranges is bounded by a setting; what was received first wins where segments overlap. */
#include "tcp_internal.h"

#include <string.h>

#include "order.h"

enum {
    RECENT = 32, /* that one batch may touch */
    AT_ONCE = 3  /* acknowledgements that tell of a hole before others may wait: RFC 5681's threshold */
};

struct tcp_ooo {
    struct order order;               /* the ranges, by their left edges */
    struct ooo_range *recent[RECENT]; /* as SACK blocks stand: the one that changed last comes first (RFC 2018 4) */
    uint32_t untold;                  /* of them: changed, and no acknowledgement has told so yet */
    uint32_t at_once;                 /* additions since RCV.NXT moved, as far as AT_ONCE; a new hole wants another one */
    uint32_t bytes;
    size_t memory; /* that their buffers take */
    bool fin;
    seq32 fin_at;       /* number of the FIN */
    struct list holder; /* of env->holders */
    struct tern_conn *of;
    tern_ns changed; /* when something was last added, or delivered */
};

static void forget_recent(struct tcp_ooo *o, const struct ooo_range *r)
{
    unsigned i = 0;
    while (i < RECENT && o->recent[i] != r) i++;
    if (i == RECENT) return;
    memmove(&o->recent[i], &o->recent[i + 1], (RECENT - 1 - i) * sizeof(struct ooo_range *));
    o->recent[RECENT - 1] = NULL;
    if (i < o->untold) o->untold--;
}

static void touch(struct tcp_ooo *o, struct ooo_range *r)
{
    unsigned i = 0; /* its place, else the first free one, else the last, which is forgotten */
    while (i < RECENT - 1 && o->recent[i] && o->recent[i] != r) i++;
    memmove(&o->recent[1], &o->recent[0], i * sizeof(struct ooo_range *));
    o->recent[0] = r;
    if (i >= o->untold) o->untold++;
}

uint32_t ooo_untold(const struct tern_conn *c) { return c->rcv.ooo ? c->rcv.ooo->untold : 0; }

/* One range only: blocks are still repeated in three acknowledgements (RFC 2018 4). */
bool ooo_goes_on(const struct tern_conn *c)
{
    struct tcp_ooo *o = c->rcv.ooo;
    if (o->at_once < AT_ONCE) {
        o->at_once++;
        return false;
    }
    return o->untold <= 1;
}

/* The acknowledgements of a batch leave behind it: the first of them tells what the batch changed first. Where they are fewer
 * than the ranges that it changed, they share these. */
static uint32_t first_told(const struct tern_conn *c)
{
    uint32_t follow = c->rcv.dups, untold = c->rcv.ooo->untold;
    if (!untold) return 0;
    return min_u32(follow + 1 < untold ? follow * OOO_TOLD : follow, untold - 1);
}

void ooo_told(struct tern_conn *c)
{
    if (c->rcv.ooo) c->rcv.ooo->untold = first_told(c);
}

static void drop_range(struct tern_conn *c, struct ooo_range *r, struct order_place p)
{
    struct tcp_ooo *o = c->rcv.ooo;
    forget_recent(o, r);
    order_erase(&o->order, p);
    slab_put(&c->env->ranges, r);
}

static void free_chain(struct tern_buf *b)
{
    struct tern_buf *next;
    for (; b; b = next) {
        next = b->next;
        tern_buf_unref(b);
    }
}

void ooo_flush(struct tern_conn *c)
{
    struct tcp_ooo *o = c->rcv.ooo;
    if (!o) return;
    struct order_place p = {0, 0};
    for (struct ooo_range *r = order_first(&o->order); r; r = order_next(&o->order, &p)) {
        free_chain(r->head);
        slab_put(&c->env->ranges, r);
    }
    list_remove(&o->holder);
    order_clear(&o->order);
    mem_put(c->env->mem, o, sizeof *o);
    c->rcv.ooo = NULL;
}

bool ooo_check(const struct tern_conn *c)
{
    const struct tcp_ooo *o = c->rcv.ooo;
    uint32_t bytes = 0, n = 0;
    if (!o) return true;
    seq32 before = c->rcv.nxt; /* rcv_hold() keeps what stands at RCV.NXT */
    struct order_place p = {0, 0};
    for (const struct ooo_range *r = order_first(&o->order); r; r = order_next(&o->order, &p), n++) {
        bool apart = seq_gt(r->left, before) || (!n && has(c, F_SYN_UNACKED) && seq_eq(r->left, before));
        if (!apart || !seq_gt(r->right, r->left) || !seq_eq(order_key(&o->order, p), r->left)) return false;
        uint32_t held = 0;
        for (const struct tern_buf *b = r->head; b; b = b->next) held += b->len;
        if (held != seq_diff(r->right, r->left)) return false;
        bytes += held;
        before = r->right;
    }
    return bytes == o->bytes && n == o->order.n && (n > 0 || o->fin);
}

/* What came first wins: nothing stands behind a FIN, and no FIN before data. */
seq32 ooo_edge(const struct tern_conn *c, seq32 edge)
{
    return c->rcv.ooo && c->rcv.ooo->fin ? seq_min(edge, c->rcv.ooo->fin_at) : edge;
}

uint32_t ooo_gap(const struct tern_conn *c)
{
    const struct ooo_range *first = order_first(&c->rcv.ooo->order);
    return first ? seq_diff(first->left, c->rcv.nxt) : UINT32_MAX;
}

bool ooo_reaches_beyond(const struct tern_conn *c, seq32 at)
{
    const struct ooo_range *last = c->rcv.ooo ? order_last(&c->rcv.ooo->order) : NULL;
    return last && seq_gt(last->right, at);
}

uint32_t ooo_bytes(const struct tern_conn *c) { return c->rcv.ooo ? c->rcv.ooo->bytes : 0; }

/* RFC 2018 4: the range with the segment that triggered the acknowledgement comes first, then those that changed before it, by
 * their age. */
uint8_t ooo_sack(const struct tern_conn *c, struct wire_sack *out, uint8_t n)
{
    uint8_t k = 0;
    const struct tcp_ooo *o = c->rcv.ooo;
    if (!o) return 0;
    for (uint32_t i = RULE(RFC 2018 4) ? first_told(c) : 1; i < RECENT && k < n && o->recent[i]; i++)
        out[k++] = (struct wire_sack){o->recent[i]->left, o->recent[i]->right};
    return k;
}

/* A new, empty range at |at|, to stand at |p|. */
static struct ooo_range *new_range(struct tern_conn *c, struct order_place p, seq32 at)
{
    struct tcp_ooo *o = c->rcv.ooo;
    /* What is in order is never refused for the number of ranges: it is about to be delivered. */
    if (o->order.n >= c->env->set.ooo_ranges && !seq_eq(at, c->rcv.nxt) && GUARD(9)) return NULL;
    struct ooo_range *r = slab_get(&c->env->ranges);
    if (!r) return NULL;
    if (o->at_once == AT_ONCE) o->at_once--;
    r->left = r->right = at;
    if (order_insert(&o->order, &p, at, r)) return r;
    slab_put(&c->env->ranges, r);
    return NULL;
}

static void chain_append(struct ooo_range *r, struct tern_buf *b)
{
    b->next = NULL;
    if (r->tail)
        r->tail->next = b;
    else
        r->head = b;
    r->tail = b;
    r->right = seq_add(r->right, b->len);
}

/* The range behind |r|, which is at |p| (NULL: before all), and its place; NULL: there is none. The range itself is not looked
 * at: where there are many it is far away. */
static struct ooo_range *range_behind(const struct tcp_ooo *o, const struct ooo_range *r, struct order_place *p)
{
    if (r) return order_next(&o->order, p);
    *p = (struct order_place){0, 0};
    return order_first(&o->order);
}

static size_t memory_of(const struct tern_buf *b) { return sizeof *b + b->cap; }

static void count(struct tcp_ooo *o, const struct tern_buf *b)
{
    o->bytes += b->len;
    o->memory += memory_of(b);
}

/* |b| is the bytes [at, at + len) of a gap: between |r| at |p|, whose right edge is at most |at| (NULL: none), and the range
 * after it. */
static bool place(struct tern_conn *c, struct ooo_range *r, struct order_place p, struct tern_buf *b, seq32 at)
{
    struct tcp_ooo *o = c->rcv.ooo;
    struct order_place q = p;
    struct ooo_range *next = range_behind(o, r, &q);
    uint32_t len = b->len;
    if (next && !seq_eq(order_key(&o->order, q), seq_add(at, len))) next = NULL; /* they do not touch */
    if (!r || !seq_eq(r->right, at)) {
        if (next) { /* in front of it */
            order_moved(&o->order, q, at);
            b->next = next->head;
            next->head = b;
            next->left = at;
            count(o, b);
            touch(o, next);
            return true;
        }
        r = new_range(c, r ? (struct order_place){p.chunk, p.slot + 1} : (struct order_place){0, 0}, at);
        if (!r) return false;
    }
    chain_append(r, b);
    count(o, b);
    if (next) { /* the gap is closed: one range of two */
        r->tail->next = next->head;
        r->tail = next->tail;
        r->right = next->right;
        drop_range(c, next, q);
    }
    touch(o, r);
    return true;
}

/* Cuts the first |len| bytes of |b| off into a buffer of their own; NULL: no memory. */
static struct tern_buf *cut_front(struct tern_conn *c, struct tern_buf *b, uint32_t len)
{
    struct tern_buf *front = tern_buf_get(c->env->pool, len);
    if (!front) return NULL;
    memcpy(front->data, b->data, len);
    front->len = len;
    front->mark = b->mark;
    b->data += len, b->len -= len;
    return front;
}

static void skip_front(struct tern_buf *b, seq32 *at, uint32_t len)
{
    b->data += len, b->len -= len;
    *at = seq_add(*at, len);
}

/* Small payloads must not pin large buffers. */
static struct tern_buf *shrink(struct tern_conn *c, struct tern_buf *b)
{
    if (b->cap / 4 < b->len) return b;
    struct tern_buf *small = cut_front(c, b, b->len);
    if (!small) return b;
    tern_buf_unref(b);
    return small;
}

/* The last range whose left edge is at most |at|, and its place; NULL: there is none. */
static struct ooo_range *range_before(const struct tcp_ooo *o, seq32 at, struct order_place *p)
{
    if (GUARD(9)) return order_find(&o->order, at, p);
    struct ooo_range *r = NULL, *next; /* as in a mere list */
    struct order_place q = {0, 0};
    for (next = order_first(&o->order); next && seq_le(next->left, at); next = order_next(&o->order, &q)) r = next, *p = q;
    return r;
}

/* Adds what of |b| was not there; |b| is used up. False: nothing of it could be kept. */
static bool add_bytes(struct tern_conn *c, struct tern_buf *b, seq32 at)
{
    struct tcp_ooo *o = c->rcv.ooo;
    struct order_place p = {0, 0};
    struct ooo_range *r = range_before(o, at, &p);
    bool kept = false;
    while (b->len) {
        if (r && seq_lt(at, r->right)) { /* known already */
            uint32_t dup = min_u32(b->len, seq_diff(r->right, at));
            rcv_duplicate(c, at, seq_add(at, dup));
            touch(o, r);
            skip_front(b, &at, dup);
            kept = true;
            continue;
        }
        struct order_place q = p;
        uint32_t gap = range_behind(o, r, &q) ? seq_diff(order_key(&o->order, q), at) : UINT32_MAX;
        if (b->len <= gap) {
            b = shrink(c, b);
            if (place(c, r, p, b, at)) return true;
            break;
        }
        struct tern_buf *front = cut_front(c, b, gap);
        if (!front) { /* the rest comes again: what closes a gap needs no memory */
            b->len = gap;
            if (place(c, r, p, b, at)) return true;
            break;
        }
        if (!place(c, r, p, front, at)) {
            tern_buf_unref(front);
            break;
        }
        kept = true;
        at = seq_add(at, gap);
        r = range_before(o, at, &p);
    }
    tern_buf_unref(b);
    return kept;
}

/* ---- memory ---- */

enum { LOOK = 64 /* at so many holders at once: the work does not depend on how many there are */ };

/* The holders stand in order: whose data changed longest ago is the first. */
static void changed(struct tcp_ooo *o)
{
    struct list *holders = &o->of->env->holders;
    o->changed = o->of->env->now;
    if (holders->prev == &o->holder) return;
    list_remove(&o->holder);
    list_append(holders, &o->holder);
}

static bool idle(const struct tcp_ooo *o) { return o->of->env->now - o->changed >= o->of->rtt.rto; }

/* What it costs: small pieces much more than they are long. */
static size_t weight(const struct tcp_ooo *o)
{
    return o->memory + o->order.n * (sizeof(struct ooo_range) + sizeof(struct order_slot));
}

/* RFC 2018 8: what was only reported as received may be given up. It will be sent again. */
static void give_up(struct tcp_ooo *o)
{
    event_rule(o->of, TERN_RULE_RECEIVE_PRUNED);
    ooo_flush(o->of);
}

/* Of those that wait longest: whoever holds at least what is usual among those who wait in vain; without any the biggest holder
 * but |c|. False: none. */
static bool prune(const struct tern_conn *c)
{
    struct tcp_ooo *biggest = NULL;
    uint64_t sum = 0, n = 0;
    struct list *head = &c->env->holders, *l = head->next, *next, *end;
    for (unsigned i = 0; l != head && i < LOOK; l = l->next, i++) {
        struct tcp_ooo *o = CONTAINER_OF(l, struct tcp_ooo, holder);
        if (o->of == c) continue;
        if (idle(o)) sum += weight(o), n++;
        if (!biggest || weight(o) > weight(biggest)) biggest = o;
    }
    for (end = l, l = head->next; n && l != end; l = next) {
        struct tcp_ooo *o = CONTAINER_OF(l, struct tcp_ooo, holder);
        next = l->next;
        if (o->of != c && idle(o) && weight(o) * n >= sum) give_up(o);
    }
    if (!n && biggest) give_up(biggest);
    return biggest != NULL;
}

/* Beyond setting memory_high: what nobody uses is given back first. False: |c| may not hold more. */
static bool make_room(const struct tern_conn *c)
{
    while (memory_is_full(c->env))
        if (!prune(c)) return false;
    return true;
}

/* The queue of |c|; NULL: no memory. */
static struct tcp_ooo *own(struct tern_conn *c)
{
    if (c->rcv.ooo) return c->rcv.ooo;
    struct tcp_ooo *o = mem_zero(c->env->mem, sizeof *o);
    if (!o) return NULL;
    o->of = c;
    order_init(&o->order, &c->env->order_chunks);
    list_append(&c->env->holders, &o->holder);
    c->rcv.ooo = o;
    return o;
}

bool ooo_add(struct tern_conn *c, struct tern_buf *b, seq32 at, bool fin)
{
    seq32 end = seq_add(at, b ? b->len : 0);
    bool due = seq_le(at, c->rcv.nxt); /* about to be delivered: not refused */
    if (!own(c) || (!due && !make_room(c))) {
        tern_buf_unref(b);
        if (c->rcv.ooo && !c->rcv.ooo->order.n && !c->rcv.ooo->fin) ooo_flush(c);
        return false;
    }
    changed(c->rcv.ooo);
    if (b && !add_bytes(c, b, at)) {
        if (!c->rcv.ooo->order.n && !c->rcv.ooo->fin) ooo_flush(c);
        return false;
    }
    if (fin && !c->rcv.ooo->fin) c->rcv.ooo->fin = true, c->rcv.ooo->fin_at = end;
    return true;
}

bool ooo_drain(struct tern_conn *c)
{
    struct tcp_ooo *o = c->rcv.ooo;
    changed(o);
    o->at_once = 0;
    struct ooo_range *r;
    while ((r = order_first(&o->order)) != NULL && seq_le(r->left, c->rcv.nxt)) {
        seq32 at = r->left;
        for (struct tern_buf *b = r->head, *next; b; b = next) {
            next = b->next;
            o->bytes -= b->len;
            o->memory -= memory_of(b);
            uint32_t old = seq_lt(at, c->rcv.nxt) ? min_u32(b->len, seq_diff(c->rcv.nxt, at)) : 0;
            at = seq_add(at, b->len);
            b->data += old, b->len -= old;
            if (b->len)
                rcv_deliver(c, b);
            else
                tern_buf_unref(b);
        }
        drop_range(c, r, (struct order_place){0, 0});
    }
    bool fin = o->fin && seq_eq(o->fin_at, c->rcv.nxt);
    if (!o->order.n && !o->fin) ooo_flush(c);
    return fin;
}
