/* poll(), ppoll(), select(): readiness in every state, and the calls themselves. */
#include <signal.h>

#include "cases.h"

CASE(poll_fresh, "a socket that was never connected: writable, hung up")
{
    IS(ready(tcp_new(CLIENT)), POLLOUT | POLLHUP);
    IS(ready(bound_new(CLIENT)), POLLOUT | POLLHUP);
}

CASE(poll_listener, "a listener: nothing, until somebody comes")
{
    int l = listener_new(2);
    IS(ready(l), 0);
    client_of(l);
    MUST(await(l, POLLIN));
    IS(ready(l), POLLIN);
}

CASE(poll_listener_norm, "a listener that is readable is so by POLLRDNORM, too")
{
    int l = listener_new(2);
    client_of(l);
    MUST(await(l, POLLIN));
    IS(ready_for(l, POLLIN | POLLRDNORM | POLLOUT), POLLIN | POLLRDNORM);
}

CASE_ALL(poll_connected, "a connected one: writable; with data, readable")
{
    struct pair p = pair_new();
    IS(ready(p.c), POLLOUT);
    IS(ready_for(p.c, POLLOUT | POLLWRNORM | POLLWRBAND), POLLOUT | POLLWRNORM);
    arrive(&p, "x", 1);
    IS(ready_for(p.s, POLLIN | POLLRDNORM | POLLRDBAND | POLLOUT), POLLIN | POLLRDNORM | POLLOUT);
}

CASE(poll_read_out, "what was read is no more readable")
{
    char b;
    struct pair p = pair_new();
    arrive(&p, "x", 1);
    IS(s_recv(p.s, &b, 1, 0), 1);
    IS(ready(p.s), POLLOUT);
}

CASE(poll_full, "a full one is not writable")
{
    struct pair p = pair_new();
    fill(p.c);
    IS(ready(p.c), 0);
}

CASE(poll_peer_closed, "the peer's FIN: readable, POLLRDHUP, and still writable")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLRDHUP));
    IS(ready(p.s), POLLIN | POLLOUT | POLLRDHUP);
}

CASE(poll_shut_write, "one's own SHUT_WR: nothing new; writable, since writing would not wait")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    IS(ready(p.c), POLLOUT);
}

CASE(poll_events_asked, "what was not asked for is not told")
{
    struct pair p = pair_new();
    arrive(&p, "x", 1);
    IS(ready_for(p.s, POLLPRI), 0);
    IS(ready_for(p.s, 0), 0);
}

CASE(poll_errors_unasked, "but errors and hang-ups are")
{
    struct pair p = pair_new();
    reset_by(p.c, p.s);
    IS(ready_for(p.s, 0), POLLERR | POLLHUP);
}

CASE(poll_urgent, "urgent data: POLLPRI, until it is taken")
{
    char b;
    struct pair p = pair_new();
    IS(s_send(p.c, "x", 1, MSG_OOB), 1);
    MUST(await(p.s, POLLPRI));
    IS(ready(p.s), POLLOUT | POLLPRI);
    IS(s_recv(p.s, &b, 1, MSG_OOB), 1);
    IS(ready(p.s), POLLOUT);
}

CASE(poll_bad, "a descriptor that is not open: POLLNVAL")
{
    int fd = tcp_new(CLIENT);
    OK(s_close(fd));
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = tcp_new(SERVER) + 50, .events = POLLIN}};
    p[0].fd = p[1].fd + 1;
    IS(s_poll(p, 2, 0), 2);
    IS(p[0].revents, POLLNVAL);
    IS(p[1].revents, POLLNVAL);
}

CASE(poll_negative, "a negative descriptor is passed over, its revents cleared")
{
    struct pollfd p[2] = {{.fd = -1, .events = POLLIN, .revents = 77}, {.fd = tcp_new(CLIENT), .events = POLLOUT}};
    IS(s_poll(p, 2, 0), 1);
    IS(p[0].revents, 0);
    IS(p[1].revents, POLLOUT | POLLHUP);
}

CASE(poll_none, "nobody to poll: it waits for its time")
{
    long long began = now_ms();
    OK(s_poll(NULL, 0, 30));
    AT_LEAST(now_ms() - began, 30);
}

CASE(poll_timeout, "nothing happens: 0 after the time")
{
    struct pair p = pair_new();
    struct pollfd f = {.fd = p.c, .events = POLLIN};
    long long began = now_ms();
    OK(s_poll(&f, 1, 50));
    AT_LEAST(now_ms() - began, 50);
    IS(f.revents, 0);
}

CASE(poll_null, "an array that leads nowhere") { FAILS(s_poll(nowhere, 1, 0), EFAULT); }

CASE(poll_too_many, "more than RLIMIT_NOFILE")
{
    static struct pollfd p[1];
    volatile nfds_t many = (nfds_t)1 << 30;
    FAILS(s_poll(p, many, 0), EINVAL);
}

CASE(poll_same_twice, "one descriptor twice is two")
{
    struct pair p = pair_new();
    struct pollfd f[2] = {{.fd = p.c, .events = POLLOUT}, {.fd = p.c, .events = POLLIN | POLLOUT}};
    IS(s_poll(f, 2, 0), 2);
    IS(f[0].revents, POLLOUT);
    IS(f[1].revents, POLLOUT);
}

static intptr_t send_later(void *arg)
{
    usleep(20000);
    return s_send(*(int *)arg, "x", 1, 0);
}

CASE_ALL(poll_wakes, "poll() wakes when data comes")
{
    struct pair p = pair_new();
    struct pollfd f = {.fd = p.s, .events = POLLIN};
    struct task *t = task_start(send_later, &p.c);
    IS(s_poll(&f, 1, -1), 1);
    IS(f.revents, POLLIN);
    IS(task_join(t), 1);
}

CASE(poll_wakes_of_many, "of many descriptors it names the one")
{
    struct pair p = pair_new(), q = pair_new(), r = pair_new();
    struct pollfd f[3] = {{.fd = p.s, .events = POLLIN}, {.fd = q.s, .events = POLLIN}, {.fd = r.s, .events = POLLIN}};
    struct task *t = task_start(send_later, &q.c);
    IS(s_poll(f, 3, -1), 1);
    IS(f[0].revents, 0);
    IS(f[1].revents, POLLIN);
    IS(f[2].revents, 0);
    IS(task_join(t), 1);
}

CASE(poll_mixed, "sockets of both hosts and a pipe of the kernel in one call")
{
    int fd[2];
    struct pair p = pair_new();
    MUST(pipe(fd) == 0);
    MUST(write(fd[1], "x", 1) == 1);
    arrive(&p, "x", 1);
    struct pollfd f[3] = {{.fd = p.c, .events = POLLOUT}, {.fd = fd[0], .events = POLLIN}, {.fd = p.s, .events = POLLIN}};
    IS(s_poll(f, 3, 0), 3);
    IS(f[0].revents, POLLOUT);
    IS(f[1].revents, POLLIN);
    IS(f[2].revents, POLLIN);
}

static intptr_t write_pipe_later(void *arg)
{
    usleep(20000);
    return write(*(int *)arg, "x", 1);
}

CASE(poll_mixed_wakes, "and the pipe wakes it")
{
    int fd[2];
    struct pair p = pair_new();
    MUST(pipe(fd) == 0);
    struct pollfd f[2] = {{.fd = p.c, .events = POLLIN}, {.fd = fd[0], .events = POLLIN}};
    struct task *t = task_start(write_pipe_later, &fd[1]);
    IS(s_poll(f, 2, -1), 1);
    IS(f[0].revents, 0);
    IS(f[1].revents, POLLIN);
    IS(task_join(t), 1);
}

CASE(poll_interrupted, "a signal ends it: EINTR, even with SA_RESTART")
{
    struct pair p = pair_new();
    struct pollfd f = {.fd = p.c, .events = POLLIN};
    interrupt_begin(true);
    FAILS(s_poll(&f, 1, 60000), EINTR);
    interrupt_end();
}

CASE(ppoll_mask, "ppoll() keeps a signal out while it waits")
{
    struct pair p = pair_new();
    struct pollfd f = {.fd = p.c, .events = POLLIN};
    struct timespec t = {.tv_nsec = 60000000};
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    interrupt_begin(false);
    OK(s_ppoll(&f, 1, &t, &mask));
    interrupt_end();
}

CASE(ppoll_bad_time, "a time that is none")
{
    struct pair p = pair_new();
    struct pollfd f = {.fd = p.c, .events = POLLIN};
    struct timespec t = {.tv_nsec = 1000000000}, negative = {.tv_sec = -1};
    FAILS(s_ppoll(&f, 1, &t, NULL), EINVAL);
    FAILS(s_ppoll(&f, 1, &negative, NULL), EINVAL);
}

/* ---- select ---- */

static fd_set set_of(int fd)
{
    fd_set s;
    FD_ZERO(&s);
    FD_SET(fd, &s);
    return s;
}

CASE_ALL(select_both, "readable and writable are counted apart")
{
    struct pair p = pair_new();
    struct timeval now = {0};
    arrive(&p, "x", 1);
    fd_set in = set_of(p.s), out = set_of(p.s);
    IS(s_select(p.s + 1, &in, &out, NULL, &now), 2);
    IS(FD_ISSET(p.s, &in) && FD_ISSET(p.s, &out), true);
}

CASE(select_clears, "what is not ready is taken out of its set")
{
    struct pair p = pair_new();
    struct timeval now = {0};
    fd_set in = set_of(p.s), out = set_of(p.s);
    IS(s_select(p.s + 1, &in, &out, NULL, &now), 1);
    IS(FD_ISSET(p.s, &in), 0);
    IS(FD_ISSET(p.s, &out) != 0, true);
}

CASE(select_except, "urgent data is what is exceptional")
{
    struct pair p = pair_new();
    struct timeval now = {0};
    IS(s_send(p.c, "x", 1, MSG_OOB), 1);
    MUST(await(p.s, POLLPRI));
    fd_set in = set_of(p.s), except = set_of(p.s);
    IS(s_select(p.s + 1, &in, NULL, &except, &now), 1);
    IS(FD_ISSET(p.s, &except) != 0, true);
    IS(FD_ISSET(p.s, &in), 0);
}

CASE(select_reset, "a reset is readable and writable, not exceptional")
{
    struct pair p = pair_new();
    struct timeval now = {0};
    reset_by(p.c, p.s);
    fd_set in = set_of(p.s), out = set_of(p.s), except = set_of(p.s);
    IS(s_select(p.s + 1, &in, &out, &except, &now), 2);
    IS(FD_ISSET(p.s, &except), 0);
}

CASE(select_timeout, "nothing happens: 0, all sets empty, no time left")
{
    struct pair p = pair_new();
    struct timeval t = {.tv_usec = 50000};
    fd_set in = set_of(p.s);
    long long began = now_ms();
    OK(s_select(p.s + 1, &in, NULL, NULL, &t));
    AT_LEAST(now_ms() - began, 50);
    IS(FD_ISSET(p.s, &in), 0);
    IS(t.tv_sec + t.tv_usec, 0);
}

CASE(select_bad, "a descriptor that is not open: EBADF")
{
    struct timeval now = {0};
    int fd = tcp_new(CLIENT);
    OK(s_close(fd));
    fd_set in = set_of(fd);
    FAILS(s_select(fd + 1, &in, NULL, NULL, &now), EBADF);
}

CASE(select_bad_arguments, "a negative number, a negative time")
{
    struct timeval negative = {.tv_sec = -1}, now = {0};
    FAILS(s_select(-1, NULL, NULL, NULL, &now), EINVAL);
    FAILS(s_select(0, NULL, NULL, NULL, &negative), EINVAL);
}

CASE(select_below, "descriptors from the number on are not looked at")
{
    struct pair p = pair_new();
    struct timeval now = {0};
    fd_set out = set_of(p.s);
    OK(s_select(p.s, NULL, &out, NULL, &now));
}

CASE(select_connect, "the classic: connect without blocking, select for writing, SO_ERROR")
{
    int fd = tcp_nonblock(CLIENT);
    struct at at = server_at(REFUSED_PORT);
    struct timeval t = {.tv_sec = 60};
    FAILS(s_connect(fd, SA(at), at.len), EINPROGRESS);
    fd_set out = set_of(fd);
    IS(s_select(fd + 1, NULL, &out, NULL, &t), 1);
    IS(option(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
}

CASE(select_interrupted, "a signal ends it: EINTR")
{
    struct pair p = pair_new();
    struct timeval t = {.tv_sec = 60};
    fd_set in = set_of(p.s);
    interrupt_begin(true);
    FAILS(s_select(p.s + 1, &in, NULL, NULL, &t), EINTR);
    interrupt_end();
}
