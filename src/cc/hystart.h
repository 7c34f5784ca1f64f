/* HyStart++ (RFC 9406): slow start ends before it overshoots, when round trips grow longer. And what Linux's CUBIC has: the first
 * HyStart (Ha and Rhee, 2011), which ends slow start at once when round trips grow longer, or a train of acknowledgements is so
 * long that the path is full. */
#ifndef CC_HYSTART_H
#define CC_HYSTART_H

#include "cc.h"

/* All zero is the beginning of a connection. */
struct hystart {
    tern_ns last, current; /* least round trip of the last round and of this one; 0: none measured */
    tern_ns baseline;      /* when conservative slow start (CSS) began; 0: slow start */
    uint8_t samples;       /* round trips measured in this round, as far as they are counted */
    uint8_t rounds;        /* of CSS, this one included */
    /* Linux's: |current| and |samples| as above */
    tern_ns round_at, train_at; /* when this round began, 0: none has; when the last acknowledgement of its train came */
    uint64_t round_end;         /* cc_sample.delivered: what leaves from there on is of the next round */
    bool found;                 /* slow start has ended by it, until a timeout */
};

enum hystart_detect { HYSTART_TRAIN = 1, HYSTART_DELAY = 2 };

/* Slow start grows cwnd for an acknowledgement, by RFC 3465's byte counting; |h| NULL: without HyStart++. May set ssthresh. */
enum tern_rule cc_slow_start(struct cc *cc, const struct cc_sample *s, struct hystart *h);

#endif
