/* The ladder of a story as a picture.
 *
 *     times  states, calls, timers |A|  label above, arrow below  |B|  states, calls, timers  times
 *
 * Height is rank, not time: each departure and each arrival is a point, in the order of time, that takes the room its words need;
 * a long silence is marked. A row's words stand in a band of their own above its departure, those at the sides run below each
 * other, so none can meet another. Arrows cross, as they do in truth; one that is on its way while words are written arrives so
 * late, or those words come so far below, that it does not cross them out; the words of a burst stand at the side. */
#include "story_show.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "story_plain.h"
#include "svg.h"
#include "words.h"

enum {
    FOLD_DEFAULT = 4,
    WIDTH = 1200,
    MARGIN = 16,
    TIME_WIDTH = 80,
    SIDE_WIDTH = 190, /* states, calls, timers */
    BAR = 12,
    LANE_A = MARGIN + TIME_WIDTH + SIDE_WIDTH, /* where the bars begin */
    LANE_B = WIDTH - LANE_A - BAR,
    INSET = 12,                   /* of words from a bar */
    SPAN = LANE_B - LANE_A - BAR, /* of an arrow */
    BETWEEN = SPAN - 2 * INSET,   /* the bars, for words */
    BESIDE = BETWEEN * 9 / 20,    /* the same while another arrow is on its way */
    CLEAR = 6,                    /* of an arrow from words */
    SLANT = 26,                   /* of an arrow that nothing delays */
    POINT_GAP = 10,
    LONG = 200,         /* of what an arrow has come down by */
    IN_FLIGHT_MAX = 64, /* beyond, the arrow that would arrive first is taken to have */
};
static const double TITLE_SIZE = 22, NAME_SIZE = 17, LABEL_SIZE = 14, STATE_SIZE = 15, SIDE_SIZE = 13, RULE_SIZE = 12,
                    LEADING = 1.32;

/* A segment on its way. */
struct flight {
    const struct story_row *row;
    tern_ns arrives;
    double y, least; /* of its departure; it arrives there or below */
};

struct lane {
    double x;          /* of the bar */
    double free_y;     /* the next side text may begin here */
    unsigned state;    /* TERN_STATE_N: not known yet */
    double state_y;    /* since here */
    tern_ns last_time; /* the last one written; TERN_NEVER: none */
};

struct picture {
    struct svg g;
    const struct story *s;
    const struct story_style *style;
    struct story_seen *seen; /* a slot for each connection */
    struct lane lane[STORY_SIDE_N];
    struct flight flight[IN_FLIGHT_MAX];
    unsigned flight_n;
    double y;             /* everything so far is above */
    uint32_t conn;        /* index + 1; 0: none yet */
    tern_ns now, silence; /* of the last point; how long counts as silence */
    struct story_run run;
    struct fold fold;
    const struct story_row *held;
};

static void say(struct picture *p, const struct svg_text *style, const char *s) { svg_text(&p->g, style, s, strlen(s)); }

/* ---- texts at the sides, from the bar outwards ---- */

static double side_line(struct picture *p, enum story_side side, const char *s, size_t len, double size, const char *colour,
                        bool bold)
{
    struct lane *l = &p->lane[side];
    struct svg_text style = {.size = size, .colour = colour, .bold = bold, .y = l->free_y + size};
    style.x = side == STORY_A ? l->x - 8 : l->x + BAR + 8;
    style.anchor = side == STORY_A ? ANCHOR_END : ANCHOR_START;
    svg_text(&p->g, &style, s, len);
    l->free_y += size * LEADING;
    return style.y;
}

static void side_text(struct picture *p, enum story_side side, const char *s, const char *colour)
{
    for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
        size_t n = svg_fit(s, SIDE_WIDTH - 16, SIDE_SIZE);
        side_line(p, side, s, n, SIDE_SIZE, colour, false);
        s += n;
    }
}

static void side_time(struct picture *p, enum story_side side, tern_ns at)
{
    struct lane *l = &p->lane[side];
    if (l->last_time == at) return;
    l->last_time = at;
    char buf[40];
    struct text t = text_in(buf, sizeof buf);
    story_time(&t, p->s, at);
    struct svg_text style = {.size = SIDE_SIZE, .colour = svg_ink(&p->g, INK_SOFT), .y = l->free_y + STATE_SIZE};
    style.x = side == STORY_A ? MARGIN : WIDTH - MARGIN;
    style.anchor = side == STORY_A ? ANCHOR_START : ANCHOR_END;
    say(p, &style, buf);
}

/* ---- state bars ---- */

static void end_bar(struct picture *p, enum story_side side, double y)
{
    struct lane *l = &p->lane[side];
    if (l->state < TERN_STATE_N && y > l->state_y)
        svg_bar(&p->g, l->x, l->state_y, BAR, y - l->state_y, svg_state_colour(&p->g, l->state));
    l->state_y = y;
}

/* At a point: the time, and the state when it is another one. */
static void side_point(struct picture *p, enum story_side side, tern_ns at, double y, unsigned state)
{
    struct lane *l = &p->lane[side];
    bool changed = l->state != state, timed = l->last_time != at;
    if (changed) {
        end_bar(p, side, y);
        l->state = state;
    }
    if (l->free_y < y - STATE_SIZE / 2) l->free_y = y - STATE_SIZE / 2;
    side_time(p, side, at);
    if (changed) {
        const char *name = tern_state_name((enum tern_state)state);
        side_line(p, side, name, strlen(name), STATE_SIZE, svg_state_colour(&p->g, state), true);
    } else if (timed) {
        l->free_y += STATE_SIZE * LEADING;
    }
}

/* ---- points ---- */

/* Where the next point may be: below everything, and not before its side has room for what is written there. */
static double next_y(const struct picture *p, enum story_side side)
{
    double y = p->y + POINT_GAP, side_y = p->lane[side].free_y + STATE_SIZE / 2;
    return y > side_y ? y : side_y;
}

/* A departure at the time and in the state that already stand there needs no room at the side. */
static double departure_y(const struct picture *p, enum story_side side, tern_ns at, unsigned state, double y)
{
    const struct lane *l = &p->lane[side];
    double side_y = l->free_y + STATE_SIZE / 2;
    bool writes = l->last_time != at || l->state != state;
    return writes && side_y > y ? side_y : y;
}

static void mark_silence(struct picture *p, tern_ns at)
{
    tern_ns span = at > p->now ? at - p->now : 0;
    p->now = at > p->now ? at : p->now;
    if (p->silence == 0 || span < p->silence) return;
    double top = p->y + POINT_GAP;
    for (unsigned i = 0; i < STORY_SIDE_N; i++)
        if (p->lane[i].free_y > top) top = p->lane[i].free_y;
    for (unsigned i = 0; i < STORY_SIDE_N; i++) {
        end_bar(p, (enum story_side)i, top);
        svg_line(&p->g, p->lane[i].x + BAR / 2.0, top + 3, p->lane[i].x + BAR / 2.0, top + 25, svg_ink(&p->g, INK_LINE), true);
        p->lane[i].state_y = top + 28;
        p->lane[i].free_y = top + 28;
    }
    struct svg_text style = {
        .x = WIDTH / 2.0, .y = top + 19, .size = SIDE_SIZE, .anchor = ANCHOR_MIDDLE, .colour = svg_ink(&p->g, INK_SOFT)};
    char buf[64];
    struct text t = text_in(buf, sizeof buf);
    text_add(&t, "\u22ee ");
    text_span(&t, span);
    text_add(&t, " \u22ee");
    say(p, &style, buf);
    p->y = top + 28;
}

static const char *arrow_colour(const struct picture *p, const struct story_row *row)
{
    bool bad = row->forged || row->fate == STORY_LOST || row->fate == STORY_REFUSED;
    return svg_ink(&p->g, bad ? INK_BAD : row->side == STORY_A ? INK_A : INK_B);
}

static void draw_arrow(struct picture *p, const struct story_row *row, double y1, double y2)
{
    bool from_a = row->side == STORY_A;
    double x1 = from_a ? LANE_A + BAR : LANE_B, x2 = from_a ? LANE_B : LANE_A + BAR;
    const char *colour = arrow_colour(p, row);
    if (row->fate == STORY_LOST) {
        x2 = (x1 + x2) / 2;
        svg_line(&p->g, x1, y1, x2, y2, colour, row->forged);
        svg_cross(&p->g, x2, y2, colour);
        return;
    }
    double back = from_a ? -6 : 6;
    svg_line(&p->g, x1, y1, x2 + back, y2 + back * (y2 - y1) / (x2 - x1), colour, row->forged);
    if (row->fate == STORY_REFUSED)
        svg_cross(&p->g, x2 + 2 * back, y2 + 2 * back * (y2 - y1) / (x2 - x1), colour);
    else
        svg_head(&p->g, x1, y1, x2, y2, colour);
}

/* What else happened at |side| because of the row. */
static void side_notes(struct picture *p, const struct story_row *row, enum story_side side)
{
    static const enum svg_ink inks[] = {[STORY_INFO] = INK_SOFT, [STORY_WARNING] = INK_WARN, [STORY_ERROR] = INK_BAD};
    const struct tern_event *main = story_main_event(row);
    for (uint32_t i = 0; i < row->note_n; i++) {
        const struct story_note *n = &row->note[i];
        if (n->side != side || &n->ev == main) continue;
        char buf[512];
        struct text t = text_for(words, buf, sizeof buf);
        bool finding = n->of == STORY_NOTE_FINDING;
        bool wanted = finding || (n->ev.type == TERN_EV_TIMER_SET && n->ev.u.timer.which == TERN_TIMER_TIME_WAIT) ||
                      (p->style->detail == TERN_LADDER_FULL && n->ev.type != TERN_EV_STATE && !event_is_segment(&n->ev));
        if (!wanted) continue;
        if (finding)
            story_finding(&t, n);
        else
            text_happening(&t, &n->ev, tern_rule_info(side == row->side ? row->rule : row->rule_in), "\u2192");
        side_text(p, side, buf,
                  svg_ink(&p->g, finding ? inks[n->severity <= STORY_ERROR ? n->severity : STORY_ERROR] : INK_SOFT));
    }
}

static void arrive(struct picture *p, const struct flight *f)
{
    const struct story_row *row = f->row;
    enum story_side to = story_other((enum story_side)row->side);
    double y = next_y(p, to);
    if (y < f->y + SLANT) y = f->y + SLANT;
    if (y < f->least) y = f->least;
    draw_arrow(p, row, f->y, y);
    p->y = y;
    bool timed = row->arrived != TERN_NEVER;
    side_point(p, to, timed ? f->arrives : p->lane[to].last_time, y, row->tcb[to].state);
    if (row->drop != TERN_DROP_NONE) {
        char buf[384];
        struct text t = text_for(words, buf, sizeof buf);
        text_happening(&t, &(struct tern_event){.type = TERN_EV_DROP, .drop = row->drop}, NULL, "");
        side_text(p, to, buf, svg_ink(&p->g, INK_BAD));
    }
    side_notes(p, row, to);
}

/* Those that arrive until |until| do, in their order. */
static void arrivals(struct picture *p, tern_ns until)
{
    while (p->flight_n > 0) {
        unsigned first = 0;
        for (unsigned i = 1; i < p->flight_n; i++)
            if (p->flight[i].arrives < p->flight[first].arrives) first = i;
        if (p->flight[first].arrives > until) return;
        struct flight f = p->flight[first];
        memmove(&p->flight[first], &p->flight[first + 1], (--p->flight_n - first) * sizeof f);
        mark_silence(p, f.arrives);
        arrive(p, &f);
    }
}

/* ---- rows ---- */

/* Words above a departure. */
struct band {
    double y; /* of the next line's top */
    enum story_side side;
    double room, wide; /* for a line; of the widest */
    bool measure;      /* nothing is drawn */
};

static void band_text(struct picture *p, struct band *b, const char *s, double size, const char *colour, bool bold)
{
    struct svg_text style = {.size = size, .colour = colour, .bold = bold};
    style.x = b->side == STORY_A ? LANE_A + BAR + INSET : LANE_B - INSET;
    style.anchor = b->side == STORY_A ? ANCHOR_START : ANCHOR_END;
    double factor = bold ? 1.08 : 1; /* bold is wider */
    for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
        size_t n = svg_fit(s, b->room / factor, size);
        double wide = svg_width(s, n, size) * factor;
        if (wide > b->wide) b->wide = wide;
        style.y = b->y + size;
        if (!b->measure) svg_text(&p->g, &style, s, n);
        b->y += size * LEADING;
        s += n;
    }
}

/* What is said of a segment: what it is, how its acknowledgement is reckoned, why it was sent. */
struct saying {
    char label[400], sum[200], rule[400];
};

static void say_departure(const struct picture *p, const struct story_row *row, struct saying *say)
{
    const struct story_seen *seen = &p->seen[row->conn];
    enum number_style numbers = (enum number_style)p->style->numbers;
    struct text t = text_for(words, say->label, sizeof say->label);
    story_label(&t, row, seen, numbers);
    t = text_for(words, say->sum, sizeof say->sum);
    if (p->style->arithmetic && !row->forged && row->fate != STORY_REFUSED)
        segment_arithmetic(&t, &row->seg, &seen->side[story_other((enum story_side)row->side)], numbers);
    t = text_for(words, say->rule, sizeof say->rule);
    if (p->style->detail != TERN_LADDER_BRIEF) text_rule(&t, tern_rule_info(row->rule));
}

static void band_say(struct picture *p, const struct story_row *row, const struct saying *say, struct band *band)
{
    const char *soft = svg_ink(&p->g, INK_SOFT);
    band_text(p, band, say->label, LABEL_SIZE, arrow_colour(p, row), true);
    band_text(p, band, say->sum, RULE_SIZE, soft, false);
    band_text(p, band, say->rule, RULE_SIZE, soft, false);
}

/* At the side, where no arrow comes; a rule that the one before it was sent by, too, is not said again. */
static void side_say(struct picture *p, const struct story_row *row, struct saying *say)
{
    enum story_side side = (enum story_side)row->side;
    const char *soft = svg_ink(&p->g, INK_SOFT);
    for (char *c = say->sum; *c; c++)
        if (*c == '\t') *c = ' '; /* better a line's end there than within a number */
    side_text(p, side, say->label, arrow_colour(p, row));
    side_text(p, side, say->sum, soft);
    if (p->flight[p->flight_n - 1].row->rule != row->rule) side_text(p, side, say->rule, soft);
}

/* The arrows of several on their way from one side cross whatever is written between them; and an arrow that each word opposite
 * pushed further down would grow with every one. */
static bool in_burst(const struct picture *p, const struct story_row *row)
{
    const struct story_row *end = p->s->row + p->s->row_n;
    unsigned others = 0, opposite = 0;
    tern_ns arrives = TERN_NEVER;
    for (unsigned i = 0; i < p->flight_n; i++) {
        if (p->flight[i].row->side != row->side) {
            if (++opposite > 1 || p->y - p->flight[i].y > LONG) return true;
            continue;
        }
        others++;
        if (p->flight[i].arrives < arrives) arrives = p->flight[i].arrives;
    }
    if (others != 1) return others > 1;
    for (const struct story_row *next = row + 1; next < end && next->at < arrives; next++) {
        if (next->kind != STORY_SEGMENT || next->conn != row->conn) continue;
        if (next->side == row->side || ++opposite > 1) return true;
    }
    return false;
}

/* How far below the last point words of that size must begin for the one arrow that left the same side and arrives next to pass
 * above their far end. */
static double below_parallel(const struct picture *p, enum story_side side, double high, double wide)
{
    if (p->flight_n != 1 || p->flight[0].row->side != side) return POINT_GAP;
    double part = (INSET + wide) / SPAN, from = p->flight[0].y;
    double down = ((high + 2 * POINT_GAP) * part + CLEAR) / (1 - part);
    double more = from + down - p->y;
    return more > POINT_GAP ? more : POINT_GAP;
}

/* Arrows on their way to |side| pass below the words whose last line ends at |bottom|. */
static void pass_below(struct picture *p, enum story_side side, double bottom, double wide)
{
    double part = (SPAN - INSET - wide) / SPAN;
    for (unsigned i = 0; i < p->flight_n; i++) {
        struct flight *f = &p->flight[i];
        double least = f->y + (bottom + CLEAR - f->y) / part;
        if (f->row->side != side && least > f->least) f->least = least;
    }
}

/* Writes the words between the bars; returns where their arrow leaves, right below. */
static double band_above(struct picture *p, const struct story_row *row, const struct saying *say)
{
    enum story_side from = (enum story_side)row->side;
    struct band band = {.side = from, .room = p->flight_n > 0 ? BESIDE : BETWEEN, .measure = true};
    band_say(p, row, say, &band);
    double high = band.y, top = p->y + below_parallel(p, from, high, band.wide);
    double y = departure_y(p, from, row->at, row->tcb[from].state, top + high + 3);
    band.y = y - 3 - high, band.measure = false;
    band_say(p, row, say, &band);
    pass_below(p, from, y - 3, band.wide);
    return y;
}

static void depart(struct picture *p, const struct story_row *row)
{
    enum story_side from = (enum story_side)row->side;
    bool burst = in_burst(p, row);
    struct saying say;
    say_departure(p, row, &say);
    double y = burst ? next_y(p, from) : band_above(p, row, &say);
    p->y = y;
    side_point(p, from, row->at, y, row->tcb[from].state);
    if (burst) side_say(p, row, &say);
    side_notes(p, row, from);
    if (row->fate == STORY_LOST) {
        draw_arrow(p, row, y, y + SLANT / 2.0);
        p->y = y + SLANT / 2.0 + 8;
        return;
    }
    if (p->flight_n == IN_FLIGHT_MAX) arrivals(p, p->flight[0].arrives);
    p->flight[p->flight_n++] = (struct flight){row, row->arrived == TERN_NEVER ? row->at : row->arrived, y, y};
}

/* A timer, a call, a change of state: a point of one side. */
static void happen(struct picture *p, const struct story_row *row)
{
    enum story_side side = (enum story_side)row->side;
    const struct tern_event *ev = story_main_event(row);
    if (ev && event_is_plain(ev) && p->style->detail != TERN_LADDER_FULL) return;
    char buf[384];
    struct text t = text_for(words, buf, sizeof buf);
    if (ev && (p->style->detail == TERN_LADDER_BRIEF || ev->type != TERN_EV_STATE)) /* the state stands there anyway */
        text_event(&t, ev, "\u2192");
    else
        text_rule(&t, tern_rule_info(row->rule));
    double y = next_y(p, side);
    p->y = y;
    struct lane *l = &p->lane[side];
    if (l->free_y < y - STATE_SIZE / 2) l->free_y = y - STATE_SIZE / 2;
    side_point(p, side, row->at, y, row->tcb[side].state);
    side_text(p, side, buf, svg_ink(&p->g, row->kind == STORY_TIMER ? INK_BAD : INK_TEXT));
    side_notes(p, row, side);
}

/* Centred words. */
static void middle_text(struct picture *p, const char *s, double size, double width, const char *colour)
{
    struct svg_text style = {.x = WIDTH / 2.0, .size = size, .anchor = ANCHOR_MIDDLE, .colour = colour};
    double y = p->y + POINT_GAP;
    for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
        size_t n = svg_fit(s, width, size);
        style.y = y + size;
        svg_text(&p->g, &style, s, n);
        y += size * LEADING;
        s += n;
    }
    p->y = y;
}

/* ---- the whole ---- */

static double lowest(const struct picture *p)
{
    double y = p->y;
    for (unsigned i = 0; i < STORY_SIDE_N; i++)
        if (p->lane[i].free_y > y) y = p->lane[i].free_y;
    return y;
}

static void end_connection(struct picture *p)
{
    if (p->conn == 0) return;
    arrivals(p, TERN_NEVER);
    p->y = lowest(p) + POINT_GAP;
    for (unsigned i = 0; i < STORY_SIDE_N; i++) end_bar(p, (enum story_side)i, p->y);
}

/* The state that |side| was in before |row|: what the row says that it left, else what leads to the one after it. */
static unsigned state_before(const struct story_row *row, enum story_side side)
{
    for (uint32_t i = 0; i < row->note_n; i++)
        if (row->note[i].of == STORY_NOTE_EVENT && row->note[i].side == side && row->note[i].ev.type == TERN_EV_STATE)
            return row->note[i].ev.u.state.from;
    unsigned after = row->tcb[side].state;
    return after == TERN_SYN_SENT ? TERN_CLOSED : after == TERN_SYN_RECEIVED ? TERN_LISTEN : after;
}

/* By the earliest row that tells of |side|: its own, or one that arrives at it. */
static unsigned first_state(const struct story *s, size_t from, enum story_side side)
{
    const struct story_row *first = NULL;
    tern_ns at = TERN_NEVER;
    for (size_t i = from; i < s->row_n && s->row[i].at <= at; i++) {
        const struct story_row *row = &s->row[i];
        if (row->conn != s->row[from].conn || row->kind == STORY_MARK) continue;
        bool own = row->side == side, arrives = row->kind == STORY_SEGMENT && row->fate != STORY_LOST;
        tern_ns when = !own && row->arrived != TERN_NEVER ? row->arrived : row->at;
        if ((own || arrives) && when < at) first = row, at = when;
    }
    return first ? state_before(first, side) : s->row[from].tcb[side].state;
}

/* The two ends' names stand over their bars, outwards, so that they cannot meet. */
static void begin_connection(struct picture *p, size_t from)
{
    uint32_t conn = p->s->row[from].conn;
    end_connection(p);
    char buf[256];
    if (p->s->conn_n > 1) {
        struct text t = text_in(buf, sizeof buf);
        text_add(&t, _("connection %u"), conn + 1);
        middle_text(p, buf, NAME_SIZE, BETWEEN, svg_ink(&p->g, INK_TEXT));
    }
    const struct story_conn *c = &p->s->conn[conn];
    double top = p->y + POINT_GAP;
    for (unsigned side = 0; side < STORY_SIDE_N; side++) {
        struct lane *l = &p->lane[side];
        *l = (struct lane){.x = side == STORY_A ? LANE_A : LANE_B, .free_y = top, .last_time = TERN_NEVER};
        char end[TERN_ENDPOINT_STRLEN];
        struct svg_text style = {.y = top + NAME_SIZE, .size = NAME_SIZE, .bold = true, .anchor = ANCHOR_MIDDLE};
        style.x = side == STORY_A ? (MARGIN + LANE_A + BAR) / 2.0 + 60 : WIDTH - ((MARGIN + LANE_A + BAR) / 2.0 + 60);
        style.colour = svg_ink(&p->g, side == STORY_A ? INK_A : INK_B);
        if (c->name[side]) {
            say(p, &style, c->name[side]);
            style.y += NAME_SIZE * LEADING;
        }
        style.size = SIDE_SIZE, style.bold = false, style.colour = svg_ink(&p->g, INK_SOFT);
        say(p, &style, tern_endpoint_format(&c->end[side], end));
        style.x = side == STORY_A ? MARGIN : WIDTH - MARGIN, style.anchor = side == STORY_A ? ANCHOR_START : ANCHOR_END;
        say(p, &style, "ms");
        l->state_y = style.y + 10;
        l->state = first_state(p->s, from, (enum story_side)side);
        l->free_y = l->state_y;
        const char *name = tern_state_name((enum tern_state)l->state);
        side_line(p, (enum story_side)side, name, strlen(name), STATE_SIZE, svg_state_colour(&p->g, l->state), true);
    }
    p->y = p->lane[STORY_A].free_y;
    p->conn = conn + 1;
    p->now = p->s->row[from].at;
    p->run.n = 0;
}

static void show_row(struct picture *p, const struct story_row *row)
{
    arrivals(p, row->at);
    mark_silence(p, row->at);
    if (row->kind == STORY_SEGMENT)
        depart(p, row);
    else if (row->kind != STORY_MARK)
        happen(p, row);
    if (row->text) middle_text(p, row->text, LABEL_SIZE, BETWEEN, svg_ink(&p->g, INK_WARN));
}

static void end_run(struct picture *p)
{
    char buf[256];
    struct text t = text_for(words, buf, sizeof buf);
    fold_text(&t, &p->fold);
    if (t.len > 0) {
        arrivals(p, p->fold.to);
        p->now = p->fold.to > p->now ? p->fold.to : p->now;
        middle_text(p, buf, LABEL_SIZE, BETWEEN, svg_ink(&p->g, INK_SOFT));
    }
    p->fold = (struct fold){0};
    if (p->held) show_row(p, p->held);
    p->held = NULL;
}

static void add_row(struct picture *p, size_t i)
{
    const struct story_row *row = &p->s->row[i];
    struct story_seen *seen = &p->seen[row->conn];
    if (seen->number == 0) story_seen_begin(seen, p->s, row->conn);
    bool plain = story_is_plain(row, seen), same = p->conn == row->conn + 1;
    if (!plain || !same) end_run(p);
    if (!same) begin_connection(p, i);
    switch (story_run_next(&p->run, row, plain, p->style->fold ? p->style->fold : FOLD_DEFAULT)) {
    case STORY_SHOWN: show_row(p, row); break;
    case STORY_HELD:
        if (p->held) fold_add(&p->fold, p->held->at, &p->held->seg);
        p->held = row;
        break;
    case STORY_LEFT_OUT: break;
    }
    story_seen_row(seen, p->s, row);
}

static int by_length(const void *a, const void *b)
{
    tern_ns x = *(const tern_ns *)a, y = *(const tern_ns *)b;
    return (x > y) - (x < y);
}

/* Six times the usual distance of two rows is a silence. 0: there is nothing to compare. */
static tern_ns silence_of(const struct story *s)
{
    tern_ns *gaps = calloc(2 * s->row_n + 1, sizeof *gaps), usual = 0;
    size_t n = 0;
    for (size_t i = 0; gaps && i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (i > 0 && row->at > s->row[i - 1].at) gaps[n++] = row->at - s->row[i - 1].at;
        if (row->arrived != TERN_NEVER && row->arrived > row->at) gaps[n++] = row->arrived - row->at;
    }
    if (n > 1) {
        qsort(gaps, n, sizeof *gaps, by_length);
        usual = gaps[n / 2] * 6;
    }
    free(gaps);
    return usual;
}

static int write_picture(const struct tern_out *out, const struct picture *p, double height)
{
    char head[512];
    struct text t = text_in(head, sizeof head);
    bool chinese = strcmp(words_language(), "en") != 0;
    text_add(&t,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" "
             "role=\"img\"",
             WIDTH, height);
    text_add(&t, " font-family=\"%s\">\n", chinese ? "'Noto Sans CJK SC', sans-serif" : "sans-serif");
    text_add(&t, "<rect width=\"%d\" height=\"%.0f\" fill=\"%s\"/>\n", WIDTH, height, svg_ink(&p->g, INK_PAPER));
    int err = out_text(out, head, t.len);
    if (!err) err = out_text(out, p->g.line_bytes, p->g.line_len);
    t = text_in(head, sizeof head); /* a rim in the paper's colour keeps words readable where an arrow crosses them */
    text_add(&t, "<g paint-order=\"stroke\" stroke=\"%s\" stroke-width=\"7\" stroke-linejoin=\"round\">\n",
             svg_ink(&p->g, INK_PAPER));
    if (!err) err = out_text(out, head, t.len);
    if (!err) err = out_text(out, p->g.text_bytes, p->g.text_len);
    return err ? err : out_text(out, "</g>\n</svg>\n", 12);
}

static void draw(struct picture *p)
{
    p->y = MARGIN;
    p->silence = silence_of(p->s);
    if (p->s->title) {
        fputs("<title>", p->g.lines);
        svg_escape(p->g.lines, p->s->title, strlen(p->s->title));
        fputs("</title>\n", p->g.lines);
        if (!p->style->of_page) middle_text(p, p->s->title, TITLE_SIZE, WIDTH - 2 * MARGIN, svg_ink(&p->g, INK_TEXT));
    }
    for (size_t i = 0; i < p->s->row_n; i++) {
        uint32_t conn = p->s->row[i].conn;
        if (conn < p->s->conn_n && (p->style->conn == 0 || conn + 1 == p->style->conn)) add_row(p, i);
    }
    end_run(p);
    end_connection(p);
}

int story_svg(const struct tern_out *out, const struct story_style *style, const struct story *s)
{
    struct picture p = {.s = s, .style = style, .seen = calloc(s->conn_n + 1, sizeof *p.seen)};
    if (!p.seen || !svg_begin(&p.g, style->dark)) {
        free(p.seen);
        return TERN_ERR_NOMEM;
    }
    p.g.of_page = style->of_page;
    draw(&p);
    int err = svg_end(&p.g) && !s->out_of_memory ? 0 : TERN_ERR_NOMEM;
    if (!err) err = write_picture(out, &p, lowest(&p) + MARGIN);
    svg_free(&p.g);
    free(p.seen);
    return err;
}

int story_svg_properties(const struct tern_out *out, bool dark)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f) return TERN_ERR_NOMEM;
    svg_properties(f, dark);
    int err = fclose(f) == 0 ? out_text(out, text, len) : TERN_ERR_NOMEM;
    free(text);
    return err;
}
