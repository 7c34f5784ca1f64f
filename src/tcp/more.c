/* The part of a connection that exists only when something in it differs from the defaults. */
#include "tcp_internal.h"

void tcp_more_default(struct tcp_more *m, const struct tern_settings *set)
{
    *m = (struct tcp_more){
        .keep_idle_ms = (uint32_t)(set->keepalive_idle / TERN_MS),
        .keep_interval_ms = (uint32_t)(set->keepalive_interval / TERN_MS),
        .keep_count = (uint8_t)set->keepalive_count,
        .linger_ms = -1,
    };
}

const struct tcp_more *tcp_more(const struct tern_conn *c) { return c->more ? c->more : &c->env->more; }

struct tcp_more *tcp_more_own(struct tern_conn *c)
{
    if (c->more) return c->more;
    c->more = mem_get(c->env->mem, sizeof *c->more);
    if (c->more) *c->more = c->env->more;
    return c->more;
}

void tcp_more_free(struct tern_conn *c)
{
    mem_put(c->env->mem, c->more, sizeof *c->more);
    c->more = NULL;
}
