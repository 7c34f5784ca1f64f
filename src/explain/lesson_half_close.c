/* The lesson `half-close`: a FIN ends one direction; the other one goes on, unless the application has gone altogether. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { BYTES = 3000 };

static int half(struct lesson_run *r, uint32_t bytes)
{
    struct lesson_pair p;
    int err = pair_connect(r, NULL, &p);
    if (!err) err = pair_half_close(&p);
    if (!err) {
        int64_t sent = sim_send(p.s, p.conn[STORY_B], bytes);
        sim_run_for(p.s, 10 * TERN_SEC);
        enum tern_state during = tern_conn_state(p.conn[STORY_A]);
        int64_t got = sim_read(p.s, p.conn[STORY_A]);
        sim_close(p.s, p.conn[STORY_B]);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("The client has closed its direction; the server sends on"));
        lesson_check(r, "data-after-fin", sent == bytes && got == sent,
                     _("After its own FIN the client received %lld of the %lld bytes that the server still had to send."),
                     (long long)got, (long long)sent);
        lesson_check(r, "half-closed-states", during == TERN_FIN_WAIT_2,
                     _("Meanwhile the client was in %s, the server in CLOSE-WAIT."), tern_state_name(during));
        const struct story_row *fin = story_find(s, 0, STORY_A, TH_FIN);
        bool quiet = fin != NULL;
        for (const struct story_row *row = fin; row && row < s->row + s->row_n; row++)
            if (row->kind == STORY_SEGMENT && row->side == STORY_A && row->seg.len) quiet = false;
        lesson_check(r, "only-acknowledges", quiet, _("The client sent acknowledgements, but no byte of data any more."));
        lesson_check(r, "no-reset", seen_sent(s, STORY_A, TH_RST, 0) == 0, _("Nothing was reset."));
    }
    sim_free(p.s);
    return err;
}

static int gone(struct lesson_run *r, uint32_t bytes)
{
    struct lesson_pair p;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        sim_release(p.s, p.conn[STORY_A]);
        if (!pair_reach(&p, STORY_B, TERN_CLOSE_WAIT, 600 * TERN_SEC)) err = TERN_ERR_TIMEDOUT;
    }
    if (!err) {
        sim_send(p.s, p.conn[STORY_B], bytes);
        sim_run_quiet(p.s, TERN_NEVER);
        int error = tern_conn_error(p.conn[STORY_B]);
        const struct story *s = lesson_ladder(r, p.s, _("The client's application has gone; the server sends on"));
        lesson_check(r, "same-fin", seen_sent(s, STORY_A, TH_FIN, 0) == 1,
                     _("The FIN is the same: on the wire the server cannot tell that this time nobody listens."));
        lesson_check(r, "reset-after-close", seen_rule(s, STORY_A, TERN_RULE_RST_AFTER_CLOSE) > 0 && error == TERN_ERR_RESET,
                     _("Its data met nobody who would read it: RST, and the server's application was told \"%s\"."),
                     words(tern_strerror(error)));
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    uint32_t bytes = lesson_bytes(r, BYTES);
    lesson_say(r,
               _("A FIN says: I have nothing more to send. It does not say: I do not want to hear more. Between the two FINs the "
                 "connection is half-closed, and the direction that is open works as before. In the socket interface that is "
                 "`shutdown(fd, SHUT_WR)`, in tern it is `tern_conn_close()`."));
    int err = half(r, bytes);
    if (err) return err;
    lesson_say(r, _("The socket interface's `close()` does more: the application gives the connection up, for reading, too "
                    "(`tern_conn_release()`). The stack sends the same FIN, but data that comes later has no reader."));
    err = gone(r, bytes);
    if (err) return err;
    lesson_wrong(
        r, _("\"Half-open and half-closed are the same.\" Half-closed is this, and healthy. Half-open is a connection of which "
             "one end knows nothing (any more), or whose handshake is not finished."));
    return 0;
}

const struct lesson lesson_half_close_ = {
    .name = "half-close",
    .title = N_("Half-closed: one direction ends, the other goes on"),
    .summary = N_("What the FIN says and what it does not; shutdown() and close()."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_MSL | LESSON_BYTES | LESSON_MSS | LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("How long may the half-closed state last, when the server never closes its direction?"),
    .answer = "tern explain close-wait",
};
