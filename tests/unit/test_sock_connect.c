/* connect() and accept(): the states of a socket, errno to the letter. */
#include "socks_case.h"

TEST(without_blocking_it_is_in_progress_then_done_then_connected)
{
    struct sock *l = socks_listen(&p, 1, 80), *c = socks_new(&p, 0, SOCK_NONBLOCK);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    EQ(socks_connect(c, 1, 80), -EALREADY);
    EQ(sock_poll(c), 0);
    socks_run(&p);
    EQ(sock_poll(c), POLLOUT | POLLWRNORM);
    EQ(socks_get(c, SOL_SOCKET, SO_ERROR), 0);
    EQ(socks_connect(c, 1, 80), 0);
    EQ(socks_connect(c, 1, 80), -EISCONN);
    EQ(sock_poll(l), POLLIN | POLLRDNORM);
    assert_non_null(socks_accept(l));
    assert_null(socks_accept(l));
}

TEST(blocking_it_waits_until_the_connection_is_there)
{
    union socks_addr a = socks_addr(AF_INET, 1, 80);
    struct sock *c = socks_new(&p, 0, 0);
    struct sock_call k = {0};
    socks_listen(&p, 1, 80);
    EQ(sock_connect(c, &k, &a.sa, sizeof a.in), SOCK_BLOCKED);
    EQ(k.until, TERN_NEVER);
    EQ(sock_connect(c, &k, &a.sa, sizeof a.in), SOCK_BLOCKED);
    socks_run(&p);
    assert_ptr_equal(sock_host_changed(p.h[0]), c);
    OK(sock_connect(c, &k, &a.sa, sizeof a.in));
}

TEST(a_refused_one_tells_once_and_may_try_again)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    EQ(sock_poll(c), POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLERR | POLLHUP | POLLRDHUP);
    EQ(socks_connect(c, 1, 80), -ECONNREFUSED);
    EQ(sock_poll(c), POLLOUT | POLLWRNORM | POLLHUP);
    socks_listen(&p, 1, 80);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    EQ(socks_connect(c, 1, 80), 0);
}

TEST(an_error_that_so_error_took_is_econnaborted_later)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    EQ(socks_get(c, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    EQ(socks_get(c, SOL_SOCKET, SO_ERROR), 0);
    EQ(socks_connect(c, 1, 80), -ECONNABORTED);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
}

TEST(a_host_reaches_itself)
{
    struct sock *l = socks_listen(&p, 0, 80), *c = socks_new(&p, 0, SOCK_NONBLOCK), *s;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sock_call k = {0};
    char buf[10];
    uint64_t sent = p.sent[0];
    EQ(socks_connect(c, 0, 80), -EINPROGRESS);
    socks_pass(&p, TERN_MS);
    EQ(socks_connect(c, 0, 80), 0);
    s = socks_accept(l);
    assert_non_null(s);
    socks_text(c, "self");
    socks_pass(&p, TERN_MS);
    EQ(socks_recv(s, buf, sizeof buf, 0), 4);
    c = socks_new(&p, 0, SOCK_NONBLOCK);
    EQ(sock_connect(c, &k, (struct sockaddr *)&any, sizeof any), -EINPROGRESS);
    socks_pass(&p, TERN_MS);
    assert_non_null(socks_accept(l));
    EQ(p.sent[0], sent);                 /* nothing left */
    c = socks_new(&p, 0, SOCK_NONBLOCK); /* to its own name: a simultaneous open */
    OK(socks_bind(c, 0, 81));
    EQ(socks_connect(c, 0, 81), -EINPROGRESS);
    socks_pass(&p, TERN_MS);
    EQ(socks_connect(c, 0, 81), 0);
    socks_text(c, "echo");
    socks_pass(&p, TERN_SEC);
    EQ(socks_recv(c, buf, sizeof buf, 0), 4);
}

TEST(wrong_calls)
{
    struct sock *s = socks_new(&p, 0, SOCK_NONBLOCK), *s6 = socks_new6(&p, 0, SOCK_NONBLOCK);
    union socks_addr a = socks_addr(AF_INET, 1, 80), a6 = socks_addr(AF_INET6, 1, 80), multicast = a;
    struct sock_call k = {0};
    struct sock *out;
    EQ(sock_connect(s, &k, &a.sa, 1), -EINVAL);
    EQ(sock_connect(s, &k, &a.sa, sizeof a.in - 1), -EINVAL);
    EQ(sock_connect(s, &k, NULL, sizeof a.in), -EFAULT);
    EQ(sock_connect(s, &k, &a6.sa, sizeof a6.in6), -EAFNOSUPPORT);
    EQ(sock_connect(s6, &k, &a.sa, sizeof a.in), -EINVAL);
    EQ(sock_connect(s6, &k, &a.sa, sizeof a), -EAFNOSUPPORT);
    multicast.in.sin_addr.s_addr = htonl(0xe0000001);
    EQ(sock_connect(s, &k, &multicast.sa, sizeof a.in), -ENETUNREACH);
    EQ(sock_socket(p.h[0], AF_UNIX, SOCK_STREAM, 0, &out), -EAFNOSUPPORT);
    EQ(sock_socket(p.h[0], AF_INET, SOCK_STREAM, IPPROTO_UDP, &out), -EPROTONOSUPPORT);
    EQ(sock_socket(p.h[0], AF_INET, SOCK_STREAM, -1, &out), -EINVAL);
    EQ(sock_socket(p.h[0], AF_INET, SOCK_STREAM | 1 << 20, 0, &out), -EINVAL);
    EQ(sock_socket(p.h[0], AF_INET, 0, 0, &out), -EINVAL);
}

TEST(unspec_dissolves_a_connection)
{
    struct sock *e[2];
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct sock_call k = {0};
    char buf[10];
    socks_pair(&p, e, NULL);
    OK(sock_connect(e[0], &k, &none, sizeof none));
    socks_run(&p);
    EQ(socks_recv(e[1], buf, sizeof buf, 0), -ECONNRESET);
    EQ(socks_get(e[0], SOL_SOCKET, SO_ERROR), ECONNRESET); /* as Linux */
    EQ(sock_poll(e[0]), POLLOUT | POLLWRNORM | POLLHUP);
    socks_listen(&p, 1, 80);
    EQ(socks_connect(e[0], 1, 80), -EINPROGRESS);
    OK(sock_shutdown(e[0], SHUT_RD)); /* while connecting: the attempt ends */
    EQ(sock_poll(e[0]) & POLLHUP, POLLHUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_blocking_it_is_in_progress_then_done_then_connected),
        CASE(blocking_it_waits_until_the_connection_is_there),
        CASE(a_refused_one_tells_once_and_may_try_again),
        CASE(an_error_that_so_error_took_is_econnaborted_later),
        CASE(a_host_reaches_itself),
        CASE(wrong_calls),
        CASE(unspec_dissolves_a_connection),
    };
    return RUN(tests);
}
