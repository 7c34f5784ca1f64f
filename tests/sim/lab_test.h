/* What the tests of the laboratory share. */
#ifndef SIM_LAB_TEST_H
#define SIM_LAB_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "unit.h"

#define TEST(name) static void name(void **state __attribute__((unused)))
#define CASE(name) cmocka_unit_test(name)

enum { NODES = 40, LINKS = 40, FLOWS = 16 };

/* A configuration in the making, and what came of it. */
struct bench {
    struct lab_config cfg;
    struct lab_node node[NODES];
    struct lab_link link[LINKS];
    struct lab_flow flow[FLOWS];
    struct lab_flow_result result[FLOWS];
    struct lab_totals totals;
    struct lab_failure failure;
    struct lab_lane_result lane[2 * LINKS];
};

static inline void bench_plug(struct bench *b)
{
    b->cfg.node = b->node;
    b->cfg.link = b->link;
    b->cfg.flow = b->flow;
}

static inline void bench_pair(struct bench *b, const struct lane_config *way)
{
    memset(b, 0, sizeof *b);
    lab_config_default(&b->cfg);
    bench_plug(b);
    b->cfg.node_n = 2;
    b->cfg.link_n = lab_pair(b->node, b->link, way);
}

static inline void bench_dumbbell(struct bench *b, size_t n, const struct lane_config *bottleneck,
                                  const struct lane_config *access)
{
    memset(b, 0, sizeof *b);
    lab_config_default(&b->cfg);
    bench_plug(b);
    b->cfg.node_n = 2 * n + 2;
    b->cfg.link_n = lab_dumbbell(n, b->node, b->link, bottleneck, access);
}

static inline struct lab_flow *bench_flow(struct bench *b, struct lab_flow f)
{
    b->flow[b->cfg.flow_n] = f;
    return &b->flow[b->cfg.flow_n++];
}

/* Runs; whatever happens is in |b|. */
static inline bool bench_try(struct bench *b)
{
    struct lab_wrong why;
    struct lab *lab = lab_new(&b->cfg, &why);
    if (!lab) fail_msg("%s (%d, %zu)", why.text, (int)why.part, why.index);
    bool right = lab_run(lab);
    b->failure = lab_failure(lab);
    lab_totals(lab, &b->totals);
    for (size_t i = 0; i < b->cfg.flow_n; i++) lab_result(lab, i, &b->result[i]);
    for (size_t i = 0; i < 2 * b->cfg.link_n; i++) lab_link_result(lab, i / 2, i & 1, &b->lane[i]);
    lab_free(lab);
    return right;
}

static inline void bench_run_over(struct bench *b, const char *what)
{
    if (bench_try(b)) return;
    fail_msg("%s: %s: flow %d, node %d, value %lld, at %llu ns", what, lab_failure_text(b->failure.kind), b->failure.flow,
             b->failure.node, (long long)b->failure.value, (unsigned long long)b->failure.at);
}

static inline void bench_run(struct bench *b) { bench_run_over(b, "run"); }

#endif
