#include "lesson_seen.h"

#include "tcp.h"

int pair_connect(struct lesson_run *r, const struct sim_config *cfg, struct lesson_pair *p)
{
    *p = (struct lesson_pair){.s = lesson_sim(r, cfg)};
    if (!p->s) return lesson_failed(r);
    if (!sim_establish(p->s, &p->conn[STORY_A], &p->conn[STORY_B])) return TERN_ERR_TIMEDOUT;
    pair_forget(p->s);
    return 0;
}

void pair_forget(struct sim *s)
{
    struct story told = sim_take_story(s);
    story_free(&told);
}

struct reaching {
    const struct tern_conn *c;
    enum tern_state state;
};

static bool reached(void *ctx)
{
    const struct reaching *r = ctx;
    return tern_conn_state(r->c) == r->state;
}

bool pair_reach(struct lesson_pair *p, enum story_side side, enum tern_state state, tern_ns span)
{
    struct reaching r = {p->conn[side], state};
    return sim_run_until(p->s, sim_now(p->s) + span, reached, &r);
}

int pair_half_close(struct lesson_pair *p)
{
    sim_close(p->s, p->conn[STORY_A]);
    return pair_reach(p, STORY_B, TERN_CLOSE_WAIT, 600 * TERN_SEC) ? 0 : TERN_ERR_TIMEDOUT;
}

tern_ns seen_state(const struct story *s, enum story_side side, enum tern_state from, enum tern_state to)
{
    tern_ns at = TERN_NEVER;
    for (size_t i = 0; i < s->row_n; i++)
        for (uint32_t k = 0; k < s->row[i].note_n; k++) {
            const struct story_note *n = &s->row[i].note[k];
            if (n->of != STORY_NOTE_EVENT || n->side != side || n->ev.type != TERN_EV_STATE) continue;
            if (n->ev.u.state.to == to && (from == TERN_STATE_N || n->ev.u.state.from == from)) at = n->ev.at;
        }
    return at;
}

tern_ns seen_2msl(const struct story *s, enum story_side side)
{
    tern_ns at = TERN_NEVER;
    for (size_t i = 0; i < s->row_n; i++)
        for (uint32_t k = 0; k < s->row[i].note_n; k++) {
            const struct story_note *n = &s->row[i].note[k];
            bool set = n->of == STORY_NOTE_EVENT && n->side == side && n->ev.type == TERN_EV_TIMER_SET;
            if (set && n->ev.u.timer.which == TERN_TIMER_TIME_WAIT) at = n->ev.at;
        }
    return at;
}

static bool is_segment(const struct story_row *row, enum story_side side)
{
    return row->kind == STORY_SEGMENT && row->side == side && !row->forged && !row->duplicate;
}

uint32_t seen_sent(const struct story *s, enum story_side side, uint16_t with, uint16_t without)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->row_n; i++) {
        uint16_t flags = s->row[i].seg.flags;
        n += is_segment(&s->row[i], side) && (flags & with) == with && !(flags & without);
    }
    return n;
}

uint32_t seen_rule(const struct story *s, enum story_side side, enum tern_rule rule)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->row_n; i++) n += is_segment(&s->row[i], side) && s->row[i].rule == rule;
    return n;
}

uint32_t seen_note(const struct story *s, enum story_side side, enum tern_rule rule)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->row_n; i++)
        for (uint32_t k = 0; k < s->row[i].note_n; k++) {
            const struct story_note *note = &s->row[i].note[k];
            n += note->of == STORY_NOTE_EVENT && note->side == side && note->ev.type == TERN_EV_NOTE && note->ev.rule == rule;
        }
    return n;
}

uint32_t seen_end(const struct story_row *row)
{
    return row->seg.seq + row->seg.len + ((row->seg.flags & TH_SYN) != 0) + ((row->seg.flags & TH_FIN) != 0);
}
