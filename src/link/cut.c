#include "cut.h"

#include <tern/link.h>

#include <assert.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "ip.h"

enum { TCP_CSUM_AT = 16, UDP_CSUM_AT = 6, IPPROTO_UDP_ = 17 };

uint32_t cut_n(const struct tern_pkt *pkt)
{
    if (pkt->gso_size == 0 || pkt->payload_len <= pkt->gso_size) return 1;
    return (pkt->payload_len + pkt->gso_size - 1) / pkt->gso_size;
}

static void take_slices(const struct tern_pkt *pkt, uint32_t from, struct cut *c)
{
    uint32_t left = c->payload_len;
    for (unsigned k = 0; k < pkt->slices_n && left > 0; k++) {
        struct tern_slice s = pkt->slice[k];
        if (s.len <= from) {
            from -= s.len;
            continue;
        }
        s.base += from;
        s.len = s.len - from < left ? s.len - from : left;
        from = 0;
        left -= s.len;
        c->slice[c->slices_n++] = s;
    }
    assert(left == 0);
}

/* What differs in the TCP headers of segments that were one: RFC 9293 3.1 counts sequence number and urgent pointer from the
 * segment's own first byte, PSH and FIN belong after its last one, and CWR is said once (RFC 3168 6.1.2). */
static void set_tcp(uint8_t *tcp, uint32_t from, bool first, bool last)
{
    be32_put(tcp + 4, be32_get(tcp + 4) + from);
    unsigned flags = tcp[13];
    if (!last) flags &= ~(unsigned)(TH_FIN | TH_PSH);
    if (!first) flags &= ~(unsigned)TH_CWR;
    if ((flags & TH_URG) && !first) {
        uint32_t urp = be16_get(tcp + 18);
        if (urp < from) flags &= ~(unsigned)TH_URG;
        be16_put(tcp + 18, (uint16_t)(urp < from ? 0 : urp - from));
    }
    tcp[13] = (uint8_t)flags;
}

/* The partial sum counts the length of the whole; the pseudo-header of a segment has its own. */
static uint64_t change_len(uint64_t sum, uint32_t from, uint32_t to)
{
    uint8_t words[8];
    be32_put(words, ~from);
    be32_put(words + 4, to);
    return csum_add(sum, words, sizeof words);
}

static bool can_cut(const struct tern_pkt *pkt)
{
    return pkt->csum_start >= WIRE_IP4_HEADER_LEN && pkt->csum_offset == TCP_CSUM_AT &&
           pkt->csum_start + WIRE_TCP_HEADER_LEN <= pkt->head_len;
}

int cut_segment(const struct tern_pkt *pkt, uint32_t i, struct cut *c)
{
    uint32_t n = cut_n(pkt), from = i * (uint32_t)pkt->gso_size;
    assert(i < n && pkt->head_len <= TERN_HEAD_MAX && pkt->slices_n <= TERN_SLICES_MAX);
    if (n > 1 && !can_cut(pkt)) return TERN_ERR_INVAL;
    if (pkt->csum_start && pkt->csum_start + pkt->csum_offset + 2 > pkt->head_len) return TERN_ERR_INVAL;
    memcpy(c->head, pkt->head, pkt->head_len);
    c->head_len = pkt->head_len;
    c->slices_n = 0;
    c->payload_len = n == 1 ? pkt->payload_len : i + 1 < n ? pkt->gso_size : pkt->payload_len - from;
    c->csum_at = 0;
    take_slices(pkt, from, c);
    if (n > 1) {
        unsigned ip_len = c->head[0] >> 4 == 6 ? WIRE_IP6_HEADER_LEN : (c->head[0] & 15u) * 4;
        uint16_t id = (uint16_t)(be16_get(c->head + 4) + i); /* IPv6 has none, and ignores it */
        wire_ip_set_len(c->head, c->head_len - ip_len + c->payload_len, id);
        set_tcp(c->head + pkt->csum_start, from, i == 0, i + 1 == n);
    }
    if (pkt->csum_start) {
        uint32_t covered = (uint32_t)(pkt->head_len - pkt->csum_start);
        c->csum_at = (uint16_t)(pkt->csum_start + pkt->csum_offset);
        c->sum = csum_add(0, c->head + pkt->csum_start, covered);
        if (n > 1) c->sum = change_len(c->sum, covered + pkt->payload_len, covered + c->payload_len);
    }
    return (int)(c->head_len + c->payload_len);
}

static void store_sum(struct cut *c)
{
    uint16_t sum = (uint16_t)~csum_fold(c->sum);
    if (sum == 0) sum = UINT16_MAX; /* the same number to TCP; to UDP zero means that there is no checksum (RFC 768) */
    memcpy(c->head + c->csum_at, &sum, sizeof sum);
}

void cut_sum(struct cut *c)
{
    if (!c->csum_at) return;
    uint32_t at = 0; /* transport headers have an even length */
    for (unsigned k = 0; k < c->slices_n; k++) {
        const struct tern_slice *s = &c->slice[k];
        c->sum = at & 1 ? csum_add_odd(c->sum, s->base, s->len) : csum_add(c->sum, s->base, s->len);
        at += s->len;
    }
    store_sum(c);
}

void cut_copy(struct cut *c, uint8_t *out)
{
    uint32_t at = 0;
    for (unsigned k = 0; k < c->slices_n; k++) {
        const struct tern_slice *s = &c->slice[k];
        uint8_t *to = out + c->head_len + at;
        if (!c->csum_at) {
            memcpy(to, s->base, s->len);
        } else if (at & 1) { /* RFC 1071 2 (B): a sum of swapped words is the swapped sum */
            uint16_t part = csum_fold(csum_copy(0, to, s->base, s->len));
            c->sum += (uint16_t)(part << 8 | part >> 8);
        } else {
            c->sum = csum_copy(c->sum, to, s->base, s->len);
        }
        at += s->len;
    }
    if (c->csum_at) store_sum(c);
    memcpy(out, c->head, c->head_len);
}

int tern_pkt_cut(const struct tern_pkt *pkt, uint32_t i, uint8_t *out, size_t cap)
{
    if (i >= cut_n(pkt)) return 0;
    struct cut c;
    int len = cut_segment(pkt, i, &c);
    if (len < 0) return len;
    if ((size_t)len > cap) return TERN_ERR_MSGSIZE;
    cut_copy(&c, out);
    return len;
}

/* Length of the transport header of |ip|, and where its checksum stands; 0: none that we know. */
static unsigned transport_head(const struct wire_ip *ip, const uint8_t *p, uint32_t len, uint16_t *csum_offset)
{
    if (ip->proto == IPPROTO_TCP_ && len >= WIRE_TCP_HEADER_LEN && (unsigned)(p[12] >> 4) * 4 >= WIRE_TCP_HEADER_LEN &&
        (unsigned)(p[12] >> 4) * 4 <= len) {
        *csum_offset = TCP_CSUM_AT;
        return (unsigned)(p[12] >> 4) * 4;
    }
    if (ip->proto == IPPROTO_UDP_ && len >= 8) {
        *csum_offset = UDP_CSUM_AT;
        return 8;
    }
    return 0;
}

void cut_from_buf(const struct tern_buf *buf, struct tern_pkt *pkt)
{
    const struct wire_ip_opts opts = {.source_route = true};
    struct wire_ip ip;
    uint32_t head_len = buf->len < TERN_HEAD_MAX ? buf->len : TERN_HEAD_MAX, len = buf->len;
    pkt->gso_size = pkt->csum_start = pkt->csum_offset = 0;
    pkt->event_n = 0;
    pkt->event_end = 0;
    if ((buf->csum_ok || buf->gso_size) && wire_ip_parse(buf->data, buf->len, &opts, &ip) == WIRE_OK) {
        uint32_t part_len = ip.len - ip.head_len;
        unsigned n = transport_head(&ip, buf->data + ip.head_len, part_len, &pkt->csum_offset);
        if (n > 0 && ip.head_len + n <= TERN_HEAD_MAX) {
            head_len = ip.head_len + n;
            len = ip.len;
            pkt->csum_start = ip.head_len;
            if (pkt->csum_offset == TCP_CSUM_AT) pkt->gso_size = buf->gso_size;
        }
    }
    memcpy(pkt->head, buf->data, head_len);
    pkt->head_len = (uint8_t)head_len;
    pkt->payload_len = len - head_len;
    pkt->slice[0] = (struct tern_slice){buf->data + head_len, pkt->payload_len};
    pkt->slices_n = pkt->payload_len > 0;
    if (pkt->csum_start) {
        uint16_t sum = csum_fold(csum_pseudo(&ip.src, &ip.dst, ip.proto, ip.len - ip.head_len));
        memcpy(pkt->head + pkt->csum_start + pkt->csum_offset, &sum, sizeof sum);
    }
}
