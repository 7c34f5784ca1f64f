#include "diagram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagram_png.h"
#include "header.h"
#include "ladders.h"
#include "slide.h"
#include "states.h"
#include "words.h"

typedef int writer(FILE *out, const struct diagram_style *style);

static const struct picture {
    const char *name, *title;
    ladder_run *run;          /* a ladder: of this run */
    writer *text, *svg, *dot; /* NULL: of a ladder; it is no graph */
    bool ways;                /* the client's and the server's can be marked */
} pictures[] = {
    {"header", N_("the header of a real SYN, field by field"), NULL, header_text, header_svg, NULL, false},
    {"handshake", N_("the three-way handshake"), ladder_handshake, NULL, NULL, NULL, false},
    {"close", N_("the close: four segments"), ladder_close, NULL, NULL, NULL, false},
    {"half-close", N_("half-close: one way stays open for data"), ladder_half_close, NULL, NULL, NULL, false},
    {"simultaneous-open", N_("both ends open at once"), ladder_simultaneous_open, NULL, NULL, NULL, false},
    {"simultaneous-close", N_("both ends close at once"), ladder_simultaneous_close, NULL, NULL, NULL, false},
    {"direct-close", N_("FIN and ACK in one segment: FIN-WAIT-1 to TIME-WAIT"), ladder_direct_close, NULL, NULL, NULL, false},
    {"lost-last-ack", N_("the last acknowledgment is lost: the FIN comes again"), ladder_lost_last_ack, NULL, NULL, NULL, false},
    {"stale-syn", N_("an old duplicate SYN, refused by the third step"), ladder_stale_syn, NULL, NULL, NULL, false},
    {"rst", N_("a SYN to a port where nobody listens, and an abort"), ladder_rst, NULL, NULL, NULL, false},
    {"sliding-window", N_("the window slides, closes and opens again"), NULL, slide_text, slide_svg, NULL, false},
    {"states", N_("the states, and what leads from one to the other"), NULL, states_as_text, states_as_svg, states_as_graph,
     true},
};

enum { PICTURE_N = sizeof pictures / sizeof pictures[0] };

static const struct picture *find(const char *name)
{
    for (size_t i = 0; i < PICTURE_N; i++)
        if (strcmp(pictures[i].name, name) == 0) return &pictures[i];
    return NULL;
}

const char *diagram_name(size_t i) { return i < PICTURE_N ? pictures[i].name : NULL; }
const char *diagram_title(size_t i) { return i < PICTURE_N ? pictures[i].title : NULL; }
bool diagram_known(const char *name) { return find(name) != NULL; }

bool diagram_has(const char *name, enum diagram_format format)
{
    const struct picture *p = find(name);
    if (!p) return false;
    return format != DIAGRAM_DOT || p->dot;
}

bool diagram_has_ways(const char *name)
{
    const struct picture *p = find(name);
    return p && p->ways;
}

/* The picture as a string, to be freed. */
static int draw(const struct picture *p, enum diagram_format format, const struct diagram_style *style, char **text, size_t *len)
{
    FILE *f = open_memstream(text, len);
    if (!f) return TERN_ERR_NOMEM;
    int r = 0;
    if (p->run)
        r = format == DIAGRAM_TEXT ? ladder_as_text(f, style, p->run) : ladder_as_svg(f, style, p->run, words(p->title));
    else
        r = format == DIAGRAM_TEXT ? p->text(f, style) : format == DIAGRAM_DOT ? p->dot(f, style) : p->svg(f, style);
    return fclose(f) == 0 ? r : TERN_ERR_NOMEM;
}

int diagram_write(const char *name, enum diagram_format format, const struct diagram_style *style, const struct tern_out *out)
{
    const struct picture *p = find(name);
    if (!p || !diagram_has(name, format)) return TERN_ERR_INVAL;
    char *text = NULL;
    size_t len = 0;
    int r = draw(p, format, style, &text, &len);
    if (r == 0 && format == DIAGRAM_PNG)
        r = diagram_png(text, len, out);
    else if (r == 0 && out->put(out->ctx, text, len) != 0)
        r = TERN_ERR_IO;
    free(text);
    return r;
}
