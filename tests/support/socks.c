#include "socks.h"

#include <stdlib.h>
#include <string.h>

static const struct tern_addr no_addr;

static struct tern_addr v6(int i)
{
    struct tern_addr a = no_addr;
    a.b[0] = 0x20, a.b[1] = 0x01, a.b[2] = 0x0d, a.b[3] = 0xb8;
    a.b[15] = (uint8_t)(i + 1);
    return a;
}

static struct tern_stack *start_stack(int i, const struct tern_settings *set)
{
    struct tern_stack_config cfg = {.alloc = &tern_alloc_libc, .secret = {(uint8_t)(1 + i)}, .now = TERN_SEC, .settings = set};
    uint8_t v4[4] = {192, 0, 2, (uint8_t)(i + 1)};
    struct tern_if_config nic = {.mtu = 1500, .addr = {tern_addr_v4(v4), v6(i)}, .prefix_len = {24, 64}, .addr_n = 2};
    struct tern_stack *s = tern_stack_new(&cfg);
    assert_non_null(s);
    assert_int_equal(tern_stack_add_if(s, &nic), 0);
    return s;
}

void socks_start(struct socks *p, const struct tern_settings *set)
{
    memset(p, 0, sizeof *p);
    p->now = TERN_SEC;
    for (int i = 0; i < 2; i++) {
        p->stack[i] = start_stack(i, set);
        p->h[i] = sock_host_new(p->stack[i]);
        assert_non_null(p->h[i]);
        sock_host_time(p->h[i], p->now);
    }
}

void socks_stop(struct socks *p)
{
    for (int i = 0; i < 2; i++) {
        sock_host_free(p->h[i]);
        tern_stack_free(p->stack[i]);
        for (; p->queue_n[i]; p->queue_n[i]--, p->first[i] = (p->first[i] + 1) % SOCKS_QUEUE)
            free(p->queue[i][p->first[i]].bytes);
    }
}

void socks_inject(struct socks *p, int i, const void *packet, size_t len)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(p->stack[i]), len);
    assert_non_null(b);
    memcpy(b->data, packet, len);
    b->len = (uint32_t)len;
    b->csum_ok = true;
    if (tern_stack_input(p->stack[i], 0, p->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
}

static void put(struct socks *p, int from, const struct tern_pkt *pkt)
{
    int to = 1 - from;
    struct socks_packet *q = &p->queue[to][(p->first[to] + p->queue_n[to]) % SOCKS_QUEUE];
    uint8_t bytes[65536];
    int len = tern_pkt_flatten(pkt, bytes, sizeof bytes);
    assert_true(len > 0);
    p->sent[from]++;
    memcpy(p->last[from], bytes, (size_t)len < sizeof p->last[from] ? (size_t)len : sizeof p->last[from]);
    if (p->cut[from]) return;
    assert_true(p->queue_n[to] < SOCKS_QUEUE);
    *q = (struct socks_packet){.at = p->now + p->delay, .len = (uint32_t)len, .bytes = malloc((size_t)len)};
    assert_non_null(q->bytes);
    memcpy(q->bytes, bytes, (size_t)len);
    p->queue_n[to]++;
}

static bool output(struct socks *p, int i)
{
    struct tern_pkt pkt;
    bool any = false;
    while (tern_stack_output(p->stack[i], 0, p->now, &pkt, 1) == 1) {
        put(p, i, &pkt);
        any = true;
    }
    return any;
}

static bool input(struct socks *p, int i)
{
    bool any = false;
    while (p->queue_n[i] && p->queue[i][p->first[i]].at <= p->now) {
        struct socks_packet q = p->queue[i][p->first[i]];
        p->first[i] = (p->first[i] + 1) % SOCKS_QUEUE;
        p->queue_n[i]--;
        socks_inject(p, i, q.bytes, q.len);
        free(q.bytes);
        any = true;
    }
    return any;
}

void socks_run(struct socks *p)
{
    bool any = true;
    for (int turns = 0; any; turns++) {
        assert_true(turns < 100000);
        any = false;
        for (int i = 0; i < 2; i++) {
            sock_host_time(p->h[i], p->now);
            any |= input(p, i);
            sock_host_dispatch(p->h[i]);
            any |= output(p, i);
            sock_host_dispatch(p->h[i]);
        }
    }
}

static tern_ns next_due(const struct socks *p)
{
    tern_ns at = TERN_NEVER;
    for (int i = 0; i < 2; i++) {
        tern_ns t = tern_stack_next_expiry(p->stack[i]);
        if (t < at) at = t;
        if (p->queue_n[i] && p->queue[i][p->first[i]].at < at) at = p->queue[i][p->first[i]].at;
    }
    return at;
}

void socks_pass(struct socks *p, tern_ns ns)
{
    tern_ns end = p->now + ns;
    socks_run(p);
    for (tern_ns at; (at = next_due(p)) <= end;) {
        if (at > p->now) p->now = at;
        for (int i = 0; i < 2; i++) tern_stack_expire(p->stack[i], p->now);
        socks_run(p);
    }
    p->now = end;
    socks_run(p);
}

/* ---- addresses ---- */

socklen_t socks_len(int domain) { return domain == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6); }

union socks_addr socks_addr(int domain, int i, uint16_t port)
{
    union socks_addr a;
    memset(&a, 0, sizeof a);
    if (domain == AF_INET) {
        a.in.sin_family = AF_INET;
        a.in.sin_port = htons(port);
        a.in.sin_addr.s_addr = htonl(0xc0000201u + (uint32_t)i);
        return a;
    }
    a.in6.sin6_family = AF_INET6;
    a.in6.sin6_port = htons(port);
    if (domain == AF_INET6) {
        struct tern_addr v = v6(i);
        memcpy(&a.in6.sin6_addr, v.b, 16);
    } else {
        uint8_t v4[4] = {192, 0, 2, (uint8_t)(i + 1)};
        struct tern_addr v = tern_addr_v4(v4);
        memcpy(&a.in6.sin6_addr, v.b, 16);
    }
    return a;
}

/* ---- calls ---- */

static struct sock *new_of(struct socks *p, int i, int domain, int type_flags)
{
    struct sock *s = NULL;
    assert_int_equal(sock_socket(p->h[i], domain, SOCK_STREAM | type_flags, 0, &s), 0);
    return s;
}

struct sock *socks_new(struct socks *p, int i, int type_flags) { return new_of(p, i, AF_INET, type_flags); }
struct sock *socks_new6(struct socks *p, int i, int type_flags) { return new_of(p, i, AF_INET6, type_flags); }

int socks_bind(struct sock *s, int i, uint16_t port)
{
    union socks_addr a = socks_addr(AF_INET, i, port);
    return sock_bind(s, &a.sa, sizeof a.in);
}

struct sock *socks_listen(struct socks *p, int i, uint16_t port)
{
    struct sock *l = socks_new(p, i, SOCK_NONBLOCK);
    assert_int_equal(socks_set(l, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(socks_bind(l, i, port), 0);
    assert_int_equal(sock_listen(l, 16), 0);
    return l;
}

int64_t socks_connect(struct sock *s, int i, uint16_t port)
{
    union socks_addr a = socks_addr(AF_INET, i, port);
    struct sock_call k = {0};
    return sock_connect(s, &k, &a.sa, sizeof a.in);
}

struct sock *socks_accept(struct sock *l)
{
    struct sock *s = NULL;
    struct sock_call k = {0};
    int64_t r = sock_accept(l, &k, NULL, NULL, SOCK_NONBLOCK, &s);
    return r == 0 ? s : NULL;
}

void socks_close(struct sock *s)
{
    struct sock_call k = {0};
    assert_int_equal(sock_close(s, &k), 0);
}

void socks_pair(struct socks *p, struct sock *end[2], struct sock **l)
{
    struct sock *listener = socks_listen(p, 1, 80);
    end[0] = socks_new(p, 0, SOCK_NONBLOCK);
    assert_int_equal(socks_connect(end[0], 1, 80), -EINPROGRESS);
    socks_run(p);
    end[1] = socks_accept(listener);
    assert_non_null(end[1]);
    assert_int_equal(socks_connect(end[0], 1, 80), 0);
    if (l)
        *l = listener;
    else
        socks_close(listener);
}

int64_t socks_send(struct sock *s, const void *buf, size_t len, int flags)
{
    struct iovec v;
    memcpy(&v.iov_base, &buf, sizeof buf);
    v.iov_len = len;
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    struct sock_call k = {0};
    return sock_sendmsg(s, &k, &m, flags);
}

int64_t socks_recv(struct sock *s, void *buf, size_t len, int flags)
{
    struct iovec v = {.iov_base = buf, .iov_len = len};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    struct sock_call k = {0};
    return sock_recvmsg(s, &k, &m, flags);
}

int64_t socks_text(struct sock *s, const char *text)
{
    int64_t r = socks_send(s, text, strlen(text), 0);
    assert_int_equal(r, strlen(text));
    return r;
}

int socks_set(struct sock *s, int level, int name, int value) { return sock_setsockopt(s, level, name, &value, sizeof value); }

int socks_get(struct sock *s, int level, int name)
{
    int v = 0;
    socklen_t len = sizeof v;
    int r = sock_getsockopt(s, level, name, &v, &len);
    return r < 0 ? r : v;
}
