/* The laboratory: a network of terns in virtual time, that can be measured.
 *
 * Nodes are hosts, each a whole tern stack, and routers; links join them, each direction a |lane| (path/lane.h) with its own
 * models; flows are applications on two hosts that talk. Time begins at 0 and jumps from one thing that happens to the next. One
 * thread, no clock, no chance but the seed's: the same configuration gives the same bytes on every machine.
 *
 *     struct lab_config cfg;
 *     lab_config_default(&cfg);            lab_pair(), lab_dumbbell(), lab_parking_lot(), or nodes and links filled in
 *     struct lab *lab = lab_new(&cfg, &why);
 *     bool right = lab_run(lab);           failures: lab_failure()
 *     lab_result(lab, flow), lab_link_result(lab, link, direction), lab_totals(lab)
 *     lab_free(lab);
 *
 * The engine keeps nothing that grows with time: samples, completions and packets are told to |watch| when they are there.
 *
 * Every array is the caller's and must outlive the lab. Times are ns since the beginning, rates bit/s, lengths bytes,
 * probabilities parts per million. */
#ifndef SIM_LAB_H
#define SIM_LAB_H

#include <tern/tern.h>

#include "lane.h"

enum {
    LAB_NODES_MAX = 4096,
    LAB_LINKS_MAX = 8192,
    LAB_FLOWS_MAX = 4096,
    LAB_NAME_MAX = 32, /* with its NUL */
    LAB_CC_MAX = 16
};

/* ---- what there is ---- */

struct lab_node {
    char name[LAB_NAME_MAX]; /* for people; may be empty */
    bool router;             /* default: a host */
    /* The rest is of hosts. */
    bool set_up;                   /* |settings| counts; false (default): the stack's defaults */
    struct tern_settings settings; /* by tern_profile_set(), tern_settings_set() */
    char cc[LAB_CC_MAX];           /* congestion control of its connections, as cc_find() knows it; empty: the stack's default */
    uint32_t mtu;                  /* of its interface: 576 (IPv6: 1280) .. 65535; 0: 1500 */
    uint32_t gso_max;              /* largest super-segment that the stack may hand out: 0..65535; 0: 65535; 1: none */
    size_t memory_cap;             /* bytes; 0: the stack's default, 1 GiB */
};

struct lab_link {
    char name[LAB_NAME_MAX];
    uint16_t a, b;              /* nodes; a host has at least one link, routers any number */
    struct lane_config lane[2]; /* from a to b; from b to a */
    bool silent; /* a packet above the MTU vanishes: a black hole. false (default): its sender gets ICMP's "too big",
                    unless IPv4's don't-fragment bit is off: then it vanishes, too (there is no fragmentation) */
};

/* Packets go by the way of the fewest links; of several, by the link with the lowest number. */

enum lab_app {
    LAB_BULK,    /* |bytes| (0: without end) as fast as it goes */
    LAB_REQUEST, /* |count| times (0: without end): a request of |request| bytes, its answer of |bytes|, then |think| */
    LAB_VIDEO,   /* every |interval| a chunk of rate * interval bytes is written, whether or not the last one is through */
    LAB_THIN,    /* every |interval| a message of |bytes| */
    LAB_DATAGRAM /* no TCP: packets of |bytes| (with their headers) at |rate|, |on| long, then |off| long nothing */
};

/* |from| opens the connection at |start|. Who sends: |from|, or with |down| the other. LAB_REQUEST: the opener asks. */
struct lab_flow {
    char name[LAB_NAME_MAX];
    uint16_t from, to; /* hosts, not the same */
    enum lab_app app;
    bool down;
    tern_ns start; /* when it opens; before |duration| */
    tern_ns stop;  /* nothing is written any more from then on; 0: |duration| */
    /* BULK 0..2^62; REQUEST: of the answer, 1..2^40 (0: 1000); THIN: of a message, 1..2^20 (0: 100); DATAGRAM 48..65535 (0: 1500)
     */
    uint64_t bytes;
    uint64_t request;      /* REQUEST: 1..2^40; 0: 100 */
    uint64_t count;        /* REQUEST, VIDEO, THIN: how many; 0: until |stop| */
    tern_ns think;         /* REQUEST: between the end of an answer and the next request; 0: none */
    uint64_t rate;         /* VIDEO, DATAGRAM: bit/s, 1..10^12; 0: 5,000,000 */
    tern_ns interval;      /* VIDEO (0: 2 s), THIN (0: 100 ms): at least 1 us */
    tern_ns on, off;       /* DATAGRAM; on 0: always; off 0: always */
    bool each_anew;        /* REQUEST: a connection for each; the opener closes */
    char cc[LAB_CC_MAX];   /* of the sender's connection; empty: its node's. (REQUEST: of both ends.) */
    bool nodelay;          /* Nagle's algorithm off at both ends */
    bool cork;             /* the sender's connection is corked, all the time */
    uint8_t tos;           /* DSCP: 0..255, its two ECN bits 0 */
    uint64_t read_rate;    /* bit/s at which the receiving application reads; 0: at once */
    tern_ns read_pause[2]; /* it does not read from .. to; 0, 0: never */
    uint32_t write_size;   /* bytes given to SEND at once: 1..2^20; 0: as many as it takes */
};

/* ---- what is told ---- */

/* One flow, at one instant. What belongs to a connection is of the sender's; all 0 while there is none (|open| false). */
struct lab_flow_sample {
    bool open;
    enum tern_state state;
    enum tern_recovery recovery;
    uint32_t cwnd, ssthresh; /* bytes; ssthresh UINT32_MAX: not known */
    uint32_t in_flight;      /* bytes sent and not acknowledged */
    uint32_t snd_wnd;        /* the peer's window */
    uint32_t send_queue;     /* bytes given to SEND and not acknowledged */
    tern_ns srtt, rttvar, rto, rtt_min;
    uint64_t pacing_rate;   /* bit/s; 0: not paced */
    uint64_t delivery_rate; /* bit/s that were acknowledged since the last sample */
    uint64_t goodput;       /* bit/s: what the receiver's application got since the last sample */
    uint64_t sent_bytes;    /* payload that left, with what was sent again, in all */
    uint64_t got_bytes;     /* given to the receiver's application, in all */
    uint64_t retransmitted; /* bytes, in all, of all the flow's connections */
};

/* One lane's queue at one instant; counters are from the beginning. */
struct lab_lane_sample {
    uint32_t queue_n;                 /* packets that wait, and the one being sent */
    uint64_t queue_bytes;             /* of those that wait */
    tern_ns queue_delay;              /* of the last one that left the queue */
    uint64_t rate;                    /* bit/s that came out since the last sample */
    uint64_t passed, dropped, marked; /* packets; dropped: by the queue, full or early */
    uint64_t lost;                    /* packets: by everything else */
};

enum lab_packet_what {
    LAB_PACKET_SENT,    /* it entered the lane */
    LAB_PACKET_ARRIVED, /* it came out of it */
    LAB_PACKET_DROPPED  /* |why| */
};
struct lab_packet {
    enum lab_packet_what what;
    enum lane_loss why;
    uint16_t link;
    uint8_t direction;    /* 0: from a to b */
    int32_t flow;         /* -1: of no flow (ICMP) */
    const uint8_t *bytes; /* from the IP header on; checksums are complete */
    uint32_t len;
    bool super; /* super-segment: |gso_size| bytes a segment, checksum not complete (lanes without models only) */
    uint16_t gso_size;
};

/* A unit of an application that is through: the transfer of BULK, request and answer, chunk, message, datagram (not told). */
struct lab_done {
    uint16_t flow;
    uint64_t nth;         /* from 0 */
    tern_ns began, ended; /* it was due to be written (REQUEST: the opener began, handshake included when |each_anew|); its last
                             byte was given to the application that waits for it */
    uint64_t bytes;
};

/* Each may be NULL. None may call the lab, but for lab_now(). */
struct lab_watch {
    void *ctx;
    /* Every |sample|, and at the end: flow_n flows, and two lanes a link (2 * link + direction). */
    void (*sample)(void *ctx, tern_ns at, const struct lab_flow_sample *flow, const struct lab_lane_sample *lane);
    void (*done)(void *ctx, const struct lab_done *done);
    void (*packet)(void *ctx, tern_ns at, const struct lab_packet *packet);
    /* What the stacks say (trace.h). */
    void (*event)(void *ctx, uint16_t node, const struct tern_event *event);
    /* A damage done by chance: collected by lane, they are lane_config's |fault| of a run with |given|. */
    void (*fault)(void *ctx, uint16_t link, uint8_t direction, const struct lane_fault *fault);
};

struct lab_config {
    const struct lab_node *node;
    size_t node_n;
    const struct lab_link *link;
    size_t link_n;
    const struct lab_flow *flow;
    size_t flow_n;
    bool v6;          /* addresses: 198.18.0.0/15, or with this 2001:db8::/32 */
    tern_ns duration; /* applications write until then; results are of until then; 1..10^6 s; default 10 s */
    tern_ns grace;    /* after it connections have so long to end, TIME-WAIT not included; default 600 s */
    tern_ns sample;   /* ns between two samples; 0: no samples but the last; default 100 ms */
    uint64_t seed;    /* default 1 */
    bool check;       /* tests the stacks' invariants after every event: slow */
    struct lab_watch watch;
};

void lab_config_default(struct lab_config *cfg);

/* ---- topologies ---- */

/* Each fills |node| and |link| (room for as many as said) and returns the number of links; the caller then changes what he
 * likes. |access| is every link but the bottlenecks, both directions; |bottleneck| both directions of a bottleneck, before the
 * caller makes them asymmetric.
 *
 * Pair: nodes 0, 1; link 0. (2 nodes, 1 link.)
 * Dumbbell of n pairs: hosts 0 .. n - 1 on the left, n .. 2n - 1 on the right, routers 2n, 2n + 1; link 0 is the bottleneck from
 * 2n to 2n + 1, link 1 + i leads from host i to its router. (2n + 2 nodes, 2n + 1 links.)
 * Parking lot of n bottlenecks: routers 0 .. n; link i < n is the bottleneck from router i to i + 1; hosts n + 1 (at router 0)
 * and n + 2 (at router n) are the long way, hosts n + 3 + 2i (at router i) and n + 4 + 2i (at router i + 1) cross bottleneck i.
 * (3n + 3 nodes, 3n + 2 links.) */
size_t lab_pair(struct lab_node *node, struct lab_link *link, const struct lane_config *way);
size_t lab_dumbbell(size_t n, struct lab_node *node, struct lab_link *link, const struct lane_config *bottleneck,
                    const struct lane_config *access);
size_t lab_parking_lot(size_t n, struct lab_node *node, struct lab_link *link, const struct lane_config *bottleneck,
                       const struct lane_config *access);

/* ---- a run ---- */

struct lab;

enum lab_part { LAB_PART_NONE, LAB_PART_NODE, LAB_PART_LINK, LAB_PART_FLOW };
/* What cannot be: a text to be translated, and where. */
struct lab_wrong {
    const char *text; /* an English sentence without holes; words() translates it */
    enum lab_part part;
    size_t index;
};

/* NULL: |*why| says what is wrong with the configuration, or that there is no memory. */
struct lab *lab_new(const struct lab_config *cfg, struct lab_wrong *why);
/* Until everything has ended. True: nothing went wrong. */
bool lab_run(struct lab *lab);
void lab_free(struct lab *lab); /* NULL is allowed */
tern_ns lab_now(const struct lab *lab);

enum lab_failure_kind {
    LAB_OK,
    LAB_WRONG_BYTE, /* a receiver got a byte that was not sent, |value| is its place in the stream */
    LAB_MISSING,    /* a stream ended before its last byte, |value| bytes came */
    LAB_ERROR,      /* a connection ended with the error |value| (TERN_ERR_*) */
    LAB_ENDLESS,    /* a connection did not end in the grace */
    LAB_STALLED,    /* a connection has data to send, but nothing will ever happen */
    LAB_INVARIANT,  /* |rule| does not hold */
    LAB_LEAK,       /* when all had ended a stack, or the network, held |value| bytes more than at the beginning */
    LAB_NO_MEMORY,  /* of the machine's, or over a cap */
    LAB_FAILURE_N
};
struct lab_failure {
    enum lab_failure_kind kind;
    tern_ns at;
    int32_t flow;     /* -1: none */
    int32_t node;     /* -1: none */
    int64_t value;    /* INVARIANT: the number of the connection in its stack, as in trace events */
    const char *rule; /* INVARIANT: which, in the words of its source */
};
/* The first one; LAB_OK. */
struct lab_failure lab_failure(const struct lab *lab);
/* A sentence for |kind|, to be translated; without holes. */
const char *lab_failure_text(enum lab_failure_kind kind);

/* Of a flow, over its whole life; all its connections together. "In time": until |duration|. */
struct lab_flow_result {
    uint64_t got_bytes;    /* given to the receiver's application (REQUEST: answers; DATAGRAM: what arrived), in time */
    uint64_t goodput;      /* bit/s: got_bytes over the time from |start| to |stop|, or to |ended_at| when that came before */
    uint64_t done_n;       /* units through, in time */
    tern_ns connected_at;  /* first connection ESTABLISHED at the opener; TERN_NEVER: not */
    tern_ns first_byte_at; /* at the receiver; TERN_NEVER */
    tern_ns last_byte_at;  /* at the receiver; TERN_NEVER */
    tern_ns ended_at;      /* both ends closed; TERN_NEVER: not */
    uint64_t sent_segments, sent_bytes; /* payload, with what was sent again; the sender's connections */
    uint64_t retransmitted;             /* bytes sent again by the sender's connections */
    uint64_t timeouts;                  /* of the retransmission timer, at the sender, the SYN's included */
    uint64_t connections;               /* that were opened */
    uint64_t datagrams_sent, datagrams_got;
};
void lab_result(const struct lab *lab, size_t flow, struct lab_flow_result *out);

/* From the beginning to the end. */
struct lab_lane_result {
    struct lane_counters count;
    uint64_t passed_bytes_in_time; /* that came out until |duration| */
    uint32_t queue_n_max;          /* packets */
    uint64_t queue_bytes_max;
    tern_ns queue_delay_max;
    uint64_t queue_delay_sum; /* ns, over |queue_delay_n| packets: the mean */
    uint64_t queue_delay_n;
};
void lab_link_result(const struct lab *lab, size_t link, unsigned direction, struct lab_lane_result *out);

struct lab_totals {
    uint64_t packets;   /* that hosts sent, as they were on the wire: a super-segment counts as its segments */
    uint64_t hops;      /* the same, a packet once for each lane that it entered */
    uint64_t events;    /* things that happened */
    tern_ns ended_at;   /* virtual */
    uint64_t digest;    /* of everything that arrived at hosts, and when: the same on every machine */
    size_t memory_peak; /* bytes: the network's and the stacks' */
};
void lab_totals(const struct lab *lab, struct lab_totals *out);

#endif
