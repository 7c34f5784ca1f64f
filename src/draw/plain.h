/* What is plain, and may be folded: data and acknowledgements in the middle of a transfer, and the events that go with them. */
#ifndef DRAW_PLAIN_H
#define DRAW_PLAIN_H

#include "draw_text.h"

bool rule_is_plain(unsigned rule); /* of a segment */
bool event_is_plain(const struct tern_event *ev);
bool event_is_wanted(const struct tern_event *ev, enum tern_ladder_detail detail);

/* What was folded. All zero: nothing. */
struct fold {
    uint64_t data_n, data_len, ack_n;
    tern_ns from, to;
};

void fold_add(struct fold *f, tern_ns at, const struct tern_ev_seg *s);
/* "... 95 data segments, 138.7 kB, 48 acks, in 40.000 ms ..."; nothing when nothing was. */
void fold_text(struct text *t, const struct fold *f);

#endif
