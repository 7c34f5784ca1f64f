#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "scenario_reader.h"
#include "words.h"

struct scenario_memory {
    struct scenario_memory *next;
    max_align_t block[];
};

void *scenario_alloc(struct scenario *s, size_t n)
{
    struct scenario_memory *m = calloc(1, sizeof *m + n);
    if (!m) return NULL;
    m->next = s->memory;
    s->memory = m;
    return m->block;
}

void scenario_free(struct scenario *s)
{
    if (!s) return;
    for (struct scenario_memory *m = s->memory, *next; m; m = next) {
        next = m->next;
        free(m);
    }
    free(s);
}

/* ---- ranges ---- */

static void trimmed(const char *from, const char *to, char out[QUANTITY_LEN])
{
    while (from < to && *from == ' ') from++;
    while (to > from && to[-1] == ' ') to--;
    size_t n = (size_t)(to - from);
    if (n >= QUANTITY_LEN) n = QUANTITY_LEN - 1;
    memcpy(out, from, n);
    out[n] = '\0';
}

/* "A .. B", ">= A", "<= B". */
static bool range(const char *text, const char *unit, uint64_t *least, uint64_t *most)
{
    char a[QUANTITY_LEN], b[QUANTITY_LEN];
    const char *dots = strstr(text, ".."), *end = text + strlen(text);
    *least = 0;
    *most = UINT64_MAX;
    if (strncmp(text, ">=", 2) == 0) {
        trimmed(text + 2, end, a);
        return quantity_parse(a, unit, least) == 0;
    }
    if (strncmp(text, "<=", 2) == 0) {
        trimmed(text + 2, end, b);
        return quantity_parse(b, unit, most) == 0;
    }
    if (!dots) return false;
    trimmed(text, dots, a);
    trimmed(dots + 2, end, b);
    return quantity_parse(a, unit, least) == 0 && quantity_parse(b, unit, most) == 0 && *least <= *most;
}

/* ---- what belongs together ---- */

static bool has_flow(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->flow_n; i++) {
        const struct scenario_flow *f = &s->flow[i];
        size_t len = strlen(f->flow.name);
        if (strcmp(f->flow.name, name) == 0) return f->copies == 1;
        if (f->copies > 1 && strncmp(name, f->flow.name, len) == 0 && name[len] == '-') {
            unsigned long k = strtoul(name + len + 1, NULL, 10);
            if (k >= 1 && k <= f->copies) return true;
        }
    }
    return false;
}

static bool has_control(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->control_n; i++)
        if (strcmp(s->control[i].name, name) == 0) return true;
    return false;
}

static bool check_expect(const struct reader *r, struct scenario_expect *e)
{
    static const char *const want[] = {
        [FIGURE_FLOW] = N_("%s is of a flow: say flow = \"NAME\""),
        [FIGURE_LINK] = N_("%s is of a link: say link = \"NAME\""),
        [FIGURE_RUN] = N_("%s is of the whole run: without flow, link and over"),
    };
    const struct scenario *s = r->s;
    enum figure_scope scope = e->figure->scope;
    if ((scope == FIGURE_FLOW) != (*e->flow != 0) || (scope == FIGURE_LINK) != (*e->link != 0) ||
        (scope == FIGURE_RUN && *e->over))
        return scenario_complain(r->error, r->file, e->at, false, words(want[scope]), e->figure->name);
    const char *flow = *e->flow && !has_flow(s, e->flow)               ? e->flow
                       : *e->flow && *e->over && !has_flow(s, e->over) ? e->over
                                                                       : NULL;
    if (flow) return scenario_complain(r->error, r->file, e->at, false, _("there is no flow \"%s\""), flow);
    if (*e->than && !has_control(s, e->than))
        return scenario_complain(r->error, r->file, e->at, false, _("there is no control \"%s\""), e->than);
    if (*e->than && *e->over) return scenario_complain(r->error, r->file, e->at, false, _("over and than: one of them"));
    const char *unit = *e->over || *e->than ? "ppm" : e->figure->unit;
    if (!range(e->range, unit, &e->least, &e->most)) {
        char units[160];
        quantity_units(unit, units, sizeof units);
        return scenario_complain(r->error, r->file, toml_member(e->at, "range"), false,
                                 _("range cannot be \"%s\"; allowed: \"A .. B\", \">= A\", \"<= B\", in %s"), e->range, units);
    }
    return true;
}

static bool check(const struct reader *r)
{
    struct scenario *s = r->s;
    if (s->flow_n == 0) return scenario_complain(r->error, r->file, NULL, false, _("there is no [[flow]]: nobody talks"));
    for (size_t i = 0; i < s->flow_n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(s->flow[i].flow.name, s->flow[k].flow.name) == 0)
                return scenario_complain(r->error, r->file, s->flow[i].at, false, _("there are two flows \"%s\""),
                                         s->flow[i].flow.name);
    if (s->warm_up >= s->duration)
        return scenario_complain(r->error, r->file, NULL, false, _("warm_up must be shorter than duration"));
    for (size_t i = 0; i < s->expect_n; i++)
        if (!check_expect(r, &s->expect[i])) return false;
    if (s->control_n && s->expect_n == 0)
        return scenario_complain(r->error, r->file, s->control[0].at, false,
                                 _("a control is there for what is expected to fail: there is no [[expect]]"));
    return true;
}

struct scenario *scenario_read(const struct toml_node *root, const char *file, struct scenario_error *error)
{
    struct scenario *s = calloc(1, sizeof *s);
    if (!s) {
        scenario_complain(error, file, NULL, false, "%s", _("no memory"));
        return NULL;
    }
    struct reader r = {.s = s, .file = file, .error = error};
    reader_defaults(SCHEMA_ROOT, s);
    if (reader_table(&r, root, SCHEMA_ROOT, s) && check(&r)) return s;
    scenario_free(s);
    return NULL;
}
