/* What the files of the laboratory share. */
#ifndef SIM_LAB_INTERNAL_H
#define SIM_LAB_INTERNAL_H

#include "lab.h"
#include "mem.h"

enum {
    LAB_PERIOD = 65521, /* of the streams' pattern: a prime */
    LAB_PORT = 10000,   /* flow i is served at LAB_PORT + i */
    LAB_NO_LANE = UINT16_MAX,
    LAB_CHUNK = LAB_PERIOD /* at once: the pattern is two periods long */
};

enum { PACKET_OWN = 120 }; /* head and options of a segment, as they are nearly always */

/* A packet on its way. Records are recycled, never given back before the end. What is short stands in the record itself. */
struct packet {
    struct parcel p;         /* the first: a lane's parcel is the packet. p.data is the struct tern_buf. */
    int32_t flow;            /* -1: of none */
    uint16_t from, to;       /* nodes */
    uint32_t body, body_len; /* behind what its buffer holds so many bytes of the pattern, from |body| on: packet_whole() */
    bool super;              /* a super-segment: its buffer says of what size */
    bool summed;             /* its transport checksum is complete */
    bool damaged;            /* and may be wrong */
    struct tern_buf own;
    uint8_t bytes[PACKET_OWN];
};

struct lab_way {
    struct lab *lab;
    struct lane lane;
    bool plain; /* super-segments stay whole */
    void *room;
    size_t room_len;
    uint16_t from, to; /* nodes */
    uint64_t passed_bytes_in_time;
    uint64_t rate_from; /* passed_bytes at the last sample */
};

struct lab_machine {
    struct tern_stack *s; /* NULL: a router */
    struct tern_trace trace;
    struct tern_event *ring;
    uint64_t seen;                /* events up to this were told */
    size_t baseline;              /* memory that the stack holds before anything happens */
    bool dirty;                   /* something may be there to do or to send */
    struct lab_flow_run *senders; /* flows whose data leaves here */
};

enum { LAB_OPENER, LAB_TAKER };

struct lab_talk;

/* An application at one end of a connection. What it writes is a stretch of the pattern; models only move |goal|. */
struct lab_side {
    struct lab_talk *talk;
    struct tern_conn *c;
    uint64_t goal, written, got;
    bool last;       /* nothing comes after |goal|: CLOSE */
    bool closed;     /* CLOSE was called */
    bool end;        /* the peer's stream has ended */
    bool finished;   /* both streams have, and all is acknowledged */
    bool over;       /* the connection is, and was released */
    uint8_t backoff; /* timeouts in a row, when it was looked at */
};

/* A connection of a flow. */
struct lab_talk {
    struct lab_talk *next; /* of the flow's, latest first */
    struct lab_flow_run *flow;
    struct lab_side side[2];
    uint16_t port; /* the opener's */
    tern_ns began;
};

struct lab_flow_run {
    struct lab *lab;
    uint16_t index;
    struct lab_flow cfg; /* nothing left at 0 that has a default */
    struct tern_listener *listener;
    struct lab_talk *talk; /* the connections that are not over */
    bool started, stopped; /* |stopped|: no new talk, no new goal */
    uint8_t sender;        /* LAB_OPENER, LAB_TAKER: who sends what is measured */
    uint64_t units;        /* written, or asked for */
    tern_ns next_unit;     /* TERN_NEVER: not by time */
    tern_ns next_read;     /* of a slow reader */
    uint64_t read_allowed; /* bytes, in all */
    struct lab_flow_result result;
    uint64_t got_at_sample, acked_at_sample, acked; /* acked: of connections that are over */
    struct lab_flow_run *next_sender;               /* on the same host */
    uint64_t unit_got;                              /* REQUEST: bytes of the answers that are through; else of whole units */
    tern_ns unit_began;
};

struct lab {
    struct lab_config cfg;
    tern_ns now;
    struct mem mem;
    struct tern_pool *pool; /* of packets on their way */
    struct packet *spare;
    struct packet_page *page;
    size_t live_n;       /* packets on their way */
    uint8_t *pattern;    /* two periods */
    struct lab_way *way; /* two a link */
    size_t way_n;
    struct lab_machine *machine; /* a node each */
    struct lab_flow_run *flow;
    uint16_t *route; /* [node * node_n + to]: the way out; LAB_NO_LANE: none */
    uint16_t *dirty; /* hosts */
    size_t dirty_n;
    struct lab_clock *clock;
    tern_ns next_sample, last_sample;
    struct lab_flow_sample *flow_sample;
    struct lab_lane_sample *lane_sample;
    struct lab_failure failure;
    struct lab_totals totals;
    uint8_t buffer[LAB_CHUNK]; /* what an application reads */
};

/* ---- lab_clock.c: when each source is due next ---- */
/* Sources are numbered from 0; of those due in one instant, the lowest comes first. */
struct lab_clock {
    size_t n;
    tern_ns *at;     /* by source */
    uint32_t *heap;  /* sources */
    uint32_t *place; /* by source: where in |heap| */
};
struct lab_clock *clock_new(struct mem *m, size_t n); /* all TERN_NEVER; NULL: no memory */
void clock_free(struct mem *m, struct lab_clock *c);
void clock_set(struct lab_clock *c, size_t source, tern_ns at);
static inline size_t clock_first(const struct lab_clock *c) { return c->heap[0]; }

static inline size_t lab_source_host(const struct lab *lab, size_t node) { return lab->way_n + node; }
static inline size_t lab_source_flow(const struct lab *lab, size_t flow) { return lab->way_n + lab->cfg.node_n + flow; }
static inline size_t lab_source_sample(const struct lab *lab) { return lab->way_n + lab->cfg.node_n + lab->cfg.flow_n; }

/* ---- lab_check.c ---- */
bool lab_check(const struct lab_config *cfg, struct lab_wrong *why);

/* ---- lab_route.c ---- */
bool route_make(struct lab *lab); /* false: no memory */

/* ---- lab.c ---- */
void lab_fail(struct lab *lab, enum lab_failure_kind kind, int32_t flow, int32_t node, int64_t value);

/* ---- lab_net.c ---- */
bool net_new(struct lab *lab);
void net_free(struct lab *lab);
struct tern_addr net_addr(const struct lab *lab, size_t node);
/* What a host's stack gives out, or a flow's datagram, sets out from |node|. */
void net_send(struct lab *lab, size_t node, const struct tern_pkt *pkt);
void net_send_packet(struct lab *lab, size_t node, struct packet *p); /* takes |p| */
/* Everything that is due at the end of |way|. */
void net_arrive(struct lab *lab, size_t way);
size_t net_live_n(const struct lab *lab); /* packets on their way */

/* ---- lab_packet.c ---- */
struct packet *packet_new(struct lab *lab, size_t len); /* with a buffer; NULL: no memory, and the lab has failed */
void packet_free(struct lab *lab, struct packet *p);
void packet_free_all(struct lab *lab);
static inline struct tern_buf *packet_buf(const struct packet *p) { return p->p.data; }
/* Fills in what the lanes want to know. */
void packet_look(const struct lab *lab, struct packet *p);
/* Is what the slices hold a stretch of the pattern? Then |p| names it as its body. */
bool packet_name_body(const struct lab *lab, const struct tern_slice *slice, unsigned n, struct packet *p);
/* All of it into |out|, which has room for p.len. */
void packet_put(const struct lab *lab, const struct packet *p, uint8_t *out);
/* All of it stands in its buffer from now on. False: no memory, and the lab has failed. */
bool packet_whole(struct lab *lab, struct packet *p);
/* A super-segment as the stack gave it out. */
void packet_cut(const struct lab *lab, const struct packet *p, struct tern_pkt *pkt);
/* Its transport checksum is complete from now on: of one that is whole. */
void packet_sum(struct packet *p);
struct packet *packet_copy(struct lab *lab, const struct packet *p);

/* ---- lab_forge.c: packets that no stack makes ---- */
/* Of a datagram flow. NULL: no memory. */
struct packet *forge_datagram(struct lab *lab, const struct lab_flow_run *f);
/* ICMP's "too big" of |router| about a packet that a link of |mtu| did not take; NULL: it is not told of, or no memory. */
struct packet *forge_too_big(struct lab *lab, size_t router, const struct packet *about, uint32_t mtu);

/* ---- lab_machine.c ---- */
bool machine_new(struct lab *lab, size_t node);
void machine_free(struct lab *lab, size_t node);
void machine_input(struct lab *lab, size_t node, struct packet *p); /* takes |p| */
void machine_expire(struct lab *lab, size_t node);
void machine_touch(struct lab *lab, size_t node); /* it has something to do */
void machine_settle(struct lab *lab);             /* until none has */
size_t machine_memory(const struct lab *lab, size_t node);
bool machine_is_quiet(const struct lab *lab, size_t node); /* no connection, no half of one, no TIME-WAIT */

/* ---- lab_app.c ---- */
void app_new(struct lab *lab, size_t flow, const struct lab_flow *cfg);
void app_free(struct lab *lab, size_t flow);
void app_due(struct lab *lab, size_t flow); /* its time has come */
void app_event(struct lab *lab, const struct tern_ready *r);
/* Before and after the timers of |node| run: those that were retransmission timeouts are counted. */
void app_note_timeouts(struct lab *lab, size_t node);
void app_count_timeouts(struct lab *lab, size_t node);
bool app_is_over(const struct lab_flow_run *f);
struct lab_side *app_measured(struct lab_flow_run *f); /* the sender's side of its latest connection; NULL: none */

/* ---- lab_model.c: what the applications do ---- */
void model_open(struct lab_flow_run *f); /* its time to begin has come */
void model_due(struct lab_flow_run *f);  /* |next_unit| has come */
void model_stop(struct lab_flow_run *f);
void model_connected(struct lab_side *s);            /* the side has its connection */
void model_got(struct lab_side *s, uint64_t before); /* its application got up to s->got */
struct lab_talk *app_open(struct lab_flow_run *f);   /* a new connection; NULL: it could not be */
void app_pump(struct lab_side *s);                   /* |goal| or |last| has changed */

/* ---- lab_invariant.c ---- */
void invariants_check(struct lab *lab, size_t node);

/* ---- lab_watch.c ---- */
/* bit/s */
uint64_t lab_rate(uint64_t bytes, tern_ns span);
void watch_sample(struct lab *lab);
void tell_packet(struct lab *lab, enum lab_packet_what what, size_t way, struct packet *p, enum lane_loss why);

#endif
