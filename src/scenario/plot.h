/* A run as pictures: gnuplot draws them. */
#ifndef SCENARIO_PLOT_H
#define SCENARIO_PLOT_H

#include "trial.h"

/* Writes DIRECTORY/NAME.svg: congestion window, rate, round-trip time, queue and bytes in flight over time. False: |err| says
 * why, in the reader's language. */
bool plot_write(const struct trial_plot *p, const struct scenario *s, const char *directory, const char *name, char *err,
                size_t cap);

#endif
