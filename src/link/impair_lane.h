/* What struct tern_impair means to the models of a path. */
#ifndef LINK_IMPAIR_LANE_H
#define LINK_IMPAIR_LANE_H

#include <tern/link.h>

#include "lane.h"

/* |outage|: room for the list of outages, from the link's first use on. */
struct lane_config impair_lane(const struct tern_impair *i, struct lane_outage *outage);
/* What is impossible in it, an msgid; NULL: nothing. */
const char *impair_check(const struct tern_impair *i);
/* What a path wants to know of the packet |b|, which is plain: p->len, ecn, flow, ack. */
void impair_look(const struct tern_buf *b, struct parcel *p);

#endif
