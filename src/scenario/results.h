/* What runs came to. Everything that is shown of them is made from these, so that shards joined are what one machine would have
 * written, byte for byte: there are only integers in them, and the order is that of the runs' numbers.
 *
 * As JSON, one value a line: first the head, then a line for each run and, right behind it, for each of its controls.
 *   head  {"tern_sim":1, "scenario":, "document": digest, "title":, "source":, "runs": of all shards, "seed":, "repeat":,
 *          "keys": ["path", ...], "expect": [{"says": text}, ...], "units": {figure: unit}, "shard": "1/2"}
 *   run   {"run":, "seed":, "values": ["10 Mbit/s", ...], "control": name or absent, "flows": [{"name":, FIGURE: number, ...}],
 *          "links": [...], "total": {...}, "expect": [{"value": number or null, "holds":}], "fault": absent, or what
 * lab_failure() says, "digest":, "ok":} A run is |ok| when all it expects holds and nothing was wrong with it; a control when
 * something it expects does not. */
#ifndef SCENARIO_RESULTS_H
#define SCENARIO_RESULTS_H

#include <stdio.h>

#include <jansson.h>
#include <tern/types.h>

struct results {
    json_t *head; /* NULL: none yet */
    json_t **run; /* controls, too */
    size_t n, cap;
};

enum results_form { RESULTS_TEXT, RESULTS_JSON, RESULTS_CSV };

/* Takes over the reference, of NULL too. False: no memory. */
bool results_add(struct results *r, json_t *run);
void results_free(struct results *r);

/* What a file says of several scenarios, one after the other. */
struct results_file {
    struct results *list;
    size_t n;
};

/* Reads what was written as RESULTS_JSON. False: |err| says why, in the reader's language, and |f| is empty. */
bool results_read(struct results_file *f, const char *path, char *err, size_t cap);
void results_file_free(struct results_file *f);
/* Joins |n| shards of the same scenario; their runs move. False: |err| says what is missing, there twice, or not of the same
 * runs. */
bool results_join(struct results *out, struct results *const *part, size_t n, char *err, size_t cap);

/* False: the file could not be written. */
bool results_write(const struct results *r, enum results_form form, bool colour, FILE *out);

/* The number of runs that are not ok, controls included. */
size_t results_short(const struct results *r);

#endif
