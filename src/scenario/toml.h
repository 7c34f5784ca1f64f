/* A TOML document as a tree whose every value knows where it stands: toml++ reads it, toml.cc copies it into this. */
#ifndef SCENARIO_TOML_H
#define SCENARIO_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum toml_kind { TOML_TABLE, TOML_ARRAY, TOML_STRING, TOML_INTEGER, TOML_BOOLEAN, TOML_FLOAT, TOML_DATE };

struct toml_node {
    enum toml_kind kind;
    char *key;                      /* of a table's member; NULL: of an array, or the root */
    char *text;                     /* of a string; of --set: see toml_set() */
    int64_t number;                 /* of an integer; of a boolean 0 or 1 */
    uint32_t line, column;          /* of the value; from 1 */
    uint32_t key_column;            /* of the key, on the same line; 0: it has none */
    const char *from;               /* not from the document, but from this option, such as "--set"; NULL */
    struct toml_node *first, *next; /* members in the order of the document */
};

struct toml_error {
    uint32_t line, column;
    char text[200]; /* toml++'s, in English */
};

/* |n| bytes of a document. NULL: it is no TOML (|error| says where and why), or there is no memory (|error|'s line is 0). */
struct toml_node *toml_read(const char *text, size_t n, struct toml_error *error);
void toml_free(struct toml_node *root); /* NULL is allowed */

/* ---- toml.c ---- */

/* A node with copies of both; NULL: no memory. */
struct toml_node *toml_new(enum toml_kind kind, const char *key, const char *text);
/* The member |key| of a table; NULL. */
struct toml_node *toml_member(const struct toml_node *table, const char *key);
struct toml_node *toml_copy(const struct toml_node *root); /* NULL: no memory */

/* Puts the string |value| at |path| ("bottleneck.rate"; "flow.2.cc" or "flow.NAME.cc" for the tables of an array, counted from 1
 * or by their |name|; "flow.*.cc" for all of them), |from| naming the option. Tables on the way are made, entries of arrays are
 * not. False: the path leads nowhere, or no memory. */
bool toml_set(struct toml_node *root, const char *path, const char *value, const char *from);

#ifdef __cplusplus
}
#endif
#endif
