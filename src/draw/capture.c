/* A capture of what passes between a loop and its links, each packet with the comment that its trace events make.
 *
 * Bulk transfers would fill a disk, so packets in their middle are cut to their headers. Which packets are a transfer's last ones
 * is known only later: packets wait in a queue of |full_last| bytes before they are written, and a FIN or RST saves those of its
 * connection that are still there. Every packet passes through the queue, so that their order is kept. */
#include <tern/draw.h>

#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "draw_text.h"
#include "ip.h"

enum {
    SNAP_LEAST = 128, /* the longest headers are TERN_HEAD_MAX */
    FLOWS = 256,      /* a power of two */
    COMMENT_MAX = 4096
};

_Static_assert(SNAP_LEAST >= TERN_HEAD_MAX, "headers are never cut");

struct pair {
    struct tern_endpoint src, dst;
};

/* One direction of a connection. Two that meet in one place take it from each other; then more is written whole than need be. */
struct flow {
    struct pair pair;
    uint64_t payload_len; /* so far */
};

struct held {
    struct held *next;
    uint64_t unix_ns;
    struct pair pair;
    uint32_t len;
    bool outbound, whole, tcp;
    char *comment; /* after the bytes; NULL for none */
    uint8_t bytes[];
};

struct tern_capture {
    struct tern_pcapng *file;
    const struct tern_trace *trace;
    struct tern_capture_config config;
    struct tern_capture_counters counters;
    int err; /* sticky */
    struct held *first, **last;
    uint64_t held_len;
    struct flow flows[FLOWS];
    bool in_completed;
    uint32_t in_len; /* of the packet that the stack is looking at */
    uint8_t in[TERN_PACKET_MAX];
    uint8_t out[TERN_PACKET_MAX];
};

/* What the writer must know of a packet. */
struct packet {
    struct pair pair;
    const uint8_t *bytes;
    uint32_t len;
    uint32_t payload_len;
    uint16_t flags;
    bool tcp, outbound, completed;
};

struct tern_capture *tern_capture_new(struct tern_pcapng *file, const struct tern_trace *trace,
                                      const struct tern_capture_config *config)
{
    struct tern_capture *c = calloc(1, sizeof(*c));
    if (!c) {
        (void)tern_pcapng_close(file);
        return NULL;
    }
    c->file = file;
    c->trace = trace;
    c->config = *config;
    if (c->config.snap > 0 && c->config.snap < SNAP_LEAST) c->config.snap = SNAP_LEAST;
    c->last = &c->first;
    return c;
}

/* ---- checksums ---- */

static void put_sum(uint8_t *field, uint64_t sum)
{
    uint16_t folded = (uint16_t)~csum_fold(sum);
    memcpy(field, &folded, sizeof(folded));
}

/* virtio's NEEDS_CSUM: the field holds the pseudo-header's sum, the rest is to be added. */
static bool complete_out(const struct tern_pkt *pkt, uint8_t *bytes, uint32_t len)
{
    if (pkt->csum_start == 0 || (uint32_t)pkt->csum_start + pkt->csum_offset + 2u > len) return false;
    put_sum(bytes + pkt->csum_start + pkt->csum_offset, csum_add(0, bytes + pkt->csum_start, len - pkt->csum_start));
    return true;
}

static bool parse_ip(const uint8_t *bytes, uint32_t len, struct wire_ip *ip)
{
    const struct wire_ip_opts opts = {.source_route = true};
    return wire_ip_parse(bytes, len, &opts, ip) == WIRE_OK;
}

/* What came with |csum_ok| was summed by nobody, or only in part, when its sender is on this machine. */
static bool complete_in(uint8_t *bytes, uint32_t len)
{
    struct wire_ip ip;
    if (!parse_ip(bytes, len, &ip) || ip.proto != IPPROTO_TCP_ || ip.len < ip.head_len + (uint32_t)WIRE_TCP_HEADER_LEN)
        return false;
    uint8_t *seg = bytes + ip.head_len, *field = seg + 16;
    uint32_t seg_len = ip.len - ip.head_len;
    if (wire_tcp_checksum_ok(&ip, seg, seg_len)) return false;
    memset(field, 0, 2);
    put_sum(field, csum_add(csum_pseudo(&ip.src, &ip.dst, IPPROTO_TCP_, seg_len), seg, seg_len));
    return true;
}

/* ---- what is whole ---- */

static void look(struct packet *p)
{
    struct wire_ip ip;
    struct wire_tcp tcp;
    if (!parse_ip(p->bytes, p->len, &ip) || ip.proto != IPPROTO_TCP_) return;
    if (wire_tcp_parse(p->bytes + ip.head_len, ip.len - ip.head_len, &tcp) != WIRE_OK) return;
    p->tcp = true;
    p->pair = (struct pair){{ip.src, tcp.src_port}, {ip.dst, tcp.dst_port}};
    p->payload_len = tcp.len;
    p->flags = tcp.flags;
}

static bool pair_eq(const struct pair *a, const struct pair *b)
{
    return endpoint_eq(&a->src, &b->src) && endpoint_eq(&a->dst, &b->dst);
}

static struct flow *flow_of(struct tern_capture *c, const struct pair *pair)
{
    uint32_t h = (uint32_t)pair->src.port * 31u + pair->dst.port;
    for (size_t i = 8; i < 16; i++) h = h * 31u + pair->src.addr.b[i] * 7u + pair->dst.addr.b[i];
    struct flow *f = &c->flows[(h ^ h >> 16) % FLOWS];
    if (!pair_eq(&f->pair, pair)) *f = (struct flow){.pair = *pair};
    return f;
}

static bool is_whole(struct tern_capture *c, const struct packet *p)
{
    if (c->config.snap == 0 || !p->tcp) return true;
    struct flow *f = flow_of(c, &p->pair);
    if (p->flags & TH_SYN) f->payload_len = 0;
    bool early = f->payload_len < c->config.full_first;
    f->payload_len += p->payload_len;
    return early || (p->flags & (TH_SYN | TH_FIN | TH_RST));
}

/* ---- writing ---- */

static void write_packet(struct tern_capture *c, const struct held *h, const uint8_t *bytes)
{
    uint32_t len = h->whole || h->len < c->config.snap ? h->len : c->config.snap;
    int err = tern_pcapng_packet(c->file, h->unix_ns, h->outbound, bytes, len, h->len, h->comment);
    if (!c->err) c->err = err;
    c->counters.commented += h->comment != NULL;
    c->counters.cut += len < h->len;
}

static void write_first(struct tern_capture *c)
{
    struct held *h = c->first;
    c->first = h->next;
    if (!c->first) c->last = &c->first;
    c->held_len -= h->len;
    write_packet(c, h, h->bytes);
    free(h);
}

static void hold(struct tern_capture *c, const struct held *head, const uint8_t *bytes)
{
    size_t comment_len = head->comment ? strlen(head->comment) + 1 : 0;
    struct held *h = malloc(sizeof(*h) + head->len + comment_len);
    if (!h) {
        if (!c->err) c->err = TERN_ERR_NOMEM;
        return;
    }
    *h = *head;
    memcpy(h->bytes, bytes, head->len);
    if (head->comment) h->comment = memcpy(h->bytes + head->len, head->comment, comment_len);
    *c->last = h;
    c->last = &h->next;
    c->held_len += h->len;
    while (c->first && c->held_len > c->config.full_last) write_first(c);
}

/* The last packets of a connection that ends. */
static void save_held(struct tern_capture *c, const struct pair *pair)
{
    const struct pair back = {pair->dst, pair->src};
    for (struct held *h = c->first; h; h = h->next)
        if (h->tcp && (pair_eq(&h->pair, pair) || pair_eq(&h->pair, &back))) h->whole = true;
}

static void capture(struct tern_capture *c, tern_ns now, struct packet *p, uint64_t from, uint64_t to)
{
    char comment[COMMENT_MAX];
    struct text t = text_in(comment, sizeof(comment));
    t.len = tern_comment(c->trace, from, to, comment, sizeof(comment) - 128);
    if (p->completed)
        text_add(&t, "%schecksum completed by the writer: %s left it to the offload", t.len > 0 ? "\n" : "",
                 p->outbound ? "the stack" : "the sender");
    look(p);
    struct held head = {
        .unix_ns = c->config.unix_ns + now, .pair = p->pair, .len = p->len, .outbound = p->outbound, .tcp = p->tcp};
    head.whole = is_whole(c, p);
    head.comment = t.len > 0 ? comment : NULL;
    c->counters.packets++;
    c->counters.completed += p->completed;
    if (p->tcp && (p->flags & (TH_FIN | TH_RST))) save_held(c, &p->pair);
    if (!c->first && (head.whole || c->config.full_last == 0))
        write_packet(c, &head, p->bytes);
    else
        hold(c, &head, p->bytes);
}

/* ---- the tap ---- */

static void tap_in(void *ctx, tern_ns now, const struct tern_buf *buf)
{
    struct tern_capture *c = ctx;
    (void)now;
    c->in_len = buf->len < sizeof(c->in) ? buf->len : (uint32_t)sizeof(c->in);
    memcpy(c->in, buf->data, c->in_len);
    c->in_completed = buf->csum_ok && complete_in(c->in, c->in_len);
}

static void tap_in_done(void *ctx, tern_ns now, uint64_t from, uint64_t to)
{
    struct tern_capture *c = ctx;
    struct packet p = {.bytes = c->in, .len = c->in_len, .completed = c->in_completed};
    capture(c, now, &p, from, to);
}

static void tap_out(void *ctx, tern_ns now, const struct tern_pkt *pkt)
{
    struct tern_capture *c = ctx;
    int len = tern_pkt_flatten(pkt, c->out, sizeof(c->out));
    if (len < 0) {
        if (!c->err) c->err = len;
        return;
    }
    struct packet p = {.bytes = c->out, .len = (uint32_t)len, .outbound = true};
    p.completed = complete_out(pkt, c->out, p.len);
    capture(c, now, &p, pkt->event_end - pkt->event_n, pkt->event_end);
}

struct tern_loop_tap tern_capture_tap(struct tern_capture *c)
{
    return (struct tern_loop_tap){.in = tap_in, .in_done = tap_in_done, .out = tap_out, .ctx = c};
}

void tern_capture_counters(const struct tern_capture *c, struct tern_capture_counters *out) { *out = c->counters; }

int tern_capture_close(struct tern_capture *c)
{
    if (!c) return 0;
    while (c->first) write_first(c);
    int closed = tern_pcapng_close(c->file), err = c->err;
    free(c);
    return err ? err : closed;
}
