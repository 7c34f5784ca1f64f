/* tern inside a program that has a loop and a link of its own: two stacks, a "cable" that is an array, and a clock that is a
 * number. Nothing of <tern/link.h> or <tern/loop.h> is used.
 *
 *     cc -o embed embed.c $(pkg-config --cflags --libs tern) && ./embed */
#include <stdio.h>
#include <string.h>
#include <tern/conn.h>

#define CABLE_N 64
#define DELAY   (5 * TERN_MS)

struct side {
    struct tern_stack *stack;
    struct tern_conn *conn;
    struct { /* what travels to this side, in order */
        struct tern_buf *buf;
        tern_ns at;
    } cable[CABLE_N];
    size_t first, n;
};

static int open_side(struct side *s, const char *addr, uint8_t secret)
{
    struct tern_stack_config config = {.alloc = &tern_alloc_libc};
    struct tern_if_config ifc = {.mtu = 1500, .prefix_len = {64}, .addr_n = 1};
    memset(config.secret, secret, sizeof config.secret); /* a real program takes this from a source of randomness */
    s->stack = tern_stack_new(&config);
    return !s->stack || tern_addr_parse(addr, &ifc.addr[0]) < 0 ? -1 : tern_stack_add_if(s->stack, &ifc);
}

/* A link's sending half: each packet becomes one run of bytes in a buffer of the other side. */
static void transmit(struct side *from, struct side *to, tern_ns now)
{
    struct tern_pkt pkt;
    while (to->n < CABLE_N && tern_stack_output(from->stack, 0, now, &pkt, 1) == 1) {
        struct tern_buf *b = tern_buf_get(tern_stack_pool(to->stack), TERN_HEAD_MAX + pkt.payload_len);
        if (!b) continue; /* lost, and sent again */
        b->len = (uint32_t)tern_pkt_flatten(&pkt, b->data, b->cap);
        b->csum_ok = true; /* it never leaves the memory, and its sum is that of the pseudo-header only */
        size_t at = (to->first + to->n++) % CABLE_N;
        to->cable[at].buf = b;
        to->cable[at].at = now + DELAY;
    }
}

/* The receiving half, and the passing of time. */
static void receive(struct side *s, tern_ns now)
{
    for (; s->n > 0 && s->cable[s->first].at <= now; s->n--, s->first = (s->first + 1) % CABLE_N) {
        struct tern_buf *b = s->cable[s->first].buf;
        if (tern_stack_input(s->stack, 0, now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    }
    tern_stack_expire(s->stack, now);
}

/* The application: the server answers what it is asked, the client prints the answer. Returns whether the client is done. */
static bool application(struct side *s, bool server, tern_ns now)
{
    struct tern_ready ready;
    char text[100];
    bool done = false;
    while (tern_stack_next_event(s->stack, &ready)) {
        if (ready.listener && !s->conn) s->conn = tern_listener_accept(ready.listener);
        int64_t n = s->conn ? tern_conn_recv(s->conn, now, text, sizeof text) : TERN_ERR_AGAIN;
        if (n > 0) printf("%6.1f ms: the %s hears \"%.*s\"\n", (double)now / 1e6, server ? "server" : "client", (int)n, text);
        if (n > 0 && server) tern_conn_send(s->conn, now, "hello, client", 13);
        if (n > 0 && !server) tern_conn_close(s->conn, now);
        if (n == 0 && server) tern_conn_close(s->conn, now); /* the client has closed: so do we */
        done = n == 0 && !server;
    }
    return done;
}

static tern_ns next(const struct side *s)
{
    tern_ns at = tern_stack_next_expiry(s->stack);
    return s->n > 0 && s->cable[s->first].at < at ? s->cable[s->first].at : at;
}

int main(void)
{
    static struct side a, b;
    struct tern_listener *listener;
    struct tern_endpoint server = {.port = 80};
    tern_addr_parse("2001:db8::2", &server.addr);
    if (open_side(&a, "2001:db8::1", 1) < 0 || open_side(&b, "2001:db8::2", 2) < 0) return 1;
    if (tern_stack_listen(b.stack, &(struct tern_listen_config){.local = server}, &listener) < 0) return 1;
    if (tern_stack_connect(a.stack, NULL, &server, &a.conn) < 0 || tern_conn_send(a.conn, 0, "hello, server", 13) != 13) return 1;
    bool done = false;
    for (tern_ns now = 0; !done && now < 10 * TERN_SEC; now = next(&a) < next(&b) ? next(&a) : next(&b)) {
        receive(&a, now), receive(&b, now);
        application(&b, true, now), done = application(&a, false, now);
        transmit(&a, &b, now), transmit(&b, &a, now);
    }
    return done ? 0 : 1; /* what the stacks and the cable hold goes with the process */
}
