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
    m->lost_last = &m->lost_list, m->again_last = &m->again_list;
}

void sent_clear(struct sent_map *m)
{
    struct order_place p = {0, 0};
    if (order_bare(&m->order) && !m->sacked) return;
    for (struct sent *e = sent_first(m); e; e = order_next(&m->order, &p)) slab_put(m->entries, e);
    order_clear(&m->order);
    sent_init(m, m->entries, m->order.slab);
}

/* ---- coming and going ---- */

struct sent *sent_add(struct sent_map *m, seq32 left, seq32 right, uint16_t mss, tern_ns now)
{
    struct sent *e = slab_get(m->entries);
    assert(sent_empty(m) || seq_eq(m->end, left));
    if (sent_empty(m)) m->start = left;
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
    if (!last || last->flags || !seq_eq(last->right, left)) {
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

static void leave_list(struct sent_map *m, struct sent *e)
{
    if (m->lost_last == &e->at) m->lost_last = e->at.prev;
    if (m->again_last == &e->at) m->again_last = e->at.prev;
    list_remove(&e->at);
}

static void entry_free(struct sent_map *m, struct sent *e)
{
    leave_list(m, e);
    slab_put(m->entries, e);
}

/* Bytes of |e| come into the sums, or leave them. */
static void count(struct sent_map *m, const struct sent *e, uint32_t len, bool in)
{
    uint32_t n = in ? len : 0u - len;
    if (e->flags & SENT_LOST) m->lost += n;
    if (e->flags & SENT_RTX) m->rtx += n;
}

uint32_t sent_skip(struct sent_map *m, seq32 una)
{
    const struct sent *e = sent_first(m);
    uint32_t len = seq_diff(seq_min(una, e ? e->left : m->end), m->start);
    m->start = seq_add(m->start, len);
    m->sacked -= len;
    return len;
}

/* |len| bytes at the beginning of the entry at |p| go, or all of it. */
static void drop_front(struct sent_map *m, struct sent *e, struct order_place p, uint32_t len)
{
    count(m, e, len, false);
    if (len < sent_len(e)) {
        e->left = seq_add(e->left, len);
        order_moved(&m->order, p, e->left);
        return;
    }
    order_erase(&m->order, p);
    entry_free(m, e);
}

void sent_pop(struct sent_map *m, uint32_t len)
{
    drop_front(m, sent_first(m), (struct order_place){0, 0}, len);
    m->start = seq_add(m->start, len);
}

bool sent_cut(struct sent_map *m, struct order_place *p, seq32 at)
{
    struct sent *e = order_at(&m->order, *p), *rest = slab_get(m->entries);
    if (!rest) return false;
    uint16_t slab_i = rest->slab_i;
    *rest = *e;
    rest->slab_i = slab_i;
    rest->left = at;
    p->slot++;
    if (!order_insert(&m->order, p, at, rest)) {
        p->slot--;
        slab_put(m->entries, rest);
        return false;
    }
    order_prev(&m->order, p);
    e->right = at;
    list_insert(&e->at, &rest->at);
    return true;
}

/* ---- states ---- */

static struct sent *at_list(struct list *l) { return CONTAINER_OF(l, struct sent, at); }

/* |e| joins |list|, which is in order of numbers: at one of its ends, or not far from where one joined it |*last|, so that many
 * that join it together cost no more than to walk over it once, whatever is in it. */
static void by_number(struct list *list, struct list **last, struct sent *e)
{
    struct list *near = *last;
    if (list_empty(list) || seq_lt(e->left, at_list(list->next)->left))
        near = list;
    else if (seq_gt(e->left, at_list(list->prev)->left))
        near = list->prev;
    while (near != list && seq_gt(at_list(near)->left, e->left)) near = near->prev;
    while (near->next != list && seq_lt(at_list(near->next)->left, e->left)) near = near->next;
    list_insert(near, &e->at);
    *last = &e->at;
}

static void wait_again(struct sent_map *m, struct sent *e)
{
    if (e->flags & SENT_AGAIN)
        by_number(&m->again_list, &m->again_last, e);
    else
        by_number(&m->lost_list, &m->lost_last, e);
}

void sent_sacked(struct sent_map *m, struct order_place p, seq32 left, seq32 right)
{
    struct sent *e = order_at(&m->order, p);
    uint32_t len = seq_diff(right, left);
    m->sacked += len;
    if (seq_eq(left, e->left)) {
        drop_front(m, e, p, len);
        return;
    }
    count(m, e, len, false);
    e->right = left;
}

void sent_lose(struct sent_map *m, struct sent *e)
{
    if ((e->flags & (SENT_LOST | SENT_RTX)) == SENT_LOST) return;
    count(m, e, sent_len(e), false);
    e->flags = (uint8_t)((e->flags & ~(unsigned)SENT_RTX) | SENT_LOST);
    count(m, e, sent_len(e), true);
    leave_list(m, e);
    wait_again(m, e);
}

/* An entry of |left| to |right|, which has arrived, at |p|. */
static bool fill(struct sent_map *m, struct order_place *p, seq32 left, seq32 right, const struct sent *as)
{
    struct sent *e = slab_get(m->entries);
    if (!e) return false;
    uint16_t slab_i = e->slab_i;
    *e = *as;
    e->slab_i = slab_i, e->left = left, e->right = right;
    e->flags = SENT_LOST | SENT_AGAIN; /* when it arrived is not known any more: it is not timed */
    if (!order_insert(&m->order, p, left, e)) {
        slab_put(m->entries, e);
        return false;
    }
    m->sacked -= sent_len(e);
    count(m, e, sent_len(e), true);
    wait_again(m, e);
    return true;
}

bool sent_unsack(struct sent_map *m, const struct sent *as)
{
    struct order_place p = {0, 0};
    seq32 at = m->start;
    for (const struct sent *e = sent_first(m); e; at = e->right, e = sent_next(m, &p))
        if (!seq_eq(at, e->left) && (!fill(m, &p, at, e->left, as) || !sent_next(m, &p))) return false;
    return seq_eq(at, m->end) || (p.slot++, fill(m, &p, at, m->end, as));
}

void sent_again(struct sent_map *m, struct sent *e, tern_ns now)
{
    if (!(e->flags & SENT_RTX)) m->rtx += sent_len(e);
    e->flags |= SENT_RTX | SENT_AGAIN;
    e->sent_at = now;
    leave_list(m, e);
    list_append(&m->flight, &e->at);
}

static struct sent *head_of(const struct list *l) { return list_empty(l) ? NULL : CONTAINER_OF(l->next, struct sent, at); }

struct sent *sent_lost(const struct sent_map *m)
{
    struct sent *a = head_of(&m->lost_list), *b = head_of(&m->again_list);
    return !a || (b && seq_lt(b->left, a->left)) ? b : a;
}

/* |from|, in order of time as |to|, joins it. */
static void merge(struct list *to, struct list *from)
{
    struct list *at = to->next, *n;
    while ((n = list_pop(from)) != NULL) {
        const struct sent *e = at_list(n);
        while (at != to && !sent_before(e, at_list(at)->sent_at, at_list(at)->right)) at = at->next;
        list_append(at, n);
    }
}

/* |l| comes into order of time, by merging ever longer parts: of what a hostile peer had sent again nothing else is known. */
static void by_time(struct list *l)
{
    struct list part[32], one, *n; /* each empty, or twice as long as the one before it */
    unsigned i;
    list_init(&one);
    for (i = 0; i < 32; i++) list_init(&part[i]);
    while ((n = list_pop(l)) != NULL) {
        list_append(&one, n);
        for (i = 0; !list_empty(&part[i]); i++) merge(&one, &part[i]);
        merge(&part[i], &one);
    }
    for (i = 0; i < 32; i++) merge(l, &part[i]);
}

void sent_spare(struct sent_map *m)
{
    by_time(&m->again_list);
    merge(&m->flight, &m->lost_list); /* each was sent once, in order of its number */
    merge(&m->flight, &m->again_list);
    m->lost_last = &m->lost_list, m->again_last = &m->again_list;
    for (struct list *n = m->flight.next; n != &m->flight; n = n->next) at_list(n)->flags &= (uint8_t)~SENT_LOST;
    m->lost = 0;
}

/* ---- finding ---- */

struct sent *sent_find(const struct sent_map *m, seq32 at, struct order_place *p)
{
    struct sent *e = order_find(&m->order, at, p);
    if (!e) {
        *p = (struct order_place){0, 0};
        return sent_first(m);
    }
    return seq_lt(at, e->right) ? e : sent_next(m, p);
}

struct sent *sent_next(const struct sent_map *m, struct order_place *p) { return order_next(&m->order, p); }
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

/* In which list |flags| belong: 0 flight, 1 lost, 2 again. */
static unsigned place_of(unsigned flags)
{
    if ((flags & (SENT_LOST | SENT_RTX)) != SENT_LOST) return 0;
    return flags & SENT_AGAIN ? 2 : 1;
}

bool sent_check(const struct sent_map *m)
{
    uint32_t n = 0, held = 0, sum[2] = {0}, in[3] = {0};
    struct order_place p = {0, 0}, found;
    seq32 at = m->start;
    for (const struct sent *e = sent_first(m); e; at = e->right, e = sent_next(m, &p), n++) {
        if (order_find(&m->order, e->left, &found) != e || !seq_lt(e->left, e->right) || !seq_le(at, e->left)) return false;
        for (unsigned k = 0; k < 2; k++)
            if (e->flags & 1u << k) sum[k] += sent_len(e);
        in[place_of(e->flags)]++;
        held += sent_len(e);
    }
    if (sent_empty(m)) return !m->lost && !m->rtx;
    if (!seq_le(at, m->end) || held + m->sacked != seq_diff(m->end, m->start)) return false;
    return n == m->order.n && sum[0] == m->lost && sum[1] == m->rtx && listed(&m->flight) == in[0] &&
           listed(&m->lost_list) == in[1] && listed(&m->again_list) == in[2] && in_order(&m->flight, true) &&
           in_order(&m->lost_list, false) && in_order(&m->again_list, false);
}
