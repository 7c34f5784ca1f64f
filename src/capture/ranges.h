/* A few ranges of sequence numbers, in order, none touching another. Their number is bounded: when there are too many the lowest
 * is forgotten, and those half a GiB away, so that a connection's memory is. */
#ifndef CAPTURE_RANGES_H
#define CAPTURE_RANGES_H

#include <stdbool.h>
#include <stdint.h>

enum { RANGES_MAX = 12 };

struct range {
    uint32_t from, to; /* |to|: the number after the last */
};

struct ranges {
    uint32_t n;
    struct range r[RANGES_MAX];
};

void ranges_add(struct ranges *s, uint32_t from, uint32_t to);
void ranges_cut(struct ranges *s, uint32_t from, uint32_t to);
void ranges_cut_below(struct ranges *s, uint32_t to);
/* The first one that has anything in [from, to), cut to it; false: none. */
bool ranges_meet(const struct ranges *s, uint32_t from, uint32_t to, struct range *out);
bool ranges_cover(const struct ranges *s, uint32_t from, uint32_t to);

#endif
