/* The sliding window as a picture of the sequence space, at several moments of a run in virtual time: what the sender's and the
 * receiver's control blocks say, drawn to scale. */
#ifndef DIAGRAM_SLIDE_H
#define DIAGRAM_SLIDE_H

#include <stdio.h>

#include <tern/conn.h>

#include "diagram.h"
#include "story.h"

enum { SLIDE_MOMENT_N = 9, SLIDE_PART_MAX = 12, SLIDE_MARK_MAX = 8, SLIDE_SACK_MAX = 4, SLIDE_MARK_LEN = 96 };

struct slide_moment {
    const char *title;                    /* a msgid */
    tern_ns at;                           /* in the story's time */
    size_t row_n;                         /* so many rows of the story had happened */
    const struct story_row *row;          /* the segment that left or arrived last; NULL: none yet */
    bool arrived;                         /* it arrived; else it left */
    struct tern_status end[STORY_SIDE_N]; /* A sends, B receives */
    uint32_t sack[SLIDE_SACK_MAX][2];     /* what B keeps out of order, as it told A */
    unsigned sack_n;
};

struct slide {
    struct story story;
    struct slide_moment moment[SLIDE_MOMENT_N];
    uint32_t first, end; /* the numbers that the picture spans: [first, end) */
    uint32_t unit;       /* a segment's bytes: all edges lie on multiples of it */
};

/* False: no memory. slide_free() in each case. */
bool slide_make(struct slide *s);
void slide_free(struct slide *s);

enum slide_fill {
    SLIDE_ACKED,
    SLIDE_FLIGHT, /* sent, not acknowledged */
    SLIDE_MAY,
    SLIDE_WAIT,
    SLIDE_READ,
    SLIDE_UNREAD,
    SLIDE_HELD, /* out of order */
    SLIDE_ROOM,
    SLIDE_BEYOND,
    SLIDE_FILL_N
};
/* What a fill means: a msgid. Those of the sender come first, up to SLIDE_WAIT. */
const char *slide_meaning(enum slide_fill fill);

/* One end's sequence space: parts without a gap from |first| to |end|, marks in the order of their numbers. */
struct slide_bar {
    struct {
        uint32_t from, to;
        enum slide_fill fill;
    } part[SLIDE_PART_MAX];
    struct {
        uint32_t at;
        char text[SLIDE_MARK_LEN];
    } mark[SLIDE_MARK_MAX];
    unsigned part_n, mark_n;
};
void slide_bar(const struct slide *s, const struct slide_moment *m, enum story_side side, struct slide_bar *out);

/* "the receiver got: ACK seq ..."; "" when nothing has happened yet. */
#define SLIDE_CAUSE_LEN 256
void slide_cause(const struct slide_moment *m, char out[SLIDE_CAUSE_LEN]);

/* Writers. 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
int slide_text(FILE *out, const struct diagram_style *style);
int slide_svg(FILE *out, const struct diagram_style *style);

#endif
