/* Is the congestion window validated: does what the path took of late bear it out (RFC 7661)? */
#ifndef TCP_VALID_H
#define TCP_VALID_H

#include <tern/types.h>

struct tern_conn;

enum { VALID_BINS = 4 };

struct tcp_valid {
    tern_ns began;            /* of the sample; 0: none is being taken */
    uint64_t from;            /* bytes acknowledged until then */
    tern_ns binned;           /* since when the first bin fills; 0: nothing was sampled, pipeACK is undefined */
    uint32_t bin[VALID_BINS]; /* the largest sample in each quarter of the sampling period, the newest first */
    bool limited;             /* the window, not the application, was the bound during the sample */
    tern_ns since;            /* of the non-validated phase; 0: the window is validated */
    uint32_t reduced;         /* pipeACK or flight when a loss was met in that phase; 0: it was not */
    uint32_t again;           /* bytes sent again until then */
};

/* An acknowledgement of new data. */
void valid_acked(struct tern_conn *c);
/* New data is about to leave, and nothing is in flight. */
void valid_restarts(struct tern_conn *c);
/* What counts as in flight when a loss is met (RFC 7661 4.4.1). */
uint32_t valid_loss(struct tern_conn *c, uint32_t flight);
/* Recovery is over. */
void valid_recovered(struct tern_conn *c);

#endif
