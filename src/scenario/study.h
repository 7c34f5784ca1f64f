/* All the runs of a document, with their controls: what `tern sim` does. */
#ifndef SCENARIO_STUDY_H
#define SCENARIO_STUDY_H

#include "document.h"
#include "plan.h"
#include "results.h"
#include "trial.h"

struct study {
    const struct document *document;
    struct plan plan;       /* seed 0: the document's */
    const char *const *set; /* "KEY=VALUE" */
    size_t set_n;
    bool check;       /* the stacks' invariants, after every event */
    const char *pcap; /* a directory; NULL */
    const char *plot; /* a directory; NULL */
    FILE *events;     /* NULL */
    uint64_t first;   /* number of this document's first run among those that the shards share */
    void (*progress)(void *ctx, uint64_t done, uint64_t of); /* NULL */
    void *ctx;
};

/* Reads the document with the sets of this run and of |control| (NULL: none). Both are the caller's; NULL: |error|. */
struct scenario *study_scenario(const struct study *y, uint64_t run, const struct scenario_control *control,
                                struct toml_node **root, struct scenario_error *error);
/* Fills |out| in, which is empty: the runs of this shard. False: |error|. */
bool study_run(struct study *y, struct results *out, struct scenario_error *error);

/* For a head of results: what each figure is measured in. */
json_t *study_units(void);

#endif
