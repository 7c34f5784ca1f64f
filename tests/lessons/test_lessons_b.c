/* The lessons about opening, closing and queues: each ends right, whatever the reader changes, and its story has what it says.
 * The events are looked at, not the text. */
#include <string.h>

#include "unit.h"

#include "lesson.h"
#include "lesson_seen.h"
#include "tcp.h"

static struct lesson_options options;
static struct lesson_result result;

static void plain(void) { lesson_options_default(&options); }

static void set(const char *name, uint64_t value)
{
    const struct tern_setting_info *info;
    assert_int_equal(tern_settings_set(&options.settings, name, value), 0);
    for (size_t i = 0; (info = tern_setting_info(i)) != NULL; i++)
        if (strcmp(info->name, name) == 0) options.setting_given[i] = true;
    options.given |= LESSON_SET;
}

static void msl(tern_ns t) { options.given |= LESSON_MSL, options.msl = t; }
static void without(const char *clause) { options.without[options.without_n++] = clause; }

/* Runs the lesson; its result stays until finish(). */
static void tell(const char *name, size_t stories)
{
    const struct lesson *l = lesson_find(name);
    assert_non_null(l);
    lesson_tell(l, &options, LESSON_SILENT, NULL, &result);
    for (size_t i = 0; i < result.check_n; i++)
        if (!result.check[i].ok) print_error("%s: %s: %s\n", name, result.check[i].id, result.check[i].text);
    assert_int_equal(result.err, 0);
    assert_true(result.check_n > 0);
    assert_true(lesson_right(&result));
    assert_int_equal(result.story_n, stories);
}

static void finish(void)
{
    lesson_result_free(&result);
    plain();
}

static bool checked(const char *id)
{
    const struct lesson_check_result *c = lesson_result_check(&result, id);
    return c && c->ok;
}

/* ---- closing ---- */

static void test_close(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        plain();
        if (k == 1) msl(7 * TERN_SEC);
        if (k == 2) msl(0);
        tell("close", 2);
        for (enum story_side first = STORY_A; first < STORY_SIDE_N; first++) {
            const struct story *s = &result.story[first];
            assert_int_equal(seen_sent(s, first, TH_FIN, 0), 1);
            assert_int_equal(seen_sent(s, story_other(first), TH_FIN, 0), 1);
            tern_ns in = seen_state(s, first, TERN_FIN_WAIT_2, TERN_TIME_WAIT),
                    out = seen_state(s, first, TERN_TIME_WAIT, TERN_CLOSED);
            assert_true(in != TERN_NEVER && out != TERN_NEVER);
            assert_int_equal(out - in, 2 * options.msl);
            assert_int_equal(seen_state(s, story_other(first), TERN_STATE_N, TERN_TIME_WAIT), TERN_NEVER);
        }
        finish();
    }
    for (uint32_t n = 1; n <= 7; n++) { /* whichever packet is lost */
        options.given |= LESSON_LOSS_NTH, options.loss_nth[0] = n, options.loss_n = 1;
        tell("close", 2);
        finish();
    }
}

static void test_why_four(void **state)
{
    (void)state;
    tell("why-four", 2);
    const struct story *apart = &result.story[0], *together = &result.story[1];
    assert_int_equal(seen_sent(apart, STORY_A, 0, 0) + seen_sent(apart, STORY_B, 0, 0), 4);
    assert_int_equal(seen_sent(together, STORY_A, 0, 0) + seen_sent(together, STORY_B, 0, 0), 3);
    assert_true(seen_state(together, STORY_A, TERN_FIN_WAIT_1, TERN_TIME_WAIT) != TERN_NEVER);
    assert_true(seen_state(apart, STORY_A, TERN_FIN_WAIT_1, TERN_TIME_WAIT) == TERN_NEVER);
    finish();
}

static void test_half_close(void **state)
{
    (void)state;
    for (uint32_t bytes = 1; bytes <= 20000; bytes *= 20) {
        options.given |= LESSON_BYTES, options.bytes = bytes;
        tell("half-close", 2);
        assert_int_equal(seen_sent(&result.story[0], STORY_A, TH_RST, 0), 0);
        assert_int_equal(seen_rule(&result.story[1], STORY_A, TERN_RULE_RST_AFTER_CLOSE), 1);
        assert_true(seen_state(&result.story[1], STORY_B, TERN_CLOSE_WAIT, TERN_CLOSED) != TERN_NEVER);
        finish();
    }
}

static void test_lost_last_ack(void **state)
{
    (void)state;
    tell("lost-last-ack", 1);
    const struct story *s = &result.story[0];
    assert_int_equal(seen_sent(s, STORY_B, TH_FIN, 0), 2);
    assert_int_equal(seen_rule(s, STORY_A, TERN_RULE_ACK_TIME_WAIT), 1);
    assert_true(seen_2msl(s, STORY_A) > seen_state(s, STORY_A, TERN_STATE_N, TERN_TIME_WAIT));
    assert_int_equal(seen_state(s, STORY_A, TERN_TIME_WAIT, TERN_CLOSED) - seen_2msl(s, STORY_A), 2 * TERN_SEC);
    finish();
    msl(0);
    tell("lost-last-ack", 1);
    assert_true(checked("closed-by-reset"));
    assert_int_equal(seen_sent(&result.story[0], STORY_A, TH_RST, 0), 1);
    finish();
    without("2msl-restart");
    tell("lost-last-ack", 1);
    s = &result.story[0];
    assert_true(checked("without:2msl-restart"));
    assert_int_equal(seen_2msl(s, STORY_A), seen_state(s, STORY_A, TERN_STATE_N, TERN_TIME_WAIT));
    finish();
    without("time-wait");
    tell("lost-last-ack", 1);
    assert_true(checked("without:time-wait"));
    assert_int_equal(seen_sent(&result.story[0], STORY_A, TH_RST, 0), 1);
    finish();
}

static void test_direct_close(void **state)
{
    (void)state;
    tell("direct-close", 1);
    assert_true(seen_state(&result.story[0], STORY_A, TERN_FIN_WAIT_1, TERN_TIME_WAIT) != TERN_NEVER);
    assert_int_equal(story_find(&result.story[0], 0, STORY_B, TH_ACK)->fate, STORY_LOST);
    finish();
}

static void test_close_wait(void **state)
{
    (void)state;
    tell("close-wait", 3);
    assert_int_equal(story_last(&result.story[0])->tcb[STORY_B].state, TERN_CLOSE_WAIT);
    assert_int_equal(story_last(&result.story[0])->tcb[STORY_A].state, TERN_FIN_WAIT_2);
    const struct story *s = &result.story[2];
    assert_int_equal(seen_state(s, STORY_A, TERN_FIN_WAIT_2, TERN_CLOSED) -
                         seen_state(s, STORY_A, TERN_FIN_WAIT_1, TERN_FIN_WAIT_2),
                     60 * TERN_SEC);
    finish();
    set("fin_wait_2", 0);
    tell("close-wait", 3);
    assert_true(checked("fin-wait-2-unbounded"));
    finish();
}

static bool took_old_data(void)
{
    const struct story *s = &result.story[1];
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].duplicate) return s->row[i].fate == STORY_ARRIVED && s->row[i].rule_in == TERN_RULE_IN_ORDER;
    fail_msg("there is no duplicate");
    return false;
}

static void test_why_2msl(void **state)
{
    (void)state;
    tell("why-2msl", 5);
    assert_true(checked("as-spin-found-fin") && checked("found-fin-reset"));
    assert_true(checked("as-spin-found-data") && checked("found-old-data"));
    assert_true(checked("port-refused") && checked("duplicate-died"));
    assert_false(took_old_data());
    finish();
    msl(0);
    tell("why-2msl", 4);
    assert_true(checked("fin-again-reset") && checked("old-data-as-new"));
    assert_true(took_old_data());
    assert_int_equal(seen_sent(&result.story[0], STORY_A, TH_RST, 0), 1);
    finish();
    without("time-wait");
    tell("why-2msl", 2);
    assert_true(checked("without:time-wait"));
    assert_true(took_old_data());
    finish();
    without("port-in-time-wait");
    tell("why-2msl", 2);
    assert_true(checked("without:port-in-time-wait"));
    assert_true(took_old_data());
    finish();
}

/* ---- opening ---- */

/* Whoever sent the last segment is none the wiser; read from the one whose last is lost. */
static void two_generals(const struct story *s)
{
    const struct story_row *last = NULL;
    uint32_t arrived = 0;
    for (size_t i = 0; i < s->row_n; i++) {
        if (s->row[i].kind != STORY_SEGMENT) continue;
        arrived += s->row[i].fate == STORY_ARRIVED;
        if (!last && s->row[i].fate == STORY_LOST) last = &s->row[i];
    }
    assert_non_null(last);
    assert_int_equal(arrived, 6); /* then nothing more */
    assert_int_equal(last->side, STORY_A);
    assert_int_equal(story_last(s)->tcb[STORY_B].rcv_nxt, last->seg.seq);
    assert_int_equal(story_last(s)->tcb[STORY_A].snd_nxt, last->seg.seq + 1);
}

static void test_why_three(void **state)
{
    (void)state;
    tell("why-three", 4);
    assert_true(checked("as-spin-found") && checked("found-handed"));
    const struct story *s = &result.story[0];
    assert_true(seen_state(s, STORY_B, TERN_SYN_RECEIVED, TERN_LISTEN) != TERN_NEVER);
    assert_true(seen_state(s, STORY_B, TERN_STATE_N, TERN_ESTABLISHED) == TERN_NEVER);
    assert_int_equal(seen_sent(&result.story[1], STORY_A, 0, 0) + seen_sent(&result.story[1], STORY_B, 0, 0), 4);
    assert_true(checked("two-generals"));
    two_generals(&result.story[2]);
    finish();
    without("third-ack");
    tell("why-three", 1);
    assert_true(checked("without:third-ack"));
    assert_true(seen_state(&result.story[0], STORY_B, TERN_STATE_N, TERN_ESTABLISHED) != TERN_NEVER);
    finish();
}

static uint32_t refused(const struct story *s, enum tern_drop why)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->row_n; i++) n += s->row[i].fate == STORY_REFUSED && s->row[i].drop == why;
    return n;
}

static void test_queues(void **state)
{
    (void)state;
    for (uint32_t backlog = 1; backlog <= 5; backlog += 2) {
        options.given |= LESSON_BACKLOG, options.backlog = backlog;
        tell("queues", 2);
        assert_int_equal(refused(&result.story[0], TERN_DROP_ACCEPT_FULL), 1);
        assert_int_equal(refused(&result.story[1], TERN_DROP_HALF_FULL), 1);
        finish();
    }
    without("accept-limit");
    tell("queues", 2);
    assert_true(checked("without:accept-limit"));
    assert_int_equal(refused(&result.story[0], TERN_DROP_ACCEPT_FULL), 0);
    finish();
    without("half-open-limit");
    tell("queues", 2);
    assert_true(checked("without:half-open-limit"));
    assert_int_equal(refused(&result.story[1], TERN_DROP_HALF_FULL), 0);
    finish();
}

static void test_syn_flood(void **state)
{
    (void)state;
    tell("syn-flood", 2);
    assert_true(refused(&result.story[0], TERN_DROP_HALF_FULL) > 0);
    assert_int_equal(refused(&result.story[1], TERN_DROP_HALF_FULL), 0);
    assert_true(checked("cookie-back"));
    finish();
    set("synack_retries", 1);
    tell("syn-flood", 2);
    assert_true(seen_state(&result.story[0], STORY_A, TERN_SYN_SENT, TERN_ESTABLISHED) < 4 * TERN_SEC);
    finish();
    set("syn_cookies", 2);
    tell("syn-flood", 1);
    finish();
    without("half-open-limit");
    tell("syn-flood", 1);
    assert_true(checked("without:half-open-limit"));
    assert_int_equal(refused(&result.story[0], TERN_DROP_HALF_FULL), 0);
    finish();
}

int main(void)
{
    plain();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_close),         cmocka_unit_test(test_why_four),     cmocka_unit_test(test_half_close),
        cmocka_unit_test(test_lost_last_ack), cmocka_unit_test(test_direct_close), cmocka_unit_test(test_close_wait),
        cmocka_unit_test(test_why_2msl),      cmocka_unit_test(test_why_three),    cmocka_unit_test(test_queues),
        cmocka_unit_test(test_syn_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
