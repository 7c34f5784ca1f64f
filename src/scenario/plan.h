/* Which runs there are: the product of the sweeps' values and the seeds, in a fixed order, cut into shards.
 *
 * Run |i| of all has a number of its own whatever the shards are: the last --sweep turns fastest but for the seed, which turns
 * fastest of all. Shard I of N has the runs whose number is I - 1 modulo N. */
#ifndef SCENARIO_PLAN_H
#define SCENARIO_PLAN_H

#include <tern/types.h>

enum { PLAN_KEYS_MAX = 8, PLAN_VALUES_MAX = 100000 };

struct plan_key {
    char *path;
    char **value;
    size_t n;
};

struct plan {
    struct plan_key key[PLAN_KEYS_MAX];
    size_t key_n;
    uint64_t seed;          /* of the first */
    uint64_t repeat;        /* seeds: seed, seed + 1, ... */
    uint64_t shard, shards; /* I from 0, of N */
};

/* Reads "KEY=A..B[:STEP]" or "KEY=a,b,c" into the plan's next key; |unit|: what KEY is measured in, NULL: it takes no numbers.
 * False: |err| says why, in the reader's language. */
bool plan_sweep(struct plan *p, const char *text, const char *(*unit_of)(void *ctx, const char *path), void *ctx, char *err,
                size_t cap);
/* "I/N", from 1. */
bool plan_shard(struct plan *p, const char *text);
void plan_free(struct plan *p);

/* All of them, of every shard; 0: more than can be counted. */
uint64_t plan_runs(const struct plan *p);
bool plan_here(const struct plan *p, uint64_t run);
/* |own|: the document's, which holds where the plan has none. */
uint64_t plan_seed(const struct plan *p, uint64_t own, uint64_t run);
const char *plan_value(const struct plan *p, uint64_t run, size_t key);

#endif
