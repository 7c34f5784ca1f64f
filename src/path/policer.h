/* A policer: a token bucket that drops what exceeds it (RFC 2475 2.3.3.4's dropper with RFC 2697's way of counting). */
#ifndef PATH_POLICER_H
#define PATH_POLICER_H

#include <tern/types.h>

struct policer_config {
    uint64_t bps;   /* bit/s, at most 10^12; 0: no policer */
    uint64_t burst; /* bytes that the bucket holds, at most 2^30; 0: 15000 */
};

struct policer {
    struct policer_config cfg;
    uint64_t tokens; /* in units of 1 / 8,000,000,000 byte: bits * nanoseconds of a second */
    tern_ns at;      /* when they were counted */
};

const char *policer_check(const struct policer_config *cfg);
/* The bucket is full. */
void policer_init(struct policer *p, const struct policer_config *cfg);
/* Does a packet of |len| bytes pass at |now|? Its tokens are taken if so. */
bool policer_pass(struct policer *p, tern_ns now, uint32_t len);

#endif
