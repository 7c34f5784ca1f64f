#include "story_plain.h"

#include <inttypes.h>

#include "tcp.h"
#include "words.h"

void story_seen_begin(struct story_seen *seen, const struct story *s, uint32_t conn)
{
    *seen = (struct story_seen){.number = story_number(s, conn)};
    for (unsigned i = 0; i < STORY_SIDE_N && conn < s->conn_n; i++) {
        seen->side[i].base = s->conn[conn].base[i];
        seen->side[i].base_known = s->conn[conn].base_known[i];
    }
}

/* What is not in the name of who sent it tells nothing. */
static bool is_believed(const struct story_row *row)
{
    return row->kind == STORY_SEGMENT && !row->forged && row->fate != STORY_REFUSED;
}

void story_seen_row(struct story_seen *seen, const struct story *s, const struct story_row *row)
{
    for (unsigned i = 0; i < STORY_SIDE_N; i++) {
        seen->tcb[i] = row->tcb[i];
        if (seen->side[i].base_known || row->conn >= s->conn_n || !s->conn[row->conn].base_known[i]) continue;
        seen->side[i].base = s->conn[row->conn].base[i];
        seen->side[i].base_known = true;
    }
    if (is_believed(row)) segment_learn(&seen->side[row->side], &seen->side[story_other(row->side)], &row->seg);
    if (row->kind == STORY_SEGMENT && row->arrived != TERN_NEVER && row->arrived > seen->arrived[row->side])
        seen->arrived[row->side] = row->arrived;
}

const struct tern_event *story_main_event(const struct story_row *row)
{
    static const uint8_t types[] = {
        [STORY_TIMER] = TERN_EV_TIMER_FIRED, [STORY_CALL] = TERN_EV_CALL, [STORY_CHANGE] = TERN_EV_STATE};
    if (row->kind != STORY_TIMER && row->kind != STORY_CALL && row->kind != STORY_CHANGE) return NULL;
    for (uint32_t i = 0; i < row->note_n; i++) {
        const struct story_note *n = &row->note[i];
        if (n->of == STORY_NOTE_EVENT && n->side == row->side && n->ev.type == types[row->kind]) return &n->ev;
    }
    return NULL;
}

static bool rule_may_fold(unsigned rule) { return rule == TERN_RULE_NONE || rule_is_plain(rule); }

static bool segment_is_plain(const struct story_row *row, const struct story_seen *before)
{
    if (row->forged || row->duplicate || (row->fate != STORY_ARRIVED && row->fate != STORY_UNKNOWN)) return false;
    if (row->seg.flags & (TH_SYN | TH_FIN | TH_RST | TH_URG)) return false;
    for (unsigned i = 0; i < STORY_SIDE_N; i++)
        if (row->tcb[i].state != before->tcb[i].state) return false;
    return rule_may_fold(row->rule) && rule_may_fold(row->rule_in);
}

bool story_is_plain(const struct story_row *row, const struct story_seen *before)
{
    if (row->text || row->drop != TERN_DROP_NONE) return false;
    for (uint32_t i = 0; i < row->note_n; i++)
        if (row->note[i].of != STORY_NOTE_EVENT || !event_is_plain(&row->note[i].ev)) return false;
    if (row->kind == STORY_SEGMENT) return segment_is_plain(row, before);
    return story_main_event(row) != NULL;
}

enum story_place story_run_next(struct story_run *run, const struct story_row *row, bool plain, uint32_t show)
{
    if (!plain) {
        run->n = 0;
        return STORY_SHOWN;
    }
    if (row->kind == STORY_SEGMENT) run->n++;
    if (run->n <= show) return STORY_SHOWN;
    return row->kind == STORY_SEGMENT ? STORY_HELD : STORY_LEFT_OUT; /* calls and timers in the middle of the bulk */
}

void story_time(struct text *t, const struct story *s, tern_ns at)
{
    tern_ns ns = at > s->start ? at - s->start : 0, us = ns / TERN_US, ms = ns / TERN_MS;
    if (ms < 10000)
        text_add(t, "%" PRIu64 ".%03" PRIu64, ms, us % 1000);
    else if (ms < 100000)
        text_add(t, "%" PRIu64 ".%02" PRIu64, ms, us % 1000 / 10);
    else if (ms < 1000000)
        text_add(t, "%" PRIu64 ".%" PRIu64, ms, us % 1000 / 100);
    else if (ms < 100000000)
        text_add(t, "%" PRIu64, ms);
    else
        text_add(t, "%" PRIu64 " s", ms / 1000);
}

void story_end_name(struct text *t, const struct story *s, uint32_t conn, enum story_side side)
{
    char end[TERN_ENDPOINT_STRLEN];
    if (conn >= s->conn_n) return;
    const struct story_conn *c = &s->conn[conn];
    if (c->name[side]) text_add(t, "%s ", c->name[side]);
    text_add(t, "%s", tern_endpoint_format(&c->end[side], end));
}

void story_label(struct text *t, const struct story_row *row, const struct story_seen *seen, enum number_style numbers)
{
    if (row->forged) text_add(t, "%s ", _("[forged]"));
    if (row->duplicate) text_add(t, "%s ", _("[copy]"));
    segment_label(t, &row->seg, &seen->side[row->side], &seen->side[story_other(row->side)], numbers);
}

void story_finding(struct text *t, const struct story_note *note)
{
    const char *text = note->text ? note->text : note->name ? note->name : "?";
    switch ((enum story_severity)note->severity) {
    case STORY_INFO: text_add(t, _("note: %s"), text); break;
    case STORY_WARNING: text_add(t, _("warning: %s"), text); break;
    case STORY_ERROR: text_add(t, _("error: %s"), text); break;
    }
    if (note->doc && note->doc[0]) text_add(t, note->section ? " (%s %s)" : " (%s)", note->doc, note->section);
}
