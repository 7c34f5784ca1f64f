/* Fragments, run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "code_value.h"
#include "words.h"

struct variable {
    const char *name;
    struct value value;
};

/* Values live as long as the variables: a script has few fragments, and none has a loop. But each may double a text, so there is
 * a limit. */
enum { BYTES_MAX = 16 << 20 };

struct code_variables {
    struct script_arena *arena;
    struct arena_list all; /* of struct variable */
};

struct run {
    const struct script *script;
    const struct code_environment *env;
    struct script_arena *a;
    struct script_error *err;
};

struct code_variables *code_variables_new(void)
{
    struct code_variables *v = calloc(1, sizeof(*v));
    if (!v) return NULL;
    v->all.size = sizeof(struct variable);
    v->arena = arena_new();
    if (!v->arena) {
        free(v);
        return NULL;
    }
    v->arena->most = BYTES_MAX;
    return v;
}

void code_variables_free(struct code_variables *v)
{
    if (!v) return;
    arena_free(v->arena);
    free(v);
}

static struct variable *variable(const struct run *run, const char *name)
{
    struct arena_list *all = &run->env->variables->all;
    for (size_t i = 0; i < all->n; i++) {
        struct variable *v = (struct variable *)all->items + i;
        if (strcmp(v->name, name) == 0) return v;
    }
    return NULL;
}

static bool fail(const struct run *run, struct span at, const char *wrong)
{
    script_error_at(run->script, (struct script_at){at.line, at.column}, at.to - at.from, run->err, "%s", wrong);
    return false;
}

/* ---- expressions: false after fail() ---- */

static bool evaluate(const struct run *run, const struct code_expr *e, struct value *out);

static bool look_up(const struct run *run, const char *name, struct value *out)
{
    const struct code_environment *env = run->env;
    *out = (struct value){.kind = VALUE_INT};
    if (env->value && env->value(env->ctx, name, &out->number)) return true;
    const struct variable *v = variable(run, name);
    if (v) return *out = v->value, true;
    return script_symbol(env->dialect, name, &out->number);
}

static bool evaluate_name(const struct run *run, const struct code_expr *e, struct value *out)
{
    if (look_up(run, e->text.data, out)) return true;
    char text[160];
    snprintf(text, sizeof(text), _("%.100s is not known here."), e->text.data);
    return fail(run, e->at, text);
}

static bool evaluate_items(const struct run *run, const struct code_expr *e, struct value **items)
{
    *items = arena_alloc(run->a, (e->items_n + 1) * sizeof(**items));
    for (size_t i = 0; i < e->items_n; i++) {
        if (!evaluate(run, e->items[i], *items + i)) return false;
    }
    return true;
}

static bool print(const struct run *run, const struct code_expr *e, const struct value *args, struct value *out)
{
    struct arena_list chars = {0};
    for (size_t i = 0; i < e->items_n; i++) {
        const char *text = value_text(run->a, &args[i], false);
        if (i > 0) chars_add(run->a, &chars, " ", 1);
        chars_add(run->a, &chars, text, strlen(text));
    }
    run->env->print(run->env->ctx, text_of(run->a, &chars).data);
    *out = (struct value){.kind = VALUE_NONE};
    return true;
}

static bool evaluate_call(const struct run *run, const struct code_expr *e, struct value *out)
{
    struct value *args;
    if (!evaluate_items(run, e, &args)) return false;
    if (strcmp(e->text.data, "print") == 0) return print(run, e, args, out);
    bool known;
    const char *wrong = value_call(run->a, e->text.data, args, e->items_n, &known, out);
    char text[200];
    snprintf(text, sizeof(text), _("There is no function %.60s: there are print min max abs int float round len bool str."),
             e->text.data);
    return known && !wrong ? true : fail(run, e->at, known ? wrong : text);
}

static bool evaluate_comparison(const struct run *run, const struct code_expr *e, struct value *out)
{
    struct value left, right;
    if (!evaluate(run, e->items[0], &left)) return false;
    *out = (struct value){.kind = VALUE_BOOL, .number = true};
    for (size_t i = 1; i < e->items_n && out->number; i++) {
        bool holds;
        if (!evaluate(run, e->items[i], &right)) return false;
        const char *wrong = value_compare(e->signs[i - 1], &left, &right, &holds);
        if (wrong) return fail(run, e->at, wrong);
        out->number = holds;
        left = right;
    }
    return true;
}

static bool evaluate_operator(const struct run *run, const struct code_expr *e, struct value *out)
{
    struct value left, right;
    if (!evaluate(run, e->items[0], &left)) return false;
    if (e->op == CODE_BINARY && !evaluate(run, e->items[1], &right)) return false;
    const char *wrong =
        e->op == CODE_UNARY ? value_unary(e->sign, &left, out) : value_binary(run->a, e->sign, &left, &right, out);
    return !wrong || fail(run, e->at, wrong);
}

/* The first that decides, or the last. */
static bool evaluate_logic(const struct run *run, const struct code_expr *e, struct value *out)
{
    for (size_t i = 0; i < e->items_n; i++) {
        if (!evaluate(run, e->items[i], out)) return false;
        if (value_true(out) == (e->op == CODE_OR)) break;
    }
    return true;
}

static bool evaluate(const struct run *run, const struct code_expr *e, struct value *out)
{
    *out = (struct value){.kind = VALUE_NONE};
    struct value test, *items;
    switch (e->op) {
    case CODE_NONE: return true;
    case CODE_BOOL:
    case CODE_NUMBER:
        *out = (struct value){.kind = e->op == CODE_BOOL ? VALUE_BOOL : VALUE_INT, .number = e->number};
        return true;
    case CODE_REAL: *out = (struct value){.kind = VALUE_REAL, .real = e->real}; return true;
    case CODE_TEXT: *out = (struct value){.kind = VALUE_TEXT, .text = e->text}; return true;
    case CODE_NAME: return evaluate_name(run, e, out);
    case CODE_CALL: return evaluate_call(run, e, out);
    case CODE_COMPARE: return evaluate_comparison(run, e, out);
    case CODE_UNARY:
    case CODE_BINARY: return evaluate_operator(run, e, out);
    case CODE_OR:
    case CODE_AND: return evaluate_logic(run, e, out);
    case CODE_TUPLE:
        if (!evaluate_items(run, e, &items)) return false;
        *out = (struct value){.kind = VALUE_TUPLE, .items = items, .items_n = e->items_n};
        for (size_t i = 0; i < e->items_n; i++) out->depth = items[i].depth >= out->depth ? items[i].depth + 1 : out->depth;
        return out->depth <= VALUE_DEPTH_MAX || fail(run, e->at, _("The expression is too deep."));
    case CODE_NOT:
        if (!evaluate(run, e->items[0], &test)) return false;
        *out = (struct value){.kind = VALUE_BOOL, .number = !value_true(&test)};
        return true;
    case CODE_IF: return evaluate(run, e->items[1], &test) && evaluate(run, e->items[value_true(&test) ? 0 : 2], out);
    }
    return true;
}

/* ---- assertions ---- */

enum { NAMES_MAX = 8 };

/* The names that a test looks at, each once. */
static void gather(const struct code_expr *e, const char **names, size_t *n)
{
    for (size_t i = 0; e->op == CODE_NAME && i < *n; i++) {
        if (strcmp(names[i], e->text.data) == 0) return;
    }
    if (e->op == CODE_NAME && *n < NAMES_MAX) names[(*n)++] = e->text.data;
    for (size_t i = 0; i < e->items_n; i++) gather(e->items[i], names, n);
}

static const char *values_of(const struct run *run, const struct code_expr *test)
{
    const char *names[NAMES_MAX];
    size_t n = 0;
    gather(test, names, &n);
    struct arena_list chars = {0};
    for (size_t i = 0; i < n; i++) {
        struct value v;
        if (!look_up(run, names[i], &v)) continue; /* what "or" did not come to */
        const char *text = value_text(run->a, &v, true);
        if (chars.n > 0) chars_add(run->a, &chars, ", ", 2);
        chars_add(run->a, &chars, names[i], strlen(names[i]));
        chars_add(run->a, &chars, " = ", 3);
        chars_add(run->a, &chars, text, strlen(text));
    }
    return text_of(run->a, &chars).data;
}

static enum code_result assertion_failed(const struct run *run, const struct code_statement *st)
{
    const struct span at = st->expr->at;
    const char *values = values_of(run, st->expr);
    int test_len = (int)(at.to - at.from);
    const char *test = run->script->source.data + at.from;
    struct script_at place = {at.line, at.column};
    struct value v;
    /* A message that only names the value says nothing that is not said already. */
    if (!st->message || st->message->op == CODE_NAME) {
        script_error_at(run->script, place, at.to - at.from, run->err, _("This does not hold: %.*s. Values: %s."), test_len, test,
                        values);
        return CODE_FAILED;
    }
    if (!evaluate(run, st->message, &v)) return CODE_ERROR;
    script_error_at(run->script, place, at.to - at.from, run->err,
                    _("This does not hold: %.*s. Values: %s. The script says of it: %s."), test_len, test, values,
                    value_text(run->a, &v, false));
    return CODE_FAILED;
}

/* ---- statements ---- */

static enum code_result assign(const struct run *run, const struct code_statement *st, const struct value *v)
{
    struct code_variables *all = run->env->variables;
    struct variable *old = variable(run, st->name);
    struct value new = *v;
    int64_t measured;
    if (run->env->value && run->env->value(run->env->ctx, st->name, &measured)) {
        return fail(run, st->at, _("This name is one of tcp_info's, which cannot be given a value.")), CODE_ERROR;
    }
    if (st->sign != SIGN_NONE) {
        const char *wrong = old ? value_binary(run->a, st->sign, &old->value, v, &new) : _("This name has no value yet.");
        if (wrong) return fail(run, st->at, wrong), CODE_ERROR;
    }
    if (old)
        old->value = new;
    else
        arena_append(all->arena, &all->all, &(struct variable){arena_text(all->arena, st->name, strlen(st->name)), new});
    return CODE_DONE;
}

static enum code_result run_all(const struct run *run, const struct script_code *code)
{
    enum code_result result = CODE_DONE;
    for (const struct code_statement *st = code->body; st && result == CODE_DONE; st = st->next) {
        struct value v;
        if (!evaluate(run, st->expr, &v)) return CODE_ERROR;
        if (st->kind == CODE_ASSIGN) result = assign(run, st, &v);
        if (st->kind == CODE_ASSERT && !value_true(&v)) result = assertion_failed(run, st);
    }
    return result;
}

enum code_result code_run(const struct script *s, const struct script_code *code, const struct code_environment *env,
                          struct script_error *err)
{
    struct script_arena *a = env->variables->arena;
    const struct run run = {s, env, a, err};
    jmp_buf nothing_left;
    a->no_memory = &nothing_left;
    if (!setjmp(nothing_left)) return run_all(&run, code);
    script_error_at(s, code->at, 1, err, "%s", _("There is not enough memory."));
    return CODE_ERROR;
}
