#include <stdio.h>
#include <string.h>

#include "chart.h"
#include "draw_text.h"
#include "quantity.h"
#include "svg.h"
#include "words.h"

enum { WIDTH = 800, HEIGHT = 340, LEFT = 110, RIGHT = 24, TOP = 74, BOTTOM = 44, PARTS = 4, SIZE = 15, TITLE_SIZE = 17 };

static double at_x(double part) { return LEFT + part * (WIDTH - LEFT - RIGHT); }
static double at_y(double part) { return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM); }

static void say(struct svg *g, double x, double y, enum svg_anchor anchor, enum svg_ink ink, const char *s)
{
    struct svg_text style = {.x = x, .y = y, .size = SIZE, .anchor = anchor, .colour = svg_ink(g, ink)};
    svg_text(g, &style, s, strlen(s));
}

static void axes(struct svg *g, const struct chart *c, uint64_t most)
{
    char label[QUANTITY_LEN];
    for (int i = 0; i <= PARTS; i++) {
        double part = (double)i / PARTS;
        svg_bar(g, at_x(0), at_y(part), at_x(1) - at_x(0), i ? 0.5 : 1.5, svg_ink(g, INK_LINE));
        quantity_short(most * (uint64_t)i / PARTS, c->unit, label);
        say(g, LEFT - 10, at_y(part) + SIZE / 3.0, ANCHOR_END, INK_SOFT, i ? label : "0");
        tern_ns at = c->from + (c->to - c->from) * (uint64_t)i / PARTS;
        quantity_short(at, "ns", label);
        say(g, at_x(part), HEIGHT - BOTTOM + SIZE + 6, i == PARTS ? ANCHOR_END : ANCHOR_MIDDLE, INK_SOFT, at ? label : "0");
    }
}

/* Curves end at gaps and begin anew behind them. */
static void curve(struct svg *g, const struct chart_line *l, size_t k, uint64_t most)
{
    double x[CHART_POINTS], y[CHART_POINTS];
    size_t n = 0;
    const char *colour = svg_ink(g, k ? INK_B : INK_A);
    for (size_t i = 0; i < CHART_POINTS; i++) {
        if (l->value[i] != CHART_GAP) {
            x[n] = at_x((double)i / (CHART_POINTS - 1));
            y[n++] = at_y(most ? (double)l->value[i] / (double)most : 0);
        }
        if (n > 1 && (l->value[i] == CHART_GAP || i + 1 == CHART_POINTS)) svg_curve(g, x, y, n, colour, k > 0);
        if (l->value[i] == CHART_GAP) n = 0;
    }
}

static void draw(struct svg *g, const struct chart *c)
{
    uint64_t most = chart_most(c);
    struct svg_text title = {
        .x = at_x(0), .y = 26, .size = TITLE_SIZE, .anchor = ANCHOR_START, .bold = true, .colour = svg_ink(g, INK_TEXT)};
    fputs("<title>", g->lines);
    svg_escape(g->lines, c->title, strlen(c->title));
    fputs("</title>\n", g->lines);
    svg_text(g, &title, c->title, strlen(c->title));
    axes(g, c, most);
    for (size_t k = CHART_LINES; k-- > 0;) curve(g, &c->line[k], k, most);
    double x = at_x(0);
    for (size_t k = 0; k < CHART_LINES; k++) {
        const char *name = c->line[k].name;
        svg_line(g, x, 50, x + 34, 50, svg_ink(g, k ? INK_B : INK_A), k > 0);
        say(g, x + 42, 50 + SIZE / 3.0, ANCHOR_START, k ? INK_B : INK_A, name);
        x += 42 + svg_width(name, strlen(name), SIZE) + 30;
    }
}

int chart_svg(const struct tern_out *out, const struct chart *c, bool dark, bool of_page)
{
    struct svg g;
    char head[400];
    if (!svg_begin(&g, dark)) return TERN_ERR_NOMEM;
    g.of_page = of_page;
    draw(&g, c);
    int err = svg_end(&g) ? 0 : TERN_ERR_NOMEM;
    bool chinese = strcmp(words_language(), "en") != 0;
    struct text t = text_in(head, sizeof head);
    text_add(&t, "%s<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"%s\">\n",
             of_page ? "" : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", WIDTH, HEIGHT,
             chinese ? "'Noto Sans CJK SC', sans-serif" : "sans-serif");
    text_add(&t, "<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", WIDTH, HEIGHT, svg_ink(&g, INK_PAPER));
    if (!err) err = out_text(out, head, t.len);
    if (!err) err = out_text(out, g.line_bytes, g.line_len);
    if (!err) err = out_text(out, g.text_bytes, g.text_len);
    svg_free(&g);
    return err ? err : out_text(out, "</svg>\n", 7);
}
