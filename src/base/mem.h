/* Memory: the caller's allocator with a cap that is never exceeded, buffers for packets, and slabs for small records. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <tern/packet.h>

/* Everything that a stack holds was allocated through one of these. */
struct mem {
    struct tern_alloc alloc;
    size_t cap;  /* bytes at most */
    size_t used; /* bytes now */
    size_t peak; /* the most that |used| has been */
    uint64_t refused_n;
    struct tern_pool *pool; /* its free buffers are given up before a request is refused; NULL: none */
};

void mem_init(struct mem *m, const struct tern_alloc *alloc, size_t cap);
void *mem_get(struct mem *m, size_t len);         /* NULL over the cap, or when the allocator refuses (both counted) */
void *mem_zero(struct mem *m, size_t len);        /* mem_get, zeroed */
void mem_put(struct mem *m, void *p, size_t len); /* NULL is allowed */

/* A pool of tern_bufs in a few size classes, one pool for a struct mem. Free buffers are kept for reuse, up to a bound per class;
 * when a request of any kind meets the cap they are given up first. */
struct tern_pool *pool_new(struct mem *m); /* NULL: no memory */
void pool_free(struct tern_pool *p);       /* every buffer must have come back; NULL is allowed */

/* Instead of pool_free while buffers are still out, |m| being about to go away: the pool takes |m|'s place and frees itself when
 * the last of them has come back. */
void pool_orphan(struct tern_pool *p);
size_t pool_live_n(const struct tern_pool *p);

/* Returns one free buffer, of the largest class that has any, to the allocator. false: there is none. */
bool pool_give_up(struct tern_pool *p);

/* Records of one size, without the allocator's overhead a record. A page goes back to |m| when all its records have; one empty
 * page is kept. */
struct slab {
    struct mem *m;
    struct slab_page *partial; /* pages with both live and free records */
    struct slab_page *empty;   /* the kept page, or NULL */
    size_t record_len;         /* a multiple of 8 */
    uint16_t records_n;        /* in a page */
    size_t live_n;
};

void slab_init(struct slab *s, struct mem *m, size_t record_len); /* two bytes of a record are the slab's: see slab_get */
void slab_free(struct slab *s);                                   /* every record must have come back */

/* A zeroed record, or NULL. Its first two bytes belong to the slab: they say where in its page the record is. */
void *slab_get(struct slab *s);
void slab_put(struct slab *s, void *record); /* NULL is allowed */

#endif
