/* Two courses of one quantity over the same time, one beside the other: for a terminal, one above the other; as a vector picture,
 * in one frame. */
#ifndef EXPLAIN_CHART_H
#define EXPLAIN_CHART_H

#include "prose.h"

enum { CHART_POINTS = 240, CHART_LINES = 2 };
#define CHART_GAP UINT64_MAX /* in place of a value: there is none */

struct chart_line {
    const char *name; /* in the reader's language */
    uint64_t value[CHART_POINTS];
};

/* Value |i| belongs to the |i|-th of CHART_POINTS equal parts of the time. */
struct chart {
    const char *title; /* in the reader's language */
    const char *unit;  /* of words/quantity.h */
    tern_ns from, to;
    struct chart_line line[CHART_LINES];
};

uint64_t chart_most(const struct chart *c);

/* As lines of text, |p->width| columns wide: blocks, or with |p->ascii| only ASCII. */
void chart_text(struct prose *p, const struct chart *c);

/* As an SVG picture that stands alone, or |of_page| (story_show.h) without its XML declaration. */
int chart_svg(const struct tern_out *out, const struct chart *c, bool dark, bool of_page);

#endif
