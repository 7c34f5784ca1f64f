/* How many virtual packets a second the laboratory moves, and what it holds meanwhile.
 *
 *     sim [SECONDS]
 *
 * One thread, CPU time. A packet is one of the MTU that a host sent, data or ACK, however many links it crosses; both ends are
 * whole stacks, and every byte that comes is compared with what was sent. Each row lasts SECONDS (default 20) of virtual time,
 * and a tenth of it before, so that its memory can be seen to be flat. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lab.h"

enum { NODES = 64, LINKS = 64, FLOWS = 16 };

static struct lab_node node[NODES];
static struct lab_link link[LINKS];
static struct lab_flow flow[FLOWS];

struct row {
    const char *name;
    struct lane_config way;
    size_t pairs; /* of a dumbbell; 0: two hosts and a link */
};

static const struct row rows[] = {
    {"a link of 1 Gbit/s, 10 ms", {.capacity.bps = 1000000000, .delay = 10 * TERN_MS, .queue.limit_n = 10000}, 0},
    {"the same, 0.01 % loss", {.capacity.bps = 1000000000, .delay = 10 * TERN_MS, .queue.limit_n = 10000, .loss_ppm = 100}, 0},
    {"FQ-CoDel", {.capacity.bps = 1000000000, .delay = 10 * TERN_MS, .queue = {.kind = QUEUE_FQ_CODEL}}, 0},
    {"a dumbbell of 8 pairs, 100 Mbit/s each", {.capacity.bps = 800000000, .delay = 10 * TERN_MS, .queue.limit_n = 2000}, 8},
};

static void die(const char *text)
{
    fprintf(stderr, "sim: %s\n", text);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct lab_totals run(const struct row *r, tern_ns duration, double *cpu)
{
    static const struct lane_config access = {.delay = TERN_MS};
    struct lab_config cfg;
    struct lab_wrong why;
    struct lab_totals totals;
    lab_config_default(&cfg);
    cfg.node = node, cfg.link = link, cfg.flow = flow;
    cfg.duration = duration;
    cfg.flow_n = r->pairs ? r->pairs : 1;
    cfg.node_n = r->pairs ? 2 * r->pairs + 2 : 2;
    cfg.link_n = r->pairs ? lab_dumbbell(r->pairs, node, link, &r->way, &access) : lab_pair(node, link, &r->way);
    memset(flow, 0, sizeof flow);
    for (size_t i = 0; i < cfg.flow_n; i++) flow[i].from = (uint16_t)i, flow[i].to = (uint16_t)(i + cfg.flow_n);
    struct lab *lab = lab_new(&cfg, &why);
    if (!lab) die(why.text);
    double from = cpu_seconds();
    if (!lab_run(lab)) die(lab_failure_text(lab_failure(lab).kind));
    *cpu = cpu_seconds() - from;
    lab_totals(lab, &totals);
    lab_free(lab);
    return totals;
}

int main(int argc, char **argv)
{
    tern_ns duration = (argc > 1 ? strtoull(argv[1], NULL, 10) : 20) * TERN_SEC;
    if (duration == 0) die("a number of seconds is wanted");
    printf("%-42s %12s %12s %14s %16s\n", "", "packets/s", "hops/s", "peak memory", "after a tenth");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double cpu;
        size_t early = run(&rows[i], duration / 10, &cpu).memory_peak;
        struct lab_totals t = run(&rows[i], duration, &cpu);
        printf("%-42s %12.0f %12.0f %11zu KB %13zu KB\n", rows[i].name, (double)t.packets / cpu, (double)t.hops / cpu,
               t.memory_peak / 1000, early / 1000);
    }
    return 0;
}
