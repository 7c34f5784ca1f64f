/* The lesson `retransmission`: the timer that doubles, Karn's rule, and the faster way by duplicate acknowledgements. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { SMALL = 100, LOST_TIMES = 3, SEGMENTS = 10, LOST_ONE = 3 };

/* Without timestamps: with them a measurement is possible even for what was sent twice, and Karn's rule would not show. Without
 * RACK: time would find the loss before three duplicates do. */
static void config(struct sim_config *cfg)
{
    lesson_sim_config(cfg);
    for (int i = 0; i < STORY_SIDE_N; i++) {
        cfg->settings[i].timestamps = cfg->settings[i].rack = 0;
        cfg->settings[i].rto_min_var = 0;                                         /* the sum of RFC 6298 */
        cfg->settings[i].send_buffer = cfg->settings[i].receive_buffer = 4 << 20; /* several segments, however long */
    }
}

static double ms(tern_ns t) { return (double)t / (double)TERN_MS; }

/* The |nth| data segment of A, from 0; NULL: there are not so many. */
static const struct story_row *data_row(const struct story *s, uint32_t nth)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == STORY_A && s->row[i].seg.len && nth-- == 0) return &s->row[i];
    return NULL;
}

static void waits(struct lesson_run *r, const struct story *s, tern_ns rto)
{
    const struct story_row *sent[LOST_TIMES + 1];
    bool all = true, doubled = true, same = true, off = lesson_without(r, "backoff");
    for (uint32_t i = 0; i <= LOST_TIMES; i++) all &= (sent[i] = data_row(s, i)) != NULL;
    tern_ns first = all ? sent[1]->at - sent[0]->at : 0, wait = first;
    for (uint32_t i = 1; all && i < LOST_TIMES; i++) {
        doubled &= sent[i + 1]->at - sent[i]->at == (off ? wait : 2 * wait);
        wait = sent[i + 1]->at - sent[i]->at;
    }
    for (uint32_t i = 1; all && i <= LOST_TIMES; i++)
        same &= sent[i]->rule == TERN_RULE_RTX_TIMEOUT && sent[i]->seg.seq == sent[0]->seg.seq;
    lesson_check(r, "first-wait", all && first == rto, _("The first wait, %g ms, is the RTO that the control block held."),
                 ms(first));
    if (off)
        lesson_check(r, "without:backoff", all && doubled,
                     _("Each later wait is the same, %g ms. If the path is full, all its senders fill it again at that pace."),
                     ms(wait));
    else
        lesson_check(r, "backoff", all && doubled,
                     _("Each later wait is twice the one before; the last one was %g ms (RFC 6298, 5.5)."), ms(wait));
    lesson_check(r, "same-bytes", all && same,
                 _("Each time the same bytes went out with the same number, because the timer ran out."));
}

/* Nothing is sent again, so nothing more can be said of it. */
static void never_again(struct lesson_run *r, const struct lesson_pair *p, const struct story *s)
{
    uint32_t fired = 0;
    for (size_t i = 0; i < s->row_n; i++) fired += s->row[i].kind == STORY_TIMER && s->row[i].side == STORY_A;
    lesson_check(
        r, "without:retransmission",
        fired && !data_row(s, 1) && tern_conn_readable(p->conn[STORY_B]) == 0 &&
            tern_conn_error(p->conn[STORY_A]) == TERN_ERR_TIMEDOUT,
        _("The timer fired %u times, and nothing was sent again: the first loss was for ever. In the end the sender gave "
          "up: %s."),
        fired, words(tern_strerror(tern_conn_error(p->conn[STORY_A]))));
}

static void measured(struct lesson_run *r, const struct lesson_pair *p, tern_ns before)
{
    struct tern_status after;
    tern_conn_status(p->conn[STORY_A], &after);
    bool arrived = tern_conn_readable(p->conn[STORY_B]) == SMALL;
    if (lesson_without(r, "karn"))
        lesson_check(
            r, "without:karn", arrived && after.rtt > 2 * before,
            _("The answer to the last one was taken for the answer to the first: SRTT went from %g ms to %g ms on a path "
              "that has not changed."),
            ms(before), ms(after.rtt));
    else
        lesson_check(r, "karn", arrived && after.rtt == before,
                     _("It arrived at last, but SRTT is still %g ms: which of the four does the answer belong to? Nobody knows, "
                       "so nothing is "
                       "measured (Karn)."),
                     ms(after.rtt));
}

static int by_timer(struct lesson_run *r)
{
    struct sim_config cfg;
    struct lesson_pair p;
    struct tern_status before;
    config(&cfg);
    int err = pair_connect(r, &cfg, &p);
    if (!err) {
        tern_conn_status(p.conn[STORY_A], &before);
        tern_ns least = tern_stack_settings(sim_stack(p.s, STORY_A))->rto_min, rule = before.rtt + 4 * before.rttvar;
        lesson_check(r, "rto-formula", before.rto == (rule > least ? rule : least),
                     _("From the handshake: SRTT %g ms, RTTVAR %g ms; SRTT + 4 * RTTVAR = %g ms; the least is %g ms; so the RTO "
                       "is %g ms."),
                     ms(before.rtt), ms(before.rttvar), ms(rule), ms(least), ms(before.rto));
        for (uint32_t i = 1; i <= LOST_TIMES; i++)
            sim_fault(p.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = i, .with_data = true});
        sim_send(p.s, p.conn[STORY_A], SMALL);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("One segment, lost three times"));
        if (lesson_without(r, "retransmission")) {
            never_again(r, &p, s);
        } else {
            waits(r, s, before.rto);
            measured(r, &p, before.rtt);
        }
    }
    sim_free(p.s);
    return err;
}

/* Only the timer is left. */
static void slower(struct lesson_run *r, const struct story *s, tern_ns rto)
{
    const struct story_row *lost = data_row(s, LOST_ONE - 1), *again = NULL;
    for (size_t i = 0; i < s->row_n && !again; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].rule == TERN_RULE_RTX_TIMEOUT) again = &s->row[i];
    bool there = lost && again && again->seg.seq == lost->seg.seq;
    lesson_check(r, "without:fast-retransmit",
                 there && again->at - lost->at >= rto && seen_rule(s, STORY_A, TERN_RULE_RTX_FAST) == 0,
                 _("The duplicates asked in vain: only the timer sent it again, %g ms after the first time."),
                 there ? ms(again->at - lost->at) : 0);
}

static void faster(struct lesson_run *r, const struct story *s, tern_ns rto)
{
    const struct story_row *lost = data_row(s, LOST_ONE - 1), *again = NULL;
    uint32_t duplicates = 0, timeouts = seen_rule(s, STORY_A, TERN_RULE_RTX_TIMEOUT);
    for (size_t i = 0; i < s->row_n && !again; i++)
        if (s->row[i].rule == TERN_RULE_RTX_FAST) again = &s->row[i];
    /* The first acknowledgement for that number is no duplicate yet. */
    for (size_t i = 0; lost && again && i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind == STORY_SEGMENT && row->side == STORY_B && row->seg.ack == lost->seg.seq && row->arrived <= again->at)
            duplicates++;
    }
    bool there = lost && again;
    lesson_check(r, "fast-retransmit", there && again->seg.seq == lost->seg.seq && duplicates > 3,
                 _("%u acknowledgements asked for %u: one that was due, then the duplicates. After three of those the segment "
                   "went again."),
                 duplicates, lost ? lost->seg.seq : 0);
    if (!lesson_without(r, "ooo-queue"))
        lesson_check(r, "sooner-than-the-timer", there && again->at - lost->at < rto && timeouts == 0,
                     _("That was %g ms after the first time, and the timer of %g ms never ran out."),
                     there ? ms(again->at - lost->at) : 0, ms(rto));
    uint32_t sent = 0;
    for (uint32_t i = 0; data_row(s, i); i++) sent++;
    if (lesson_without(r, "ooo-queue"))
        lesson_check(
            r, "without:ooo-queue", sent > SEGMENTS + 1,
            _("The receiver had thrown away what came behind the gap, though it had arrived: %u segments were sent for %u."),
            sent, SEGMENTS);
    else
        lesson_check(r, "only-what-was-lost", sent == SEGMENTS + 1,
                     _("Only the lost one was sent twice: %u segments in all. The receiver had kept the others."), sent);
}

static int by_duplicates(struct lesson_run *r)
{
    struct sim_config cfg;
    struct lesson_pair p;
    struct tern_status st;
    config(&cfg);
    int err = pair_connect(r, &cfg, &p);
    if (!err) {
        tern_conn_status(p.conn[STORY_A], &st);
        sim_fault(p.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = LOST_ONE, .with_data = true});
        sim_send(p.s, p.conn[STORY_A], SEGMENTS * (size_t)st.mss);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("The third of ten segments is lost"));
        if (lesson_without(r, "fast-retransmit"))
            slower(r, s, st.rto);
        else
            faster(r, s, st.rto);
        lesson_check(r, "all-arrive", tern_conn_readable(p.conn[STORY_B]) == SEGMENTS * (size_t)st.mss,
                     _("All %u bytes are there, in order."), SEGMENTS * st.mss);
    }
    sim_free(p.s);
    return err;
}

/* What the reader loses with --loss-nth: packets of the whole run, the handshake's included. */
static int as_asked(struct lesson_run *r)
{
    struct sim_config cfg;
    struct lesson_pair p = {0};
    config(&cfg);
    if (!(p.s = lesson_sim(r, &cfg))) return lesson_failed(r);
    int err = sim_establish(p.s, &p.conn[STORY_A], &p.conn[STORY_B]) ? 0 : TERN_ERR_TIMEDOUT;
    if (err && lesson_without(r, "retransmission")) {
        lesson_ladder(r, p.s, _("The packets that you lost"));
        lesson_check(r, "without:retransmission", tern_conn_state(p.conn[STORY_A]) != TERN_ESTABLISHED || !p.conn[STORY_B],
                     _("The connection did not come about: a segment of the handshake was lost, and nothing was sent again."));
        sim_free(p.s);
        return 0;
    }
    if (!err) {
        struct tern_status st;
        tern_conn_status(p.conn[STORY_A], &st);
        size_t all = SEGMENTS * (size_t)st.mss;
        sim_send(p.s, p.conn[STORY_A], all);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("The packets that you lost"));
        uint32_t lost = 0;
        for (size_t i = 0; i < s->row_n; i++) lost += s->row[i].kind == STORY_SEGMENT && s->row[i].fate == STORY_LOST;
        uint32_t fast = seen_rule(s, STORY_A, TERN_RULE_RTX_FAST), late = seen_rule(s, STORY_A, TERN_RULE_RTX_TIMEOUT);
        size_t arrived = tern_conn_readable(p.conn[STORY_B]);
        lesson_line(
            r, _("Packets lost on the way: %u. Data sent again after duplicate acknowledgements: %u times, by the timer: %u."),
            lost, fast, late);
        if (lesson_without(r, "retransmission"))
            lesson_check(r, "without:retransmission", late == 0, _("The timer sent nothing again: %zu of %zu bytes arrived."),
                         arrived, all);
        else
            lesson_check(r, "all-arrive", arrived == all, _("All %u bytes are there, in order."), SEGMENTS * st.mss);
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    lesson_say(
        r,
        _("What is not acknowledged is sent again. The question is when: too early floods the path with copies, too late wastes "
          "time. TCP has two answers, a clock and a hint."));
    if (lesson_options(r)->given & LESSON_LOSS_NTH) return as_asked(r);
    int err = lesson_shows(r, "retransmission", "backoff", "karn", NULL) ? by_timer(r) : 0;
    if (!err && lesson_shows(r, "fast-retransmit", "ooo-queue", NULL) && !lesson_without(r, "retransmission"))
        err = by_duplicates(r);
    if (err) return err;
    lesson_wrong(
        r,
        _("\"Every segment has a timer of its own.\" There is one for each connection, for the earliest unacknowledged byte."));
    return 0;
}

static const char *const clauses[] = {"retransmission", "backoff", "karn", "fast-retransmit", "ooo-queue", NULL};

const struct lesson lesson_retransmission_ = {
    .name = "retransmission",
    .title = N_("Retransmission: by the timer, and faster"),
    .summary = N_("One segment lost three times, and one lost among ten."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_LOSS_NTH | LESSON_MSS | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("The last of the ten segments (packet 13) is lost: nothing follows that could make duplicates. What now?"),
    .answer = "tern explain retransmission --loss-nth 13",
};
