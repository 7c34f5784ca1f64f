/* tern draw: a story as one page for a browser. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_draw.h"
#include "cli_options.h"
#include "lesson.h"
#include "trace.h"
#include "words.h"

static const char draw_name[] = "draw";

enum { MAX_ROWS = 20000 };

struct draw {
    struct options o;
    struct trace_wish capture;
    char *path; /* -o */
    int live, max_rows;
};

/* ---- a lesson ---- */

static int put_nothing(void *ctx, const char *text, size_t len)
{
    (void)ctx, (void)text, (void)len;
    return 0;
}

/* In each language; the run is the same. NULL: it could not be run, |err| says why. */
static json_t *tell(const struct lesson *l, const char *language, int *err)
{
    struct lesson_options options;
    struct lesson_result result;
    const char *reader = words_language();
    words_choose(language);
    lesson_options_default(&options);
    lesson_tell(l, &options, LESSON_SILENT, &(struct tern_out){put_nothing, NULL}, &result);
    json_t *stories = result.err < 0 ? NULL : draw_stories(result.story, result.story_n);
    words_choose(reader);
    if (result.err < 0) *err = result.err;
    lesson_result_free(&result);
    return stories;
}

static int draw_lesson(const struct draw *d, const struct lesson *l)
{
    json_t *stories[DRAW_LANGUAGE_N];
    int err = 0;
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) stories[i] = tell(l, draw_languages[i], &err);
    if (err == 0) return draw_end(&(struct draw_target){.command = draw_name, .path = d->path}, stories, 0);
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) json_decref(stories[i]);
    return cli_fail(draw_name, "the lesson could not be run: %s", words(tern_strerror(err)));
}

/* ---- the command ---- */

/* Nothing that was given is passed over in silence. */
static int check(const struct draw *d, const char *what, const struct lesson *l)
{
    const struct trace_wish *c = &d->capture;
    if (!what && !d->live) return cli_usage(draw_name, "what? A capture, --live, or a lesson: 'tern explain --list' names them");
    if (what && d->live) return cli_usage(draw_name, "--live or '%s', not both", what);
    if (options_operand_n(&d->o) > 1) return cli_usage(draw_name, "unwanted '%s'", options_operand(&d->o, 1));
    if (!d->path) return cli_usage(draw_name, "-o: where does the page go? A file, such as page.html");
    if (l && (d->max_rows || c->count || c->filter))
        return cli_usage(draw_name, "--max-rows, --count and --filter go with packets, not with a lesson");
    if (!d->live && (c->interface || c->seconds)) return cli_usage(draw_name, "-i and --seconds go with --live only");
    if (!d->live && (d->o.no_jail || d->o.user)) return cli_usage(draw_name, "--no-jail and --user go with --live only");
    if (what && !l && strcmp(what, "-") != 0 && access(what, F_OK) != 0)
        return cli_usage(draw_name, "'%s' is no lesson, and no file either: %s", what, strerror(errno));
    return -1;
}

static int draw(struct draw *d, int argc, const char **argv)
{
    const char *what = options_operand(&d->o, 0);
    const struct lesson *l = what && !d->live ? lesson_find(what) : NULL;
    int status = options_number(draw_name, &d->max_rows, "--max-rows");
    if (status < 0) status = options_number(draw_name, &d->capture.count, "--count");
    if (status < 0) status = options_number(draw_name, &d->capture.seconds, "--seconds");
    if (status < 0) status = check(d, what, l);
    if (status >= 0) return status;
    if (l) {
        status = cli_experiments(argc, argv);
        return status < 0 ? draw_lesson(d, l) : status;
    }
    if (d->live && !d->capture.interface) d->capture.interface = strdup("any"); /* libpcap's name for all of them */
    return draw_capture(&d->capture, what, d->path, d->max_rows ? (size_t)d->max_rows : MAX_ROWS);
}

int cmd_draw(int argc, const char **argv)
{
    struct draw d = {.capture = {.command = draw_name, .count = OPTIONS_NOT_GIVEN, .seconds = OPTIONS_NOT_GIVEN},
                     .max_rows = OPTIONS_NOT_GIVEN};
    struct trace_wish *c = &d.capture;
    c->options = &d.o;
    struct poptOption own[] = {
        {"output", 'o', POPT_ARG_STRING, &d.path, 0, N_("where the page goes"), "FILE"},
        {"live", '\0', POPT_ARG_NONE, &d.live, 0,
         N_("capture in this network namespace, until Ctrl-C, --count, --seconds or --max-rows; then the page is written"), NULL},
        {"interface", 'i', POPT_ARG_STRING, &c->interface, 0, N_("--live: capture there; when not given, on all interfaces"),
         "NAME"},
        {"filter", '\0', POPT_ARG_STRING, &c->filter, 0,
         N_("only packets that match, as tcpdump filters: 'port 80 and host 192.0.2.1'"), "EXPRESSION"},
        {"count", '\0', POPT_ARG_INT, &c->count, 0, N_("stop after so many packets"), "N"},
        {"seconds", '\0', POPT_ARG_INT, &c->seconds, 0, N_("--live: stop after so long"), "N"},
        {"max-rows", 'n', POPT_ARG_INT, &d.max_rows, 0, N_("rows that the page holds at most; 20000"), "N"},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = draw_name,
        .operands = "FILE|-|--live|LESSON -o FILE [OPTION...]",
        .text =
            N_("Writes one HTML file that needs no network: the ladder with the states of both ends, both control blocks, the "
               "sequence space, the state diagram and the header bytes at each moment, to be stepped, played, searched and "
               "printed. It shows a capture (pcap or pcapng; '-': the standard input), what passes by until Ctrl-C (--live), or "
               "the run of a lesson. When a capture cannot be read to its end, what could be read is shown, and the exit status "
               "is 1."),
        .example = "tern draw why-four -o page.html",
        .own = own,
        .no_stack = true,
        .no_json = true,
        .jail = true,
    };
    int status = options_read(&d.o, &usage, argc, argv);
    if (status < 0) status = draw(&d, argc, argv);
    options_free(&d.o);
    free(c->interface);
    free(c->filter);
    free(d.path);
    return status;
}
