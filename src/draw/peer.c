#include "peer.h"

#include "seq.h"
#include "tcp.h"

static uint32_t end_of(const struct tern_ev_seg *s) { return s->seq + s->len + !!(s->flags & TH_SYN) + !!(s->flags & TH_FIN); }

/* Does |s| acknowledge everything before |end|? */
static bool acks(const struct tern_ev_seg *s, uint32_t end) { return (s->flags & TH_ACK) && seq_ge(seq(s->ack), seq(end)); }

/* A SYN with another number than the one that was known begins the next incarnation. */
static void begin_again(struct peer *p, bool known, uint32_t had, uint32_t now)
{
    if (p->reset || (known && had != now)) *p = (struct peer){0};
}

void peer_out(struct peer *p, const struct tern_ev_seg *s)
{
    if (s->flags & TH_RST) {
        p->reset = p->syn_in || p->synchronized;
        return;
    }
    if (s->flags & TH_SYN) {
        if (!(s->flags & TH_ACK)) begin_again(p, p->syn_out, p->iss, s->seq);
        p->syn_out = true;
        p->iss = s->seq;
    } else if (!p->syn_in) {
        p->synchronized = true;
    }
    if (s->flags & TH_FIN) {
        p->fin_out = true;
        p->fin_out_end = end_of(s);
    }
    if (p->syn_in && acks(s, p->irs + 1)) p->syn_in_acked = true;
    if (p->fin_in && acks(s, p->fin_in_end)) p->fin_in_acked = true;
}

void peer_in(struct peer *p, const struct tern_ev_seg *s)
{
    if (s->flags & TH_RST) {
        p->reset = true;
        return;
    }
    if (s->flags & TH_SYN) {
        begin_again(p, p->syn_in, p->irs, s->seq);
        p->syn_in = true;
        p->irs = s->seq;
        p->syn_in_acked = false; /* sent again: our ACK was lost */
    } else if (!p->syn_in) {
        p->synchronized = true;
    } else {
        p->syn_in_acked = true; /* it sends no plain segment before it has our ACK */
    }
    if (s->flags & TH_FIN) {
        p->fin_in_acked = false;
        p->fin_in = true;
        p->fin_in_end = end_of(s);
        p->fin_out_first = p->fin_out && acks(s, p->fin_out_end);
    }
}

/* RFC 9293 3.3.2, figure 5, from the peer's side. */
enum tern_state peer_state(const struct peer *p)
{
    if (p->reset) return TERN_CLOSED;
    if (!p->synchronized) {
        if (!p->syn_in) return TERN_LISTEN;
        if (!p->syn_in_acked) return p->syn_out ? TERN_SYN_RECEIVED : TERN_SYN_SENT;
    }
    if (!p->fin_in) return p->fin_out ? TERN_CLOSE_WAIT : TERN_ESTABLISHED;
    if (!p->fin_out) return p->fin_in_acked ? TERN_FIN_WAIT_2 : TERN_FIN_WAIT_1;
    if (p->fin_out_first) return p->fin_in_acked ? TERN_CLOSED : TERN_LAST_ACK;
    return p->fin_in_acked ? TERN_TIME_WAIT : TERN_CLOSING;
}
