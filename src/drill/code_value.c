#include "code_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

static bool whole(const struct value *v) { return v->kind == VALUE_INT || v->kind == VALUE_BOOL; }
static bool numeric(const struct value *v) { return whole(v) || v->kind == VALUE_REAL; }
static double real_of(const struct value *v) { return v->kind == VALUE_REAL ? v->real : (double)v->number; }

bool value_true(const struct value *v)
{
    switch (v->kind) {
    case VALUE_NONE: return false;
    case VALUE_BOOL:
    case VALUE_INT: return v->number != 0;
    case VALUE_REAL: return v->real != 0;
    case VALUE_TEXT: return v->text.len > 0;
    case VALUE_TUPLE: return v->items_n > 0;
    }
    return false;
}

/* ---- as text ---- */

void chars_add(struct script_arena *a, struct arena_list *chars, const char *text, size_t len)
{
    chars->size = 1;
    for (size_t i = 0; i < len; i++) arena_append(a, chars, text + i);
}

struct script_bytes text_of(struct script_arena *a, struct arena_list *chars)
{
    chars_add(a, chars, "", 1);
    return (struct script_bytes){chars->items, chars->n - 1};
}

/* The fewest digits that are this number. */
static const char *real_text(struct script_arena *a, double real)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, real);
        if (strtod(text, NULL) == real) break;
    }
    size_t len = strlen(text);
    if (strspn(text, "-0123456789") == len) len += (size_t)snprintf(text + len, sizeof(text) - len, ".0");
    return arena_text(a, text, len);
}

static void add_value(struct script_arena *a, struct arena_list *chars, const struct value *v, bool quoted);

static void add_tuple(struct script_arena *a, struct arena_list *chars, const struct value *v)
{
    chars_add(a, chars, "(", 1);
    for (size_t i = 0; i < v->items_n; i++) {
        if (i > 0) chars_add(a, chars, ", ", 2);
        add_value(a, chars, &v->items[i], true);
    }
    chars_add(a, chars, v->items_n == 1 ? ",)" : ")", v->items_n == 1 ? 2 : 1);
}

static void add_value(struct script_arena *a, struct arena_list *chars, const struct value *v, bool quoted)
{
    char number[32] = "";
    const char *text = number;
    switch (v->kind) {
    case VALUE_NONE: text = "None"; break;
    case VALUE_BOOL: text = v->number ? "True" : "False"; break;
    case VALUE_INT: snprintf(number, sizeof(number), "%lld", (long long)v->number); break;
    case VALUE_REAL: text = real_text(a, v->real); break;
    case VALUE_TUPLE: add_tuple(a, chars, v); return;
    case VALUE_TEXT:
        if (quoted) chars_add(a, chars, "'", 1);
        chars_add(a, chars, v->text.data, v->text.len);
        if (quoted) chars_add(a, chars, "'", 1);
        return;
    }
    chars_add(a, chars, text, strlen(text));
}

const char *value_text(struct script_arena *a, const struct value *v, bool quoted)
{
    struct arena_list chars = {0};
    add_value(a, &chars, v, quoted);
    return text_of(a, &chars).data;
}

/* ---- comparing ---- */

/* -1, 0, 1; *comparable false: one is not more or less than the other. */
static int order(const struct value *left, const struct value *right, bool *comparable)
{
    *comparable = true;
    if (whole(left) && whole(right)) return (left->number > right->number) - (left->number < right->number);
    if (numeric(left) && numeric(right)) {
        double l = real_of(left), r = real_of(right);
        return (l > r) - (l < r);
    }
    if (left->kind == VALUE_TEXT && right->kind == VALUE_TEXT) {
        int first =
            memcmp(left->text.data, right->text.data, left->text.len < right->text.len ? left->text.len : right->text.len);
        return first ? (first > 0) - (first < 0) : (left->text.len > right->text.len) - (left->text.len < right->text.len);
    }
    if (left->kind == VALUE_TUPLE && right->kind == VALUE_TUPLE) {
        for (size_t i = 0; i < left->items_n && i < right->items_n; i++) {
            int one = order(&left->items[i], &right->items[i], comparable);
            if (one != 0 || !*comparable) return one;
        }
        return (left->items_n > right->items_n) - (left->items_n < right->items_n);
    }
    *comparable = left->kind == VALUE_NONE && right->kind == VALUE_NONE;
    return *comparable ? 0 : 1;
}

static const char *contained(const struct value *v, const struct value *in, bool *holds)
{
    *holds = false;
    if (in->kind == VALUE_TEXT && v->kind == VALUE_TEXT) {
        *holds = memmem(in->text.data, in->text.len, v->text.data, v->text.len) != NULL;
        return NULL;
    }
    if (in->kind != VALUE_TUPLE) return _("\"in\" asks for (a, b, ...) or [a, b, ...], or for two texts.");
    for (size_t i = 0; i < in->items_n && !*holds; i++) {
        bool comparable;
        *holds = order(v, &in->items[i], &comparable) == 0 && comparable;
    }
    return NULL;
}

const char *value_compare(enum code_sign sign, const struct value *left, const struct value *right, bool *holds)
{
    if (sign == SIGN_IN || sign == SIGN_NOT_IN) {
        const char *wrong = contained(left, right, holds);
        if (sign == SIGN_NOT_IN) *holds = !*holds;
        return wrong;
    }
    bool comparable;
    int o = order(left, right, &comparable);
    bool same = comparable && o == 0;
    bool equality = sign == SIGN_EQ || sign == SIGN_NE || sign == SIGN_IS || sign == SIGN_IS_NOT;
    if (!comparable && !equality) return _("These two cannot be compared.");
    if (sign == SIGN_EQ || sign == SIGN_IS)
        *holds = same;
    else if (sign == SIGN_NE || sign == SIGN_IS_NOT)
        *holds = !same;
    else if (sign == SIGN_LT)
        *holds = o < 0;
    else if (sign == SIGN_LE)
        *holds = o <= 0;
    else if (sign == SIGN_GT)
        *holds = o > 0;
    else
        *holds = o >= 0;
    return NULL;
}

/* ---- arithmetic ---- */

static const char *too_large(void) { return _("The result does not fit into 64 bits."); }

static const char *power(int64_t base, int64_t exponent, int64_t *out)
{
    *out = 1;
    if (base == 0 || base == 1) return *out = exponent == 0 ? 1 : base, NULL;
    if (base == -1) return *out = exponent % 2 ? -1 : 1, NULL;
    for (; exponent > 0; exponent--) {
        if (__builtin_mul_overflow(*out, base, out)) return too_large();
    }
    return NULL;
}

/* Division and remainder towards minus infinity. */
static const char *divide(enum code_sign sign, int64_t l, int64_t r, int64_t *out)
{
    if (r == 0) return _("This divides by zero.");
    if (l == INT64_MIN && r == -1) return sign == SIGN_MOD ? (*out = 0, NULL) : too_large();
    int64_t quotient = l / r, rest = l % r;
    if (rest != 0 && (rest < 0) != (r < 0)) {
        quotient--;
        rest += r;
    }
    *out = sign == SIGN_MOD ? rest : quotient;
    return NULL;
}

static const char *shift(enum code_sign sign, int64_t l, int64_t r, int64_t *out)
{
    if (r < 0) return _("A shift cannot be negative.");
    if (sign == SIGN_RIGHT) return *out = l >> (r > 63 ? 63 : r), NULL;
    if (l == 0) return *out = 0, NULL;
    if (r > 62) return too_large();
    return __builtin_mul_overflow(l, INT64_C(1) << r, out) ? too_large() : NULL;
}

static const char *integers(enum code_sign sign, int64_t l, int64_t r, int64_t *out)
{
    switch (sign) {
    case SIGN_BIT_OR: *out = l | r; return NULL;
    case SIGN_BIT_XOR: *out = l ^ r; return NULL;
    case SIGN_BIT_AND: *out = l & r; return NULL;
    case SIGN_LEFT:
    case SIGN_RIGHT: return shift(sign, l, r, out);
    case SIGN_ADD: return __builtin_add_overflow(l, r, out) ? too_large() : NULL;
    case SIGN_SUB: return __builtin_sub_overflow(l, r, out) ? too_large() : NULL;
    case SIGN_MUL: return __builtin_mul_overflow(l, r, out) ? too_large() : NULL;
    case SIGN_POWER: return power(l, r, out);
    default: return divide(sign, l, r, out);
    }
}

static const char *reals(enum code_sign sign, double l, double r, double *out)
{
    if ((sign == SIGN_DIV || sign == SIGN_FLOOR_DIV || sign == SIGN_MOD) && r == 0) return _("This divides by zero.");
    switch (sign) {
    case SIGN_ADD: *out = l + r; return NULL;
    case SIGN_SUB: *out = l - r; return NULL;
    case SIGN_MUL: *out = l * r; return NULL;
    case SIGN_DIV: *out = l / r; return NULL;
    case SIGN_FLOOR_DIV: *out = floor(l / r); return NULL;
    case SIGN_MOD: *out = l - r * floor(l / r); return NULL;
    case SIGN_POWER: *out = pow(l, r); return NULL;
    default: return _("This operator asks for whole numbers.");
    }
}

const char *value_binary(struct script_arena *a, enum code_sign sign, const struct value *left, const struct value *right,
                         struct value *out)
{
    if (sign == SIGN_MOD && left->kind == VALUE_TEXT) return value_format(a, left, right, out);
    if (sign == SIGN_ADD && left->kind == VALUE_TEXT && right->kind == VALUE_TEXT) {
        struct arena_list chars = {0};
        chars_add(a, &chars, left->text.data, left->text.len);
        chars_add(a, &chars, right->text.data, right->text.len);
        *out = (struct value){.kind = VALUE_TEXT, .text = text_of(a, &chars)};
        return NULL;
    }
    if (!numeric(left) || !numeric(right)) return _("This operator asks for numbers.");
    if (whole(left) && whole(right) && sign != SIGN_DIV && !(sign == SIGN_POWER && right->number < 0)) {
        *out = (struct value){.kind = VALUE_INT};
        return integers(sign, left->number, right->number, &out->number);
    }
    *out = (struct value){.kind = VALUE_REAL};
    const char *wrong = reals(sign, real_of(left), real_of(right), &out->real);
    /* What is no number is neither equal to anything nor unequal. */
    return wrong || isfinite(out->real) ? wrong : _("The result is too large, or no number.");
}

const char *value_unary(enum code_sign sign, const struct value *v, struct value *out)
{
    if (!numeric(v)) return _("This operator asks for numbers.");
    if (v->kind == VALUE_REAL) {
        *out = (struct value){.kind = VALUE_REAL, .real = sign == SIGN_SUB ? -v->real : v->real};
        return sign == SIGN_INVERT ? _("This operator asks for whole numbers.") : NULL;
    }
    *out = (struct value){.kind = VALUE_INT, .number = sign == SIGN_INVERT ? ~v->number : v->number};
    return sign == SIGN_SUB && __builtin_sub_overflow(0, v->number, &out->number) ? too_large() : NULL;
}
