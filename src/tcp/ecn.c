/* Explicit congestion notification: what is agreed on (RFC 3168, RFC 9768), and in the manner of RFC 3168 CE -> ECE -> CWR and
 * the response to ECE. What AccECN counts: accecn.c. */
#include "tcp_internal.h"

enum { SETUP = TH_ECE | TH_CWR, BITS = SETUP | TH_AE };

enum manner { NONE, CLASSIC, ACCURATE };

/* What is accepted, and what is asked for: setting and option ecn, Linux's values. */
static const struct {
    uint8_t in, out;
} modes[] = {{NONE, NONE}, {CLASSIC, CLASSIC}, {CLASSIC, NONE}, {ACCURATE, ACCURATE}, {ACCURATE, CLASSIC}, {ACCURATE, NONE}};

static unsigned mode(const struct tern_conn *c)
{
    int8_t own = tcp_more(c)->ecn;
    return own < 0 ? (unsigned)c->env->set.ecn : (unsigned)own;
}

static enum manner at_least(const struct tern_conn *c, uint8_t manner)
{
    return manner == NONE && c->cc.ops->wants_ecn ? CLASSIC : (enum manner)manner;
}

/* ---- the handshake ---- */

/* Of a SYN: RFC 3168 6.1.1 (SHLD-8), RFC 9768 3.1.2, RFC 9768 3.1.3: what is neither nothing nor RFC 3168's asks for AccECN. */
static enum manner of_syn(enum manner most, uint16_t flags)
{
    if (most == NONE) return NONE;
    if (most == CLASSIC) return (flags & SETUP) == SETUP && RULE(RFC 3168 6.1.1) ? CLASSIC : NONE;
    if ((flags & BITS) != BITS && (flags & BITS) != SETUP && !RULE(RFC 9768 3.1.3)) return NONE;
    return (flags & BITS) == 0 ? NONE : (flags & BITS) == SETUP || !RULE(RFC 9768 3.1.1) ? CLASSIC : ACCURATE;
}

/* Of a SYN,ACK that answers our SYN: RFC 9768 3.1.1, RFC 9768 3.1.2. */
static enum manner of_syn_ack(struct tern_conn *c, uint16_t flags)
{
    if (!c->more || !c->more->acc.asked) return has2(c, F2_ECN_ASKED) && (flags & SETUP) == TH_ECE ? CLASSIC : NONE;
    bool broken = (flags & BITS) == BITS && RULE(RFC 9768 3.1.2);
    if (broken) event_rule(c, TERN_RULE_ACCECN_BROKEN);
    if (broken || !(flags & BITS)) return NONE;
    return (flags & BITS) == TH_ECE ? CLASSIC : ACCURATE;
}

static void agree(struct tern_conn *c, enum manner manner, uint8_t came)
{
    if (manner == ACCURATE && accecn_begin(c, came)) {
        event_rule(c, TERN_RULE_ACCECN_AGREED);
    } else if (manner == CLASSIC) {
        c->flags2 |= F2_ECN;
        event_rule(c, TERN_RULE_ECN_AGREED);
    }
}

void ecn_syn_in(struct tern_conn *c, const struct tcp_seg *seg)
{
    uint16_t flags = seg->h.flags;
    bool accurate = c->more && c->more->acc.asked, answers = c->state == TERN_SYN_SENT && (flags & TH_ACK);
    enum manner most = at_least(c, modes[mode(c)].in);
    if (c->state == TERN_SYN_SENT) most = accurate ? ACCURATE : has2(c, F2_ECN_ASKED) ? CLASSIC : NONE;
    agree(c, answers ? of_syn_ack(c, flags) : of_syn(most, flags), seg->tos & 3u);
    /* Once a SYN without the bits was sent, no ECT may be (RFC 3168 6.1.1); AccECN's client may all the same (RFC 9768 3.1.5). */
    if (accurate && has2(c, F2_ECN) && !has2(c, F2_ECN_ASKED)) c->flags2 |= F2_NO_ECT;
    c->flags2 &= ~(uint32_t)F2_ECN_ASKED;
    if (answers && has2(c, F2_ACCECN)) accecn_syn_ack_in(c, seg);
}

/* RFC 9768 3.1.5: in one handshake all SYNs speak alike, or one without any flags is among them. */
bool ecn_syn_again(struct tern_conn *c, const struct tcp_seg *seg)
{
    uint16_t flags = seg->h.flags & BITS;
    if (modes[mode(c)].in != ACCURATE || !has2(c, F2_ECN | F2_ACCECN)) return true;
    if (has2(c, F2_ACCECN)) c->more->acc.came = seg->tos & 3u;
    if (has2(c, F2_ACCECN) && !flags) accecn_no_ect(c, TERN_RULE_ACCECN_NO_ECT);
    return !flags || (flags == SETUP) == has2(c, F2_ECN) || !RULE(RFC 9768 3.1.5);
}

/* RFC 3168 6.1.1.1, RFC 9768 3.1.4: there are paths on which a SYN that asks for ECN does not arrive. */
static bool given_up(const struct tern_conn *c, bool accurate)
{
    uint64_t syns = c->env->set.ecn_syns;
    return syns && c->loss.backoff >= syns + accurate && (accurate || RULE(RFC 3168 6.1.1.1));
}

static uint16_t asks(struct tern_conn *c, bool again)
{
    enum manner out = at_least(c, modes[mode(c)].out);
    bool accurate = c->more && c->more->acc.asked;
    if (!again && out == ACCURATE) accurate = tcp_more_own(c) != NULL && (c->more->acc.asked = true);
    if (!again && (out == CLASSIC || accurate)) c->flags2 |= F2_ECN_ASKED;
    if (!has2(c, F2_ECN_ASKED)) return 0;
    if (!given_up(c, accurate)) return accurate ? BITS : SETUP;
    c->flags2 &= ~(uint32_t)F2_ECN_ASKED;
    event_rule(c, accurate ? TERN_RULE_ACCECN_FALLBACK : TERN_RULE_ECN_FALLBACK);
    return 0;
}

/* RFC 9768 3.1.4 */
static uint16_t answers(struct tern_conn *c, bool again)
{
    if (!has2(c, F2_ACCECN)) return has2(c, F2_ECN) ? TH_ECE : 0;
    if (!again || !given_up(c, true) || !RULE(RFC 9768 3.1.4)) return accecn_tells(c->more->acc.came);
    event_rule(c, TERN_RULE_ACCECN_FALLBACK);
    accecn_no_ect(c, TERN_RULE_ACCECN_NO_ECT);
    return 0;
}

void ecn_syn_out(struct tern_conn *c, struct wire_tcp *h, bool again)
{
    bool syn = c->state == TERN_SYN_SENT;
    h->flags |= syn ? asks(c, again) : answers(c, again);
    if (!(h->flags & BITS)) return;
    struct tcp_accecn *a = c->more && (syn ? c->more->acc.asked : has2(c, F2_ACCECN)) ? &c->more->acc : NULL;
    /* The draft's 3.2.1: who is asked may know nothing of it, so that only AccECN can tell what came of it. */
    if (c->env->set.ecn_control && !again && (a || !syn)) c->flags2 |= F2_ECT;
    if (a) a->sent |= (uint8_t)(1u << (has2(c, F2_ECT) ? ECN_ECT0 : ECN_NOT));
}

/* ---- what leaves ---- */

/* RFC 3168 6.1.2, 6.1.4, 6.1.5, 6.1.6: new data is ECN-capable; what is sent again, pure ACKs and probes are not. */
void ecn_new_data(struct tern_conn *c, struct wire_tcp *h)
{
    if (!has2(c, F2_NO_ECT)) c->flags2 |= F2_ECT;
    if (!has2(c, F2_CWR_DUE)) return;
    h->flags |= TH_CWR;
    c->flags2 &= ~(uint32_t)F2_CWR_DUE;
}

/* ECN++, RFC 8257 3.6: they are, by setting. */
void ecn_other(struct tern_conn *c, bool bare)
{
    if ((!bare || c->env->set.ecn_control) && !has2(c, F2_NO_ECT)) c->flags2 |= F2_ECT;
}

void tcp_rst_ecn(struct tern_conn *c)
{
    c->flags2 &= ~(uint32_t)F2_ECT;
    if (has2(c, F2_ECN | F2_ACCECN)) ecn_other(c, true);
}

/* ---- what comes, in the manner of RFC 3168 ---- */

/* RFC 8257 3.2: each ACK tells whether the last data came with CE; a change is told at once. (The ACK that tells of it stands
 * for a segment or two before it as well.) */
static void every_ce_in(struct tern_conn *c, bool ce)
{
    if (has2(c, F2_ECE_DUE) == ce || !RULE(RFC 8257 3.2)) return;
    c->flags2 ^= F2_ECE_DUE;
    ack_now(c, ce ? TERN_RULE_ECN_CE : TERN_RULE_ECN_CE_OVER);
}

/* RFC 3168 6.1.3: an acceptable segment (6.1.5: no other is looked at) came with |ecn|, the two bits of its IP header. */
void ecn_data_in(struct tern_conn *c, const struct tcp_seg *seg)
{
    unsigned ecn = seg->tos & 3u;
    if (ecn) c->flags2 |= F2_ECN_SEEN;
    if (has2(c, F2_ACCECN)) {
        accecn_in(c, seg);
        return;
    }
    if ((seg->h.flags & TH_CWR) && has2(c, F2_ECE_DUE) && !c->cc.ops->every_ce) {
        c->flags2 &= ~(uint32_t)F2_ECE_DUE;
        event_rule(c, TERN_RULE_ECN_CWR);
        if (seg->h.len) ack_now(c, TERN_RULE_ECN_CWR); /* its sender may be down to one segment: it must not wait */
    }
    if (!seg->h.len) return;
    struct tcp_more *m = ecn == ECN_CE ? tcp_more_own(c) : NULL;
    if (m) m->received_ce++;
    if (c->cc.ops->every_ce) every_ce_in(c, ecn == ECN_CE);
    if (ecn != ECN_CE || c->cc.ops->every_ce || !RULE(RFC 3168 6.1.3)) return;
    event_rule(c, TERN_RULE_ECN_CE);
    if (!has2(c, F2_ECE_DUE)) ack_now(c, TERN_RULE_ECN_CE);
    c->flags2 |= F2_ECE_DUE;
}

/* ---- the response ---- */

/* RFC 3168 6.1.2: CWR tells of any reduction, that for a lost segment, too. (RFC 9768 3.1.5: AccECN has no CWR.) */
void ecn_reduced(struct tern_conn *c)
{
    c->flags2 &= ~(uint32_t)F2_CWR;
    if (has2(c, F2_ECN)) c->flags2 |= F2_CWR_DUE;
}

void ecn_ack_begins(struct tern_conn *c, const struct wire_tcp *h)
{
    c->flags2 &= ~(uint32_t)F2_ECE_IN;
    /* Not before something beyond it is acknowledged: CWR stands there, and until it has arrived ECE tells nothing new. */
    if (has2(c, F2_CWR) && seq_gt(h->ack, c->loss.recover)) {
        c->flags2 &= ~(uint32_t)F2_CWR;
        prr_marked_over(c);
    }
}

void ecn_respond(struct tern_conn *c)
{
    struct cc_sample s;
    c->flags2 |= F2_ECE_IN;
    if (has2(c, F2_CWR) || has(c, F_RECOVERY | F_RTO_RECOVERY) || ecn_exact(c) || !RULE(RFC 3168 6.1.2)) return;
    loss_sample(c, &s);
    s.flight = loss_whole(c, s.flight);
    c->loss.recover = c->snd.max;
    c->flags2 |= F2_CWR | (has2(c, F2_ECN) ? F2_CWR_DUE : 0);
    undo_over(c);
    uint32_t before = c->cc.cwnd;
    enum tern_rule why = c->cc.ops->on_ecn(&c->cc, &s);
    prr_marked(c, before);
    event_cwnd(c, why);
}

void ecn_ack_in(struct tern_conn *c, const struct wire_tcp *h)
{
    ecn_ack_begins(c, h);
    if ((h->flags & TH_ECE) && !(h->flags & TH_SYN)) ecn_respond(c);
}
