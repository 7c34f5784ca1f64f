/* Losses in bursts: Gilbert's and Elliott's channel of two states. Before each packet the channel may change its state; in the
 * state it is in then, the packet is lost with that state's probability. */
#ifndef PATH_BURST_H
#define PATH_BURST_H

#include "chance.h"

/* All in parts per million, at most CHANCE_ALL. The share of packets in the bad state is to_bad / (to_bad + to_good), the mean
 * stay there 1 / to_good packets. */
struct burst_config {
    uint32_t to_bad;    /* good to bad, a packet; 0: no bursts */
    uint32_t to_good;   /* bad to good */
    uint32_t bad_loss;  /* in the bad state; 0: all */
    uint32_t good_loss; /* in the good state */
};

struct burst {
    struct burst_config cfg;
    struct chance rng;
    bool bad;
};

const char *burst_check(const struct burst_config *cfg);
void burst_init(struct burst *b, const struct burst_config *cfg, uint64_t *seed);
/* Is the next packet lost? Draws nothing when there are no bursts. */
bool burst_next(struct burst *b);

#endif
