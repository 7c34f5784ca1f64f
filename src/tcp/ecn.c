/* Explicit congestion notification (RFC 3168): what was agreed, CE -> ECE -> CWR, and the response to ECE. */
#include "tcp_internal.h"

enum { SETUP = TH_ECE | TH_CWR };

/* RFC 3168 6.1.1 (SHLD-8): a SYN with both bits asks, a SYN,ACK with ECE alone agrees. */
void ecn_syn_in(struct tern_conn *c, const struct wire_tcp *h)
{
    uint16_t bits = h->flags & SETUP;
    bool agreed = false;
    if (c->state == TERN_LISTEN)
        agreed = (c->env->set.ecn || c->cc.ops->wants_ecn) && bits == SETUP;
    else if (has2(c, F2_ECN_ASKED))
        agreed = h->flags & TH_ACK ? bits == TH_ECE : bits == SETUP;
    c->flags2 &= ~(uint32_t)F2_ECN_ASKED;
    if (!agreed) return;
    c->flags2 |= F2_ECN;
    event_rule(c, TERN_RULE_ECN_AGREED);
}

/* The bits of our SYN or SYN,ACK. RFC 3168 6.1.1.1: there are paths on which a SYN that asks for ECN does not arrive. Once one
 * without was sent, no ECT may be (6.1.1). */
uint16_t ecn_syn_bits(struct tern_conn *c, bool again)
{
    if (c->state != TERN_SYN_SENT) return has2(c, F2_ECN) ? TH_ECE : 0;
    if (!again && (c->env->set.ecn == 1 || c->cc.ops->wants_ecn)) c->flags2 |= F2_ECN_ASKED;
    if (!has2(c, F2_ECN_ASKED)) return 0;
    if (!c->env->set.ecn_syns || c->loss.backoff < c->env->set.ecn_syns) return SETUP;
    c->flags2 &= ~(uint32_t)F2_ECN_ASKED;
    event_rule(c, TERN_RULE_ECN_FALLBACK);
    return 0;
}

/* RFC 3168 6.1.2, 6.1.4, 6.1.5, 6.1.6: new data is ECN-capable; what is sent again, pure ACKs and probes are not. */
void ecn_new_data(struct tern_conn *c, struct wire_tcp *h)
{
    if (!has2(c, F2_ECN)) return;
    c->flags2 |= F2_ECT;
    if (!has2(c, F2_CWR_DUE)) return;
    h->flags |= TH_CWR;
    c->flags2 &= ~(uint32_t)F2_CWR_DUE;
}

/* RFC 8257 3.2: each ACK tells whether the last data came with CE; a change is told at once. (The ACK that tells of it stands
 * for a segment or two before it as well.) */
static void every_ce_in(struct tern_conn *c, bool ce)
{
    if (has2(c, F2_ECE_DUE) == ce) return;
    c->flags2 ^= F2_ECE_DUE;
    ack_now(c, ce ? TERN_RULE_ECN_CE : TERN_RULE_ECN_CE_OVER);
}

/* RFC 3168 6.1.3: an acceptable segment (6.1.5: no other is looked at) came with |ecn|, the two bits of its IP header. */
void ecn_data_in(struct tern_conn *c, const struct tcp_seg *seg)
{
    unsigned ecn = seg->tos & 3u;
    if (ecn) c->flags2 |= F2_ECN_SEEN;
    if ((seg->h.flags & TH_CWR) && has2(c, F2_ECE_DUE) && !c->cc.ops->every_ce) {
        c->flags2 &= ~(uint32_t)F2_ECE_DUE;
        event_rule(c, TERN_RULE_ECN_CWR);
        if (seg->h.len) ack_now(c, TERN_RULE_ECN_CWR); /* its sender may be down to one segment: it must not wait */
    }
    if (!seg->h.len) return;
    struct tcp_more *m = ecn == ECN_CE ? tcp_more_own(c) : NULL;
    if (m) m->received_ce++;
    if (c->cc.ops->every_ce) every_ce_in(c, ecn == ECN_CE);
    if (ecn != ECN_CE || c->cc.ops->every_ce) return;
    event_rule(c, TERN_RULE_ECN_CE);
    if (!has2(c, F2_ECE_DUE)) ack_now(c, TERN_RULE_ECN_CE);
    c->flags2 |= F2_ECE_DUE;
}

/* RFC 3168 6.1.2: CWR tells of any reduction, that for a lost segment, too. */
void ecn_reduced(struct tern_conn *c)
{
    c->flags2 &= ~(uint32_t)F2_CWR;
    if (has2(c, F2_ECN)) c->flags2 |= F2_CWR_DUE;
}

/* RFC 3168 6.1.2: ECE is answered as a lost segment is, but nothing is sent again; once for what was out when the window was
 * reduced. |h|'s acknowledgement is not yet taken up. */
void ecn_ack_in(struct tern_conn *c, const struct wire_tcp *h)
{
    struct tcp_loss *l = &c->loss;
    c->flags2 &= ~(uint32_t)F2_ECE_IN;
    /* Not before something beyond it is acknowledged: CWR stands there, and until it has arrived ECE tells nothing new. */
    if (has2(c, F2_CWR) && seq_gt(h->ack, l->recover)) c->flags2 &= ~(uint32_t)F2_CWR;
    if (!(h->flags & TH_ECE) || (h->flags & TH_SYN)) return;
    c->flags2 |= F2_ECE_IN;
    if (has2(c, F2_CWR) || has(c, F_RECOVERY | F_RTO_RECOVERY) || c->cc.ops->every_ce) return;
    struct cc_sample s;
    loss_sample(c, &s);
    l->recover = c->snd.max;
    c->flags2 |= F2_CWR | F2_CWR_DUE;
    event_cwnd(c, c->cc.ops->on_ecn(&c->cc, &s));
}
