/* For those who write events: off, a trace costs one branch.
 *
 *     if (t) {
 *         struct tern_event *e = trace_next(t);
 *         e->type = TERN_EV_NOTE; ...
 *     } */
#ifndef TRACE_TRACER_H
#define TRACE_TRACER_H

#include <string.h>

#include <tern/trace.h>

/* The next event, zeroed, the writer's to fill. |t| is not NULL. */
static inline struct tern_event *trace_next(struct tern_trace *t)
{
    struct tern_event *e = &t->ring[t->end++ & (t->size - 1)];
    memset(e, 0, sizeof(*e));
    return e;
}

#endif
