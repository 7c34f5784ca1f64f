/* Results as tables for a person. */
#ifndef SCENARIO_RESULTS_TEXT_H
#define SCENARIO_RESULTS_TEXT_H

#include "results.h"

void results_text(const struct results *r, bool colour, FILE *out);

#endif
