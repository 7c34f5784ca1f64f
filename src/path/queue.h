/* What waits before a link: drop-tail, RED, CoDel or FQ-CoDel, with ECN marks. */
#ifndef PATH_QUEUE_H
#define PATH_QUEUE_H

#include "chance.h"
#include "parcel.h"

enum queue_kind {
    QUEUE_TAIL,    /* drop-tail; with |mark_n| a step of marks (RFC 8257 3.1) */
    QUEUE_RED,     /* Floyd and Jacobson 1993, gentle */
    QUEUE_CODEL,   /* RFC 8289 */
    QUEUE_FQ_CODEL /* RFC 8290 */
};

enum { QUEUE_FLOWS_MAX = 65536 };

/* All limits are of what waits; the packet that is being sent is not in the queue. */
struct queue_config {
    enum queue_kind kind;
    uint32_t limit_n;     /* packets, at most 2^30; 0: 1000 (FQ-CoDel: 10240, RFC 8290 5.2.1), or no limit when there are bytes */
    uint64_t limit_bytes; /* 0: no limit */
    bool ecn;             /* RED, CoDel: an ECN-capable packet is marked in place of being dropped */
    uint32_t mark_n;      /* drop-tail: an ECN-capable packet that finds so many packets or more is marked; 0: none is */

    /* RED. The average is of packets. */
    uint32_t red_min, red_max; /* packets, min < max; 0: a third of max, or limit / 12 (at least 5); three times min */
    uint32_t red_max_ppm;      /* probability at red_max; 0: 100,000 (10 %) */
    uint32_t red_weight;       /* the average's weight is 1 / 2^this: 1..20; 0: 9 (0.002) */
    tern_ns red_packet;        /* typical time of a packet, to let the average fall while nothing waits; 0: 1 ms */

    /* CoDel, FQ-CoDel. */
    tern_ns target;   /* 0: 5 ms */
    tern_ns interval; /* 0: 100 ms */
    uint32_t quantum; /* FQ-CoDel: bytes; 0: 1514 */
    uint32_t flows;   /* FQ-CoDel: queues, 1..QUEUE_FLOWS_MAX; 0: 1024 */
    uint32_t mtu;     /* CoDel rests while not more than so many bytes wait; 0: 1500 */
};

/* A parcel that the queue drops is its owner's again. |early|: by the algorithm, not for want of room. */
struct queue_drops {
    void (*drop)(void *ctx, struct parcel *p, bool early);
    void *ctx;
};

/* CoDel's state, of a queue or of one flow of FQ-CoDel. */
struct codel {
    tern_ns first_above_at, drop_next;
    uint32_t count, last_count;
    bool dropping;
};

struct queue_red {
    uint64_t average; /* packets * 2^32 */
    tern_ns idle_at;  /* since when nothing waits */
    uint64_t since;   /* packets since the last drop or mark, while the average was above the minimum */
    struct chance rng;
};

struct queue_flow {
    struct parcel_list list;
    struct queue_flow *next; /* in one of the two lists, or NULL */
    uint64_t bytes;
    int64_t deficit;
    struct codel codel;
    bool listed;
};

struct queue_turns {
    struct queue_flow *first, *last;
};

struct queue {
    struct queue_config cfg; /* nothing left at 0 */
    struct queue_drops drops;
    uint32_t n;
    uint64_t bytes;
    uint64_t dropped, dropped_early, marked; /* in all */
    struct parcel_list list;
    struct codel codel;
    struct queue_red red;
    struct queue_flow *flow; /* |room|, FQ-CoDel */
    struct queue_turns fresh, old;
};

/* NULL, or what is wrong with it (a text to be translated). */
const char *queue_check(const struct queue_config *cfg);
/* Bytes of memory, aligned for any object, that the queue needs besides; it keeps them until it is no more used. */
size_t queue_room(const struct queue_config *cfg);
void queue_init(struct queue *q, const struct queue_config *cfg, uint64_t *seed, void *room, struct queue_drops drops);
/* |p| comes at |now|; p->at is that. It, or others, may be dropped. */
void queue_push(struct queue *q, tern_ns now, struct parcel *p);
/* The next that is sent, at |now|; NULL: there is none. Others may be dropped. */
struct parcel *queue_pop(struct queue *q, tern_ns now);
/* CE, and counted; false: it is not ECN-capable. */
bool queue_mark(struct queue *q, struct parcel *p);
/* The oldest, whatever the algorithm: for the end. */
struct parcel *queue_empty(struct queue *q);

#endif
