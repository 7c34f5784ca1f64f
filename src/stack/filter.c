#include "filter.h"

#include <string.h>

#include "stack_host.h"

/* What the limits of a rule count, of one source or of its whole prefix. There is one for each that has a connection, half-open
 * or not, and of the others for those whose rate is still to be remembered, IDLE_MAX at most: the table cannot grow beyond what
 * it counts. */
struct limit {
    uint16_t slab_i; /* the slab's */
    struct hash_node hash;
    struct list idle; /* in limits.idle while it counts nothing */
    struct limit_key {
        uint64_t table; /* tern_listener.filter_id */
        uint64_t rule;
        struct tern_addr net;
    } key;
    uint32_t half_n, conn_n;
    tern_ns due; /* when the SYNs that came would all have come at the rate */
};

enum { IDLE_MAX = 1024 };

static struct limit *limit_of(struct hash_node *n) { return CONTAINER_OF(n, struct limit, hash); }

static uint64_t hash_of(const void *ctx, const struct hash_node *n)
{
    const struct tern_stack *s = ctx;
    const struct limit *e = (const void *)((const char *)n - offsetof(struct limit, hash));
    return hash_keyed(s->limits.hash_key, &e->key, sizeof e->key);
}

/* ---- rules ---- */

static bool limits(const struct tern_filter *r) { return r->half_max || r->conns_max || r->syn_rate; }
static bool everybody(const struct tern_filter *r)
{
    return !r->prefix_len && tern_addr_is_any(&r->from) && !tern_addr_is_v4(&r->from);
}

static bool valid(const struct tern_filter *r)
{
    if (r->action > TERN_FILTER_RESET || !sign_prefix_valid(&r->from, r->prefix_len)) return false;
    return limits(r) ? r->action == TERN_FILTER_ALLOW : !r->each;
}

/* The first rule that fits; NULL: none does. */
static const struct tern_filter *rule_for(const struct tern_listener *l, const struct tern_addr *from)
{
    for (uint32_t i = 0; i < l->filter_n && RULE(TERN 1); i++) {
        const struct tern_filter *r = &l->filter[i];
        if (everybody(r) || host_in_prefix(from, &r->from, r->prefix_len)) return r;
    }
    return NULL;
}

/* The rule that limits |from|; NULL: none does. */
static const struct tern_filter *limiting_rule(const struct tern_listener *l, const struct tern_addr *from)
{
    const struct tern_filter *r = rule_for(l, from);
    return r && limits(r) ? r : NULL;
}

static struct limit_key key_for(const struct tern_listener *l, const struct tern_filter *r, const struct tern_addr *from)
{
    struct limit_key k = {.table = l->filter_id, .rule = (uint64_t)(r - l->filter)};
    if (r->each) memcpy(k.net.b, from->b, source_len(from));
    return k;
}

/* ---- what they count ---- */

static void limit_drop(struct tern_stack *s, struct limit *e)
{
    list_remove(&e->idle);
    s->limits.idle_n--;
    hash_del(&s->limits.table, hash_of(s, &e->hash), &e->hash);
    slab_put(&s->limits.records, e);
}

/* It counts nothing any more, or not yet. */
static void rest(struct tern_stack *s, struct limit *e)
{
    list_append(&s->limits.idle, &e->idle);
    if (++s->limits.idle_n <= IDLE_MAX && e->due > s->env.now) return;
    limit_drop(s, s->limits.idle_n > IDLE_MAX ? CONTAINER_OF(s->limits.idle.next, struct limit, idle) : e);
}

static struct limit *find(const struct tern_listener *l, const struct limit_key *k)
{
    const struct tern_stack *s = l->s;
    uint64_t hash = hash_keyed(s->limits.hash_key, k, sizeof *k);
    for (int which = 0; which < 2; which++)
        for (struct hash_node *n = hash_chain(&s->limits.table, hash, which); n; n = n->next)
            if (!memcmp(&limit_of(n)->key, k, sizeof *k)) return limit_of(n);
    return NULL;
}

/* The one that counts for |from| by rule |r|; NULL: it is new, or there is no such rule. */
static struct limit *counts_for(const struct tern_listener *l, const struct tern_filter *r, const struct tern_addr *from)
{
    if (!r) return NULL;
    struct limit_key k = key_for(l, r, from);
    return find(l, &k);
}

/* The same, made where it is new, and no longer idle. NULL: no memory. */
static struct limit *use(struct tern_listener *l, const struct tern_filter *r, const struct tern_addr *from)
{
    struct tern_stack *s = l->s;
    struct limit_key k = key_for(l, r, from);
    struct limit *e = find(l, &k);
    if (e && !list_empty(&e->idle)) {
        list_remove(&e->idle);
        s->limits.idle_n--;
    }
    if (e || !(e = slab_get(&s->limits.records))) return e;
    list_init(&e->idle);
    e->key = k;
    hash_add(&s->limits.table, hash_of(s, &e->hash), &e->hash);
    return e;
}

static void settle(struct tern_stack *s, struct limit *e)
{
    if (!e->half_n && !e->conn_n) rest(s, e);
}

/* A SYN that a rule with limits allows. */
static enum tern_drop count_syn(struct tern_listener *l, const struct tern_filter *r, const struct tern_addr *from)
{
    struct limit *e = use(l, r, from);
    if (!e) return TERN_DROP_MEMORY;
    enum tern_drop why = TERN_DROP_NONE;
    if (r->syn_rate && !rate_take(&e->due, r->syn_rate, r->syn_rate, l->s->env.now))
        why = TERN_DROP_FILTER_RATE;
    else if (r->conns_max && e->conn_n + e->half_n >= r->conns_max)
        why = TERN_DROP_FILTER_CONNS;
    settle(l->s, e);
    return why;
}

enum tern_drop filter_look(struct tern_listener *l, const struct tcp_tuple *t, const struct wire_tcp *h)
{
    const struct tern_filter *r = rule_for(l, &t->raddr);
    if (!r) return TERN_DROP_NONE;
    if (r->action == TERN_FILTER_DROP) return TERN_DROP_FILTERED;
    if (r->action == TERN_FILTER_RESET) return TERN_DROP_FILTER_RESET;
    bool syn = (h->flags & (TH_SYN | TH_ACK | TH_RST)) == TH_SYN;
    return syn && limits(r) ? count_syn(l, r, &t->raddr) : TERN_DROP_NONE;
}

bool filter_crowded(struct tern_listener *l, const struct tern_addr *from)
{
    const struct tern_filter *r = limiting_rule(l, from);
    const struct limit *e = counts_for(l, r, from);
    return e && r->half_max && e->half_n >= r->half_max;
}

bool filter_has_room(struct tern_listener *l, const struct tern_addr *from)
{
    const struct tern_filter *r = limiting_rule(l, from);
    const struct limit *e = counts_for(l, r, from);
    return !e || !r->conns_max || e->conn_n + e->half_n < r->conns_max;
}

void filter_half(struct tern_listener *l, struct half *h)
{
    const struct tern_filter *r = limiting_rule(l, &h->node.t.raddr);
    struct limit *e = r ? use(l, r, &h->node.t.raddr) : NULL;
    if (!e) return; /* without memory it does not count */
    e->half_n++;
    h->ecn |= HALF_LIMITED;
}

void filter_half_end(struct tern_listener *l, struct half *h)
{
    if (!(h->ecn & HALF_LIMITED)) return;
    struct limit *e = counts_for(l, limiting_rule(l, &h->node.t.raddr), &h->node.t.raddr);
    h->ecn &= (uint8_t)~HALF_LIMITED;
    assert(e && e->half_n);
    e->half_n--;
    settle(l->s, e);
}

void filter_conn(struct tern_listener *l, struct tern_conn *c)
{
    const struct tern_filter *r = limiting_rule(l, &c->node.t.raddr);
    struct tcp_more *m = r ? tcp_more_own(c) : NULL;
    if (!m || !(m->limit = use(l, r, &c->node.t.raddr))) return;
    m->limit->conn_n++;
}

void filter_conn_end(struct tern_stack *s, struct tern_conn *c)
{
    struct limit *e = c->more ? c->more->limit : NULL;
    if (!e) return;
    c->more->limit = NULL;
    e->conn_n--;
    settle(s, e);
}

/* ---- calls ---- */

/* Half-open ones count no longer: their limits end with the rules. */
static void forget_halves(struct tern_listener *l)
{
    for (struct list *n = l->halves.next; n != &l->halves; n = n->next) filter_half_end(l, CONTAINER_OF(n, struct half, queue));
}

static int prepare(struct tern_stack *s)
{
    if (s->limits.made) return 0;
    if (hash_init(&s->limits.table, &s->mem, hash_of, s)) return TERN_ERR_NOMEM;
    slab_init(&s->limits.records, &s->mem, sizeof(struct limit));
    list_init(&s->limits.idle);
    s->limits.made = true;
    return 0;
}

bool host_filter_valid(const struct tern_filter *rules, size_t n)
{
    if (n > TERN_FILTER_MAX) return false;
    for (size_t i = 0; i < n; i++)
        if (!valid(&rules[i])) return false;
    return true;
}

int tern_listener_filter(struct tern_listener *l, const struct tern_filter *rules, size_t n)
{
    struct tern_stack *s = l->s;
    if (!host_filter_valid(rules, n)) return TERN_ERR_INVAL;
    struct tern_filter *own = n ? mem_get(&s->mem, n * sizeof *own) : NULL;
    if (n && (!own || prepare(s))) {
        mem_put(&s->mem, own, n * sizeof *own);
        return TERN_ERR_NOMEM;
    }
    filter_listener_end(l);
    if (n) memcpy(own, rules, n * sizeof *own);
    l->filter = own;
    l->filter_n = (uint32_t)n;
    l->filter_id = ++s->limits.tables_n;
    return 0;
}

void filter_listener_end(struct tern_listener *l)
{
    forget_halves(l);
    mem_put(&l->s->mem, l->filter, l->filter_n * sizeof *l->filter);
    l->filter = NULL;
    l->filter_n = 0;
}

void filter_free(struct tern_stack *s)
{
    if (!s->limits.made) return;
    while (!list_empty(&s->limits.idle)) limit_drop(s, CONTAINER_OF(s->limits.idle.next, struct limit, idle));
    hash_free(&s->limits.table);
    slab_free(&s->limits.records);
}

/* ---- reading one ---- */

/* Takes the next word into |out|. False: there is none, or it does not fit. */
static bool word(const char **at, char *out, size_t size)
{
    size_t n = strcspn(*at, " ");
    if (!n || n >= size) return false;
    memcpy(out, *at, n);
    out[n] = '\0';
    *at += n;
    if (**at == ' ' && (*at)[1]) ++*at;
    return true;
}

static bool number(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    uint64_t v = 0;
    size_t n = strlen(text);
    if (!n || n > 10 || strspn(text, "0123456789") != n) return false;
    for (; *text; text++) v = 10 * v + (uint64_t)(*text - '0');
    *out = (uint32_t)v;
    return v >= least && v <= most;
}

static bool source(char *text, struct tern_filter *out)
{
    char *slash = strchr(text, '/');
    uint32_t len;
    if (!strcmp(text, "any")) return true;
    if (slash) *slash = '\0';
    if (tern_addr_parse(text, &out->from)) return false;
    uint32_t most = tern_addr_is_v4(&out->from) ? 32 : 128;
    if (!slash)
        len = most;
    else if (!number(slash + 1, 0, most, &len))
        return false;
    out->prefix_len = (uint8_t)len;
    return true;
}

int tern_filter_parse(const char *text, struct tern_filter *out)
{
    static const char *const actions[] = {"allow", "drop", "reset"};
    struct tern_filter r = {.action = UINT8_MAX};
    char w[TERN_ADDR_STRLEN + 4];
    if (!word(&text, w, sizeof w)) return TERN_ERR_INVAL;
    for (uint8_t i = 0; i < 3; i++)
        if (!strcmp(w, actions[i])) r.action = i;
    if (!word(&text, w, sizeof w) || !source(w, &r)) return TERN_ERR_INVAL;
    while (*text) {
        if (!word(&text, w, sizeof w)) return TERN_ERR_INVAL;
        uint32_t *limit = !strcmp(w, "half")    ? &r.half_max
                          : !strcmp(w, "conns") ? &r.conns_max
                          : !strcmp(w, "rate")  ? &r.syn_rate
                                                : NULL;
        if (!strcmp(w, "each") && !r.each)
            r.each = true;
        else if (!limit || *limit || !word(&text, w, sizeof w) || !number(w, 1, UINT32_MAX, limit))
            return TERN_ERR_INVAL;
    }
    if (!valid(&r)) return TERN_ERR_INVAL;
    *out = r;
    return 0;
}
