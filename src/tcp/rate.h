/* Delivery-rate samples: how fast the path delivers, measured over each flight (draft-ietf-ccwg-bbr 4.1: the delivery-rate part
 * that BBR needs, and that is told to every algorithm). The sent map keeps a rate_seg for each (super-)segment.
 *
 * For one acknowledgement: a zeroed rate_pick; rate_delivered() for each segment, or part of one, that is delivered for the first
 * time; rate_lost() for each that is found lost; then rate_fill() once. */
#ifndef TCP_RATE_H
#define TCP_RATE_H

#include "cc.h"

/* Of the connection. */
struct tcp_rate {
    uint64_t delivered;   /* bytes, in all */
    uint64_t round_end;   /* |delivered| that ends this round trip */
    uint64_t limited_to;  /* until |delivered| is beyond it samples are application-limited; 0: they are not */
    tern_ns delivered_at; /* when |delivered| last grew, or sending began anew */
    tern_ns first_sent;   /* when the first segment of the flight left that is being measured */
    uint32_t lost;        /* bytes, in all, modulo 2^32 */
    bool told_limited;    /* |told| was application-limited */
    uint64_t told;        /* what STATUS tells: the last rate, but an application-limited one only when it is faster */
};

/* What stood in tcp_rate when a segment left; bytes modulo 2^32, times before it left in units of RATE_TICK. Sent again, it is
 * stamped again. There may be very many: small. */
struct rate_seg {
    uint32_t delivered, lost;
    uint32_t tx_in_flight; /* bytes, the segment included */
    uint32_t delivered_for;
    uint32_t sent_for : 31; /* since |first_sent| */
    bool app_limited : 1;
};
enum { RATE_TICK = 64 /* ns */ };

/* The newest segment that an acknowledgement delivers, and the sum of all. */
struct rate_pick {
    struct rate_seg seg;
    tern_ns sent_at;
    uint32_t acked, lost;
    bool any;
};

/* |len| bytes are about to leave, |pipe| being in flight. */
void rate_sent(struct tcp_rate *r, struct rate_seg *seg, tern_ns now, uint32_t pipe, uint32_t len);
/* |len| bytes more leave at the same moment, nothing having been delivered in between. */
static inline void rate_sent_more(const struct tcp_rate *r, struct rate_seg *seg, uint32_t len)
{
    seg->tx_in_flight += len;
    seg->app_limited = r->limited_to != 0;
}
void rate_delivered(struct tcp_rate *r, struct rate_pick *pick, const struct rate_seg *seg, tern_ns sent_at, uint32_t len,
                    tern_ns now);
void rate_lost(struct tcp_rate *r, struct rate_pick *pick, uint32_t len);
/* |s|: acked, lost, delivered, round_start, rate; min_rtt stands there. */
void rate_fill(struct tcp_rate *r, const struct rate_pick *pick, struct cc_sample *s);
/* For cc_ops.on_lost, after rate_lost(): |len| bytes of |seg| are lost. */
void rate_fill_lost(const struct tcp_rate *r, const struct rate_seg *seg, uint32_t len, struct cc_sample *s);
/* The application has no more to send, and |pipe| is less than the window. */
void rate_app_limited(struct tcp_rate *r, uint32_t pipe);

#endif
