/* Questions that tests ask a story. */
#ifndef SUPPORT_STORY_CHECK_H
#define SUPPORT_STORY_CHECK_H

#include "seq.h"
#include "story.h"
#include "tcp.h"

/* The |nth| segment (from 1) of |side| that was sent by |rule|; NULL: there is none. */
static inline const struct story_row *sent_by(const struct story *s, enum story_side side, enum tern_rule rule, unsigned nth)
{
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *r = &s->row[i];
        if (r->kind == STORY_SEGMENT && r->side == side && !r->forged && r->rule == rule && !--nth) return r;
    }
    return NULL;
}

static inline unsigned sent_by_n(const struct story *s, enum story_side side, enum tern_rule rule)
{
    unsigned n = 0;
    while (sent_by(s, side, rule, n + 1)) n++;
    return n;
}

/* Segments of |side| with data that left, copies by the network apart. */
static inline unsigned data_n(const struct story *s, enum story_side side)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->row_n; i++)
        n += s->row[i].kind == STORY_SEGMENT && s->row[i].side == side && s->row[i].seg.len && !s->row[i].duplicate;
    return n;
}

/* Segments that reached the other end of |from| and were refused for |why|. */
static inline unsigned refused_n(const struct story *s, enum story_side from, enum tern_drop why)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->row_n; i++)
        n +=
            s->row[i].kind == STORY_SEGMENT && s->row[i].side == from && s->row[i].fate == STORY_REFUSED && s->row[i].drop == why;
    return n;
}

/* Events of |type| by |rule| that stand in notes of |side|. */
static inline unsigned noted_n(const struct story *s, enum story_side side, enum tern_event_type type, enum tern_rule rule)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->row_n; i++)
        for (uint32_t k = 0; k < s->row[i].note_n; k++) {
            const struct story_note *note = &s->row[i].note[k];
            n += note->of == STORY_NOTE_EVENT && note->side == side && note->ev.type == type && note->ev.rule == rule;
        }
    return n;
}

/* How often |side| came into |state|. */
static inline unsigned entered_n(const struct story *s, enum story_side side, enum tern_state state)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->row_n; i++)
        for (uint32_t k = 0; k < s->row[i].note_n; k++) {
            const struct story_note *note = &s->row[i].note[k];
            n += note->side == side && note->ev.type == TERN_EV_STATE && note->ev.u.state.to == state;
        }
    return n;
}

/* Timers that fired at |side|. */
static inline unsigned fired_n(const struct story *s, enum story_side side, enum tern_timer which)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->row_n; i++)
        n += s->row[i].kind == STORY_TIMER && s->row[i].side == side && s->row[i].note_n &&
             s->row[i].note[0].ev.u.timer.which == which;
    return n;
}

static inline uint32_t seg_end(const struct tern_ev_seg *s)
{
    return s->seq + s->len + ((s->flags & TH_SYN) != 0) + ((s->flags & TH_FIN) != 0);
}

#endif
