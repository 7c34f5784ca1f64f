#include "topic_plot.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "quantity.h"
#include "words.h"

static const struct quantity {
    const char *name, *title, *unit;
    bool grows; /* a sum: of several samples the last counts, not their mean */
} quantities[PLOT_QUANTITY_N] = {
    [PLOT_CWND] = {"cwnd", N_("Congestion window"), "bytes", false},
    [PLOT_FLIGHT] = {"in_flight", N_("Data in flight"), "bytes", false},
    [PLOT_HELD] = {"held", N_("Held by the sender's stack"), "bytes", false},
    [PLOT_RATE] = {"rate", N_("Sending rate"), "bit/s", false},
    [PLOT_DELIVERED] = {"delivered", N_("Delivered to the application"), "bytes", true},
    [PLOT_RESENT] = {"resent", N_("Sent again, in all"), "bytes", true},
    [PLOT_QUEUE] = {"queue_delay", N_("Queueing delay"), "ns", false},
};

const struct topic_plot *topic_plot(const struct topic *t)
{
    if (strcmp(t->kind, "idea") != 0 && strcmp(t->kind, "TCP option") != 0) return NULL; /* settings have the same names */
    for (const struct topic_plot *row = topic_plots; row->topic; row++)
        if (strcmp(row->topic, t->name) == 0) return row;
    return NULL;
}

/* ---- from samples to a chart ---- */

static uint64_t value_of(const struct trial_point *p, enum plot_quantity quantity)
{
    switch (quantity) {
    case PLOT_CWND: return p->cwnd;
    case PLOT_FLIGHT: return p->in_flight;
    case PLOT_HELD: return p->held;
    case PLOT_RATE: return p->rate;
    case PLOT_DELIVERED: return p->delivered;
    case PLOT_RESENT: return p->resent;
    case PLOT_QUEUE:
    case PLOT_QUANTITY_N: break;
    }
    return p->queue_delay;
}

/* What is a sum goes on when the connection has ended. */
static void fill(struct chart_line *to, const struct topic_plot *row, const struct trial_line *l)
{
    const struct quantity *q = &quantities[row->quantity];
    tern_ns span = row->to - row->from;
    size_t k = 0;
    while (k < l->n && l->point[k].at < row->from) k++;
    for (size_t i = 0; i < CHART_POINTS; i++) {
        tern_ns end = row->from + span * (i + 1) / CHART_POINTS;
        uint64_t sum = 0, n = 0, last = i ? to->value[i - 1] : q->grows ? 0 : CHART_GAP;
        bool shut = false;
        for (; k < l->n && l->point[k].at <= end; k++) {
            shut = !l->point[k].open && !q->grows;
            if (shut) continue;
            last = value_of(&l->point[k], row->quantity);
            sum += last;
            n++;
        }
        to->value[i] = n == 0 ? (shut ? CHART_GAP : last) : q->grows ? last : sum / n;
    }
}

bool topic_plot_run(const struct topic_plot *row, struct plotted *out, struct scenario_error *error)
{
    struct compare c;
    struct compare_wish wish = row->wish;
    char duration[40], sample[40];
    size_t n = 0;
    bool ok = true;
    while (wish.set[n]) n++;
    snprintf(duration, sizeof duration, "duration=%llu ns", (unsigned long long)(row->to > TERN_SEC ? row->to : TERN_SEC));
    snprintf(sample, sizeof sample, "sample=%llu ns", (unsigned long long)((row->to - row->from) / CHART_POINTS));
    wish.set[n++] = duration;
    wish.set[n++] = sample;
    if (!compare_run(&wish, &c, error)) return false;
    out->chart = (struct chart){.title = words(quantities[row->quantity].title),
                                .unit = quantities[row->quantity].unit,
                                .from = row->from,
                                .to = row->to};
    for (size_t i = 0; ok && i < 2; i++) {
        const struct trial_line *l = compare_line(&c, i, row->of);
        const char *whose = row->figure_of ? row->figure_of : row->of;
        ok = l && compare_figure(&c, i, &figure_rows[row->figure], whose, &out->value[i]);
        if (!ok) snprintf(error->text, sizeof error->text, "%s: %s", row->wish.scenario, whose);
        if (ok) fill(&out->chart.line[i], row, l);
        out->chart.line[i].name = words(row->name[i]);
    }
    compare_free(&c);
    return ok;
}

bool topic_plot_right(const struct topic_plot *row, const struct plotted *p)
{
    return row->less ? p->value[0] < p->value[1] : p->value[0] > p->value[1];
}

/* ---- for people ---- */

static void show_figures(struct prose *p, const struct topic_plot *row, const struct plotted *made)
{
    char value[2][QUANTITY_LEN];
    const struct figure_row *f = &figure_rows[row->figure];
    for (size_t i = 0; i < 2; i++) {
        if (figure_counts(f))
            snprintf(value[i], sizeof value[i], "%llu", (unsigned long long)made->value[i]);
        else
            quantity_short(made->value[i], f->unit, value[i]);
    }
    prose_f(p, topic_plot_right(row, made) ? PROSE_GOOD : PROSE_BAD, _("`%s`: %s (%s), %s (%s)"), f->name, value[0],
            words(row->name[0]), value[1], words(row->name[1]));
    prose_f(p, PROSE_ITEM, _("All of it: `tern sim %s`, and with `--plot DIR` more pictures"), row->wish.scenario);
}

static void show_picture(struct prose *p, const struct chart *c)
{
    if (!p->html) {
        chart_text(p, c);
        return;
    }
    prose_end(p);
    prose_raw(p, "<figure tabindex=\"0\">\n");
    int err = p->out && !p->err ? chart_svg(p->out, c, false, true) : 0;
    if (err && !p->err) p->err = err;
    prose_raw(p, "</figure>\n");
}

bool topic_plot_show(struct prose *p, const struct topic_plot *row)
{
    struct plotted made;
    struct scenario_error error;
    prose(p, PROSE_HEAD, _("A run with it, and one without"));
    if (!topic_plot_run(row, &made, &error)) {
        prose(p, PROSE_BAD, error.text);
        return false;
    }
    prose(p, PROSE_PARA, words(row->see));
    show_picture(p, &made.chart);
    show_figures(p, row, &made);
    return topic_plot_right(row, &made);
}

/* ---- for programs ---- */

static json_t *line_json(const struct chart_line *l, uint64_t figure)
{
    json_t *values = json_array();
    for (size_t i = 0; i < CHART_POINTS; i++)
        json_array_append_new(values, l->value[i] == CHART_GAP ? json_null() : json_integer((json_int_t)l->value[i]));
    return json_pack("{s:s, s:I, s:o}", "name", l->name, "came_to", (json_int_t)figure, "values", values);
}

json_t *topic_plot_json(const struct topic_plot *row, struct scenario_error *error)
{
    struct plotted made;
    const struct quantity *q = &quantities[row->quantity];
    snprintf(error->text, sizeof error->text, "%s", _("no memory"));
    if (!topic_plot_run(row, &made, error)) return NULL;
    json_t *lines =
        json_pack("[o, o]", line_json(&made.chart.line[0], made.value[0]), line_json(&made.chart.line[1], made.value[1]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:o}", "scenario", row->wish.scenario, "control",
                     row->wish.control, "quantity", q->name, "unit", q->unit, "figure", figure_rows[row->figure].name, "see",
                     words(row->see), "from", (json_int_t)row->from, "to", (json_int_t)row->to, "right",
                     topic_plot_right(row, &made), "lines", lines);
}
