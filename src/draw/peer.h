/* What state the other end must be in, followed by the segments alone.
 *
 * Kept are facts, not transitions, because evidence may come late or take an assumption back: that the peer received what was
 * sent to it is assumed when it leaves, until the peer sends its SYN or FIN again. */
#ifndef DRAW_PEER_H
#define DRAW_PEER_H

#include <tern/trace.h>

struct peer {
    uint32_t iss, irs;    /* ours and the peer's, valid with syn_out and syn_in */
    uint32_t fin_out_end; /* the number after our FIN */
    uint32_t fin_in_end;  /* the number after the peer's FIN */
    bool syn_out, syn_in; /* we, the peer sent a SYN */
    bool syn_in_acked;    /* our ACK of the peer's SYN has left */
    bool fin_out, fin_in; /* we, the peer sent a FIN */
    bool fin_in_acked;    /* our ACK of the peer's FIN has left */
    bool fin_out_first;   /* the peer had our FIN when it sent its own */
    bool synchronized;    /* seen in the middle: no SYN, but numbers */
    bool reset;
};

/* All zero is the start: nothing known, the peer taken for LISTEN. */
void peer_out(struct peer *p, const struct tern_ev_seg *seg); /* we sent |seg|: the peer is taken to have received it */
void peer_in(struct peer *p, const struct tern_ev_seg *seg);  /* the peer sent |seg| */

enum tern_state peer_state(const struct peer *p);

#endif
