/* The lesson `why-four`: the acknowledgement of the FIN and the other side's FIN are two things, that may share a segment. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

static bool has_closed(void *ctx)
{
    const struct lesson_pair *p = ctx;
    return tern_conn_state(p->conn[STORY_B]) == TERN_CLOSE_WAIT;
}

/* A closes; B's application closes |later| than the FIN arrives, or in that very instant. */
static int closing(struct lesson_run *r, struct lesson_pair *p, tern_ns later)
{
    int err = pair_connect(r, NULL, p);
    if (err) return err;
    sim_close(p->s, p->conn[STORY_A]);
    if (!sim_run_until_arrival(p->s, sim_now(p->s) + 600 * TERN_SEC, has_closed, p)) return TERN_ERR_TIMEDOUT;
    if (later) sim_run_for(p->s, later);
    sim_close(p->s, p->conn[STORY_B]);
    sim_run_quiet(p->s, TERN_NEVER);
    return 0;
}

static uint32_t segments(const struct story *s) { return seen_sent(s, STORY_A, 0, 0) + seen_sent(s, STORY_B, 0, 0); }

/* B's first answer to the FIN. */
static bool answer_has_fin(const struct story *s)
{
    const struct story_row *first = story_find(s, 0, STORY_B, TH_ACK);
    return first && first->seg.flags & TH_FIN;
}

static int apart(struct lesson_run *r)
{
    struct lesson_pair p;
    int err = closing(r, &p, 100 * TERN_MS);
    if (!err) {
        const struct story *s = lesson_ladder(r, p.s, _("The server's application closes 100 ms later"));
        lesson_check(r, "apart", segments(s) == 4 && !answer_has_fin(s),
                     _("%u segments: the ACK left at once, because the stack answers; the FIN only when the application closed."),
                     segments(s));
        const struct story_row *fin = story_find(s, 0, STORY_B, TH_FIN);
        tern_ns got = seen_state(s, STORY_B, TERN_ESTABLISHED, TERN_CLOSE_WAIT);
        lesson_check(r, "application-decides", fin && fin->at - got >= 100 * TERN_MS,
                     _("Between the two the server was in CLOSE-WAIT for %g ms: its application had not said that it is done."),
                     fin ? in_seconds(fin->at - got) * 1000 : 0.0);
    }
    sim_free(p.s);
    return err;
}

static int together(struct lesson_run *r)
{
    struct lesson_pair p;
    int err = closing(r, &p, 0);
    if (!err) {
        const struct story *s =
            lesson_ladder(r, p.s, _("The server's application closes in the instant in which the FIN arrives"));
        lesson_check(r, "together", segments(s) == 3 && answer_has_fin(s),
                     _("%u segments: the server's FIN and its acknowledgement of the client's are one segment, FIN,ACK."),
                     segments(s));
        lesson_check(r, "straight-to-time-wait", seen_state(s, STORY_A, TERN_FIN_WAIT_1, TERN_TIME_WAIT) != TERN_NEVER,
                     _("The client went from FIN-WAIT-1 straight to TIME-WAIT: there was no FIN-WAIT-2 to wait in."));
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    lesson_say(r,
               _("Opening takes three segments because the server's SYN and its ACK of the client's SYN travel together: the "
                 "stack says both by itself and has no reason to wait. Closing is different. To acknowledge a FIN is the stack's "
                 "business and happens at once. To send a FIN is the application's: it may have more to say, for hours."));
    int err = apart(r);
    if (err) return err;
    lesson_say(r,
               _("Nothing in TCP asks for four. When the application closes before the acknowledgement has left, both fit into "
                 "one segment."));
    err = together(r);
    if (err) return err;
    lesson_wrong(r, _("\"Closing always takes four segments.\" It takes two FINs and their acknowledgements; how many segments "
                      "carry them depends on when the second application closes."));
    return 0;
}

const struct lesson lesson_why_four_ = {
    .name = "why-four",
    .title = N_("Why closing takes four segments, and when only three"),
    .summary = N_("The acknowledgement is the stack's, the FIN is the application's."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_MSL | LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("FIN and ACK travelled in two segments, and the ACK was lost. Which states does the client pass through?"),
    .answer = "tern explain direct-close",
};
