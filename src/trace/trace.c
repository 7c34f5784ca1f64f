#include <tern/trace.h>

int tern_trace_init(struct tern_trace *t, struct tern_event *ring, size_t n)
{
    if (!ring || n == 0 || (n & (n - 1)) != 0) return TERN_ERR_INVAL;
    *t = (struct tern_trace){.ring = ring, .size = n};
    return 0;
}

const struct tern_event *tern_trace_get(const struct tern_trace *t, uint64_t n)
{
    if (n >= t->end || t->end - n > t->size) return NULL;
    return &t->ring[n & (t->size - 1)];
}
