/* The sequence space in text: a column for a part of a segment, so that every edge lies between two columns. */
#include <string.h>

#include "slide.h"
#include "story_plain.h"
#include "utf8.h"
#include "words.h"

enum { INDENT = 2 };

static const char *const glyphs[SLIDE_FILL_N] = {
    [SLIDE_ACKED] = "░",  [SLIDE_FLIGHT] = "█", [SLIDE_MAY] = "═",  [SLIDE_WAIT] = "·",   [SLIDE_READ] = "░",
    [SLIDE_UNREAD] = "▒", [SLIDE_HELD] = "█",   [SLIDE_ROOM] = "═", [SLIDE_BEYOND] = "·",
};

struct page {
    FILE *out;
    const struct slide *s;
    size_t width, left; /* the bars begin at column |left| */
    uint32_t per_unit;  /* columns of a segment */
};

static size_t column(const struct page *p, uint32_t number) { return (number - p->s->first) * p->per_unit / p->s->unit; }

static void wrapped(const struct page *p, const char *text, size_t indent)
{
    while (*text) {
        size_t n = utf8_line(text, p->width - indent);
        fprintf(p->out, "%*s%.*s\n", (int)indent, "", (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
}

/* The line of mark |i|: strokes for those before it, a corner and the words for its own; the words stand to the left of the
 * corner when there is no room to the right. */
static void mark_line(const struct page *p, const struct slide_bar *b, unsigned i)
{
    size_t at = column(p, b->mark[i].at), len = utf8_columns(b->mark[i].text);
    bool leftwards = p->left + at + 2 + len > p->width && at > len;
    size_t col = 0, stop = leftwards ? at - len - 1 : at;
    bool more = false; /* one before it has the same number */
    fprintf(p->out, "%*s", (int)p->left, "");
    for (unsigned k = 0; k < i; k++) {
        size_t x = column(p, b->mark[k].at);
        more |= x == at;
        if (x < col || x >= stop) continue;
        fprintf(p->out, "%*s│", (int)(x - col), "");
        col = x + 1;
    }
    if (leftwards)
        fprintf(p->out, "%*s%s %s\n", (int)(stop - col), "", b->mark[i].text, more ? "┤" : "┘");
    else
        fprintf(p->out, "%*s%s %s\n", (int)(at - col), "", more ? "├" : "└", b->mark[i].text);
}

static void bar(const struct page *p, const struct slide_moment *m, enum story_side side)
{
    struct slide_bar b;
    slide_bar(p->s, m, side, &b);
    const char *name = side == STORY_A ? _("sender") : _("receiver");
    fprintf(p->out, "%*s%s%*s", INDENT, "", name, (int)(p->left - INDENT - utf8_columns(name)), "");
    for (unsigned i = 0; i < b.part_n; i++)
        for (size_t x = column(p, b.part[i].from); x < column(p, b.part[i].to); x++) fputs(glyphs[b.part[i].fill], p->out);
    fputc('\n', p->out);
    for (unsigned i = b.mark_n; i-- > 0;) mark_line(p, &b, i);
}

static void moment(const struct page *p, unsigned i)
{
    const struct slide_moment *m = &p->s->moment[i];
    char at[32], head[SLIDE_CAUSE_LEN + 64], cause[SLIDE_CAUSE_LEN];
    struct text t = text_in(at, sizeof at);
    story_time(&t, &p->s->story, m->at);
    snprintf(head, sizeof head, "%u. %s ms: %s", i + 1, at, words(m->title));
    fputc('\n', p->out);
    wrapped(p, head, 0);
    slide_cause(m, cause);
    wrapped(p, cause, INDENT);
    bar(p, m, STORY_A);
    bar(p, m, STORY_B);
}

/* "sender    ░ sent and acknowledged  █ sent, ...": the fills [from, to). */
static void legend(const struct page *p, const char *name, enum slide_fill from, enum slide_fill to)
{
    size_t used = p->left;
    fprintf(p->out, "%*s%s%*s", INDENT, "", name, (int)(p->left - INDENT - utf8_columns(name)), "");
    for (unsigned i = from; i < to; i++) {
        const char *text = words(slide_meaning((enum slide_fill)i));
        size_t len = utf8_columns(text) + 2, gap = i == from ? 0 : 2;
        if (used + gap + len > p->width) {
            fprintf(p->out, "\n%*s", (int)p->left, "");
            used = p->left, gap = 0;
        }
        fprintf(p->out, "%*s%s %s", (int)gap, "", glyphs[i], text);
        used += gap + len;
    }
    fputc('\n', p->out);
}

static void write_page(struct page *p)
{
    size_t names[] = {utf8_columns(_("sender")), utf8_columns(_("receiver"))};
    p->left = INDENT + (names[0] > names[1] ? names[0] : names[1]) + 2;
    uint32_t units = (p->s->end - p->s->first) / p->s->unit;
    p->per_unit = (uint32_t)(p->width - p->left) / units;
    if (p->per_unit == 0) p->per_unit = 1;
    char text[160];
    snprintf(text, sizeof text, _("The sequence numbers from %u to %u; a segment of %u bytes is %u columns wide."), p->s->first,
             p->s->end - 1, p->s->unit, p->per_unit);
    wrapped(p, text, 0);
    legend(p, _("sender"), SLIDE_ACKED, SLIDE_READ);
    legend(p, _("receiver"), SLIDE_READ, SLIDE_FILL_N);
    for (unsigned i = 0; i < SLIDE_MOMENT_N; i++) moment(p, i);
}

int slide_text(FILE *out, const struct diagram_style *style)
{
    struct slide s;
    bool ok = slide_make(&s);
    struct page p = {.out = out, .s = &s, .width = style->width < 80 ? 80 : style->width};
    if (ok) write_page(&p);
    slide_free(&s);
    return ok ? 0 : TERN_ERR_NOMEM;
}
