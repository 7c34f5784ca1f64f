/* What the files of the queue share. */
#ifndef PATH_QUEUE_KINDS_H
#define PATH_QUEUE_KINDS_H

#include "queue.h"

/* ---- queue.c ---- */
void queue_drop(struct queue *q, struct parcel *p, bool early);
bool queue_has_room(const struct queue *q, uint32_t len);
void queue_add(struct queue *q, struct parcel *p); /* to the one list of all kinds but FQ-CoDel */
struct parcel *queue_next(struct queue *q);        /* from it */

/* ---- queue_red.c ---- */
bool red_admits(struct queue *q, tern_ns now, struct parcel *p); /* false: it was dropped */
struct parcel *red_pop(struct queue *q, tern_ns now);

/* ---- queue_codel.c ---- */
/* The next parcel of |f|, or of the whole queue when |f| is NULL, by the control law of |c|. */
struct parcel *codel_pop(struct queue *q, struct codel *c, struct queue_flow *f, tern_ns now);

/* ---- queue_fq.c ---- */
void fq_init(struct queue *q);
void fq_push(struct queue *q, struct parcel *p);
struct parcel *fq_pop(struct queue *q, tern_ns now);
struct parcel *fq_take(struct queue *q, struct queue_flow *f); /* the first of |f| */
struct parcel *fq_empty(struct queue *q);

#endif
