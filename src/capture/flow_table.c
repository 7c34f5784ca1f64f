/* Flows by their endpoints, and by the time they were last seen. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "flow.h"

static bool endpoint_same(const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    return a->port == b->port && memcmp(&a->addr, &b->addr, sizeof a->addr) == 0;
}

static struct flow_key key_of(const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    int order = memcmp(&a->addr, &b->addr, sizeof a->addr);
    if (order > 0 || (order == 0 && a->port > b->port)) return key_of(b, a);
    return (struct flow_key){{a->addr, b->addr}, {a->port, b->port}};
}

static struct flow_place *place_of(const struct hash_node *node)
{
    return CONTAINER_OF((struct hash_node *)(uintptr_t)node, struct flow_place, node);
}

static uint64_t hash_of(const void *ctx, const struct hash_node *node)
{
    (void)ctx;
    return place_of(node)->hash;
}

int flow_table_init(struct flow_table *t, uint32_t max)
{
    memset(t, 0, sizeof *t);
    list_init(&t->lru);
    list_init(&t->unused);
    t->max = max;
    mem_init(&t->mem, &tern_alloc_libc, SIZE_MAX);
    if (getrandom(t->hash_key, sizeof t->hash_key, GRND_NONBLOCK) < 0) t->hash_key[0] = 1; /* early after boot: guessable */
    t->place = calloc(max, sizeof *t->place);
    if (!t->place) return TERN_ERR_NOMEM;
    int err = hash_init(&t->hash, &t->mem, hash_of, NULL);
    if (err) {
        free(t->place);
        t->place = NULL;
    }
    return err;
}

void flow_table_free(struct flow_table *t)
{
    if (!t->place) return;
    for (struct flow *f; (f = flow_oldest(t)) != NULL;) flow_forget(t, f);
    hash_free(&t->hash);
    free(t->place);
}

static bool between(const struct flow *f, const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    const struct tern_endpoint *end = f->conn.end;
    return (endpoint_same(&end[0], a) && endpoint_same(&end[1], b)) || (endpoint_same(&end[0], b) && endpoint_same(&end[1], a));
}

static struct flow *look_up(const struct flow_table *t, const struct tern_endpoint *src, const struct tern_endpoint *dst)
{
    if (t->last && between(t->last, src, dst)) return t->last;
    struct flow_key key = key_of(src, dst);
    uint64_t hash = hash_keyed(t->hash_key, &key, sizeof key);
    for (int which = 0; which < 2; which++) {
        for (struct hash_node *n = hash_chain(&t->hash, hash, which); n; n = n->next) {
            const struct flow_place *p = place_of(n);
            if (p->hash == hash && between(p->flow, src, dst)) return p->flow;
        }
    }
    return NULL;
}

struct flow *flow_find(struct flow_table *t, const struct tern_endpoint *src, const struct tern_endpoint *dst)
{
    struct flow *f = look_up(t, src, dst);
    if (!f || f == t->last) return f;
    t->last = f;
    struct flow_place *p = &t->place[f->slot];
    list_remove(&p->list);
    list_append(&t->lru, &p->list);
    return f;
}

struct flow *flow_oldest(const struct flow_table *t)
{
    return list_empty(&t->lru) ? NULL : CONTAINER_OF(t->lru.next, struct flow_place, list)->flow;
}

struct flow *flow_surplus(const struct flow_table *t) { return t->hash.n >= t->max ? flow_oldest(t) : NULL; }

/* A place among the story's connections: a new one while there are few, then the one that was unused longest. */
static uint32_t take_slot(struct flow_table *t, struct story *s, const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    if (s->conn_n < t->max) return story_add_conn(s, a, b);
    uint32_t slot = (uint32_t)(CONTAINER_OF(list_pop(&t->unused), struct flow_place, list) - t->place);
    s->conn[slot] = (struct story_conn){.end = {*a, *b}};
    return slot;
}

struct flow *flow_new(struct flow_table *t, struct story *s, const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    struct flow *f = mem_zero(&t->mem, sizeof *f);
    if (!f) return NULL;
    f->slot = take_slot(t, s, a, b);
    if (s->out_of_memory) {
        mem_put(&t->mem, f, sizeof *f);
        return NULL;
    }
    f->conn.number = s->conn[f->slot].number = ++t->serial;
    f->conn.end[STORY_A] = *a;
    f->conn.end[STORY_B] = *b;
    struct flow_key key = key_of(a, b);
    struct flow_place *p = &t->place[f->slot];
    p->flow = f;
    p->hash = hash_keyed(t->hash_key, &key, sizeof key);
    hash_add(&t->hash, p->hash, &p->node);
    list_append(&t->lru, &p->list);
    t->last = f;
    return f;
}

void flow_forget(struct flow_table *t, struct flow *f)
{
    struct flow_place *p = &t->place[f->slot];
    hash_del(&t->hash, p->hash, &p->node);
    list_remove(&p->list);
    list_append(&t->unused, &p->list);
    if (t->last == f) t->last = NULL;
    mem_put(&t->mem, f, sizeof *f);
}

enum story_side flow_side(const struct flow *f, const struct tern_endpoint *src)
{
    return endpoint_same(&f->conn.end[STORY_A], src) ? STORY_A : STORY_B;
}
