/* The lesson `rst`: each case that sends one, each that refuses one. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { OPEN = 80, CLOSED = 81, FORGER = 50000, ACKED = 7777 };

/* The first segment of |side| at or after row |from| that is no forgery. */
static const struct story_row *answer(const struct story *s, size_t from, enum story_side side)
{
    for (size_t i = from; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == side && !s->row[i].forged) return &s->row[i];
    return NULL;
}

/* The index of the row of the forged segment. */
static size_t forge(struct sim *s, const struct sim_forged *f)
{
    size_t at = sim_story(s)->row_n;
    sim_forge(s, f);
    sim_run_for(s, TERN_SEC);
    return at;
}

static int without_connection(struct lesson_run *r)
{
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    sim_listen(s, STORY_B, OPEN, 0);
    struct tern_conn *a = sim_connect(s, STORY_A, FORGER, CLOSED);
    sim_run_for(s, TERN_SEC);
    if (lesson_without(r, "rst-to-closed")) {
        const struct story *told = lesson_ladder(r, s, _("A closed port"));
        lesson_check(r, "without:rst-to-closed", a && tern_conn_state(a) == TERN_SYN_SENT && seen_sent(told, STORY_B, 0, 0) == 0,
                     _("A SYN to a closed port got no answer: the client is in SYN-SENT still, and will ask for %g s."),
                     in_seconds(tern_stack_settings(sim_stack(s, STORY_A))->r2_syn));
        sim_free(s);
        return 0;
    }
    size_t ack = forge(
        s,
        &(struct sim_forged){.from = STORY_A, .from_port = FORGER + 1, .to_port = OPEN, .seq = 1, .ack = ACKED, .flags = TH_ACK});
    size_t rst =
        forge(s, &(struct sim_forged){.from = STORY_A, .from_port = FORGER + 2, .to_port = CLOSED, .seq = 1, .flags = TH_RST});
    size_t rst_open =
        forge(s, &(struct sim_forged){.from = STORY_A, .from_port = FORGER + 3, .to_port = OPEN, .seq = 1, .flags = TH_RST});
    const struct story *story = lesson_ladder(r, s, _("No connection: closed and listening ports"));
    const struct story_row *syn = story_find(story, 0, STORY_A, TH_SYN), *refused = story_find(story, 0, STORY_B, TH_RST);
    lesson_check(r, "closed-port",
                 a && tern_conn_error(a) == TERN_ERR_REFUSED && syn && refused && refused->seg.ack == syn->seg.seq + 1,
                 _("Sent: a SYN to a closed port gets RST,ACK, and its ACK counts the SYN: connection refused."));
    const struct story_row *stray = answer(story, ack, STORY_B);
    lesson_check(r, "stray-ack", stray && stray->seg.flags == TH_RST && stray->seg.seq == ACKED,
                 _("Sent: an ACK that a listener has no use for gets a RST whose number is what the ACK named, %u: so its sender "
                   "will believe it."),
                 stray ? stray->seg.seq : 0);
    lesson_check(r, "no-rst-for-rst", !answer(story, rst, STORY_B) && story->row[rst].drop == TERN_DROP_RST_TO_CLOSED,
                 _("Never: a RST is not answered with a RST, or two ends would never stop."));
    lesson_check(r, "listener-ignores-rst", story->row[rst_open].drop == TERN_DROP_RST_TO_LISTEN,
                 _("Refused: a listener has nothing that could be reset."));
    sim_free(s);
    return 0;
}

/* RSTs in B's name against A's end: beside the mark, outside of the window, at the mark. */
static int believed_or_not(struct lesson_run *r)
{
    struct lesson_pair p;
    struct tern_status st;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        struct tern_conn *a = p.conn[STORY_A];
        tern_conn_status(a, &st);
        struct sim_forged f = {.from = STORY_B, .from_port = st.remote.port, .to_port = st.local.port, .flags = TH_RST};
        f.seq = st.rcv_nxt + 100;
        size_t in = forge(p.s, &f);
        bool in_lived = tern_conn_state(a) == TERN_ESTABLISHED;
        if (lesson_without(r, "rst-validation")) {
            lesson_ladder(r, p.s, _("A connection: which RST is believed?"));
            lesson_check(r, "without:rst-validation", !in_lived && tern_conn_error(a) == TERN_ERR_RESET,
                         _("A RST anywhere in the window was believed. The window has %u numbers: whoever tries one in each "
                           "window's width needs %u packets to reset any connection whose ports he knows."),
                         st.rcv_wnd, (uint32_t)((UINT64_C(1) << 32) / (st.rcv_wnd ? st.rcv_wnd : 1)));
            sim_free(p.s);
            return 0;
        }
        f.seq = st.rcv_nxt - 1;
        size_t out = forge(p.s, &f);
        bool out_lived = tern_conn_state(a) == TERN_ESTABLISHED;
        f.seq = st.rcv_nxt;
        forge(p.s, &f);
        size_t late = sim_story(p.s)->row_n;
        sim_send(p.s, p.conn[STORY_B], 10);
        sim_run_for(p.s, TERN_SEC);
        const struct story *s = lesson_ladder(r, p.s, _("A connection: which RST is believed?"));
        const struct story_row *challenge = answer(s, in, STORY_A);
        lesson_check(r, "challenge", in_lived && challenge && challenge < s->row + out && challenge->seg.flags == TH_ACK,
                     _("Refused: a RST in the window, but not at RCV.NXT %u, gets a challenge ACK; a true peer would answer that "
                       "with the right "
                       "one (RFC 5961)."),
                     st.rcv_nxt);
        lesson_check(r, "outside", out_lived && s->row[out].fate == STORY_REFUSED && s->row[out].drop == TERN_DROP_RST_WINDOW,
                     _("Refused: a RST outside the window is dropped without a word."));
        lesson_check(r, "at-the-mark", tern_conn_error(a) == TERN_ERR_RESET, _("Believed: a RST exactly at RCV.NXT: %s."),
                     words(tern_strerror(tern_conn_error(a))));
        const struct story_row *rst = answer(s, late, STORY_A);
        lesson_check(r, "half-dead", rst && rst->seg.flags & TH_RST && tern_conn_error(p.conn[STORY_B]) == TERN_ERR_RESET,
                     _("Sent: the other end did not know yet; its next data finds no connection and gets a RST."));
    }
    sim_free(p.s);
    return err;
}

/* ---- what else a stranger may try ---- */

enum { CHALLENGES = 3, TRIES = 5 };

static void judge_syn(struct lesson_run *r, const struct tern_conn *a, const struct story *s)
{
    if (lesson_without(r, "syn-challenge"))
        lesson_check(r, "without:syn-challenge", tern_conn_error(a) == TERN_ERR_RESET,
                     _("A forged SYN in the window ended the connection: %s."), words(tern_strerror(tern_conn_error(a))));
    else
        lesson_check(
            r, "syn-challenge", seen_rule(s, STORY_A, TERN_RULE_CHALLENGE_SYN) == 1 && tern_conn_state(a) == TERN_ESTABLISHED,
            _("A SYN in the window gets a challenge ACK, too, and changes nothing: a peer that has restarted would answer "
              "with a RST (RFC 5961, 4)."));
}

static void judge_far(struct lesson_run *r, const struct story_row *far, uint32_t wnd)
{
    uint32_t now = far->tcb[STORY_A].snd_wnd;
    if (lesson_without(r, "seq-check"))
        lesson_check(r, "without:seq-check", far->fate == STORY_ARRIVED && now == 0,
                     _("An ACK far outside the window was processed, and its window of 0 with it: a stranger who guessed nothing "
                       "has stopped the sender."));
    else
        lesson_check(r, "outside-changes-nothing", far->fate == STORY_REFUSED && now == wnd,
                     _("An ACK far outside the window, which says that the peer's window is 0, changes nothing: it is still %u."),
                     now);
}

static void judge_many(struct lesson_run *r, uint32_t challenges)
{
    if (lesson_without(r, "challenge-limit"))
        lesson_check(r, "without:challenge-limit", challenges == TRIES,
                     _("%u forged RSTs drew %u challenge ACKs: whoever sends them decides how much this end sends."), TRIES,
                     challenges);
    else
        lesson_check(r, "challenge-limit", challenges == CHALLENGES,
                     _("%u forged RSTs drew %u challenge ACKs; here no more are sent in 5 s (RFC 5961, 7)."), TRIES, challenges);
}

static int stranger(struct lesson_run *r)
{
    struct sim_config cfg;
    struct lesson_pair p;
    struct tern_status st;
    lesson_sim_config(&cfg);
    cfg.settings[STORY_A].challenge_n = CHALLENGES;
    cfg.settings[STORY_A].timestamps = 0; /* or a stranger would have to guess them, too */
    int err = pair_connect(r, &cfg, &p);
    if (!err) {
        tern_conn_status(p.conn[STORY_A], &st);
        bool syn = lesson_shows(r, "syn-challenge", NULL), far = lesson_shows(r, "seq-check", NULL),
             many = lesson_shows(r, "challenge-limit", NULL) && !lesson_without(r, "rst-validation");
        struct sim_forged f = {.from = STORY_B, .from_port = st.remote.port, .to_port = st.local.port, .ack = st.snd_nxt};
        f.seq = st.rcv_nxt + (UINT32_C(1) << 30), f.flags = TH_ACK;
        size_t at = far ? forge(p.s, &f) : 0;
        f.seq = st.rcv_nxt, f.flags = TH_RST;
        for (int i = 0; many && i < TRIES; i++) {
            f.seq += 100;
            forge(p.s, &f);
        }
        sim_run_for(p.s, 6 * TERN_SEC);
        f.seq = st.rcv_nxt + 100, f.flags = TH_SYN;
        if (syn) forge(p.s, &f);
        const struct story *s = lesson_ladder(r, p.s, _("What else a stranger may try"));
        if (far) judge_far(r, &s->row[at], st.snd_wnd);
        if (many) judge_many(r, seen_rule(s, STORY_A, TERN_RULE_CHALLENGE_RST));
        if (syn) judge_syn(r, p.conn[STORY_A], s);
    }
    sim_free(p.s);
    return err;
}

static int by_the_application(struct lesson_run *r)
{
    struct lesson_pair p;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        sim_abort(p.s, p.conn[STORY_A]);
        sim_run_for(p.s, TERN_SEC);
        const struct story *s = lesson_ladder(r, p.s, _("The application aborts"));
        const struct story_row *rst = story_find(s, 0, STORY_A, TH_RST);
        bool rested = seen_state(s, STORY_A, TERN_STATE_N, TERN_TIME_WAIT) != TERN_NEVER;
        lesson_check(r, "abort",
                     rst && rst->rule == TERN_RULE_RST_ABORT && !rested && tern_conn_error(p.conn[STORY_B]) == TERN_ERR_RESET,
                     _("Sent: ABORT. Both ends are CLOSED at once, without TIME-WAIT; what was on its way is lost."));
    }
    sim_free(p.s);
    return err;
}

static int unread(struct lesson_run *r)
{
    struct lesson_pair p;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        sim_send(p.s, p.conn[STORY_A], 10);
        sim_run_for(p.s, TERN_SEC);
        sim_release(p.s, p.conn[STORY_B]);
        sim_run_for(p.s, TERN_SEC);
        const struct story *s = lesson_ladder(r, p.s, _("The application goes without reading"));
        bool rst = seen_rule(s, STORY_B, TERN_RULE_RST_UNREAD) == 1;
        if (lesson_without(r, "rst-unread"))
            lesson_check(r, "without:rst-unread",
                         !rst && seen_sent(s, STORY_B, TH_FIN, 0) == 1 && tern_conn_error(p.conn[STORY_A]) == 0,
                         _("Closed with bytes unread, and a FIN was sent: the client believes that all it wrote was read."));
        else
            lesson_check(
                r, "unread", rst && tern_conn_error(p.conn[STORY_A]) == TERN_ERR_RESET,
                _("Sent: closed with bytes unread. A FIN would say that all was received; the RST says that it was not (RFC "
                  "2525, 2.17)."));
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    lesson_say(
        r, _("A RST says: there is no such connection here, or no longer. It is not acknowledged and not sent again, and it ends "
             "everything at once; so whoever receives one must ask whether it may be believed."));
    int err = lesson_shows(r, "rst-to-closed", NULL) ? without_connection(r) : 0;
    if (!err && lesson_shows(r, "rst-validation", NULL)) err = believed_or_not(r);
    if (!err && lesson_shows(r, "syn-challenge", "seq-check", "challenge-limit", NULL)) err = stranger(r);
    if (!err && lesson_shows(r, NULL)) err = by_the_application(r);
    if (!err && lesson_shows(r, "rst-unread", NULL)) err = unread(r);
    if (err) return err;
    lesson_wrong(r, _("\"Whoever knows addresses and ports can reset a connection.\" He must hit one number among 2^32, and near "
                      "misses only draw "
                      "a challenge ACK."));
    return 0;
}

static const char *const clauses[] = {
    "rst-to-closed", "rst-validation", "syn-challenge", "seq-check", "challenge-limit", "rst-unread", NULL};

const struct lesson lesson_rst_ = {
    .name = "rst",
    .title = N_("RST: who sends it, who believes it"),
    .summary = N_("Every case that sends a RST, and every case that refuses one."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question =
        N_("Does a believable RST depend on the initial sequence numbers? Choose others and compare the forged segments."),
    .answer = "tern explain rst --isn 1,4294967295",
};
