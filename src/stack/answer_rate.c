/* How often strangers are answered: RSTs without a connection, and ICMP. Each source has a rate of its own, so that it cannot use
 * up what all have together. */
#include "stack_internal.h"

#include <string.h>

/* A source finds its bucket by a keyed hash: nobody can choose to share another's. Who happens to do so shares its rate. */
enum { SOURCES = 2048 };

bool rate_take(tern_ns *due, uint32_t rate, tern_ns now)
{
    tern_ns step = TERN_SEC / rate;
    if (*due > now + TERN_SEC - step) return false;
    *due = (*due > now ? *due : now) + step;
    return true;
}

static size_t bucket_of(const struct tern_stack *s, const struct tern_addr *a)
{
    return (size_t)(hash_keyed(s->source_key, a->b, source_len(a)) % SOURCES);
}

static bool source_allowed(struct tern_stack *s, const struct tern_addr *a)
{
    if (!s->sources) s->sources = mem_zero(&s->mem, SOURCES * sizeof *s->sources);
    if (!s->sources || !RULE(TERN 2)) return true; /* without memory the rate of all must do */
    return rate_take(&s->sources[bucket_of(s, a)], (uint32_t)s->env.set.answer_rate_source, s->env.now);
}

static bool all_allowed(struct tern_stack *s)
{
    uint64_t rate = s->env.set.answer_rate, burst = rate < 100 ? 100 : rate;
    uint64_t since = s->env.now - s->answer_at;
    uint64_t fresh = since >= TERN_SEC ? burst : since * rate / TERN_SEC;
    if (fresh) {
        s->answer_tokens = s->answer_tokens + fresh < burst ? s->answer_tokens + fresh : burst;
        s->answer_at = s->env.now;
    }
    if (!s->answer_tokens) return false;
    s->answer_tokens--;
    return true;
}

enum tern_drop answer_refused(struct tern_stack *s, const struct tern_addr *to)
{
    if (!source_allowed(s, to)) return TERN_DROP_RATE_SOURCE;
    return all_allowed(s) ? TERN_DROP_NONE : TERN_DROP_RATE_LIMIT;
}

void answer_rate_free(struct tern_stack *s) { mem_put(&s->mem, s->sources, SOURCES * sizeof *s->sources); }
