#include "svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <tern/trace.h>

#include "ladder_row.h"
#include "utf8.h"

bool svg_begin(struct svg *g, bool dark)
{
    *g = (struct svg){.dark = dark};
    g->lines = open_memstream(&g->line_bytes, &g->line_len);
    g->texts = open_memstream(&g->text_bytes, &g->text_len);
    if (g->lines && g->texts) return true;
    svg_end(g);
    svg_free(g);
    return false;
}

bool svg_end(struct svg *g)
{
    bool lines = g->lines && fclose(g->lines) == 0, texts = g->texts && fclose(g->texts) == 0;
    g->lines = g->texts = NULL;
    return lines && texts;
}

void svg_free(struct svg *g)
{
    free(g->line_bytes);
    free(g->text_bytes);
    g->line_bytes = g->text_bytes = NULL;
}

/* ---- colours: dark enough on white, light enough on black ---- */

const char *svg_ink(const struct svg *g, enum svg_ink ink)
{
    static const char *const light[INK_N] = {
        [INK_PAPER] = "#ffffff", [INK_TEXT] = "#111418", [INK_SOFT] = "#4d5560", [INK_LINE] = "#8a929c",
        [INK_A] = "#0b5cad",     [INK_B] = "#8a4b00",    [INK_BAD] = "#b3121d",  [INK_WARN] = "#8a5a00"};
    static const char *const dark[INK_N] = {
        [INK_PAPER] = "#14171b", [INK_TEXT] = "#f0f2f4", [INK_SOFT] = "#b4bcc6", [INK_LINE] = "#78818c",
        [INK_A] = "#6db3ff",     [INK_B] = "#ffb454",    [INK_BAD] = "#ff7a80",  [INK_WARN] = "#ffcf5c"};
    return (g->dark ? dark : light)[ink];
}

const char *svg_state_colour(const struct svg *g, unsigned state)
{
    static const char *const light[TERN_STATE_N] = {
        [TERN_CLOSED] = "#6b7280",       [TERN_LISTEN] = "#46586b",      [TERN_SYN_SENT] = "#a35a00",
        [TERN_SYN_RECEIVED] = "#b3400e", [TERN_ESTABLISHED] = "#17753a", [TERN_FIN_WAIT_1] = "#1d5fbf",
        [TERN_FIN_WAIT_2] = "#0f7490",   [TERN_CLOSE_WAIT] = "#7a3fb8",  [TERN_CLOSING] = "#a02c8f",
        [TERN_LAST_ACK] = "#b0245f",     [TERN_TIME_WAIT] = "#4a4fc4"};
    static const char *const dark[TERN_STATE_N] = {
        [TERN_CLOSED] = "#9aa3af",       [TERN_LISTEN] = "#a9bbce",      [TERN_SYN_SENT] = "#ffb04a",
        [TERN_SYN_RECEIVED] = "#ff9466", [TERN_ESTABLISHED] = "#5fd48a", [TERN_FIN_WAIT_1] = "#7fb2ff",
        [TERN_FIN_WAIT_2] = "#5fcbe6",   [TERN_CLOSE_WAIT] = "#c79bff",  [TERN_CLOSING] = "#f08be0",
        [TERN_LAST_ACK] = "#ff8ab5",     [TERN_TIME_WAIT] = "#a3a7ff"};
    if (state >= TERN_STATE_N) return svg_ink(g, INK_LINE);
    return (g->dark ? dark : light)[state];
}

/* ---- texts ---- */

/* In ems; the widest of the usual sans-serif fonts (DejaVu Sans, Verdana) decides. */
static double char_width(uint32_t c)
{
    if (c == '\t') c = ' ';
    if (utf8_width(c) == 0) return 0;
    if (utf8_width(c) == 2) return 1;
    if (c >= 0x2000) return 1; /* arrows and the like */
    if (c < 0x80 && strchr("il.,:;'|! j", (int)c)) return 0.40;
    if (c < 0x80 && strchr("mwMW%@", (int)c)) return 1.0;
    if (c == '=' || c == '+' || c == '<' || c == '>' || (c >= 'A' && c <= 'Z')) return 0.8;
    return 0.66;
}

double svg_width(const char *s, size_t len, double size)
{
    double em = 0;
    for (const char *end = s + len; s < end;) em += char_width(utf8_next(&s));
    return em * size;
}

/* The rules of where a line may end are those of the text ladder, which counts columns. */
size_t svg_fit(const char *s, double width, double size)
{
    size_t n = strlen(s);
    for (uint32_t columns = (uint32_t)utf8_columns(s); columns > 1 && svg_width(s, n, size) > width; columns--)
        n = row_fitting(s, columns - 1);
    return n;
}

void svg_escape(FILE *f, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '&')
            fputs("&amp;", f);
        else if (c == '<')
            fputs("&lt;", f);
        else if (c == '>')
            fputs("&gt;", f);
        else if (c == '"')
            fputs("&quot;", f);
        else
            fputc(c < ' ' ? ' ' : c, f); /* XML has no control characters; a tab is a space */
    }
}

void svg_text(struct svg *g, const struct svg_text *t, const char *s, size_t len)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    if (len == 0) return;
    fprintf(g->texts, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" text-anchor=\"%s\" fill=\"%s\"%s>", t->x, t->y, t->size,
            anchors[t->anchor], t->colour, t->bold ? " font-weight=\"bold\"" : "");
    svg_escape(g->texts, s, len);
    fputs("</text>\n", g->texts);
}

/* ---- lines ---- */

void svg_line(struct svg *g, double x1, double y1, double x2, double y2, const char *colour, bool dashed)
{
    fprintf(g->lines, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"1.8\"%s/>\n", x1, y1,
            x2, y2, colour, dashed ? " stroke-dasharray=\"7 5\"" : "");
}

void svg_bar(struct svg *g, double x, double y, double w, double h, const char *colour)
{
    fprintf(g->lines, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, w, h, colour);
}

void svg_head(struct svg *g, double x1, double y1, double x2, double y2, const char *colour)
{
    const double long_by = 12, wide_by = 4.5;
    double dx = x2 - x1, dy = y2 - y1, len = sqrt(dx * dx + dy * dy);
    if (len < 1) return;
    dx /= len, dy /= len;
    double bx = x2 - dx * long_by, by = y2 - dy * long_by;
    fprintf(g->lines, "<polygon points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\" fill=\"%s\"/>\n", x2, y2, bx - dy * wide_by,
            by + dx * wide_by, bx + dy * wide_by, by - dx * wide_by, colour);
}

void svg_cross(struct svg *g, double x, double y, const char *colour)
{
    const double r = 7;
    fprintf(g->lines, "<path d=\"M%.1f,%.1f L%.1f,%.1f M%.1f,%.1f L%.1f,%.1f\" stroke=\"%s\" stroke-width=\"2.6\"/>\n", x - r,
            y - r, x + r, y + r, x - r, y + r, x + r, y - r, colour);
}
