/* Scenarios that a seed draws (lab_draw.h), run as the tests run them: with the stacks' invariants tested after every event. */
#ifndef SCENARIO_REPLAY_H
#define SCENARIO_REPLAY_H

#include "lab_draw.h"
#include "results.h"
#include "trial.h"

/* |wish->check| is on in any case. The run is |out|'s only one; it is ok when nothing went wrong. False: |error|. */
bool replay_run(uint64_t seed, const struct trial_wish *wish, struct results *out, struct scenario_error *error);

#endif
