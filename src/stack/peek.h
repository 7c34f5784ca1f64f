/* Looking into a stack from outside of it, pair by pair: for the simulator. */
#ifndef STACK_PEEK_H
#define STACK_PEEK_H

#include <tern/conn.h>

/* STATUS of the connection between the two, half-open and TIME-WAIT ones included. False: there is none. */
bool peek_pair(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote,
               struct tern_status *out);
/* The listener that a SYN from |remote| to |local| would find. False: there is none. */
bool peek_listener(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote,
                   struct tern_listener_info *out);

/* Is half of a key of |s| in the |len| bytes at |where|? */
bool peek_key(const struct tern_stack *s, const void *where, size_t len);

/* Puts the flaws of class |n| of base/attacks.h back in: what |s| has switches for, and those that all stacks have in common.
 * |published|: only the one that GUARD(n) holds off, since the others would hide it. False: this build has no switches. */
bool stack_put_flaw_back(struct tern_stack *s, unsigned n, bool published);

#endif
