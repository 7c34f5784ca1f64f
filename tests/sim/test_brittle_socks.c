/* The allocator refuses beneath sockets: options, epoll sets, error queues,
 * accept queues; each allocation of a run alone, and from each on all that
 * follow. What a call says must be an errno that means it; what arrives is
 * right; nothing is left over. */
#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "refusing.h"
#include "duo.h"
#include "socks.h"

enum { PAIRS = 8, PORT = 80, CHUNK = 9000, TURNS_MAX = 5000, ROUNDS_MAX = 20000, QUEUE_PACKETS = 512 };

enum {
    OPTIONS = 1 << 0,  /* set before connect(), and on the listener */
    ZEROCOPY = 1 << 1, /* MSG_ZEROCOPY, and its completions */
    STAMPS = 1 << 2,
    SIGNED = 1 << 3, /* TCP_MD5SIG */
    FAST = 1 << 4,   /* MSG_FASTOPEN */
    EDGE = 1 << 5,   /* EPOLLET */
    ONESHOT = 1 << 6,
    MAPPED = 1 << 7, /* AF_INET6 */
    URGENT = 1 << 8,
    PEEK = 1 << 9,
    DEFER = 1 << 10,
    BORROW = 1 << 11 /* without a copy */
};

struct plan {
    const char *name;
    uint32_t flags;
    unsigned pairs; /* 0: 1 */
    uint64_t up, down;
    int backlog; /* 0: 16 */
};

static const struct plan plans[] = {
    {.name = "a connection in an epoll set", .up = 30000, .down = 30000},
    {.name = "edge-triggered", .flags = EDGE, .pairs = 3, .up = 200000, .down = 20000},
    {.name = "one shot", .flags = ONESHOT, .pairs = 3, .up = 20000, .down = 20000},
    {.name = "IPv6", .flags = MAPPED, .up = 10000, .down = 10000},
    {.name = "options", .flags = OPTIONS, .pairs = 3, .up = 10000, .down = 10000},
    {.name = "zero-copy", .flags = ZEROCOPY, .up = 60000, .down = 60000},
    {.name = "timestamps", .flags = STAMPS, .pairs = 2, .up = 30000, .down = 3000},
    {.name = "signed", .flags = SIGNED, .pairs = 2, .up = 20000, .down = 20000},
    {.name = "Fast Open", .flags = FAST, .pairs = 3, .up = 3000, .down = 3000},
    {.name = "urgent", .flags = URGENT, .up = 5000, .down = 5000},
    {.name = "peeked at", .flags = PEEK, .up = 20000, .down = 20000},
    {.name = "deferred", .flags = DEFER, .pairs = 2, .up = 4000, .down = 4000},
    {.name = "borrowed", .flags = BORROW, .up = 80000, .down = 80000},
    {.name = "a backlog of one", .pairs = 8, .up = 1000, .down = 1000, .backlog = 1},
};

#define N(a) (sizeof(a) / sizeof(a)[0])

struct packet {
    uint32_t len;
    uint8_t *bytes;
};

struct app {
    struct sock *s;
    uint64_t goal, written, got;
    bool client, connected, shut, end, over;
    int error; /* errno */
};

struct world {
    const struct plan *plan;
    const char *wrong;
    struct refusing memory;
    tern_ns now;
    struct tern_stack *stack[2];
    struct sock_host *h[2];
    struct sock_epoll *set[2];
    struct sock *listener;
    struct packet queue[2][QUEUE_PACKETS];
    size_t queue_n[2];
    struct app app[2][PAIRS];
    unsigned accepted;
};

static void wrong(struct world *w, const char *what)
{
    if (!w->wrong) w->wrong = what;
}

static unsigned pairs(const struct world *w) { return w->plan->pairs ? w->plan->pairs : 1; }
static bool has(const struct world *w, uint32_t flag) { return (w->plan->flags & flag) != 0; }
static bool short_of_memory(int64_t r) { return r == -ENOMEM || r == -ENOBUFS; }

/* ---- a socket ---- */

static void fail_app(struct app *a, int64_t r)
{
    struct sock_call k = {0};
    if (!a->error) a->error = (int)-r;
    if (a->s) sock_close(a->s, &k);
    a->s = NULL;
    a->over = true;
}

/* A refusal of memory is said as such, and the socket is as before. */
static void set_option(struct world *w, struct sock *s, int level, int name, int value)
{
    int r = sock_setsockopt(s, level, name, &value, sizeof value);
    if (r < 0 && !short_of_memory(r)) wrong(w, "an option is refused, and not for want of memory");
}

static void set_options(struct world *w, struct sock *s)
{
    if (has(w, OPTIONS)) {
        set_option(w, s, SOL_SOCKET, SO_KEEPALIVE, 1);
        set_option(w, s, IPPROTO_TCP, TCP_NODELAY, 1);
        set_option(w, s, IPPROTO_TCP, TCP_KEEPIDLE, 30);
        set_option(w, s, IPPROTO_TCP, TCP_USER_TIMEOUT, 60000);
        set_option(w, s, IPPROTO_TCP, TCP_LINGER2, 3);
        set_option(w, s, SOL_SOCKET, SO_RCVBUF, 30000);
        set_option(w, s, IPPROTO_IP, IP_RECVERR, 1);
    }
    if (has(w, ZEROCOPY)) set_option(w, s, SOL_SOCKET, SO_ZEROCOPY, 1);
}

/* Of a connection alone, as Linux has it. */
static void set_stamps(struct world *w, struct sock *s)
{
    if (has(w, STAMPS))
        set_option(w, s, SOL_SOCKET, SO_TIMESTAMPING,
                   SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_OPT_ID |
                       SOF_TIMESTAMPING_OPT_TSONLY);
}

/* Returns 0, or the errno, negative. */
static int sign(struct world *w, struct sock *s, int peer)
{
    struct tcp_md5sig key = {.tcpm_keylen = 6, .tcpm_key = "secret"};
    union socks_addr a = socks_addr(has(w, MAPPED) ? AF_INET6 : AF_INET, peer, 0);
    if (!has(w, SIGNED)) return 0;
    memcpy(&key.tcpm_addr, &a, sizeof a);
    return sock_setsockopt(s, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key);
}

static uint32_t wish(const struct world *w)
{
    return EPOLLIN | EPOLLOUT | EPOLLRDHUP | (has(w, EDGE) ? (uint32_t)EPOLLET : 0u) | (has(w, ONESHOT) ? EPOLLONESHOT : 0u);
}

static bool watch(struct world *w, struct app *a, int op, int i)
{
    struct epoll_event ev = {.events = wish(w), .data.ptr = a};
    int r = sock_epoll_ctl(w->set[i], op, a->s, (int)(a - w->app[i]) + 10, &ev);
    if (r < 0 && !short_of_memory(r)) wrong(w, "an epoll set refuses, and not for want of memory");
    if (r < 0) fail_app(a, r);
    return r == 0;
}

static void read_errors(struct world *w, struct sock *s)
{
    char control[512];
    for (int i = 0; i < 1000; i++) {
        struct msghdr m = {.msg_control = control, .msg_controllen = sizeof control};
        struct sock_call k = {0};
        if (sock_recvmsg(s, &k, &m, MSG_ERRQUEUE) < 0) return;
    }
    wrong(w, "an error queue without end");
}

static int64_t receive(struct world *w, struct app *a)
{
    static uint8_t buf[CHUNK];
    if (has(w, BORROW)) {
        struct sock_call k = {0};
        int64_t r = 0;
        struct tern_buf *b = sock_borrow(a->s, &k, MSG_DONTWAIT, &r);
        if (!b) return r;
        r = b->len;
        if (memcmp(b->data, duo_pattern() + a->got, b->len) != 0) wrong(w, "bytes that were not sent");
        tern_buf_unref(b);
        return r;
    }
    int64_t n = has(w, PEEK) ? socks_recv(a->s, buf, sizeof buf / 2, MSG_PEEK | MSG_DONTWAIT) : 0;
    if (n < 0) return n; /* an error is told once */
    n = socks_recv(a->s, buf, sizeof buf, MSG_DONTWAIT);
    if (n > 0 && memcmp(buf, duo_pattern() + a->got, (size_t)n) != 0) wrong(w, "bytes that were not sent");
    return n;
}

static int64_t transmit(struct world *w, struct app *a, const uint8_t *from, size_t n)
{
    return socks_send(a->s, from, n, MSG_DONTWAIT | MSG_NOSIGNAL | (has(w, ZEROCOPY) ? MSG_ZEROCOPY : 0));
}

static void app_write(struct world *w, struct app *a)
{
    while (a->s && a->connected && a->written < a->goal) {
        uint64_t left = a->goal - a->written;
        int64_t n = transmit(w, a, duo_pattern() + a->written, left < CHUNK ? (size_t)left : CHUNK);
        if (n == -EAGAIN || n == -ENOBUFS) return; /* the latter: no memory for a completion */
        if (n <= 0) {
            fail_app(a, n);
            return;
        }
        a->written += (uint64_t)n;
    }
    if (!a->s || !a->connected || a->shut) return;
    int r = sock_shutdown(a->s, SHUT_WR);
    a->shut = true;
    if (r < 0) fail_app(a, r);
}

static void app_read(struct world *w, struct app *a)
{
    int64_t n = 1;
    while (a->s && !a->end && n > 0) {
        n = receive(w, a);
        if (n > 0) a->got += (uint64_t)n;
    }
    if (!a->s || n > 0) return;
    if (n == 0) a->end = true;
    if (n < 0 && n != -EAGAIN && a->connected) fail_app(a, n);
}

static void app_go(struct world *w, struct app *a, int i)
{
    if (!a->s || a->over) return;
    if (has(w, ZEROCOPY | STAMPS | OPTIONS)) read_errors(w, a->s);
    if (!a->connected && (sock_poll(a->s) & (POLLOUT | POLLERR | POLLHUP))) {
        int error = 0;
        socklen_t len = sizeof error;
        sock_getsockopt(a->s, SOL_SOCKET, SO_ERROR, &error, &len);
        if (error) {
            fail_app(a, -error);
            return;
        }
        a->connected = true;
        set_stamps(w, a->s);
    }
    app_write(w, a);
    app_read(w, a);
    if (a->s && a->end && a->shut) {
        struct sock_call k = {0};
        sock_close(a->s, &k);
        a->s = NULL;
        a->over = true;
    } else if (a->s && has(w, ONESHOT)) {
        watch(w, a, EPOLL_CTL_MOD, i);
    }
}

static void app_connect(struct world *w, struct app *a)
{
    int domain = has(w, MAPPED) ? AF_INET6 : AF_INET;
    union socks_addr to = socks_addr(domain, 1, PORT);
    struct sock_call k = {0};
    a->client = true;
    int64_t r = sock_socket(w->h[0], domain, SOCK_STREAM | SOCK_NONBLOCK, 0, &a->s);
    if (r < 0) {
        a->s = NULL;
        fail_app(a, r);
        return;
    }
    set_options(w, a->s);
    r = sign(w, a->s, 1);
    if (r == 0 && has(w, FAST)) {
        struct iovec v = {.iov_len = 500};
        const uint8_t *from = duo_pattern();
        memcpy(&v.iov_base, &from, sizeof from);
        struct msghdr m = {.msg_name = &to, .msg_namelen = socks_len(domain), .msg_iov = &v, .msg_iovlen = 1};
        r = sock_sendmsg(a->s, &k, &m, MSG_FASTOPEN | MSG_NOSIGNAL);
        if (r > 0) a->written = (uint64_t)r, r = 0;
    } else if (r == 0) {
        r = sock_connect(a->s, &k, &to.sa, socks_len(domain));
    }
    if (r < 0 && r != -EINPROGRESS) {
        fail_app(a, r);
        return;
    }
    if (watch(w, a, EPOLL_CTL_ADD, 0) && has(w, URGENT)) set_option(w, a->s, SOL_SOCKET, SO_OOBINLINE, 1);
}

static void accept_all(struct world *w)
{
    while (w->accepted < PAIRS) {
        struct app *a = &w->app[1][w->accepted];
        struct sock_call k = {0};
        int64_t r = sock_accept(w->listener, &k, NULL, NULL, SOCK_NONBLOCK, &a->s);
        if (r == -EAGAIN) return;
        if (r < 0) {
            a->s = NULL;
            if (!short_of_memory(r) && r != -ECONNABORTED) wrong(w, "accept() fails, and not for want of memory");
            return;
        }
        w->accepted++;
        a->connected = true;
        a->goal = w->plan->down;
        set_stamps(w, a->s);
        if (watch(w, a, EPOLL_CTL_ADD, 1)) app_go(w, a, 1);
    }
}

static bool start_listener(struct world *w)
{
    int domain = has(w, MAPPED) ? AF_INET6 : AF_INET;
    union socks_addr at = socks_addr(domain, 1, PORT);
    struct epoll_event ev = {.events = EPOLLIN};
    if (sock_socket(w->h[1], domain, SOCK_STREAM | SOCK_NONBLOCK, 0, &w->listener) < 0) {
        w->listener = NULL;
        return false;
    }
    set_options(w, w->listener);
    if (has(w, FAST)) set_option(w, w->listener, IPPROTO_TCP, TCP_FASTOPEN, 4);
    if (has(w, DEFER)) set_option(w, w->listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3);
    return sign(w, w->listener, 0) == 0 && sock_bind(w->listener, &at.sa, socks_len(domain)) == 0 &&
           sock_listen(w->listener, w->plan->backlog ? w->plan->backlog : 16) == 0 &&
           sock_epoll_ctl(w->set[1], EPOLL_CTL_ADD, w->listener, 3, &ev) == 0;
}

/* ---- packets and time ---- */

static bool output(struct world *w, int i)
{
    static uint8_t bytes[TERN_PACKET_MAX];
    struct tern_pkt pkt;
    bool any = false;
    while (tern_stack_output(w->stack[i], 0, w->now, &pkt, 1) == 1) {
        int len = tern_pkt_flatten(&pkt, bytes, sizeof bytes), to = 1 - i;
        any = true;
        if (len <= 0 || w->queue_n[to] == QUEUE_PACKETS) continue;
        struct packet *p = &w->queue[to][w->queue_n[to]++];
        *p = (struct packet){(uint32_t)len, malloc((size_t)len)};
        if (!p->bytes) abort();
        memcpy(p->bytes, bytes, (size_t)len);
    }
    return any;
}

static bool input(struct world *w, int i)
{
    size_t n = w->queue_n[i];
    for (size_t k = 0; k < n; k++) {
        struct packet *p = &w->queue[i][k];
        struct tern_buf *b = tern_buf_get(tern_stack_pool(w->stack[i]), p->len);
        if (b) {
            memcpy(b->data, p->bytes, p->len);
            b->len = p->len;
            b->csum_ok = true;
            if (tern_stack_input(w->stack[i], 0, w->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
        }
        free(p->bytes);
    }
    w->queue_n[i] = 0;
    return n > 0;
}

static bool look_at_set(struct world *w, int i)
{
    struct epoll_event ev[4];
    sock_host_dispatch(w->h[i]);
    while (sock_host_changed(w->h[i])) continue;
    while (sock_host_changed_epoll(w->h[i])) continue;
    int n = sock_epoll_wait(w->set[i], ev, 4);
    bool moved = false;
    for (int k = 0; k < n; k++) {
        struct app *a = ev[k].data.ptr;
        if (!a) {
            unsigned before = w->accepted;
            accept_all(w);
            moved |= w->accepted != before;
            continue;
        }
        struct app before = *a;
        app_go(w, a, i);
        moved |= before.s != a->s || before.written != a->written || before.got != a->got || before.connected != a->connected ||
                 before.end != a->end || before.shut != a->shut;
    }
    return moved;
}

static bool turn(struct world *w)
{
    bool busy = false;
    for (int i = 0; i < 2; i++) {
        sock_host_time(w->h[i], w->now);
        busy |= input(w, i);
        tern_stack_expire(w->stack[i], w->now);
        busy |= look_at_set(w, i);
        busy |= output(w, i);
    }
    return busy;
}

static bool all_over(const struct world *w)
{
    for (unsigned i = 0; i < pairs(w); i++)
        if (!w->app[0][i].over) return false;
    for (unsigned i = 0; i < w->accepted; i++)
        if (!w->app[1][i].over) return false;
    return true;
}

static void play(struct world *w)
{
    for (unsigned i = 0; i < pairs(w); i++) {
        w->app[0][i].goal = w->plan->up;
        app_connect(w, &w->app[0][i]);
    }
    for (unsigned n = 0; !all_over(w) && !w->wrong; n++) {
        int turns = 0;
        while (turn(w) && !w->wrong)
            if (++turns == TURNS_MAX) wrong(w, "the hosts talk without end in no time");
        tern_ns at = TERN_NEVER;
        for (int i = 0; i < 2; i++)
            if (tern_stack_next_expiry(w->stack[i]) < at) at = tern_stack_next_expiry(w->stack[i]);
        /* A peer that died unheard keeps the other waiting. */
        if (at == TERN_NEVER && n > ROUNDS_MAX / 2) break;
        w->now = at < w->now + TERN_SEC && at > w->now ? at : w->now + TERN_SEC;
        for (int i = 0; i < 2; i++)
            for (unsigned k = 0; k < PAIRS && n % 64 == 63; k++) app_go(w, &w->app[i][k], i);
        if (n == ROUNDS_MAX) break;
    }
}

/* And no more: who gave up closes behind what he had written. */
static bool somebody_wrote(const struct world *w, uint64_t n)
{
    for (unsigned i = 0; i < pairs(w); i++)
        if (w->app[0][i].written == n) return true;
    return false;
}

static void judge(struct world *w, unsigned *whole)
{
    uint64_t sent = 0, got = 0;
    for (unsigned i = 0; i < pairs(w); i++) {
        struct app *c = &w->app[0][i];
        if (c->end && !c->error && c->got != w->plan->down && !w->memory.at) wrong(w, "an orderly end before the last byte");
        if (!w->memory.ever && !c->over) wrong(w, "a connection that does not end");
        *whole += c->over && !c->error && c->got == w->plan->down;
        sent += c->written;
    }
    for (unsigned i = 0; i < w->accepted; i++) {
        struct app *s = &w->app[1][i];
        if (s->end && !s->error && !somebody_wrote(w, s->got)) wrong(w, "the server saw an orderly end too early");
        got += s->got;
    }
    if (got > sent) wrong(w, "more arrived than was sent");
}

static bool start(struct world *w)
{
    struct tern_alloc alloc = refusing_alloc(&w->memory);
    for (int i = 0; i < 2; i++) {
        struct tern_stack_config sc = {.alloc = &alloc, .secret = {(uint8_t)(i + 1)}, .now = w->now};
        struct tern_if_config ic = {.mtu = 1500, .prefix_len = {24, 64}, .addr_n = 2};
        tern_addr_parse(i ? "192.0.2.2" : "192.0.2.1", &ic.addr[0]);
        tern_addr_parse(i ? "2001:db8::2" : "2001:db8::1", &ic.addr[1]);
        w->stack[i] = tern_stack_new(&sc);
        if (!w->stack[i] || tern_stack_add_if(w->stack[i], &ic) < 0) return false;
        w->h[i] = sock_host_new(w->stack[i]);
        if (!w->h[i]) return false;
        sock_host_time(w->h[i], w->now);
        w->set[i] = sock_epoll_new(w->h[i]);
        if (!w->set[i]) return false;
    }
    return start_listener(w);
}

static void stop(struct world *w)
{
    struct sock_call k = {0};
    for (int i = 0; i < 2; i++)
        for (unsigned n = 0; n < PAIRS; n++)
            if (w->app[i][n].s) sock_close(w->app[i][n].s, &k);
    if (w->listener) sock_close(w->listener, &k);
    for (int i = 0; i < 2; i++) {
        if (w->set[i]) sock_epoll_free(w->set[i]);
        if (w->h[i]) sock_host_free(w->h[i]);
        tern_stack_free(w->stack[i]);
        for (size_t n = 0; n < w->queue_n[i]; n++) free(w->queue[i][n].bytes);
    }
    if (w->memory.bytes || w->memory.blocks) wrong(w, "memory is not given back");
}

static uint64_t run(const struct plan *p, uint64_t refuse_at, bool ever, unsigned *whole)
{
    static struct world world;
    struct world *w = &world;
    *w = (struct world){.plan = p, .memory = {.at = refuse_at, .ever = ever}, .now = TERN_SEC};
    *whole = 0;
    if (start(w)) {
        play(w);
        judge(w, whole);
    }
    stop(w);
    if (w->wrong)
        fail_msg("%s, allocation %llu%s refused: %s", p->name, (unsigned long long)refuse_at, ever ? " and all that follow" : "",
                 w->wrong);
    return w->memory.n;
}

TEST(every_plan_works_when_nothing_is_refused)
{
    for (size_t i = 0; i < N(plans); i++) {
        unsigned whole, wanted = plans[i].pairs ? plans[i].pairs : 1;
        uint64_t n = run(&plans[i], 0, false, &whole);
        if (whole != wanted) fail_msg("%s: %u of %u", plans[i].name, whole, wanted);
        assert_true(n > 10 && n <= 2000);
    }
}

static void refuse_all(bool ever)
{
    unsigned long runs = 0, all = 0;
    for (size_t i = 0; i < N(plans); i++) {
        unsigned whole;
        uint64_t n = run(&plans[i], 0, false, &whole);
        for (uint64_t at = 1; at <= n; at++, runs++) {
            run(&plans[i], at, ever, &whole);
            all += whole;
        }
    }
    printf("# %zu plans, %lu runs, %lu connections came through\n", N(plans), runs, all);
}

TEST(each_allocation_alone_is_refused) { refuse_all(false); }
TEST(from_each_allocation_on_all_are_refused) { refuse_all(true); }

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(every_plan_works_when_nothing_is_refused), CASE(each_allocation_alone_is_refused),
                                       CASE(from_each_allocation_on_all_are_refused)};
    return RUN(tests);
}
