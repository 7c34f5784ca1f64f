/* A stack's life, its time, and its figures. */
#include "filter.h"

#include <assert.h>
#include <string.h>

/* ---- life ---- */

/* Keys for each purpose out of the caller's secret, so that one tells nothing about another. */
static void derive(const uint8_t secret[HASH_KEY_LEN], uint8_t purpose, uint8_t key[HASH_KEY_LEN])
{
    for (uint8_t half = 0; half < 2; half++) {
        uint8_t label[2] = {purpose, half};
        uint64_t v = hash_keyed(secret, label, sizeof label);
        for (int i = 0; i < 8; i++) key[8 * half + i] = (uint8_t)(v >> (8 * i));
    }
}

static void setup(struct tern_stack *s, const struct tern_stack_config *config)
{
    derive(config->secret, 'i', s->env.isn_key);
    derive(config->secret, 't', s->env.ts_key);
    derive(config->secret, 'h', s->table_key);
    derive(config->secret, 'p', s->port_key);
    derive(config->secret, 'f', s->fo_secret);
    derive(config->secret, 'c', s->cookie_key);
    derive(config->secret, 'l', s->limits.hash_key);
    derive(config->secret, 's', s->source_key);
    s->env.mem = &s->mem;
    s->env.counters = &s->counters;
    s->env.now = config->now;
    slab_init(&s->conns, &s->mem, sizeof(struct tern_conn));
    slab_init(&s->env.flights, &s->mem, sizeof(struct tcp_flight));
    slab_init(&s->env.sent_entries, &s->mem, sizeof(struct sent));
    slab_init(&s->env.ranges, &s->mem, sizeof(struct ooo_range));
    slab_init(&s->env.order_chunks, &s->mem, sizeof(struct order_chunk));
    slab_init(&s->halves, &s->mem, sizeof(struct half));
    slab_init(&s->time_waits, &s->mem, sizeof(struct tcp_tw));
    wheel_init(&s->wheel, config->now);
    list_init(&s->env.holders);
    list_init(&s->env.resting);
    list_init(&s->over);
    list_init(&s->conn_events);
    list_init(&s->orphans);
    list_init(&s->listener_events);
}

struct tern_stack *tern_stack_new(const struct tern_stack_config *config)
{
    struct mem mem;
    struct tern_settings set;
    tern_settings_default(&set);
    if (config->settings) set = *config->settings;
    for (size_t i = 0; config->cc && cc_get(i); i++)
        if (cc_get(i) == cc_find(config->cc)) set.congestion = i;
    const struct cc_ops *cc = config->cc ? cc_find(config->cc) : cc_get((size_t)set.congestion);
    if (!cc || !config->alloc || tern_settings_check(&set, NULL) < 0) return NULL;
    mem_init(&mem, config->alloc, config->memory_cap ? config->memory_cap : (size_t)1 << 30);
    struct tern_stack *s = mem_zero(&mem, sizeof *s);
    if (!s) return NULL;
    s->mem = mem;
    tcp_env_set(&s->env, &set);
    s->env.cc = cc;
    setup(s, config);
    s->env.pool = pool_new(&s->mem);
    if (s->env.pool && hash_init(&s->table, &s->mem, table_hash_of, s) == 0) return s;
    pool_free(s->env.pool);
    mem = s->mem;
    mem_put(&mem, s, sizeof *s);
    return NULL;
}

static bool free_node(void *ctx, struct hash_node *hn)
{
    struct tern_stack *s = ctx;
    struct tcp_node *n = node_of_hash(hn);
    struct tern_conn *c = NULL;
    switch (n->kind) {
    case NODE_HALF: half_free(s, half_of(n)); break;
    case NODE_TIME_WAIT:
        c = tw_of(n)->conn;
        tw_end(s, tw_of(n), FSM_TIMEOUT_2MSL, TERN_RULE_NONE);
        break;
    default: c = conn_of(n); break;
    }
    if (c) conn_free(s, c);
    return true;
}

static void free_ifs(struct tern_stack *s)
{
    for (int i = 0; i < s->if_n; i++) {
        struct stack_if *f = s->ifs[i];
        struct tern_pkt pkt;
        while (f->answer_n) tern_stack_output(s, i, s->env.now, &pkt, 1);
        tern_stack_output(s, i, s->env.now, &pkt, 0);
        mem_put(&s->mem, f->answer, ANSWERS_MAX * sizeof *f->answer);
        mem_put(&s->mem, f, sizeof *f);
    }
}

static void free_listeners(struct tern_stack *s)
{
    for (int i = 0; i < LISTENER_BUCKETS; i++)
        while (s->listeners[i]) tern_listener_close(s->listeners[i]);
    while (s->any) tern_listener_close(s->any);
}

void tern_stack_free(struct tern_stack *s)
{
    if (!s) return;
    s->env.trace = NULL;
    free_listeners(s);
    hash_each(&s->table, free_node, s);
    struct list *n;
    while ((n = list_pop(&s->over)) != NULL) conn_free(s, CONTAINER_OF(n, struct tern_conn, ready));
    free_ifs(s);
    loop_free(s);
    fo_forget_all(&s->env.fo, &s->mem);
    filter_free(s);
    answer_rate_free(s);
    cookie_free(s);
    hash_free(&s->table);
    slab_free(&s->conns);
    slab_free(&s->env.flights);
    slab_free(&s->env.sent_entries);
    slab_free(&s->env.ranges);
    slab_free(&s->env.order_chunks);
    slab_free(&s->halves);
    slab_free(&s->time_waits);
    mem_put(&s->mem, s->held, HELD_MAX * sizeof *s->held);
    mem_put(&s->mem, s->reserved, RESERVED_LEN);
    pool_free(s->env.pool);
    s->mem.pool = NULL;
    struct mem mem = s->mem;
    mem_put(&mem, s, sizeof *s);
    assert(mem.used == 0); /* or something was lost */
}

struct tern_pool *tern_stack_pool(struct tern_stack *s) { return s->env.pool; }
const struct tern_settings *tern_stack_settings(const struct tern_stack *s) { return &s->env.set; }
int tern_stack_settings_set(struct tern_stack *s, const struct tern_settings *set)
{
    if (tern_settings_check(set, NULL) < 0) return TERN_ERR_INVAL;
    tcp_env_set(&s->env, set);
    return 0;
}

void tern_stack_trace(struct tern_stack *s, struct tern_trace *trace) { s->env.trace = trace; }
struct tern_trace *tern_stack_trace_get(const struct tern_stack *s) { return s->env.trace; }

/* ---- time ---- */

tern_ns tern_stack_next_expiry(const struct tern_stack *s) { return s->looped ? s->env.now : wheel_next(&s->wheel); }

static void expire_conn(struct tern_stack *s, struct tern_conn *c)
{
    tcp_expire(c);
    conn_settle(s, c);
}

static void tw_expired(struct tern_stack *s, struct tcp_tw *tw)
{
    if (s->env.trace) tw_event(s, tw, TERN_EV_TIMER_FIRED, TERN_RULE_MSL2_OVER)->u.timer.which = TERN_TIMER_TIME_WAIT;
    tw_end(s, tw, FSM_TIMEOUT_2MSL, TERN_RULE_MSL2_OVER);
}

void tern_stack_expire(struct tern_stack *s, tern_ns now)
{
    struct wheel_node *w;
    stack_time(s, now);
    if (s->looped) loop_deliver(s);
    wheel_advance(&s->wheel, s->env.now);
    while ((w = wheel_expired(&s->wheel)) != NULL) {
        struct tcp_node *n = CONTAINER_OF(w, struct tcp_node, timer);
        switch (n->kind) {
        case NODE_CONN: expire_conn(s, conn_of(n)); break;
        case NODE_HALF: half_expire(s, half_of(n)); break;
        default: tw_expired(s, tw_of(n)); break;
        }
    }
}

/* ---- figures ---- */

void tern_stack_counters(const struct tern_stack *s, struct tern_counters *out)
{
    *out = s->counters;
    out->conn_n = s->conns.live_n;
    out->half_n = s->half_n;
    out->time_wait_n = s->time_waits.live_n;
    out->memory_used = s->mem.used;
    out->memory_peak = s->mem.peak;
    out->memory_cap = s->mem.cap;
}

struct visit {
    struct tern_stack *s;
    bool (*each)(void *ctx, struct tern_conn *c, const struct tern_status *st);
    void *ctx;
};

static bool visit_node(void *ctx, struct hash_node *hn)
{
    struct visit *v = ctx;
    struct tcp_node *n = node_of_hash(hn);
    struct tern_status st;
    struct tern_conn *c = n->kind == NODE_CONN ? conn_of(n) : n->kind == NODE_TIME_WAIT ? tw_of(n)->conn : NULL;
    if (n->kind == NODE_CONN)
        tcp_status(c, &st);
    else if (n->kind == NODE_HALF)
        half_status(v->s, half_of(n), &st);
    else
        tw_status(tw_of(n), &st);
    return v->each(v->ctx, c, &st);
}

void tern_stack_each(struct tern_stack *s, bool (*each)(void *ctx, struct tern_conn *c, const struct tern_status *st), void *ctx)
{
    struct visit v = {s, each, ctx};
    hash_each(&s->table, visit_node, &v);
}
