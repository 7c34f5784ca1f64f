/* A stack's own structures, for the files of this layer. */
#ifndef STACK_STACK_INTERNAL_H
#define STACK_STACK_INTERNAL_H

#include <assert.h>

#include "conn.h"
#include "event.h"
#include "ip.h"
#include "timewait.h"

enum {
    ANSWERS_MAX = 512, /* packets of an interface that belong to no connection, waiting to be sent */
    LISTENER_BUCKETS = 64,
    HELD_MAX = 1024, /* SYNs of a stack that wait for the caller's decision: a power of two */
    BACKLOG_DEFAULT = 128,
    ROUTE_BUCKETS = 64,
    ROUTES_MAX = 4096, /* source routes that are kept */
    RESERVED_LEN = 65536 / 8,
};

/* Where a connection is: tern_conn.place. */
enum {
    CONN_HASHED = 1 << 0,      /* in the table: segments find it */
    CONN_OWNED = 1 << 1,       /* the application has its handle */
    CONN_QUEUED = 1 << 2,      /* in its listener's accept queue */
    CONN_SHARES_PORT = 1 << 3, /* host_share_port() */
    CONN_ORPHAN = 1 << 4,      /* counts in orphan_n */
};

/* A packet that no connection keeps: RST, SYN,ACK of a half-open one, TIME-WAIT's ACK, ICMP. */
struct answer {
    struct tern_pkt pkt;
    struct tern_buf *buf; /* holds the slices; NULL: there are none */
};

struct stack_if {
    struct tern_if_config cfg;
    struct list ready;     /* connections that have something to send, each one segment a turn */
    struct answer *answer; /* ring of ANSWERS_MAX */
    uint32_t first, answer_n;
    struct tern_buf *sent; /* buffers of the answers that the last tern_stack_output() gave out */
};

struct key_pair {
    uint8_t key[2][HASH_KEY_LEN]; /* the current one, and the one before it */
    uint8_t n;
};

struct tern_listener {
    struct tern_stack *s;
    struct tern_listen_config cfg;
    struct tern_listener *next; /* in its bucket */
    struct list event;
    struct list accept; /* connections, by their |event| */
    struct list halves; /* the oldest first */
    uint32_t events, half_n, accept_n, held_n;
    uint64_t accepted_n, half_full_n, accept_full_n, evicted_n;
    uint64_t held_shown;     /* ids up to this were shown by tern_listener_held() */
    uint32_t fo_limit, fo_n; /* pending Fast Open connections: option FASTOPEN */
    uint32_t fo_reset_n;     /* those that were reset, which count until |fo_reset_until| */
    tern_ns fo_reset_until;
    tern_ns cookie_at, pressed_at; /* SYN cookies: the last one sent; the last SYN that found the queue full; 0: none */
    struct key_pair fo_keys;       /* n 0: the stack's */
    struct signer *md5;            /* keys by the peer's address */
    struct ao_key *ao;
    bool ao_required, ao_icmp; /* tern_listener_ao_rules() */
    struct tern_ao_counts ao_n;
    struct tern_filter *filter; /* |filter_n| rules */
    uint32_t filter_n;
    uint64_t filter_id;    /* of this table of rules: no other ever has it */
    struct tern_conn like; /* in no table and CLOSED: holds the options that the connections begin with */
};

/* A half-open connection that came by a listener: what the SYN,ACK needs. */
struct half {
    struct tcp_node node;
    struct list queue; /* in its listener's |halves| */
    union half_of {
        struct tern_listener *listener;
        struct tern_buf *data; /* HALF_DATA: of the SYN; at its base stands the listener */
    } of;
    seq32 iss, irs;
    uint32_t id;
    uint32_t ts_recent;
    union {
        uint32_t sent_us; /* when the SYN,ACK was first sent */
        uint32_t ts_sent; /* HALF_COOKIE: the timestamp that it had */
    };
    uint16_t mss, wnd;
    uint16_t challenge_n, challenge_period; /* challenge ACKs sent in that period */
    uint8_t snd_wscale : 4, rcv_wscale : 4; /* rcv: as the SYN,ACK told it; a cookie does not keep it */
    uint8_t flags, backoff;                 /* HALF_* */
    uint8_t ecn;                            /* the ECN field of the peer's SYN, HALF_ECN_*; HALF_LIMITED */
};

enum {
    HALF_TS = 1,
    HALF_WS = 2,
    HALF_SACK = 4,
    HALF_RTX = 8,
    HALF_HELD = 16,
    HALF_COOKIE = 32,
    HALF_DATA = 64,
    HALF_ACKED = 128
};
enum {
    HALF_ECN_CAME = 3,
    HALF_ECN_CLASSIC = 4,
    HALF_ECN_ACC = 8,
    HALF_ECN_NO_ECT = 16,
    HALF_LIMITED = 32, /* counts in a limit */
    HALF_OFFERED = 64, /* an ACK offered more window than the SYN,ACK could */
};

_Static_assert(sizeof(struct half) <= 128, "a half-open connection costs at most 128 bytes");

struct held {
    uint64_t id; /* 0: free */
    struct half *half;
};

struct spent {
    seq32 iss, irs; /* of a connection that began with a cookie */
};

struct tern_stack {
    struct tcp_env env;
    struct mem mem;
    struct tern_counters counters;
    struct hash_table table; /* of tcp_nodes, by their tuples */
    uint8_t table_key[HASH_KEY_LEN], port_key[HASH_KEY_LEN];
    struct tcp_node *last; /* the node that the last lookup found */
    struct slab conns, halves, time_waits;
    struct wheel wheel;
    struct list over; /* connections in no table, which only the application's handle keeps: by their |ready| */
    struct list conn_events, listener_events;
    struct list orphans;                               /* the oldest first: by their |event|, which nobody waits for */
    struct tern_listener *listeners[LISTENER_BUCKETS]; /* by port */
    struct tern_listener *any;                         /* those that take every port */
    struct stack_if *ifs[TERN_IF_MAX];
    int if_n;
    uint32_t next_port;
    bool loops;                            /* host_loopback() */
    struct tern_buf *looped, *looped_tail; /* packets to itself, |mark|: the interface */
    uint8_t *reserved;                     /* a bit for each port: host_reserve_port(); NULL: none */
    uint64_t half_n;
    struct {
        bool made;
        struct hash_table table;
        struct slab records;
        struct list idle; /* that count nothing, the oldest first */
        uint32_t idle_n;
        uint64_t tables_n; /* tables of rules that there have been */
        uint8_t hash_key[HASH_KEY_LEN];
    } limits;          /* filter.c */
    struct held *held; /* HELD_MAX of them, by id; NULL until the first */
    uint64_t held_id;
    tern_ns answers_due; /* of rate_take() */
    tern_ns *sources;    /* the same of sources: answer_rate.c; NULL until the first */
    uint8_t source_key[HASH_KEY_LEN];
    uint8_t fo_secret[HASH_KEY_LEN];
    struct key_pair fo_keys;     /* what the caller set; n 0: keys that change by themselves */
    struct key_pair cookie_keys; /* of SYN cookies: what the caller set; n 0: |cookie_key| */
    uint8_t cookie_key[HASH_KEY_LEN];
    uint64_t cookie_clock;                 /* what the common clock shows beyond ours */
    struct spent *cookies_spent;           /* that made a connection: cookie.c; NULL until the first */
    struct signer *signers[ROUTE_BUCKETS]; /* by the pair's endpoints */
    uint32_t sign_n;                       /* of all, and of listeners' keys */
    struct route *routes[ROUTE_BUCKETS];
    uint32_t route_n;
    uint32_t ip_id; /* packets that may be fragmented */
};

static inline struct tern_stack *stack_of(const struct tern_conn *c) { return CONTAINER_OF(c->env, struct tern_stack, env); }

static inline struct tcp_node *node_of_hash(struct hash_node *h) { return CONTAINER_OF(h, struct tcp_node, hash); }
static inline struct tern_conn *conn_of(struct tcp_node *n) { return CONTAINER_OF(n, struct tern_conn, node); }
static inline struct half *half_of(struct tcp_node *n) { return CONTAINER_OF(n, struct half, node); }
static inline struct tcp_tw *tw_of(struct tcp_node *n) { return CONTAINER_OF(n, struct tcp_tw, node); }

/* The time of a call: never moves back. */
static inline void stack_time(struct tern_stack *s, tern_ns now)
{
    if (now > s->env.now) s->env.now = now;
}

static inline bool is_any(const struct tern_endpoint *e) { return tern_addr_is_any(&e->addr); }

/* ---- table.c: demultiplexing ---- */
uint64_t table_hash_of(const void *ctx, const struct hash_node *n);
struct tcp_node *table_find(struct tern_stack *s, const struct tcp_tuple *t);
void table_add(struct tern_stack *s, struct tcp_node *n);
void table_remove(struct tern_stack *s, struct tcp_node *n);
void table_replace(struct tern_stack *s, struct tcp_node *n, struct tcp_node *with);

/* ---- ports.c ---- */
/* An ephemeral port for the pair (RFC 6056), or 0. */
uint16_t port_choose(struct tern_stack *s, struct tcp_tuple *t);
bool port_listened(struct tern_stack *s, const struct tern_endpoint *local);
/* The |n|-th of the pair's own row of numbers, in which each of 2^16 stands once, in an order that only who has the key can tell;
 * then comes another row. */
uint16_t hidden_number(const struct tern_stack *s, const struct tcp_tuple *t, uint32_t n);

/* ---- iface.c: interfaces, routes, building packets ---- */
int if_route(const struct tern_stack *s, const struct tern_addr *dst);
bool if_local(const struct tern_stack *s, const struct tern_addr *a);
/* Does |a| mean every host of a net that we are in (RFC 1122 3.2.1.3)? 255.255.255.255 is wire's affair. */
bool if_broadcast(const struct tern_stack *s, const struct tern_addr *a);
/* The address of interface |ifi| from which |dst| is best reached. */
bool if_source(const struct tern_stack *s, int ifi, const struct tern_addr *dst, struct tern_addr *out);
/* Writes IP and TCP header of |h| into |pkt|, whose slices are there already; |h| has the signature then, where there is one.
 * False: it would have to be signed, and cannot be. */
bool if_build(struct tern_stack *s, const struct tcp_tuple *t, uint8_t ttl, uint8_t tos, const struct tern_conn *c,
              struct wire_tcp *h, struct tern_pkt *pkt);
/* The SEG_OUT event of a segment; |before|: the trace's position before anything of it was recorded. */
void if_event(struct tern_stack *s, const struct tern_conn *c, const struct tcp_tuple *t, const struct wire_tcp *h,
              struct tern_pkt *pkt, enum tern_rule why, uint64_t before);
static inline uint64_t trace_position(const struct tern_stack *s) { return s->env.trace ? s->env.trace->end : 0; }

/* A place in the queue of answers of interface |ifi|; NULL: full (counted). */
struct answer *answer_new(struct tern_stack *s, int ifi);
void answer_segment(struct tern_stack *s, int ifi, const struct tcp_tuple *t, uint8_t ttl, uint8_t tos, const struct tern_conn *c,
                    struct wire_tcp *h, enum tern_rule why, uint64_t before);

/* ---- answer_rate.c ---- */
/* How much of an address says who a source is: one IPv4 address, or what one IPv6 customer has, a /64. */
static inline size_t source_len(const struct tern_addr *a) { return tern_addr_is_v4(a) ? 16 : 8; }
/* At most |rate| a second, of which |at_once| may come together. |*due|: when all so far would have come at the rate; 0 at first.
 * False: this is one too many, and does not count. */
bool rate_take(tern_ns *due, uint32_t rate, uint32_t at_once, tern_ns now);
/* Why an answer that nobody waits for must not go to |to| now (settings answer_rate, answer_rate_source); TERN_DROP_NONE: it may,
 * and counts. */
enum tern_drop answer_refused(struct tern_stack *s, const struct tern_addr *to);
void answer_rate_free(struct tern_stack *s);

/* ---- loopback.c ---- */
/* Is |pkt| for the stack itself, which |loops|? Then it is taken. */
bool loop_take(struct tern_stack *s, int ifi, const struct tern_pkt *pkt);
void loop_deliver(struct tern_stack *s);
void loop_free(struct tern_stack *s);

/* ---- route.c: IPv4 source routes ---- */
uint32_t route_len(struct tern_stack *s, const struct tcp_tuple *t); /* bytes that the option takes; 0: no route */
void route_fill(struct tern_stack *s, const struct tcp_tuple *t, struct wire_ip *ip);
void route_apply(struct tern_stack *s, struct tern_conn *c); /* to what its packets may hold */
/* The route that |ip| came by; false: it cannot be kept. */
bool route_learn(struct tern_stack *s, const struct tcp_tuple *t, const struct wire_ip *ip);
void route_forget(struct tern_stack *s, const struct tcp_tuple *t);

/* ---- sign.c: segments that are signed, by md5.c (RFC 2385) or ao.c (RFC 5925) ---- */
/* What a pair is signed with: begins a struct md5_key or a struct ao. */
struct signer {
    struct signer *next; /* in its bucket, or of its listener */
    struct tcp_tuple t;  /* of a pair */
    bool ao;
};
struct signer **sign_place(struct tern_stack *s, const struct tcp_tuple *t);
uint32_t sign_flags(struct tern_stack *s, const struct tcp_tuple *t); /* F2_MD5, F2_AO, or 0 */
/* |h| arrived for |l|, and was right (NULL: nothing did): the pair gets the keys that the listener has for the peer. False: no
 * memory. */
bool sign_adopt(struct tern_listener *l, const struct tcp_tuple *t, const struct wire_tcp *h);
void sign_forget(struct tern_stack *s, const struct tcp_tuple *t);
void sign_listener_end(struct tern_listener *l);
/* Why a segment must be dropped before anything of it is believed; TERN_DROP_NONE: it need not. */
enum tern_drop sign_check(struct tern_stack *s, const struct tcp_tuple *t, const struct tcp_seg *seg);
/* The TCP header, signed where the pair has a key: its length, and |h| as it was written. 0: it cannot be signed. */
size_t sign_build(struct tern_stack *s, const struct tcp_tuple *t, struct wire_tcp *h, const struct tern_pkt *pkt,
                  uint8_t tcp[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX]);
/* The header with |option| of |h|, whose signature is still blank; |o|: where everything stands. */
size_t sign_layout(struct tern_stack *s, struct wire_tcp *h, uint16_t option, uint8_t *tcp, struct wire_tcp_options *o);
enum { SIGN_PSEUDO_MAX = 40 };
size_t sign_pseudo(const struct tern_addr *src, const struct tern_addr *dst, uint32_t segment_len, uint8_t out[SIGN_PSEUDO_MAX]);
bool sign_prefix_valid(const struct tern_addr *a, uint8_t len);
/* What stands beside the table for a pair that is over. */
static inline void pair_forget(struct tern_stack *s, const struct tcp_tuple *t)
{
    route_forget(s, t);
    sign_forget(s, t);
}

/* ---- md5.c ---- */
struct signer *md5_of_listener(const struct tern_listener *l, const struct tern_addr *peer);
bool md5_overlaps(const struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len);
bool md5_adopt(struct tern_listener *l, const struct tcp_tuple *t);
void md5_forget(struct tern_stack *s, struct signer **at);
void md5_listener_end(struct tern_listener *l);
size_t md5_build(struct tern_stack *s, struct signer *g, struct wire_tcp *h, const struct tern_pkt *pkt, uint8_t *tcp);
enum tern_drop md5_check(struct signer *g, const struct tcp_tuple *t, const struct tcp_seg *seg);

/* ---- ao.c, ao_keys.c ---- */
bool ao_guards(const struct tern_listener *l, const struct tern_addr *peer); /* has |l| keys for |peer|, or wants some? */
bool ao_overlaps(const struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len);
bool ao_adopt(struct tern_listener *l, const struct tcp_tuple *t, const struct wire_tcp *h);
void ao_forget(struct tern_stack *s, struct signer **at);
void ao_listener_end(struct tern_listener *l);
size_t ao_build(struct tern_stack *s, struct signer *g, struct wire_tcp *h, const struct tern_pkt *pkt, uint8_t *tcp);
enum tern_drop ao_check(struct tern_stack *s, struct signer *g, const struct tcp_seg *seg);
/* Of a segment for a listener, where no pair is yet. */
enum tern_drop ao_check_first(struct tern_listener *l, const struct tcp_tuple *t, const struct wire_tcp *h);
/* RFC 5925 7.8: errors that are not believed of a signed connection. */
bool ao_ignores(struct tern_stack *s, const struct tern_conn *c, const struct wire_icmp *m);

/* ---- settle.c: what a connection asks for after any call into it ---- */
void conn_settle(struct tern_stack *s, struct tern_conn *c);
/* Arms the wheel for its earliest deadline. One that moved away is not moved: the timer comes, finds nothing, and is armed again.
 */
void conn_arm(struct tern_stack *s, struct tern_conn *c);
void conn_send_rst(struct tern_stack *s, struct tern_conn *c);
/* Out of the table; it stays with the application's handle, or until conn_free(). */
void conn_unhook(struct tern_stack *s, struct tern_conn *c);
struct tern_conn *conn_new(struct tern_stack *s, const struct tcp_tuple *t, int ifi);
void conn_free(struct tern_stack *s, struct tern_conn *c);
/* conn_new() with the listener's options. */
struct tern_conn *conn_new_for(struct tern_listener *l, const struct tcp_tuple *t, int ifi);
/* While memory is short, or there are too many orphans, the oldest go: two for each that comes, and for each new connection. */
void orphans_make_room(struct tern_stack *s);
/* Tells the application of |c->events|. */
void conn_tell(struct tern_stack *s, struct tern_conn *c);
void listener_tell(struct tern_listener *l, uint32_t events);

/* ---- calls.c ---- */
/* tern_stack_connect(); |foreign|: the local address need not be one of ours. */
int stack_connect(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote, bool foreign,
                  struct tern_conn **out);

/* ---- halfopen.c ---- */
/* Sends at once what |c| has to say; not |known|: nothing that is much longer than what it answers. */
void conn_speak(struct tern_stack *s, struct tern_conn *c, bool known);
void half_syn(struct tern_stack *s, struct tern_listener *l, const struct tcp_tuple *t, int ifi, struct tcp_seg *seg,
              const seq32 *iss_after);
void half_input(struct tern_stack *s, struct half *h, struct tcp_seg *seg);
void half_expire(struct tern_stack *s, struct half *h);
void half_free(struct tern_stack *s, struct half *h); /* out of the table, too */
void half_status(struct tern_stack *s, struct half *h, struct tern_status *out);

struct half *half_new(struct tern_stack *s, struct tern_listener *l, const struct tcp_tuple *t, int ifi);
struct tern_listener *half_listener(const struct half *h);

/* ---- cookie.c: SYN cookies ---- */
/* Is a SYN to be answered with one? |full|: the half-open queue is. */
bool cookie_wanted(const struct tern_listener *l, bool full);
/* Answers the SYN, for which |c| was made and not yet touched, and frees |c|. */
void cookie_syn(struct tern_listener *l, struct tern_conn *c, struct tcp_seg *seg, bool full);
/* An ACK to |h|'s pair: is it that of a SYN,ACK that was sent with a cookie? Then |h| is what the record would be. */
bool cookie_recall(const struct tern_listener *l, const struct tcp_seg *seg, struct half *h);
/* The cookie |iss| has made a connection of the peer's |irs|, and makes no other. */
void cookie_spent(struct tern_stack *s, seq32 iss, seq32 irs);
void cookie_free(struct tern_stack *s);
/* An ACK in LISTEN. False: of no cookie. */
bool cookie_ack(struct tern_listener *l, const struct tcp_tuple *t, int ifi, struct tcp_seg *seg);

/* ---- fastopen.c ---- */
struct key_pair keys_from(const uint8_t *key, const uint8_t *backup);
/* A SYN for |l|, with |c| made for it and not yet touched. True: it is a connection now, in the accept queue. False: an ordinary
 * SYN; |c| knows the cookie that its SYN,ACK shall bring. */
bool fastopen_syn(struct tern_listener *l, struct tern_conn *c, struct tcp_seg *seg, const seq32 *iss_after);
void fastopen_settle(struct tern_conn *c); /* it has an fo_listener: is it still pending? */
void fastopen_listener_end(struct tern_listener *l);

/* ---- tw.c: TIME-WAIT records ---- */
void tw_enter(struct tern_stack *s, struct tern_conn *c);
void tw_input(struct tern_stack *s, struct tcp_tw *tw, int ifi, struct tcp_seg *seg);
void tw_end(struct tern_stack *s, struct tcp_tw *tw, enum fsm_event event, enum tern_rule why);
void tw_release(struct tern_stack *s, struct tern_conn *c); /* the handle goes, the record stays */
struct tcp_tw *tw_find(struct tern_stack *s, const struct tern_conn *c);
void tw_status(const struct tcp_tw *tw, struct tern_status *out);
struct tern_event *tw_event(struct tern_stack *s, const struct tcp_tw *tw, enum tern_event_type type, enum tern_rule why);

/* ---- listener.c ---- */
struct tern_listener *listener_find(struct tern_stack *s, const struct tcp_tuple *t);
void listener_queue(struct tern_listener *l, struct tern_conn *c);

/* ---- input.c, icmp_input.c ---- */
void stack_drop(struct tern_stack *s, enum tern_drop why, const struct tcp_tuple *t, const struct wire_tcp *h);
/* A scan, and what it finds out: SCAN_SYN, SCAN_OPEN, SCAN_CLOSED, SCAN_SILENT. */
void scan_note(struct tern_stack *s, const struct tcp_tuple *t, enum tern_rule what);
void icmp_input(struct tern_stack *s, int ifi, const struct wire_ip *ip, struct tern_buf *buf);
void listen_input(struct tern_stack *s, struct tern_listener *l, const struct tcp_tuple *t, int ifi, struct tcp_seg *seg,
                  const seq32 *iss_after);

#endif
