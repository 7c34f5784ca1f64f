/* Packets on their way: records of the lab's own, each with a buffer of the network's pool. */
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "cut.h"
#include "ip.h"
#include "lab_internal.h"

enum { PAGE = 256, TH_ACK_ONLY = 16, IP4_TOS_AT = 1, IP4_PROTO_AT = 9, IP6_NEXT_AT = 6 };

struct packet_page {
    struct packet_page *next;
    struct packet packet[PAGE];
};

static bool more_packets(struct lab *lab)
{
    struct packet_page *page = mem_get(&lab->mem, sizeof *page);
    if (!page) return false;
    page->next = lab->page;
    lab->page = page;
    for (size_t i = 0; i < PAGE; i++) {
        page->packet[i].p.next = lab->spare ? &lab->spare->p : NULL;
        lab->spare = &page->packet[i];
    }
    return true;
}

struct packet *packet_new(struct lab *lab, size_t len)
{
    struct tern_buf *b = tern_buf_get(lab->pool, len);
    if (!b || (!lab->spare && !more_packets(lab))) {
        tern_buf_unref(b);
        lab_fail(lab, LAB_NO_MEMORY, -1, -1, 0);
        return NULL;
    }
    struct packet *p = lab->spare;
    lab->spare = (struct packet *)p->p.next;
    *p = (struct packet){.p.data = b, .flow = -1};
    b->len = (uint32_t)len;
    return p;
}

void packet_free(struct lab *lab, struct packet *p)
{
    tern_buf_unref(packet_buf(p));
    p->p.next = lab->spare ? &lab->spare->p : NULL;
    lab->spare = p;
}

void packet_free_all(struct lab *lab)
{
    while (lab->page) {
        struct packet_page *page = lab->page;
        lab->page = page->next;
        mem_put(&lab->mem, page, sizeof *page);
    }
    lab->spare = NULL;
}

struct packet *packet_copy(struct lab *lab, const struct packet *p)
{
    const struct tern_buf *b = packet_buf(p);
    struct packet *copy = packet_new(lab, b->len);
    if (!copy) return NULL;
    struct tern_buf *to = packet_buf(copy);
    memcpy(to->data, b->data, b->len);
    to->gso_size = b->gso_size;
    *copy = *p;
    copy->p.data = to;
    return copy;
}

static uint32_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32);
}

static void look_at_tcp(struct packet *p, const uint8_t *tcp, uint32_t len)
{
    if (len < WIRE_TCP_HEADER_LEN) return;
    p->p.ack = tcp[13] == TH_ACK_ONLY && (uint32_t)(tcp[12] >> 4) * 4 == len;
}

void packet_look(const struct lab *lab, struct packet *p)
{
    const struct tern_buf *b = packet_buf(p);
    const uint8_t *d = b->data;
    bool v4 = d[0] >> 4 == 4;
    uint32_t head = v4 ? (d[0] & 15u) * 4 : WIRE_IP6_HEADER_LEN;
    uint8_t proto = v4 ? d[IP4_PROTO_AT] : d[IP6_NEXT_AT];
    (void)lab;
    p->p.len = b->len;
    p->p.ecn = (v4 ? d[IP4_TOS_AT] : d[1] >> 4) & 3;
    p->p.ack = false;
    p->p.flow = mix(mix(p->from, p->to), b->len >= head + 4 ? (uint64_t)be32_get(d + head) << 8 | proto : proto);
    if (proto == IPPROTO_TCP_ && b->len > head) look_at_tcp(p, d + head, b->len - head);
}

void packet_sum(struct packet *p)
{
    struct tern_buf *b = packet_buf(p);
    struct wire_ip ip;
    if (p->summed || b->gso_size || wire_ip_parse(b->data, b->len, NULL, &ip) != WIRE_OK || ip.proto != IPPROTO_TCP_) return;
    uint8_t *tcp = b->data + ip.head_len;
    uint32_t len = ip.len - ip.head_len;
    memset(tcp + 16, 0, 2);
    csum_put(tcp + 16, csum_pseudo(&ip.src, &ip.dst, ip.proto, len) + csum_add(0, tcp, len));
    p->summed = true;
}
