#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "words.h"

static bool add_value(struct plan_key *k, const char *text, size_t len)
{
    char **more = realloc(k->value, (k->n + 1) * sizeof *more);
    if (!more) return false;
    k->value = more;
    k->value[k->n] = strndup(text, len);
    return k->value[k->n] && ++k->n;
}

static bool list(struct plan_key *k, const char *text)
{
    for (;;) {
        size_t len = strcspn(text, ",");
        if (len == 0 || k->n == PLAN_VALUES_MAX || !add_value(k, text, len)) return false;
        if (!text[len]) return true;
        text += len + 1;
    }
}

/* One of the multiple that |text| is written in: of "20 ms" 1 ms. */
static bool one_of(const char *text, const char *unit, uint64_t *out)
{
    char one[64];
    snprintf(one, sizeof one, "1%s", text + strspn(text, "0123456789."));
    return quantity_parse(one, unit, out) == 0;
}

static bool range(struct plan_key *k, char *text, char *dots, const char *unit)
{
    uint64_t from, to, step;
    char *colon = strchr(dots + 2, ':');
    if (colon) *colon = '\0';
    *dots = '\0';
    bool ok = quantity_parse(text, unit, &from) == 0 && quantity_parse(dots + 2, unit, &to) == 0 && from <= to &&
              (colon ? quantity_parse(colon + 1, unit, &step) == 0 : one_of(text, unit, &step)) && step > 0 &&
              (to - from) / step < PLAN_VALUES_MAX;
    for (uint64_t v = from; ok; v += step) {
        char value[QUANTITY_LEN];
        quantity_exact(v, unit, value);
        ok = add_value(k, value, strlen(value));
        if (to - v < step) break;
    }
    return ok;
}

bool plan_sweep(struct plan *p, const char *text, const char *(*unit_of)(void *ctx, const char *path), void *ctx, char *err,
                size_t cap)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        snprintf(err, cap, _("KEY=A..B, KEY=A..B:STEP or KEY=a,b,c is wanted"));
        return false;
    }
    if (p->key_n == PLAN_KEYS_MAX) {
        snprintf(err, cap, _("at most %d of them"), PLAN_KEYS_MAX);
        return false;
    }
    struct plan_key *k = &p->key[p->key_n++];
    k->path = strndup(text, (size_t)(equals - text));
    char *values = strdup(equals + 1), *dots = values ? strstr(values, "..") : NULL;
    const char *unit = k->path && dots ? unit_of(ctx, k->path) : NULL;
    bool ok = k->path && values && (dots ? unit && range(k, values, dots, unit) : list(k, values));
    free(values);
    if (ok) return true;
    char units[200] = "";
    if (unit) quantity_units(unit, units, sizeof units);
    if (dots && !unit)
        snprintf(err, cap, _("%s takes no numbers: list its values, as KEY=a,b,c"), k->path ? k->path : "");
    else if (dots)
        snprintf(err, cap, _("a range of %s is A..B or A..B:STEP with A up to B, in %s, of at most %d values"), k->path, units,
                 PLAN_VALUES_MAX);
    else
        snprintf(err, cap, _("a list of values has no empty one, as KEY=a,b,c"));
    return false;
}

bool plan_shard(struct plan *p, const char *text)
{
    uint64_t i, n;
    const char *slash = strchr(text, '/');
    char first[24];
    if (!slash || slash - text >= (ptrdiff_t)sizeof first) return false;
    snprintf(first, sizeof first, "%.*s", (int)(slash - text), text);
    if (quantity_parse(first, "", &i) < 0 || quantity_parse(slash + 1, "", &n) < 0) return false;
    if (i < 1 || i > n || n > UINT32_MAX) return false;
    p->shard = i - 1;
    p->shards = n;
    return true;
}

void plan_free(struct plan *p)
{
    for (size_t i = 0; i < p->key_n; i++) {
        for (size_t k = 0; k < p->key[i].n; k++) free(p->key[i].value[k]);
        free(p->key[i].value);
        free(p->key[i].path);
    }
    p->key_n = 0;
}

uint64_t plan_runs(const struct plan *p)
{
    uint64_t n = p->repeat;
    for (size_t i = 0; i < p->key_n; i++)
        if (__builtin_mul_overflow(n, (uint64_t)p->key[i].n, &n) || n > INT64_MAX) return 0;
    return n;
}

bool plan_here(const struct plan *p, uint64_t run) { return run % p->shards == p->shard; }

uint64_t plan_seed(const struct plan *p, uint64_t own, uint64_t run) { return (p->seed ? p->seed : own) + run % p->repeat; }

const char *plan_value(const struct plan *p, uint64_t run, size_t key)
{
    run /= p->repeat;
    for (size_t i = p->key_n; i-- > key + 1;) run /= p->key[i].n;
    return p->key[key].value[run % p->key[key].n];
}
