/* The lesson `close-wait`: the application that never closes, and FIN-WAIT-2 opposite. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { DAYS = 7 };

static const tern_ns long_time = DAYS * 86400 * TERN_SEC;

/* A closes, or goes altogether; B's application sleeps. */
static int sleeping(struct lesson_run *r, struct lesson_pair *p, bool gone)
{
    int err = pair_connect(r, NULL, p);
    if (err) return err;
    if (!gone) return pair_half_close(p);
    sim_release(p->s, p->conn[STORY_A]);
    return pair_reach(p, STORY_B, TERN_CLOSE_WAIT, 600 * TERN_SEC) ? 0 : TERN_ERR_TIMEDOUT;
}

static int closed(struct lesson_run *r)
{
    struct lesson_pair p;
    int err = sleeping(r, &p, false);
    if (!err) {
        sim_run_for(p.s, long_time);
        lesson_ladder(r, p.s, _("The client has closed its direction and waits; the server's application sleeps"));
        lesson_check(r, "close-wait-lasts", tern_conn_state(p.conn[STORY_B]) == TERN_CLOSE_WAIT,
                     _("After %d days the server is still in %s: no timer ends this state, only its application's close()."),
                     (int)DAYS, tern_state_name(tern_conn_state(p.conn[STORY_B])));
        lesson_check(
            r, "fin-wait-2-lasts", tern_conn_state(p.conn[STORY_A]) == TERN_FIN_WAIT_2,
            _("Opposite, the client is in %s. Its application still holds the connection and may be reading: TCP has no right "
              "to end it."),
            tern_state_name(tern_conn_state(p.conn[STORY_A])));
        sim_close(p.s, p.conn[STORY_B]);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("At last the server's application closes"));
        lesson_check(r, "close-ends-it",
                     seen_state(s, STORY_B, TERN_LAST_ACK, TERN_CLOSED) != TERN_NEVER &&
                         seen_state(s, STORY_A, TERN_FIN_WAIT_2, TERN_TIME_WAIT) != TERN_NEVER,
                     _("One close() by the application, and both ends are done within a round trip, as if nothing had been."));
    }
    sim_free(p.s);
    return err;
}

static int gone(struct lesson_run *r)
{
    struct lesson_pair p;
    int err = sleeping(r, &p, true);
    if (!err) {
        tern_ns bound = tern_stack_settings(sim_stack(p.s, STORY_A))->fin_wait_2;
        sim_run_for(p.s, long_time);
        sim_send(p.s, p.conn[STORY_B], 100);
        sim_run_for(p.s, 10 * TERN_SEC);
        const struct story *s = lesson_ladder(r, p.s, _("The client's application has gone; the server's sleeps, then speaks"));
        tern_ns from = seen_state(s, STORY_A, TERN_FIN_WAIT_1, TERN_FIN_WAIT_2);
        tern_ns to = seen_state(s, STORY_A, TERN_FIN_WAIT_2, TERN_CLOSED);
        bool left = to != TERN_NEVER;
        if (bound)
            lesson_check(
                r, "fin-wait-2-bounded", left && to - from == bound,
                _("FIN-WAIT-2 of a client that nobody holds any more ended after %g s (the setting `fin_wait_2`; the RFC has "
                  "no such bound)."),
                left ? in_seconds(to - from) : 0.0);
        else
            lesson_check(r, "fin-wait-2-unbounded", !left || to - from >= long_time,
                         _("With `fin_wait_2` at 0 not even that ends FIN-WAIT-2 before the server speaks."));
        int error = tern_conn_error(p.conn[STORY_B]);
        lesson_check(r, "speaks-to-nobody", seen_sent(s, STORY_A, TH_RST, 0) == 1 && error == TERN_ERR_RESET,
                     _("The server slept on in CLOSE-WAIT. When it spoke after %d days, the answer was a RST: \"%s\"."),
                     (int)DAYS, words(tern_strerror(error)));
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    lesson_say(
        r, _("A server whose `ss` shows hundreds of connections in CLOSE-WAIT has no network problem. CLOSE-WAIT means: the peer "
             "has closed, my stack has said so to the application (its read returned 0), and the application has not closed."));
    int err = closed(r);
    if (err) return err;
    lesson_say(r,
               _("What if the client does not wait, but its application has gone? Then nobody would read what the server still "
                 "sends, and the stack may put a bound to FIN-WAIT-2."));
    err = gone(r);
    if (err) return err;
    lesson_wrong(r,
                 _("\"CLOSE-WAIT goes away with a smaller kernel timeout.\" There is no such timeout: the remedy is the missing "
                   "close() in the program."));
    return 0;
}

const struct lesson lesson_close_wait_ = {
    .name = "close-wait",
    .title = N_("CLOSE-WAIT: the application that never closes"),
    .summary = N_("A state without a timer, and FIN-WAIT-2 opposite."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_MSL | LESSON_SEED | LESSON_V6 | LESSON_SET,
    .run = run,
    .question = N_("And without that bound: what becomes of the FIN-WAIT-2 that nobody holds?"),
    .answer = "tern explain close-wait --set fin_wait_2=0",
};
