/* The words of a segment, as they stand on the arrow of a ladder, and the arithmetic of its acknowledgement. */
#ifndef DRAW_SEGMENT_WORDS_H
#define DRAW_SEGMENT_WORDS_H

#include "draw_text.h"

/* One direction's numbers, as far as segments told them. All zero: nothing known. */
struct seq_side {
    uint32_t base;    /* the initial sequence number */
    uint32_t acked;   /* by the other side, so far */
    uint32_t fin_end; /* the number after the FIN */
    bool base_known, acked_known, fin;
};

enum number_style { NUMBERS_RELATIVE, NUMBERS_ABSOLUTE, NUMBERS_BOTH };

/* "SYN,ACK seq 0 ack 1 win 65535 mss 1460". A tab is a space at which no line may end. */
void segment_label(struct text *t, const struct tern_ev_seg *s, const struct seq_side *own, const struct seq_side *other,
                   enum number_style style);

/* "e0b", "ceb", "e1b": the name of counter |i| of the AccECN option. */
const char *accecn_name(const struct tern_ev_seg *s, unsigned i);

/* "ack 101 = 1+100", by what was acknowledged of |other|'s before; nothing when nothing new is. */
void segment_arithmetic(struct text *t, const struct tern_ev_seg *s, const struct seq_side *other, enum number_style style);

/* What the segment, sent by |own|, tells of the numbers of both. */
void segment_learn(struct seq_side *own, struct seq_side *other, const struct tern_ev_seg *s);

#endif
