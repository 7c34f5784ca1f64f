/* Zeller and Hildebrandt 2002: Simplifying and Isolating Failure-Inducing Input. */
#include "shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "words.h"

enum { TRIES_MAX = 4000 };

struct work {
    const struct shrink_case *c;
    struct shrink *out;
    struct scenario_error *error;
    bool broken; /* it could not run */
};

static char *fault_text(const json_t *fault)
{
    char at[QUANTITY_LEN], *text = NULL;
    const char *flow = json_string_value(json_object_get(fault, "flow")),
               *rule = json_string_value(json_object_get(fault, "rule"));
    quantity_short((uint64_t)json_integer_value(json_object_get(fault, "at")), "ns", at);
    if (asprintf(&text, "%s: %s%s%s%s%s", at, words(json_string_value(json_object_get(fault, "says"))), flow ? ", " : "",
                 flow ? flow : "", rule ? ": " : "", rule ? rule : "") < 0)
        return NULL;
    return text;
}

/* Runs it, with |given| (NULL: by chance, noted in |seen|). Returns whether it fell short; what then fails is in |out->says|. */
static bool fails(struct work *w, const struct trial_faults *given, struct trial_faults *seen)
{
    const struct trial_wish wish = {.given = given, .seen = seen};
    json_t *run = w->c->run(w->c->ctx, &wish, w->error);
    const json_t *fault = json_object_get(run, "fault");
    char *says = fault ? fault_text(fault) : run && w->c->short_of ? w->c->short_of(w->c->ctx, run) : NULL;
    w->out->tries++;
    if (!run) w->broken = true;
    if (says) {
        free(w->out->says);
        w->out->says = says;
    }
    json_decref(run);
    return says != NULL;
}

static bool copy(struct trial_faults *to, const struct trial_faults *from)
{
    *to = (struct trial_faults){.list = calloc(from->n + 1, sizeof *to->list), .n = from->n, .cap = from->n + 1};
    if (to->list && from->n) memcpy(to->list, from->list, from->n * sizeof *to->list);
    return to->list != NULL;
}

/* All of |from| but the part from |begin| to |end|. */
static void without(struct trial_faults *to, const struct trial_faults *from, size_t begin, size_t end)
{
    to->n = 0;
    for (size_t i = 0; i < from->n; i++)
        if (i < begin || i >= end) to->list[to->n++] = from->list[i];
}

static bool goes_on(const struct work *w) { return !w->broken && w->out->tries < TRIES_MAX; }

/* Leaves out ever smaller parts, as long as it goes on to fail. */
static bool minimize(struct work *w)
{
    struct trial_faults *least = &w->out->least, fewer;
    if (!copy(&fewer, least)) return false;
    size_t part = least->n;
    while (part > 0 && goes_on(w)) {
        bool smaller = false;
        size_t at = 0;
        while (at < least->n && goes_on(w)) {
            size_t end = at + part < least->n ? at + part : least->n;
            without(&fewer, least, at, end);
            if (fails(w, &fewer, NULL)) {
                memcpy(least->list, fewer.list, fewer.n * sizeof *fewer.list);
                least->n = fewer.n;
                smaller = true;
            } else {
                at = end;
            }
        }
        if (at < least->n) break;
        if (!smaller || part > 1) part = part == 1 ? 0 : (part + 1) / 2;
    }
    w->out->cut = part > 0;
    free(fewer.list);
    return true;
}

bool shrink_run(const struct shrink_case *c, struct shrink *out, struct scenario_error *error)
{
    *out = (struct shrink){0};
    struct work w = {.c = c, .out = out, .error = error};
    out->failed = fails(&w, NULL, &out->all);
    if (w.broken || !out->failed) return !w.broken;
    bool ok = copy(&out->least, &out->all);
    if (ok) out->repeated = fails(&w, &out->all, NULL);
    if (ok && out->repeated) ok = minimize(&w) && fails(&w, &out->least, NULL); /* |says| is of the least again */
    if (!ok && !w.broken) snprintf(error->text, sizeof error->text, "%s", _("no memory"));
    return ok && !w.broken;
}

void shrink_free(struct shrink *s)
{
    trial_faults_free(&s->all);
    trial_faults_free(&s->least);
    free(s->says);
}

/* ---- */

static void print_lane(const struct trial_faults *f, size_t link, unsigned direction, const char *name, FILE *out)
{
    static const char *const kinds[] = {[LANE_FAULT_LOSE] = "lose",
                                        [LANE_FAULT_REORDER] = "reorder",
                                        [LANE_FAULT_DUPLICATE] = "duplicate",
                                        [LANE_FAULT_CORRUPT] = "corrupt",
                                        [LANE_FAULT_MARK] = "mark"};
    const char *comma = "";
    fprintf(out, "%s%s: fault = [", name, direction ? ".back" : "");
    for (size_t i = 0; i < f->n; i++) {
        if (f->list[i].link != link || f->list[i].direction != direction) continue;
        fprintf(out, "%s{ nth = %" PRIu64 ", kind = \"%s\" }", comma, f->list[i].fault.nth, kinds[f->list[i].fault.kind]);
        comma = ", ";
    }
    fputs("]\n", out);
}

void shrink_print(const struct shrink *s, const struct shrink_case *c, FILE *out)
{
    size_t links = 0;
    for (size_t i = 0; i < s->least.n; i++)
        if (s->least.list[i].link >= links) links = s->least.list[i].link + 1u;
    for (size_t i = 0; i < 2 * links; i++) {
        bool any = false;
        for (size_t k = 0; k < s->least.n; k++)
            if (2u * s->least.list[k].link + s->least.list[k].direction == i) any = true;
        if (any) print_lane(&s->least, i / 2, i % 2, c->link_name(c->ctx, i / 2), out);
    }
    if (s->cut) fprintf(out, _("the search ended after %zu runs: fewer may do\n"), s->tries);
}
