/* tern draw: a story as one page for a browser. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli_draw.h"
#include "cli_options.h"
#include "lesson.h"
#include "words.h"

static const char draw_name[] = "draw";

enum { MAX_ROWS = 20000 };

struct draw {
    struct options o;
    char *path; /* -o */
    int max_rows;
};

/* ---- a lesson ---- */

static int put_nothing(void *ctx, const char *text, size_t len)
{
    (void)ctx, (void)text, (void)len;
    return 0;
}

static int write_stories(const struct draw *d, const struct lesson_result *result)
{
    json_t **story = calloc(result->story_n + 1, sizeof *story);
    bool ok = story != NULL;
    for (size_t i = 0; ok && i < result->story_n; i++) ok = (story[i] = story_json(&result->story[i])) != NULL;
    int status = ok ? draw_page(draw_name, d->path, story, result->story_n, 0) : cli_fail(draw_name, "no memory");
    for (size_t i = 0; story && i < result->story_n; i++) json_decref(story[i]);
    free(story);
    return status;
}

static int draw_lesson(const struct draw *d, const struct lesson *l)
{
    struct lesson_options options;
    struct lesson_result result;
    if (d->max_rows) return cli_usage(draw_name, "--max-rows goes with a capture, not with a lesson");
    lesson_options_default(&options);
    lesson_tell(l, &options, LESSON_SILENT, &(struct tern_out){put_nothing, NULL}, &result);
    int status = result.err < 0 ? cli_fail(draw_name, "the lesson could not be run: %s", tern_strerror(result.err))
                                : write_stories(d, &result);
    lesson_result_free(&result);
    return status;
}

/* ---- the command ---- */

static int draw(const struct draw *d, int argc, const char **argv)
{
    const char *what = options_operand(&d->o, 0);
    if (!what) return cli_usage(draw_name, "what? A capture, or a lesson: 'tern explain --list' names them");
    if (options_operand_n(&d->o) > 1) return cli_usage(draw_name, "unwanted '%s'", options_operand(&d->o, 1));
    if (!d->path) return cli_usage(draw_name, "-o: where does the page go? A file, such as page.html");
    if (d->max_rows < 0) return cli_usage(draw_name, "--max-rows %d: at least 1", d->max_rows);
    const struct lesson *l = lesson_find(what);
    if (!l) return draw_capture(what, d->path, d->max_rows ? (size_t)d->max_rows : MAX_ROWS);
    int status = cli_experiments(argc, argv);
    return status < 0 ? draw_lesson(d, l) : status;
}

int cmd_draw(int argc, const char **argv)
{
    struct draw d = {.path = NULL};
    struct poptOption own[] = {
        {"output", 'o', POPT_ARG_STRING, &d.path, 0, N_("where the page goes"), "FILE"},
        {"max-rows", 'n', POPT_ARG_INT, &d.max_rows, 0, N_("rows of a capture that the page holds at most; 20000"), "NUMBER"},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = draw_name,
        .operands = "[OPTION...] FILE|LESSON",
        .text =
            N_("Writes one HTML file that needs no network: the ladder with the states of both ends, both control blocks, the "
               "sequence space, the state diagram and the header bytes at each moment, to be stepped, played, searched and "
               "printed."),
        .example = "tern draw why-four -o page.html",
        .own = own,
        .no_stack = true,
    };
    int status = options_read(&d.o, &usage, argc, argv);
    if (status < 0) status = draw(&d, argc, argv);
    options_free(&d.o);
    free(d.path);
    return status;
}
