/* Arbitrary sequences of socket calls on two hosts that are joined in memory: results are those of the contract, calls that are
 * interrupted end, and when all is closed every byte of memory is back. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "sock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SOCKS = 12, OPS_MAX = 2000, BUF = 4096 };

struct input {
    const uint8_t *p, *end;
};

struct host {
    struct tern_stack *stack;
    struct sock_host *h;
    struct sock *s[SOCKS];
    struct sock_epoll *e[2];
    struct tern_buf *queue, **tail; /* to this host */
    bool cut;
};

static struct host host[2];
static tern_ns now;
static size_t live_n;
static uint8_t buf[BUF];
static const uint8_t lasting[256]; /* what sock_send_static() sends stays as it is */

static void check(bool ok)
{
    if (!ok) abort();
}

static uint8_t byte(struct input *in) { return in->p < in->end ? *in->p++ : 0; }

static uint32_t number(struct input *in)
{
    static const uint32_t odd[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 65535, 4096};
    uint8_t b = byte(in);
    return b < 8 ? odd[b] : b < 64 ? b : (uint32_t)b << 8 | byte(in);
}

/* ---- the world ---- */

static void *count_alloc(void *ctx, size_t len)
{
    (void)ctx;
    live_n += len;
    return malloc(len);
}

static void count_free(void *ctx, void *p, size_t len)
{
    (void)ctx;
    live_n -= len;
    free(p);
}

static void start(int i)
{
    static const struct tern_alloc alloc = {count_alloc, count_free, NULL};
    uint8_t v4[4] = {192, 0, 2, (uint8_t)(i + 1)};
    struct tern_settings set;
    tern_settings_default(&set);
    set.port_min = 40000, set.port_max = 40007; /* they run out */
    set.send_buffer = set.receive_buffer = 8192;
    struct tern_stack_config cfg = {.alloc = &alloc, .memory_cap = 4 << 20, .secret = {7}, .now = now, .settings = &set};
    struct tern_if_config nic = {.mtu = 1500, .addr = {tern_addr_v4(v4)}, .prefix_len = {24, 64}, .addr_n = 2};
    nic.addr[1].b[0] = 0x20, nic.addr[1].b[1] = 1, nic.addr[1].b[15] = (uint8_t)(i + 1);
    memset(&host[i], 0, sizeof host[i]);
    host[i].stack = tern_stack_new(&cfg);
    check(host[i].stack && tern_stack_add_if(host[i].stack, &nic) == 0);
    host[i].h = sock_host_new(host[i].stack);
    check(host[i].h);
    for (int k = 0; k < 2; k++) host[i].e[k] = sock_epoll_new(host[i].h);
    host[i].tail = &host[i].queue;
}

static void drop_queue(struct host *h)
{
    struct tern_buf *b;
    while ((b = h->queue) != NULL) {
        h->queue = b->next;
        tern_buf_unref(b);
    }
    h->tail = &h->queue;
}

static void stop(int i)
{
    for (int k = 0; k < 2; k++) sock_epoll_free(host[i].e[k]);
    drop_queue(&host[i]);
    sock_host_free(host[i].h);
    tern_stack_free(host[i].stack);
}

static bool move(int i)
{
    struct host *from = &host[i], *to = &host[1 - i];
    struct tern_pkt pkt;
    bool any = false;
    sock_host_time(from->h, now);
    while (tern_stack_output(from->stack, 0, now, &pkt, 1) == 1) {
        struct tern_buf *b = from->cut ? NULL : tern_buf_get(tern_stack_pool(to->stack), 1500);
        any = true;
        if (!b) continue;
        b->len = (uint32_t)tern_pkt_flatten(&pkt, b->data, 1500);
        b->csum_ok = true;
        b->next = NULL;
        *to->tail = b;
        to->tail = &b->next;
    }
    while (from->queue) {
        struct tern_buf *b = from->queue;
        from->queue = b->next;
        if (!from->queue) from->tail = &from->queue;
        b->next = NULL;
        if (tern_stack_input(from->stack, 0, now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
        any = true;
    }
    sock_host_dispatch(from->h);
    while (sock_host_changed(from->h)) {
    }
    return any;
}

static void pass(tern_ns ns)
{
    now += ns;
    for (int i = 0; i < 2; i++) tern_stack_expire(host[i].stack, now);
    for (int turns = 0; turns < 200; turns++) {
        bool a = move(0), b = move(1);
        if (!a && !b) break;
    }
}

/* ---- calls ---- */

static void result(int64_t r, bool may_block) { check((r == SOCK_BLOCKED && may_block) || r >= -4095); }

static socklen_t address(struct input *in, struct sockaddr_storage *a)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    uint8_t kind = byte(in), who = byte(in) % 4;
    uint16_t port = kind & 0x40 ? 0 : htons((uint16_t)(80 + byte(in) % 3));
    memset(a, 0, sizeof *a);
    v4.sin_port = v6.sin6_port = port;
    v4.sin_addr.s_addr = who == 3 ? 0 : htonl(0xc0000201u + who);
    v6.sin6_addr.s6_addr[15] = (uint8_t)(who == 3 ? 0 : who + 1);
    if (who != 3) v6.sin6_addr.s6_addr[0] = 0x20, v6.sin6_addr.s6_addr[1] = 1;
    if (kind & 0x20) {
        memset(&v6.sin6_addr, 0, 16);
        memset(v6.sin6_addr.s6_addr + 10, 0xff, 2);
        memcpy(v6.sin6_addr.s6_addr + 12, &v4.sin_addr, 4);
    }
    if (kind % 4 == 3) return 16; /* AF_UNSPEC */
    memcpy(a, kind % 4 == 0 ? (const void *)&v4 : (const void *)&v6, kind % 4 == 0 ? sizeof v4 : sizeof v6);
    return kind & 0x80 ? byte(in) : kind % 4 == 0 ? sizeof v4 : sizeof v6;
}

static void transfer(struct input *in, struct sock *s, bool out)
{
    static const int bits[] = {MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL,  MSG_OOB,
                               MSG_MORE, MSG_EOR,   MSG_FASTOPEN, MSG_ZEROCOPY, MSG_ERRQUEUE};
    struct sockaddr_storage a;
    char control[64];
    uint32_t want = number(in), pick = number(in);
    struct iovec v[2] = {{buf, want % BUF}, {buf, byte(in)}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = pick & 0x1000 ? 2 : 1};
    struct sock_call k = {0};
    int flags = 0;
    for (unsigned i = 0; i < sizeof bits / sizeof bits[0]; i++) flags |= pick & 1u << i ? bits[i] : 0;
    if (out && (flags & MSG_FASTOPEN)) m.msg_name = &a, m.msg_namelen = address(in, &a);
    if (!out || (pick & 0x2000)) m.msg_control = control, m.msg_controllen = byte(in) % sizeof control;
    for (size_t i = 0; out && i < m.msg_controllen; i++) control[i] = (char)byte(in);
    if (pick & 0x4000) v[pick >> 15 & 1].iov_base = NULL;
    for (int i = 0; i < 3; i++) {
        int64_t r = out ? sock_sendmsg(s, &k, &m, flags) : sock_recvmsg(s, &k, &m, flags);
        result(r, i < 2 && !(flags & MSG_DONTWAIT));
        if (r != SOCK_BLOCKED) {
            check(r <= (int64_t)(v[0].iov_len + v[1].iov_len));
            return;
        }
        if (i)
            k.interrupted = true;
        else
            pass(TERN_MS);
    }
}

static void option(struct input *in, struct sock *s)
{
    static const struct sock_option_info none = {.level_n = 77};
    size_t n = 0;
    while (sock_option_info(n)) n++;
    uint8_t which = byte(in);
    const struct sock_option_info *o = which < n ? sock_option_info(which) : &none;
    uint32_t word[64] = {number(in), number(in)};
    socklen_t len = byte(in) & 1 ? 4 : byte(in);
    if (byte(in) & 1)
        result(sock_setsockopt(s, o->level_n, o->name_n, word, len), false);
    else
        result(sock_getsockopt(s, o->level_n, o->name_n, word, &len), false);
}

static void watch(struct input *in, struct host *h, struct sock *s)
{
    struct sock_epoll *e = h->e[byte(in) % 2];
    struct epoll_event ev[4] = {{.events = (uint32_t)byte(in) | (uint32_t)(byte(in) & 0xd0u) << 24}};
    if (s) {
        result(sock_epoll_ctl(e, byte(in) % 5, s, byte(in) % 2, ev), false);
        (void)sock_poll(s);
    }
    bool ready = sock_epoll_ready(e);
    int n = sock_epoll_wait(e, ev, 4);
    check(n >= 0 && n <= 4 && (n > 0) == ready);
    for (int i = 0; i < n; i++) check(ev[i].events != 0);
}

static void close_it(struct input *in, struct sock **at)
{
    struct sock_call k = {0};
    int64_t r = sock_close(*at, &k);
    if (r == SOCK_BLOCKED) {
        if (byte(in) & 1) pass(TERN_SEC);
        k.interrupted = true;
        r = sock_close(*at, &k);
    }
    check(r == 0);
    *at = NULL;
}

static void name_call(struct input *in, struct host *h, struct sock *s, struct sock **free_place)
{
    struct sockaddr_storage a;
    struct sock_call k = {0};
    socklen_t len;
    int64_t r;
    switch (byte(in) % 6) {
    case 0: len = address(in, &a), result(sock_bind(s, (struct sockaddr *)&a, len), false); break;
    case 1: result(sock_listen(s, (int)number(in)), false); break;
    case 2: len = address(in, &a), result(sock_connect(s, &k, (struct sockaddr *)&a, len), true); break;
    case 3:
        len = byte(in) % sizeof a;
        if (!free_place) break;
        r = sock_accept(s, &k, (struct sockaddr *)&a, &len, byte(in) & 1 ? SOCK_NONBLOCK : 0, free_place);
        result(r, true);
        if (r) *free_place = NULL;
        break;
    case 4: len = sizeof a, result(sock_getsockname(s, (struct sockaddr *)&a, &len), false); break;
    default: len = sizeof a, result(sock_getpeername(s, (struct sockaddr *)&a, &len), false); break;
    }
    (void)h;
}

static void other_call(struct input *in, struct sock *s)
{
    static const unsigned long request[] = {SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK, FIONBIO, 1};
    struct sock_call k = {0};
    struct tern_buf *b;
    int v = byte(in) & 1, flags = v ? MSG_MORE : 0;
    int64_t r;
    switch (byte(in) % 5) {
    case 0: result(sock_ioctl(s, request[byte(in) % 6], &v), false); break;
    case 1: result(sock_shutdown(s, byte(in) % 4), false); break;
    case 2: sock_set_flags(s, sock_get_flags(s) ^ (int)SOCK_NONBLOCK); break;
    case 3: result(sock_send_static(s, &k, lasting, byte(in), flags), true); break;
    default:
        b = sock_borrow(s, &k, 0, &r);
        if (b && (byte(in) & 1)) {
            k = (struct sock_call){0};
            r = sock_give(s, &k, b, flags);
            if (r > 0) b = NULL;
        }
        result(r, true);
        tern_buf_unref(b);
        break;
    }
}

static void one(struct input *in)
{
    uint8_t op = byte(in);
    struct host *h = &host[op & 1];
    struct sock **at = &h->s[(op >> 1) % SOCKS], **free_place = NULL;
    for (int i = 0; i < SOCKS; i++)
        if (!h->s[i]) free_place = &h->s[i];
    if (!*at) {
        uint8_t how = byte(in);
        result(sock_socket(h->h, how & 1 ? AF_INET6 : AF_INET, SOCK_STREAM | (how & 2 ? SOCK_NONBLOCK : 0), 0, at), false);
        return;
    }
    switch (byte(in) % 12) {
    case 0:
    case 1:
    case 2: name_call(in, h, *at, free_place); break;
    case 3:
    case 4: transfer(in, *at, true); break;
    case 5:
    case 6: transfer(in, *at, false); break;
    case 7: option(in, *at); break;
    case 8: watch(in, h, *at); break;
    case 9: other_call(in, *at); break;
    case 10: close_it(in, at); break;
    default:
        h->cut = (byte(in) & 3) == 3;
        pass((tern_ns)byte(in) * byte(in) * TERN_MS);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct input in = {data, data + len};
    now = TERN_SEC;
    for (int i = 0; i < 2; i++) start(i);
    for (int n = 0; n < OPS_MAX && in.p < in.end; n++) {
        one(&in);
        pass(0);
    }
    for (int i = 0; i < 2; i++) stop(i);
    check(live_n == 0);
    return 0;
}
