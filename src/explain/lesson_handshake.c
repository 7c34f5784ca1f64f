/* The lesson `handshake`: the arithmetic of the three segments, what they exchange, and the calls beside the states. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

static const char hello[] = "hello";

static bool both_there(const struct story_row *a, const struct story_row *b) { return a && b; }

static void arithmetic(struct lesson_run *r, const struct story_row *syn, const struct story_row *synack,
                       const struct story_row *ack)
{
    lesson_line(r, "SYN       seq %u", syn->seg.seq);
    lesson_line(r, "SYN,ACK   seq %u   ack %u = %u + 1", synack->seg.seq, synack->seg.ack, syn->seg.seq);
    lesson_line(r, "ACK       seq %u   ack %u = %u + 1", ack->seg.seq, ack->seg.ack, synack->seg.seq);
    lesson_check(r, "syn-takes-a-number", syn->seg.len == 0 && synack->seg.ack == syn->seg.seq + 1,
                 _("The SYN carries no byte and yet takes number %u: the server asks for %u next."), syn->seg.seq,
                 synack->seg.ack);
    lesson_check(r, "synack-takes-a-number", ack->seg.ack == synack->seg.seq + 1 && ack->seg.seq == syn->seg.seq + 1,
                 _("So does the server's SYN: the third segment acknowledges %u and itself stands at %u."), ack->seg.ack,
                 ack->seg.seq);
}

static void times(struct lesson_run *r, const struct story *s, const struct story_row *syn)
{
    tern_ns a = seen_state(s, STORY_A, TERN_SYN_SENT, TERN_ESTABLISHED);
    tern_ns b = seen_state(s, STORY_B, TERN_SYN_RECEIVED, TERN_ESTABLISHED);
    const struct story_row *synack = story_find(s, 0, STORY_B, TH_SYN | TH_ACK);
    bool lost = false;
    for (size_t i = 0; i < s->row_n; i++) lost |= s->row[i].fate == STORY_LOST;
    if (lost) {
        lesson_check(
            r, "survives-loss", a != TERN_NEVER && b != TERN_NEVER && b > a,
            _("A segment was lost, its sender sent again, and both ends are ESTABLISHED all the same: the client after %g "
              "ms, the server after %g ms."),
            in_seconds(a - syn->at) * 1000, in_seconds(b - syn->at) * 1000);
        return;
    }
    tern_ns way = syn->arrived - syn->at;
    lesson_check(r, "client-after-two-ways", synack && a == synack->arrived && a - syn->at == 2 * way,
                 _("The client is ESTABLISHED when the SYN,ACK arrives: after 2 * %g ms = %g ms."), in_seconds(way) * 1000,
                 in_seconds(a - syn->at) * 1000);
    lesson_check(r, "server-after-three-ways", b != TERN_NEVER && b - syn->at == 3 * way,
                 _("The server is ESTABLISHED one way later, when the third segment arrives: after %g ms."),
                 in_seconds(b - syn->at) * 1000);
}

static void exchanged(struct lesson_run *r, const struct tern_conn *a, const struct story_row *syn,
                      const struct story_row *synack)
{
    struct tern_status st;
    tern_conn_status(a, &st);
    uint32_t least = syn->seg.mss < synack->seg.mss ? syn->seg.mss : synack->seg.mss, options = st.timestamps ? 12 : 0;
    lesson_head(r, _("What the two SYNs exchange"));
    lesson_check(
        r, "mss-exchanged", st.mss == least - options,
        _("MSS: each says what it can take, %u and %u. The client sends at most %u bytes: the smaller one, less %u bytes "
          "of timestamps in each segment."),
        syn->seg.mss, synack->seg.mss, st.mss, options);
    lesson_check(r, "scale-exchanged", !st.wscale_ok || (syn->seg.wscale == st.rcv_wscale && synack->seg.wscale == st.snd_wscale),
                 _("Window scale: only a SYN can carry it. From now on windows count in units of 2^%u and 2^%u bytes."),
                 st.rcv_wscale, st.snd_wscale);
    lesson_check(r, "syn-window-is-unscaled", syn->seg.wnd == syn->seg.wnd_raw && synack->seg.wnd == synack->seg.wnd_raw,
                 _("Window: those in the SYNs themselves are never scaled, so they stop at 65535; here it is %u."), syn->seg.wnd);
}

static int three(struct lesson_run *r)
{
    struct tern_conn *a, *b;
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    bool up = sim_establish(s, &a, &b);
    const struct story *story = lesson_ladder(r, s, _("Three segments"));
    const struct story_row *syn = story_find(story, 0, STORY_A, TH_SYN), *synack = story_find(story, 0, STORY_B, TH_SYN | TH_ACK);
    const struct story_row *ack = story_find(story, 0, STORY_A, TH_ACK);
    if (up && syn && both_there(synack, ack)) {
        arithmetic(r, syn, synack, ack);
        times(r, story, syn);
        exchanged(r, a, syn, synack);
    }
    sim_free(s);
    return up ? 0 : TERN_ERR_TIMEDOUT;
}

struct waiting {
    struct tern_listener *l;
    struct tern_conn *c;
};

static bool accepted(void *ctx)
{
    struct waiting *w = ctx;
    w->c = tern_listener_accept(w->l);
    return w->c != NULL;
}

static struct tern_conn *wait_accept(struct sim *s, struct tern_listener *l)
{
    struct waiting w = {.l = l};
    sim_run_until(s, sim_now(s) + 600 * TERN_SEC, accepted, &w);
    return w.c;
}

/* A client that can take little says so in its SYN. */
static int small_segments(struct lesson_run *r)
{
    enum { LITTLE = 500, REPLY = 2000 };
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    struct tern_listener *l = sim_listen(s, STORY_B, 80, 0);
    struct tern_conn *a = sim_connect(s, STORY_A, 40000, 80), *b = NULL;
    int err = l && a ? tern_conn_set(a, sim_now(s), TERN_OPT_MAX_SEGMENT, LITTLE) : TERN_ERR_NOMEM;
    if (!err) {
        if (!(b = wait_accept(s, l))) err = TERN_ERR_TIMEDOUT;
    }
    if (!err) {
        sim_send(s, b, REPLY);
        sim_run_quiet(s, TERN_NEVER);
        const struct story *story = lesson_ladder(r, s, _("The client takes small segments only"));
        uint32_t longest = 0;
        for (size_t i = 0; i < story->row_n; i++)
            if (story->row[i].kind == STORY_SEGMENT && story->row[i].side == STORY_B && story->row[i].seg.len > longest)
                longest = story->row[i].seg.len;
        const struct story_row *syn = story_find(story, 0, STORY_A, TH_SYN);
        bool said = syn && syn->seg.mss == LITTLE && tern_conn_readable(a) == REPLY;
        if (lesson_without(r, "mss-option"))
            lesson_check(r, "without:mss-option", said && longest > LITTLE,
                         _("The client said %u, the server did not read it and sent %u bytes in a segment. A path that takes no "
                           "more than was said loses each of them."),
                         LITTLE, longest);
        else
            lesson_check(r, "mss-heeded", said && longest && longest <= LITTLE,
                         _("The client said %u, and no segment of the server has more: its longest has %u bytes."), LITTLE,
                         longest);
    }
    sim_free(s);
    return err;
}

/* The application writes before the connection is up; then both close. */
static int with_data(struct lesson_run *r)
{
    struct sim_config cfg;
    lesson_sim_config(&cfg);
    cfg.trace_all = true;
    struct sim *s = lesson_sim(r, &cfg);
    if (!s) return lesson_failed(r);
    struct tern_listener *l = sim_listen(s, STORY_B, 80, 0);
    struct tern_conn *a = sim_connect(s, STORY_A, 40000, 80);
    if (!l || !a) {
        sim_free(s);
        return TERN_ERR_NOMEM;
    }
    int64_t taken = sim_send_text(s, a, hello);
    sim_run_for(s, 8 * TERN_SEC);
    struct tern_conn *b = wait_accept(s, l);
    if (b && !tern_conn_readable(b)) sim_run_for(s, 8 * TERN_SEC);
    int64_t read = b ? sim_read(s, b) : 0;
    sim_close(s, a);
    sim_run_for(s, 4 * TERN_SEC);
    if (b) sim_close(s, b);
    sim_run_for(s, 8 * TERN_SEC);
    const struct story *story = lesson_ladder(r, s, _("The calls beside the states: connect, write, accept, read, close"));
    const struct story_row *data = NULL;
    for (size_t i = 0; i < story->row_n && !data; i++)
        if (story->row[i].kind == STORY_SEGMENT && story->row[i].side == STORY_A && story->row[i].seg.len) data = &story->row[i];
    const struct story_row *syn = story_find(story, 0, STORY_A, TH_SYN), *ack = story_find(story, 0, STORY_A, TH_ACK);
    bool first = data && syn && data->seg.seq == syn->seg.seq + 1;
    lesson_check(r, "ack-takes-no-number", first && ack && ack->seg.seq == data->seg.seq,
                 ack == data ? _("Written early, the bytes travel in the third segment itself; their first number is %u.")
                             : _("The third segment without data took no number: the first byte has the same number, %u."),
                 data ? data->seg.seq : 0);
    lesson_check(r, "early-data-arrives", taken == read && read == (int64_t)sizeof hello - 1,
                 _("What was written before ESTABLISHED waited, and all %lld bytes arrived once accept gave the connection out."),
                 (long long)read);
    sim_free(s);
    return 0;
}

static int run(struct lesson_run *r)
{
    lesson_say(
        r,
        _("Each side numbers its own bytes, from a number that it chooses. Before the first byte, each must tell its number and "
          "hear that the other has it: my number, your receipt and your number, my receipt. The middle two travel together, so "
          "there are three segments."));
    int err = lesson_shows(r, NULL) ? three(r) : 0;
    if (!err && lesson_shows(r, "mss-option", NULL)) err = small_segments(r);
    if (err || !lesson_shows(r, NULL)) return err;
    lesson_wrong(r, _("\"The server accepts, and that completes the handshake.\" The stack completes it; accept only fetches "
                      "what is ready."));
    return with_data(r);
}

static const char *const clauses[] = {"mss-option", NULL};

const struct lesson lesson_handshake_ = {
    .name = "handshake",
    .title = N_("The three-way handshake"),
    .summary = N_("Two numbers, two receipts, three segments; and what else they agree on."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_LOSS_NTH | LESSON_MSS | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("The third segment is lost. Does the connection fail?"),
    .answer = "tern explain handshake --loss-nth 3",
};
