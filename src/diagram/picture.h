/* What the SVG pictures share, beside story's svg.h. */
#ifndef DIAGRAM_PICTURE_H
#define DIAGRAM_PICTURE_H

#include <stdio.h>

/* The opening tag, and the title, which readers for the blind speak. */
void picture_open(FILE *out, int width, int height, const char *title);

/* The value of font-family: a reader's font without Chinese is not the first choice for Chinese. */
const char *picture_fonts(void);

#endif
