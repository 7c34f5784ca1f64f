#include "book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book_links.h"
#include "experiment.h"
#include "words.h"

/* Made by the build. */
extern const unsigned char book_css[], book_js[];

/* ---- what there is ---- */

/* "header field", "SND_UNA" -> "header-field-snd-una": the same on every file system. */
static void file_name(char out[BOOK_FILE_MAX], const char *kind, const char *name)
{
    snprintf(out, BOOK_FILE_MAX, "%s-%s.html", kind, name);
    for (char *c = out; *c; c++) {
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
        if (*c == ' ' || *c == '_') *c = '-';
    }
}

static size_t topic_number(void)
{
    struct topic t;
    size_t n = 0;
    while (topic_get(n, &t)) n++;
    return n;
}

struct book *book_new(void)
{
    struct book *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    while (lessons[b->lesson_n]) b->lesson_n++;
    b->page_n = b->lesson_n + topic_number();
    b->page = calloc(b->page_n + 1, sizeof *b->page);
    for (size_t i = 0; b->page && i < b->page_n; i++) {
        struct book_page *page = &b->page[i];
        if (i < b->lesson_n)
            page->lesson = lessons[i];
        else
            topic_get(i - b->lesson_n, &page->topic);
        page->name = page->lesson ? page->lesson->name : page->topic.name;
        file_name(page->file, page->lesson ? "lesson" : page->topic.kind, page->name);
    }
    if (b->page) return b;
    free(b);
    return NULL;
}

void book_free(struct book *b)
{
    if (!b) return;
    free(b->page);
    free(b);
}

/* The contents, the pages, the style. */
size_t book_file_n(const struct book *b) { return b->page_n + 2; }

const char *book_file(const struct book *b, size_t i)
{
    if (i == 0) return "index.html";
    return i <= b->page_n ? b->page[i - 1].file : "style.css";
}

/* ---- parts of pages ---- */

static void text(struct prose *p, const char *s) { prose_escape(p, s, strlen(s)); }

static void element(struct prose *p, const char *tag, const char *s)
{
    prose_raw(p, "<");
    prose_raw(p, tag);
    prose_raw(p, ">");
    text(p, s);
    prose_raw(p, "</");
    prose_raw(p, tag);
    prose_raw(p, ">");
}

static void link_to(struct prose *p, const char *attributes, const char *file, const char *s)
{
    prose_raw(p, "<a ");
    prose_raw(p, attributes);
    prose_raw(p, "href=\"");
    text(p, file);
    prose_raw(p, "\">");
    text(p, s);
    prose_raw(p, "</a>");
}

static const char *title_of(const struct book_page *page) { return page->lesson ? words(page->lesson->title) : page->name; }

static void head_link(struct prose *p, const char *rel, const struct book_page *page)
{
    prose_raw(p, "<link rel=\"");
    prose_raw(p, rel);
    prose_raw(p, "\" href=\"");
    text(p, page->file);
    prose_raw(p, "\">\n");
}

static void begin_page(struct prose *p, const char *title, const struct book_page *before, const struct book_page *after)
{
    prose_raw(p, "<!DOCTYPE html>\n<html lang=\"");
    prose_raw(p, strcmp(words_language(), "en") == 0 ? "en" : "zh-CN");
    prose_raw(p,
              "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"tern ");
    text(p, tern_version());
    prose_raw(p, "\">\n");
    element(p, "title", title);
    prose_raw(p, "\n<link rel=\"stylesheet\" href=\"style.css\">\n");
    if (before) head_link(p, "prev", before);
    if (after) head_link(p, "next", after);
    prose_raw(p, "</head>\n<body>\n");
}

/* Previous, contents, next. */
static void put_ways(struct prose *p, const char *label, const struct book_page *before, const struct book_page *after)
{
    prose_raw(p, "<nav class=\"ways\" aria-label=\"");
    text(p, label);
    prose_raw(p, "\">\n");
    if (before)
        link_to(p, "rel=\"prev\" ", before->file, title_of(before));
    else
        prose_raw(p, "<span></span>"); /* the contents stay in the middle */
    prose_raw(p, "\n");
    link_to(p, "class=\"contents\" ", "index.html", _("Contents"));
    prose_raw(p, "\n");
    if (after)
        link_to(p, "rel=\"next\" ", after->file, title_of(after));
    else
        prose_raw(p, "<span></span>");
    prose_raw(p, "\n</nav>\n");
}

static void list_item(struct prose *p, const struct book_page *page)
{
    prose_raw(p, "<li>");
    link_to(p, "", page->file, page->name);
    prose_raw(p, " ");
    element(p, "span", words(page->lesson ? page->lesson->title : page->topic.kind));
    prose_raw(p, "</li>\n");
}

/* ---- a lesson ---- */

static void put_command(struct prose *p, const struct lesson *l, const char *option, const char *value)
{
    prose_raw(p, "<dt><code>tern explain ");
    text(p, l->name);
    prose_raw(p, " ");
    text(p, option);
    if (value) prose_raw(p, " ");
    if (value) text(p, value);
    prose_raw(p, "</code></dt>\n<dd>");
}

static const struct experiment_info *clause(const char *name)
{
    const struct experiment_info *e;
    for (unsigned i = 0; (e = experiment_info(i)) != NULL; i++)
        if (strcmp(e->name, name) == 0) return e;
    return NULL;
}

static void put_changes(struct prose *p, const struct book *b, const struct lesson *l)
{
    if (!l->heeds && !(l->without && *l->without)) return;
    prose(p, PROSE_HEAD, _("What you may change"));
    prose(p, PROSE_PARA, _("Each of these runs the lesson again, changed; values of your own are as welcome."));
    prose_raw(p, "<dl class=\"commands\">\n");
    for (const struct lesson_option_info *o = lesson_option_infos; o->name; o++) {
        if (!(l->heeds & o->bit)) continue;
        put_command(p, l, o->sample, NULL);
        text(p, words(o->text));
        prose_raw(p, "</dd>\n");
    }
    for (size_t i = 0; l->without && l->without[i]; i++) {
        const struct experiment_info *e = clause(l->without[i]);
        const struct book_page *page = book_find(b, l->without[i], strlen(l->without[i]));
        put_command(p, l, "--without", l->without[i]);
        if (e) text(p, words(e->text));
        if (page) prose_raw(p, " ");
        if (page) link_to(p, "", page->file, page->name);
        prose_raw(p, "</dd>\n");
    }
    prose_raw(p, "</dl>\n");
    prose_end(p);
}

/* Is |name| among the words of |list|? */
static bool lists(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; at && (at = strstr(at, name)) != NULL; at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' ')) return true;
    return false;
}

static void put_topics(struct prose *p, const struct book *b, const struct lesson *l)
{
    bool any = false;
    for (size_t i = b->lesson_n; i < b->page_n; i++) {
        if (!lists(b->page[i].topic.see, l->name)) continue;
        if (!any) prose(p, PROSE_HEAD, _("Topics of this lesson"));
        if (!any) prose_raw(p, "<ul>\n");
        any = true;
        list_item(p, &b->page[i]);
    }
    if (any) prose_raw(p, "</ul>\n");
    prose_end(p);
}

static void put_lesson(struct prose *p, const struct book *b, const struct book_page *page, const struct tern_out *out,
                       bool *right)
{
    struct lesson_options o;
    struct lesson_result result;
    lesson_options_default(&o);
    o.style = (struct story_style){.arithmetic = true, .of_page = true};
    o.links = p->links;
    prose_f(p, PROSE_PARA, _("Lesson %zu of %zu: `tern explain %s`"), (size_t)(page - b->page) + 1, b->lesson_n, page->name);
    lesson_tell(page->lesson, &o, LESSON_HTML, out, &result);
    *right = lesson_right(&result);
    if (result.err && !p->err) p->err = result.err == TERN_ERR_IO || result.err == TERN_ERR_NOMEM ? result.err : 0;
    lesson_result_free(&result);
    put_changes(p, b, page->lesson);
    put_topics(p, b, page->lesson);
}

/* ---- a topic ---- */

static void put_topic(struct prose *p, const struct book *b, const struct book_page *page, bool *right)
{
    bool any = false;
    prose_f(p, PROSE_PARA, "`tern explain %s`", page->name);
    *right = topic_show(p, &page->topic);
    for (size_t i = 0; i < b->page_n; i++) {
        if (&b->page[i] == page || !topic_same_name(b->page[i].name, page->name)) continue;
        if (!any) prose(p, PROSE_HEAD, _("Of the same name"));
        if (!any) prose_raw(p, "<ul>\n");
        any = true;
        list_item(p, &b->page[i]);
    }
    if (any) prose_raw(p, "</ul>\n");
}

static int put_page(struct prose *p, const struct book *b, const struct book_page *page, bool *right)
{
    const struct book_page *before = page > b->page ? page - 1 : NULL, *after = page + 1 < b->page + b->page_n ? page + 1 : NULL;
    struct book_links links;
    struct prose_links hook;
    char title[512];
    if (!book_links_begin(&links, b, page, &hook)) return TERN_ERR_NOMEM;
    if (page->lesson)
        snprintf(title, sizeof title, "%s", title_of(page));
    else
        snprintf(title, sizeof title, _("%s (%s)"), page->name, words(page->topic.kind));
    begin_page(p, title, before, after);
    put_ways(p, _("Pages"), before, after);
    prose_raw(p, page->lesson ? "<main class=\"lesson\">\n" : "<main class=\"topic\">\n");
    p->links = &hook;
    if (page->lesson)
        put_lesson(p, b, page, p->out, right);
    else
        put_topic(p, b, page, right);
    p->links = NULL;
    prose_end(p);
    prose_raw(p, "</main>\n");
    put_ways(p, _("Pages, again"), before, after);
    prose_raw(p, "</body>\n</html>\n");
    book_links_end(&links);
    return p->err;
}

/* ---- the contents ---- */

/* What the search looks into: both languages and every spelling, as `tern explain --search` does. */
static void put_find(struct prose *p, const struct book_page *page)
{
    const struct topic *t = &page->topic;
    const struct lesson *l = page->lesson;
    const char *msgid[] = {l ? l->title : t->what, l ? l->summary : t->why, l ? l->question : t->without};
    prose_raw(p, " data-find=\"");
    text(p, page->name);
    for (size_t i = 0; i < sizeof msgid / sizeof msgid[0]; i++) {
        if (!msgid[i]) continue;
        prose_raw(p, " ");
        text(p, msgid[i]);
        prose_raw(p, " ");
        text(p, topic_chinese(msgid[i]));
    }
    if (!l && t->aliases) prose_raw(p, " ");
    if (!l && t->aliases) text(p, t->aliases);
    prose_raw(p, "\"");
}

static void put_entry(struct prose *p, const struct book_page *page)
{
    prose_raw(p, "<li");
    put_find(p, page);
    prose_raw(p, ">");
    link_to(p, "", page->file, page->name);
    prose_raw(p, " ");
    element(p, "span", words(page->lesson ? page->lesson->title : page->topic.what));
    prose_raw(p, "</li>\n");
}

static void put_search(struct prose *p)
{
    prose_raw(p, "<form id=\"search\" role=\"search\" hidden>\n<label for=\"word\">");
    text(p, _("Search"));
    prose_raw(p, "</label>\n<input id=\"word\" type=\"search\" autocomplete=\"off\">\n<output id=\"found\" "
                 "for=\"word\"></output>\n</form>\n");
}

static void put_contents(struct prose *p, const struct book *b)
{
    const char *kind = NULL;
    begin_page(p, _("TCP, explained by the program that speaks it"), NULL, b->page);
    prose_raw(p, "<main class=\"index\">\n");
    prose(p, PROSE_TITLE, _("TCP, explained by the program that speaks it"));
    prose_f(
        p, PROSE_PARA,
        _("Made by tern %s. Each lesson was run in virtual time when its page was written: the ladders are what happened then, "
          "and what the lesson claims was checked against it. `tern explain NAME` runs it again."),
        tern_version());
    put_search(p);
    prose_raw(p, "<section>\n");
    element(p, "h2", _("Lessons"));
    prose_raw(p, "\n<ol>\n");
    for (size_t i = 0; i < b->lesson_n; i++) put_entry(p, &b->page[i]);
    prose_raw(p, "</ol>\n</section>\n");
    for (size_t i = b->lesson_n; i < b->page_n; i++) {
        const struct book_page *page = &b->page[i];
        if (!kind || strcmp(kind, page->topic.kind) != 0) {
            prose_raw(p, kind ? "</ul>\n</section>\n<section>\n" : "<section>\n");
            element(p, "h2", words(page->topic.kind));
            prose_raw(p, "\n<ul>\n");
        }
        kind = page->topic.kind;
        put_entry(p, page);
    }
    prose_raw(p, kind ? "</ul>\n</section>\n</main>\n<script>\n" : "</main>\n<script>\n");
    prose_raw(p, (const char *)book_js);
    prose_raw(p, "</script>\n</body>\n</html>\n");
}

/* ---- the style ---- */

static int put_colours(struct prose *p, const char *before, bool dark, const char *after)
{
    prose_raw(p, before);
    int err = story_svg_properties(p->out, dark);
    prose_raw(p, after);
    return err;
}

static int put_style(struct prose *p)
{
    prose_raw(p, (const char *)book_css);
    int err = put_colours(p, ":root {\n", false, "}\n");
    return err ? err : put_colours(p, "@media screen and (prefers-color-scheme: dark) {\n:root {\n", true, "}\n}\n");
}

int book_write(const struct book *b, size_t i, const struct tern_out *out, bool *right)
{
    struct prose p = {.out = out, .html = true, .before = PROSE_KIND_N};
    int err = 0;
    *right = true;
    if (i == 0)
        put_contents(&p, b);
    else if (i <= b->page_n)
        err = put_page(&p, b, &b->page[i - 1], right);
    else
        err = put_style(&p);
    return err ? err : p.err;
}
