#include "results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "results_text.h"
#include "words.h"

enum { RESULTS_VERSION = 1, DUMP = JSON_COMPACT };

bool results_add(struct results *r, json_t *run)
{
    if (!run) return false;
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        json_t **more = realloc(r->run, cap * sizeof(json_t *));
        if (!more) {
            json_decref(run);
            return false;
        }
        r->run = more;
        r->cap = cap;
    }
    r->run[r->n++] = run;
    return true;
}

void results_free(struct results *r)
{
    json_decref(r->head);
    for (size_t i = 0; i < r->n; i++) json_decref(r->run[i]);
    free(r->run);
    *r = (struct results){0};
}

size_t results_short(const struct results *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (!json_is_true(json_object_get(r->run[i], "ok"))) n++;
    return n;
}

/* ---- reading and joining ---- */

static bool is_head(const json_t *head)
{
    return json_integer_value(json_object_get(head, "tern_sim")) == RESULTS_VERSION &&
           json_integer_value(json_object_get(head, "runs")) > 0 && json_is_array(json_object_get(head, "keys")) &&
           json_is_array(json_object_get(head, "expect")) && json_is_object(json_object_get(head, "units"));
}

static bool is_run(const json_t *run)
{
    return json_is_integer(json_object_get(run, "run")) && json_is_array(json_object_get(run, "values")) &&
           json_is_array(json_object_get(run, "flows")) && json_is_array(json_object_get(run, "links")) &&
           json_is_array(json_object_get(run, "expect"));
}

/* The next value of the file; NULL: there is none, or (|*bad|) what is there is none. */
static json_t *next_value(FILE *f, bool *bad)
{
    json_error_t wrong;
    int c;
    while ((c = getc(f)) == '\n') {
    }
    if (c == EOF) return NULL;
    ungetc(c, f);
    json_t *value = json_loadf(f, JSON_DISABLE_EOF_CHECK, &wrong);
    if (!value) *bad = true;
    return value;
}

static bool new_results(struct results_file *f, json_t *head)
{
    struct results *more = realloc(f->list, (f->n + 1) * sizeof *more);
    if (!more) {
        json_decref(head);
        return false;
    }
    f->list = more;
    f->list[f->n++] = (struct results){.head = head};
    return true;
}

/* Takes |value| over. */
static bool take_value(struct results_file *f, json_t *value)
{
    if (is_head(value)) return new_results(f, value);
    if (f->n > 0 && is_run(value)) return results_add(&f->list[f->n - 1], value);
    json_decref(value);
    return false;
}

bool results_read(struct results_file *f, const char *path, char *err, size_t cap)
{
    FILE *in = fopen(path, "r");
    *f = (struct results_file){0};
    if (!in) {
        snprintf(err, cap, "%s", strerror(errno));
        return false;
    }
    bool bad = false;
    json_t *value;
    while (!bad && (value = next_value(in, &bad)) != NULL) bad = !take_value(f, value);
    fclose(in);
    if (!bad && f->n > 0) return true;
    snprintf(err, cap, "%s", _("no results of 'tern sim --json', or not whole"));
    results_file_free(f);
    return false;
}

void results_file_free(struct results_file *f)
{
    for (size_t i = 0; i < f->n; i++) results_free(&f->list[i]);
    free(f->list);
    *f = (struct results_file){0};
}

static int64_t number_of(const json_t *run) { return json_integer_value(json_object_get(run, "run")); }

/* A run stands before its controls, which keep their order: parts are joined stably. */
static int by_number(const void *a, const void *b)
{
    int64_t x = number_of(*(json_t *const *)a), y = number_of(*(json_t *const *)b);
    return x < y ? -1 : x > y;
}

static bool is_control(const json_t *run) { return json_object_get(run, "control") != NULL; }

/* A run and the controls behind it. */
static bool add_group(struct results *out, struct results *part, size_t *at)
{
    do {
        json_t *run = part->run[*at];
        part->run[(*at)++] = NULL;
        if (!results_add(out, run)) return false;
    } while (*at < part->n && is_control(part->run[*at]));
    return true;
}

struct group {
    json_t *run;
    size_t part, at;
};

static int by_run(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    return by_number(&x->run, &y->run);
}

static struct group *groups(struct results *const *part, size_t n, size_t *count)
{
    size_t cap = 1;
    for (size_t i = 0; i < n; i++) cap += part[i]->n;
    struct group *g = calloc(cap, sizeof *g);
    *count = 0;
    for (size_t i = 0; g && i < n; i++)
        for (size_t k = 0; k < part[i]->n; k++)
            if (!is_control(part[i]->run[k])) g[(*count)++] = (struct group){part[i]->run[k], i, k};
    if (g) qsort(g, *count, sizeof *g, by_run);
    return g;
}

/* The same runs of the same document? |err| names what is not. */
static bool same_heads(struct results *const *part, size_t n, char *err, size_t cap)
{
    for (size_t i = 0; i < n; i++) {
        json_object_del(part[i]->head, "shard");
        if (i && !json_equal(part[0]->head, part[i]->head)) {
            snprintf(err, cap, _("file %zu is not of the same scenario, sweep and seeds as the first"), i + 1);
            return false;
        }
    }
    return true;
}

bool results_join(struct results *out, struct results *const *part, size_t n, char *err, size_t cap)
{
    *out = (struct results){0};
    if (!same_heads(part, n, err, cap)) return false;
    out->head = json_incref(part[0]->head);
    int64_t runs = json_integer_value(json_object_get(out->head, "runs"));
    size_t count;
    struct group *g = groups(part, n, &count);
    bool ok = g != NULL;
    if (!ok) snprintf(err, cap, _("no memory"));
    for (size_t i = 0; ok && i < count; i++) {
        int64_t have = number_of(g[i].run);
        ok = have == (int64_t)i && have < runs && add_group(out, part[g[i].part], &g[i].at);
        if (!ok && have < (int64_t)i)
            snprintf(err, cap, _("run %lld is there twice"), (long long)have);
        else if (!ok)
            snprintf(err, cap, _("run %zu of %lld is missing: a shard is not there, or not whole"), i, (long long)runs);
    }
    if (ok && (int64_t)count < runs) {
        snprintf(err, cap, _("run %zu of %lld is missing: a shard is not there, or not whole"), count, (long long)runs);
        ok = false;
    }
    free(g);
    if (!ok) results_free(out);
    return ok;
}

/* ---- writing ---- */

static void write_line(const json_t *value, FILE *out)
{
    json_dumpf(value, out, DUMP);
    putc('\n', out);
}

/* A field of CSV (RFC 4180). */
static void field(const char *text, bool last, FILE *out)
{
    if (strpbrk(text, ",\"\n")) {
        putc('"', out);
        for (; *text; text++) {
            if (*text == '"') putc('"', out);
            putc(*text, out);
        }
        putc('"', out);
    } else {
        fputs(text, out);
    }
    putc(last ? '\n' : ',', out);
}

/* One line a figure: what all of them have in front, and the figure. */
static void csv_figures(const struct results *r, const json_t *run, const char *scope, const json_t *figures, FILE *out)
{
    const char *key;
    json_t *value;
    const char *name = json_string_value(json_object_get(figures, "name"));
    const json_t *units = json_object_get(r->head, "units");
    void *it = json_object_iter((json_t *)(uintptr_t)figures);
    for (; it; it = json_object_iter_next((json_t *)(uintptr_t)figures, it)) {
        key = json_object_iter_key(it);
        value = json_object_iter_value(it);
        if (!json_is_integer(value)) continue;
        char number[32];
        size_t i;
        const json_t *v;
        snprintf(number, sizeof number, "%lld", (long long)number_of(run));
        field(number, false, out);
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(json_object_get(run, "seed")));
        field(number, false, out);
        json_array_foreach(json_object_get(run, "values"), i, v) field(json_string_value(v), false, out);
        const char *control = json_string_value(json_object_get(run, "control"));
        field(control ? control : "", false, out);
        field(scope, false, out);
        field(name ? name : "", false, out);
        field(key, false, out);
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        field(number, false, out);
        const char *unit = json_string_value(json_object_get(units, key));
        field(unit ? unit : "", true, out);
    }
}

static void write_csv(const struct results *r, FILE *out)
{
    size_t i;
    const json_t *key, *figures;
    fputs("run,seed,", out);
    json_array_foreach(json_object_get(r->head, "keys"), i, key) field(json_string_value(key), false, out);
    fputs("control,scope,name,figure,value,unit\n", out);
    for (size_t k = 0; k < r->n; k++) {
        json_array_foreach(json_object_get(r->run[k], "flows"), i, figures) csv_figures(r, r->run[k], "flow", figures, out);
        json_array_foreach(json_object_get(r->run[k], "links"), i, figures) csv_figures(r, r->run[k], "link", figures, out);
        csv_figures(r, r->run[k], "run", json_object_get(r->run[k], "total"), out);
    }
}

bool results_write(const struct results *r, enum results_form form, bool colour, FILE *out)
{
    switch (form) {
    case RESULTS_TEXT: results_text(r, colour, out); break;
    case RESULTS_CSV: write_csv(r, out); break;
    case RESULTS_JSON:
        write_line(r->head, out);
        for (size_t i = 0; i < r->n; i++) write_line(r->run[i], out);
        break;
    }
    return fflush(out) == 0 && !ferror(out);
}
