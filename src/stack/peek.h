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

#endif
