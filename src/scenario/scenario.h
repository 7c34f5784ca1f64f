/* A scenario: a network, who talks over it, and what is expected to be seen. Read from a TOML document by the table of schema.h;
 * scenario_lab() makes the laboratory's configuration of it. */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include "figure.h"
#include "lab.h"
#include "toml.h"

enum scenario_shape { SCENARIO_PAIR, SCENARIO_DUMBBELL, SCENARIO_PARKING_LOT, SCENARIO_NETWORK };

/* Key and value of a |set| table. */
struct scenario_set {
    const char *key, *value;
    const struct toml_node *at;
};

struct scenario_sets {
    struct scenario_set *list;
    size_t n;
};

struct scenario_host {
    char name[LAB_NAME_MAX];
    char cc[LAB_CC_MAX];
    char profile[LAB_CC_MAX];
    struct scenario_sets set;
    uint32_t mtu, gso;
    uint64_t memory;
    bool router;
    const struct toml_node *at;
};

struct scenario_link {
    char name[LAB_NAME_MAX], a[LAB_NAME_MAX], b[LAB_NAME_MAX];
    bool silent;
    struct lane_config lane[2];
    const struct toml_node *at;
};

struct scenario_flow {
    struct lab_flow flow;
    char from[LAB_NAME_MAX], to[LAB_NAME_MAX];
    uint32_t copies;
    tern_ns stagger;
    const struct toml_node *at;
};

struct scenario_expect {
    const struct figure_row *figure;
    char flow[LAB_NAME_MAX], link[LAB_NAME_MAX]; /* whose; both empty: the run's */
    char over[LAB_NAME_MAX];                     /* the figure over that of this flow or link; empty: itself */
    char than[LAB_NAME_MAX];                     /* the figure over that of this control; empty: itself */
    const char *range, *why;
    uint64_t least, most;
    const struct toml_node *at;
};

struct scenario_control {
    char name[LAB_NAME_MAX];
    const char *why;
    bool goes_wrong;
    struct scenario_sets set;
    const struct toml_node *at;
};

struct scenario {
    const char *title, *source, *about;
    enum scenario_shape shape;
    uint32_t pairs, hops;
    tern_ns duration, grace, warm_up, sample;
    uint64_t seed, own_seed; /* of this run; the document's */
    bool v6;
    struct scenario_host stack; /* of every host */
    struct scenario_link bottleneck, access;
    const struct scenario_host *host;
    const struct scenario_link *link;
    const struct scenario_flow *flow;
    struct scenario_expect *expect;
    const struct scenario_control *control;
    size_t host_n, link_n, flow_n, expect_n, control_n;
    struct scenario_memory *memory;
};

/* Where something is wrong, and what: "FILE:LINE:COLUMN: ..." or "--set KEY: ..." in the reader's language. */
struct scenario_error {
    char text[512];
};

/* Reads |root|, a document that came from |file| (relative names in it are looked up beside it); the tree must outlive the
 * scenario. NULL: |error| is filled in. */
struct scenario *scenario_read(const struct toml_node *root, const char *file, struct scenario_error *error);
void scenario_free(struct scenario *s);

/* Memory that lives as long as the scenario, zeroed; NULL: there is none. */
void *scenario_alloc(struct scenario *s, size_t n);

/* Network and flows, as the engine wants them. The arrays are the scenario's; flows with |copies| are so many. False: |error|. */
bool scenario_lab(struct scenario *s, const char *file, struct lab_config *out, struct scenario_error *error);
/* Where the engine's complaint belongs. */
void scenario_wrong(const struct scenario *s, const char *file, const struct lab_config *cfg, const struct lab_wrong *wrong,
                    struct scenario_error *error);

/* Fills in |error|: "FILE:LINE:COLUMN: " or where else |at| comes from, and the text. Returns false. */
bool scenario_complain(struct scenario_error *error, const char *file, const struct toml_node *at, bool at_key,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
