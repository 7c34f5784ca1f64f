/* One run of a scenario, measured. */
#ifndef SCENARIO_TRIAL_H
#define SCENARIO_TRIAL_H

#include <stdio.h>

#include <jansson.h>

#include "scenario.h"

/* A damage by chance, and where. */
struct trial_fault {
    uint16_t link;
    uint8_t direction;
    struct lane_fault fault;
};

struct trial_faults {
    struct trial_fault *list;
    size_t n, cap;
};
void trial_faults_free(struct trial_faults *f);

/* What is drawn: of each flow and each lane its samples, at the same times. */
struct trial_point {
    tern_ns at;
    uint64_t cwnd, rate, rtt, in_flight; /* of a flow: bytes, bit/s, ns, bytes */
    uint64_t held;                       /* of a flow: bytes written and not acknowledged */
    uint64_t delivered, resent;          /* of a flow: bytes, from the beginning */
    uint64_t queue_delay, queue_bytes;   /* of a lane: ns, bytes */
    bool open;
};
struct trial_line {
    char name[LAB_NAME_MAX + 8];
    bool lane;
    struct trial_point *point;
    size_t n, cap;
    uint64_t sent; /* bytes, until the last point */
    tern_ns sent_at;
};
struct trial_plot {
    struct trial_line *line;
    size_t n;
    tern_ns duration;
};
void trial_plot_free(struct trial_plot *p);

struct trial_wish {
    bool check;                       /* the stacks' invariants, after every event */
    const struct trial_faults *given; /* NULL; else these and no other damage by chance */
    struct trial_faults *seen;        /* NULL; else the damage by chance is noted here */
    struct trial_plot *plot;          /* NULL */
    const char *pcap;                 /* NULL; else captures of the links go to files whose names begin so */
    FILE *events;                     /* NULL; else JSON lines of what the stacks say */
};

/* The run's "flows", "links", "total", "digest" and perhaps "fault", as results.h has them. NULL: |error|. */
json_t *trial_run(struct scenario *s, const char *file, const struct trial_wish *wish, struct scenario_error *error);
/* The same of a configuration, whose |watch| does not matter. NULL: |why| is what the engine does not take, or, without a text
 * there, |error|. */
json_t *trial_config(const struct lab_config *cfg, tern_ns warm_up, const struct trial_wish *wish, struct lab_wrong *why,
                     struct scenario_error *error);

/* |e| of |run|, whose control |e->than| is |than| (NULL: there is none). False: there is no such figure. */
bool trial_expected(const struct scenario_expect *e, const json_t *run, const json_t *than, uint64_t *value);
/* "goodput of a over b: 40 % .. 60 %", not translated. */
void trial_says(const struct scenario_expect *e, char *out, size_t cap);

#endif
