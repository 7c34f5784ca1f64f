/* TCP_MD5SIG. */
#include <linux/tcp.h>
#include <string.h>

#include "socks_case.h"

#ifndef SOL_TCP
#define SOL_TCP 6
#endif

static char buf[100];

/* setsockopt() for the peer at |addr|. */
static int key(struct sock *s, int name, union socks_addr addr, uint8_t flags, uint8_t prefix, const char *text)
{
    struct tcp_md5sig m = {.tcpm_flags = flags, .tcpm_prefixlen = prefix, .tcpm_keylen = (uint16_t)strlen(text)};
    memcpy(&m.tcpm_addr, &addr, sizeof addr);
    memcpy(m.tcpm_key, text, strlen(text));
    return sock_setsockopt(s, SOL_TCP, name, &m, sizeof m);
}

static struct sock *try(struct sock *l, const char *text)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    if (text) OK(key(c, TCP_MD5SIG, socks_addr(AF_INET, 1, 0), 0, 0, text));
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    struct sock *s = socks_accept(l);
    if (!s) {
        EQ(socks_connect(c, 1, 80), -EALREADY); /* silence */
        return NULL;
    }
    socks_text(c, "signed");
    socks_run(&p);
    EQ(socks_recv(s, buf, 100, 0), 6);
    return s;
}

TEST(both_need_the_same_key)
{
    struct sock *l = socks_listen(&p, 1, 80);
    OK(key(l, TCP_MD5SIG, socks_addr(AF_INET, 0, 0), 0, 0, "secret"));
    assert_non_null(try(l, "secret"));
    assert_null(try(l, "Secret"));
    assert_null(try(l, NULL));
    OK(key(l, TCP_MD5SIG, socks_addr(AF_INET, 0, 0), 0, 0, ""));
    assert_non_null(try(l, NULL));
}

TEST(a_prefix_is_a_key_for_many)
{
    struct sock *l = socks_new(&p, 1, SOCK_NONBLOCK);
    union socks_addr net = socks_addr(AF_INET, 99, 0);
    OK(socks_bind(l, 1, 80));
    OK(key(l, TCP_MD5SIG_EXT, net, TCP_MD5SIG_FLAG_PREFIX, 24, "net")); /* before it listens */
    OK(sock_listen(l, 5));
    assert_non_null(try(l, "net"));
    assert_null(try(l, "other"));
    OK(key(l, TCP_MD5SIG, socks_addr(AF_INET, 0, 0), 0, 0, "host"));
    assert_non_null(try(l, "host"));
    assert_null(try(l, "net"));
}

TEST(a_prefix_is_of_one_family)
{
    struct sock *l = socks_new6(&p, 1, SOCK_NONBLOCK);
    union socks_addr all = {.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)}};
    OK(sock_bind(l, &all.sa, sizeof all.in6));
    OK(key(l, TCP_MD5SIG_EXT, all, TCP_MD5SIG_FLAG_PREFIX, 0, "six"));
    OK(sock_listen(l, 5));
    assert_non_null(try(l, NULL)); /* an IPv4 client, which ::/0 does not mean */
}

TEST(wrong_keys)
{
    struct sock *s = socks_new(&p, 0, 0), *s6 = socks_new6(&p, 0, 0);
    union socks_addr a = socks_addr(AF_INET, 1, 0), a6 = socks_addr(AF_INET6, 1, 0);
    struct tcp_md5sig m = {.tcpm_keylen = 81};
    socklen_t len = sizeof m;
    memcpy(&m.tcpm_addr, &a, sizeof a);
    EQ(sock_setsockopt(s, SOL_TCP, TCP_MD5SIG, &m, sizeof m), -EINVAL);
    EQ(sock_setsockopt(s, SOL_TCP, TCP_MD5SIG, &m, sizeof m - 1), -EINVAL);
    EQ(key(s, TCP_MD5SIG, a6, 0, 0, "k"), -EINVAL);
    EQ(key(s6, TCP_MD5SIG, a, 0, 0, "k"), -EINVAL);
    OK(key(s6, TCP_MD5SIG, a6, 0, 0, "k"));
    EQ(key(s, TCP_MD5SIG, a, 0, 0, ""), -ENOENT);
    EQ(key(s, TCP_MD5SIG_EXT, a, TCP_MD5SIG_FLAG_PREFIX, 33, "k"), -EINVAL);
    EQ(sock_getsockopt(s, SOL_TCP, TCP_MD5SIG, &m, &len), -ENOPROTOOPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(both_need_the_same_key),
        CASE(a_prefix_is_a_key_for_many),
        CASE(a_prefix_is_of_one_family),
        CASE(wrong_keys),
    };
    return RUN(tests);
}
