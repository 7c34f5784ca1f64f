/* SYN cookies in numbers: a flood, a forger's million, and stacks that share a key. The peer's packets are written by hand. */
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "ip.h"
#include "tcp.h"
#include "unit.h"

enum { SYNS = 100000, FORGED = 1 << 20, REAL_EVERY = 100, BACKLOG = 128, PORT = 80 };

static const uint8_t key_a[16] = "a key that all..", key_b[16] = "another key.....";

/* A stack with a listener. Two of them have the same address, and nothing else in common. */
struct host {
    struct tern_stack *s;
    struct tern_listener *l;
    tern_ns now;
};

static struct tern_addr server(void) { return tern_addr_v4((const uint8_t[]){192, 0, 2, 1}); }

static void start(struct host *h, uint64_t mode, const char *secret, tern_ns now)
{
    struct tern_settings set;
    tern_settings_default(&set);
    set.syn_cookies = mode;
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .now = now, .settings = &set};
    memcpy(sc.secret, secret, strlen(secret));
    struct tern_if_config ic = {.mtu = 1500, .addr = {server()}, .prefix_len = {24}, .addr_n = 1};
    struct tern_listen_config lc = {.local = {.port = PORT}, .backlog = BACKLOG};
    h->now = now;
    assert_non_null(h->s = tern_stack_new(&sc));
    assert_int_equal(tern_stack_add_if(h->s, &ic), 0);
    assert_int_equal(tern_stack_listen(h->s, &lc, &h->l), 0);
}

static struct tern_counters counters(const struct host *h)
{
    struct tern_counters c;
    tern_stack_counters(h->s, &c);
    return c;
}

/* A peer: who it is, and the segment that it sends. */
struct peer {
    struct tern_addr addr;
    struct wire_tcp h;
};

static struct peer peer_of(uint32_t net, uint16_t port)
{
    uint8_t a[4] = {198, 18, (uint8_t)(net >> 8), (uint8_t)net};
    return (struct peer){tern_addr_v4(a), {.src_port = port, .dst_port = PORT, .wnd = UINT16_MAX}};
}

static void in(struct host *h, const struct peer *p, uint32_t len)
{
    struct wire_ip ip = {.src = p->addr, .dst = server(), .version = 4, .proto = 6, .ttl = 64};
    uint8_t tcp[60];
    struct tern_buf *b = tern_buf_get(tern_stack_pool(h->s), 120 + len);
    assert_non_null(b);
    size_t tcp_len = wire_tcp_build(&p->h, tcp), ip_len = wire_ip_build(&ip, (uint32_t)tcp_len + len, true, 0, b->data);
    memcpy(b->data + ip_len, tcp, tcp_len);
    memset(b->data + ip_len + tcp_len, 'x', len);
    b->len = (uint32_t)(ip_len + tcp_len + len);
    b->csum_ok = true;
    assert_int_equal(tern_stack_input(h->s, 0, h->now, b), TERN_INPUT_TAKEN);
}

/* The one packet that the stack has to send; false: it has none. */
static bool out(struct host *h, struct wire_tcp *seg)
{
    static uint8_t bytes[2048];
    struct tern_pkt pkt[2];
    int n = tern_stack_output(h->s, 0, h->now, pkt, 2);
    assert_true(n <= 1);
    if (!n) return false;
    memcpy(bytes, pkt[0].head, pkt[0].head_len);
    assert_int_equal(wire_tcp_parse(bytes + 20, pkt[0].head_len - 20, seg), WIRE_OK);
    return true;
}

/* Forgets what there is to send. */
static void quiet(struct host *h)
{
    struct tern_pkt pkt[64];
    while (tern_stack_output(h->s, 0, h->now, pkt, 64) == 64) continue;
    tern_stack_output(h->s, 0, h->now, pkt, 0);
}

static void syn(struct host *h, struct peer *p, uint32_t isn)
{
    p->h.seq = seq(isn), p->h.flags = TH_SYN;
    p->h.opt = (struct wire_tcp_options){
        .present = OPT_MSS | OPT_TIMESTAMPS | OPT_SACK_PERMITTED | OPT_WSCALE, .mss = 1460, .wscale = 7, .ts_val = 1000};
    in(h, p, 0);
}

/* The ACK of |answer|, which came from one of the hosts. */
static void ack(struct host *h, struct peer *p, const struct wire_tcp *answer, uint32_t len)
{
    p->h.seq = answer->ack, p->h.ack = seq_add(answer->seq, 1), p->h.flags = TH_ACK;
    p->h.opt = (struct wire_tcp_options){.present = OPT_TIMESTAMPS, .ts_val = 1001, .ts_ecr = answer->opt.ts_val};
    in(h, p, len);
}

/* ---- a flood ---- */

/* A real client beside it. */
static void connects(struct host *h, uint32_t i)
{
    struct peer p = peer_of(0xff00 + i / 60000, (uint16_t)(1024 + i % 60000));
    struct wire_tcp answer;
    syn(h, &p, i * 7919);
    assert_true(out(h, &answer));
    assert_int_equal(answer.flags, TH_SYN | TH_ACK);
    ack(h, &p, &answer, 10);
    struct tern_conn *c = tern_listener_accept(h->l);
    assert_non_null(c);
    assert_int_equal(tern_conn_state(c), TERN_ESTABLISHED);
    assert_int_equal(tern_conn_readable(c), 10);
    tern_conn_abort(c, h->now);
    tern_conn_release(c, h->now);
    quiet(h);
}

/* proves: ATTACK-10 */
static void test_flood(void **state)
{
    (void)state;
    for (uint64_t mode = 1; mode <= 2; mode++) {
        struct host h;
        size_t before = 0;
        start(&h, mode, "a secret", 1000 * TERN_SEC);
        for (uint32_t i = 0; i < SYNS; i++) {
            struct peer p = peer_of(i / 256, (uint16_t)(1024 + i % 256));
            h.now += 10 * TERN_US;
            syn(&h, &p, i);
            quiet(&h);
            if (i % REAL_EVERY == 0) connects(&h, i / REAL_EVERY);
            if (i == 2 * BACKLOG) before = counters(&h).memory_used;
        }
        struct tern_counters c = counters(&h);
        assert_true(c.memory_used <= before && c.memory_peak < before + 4096);
        assert_true(c.half_n <= (mode == 1 ? BACKLOG : 0));
        assert_int_equal(c.conn_n, 0);
        assert_int_equal(c.passive_opens, SYNS / REAL_EVERY);
        assert_true(c.syn_cookies_sent >= SYNS - BACKLOG);
        assert_int_equal(c.syn_cookies_failed, 0);
        assert_int_equal(c.syn_pressures, mode == 1 ? 1 : 0);
        tern_stack_free(h.s);
    }
}

/* ---- a forger ---- */

static uint64_t next_random(uint64_t *x) /* xorshift64* */
{
    *x ^= *x >> 12, *x ^= *x << 25, *x ^= *x >> 27;
    return *x * UINT64_C(2685821657736338717);
}

/* By chance a forger has one in 2^28 with each. Half of these are for a SYN that was answered: all but the number is right.
 * proves: RFC 4987 3.6 */
static void test_forged(void **state)
{
    (void)state;
    struct host h;
    struct wire_tcp answer;
    uint64_t x = 88172645463325252;
    start(&h, 2, "a secret", 1000 * TERN_SEC);
    struct peer victim = peer_of(7, 4711);
    syn(&h, &victim, 12345);
    assert_true(out(&h, &answer));
    for (uint32_t i = 0; i < FORGED; i++) {
        uint64_t n = next_random(&x), m = next_random(&x);
        struct peer p = i & 1 ? victim : peer_of((uint32_t)(n >> 48), (uint16_t)(1 + (n >> 32) % 65535));
        struct wire_tcp guess = {.ack = seq(i & 1 ? 12346 : (uint32_t)m), .seq = seq((uint32_t)n)};
        guess.opt.ts_val = i & 1 ? answer.opt.ts_val : (uint32_t)(m >> 32);
        ack(&h, &p, &guess, 0);
        if (i % 256 == 0) quiet(&h);
    }
    assert_int_equal(counters(&h).conn_n, 0);
    assert_int_equal(counters(&h).syn_cookies_failed, FORGED);
    quiet(&h);
    ack(&h, &victim, &answer, 0);
    assert_non_null(tern_listener_accept(h.l));
    tern_stack_free(h.s);
}

/* ---- several stacks behind one address ---- */

/* Both know what time it is, |skew| apart, though their own clocks began at different times. */
static void one_handed_over(tern_ns at, int64_t skew, const uint8_t *key, bool good)
{
    struct host first, second;
    struct wire_tcp answer, next;
    start(&first, 2, "one secret", 1000 * TERN_SEC);
    start(&second, 1, "and another", 5 * TERN_SEC);
    tern_stack_syn_cookie_keys(first.s, first.now, key_a, NULL, at);
    tern_stack_syn_cookie_keys(second.s, second.now, key, NULL, at + (tern_ns)skew);
    struct peer p = peer_of(1, 5555);
    syn(&first, &p, 99);
    assert_true(out(&first, &answer));
    ack(&second, &p, &answer, 100);
    struct tern_conn *c = tern_listener_accept(second.l);
    assert_int_equal(c != NULL, good);
    if (good) {
        struct tern_status st;
        tern_conn_status(c, &st);
        assert_true(st.wscale_ok && st.timestamps && st.sack);
        assert_int_equal(st.snd_wscale, 7);
        assert_int_equal(st.mss, 1448);
        assert_int_equal(tern_conn_readable(c), 100);
        assert_int_equal(tern_conn_send(c, second.now, "answer", 6), 6);
        assert_true(out(&second, &next));
        assert_true(seq_eq(next.seq, p.h.ack) && seq_eq(next.ack, seq_add(p.h.seq, 100)));
        assert_true(seq_ge(seq(next.opt.ts_val), seq(answer.opt.ts_val))); /* else the peer's PAWS drops it */
        tern_conn_release(c, second.now);
    } else {
        assert_true(out(&second, &next));
        assert_int_equal(next.flags, TH_RST);
    }
    tern_stack_free(first.s);
    tern_stack_free(second.s);
}

/* A cookie of 200 s ago is refused here, too.
 * proves: ATTACK-10 */
static void test_shared(void **state)
{
    const tern_ns day = UINT64_C(1750000000) * TERN_SEC; /* since 1970 */
    (void)state;
    one_handed_over(day, 0, key_a, true);
    one_handed_over(day, 0, key_b, false);
    for (int64_t i = 0; i < 64; i++) { /* wherever in a slice it is */
        one_handed_over(day + (tern_ns)i * TERN_SEC, 900 * (int64_t)TERN_MS, key_a, true);
        one_handed_over(day + (tern_ns)i * TERN_SEC, -900 * (int64_t)TERN_MS, key_a, true);
    }
    one_handed_over(day, 200 * (int64_t)TERN_SEC, key_a, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
