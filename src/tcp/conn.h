/* One connection: its control block, and what the layer above may do with it.
 *
 * The block is made of parts, each written by the file that is named with it. Names are RFC 9293's (3.3.1). The functions of this
 * layer never call up: what they want done (send, look at events, arm a timer) stands in the block when they return. */
#ifndef TCP_CONN_H
#define TCP_CONN_H

#include <tern/conn.h>

#include "cc.h"
#include "ecn_field.h"
#include "experiment.h"
#include "fastopen.h"
#include "fsm.h"
#include "ip.h"
#include "list.h"
#include "more.h"
#include "must.h"
#include "node.h"
#include "sender.h"
#include "tcp.h"

/* What all connections of a stack share. */
struct tcp_env {
    struct mem *mem;
    struct tern_pool *pool;
    struct slab flights;                            /* struct tcp_flight */
    struct slab sent_entries, ranges, order_chunks; /* of the sent maps, the reassembly queues, and both */
    struct tern_settings set;
    struct cc_settings cc_set; /* of these */
    struct tcp_more more;      /* the defaults, by these */
    struct fo_client fo;
    const struct cc_ops *cc;
    tern_ns now;                  /* of the call that is being served */
    struct tern_trace *trace;     /* NULL: off */
    struct tern_event *seg_event; /* the SEG_IN event whose rule is not yet known */
    struct tern_counters *counters;
    uint32_t asked;      /* bytes of the segment at hand, with its TCP header; 0: there is none */
    bool seg_fin;        /* the segment at hand brings a FIN that is in order (figure 5 note 2) */
    bool seg_duplicate;  /* a piece of it was here already */
    struct list holders; /* of data out of order: reassembly.c */
    struct list resting; /* of tcp_senders, the one that rests longest first: sender.c */
    uint32_t resting_n;
    uint32_t next_id;
    uint8_t isn_key[HASH_KEY_LEN], ts_key[HASH_KEY_LEN];
#ifdef TERN_EXPERIMENTS
    struct experiment_off off;
#endif
};

/* Data out of order, without gaps: reassembly.c. There may be very many: small. */
struct ooo_range {
    uint16_t slab_i; /* the slab's */
    seq32 left, right;
    struct tern_buf *head, *tail;
};

/* A segment that arrived. |buf| holds it; the functions that keep the payload take it (set it to NULL). */
struct tcp_seg {
    struct wire_tcp h;
    struct tern_buf *buf;
    uint8_t tos; /* of its IP header */
};

/* Send half: snd.c (queue), ack.c (una, wnd), output.c (nxt). */
struct tcp_snd {
    seq32 una; /* SND.UNA: oldest unacknowledged number */
    seq32 nxt; /* SND.NXT: next number to be sent; pulled back to UNA by a retransmission timeout */
    seq32 max; /* highest number sent, plus one */
    seq32 up;  /* SND.UP: number after the last urgent byte; valid while |urgent| */
    seq32 wl1; /* SND.WL1, SND.WL2 */
    seq32 wl2;
    seq32 iss;
    uint32_t wnd;                 /* SND.WND, bytes */
    uint32_t max_wnd;             /* MAX.SND.WND (RFC 5961 5.2) */
    uint16_t used;                /* segments: the most that was in flight until |used_end| was acknowledged */
    uint8_t wait_rule;            /* why a small segment waits, as the trace was told; 0: none does */
    struct tern_buf *head, *tail; /* data from UNA on (from UNA+1 while the SYN is unacknowledged) */
    struct tern_buf *at;          /* the buffer that holds byte NXT, and where in it; NULL: to be looked up */
    uint32_t at_off;
    uint32_t queued; /* bytes in the list */
    uint32_t limit;  /* bytes: option SEND_BUFFER */
    seq32 used_end;
};

/* Receive half: rcv.c; reassembly.c (ooo). */
struct tcp_rcv {
    seq32 nxt;  /* RCV.NXT */
    seq32 edge; /* RCV.NXT + RCV.WND as the peer last heard of it: never moves back */
    seq32 up;   /* RCV.UP: number after the last urgent byte; valid while |urgent| */
    seq32 irs;
    seq32 acked;     /* the last acknowledgement sent: Last.ACK.sent of RFC 7323 */
    uint32_t queued; /* bytes that the application has not read */
    uint32_t limit;  /* bytes: option RECEIVE_BUFFER */
    uint16_t seg;    /* the largest payload that one segment brought: what "full-sized" means here */
    uint8_t wscale;  /* of the windows that we offer */
    uint8_t dups;    /* duplicate acknowledgements still to be sent, after the one that F_ACK_NOW asks for */
    struct tern_buf *head, *tail;
    struct tcp_ooo *ooo;           /* NULL while nothing is out of order */
    seq32 dsack_left, dsack_right; /* to be reported when they differ (RFC 2883) */
};

/* rtt.c: RFC 6298. */
struct tcp_rtt {
    tern_ns srtt, var, rto; /* srtt 0: no measurement yet. rto without backoff */
    tern_ns timed_at;       /* when |timed| was sent; 0: nothing is being timed */
    seq32 timed;            /* acknowledged beyond this: a measurement */
    uint32_t min_us;        /* the least of late (RFC 8985 6.2), microseconds; UINT32_MAX: none */
};

/* loss.c: what is sent again, and when. */
struct tcp_loss {
    tern_ns since;   /* when SND.UNA last moved, or the first unacknowledged byte was sent */
    seq32 recover;   /* RFC 6582 */
    int32_t inflate; /* bytes that duplicates add to cwnd, and partial acknowledgements take off it, during recovery */
    uint8_t dupacks;
    uint8_t backoff; /* timeouts of the segment at UNA in a row */
    uint8_t kept;    /* doublings of the RTO by segments before it: they last until the next measurement (Karn) */
    uint8_t probes;  /* zero-window probes in a row without an answer, and (orphans) in all */
    uint8_t keeps;   /* keepalive probes in a row without an answer */
};

/* Which deadline stands in tcp_conn.at[]: those that never run together share a place. */
enum tcp_timer_slot { SLOT_RTX, SLOT_DELACK, SLOT_KEEP, SLOT_END, SLOT_N };

enum tcp_flag {
    /* negotiated */
    F_TS = 1u << 0,        /* timestamps on every segment */
    F_WS = 1u << 1,        /* windows are scaled */
    F_SACK = 1u << 2,      /* SACK blocks may be sent */
    F_TS_RECENT = 1u << 3, /* TS.Recent is valid */
    F_PASSIVE = 1u << 4,   /* came by LISTEN */
    /* the application */
    F_RELEASED = 1u << 5, /* it has gone */
    F_CLOSE_CALLED = 1u << 6,
    F_NODELAY = 1u << 7,
    F_KEEPALIVE = 1u << 8,
    F_NO_DELACK = 1u << 9,
    F_WANT_WRITABLE = 1u << 10, /* a SEND was cut short: tell when there is room */
    F_WANT_SENT = 1u << 11,     /* tell when all is acknowledged */
    /* sending */
    F_SND_URGENT = 1u << 12,
    F_SYN_OUT = 1u << 13,  /* the SYN (or SYN,ACK) must go out (again) */
    F_FIN_SENT = 1u << 14, /* the FIN has a number: it is snd.max - 1 */
    F_RTX_ONE = 1u << 15,  /* one segment from UNA must go out again */
    F_PROBE = 1u << 16,    /* a zero-window probe must go out */
    F_KEEP_PROBE = 1u << 17,
    F_ACK_NOW = 1u << 18,
    F_OVERRIDE = 1u << 19,     /* the SWS override timer ran out */
    F_RECOVERY = 1u << 20,     /* RFC 6582 fast recovery */
    F_RTO_RECOVERY = 1u << 21, /* after a timeout, until |recover| is acknowledged */
    F_PERSIST = 1u << 22,      /* SLOT_RTX is the persist timer */
    F_SYN_RTX = 1u << 23,      /* the SYN was sent more than once */
    F_CC_LIMITED = 1u << 24,   /* the congestion window, not the application, stopped the last output */
    /* receiving */
    F_RCV_URGENT = 1u << 25,
    F_FIN_IN = 1u << 26,      /* the peer's FIN was taken up */
    F_MAY_CUT = 1u << 27,     /* IPv4: routers may cut what we send (RFC 1191 3) */
    F_SYN_UNACKED = 1u << 28, /* UNA is the SYN: data begins at UNA+1 */
    /* the end */
    F_RST_OUT = 1u << 29, /* a RST must go out: rst_seq */
    F_RST_HAS_ACK = 1u << 30,
};

enum tcp_flag2 {
    F2_CORK = 1u << 0, /* options */
    F2_SAVE_SYN = 1u << 1,
    F2_MORE = 1u << 2,        /* the last SEND said that more follows: its end is no PSH */
    F2_HOLD = 1u << 7,        /* and until something is heard, small segments wait */
    F2_SEND_BUFFER = 1u << 9, /* options: the application said how large */
    F2_RECEIVE_BUFFER = 1u << 8,
    F2_EOR = 1u << 3,         /* the send queue has an end of a record in it */
    F2_STATS = 1u << 6,       /* option: more->stats is kept */
    F2_PLAIN = 1u << 5,       /* the SYN went out without options (setting syn_plain) */
    F2_QUICK = 1u << 12,      /* option QUICKACK: segments of any length */
    F2_DEFERRED = 1u << 4,    /* half-open: the last ACK came and did not count (option DEFER_ACCEPT) */
    F2_NO_OPTIONS = 1u << 14, /* option NO_OPTIONS */
    F2_MD5 = 1u << 15,        /* its segments are signed (RFC 2385) */
    F2_AO = 1u << 13,         /* or by TCP-AO (RFC 5925) */
    /* ECN */
    F2_ACCECN = 1u << 10,    /* agreed, in the manner of RFC 9768: more->acc */
    F2_NO_ECT = 1u << 11,    /* agreed, but nothing may be sent ECN-capable */
    F2_ECN_ASKED = 1u << 16, /* our last SYN asked for it */
    F2_ECN = 1u << 17,       /* agreed, in the manner of RFC 3168 */
    F2_ECN_SEEN = 1u << 18,  /* the peer sent an ECN-capable packet */
    F2_ECE_DUE = 1u << 19,   /* CE came: ECE goes out until CWR comes */
    F2_CWR_DUE = 1u << 20,   /* the window was reduced: the next new data says so */
    F2_CWR = 1u << 21,       /* by ECN, for what was sent before loss.recover */
    F2_ECT = 1u << 22,       /* what tcp_output() just made is ECN-capable */
    F2_ECE_IN = 1u << 23,    /* the acknowledgement at hand says ECE */
    /* Fast Open */
    F2_FO = 1u << 24,             /* our SYN, not yet sent, has the option more->fo */
    F2_FO_DATA = 1u << 25,        /* and may have data */
    F2_FO_ASKED = 1u << 26,       /* it was sent with the option */
    F2_SYN_DATA = 1u << 27,       /* it was sent with data */
    F2_SYN_DATA_ACKED = 1u << 28, /* the data of a SYN was taken up: ours by the peer, or the peer's by us */
    F2_FO_CHILD = 1u << 29,       /* came by a SYN with a valid cookie: data may go out in SYN-RECEIVED */
    F2_FO_ANSWER = 1u << 30,      /* our SYN,ACK, not yet sent, has the option more->fo */
};

struct tern_conn {
    struct tcp_node node;
    struct tcp_env *env;
    struct list ready; /* the stack's: to be asked for output */
    struct list event; /* the stack's: has events */
    union {
        struct tern_listener *listener; /* F_PASSIVE, until accepted */
        void *user;
    } owner;
    uint32_t id;
    uint32_t flags;  /* enum tcp_flag */
    uint32_t flags2; /* enum tcp_flag2 */
    uint32_t events; /* TERN_CONNECTED ... not yet taken */
    uint32_t rst_seq;
    uint8_t state;    /* enum tern_state */
    uint8_t ack_rule; /* why F_ACK_NOW */
    uint8_t rtx_rule; /* why F_RTX_ONE */
    uint8_t place;    /* the stack's: CONN_* */
    int16_t error;    /* sticky */
    uint8_t ttl, tos;
    uint8_t quick;    /* segments that are still to be acknowledged at once */
    uint16_t mss_eff; /* by |mss|, the path, option MAX_SEGMENT, the options of each segment: mss_changed() */

    struct tcp_snd snd;
    struct tcp_rcv rcv;
    struct tcp_rtt rtt;
    struct tcp_loss loss;
    struct cc cc;
    tern_ns at[SLOT_N]; /* deadlines, TERN_NEVER: not running */

    /* what was negotiated */
    uint16_t mss;     /* the peer's, from its SYN */
    uint16_t mss_adv; /* ours, in our SYN */
    uint16_t path_mtu, if_mtu;
    uint8_t snd_wscale;
    int16_t soft_error;
    uint32_t ts_recent;
    uint32_t ts_recent_s; /* seconds: when it was taken (24 days, RFC 7323 5.5) */
    uint32_t ts_offset;
    uint32_t pmtu_s; /* seconds: when path_mtu was lowered (RFC 8201 4) */

    uint32_t heard_ms;     /* when the peer was last heard of: keepalive */
    uint32_t challenge_ms; /* start of the period in which challenge_n were sent (RFC 5961 7) */
    uint16_t challenge_n;
    uint16_t max_seg;       /* option MAX_SEGMENT, 0 none */
    uint32_t retransmitted; /* bytes */
    uint32_t text_ms;       /* when data last came */
    uint64_t bytes_acked, bytes_received;
    struct tcp_more *more;     /* NULL: as env->more */
    struct tcp_sender *sender; /* NULL: it has sent no data, or there was no memory */
};

/* The rare part, to be read. */
static inline const struct tcp_more *tcp_more(const struct tern_conn *c) { return c->more ? c->more : &c->env->more; }

_Static_assert(sizeof(struct tern_conn) <= 500, "an idle connection costs at most 512 bytes, tables included");

/* In which of the periods that challenge ACKs are counted by does |now| lie? For the records, which have no room for an instant.
 */
static inline uint16_t tcp_challenge_period(const struct tern_settings *set, tern_ns now)
{
    return (uint16_t)(now / set->challenge_period);
}

/* ---- life ---- */

/* |set|, which must have passed tern_settings_check(), and what follows from it. */
void tcp_env_set(struct tcp_env *env, const struct tern_settings *set);

/* A connection in CLOSED, all defaults, not yet opened. |mtu| is the interface's. */
void tcp_conn_init(struct tern_conn *c, struct tcp_env *env, const struct tcp_tuple *t, uint8_t ifi, uint32_t mtu);
/* Gives back what it holds. The block itself is the caller's. */
void tcp_conn_fini(struct tern_conn *c);

/* ---- user calls ---- */

/* Chooses ISS (RFC 9293 3.4.1, RFC 6528); with |after|, one beyond that number: the pair's last incarnation used it. */
void tcp_choose_iss(struct tern_conn *c, const seq32 *after);

void tcp_open_active(struct tern_conn *c, enum fsm_event how);
int64_t tcp_send(struct tern_conn *c, const void *buf, size_t len, uint32_t flags); /* TERN_SEND_* */
int64_t tcp_send_static(struct tern_conn *c, const void *base, size_t len, uint32_t flags);
int64_t tcp_send_buf(struct tern_conn *c, struct tern_buf *buf, uint32_t flags);
int64_t tcp_recv(struct tern_conn *c, void *buf, size_t len);
size_t tcp_peek(const struct tern_conn *c, size_t offset, void *buf, size_t len);
size_t tcp_writable(const struct tern_conn *c);
bool tcp_send_ready(struct tern_conn *c);
struct tern_buf *tcp_recv_buf(struct tern_conn *c, int *err);
int tcp_close(struct tern_conn *c);
int tcp_abort(struct tern_conn *c, enum tern_rule why);
void tcp_release(struct tern_conn *c);
int tcp_set(struct tern_conn *c, enum tern_option opt, int64_t value);
/* Congestion control anew, from its initial window. */
void tcp_set_cc(struct tern_conn *c, const struct cc_ops *ops);
int tcp_get(const struct tern_conn *c, enum tern_option opt, int64_t *value);
void tcp_status(const struct tern_conn *c, struct tern_status *out);

/* ---- segments ---- */

/* A SYN in LISTEN, for which |c| was just made (3.10.7.2 third). Data on the SYN is kept when |seg->buf| can be. */
void tcp_listen_syn(struct tern_conn *c, struct tcp_seg *seg);
/* Its two halves, for who chooses ISS by what is agreed on: SYN cookies. */
void tcp_syn_read(struct tern_conn *c, struct tcp_seg *seg);
void tcp_syn_answer(struct tern_conn *c, struct tcp_seg *seg);
/* From SYN-RECEIVED back to LISTEN: nothing of |c| is kept. */
void tcp_forget(struct tern_conn *c, enum tern_rule why);

/* A segment for a connection from SYN-SENT to LAST-ACK. Its payload may be taken from |seg->buf|. */
void tcp_segment_arrives(struct tern_conn *c, struct tcp_seg *seg);

/* The data of a SYN, which was kept until now: the connection is ESTABLISHED. Takes |b|, whose data, len is the payload. */
void tcp_syn_data(struct tern_conn *c, struct tern_buf *b);

/* RFC 7413 4.2.2: the SYN that tcp_listen_syn() took up had a valid cookie (F2_FO_CHILD): |c| may be used from now on. */
void tcp_fastopen_accept(struct tern_conn *c, struct tcp_seg *seg);

/* The next (super-)segment to send: false when there is none. Fills |h| (ports included), and |pkt|'s slices, payload_len and
 * gso_size. |gso_max|: largest IP packet, headers included, that the link cuts by itself; 0: none. */
bool tcp_output(struct tern_conn *c, uint32_t gso_max, struct wire_tcp *h, struct tern_pkt *pkt, enum tern_rule *why);
/* The TOS of the packet that tcp_output() just made. */
static inline uint8_t tcp_tos(const struct tern_conn *c) { return (uint8_t)(c->tos | (c->flags2 & F2_ECT ? ECN_ECT0 : 0)); }
/* The TOS of a RST: to be asked before tcp_tos(). */
void tcp_rst_ecn(struct tern_conn *c);
/* A half-open record agreed on AccECN, and the SYN came with the ECN field |came|; |again|: the SYN,ACK went out more than once.
 */
void tcp_accecn_again(struct tern_conn *c, uint8_t came, bool again);
/* Is there anything that tcp_output() might send? */
bool tcp_wants_output(const struct tern_conn *c);

/* The RST that F_RST_OUT asks for. */
void tcp_rst(const struct tern_conn *c, struct wire_tcp *h);

/* 3.10.7.1: the RST that answers |seg| where no connection is. False: |seg| is a RST itself. */
bool tcp_reset_for(const struct wire_tcp *seg, struct wire_tcp *h);

/* |mss|, |path_mtu|, |max_seg|, F_TS, F2_MD5 or F2_AO is another: |mss_eff| follows. */
void mss_changed(struct tern_conn *c);
/* When the MSS of both ends is known. */
void rcv_round_buffer(struct tern_conn *c);
/* The window of a SYN, which is never scaled (RFC 7323 2.2). */
uint32_t rcv_first_window(const struct tern_conn *c);
uint32_t rcv_window_max(const struct tern_conn *c); /* what an empty buffer would offer */

/* ---- time ---- */

/* The earliest deadline. */
tern_ns tcp_deadline(const struct tern_conn *c);
/* How long a SYN,ACK is waited with that was sent |n| times again. */
tern_ns tcp_synack_wait(const struct tern_settings *set, unsigned n);
/* Option DEFER_ACCEPT: timeouts of the SYN,ACK until a last ACK without data counts. */
unsigned tcp_defer_n(const struct tern_conn *c);
/* Runs every timer whose deadline has come. */
void tcp_expire(struct tern_conn *c);

/* ---- ICMP ---- */

/* An error about a segment with number |at|; |hard|: 3.9.2.2, SHLD-26. |taken|: the application has the connection already, so
 * that it is no opening any more. */
enum tern_drop tcp_icmp_error(struct tern_conn *c, seq32 at, enum wire_icmp_why why, bool hard, bool taken);
/* By the setting icmp_abort: does the error end an opening? */
bool tcp_icmp_aborts(const struct tern_settings *set, enum wire_icmp_why why, bool hard);
enum tern_drop tcp_icmp_too_big(struct tern_conn *c, seq32 at, uint32_t mtu);

/* ---- for tests: what does not hold of the connection, in C; NULL: all does ---- */
const char *tcp_check(const struct tern_conn *c);

#endif
