#include "checksum.h"

#include <string.h>

#include "bytes.h"

/* Four 32-bit lanes, added without regard for each other: gcc's and clang's generic vectors become SSE2, NEON or plain words. */
typedef uint32_t lanes __attribute__((vector_size(16)));

enum {
    BLOCK_LEN = 4 * sizeof(lanes), /* a round of the main loop */
    BLOCKS_MAX = 1 << 14,          /* rounds until a lane is full: it holds the sum of 2^16 halves of 16 bits */
};

/* |all|: the sum of the vectors' lanes modulo 2^32. |high|: the exact sum of the lanes' upper halves. The exact sum of the lower
 * halves follows from both, which spares a mask for every vector. */
struct acc {
    lanes all, high;
};

#define INLINE __attribute__((always_inline)) static inline

/* Everywhere below |to| is NULL where nothing is copied; inlining makes that a constant. */
INLINE void copy(uint8_t *to, const void *word, size_t len)
{
    if (to) memcpy(to, word, len);
}

INLINE void take(struct acc *acc, uint8_t *to, const uint8_t *from)
{
    lanes v;
    memcpy(&v, from, sizeof(v));
    copy(to, &v, sizeof(v));
    acc->all += v;
    acc->high += v >> 16;
}

INLINE uint8_t *skip(uint8_t *to, size_t n) { return to ? to + n : NULL; }

/* Whole vectors, fewer than fill a lane. Written out four times because gcc -O2 would not unroll a loop. */
INLINE uint64_t add_vectors(uint8_t *to, const uint8_t *from, size_t len)
{
    enum { V = sizeof(lanes) };
    struct acc acc = {{0}, {0}};
    for (; len >= BLOCK_LEN; from += BLOCK_LEN, to = skip(to, BLOCK_LEN), len -= BLOCK_LEN) {
        take(&acc, to, from);
        take(&acc, skip(to, V), from + V);
        take(&acc, skip(to, 2 * V), from + 2 * V);
        take(&acc, skip(to, 3 * V), from + 3 * V);
    }
    for (; len >= V; from += V, to = skip(to, V), len -= V) take(&acc, to, from);

    lanes low = acc.all - (acc.high << 16);
    uint64_t sum = 0;
    for (int i = 0; i < 4; i++) sum += (uint64_t)low[i] + acc.high[i];
    return sum;
}

/* Fewer bytes than a vector; an odd last byte is padded with zero (RFC 9293 3.1, checksum). */
INLINE uint64_t add_rest(uint8_t *to, const uint8_t *from, size_t len)
{
    uint64_t sum = 0;
    for (uint32_t w; len >= sizeof(w); from += sizeof(w), to = skip(to, sizeof(w)), len -= sizeof(w)) {
        memcpy(&w, from, sizeof(w));
        copy(to, &w, sizeof(w));
        sum += w;
    }
    if (len) {
        uint8_t last[4] = {from[0], len > 1 ? from[1] : 0, len > 2 ? from[2] : 0, 0};
        uint32_t w;
        memcpy(&w, last, sizeof(w));
        copy(to, last, len);
        sum += w;
    }
    return sum;
}

INLINE uint64_t add(uint64_t sum, uint8_t *to, const uint8_t *from, size_t len)
{
    while (len >= sizeof(lanes)) {
        size_t n = len < (size_t)BLOCKS_MAX * BLOCK_LEN ? len & ~(sizeof(lanes) - 1) : (size_t)BLOCKS_MAX * BLOCK_LEN;
        sum += add_vectors(to, from, n);
        from += n;
        to = skip(to, n);
        len -= n;
    }
    return sum + add_rest(to, from, len);
}

uint64_t csum_add(uint64_t sum, const void *data, size_t len) { return add(sum, NULL, data, len); }

/* RFC 1122 4.2.3.12 */
uint64_t csum_copy(uint64_t sum, void *to, const void *from, size_t len) { return add(sum, to, from, len); }

/* RFC 1071 2 (B): a sum of swapped words is the swapped sum. */
uint64_t csum_add_odd(uint64_t sum, const void *data, size_t len)
{
    uint16_t part = csum_fold(csum_add(0, data, len));
    return sum + (uint16_t)(part << 8 | part >> 8);
}

uint64_t csum_pseudo(const struct tern_addr *src, const struct tern_addr *dst, uint8_t proto, uint32_t len)
{
    /* An IPv4 address stands as ::ffff:a.b.c.d, and 0xffff is one's complement zero: IPv6's pseudo-header sums to the same as
     * IPv4's. */
    uint8_t rest[8] = {0, 0, 0, 0, 0, 0, 0, proto};
    uint64_t pairs[5], sum = 0;
    be32_put(rest, len);
    memcpy(pairs, src->b, sizeof(src->b));
    memcpy(pairs + 2, dst->b, sizeof(dst->b));
    memcpy(pairs + 4, rest, sizeof(rest));
    for (int i = 0; i < 5; i++) sum += (pairs[i] >> 32) + (pairs[i] & UINT32_MAX);
    return sum;
}
