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
    tern_ns rto = n ? p[0]->tcb[STORY_A].rto : 0;
    bool doubled = n == PROBES && p[1]->at - p[0]->at == 2 * rto && p[2]->at - p[1]->at == 4 * rto;
    lesson_check(r, "probes", doubled && p[0]->seg.len == 1,
                 _("The sender asks again and again with one byte beyond the edge; the waits are the RTO of %g s, doubled each "
                   "time: %g s, %g s."),
                 in_seconds(rto), n == PROBES ? in_seconds(p[1]->at - p[0]->at) : 0,
                 n == PROBES ? in_seconds(p[2]->at - p[1]->at) : 0);
}

/* The end of the window, which is less than a segment: a sender that is in no hurry waits whether it grows. */
static void the_rest(struct lesson_run *r, const struct story *s)
{
    const struct story_row *rest = NULL, *before = NULL;
    for (size_t i = 0; i < s->row_n && !(rest && before); i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT || row->side != STORY_A || row->rule == TERN_RULE_PROBE_ZERO) continue;
        if (before && row->seg.len < before->seg.len)
            rest = row;
        else
            before = row;
    }
    tern_ns waited = rest ? rest->at - before->at : 0;
    if (lesson_without(r, "sws-sender"))
        lesson_check(
            r, "without:sws-sender", rest && waited <= lesson_options(r)->rtt && rest->rule != TERN_RULE_SEND_OVERRIDE,
            _("The window had room for %u more bytes, and they went at once: a small segment, though more was waiting to "
              "fill a large one."),
            rest ? rest->seg.len : 0);
    else
        lesson_check(
            r, "not-silly-sender", rest && rest->rule == TERN_RULE_SEND_OVERRIDE,
            _("The window had room for %u more bytes, less than a segment: the sender waited %g ms for more room before it "
              "sent so little."),
            rest ? rest->seg.len : 0, in_seconds(waited) * 1000);
}

/* The window's news is lost, and nobody asks. */
static void unasked(struct lesson_run *r, struct lesson_pair *p)
{
    sim_run_for(p->s, 10 * TERN_SEC + 10 * lesson_options(r)->rtt);
    sim_fault(p->s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_B, .nth = 1});
    size_t room = (size_t)sim_read(p->s, p->conn[STORY_B]);
    sim_run_for(p->s, SECONDS * TERN_SEC);
    const struct story *s = lesson_ladder(r, p->s, _("Open again, but the news is lost"));
    struct tern_status a;
    tern_conn_status(p->conn[STORY_A], &a);
    lesson_check(
        r, "without:zero-window-probe",
        room >= BUFFER && a.snd_wnd == 0 && a.send_queue > 0 && tern_conn_readable(p->conn[STORY_B]) == 0 &&
            seen_rule(s, STORY_A, TERN_RULE_PROBE_ZERO) == 0,
        _("The receiver has room for %zu bytes, and the sender has %u to send and believes that there is none: %d s later "
          "both still wait for each other, and always will."),
        room, a.send_queue, SECONDS);
}

/* The sender goes beyond the edge. */
static void careless(struct lesson_run *r, struct lesson_pair *p, struct edge *e)
{
    sim_run_for(p->s, TERN_SEC + 4 * lesson_options(r)->rtt);
    const struct story *s = lesson_ladder(r, p->s, _("Beyond the window"));
    uint32_t refused = 0;
    follow(e, s);
    for (size_t i = 0; i < s->row_n; i++) refused += s->row[i].fate == STORY_REFUSED && s->row[i].side == STORY_A;
    lesson_check(
        r, "without:window-check", e->beyond && refused && tern_conn_readable(p->conn[STORY_B]) <= BUFFER,
        _("The sender went on behind the edge. The receiver has no room there: %u segments were carried through the whole "
          "network and thrown away."),
        refused);
}

/* One byte's room is news, and so is the next. */
static void silly(struct lesson_run *r, const struct story *s, size_t from)
{
    const struct story_row *update = NULL;
    for (size_t i = from; i < s->row_n && !update; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].rule == TERN_RULE_ACK_WINDOW) update = &s->row[i];
    lesson_check(
        r, "without:sws-receiver", update && update->seg.wnd == 1,
        _("One byte was read, and the receiver announced it: a packet for a window of %u. Whoever fills such windows sends "
          "41 bytes for one (silly window syndrome)."),
        update ? update->seg.wnd : 0);
}

/* The other window: not the receiver's, but what the sender trusts the network with. */
static int congestion(struct lesson_run *r)
{
    enum { MORE = 6 };
    struct lesson_pair p;
    struct tern_status st;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        tern_conn_status(p.conn[STORY_A], &st);
        uint32_t all = st.cwnd + MORE * st.mss, first = 0;
        sim_send(p.s, p.conn[STORY_A], all);
        sim_run_for(p.s, TERN_SEC + 4 * lesson_options(r)->rtt);
        const struct story *s = lesson_ladder(r, p.s, _("The other window: the sender's own"));
        const struct story_row *ack = story_find(s, 0, STORY_B, 0);
        for (size_t i = 0; i < s->row_n; i++)
            if (ack && s->row[i].kind == STORY_SEGMENT && s->row[i].side == STORY_A && s->row[i].at < ack->arrived)
                first += s->row[i].seg.len;
        if (lesson_without(r, "congestion-control"))
            lesson_check(r, "without:congestion-control", first == all,
                         _("All %u bytes left at once, as the receiver has room for %u: a queue on the way may not have it."),
                         first, st.snd_wnd);
        else
            lesson_check(r, "cwnd", first == st.cwnd && st.snd_wnd > all && tern_conn_readable(p.conn[STORY_B]) == all,
                         _("The receiver has room for %u bytes, and yet only %u left before the first acknowledgement: the "
                           "congestion window, what the sender trusts the network with (RFC 5681)."),
                         st.snd_wnd, first);
    }
    sim_free(p.s);
    return err;
}

/* B reads one byte, which must not open the window; then all, and the news of it is lost. */
static void open_again(struct lesson_run *r, struct lesson_pair *p, struct edge *e)
{
    char one;
    size_t from = sim_story(p->s)->row_n;
    sim_run_for(p->s, lesson_options(r)->rtt + 50 * TERN_MS); /* no probe is on its way, then: this is not to be its answer */
    tern_conn_recv(p->conn[STORY_B], sim_now(p->s), &one, 1);
    sim_run_for(p->s, 100 * TERN_MS);
    const struct story *s = sim_story(p->s);
    uint32_t updates = seen_rule(s, STORY_B, TERN_RULE_ACK_WINDOW);
    if (lesson_without(r, "sws-receiver")) {
        silly(r, lesson_ladder(r, p->s, _("One byte is read")), from);
        return;
    }
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
        if (probe && !answer && row->side == STORY_B && row->at >= probe->arrived) answer = row;
    }
    lesson_check(r, "lost-update", update != NULL,
                 _("Then all was read. The update that says %u was lost, and updates are not acknowledged."),
                 update ? update->seg.wnd : 0);
    lesson_check(r, "probe-heals", answer && answer->seg.wnd > 0,
                 _("Without the probe both would wait for ever. Its answer says %u, and the data flows again."),
                 answer ? answer->seg.wnd : 0);
}

/* The ladders of the receiver that does not read. */
static void slow_reader(struct lesson_run *r, struct lesson_pair *p)
{
    struct tern_status st;
    tern_conn_status(p->conn[STORY_A], &st);
    struct edge edge = {.start = st.snd_una + st.snd_wnd, .now = st.snd_una + st.snd_wnd};
    int64_t taken = sim_send(p->s, p->conn[STORY_A], BUFFERS * BUFFER), read, n;
    if (lesson_without(r, "window-check")) {
        careless(r, p, &edge);
        return;
    }
    if (lesson_without(r, "zero-window-probe")) {
        unasked(r, p);
        return;
    }
    for (int i = 0; i < SECONDS && seen_rule(sim_story(p->s), STORY_A, TERN_RULE_PROBE_ZERO) < PROBES; i++)
        sim_run_for(p->s, TERN_SEC);
    const struct story *s = lesson_ladder(r, p->s, _("Full: zero window, and probes"));
    follow(&edge, s);
    the_rest(r, s);
    probes(r, s);
    size_t held = tern_conn_readable(p->conn[STORY_B]);
    open_again(r, p, &edge);
    if (lesson_without(r, "sws-receiver")) return;
    read = (int64_t)held;
    for (int i = 0; i < SECONDS && read < taken; i++) {
        if ((n = sim_read(p->s, p->conn[STORY_B])) > 0) read += n;
        sim_run_for(p->s, TERN_SEC);
    }
    lesson_check(r, "all-arrive", read == taken, _("In the end all %lld bytes were read."), (long long)read);
}

static int run(struct lesson_run *r)
{
    struct sim_config cfg;
    struct lesson_pair p;
    if (!lesson_shows(r, "zero-window-probe", "sws-receiver", "sws-sender", "window-check", NULL)) return congestion(r);
    lesson_sim_config(&cfg);
    cfg.settings[STORY_B].receive_buffer = BUFFER;
    cfg.settings[STORY_B].receive_buffer_max = 0;
    lesson_say(
        r,
        _("The receiver grants so many bytes behind the acknowledged ones: the window. As it reads, the window slides on. The "
          "sender "
          "below has three times as much as the receiver's buffer of %u bytes holds, and the application there is asleep."),
        BUFFER);
    int err = pair_connect(r, &cfg, &p);
    if (!err) slow_reader(r, &p);
    sim_free(p.s);
    if (!err && lesson_shows(r, "congestion-control", NULL)) err = congestion(r);
    if (err) return err;
    lesson_wrong(
        r, _("\"A zero window closes the connection.\" It only pauses it, for as long as the receiver answers the probes."));
    return 0;
}

static const char *const clauses[] = {"zero-window-probe", "sws-receiver",       "sws-sender",
                                      "window-check",      "congestion-control", NULL};

const struct lesson lesson_window_ = {
    .name = "window",
    .title = N_("The window: sliding, zero, probed, never silly"),
    .summary = N_("A receiver that does not read, a sender that asks, and a window update that is lost."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("The round trip takes a whole second. Do the probes come later, and what do they wait for?"),
    .answer = "tern explain window --rtt 1s",
};
