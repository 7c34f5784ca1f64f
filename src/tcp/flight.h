/* Loss recovery while something is in flight: the sent map, and what RACK-TLP (RFC 8985), PRR (RFC 9937), undo (RFC 2883, 3522,
 * 5682) know of this flight. It begins when data leaves and nothing else is out, and ends when all is acknowledged. Without
 * memory for it, or where the peer has no SACK, recovery is NewReno's (loss.c). */
#ifndef TCP_FLIGHT_H
#define TCP_FLIGHT_H

#include "sent.h"
#include "tcp.h"

struct tern_conn;
struct tcp_env;
struct tcp_sender;

/* What SLOT_RTX runs for when it is not the persist timer. */
enum flight_timer { FLIGHT_RTO, FLIGHT_REORDER, FLIGHT_TAIL, FLIGHT_TIMER_N };

enum { FLIGHT_NEAR = 8 };

struct tcp_flight {
    uint16_t slab_i;  /* the slab's */
    bool on;          /* something is in flight; else the record waits for the next time (sender.h) */
    uint8_t timer;    /* enum flight_timer */
    bool tail_due;    /* a tail loss probe must go out */
    bool frto;        /* RFC 5682: the timeout may have been spurious */
    bool hold;        /* new data goes before what counts as lost: F-RTO */
    bool first;       /* the next segment that is sent again goes whatever the window is */
    seq32 fack;       /* the highest number that was acknowledged, selectively or not */
    seq32 rack_right; /* RACK.end_seq; |rack_at| 0: nothing was delivered yet */
    tern_ns rack_at;  /* RACK.xmit_ts */
    tern_ns rack_rtt; /* RACK.rtt */
    tern_ns rto_at;   /* when the retransmission timer runs out, if SLOT_RTX stands for another */
    tern_ns reorder_at;
    tern_ns timer_set;                           /* when something was last sent or acknowledged, for the probe's timer */
    uint32_t prr_delivered, prr_out, prr_flight; /* bytes; RecoverFS */
    struct flight_near {
        struct tern_buf *buf; /* of what was sent again last in this part of what is out; NULL: nothing was */
        seq32 at;             /* its first byte */
    } near[FLIGHT_NEAR];
    struct wire_sack told[WIRE_SACK_MAX]; /* the last acknowledgement's blocks that are taken up */
    uint8_t told_n;
    struct sent_map map; /* the last member: flight.c */
};

/* What the path taught about reordering, for as long as the connection lives. */
struct tcp_rack {
    uint32_t reordering; /* segments: the most by which one was seen late; 0: the setting dup_threshold */
    uint32_t seen;       /* times */
    seq32 round;         /* DSACKs up to its acknowledgement widen the window once (RFC 8985 6.2 step 4) */
    bool in_round;
    uint8_t steps;   /* the reordering window is so many quarters of the least round trip, 0 counts as 1 */
    uint8_t persist; /* recoveries after which it is 1 again */
};

/* The tail loss probe that is out (RFC 8985 7); its acknowledgement may come when nothing else is. */
struct tcp_tail {
    bool out, again; /* TLP.is_retrans */
    bool unmeasured; /* no round trip was measured since a probe left */
    seq32 end;       /* TLP.end_seq */
};

/* The window was reduced, and it may turn out to have been for nothing, also when all is acknowledged. */
struct tcp_undo {
    bool on, any;   /* |any|: something was sent again since */
    bool reduced;   /* congestion control was told, and knows what was before; else it answers to an earlier ECE */
    uint32_t bytes; /* sent again since, and not reported as duplicates */
    seq32 from, to; /* they lie there */
    uint32_t ts;    /* our timestamp clock when the first of them left */
    bool spared;    /* all in flight was taken for on its way again; not once more until SND.UNA is at |spared_to| */
    seq32 spared_to;
};

/* What one acknowledgement tells. */
struct ack_news {
    struct rate_pick pick; /* acked: bytes delivered for the first time; lost: newly found lost */
    uint32_t acked;        /* bytes acknowledged cumulatively */
    uint32_t sacked;       /* bytes newly reported by SACK */
    uint32_t pipe;         /* bytes in flight before */
    tern_ns rtt;           /* of the segment delivered that was sent last, if it was sent once; 0: none */
    uint32_t ts_ecr;
    bool has_ts;
    bool original; /* F-RTO: data that was sent once before the timeout has arrived */
    bool late;     /* data that was sent once, below what had arrived: |late_at| is the lowest number */
    bool blocks;   /* it has SACK blocks, whatever they say */
    bool dsack;
    bool early; /* some of what SACK reports may have overtaken what is missing: its round trip is not the path's */
    bool round; /* what was sent when the last round began is now acknowledged */
    bool timed; /* a delivery told how long the path takes now: only then RACK judges anew */
    seq32 late_at;
    seq32 high;           /* the highest number that has arrived; valid while |pick.any| */
    struct wire_sack dup; /* what the peer has had twice */
};

void flight_end(struct tern_conn *c);  /* all that was sent is forgotten */
void flight_free(struct tern_conn *c); /* and its record goes; the connection has a sender */

/* [at, end) leaves, in segments of |mss|. */
void flight_sent(struct tern_conn *c, seq32 at, seq32 end, uint32_t mss);
/* UNA is about to become |una|. */
void flight_acked(struct tern_conn *c, seq32 una, struct ack_news *n);
/* [left, right), which is all or a part of |e|, has arrived. */
void flight_delivered(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, const struct sent *e, seq32 left,
                      seq32 right);
void flight_lose(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, struct sent *e, enum tern_rule why);

/* The path takes no segments longer than mss_plain(): those that were go again, and no congestion is seen in it (RFC 1191 6.4).
 */
void flight_too_big(struct tern_conn *c);

/* What is to be sent again next: |*at| and so many bytes (the FIN counts), |most| at most, in segments of |mss|. 0: nothing, or
 * the windows forbid it. */
uint32_t flight_next(struct tern_conn *c, uint32_t most, uint32_t mss, seq32 *at, enum tern_rule *why);

/* sack.c */
void sack_in(struct tern_conn *c, const struct wire_tcp *h, struct ack_news *n);

/* rack.c */
uint32_t rack_reordering(const struct tern_conn *c); /* segments */
uint32_t rack_threshold(const struct tern_conn *c);  /* bytes: when more have arrived above it, a segment is lost */
void rack_delivered(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, const struct sent *e, seq32 right);
void rack_reordered(struct tern_conn *c, struct tcp_flight *f, const struct ack_news *n);
void rack_was_late(struct tern_conn *c);
void rack_dsack(struct tern_conn *c);
void rack_passed(struct tern_conn *c); /* SND.UNA may have moved */
/* Marks what is lost. */
void rack_detect(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n);
/* After a timeout: |all|, or what RACK takes for lost and the first. */
void rack_timeout(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, bool all);
void rack_recovered(struct tern_conn *c);

/* tail.c */
/* When the probe is due, from now; 0: none is. */
tern_ns tail_timeout(const struct tern_conn *c, const struct tcp_flight *f);
/* A probe is due and |len| new bytes can be it: then they are. */
bool tail_new(struct tern_conn *c, uint32_t len);
void tail_fired(struct tern_conn *c, struct tcp_flight *f);
void tail_acked(struct tern_conn *c, const struct wire_tcp *h, const struct ack_news *n);

/* prr.c */
void prr_begin(struct tern_conn *c, struct tcp_flight *f, const struct ack_news *n);
void prr_acked(struct tern_conn *c, struct tcp_flight *f, const struct ack_news *n, bool safe);
/* RFC 9937 6.4: recovery ends, and what is in flight is at ssthresh. */
void prr_over(struct tern_conn *c);
/* Setting prr_ecn. ECE has reduced cwnd, which was |before|: it gets there step by step; and it is there. */
void prr_marked(struct tern_conn *c, uint32_t before);
void prr_marked_over(struct tern_conn *c);

/* undo.c */
void undo_begin(struct tern_conn *c, bool reduced);
void undo_sent(struct tern_conn *c, seq32 at, uint32_t len);
bool undo_counts(const struct tern_conn *c, const struct ack_news *n); /* the duplicate that is told of went again since */
void undo_passed(struct tern_conn *c);                                 /* SND.UNA may have moved */
void undo_dsack(struct tern_conn *c, const struct ack_news *n);
/* Was it for nothing? Then the window is what it was, and true is returned. |spare|: what counts as lost does not any more. */
bool undo_try(struct tern_conn *c, const struct ack_news *n, bool spare);
void undo_now(struct tern_conn *c, enum tern_rule why, bool spare);

/* recovery.c: how recovery begins and ends */
void recovery_acked(struct tern_conn *c, const struct wire_tcp *h, struct ack_news *n);
/* Nothing is in flight any more, and a duplicate acknowledgement comes. */
void recovery_late(struct tern_conn *c, const struct wire_tcp *h, const struct ack_news *n);
bool recovery_timeout(struct tern_conn *c, struct tcp_flight *f); /* false: no memory; this flight is over */
void recovery_reorder(struct tern_conn *c, struct tcp_flight *f); /* the reordering timer ran out */

#endif
