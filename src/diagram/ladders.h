/* Pictures of connections: each a run in virtual time, shown as a ladder. */
#ifndef DIAGRAM_LADDERS_H
#define DIAGRAM_LADDERS_H

#include <stdio.h>

#include "diagram.h"
#include "sim.h"

/* What happens; the story begins where the picture does. False: no memory. */
typedef bool ladder_run(struct sim *s);

ladder_run ladder_handshake, ladder_close, ladder_half_close, ladder_simultaneous_open, ladder_simultaneous_close,
    ladder_direct_close, ladder_lost_last_ack, ladder_stale_syn, ladder_rst;

/* The story of a run. False: no memory. */
bool ladder_story(ladder_run *run, struct story *out);

/* 0, TERN_ERR_IO, TERN_ERR_NOMEM. |title|: over the picture, translated. */
int ladder_as_text(FILE *out, const struct diagram_style *style, ladder_run *run);
int ladder_as_svg(FILE *out, const struct diagram_style *style, ladder_run *run, const char *title);

#endif
