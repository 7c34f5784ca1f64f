/* The lesson `why-three`: a stale duplicate SYN, met by three ways and by two. */
#include "found.h"
#include "tcp.h"
#include "words.h"

static const tern_ns late = 3 * TERN_SEC; /* how long the network keeps the SYN */

static void judge(struct lesson_run *r, const struct story *s, const struct tern_conn *handed, bool held)
{
    if (lesson_without(r, "third-ack")) {
        lesson_check(r, "without:third-ack", handed != NULL,
                     _("By two ways the server's application was handed a connection when the SYN came: one that nobody wants."));
        return;
    }
    lesson_check(r, "half-open-only", held && !handed,
                 _("The server answered the SYN and kept a half-open record (SYN-RECEIVED); its application heard nothing."));
    lesson_check(r, "refused-by-the-client", seen_rule(s, STORY_A, TERN_RULE_RST_CLOSED) == 1,
                 _("The client knew of no such connection and answered the SYN,ACK with a RST."));
    lesson_check(r, "back-to-listen", seen_state(s, STORY_B, TERN_SYN_RECEIVED, TERN_LISTEN) != TERN_NEVER,
                 _("The RST took the record away: from SYN-RECEIVED back to LISTEN, at the cost of one round trip."));
}

static int stale(struct lesson_run *r)
{
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    struct tern_listener *l = sim_listen(s, STORY_B, 80, 0);
    sim_fault(s, &(struct sim_fault){.kind = SIM_DELAY, .from = STORY_A, .nth = 1, .extra = late});
    struct tern_conn *c = l ? sim_connect(s, STORY_A, 40000, 80) : NULL;
    int err = c ? 0 : TERN_ERR_NOMEM;
    if (!err) {
        struct tern_listener_info info;
        sim_run_for(s, 500 * TERN_MS);
        sim_close(s, c);
        sim_release(s, c);
        sim_run(s, late + lesson_options(r)->rtt / 2);
        tern_listener_info(l, &info);
        const struct tern_conn *handed = tern_listener_accept(l);
        sim_run_for(s, 10 * TERN_SEC);
        judge(r, lesson_ladder(r, s, _("The SYN comes when the client has long given up")), handed, info.half_n == 1);
    }
    sim_free(s);
    return err;
}

static void judge_found(struct lesson_run *r, const struct story *s, const struct found_end *end)
{
    (void)s;
    lesson_check(r, "found-handed", end->conn[STORY_B] != NULL,
                 _("The client had given up, and yet the server's application was handed a connection."));
}

/* What spin finds where the third segment is taken out of the model. */
static int found(struct lesson_run *r)
{
    static const char *const clauses[] = {"third-ack", NULL};
    lesson_say(
        r,
        _("A program has looked for the shortest way into trouble: the model checker spin knows the stack's own table of "
          "transitions and tries everything that a network may do (doc/model.md). With three ways it finds nothing. With two it "
          "finds this, and here two real ends without the third segment do the same."));
    return found_play(r, &found_two_way, clauses, "as-spin-found", _("Found by spin: two ways, and an old SYN"), judge_found);
}

static int four(struct lesson_run *r)
{
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    struct tern_conn *a = sim_connect(s, STORY_A, 40000, 80), *b = sim_connect(s, STORY_B, 80, 40000);
    int err = a && b ? 0 : TERN_ERR_NOMEM;
    if (!err) {
        sim_run_for(s, 10 * lesson_options(r)->rtt);
        bool both = tern_conn_state(a) == TERN_ESTABLISHED && tern_conn_state(b) == TERN_ESTABLISHED;
        const struct story *told = lesson_ladder(r, s, _("Both open at once: SYN and ACK apart"));
        uint32_t n = seen_sent(told, STORY_A, 0, 0) + seen_sent(told, STORY_B, 0, 0);
        if (lesson_without(r, "simultaneous-open"))
            lesson_check(r, "without:simultaneous-open", !both && seen_sent(told, STORY_A, TH_SYN | TH_ACK, 0) == 0,
                         _("A SYN that crossed one's own was not answered: the client is in %s, the server in %s, and both "
                           "sides send SYNs that the other does not want."),
                         tern_state_name(tern_conn_state(a)), tern_state_name(tern_conn_state(b)));
        else
            lesson_check(
                r, "four-works", both && n == 4 && seen_sent(told, STORY_A, TH_SYN, 0) == 2,
                _("%u segments, and both ends are ESTABLISHED: each SYN was acknowledged. Three is what remains when the server "
                  "puts its SYN and its ACK together."),
                n);
    }
    sim_free(s);
    return err;
}

/* ---- the two generals ---- */

enum { FIRST = 3, LAST = 7 }; /* segments, the handshake's three at least */

/* |n| segments, each the answer to the one before; the last of them is lost or not, and after it the link is cut. */
struct exchange {
    struct sim *s;
    struct tern_listener *l;
    struct tern_conn *conn[STORY_SIDE_N];
    enum story_side turn; /* whose answer is next */
    uint32_t n;
};

static bool heard(void *ctx)
{
    struct exchange *x = ctx;
    if (x->turn == STORY_B && !x->conn[STORY_B]) return (x->conn[STORY_B] = tern_listener_accept(x->l)) != NULL;
    return tern_conn_readable(x->conn[x->turn]) != 0;
}

static bool third_left(void *ctx)
{
    const struct exchange *x = ctx;
    return tern_conn_state(x->conn[STORY_A]) == TERN_ESTABLISHED;
}

/* The third is the stack's answer, each later one the application's: a byte, which says "I have heard you". */
static int talk(struct exchange *x)
{
    tern_ns limit = 600 * TERN_SEC;
    if (!(x->l = sim_listen(x->s, STORY_B, 80, 0)) || !(x->conn[STORY_A] = sim_connect(x->s, STORY_A, 40000, 80)))
        return TERN_ERR_NOMEM;
    if (!sim_run_until(x->s, limit, third_left, x)) return TERN_ERR_TIMEDOUT;
    for (uint32_t i = FIRST + 1; i <= x->n; i++, x->turn = story_other(x->turn)) {
        if (!sim_run_until_arrival(x->s, limit, heard, x)) return TERN_ERR_TIMEDOUT;
        sim_read(x->s, x->conn[x->turn]);
        sim_send(x->s, x->conn[x->turn], 1);
    }
    sim_run_for(x->s, 0);
    sim_cut(x->s, true);
    return 0;
}

/* What an end knows, as far as it could tell somebody. */
struct known {
    enum tern_state state;
    uint32_t una, nxt, rcv;
};

static struct known known(const struct tern_conn *c, uint32_t half_open)
{
    struct tern_status st;
    if (!c) return (struct known){.state = TERN_SYN_RECEIVED, .rcv = half_open};
    tern_conn_status(c, &st);
    return (struct known){st.state, st.snd_una, st.snd_nxt, st.rcv_nxt};
}

static bool same(const struct known *a, const struct known *b)
{
    return a->state == b->state && a->una == b->una && a->nxt == b->nxt && a->rcv == b->rcv;
}

static int exchange(struct lesson_run *r, uint32_t n, bool lost, struct known end[STORY_SIDE_N])
{
    struct sim_config cfg;
    lesson_sim_config(&cfg);
    cfg.settings[STORY_A].rto_initial = cfg.settings[STORY_B].rto_initial =
        60 * TERN_SEC; /* nothing of the opening comes twice */
    struct exchange x = {.s = lesson_sim(r, &cfg), .turn = STORY_B, .n = n};
    if (!x.s) return lesson_failed(r);
    if (lost) sim_fault(x.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_SIDE_N, .nth = n});
    int err = talk(&x);
    sim_run_for(x.s, TERN_SEC / 2 + lesson_options(r)->rtt);
    if (!err) {
        struct tern_status a;
        tern_conn_status(x.conn[STORY_A], &a);
        if (!x.conn[STORY_B]) x.conn[STORY_B] = tern_listener_accept(x.l);
        for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) end[side] = known(x.conn[side], a.iss + 1);
        if (n == LAST && lost) lesson_ladder(r, x.s, _("The last of seven is lost"));
    }
    sim_free(x.s);
    return err;
}

static int generals(struct lesson_run *r)
{
    struct known lost[LAST + 1][STORY_SIDE_N], arrived[LAST + 1][STORY_SIDE_N];
    bool never_certain = true;
    for (uint32_t n = FIRST; n <= LAST; n++) {
        int err = exchange(r, n, false, arrived[n]);
        if (!err) err = exchange(r, n, true, lost[n]);
        if (err) return err;
    }
    lesson_line(r, _("segments   the last one's sender: RCV.NXT   its receiver: arrived, or lost"));
    for (uint32_t n = FIRST; n <= LAST; n++) {
        enum story_side from = n % 2 ? STORY_A : STORY_B, to = story_other(from);
        never_certain &= same(&lost[n][from], &arrived[n][from]) && !same(&lost[n][to], &arrived[n][to]);
        lesson_line(r, "%8u   %10u = %10u   %s %u, %s %u", n, arrived[n][from].rcv, lost[n][from].rcv,
                    tern_state_name(arrived[n][to].state), arrived[n][to].rcv, tern_state_name(lost[n][to].state),
                    lost[n][to].rcv);
    }
    lesson_check(r, "two-generals", never_certain,
                 _("With %u segments, and with each number up to %u: whoever sent the last has the same control block whether it "
                   "arrived or not, and only the other end knows."),
                 FIRST, LAST);
    return 0;
}

static int run(struct lesson_run *r)
{
    lesson_say(
        r, _("Two segments would do to tell each side the other's first number. But the server must also know that the SYN is "
             "meant now. The network may have kept it: here the client's SYN is late by 3 s, and the client has given up by "
             "then. Only the client can say that, and the third segment is where it speaks."));
    int err = lesson_shows(r, "third-ack", NULL) ? stale(r) : 0;
    if (err || !lesson_shows(r, "simultaneous-open", NULL)) return err;
    lesson_say(r, _("Why not four? Four work as well, and TCP knows them: when both sides open at once."));
    err = four(r);
    if (err || !lesson_shows(r, NULL)) return err;
    lesson_say(
        r,
        _("Why not five, or six? No number of segments makes both sides certain that both are certain (the two generals). Here "
          "each one is the answer to the one before, and the link is cut after the last; once that one arrives, and once it is "
          "lost."));
    err = generals(r);
    if (err) return err;
    lesson_say(
        r,
        _("TCP does not need that certainty: when the third segment is lost, the SYN,ACK is sent again, or the first data brings "
          "the same acknowledgement. `tern explain handshake --loss-nth 3` shows it."));
    err = found(r);
    if (err) return err;
    lesson_wrong(
        r, _("\"Three ways are there to save resources.\" They cost the server a record for a round trip. They are there so that "
             "each side's number is acknowledged, and so that an old SYN opens nothing."));
    return 0;
}

static const char *const clauses[] = {"third-ack", "simultaneous-open", NULL};

const struct lesson lesson_why_three_ = {
    .name = "why-three",
    .title = N_("Why opening takes three segments"),
    .summary = N_("A SYN that comes too late, and who can tell."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("What does the application of a server get that does not wait for the third segment?"),
    .answer = "tern explain why-three --without third-ack",
};
