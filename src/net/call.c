/* Handles, and the frame of every call on a socket. */
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* ---- handles ---- */

struct handle *handle_new(struct tern_net *n)
{
    struct handle *h = malloc(sizeof *h);
    if (!h) return NULL;
    *h = (struct handle){.object.refs = 1, .net = n};
    list_init(&h->in_sets);
    list_init(&h->interests);
    atomic_fetch_add(&n->refs, 1);
    return h;
}

struct handle *handle_get(int fd)
{
    struct object *o = descriptor_get(fd);
    if (o) return CONTAINER_OF(o, struct handle, object);
    errno = descriptor_errno(fd);
    return NULL;
}

/* close(), which waits for SO_LINGER; with the net locked. */
static void close_socket(struct handle *h)
{
    struct call c = {.handle = h, .net = h->net, .sock = h->sock, .waiter.fd = -1};
    int64_t r;
    CALL_RUN(&c, r, h->net->ending ? 0 : sock_close(h->sock, &c.k));
    if (c.waits) list_remove(&c.in_handle.node), net_leave(c.net, &c.in_net);
}

void handle_drop(struct handle *h)
{
    if (atomic_fetch_sub(&h->object.refs, 1) > 1) return;
    struct tern_net *n = h->net;
    net_lock(n);
    if (!n->ending) net_tick(n);
    if (h->sock) close_socket(h);
    if (h->set) sock_epoll_free(h->set);
    list_remove(&h->in_sets);
    if (!n->ending) net_settle(n);
    net_unlock(n);
    free(h);
    net_drop(n);
}

void handle_install(int fd, struct handle *h, bool cloexec)
{
    struct object *before = descriptor_install(fd, &h->object, cloexec);
    if (before) handle_drop(CONTAINER_OF(before, struct handle, object));
}

/* ---- calls ---- */

int call_fail(int error)
{
    errno = error;
    return -1;
}

static bool may_wait(const struct sock *s) { return s && !(sock_get_flags(s) & O_NONBLOCK); }

bool call_enter(struct call *c, bool epoll)
{
    c->net = c->handle->net;
    c->sock = c->handle->sock;
    net_lock(c->net);
    int error = c->net->ending ? EBADF : epoll ? (c->handle->set ? 0 : EINVAL) : c->sock ? 0 : ENOTSOCK;
    if (!error) {
        if (!c->later || may_wait(c->sock)) net_tick(c->net);
        return true;
    }
    net_unlock(c->net);
    handle_drop(c->handle);
    errno = error;
    return false;
}

bool call_begin(struct call *c, int fd)
{
    *c = (struct call){.handle = handle_get(fd), .waiter.fd = -1};
    if (!c->handle) return false;
    return call_enter(c, false);
}

bool call_begin_taking(struct call *c, int fd)
{
    *c = (struct call){.handle = handle_get(fd), .waiter.fd = -1, .later = true};
    if (!c->handle) return false;
    return call_enter(c, false);
}

static void register_wait(struct call *c)
{
    c->waits = true;
    c->in_net.waiter = c->in_handle.waiter = &c->waiter;
    list_append(&c->net->waiting, &c->in_net.node);
    list_append(&c->handle->interests, &c->in_handle.node);
}

bool call_again(struct call *c, int64_t r)
{
    if (r != SOCK_BLOCKED || c->net->ending) return false;
    if (!c->waits) register_wait(c);
    atomic_store(&c->waiter.woken, 0);
    net_settle_later(c->net); /* may wake ourselves */
    if (net_wait(c->net, &c->waiter, c->k.until) == -EINTR) c->k.interrupted = true;
    return !c->net->ending;
}

int64_t call_end(struct call *c, int64_t r)
{
    if (c->waits) {
        list_remove(&c->in_handle.node);
        net_leave(c->net, &c->in_net);
    }
    if (c->net->ending)
        r = -EBADF;
    else if (c->later)
        net_settle_later(c->net);
    else
        net_settle(c->net);
    net_unlock(c->net);
    handle_drop(c->handle);
    return r < 0 ? call_fail((int)-r) : r;
}
