/* The lesson `window`: it slides, it closes, a probe finds out when it opens, and it is never silly. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { BUFFER = 8192, BUFFERS = 3, PROBES = 3, SECONDS = 300 };

static bool after(uint32_t a, uint32_t b) { return (int32_t)(a - b) > 0; }

/* The right edge that B has promised, ACK + window, while the story goes on. */
struct edge {
    uint32_t start, now;
    bool falls, beyond;
};

/* A probe asks beyond the edge: that is its purpose. */
static void follow(struct edge *e, const struct story *s)
{
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT) continue;
        if (row->side == STORY_B) {
            uint32_t edge = row->seg.ack + row->seg.wnd;
            e->falls |= after(e->now, edge);
            e->now = edge;
        } else if (row->rule != TERN_RULE_PROBE_ZERO) {
            e->beyond |= after(seen_end(row), e->now);
        }
    }
}

static void edges(struct lesson_run *r, const struct edge *e)
{
    lesson_check(r, "edge-slides", after(e->now, e->start) && !e->falls,
                 _("The right edge, ACK + window, went from %u to %u and never back: what was promised is kept."), e->start,
                 e->now);
    lesson_check(r, "within-the-edge", !e->beyond, _("Nothing but a probe was sent beyond the edge."));
}

static void probes(struct lesson_run *r, const struct story *s)
{
    const struct story_row *p[PROBES] = {NULL};
    uint32_t n = 0;
    bool zero = false;
    for (size_t i = 0; i < s->row_n && n < PROBES; i++) {
        const struct story_row *row = &s->row[i];
        zero |= row->kind == STORY_SEGMENT && row->side == STORY_B && row->seg.wnd == 0;
        if (row->kind == STORY_SEGMENT && row->rule == TERN_RULE_PROBE_ZERO) p[n++] = row;
    }
    lesson_check(r, "zero-window", zero,
                 _("The application does not read, the buffer is full: the window says 0, and the sender stops."));
    bool doubled = n == PROBES && p[2]->at - p[1]->at == 2 * (p[1]->at - p[0]->at);
    lesson_check(r, "probes", doubled && p[0]->seg.len == 1,
                 _("The sender asks again and again with one byte beyond the edge; the waits double: %g s, %g s."),
                 n == PROBES ? in_seconds(p[1]->at - p[0]->at) : 0, n == PROBES ? in_seconds(p[2]->at - p[1]->at) : 0);
}

/* B reads one byte, which must not open the window; then all, and the news of it is lost. */
static void open_again(struct lesson_run *r, struct lesson_pair *p, struct edge *e)
{
    char one;
    tern_conn_recv(p->conn[STORY_B], sim_now(p->s), &one, 1);
    sim_run_for(p->s, 100 * TERN_MS);
    const struct story *s = sim_story(p->s);
    uint32_t updates = seen_rule(s, STORY_B, TERN_RULE_ACK_WINDOW);
    sim_fault(p->s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_B, .nth = 1});
    sim_read(p->s, p->conn[STORY_B]);
    for (int i = 0; i < SECONDS && tern_conn_readable(p->conn[STORY_B]) == 0; i++) sim_run_for(p->s, TERN_SEC);
    sim_run_for(p->s, TERN_SEC + 2 * lesson_options(r)->rtt);
    s = lesson_ladder(r, p->s, _("Open again, but the news is lost"));
    follow(e, s);
    edges(r, e);
    lesson_check(r, "not-silly", updates == 0,
                 _("One byte was read, and the window stayed shut: one-byte windows would make one-byte segments (silly window "
                   "syndrome)."));
    const struct story_row *update = NULL, *probe = NULL, *answer = NULL;
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT) continue;
        if (!update && row->side == STORY_B && row->fate == STORY_LOST && row->seg.wnd) update = row;
        if (update && !probe && row->rule == TERN_RULE_PROBE_ZERO) probe = row;
        if (probe && !answer && row->side == STORY_B) answer = row;
    }
    lesson_check(r, "lost-update", update != NULL,
                 _("Then all was read. The update that says %u was lost, and updates are not acknowledged."),
                 update ? update->seg.wnd : 0);
    lesson_check(r, "probe-heals", answer && answer->seg.wnd > 0,
                 _("Without the probe both would wait for ever. Its answer says %u, and the data flows again."),
                 answer ? answer->seg.wnd : 0);
}

static int run(struct lesson_run *r)
{
    struct sim_config cfg;
    struct lesson_pair p;
    struct tern_status st;
    lesson_sim_config(&cfg);
    cfg.settings[STORY_B].receive_buffer = BUFFER;
    lesson_say(
        r,
        _("The receiver grants so many bytes behind the acknowledged ones: the window. As it reads, the window slides on. The "
          "sender "
          "below has three times as much as the receiver's buffer of %u bytes holds, and the application there is asleep."),
        BUFFER);
    int err = pair_connect(r, &cfg, &p);
    if (!err) {
        tern_conn_status(p.conn[STORY_A], &st);
        struct edge edge = {.start = st.snd_una + st.snd_wnd, .now = st.snd_una + st.snd_wnd};
        int64_t taken = sim_send(p.s, p.conn[STORY_A], BUFFERS * BUFFER), read, n;
        for (int i = 0; i < SECONDS && seen_rule(sim_story(p.s), STORY_A, TERN_RULE_PROBE_ZERO) < PROBES; i++)
            sim_run_for(p.s, TERN_SEC);
        const struct story *s = lesson_ladder(r, p.s, _("Full: zero window, and probes"));
        follow(&edge, s);
        probes(r, s);
        size_t held = tern_conn_readable(p.conn[STORY_B]);
        open_again(r, &p, &edge);
        read = (int64_t)held;
        for (int i = 0; i < SECONDS && read < taken; i++) {
            if ((n = sim_read(p.s, p.conn[STORY_B])) > 0) read += n;
            sim_run_for(p.s, TERN_SEC);
        }
        lesson_check(r, "all-arrive", read == taken, _("In the end all %lld bytes were read."), (long long)read);
        lesson_wrong(
            r, _("\"A zero window closes the connection.\" It only pauses it, for as long as the receiver answers the probes."));
    }
    sim_free(p.s);
    return err;
}

const struct lesson lesson_window_ = {
    .name = "window",
    .title = N_("The window: sliding, zero, probed, never silly"),
    .summary = N_("A receiver that does not read, a sender that asks, and a window update that is lost."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("The round trip takes a whole second. Do the probes come later, and what do they wait for?"),
    .answer = "tern explain window --rtt 1s",
};
