/* Random scenarios: everything in one, topology, models, applications, algorithms, settings, is drawn from one number. */
#ifndef SIM_LAB_DRAW_H
#define SIM_LAB_DRAW_H

#include "lab.h"

enum { DRAWN_NODES = 16, DRAWN_LINKS = 16, DRAWN_FLOWS = 6, DRAWN_STEPS = 6, DRAWN_TRACE = 64, DRAWN_OUTAGES = 3 };

/* Its config leads into itself: it must not be moved. */
struct lab_drawn {
    struct lab_config cfg;
    struct lab_node node[DRAWN_NODES];
    struct lab_link link[DRAWN_LINKS];
    struct lab_flow flow[DRAWN_FLOWS];
    struct capacity_step step[2][DRAWN_STEPS];
    uint32_t trace[2][DRAWN_TRACE];
    struct lane_outage outage[2][DRAWN_OUTAGES];
    struct lane_mtu_step mtu[2];
};

/* Scenario number |seed|: the same on every machine. It is possible (lab_new() takes it), and a right TCP gets every byte through
 * and ends every connection in its time. */
void lab_draw(uint64_t seed, struct lab_drawn *out);

#endif
