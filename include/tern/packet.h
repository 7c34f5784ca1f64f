/* The packet contract: what goes into a stack and what comes out of it.
 *
 * In: one packet is one contiguous, reference-counted buffer that starts at the IP header. A link that was handed several TCP
 * segments merged in one (TUN with offloads) passes them on as one, up to 64 KiB, with |gso_size| set.
 * Out: one packet is a block of headers and a few slices of payload, which may again stand for many segments (|gso_size|). */
#ifndef TERN_PACKET_H
#define TERN_PACKET_H

#include <tern/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tern_pool;

#define TERN_PACKET_MAX 65535 /* bytes of one IP packet, a super-segment included */

/* A received packet, and later the payload that is left of it. |data| and |len| may be narrowed by the holder; |base| and |cap|
 * say what belongs to the buffer. One holder, one reference; the last tern_buf_unref() gives it back to its pool. */
struct tern_buf {
    struct tern_buf *next; /* for the holder's own lists */
    struct tern_pool *pool;
    uint8_t *base; /* start of the storage, |cap| bytes */
    uint8_t *data; /* first valid byte, within the storage */
    uint32_t cap;
    uint32_t len; /* valid bytes from |data| */
    uint32_t refs;
    uint32_t seq;      /* for the holder: sequence number of data[0] */
    uint16_t gso_size; /* payload bytes of each merged segment; 0: one segment */
    uint8_t size_class;
    bool csum_ok;  /* the transport checksum need not be verified: known good, or never leaves the machine */
    uint32_t mark; /* for the holder */
};

/* Returns a buffer of at least |len| bytes (at most TERN_PACKET_MAX) with one reference, empty, or NULL when the memory cap is
 * reached. Buffers are recycled, last used first. */
TERN_API struct tern_buf *tern_buf_get(struct tern_pool *pool, size_t len);
TERN_API struct tern_buf *tern_buf_ref(struct tern_buf *buf);
TERN_API void tern_buf_unref(struct tern_buf *buf); /* NULL is allowed */

struct tern_slice {
    const uint8_t *base;
    uint32_t len;
};

#define TERN_HEAD_MAX   120 /* longest IPv6 or IPv4 header and TCP header, options included */
#define TERN_SLICES_MAX 12

/* A packet to send: |head|, then the slices. The slices point into memory of the stack: they are valid until the next call to
 * the stack that gave the packet.
 *
 * The transport checksum is left to the link: the field holds the sum of the pseudo-header alone (not complemented, as
 * virtio's NEEDS_CSUM wants it), |csum_start| is where the transport header begins and |csum_offset| the field's place in it.
 * csum_start 0: the checksum is complete. With |gso_size| the packet stands for several segments of that many payload bytes
 * (the last may be shorter): tern_pkt_cut() of link.h makes them. */
struct tern_pkt {
    uint8_t head[TERN_HEAD_MAX];
    uint8_t head_len;
    uint8_t slices_n;
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
    uint32_t payload_len; /* sum of the slices */
    uint32_t event_n;     /* how many trace events this packet made, ending with the last one before |event_end| */
    uint64_t event_end;   /* position in the trace ring after them; see trace.h */
    uint32_t mark;        /* the connection's options MARK and PRIORITY: for links and taps, no part of the packet */
    uint32_t priority;
    struct tern_slice slice[TERN_SLICES_MAX];
};

/* Head and slices as one run of bytes into |out| (room for |cap|). Returns the length, or TERN_ERR_MSGSIZE. */
TERN_API int tern_pkt_flatten(const struct tern_pkt *pkt, uint8_t *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
