/* What a connection needs once it has sent data, and one that only listens to its peer does not. Made when data first leaves,
 * freed with the connection. Without memory for it a connection sends all the same: recovery is NewReno's, and so is congestion
 * control. */
#ifndef TCP_SENDER_H
#define TCP_SENDER_H

#include "flight.h"
#include "pacing.h"

struct tern_conn;

struct tcp_sender {
    struct cc_state *cc; /* the algorithm's state, cc_ops.state_len bytes; NULL: it needs none, or there was no memory */
    struct tcp_rate rate;
    struct tcp_pacing pacing;
    struct tcp_rack rack;
    struct tcp_tail tail;
    struct tcp_undo undo;
    struct tcp_flight *flight; /* NULL: nothing is in flight, or there was no memory */
};

/* The connection's, made when it has none. NULL: no memory. */
struct tcp_sender *sender_own(struct tern_conn *c);
/* Congestion control hears of an acknowledgement. */
void sender_acked(struct tern_conn *c, struct cc_sample *s);
/* New data is about to leave, and nothing is in flight. */
void sender_restarts(struct tern_conn *c);
/* Nothing is in flight any more: what it holds goes, unless the path has taught something. */
void sender_rests(struct tern_conn *c);
void sender_free(struct tern_conn *c);

#endif
