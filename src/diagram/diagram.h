/* The pictures of `tern diagram`: each made from the code's own tables, or from a run in virtual time. */
#ifndef DIAGRAM_DIAGRAM_H
#define DIAGRAM_DIAGRAM_H

#include <tern/draw.h>

enum diagram_format { DIAGRAM_TEXT, DIAGRAM_SVG, DIAGRAM_PNG, DIAGRAM_DOT, DIAGRAM_FORMAT_N };

/* Whose usual way through the states is marked. */
enum { DIAGRAM_CLIENT = 1, DIAGRAM_SERVER = 2 };

struct diagram_style {
    unsigned ways;  /* DIAGRAM_CLIENT, DIAGRAM_SERVER; 0: both */
    uint32_t width; /* columns of text; 0: 80 */
    bool dark;      /* SVG, PNG */
    bool colour;    /* text */
};

/* The pictures in their order; NULL: there is none (any more). The title is a msgid. */
const char *diagram_name(size_t i);
const char *diagram_title(size_t i);

/* Is there such a picture, and in this format? */
bool diagram_known(const char *name);
bool diagram_has(const char *name, enum diagram_format format);

/* Has it ways to mark? */
bool diagram_has_ways(const char *name);

/* 0; TERN_ERR_INVAL: no such picture or not in this format; TERN_ERR_IO: |out| says so; TERN_ERR_UNSUPPORTED: librsvg or cairo
 * cannot make the PNG, diagram_png_error() says why; TERN_ERR_NOMEM. */
int diagram_write(const char *name, enum diagram_format format, const struct diagram_style *style, const struct tern_out *out);

/* Why the last PNG could not be made, in words. */
const char *diagram_png_error(void);

#endif
