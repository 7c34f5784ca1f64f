/* What the tests of path models share: parcels, and where they end. */
#ifndef UNIT_PATH_TEST_H
#define UNIT_PATH_TEST_H

#include <stdlib.h>
#include <string.h>

#include "lane.h"
#include "unit.h"

#define TEST(name) static void name(void **state __attribute__((unused)))
#define CASE(name) cmocka_unit_test(name)

enum { PARCELS = 400000 };

static struct parcel parcels[PARCELS];
static size_t dropped_n, early_n;
static size_t last_dropped; /* index in |parcels| */

static inline size_t index_of(const struct parcel *p) { return (size_t)(p - parcels); }

static inline void note_drop(void *ctx, struct parcel *p, bool early)
{
    (void)ctx;
    dropped_n++;
    early_n += early;
    last_dropped = index_of(p);
}

static inline struct parcel *parcel_make(size_t i, uint32_t len, uint32_t flow, uint8_t ecn)
{
    assert_true(i < PARCELS);
    parcels[i] = (struct parcel){.len = len, .flow = flow, .ecn = ecn};
    return &parcels[i];
}

static inline void queue_open(struct queue *q, const struct queue_config *cfg, void **room)
{
    uint64_t seed = 7;
    size_t len = queue_room(cfg);
    assert_null(queue_check(cfg));
    *room = len > 0 ? malloc(len) : NULL;
    dropped_n = early_n = 0;
    queue_init(q, cfg, &seed, *room, (struct queue_drops){note_drop, NULL});
}

#endif
