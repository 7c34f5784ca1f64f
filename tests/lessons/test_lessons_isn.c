/* The lesson `isn`: whom the server takes in, what becomes of the old ACK, and the clock; all read from the rows. */
#include "unit.h"

#include "lesson.h"
#include "lesson_seen.h"
#include "story_check.h"
#include "tcp.h"

static struct lesson_options options;
static struct lesson_result result;

static bool checked(const char *id)
{
    const struct lesson_check_result *c = lesson_result_check(&result, id);
    return c && c->ok;
}

static void tell(enum lesson_isn_how how, const char *without, const char *without_too)
{
    lesson_options_default(&options);
    if (how) options.given |= LESSON_ISN_HOW, options.isn_how = (uint8_t)how;
    if (without) options.without[options.without_n++] = without;
    if (without_too) options.without[options.without_n++] = without_too;
    lesson_tell(lesson_find("isn"), &options, LESSON_SILENT, NULL, &result);
    for (size_t i = 0; i < result.check_n; i++)
        if (!result.check[i].ok) fail_msg("%s: %s", result.check[i].id, result.check[i].text);
    assert_int_equal(result.err, 0);
    /* The last is spin's, of numbers that can be computed. */
    bool found = !without && (!how || how == LESSON_ISN_FIXED);
    assert_int_equal(result.story_n, (how || without ? 3 : 7) + found);
    if (found) assert_true(checked("as-spin-found") && checked("found-forger-in"));
}

static int finish(void **state)
{
    (void)state;
    lesson_result_free(&result);
    return 0;
}

/* Did the server go to ESTABLISHED with him who only forged? How many guesses did it take? */
static bool forger_is_in(const struct story *s, uint32_t *guesses, uint32_t *hits)
{
    const struct story_row *syn = NULL, *synack = NULL;
    bool in = false;
    *guesses = *hits = 0;
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind == STORY_SEGMENT && row->forged && row->seg.flags & TH_SYN) syn = row;
        if (!syn || row->conn != syn->conn) continue;
        if (row->kind == STORY_SEGMENT && row->side == STORY_B && row->seg.flags & TH_SYN) synack = row;
        for (uint32_t k = 0; k < row->note_n; k++) {
            const struct story_note *n = &row->note[k];
            in |= n->side == STORY_B && n->ev.type == TERN_EV_STATE && n->ev.u.state.to == TERN_ESTABLISHED;
        }
        if (row->side == STORY_A) assert_true(row->kind != STORY_SEGMENT || row->forged);
        if (row->side == STORY_B) assert_true(row->kind != STORY_SEGMENT || row->fate == STORY_LOST); /* he sees nothing */
    }
    assert_non_null(syn);
    assert_non_null(synack);
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT || !row->forged || row->seg.flags & TH_SYN) continue;
        ++*guesses;
        *hits += row->seg.ack == synack->seg.seq + 1;
    }
    return in;
}

/* The ACK that the network kept: was it taken for one of the second connection's? */
static bool old_ack_taken(const struct story *s)
{
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT || row->side != STORY_B || row->arrived == TERN_NEVER) continue;
        if (row->arrived - row->at < 5 * TERN_SEC) continue;
        assert_int_equal(row->conn, 0); /* it left in the first life */
        bool taken = row->fate == STORY_ARRIVED && row->tcb[STORY_A].snd_una == row->seg.ack;
        assert_int_equal(row->fate == STORY_REFUSED, !taken);
        return taken;
    }
    fail_msg("no ACK was kept");
    return false;
}

/* What of the second life reached the server in order: B's last acknowledgement of that connection, less its first. */
static uint32_t acknowledged(const struct story *s)
{
    const struct story_row *synack = NULL, *last = NULL;
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT || row->side != STORY_B || row->conn != 1) continue;
        if (row->seg.flags & TH_SYN) synack = row;
        last = row;
    }
    assert_non_null(synack);
    return last->seg.ack - synack->seg.ack;
}

static void clock_of(const struct story *s, tern_ns at[4], uint32_t isn[4])
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->row_n; i++) {
        if (s->row[i].kind != STORY_SEGMENT || s->row[i].side != STORY_A || !(s->row[i].seg.flags & TH_SYN)) continue;
        assert_true(n < 4);
        at[n] = s->row[i].at, isn[n++] = s->row[i].seg.seq;
    }
    assert_int_equal(n, 4);
}

static void a_clock(const struct story *s)
{
    tern_ns at[4];
    uint32_t isn[4];
    clock_of(s, at, isn);
    for (int i = 1; i < 4; i++) assert_int_equal(isn[i], isn[0] + (uint32_t)((at[i] - at[0]) / 4000));
    assert_int_equal(at[2] - at[0], 16384 * TERN_SEC);
    assert_int_equal(at[3] - at[0], UINT64_C(17179869184000));
    assert_int_equal(isn[3], isn[0]);
    assert_true(isn[2] != isn[0]);
}

static void no_clock(const struct story *s)
{
    tern_ns at[4];
    uint32_t isn[4];
    clock_of(s, at, isn);
    for (int i = 1; i < 4; i++) assert_int_equal(isn[i], isn[0]);
}

static void one(size_t forger, size_t lives, bool in, uint32_t guesses, bool taken)
{
    uint32_t n, hits;
    assert_int_equal(forger_is_in(&result.story[forger], &n, &hits), in);
    assert_int_equal(n, guesses);
    assert_int_equal(hits, in);
    assert_int_equal(sent_by_n(&result.story[forger], STORY_B, TERN_RULE_SYNRCVD_ACK_BAD) > 0, !in);
    assert_int_equal(old_ack_taken(&result.story[lives]), taken);
    assert_int_equal(acknowledged(&result.story[lives]), taken ? 0 : 3000);
}

static void all_three(void **state)
{
    (void)state;
    tell(LESSON_ISN_ANY, NULL, NULL);
    one(0, 3, true, 1, true);
    one(1, 4, true, 10, false);
    one(2, 5, false, 10, false);
    a_clock(&result.story[6]);
}

static void fixed(void **state)
{
    (void)state;
    tell(LESSON_ISN_FIXED, NULL, NULL);
    one(0, 1, true, 1, true);
    no_clock(&result.story[2]);
    assert_true(checked("forger-in-at-once") && checked("old-ack-taken") && checked("no-clock"));
}

static void by_the_clock(void **state)
{
    (void)state;
    tell(LESSON_ISN_CLOCK, NULL, NULL);
    one(0, 1, true, 10, false);
    a_clock(&result.story[2]);
    assert_true(checked("forger-in-by-the-clock") && checked("old-ack-refused-by-the-clock"));
}

static void keyed(void **state)
{
    (void)state;
    tell(LESSON_ISN_RANDOM, NULL, NULL);
    one(0, 1, false, 10, false);
    a_clock(&result.story[2]);
    assert_true(checked("forger-refused") && checked("old-ack-refused") && checked("wraps"));
}

static void without_the_key(void **state)
{
    (void)state;
    tell(LESSON_ISN_ANY, "keyed-isn", NULL);
    one(0, 1, true, 10, false);
    assert_true(checked("without:keyed-isn"));
}

static void without_the_clock(void **state)
{
    (void)state;
    tell(LESSON_ISN_ANY, "isn-clock", NULL);
    one(0, 1, false, 10, true);
    no_clock(&result.story[2]);
    assert_true(checked("without:isn-clock") && checked("forger-refused"));
}

static void without_both(void **state)
{
    (void)state;
    tell(LESSON_ISN_ANY, "keyed-isn", "isn-clock");
    one(0, 1, true, 1, true);
    assert_true(checked("without:keyed-isn") && checked("without:isn-clock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_three, finish),       cmocka_unit_test_teardown(fixed, finish),
        cmocka_unit_test_teardown(by_the_clock, finish),    cmocka_unit_test_teardown(keyed, finish),
        cmocka_unit_test_teardown(without_the_key, finish), cmocka_unit_test_teardown(without_the_clock, finish),
        cmocka_unit_test_teardown(without_both, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
