#include <string.h>

#include "header.h"
#include "picture.h"
#include "svg.h"
#include "words.h"

enum { BIT_W = 34, LEFT = 60, TOP = 96, ROW_H = 68, RIGHT = 24, LINE = 22 };

struct colours {
    const char *ink, *paper, *line, *fill[5];
};
static const struct colours light = {"#111111", "#ffffff", "#555555", {"#dbeafe", "#dcfce7", "#fef3c7", "#fce7f3", "#ede9fe"}};
static const struct colours dark = {"#e6e6e6", "#16181c", "#9a9a9a", {"#1e3a5f", "#1f4a33", "#574512", "#552a42", "#3a3262"}};

static void text_at(FILE *out, const struct colours *c, double x, double y, int size, const char *anchor, const char *text)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" text-anchor=\"%s\" fill=\"%s\">", x, y, size, anchor, c->ink);
    svg_escape(out, text, strlen(text));
    fputs("</text>\n", out);
}

/* Which colour: ports, numbers, control bits, the others, options. */
static int kind_of(const struct header_field *f)
{
    if (f->bit >= 160) return 4;
    if (f->bits == 1) return 2;
    return f->bit < 32 ? 0 : f->bit < 96 ? 1 : 3;
}

/* The part of a field that stands in |row|. */
static void piece(FILE *out, const struct colours *c, const struct header *h, const struct header_field *f, unsigned row)
{
    unsigned start = row * HEADER_ROW_BITS, end = start + HEADER_ROW_BITS, to = f->bit + f->bits;
    unsigned a = f->bit > start ? f->bit : start, b = to < end ? to : end;
    if (to <= start || f->bit >= end) return;
    double x = LEFT + (double)(a - start) * BIT_W, y = TOP + (double)row * ROW_H, w = (double)(b - a) * BIT_W;
    char value[HEADER_VALUE_MAX];
    header_value(h, f, value);
    fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"%s\"/>\n", x, y, w, ROW_H,
            c->fill[kind_of(f)], c->line);
    text_at(out, c, x + w / 2, y + 29, f->bits == 1 ? 11 : 15, "middle", words(f->name));
    text_at(out, c, x + w / 2, y + 52, 14, "middle", value);
}

int header_svg(FILE *out, const struct diagram_style *style)
{
    const struct colours *c = style->dark ? &dark : &light;
    struct header h;
    header_make(&h);
    int rows = h.len / 4, note_n = 0;
    while (header_note((size_t)note_n)) note_n++;
    int width = LEFT + HEADER_ROW_BITS * BIT_W + RIGHT, below = TOP + rows * ROW_H, height = below + (note_n + 1) * LINE + 8;
    picture_open(out, width, height, _("The TCP header"));
    fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>\n<g font-family=\"%s\">\n", width, height, c->paper,
            picture_fonts());
    text_at(out, c, LEFT, 38, 20, "start", _("The TCP header"));
    text_at(out, c, LEFT - 10, TOP - 10, 12, "end", _("byte"));
    for (int i = 0; i < HEADER_ROW_BITS; i++) {
        char n[12];
        snprintf(n, sizeof n, "%d", i);
        text_at(out, c, LEFT + (i + 0.5) * BIT_W, TOP - 10, 12, "middle", n);
    }
    for (int row = 0; row < rows; row++) {
        char n[12];
        snprintf(n, sizeof n, "%d", row * 4);
        text_at(out, c, LEFT - 10, TOP + row * ROW_H + 38, 12, "end", n);
        for (uint16_t i = 0; i < h.field_n; i++) piece(out, c, &h, &h.field[i], (unsigned)row);
    }
    for (int i = 0; i < note_n; i++)
        text_at(out, c, LEFT, below + (i + 1) * LINE + 6, 14, "start", words(header_note((size_t)i)));
    fputs("</g>\n</svg>\n", out);
    return 0;
}
