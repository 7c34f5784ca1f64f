#include "order.h"

#include <assert.h>
#include <string.h>

enum { FEW = sizeof((struct order *)0)->few / sizeof(struct order_top) };

static struct order_top *tops(const struct order *o) { return o->top + o->head; }

static void **items(struct order_chunk *k) { return k->item + k->off; }

void order_init(struct order *o, struct slab *slab)
{
    o->slab = slab;
    o->top = o->few;
    o->cap = FEW;
    o->head = o->chunks = o->n = 0;
}

static void chunk_free(struct order *o, struct order_chunk *k)
{
    if (k != &o->first) slab_put(o->slab, k);
}

void order_clear(struct order *o)
{
    for (uint32_t i = 0; i < o->chunks; i++) chunk_free(o, tops(o)[i].chunk);
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
static struct order_chunk *chunk_add(struct order *o, uint32_t at)
{
    if (!top_room(o)) return NULL;
    struct order_chunk *k = o->chunks ? slab_get(o->slab) : &o->first;
    if (!k) return NULL;
    k->off = k->n = 0;
    struct order_top *t = tops(o);
    memmove(t + at + 1, t + at, (o->chunks - at) * sizeof *t);
    t[at].chunk = k;
    o->chunks++;
    return k;
}

static void chunk_remove(struct order *o, uint32_t at)
{
    struct order_top *t = tops(o);
    struct order_chunk *k = t[at].chunk;
    o->chunks--;
    if (!at) /* most is taken from the front */
        o->head++;
    else
        memmove(t + at, t + at + 1, (o->chunks - at) * sizeof *t);
    chunk_free(o, k);
    if (!o->chunks) o->head = 0;
}

/* ---- slots of a chunk ---- */

static void top_refresh(struct order *o, uint32_t i)
{
    const struct order_chunk *k = tops(o)[i].chunk;
    tops(o)[i].key = k->key[k->off];
}

static void slide(struct order_chunk *k, uint32_t off)
{
    memmove(k->key + off, k->key + k->off, k->n * sizeof *k->key);
    memmove(k->item + off, k->item + k->off, k->n * sizeof *k->item);
    k->off = (uint8_t)off;
}

static void slot_put(struct order_chunk *k, uint32_t slot, seq32 key, void *item)
{
    if (k->off + k->n == ORDER_CHUNK) slide(k, 0);
    uint32_t i = k->off + slot, behind = k->n - slot;
    memmove(k->key + i + 1, k->key + i, behind * sizeof *k->key);
    memmove(k->item + i + 1, k->item + i, behind * sizeof *k->item);
    k->key[i] = key, k->item[i] = item;
    k->n++;
}

/* |n| slots of |from|, from |first| on: at its beginning or its end. */
static void move_slots(struct order_chunk *to, struct order_chunk *from, uint32_t first, uint32_t n)
{
    slide(to, 0);
    memcpy(to->key + to->n, from->key + from->off + first, n * sizeof *to->key);
    memcpy(to->item + to->n, items(from) + first, n * sizeof *to->item);
    to->n = (uint8_t)(to->n + n);
    from->n = (uint8_t)(from->n - n);
    if (!first) from->off = (uint8_t)(from->off + n);
}

bool order_append(struct order *o, seq32 key, void *item)
{
    struct order_chunk *k = o->chunks ? tops(o)[o->chunks - 1].chunk : NULL;
    if (!k || k->off + k->n == ORDER_CHUNK) { /* nothing is moved for what comes in order */
        k = chunk_add(o, o->chunks);
        if (!k) return false;
        tops(o)[o->chunks - 1].key = key;
    }
    slot_put(k, k->n, key, item);
    o->n++;
    return true;
}

bool order_insert(struct order *o, struct order_place *p, seq32 key, void *item)
{
    if (!o->chunks) {
        *p = (struct order_place){0, 0};
        return order_append(o, key, item);
    }
    struct order_chunk *k = tops(o)[p->chunk].chunk;
    if (k->n == ORDER_CHUNK) {
        struct order_chunk *half = chunk_add(o, p->chunk + 1);
        if (!half) return false;
        move_slots(half, k, ORDER_CHUNK / 2, ORDER_CHUNK / 2);
        top_refresh(o, p->chunk + 1);
        if (p->slot > ORDER_CHUNK / 2) {
            *p = (struct order_place){p->chunk + 1, p->slot - ORDER_CHUNK / 2};
            k = half;
        }
    }
    slot_put(k, p->slot, key, item);
    if (!p->slot) top_refresh(o, p->chunk);
    o->n++;
    return true;
}

/* Chunks that have become nearly empty are put together with the next. */
static void chunk_join(struct order *o, uint32_t at)
{
    if (at + 1 >= o->chunks) return;
    struct order_chunk *k = tops(o)[at].chunk, *next = tops(o)[at + 1].chunk;
    if (k->n + next->n > ORDER_CHUNK / 2) return;
    move_slots(k, next, 0, next->n);
    chunk_remove(o, at + 1);
}

void order_erase(struct order *o, struct order_place p)
{
    struct order_chunk *k = tops(o)[p.chunk].chunk;
    o->n--;
    k->n--;
    if (!k->n) {
        chunk_remove(o, p.chunk);
        return;
    }
    if (!p.slot) {
        k->off++;
        top_refresh(o, p.chunk);
    } else {
        uint32_t i = (uint32_t)k->off + p.slot, behind = k->n - p.slot;
        memmove(k->key + i, k->key + i + 1, behind * sizeof *k->key);
        memmove(k->item + i, k->item + i + 1, behind * sizeof *k->item);
    }
    if (p.chunk && k->n < ORDER_CHUNK / 8) chunk_join(o, p.chunk);
}

void order_moved(struct order *o, struct order_place p, seq32 key)
{
    struct order_chunk *k = tops(o)[p.chunk].chunk;
    k->key[k->off + p.slot] = key;
    if (!p.slot) top_refresh(o, p.chunk);
}

/* ---- finding ---- */

void *order_find(const struct order *o, seq32 key, struct order_place *p)
{
    if (!o->n) return NULL;
    const struct order_top *t = tops(o);
    seq32 base = t[0].key;
    uint32_t want = seq_diff(key, base), lo = 0, hi = o->chunks;
    if (want >= UINT32_C(1) << 31) return NULL; /* before the first */
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (seq_diff(t[mid].key, base) <= want)
            lo = mid;
        else
            hi = mid;
    }
    const struct order_chunk *k = t[lo].chunk;
    uint32_t slot = 0, end = k->n;
    while (end - slot > 1) {
        uint32_t mid = slot + (end - slot) / 2;
        if (seq_diff(k->key[k->off + mid], base) <= want)
            slot = mid;
        else
            end = mid;
    }
    *p = (struct order_place){lo, slot};
    return k->item[k->off + slot];
}

void *order_at(const struct order *o, struct order_place p) { return items(tops(o)[p.chunk].chunk)[p.slot]; }

void *order_next(const struct order *o, struct order_place *p)
{
    if (p->slot + 1 < tops(o)[p->chunk].chunk->n)
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
        p->chunk--, p->slot = tops(o)[p->chunk].chunk->n - 1u;
    else
        return NULL;
    return order_at(o, *p);
}

void *order_first(const struct order *o) { return o->n ? order_at(o, (struct order_place){0, 0}) : NULL; }

void *order_last(const struct order *o)
{
    if (!o->n) return NULL;
    uint32_t last = o->chunks - 1;
    return order_at(o, (struct order_place){last, tops(o)[last].chunk->n - 1u});
}
