/* Graphviz's picture, made when tern was built, with what only this run knows: the ways, the colours, and the notes below. */
#include <stdlib.h>
#include <string.h>

#include "states.h"
#include "picture.h"
#include "svg.h"
#include "words.h"

/* Made by the build: a picture for each language. */
extern const unsigned char diagram_states_en[], diagram_states_zh_CN[];

enum { TITLE = 48, LINE = 22, MARGIN = 16, SAMPLE = 54 };

static const char client_light[] = "#0b5cad", client_dark[] = "#6cb6ff";
static const char server_light[] = "#b45309", server_dark[] = "#f0a04b";

/* Told apart without colours too: the server's way is dashed. */
static void way_style(FILE *out, const bool *way, const char *colour, bool dashed)
{
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        if (!way[i]) continue;
        char token[STATES_TOKEN_MAX];
        states_token(&fsm_arrows[i], token);
        fprintf(out, ".%s path{stroke:%s;stroke-width:3%s}.%s polygon{stroke:%s;fill:%s}.%s text{fill:%s;font-weight:bold}\n",
                token, colour, dashed ? ";stroke-dasharray:9 5" : "", token, colour, colour, token, colour);
    }
}

static void style_of(FILE *out, const struct diagram_style *style, const bool *client, const bool *server)
{
    const char *ink = style->dark ? "#e6e6e6" : "#111111", *faint = style->dark ? "#9a9a9a" : "#666666";
    const char *paper = style->dark ? "#16181c" : "#ffffff", *box = style->dark ? "#262b33" : "#f3f6fa";
    fprintf(out, "<style>\n.paper{fill:%s}.words,.state text{fill:%s}.state path{fill:%s;stroke:%s;stroke-width:1.5}\n", paper,
            ink, box, ink);
    fprintf(out, ".words,.state text,.edge text{font-family:%s}\n", picture_fonts());
    fprintf(out, ".edge text{paint-order:stroke;stroke:%s;stroke-width:4px;stroke-linejoin:round}\n", paper);
    fprintf(out, ".figure path{stroke:%s;stroke-width:1.8}.figure polygon{fill:%s;stroke:%s}.figure text{fill:%s}\n", ink, ink,
            ink, ink);
    fprintf(out, ".further path{stroke:%s}.further polygon{fill:%s;stroke:%s}.further text{fill:%s}\n", faint, faint, faint,
            faint);
    way_style(out, server, style->dark ? server_dark : server_light, true);
    way_style(out, client, style->dark ? client_dark : client_light, false);
    fputs("</style>\n", out);
}

static bool any(const bool *way)
{
    for (size_t i = 0; i < fsm_arrow_n; i++)
        if (way[i]) return true;
    return false;
}

static void words_at(FILE *out, int x, int y, const char *colour, const char *text)
{
    fprintf(out, "<text class=\"words\" x=\"%d\" y=\"%d\" font-family=\"sans-serif\" font-size=\"14\"", x, y);
    if (colour) fprintf(out, " style=\"fill:%s;font-weight:bold\"", colour);
    fputc('>', out);
    svg_escape(out, text, strlen(text));
    fputs("</text>\n", out);
}

/* A piece of a way, and whose it is. */
static void legend_way(FILE *out, int y, const char *colour, bool dashed, const char *text)
{
    fprintf(out, "<path d=\"M%d,%d L%d,%d\" stroke=\"%s\" stroke-width=\"3\"%s/>\n", MARGIN, y - 5, MARGIN + SAMPLE, y - 5,
            colour, dashed ? " stroke-dasharray=\"9 5\"" : "");
    words_at(out, MARGIN + SAMPLE + 10, y, colour, text);
}

/* Below the picture, from |y| on. */
static void legend(FILE *out, const struct diagram_style *style, int y, const bool *client, const bool *server)
{
    if (any(client)) {
        legend_way(out, y, style->dark ? client_dark : client_light, false, words(states_client_note));
        y += LINE;
    }
    if (any(server)) {
        legend_way(out, y, style->dark ? server_dark : server_light, true, words(states_server_note));
        y += LINE;
    }
    for (size_t i = 0; states_note(i); i++, y += LINE) words_at(out, MARGIN, y, NULL, words(states_note(i)));
}

/* The extent of a picture; false: it does not say. */
static bool extent(const char *svg, double *width, double *height)
{
    const char *p = strstr(svg, "viewBox=\"");
    double v[4];
    if (!p) return false;
    p += strlen("viewBox=\"");
    for (int i = 0; i < 4; i++) {
        char *end;
        v[i] = strtod(p, &end);
        if (end == p) return false;
        p = end;
    }
    *width = v[2], *height = v[3];
    return true;
}

bool states_draw(FILE *out, const struct diagram_style *style, const bool *client, const bool *server)
{
    bool chinese = strcmp(words_language(), "zh_CN") == 0;
    const char *svg = (const char *)(chinese ? diagram_states_zh_CN : diagram_states_en);
    const char *graph = strstr(svg, "<g id=\"graph0\"");
    const char *end = graph ? strstr(graph, "</svg>") : NULL;
    double w = 0, h = 0;
    if (!end || !extent(svg, &w, &h)) return false;
    int lines = any(client) + any(server);
    for (size_t i = 0; states_note(i); i++) lines++;
    int width = (int)w + 2 * MARGIN, below = TITLE + (int)h + MARGIN, height = below + lines * LINE + MARGIN;
    picture_open(out, width, height, _("The states of a TCP connection"));
    style_of(out, style, client, server);
    fprintf(out, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", width, height);
    fprintf(
        out,
        "<text class=\"words\" x=\"%d\" y=\"30\" font-family=\"sans-serif\" font-size=\"20\" font-weight=\"bold\">%s</text>\n",
        MARGIN, _("The states of a TCP connection"));
    fprintf(out, "<g transform=\"translate(%d %d)\">\n%.*s</g>\n", MARGIN, TITLE, (int)(end - graph), graph);
    legend(out, style, below + LINE, client, server);
    fputs("</svg>\n", out);
    return true;
}
