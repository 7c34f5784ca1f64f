/* A small path in virtual time for tests of congestion control: some flows through one bottleneck with a queue, packet by packet.
 * A flow is an algorithm of src/cc, the delivery-rate samples of src/tcp, and the least of a sender: it knows at once which
 * packets arrived (as with SACK), takes one for lost when three behind it have arrived, and its data never ends. */
#ifndef CC_MODEL_H
#define CC_MODEL_H

#include "cc.h"
#include "rate.h"

enum { MODEL_FLOWS = 4, MODEL_STATE = 1024 };

struct model_packet {
    struct rate_seg seg;
    tern_ns sent, back; /* |back|: when its acknowledgement arrives */
    uint64_t passed;    /* dropped: acknowledgements seen when the first packet behind it arrived */
    bool dropped, marked, was_passed;
};

struct model_flow {
    struct cc cc;
    uint64_t state[MODEL_STATE / 8];
    struct tcp_rate rate;
    struct model_packet *ring;
    uint32_t cap;              /* packets in |ring|: a power of two */
    uint64_t head, next, tail; /* the oldest not yet settled, the next one to be acknowledged, the next one to be sent */
    uint64_t acks, recover, ece_until;
    uint32_t pipe;                /* bytes */
    uint32_t limit;               /* bytes in flight at most: the application; 0: none */
    tern_ns delay;                /* both ways together, without the queue */
    tern_ns start, pause, resume; /* sends from |start| on, nothing from |pause| (0: never) to |resume| */
    tern_ns pace_at, srtt, min_rtt, min_rtt_now, last_ack;
    bool recovering, after_timeout, no_memory;
    /* what came of it */
    uint64_t delivered, lost, marks, losses, timeouts, window_ns; /* window_ns: segments times ns / 1024 */
    tern_ns window_from;
    uint64_t digest;
};

struct model {
    tern_ns now, free_at;          /* |free_at|: when the bottleneck has sent what it has */
    uint64_t rate;                 /* bytes a second */
    uint32_t mss, buffer, mark_at; /* bytes; mark_at: a longer queue gets CE; 0: never */
    uint32_t others;               /* bytes of the queue that others may fill, at random */
    uint64_t chance;
    uint64_t lose_every, passed; /* every so many packets one is lost; 0: none is */
    tern_ns ack_every;           /* acknowledgements wait for the next multiple of it; 0: they do not */
    uint8_t hystart, bbr_rtt_near;
    bool bbr_any_loss;
    bool exact; /* the peer counts marks, as by RFC 9768 */
    uint32_t flows_n, queue_most;
    struct model_flow flow[MODEL_FLOWS];
    void (*watch)(struct model *m, struct model_flow *f, enum tern_rule why); /* after each acknowledgement; may be NULL */
    void *user;
};

void model_init(struct model *m, uint64_t rate, tern_ns delay, uint32_t buffer);
struct model_flow *model_add(struct model *m, const struct cc_ops *ops, tern_ns start);
void model_run(struct model *m, tern_ns until);
void model_free(struct model *m);
/* Average cwnd since model_reset(), in thousandths of a segment. */
uint64_t model_average(const struct model *m, const struct model_flow *f);
/* What is counted begins anew. */
void model_reset(struct model *m);
/* Bytes in the bottleneck's queue. */
uint32_t model_queue(const struct model *m);
/* A sample as an event of |f| would bring it now, nothing acknowledged. */
struct cc_sample model_sample(const struct model *m, struct model_flow *f);

#endif
