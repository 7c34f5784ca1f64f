/* What a path may do to a packet's bytes. Each says whether it could. */
#ifndef LINK_DAMAGE_H
#define LINK_DAMAGE_H

#include <tern/packet.h>

/* The ECN field of the IP header (RFC 3168 5) becomes |ecn|. */
bool damage_ecn(struct tern_buf *b, uint8_t ecn);
/* Turns one bit behind the IP header, chosen by |r|: a checksum always catches it. */
bool damage_flip(struct tern_buf *b, uint64_t r);
/* Swaps a word of a TCP payload with the next one from a random place that differs: a checksum never catches it. */
bool damage_swap(struct tern_buf *b, uint64_t r);

#endif
