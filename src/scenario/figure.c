#include "figure.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

__extension__ typedef unsigned __int128 wide;

enum { SUB_BITS = 7, SUB = 1 << SUB_BITS };

const struct figure_row figure_rows[FIGURE_N] = {
#define X(name, unit, scope, heading, text) [FIGURE_ID_##name] = {#name, unit, FIGURE_##scope, heading, text},
    FIGURES(X)
#undef X
};

const struct figure_row *figure_find(const char *name)
{
    for (size_t i = 0; i < FIGURE_N; i++)
        if (strcmp(figure_rows[i].name, name) == 0) return &figure_rows[i];
    return NULL;
}

bool figure_counts(const struct figure_row *row)
{
    static const char *const measures[] = {"ns", "bit/s", "bytes", "ppm"};
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
        if (strcmp(row->unit, measures[i]) == 0) return false;
    return true;
}

/* ---- distributions ---- */

/* Below 2 * SUB each value has its place; above, SUB places share each doubling. */
static size_t place_of(uint64_t v)
{
    if (v < 2 * SUB) return (size_t)v;
    unsigned shift = 63u - (unsigned)__builtin_clzll(v) - SUB_BITS;
    return (size_t)(shift * SUB + (v >> shift));
}

/* The least value of a place. */
static uint64_t value_of(size_t place)
{
    if (place < 2 * SUB) return place;
    size_t shift = place / SUB - 1;
    return (uint64_t)(place - shift * SUB) << shift;
}

bool figure_add(struct figure_spread *s, uint64_t value)
{
    if (!s->place) s->place = calloc(FIGURE_PLACES, sizeof *s->place);
    if (!s->place) return false;
    if (value >> 63) value = INT64_MAX;
    if (s->n == 0 || value < s->least) s->least = value;
    if (value > s->most) s->most = value;
    s->n++;
    s->place[place_of(value)]++;
    return true;
}

uint64_t figure_percentile(const struct figure_spread *s, uint32_t permille)
{
    if (s->n == 0) return 0;
    uint64_t rank = (s->n * permille + 999) / 1000, seen = 0; /* from 1 */
    if (rank < 1) rank = 1;
    for (size_t i = 0; i < FIGURE_PLACES; i++) {
        seen += s->place[i];
        if (seen < rank) continue;
        if (seen == s->n && s->place[i] > 0 && rank == s->n) return s->most;
        uint64_t v = value_of(i);
        return v < s->least ? s->least : v;
    }
    return s->most;
}

void figure_spread_free(struct figure_spread *s)
{
    free(s->place);
    *s = (struct figure_spread){0};
}

/* ---- arithmetic ---- */

uint64_t figure_ppm(uint64_t part, uint64_t whole)
{
    if (whole == 0) return 0;
    wide v = (wide)part * 1000000 / whole;
    return v > INT64_MAX ? INT64_MAX : (uint64_t)v;
}

uint64_t figure_jain(const uint64_t *value, size_t n)
{
    wide sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += value[i];
        squares += (wide)value[i] * value[i];
    }
    if (squares == 0) return 0;
    return (uint64_t)(sum * sum * 1000000 / (squares * n)); /* 4096 flows of 10^12 bit/s: below 2^128 */
}
