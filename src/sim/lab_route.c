/* Ways of the fewest links, found once. */
#include "lab_internal.h"

/* One step of the search from |to| backwards: every node that reaches |node| by one link and has no way yet. */
static size_t reach(struct lab *lab, size_t to, size_t node, uint16_t *queue, size_t n)
{
    for (size_t w = 0; w < lab->way_n; w++) {
        const struct lab_way *way = &lab->way[w];
        uint16_t *out = &lab->route[way->from * lab->cfg.node_n + to];
        if (way->to != node || way->from == to || *out != LAB_NO_LANE) continue;
        *out = (uint16_t)w;
        /* Hosts do not forward. */
        if (lab->cfg.node[way->from].router) queue[n++] = way->from;
    }
    return n;
}

bool route_make(struct lab *lab)
{
    size_t nodes = lab->cfg.node_n;
    uint16_t *queue = mem_get(&lab->mem, nodes * sizeof *queue);
    if (!queue) return false;
    for (size_t i = 0; i < nodes * nodes; i++) lab->route[i] = LAB_NO_LANE;
    for (size_t to = 0; to < nodes; to++) {
        size_t n = 1;
        queue[0] = (uint16_t)to;
        for (size_t i = 0; i < n; i++) n = reach(lab, to, queue[i], queue, n);
    }
    mem_put(&lab->mem, queue, nodes * sizeof *queue);
    return true;
}
