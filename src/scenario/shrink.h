/* The smallest part of a failed run's damage that makes it fail all the same. */
#ifndef SCENARIO_SHRINK_H
#define SCENARIO_SHRINK_H

#include "trial.h"

/* What is run again and again. */
struct shrink_case {
    /* One run as |wish| says; NULL: |error|. */
    json_t *(*run)(void *ctx, const struct trial_wish *wish, struct scenario_error *error);
    /* What falls short in it besides its own "fault", as a text that is the caller's; NULL: nothing. May be NULL. */
    char *(*short_of)(void *ctx, const json_t *run);
    const char *(*link_name)(void *ctx, size_t link);
    void *ctx;
};

struct shrink {
    struct trial_faults all, least; /* what chance did; what is needed of it */
    size_t tries;
    bool failed;   /* the run itself falls short */
    bool repeated; /* and so does the run with its own damage given: only then |least| is smaller than |all| */
    bool cut;      /* so many runs were made that the search has ended: fewer may do than |least| */
    char *says;    /* what fails with |least|, in the reader's language */
};

/* False: |error|. shrink_free() is due in each case. */
bool shrink_run(const struct shrink_case *c, struct shrink *out, struct scenario_error *error);
void shrink_free(struct shrink *s);
/* The faults, as a scenario would have them: a line for each direction of a link. And a line that says so when the search was cut
 * off. */
void shrink_print(const struct shrink *s, const struct shrink_case *c, FILE *out);

#endif
