/* SVG to PNG, by librsvg. */
#ifndef DIAGRAM_DIAGRAM_PNG_H
#define DIAGRAM_DIAGRAM_PNG_H

#include <tern/draw.h>

/* 0, TERN_ERR_IO; TERN_ERR_UNSUPPORTED: diagram_png_error() says why. */
int diagram_png(const char *svg, size_t len, const struct tern_out *out);

#endif
