#include "middle.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"

enum { FORGED_MAX = 1460, MERGED_MAX = 20000 };

/* ---- parcels ---- */

static uint8_t *copy_of(const uint8_t *p, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy) abort();
    if (len) memcpy(copy, p, len);
    return copy;
}

static void drop(struct middle *m, int to, uint32_t k)
{
    free(m->way[to][k].data);
    m->way_n[to]--;
    memmove(&m->way[to][k], &m->way[to][k + 1], (m->way_n[to] - k) * sizeof m->way[to][0]);
}

/* Puts |p| before the k-th; false, and its data is freed: too much is on its way. */
static bool insert(struct middle *m, int to, uint32_t k, struct parcel p)
{
    if (m->way_n[to] == MIDDLE_QUEUE) {
        free(p.data);
        return false;
    }
    memmove(&m->way[to][k + 1], &m->way[to][k], (m->way_n[to] - k) * sizeof m->way[to][0]);
    m->way[to][k] = p;
    m->way_n[to]++;
    return true;
}

static struct parcel twin(const struct parcel *p)
{
    struct parcel copy = *p;
    copy.data = copy_of(p->data, p->len);
    return copy;
}

void middle_clear(struct middle *m)
{
    for (int to = 0; to < 2; to++) {
        while (m->way_n[to]) drop(m, to, m->way_n[to] - 1);
        for (uint32_t i = 0; i < MIDDLE_PAST; i++) {
            free(m->past[to][i].data);
            m->past[to][i] = (struct parcel){0};
        }
        m->past_n[to] = 0;
    }
}

/* ---- what a packet is ---- */

struct packet {
    struct wire_ip ip;
    struct wire_tcp h;
    uint8_t *tcp;
};

static bool read_packet(uint8_t *p, uint32_t len, struct packet *out)
{
    if (wire_ip_parse_quoted(p, len, &out->ip) || out->ip.proto != IPPROTO_TCP_) return false;
    if (out->ip.len > len || out->ip.len < out->ip.head_len) return false; /* a header that lies */
    out->tcp = p + out->ip.head_len;
    return wire_tcp_parse(out->tcp, out->ip.len - out->ip.head_len, &out->h) == WIRE_OK;
}

/* Makes every checksum right that stands where it should. */
static void make_right(uint8_t *p, uint32_t len)
{
    struct wire_ip ip;
    size_t head = len && p[0] >> 4 == 4 ? (size_t)(p[0] & 15) * 4 : 0;
    if (head >= WIRE_IP4_HEADER_LEN && head <= len) {
        be16_put(p + 10, 0);
        csum_put(p + 10, csum_add(0, p, head));
    }
    if (wire_ip_parse_quoted(p, len, &ip) || ip.len > len || ip.len < ip.head_len) return;
    uint32_t part = ip.len - ip.head_len, at = ip.proto == IPPROTO_TCP_ ? 16 : 2;
    if (part < at + 2) return;
    uint64_t pseudo = ip.proto == IPPROTO_ICMP_ ? 0 : csum_pseudo(&ip.src, &ip.dst, ip.proto, part);
    be16_put(p + ip.head_len + at, 0);
    csum_put(p + ip.head_len + at, pseudo + csum_add(0, p + ip.head_len, part));
}

static uint8_t flow_of(const struct middle *m, int to, const struct wire_tcp *h)
{
    for (uint8_t i = 0; i < MIDDLE_FLOWS; i++)
        if (h->dst_port == m->port[to][i] && h->src_port == m->port[1 - to][i]) return i;
    return MIDDLE_FLOWS;
}

static void look(struct middle *m, int from, uint8_t flow, const struct wire_tcp *h)
{
    struct sight *s = &m->sight[from][flow];
    if (h->flags & TH_RST) return;
    seq32 end = seq_add(h->seq, wire_seg_len(h));
    s->nxt = s->seen && !(h->flags & TH_SYN) ? seq_max(s->nxt, end) : end;
    s->seen = true;
    s->wnd = h->wnd;
    if (h->flags & TH_ACK) s->ack = h->ack;
    s->timestamps = h->opt.present & OPT_TIMESTAMPS;
    if (s->timestamps) s->ts_val = h->opt.ts_val;
}

void middle_take(struct middle *m, int to, const uint8_t *p, uint32_t len, uint16_t gso_size)
{
    struct parcel new = {.data = copy_of(p, len), .len = len, .gso_size = gso_size, .flow = MIDDLE_FLOWS};
    struct packet seen;
    make_right(new.data, len);
    if (read_packet(new.data, len, &seen)) new.flow = flow_of(m, to, &seen.h);
    if (new.flow < MIDDLE_FLOWS) {
        look(m, 1 - to, new.flow, &seen.h);
        new.life = m->life[new.flow];
    }
    struct parcel *past = &m->past[to][m->past_n[to]++ % MIDDLE_PAST];
    free(past->data);
    *past = twin(&new);
    insert(m, to, m->way_n[to], new);
}

bool middle_give(struct middle *m, int to, struct parcel *out)
{
    if (!m->way_n[to]) return false;
    *out = twin(&m->way[to][0]);
    drop(m, to, 0);
    if (out->flow < MIDDLE_FLOWS && out->life != m->life[out->flow]) out->forged = true; /* an old duplicate */
    return true;
}

/* ---- what is done to packets on their way ---- */

/* A packet that was changed gets its checksums; a spoilt one is not known for it any more. */
static void seal(struct parcel *p)
{
    make_right(p->data, p->len);
    if (p->spoilt) p->forged = p->wrong = true;
}

static void truncate(struct middle *m, struct fuzz_in *in, int to, uint32_t k)
{
    struct parcel *p = &m->way[to][k];
    struct packet was;
    uint32_t how = in8(in), less = how & 1 ? in16(in) : in8(in);
    if (p->len == 0) return;
    less %= p->len;
    bool segment = read_packet(p->data, p->len, &was), shorter = segment && less <= was.h.len;
    p->len -= less;
    uint8_t *exact = copy_of(p->data, p->len);
    free(p->data);
    p->data = exact;
    if (!(how & 2) || !segment || p->len < was.ip.head_len) return; /* the header now lies about the length */
    wire_ip_set_len(p->data, p->len - was.ip.head_len, 0);
    seal(p);
    if (!shorter || (was.h.flags & TH_FIN)) p->forged = true;
}

static bool still_right(const struct parcel *p)
{
    struct packet now;
    return p->gso_size ||
           (read_packet(p->data, p->len, &now) && wire_tcp_checksum_ok(&now.ip, now.tcp, now.ip.len - now.ip.head_len));
}

/* The checksums tell, or are made right; and sometimes a sum does not change with its parts. */
static void corrupt(struct middle *m, struct fuzz_in *in, int to, uint32_t k)
{
    struct parcel *p = &m->way[to][k];
    uint32_t how = in8(in);
    for (uint32_t n = 1 + (how >> 1 & 3); n && p->len; n--) p->data[in16(in) % p->len] ^= (uint8_t)(1 + in8(in) % 255);
    if (how & 1) make_right(p->data, p->len);
    p->spoilt = true;
    if (still_right(p)) p->forged = p->wrong = true;
}

/* One segment becomes two. */
static void split(struct middle *m, struct fuzz_in *in, int to, uint32_t k)
{
    struct parcel *p = &m->way[to][k];
    struct packet was;
    uint32_t at = in16(in);
    if (p->gso_size || !read_packet(p->data, p->len, &was) || was.h.len < 2 || (was.h.flags & (TH_SYN | TH_URG))) return;
    at = 1 + at % (was.h.len - 1);
    uint32_t head = was.ip.head_len + was.h.head_len;
    struct parcel second = twin(p);
    memmove(second.data + head, second.data + head + at, was.h.len - at);
    second.len -= at;
    be32_put(second.data + was.ip.head_len + 4, seq_add(was.h.seq, at).v);
    wire_ip_set_len(second.data, second.len - was.ip.head_len, 2);
    p->len = head + at;
    p->data[was.ip.head_len + 13] &= (uint8_t) ~(TH_FIN | TH_PSH);
    wire_ip_set_len(p->data, p->len - was.ip.head_len, 1);
    seal(p);
    seal(&second);
    insert(m, to, k + 1, second);
}

/* Neighbours that follow one another become one, as GRO does it: |in| says whether the segments' length is told. */
static void merge(struct middle *m, struct fuzz_in *in, int to, uint32_t k)
{
    struct packet a, b;
    bool told = in8(in) & 1;
    if (k + 1 >= m->way_n[to]) return;
    struct parcel *p = &m->way[to][k], *q = &m->way[to][k + 1];
    if (p->flow != q->flow || p->gso_size || q->gso_size || !read_packet(p->data, p->len, &a) ||
        !read_packet(q->data, q->len, &b))
        return;
    uint16_t plain = TH_ACK | TH_PSH;
    if ((a.h.flags & ~plain) || (b.h.flags & ~plain) || !a.h.len || !b.h.len || a.h.len < b.h.len) return;
    if (!seq_eq(seq_add(a.h.seq, a.h.len), b.h.seq) || !seq_eq(a.h.ack, b.h.ack) || p->len + b.h.len > MERGED_MAX) return;
    uint8_t *both = malloc(p->len + b.h.len);
    if (!both) abort();
    memcpy(both, p->data, p->len);
    memcpy(both + p->len, b.h.data, b.h.len);
    free(p->data);
    p->data = both;
    p->len += b.h.len;
    p->gso_size = told ? (uint16_t)a.h.len : 0;
    p->forged |= q->forged, p->wrong |= q->wrong, p->spoilt |= q->spoilt;
    wire_ip_set_len(p->data, p->len - a.ip.head_len, 3);
    seal(p);
    drop(m, to, k + 1);
}

static void replay(struct middle *m, struct fuzz_in *in, int to)
{
    uint32_t have = m->past_n[to] < MIDDLE_PAST ? m->past_n[to] : MIDDLE_PAST, which = in8(in);
    if (have) insert(m, to, m->way_n[to], twin(&m->past[to][(m->past_n[to] - 1 - which % have) % MIDDLE_PAST]));
}

/* ---- forgeries ---- */

/* A number near |near|, a window away, half a circle away, or anywhere. */
static seq32 forge_number(struct fuzz_in *in, seq32 near, uint32_t wnd)
{
    switch (in8(in) & 15) {
    case 0: return seq_add(near, in8(in));
    case 1: return seq_sub(near, in8(in));
    case 2: return seq_add(near, in16(in));
    case 3: return seq_sub(near, in16(in));
    case 4: return seq_add(near, wnd);
    case 5: return seq_add(near, wnd - 1);
    case 6: return seq_sub(near, 1);
    case 7: return seq_add(near, 1);
    case 8: return seq_add(near, UINT32_C(0x80000000));
    case 9: return seq_add(near, UINT32_C(0x7fffffff));
    case 10: return seq(in32(in));
    default: return near;
    }
}

/* -128 to 127 */
static uint32_t little(struct fuzz_in *in) { return in8(in) - UINT32_C(128); }

static void forge_options(struct fuzz_in *in, const struct sight *me, const struct sight *other, struct wire_tcp *h)
{
    uint32_t how = in8(in);
    if (me->timestamps || (how & 1)) {
        h->opt.present |= OPT_TIMESTAMPS;
        h->opt.ts_val = me->ts_val + (how & 2 ? little(in) : 0) + (how & 4 ? in32(in) : 0);
        h->opt.ts_ecr = other->ts_val + (how & 8 ? little(in) : 0);
    }
    if (h->flags & TH_SYN) {
        if (how & 16) h->opt.present |= OPT_MSS, h->opt.mss = (uint16_t)in16(in);
        if (how & 32) h->opt.present |= OPT_WSCALE, h->opt.wscale = in8(in);
        if (how & 64) h->opt.present |= OPT_SACK_PERMITTED;
        return;
    }
    if (!(how & 16)) return;
    h->opt.present |= OPT_SACK;
    h->opt.sack_n = (uint8_t)(1 + (how >> 5) % 3);
    for (int i = 0; i < h->opt.sack_n; i++) {
        h->opt.sack[i].left = forge_number(in, other->nxt, other->wnd);
        h->opt.sack[i].right = seq_add(h->opt.sack[i].left, in16(in));
    }
}

/* Data is what the sender would have at these numbers. */
static void put_segment(struct middle *m, int to, uint8_t flow, const struct wire_tcp *h, uint32_t len)
{
    struct wire_ip ip = {.src = m->addr[1 - to], .dst = m->addr[to], .version = m->v6 ? 6 : 4, .proto = IPPROTO_TCP_, .ttl = 64};
    uint8_t p[WIRE_IP_HEADER_MAX + 60 + FORGED_MAX], tcp[60];
    size_t tcp_len = wire_tcp_build(h, tcp);
    size_t at = wire_ip_build(&ip, (uint32_t)tcp_len + len, true, 7, p);
    seq32 first = h->flags & TH_SYN ? seq_add(h->seq, 1) : h->seq;
    memcpy(p + at, tcp, tcp_len);
    at += tcp_len;
    for (uint32_t i = 0; i < len; i++) p[at + i] = stream_at(seq_add(first, i));
    make_right(p, (uint32_t)at + len);
    insert(m, to, m->way_n[to],
           (struct parcel){
               .data = copy_of(p, at + len), .len = (uint32_t)at + len, .flow = flow, .life = m->life[flow], .forged = true});
}

static void forge_segment(struct middle *m, struct fuzz_in *in, int to, uint8_t flow)
{
    static const uint16_t table[16] = {
        TH_RST,          TH_RST | TH_ACK, TH_SYN, TH_SYN | TH_ACK, TH_ACK,          TH_ACK,          TH_ACK, TH_ACK | TH_PSH,
        TH_FIN | TH_ACK, TH_FIN,          0,      TH_ACK | TH_URG, TH_ACK | TH_ECE, TH_ACK | TH_CWR, TH_ACK, TH_RST};
    const struct sight *me = &m->sight[1 - to][flow], *other = &m->sight[to][flow];
    uint32_t which = in8(in), size = in8(in);
    struct wire_tcp h = {.src_port = m->port[1 - to][flow], .dst_port = m->port[to][flow], .wnd = me->wnd};
    h.flags = which & 128 ? (uint16_t)in8(in) : table[which & 15];
    h.seq = forge_number(in, which & 64 ? other->ack : me->nxt, other->wnd);
    h.ack = h.flags & TH_ACK ? forge_number(in, which & 32 ? me->ack : other->nxt, me->wnd) : seq(0);
    if (which & 16) h.wnd = (uint16_t)in16(in), h.urp = (uint16_t)in16(in);
    forge_options(in, me, other, &h);
    put_segment(m, to, flow, &h, size & 1 ? (size * 7) % FORGED_MAX : size & 2 ? 1 : 0);
}

/* An ICMP message about what |to| sent. */
static void forge_icmp(struct middle *m, struct fuzz_in *in, int to, uint8_t flow)
{
    static const uint8_t kind4[][2] = {{3, 4}, {3, 3}, {3, 2}, {3, 1}, {3, 13}, {4, 0}, {11, 0}, {12, 0}, {8, 0}, {0, 0}};
    static const uint8_t kind6[][2] = {{2, 0}, {1, 4}, {1, 0}, {1, 1}, {1, 3}, {3, 0}, {4, 1}, {4, 0}, {128, 0}, {129, 0}};
    struct wire_ip quote = {
        .src = m->addr[to], .dst = m->addr[1 - to], .version = m->v6 ? 6 : 4, .proto = IPPROTO_TCP_, .ttl = 9};
    struct wire_ip ip = quote;
    uint8_t p[2 * WIRE_IP_HEADER_MAX + 28], *kind, which = in8(in) % 10;
    struct wire_tcp h = {.src_port = m->port[to][flow], .dst_port = m->port[1 - to][flow], .flags = TH_ACK};
    uint8_t tcp[60];
    h.seq = forge_number(in, m->sight[1 - to][flow].ack, 1);
    ip.src = m->addr[1 - to], ip.dst = m->addr[to], ip.proto = m->v6 ? IPPROTO_ICMP6_ : IPPROTO_ICMP_;
    uint32_t quote_len = m->v6 ? WIRE_IP6_HEADER_LEN : WIRE_IP4_HEADER_LEN, cut = in8(in) % 13;
    size_t at = wire_ip_build(&ip, 8 + quote_len + 20 - cut, true, 8, p);
    kind = p + at;
    memset(kind, 0, 8);
    memcpy(kind, m->v6 ? kind6[which] : kind4[which], 2);
    be16_put(kind + 6, (uint16_t)in16(in));
    wire_ip_build(&quote, 600, true, 0, kind + 8);
    wire_tcp_build(&h, tcp);
    memcpy(kind + 8 + quote_len, tcp, 20 - cut);
    uint32_t len = (uint32_t)at + 8 + quote_len + 20 - cut;
    make_right(p, len);
    insert(m, to, m->way_n[to], (struct parcel){.data = copy_of(p, len), .len = len, .flow = MIDDLE_FLOWS});
}

void middle_act(struct middle *m, struct fuzz_in *in)
{
    uint8_t deed = in8(in), which = in8(in), flow = which >> 2 & 3;
    int to = deed >> 7;
    uint32_t n = m->way_n[to], k = n ? which % n : 0;
    struct parcel moved;
    switch (deed & 15) {
    case 0: replay(m, in, to); return;
    case 1: forge_icmp(m, in, to, flow); return;
    case 2:
    case 3:
    case 4: forge_segment(m, in, to, flow); return;
    default: break;
    }
    if (!n) return;
    switch (deed & 15) {
    case 5: drop(m, to, k); break;
    case 6:
        while (m->way_n[to]) drop(m, to, 0);
        break;
    case 7: insert(m, to, k, twin(&m->way[to][k])); break;
    case 8: /* comes first */
    case 9: /* comes last */
        moved = twin(&m->way[to][k]);
        drop(m, to, k);
        insert(m, to, (deed & 15) == 8 ? 0 : m->way_n[to], moved);
        break;
    case 10: truncate(m, in, to, k); break;
    case 11: corrupt(m, in, to, k); break;
    case 12:
    case 13: split(m, in, to, k); break;
    default: merge(m, in, to, k); break;
    }
}
