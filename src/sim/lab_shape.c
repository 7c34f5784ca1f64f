/* Common topologies. */
#include "lab.h"

#include <stdio.h>

void lab_config_default(struct lab_config *cfg)
{
    *cfg = (struct lab_config){.duration = 10 * TERN_SEC, .grace = 600 * TERN_SEC, .sample = 100 * TERN_MS, .seed = 1};
}

static void name(char *out, const char *what, size_t i) { snprintf(out, LAB_NAME_MAX, "%s%zu", what, i); }

static void join(struct lab_link *l, size_t a, size_t b, const struct lane_config *way)
{
    *l = (struct lab_link){.a = (uint16_t)a, .b = (uint16_t)b, .lane = {*way, *way}};
}

static void make_nodes(struct lab_node *node, size_t n, const char *what, bool router)
{
    for (size_t i = 0; i < n; i++) {
        node[i] = (struct lab_node){.router = router};
        name(node[i].name, what, i);
    }
}

size_t lab_pair(struct lab_node *node, struct lab_link *link, const struct lane_config *way)
{
    make_nodes(node, 2, "host", false);
    join(link, 0, 1, way);
    name(link->name, "link", 0);
    return 1;
}

size_t lab_dumbbell(size_t n, struct lab_node *node, struct lab_link *link, const struct lane_config *bottleneck,
                    const struct lane_config *access)
{
    make_nodes(node, n, "left", false);
    make_nodes(node + n, n, "right", false);
    make_nodes(node + 2 * n, 2, "router", true);
    join(&link[0], 2 * n, 2 * n + 1, bottleneck);
    name(link[0].name, "bottleneck", 0);
    for (size_t i = 0; i < 2 * n; i++) {
        join(&link[1 + i], i, i < n ? 2 * n : 2 * n + 1, access);
        name(link[1 + i].name, "access", i);
    }
    return 2 * n + 1;
}

size_t lab_parking_lot(size_t n, struct lab_node *node, struct lab_link *link, const struct lane_config *bottleneck,
                       const struct lane_config *access)
{
    make_nodes(node, n + 1, "router", true);
    make_nodes(node + n + 1, 2 * n + 2, "host", false);
    for (size_t i = 0; i < n; i++) {
        join(&link[i], i, i + 1, bottleneck);
        name(link[i].name, "bottleneck", i);
    }
    for (size_t i = 0; i < 2 * n + 2; i++) {
        size_t router = i == 0 ? 0 : i == 1 ? n : (i - 2) / 2 + i % 2;
        join(&link[n + i], n + 1 + i, router, access);
        name(link[n + i].name, "access", i);
    }
    return 3 * n + 2;
}
