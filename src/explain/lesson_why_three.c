/* The lesson `why-three`: a stale duplicate SYN, met by three ways and by two. */
#include "lesson_seen.h"
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
        lesson_check(
            r, "four-works", both && n == 4 && seen_sent(told, STORY_A, TH_SYN, 0) == 2,
            _("%u segments, and both ends are ESTABLISHED: each SYN was acknowledged. Three is what remains when the server "
              "puts its SYN and its ACK together."),
            n);
    }
    sim_free(s);
    return err;
}

static int run(struct lesson_run *r)
{
    lesson_say(
        r, _("Two segments would do to tell each side the other's first number. But the server must also know that the SYN is "
             "meant now. The network may have kept it: here the client's SYN is late by 3 s, and the client has given up by "
             "then. Only the client can say that, and the third segment is where it speaks."));
    int err = stale(r);
    if (err) return err;
    lesson_say(r, _("Why not four? Four work as well, and TCP knows them: when both sides open at once."));
    err = four(r);
    if (err) return err;
    lesson_say(
        r, _("And no number of segments makes both sides certain that both are certain: whoever sends the last one never learns "
             "whether it arrived (the two generals). TCP does not need that: when the third segment is lost, the SYN,ACK is sent "
             "again, or the first data brings the same acknowledgement."));
    lesson_wrong(
        r, _("\"Three ways are there to save resources.\" They cost the server a record for a round trip. They are there so that "
             "each side's number is acknowledged, and so that an old SYN opens nothing."));
    return 0;
}

static const char *const clauses[] = {"third-ack", NULL};

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
