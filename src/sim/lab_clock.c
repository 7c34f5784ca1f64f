/* A heap of sources: as many as there are lanes, hosts and flows, whatever is on its way. */
#include "lab_internal.h"

struct lab_clock *clock_new(struct mem *m, size_t n)
{
    struct lab_clock *c = mem_zero(m, sizeof *c);
    if (!c) return NULL;
    c->n = n;
    c->at = mem_get(m, n * sizeof *c->at);
    c->heap = mem_get(m, n * sizeof *c->heap);
    c->place = mem_get(m, n * sizeof *c->place);
    if (!c->at || !c->heap || !c->place) {
        clock_free(m, c);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) c->at[i] = TERN_NEVER, c->heap[i] = c->place[i] = (uint32_t)i;
    return c;
}

void clock_free(struct mem *m, struct lab_clock *c)
{
    if (!c) return;
    mem_put(m, c->at, c->n * sizeof *c->at);
    mem_put(m, c->heap, c->n * sizeof *c->heap);
    mem_put(m, c->place, c->n * sizeof *c->place);
    mem_put(m, c, sizeof *c);
}

static bool before(const struct lab_clock *c, uint32_t a, uint32_t b)
{
    return c->at[a] != c->at[b] ? c->at[a] < c->at[b] : a < b;
}

static void put(struct lab_clock *c, size_t place, uint32_t source)
{
    c->heap[place] = source;
    c->place[source] = (uint32_t)place;
}

static void sink(struct lab_clock *c, size_t i, uint32_t source)
{
    size_t k;
    while ((k = 2 * i + 1) < c->n) {
        if (k + 1 < c->n && before(c, c->heap[k + 1], c->heap[k])) k++;
        if (!before(c, c->heap[k], source)) break;
        put(c, i, c->heap[k]);
        i = k;
    }
    put(c, i, source);
}

void clock_set(struct lab_clock *c, size_t source, tern_ns at)
{
    tern_ns was = c->at[source];
    uint32_t me = (uint32_t)source;
    size_t i = c->place[me];
    if (at == was) return;
    c->at[me] = at;
    if (at > was) {
        sink(c, i, me);
        return;
    }
    for (; i > 0 && before(c, me, c->heap[(i - 1) / 2]); i = (i - 1) / 2) put(c, i, c->heap[(i - 1) / 2]);
    put(c, i, me);
}
