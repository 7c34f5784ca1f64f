/* A host's life, and a socket's. */
#include "errqueue.h"

#include <fcntl.h>

#include "stack_host.h"

/* ---- the host ---- */

struct sock_host *sock_host_new(struct tern_stack *stack)
{
    struct mem *mem = host_mem(stack);
    struct sock_host *h = mem_zero(mem, sizeof *h);
    if (!h) return NULL;
    h->stack = stack;
    host_loopback(stack);
    h->mem = mem;
    slab_init(&h->socks, mem, sizeof(struct sock));
    list_init(&h->all);
    list_init(&h->changed);
    list_init(&h->changed_epolls);
    list_init(&h->marking);
    list_init(&h->lingering);
    for (int i = 0; i < PORT_BUCKETS; i++) list_init(&h->bound[i]);
    return h;
}

static void forget(struct sock *s);

void sock_host_free(struct sock_host *h)
{
    if (!h) return;
    while (!list_empty(&h->all)) forget(CONTAINER_OF(h->all.next, struct sock, all));
    slab_free(&h->socks);
    mem_put(h->mem, h, sizeof *h);
}

struct tern_stack *sock_host_stack(const struct sock_host *h) { return h->stack; }

void sock_host_time(struct sock_host *h, tern_ns now)
{
    if (now > h->now) h->now = now;
    host_time(h->stack, h->now);
}

void sock_host_wall(struct sock_host *h, tern_ns offset) { h->wall = offset; }

/* ---- a socket's life ---- */

struct sock *sock_make(struct sock_host *h, uint32_t flags)
{
    struct sock *s = slab_get(&h->socks);
    if (!s) return NULL;
    s->h = h;
    s->flags = flags;
    s->local.addr = addr_any(s);
    s->rcv_timeout = s->snd_timeout = TERN_NEVER;
    s->rcvlowat = 1;
    list_init(&s->changed);
    list_init(&s->bound);
    list_init(&s->lingering);
    list_init(&s->watches);
    list_init(&s->keys);
    list_append(&h->all, &s->all);
    return s;
}

int sock_socket(struct sock_host *h, int domain, int type, int protocol, struct sock **out)
{
    if (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC | 0xf)) return -EINVAL;
    if (domain != AF_INET && domain != AF_INET6) return -EAFNOSUPPORT;
    int kind = type & 0xf;
    if (kind <= 0 || kind > SOCK_PACKET) return -EINVAL;
    if (kind != SOCK_STREAM) return kind <= SOCK_RAW && protocol == IPPROTO_TCP ? -EPROTONOSUPPORT : -ESOCKTNOSUPPORT;
    if (protocol < 0 || protocol >= 263) return -EINVAL; /* Linux's IPPROTO_MAX, MPTCP included */
    if (protocol != 0 && protocol != IPPROTO_TCP) return -EPROTONOSUPPORT;
    struct sock *s = sock_make(h, (type & SOCK_NONBLOCK ? S_NONBLOCK : 0) | (domain == AF_INET6 ? S_V6 : 0));
    if (!s) return -ENOBUFS;
    *out = s;
    return 0;
}

/* The socket alone; its connection is gone, or released here without lingering. */
static void forget(struct sock *s)
{
    struct sock_host *h = s->h;
    if (s->listener) tern_listener_close(s->listener);
    if (s->conn) {
        tern_conn_set_user(s->conn, NULL);
        tern_conn_release(s->conn, h->now);
    }
    epoll_forget(s);
    errq_free(s);
    fast_free(s);
    md5_free(s);
    ao_free(s);
    rules_free(s);
    bind_drop(s);
    mem_put(h->mem, s->wish, s->wish_n * sizeof *s->wish);
    list_remove(&s->changed);
    list_remove(&s->lingering);
    list_remove(&s->all);
    slab_put(&h->socks, s);
}

/* Has the connection still to hear that its FIN arrived? */
static bool closing(const struct sock *s)
{
    enum tern_state st = sock_state(s);
    return st == TERN_FIN_WAIT_1 || st == TERN_CLOSING || st == TERN_LAST_ACK;
}

void sock_linger_dispatch(struct sock_host *h)
{
    struct list *next;
    for (struct list *n = h->lingering.next; n != &h->lingering; n = next) {
        struct sock *s = CONTAINER_OF(n, struct sock, lingering);
        next = n->next;
        if (!closing(s)) sock_wake(s, KEY_ALL);
    }
}

int64_t sock_close(struct sock *s, struct sock_call *k)
{
    bool lingers = on(s, S_LINGER) && s->linger_s > 0 && s->conn && !tern_conn_readable(s->conn);
    if (!k->begun && on(s, S_LINGER) && !s->linger_s && s->conn) tern_conn_set(s->conn, s->h->now, TERN_OPT_LINGER, 0);
    if (!k->begun && lingers) {
        epoll_forget(s); /* the descriptor is gone for everybody else */
        s->shut = SHUT_BOTH;
        tern_conn_close(s->conn, s->h->now);
        list_append(&s->h->lingering, &s->lingering);
        k->begun = true;
        k->until = s->h->now + (tern_ns)s->linger_s * TERN_SEC;
    }
    if (lingers && closing(s) && !k->interrupted && s->h->now < k->until) return SOCK_BLOCKED;
    forget(s);
    return 0;
}

void sock_set_user(struct sock *s, void *user) { s->user = user; }
void *sock_user(const struct sock *s) { return s->user; }
struct tern_conn *sock_conn(const struct sock *s) { return s->conn; }
int sock_get_flags(const struct sock *s) { return O_RDWR | (on(s, S_NONBLOCK) ? O_NONBLOCK : 0); }
void sock_set_flags(struct sock *s, int flags) { set_on(s, S_NONBLOCK, flags & O_NONBLOCK); }

enum tern_state sock_state(const struct sock *s)
{
    if (s->listener) return TERN_LISTEN;
    if (on(s, S_DEFER)) return TERN_SYN_SENT;
    enum tern_state st = s->conn ? tern_conn_state(s->conn) : TERN_CLOSED;
    return st == TERN_TIME_WAIT ? TERN_CLOSED : st;
}

int sock_take_error(struct sock *s)
{
    int e = s->err;
    s->err = 0;
    return -e;
}

int64_t sock_wait(struct sock *s, struct sock_call *k, bool dontwait, tern_ns timeout)
{
    if (dontwait || !timeout) return -EAGAIN;
    if (!k->begun) {
        k->begun = true;
        k->until = timeout == TERN_NEVER ? TERN_NEVER : s->h->now + timeout;
    }
    if (k->interrupted) return -EINTR;
    return s->h->now >= k->until ? -EAGAIN : SOCK_BLOCKED;
}

/* ---- names ---- */

static struct tern_endpoint local_end(const struct sock *s)
{
    struct tern_status st;
    if (s->listener) return tern_listener_local(s->listener);
    if (!s->conn) return s->local;
    tern_conn_status(s->conn, &st);
    return st.local;
}

int sock_getsockname(const struct sock *s, struct sockaddr *addr, socklen_t *len)
{
    struct tern_endpoint e = local_end(s);
    return addr_write(s, &e, addr, len);
}

int sock_getpeername(const struct sock *s, struct sockaddr *addr, socklen_t *len)
{
    struct tern_status st;
    enum tern_state now = sock_state(s);
    if (!s->conn || now == TERN_CLOSED || now == TERN_SYN_SENT) return -ENOTCONN;
    tern_conn_status(s->conn, &st);
    return addr_write(s, &st.remote, addr, len);
}
