/* Listeners: the passive OPEN, its two queues, and SYNs that wait for the caller's word. */
#include "filter.h"

/* ---- finding one ---- */

static bool accepts(const struct tern_listener *l, const struct tcp_tuple *t)
{
    const struct tern_listen_config *cfg = &l->cfg;
    if (!cfg->any && cfg->local.port != t->lport) return false;
    bool v4 = tern_addr_is_v4(&t->laddr), any_v4 = tern_addr_is_v4(&cfg->local.addr);
    /* 0.0.0.0 is every IPv4 address, the all-zero one every address */
    bool local = is_any(&cfg->local) ? (v4 ? !cfg->v6only : !any_v4) : tern_addr_eq(&cfg->local.addr, &t->laddr);
    if (!local) return false;
    if (cfg->remote.port && cfg->remote.port != t->rport) return false;
    return is_any(&cfg->remote) || tern_addr_eq(&cfg->remote.addr, &t->raddr);
}

/* The more exactly it was specified, the better. */
static int exactness(const struct tern_listener *l)
{
    return 4 * !is_any(&l->cfg.remote) + 2 * (l->cfg.remote.port != 0) + !is_any(&l->cfg.local);
}

static bool same(const struct tern_listen_config *a, const struct tern_listen_config *b)
{
    return a->any == b->any && a->local.port == b->local.port && a->remote.port == b->remote.port &&
           tern_addr_eq(&a->local.addr, &b->local.addr) && tern_addr_eq(&a->remote.addr, &b->remote.addr);
}

/* Those that share |l|'s place take turns by the pair's hash: all segments of a handshake find the same one. */
static struct tern_listener *one_of(struct tern_stack *s, struct tern_listener *l, const struct tcp_tuple *t)
{
    struct tern_listener *head = s->listeners[t->lport % LISTENER_BUCKETS];
    uint64_t n = 0, which;
    for (const struct tern_listener *o = head; o; o = o->next) n += same(&l->cfg, &o->cfg);
    if (n < 2) return l;
    which = hash_keyed(s->port_key, t, sizeof *t) % n;
    for (struct tern_listener *o = head; o; o = o->next)
        if (same(&l->cfg, &o->cfg) && !which--) return o;
    return l;
}

struct tern_listener *listener_find(struct tern_stack *s, const struct tcp_tuple *t)
{
    struct tern_listener *best = NULL;
    for (struct tern_listener *l = s->listeners[t->lport % LISTENER_BUCKETS]; l; l = l->next)
        if (accepts(l, t) && (!best || exactness(l) > exactness(best))) best = l;
    if (best) return best->cfg.share ? one_of(s, best, t) : best;
    for (struct tern_listener *l = s->any; l; l = l->next)
        if (accepts(l, t)) return l;
    return NULL;
}

/* ---- opening and closing ---- */

static struct tern_listener **bucket(struct tern_stack *s, const struct tern_listen_config *cfg)
{
    return cfg->any ? &s->any : &s->listeners[cfg->local.port % LISTENER_BUCKETS];
}

/* Fills in what the caller left open. */
static int complete(struct tern_stack *s, struct tern_listen_config *cfg)
{
    bool foreign = cfg->foreign;
    for (int i = 0; i < s->if_n; i++) foreign |= s->ifs[i]->cfg.any;
    if (!is_any(&cfg->local) && !foreign && !if_local(s, &cfg->local.addr)) return TERN_ERR_ADDRNOTAVAIL;
    if (!cfg->backlog) cfg->backlog = BACKLOG_DEFAULT;
    if (!cfg->any && !cfg->local.port) {
        struct tcp_tuple t = {.laddr = cfg->local.addr};
        cfg->local.port = port_choose(s, &t);
        if (!cfg->local.port) return TERN_ERR_ADDRNOTAVAIL;
    }
    for (struct tern_listener *l = *bucket(s, cfg); l; l = l->next)
        if (same(&l->cfg, cfg) && !(l->cfg.share && cfg->share) && MUST(41)) return TERN_ERR_ADDRINUSE;
    if (!MUST(42) && (s->half_n || s->conns.live_n)) return TERN_ERR_ADDRINUSE;
    return 0;
}

/* CLOSED to LISTEN, and back. */
static void listener_move(const struct tern_listener *l, enum tern_state from, enum fsm_event event, enum tern_rule why)
{
    struct tern_stack *s = l->s;
    enum tern_state to = fsm_next(from, event);
    assert(to != TERN_STATE_N);
    if (!s->env.trace) return;
    struct tern_event *e = event_new(&s->env, NULL, TERN_EV_STATE, why);
    e->local = l->cfg.local, e->remote = l->cfg.remote;
    e->state = (uint8_t)to;
    e->u.state.from = (uint8_t)from;
    e->u.state.to = (uint8_t)to;
}

int tern_stack_listen(struct tern_stack *s, const struct tern_listen_config *config, struct tern_listener **out)
{
    struct tern_listen_config cfg = *config;
    int r = complete(s, &cfg);
    if (r) return r;
    struct tern_listener *l = mem_zero(&s->mem, sizeof *l);
    if (!l) return TERN_ERR_NOMEM;
    l->s = s;
    l->cfg = cfg;
    list_init(&l->event);
    list_init(&l->accept);
    list_init(&l->halves);
    uint32_t next_id = s->env.next_id;
    tcp_conn_init(&l->like, &s->env, &(struct tcp_tuple){.laddr = cfg.local.addr, .lport = cfg.local.port}, 0, TERN_PACKET_MAX);
    s->env.next_id = next_id;
    struct tern_listener **at = bucket(s, &cfg);
    l->next = *at;
    *at = l;
    s->counters.listener_n++;
    if (s->env.trace) event_new(&s->env, NULL, TERN_EV_CALL, TERN_RULE_OPEN_PASSIVE)->local = cfg.local;
    listener_move(l, TERN_CLOSED, FSM_OPEN_PASSIVE, TERN_RULE_OPEN_PASSIVE);
    *out = l;
    return 0;
}

struct tern_endpoint tern_listener_local(const struct tern_listener *l) { return l->cfg.local; }
void *tern_listener_user(const struct tern_listener *l) { return l->cfg.user; }

/* Connections that nobody accepted are reset: their peers must not wait. */
static void listener_end(struct tern_listener *l)
{
    struct tern_stack *s = l->s;
    struct list *n;
    struct tern_listener **at = bucket(s, &l->cfg);
    while (*at != l) at = &(*at)->next;
    *at = l->next;
    while (!list_empty(&l->halves)) half_free(s, CONTAINER_OF(l->halves.next, struct half, queue));
    while ((n = list_pop(&l->accept)) != NULL) {
        struct tern_conn *c = CONTAINER_OF(n, struct tern_conn, event);
        c->place &= (uint8_t)~CONN_QUEUED;
        c->flags |= F_RELEASED;
        c->owner.user = NULL;
        tcp_abort(c, TERN_RULE_ABORT_CALL);
        conn_settle(s, c);
    }
    fastopen_listener_end(l);
    sign_listener_end(l);
    filter_listener_end(l);
    list_remove(&l->event);
    tcp_conn_fini(&l->like);
    s->counters.listener_n--;
    mem_put(&s->mem, l, sizeof *l);
}

/* CLOSE in LISTEN (RFC 9293 3.10.4); with connections in the accept queue it is what 3.10.5 calls ABORT. */
void tern_listener_close(struct tern_listener *l)
{
    if (l->accept_n)
        listener_move(l, TERN_LISTEN, FSM_ABORT, TERN_RULE_ABORT_CALL);
    else
        listener_move(l, TERN_LISTEN, FSM_CLOSE, TERN_RULE_CLOSE_CALL);
    listener_end(l);
}

/* SEND in LISTEN (RFC 9293 3.10.2). */
int tern_listener_send(struct tern_listener *l, const struct tern_endpoint *remote, const void *buf, size_t len,
                       struct tern_conn **out)
{
    struct tern_stack *s = l->s;
    struct tcp_tuple t = {l->cfg.local.addr, remote->addr, l->cfg.local.port, remote->port};
    if (l->cfg.any || !remote->port || is_any(remote)) return TERN_ERR_INVAL;
    int ifi = if_route(s, &t.raddr);
    if (ifi < 0) return ifi;
    if (is_any(&l->cfg.local) && !if_source(s, ifi, &t.raddr, &t.laddr)) return TERN_ERR_UNREACH;
    if (table_find(s, &t)) return TERN_ERR_ADDRINUSE;
    struct tern_conn *c = sign_adopt(l, &t, NULL) ? conn_new_for(l, &t, ifi) : NULL;
    if (!c) {
        sign_forget(s, &t);
        return TERN_ERR_NOMEM;
    }
    tcp_open_active(c, FSM_SEND);
    if (tcp_send(c, buf, len, 0) != (int64_t)len) { /* 3.10.2: no room to queue the request */
        conn_free(s, c);
        sign_forget(s, &t);
        return TERN_ERR_NOMEM;
    }
    listener_end(l);
    table_add(s, &c->node);
    c->place = CONN_HASHED | CONN_OWNED;
    conn_settle(s, c);
    *out = c;
    return 0;
}

/* ---- options ---- */

int tern_listener_set(struct tern_listener *l, enum tern_option opt, int64_t value)
{
    if (opt != TERN_OPT_FASTOPEN) return tcp_set(&l->like, opt, value);
    if (value < 0 || value > UINT16_MAX) return TERN_ERR_INVAL;
    l->fo_limit = (uint32_t)value;
    return 0;
}

int tern_listener_get(const struct tern_listener *l, enum tern_option opt, int64_t *value)
{
    if (opt != TERN_OPT_FASTOPEN) return tcp_get(&l->like, opt, value);
    *value = l->fo_limit;
    return 0;
}

/* ---- the accept queue ---- */

void listener_queue(struct tern_listener *l, struct tern_conn *c)
{
    list_append(&l->accept, &c->event);
    c->place |= CONN_QUEUED;
    l->accept_n++;
    l->s->counters.passive_opens++;
    if (l->filter_n) filter_conn(l, c);
    listener_tell(l, TERN_ACCEPTABLE);
}

struct tern_conn *tern_listener_accept(struct tern_listener *l)
{
    struct list *n = list_pop(&l->accept);
    if (!n) return NULL;
    struct tern_conn *c = CONTAINER_OF(n, struct tern_conn, event);
    c->place = (uint8_t)((c->place & ~CONN_QUEUED) | CONN_OWNED);
    c->owner.user = NULL;
    l->accept_n--;
    l->accepted_n++;
    if (c->events) list_append(&l->s->conn_events, &c->event);
    return c;
}

void tern_listener_info(const struct tern_listener *l, struct tern_listener_info *out)
{
    *out = (struct tern_listener_info){
        .local = l->cfg.local,
        .backlog = l->cfg.backlog,
        .half_n = l->half_n,
        .accept_n = l->accept_n,
        .held_n = l->held_n,
        .accepted_n = l->accepted_n,
        .half_full_n = l->half_full_n,
        .evicted_n = l->evicted_n,
        .accept_full_n = l->accept_full_n,
    };
}
