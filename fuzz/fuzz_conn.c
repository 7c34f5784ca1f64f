/* Sequences of segments, calls and time against one stack, with its invariants checked after each.
 *
 * The first three bytes of the input choose the stack's settings; the rest is a program of operations, a byte each with its
 * operands behind it. The peers' segments are numbered relative to what the stack sent and acknowledged, so that most are
 * plausible. Every byte of a stream is a function of its sequence number, so whatever is delivered or sent can be judged by
 * itself.
 *
 * Built with a bug that the linker plants (fuzz_conn_planted), it must fail: tools/run-fuzz has that tried. */
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "judge.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SLOTS = 5, PASSIVE = 3, STREAM_MAX = 65536, OPS_MAX = 400, DRAIN_MAX = 4000 };

/* A pair of endpoints, as the peer sees it. */
struct slot {
    struct tcp_tuple t;
    struct tern_conn *c;                     /* the application's handle */
    seq32 nxt;                               /* what the peer sends next */
    seq32 acked;                             /* what the stack has acknowledged last */
    seq32 their_iss, their_max, their_acked; /* the stack's numbers, and how far the peer acknowledged them */
    uint32_t wnd;                            /* that the peer offers */
    uint32_t ts_val, ts_recent;
    uint8_t route_n; /* gateways by which the peer's packets come */
    uint8_t ecn;     /* the two bits of the peer's IP headers */
};

struct fuzz {
    const uint8_t *p, *end;
    struct tern_stack *s;
    struct tern_listener *l;
    struct slot slot[SLOTS];
    tern_ns now;
    bool v6;
    bool fast; /* Fast Open, without cookies */
};

static struct judge judge;
static uint8_t stream[STREAM_MAX + 4096]; /* byte q of a stream is stream[q % 4096] */
static uint8_t scratch[TERN_PACKET_MAX];

static uint8_t byte_at(seq32 q) { return stream[q.v & 4095]; }

/* ---- the input ---- */

static uint8_t u8(struct fuzz *f) { return f->p < f->end ? *f->p++ : 0; }
static uint32_t u16(struct fuzz *f) { return (uint32_t)u8(f) << 8 | u8(f); }
static uint32_t u32(struct fuzz *f) { return u16(f) << 16 | u16(f); }
static struct slot *pick(struct fuzz *f) { return &f->slot[u8(f) % SLOTS]; }

/* ---- what the stack sends ---- */

static struct slot *slot_of(struct fuzz *f, const struct tcp_tuple *t)
{
    for (int i = 0; i < SLOTS; i++)
        if (!memcmp(&f->slot[i].t, t, sizeof *t)) return &f->slot[i];
    return NULL;
}

static void peer_takes(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct wire_ip ip;
    struct wire_tcp h;
    CHECK(wire_ip_parse_quoted(p, len, &ip) == WIRE_OK); /* it may be on a source route */
    CHECK(ip.len == len);
    if (ip.proto != IPPROTO_TCP_) return;
    CHECK(wire_tcp_parse(p + ip.head_len, ip.len - ip.head_len, &h) == WIRE_OK);
    struct tcp_tuple t = {ip.src, ip.dst, h.src_port, h.dst_port};
    seq32 first = h.flags & TH_SYN ? seq_add(h.seq, 1) : h.seq;
    for (uint32_t i = 0; i < h.len; i++) CHECK(h.data[i] == byte_at(seq_add(first, i)));
    judge_edge(&judge, &t, &h);
    struct slot *s = slot_of(f, &t);
    if (!s || (h.flags & TH_RST)) return;
    seq32 end = seq_add(h.seq, wire_seg_len(&h));
    if (h.flags & TH_SYN) s->their_iss = h.seq, s->their_acked = s->their_max = end;
    s->their_max = seq_max(s->their_max, end);
    if (h.flags & TH_ACK) s->acked = h.ack;
    if (h.opt.present & OPT_TIMESTAMPS) s->ts_recent = h.opt.ts_val;
}

static void drain(struct fuzz *f)
{
    struct tern_pkt pkt[8];
    int n, all = 0;
    do {
        n = tern_stack_output(f->s, 0, f->now, pkt, 8);
        for (int i = 0; i < n; i++) {
            int len = tern_pkt_flatten(&pkt[i], scratch, sizeof scratch);
            CHECK(len > 0);
            CHECK(pkt[i].gso_size ? f->s->ifs[0]->cfg.gso_max >= (uint32_t)len : len <= 1500);
            peer_takes(f, scratch, (size_t)len);
        }
        judge_events(&judge, f->now);
        all += n;
    } while (n == 8 && all < DRAIN_MAX);
    CHECK(all < DRAIN_MAX); /* it never comes to rest */
}

/* ---- what comes in ---- */

static void feed(struct fuzz *f, const uint8_t *p, size_t len, uint16_t gso_size, bool csum_ok)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(f->s), len);
    if (!b) return;
    memcpy(b->data, p, len);
    b->len = (uint32_t)len;
    b->gso_size = gso_size;
    b->csum_ok = csum_ok;
    if (tern_stack_input(f->s, 0, f->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
}

static seq32 choose_seq(struct fuzz *f, const struct slot *s)
{
    uint8_t how = u8(f);
    switch (how & 7) {
    case 0: return seq_add(s->nxt, u8(f));
    case 1: return seq_sub(s->nxt, u8(f));
    case 2: return seq_add(s->nxt, u8(f) * 700u);
    case 3: return seq_sub(s->acked, 1);
    case 4: return s->acked;
    case 5: return how & 64 ? seq_add(s->acked, u16(f)) : seq(u32(f));
    default: return s->nxt;
    }
}

static seq32 choose_ack(struct fuzz *f, const struct slot *s)
{
    uint8_t how = u8(f);
    switch (how & 7) {
    case 0: return s->their_acked;
    case 1: return seq_add(s->their_acked, u8(f));
    case 2: return seq_add(s->their_acked, seq_diff(s->their_max, s->their_acked) / 2);
    case 3: return seq_add(s->their_max, 1);
    case 4: return how & 64 ? seq_sub(s->their_acked, u16(f)) : seq(u32(f));
    default: return s->their_max;
    }
}

static uint32_t choose_len(struct fuzz *f, uint16_t *gso_size)
{
    switch (u8(f) & 7) {
    case 0: return u8(f);
    case 1: return 1;
    case 2: return 1400;
    case 3: *gso_size = 1000; return 1000 + u8(f) * 40u;
    case 4: return 500;
    default: return 0;
    }
}

static uint16_t choose_flags(struct fuzz *f)
{
    static const uint16_t table[16] = {
        TH_ACK,          TH_ACK,          TH_ACK | TH_PSH, TH_SYN, TH_SYN | TH_ACK, TH_FIN | TH_ACK, TH_FIN | TH_ACK,
        TH_RST,          TH_RST | TH_ACK, TH_ACK | TH_URG, 0,      TH_ACK,          TH_ACK,          TH_SYN | TH_FIN,
        TH_ACK | TH_ECE, TH_ACK};
    uint8_t which = u8(f);
    return which & 128 ? (uint16_t)u8(f) : table[which & 15];
}

/* What the peer has beyond a hole, mostly of what was sent; now and then what it has twice, or cannot have. */
static void choose_sack(struct fuzz *f, struct slot *s, struct wire_tcp *h, uint8_t n)
{
    uint32_t out = seq_diff(s->their_max, s->their_acked), unit = 1 + u8(f) % 8 * 209u;
    h->opt.present |= OPT_SACK;
    h->opt.sack_n = n;
    for (uint8_t i = 0; i < n; i++) {
        uint32_t from = out ? u16(f) * unit % out : u16(f), len = (1 + u8(f) % 8u) * unit;
        seq32 left = seq_add(s->their_acked, from);
        if (u8(f) == 0) left = seq_sub(left, u16(f));
        h->opt.sack[i] = (struct wire_sack){left, seq_add(left, len)};
    }
}

static void choose_options(struct fuzz *f, struct slot *s, struct wire_tcp *h)
{
    uint8_t how = u8(f);
    if (!(how & 1)) {
        h->opt.present |= OPT_TIMESTAMPS;
        s->ts_val += how & 2 ? 0u : 1u;
        h->opt.ts_val = how & 4 && how & 2 ? s->ts_val - u16(f) : s->ts_val;
        h->opt.ts_ecr = how & 8 && how & 2 ? u32(f) : s->ts_recent;
    }
    if (!(h->flags & TH_SYN)) {
        if (how & 16) choose_sack(f, s, h, 1 + (how >> 5) % 3);
        return;
    }
    if (how & 16) h->opt.present |= OPT_MSS, h->opt.mss = how & 128 ? (uint16_t)u16(f) : 1460;
    if (how & 32) h->opt.present |= OPT_WSCALE, h->opt.wscale = u8(f) & 15;
    if (how & 64) h->opt.present |= OPT_SACK_PERMITTED;
    if ((how & 10) != 8) return; /* Fast Open: a cookie that is right never, and lengths that may be */
    h->opt.present |= OPT_FASTOPEN;
    h->opt.fastopen = stream;
    h->opt.fastopen_len = (uint8_t[]){0, 4, 8, 16}[u8(f) & 3];
}

/* Puts a source route of |n| gateways, all of them met, into the packet of |len| bytes; its new length. */
static size_t by_route(uint8_t *p, size_t len, uint8_t n)
{
    size_t o = 4 + 4u * n;
    memmove(p + 20 + o, p + 20, len - 20);
    memset(p + 20, 0x40 | n, o);
    p[20] = 1, p[21] = 131, p[22] = (uint8_t)(o - 1), p[23] = (uint8_t)o;
    p[0] = (uint8_t)(0x40 | (5 + o / 4));
    be16_put(p + 2, (uint16_t)(len + o));
    be16_put(p + 10, 0);
    csum_put(p + 10, csum_add(0, p, 20 + o));
    return len + o;
}

/* The packet of |h| with |len| bytes of the peer's stream into |scratch|; its length. */
static size_t build(struct fuzz *f, const struct slot *s, const struct wire_tcp *h, uint32_t len)
{
    struct wire_ip ip = {
        .src = s->t.raddr, .dst = s->t.laddr, .version = f->v6 ? 6 : 4, .proto = IPPROTO_TCP_, .ttl = 64, .tos = s->ecn};
    uint8_t tcp[60];
    size_t tcp_len = wire_tcp_build(h, tcp), ip_len = wire_ip_build(&ip, (uint32_t)tcp_len + len, true, 0, scratch);
    memcpy(scratch + ip_len, tcp, tcp_len);
    seq32 first = h->flags & TH_SYN ? seq_add(h->seq, 1) : h->seq;
    for (uint32_t i = 0; i < len; i++) scratch[ip_len + tcp_len + i] = byte_at(seq_add(first, i));
    size_t all = ip_len + tcp_len + len;
    return s->route_n && !f->v6 ? by_route(scratch, all, s->route_n) : all;
}

static void send_as(struct fuzz *f, struct slot *s, const struct wire_tcp *h, uint32_t len, uint16_t gso_size)
{
    size_t n = build(f, s, h, len);
    feed(f, scratch, n, len > gso_size ? gso_size : 0, true);
}

static struct wire_tcp header_of(const struct slot *s, uint16_t flags)
{
    return (struct wire_tcp){.src_port = s->t.rport,
                             .dst_port = s->t.lport,
                             .seq = s->nxt,
                             .ack = s->their_max,
                             .flags = flags,
                             .wnd = (uint16_t)s->wnd};
}

static void op_segment(struct fuzz *f)
{
    struct slot *s = pick(f);
    uint16_t gso_size = 0;
    struct wire_tcp h = header_of(s, choose_flags(f));
    h.seq = choose_seq(f, s);
    h.ack = h.flags & TH_ACK ? choose_ack(f, s) : seq(0);
    uint32_t len = choose_len(f, &gso_size);
    uint8_t how = u8(f);
    if (how & 1) s->wnd = u8(f) & 1 ? u8(f) : u16(f);
    s->ecn = how >> 1 & 3;
    h.wnd = (uint16_t)s->wnd;
    if (h.flags & TH_URG) h.urp = (uint16_t)u16(f);
    choose_options(f, s, &h);
    if (seq_eq(h.seq, s->nxt) || (h.flags & TH_SYN))
        s->nxt = seq_add(h.seq, len + ((h.flags & TH_SYN) != 0) + ((h.flags & TH_FIN) != 0));
    if ((h.flags & TH_ACK) && seq_gt(h.ack, s->their_acked) && seq_le(h.ack, s->their_max)) s->their_acked = h.ack;
    send_as(f, s, &h, len, gso_size);
}

/* A well-behaved peer: it acknowledges all it got, and says |len| more bytes, or closes. */
static void op_behave(struct fuzz *f, uint16_t flags)
{
    struct slot *s = pick(f);
    uint32_t len = u8(f) * 8u;
    struct wire_tcp h = header_of(s, TH_ACK | flags);
    h.seq = s->acked;
    s->wnd = h.wnd = 60000;
    h.opt.present |= OPT_TIMESTAMPS;
    h.opt.ts_val = ++s->ts_val, h.opt.ts_ecr = s->ts_recent;
    s->their_acked = s->their_max;
    s->nxt = seq_max(s->nxt, seq_add(h.seq, len + (flags & TH_FIN)));
    send_as(f, s, &h, len, 0);
}

static void op_handshake(struct fuzz *f)
{
    struct slot *s = pick(f);
    bool passive = s - f->slot < PASSIVE;
    struct wire_tcp h = header_of(s, passive ? TH_SYN : TH_SYN | TH_ACK);
    h.opt = (struct wire_tcp_options){
        .present = OPT_MSS | OPT_WSCALE | OPT_SACK_PERMITTED | OPT_TIMESTAMPS, .mss = 1460, .wscale = 7};
    h.opt.ts_val = ++s->ts_val, h.opt.ts_ecr = s->ts_recent;
    s->wnd = h.wnd = 60000;
    s->nxt = seq_add(h.seq, 1);
    if (!passive) s->their_acked = s->their_max;
    send_as(f, s, &h, 0, 0);
    if (!passive) return;
    drain(f);
    h = header_of(s, TH_ACK);
    h.opt = (struct wire_tcp_options){.present = OPT_TIMESTAMPS, .ts_val = s->ts_val, .ts_ecr = s->ts_recent};
    s->their_acked = s->their_max;
    send_as(f, s, &h, 0, 0);
    if (f->l && !s->c) s->c = tern_listener_accept(f->l);
    if (s->c) { /* it may be another's */
        struct slot *of = slot_of(f, &s->c->node.t);
        struct tern_conn *c = s->c;
        s->c = NULL;
        if (of && !of->c)
            of->c = c;
        else
            tern_conn_release(c, f->now);
    }
}

/* A segment of the stack's, quoted by an ICMP error. */
static void op_icmp(struct fuzz *f)
{
    struct slot *s = pick(f);
    struct wire_ip quote = {.src = s->t.laddr, .dst = s->t.raddr, .version = f->v6 ? 6 : 4, .proto = IPPROTO_TCP_, .ttl = 9};
    struct wire_ip ip = {.src = s->t.raddr, .dst = s->t.laddr, .version = quote.version, .proto = f->v6 ? 58 : 1, .ttl = 9};
    uint8_t how = u8(f), tcp[60], head[60];
    struct wire_tcp h = {
        .src_port = s->t.lport, .dst_port = s->t.rport, .seq = how & 64 ? seq(u32(f)) : s->their_acked, .flags = TH_ACK};
    if (how & 32) h.seq = seq_sub(s->their_max, 1);
    wire_tcp_build(&h, tcp);
    size_t quote_len = wire_ip_build(&quote, 600, true, 0, head),
           at = wire_ip_build(&ip, (uint32_t)quote_len + 28, true, 0, scratch);
    memset(scratch + at, 0, 8);
    scratch[at] = f->v6 ? (uint8_t[]){1, 1, 2, 3, 128, 4}[how % 6] : (uint8_t[]){3, 3, 3, 11, 8, 4}[how % 6];
    scratch[at + 1] = how % 6 == 0 ? 1 : how % 6 == 1 ? (f->v6 ? 4 : 3) : how % 6 == 2 && !f->v6 ? 4 : 0;
    uint32_t mtu = u16(f);
    scratch[at + 6] = (uint8_t)(mtu >> 8), scratch[at + 7] = (uint8_t)mtu;
    memcpy(scratch + at + 8, head, quote_len);
    memcpy(scratch + at + 8 + quote_len, tcp, 20);
    feed(f, scratch, at + 28 + quote_len, 0, true);
}

/* Bytes as they are, which nothing needs to be right about. */
static void op_raw(struct fuzz *f)
{
    size_t n = u8(f);
    bool known_good = u8(f) & 1;
    if (n > (size_t)(f->end - f->p)) n = (size_t)(f->end - f->p);
    feed(f, f->p, n, 0, known_good);
    f->p += n;
}

/* ---- calls ---- */

static void op_send(struct fuzz *f);

static void op_connect(struct fuzz *f)
{
    struct slot *s = &f->slot[PASSIVE + u8(f) % (SLOTS - PASSIVE)];
    if (s->c) return;
    struct tern_endpoint local = {s->t.laddr, s->t.lport}, remote = {s->t.raddr, s->t.rport};
    uint8_t how = u8(f);
    if (how == 1) local.port = 0;
    int r = tern_stack_connect(f->s, &local, &remote, &s->c);
    CHECK(r == 0 || r == TERN_ERR_ADDRINUSE || r == TERN_ERR_NOMEM || (!local.port && r == TERN_ERR_ADDRNOTAVAIL));
    if (r) s->c = NULL;
    if (s->c && how & 2) tern_conn_set(s->c, f->now, TERN_OPT_FASTOPEN, 1); /* what is sent next goes with the SYN */
    if (s->c && how & 2) op_send(f);
}

static void op_accept(struct fuzz *f)
{
    struct tern_conn *c = f->l ? tern_listener_accept(f->l) : NULL;
    if (!c) return;
    struct slot *s = slot_of(f, &c->node.t);
    if (s && !s->c)
        s->c = c;
    else
        tern_conn_release(c, f->now);
}

static void op_send(struct fuzz *f)
{
    struct slot *s = pick(f);
    uint8_t how = u8(f);
    uint32_t len = how & 1 ? u8(f) : u16(f);
    if (!s->c) return;
    seq32 from = snd_end(s->c);
    const uint8_t *data = stream + (from.v & 4095);
    int64_t n;
    if (s->c->state == TERN_SYN_SENT || s->c->state == TERN_SYN_RECEIVED) CHECK(has(s->c, F_SYN_UNACKED));
    if ((how & 6) == 2) {
        n = tern_conn_send_with(s->c, f->now, data, len, TERN_SEND_URGENT);
    } else if ((how & 6) == 4) {
        n = tern_conn_send_static(s->c, f->now, data, len, 0);
    } else if ((how & 6) == 6) {
        struct tern_buf *b = tern_buf_get(tern_stack_pool(f->s), len);
        if (!b) return;
        memcpy(b->data, data, len);
        b->len = len;
        n = tern_conn_send_buf(s->c, f->now, b, 0);
        CHECK(n < 0 || n == (int64_t)len); /* all or nothing */
        if (n < 0) tern_buf_unref(b);
    } else {
        n = tern_conn_send(s->c, f->now, data, len);
    }
    CHECK(n <= (int64_t)len);
    CHECK(n >= 0 || tern_strerror((int)n));
}

static void received(const struct tern_conn *c, const uint8_t *p, uint32_t n)
{
    struct judge_track *t = judge_track(&judge, c->id);
    for (uint32_t i = 0; i < n; i++) CHECK(p[i] == byte_at(seq_add(c->rcv.irs, 1 + t->read_n + i)));
    t->read_n += n;
}

static void op_recv(struct fuzz *f)
{
    struct slot *s = pick(f);
    uint8_t how = u8(f);
    int err = 0;
    if (!s->c) return;
    if (how & 1) {
        struct tern_buf *b = tern_conn_recv_buf(s->c, f->now, &err);
        if (b) received(s->c, b->data, b->len);
        tern_buf_unref(b);
        return;
    }
    size_t urgent = tern_conn_urgent(s->c), readable = tern_conn_readable(s->c);
    int64_t n = tern_conn_recv(s->c, f->now, scratch, how & 2 ? how : sizeof scratch);
    CHECK(n <= (int64_t)readable || !readable);
    CHECK(urgent < UINT32_C(0x80000000));
    if (n > 0) received(s->c, scratch, (uint32_t)n);
}

static void op_end(struct fuzz *f)
{
    struct slot *s = pick(f);
    uint8_t how = u8(f) % 3;
    if (!s->c) return;
    if (how == 0) tern_conn_close(s->c, f->now);
    if (how == 1) tern_conn_abort(s->c, f->now);
    if (how < 2) return;
    tern_conn_release(s->c, f->now);
    s->c = NULL;
}

static void op_option(struct fuzz *f)
{
    struct slot *s = pick(f);
    enum tern_option opt = (enum tern_option)(u8(f) % TERN_OPTION_N);
    int64_t value = (int8_t)u8(f), got;
    if (u8(f) & 1) value = (int64_t)u32(f);
    if (!s->c) return;
    int r = tern_conn_set(s->c, f->now, opt, value);
    CHECK(r == 0 || r == TERN_ERR_INVAL || r == TERN_ERR_NOMEM);
    CHECK(tern_conn_get(s->c, opt, &got) == 0);
    if (r == 0 && opt != TERN_OPT_RECEIVE_BUFFER && opt != TERN_OPT_SEND_BUFFER) CHECK(got == value);
    s->route_n = (uint8_t)(value & 15) < 10 ? value & 15 : 0;
    if (value & 16) tern_conn_set_route(s->c, f->now, (struct tern_addr[1]){s->t.raddr}, (size_t)(value & 1));
    if (value & 1) tern_conn_set_cc(s->c, f->now, value & 2 ? "fixed" : "newreno");
}

static void op_held(struct fuzz *f)
{
    struct tern_held h;
    uint8_t how = u8(f);
    if (!f->l || !tern_listener_held(f->l, &h)) return;
    if (how % 4 == 0) tern_held_reset(f->s, h.id);
    if (how % 4 == 1) tern_held_drop(f->s, h.id);
    if (how % 4 > 1) tern_held_accept(f->s, h.id);
}

static void listen_anew(struct fuzz *f, bool hold)
{
    struct tern_listen_config cfg = {.local = {.port = 80}, .backlog = 2, .hold = hold};
    if (tern_stack_listen(f->s, &cfg, &f->l) < 0) f->l = NULL;
    if (f->l && f->fast) tern_listener_set(f->l, TERN_OPT_FASTOPEN, 2);
}

static void op_listener(struct fuzz *f)
{
    uint8_t how = u8(f);
    struct slot *s = &f->slot[0];
    if (!f->l) {
        listen_anew(f, how & 1);
    } else if (how & 2 && !s->c) {
        struct tern_endpoint remote = {s->t.raddr, s->t.rport};
        if (tern_listener_send(f->l, &remote, "", 0, &s->c) == 0)
            f->l = NULL;
        else
            s->c = NULL;
    } else if (how & 4) {
        tern_listener_close(f->l);
        f->l = NULL;
    }
}

static bool each(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    (void)ctx;
    if (c) CHECK(c->state == st->state);
    CHECK(st->state < TERN_STATE_N);
    return true;
}

static void op_look(struct fuzz *f)
{
    struct tern_ready ev;
    struct tern_status st;
    struct slot *s = pick(f);
    for (int n = 0; tern_stack_next_event(f->s, &ev); n++) {
        CHECK(n < 100 && ev.events && !ev.listener != !ev.conn);
        if (ev.listener) CHECK(ev.listener == f->l);
        if (ev.conn && ev.events & TERN_ERROR) CHECK(tern_conn_error(ev.conn));
    }
    tern_stack_each(f->s, each, f);
    if (s->c) tern_conn_status(s->c, &st);
}

/* ---- time ---- */

static void op_time(struct fuzz *f)
{
    uint8_t how = u8(f);
    tern_ns next = tern_stack_next_expiry(f->s);
    switch (how & 3) {
    case 0:
        if (next != TERN_NEVER && next > f->now) f->now = next;
        break;
    case 1: f->now += u8(f) * TERN_MS; break;
    case 2: f->now += u8(f) * TERN_SEC; break;
    default: f->now += u16(f) * TERN_US; break;
    }
    for (int i = 0; tern_stack_next_expiry(f->s) <= f->now; i++) {
        CHECK(i < 100);
        tern_stack_expire(f->s, f->now);
        drain(f);
    }
}

/* ---- a run ---- */

static void settings(struct fuzz *f, struct tern_settings *set, uint8_t a, uint8_t b, uint8_t c)
{
    static const uint32_t isn[4] = {0, UINT32_C(0x7fffffff), UINT32_C(0x80000000), UINT32_C(0xfffffffe)};
    tern_settings_default(set);
    if (c & 128) CHECK(tern_profile_set(set, c & 8 ? "linux" : "freebsd") == 0);
    f->v6 = a & 1;
    set->fixed_isn = (uint64_t)isn[a >> 1 & 3] + 1;
    if (a & 8) set->send_buffer = set->receive_buffer = 4096;
    if (a & 16) set->delack = 0;
    if (a & 32) set->rfc1337 = 0;
    if (a & 64) set->abort_time_wait = 1;
    if (a & 128) set->ooo_ranges = 3;
    if (b & 1) set->timestamps = 0;
    if (b & 2) set->sack = 0;
    if (b & 4) set->window_scaling = 0;
    if (b & 8) set->silent = 1;
    if (b & 16) set->time_wait_max = 1;
    if (b & 32) set->source_route = 1;
    if (b & 64) set->port_min = set->port_max = 50000;
    if (c & 8) set->ecn = 1;
    if (c & 16) set->fastopen = 0x607, f->fast = true;
    if (c & 32) set->icmp_abort = 3, set->closing_reset = 1;
    if (c & 64) set->rfc5961_rst = set->rfc5961_syn = set->drop_syn_fin = set->timestamps_needed = 0;
}

static void setup(struct fuzz *f, uint8_t a, uint8_t b, uint8_t c)
{
    struct tern_settings set;
    settings(f, &set, a, b, c);
    judge_begin(&judge, 'S');
    struct tern_stack_config sc = {
        .alloc = &judge.alloc, .memory_cap = c & 4 ? 300000 : 0, .secret = "the fuzzer's key", .now = f->now};
    struct tern_if_config ic = {.mtu = 1500, .gso_max = c & 1 ? 65535 : 0, .addr_n = 1, .prefix_len = {24}};
    sc.settings = &set;
    struct tern_addr peer;
    tern_addr_parse(f->v6 ? "2001:db8::2" : "192.0.2.2", &ic.addr[0]);
    tern_addr_parse(f->v6 ? "2001:db8::1" : "192.0.2.1", &peer);
    f->s = tern_stack_new(&sc);
    judge_stack(&judge, f->s);
    CHECK(tern_stack_add_if(f->s, &ic) == 0);
    listen_anew(f, c & 2);
    for (uint16_t i = 0; i < SLOTS; i++) {
        struct slot *s = &f->slot[i];
        s->t = (struct tcp_tuple){ic.addr[0], peer, i < PASSIVE ? 80 : (uint16_t)(2000 + i), (uint16_t)(1000 + i)};
        s->nxt = s->acked = seq(UINT32_C(0xfffffff0) + i);
        s->wnd = 60000;
    }
}

static void operate(struct fuzz *f)
{
    switch (u8(f) & 31) {
    case 0: op_connect(f); break;
    case 1: op_accept(f); break;
    case 2:
    case 3: op_send(f); break;
    case 4:
    case 5: op_recv(f); break;
    case 6:
    case 7: op_end(f); break;
    case 8: op_option(f); break;
    case 9: op_held(f); break;
    case 10: op_listener(f); break;
    case 11: op_look(f); break;
    case 12:
    case 13:
    case 14: op_time(f); break;
    case 15: op_icmp(f); break;
    case 16: op_raw(f); break;
    case 17:
    case 18: op_handshake(f); break;
    case 19:
    case 20:
    case 21: op_behave(f, 0); break;
    case 22: op_behave(f, TH_FIN); break;
    default: op_segment(f); break;
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    for (uint32_t i = 0; i < sizeof stream; i++) stream[i] = (uint8_t)((i & 4095) * 167 + ((i & 4095) >> 8) * 13 + 7);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct fuzz fuzz;
    struct fuzz *f = &fuzz;
    memset(f, 0, sizeof *f);
    f->p = data, f->end = data + len;
    f->now = 1000 * TERN_SEC;
    uint8_t a = u8(f), b = u8(f), c = u8(f);
    setup(f, a, b, c);
    for (int i = 0; i < OPS_MAX && f->p < f->end; i++) {
        operate(f);
        drain(f);
        judge_look(&judge, f->now);
    }
    judge_end(&judge);
    return 0;
}
