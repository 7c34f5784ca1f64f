/* Pieces of an SVG picture: texts of known extent, lines, arrows. Everything is said by attributes of the element itself, so that
 * several pictures may stand in one page. Lengths are in the picture's units; a text's |y| is its baseline. */
#ifndef STORY_SVG_H
#define STORY_SVG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum svg_ink { INK_PAPER, INK_TEXT, INK_SOFT, INK_LINE, INK_A, INK_B, INK_BAD, INK_WARN, INK_N };

/* Texts are drawn after the lines, so that no line crosses one out. */
struct svg {
    FILE *lines, *texts;
    char *line_bytes, *text_bytes;
    size_t line_len, text_len;
    bool dark;
    bool of_page; /* the colours are custom properties of the page around: light or dark as it says */
};

bool svg_begin(struct svg *g, bool dark); /* false: no memory */
/* Ends both; false: no memory. What they hold is freed by svg_free(). */
bool svg_end(struct svg *g);
void svg_free(struct svg *g);

const char *svg_ink(const struct svg *g, enum svg_ink ink);
const char *svg_state_colour(const struct svg *g, unsigned state); /* enum tern_state */
/* The custom properties that pictures of a page want, a line of CSS each. */
void svg_properties(FILE *f, bool dark);

/* How wide a text of |size| is at most, whatever sans-serif font the reader has. */
double svg_width(const char *s, size_t len, double size);
/* The bytes of |s| that stand in one line of |width|: whole words, and a part of one that is wider than a line. */
size_t svg_fit(const char *s, double width, double size);

enum svg_anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };
struct svg_text {
    double x, y, size;
    enum svg_anchor anchor;
    const char *colour;
    bool bold;
};
void svg_text(struct svg *g, const struct svg_text *t, const char *s, size_t len);

void svg_line(struct svg *g, double x1, double y1, double x2, double y2, const char *colour, bool dashed);
/* A line through |n| points, at least two. */
void svg_curve(struct svg *g, const double *x, const double *y, size_t n, const char *colour, bool dashed);
void svg_bar(struct svg *g, double x, double y, double w, double h, const char *colour);
/* The head of an arrow that ends at (x2, y2). */
void svg_head(struct svg *g, double x1, double y1, double x2, double y2, const char *colour);
void svg_cross(struct svg *g, double x, double y, const char *colour);

/* |s| with XML's own characters escaped. */
void svg_escape(FILE *f, const char *s, size_t len);

#endif
