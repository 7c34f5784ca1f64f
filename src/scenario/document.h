/* Documents: files, and the library that is built in (tests/sim/scenarios). */
#ifndef SCENARIO_DOCUMENT_H
#define SCENARIO_DOCUMENT_H

#include "scenario.h"

struct document {
    char name[64]; /* of the library's; of a file: without directories and .toml */
    char *file;    /* for complaints, and to find what stands beside it */
    char *text;
    struct toml_node *root;
    char digest[33]; /* of the text */
};

/* |what| is a file when it has a slash or ends in .toml, else a name of the library. False: |error|. */
bool document_open(struct document *d, const char *what, struct scenario_error *error);
/* A text that was made: |name| in place of a file. */
bool document_of(struct document *d, const char *name, const char *text, struct scenario_error *error);
void document_close(struct document *d);

/* Name |i| of the library; false beyond the end. */
bool document_library(size_t i, char out[64]);

#endif
