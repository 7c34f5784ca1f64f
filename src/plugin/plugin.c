/* The table of functions that packetdrill calls: descriptors looked up, arguments handed to the socket layer. */
#include "plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "packetdrill_abi.h"

#define EPOCH_US   INT64_C(1000000000000000) /* what gettimeofday says at the beginning */
#define TICK       TERN_US /* the clock must move each time that the tool looks: it spins for the last millisecond */
#define SPLICE_MAX 65536

static struct plugin_slot *slot_of(struct plugin *p, int fd)
{
    if (fd < 0 || fd >= p->slot_n || (!p->slot[fd].sock && !p->slot[fd].epoll)) return NULL;
    return &p->slot[fd];
}

/* ---- the stack is made by the first socket: the scripts' commands have set the sysctls by then ---- */

static void start(struct plugin *p)
{
    if (p->stack) return;
    plugin_configure(&p->config, p->flags);
    struct tern_stack_config config = {.alloc = &tern_alloc_libc, .now = p->now, .settings = &p->config.set};
    memcpy(config.secret, "one for each run", sizeof config.secret); /* the same run twice is the same */
    p->stack = tern_stack_new(&config);
    p->host = p->stack && tern_stack_add_if(p->stack, &p->config.nic) == 0 ? sock_host_new(p->stack) : NULL;
    const struct plugin_config *c = &p->config;
    if (p->stack && c->fastopen_key_n)
        tern_stack_fastopen_keys(p->stack, c->fastopen_key[0], c->fastopen_key_n > 1 ? c->fastopen_key[1] : NULL);
    if (p->host) return;
    fprintf(stderr, "libtern-packetdrill: no stack with these settings\n");
    exit(2);
}

/* A number of the process for a socket or an epoll set. */
static int open_slot(struct plugin *p, struct sock *s, struct sock_epoll *e)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0) return -errno;
    if (fd >= p->slot_n) {
        int n = fd + 64;
        struct plugin_slot *grown = realloc(p->slot, (size_t)n * sizeof *grown);
        if (!grown) abort();
        memset(grown + p->slot_n, 0, (size_t)(n - p->slot_n) * sizeof *grown);
        p->slot = grown, p->slot_n = n;
    }
    p->slot[fd] = (struct plugin_slot){.sock = s, .epoll = e};
    return fd;
}

/* ---- calls that cannot wait: the arguments in one block, the work in one function with the lock held ---- */

enum plain {
    PLAIN_SOCKET,
    PLAIN_BIND,
    PLAIN_LISTEN,
    PLAIN_SHUTDOWN,
    PLAIN_GETSOCKOPT,
    PLAIN_SETSOCKOPT,
    PLAIN_FCNTL,
    PLAIN_IOCTL
};

struct plain_call {
    struct plugin_call c;
    struct plugin *p;
    enum plain what;
    int fd, a, b, d;
    unsigned long request;
    const void *in;
    void *out;
    socklen_t in_len, *out_len;
};

static int64_t plain_socket(struct plain_call *c)
{
    struct sock *s;
    start(c->p);
    sock_host_time(c->p->host, c->p->now);
    int r = sock_socket(c->p->host, c->a, c->b & ~SOCK_CLOEXEC, c->d, &s);
    return r < 0 ? r : open_slot(c->p, s, NULL);
}

static int64_t plain_fcntl(struct plain_call *c, struct sock *s)
{
    switch (c->a) {
    case F_GETFL: return sock_get_flags(s);
    case F_SETFL: sock_set_flags(s, c->b); return 0;
    case F_GETFD:
    case F_SETFD: return fcntl(c->fd, c->a, c->b) < 0 ? -errno : 0;
    default: return -EINVAL;
    }
}

static int64_t plain_step(struct plugin_call *call)
{
    struct plain_call *c = (struct plain_call *)call;
    if (c->what == PLAIN_SOCKET) return plain_socket(c);
    struct plugin_slot *slot = slot_of(c->p, c->fd);
    if (!slot) return -EBADF;
    if (!slot->sock) return -ENOTSOCK;
    switch (c->what) {
    case PLAIN_BIND: return sock_bind(slot->sock, c->in, c->in_len);
    case PLAIN_LISTEN: return sock_listen(slot->sock, c->a);
    case PLAIN_SHUTDOWN: return sock_shutdown(slot->sock, c->a);
    case PLAIN_GETSOCKOPT: return sock_getsockopt(slot->sock, c->a, c->b, c->out, c->out_len);
    case PLAIN_SETSOCKOPT: return sock_setsockopt(slot->sock, c->a, c->b, c->in, c->in_len);
    case PLAIN_FCNTL: return plain_fcntl(c, slot->sock);
    case PLAIN_IOCTL: return sock_ioctl(slot->sock, c->request, c->out);
    case PLAIN_SOCKET: break;
    }
    return -EINVAL;
}

static int plain(void *u, struct plain_call c)
{
    c.p = u;
    c.c.step = plain_step;
    return (int)plugin_run(u, &c.c);
}

static int do_socket(void *u, int domain, int type, int protocol)
{
    return plain(u, (struct plain_call){.what = PLAIN_SOCKET, .a = domain, .b = type, .d = protocol});
}
static int do_bind(void *u, int fd, const struct sockaddr *addr, socklen_t len)
{
    return plain(u, (struct plain_call){.what = PLAIN_BIND, .fd = fd, .in = addr, .in_len = len});
}
static int do_listen(void *u, int fd, int backlog)
{
    return plain(u, (struct plain_call){.what = PLAIN_LISTEN, .fd = fd, .a = backlog});
}
static int do_shutdown(void *u, int fd, int how)
{
    return plain(u, (struct plain_call){.what = PLAIN_SHUTDOWN, .fd = fd, .a = how});
}
static int do_getsockopt(void *u, int fd, int level, int name, void *value, socklen_t *len)
{
    return plain(u, (struct plain_call){.what = PLAIN_GETSOCKOPT, .fd = fd, .a = level, .b = name, .out = value, .out_len = len});
}
static int do_setsockopt(void *u, int fd, int level, int name, const void *value, socklen_t len)
{
    return plain(u, (struct plain_call){.what = PLAIN_SETSOCKOPT, .fd = fd, .a = level, .b = name, .in = value, .in_len = len});
}
static int do_fcntl(void *u, int fd, int cmd, ...)
{
    va_list ap;
    va_start(ap, cmd);
    int value = cmd == F_SETFL || cmd == F_SETFD ? va_arg(ap, int) : 0;
    va_end(ap);
    return plain(u, (struct plain_call){.what = PLAIN_FCNTL, .fd = fd, .a = cmd, .b = value});
}
static int do_ioctl(void *u, int fd, unsigned long request, ...)
{
    va_list ap;
    va_start(ap, request);
    void *arg = va_arg(ap, void *);
    va_end(ap);
    return plain(u, (struct plain_call){.what = PLAIN_IOCTL, .fd = fd, .request = request, .out = arg});
}

static bool is_ours(struct plugin *p, int fd)
{
    pthread_mutex_lock(&p->lock);
    bool ours = slot_of(p, fd) != NULL;
    pthread_mutex_unlock(&p->lock);
    return ours;
}

/* ---- calls that may wait ---- */

enum wait { WAIT_ACCEPT, WAIT_CONNECT, WAIT_SEND, WAIT_RECV, WAIT_CLOSE };

struct wait_call {
    struct plugin_call c;
    struct plugin *p;
    enum wait what;
    int fd, flags;
    const struct sockaddr *to;
    struct sockaddr *from;
    socklen_t to_len, *from_len;
    struct msghdr *m;
};

static int64_t wait_accept(struct wait_call *c, struct sock *s)
{
    struct sock *made;
    int64_t r = sock_accept(s, &c->c.wait, c->from, c->from_len, 0, &made);
    return r < 0 ? r : open_slot(c->p, made, NULL);
}

static int64_t wait_close(struct wait_call *c, struct plugin_slot *slot)
{
    int64_t r = 0;
    if (slot->epoll)
        sock_epoll_free(slot->epoll);
    else
        r = sock_close(slot->sock, &c->c.wait);
    if (r == SOCK_BLOCKED) return r;
    *slot_of(c->p, c->fd) = (struct plugin_slot){0};
    close(c->fd);
    return r;
}

static int64_t wait_step(struct plugin_call *call)
{
    struct wait_call *c = (struct wait_call *)call;
    struct plugin_slot *slot = slot_of(c->p, c->fd);
    if (!slot) return -EBADF;
    if (c->what == WAIT_CLOSE) return wait_close(c, slot);
    if (!slot->sock) return c->what == WAIT_SEND || c->what == WAIT_RECV ? -EINVAL : -ENOTSOCK;
    switch (c->what) {
    case WAIT_ACCEPT: return wait_accept(c, slot->sock);
    case WAIT_CONNECT: return sock_connect(slot->sock, &c->c.wait, c->to, c->to_len);
    case WAIT_SEND: return sock_sendmsg(slot->sock, &c->c.wait, c->m, c->flags);
    case WAIT_RECV: return sock_recvmsg(slot->sock, &c->c.wait, c->m, c->flags);
    case WAIT_CLOSE: break;
    }
    return -EINVAL;
}

static int64_t waiting(void *u, struct wait_call c)
{
    c.p = u;
    c.c.step = wait_step;
    return plugin_run(u, &c.c);
}

/* A message's members serve both ways, and so are not const. */
static void set_pointer(void *member, const void *p) { memcpy(member, &p, sizeof p); }

static int do_accept(void *u, int fd, struct sockaddr *addr, socklen_t *len)
{
    return (int)waiting(u, (struct wait_call){.what = WAIT_ACCEPT, .fd = fd, .from = addr, .from_len = len});
}
static int do_connect(void *u, int fd, const struct sockaddr *addr, socklen_t len)
{
    return (int)waiting(u, (struct wait_call){.what = WAIT_CONNECT, .fd = fd, .to = addr, .to_len = len});
}
static int do_close(void *u, int fd)
{
    if (!is_ours(u, fd)) return close(fd); /* a pipe's */
    return (int)waiting(u, (struct wait_call){.what = WAIT_CLOSE, .fd = fd});
}
static ssize_t do_recvmsg(void *u, int fd, struct msghdr *m, int flags)
{
    return waiting(u, (struct wait_call){.what = WAIT_RECV, .fd = fd, .m = m, .flags = flags});
}
static ssize_t do_recvfrom(void *u, int fd, void *buf, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len)
{
    struct iovec iov = {buf, len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_name = addr, .msg_namelen = addr_len ? *addr_len : 0};
    ssize_t r = do_recvmsg(u, fd, &m, flags);
    if (r >= 0 && addr_len) *addr_len = m.msg_namelen;
    return r;
}
static ssize_t do_readv(void *u, int fd, const struct iovec *iov, int n)
{
    struct msghdr m = {.msg_iovlen = (size_t)n};
    set_pointer(&m.msg_iov, iov);
    return do_recvmsg(u, fd, &m, 0);
}
static ssize_t do_recv(void *u, int fd, void *buf, size_t len, int flags)
{
    return do_recvfrom(u, fd, buf, len, flags, NULL, NULL);
}
static ssize_t do_sendmsg(void *u, int fd, const struct msghdr *m, int flags)
{
    struct msghdr copy = *m;
    return waiting(u, (struct wait_call){.what = WAIT_SEND, .fd = fd, .m = &copy, .flags = flags});
}
static ssize_t do_writev(void *u, int fd, const struct iovec *iov, int n)
{
    struct msghdr m = {.msg_iovlen = (size_t)n};
    set_pointer(&m.msg_iov, iov);
    return do_sendmsg(u, fd, &m, 0);
}
static ssize_t do_sendto(void *u, int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr, socklen_t addr_len)
{
    struct iovec iov = {.iov_len = len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_namelen = addr_len};
    set_pointer(&iov.iov_base, buf);
    set_pointer(&m.msg_name, addr);
    return do_sendmsg(u, fd, &m, flags);
}
static ssize_t do_send(void *u, int fd, const void *buf, size_t len, int flags)
{
    return do_sendto(u, fd, buf, len, flags, NULL, 0);
}

/* ---- read(), write(), splice(): sockets and pipes ---- */

static ssize_t do_read(void *u, int fd, void *buf, size_t len)
{
    return is_ours(u, fd) ? do_recv(u, fd, buf, len, 0) : read(fd, buf, len);
}
static ssize_t do_write(void *u, int fd, const void *buf, size_t len)
{
    return is_ours(u, fd) ? do_send(u, fd, buf, len, 0) : write(fd, buf, len);
}
static int do_pipe(void *u, int fd[2])
{
    (void)u;
    return pipe(fd);
}
static bool has_urgent(struct plugin *p, int fd)
{
    pthread_mutex_lock(&p->lock);
    struct plugin_slot *slot = slot_of(p, fd);
    bool urgent = slot && slot->sock && sock_poll(slot->sock) & POLLPRI;
    pthread_mutex_unlock(&p->lock);
    return urgent;
}
/* Between a socket and a pipe, through a buffer. A byte of urgent data in the way ends it, as on Linux. */
static int do_splice(void *u, int in, loff_t *in_at, int out, loff_t *out_at, size_t len, unsigned int flags)
{
    uint8_t bytes[SPLICE_MAX];
    if (!is_ours(u, in) && !is_ours(u, out)) return (int)splice(in, in_at, out, out_at, len, flags);
    if (len > sizeof bytes) len = sizeof bytes;
    bool urgent = has_urgent(u, in);
    ssize_t n = urgent ? do_recv(u, in, bytes, len, MSG_DONTWAIT) : do_read(u, in, bytes, len);
    if (n < 0 && urgent && errno == EAGAIN) return 0;
    return n <= 0 ? (int)n : (int)do_write(u, out, bytes, (size_t)n);
}

/* ---- poll() and epoll ---- */

struct poll_call {
    struct plugin_call c;
    struct plugin *p;
    struct pollfd *fds;
    nfds_t n;
    struct epoll_event *ev;
    int epfd, ev_n, timeout_ms;
};

/* SOCK_BLOCKED until something is ready or the time is over. */
static int64_t poll_wait(struct poll_call *c, int ready)
{
    if (!c->c.wait.begun) {
        c->c.wait.begun = true;
        c->c.wait.until = c->timeout_ms < 0 ? TERN_NEVER : c->p->now + (tern_ns)c->timeout_ms * TERN_MS;
    }
    return ready || c->p->now >= c->c.wait.until ? ready : SOCK_BLOCKED;
}

static int64_t poll_step(struct plugin_call *call)
{
    struct poll_call *c = (struct poll_call *)call;
    int ready = 0;
    for (nfds_t i = 0; i < c->n; i++) {
        struct plugin_slot *slot = slot_of(c->p, c->fds[i].fd);
        uint32_t now = slot && slot->sock ? sock_poll(slot->sock) : slot ? sock_epoll_ready(slot->epoll) ? POLLIN : 0 : POLLNVAL;
        uint32_t asked = (uint32_t)(uint16_t)c->fds[i].events | POLLERR | POLLHUP | POLLNVAL;
        c->fds[i].revents = c->fds[i].fd < 0 ? 0 : (short)(now & asked);
        ready += c->fds[i].revents != 0;
    }
    return poll_wait(c, ready);
}

static int do_poll(void *u, struct pollfd *fds, nfds_t n, int timeout_ms)
{
    struct poll_call c = {.c.step = poll_step, .p = u, .fds = fds, .n = n, .timeout_ms = timeout_ms};
    return (int)plugin_run(u, &c.c);
}

static int do_epoll_create(void *u, int size)
{
    struct plugin *p = u;
    if (size <= 0) return errno = EINVAL, -1;
    pthread_mutex_lock(&p->lock);
    start(p);
    struct sock_epoll *e = sock_epoll_new(p->host);
    int fd = e ? open_slot(p, NULL, e) : -ENOMEM;
    pthread_mutex_unlock(&p->lock);
    if (fd >= 0) return fd;
    errno = -fd;
    return -1;
}

static int do_epoll_ctl(void *u, int epfd, int op, int fd, struct epoll_event *ev)
{
    struct plugin *p = u;
    pthread_mutex_lock(&p->lock);
    struct plugin_slot *set = slot_of(p, epfd), *member = slot_of(p, fd);
    int r = !set || !member ? -EBADF
            : !set->epoll   ? -EINVAL
            : !member->sock ? -EPERM
                            : sock_epoll_ctl(set->epoll, op, member->sock, fd, ev);
    pthread_mutex_unlock(&p->lock);
    if (r >= 0) return r;
    errno = -r;
    return -1;
}

static int64_t epoll_step(struct plugin_call *call)
{
    struct poll_call *c = (struct poll_call *)call;
    struct plugin_slot *set = slot_of(c->p, c->epfd); /* asked each time: it may be closed meanwhile */
    if (!set) return -EBADF;
    int n = set->epoll && c->ev_n > 0 ? sock_epoll_wait(set->epoll, c->ev, c->ev_n) : -EINVAL;
    return n < 0 ? n : poll_wait(c, n);
}

static int do_epoll_wait(void *u, int epfd, struct epoll_event *ev, int n, int timeout_ms)
{
    struct poll_call c = {.c.step = epoll_step, .p = u, .epfd = epfd, .ev = ev, .ev_n = n, .timeout_ms = timeout_ms};
    return (int)plugin_run(u, &c.c);
}

/* ---- the network and the clock ---- */

static int do_netdev_send(void *u, const void *buf, size_t len)
{
    struct plugin *p = u;
    pthread_mutex_lock(&p->lock);
    start(p);
    struct tern_buf *b = len <= TERN_PACKET_MAX ? tern_buf_get(tern_stack_pool(p->stack), len) : NULL;
    if (b) {
        memcpy(b->data, buf, len);
        b->len = (uint32_t)len;
        if (tern_stack_input(p->stack, 0, p->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
        plugin_settle(p);
    }
    pthread_mutex_unlock(&p->lock);
    return b ? 0 : -1;
}

static int do_netdev_receive(void *u, void *buf, size_t *len, long long *time_us)
{
    struct plugin *p = u;
    pthread_mutex_lock(&p->lock);
    plugin_await_packet(p);
    struct plugin_packet *q = p->out;
    size_t room = *len;
    *len = 0;
    if (q) {
        if (!(p->out = q->next)) p->out_tail = &p->out;
        *len = q->len < room ? q->len : room;
        memcpy(buf, q->bytes, *len);
        *time_us = EPOCH_US + (long long)(q->at / TERN_US);
        free(q);
    }
    pthread_mutex_unlock(&p->lock);
    return 0;
}

static int do_usleep(void *u, useconds_t us)
{
    struct plugin *p = u;
    pthread_mutex_lock(&p->lock);
    plugin_advance(p, p->now + us * TERN_US);
    pthread_mutex_unlock(&p->lock);
    return 0;
}

static int do_gettimeofday(void *u, struct timeval *tv, struct timezone *tz)
{
    struct plugin *p = u;
    (void)tz;
    tern_ns at = plugin_resumed_at();
    if (at == TERN_NEVER) {
        pthread_mutex_lock(&p->lock);
        plugin_advance(p, p->now + TICK);
        at = p->now;
        pthread_mutex_unlock(&p->lock);
    }
    int64_t us = EPOCH_US + (int64_t)(at / TERN_US);
    *tv = (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
    return 0;
}

/* ---- life ---- */

static void do_free(void *u)
{
    struct plugin *p = u;
    if (p->host) sock_host_free(p->host);
    if (p->stack) tern_stack_free(p->stack);
    while (p->out) {
        struct plugin_packet *q = p->out;
        p->out = q->next;
        free(q);
    }
    pthread_cond_destroy(&p->woken);
    pthread_mutex_destroy(&p->lock);
    free(p->slot);
    free(p->flags);
    free(p);
}

void packetdrill_interface_init(const char *flags, struct packetdrill_interface *table)
{
    struct plugin *p = calloc(1, sizeof *p);
    if (!p) abort();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->woken, NULL);
    p->main = pthread_self();
    p->now = TERN_SEC;
    p->out_tail = &p->out;
    p->flags = strdup(flags ? flags : "");
    if (!p->flags) abort();
    *table = (struct packetdrill_interface){
        .userdata = p,
        .free = do_free,
        .socket = do_socket,
        .bind = do_bind,
        .listen = do_listen,
        .accept = do_accept,
        .connect = do_connect,
        .read = do_read,
        .readv = do_readv,
        .recv = do_recv,
        .recvfrom = do_recvfrom,
        .recvmsg = do_recvmsg,
        .write = do_write,
        .writev = do_writev,
        .send = do_send,
        .sendto = do_sendto,
        .sendmsg = do_sendmsg,
        .fcntl = do_fcntl,
        .ioctl = do_ioctl,
        .close = do_close,
        .shutdown = do_shutdown,
        .getsockopt = do_getsockopt,
        .setsockopt = do_setsockopt,
        .poll = do_poll,
        .netdev_send = do_netdev_send,
        .netdev_receive = do_netdev_receive,
        .usleep = do_usleep,
        .gettimeofday = do_gettimeofday,
        .epoll_create = do_epoll_create,
        .epoll_ctl = do_epoll_ctl,
        .epoll_wait = do_epoll_wait,
        .pipe = do_pipe,
        .splice = do_splice,
    };
}
