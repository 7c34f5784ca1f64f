/* tern drill: packetdrill's scripts against tern, in virtual time. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_options.h"
#include "report.h"
#include "words.h"

#define DRILL_COMMAND "drill"

enum { DEPTH_MAX = 32 };

struct drill {
    char *profile, *junit;
    char **set, **define;
    int jobs, tap, v4, mapped, v6, brief, explain;
    struct crew_config crew;
    struct report report;
    struct crew_run *runs;
    size_t runs_n, runs_cap;
    char **paths; /* owned */
    size_t paths_n, paths_cap;
};

/* ---- which scripts ---- */

/* |list| with room for one more than |n| elements; NULL: no memory, and it is as it was. */
static void *grown(void *list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) return list;
    size_t more = *cap ? *cap * 2 : 64;
    void *p = reallocarray(list, more, size);
    if (p) *cap = more;
    return p;
}

static int add_path(struct drill *d, const char *path)
{
    char **paths = grown(d->paths, d->paths_n, &d->paths_cap, sizeof *paths);
    if (paths) d->paths = paths;
    if (!paths || !(paths[d->paths_n] = strdup(path))) return cli_fail(DRILL_COMMAND, "no memory");
    d->paths_n++;
    return -1;
}

static bool is_script(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".pkt") == 0;
}

static int add(struct drill *d, const char *path, int depth);

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* All scripts below it, in the order of their names. */
static int add_directory(struct drill *d, const char *path, int depth)
{
    struct dirent **entry;
    int n = scandir(path, &entry, NULL, by_name), status = -1;
    if (n < 0) return cli_fail(DRILL_COMMAND, "cannot read %s: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        char *below = NULL;
        struct stat st;
        bool hidden = entry[i]->d_name[0] == '.';
        if (asprintf(&below, "%s/%s", path, entry[i]->d_name) < 0) below = NULL;
        if (status < 0 && !below) status = cli_fail(DRILL_COMMAND, "no memory");
        /* A script that is not there (a link to nothing) is told; it is not passed over. */
        if (status < 0 && below && !hidden && (is_script(below) || (stat(below, &st) == 0 && S_ISDIR(st.st_mode))))
            status = add(d, below, depth + 1);
        free(below);
        free(entry[i]);
    }
    free(entry);
    return status;
}

static int add(struct drill *d, const char *path, int depth)
{
    struct stat st;
    if (stat(path, &st) < 0) return cli_fail(DRILL_COMMAND, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode)) return add_path(d, path);
    if (depth > DEPTH_MAX) return -1; /* a ring of links */
    return add_directory(d, path, depth);
}

static size_t versions_of(const struct drill *d, const char *path, enum drill_ip ip[DRILL_IP_N])
{
    size_t n = 0;
    if (!d->v4 && !d->mapped && !d->v6) return run_versions(path, &d->crew.run, ip);
    if (d->v4) ip[n++] = DRILL_IPV4;
    if (d->mapped) ip[n++] = DRILL_IPV4_MAPPED;
    if (d->v6) ip[n++] = DRILL_IPV6;
    return n;
}

static int collect(struct drill *d, const struct options *o)
{
    int status = -1;
    for (size_t i = 0; i < options_operand_n(o) && status < 0; i++) status = add(d, options_operand(o, i), 0);
    for (size_t i = 0; i < d->paths_n && status < 0; i++) {
        enum drill_ip ip[DRILL_IP_N];
        size_t n = versions_of(d, d->paths[i], ip);
        for (size_t k = 0; k < n; k++) {
            struct crew_run *runs = grown(d->runs, d->runs_n, &d->runs_cap, sizeof *runs);
            if (!runs) return cli_fail(DRILL_COMMAND, "no memory");
            d->runs = runs;
            d->runs[d->runs_n++] = (struct crew_run){.path = d->paths[i], .ip = ip[k]};
        }
    }
    if (status < 0 && d->runs_n == 0) return cli_fail(DRILL_COMMAND, "no script (*.pkt) there");
    return status;
}

/* ---- running ---- */

static void told(void *ctx, const struct crew_run *run, size_t done_n)
{
    struct drill *d = ctx;
    report_run(&d->report, run);
    report_progress(&d->report, done_n);
}

static void progress(void *ctx, size_t done_n)
{
    struct drill *d = ctx;
    report_progress(&d->report, done_n);
}

static int run(struct drill *d, const struct options *o)
{
    bool terminal = isatty(STDOUT_FILENO) == 1;
    d->report = (struct report){.out = stdout,
                                .form = o->json  ? REPORT_JSON
                                        : d->tap ? REPORT_TAP
                                                 : REPORT_TEXT,
                                .colour = terminal,
                                .terminal = terminal,
                                .brief = d->brief,
                                .n = d->runs_n};
    d->crew.told = told;
    d->crew.progress = progress;
    d->crew.ctx = d;
    report_begin(&d->report);
    if (crew_run_all(&d->crew, d->runs, d->runs_n) < 0)
        return cli_fail(DRILL_COMMAND, "no process for a run: %s", strerror(errno));
    report_end(&d->report);
    if (d->junit && report_junit(d->junit, d->runs, d->runs_n) < 0)
        return cli_fail(DRILL_COMMAND, "cannot write %s: %s", d->junit, strerror(errno));
    return d->report.failed ? CLI_SHORT : CLI_DONE;
}

/* ---- the command line ---- */

static int take_profile(struct drill *d)
{
    if (!d->profile) return -1;
    for (enum run_profile p = RUN_RFC; p < RUN_PROFILE_N; p++)
        if (strcmp(run_profile_name[p], d->profile) == 0) {
            d->crew.run.profile = p;
            return -1;
        }
    return cli_usage(DRILL_COMMAND, "--profile '%s': rfc, linux or freebsd", d->profile);
}

static size_t count(char **list)
{
    size_t n = 0;
    while (list && list[n]) n++;
    return n;
}

/* "NAME=VALUE" is cut in two in place. */
static int take_defines(struct drill *d, struct script_define **out)
{
    size_t n = count(d->define);
    *out = calloc(n + 1, sizeof **out);
    if (!*out) return cli_fail(DRILL_COMMAND, "no memory");
    for (size_t i = 0; i < n; i++) {
        char *equals = strchr(d->define[i], '=');
        if (equals == d->define[i] || !d->define[i][0])
            return cli_usage(DRILL_COMMAND, "-D '%s': NAME or NAME=VALUE", d->define[i]);
        if (equals) *equals = 0;
        (*out)[i] = (struct script_define){d->define[i], equals ? equals + 1 : NULL};
    }
    d->crew.run.defines = *out;
    d->crew.run.defines_n = n;
    return -1;
}

static int take_settings(struct drill *d)
{
    d->crew.run.set = (const char *const *)d->set;
    d->crew.run.set_n = count(d->set);
    for (size_t i = 0; i < d->crew.run.set_n; i++) {
        int err = run_setting_check(d->set[i]);
        if (err == TERN_ERR_UNSUPPORTED) return cli_usage(DRILL_COMMAND, "--set '%s': tern has not this value", d->set[i]);
        if (err < 0) return cli_usage(DRILL_COMMAND, "--set '%s': no such setting, or not this value", d->set[i]);
    }
    return -1;
}

static int take_jobs(struct drill *d)
{
    int status = options_number(DRILL_COMMAND, &d->jobs, "-j");
    if (status >= 0) return status;
    long cpus = d->jobs ? d->jobs : sysconf(_SC_NPROCESSORS_ONLN);
    d->crew.workers = cpus > 0 ? (unsigned)cpus : 1;
    return -1;
}

static int drill(struct drill *d, const struct options *o)
{
    struct script_define *defines = NULL;
    int status = take_profile(d);
    if (status < 0) status = take_defines(d, &defines);
    if (status < 0) status = take_jobs(d);
    if (status < 0 && o->json && d->tap) status = cli_usage(DRILL_COMMAND, "--json and --tap: one of them");
    if (status < 0 && options_operand_n(o) == 0) status = cli_usage(DRILL_COMMAND, "which script, or directory of scripts?");
    d->crew.run.explain = d->explain;
    if (status < 0) status = take_settings(d);
    if (status < 0) status = collect(d, o);
    if (status < 0) status = run(d, o);
    free(defines);
    return status;
}

static void drill_free(struct drill *d)
{
    for (size_t i = 0; i < d->runs_n; i++) run_result_free(&d->runs[i].result);
    for (size_t i = 0; i < d->paths_n; i++) free(d->paths[i]);
    free(d->runs);
    free(d->paths);
    free(d->profile);
    free(d->junit);
    options_list_free(d->set);
    options_list_free(d->define);
}

int cmd_drill(int argc, const char **argv)
{
    struct drill d = {.jobs = OPTIONS_NOT_GIVEN};
    struct poptOption own[] = {
        {"profile", '\0', POPT_ARG_STRING, &d.profile, 0,
         N_("whose manners: rfc (the default), linux or freebsd; settings, names and addresses of that suite"), "NAME"},
        {"set", '\0', POPT_ARG_ARGV, &d.set, 0,
         N_("a setting, by tern's name or a kernel's, such as net.ipv4.tcp_sack=0; may be repeated"), "KEY=VALUE"},
        {"jobs", 'j', POPT_ARG_INT, &d.jobs, 0, N_("so many runs at once; as many as there are processors"), "N"},
        {"explain", '\0', POPT_ARG_NONE, &d.explain, 0, N_("the ladder of scripts that pass, too"), NULL},
        {"brief", '\0', POPT_ARG_NONE, &d.brief, 0, N_("no ladders"), NULL},
        {"ipv4", '\0', POPT_ARG_NONE, &d.v4, 0, N_("run over IPv4, whatever the script says"), NULL},
        {"ipv4-mapped", '\0', POPT_ARG_NONE, &d.mapped, 0, N_("over IPv4, with IPv6 sockets and mapped addresses"), NULL},
        {"ipv6", '\0', POPT_ARG_NONE, &d.v6, 0, N_("over IPv6"), NULL},
        {"tap", '\0', POPT_ARG_NONE, &d.tap, 0, N_("the Test Anything Protocol in place of text"), NULL},
        {"junit", '\0', POPT_ARG_STRING, &d.junit, 0, N_("write a report in JUnit's XML, too"), "FILE"},
        {"define", 'D', POPT_ARG_ARGV, &d.define, 0, N_("a word of the scripts, and what it stands for; may be repeated"),
         "NAME=VALUE"},
        POPT_TABLEEND,
    };
    const struct usage usage = {
        .command = DRILL_COMMAND,
        .operands = "FILE|DIR... [OPTION...]",
        .text = N_("Runs scripts in packetdrill's language, those of directories too, with tern as the TCP that is tested: each "
                   "has a stack of its own, in virtual time; there are no packets outside of memory, and no sleeping. Google's "
                   "dialect is understood and FreeBSD's. Of a script that fails the line is shown, what was expected, what came, "
                   "and the ladder of what happened, with the rules. doc/drill.md describes the language.\n\n"
                   "With --profile linux a script runs over ipv4, ipv4-mapped-ipv6 and ipv6, but for names that end in v4.pkt or "
                   "v6.pkt; otherwise over what its --ip_version says, or ipv4. The exit status is 0 when all passed or were "
                   "skipped, 3 when one failed or cannot be read."),
        .example = "tern drill handshake.pkt\n"
                   "tern drill --profile linux -j 2 packetdrill/gtests/net/tcp\n"
                   "tern drill --profile freebsd --junit report.xml tcp-testsuite\n"
                   "tern drill --set initial_window=4 --explain slow-start.pkt",
        .own = own,
        .no_stack = true,
    };
    struct options o;
    int status = options_read(&o, &usage, argc, argv);
    if (status < 0) status = drill(&d, &o);
    options_free(&o);
    drill_free(&d);
    return status;
}
