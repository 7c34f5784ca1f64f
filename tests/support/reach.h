/* Rigs in any of the states that a connection with a handle can be in, and tests of one thing in many states. */
#ifndef SUPPORT_REACH_H
#define SUPPORT_REACH_H

#include "rig.h"

/* r->c in |s|, SYN-SENT to TIME-WAIT; nothing is left to take out, rig_mark() is set. SYN-SENT and SYN-RECEIVED by an active OPEN
 * (the latter simultaneous), the others as rig_to_state() does it. */
void reach(struct rig *r, enum tern_state s);

/* The numbers that are next in a rig that reach() has brought to |s|. */
int64_t peer_next(enum tern_state s); /* the peer's: our RCV.NXT */
int64_t our_next(enum tern_state s);  /* ours: SND.NXT */
int64_t our_una(enum tern_state s);   /* ours: SND.UNA */

/* SYN-RECEIVED after a passive OPEN: a half-open connection without a handle. */
void reach_half_open(struct rig *r);

/* Runs |run| in a rig of its own for each state from |first| to |last|, at the numbers and addresses of |r|. */
void each_state(const struct rig *r, enum tern_state first, enum tern_state last, void (*run)(struct rig *r, enum tern_state s));

/* The peer's segment that would be in order, with nothing but |flags|. */
void peer_says(struct rig *r, enum tern_state s, uint16_t flags);

/* Is it over, and did the application hear |error|? */
void expect_over(struct rig *r, int error);

/* The next segment out has RST and the relative number |seq|; with or without ACK. */
void expect_rst(struct rig *r, int64_t seq_rel);

/* Hands what the stack sent last back to it, as the peer's answer: both ends are the same. False: it sent nothing. */
bool loop_back(struct rig *r);

/* A test function of |name| for one state. */
#define IN_STATE(name, state)                                                                                                    \
    static void name##_in_##state(struct rig *r) { name(r, TERN_##state); }

#endif
