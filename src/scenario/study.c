#include "study.h"

#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "words.h"

/* What changes the scenario itself: then its expectations are of something else. */
static bool changed(const struct study *y) { return y->set_n > 0 || y->plan.key_n > 0; }

static bool set_one(const struct study *y, struct toml_node *root, const char *path, const char *value, const char *option,
                    struct scenario_error *error)
{
    if (toml_set(root, path, value, option)) return true;
    return scenario_complain(error, y->document->file, NULL, false,
                             _("%s %s leads nowhere: the first name is a key of the scenario, lists "
                               "are counted from 1 or have names, as flow.1.cc"),
                             option, path);
}

static bool sets(const struct study *y, struct toml_node *root, uint64_t run, struct scenario_error *error)
{
    for (size_t i = 0; i < y->set_n; i++) {
        const char *equals = strchr(y->set[i], '=');
        char path[256];
        snprintf(path, sizeof path, "%.*s", (int)(equals - y->set[i]), y->set[i]);
        if (!set_one(y, root, path, equals + 1, "--set", error)) return false;
    }
    for (size_t i = 0; i < y->plan.key_n; i++)
        if (!set_one(y, root, y->plan.key[i].path, plan_value(&y->plan, run, i), "--sweep", error)) return false;
    return true;
}

struct scenario *study_scenario(const struct study *y, uint64_t run, const struct scenario_control *control,
                                struct toml_node **root, struct scenario_error *error)
{
    *root = toml_copy(y->document->root);
    bool ok = *root != NULL;
    if (!ok) scenario_complain(error, y->document->file, NULL, false, "%s", _("no memory"));
    for (size_t i = 0; ok && control && i < control->set.n; i++)
        ok = set_one(y, *root, control->set.list[i].key, control->set.list[i].value, control->name, error);
    ok = ok && sets(y, *root, run, error);
    struct scenario *s = ok ? scenario_read(*root, y->document->file, error) : NULL;
    if (s) {
        s->own_seed = s->seed;
        s->seed = plan_seed(&y->plan, s->own_seed, run);
    } else {
        toml_free(*root);
        *root = NULL;
    }
    return s;
}

/* ---- one run ---- */

static void describe(const struct study *y, uint64_t run, const char *control, char *out, size_t cap)
{
    char number[24] = "";
    if (plan_runs(&y->plan) > 1) snprintf(number, sizeof number, "-%llu", (unsigned long long)run);
    snprintf(out, cap, "%s%s%s%s", y->document->name, number, *control ? "-" : "", control);
}

static json_t *measure(const struct study *y, struct scenario *s, uint64_t run, const char *control, struct scenario_error *error)
{
    char name[160], capture[4096];
    struct trial_plot plot = {0};
    describe(y, run, control, name, sizeof name);
    snprintf(capture, sizeof capture, "%s/%s", y->pcap ? y->pcap : "", name);
    struct trial_wish wish = {
        .check = y->check, .pcap = y->pcap ? capture : NULL, .plot = y->plot ? &plot : NULL, .events = y->events};
    json_t *o = trial_run(s, y->document->file, &wish, error);
    if (o && y->plot && !plot_write(&plot, s, y->plot, name, error->text, sizeof error->text)) {
        json_decref(o);
        o = NULL;
    }
    trial_plot_free(&plot);
    return o;
}

/* What says which run it is, in front of what it came to. */
static json_t *labelled(const struct study *y, uint64_t run, uint64_t seed, const char *control, json_t *figures)
{
    json_t *values = json_array(), *o;
    for (size_t i = 0; i < y->plan.key_n; i++) json_array_append_new(values, json_string(plan_value(&y->plan, run, i)));
    o = json_pack("{s:I, s:I, s:o}", "run", (json_int_t)run, "seed", (json_int_t)seed, "values", values);
    if (*control) json_object_set_new(o, "control", json_string(control));
    json_object_update(o, figures);
    json_decref(figures);
    return o;
}

struct group {
    json_t *run[1 + 64]; /* the run, and its controls */
    size_t n;
};

static const json_t *control_of(const struct group *g, const char *name)
{
    for (size_t i = 1; i < g->n; i++)
        if (strcmp(json_string_value(json_object_get(g->run[i], "control")), name) == 0) return g->run[i];
    return NULL;
}

/* |c|: what the run is a control of; NULL: none. */
static void judge(const struct scenario *s, const struct scenario_control *c, const struct group *g, json_t *run)
{
    json_t *all = json_array();
    bool hold = true, wrong = json_object_get(run, "fault") != NULL;
    for (size_t i = 0; i < s->expect_n; i++) {
        const struct scenario_expect *e = &s->expect[i];
        uint64_t v = 0;
        bool there = trial_expected(e, run, control_of(g, e->than), &v), holds = there && v >= e->least && v <= e->most;
        json_array_append_new(
            all, json_pack("{s:o, s:b}", "value", there ? json_integer((json_int_t)v) : json_null(), "holds", holds));
        hold = hold && holds;
    }
    json_object_set_new(run, "expect", all);
    bool ok = c ? wrong == c->goes_wrong && (wrong || !hold) : !wrong && hold;
    json_object_set_new(run, "ok", json_boolean(ok));
}

/* A run with its controls, of which there are none in what --set and --sweep changed. */
static bool group_run(const struct study *y, uint64_t run, struct group *g, struct scenario_error *error)
{
    struct toml_node *root;
    struct scenario *s = study_scenario(y, run, NULL, &root, error);
    bool ok = s != NULL;
    if (ok && changed(y)) s->expect_n = s->control_n = 0;
    if (ok && s->control_n > 64)
        ok = scenario_complain(error, y->document->file, NULL, false, _("there are more than %d controls"), 64);
    for (size_t i = 0; ok && i <= s->control_n; i++) {
        const char *name = i ? s->control[i - 1].name : "";
        struct toml_node *tree = NULL;
        struct scenario *c = i ? study_scenario(y, run, &s->control[i - 1], &tree, error) : s;
        json_t *o = c ? measure(y, c, run, name, error) : NULL;
        ok = o != NULL;
        if (ok) g->run[g->n++] = labelled(y, run, c->seed, name, o);
        if (i) scenario_free(c);
        toml_free(tree);
    }
    for (size_t i = 0; ok && i < g->n; i++) judge(s, i ? &s->control[i - 1] : NULL, g, g->run[i]);
    scenario_free(s);
    toml_free(root);
    return ok;
}

/* ---- all of them ---- */

json_t *study_units(void)
{
    json_t *o = json_object();
    for (size_t i = 0; i < FIGURE_N; i++) json_object_set_new(o, figure_rows[i].name, json_string(figure_rows[i].unit));
    return o;
}

static json_t *head(const struct study *y, const struct scenario *s)
{
    json_t *keys = json_array(), *expect = json_array(), *set = json_array();
    for (size_t i = 0; i < y->plan.key_n; i++) json_array_append_new(keys, json_string(y->plan.key[i].path));
    for (size_t i = 0; i < y->set_n; i++) json_array_append_new(set, json_string(y->set[i]));
    for (size_t i = 0; i < s->expect_n && !changed(y); i++) {
        const struct scenario_expect *e = &s->expect[i];
        char says[400];
        trial_says(e, says, sizeof says);
        json_array_append_new(expect,
                              json_pack("{s:s, s:s}", "says", says, "unit", *e->over || *e->than ? "ppm" : e->figure->unit));
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "tern_sim", 1, "scenario", y->document->name,
                     "document", y->document->digest, "title", s->title, "source", s->source, "runs",
                     (json_int_t)plan_runs(&y->plan), "seed", (json_int_t)plan_seed(&y->plan, s->own_seed, 0), "repeat",
                     (json_int_t)y->plan.repeat, "set", set, "keys", keys, "expect", expect, "units", study_units());
}

static bool begin(struct study *y, struct results *out, struct scenario_error *error)
{
    struct toml_node *root;
    struct scenario *s = study_scenario(y, 0, NULL, &root, error);
    if (!s) return false;
    out->head = head(y, s);
    if (out->head && y->plan.shards > 1) {
        char shard[48];
        snprintf(shard, sizeof shard, "%llu/%llu", (unsigned long long)y->plan.shard + 1, (unsigned long long)y->plan.shards);
        json_object_set_new(out->head, "shard", json_string(shard));
    }
    scenario_free(s);
    toml_free(root);
    return out->head || scenario_complain(error, y->document->file, NULL, false, "%s", _("no memory"));
}

bool study_run(struct study *y, struct results *out, struct scenario_error *error)
{
    uint64_t runs = plan_runs(&y->plan);
    bool ok = begin(y, out, error);
    for (uint64_t run = 0; ok && run < runs; run++) {
        if (!plan_here(&y->plan, y->first + run)) continue;
        struct group g = {.n = 0};
        ok = group_run(y, run, &g, error);
        for (size_t i = 0; i < g.n; i++) {
            if (ok)
                ok = results_add(out, g.run[i]) || scenario_complain(error, y->document->file, NULL, false, "%s", _("no memory"));
            else
                json_decref(g.run[i]);
        }
        if (y->progress) y->progress(y->ctx, run + 1, runs);
    }
    if (!ok) results_free(out);
    return ok;
}
