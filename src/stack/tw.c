/* TIME-WAIT: a connection shrinks to a record that takes its place in the table. */
#include "stack_internal.h"
#include "tcp_internal.h"

struct tern_event *tw_event(struct tern_stack *s, const struct tcp_tw *tw, enum tern_event_type type, enum tern_rule why)
{
    struct tern_event *e = event_new(&s->env, NULL, type, why);
    e->conn = tw->id;
    e->state = TERN_TIME_WAIT;
    e->local = (struct tern_endpoint){tw->node.t.laddr, tw->node.t.lport};
    e->remote = (struct tern_endpoint){tw->node.t.raddr, tw->node.t.rport};
    e->iss = tw->iss.v, e->irs = tw->irs.v;
    e->iss_known = e->irs_known = true;
    return e;
}

static void start_2msl(struct tern_stack *s, struct tcp_tw *tw, enum tern_rule why)
{
    tern_ns at = s->env.now + 2 * s->env.set.msl;
    wheel_arm(&s->wheel, &tw->node.timer, at);
    if (tw->conn) tw->conn->at[SLOT_END] = at; /* for STATUS */
    if (!s->env.trace) return;
    struct tern_event *e = tw_event(s, tw, TERN_EV_TIMER_SET, why);
    e->u.timer.which = TERN_TIMER_TIME_WAIT;
    e->u.timer.at = at;
}

/* The peer's FIN is acknowledged before the connection shrinks, so that the record begins with nothing to say. */
static void last_ack(struct tern_stack *s, struct tern_conn *c)
{
    struct wire_tcp h;
    struct tern_pkt pkt;
    enum tern_rule why;
    uint64_t before = trace_position(s);
    if ((c->flags & F_ACK_NOW) && tcp_output(c, 0, &h, &pkt, &why))
        answer_segment(s, c->node.ifi, &c->node.t, c->ttl, tcp_tos(c), c, &h, why, before);
}

/* Without room for the record the connection is over at once: no memory is worth more than a live connection. */
static void skip(struct tern_stack *s, struct tern_conn *c)
{
    s->counters.time_wait_skipped++;
    conn_unhook(s, c);
    c->state = TERN_CLOSED;
    event_state(c, TERN_TIME_WAIT, TERN_RULE_MEMORY);
}

/* MUST-13 */
void tw_enter(struct tern_stack *s, struct tern_conn *c)
{
    last_ack(s, c);
    bool full = s->time_waits.live_n >= s->env.set.time_wait_max || memory_is_full(&s->env);
    bool room = !full && s->env.set.msl && CLAUSE(&s->env, TIME_WAIT);
    struct tcp_tw *tw = room ? slab_get(&s->time_waits) : NULL;
    if (!tw) {
        skip(s, c);
        return;
    }
    tw->node.kind = NODE_TIME_WAIT;
    tw->node.ifi = c->node.ifi;
    tw->node.t = c->node.t;
    tcp_tw_from(tw, c);
    if (c->place & CONN_SHARES_PORT) tw->flags |= TW_SHARES_PORT;
    tw->conn = c;
    table_replace(s, &c->node, &tw->node);
    c->place &= (uint8_t)~CONN_HASHED;
    conn_unhook(s, c);
    start_2msl(s, tw, TERN_RULE_MSL2);
}

struct tcp_tw *tw_find(struct tern_stack *s, const struct tern_conn *c)
{
    struct tcp_node *n = table_find(s, &c->node.t);
    return n && n->kind == NODE_TIME_WAIT && tw_of(n)->conn == c ? tw_of(n) : NULL;
}

void tw_release(struct tern_stack *s, struct tern_conn *c)
{
    struct tcp_tw *tw = tw_find(s, c);
    if (tw) tw->conn = NULL;
}

void tw_end(struct tern_stack *s, struct tcp_tw *tw, enum fsm_event event, enum tern_rule why)
{
    enum tern_state to = fsm_next(TERN_TIME_WAIT, event);
    assert(to == TERN_CLOSED);
    if (s->env.trace) {
        struct tern_event *e = tw_event(s, tw, TERN_EV_STATE, why);
        e->state = (uint8_t)to;
        e->u.state.from = TERN_TIME_WAIT;
        e->u.state.to = (uint8_t)to;
    }
    if (tw->conn) {
        tw->conn->state = (uint8_t)to;
        tw->conn->at[SLOT_END] = TERN_NEVER;
    }
    wheel_stop(&s->wheel, &tw->node.timer);
    table_remove(s, &tw->node);
    if (event != FSM_RCV_NEW_SYN) pair_forget(s, &tw->node.t); /* the route that brought the SYN is the new one's */
    slab_put(&s->time_waits, tw);
}

static void answer(struct tern_stack *s, struct tcp_tw *tw, enum tern_rule why, uint64_t before)
{
    struct wire_tcp h;
    tcp_tw_ack(tw, s->env.now, &h);
    uint64_t first = trace_position(s);
    answer_segment(s, tw->node.ifi, &tw->node.t, tw->ttl, tw->tos, NULL, &h, why, before);
    if (!s->env.trace || s->env.trace->end == first) return;
    struct tern_event *e = &s->env.trace->ring[first & (s->env.trace->size - 1)]; /* the SEG_OUT: whose it is */
    e->conn = tw->id, e->state = TERN_TIME_WAIT;
    e->iss = tw->iss.v, e->irs = tw->irs.v;
    e->iss_known = e->irs_known = true;
}

static void events_in(struct tern_stack *s, const struct tcp_tw *tw, const struct tcp_seg *seg, enum tern_rule rule,
                      enum tern_drop why)
{
    if (!s->env.trace) return;
    struct tern_event *in = tw_event(s, tw, TERN_EV_SEG_IN, rule);
    event_fill_seg(&in->u.seg, &seg->h, seg->h.len, 0, 0);
    if (why == TERN_DROP_NONE) return;
    struct tern_event *e = tw_event(s, tw, TERN_EV_DROP, rule);
    e->u.seg = in->u.seg;
    e->drop = (uint16_t)why, e->drop_has_seg = true;
}

void tw_input(struct tern_stack *s, struct tcp_tw *tw, int ifi, struct tcp_seg *seg)
{
    enum tern_rule rule;
    enum tern_drop why;
    struct tern_listener *l = NULL;
    enum tcp_tw_verdict v = tcp_tw_input(tw, &s->env.set, &seg->h, &rule, &why);
    struct tcp_tuple t = tw->node.t;
    if (!CLAUSE(&s->env, TW_REUSE) && why == TERN_DROP_TW_SYN_OLD) v = TW_NEW, rule = TERN_RULE_TW_SYN, why = TERN_DROP_NONE;
    if (v == TW_NEW && !(l = listener_find(s, &t))) { /* nobody would take it: an old duplicate, as far as we can tell */
        v = TW_ACK;
        rule = TERN_RULE_ACK_DUPLICATE, why = TERN_DROP_TW_SYN_OLD;
    }
    events_in(s, tw, seg, rule, why);
    if (why != TERN_DROP_NONE) s->counters.drop[why]++;
    uint64_t before = trace_position(s);
    switch (v) {
    case TW_SILENT: break;
    case TW_RESTART:
        if (CLAUSE(&s->env, MSL2_RESTART)) start_2msl(s, tw, rule);
        answer(s, tw, rule, before);
        break;
    case TW_ACK:
        if (tcp_tw_may_answer(tw, &s->env.set, s->env.now))
            answer(s, tw, rule, before);
        else
            s->counters.drop[TERN_DROP_CHALLENGE_LIMIT]++;
        break;
    case TW_DELETE: tw_end(s, tw, FSM_RCV_RST, rule); break;
    case TW_NEW: {
        seq32 after = tw->snd_nxt;
        tw_end(s, tw, FSM_RCV_NEW_SYN, rule);
        listen_input(s, l, &t, ifi, seg, &after);
        break;
    }
    }
}

void tw_status(const struct tcp_tw *tw, struct tern_status *out)
{
    *out = (struct tern_status){
        .id = tw->id,
        .state = TERN_TIME_WAIT,
        .local = {tw->node.t.laddr, tw->node.t.lport},
        .remote = {tw->node.t.raddr, tw->node.t.rport},
        .released = true,
        .snd_una = tw->snd_nxt.v,
        .snd_nxt = tw->snd_nxt.v,
        .iss = tw->iss.v,
        .rcv_nxt = tw->rcv_nxt.v,
        .rcv_wnd = tw->rcv_wnd,
        .irs = tw->irs.v,
        .timestamps = (tw->flags & TW_TS) != 0,
        .cc = "",
    };
    for (int i = 0; i < TERN_TIMER_N; i++) out->timer[i] = TERN_NEVER;
    out->timer[TERN_TIMER_TIME_WAIT] = tw->node.timer.at;
}
