/* The sequence space as a picture: for each moment the sender's bar with its marks above, the receiver's with its marks below. */
#include <string.h>

#include "picture.h"
#include "slide.h"
#include "story_plain.h"
#include "svg.h"
#include "words.h"

enum {
    WIDTH = 1200,
    MARGIN = 20,
    NAME_W = 100,
    LEFT = MARGIN + NAME_W,
    BAR_H = 24,
    LEADER = 14, /* between a bar and the words of its marks */
    WORDS_GAP = 22,
    ORDINARY = 14,
    TITLE = 22,
};
static const double LEADING = 1.35;

struct sheet {
    struct svg g;
    const struct slide *s;
    double y;
};

static double x_of(const struct sheet *p, uint32_t number)
{
    return LEFT + (double)(number - p->s->first) * (WIDTH - MARGIN - LEFT) / (p->s->end - p->s->first);
}

/* ---- fills: told apart by their darkness, so in print too ---- */

static const char *fill_of(const struct sheet *p, enum slide_fill fill)
{
    bool dark = p->g.dark;
    switch (fill) {
    case SLIDE_ACKED:
    case SLIDE_READ: return dark ? "#3a424c" : "#d3d9e0";
    case SLIDE_FLIGHT: return svg_ink(&p->g, INK_A);
    case SLIDE_UNREAD: return dark ? "#8f6a2e" : "#e9b872";
    case SLIDE_HELD: return svg_ink(&p->g, INK_B);
    case SLIDE_WAIT:
    case SLIDE_BEYOND: return "url(#shut)";
    default: return svg_ink(&p->g, INK_PAPER);
    }
}

static void box(struct sheet *p, double x, double y, double w, enum slide_fill fill)
{
    fprintf(p->g.lines,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"%s\" stroke-width=\"1.2\"/>\n", x, y,
            w, BAR_H, fill_of(p, fill), svg_ink(&p->g, INK_TEXT));
}

static void say(struct sheet *p, double x, double y, double size, enum svg_anchor anchor, const char *colour, bool bold,
                const char *text)
{
    const struct svg_text style = {.x = x, .y = y, .size = size, .anchor = anchor, .colour = colour, .bold = bold};
    svg_text(&p->g, &style, text, strlen(text));
}

/* ---- a bar and its marks ---- */

/* How many bytes a part holds stands in it when there is room; not in those that no end keeps. */
static void part(struct sheet *p, double y, uint32_t from, uint32_t to, enum slide_fill fill)
{
    char count[16];
    double x = x_of(p, from), w = x_of(p, to) - x;
    box(p, x, y, w, fill);
    snprintf(count, sizeof count, "%u", to - from);
    if (fill == SLIDE_WAIT || fill == SLIDE_BEYOND || svg_width(count, strlen(count), ORDINARY) + 6 > w) return;
    bool inverse = fill == SLIDE_FLIGHT || fill == SLIDE_HELD;
    say(p, x + w / 2, y + BAR_H / 2.0 + ORDINARY * 0.36, ORDINARY, ANCHOR_MIDDLE, svg_ink(&p->g, inverse ? INK_PAPER : INK_TEXT),
        false, count);
}

/* The words stand in one line, each as near to its mark as the others let it. |left|: where each begins. */
static void place_words(const struct sheet *p, const struct slide_bar *b, double left[SLIDE_MARK_MAX])
{
    double from = MARGIN, to = WIDTH - MARGIN;
    for (unsigned i = 0; i < b->mark_n; i++) {
        double w = svg_width(b->mark[i].text, strlen(b->mark[i].text), ORDINARY);
        left[i] = x_of(p, b->mark[i].at) - w / 2;
        if (left[i] < from) left[i] = from;
        from = left[i] + w + WORDS_GAP;
    }
    for (unsigned i = b->mark_n; i-- > 0;) {
        double w = svg_width(b->mark[i].text, strlen(b->mark[i].text), ORDINARY);
        if (left[i] + w > to) left[i] = to - w;
        to = left[i] - WORDS_GAP;
    }
}

/* |bar_y|: the edge of the bar, |words_y|: that of the words which looks at it, |base_y|: their baseline. */
static void marks(struct sheet *p, const struct slide_bar *b, double bar_y, double words_y, double base_y, const char *colour)
{
    double left[SLIDE_MARK_MAX];
    place_words(p, b, left);
    for (unsigned i = 0; i < b->mark_n; i++) {
        double w = svg_width(b->mark[i].text, strlen(b->mark[i].text), ORDINARY);
        say(p, left[i] + w / 2, base_y, ORDINARY, ANCHOR_MIDDLE, svg_ink(&p->g, INK_TEXT), false, b->mark[i].text);
        svg_line(&p->g, x_of(p, b->mark[i].at), bar_y, left[i] + w / 2, words_y, colour, false);
    }
}

static void bar(struct sheet *p, const struct slide_moment *m, enum story_side side, const char *name)
{
    struct slide_bar b;
    slide_bar(p->s, m, side, &b);
    const char *colour = svg_ink(&p->g, side == STORY_A ? INK_A : INK_B);
    double words_h = ORDINARY * 1.35, top = side == STORY_A ? p->y + words_h + LEADER : p->y;
    say(p, MARGIN, top + BAR_H / 2.0 + ORDINARY * 0.36, ORDINARY, ANCHOR_START, colour, true, name);
    for (unsigned i = 0; i < b.part_n; i++) part(p, top, b.part[i].from, b.part[i].to, b.part[i].fill);
    if (side == STORY_A)
        marks(p, &b, top, p->y + words_h, p->y + ORDINARY, colour);
    else
        marks(p, &b, top + BAR_H, top + BAR_H + LEADER, top + BAR_H + LEADER + ORDINARY, colour);
    p->y += words_h + LEADER + BAR_H;
}

/* ---- the whole ---- */

static void lines(struct sheet *p, const char *text, double size, const char *colour, bool bold)
{
    double factor = bold ? 1.08 : 1; /* bold is wider */
    for (; *text; text += strspn(text, " ")) {
        size_t n = svg_fit(text, (WIDTH - 2 * MARGIN) / factor, size);
        const struct svg_text style = {.x = MARGIN, .y = p->y + size, .size = size, .colour = colour, .bold = bold};
        svg_text(&p->g, &style, text, n);
        p->y += size * LEADING;
        text += n;
    }
}

static void moment(struct sheet *p, unsigned i)
{
    const struct slide_moment *m = &p->s->moment[i];
    char at[32], head[SLIDE_CAUSE_LEN + 64], cause[SLIDE_CAUSE_LEN];
    struct text t = text_in(at, sizeof at);
    story_time(&t, &p->s->story, m->at);
    snprintf(head, sizeof head, "%u. %s ms: %s", i + 1, at, words(m->title));
    svg_line(&p->g, MARGIN, p->y, WIDTH - MARGIN, p->y, svg_ink(&p->g, INK_LINE), false);
    p->y += 8;
    lines(p, head, 15, svg_ink(&p->g, INK_TEXT), true);
    slide_cause(m, cause);
    lines(p, cause, ORDINARY, svg_ink(&p->g, INK_SOFT), false);
    p->y += 5;
    bar(p, m, STORY_A, _("sender"));
    p->y += 5;
    bar(p, m, STORY_B, _("receiver"));
    p->y += 16;
}

/* A box of each fill with what it means. */
static void legend(struct sheet *p, const char *name, enum slide_fill from, enum slide_fill to, const char *colour)
{
    double x = LEFT;
    say(p, MARGIN, p->y + BAR_H / 2.0 + ORDINARY * 0.36, ORDINARY, ANCHOR_START, colour, true, name);
    for (unsigned i = from; i < to; i++) {
        const char *text = words(slide_meaning((enum slide_fill)i));
        box(p, x, p->y, 2 * BAR_H, (enum slide_fill)i);
        say(p, x + 2 * BAR_H + 8, p->y + BAR_H / 2.0 + ORDINARY * 0.36, ORDINARY, ANCHOR_START, svg_ink(&p->g, INK_TEXT), false,
            text);
        x += 2 * BAR_H + 8 + svg_width(text, strlen(text), ORDINARY) + WORDS_GAP;
    }
    p->y += BAR_H + 8;
}

static void draw(struct sheet *p)
{
    p->y = MARGIN;
    lines(p, _("The sliding window"), TITLE, svg_ink(&p->g, INK_TEXT), true);
    p->y += 8;
    legend(p, _("sender"), SLIDE_ACKED, SLIDE_READ, svg_ink(&p->g, INK_A));
    legend(p, _("receiver"), SLIDE_READ, SLIDE_FILL_N, svg_ink(&p->g, INK_B));
    p->y += 8;
    for (unsigned i = 0; i < SLIDE_MOMENT_N; i++) moment(p, i);
}

static void write_sheet(FILE *out, const struct sheet *p)
{
    int height = (int)p->y + MARGIN;
    const char *paper = svg_ink(&p->g, INK_PAPER);
    picture_open(out, WIDTH, height, _("The sliding window"));
    fprintf(out,
            "<defs><pattern id=\"shut\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
            "<rect width=\"7\" height=\"7\" fill=\"%s\"/><rect width=\"1.4\" height=\"7\" fill=\"%s\"/></pattern></defs>\n",
            paper, svg_ink(&p->g, INK_LINE));
    fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>\n<g font-family=\"%s\">\n", WIDTH, height, paper,
            picture_fonts());
    fwrite(p->g.line_bytes, 1, p->g.line_len, out);
    fwrite(p->g.text_bytes, 1, p->g.text_len, out);
    fputs("</g>\n</svg>\n", out);
}

int slide_svg(FILE *out, const struct diagram_style *style)
{
    struct slide s;
    struct sheet p = {.s = &s};
    bool ok = slide_make(&s) && svg_begin(&p.g, style->dark);
    if (ok) {
        draw(&p);
        ok = svg_end(&p.g);
        if (ok) write_sheet(out, &p);
        svg_free(&p.g);
    }
    slide_free(&s);
    return ok ? 0 : TERN_ERR_NOMEM;
}
