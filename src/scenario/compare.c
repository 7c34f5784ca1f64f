#include "compare.h"

#include <string.h>

#include "study.h"
#include "words.h"

static const struct scenario_control *control_named(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->control_n; i++)
        if (strcmp(s->control[i].name, name) == 0) return &s->control[i];
    return NULL;
}

static bool run_one(const struct study *y, const struct scenario_control *control, struct compare *out, size_t i,
                    struct scenario_error *error)
{
    struct toml_node *root;
    struct trial_wish wish = {.plot = &out->plot[i]};
    struct scenario *s = study_scenario(y, 0, control, &root, error);
    if (!s) return false;
    out->run[i] = trial_run(s, y->document->file, &wish, error);
    scenario_free(s);
    toml_free(root);
    return out->run[i] != NULL;
}

static bool run_both(struct study *y, const char *name, struct compare *out, struct scenario_error *error)
{
    struct toml_node *root;
    struct scenario *s = study_scenario(y, 0, NULL, &root, error);
    if (!s) return false;
    const struct scenario_control *control = control_named(s, name);
    bool ok = control ? run_one(y, NULL, out, 0, error) && run_one(y, control, out, 1, error)
                      : scenario_complain(error, y->document->file, NULL, false, _("there is no control \"%s\""), name);
    scenario_free(s);
    toml_free(root);
    return ok;
}

bool compare_run(const struct compare_wish *wish, struct compare *out, struct scenario_error *error)
{
    struct document d;
    *out = (struct compare){0};
    if (!document_open(&d, wish->scenario, error)) return false;
    struct study y = {.document = &d, .plan = {.repeat = 1, .shards = 1}, .set = wish->set};
    while (y.set_n < COMPARE_SETS_MAX && wish->set[y.set_n]) y.set_n++;
    bool ok = run_both(&y, wish->control, out, error);
    document_close(&d);
    if (!ok) compare_free(out);
    return ok;
}

void compare_free(struct compare *c)
{
    for (size_t i = 0; i < 2; i++) {
        trial_plot_free(&c->plot[i]);
        json_decref(c->run[i]);
    }
    *c = (struct compare){0};
}

bool compare_figure(const struct compare *c, size_t i, const struct figure_row *figure, const char *name, uint64_t *value)
{
    struct scenario_expect e = {.figure = figure};
    snprintf(e.flow, sizeof e.flow, "%s", name);
    return trial_expected(&e, c->run[i], NULL, value);
}

const struct trial_line *compare_line(const struct compare *c, size_t i, const char *name)
{
    for (size_t k = 0; k < c->plot[i].n; k++)
        if (strcmp(c->plot[i].line[k].name, name) == 0) return &c->plot[i].line[k];
    return NULL;
}
