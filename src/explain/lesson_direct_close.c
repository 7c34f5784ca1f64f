/* The lesson `direct-close`: from FIN-WAIT-1 to TIME-WAIT in one step. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

static int run(struct lesson_run *r)
{
    struct lesson_pair p;
    lesson_say(
        r, _("Many pictures of the states have no arrow from FIN-WAIT-1 to TIME-WAIT. RFC 9293 has it, as note 2 to figure 5: "
             "one segment may bring both what FIN-WAIT-1 waits for, the ACK of its FIN, and what FIN-WAIT-2 waits for, the "
             "other side's FIN. It happens when the other side closes at once (see `why-four`), and when its first ACK is "
             "lost, as here."));
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        sim_fault(p.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_B, .nth = 1});
        err = pair_half_close(&p);
    }
    if (!err) {
        sim_run_for(p.s, 10 * TERN_MS);
        sim_close(p.s, p.conn[STORY_B]);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("The ACK is lost, the FIN,ACK arrives"));
        const struct story_row *ack = story_find(s, 0, STORY_B, TH_ACK), *fin = story_find(s, 0, STORY_B, TH_FIN);
        bool lost = ack && fin && ack != fin && ack->fate == STORY_LOST && fin->fate == STORY_ARRIVED;
        lesson_check(r, "ack-lost", lost, _("The server's first ACK was lost; its FIN arrived."));
        lesson_check(r, "fin-acknowledges", lost && fin->seg.ack == ack->seg.ack,
                     _("The FIN acknowledged the same, %u: acknowledgements are cumulative, the lost one needs no replacement."),
                     fin ? fin->seg.ack : 0);
        lesson_check(r, "direct",
                     seen_state(s, STORY_A, TERN_FIN_WAIT_1, TERN_TIME_WAIT) != TERN_NEVER &&
                         seen_state(s, STORY_A, TERN_STATE_N, TERN_FIN_WAIT_2) == TERN_NEVER,
                     _("The client went from FIN-WAIT-1 to TIME-WAIT in one step, and never saw FIN-WAIT-2."));
        lesson_check(r, "fin-once", seen_sent(s, STORY_A, TH_FIN, 0) == 1, _("The client's FIN was not sent again."));
    }
    sim_free(p.s);
    return err;
}

const struct lesson lesson_direct_close_ = {
    .name = "direct-close",
    .title = N_("From FIN-WAIT-1 straight to TIME-WAIT"),
    .summary = N_("The arrow that many pictures forget."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_MSL | LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("And when it is the very last ACK that is lost?"),
    .answer = "tern explain lost-last-ack",
};
