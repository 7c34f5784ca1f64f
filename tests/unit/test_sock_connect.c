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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_blocking_it_is_in_progress_then_done_then_connected),
        CASE(blocking_it_waits_until_the_connection_is_there),
        CASE(a_refused_one_tells_once_and_may_try_again),
        CASE(an_error_that_so_error_took_is_econnaborted_later),
    };
    return RUN(tests);
}
