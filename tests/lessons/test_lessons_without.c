/* Each --without of each lesson: its story shows the failure, and the same part of the lesson with all clauses does not. Both are
 * read from the rows. And each clause that can be switched off is shown by a lesson. */
#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "experiment.h"
#include "lesson.h"
#include "lesson_seen.h"
#include "story_check.h"
#include "tcp.h"

/* Did it go wrong? */
typedef bool wrong_fn(const struct story *s);

static const struct story_row *data_row(const struct story *s, uint32_t nth)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == STORY_A && s->row[i].seg.len && nth-- == 0) return &s->row[i];
    fail_msg("there are not so many");
    return NULL;
}

static const struct story_row *forged_row(const struct story *s, uint16_t flags)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].forged && s->row[i].seg.flags == flags) return &s->row[i];
    fail_msg("there is no such forgery");
    return NULL;
}

static const struct story_row *copy_row(const struct story *s, bool data)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].duplicate && (s->row[i].seg.len != 0) == data) return &s->row[i];
    fail_msg("there is no such copy");
    return NULL;
}

/* ---- opening ---- */

static bool with_a_forger(const struct story *s)
{
    uint32_t conn = forged_row(s, TH_SYN)->conn;
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].conn == conn && s->row[i].tcb[STORY_B].state == TERN_ESTABLISHED) return true;
    return false;
}

static bool acknowledged_and_never_arrived(const struct story *s)
{
    return seq_gt(seq(story_last(s)->tcb[STORY_A].snd_una), seq(story_last(s)->tcb[STORY_B].rcv_nxt));
}

static bool with_nobody(const struct story *s) { return entered_n(s, STORY_B, TERN_ESTABLISHED) != 0; }

static bool none_established(const struct story *s)
{
    return entered_n(s, STORY_A, TERN_ESTABLISHED) + entered_n(s, STORY_B, TERN_ESTABLISHED) != 2;
}

static bool too_long(const struct story *s)
{
    uint32_t mss = story_find(s, 0, STORY_A, TH_SYN)->seg.mss;
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == STORY_B && s->row[i].seg.len > mss) return true;
    return false;
}

static bool accept_overfull(const struct story *s) { return refused_n(s, STORY_A, TERN_DROP_ACCEPT_FULL) == 0; }
static bool half_overfull(const struct story *s) { return refused_n(s, STORY_A, TERN_DROP_HALF_FULL) == 0; }

/* ---- data ---- */

static bool damage_taken(const struct story *s)
{
    return refused_n(s, STORY_A, TERN_DROP_CHECKSUM) == 0 && data_row(s, 0)->fate == STORY_ARRIVED;
}

static bool tiny_segments(const struct story *s) { return data_n(s, STORY_A) != 2 || data_row(s, 1)->seg.len == 1; }
static bool ack_at_once(const struct story *s) { return story_find(s, 0, STORY_B, TH_ACK)->at == data_row(s, 0)->arrived; }
static bool never_again(const struct story *s) { return data_n(s, STORY_A) == 1 && data_row(s, 0)->fate == STORY_LOST; }

static bool no_backoff(const struct story *s)
{
    return data_row(s, 3)->at - data_row(s, 2)->at == data_row(s, 1)->at - data_row(s, 0)->at;
}

static bool measured_wrong(const struct story *s)
{
    for (size_t i = 0; i < s->row_n; i++)
        for (uint32_t k = 0; k < s->row[i].note_n; k++) {
            const struct tern_event *ev = &s->row[i].note[k].ev;
            if (ev->type == TERN_EV_RTT && ev->u.rtt.rtt > 100 * TERN_MS) return true; /* the round trip is 40 ms */
        }
    return false;
}

static bool slow(const struct story *s)
{
    return sent_by_n(s, STORY_A, TERN_RULE_RTX_FAST) == 0 && fired_n(s, STORY_A, TERN_TIMER_RETRANSMIT) > 0;
}

static bool more_than_the_lost(const struct story *s) { return data_n(s, STORY_A) > 11; }

static bool deadlocked(const struct story *s)
{
    const struct story_row *last = story_last(s);
    return last->tcb[STORY_A].snd_wnd == 0 && last->tcb[STORY_B].rcv_wnd > 0 && last->tcb[STORY_A].send_queue > 0;
}

static bool tiny_window(const struct story *s)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].rule == TERN_RULE_ACK_WINDOW && s->row[i].seg.wnd < 536) return true;
    return false;
}

static bool filled_at_once(const struct story *s) { return sent_by_n(s, STORY_A, TERN_RULE_SEND_OVERRIDE) == 0; }

static bool beyond_the_window(const struct story *s)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].side == STORY_A && s->row[i].fate == STORY_REFUSED && s->row[i].seg.len > 1) return true;
    return false;
}

static bool beyond_cwnd(const struct story *s)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].tcb[STORY_A].flight > s->row[i].tcb[STORY_A].cwnd) return true;
    return false;
}

/* ---- strangers ---- */

static bool no_answer(const struct story *s) { return story_find(s, 0, STORY_B, 0) == NULL; }
static bool rst_believed(const struct story *s) { return forged_row(s, TH_RST)->rule_in == TERN_RULE_RST_IN; }
static bool syn_believed(const struct story *s) { return forged_row(s, TH_SYN)->tcb[STORY_A].state == TERN_CLOSED; }
static bool window_shut(const struct story *s) { return forged_row(s, TH_ACK)->tcb[STORY_A].snd_wnd == 0; }
static bool five_challenges(const struct story *s) { return sent_by_n(s, STORY_A, TERN_RULE_CHALLENGE_RST) == 5; }
static bool fin_for_unread(const struct story *s)
{
    return sent_by_n(s, STORY_B, TERN_RULE_RST_UNREAD) == 0 && story_find(s, 0, STORY_B, TH_FIN) != NULL;
}

static bool unprobed(const struct story *s)
{
    return sent_by_n(s, STORY_A, TERN_RULE_KEEPALIVE_PROBE) == 0 && story_last(s)->tcb[STORY_A].state == TERN_ESTABLISHED;
}

/* ---- closing ---- */

static bool gone_at_once(const struct story *s)
{
    return seen_state(s, STORY_A, TERN_STATE_N, TERN_CLOSED) == story_find(s, 0, STORY_B, TH_FIN)->arrived;
}

static bool reset_by_a(const struct story *s) { return seen_sent(s, STORY_A, TH_RST, 0) != 0; }
static bool no_new_2msl(const struct story *s)
{
    return seen_2msl(s, STORY_A) == seen_state(s, STORY_A, TERN_STATE_N, TERN_TIME_WAIT);
}

static bool fin_once(const struct story *s) { return seen_sent(s, STORY_B, TH_FIN, 0) == 1; }

static bool old_data_taken(const struct story *s)
{
    const struct story_row *copy = copy_row(s, true);
    return copy->fate == STORY_ARRIVED && copy->tcb[STORY_B].rcv_nxt == seg_end(&copy->seg);
}

static bool old_syn_opens(const struct story *s) { return copy_row(s, false)->tcb[STORY_B].state == TERN_SYN_RECEIVED; }

static bool not_beyond(const struct story *s)
{
    const struct story_row *fin = story_find(s, 0, STORY_B, TH_FIN),
                           *again = story_find(s, (size_t)(fin - s->row), STORY_B, TH_SYN);
    assert_non_null(again);
    return seq_lt(seq(again->seg.seq), seq(seg_end(&fin->seg)));
}

/* ---- the table ---- */

static const struct without {
    const char *lesson, *clause;
    size_t whole, off; /* which story shows it, with all clauses and without this one */
    wrong_fn *wrong;
} table[] = {
    {"header", "checksum", 1, 0, damage_taken},
    {"handshake", "mss-option", 1, 0, too_long},
    {"why-three", "third-ack", 0, 0, with_nobody},
    {"why-three", "simultaneous-open", 1, 0, none_established},
    {"isn", "keyed-isn", 2, 0, with_a_forger},
    {"isn", "ack-check", 2, 0, with_a_forger},
    {"isn", "isn-clock", 5, 1, acknowledged_and_never_arrived},
    {"queues", "accept-limit", 0, 0, accept_overfull},
    {"queues", "half-open-limit", 1, 1, half_overfull},
    {"syn-flood", "half-open-limit", 0, 0, half_overfull},
    {"data", "nagle", 2, 0, tiny_segments},
    {"data", "delayed-ack", 2, 0, ack_at_once},
    {"retransmission", "retransmission", 0, 0, never_again},
    {"retransmission", "backoff", 0, 0, no_backoff},
    {"retransmission", "karn", 0, 0, measured_wrong},
    {"retransmission", "fast-retransmit", 1, 0, slow},
    {"retransmission", "ooo-queue", 1, 0, more_than_the_lost},
    {"window", "zero-window-probe", 1, 0, deadlocked},
    {"window", "sws-receiver", 1, 1, tiny_window},
    {"window", "sws-sender", 0, 0, filled_at_once},
    {"window", "window-check", 0, 0, beyond_the_window},
    {"window", "congestion-control", 2, 0, beyond_cwnd},
    {"close", "time-wait", 0, 0, gone_at_once},
    {"lost-last-ack", "time-wait", 0, 0, reset_by_a},
    {"lost-last-ack", "2msl-restart", 0, 0, no_new_2msl},
    {"lost-last-ack", "fin-retransmit", 0, 0, fin_once},
    {"why-2msl", "time-wait", 0, 0, reset_by_a},
    {"why-2msl", "port-in-time-wait", 1, 1, old_data_taken},
    {"why-2msl", "tw-reuse-check", 2, 0, old_syn_opens},
    {"why-2msl", "isn-beyond", 2, 0, not_beyond},
    {"why-2msl", "paws", 2, 0, old_data_taken},
    {"rst", "rst-to-closed", 0, 0, no_answer},
    {"rst", "rst-validation", 1, 0, rst_believed},
    {"rst", "syn-challenge", 2, 0, syn_believed},
    {"rst", "seq-check", 2, 0, window_shut},
    {"rst", "challenge-limit", 2, 0, five_challenges},
    {"rst", "rst-unread", 4, 0, fin_for_unread},
    {"keepalive", "keepalive", 1, 0, unprobed},
};
enum { TABLE_N = sizeof table / sizeof table[0] };

static void tell(const struct without *w, const char *off, struct lesson_result *result)
{
    struct lesson_options options;
    lesson_options_default(&options);
    if (off) options.without[options.without_n++] = off;
    lesson_tell(lesson_find(w->lesson), &options, LESSON_SILENT, NULL, result);
    for (size_t i = 0; i < result->check_n; i++)
        if (!result->check[i].ok) fail_msg("%s: %s: %s", w->lesson, result->check[i].id, result->check[i].text);
    assert_int_equal(result->err, 0);
}

static void shows_the_failure(void **state)
{
    const struct without *w = *state;
    struct lesson_result result;
    char id[64];
    snprintf(id, sizeof id, "without:%s", w->clause);

    tell(w, NULL, &result);
    assert_true(w->whole < result.story_n);
    assert_null(lesson_result_check(&result, id));
    assert_false(w->wrong(&result.story[w->whole]));
    lesson_result_free(&result);

    tell(w, w->clause, &result);
    assert_true(w->off < result.story_n);
    assert_non_null(lesson_result_check(&result, id));
    assert_true(w->wrong(&result.story[w->off]));
    lesson_result_free(&result);
}

static bool in_table(const char *lesson, const char *clause)
{
    for (size_t i = 0; i < TABLE_N; i++)
        if ((!lesson || strcmp(table[i].lesson, lesson) == 0) && strcmp(table[i].clause, clause) == 0) return true;
    return false;
}

static void the_table_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; lessons[i]; i++)
        for (size_t k = 0; lessons[i]->without && lessons[i]->without[k]; k++)
            if (!in_table(lessons[i]->name, lessons[i]->without[k]))
                fail_msg("%s --without %s is not in the table", lessons[i]->name, lessons[i]->without[k]);
    for (unsigned i = 0; i < EXPERIMENT_CLAUSE_N; i++)
        if (!in_table(NULL, experiment_info(i)->name)) fail_msg("no lesson shows --without %s", experiment_info(i)->name);
}

int main(void)
{
    static struct CMUnitTest tests[TABLE_N + 1];
    static char names[TABLE_N][64];
    for (size_t i = 0; i < TABLE_N; i++) {
        snprintf(names[i], sizeof names[i], "%s --without %s", table[i].lesson, table[i].clause);
        const void *row = &table[i];
        tests[i] = (struct CMUnitTest){.name = names[i], .test_func = shows_the_failure};
        memcpy(&tests[i].initial_state, &row, sizeof row); /* cmocka wants it not const */
    }
    tests[TABLE_N] = (struct CMUnitTest)cmocka_unit_test(the_table_is_complete);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
