/* Many runs: each in a process of a crew, so that one that crashes, or does not end, fails alone. */
#ifndef DRILL_CREW_H
#define DRILL_CREW_H

#include "run.h"

struct crew_run {
    const char *path;
    enum drill_ip ip;
    struct run_result result;
    bool done;
};

struct crew_config {
    struct run_config run; /* |ip| is each run's own */
    unsigned workers;      /* 1: one */
    /* What runs one; NULL: run_file(). */
    void (*run_one)(const char *path, const struct run_config *cfg, struct run_result *out);
    /* Told of each run in the order of the array, as soon as all before it are done; |done_n| of all are. NULL: not wanted. */
    void (*told)(void *ctx, const struct crew_run *run, size_t done_n);
    /* Told whenever one is done, for a display of progress. NULL: not wanted. */
    void (*progress)(void *ctx, size_t done_n);
    void *ctx;
};

/* Runs all |n|. 0, or -1: a process could not be made (errno). The results are the caller's: run_result_free(). */
int crew_run_all(const struct crew_config *c, struct crew_run *runs, size_t n);

#endif
