/* What the SVG pictures share. */
#ifndef DIAGRAM_SVG_H
#define DIAGRAM_SVG_H

#include <stdio.h>

/* Text with what is markup in XML written as entities. */
void svg_escape(FILE *out, const char *text);

/* The opening tag, and the title, which readers for the blind speak. */
void svg_open(FILE *out, int width, int height, const char *title);

#endif
