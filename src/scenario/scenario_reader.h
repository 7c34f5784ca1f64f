/* Reads tables of a document into structs, as schema.h says. */
#ifndef SCENARIO_SCENARIO_READER_H
#define SCENARIO_SCENARIO_READER_H

#include "schema.h"

struct reader {
    struct scenario *s; /* whose memory */
    const char *file;
    struct scenario_error *error;
};

/* The defaults of |table| into |out|. */
void reader_defaults(enum schema_table table, void *out);
/* What |node| says of |table|, over what |out| has; NULL: nothing. False: |r->error|. */
bool reader_table(const struct reader *r, const struct toml_node *node, enum schema_table table, void *out);

/* Sets a stack's setting by tern's name or a kernel's. False: |r->error|. */
bool reader_setting(const struct reader *r, const struct scenario_set *set, struct tern_settings *settings);

#endif
