/* Graphviz's picture, made when tern was built, with what only this run knows: the ways, the colours, and the notes below. */
#include <stdlib.h>
#include <string.h>

#include "states.h"
#include "picture.h"
#include "svg.h"
#include "words.h"

/* Made by the build: a picture for each language. */
extern const unsigned char diagram_states_en[], diagram_states_zh_CN[];

enum { TITLE = 48, LINE = 22, MARGIN = 16 };

static const char client_light[] = "#0b5cad", client_dark[] = "#6cb6ff";
static const char server_light[] = "#b45309", server_dark[] = "#f0a04b";

static const char *const notes[] = {
    N_("Bold: RFC 9293's figure 5. Thin: every further arrow of tern's table, which no figure shows. Each line: event / action; "
       "x: "
       "none."),
    N_("Note 1: SYN-RECEIVED goes back to LISTEN by a RST only when it was reached by a passive OPEN."),
    N_("Note 2: when the FIN comes and our FIN is acknowledged with it, FIN-WAIT-1 goes to TIME-WAIT at once."),
    N_("Note 3: whoever sends a RST may rest in TIME-WAIT (the setting abort_time_wait); tern does not, unless it is told."),
};

static void way_style(FILE *out, const bool *way, const char *colour)
{
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        if (!way[i]) continue;
        char token[STATES_TOKEN_MAX];
        states_token(&fsm_arrows[i], token);
        fprintf(out, ".%s path{stroke:%s;stroke-width:3}.%s polygon{stroke:%s;fill:%s}.%s text{fill:%s;font-weight:bold}\n",
                token, colour, token, colour, colour, token, colour);
    }
}

static void style_of(FILE *out, const struct diagram_style *style, const bool *client, const bool *server)
{
    const char *ink = style->dark ? "#e6e6e6" : "#111111", *faint = style->dark ? "#9a9a9a" : "#666666";
    const char *paper = style->dark ? "#16181c" : "#ffffff", *box = style->dark ? "#262b33" : "#f3f6fa";
    fprintf(out, "<style>\n.paper{fill:%s}.words,.state text{fill:%s}.state path{fill:%s;stroke:%s;stroke-width:1.5}\n", paper,
            ink, box, ink);
    fprintf(out, ".edge text{paint-order:stroke;stroke:%s;stroke-width:4px;stroke-linejoin:round}\n", paper);
    fprintf(out, ".figure path{stroke:%s;stroke-width:1.8}.figure polygon{fill:%s;stroke:%s}.figure text{fill:%s}\n", ink, ink,
            ink, ink);
    fprintf(out, ".further path{stroke:%s}.further polygon{fill:%s;stroke:%s}.further text{fill:%s}\n", faint, faint, faint,
            faint);
    way_style(out, server, style->dark ? server_dark : server_light);
    way_style(out, client, style->dark ? client_dark : client_light);
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

/* Below the picture, from |y| on. */
static void legend(FILE *out, const struct diagram_style *style, int y, const bool *client, const bool *server)
{
    if (any(client)) {
        words_at(out, MARGIN, y, style->dark ? client_dark : client_light,
                 _("Blue: the usual way of a client that closes first."));
        y += LINE;
    }
    if (any(server)) {
        words_at(out, MARGIN, y, style->dark ? server_dark : server_light, _("Orange: the usual way of its server."));
        y += LINE;
    }
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++, y += LINE) words_at(out, MARGIN, y, NULL, words(notes[i]));
}

bool states_draw(FILE *out, const struct diagram_style *style, const bool *client, const bool *server)
{
    bool chinese = strcmp(words_language(), "zh_CN") == 0;
    const char *svg = (const char *)(chinese ? diagram_states_zh_CN : diagram_states_en);
    const char *box = strstr(svg, "viewBox=\""), *graph = strstr(svg, "<g id=\"graph0\"");
    const char *end = graph ? strstr(graph, "</svg>") : NULL;
    double w = 0, h = 0;
    if (!box || !end || sscanf(box, "viewBox=\"%*f %*f %lf %lf", &w, &h) != 2) return false;
    int lines = (int)(sizeof notes / sizeof notes[0]) + any(client) + any(server);
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
