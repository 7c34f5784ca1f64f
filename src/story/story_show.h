/* Writers of stories. All print in the reader's language (words.h). */
#ifndef STORY_STORY_SHOW_H
#define STORY_STORY_SHOW_H

#include <tern/draw.h>

#include "segment_words.h"
#include "story.h"

enum story_numbers { STORY_RELATIVE = NUMBERS_RELATIVE, STORY_ABSOLUTE = NUMBERS_ABSOLUTE, STORY_BOTH = NUMBERS_BOTH };

struct story_style {
    uint32_t width; /* columns of the text ladder; 0: 80; below 70 counts as 70, above 400 as 400 */
    uint32_t conn;  /* the only connection to show, by index + 1; 0: all */
    uint32_t fold;  /* of a run of plain data and acknowledgements so many are shown; 0: 4; UINT32_MAX: all */
    enum tern_ladder_detail detail;
    enum story_numbers numbers;
    bool colour, ascii;
    bool arithmetic; /* "ack 101 = 1+100" below an acknowledgement */
    bool dark;       /* SVG */
    bool of_page;    /* SVG: it stands in a page that shows the title and whose CSS has story_svg_properties() */
};

/* The text ladder: time, A's state, arrow, B's state; lost segments break off, forged ones are marked, findings stand below with
 * their severity. A row costs no memory after it is written, so a capture of any size can be shown. */
struct story_text;
struct story_text *story_text_new(const struct tern_out *out, const struct story_style *style);
/* 0, TERN_ERR_IO, TERN_ERR_NOMEM. |s| lives until story_text_end(). */
int story_text_row(struct story_text *t, const struct story *s, const struct story_row *row);
/* What is held is written, |t| freed. 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
int story_text_end(struct story_text *t);

/* All rows at once. 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
int story_text_all(const struct tern_out *out, const struct story_style *style, const struct story *s);

/* The ladder as an SVG picture: slanted arrows (time runs down), two columns of states as bars, labels; readable on a slide and
 * in print. It stands alone: fonts by generic family, no script, no outside reference. 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
int story_svg(const struct tern_out *out, const struct story_style *style, const struct story *s);
/* The colours of pictures that stand in a page, light or dark, as custom properties: lines of CSS. */
int story_svg_properties(const struct tern_out *out, bool dark);

/* A row, a connection, a story as JSON: doc/story.md is the schema. The page and `tern trace --json` use the same. NULL: no
 * memory. The caller owns the reference. */
typedef struct json_t json_t;
json_t *story_json_conn(const struct story *s, uint32_t conn);
/* |before|: the row before it of the same connection, of which the reader knows the control blocks already; NULL: all that is
 * known of them is written. */
json_t *story_json_row(const struct story *s, const struct story_row *row, const struct story_row *before);
json_t *story_json(const struct story *s);

#endif
