/* RFC 9293 3.10.7.4, fifth: check the ACK field. */
#include "tcp_internal.h"

uint32_t seg_window(const struct tern_conn *c, const struct wire_tcp *h)
{
    /* RFC 7323 2.2: the window of a SYN is never scaled. */
    uint32_t wnd = MUST(1) ? h->wnd : h->wnd & INT16_MAX; /* 16 bits without a sign, in 32 (REC-1) */
    return h->flags & TH_SYN ? wnd : wnd << c->snd_wscale;
}

/* SND.WND <- SEG.WND, SND.WL1 <- SEG.SEQ, SND.WL2 <- SEG.ACK */
void snd_window(struct tern_conn *c, const struct wire_tcp *h, uint32_t wnd)
{
    c->snd.wl1 = h->seq;
    c->snd.wl2 = h->ack;
    if (wnd > c->snd.max_wnd) c->snd.max_wnd = wnd;
    if (wnd == c->snd.wnd) return;
    bool shrunk = seq_lt(seq_add(c->snd.una, wnd), c->snd.nxt); /* MUST-34: robust; what is out stays out */
    c->snd.wnd = wnd;
    event_window(c, shrunk ? TERN_RULE_WINDOW_SHRUNK : TERN_RULE_WINDOW_UPDATE);
}

static void update_window(struct tern_conn *c, const struct wire_tcp *h)
{
    uint32_t before = c->snd.wnd;
    if (!seq_lt(c->snd.wl1, h->seq) && !(seq_eq(c->snd.wl1, h->seq) && seq_le(c->snd.wl2, h->ack))) return;
    snd_window(c, h, seg_window(c, h));
    if (!before && c->snd.wnd) timer_persist_stop(c, TERN_RULE_WINDOW_UPDATE);
}

void snd_tell_room(struct tern_conn *c)
{
    if (!has(c, F_WANT_WRITABLE)) return;
    snd_grow(c);
    if (!snd_much_room(c)) {
        output_wants_room(c);
        return;
    }
    if (!snd_lowat_reached(c)) return;
    c->flags &= ~(uint32_t)F_WANT_WRITABLE;
    c->events |= TERN_WRITABLE;
}

/* Tells the application what it waits for. */
static void tell_sender(struct tern_conn *c)
{
    snd_tell_room(c);
    if (has(c, F_WANT_SENT) && !c->snd.queued) {
        c->flags &= ~(uint32_t)F_WANT_SENT;
        c->events |= TERN_SENT;
    }
}

/* SND.UNA < SEG.ACK =< SND.NXT. Returns whether our FIN is acknowledged by it. */
static bool new_ack(struct tern_conn *c, const struct wire_tcp *h, struct ack_news *n)
{
    struct tcp_snd *s = &c->snd;
    uint32_t numbers = seq_diff(h->ack, s->una), data = numbers;
    bool scoreboard = flight_sack(c) != NULL;
    bool fin = has(c, F_FIN_SENT) && seq_eq(h->ack, s->max);
    event_rule(c, TERN_RULE_ACK_NEW);
    flight_acked(c, h->ack, n);
    if (has2(c, F2_ACCECN)) accecn_ack_in(c, h, n->pick.acked ? n->pick.acked : numbers);
    n->acked = numbers;
    if (has(c, F_SYN_UNACKED)) {
        data--;
        if (has(c, F_SYN_OUT)) ack_now(c, TERN_RULE_SYNRCVD_ACK); /* in place of the SYN,ACK that was about to leave */
        input_syn_acked(c);
        rcv_held(c);
    }
    if (fin) data--;
    s->una = h->ack;
    if (seq_lt(s->nxt, s->una)) {
        rtt_arrived_once(c);
        s->nxt = s->una, s->at = NULL;
    }
    if (has(c, F_SND_URGENT) && seq_le(s->up, s->una)) c->flags &= ~(uint32_t)F_SND_URGENT;
    snd_acked(c, data);
    c->bytes_acked += data;
    rtt_acked(c, h, n->rtt);
    if (searching(c)) mtu_acked(c);
    if (scoreboard)
        recovery_acked(c, h, n);
    else
        loss_acked(c, n);
    timer_acked(c);
    if (seq_eq(s->una, s->nxt)) sender_rests(c);
    stats_acked(c, data + fin);
    if (has2(c, F2_STATS)) stats_phase(c);
    tell_sender(c);
    if (fin) event_rule(c, TERN_RULE_FIN_ACKED);
    return fin;
}

/* RFC 9768 3.2.2.5.1: where our pure ACKs are ECN-capable, the peer may answer them; without SACK blocks, a duplicate has some.
 */
static bool acks_acks(const struct tern_conn *c, const struct wire_tcp *h)
{
    return has2(c, F2_ACCECN) && c->env->set.ecn_control && has(c, F_SACK) && !(h->opt.present & OPT_SACK);
}

/* RFC 5681 2: a duplicate has no data, no SYN or FIN, the same window, and there is something outstanding. What does not even
 * acknowledge the SYN repeats no acknowledgement. */
static bool is_duplicate(const struct tern_conn *c, const struct wire_tcp *h)
{
    return seq_eq(h->ack, c->snd.una) && !has(c, F_SYN_UNACKED) && !h->len && !(h->flags & (TH_SYN | TH_FIN)) &&
           seq_lt(c->snd.una, c->snd.max) && !has(c, F_PERSIST) && seg_window(c, h) == c->snd.wnd && !acks_acks(c, h);
}

/* What the acknowledgement of our FIN means in each state. False: the connection is gone. */
static bool fin_acked(struct tern_conn *c)
{
    switch (c->state) {
    case TERN_FIN_WAIT_1:
        /* Figure 5 note 2: with the peer's FIN in the same segment straight to TIME-WAIT: rcv_text() will see it. */
        if (c->env->seg_fin) return true;
        tcp_move(c, FSM_RCV_ACK_OF_FIN, TERN_RULE_FIN_ACKED);
        timer_orphan(c);
        return true;
    case TERN_CLOSING: tcp_move(c, FSM_RCV_ACK_OF_FIN, TERN_RULE_FIN_ACKED); return true;
    case TERN_LAST_ACK: tcp_die(c, FSM_RCV_ACK_OF_FIN, TERN_RULE_FIN_ACKED, 0); return false;
    default: return true;
    }
}

/* SYN-RECEIVED: is our SYN acknowledged? */
static bool synrcvd_ack(struct tern_conn *c, const struct wire_tcp *h)
{
    if (seq_lt(c->snd.una, h->ack) && seq_le(h->ack, c->snd.max)) {
        event_rule(c, TERN_RULE_SYNRCVD_ACK);
        snd_window(c, h, seg_window(c, h));
        input_established(c);
        return true;
    }
    /* <SEQ=SEG.ACK><CTL=RST>; the connection stays */
    event_rule(c, TERN_RULE_SYNRCVD_ACK_BAD);
    drop(c, TERN_DROP_ACK_UNSENT);
    c->flags |= F_RST_OUT;
    c->flags &= ~(uint32_t)F_RST_HAS_ACK;
    c->rst_seq = h->ack.v;
    c->rtx_rule = TERN_RULE_SYNRCVD_ACK_BAD;
    return false;
}

/* SND.UNA does not move. */
static void same_ack(struct tern_conn *c, const struct wire_tcp *h, struct ack_news *n)
{
    struct tcp_flight *f = flight_sack(c);
    if (has2(c, F2_ACCECN) && seq_eq(h->ack, c->snd.una)) accecn_ack_in(c, h, n->pick.acked);
    if (f && (n->sacked || n->dsack || is_duplicate(c, h))) {
        if (is_duplicate(c, h)) event_rule(c, TERN_RULE_ACK_DUP);
        rtt_sacked(c, n->rtt);
        recovery_acked(c, h, n);
        timer_recovery(c, f, n->rtt);
        if (n->sacked) snd_tell_room(c);
    } else if (!f && is_duplicate(c, h)) {
        loss_dupack(c);
    } else if (!f && c->sender && has(c, F_SACK) && seq_eq(c->snd.una, c->snd.max) && (n->dsack || c->sender->tail.out)) {
        recovery_late(c, h, n);
    } else if (seq_lt(h->ack, c->snd.una) || !wire_seg_len(h)) {
        event_rule(c, TERN_RULE_ACK_OLD);
    }
}

/* The peer sends, and we have nothing out: most segments of a transfer are so. */
static bool tells_nothing(const struct tern_conn *c, const struct wire_tcp *h)
{
    return seq_eq(h->ack, c->snd.una) && seq_eq(c->snd.una, c->snd.max) && h->len && !(h->opt.present & OPT_SACK) &&
           !has2(c, F2_ECN | F2_ACCECN | F2_HOLD) && !(c->sender && c->sender->tail.out);
}

bool ack_check(struct tern_conn *c, struct tcp_seg *seg)
{
    const struct wire_tcp *h = &seg->h;
    if (!(h->flags & TH_ACK)) {
        drop(c, TERN_DROP_NO_ACK);
        return false;
    }
    if (!CLAUSE(c->env, ACK_CHECK) && c->state == TERN_SYN_RECEIVED) seg->h.ack = c->snd.max;
    if (c->state == TERN_SYN_RECEIVED && !synrcvd_ack(c, h)) return false;
    if (seq_gt(h->ack, c->snd.max) && GUARD(18)) {
        ack_challenge(c, TERN_RULE_ACK_UNSENT, TERN_DROP_ACK_UNSENT);
        return false;
    }
    /* RFC 5961 5.2 (MAY-12): SND.UNA - MAX.SND.WND =< SEG.ACK */
    if (seq_lt(h->ack, seq_sub(c->snd.una, c->snd.max_wnd)) && GUARD(5)) {
        ack_challenge(c, TERN_RULE_CHALLENGE_ACK, TERN_DROP_ACK_TOO_OLD);
        return false;
    }
    if (tells_nothing(c, h)) {
        update_window(c, h);
        return true;
    }
    bool fin = false;
    if (has2(c, F2_ECN) && seq_ge(h->ack, c->snd.una)) ecn_ack_in(c, h);
    struct ack_news n = {.pipe = flight_pipe(c),
                         .blocks = (h->opt.present & OPT_SACK) != 0,
                         .has_ts = (h->opt.present & OPT_TIMESTAMPS) != 0,
                         .ts_ecr = h->opt.ts_ecr};
    sack_in(c, h, &n);
    if (seq_gt(h->ack, c->snd.una))
        fin = new_ack(c, h, &n);
    else
        same_ack(c, h, &n);
    if (seq_ge(h->ack, c->snd.una)) update_window(c, h);
    c->flags2 &= ~(uint32_t)F2_HOLD;
    return !fin || fin_acked(c);
}
