/* What is said of many runs: as text, JSON lines, TAP, and JUnit's XML. */
#ifndef DRILL_REPORT_H
#define DRILL_REPORT_H

#include <stdio.h>

#include "crew.h"

enum report_form { REPORT_TEXT, REPORT_JSON, REPORT_TAP };

struct report {
    FILE *out;
    enum report_form form;
    bool colour;
    bool terminal; /* progress is shown */
    bool brief;    /* without ladders */
    size_t n;      /* runs in all */
    size_t at, passed, failed, skipped;
};

void report_begin(struct report *r);
void report_run(struct report *r, const struct crew_run *run);
void report_progress(struct report *r, size_t done);
void report_end(struct report *r);

/* All of them as JUnit's XML into |file|. 0, -1: it cannot be written (errno). */
int report_junit(const char *path, const struct crew_run *runs, size_t n);

#endif
