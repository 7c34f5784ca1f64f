/* Congestion control behind a table of operations. An algorithm sees its own state and a const sample, never the connection. It
 * may write cwnd, ssthresh, the pacing rate and its private words; nothing else. */
#ifndef CC_CC_H
#define CC_CC_H

#include <tern/rules.h>

#define CC_SSTHRESH_MAX UINT32_MAX

struct cc_ops;

struct cc {
    const struct cc_ops *ops;
    uint32_t cwnd;     /* bytes */
    uint32_t ssthresh; /* bytes; CC_SSTHRESH_MAX: not known */
    uint64_t priv[2];
};

struct cc_sample {
    tern_ns now;
    tern_ns srtt;            /* 0: not known */
    uint32_t mss;            /* effective send MSS, bytes */
    uint32_t acked;          /* newly acknowledged bytes */
    uint32_t flight;         /* bytes in flight before this event */
    uint32_t initial_window; /* segments (setting) */
    bool app_limited;        /* the window was not used up: no growth (RFC 5681 is silent, RFC 7661 says so) */
    bool in_recovery;
    bool after_timeout; /* what the timeout took for lost is not yet all acknowledged */
};

/* Each returns the rule that it followed, TERN_RULE_NONE when it changed nothing. */
struct cc_ops {
    const char *name;
    enum tern_rule (*init)(struct cc *cc, const struct cc_sample *s);
    enum tern_rule (*on_ack)(struct cc *cc, const struct cc_sample *s);
    enum tern_rule (*on_loss)(struct cc *cc, const struct cc_sample *s);            /* found by duplicates: recovery begins */
    enum tern_rule (*on_recovered)(struct cc *cc, const struct cc_sample *s);       /* recovery ends */
    enum tern_rule (*on_rto)(struct cc *cc, const struct cc_sample *s, bool first); /* first: of this segment */
    enum tern_rule (*on_idle)(struct cc *cc, const struct cc_sample *s);            /* nothing was sent for more than an RTO */
    enum tern_rule (*on_ecn)(struct cc *cc, const struct cc_sample *s);             /* ECE, once a window (RFC 3168) */
    enum tern_rule (*on_syn_lost)(struct cc *cc, const struct cc_sample *s);
};

/* The algorithm of that name, or NULL. */
const struct cc_ops *cc_find(const char *name);
/* Number |i| of the registry, NULL beyond its end. */
const struct cc_ops *cc_get(size_t i);

/* RFC 6928 2: min(n * MSS, max(2 * MSS, n * 1460)); also the restart window of RFC 5681 4.1. */
uint32_t cc_initial_window(const struct cc_sample *s);

extern const struct cc_ops cc_newreno, cc_fixed;

#endif
