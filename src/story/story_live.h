/* A teller: a running stack's trace events become a story. The stack's own end is known by its events; what the other end must
 * know follows from the segments alone (peer.h). */
#ifndef STORY_STORY_LIVE_H
#define STORY_STORY_LIVE_H

#include "story.h"

struct story_live;

/* NULL: no memory. */
struct story_live *story_live_new(void);
void story_live_free(struct story_live *l);

/* The next event, in order. |head|: of a segment, the first |len| bytes of its packet, from the IP header on; NULL: not known. */
void story_live_event(struct story_live *l, const struct tern_event *ev, const uint8_t *head, size_t len);

/* All that was told so far; the teller's own. */
struct story *story_live_story(struct story_live *l);

/* From now on the connection between the two carries the story itself. Plain data and acknowledgements would tell of themselves
 * without end, so they are counted only; SYN, FIN, RST, retransmissions and timers are told as ever. */
void story_live_fold(struct story_live *l, const struct tern_endpoint *local, const struct tern_endpoint *remote);
/* How many were counted only. */
uint64_t story_live_folded(const struct story_live *l);

#endif
