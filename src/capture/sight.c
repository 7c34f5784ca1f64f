#include "sight.h"

#include <string.h>

#include "bytes.h"
#include "checksum.h"

enum {
    IP4_MORE = 0x2000,
    IP4_OFFSET = 0x1fff,
    IP6_FRAGMENT = 44,
    IP6_FRAGMENT_LEN = 8,
};

/* What the parser of |wire| does not keep: identification and fragment. Returns the fragment's offset, in bytes. */
static uint32_t read_fragment(struct sight *s, const uint8_t *ip)
{
    if (s->ip.version == 4) {
        uint16_t word = be16_get(ip + 6);
        s->id = be16_get(ip + 4);
        s->more_fragments = word & IP4_MORE;
        return (uint32_t)(word & IP4_OFFSET) * 8;
    }
    s->id = 0;
    s->more_fragments = false;
    if (ip[6] != IP6_FRAGMENT) return 0; /* it may stand behind other extension headers; nobody sends it so */
    const uint8_t *head = ip + WIRE_IP6_HEADER_LEN;
    uint16_t word = be16_get(head + 2);
    s->id = be32_get(head + 4);
    s->more_fragments = word & 1;
    return word & 0xfff8u;
}

/* Of a packet that an offload made too long for the header's 16 bits the length is 0. */
static bool read_len(struct sight *s, uint32_t here, uint32_t wire_len)
{
    bool none = s->ip.version == 4 ? s->ip.len == 0 : s->ip.len == WIRE_IP6_HEADER_LEN;
    if (none && wire_len > s->ip.head_len) s->ip.len = wire_len;
    s->cut = s->ip.len > here;
    return s->ip.len >= s->ip.head_len && s->ip.len <= wire_len;
}

/* The header without its last options when the capture cut them off. */
static bool read_tcp(struct sight *s, const uint8_t *seg, uint32_t here, uint32_t seg_len)
{
    if (here < WIRE_TCP_HEADER_LEN) return false;
    uint8_t head_len = (uint8_t)((seg[12] >> 4) * 4);
    if (head_len < WIRE_TCP_HEADER_LEN || head_len > seg_len) return false;
    if (head_len <= here) {
        if (wire_tcp_parse(seg, here, &s->tcp)) return false;
    } else {
        uint8_t head[WIRE_TCP_HEADER_LEN];
        memcpy(head, seg, sizeof head);
        head[12] = (uint8_t)(5 << 4 | (head[12] & 15));
        if (wire_tcp_parse(head, sizeof head, &s->tcp)) return false;
        wire_tcp_options_parse(seg + WIRE_TCP_HEADER_LEN, here - WIRE_TCP_HEADER_LEN, &s->tcp.opt);
        s->tcp.opt.present &= (uint16_t)~OPT_MALFORMED;
        s->tcp.head_len = head_len;
    }
    s->tcp.len = seg_len - head_len;
    return true;
}

/* What a stack leaves to the card: the pseudo-header's sum, some without the length; or nothing. */
static bool is_offloaded(const struct sight *s, const uint8_t *seg, uint32_t seg_len)
{
    uint16_t field, with, without;
    memcpy(&field, seg + 16, sizeof field);
    with = csum_fold(csum_pseudo(&s->ip.src, &s->ip.dst, IPPROTO_TCP_, seg_len));
    without = csum_fold(csum_pseudo(&s->ip.src, &s->ip.dst, IPPROTO_TCP_, 0));
    return field == 0 || field == with || field == without;
}

static enum sight_sum check_sum(const struct sight *s, const uint8_t *seg, uint32_t here, uint32_t seg_len)
{
    if (s->more_fragments || here < seg_len) return SUM_UNKNOWN;
    uint64_t sum = csum_pseudo(&s->ip.src, &s->ip.dst, IPPROTO_TCP_, seg_len);
    if (csum_fold(csum_add(sum, seg, seg_len)) == UINT16_MAX) return SUM_RIGHT;
    return is_offloaded(s, seg, seg_len) ? SUM_OFFLOADED : SUM_WRONG;
}

/* An ICMP message that quotes a segment of TCP. One that the capture cut is not read: its checksum must be right. */
static bool is_too_big(struct sight *s, const uint8_t *ip, uint32_t here)
{
    if (s->ip.proto != IPPROTO_ICMP_ && s->ip.proto != IPPROTO_ICMP6_) return false;
    if (s->ip.len > here || s->ip.len < s->ip.head_len) return false;
    enum wire_err err = wire_icmp_parse(&s->ip, ip + s->ip.head_len, s->ip.len - s->ip.head_len, false, &s->icmp);
    return !err && s->icmp.kind == ICMP_TOO_BIG && s->icmp.quoted_tcp;
}

/* |ip| has |here| bytes of |wire_len|. */
static enum sight_kind read_ip(struct sight *s, const uint8_t *ip, uint32_t here, uint32_t wire_len)
{
    enum wire_err err = wire_ip_parse_quoted(ip, here, &s->ip);
    if (err && err != WIRE_FRAGMENT) return err == WIRE_SOURCE_ROUTE ? SIGHT_OTHER : SIGHT_UNREADABLE;
    if (s->ip.version == 6 && ip[6] == IP6_FRAGMENT && here < WIRE_IP6_HEADER_LEN + IP6_FRAGMENT_LEN) return SIGHT_UNREADABLE;
    uint32_t offset = read_fragment(s, ip);
    if (s->ip.proto != IPPROTO_TCP_) return offset == 0 && is_too_big(s, ip, here) ? SIGHT_TOO_BIG : SIGHT_OTHER;
    if (!read_len(s, here, wire_len)) return SIGHT_UNREADABLE;
    uint32_t seg_len = s->ip.len - s->ip.head_len;
    if (offset > 0) {
        s->fragment_len = seg_len;
        return SIGHT_FRAGMENT;
    }
    const uint8_t *seg = ip + s->ip.head_len;
    here -= s->ip.head_len;
    if (here > seg_len) here = seg_len; /* the rest is the link's padding */
    if (!read_tcp(s, seg, here, seg_len)) return SIGHT_UNREADABLE;
    s->sum = check_sum(s, seg, here, seg_len);
    return SIGHT_TCP;
}

enum sight_kind sight_read(enum link_layer layer, const uint8_t *p, uint32_t len, uint32_t wire_len, struct sight *out)
{
    size_t at = link_layer_ip(layer, p, len);
    out->packet = p;
    out->len = len;
    out->cut = len < wire_len;
    if (at == SIZE_MAX) return SIGHT_OTHER;
    out->ip_at = (uint32_t)at;
    bool cut = out->cut;
    enum sight_kind kind = read_ip(out, p + at, len - out->ip_at, (wire_len > len ? wire_len : len) - out->ip_at);
    out->cut |= cut;
    return kind;
}
