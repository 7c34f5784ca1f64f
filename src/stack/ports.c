/* Ephemeral ports: RFC 6056 3.3.3, the hash-based choice: a counter, in an order that is secret and differs for each destination,
 * so that what one peer sees of it tells nothing about the others' (CVE-2022-1012). */
#include "stack_internal.h"

static bool reserved(const struct tern_stack *s, uint16_t port) { return s->reserved && s->reserved[port / 8] & 1u << port % 8; }

/* A Feistel network of four rounds. */
uint16_t hidden_number(const struct tern_stack *s, const struct tcp_tuple *t, uint32_t n)
{
    struct {
        struct tcp_tuple t;
        uint32_t row;
    } of = {*t, n >> 16};
    struct {
        uint64_t row;
        uint32_t round, half;
    } in = {.row = hash_keyed(s->port_key, &of, sizeof of)};
    _Static_assert(sizeof of == sizeof(struct tcp_tuple) + 4 && sizeof in == 16, "nothing undefined is hashed");
    uint8_t left = (uint8_t)(n >> 8), right = (uint8_t)n;
    if (!GUARD(20)) return (uint16_t)n;
    for (in.round = 0; in.round < 4; in.round++) {
        in.half = right;
        uint8_t mixed = left ^ (uint8_t)hash_keyed(s->port_key, &in, sizeof in);
        left = right, right = mixed;
    }
    return (uint16_t)(left << 8 | right);
}

/* RFC 6056 3.2, 3.3.3 */
uint16_t port_choose(struct tern_stack *s, struct tcp_tuple *t)
{
    uint32_t first = (uint32_t)s->env.set.port_min, n = (uint32_t)(s->env.set.port_max - first + 1);
    uint32_t row = s->next_port / n, at = s->next_port % n;
    t->lport = 0;
    s->next_port++;
    do at = hidden_number(s, t, row << 16 | at);
    while (at >= n); /* a row of 2^16 becomes one of |n| */
    for (uint32_t i = 0; i < n; i++) {
        t->lport = (uint16_t)(first + (at + i) % n);
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
