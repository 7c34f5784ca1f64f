/* Blocks of a few sizes cut from regions that are marked; each size has a list of free ones. The length comes back with a block,
 * so that nothing need stand beside it. */
#include "cli_memory.h"

#include <stdint.h>
#include <sys/mman.h>

#include "sanitizer.h"

enum {
    ALIGN = 64,
    STEPS = 4, /* sizes from one power of two to the next */
    SIZES = 64,
    REGION = 1 << 20,
    LONG = 1 << 17,       /* from here on a block is a region of its own */
    LOCKED_MAX = 4 << 20, /* bytes: half of what Linux lets everybody lock */
};

struct block {
    struct block *next;
};

static struct block *unused[SIZES];
static uint8_t *rest;
static size_t rest_len, locked;

static size_t pages(size_t len) { return (len + 4095) & ~(size_t)4095; }

static void *region(size_t len)
{
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    if (madvise(p, len, MADV_DONTDUMP) != 0) {
        munmap(p, len);
        return NULL;
    }
    if (locked + len <= LOCKED_MAX && mlock2(p, len, MLOCK_ONFAULT) == 0) locked += len;
    return p;
}

/* The number of the size that takes |len|, which becomes that size. */
static unsigned size_of(size_t *len)
{
    size_t step = ALIGN, size = ALIGN;
    unsigned i = 0;
    for (; size < *len; i++) {
        size += step;
        if (size == 2 * STEPS * step) step *= 2;
    }
    *len = size;
    return i;
}

static void *get(void *ctx, size_t len)
{
    (void)ctx;
    if (len >= LONG) return region(pages(len));
    unsigned i = size_of(&len);
    struct block *b = unused[i];
    if (b) {
        unused[i] = b->next;
        return b;
    }
    if (len > rest_len) { /* what is left of the last region is less than a LONG */
        rest = region(REGION);
        rest_len = rest ? REGION : 0;
        if (!rest) return NULL;
    }
    void *p = rest;
    rest += len;
    rest_len -= len;
    return p;
}

static void put(void *ctx, void *p, size_t len)
{
    (void)ctx;
    if (len >= LONG) {
        munmap(p, pages(len));
        return;
    }
    unsigned i = size_of(&len);
    struct block *b = p;
    b->next = unused[i];
    unused[i] = b;
}

static void *get_checked(void *ctx, size_t len) { return SANITIZED ? tern_alloc_libc.alloc(ctx, len) : get(ctx, len); }

static void put_checked(void *ctx, void *p, size_t len)
{
    if (SANITIZED)
        tern_alloc_libc.free(ctx, p, len);
    else
        put(ctx, p, len);
}

const struct tern_alloc cli_memory = {get_checked, put_checked, NULL};
