/* The text ladder of a story. A row is described as it comes; of a run of plain ones the last is held until the run ends. */
#include "story_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ladder_row.h"
#include "story_plain.h"
#include "words.h"

enum {
    WIDTH_LEAST = 70,
    WIDTH_MOST = 400,
    WIDTH_DEFAULT = 80,
    TIME_COLUMNS = 9,
    FOLD_DEFAULT = 4,
    SEEN_N = 4096 /* connections remembered at once; one whose place another took begins anew */
};

/* A row with what is to be said of it. */
struct step {
    struct story_row row; /* its notes belong to the caller, or to the step while it is held */
    uint64_t number;      /* of its connection, whose place may be another's when the step is written */
    char label[384], teach[192], late[160];
    char numbers[STORY_SIDE_N][256];
};

struct story_text {
    struct canvas canvas;
    struct story_style style;
    struct story_seen seen[SEEN_N];
    struct step held;
    bool holds;
    struct fold fold;
    struct story_run run;
    uint64_t shown;            /* the last row's connection, by its number; 0: none yet */
    const struct story *story; /* of the last row */
};

struct story_text *story_text_new(const struct tern_out *out, const struct story_style *style)
{
    struct story_text *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->style = *style;
    if (t->style.fold == 0) t->style.fold = FOLD_DEFAULT;
    uint32_t width = style->width ? style->width : WIDTH_DEFAULT;
    if (width < WIDTH_LEAST) width = WIDTH_LEAST;
    if (width > WIDTH_MOST) width = WIDTH_MOST;
    t->canvas = (struct canvas){
        .out = *out, .width = width, .time_columns = TIME_COLUMNS, .colour = style->colour, .ascii = style->ascii};
    return t;
}

/* ---- describing ---- */

static struct story_seen *seen_of(struct story_text *t, const struct story *s, uint32_t conn)
{
    struct story_seen *seen = &t->seen[conn % SEEN_N];
    if (seen->number != story_number(s, conn)) story_seen_begin(seen, s, conn);
    return seen;
}

static void add_changed(struct text *t, const char *name, uint32_t now, uint32_t before, bool known, bool was_known,
                        uint32_t base)
{
    if (known && (!was_known || now != before)) text_add(t, "%s%s\t=\t%" PRIu32, t->len ? ", " : "", name, now - base);
}

/* "SND.NXT = 101, RCV.WND = 65535": what the row changed in the control block of |side|. */
static void describe_numbers(struct text *t, const struct story_row *row, const struct story_seen *seen, enum story_side side,
                             bool absolute)
{
    const struct story_tcb *now = &row->tcb[side], *was = &seen->tcb[side];
    const struct seq_side *own = &seen->side[side], *other = &seen->side[story_other(side)];
    uint32_t iss = absolute ? 0 : now->known & STORY_ISS ? now->iss : own->base_known ? own->base : 0;
    uint32_t irs = absolute ? 0 : now->known & STORY_IRS ? now->irs : other->base_known ? other->base : 0;
    bool snd = now->known & STORY_SND, snd_was = was->known & STORY_SND;
    bool rcv = now->known & STORY_RCV, rcv_was = was->known & STORY_RCV;
    bool cwnd = now->known & STORY_CWND, cwnd_was = was->known & STORY_CWND;
    add_changed(t, "SND.UNA", now->snd_una, was->snd_una, snd, snd_was, iss);
    add_changed(t, "SND.NXT", now->snd_nxt, was->snd_nxt, snd, snd_was, iss);
    add_changed(t, "SND.WND", now->snd_wnd, was->snd_wnd, now->known & STORY_SND_WND, was->known & STORY_SND_WND, 0);
    add_changed(t, "RCV.NXT", now->rcv_nxt, was->rcv_nxt, rcv, rcv_was, irs);
    add_changed(t, "RCV.WND", now->rcv_wnd, was->rcv_wnd, now->known & STORY_RCV_WND, was->known & STORY_RCV_WND, 0);
    add_changed(t, "cwnd", now->cwnd, was->cwnd, cwnd, cwnd_was, 0);
}

/* When a segment arrives before one that was sent earlier, or long after it was sent. */
static void describe_arrival(struct text *t, const struct story *s, const struct story_row *row, const struct story_seen *seen)
{
    if (row->kind != STORY_SEGMENT || row->arrived == TERN_NEVER || row->arrived >= seen->arrived[row->side]) return;
    char at[32], other[32];
    struct text a = text_in(at, sizeof at), o = text_in(other, sizeof other);
    story_time(&a, s, row->arrived);
    story_time(&o, s, seen->arrived[row->side]);
    text_add(t, _("it arrives at %s ms, before one that was sent earlier (%s ms)"), at, other);
}

static void describe(struct story_text *t, const struct story *s, const struct story_row *row, struct story_seen *seen,
                     struct step *step)
{
    step->row = *row;
    step->number = story_number(s, row->conn);
    step->label[0] = step->teach[0] = step->late[0] = '\0';
    enum number_style numbers = (enum number_style)t->style.numbers;
    struct text text = text_for(words, step->late, sizeof step->late);
    describe_arrival(&text, s, row, seen);
    if (row->kind == STORY_SEGMENT) {
        text = text_for(words, step->label, sizeof step->label);
        story_label(&text, row, seen, numbers);
        text = text_for(words, step->teach, sizeof step->teach);
        if (t->style.arithmetic && !row->forged && row->fate != STORY_REFUSED)
            segment_arithmetic(&text, &row->seg, &seen->side[story_other(row->side)], numbers);
    }
    for (unsigned side = 0; side < STORY_SIDE_N; side++) {
        text = text_in(step->numbers[side], sizeof step->numbers[side]);
        if (t->style.detail == TERN_LADDER_FULL)
            describe_numbers(&text, row, seen, (enum story_side)side, t->style.numbers == STORY_ABSOLUTE);
    }
    story_seen_row(seen, s, row);
}

/* ---- writing ---- */

static void note(struct story_text *t, enum story_side side, enum paint paint, const char *text)
{
    if (side == STORY_A)
        row_note(&t->canvas, "", "", paint, text);
    else
        row_peer_note(&t->canvas, "", "", paint, text);
}

static void show_connection(struct story_text *t, const struct story *s, const struct step *step)
{
    uint32_t conn = step->row.conn;
    if (t->shown == step->number) return;
    t->shown = step->number;
    char buf[320];
    struct text text = text_in(buf, sizeof buf);
    if (s->conn_n > 1 || step->number > 1) text_add(&text, _("connection %llu: "), (unsigned long long)step->number);
    story_end_name(&text, s, conn, STORY_A);
    text_add(&text, " %s ", t->canvas.ascii ? "<->" : "\u2194");
    story_end_name(&text, s, conn, STORY_B);
    row_title(&t->canvas, buf);
}

static void write_rule(struct story_text *t, enum story_side side, enum paint paint, const struct tern_rule_info *info)
{
    char buf[384];
    struct text text = text_for(words, buf, sizeof buf);
    if (info->doc[0]) text_rule(&text, info);
    note(t, side, paint, buf);
}

/* Why it was sent, at its sender; what became of it, at the receiver. */
static void write_segment(struct story_text *t, const struct step *step, const char *time)
{
    const struct story_row *r = &step->row;
    enum story_side from = (enum story_side)r->side, to = story_other(from);
    struct row row = {.time = time,
                      .local = tern_state_name(r->tcb[STORY_A].state),
                      .peer = tern_state_name(r->tcb[STORY_B].state),
                      .out = from == STORY_A,
                      .end = r->fate == STORY_LOST      ? END_LOST
                             : r->fate == STORY_REFUSED ? END_REFUSED
                                                        : END_ARRIVED,
                      .forged = r->forged,
                      .label = step->label};
    row_arrow(&t->canvas, &row);
    note(t, from, PAINT_TEACH, step->teach);
    write_rule(t, from, PAINT_RULE, tern_rule_info(r->rule));
    if (r->fate == STORY_LOST) note(t, from, PAINT_BAD, _("lost on its way"));
    if (r->drop != TERN_DROP_NONE) {
        char buf[384];
        struct text text = text_for(words, buf, sizeof buf);
        text_happening(&text, &(struct tern_event){.type = TERN_EV_DROP, .drop = r->drop}, NULL, "");
        note(t, to, PAINT_BAD, buf);
    }
    if (t->style.detail != TERN_LADDER_BRIEF && r->rule_in != r->rule) write_rule(t, to, PAINT_RULE, tern_rule_info(r->rule_in));
    note(t, to, PAINT_TEACH, step->late);
}

/* A timer, a call, a change: what happened, and by which rule. */
static void write_happening(struct story_text *t, const struct step *step, const char *time)
{
    const struct story_row *r = &step->row;
    const struct tern_event *ev = story_main_event(r);
    const char *state = tern_state_name(r->tcb[r->side].state);
    enum paint paint = r->kind == STORY_TIMER ? PAINT_BAD : r->kind == STORY_CHANGE ? PAINT_STATE : PAINT_PLAIN;
    char buf[384];
    struct text text = text_for(words, buf, sizeof buf);
    if (ev)
        text_happening(&text, ev, NULL, canvas_arrow(&t->canvas));
    else
        text_rule(&text, tern_rule_info(r->rule));
    if (text.len == 0) text_add(&text, "%s", state);
    if (r->side == STORY_A)
        row_note(&t->canvas, time, state, paint, buf);
    else
        row_peer_note(&t->canvas, time, state, paint, buf);
}

static void write_event_note(struct story_text *t, const struct story_note *n, const struct tern_rule_info *above)
{
    char buf[400];
    struct text text = text_for(words, buf, sizeof buf);
    text_add(&text, "* ");
    text_happening(&text, &n->ev, above, canvas_arrow(&t->canvas));
    if (text.len > 2) note(t, (enum story_side)n->side, n->ev.type == TERN_EV_STATE ? PAINT_STATE : PAINT_PLAIN, buf);
}

static void write_finding(struct story_text *t, const struct story_note *n)
{
    static const enum paint paints[] = {[STORY_INFO] = PAINT_TEACH, [STORY_WARNING] = PAINT_WARN, [STORY_ERROR] = PAINT_BAD};
    static const char *const utf8[] = {"\u2022", "\u25b2", "\u2716"}, *const ascii[] = {"i", "!", "X"};
    unsigned severity = n->severity <= STORY_ERROR ? n->severity : STORY_ERROR;
    char buf[512];
    struct text text = text_in(buf, sizeof buf);
    text_add(&text, "%s\t", (t->canvas.ascii ? ascii : utf8)[severity]);
    story_finding(&text, n);
    note(t, (enum story_side)n->side, paints[severity], buf);
}

static void write_notes(struct story_text *t, const struct story_row *r)
{
    const struct tern_event *main = story_main_event(r);
    for (uint32_t i = 0; i < r->note_n; i++) {
        const struct story_note *n = &r->note[i];
        if (n->of == STORY_NOTE_FINDING)
            write_finding(t, n);
        else if (&n->ev != main && !event_is_segment(&n->ev) && event_is_wanted(&n->ev, t->style.detail))
            write_event_note(t, n, tern_rule_info(n->side == r->side ? r->rule : r->rule_in));
    }
}

static void write_step(struct story_text *t, const struct story *s, const struct step *step)
{
    const struct story_row *r = &step->row;
    const struct tern_event *main = story_main_event(r);
    if (main && !event_is_wanted(main, t->style.detail)) return;
    char time[32];
    struct text text = text_in(time, sizeof time);
    story_time(&text, s, r->at);
    show_connection(t, s, step);
    if (r->kind == STORY_SEGMENT)
        write_segment(t, step, time);
    else if (r->kind != STORY_MARK)
        write_happening(t, step, time);
    if (r->text) row_note(&t->canvas, r->kind == STORY_MARK ? time : "", "", PAINT_WARN, r->text);
    write_notes(t, r);
    for (unsigned side = 0; side < STORY_SIDE_N; side++) note(t, (enum story_side)side, PAINT_TEACH, step->numbers[side]);
}

/* ---- folding ---- */

static void let_go(struct story_text *t)
{
    free(t->held.row.note);
    t->held.row.note = NULL;
    t->holds = false;
}

static void end_run(struct story_text *t, const struct story *s)
{
    char buf[256], time[32];
    struct text text = text_for(words, buf, sizeof buf), at = text_in(time, sizeof time);
    fold_text(&text, &t->fold);
    story_time(&at, s, t->fold.from);
    if (text.len > 0) row_note(&t->canvas, time, "", PAINT_TEACH, buf);
    t->fold = (struct fold){0};
    if (t->holds) write_step(t, s, &t->held);
    let_go(t);
    t->run.n = 0;
}

/* Takes a copy of the step's notes: the caller's row will be gone. A plain row owns nothing else. */
static void hold(struct story_text *t, const struct step *step)
{
    if (t->holds) fold_add(&t->fold, t->held.row.at, &t->held.row.seg);
    let_go(t);
    t->held = *step;
    t->holds = true;
    size_t len = step->row.note_n * sizeof *step->row.note;
    t->held.row.note = len ? malloc(len) : NULL;
    if (t->held.row.note)
        memcpy(t->held.row.note, step->row.note, len);
    else
        t->held.row.note_n = 0;
    if (len && !t->held.row.note && !t->canvas.err) t->canvas.err = TERN_ERR_NOMEM;
}

int story_text_row(struct story_text *t, const struct story *s, const struct story_row *row)
{
    if (t->style.conn != 0 && row->conn + 1 != t->style.conn) return t->canvas.err;
    t->story = s;
    struct story_seen *seen = seen_of(t, s, row->conn);
    struct step step;
    bool plain = story_is_plain(row, seen), same = t->shown == story_number(s, row->conn);
    describe(t, s, row, seen, &step);
    if (!plain || !same) end_run(t, s);
    switch (story_run_next(&t->run, row, plain, t->style.fold)) {
    case STORY_SHOWN: write_step(t, s, &step); break;
    case STORY_HELD: hold(t, &step); break;
    case STORY_LEFT_OUT: break;
    }
    return t->canvas.err;
}

int story_text_end(struct story_text *t)
{
    if (t->story) end_run(t, t->story);
    int err = t->canvas.err;
    free(t);
    return err;
}

int story_text_all(const struct tern_out *out, const struct story_style *style, const struct story *s)
{
    struct story_text *t = story_text_new(out, style);
    if (!t) return TERN_ERR_NOMEM;
    for (size_t i = 0; i < s->row_n; i++) story_text_row(t, s, &s->row[i]);
    int err = story_text_end(t);
    return err ? err : s->out_of_memory ? TERN_ERR_NOMEM : 0;
}
