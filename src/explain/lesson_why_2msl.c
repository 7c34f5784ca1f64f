/* The lesson `why-2msl`: the last ACK may have to be sent again, and old duplicates must die before the pair is used anew. */
#include <string.h>

#include "found.h"
#include "tcp.h"
#include "words.h"

static const tern_ns late = TERN_SEC; /* how long the network keeps the duplicate */
static const char old_text[] = "pay Bob 100";

/* ---- the first reason ---- */

static bool reset_in(const struct story *s, enum story_side side)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side != side && s->row[i].rule_in == TERN_RULE_RST_IN) return true;
    return false;
}

static void judge_last_ack(struct lesson_run *r, const struct story *s, bool waits)
{
    bool closed = seen_state(s, STORY_B, TERN_LAST_ACK, TERN_CLOSED) != TERN_NEVER, reset = reset_in(s, STORY_B);
    if (waits)
        lesson_check(r, "fin-again-answered", closed && !reset && seen_rule(s, STORY_A, TERN_RULE_ACK_TIME_WAIT) == 1,
                     _("The FIN came again, the client was still in TIME-WAIT and acknowledged it: both ends closed in order."));
    else
        lesson_check(
            r, lesson_without(r, "time-wait") ? "without:time-wait" : "fin-again-reset", closed && reset,
            _("The FIN came again, the client knew nothing of the connection any more and answered with a RST: the server left "
              "LAST-ACK by a reset. Whether the client got everything it cannot know."));
}

static int last_ack(struct lesson_run *r)
{
    struct lesson_pair p;
    int err = pair_connect(r, NULL, &p);
    if (!err) err = pair_half_close(&p);
    if (!err) {
        sim_fault(p.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 1});
        sim_close(p.s, p.conn[STORY_B]);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("The first reason: the last ACK may be lost"));
        const struct story_row *first = story_find(s, 0, STORY_B, TH_FIN);
        const struct story_row *again = first ? story_find(s, (size_t)(first - s->row) + 1, STORY_B, TH_FIN) : NULL;
        tern_ns msl = tern_stack_settings(sim_stack(p.s, STORY_A))->msl;
        judge_last_ack(r, s, !lesson_without(r, "time-wait") && again && again->arrived <= first->arrived + 2 * msl);
    }
    sim_free(p.s);
    return err;
}

/* ---- the second reason ---- */

struct twice {
    struct lesson_pair p;
    struct tern_listener *l;
    tern_ns delay;     /* one way */
    tern_ns duplicate; /* when the old duplicate arrives */
    int refused;       /* what the second OPEN said at first */
    tern_ns opened;    /* when the second OPEN was taken */
    char got[64];      /* what the server read from the second connection */
    int64_t got_n;
};

/* The same pair of endpoints each time. */
static int open_pair(struct twice *t)
{
    struct tern_endpoint local = {sim_addr(t->p.s, STORY_A), 40000}, remote = {sim_addr(t->p.s, STORY_B), 80};
    return tern_stack_connect(sim_stack(t->p.s, STORY_A), &local, &remote, &t->p.conn[STORY_A]);
}

static int established(struct twice *t)
{
    if (!pair_reach(&t->p, STORY_A, TERN_ESTABLISHED, 600 * TERN_SEC)) return TERN_ERR_TIMEDOUT;
    sim_run_for(t->p.s, t->delay + late / 10); /* the third segment, too */
    t->p.conn[STORY_B] = tern_listener_accept(t->l);
    return t->p.conn[STORY_B] ? 0 : TERN_ERR_TIMEDOUT;
}

static int first_life(struct twice *t)
{
    struct sim *s = t->p.s;
    tern_ns delay = t->delay, extra = late + 10 * delay;
    int err = open_pair(t);
    if (!err) err = established(t);
    if (err) return err;
    sim_fault(s, &(struct sim_fault){.kind = SIM_DUPLICATE, .from = STORY_A, .nth = 1, .with_data = true, .extra = extra});
    t->duplicate = sim_now(s) + delay + extra;
    sim_send_text(s, t->p.conn[STORY_A], old_text);
    sim_run_for(s, 2 * delay);
    sim_read(s, t->p.conn[STORY_B]);
    err = pair_half_close(&t->p);
    if (err) return err;
    sim_close(s, t->p.conn[STORY_B]);
    if (!pair_reach(&t->p, STORY_B, TERN_CLOSED, 600 * TERN_SEC)) return TERN_ERR_TIMEDOUT;
    sim_release(s, t->p.conn[STORY_A]);
    sim_release(s, t->p.conn[STORY_B]);
    return 0;
}

/* The pair again, as soon as it can be had; the client sends nothing by it. */
static int second_life(struct twice *t, tern_ns msl)
{
    struct sim *s = t->p.s;
    t->refused = open_pair(t);
    int err = t->refused;
    if (err == TERN_ERR_ADDRINUSE) {
        sim_run_for(s, 2 * msl);
        err = open_pair(t);
    }
    t->opened = sim_now(s);
    if (!err) err = established(t);
    if (err) return err;
    if (sim_now(s) <= t->duplicate) sim_run(s, t->duplicate);
    t->got_n = tern_conn_recv(t->p.conn[STORY_B], sim_now(s), t->got, sizeof t->got - 1);
    return 0;
}

static void judge_duplicate(struct lesson_run *r, const struct twice *t, tern_ns msl)
{
    bool off = lesson_without(r, "time-wait") || lesson_without(r, "port-in-time-wait");
    bool waits = !off && 2 * msl > t->delay; /* the last ACK is on its way for that long */
    const char *clause = lesson_without(r, "time-wait") ? "without:time-wait" : "without:port-in-time-wait";
    if (waits)
        lesson_check(r, "port-refused", t->refused == TERN_ERR_ADDRINUSE,
                     _("The client asked for the same port at once: \"%s\" (EADDRINUSE). It got it %g s after the close."),
                     words(tern_strerror(t->refused)), in_seconds(2 * msl));
    else
        lesson_check(r, "port-at-once", t->refused == 0, _("The client got the same port at once."));
    bool dead = t->duplicate < t->opened;
    if (dead)
        lesson_check(r, "duplicate-died", t->got_n == TERN_ERR_AGAIN,
                     _("The old duplicate had arrived and was refused before the new connection began, which is clean."));
    else
        lesson_check(
            r, off ? clause : "old-data-as-new", t->got_n == (int64_t)strlen(old_text) && strcmp(t->got, old_text) == 0,
            _("The client sent nothing on the new connection, and its server read \"%s\": a segment of the old one, taken for "
              "new data."),
            t->got);
}

static int duplicate(struct lesson_run *r)
{
    struct sim_config cfg;
    struct twice t = {.delay = lesson_options(r)->rtt / 2};
    lesson_sim_config(&cfg);
    cfg.settings[STORY_A].timestamps = cfg.settings[STORY_B].timestamps = 0;
    if (!(t.p.s = lesson_sim(r, &cfg))) return lesson_failed(r);
    tern_ns msl = tern_stack_settings(sim_stack(t.p.s, STORY_A))->msl;
    t.l = sim_listen(t.p.s, STORY_B, 80, 0);
    int err = t.l ? first_life(&t) : TERN_ERR_NOMEM;
    if (!err) err = second_life(&t, msl);
    if (!err) {
        lesson_ladder(r, t.p.s, _("The second reason: an old duplicate, and the same pair of ports again"));
        judge_duplicate(r, &t, msl);
    }
    sim_free(t.p.s);
    return err;
}

/* ---- before 2MSL is over ---- */

/* When things happen, in times of the way from end to end: so that the copies that the network makes come when they should. */
enum { TALK = 4, SERVER_CLOSES = 6, CLIENT_CLOSES = 8, OLD_SYN = 11, AGAIN = 14, OLD_DATA = 19, OVER = 22 };

static void at(struct twice *t, tern_ns ways) { sim_run(t->p.s, ways * t->delay); }

/* The server closes first, so the server has to wait. Of the first SYN and of the data the network keeps a copy each. */
static int early_life(struct twice *t)
{
    struct sim *s = t->p.s;
    sim_fault(s, &(struct sim_fault){.kind = SIM_DUPLICATE, .from = STORY_A, .nth = 1, .extra = (OLD_SYN - 1) * t->delay});
    int err = open_pair(t);
    if (err) return err;
    at(t, TALK);
    if (!(t->p.conn[STORY_B] = tern_listener_accept(t->l))) return TERN_ERR_TIMEDOUT;
    sim_fault(
        s, &(struct sim_fault){
               .kind = SIM_DUPLICATE, .from = STORY_A, .nth = 1, .with_data = true, .extra = (OLD_DATA - TALK - 1) * t->delay});
    sim_send_text(s, t->p.conn[STORY_A], old_text);
    at(t, SERVER_CLOSES);
    sim_read(s, t->p.conn[STORY_B]);
    sim_close(s, t->p.conn[STORY_B]);
    at(t, CLIENT_CLOSES);
    sim_close(s, t->p.conn[STORY_A]);
    at(t, AGAIN);
    return 0;
}

static const struct story_row *copy_of(const struct story *s, bool data)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].duplicate && (s->row[i].seg.len != 0) == data) return &s->row[i];
    return NULL;
}

static void judge_old_syn(struct lesson_run *r, const struct story *s)
{
    const struct story_row *syn = copy_of(s, false);
    if (lesson_without(r, "tw-reuse-check"))
        lesson_check(
            r, "without:tw-reuse-check", syn && syn->tcb[STORY_B].state == TERN_SYN_RECEIVED,
            _("The old SYN ended TIME-WAIT and opened a connection: SYN-RECEIVED, for a client that knows nothing of it."));
    else
        lesson_check(
            r, "old-syn-refused", syn && syn->fate == STORY_REFUSED && syn->tcb[STORY_B].state == TERN_TIME_WAIT,
            _("A copy of the first SYN came in TIME-WAIT. Neither its number nor its timestamp is new: it opened nothing "
              "(RFC 6191)."));
}

static void judge_reopened(struct lesson_run *r, const struct story *s)
{
    const struct story_row *first = story_find(s, 0, STORY_B, TH_SYN), *fin = story_find(s, 0, STORY_B, TH_FIN), *again = NULL;
    for (size_t i = 0; fin && i < s->row_n; i++)
        if (s->row + i > fin && s->row[i].side == STORY_B && s->row[i].seg.flags & TH_SYN) again = &s->row[i];
    uint32_t end = fin ? seen_end(fin) : 0, iss = again ? again->seg.seq : 0;
    bool beyond = first && again && (int32_t)(iss - end) > 0;
    if (lesson_without(r, "isn-beyond"))
        lesson_check(
            r, "without:isn-beyond", again && !beyond,
            _("The server began at %u again, though it had come to %u before: what is left of its old segments fits into "
              "the new connection."),
            iss, end);
    else
        lesson_check(
            r, "beyond-the-old", beyond,
            _("The client's new SYN has a newer timestamp, and TIME-WAIT gave way. The server's first number, %u, lies beyond "
              "the last of the old connection, %u (RFC 9293, 3.6.1)."),
            iss, end);
}

static void judge_old_data(struct lesson_run *r, const struct twice *t, const struct story *s)
{
    const struct story_row *data = copy_of(s, true);
    if (lesson_without(r, "paws"))
        lesson_check(r, "without:paws", data && data->fate == STORY_ARRIVED && t->got_n == (int64_t)strlen(old_text),
                     _("The client sent nothing on the new connection, and its server read \"%s\": the number fitted, and nobody "
                       "looked at the timestamp."),
                     t->got);
    else
        lesson_check(r, "old-data-refused", data && data->drop == TERN_DROP_PAWS && t->got_n == TERN_ERR_AGAIN,
                     _("The old data came with a number that fitted, and was dropped: its timestamp is older than the new "
                       "connection (PAWS)."));
}

static int early(struct lesson_run *r)
{
    struct twice t = {.p.s = lesson_sim(r, NULL), .delay = lesson_options(r)->rtt / 2};
    if (!t.p.s) return lesson_failed(r);
    struct sim *s = t.p.s;
    t.l = sim_listen(s, STORY_B, 80, 0);
    int err = t.l ? early_life(&t) : TERN_ERR_NOMEM;
    bool reopens = !lesson_without(r, "tw-reuse-check");
    if (!err && reopens) {
        err = open_pair(&t);
        at(&t, OLD_DATA - 1);
        t.p.conn[STORY_B] = tern_listener_accept(t.l);
        if (!t.p.conn[STORY_B]) err = TERN_ERR_TIMEDOUT;
        at(&t, OVER);
    }
    if (!err) {
        if (reopens) t.got_n = tern_conn_recv(t.p.conn[STORY_B], sim_now(s), t.got, sizeof t.got - 1);
        const struct story *story = lesson_ladder(r, s, _("Before 2MSL is over: an old SYN, a new one, and old data"));
        judge_old_syn(r, story);
        if (reopens) judge_reopened(r, story);
        if (reopens) judge_old_data(r, &t, story);
    }
    sim_free(s);
    return err;
}

/* ---- what spin finds where TIME-WAIT is taken out of the model ---- */

static const char *const no_wait[] = {"time-wait", NULL};

static void judge_found_fin(struct lesson_run *r, const struct story *s, const struct found_end *end)
{
    (void)end;
    lesson_check(r, "found-fin-reset", reset_in(s, STORY_B),
                 _("Nobody was there for the FIN that came again: the server, which had closed in order, was reset."));
}

static void judge_found_data(struct lesson_run *r, const struct story *s, const struct found_end *end)
{
    (void)s;
    lesson_check(r, "found-old-data", end->read == 1,
                 _("The client sent nothing on the second connection, and its server read \"%s\"."), end->text);
}

static int found(struct lesson_run *r)
{
    lesson_say(
        r, _("The model checker spin tries everything that a network may do with both ends (doc/model.md). With 2MSL it finds "
             "neither failure; without TIME-WAIT it finds both. These are the shortest ways to them, done by two real ends."));
    int err = found_play(r, &found_no_time_wait, no_wait, "as-spin-found-fin", _("Found by spin: nobody answers the FIN again"),
                         judge_found_fin);
    if (err) return err;
    return found_play(r, &found_no_time_wait_again, no_wait, "as-spin-found-data", _("Found by spin: old data is new data"),
                      judge_found_data);
}

static int shorter(struct lesson_run *r)
{
    const struct lesson_options *o = lesson_options(r);
    if (2 * o->msl <= (AGAIN - CLIENT_CLOSES) * o->rtt / 2) {
        lesson_say(r, _("With this round trip and this MSL, 2MSL is over before a new SYN can come."));
        return 0;
    }
    lesson_say(
        r,
        _("Is the wait ever cut short? A new SYN may end it, when it cannot be an old one: its timestamp is newer, or its number "
          "lies beyond the old ones. Three checks make that safe. Here the server closes first, and the network keeps copies of "
          "the first SYN and of the data."));
    return early(r);
}

static int run(struct lesson_run *r)
{
    if (!lesson_shows(r, "time-wait", "port-in-time-wait", NULL)) return shorter(r);
    lesson_say(
        r,
        _("Who closes first keeps the connection for twice the maximum segment lifetime, and there are two reasons. The first: "
          "its last ACK may be lost, and then somebody must be there to answer the FIN that comes again."));
    int err = last_ack(r);
    if (err) return err;
    lesson_say(
        r, _("The second: segments of this connection may still be on their way, and they must be dead before the same addresses "
             "and ports mean another connection. Here the network makes a copy of a segment and keeps it for about a second. The "
             "second connection begins with the same numbers as the first, and there are no timestamps: that is rare on the "
             "Internet, but not impossible, and 2MSL is the guarantee that does not depend on luck."));
    err = duplicate(r);
    if (!err && lesson_shows(r, NULL)) err = shorter(r);
    if (!err && lesson_shows(r, NULL)) err = found(r);
    if (err) return err;
    lesson_say(
        r,
        _("Why twice? One MSL until the last ACK has arrived or died, and one more until what was sent in answer to it, the FIN "
          "again, has done so."));
    return 0;
}

static const char *const clauses[] = {"time-wait", "port-in-time-wait", "tw-reuse-check", "isn-beyond", "paws", NULL};

const struct lesson lesson_why_2msl_ = {
    .name = "why-2msl",
    .title = N_("Why TIME-WAIT lasts 2MSL"),
    .summary = N_("Two reasons, and the failure that follows without each."),
    .heeds = LESSON_RTT | LESSON_MSL | LESSON_ISN | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("What does the second server read when nobody waits?"),
    .answer = "tern explain why-2msl --msl 0",
};
