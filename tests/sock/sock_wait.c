/* Waiting: time limits, signals, and a thread that closes or uses what another waits for. */
#include <signal.h>
#include <stdatomic.h>

#include "cases.h"

static void limit(int fd, int name, int ms)
{
    struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    MUST(s_setsockopt(fd, SOL_SOCKET, name, &t, sizeof t) == 0);
}

CASE_ALL(wait_recv, "SO_RCVTIMEO: recv() gives up with EAGAIN")
{
    char b;
    struct pair p = pair_new();
    limit(p.c, SO_RCVTIMEO, 50);
    long long began = now_ms();
    FAILS(s_recv(p.c, &b, 1, 0), EAGAIN);
    AT_LEAST(now_ms() - began, 49);
}

CASE(wait_read, "and so does read()")
{
    char b;
    struct pair p = pair_new();
    limit(p.c, SO_RCVTIMEO, 50);
    FAILS(s_read(p.c, &b, 1), EAGAIN);
}

CASE(wait_recv_in_time, "what comes in time is received")
{
    char b;
    struct pair p = pair_new();
    limit(p.s, SO_RCVTIMEO, 60000);
    IS(s_send(p.c, "x", 1, 0), 1);
    IS(s_recv(p.s, &b, 1, 0), 1);
}

CASE_ALL(wait_accept, "SO_RCVTIMEO: accept() gives up with EAGAIN")
{
    int l = listener_new(1);
    limit(l, SO_RCVTIMEO, 50);
    long long began = now_ms();
    FAILS(s_accept(l, NULL, NULL), EAGAIN);
    AT_LEAST(now_ms() - began, 49);
}

CASE_ALL(wait_send, "SO_SNDTIMEO: send() gives up with EAGAIN")
{
    struct pair p = pair_new();
    fill(p.c);
    limit(p.c, SO_SNDTIMEO, 50);
    long long began = now_ms();
    FAILS(s_send(p.c, "x", 1, 0), EAGAIN);
    AT_LEAST(now_ms() - began, 49);
}

CASE(wait_send_part, "a send that has done a part when the time is over says how much")
{
    struct pair p = pair_new();
    limit(p.c, SO_SNDTIMEO, 100);
    /* No buffers hold 64 MiB. */
    ssize_t sum = 0, n;
    for (int i = 0; i < 16; i++) {
        n = s_send(p.c, bytes(4u << 20), 4u << 20, 0);
        if (n < 4 << 20) break;
        sum += n;
    }
    int error = errno; /* a claim begins with errno 0 */
    IS(n == -1 ? error == EAGAIN : n < 4 << 20, true);
    IS(sum < 64 << 20, true);
}

CASE(wait_poll_apart, "poll() does not know of such limits")
{
    struct pair p = pair_new();
    limit(p.c, SO_RCVTIMEO, 10);
    struct pollfd f = {.fd = p.c, .events = POLLIN};
    long long began = now_ms();
    OK(s_poll(&f, 1, 60));
    AT_LEAST(now_ms() - began, 60);
}

CASE(wait_dontwait, "MSG_DONTWAIT does not wait even so")
{
    char b;
    struct pair p = pair_new();
    limit(p.c, SO_RCVTIMEO, 60000);
    long long began = now_ms();
    FAILS(s_recv(p.c, &b, 1, MSG_DONTWAIT), EAGAIN);
    IS(now_ms() - began < 50000, true);
}

CASE(wait_inherited, "accepted sockets inherit the limit of their listener")
{
    int l = listener_new(2);
    struct timeval t = {0};
    socklen_t len = sizeof t;
    limit(l, SO_RCVTIMEO, 2000);
    client_of(l);
    int s = s_accept(l, NULL, NULL);
    OK(s_getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, &len));
    IS(t.tv_sec, 2);
}

/* ---- signals ---- */

CASE(signal_recv, "a signal ends recv(): EINTR")
{
    char b;
    struct pair p = pair_new();
    interrupt_begin(false);
    FAILS(s_recv(p.c, &b, 1, 0), EINTR);
    interrupt_end();
}

CASE(signal_accept, "and accept()")
{
    int l = listener_new(1);
    interrupt_begin(false);
    FAILS(s_accept(l, NULL, NULL), EINTR);
    interrupt_end();
}

CASE(signal_send, "and send(), when it has done nothing yet")
{
    struct pair p = pair_new();
    fill(p.c);
    interrupt_begin(false);
    FAILS(s_send(p.c, "x", 1, 0), EINTR);
    interrupt_end();
}

CASE(signal_send_part, "when it has done a part, it says how much")
{
    struct pair p = pair_new();
    interrupt_begin(false);
    ssize_t n = 0, sum = 0;
    for (int i = 0; i < 16 && (n = s_send(p.c, bytes(4u << 20), 4u << 20, 0)) == 4 << 20; i++) sum += n;
    int error = errno; /* a claim begins with errno 0 */
    interrupt_end();
    IS(n > 0 ? n < 4 << 20 : error == EINTR, true);
    IS(sum < 64 << 20, true);
}

CASE(signal_waitall, "MSG_WAITALL with a part received: the part")
{
    char buf[8];
    struct pair p = pair_new();
    arrive(&p, "abc", 3);
    interrupt_begin(false);
    IS(s_recv(p.s, buf, 8, MSG_WAITALL), 3);
    interrupt_end();
}

static intptr_t send_later(void *arg)
{
    usleep(60000);
    return s_send(*(int *)arg, "x", 1, 0);
}

CASE(signal_restart, "with SA_RESTART recv() goes on after it")
{
    char b;
    struct pair p = pair_new();
    struct task *t = task_start(send_later, &p.c);
    interrupt_begin(true);
    IS(s_recv(p.s, &b, 1, 0), 1);
    interrupt_end();
    IS(task_join(t), 1);
}

CASE(signal_limit_no_restart, "but not with SO_RCVTIMEO: EINTR all the same")
{
    char b;
    struct pair p = pair_new();
    limit(p.c, SO_RCVTIMEO, 60000);
    interrupt_begin(true);
    FAILS(s_recv(p.c, &b, 1, 0), EINTR);
    interrupt_end();
}

/* ---- threads ---- */

CASE_ALL(thread_recv_wakes, "recv() waits until data comes")
{
    char b;
    struct pair p = pair_new();
    struct task *t = task_start(send_later, &p.c);
    IS(s_recv(p.s, &b, 1, 0), 1);
    IS(task_join(t), 1);
}

static intptr_t drain_all(void *arg) { return (intptr_t)drain(*(int *)arg, 32u << 20); }

CASE(thread_send_wakes, "send() waits until the peer reads")
{
    struct pair p = pair_new();
    size_t n = fill(p.c);
    struct task *t = task_start(drain_all, &p.s);
    IS(s_send(p.c, bytes(1u << 20), 1u << 20, 0), 1 << 20);
    OK(s_shutdown(p.c, SHUT_WR));
    IS(task_join(t), n + (1u << 20));
}

static intptr_t recv_one(void *arg)
{
    char b;
    return s_recv(*(int *)arg, &b, 1, 0);
}

CASE(thread_two_readers, "two readers of one socket get a byte each")
{
    struct pair p = pair_new();
    struct task *a = task_start(recv_one, &p.s), *b = task_start(recv_one, &p.s);
    IS(s_send(p.c, "x", 1, 0), 1);
    IS(s_send(p.c, "y", 1, 0), 1);
    IS(task_join(a), 1);
    IS(task_join(b), 1);
}

static intptr_t accept_one(void *arg) { return s_accept(*(int *)arg, NULL, NULL); }

CASE(thread_two_accept, "two threads in accept() get a connection each")
{
    int l = listener_new(4);
    struct task *a = task_start(accept_one, &l), *b = task_start(accept_one, &l);
    client_of(l);
    client_of(l);
    intptr_t one = task_join(a), two = task_join(b);
    AT_LEAST(one, 0);
    AT_LEAST(two, 0);
    IS(one != two, true);
}

CASE(thread_end_wakes_all, "the end wakes every reader")
{
    struct pair p = pair_new();
    struct task *a = task_start(recv_one, &p.s), *b = task_start(recv_one, &p.s);
    OK(s_shutdown(p.c, SHUT_WR));
    IS(task_join(a), 0);
    IS(task_join(b), 0);
}

/* ---- close() while another thread waits: its call goes on with what the descriptor was ---- */

CASE_ALL(close_under_recv, "recv() goes on, and receives")
{
    struct pair p = pair_new();
    struct task *t = task_start(recv_one, &p.s);
    MUST(task_waits(t));
    OK(s_close(p.s));
    IS(s_send(p.c, "x", 1, 0), 1);
    IS(task_join(t), 1);
}

CASE(close_under_recv_end, "only when it has returned is the connection closed")
{
    struct pair p = pair_new();
    struct task *t = task_start(recv_one, &p.s);
    MUST(task_waits(t));
    OK(s_close(p.s));
    IS(ready(p.c), POLLOUT);
    IS(s_send(p.c, "x", 1, 0), 1);
    IS(task_join(t), 1);
    IS(await(p.c, POLLRDHUP), true);
}

CASE(close_under_accept, "accept() goes on, and accepts")
{
    int l = listener_new(4), c = tcp_new(CLIENT);
    struct at at = listener_at(l);
    struct task *t = task_start(accept_one, &l);
    MUST(task_waits(t));
    OK(s_close(l));
    OK(s_connect(c, SA(at), at.len));
    AT_LEAST(task_join(t), 0);
}

static intptr_t send_mebi(void *arg) { return s_send(*(int *)arg, bytes(4u << 20), 4u << 20, 0); }

CASE(close_under_send, "send() goes on until all is queued, and all arrives")
{
    struct pair p = pair_new();
    size_t n = fill(p.c);
    struct task *t = task_start(send_mebi, &p.c);
    MUST(task_waits(t));
    OK(s_close(p.c));
    IS(drain(p.s, 64u << 20), n + (4u << 20));
    IS(task_join(t), 4 << 20);
}

static intptr_t poll_one(void *arg)
{
    struct pollfd f = {.fd = *(int *)arg, .events = POLLIN};
    return s_poll(&f, 1, 60000) == 1 ? f.revents : -1;
}

CASE(close_under_poll, "poll() of a number that another thread closes")
{
    struct pair p = pair_new();
    struct task *t = task_start(poll_one, &p.s);
    MUST(task_waits(t));
    OK(s_close(p.s));
    IS(s_send(p.c, "x", 1, 0), 1);
    DIFFERS(task_join(t), GIVES(POLLNVAL), GIVES(POLLIN),
            "unspecified by select(2); tern's goes on with what the number was, as every call does");
}

struct waited {
    int ep;
    struct epoll_event event;
};

static intptr_t epoll_one(void *arg)
{
    struct waited *w = arg;
    return s_epoll_wait(w->ep, &w->event, 1, 60000);
}

CASE(close_under_epoll, "epoll_wait() goes on when its set is closed")
{
    struct pair p = pair_new();
    struct waited w = {.ep = s_epoll_create1(SERVER, 0)};
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = 77};
    OK(s_epoll_ctl(w.ep, EPOLL_CTL_ADD, p.s, &e));
    struct task *t = task_start(epoll_one, &w);
    MUST(task_waits(t));
    OK(s_close(w.ep));
    IS(s_send(p.c, "x", 1, 0), 1);
    IS(task_join(t), 1);
    IS(w.event.data.u32, 77);
}

CASE(close_under_connect, "connect() goes on")
{
    struct timeval t = {.tv_usec = 200000};
    int fd = tcp_new(CLIENT);
    struct at at = silent_at(80);
    OK(s_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t));
    int other = s_dup(fd);
    OK(s_close(fd));
    FAILS(s_connect(other, SA(at), at.len), EINPROGRESS);
    OK(s_close(other));
}

/* Every call against close() of the same number by another thread: no crash, and each result is that of an open or a closed one.
 */
struct race {
    atomic_int fd;
    atomic_bool over;
};

static intptr_t race_calls(void *arg)
{
    struct race *r = arg;
    char b;
    int n = 0;
    while (!r->over) {
        int fd = r->fd;
        struct pollfd f = {.fd = fd, .events = POLLIN};
        socklen_t len = sizeof n;
        (void)!s_recv(fd, &b, 1, MSG_DONTWAIT);
        (void)!s_send(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        s_poll(&f, 1, 0);
        s_getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &n, &len);
        s_ioctl(fd, FIONREAD, &n);
        s_fcntl(fd, F_GETFL);
    }
    return 0;
}

CASE(close_races, "two threads use a number while a third closes and opens it: nothing breaks, and close() always finds it")
{
    int l = listener_new(8);
    struct race race = {.fd = client_of(l)};
    struct task *a = task_start(race_calls, &race), *b = task_start(race_calls, &race);
    for (int i = 0; i < 200; i++) {
        int s;
        MUST(await(l, POLLIN));
        MUST((s = s_accept(l, NULL, NULL)) >= 0);
        OK(s_close(race.fd));
        OK(s_close(s));
        race.fd = client_of(l);
    }
    race.over = true;
    OK(task_join(a));
    OK(task_join(b));
}
