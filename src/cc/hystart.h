/* HyStart++ (RFC 9406): slow start ends before it overshoots, when round trips grow longer. */
#ifndef CC_HYSTART_H
#define CC_HYSTART_H

#include "cc.h"

/* All zero is the beginning of a connection. */
struct hystart {
    tern_ns last, current; /* least round trip of the last round and of this one; 0: none measured */
    tern_ns baseline;      /* when conservative slow start (CSS) began; 0: slow start */
    uint8_t samples;       /* round trips measured in this round, as far as they are counted */
    uint8_t rounds;        /* of CSS, this one included */
};

/* Slow start grows cwnd for an acknowledgement, by RFC 3465's byte counting; |h| NULL: without HyStart++. May set ssthresh. */
enum tern_rule cc_slow_start(struct cc *cc, const struct cc_sample *s, struct hystart *h);

#endif
