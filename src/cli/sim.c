/* tern sim: scenarios in virtual time, measured. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_options.h"
#include "cli_sim.h"
#include "schema.h"
#include "words.h"

/* ---- what is shown on the way ---- */

void sim_progress(void *ctx, uint64_t done, uint64_t of)
{
    struct sim_progress *p = ctx;
    if (of < 2) return;
    fprintf(stderr, "\r\033[K");
    fprintf(stderr, _("%s: %llu of %llu runs"), p->scenario, (unsigned long long)done, (unsigned long long)of);
    p->shown = true;
}

/* ---- results ---- */

enum results_form sim_form(const struct sim *m) { return m->json ? RESULTS_JSON : m->csv ? RESULTS_CSV : RESULTS_TEXT; }

int sim_show(const struct sim *m, const struct results *r)
{
    bool colour = sim_form(m) == RESULTS_TEXT && isatty(STDOUT_FILENO) == 1;
    if (!m->events && !results_write(r, sim_form(m), colour, stdout))
        return cli_fail(SIM_COMMAND, "cannot write the results: %s", strerror(errno));
    return results_short(r) ? CLI_SHORT : CLI_DONE;
}

int sim_worse(int a, int b) { return a == CLI_DONE || (a == CLI_SHORT && b != CLI_DONE) ? b : a; }

static int merge(const struct sim *m, const struct options *o)
{
    size_t n = options_operand_n(o) - 1;
    struct results_file *file = calloc(n + 1, sizeof *file);
    struct results **part = calloc(n + 1, sizeof(struct results *));
    char err[400];
    int status = CLI_DONE;
    if (!file || !part) {
        free(file);
        free(part);
        return cli_fail(SIM_COMMAND, "no memory");
    }
    if (n == 0) status = cli_usage(SIM_COMMAND, "merge wants the files of all shards");
    for (size_t i = 0; i < n && status == CLI_DONE; i++) {
        const char *path = options_operand(o, i + 1);
        if (!results_read(&file[i], path, err, sizeof err)) status = cli_fail(SIM_COMMAND, "%s: %s", path, err);
        if (status == CLI_DONE && file[i].n != file[0].n)
            status = cli_fail(SIM_COMMAND, "%s has other scenarios than %s", path, options_operand(o, 1));
    }
    for (size_t k = 0; (status == CLI_DONE || status == CLI_SHORT) && k < file[0].n; k++) {
        struct results all;
        if (k && sim_form(m) == RESULTS_TEXT) putchar('\n');
        for (size_t i = 0; i < n; i++) part[i] = &file[i].list[k];
        if (!results_join(&all, part, n, err, sizeof err)) {
            status = cli_fail(SIM_COMMAND, "merge: %s", err);
        } else {
            status = sim_worse(status, sim_show(m, &all));
            results_free(&all);
        }
    }
    for (size_t i = 0; i < n; i++) results_file_free(&file[i]);
    free(file);
    free(part);
    return status;
}

/* ---- runs ---- */

static const char *unit_of(void *ctx, const char *path)
{
    (void)ctx;
    return schema_unit(path);
}

int sim_plan(const struct sim *m, struct plan *p)
{
    char err[300];
    *p = (struct plan){.seed = m->seed, .repeat = m->repeat ? m->repeat : 1, .shards = 1};
    if (m->shard && !plan_shard(p, m->shard))
        return cli_usage(SIM_COMMAND, "--shard '%s': I/N is wanted, such as 1/4 to 4/4", m->shard);
    for (size_t i = 0; m->sweep && m->sweep[i]; i++)
        if (!plan_sweep(p, m->sweep[i], unit_of, NULL, err, sizeof err))
            return cli_usage(SIM_COMMAND, "--sweep '%s': %s", m->sweep[i], err);
    if (plan_runs(p) == 0) return cli_usage(SIM_COMMAND, "so many runs cannot be counted");
    return -1;
}

static int run_one(const struct sim *m, const char *what, struct plan *plan, uint64_t *first)
{
    struct document d;
    struct scenario_error error;
    struct results r = {0};
    if (!document_open(&d, what, &error)) return cli_fail(SIM_COMMAND, "%s", error.text);
    struct sim_progress shown = {.scenario = d.name};
    struct study y = {.document = &d,
                      .plan = *plan,
                      .set = (const char *const *)m->set,
                      .check = m->check,
                      .pcap = m->pcap,
                      .plot = m->plot,
                      .events = m->events ? stdout : NULL,
                      .first = *first,
                      .progress = isatty(STDERR_FILENO) == 1 ? sim_progress : NULL,
                      .ctx = &shown};
    while (m->set && m->set[y.set_n]) y.set_n++;
    bool ok = study_run(&y, &r, &error);
    if (shown.shown) fprintf(stderr, "\r\033[K");
    *first += plan_runs(plan);
    int status = ok ? sim_show(m, &r) : cli_fail(SIM_COMMAND, "%s", error.text);
    results_free(&r);
    document_close(&d);
    return status;
}

int sim_directory(const char *option, const char *path)
{
    struct stat st;
    if (!path || mkdir(path, 0777) == 0) return -1;
    if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return -1;
    return cli_fail(SIM_COMMAND, "%s %s: no directory: %s", option, path, strerror(errno));
}

static int run_all(const struct sim *m, const struct options *o)
{
    struct plan plan;
    uint64_t first = 0;
    int status = sim_plan(m, &plan), all = CLI_DONE;
    if (status < 0) status = sim_directory("--pcap", m->pcap);
    if (status < 0) status = sim_directory("--plot", m->plot);
    for (size_t i = 0; status < 0 && i < options_operand_n(o); i++) {
        if (i && sim_form(m) == RESULTS_TEXT && !m->events) putchar('\n');
        all = sim_worse(all, run_one(m, options_operand(o, i), &plan, &first));
        if (all == CLI_FAILED) break;
    }
    plan_free(&plan);
    return status >= 0 ? status : all;
}

/* ---- what there is ---- */

static int list(void)
{
    char name[64];
    for (size_t i = 0; document_library(i, name); i++) {
        struct document d;
        struct scenario_error error;
        if (!document_open(&d, name, &error)) return cli_fail(SIM_COMMAND, "%s", error.text);
        const struct toml_node *title = toml_member(d.root, "title");
        printf("  %-28s %s\n", name, title && title->text ? title->text : "");
        document_close(&d);
    }
    return CLI_DONE;
}

static int print_text(const struct options *o)
{
    for (size_t i = 0; i < options_operand_n(o); i++) {
        struct document d;
        struct scenario_error error;
        if (!document_open(&d, options_operand(o, i), &error)) return cli_fail(SIM_COMMAND, "%s", error.text);
        fputs(d.text, stdout);
        document_close(&d);
    }
    return CLI_DONE;
}

/* ---- the command line ---- */

static int check_sets(const struct sim *m)
{
    for (size_t i = 0; m->set && m->set[i]; i++)
        if (!strchr(m->set[i], '=') || m->set[i][0] == '=')
            return cli_usage(SIM_COMMAND, "--set '%s': KEY=VALUE is wanted, such as bottleneck.rate=\"10 Mbit/s\"", m->set[i]);
    return -1;
}

static int check_forms(const struct sim *m)
{
    if (m->json + m->csv + m->events > 1) return cli_usage(SIM_COMMAND, "--json, --csv and --events: one of them");
    return -1;
}

static int sim(struct sim *m, const struct options *o)
{
    int status = check_forms(m);
    m->json = o->json;
    if (status < 0) status = check_forms(m);
    if (status < 0) status = check_sets(m);
    if (status < 0) status = options_number(SIM_COMMAND, &m->repeat_given, "--repeat");
    if (status >= 0) return status;
    m->repeat = m->repeat_given ? (uint64_t)m->repeat_given : 1;
    if (m->seed_text && (parse_number(m->seed_text, INT64_MAX, &m->seed) < 0 || m->seed == 0))
        return cli_usage(SIM_COMMAND, "--seed '%s': a number above 0 is wanted", m->seed_text);
    if (m->schema || m->markdown) {
        schema_print(stdout, m->markdown);
        return CLI_DONE;
    }
    if (m->list) return list();
    if (m->replay) return sim_replay(m, o);
    const char *first = options_operand(o, 0);
    if (!first) return cli_usage(SIM_COMMAND, "which scenario? 'tern sim --list' names them, a file has a / or ends in .toml");
    if (strcmp(first, "merge") == 0) return merge(m, o);
    if (m->print) return print_text(o);
    return m->shrink ? sim_shrink(m, o) : run_all(m, o);
}

int cmd_sim(int argc, const char **argv)
{
    struct sim m = {.repeat_given = OPTIONS_NOT_GIVEN};
    struct poptOption own[] = {
        {"list", '\0', POPT_ARG_NONE, &m.list, 0, N_("the scenarios that are built in"), NULL},
        {"print", '\0', POPT_ARG_NONE, &m.print, 0, N_("the text of a scenario, to begin one's own with"), NULL},
        {"schema", '\0', POPT_ARG_NONE, &m.schema, 0, N_("the language of scenarios: every key and figure"), NULL},
        {"markdown", '\0', POPT_ARG_NONE, &m.markdown, 0, N_("the same in Markdown"), NULL},
        {"seed", '\0', POPT_ARG_STRING, &m.seed_text, 0, N_("of all chance; the scenario's own is the default"), "NUMBER"},
        {"repeat", '\0', POPT_ARG_INT, &m.repeat_given, 0, N_("so many runs, with the seeds that follow"), "NUMBER"},
        {"set", '\0', POPT_ARG_ARGV, &m.set, 0,
         N_("another value for a key, such as bottleneck.rate=\"5 Mbit/s\" or flow.1.cc=newreno"), "KEY=VALUE"},
        {"sweep", '\0', POPT_ARG_ARGV, &m.sweep, 0, N_("a run for each value: KEY=A..B, KEY=A..B:STEP or KEY=a,b,c"),
         "KEY=VALUES"},
        {"shard", '\0', POPT_ARG_STRING, &m.shard, 0, N_("of all runs only share I of N"), "I/N"},
        {"replay", '\0', POPT_ARG_STRING, &m.replay, 0,
         N_("the scenario that this seed draws, with --check; with --repeat those of the seeds that follow"), "SEED"},
        {"shrink", '\0', POPT_ARG_NONE, &m.shrink, 0,
         N_("of what fails the fewest losses and other faults with which it still does; controls, and expectations that compare "
            "with one (than), are not looked at"),
         NULL},
        {"check", '\0', POPT_ARG_NONE, &m.check, 0, N_("the stacks' invariants are tested after every event"), NULL},
        {"csv", '\0', POPT_ARG_NONE, &m.csv, 0, N_("comma-separated values, a line for each figure"), NULL},
        {"events", '\0', POPT_ARG_NONE, &m.events, 0, N_("in place of results JSON lines of all that the stacks do"), NULL},
        {"pcap", '\0', POPT_ARG_STRING, &m.pcap, 0, N_("a capture of each link into this directory"), "DIR"},
        {"plot", '\0', POPT_ARG_STRING, &m.plot, 0, N_("windows, rates, delays and queues over time into this directory, as SVG"),
         "DIR"},
        POPT_TABLEEND,
    };
    const struct usage usage = {
        .command = SIM_COMMAND,
        .operands = "SCENARIO|FILE... | merge FILE... [OPTION...]",
        .text =
            N_("Runs scenarios: hosts with tern as their TCP, links that delay, queue, lose and reorder, and applications that "
               "talk, "
               "all in virtual time and repeatable from a seed. A scenario is a text in TOML; --schema and doc/scenarios.md "
               "describe it. It says what must come out, and names controls: the same with a mechanism switched off or swapped, "
               "of which something must then fail. What --set or --sweep changed is measured, not judged.\n\n"
               "With --shard many machines share the runs: each writes --json into a file, and 'tern sim merge' makes of all "
               "files what one machine would have written, byte for byte. The exit status is 3 when something does not come "
               "out."),
        .example = "tern sim bufferbloat\n"
                   "tern sim bufferbloat --plot .\n"
                   "tern sim my.toml --sweep bottleneck.delay=\"10 ms..100 ms:10 ms\" --csv\n"
                   "tern sim my.toml --repeat 100 --shard 1/4 --json > 1.json\n"
                   "tern sim merge [1-4].json",
        .own = own,
        .no_stack = true,
    };
    struct options o;
    int status = options_read(&o, &usage, argc, argv);
    if (status < 0) status = sim(&m, &o);
    options_free(&o);
    options_list_free(m.set);
    options_list_free(m.sweep);
    free(m.seed_text);
    free(m.shard);
    free(m.pcap);
    free(m.plot);
    free(m.replay);
    return status;
}
