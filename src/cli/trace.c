/* tern trace: what a capture says about the connections in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_env.h"
#include "cli_help.h"
#include "trace.h"
#include "words.h"

enum { DLT_RAW_HERE = 12, LINKTYPE_RAW = 101 }; /* the only type of those read that files number in another way */

struct trace {
    struct trace_wish wish;
    struct trace_show show;
    struct watch *watch;
    struct tern_pcapng *annotated;
    int dlt;    /* -1: no source was opened yet */
    bool shown; /* all that was read */
};

/* ---- what is wanted ---- */

/* A severity means it and all above. */
static bool mark_failure(struct trace_wish *w, const char *word, size_t len)
{
    unsigned id = finding_by_name(word, len);
    if (id < FINDING_N) {
        w->fails[id] = true;
        return true;
    }
    for (unsigned severity = STORY_INFO; severity <= STORY_ERROR; severity++) {
        const char *name = finding_severity_name(severity);
        if (strlen(name) != len || memcmp(name, word, len) != 0) continue;
        for (unsigned i = 0; i < FINDING_N; i++) w->fails[i] |= finding_info(i)->severity >= severity;
        return true;
    }
    return false;
}

static int read_failures(struct trace_wish *w)
{
    for (const char *at = w->fail_on; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t len = strcspn(at, ",");
        if (!mark_failure(w, at, len))
            return cli_usage(TRACE_COMMAND, "--fail-on '%.*s': info, warning, error or a finding's name is wanted", (int)len, at);
    }
    return -1;
}

static int read_style(struct trace_wish *w)
{
    if (w->absolute + w->relative + w->both > 1)
        return cli_usage(TRACE_COMMAND, "one of --absolute, --relative, --both is wanted");
    w->style = (struct story_style){.width = (uint32_t)help_width(),
                                    .fold = (uint32_t)w->fold,
                                    .detail = w->full ? TERN_LADDER_FULL : TERN_LADDER_NORMAL,
                                    .numbers = w->absolute ? STORY_ABSOLUTE
                                               : w->both   ? STORY_BOTH
                                                           : STORY_RELATIVE,
                                    .colour = isatty(STDOUT_FILENO) == 1 && !getenv("NO_COLOR"),
                                    .ascii = !show_utf8() && strcmp(words_language(), "en") == 0};
    return -1;
}

static int read_numbers(struct trace_wish *w)
{
    int status = options_number(TRACE_COMMAND, &w->conn, "--conn");
    if (status < 0) status = options_number(TRACE_COMMAND, &w->fold, "--fold");
    if (status < 0) status = options_number(TRACE_COMMAND, &w->count, "--count");
    return status < 0 ? options_number(TRACE_COMMAND, &w->seconds, "--seconds") : status;
}

/* Nothing that was given is passed over in silence. */
static int check(const struct trace_wish *w, size_t files)
{
    if ((files == 0) == !w->interface)
        return cli_usage(TRACE_COMMAND, "a file, '-' for the standard input, or -i INTERFACE is wanted");
    if (w->seconds > 0 && !w->interface) return cli_usage(TRACE_COMMAND, "--seconds is for -i only");
    if ((w->options->no_jail || w->options->user) && !w->interface)
        return cli_usage(TRACE_COMMAND, "--no-jail and --user are for -i only");
    if (w->summary && w->findings) return cli_usage(TRACE_COMMAND, "--summary or --findings, not both");
    bool ladder = !w->summary && !w->findings && !w->json;
    if (!ladder && (w->absolute || w->relative || w->both || w->fold || w->full))
        return cli_usage(TRACE_COMMAND, "--absolute, --relative, --both, --fold and --detail are for the ladder");
    return -1;
}

/* ---- packets ---- */

static int on_link(void *ctx, const char *name, int dlt)
{
    struct trace *t = ctx;
    if (!watch_link_type(t->watch, dlt))
        return cli_fail(TRACE_COMMAND, "%s: its link type (%d) is none of Ethernet, Linux cooked, loopback and raw IP", name,
                        dlt);
    if (t->annotated && t->dlt != dlt) return cli_fail(TRACE_COMMAND, "%s: --annotate wants all files of one link type", name);
    if (t->wish.annotate && !t->annotated) {
        char err[256];
        uint16_t type = (uint16_t)(dlt == DLT_RAW_HERE ? LINKTYPE_RAW : dlt);
        t->annotated = tern_pcapng_open_link(t->wish.annotate, type, 0, err, sizeof err);
        if (!t->annotated) return cli_fail(TRACE_COMMAND, "--annotate: %s", err);
    }
    t->dlt = dlt;
    if (t->wish.interface) fprintf(stderr, _("Capturing on %s; Ctrl-C ends it.\n"), name);
    return -1;
}

static bool on_packet(void *ctx, const struct trace_packet *p)
{
    struct trace *t = ctx;
    if (p->skip) {
        watch_skip(t->watch);
        return true;
    }
    watch_packet(t->watch, p->at, p->bytes, p->len, p->wire_len);
    if (t->annotated) {
        int err = tern_pcapng_packet(t->annotated, p->at, false, p->bytes, p->len, p->wire_len, t->show.comment);
        if (err < 0) t->show.err = err;
        free(t->show.comment);
        t->show.comment = NULL;
    }
    return t->show.err == 0;
}

/* --annotate must not write into what is read. */
static int check_target(const struct trace_wish *w, const struct options *o)
{
    struct stat out, in;
    if (!w->annotate || stat(w->annotate, &out) != 0) return -1;
    for (size_t i = 0; i < options_operand_n(o); i++) {
        if (stat(options_operand(o, i), &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return cli_usage(TRACE_COMMAND, "--annotate %s: that file is read", w->annotate);
    }
    return -1;
}

/* Whether the sources could be read to their end or not, what was read is shown. */
static void show_rest(void *ctx)
{
    struct trace *t = ctx;
    struct trace_show *show = &t->show;
    if (t->shown) return;
    t->shown = true;
    watch_end(t->watch);
    if (show->ladder) {
        int err = story_text_end(show->ladder);
        if (show->err == 0) show->err = err;
        show->ladder = NULL;
        tern_put_file(stdout, "\n", 1);
    }
    trace_show_totals(show);
    fflush(stdout);
}

static int read_all(struct trace *t, const struct options *o)
{
    struct trace_sink sink = {.link = on_link, .packet = on_packet, .broken = show_rest, .ctx = t};
    if (t->wish.interface) return trace_read_live(&t->wish, &sink);
    int status = -1;
    for (size_t i = 0; status < 0 && i < options_operand_n(o); i++)
        status = trace_read_file(&t->wish, options_operand(o, i), &sink);
    return status;
}

/* ---- all of it ---- */

static int open_all(struct trace *t)
{
    struct trace_wish *w = &t->wish;
    bool rows = !w->summary || w->annotate;
    const struct watch_config config = {.row = rows ? trace_show_row : NULL, .ctx = &t->show, .heads = w->json};
    t->dlt = -1;
    t->watch = watch_new(&config);
    t->show = (struct trace_show){.wish = w, .out = {tern_put_file, stdout}, .watch = t->watch};
    if (!t->watch) return cli_fail(TRACE_COMMAND, "%s", strerror(ENOMEM));
    watch_on_conn(t->watch, trace_show_conn, &t->show);
    if (w->summary || w->findings || w->json) return -1;
    t->show.ladder = story_text_new(&t->show.out, &w->style);
    return t->show.ladder ? -1 : cli_fail(TRACE_COMMAND, "%s", strerror(ENOMEM));
}

static int finish(struct trace *t, int status)
{
    struct trace_show *show = &t->show;
    show_rest(t);
    if (t->annotated && tern_pcapng_close(t->annotated) < 0 && status < 0)
        status = cli_fail(TRACE_COMMAND, "cannot write %s", t->wish.annotate);
    if (show->err < 0 && status < 0) status = cli_fail(TRACE_COMMAND, "cannot write: %s", words(tern_strerror(show->err)));
    struct watch_totals all;
    watch_totals(t->watch, &all);
    if (status < 0 && (uint64_t)t->wish.conn > all.conns)
        status =
            cli_fail(TRACE_COMMAND, "--conn %d: connections in the capture: %llu", t->wish.conn, (unsigned long long)all.conns);
    if (status >= 0) return status;
    for (unsigned i = 0; i < FINDING_N; i++)
        if (t->wish.fails[i] && show->finding[i] > 0) return CLI_SHORT;
    return CLI_DONE;
}

static int trace(struct trace *t, const struct options *o)
{
    t->wish.json = o->json;
    t->wish.options = o;
    int status = read_numbers(&t->wish);
    if (status < 0) status = check(&t->wish, options_operand_n(o));
    if (status < 0) status = read_failures(&t->wish);
    if (status < 0) status = read_style(&t->wish);
    if (status < 0) status = check_target(&t->wish, o);
    if (status < 0) status = open_all(t);
    if (status < 0) {
        status = read_all(t, o);
        status = t->dlt < 0 ? status : finish(t, status); /* no source was opened: there is nothing to show */
    }
    if (t->show.ladder) (void)story_text_end(t->show.ladder);
    watch_free(t->watch);
    free(t->show.comment);
    free(t->show.begun);
    return status;
}

int cmd_trace(int argc, const char **argv)
{
    struct trace t = {.wish = {.command = TRACE_COMMAND,
                               .conn = OPTIONS_NOT_GIVEN,
                               .fold = OPTIONS_NOT_GIVEN,
                               .count = OPTIONS_NOT_GIVEN,
                               .seconds = OPTIONS_NOT_GIVEN}};
    struct trace_wish *w = &t.wish;
    struct poptOption own[] = {
        {"interface", 'i', POPT_ARG_STRING, &w->interface, 0, N_("capture there, until Ctrl-C, --count or --seconds"), "NAME"},
        {"filter", '\0', POPT_ARG_STRING, &w->filter, 0,
         N_("only packets that match, as tcpdump filters: 'port 80 and host 192.0.2.1'"), "EXPRESSION"},
        {"conn", '\0', POPT_ARG_INT, &w->conn, 0, N_("show this connection only, by its number"), "N"},
        {"summary", '\0', POPT_ARG_NONE, &w->summary, 0, N_("each connection in a few lines, no ladder"), NULL},
        {"findings", '\0', POPT_ARG_NONE, &w->findings, 0, N_("the findings alone, a line for each"), NULL},
        {"fail-on", '\0', POPT_ARG_STRING, &w->fail_on, 0,
         N_("exit status 3 when any of these is found: a severity (info, warning, error) with those above it, or names"),
         "WHAT,..."},
        {"absolute", '\0', POPT_ARG_NONE, &w->absolute, 0, N_("sequence numbers as on the wire"), NULL},
        {"relative", '\0', POPT_ARG_NONE, &w->relative, 0, N_("counted from the initial number (the default)"), NULL},
        {"both", '\0', POPT_ARG_NONE, &w->both, 0, N_("both of them"), NULL},
        {"fold", '\0', POPT_ARG_INT, &w->fold, 0,
         N_("of a run of plain data and acknowledgements show so many; 4 when not given"), "N"},
        {"detail", '\0', POPT_ARG_NONE, &w->full, 0, N_("windows and round trips, too"), NULL},
        {"annotate", '\0', POPT_ARG_STRING, &w->annotate, 0, N_("write the packets there, with states and findings as comments"),
         "FILE.pcapng"},
        {"count", '\0', POPT_ARG_INT, &w->count, 0, N_("stop after so many packets that match"), "N"},
        {"seconds", '\0', POPT_ARG_INT, &w->seconds, 0, N_("-i: stop after so long"), "N"},
        POPT_TABLEEND,
    };
    const struct usage usage = {
        .command = TRACE_COMMAND,
        .operands = "FILE...|-|-i INTERFACE [OPTION...]",
        .text = N_(
            "Reads captures (pcap and pcapng; several files are taken for one capture that goes on) and shows each connection "
            "as a ladder with the states of both ends, worked out from the segments, and with what is wrong: retransmissions and "
            "why, closed windows, resets and their likely cause, half-open connections, lost options, checksums, boxes on the "
            "way. One direction alone, a capture from the middle and packets cut short will do. With -i each segment is shown as "
            "it passes by. Ctrl-C ends the reading, and what was read until then is summed up.\n\n"
            "The exit status is 0 whatever is found, 3 with --fail-on, 1 when a file could not be read to its end; what could be "
            "read is shown. doc/trace.md has each finding's exact condition."),
        .example = "tern trace capture.pcapng\n"
                   "tern trace --summary --fail-on warning capture.pcapng\n"
                   "tern trace --conn 3 --detail --both capture.pcapng\n"
                   "tern trace --annotate explained.pcapng capture.pcap\n"
                   "zcat capture.pcap.gz | tern trace --findings -\n"
                   "tern trace -i tern0 --filter 'tcp port 80'\n"
                   "tern trace --json capture.pcapng | jq 'select(.type == \"summary\")'",
        .own = own,
        .no_stack = true,
        .jail = true,
    };
    struct options o;
    int status = options_read(&o, &usage, argc, argv);
    if (status < 0) status = trace(&t, &o);
    options_free(&o);
    free(w->interface);
    free(w->filter);
    free(w->fail_on);
    free(w->annotate);
    return status;
}
