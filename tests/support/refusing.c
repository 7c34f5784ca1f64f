#include "refusing.h"

#include <stdlib.h>

static void *take(void *ctx, size_t len)
{
    struct refusing *m = ctx;
    uint64_t n = ++m->n;
    if (m->at && (n == m->at || (m->ever && n > m->at))) return NULL;
    void *p = malloc(len);
    if (!p) abort(); /* the machine's own memory is not what is tested */
    m->bytes += len;
    m->blocks++;
    return p;
}

static void give(void *ctx, void *p, size_t len)
{
    struct refusing *m = ctx;
    if (!p) return;
    m->bytes -= len;
    m->blocks--;
    free(p);
}

struct tern_alloc refusing_alloc(struct refusing *m) { return (struct tern_alloc){take, give, m}; }
