/* What lessons about connections share: two ends that are connected, and questions to a story. */
#ifndef EXPLAIN_LESSON_SEEN_H
#define EXPLAIN_LESSON_SEEN_H

#include "lesson.h"

struct lesson_pair {
    struct sim *s;
    struct tern_conn *conn[STORY_SIDE_N];
};

/* A connected pair as the reader wants it; the story begins after the handshake. 0, or the TERN_ERR_* that the lesson returns.
 * sim_free(p->s) is due, also after an error. */
int pair_connect(struct lesson_run *r, const struct sim_config *cfg, struct lesson_pair *p);
/* What was told so far is of no interest. */
void pair_forget(struct sim *s);
/* Runs until |side| is in |state|, at most for |span|. False: it did not get there. */
bool pair_reach(struct lesson_pair *p, enum story_side side, enum tern_state state, tern_ns span);

/* A closes, and runs until B is in CLOSE-WAIT. 0, or TERN_ERR_TIMEDOUT: it did not get there. */
int pair_half_close(struct lesson_pair *p);

/* The last time that |side| went from |from| (TERN_STATE_N: any state) to |to|; TERN_NEVER: it did not. */
tern_ns seen_state(const struct story *s, enum story_side side, enum tern_state from, enum tern_state to);
/* When |side| last started the 2MSL timer; TERN_NEVER: not at all. */
tern_ns seen_2msl(const struct story *s, enum story_side side);
/* How many segments of |side| have all of |with| and none of |without|; forged ones do not count. */
uint32_t seen_sent(const struct story *s, enum story_side side, uint16_t with, uint16_t without);
/* How many segments of |side| left because of |rule|. */
uint32_t seen_rule(const struct story *s, enum story_side side, enum tern_rule rule);
/* How many notes of |rule| |side| made. */
uint32_t seen_note(const struct story *s, enum story_side side, enum tern_rule rule);
/* The segment's last number + 1: its bytes, its SYN and its FIN are counted. */
uint32_t seen_end(const struct story_row *row);

/* For "%g s". */
static inline double in_seconds(tern_ns t) { return (double)t / (double)TERN_SEC; }

#endif
