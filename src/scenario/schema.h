/* The language of scenarios as one table: the reader, the help and doc/scenarios.md are made from it. */
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

#include <stdio.h>

#include "scenario.h"

enum schema_table {
    SCHEMA_ROOT,
    SCHEMA_STACK,
    SCHEMA_HOST,
    SCHEMA_LINK,
    SCHEMA_LANE,
    SCHEMA_QUEUE,
    SCHEMA_BURST,
    SCHEMA_POLICER,
    SCHEMA_RATES,
    SCHEMA_MTUS,
    SCHEMA_OUTAGES,
    SCHEMA_FAULTS,
    SCHEMA_FLOW,
    SCHEMA_EXPECT,
    SCHEMA_CONTROL,
    SCHEMA_TABLE_N,
    SCHEMA_NONE = SCHEMA_TABLE_N
};

enum schema_type {
    SCHEMA_TEXT,   /* const char * */
    SCHEMA_NAME,   /* char[], of letters, digits, - and _ */
    SCHEMA_NUMBER, /* of |size| bytes, in |unit| */
    SCHEMA_FLAG,   /* bool */
    SCHEMA_CHOICE, /* an enum: place in |choices| */
    SCHEMA_CC,     /* char[]: an algorithm of congestion control */
    SCHEMA_PROFILE,
    SCHEMA_FIGURE, /* const struct figure_row * */
    SCHEMA_SET,    /* struct scenario_sets */
    SCHEMA_TRACE,  /* a file's name: capacity_config's trace */
    SCHEMA_SUB,    /* the table |child|; SCHEMA_LANE: over a copy of the one around it */
    SCHEMA_LIST    /* an array of tables |child|: a pointer, and at |count| their number */
};

struct schema_row {
    enum schema_table table;
    const char *key;
    enum schema_type type;
    bool needed;
    size_t offset, size, count;
    enum schema_table child;
    const char *unit;
    uint64_t min, max;
    const char *def;     /* as it would be written; NULL: none */
    const char *choices; /* "a|b|c" */
    const char *text;
};

struct schema_info {
    const char *header; /* "[bottleneck.queue]" */
    size_t size;        /* of its struct */
    size_t at;          /* place of its |at|; SIZE_MAX: it has none */
    const char *text;
};

extern const struct schema_row schema_rows[];
extern const size_t schema_row_n;
extern const struct schema_info schema_tables[SCHEMA_TABLE_N];

/* NULL: the table has no such key. */
const struct schema_row *schema_find(enum schema_table table, const char *key);
/* What the value at |path| ("flow.1.rate") is measured in; NULL: no such key, or it takes no numbers. */
const char *schema_unit(const char *path);
/* "rate, delay, queue": the keys of |table|. */
void schema_keys(enum schema_table table, char *out, size_t cap);
/* What |row| allows, in words: "1 ms .. 10 s", "tail, red, codel". */
void schema_allowed(const struct schema_row *row, char *out, size_t cap);

/* The whole language: for a terminal of |width| columns, or in Markdown. */
void schema_print(FILE *out, bool markdown);

#endif
