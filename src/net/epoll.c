/* Epoll sets as descriptors. */
#include "net.h"

#include <errno.h>
#include <limits.h>

enum { EVENTS_MOST = INT_MAX / (int)sizeof(struct epoll_event) };

int tern_epoll_create1(struct tern_net *net, int flags)
{
    if (flags & ~EPOLL_CLOEXEC) return call_fail(EINVAL);
    int fd = descriptor_reserve(0);
    if (fd < 0) return call_fail(-fd);
    net_lock(net);
    struct sock_epoll *set = sock_epoll_new(net->host);
    struct handle *h = set ? handle_new(net) : NULL;
    if (h) {
        h->set = set;
        sock_epoll_set_user(set, h);
        list_append(&net->sets, &h->in_sets);
    }
    net_unlock(net);
    if (h) {
        handle_install(fd, h, (flags & EPOLL_CLOEXEC) != 0);
        return fd;
    }
    if (set) sock_epoll_free(set);
    descriptor_cancel(fd);
    return call_fail(ENOMEM);
}

/* As call_begin(), for a set. What is none is EINVAL, as for Linux. */
static bool begin(struct call *c, int epfd)
{
    *c = (struct call){.handle = handle_get(epfd), .waiter.fd = -1};
    if (!c->handle) {
        if (errno == ENOTSOCK) errno = EINVAL;
        return false;
    }
    return call_enter(c, true);
}

static int control(struct sock_epoll *set, int op, const struct handle *on, struct tern_net *net, struct epoll_event *event)
{
    if (op != EPOLL_CTL_DEL && !event) return -EFAULT;
    if (on->set == set) return -EINVAL;
    if (!on->sock || on->net != net) return -EPERM;
    return sock_epoll_ctl(set, op, on->sock, event);
}

int tern_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    struct call c;
    struct object *o = descriptor_get(fd);
    int error = o ? 0 : descriptor_errno(fd) == EBADF ? EBADF : EPERM, r = -1;
    if (begin(&c, epfd)) {
        struct handle *on = o ? CONTAINER_OF(o, struct handle, object) : NULL;
        r = (int)call_end(&c, error ? -error : control(c.handle->set, op, on, c.net, event));
    }
    error = errno;
    if (o) handle_drop(CONTAINER_OF(o, struct handle, object));
    errno = error;
    return r;
}

/* Several threads may wait for a set: each that goes wakes the next when there is more, as Linux does. */
static void pass_on(const struct call *c)
{
    const struct handle *h = c->handle;
    if (c->net->ending) return;
    if (c->waits) sock_epoll_waiters(h->set, -1);
    if (!list_empty(&h->interests) && sock_epoll_ready(h->set)) wake_one(&c->handle->interests);
}

static int wait_until(int epfd, struct epoll_event *events, int n, tern_ns until)
{
    struct call c;
    bool moved = false;
    int r = 0;
    if (n <= 0 || n > EVENTS_MOST) return call_fail(EINVAL);
    if (!events) return call_fail(EFAULT);
    if (!begin(&c, epfd)) return -1;
    c.in_handle.alone = true;
    c.k.until = until;
    net_step_sometimes(c.net);
    while ((r = sock_epoll_wait(c.handle->set, events, n)) == 0) {
        if (until == NET_FOREVER || net_now() < until) {
            if (!c.waits) sock_epoll_waiters(c.handle->set, 1);
            if (!call_again(&c, SOCK_BLOCKED)) break;
            if (c.k.interrupted) r = -EINTR;
        } else if (!moved) {
            net_step_now(c.net);
        } else {
            break;
        }
        moved = true;
        if (r < 0) break;
    }
    pass_on(&c);
    return (int)call_end(&c, r);
}

int tern_epoll_wait(int epfd, struct epoll_event *events, int n, int timeout_ms)
{
    return wait_until(epfd, events, n, net_until(timeout_ms));
}

int tern_epoll_pwait(int epfd, struct epoll_event *events, int n, int timeout_ms, const sigset_t *mask)
{
    tern_ns until = net_until(timeout_ms);
    if (!mask) return wait_until(epfd, events, n, until);
    struct pollfd fd = {epfd, POLLIN, 0};
    int r = net_poll_many(&fd, 1, until, mask);
    return r < 0 ? call_fail(-r) : wait_until(epfd, events, n, 0);
}
