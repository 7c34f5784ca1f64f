/* Python's expressions and simple statements, read by recursive descent: a function for each level of precedence. */
#include <string.h>

#include "code_tree.h"
#include "words.h"

static const struct code_expr *expression(struct code_scan *s);
static const struct code_expr *unary(struct code_scan *s);

static bool is(const struct code_scan *s, const char *text)
{
    return (s->token.kind == TOKEN_SIGN || s->token.kind == TOKEN_NAME) && strlen(text) == s->token.text.len &&
           memcmp(s->token.text.data, text, s->token.text.len) == 0;
}

static bool take(struct code_scan *s, const char *text)
{
    if (s->r->failed || !is(s, text)) return false;
    code_scan_next(s);
    return !s->r->failed;
}

static void unexpected(struct code_scan *s)
{
    if (s->token.kind == TOKEN_END)
        reader_fail(s->r, s->token.at, _("The code ends where more was expected."));
    else if (s->token.kind == TOKEN_LINE)
        reader_fail(s->r, s->token.at, _("The line ends where more was expected."));
    else
        reader_fail(s->r, s->token.at,
                    _("This is not understood here. Code may hold what doc/drill.md says of Python, no more."));
}

/* ---- nodes ---- */

static struct code_expr *node(struct code_scan *s, enum code_op op, struct span at)
{
    struct code_expr *e = arena_alloc(s->r->a, sizeof(*e));
    e->op = op;
    e->at = at;
    e->depth = 1;
    return e;
}

/* Gives |e| its parts; NULL when one of them is missing, which was told, or they go too deep. */
static const struct code_expr *with(struct code_scan *s, struct code_expr *e, const struct arena_list *items)
{
    if (s->r->failed) return NULL;
    e->items = items->items;
    e->items_n = items->n;
    for (size_t i = 0; i < e->items_n; i++) {
        if (e->items[i]->depth >= e->depth) e->depth = e->items[i]->depth + 1;
    }
    if (e->items_n > 0 && e->items[e->items_n - 1]->at.to > e->at.to) e->at.to = e->items[e->items_n - 1]->at.to;
    if (e->depth <= CODE_DEPTH_MAX) return e;
    reader_fail(s->r, e->at, _("The expression is too deep."));
    return NULL;
}

static void add(struct code_scan *s, struct arena_list *items, const struct code_expr *e)
{
    items->size = sizeof(void *);
    if (e) arena_append(s->r->a, items, &e);
}

static const struct code_expr *binary(struct code_scan *s, enum code_sign sign, const struct code_expr *left,
                                      const struct code_expr *right)
{
    if (!left || !right) return NULL;
    struct arena_list items = {0};
    struct code_expr *e = node(s, CODE_BINARY, left->at);
    e->sign = sign;
    add(s, &items, left);
    add(s, &items, right);
    return with(s, e, &items);
}

/* ---- the smallest parts ---- */

/* Up to |close|; |comma|: whether there was one. */
static void list(struct code_scan *s, const char *close, struct arena_list *items, bool *comma)
{
    *comma = false;
    while (!s->r->failed && !is(s, close)) {
        add(s, items, expression(s));
        if (!take(s, ",")) break;
        *comma = true;
    }
    if (!s->r->failed && !is(s, close)) unexpected(s);
}

static const struct code_expr *bracketed(struct code_scan *s, const char *close)
{
    struct arena_list items = {0};
    struct span at = s->token.at;
    bool comma;
    code_scan_next(s);
    list(s, close, &items, &comma);
    at.to = s->token.at.to;
    if (!take(s, close)) return NULL;
    if (*close == ')' && items.n == 1 && !comma) {
        struct code_expr *inner = node(s, CODE_NUMBER, at);
        *inner = **(const struct code_expr **)items.items;
        inner->at = at; /* with its brackets, for messages */
        return inner;
    }
    return with(s, node(s, CODE_TUPLE, at), &items);
}

static const struct code_expr *call(struct code_scan *s, struct code_expr *name)
{
    struct arena_list items = {0};
    bool comma;
    code_scan_next(s);
    list(s, ")", &items, &comma);
    name->op = CODE_CALL;
    name->at.to = s->token.at.to;
    return take(s, ")") ? with(s, name, &items) : NULL;
}

/* Words that are no names in Python. */
static bool reserved(const struct code_scan *s)
{
    static const char *const words[] = {"and",      "as",   "assert", "async",  "await",  "break",   "class", "continue",
                                        "def",      "del",  "elif",   "else",   "except", "finally", "for",   "from",
                                        "global",   "if",   "import", "in",     "is",     "lambda",  "not",   "or",
                                        "nonlocal", "pass", "raise",  "return", "try",    "while",   "with",  "yield"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (is(s, words[i])) return true;
    }
    return false;
}

static const struct code_expr *name(struct code_scan *s)
{
    struct code_expr *e = node(s, CODE_NAME, s->token.at);
    e->text = (struct script_bytes){arena_text(s->r->a, s->token.text.data, s->token.text.len), s->token.text.len};
    if (is(s, "None")) e->op = CODE_NONE;
    if (is(s, "True") || is(s, "False")) {
        e->op = CODE_BOOL;
        e->number = is(s, "True");
    }
    code_scan_next(s);
    return e->op == CODE_NAME && is(s, "(") ? call(s, e) : e;
}

static const struct code_expr *atom(struct code_scan *s)
{
    struct code_expr *e = node(s, CODE_NUMBER, s->token.at);
    switch (s->token.kind) {
    case TOKEN_NUMBER: e->number = s->token.number; break;
    case TOKEN_REAL:
        e->op = CODE_REAL;
        e->real = s->token.real;
        break;
    case TOKEN_TEXT:
        e->op = CODE_TEXT;
        e->text = s->token.text;
        break;
    case TOKEN_NAME:
        if (!reserved(s)) return name(s);
        unexpected(s);
        return NULL;
    case TOKEN_SIGN:
        if (is(s, "(")) return bracketed(s, ")");
        if (is(s, "[")) return bracketed(s, "]");
        unexpected(s);
        return NULL;
    case TOKEN_LINE:
    case TOKEN_END: unexpected(s); return NULL;
    }
    code_scan_next(s);
    return e;
}

/* ---- operators, the strongest first ---- */

/* One more level of brackets, or of signs before a sign. */
static bool deeper(struct code_scan *s)
{
    if (++s->r->depth <= SCRIPT_DEPTH_MAX) return true;
    return reader_fail(s->r, s->token.at, _("The expression is too deep."));
}

static const struct code_expr *power(struct code_scan *s)
{
    const struct code_expr *left = atom(s);
    if (!left || !take(s, "**")) return left;
    const struct code_expr *right = unary(s);
    return binary(s, SIGN_POWER, left, right);
}

static const struct code_expr *unary(struct code_scan *s)
{
    enum code_sign sign = is(s, "-") ? SIGN_SUB : is(s, "+") ? SIGN_ADD : is(s, "~") ? SIGN_INVERT : SIGN_NONE;
    if (s->r->failed || !deeper(s)) return NULL;
    const struct code_expr *e;
    if (sign == SIGN_NONE)
        e = power(s);
    else {
        struct arena_list items = {0};
        struct code_expr *signed_one = node(s, CODE_UNARY, s->token.at);
        signed_one->sign = sign;
        code_scan_next(s);
        add(s, &items, unary(s));
        e = with(s, signed_one, &items);
    }
    s->r->depth--;
    return e;
}

static const struct level {
    struct {
        const char *text;
        enum code_sign sign;
    } signs[4];
} levels[] = {
    {{{"|", SIGN_BIT_OR}}},
    {{{"^", SIGN_BIT_XOR}}},
    {{{"&", SIGN_BIT_AND}}},
    {{{"<<", SIGN_LEFT}, {">>", SIGN_RIGHT}}},
    {{{"+", SIGN_ADD}, {"-", SIGN_SUB}}},
    {{{"*", SIGN_MUL}, {"/", SIGN_DIV}, {"//", SIGN_FLOOR_DIV}, {"%", SIGN_MOD}}},
};
enum { LEVELS = sizeof(levels) / sizeof(*levels) };

static const struct code_expr *arithmetic(struct code_scan *s, size_t level)
{
    if (level == LEVELS) return unary(s);
    const struct code_expr *left = arithmetic(s, level + 1);
    for (size_t i = 0; left && i < 4 && levels[level].signs[i].text;) {
        if (!take(s, levels[level].signs[i].text)) {
            i++;
            continue;
        }
        left = binary(s, levels[level].signs[i].sign, left, arithmetic(s, level + 1));
        i = 0;
    }
    return left;
}

static enum code_sign comparison_sign(struct code_scan *s)
{
    static const struct {
        const char *text;
        enum code_sign sign;
    } signs[] = {{"==", SIGN_EQ}, {"!=", SIGN_NE}, {"<=", SIGN_LE}, {">=", SIGN_GE},
                 {"<", SIGN_LT},  {">", SIGN_GT},  {"in", SIGN_IN}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        if (take(s, signs[i].text)) return signs[i].sign;
    }
    if (take(s, "is")) return take(s, "not") ? SIGN_IS_NOT : SIGN_IS;
    if (!take(s, "not")) return SIGN_NONE;
    if (take(s, "in")) return SIGN_NOT_IN;
    if (!s->r->failed) unexpected(s);
    return SIGN_NONE;
}

static const struct code_expr *comparison(struct code_scan *s)
{
    struct arena_list items = {0}, signs = {.size = sizeof(enum code_sign)};
    const struct code_expr *first = arithmetic(s, 0);
    if (!first) return NULL;
    add(s, &items, first);
    for (enum code_sign sign = comparison_sign(s); sign != SIGN_NONE; sign = comparison_sign(s)) {
        arena_append(s->r->a, &signs, &sign);
        add(s, &items, arithmetic(s, 0));
    }
    if (s->r->failed || signs.n == 0) return s->r->failed ? NULL : first;
    struct code_expr *e = node(s, CODE_COMPARE, first->at);
    e->signs = signs.items;
    return with(s, e, &items);
}

static const struct code_expr *negation(struct code_scan *s)
{
    struct span at = s->token.at;
    if (!take(s, "not")) return comparison(s);
    if (!deeper(s)) return NULL;
    struct arena_list items = {0};
    add(s, &items, negation(s));
    s->r->depth--;
    return with(s, node(s, CODE_NOT, at), &items);
}

/* One |part|, or several with |word| between them. */
static const struct code_expr *joined(struct code_scan *s, const char *word, enum code_op op,
                                      const struct code_expr *(*part)(struct code_scan *s))
{
    const struct code_expr *first = part(s);
    if (!first || !is(s, word)) return first;
    struct arena_list items = {0};
    add(s, &items, first);
    while (take(s, word)) add(s, &items, part(s));
    return with(s, node(s, op, first->at), &items);
}

static const struct code_expr *conjunction(struct code_scan *s) { return joined(s, "and", CODE_AND, negation); }

static const struct code_expr *expression(struct code_scan *s)
{
    if (s->r->failed || !deeper(s)) return NULL;
    const struct code_expr *e = joined(s, "or", CODE_OR, conjunction);
    if (e && take(s, "if")) {
        struct arena_list items = {0};
        struct code_expr *choice = node(s, CODE_IF, e->at);
        add(s, &items, e);
        add(s, &items, joined(s, "or", CODE_OR, conjunction));
        if (!take(s, "else") && !s->r->failed) unexpected(s);
        add(s, &items, expression(s));
        e = with(s, choice, &items);
    }
    s->r->depth--;
    return s->r->failed ? NULL : e;
}

/* ---- statements ---- */

/* name = value, name += value; |target| was read as an expression. */
static void assignment(struct code_scan *s, struct code_statement *st, const struct code_expr *target)
{
    static const struct {
        const char *text;
        enum code_sign sign;
    } signs[] = {{"=", SIGN_NONE},        {"+=", SIGN_ADD},    {"-=", SIGN_SUB},    {"*=", SIGN_MUL},     {"/=", SIGN_DIV},
                 {"//=", SIGN_FLOOR_DIV}, {"%=", SIGN_MOD},    {"|=", SIGN_BIT_OR}, {"&=", SIGN_BIT_AND}, {"^=", SIGN_BIT_XOR},
                 {"<<=", SIGN_LEFT},      {">>=", SIGN_RIGHT}, {"**=", SIGN_POWER}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        if (!is(s, signs[i].text)) continue;
        if (target->op != CODE_NAME) {
            reader_fail(s->r, target->at, _("Only a name can be given a value."));
            return;
        }
        code_scan_next(s);
        st->kind = CODE_ASSIGN;
        st->name = target->text.data;
        st->sign = signs[i].sign;
        st->expr = expression(s);
        return;
    }
}

/* NULL: an empty one. */
static struct code_statement *statement(struct code_scan *s)
{
    struct code_statement *st = arena_alloc(s->r->a, sizeof(*st));
    st->at = s->token.at;
    if (take(s, "pass")) return NULL;
    if (take(s, "assert")) {
        st->kind = CODE_ASSERT;
        st->expr = expression(s);
        if (take(s, ",")) st->message = expression(s);
    } else {
        st->kind = CODE_EXPR;
        st->expr = expression(s);
        if (st->expr) assignment(s, st, st->expr);
    }
    return st;
}

const struct code_statement *code_parse(struct reader *r, struct span at, const char *text)
{
    struct code_scan s = {.r = r, .next = text, .place = at};
    const struct code_statement *first = NULL, **end = &first;
    int depth = r->depth;
    r->depth = 0;
    code_scan_next(&s);
    while (!r->failed && s.token.kind != TOKEN_END) {
        if (s.token.kind == TOKEN_LINE) {
            code_scan_next(&s);
            continue;
        }
        struct code_statement *st = statement(&s);
        if (st) {
            *end = st;
            end = &st->next;
        }
        if (!r->failed && s.token.kind != TOKEN_LINE && s.token.kind != TOKEN_END) unexpected(&s);
    }
    r->depth = depth;
    return r->failed ? NULL : first;
}
