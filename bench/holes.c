/* What a new hole costs, with so many holes open: it must hardly grow.
 *
 *     holes N [in-order|anywhere] [send|receive]     nanoseconds for an acknowledgement, or a segment, with what is sent for it
 *
 * A peer that is written by hand acknowledges every other segment of what one stack sent, at the end of a row of N holes, or in
 * places all over the window; then the window slides: for each acknowledgement one hole is filled, and one is new. To receive,
 * the peer sends every other of many small segments in such an order; then for each that fills a hole another makes one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tern/conn.h>
#include <tern/link.h>
#include <tern/stack.h>

enum {
    MSS = 1000,
    IP_LEN = 20,
    TCP_LEN = 20,
    PORT = 7,
    PEER_PORT = 4000,
    MEASURED = 4000,
    BLOCK = 1 << 20,
    PEER_ISS = 1,
    PIECE = 100
};
enum { SYN = 2, ACK = 16 };

#define DIE(...) (fprintf(stderr, "holes: " __VA_ARGS__), fputc('\n', stderr), exit(1))

static uint8_t block[BLOCK];
static struct tern_stack *stack;
static uint32_t iss;
static tern_ns now = TERN_SEC;

static tern_ns clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

static uint8_t *put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v;
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v) { return put16(put16(p, v >> 16), v & 0xffff); }

static uint32_t get32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* A segment of the peer's with number |seq|, |options_len| bytes of options, and |len| of text. */
static void say(unsigned flags, uint32_t seq, uint32_t ack, const uint8_t *options, size_t options_len, size_t len)
{
    static const uint8_t addresses[8] = {192, 0, 2, 2, 192, 0, 2, 1};
    struct tern_buf *b = tern_buf_get(tern_stack_pool(stack), IP_LEN + TCP_LEN + options_len + len);
    if (!b) DIE("no memory");
    uint8_t *tcp = b->data + IP_LEN;
    memset(b->data, 0, IP_LEN + TCP_LEN);
    b->len = (uint32_t)(IP_LEN + TCP_LEN + options_len + len);
    b->data[0] = 0x45, b->data[8] = 64, b->data[9] = 6;
    put16(b->data + 2, b->len);
    memcpy(b->data + 12, addresses, sizeof addresses);
    uint32_t sum = 0;
    for (unsigned i = 0; i < IP_LEN; i += 2) sum += (uint32_t)b->data[i] << 8 | b->data[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    put16(b->data + 10, ~(sum + (sum >> 16)) & 0xffff);
    put16(tcp, PEER_PORT);
    put16(tcp + 2, PORT);
    put32(put32(tcp + 4, seq), ack);
    put16(tcp + 12, (uint32_t)(TCP_LEN + options_len) / 4 << 12 | flags);
    put16(tcp + 14, 0xffff);
    memcpy(tcp + TCP_LEN, options, options_len);
    memset(tcp + TCP_LEN + options_len, 'x', len);
    b->csum_ok = true;
    if (tern_stack_input(stack, 0, now, b) != TERN_INPUT_TAKEN) DIE("the stack refuses a segment");
}

/* All that the stack has to send; the number of the first byte of the last one. */
static uint32_t hear(void)
{
    struct tern_pkt pkt;
    uint32_t at = 0;
    while (tern_stack_output(stack, 0, now, &pkt, 1) == 1) at = get32(pkt.head + IP_LEN + 4);
    return at;
}

/* Segments from 0 on; block i is segment |at[i]|. */
static void sack(uint32_t acked, const uint32_t *at, unsigned n)
{
    uint8_t o[40] = {1, 1, 5, (uint8_t)(2 + 8 * n)}, *p = o + 4;
    for (unsigned i = 0; i < n; i++) p = put32(put32(p, iss + 1 + at[i] * MSS), iss + 1 + (at[i] + 1) * MSS);
    say(ACK, PEER_ISS + 1, iss + 1 + acked * MSS, o, (size_t)(p - o), 0);
}

/* The peer's segment |i|, from 0 on. */
static void text(uint32_t i) { say(ACK, PEER_ISS + 1 + i * PIECE, iss + 1, NULL, 0, PIECE); }

static struct tern_conn *open_conn(void)
{
    static const uint8_t options[] = {2, 4, MSS >> 8, MSS & 255, 1, 3, 3, 14, 1, 1, 4, 2};
    struct tern_settings set;
    tern_settings_default(&set);
    set.send_buffer = set.receive_buffer = 1 << 30, set.send_buffer_max = set.receive_buffer_max = 0;
    set.ooo_ranges = 1 << 20;
    set.timestamps = 0;
    set.tlp = 0;
    struct tern_stack_config cfg = {
        .alloc = &tern_alloc_libc, .now = now, .settings = &set, .cc = "fixed", .memory_cap = (size_t)4 << 30};
    struct tern_if_config ic = {.mtu = 1500, .gso_max = 65535, .addr_n = 1, .prefix_len = {24}};
    struct tern_endpoint own = {.port = PORT};
    struct tern_listen_config lc = {.backlog = 1};
    struct tern_listener *l;
    stack = tern_stack_new(&cfg);
    if (tern_addr_parse("192.0.2.1", &own.addr) < 0 || !stack) DIE("no stack");
    ic.addr[0] = own.addr;
    lc.local = own;
    if (tern_stack_add_if(stack, &ic) != 0 || tern_stack_listen(stack, &lc, &l) != 0) DIE("no listener");
    say(SYN, PEER_ISS, 0, options, sizeof options, 0);
    iss = hear();
    now += TERN_MS;
    say(ACK, PEER_ISS + 1, iss + 1, NULL, 0, 0);
    struct tern_conn *c = tern_listener_accept(l);
    if (!c) DIE("no connection");
    return c;
}

static uint64_t rng = 88172645463325252u;

static uint32_t lot(uint32_t below)
{
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

static int by_size(const void *a, const void *b)
{
    tern_ns x = *(const tern_ns *)a, y = *(const tern_ns *)b;
    return (x > y) - (x < y);
}

/* The median: what else the machine does spoils a mean. */
static tern_ns median(tern_ns *t, size_t n)
{
    qsort(t, n, sizeof *t, by_size);
    return t[n / 2];
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 0;
    bool anywhere = argc > 2 && !strcmp(argv[2], "anywhere"), receive = argc > 3 && !strcmp(argv[3], "receive");
    if (!n || n > 400000) DIE("how many holes?");
    uint32_t segments = 2 * (n + MEASURED), last[3] = {0}, *order = malloc((n + MEASURED) * sizeof *order);
    struct tern_conn *c = open_conn();
    for (uint64_t left = receive ? 0 : (uint64_t)segments * MSS; left;) {
        size_t len = left < BLOCK ? (size_t)left : BLOCK;
        int64_t r = tern_conn_send_static(c, now, block, len, 0);
        if (r <= 0) DIE("SEND takes no more");
        left -= (uint64_t)r;
    }
    hear();
    for (uint32_t i = 0; i < n + MEASURED; i++) order[i] = i;
    for (uint32_t i = anywhere ? n : 1; i > 1; i--) {
        uint32_t j = lot(i), t = order[i - 1];
        order[i - 1] = order[j], order[j] = t;
    }
    now += 50 * TERN_MS;
    static tern_ns growing[MEASURED], sliding[MEASURED];
    size_t grown = 0;
    for (uint32_t i = 0; i < n + MEASURED; i++) {
        uint32_t k = i + 1 < 3 ? i + 1 : 3;
        last[2] = last[1], last[1] = last[0], last[0] = 2 * order[i] + 1;
        now += TERN_US;
        tern_ns before = clock_now();
        if (receive) {
            if (i >= n) text(2 * (i - n));
            text(last[0]);
        } else {
            sack(i < n ? 0 : 2 * (i - n + 1), last, k);
        }
        hear();
        tern_ns took = clock_now() - before;
        if (i < n && (n < MEASURED || i >= n - MEASURED) && i >= n / 2) growing[grown++] = took;
        if (i >= n) sliding[i - n] = took;
    }
    printf("growing %llu sliding %llu\n", (unsigned long long)median(growing, grown),
           (unsigned long long)median(sliding, MEASURED));
    struct tern_counters figures;
    tern_stack_counters(stack, &figures);
    fprintf(stderr, "memory %zu\n", (size_t)figures.memory_used);
    free(order);
    tern_stack_free(stack);
    return 0;
}
