/* The path between the two ends: what is on its way, what it does to it, and what others put on it. */
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "ip.h"
#include "sim_internal.h"

int path_packet(const struct tern_pkt *pkt, uint8_t *out, size_t cap)
{
    int len = tern_pkt_flatten(pkt, out, cap);
    if (len < 0 || !pkt->csum_start) return len;
    csum_put(out + pkt->csum_start + pkt->csum_offset, csum_add(0, out + pkt->csum_start, (size_t)len - pkt->csum_start));
    return len;
}

/* ---- what is on its way ---- */

static void fly(struct sim *s, enum story_side to, tern_ns at, size_t row, const uint8_t *packet, uint32_t len)
{
    struct flight *f = malloc(sizeof *f + len);
    if (!f) {
        s->story.out_of_memory = true;
        return;
    }
    *f = (struct flight){.at = at, .row = row, .to = to, .len = len};
    memcpy(f->packet, packet, len);
    struct flight **p = &s->flights;
    while (*p && (*p)->at <= at) p = &(*p)->next;
    f->next = *p;
    *p = f;
}

void path_deliver(struct sim *s)
{
    struct flight *f = s->flights;
    struct tern_stack *to = s->end[f->to].s;
    struct tern_buf *buf = tern_buf_get(tern_stack_pool(to), f->len);
    s->flights = f->next;
    if (buf) {
        memcpy(buf->data, f->packet, f->len);
        buf->len = f->len;
        if (tern_stack_input(to, 0, s->now, buf) == TERN_INPUT_FOREIGN) {
            tern_buf_unref(buf);
            tell_lost(s, f->row);
        } else {
            tell_arrived(s, f->to, f->row);
        }
    } else {
        tell_lost(s, f->row);
    }
    free(f);
}

void path_free(struct sim *s)
{
    while (s->flights) {
        struct flight *f = s->flights;
        s->flights = f->next;
        free(f);
    }
    while (s->faults) {
        struct fault *f = s->faults;
        s->faults = f->next;
        free(f);
    }
}

/* ---- faults ---- */

void sim_fault(struct sim *s, const struct sim_fault *f)
{
    struct fault *more = malloc(sizeof *more), **p = &s->faults;
    if (!more) {
        s->story.out_of_memory = true;
        return;
    }
    *more = (struct fault){.f = *f, .left = f->nth ? f->nth : 1};
    while (*p) p = &(*p)->next;
    *p = more;
}

void sim_loss(struct sim *s, enum story_side from, double percent) { s->end[from].loss = percent; }

void sim_cut(struct sim *s, bool cut)
{
    if (s->cut == cut) return;
    s->cut = cut;
    tell_cut(s);
}

static bool concerns(const struct sim_fault *f, enum story_side from, const struct wire_tcp *h)
{
    if (f->from != STORY_SIDE_N && f->from != from) return false;
    return (h->flags & f->flags) == f->flags && (!f->with_data || h->len);
}

/* The faults whose turn it is, all counted on: what they do together. */
struct damage {
    bool lose, duplicate, corrupt;
    tern_ns delay, copy;
};

static struct damage take_faults(struct sim *s, enum story_side from, const struct wire_tcp *h)
{
    struct damage d = {0};
    for (struct fault **p = &s->faults; *p;) {
        struct fault *f = *p;
        if (!concerns(&f->f, from, h) || --f->left) {
            p = &f->next;
            continue;
        }
        switch (f->f.kind) {
        case SIM_LOSE: d.lose = true; break;
        case SIM_DELAY: d.delay += f->f.extra; break;
        case SIM_DUPLICATE: d.duplicate = true, d.copy = f->f.extra; break;
        case SIM_CORRUPT: d.corrupt = true; break;
        }
        *p = f->next;
        free(f);
    }
    return d;
}

/* Uniform in [0, 100). */
static double draw_percent(struct sim *s)
{
    uint64_t *x = &s->random;
    *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
    return (double)(*x >> 11) * 100.0 / 9007199254740992.0;
}

/* Parses what a stack or sim_forge() built. */
static bool parse(const uint8_t *packet, uint32_t len, struct wire_ip *ip, struct wire_tcp *h)
{
    if (wire_ip_parse(packet, len, NULL, ip) != WIRE_OK || ip->proto != IPPROTO_TCP_) return false;
    return wire_tcp_parse(packet + ip->head_len, ip->len - ip->head_len, h) == WIRE_OK;
}

/* A bit in the middle of the payload; without one, of the checksum. */
static void turn_bit(uint8_t *packet, uint32_t len, const struct wire_ip *ip, const struct wire_tcp *h)
{
    uint32_t at = h->len ? len - h->len + h->len / 2 : ip->head_len + 16u;
    packet[at] ^= 1;
}

/* When a packet that leaves |side| now has passed the path. */
static tern_ns pass(struct sim *s, enum story_side side, uint32_t len)
{
    struct sim_end *e = &s->end[side];
    if (!s->cfg.rate) return s->now + s->cfg.delay;
    tern_ns from = e->path_free > s->now ? e->path_free : s->now;
    e->path_free = from + (tern_ns)len * 8 * TERN_SEC / s->cfg.rate;
    return e->path_free + s->cfg.delay;
}

void path_send(struct sim *s, enum story_side side, size_t row, const uint8_t *packet, uint32_t len)
{
    enum story_side to = story_other(side);
    struct damage d = {0};
    struct wire_ip ip;
    struct wire_tcp h;
    bool tcp = parse(packet, len, &ip, &h);
    if (tcp) d = take_faults(s, side, &h);
    if (s->end[side].loss > 0 && draw_percent(s) < s->end[side].loss) d.lose = true;
    bool nowhere = tcp && !tern_addr_eq(&ip.dst, &s->end[to].addr); /* to an address that somebody spoofed */
    tern_ns at = pass(s, side, len) + d.delay;
    if (s->cut || d.lose || nowhere) {
        tell_lost(s, row);
        return;
    }
    fly(s, to, at, row, packet, len);
    if (d.duplicate) fly(s, to, at + d.copy, tell_duplicate(s, row), packet, len);
    if (!d.corrupt) return;
    for (struct flight *f = s->flights; f; f = f->next)
        if (f->row == row && f->to == to && f->at == at && row != SIM_NO_ROW) turn_bit(f->packet, len, &ip, &h);
}

/* ---- what others send ---- */

void sim_forge(struct sim *s, const struct sim_forged *f)
{
    enum story_side to = story_other(f->from);
    struct wire_ip ip = {.version = s->cfg.v6 ? 6 : 4, .proto = IPPROTO_TCP_, .ttl = 64};
    struct wire_tcp h = {.src_port = f->from_port, .dst_port = f->to_port, .seq = seq(f->seq), .ack = seq(f->ack)};
    uint32_t options = f->options_len <= 40 ? f->options_len & ~3u : 40, tcp_len = 20 + options;
    ip.src = f->address ? *f->address : s->end[f->from].addr;
    ip.dst = s->end[to].addr;
    h.flags = f->flags, h.wnd = f->wnd;
    uint8_t *packet = malloc(WIRE_IP_HEADER_MAX + tcp_len + f->len);
    if (!packet) {
        s->story.out_of_memory = true;
        return;
    }
    size_t ip_len = wire_ip_build(&ip, tcp_len + f->len, true, 0, packet);
    uint8_t *tcp = packet + ip_len;
    wire_tcp_build(&h, tcp);
    tcp[12] = (uint8_t)(tcp_len / 4 << 4 | (tcp[12] & 15));
    memcpy(tcp + 20, f->options, options);
    if (f->payload)
        memcpy(tcp + tcp_len, f->payload, f->len);
    else
        memset(tcp + tcp_len, 'x', f->len);
    csum_put(tcp + 16, csum_pseudo(&ip.src, &ip.dst, IPPROTO_TCP_, tcp_len + f->len) + csum_add(0, tcp, tcp_len + f->len));
    uint32_t len = (uint32_t)ip_len + tcp_len + f->len;
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) tell_events(s, side, TELL_CALLS, SIM_NO_ROW);
    fly(s, to, s->now + f->delay, tell_forged(s, f->from, packet, len), packet, len);
    free(packet);
}
