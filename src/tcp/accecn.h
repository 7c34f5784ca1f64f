/* More accurate ECN feedback (RFC 9768): what a connection knows that agreed on it (F2_ACCECN), in its rare part. */
#ifndef TCP_ACCECN_H
#define TCP_ACCECN_H

#include <tern/types.h>

#include "seq.h"

/* The byte counters, as they stand in an option of order 0. */
enum accecn_bytes { ACCECN_E0, ACCECN_CE, ACCECN_E1, ACCECN_N };

struct tcp_accecn {
    bool asked;         /* our SYN asked for it */
    uint8_t sent;       /* 1 << each ECN field that our SYN or SYN,ACK had */
    uint8_t came;       /* the ECN field of the peer's last SYN or SYN,ACK */
    bool answer;        /* and a pure ACK has to tell it */
    bool syn_marked;    /* our SYN arrived with CE */
    bool any_feedback;  /* the counter came once, so that it is known not to be zeroed */
    bool deaf;          /* marks that the peer tells of are not believed */
    bool option_zeroed; /* nor its options */
    bool option_missing;
    bool option_off; /* options of ours seem not to arrive */
    bool sane;       /* a round trip has passed in which not all was marked */

    /* what came */
    uint8_t last;           /* the ECN field of the last packet */
    uint8_t last_data;      /* and of the last one with data */
    uint8_t owed;           /* options to be sent for a change */
    bool again, told_since; /* nothing but a repetition came, of |again_at|; an option was sent since */
    seq32 again_at;
    uint32_t cep, told_cep; /* packets with CE: r.cep, and when an acknowledgement last told it */
    uint32_t bytes[ACCECN_N] /* r.e0b, r.ceb, r.e1b */;
    uint32_t told[ACCECN_N]; /* by the last option */
    tern_ns told_at;

    /* what the peer tells */
    uint32_t peer_cep, peer_bytes[ACCECN_N]; /* s.cep, s.e0b, s.ceb, s.e1b */
    uint32_t option_cep;                     /* s.cep at the last option */
    uint32_t option_packets;                 /* acknowledged since, about */
    uint32_t ce;                             /* bytes marked, of those that the acknowledgement at hand delivers */
    uint16_t packets;                        /* that an acknowledgement acknowledges on average, in eighths */
    uint8_t all_ce, none;                    /* round trips in a row in which all was marked; and all had lost its ECT */
    seq32 round_end;
    uint32_t round_acked, round_ce; /* bytes */
    uint32_t fate_acked, fate_seen; /* bytes delivered, and those that came with any ECT or CE, since all was last known */
};

#endif
