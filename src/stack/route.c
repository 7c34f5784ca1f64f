/* IPv4 source routes (RFC 9293 3.9.2.1): those that a peer's packets came by, and those that the application asked for. They
 * stand beside the table, by the pair's endpoints, because hardly any pair has one. */
#include "stack_internal.h"

#include <string.h>

struct route {
    struct route *next; /* in its bucket */
    struct tcp_tuple t;
    uint32_t hop[WIRE_IP4_ROUTE_MAX]; /* as our packets shall meet them */
    uint8_t n;
    bool asked_for;
};

static struct route **place_of(struct tern_stack *s, const struct tcp_tuple *t)
{
    struct route **at = &s->routes[(t->lport ^ t->rport) % ROUTE_BUCKETS];
    while (*at && memcmp(&(*at)->t, t, sizeof *t) != 0) at = &(*at)->next;
    return at;
}

static const struct route *find(struct tern_stack *s, const struct tcp_tuple *t) { return s->route_n ? *place_of(s, t) : NULL; }

uint32_t route_len(struct tern_stack *s, const struct tcp_tuple *t)
{
    const struct route *r = find(s, t);
    return r ? 4 + 4u * r->n : 0;
}

void route_fill(struct tern_stack *s, const struct tcp_tuple *t, struct wire_ip *ip)
{
    const struct route *r = find(s, t);
    ip->route_n = r && (MUST(53) || r->asked_for) ? r->n : 0;
    if (r) memcpy(ip->route, r->hop, sizeof r->hop);
}

/* The route that |t| has, or room for one. NULL: no memory, or too many. */
static struct route *provide(struct tern_stack *s, const struct tcp_tuple *t)
{
    struct route **at = place_of(s, t), *r = *at;
    if (r) return r;
    r = s->route_n < ROUTES_MAX ? mem_zero(&s->mem, sizeof *r) : NULL;
    if (!r) return NULL;
    r->t = *t;
    *at = r;
    s->route_n++;
    return r;
}

void route_forget(struct tern_stack *s, const struct tcp_tuple *t)
{
    if (!s->route_n) return;
    struct route **at = place_of(s, t), *r = *at;
    if (!r) return;
    *at = r->next;
    s->route_n--;
    mem_put(&s->mem, r, sizeof *r);
}

/* RFC 9293 3.7.1: the option takes its part of every packet. */
void route_apply(struct tern_stack *s, struct tern_conn *c)
{
    c->if_mtu = (uint16_t)(s->ifs[c->node.ifi]->cfg.mtu - route_len(s, &c->node.t));
    if (c->path_mtu > c->if_mtu) c->path_mtu = c->if_mtu;
    mss_changed(c);
}

/* RFC 9293 3.9.2.1: the return route is used for all that follows (MUST-53), a later one overrides it (SHLD-24), but not what the
 * application asked for (MUST-52). */
bool route_learn(struct tern_stack *s, const struct tcp_tuple *t, const struct wire_ip *ip)
{
    struct route *r = provide(s, t);
    if (!r) return false;
    if (r->asked_for && MUST(52)) return true;
    r->n = ip->route_n;
    for (uint8_t i = 0; i < r->n; i++) r->hop[i] = ip->route[r->n - 1 - i];
    struct tcp_node *n = table_find(s, t);
    if (n && n->kind == NODE_CONN) route_apply(s, conn_of(n));
    return true;
}

/* RFC 9293 3.9.2.1, MUST-51. */
int tern_conn_set_route(struct tern_conn *c, tern_ns now, const struct tern_addr *hops, size_t n)
{
    struct tern_stack *s = stack_of(c);
    stack_time(s, now);
    if (n > WIRE_IP4_ROUTE_MAX || !tern_addr_is_v4(&c->node.t.raddr)) return TERN_ERR_INVAL;
    for (size_t i = 0; i < n; i++)
        if (!tern_addr_is_v4(&hops[i]) || tern_addr_is_any(&hops[i])) return TERN_ERR_INVAL;
    if (!(c->place & CONN_HASHED)) return TERN_ERR_NOTCONN;
    if (!n || !MUST(51)) {
        route_forget(s, &c->node.t);
    } else {
        struct route *r = provide(s, &c->node.t);
        if (!r) return TERN_ERR_NOMEM;
        r->n = (uint8_t)n;
        r->asked_for = true;
        for (size_t i = 0; i < n; i++) memcpy(&r->hop[i], hops[i].b + 12, 4);
    }
    route_apply(s, c);
    return 0;
}
