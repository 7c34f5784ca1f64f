/* Things in order of their sequence numbers, all within 2^31 of each other: sorted chunks, and a sorted array of them. A number
 * is found by two binary searches in few cache lines, however many there are; nothing walks over what it does not change. */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include "mem.h"
#include "seq.h"

/* Large chunks: the array of them is moved when one is added, and what is moved drives other things out of the cache. */
enum { ORDER_CHUNK = 200, ORDER_FIRST = 24 };

struct order_slot {
    seq32 key;
    void *item;
};

struct order_chunk {
    uint16_t slab_i; /* the slab's */
    struct order_slot slot[ORDER_CHUNK];
};

/* All that a search needs to know before it looks into the chunk. */
struct order_top {
    seq32 key;               /* of the chunk's first item */
    uint8_t off, n;          /* its slots in use */
    struct order_slot *slot; /* the chunk's */
};

/* Must not be moved. */
struct order {
    struct slab *slab;
    struct order_top *top; /* |head| to |head| + |chunks|; |few| while it suffices */
    uint32_t head, chunks, cap;
    uint32_t n; /* items */
    struct order_top few[2];
    struct order_slot first[ORDER_FIRST]; /* instead of the first chunk, so that few items need no more memory */
};

/* Where an item stands; good until the next change. */
struct order_place {
    uint32_t chunk, slot;
};

/* |slab| gives records of sizeof(struct order_chunk), and its memory the array. */
void order_init(struct order *o, struct slab *slab);
/* Without items, and without memory of its own. */
static inline bool order_bare(const struct order *o) { return !o->n && o->top == o->few; }
/* The items are the caller's. */
void order_clear(struct order *o);

/* Behind the last item, whose key is less. False: no memory. */
bool order_append(struct order *o, seq32 key, void *item);
/* At |p|: what was there stands behind it. |p->slot| may be one more than the last of its chunk. |p| becomes its place. False: no
 * memory. */
bool order_insert(struct order *o, struct order_place *p, seq32 key, void *item);
void order_erase(struct order *o, struct order_place p);
/* The item at |p| has another key, in the same order. */
void order_moved(struct order *o, struct order_place p, seq32 key);

/* The last item whose key is at most |key|; NULL: there is none. */
void *order_find(const struct order *o, seq32 key, struct order_place *p);
/* The one behind it, whose place |p| becomes; NULL: |p| was the last. */
void *order_next(const struct order *o, struct order_place *p);
/* The one before it, likewise; NULL: |p| was the first, and stays. */
void *order_prev(const struct order *o, struct order_place *p);
void *order_last(const struct order *o); /* NULL: there is none */

static inline struct order_slot *order_slot(const struct order *o, struct order_place p)
{
    const struct order_top *t = o->top + o->head + p.chunk;
    return t->slot + t->off + p.slot;
}

static inline void *order_at(const struct order *o, struct order_place p) { return order_slot(o, p)->item; }
static inline void *order_first(const struct order *o) { return o->n ? order_at(o, (struct order_place){0, 0}) : NULL; }
/* Known without a look at the item, which may be far away. */
static inline seq32 order_key(const struct order *o, struct order_place p) { return order_slot(o, p)->key; }

#endif
