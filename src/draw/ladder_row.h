/* The rows of a ladder:
 *
 *     time  local state  |<-------- arrow, or notes -------->|  peer's state */
#ifndef DRAW_LADDER_ROW_H
#define DRAW_LADDER_ROW_H

#include <tern/draw.h>

enum paint { PAINT_PLAIN, PAINT_OUT, PAINT_IN, PAINT_BAD, PAINT_RULE, PAINT_STATE, PAINT_TEACH, PAINT_WARN, PAINT_N };

struct canvas {
    struct tern_out out;
    uint32_t width;
    uint32_t time_columns; /* the spaces behind it included */
    bool colour, ascii;
    int err; /* sticky */
};

enum arrow_end {
    END_ARRIVED,
    END_REFUSED, /* a cross in place of the head */
    END_LOST     /* it breaks off before it reaches the other side */
};

struct row {
    const char *time; /* "" for none */
    const char *local, *peer;
    bool out; /* from the left to the right */
    enum arrow_end end;
    bool forged;       /* a broken line */
    const char *label; /* words that stand in the arrow; those that do not fit stand below it. A tab does not end a line */
};

const char *canvas_arrow(const struct canvas *c); /* the little one of "A -> B" */

void row_arrow(struct canvas *c, const struct row *r);
/* The text |s| on the local side, in as many lines as it takes; |time| and |local| "" for a further line of the row above. */
void row_note(struct canvas *c, const char *time, const char *local, enum paint paint, const char *s);
/* The same on the peer's side, flush right. */
void row_peer_note(struct canvas *c, const char *time, const char *peer, enum paint paint, const char *s);
/* A line over the whole width. */
void row_title(struct canvas *c, const char *s);

#endif
