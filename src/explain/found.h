/* Counterexamples that spin finds in model/tern.pml, and their playing by two terns. */
#ifndef EXPLAIN_FOUND_H
#define EXPLAIN_FOUND_H

#include "lesson_seen.h"

enum found_kind {
    FOUND_LISTEN, /* calls of the application at |side| */
    FOUND_OPEN,
    FOUND_WRITE,
    FOUND_CLOSE,
    FOUND_TIMER,   /* the retransmission timer of |side| fires */
    FOUND_PROBE,   /* the forger opens a connection of his own */
    FOUND_FORGE,   /* a segment leaves in |side|'s name: |what| is its number, from 1 */
    FOUND_LEAVES,  /* a segment leaves */
    FOUND_ARRIVES, /* segment |what| arrives at |side|; a copy of it once more */
    FOUND_MOVE     /* |side| goes over to the state |what| */
};

struct found_step {
    uint8_t kind, side, what;
    uint16_t flags; /* of the segment; TH_PSH: it brings a byte */
};

struct found {
    const struct found_step *step;
    size_t n;
};

/* found_steps.c, made by tools/model. */
extern const struct found found_two_way, found_no_time_wait, found_no_time_wait_again, found_predictable_isn;

/* What the ends have at the end: the handles, and what the server's last application read. */
struct found_end {
    struct tern_conn *conn[STORY_SIDE_N]; /* the server's: what it was handed last; NULL: nothing */
    int64_t read;
    char text[8];
};

/* Plays |f| with both ends without |clauses| (ended by NULL), shows the ladder and checks (as |id|) that the ends sent and did
 * what spin's did, in the same order. 0, or the TERN_ERR_* that the lesson returns. |judge| looks at the end before it is gone.
 */
int found_play(struct lesson_run *r, const struct found *f, const char *const *clauses, const char *id, const char *title,
               void (*judge)(struct lesson_run *r, const struct story *s, const struct found_end *end));

#endif
