/* The C library's allocator, for those who have none of their own. */
#include <tern/types.h>

#include <stdlib.h>

static void *get(void *ctx, size_t len)
{
    (void)ctx;
    return malloc(len);
}

static void put(void *ctx, void *p, size_t len)
{
    (void)ctx, (void)len;
    free(p);
}

const struct tern_alloc tern_alloc_libc = {get, put, NULL};
