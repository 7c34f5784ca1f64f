/* What the JSON writers share. Out of memory, members may be missing; json_line() says when there is no line at all. */
#ifndef DRAW_JSON_H
#define DRAW_JSON_H

#include <jansson.h>

#include <tern/draw.h>

/* These take over |value|. */
void json_put(json_t *o, const char *name, json_t *value);
void json_put_n(json_t *o, const char *name, uint64_t n);
void json_put_endpoint(json_t *o, const char *name, const struct tern_endpoint *e);
void json_put_time(json_t *o, const char *name, tern_ns at); /* null for TERN_NEVER */

/* "segment" of doc/events.md; |base| and |ack_base|: what relative numbers count from, NULL while it is not known. */
void json_put_segment(json_t *o, const struct tern_ev_seg *s, const uint32_t *base, const uint32_t *ack_base);
/* The members that an event of its type has more than every event has. */
void json_put_details(json_t *o, const struct tern_event *ev);

/* Writes |o|, which it takes over, and a line's end. 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
int json_line(const struct tern_out *out, json_t *o);

#endif
