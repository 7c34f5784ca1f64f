/* A fragment of Python, as it was read. */
#ifndef DRILL_CODE_TREE_H
#define DRILL_CODE_TREE_H

#include "reader.h"

enum code_op {
    CODE_NUMBER, /* |number| */
    CODE_REAL,   /* |real| */
    CODE_TEXT,   /* |text| */
    CODE_NONE,
    CODE_BOOL,    /* |number| */
    CODE_NAME,    /* |text| */
    CODE_TUPLE,   /* (a, b) and [a, b]: |items| */
    CODE_CALL,    /* |text|(|items|) */
    CODE_IF,      /* items[0] if items[1] else items[2] */
    CODE_NOT,     /* items[0] */
    CODE_OR,      /* two or more |items| */
    CODE_AND,     /* two or more |items| */
    CODE_COMPARE, /* items[0] signs[0] items[1] signs[1] items[2] ... */
    CODE_UNARY,   /* |sign| items[0] */
    CODE_BINARY,  /* items[0] |sign| items[1] */
};

enum code_sign {
    SIGN_NONE,
    SIGN_BIT_OR,
    SIGN_BIT_XOR,
    SIGN_BIT_AND,
    SIGN_LEFT,
    SIGN_RIGHT,
    SIGN_ADD,
    SIGN_SUB,
    SIGN_MUL,
    SIGN_DIV,
    SIGN_FLOOR_DIV,
    SIGN_MOD,
    SIGN_POWER,
    SIGN_INVERT,
    SIGN_EQ,
    SIGN_NE,
    SIGN_LT,
    SIGN_LE,
    SIGN_GT,
    SIGN_GE,
    SIGN_IN,
    SIGN_NOT_IN,
    SIGN_IS,
    SIGN_IS_NOT,
};

/* An expression in an expression in an expression: so deep the evaluator goes. */
enum { CODE_DEPTH_MAX = 200 };

struct code_expr {
    enum code_op op;
    enum code_sign sign;
    struct span at;
    int64_t number;
    double real;
    struct script_bytes text;
    size_t items_n;
    const struct code_expr *const *items;
    const enum code_sign *signs; /* of a comparison: items_n - 1 */
    int depth;
};

enum code_statement_kind { CODE_ASSERT, CODE_ASSIGN, CODE_EXPR };

struct code_statement {
    const struct code_statement *next;
    enum code_statement_kind kind;
    struct span at;
    const char *name;                       /* CODE_ASSIGN */
    enum code_sign sign;                    /* of += and the like; SIGN_NONE: = */
    const struct code_expr *expr, *message; /* |message|: of an assertion; NULL */
};

/* Reads |text|, which stands at |at| in the script. NULL: it holds nothing but blanks and comments, or reader_fail() was called.
 */
const struct code_statement *code_parse(struct reader *r, struct span at, const char *text);

/* ---- tokens (code_scan.c) ---- */

enum code_token_kind {
    TOKEN_END,
    TOKEN_LINE, /* a line's end, or ; */
    TOKEN_NUMBER,
    TOKEN_REAL,
    TOKEN_TEXT,
    TOKEN_NAME,
    TOKEN_SIGN, /* an operator or a bracket */
};

struct code_token {
    enum code_token_kind kind;
    struct span at;
    struct script_bytes text; /* as written; of a TOKEN_TEXT: unescaped */
    int64_t number;
    double real;
};

struct code_scan {
    struct reader *r;
    const char *next;  /* what follows the token */
    struct span place; /* where that is */
    int brackets;      /* open: a line's end means nothing */
    struct code_token token;
};

/* Goes to the next token. After a mistake it is TOKEN_END. */
void code_scan_next(struct code_scan *s);

#endif
