/* The two ends of `tern demo --memory`: packets are moved by hand, and time is a number. */
#include "cli_demo.h"

#define TURN  (10 * TERN_US) /* virtual time that a packet travels */
#define MTU   1500
#define BATCH 64

static int add_side(struct host *h, const struct tern_link *link, const char *v4, const char *v6)
{
    struct tern_if_config config = {.mtu = link->mtu, .gso_max = link->gso_max, .prefix_len = {24, 64}, .addr_n = 2};
    tern_addr_parse(v4, &config.addr[0]);
    tern_addr_parse(v6, &config.addr[1]);
    return tern_stack_add_if(h->stack, &config);
}

int demo_memory_open(struct demo *d)
{
    struct env *e = &d->env;
    *e = (struct env){.options = &d->options, .signals.fd = -1};
    struct tern_stack *a = env_stack(&d->options, 0), *b = env_stack(&d->options, 0);
    if (a) host_init(&e->host, a, 0);
    if (b) host_init(&d->peer, b, 0);
    if (!a || !b) return cli_fail("demo", "the settings do not go together, or memory is short");
    if (tern_memory_pair(MTU, TERN_PACKET_MAX, 8192, &d->link[0], &d->link[1]) < 0) return cli_fail("demo", "no memory");
    if (add_side(&e->host, d->link[0], DEMO_OWN4, DEMO_OWN6) < 0 || add_side(&d->peer, d->link[1], DEMO_PEER4, DEMO_PEER6) < 0) {
        return cli_fail("demo", "no memory");
    }
    int status = show_open(&e->show, &d->options, a, stdout);
    if (status < 0 && e->show.capture) d->tap = tern_capture_tap(e->show.capture);
    return status;
}

void demo_memory_close(struct demo *d)
{
    tern_link_close(d->link[0]);
    tern_link_close(d->link[1]);
    if (d->peer.stack) host_free(&d->peer);
}

static void input(struct host *h, struct tern_buf *b, const struct tern_loop_tap *tap, const struct tern_trace *trace)
{
    uint64_t from = trace->end;
    if (tap->in) tap->in(tap->ctx, h->now, b);
    if (tern_stack_input(h->stack, 0, h->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    if (tap->in_done) tap->in_done(tap->ctx, h->now, from, trace->end);
}

/* Returns how many packets went. */
static int take_in(struct host *h, struct tern_link *link, const struct tern_loop_tap *tap, const struct tern_trace *trace)
{
    struct tern_buf *bufs[BATCH];
    int n = link->ops->recv(link, h->now, tern_stack_pool(h->stack), bufs, BATCH);
    for (int i = 0; i < n; i++) input(h, bufs[i], tap, trace);
    if (tern_stack_next_expiry(h->stack) <= h->now) tern_stack_expire(h->stack, h->now);
    host_dispatch(h);
    return n;
}

static int put_out(struct host *h, struct tern_link *link, const struct tern_loop_tap *tap)
{
    struct tern_pkt pkts[BATCH / 4];
    int n = tern_stack_output(h->stack, 0, h->now, pkts, BATCH / 4);
    for (int i = 0; i < n && tap->out; i++) tap->out(tap->ctx, h->now, &pkts[i]);
    if (n > 0) link->ops->send(link, h->now, pkts, n); /* what does not fit is lost, as on any path */
    return n;
}

static tern_ns earlier(tern_ns a, tern_ns b) { return a < b ? a : b; }

int demo_memory_step(struct demo *d, tern_ns until)
{
    static const struct tern_loop_tap no_tap;
    const struct tern_trace no_trace = {0};
    struct host *a = &d->env.host, *b = &d->peer;
    int moved = take_in(a, d->link[0], &d->tap, &d->env.show.trace) + take_in(b, d->link[1], &no_tap, &no_trace);
    moved += put_out(a, d->link[0], &d->tap) + put_out(b, d->link[1], &no_tap);
    show_events(&d->env.show);
    tern_ns next = earlier(earlier(tern_stack_next_expiry(a->stack), tern_stack_next_expiry(b->stack)), until);
    if (moved > 0 || next < a->now) next = a->now + TURN;
    if (next == TERN_NEVER) return TERN_ERR_IO; /* nothing will ever happen again */
    a->now = b->now = next;
    return 0;
}
