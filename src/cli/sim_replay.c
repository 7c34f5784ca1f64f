/* tern sim --replay and --shrink: what failed, again, and with as few faults as will do. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_sim.h"
#include "replay.h"
#include "shrink.h"
#include "words.h"

/* ---- shrinking ---- */

static int shrink(const struct shrink_case *c, const char *name)
{
    struct shrink s;
    struct scenario_error error;
    int status = CLI_SHORT;
    if (!shrink_run(c, &s, &error)) {
        status = cli_fail(SIM_COMMAND, "%s", error.text);
    } else if (!s.failed) {
        printf(_("%s: nothing fails\n"), name);
        status = CLI_DONE;
    } else if (!s.repeated) {
        printf(_("%s: fails (%s), but not by the damage that chance did\n"), name, s.says);
    } else {
        printf(_("%s: fails with %zu of %zu faults (%s), found in %zu runs\n"), name, s.least.n, s.all.n, s.says, s.tries);
        shrink_print(&s, c, stdout);
    }
    shrink_free(&s);
    return status;
}

/* A scenario, without its controls. */
struct of_scenario {
    const struct document *d;
    struct scenario *s;
    struct lab_config cfg;
    bool check;
};

static json_t *run_scenario(void *ctx, const struct trial_wish *wish, struct scenario_error *error)
{
    struct of_scenario *o = ctx;
    struct trial_wish w = *wish;
    w.check = o->check;
    return trial_run(o->s, o->d->file, &w, error);
}

static char *short_of(void *ctx, const json_t *run)
{
    const struct of_scenario *o = ctx;
    for (size_t i = 0; i < o->s->expect_n; i++) {
        const struct scenario_expect *e = &o->s->expect[i];
        uint64_t v;
        char says[400];
        if (*e->than || (trial_expected(e, run, NULL, &v) && v >= e->least && v <= e->most)) continue;
        trial_says(e, says, sizeof says);
        return strdup(says);
    }
    return NULL;
}

static const char *scenario_link_name(void *ctx, size_t link)
{
    const struct of_scenario *o = ctx;
    return o->cfg.link[link].name;
}

static int shrink_document(const struct sim *m, const struct document *d)
{
    struct study y = {.document = d, .plan = {.seed = m->seed, .repeat = 1, .shards = 1}, .set = (const char *const *)m->set};
    struct of_scenario o = {.d = d, .check = m->check};
    const struct shrink_case c = {run_scenario, short_of, scenario_link_name, &o};
    struct toml_node *root;
    struct scenario_error error;
    while (m->set && m->set[y.set_n]) y.set_n++;
    o.s = study_scenario(&y, 0, NULL, &root, &error);
    int status =
        o.s && scenario_lab(o.s, d->file, &o.cfg, &error) ? shrink(&c, d->name) : cli_fail(SIM_COMMAND, "%s", error.text);
    scenario_free(o.s);
    toml_free(root);
    return status;
}

static int no_output(const struct sim *m)
{
    if (m->json || m->csv || m->events || m->pcap || m->plot)
        return cli_usage(SIM_COMMAND, "--shrink only names faults: --json, --csv, --events, --pcap and --plot do not go with it");
    return -1;
}

int sim_shrink(const struct sim *m, const struct options *o)
{
    int all = no_output(m);
    if (all >= 0) return all;
    if (m->repeat > 1 || m->sweep || m->shard)
        return cli_usage(SIM_COMMAND, "--shrink is of one run: --repeat, --sweep and --shard do not go with it");
    all = CLI_DONE;
    for (size_t i = 0; i < options_operand_n(o) && all != CLI_FAILED; i++) {
        struct document d;
        struct scenario_error error;
        if (!document_open(&d, options_operand(o, i), &error)) return cli_fail(SIM_COMMAND, "%s", error.text);
        all = sim_worse(all, shrink_document(m, &d));
        document_close(&d);
    }
    return all;
}

/* ---- what a seed draws ---- */

struct of_seed {
    uint64_t seed;
    char name[24];
};

static json_t *run_seed(void *ctx, const struct trial_wish *wish, struct scenario_error *error)
{
    const struct of_seed *o = ctx;
    struct results r = {0};
    json_t *run = replay_run(o->seed, wish, &r, error) ? json_incref(r.run[0]) : NULL;
    results_free(&r);
    return run;
}

/* Those of a seed have numbers. */
static const char *seed_link_name(void *ctx, size_t link)
{
    struct of_seed *o = ctx;
    snprintf(o->name, sizeof o->name, "link %zu", link);
    return o->name;
}

static int replay_one(const struct sim *m, uint64_t seed)
{
    struct of_seed o = {.seed = seed};
    const struct shrink_case c = {run_seed, NULL, seed_link_name, &o};
    struct results r = {0};
    struct scenario_error error;
    char name[40], capture[4096];
    snprintf(name, sizeof name, "replay-%llu", (unsigned long long)seed);
    if (m->shrink) return shrink(&c, name);
    snprintf(capture, sizeof capture, "%s/%s", m->pcap ? m->pcap : "", name);
    const struct trial_wish wish = {.pcap = m->pcap ? capture : NULL, .events = m->events ? stdout : NULL};
    int status = CLI_DONE;
    if (!replay_run(seed, &wish, &r, &error))
        status = cli_fail(SIM_COMMAND, "%s", error.text);
    else if (m->repeat == 1 || results_short(&r))
        status = sim_show(m, &r);
    results_free(&r);
    return status;
}

static int replay_share(const struct sim *m, uint64_t seed, const struct plan *share)
{
    int all = CLI_DONE;
    size_t failed = 0, n = 0;
    bool terminal = isatty(STDERR_FILENO) == 1;
    struct sim_progress shown = {.scenario = "replay"};
    for (uint64_t i = 0; i < m->repeat && all != CLI_FAILED; i++) {
        if (!plan_here(share, i)) continue;
        int status = replay_one(m, seed + i);
        n++;
        failed += status == CLI_SHORT;
        all = sim_worse(all, status);
        if (terminal && i % 16 == 15) sim_progress(&shown, i + 1, m->repeat);
    }
    if (shown.shown) fprintf(stderr, "\r\033[K");
    if (m->repeat > 1 && all != CLI_FAILED && sim_form(m) == RESULTS_TEXT && !m->events)
        printf(_("%zu drawn scenarios, %zu failed\n"), n, failed);
    return all;
}

int sim_replay(const struct sim *m, const struct options *o)
{
    uint64_t seed;
    struct plan plan;
    if (options_operand_n(o) > 0)
        return cli_usage(SIM_COMMAND, "--replay draws its scenario: '%s' is not wanted", options_operand(o, 0));
    if (m->sweep || m->seed_text || m->set || m->plot || m->print)
        return cli_usage(
            SIM_COMMAND,
            "--replay draws everything from its own seed: only --repeat, --shard, --shrink and what is shown go with it");
    if (parse_number(m->replay, INT64_MAX - INT32_MAX, &seed) < 0)
        return cli_usage(SIM_COMMAND, "--replay '%s': not a number", m->replay);
    int status = m->shrink ? no_output(m) : -1;
    if (status >= 0) return status;
    status = sim_plan(m, &plan);
    if (status < 0) status = sim_directory("--pcap", m->pcap);
    return status >= 0 ? status : replay_share(m, seed, &plan);
}
