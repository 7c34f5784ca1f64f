#include "refusing.h"

#include <stdlib.h>

static void *take(void *ctx, size_t len)
{
    struct refusing *m = ctx;
    bool repeated = m->asked == len && m->given == 1;
    m->given = 0;
    if (repeated) return NULL;
    m->asked = 0;
    uint64_t n = ++m->n;
    if (m->at && (n == m->at || (m->ever && n > m->at))) {
        if (n == m->at && !m->ever) m->asked = len;
        return NULL;
    }
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
    m->given++;
    free(p);
}

struct tern_alloc refusing_alloc(struct refusing *m) { return (struct tern_alloc){take, give, m}; }
