#include "peek.h"

#include "stack_internal.h"

#include <string.h>

#include "attacks.h"

#ifdef TERN_EXPERIMENTS
#include <stdio.h>
#include <stdlib.h>
#endif

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

static bool holds(const uint8_t *p, size_t len, const uint8_t half[8])
{
    for (size_t i = 0; i + 8 <= len; i++)
        if (memcmp(p + i, half, 8) == 0) return true;
    return false;
}

bool peek_key(const struct tern_stack *s, const void *where, size_t len)
{
    const uint8_t *key[] = {s->env.isn_key, s->env.ts_key, s->table_key, s->port_key, s->cookie_key};
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++)
        if (holds(where, len, key[i]) || holds(where, len, key[i] + 8)) return true;
    return false;
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

bool stack_put_flaw_back(struct tern_stack *s, unsigned n, bool published)
{
    static char copy[200];
    const struct attack_class *a = attack_class(n);
    if (!a) return false;
    guard_off = n;
    snprintf(copy, sizeof copy, "%s", published ? "" : a->flaws);
    for (char *name = copy, *next; *name; name = next) {
        next = name + strcspn(name, ",");
        if (*next) *next++ = '\0', next += *next == ' ';
        if (strncmp(name, "MUST-", 5) == 0)
            must_off = (unsigned)strtoul(name + 5, NULL, 10);
        else if (!experiment_switch_off(s, name) && !rule_off)
            rule_off = name;
    }
    return true;
}
#else
bool stack_put_flaw_back(struct tern_stack *s, unsigned n, bool published) { return (void)s, (void)n, (void)published, false; }
#endif
