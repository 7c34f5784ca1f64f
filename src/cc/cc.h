/* Congestion control behind a table of operations. An algorithm sees its window, its own state and a const sample, never the
 * connection. It may write cwnd, ssthresh, |acked| and its state; nothing else. Integers only: the same bytes on every machine.
 */
#ifndef CC_CC_H
#define CC_CC_H

#include <tern/rules.h>

#define CC_SSTHRESH_MAX UINT32_MAX
#define CC_CWND_MAX     (UINT32_C(1) << 30) /* far above any window that can be offered: sums of it do not wrap */

struct cc_ops;

/* Every connection has one. */
struct cc {
    const struct cc_ops *ops;
    uint32_t cwnd;     /* bytes */
    uint32_t ssthresh; /* bytes; CC_SSTHRESH_MAX: not known */
    uint32_t acked;    /* bytes acknowledged since cwnd last grew: NewReno, and whoever must do without memory */
};

/* What an algorithm that names a rate lets go at once, in time at that rate (draft-ietf-ccwg-bbr 5.6.3). */
#define CC_QUANTUM TERN_MS

/* What every algorithm's own state begins with: cc_ops.state_len bytes, zeroed, made when data is first sent and freed with the
 * connection. One that never sent has none; without memory there is none, either: then the algorithm behaves as NewReno. */
struct cc_state {
    uint64_t pacing;  /* bytes a second; 0: the algorithm names no rate */
    uint32_t quantum; /* bytes of a super-segment at most when |pacing| is set */
    bool low;         /* less is sent than the path takes: rate_app_limited() after on_ack */
};

/* Delivery-rate sample (rate.c): how fast the path took what was sent in the flight that ends with the newest segment delivered
 * now. |interval| 0: there is none. All of it belongs to that segment. */
struct cc_rate {
    uint64_t delivered;       /* bytes delivered in the interval */
    uint64_t prior_delivered; /* cc_sample.delivered when the segment left */
    tern_ns interval;         /* the longer one of: from sending to sending, from acknowledgement to acknowledgement */
    uint64_t rate;            /* bytes a second; 0: none */
    uint32_t tx_in_flight;    /* bytes in flight when the segment had left, itself included */
    uint32_t lost;            /* bytes found lost since it left */
    bool app_limited;         /* the application had too little to send: the path may take more than |rate| */
};

/* The settings that algorithms ask for, as they are found in every sample. */
struct cc_settings {
    uint32_t initial_window; /* segments */
    uint32_t fixed_window;   /* bytes */
    uint32_t abc_limit;      /* segments that one acknowledgement may add in slow start (RFC 3465's L); 0: no limit */
    bool cubic_linux;        /* CUBIC where Linux has it otherwise than RFC 9438 */
    bool cubic_unfriendly;   /* cubic_friendly is off: without RFC 9438 4.3 */
    bool cubic_unyielding;   /* cubic_convergence is off: without RFC 9438 4.7 */
    uint8_t bbr_rtt_near;    /* percent above the least round trip that confirm it */
    bool bbr_rounds;         /* where packets overtake others BBR measures the rate over some round trips together */
    bool bbr_any_loss;       /* a loss that may be chance shows BBR a full path, too, as in its draft */
    uint8_t hystart;         /* slow start ends 1 as RFC 9406 says, 2 as with Linux's CUBIC, 0 by a loss */
    uint8_t hystart_detect;  /* enum hystart_detect of hystart.h */
};

/* What is in flight ("pipe"): sent, and neither acknowledged, nor selectively, nor taken for lost; what was sent again counts
 * anew. Without SACK it is what is unacknowledged. */
struct cc_sample {
    struct cc_state *state; /* the algorithm's; NULL: none */
    tern_ns now;
    tern_ns srtt;    /* 0: not known */
    tern_ns rtt;     /* measured by this acknowledgement; 0: it measures nothing */
    tern_ns min_rtt; /* the least of late; 0: not known */
    uint32_t mss;    /* effective send MSS, bytes */
    uint32_t acked;  /* bytes newly delivered: acknowledged cumulatively or by SACK for the first time */
    uint32_t lost;   /* bytes newly found lost */
    uint32_t ce;     /* of |acked|, bytes that the peer says came with CE: as AccECN counts; all of it with ECE, for DCTCP */
    uint32_t flight; /* bytes in flight before this event; for on_loss, on_rto and on_ecn RFC 5681's FlightSize: unacknowledged */
    uint32_t pipe;   /* and after it */
    uint32_t seed;   /* differs from connection to connection: for an algorithm that draws lots */
    uint64_t delivered; /* bytes, in all, with this |acked| */
    bool round_start;   /* what was sent when the last round began is now acknowledged: a round trip has passed */
    bool app_limited;   /* the window was not used up: no growth (RFC 5681 is silent, RFC 7661 says so) */
    bool in_recovery;
    bool reordered;     /* the path was seen to let packets overtake others */
    bool sack;          /* the peer tells of each segment: more than one loss a round trip is seen */
    bool after_timeout; /* what the timeout took for lost is not yet all acknowledged */
    bool paced;         /* data leaves evenly: acknowledgements come so, too */
    struct cc_settings set;
    struct cc_rate rate;
};

/* Each returns the rule that it followed, TERN_RULE_NONE when it changed nothing. Those after on_syn_lost may be NULL: then
 * nothing is done. */
struct cc_ops {
    const char *name;
    uint32_t state_len; /* bytes, struct cc_state included; 0: it needs none */
    bool blind;         /* its window says nothing of the path */
    bool paces;         /* it sets cc_state.pacing, and pacing is on for it */
    bool own_recovery;  /* it bounds what it sends while segments are lost by itself: no PRR (RFC 9937), and
                         * on_recovered after a timeout, too */
    bool every_ce;      /* DCTCP: on_ack hears of each CE by |ce|, and on_ecn is not called */
    bool exact_ce;      /* the same where the peer counts them (RFC 9768) */
    bool wants_ecn;     /* DCTCP: connections ask for ECN whatever the setting says, and the receiver echoes each CE (RFC 8257) */
    enum tern_rule (*init)(struct cc *cc, const struct cc_sample *s);         /* established, or chosen in mid-connection */
    enum tern_rule (*on_ack)(struct cc *cc, const struct cc_sample *s);       /* each that delivers something, in recovery, too */
    enum tern_rule (*on_loss)(struct cc *cc, const struct cc_sample *s);      /* a segment is lost: recovery begins */
    enum tern_rule (*on_recovered)(struct cc *cc, const struct cc_sample *s); /* recovery ends */
    enum tern_rule (*on_rto)(struct cc *cc, const struct cc_sample *s, bool first); /* first: of this segment */
    enum tern_rule (*on_idle)(struct cc *cc, const struct cc_sample *s);            /* nothing was sent for more than an RTO */
    enum tern_rule (*on_ecn)(struct cc *cc, const struct cc_sample *s);             /* ECE, once a window (RFC 3168) */
    enum tern_rule (*on_syn_lost)(struct cc *cc, const struct cc_sample *s);
    void (*begin)(struct cc *cc,
                  const struct cc_sample *s); /* the state was just made, zeroed: the first data is about to leave */
    void (*on_send)(struct cc *cc, const struct cc_sample *s); /* new data is about to leave, and nothing is in flight */
    void (*on_lost)(struct cc *cc, const struct cc_sample *s); /* each segment found lost: |lost|, and in |rate| its tx_in_flight,
                                                                  lost (itself included), app_limited, prior_delivered */
    enum tern_rule (*on_undo)(struct cc *cc,
                              const struct cc_sample *s); /* the last on_loss, on_rto was for nothing (Eifel, F-RTO) */
};

/* The algorithm of that name, or NULL. */
const struct cc_ops *cc_find(const char *name);
/* Number |i| of the registry, NULL beyond its end: in the order of setting |congestion|. */
const struct cc_ops *cc_get(size_t i);

/* RFC 6928 2: min(n * MSS, max(2 * MSS, n * 1460)); also the restart window of RFC 5681 4.1. */
uint32_t cc_initial_window(const struct cc_settings *set, uint32_t mss);

/* |bytes| in |interval|, as bytes a second, without overflow. */
static inline uint64_t cc_per_second(uint64_t bytes, tern_ns interval)
{
    if (bytes < UINT64_MAX / TERN_SEC) return bytes * TERN_SEC / interval;
    return bytes / interval * TERN_SEC;
}

/* cwnd + |by|, as far as CC_CWND_MAX. */
static inline void cc_grow(struct cc *cc, uint32_t by) { cc->cwnd = by < CC_CWND_MAX - cc->cwnd ? cc->cwnd + by : CC_CWND_MAX; }

extern const struct cc_ops cc_bbr, cc_cubic, cc_dctcp, cc_newreno, cc_fixed;

#endif
