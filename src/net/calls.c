/* The calls that make, name, open and close sockets, and their options. */
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>

/* A handle for |s| of the locked net, or NULL: then |s| is closed. */
static struct handle *handle_for(struct tern_net *n, struct sock *s)
{
    struct handle *h = handle_new(n);
    if (!h) {
        sock_close(s, &(struct sock_call){.interrupted = true});
        return NULL;
    }
    h->sock = s;
    sock_set_user(s, h);
    return h;
}

/* |fd|, or an error, and then |h| goes. */
static int number_for(int fd, struct handle *h, bool cloexec)
{
    if (fd < 0) {
        handle_drop(h);
        return call_fail(-fd);
    }
    handle_install(fd, h, cloexec);
    return fd;
}

int tern_socket(struct tern_net *net, int domain, int type, int protocol)
{
    struct sock *s = NULL;
    struct handle *h = NULL;
    net_lock(net);
    net_tick(net);
    int r = sock_socket(net->host, domain, type & ~SOCK_CLOEXEC, protocol, &s);
    if (r >= 0 && !(h = handle_for(net, s))) r = -ENOMEM;
    net_unlock(net);
    return r < 0 ? call_fail(-r) : number_for(descriptor_reserve(0), h, (type & SOCK_CLOEXEC) != 0);
}

int tern_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
    struct call c;
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_bind(c.sock, addr, len));
}

int tern_listen(int fd, int backlog)
{
    struct call c;
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_listen(c.sock, backlog));
}

int tern_listen_filter(int fd, const struct tern_filter *rules, size_t n)
{
    struct call c;
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_filter_rules(c.sock, rules, n));
}

int tern_accept(int fd, struct sockaddr *addr, socklen_t *len) { return tern_accept4(fd, addr, len, 0); }

/* Nobody is in the queue, and the call does not wait: no number is needed to say so. */
static bool says_at_once(const struct sock *s) { return (sock_get_flags(s) & O_NONBLOCK) && !(sock_poll(s) & POLLIN); }

/* As in Linux the number is taken before the wait: EMFILE leaves the connection in the queue. */
int tern_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
    struct call c;
    struct sock *s = NULL;
    struct handle *h = NULL;
    int number = -1;
    int64_t r = 0;
    if (!call_begin_taking(&c, fd)) return -1;
    if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
        r = -EINVAL;
    else if (!says_at_once(c.sock) && (number = descriptor_reserve(0)) < 0)
        r = number;
    else
        CALL_RUN(&c, r, sock_accept(c.sock, &c.k, addr, len, flags & SOCK_NONBLOCK, &s));
    if (r >= 0 && !(h = handle_for(c.net, s))) r = -ENOMEM;
    r = call_end(&c, r);
    if (h && r >= 0) return number_for(number < 0 ? descriptor_reserve(0) : number, h, (flags & SOCK_CLOEXEC) != 0);
    if (h) handle_drop(h);
    if (number >= 0) descriptor_cancel(number);
    return (int)r;
}

int tern_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
    struct call c;
    int64_t r;
    if (!call_begin(&c, fd)) return -1;
    CALL_RUN(&c, r, sock_connect(c.sock, &c.k, addr, len));
    return (int)call_end(&c, r);
}

int tern_shutdown(int fd, int how)
{
    struct call c;
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_shutdown(c.sock, how));
}

int tern_close(int fd)
{
    struct object *o = descriptor_take(fd);
    if (!o) return call_fail(descriptor_errno(fd));
    handle_drop(CONTAINER_OF(o, struct handle, object));
    return 0;
}

int tern_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
    struct call c;
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_getsockname(c.sock, addr, len));
}

int tern_getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
    struct call c;
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_getpeername(c.sock, addr, len));
}

int tern_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct call c;
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_getsockopt(c.sock, level, name, value, len));
}

int tern_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    struct call c;
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_setsockopt(c.sock, level, name, value, len));
}

/* ---- descriptors ---- */

static int duplicate(int fd, int least, bool cloexec)
{
    struct handle *h = handle_get(fd);
    if (!h) return -1;
    int number = descriptor_reserve(least);
    if (number >= 0) {
        handle_install(number, h, cloexec);
        return number;
    }
    handle_drop(h);
    return call_fail(-number);
}

int tern_dup(int fd) { return duplicate(fd, 0, false); }

static int get_cloexec(int fd)
{
    bool value;
    if (descriptor_cloexec(fd, &value)) return value ? FD_CLOEXEC : 0;
    return call_fail(descriptor_errno(fd));
}

static int set_cloexec(int fd, int flags)
{
    if (descriptor_set_cloexec(fd, (flags & FD_CLOEXEC) != 0)) return 0;
    return call_fail(descriptor_errno(fd));
}

int tern_ioctl(int fd, unsigned long request, ...)
{
    struct call c;
    va_list args;
    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    if (request == FIOCLEX || request == FIONCLEX) return set_cloexec(fd, request == FIOCLEX ? FD_CLOEXEC : 0);
    if (!call_begin(&c, fd)) return -1;
    return (int)call_end(&c, sock_ioctl(c.sock, request, arg));
}

/* O_RDWR and O_NONBLOCK; an epoll set has neither use for the latter. */
static int status_flags(int fd, bool set, int flags)
{
    struct handle *h = handle_get(fd);
    int r = 0;
    if (!h) return -1;
    net_lock(h->net);
    if (h->net->ending)
        r = -EBADF;
    else if (!h->sock)
        r = set ? 0 : O_RDWR;
    else if (set)
        sock_set_flags(h->sock, flags);
    else
        r = sock_get_flags(h->sock);
    net_unlock(h->net);
    handle_drop(h);
    return r < 0 ? call_fail(-r) : r;
}

int tern_fcntl(int fd, int cmd, ...)
{
    va_list args;
    va_start(args, cmd);
    int arg = va_arg(args, int);
    va_end(args);
    switch (cmd) {
    case F_DUPFD: return arg < 0 ? call_fail(EINVAL) : duplicate(fd, arg, false);
    case F_DUPFD_CLOEXEC: return arg < 0 ? call_fail(EINVAL) : duplicate(fd, arg, true);
    case F_GETFD: return get_cloexec(fd);
    case F_SETFD: return set_cloexec(fd, arg);
    case F_GETFL: return status_flags(fd, false, 0);
    case F_SETFL: return status_flags(fd, true, arg);
    default: {
        struct handle *h = handle_get(fd);
        if (!h) return -1;
        handle_drop(h);
        return call_fail(EINVAL);
    }
    }
}
