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

/* |index|, name of the page's custom property, light, dark */
#define INKS(X)                                                                                                                  \
    X(INK_PAPER, "paper", "#ffffff", "#14171b")                                                                                  \
    X(INK_TEXT, "text", "#111418", "#f0f2f4")                                                                                    \
    X(INK_SOFT, "soft", "#4d5560", "#b4bcc6")                                                                                    \
    X(INK_LINE, "line", "#8a929c", "#78818c")                                                                                    \
    X(INK_A, "a", "#0b5cad", "#6db3ff")                                                                                          \
    X(INK_B, "b", "#8a4b00", "#ffb454")                                                                                          \
    X(INK_BAD, "bad", "#b3121d", "#ff7a80")                                                                                      \
    X(INK_WARN, "warn", "#8a5a00", "#ffcf5c")
#define STATES(X)                                                                                                                \
    X(TERN_CLOSED, "closed", "#6b7280", "#9aa3af")                                                                               \
    X(TERN_LISTEN, "listen", "#46586b", "#a9bbce")                                                                               \
    X(TERN_SYN_SENT, "syn-sent", "#a35a00", "#ffb04a")                                                                           \
    X(TERN_SYN_RECEIVED, "syn-received", "#b3400e", "#ff9466")                                                                   \
    X(TERN_ESTABLISHED, "established", "#17753a", "#5fd48a")                                                                     \
    X(TERN_FIN_WAIT_1, "fin-wait-1", "#1d5fbf", "#7fb2ff")                                                                       \
    X(TERN_FIN_WAIT_2, "fin-wait-2", "#0f7490", "#5fcbe6")                                                                       \
    X(TERN_CLOSE_WAIT, "close-wait", "#7a3fb8", "#c79bff")                                                                       \
    X(TERN_CLOSING, "closing", "#a02c8f", "#f08be0")                                                                             \
    X(TERN_LAST_ACK, "last-ack", "#b0245f", "#ff8ab5")                                                                           \
    X(TERN_TIME_WAIT, "time-wait", "#4a4fc4", "#a3a7ff")

struct colour {
    const char *name, *light, *dark, *of_page;
};
#define X(index, name, light, dark) [index] = {name, light, dark, "var(--ladder-" name ", " light ")"},
static const struct colour inks[INK_N] = {INKS(X)}, states[TERN_STATE_N] = {STATES(X)};
#undef X

static const char *shade(const struct svg *g, const struct colour *c)
{
    return g->of_page ? c->of_page : g->dark ? c->dark : c->light;
}

const char *svg_ink(const struct svg *g, enum svg_ink ink) { return shade(g, &inks[ink]); }

const char *svg_state_colour(const struct svg *g, unsigned state)
{
    return state < TERN_STATE_N ? shade(g, &states[state]) : svg_ink(g, INK_LINE);
}

static void put_properties(FILE *f, const struct colour *c, size_t n, bool dark)
{
    for (size_t i = 0; i < n; i++) fprintf(f, "  --ladder-%s: %s;\n", c[i].name, dark ? c[i].dark : c[i].light);
}

void svg_properties(FILE *f, bool dark)
{
    put_properties(f, inks, INK_N, dark);
    put_properties(f, states, TERN_STATE_N, dark);
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
    uint32_t columns = 0;
    double room = width / size;
    const char *at = s;
    while (*at && room >= 0) {
        uint32_t c = utf8_next(&at);
        room -= char_width(c);
        columns += (uint32_t)utf8_width(c);
    }
    size_t n = strlen(s);
    for (; room < 0 && columns > 1 && svg_width(s, n, size) > width; columns--) n = utf8_line(s, columns - 1);
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

void svg_curve(struct svg *g, const double *x, const double *y, size_t n, const char *colour, bool dashed)
{
    fputs("<polyline points=\"", g->lines);
    for (size_t i = 0; i < n; i++) fprintf(g->lines, "%s%.1f,%.1f", i ? " " : "", x[i], y[i]);
    fprintf(g->lines, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\" stroke-linejoin=\"round\"%s/>\n", colour,
            dashed ? " stroke-dasharray=\"7 3\"" : "");
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
