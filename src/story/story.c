#include "story.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void story_row_free(struct story_row *row)
{
    for (uint32_t i = 0; i < row->note_n; i++) free(row->note[i].text);
    free(row->note);
    free(row->text);
    row->note = NULL;
    row->text = NULL;
    row->note_n = 0;
}

void story_free(struct story *s)
{
    for (size_t i = 0; i < s->row_n; i++) story_row_free(&s->row[i]);
    for (size_t i = 0; i < s->conn_n; i++)
        for (unsigned side = 0; side < STORY_SIDE_N; side++) free(s->conn[i].name[side]);
    free(s->row);
    free(s->conn);
    free(s->title);
    *s = (struct story){0};
}

/* Room for one more of |n| things; false: no memory. */
static bool grow(struct story *s, void **list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) return true;
    size_t want = *cap ? *cap * 2 : 16;
    void *more = realloc(*list, want * size);
    if (!more) {
        s->out_of_memory = true;
        return false;
    }
    *list = more;
    *cap = want;
    return true;
}

uint32_t story_add_conn(struct story *s, const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    void *list = s->conn;
    bool room = grow(s, &list, s->conn_n, &s->conn_cap, sizeof *s->conn);
    s->conn = list;
    if (!room) return s->conn_n ? (uint32_t)s->conn_n - 1 : 0;
    s->conn[s->conn_n] = (struct story_conn){.end = {*a, *b}};
    return (uint32_t)s->conn_n++;
}

static const struct story_row *last_of(const struct story *s, uint32_t conn)
{
    for (size_t i = s->row_n; i-- > 0;)
        if (s->row[i].conn == conn) return &s->row[i];
    return NULL;
}

struct story_row *story_add(struct story *s, tern_ns at, uint32_t conn, enum story_kind kind, enum story_side side)
{
    void *list = s->row;
    bool room = grow(s, &list, s->row_n, &s->row_cap, sizeof *s->row);
    s->row = list;
    if (!room) return NULL;
    const struct story_row *before = last_of(s, conn);
    struct story_row row = {.at = at, .arrived = TERN_NEVER, .conn = conn, .kind = (uint8_t)kind, .side = (uint8_t)side};
    for (unsigned i = 0; i < STORY_SIDE_N; i++) {
        if (before)
            row.tcb[i] = before->tcb[i];
        else
            for (unsigned t = 0; t < TERN_TIMER_N; t++) row.tcb[i].timer[t] = TERN_NEVER;
    }
    if (s->row_n == 0) s->start = at;
    s->row[s->row_n] = row;
    return &s->row[s->row_n++];
}

struct story_note *story_add_note(struct story_row *row, enum story_side side)
{
    struct story_note *more = realloc(row->note, (row->note_n + 1) * sizeof *more);
    if (!more) return NULL;
    row->note = more;
    more += row->note_n++;
    *more = (struct story_note){.side = (uint8_t)side};
    return more;
}

/* Takes the note of |rule| out of |row|. */
static void forget_rule(struct story_row *row, enum story_side side, uint16_t rule)
{
    for (uint32_t i = 0; i < row->note_n; i++) {
        struct story_note *n = &row->note[i];
        if (n->of != STORY_NOTE_EVENT || n->side != side || n->ev.type != TERN_EV_NOTE || n->ev.rule != rule) continue;
        memmove(n, n + 1, (--row->note_n - i) * sizeof *n);
        return;
    }
}

struct story_note *story_add_event(struct story_row *row, enum story_side side, const struct tern_event *ev)
{
    if (ev->type == TERN_EV_STATE) forget_rule(row, side, ev->rule);
    struct story_note *n = story_add_note(row, side);
    if (!n) return NULL;
    n->of = STORY_NOTE_EVENT;
    n->severity = STORY_INFO;
    n->ev = *ev;
    return n;
}

void story_mark(struct story *s, tern_ns at, uint32_t conn, const char *format, ...)
{
    struct story_row *row = story_add(s, at, conn, STORY_MARK, STORY_A);
    va_list args;
    va_start(args, format);
    if (row && vasprintf(&row->text, format, args) < 0) row->text = NULL;
    va_end(args);
}

const struct story_row *story_last(const struct story *s) { return s->row_n ? &s->row[s->row_n - 1] : NULL; }

const struct story_row *story_find(const struct story *s, size_t from, enum story_side side, uint16_t flags)
{
    for (size_t i = from; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind == STORY_SEGMENT && row->side == side && (row->seg.flags & flags) == flags) return row;
    }
    return NULL;
}
