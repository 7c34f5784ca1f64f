/* What --help and the manual say: one source for both, the commands' struct usage and their tables of options. */
#ifndef CLI_CLI_HELP_H
#define CLI_CLI_HELP_H

#include <stdio.h>

#include "cli_options.h"

/* Of |usage| with its whole |table| of options: for a terminal of |width| columns; as a part of the manual page. */
void help_print(FILE *out, const struct usage *usage, const struct poptOption *table, size_t width);
void help_roff(FILE *out, const struct usage *usage, const struct poptOption *table);

/* The options of a table, but those of included tables that are marked POPT_ARGFLAG_DOC_HIDDEN: the manual tells them once. */
void help_roff_options(FILE *out, const struct poptOption *table);

/* |text| in lines of at most |width| columns, each behind |indent| spaces; "\n" begins a new line, "\n\n" a paragraph. */
void help_wrap(FILE *out, const char *text, size_t indent, size_t width);
/* |text| with what roff would take for its own escaped. */
void help_roff_text(FILE *out, const char *text);

/* The terminal's columns: COLUMNS, or what the terminal says, at most 100; else 80. */
size_t help_width(void);

#endif
