/* TIME-WAIT (RFC 9293 3.6.1): what is left of a connection for 2MSL, in a record of its own. */
#ifndef TCP_TIMEWAIT_H
#define TCP_TIMEWAIT_H

#include "conn.h"

struct tcp_tw {
    struct tcp_node node;
    struct tern_conn *conn; /* the application's handle, while it has not released it */
    uint32_t id;
    seq32 iss, irs;
    seq32 snd_nxt, rcv_nxt;
    uint32_t rcv_wnd;
    uint32_t ts_recent, ts_offset;
    uint8_t flags; /* TW_* */
    uint8_t rcv_wscale, ttl, tos;
    uint16_t answer_n, answer_period; /* ACKs sent in that period (RFC 5961 7), periods counted modulo 2^16 */
};

_Static_assert(sizeof(struct tcp_tw) <= 120, "a TIME-WAIT costs at most 128 bytes, tables included");

enum { TW_TS = 1, TW_WS = 2, TW_SHARES_PORT = 4, /* the stack's */ TW_ACE_SHIFT = 4 /* three bits: AccECN's counter */ };

enum tcp_tw_verdict {
    TW_SILENT,  /* dropped */
    TW_ACK,     /* answer with tcp_tw_ack() */
    TW_RESTART, /* the FIN again: answer, and 2MSL starts anew */
    TW_DELETE,  /* reset */
    TW_NEW,     /* a SYN that may open the next incarnation, with an ISS beyond snd_nxt */
};

/* All but the node. */
void tcp_tw_from(struct tcp_tw *tw, const struct tern_conn *c);

/* A segment for |tw|: what to do, which rule said so, and the drop reason (TERN_DROP_NONE: it was of use). */
enum tcp_tw_verdict tcp_tw_input(const struct tcp_tw *tw, const struct tern_settings *set, const struct wire_tcp *h,
                                 enum tern_rule *rule, enum tern_drop *why);

/* May |tw| answer now? A budget of its own, as every connection has for its challenge ACKs. Counts the answer. */
bool tcp_tw_may_answer(struct tcp_tw *tw, const struct tern_settings *set, tern_ns now);

/* <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> */
void tcp_tw_ack(const struct tcp_tw *tw, tern_ns now, struct wire_tcp *h);

#endif
