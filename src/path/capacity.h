/* How fast a link is: a fixed rate, one that changes at given times, or a captured trace. */
#ifndef PATH_CAPACITY_H
#define PATH_CAPACITY_H

#include <tern/types.h>

#define CAPACITY_MAX         UINT64_C(1000000000000) /* bit/s */
#define CAPACITY_TRACE_BYTES 1500u

struct capacity_step {
    tern_ns at;   /* from then on; ascending */
    uint64_t bps; /* bit/s, at most CAPACITY_MAX; 0: the link stands still until the next step */
};

/* At most one of the three; none: a packet takes no time. */
struct capacity_config {
    uint64_t bps; /* bit/s: 1..CAPACITY_MAX; 0: none of this */

    const struct capacity_step *step; /* before the first step the link stands still; the last is not 0 */
    size_t step_n;

    /* Mahimahi's traces: each entry is a millisecond at which |trace_bytes| may go, of one packet or of several; what nobody
     * uses then is lost. Never descending; the last one, at least 1, is when the trace begins anew. */
    const uint32_t *trace_ms;
    size_t trace_n;
    uint32_t trace_bytes; /* 0: CAPACITY_TRACE_BYTES */
};

struct capacity {
    struct capacity_config cfg;
    size_t at;     /* the step in force; the entry of the trace that is used */
    tern_ns cycle; /* when this round of the trace began */
    uint32_t left; /* bytes of the entry that are not used */
    bool traced;   /* |left| is of the entry |at| */
};

/* NULL, or what is wrong with it (a text to be translated). */
const char *capacity_check(const struct capacity_config *cfg);
void capacity_init(struct capacity *c, const struct capacity_config *cfg);
bool capacity_is_none(const struct capacity *c);
/* When the last bit of a packet of |len| bytes has gone whose first may go at |from|. |from| never goes back. */
tern_ns capacity_pass(struct capacity *c, tern_ns from, uint32_t len);

/* Reads a trace: a number a line; empty lines and those that begin with # do not count. Returns the number of entries, of which
 * the first |cap| are in |out|; -1: a line is no number, or less than the one before. |*line| (from 0) ends at the last line that
 * was read. */
int64_t capacity_trace_parse(const char *text, size_t len, uint32_t *out, size_t cap, size_t *line);

#endif
