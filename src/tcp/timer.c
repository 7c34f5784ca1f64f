/* Every timer of a connection. No other file arms one; the functions are named by what happened. */
#include "tcp_internal.h"

static void arm(struct tern_conn *c, enum tcp_timer_slot slot, enum tern_timer which, tern_ns delay, enum tern_rule why)
{
    c->at[slot] = c->env->now + delay;
    event_timer(c, TERN_EV_TIMER_SET, which, c->at[slot], why);
}

static void disarm(struct tern_conn *c, enum tcp_timer_slot slot, enum tern_timer which, enum tern_rule why)
{
    if (c->at[slot] == TERN_NEVER) return;
    c->at[slot] = TERN_NEVER;
    event_timer(c, TERN_EV_TIMER_STOPPED, which, TERN_NEVER, why);
}

/* SYNs sent again before an active open is given up; 0: time decides. */
static uint64_t syn_retries(const struct tern_conn *c)
{
    uint8_t own = tcp_more(c)->syn_retries; /* option SYN_RETRIES */
    if (tcp_more(c)->connect_ms) return 0;  /* option CONNECT_TIMEOUT: time does */
    return c->state == TERN_SYN_SENT && !tcp_more(c)->user_timeout_ms ? own ? own : c->env->set.syn_retries : 0;
}

/* How long unacknowledged data is tried, from when it was first sent: USER TIMEOUT, else R2 (RFC 9293 3.8.3, SHLD-11). */
static tern_ns patience(const struct tern_conn *c)
{
    const struct tern_settings *set = &c->env->set;
    if (tcp_more(c)->user_timeout_ms && MUST(21)) return tcp_more(c)->user_timeout_ms * TERN_MS;
    if (!synchronized(c) && tcp_more(c)->connect_ms) return tcp_more(c)->connect_ms * TERN_MS;
    if (syn_retries(c)) return TERN_NEVER / 4;
    if (!synchronized(c)) return MUST(23) ? set->r2_syn : 60 * TERN_SEC;
    return MUST(20) ? set->r2 : 1000 * set->r2;
}

static enum tern_timer rtx_kind(const struct tern_conn *c)
{
    static const uint8_t kind[] = {
        [FLIGHT_RTO] = TERN_TIMER_RETRANSMIT, [FLIGHT_REORDER] = TERN_TIMER_REORDER, [FLIGHT_TAIL] = TERN_TIMER_TAIL};
    const struct tcp_flight *f = flight_sack(c);
    return f ? kind[f->timer] : TERN_TIMER_RETRANSMIT;
}

enum tern_timer timer_rtx_kind(const struct tern_conn *c) { return has(c, F_PERSIST) ? TERN_TIMER_PERSIST : rtx_kind(c); }

/* SLOT_RTX is the first of: the retransmission timer, RACK's (RFC 8985 6.2), the tail loss probe's (7.2), which moves with
 * each segment that is sent; only one of them runs (RFC 8985 8). The trace is told when it becomes another, |why| of the first.
 */
static void early(struct tern_conn *c, struct tcp_flight *f, bool anew, enum tern_rule why)
{
    enum flight_timer timer = FLIGHT_RTO, before = c->at[SLOT_RTX] == TERN_NEVER ? FLIGHT_TIMER_N : f->timer;
    tern_ns at = f->rto_at, tail;
    if (f->reorder_at != TERN_NEVER) { /* what is only late, by an SRTT at most, is no reason to begin anew */
        timer = FLIGHT_REORDER, at = f->reorder_at, why = TERN_RULE_RACK_WAIT;
    } else if ((tail = tail_timeout(c, f)) != 0) { /* not after the other */
        timer = FLIGHT_TAIL, why = TERN_RULE_TAIL_WAIT;
        tail = before == FLIGHT_TAIL && !anew ? c->at[SLOT_RTX] : c->env->now + tail;
        if (tail < at) at = tail;
    }
    f->timer = (uint8_t)timer;
    if (anew) f->timer_set = c->env->now;
    if (timer != before || (timer == FLIGHT_RTO && (at != c->at[SLOT_RTX] || why == TERN_RULE_RTO_RESTART)))
        event_timer(c, TERN_EV_TIMER_SET, rtx_kind(c), at, why);
    c->at[SLOT_RTX] = at;
}

/* The retransmission timer, not beyond the moment at which the connection is given up. */
static void arm_rtx(struct tern_conn *c, enum tern_rule why)
{
    tern_ns rto = rtt_rto(c), end = c->loss.since + patience(c);
    if (c->env->now + rto > end) rto = end > c->env->now ? end - c->env->now : 0;
    c->flags &= ~(uint32_t)F_PERSIST;
    struct tcp_flight *f = flight_sack(c);
    if (!f) {
        arm(c, SLOT_RTX, TERN_TIMER_RETRANSMIT, rto, why);
        return;
    }
    f->rto_at = c->env->now + rto;
    early(c, f, true, why);
}

/* |rtt|: the age of what was selectively acknowledged, if it was sent once. Left before the first was last sent, it tells that
 * the path lives, and the first's acknowledgement cannot be here yet: that is an acknowledgement of new data (RFC 6298 5.3). What
 * left later puts nothing off, or the timeout would move for as long as data is sent. */
void timer_recovery(struct tern_conn *c, struct tcp_flight *f, tern_ns rtt)
{
    if (c->at[SLOT_RTX] == TERN_NEVER || has(c, F_PERSIST)) return;
    const struct sent *first = sent_first(&f->map);
    if (first && rtt > c->env->now - first->sent_at && !c->loss.backoff && RULE(RFC 6298 5.3))
        arm_rtx(c, TERN_RULE_RTO_RESTART);
    else
        early(c, f, false, TERN_RULE_RTO_START);
}

/* RFC 6298 5: what left once more, by whatever sign of loss, does not go again by the timer before a whole timeout is over. */
void timer_again(struct tern_conn *c)
{
    const struct tcp_flight *f = flight_sack(c);
    tern_ns at = f ? f->rto_at : c->at[SLOT_RTX];
    if (c->at[SLOT_RTX] == TERN_NEVER || has(c, F_PERSIST) || at >= c->env->now + rtt_rto(c)) return;
    if (RULE(RFC 6298 5)) arm_rtx(c, TERN_RULE_RTO_AGAIN);
}

/* RFC 6298 5.1 */
void timer_sent(struct tern_conn *c)
{
    struct tcp_flight *f = flight_sack(c);
    if (c->at[SLOT_RTX] != TERN_NEVER && !has(c, F_PERSIST)) {
        /* With more than two segments out the first that leaves at a moment sets the probe's timer for all. */
        bool set = f && f->timer_set == c->env->now && seq_diff(c->snd.max, c->snd.una) > 2 * mss_plain(c);
        if (f && f->timer != FLIGHT_REORDER && !set) early(c, f, true, TERN_RULE_RTO_START);
        return;
    }
    if (!c->loss.backoff) c->loss.since = c->env->now;
    c->loss.probes = 0;
    if (RULE(RFC 6298 5.1)) arm_rtx(c, TERN_RULE_RTO_START);
}

/* RFC 6298 5.2, 5.3 */
void timer_acked(struct tern_conn *c)
{
    struct tcp_loss *l = &c->loss;
    l->since = c->env->now;
    if (l->backoff) {
        l->kept = (uint8_t)min_u32((uint32_t)l->kept + l->backoff, UINT8_MAX);
        if (c->sender) c->sender->backed = l->recover;
        l->backoff = 0;
    }
    if (has(c, F_PERSIST)) { /* a probe was taken: is there anything left to probe with? */
        bool fin_waits = has(c, F_CLOSE_CALLED) && !has(c, F_FIN_SENT);
        if (seq_eq(c->snd.una, c->snd.max) && !c->snd.queued && !fin_waits) timer_persist_stop(c, TERN_RULE_RTO_STOP);
    } else if (seq_eq(c->snd.una, c->snd.nxt)) {
        if (RULE(RFC 6298 5.2)) disarm(c, SLOT_RTX, rtx_kind(c), TERN_RULE_RTO_STOP);
    } else if (RULE(RFC 6298 5.3)) {
        arm_rtx(c, TERN_RULE_RTO_RESTART);
    }
}

/* RFC 9293 3.8.6.1: like the retransmission timer, with backoff (SHLD-29, SHLD-30). With a window too small to be worth a
 * segment it is the override timer of 3.8.6.2.1. */
void timer_persist(struct tern_conn *c)
{
    if (has(c, F_PERSIST) && c->at[SLOT_RTX] != TERN_NEVER) return;
    tern_ns delay = c->snd.wnd ? c->env->set.sws_override : c->rtt.rto;
    for (unsigned i = 0; !c->snd.wnd && i < c->loss.probes && delay < c->env->set.rto_max; i++) delay *= 2;
    if (delay > c->env->set.rto_max) delay = c->env->set.rto_max;
    if (!has(c, F_PERSIST) && seq_eq(c->snd.una, c->snd.max)) c->loss.since = c->env->now;
    tern_ns end = c->loss.since + patience(c);
    if (c->env->now + delay > end) delay = end > c->env->now ? end - c->env->now : 0;
    c->flags |= F_PERSIST;
    arm(c, SLOT_RTX, TERN_TIMER_PERSIST, delay, c->snd.wnd ? TERN_RULE_SWS_OVERRIDE : TERN_RULE_PERSIST);
}

void timer_persist_stop(struct tern_conn *c, enum tern_rule why)
{
    if (!has(c, F_PERSIST)) return;
    c->flags &= ~(uint32_t)(F_PERSIST | F_PROBE);
    c->loss.probes = 0;
    disarm(c, SLOT_RTX, TERN_TIMER_PERSIST, why);
}

/* The persist timer, with nothing to persist in: it tells who waits to try again. */
void timer_memory(struct tern_conn *c)
{
    if (c->snd.queued || !synchronized(c) || has(c, F_PERSIST | F_CLOSE_CALLED) || !seq_eq(c->snd.una, c->snd.max)) return;
    c->loss.since = c->env->now;
    c->flags |= F_PERSIST;
    arm(c, SLOT_RTX, TERN_TIMER_PERSIST, c->env->set.sws_override, TERN_RULE_MEMORY);
}

/* RFC 9293 3.8.6.3: SHLD-18 */
void timer_delack(struct tern_conn *c)
{
    if (c->at[SLOT_DELACK] != TERN_NEVER) return;
    arm(c, SLOT_DELACK, TERN_TIMER_DELACK, MUST(40) ? c->env->set.delack : 500 * TERN_MS, TERN_RULE_DELACK);
}

/* A twentieth of the round trip, so little that recovery hardly notices; as Linux. */
void timer_sack(struct tern_conn *c)
{
    tern_ns wait = c->rtt.srtt / 20, most = c->env->set.sack_delay;
    if (wait > most) wait = most;
    if (c->at[SLOT_DELACK] > c->env->now + wait) arm(c, SLOT_DELACK, TERN_TIMER_DELACK, wait, TERN_RULE_SACK_WAITS);
}

void timer_delack_stop(struct tern_conn *c)
{
    if (c->at[SLOT_DELACK] != TERN_NEVER) disarm(c, SLOT_DELACK, TERN_TIMER_DELACK, TERN_RULE_DELACK);
}

void timer_heard(struct tern_conn *c)
{
    c->heard_ms = now_ms(c);
    c->loss.keeps = 0;
    if (!has(c, F_PERSIST)) return;
    if (MUST(37)) c->loss.since = c->env->now; /* as long as the peer answers its window may stay shut */
}

/* RFC 9293 3.8.4: MAY-5 */
void timer_keepalive(struct tern_conn *c)
{
    if (!has(c, F_KEEPALIVE) || !synchronized(c) || !CLAUSE(c->env, KEEPALIVE)) {
        disarm(c, SLOT_KEEP, TERN_TIMER_KEEPALIVE, TERN_RULE_KEEPALIVE_IDLE);
        return;
    }
    c->loss.keeps = 0;
    arm(c, SLOT_KEEP, TERN_TIMER_KEEPALIVE, tcp_more(c)->keep_idle_ms * TERN_MS, TERN_RULE_KEEPALIVE_IDLE);
}

static bool lingers(const struct tern_conn *c) { return tcp_more(c)->linger_ms > 0; }

void timer_orphan(struct tern_conn *c)
{
    if (!has(c, F_RELEASED) || !GUARD(12)) return;
    if (c->state == TERN_FIN_WAIT_2) {
        int32_t own = tcp_more(c)->linger2_ms; /* option LINGER2 */
        tern_ns most = own > 0 ? (tern_ns)own * TERN_MS : own ? 0 : c->env->set.fin_wait_2;
        c->at[SLOT_END] = TERN_NEVER;
        if (most || own) arm(c, SLOT_END, TERN_TIMER_FIN_WAIT_2, most, TERN_RULE_FW2_ORPHAN);
    } else if (c->state == TERN_TIME_WAIT || c->state == TERN_CLOSED) {
        return;
    } else if (lingers(c)) {
        arm(c, SLOT_END, TERN_TIMER_LINGER, (tern_ns)tcp_more(c)->linger_ms * TERN_MS, TERN_RULE_RST_LINGER);
    } else if (c->env->set.orphan_time && RULE(TERN 3)) { /* so far away that the trace need not know */
        c->at[SLOT_END] = c->env->now + c->env->set.orphan_time;
    }
}

/* SLOT_END is FIN-WAIT-2's own timer there, and the linger timer before, or the end of an orphan's time. */
void timer_stop_all(struct tern_conn *c)
{
    disarm(c, SLOT_RTX, timer_rtx_kind(c), TERN_RULE_NONE);
    disarm(c, SLOT_DELACK, TERN_TIMER_DELACK, TERN_RULE_NONE);
    disarm(c, SLOT_KEEP, TERN_TIMER_KEEPALIVE, TERN_RULE_NONE);
    if (c->state == TERN_FIN_WAIT_2 || lingers(c))
        disarm(c, SLOT_END, c->state != TERN_FIN_WAIT_2 ? TERN_TIMER_LINGER : TERN_TIMER_FIN_WAIT_2, TERN_RULE_NONE);
    c->at[SLOT_END] = TERN_NEVER;
    c->flags &= ~(uint32_t)F_PERSIST;
}

tern_ns tcp_deadline(const struct tern_conn *c)
{
    tern_ns first = c->at[0];
    for (int i = 1; i < SLOT_N; i++)
        if (c->at[i] < first) first = c->at[i];
    if (c->sender && c->sender->pacing.waits && c->sender->pacing.next < first) first = c->sender->pacing.next;
    return first;
}

/* ---- what happens when they run out ---- */

/* R2, or USER TIMEOUT: the peer does not answer. */
static void give_up(struct tern_conn *c)
{
    bool user = tcp_more(c)->user_timeout_ms != 0;
    c->env->counters->timeouts++;
    if (!synchronized(c)) c->env->counters->attempt_fails++;
    tcp_die(c, user ? FSM_USER_TIMEOUT : FSM_GIVE_UP, user ? TERN_RULE_USER_TIMEOUT : TERN_RULE_R2, TERN_ERR_TIMEDOUT);
}

tern_ns tcp_synack_wait(const struct tern_settings *set, unsigned n)
{
    tern_ns wait = set->rto_initial;
    while (n-- && wait < set->rto_max) wait *= 2;
    return wait < set->rto_max ? wait : set->rto_max;
}

unsigned tcp_defer_n(const struct tern_conn *c)
{
    const struct tern_settings *set = &c->env->set;
    tern_ns most = tcp_more(c)->defer_ms * TERN_MS, passed = 0;
    unsigned n = 0;
    while (passed < most && n < UINT8_MAX - 1) passed += tcp_synack_wait(set, n++);
    return n;
}

/* RFC 4987 3.3: a half-open connection that nobody asked for is tried less often. */
static bool out_of_patience(const struct tern_conn *c)
{
    const struct tern_settings *set = &c->env->set;
    if (c->state == TERN_SYN_RECEIVED && has(c, F_PASSIVE)) {
        uint64_t most = set->synack_retries;
        if (has2(c, F2_DEFERRED) && tcp_defer_n(c) > most) most = tcp_defer_n(c);
        if (c->loss.backoff > most && GUARD(25)) return true;
    } else if (syn_retries(c)) {
        return c->loss.backoff > syn_retries(c);
    }
    return c->env->now - c->loss.since >= patience(c);
}

static void syn_timeout(struct tern_conn *c)
{
    c->flags |= F_SYN_OUT | F_SYN_RTX;
    c->rtx_rule = c->state == TERN_SYN_SENT ? TERN_RULE_RTX_SYN : TERN_RULE_RTX_SYNACK;
    rtt_forget(c);
    if (has2(c, F2_FO_CHILD)) return; /* its data waits for the acknowledgement of the SYN */
    flight_end(c);
    c->snd.nxt = c->snd.una;
    c->snd.at = NULL;
}

static void rtx_fired(struct tern_conn *c)
{
    event_timer(c, TERN_EV_TIMER_FIRED, TERN_TIMER_RETRANSMIT, c->env->now, TERN_RULE_RTO_BACKOFF);
    if (c->loss.backoff < UINT8_MAX) c->loss.backoff++;
    fo_timeout(c, c->loss.backoff, out_of_patience(c));
    if (out_of_patience(c)) {
        give_up(c);
        return;
    }
    /* Advice to the layer below and the application (SHLD-9, SHLD-10: the setting r1 is three or more); a SYN's is the same. */
    if (c->loss.backoff == c->env->set.r1 && MUST(20) && (MUST(22) || synchronized(c))) {
        event_rule(c, TERN_RULE_R1);
        c->soft_error = TERN_ERR_TIMEDOUT;
        c->events |= TERN_SOFT_ERROR;
    }
    if (!CLAUSE(c->env, RETRANSMISSION)) {
        arm_rtx(c, TERN_RULE_RTO_BACKOFF);
        return;
    }
    if (!synchronized(c)) {
        syn_timeout(c);
    } else {
        if (c->loss.backoff >= c->env->set.r1) mtu_black_hole(c);
        c->loss.backoff--; /* loss_timeout() asks whether this is the first */
        loss_timeout(c);
        c->loss.backoff++;
        if (has(c, F_SYN_UNACKED)) syn_timeout(c);
    }
    arm_rtx(c, TERN_RULE_RTO_BACKOFF); /* RFC 6298 5.5, 5.6 */
}

/* RACK's time is over, or that of the tail loss probe. False: it was the retransmission timer. */
static bool early_fired(struct tern_conn *c)
{
    struct tcp_flight *f = flight_sack(c);
    if (!f || f->timer == FLIGHT_RTO) return false;
    bool tail = f->timer == FLIGHT_TAIL;
    event_timer(c, TERN_EV_TIMER_FIRED, rtx_kind(c), c->env->now, tail ? TERN_RULE_TAIL_WAIT : TERN_RULE_RACK_WAIT);
    f->timer = FLIGHT_RTO;
    if (tail) {
        tail_fired(c, f);
        arm_rtx(c, TERN_RULE_RTO_START);
        return true;
    }
    if (f->rto_at <= c->env->now) f->rto_at = c->env->now + rtt_rto(c);
    c->at[SLOT_RTX] = f->rto_at;
    f->reorder_at = TERN_NEVER; /* whether or not RACK is still asked (setting rack) */
    recovery_reorder(c, f);
    early(c, f, true, TERN_RULE_RTO_START);
    return true;
}

/* Who has kept his window shut holds what memory is short of (RFC 6429 4: to give him up is a matter of resources, not of TCP).
 */
static bool shut_too_long(const struct tern_conn *c)
{
    uint64_t most = c->env->set.shut_probes;
    return most && c->loss.probes >= most && memory_is_full(c->env) && RULE(RFC 6429 4);
}

/* The peer hears of it: he may be there. */
static void give_up_aloud(struct tern_conn *c, enum tern_rule rst, enum tern_rule why)
{
    c->flags |= F_RST_OUT | F_RST_HAS_ACK;
    c->rst_seq = c->snd.max.v;
    c->rtx_rule = (uint8_t)rst;
    tcp_die(c, FSM_GIVE_UP, why, TERN_ERR_TIMEDOUT);
}

/* A zero window is probed (MUST-36), for ever as long as the peer answers (MUST-37), except an orphan's, whose owner has gone,
 * and where memory is short. */
static void persist_fired(struct tern_conn *c)
{
    bool idle = !c->snd.queued && !has(c, F_CLOSE_CALLED);
    event_timer(c, TERN_EV_TIMER_FIRED, TERN_TIMER_PERSIST, c->env->now, idle ? TERN_RULE_MEMORY : TERN_RULE_PERSIST);
    if (idle) {
        c->flags &= ~(uint32_t)(F_PERSIST | F_WANT_WRITABLE);
        c->events |= TERN_WRITABLE;
        return;
    }
    if (c->snd.wnd) {
        c->flags = (c->flags & ~(uint32_t)F_PERSIST) | F_OVERRIDE;
        c->flags2 &= ~(uint32_t)(F2_MORE | F2_HOLD); /* what should follow has not */
        return;
    }
    if (c->env->now - c->loss.since >= patience(c)) {
        give_up(c);
        return;
    }
    if (has(c, F_RELEASED) && c->loss.probes >= c->env->set.orphan_probes) {
        tcp_abort(c, TERN_RULE_PROBE_LIMIT);
        return;
    }
    if (shut_too_long(c)) {
        c->env->counters->shut_ended++;
        give_up_aloud(c, TERN_RULE_SHUT_LIMIT, TERN_RULE_SHUT_LIMIT);
        return;
    }
    if (c->loss.probes < UINT8_MAX) c->loss.probes++;
    if (CLAUSE(c->env, ZERO_PROBE)) c->flags |= F_PROBE;
    timer_persist(c);
}

static void keepalive_fired(struct tern_conn *c)
{
    uint32_t quiet = now_ms(c) - c->heard_ms;
    if (!c->loss.keeps && quiet < tcp_more(c)->keep_idle_ms && MUST(26)) { /* something came since the timer was armed */
        arm(c, SLOT_KEEP, TERN_TIMER_KEEPALIVE, (tcp_more(c)->keep_idle_ms - quiet) * TERN_MS, TERN_RULE_KEEPALIVE_IDLE);
        return;
    }
    event_timer(c, TERN_EV_TIMER_FIRED, TERN_TIMER_KEEPALIVE, c->env->now, TERN_RULE_KEEPALIVE_IDLE);
    if (c->loss.keeps >= (MUST(29) ? tcp_more(c)->keep_count : 1)) {
        c->env->counters->timeouts++;
        give_up_aloud(c, TERN_RULE_RST_TIMEOUT, TERN_RULE_KEEPALIVE_DEAD);
        return;
    }
    /* With data in flight the retransmissions say whether the peer lives. */
    if (seq_eq(c->snd.una, c->snd.max) || !MUST(26)) {
        c->loss.keeps++;
        c->flags |= F_KEEP_PROBE;
    }
    arm(c, SLOT_KEEP, TERN_TIMER_KEEPALIVE, tcp_more(c)->keep_interval_ms * TERN_MS, TERN_RULE_KEEPALIVE_IDLE);
}

static void end_fired(struct tern_conn *c)
{
    if (c->state != TERN_FIN_WAIT_2 && !lingers(c)) {
        c->env->counters->orphans_ended++;
        tcp_abort(c, TERN_RULE_ORPHAN_TIME);
        return;
    }
    if (c->state != TERN_FIN_WAIT_2) {
        event_timer(c, TERN_EV_TIMER_FIRED, TERN_TIMER_LINGER, c->env->now, TERN_RULE_RST_LINGER);
        tcp_abort(c, TERN_RULE_RST_LINGER);
        return;
    }
    event_timer(c, TERN_EV_TIMER_FIRED, TERN_TIMER_FIN_WAIT_2, c->env->now, TERN_RULE_FW2_ORPHAN);
    tcp_die(c, FSM_TIMEOUT_ORPHAN, TERN_RULE_FW2_ORPHAN, 0);
}

static bool take_due(struct tern_conn *c, enum tcp_timer_slot slot)
{
    if (c->at[slot] > c->env->now) return false;
    c->at[slot] = TERN_NEVER;
    return true;
}

void tcp_expire(struct tern_conn *c)
{
    if (c->sender) pacing_due(c);
    if (take_due(c, SLOT_DELACK)) {
        event_timer(c, TERN_EV_TIMER_FIRED, TERN_TIMER_DELACK, c->env->now, TERN_RULE_ACK_DELAYED);
        ack_now(c, TERN_RULE_ACK_DELAYED);
    }
    if (take_due(c, SLOT_RTX)) {
        if (has(c, F_PERSIST))
            persist_fired(c);
        else if (!early_fired(c))
            rtx_fired(c);
    }
    if (take_due(c, SLOT_KEEP)) keepalive_fired(c);
    if (take_due(c, SLOT_END)) end_fired(c);
}
