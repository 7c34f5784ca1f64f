/* RFC 9293 3.10.7: SEGMENT ARRIVES, one function for each of the checks, in the RFC's order. SYN-SENT has its own file. */
#include "tcp_internal.h"

/* RFC 9293 3.10.7.1: a RST that the sender of |seg| will believe. */
bool tcp_reset_for(const struct wire_tcp *seg, struct wire_tcp *h)
{
    if (seg->flags & TH_RST) return false;
    h->src_port = seg->dst_port, h->dst_port = seg->src_port;
    h->wnd = h->urp = h->csum = 0;
    h->reserved = 0;
    h->opt.present = 0;
    if (seg->flags & TH_ACK) {
        h->seq = seg->ack, h->ack = seq(0);
        h->flags = TH_RST;
    } else {
        h->seq = seq(0), h->ack = seq_add(seg->seq, wire_seg_len(seg));
        h->flags = TH_RST | TH_ACK;
    }
    return true;
}

/* The options of the peer's SYN (MUST-14): what both sides offered is agreed. */
void input_syn_options(struct tern_conn *c, const struct wire_tcp *h)
{
    const struct wire_tcp_options *o = &h->opt;
    const struct tern_settings *set = &c->env->set;
    /* Setting syn_plain: options that stand on a SYN,ACK stood on the SYN that it answers (RFC 7323 2.2, 3.2; RFC 2018 2): it was
     * an earlier one. */
    if (h->flags & TH_ACK) c->flags2 &= ~(uint32_t)F2_PLAIN;
    bool plain = has2(c, F2_PLAIN | F2_NO_OPTIONS); /* nothing else was offered */
    if ((o->present & OPT_MSS) && CLAUSE(c->env, MSS_OPTION) && !has2(c, F2_NO_OPTIONS))
        c->mss = (uint16_t)max_u32(o->mss, GUARD(8) ? MSS_LEAST : 0);
    else
        event_rule(c, TERN_RULE_MSS_DEFAULT);
    rcv_round_buffer(c);
    if ((o->present & OPT_WSCALE) && set->window_scaling && !plain) {
        c->flags |= F_WS;
        c->snd_wscale = (uint8_t)min_u32(o->wscale, WSCALE_MAX); /* RFC 7323 2.3 */
    }
    if ((o->present & OPT_SACK_PERMITTED) && set->sack && !plain) c->flags |= F_SACK;
    if ((o->present & OPT_TIMESTAMPS) && set->timestamps && !plain) {
        c->flags |= F_TS | F_TS_RECENT;
        c->ts_recent = o->ts_val;
        c->ts_recent_s = (uint32_t)(c->env->now / TERN_SEC);
    }
    mss_changed(c);
}

/* RFC 9293 3.10.7.2, third: a SYN in LISTEN. */
void tcp_listen_syn(struct tern_conn *c, struct tcp_seg *seg)
{
    tcp_syn_read(c, seg);
    tcp_syn_answer(c, seg);
}

void tcp_syn_read(struct tern_conn *c, struct tcp_seg *seg)
{
    struct wire_tcp *h = &seg->h;
    c->state = TERN_LISTEN;
    c->flags |= F_PASSIVE;
    c->rcv.irs = h->seq;
    if (c->env->trace) event_seg_in(c, h, seg->buf ? seg->buf->gso_size : 0);
    event_rule(c, TERN_RULE_LISTEN_SYN);
    input_syn_options(c, h);
    ecn_syn_in(c, seg);
}

void tcp_syn_answer(struct tern_conn *c, struct tcp_seg *seg)
{
    struct wire_tcp *h = &seg->h;
    c->rcv.nxt = c->rcv.edge = seq_add(h->seq, 1);
    c->rcv.acked = c->rcv.nxt;
    snd_window(c, h, h->wnd);
    c->snd.una = c->snd.nxt = c->snd.max = c->snd.iss;
    c->loss.since = c->env->now;
    c->flags |= F_SYN_UNACKED | F_SYN_OUT;
    tcp_move(c, FSM_RCV_SYN, TERN_RULE_LISTEN_SYN);
    if (h->len && seg->buf && !has2(c, F2_FO_CHILD)) event_rule(c, TERN_RULE_SYN_DATA_HELD);
}

void tcp_forget(struct tern_conn *c, enum tern_rule why) { tcp_die(c, FSM_RCV_RST_PASSIVE, why, 0); }

/* One that is about to leave, again or as an answer to the peer's, has no number left. */
void input_syn_acked(struct tern_conn *c)
{
    c->flags &= ~(uint32_t)(F_SYN_UNACKED | F_SYN_OUT);
    stats_syn_acked(c);
}

/* Our SYN is acknowledged. */
void input_established(struct tern_conn *c)
{
    struct cc_sample s;
    bool closing = has(c, F_CLOSE_CALLED);
    tcp_move(c, c->state == TERN_SYN_SENT ? FSM_RCV_SYN_ACK : FSM_RCV_ACK_OF_SYN,
             c->state == TERN_SYN_SENT ? TERN_RULE_SYNSENT_SYNACK : TERN_RULE_SYNRCVD_ACK);
    c->events |= TERN_CONNECTED | TERN_WRITABLE;
    mtu_established(c);
    loss_sample(c, &s);
    if (!has2(c, F2_FO_CHILD)) event_cwnd(c, c->cc.ops->init(&c->cc, &s));
    if (has(c, F_SYN_RTX)) event_cwnd(c, c->cc.ops->on_syn_lost(&c->cc, &s));
    timer_keepalive(c);
    c->text_ms = now_ms(c);
    rcv_exact_edge(c);
    if (!c->quick) c->quick = (uint8_t)c->env->set.quick_acks;
    /* 3.10.4: a CLOSE in SYN-RECEIVED with data to send was queued until now. */
    if (closing) tcp_move(c, FSM_CLOSE, TERN_RULE_CLOSE_CALL);
}

/* First, beginning: RFC 7323 5.3 R1 (PAWS), and RFC 7323 3.2: a segment without the timestamps that were agreed. A SYN without
 * them comes from another incarnation: it needs its answer, or the peer never learns that ours is half-open (RFC 9293 3.5.1). */
static bool check_timestamps(struct tern_conn *c, const struct tcp_seg *seg)
{
    const struct wire_tcp *h = &seg->h;
    if (!has(c, F_TS) || (h->flags & TH_RST)) return true; /* RFC 7323 5.2: a RST need not carry them */
    if (!(h->opt.present & OPT_TIMESTAMPS)) {
        if ((h->flags & TH_SYN) || !c->env->set.timestamps_needed) return true;
        drop(c, TERN_DROP_NO_TIMESTAMP);
        return false;
    }
    const uint32_t days24 = 24 * 86400;
    if (!CLAUSE(c->env, PAWS) || !has(c, F_TS_RECENT) || seq_ge(seq(h->opt.ts_val), seq(c->ts_recent))) return true;
    if ((uint32_t)(c->env->now / TERN_SEC) - c->ts_recent_s > days24) { /* RFC 7323 5.5: too old to be believed */
        c->flags &= ~(uint32_t)F_TS_RECENT;
        return true;
    }
    event_rule(c, TERN_RULE_PAWS_ACK);
    drop(c, TERN_DROP_PAWS);
    if (wire_seg_len(h) || challenge_allowed(c)) ack_now(c, TERN_RULE_PAWS_ACK); /* or two ends answer each other for ever */
    return false;
}

/* First: check sequence number (table 6). */
static bool acceptable(const struct tern_conn *c, const struct wire_tcp *h)
{
    uint32_t len = wire_seg_len(h), wnd = rcv_window(c);
    if (!wnd && !MUST(66) && (h->flags & (TH_RST | TH_URG))) return false;
    if (!wnd) return seq_eq(h->seq, c->rcv.nxt); /* with data: the special allowance for ACKs; the text is cut off */
    if (!len) return seq_in(h->seq, c->rcv.nxt, wnd) || (seq_eq(h->seq, c->rcv.edge) && !(h->flags & TH_RST)); /* RFC 9293 A.2 */
    return seq_in(h->seq, c->rcv.nxt, wnd) || seq_in(seq_add(h->seq, len - 1), c->rcv.nxt, wnd);
}

/* RFC 7323 4.3: TS.Recent follows the segment that covers the last acknowledgement sent. Only one whose acknowledgement can be: a
 * forged timestamp far ahead would shut the peer out, by PAWS (RFC 7323 7, RFC 5961 5). */
static void update_ts_recent(struct tern_conn *c, const struct wire_tcp *h)
{
    if (!has(c, F_TS) || !(h->opt.present & OPT_TIMESTAMPS)) return;
    if (has(c, F_TS_RECENT) && seq_lt(seq(h->opt.ts_val), seq(c->ts_recent))) return;
    if (seq_gt(h->seq, c->rcv.acked) && GUARD(13)) return;
    c->ts_recent = h->opt.ts_val;
    c->ts_recent_s = (uint32_t)(c->env->now / TERN_SEC);
    c->flags |= F_TS_RECENT;
}

static void not_acceptable(struct tern_conn *c, const struct tcp_seg *seg)
{
    const struct wire_tcp *h = &seg->h;
    uint32_t len = wire_seg_len(h);
    bool old = seq_le(seq_add(h->seq, len), c->rcv.nxt);
    if (!GUARD(7) && seg->buf) seg->buf->refs++;
    if (h->flags & TH_RST) { /* RFC 5961 3.2: outside the window, silently */
        drop(c, TERN_DROP_RST_WINDOW);
        return;
    }
    if (old && h->len) rcv_duplicate(c, h->seq, seq_add(h->seq, h->len));
    if (old && h->len && has2(c, F2_ACCECN)) accecn_came_again(c, h->seq);
    bool keepalive = old && h->len <= 1 && seq_eq(seq_add(h->seq, 1), c->rcv.nxt) && !(h->flags & (TH_SYN | TH_FIN));
    event_rule(c, keepalive ? TERN_RULE_KEEPALIVE_IN : old ? TERN_RULE_OLD_DATA : TERN_RULE_ACK_DUPLICATE);
    drop(c, old ? TERN_DROP_OLD : TERN_DROP_WINDOW);
    bool syn_ack = (h->flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK) && seq_eq(h->seq, c->rcv.irs);
    if (syn_ack && has2(c, F2_ACCECN) && !has(c, F_PASSIVE)) accecn_syn_ack_again(c, seg);
    /* An answer to an empty segment is bounded, old ones too: two ends that think each other wrong would answer for ever. */
    if (len || challenge_allowed(c)) ack_now(c, rcv_window(c) ? TERN_RULE_ACK_DUPLICATE : TERN_RULE_ACK_PROBE);
}

/* Second: check the RST bit, by RFC 5961 3.2. Text that a RST brings is let be (SHLD-2). */
static void check_rst(struct tern_conn *c, const struct wire_tcp *h)
{
    if (CLAUSE(c->env, RST_CHECK) && c->env->set.rfc5961_rst && !seq_eq(h->seq, c->rcv.nxt)) {
        ack_challenge(c, TERN_RULE_CHALLENGE_RST, TERN_DROP_RST_WINDOW);
        return;
    }
    event_rule(c, TERN_RULE_RST_IN);
    c->env->counters->resets_in++;
    if (c->state == TERN_SYN_RECEIVED && has(c, F_PASSIVE) && !has2(c, F2_FO_CHILD) && MUST(11))
        tcp_die(c, FSM_RCV_RST_PASSIVE, TERN_RULE_RST_PASSIVE, 0);
    else if (c->state == TERN_SYN_RECEIVED)
        tcp_die(c, FSM_RCV_RST, TERN_RULE_RST_REFUSED, has2(c, F2_FO_CHILD) ? TERN_ERR_RESET : TERN_ERR_REFUSED);
    else if (c->state == TERN_CLOSING || c->state == TERN_LAST_ACK)
        tcp_die(c, FSM_RCV_RST, TERN_RULE_RST_IN, c->env->set.closing_reset ? TERN_ERR_RESET : 0); /* both sides had closed */
    else
        tcp_die(c, FSM_RCV_RST, TERN_RULE_RST_IN, MUST(12) ? TERN_ERR_RESET : 0);
}

static void reset(struct tern_conn *c, enum tern_rule why)
{
    event_rule(c, why);
    c->flags |= F_RST_OUT | F_RST_HAS_ACK;
    c->rst_seq = c->snd.max.v;
    tcp_die(c, FSM_RCV_RST, why, TERN_ERR_RESET);
    c->rtx_rule = (uint8_t)why;
}

/* Fourth: check the SYN bit, by RFC 5961 4.2. */
static void check_syn(struct tern_conn *c)
{
    if (c->state == TERN_SYN_RECEIVED && has(c, F_PASSIVE) && !has2(c, F2_FO_CHILD)) {
        event_rule(c, TERN_RULE_RST_PASSIVE);
        drop(c, TERN_DROP_SYN_WINDOW);
        tcp_die(c, FSM_RCV_SYN_PASSIVE, TERN_RULE_RST_PASSIVE, 0);
        return;
    }
    if (!CLAUSE(c->env, SYN_CHALLENGE)) {
        tcp_die(c, FSM_RCV_RST, TERN_RULE_CHALLENGE_SYN, TERN_ERR_RESET);
    } else if (c->env->set.rfc5961_syn) {
        ack_challenge(c, TERN_RULE_CHALLENGE_SYN, TERN_DROP_SYN_WINDOW);
    } else {
        reset(c, TERN_RULE_RST_SYN);
    }
}

/* A SYN whose number is IRS: our answer to it was lost, or (both sides opened) it comes with the acknowledgement of ours. The SYN
 * itself was taken up before; RFC 9293's first check would refuse the whole segment. */
static bool syn_again(struct tern_conn *c, struct tcp_seg *seg)
{
    struct wire_tcp *h = &seg->h;
    if (c->state != TERN_SYN_RECEIVED || !(h->flags & TH_SYN) || !seq_eq(h->seq, c->rcv.irs) || (h->flags & TH_RST)) return false;
    if (h->flags & TH_ACK) {
        if (has(c, F_PASSIVE)) return false; /* nobody opened at the same time: the first check refuses it */
        h->flags &= (uint16_t) ~(TH_SYN | (has2(c, F2_ECN) ? TH_ECE : 0));
        if (has2(c, F2_ACCECN)) accecn_syn_ack_again(c, seg); /* its flags say what a pure ACK's would (RFC 9768 3.2.2.1) */
        if (c->env->set.syn_crossed) {
            rcv_duplicate(c, h->seq, seq_add(h->seq, 1));
            ack_now(c, TERN_RULE_ACK_DUPLICATE);
        }
        h->seq = seq_add(h->seq, 1);
        return false;
    }
    if (!ecn_syn_again(c, seg)) {
        reset(c, TERN_RULE_ACCECN_MIXED);
        return true;
    }
    event_rule(c, TERN_RULE_SYN_AGAIN);
    c->flags |= F_SYN_OUT;
    c->rtx_rule = TERN_RULE_SYN_AGAIN;
    return true;
}

/* Sixth: check the URG bit (MUST-30). The pointer leads to the byte after the urgent data (MUST-62). */
static void check_urg(struct tern_conn *c, const struct wire_tcp *h)
{
    if (c->state > TERN_FIN_WAIT_2 || has(c, F_FIN_IN)) return; /* should not occur: ignored */
    seq32 up = seq_add(h->seq, h->urp);
    /* Already consumed: RFC 9293 3.8.5, robust to odd pointers. */
    if (seq_le(up, seq_sub(c->rcv.nxt, c->rcv.queued)) && GUARD(3)) return;
    if (has(c, F_RCV_URGENT) && seq_le(up, c->rcv.up)) return;
    c->rcv.up = up;
    c->flags |= F_RCV_URGENT;
    if (MUST(32)) c->events |= TERN_URGENT;
    event_rule(c, TERN_RULE_URGENT_IN);
}

/* Data that nobody will ever read (RFC 9293 3.6.1, SHLD-3; RFC 1122 4.2.2.13). */
static bool refused_after_close(struct tern_conn *c, const struct wire_tcp *h)
{
    if (!has(c, F_RELEASED) || !h->len || seq_le(seq_add(h->seq, h->len), c->rcv.nxt)) return false;
    drop(c, TERN_DROP_AFTER_CLOSE);
    tcp_abort(c, TERN_RULE_RST_AFTER_CLOSE);
    c->flags &=
        ~(uint32_t)F_RST_HAS_ACK; /* as where there is no connection: by RFC 5961 the peer takes no other number for sure */
    c->rst_seq = h->ack.v;
    return true;
}

/* Eighth: check the FIN bit, which is in order. */
static void check_fin(struct tern_conn *c)
{
    bool ours_acked = has(c, F_FIN_SENT) && seq_eq(c->snd.una, c->snd.max);
    if (has(c, F_FIN_IN)) return;
    rcv_fin(c);
    if (c->state == TERN_FIN_WAIT_1 && ours_acked)
        tcp_move(c, FSM_RCV_FIN_ACK_OF_FIN, TERN_RULE_FIN_IN);
    else
        tcp_move(c, FSM_RCV_FIN, TERN_RULE_FIN_IN);
}

/* Sixth to eighth; of a SYN,ACK, too (RFC 1122 4.2.2.20). */
void input_text(struct tern_conn *c, struct tcp_seg *seg)
{
    struct wire_tcp *h = &seg->h;
    if (h->flags & TH_URG) check_urg(c, h);
    if (c->state > TERN_FIN_WAIT_2 || has(c, F_FIN_IN)) {
        if (h->len || (h->flags & TH_FIN)) { /* the FIN was taken up: what follows is a repetition, or nonsense */
            drop(c, TERN_DROP_AFTER_FIN);
            ack_now(c, TERN_RULE_ACK_DUPLICATE);
        }
        return;
    }
    if (refused_after_close(c, h)) return;
    if (!h->len && !(h->flags & TH_FIN)) return;
    rcv_text(c, seg);
    if (c->env->seg_fin) check_fin(c);
}

/* Would the FIN of |seg| be in order once its text is taken up? (For figure 5's note 2, which must be known when the ACK is
 * looked at.) */
static bool brings_fin(const struct tern_conn *c, const struct wire_tcp *h)
{
    seq32 end = seq_add(h->seq, h->len);
    return (h->flags & TH_FIN) && seq_le(h->seq, c->rcv.nxt) && seq_ge(end, c->rcv.nxt) && !c->rcv.ooo &&
           seq_le(end, seq_add(c->rcv.nxt, rcv_window(c)));
}

/* Setting fin_ack_again: the peer repeats its FIN, with what may be the ACK of ours. */
static bool acks_again(const struct tern_conn *c, const struct wire_tcp *h)
{
    bool repeated = has(c, F_FIN_IN) && (h->flags & TH_FIN) && seq_eq(seq_add(seq_add(h->seq, h->len), 1), c->rcv.nxt);
    return c->env->set.fin_ack_again && repeated && !(h->flags & (TH_RST | TH_SYN));
}

static void input_other(struct tern_conn *c, struct tcp_seg *seg)
{
    struct wire_tcp *h = &seg->h;
    if (syn_again(c, seg)) return;
    if (!check_timestamps(c, seg)) return;
    if (CLAUSE(c->env, SEQ_CHECK) && !acceptable(c, h)) {
        not_acceptable(c, seg);
        c->env->seg_fin = false;
        if (acks_again(c, h)) ack_check(c, seg);
        return;
    }
    if (h->flags & TH_RST) {
        check_rst(c, h);
        return;
    }
    /* Third: security and compartment are not used (RFC 9293 A.1). */
    if (h->flags & TH_SYN) {
        check_syn(c);
        return;
    }
    c->env->seg_fin = brings_fin(c, h);
    if (!ack_check(c, seg)) return;
    timer_heard(c); /* not before: anybody can send what has the right addresses */
    update_ts_recent(c, h);
    if (has2(c, F2_ECN | F2_ACCECN)) ecn_data_in(c, seg);
    input_text(c, seg);
}

void tcp_syn_data(struct tern_conn *c, struct tern_buf *b)
{
    struct tcp_seg seg = {.h = {.seq = seq_add(c->rcv.irs, 1), .flags = TH_ACK, .data = b->data, .len = b->len}, .buf = b};
    c->env->seg_fin = false;
    event_rule(c, TERN_RULE_SYN_DATA_HELD);
    input_text(c, &seg);
    tern_buf_unref(seg.buf);
}

void tcp_fastopen_accept(struct tern_conn *c, struct tcp_seg *seg)
{
    struct cc_sample s;
    struct tcp_seg text = *seg;
    loss_sample(c, &s);
    event_cwnd(c, c->cc.ops->init(&c->cc, &s));
    c->events |= TERN_CONNECTED | TERN_WRITABLE;
    c->env->seg_fin = false;
    if (!text.h.len || !text.buf) return;
    c->flags2 |= F2_SYN_DATA_ACKED;
    c->rcv.edge = seq_add(c->rcv.nxt, min_u32(c->rcv.limit, UINT16_MAX)); /* its sender could know no window */
    text.h.seq = c->rcv.nxt;
    text.h.flags = TH_ACK;
    input_text(c, &text);
    seg->buf = text.buf;
}

void tcp_segment_arrives(struct tern_conn *c, struct tcp_seg *seg)
{
    struct tcp_env *env = c->env;
    if (env->trace) event_seg_in(c, &seg->h, seg->buf ? seg->buf->gso_size : 0);
    env->seg_duplicate = false;
    if (has2(c, F2_STATS)) stats_in(c, &seg->h, seg->buf ? seg->buf->gso_size : 0);
    if (c->state == TERN_SYN_SENT) {
        timer_heard(c);
        input_synsent(c, seg);
    } else {
        input_other(c, seg);
    }
    env->seg_event = NULL;
}
