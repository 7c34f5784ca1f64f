#include "trial.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "trial_watch.h"
#include "words.h"

void trial_faults_free(struct trial_faults *f)
{
    free(f->list);
    *f = (struct trial_faults){0};
}

void trial_plot_free(struct trial_plot *p)
{
    for (size_t i = 0; i < p->n; i++) free(p->line[i].point);
    free(p->line);
    *p = (struct trial_plot){0};
}

/* ---- the figures ---- */

static void put(json_t *into, enum figure_id figure, uint64_t value)
{
    if (value > INT64_MAX) value = INT64_MAX;
    json_object_set_new(into, figure_rows[figure].name, json_integer((json_int_t)value));
}

static void put_after(json_t *into, enum figure_id figure, tern_ns from, tern_ns at)
{
    if (at != TERN_NEVER && at >= from) put(into, figure, at - from);
}

static void put_spread(json_t *into, const struct figure_spread *s, enum figure_id p50, enum figure_id p95, enum figure_id p99)
{
    if (s->n == 0) return;
    put(into, p50, figure_percentile(s, 500));
    put(into, p95, figure_percentile(s, 950));
    put(into, p99, figure_percentile(s, 990));
}

static uint64_t rate_of(uint64_t bytes, tern_ns span)
{
    __extension__ unsigned __int128 bits = (unsigned __int128)bytes * 8 * TERN_SEC;
    return span ? (uint64_t)(bits / span) : 0;
}

/* The goodput from the end of the warm-up on. */
static uint64_t goodput(const struct trial *t, size_t i, const struct lab_flow_result *r)
{
    const struct lab_flow *f = &t->cfg.flow[i];
    tern_ns from = f->start > t->warm_up ? f->start : t->warm_up;
    tern_ns to = f->stop ? f->stop : t->cfg.duration;
    if (r->ended_at < to) to = r->ended_at;
    return to > from ? rate_of(r->got_bytes - t->flow[i].got_before, to - from) : 0;
}

static json_t *flow_figures(const struct trial *t, size_t i, const struct lab_flow_result *r, uint64_t rate, uint64_t total)
{
    const struct lab_flow *f = &t->cfg.flow[i];
    const struct trial_flow *seen = &t->flow[i];
    json_t *o = json_pack("{s:s}", "name", f->name);
    put(o, FIGURE_ID_goodput, rate);
    put(o, FIGURE_ID_share, figure_ppm(rate, total));
    put(o, FIGURE_ID_delivered, r->got_bytes);
    if (f->app == LAB_DATAGRAM) {
        if (r->datagrams_sent) put(o, FIGURE_ID_lost_share, figure_ppm(r->datagrams_sent - r->datagrams_got, r->datagrams_sent));
        return o;
    }
    put(o, FIGURE_ID_done, r->done_n);
    put_spread(o, &seen->done, FIGURE_ID_done_p50, FIGURE_ID_done_p95, FIGURE_ID_done_p99);
    if (seen->done.n) put(o, FIGURE_ID_done_max, seen->done.most);
    put_after(o, FIGURE_ID_connect, f->start, r->connected_at);
    put_after(o, FIGURE_ID_ended, f->start, r->ended_at);
    if (seen->rtt.n) put(o, FIGURE_ID_rtt_min, seen->rtt.least);
    put_spread(o, &seen->rtt, FIGURE_ID_rtt_p50, FIGURE_ID_rtt_p95, FIGURE_ID_rtt_p99);
    if (seen->cwnd.n) put(o, FIGURE_ID_cwnd_p50, figure_percentile(&seen->cwnd, 500));
    if (seen->cwnd.n) put(o, FIGURE_ID_cwnd_max, seen->cwnd.most);
    put(o, FIGURE_ID_flight_max, seen->flight_max);
    put(o, FIGURE_ID_held_max, seen->held_max);
    put(o, FIGURE_ID_sent, r->sent_segments);
    put(o, FIGURE_ID_resent, r->retransmitted);
    put(o, FIGURE_ID_resent_share, figure_ppm(r->retransmitted, r->sent_bytes));
    put(o, FIGURE_ID_timeouts, r->timeouts);
    put(o, FIGURE_ID_gap_max, seen->gap_max);
    put(o, FIGURE_ID_connections, r->connections);
    return o;
}

/* Bytes that |c| can carry from |from| to |to|; 0: it has no limit. */
static uint64_t capacity_bytes(const struct capacity_config *c, tern_ns from, tern_ns to)
{
    uint64_t sum = 0;
    if (c->bps) return c->bps / 8 * ((to - from) / TERN_US) / 1000000;
    for (size_t i = 0; i < c->step_n; i++) {
        tern_ns a = c->step[i].at, b = i + 1 < c->step_n ? c->step[i + 1].at : to;
        if (a < from) a = from;
        if (b > to) b = to;
        if (a < b) sum += c->step[i].bps / 8 * ((b - a) / TERN_US) / 1000000;
    }
    if (c->trace_n) {
        uint64_t bytes = c->trace_bytes ? c->trace_bytes : CAPACITY_TRACE_BYTES;
        sum = (to - from) / TERN_MS * c->trace_n * bytes / c->trace_ms[c->trace_n - 1];
    }
    return sum;
}

static json_t *lane_figures(const struct trial *t, size_t link, unsigned direction)
{
    struct lab_lane_result r;
    const struct trial_lane *seen = &t->lane[2 * link + direction];
    char name[LAB_NAME_MAX + 8];
    lab_link_result(t->lab, link, direction, &r);
    snprintf(name, sizeof name, "%s%s", t->cfg.link[link].name, direction ? ".back" : "");
    json_t *o = json_pack("{s:s}", "name", name);
    uint64_t can = capacity_bytes(&t->cfg.link[link].lane[direction].capacity, t->warm_up, t->cfg.duration);
    uint64_t lost = 0, dropped = r.count.lost[LANE_FULL] + r.count.lost[LANE_EARLY];
    for (int i = 0; i < LANE_LOSS_N; i++) lost += r.count.lost[i];
    if (can) {
        uint64_t before = seen->bytes_before < r.passed_bytes_in_time ? seen->bytes_before : r.passed_bytes_in_time;
        put(o, FIGURE_ID_utilisation, figure_ppm(r.passed_bytes_in_time - before, can));
        put_spread(o, &seen->queue, FIGURE_ID_queue_p50, FIGURE_ID_queue_p95, FIGURE_ID_queue_p99);
        put(o, FIGURE_ID_queue_max, r.queue_delay_max);
        put(o, FIGURE_ID_queue_mean, r.queue_delay_n ? r.queue_delay_sum / r.queue_delay_n : 0);
        put(o, FIGURE_ID_queue_packets, r.queue_n_max);
        put(o, FIGURE_ID_dropped, dropped);
        put(o, FIGURE_ID_dropped_share, figure_ppm(dropped, r.count.entered));
        put(o, FIGURE_ID_marked, r.count.marked);
    }
    put(o, FIGURE_ID_passed, r.count.passed);
    put(o, FIGURE_ID_lost, lost - dropped);
    return o;
}

/* Directions that do nothing but delay have nothing to tell. */
static bool tells(const struct lane_config *c)
{
    return c->capacity.bps || c->capacity.step_n || c->capacity.trace_n || c->loss_ppm || c->reorder_ppm || c->dup_ppm ||
           c->corrupt_ppm || c->mark_ppm || c->swap_ppm || c->burst.to_bad || c->burst.good_loss || c->policer.bps ||
           c->outage_n || c->mtu || c->mtu_step_n || c->given;
}

static json_t *fault_of(const struct trial *t)
{
    struct lab_failure f = lab_failure(t->lab);
    json_t *o =
        json_pack("{s:s, s:I, s:I}", "says", lab_failure_text(f.kind), "at", (json_int_t)f.at, "value", (json_int_t)f.value);
    if (f.flow >= 0) json_object_set_new(o, "flow", json_string(t->cfg.flow[f.flow].name));
    if (f.node >= 0) json_object_set_new(o, "host", json_string(t->cfg.node[f.node].name));
    if (f.rule) json_object_set_new(o, "rule", json_string(f.rule));
    return o;
}

static json_t *figures(const struct trial *t, bool right)
{
    json_t *flows = json_array(), *links = json_array(), *total = json_object();
    struct lab_flow_result *r = calloc(t->cfg.flow_n, sizeof *r);
    uint64_t *rate = calloc(t->cfg.flow_n, sizeof *rate), sum = 0;
    for (size_t i = 0; r && rate && i < t->cfg.flow_n; i++) {
        lab_result(t->lab, i, &r[i]);
        rate[i] = goodput(t, i, &r[i]);
        sum += rate[i];
    }
    for (size_t i = 0; r && rate && i < t->cfg.flow_n; i++) json_array_append_new(flows, flow_figures(t, i, &r[i], rate[i], sum));
    for (size_t i = 0; i < t->cfg.link_n; i++)
        for (unsigned d = 0; d < 2; d++)
            if (tells(&t->cfg.link[i].lane[d])) json_array_append_new(links, lane_figures(t, i, d));
    struct lab_totals all;
    lab_totals(t->lab, &all);
    if (rate) put(total, FIGURE_ID_fairness, figure_jain(rate, t->cfg.flow_n));
    put(total, FIGURE_ID_total, sum);
    if (t->units.n) {
        put(total, FIGURE_ID_units_p50, figure_percentile(&t->units, 500));
        put(total, FIGURE_ID_units_p99, figure_percentile(&t->units, 990));
    }
    put(total, FIGURE_ID_packets, all.packets);
    put(total, FIGURE_ID_finish, all.ended_at);
    char digest[24];
    snprintf(digest, sizeof digest, "%016" PRIx64, all.digest);
    json_t *run = json_pack("{s:o, s:o, s:o, s:s}", "flows", flows, "links", links, "total", total, "digest", digest);
    if (!right) json_object_set_new(run, "fault", fault_of(t));
    free(rate);
    free(r);
    return run;
}

/* ---- a run ---- */

/* The given faults, in the lanes where they belong; |list| is theirs. */
static bool give(struct trial *t, const struct trial_faults *given)
{
    struct lab_link *link = t->given_link = calloc(t->cfg.link_n + 1, sizeof *link);
    struct lane_fault *list = t->given_fault = calloc(given->n + 1, sizeof *list);
    if (!link || !list) return false;
    memcpy(link, t->cfg.link, t->cfg.link_n * sizeof *link);
    size_t n = 0;
    for (size_t i = 0; i < t->cfg.link_n; i++) {
        for (unsigned d = 0; d < 2; d++) {
            struct lane_config *lane = &link[i].lane[d];
            lane->given = true;
            lane->fault = &list[n];
            lane->fault_n = 0;
            for (size_t k = 0; k < given->n; k++) {
                if (given->list[k].link != i || given->list[k].direction != d) continue;
                list[n++] = given->list[k].fault;
                lane->fault_n++;
            }
        }
    }
    t->cfg.link = link;
    return true;
}

json_t *trial_config(const struct lab_config *cfg, tern_ns warm_up, const struct trial_wish *wish, struct lab_wrong *why,
                     struct scenario_error *error)
{
    struct trial t = {.cfg = *cfg, .warm_up = warm_up, .wish = wish};
    json_t *run = NULL;
    *why = (struct lab_wrong){0};
    t.cfg.check = cfg->check || wish->check;
    bool ready = (!wish->given || give(&t, wish->given)) && trial_watch(&t) && !t.failed;
    if (ready) t.lab = lab_new(&t.cfg, why);
    if (t.lab) {
        bool right = lab_run(t.lab);
        if (!t.failed) run = figures(&t, right);
    }
    if (!run) snprintf(error->text, sizeof error->text, "%s", *t.error ? t.error : _("no memory"));
    lab_free(t.lab);
    trial_unwatch(&t);
    return run;
}

json_t *trial_run(struct scenario *s, const char *file, const struct trial_wish *wish, struct scenario_error *error)
{
    struct lab_config cfg;
    struct lab_wrong why;
    if (!scenario_lab(s, file, &cfg, error)) return NULL;
    json_t *run = trial_config(&cfg, s->warm_up, wish, &why, error);
    if (!run && why.text) scenario_wrong(s, file, &cfg, &why, error);
    return run;
}

/* ---- what is expected ---- */

static const json_t *find(const json_t *run, const char *list, const char *name)
{
    size_t i;
    const json_t *o;
    json_array_foreach(json_object_get(run, list), i, o)
    {
        const char *own = json_string_value(json_object_get(o, "name"));
        if (own && strcmp(own, name) == 0) return o;
    }
    return NULL;
}

static bool look_up(const struct scenario_expect *e, const json_t *run, const char *name, uint64_t *value)
{
    const json_t *o = e->figure->scope == FIGURE_RUN ? json_object_get(run, "total")
                                                     : find(run, e->figure->scope == FIGURE_FLOW ? "flows" : "links", name);
    const json_t *v = json_object_get(o, e->figure->name);
    if (!v) return false;
    *value = (uint64_t)json_integer_value(v);
    return true;
}

bool trial_expected(const struct scenario_expect *e, const json_t *run, const json_t *than, uint64_t *value)
{
    const char *name = *e->flow ? e->flow : e->link;
    uint64_t other;
    if (!look_up(e, run, name, value)) return false;
    if (*e->over) {
        if (!look_up(e, run, e->over, &other)) return false;
        *value = other ? figure_ppm(*value, other) : INT64_MAX;
    } else if (*e->than) {
        if (!look_up(e, than, name, &other)) return false;
        *value = other ? figure_ppm(*value, other) : INT64_MAX;
    }
    return true;
}

void trial_says(const struct scenario_expect *e, char *out, size_t cap)
{
    const char *name = *e->flow ? e->flow : e->link;
    snprintf(out, cap, "%s%s%s%s%s%s%s %s", e->figure->name, *name ? " " : "", name, *e->over ? " / " : "", e->over,
             *e->than ? " / control " : "", e->than, e->range);
}
