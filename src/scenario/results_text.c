#include "results_text.h"

#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "quantity.h"
#include "utf8.h"
#include "words.h"

enum { COLUMNS_MAX = 32, CELL_MAX = 96 };

/* A table: cells are written row by row, its columns are as wide as they need be. */
struct grid {
    char (*cell)[CELL_MAX];
    size_t n, cap, columns;
    bool right[COLUMNS_MAX];
};

static void cell(struct grid *g, const char *text)
{
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 64;
        void *more = realloc(g->cell, cap * sizeof *g->cell);
        if (!more) return;
        g->cell = more;
        g->cap = cap;
    }
    size_t fits = utf8_fit(text, CELL_MAX / 3);
    snprintf(g->cell[g->n++], CELL_MAX, "%.*s", (int)fits, text);
}

static void pad(FILE *out, size_t n)
{
    while (n-- > 0) putc(' ', out);
}

static void print_grid(struct grid *g, bool colour, FILE *out)
{
    size_t width[COLUMNS_MAX] = {0};
    for (size_t i = 0; i < g->n; i++) {
        size_t w = utf8_columns(g->cell[i]);
        if (w > width[i % g->columns]) width[i % g->columns] = w;
    }
    for (size_t i = 0; i < g->n; i++) {
        size_t c = i % g->columns, gap = width[c] - utf8_columns(g->cell[i]);
        if (colour && i == 0) fputs("\033[1m", out);
        if (g->right[c]) pad(out, gap);
        fputs(g->cell[i], out);
        bool last = c + 1 == g->columns;
        if (!last) pad(out, 2 + (g->right[c] ? 0 : gap));
        if (colour && i + 1 == g->columns) fputs("\033[0m", out);
        if (last) putc('\n', out);
    }
    free(g->cell);
    *g = (struct grid){0};
}

/* ---- which columns ---- */

static bool any_has(const struct results *r, const char *list, const char *figure)
{
    for (size_t k = 0; k < r->n; k++) {
        size_t i;
        const json_t *one;
        json_array_foreach(json_object_get(r->run[k], list), i, one) if (json_object_get(one, figure)) return true;
    }
    return false;
}

static bool any_control(const struct results *r)
{
    for (size_t k = 0; k < r->n; k++)
        if (json_object_get(r->run[k], "control")) return true;
    return false;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* The columns that say which run it is: none where there is but one. */
static size_t run_head(const struct results *r, struct grid *g, bool controls)
{
    size_t i, n = 0;
    const json_t *key;
    bool seeds = json_integer_value(json_object_get(r->head, "repeat")) > 1;
    json_array_foreach(json_object_get(r->head, "keys"), i, key)
    {
        cell(g, json_string_value(key));
        n++;
    }
    if (seeds) {
        g->right[n++] = true;
        cell(g, _("seed"));
    }
    if (controls) {
        cell(g, _("control"));
        n++;
    }
    return n;
}

static void run_cells(const struct results *r, const json_t *run, struct grid *g, bool controls)
{
    size_t i;
    const json_t *value;
    json_array_foreach(json_object_get(run, "values"), i, value) cell(g, json_string_value(value));
    if (json_integer_value(json_object_get(r->head, "repeat")) > 1) {
        char number[32];
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(json_object_get(run, "seed")));
        cell(g, number);
    }
    if (controls) cell(g, text_of(run, "control"));
}

static void figure_cell(struct grid *g, const json_t *figures, const struct figure_row *row)
{
    char text[QUANTITY_LEN] = "-";
    const json_t *value = json_object_get(figures, row->name);
    if (value) quantity_short((uint64_t)json_integer_value(value), figure_counts(row) ? "" : row->unit, text);
    cell(g, text);
}

/* Of each run its |list| ("flows", "links"), a line each, with the figures of |scope|. */
static void figures_table(const struct results *r, enum figure_scope scope, const char *list, const char *title, bool colour,
                          FILE *out)
{
    struct grid g = {0};
    bool controls = any_control(r);
    const struct figure_row *shown[COLUMNS_MAX];
    size_t shown_n = 0, n = run_head(r, &g, controls);
    cell(&g, title);
    n++;
    for (size_t i = 0; i < FIGURE_N && n < COLUMNS_MAX; i++) {
        const struct figure_row *row = &figure_rows[i];
        if (row->scope != scope || !row->heading || !any_has(r, list, row->name)) continue;
        shown[shown_n++] = row;
        g.right[n++] = true;
        cell(&g, words(row->heading));
    }
    g.columns = n;
    for (size_t k = 0; k < r->n; k++) {
        size_t i;
        const json_t *one;
        json_array_foreach(json_object_get(r->run[k], list), i, one)
        {
            run_cells(r, r->run[k], &g, controls);
            cell(&g, text_of(one, "name"));
            for (size_t c = 0; c < shown_n; c++) figure_cell(&g, one, shown[c]);
        }
    }
    print_grid(&g, colour, out);
}

/* ---- what was expected ---- */

static void verdict(const json_t *expected, const json_t *said, const char *unit, FILE *out)
{
    const json_t *value = json_object_get(expected, "value");
    char text[QUANTITY_LEN];
    bool holds = json_is_true(json_object_get(expected, "holds"));
    if (json_is_integer(value))
        quantity_short((uint64_t)json_integer_value(value), unit, text);
    else
        snprintf(text, sizeof text, "%s", _("no such figure"));
    fprintf(out, holds ? _("  holds: %s; it is %s\n") : _("  does not hold: %s; it is %s\n"), text_of(said, "says"), text);
}

static void run_name(const struct results *r, const json_t *run, FILE *out)
{
    size_t i;
    const json_t *value, *keys = json_object_get(r->head, "keys");
    fprintf(out, _("run %lld, seed %lld"), (long long)json_integer_value(json_object_get(run, "run")),
            (long long)json_integer_value(json_object_get(run, "seed")));
    json_array_foreach(json_object_get(run, "values"), i, value)
        fprintf(out, ", %s = %s", json_string_value(json_array_get(keys, i)), json_string_value(value));
    fputs(": ", out);
}

/* What went wrong in the network itself. */
static void fault_line(const json_t *fault, FILE *out)
{
    char at[QUANTITY_LEN];
    quantity_short((uint64_t)json_integer_value(json_object_get(fault, "at")), "ns", at);
    const char *rule = text_of(fault, "rule");
    fprintf(out, _("  after %s: %s"), at, words(text_of(fault, "says")));
    fprintf(out, " (flow=%s host=%s value=%lld%s%s)\n", text_of(fault, "flow"), text_of(fault, "host"),
            (long long)json_integer_value(json_object_get(fault, "value")), *rule ? " rule: " : "", rule);
}

static void verdict_line(const json_t *run, FILE *out)
{
    const char *control = json_string_value(json_object_get(run, "control"));
    bool ok = json_is_true(json_object_get(run, "ok"));
    if (!control)
        fputs(ok ? _("all holds\n") : _("falls short\n"), out);
    else if (ok)
        fprintf(out, _("control \"%s\": it fails, as it must\n"), control);
    else if (json_object_get(run, "fault"))
        fprintf(out, _("control \"%s\": it goes wrong, which was not to be shown\n"), control);
    else
        fprintf(out, _("control \"%s\": it does not fail, so what is expected proves nothing\n"), control);
}

static void expected_of(const struct results *r, const json_t *run, FILE *out)
{
    size_t i;
    const json_t *one, *said = json_object_get(r->head, "expect"), *fault = json_object_get(run, "fault");
    run_name(r, run, out);
    verdict_line(run, out);
    if (fault) fault_line(fault, out);
    json_array_foreach(json_object_get(run, "expect"), i, one)
    {
        const json_t *what = json_array_get(said, i);
        verdict(one, what, text_of(what, "unit"), out);
    }
}

static void all_expected(const struct results *r, FILE *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const json_t *run = r->run[i];
        bool ok = json_is_true(json_object_get(run, "ok")), few = r->n <= 8;
        if ((few && json_array_size(json_object_get(run, "expect"))) || !ok) expected_of(r, run, out);
    }
    size_t wrong = results_short(r);
    if (r->n > 8)
        fprintf(out, words_n("%zu run, of which %zu falls short\n", "%zu runs, of which %zu fall short\n", r->n), r->n, wrong);
}

void results_text(const struct results *r, bool colour, FILE *out)
{
    fprintf(out, "%s: %s\n", text_of(r->head, "scenario"), text_of(r->head, "title"));
    if (*text_of(r->head, "source")) fprintf(out, _("source: %s\n"), text_of(r->head, "source"));
    putc('\n', out);
    figures_table(r, FIGURE_FLOW, "flows", _("flow"), colour, out);
    if (any_has(r, "links", "name")) {
        putc('\n', out);
        figures_table(r, FIGURE_LINK, "links", _("link"), colour, out);
    }
    putc('\n', out);
    all_expected(r, out);
}
