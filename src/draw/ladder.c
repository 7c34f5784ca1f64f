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
#include "seq.h"
#include "tcp.h"

enum {
    WIDTH_LEAST = 60,
    WIDTH_MOST = 400,
    WIDTH_DEFAULT = 100,
    FOLD_DEFAULT = 4,
    NOTES_MAX = 24,    /* of a step; further ones are counted */
    TRACKS_MAX = 1024, /* connections remembered at once */
};

/* One direction's numbers: [0] ours, [1] the peer's. */
struct half {
    uint32_t base;    /* the initial sequence number */
    uint32_t acked;   /* by the other side, so far */
    uint32_t fin_end; /* the number after the FIN */
    bool base_known, acked_known, fin;
};

struct track {
    struct track *next; /* last used first */
    uint32_t conn;
    struct tern_endpoint local, remote;
    struct peer peer;
    struct half half[2];
    bool peer_is_real; /* told by the peer's own events */
    uint8_t real_peer;
};

struct note {
    enum paint paint;
    char text[288];
};

struct step {
    bool used;
    bool plain;   /* may be folded */
    bool dropped; /* the segment was looked at and thrown away */
    struct tern_event ev;
    struct track *track;
    uint8_t local, peer; /* states */
    char label[256];     /* of the arrow */
    char teach[128];     /* the arithmetic of the acknowledgement */
    struct note notes[NOTES_MAX];
    uint32_t note_n;
};

/* What was folded. */
struct fold {
    uint64_t data_n, data_len, ack_n, other_n;
    tern_ns from, to;
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
    l->canvas = (struct canvas){config->out, width, config->colour, config->ascii, 0};
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
    if (ev->iss_known) t->half[0].base_known = true, t->half[0].base = ev->iss;
    if (ev->irs_known) t->half[1].base_known = true, t->half[1].base = ev->irs;
}

/* ---- the words of a segment; a tab is a space at which no line may end ---- */

static uint32_t relative(const struct half *h, uint32_t n) { return h->base_known ? n - h->base : n; }

static void label_options(struct text *t, const struct tern_ev_seg *s, const struct half *acked)
{
    if (s->mss) text_add(t, " mss\t%u", s->mss);
    if ((s->flags & TH_SYN) && s->wscale != 255) text_add(t, " wscale\t%u", s->wscale);
    if (s->sack_permitted) text_add(t, " sack-permitted");
    if ((s->flags & TH_SYN) && s->timestamps) text_add(t, " timestamps");
    for (unsigned i = 0; i < s->sack_n && i < 4; i++)
        text_add(t, " sack\t%" PRIu32 ":%" PRIu32, relative(acked, s->sack[i][0]), relative(acked, s->sack[i][1]));
}

static void make_label(struct step *step, const struct half *own, const struct half *other)
{
    const struct tern_ev_seg *s = &step->ev.u.seg;
    struct text t = text_in(step->label, sizeof(step->label));
    text_flags(&t, s->flags);
    text_add(&t, " seq\t%" PRIu32, relative(own, s->seq));
    if (s->flags & TH_ACK) text_add(&t, " ack\t%" PRIu32, relative(other, s->ack));
    if (s->len) text_add(&t, " len\t%" PRIu32, s->len);
    if (segment_n(s) > 1) text_add(&t, " (%" PRIu32 "\tsegments)", segment_n(s));
    if (!(s->flags & TH_RST)) text_add(&t, " win\t%" PRIu32, s->wnd);
    if (s->flags & TH_URG) text_add(&t, " urg\t%u", s->urp);
    label_options(&t, s, other);
}

/* RFC 9293 3.4: an acknowledgement names the next number expected; SYN and FIN take one each. */
static void make_teach(struct step *step, const struct half *other)
{
    const struct tern_ev_seg *s = &step->ev.u.seg;
    struct text t = text_in(step->teach, sizeof(step->teach));
    if (!(s->flags & TH_ACK) || !other->base_known || !other->acked_known || !seq_gt(seq(s->ack), seq(other->acked))) return;
    bool syn = other->acked == other->base, fin = other->fin && s->ack == other->fin_end;
    uint32_t data = s->ack - other->acked - syn - fin;
    text_add(&t, "ack\t%" PRIu32 "\t=\t%" PRIu32, s->ack - other->base, other->acked - other->base);
    if (syn) text_add(&t, "+1");
    if (data) text_add(&t, "+%" PRIu32, data);
    if (fin) text_add(&t, "+1");
    if (syn) text_add(&t, ": the SYN took a number");
    if (fin) text_add(&t, "%s the FIN took a number", syn ? "," : ":");
}

static void learn_numbers(struct half *own, struct half *other, const struct tern_ev_seg *s)
{
    if (s->flags & TH_SYN) {
        if (!own->acked_known || own->base != s->seq) *own = (struct half){.acked = s->seq, .acked_known = true};
        own->base = s->seq;
        own->base_known = true;
    }
    if (s->flags & TH_FIN) {
        own->fin = true;
        own->fin_end = s->seq + s->len + !!(s->flags & TH_SYN) + 1;
    }
    if (!(s->flags & TH_ACK) || (s->flags & TH_RST)) return;
    if (!other->acked_known || seq_gt(seq(s->ack), seq(other->acked))) other->acked = s->ack;
    other->acked_known = true;
}

static bool has_arrow(const struct step *s)
{
    return event_is_segment(&s->ev) || (s->ev.type == TERN_EV_DROP && s->ev.drop_has_seg);
}

/* Words and arithmetic of the step's segment, and what it tells of the numbers and of the peer. What was dropped may be anybody's
 * and tells nothing. */
static void describe_segment(struct step *step)
{
    struct track *t = step->track;
    bool out = step->ev.type == TERN_EV_SEG_OUT;
    struct half *own = &t->half[out ? 0 : 1], *other = &t->half[out ? 1 : 0], shown = *own;
    const struct tern_ev_seg *s = &step->ev.u.seg;
    if ((s->flags & TH_SYN) && !own->base_known) shown.base_known = true, shown.base = s->seq;
    make_label(step, &shown, other);
    if (step->dropped) return;
    make_teach(step, other);
    learn_numbers(own, other, s);
    if (out)
        peer_out(&t->peer, s);
    else
        peer_in(&t->peer, s);
}

/* Nothing more will belong to the step. */
static void settle(struct step *s)
{
    if (has_arrow(s)) describe_segment(s);
    if (!s->track->peer_is_real) s->peer = (uint8_t)peer_state(&s->track->peer);
}

/* ---- which steps are plain ---- */

static bool rule_is_plain(unsigned rule)
{
    switch (rule) {
    case TERN_RULE_SEND_DATA:
    case TERN_RULE_SEND_PUSH:
    case TERN_RULE_SEND_FULL:
    case TERN_RULE_SEND_IDLE:
    case TERN_RULE_SEND_NODELAY:
    case TERN_RULE_SEND_HALF_WINDOW:
    case TERN_RULE_SEND_OVERRIDE:
    case TERN_RULE_ACK_SECOND:
    case TERN_RULE_ACK_DELAYED:
    case TERN_RULE_ACK_PUSHED:
    case TERN_RULE_ACK_WINDOW:
    case TERN_RULE_ACK_OUT_OF_ORDER:
    case TERN_RULE_ACK_HOLE_FILLED:
    case TERN_RULE_IN_ORDER:
    case TERN_RULE_OUT_OF_ORDER:
    case TERN_RULE_ACK_NEW:
    case TERN_RULE_ACK_OLD:
    case TERN_RULE_ACK_DUP:
    case TERN_RULE_WINDOW_UPDATE:
    case TERN_RULE_TS_RECENT: return true;
    default: return false;
    }
}

/* A further rule of a plain segment. */
static bool note_is_plain(unsigned rule)
{
    switch (rule) {
    case TERN_RULE_NAGLE_WAIT:
    case TERN_RULE_SWS_WAIT:
    case TERN_RULE_OLD_DATA:
    case TERN_RULE_TRIMMED:
    case TERN_RULE_ACK_DSACK:
    case TERN_RULE_RTT_FIRST:
    case TERN_RULE_RTT_SAMPLE:
    case TERN_RULE_KARN: return true;
    default: return rule_is_plain(rule);
    }
}

static bool call_is_plain(const struct tern_event *ev)
{
    bool moves_data = ev->u.call.which == TERN_CALL_SEND || ev->u.call.which == TERN_CALL_RECEIVE;
    return moves_data && (ev->u.call.result >= 0 || ev->u.call.result == TERN_ERR_AGAIN);
}

static bool is_plain(const struct tern_event *ev)
{
    switch ((enum tern_event_type)ev->type) {
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT: return rule_is_plain(ev->rule) && !(ev->u.seg.flags & (TH_SYN | TH_FIN | TH_RST | TH_URG));
    case TERN_EV_CALL: return call_is_plain(ev);
    case TERN_EV_NOTE: return note_is_plain(ev->rule);
    case TERN_EV_TIMER_FIRED: return ev->u.timer.which == TERN_TIMER_DELACK;
    case TERN_EV_STATE:
    case TERN_EV_DROP:
    case TERN_EV_N: return false;
    case TERN_EV_TIMER_SET:
    case TERN_EV_TIMER_STOPPED:
    case TERN_EV_WINDOW:
    case TERN_EV_CWND:
    case TERN_EV_RTT: return true;
    }
    return false;
}

static bool is_wanted(const struct tern_ladder *l, const struct tern_event *ev)
{
    enum tern_ladder_detail detail = l->config.detail;
    switch ((enum tern_event_type)ev->type) {
    case TERN_EV_WINDOW:
    case TERN_EV_CWND:
    case TERN_EV_RTT: return detail == TERN_LADDER_FULL;
    case TERN_EV_TIMER_SET:
    case TERN_EV_TIMER_STOPPED:
    case TERN_EV_NOTE: return detail != TERN_LADDER_BRIEF;
    case TERN_EV_CALL: return detail != TERN_LADDER_BRIEF || !is_plain(ev);
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT:
    case TERN_EV_STATE:
    case TERN_EV_TIMER_FIRED:
    case TERN_EV_DROP:
    case TERN_EV_N: break;
    }
    return true;
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
    struct text text = text_in(buf, sizeof(buf));
    if (t->conn) text_add(&text, "connection %" PRIu32 ": ", t->conn);
    text_add(&text, "%s ", tern_endpoint_format(&t->local, end));
    text_add(&text, "%s %s", l->canvas.ascii ? "<->" : "\u2194", tern_endpoint_format(&t->remote, end));
    row_title(&l->canvas, buf);
}

static enum direction direction_of(const struct step *s)
{
    if (s->ev.type == TERN_EV_SEG_OUT) return ARROW_OUT;
    return s->dropped && s->ev.rule == TERN_RULE_NONE ? ARROW_DROPPED : ARROW_IN;
}

static enum paint paint_of(const struct tern_event *ev)
{
    if (ev->type == TERN_EV_DROP || ev->type == TERN_EV_TIMER_FIRED) return PAINT_BAD;
    if (event_is_segment(ev)) return PAINT_RULE;
    return ev->type == TERN_EV_STATE ? PAINT_STATE : PAINT_PLAIN;
}

/* "retransmission timer set: 200.000 ms. RFC 6298 5.1: ..."; |above| says the rule that need not be said again. */
static void note_text(const struct tern_ladder *l, const struct tern_event *ev, const struct tern_rule_info *above,
                      struct text *t)
{
    size_t before = t->len;
    const struct tern_rule_info *info = event_info(ev);
    text_event(t, ev, canvas_arrow(&l->canvas));
    if (info == above || !info->doc[0]) return;
    if (t->len > before) text_add(t, ". ");
    text_rule(t, info);
}

static void write_step(struct tern_ladder *l, const struct step *s)
{
    char time[24], text[288];
    time_text(l, s->ev.at, time);
    show_connection(l, s->track);
    const char *local = tern_state_name(s->local);
    if (has_arrow(s)) {
        struct row row = {.time = time, .local = local, .peer = tern_state_name(s->peer), .label = s->label};
        row.direction = direction_of(s);
        row_arrow(&l->canvas, &row);
        row_note(&l->canvas, "", "", PAINT_TEACH, s->teach);
    }
    struct text t = text_in(text, sizeof(text));
    if (event_is_segment(&s->ev))
        text_rule(&t, event_info(&s->ev));
    else
        note_text(l, &s->ev, NULL, &t);
    if (has_arrow(s))
        row_note(&l->canvas, "", "", paint_of(&s->ev), text);
    else
        row_note(&l->canvas, time, local, paint_of(&s->ev), text);
    for (uint32_t i = 0; i < s->note_n && i < NOTES_MAX; i++) row_note(&l->canvas, "", "", s->notes[i].paint, s->notes[i].text);
    if (s->note_n > NOTES_MAX) {
        snprintf(text, sizeof(text), "* and %" PRIu32 " more", s->note_n - NOTES_MAX);
        row_note(&l->canvas, "", "", PAINT_PLAIN, text);
    }
}

static void write_fold(struct tern_ladder *l)
{
    const struct fold *f = &l->fold;
    char buf[256], time[24];
    struct text t = text_in(buf, sizeof(buf));
    text_add(&t, "... ");
    text_count(&t, f->data_n);
    text_add(&t, " data segment%s, ", f->data_n == 1 ? "" : "s");
    text_bytes(&t, f->data_len);
    text_add(&t, ", ");
    text_count(&t, f->ack_n);
    text_add(&t, " ack%s, in ", f->ack_n == 1 ? "" : "s");
    text_span(&t, f->to - f->from);
    text_add(&t, " ...");
    time_text(l, f->from, time);
    if (f->data_n + f->ack_n > 0) row_note(&l->canvas, time, "", PAINT_TEACH, buf);
    l->fold = (struct fold){0};
}

/* ---- folding ---- */

static void fold_step(struct fold *f, const struct step *s)
{
    if (event_is_segment(&s->ev)) {
        if (f->data_n + f->ack_n == 0) f->from = s->ev.at;
        f->to = s->ev.at;
        if (s->ev.u.seg.len > 0)
            f->data_n += segment_n(&s->ev.u.seg), f->data_len += s->ev.u.seg.len;
        else
            f->ack_n++;
    }
}

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
    settle(s);
    bool same = l->shown == s->track, segment = event_is_segment(&s->ev);
    if (!s->plain || !same) end_run(l);
    if (s->plain && segment && l->run_n < UINT32_MAX) l->run_n++;
    if (!s->plain || l->run_n <= l->config.fold) {
        write_step(l, s);
        return;
    }
    if (!segment) return; /* calls and timers in the middle of the bulk */
    if (l->held.used) fold_step(&l->fold, &l->held);
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
    if (!is_plain(ev)) s->plain = false;
    if (!is_wanted(l, ev)) return;
    if (s->note_n < NOTES_MAX) {
        struct note *n = &s->notes[s->note_n];
        n->paint = paint_of(ev);
        struct text t = text_in(n->text, sizeof(n->text));
        text_add(&t, "* ");
        note_text(l, ev, event_info(&s->ev), &t);
    }
    s->note_n++;
}

static void begin_step(struct tern_ladder *l, const struct tern_event *ev, struct track *t)
{
    struct step *s = &l->pending;
    if (!is_wanted(l, ev)) return;
    s->used = true;
    s->plain = is_plain(ev);
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
    return ev->type == TERN_EV_STATE || ev->type == TERN_EV_DROP || (ev->type == TERN_EV_TIMER_FIRED && !is_plain(ev));
}

int tern_ladder_peer_event(struct tern_ladder *l, const struct tern_event *ev)
{
    struct track *track = find_pair(l, &ev->remote, &ev->local);
    if (!track) return l->canvas.err;
    if (peer_event_shown(ev)) tern_ladder_flush(l);
    track->peer_is_real = true;
    track->real_peer = ev->type == TERN_EV_STATE ? ev->u.state.to : ev->state;
    if (!peer_event_shown(ev)) return l->canvas.err;
    char time[24], text[288];
    time_text(l, ev->at, time);
    struct text t = text_in(text, sizeof(text));
    note_text(l, ev, NULL, &t);
    show_connection(l, track);
    row_peer_note(&l->canvas, time, tern_state_name(track->real_peer), paint_of(ev), text);
    return l->canvas.err;
}
