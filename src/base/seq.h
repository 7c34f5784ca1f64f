/* Sequence numbers (RFC 9293 3.4): modulo 2^32, and a type of their own so that `a < b` does not compile. */
#ifndef BASE_SEQ_H
#define BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

#include "must.h"

typedef struct {
    uint32_t v;
} seq32;

static inline seq32 seq(uint32_t v) { return (seq32){v}; }
static inline seq32 seq_add(seq32 a, uint32_t n) { return (seq32){a.v + n}; }
static inline seq32 seq_sub(seq32 a, uint32_t n) { return (seq32){a.v - n}; }

/* a - b as a distance: right where |a| is known not to be before |b|. */
static inline uint32_t seq_diff(seq32 a, seq32 b) { return a.v - b.v; }

static inline bool seq_eq(seq32 a, seq32 b) { return a.v == b.v; }
/* Of two numbers 2^31 apart each is "less" than the other; RFC 9293 keeps windows far below that. */
static inline bool seq_lt(seq32 a, seq32 b) { return GUARD(22) ? (int32_t)(a.v - b.v) < 0 : a.v < b.v; }
static inline bool seq_le(seq32 a, seq32 b) { return a.v == b.v || seq_lt(a, b); }
static inline bool seq_gt(seq32 a, seq32 b) { return seq_lt(b, a); }
static inline bool seq_ge(seq32 a, seq32 b) { return seq_le(b, a); }
static inline seq32 seq_max(seq32 a, seq32 b) { return seq_lt(a, b) ? b : a; }
static inline seq32 seq_min(seq32 a, seq32 b) { return seq_lt(a, b) ? a : b; }

/* |from| =< a < |from| + |len| */
static inline bool seq_in(seq32 a, seq32 from, uint32_t len) { return a.v - from.v < len; }

#endif
