/* bind(), listen(), names: who may stand where. */
#include <string.h>

#include "socks_case.h"

static int bind_to(struct sock *s, int domain, const char *text, uint16_t port)
{
    struct tern_addr a;
    union socks_addr u = socks_addr(domain, 0, port);
    assert_int_equal(tern_addr_parse(text, &a), 0);
    if (domain == AF_INET)
        memcpy(&u.in.sin_addr, a.b + 12, 4);
    else
        memcpy(&u.in6.sin6_addr, a.b, 16);
    return sock_bind(s, &u.sa, socks_len(domain));
}

static struct sock *bound(int flags6, int reuse, const char *text, uint16_t port, int expected)
{
    int domain = flags6 ? AF_INET6 : AF_INET;
    struct sock *s = flags6 ? socks_new6(&p, 0, SOCK_NONBLOCK) : socks_new(&p, 0, SOCK_NONBLOCK);
    if (flags6 > 1) OK(socks_set(s, SOL_IPV6, IPV6_V6ONLY, 1));
    if (reuse) OK(socks_set(s, SOL_SOCKET, reuse, 1));
    EQ(bind_to(s, domain, text, port), expected);
    return s;
}

static uint16_t port_of(struct sock *s)
{
    union socks_addr u;
    socklen_t len = sizeof u;
    OK(sock_getsockname(s, &u.sa, &len));
    return ntohs(u.sa.sa_family == AF_INET ? u.in.sin_port : u.in6.sin6_port);
}

TEST(wrong_addresses)
{
    struct sock *s = socks_new(&p, 0, 0), *s6 = socks_new6(&p, 0, 0);
    union socks_addr a = socks_addr(AF_INET, 0, 80), a6 = socks_addr(AF_INET6, 0, 80);
    EQ(sock_bind(s, &a.sa, sizeof a.in - 1), -EINVAL);
    EQ(sock_bind(s, &a.sa, 1000), -EINVAL);
    EQ(sock_bind(s, NULL, sizeof a.in), -EFAULT);
    EQ(sock_bind(s, &a6.sa, sizeof a6.in6), -EAFNOSUPPORT);
    EQ(sock_bind(s6, &a.sa, sizeof a.in), -EINVAL);
    EQ(sock_bind(s6, &a.sa, sizeof a.in6), -EAFNOSUPPORT);
    EQ(bind_to(s, AF_INET, "192.0.2.99", 80), -EADDRNOTAVAIL);
    EQ(bind_to(s6, AF_INET6, "2001:db8::99", 80), -EADDRNOTAVAIL);
    EQ(bind_to(s6, AF_INET6, "ff02::1", 80), -EINVAL);
    a.sa.sa_family = AF_UNSPEC;
    EQ(sock_bind(s, &a.sa, sizeof a.in), -EAFNOSUPPORT);
    a.in.sin_addr.s_addr = 0;
    OK(sock_bind(s, &a.sa, sizeof a.in));
    EQ(bind_to(s, AF_INET, "192.0.2.1", 81), -EINVAL); /* bound already */
    OK(socks_set(s6, SOL_IP, IP_FREEBIND, 1));
    OK(bind_to(s6, AF_INET6, "2001:db8::99", 80));
}

TEST(an_address_of_somebody_else)
{
    struct sock *s = socks_new(&p, 0, SOCK_NONBLOCK), *l = socks_new(&p, 0, SOCK_NONBLOCK);
    static const uint8_t from[4] = {198, 51, 100, 7};
    OK(socks_set(l, SOL_IP, IP_FREEBIND, 1));
    OK(bind_to(l, AF_INET, "198.51.100.7", 80));
    OK(sock_listen(l, 1));
    OK(socks_set(s, SOL_IP, IP_TRANSPARENT, 1));
    OK(bind_to(s, AF_INET, "198.51.100.7", 81));
    EQ(socks_connect(s, 1, 80), -EINPROGRESS);
    socks_run(&p);
    assert_memory_equal(p.last[0] + 12, from, 4);
    s = socks_new(&p, 0, SOCK_NONBLOCK);
    OK(socks_set(s, SOL_IP, IP_FREEBIND, 1));
    OK(bind_to(s, AF_INET, "198.51.100.7", 82));
    EQ(socks_connect(s, 1, 80), -EADDRNOTAVAIL);
}

TEST(the_port_may_be_left_to_later_calls)
{
    struct sock *s = socks_new(&p, 0, SOCK_NONBLOCK);
    OK(socks_set(s, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1));
    OK(bind_to(s, AF_INET, "192.0.2.1", 0));
    EQ(port_of(s), 0);
    EQ(socks_connect(s, 1, 80), -EINPROGRESS);
    assert_in_range(port_of(s), 32768, 60999);
}

TEST(one_at_a_place)
{
    bound(0, 0, "192.0.2.1", 80, 0);
    bound(0, 0, "192.0.2.1", 80, -EADDRINUSE);
    bound(0, 0, "0.0.0.0", 80, -EADDRINUSE);
    bound(1, 0, "::ffff:192.0.2.1", 80, -EADDRINUSE);
    bound(1, 0, "::", 80, -EADDRINUSE);
    bound(2, 0, "::", 80, 0);
    bound(1, 0, "2001:db8::1", 80, -EADDRINUSE);
    bound(0, 0, "192.0.2.1", 81, 0);
}

TEST(those_who_reuse_may_stand_together_until_one_listens)
{
    struct sock *a = bound(0, SO_REUSEADDR, "0.0.0.0", 80, 0), *b = bound(0, SO_REUSEADDR, "0.0.0.0", 80, 0);
    bound(0, 0, "0.0.0.0", 80, -EADDRINUSE);
    OK(sock_listen(a, 1));
    EQ(sock_listen(b, 1), -EADDRINUSE);
    bound(0, SO_REUSEADDR, "0.0.0.0", 80, -EADDRINUSE);
    OK(sock_shutdown(a, SHUT_RD));
    OK(sock_listen(b, 1));
}

TEST(a_group_listens_together_and_each_gets_its_share)
{
    struct sock *l[3];
    unsigned got[3] = {0};
    for (int i = 0; i < 3; i++) {
        l[i] = bound(0, SO_REUSEPORT, "192.0.2.1", 80, 0);
        OK(sock_listen(l[i], 100));
    }
    for (int i = 0; i < 60; i++) {
        union socks_addr a = socks_addr(AF_INET, 0, 80);
        struct sock_call k = {0};
        EQ(sock_connect(socks_new(&p, 1, SOCK_NONBLOCK), &k, &a.sa, sizeof a.in), -EINPROGRESS);
    }
    socks_run(&p);
    for (int i = 0; i < 3; i++)
        while (socks_accept(l[i])) got[i]++;
    EQ(got[0] + got[1] + got[2], 60);
    assert_true(got[0] && got[1] && got[2]);
}

TEST(port_zero_is_a_free_one)
{
    struct sock *a = bound(0, 0, "0.0.0.0", 0, 0), *l = socks_new(&p, 0, 0), *c = socks_new(&p, 0, SOCK_NONBLOCK);
    uint16_t port = port_of(a);
    assert_in_range(port, 32768, 60999);
    bound(0, 0, "0.0.0.0", port, -EADDRINUSE);
    EQ(port_of(l), 0);
    OK(sock_listen(l, 1)); /* binds by itself */
    assert_in_range(port_of(l), 32768, 60999);
    assert_int_not_equal(port_of(l), port);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    assert_in_range(port_of(c), 32768, 60999);
}

TEST(ephemeral_ports_run_out_but_never_onto_a_bound_one)
{
    struct tern_settings set;
    uint16_t seen = 0;
    socks_stop(&p);
    tern_settings_default(&set);
    set.port_min = 40000, set.port_max = 40003;
    socks_start(&p, &set);
    bound(0, 0, "0.0.0.0", 40002, 0);
    for (int i = 0; i < 3; i++) {
        struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
        EQ(socks_connect(c, 1, 80), -EINPROGRESS);
        assert_int_not_equal(port_of(c), 40002);
        seen |= (uint16_t)(1u << (port_of(c) - 40000));
    }
    EQ(seen, 0xb);
    EQ(socks_connect(socks_new(&p, 0, SOCK_NONBLOCK), 1, 80), -EADDRNOTAVAIL);
    EQ(socks_connect(socks_new(&p, 0, SOCK_NONBLOCK), 1, 81), -EINPROGRESS); /* another pair */
    bound(0, 0, "0.0.0.0", 0, -EADDRINUSE);
}

/* A server that closes first leaves a TIME-WAIT at its port. */
static void rest_in_time_wait(bool reuse)
{
    struct sock *l = bound(0, reuse ? SO_REUSEADDR : 0, "192.0.2.1", 80, 0), *c = socks_new(&p, 1, SOCK_NONBLOCK);
    union socks_addr a = socks_addr(AF_INET, 0, 80);
    struct sock_call k = {0};
    OK(sock_listen(l, 1));
    EQ(sock_connect(c, &k, &a.sa, sizeof a.in), -EINPROGRESS);
    socks_run(&p);
    struct sock *s = socks_accept(l);
    assert_non_null(s);
    socks_close(l);
    bound(0, 0, "192.0.2.1", 80, -EADDRINUSE); /* the connection itself */
    socks_close(s);
    socks_run(&p);
    socks_close(c);
    socks_run(&p);
}

TEST(time_wait_is_in_the_way_of_those_who_do_not_reuse)
{
    rest_in_time_wait(true);
    bound(0, 0, "192.0.2.1", 80, -EADDRINUSE);
    bound(0, 0, "0.0.0.0", 80, -EADDRINUSE);
    struct sock *s = bound(0, SO_REUSEADDR, "192.0.2.1", 80, 0);
    OK(sock_listen(s, 1));
    socks_close(s);
    socks_pass(&p, 61 * TERN_SEC);
    bound(0, 0, "192.0.2.1", 80, 0);
}

TEST(time_wait_that_did_not_reuse_is_in_everybodys_way)
{
    rest_in_time_wait(false);
    bound(0, SO_REUSEADDR, "192.0.2.1", 80, -EADDRINUSE);
}

TEST(a_full_queue_holds_one_more_than_the_backlog)
{
    struct sock *l = socks_listen(&p, 1, 80), *c[4];
    OK(sock_listen(l, 1)); /* again: shorter */
    for (int i = 0; i < 4; i++) {
        c[i] = socks_new(&p, 0, SOCK_NONBLOCK);
        EQ(socks_connect(c[i], 1, 80), -EINPROGRESS);
        socks_run(&p);
    }
    assert_non_null(socks_accept(l));
    assert_non_null(socks_accept(l));
    assert_null(socks_accept(l));
}

TEST(who_listens_does_not_connect_and_the_other_way_round)
{
    struct sock *e[2], *l, *c = socks_new(&p, 0, 0);
    struct sock_call k = {0};
    struct sock *out;
    socks_pair(&p, e, &l);
    EQ(socks_connect(l, 1, 80), -EISCONN);
    EQ(sock_listen(e[0], 1), -EINVAL);
    EQ(sock_accept(c, &k, NULL, NULL, 0, &out), -EINVAL);
    EQ(sock_accept(l, &k, NULL, NULL, 1, &out), -EINVAL);
    EQ(sock_accept(l, &k, NULL, NULL, 0, &out), -EAGAIN);
    EQ(sock_shutdown(l, SHUT_WR), 0); /* says nothing, does nothing */
    EQ(socks_get(l, SOL_SOCKET, SO_ACCEPTCONN), 1);
    EQ(sock_shutdown(l, SHUT_RD), 0);
    EQ(socks_get(l, SOL_SOCKET, SO_ACCEPTCONN), 0);
    EQ(sock_accept(l, &k, NULL, NULL, 0, &out), -EINVAL);
}

TEST(names_of_both_ends)
{
    struct sock *e[2];
    union socks_addr u, want = socks_addr(AF_INET, 1, 80);
    socklen_t len = sizeof u;
    struct sock *s = socks_new(&p, 0, 0);
    socks_pair(&p, e, NULL);
    OK(sock_getpeername(e[0], &u.sa, &len));
    EQ(len, sizeof u.in);
    assert_memory_equal(&u.in, &want.in, sizeof u.in);
    len = 4; /* cut short, the true length told */
    memset(&u, 0xff, sizeof u);
    OK(sock_getpeername(e[0], &u.sa, &len));
    EQ(len, sizeof u.in);
    EQ(u.in.sin_port, want.in.sin_port);
    EQ(u.in.sin_addr.s_addr, 0xffffffff);
    EQ(sock_getpeername(s, &u.sa, &len), -ENOTCONN);
    EQ(sock_getsockname(s, &u.sa, NULL), -EFAULT);
    len = (socklen_t)-1;
    EQ(sock_getsockname(s, &u.sa, &len), -EINVAL);
    len = sizeof u;
    EQ(sock_getsockname(s, NULL, &len), -EFAULT);
}

TEST(ipv6_sees_ipv4_as_mapped_and_v6only_does_not)
{
    struct sock *l = bound(1, 0, "::", 80, 0), *c = socks_new(&p, 1, SOCK_NONBLOCK), *s = NULL, *only;
    union socks_addr a = socks_addr(AF_INET, 0, 80), u, mapped = socks_addr(AF_UNSPEC, 1, 0);
    struct sock_call k = {0};
    socklen_t len = sizeof u;
    OK(sock_listen(l, 1));
    EQ(socks_set(l, SOL_IPV6, IPV6_V6ONLY, 1), -EINVAL); /* too late */
    EQ(sock_connect(c, &k, &a.sa, sizeof a.in), -EINPROGRESS);
    socks_run(&p);
    OK(sock_accept(l, &k, &u.sa, &len, 0, &s));
    EQ(len, sizeof u.in6);
    EQ(u.sa.sa_family, AF_INET6);
    assert_memory_equal(&u.in6.sin6_addr, &mapped.in6.sin6_addr, 16);
    only = bound(2, 0, "::", 81, 0);
    OK(sock_listen(only, 1));
    a = socks_addr(AF_INET, 0, 81);
    c = socks_new(&p, 1, SOCK_NONBLOCK);
    EQ(sock_connect(c, &k, &a.sa, sizeof a.in), -EINPROGRESS);
    socks_run(&p);
    EQ(socks_get(c, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    only = socks_new6(&p, 1, SOCK_NONBLOCK);
    OK(socks_set(only, SOL_IPV6, IPV6_V6ONLY, 1));
    mapped = socks_addr(AF_UNSPEC, 0, 80);
    EQ(sock_connect(only, &k, &mapped.sa, sizeof mapped.in6), -ENETUNREACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(wrong_addresses),
        CASE(an_address_of_somebody_else),
        CASE(the_port_may_be_left_to_later_calls),
        CASE(one_at_a_place),
        CASE(those_who_reuse_may_stand_together_until_one_listens),
        CASE(a_group_listens_together_and_each_gets_its_share),
        CASE(port_zero_is_a_free_one),
        CASE(ephemeral_ports_run_out_but_never_onto_a_bound_one),
        CASE(time_wait_is_in_the_way_of_those_who_do_not_reuse),
        CASE(time_wait_that_did_not_reuse_is_in_everybodys_way),
        CASE(a_full_queue_holds_one_more_than_the_backlog),
        CASE(who_listens_does_not_connect_and_the_other_way_round),
        CASE(names_of_both_ends),
        CASE(ipv6_sees_ipv4_as_mapped_and_v6only_does_not),
    };
    return RUN(tests);
}
