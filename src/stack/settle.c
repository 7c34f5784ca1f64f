/* After every call into a connection: send what it wants sent, arm its timer, tell the application, and let it go when it is
 * over. */
#include "filter.h"
#include "tcp_internal.h"

struct tern_conn *conn_new(struct tern_stack *s, const struct tcp_tuple *t, int ifi)
{
    struct tern_conn *c = slab_get(&s->conns);
    if (!c) {
        s->counters.drop[TERN_DROP_MEMORY]++;
        return NULL;
    }
    tcp_conn_init(c, &s->env, t, (uint8_t)ifi, s->ifs[ifi]->cfg.mtu);
    c->flags2 |= sign_flags(s, t);
    route_apply(s, c);
    return c;
}

struct tern_conn *conn_new_for(struct tern_listener *l, const struct tcp_tuple *t, int ifi)
{
    struct tern_conn *c = conn_new(l->s, t, ifi);
    if (!c || tcp_inherit(c, &l->like)) return c;
    conn_free(l->s, c);
    return NULL;
}

void conn_unhook(struct tern_stack *s, struct tern_conn *c)
{
    wheel_stop(&s->wheel, &c->node.timer);
    list_remove(&c->ready);
    list_append(&s->over, &c->ready);
    if (!(c->place & CONN_HASHED)) return;
    table_remove(s, &c->node);
    pair_forget(s, &c->node.t);
    c->place &= (uint8_t)~CONN_HASHED;
}

/* What is over, or rests in TIME-WAIT, counts for no limit. */
static void uncount(struct tern_stack *s, struct tern_conn *c)
{
    filter_conn_end(s, c);
    if (!(c->place & CONN_ORPHAN)) return;
    list_remove(&c->event);
    s->counters.orphan_n--;
    c->place &= (uint8_t)~CONN_ORPHAN;
}

void conn_free(struct tern_stack *s, struct tern_conn *c)
{
    conn_unhook(s, c);
    list_remove(&c->ready);
    list_remove(&c->event);
    uncount(s, c);
    tcp_conn_fini(c);
    slab_put(&s->conns, c);
}

void conn_send_rst(struct tern_stack *s, struct tern_conn *c)
{
    struct wire_tcp h;
    uint64_t before = trace_position(s);
    tcp_rst(c, &h);
    tcp_rst_ecn(c);
    c->flags &= ~(uint32_t)(F_RST_OUT | F_RST_HAS_ACK);
    answer_segment(s, c->node.ifi, &c->node.t, c->ttl, tcp_tos(c), c, &h, (enum tern_rule)c->rtx_rule, before);
    c->rtx_rule = 0;
}

void conn_tell(struct tern_stack *s, struct tern_conn *c)
{
    if ((c->place & CONN_OWNED) && !(c->flags & F_RELEASED) && list_empty(&c->event)) list_append(&s->conn_events, &c->event);
}

void conn_arm(struct tern_stack *s, struct tern_conn *c)
{
    tern_ns at = tcp_deadline(c);
    if (at != TERN_NEVER && (!wheel_armed(&c->node.timer) || at < c->node.timer.at)) wheel_arm(&s->wheel, &c->node.timer, at);
}

void conn_settle(struct tern_stack *s, struct tern_conn *c)
{
    if (c->flags & F_RST_OUT) conn_send_rst(s, c);
    if (c->more && c->more->fo_listener) fastopen_settle(c);
    if (c->events) conn_tell(s, c);
    if (c->state == TERN_TIME_WAIT || c->state == TERN_CLOSED) {
        uncount(s, c);
        if (c->state == TERN_TIME_WAIT && (c->place & CONN_HASHED))
            tw_enter(s, c);
        else
            conn_unhook(s, c);
        if (c->flags & F_RELEASED) {
            if (c->state == TERN_TIME_WAIT) tw_release(s, c);
            conn_free(s, c);
        }
        return;
    }
    if (list_empty(&c->ready) && tcp_wants_output(c)) list_append(&s->ifs[c->node.ifi]->ready, &c->ready);
    conn_arm(s, c);
}

void orphans_make_room(struct tern_stack *s)
{
    for (int i = 0; i < 2 && !list_empty(&s->orphans) && RULE(TERN 3); i++) {
        if (s->counters.orphan_n <= s->env.set.orphan_max && !memory_is_full(&s->env)) return;
        struct tern_conn *c = CONTAINER_OF(s->orphans.next, struct tern_conn, event);
        s->counters.orphans_ended++;
        tcp_abort(c, TERN_RULE_ORPHAN_LIMIT);
        conn_settle(s, c);
    }
}

void listener_tell(struct tern_listener *l, uint32_t events)
{
    l->events |= events;
    if (list_empty(&l->event)) list_append(&l->s->listener_events, &l->event);
}

bool tern_stack_next_event(struct tern_stack *s, struct tern_ready *out)
{
    struct list *n = list_pop(&s->listener_events);
    if (n) {
        struct tern_listener *l = CONTAINER_OF(n, struct tern_listener, event);
        *out = (struct tern_ready){.events = l->events, .listener = l};
        l->events = 0;
        return true;
    }
    while ((n = list_pop(&s->conn_events)) != NULL) {
        struct tern_conn *c = CONTAINER_OF(n, struct tern_conn, event);
        *out = (struct tern_ready){.events = c->events, .conn = c};
        c->events = 0;
        if (out->events) return true; /* 0: tern_conn_events() took them before */
    }
    return false;
}

uint32_t tern_conn_events(struct tern_conn *c)
{
    uint32_t events = c->events;
    c->events = 0;
    return events;
}
