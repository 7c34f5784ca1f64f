/* Recovery with a scoreboard: what an acknowledgement, a timeout or the reordering timer make of it. */
#include "flight.h"
#include "tcp_internal.h"

/* More than once for an acknowledgement: each time it tells the same of the round. */
static void sample(const struct tern_conn *c, struct ack_news *n, struct cc_sample *s)
{
    loss_sample(c, s);
    rate_fill(&c->sender->rate, &n->pick, s);
    s->round_start = n->round = n->round || s->round_start;
    s->flight = n->pipe;
    s->rtt = n->early ? 0 : n->rtt;
}

/* The first loss of a window: RFC 6675 5 (4.1, 4.2), RFC 9937. */
static void enter(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n)
{
    struct cc_sample s;
    sample(c, n, &s);
    s.flight = valid_loss(c, loss_whole(c, seq_diff(c->snd.max, c->snd.una) + n->acked)); /* FlightSize */
    c->flags |= F_RECOVERY;
    c->loss.recover = c->snd.max;
    f->first = true;
    c->sender->tail.out = f->tail_due = false;
    bool answered = has2(c, F2_CWR); /* RFC 3168 6.1.2: once a window, by ECE or by loss */
    undo_begin(c, !answered);
    prr_begin(c, f, n);
    if (!answered) event_cwnd(c, c->cc.ops->on_loss(&c->cc, &s));
    ecn_reduced(c);
    rtt_forget(c);
}

/* What was out when recovery began is acknowledged. */
static void leave(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n)
{
    struct cc_sample s;
    bool fast = has(c, F_RECOVERY);
    f->frto = f->first = false;
    rack_recovered(c);
    if (undo_try(c, n, false)) return;
    c->flags &= ~(uint32_t)(F_RECOVERY | F_RTO_RECOVERY);
    if (!fast && !c->cc.ops->own_recovery) return;
    sample(c, n, &s);
    enum tern_rule why = c->cc.ops->on_recovered(&c->cc, &s);
    prr_over(c);
    event_cwnd(c, why);
    valid_recovered(c);
}

/* RFC 5682 3.1, step 2 b: may new data leave now? What would wait for the window, which |h| tells, or for more of it cannot tell
 * anything. */
static bool new_data_goes(const struct tern_conn *c, const struct wire_tcp *h)
{
    seq32 edge = seq_add(c->snd.una, seg_window(c, h));
    uint32_t room = seq_gt(edge, c->snd.nxt) ? seq_diff(edge, c->snd.nxt) : 0, left = snd_left(c, c->snd.nxt);
    bool small = has(c, F_NODELAY) && !has2(c, F2_CORK);
    return min_u32(room, left) >= mss_now(c) || (left && left <= room && small);
}

/* RFC 5682 3.1, as far as its section 3.1 goes with SACK. True: the timeout was spurious, or new data is to tell. */
static bool frto(struct tern_conn *c, struct tcp_flight *f, const struct wire_tcp *h, const struct ack_news *n, bool over)
{
    if (!f->frto || !RULE(RFC 5682 3.1)) return false;
    if (n->original) { /* step 3 b: what was never sent again has arrived */
        undo_now(c, TERN_RULE_FRTO_UNDO, true);
        return true;
    }
    if (seq_gt(c->snd.nxt, c->loss.recover)) { /* step 3 a */
        if (n->sacked) f->frto = false;
        return false;
    }
    if (!n->acked || over) return false;
    c->loss.recover = c->snd.nxt;
    if (new_data_goes(c, h)) {
        f->hold = true;
        event_rule(c, TERN_RULE_FRTO_NEW);
        return true;
    }
    f->frto = false;
    return false;
}

static bool in_loss(const struct tern_conn *c) { return has(c, F_RECOVERY | F_RTO_RECOVERY); }

/* RFC 5681 3.2, by a peer that speaks SACK and reports nothing: it had no memory for what came out of order. */
static void count_plain(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n)
{
    struct order_place p = {0, 0};
    struct sent *e = sent_first(&f->map);
    if (n->acked || n->blocks || in_loss(c) || f->map.sacked) {
        c->loss.dupacks = 0;
        return;
    }
    if (c->loss.dupacks < UINT8_MAX) c->loss.dupacks++;
    if (c->loss.dupacks != c->env->set.dup_threshold || !e || e->flags || !CLAUSE(c->env, FAST_RETRANSMIT)) return;
    if (sent_len(e) > e->mss && !sent_cut(&f->map, &p, seq_add(e->left, e->mss))) return;
    flight_lose(c, f, n, e, TERN_RULE_SACK_LOST);
}

/* The states of recovery. */
static void advance(struct tern_conn *c, struct tcp_flight *f, const struct wire_tcp *h, struct ack_news *n)
{
    bool over = in_loss(c) && seq_ge(c->snd.una, c->loss.recover);
    f->hold = false;
    if (has(c, F_RTO_RECOVERY)) {
        if (!(n->acked && undo_try(c, n, true)) && !frto(c, f, h, n, over) && over) leave(c, f, n);
    } else if (over) {
        leave(c, f, n);
    } else if (has(c, F_RECOVERY) && n->acked) { /* a partial acknowledgement */
        undo_try(c, n, true);
    }
    if (n->dsack) undo_try(c, n, false);
    count_plain(c, f, n);
    rack_detect(c, f, n);
    if (n->pick.lost && (!in_loss(c) || !RULE(RFC 6675 5.1)) && !(searching(c) && mtu_lost(c, n->pick.lost))) enter(c, f, n);
}

static void dsack_in(struct tern_conn *c, const struct ack_news *n)
{
    event_rule(c, TERN_RULE_DSACK_IN);
    const struct tcp_tail *t = &c->sender->tail;
    bool probe = t->out && t->again && seq_eq(n->dup.right, t->end); /* its repetition was a guess, and says nothing of order */
    if (!probe && undo_counts(c, n)) rack_dsack(c);
    undo_dsack(c, n);
}

void recovery_late(struct tern_conn *c, const struct wire_tcp *h, const struct ack_news *n)
{
    if (n->dsack) dsack_in(c, n);
    tail_acked(c, h, n);
    if (n->dsack) undo_try(c, n, false);
}

void recovery_acked(struct tern_conn *c, const struct wire_tcp *h, struct ack_news *n)
{
    struct tcp_flight *f = flight_sack(c);
    struct cc_sample s;
    bool was_recovering = has(c, F_RECOVERY);
    rack_passed(c);
    undo_passed(c);
    if (n->dsack) dsack_in(c, n);
    rack_reordered(c, f, n);
    tail_acked(c, h, n);
    advance(c, f, h, n);
    if (has(c, F_RECOVERY)) {
        if (n->pick.acked || !was_recovering) prr_acked(c, f, n, n->acked && !n->pick.lost);
    } else if (has2(c, F2_CWR) && c->env->set.prr_ecn && f->prr_flight && n->pick.acked) {
        prr_acked(c, f, n, false); /* nothing is repaired that could go well: no more than what is delivered */
    }
    if (!n->pick.acked || c->state < TERN_ESTABLISHED) return;
    sample(c, n, &s);
    /* RFC 5681 3.1: the window grows by what arrives in order; by all of it where order tells little. */
    if (!n->acked && rack_reordering(c) <= c->env->set.dup_threshold && !c->cc.ops->own_recovery) s.in_recovery = true;
    sender_acked(c, &s);
}

/* RFC 8985 6.3, RFC 2018 8: a first segment that was reported and is not acknowledged: the peer threw away what it had. */
static bool reneged(const struct tcp_flight *f)
{
    const struct sent *e = sent_first(&f->map);
    return (!e || !seq_eq(e->left, f->map.start)) && RULE(RFC 2018 8);
}

/* False: no memory. */
static bool back_again(struct tern_conn *c, struct tcp_flight *f)
{
    struct sent as = {.mss = (uint16_t)mss_plain(c), .sent_at = c->env->now};
    event_rule(c, TERN_RULE_SACK_RENEGED);
    rate_sent(&c->sender->rate, &as.rate, as.sent_at, flight_pipe(c), as.mss);
    f->told_n = 0;
    return sent_unsack(&f->map, &as);
}

bool recovery_timeout(struct tern_conn *c, struct tcp_flight *f)
{
    struct cc_sample s;
    struct ack_news n = {.pipe = flight_pipe(c)};
    bool fresh = !in_loss(c) || (has(c, F_RTO_RECOVERY) && !c->loss.backoff), renege = reneged(f);
    if (renege && !back_again(c, f) && RULE(TERN 7)) {
        flight_end(c);
        return false;
    }
    loss_sample(c, &s);
    s.flight = loss_whole(c, s.flight);
    event_cwnd(c, c->cc.ops->on_rto(&c->cc, &s, !c->loss.backoff));
    ecn_reduced(c);
    rack_timeout(c, f, &n, renege);
    c->flags = (c->flags & ~(uint32_t)F_RECOVERY) | F_RTO_RECOVERY;
    c->loss.recover = c->snd.max;
    c->sender->tail.out = f->tail_due = f->hold = false;
    f->first = true;
    f->frto = c->env->set.frto && (fresh || c->loss.backoff);
    if (fresh) undo_begin(c, true);
    rtt_forget(c);
    return true;
}

void recovery_reorder(struct tern_conn *c, struct tcp_flight *f)
{
    struct ack_news n = {.pipe = flight_pipe(c), .timed = true};
    rack_detect(c, f, &n);
    if (n.pick.lost && searching(c) && mtu_lost(c, n.pick.lost)) return;
    if (!n.pick.lost || in_loss(c)) return; /* in recovery the window stays, and what is lost has left room in it */
    enter(c, f, &n);
    prr_acked(c, f, &n, false);
}
