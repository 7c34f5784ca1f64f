/* Demultiplexing: one keyed table for connections, half-open ones and TIME-WAITs, by both endpoints. */
#include "stack_internal.h"

#include <string.h>

uint64_t table_hash_of(const void *ctx, const struct hash_node *n)
{
    const struct tern_stack *s = ctx;
    const struct tcp_node *node = (const void *)((const char *)n - offsetof(struct tcp_node, hash));
    return hash_keyed(s->table_key, &node->t, sizeof node->t);
}

static uint64_t hash_tuple(const struct tern_stack *s, const struct tcp_tuple *t)
{
    return hash_keyed(s->table_key, t, sizeof *t);
}

struct tcp_node *table_find(struct tern_stack *s, const struct tcp_tuple *t)
{
    if (s->last && !memcmp(&s->last->t, t, sizeof *t)) return s->last; /* packets come in trains */
    uint64_t hash = hash_tuple(s, t);
    for (int which = 0; which < 2; which++)
        for (struct hash_node *h = hash_chain(&s->table, hash, which); h; h = h->next)
            if (!memcmp(&node_of_hash(h)->t, t, sizeof *t)) return s->last = node_of_hash(h);
    return NULL;
}

void table_add(struct tern_stack *s, struct tcp_node *n) { hash_add(&s->table, hash_tuple(s, &n->t), &n->hash); }

void table_remove(struct tern_stack *s, struct tcp_node *n)
{
    if (s->last == n) s->last = NULL;
    hash_del(&s->table, hash_tuple(s, &n->t), &n->hash);
}

void table_replace(struct tern_stack *s, struct tcp_node *n, struct tcp_node *with)
{
    if (s->last == n) s->last = NULL;
    hash_swap(&s->table, hash_tuple(s, &n->t), &n->hash, &with->hash);
}
