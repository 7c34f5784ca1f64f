/* A hierarchical timing wheel at nanosecond resolution: the cost of arming, moving and stopping a timer does not grow with their
 * number. Level k holds the timers whose deadline differs from the wheel's time first in the k-th group of six bits, so a
 * timer moves down at most once a level before it fires, and it never fires early. A wheel in use stays where it is: nodes point
 * into it. */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include <tern/types.h>

struct wheel_node {
    struct wheel_node *next, **prev; /* prev NULL: not armed */
    tern_ns at;
};

#define WHEEL_LEVELS 11

struct wheel {
    tern_ns now;
    size_t armed_n;
    uint64_t used[WHEEL_LEVELS]; /* a bit for each slot that holds a timer */
    struct wheel_node *slot[WHEEL_LEVELS][64];
    struct wheel_node *due, **due_tail; /* deadline reached, not yet taken by wheel_expired; in its order */
};

void wheel_init(struct wheel *w, tern_ns now);
static inline bool wheel_armed(const struct wheel_node *n) { return n->prev != NULL; } /* a zeroed node is not armed */

/* Arms, or moves. A deadline in the past counts as the wheel's time: the timer is due at once, after those that are due already.
 * TERN_NEVER stops. */
void wheel_arm(struct wheel *w, struct wheel_node *n, tern_ns at);
void wheel_stop(struct wheel *w, struct wheel_node *n); /* not armed: nothing */

/* Never later than the earliest deadline, and after the wheel's time unless a timer is due. It is the earliest deadline itself
 * when few timers share its slot (16 at most) or it is within 64 ns; otherwise the start of that slot, so that a caller who
 * sleeps until then and calls wheel_advance wakes at most once a level without a timer firing. TERN_NEVER when none is armed. */
tern_ns wheel_next(const struct wheel *w);

/* Moves the wheel's time on. Times before the last one are taken as it. */
void wheel_advance(struct wheel *w, tern_ns now);

/* The next timer whose deadline is at or before the wheel's time, disarmed; NULL when there is none. Timers come in the order of
 * their deadlines, and those of one deadline in the order in which they were armed (or last moved), however far the time jumped.
 */
struct wheel_node *wheel_expired(struct wheel *w);

#endif
