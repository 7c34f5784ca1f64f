/* A scenario of the library beside one of its controls: two runs, for a picture that shows what a mechanism is good for. */
#ifndef SCENARIO_COMPARE_H
#define SCENARIO_COMPARE_H

#include "trial.h"

enum { COMPARE_SETS_MAX = 6 };

struct compare_wish {
    const char *scenario, *control;
    const char *set[COMPARE_SETS_MAX]; /* "KEY=VALUE", of both runs, ended by NULL when there are fewer */
};

/* 0: the scenario, 1: its control. */
struct compare {
    struct trial_plot plot[2];
    json_t *run[2]; /* as trial_run() */
};

/* False: |error|, and there is nothing to free. */
bool compare_run(const struct compare_wish *wish, struct compare *out, struct scenario_error *error);
void compare_free(struct compare *c);

/* What run |i| came to; false: it has no such figure. |name|: of a flow or link; for the run's own figures it does not matter. */
bool compare_figure(const struct compare *c, size_t i, const struct figure_row *figure, const char *name, uint64_t *value);
/* The samples of the flow or link |name| in run |i|; NULL: there is none. */
const struct trial_line *compare_line(const struct compare *c, size_t i, const char *name);

#endif
