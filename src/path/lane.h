/* A lane: one direction of a link, made of the models of this directory. What enters is judged in this order:
 *
 *     outage, MTU, policer, loss, bursts of loss;  then queue and capacity;  then delay, jitter, reordering, ACK compression
 *
 * Pure: no clock, no system call, no allocation; the same parcels at the same times meet the same fate on every machine, and a
 * changed probability of one damage leaves the others where they were.
 *
 *     lane_enter(lane, now, parcel)   it is the lane's now, until lane_take() gives it back or the owner's drop() gets it
 *     lane_next(lane)                 not later than when the next parcel is due
 *     lane_take(lane, now)            one that is due, in order; NULL: none (any more) at |now|
 *
 * Calls may come late: what happened inside in the meantime, happened at its own time. |now| never goes back. */
#ifndef PATH_LANE_H
#define PATH_LANE_H

#include "burst.h"
#include "capacity.h"
#include "policer.h"
#include "queue.h"

/* Why a parcel did not get through. */
enum lane_loss {
    LANE_LOST,    /* by chance, or by the list of faults */
    LANE_BURST,   /* in a burst */
    LANE_OUTAGE,  /* the link was down */
    LANE_TOO_BIG, /* longer than the MTU */
    LANE_POLICED,
    LANE_FULL,  /* no room in the queue */
    LANE_EARLY, /* by the queue's algorithm */
    LANE_LOSS_N
};

struct lane_mtu_step {
    tern_ns at;   /* from then on; ascending */
    uint32_t mtu; /* bytes; 0: no limit */
};
struct lane_outage {
    tern_ns from, to; /* what enters at from <= t < to is lost; ascending, apart from each other */
};

/* A damage that is given, not drawn. */
enum lane_fault_kind { LANE_FAULT_LOSE, LANE_FAULT_REORDER, LANE_FAULT_DUPLICATE, LANE_FAULT_CORRUPT, LANE_FAULT_MARK };
struct lane_fault {
    uint64_t nth; /* of the parcels that entered the lane, from 1; ascending */
    enum lane_fault_kind kind;
};

/* Routers that do not leave the ECN field to the ends (RFC 3168 18), in every packet. */
enum lane_ecn {
    LANE_ECN_KEPT,
    LANE_ECN_BLEACHED, /* not ECN-capable */
    LANE_ECN_REMARKED, /* ECT(0) becomes ECT(1) */
    LANE_ECN_MARKED    /* CE, whatever it was */
};

struct lane_config {
    struct capacity_config capacity; /* nothing: no limit, and then no queue */
    struct queue_config queue;

    tern_ns delay;  /* ns */
    tern_ns jitter; /* ns: uniform in delay +- jitter; order is kept */

    /* In parts per million. */
    uint32_t loss_ppm;
    uint32_t reorder_ppm;
    uint32_t dup_ppm;
    uint32_t corrupt_ppm;
    uint32_t mark_ppm; /* of the ECN-capable ones */
    uint32_t swap_ppm;

    enum lane_ecn ecn;

    tern_ns reorder_by; /* ns: a reordered one comes so much later; 0: it skips the delay (where there is none: 1 ms later) */
    struct burst_config burst;
    struct policer_config policer;
    tern_ns ack_hold; /* ns: acknowledgements come together, those of so long a time at its end (ACK compression); 0: as they came
                       */
    uint32_t mtu;     /* bytes of an IP packet; 0: no limit */
    const struct lane_mtu_step *mtu_step;
    size_t mtu_step_n;
    const struct lane_outage *outage;
    size_t outage_n;

    /* Then these, and no others by chance (loss_ppm, burst, reorder_ppm, dup_ppm, corrupt_ppm, mark_ppm, swap_ppm). For repeating
     * a run with fewer faults. */
    bool given;
    const struct lane_fault *fault;
    size_t fault_n;
};

struct lane_owner {
    void (*drop)(void *ctx, struct parcel *p, enum lane_loss why);
    /* NULL, or told of each damage done to the |nth| parcel: a list of these, |given|, repeats the run. */
    void (*fault)(void *ctx, const struct lane_fault *f);
    void *ctx;
};

struct lane_counters {
    uint64_t entered, passed; /* passed: came, or will come, out; duplicates not counted */
    uint64_t entered_bytes, passed_bytes;
    uint64_t lost[LANE_LOSS_N];
    uint64_t duplicated, reordered, corrupted, swapped; /* of |passed|: what the owner was asked to do */
    uint64_t marked;                                    /* by chance and by the queue */
};

/* What there was to see of the queue. */
struct lane_waiting {
    uint32_t n_max;
    uint64_t bytes_max;
    tern_ns delay, delay_max;    /* of the last parcel that left it; the largest */
    uint64_t delay_sum, delay_n; /* of all that left it */
};

struct lane {
    struct lane_config cfg;
    struct lane_owner owner;
    struct lane_counters count;
    struct capacity capacity;
    struct queue queue;
    struct burst burst;
    struct policer policer;
    struct chance rng;
    struct parcel *sending; /* by the capacity, until |left_at| */
    tern_ns left_at;
    struct parcel_list line, aside; /* on their way: in order; and out of it */
    tern_ns last_at;                /* when the last of |line| is due */
    tern_ns hold_until;             /* ACK compression: when those held are due */
    uint64_t next_seq;
    size_t mtu_at, outage_at, fault_at;
    tern_ns least_delay; /* between |left_at| and being due */
    struct lane_waiting waiting;
    bool chancy; /* something is left to chance */
};

/* NULL, or what is wrong with it (a text to be translated). */
const char *lane_check(const struct lane_config *cfg);
/* Bytes of memory, aligned for any object, that the lane needs besides, until it is no more used; 0: none. */
size_t lane_room(const struct lane_config *cfg);
/* |cfg|, checked, and what it points to, stays the caller's and must outlive the lane. */
void lane_init(struct lane *l, const struct lane_config *cfg, uint64_t *seed, void *room, struct lane_owner owner);
/* |p|: data, len, flow, ecn, ack are filled in. */
void lane_enter(struct lane *l, tern_ns now, struct parcel *p);
tern_ns lane_next(const struct lane *l);
struct parcel *lane_take(struct lane *l, tern_ns now);
/* Of those that were sent already the first that arrives, whether or not it is due; NULL: there is none. */
static inline const struct parcel *lane_upcoming(const struct lane *l) { return l->line.first ? l->line.first : l->aside.first; }
/* The MTU in force; 0: no limit. */
uint32_t lane_mtu(struct lane *l, tern_ns now);
/* What happens inside until |now|, happens: for who looks at the queue. */
void lane_advance(struct lane *l, tern_ns now);
struct lane_counters lane_count(const struct lane *l);
/* Whatever is still inside, one after the other, for the end. */
struct parcel *lane_empty(struct lane *l);
/* Can it pass super-segments whole: does nothing depend on packets, neither time nor chance? */
bool lane_is_plain(const struct lane *l);

#endif
