/* bind(), and who may share a port with whom. */
#include "sock_internal.h"

#include "stack_host.h"

static struct list *bucket(struct sock_host *h, uint16_t port) { return &h->bound[port % PORT_BUCKETS]; }

/* Would both be meant by one packet? */
static bool overlaps(const struct sock *a, const struct sock *b)
{
    const struct tern_addr *x = &a->local.addr, *y = &b->local.addr;
    bool x4 = tern_addr_is_v4(x), y4 = tern_addr_is_v4(y);
    if (x4 == y4) return tern_addr_is_any(x) || tern_addr_is_any(y) || tern_addr_eq(x, y);
    return x4 ? tern_addr_is_any(y) && !on(b, S_V6ONLY) : tern_addr_is_any(x) && !on(a, S_V6ONLY);
}

/* Linux's inet_csk_bind_conflict() for two sockets of one user; |chosen|: the port is not the application's choice. */
static bool conflict(const struct sock *s, const struct sock *o, bool chosen)
{
    if (s == o || s->local.port != o->local.port || !overlaps(s, o)) return false;
    if (on(s, S_REUSEPORT) && on(o, S_REUSEPORT)) return false;
    return chosen || !on(s, S_REUSEADDR) || !on(o, S_REUSEADDR) || o->listener;
}

static bool taken(const struct sock *s, bool chosen)
{
    struct list *head = bucket(s->h, s->local.port);
    for (struct list *n = head->next; n != head; n = n->next)
        if (conflict(s, CONTAINER_OF(n, struct sock, bound), chosen)) return true;
    return false;
}

static void look_for_connections(struct sock *s, struct host_ports *p)
{
    p->addr = s->local.addr;
    p->v6only = on(s, S_V6ONLY);
    p->share = on(s, S_REUSEADDR | S_REUSEPORT);
    p->port = s->local.port;
    host_used_ports(s->h->stack, p);
}

/* An ephemeral port that nobody has. */
static int choose(struct sock *s, struct host_ports *p)
{
    for (int i = 0; i < 65536; i++) {
        s->local.port = host_choose_port(s->h->stack, p);
        if (!s->local.port) break;
        if (!taken(s, true)) return 0;
    }
    s->local.port = 0;
    return -EADDRINUSE;
}

int bind_port(struct sock *s, bool listening)
{
    if (listening && s->local.port) return taken(s, false) ? -EADDRINUSE : 0;
    struct host_ports *p = mem_get(s->h->mem, sizeof *p);
    int r = 0;
    if (!p) return -ENOBUFS;
    look_for_connections(s, p);
    if (!s->local.port)
        r = choose(s, p);
    else if (taken(s, false) || host_port_used(p, s->local.port))
        r = -EADDRINUSE;
    mem_put(s->h->mem, p, sizeof *p);
    if (r) return r;
    if (!host_reserve_port(s->h->stack, s->local.port)) return -ENOBUFS;
    list_append(bucket(s->h, s->local.port), &s->bound);
    return 0;
}

void bind_drop(struct sock *s)
{
    struct list *head = bucket(s->h, s->local.port);
    if (list_empty(&s->bound)) return;
    list_remove(&s->bound);
    for (struct list *n = head->next; n != head; n = n->next)
        if (CONTAINER_OF(n, struct sock, bound)->local.port == s->local.port) return;
    host_free_port(s->h->stack, s->local.port);
}

/* May |a| be bound: an address of ours, or one that a gateway answers for? */
static bool available(const struct sock *s, const struct tern_addr *a)
{
    if (tern_addr_is_any(a) || host_is_local(s->h->stack, a) || on(s, S_FREEBIND | S_TRANSPARENT)) return true;
    return host_takes_any(s->h->stack) || (tern_addr_is_v4(a) && host_is_multicast(a));
}

int sock_bind(struct sock *s, const struct sockaddr *addr, socklen_t len)
{
    struct tern_endpoint e, before = s->local;
    int r = addr_read_bind(s, addr, len, &e);
    if (r) return r;
    bool fresh = sock_state(s) == TERN_CLOSED && !s->conn && !s->local.port;
    if (on(s, S_V6) && !fresh) return -EINVAL; /* IPv6 looks at this first, IPv4 at the address */
    if (!available(s, &e.addr)) return -EADDRNOTAVAIL;
    if (!fresh) return -EINVAL;
    s->local = e;
    r = !e.port && on(s, S_NO_PORT) ? 0 : bind_port(s, false);
    if (r) {
        s->local = before;
        return r;
    }
    set_on(s, S_BOUND_ADDR, !tern_addr_is_any(&e.addr));
    set_on(s, S_BOUND_PORT, e.port != 0);
    return 0;
}
