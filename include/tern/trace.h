/* Trace events: what a stack did, each with the rule that made it do so.
 *
 * The caller owns a ring of events and gives it to a stack (tern_stack_trace). Off, a trace costs one branch. Event number n
 * stands at ring[n % size]; |end| is the number of the next one, so a reader that remembers where it was knows what it missed. */
#ifndef TERN_TRACE_H
#define TERN_TRACE_H

#include <tern/rules.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The states of a connection (RFC 9293 3.3.2): id, name as in the RFC, name as ss prints it. */
#define TERN_STATES(X)                                                                                                           \
    X(CLOSED, "CLOSED", "CLOSED")                                                                                                \
    X(LISTEN, "LISTEN", "LISTEN")                                                                                                \
    X(SYN_SENT, "SYN-SENT", "SYN-SENT")                                                                                          \
    X(SYN_RECEIVED, "SYN-RECEIVED", "SYN-RECV")                                                                                  \
    X(ESTABLISHED, "ESTABLISHED", "ESTAB")                                                                                       \
    X(FIN_WAIT_1, "FIN-WAIT-1", "FIN-WAIT-1")                                                                                    \
    X(FIN_WAIT_2, "FIN-WAIT-2", "FIN-WAIT-2")                                                                                    \
    X(CLOSE_WAIT, "CLOSE-WAIT", "CLOSE-WAIT")                                                                                    \
    X(CLOSING, "CLOSING", "CLOSING")                                                                                             \
    X(LAST_ACK, "LAST-ACK", "LAST-ACK")                                                                                          \
    X(TIME_WAIT, "TIME-WAIT", "TIME-WAIT")

enum tern_state {
#define X(id, name, ss) TERN_##id,
    TERN_STATES(X)
#undef X
        TERN_STATE_N
};

TERN_API const char *tern_state_name(enum tern_state s);

#define TERN_TIMERS(X)                                                                                                           \
    X(RETRANSMIT, "retransmission") /* RFC 6298, and the SYN's, and the zero-window probe's turn */                              \
    X(PERSIST, "persist")           /* zero-window probe, and SWS override */                                                    \
    X(DELACK, "delayed ACK")                                                                                                     \
    X(KEEPALIVE, "keepalive")                                                                                                    \
    X(TIME_WAIT, "2MSL")                                                                                                         \
    X(FIN_WAIT_2, "FIN-WAIT-2")                                                                                                  \
    X(USER, "user timeout")                                                                                                      \
    X(LINGER, "linger")                                                                                                          \
    X(REORDER, "reordering") /* RACK: what was sent later has arrived */                                                         \
    X(TAIL, "tail loss probe")

enum tern_timer {
#define X(id, name) TERN_TIMER_##id,
    TERN_TIMERS(X)
#undef X
        TERN_TIMER_N
};

TERN_API const char *tern_timer_name(enum tern_timer t);

#define TERN_EVENTS(X)                                                                                                           \
    X(SEG_IN, "in")   /* a segment was taken up; rule: what it did */                                                            \
    X(SEG_OUT, "out") /* a segment leaves; rule: why */                                                                          \
    X(STATE, "state") /* rule: the cause */                                                                                      \
    X(TIMER_SET, "set")                                                                                                          \
    X(TIMER_FIRED, "fired")                                                                                                      \
    X(TIMER_STOPPED, "stopped")                                                                                                  \
    X(DROP, "drop")     /* u.drop */                                                                                             \
    X(WINDOW, "window") /* SND.WND changed */                                                                                    \
    X(CWND, "cwnd")     /* congestion window or slow start threshold changed */                                                  \
    X(RTT, "rtt")       /* a round-trip measurement */                                                                           \
    X(CALL, "call")     /* the application called */                                                                             \
    X(NOTE, "note")     /* a further rule that applied to the segment or call before it */

enum tern_event_type {
#define X(id, name) TERN_EV_##id,
    TERN_EVENTS(X)
#undef X
        TERN_EV_N
};

TERN_API const char *tern_event_name(enum tern_event_type t);

enum tern_call { TERN_CALL_OPEN, TERN_CALL_SEND, TERN_CALL_RECEIVE, TERN_CALL_CLOSE, TERN_CALL_ABORT, TERN_CALL_RELEASE };

/* A segment as it stood on the wire. Sequence numbers are absolute. */
struct tern_ev_seg {
    uint32_t seq, ack;
    uint32_t len;     /* payload bytes, of all segments when it is a super-segment */
    uint32_t wnd;     /* window after scaling, bytes */
    uint16_t wnd_raw; /* as in the header */
    uint16_t flags;   /* control bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256 */
    uint16_t urp;
    uint16_t gso_size; /* 0: one segment */
    uint16_t mss;      /* of the MSS option, 0 none */
    uint8_t wscale;    /* of the window scale option, 255 none */
    uint8_t sack_n;    /* SACK blocks, 0..4 */
    bool sack_permitted, timestamps;
    uint32_t ts_val, ts_ecr;
    uint32_t sack[4][2]; /* left, right */
    uint8_t accecn_kind; /* of the AccECN option (RFC 9768), 172 or 174: the order of its counters; 0 none */
    uint8_t accecn_n;    /* counters, 0..3 */
    uint32_t accecn[3];  /* as they stand: bytes with ECT(0), CE, ECT(1), or the other way round */
    bool ao;             /* the option of TCP-AO (RFC 5925): KeyID, RNextKeyID, and the first 12 bytes of the MAC */
    uint8_t ao_key_id, ao_next_key_id;
    uint8_t ao_mac_len;
    uint8_t ao_mac[12];
};

struct tern_event {
    tern_ns at;
    uint32_t conn; /* number of the connection in its stack, from 1; 0: none */
    uint16_t rule; /* enum tern_rule */
    uint8_t type;  /* enum tern_event_type */
    uint8_t state; /* of the connection after the event */
    struct tern_endpoint local, remote;
    uint32_t iss, irs; /* for relative numbers; 0 while not known (see irs_known) */
    bool iss_known, irs_known;
    union {
        struct tern_ev_seg seg; /* SEG_IN, SEG_OUT; DROP of a segment whose header could be read */
        struct {
            uint8_t from, to;
        } state;
        struct {
            uint8_t which; /* enum tern_timer */
            tern_ns at;    /* TIMER_SET: the deadline */
        } timer;
        struct {
            uint32_t wnd; /* SND.WND, bytes */
        } window;
        struct {
            uint32_t cwnd, ssthresh, flight; /* bytes */
        } cwnd;
        struct {
            tern_ns rtt, srtt, rttvar, rto;
        } rtt;
        struct {
            uint8_t which; /* enum tern_call */
            int64_t result;
        } call;
    } u;
    uint16_t drop; /* DROP: enum tern_drop; then u.seg is valid when drop_has_seg */
    bool drop_has_seg;
};

struct tern_trace {
    struct tern_event *ring; /* the caller's */
    uint64_t size;           /* events in the ring: a power of two */
    uint64_t end;            /* number of the next event */
};

/* Prepares a trace over the caller's |ring| of |n| events, n a power of two. Returns 0 or TERN_ERR_INVAL. */
TERN_API int tern_trace_init(struct tern_trace *t, struct tern_event *ring, size_t n);

/* Event number |n|, or NULL when it was overwritten or has not happened yet. Valid until |size| further events happened. */
TERN_API const struct tern_event *tern_trace_get(const struct tern_trace *t, uint64_t n);

#ifdef __cplusplus
}
#endif
#endif
