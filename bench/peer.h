/* A peer without a stack: it writes the segments of its connections by hand, so that what a process holds is the stack's alone.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <tern/conn.h>

struct peer {
    struct tern_stack *stack; /* with one interface, which has |own|, and |listener| */
    struct tern_listener *listener;
    struct tern_addr own;
    uint16_t port;
};

enum peer_kind { PEER_HALF_OPEN, PEER_IDLE, PEER_TIME_WAIT };

/* Brings the peer's |i|-th connection into the state |kind|, timestamps, window scaling and SACK agreed; an idle one has
 * exchanged a byte each way, and one in TIME-WAIT was closed by the stack's side first. False: the stack did not play its part.
 */
bool peer_open(const struct peer *p, uint32_t i, enum peer_kind kind, tern_ns now);

#endif
