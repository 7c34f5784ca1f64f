/* Packets on their way: records of the lab's own, each with a buffer of the network's pool. Payload that is of the applications'
 * pattern is not carried along: it is named, and copied where it arrives. */
#include <stddef.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "cut.h"
#include "ip.h"
#include "lab_internal.h"

enum { PAGE = 256, TCP_CSUM_AT = 16, TH_ACK_ONLY = 16, IP4_TOS_AT = 1, IP4_PROTO_AT = 9, IP6_NEXT_AT = 6 };

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

/* Room for |len| bytes; false: no memory. */
static bool make_room(struct lab *lab, struct packet *p, size_t len)
{
    struct tern_buf *b = &p->own;
    if (len <= PACKET_OWN)
        *b = (struct tern_buf){.base = p->bytes, .data = p->bytes, .cap = PACKET_OWN};
    else if (!(b = tern_buf_get(lab->pool, len)))
        return false;
    b->len = (uint32_t)len;
    p->p.data = b;
    return true;
}

struct packet *packet_new(struct lab *lab, size_t len)
{
    struct packet *p = lab->spare || more_packets(lab) ? lab->spare : NULL;
    struct parcel *next = p ? p->p.next : NULL;
    if (p) memset(p, 0, offsetof(struct packet, own));
    if (!p || !make_room(lab, p, len)) {
        if (p) p->p.next = next;
        lab_fail(lab, LAB_NO_MEMORY, -1, -1, 0);
        return NULL;
    }
    lab->spare = (struct packet *)next;
    lab->live_n++;
    p->flow = -1;
    return p;
}

static void give_up_buffer(struct packet *p)
{
    if (packet_buf(p) != &p->own) tern_buf_unref(packet_buf(p));
}

void packet_free(struct lab *lab, struct packet *p)
{
    give_up_buffer(p);
    p->p.next = lab->spare ? &lab->spare->p : NULL;
    lab->spare = p;
    lab->live_n--;
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
    memcpy(copy, p, offsetof(struct packet, own));
    copy->p.data = to;
    return copy;
}

bool packet_name_body(const struct lab *lab, const struct tern_slice *slice, unsigned n, struct packet *p)
{
    uint64_t next = 0, from = (uintptr_t)lab->pattern;
    if (lab->cfg.watch.packet) return false; /* somebody wants to see it */
    p->body_len = 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t base = (uintptr_t)slice[i].base, place = (base - from) % LAB_PERIOD;
        if (base < from || base + slice[i].len > from + 2 * LAB_PERIOD) return false;
        if (i == 0)
            p->body = (uint32_t)place;
        else if (place != next)
            return false;
        next = (place + slice[i].len) % LAB_PERIOD; /* each write goes on where the last one ended */
        p->body_len += slice[i].len;
    }
    return n > 0 && p->body_len <= LAB_PERIOD;
}

void packet_put(const struct lab *lab, const struct packet *p, uint8_t *out)
{
    const struct tern_buf *b = packet_buf(p);
    memcpy(out, b->data, b->len);
    memcpy(out + b->len, lab->pattern + p->body, p->body_len);
}

bool packet_whole(struct lab *lab, struct packet *p)
{
    if (p->body_len == 0) return true;
    uint32_t len = packet_buf(p)->len + p->body_len;
    struct tern_buf *b = tern_buf_get(lab->pool, len);
    if (!b) {
        lab_fail(lab, LAB_NO_MEMORY, -1, -1, 0);
        return false;
    }
    packet_put(lab, p, b->data);
    b->len = len;
    b->gso_size = packet_buf(p)->gso_size;
    give_up_buffer(p);
    p->p.data = b;
    p->body_len = 0;
    return true;
}

void packet_cut(const struct lab *lab, const struct packet *p, struct tern_pkt *pkt)
{
    const struct tern_buf *b = packet_buf(p);
    if (p->body_len == 0) {
        cut_from_buf(b, pkt);
        return;
    }
    *pkt = (struct tern_pkt){
        .head_len = (uint8_t)b->len,
        .slices_n = 1,
        .gso_size = b->gso_size,
        .csum_start = b->data[0] >> 4 == 4 ? (b->data[0] & 15u) * 4 : WIRE_IP6_HEADER_LEN,
        .csum_offset = TCP_CSUM_AT,
        .payload_len = p->body_len,
        .slice = {{lab->pattern + p->body, p->body_len}},
    };
    memcpy(pkt->head, b->data, b->len);
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
    p->p.len = b->len + p->body_len;
    p->p.ecn = (v4 ? d[IP4_TOS_AT] : d[1] >> 4) & 3;
    p->p.ack = false;
    p->p.flow = mix(mix(p->from, p->to), b->len >= head + 4 ? (uint64_t)be32_get(d + head) << 8 | proto : proto);
    if (proto == IPPROTO_TCP_ && b->len > head) look_at_tcp(p, d + head, p->p.len - head);
}

void packet_sum(struct packet *p)
{
    const struct tern_buf *b = packet_buf(p);
    struct wire_ip ip;
    if (p->summed || b->gso_size || wire_ip_parse(b->data, b->len, NULL, &ip) != WIRE_OK || ip.proto != IPPROTO_TCP_) return;
    uint8_t *tcp = b->data + ip.head_len;
    uint32_t len = ip.len - ip.head_len;
    memset(tcp + 16, 0, 2);
    csum_put(tcp + 16, csum_pseudo(&ip.src, &ip.dst, ip.proto, len) + csum_add(0, tcp, len));
    p->summed = true;
}
