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
    if (!h) sock_epoll_free(set);
    net_unlock(net);
    if (h) {
        handle_install(fd, h, (flags & EPOLL_CLOEXEC) != 0);
        return fd;
    }
    descriptor_cancel(fd);
    return call_fail(ENOMEM);
}

int tern_epoll_create(struct tern_net *net, int size) { return size > 0 ? tern_epoll_create1(net, 0) : call_fail(EINVAL); }

/* As call_begin(), for a set. What is none is EINVAL, as for Linux. */
static bool begin(struct call *c, int epfd)
{
    *c = (struct call){.handle = handle_get(epfd), .waiter.fd = -1, .later = true};
    if (!c->handle) {
        if (errno == ENOTSOCK) errno = EINVAL;
        return false;
    }
    return call_enter(c, true);
}

static int control(const struct call *c, int op, const struct handle *on, int fd, const struct epoll_event *event)
{
    if (on == c->handle) return -EINVAL;
    if (!on->sock || on->net != c->net) return -EPERM;
    return sock_epoll_ctl(c->handle->set, op, on->sock, fd, event);
}

/* The order in which Linux looks: the event, the two numbers, whether |fd| may be in a set, whether |epfd| is one. */
int tern_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    struct call c;
    int r = -1;
    if (op != EPOLL_CTL_DEL && !event) return call_fail(EFAULT);
    struct handle *on = handle_get(fd);
    int error = on ? 0 : errno == EBADF ? EBADF : EPERM;
    if (begin(&c, epfd))
        r = (int)call_end(&c, error ? -error : control(&c, op, on, fd, event));
    else if (error && errno != EBADF)
        errno = error;
    error = errno;
    if (on) handle_drop(on);
    errno = error;
    return r;
}

/* Several threads may wait for a set: each that goes wakes the next when there is more, as Linux does. */
static void pass_on(struct call *c)
{
    struct handle *h = c->handle;
    if (c->net->ending) return;
    if (c->waits) {
        list_remove(&c->in_handle.node);
        sock_epoll_waiters(h->set, -1);
    }
    if (!list_empty(&h->interests) && sock_epoll_ready(h->set)) wake_one(&h->interests);
}

static int wait_until(int epfd, struct epoll_event *events, int n, tern_ns until)
{
    struct call c;
    bool moved = false;
    int r = 0;
    if (n <= 0 || n > EVENTS_MOST) return call_fail(EINVAL);
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

/* With a mask ppoll() waits. What it saw another thread may have taken: then it waits on. */
static int wait_masked(int epfd, struct epoll_event *events, int n, tern_ns until, const sigset_t *mask)
{
    struct pollfd fd = {epfd, POLLIN, 0};
    if (!mask) return wait_until(epfd, events, n, until);
    for (;;) {
        int r = wait_until(epfd, events, n, 0);
        if (r != 0) return r;
        r = net_poll_many(&fd, 1, until, mask);
        if (r <= 0) return r < 0 ? call_fail(-r) : 0;
    }
}

int tern_epoll_pwait(int epfd, struct epoll_event *events, int n, int timeout_ms, const sigset_t *mask)
{
    return wait_masked(epfd, events, n, net_until(timeout_ms), mask);
}

int tern_epoll_pwait2(int epfd, struct epoll_event *events, int n, const struct timespec *timeout, const sigset_t *mask)
{
    tern_ns until;
    return net_until_time(timeout, &until) ? wait_masked(epfd, events, n, until, mask) : -1;
}
