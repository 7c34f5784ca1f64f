/* What the attacker says into the pen, and what he hears there. */
#include "cli_attack.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "checksum.h"

enum { HEAD = 20 };

/* ---- hearing ---- */

static void take(struct pen *p, const uint8_t *packet, size_t len)
{
    const struct tern_endpoint evil = pen_evil(0, 0), victim = pen_victim(p, 0);
    struct wire_ip ip;
    if (wire_ip_parse(packet, len, NULL, &ip) != WIRE_OK || ip.version != 4) return;
    if (memcmp(ip.src.b, victim.addr.b, sizeof victim.addr.b) != 0) return;
    pen_ladder_packet(p, packet, len);
    p->answered++;
    p->answered_bytes += len;
    if (memcmp(ip.dst.b, victim.addr.b, sizeof victim.addr.b) == 0) p->to_itself++;
    if (memcmp(ip.dst.b, evil.addr.b, 15) != 0) return;
    if (p->heard_end - p->heard_first == HEARD_N || len > HEARD_MAX) {
        p->missed++;
        return;
    }
    struct heard *h = &p->queue[p->heard_end % HEARD_N];
    memcpy(h->bytes, packet, len);
    h->ip = ip;
    h->h = (struct wire_tcp){0};
    h->id = be16_get(packet + 4);
    if (ip.proto == IPPROTO_TCP_ && wire_tcp_parse(h->bytes + ip.head_len, ip.len - ip.head_len, &h->h) != WIRE_OK) return;
    h->from = (struct tern_endpoint){.addr = ip.src, .port = h->h.src_port};
    h->to = (struct tern_endpoint){.addr = ip.dst, .port = h->h.dst_port};
    p->heard_end++;
}

/* Of the watch |wire|. */
void pen_wire_ready(struct watch *w, uint32_t events)
{
    struct pen *p = (struct pen *)((char *)w - offsetof(struct pen, wire));
    uint8_t packet[TERN_PACKET_MAX];
    ssize_t n;
    (void)events;
    for (;;) {
        struct sockaddr_ll from = {0};
        socklen_t len = sizeof from;
        if (p->kernel)
            n = read(w->fd, packet, sizeof packet);
        else
            n = recvfrom(w->fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &len);
        if (n <= 0) break;
        if (from.sll_pkttype != PACKET_OUTGOING) take(p, packet, (size_t)n);
    }
}

bool pen_hear(struct pen *p, struct heard *h, tern_ns span)
{
    tern_ns until = env_clock() + span;
    while (p->heard_first == p->heard_end) {
        if (p->env.stop || env_step(&p->env, until) != 0) return false;
        if (p->heard_first == p->heard_end && env_clock() >= until) return false;
    }
    *h = p->queue[p->heard_first++ % HEARD_N];
    if (h->ip.proto == IPPROTO_TCP_) wire_tcp_parse(h->bytes + h->ip.head_len, h->ip.len - h->ip.head_len, &h->h);
    return true;
}

void pen_forget(struct pen *p) { p->heard_first = p->heard_end; }

/* ---- saying ---- */

struct forged pen_as_peer(const struct pair *c, uint16_t flags)
{
    struct tern_status st = {0};
    struct forged f = {.h = {.flags = flags, .wnd = 500}};
    if (!pair_status(c, &st)) return f;
    bool kernel = c->pen->kernel;
    f.from = kernel ? st.local : st.remote, f.to = kernel ? st.remote : st.local;
    f.h.seq = seq(kernel ? st.snd_nxt : st.rcv_nxt), f.h.ack = seq(kernel ? st.rcv_nxt : st.snd_nxt);
    return f;
}

/* The only place where an attacker's packet leaves: by a descriptor of the pen. */
static void into_the_pen(struct pen *p, const uint8_t *packet, size_t len)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = p->device};
    ssize_t n =
        p->kernel ? write(p->wire.fd, packet, len) : sendto(p->wire.fd, packet, len, 0, (struct sockaddr *)&to, sizeof to);
    pen_ladder_packet(p, packet, len);
    if (n == (ssize_t)len) p->said++, p->said_bytes += len;
    env_step(&p->env, 0);
}

static size_t build(const struct forged *f, uint8_t *packet)
{
    uint8_t tcp[60 + HEARD_MAX];
    struct wire_tcp h = f->h;
    h.src_port = f->from.port, h.dst_port = f->to.port;
    size_t head = wire_tcp_build(&h, tcp), len;
    if (f->options) {
        memcpy(tcp + HEAD, f->options, f->options_len);
        head = HEAD + f->options_len;
        tcp[12] = (uint8_t)(head / 4 << 4 | (tcp[12] & 15));
    }
    if (f->offset) tcp[12] = (uint8_t)(f->offset << 4 | (tcp[12] & 15));
    if (f->data)
        memcpy(tcp + head, f->data, f->len);
    else
        memset(tcp + head, 'x', f->len);
    len = head + f->len;
    memset(tcp + 16, 0, 2);
    csum_put(tcp + 16, csum_add(csum_pseudo(&f->from.addr, &f->to.addr, IPPROTO_TCP_, (uint32_t)len), tcp, len));
    struct wire_ip ip = {.src = f->from.addr, .dst = f->to.addr, .version = 4, .proto = IPPROTO_TCP_, .ttl = 64};
    size_t at = wire_ip_build(&ip, (uint32_t)((int)len + f->lie), true, 0, packet);
    memcpy(packet + at, tcp, len);
    return at + len;
}

void pen_fire(struct pen *p, const struct forged *f)
{
    uint8_t packet[WIRE_IP_HEADER_MAX + 60 + HEARD_MAX];
    into_the_pen(p, packet, build(f, packet));
}

void pen_say(struct pen *p, const struct forged *f)
{
    pen_fire(p, f);
    pen_wait(p, 2 * TERN_MS);
}

void pen_icmp(struct pen *p, const struct tern_endpoint *from, const struct tern_endpoint *to, uint8_t type, uint8_t code,
              uint32_t rest, uint32_t at)
{
    uint8_t packet[140], *m = packet + HEAD, *quoted = m + 8;
    const struct tern_endpoint router = pen_evil(0, 0);
    struct wire_ip ip = {.src = router.addr, .dst = from->addr, .version = 4, .proto = IPPROTO_ICMP_, .ttl = 64};
    struct wire_ip quote = {.src = from->addr, .dst = to->addr, .version = 4, .proto = IPPROTO_TCP_, .ttl = 64};
    struct wire_tcp h = {.src_port = from->port, .dst_port = to->port, .seq = seq(at), .flags = TH_ACK};
    wire_ip_build(&ip, 8 + 2 * HEAD, true, 0, packet);
    m[0] = type, m[1] = code, m[2] = m[3] = 0;
    be32_put(m + 4, rest);
    wire_ip_build(&quote, HEAD, true, 0, quoted);
    wire_tcp_build(&h, quoted + HEAD);
    csum_put(m + 2, csum_add(0, m, 8 + 2 * HEAD));
    into_the_pen(p, packet, 3 * HEAD + 8);
    pen_wait(p, 2 * TERN_MS);
}
