#include "mem.h"

#include <assert.h>
#include <string.h>

void mem_init(struct mem *m, const struct tern_alloc *alloc, size_t cap) { *m = (struct mem){.alloc = *alloc, .cap = cap}; }

static void *try_get(struct mem *m, size_t len)
{
    if (len > m->cap - m->used) return NULL;
    void *p = m->alloc.alloc(m->alloc.ctx, len);
    if (!p) return NULL;
    m->used += len;
    if (m->used > m->peak) m->peak = m->used;
    return p;
}

void *mem_get(struct mem *m, size_t len)
{
    void *p = try_get(m, len);
    /* What could never fit is not worth the pool's free buffers. */
    while (!p && len <= m->cap && m->pool && pool_give_up(m->pool)) p = try_get(m, len);
    if (!p) m->refused_n++;
    return p;
}

void *mem_zero(struct mem *m, size_t len)
{
    void *p = mem_get(m, len);
    return p ? memset(p, 0, len) : NULL;
}

void mem_put(struct mem *m, void *p, size_t len)
{
    if (!p) return;
    assert(len <= m->used);
    m->used -= len;
    m->alloc.free(m->alloc.ctx, p, len);
}
