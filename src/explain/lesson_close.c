/* The lesson `close`: the four segments, once with each side first; the side that closes first rests in TIME-WAIT. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { THINKING = 100 }; /* ms, until the other application closes, too */

static const char *const title[STORY_SIDE_N] = {N_("The client closes first"), N_("The server closes first")};

static void numbers(struct lesson_run *r, const struct story *s, enum story_side first)
{
    const struct story_row *fin = story_find(s, 0, first, TH_FIN);
    const struct story_row *back = story_find(s, 0, story_other(first), TH_FIN);
    bool both = fin && back;
    uint32_t answered = both ? back->seg.ack : 0, due = both ? seen_end(fin) : 1;
    lesson_check(r, first == STORY_A ? "fin-takes-a-number" : "fin-takes-a-number-server", both && answered == due,
                 _("The FIN takes a number of its own: it is %u, and the other side acknowledges %u."), due - 1, answered);
}

static void rest(struct lesson_run *r, const struct story *s, enum story_side first, tern_ns msl)
{
    enum story_side second = story_other(first);
    tern_ns started = seen_2msl(s, first), over = seen_state(s, first, TERN_TIME_WAIT, TERN_CLOSED);
    bool entered = seen_state(s, first, TERN_STATE_N, TERN_TIME_WAIT) != TERN_NEVER;
    bool other = seen_state(s, second, TERN_STATE_N, TERN_TIME_WAIT) != TERN_NEVER;
    const struct story_row *back = story_find(s, 0, second, TH_FIN);
    if (lesson_without(r, "time-wait") && back) {
        lesson_check(r, "without:time-wait", seen_state(s, first, TERN_STATE_N, TERN_CLOSED) == back->arrived,
                     _("Nobody rested: who closed first forgot the connection in the instant in which the other FIN came. The "
                       "lessons `why-2msl` and `lost-last-ack` show what that costs."));
        return;
    }
    lesson_check(r, first == STORY_A ? "first-rests" : "first-rests-server", entered && !other,
                 first == STORY_A ? _("Only the client, which closed first, went to TIME-WAIT.")
                                  : _("Only the server, which closed first, went to TIME-WAIT."));
    tern_ns stayed = started == TERN_NEVER ? 0 : over - started;
    lesson_check(r, first == STORY_A ? "rest-is-2msl" : "rest-is-2msl-server", over != TERN_NEVER && stayed == 2 * msl,
                 _("It rested there for %g s, which is 2 * MSL = 2 * %g s."), in_seconds(stayed), in_seconds(msl));
    lesson_check(r, first == STORY_A ? "second-is-free" : "second-is-free-server",
                 seen_state(s, second, TERN_LAST_ACK, TERN_CLOSED) != TERN_NEVER,
                 _("The other side went from LAST-ACK to CLOSED with the last ACK, and rested nowhere."));
}

static int one(struct lesson_run *r, enum story_side first)
{
    enum story_side second = story_other(first);
    struct lesson_pair p;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        sim_close(p.s, p.conn[first]);
        if (!pair_reach(&p, second, TERN_CLOSE_WAIT, 600 * TERN_SEC)) err = TERN_ERR_TIMEDOUT;
    }
    if (!err) {
        sim_run_for(p.s, THINKING * TERN_MS);
        sim_close(p.s, p.conn[second]);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _(title[first]));
        numbers(r, s, first);
        rest(r, s, first, tern_stack_settings(sim_stack(p.s, first))->msl);
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    lesson_say(
        r, _("A connection is two streams, one each way, and each is ended by its own sender: with a FIN, which the other side "
             "acknowledges. Either side may begin. Watch the states: who closes first goes through FIN-WAIT-1, FIN-WAIT-2 "
             "and TIME-WAIT, who closes second through CLOSE-WAIT and LAST-ACK. Client or server makes no difference."));
    int err = one(r, STORY_A);
    if (!err) err = one(r, STORY_B);
    if (err) return err;
    lesson_wrong(r,
                 _("\"TIME-WAIT is the client's state.\" It is the state of the side that closed first: in the second run that "
                   "is the server, and a busy server that closes first collects them by the thousand."));
    return 0;
}

static const char *const clauses[] = {"time-wait", NULL};

const struct lesson lesson_close_ = {
    .name = "close",
    .title = N_("Closing: once with each side first"),
    .summary = N_("Two FINs, two acknowledgements, and who has to rest in TIME-WAIT."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_LOSS_NTH | LESSON_MSL | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("TIME-WAIT is gone when the maximum segment lifetime is 0. What becomes of the side that closed first?"),
    .answer = "tern explain close --msl 0",
};
