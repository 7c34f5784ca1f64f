#include "sent.h"

#include <assert.h>
#include <string.h>

void sent_init(struct sent_map *m, struct slab *entries, struct slab *chunks)
{
    m->entries = entries;
    order_init(&m->order, chunks);
    m->sacked = m->lost = m->rtx = 0;
    list_init(&m->flight);
    list_init(&m->lost_list);
    list_init(&m->again_list);
}

void sent_clear(struct sent_map *m)
{
    struct order_place p = {0, 0};
    if (order_bare(&m->order)) return;
    for (struct sent *e = sent_first(m); e; e = order_next(&m->order, &p)) slab_put(m->entries, e);
    order_clear(&m->order);
    sent_init(m, m->entries, m->order.slab);
}

/* ---- coming and going ---- */

struct sent *sent_add(struct sent_map *m, seq32 left, seq32 right, uint16_t mss, tern_ns now)
{
    struct sent *e = slab_get(m->entries);
    assert(!m->order.n || seq_eq(m->end, left));
    m->end = right;
    if (e) {
        e->mss = mss, e->left = left, e->right = right, e->sent_at = now;
        if (order_append(&m->order, left, e)) {
            list_append(&m->flight, &e->at);
            return e;
        }
        slab_put(m->entries, e);
    }
    struct sent *last = sent_last(m);
    if (!last || last->flags) {
        m->end = left;
        return NULL;
    }
    last->right = right;
    last->sent_at = now; /* RACK: rather too late than too early */
    list_remove(&last->at);
    list_append(&m->flight, &last->at);
    return last;
}

struct sent *sent_grow(struct sent_map *m, seq32 right, uint16_t mss, tern_ns now, uint32_t delivered)
{
    struct sent *e = list_empty(&m->flight) ? NULL : CONTAINER_OF(m->flight.prev, struct sent, at);
    if (!e || e->sent_at != now || e->flags || e->mss != mss || !seq_eq(e->right, m->end)) return NULL;
    if (e->rate.delivered != delivered || seq_diff(right, e->left) > SENT_MOST || sent_len(e) % mss) return NULL;
    e->right = m->end = right;
    return e;
}

static void entry_free(struct sent_map *m, struct sent *e)
{
    if (!(e->flags & SENT_SACKED)) list_remove(&e->at);
    slab_put(m->entries, e);
}

/* Bytes of |e| come into the sums, or leave them. */
static void count(struct sent_map *m, const struct sent *e, uint32_t len, bool in)
{
    uint32_t n = in ? len : 0u - len;
    if (e->flags & SENT_SACKED) m->sacked += n;
    if (e->flags & SENT_LOST) m->lost += n;
    if (e->flags & SENT_RTX) m->rtx += n;
}

void sent_pop(struct sent_map *m, uint32_t len)
{
    struct sent *e = sent_first(m);
    struct order_place p = {0, 0};
    if (len < sent_len(e)) {
        count(m, e, len, false);
        e->left = seq_add(e->left, len);
        order_moved(&m->order, p, e->left);
        return;
    }
    count(m, e, sent_len(e), false);
    order_erase(&m->order, p);
    entry_free(m, e);
}

bool sent_cut(struct sent_map *m, struct order_place *p, seq32 at)
{
    struct sent *e = order_at(&m->order, *p), *rest = slab_get(m->entries);
    if (!rest) return false;
    uint16_t slab_i = rest->slab_i;
    *rest = *e;
    rest->slab_i = slab_i;
    rest->left = at;
    struct order_place behind = {p->chunk, p->slot + 1};
    if (!order_insert(&m->order, &behind, at, rest)) {
        slab_put(m->entries, rest);
        return false;
    }
    *p = behind;
    order_prev(&m->order, p);
    e->right = at;
    if (!(e->flags & SENT_SACKED)) list_append(e->at.next, &rest->at); /* behind |e| */
    return true;
}

/* ---- states ---- */

/* |e| joins |list|, which is in order of numbers. Mostly it belongs at one of the ends. */
static void by_number(struct list *list, struct sent *e)
{
    struct list *before = list->next;
    if (list_empty(list) || seq_lt(e->left, CONTAINER_OF(before, struct sent, at)->left)) {
        list_append(before, &e->at);
        return;
    }
    struct list *behind = list->prev;
    while (seq_gt(CONTAINER_OF(behind, struct sent, at)->left, e->left)) behind = behind->prev;
    list_append(behind->next, &e->at);
}

/* The entry behind the one at |p| becomes part of it; both have arrived. */
static void join(struct sent_map *m, struct order_place p)
{
    struct sent *e = order_at(&m->order, p), *next;
    struct order_place q = p;
    next = sent_next(m, &q);
    if (!next || !(next->flags & SENT_SACKED)) return;
    e->right = next->right;
    e->flags |= next->flags;
    order_erase(&m->order, q);
    slab_put(m->entries, next);
}

void sent_sacked(struct sent_map *m, struct order_place *p)
{
    struct sent *e = order_at(&m->order, *p);
    assert(!(e->flags & SENT_SACKED));
    count(m, e, sent_len(e), false);
    list_remove(&e->at);
    e->flags = (uint8_t)((e->flags & SENT_AGAIN) | SENT_SACKED);
    count(m, e, sent_len(e), true);
    join(m, *p);
    struct order_place before = *p;
    const struct sent *left = order_prev(&m->order, &before);
    if (!left || !(left->flags & SENT_SACKED)) return;
    join(m, before);
    order_find(&m->order, left->left, p);
}

void sent_lose(struct sent_map *m, struct sent *e)
{
    assert(!(e->flags & SENT_SACKED));
    if ((e->flags & (SENT_LOST | SENT_RTX)) == SENT_LOST) return;
    count(m, e, sent_len(e), false);
    e->flags = (uint8_t)((e->flags & ~(unsigned)SENT_RTX) | SENT_LOST);
    count(m, e, sent_len(e), true);
    list_remove(&e->at);
    by_number(e->flags & SENT_AGAIN ? &m->again_list : &m->lost_list, e);
}

void sent_unsack(struct sent_map *m, struct sent *e)
{
    if (!(e->flags & SENT_SACKED)) return;
    count(m, e, sent_len(e), false);
    e->flags = SENT_LOST | SENT_AGAIN; /* when it arrived is not known any more: it is not timed */
    count(m, e, sent_len(e), true);
    by_number(&m->again_list, e);
}

void sent_again(struct sent_map *m, struct sent *e, tern_ns now)
{
    assert(!(e->flags & SENT_SACKED));
    if (!(e->flags & SENT_RTX)) m->rtx += sent_len(e);
    e->flags |= SENT_RTX | SENT_AGAIN;
    e->sent_at = now;
    list_remove(&e->at);
    list_append(&m->flight, &e->at);
}

static struct sent *head_of(const struct list *l) { return list_empty(l) ? NULL : CONTAINER_OF(l->next, struct sent, at); }

struct sent *sent_lost(const struct sent_map *m)
{
    struct sent *a = head_of(&m->lost_list), *b = head_of(&m->again_list);
    return !a || (b && seq_lt(b->left, a->left)) ? b : a;
}

/* Back into the list of what is in flight, each at its time; from where the last one was put it is not far. */
static void back_in_flight(struct sent_map *m, struct list *from)
{
    struct list *near = &m->flight, *n;
    while ((n = list_pop(from)) != NULL) {
        struct sent *e = CONTAINER_OF(n, struct sent, at);
        while (near != &m->flight &&
               sent_before(e, CONTAINER_OF(near, struct sent, at)->sent_at, CONTAINER_OF(near, struct sent, at)->right))
            near = near->prev;
        while (near->next != &m->flight && !sent_before(e, CONTAINER_OF(near->next, struct sent, at)->sent_at,
                                                        CONTAINER_OF(near->next, struct sent, at)->right))
            near = near->next;
        list_append(near->next, &e->at);
        near = &e->at;
    }
}

void sent_spare(struct sent_map *m)
{
    back_in_flight(m, &m->lost_list);
    back_in_flight(m, &m->again_list);
    for (struct list *n = m->flight.next; n != &m->flight; n = n->next)
        CONTAINER_OF(n, struct sent, at)->flags &= (uint8_t)~SENT_LOST;
    m->lost = 0;
}

/* ---- finding ---- */

struct sent *sent_find(const struct sent_map *m, seq32 at, struct order_place *p)
{
    struct sent *e = order_find(&m->order, at, p);
    return e && seq_lt(at, e->right) ? e : NULL;
}

struct sent *sent_next(const struct sent_map *m, struct order_place *p) { return order_next(&m->order, p); }
struct sent *sent_first(const struct sent_map *m) { return order_first(&m->order); }
struct sent *sent_last(const struct sent_map *m) { return order_last(&m->order); }

/* ---- for tests ---- */

static uint32_t listed(const struct list *l)
{
    uint32_t n = 0;
    for (const struct list *i = l->next; i != l; i = i->next) n++;
    return n;
}

static bool in_order(const struct list *l, bool by_time)
{
    const struct sent *last = NULL;
    for (struct list *i = l->next; i != l; i = i->next) {
        const struct sent *e = CONTAINER_OF(i, struct sent, at);
        if (last && (by_time ? e->sent_at < last->sent_at : !seq_lt(last->left, e->left))) return false;
        last = e;
    }
    return true;
}

/* In which list |flags| belong: 0 flight, 1 lost, 2 again, 3 none. */
static unsigned place_of(unsigned flags)
{
    if (flags & SENT_SACKED) return 3;
    if ((flags & (SENT_LOST | SENT_RTX)) != SENT_LOST) return 0;
    return flags & SENT_AGAIN ? 2 : 1;
}

bool sent_check(const struct sent_map *m)
{
    uint32_t n = 0, sum[3] = {0}, in[4] = {0};
    const struct sent *last = NULL;
    struct order_place p = {0, 0}, found;
    for (const struct sent *e = sent_first(m); e; e = sent_next(m, &p), n++) {
        if (order_find(&m->order, e->left, &found) != e || !seq_lt(e->left, e->right)) return false;
        if (last && (!seq_eq(last->right, e->left) || (last->flags & e->flags & SENT_SACKED))) return false;
        if ((e->flags & SENT_SACKED) && (e->flags & (SENT_LOST | SENT_RTX))) return false;
        for (unsigned k = 0; k < 3; k++)
            if (e->flags & 1u << k) sum[k] += sent_len(e);
        in[place_of(e->flags)]++;
        last = e;
    }
    if (last && !seq_eq(last->right, m->end)) return false;
    return n == m->order.n && sum[0] == m->sacked && sum[1] == m->lost && sum[2] == m->rtx && listed(&m->flight) == in[0] &&
           listed(&m->lost_list) == in[1] && listed(&m->again_list) == in[2] && in_order(&m->flight, true) &&
           in_order(&m->lost_list, false) && in_order(&m->again_list, false);
}
