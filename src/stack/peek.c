#include "peek.h"

#include "stack_internal.h"

#include <string.h>

static struct tcp_tuple tuple(const struct tern_endpoint *local, const struct tern_endpoint *remote)
{
    return (struct tcp_tuple){.laddr = local->addr, .raddr = remote->addr, .lport = local->port, .rport = remote->port};
}

bool peek_pair(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote,
               struct tern_status *out)
{
    struct tcp_tuple t = tuple(local, remote);
    struct tcp_node *n = table_find(s, &t);
    if (!n) return false;
    switch (n->kind) {
    case NODE_CONN: tcp_status(conn_of(n), out); break;
    case NODE_HALF: half_status(s, half_of(n), out); break;
    default: tw_status(tw_of(n), out); break;
    }
    return true;
}

bool peek_listener(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote,
                   struct tern_listener_info *out)
{
    struct tcp_tuple t = tuple(local, remote);
    const struct tern_listener *l = listener_find(s, &t);
    if (l) tern_listener_info(l, out);
    return l != NULL;
}

#ifdef TERN_EXPERIMENTS
bool experiment_switch_off(struct tern_stack *s, const char *name)
{
    for (unsigned i = 0; i < EXPERIMENT_CLAUSE_N; i++) {
        if (strcmp(experiment_info(i)->name, name) != 0) continue;
        s->env.off.bits[i / 64] |= UINT64_C(1) << i % 64;
        return true;
    }
    return false;
}
#endif
