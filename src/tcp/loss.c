/* Loss: fast retransmit and NewReno's recovery (RFC 5681 3.2, RFC 6582), limited transmit (RFC 3042), timeouts. What the window
 * becomes is congestion control's; what is sent again, and the inflation by duplicates, is decided here. */
#include "tcp_internal.h"

/* RFC 7661 4.4: is less sent than congestion control allows? Then its window is no evidence of what the path takes, and does not
 * grow. */
static bool app_limited(const struct tern_conn *c)
{
    if (!RULE(RFC 7661 4.4)) return false;
    if (!c->env->set.slow_start_half || c->cc.cwnd >= c->cc.ssthresh) return !has(c, F_CC_LIMITED);
    return c->cc.cwnd >= 2 * c->snd.used * mss_plain(c);
}

void loss_sample(const struct tern_conn *c, struct cc_sample *s)
{
    uint32_t flight = seq_diff(c->snd.max, c->snd.una);
    *s = (struct cc_sample){
        .state = c->sender ? c->sender->cc : NULL,
        .now = c->env->now,
        .srtt = c->rtt.srtt,
        .mss = mss_plain(c),
        .min_rtt = c->rtt.min_us != UINT32_MAX ? c->rtt.min_us * TERN_US : 0,
        .flight = flight,
        .pipe = flight_pipe(c),
        .seed = c->id,
        .paced = pacing_on(c),
        .reordered = c->sender && c->sender->rack.seen,
        .sack = has(c, F_SACK),
        .app_limited = app_limited(c),
        /* RFC 3168 6.1.2: no growth by an ECE */
        .in_recovery = has(c, F_RECOVERY) || (has2(c, F2_CWR | F2_ECE_IN) && !ecn_exact(c)),
        .after_timeout = has(c, F_RTO_RECOVERY),
        .set = c->env->cc_set,
    };
}

/* RFC 5681 4.1 */
void loss_idle(struct tern_conn *c)
{
    struct cc_sample s;
    loss_sample(c, &s);
    if (RULE(RFC 5681 4.1)) event_cwnd(c, c->cc.ops->on_idle(&c->cc, &s));
}

uint32_t loss_window(const struct tern_conn *c)
{
    const struct tcp_flight *f = flight_sack(c);
    int64_t wnd = (int64_t)c->cc.cwnd + (f ? flight_gone(f) : c->loss.inflate);
    return wnd > 0 ? (uint32_t)wnd : 0;
}

static void send_again(struct tern_conn *c, enum tern_rule why)
{
    c->flags |= F_RTX_ONE;
    c->rtx_rule = (uint8_t)why;
}

static void enter_recovery(struct tern_conn *c)
{
    struct cc_sample s;
    /* Without SACK nobody knows what else is lost: a probe for the path's MTU is repaired as other segments are. */
    if (searching(c)) mtu_lost(c, c->more->mtu.probe ? seq_diff(c->more->mtu.end, c->more->mtu.at) : 0);
    loss_sample(c, &s);
    s.flight = valid_loss(
        c, loss_whole(c, seq_diff(c->loss.recover, c->snd.una))); /* RFC 5681 3.2 step 2: without what limited transmit sent */
    c->flags |= F_RECOVERY;
    c->loss.recover = c->snd.max;
    if (!has2(c, F2_CWR)) event_cwnd(c, c->cc.ops->on_loss(&c->cc, &s)); /* RFC 3168 6.1.2: once a window, by ECE or by loss */
    ecn_reduced(c);
    c->loss.inflate = (int32_t)((uint32_t)c->env->set.dup_threshold * mss_plain(c)); /* the segments that have left the network */
    rtt_forget(c);
    send_again(c, TERN_RULE_RTX_FAST);
}

void loss_dupack(struct tern_conn *c)
{
    struct tcp_loss *l = &c->loss;
    if (l->dupacks < UINT8_MAX) l->dupacks++;
    event_rule(c, TERN_RULE_ACK_DUP);
    if (has(c, F_RECOVERY)) {
        /* RFC 5681 3.2 step 4. There cannot be more true ones than segments are out. */
        if (!GUARD(19) || l->inflate < (int32_t)seq_diff(l->recover, c->snd.una)) l->inflate += (int32_t)mss_plain(c);
        return;
    }
    /* RFC 6582 3.2 step 2, RFC 6582 4.1: duplicates of what was sent again after a timeout are no sign of loss. */
    if (has(c, F_RTO_RECOVERY) && RULE(RFC 6582 4.1)) return;
    if (l->dupacks == 1 && !has2(c, F2_CWR)) l->recover = c->snd.max; /* what was out before limited transmit */
    if (l->dupacks < c->env->set.dup_threshold) {
        if (RULE(RFC 3042 2)) l->inflate = (int32_t)(l->dupacks * mss_plain(c));
        return;
    }
    if (l->dupacks == c->env->set.dup_threshold && CLAUSE(c->env, FAST_RETRANSMIT)) enter_recovery(c);
}

/* RFC 6582 3.2 step 3. */
static void recovery_ack(struct tern_conn *c, uint32_t acked, struct cc_sample *s)
{
    struct tcp_loss *l = &c->loss;
    if (seq_ge(c->snd.una, l->recover)) {
        c->flags &= ~(uint32_t)F_RECOVERY;
        l->inflate = 0, l->dupacks = 0;
        event_cwnd(c, c->cc.ops->on_recovered(&c->cc, s));
        valid_recovered(c);
        return;
    }
    /* Deflate by what was acknowledged, add back a segment: what is in flight stays the same. */
    uint32_t mss = mss_plain(c);
    int64_t wnd = (int64_t)loss_window(c) - acked;
    l->inflate = (int32_t)((wnd > 0 ? wnd : 0) + (acked >= mss ? mss : 0) - c->cc.cwnd);
    if (RULE(RFC 6582 3.2)) send_again(c, TERN_RULE_RTX_PARTIAL);
}

void loss_acked(struct tern_conn *c, struct ack_news *n)
{
    struct cc_sample s;
    loss_sample(c, &s);
    s.acked = n->acked;
    if (c->sender) rate_fill(&c->sender->rate, &n->pick, &s);
    s.rtt = n->rtt;
    if (has(c, F_RECOVERY)) {
        recovery_ack(c, n->acked, &s);
        return;
    }
    if (c->env->set.dup_counted) s.acked -= min_u32(s.acked, c->loss.dupacks * mss_plain(c));
    c->loss.dupacks = 0, c->loss.inflate = 0;
    if (has(c, F_RTO_RECOVERY) && seq_ge(c->snd.una, c->loss.recover)) {
        c->flags &= ~(uint32_t)F_RTO_RECOVERY;
        if (c->cc.ops->own_recovery) event_cwnd(c, c->cc.ops->on_recovered(&c->cc, &s));
    }
    s.flight = n->pipe;
    if (c->state >= TERN_ESTABLISHED) {
        sender_acked(c, &s);
    }
}

/* The retransmission timer ran out (RFC 6298 5.4 to 5.6): everything from UNA on counts as lost. */
void loss_timeout(struct tern_conn *c)
{
    struct cc_sample s;
    struct tcp_flight *f = flight_sack(c);
    if (searching(c)) mtu_timeout(c);
    if (c->sender) pacing_rests(c);
    /* MUST-35: a window that was shut while data was out is probed as any other; what was out counts as not yet sent. */
    bool shut = !c->snd.wnd && MUST(35);
    if (f && !sent_empty(&f->map) && !shut && recovery_timeout(c, f)) return;
    loss_sample(c, &s);
    s.flight = loss_whole(c, s.flight);
    event_cwnd(c, c->cc.ops->on_rto(&c->cc, &s, !c->loss.backoff));
    ecn_reduced(c);
    c->flags = (c->flags & ~(uint32_t)(F_RECOVERY | F_RTX_ONE)) | F_RTO_RECOVERY;
    c->loss.recover = c->snd.max;
    c->loss.dupacks = 0, c->loss.inflate = 0;
    rtt_forget(c);
    flight_end(c);
    c->snd.nxt = c->snd.una;
    c->snd.at = NULL;
    if (shut) c->flags |= F_PROBE;
}
