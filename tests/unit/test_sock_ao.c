/* TCP_AO_ADD_KEY and its like. */
#include <linux/tcp.h>
#include <string.h>
#include <tern/tcp_ao.h>

#include "socks_case.h"

#ifndef SOL_TCP
#define SOL_TCP 6
#endif

static char buf[100];

static struct tcp_ao_add key_for(union socks_addr peer, uint8_t prefix, uint8_t id, const char *text)
{
    struct tcp_ao_add k = {.prefix = prefix, .sndid = id, .rcvid = (uint8_t)(id + 100), .keylen = (uint8_t)strlen(text)};
    memcpy(&k.addr, &peer, sizeof peer);
    strcpy(k.alg_name, id % 2 ? "hmac(sha1)" : "cmac(aes128)");
    memcpy(k.key, text, strlen(text));
    return k;
}

static int give(struct sock *s, const struct tcp_ao_add *k) { return sock_setsockopt(s, SOL_TCP, TCP_AO_ADD_KEY, k, sizeof *k); }

/* The server's key |id| for the client, and the client's for the server, whose IDs are the other way round. */
static int key_of_client(struct sock *s, uint8_t id, const char *text)
{
    struct tcp_ao_add k = key_for(socks_addr(AF_INET, 0, 0), 32, id, text);
    return give(s, &k);
}

static int key_of_server(struct sock *s, uint8_t id, const char *text)
{
    struct tcp_ao_add k = key_for(socks_addr(AF_INET, 1, 0), 32, id, text);
    k.sndid = k.rcvid;
    k.rcvid = id;
    return give(s, &k);
}

static struct tcp_ao_info_opt info(struct sock *s)
{
    struct tcp_ao_info_opt i;
    socklen_t len = sizeof i;
    OK(sock_getsockopt(s, SOL_TCP, TCP_AO_INFO, &i, &len));
    EQ(len, sizeof i);
    return i;
}

/* The keys that |s| uses from now on. */
static int use(struct sock *s, int current, int rnext)
{
    struct tcp_ao_info_opt i = {.set_current = current >= 0, .set_rnext = rnext >= 0};
    i.current_key = (uint8_t)current, i.rnext = (uint8_t)rnext;
    return sock_setsockopt(s, SOL_TCP, TCP_AO_INFO, &i, sizeof i);
}

static int take_away(struct sock *s, int peer, uint8_t sndid, uint8_t rcvid)
{
    union socks_addr a = socks_addr(AF_INET, peer, 0);
    struct tcp_ao_del d = {.prefix = 32, .sndid = sndid, .rcvid = rcvid};
    memcpy(&d.addr, &a, sizeof a);
    return sock_setsockopt(s, SOL_TCP, TCP_AO_DEL_KEY, &d, sizeof d);
}

static struct sock *dial(const char *text)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    if (text) OK(key_of_server(c, 1, text));
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    return c;
}

static void talk(struct sock *from, struct sock *to)
{
    EQ(socks_text(from, "signed"), 6);
    socks_run(&p);
    EQ(socks_recv(to, buf, 100, 0), 6);
}

TEST(both_need_the_same_key)
{
    struct sock *l = socks_listen(&p, 1, 80);
    OK(key_of_client(l, 1, "secret"));
    struct sock *c = dial("secret"), *s = socks_accept(l);
    assert_non_null(s);
    talk(c, s);
    talk(s, c);
    EQ(info(c).pkt_bad, 0);
    assert_true(info(c).pkt_good >= 2);
    uint64_t before = p.sent[1];
    EQ(socks_connect(dial("Secret"), 1, 80), -EALREADY); /* silence */
    EQ(socks_connect(dial(NULL), 1, 80), -EALREADY);
    assert_null(socks_accept(l));
    EQ(p.sent[1], before);
    EQ(info(l).pkt_bad, 1);
    EQ(info(l).pkt_ao_required, 1);
}

static struct tern_ao_key_info used(struct sock *c, bool next)
{
    struct tcp_ao_getsockopt k = {.nkeys = 1, .is_current = !next, .is_rnext = next};
    socklen_t len = sizeof k;
    OK(sock_getsockopt(c, SOL_TCP, TCP_AO_GET_KEYS, &k, &len));
    EQ(k.nkeys, 1);
    return (struct tern_ao_key_info){.send_id = k.sndid, .recv_id = k.rcvid, .good = k.pkt_good, .bad = k.pkt_bad};
}

/* Data flows both ways while each end in its turn asks for the other key. */
TEST(keys_roll_over_while_data_flows)
{
    static char out[1000], in[1 << 16];
    struct sock *l = socks_listen(&p, 1, 80);
    OK(key_of_client(l, 1, "first"));
    OK(key_of_client(l, 2, "second, sixteen+"));
    struct sock *c = dial("first"), *s = socks_accept(l);
    assert_non_null(s);
    OK(key_of_server(c, 2, "second, sixteen+"));
    int64_t to_s = 0, to_c = 0;
    p.delay = 5 * TERN_MS;
    for (int i = 0; i < 60; i++) {
        memset(out, i, sizeof out);
        EQ(socks_send(c, out, sizeof out, 0), sizeof out);
        EQ(socks_send(s, out, sizeof out, 0), sizeof out);
        uint8_t id = i / 10 % 2 ? 2 : 1;
        if (i % 10 == 0) OK(i % 20 < 10 ? use(s, -1, id + 100) : use(c, -1, id));
        if (i % 10 == 5) OK(i % 20 < 10 ? use(c, -1, id) : use(s, -1, id + 100));
        socks_pass(&p, 3 * TERN_MS);
        for (int64_t n; (n = socks_recv(s, in, sizeof in, 0)) > 0; to_s += n)
            for (int64_t k = 0; k < n; k++) EQ(in[k], (to_s + k) / 1000);
        for (int64_t n; (n = socks_recv(c, in, sizeof in, 0)) > 0; to_c += n)
            for (int64_t k = 0; k < n; k++) EQ(in[k], (to_c + k) / 1000);
    }
    socks_pass(&p, TERN_SEC);
    for (int64_t n; (n = socks_recv(s, in, sizeof in, 0)) > 0;) to_s += n;
    for (int64_t n; (n = socks_recv(c, in, sizeof in, 0)) > 0;) to_c += n;
    EQ(to_s, 60000);
    EQ(to_c, 60000);
    EQ(info(c).pkt_bad + info(s).pkt_bad + info(c).pkt_key_not_found + info(s).pkt_key_not_found, 0);
    EQ(info(s).current_key, 2);
    EQ(info(c).current_key, 102);
    assert_true(used(s, false).good > 10);
    struct tern_status st;
    tern_conn_status(sock_conn(c), &st);
    EQ(st.retransmitted, 0);
}

TEST(a_key_in_use_stays)
{
    struct sock *l = socks_listen(&p, 1, 80);
    OK(key_of_client(l, 1, "first"));
    OK(key_of_client(l, 2, "second"));
    struct sock *c = dial("first"), *s = socks_accept(l);
    EQ(take_away(s, 0, 1, 101), -EBUSY);
    EQ(take_away(s, 0, 1, 102), -ENOENT);
    EQ(use(s, 7, -1), -ENOENT);
    OK(use(s, 2, 102));
    OK(take_away(s, 0, 1, 101));
    EQ(socks_text(s, "x"), 1);
    socks_run(&p);
    EQ(socks_recv(c, buf, 1, 0), -EAGAIN); /* the client has no second key */
    EQ(info(c).pkt_key_not_found, 1);
    OK(key_of_server(c, 2, "second"));
    socks_pass(&p, 2 * TERN_SEC);
    EQ(socks_recv(c, buf, 1, 0), 1);
    EQ(info(c).current_key, 102);
}

TEST(keys_are_told)
{
    struct sock *l = socks_listen(&p, 1, 80);
    struct tcp_ao_getsockopt k[3] = {{.nkeys = 3, .get_all = 1}};
    union socks_addr a = socks_addr(AF_INET, 0, 0);
    socklen_t len = sizeof k[0];
    EQ(sock_getsockopt(l, SOL_TCP, TCP_AO_GET_KEYS, k, &len), -ENOENT);
    struct tcp_ao_info_opt none;
    socklen_t none_len = sizeof none;
    EQ(sock_getsockopt(l, SOL_TCP, TCP_AO_INFO, &none, &none_len), -ENOENT);
    OK(key_of_client(l, 1, "one"));
    OK(key_of_client(l, 2, "number two"));
    OK(sock_getsockopt(l, SOL_TCP, TCP_AO_GET_KEYS, k, &len));
    EQ(k[0].nkeys, 2);
    assert_string_equal(k[1].alg_name, "cmac(aes128)");
    EQ(k[1].sndid, 2);
    EQ(k[1].rcvid, 102);
    EQ(k[1].prefix, 32);
    EQ(k[1].maclen, 12);
    EQ(k[1].keylen, 10);
    assert_memory_equal(k[1].key, "number two", 10);
    assert_memory_equal(&k[1].addr, &a.in, sizeof a.in);
    memset(k, 0, sizeof k);
    memcpy(&k[0].addr, &a, sizeof a);
    k[0].nkeys = 1, k[0].prefix = 32, k[0].sndid = 1, k[0].rcvid = 101;
    OK(sock_getsockopt(l, SOL_TCP, TCP_AO_GET_KEYS, k, &len));
    EQ(k[0].nkeys, 1);
    EQ(k[0].keylen, 3);
    EQ(k[1].keylen, 0);
}

TEST(a_prefix_is_a_key_for_many)
{
    struct sock *l = socks_new(&p, 1, SOCK_NONBLOCK);
    struct tcp_ao_add k = key_for(socks_addr(AF_INET, 99, 0), 24, 1, "net");
    OK(socks_bind(l, 1, 80));
    OK(give(l, &k)); /* before it listens */
    OK(sock_listen(l, 5));
    dial("net");
    assert_non_null(socks_accept(l));
    dial("host");
    assert_null(socks_accept(l));
}

TEST(without_a_key_nobody_is_heard)
{
    struct sock *l = socks_listen(&p, 1, 80);
    struct tcp_ao_info_opt i = {.ao_required = 1};
    OK(sock_setsockopt(l, SOL_TCP, TCP_AO_INFO, &i, sizeof i));
    EQ(info(l).ao_required, 1);
    EQ(socks_connect(dial(NULL), 1, 80), -EALREADY);
    i.ao_required = 0;
    OK(sock_setsockopt(l, SOL_TCP, TCP_AO_INFO, &i, sizeof i));
    dial(NULL);
    assert_non_null(socks_accept(l));
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    i.ao_required = 1;
    OK(sock_setsockopt(c, SOL_TCP, TCP_AO_INFO, &i, sizeof i));
    EQ(socks_connect(c, 1, 80), -EKEYREJECTED);
}

TEST(md5_and_ao_exclude_each_other)
{
    struct sock *s = socks_new(&p, 0, 0);
    union socks_addr a = socks_addr(AF_INET, 1, 0);
    struct tcp_md5sig m = {.tcpm_keylen = 1, .tcpm_key = "k"};
    memcpy(&m.tcpm_addr, &a, sizeof a);
    OK(key_of_server(s, 1, "k"));
    EQ(sock_setsockopt(s, SOL_TCP, TCP_MD5SIG, &m, sizeof m), -EKEYREJECTED);
    struct sock *t = socks_new(&p, 0, 0);
    OK(sock_setsockopt(t, SOL_TCP, TCP_MD5SIG, &m, sizeof m));
    EQ(key_of_server(t, 1, "k"), -EKEYREJECTED);
}

TEST(wrong_keys)
{
    struct sock *s = socks_new(&p, 0, 0), *end[2];
    union socks_addr a6 = socks_addr(AF_INET6, 1, 0);
    const struct tcp_ao_add good = key_for(socks_addr(AF_INET, 1, 0), 32, 1, "k");
    struct tcp_ao_add k = good;
    EQ(sock_setsockopt(s, SOL_TCP, TCP_AO_ADD_KEY, &k, sizeof k - 1), -EINVAL);
    k.keylen = 81;
    EQ(give(s, &k), -EINVAL);
    k = good, k.prefix = 33;
    EQ(give(s, &k), -EINVAL);
    k = good, k.prefix = 0;
    EQ(give(s, &k), -EINVAL);
    k = good, k.ifindex = 1;
    EQ(give(s, &k), -EINVAL);
    k = good, k.keyflags = TCP_AO_KEYF_IFINDEX;
    EQ(give(s, &k), -EINVAL);
    k = good, k.maclen = 16;
    EQ(give(s, &k), -EINVAL);
    k = good, k.reserved2 = 1;
    EQ(give(s, &k), -EINVAL);
    k = good, strcpy(k.alg_name, "hmac(md5)");
    EQ(give(s, &k), -ENOENT);
    k = good, memcpy(&k.addr, &a6, sizeof a6);
    EQ(give(s, &k), -EINVAL);
    k = good, k.maclen = 12, k.keyflags = TCP_AO_KEYF_EXCLUDE_OPT;
    OK(give(s, &k));
    k.rcvid = 9;
    EQ(give(s, &k), -EEXIST);
    socks_pair(&p, end, NULL);
    EQ(give(end[0], &good), -EISCONN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(both_need_the_same_key),
        CASE(keys_roll_over_while_data_flows),
        CASE(a_key_in_use_stays),
        CASE(keys_are_told),
        CASE(a_prefix_is_a_key_for_many),
        CASE(without_a_key_nobody_is_heard),
        CASE(md5_and_ao_exclude_each_other),
        CASE(wrong_keys),
    };
    return RUN(tests);
}
