/* What to send next: one (super-)segment a call. RST, SYN, retransmission, new data within SND.WND and cwnd, probe, pure ACK. */
#include "tcp_internal.h"

#include <string.h>

/* A FIN that has not been sent from here on: CLOSE was called, and NXT has not passed its number. */
static bool fin_due(const struct tern_conn *c)
{
    bool closing = c->state == TERN_FIN_WAIT_1 || c->state == TERN_CLOSING || c->state == TERN_LAST_ACK;
    return closing && seq_le(c->snd.nxt, snd_end(c)) && (CLAUSE(c->env, FIN_RETRANSMIT) || !has(c, F_FIN_SENT));
}

bool tcp_wants_output(const struct tern_conn *c)
{
    if (has(c, F_SYN_OUT | F_RTX_ONE | F_PROBE | F_KEEP_PROBE | F_ACK_NOW | F_OVERRIDE)) return true;
    if (!data_allowed(c)) return false;
    return snd_left(c, c->snd.nxt) || fin_due(c) || flight_waits(c);
}

static void header(struct tern_conn *c, struct wire_tcp *h, seq32 at, uint16_t flags)
{
    h->src_port = c->node.t.lport, h->dst_port = c->node.t.rport;
    h->seq = at;
    h->ack = flags & TH_ACK ? c->rcv.nxt : seq(0);
    h->flags = flags;
    h->reserved = 0;
    h->urp = h->csum = 0;
    h->wnd = c->state == TERN_SYN_SENT ? (uint16_t)rcv_first_window(c) : rcv_window_field(c, (flags & TH_SYN) != 0);
    output_options(c, h);
    c->flags2 &= ~(uint32_t)F2_ECT;
    if (!(flags & TH_ACK)) return;
    if (has2(c, F2_ECE_DUE | F2_ACCECN) && !(flags & TH_SYN)) { /* on every ACK: RFC 3168 6.1.3, RFC 9768 3.2.2.2 */
        if (has2(c, F2_ACCECN))
            accecn_out(c, h);
        else
            h->flags |= TH_ECE;
    }
    if (c->quick && !seq_eq(c->rcv.acked, c->rcv.nxt)) c->quick--;
    c->rcv.acked = c->rcv.nxt;
    c->flags &= ~(uint32_t)F_ACK_NOW;
    timer_delack_stop(c);
    ooo_told(c);
    if (!c->rcv.dups) return;
    c->rcv.dups--;
    ack_now(c, TERN_RULE_ACK_OUT_OF_ORDER);
}

/* SND.UP: only while it lies ahead, and as far as 16 bits reach (3.8.5). */
static void urgent(const struct tern_conn *c, struct wire_tcp *h)
{
    if (!has(c, F_SND_URGENT) || seq_le(c->snd.up, h->seq) || !MUST(30)) return;
    if (!MUST(31) && seq_diff(c->snd.up, h->seq) > UINT16_MAX) return;
    h->flags |= TH_URG;
    h->urp = (uint16_t)min_u32(seq_diff(c->snd.up, h->seq), UINT16_MAX);
}

static void syn(struct tern_conn *c, struct wire_tcp *h, struct tern_pkt *pkt, enum tern_rule *why)
{
    bool again = seq_lt(c->snd.una, c->snd.max);
    *why = again || c->rtx_rule        ? (enum tern_rule)c->rtx_rule
           : c->state == TERN_SYN_SENT ? TERN_RULE_OPEN_ACTIVE
                                       : TERN_RULE_LISTEN_SYN;
    c->rtx_rule = 0;
    c->flags &= ~(uint32_t)F_SYN_OUT;
    header(c, h, c->snd.una, c->state == TERN_SYN_SENT ? TH_SYN : TH_SYN | TH_ACK);
    ecn_syn_out(c, h, again);
    seq32 end = seq_add(c->snd.una, 1);
    c->snd.nxt = seq_max(c->snd.nxt, end); /* RFC 7413: data may be out already */
    c->snd.max = seq_max(c->snd.max, end);
    if (!again) rtt_time(c, end);
    fo_syn_out(c, pkt);
    timer_sent(c);
}

/* Do the |len| bytes from |at| on end a record, or what is queued? */
static bool ends(const struct tern_conn *c, seq32 at, uint32_t len)
{
    seq32 end = seq_add(at, len);
    return (seq_eq(end, snd_end(c)) && !has2(c, F2_MORE)) || (has2(c, F2_EOR) && snd_record(c, at, len + 1) == len);
}

/* Why data from |at| on leaves. */
static enum tern_rule data_rule(const struct tern_conn *c, uint32_t mss, seq32 at, uint32_t len, bool fin, bool last)
{
    if (seq_lt(at, c->snd.max) && has(c, F_RTO_RECOVERY)) {
        if (!len) return TERN_RULE_RTX_FIN;
        return seq_eq(at, c->snd.una) ? TERN_RULE_RTX_TIMEOUT : TERN_RULE_RTX_AFTER_TIMEOUT;
    }
    if (has2(c, F2_SYN_DATA) && seq_lt(at, c->more->fo_end)) return TERN_RULE_FO_DATA_AGAIN;
    if (seq_lt(seq_add(at, 1), c->snd.max)) return TERN_RULE_RTX_PMTU; /* a probe's byte apart */
    if (fin) return len ? TERN_RULE_SEND_FIN_DATA : TERN_RULE_SEND_FIN;
    bool beyond = seq_diff(seq_add(at, len), c->snd.una) > c->cc.cwnd;
    if (beyond && len <= 2 * mss && c->loss.dupacks && !has(c, F_RECOVERY)) return TERN_RULE_LIMITED_TRANSMIT;
    if (has(c, F_SND_URGENT) && seq_gt(c->snd.up, at)) return TERN_RULE_SEND_URGENT;
    if (has(c, F_OVERRIDE)) return TERN_RULE_SEND_OVERRIDE;
    if (len >= mss) return last ? TERN_RULE_SEND_PUSH : TERN_RULE_SEND_FULL;
    if (!last) return ends(c, at, len) ? TERN_RULE_SEND_RECORD : TERN_RULE_SEND_HALF_WINDOW;
    if (seq_eq(snd_start(c), c->snd.nxt)) return TERN_RULE_SEND_IDLE;
    return c->env->set.nagle_small && !has(c, F_NODELAY) ? TERN_RULE_SEND_NONE_SMALL : TERN_RULE_SEND_NODELAY;
}

/* New data leaves. Sent soon after something came it is an answer, and one more is to be expected: acknowledgements can go with
 * it (RFC 9293 3.8.6.3, what QUICKACK put off). */
static void new_data(struct tern_conn *c, seq32 end)
{
    rtt_time(c, end);
    uint32_t mss = mss_plain(c), flight = seq_diff(end, c->snd.una); /* RFC 7661 4.5.3: what is used of the window */
    if (seq_ge(c->snd.una, c->snd.used_end) || flight > c->snd.used * mss) {
        c->snd.used = (uint16_t)min_u32((flight + mss - 1) / mss, UINT16_MAX);
        c->snd.used_end = end;
    }
    if (c->quick && c->bytes_received && now_ms(c) - c->text_ms < c->env->set.delack / TERN_MS) c->quick = 0;
}

/* Sends |len| bytes from |at|, and the FIN behind them. PSH stands on the end of what is queued only (SHLD-27). */
static void data(struct tern_conn *c, uint32_t mss, struct wire_tcp *h, struct tern_pkt *pkt, seq32 at, uint32_t len, bool fin)
{
    bool at_nxt = seq_eq(at, c->snd.nxt), end_in = len && ends(c, at, len);
    uint32_t got = len ? snd_slices(c, at, len, mss, pkt) : 0;
    if (got < len) fin = end_in = false; /* more pieces than a packet has slices for */
    bool push = (end_in && MUST(61)) || (at_nxt && got > mss && c->env->set.burst_push);
    header(c, h, at, (uint16_t)(TH_ACK | (push ? TH_PSH : 0) | (fin ? TH_FIN : 0)));
    urgent(c, h);
    pkt->gso_size = got > mss ? (uint16_t)mss : 0;
    seq32 end = seq_add(at, got + fin);
    bool again = seq_lt(at, c->snd.max);
    if (again) {
        if (seq_lt(at, c->rtt.timed)) rtt_forget(c); /* its acknowledgement may wait for this */
        c->retransmitted += got;
        c->env->counters->retransmitted += got;
        if (searching(c)) mtu_again(c, at, end);
        if (has2(c, F2_ACCECN)) accecn_sent_again(c, at);
        if (has2(c, F2_ECN | F2_ACCECN)) ecn_other(c, RULE(RFC 3168 6.1.5));
    } else {
        bool first = seq_eq(c->snd.una, c->snd.max);
        if (got && (first || !c->sender)) sender_own(c); /* with something out it does not rest */
        if (first) {
            c->flags &= ~(uint32_t)F_CC_LIMITED; /* what stopped the last flight says nothing of this one */
            sender_restarts(c);
        }
        new_data(c, end);
        if (has2(c, F2_ECN | F2_ACCECN)) {
            if (got)
                ecn_new_data(c, h);
            else
                ecn_other(c, true);
        }
    }
    if (!seq_eq(at, end)) flight_sent(c, at, end, mss);
    if (c->sender && pacing_on(c)) pacing_sent(c, got);
    if (at_nxt) c->snd.nxt = end;
    if (fin) c->flags |= F_FIN_SENT;
    c->snd.max = seq_max(c->snd.max, end);
    if (again && seq_eq(at, c->snd.una)) timer_again(c);
    timer_sent(c);
    if (has(c, F_WANT_WRITABLE) && snd_lowat(c) != UINT32_MAX) snd_tell_room(c);
}

/* Does the application hold back what is less than a segment? */
static bool corked(const struct tern_conn *c, bool again) { return has2(c, F2_CORK | F2_HOLD) && !again && !has(c, F_OVERRIDE); }

/* Setting nagle_small: what is less than a segment goes while everything unacknowledged is whole segments. Data that left in the
 * SYN does not count. */
static bool none_small(const struct tern_conn *c, uint32_t mss)
{
    seq32 from = snd_start(c);
    if (has2(c, F2_SYN_DATA)) from = seq_max(from, c->more->fo_end);
    return c->env->set.nagle_small && seq_ge(c->snd.nxt, from) && seq_diff(c->snd.nxt, from) % mss == 0;
}

/* How many of |left| bytes may go now, |usable| being what the windows leave; 0: wait. |whole|: nothing may join them, being the
 * end. RFC 9293 3.7.4 (Nagle: SHLD-7), 3.8.6.2.1 (MUST-38), and segments of full size where that is possible (SHLD-28). */
static uint32_t allowed(const struct tern_conn *c, uint32_t mss, uint32_t left, uint32_t usable, uint32_t super, bool whole)
{
    uint32_t n = min_u32(min_u32(left, usable), super);
    bool again = seq_lt(seq_add(c->snd.nxt, 1), c->snd.max); /* more than the byte of a probe */
    bool cork = corked(c, again) && !whole;
    assert(mss);
    if (n >= mss) {
        if (n == left && n <= super) { /* the tail may go along when it need not wait */
            uint32_t tail = n % mss;
            return !tail || whole || ((has(c, F_NODELAY) || none_small(c, mss)) && !cork) ? n : n - tail;
        }
        return n - n % mss;
    }
    bool idle = seq_eq(c->snd.nxt, snd_start(c));
    bool free = idle || again || has(c, F_NODELAY) || whole || none_small(c, mss) || !CLAUSE(c->env, NAGLE);
    if (n == left && !cork && MUST(60) && free) return n;
    if (n && idle && again) return n; /* what was sent before waits for nothing but the window */
    if (n && n >= c->snd.max_wnd / 2 && !cork && (idle || has(c, F_NODELAY))) return n;
    if (n && has(c, F_OVERRIDE)) return n;
    if (n < left && !CLAUSE(c->env, SWS_SENDER)) return n;
    return 0;
}

/* The trace is told once, until data leaves; a full buffer says more than why its last bytes wait. */
static void tell_wait(struct tern_conn *c, enum tern_rule why)
{
    if (c->snd.wait_rule == why || c->snd.wait_rule == TERN_RULE_BUFFER_WAIT) return;
    c->snd.wait_rule = (uint8_t)why;
    event_rule(c, why);
}

/* The |usable| window has room for some of the |left| bytes, and they wait all the same, so that no small segments arise. */
static void waits(struct tern_conn *c, uint32_t left, uint32_t usable)
{
    tell_wait(c, usable < left ? TERN_RULE_SWS_WAIT : corked(c, false) ? TERN_RULE_CORK_WAIT : TERN_RULE_NAGLE_WAIT);
}

void output_wants_room(struct tern_conn *c)
{
    if (!has(c, F_WANT_WRITABLE) || has(c, F_CLOSE_CALLED)) return;
    uint32_t mss = mss_plain(c), wnd = min_u32(c->snd.wnd, loss_window(c));
    if (snd_left(c, c->snd.nxt) < mss && wnd >= c->snd.queued + mss) tell_wait(c, TERN_RULE_BUFFER_WAIT);
}

/* RFC 1191 6.3, RFC 8201 4, 5.3: a smaller path MTU is forgotten after a while. */
static void age_path_mtu(struct tern_conn *c)
{
    if ((uint32_t)(c->env->now / TERN_SEC) - c->pmtu_s < c->env->set.pmtu_age / TERN_SEC) return;
    if (!RULE(RFC 1191 6.3)) return;
    c->flags &= ~(uint32_t)F_MAY_CUT;
    c->path_mtu = c->if_mtu;
    mss_changed(c);
    event_rule(c, TERN_RULE_PMTU_RAISE);
}

/* The longest super-segment: so many segments, and not more than half of the congestion window, so that acknowledgements keep
 * coming while the rest waits. */
static uint32_t burst(const struct tern_conn *c, uint32_t super, uint32_t mss, uint32_t cwnd)
{
    uint32_t half = cwnd / 2 < mss ? mss : cwnd / 2 / mss * mss;
    return min_u32(min_u32(super, half), (uint32_t)c->env->set.burst_segments * mss);
}

/* What the link cuts by itself, in whole segments. */
static uint32_t longest(const struct tern_conn *c, uint32_t mss, uint32_t gso_max)
{
    /* CWR is said once in a super-segment (RFC 3168 6.1.2), by whoever cuts it; where it is a part of a counter there is none. */
    if (has2(c, F2_ACCECN) && (c->more->acc.cep & 2)) return mss;
    uint32_t head = (conn_v4(c) ? 40u : 60u) + (mss_plain(c) - mss) + (has(c, F_TS) ? TS_OPTION_LEN : 0);
    return gso_max > head + mss ? (gso_max - head) / mss * mss : mss;
}

/* The application has no more to send than has left: was the window used up? |room|: what is left of it. */
static void all_sent(struct tern_conn *c, uint32_t mss, uint32_t cwnd, uint32_t room)
{
    if (cwnd < c->snd.wnd && room < mss) {
        c->flags |= F_CC_LIMITED;
        return;
    }
    c->flags &= ~(uint32_t)F_CC_LIMITED;
    if (c->sender) rate_app_limited(&c->sender->rate, flight_pipe(c));
    output_wants_room(c);
}

/* New data from SND.NXT on, which after a timeout is old data: as much as the window takes, a shrunk one, too (SHLD-16), and what
 * lies beyond it waits (SHLD-17). */
static bool next_data(struct tern_conn *c, struct wire_tcp *h, struct tern_pkt *pkt, uint32_t gso_max, enum tern_rule *why)
{
    uint32_t left = snd_left(c, c->snd.nxt);
    bool fin = fin_due(c);
    if (!left && !fin) {
        if (flight_waits(c)) { /* what is lost waits for the window, too: by it the window grows after a timeout */
            c->flags |= F_CC_LIMITED;
            return false;
        }
        c->flags &= ~(uint32_t)F_CC_LIMITED;
        if (c->sender) rate_app_limited(&c->sender->rate, flight_pipe(c));
        return false;
    }
    if (c->env->set.restart_idle && c->snd.wnd && loss_is_idle(c)) loss_idle(c);
    if ((c->path_mtu != c->if_mtu || has(c, F_MAY_CUT)) && !searching(c)) age_path_mtu(c);
    uint32_t flight = seq_diff(c->snd.nxt, snd_start(c)), cwnd = CLAUSE(c->env, CONGESTION) ? loss_window(c) : UINT32_MAX;
    uint32_t wnd = CLAUSE(c->env, WINDOW_CHECK) ? min_u32(c->snd.wnd, cwnd) : cwnd;
    uint32_t usable = wnd > flight || !MUST(34) ? wnd - flight : 0, mss = mss_now(c); /* shrunk: SHLD-15 */
    uint32_t super = longest(c, mss, gso_max);
    if (c->env->set.burst_segments) super = burst(c, super, mss, cwnd);
    if (pacing_on(c) && (c->sender || (left && sender_own(c)))) super = pacing_quantum(c, mss, super);
    /* Each segment has an urgent pointer of its own, and not every link that cuts counts it down. */
    if (has(c, F_SND_URGENT) && seq_gt(c->snd.up, c->snd.nxt)) super = mss;
    uint32_t record = snd_record(c, c->snd.nxt, left);
    uint32_t n = left ? allowed(c, mss, record, usable, super, fin || record < left) : 0;
    bool with_fin = fin && n == left && c->snd.wnd > flight + n; /* cwnd counts data only */
    if (!n && !with_fin) {
        if (cwnd < c->snd.wnd && usable < mss)
            c->flags |= F_CC_LIMITED;
        else
            c->flags &= ~(uint32_t)F_CC_LIMITED;
        if (!flight && !has(c, F_SYN_UNACKED) && (usable < left + fin || corked(c, false)) &&
            (MUST(35) || seq_eq(c->snd.una, c->snd.max)))
            timer_persist(c);
        if (left && usable && (usable >= left || c->snd.wnd <= cwnd)) waits(c, left, usable);
        return false;
    }
    seq32 at = c->snd.nxt;
    *why = data_rule(c, mss, at, n, with_fin, n == left);
    c->flags &= ~(uint32_t)F_OVERRIDE;
    c->snd.wait_rule = 0;
    timer_persist_stop(c, TERN_RULE_NONE);
    data(c, mss, h, pkt, at, n, with_fin);
    if (n == left) all_sent(c, mss, cwnd, usable > n ? usable - n : 0);
    return true;
}

/* RFC 4821 7.5: new data in one segment that is longer than the others. True also when it is waited for. */
static bool path_probe(struct tern_conn *c, struct wire_tcp *h, struct tern_pkt *pkt, enum tern_rule *why, bool *sent)
{
    uint32_t wnd = min_u32(c->snd.wnd, loss_window(c)), flight = seq_diff(c->snd.nxt, c->snd.una);
    bool wait = false;
    uint32_t len = RULE(RFC 4821 7.5) ? mtu_probe_len(c, wnd > flight ? wnd - flight : 0, &wait) : 0;
    if (wait) c->flags |= F_CC_LIMITED;
    *sent = len;
    if (!len) return wait;
    seq32 at = c->snd.nxt;
    *why = TERN_RULE_MTU_PROBE;
    data(c, len, h, pkt, at, len, false);
    if (pkt->payload_len == len) mtu_probe_sent(c, at, len);
    return true;
}

/* One segment from UNA (RFC 5681 3.2, RFC 6582). */
static bool rtx_one(struct tern_conn *c, struct wire_tcp *h, struct tern_pkt *pkt, enum tern_rule *why)
{
    c->flags &= ~(uint32_t)F_RTX_ONE;
    if (!seq_lt(c->snd.una, c->snd.max)) return false;
    uint32_t mss = mss_now(c), n = min_u32(min_u32(snd_left(c, c->snd.una), mss), seq_diff(c->snd.max, c->snd.una));
    n = snd_record(c, c->snd.una, n);
    bool fin = has(c, F_FIN_SENT) && seq_eq(seq_add(c->snd.una, n + 1), c->snd.max);
    *why = (enum tern_rule)c->rtx_rule;
    c->rtx_rule = 0;
    data(c, mss, h, pkt, c->snd.una, n, fin);
    return true;
}

/* What the scoreboard says is lost, or a tail loss probe. */
static bool lost_data(struct tern_conn *c, struct wire_tcp *h, struct tern_pkt *pkt, uint32_t gso_max, enum tern_rule *why)
{
    uint32_t mss = mss_now(c), unsent = snd_record(c, c->snd.nxt, min_u32(snd_left(c, c->snd.nxt), mss));
    seq32 at = c->snd.nxt;
    if (unsent && tail_new(c, unsent)) {
        *why = TERN_RULE_TAIL_NEW;
        data(c, mss, h, pkt, at, unsent, false);
        return true;
    }
    uint32_t super = longest(c, mss, gso_max);
    if (pacing_on(c)) super = pacing_quantum(c, mss, super);
    uint32_t n = flight_next(c, super, mss, &at, why);
    if (!n) return false;
    bool fin = has(c, F_FIN_SENT) && seq_eq(seq_add(at, n), seq_add(snd_end(c), 1));
    if (has(c, F_SND_URGENT) && seq_gt(c->snd.up, at)) n = min_u32(n, mss + fin);
    n = snd_record(c, at, n - fin);
    fin = fin && seq_eq(seq_add(at, n), snd_end(c)) && CLAUSE(c->env, FIN_RETRANSMIT);
    if (!n && !fin) return false;
    if (!n && *why == TERN_RULE_RTX_TIMEOUT) *why = TERN_RULE_RTX_FIN;
    data(c, mss, h, pkt, at, n, fin);
    return true;
}

/* RFC 9293 3.8.6.1: one byte (or the FIN) beyond a window of zero. It takes no place in NXT: it is expected to be refused. */
static void probe(struct tern_conn *c, struct wire_tcp *h, struct tern_pkt *pkt, enum tern_rule *why)
{
    bool byte = snd_left(c, c->snd.nxt) > 0;
    c->flags &= ~(uint32_t)F_PROBE;
    *why = TERN_RULE_PROBE_ZERO;
    if (c->env->set.probe_empty) {
        header(c, h, seq_sub(c->snd.una, 1), TH_ACK);
        if (has2(c, F2_ECN | F2_ACCECN)) ecn_other(c, RULE(RFC 3168 6.1.6));
        return;
    }
    struct tern_buf *at = c->snd.at;
    uint32_t off = c->snd.at_off;
    if (byte) snd_slices(c, c->snd.nxt, 1, 1, pkt);
    c->snd.at = at, c->snd.at_off = off;
    header(c, h, c->snd.nxt, byte ? TH_ACK : TH_ACK | TH_FIN);
    if (has2(c, F2_ECN | F2_ACCECN)) ecn_other(c, RULE(RFC 3168 6.1.6));
    urgent(c, h);
    if (!byte) c->flags |= F_FIN_SENT;
    c->snd.max = seq_max(c->snd.max, seq_add(c->snd.nxt, 1));
}

/* RFC 9293 3.8.4: SEG.SEQ = SND.NXT-1, without data (SHLD-12), so that no peer takes it for new. */
static void keepalive(struct tern_conn *c, struct wire_tcp *h, enum tern_rule *why)
{
    c->flags &= ~(uint32_t)F_KEEP_PROBE;
    *why = TERN_RULE_KEEPALIVE_PROBE;
    header(c, h, seq_sub(c->snd.max, 1), TH_ACK);
    if (has2(c, F2_ECN | F2_ACCECN)) ecn_other(c, true);
}

/* What a timer sends again is one segment for all that is out. If it waited for its time at a low rate the timer would count on
 * meanwhile, and give up what was never tried. */
static bool by_timer(const struct tern_conn *c)
{
    const struct tcp_flight *f = flight_sack(c);
    if (f) return f->tail_due || (has(c, F_RTO_RECOVERY) && f->first);
    return has(c, F_RTO_RECOVERY) && seq_eq(c->snd.nxt, c->snd.una) && seq_lt(c->snd.una, c->snd.max);
}

static bool output(struct tern_conn *c, uint32_t gso_max, struct wire_tcp *h, struct tern_pkt *pkt, enum tern_rule *why)
{
    pkt->slices_n = 0;
    pkt->payload_len = 0;
    pkt->gso_size = 0;
    if (has(c, F_SYN_OUT)) {
        syn(c, h, pkt, why);
        return true;
    }
    if (data_allowed(c) && !accecn_ack_first(c)) {
        if (has(c, F_RTX_ONE) && rtx_one(c, h, pkt, why)) return true;
        bool paced = pacing_holds(c) && !by_timer(c), held = paced;
        if (!held && flight_waits(c) && lost_data(c, h, pkt, gso_max, why)) return true;
        bool sent = false;
        if (!held && searching(c) && path_probe(c, h, pkt, why, &sent)) held = true;
        if (sent || (!held && next_data(c, h, pkt, gso_max, why))) return true;
        if (!paced) c->flags &= ~(uint32_t)F_OVERRIDE;
        if (has(c, F_PROBE)) {
            probe(c, h, pkt, why);
            return true;
        }
        if (has(c, F_KEEP_PROBE)) {
            keepalive(c, h, why);
            return true;
        }
    }
    if (has(c, F_ACK_NOW) && c->state >= TERN_SYN_RECEIVED) {
        bool fin = c->state == TERN_CLOSING && c->ack_rule == TERN_RULE_ACK_FIN && has(c, F_FIN_SENT) && c->env->set.fin_again;
        *why = (enum tern_rule)c->ack_rule;
        header(c, h, fin ? seq_sub(c->snd.max, 1) : c->snd.max, fin ? TH_ACK | TH_FIN : TH_ACK);
        if (has2(c, F2_ACCECN))
            accecn_pure_ack(c, h);
        else if (has2(c, F2_ECN) && !RULE(RFC 3168 6.1.4))
            ecn_other(c, false);
        return true;
    }
    return false;
}

bool tcp_output(struct tern_conn *c, uint32_t gso_max, struct wire_tcp *h, struct tern_pkt *pkt, enum tern_rule *why)
{
    if (!has2(c, F2_STATS)) return output(c, gso_max, h, pkt, why);
    seq32 max = c->snd.max;
    bool sent = output(c, gso_max, h, pkt, why);
    if (sent) stats_out(c, pkt, seq_lt(h->seq, max) && (pkt->payload_len || h->flags & (TH_SYN | TH_FIN)));
    stats_phase(c);
    return sent;
}

void tcp_rst(const struct tern_conn *c, struct wire_tcp *h)
{
    memset(h, 0, sizeof *h);
    h->src_port = c->node.t.lport, h->dst_port = c->node.t.rport;
    h->seq = seq(c->rst_seq);
    h->flags = TH_RST;
    if (has(c, F_TS)) { /* RFC 7323 3.2: it should have them */
        h->opt.present = OPT_TIMESTAMPS;
        h->opt.ts_val = ts_now(c);
        h->opt.ts_ecr = c->ts_recent;
    }
    if (!has(c, F_RST_HAS_ACK)) return;
    h->flags |= (uint16_t)(TH_ACK | (has2(c, F2_ACCECN) ? accecn_ace(c->more->acc.cep) : 0));
    h->ack = c->rcv.nxt;
}
