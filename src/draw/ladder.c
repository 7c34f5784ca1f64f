/* Events as a ladder. A step is a segment, a call or a timer that fired, with the events of the same instant that follow from it;
 * it is held until the next step begins, so that the state beside a segment is the one that it led to. */
#include <tern/draw.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw_text.h"
#include "ladder_row.h"
#include "peer.h"
#include "plain.h"
#include "segment_words.h"

enum {
    WIDTH_LEAST = 60,
    WIDTH_MOST = 400,
    WIDTH_DEFAULT = 100,
    TIME_COLUMNS = 11, /* "99999.999  " */
    FOLD_DEFAULT = 4,
    NOTES_MAX = 24,    /* of a step; further ones are counted */
    TRACKS_MAX = 1024, /* connections remembered at once */
};

struct track {
    struct track *next; /* last used first */
    uint32_t conn;
    struct tern_endpoint local, remote;
    struct peer peer;
    struct seq_side side[2]; /* [0] ours, [1] the peer's */
    bool peer_is_real;       /* told by the peer's own events */
    uint8_t real_peer;
};

struct note {
    enum paint paint;
    char text[384]; /* Chinese takes more bytes */
};

struct step {
    bool used;
    bool plain;   /* may be folded */
    bool dropped; /* the segment was looked at and thrown away */
    struct tern_event ev;
    struct track *track;
    uint8_t local, peer; /* states */
    char label[256];     /* of the arrow */
    char teach[160];     /* the arithmetic of the acknowledgement */
    struct note notes[NOTES_MAX];
    uint32_t note_n;
};

struct tern_ladder {
    struct canvas canvas;
    struct tern_ladder_config config;
    struct track *tracks;
    uint32_t track_n;
    struct step pending; /* may still grow */
    struct step held;    /* the last one of a run that is being folded */
    struct fold fold;
    uint32_t run_n;            /* plain segments in a row */
    const struct track *shown; /* the last row's connection */
    bool begun;
    tern_ns start; /* of the first event */
};

struct tern_ladder *tern_ladder_new(const struct tern_ladder_config *config)
{
    struct tern_ladder *l = calloc(1, sizeof(*l));
    if (!l) return NULL;
    l->config = *config;
    if (l->config.fold == 0) l->config.fold = FOLD_DEFAULT;
    uint32_t width = config->width ? config->width : WIDTH_DEFAULT;
    if (width < WIDTH_LEAST) width = WIDTH_LEAST;
    if (width > WIDTH_MOST) width = WIDTH_MOST;
    l->canvas = (struct canvas){config->out, width, TIME_COLUMNS, config->colour, config->ascii, 0};
    return l;
}

void tern_ladder_free(struct tern_ladder *l)
{
    if (!l) return;
    for (struct track *t = l->tracks, *next; t; t = next) {
        next = t->next;
        free(t);
    }
    free(l);
}

/* ---- connections ---- */

/* Takes the track out of the list that |at| points to and puts it in front. */
static struct track *to_front(struct tern_ladder *l, struct track **at)
{
    struct track *t = *at;
    *at = t->next;
    t->next = l->tracks;
    l->tracks = t;
    return t;
}

static struct track *find_pair(struct tern_ladder *l, const struct tern_endpoint *local, const struct tern_endpoint *remote)
{
    for (struct track **at = &l->tracks; *at; at = &(*at)->next)
        if (endpoint_eq(&(*at)->local, local) && endpoint_eq(&(*at)->remote, remote)) return to_front(l, at);
    return NULL;
}

/* A new track, or when there are too many the one that was used longest ago. */
static struct track *get_track(struct tern_ladder *l)
{
    struct track **at = &l->tracks;
    if (l->track_n < TRACKS_MAX) {
        struct track *t = calloc(1, sizeof(*t));
        if (!t) return NULL;
        t->next = l->tracks;
        l->tracks = t;
        l->track_n++;
        return t;
    }
    while ((*at)->next) at = &(*at)->next;
    return to_front(l, at);
}

static void finish(struct tern_ladder *l);
static void end_run(struct tern_ladder *l);

static struct track *track_of(struct tern_ladder *l, const struct tern_event *ev)
{
    struct track *t = find_pair(l, &ev->local, &ev->remote);
    if (t && (t->conn == ev->conn || ev->conn == 0)) return t;
    if (t && t->conn == 0) {
        t->conn = ev->conn;
        return t;
    }
    finish(l); /* the steps that are held may point to the track that is made anew */
    end_run(l);
    l->shown = NULL;
    if (!t) t = get_track(l); /* else the same pair in its next incarnation */
    if (!t) return NULL;
    *t = (struct track){.next = t->next, .conn = ev->conn, .local = ev->local, .remote = ev->remote};
    return t;
}

static void learn_bases(struct track *t, const struct tern_event *ev)
{
    if (ev->iss_known) t->side[0].base_known = true, t->side[0].base = ev->iss;
    if (ev->irs_known) t->side[1].base_known = true, t->side[1].base = ev->irs;
}

/* ---- steps ---- */

static bool has_arrow(const struct step *s)
{
    return event_is_segment(&s->ev) || (s->ev.type == TERN_EV_DROP && s->ev.drop_has_seg);
}

/* Words and arithmetic of the step's segment, and what it tells of the numbers and of the peer. What was dropped may be anybody's
 * and tells nothing. */
static void describe_segment(const struct tern_ladder *l, struct step *step)
{
    struct track *t = step->track;
    bool out = step->ev.type == TERN_EV_SEG_OUT;
    struct seq_side *own = &t->side[out ? 0 : 1], *other = &t->side[out ? 1 : 0];
    const struct tern_ev_seg *s = &step->ev.u.seg;
    struct text label = text_for(l->config.translate, step->label, sizeof(step->label));
    segment_label(&label, s, own, other, NUMBERS_RELATIVE);
    if (step->dropped) return;
    struct text teach = text_for(l->config.translate, step->teach, sizeof(step->teach));
    segment_arithmetic(&teach, s, other, NUMBERS_RELATIVE);
    segment_learn(own, other, s);
    if (out)
        peer_out(&t->peer, s);
    else
        peer_in(&t->peer, s);
}

/* Nothing more will belong to the step. */
static void settle(const struct tern_ladder *l, struct step *s)
{
    if (has_arrow(s)) describe_segment(l, s);
    if (!s->track->peer_is_real) s->peer = (uint8_t)peer_state(&s->track->peer);
}

/* ---- writing steps ---- */

static void time_text(const struct tern_ladder *l, tern_ns at, char out[24])
{
    struct text t = text_in(out, 24);
    text_ms(&t, at - l->start);
}

static void show_connection(struct tern_ladder *l, const struct track *t)
{
    if (l->shown == t) return;
    l->shown = t;
    char buf[256], end[TERN_ENDPOINT_STRLEN];
    struct text text = text_for(l->config.translate, buf, sizeof(buf));
    if (t->conn) text_add(&text, tr(&text, "connection %u: "), t->conn);
    text_add(&text, "%s ", tern_endpoint_format(&t->local, end));
    text_add(&text, "%s %s", l->canvas.ascii ? "<->" : "\u2194", tern_endpoint_format(&t->remote, end));
    row_title(&l->canvas, buf);
}

static enum arrow_end end_of(const struct step *s)
{
    return s->dropped && s->ev.rule == TERN_RULE_NONE ? END_REFUSED : END_ARRIVED;
}

static enum paint paint_of(const struct tern_event *ev)
{
    if (ev->type == TERN_EV_DROP || ev->type == TERN_EV_TIMER_FIRED) return PAINT_BAD;
    if (event_is_segment(ev)) return PAINT_RULE;
    return ev->type == TERN_EV_STATE ? PAINT_STATE : PAINT_PLAIN;
}

static void write_step(struct tern_ladder *l, const struct step *s)
{
    char time[24], text[384];
    time_text(l, s->ev.at, time);
    show_connection(l, s->track);
    const char *local = tern_state_name(s->local);
    if (has_arrow(s)) {
        struct row row = {.time = time, .local = local, .peer = tern_state_name(s->peer), .label = s->label};
        row.out = s->ev.type == TERN_EV_SEG_OUT;
        row.end = row.out ? END_ARRIVED : end_of(s);
        row_arrow(&l->canvas, &row);
        row_note(&l->canvas, "", "", PAINT_TEACH, s->teach);
    }
    struct text t = text_for(l->config.translate, text, sizeof(text));
    if (event_is_segment(&s->ev))
        text_rule(&t, event_info(&s->ev));
    else
        text_happening(&t, &s->ev, NULL, canvas_arrow(&l->canvas));
    if (has_arrow(s))
        row_note(&l->canvas, "", "", paint_of(&s->ev), text);
    else
        row_note(&l->canvas, time, local, paint_of(&s->ev), text);
    for (uint32_t i = 0; i < s->note_n && i < NOTES_MAX; i++) row_note(&l->canvas, "", "", s->notes[i].paint, s->notes[i].text);
    if (s->note_n > NOTES_MAX) {
        t = text_for(l->config.translate, text, sizeof(text));
        text_add(&t, tr(&t, "* and %u more"), s->note_n - NOTES_MAX);
        row_note(&l->canvas, "", "", PAINT_PLAIN, text);
    }
}

static void write_fold(struct tern_ladder *l)
{
    char buf[256], time[24];
    struct text t = text_for(l->config.translate, buf, sizeof(buf));
    fold_text(&t, &l->fold);
    time_text(l, l->fold.from, time);
    if (t.len > 0) row_note(&l->canvas, time, "", PAINT_TEACH, buf);
    l->fold = (struct fold){0};
}

/* ---- folding ---- */

static void end_run(struct tern_ladder *l)
{
    write_fold(l);
    if (l->held.used) write_step(l, &l->held);
    l->held.used = false;
    l->run_n = 0;
}

/* The pending step is complete. */
static void finish(struct tern_ladder *l)
{
    struct step *s = &l->pending;
    if (!s->used) return;
    s->used = false;
    settle(l, s);
    bool same = l->shown == s->track, segment = event_is_segment(&s->ev);
    if (!s->plain || !same) end_run(l);
    if (s->plain && segment && l->run_n < UINT32_MAX) l->run_n++;
    if (!s->plain || l->run_n <= l->config.fold) {
        write_step(l, s);
        return;
    }
    if (!segment) return; /* calls and timers in the middle of the bulk */
    if (l->held.used) fold_add(&l->fold, l->held.ev.at, &l->held.ev.u.seg);
    l->held = *s;
    l->held.used = true;
}

/* ---- events ---- */

/* Of a segment whose acknowledgement counted, and whose data did not. */
static bool drops_data_only(unsigned drop)
{
    return drop == TERN_DROP_MEMORY || drop == TERN_DROP_OOO_LIMIT || drop == TERN_DROP_AFTER_FIN ||
           drop == TERN_DROP_AFTER_CLOSE;
}

/* A change of state by a call, which may be told before the call itself is. */
static bool is_of_call(const struct tern_event *ev)
{
    switch (ev->rule) {
    case TERN_RULE_OPEN_ACTIVE:
    case TERN_RULE_OPEN_PASSIVE:
    case TERN_RULE_SEND_IN_LISTEN:
    case TERN_RULE_CLOSE_CALL:
    case TERN_RULE_ABORT_CALL: return true;
    default: return false;
    }
}

static bool belongs(const struct tern_ladder *l, const struct tern_event *ev, const struct track *t)
{
    const struct step *s = &l->pending;
    if (!s->used || s->track != t || s->ev.at != ev->at) return false;
    switch ((enum tern_event_type)ev->type) {
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT:
    case TERN_EV_CALL:
    case TERN_EV_TIMER_FIRED: return false;
    case TERN_EV_DROP: /* of the segment, or of a part of it */
        return s->ev.type == TERN_EV_SEG_IN && (!ev->drop_has_seg || ev->u.seg.seq == s->ev.u.seg.seq);
    case TERN_EV_STATE: return s->ev.type != TERN_EV_SEG_IN || !is_of_call(ev);
    case TERN_EV_TIMER_SET:
    case TERN_EV_TIMER_STOPPED:
    case TERN_EV_WINDOW:
    case TERN_EV_CWND:
    case TERN_EV_RTT:
    case TERN_EV_NOTE:
    case TERN_EV_N: return true;
    }
    return true;
}

static void add_note(struct tern_ladder *l, const struct tern_event *ev)
{
    struct step *s = &l->pending;
    if (ev->type == TERN_EV_STATE) s->local = ev->u.state.to;
    if (ev->type == TERN_EV_DROP && !drops_data_only(ev->drop)) s->dropped = true;
    if (!event_is_plain(ev)) s->plain = false;
    if (!event_is_wanted(ev, l->config.detail)) return;
    if (s->note_n < NOTES_MAX) {
        struct note *n = &s->notes[s->note_n];
        n->paint = paint_of(ev);
        struct text t = text_for(l->config.translate, n->text, sizeof(n->text));
        text_add(&t, "* ");
        text_happening(&t, ev, event_info(&s->ev), canvas_arrow(&l->canvas));
    }
    s->note_n++;
}

static void begin_step(struct tern_ladder *l, const struct tern_event *ev, struct track *t)
{
    struct step *s = &l->pending;
    if (!event_is_wanted(ev, l->config.detail)) return;
    s->used = true;
    s->plain = event_is_plain(ev);
    s->ev = *ev;
    s->track = t;
    s->local = ev->type == TERN_EV_STATE ? ev->u.state.to : ev->state;
    s->note_n = 0;
    s->label[0] = s->teach[0] = '\0';
    s->dropped = ev->type == TERN_EV_DROP;
    s->peer = t->real_peer;
}

static void note_time(struct tern_ladder *l, const struct tern_event *ev)
{
    if (!l->begun) l->start = ev->at;
    l->begun = true;
}

int tern_ladder_event(struct tern_ladder *l, const struct tern_event *ev)
{
    if (l->config.conn != 0 && ev->conn != l->config.conn) return l->canvas.err;
    note_time(l, ev);
    struct track *t = track_of(l, ev);
    if (!t) return TERN_ERR_NOMEM;
    learn_bases(t, ev);
    if (belongs(l, ev, t)) {
        add_note(l, ev);
    } else {
        finish(l);
        begin_step(l, ev, t);
    }
    return l->canvas.err;
}

int tern_ladder_flush(struct tern_ladder *l)
{
    finish(l);
    end_run(l);
    return l->canvas.err;
}

static bool peer_event_shown(const struct tern_event *ev)
{
    return ev->type == TERN_EV_STATE || ev->type == TERN_EV_DROP || (ev->type == TERN_EV_TIMER_FIRED && !event_is_plain(ev));
}

int tern_ladder_peer_event(struct tern_ladder *l, const struct tern_event *ev)
{
    struct track *track = find_pair(l, &ev->remote, &ev->local);
    if (!track) return l->canvas.err;
    if (peer_event_shown(ev)) tern_ladder_flush(l);
    track->peer_is_real = true;
    track->real_peer = ev->type == TERN_EV_STATE ? ev->u.state.to : ev->state;
    if (!peer_event_shown(ev)) return l->canvas.err;
    char time[24], text[384];
    time_text(l, ev->at, time);
    struct text t = text_for(l->config.translate, text, sizeof(text));
    text_happening(&t, ev, NULL, canvas_arrow(&l->canvas));
    show_connection(l, track);
    row_peer_note(&l->canvas, time, tern_state_name(track->real_peer), paint_of(ev), text);
    return l->canvas.err;
}
