/* What the tests of data transfer share. */
#ifndef CONN_XFER_H
#define CONN_XFER_H

#include <string.h>

#include "rig.h"

#define ACK_IN(r, n)         IN(r, .flags = ACK, .seq = 1, .ack = (n))
#define DATA_IN(r, from, n)  IN(r, .flags = ACK, .seq = (from), .ack = 1, .len = (n))
#define DATA_OUT(r, from, n) OUT(r, .flags = ACK, .seq = (from), .ack = 1, .len = (n))
#define ACK_OUT(r, n)        OUT(r, .flags = ACK, .seq = 1, .ack = (n))

/* ESTABLISHED, the peer's MSS is |mss|. */
static inline void open_mss(struct rig *r, uint16_t mss)
{
    r->syn.mss = mss;
    rig_passive(r);
    rig_mark(r);
}

/* The same with timestamps: every segment of the peer needs them from now on. */
static inline void open_ts(struct rig *r, uint16_t mss, uint32_t tsval)
{
    r->syn.ts = true;
    r->syn.tsval = tsval;
    open_mss(r, mss);
}

/* The handshake takes |rtt|: the first measurement. With SACK where |r->syn| says so. */
static inline void open_rtt(struct rig *r, uint16_t mss, tern_ns rtt)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = mss, .sack_ok = r->syn.sack_ok);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .sack_ok = r->syn.sack_ok);
    rig_pass(r, rtt);
    rig_clear(r);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    rig_mark(r);
}

/* The timestamp of the next segment that the stack sends. */
static inline uint32_t next_ts(struct rig *r)
{
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    return o->h.opt.ts_val;
}

/* Expects |n| full segments of |mss| from |from| on. */
static inline void out_full(struct rig *r, int64_t from, uint32_t mss, unsigned n)
{
    for (unsigned i = 0; i < n; i++) DATA_OUT(r, from + (int64_t)i * mss, mss);
}

/* A (super-)segment of the peer, |gso| payload bytes a segment (0: one), filled with |mark| (0: the stream's own bytes). */
static inline void in_marked(struct rig *r, const struct tseg *t, uint8_t mark, uint16_t gso)
{
    static uint8_t packet[TERN_PACKET_MAX];
    rig_start(r);
    size_t len = rig_build(r, t, packet);
    if (mark) memset(packet + len - t->len, mark, t->len);
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), len);
    assert_non_null(b);
    memcpy(b->data, packet, len);
    b->len = (uint32_t)len;
    b->csum_ok = true;
    b->gso_size = gso;
    assert_int_equal(tern_stack_input(r->s, 0, r->now, b), TERN_INPUT_TAKEN);
    rig_collect(r);
}

#define MARKED(r, from, n, m)     in_marked(r, &(struct tseg){.flags = ACK, .seq = (from), .ack = 1, .len = (n)}, m, 0)
#define SUPER_IN(r, from, n, gso) in_marked(r, &(struct tseg){.flags = ACK, .seq = (from), .ack = 1, .len = (n)}, 0, gso)

static inline void set_option(struct rig *r, enum tern_option opt, int64_t value)
{
    assert_int_equal(tern_conn_set(r->c, r->now, opt, value), 0);
    rig_collect(r);
}

/* Takes all memory of the stack but that of one packet; |held|: what it is held by. */
static inline struct tern_buf *take_memory(struct rig *r)
{
    struct tern_buf *held = NULL, *b, *spared = tern_buf_get(tern_stack_pool(r->s), 1);
    for (size_t len = TERN_PACKET_MAX; len; len /= 2)
        while ((b = tern_buf_get(tern_stack_pool(r->s), len)) != NULL) b->next = held, held = b;
    tern_buf_unref(spared);
    return held;
}

static inline void give_memory(struct tern_buf *held)
{
    for (struct tern_buf *next; held; held = next) {
        next = held->next;
        tern_buf_unref(held);
    }
}

/* Sends without looking at what leaves, and forgets it. */
static inline void send_quietly(struct rig *r, uint32_t len)
{
    rig_send(r, len);
    rig_clear(r);
}

#endif
