#include "hash.h"

#include <assert.h>
#include <sodium/crypto_shorthash.h>

#define BUCKETS_FIRST 64
#define MOVE_STEPS    8 /* a call: nodes moved or empty buckets passed. All is moved long before the next growth */

_Static_assert(HASH_KEY_LEN == crypto_shorthash_KEYBYTES && crypto_shorthash_BYTES == 8, "libsodium's short hash is SipHash-2-4");

uint64_t hash_keyed(const uint8_t key[HASH_KEY_LEN], const void *data, size_t len)
{
    uint8_t out[crypto_shorthash_BYTES];
    uint64_t h = 0;
    crypto_shorthash(out, data, len, key);
    for (unsigned i = 0; i < sizeof out; i++) h |= (uint64_t)out[i] << (8 * i);
    return h;
}

static size_t table_len(size_t mask) { return (mask + 1) * sizeof(struct hash_node *); }

int hash_init(struct hash_table *t, struct mem *m, uint64_t (*hash_of)(const void *ctx, const struct hash_node *),
              const void *ctx)
{
    *t = (struct hash_table){.m = m, .mask = BUCKETS_FIRST - 1, .hash_of = hash_of, .ctx = ctx};
    t->bucket = mem_zero(m, table_len(t->mask));
    return t->bucket ? 0 : TERN_ERR_NOMEM;
}

void hash_free(struct hash_table *t)
{
    mem_put(t->m, t->old, table_len(t->old_mask));
    mem_put(t->m, t->bucket, table_len(t->mask));
    t->old = t->bucket = NULL;
    t->n = 0;
}

static void push(struct hash_node **head, struct hash_node *n)
{
    n->next = *head;
    *head = n;
}

static void move_some(struct hash_table *t, size_t steps)
{
    for (; t->old && steps > 0; steps--) {
        struct hash_node **head = &t->old[t->old_next], *n = *head;
        if (n) {
            *head = n->next;
            push(&t->bucket[t->hash_of(t->ctx, n) & t->mask], n);
        } else if (t->old_next++ == t->old_mask) {
            mem_put(t->m, t->old, table_len(t->old_mask));
            t->old = NULL;
        }
    }
}

static void grow(struct hash_table *t)
{
    size_t mask = 2 * t->mask + 1;
    struct hash_node **bucket = mem_zero(t->m, table_len(mask));
    if (!bucket) return;
    t->old = t->bucket;
    t->old_mask = t->mask;
    t->old_next = 0;
    t->bucket = bucket;
    t->mask = mask;
}

void hash_add(struct hash_table *t, uint64_t hash, struct hash_node *n)
{
    /* At two nodes a bucket; where memory was refused, again after each further node a bucket, not at every call. */
    if (!t->old && t->n > t->mask + 1 && (t->n & t->mask) == 0) grow(t);
    move_some(t, MOVE_STEPS);
    push(&t->bucket[hash & t->mask], n);
    t->n++;
}

/* The link that points to |n|, which is in the table. */
static struct hash_node **link_to(struct hash_table *t, uint64_t hash, const struct hash_node *n)
{
    struct hash_node **p = &t->bucket[hash & t->mask];
    while (*p && *p != n) p = &(*p)->next;
    if (*p || !t->old) return p;
    for (p = &t->old[hash & t->old_mask]; *p && *p != n;) p = &(*p)->next;
    assert(*p);
    return p;
}

void hash_del(struct hash_table *t, uint64_t hash, struct hash_node *n)
{
    *link_to(t, hash, n) = n->next;
    n->next = NULL;
    t->n--;
    move_some(t, MOVE_STEPS);
}

void hash_swap(struct hash_table *t, uint64_t hash, struct hash_node *n, struct hash_node *with)
{
    *link_to(t, hash, n) = with;
    with->next = n->next;
    n->next = NULL;
}

struct hash_node *hash_chain(const struct hash_table *t, uint64_t hash, int which)
{
    struct hash_node *first = t->bucket[hash & t->mask];
    struct hash_node *second = t->old ? t->old[hash & t->old_mask] : NULL;
    if (which == 0) return first ? first : second;
    return which == 1 && first ? second : NULL;
}

bool hash_each(struct hash_table *t, bool (*each)(void *ctx, struct hash_node *), void *ctx)
{
    move_some(t, SIZE_MAX); /* so that no node moves while |each| deletes */
    for (size_t i = 0; i <= t->mask; i++) {
        for (struct hash_node *n = t->bucket[i], *next; n; n = next) {
            next = n->next;
            if (!each(ctx, n)) return false;
        }
    }
    return true;
}
