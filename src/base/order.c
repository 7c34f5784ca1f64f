#include "order.h"

#include <assert.h>
#include <string.h>

#include "list.h"

enum { FEW = sizeof((struct order *)0)->few / sizeof(struct order_top), LINE = 64 /* of a cache */ };

static struct order_top *tops(const struct order *o) { return o->top + o->head; }

void order_init(struct order *o, struct slab *slab)
{
    o->slab = slab;
    o->top = o->few;
    o->cap = FEW;
    o->head = o->chunks = o->n = 0;
}

static uint32_t cap(const struct order *o, const struct order_top *t) { return t->slot == o->first ? ORDER_FIRST : ORDER_CHUNK; }

static void chunk_free(struct order *o, struct order_slot *slot)
{
    if (slot != o->first) slab_put(o->slab, CONTAINER_OF(slot, struct order_chunk, slot));
}

void order_clear(struct order *o)
{
    for (uint32_t i = 0; i < o->chunks; i++) chunk_free(o, tops(o)[i].slot);
    if (o->top != o->few) mem_put(o->slab->m, o->top, o->cap * sizeof *o->top);
    order_init(o, o->slab);
}

/* ---- the array of chunks ---- */

/* Room for one more at the end: by closing the gap at the front when it is large, else by twice the memory. */
static bool top_room(struct order *o)
{
    if (o->head + o->chunks < o->cap) return true;
    if (o->head && o->head >= o->cap / 2) {
        memmove(o->top, tops(o), o->chunks * sizeof *o->top);
        o->head = 0;
        return true;
    }
    uint32_t cap = o->cap < 16 ? 16 : 2 * o->cap;
    struct order_top *top = mem_get(o->slab->m, cap * sizeof *top);
    if (!top) return false;
    memcpy(top, tops(o), o->chunks * sizeof *top);
    if (o->top != o->few) mem_put(o->slab->m, o->top, o->cap * sizeof *top);
    o->top = top, o->cap = cap, o->head = 0;
    return true;
}

/* An empty chunk at place |at|. */
static struct order_top *chunk_add(struct order *o, uint32_t at)
{
    if (!top_room(o)) return NULL;
    struct order_slot *slot = o->first;
    if (o->chunks) {
        struct order_chunk *k = slab_get(o->slab);
        if (!k) return NULL;
        slot = k->slot;
    }
    struct order_top *t = tops(o) + at;
    if (at < o->chunks) memmove(t + 1, t, (o->chunks - at) * sizeof *t);
    *t = (struct order_top){.slot = slot};
    o->chunks++;
    return t;
}

static void chunk_remove(struct order *o, uint32_t at)
{
    struct order_top *t = tops(o) + at;
    chunk_free(o, t->slot);
    o->chunks--;
    if (!at) /* most is taken from the front */
        o->head++;
    else
        memmove(t, t + 1, (o->chunks - at) * sizeof *t);
    if (!o->chunks) o->head = 0;
}

/* ---- slots of a chunk ---- */

/* Most is appended: nothing is moved, and memmove() not called for it. */
static void slot_put(struct order *o, struct order_top *t, uint32_t i, seq32 key, void *item)
{
    if (t->off + t->n == cap(o, t)) {
        memmove(t->slot, t->slot + t->off, t->n * sizeof *t->slot);
        t->off = 0;
    }
    struct order_slot *s = t->slot + t->off + i;
    if (i < t->n) memmove(s + 1, s, (t->n - i) * sizeof *s);
    *s = (struct order_slot){key, item};
    t->n++;
    if (!i) t->key = key;
}

/* The slots of |from| from |i| on, behind those of |to|, at whose beginning there is no gap. */
static void move_slots(struct order_top *to, struct order_top *from, uint32_t i)
{
    uint32_t n = from->n - i;
    memcpy(to->slot + to->n, from->slot + from->off + i, n * sizeof *to->slot);
    to->key = to->slot[0].key;
    to->n = (uint8_t)(to->n + n);
    from->n = (uint8_t)i;
}

/* What stands in the order itself becomes a chunk. */
static bool outgrow(struct order *o, struct order_top *t)
{
    struct order_chunk *k = slab_get(o->slab);
    if (!k) return false;
    struct order_top grown = {.slot = k->slot};
    move_slots(&grown, t, 0);
    *t = grown;
    return true;
}

bool order_append(struct order *o, seq32 key, void *item)
{
    struct order_top *t = o->chunks ? tops(o) + o->chunks - 1 : NULL;
    if (!t || t->off + t->n == cap(o, t)) t = chunk_add(o, o->chunks); /* nothing is moved for what comes in order */
    if (!t) return false;
    slot_put(o, t, t->n, key, item);
    o->n++;
    return true;
}

/* A full chunk is divided. */
static bool divide(struct order *o, struct order_place *p)
{
    enum { HALF = ORDER_CHUNK / 2 };
    struct order_top *half = chunk_add(o, p->chunk + 1);
    if (!half) return false;
    move_slots(half, half - 1, HALF);
    if (p->slot > HALF) *p = (struct order_place){p->chunk + 1, p->slot - HALF};
    return true;
}

bool order_insert(struct order *o, struct order_place *p, seq32 key, void *item)
{
    if (!o->chunks) {
        *p = (struct order_place){0, 0};
        return order_append(o, key, item);
    }
    struct order_top *t = tops(o) + p->chunk;
    if (t->n == cap(o, t) && !(t->slot == o->first ? outgrow(o, t) : divide(o, p))) return false;
    slot_put(o, tops(o) + p->chunk, p->slot, key, item);
    o->n++;
    return true;
}

/* Chunks that have become nearly empty are put together with the next. */
static void chunk_join(struct order *o, uint32_t at)
{
    struct order_top *t = tops(o) + at;
    if (at + 1 >= o->chunks || t[0].n + t[1].n > ORDER_CHUNK / 2) return;
    memmove(t->slot, t->slot + t->off, t->n * sizeof *t->slot);
    t->off = 0;
    move_slots(t, t + 1, 0);
    chunk_remove(o, at + 1);
}

void order_erase(struct order *o, struct order_place p)
{
    struct order_top *t = tops(o) + p.chunk;
    struct order_slot *s = order_slot(o, p);
    o->n--;
    t->n--;
    if (!t->n) {
        chunk_remove(o, p.chunk);
        return;
    }
    if (!p.slot) {
        t->off++;
        t->key = s[1].key;
    } else {
        memmove(s, s + 1, (t->n - p.slot) * sizeof *s);
    }
    if (p.chunk && t->n < ORDER_CHUNK / 8) chunk_join(o, p.chunk);
}

void order_moved(struct order *o, struct order_place p, seq32 key)
{
    order_slot(o, p)->key = key;
    if (!p.slot) tops(o)[p.chunk].key = key;
}

/* ---- finding ---- */

void *order_find(const struct order *o, seq32 key, struct order_place *p)
{
    if (!o->n) return NULL;
    const struct order_top *t = tops(o);
    seq32 base = t[0].key;
    uint32_t want = seq_diff(key, base), lo = 0, hi = o->chunks;
    if (want >= UINT32_C(1) << 31) return NULL;             /* before the first */
    if (seq_diff(t[hi - 1].key, base) <= want) lo = hi - 1; /* most is at the end */
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (seq_diff(t[mid].key, base) <= want)
            lo = mid;
        else
            hi = mid;
    }
    const struct order_slot *s = t[lo].slot + t[lo].off;
    uint32_t slot = 0, end = t[lo].n;
    /* It may be far away: its lines come at once, not one after another. */
    for (const char *line = (const char *)s; line < (const char *)(s + end); line += LINE) __builtin_prefetch(line);
    while (end - slot > 1) {
        uint32_t mid = slot + (end - slot) / 2;
        if (seq_diff(s[mid].key, base) <= want)
            slot = mid;
        else
            end = mid;
    }
    if (slot + 1 < t[lo].n) __builtin_prefetch(s[slot + 1].item); /* what is found is mostly changed, and its neighbour with it */
    *p = (struct order_place){lo, slot};
    return s[slot].item;
}

void *order_next(const struct order *o, struct order_place *p)
{
    if (p->slot + 1 < tops(o)[p->chunk].n)
        p->slot++;
    else if (p->chunk + 1 < o->chunks)
        p->chunk++, p->slot = 0;
    else
        return NULL;
    return order_at(o, *p);
}

void *order_prev(const struct order *o, struct order_place *p)
{
    if (p->slot)
        p->slot--;
    else if (p->chunk)
        p->chunk--, p->slot = tops(o)[p->chunk].n - 1u;
    else
        return NULL;
    return order_at(o, *p);
}

void *order_last(const struct order *o)
{
    if (!o->n) return NULL;
    uint32_t last = o->chunks - 1;
    return order_at(o, (struct order_place){last, tops(o)[last].n - 1u});
}
