/* Two stacks and a cable in memory: what the protocol itself costs, on one core. And what a connection weighs.
 *
 *     memory bulk SECONDS [copy]          Gbit/s; copy: the application's bytes are copied at both ends
 *     memory rtt SECONDS                  microseconds of a round trip of one byte
 *     memory crr SECONDS N [TIME-WAITS]   connect, a byte each way, close: transactions a second, N at once
 *     memory weigh half-open|idle|time-wait N    bytes of resident memory a connection
 *
 * Packets have at most 1500 bytes, each checksum is made, and verified. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tern/link.h>

#include "peer.h"

#define DIE(...) (fprintf(stderr, "memory: " __VA_ARGS__), fputc('\n', stderr), exit(1))

enum { MTU = 1500, QUEUE_N = 4096, IN_MAX = 64, OUT_MAX = 16, BLOCK_LEN = 1 << 18, BACKLOG = 1 << 20, PORT = 7 };
enum { WARM_N = 1000 }; /* connections after which what does not grow with them is there: rings of answers, free buffers */

static uint8_t block[BLOCK_LEN];

struct side {
    struct tern_stack *stack;
    struct tern_link *link;
    tern_ns now;
    void (*ready)(struct side *s, struct tern_conn *c, uint32_t events);
    struct tern_listener *listener;
    bool copy;
    uint64_t done; /* bytes, round trips or transactions */
};

static tern_ns clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

static struct tern_addr address(const char *text)
{
    struct tern_addr a;
    if (tern_addr_parse(text, &a) < 0) DIE("not an address: %s", text);
    return a;
}

/* ---- two stacks ---- */

static void open_stack(struct side *s, const char *own)
{
    struct tern_settings set;
    tern_settings_default(&set);
    set.port_min = 1024, set.port_max = 65535;
    struct tern_stack_config config = {.alloc = &tern_alloc_libc, .settings = &set};
    struct tern_if_config ifc = {.mtu = MTU, .gso_max = s->link ? s->link->gso_max : 0, .prefix_len = {32}, .addr_n = 1};
    s->now = config.now = clock_now();
    memset(config.secret, own[strlen(own) - 1], sizeof config.secret);
    ifc.addr[0] = address(own);
    s->stack = tern_stack_new(&config);
    if (!s->stack || tern_stack_add_if(s->stack, &ifc) != 0) DIE("no stack");
}

static void open_server(struct side *s, const char *own)
{
    struct tern_listen_config config = {.local.port = PORT, .backlog = BACKLOG};
    open_stack(s, own);
    if (tern_stack_listen(s->stack, &config, &s->listener) < 0) DIE("cannot listen");
}

static void open_pair(struct side *client, struct side *server)
{
    if (tern_memory_pair(MTU, 0, QUEUE_N, &client->link, &server->link) < 0) DIE("no memory");
    open_stack(client, "2001:db8::1");
    open_server(server, "2001:db8::2");
}

static void close_side(struct side *s)
{
    tern_stack_free(s->stack);
    tern_link_close(s->link);
}

static void dispatch(struct side *s)
{
    struct tern_ready r;
    while (tern_stack_next_event(s->stack, &r)) {
        if (r.conn) {
            s->ready(s, r.conn, r.events);
            continue;
        }
        struct tern_conn *c;
        while ((c = tern_listener_accept(r.listener)) != NULL) s->ready(s, c, tern_conn_events(c));
    }
}

/* A turn of a loop: packets in, events, packets out. */
static void turn(struct side *s)
{
    struct tern_buf *bufs[IN_MAX];
    struct tern_pkt pkts[OUT_MAX];
    s->now = clock_now();
    int n = s->link->ops->recv(s->link, s->now, tern_stack_pool(s->stack), bufs, IN_MAX);
    for (int i = 0; i < n; i++)
        if (tern_stack_input(s->stack, 0, s->now, bufs[i]) == TERN_INPUT_FOREIGN) tern_buf_unref(bufs[i]);
    if (tern_stack_next_expiry(s->stack) <= s->now) tern_stack_expire(s->stack, s->now);
    dispatch(s);
    n = tern_stack_output(s->stack, 0, s->now, pkts, OUT_MAX);
    if (n > 0 && s->link->ops->send(s->link, s->now, pkts, n) != n) DIE("the cable is full");
}

/* Turns of both, for |seconds|; returns how long it took, in seconds. */
static double run(struct side *a, struct side *b, double seconds)
{
    tern_ns from = clock_now(), until = from + (tern_ns)(seconds * 1e9);
    do turn(a), turn(b);
    while (b->now < until);
    return (double)(b->now - from) / 1e9;
}

static struct tern_conn *connect_to_server(struct side *s)
{
    struct tern_endpoint server = {.addr = address("2001:db8::2"), .port = PORT};
    struct tern_conn *c;
    int err = tern_stack_connect(s->stack, NULL, &server, &c);
    if (err < 0) DIE("cannot connect: %s", tern_strerror(err));
    return c;
}

/* The rate of |what| a second, after a tenth of the time to warm up. */
static double rate(struct side *client, struct side *server, const struct side *what, double seconds)
{
    run(client, server, seconds / 10);
    uint64_t before = what->done;
    double took = run(client, server, seconds);
    if (what->done == before) DIE("nothing went through");
    return (double)(what->done - before) / took;
}

/* ---- bulk ---- */

static void bulk_send(struct side *s, struct tern_conn *c, uint32_t events)
{
    int64_t n;
    if (events & TERN_ERROR) DIE("%s", tern_strerror(tern_conn_error(c)));
    do n = s->copy ? tern_conn_send(c, s->now, block, BLOCK_LEN) : tern_conn_send_static(c, s->now, block, BLOCK_LEN, 0);
    while (n > 0);
}

static void bulk_receive(struct side *s, struct tern_conn *c, uint32_t events)
{
    static uint8_t into[BLOCK_LEN];
    (void)events;
    int64_t n;
    int err;
    struct tern_buf *b;
    if (s->copy) {
        while ((n = tern_conn_recv(c, s->now, into, sizeof into)) > 0) s->done += (uint64_t)n;
        return;
    }
    while ((b = tern_conn_recv_buf(c, s->now, &err)) != NULL) {
        s->done += b->len;
        tern_buf_unref(b);
    }
}

static void bulk(double seconds, bool copy)
{
    struct side client = {.ready = bulk_send, .copy = copy}, server = {.ready = bulk_receive, .copy = copy};
    for (size_t i = 0; i < BLOCK_LEN; i++) block[i] = (uint8_t)(i * 31 + i / 256);
    open_pair(&client, &server);
    connect_to_server(&client);
    printf("%.2f\n", rate(&client, &server, &server, seconds) * 8 / 1e9);
    close_side(&client);
    close_side(&server);
}

/* ---- round trips ---- */

static void ping(struct side *s, struct tern_conn *c, uint32_t events)
{
    char byte = 'x';
    if (events & TERN_CONNECTED) tern_conn_send(c, s->now, &byte, 1);
    if (tern_conn_recv(c, s->now, &byte, 1) != 1) return;
    s->done++;
    tern_conn_send(c, s->now, &byte, 1);
}

static void pong(struct side *s, struct tern_conn *c, uint32_t events)
{
    char byte;
    (void)events;
    if (tern_conn_recv(c, s->now, &byte, 1) == 1) tern_conn_send(c, s->now, &byte, 1);
}

static void rtt(double seconds)
{
    struct side client = {.ready = ping}, server = {.ready = pong};
    open_pair(&client, &server);
    connect_to_server(&client);
    printf("%.3f\n", 1e6 / rate(&client, &server, &client, seconds));
    close_side(&client);
    close_side(&server);
}

/* ---- connections a second ---- */

static void ask(struct side *s, struct tern_conn *c, uint32_t events)
{
    char byte = 'x';
    if (events & TERN_CONNECTED) tern_conn_send(c, s->now, &byte, 1);
    int64_t n;
    do n = tern_conn_recv(c, s->now, &byte, 1);
    while (n > 0);
    if (n == TERN_ERR_AGAIN) return;
    if (n < 0) DIE("%s", tern_strerror((int)n));
    tern_conn_release(c, s->now);
    s->done++;
    connect_to_server(s);
}

static void answer(struct side *s, struct tern_conn *c, uint32_t events)
{
    char byte;
    (void)events;
    int64_t n = tern_conn_recv(c, s->now, &byte, 1);
    if (n == TERN_ERR_AGAIN) return;
    if (n > 0) tern_conn_send(c, s->now, &byte, 1);
    tern_conn_release(c, s->now);
}

static void open_many(const struct side *s, enum peer_kind kind, uint32_t from, uint32_t n)
{
    struct peer peer = {.stack = s->stack, .listener = s->listener, .own = address("2001:db8::2"), .port = PORT};
    for (uint32_t i = from; i < from + n; i++)
        if (!peer_open(&peer, i, kind, s->now)) DIE("connection %u fails", i);
}

static void crr(double seconds, unsigned at_once, uint32_t time_wait_n)
{
    struct side client = {.ready = ask}, server = {.ready = answer};
    struct tern_counters counters;
    open_pair(&client, &server);
    open_many(&server, PEER_TIME_WAIT, 0, time_wait_n);
    tern_stack_counters(server.stack, &counters);
    if (counters.time_wait_n < time_wait_n) DIE("only %llu rest in TIME-WAIT", (unsigned long long)counters.time_wait_n);
    for (unsigned i = 0; i < at_once; i++) connect_to_server(&client);
    printf("%.0f\n", rate(&client, &server, &client, seconds));
    close_side(&client);
    close_side(&server);
}

/* ---- bytes a connection ---- */

static size_t resident(void)
{
    char line[200];
    size_t kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %zu", &kib) == 1) break;
    if (f) fclose(f);
    return kib * 1024;
}

static void weigh(const char *what, uint32_t n)
{
    static const char *const names[] = {"half-open", "idle", "time-wait"};
    unsigned kind = 0;
    while (kind < 3 && strcmp(what, names[kind]) != 0) kind++;
    if (kind == 3) DIE("weigh: half-open, idle or time-wait");
    struct side s = {0};
    open_server(&s, "2001:db8::2");
    open_many(&s, (enum peer_kind)kind, 0, WARM_N);
    size_t before = resident();
    open_many(&s, (enum peer_kind)kind, WARM_N, n);
    printf("%.1f\n", (double)(resident() - before) / n);
    tern_stack_free(s.stack);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 0;
    if (strcmp(what, "bulk") == 0)
        bulk(seconds, argc > 3);
    else if (strcmp(what, "rtt") == 0)
        rtt(seconds);
    else if (strcmp(what, "crr") == 0 && argc > 3)
        crr(seconds, (unsigned)strtoul(argv[3], NULL, 10), argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0);
    else if (strcmp(what, "weigh") == 0 && argc > 3)
        weigh(argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
    else
        DIE("bulk SECONDS [copy] | rtt SECONDS | crr SECONDS N [TIME-WAITS] | weigh half-open|idle|time-wait N");
    return 0;
}
