/* The Internet checksum (RFC 1071). Partial sums are sums of 16- and 32-bit words in the machine's byte order. One
 * starts at 0, and grows by less than 2^33 for 64 KiB: two are joined by a plain addition. No alignment is asked for. */
#ifndef WIRE_CHECKSUM_H
#define WIRE_CHECKSUM_H

#include <tern/types.h>

#include <string.h>

/* Adds |len| bytes to a partial sum. Every piece but the last must have an even length. */
uint64_t csum_add(uint64_t sum, const void *data, size_t len);

/* The same while copying: one pass over memory. */
uint64_t csum_copy(uint64_t sum, void *to, const void *from, size_t len);

/* Adds a piece that begins at an odd offset of the whole. */
uint64_t csum_add_odd(uint64_t sum, const void *data, size_t len);

/* Folds to 16 bits, not complemented, in the machine's order: store with memcpy. */
static inline uint16_t csum_fold(uint64_t sum)
{
    sum = (sum >> 32) + (sum & UINT32_MAX);
    sum = (sum >> 32) + (sum & UINT32_MAX);
    sum = (sum >> 16) + (sum & UINT16_MAX);
    sum = (sum >> 16) + (sum & UINT16_MAX);
    return (uint16_t)((sum >> 16) + sum);
}

/* Stores the complement of a whole sum: what a checksum field holds. */
static inline void csum_put(uint8_t *field, uint64_t sum)
{
    uint16_t v = (uint16_t)~csum_fold(sum);
    memcpy(field, &v, sizeof(v));
}

/* The pseudo-header's sum (RFC 9293 3.1; RFC 8200 8.1) for |proto| and a transport length. Both addresses of one family. */
uint64_t csum_pseudo(const struct tern_addr *src, const struct tern_addr *dst, uint8_t proto, uint32_t len);

#endif
