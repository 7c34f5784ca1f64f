#include "mem.h"

#include <assert.h>

#include "poison.h"

#define CLASS_N  4
#define HEAD_LEN 64 /* struct tern_buf, and the storage begins after it, aligned */
_Static_assert(sizeof(struct tern_buf) <= HEAD_LEN, "a buffer's head and its storage are one allocation");

/* Small ones hold what is left of short payloads, 2048 a packet of an Ethernet's MTU, the two last super-segments. */
static const struct {
    uint32_t cap;
    uint32_t keep_n; /* free buffers kept at most */
} classes[CLASS_N] = {
    {256, 1024}, {2048, 256}, {16384, 32}, {TERN_PACKET_MAX + 129, 64}, /* with a little tail, a multiple of 64 */
};

struct tern_pool {
    struct mem *m;
    size_t live_n;
    bool orphan;    /* frees itself when live_n is 0 */
    struct mem own; /* then in |m|'s place */
    struct {
        struct tern_buf *first; /* last freed first: its lines are still in the cache */
        uint32_t n;
    } kept[CLASS_N];
};

struct tern_pool *pool_new(struct mem *m)
{
    assert(!m->pool);
    struct tern_pool *p = mem_zero(m, sizeof *p);
    if (!p) return NULL;
    p->m = m;
    m->pool = p;
    return p;
}

static void release(struct tern_pool *p, struct tern_buf *b)
{
    UNPOISON(b->base, b->cap);
    mem_put(p->m, b, HEAD_LEN + (size_t)b->cap);
}

bool pool_give_up(struct tern_pool *p)
{
    for (unsigned k = CLASS_N; k-- > 0;) {
        struct tern_buf *b = p->kept[k].first;
        if (!b) continue;
        p->kept[k].first = b->next;
        p->kept[k].n--;
        release(p, b);
        return true;
    }
    return false;
}

static void give_up_all(struct tern_pool *p)
{
    assert(p->live_n == 0);
    while (pool_give_up(p))
        ;
}

void pool_free(struct tern_pool *p)
{
    if (!p) return;
    give_up_all(p);
    p->m->pool = NULL;
    mem_put(p->m, p, sizeof *p);
}

static void bury(struct tern_pool *p)
{
    give_up_all(p);
    struct mem m = p->own; /* what frees the pool may not lie in it */
    mem_put(&m, p, sizeof *p);
}

void pool_orphan(struct tern_pool *p)
{
    p->own = *p->m;
    p->m = &p->own;
    p->orphan = true;
    if (p->live_n == 0) bury(p);
}

size_t pool_live_n(const struct tern_pool *p) { return p->live_n; }

static struct tern_buf *make(struct tern_pool *p, unsigned k)
{
    struct tern_buf *b = mem_get(p->m, HEAD_LEN + (size_t)classes[k].cap);
    if (!b) return NULL;
    b->pool = p;
    b->base = (uint8_t *)b + HEAD_LEN;
    b->cap = classes[k].cap;
    b->size_class = (uint8_t)k;
    return b;
}

static unsigned class_of(size_t len)
{
    unsigned k = 0;
    while (len > classes[k].cap) k++;
    return k;
}

struct tern_buf *tern_buf_get(struct tern_pool *p, size_t len)
{
    if (len > TERN_PACKET_MAX) return NULL;
    unsigned k = class_of(len);
    struct tern_buf *b = p->kept[k].first;
    if (b) {
        p->kept[k].first = b->next;
        p->kept[k].n--;
        UNPOISON(b->base, b->cap);
    } else {
        b = make(p, k);
        if (!b) return NULL;
    }
    p->live_n++;
    b->next = NULL;
    b->data = b->base;
    b->len = 0;
    b->refs = 1;
    b->seq = 0;
    b->mark = 0;
    b->gso_size = 0;
    b->csum_ok = false;
    return b;
}

struct tern_buf *tern_buf_ref(struct tern_buf *b)
{
    assert(b->refs > 0);
    b->refs++;
    return b;
}

void tern_buf_unref(struct tern_buf *b)
{
    if (!b) return;
    assert(b->refs > 0);
    if (--b->refs > 0) return;
    struct tern_pool *p = b->pool;
    unsigned k = b->size_class;
    p->live_n--;
    if (p->kept[k].n >= classes[k].keep_n) {
        release(p, b);
    } else {
        b->next = p->kept[k].first;
        p->kept[k].first = b;
        p->kept[k].n++;
        POISON(b->base, b->cap);
    }
    if (p->orphan && p->live_n == 0) bury(p);
}
