/* The lesson `tcb`: what the control block holds, and when each field is made, changed, freed. */
#include <stdio.h>
#include <stdlib.h>

#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { BYTES = 100 };

static bool before(uint32_t a, uint32_t b) { return (int32_t)(a - b) < 0; }

static const char *number(char out[12], bool known, uint32_t value)
{
    if (!known) return "-";
    snprintf(out, 12, "%u", value);
    return out;
}

/* A row, and when its copy of the client's control block was taken. */
struct moment {
    tern_ns at;
    const struct story_row *row;
};

/* What is sent between two acknowledgements that arrive in the same instant stands between them. */
static bool later(const struct moment *a, const struct moment *b, enum story_side side)
{
    const struct story_tcb *x = &a->row->tcb[side], *y = &b->row->tcb[side];
    if (a->at != b->at) return a->at > b->at;
    return x->known & y->known & STORY_SND && before(y->snd_una, x->snd_una);
}

/* The rows that show |side|'s control block, in the order of time: a story has a segment where it left. The caller frees. */
static struct moment *moments(const struct story *s, enum story_side side, size_t *n)
{
    struct moment *m = calloc(s->row_n + 1, sizeof *m);
    *n = 0;
    for (size_t i = 0; m && i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        bool comes = row->kind == STORY_SEGMENT && row->side != side;
        if (comes && row->arrived == TERN_NEVER) continue;
        struct moment now = {comes ? row->arrived : row->at, row};
        size_t at = (*n)++;
        for (; at > 0 && later(&m[at - 1], &now, side); at--) m[at] = m[at - 1];
        m[at] = now;
    }
    return m;
}

/* A line for each moment that changed something. */
static void table(struct lesson_run *r, const struct moment *m, size_t n, enum story_side side)
{
    lesson_line(r, _("      ms state           SND.UNA    SND.NXT    RCV.NXT        IRS    RTO"));
    struct story_tcb last = {.state = TERN_STATE_N};
    for (size_t i = 0; i < n; i++) {
        const struct story_tcb *t = &m[i].row->tcb[side];
        char una[12], nxt[12], rcv[12], irs[12], rto[12];
        if (t->state == last.state && t->known == last.known && t->snd_una == last.snd_una && t->snd_nxt == last.snd_nxt &&
            t->rcv_nxt == last.rcv_nxt && t->rto == last.rto)
            continue;
        lesson_line(r, "%8.0f %-12s %10s %10s %10s %10s %6s", (double)m[i].at / (double)TERN_MS,
                    tern_state_name((enum tern_state)t->state), number(una, t->known & STORY_SND, t->snd_una),
                    number(nxt, t->known & STORY_SND, t->snd_nxt), number(rcv, t->known & STORY_RCV, t->rcv_nxt),
                    number(irs, t->known & STORY_IRS, t->irs), number(rto, t->known & STORY_RTT, (uint32_t)(t->rto / TERN_MS)));
        last = *t;
    }
}

struct seen {
    bool iss_stands, una_grows, in_order, irs_late, rest_is_small;
    uint32_t una, iss;
};

static struct seen watch(const struct moment *m, size_t n)
{
    struct seen w = {.iss_stands = true, .una_grows = true, .in_order = true, .irs_late = true, .rest_is_small = true};
    bool begun = false;
    for (size_t i = 0; i < n; i++) {
        const struct story_tcb *t = &m[i].row->tcb[STORY_A];
        if (!(t->known & STORY_SND)) continue;
        if (begun) {
            w.iss_stands &= t->iss == w.iss;
            w.una_grows &= !before(t->snd_una, w.una);
        }
        begun = true, w.iss = t->iss, w.una = t->snd_una;
        w.in_order &= !before(t->snd_nxt, t->snd_una);
        w.irs_late &= ((t->known & STORY_IRS) != 0) == (t->state != TERN_SYN_SENT);
        if (t->state == TERN_TIME_WAIT) w.rest_is_small &= !(t->known & (STORY_RTT | STORY_CWND | STORY_QUEUES));
    }
    return w;
}

static void judge(struct lesson_run *r, const struct story *s)
{
    size_t n;
    struct moment *m = moments(s, STORY_A, &n);
    struct seen w = watch(m, n);
    table(r, m, n, STORY_A);
    free(m);
    const struct story_row *last = story_last(s);
    lesson_check(r, "iss-made-by-open", w.iss_stands && w.una != w.iss, _("ISS: made by OPEN, %u, and the same to the end."),
                 w.iss);
    lesson_check(r, "irs-made-by-syn", w.irs_late,
                 _("IRS and RCV.NXT: made when the peer's SYN arrives; in SYN-SENT there are none."));
    lesson_check(r, "una-never-falls", w.una_grows,
                 _("SND.UNA: moved by acknowledgements alone, and only forward; it ended at %u."), w.una);
    lesson_check(r, "una-before-nxt", w.in_order, _("SND.UNA =< SND.NXT in every row: what lies between is on its way."));
    lesson_check(
        r, "time-wait-is-small", w.rest_is_small,
        _("In TIME-WAIT queues, congestion window and RTT are freed: for the last ACK only numbers and a timer are needed."));
    bool freed = last && last->tcb[STORY_A].state == TERN_CLOSED && !(last->tcb[STORY_A].known & STORY_SND);
    lesson_check(r, "freed", freed, _("After 2MSL nothing of it is left."));
}

static int run(struct lesson_run *r)
{
    struct tern_conn *a, *b;
    struct tern_counters open, rest, gone;
    lesson_say(r, _("A connection is nothing but two records, the transmission control blocks, one at each end. Nothing of it is "
                    "in the network. "
                    "This is the client's, from OPEN to the end; each line is a change."));
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    bool up = sim_establish(s, &a, &b);
    if (up) {
        tern_stack_counters(sim_stack(s, STORY_A), &open);
        sim_send(s, a, lesson_bytes(r, BYTES));
        sim_run_for(s, 4 * TERN_SEC);
        sim_read(s, b);
        sim_close(s, a);
        sim_run_for(s, 4 * TERN_SEC);
        sim_close(s, b);
        sim_release(s, a);
        sim_release(s, b);
        tern_ns rtt = lesson_options(r)->rtt, msl = tern_stack_settings(sim_stack(s, STORY_A))->msl;
        bool rests = 2 * msl > rtt / 2; /* since the FIN came */
        sim_run_for(s, rtt);
        tern_stack_counters(sim_stack(s, STORY_A), &rest);
        sim_run_quiet(s, TERN_NEVER);
        tern_stack_counters(sim_stack(s, STORY_A), &gone);
        const struct story *story = lesson_ladder(r, s, _("The connection"));
        lesson_head(r, _("The client's control block"));
        judge(r, story);
        lesson_check(r, "counted", open.conn_n == 1 && rest.time_wait_n == rests && gone.conn_n + gone.time_wait_n == 0,
                     _("The stack counted it: connections %llu, then in TIME-WAIT %llu, then left %llu."),
                     (unsigned long long)open.conn_n, (unsigned long long)rest.time_wait_n,
                     (unsigned long long)gone.conn_n + gone.time_wait_n);
        lesson_wrong(r, _("\"The connection breaks when the cable is unplugged.\" Both blocks stay as they are; only silence "
                          "that lasts ends it."));
    }
    sim_free(s);
    return up ? 0 : TERN_ERR_TIMEDOUT;
}

const struct lesson lesson_tcb_ = {
    .name = "tcb",
    .title = N_("The control block: what a connection is made of"),
    .summary = N_("Each field of the TCB: when it is made, changed, freed."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_MSL | LESSON_BYTES | LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("How does the table change when 5000 bytes are sent, more than one segment takes?"),
    .answer = "tern explain tcb --bytes 5000",
};
