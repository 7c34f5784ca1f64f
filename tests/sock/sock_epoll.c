/* epoll: its calls, and readiness by level, by edge, once, and for one of many. */
#include <signal.h>

#include "cases.h"

static int add(int ep, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};
    return s_epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static int change(int ep, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};
    return s_epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
}

/* The events that |fd| alone of the set has; 0: none. */
static uint32_t look(int ep, int fd, int timeout)
{
    struct epoll_event e[4];
    int n = s_epoll_wait(ep, e, 4, timeout);
    if (n == 0) return 0;
    MUST(n == 1);
    IS(e[0].data.fd, fd);
    return e[0].events;
}

static int set_new(enum side side)
{
    int ep = s_epoll_create1(side, 0);
    MUST(ep >= 0);
    return ep;
}

enum { SOON = 3000 };

/* A pair, and a set with its server's or its client's end. */
struct watched {
    struct pair p;
    int ep;
};

static struct watched watched_new(enum side side, uint32_t events)
{
    struct watched w = {pair_new(), set_new(side)};
    MUST(add(w.ep, side == SERVER ? w.p.s : w.p.c, events) == 0);
    return w;
}

/* A byte arrives, and is told. */
static void byte_told(const struct watched *w)
{
    IS(s_send(w->p.c, "x", 1, 0), 1);
    IS(look(w->ep, w->p.s, SOON), EPOLLIN);
}

CASE(epoll_flags, "epoll_create1() knows one flag")
{
    IS(s_fcntl(s_epoll_create1(CLIENT, EPOLL_CLOEXEC), F_GETFD), FD_CLOEXEC);
    IS(s_fcntl(s_epoll_create1(CLIENT, 0), F_GETFD), 0);
    FAILS(s_epoll_create1(CLIENT, 1), EINVAL);
}

CASE_ALL(epoll_level, "by level: told as long as it holds")
{
    char b;
    struct watched w = watched_new(SERVER, EPOLLIN);
    IS(look(w.ep, w.p.s, 0), 0);
    byte_told(&w);
    IS(look(w.ep, w.p.s, 0), EPOLLIN);
    IS(s_recv(w.p.s, &b, 1, 0), 1);
    IS(look(w.ep, w.p.s, 0), 0);
}

CASE_ALL(epoll_edge, "by edge: told once, and again when more comes")
{
    struct watched w = watched_new(SERVER, EPOLLIN | EPOLLET);
    for (int i = 0; i < 2; i++) {
        byte_told(&w);
        IS(look(w.ep, w.p.s, 0), 0);
    }
}

CASE(epoll_edge_at_add, "by edge: what holds when it is added is told; EPOLL_CTL_MOD looks anew")
{
    struct watched w = watched_new(CLIENT, EPOLLOUT | EPOLLET);
    for (int i = 0; i < 2; i++) {
        IS(look(w.ep, w.p.c, 0), EPOLLOUT);
        IS(look(w.ep, w.p.c, 0), 0);
        OK(change(w.ep, w.p.c, EPOLLOUT | EPOLLET));
    }
}

CASE(epoll_edge_partly_read, "by edge: what was left unread is not told again")
{
    char b;
    struct watched w = watched_new(SERVER, EPOLLIN | EPOLLET);
    IS(s_send(w.p.c, "xy", 2, 0), 2);
    IS(look(w.ep, w.p.s, SOON), EPOLLIN);
    IS(s_recv(w.p.s, &b, 1, 0), 1);
    IS(look(w.ep, w.p.s, 0), 0);
}

CASE(epoll_edge_end, "by edge: the end is an edge")
{
    struct watched w = watched_new(SERVER, EPOLLIN | EPOLLRDHUP | EPOLLET);
    byte_told(&w);
    OK(s_shutdown(w.p.c, SHUT_WR));
    IS(look(w.ep, w.p.s, SOON), EPOLLIN | EPOLLRDHUP);
    IS(look(w.ep, w.p.s, 0), 0);
}

CASE(epoll_edge_writable, "by edge: writable again after it was full")
{
    struct watched w = watched_new(CLIENT, EPOLLOUT | EPOLLET);
    IS(look(w.ep, w.p.c, 0), EPOLLOUT);
    size_t n = fill(w.p.c);
    while (look(w.ep, w.p.c, 0) != 0) continue;
    IS(drain(w.p.s, n), n);
    IS(look(w.ep, w.p.c, SOON), EPOLLOUT);
}

CASE_ALL(epoll_oneshot, "EPOLLONESHOT: told once, then silent until EPOLL_CTL_MOD")
{
    struct watched w = watched_new(SERVER, EPOLLIN | EPOLLONESHOT);
    byte_told(&w);
    IS(look(w.ep, w.p.s, 0), 0);
    IS(s_send(w.p.c, "x", 1, 0), 1);
    MUST(await_readable(w.p.s, 2));
    IS(look(w.ep, w.p.s, 0), 0);
    OK(change(w.ep, w.p.s, EPOLLIN | EPOLLONESHOT));
    IS(look(w.ep, w.p.s, 0), EPOLLIN);
}

CASE(epoll_oneshot_errors, "a spent one is silent about errors as well")
{
    struct watched w = watched_new(SERVER, EPOLLOUT | EPOLLONESHOT);
    IS(look(w.ep, w.p.s, 0), EPOLLOUT);
    reset_by(w.p.c, w.p.s);
    IS(look(w.ep, w.p.s, 0), 0);
}

CASE(epoll_exclusive, "EPOLLEXCLUSIVE: of two sets each may be told, at least one is")
{
    int l = listener_new(4), a = set_new(SERVER), b = set_new(SERVER);
    struct epoll_event e[2];
    OK(add(a, l, EPOLLIN | EPOLLEXCLUSIVE));
    OK(add(b, l, EPOLLIN | EPOLLEXCLUSIVE));
    client_of(l);
    MUST(await(l, POLLIN));
    AT_LEAST(s_epoll_wait(a, e, 2, 0) + s_epoll_wait(b, e, 2, 0), 1);
}

CASE(epoll_exclusive_bounds, "EPOLLEXCLUSIVE: with EPOLL_CTL_ADD only, and not with EPOLLONESHOT")
{
    int l = listener_new(4), ep = set_new(SERVER);
    FAILS(add(ep, l, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
    FAILS(add(ep, l, EPOLLIN | EPOLLRDHUP | EPOLLEXCLUSIVE), EINVAL);
    OK(add(ep, l, EPOLLIN | EPOLLEXCLUSIVE));
    FAILS(change(ep, l, EPOLLIN), EINVAL);
}

CASE(epoll_exclusive_late, "nor can one become exclusive later")
{
    int l = listener_new(4), ep = set_new(SERVER);
    OK(add(ep, l, EPOLLIN));
    FAILS(change(ep, l, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
}

CASE(epoll_add_twice, "a socket is in a set once")
{
    int ep = set_new(CLIENT), fd = tcp_new(CLIENT);
    OK(add(ep, fd, EPOLLIN));
    FAILS(add(ep, fd, EPOLLIN), EEXIST);
}

CASE(epoll_not_in, "one that is not in it cannot be changed or taken out")
{
    int ep = set_new(CLIENT), fd = tcp_new(CLIENT);
    struct epoll_event e = {0};
    FAILS(change(ep, fd, EPOLLIN), ENOENT);
    FAILS(s_epoll_ctl(ep, EPOLL_CTL_DEL, fd, &e), ENOENT);
}

CASE(epoll_delete, "what was taken out is not told; the event may be NULL")
{
    struct pair p = pair_new();
    int ep = set_new(CLIENT);
    OK(add(ep, p.c, EPOLLOUT));
    OK(s_epoll_ctl(ep, EPOLL_CTL_DEL, p.c, NULL));
    IS(look(ep, p.c, 0), 0);
    OK(add(ep, p.c, EPOLLOUT));
}

CASE(epoll_bad_operation, "an operation that does not exist")
{
    int ep = set_new(CLIENT), fd = tcp_new(CLIENT);
    struct epoll_event e = {.events = EPOLLIN};
    FAILS(s_epoll_ctl(ep, 99, fd, &e), EINVAL);
}

CASE(epoll_null_event, "no event where one is needed")
{
    int ep = set_new(CLIENT), fd = tcp_new(CLIENT);
    FAILS(s_epoll_ctl(ep, EPOLL_CTL_ADD, fd, NULL), EFAULT);
}

CASE(epoll_bad_descriptors, "sets and sockets that are none")
{
    int ep = set_new(CLIENT), fd = tcp_new(CLIENT), closed = tcp_new(CLIENT);
    struct epoll_event e = {.events = EPOLLIN};
    OK(s_close(closed));
    FAILS(s_epoll_ctl(ep, EPOLL_CTL_ADD, closed, &e), EBADF);
    FAILS(s_epoll_ctl(closed, EPOLL_CTL_ADD, fd, &e), EBADF);
    FAILS(s_epoll_ctl(-1, EPOLL_CTL_ADD, fd, &e), EBADF);
    FAILS(s_epoll_ctl(fd, EPOLL_CTL_ADD, ep, &e), EINVAL);
    FAILS(s_epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e), EINVAL);
}

CASE(epoll_wait_bounds, "epoll_wait() for no events, for too many, into nowhere")
{
    int ep = set_new(CLIENT), fd = tcp_new(CLIENT);
    struct epoll_event e;
    volatile int negative = -1; /* the compiler would refuse the constant */
    FAILS(s_epoll_wait(ep, &e, 0, 0), EINVAL);
    FAILS(s_epoll_wait(ep, &e, negative, 0), EINVAL);
    FAILS(s_epoll_wait(fd, &e, 1, 0), EINVAL);
    FAILS(s_epoll_wait(-1, &e, 1, 0), EBADF);
}

CASE(epoll_wait_few, "room for fewer than are ready: the others come next")
{
    struct pair p = pair_new(), q = pair_new();
    int ep = set_new(CLIENT);
    struct epoll_event e[2];
    OK(add(ep, p.c, EPOLLOUT | EPOLLET));
    OK(add(ep, q.c, EPOLLOUT | EPOLLET));
    IS(s_epoll_wait(ep, e, 1, 0), 1);
    IS(s_epoll_wait(ep, e + 1, 1, 0), 1);
    IS(e[0].data.fd != e[1].data.fd, true);
    IS(s_epoll_wait(ep, e, 2, 0), 0);
}

CASE(epoll_wait_fair, "by level, with room for one: the ready ones take turns")
{
    struct pair p = pair_new(), q = pair_new();
    int ep = set_new(CLIENT);
    struct epoll_event e[2];
    OK(add(ep, p.c, EPOLLOUT));
    OK(add(ep, q.c, EPOLLOUT));
    IS(s_epoll_wait(ep, e, 1, 0), 1);
    IS(s_epoll_wait(ep, e + 1, 1, 0), 1);
    IS(e[0].data.fd != e[1].data.fd, true);
}

CASE(epoll_timeout, "nothing happens: 0 after the time")
{
    struct pair p = pair_new();
    int ep = set_new(CLIENT);
    OK(add(ep, p.c, EPOLLIN));
    long long began = now_ms();
    IS(look(ep, p.c, 50), 0);
    AT_LEAST(now_ms() - began, 50);
}

static intptr_t send_later(void *arg)
{
    usleep(20000);
    return s_send(*(int *)arg, "x", 1, 0);
}

CASE_ALL(epoll_wakes, "epoll_wait() wakes when data comes")
{
    struct pair p = pair_new();
    int ep = set_new(SERVER);
    OK(add(ep, p.s, EPOLLIN));
    struct task *t = task_start(send_later, &p.c);
    IS(look(ep, p.s, -1), EPOLLIN);
    IS(task_join(t), 1);
}

struct late {
    int ep, fd;
};

static intptr_t add_later(void *arg)
{
    struct late *l = arg;
    usleep(20000);
    return add(l->ep, l->fd, EPOLLOUT);
}

CASE(epoll_wakes_by_add, "and when one that is ready is added by another thread")
{
    struct pair p = pair_new();
    struct late late = {set_new(CLIENT), p.c};
    struct task *t = task_start(add_later, &late);
    IS(look(late.ep, p.c, -1), EPOLLOUT);
    OK(task_join(t));
}

CASE(epoll_close_takes_out, "closing a socket takes it out of its sets")
{
    struct pair p = pair_new();
    int ep = set_new(CLIENT);
    OK(add(ep, p.c, EPOLLOUT));
    OK(s_close(p.c));
    struct epoll_event e;
    IS(s_epoll_wait(ep, &e, 1, 0), 0);
    int again = tcp_new(CLIENT);
    IS(again, p.c);
    OK(add(ep, again, EPOLLOUT));
}

CASE(epoll_states, "fresh, listening, connected, closed by the peer, reset")
{
    struct pair p = pair_new();
    int fresh = tcp_new(CLIENT), ep = set_new(CLIENT), es = set_new(SERVER);
    OK(add(ep, fresh, EPOLLIN | EPOLLOUT | EPOLLRDHUP));
    IS(look(ep, fresh, 0), EPOLLOUT | EPOLLHUP);
    OK(s_epoll_ctl(ep, EPOLL_CTL_DEL, fresh, NULL));
    OK(add(es, p.l, EPOLLIN | EPOLLOUT));
    IS(look(es, p.l, 0), 0);
    OK(add(es, p.s, EPOLLIN | EPOLLOUT | EPOLLRDHUP));
    IS(look(es, p.s, 0), EPOLLOUT);
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLRDHUP));
    IS(look(es, p.s, 0), EPOLLIN | EPOLLOUT | EPOLLRDHUP);
    reset_by(p.c, p.s);
    IS(look(es, p.s, 0), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR | EPOLLHUP);
}

CASE(epoll_unasked, "errors and hang-ups are told unasked")
{
    struct pair p = pair_new();
    int ep = set_new(SERVER);
    OK(add(ep, p.s, 0));
    reset_by(p.c, p.s);
    IS(look(ep, p.s, 0), EPOLLERR | EPOLLHUP);
}

CASE(epoll_data, "the 64 bits are the caller's")
{
    struct pair p = pair_new();
    int ep = set_new(CLIENT);
    struct epoll_event e = {.events = EPOLLOUT, .data.u64 = UINT64_C(0x123456789abcdef0)}, out = {0};
    OK(s_epoll_ctl(ep, EPOLL_CTL_ADD, p.c, &e));
    IS(s_epoll_wait(ep, &out, 1, 0), 1);
    IS(out.data.u64 == e.data.u64, true);
}

CASE(epoll_poll_set, "a set is itself readable when one in it is ready")
{
    struct watched w = watched_new(SERVER, EPOLLIN);
    IS(ready(w.ep), 0);
    IS(s_send(w.p.c, "x", 1, 0), 1);
    IS(await(w.ep, POLLIN), true);
    IS(ready(w.ep), POLLIN);
}

CASE(epoll_edge_twice, "by edge: two sets, each told once")
{
    struct pair p = pair_new();
    int a = set_new(SERVER), b = set_new(SERVER);
    OK(add(a, p.s, EPOLLIN | EPOLLET));
    OK(add(b, p.s, EPOLLIN | EPOLLET));
    IS(s_send(p.c, "x", 1, 0), 1);
    IS(look(a, p.s, SOON), EPOLLIN);
    IS(look(b, p.s, SOON), EPOLLIN);
    IS(look(a, p.s, 0), 0);
    IS(look(b, p.s, 0), 0);
}

CASE(epoll_connect_edge, "a connection that is made is an edge")
{
    int l = listener_new(4), c = tcp_nonblock(CLIENT), ep = set_new(CLIENT);
    struct at at = listener_at(l);
    FAILS(s_connect(c, SA(at), at.len), EINPROGRESS);
    OK(add(ep, c, EPOLLIN | EPOLLOUT | EPOLLET));
    IS(look(ep, c, SOON), EPOLLOUT);
    IS(look(ep, c, 0), 0);
}

CASE(epoll_interrupted, "a signal ends it: EINTR")
{
    struct pair p = pair_new();
    struct epoll_event e;
    int ep = set_new(CLIENT);
    OK(add(ep, p.c, EPOLLIN));
    interrupt_begin(true);
    FAILS(s_epoll_wait(ep, &e, 1, 60000), EINTR);
    interrupt_end();
}

CASE(epoll_pwait_mask, "epoll_pwait() keeps a signal out while it waits")
{
    struct pair p = pair_new();
    struct epoll_event e;
    sigset_t mask;
    int ep = set_new(CLIENT);
    OK(add(ep, p.c, EPOLLIN));
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    interrupt_begin(false);
    OK(s_epoll_pwait(ep, &e, 1, 60, &mask));
    interrupt_end();
}

CASE(epoll_pwait_bounds, "epoll_pwait() looks at what it is given before it waits")
{
    sigset_t none;
    struct epoll_event e;
    sigemptyset(&none);
    int ep = set_new(CLIENT), fd = tcp_new(SERVER);
    FAILS(s_epoll_pwait(ep, &e, 0, -1, &none), EINVAL);
    FAILS(s_epoll_pwait(fd, &e, 1, -1, &none), EINVAL);
    FAILS(s_epoll_pwait(-1, &e, 1, -1, &none), EBADF);
}

/* Takes what one byte woke it for. */
static intptr_t take_one(void *arg)
{
    const struct late *l = arg;
    sigset_t none;
    struct epoll_event e;
    char b;
    sigemptyset(&none);
    for (;;) {
        int n = s_epoll_pwait(l->ep, &e, 1, 2000, &none);
        if (n <= 0) return -1; /* nothing, before its time */
        if (s_recv(l->fd, &b, 1, MSG_DONTWAIT) == 1) return b;
    }
}

CASE(epoll_pwait_two, "two threads in epoll_pwait() for one socket: what one took, the other waits for again")
{
    struct pair p = pair_new();
    struct late l = {set_new(SERVER), p.s};
    OK(add(l.ep, p.s, EPOLLIN));
    struct task *a = task_start(take_one, &l), *b = task_start(take_one, &l);
    MUST(task_waits(a) && task_waits(b));
    IS(s_send(p.c, "x", 1, 0), 1);
    usleep(50000);
    IS(s_send(p.c, "y", 1, 0), 1);
    IS(task_join(a) + task_join(b), 'x' + 'y');
}

CASE(epoll_pwait2_time, "epoll_pwait2(): a span of time, or NULL")
{
    struct pair p = pair_new();
    struct epoll_event e;
    int ep = set_new(CLIENT);
    OK(add(ep, p.c, EPOLLIN));
    long long began = now_ms();
    OK(s_epoll_pwait2(ep, &e, 1, &(struct timespec){.tv_nsec = 50000000}, NULL));
    AT_LEAST(now_ms() - began, 50);
    FAILS(s_epoll_pwait2(ep, &e, 1, &(struct timespec){.tv_nsec = 1000000000}, NULL), EINVAL);
    FAILS(s_epoll_pwait2(ep, &e, 1, &(struct timespec){.tv_sec = -1}, NULL), EINVAL);
    OK(change(ep, p.c, EPOLLOUT));
    IS(s_epoll_pwait2(ep, &e, 1, NULL, NULL), 1);
}

CASE(epoll_two_numbers, "a socket with two descriptors is in a set by each, until the last of them is closed")
{
    struct pair p = pair_new();
    struct epoll_event e[4];
    int ep = set_new(CLIENT), other = s_dup(p.c);
    OK(add(ep, p.c, EPOLLOUT));
    OK(add(ep, other, EPOLLOUT));
    IS(s_epoll_wait(ep, e, 4, 0), 2);
    IS(e[0].data.fd + e[1].data.fd, p.c + other);
    OK(s_close(p.c));
    IS(s_epoll_wait(ep, e, 4, 0), 2);
    OK(s_epoll_ctl(ep, EPOLL_CTL_DEL, other, NULL));
    IS(look(ep, p.c, 0), EPOLLOUT);
    OK(s_close(other));
    IS(look(ep, p.c, 0), 0);
}

CASE(epoll_create_size, "epoll_create() with a size that means nothing, but must be one")
{
    AT_LEAST(s_epoll_create(CLIENT, 1), 0);
    FAILS(s_epoll_create(CLIENT, 0), EINVAL);
    FAILS(s_epoll_create(CLIENT, -1), EINVAL);
}
