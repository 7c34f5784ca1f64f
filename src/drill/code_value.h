/* Python's values, as far as fragments have them. */
#ifndef DRILL_CODE_VALUE_H
#define DRILL_CODE_VALUE_H

#include "arena.h"
#include "code_tree.h"

enum value_kind { VALUE_NONE, VALUE_BOOL, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_TUPLE };

struct value {
    enum value_kind kind;
    int64_t number; /* of a VALUE_BOOL, too */
    double real;
    struct script_bytes text;
    size_t items_n;
    const struct value *items;
    int depth; /* of a tuple: of tuples within tuples */
};
enum { VALUE_DEPTH_MAX = 16 };

bool value_true(const struct value *v);
/* As print() shows it; |quoted|: as within a tuple. */
const char *value_text(struct script_arena *a, const struct value *v, bool quoted);

/* The following return NULL, or what is wrong: a sentence. */
const char *value_binary(struct script_arena *a, enum code_sign sign, const struct value *left, const struct value *right,
                         struct value *out);
const char *value_unary(enum code_sign sign, const struct value *v, struct value *out);
const char *value_compare(enum code_sign sign, const struct value *left, const struct value *right, bool *holds);
/* format % value */
const char *value_format(struct script_arena *a, const struct value *format, const struct value *v, struct value *out);
/* min, max, abs, int, float, len, bool, round, str; |*known|: there is such a function. */
const char *value_call(struct script_arena *a, const char *name, const struct value *args, size_t n, bool *known,
                       struct value *out);

/* For building texts. */
void chars_add(struct script_arena *a, struct arena_list *chars, const char *text, size_t len);
struct script_bytes text_of(struct script_arena *a, struct arena_list *chars);

#endif
