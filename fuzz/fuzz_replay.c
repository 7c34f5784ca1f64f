/* A capture (captured.h) is played again to tern. Of the first connection that has a SYN in it both ends are tern's, each a stack
 * of its own that hears what the other end said in the capture, at the same times; the initial numbers are the capture's, so that
 * what was said is acceptable. The applications send as many bytes as those in the capture did, and close when they did. What the
 * stacks say is lost. Everything else in the capture comes to a stack that listens at every address.
 *
 * Both are judged after each packet (judge.h). In the end the applications go, and with time all is forgotten. */
#include <string.h>

#include "bytes.h"
#include "captured.h"
#include "checksum.h"
#include "judge.h"
#include "link_layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PACKETS_MAX = 400, STEPS_MAX = 20000, SENT_MAX = 100000 };

struct packet {
    tern_ns at;
    uint8_t *data;
    uint32_t len;
    bool tcp; /* |ip| and |h| are valid */
    struct wire_ip ip;
    struct wire_tcp h;
};

struct end {
    struct judge judge;
    struct tern_stack *s;
    struct tern_listener *l;
    struct tern_conn *c;
    seq32 sent; /* by the capture's application: up to here */
    bool sending;
};

struct replay {
    enum link_layer layer;
    struct packet packet[PACKETS_MAX];
    uint32_t n;
    tern_ns now;
    const struct packet *syn, *synack; /* NULL: none */
    struct end end[2];                 /* client, server */
};

static struct replay replay;

/* ---- the capture ---- */

static void take_link(void *ctx, int dlt) { ((struct replay *)ctx)->layer = link_layer_of(dlt); }

/* IPv4's header checksum: many a capture was taken before the card made it. */
static void make_sum(uint8_t *p, uint32_t len)
{
    size_t head = p[0] >> 4 == 4 ? (size_t)(p[0] & 15) * 4 : 0;
    if (head < WIRE_IP4_HEADER_LEN || head > len) return;
    be16_put(p + 10, 0);
    csum_put(p + 10, csum_add(0, p, head));
}

static void take_packet(void *ctx, tern_ns at, const uint8_t *p, uint32_t len, uint32_t wire_len)
{
    struct replay *r = ctx;
    size_t off = link_layer_ip(r->layer, p, len);
    (void)wire_len;
    if (off >= len || r->n == PACKETS_MAX) return;
    struct packet *k = &r->packet[r->n++];
    *k = (struct packet){.at = at, .data = malloc(len - off), .len = (uint32_t)(len - off)};
    CHECK(k->data != NULL);
    memcpy(k->data, p + off, k->len);
    make_sum(k->data, k->len);
    k->tcp = wire_ip_parse(k->data, k->len, NULL, &k->ip) == WIRE_OK && k->ip.proto == IPPROTO_TCP_ &&
             wire_tcp_parse(k->data + k->ip.head_len, k->ip.len - k->ip.head_len, &k->h) == WIRE_OK;
    if (!k->tcp || !(k->h.flags & TH_SYN)) return;
    if (!(k->h.flags & TH_ACK)) {
        if (!r->syn) r->syn = k;
    } else if (r->syn && !r->synack && k->h.dst_port == r->syn->h.src_port && tern_addr_eq(&k->ip.dst, &r->syn->ip.src)) {
        r->synack = k;
    }
}

/* ---- the ends ---- */

static void drain(struct end *e, tern_ns now)
{
    struct tern_pkt pkt[8];
    while (tern_stack_output(e->s, 0, now, pkt, 8) == 8) judge_events(&e->judge, now);
    judge_look(&e->judge, now);
}

static void start(struct end *e, char name, tern_ns now, const struct tern_addr *addr, const seq32 *iss)
{
    struct tern_settings set;
    tern_settings_default(&set);
    set.timestamps_needed = 0; /* those that were made by hand have none */
    if (iss) set.fixed_isn = (uint64_t)iss->v + 1;
    judge_begin(&e->judge, name);
    const struct tern_stack_config sc = {.alloc = &e->judge.alloc, .secret = "the fuzzer's key", .now = now, .settings = &set};
    const struct tern_if_config ic = {.mtu = 1500, .addr_n = 1, .prefix_len = {24}, .addr = {*addr}, .any = name == 'S'};
    e->s = tern_stack_new(&sc);
    e->l = NULL, e->c = NULL, e->sending = false;
    judge_stack(&e->judge, e->s);
    CHECK(tern_stack_add_if(e->s, &ic) == 0);
}

static void start_both(struct replay *r)
{
    struct tern_addr client, server;
    CHECK(tern_addr_parse("192.0.2.1", &client) == 0 && tern_addr_parse("192.0.2.2", &server) == 0);
    if (r->syn) client = r->syn->ip.src, server = r->syn->ip.dst;
    start(&r->end[0], 'C', r->now, &client, r->syn ? &r->syn->h.seq : NULL);
    start(&r->end[1], 'S', r->now, &server, r->synack ? &r->synack->h.seq : NULL);
    const struct tern_listen_config cfg = {.any = true};
    CHECK(tern_stack_listen(r->end[1].s, &cfg, &r->end[1].l) == 0);
    if (!r->syn) return;
    const struct tern_endpoint local = {client, r->syn->h.src_port}, remote = {server, r->syn->h.dst_port};
    if (tern_stack_connect(r->end[0].s, &local, &remote, &r->end[0].c) < 0) r->end[0].c = NULL;
    drain(&r->end[0], r->now);
}

/* The application does what that of the capture did when this segment of its left. */
static void act(struct end *e, const struct wire_tcp *h, tern_ns now)
{
    static const uint8_t zeros[2048];
    seq32 first = h->flags & TH_SYN ? seq_add(h->seq, 1) : h->seq, end = seq_add(first, h->len);
    if (!e->sending) e->sending = true, e->sent = first;
    if (!e->c) return;
    tern_conn_set(e->c, now, TERN_OPT_NODELAY, 1);
    uint32_t more = seq_gt(end, e->sent) ? seq_diff(end, e->sent) : 0;
    if (more > SENT_MAX) more = 0; /* these are numbers of somebody else */
    for (int64_t n = 1; more && n > 0; more -= n > 0 ? (uint32_t)n : 0)
        n = tern_conn_send(e->c, now, zeros, more < sizeof zeros ? more : sizeof zeros);
    e->sent = seq_max(e->sent, end);
    if (h->flags & TH_FIN) tern_conn_close(e->c, now);
    if (h->flags & TH_RST) tern_conn_abort(e->c, now);
    drain(e, now);
}

static void hear(struct end *e, const struct packet *p, tern_ns now)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(e->s), p->len);
    if (!b) return;
    memcpy(b->data, p->data, p->len);
    b->len = p->len;
    b->csum_ok = true; /* likewise */
    if (tern_stack_input(e->s, 0, now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    judge_events(&e->judge, now);
    while (e->l) {
        struct tern_conn *c = tern_listener_accept(e->l);
        if (!c) break;
        if (e->c)
            tern_conn_release(c, now);
        else
            e->c = c;
    }
    if (e->c) tern_conn_recv(e->c, now, NULL, SIZE_MAX);
    drain(e, now);
}

static void expire(struct replay *r)
{
    for (int k = 0; k < 2; k++)
        for (int i = 0; tern_stack_next_expiry(r->end[k].s) <= r->now; i++) {
            CHECK(i < 100);
            tern_stack_expire(r->end[k].s, r->now);
            drain(&r->end[k], r->now);
        }
}

static void play(struct replay *r, const struct packet *p)
{
    const struct packet *syn = r->syn;
    tern_ns at = p->at - r->packet[0].at < 86400 * TERN_SEC ? TERN_SEC + p->at - r->packet[0].at : 0;
    if (at > r->now) r->now = at;
    expire(r);
    bool to_client = syn && p->tcp && tern_addr_eq(&p->ip.dst, &syn->ip.src) && p->h.dst_port == syn->h.src_port;
    bool to_server = syn && p->tcp && tern_addr_eq(&p->ip.src, &syn->ip.src) && p->h.src_port == syn->h.src_port;
    if (to_client) act(&r->end[1], &p->h, r->now);
    if (to_server) act(&r->end[0], &p->h, r->now);
    if (!to_server) hear(&r->end[0], p, r->now);
    if (!to_client) hear(&r->end[1], p, r->now);
}

/* The applications go; the peers have gone. */
static void finish(struct replay *r)
{
    for (int k = 0; k < 2; k++) {
        struct end *e = &r->end[k];
        struct tern_counters n;
        if (e->c) tern_conn_release(e->c, r->now);
        if (e->l) tern_listener_close(e->l);
        drain(e, r->now);
        for (int steps = 0;; steps++) {
            tern_stack_counters(e->s, &n);
            if (!n.conn_n && !n.half_n && !n.time_wait_n) break;
            tern_ns next = tern_stack_next_expiry(e->s);
            CHECK(steps < STEPS_MAX && next != TERN_NEVER); /* no state without a timer */
            if (next > r->now) r->now = next;
            tern_stack_expire(e->s, r->now);
            drain(e, r->now);
        }
        judge_end(&e->judge);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct replay *r = &replay;
    r->n = 0, r->syn = r->synack = NULL, r->now = TERN_SEC;
    captured_read(data, len, &(struct captured){take_link, take_packet, r});
    start_both(r);
    for (uint32_t i = 0; i < r->n; i++) play(r, &r->packet[i]);
    finish(r);
    for (uint32_t i = 0; i < r->n; i++) free(r->packet[i].data);
    return 0;
}
