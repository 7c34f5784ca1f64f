/* The forms in which tern states prints its table. */
#ifndef CLI_STATES_PRINT_H
#define CLI_STATES_PRINT_H

#include <stdio.h>

#include "states_table.h"

/* Of each owner a line with its figures, then its connections; |netstat|: one table for all, as `netstat -tan` prints it. */
void states_print_ss(FILE *out, const struct states_table *t);
void states_print_netstat(FILE *out, const struct states_table *t);
void states_print_json(FILE *out, const struct states_table *t);
/* The terns' counters: by nstat's names; in Prometheus' text format. */
void states_print_counters(FILE *out, const struct states_table *t);
void states_print_prometheus(FILE *out, const struct states_table *t);
/* The last events of each connection, asked of its tern. */
void states_print_why(FILE *out, const struct states_table *t);

#endif
