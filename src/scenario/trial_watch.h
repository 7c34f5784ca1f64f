/* What a run leaves behind while it goes: sums and distributions, and whatever else was wished for. */
#ifndef SCENARIO_TRIAL_WATCH_H
#define SCENARIO_TRIAL_WATCH_H

#include <tern/link.h>

#include "trial.h"

struct trial_flow {
    struct figure_spread rtt, cwnd, done;
    uint64_t flight_max, held_max, got_before, got, timeouts;
    uint32_t backoff;        /* of the retransmission timer, at the last sample */
    tern_ns got_at, gap_max; /* |got_at|: when more was seen last; 0: nothing yet */
};

struct trial_lane {
    struct figure_spread queue;
    uint64_t bytes_before, bytes; /* that came out: until the end of the warm-up, and until the last sample */
};

struct trial {
    tern_ns warm_up;
    const struct trial_wish *wish;
    struct lab_config cfg;
    struct lab_link *given_link; /* the links with the given faults; NULL: none were given */
    struct lane_fault *given_fault;
    struct lab *lab;
    struct trial_flow *flow;
    struct trial_lane *lane; /* 2 * link + direction */
    struct figure_spread units;
    struct tern_pcapng **pcap;
    tern_ns sampled_at;
    uint64_t sample_n, stride; /* of |stride| samples one is drawn */
    uint64_t event_n;
    bool failed;
    char error[300]; /* empty: no memory */
};

/* Sets the configuration's watch up. False: no memory. */
bool trial_watch(struct trial *t);
void trial_unwatch(struct trial *t);

#endif
