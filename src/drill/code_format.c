/* 'cwnd=%d' % value, and the functions that fragments may call. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code_value.h"
#include "words.h"

static bool whole(const struct value *v) { return v->kind == VALUE_INT || v->kind == VALUE_BOOL; }

/* A real number, cut to a whole one. */
static const char *to_integer(double real, int64_t *out)
{
    if (!(real > -9.2e18 && real < 9.2e18)) return _("The number does not fit into 64 bits.");
    *out = (int64_t)real;
    return NULL;
}

/* One %...: |spec| without its letter. */
static const char *convert(struct script_arena *a, const char *spec, char letter, const struct value *v, struct arena_list *chars)
{
    char format[48], text[512];
    const char *from = text;
    int64_t number = v->number;
    if (strchr("dixXo", letter)) {
        const char *wrong = v->kind == VALUE_REAL ? to_integer(v->real, &number)
                            : whole(v)            ? NULL
                                                  : _("This place in the text asks for a number.");
        if (wrong) return wrong;
        bool signed_one = letter == 'd' || letter == 'i' || number >= 0;
        snprintf(format, sizeof(format), "%sll%c", spec, letter);
        if (!signed_one) return _("A negative number is only written with %d.");
        snprintf(text, sizeof(text), format, (long long)number);
    } else if (strchr("feEgG", letter)) {
        if (!whole(v) && v->kind != VALUE_REAL) return _("This place in the text asks for a number.");
        snprintf(format, sizeof(format), "%s%c", spec, letter);
        snprintf(text, sizeof(text), format, whole(v) ? (double)number : v->real);
    } else if (spec[1] == '\0') {
        from = value_text(a, v, letter == 'r');
    } else {
        snprintf(format, sizeof(format), "%ss", spec);
        snprintf(text, sizeof(text), format, value_text(a, v, letter == 'r'));
    }
    chars_add(a, chars, from, strlen(from));
    return NULL;
}

/* The length of flags, width and precision at |text|; 0 with *letter 0: too long, or nothing follows. */
static size_t spec_of(const char *text, size_t len, char *spec, size_t size, char *letter)
{
    size_t n = 0, digits = 0;
    *letter = '\0';
    while (n < len && strchr("-+ 0#.123456789", text[n]) && text[n]) {
        digits = text[n] >= '0' && text[n] <= '9' ? digits + 1 : 0;
        /* No width of more than two digits: the result has a limit. */
        if (digits > 2 || n + 2 >= size) return 0;
        n++;
    }
    if (n == len) return 0;
    snprintf(spec, size, "%%%.*s", (int)n, text);
    *letter = text[n];
    return n + 1;
}

const char *value_format(struct script_arena *a, const struct value *format, const struct value *v, struct value *out)
{
    const struct value *args = v->kind == VALUE_TUPLE ? v->items : v;
    size_t args_n = v->kind == VALUE_TUPLE ? v->items_n : 1, used = 0;
    struct arena_list chars = {0};
    const char *text = format->text.data;
    for (size_t i = 0, len = format->text.len; i < len; i++) {
        if (text[i] != '%') {
            chars_add(a, &chars, text + i, 1);
            continue;
        }
        char spec[24], letter;
        size_t n = spec_of(text + i + 1, len - i - 1, spec, sizeof(spec), &letter);
        i += n;
        if (letter == '%') {
            chars_add(a, &chars, "%", 1);
            continue;
        }
        if (letter == 'u') letter = 'd';
        if (letter == 'F') letter = 'f';
        if (letter == '\0' || !strchr("dixXofeEgGsr", letter))
            return _("After % there stands one of d i u x X o f e g s r %, with at most two digits before it.");
        if (used == args_n) return _("The text has more places (%) than there are values.");
        const char *wrong = convert(a, spec, letter, &args[used++], &chars);
        if (wrong) return wrong;
    }
    *out = (struct value){.kind = VALUE_TEXT, .text = text_of(a, &chars)};
    return used < args_n ? _("There are more values than the text has places (%) for.") : NULL;
}

/* ---- functions ---- */

static const char *extreme(enum code_sign sign, const struct value *args, size_t n, struct value *out)
{
    if (n == 1 && args->kind == VALUE_TUPLE) {
        n = args->items_n;
        args = args->items;
    }
    if (n == 0) return _("The function asks for at least one value.");
    *out = args[0];
    for (size_t i = 1; i < n; i++) {
        bool better;
        const char *wrong = value_compare(sign, &args[i], out, &better);
        if (wrong) return wrong;
        if (better) *out = args[i];
    }
    return NULL;
}

static const char *integer(const struct value *v, struct value *out)
{
    *out = (struct value){.kind = VALUE_INT, .number = v->number};
    if (whole(v)) return NULL;
    if (v->kind == VALUE_REAL) return to_integer(v->real, &out->number);
    char *end = NULL;
    errno = 0;
    if (v->kind == VALUE_TEXT) out->number = strtoll(v->text.data, &end, 10);
    return !end || end == v->text.data || *end || errno ? _("This is no whole number.") : NULL;
}

static const char *real(const struct value *v, struct value *out)
{
    *out = (struct value){.kind = VALUE_REAL, .real = v->kind == VALUE_REAL ? v->real : (double)v->number};
    return whole(v) || v->kind == VALUE_REAL ? NULL : _("This is no number.");
}

static const char *rounded(const struct value *v, struct value *out)
{
    *out = (struct value){.kind = VALUE_INT, .number = v->number};
    if (whole(v)) return NULL;
    return v->kind == VALUE_REAL ? to_integer(nearbyint(v->real), &out->number) : _("This is no number.");
}

static const char *absolute(const struct value *v, struct value *out)
{
    *out = *v;
    if (v->kind == VALUE_REAL)
        out->real = fabs(v->real);
    else if (!whole(v))
        return _("This is no number.");
    else if (v->number < 0)
        return value_unary(SIGN_SUB, v, out);
    out->kind = v->kind == VALUE_REAL ? VALUE_REAL : VALUE_INT;
    return NULL;
}

static const char *length(const struct value *v, struct value *out)
{
    *out = (struct value){.kind = VALUE_INT, .number = (int64_t)(v->kind == VALUE_TEXT ? v->text.len : v->items_n)};
    return v->kind == VALUE_TEXT || v->kind == VALUE_TUPLE ? NULL : _("This has no length.");
}

static const char *truth(const struct value *v, struct value *out)
{
    *out = (struct value){.kind = VALUE_BOOL, .number = value_true(v)};
    return NULL;
}

const char *value_call(struct script_arena *a, const char *name, const struct value *args, size_t n, bool *known,
                       struct value *out)
{
    static const struct {
        const char *name;
        const char *(*does)(const struct value *v, struct value *out);
    } functions[] = {{"abs", absolute}, {"int", integer}, {"float", real}, {"round", rounded}, {"len", length}, {"bool", truth}};
    *known = true;
    if (strcmp(name, "min") == 0) return extreme(SIGN_LT, args, n, out);
    if (strcmp(name, "max") == 0) return extreme(SIGN_GT, args, n, out);
    bool str = strcmp(name, "str") == 0;
    for (size_t i = 0; i < sizeof(functions) / sizeof(*functions) || str; i++) {
        if (!str && strcmp(functions[i].name, name) != 0) continue;
        if (n != 1) return _("The function asks for one value.");
        if (!str) return functions[i].does(args, out);
        const char *text = value_text(a, args, false);
        *out = (struct value){.kind = VALUE_TEXT, .text = {text, strlen(text)}};
        return NULL;
    }
    *known = false;
    return NULL;
}
