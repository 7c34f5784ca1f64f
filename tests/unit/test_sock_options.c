/* getsockopt(), setsockopt(): every row of the table, and what the rows do. */
#include <linux/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <tern/sock.h>

#include "socks_case.h"

#ifndef SOL_TCP
#define SOL_TCP 6
#endif

static char buf[1 << 16];

TEST(each_row_does_what_it_says_it_does)
{
    const struct sock_option_info *o;
    for (size_t i = 0; (o = sock_option_info(i)) != NULL; i++) {
        struct sock *s = socks_new6(&p, 0, 0);
        char value[512] = {0};
        socklen_t len = sizeof value;
        int get = sock_getsockopt(s, o->level_n, o->name_n, value, &len);
        if (o->get)
            assert_int_not_equal(get, -ENOPROTOOPT);
        else
            EQ(get, -ENOPROTOOPT);
        int set = sock_setsockopt(s, o->level_n, o->name_n, value, len);
        if (o->set)
            assert_int_not_equal(set, -ENOPROTOOPT);
        else
            EQ(set, -ENOPROTOOPT);
        assert_true(o->text && o->text[0]);
        for (size_t k = 0; k < i; k++)
            assert_false(sock_option_info(k)->level_n == o->level_n && sock_option_info(k)->name_n == o->name_n);
        socks_close(s);
    }
}

TEST(what_is_not_in_the_table_is_enoprotoopt)
{
    struct sock *s = socks_new(&p, 0, 0);
    int v = 0;
    socklen_t len = sizeof v;
    EQ(socks_set(s, SOL_SOCKET, 9999, 1), -ENOPROTOOPT);
    EQ(socks_get(s, SOL_SOCKET, 9999), -ENOPROTOOPT);
    EQ(socks_set(s, SOL_IPV6, IPV6_V6ONLY, 1), -ENOPROTOOPT); /* an IPv4 socket */
    EQ(socks_set(s, 4711, 1, 1), -ENOPROTOOPT);
    EQ(socks_set(s, SOL_SOCKET, SO_TYPE, 1), -ENOPROTOOPT);
    EQ(socks_set(s, SOL_SOCKET, SO_ERROR, 1), -ENOPROTOOPT);
    EQ(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &v, 3), -EINVAL);
    EQ(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, NULL, 4), -EFAULT);
    EQ(sock_getsockopt(s, SOL_SOCKET, SO_REUSEADDR, &v, NULL), -EFAULT);
    EQ(sock_getsockopt(s, SOL_SOCKET, SO_REUSEADDR, NULL, &len), -EFAULT);
    len = (socklen_t)-1;
    EQ(sock_getsockopt(s, SOL_SOCKET, SO_REUSEADDR, &v, &len), -EINVAL);
    len = 1;
    OK(sock_getsockopt(s, SOL_SOCKET, SO_REUSEADDR, &v, &len));
    EQ(len, 1);
}

/* Set, and told again; -errno for values that are refused. */
static void expect(struct sock *s, int level, int name, int value, int told)
{
    int r = socks_set(s, level, name, value);
    EQ(r ? r : socks_get(s, level, name), told);
}

TEST(values_are_told_as_linux_tells_them)
{
    struct sock *s = socks_new(&p, 0, 0), *s6 = socks_new6(&p, 0, 0);
    expect(s, SOL_SOCKET, SO_REUSEADDR, 77, 1);
    expect(s, SOL_SOCKET, SO_KEEPALIVE, 5, 1);
    expect(s, SOL_SOCKET, SO_RCVBUF, 50000, 100000);
    expect(s, SOL_SOCKET, SO_RCVBUF, 1, 2304);
    expect(s, SOL_SOCKET, SO_SNDBUF, 1, 4608);
    expect(s, SOL_SOCKET, SO_RCVLOWAT, 0, 1);
    expect(s, SOL_SOCKET, SO_MARK, 77, 77);
    expect(s, SOL_SOCKET, SO_PRIORITY, 6, 6);
    expect(s, SOL_TCP, TCP_NODELAY, 3, 1);
    expect(s, SOL_TCP, TCP_CORK, 1, 1);
    EQ(socks_get(s, SOL_TCP, TCP_MAXSEG), 536);
    expect(s, SOL_TCP, TCP_MAXSEG, 87, -EINVAL);
    expect(s, SOL_TCP, TCP_MAXSEG, 32768, -EINVAL);
    expect(s, SOL_TCP, TCP_MAXSEG, 1000, 1000);
    expect(s, SOL_TCP, TCP_KEEPIDLE, 100, 100);
    expect(s, SOL_TCP, TCP_KEEPIDLE, 0, -EINVAL);
    expect(s, SOL_TCP, TCP_KEEPIDLE, 32768, -EINVAL);
    expect(s, SOL_TCP, TCP_KEEPINTVL, 10, 10);
    expect(s, SOL_TCP, TCP_KEEPCNT, 128, -EINVAL);
    expect(s, SOL_TCP, TCP_KEEPCNT, 3, 3);
    expect(s, SOL_TCP, TCP_SYNCNT, 0, -EINVAL);
    expect(s, SOL_TCP, TCP_SYNCNT, 3, 3);
    EQ(socks_get(s, SOL_TCP, TCP_LINGER2), 60);
    expect(s, SOL_TCP, TCP_LINGER2, 10, 10);
    expect(s, SOL_TCP, TCP_LINGER2, 1000, 120);
    expect(s, SOL_TCP, TCP_LINGER2, -7, -1);
    expect(s, SOL_TCP, TCP_DEFER_ACCEPT, 1, 1);
    expect(s, SOL_TCP, TCP_DEFER_ACCEPT, 5, 7);
    expect(s, SOL_TCP, TCP_DEFER_ACCEPT, 0, 0);
    expect(s, SOL_TCP, TCP_WINDOW_CLAMP, 5, 1152);
    expect(s, SOL_TCP, TCP_WINDOW_CLAMP, 5000, 5000);
    expect(s, SOL_TCP, TCP_WINDOW_CLAMP, 0, 0);
    expect(s, SOL_TCP, TCP_USER_TIMEOUT, -1, -EINVAL);
    expect(s, SOL_TCP, TCP_USER_TIMEOUT, 1234, 1234);
    expect(s, SOL_TCP, TCP_NOTSENT_LOWAT, 9000, 9000);
    expect(s, SOL_TCP, TCP_INQ, 2, -EINVAL);
    expect(s, SOL_TCP, TCP_INQ, 1, 1);
    expect(s, SOL_TCP, TCP_SAVE_SYN, 1, 1);
    expect(s, SOL_TCP, TCP_SAVE_SYN, 3, -EINVAL);
    EQ(socks_get(s, SOL_IP, IP_TTL), 64);
    expect(s, SOL_IP, IP_TTL, 0, -EINVAL);
    expect(s, SOL_IP, IP_TTL, 7, 7);
    expect(s, SOL_IP, IP_TTL, -1, 64);
    expect(s, SOL_IP, IP_TOS, 0x13, 0x10);
    expect(s, SOL_IP, IP_MTU_DISCOVER, 6, -EINVAL);
    expect(s, SOL_IP, IP_MTU_DISCOVER, 2, 2);
    EQ(socks_get(s, SOL_IP, IP_MTU), -ENOTCONN);
    expect(s6, SOL_IPV6, IPV6_UNICAST_HOPS, 256, -EINVAL);
    expect(s6, SOL_IPV6, IPV6_UNICAST_HOPS, 9, 9);
    expect(s6, SOL_IPV6, IPV6_TCLASS, 256, -EINVAL);
    expect(s6, SOL_IPV6, IPV6_TCLASS, 0x23, 0x20);
    expect(s6, SOL_IPV6, IPV6_V6ONLY, 2, 1);
    EQ(socks_get(s, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    EQ(socks_get(s6, SOL_SOCKET, SO_DOMAIN), AF_INET6);
    EQ(socks_get(s, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
}

/* The kernel has none of these: FreeBSD's TCP_NOOPT and TCP_KEEPINIT. */
TEST(options_of_terns_own)
{
    struct sock *e[2], *l, *s = socks_new(&p, 0, SOCK_NONBLOCK);
    expect(s, SOL_TERN, TERN_SO_NO_OPTIONS, 2, -EINVAL);
    expect(s, SOL_TERN, TERN_SO_NO_OPTIONS, 1, 1);
    EQ(socks_get(s, SOL_TERN, TERN_SO_CONNECT_TIMEOUT), 180000);
    expect(s, SOL_TERN, TERN_SO_CONNECT_TIMEOUT, -1, -EINVAL);
    expect(s, SOL_TERN, TERN_SO_CONNECT_TIMEOUT, 86400001, -EINVAL);
    expect(s, SOL_TERN, TERN_SO_CONNECT_TIMEOUT, 2500, 2500);
    EQ(socks_get(s, SOL_TERN, 3), -EOPNOTSUPP);
    EQ(socks_set(s, SOL_TERN, 3, 1), -ENOPROTOOPT);
    socks_pair(&p, e, &l);
    EQ(socks_connect(s, 1, 80), -EINPROGRESS);
    socks_run(&p);
    struct tern_status st;
    tern_conn_status(sock_conn(s), &st);
    assert_int_equal(st.state, TERN_ESTABLISHED);
    assert_false(st.wscale_ok || st.timestamps || st.sack);
    EQ(socks_set(s, SOL_TERN, TERN_SO_NO_OPTIONS, 0), -EINVAL); /* too late */
}

TEST(ipv4_options_may_be_one_byte)
{
    struct sock *s = socks_new(&p, 0, 0);
    unsigned char ttl = 33;
    OK(sock_setsockopt(s, SOL_IP, IP_TTL, &ttl, 1));
    EQ(socks_get(s, SOL_IP, IP_TTL), 33);
    EQ(sock_setsockopt(s, SOL_IP, IP_TTL, &ttl, 0), -EINVAL);
}

TEST(congestion_control_by_name)
{
    struct sock *e[2], *l, *c = socks_new(&p, 0, SOCK_NONBLOCK);
    char name[32] = "x";
    socklen_t len = sizeof name;
    OK(sock_getsockopt(c, SOL_TCP, TCP_CONGESTION, name, &len));
    EQ(len, 16);
    assert_string_equal(name, "cubic");
    OK(sock_setsockopt(c, SOL_TCP, TCP_CONGESTION, "reno", 4));
    OK(sock_getsockopt(c, SOL_TCP, TCP_CONGESTION, name, &len));
    assert_string_equal(name, "reno");
    EQ(sock_setsockopt(c, SOL_TCP, TCP_CONGESTION, "bbr9", 4), -ENOENT);
    EQ(sock_setsockopt(c, SOL_TCP, TCP_CONGESTION, "", 0), -EINVAL);
    OK(sock_setsockopt(c, SOL_TCP, TCP_CONGESTION, "fixed", 5));
    socks_pair(&p, e, &l);
    OK(sock_setsockopt(l, SOL_TCP, TCP_CONGESTION, "fixed", 5));
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    struct sock *s = socks_accept(l);
    assert_non_null(s);
    for (int i = 0; i < 2; i++) {
        len = sizeof name;
        OK(sock_getsockopt(i ? s : c, SOL_TCP, TCP_CONGESTION, name, &len));
        assert_string_equal(name, "fixed");
    }
    OK(sock_setsockopt(s, SOL_TCP, TCP_CONGESTION, "reno", 4));
    OK(sock_getsockopt(s, SOL_TCP, TCP_CONGESTION, name, &len));
    assert_string_equal(name, "reno");
}

TEST(options_reach_the_connection_and_its_children)
{
    struct sock *l = socks_new(&p, 1, SOCK_NONBLOCK), *c = socks_new(&p, 0, SOCK_NONBLOCK);
    OK(socks_bind(l, 1, 80));
    OK(socks_set(l, SOL_SOCKET, SO_RCVBUF, 8000));
    OK(socks_set(l, SOL_TCP, TCP_KEEPIDLE, 77));
    OK(sock_listen(l, 1));
    OK(socks_set(l, SOL_TCP, TCP_NODELAY, 1)); /* a listener that is there already */
    OK(socks_set(l, SOL_SOCKET, SO_OOBINLINE, 1));
    OK(socks_set(c, SOL_IP, IP_TTL, 9));
    OK(socks_set(c, SOL_TCP, TCP_MAXSEG, 700));
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    EQ(p.last[0][8], 9);
    struct sock *s = socks_accept(l);
    assert_non_null(s);
    EQ(socks_get(s, SOL_SOCKET, SO_RCVBUF), 16000);
    EQ(socks_get(s, SOL_TCP, TCP_KEEPIDLE), 77);
    EQ(socks_get(s, SOL_TCP, TCP_NODELAY), 1);
    EQ(socks_get(s, SOL_SOCKET, SO_OOBINLINE), 1);
    EQ(socks_get(c, SOL_TCP, TCP_MAXSEG), 700 - 12);
    EQ(socks_set(c, SOL_TCP, TCP_MAXSEG, 600), -EINVAL); /* too late */
    EQ(socks_get(c, SOL_IP, IP_MTU), 1500);
    struct tern_status st;
    tern_conn_status(sock_conn(c), &st);
    assert_true(st.snd_wnd <= 8000);
}

TEST(options_outlive_a_connection)
{
    struct sock *l = socks_listen(&p, 1, 80), *c = socks_new(&p, 0, SOCK_NONBLOCK);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct sock_call k = {0};
    OK(socks_set(c, SOL_TCP, TCP_KEEPCNT, 5));
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    OK(socks_set(c, SOL_TCP, TCP_KEEPCNT, 6));
    OK(socks_set(c, SOL_TCP, TCP_NODELAY, 1));
    OK(sock_connect(c, &k, &none, sizeof none));
    EQ(socks_get(c, SOL_TCP, TCP_KEEPCNT), 6);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    EQ(socks_connect(c, 1, 80), 0);
    EQ(socks_get(c, SOL_TCP, TCP_KEEPCNT), 6);
    EQ(socks_get(c, SOL_TCP, TCP_NODELAY), 1);
    assert_non_null(socks_accept(l));
}

TEST(bytes_left_come_with_recvmsg)
{
    struct sock *e[2];
    char control[64];
    struct iovec v = {.iov_base = buf, .iov_len = 4};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct sock_call k = {0};
    socks_pair(&p, e, NULL);
    OK(socks_set(e[1], SOL_TCP, TCP_INQ, 1));
    EQ(socks_send(e[0], buf, 1000, 0), 1000);
    socks_run(&p);
    EQ(sock_recvmsg(e[1], &k, &m, 0), 4);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    int inq;
    assert_non_null(c);
    EQ(c->cmsg_level, SOL_TCP);
    EQ(c->cmsg_type, TCP_CM_INQ);
    memcpy(&inq, CMSG_DATA(c), sizeof inq);
    EQ(inq, 996);
    EQ(m.msg_controllen, CMSG_SPACE(sizeof inq));
    k = (struct sock_call){0};
    m.msg_controllen = CMSG_LEN(2);
    EQ(sock_recvmsg(e[1], &k, &m, 0), 4);
    EQ(m.msg_flags, MSG_CTRUNC);
}

TEST(the_syn_is_kept_until_it_is_asked_for)
{
    struct sock *l = socks_listen(&p, 1, 80), *c = socks_new(&p, 0, SOCK_NONBLOCK);
    socklen_t len = sizeof buf;
    OK(socks_set(l, SOL_TCP, TCP_SAVE_SYN, 1));
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    struct sock *s = socks_accept(l);
    len = 4;
    EQ(sock_getsockopt(s, SOL_TCP, TCP_SAVED_SYN, buf, &len), -EINVAL);
    EQ(len, 60);
    len = sizeof buf;
    OK(sock_getsockopt(s, SOL_TCP, TCP_SAVED_SYN, buf, &len));
    EQ(len, 60);
    EQ(buf[0], 0x45);
    len = sizeof buf;
    OK(sock_getsockopt(s, SOL_TCP, TCP_SAVED_SYN, buf, &len));
    EQ(len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_row_does_what_it_says_it_does),
        CASE(what_is_not_in_the_table_is_enoprotoopt),
        CASE(values_are_told_as_linux_tells_them),
        CASE(options_of_terns_own),
        CASE(ipv4_options_may_be_one_byte),
        CASE(congestion_control_by_name),
        CASE(options_reach_the_connection_and_its_children),
        CASE(options_outlive_a_connection),
        CASE(bytes_left_come_with_recvmsg),
        CASE(the_syn_is_kept_until_it_is_asked_for),
    };
    return RUN(tests);
}
