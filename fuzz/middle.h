/* What lies between two stacks and may do anything to what passes: the packets on their way, and what a hostile middle makes of
 * them. Every byte of a stream is a function of its sequence number, so that the middle can forge data which is right.
 *
 * A packet remembers how far it is still its sender's: |forged|, it is not what the sender sent lately, or not a part of it;
 * |wrong|, it may bring bytes that were never written. Who holds the stacks to their promises must know. */
#ifndef FUZZ_MIDDLE_H
#define FUZZ_MIDDLE_H

#include "ip.h"

enum { MIDDLE_FLOWS = 4, MIDDLE_QUEUE = 64, MIDDLE_PAST = 32 };

/* The bytes that drive a fuzzer; at their end they are zero. */
struct fuzz_in {
    const uint8_t *p, *end;
};
static inline uint8_t in8(struct fuzz_in *in) { return in->p < in->end ? *in->p++ : 0; }
static inline uint32_t in16(struct fuzz_in *in)
{
    uint32_t high = in8(in);
    return high << 8 | in8(in);
}
static inline uint32_t in32(struct fuzz_in *in)
{
    uint32_t high = in16(in);
    return high << 16 | in16(in);
}

/* The byte at number |q| of every stream. */
static inline uint8_t stream_at(seq32 q) { return (uint8_t)((q.v * UINT32_C(2654435761)) >> 24); }

struct parcel {
    uint8_t *data; /* an IP packet, its checksums right unless that is the point */
    uint32_t len;
    uint32_t life; /* of its flow, when it was sent */
    uint16_t gso_size;
    uint8_t flow;               /* MIDDLE_FLOWS: none */
    bool forged, wrong, spoilt; /* spoilt: a checksum tells */
};

/* What was seen of a flow in one direction: the last numbers. */
struct sight {
    seq32 nxt, ack;
    uint32_t ts_val;
    uint16_t wnd;
    bool seen, timestamps;
};

struct middle {
    bool v6;
    struct tern_addr addr[2];
    uint16_t port[2][MIDDLE_FLOWS];
    uint32_t life[MIDDLE_FLOWS];        /* grows when the pair of endpoints begins anew */
    struct parcel way[2][MIDDLE_QUEUE]; /* to stack 0, to stack 1 */
    struct parcel past[2][MIDDLE_PAST]; /* copies of what passed, the oldest overwritten */
    uint32_t way_n[2], past_n[2];
    struct sight sight[2][MIDDLE_FLOWS]; /* sent by 0, by 1 */
};

void middle_clear(struct middle *m); /* what is on its way is lost, what was seen forgotten */

/* A genuine packet to stack |to|; it is copied. It is lost when too much is on its way. */
void middle_take(struct middle *m, int to, const uint8_t *p, uint32_t len, uint16_t gso_size);
/* The next one to stack |to|, the caller's now: free its data. False: there is none. */
bool middle_give(struct middle *m, int to, struct parcel *out);

/* One evil deed, which the input chooses. */
void middle_act(struct middle *m, struct fuzz_in *in);

#endif
