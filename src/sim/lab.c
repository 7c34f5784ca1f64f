/* A laboratory's life, the passing of its time, and what came out. */
#include <string.h>

#include "lab_internal.h"
#include "words.h"

enum {
    AFTERMATH_S = 3600,
    KEPT = 8 * 16500
}; /* seconds for what connections leave behind; an empty page of each kind of record */

/* ---- failure ---- */

void lab_fail(struct lab *lab, enum lab_failure_kind kind, int32_t flow, int32_t node, int64_t value)
{
    if (lab->failure.kind != LAB_OK) return;
    lab->failure = (struct lab_failure){.kind = kind, .at = lab->now, .flow = flow, .node = node, .value = value};
}

struct lab_failure lab_failure(const struct lab *lab) { return lab->failure; }

const char *lab_failure_text(enum lab_failure_kind kind)
{
    static const char *const text[LAB_FAILURE_N] = {
        [LAB_OK] = N_("nothing is wrong"),
        [LAB_WRONG_BYTE] = N_("a receiver got a byte that was not sent"),
        [LAB_MISSING] = N_("a stream ended before its last byte"),
        [LAB_ERROR] = N_("a connection failed"),
        [LAB_ENDLESS] = N_("a connection did not end in its time"),
        [LAB_STALLED] = N_("a connection stands still: nothing will ever happen again"),
        [LAB_INVARIANT] = N_("an invariant of TCP does not hold"),
        [LAB_LEAK] = N_("memory was left behind"),
        [LAB_NO_MEMORY] = N_("there was no memory"),
    };
    return text[kind < LAB_FAILURE_N ? kind : LAB_OK];
}

/* ---- life ---- */

static uint8_t *make_pattern(struct lab *lab)
{
    uint8_t *p = mem_get(&lab->mem, 2 * LAB_PERIOD);
    uint64_t x = 1;
    if (!p) return NULL;
    for (uint32_t i = 0; i < LAB_PERIOD; i++) p[i] = p[i + LAB_PERIOD] = (uint8_t)(chance_split(&x) >> 24);
    return p;
}

static bool allocate(struct lab *lab)
{
    const struct lab_config *c = &lab->cfg;
    size_t flows = c->flow_n > 0 ? c->flow_n : 1;
    lab->pattern = make_pattern(lab);
    lab->machine = mem_zero(&lab->mem, c->node_n * sizeof *lab->machine);
    lab->dirty = mem_get(&lab->mem, c->node_n * sizeof *lab->dirty);
    lab->flow = mem_zero(&lab->mem, flows * sizeof *lab->flow);
    lab->flow_sample = mem_get(&lab->mem, flows * sizeof *lab->flow_sample);
    lab->lane_sample = mem_get(&lab->mem, (lab->way_n + 1) * sizeof *lab->lane_sample);
    lab->clock = clock_new(&lab->mem, lab_source_sample(lab) + 1);
    return lab->pattern && lab->machine && lab->dirty && lab->flow && lab->flow_sample && lab->lane_sample && lab->clock;
}

static bool build(struct lab *lab)
{
    const struct lab_config *c = &lab->cfg;
    if (!allocate(lab) || !net_new(lab)) return false;
    for (size_t i = 0; i < c->node_n; i++)
        if (!machine_new(lab, i)) return false;
    for (size_t i = 0; i < c->flow_n; i++) app_new(lab, i, &c->flow[i]);
    for (size_t i = 0; i < c->node_n; i++)
        if (lab->machine[i].s) lab->machine[i].baseline = machine_memory(lab, i);
    if (c->watch.sample && c->sample > 0) clock_set(lab->clock, lab_source_sample(lab), c->sample);
    return lab->failure.kind == LAB_OK;
}

struct lab *lab_new(const struct lab_config *cfg, struct lab_wrong *why)
{
    struct lab *lab;
    if (!lab_check(cfg, why)) return NULL;
    *why = (struct lab_wrong){.text = N_("there is no memory, or a host's settings are out of their range")};
    lab = tern_alloc_libc.alloc(NULL, sizeof *lab);
    if (!lab) return NULL;
    memset(lab, 0, sizeof *lab);
    lab->cfg = *cfg;
    lab->way_n = 2 * cfg->link_n;
    lab->totals.digest = UINT64_C(0xcbf29ce484222325);
    lab->failure.flow = lab->failure.node = -1;
    mem_init(&lab->mem, &tern_alloc_libc, SIZE_MAX);
    if (build(lab)) return lab;
    lab_free(lab);
    return NULL;
}

void lab_free(struct lab *lab)
{
    if (!lab) return;
    const struct lab_config *c = &lab->cfg;
    size_t flows = c->flow_n > 0 ? c->flow_n : 1;
    for (size_t i = 0; lab->flow && i < c->flow_n; i++) app_free(lab, i);
    for (size_t i = 0; lab->machine && i < c->node_n; i++) machine_free(lab, i);
    net_free(lab);
    clock_free(&lab->mem, lab->clock);
    mem_put(&lab->mem, lab->pattern, 2 * LAB_PERIOD);
    mem_put(&lab->mem, lab->machine, c->node_n * sizeof *lab->machine);
    mem_put(&lab->mem, lab->dirty, c->node_n * sizeof *lab->dirty);
    mem_put(&lab->mem, lab->flow, flows * sizeof *lab->flow);
    mem_put(&lab->mem, lab->flow_sample, flows * sizeof *lab->flow_sample);
    mem_put(&lab->mem, lab->lane_sample, (lab->way_n + 1) * sizeof *lab->lane_sample);
    tern_alloc_libc.free(NULL, lab, sizeof *lab);
}

tern_ns lab_now(const struct lab *lab) { return lab->now; }

/* ---- time ---- */

static void sample_due(struct lab *lab)
{
    tern_ns next = lab->now + lab->cfg.sample;
    watch_sample(lab);
    clock_set(lab->clock, lab_source_sample(lab), next <= lab->cfg.duration ? next : TERN_NEVER);
}

static void happen(struct lab *lab, size_t source)
{
    if (source < lab->way_n)
        net_arrive(lab, source);
    else if (source < lab_source_flow(lab, 0))
        machine_expire(lab, source - lab->way_n);
    else if (source < lab_source_sample(lab))
        app_due(lab, source - lab_source_flow(lab, 0));
    else
        sample_due(lab);
    machine_settle(lab);
}

/* The first flow that has not ended; -1: all have. */
static int32_t unfinished(const struct lab *lab)
{
    for (size_t i = 0; i < lab->cfg.flow_n; i++)
        if (!app_is_over(&lab->flow[i])) return (int32_t)i;
    return -1;
}

/* After the end: is it still in its grace? */
static bool in_time(struct lab *lab)
{
    tern_ns end = lab->cfg.duration + lab->cfg.grace;
    if (lab->now <= end) return true;
    int32_t flow = unfinished(lab);
    if (flow < 0 && lab->now <= end + AFTERMATH_S * TERN_SEC) return true;
    lab_fail(lab, LAB_ENDLESS, flow, -1, 0);
    return false;
}

static void check_rest(struct lab *lab)
{
    int32_t flow = unfinished(lab);
    if (flow >= 0) lab_fail(lab, LAB_STALLED, flow, -1, 0);
    if (net_live_n(lab) > 0) lab_fail(lab, LAB_LEAK, -1, -1, (int64_t)net_live_n(lab));
    for (size_t i = 0; i < lab->cfg.node_n; i++) {
        struct lab_machine *m = &lab->machine[i];
        if (!m->s) continue;
        struct tern_pool *pool = tern_stack_pool(m->s);
        while (pool_give_up(pool)) {
        }
        size_t now = machine_memory(lab, i);
        bool left = pool_live_n(pool) > 0 || now > m->baseline + KEPT || !machine_is_quiet(lab, i);
        if (left) lab_fail(lab, LAB_LEAK, -1, (int32_t)i, (int64_t)(now - m->baseline));
    }
}

bool lab_run(struct lab *lab)
{
    struct lab_clock *c = lab->clock;
    for (;;) {
        size_t source = clock_first(c);
        if (c->at[source] == TERN_NEVER || lab->failure.kind != LAB_OK) break;
        if (c->at[source] > lab->now) lab->now = c->at[source];
        if (lab->now > lab->cfg.duration && !in_time(lab)) break;
        lab->totals.events++;
        happen(lab, source);
    }
    lab->totals.ended_at = lab->now;
    if (lab->cfg.watch.sample) watch_sample(lab);
    if (lab->failure.kind == LAB_OK) check_rest(lab);
    return lab->failure.kind == LAB_OK;
}

/* ---- results ---- */

void lab_result(const struct lab *lab, size_t flow, struct lab_flow_result *out)
{
    const struct lab_flow_run *f = &lab->flow[flow];
    *out = f->result;
    tern_ns end = out->ended_at < f->cfg.stop ? out->ended_at : f->cfg.stop;
    out->goodput = lab_rate(out->got_bytes, end - f->cfg.start);
}

void lab_link_result(const struct lab *lab, size_t link, unsigned direction, struct lab_lane_result *out)
{
    const struct lab_way *way = &lab->way[2 * link + direction];
    const struct lane_waiting *w = &way->lane.waiting;
    *out = (struct lab_lane_result){.count = lane_count(&way->lane), .passed_bytes_in_time = way->passed_bytes_in_time};
    out->queue_n_max = w->n_max;
    out->queue_bytes_max = w->bytes_max;
    out->queue_delay_max = w->delay_max;
    out->queue_delay_sum = w->delay_sum;
    out->queue_delay_n = w->delay_n;
}

void lab_totals(const struct lab *lab, struct lab_totals *out)
{
    *out = lab->totals;
    out->memory_peak = lab->mem.peak;
    for (size_t i = 0; i < lab->cfg.node_n; i++) {
        struct tern_counters n;
        if (!lab->machine[i].s) continue;
        tern_stack_counters(lab->machine[i].s, &n);
        out->memory_peak += n.memory_peak;
    }
}
