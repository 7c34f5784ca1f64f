/* Sets of sockets: level, edge, one shot, exclusive. */
#include <string.h>

#include "socks_case.h"

static char buf[100];

static int ctl(struct sock_epoll *e, int op, struct sock *s, uint32_t events, uint64_t data)
{
    struct epoll_event ev = {.events = events, .data.u64 = data};
    return sock_epoll_ctl(e, op, s, 3, &ev);
}

/* What is ready: the events of the only socket, 0 for none. */
static uint32_t ready(struct sock_epoll *e, uint64_t data)
{
    struct epoll_event ev[4];
    int n = sock_epoll_wait(e, ev, 4);
    assert_in_range(n, 0, 1);
    if (n) EQ(ev[0].data.u64, data);
    return n ? ev[0].events : 0;
}

TEST(what_holds_is_told_again_and_again)
{
    struct sock *s[2];
    struct sock_epoll *e = sock_epoll_new(p.h[1]);
    socks_pair(&p, s, NULL);
    OK(ctl(e, EPOLL_CTL_ADD, s[1], EPOLLIN, 7));
    EQ(ready(e, 7), 0);
    assert_false(sock_epoll_ready(e));
    socks_text(s[0], "ab");
    socks_run(&p);
    assert_ptr_equal(sock_host_changed_epoll(p.h[1]), e);
    assert_null(sock_host_changed_epoll(p.h[1]));
    assert_true(sock_epoll_ready(e));
    EQ(ready(e, 7), EPOLLIN);
    EQ(ready(e, 7), EPOLLIN);
    EQ(socks_recv(s[1], buf, 10, 0), 2);
    EQ(ready(e, 7), 0);
    sock_epoll_free(e);
}

TEST(an_edge_is_told_once_for_each_arrival)
{
    struct sock *s[2];
    struct sock_epoll *e = sock_epoll_new(p.h[1]);
    socks_pair(&p, s, NULL);
    OK(ctl(e, EPOLL_CTL_ADD, s[1], EPOLLIN | EPOLLOUT | EPOLLET, 7));
    EQ(ready(e, 7), EPOLLOUT);
    EQ(ready(e, 7), 0);
    socks_text(s[0], "ab");
    socks_run(&p);
    EQ(ready(e, 7), EPOLLIN | EPOLLOUT);
    EQ(ready(e, 7), 0);
    EQ(socks_recv(s[1], buf, 1, 0), 1);
    EQ(ready(e, 7), 0);
    socks_text(s[0], "c");
    socks_run(&p);
    EQ(ready(e, 7), EPOLLIN | EPOLLOUT);
    socks_close(s[0]);
    socks_run(&p);
    EQ(ready(e, 7), EPOLLIN | EPOLLOUT);
    OK(ctl(e, EPOLL_CTL_MOD, s[1], EPOLLRDHUP | EPOLLET, 8));
    EQ(ready(e, 8), EPOLLRDHUP);
    sock_epoll_free(e);
}

TEST(one_shot_is_silent_until_it_is_armed_again)
{
    struct sock *s[2];
    struct sock_epoll *e = sock_epoll_new(p.h[1]);
    socks_pair(&p, s, NULL);
    OK(ctl(e, EPOLL_CTL_ADD, s[1], EPOLLIN | EPOLLONESHOT, 7));
    socks_text(s[0], "ab");
    socks_run(&p);
    EQ(ready(e, 7), EPOLLIN);
    EQ(ready(e, 7), 0);
    socks_close(s[0]);
    socks_run(&p);
    EQ(ready(e, 7), 0);
    OK(ctl(e, EPOLL_CTL_MOD, s[1], EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, 7));
    EQ(ready(e, 7), EPOLLIN | EPOLLRDHUP);
    sock_epoll_free(e);
}

TEST(a_broken_one_tells_of_errors_unasked)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    struct sock_epoll *e = sock_epoll_new(p.h[0]);
    OK(ctl(e, EPOLL_CTL_ADD, c, 0, 7));
    EQ(ready(e, 7), EPOLLHUP);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    EQ(ready(e, 7), 0);
    socks_run(&p);
    EQ(ready(e, 7), EPOLLERR | EPOLLHUP);
    sock_epoll_free(e);
}

TEST(an_exclusive_watch_wakes_one_set_that_is_waited_for)
{
    struct sock *l = socks_listen(&p, 1, 80);
    struct sock_epoll *a = sock_epoll_new(p.h[1]), *b = sock_epoll_new(p.h[1]), *all = sock_epoll_new(p.h[1]);
    OK(ctl(a, EPOLL_CTL_ADD, l, EPOLLIN | EPOLLEXCLUSIVE, 1));
    OK(ctl(b, EPOLL_CTL_ADD, l, EPOLLIN | EPOLLEXCLUSIVE, 2));
    OK(ctl(all, EPOLL_CTL_ADD, l, EPOLLIN, 3));
    sock_epoll_waiters(a, 1);
    sock_epoll_waiters(b, 1);
    EQ(socks_connect(socks_new(&p, 0, SOCK_NONBLOCK), 1, 80), -EINPROGRESS);
    socks_run(&p);
    EQ(ready(a, 1), EPOLLIN);
    EQ(ready(b, 2), 0);
    EQ(ready(all, 3), EPOLLIN);
    sock_epoll_waiters(a, -1);
    EQ(socks_connect(socks_new(&p, 0, SOCK_NONBLOCK), 1, 80), -EINPROGRESS);
    socks_run(&p);
    EQ(ready(b, 2), EPOLLIN);
    EQ(ctl(a, EPOLL_CTL_MOD, l, EPOLLIN, 1), -EINVAL);
    sock_epoll_free(a), sock_epoll_free(b), sock_epoll_free(all);
}

TEST(wrong_calls)
{
    struct sock *s = socks_new(&p, 1, 0);
    struct sock_epoll *e = sock_epoll_new(p.h[1]);
    EQ(ctl(e, EPOLL_CTL_MOD, s, EPOLLIN, 1), -ENOENT);
    EQ(ctl(e, EPOLL_CTL_DEL, s, EPOLLIN, 1), -ENOENT);
    EQ(ctl(e, 99, s, EPOLLIN, 1), -EINVAL);
    EQ(sock_epoll_ctl(e, EPOLL_CTL_ADD, s, 3, NULL), -EFAULT);
    EQ(ctl(e, EPOLL_CTL_ADD, s, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 1), -EINVAL);
    OK(ctl(e, EPOLL_CTL_ADD, s, EPOLLIN, 1));
    EQ(ctl(e, EPOLL_CTL_ADD, s, EPOLLIN, 1), -EEXIST);
    OK(sock_epoll_ctl(e, EPOLL_CTL_DEL, s, 3, NULL));
    OK(ctl(e, EPOLL_CTL_ADD, s, EPOLLIN, 1));
    socks_close(s); /* takes it out */
    EQ(ready(e, 1), 0);
    sock_epoll_free(e);
}

TEST(as_many_as_asked_for_in_turn)
{
    struct sock *s[3];
    struct sock_epoll *e = sock_epoll_new(p.h[0]);
    struct epoll_event ev[2];
    uint64_t seen = 0;
    for (int i = 0; i < 3; i++) {
        s[i] = socks_new(&p, 0, 0);
        OK(ctl(e, EPOLL_CTL_ADD, s[i], EPOLLOUT, 1u << i));
    }
    for (int i = 0; i < 2; i++) {
        EQ(sock_epoll_wait(e, ev, 2), 2);
        seen |= ev[0].data.u64 | ev[1].data.u64;
    }
    EQ(seen, 7);
    sock_epoll_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_holds_is_told_again_and_again),
        CASE(an_edge_is_told_once_for_each_arrival),
        CASE(one_shot_is_silent_until_it_is_armed_again),
        CASE(a_broken_one_tells_of_errors_unasked),
        CASE(an_exclusive_watch_wakes_one_set_that_is_waited_for),
        CASE(wrong_calls),
        CASE(as_many_as_asked_for_in_turn),
    };
    return RUN(tests);
}
