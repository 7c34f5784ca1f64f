#include "slide.h"

#include <stdlib.h>
#include <string.h>

#include "segment_words.h"
#include "sim.h"
#include "words.h"

enum {
    PORT = 40000,
    SERVER_PORT = 80,
    SEGMENT = 500,
    WINDOW = 8 * SEGMENT,
    FIRST_WRITE = 4 * SEGMENT,
    SECOND_WRITE = 12 * SEGMENT
};

/* ---- the run ---- */

static const char *const titles[SLIDE_MOMENT_N] = {
    N_("Nothing is sent yet: the window that the receiver offers may be filled."),
    N_("Segments are on their way; they may be needed again until they are acknowledged."),
    N_("One of them is late: what was sent after it waits out of order."),
    N_("An ACK moves the left edge. The right edge stays: the application has read nothing."),
    N_("The late segment fills the hole: all is in order, and takes up room until it is read."),
    N_("The application reads: both edges move on, the window slides."),
    N_("The window is full: what the application writes more must wait."),
    N_("All is acknowledged and nothing read: the window is closed."),
    N_("The application reads: the window is opened again, and what waited is sent."),
};

static bool establish(struct sim *sim, struct tern_conn **a, struct tern_conn **b)
{
    struct tern_listener *l = sim_listen(sim, STORY_B, SERVER_PORT, 0);
    *a = sim_connect(sim, STORY_A, PORT, SERVER_PORT);
    if (!l || !*a || tern_conn_set(*a, sim_now(sim), TERN_OPT_MAX_SEGMENT, SEGMENT) < 0) return false;
    sim_run_for(sim, TERN_SEC);
    *b = tern_listener_accept(l);
    struct story before = sim_take_story(sim);
    story_free(&before);
    return *b != NULL;
}

/* What happened last until |m|: an arrival or, later than it, a departure. */
static void find_cause(const struct story *s, struct slide_moment *m)
{
    tern_ns last = 0;
    for (size_t i = 0; i < m->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT) continue;
        bool arrived = row->arrived <= m->at;
        tern_ns at = arrived ? row->arrived : row->at;
        if (at < last) continue;
        m->row = row, m->arrived = arrived, last = at;
    }
}

/* What B keeps out of order is what its last ACK told of it. */
static void find_sack(const struct story *s, struct slide_moment *m)
{
    const struct tern_ev_seg *ack = NULL;
    for (size_t i = 0; i < m->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == STORY_B) ack = &s->row[i].seg;
    m->sack_n = ack ? ack->sack_n : 0;
    if (ack) memcpy(m->sack, ack->sack, sizeof m->sack);
}

struct camera {
    struct slide *s;
    struct sim *sim;
    struct tern_conn *a, *b;
    unsigned n;
};

static void look(struct camera *c)
{
    struct slide_moment *m = &c->s->moment[c->n];
    m->title = titles[c->n++];
    m->at = sim_now(c->sim);
    m->row_n = sim_story(c->sim)->row_n;
    tern_conn_status(c->a, &m->end[STORY_A]);
    tern_conn_status(c->b, &m->end[STORY_B]);
}

/* The path takes 20 ms; B acknowledges every second segment, and at once what is out of order. */
static void run(struct camera *c)
{
    struct sim *sim = c->sim;
    look(c);
    sim_fault(sim, &(struct sim_fault){.kind = SIM_DELAY, .from = STORY_A, .nth = 2, .extra = 35 * TERN_MS});
    sim_send(sim, c->a, FIRST_WRITE);
    sim_run_for(sim, 10 * TERN_MS);
    look(c);
    sim_run_for(sim, 15 * TERN_MS);
    look(c);
    sim_run_for(sim, 20 * TERN_MS);
    look(c);
    sim_run_for(sim, 15 * TERN_MS);
    look(c);
    sim_read(sim, c->b);
    sim_run_for(sim, 30 * TERN_MS);
    look(c);
    sim_send(sim, c->a, SECOND_WRITE);
    sim_run_for(sim, 10 * TERN_MS);
    look(c);
    sim_run_for(sim, 90 * TERN_MS);
    look(c);
    sim_read(sim, c->b);
    sim_run_for(sim, 30 * TERN_MS);
    look(c);
}

/* Up to the last number that may be sent or is written at any moment, and a segment more. */
static void measure(struct slide *s)
{
    s->unit = SEGMENT;
    s->first = s->moment[0].end[STORY_A].snd_una;
    for (unsigned i = 0; i < SLIDE_MOMENT_N; i++) {
        const struct tern_status *a = &s->moment[i].end[STORY_A], *b = &s->moment[i].end[STORY_B];
        const uint32_t edges[] = {a->snd_una + a->snd_wnd, a->snd_una + a->send_queue, b->rcv_nxt + b->rcv_wnd};
        for (size_t k = 0; k < sizeof edges / sizeof edges[0]; k++)
            if (edges[k] + SEGMENT > s->end) s->end = edges[k] + SEGMENT;
    }
}

bool slide_make(struct slide *s)
{
    *s = (struct slide){0};
    struct sim_config cfg;
    sim_config_default(&cfg);
    cfg.isn[STORY_A] = 100, cfg.isn[STORY_B] = 300;
    cfg.settings[STORY_A].timestamps = 0;
    cfg.settings[STORY_A].rack = cfg.settings[STORY_A].tlp = 0; /* the picture is of the window: what is late is not sent again */
    cfg.settings[STORY_B].receive_buffer = WINDOW;
    cfg.settings[STORY_B].receive_buffer_max = 0;
    struct camera c = {.s = s, .sim = sim_new(&cfg)};
    bool ok = c.sim && establish(c.sim, &c.a, &c.b);
    if (ok) {
        run(&c);
        s->story = sim_take_story(c.sim);
        ok = !s->story.out_of_memory;
        for (unsigned i = 0; ok && i < SLIDE_MOMENT_N; i++) {
            find_cause(&s->story, &s->moment[i]);
            find_sack(&s->story, &s->moment[i]);
        }
        measure(s);
    }
    sim_free(c.sim);
    return ok;
}

void slide_free(struct slide *s) { story_free(&s->story); }

/* ---- the bars ---- */

const char *slide_meaning(enum slide_fill fill)
{
    static const char *const meanings[SLIDE_FILL_N] = {
        [SLIDE_ACKED] = N_("sent and acknowledged"),
        [SLIDE_FLIGHT] = N_("sent, not acknowledged"),
        [SLIDE_MAY] = N_("may be sent"),
        [SLIDE_WAIT] = N_("must wait"),
        [SLIDE_READ] = N_("read"),
        [SLIDE_UNREAD] = N_("in order, not read"),
        [SLIDE_HELD] = N_("out of order"),
        [SLIDE_ROOM] = N_("may come"),
        [SLIDE_BEYOND] = N_("is refused"),
    };
    return meanings[fill];
}

static void add_part(struct slide_bar *b, uint32_t from, uint32_t to, enum slide_fill fill)
{
    if (from >= to || b->part_n == SLIDE_PART_MAX) return;
    b->part[b->part_n].from = from, b->part[b->part_n].to = to, b->part[b->part_n].fill = fill;
    b->part_n++;
}

static void add_mark(struct slide_bar *b, uint32_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add_mark(struct slide_bar *b, uint32_t at, const char *format, ...)
{
    if (b->mark_n == SLIDE_MARK_MAX) return;
    unsigned i = b->mark_n++;
    while (i > 0 && b->mark[i - 1].at > at) b->mark[i] = b->mark[i - 1], i--;
    b->mark[i].at = at;
    va_list args;
    va_start(args, format);
    vsnprintf(b->mark[i].text, sizeof b->mark[i].text, format, args);
    va_end(args);
}

static void sender(const struct slide *s, const struct slide_moment *m, struct slide_bar *b)
{
    const struct tern_status *t = &m->end[STORY_A];
    uint32_t edge = t->snd_una + t->snd_wnd, written = t->snd_una + t->send_queue;
    add_part(b, s->first, t->snd_una, SLIDE_ACKED);
    add_part(b, t->snd_una, t->snd_nxt, SLIDE_FLIGHT);
    add_part(b, t->snd_nxt, edge, SLIDE_MAY);
    add_part(b, edge, s->end, SLIDE_WAIT);
    add_mark(b, t->snd_una, "SND.UNA = %u", t->snd_una);
    add_mark(b, t->snd_nxt, "SND.NXT = %u", t->snd_nxt);
    add_mark(b, edge, "SND.UNA+SND.WND = %u+%u = %u", t->snd_una, t->snd_wnd, edge);
    if (written > t->snd_nxt) add_mark(b, written, _("written up to %u"), written);
}

/* What is out of order lies between the room that is free. */
static void receiver(const struct slide *s, const struct slide_moment *m, struct slide_bar *b)
{
    const struct tern_status *t = &m->end[STORY_B];
    uint32_t edge = t->rcv_nxt + t->rcv_wnd, read = t->rcv_nxt - t->receive_queue, at = t->rcv_nxt;
    add_part(b, s->first, read, SLIDE_READ);
    add_part(b, read, t->rcv_nxt, SLIDE_UNREAD);
    if (read < t->rcv_nxt) add_mark(b, read, _("read up to %u"), read);
    add_mark(b, t->rcv_nxt, "RCV.NXT = %u", t->rcv_nxt);
    for (unsigned i = 0; i < m->sack_n; i++) {
        add_part(b, at, m->sack[i][0], SLIDE_ROOM);
        add_part(b, m->sack[i][0], m->sack[i][1], SLIDE_HELD);
        add_mark(b, m->sack[i][0], "SACK %u:%u", m->sack[i][0], m->sack[i][1]);
        at = m->sack[i][1];
    }
    add_part(b, at, edge, SLIDE_ROOM);
    add_part(b, edge, s->end, SLIDE_BEYOND);
    add_mark(b, edge, "RCV.NXT+RCV.WND = %u+%u = %u", t->rcv_nxt, t->rcv_wnd, edge);
}

void slide_bar(const struct slide *s, const struct slide_moment *m, enum story_side side, struct slide_bar *out)
{
    *out = (struct slide_bar){0};
    (side == STORY_A ? sender : receiver)(s, m, out);
}

void slide_cause(const struct slide_moment *m, char out[SLIDE_CAUSE_LEN])
{
    out[0] = '\0';
    if (!m->row) return;
    const struct seq_side none = {0};
    char label[160];
    struct text t = text_in(label, sizeof label);
    segment_label(&t, &m->row->seg, &none, &none, NUMBERS_ABSOLUTE);
    bool by_a = m->row->side == STORY_A;
    const char *format = m->arrived ? (by_a ? _("the receiver got: %s") : _("the sender got: %s"))
                                    : (by_a ? _("the sender sent: %s") : _("the receiver sent: %s"));
    for (char *p = label; *p; p++)
        if (*p == '\t') *p = ' ';
    snprintf(out, SLIDE_CAUSE_LEN, format, label);
}
