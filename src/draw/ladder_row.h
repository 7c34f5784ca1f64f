/* The rows of a ladder:
 *
 *     time  local state  |<-------- arrow, or notes -------->|  peer's state */
#ifndef DRAW_LADDER_ROW_H
#define DRAW_LADDER_ROW_H

#include <tern/draw.h>

enum paint { PAINT_PLAIN, PAINT_OUT, PAINT_IN, PAINT_BAD, PAINT_RULE, PAINT_STATE, PAINT_TEACH, PAINT_N };

struct canvas {
    struct tern_out out;
    uint32_t width;
    bool colour, ascii;
    int err; /* sticky */
};

enum direction { ARROW_OUT, ARROW_IN, ARROW_DROPPED };

struct row {
    const char *time; /* "" for none */
    const char *local, *peer;
    enum direction direction;
    const char *label; /* words that stand in the arrow; those that do not fit stand below it */
};

const char *canvas_arrow(const struct canvas *c); /* the little one of "A -> B" */

void row_arrow(struct canvas *c, const struct row *r);
/* The text |s| on the local side, in as many lines as it takes; |time| and |local| "" for a further line of the row above. */
void row_note(struct canvas *c, const char *time, const char *local, enum paint paint, const char *s);
/* The same on the peer's side. */
void row_peer_note(struct canvas *c, const char *time, const char *peer, enum paint paint, const char *s);
/* A line over the whole width. */
void row_title(struct canvas *c, const char *s);

#endif
