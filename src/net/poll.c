/* poll() and select() over descriptors of tern and of the kernel. */
#include "net.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* What the application hands over need not be aligned. */
typedef struct pollfd loose_pollfd __attribute__((aligned(1)));
typedef fd_mask loose_mask __attribute__((aligned(1)));

/* What one of the caller's entries stands for. */
struct entry {
    struct handle *handle; /* NULL: none of tern's */
    bool first;            /* of its net */
    struct interest in_handle, in_net;
};

struct many {
    loose_pollfd *fds;
    struct entry *entry;
    struct pollfd *kernel; /* the kernel's descriptors, the eventfd, nets that nobody leads */
    nfds_t n;
    nfds_t nets;
    bool mixed; /* the wait must be ppoll()'s: descriptors of the kernel, several nets, a mask */
    struct waiter waiter;
};

tern_ns net_until(int timeout_ms) { return timeout_ms < 0 ? NET_FOREVER : net_now() + (tern_ns)timeout_ms * TERN_MS; }

/* ---- the entries ---- */

static bool net_seen(const struct many *m, nfds_t before, const struct tern_net *net)
{
    for (nfds_t i = 0; i < before; i++)
        if (m->entry[i].first && m->entry[i].handle->net == net) return true;
    return false;
}

static void look_up(struct many *m)
{
    for (nfds_t i = 0; i < m->n; i++) {
        struct entry *e = &m->entry[i];
        struct object *o = m->fds[i].fd < 0 ? NULL : descriptor_get(m->fds[i].fd);
        *e = (struct entry){.in_handle.waiter = &m->waiter, .in_net.waiter = &m->waiter};
        if (!o) {
            m->mixed |= m->fds[i].fd >= 0;
            continue;
        }
        e->handle = CONTAINER_OF(o, struct handle, object);
        e->first = !net_seen(m, i, e->handle->net);
        m->nets += e->first;
    }
    m->mixed |= m->nets != 1;
}

static uint32_t ready_now(const struct handle *h)
{
    if (h->net->ending) return POLLNVAL;
    if (h->sock) return sock_poll(h->sock);
    return sock_epoll_ready(h->set) ? POLLIN | POLLRDNORM : 0;
}

/* Locks the net of |h| in place of |*locked|; either may be none. */
static void move_lock(struct tern_net **locked, struct handle *h)
{
    struct tern_net *n = h ? h->net : NULL;
    if (*locked == n) return;
    if (*locked) net_unlock(*locked);
    if (n) net_lock(n);
    *locked = n;
}

/* Number of tern's descriptors that are ready. The last net stays locked. */
static int scan(struct many *m, struct tern_net **locked)
{
    int ready = 0;
    for (nfds_t i = 0; i < m->n; i++) {
        struct handle *h = m->entry[i].handle;
        m->fds[i].revents = 0;
        if (!h) continue;
        move_lock(locked, h);
        uint32_t now = ready_now(h) & ((uint32_t)(unsigned short)m->fds[i].events | POLLERR | POLLHUP | POLLNVAL);
        m->fds[i].revents = (short)now;
        ready += now != 0;
    }
    return ready;
}

static void enter(struct many *m, struct tern_net **locked)
{
    for (nfds_t i = 0; i < m->n; i++) {
        struct entry *e = &m->entry[i];
        if (!e->handle) continue;
        move_lock(locked, e->handle);
        if (e->first && !e->handle->net->ending) net_step_sometimes(e->handle->net);
        list_append(&e->handle->interests, &e->in_handle.node);
        if (e->first) list_append(&e->handle->net->waiting, &e->in_net.node);
    }
}

static void leave(struct many *m, struct tern_net **locked)
{
    for (nfds_t i = 0; i < m->n; i++) {
        struct entry *e = &m->entry[i];
        if (!e->handle) continue;
        move_lock(locked, e->handle);
        list_remove(&e->in_handle.node);
        if (!e->first) continue;
        if (!e->handle->net->ending) net_settle_later(e->handle->net);
        net_leave(e->handle->net, &e->in_net);
    }
    move_lock(locked, NULL);
    for (nfds_t i = 0; i < m->n; i++)
        if (m->entry[i].handle) handle_drop(m->entry[i].handle);
}

/* ---- waiting with the kernel's ---- */

/* The nets that nobody leads are led from here, by their descriptors. */
static nfds_t gather(struct many *m, struct tern_net **locked)
{
    nfds_t k = 0;
    for (nfds_t i = 0; i < m->n; i++) {
        int fd = m->entry[i].handle ? -1 : m->fds[i].fd;
        if (fd == m->waiter.fd) fd = INT_MAX; /* a number that was not open: ours took it */
        m->kernel[k++] = (struct pollfd){fd, m->fds[i].events, 0};
    }
    m->kernel[k++] = (struct pollfd){m->waiter.fd, POLLIN, 0};
    for (nfds_t i = 0; i < m->n; i++) {
        struct handle *h = m->entry[i].handle;
        if (!h || !m->entry[i].first) continue;
        move_lock(locked, h);
        bool leads = !h->net->led && !h->net->ending;
        int fd = leads ? tern_loop_fd(h->net->loop) : -1;
        m->kernel[k++] = (struct pollfd){fd, POLLIN, 0};
        if (fd >= 0) h->net->led = true;
    }
    move_lock(locked, NULL);
    return k;
}

/* Gives back what gather() took, and moves what can be moved. */
static void step_led(struct many *m, struct tern_net **locked)
{
    nfds_t k = m->n + 1;
    for (nfds_t i = 0; i < m->n; i++) {
        if (!m->entry[i].first || m->kernel[k++].fd < 0) continue;
        struct tern_net *net = m->entry[i].handle->net;
        move_lock(locked, m->entry[i].handle);
        net->led = false;
        if (!net->ending) net_step_now(net);
    }
}

static int kernel_results(struct many *m)
{
    int ready = 0;
    for (nfds_t i = 0; i < m->n; i++) {
        if (m->entry[i].handle || m->fds[i].fd < 0) continue;
        m->fds[i].revents = m->kernel[i].revents;
        ready += m->fds[i].revents != 0;
    }
    return ready;
}

static struct timespec left_until(tern_ns until)
{
    tern_ns now = net_now(), left = until > now ? until - now : 0;
    return (struct timespec){.tv_sec = (time_t)(left / TERN_SEC), .tv_nsec = (long)(left % TERN_SEC)};
}

/* One ppoll(), |ready| of tern's being ready already. The number, 0: nothing yet, or -errno. */
static int wait_mixed(struct many *m, struct tern_net **locked, int ready, tern_ns until, const sigset_t *mask)
{
    nfds_t k = gather(m, locked);
    struct timespec left = left_until(ready > 0 ? 0 : until);
    int r = ppoll(m->kernel, k, ready == 0 && until == NET_FOREVER ? NULL : &left, mask), error = errno;
    eventfd_t count;
    if (r > 0 && m->kernel[m->n].revents) eventfd_read(m->waiter.fd, &count);
    step_led(m, locked);
    if (r < 0) return error == EINTR && ready > 0 ? ready : -error;
    return scan(m, locked) + kernel_results(m);
}

/* ---- the calls ---- */

static int poll_entries(struct many *m, tern_ns until, const sigset_t *mask)
{
    struct tern_net *locked = NULL;
    look_up(m);
    m->mixed |= mask != NULL;
    m->waiter.fd = m->mixed ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
    int r = m->mixed && m->waiter.fd < 0 ? -ENOMEM : 0;
    bool moved = false;
    enter(m, &locked);
    while (r == 0) {
        atomic_store(&m->waiter.woken, 0);
        bool late = until != NET_FOREVER && net_now() >= until;
        r = scan(m, &locked);
        if (m->mixed)
            r = wait_mixed(m, &locked, r, until, mask);
        else if (r == 0 && !late)
            r = net_wait(locked, &m->waiter, until);
        else if (r == 0 && !moved)
            net_step_now(locked);
        if (late && (moved || m->mixed)) break;
        moved = true;
    }
    leave(m, &locked);
    if (m->waiter.fd >= 0) close(m->waiter.fd);
    return r;
}

int net_poll_many(struct pollfd *fds, nfds_t n, tern_ns until, const sigset_t *mask)
{
    enum { FEW = 16 };
    struct entry few_entries[FEW];
    struct pollfd few_kernel[2 * FEW + 1];
    struct many m = {.fds = fds, .n = n, .entry = few_entries, .kernel = few_kernel};
    if (n > FEW) {
        m.entry = calloc(n, sizeof *m.entry);
        m.kernel = calloc(2 * n + 1, sizeof *m.kernel);
    }
    int r = m.entry && m.kernel ? poll_entries(&m, until, mask) : -ENOMEM;
    if (n > FEW) {
        free(m.entry);
        free(m.kernel);
    }
    return r;
}

static int poll_until(struct pollfd *fds, nfds_t n, tern_ns until, const sigset_t *mask)
{
    struct rlimit limit;
    if (n > 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0 && n > limit.rlim_cur) return call_fail(EINVAL);
    if (n > 0 && !fds) return call_fail(EFAULT);
    int r = net_poll_many(fds, n, until, mask);
    return r < 0 ? call_fail(-r) : r;
}

int tern_poll(struct pollfd *fds, nfds_t n, int timeout_ms) { return poll_until(fds, n, net_until(timeout_ms), NULL); }

bool net_until_time(const struct timespec *timeout, tern_ns *until)
{
    const time_t most = (time_t)1 << 33; /* of seconds: further than any clock */
    struct timespec t;
    *until = NET_FOREVER;
    if (!timeout) return true;
    memcpy(&t, timeout, sizeof t);
    if (t.tv_sec < 0 || t.tv_nsec < 0 || t.tv_nsec >= (long)TERN_SEC) {
        errno = EINVAL;
        return false;
    }
    *until = net_now() + (tern_ns)(t.tv_sec < most ? t.tv_sec : most) * TERN_SEC + (tern_ns)t.tv_nsec;
    return true;
}

int tern_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    tern_ns until;
    return net_until_time(timeout, &until) ? poll_until(fds, n, until, mask) : -1;
}

/* ---- select() ---- */

enum { FD_BITS = 8 * sizeof(fd_mask) };

/* Sets may be longer than FD_SETSIZE, as Linux allows. */
static bool has(const loose_mask *set, int fd) { return set && ((unsigned long)set[fd / FD_BITS] >> fd % FD_BITS & 1); }

static void put(loose_mask *set, int fd)
{
    if (set) set[fd / FD_BITS] |= (fd_mask)(1UL << fd % FD_BITS);
}

static void clear(loose_mask *set, int n)
{
    for (int i = 0; set && i < (n + FD_BITS - 1) / FD_BITS; i++) set[i] = 0;
}

static nfds_t to_poll(int n, const loose_mask *in, const loose_mask *out, const loose_mask *except, struct pollfd *fds)
{
    nfds_t k = 0;
    for (int fd = 0; fd < n; fd++) {
        int events = (has(in, fd) ? POLLIN | POLLRDNORM | POLLRDBAND : 0) |
                     (has(out, fd) ? POLLOUT | POLLWRNORM | POLLWRBAND : 0) | (has(except, fd) ? POLLPRI : 0);
        if (events) fds[k++] = (struct pollfd){fd, (short)events, 0};
    }
    return k;
}

/* Linux's POLLIN_SET, POLLOUT_SET and POLLEX_SET. */
static int from_poll(const struct pollfd *p, loose_mask *in, loose_mask *out, loose_mask *except)
{
    int n = 0;
    if (p->events & POLLIN && p->revents & (POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)) n++, put(in, p->fd);
    if (p->events & POLLOUT && p->revents & (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)) n++, put(out, p->fd);
    if (p->events & POLLPRI && p->revents & POLLPRI) n++, put(except, p->fd);
    return n;
}

static int select_until(int n, loose_mask *in, loose_mask *out, loose_mask *except, tern_ns until)
{
    struct rlimit limit = {.rlim_cur = INT_MAX};
    getrlimit(RLIMIT_NOFILE, &limit);
    if ((rlim_t)n > limit.rlim_cur) n = (int)limit.rlim_cur;
    struct pollfd *fds = calloc((size_t)n + 1, sizeof *fds);
    if (!fds) return -ENOMEM;
    nfds_t k = to_poll(n, in, out, except, fds);
    int r, sum = 0;
    do {
        r = net_poll_many(fds, k, until, NULL);
        for (nfds_t i = 0, ready = r > 0 ? k : 0; i < ready; i++) {
            int told = from_poll(&fds[i], NULL, NULL, NULL);
            if (fds[i].revents & POLLNVAL) r = -EBADF;
            if (fds[i].revents && !told) fds[i].fd = -1; /* a hangup that was not asked for wakes poll(), not select() */
            sum += told;
        }
    } while (r > 0 && sum == 0);
    if (r >= 0) clear(in, n), clear(out, n), clear(except, n);
    for (nfds_t i = 0; r > 0 && i < k; i++) from_poll(&fds[i], in, out, except);
    free(fds);
    return r > 0 ? sum : r;
}

/* What is left of the timeout is told, as by Linux. */
int tern_select(int n, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
    struct timeval t = {0};
    tern_ns until;
    if (timeout) memcpy(&t, timeout, sizeof t);
    if (n < 0 || t.tv_sec < 0 || t.tv_usec < 0) return call_fail(EINVAL);
    time_t more = t.tv_usec / 1000000; /* Linux takes more than a second of them */
    struct timespec span = {t.tv_sec < INT64_MAX - more ? t.tv_sec + more : t.tv_sec, t.tv_usec % 1000000 * 1000};
    net_until_time(timeout ? &span : NULL, &until);
    int r = select_until(n, (loose_mask *)in, (loose_mask *)out, (loose_mask *)except, until);
    if (timeout) {
        struct timespec left = left_until(until);
        t = (struct timeval){.tv_sec = left.tv_sec, .tv_usec = left.tv_nsec / 1000};
        memcpy(timeout, &t, sizeof t);
    }
    return r < 0 ? call_fail(-r) : r;
}
