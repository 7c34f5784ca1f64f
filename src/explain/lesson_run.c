#include "lesson_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

/* ---- what the reader asked for ---- */

void lesson_options_default(struct lesson_options *o)
{
    *o = (struct lesson_options){.isn = {-1, -1}, .rtt = 40 * TERN_MS, .msl = TERN_SEC, .seed = 1};
    tern_settings_default(&o->settings);
}

const struct lesson_options *lesson_options(const struct lesson_run *r) { return r->options; }

uint32_t lesson_bytes(const struct lesson_run *r, uint32_t otherwise)
{
    return r->options->given & LESSON_BYTES ? r->options->bytes : otherwise;
}

uint32_t lesson_mss(const struct lesson_run *r, uint32_t otherwise)
{
    return r->options->given & LESSON_MSS ? r->options->mss : otherwise;
}

uint32_t lesson_backlog(const struct lesson_run *r, uint32_t otherwise)
{
    return r->options->given & LESSON_BACKLOG ? r->options->backlog : otherwise;
}

bool lesson_without(const struct lesson_run *r, const char *clause)
{
    for (uint32_t i = 0; i < r->options->without_n; i++)
        if (strcmp(r->options->without[i], clause) == 0) return true;
    return false;
}

bool lesson_shows_any(const struct lesson_run *r, const char *const *clauses)
{
    bool shows = r->options->without_n == 0;
    for (; !shows && *clauses; clauses++) shows = lesson_without(r, *clauses);
    return shows;
}

void lesson_sim_config(struct sim_config *cfg)
{
    sim_config_default(cfg);
    for (int i = 0; i < STORY_SIDE_N; i++) {
        cfg->settings[i].msl = TERN_SEC;
        cfg->settings[i].tlp = 0; /* what the retransmission timer is for is seen without what forestalls it */
    }
    cfg->isn[STORY_A] = 1000;
    cfg->isn[STORY_B] = 5000;
}

static void apply_settings(const struct lesson_options *o, struct tern_settings *s)
{
    const struct tern_setting_info *info;
    for (size_t i = 0; (info = tern_setting_info(i)) != NULL; i++) {
        if (o->setting_given[i]) tern_settings_set(s, info->name, tern_settings_get(&o->settings, info));
    }
}

static void apply(const struct lesson_options *o, struct sim_config *c)
{
    for (int i = 0; i < STORY_SIDE_N; i++) {
        if (o->given & LESSON_ISN && o->isn[i] >= 0) c->isn[i] = o->isn[i];
        if (o->given & LESSON_MSL) c->settings[i].msl = o->msl;
        apply_settings(o, &c->settings[i]);
    }
    if (o->given & LESSON_V6) c->v6 = o->v6;
    if (o->given & LESSON_RTT) c->delay = o->rtt / 2;
    if (o->given & LESSON_SEED) c->seed = o->seed;
    if (o->given & LESSON_MSS) c->mtu = o->mss + (c->v6 ? 60 : 40); /* the two headers, without options */
}

static int arrange(struct sim *s, const struct lesson_options *o)
{
    for (uint32_t i = 0; i < o->without_n; i++)
        if (!sim_without(s, STORY_SIDE_N, o->without[i])) return TERN_ERR_UNSUPPORTED;
    for (uint32_t i = 0; i < o->loss_n; i++)
        sim_fault(s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_SIDE_N, .nth = o->loss_nth[i]});
    return 0;
}

struct sim *lesson_sim(struct lesson_run *r, const struct sim_config *cfg)
{
    struct sim_config c;
    if (cfg)
        c = *cfg;
    else
        lesson_sim_config(&c);
    apply(r->options, &c);
    c.faults_left = &r->loss_left;
    r->loss_n += r->options->loss_n;
    struct sim *s = NULL;
    r->sim_err = tern_settings_check(&c.settings[STORY_A], NULL); /* the reader's and the lesson's together */
    if (r->sim_err == 0) r->sim_err = tern_settings_check(&c.settings[STORY_B], NULL);
    if (r->sim_err == 0) r->sim_err = (s = sim_new(&c)) ? arrange(s, r->options) : TERN_ERR_NOMEM;
    if (r->sim_err == 0) return s;
    if (s) sim_free(s);
    return NULL;
}

int lesson_failed(const struct lesson_run *r) { return r->sim_err; }

/* ---- what the lesson says ---- */

static char *formatted(const char *format, va_list args)
{
    char *text = NULL;
    return vasprintf(&text, format, args) < 0 ? NULL : text;
}

/* Writes |text|, its own from now on. */
static void say(struct lesson_run *r, enum prose_kind kind, char *text)
{
    if (!text)
        r->result->err = TERN_ERR_NOMEM;
    else
        prose(&r->prose, kind, text);
    free(text);
}

void lesson_head(struct lesson_run *r, const char *text) { prose(&r->prose, PROSE_HEAD, text); }

void lesson_say(struct lesson_run *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(r, PROSE_PARA, formatted(format, args));
    va_end(args);
}

void lesson_line(struct lesson_run *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(r, PROSE_LINE, formatted(format, args));
    va_end(args);
}

void lesson_wrong(struct lesson_run *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *claim = formatted(format, args), *text = NULL;
    va_end(args);
    if (claim && asprintf(&text, _("Often taught, and wrong: %s"), claim) < 0) text = NULL;
    free(claim);
    say(r, PROSE_WRONG, text);
}

static void *grown(void *list, size_t n, size_t size)
{
    if (n & (n - 1)) return list; /* has room: it doubles at 0, 1, 2, 4 ... */
    return realloc(list, (n ? 2 * n : 1) * size);
}

void lesson_check(struct lesson_run *r, const char *id, bool ok, const char *format, ...)
{
    struct lesson_result *result = r->result;
    va_list args;
    va_start(args, format);
    char *text = formatted(format, args);
    va_end(args);
    struct lesson_check_result *list = text ? grown(result->check, result->check_n, sizeof *list) : NULL;
    if (!list) {
        free(text);
        result->err = TERN_ERR_NOMEM;
        return;
    }
    result->check = list;
    list[result->check_n++] = (struct lesson_check_result){id, ok, text};
    prose(&r->prose, ok ? PROSE_GOOD : PROSE_BAD, text);
}

/* ---- ladders ---- */

static void draw(struct lesson_run *r, const struct story *s, const char *title)
{
    struct prose *p = &r->prose;
    if (!p->out) return;
    prose(p, PROSE_HEAD, title);
    prose_end(p);
    if (p->html)
        lesson_picture(p, &r->options->style, s);
    else if (p->err == 0)
        p->err = story_text_all(p->out, &r->options->style, s);
    p->any = true;
}

const struct story *lesson_ladder(struct lesson_run *r, struct sim *s, const char *title)
{
    struct lesson_result *result = r->result;
    struct story *list = grown(result->story, result->story_n, sizeof *list);
    if (!list) {
        result->err = TERN_ERR_NOMEM;
        return &r->none;
    }
    result->story = list;
    struct story *story = &list[result->story_n++];
    *story = sim_take_story(s);
    if (story->out_of_memory) result->err = TERN_ERR_NOMEM;
    if (!story->title) story->title = strdup(title);
    draw(r, story, title);
    return story;
}

/* ---- the whole ---- */

static void ending(struct lesson_run *r)
{
    const struct lesson_result *result = r->result;
    size_t good = 0;
    for (size_t i = 0; i < result->check_n; i++) good += result->check[i].ok;
    struct prose *p = &r->prose;
    prose_end(p);
    if (result->err == TERN_ERR_UNSUPPORTED)
        prose(p, PROSE_BAD, _("This program has no switches for --without; `tern explain` runs the one that has them."));
    else if (result->err)
        prose_f(p, PROSE_BAD, _("The lesson could not be run: %s."), words(tern_strerror(result->err)));
    else if (good < result->check_n)
        prose_f(p, PROSE_BAD, _("%zu of %zu checks hold: this run did not end as the lesson says."), good, result->check_n);
    else
        prose_f(p, PROSE_GOOD, words_n("%zu check, and it holds.", "All %zu checks hold.", good), good);
    char heeds[1024];
    lesson_heeds(r->lesson, heeds, sizeof heeds);
    if (*heeds && !p->html) prose_f(p, PROSE_PARA, _("What you may change: %s"), heeds);
    if (r->lesson->question) {
        prose(p, PROSE_QUESTION, _(r->lesson->question));
        prose_f(p, PROSE_PARA, _("answer: run `%s`"), r->lesson->answer);
    }
    prose_end(p);
}

void lesson_tell(const struct lesson *l, const struct lesson_options *options, enum lesson_form form, const struct tern_out *out,
                 struct lesson_result *result)
{
    *result = (struct lesson_result){0};
    struct lesson_run r = {.lesson = l, .options = options, .form = form, .result = result};
    r.prose = (struct prose){.out = form == LESSON_SILENT ? NULL : out,
                             .width = options->style.width,
                             .html = form == LESSON_HTML,
                             .colour = options->style.colour,
                             .ascii = options->style.ascii,
                             .links = options->links,
                             .before = PROSE_KIND_N};
    prose(&r.prose, PROSE_TITLE, _(l->title));
    prose(&r.prose, PROSE_PARA, _(l->summary));
    int err = l->run(&r);
    if (result->err == 0) result->err = err;
    if (result->err == 0 && r.loss_n && r.loss_left >= r.loss_n)
        lesson_check(&r, "lost-as-asked", false, _("No packet was lost: this run has fewer than `--loss-nth` asks for."));
    ending(&r);
    if (result->err == 0) result->err = r.prose.err;
}

bool lesson_right(const struct lesson_result *result)
{
    for (size_t i = 0; i < result->check_n; i++)
        if (!result->check[i].ok) return false;
    return result->err == 0;
}

const struct lesson_check_result *lesson_result_check(const struct lesson_result *result, const char *id)
{
    for (size_t i = 0; i < result->check_n; i++)
        if (strcmp(result->check[i].id, id) == 0) return &result->check[i];
    return NULL;
}

void lesson_result_free(struct lesson_result *result)
{
    for (size_t i = 0; i < result->check_n; i++) free(result->check[i].text);
    for (size_t i = 0; i < result->story_n; i++) story_free(&result->story[i]);
    free(result->check);
    free(result->story);
    *result = (struct lesson_result){0};
}
