#include "prose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static const struct form {
    const char *mark, *mark_ascii; /* before the first line; those that follow are indented by as much */
    const char *sgr;               /* colour of the mark, or of all when there is none */
    const char *group;             /* HTML element around neighbours; NULL: none */
    const char *tag, *close;
    bool together; /* no empty line between neighbours */
} forms[PROSE_KIND_N] = {
    [PROSE_TITLE] = {"", "", "1;4", NULL, "<h1>", "</h1>\n", false},
    [PROSE_HEAD] = {"", "", "1", NULL, "<h2>", "</h2>\n", false},
    [PROSE_PARA] = {"", "", "", NULL, "<p>", "</p>\n", false},
    [PROSE_LINE] = {"", "", "", "pre", "", "\n", true},
    [PROSE_WRONG] = {"! ", "! ", "33", NULL, "<p class=\"wrong\">", "</p>\n", true},
    [PROSE_GOOD] = {"  ✓ ", "  ok ", "32", "ul class=\"checks\"", "<li class=\"good\">", "</li>\n", true},
    [PROSE_BAD] = {"  ✗ ", "  NO ", "31", "ul class=\"checks\"", "<li class=\"bad\">", "</li>\n", true},
    [PROSE_ITEM] = {"  ", "  ", "", "ul", "<li>", "</li>\n", true},
    [PROSE_QUESTION] = {"? ", "? ", "36", NULL, "<p class=\"question\">", "</p>\n", false},
};

static void put(struct prose *p, const char *text, size_t len)
{
    if (!p->out || p->err || len == 0) return;
    if (p->out->put(p->out->ctx, text, len) != 0) p->err = TERN_ERR_IO;
}

void prose_raw(struct prose *p, const char *text) { put(p, text, strlen(text)); }

void prose_escape(struct prose *p, const char *text, size_t len)
{
    for (const char *end = text + len; text < end;) {
        size_t n = strcspn(text, "<>&\"");
        if (n > (size_t)(end - text)) n = (size_t)(end - text);
        put(p, text, n);
        text += n;
        if (text == end) return;
        prose_raw(p, *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '&' ? "&amp;" : "&quot;");
        text++;
    }
}

/* ---- HTML ---- */

static bool of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-_./", c));
}

static void linked(struct prose *p, const char *text, size_t len, bool code)
{
    const char *end = text + len, *from = text;
    for (bool begins = true; p->links && text < end;) {
        char href[PROSE_HREF_MAX];
        size_t n = begins ? p->links->at(p->links->ctx, text, (size_t)(end - text), code, href) : 0;
        if (n > 0) {
            prose_escape(p, from, (size_t)(text - from));
            prose_raw(p, "<a href=\"");
            prose_escape(p, href, strlen(href));
            prose_raw(p, "\">");
            prose_escape(p, text, n);
            prose_raw(p, "</a>");
            from = text + n;
        }
        text += n ? n : 1;
        begins = !of_word(text[-1]);
    }
    prose_escape(p, from, (size_t)(end - from));
}

/* `Backticks` are code; one without its partner is itself. */
static void inline_html(struct prose *p, const char *text)
{
    for (;;) {
        const char *open = strchr(text, '`'), *close = open ? strchr(open + 1, '`') : NULL;
        if (!close) break;
        linked(p, text, (size_t)(open - text), false);
        prose_raw(p, "<code>");
        linked(p, open + 1, (size_t)(close - open - 1), true);
        prose_raw(p, "</code>");
        text = close + 1;
    }
    linked(p, text, strlen(text), false);
}

static bool same_group(uint8_t a, uint8_t b)
{
    return a < PROSE_KIND_N && b < PROSE_KIND_N && forms[a].group && forms[b].group &&
           strcmp(forms[a].group, forms[b].group) == 0;
}

static void close_group(struct prose *p)
{
    if (!p->html || p->before >= PROSE_KIND_N || !forms[p->before].group) return;
    const char *group = forms[p->before].group;
    prose_raw(p, "</");
    put(p, group, strcspn(group, " "));
    prose_raw(p, ">\n");
}

static void html(struct prose *p, enum prose_kind kind, const char *text)
{
    const struct form *f = &forms[kind];
    if (!same_group(p->before, (uint8_t)kind)) {
        close_group(p);
        if (f->group) {
            prose_raw(p, "<");
            prose_raw(p, f->group);
            prose_raw(p, ">");
            if (kind != PROSE_LINE) prose_raw(p, "\n");
        }
    }
    prose_raw(p, f->tag);
    if (kind == PROSE_LINE || kind == PROSE_TITLE || kind == PROSE_HEAD)
        prose_escape(p, text, strlen(text));
    else
        inline_html(p, text);
    prose_raw(p, f->close);
}

/* ---- text ---- */

static void wrapped(struct prose *p, const struct form *f, const char *text)
{
    const char *mark = p->ascii ? f->mark_ascii : f->mark;
    size_t indent = utf8_columns(mark), width = p->width ? p->width : 80;
    size_t columns = width > indent + 20 ? width - indent : 20;
    bool colour = p->colour && *f->sgr, all = colour && indent == 0;
    for (bool first = true; first || *text; first = false) {
        size_t n = utf8_line(text, columns), shown = n;
        while (shown > 0 && text[shown - 1] == ' ') shown--;
        if (colour && (first || all)) {
            prose_raw(p, "\033[");
            prose_raw(p, f->sgr);
            prose_raw(p, "m");
        }
        if (first)
            prose_raw(p, mark);
        else
            for (size_t i = 0; i < indent; i++) prose_raw(p, " ");
        if (colour && !all && first) prose_raw(p, "\033[0m");
        put(p, text, shown);
        prose_raw(p, all ? "\033[0m\n" : "\n");
        text += n;
        if (*text == '\n')
            text++;
        else
            text += strspn(text, " ");
    }
}

static void plain(struct prose *p, enum prose_kind kind, const char *text)
{
    const struct form *f = &forms[kind];
    bool neighbours = p->before == kind || same_group(p->before, (uint8_t)kind);
    if (p->any && !(neighbours && f->together)) prose_raw(p, "\n");
    if (kind == PROSE_LINE) {
        prose_raw(p, text);
        prose_raw(p, "\n");
    } else {
        wrapped(p, f, text);
    }
}

void prose(struct prose *p, enum prose_kind kind, const char *text)
{
    if (!p->out) return;
    if (p->html)
        html(p, kind, text);
    else
        plain(p, kind, text);
    p->before = (uint8_t)kind;
    p->any = true;
}

void prose_f(struct prose *p, enum prose_kind kind, const char *format, ...)
{
    if (!p->out) return;
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) {
        p->err = TERN_ERR_NOMEM;
        return;
    }
    prose(p, kind, text);
    free(text);
}

void prose_end(struct prose *p)
{
    close_group(p);
    if (!p->html && p->any && p->before < PROSE_KIND_N) prose_raw(p, "\n");
    p->before = PROSE_KIND_N;
    p->any = false; /* the empty line is there already */
}
