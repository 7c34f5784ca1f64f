/* Reading and writing headers at any alignment: big-endian numbers, and the option lists that TCP and IPv4 have in one form. */
#ifndef WIRE_BYTES_H
#define WIRE_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t be16_get(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

static inline uint32_t be24_get(const uint8_t *p) { return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]; }

static inline uint32_t be32_get(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void be16_put(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void be24_put(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 16);
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)v;
}

static inline void be32_put(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

enum { OPTION_EOL = 0, OPTION_NOP = 1 }; /* the two kinds that are one byte long */

/* Length of the option at |p|, of whose list |left| > 0 bytes remain; 0 when it cannot be. */
static inline size_t option_len(const uint8_t *p, size_t left)
{
    if (p[0] == OPTION_NOP) return 1;
    return left >= 2 && p[1] >= 2 && p[1] <= left ? p[1] : 0;
}

#endif
