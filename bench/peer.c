#include "peer.h"

#include <string.h>

enum {
    FIN = 1,
    SYN = 2,
    ACK = 16,
    IP_LEN = 40,
    TCP_LEN = 20,
    PORTS_N = 50000, /* connections of each of the peer's addresses */
    PORT_FIRST = 1024,
};

/* One connection, from the peer's side. */
struct half {
    const struct peer *peer;
    uint32_t i;
    tern_ns now;
    uint32_t seq, ack;
    uint32_t ts; /* the stack's last timestamp */
};

static uint8_t *put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v;
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v) { return put16(put16(p, v >> 16), v & 0xffff); }

static uint32_t get32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

static uint8_t *put_address(uint8_t *p, uint32_t i)
{
    static const uint8_t prefix[8] = {0x20, 0x01, 0x0d, 0xb8, 0, 1};
    memcpy(p, prefix, sizeof prefix);
    memset(p + 8, 0, 8);
    put32(p + 12, 1 + i / PORTS_N);
    return p + 16;
}

static uint8_t *put_options(uint8_t *p, const struct half *h, bool syn)
{
    static const uint8_t of_syn[] = {2, 4, 0x05, 0xa0, 1, 3, 3, 7, 4, 2}, nops[] = {1, 1};
    size_t len = syn ? sizeof of_syn : sizeof nops;
    memcpy(p, syn ? of_syn : nops, len);
    p += len;
    *p++ = 8, *p++ = 10; /* timestamps */
    return put32(put32(p, (uint32_t)(h->now / TERN_MS)), h->ts);
}

/* A segment of the peer's, with |len| (0 or 1) bytes. */
static bool say(struct half *h, unsigned flags, uint32_t len)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(h->peer->stack), IP_LEN + TCP_LEN + 40 + len);
    if (!b) return false;
    uint8_t *tcp = b->data + IP_LEN, *end = put_options(tcp + TCP_LEN, h, (flags & SYN) != 0);
    uint8_t *p = put32(tcp + 4, h->seq);
    put16(tcp, PORT_FIRST + h->i % PORTS_N);
    put16(tcp + 2, h->peer->port);
    p = put16(put32(p, h->ack), (uint32_t)(end - tcp) / 4 << 12 | flags);
    put32(put16(p, 0xffff), 0); /* window; the checksum need not be right: |csum_ok| */
    if (len) *end++ = 'x';
    put32(b->data, UINT32_C(6) << 28);
    put32(b->data + 4, (uint32_t)(end - tcp) << 16 | 6 << 8 | 64);
    p = put_address(b->data + 8, h->i);
    memcpy(p, h->peer->own.b, sizeof h->peer->own.b);
    b->len = (uint32_t)(end - b->data);
    b->csum_ok = true;
    h->seq += len + ((flags & (SYN | FIN)) != 0);
    if (tern_stack_input(h->peer->stack, 0, h->now, b) == TERN_INPUT_TAKEN) return true;
    tern_buf_unref(b);
    return false;
}

/* Takes the stack's segment, which must have these flags. */
static bool hear(struct half *h, unsigned flags)
{
    struct tern_pkt pkt;
    if (tern_stack_output(h->peer->stack, 0, h->now, &pkt, 1) != 1) return false;
    const uint8_t *tcp = pkt.head + IP_LEN, *end = pkt.head + pkt.head_len;
    for (const uint8_t *o = tcp + TCP_LEN; o + 10 <= end; o += *o == 1 ? 1 : o[1] ? o[1] : 40)
        if (*o == 8) h->ts = get32(o + 2);
    h->ack = get32(tcp + 4) + pkt.payload_len + ((tcp[13] & (SYN | FIN)) != 0);
    return (tcp[13] & (SYN | FIN | ACK)) == flags;
}

static bool exchange(struct half *h, struct tern_conn **c)
{
    char byte;
    *c = tern_listener_accept(h->peer->listener);
    if (!*c || !say(h, ACK, 1)) return false;
    return tern_conn_recv(*c, h->now, &byte, 1) == 1 && tern_conn_send(*c, h->now, &byte, 1) == 1 && hear(h, ACK) &&
           say(h, ACK, 0);
}

bool peer_open(const struct peer *p, uint32_t i, enum peer_kind kind, tern_ns now)
{
    struct half h = {.peer = p, .i = i, .now = now, .seq = i * 64000};
    struct tern_conn *c = NULL;
    struct tern_ready r;
    if (!say(&h, SYN, 0) || !hear(&h, SYN | ACK)) return false;
    if (kind == PEER_HALF_OPEN) return true;
    bool ok = say(&h, ACK, 0) && exchange(&h, &c);
    while (tern_stack_next_event(p->stack, &r)) continue;
    if (!ok || kind == PEER_IDLE) return ok;
    tern_conn_release(c, now);
    return hear(&h, FIN | ACK) && say(&h, FIN | ACK, 0) && hear(&h, ACK);
}
