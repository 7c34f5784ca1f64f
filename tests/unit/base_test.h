/* What the tests of `base` share: an allocator that counts and can be told to refuse, and a generator of numbers that are the
 * same on every machine. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

#define TEST(name) static void name(void **state __attribute__((unused)))

struct heap {
    size_t blocks_n, bytes; /* live now */
    bool refuses;
};

static inline void *heap_alloc(void *ctx, size_t len)
{
    struct heap *h = ctx;
    if (h->refuses) return NULL;
    h->blocks_n++;
    h->bytes += len;
    return memset(malloc(len), 0xa5, len);
}

static inline void heap_free(void *ctx, void *p, size_t len)
{
    struct heap *h = ctx;
    h->blocks_n--;
    h->bytes -= len;
    free(p);
}

static inline void heap_mem(struct heap *h, struct mem *m, size_t cap)
{
    *h = (struct heap){0};
    struct tern_alloc a = {heap_alloc, heap_free, h};
    mem_init(m, &a, cap);
}

/* Everything has come back, and the two sides agree on it. */
static inline void heap_check_empty(const struct heap *h, const struct mem *m)
{
    assert_int_equal(h->blocks_n, 0);
    assert_int_equal(h->bytes, 0);
    assert_int_equal(m->used, 0);
}

/* xorshift64* */
static inline uint64_t prng(uint64_t *s)
{
    *s ^= *s >> 12;
    *s ^= *s << 25;
    *s ^= *s >> 27;
    return *s * UINT64_C(0x2545f4914f6cdd1d);
}

#endif
