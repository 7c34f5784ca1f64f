#include "quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* From the smallest; |shown|: this one is written, the others are only read. */
static const struct multiple {
    const char *unit, *name;
    uint64_t factor;
    bool shown;
} multiples[] = {
    {"ns", "ns", 1, true},
    {"ns", "us", TERN_US, true},
    {"ns", "ms", TERN_MS, true},
    {"ns", "s", TERN_SEC, true},
    {"ns", "min", 60 * TERN_SEC, false},
    {"bytes", "bytes", 1, true},
    {"bytes", "B", 1, false},
    {"bytes", "kB", 1000, false},
    {"bytes", "MB", 1000000, false},
    {"bytes", "GB", 1000000000, false},
    {"bytes", "K", 1 << 10, false},
    {"bytes", "M", 1 << 20, false},
    {"bytes", "G", 1 << 30, false},
    {"bytes", "KiB", 1 << 10, true},
    {"bytes", "MiB", 1 << 20, true},
    {"bytes", "GiB", 1 << 30, true},
    {"bit/s", "bit/s", 1, true},
    {"bit/s", "K", 1000, false},
    {"bit/s", "M", 1000000, false},
    {"bit/s", "G", 1000000000, false},
    {"bit/s", "kbit/s", 1000, true},
    {"bit/s", "Mbit/s", 1000000, true},
    {"bit/s", "Gbit/s", 1000000000, true},
    {"ppm", "ppm", 1, true},
    {"ppm", "%", 10000, true},
};
enum { MULTIPLE_N = sizeof multiples / sizeof multiples[0], FRACTION_MAX = 9 };

/* 0: |unit| has no such multiple. */
static uint64_t factor_of(const char *unit, const char *name)
{
    if (!*name || strcmp(name, unit) == 0) return 1;
    for (size_t i = 0; i < MULTIPLE_N; i++)
        if (strcmp(multiples[i].unit, unit) == 0 && strcmp(multiples[i].name, name) == 0) return multiples[i].factor;
    return 0;
}

static bool digits(const char **text, uint64_t *v, size_t *n)
{
    *v = 0;
    *n = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++, (*n)++)
        if (__builtin_mul_overflow(*v, UINT64_C(10), v) || __builtin_add_overflow(*v, (uint64_t)(**text - '0'), v)) return false;
    return true;
}

int quantity_parse(const char *text, const char *unit, uint64_t *out)
{
    uint64_t whole, part = 0, scale = 1;
    size_t n, part_n = 0;
    if (!digits(&text, &whole, &n) || n == 0) return TERN_ERR_INVAL;
    if (*text == '.') {
        text++;
        if (!digits(&text, &part, &part_n) || part_n == 0 || part_n > FRACTION_MAX) return TERN_ERR_INVAL;
    }
    if (*text == ' ') text++;
    uint64_t factor = factor_of(unit, text);
    while (part_n-- > 0) scale *= 10;
    if (factor == 0 || __builtin_mul_overflow(whole, factor, &whole)) return TERN_ERR_INVAL;
    uint64_t product;
    if (__builtin_mul_overflow(part, factor, &product) || product % scale != 0) return TERN_ERR_INVAL;
    if (__builtin_add_overflow(whole, product / scale, &whole)) return TERN_ERR_INVAL;
    *out = whole;
    return 0;
}

/* The largest multiple not above |value|, of those that divide it when |exact|; NULL: the unit has none. */
static const struct multiple *largest(uint64_t value, const char *unit, bool exact)
{
    const struct multiple *best = NULL;
    for (size_t i = 0; i < MULTIPLE_N; i++) {
        const struct multiple *m = &multiples[i];
        if (!m->shown || strcmp(m->unit, unit) != 0) continue;
        if (!best || (m->factor <= value && (!exact || value % m->factor == 0))) best = m;
    }
    return best;
}

void quantity_exact(uint64_t value, const char *unit, char out[QUANTITY_LEN])
{
    const struct multiple *m = largest(value, unit, true);
    const char *name = m ? m->name : unit;
    snprintf(out, QUANTITY_LEN, "%" PRIu64 "%s%.24s", value / (m ? m->factor : 1), *name ? " " : "", name);
}

void quantity_short(uint64_t value, const char *unit, char out[QUANTITY_LEN])
{
    const struct multiple *m = largest(value, unit, false);
    if (!m || m->factor == 1) {
        quantity_exact(value, unit, out);
        return;
    }
    uint64_t whole = value / m->factor, rest = value % m->factor;
    if (whole >= 100) {
        snprintf(out, QUANTITY_LEN, "%" PRIu64 " %s", whole, m->name);
    } else if (whole >= 10) {
        snprintf(out, QUANTITY_LEN, "%" PRIu64 ".%" PRIu64 " %s", whole, rest * 10 / m->factor, m->name);
    } else {
        snprintf(out, QUANTITY_LEN, "%" PRIu64 ".%02" PRIu64 " %s", whole, rest * 100 / m->factor, m->name);
    }
}

void quantity_units(const char *unit, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < MULTIPLE_N; i++) {
        if (strcmp(multiples[i].unit, unit) != 0) continue;
        int len = snprintf(out + n, cap - n, "%s%s", n ? ", " : "", multiples[i].name);
        if (len < 0 || (size_t)len >= cap - n) return;
        n += (size_t)len;
    }
    if (n == 0) snprintf(out, cap, "%s", unit);
}
