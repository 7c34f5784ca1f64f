/* The lesson `lost-last-ack`: the FIN comes again, TIME-WAIT answers, and 2MSL starts anew. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

/* The two FINs of B, and A's answers to them. NULL: not there. */
struct finale {
    const struct story_row *fin[2], *ack[2];
};

static struct finale finale_of(const struct story *s)
{
    struct finale f = {0};
    const struct story_row *end = s->row + s->row_n;
    for (const struct story_row *row = s->row; row < end; row++) {
        if (row->kind != STORY_SEGMENT) continue;
        bool fin = row->side == STORY_B && row->seg.flags & TH_FIN;
        bool ack = row->side == STORY_A && f.fin[0];
        if (fin && !f.fin[1]) f.fin[f.fin[0] != NULL] = row;
        if (ack && !f.ack[1]) f.ack[f.ack[0] != NULL] = row;
    }
    return f;
}

static void fin_again(struct lesson_run *r, const struct finale *f, tern_ns msl)
{
    tern_ns gap = f->fin[1]->at - f->fin[0]->at, rto = f->fin[0]->tcb[STORY_B].rto;
    lesson_check(r, "fin-again", f->ack[0] && f->ack[0]->fate == STORY_LOST && f->fin[1]->seg.seq == f->fin[0]->seg.seq,
                 _("The last ACK was lost, and the server sent its FIN again, with the same number."));
    lesson_check(r, "after-rto", gap == rto,
                 _("It did so after %g ms. That is its retransmission timeout (%g ms), measured from round trips; the MSL (%g s) "
                   "has no part in it."),
                 in_seconds(gap) * 1000, in_seconds(rto) * 1000, in_seconds(msl));
}

static void answered(struct lesson_run *r, const struct story *s, const struct finale *f, tern_ns msl)
{
    lesson_check(r, "answered", f->ack[1] && f->ack[1]->rule == TERN_RULE_ACK_TIME_WAIT,
                 _("In TIME-WAIT the client answered the second FIN with a second ACK."));
    lesson_check(r, "not-unasked", f->ack[1] && f->ack[1]->at == f->fin[1]->arrived && seen_sent(s, STORY_A, TH_ACK, TH_FIN) == 2,
                 _("It did not send that ACK of its own accord: it left in the instant in which the FIN arrived, and there is no "
                   "third."));
    tern_ns started = seen_2msl(s, STORY_A), over = seen_state(s, STORY_A, TERN_TIME_WAIT, TERN_CLOSED);
    tern_ns entered = seen_state(s, STORY_A, TERN_STATE_N, TERN_TIME_WAIT);
    if (lesson_without(r, "2msl-restart"))
        lesson_check(
            r, "without:2msl-restart", started == entered && over - entered == 2 * msl,
            _("2MSL did not begin anew: TIME-WAIT ended only %g s after the second FIN. Had this ACK been lost, too, the "
              "next FIN might have met nobody."),
            in_seconds(over - f->fin[1]->arrived));
    else
        lesson_check(r, "2msl-anew", started == f->fin[1]->arrived && over - started == 2 * msl,
                     _("And 2MSL began anew: TIME-WAIT lasted %g s in all, %g s from the second FIN on."),
                     in_seconds(over - entered), in_seconds(over - started));
    lesson_check(r, "both-closed", seen_state(s, STORY_B, TERN_LAST_ACK, TERN_CLOSED) != TERN_NEVER,
                 _("The server got its ACK and closed in order."));
}

/* TIME-WAIT was over, or never was, when the second FIN came. */
static void refused(struct lesson_run *r, const struct story *s, const struct finale *f)
{
    lesson_check(r, lesson_without(r, "time-wait") ? "without:time-wait" : "nobody-there",
                 f->ack[1] && f->ack[1]->seg.flags & TH_RST,
                 _("The client had left TIME-WAIT already: it knows no such connection, and answers the FIN with a RST."));
    bool reset = false;
    for (const struct story_row *row = s->row; row < s->row + s->row_n; row++)
        reset |= row->side == STORY_A && row->rule_in == TERN_RULE_RST_IN;
    lesson_check(
        r, "closed-by-reset", reset && seen_state(s, STORY_B, TERN_LAST_ACK, TERN_CLOSED) != TERN_NEVER,
        _("The server's LAST-ACK was ended by the reset (RST_IN), not by an acknowledgement: it never learned that all its "
          "data had arrived."));
}

/* The FIN does not come again. */
static void stuck(struct lesson_run *r, const struct story *s, const struct finale *f)
{
    tern_ns over = seen_state(s, STORY_B, TERN_LAST_ACK, TERN_CLOSED), since = f->fin[0] ? f->fin[0]->at : 0;
    bool gave_up = lesson_without(r, "fin-retransmit") && f->fin[0] && over != TERN_NEVER && over - since > 100 * TERN_SEC;
    lesson_check(r, "without:fin-retransmit", gave_up,
                 _("The server did not send its FIN again. It stayed in LAST-ACK for %g s and gave up, though the client had got "
                   "everything."),
                 over == TERN_NEVER ? 0 : in_seconds(over - since));
}

static const char *const clauses[] = {"2msl-restart", "time-wait", "fin-retransmit", NULL};

static int run(struct lesson_run *r)
{
    struct lesson_pair p;
    lesson_say(r, _("The last segment of a close is an ACK, and an ACK is not acknowledged: who sends it never learns whether it "
                    "arrived. So he stays for a while, to be able to send it again. Here it is lost."));
    int err = pair_connect(r, NULL, &p);
    if (!err) err = pair_half_close(&p);
    if (!err) {
        sim_run_for(p.s, 100 * TERN_MS);
        sim_fault(p.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 1});
        sim_close(p.s, p.conn[STORY_B]);
        tern_ns msl = tern_stack_settings(sim_stack(p.s, STORY_A))->msl;
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("The last ACK is lost"));
        struct finale f = finale_of(s);
        if (f.fin[0] && f.fin[1]) {
            fin_again(r, &f, msl);
            if (!lesson_without(r, "time-wait") && f.fin[1]->arrived <= f.fin[0]->arrived + 2 * msl)
                answered(r, s, &f, msl);
            else
                refused(r, s, &f);
        } else {
            stuck(r, s, &f);
        }
        lesson_wrong(r, _("\"The FIN is sent again after one MSL\", and \"TIME-WAIT sends its ACK again\". The FIN follows the "
                          "retransmission timer, and TIME-WAIT speaks only when it is spoken to."));
    }
    sim_free(p.s);
    return err;
}

const struct lesson lesson_lost_last_ack_ = {
    .name = "lost-last-ack",
    .title = N_("The last ACK is lost"),
    .summary = N_("The FIN comes again, TIME-WAIT answers it, and its time starts anew."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_MSL | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("What does the server get instead of its ACK when the client does not wait?"),
    .answer = "tern explain lost-last-ack --msl 0",
};
