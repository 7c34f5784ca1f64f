#include "stack_host.h"

#include "stack_internal.h"

#include <string.h>

struct mem *host_mem(struct tern_stack *s) { return &s->mem; }
void host_time(struct tern_stack *s, tern_ns now) { stack_time(s, now); }
bool host_is_local(const struct tern_stack *s, const struct tern_addr *a) { return if_local(s, a); }

bool host_takes_any(const struct tern_stack *s)
{
    for (int i = 0; i < s->if_n; i++)
        if (s->ifs[i]->cfg.any) return true;
    return false;
}

void host_set_backlog(struct tern_listener *l, uint32_t backlog) { l->cfg.backlog = backlog ? backlog : BACKLOG_DEFAULT; }

/* ---- ports ---- */

bool host_reserve_port(struct tern_stack *s, uint16_t port)
{
    if (!s->reserved) s->reserved = mem_zero(&s->mem, RESERVED_LEN);
    if (!s->reserved) return false;
    s->reserved[port / 8] |= (uint8_t)(1u << port % 8);
    return true;
}

void host_free_port(struct tern_stack *s, uint16_t port)
{
    if (s->reserved) s->reserved[port / 8] &= (uint8_t) ~(1u << port % 8);
}

void host_share_port(struct tern_conn *c) { c->place |= CONN_SHARES_PORT; }

static bool overlaps(const struct host_ports *p, const struct tern_addr *a)
{
    if (!tern_addr_is_any(&p->addr)) return tern_addr_eq(&p->addr, a);
    return tern_addr_is_v4(a) ? tern_addr_is_v4(&p->addr) || !p->v6only : !tern_addr_is_v4(&p->addr);
}

static bool note_port(void *ctx, struct hash_node *hn)
{
    struct host_ports *p = ctx;
    struct tcp_node *n = node_of_hash(hn);
    bool shares = n->kind == NODE_CONN ? conn_of(n)->place & CONN_SHARES_PORT
                                       : n->kind == NODE_TIME_WAIT && tw_of(n)->flags & TW_SHARES_PORT;
    if (n->kind == NODE_HALF || (p->port && n->t.lport != p->port) || (p->share && shares) || !overlaps(p, &n->t.laddr))
        return true;
    p->used[n->t.lport / 8] |= (uint8_t)(1u << n->t.lport % 8);
    return true;
}

void host_used_ports(struct tern_stack *s, struct host_ports *p)
{
    memset(p->used, 0, sizeof p->used);
    hash_each(&s->table, note_port, p);
}

uint16_t host_choose_port(struct tern_stack *s, const struct host_ports *p)
{
    uint32_t n = (uint32_t)(s->env.set.port_max - s->env.set.port_min + 1);
    for (uint32_t i = 0; i < n; i++) {
        struct tcp_tuple t = {.laddr = p->addr};
        uint16_t port = port_choose(s, &t);
        if (!port || !host_port_used(p, port)) return port;
    }
    return 0;
}

/* ---- Fast Open ---- */

bool host_source(struct tern_stack *s, const struct tern_addr *remote, struct tern_addr *out)
{
    int ifi = if_route(s, remote);
    return ifi >= 0 && if_source(s, ifi, remote, out);
}

size_t host_fastopen_room(struct tern_stack *s, const struct tern_addr *local, const struct tern_endpoint *remote)
{
    struct tcp_tuple t = {.laddr = *local, .raddr = remote->addr, .rport = remote->port};
    int ifi = if_route(s, &remote->addr);
    uint32_t next_id = s->env.next_id;
    struct tern_conn c = {0};
    if (ifi < 0) return 0;
    tcp_conn_init(&c, &s->env, &t, (uint8_t)ifi, s->ifs[ifi]->cfg.mtu);
    s->env.next_id = next_id; /* it never is one */
    c.state = TERN_SYN_SENT;
    size_t room = fo_ask(&c) == 0 ? fo_room(&c) : 0;
    tcp_conn_fini(&c);
    return room;
}

/* ---- ICMP ---- */

bool host_keep_icmp(struct tern_conn *c, bool keep)
{
    struct tcp_more *m = keep ? tcp_more_own(c) : c->more;
    if (m) m->icmp = (struct tcp_icmp){.keep = keep};
    return m || !keep;
}

bool host_take_icmp(struct tern_conn *c, struct host_icmp *out)
{
    struct tcp_more *m = c->more;
    if (!m || !m->icmp.told) return false;
    *out = (struct host_icmp){m->icmp.type, m->icmp.code, m->icmp.from};
    m->icmp.told = false;
    return true;
}

uint32_t host_timestamp(const struct tern_stack *s, const struct tern_conn *c)
{
    return (uint32_t)(s->env.now / TERN_MS) + (c ? c->ts_offset : 0);
}

/* ---- itself ---- */

void host_loopback(struct tern_stack *s) { s->loops = true; }

bool host_own(const struct tern_stack *s, bool v4, struct tern_addr *out)
{
    for (int i = 0; i < s->if_n; i++)
        for (size_t k = 0; k < s->ifs[i]->cfg.addr_n; k++)
            if (tern_addr_is_v4(&s->ifs[i]->cfg.addr[k]) == v4) {
                *out = s->ifs[i]->cfg.addr[k];
                return true;
            }
    return false;
}

int host_connect_from(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote,
                      struct tern_conn **out)
{
    return stack_connect(s, local, remote, true, out);
}
