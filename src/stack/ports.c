/* Ephemeral ports: RFC 6056 3.3.3, the simple hash-based choice: an offset that is secret and differs for each destination, and a
 * counter. */
#include "stack_internal.h"

static bool reserved(const struct tern_stack *s, uint16_t port) { return s->reserved && s->reserved[port / 8] & 1u << port % 8; }

/* RFC 6056 3.2, 3.3.3 */
uint16_t port_choose(struct tern_stack *s, struct tcp_tuple *t)
{
    uint32_t first = (uint32_t)s->env.set.port_min, n = (uint32_t)(s->env.set.port_max - first + 1);
    t->lport = 0;
    uint32_t offset = (uint32_t)hash_keyed(s->port_key, t, sizeof *t);
    for (uint32_t i = 0; i < n; i++) {
        t->lport = (uint16_t)(first + (offset + s->next_port++) % n);
        struct tern_endpoint local = {t->laddr, t->lport};
        if (!reserved(s, t->lport) && !port_listened(s, &local) && !table_find(s, t)) return t->lport;
    }
    return t->lport = 0;
}

bool port_listened(struct tern_stack *s, const struct tern_endpoint *local)
{
    for (struct tern_listener *l = s->listeners[local->port % LISTENER_BUCKETS]; l; l = l->next)
        if (l->cfg.local.port == local->port && (is_any(&l->cfg.local) || tern_addr_eq(&l->cfg.local.addr, &local->addr)))
            return true;
    return false;
}
