/* The story that a running stack's events make: who is on which side, what each end must know, what is only counted. */
#include <string.h>

#include "draw_events.h"
#include "story_live.h"
#include "unit.h"

#define TEST(name) static void name(void **state __attribute__((unused)))

static struct play play;
static struct story_live *live;
static uint64_t told; /* events */

static int set_up(void **state)
{
    (void)state;
    play_init(&play);
    live = story_live_new();
    told = 0;
    return live ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    story_live_free(live);
    return 0;
}

static void tell_with(const void *head, size_t len)
{
    for (; told < play.trace.end; told++) story_live_event(live, tern_trace_get(&play.trace, told), head, len);
}

static void tell(void) { tell_with(NULL, 0); }

static const struct story *story(void) { return story_live_story(live); }
static size_t rows(void) { return story()->row_n; }
static const struct story_row *last(void) { return story_last(story()); }

static void handshake(void)
{
    play_handshake(&play);
    tell();
}

static void assert_row(size_t i, enum story_kind kind, enum story_side side, enum tern_state a, enum tern_state b)
{
    assert_true(i < rows());
    const struct story_row *row = &story()->row[i];
    assert_int_equal(row->kind, kind);
    assert_int_equal(row->side, side);
    assert_int_equal(row->tcb[STORY_A].state, a);
    assert_int_equal(row->tcb[STORY_B].state, b);
}

TEST(who_opens_is_on_the_left)
{
    handshake();
    assert_int_equal(story()->conn_n, 1);
    assert_int_equal(story()->conn[0].end[STORY_A].port, 80); /* the stack's own */
    assert_int_equal(story()->conn[0].end[STORY_B].port, 4242);
    assert_int_equal(rows(), 4);
    assert_row(0, STORY_CALL, STORY_A, TERN_SYN_SENT, TERN_CLOSED);
    assert_row(1, STORY_SEGMENT, STORY_A, TERN_SYN_SENT, TERN_LISTEN);
    assert_row(2, STORY_SEGMENT, STORY_B, TERN_ESTABLISHED, TERN_SYN_RECEIVED);
    assert_row(3, STORY_SEGMENT, STORY_A, TERN_ESTABLISHED, TERN_ESTABLISHED);
    assert_false(last()->tcb[STORY_A].inferred);
    assert_true(last()->tcb[STORY_B].inferred); /* only segments tell of it */
}

TEST(who_is_called_is_on_the_right)
{
    play_in(&play, TH_SYN, 0, 0, 0, TERN_RULE_LISTEN_SYN);
    tell();
    assert_int_equal(story()->conn[0].end[STORY_A].port, 4242);
    assert_int_equal(story()->conn[0].end[STORY_B].port, 80);
    assert_int_equal(last()->side, STORY_A);
    assert_int_equal(last()->rule_in, TERN_RULE_LISTEN_SYN);
    assert_int_equal(last()->rule, TERN_RULE_NONE);
}

TEST(an_answer_seen_first_is_not_the_opener)
{
    play_out(&play, TH_SYN | TH_ACK, 0, 1, 0, TERN_RULE_LISTEN_SYN); /* by a SYN cookie: the SYN left no connection */
    tell();
    assert_int_equal(story()->conn[0].end[STORY_A].port, 4242);
    assert_int_equal(last()->side, STORY_B);
}

TEST(numbers_follow_the_segments)
{
    handshake();
    assert_true(story()->conn[0].base_known[STORY_A] && story()->conn[0].base_known[STORY_B]);
    assert_int_equal(story()->conn[0].base[STORY_A], PLAY_ISS);
    assert_int_equal(story()->conn[0].base[STORY_B], PLAY_IRS);
    play_out(&play, TH_ACK | TH_PSH, 1, 1, 100, TERN_RULE_NONE);
    tell();
    const struct story_tcb *a = &last()->tcb[STORY_A], *b = &last()->tcb[STORY_B];
    assert_int_equal(a->snd_una, PLAY_ISS + 1);
    assert_int_equal(a->snd_nxt, PLAY_ISS + 101);
    assert_int_equal(a->flight, 100);
    assert_int_equal(a->iss, PLAY_ISS);
    assert_int_equal(b->irs, PLAY_ISS);
    play.now += TERN_MS;
    play_out(&play, TH_ACK | TH_PSH, 1, 1, 100, TERN_RULE_RTX_TIMEOUT); /* once more: SND.NXT does not move */
    tell();
    assert_int_equal(last()->tcb[STORY_A].snd_nxt, PLAY_ISS + 101);
    play_in(&play, TH_ACK, 1, 101, 0, TERN_RULE_NONE);
    tell();
    assert_int_equal(last()->tcb[STORY_A].snd_una, PLAY_ISS + 101);
    assert_int_equal(last()->tcb[STORY_A].flight, 0);
    assert_int_equal(last()->tcb[STORY_B].rcv_nxt, PLAY_ISS + 101);
}

TEST(figures_of_the_own_end)
{
    handshake();
    struct tern_event *ev = play_note(&play, TERN_RULE_NONE);
    ev->type = TERN_EV_CWND;
    ev->u.cwnd.cwnd = 14480;
    ev->u.cwnd.ssthresh = 7;
    ev = play_note(&play, TERN_RULE_NONE);
    ev->type = TERN_EV_RTT;
    ev->u.rtt.srtt = 20 * TERN_MS;
    ev->u.rtt.rto = 200 * TERN_MS;
    play_timer(&play, TERN_EV_TIMER_SET, TERN_TIMER_KEEPALIVE, TERN_SEC, TERN_RULE_NONE);
    play_in(&play, TH_ACK, 1, 1, 0, TERN_RULE_NONE);
    tell();
    const struct story_tcb *a = &last()->tcb[STORY_A];
    assert_int_equal(a->cwnd, 14480);
    assert_int_equal(a->ssthresh, 7);
    assert_true(a->srtt == 20 * TERN_MS && a->rto == 200 * TERN_MS);
    assert_true(a->timer[TERN_TIMER_KEEPALIVE] == play.now + TERN_SEC);
    assert_int_equal(last()->tcb[STORY_B].known & (STORY_CWND | STORY_RTT | STORY_TIMERS), 0);
    play_timer(&play, TERN_EV_TIMER_FIRED, TERN_TIMER_KEEPALIVE, 0, TERN_RULE_NONE);
    tell();
    assert_int_equal(last()->kind, STORY_TIMER);
    assert_true(last()->tcb[STORY_A].timer[TERN_TIMER_KEEPALIVE] == TERN_NEVER);
}

TEST(a_segment_keeps_the_head_of_its_packet)
{
    uint8_t head[200];
    for (size_t i = 0; i < sizeof head; i++) head[i] = (uint8_t)i;
    play_call(&play, TERN_CALL_OPEN, 0, TERN_RULE_OPEN_ACTIVE);
    play_out(&play, TH_SYN, 0, 0, 0, TERN_RULE_OPEN_ACTIVE);
    tell_with(head, 60);
    assert_int_equal(story()->row[0].head_len, 0); /* a call has no packet */
    assert_int_equal(last()->head_len, 60);
    assert_memory_equal(last()->head, head, 60);
    play_in(&play, TH_SYN | TH_ACK, 0, 1, 0, TERN_RULE_SYNSENT_SYNACK);
    tell_with(head, sizeof head);
    assert_int_equal(last()->head_len, STORY_HEAD_MAX);
    assert_memory_equal(last()->head, head, STORY_HEAD_MAX);
    play_out(&play, TH_ACK, 1, 1, 0, TERN_RULE_SYNSENT_SYNACK);
    tell();
    assert_int_equal(last()->head_len, 0);
}

TEST(what_was_refused_says_why)
{
    handshake();
    play_drop(&play, TH_ACK, 70000, 1, 10, TERN_DROP_CHECKSUM);
    tell();
    assert_row(4, STORY_SEGMENT, STORY_B, TERN_ESTABLISHED, TERN_ESTABLISHED);
    assert_int_equal(last()->fate, STORY_REFUSED);
    assert_int_equal(last()->drop, TERN_DROP_CHECKSUM);
    assert_int_equal(last()->tcb[STORY_B].snd_nxt, PLAY_IRS + 1); /* nobody took it */
}

TEST(a_change_belongs_to_its_row_or_is_one)
{
    handshake();
    play_in(&play, TH_FIN | TH_ACK, 1, 1, 0, TERN_RULE_ACK_FIN);
    play_state(&play, TERN_CLOSE_WAIT, TERN_RULE_ACK_FIN);
    tell();
    assert_int_equal(rows(), 5);
    assert_int_equal(last()->note_n, 1);
    assert_int_equal(last()->note[0].ev.type, TERN_EV_STATE);
    assert_int_equal(last()->tcb[STORY_A].state, TERN_CLOSE_WAIT);
    play.now += TERN_SEC;
    play_state(&play, TERN_CLOSED, TERN_RULE_NONE);
    tell();
    assert_row(5, STORY_CHANGE, STORY_A, TERN_CLOSED, TERN_FIN_WAIT_1);
}

TEST(calls_that_only_move_bytes_make_no_rows)
{
    handshake();
    size_t before = rows();
    play_call(&play, TERN_CALL_SEND, 5, TERN_RULE_NONE);
    play_call(&play, TERN_CALL_RECEIVE, 5, TERN_RULE_NONE);
    play_call(&play, TERN_CALL_RELEASE, 0, TERN_RULE_NONE);
    tell();
    assert_int_equal(rows(), before);
    play_call(&play, TERN_CALL_CLOSE, 0, TERN_RULE_CLOSE_CALL);
    tell();
    assert_int_equal(rows(), before + 1);
    assert_int_equal(last()->kind, STORY_CALL);
}

TEST(another_incarnation_is_another_connection)
{
    handshake();
    play.now += TERN_SEC;
    struct tern_event *syn = play_out(&play, TH_SYN, 0, 0, 0, TERN_RULE_OPEN_ACTIVE); /* the same SYN again: the same one */
    tell();
    assert_int_equal(story()->conn_n, 1);
    syn = play_out(&play, TH_SYN, 0, 0, 0, TERN_RULE_OPEN_ACTIVE);
    syn->u.seg.seq = 777777;
    tell();
    assert_int_equal(story()->conn_n, 2);
    assert_int_equal(last()->conn, 1);
    assert_int_equal(story()->conn[1].base[STORY_A], 777777);
}

TEST(a_listener_is_no_connection)
{
    play_note(&play, TERN_RULE_NONE)->remote.port = 0;
    play_timer(&play, TERN_EV_TIMER_SET, TERN_TIMER_KEEPALIVE, 0, TERN_RULE_NONE); /* of a connection that nobody saw begin */
    tell();
    assert_int_equal(story()->conn_n, 0);
    assert_int_equal(rows(), 0);
}

static void fold(void)
{
    const struct tern_event *ev = tern_trace_get(&play.trace, 0);
    story_live_fold(live, &ev->local, &ev->remote);
}

TEST(what_only_carries_the_story_is_counted)
{
    uint8_t head[40] = {0x45};
    handshake();
    fold();
    size_t before = rows();
    play_out(&play, TH_ACK | TH_PSH, 1, 1, 1000, TERN_RULE_NONE);
    play_note(&play, TERN_RULE_NONE); /* belongs to it, not to the row before */
    play_in(&play, TH_ACK, 1, 1001, 0, TERN_RULE_NONE);
    play_timer(&play, TERN_EV_TIMER_FIRED, TERN_TIMER_DELACK, 0, TERN_RULE_NONE);
    tell_with(head, sizeof head);
    assert_int_equal(rows(), before);
    assert_int_equal(last()->note_n, 0);
    assert_int_equal(story_live_folded(live), 2);
    play.now += TERN_MS;
    play_out(&play, TH_ACK | TH_PSH, 1001, 1, 10, TERN_RULE_RTX_TIMEOUT);
    tell();
    assert_int_equal(rows(), before + 1); /* numbers went on meanwhile */
    assert_int_equal(last()->tcb[STORY_A].snd_una, PLAY_ISS + 1001);
    play_out(&play, TH_ACK | TH_FIN, 1011, 1, 0, TERN_RULE_SEND_FIN);
    play_timer(&play, TERN_EV_TIMER_FIRED, TERN_TIMER_RETRANSMIT, 0, TERN_RULE_NONE);
    play_in(&play, TH_RST, 1, 0, 0, TERN_RULE_NONE);
    tell();
    assert_int_equal(rows(), before + 4);
    assert_int_equal(story_live_folded(live), 2);
}

TEST(only_the_connection_that_carries_it_is_folded)
{
    handshake();
    struct tern_endpoint other = {.port = 9};
    story_live_fold(live, &other, &other);
    play_out(&play, TH_ACK | TH_PSH, 1, 1, 10, TERN_RULE_NONE);
    tell();
    assert_int_equal(rows(), 5);
    assert_int_equal(story_live_folded(live), 0);
}

#define LIVE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(who_opens_is_on_the_left),
        LIVE_TEST(who_is_called_is_on_the_right),
        LIVE_TEST(an_answer_seen_first_is_not_the_opener),
        LIVE_TEST(numbers_follow_the_segments),
        LIVE_TEST(figures_of_the_own_end),
        LIVE_TEST(a_segment_keeps_the_head_of_its_packet),
        LIVE_TEST(what_was_refused_says_why),
        LIVE_TEST(a_change_belongs_to_its_row_or_is_one),
        LIVE_TEST(calls_that_only_move_bytes_make_no_rows),
        LIVE_TEST(another_incarnation_is_another_connection),
        LIVE_TEST(a_listener_is_no_connection),
        LIVE_TEST(what_only_carries_the_story_is_counted),
        LIVE_TEST(only_the_connection_that_carries_it_is_folded),
    };
    return cmocka_run_group_tests_name("story_live", tests, NULL, NULL);
}
