/* RFC 9293 3.10.7.3: a segment arrives in SYN-SENT. */
#include "tcp_internal.h"

/* A timestamp that is echoed is one that we sent: who answers another incarnation's SYN, or guesses, has a wrong one. */
static bool echo_possible(const struct tern_conn *c, const struct wire_tcp *h)
{
    if (!c->env->set.timestamps || !(h->opt.present & OPT_TIMESTAMPS) || !h->opt.ts_ecr) return true;
    seq32 first = seq((uint32_t)(c->loss.since / TERN_MS) + c->ts_offset);
    return seq_ge(seq(h->opt.ts_ecr), first) && seq_le(seq(h->opt.ts_ecr), seq(ts_now(c)));
}

/* First: check the ACK bit. 1: acceptable, 0: none, -1: the segment is done with. */
static int check_ack(struct tern_conn *c, const struct wire_tcp *h)
{
    if (!(h->flags & TH_ACK)) return 0;
    if (seq_lt(c->snd.una, h->ack) && seq_le(h->ack, c->snd.max) && echo_possible(c, h)) return 1;
    event_rule(c, TERN_RULE_SYNSENT_ACK_BAD);
    drop(c, TERN_DROP_SYNSENT_ACK);
    if (h->flags & TH_RST) return -1;
    c->flags |= F_RST_OUT; /* <SEQ=SEG.ACK><CTL=RST>: the connection stays */
    c->flags &= ~(uint32_t)F_RST_HAS_ACK;
    c->rst_seq = h->ack.v;
    c->rtx_rule = TERN_RULE_SYNSENT_ACK_BAD;
    return -1;
}

/* Fourth: the SYN. RCV.NXT <- SEG.SEQ+1, IRS <- SEG.SEQ. */
static void take_syn(struct tern_conn *c, struct tcp_seg *seg)
{
    struct wire_tcp *h = &seg->h;
    c->rcv.irs = h->seq;
    c->rcv.nxt = c->rcv.acked = seq_add(h->seq, 1);
    /* The window of our SYN was counted from a number not yet known. */
    c->rcv.edge = seq_add(c->rcv.nxt, rcv_first_window(c));
    input_syn_options(c, h);
    rcv_exact_edge(c);
    ecn_syn_in(c, seg);
    snd_window(c, h, h->wnd);
    h->flags &= (uint16_t)~TH_SYN; /* the rest of the segment begins after it */
    h->seq = c->rcv.nxt;
}

/* <SYN,ACK>: ESTABLISHED. */
static void open_done(struct tern_conn *c, struct tcp_seg *seg)
{
    event_rule(c, TERN_RULE_SYNSENT_SYNACK);
    fo_syn_ack_in(c, &seg->h);
    take_syn(c, seg);
    c->env->seg_fin = false;
    uint32_t data = seq_diff(seg->h.ack, c->snd.una) - 1; /* of the SYN; the rest of it goes out again at once (RFC 7413 4.2.2) */
    c->snd.una = c->snd.nxt = seg->h.ack;
    snd_acked(c, data);
    c->snd.at = NULL;
    c->bytes_acked += data;
    rtt_acked(c, &seg->h, 0);
    timer_acked(c);
    input_syn_acked(c);
    input_established(c);
    if (seq_lt(c->snd.max, snd_end(c))) c->quick = 0; /* the request is on its way: the answer is acknowledged with the next */
    if (has2(c, F2_ACCECN)) accecn_established(c);
    if (tcp_more(c)->defer_ms && !has2(c, F2_ACCECN)) { /* option DEFER_ACCEPT: the first data may bring it */
        c->rcv.acked = c->rcv.irs;
        timer_delack(c);
    } else {
        ack_now(c, TERN_RULE_SYNSENT_SYNACK);
    }
    input_text(c, seg);
}

/* A SYN alone: both sides opened at once (figure 7; MUST-10). Its text waits for ESTABLISHED; what else stands on it comes again,
 * since we do not acknowledge it. */
static void open_simultaneous(struct tern_conn *c, struct tcp_seg *seg)
{
    event_rule(c, TERN_RULE_SYNSENT_SYN);
    take_syn(c, seg);
    if (!GUARD(17)) c->flags |= F_PASSIVE; /* whoever gets a SYN serves */
    tcp_move(c, FSM_RCV_SYN, TERN_RULE_SYNSENT_SYN);
    if (!c->env->set.syn_crossed) rcv_hold(c, seg);
    c->snd.nxt = c->snd.una;
    c->snd.at = NULL;
    c->flags |= F_SYN_OUT;
    c->rtx_rule = TERN_RULE_SYNSENT_SYN;
}

void input_synsent(struct tern_conn *c, struct tcp_seg *seg)
{
    const struct wire_tcp *h = &seg->h;
    if (!CLAUSE(c->env, ACK_CHECK) && (h->flags & TH_ACK)) seg->h.ack = c->snd.max;
    int ack = check_ack(c, h);
    if (ack < 0) return;
    /* Second: check the RST bit. Without an acknowledgement of our SYN anybody could have sent it. */
    if (h->flags & TH_RST) {
        if (!ack) {
            drop(c, TERN_DROP_SYNSENT_RST);
            return;
        }
        event_rule(c, TERN_RULE_RST_REFUSED);
        c->env->counters->resets_in++;
        c->env->counters->attempt_fails++;
        tcp_die(c, FSM_RCV_RST, TERN_RULE_RST_REFUSED, TERN_ERR_REFUSED);
        return;
    }
    /* Third: security is not used. Fifth: neither SYN nor RST. */
    if (!(h->flags & TH_SYN) || (!ack && !CLAUSE(c->env, SIMULTANEOUS))) {
        drop(c, TERN_DROP_SYNSENT_NO_SYN);
        return;
    }
    if (ack)
        open_done(c, seg);
    else
        open_simultaneous(c, seg);
}
