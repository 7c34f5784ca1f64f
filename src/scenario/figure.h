/* The figures that a run yields: the one table that the results, the expectations, the help and the manual are made from. All
 * are integers. */
#ifndef SCENARIO_FIGURE_H
#define SCENARIO_FIGURE_H

#include <tern/types.h>

enum figure_scope { FIGURE_FLOW, FIGURE_LINK, FIGURE_RUN, FIGURE_SCOPE_N };

/* name, unit (of words/quantity.h), scope, heading of its column in tables (NULL: in JSON and CSV alone), what it is. */
#define FIGURES(X)                                                                                                               \
    X(goodput, "bit/s", FLOW, N_("goodput"), N_("what the receiver's application got, over the flow's time"))                    \
    X(share, "ppm", FLOW, N_("share"), N_("of the goodput of all flows"))                                                        \
    X(delivered, "bytes", FLOW, NULL, N_("what the receiver's application got"))                                                 \
    X(done, "units", FLOW, N_("done"), N_("transfers, answers, chunks or messages that were through in time"))                   \
    X(done_p50, "ns", FLOW, N_("done p50"), N_("time of one of them, from when it was due to its last byte: median"))            \
    X(done_p95, "ns", FLOW, NULL, N_("the same: 95th percentile"))                                                               \
    X(done_p99, "ns", FLOW, N_("done p99"), N_("the same: 99th percentile"))                                                     \
    X(done_max, "ns", FLOW, NULL, N_("the same: the longest"))                                                                   \
    X(connect, "ns", FLOW, NULL, N_("from the start to ESTABLISHED at the opener"))                                              \
    X(ended, "ns", FLOW, NULL, N_("from the start until both ends were closed"))                                                 \
    X(rtt_min, "ns", FLOW, NULL, N_("smoothed round-trip time of the sender: the least sample"))                                 \
    X(rtt_p50, "ns", FLOW, N_("rtt p50"), N_("smoothed round-trip time of the sender: median of the samples"))                   \
    X(rtt_p95, "ns", FLOW, N_("p95"), N_("the same: 95th percentile"))                                                           \
    X(rtt_p99, "ns", FLOW, N_("p99"), N_("the same: 99th percentile"))                                                           \
    X(cwnd_p50, "bytes", FLOW, NULL, N_("congestion window: median of the samples"))                                             \
    X(cwnd_max, "bytes", FLOW, N_("cwnd most"), N_("the same: the largest sample"))                                              \
    X(flight_max, "bytes", FLOW, NULL, N_("bytes in flight: the largest sample"))                                                \
    X(held_max, "bytes", FLOW, NULL, N_("bytes that the sender's stack held, sent or not: the largest sample"))                  \
    X(sent, "segments", FLOW, NULL, N_("segments with data that the sender sent, those sent again included"))                    \
    X(resent, "bytes", FLOW, N_("resent"), N_("payload that the sender sent again"))                                             \
    X(resent_share, "ppm", FLOW, NULL, N_("the same, of all payload that it sent"))                                              \
    X(timeouts, "timeouts", FLOW, N_("timeouts"), N_("retransmission timeouts of the sender, the SYN's included"))               \
    X(gap_max, "ns", FLOW, NULL, N_("longest time between two samples of which the second has no more at the receiver"))         \
    X(connections, "connections", FLOW, NULL, N_("that were opened"))                                                            \
    X(lost_share, "ppm", FLOW, NULL, N_("of a datagram flow's packets, those that did not arrive"))                              \
    X(utilisation, "ppm", LINK, N_("used"), N_("of what the link could carry"))                                                  \
    X(queue_p50, "ns", LINK, N_("queue p50"), N_("queueing delay of the last packet that left: median of the samples"))          \
    X(queue_p95, "ns", LINK, N_("p95"), N_("the same: 95th percentile"))                                                         \
    X(queue_p99, "ns", LINK, N_("p99"), N_("the same: 99th percentile"))                                                         \
    X(queue_max, "ns", LINK, N_("most"), N_("queueing delay of a packet: the longest, from the beginning"))                      \
    X(queue_mean, "ns", LINK, NULL, N_("queueing delay of a packet: the mean, from the beginning"))                              \
    X(queue_packets, "packets", LINK, NULL, N_("that waited: the most, from the beginning"))                                     \
    X(passed, "packets", LINK, N_("passed"), N_("that came out"))                                                                \
    X(dropped, "packets", LINK, N_("dropped"), N_("by the queue, full or early"))                                                \
    X(dropped_share, "ppm", LINK, NULL, N_("the same, of those that came in"))                                                   \
    X(lost, "packets", LINK, N_("lost"), N_("by everything but the queue: chance, outages, policer, MTU"))                       \
    X(marked, "packets", LINK, N_("marked"), N_("with CE"))                                                                      \
    X(fairness, "ppm", RUN, N_("fairness"), N_("Jain's index of the flows' goodputs: 100 % when all are alike, 1/n at least"))   \
    X(total, "bit/s", RUN, N_("total"), N_("goodput of all flows together"))                                                     \
    X(units_p50, "ns", RUN, NULL, N_("done_p50 of all flows together"))                                                          \
    X(units_p99, "ns", RUN, NULL, N_("done_p99 of all flows together"))                                                          \
    X(packets, "packets", RUN, N_("packets"), N_("that hosts sent"))                                                             \
    X(finish, "ns", RUN, NULL, N_("virtual time at which everything had ended"))

enum figure_id {
#define X(name, unit, scope, heading, text) FIGURE_ID_##name,
    FIGURES(X)
#undef X
        FIGURE_N
};

struct figure_row {
    const char *name, *unit;
    enum figure_scope scope;
    const char *heading, *text;
};

extern const struct figure_row figure_rows[FIGURE_N];

/* NULL: there is none of this name. */
const struct figure_row *figure_find(const char *name);
/* Does it count things, so that its unit says no more than its name? */
bool figure_counts(const struct figure_row *row);

/* A distribution in memory that does not grow: values up to 2^63, their places to within 1/128. */
struct figure_spread {
    uint64_t n, least, most;
    uint32_t *place; /* FIGURE_PLACES of them; NULL: nothing was added */
};
enum { FIGURE_PLACES = 57 * 128 };

/* False: no memory. */
bool figure_add(struct figure_spread *s, uint64_t value);
/* The value that |permille| of them do not exceed; 0 when there are none. */
uint64_t figure_percentile(const struct figure_spread *s, uint32_t permille);
void figure_spread_free(struct figure_spread *s);

/* part / whole in parts per million; 0 when |whole| is 0. */
uint64_t figure_ppm(uint64_t part, uint64_t whole);
/* Jain, Chiu, Hawe 1984: the square of the sum over n times the sum of the squares, in parts per million; all 0: 0. */
uint64_t figure_jain(const uint64_t *value, size_t n);

#endif
