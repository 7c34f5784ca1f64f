/* `tern explain`: a topic in a few sentences, a lesson as a run that the reader may change. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_env.h"
#include "cli_explain.h"
#include "cli_help.h"
#include "prose.h"
#include "topic_plot.h"
#include "utf8.h"
#include "words.h"

static const char explain_name[] = "explain";

enum { NAME_COLUMNS = 20, SAME_MAX = 8, NEAR_MAX = 3 };

struct explain {
    struct options o;
    struct explain_texts t;
    char *search, *html, *svg;
    int list, all, dark;
    char *word; /* the operands, joined by spaces */
    struct lesson_options lesson;
};

/* ---- lists ---- */

static void print_line(const char *name, const char *text)
{
    size_t width = help_width(), used = 2 + utf8_columns(name), indent = NAME_COLUMNS + 2;
    printf("  %s", name);
    if (used + 1 > indent) {
        putchar('\n');
        used = 0;
    }
    for (size_t n; *text; text += n, text += strspn(text, " "), used = 0) {
        n = utf8_line(text, width - indent);
        printf("%*s%.*s\n", (int)(indent - used), "", (int)n, text);
    }
}

static json_t *lesson_line_json(const struct lesson *l)
{
    char heeds[1024];
    lesson_heeds(l, heeds, sizeof heeds);
    return json_pack("{s:s, s:s, s:s, s:s}", "lesson", l->name, "title", words(l->title), "summary", words(l->summary), "heeds",
                     heeds);
}

/* Prints |j|, whose reference it takes, as a line. */
static int print_json(json_t *j)
{
    if (!j) return cli_fail(explain_name, "no memory");
    json_dumpf(j, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(j);
    return CLI_DONE;
}

/* All of it, or what has |word| in it. Returns how many. */
static size_t list_text(const char *word)
{
    const char *kind = NULL;
    struct topic t;
    size_t n = 0;
    for (size_t i = 0; lessons[i]; i++) {
        if (word && !lesson_has(lessons[i], word)) continue;
        if (!kind) puts(_("Lessons"));
        kind = "";
        print_line(lessons[i]->name, words(lessons[i]->summary));
        char heeds[1024];
        lesson_heeds(lessons[i], heeds, sizeof heeds);
        print_line("", heeds);
        n++;
    }
    for (size_t i = 0; topic_get(i, &t); i++) {
        if (word && !topic_has(&t, word)) continue;
        if (!kind || strcmp(kind, t.kind) != 0) printf("%s%s\n", kind ? "\n" : "", words(t.kind));
        kind = t.kind;
        print_line(t.name, words(t.what));
        n++;
    }
    return n;
}

static size_t list_json(const char *word)
{
    struct topic t;
    size_t n = 0;
    for (size_t i = 0; lessons[i]; i++) {
        if (word && !lesson_has(lessons[i], word)) continue;
        if (print_json(lesson_line_json(lessons[i])) != CLI_DONE) return n;
        n++;
    }
    for (size_t i = 0; topic_get(i, &t); i++) {
        if (word && !topic_has(&t, word)) continue;
        if (print_json(topic_json(&t)) != CLI_DONE) return n;
        n++;
    }
    return n;
}

static int list(const struct explain *e)
{
    size_t n = e->o.json ? list_json(e->search) : list_text(e->search);
    if (n > 0) return CLI_DONE;
    return cli_fail(explain_name, "nothing has '%s' in it; 'tern explain --list' prints all there is", e->search);
}

/* ---- one name ---- */

static bool in_a_text(const char *word)
{
    struct topic t;
    for (size_t i = 0; lessons[i]; i++)
        if (lesson_has(lessons[i], word)) return true;
    for (size_t i = 0; topic_get(i, &t); i++)
        if (topic_has(&t, word)) return true;
    return false;
}

static int unknown(const char *word)
{
    const char *near[NEAR_MAX];
    char names[256] = "";
    size_t n = topic_near(word, near, NEAR_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", near[i]);
    }
    if (in_a_text(word))
        return cli_usage(explain_name, "nothing is called '%s'; 'tern explain --search \"%s\"' shows where it is spoken of", word,
                         word);
    if (n > 0) return cli_usage(explain_name, "nothing is called '%s'; did you mean: %s", word, names);
    return cli_usage(explain_name, "nothing is called '%s', and no text has it; 'tern explain --list' prints all there is", word);
}

static struct story_style style(void)
{
    return (struct story_style){.width = (uint32_t)help_width(),
                                .colour = isatty(STDOUT_FILENO) == 1,
                                .ascii = !show_utf8() && strcmp(words_language(), "en") == 0,
                                .arithmetic = true};
}

static size_t find_topics(const char *word, struct topic found[SAME_MAX])
{
    size_t n = 0;
    for (size_t i = 0; n < SAME_MAX && topic_get(i, &found[n]); i++) n += topic_is(&found[n], word);
    return n;
}

/* With its picture. */
static json_t *full_json(const struct topic *t, bool *right)
{
    const struct topic_plot *row = topic_plot(t);
    struct scenario_error error;
    json_t *j = topic_json(t), *plot = row && j ? topic_plot_json(row, &error) : NULL;
    if (!row || !j) return j;
    if (!plot) cli_fail(explain_name, "%s", error.text);
    if (!json_is_true(json_object_get(plot, "right"))) *right = false;
    if (plot && json_object_set_new(j, "plot", plot) == 0) return j;
    json_decref(j);
    return NULL;
}

static int show_topics(const struct explain *e, const struct topic *t, size_t n, json_t *all, bool *right)
{
    struct tern_out out = {tern_put_file, stdout};
    struct story_style s = style();
    struct prose p = {.out = &out, .width = s.width, .colour = s.colour, .ascii = s.ascii, .before = PROSE_KIND_N};
    for (size_t i = 0; i < n; i++) {
        if (!e->o.json)
            *right = topic_show(&p, &t[i]) && *right;
        else if (json_array_append_new(all, full_json(&t[i], right)) != 0)
            return TERN_ERR_NOMEM;
    }
    return p.err;
}

static int tell(struct explain *e, const struct lesson *l, json_t *j)
{
    struct tern_out out = {tern_put_file, stdout};
    struct lesson_result result;
    e->lesson.style = style();
    lesson_tell(l, &e->lesson, e->o.json ? LESSON_SILENT : LESSON_TEXT, &out, &result);
    bool right = lesson_right(&result);
    int err = e->o.json ? json_object_set_new(j, "lesson", lesson_json(l, &result)) : 0;
    if (result.err) cli_fail(explain_name, "%s: %s", l->name, words(tern_strerror(result.err)));
    int status = result.err || err ? CLI_FAILED : right ? CLI_DONE : CLI_SHORT;
    lesson_result_free(&result);
    return status;
}

/* ---- the picture of a topic ---- */

static int write_picture(const struct explain *e, const struct topic_plot *row)
{
    struct plotted made;
    struct scenario_error error;
    if (!topic_plot_run(row, &made, &error)) return cli_fail(explain_name, "%s", error.text);
    FILE *f = strcmp(e->svg, "-") == 0 ? stdout : fopen(e->svg, "w");
    int err = f ? chart_svg(&(struct tern_out){tern_put_file, f}, &made.chart, e->dark, false) : 0;
    bool ok = f && !err && fflush(f) == 0;
    int why = errno;
    if (f && f != stdout && fclose(f) != 0 && ok) ok = false, why = errno;
    if (!ok) return cli_fail(explain_name, "cannot write %s: %s", e->svg, strerror(why));
    return topic_plot_right(row, &made) ? CLI_DONE : CLI_SHORT;
}

static int picture(const struct explain *e)
{
    struct topic found[SAME_MAX];
    for (size_t i = 0, n = find_topics(e->word, found); i < n; i++)
        if (topic_plot(&found[i])) return write_picture(e, topic_plot(&found[i]));
    return cli_usage(explain_name, "--svg: '%s' is no topic with a picture", e->word);
}

/* Topics come first, then the lesson: some names are both. */
static int explain(struct explain *e, int argc, const char **argv)
{
    struct topic found[SAME_MAX];
    size_t n = find_topics(e->word, found);
    const struct lesson *l = topic_lesson(e->word);
    if (n == 0 && !l) return unknown(e->word);
    if (!l && (e->lesson.given || e->lesson.without_n))
        return cli_usage(explain_name, "'%s' is no lesson: it heeds no options", e->word);
    int status = l ? explain_check(l, &e->lesson) : -1;
    if (status < 0 && l) status = cli_experiments(argc, argv);
    if (status >= 0) return status;

    json_t *all = json_array(), *j = json_pack("{s:O}", "topics", all);
    bool right = true;
    status = !j || show_topics(e, found, n, all, &right) < 0 ? CLI_FAILED : right ? CLI_DONE : CLI_SHORT;
    if (status == CLI_DONE && l) status = tell(e, l, j);
    if (e->o.json && status != CLI_FAILED) print_json(json_incref(j));
    json_decref(all);
    json_decref(j);
    return status;
}

/* ---- the command line ---- */

static int join_operands(struct explain *e)
{
    size_t len;
    FILE *f = open_memstream(&e->word, &len);
    if (!f) return cli_fail(explain_name, "no memory");
    for (size_t i = 0; i < options_operand_n(&e->o); i++) fprintf(f, "%s%s", i ? " " : "", options_operand(&e->o, i));
    return fclose(f) == 0 ? -1 : cli_fail(explain_name, "no memory");
}

/* The lessons of the book want the switches, too. */
static int make_book(const struct explain *e, int argc, const char **argv)
{
    if (!e->all || !e->html) return cli_usage(explain_name, "--all and --html DIR belong together");
    if (e->o.json) return cli_usage(explain_name, "--all makes pages: it has no --json");
    int status = cli_experiments(argc, argv);
    return status >= 0 ? status : explain_book(e->html);
}

static int go(struct explain *e, int argc, const char **argv)
{
    bool listing = e->list || e->search, book = e->all || e->html;
    int status = explain_read(&e->t, &e->lesson);
    if (status < 0) status = join_operands(e);
    if (status >= 0) return status;
    if ((e->list != 0) + (e->search != NULL) + book > 1)
        return cli_usage(explain_name, "--list, --search or --all, not two of them");
    if (e->svg && (listing || book || e->o.json)) return cli_usage(explain_name, "--svg is for one topic, and without --json");
    if (e->dark && !e->svg) return cli_usage(explain_name, "--dark is for --svg");
    if ((listing || book) && (*e->word || e->lesson.given || e->lesson.without_n))
        return cli_usage(explain_name, "--list, --search and --all stand alone");
    if (listing) return list(e);
    if (book) return make_book(e, argc, argv);
    if (!*e->word) return cli_usage(explain_name, "a topic or a lesson is wanted; 'tern explain --list' prints them");
    if (e->svg) return picture(e);
    return explain(e, argc, argv);
}

#define TEXT(name, place, text, what)                                                                                            \
    {                                                                                                                            \
        name, '\0', POPT_ARG_STRING, place, 0, text, what                                                                        \
    }

static void free_all(struct explain *e)
{
    struct explain_texts *t = &e->t;
    char *all[] = {t->isn,     t->rtt,  t->loss_nth, t->msl,  t->bytes, t->mss,
                   t->backlog, t->seed, e->search,   e->html, e->svg,   e->word};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
    options_list_free(t->set);
    options_list_free(t->without);
    options_free(&e->o);
}

int cmd_explain(int argc, const char **argv)
{
    struct explain e = {0};
    struct explain_texts *t = &e.t;
    struct poptOption own[] = {
        {"list", '\0', POPT_ARG_NONE, &e.list, 0, N_("all lessons and topics"), NULL},
        TEXT("search", &e.search, N_("those with this word in them, in English or in Chinese"), "WORD"),
        {"all", '\0', POPT_ARG_NONE, &e.all, 0, N_("all lessons and topics as a book: pages that need no network"), NULL},
        TEXT("html", &e.html, N_("where --all writes them: a directory, new, empty, or with such a book in it"), "DIR"),
        TEXT("svg", &e.svg, N_("a topic's picture alone, into this file; -: to the standard output"), "FILE"),
        {"dark", '\0', POPT_ARG_NONE, &e.dark, 0, N_("--svg: light on dark"), NULL},
        TEXT("isn", &t->isn, lesson_option_text(LESSON_ISN), "N[,N]|random|clock|fixed"),
        TEXT("rtt", &t->rtt, lesson_option_text(LESSON_RTT), "TIME"),
        TEXT("loss-nth", &t->loss_nth, lesson_option_text(LESSON_LOSS_NTH), "N[,N...]"),
        TEXT("msl", &t->msl, lesson_option_text(LESSON_MSL), "TIME"),
        TEXT("bytes", &t->bytes, lesson_option_text(LESSON_BYTES), "NUMBER"),
        TEXT("mss", &t->mss, lesson_option_text(LESSON_MSS), "BYTES"),
        TEXT("backlog", &t->backlog, lesson_option_text(LESSON_BACKLOG), "NUMBER"),
        TEXT("seed", &t->seed, lesson_option_text(LESSON_SEED), "NUMBER"),
        {"set", '\0', POPT_ARG_ARGV, &t->set, 0, lesson_option_text(LESSON_SET), "KEY=VALUE"},
        {"ipv6", '\0', POPT_ARG_NONE, &t->ipv6, 0, lesson_option_text(LESSON_V6), NULL},
        {"without", '\0', POPT_ARG_ARGV, &t->without, 0,
         N_("a lesson with this clause of the protocol switched off, which shows what it is good for; may be repeated"),
         "CLAUSE"},
        POPT_TABLEEND,
    };
    const struct usage usage = {
        .command = explain_name,
        .operands = "TOPIC|LESSON",
        .text = N_(
            "Explains a topic: a state, flag, header field, option, timer, queue, idea, command, rule, drop reason, setting or "
            "finding, in any spelling (SYN_RECV, fin-wait1, half-open); or tells a lesson: a run of two terns in virtual "
            "time with its ladder, whose claims are checked while it runs. Options change the run; one that a lesson does "
            "not heed is an error that says which it heeds. Algorithms are shown by a picture of two runs in the simulator, "
            "made at that moment: with it, and without. --all makes a book of everything.\n\nThe exit status is 3 when a "
            "lesson or a run did not end as it says it should."),
        .example = "tern explain why-four --rtt 100ms",
        .own = own,
        .no_stack = true,
    };
    int status = options_read(&e.o, &usage, argc, argv);
    if (status < 0) status = go(&e, argc, argv);
    free_all(&e);
    return status;
}
