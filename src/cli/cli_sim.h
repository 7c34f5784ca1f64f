/* What the parts of `tern sim` share. */
#ifndef CLI_SIM_H
#define CLI_SIM_H

#include "cli_options.h"
#include "study.h"

#define SIM_COMMAND "sim"

struct sim {
    char **set, **sweep; /* NULL-terminated, or NULL */
    char *seed_text, *shard, *pcap, *plot, *replay;
    int shrink, list, print, schema, markdown, check, csv, events, json, repeat_given;
    uint64_t seed, repeat; /* seed 0: the scenario's */
};

struct sim_progress {
    const char *scenario;
    bool shown;
};
/* A study's |progress|. */
void sim_progress(void *ctx, uint64_t done, uint64_t of);

enum results_form sim_form(const struct sim *m);
/* Writes the results; CLI_SHORT when something falls short. */
int sim_show(const struct sim *m, const struct results *r);
/* The worse of two exit statuses. */
int sim_worse(int a, int b);
/* -1: go on; otherwise the exit status, after the complaint. */
int sim_plan(const struct sim *m, struct plan *p);
int sim_directory(const char *option, const char *path);

/* ---- sim_replay.c ---- */
int sim_replay(const struct sim *m, const struct options *o);
int sim_shrink(const struct sim *m, const struct options *o);

#endif
