/* A keyed hash (SipHash-2-4 by libsodium) and an intrusive hash table of chained nodes. Whoever does not know the key cannot aim
 * at one bucket. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "mem.h"

#define HASH_KEY_LEN 16

/* The same number on every machine. */
uint64_t hash_keyed(const uint8_t key[HASH_KEY_LEN], const void *data, size_t len);

struct hash_node {
    struct hash_node *next;
};

/* The table grows by doubling, a bounded number of nodes moved by each call (only the clearing of the new buckets, 4 bytes a
 * node, is paid at once). It knows no key type: the caller gives the hash of a node when asked. */
struct hash_table {
    struct mem *m;
    struct hash_node **bucket, **old; /* old: the half as large table that is being emptied, or NULL */
    size_t mask, old_mask, old_next;  /* mask: number of buckets - 1 */
    size_t n;
    uint64_t (*hash_of)(const void *ctx, const struct hash_node *node);
    const void *ctx;
};

/* Returns 0 or TERN_ERR_NOMEM. */
int hash_init(struct hash_table *t, struct mem *m, uint64_t (*hash_of)(const void *ctx, const struct hash_node *),
              const void *ctx);
void hash_free(struct hash_table *t);                                    /* the nodes are the caller's */
void hash_add(struct hash_table *t, uint64_t hash, struct hash_node *n); /* cannot fail: a table that may not grow gets slower */
void hash_del(struct hash_table *t, uint64_t hash, struct hash_node *n); /* |n| must be in the table */

/* Takes |with|'s place for |n| in the same chain: both have the same hash. */
void hash_swap(struct hash_table *t, uint64_t hash, struct hash_node *n, struct hash_node *with);

/* The chain in which a node of that hash may be: follow ->next. With a table that is growing there may be two: start at which 0,
 * then 1. NULL: nothing (more). */
struct hash_node *hash_chain(const struct hash_table *t, uint64_t hash, int which);

/* Calls |each| once for every node, in no order; |each| may delete the node it is given, but not add any. Stops early, and
 * returns false, when it returns false. */
bool hash_each(struct hash_table *t, bool (*each)(void *ctx, struct hash_node *), void *ctx);

#endif
