/* Pacing: data leaves evenly, at the rate that congestion control names, in super-segments of a millisecond at most. There is no
 * timer for each of them: what is sent moves |next| on, and only when it is too far ahead of the clock one is armed. */
#ifndef TCP_PACING_H
#define TCP_PACING_H

#include <tern/types.h>

struct cc_sample;
struct tern_conn;

/* Setting |pacing| */
enum { PACING_OFF, PACING_ALGORITHM, PACING_QUEUE, PACING_ALWAYS };

struct tcp_pacing {
    tern_ns next;      /* when what was sent will have gone at the rate */
    tern_ns span;      /* how long the last super-segment takes at the rate */
    tern_ns least;     /* the least of this round trip's measurements; 0: there is none yet */
    tern_ns queued;    /* the last whole one's, if a queue stood on the path; 0: none did */
    uint32_t measured; /* how often in this one */
    bool waits;        /* data waits until |next| */
    bool late;         /* it did, and what was missed since |next| is not all sent */
};

/* Bytes a second; 0: the connection is not paced. */
uint64_t pacing_rate(const struct tern_conn *c);
/* For STATUS: where nothing is paced, what it would be by window and round trip. */
uint64_t pacing_rate_shown(const struct tern_conn *c);
/* Is it too early for the next data? Then it is waited with. */
bool pacing_early(struct tern_conn *c);
/* The time may have come for what waits. */
void pacing_due(struct tern_conn *c);
/* The longest super-segment: a burst at the rate, whole segments, two at least. */
uint32_t pacing_quantum(const struct tern_conn *c, uint32_t mss, uint32_t super);
/* An acknowledgement tells of the path's queue. */
void pacing_acked(struct tern_conn *c, const struct cc_sample *s);
/* Nothing is in flight any more, or a timeout has counted it out: what was seen of the path's queue holds no more. */
void pacing_rests(struct tern_conn *c);
/* |len| bytes leave. */
void pacing_sent(struct tern_conn *c, uint32_t len);
/* The application bounds the rate to |most| from now on, 0: not at all. What left at a lower one is not waited for. */
void pacing_bound(struct tern_conn *c, uint64_t most);

#endif
