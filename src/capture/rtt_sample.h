/* Round-trip times of one direction: RFC 6298's smoothed one, the least, and the median of a sample of bounded size. */
#ifndef CAPTURE_RTT_SAMPLE_H
#define CAPTURE_RTT_SAMPLE_H

#include <tern/types.h>

enum { RTT_KEPT = 19 };

struct rtt_sample {
    tern_ns srtt, rttvar, least; /* 0: none yet */
    uint32_t n;                  /* measured */
    uint32_t us[RTT_KEPT];       /* some of them */
};

void rtt_sample_add(struct rtt_sample *r, tern_ns rtt);
tern_ns rtt_sample_median(const struct rtt_sample *r);
/* RFC 6298 2.3 with the least of 1 second (2.4): many stacks take a smaller one. */
tern_ns rtt_sample_rto(const struct rtt_sample *r);

#endif
