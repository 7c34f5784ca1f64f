/* Packets that no stack makes: datagrams of cross traffic, and routers' ICMP. */
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "ip.h"
#include "lab_internal.h"

enum { UDP = 17, UDP_HEADER_LEN = 8, ICMP_HEADER_LEN = 8, QUOTE4 = 548, QUOTE6 = 1232, FORGED_TTL = 64 };

static size_t build_ip(const struct lab *lab, size_t from, size_t to, uint8_t proto, uint8_t tos, uint32_t len, uint8_t *out)
{
    struct wire_ip ip = {.version = lab->cfg.v6 ? 6 : 4, .proto = proto, .ttl = FORGED_TTL, .tos = tos};
    ip.src = net_addr(lab, from);
    ip.dst = net_addr(lab, to);
    return wire_ip_build(&ip, len, true, 0, out);
}

struct packet *forge_datagram(struct lab *lab, const struct lab_flow_run *f)
{
    uint32_t head = lab->cfg.v6 ? WIRE_IP6_HEADER_LEN : WIRE_IP4_HEADER_LEN, len = (uint32_t)f->cfg.bytes;
    uint16_t port = (uint16_t)(LAB_PORT + f->index);
    struct packet *p = packet_new(lab, len);
    if (!p) return NULL;
    p->flow = f->index;
    p->from = f->cfg.from;
    p->to = f->cfg.to;
    uint8_t *d = packet_buf(p)->data, *udp = d + head;
    build_ip(lab, p->from, p->to, UDP, f->cfg.tos, len - head, d);
    memset(udp, 0, len - head);
    be16_put(udp, port);
    be16_put(udp + 2, port);
    be16_put(udp + 4, (uint16_t)(len - head));
    if (lab->cfg.watch.packet) { /* RFC 8200 8.1 wants one; who never shows a packet does without */
        struct tern_addr src = net_addr(lab, p->from), dst = net_addr(lab, p->to);
        csum_put(udp + 6, csum_pseudo(&src, &dst, UDP, len - head) + csum_add(0, udp, len - head));
    }
    p->summed = true;
    packet_look(lab, p);
    return p;
}

/* RFC 1191 4, RFC 4443 3.2; never about ICMP itself, nor about what may be fragmented. */
struct packet *forge_too_big(struct lab *lab, size_t router, const struct packet *about, uint32_t mtu)
{
    const struct tern_buf *b = packet_buf(about);
    bool v6 = lab->cfg.v6;
    uint8_t proto = b->data[v6 ? 6 : 9];
    if (proto == IPPROTO_ICMP_ || proto == IPPROTO_ICMP6_ || (!v6 && !(b->data[6] & 0x40))) return NULL;
    uint32_t quote = b->len < (v6 ? QUOTE6 : QUOTE4) ? b->len : v6 ? QUOTE6 : QUOTE4, part = ICMP_HEADER_LEN + quote;
    struct packet *p = packet_new(lab, (v6 ? WIRE_IP6_HEADER_LEN : WIRE_IP4_HEADER_LEN) + part);
    if (!p) return NULL;
    p->from = (uint16_t)router;
    p->to = about->from;
    uint8_t *d = packet_buf(p)->data;
    uint8_t *icmp = d + build_ip(lab, router, p->to, v6 ? IPPROTO_ICMP6_ : IPPROTO_ICMP_, 0, part, d);
    struct tern_addr src = net_addr(lab, router), dst = net_addr(lab, p->to);
    icmp[0] = v6 ? 2 : 3;
    icmp[1] = v6 ? 0 : 4;
    memset(icmp + 2, 0, 2);
    be32_put(icmp + 4, v6 ? mtu : mtu & UINT16_MAX);
    memcpy(icmp + ICMP_HEADER_LEN, b->data, quote);
    csum_put(icmp + 2, (v6 ? csum_pseudo(&src, &dst, IPPROTO_ICMP6_, part) : 0) + csum_add(0, icmp, part));
    p->summed = true;
    packet_look(lab, p);
    return p;
}
