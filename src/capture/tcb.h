/* What each end must know, as far as its segments tell. */
#ifndef CAPTURE_TCB_H
#define CAPTURE_TCB_H

#include "flow.h"

/* Both ends' control blocks now. */
void tcb_fill(const struct flow *f, struct story_tcb out[STORY_SIDE_N]);
/* The numbers that relative ones count from: the initial ones, or one less than the first that was seen. */
void tcb_bases(const struct flow *f, struct story_conn *c);
/* The last members of |f->conn|. */
void tcb_sum_up(struct flow *f);

#endif
