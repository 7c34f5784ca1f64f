/* What is counted of a connection that is asked for it (option STATISTICS): figures that nothing in the protocol needs. Those
 * that it does need are in the control block, and in every status. */
#ifndef TCP_STATS_H
#define TCP_STATS_H

#include <tern/conn.h>

struct tern_conn;

enum stats_phase { STATS_IDLE, STATS_BUSY, STATS_RECEIVER, STATS_BUFFER, STATS_PHASE_N };

struct tcp_stats {
    uint32_t segs_in, segs_out, data_in, data_out, again; /* segments; data_out with those sent again */
    uint32_t ooo_in, dsack_in;
    uint32_t delivered; /* segments acknowledged */
    uint32_t rest;      /* bytes acknowledged that make no whole segment yet */
    uint64_t bytes_out; /* with those sent again */
    uint32_t data_out_ms;
    uint8_t phase; /* enum stats_phase */
    tern_ns since; /* when it began */
    tern_ns in[STATS_PHASE_N];
};

#endif
