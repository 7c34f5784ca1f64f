/* The TCP header as a picture (RFC 9293 figure 1): one table of fields, with the values of a real SYN. */
#ifndef DIAGRAM_HEADER_H
#define DIAGRAM_HEADER_H

#include <stdio.h>

#include "diagram.h"

struct header_field {
    const char *name; /* a msgid */
    uint16_t bit;     /* where it begins, counted from the header's first */
    uint16_t bits;
};

#define HEADER_VALUE_MAX 48
#define HEADER_ROW_BITS  32

/* The picture's SYN, and its fields in their order, its options among them: they cover the header without a gap. */
struct header {
    uint8_t bytes[60];
    uint16_t len;
    struct header_field field[40];
    uint16_t field_n;
};
void header_make(struct header *h);

/* What stands in the field: a number, decimal or hexadecimal. */
void header_value(const struct header *h, const struct header_field *f, char out[HEADER_VALUE_MAX]);

/* What is said below the picture: line |i| as a msgid; NULL: no more. */
const char *header_note(size_t i);

int header_text(FILE *out, const struct diagram_style *style);
int header_svg(FILE *out, const struct diagram_style *style);

#endif
