/* Fast Open's calls. */
#include <linux/net_tstamp.h>
#include <linux/tcp.h>
#include <string.h>

#include "socks_case.h"

#ifndef SOL_TCP
#define SOL_TCP 6
#endif

static char buf[4000];

static int64_t send_fast(struct sock *s, struct sock_call *k, size_t len, int flags)
{
    union socks_addr a = socks_addr(AF_INET, 1, 80);
    struct iovec v = {.iov_base = buf, .iov_len = len};
    struct msghdr m = {.msg_name = &a.sa, .msg_namelen = sizeof a.in, .msg_iov = &v, .msg_iovlen = 1};
    return sock_sendmsg(s, k, &m, MSG_FASTOPEN | flags);
}

static int64_t once(struct sock *s, size_t len)
{
    struct sock_call k = {0};
    return send_fast(s, &k, len, 0);
}

static struct sock *fast_listener(void)
{
    struct sock *l = socks_listen(&p, 1, 80);
    OK(socks_set(l, SOL_TCP, TCP_FASTOPEN, 5));
    EQ(socks_get(l, SOL_TCP, TCP_FASTOPEN), 5);
    return l;
}

/* A first connection brings the cookie. */
static void get_cookie(struct sock *l)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK), *s;
    EQ(once(c, 100), -EINPROGRESS);
    EQ(once(c, 100), -EALREADY);
    socks_run(&p);
    EQ(once(c, 100), 100); /* as connect(), which says 0 once */
    EQ(once(c, 100), -EISCONN);
    s = socks_accept(l);
    assert_non_null(s);
    socks_run(&p);
    EQ(socks_recv(s, buf, sizeof buf, 0), 100);
    socks_close(c), socks_close(s);
    socks_pass(&p, TERN_SEC);
}

TEST(data_goes_with_the_syn_once_there_is_a_cookie)
{
    struct sock *l = fast_listener(), *c = socks_new(&p, 0, SOCK_NONBLOCK), *s;
    get_cookie(l);
    p.cut[1] = true; /* the SYN,ACK is lost for now */
    EQ(once(c, 500), 500);
    socks_run(&p);
    s = socks_accept(l);
    assert_non_null(s);
    EQ(sock_poll(s), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
    EQ(socks_recv(s, buf, sizeof buf, 0), 500);
    EQ(socks_send(s, buf, 10, 0), 10);
    EQ(socks_recv(c, buf, sizeof buf, 0), -EAGAIN);
    p.cut[1] = false;
    socks_pass(&p, 3 * TERN_SEC);
    EQ(socks_recv(c, buf, sizeof buf, 0), 10);
    OK(socks_connect(c, 1, 80));
    EQ(once(c, 500), -EISCONN);
}

TEST(what_the_syn_cannot_take_is_not_taken_without_waiting)
{
    struct sock *l = fast_listener(), *c = socks_new(&p, 0, SOCK_NONBLOCK);
    get_cookie(l);
    int64_t n = once(c, 4000);
    assert_in_range(n, 1300, 1460);
}

TEST(waiting_it_sends_the_rest_when_the_connection_is_there)
{
    struct sock *l = fast_listener(), *c = socks_new(&p, 0, 0), *s;
    struct sock_call k = {0};
    get_cookie(l);
    EQ(send_fast(c, &k, 4000, 0), SOCK_BLOCKED);
    socks_run(&p);
    EQ(send_fast(c, &k, 4000, 0), 4000);
    socks_pass(&p, TERN_SEC);
    s = socks_accept(l);
    EQ(socks_recv(s, buf, sizeof buf, 0), 4000);
    EQ(socks_connect(c, 1, 80), -EISCONN);
}

TEST(when_the_syn_fails_its_data_was_not_sent)
{
    struct sock *l = fast_listener(), *c = socks_new(&p, 0, 0);
    struct sock_call k = {0};
    get_cookie(l);
    socks_close(l);
    EQ(send_fast(c, &k, 500, 0), SOCK_BLOCKED);
    socks_run(&p);
    EQ(send_fast(c, &k, 500, 0), -ECONNREFUSED);
    EQ(sock_poll(c), POLLOUT | POLLWRNORM | POLLHUP);
}

TEST(connect_puts_the_syn_off_until_there_is_data)
{
    struct sock *l = fast_listener(), *c = socks_new(&p, 0, SOCK_NONBLOCK), *s;
    union socks_addr u;
    socklen_t len = sizeof u;
    get_cookie(l);
    OK(socks_set(c, SOL_TCP, TCP_FASTOPEN_CONNECT, 1));
    uint64_t sent = p.sent[0];
    OK(socks_connect(c, 1, 80));
    socks_run(&p);
    EQ(p.sent[0], sent);
    EQ(socks_connect(c, 1, 80), -EISCONN);
    EQ(sock_poll(c), POLLOUT | POLLWRNORM);
    OK(sock_getsockname(c, &u.sa, &len));
    assert_int_not_equal(u.in.sin_port, 0);
    EQ(socks_send(c, buf, 100, 0), 100);
    socks_run(&p);
    s = socks_accept(l);
    assert_non_null(s);
    EQ(socks_recv(s, buf, sizeof buf, 0), 100);
    socks_pass(&p, TERN_SEC);
    EQ(socks_send(c, buf, 100, 0), 100);
}

TEST(without_a_cookie_connect_sends_the_syn)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    fast_listener();
    OK(socks_set(c, SOL_TCP, TCP_FASTOPEN_CONNECT, 1));
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    EQ(socks_connect(c, 1, 80), 0);
    EQ(socks_set(c, SOL_TCP, TCP_FASTOPEN_CONNECT, 1), -EINVAL);
    EQ(socks_set(c, SOL_TCP, TCP_FASTOPEN, 1), -EINVAL);
}

TEST(a_put_off_connection_can_be_given_up)
{
    struct sock *l = fast_listener(), *c = socks_new(&p, 0, SOCK_NONBLOCK);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct sock_call k = {0};
    get_cookie(l);
    OK(socks_set(c, SOL_TCP, TCP_FASTOPEN_CONNECT, 1));
    OK(socks_connect(c, 1, 80));
    OK(sock_connect(c, &k, &none, sizeof none));
    EQ(sock_poll(c), POLLOUT | POLLWRNORM | POLLHUP);
    OK(socks_connect(c, 1, 80));
    socks_close(c);
}

TEST(a_put_off_connection_has_options)
{
    struct sock *l = fast_listener(), *c = socks_new(&p, 0, SOCK_NONBLOCK);
    get_cookie(l);
    OK(socks_set(c, SOL_TCP, TCP_FASTOPEN_CONNECT, 1));
    OK(socks_connect(c, 1, 80));
    OK(socks_set(c, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_OPT_ID));
    OK(socks_set(c, SOL_TCP, TCP_NODELAY, 1));
    EQ(socks_get(c, SOL_TCP, TCP_NODELAY), 1);
    EQ(socks_get(c, SOL_IP, IP_MTU), -ENOTCONN);
    EQ(socks_recv(c, buf, 1, 0), -EAGAIN);
}

TEST(a_buffer_begins_a_put_off_connection)
{
    struct sock *l = fast_listener(), *c = socks_new(&p, 0, 0), *s;
    struct tern_buf *b = tern_buf_get(tern_stack_pool(p.stack[0]), 5);
    struct sock_call k = {0};
    get_cookie(l);
    OK(socks_set(c, SOL_TCP, TCP_FASTOPEN_CONNECT, 1));
    OK(socks_connect(c, 1, 80));
    memcpy(b->data, "given", 5);
    b->len = 5;
    EQ(sock_give(c, &k, b, 0), SOCK_BLOCKED);
    socks_run(&p);
    EQ(sock_give(c, &k, b, 0), 5);
    socks_run(&p);
    s = socks_accept(l);
    assert_non_null(s);
    EQ(socks_recv(s, buf, sizeof buf, 0), 5);
}

TEST(settings_forbid_it_and_keys_are_kept)
{
    struct tern_settings set;
    uint8_t key[32] = {1, 2, 3}, got[32] = {0};
    socklen_t len = sizeof got;
    socks_stop(&p);
    tern_settings_default(&set);
    set.fastopen = 0;
    socks_start(&p, &set);
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK), *l = socks_new(&p, 1, 0);
    EQ(once(c, 10), -EOPNOTSUPP);
    EQ(socks_set(c, SOL_TCP, TCP_FASTOPEN_CONNECT, 1), -EOPNOTSUPP);
    EQ(sock_setsockopt(l, SOL_TCP, TCP_FASTOPEN_KEY, key, 15), -EINVAL);
    OK(sock_setsockopt(l, SOL_TCP, TCP_FASTOPEN_KEY, key, 32));
    OK(sock_listen(l, 1));
    OK(sock_getsockopt(l, SOL_TCP, TCP_FASTOPEN_KEY, got, &len));
    EQ(len, 32);
    assert_memory_equal(got, key, 32);
    EQ(socks_set(l, SOL_TCP, TCP_FASTOPEN, -1), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(data_goes_with_the_syn_once_there_is_a_cookie),
        CASE(what_the_syn_cannot_take_is_not_taken_without_waiting),
        CASE(waiting_it_sends_the_rest_when_the_connection_is_there),
        CASE(when_the_syn_fails_its_data_was_not_sent),
        CASE(connect_puts_the_syn_off_until_there_is_data),
        CASE(without_a_cookie_connect_sends_the_syn),
        CASE(a_put_off_connection_can_be_given_up),
        CASE(a_put_off_connection_has_options),
        CASE(a_buffer_begins_a_put_off_connection),
        CASE(settings_forbid_it_and_keys_are_kept),
    };
    return RUN(tests);
}
