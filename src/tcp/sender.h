/* What a connection needs once it has sent data, and one that only listens to its peer does not. Made when data first leaves.
 * When all is acknowledged it rests: those of the few connections that rest least long wait for more data, from the others goes
 * what the path has taught nothing. So an idle connection is small, and a busy one allocates nothing. Without memory for it a
 * connection sends all the same: recovery is NewReno's, and so is congestion control. */
#ifndef TCP_SENDER_H
#define TCP_SENDER_H

#include "flight.h"
#include "pacing.h"
#include "valid.h"

struct tern_conn;

enum { SENDERS_REST = 64 }; /* so many at most */

/* The least round trip since |from_s| seconds, in microseconds, plus one; 0: none. */
struct tcp_least {
    uint32_t us, from_s;
};

struct tcp_sender {
    struct tern_conn *conn;
    struct list resting; /* tcp_env.resting, or none */
    struct cc_state *cc; /* the algorithm's state, cc_ops.state_len bytes; NULL: it needs none, or there was no memory */
    struct tcp_rate rate;
    struct tcp_pacing pacing;
    struct tcp_valid valid;
    struct tcp_least least;
    struct tcp_rack rack;
    struct tcp_tail tail;
    struct tcp_undo undo;
    seq32 backed;              /* SND.MAX at the last timeout whose doubling of the RTO is in loss.kept */
    struct tcp_flight *flight; /* NULL: there was none, or no memory: see flight_of() */
};

/* The connection's, made when it has none. NULL: no memory. */
struct tcp_sender *sender_own(struct tern_conn *c);
/* Congestion control hears of an acknowledgement. */
void sender_acked(struct tern_conn *c, struct cc_sample *s);
/* New data is about to leave, and nothing is in flight. */
void sender_restarts(struct tern_conn *c);
/* Nothing is in flight any more. */
void sender_rests(struct tern_conn *c);
void sender_free(struct tern_conn *c);

#endif
