/* Packets to send, taken apart into what a link without offloads can carry. */
#ifndef LINK_CUT_H
#define LINK_CUT_H

#include <tern/packet.h>

/* One plain packet: |head| is its own, the slices lead into the packet that it was cut from. */
struct cut {
    uint8_t head[TERN_HEAD_MAX];
    uint8_t head_len, slices_n;
    uint16_t csum_at; /* where in |head| the checksum stands; 0: it is complete */
    uint64_t sum;     /* of everything that the checksum covers but the payload */
    uint32_t payload_len;
    struct tern_slice slice[TERN_SLICES_MAX];
};

/* How many plain packets |pkt| stands for: at least one. */
uint32_t cut_n(const struct tern_pkt *pkt);

/* The |i|-th of cut_n(), its checksum still without the payload. Returns its length, or TERN_ERR_INVAL when the packet says what
 * cannot be. */
int cut_segment(const struct tern_pkt *pkt, uint32_t i, struct cut *c);

/* Completes the checksum in the head, from the payload where it lies. */
void cut_sum(struct cut *c);

/* Head and payload into |out|, which has room for them; the checksum is completed in the same pass. */
void cut_copy(struct cut *c, uint8_t *out);

/* The other way: the packet in |buf|, starting at the IP header, as a packet to send whose slice leads into |buf|. When its
 * checksum is only known good it may be a partial one, and is left to be completed. Its whole length counts when it cannot be
 * taken apart. */
void cut_from_buf(const struct tern_buf *buf, struct tern_pkt *pkt);

#endif
