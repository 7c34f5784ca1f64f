/* shutdown(), close(), linger and resets: every way in which a connection ends. */
#include <signal.h>

#include "cases.h"

CASE_ALL(shutdown_write, "half-close: the peer sees the end, and can still send")
{
    char buf[8];
    struct pair p = pair_new();
    IS(s_send(p.c, "bye", 3, 0), 3);
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLRDHUP));
    IS(s_recv(p.s, buf, sizeof buf, 0), 3);
    OK(s_recv(p.s, buf, sizeof buf, 0));
    IS(s_send(p.s, "last", 4, 0), 4);
    MUST(await(p.c, POLLIN));
    IS(s_recv(p.c, buf, sizeof buf, 0), 4);
}

CASE(shutdown_write_send, "after SHUT_WR, sending gives EPIPE")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    FAILS(s_send(p.c, "x", 1, MSG_NOSIGNAL), EPIPE);
    FAILS(s_send(p.c, "x", 0, MSG_NOSIGNAL), EPIPE);
}

CASE(shutdown_write_twice, "once more is no error")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    OK(s_shutdown(p.c, SHUT_WR));
}

CASE(shutdown_read, "SHUT_RD: the end at once; what is there may be read, what comes as well")
{
    char buf[8];
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_RD));
    OK(s_recv(p.c, buf, sizeof buf, 0));
    IS(s_send(p.s, "x", 1, 0), 1);
    MUST(await_readable(p.c, 1));
    IS(s_recv(p.c, buf, sizeof buf, 0), 1);
    OK(s_recv(p.c, buf, sizeof buf, 0));
}

CASE(shutdown_read_poll, "SHUT_RD: readable for ever, and POLLRDHUP")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_RD));
    IS(ready(p.c), POLLIN | POLLOUT | POLLRDHUP);
    IS(ready(p.s), POLLOUT);
}

CASE(shutdown_read_send, "SHUT_RD does not hinder sending")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_RD));
    arrive(&p, "x", 1);
}

CASE(shutdown_both, "SHUT_RDWR: hang-up here, the end there")
{
    char b;
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_RDWR));
    IS(ready(p.c), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    OK(s_recv(p.c, &b, 1, 0));
    FAILS(s_send(p.c, "x", 1, MSG_NOSIGNAL), EPIPE);
    MUST(await(p.s, POLLRDHUP));
    OK(s_recv(p.s, &b, 1, 0));
}

CASE(shutdown_bad_how, "a direction that does not exist")
{
    struct pair p = pair_new();
    FAILS(s_shutdown(p.c, 3), EINVAL);
    FAILS(s_shutdown(p.c, -1), EINVAL);
}

CASE(shutdown_fresh, "a socket that was never connected")
{
    FAILS(s_shutdown(tcp_new(CLIENT), SHUT_WR), ENOTCONN);
    FAILS(s_shutdown(bound_new(CLIENT), SHUT_RDWR), ENOTCONN);
    FAILS(s_shutdown(tcp_new(CLIENT), SHUT_RD), ENOTCONN);
}

CASE(shutdown_fresh_marks, "though it failed, an unconnected socket is shut down: writing says EPIPE, reading the end")
{
    char b;
    int fd = tcp_new(CLIENT);
    FAILS(s_shutdown(fd, SHUT_RDWR), ENOTCONN);
    FAILS(s_send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
    OK(s_recv(fd, &b, 1, 0));
}

CASE_ALL(shutdown_connecting, "while connecting: the attempt ends")
{
    int fd = tcp_nonblock(CLIENT);
    struct at at = silent_at(80);
    FAILS(s_connect(fd, SA(at), at.len), EINPROGRESS);
    OK(s_shutdown(fd, SHUT_RDWR));
    IS(ready(fd) & POLLHUP, POLLHUP);
}

CASE(shutdown_listener_write, "SHUT_WR of a listener changes nothing")
{
    int l = listener_new(4);
    OK(s_shutdown(l, SHUT_WR));
    client_of(l);
    IS(await(l, POLLIN), true);
}

CASE(shutdown_listener_both, "SHUT_RDWR ends listening; accept() says EINVAL")
{
    int l = listener_new(4);
    OK(s_shutdown(l, SHUT_RDWR));
    FAILS(s_accept(l, NULL, NULL), EINVAL);
}

static intptr_t shut_listener(void *arg)
{
    long long end = now_ms() + 20;
    while (now_ms() < end) usleep(1000);
    return s_shutdown(*(int *)arg, SHUT_RD);
}

CASE(shutdown_wakes_accept, "who waits in accept() is woken: EINVAL")
{
    int l = listener_new(4);
    struct task *t = task_start(shut_listener, &l);
    FAILS(s_accept(l, NULL, NULL), EINVAL);
    OK(task_join(t));
}

static intptr_t shut_both(void *arg)
{
    long long end = now_ms() + 20;
    while (now_ms() < end) usleep(1000);
    return s_shutdown(*(int *)arg, SHUT_RDWR);
}

CASE(shutdown_wakes_recv, "who waits in recv() is woken: the end")
{
    char b;
    struct pair p = pair_new();
    struct task *t = task_start(shut_both, &p.c);
    OK(s_recv(p.c, &b, 1, 0));
    OK(task_join(t));
}

CASE(shutdown_both_sides, "both ends half-close: hang-up on both, no error")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    OK(s_shutdown(p.s, SHUT_WR));
    MUST(await(p.c, POLLHUP));
    MUST(await(p.s, POLLHUP));
    IS(ready(p.c), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    IS(option(p.c, SOL_SOCKET, SO_ERROR), 0);
    IS(option(p.s, SOL_SOCKET, SO_ERROR), 0);
}

CASE(shutdown_after_end, "SHUT_WR after the connection has ended in both directions")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    OK(s_shutdown(p.s, SHUT_WR));
    MUST(await(p.s, POLLHUP));
    MUST(await_acked(p.s));
    FAILS(s_shutdown(p.s, SHUT_WR), ENOTCONN);
}

CASE(shutdown_after_reset, "after a reset there is nothing to shut")
{
    struct pair p = pair_new();
    reset_by(p.c, p.s);
    FAILS(s_shutdown(p.s, SHUT_WR), ENOTCONN);
}

/* ---- close ---- */

CASE_ALL(close_ends, "close(): the peer reads what was sent, then the end")
{
    char buf[8];
    struct pair p = pair_new();
    IS(s_send(p.c, "abc", 3, 0), 3);
    OK(s_close(p.c));
    MUST(await(p.s, POLLRDHUP));
    IS(ready(p.s), POLLIN | POLLOUT | POLLRDHUP);
    IS(s_recv(p.s, buf, sizeof buf, 0), 3);
    OK(s_recv(p.s, buf, sizeof buf, 0));
    OK(s_recv(p.s, buf, sizeof buf, 0));
}

CASE(close_twice, "a closed descriptor is closed")
{
    int fd = tcp_new(CLIENT);
    OK(s_close(fd));
    FAILS(s_close(fd), EBADF);
}

CASE_ALL(close_unread, "close() with unread data resets the peer")
{
    char b;
    struct pair p = pair_new();
    IS(s_send(p.c, "unread", 6, 0), 6);
    MUST(await(p.s, POLLIN));
    OK(s_close(p.s));
    MUST(await(p.c, POLLHUP));
    FAILS(s_recv(p.c, &b, 1, 0), ECONNRESET);
    OK(s_recv(p.c, &b, 1, 0));
}

CASE_ALL(close_then_data, "data for a closed socket resets the one who sent it")
{
    struct pair p = pair_new();
    OK(s_close(p.c));
    MUST(await(p.s, POLLIN));
    IS(s_send(p.s, "x", 1, MSG_NOSIGNAL), 1);
    MUST(await(p.s, POLLHUP));
    FAILS(s_send(p.s, "x", 1, MSG_NOSIGNAL), EPIPE);
}

CASE(close_then_data_error, "in CLOSE-WAIT a reset is EPIPE in SO_ERROR")
{
    char b;
    struct pair p = pair_new();
    OK(s_close(p.c));
    MUST(await(p.s, POLLIN));
    IS(s_send(p.s, "x", 1, MSG_NOSIGNAL), 1);
    MUST(await(p.s, POLLHUP));
    IS(option(p.s, SOL_SOCKET, SO_ERROR), EPIPE);
    OK(s_recv(p.s, &b, 1, 0));
}

CASE_ALL(linger_zero, "SO_LINGER with 0 seconds: close() resets")
{
    char b;
    struct pair p = pair_new();
    reset_by(p.c, p.s);
    FAILS(s_recv(p.s, &b, 1, 0), ECONNRESET);
    OK(s_recv(p.s, &b, 1, 0));
    FAILS(s_send(p.s, "x", 1, MSG_NOSIGNAL), EPIPE);
}

CASE(linger_data_kept, "what had come before a reset stays readable")
{
    char buf[8];
    struct pair p = pair_new();
    arrive(&p, "came", 4);
    reset_by(p.c, p.s);
    IS(s_recv(p.s, buf, sizeof buf, 0), 4);
    FAILS(s_recv(p.s, buf, sizeof buf, 0), ECONNRESET);
    OK(s_recv(p.s, buf, sizeof buf, 0));
}

CASE(linger_waits, "SO_LINGER with time: close() returns when all is acknowledged")
{
    char buf[8];
    struct pair p = pair_new();
    struct linger linger = {.l_onoff = 1, .l_linger = 60};
    OK(s_setsockopt(p.c, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    IS(s_send(p.c, "abc", 3, 0), 3);
    long long began = now_ms();
    OK(s_close(p.c));
    IS(now_ms() - began < 50000, true);
    MUST(await(p.s, POLLRDHUP));
    IS(s_recv(p.s, buf, sizeof buf, 0), 3);
}

CASE(linger_expires, "and after that time in any case")
{
    struct pair p = pair_new();
    struct linger linger = {.l_onoff = 1, .l_linger = 1};
    OK(s_setsockopt(p.c, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    AT_LEAST(fill(p.c), 1);
    long long began = now_ms();
    OK(s_close(p.c));
    AT_LEAST(now_ms() - began, 990);
}

CASE(linger_option, "SO_LINGER is two numbers, and 8 bytes long")
{
    struct linger in = {.l_onoff = 7, .l_linger = 11}, out = {0};
    socklen_t len = sizeof out;
    int fd = tcp_new(CLIENT);
    OK(s_getsockopt(fd, SOL_SOCKET, SO_LINGER, &out, &len));
    IS(out.l_onoff, 0);
    IS(out.l_linger, 0);
    OK(s_setsockopt(fd, SOL_SOCKET, SO_LINGER, &in, sizeof in));
    OK(s_getsockopt(fd, SOL_SOCKET, SO_LINGER, &out, &len));
    IS(out.l_onoff, 1);
    IS(out.l_linger, 11);
    IS(len, sizeof out);
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_LINGER, &in, 4), EINVAL);
}

CASE(close_frees_number, "the number of a closed descriptor is given again")
{
    int fd = tcp_new(CLIENT);
    OK(s_close(fd));
    IS(tcp_new(CLIENT), fd);
}

/* ---- resets ---- */

CASE_ALL(reset_poll, "a reset: readable, writable, error, hang-up")
{
    struct pair p = pair_new();
    reset_by(p.c, p.s);
    IS(ready(p.s), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
}

CASE(reset_error_once, "SO_ERROR gives it once")
{
    char b;
    struct pair p = pair_new();
    reset_by(p.c, p.s);
    IS(option(p.s, SOL_SOCKET, SO_ERROR), ECONNRESET);
    IS(option(p.s, SOL_SOCKET, SO_ERROR), 0);
    OK(s_recv(p.s, &b, 1, 0));
    IS(ready(p.s), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
}

CASE(reset_send_first, "send() gives it once, then EPIPE")
{
    struct pair p = pair_new();
    reset_by(p.c, p.s);
    FAILS(s_send(p.s, "x", 1, MSG_NOSIGNAL), ECONNRESET);
    FAILS(s_send(p.s, "x", 1, MSG_NOSIGNAL), EPIPE);
}

CASE(reset_peek, "even a recv() that peeks takes the error")
{
    char b;
    struct pair p = pair_new();
    reset_by(p.c, p.s);
    FAILS(s_recv(p.s, &b, 1, MSG_PEEK), ECONNRESET);
    OK(s_recv(p.s, &b, 1, 0));
}

CASE(reset_connect_again, "a socket that was reset counts as connected until AF_UNSPEC dissolves it")
{
    struct pair p = pair_new();
    struct at at = listener_at(p.l), none = {.len = sizeof(struct sockaddr_in)};
    reset_by(p.s, p.c);
    IS(option(p.c, SOL_SOCKET, SO_ERROR), ECONNRESET);
    FAILS(s_connect(p.c, SA(at), at.len), EISCONN);
    OK(s_connect(p.c, SA(none), none.len));
    OK(s_connect(p.c, SA(at), at.len));
}

CASE(reset_wakes, "who waits in recv() is woken by a reset")
{
    char b;
    struct pair p = pair_new();
    struct linger linger = {.l_onoff = 1};
    OK(s_setsockopt(p.c, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    OK(s_close(p.c));
    FAILS(s_recv(p.s, &b, 1, 0), ECONNRESET);
}

/* ---- SIGPIPE ---- */

static volatile sig_atomic_t piped;
static void on_pipe(int number)
{
    (void)number;
    piped++;
}

CASE(sigpipe_comes, "EPIPE comes with SIGPIPE")
{
    struct sigaction action = {.sa_handler = on_pipe};
    MUST(sigaction(SIGPIPE, &action, NULL) == 0);
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    FAILS(s_send(p.c, "x", 1, 0), EPIPE);
    IS(piped, 1);
    FAILS(s_write(p.c, "x", 1), EPIPE);
    IS(piped, 2);
}

CASE(sigpipe_not, "but not with MSG_NOSIGNAL, nor with other errors")
{
    struct sigaction action = {.sa_handler = on_pipe};
    MUST(sigaction(SIGPIPE, &action, NULL) == 0);
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    FAILS(s_send(p.c, "x", 1, MSG_NOSIGNAL), EPIPE);
    struct pair q = pair_new();
    reset_by(q.c, q.s);
    FAILS(s_send(q.s, "x", 1, 0), ECONNRESET);
    IS(piped, 0);
}
