/* How often strangers are answered: RSTs without a connection, and ICMP. Each source has a rate of its own, so that it cannot use
 * up what all have together. */
#include "stack_internal.h"

#include <string.h>

/* A source finds its bucket by a keyed hash: nobody can choose to share another's. Who happens to do so shares its rate. */
enum { SOURCES = 2048 };
/* Answers to all, however few a second they may be. */
enum { AT_ONCE = 100 };

bool rate_take(tern_ns *due, uint32_t rate, uint32_t at_once, tern_ns now)
{
    tern_ns step = TERN_SEC / rate;
    if (*due > now + step * (at_once - 1)) return false;
    *due = (*due > now ? *due : now) + step;
    return true;
}

static size_t bucket_of(const struct tern_stack *s, const struct tern_addr *a)
{
    return (size_t)(hash_keyed(s->source_key, a->b, source_len(a)) % SOURCES);
}

static bool source_allowed(struct tern_stack *s, const struct tern_addr *a)
{
    uint32_t rate = (uint32_t)s->env.set.answer_rate_source;
    if (!s->sources) s->sources = mem_zero(&s->mem, SOURCES * sizeof *s->sources);
    if (!s->sources || !RULE(TERN 2)) return true; /* without memory the rate of all must do */
    return rate_take(&s->sources[bucket_of(s, a)], rate, rate, s->env.now);
}

enum tern_drop answer_refused(struct tern_stack *s, const struct tern_addr *to)
{
    uint32_t rate = (uint32_t)s->env.set.answer_rate;
    if (!source_allowed(s, to)) return TERN_DROP_RATE_SOURCE;
    return rate_take(&s->answers_due, rate, rate < AT_ONCE ? AT_ONCE : rate, s->env.now) ? TERN_DROP_NONE : TERN_DROP_RATE_LIMIT;
}

void answer_rate_free(struct tern_stack *s) { mem_put(&s->mem, s->sources, SOURCES * sizeof *s->sources); }
