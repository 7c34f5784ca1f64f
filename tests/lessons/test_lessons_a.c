/* The lessons on segments, data, timers and scans: each ends right with defaults and with what the reader may change, and its
 * stories show what the lesson says; read here from the rows once more, not from the lesson's own checks. */
#include "lesson.h"
#include "tcp.h"
#include "unit.h"

static struct lesson_result told;

static void tell(const char *name, const struct lesson_options *options)
{
    struct lesson_options o;
    lesson_options_default(&o);
    const struct lesson *l = lesson_find(name);
    assert_non_null(l);
    lesson_tell(l, options ? options : &o, LESSON_SILENT, NULL, &told);
    for (size_t i = 0; i < told.check_n; i++)
        if (!told.check[i].ok) fail_msg("%s: %s: %s", name, told.check[i].id, told.check[i].text);
    assert_int_equal(told.err, 0);
    assert_true(told.check_n > 0);
    assert_true(lesson_right(&told));
}

static int forget(void **state)
{
    (void)state;
    lesson_result_free(&told);
    return 0;
}

static const struct story_row *sent(size_t story, size_t from, enum story_side side, uint16_t flags)
{
    assert_true(story < told.story_n);
    const struct story_row *row = story_find(&told.story[story], from, side, flags);
    assert_non_null(row);
    return row;
}

/* The |nth| segment of |side| with data, from 0. */
static const struct story_row *data(size_t story, enum story_side side, uint32_t nth)
{
    const struct story *s = &told.story[story];
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == side && s->row[i].seg.len && nth-- == 0) return &s->row[i];
    return NULL;
}

static uint32_t count(size_t story, enum tern_rule rule)
{
    uint32_t n = 0;
    for (size_t i = 0; i < told.story[story].row_n; i++)
        n += told.story[story].row[i].kind == STORY_SEGMENT && told.story[story].row[i].rule == rule;
    return n;
}

static void handshake(void **state)
{
    (void)state;
    tell("handshake", NULL);
    const struct story_row *syn = sent(0, 0, STORY_A, TH_SYN), *synack = sent(0, 0, STORY_B, TH_SYN),
                           *ack = sent(0, 0, STORY_A, TH_ACK);
    assert_int_equal(syn->seg.seq, 1000);
    assert_int_equal(synack->seg.seq, 5000);
    assert_int_equal(synack->seg.ack, 1001);
    assert_int_equal(ack->seg.ack, 5001);
    assert_int_equal(synack->tcb[STORY_A].state, TERN_ESTABLISHED);
    assert_int_equal(synack->tcb[STORY_B].state, TERN_SYN_RECEIVED);
    assert_int_equal(ack->tcb[STORY_B].state, TERN_ESTABLISHED);
    assert_int_equal(ack->arrived - syn->at, 60 * TERN_MS);
}

static void handshake_loses_any_of_the_three(void **state)
{
    (void)state;
    for (uint32_t nth = 1; nth <= 3; nth++) {
        struct lesson_options o;
        lesson_options_default(&o);
        o.given |= LESSON_LOSS_NTH, o.loss_n = 1, o.loss_nth[0] = nth;
        tell("handshake", &o);
        uint32_t lost = 0;
        for (size_t i = 0; i < told.story[0].row_n; i++) lost += told.story[0].row[i].fate == STORY_LOST;
        assert_int_equal(lost, 1);
        assert_non_null(lesson_result_check(&told, "survives-loss"));
        lesson_result_free(&told);
    }
}

static void header(void **state)
{
    (void)state;
    tell("header", NULL);
    const struct story_row *syn = sent(0, 0, STORY_A, TH_SYN);
    const uint8_t *tcp = syn->head + 20;
    assert_int_equal(tcp[0] << 8 | tcp[1], 40000);
    assert_int_equal(tcp[13], TH_SYN);
    assert_non_null(lesson_result_check(&told, "checksum"));
}

static void numbers(void **state)
{
    (void)state;
    tell("data", NULL);
    assert_int_equal(data(0, STORY_A, 0)->seg.seq, 1001);
    assert_int_equal(data(0, STORY_A, 1)->seg.seq, 1001 + data(0, STORY_A, 0)->seg.len);
    const struct story_row *last = NULL;
    for (size_t i = 0; i < told.story[0].row_n; i++)
        if (told.story[0].row[i].side == STORY_B && told.story[0].row[i].kind == STORY_SEGMENT) last = &told.story[0].row[i];
    assert_non_null(last);
    assert_int_equal(last->seg.ack, 6001);
    const struct story_row *urgent = sent(1, 0, STORY_A, TH_URG);
    assert_int_equal(urgent->seg.seq, 6001);
    assert_int_equal(urgent->seg.urp, 5);
}

static void retransmission(void **state)
{
    (void)state;
    tell("retransmission", NULL);
    static const tern_ns at[] = {0, 200, 600, 1400};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(data(0, STORY_A, i)->at - data(0, STORY_A, 0)->at, at[i] * TERN_MS);
        assert_int_equal(data(0, STORY_A, i)->fate, i < 3 ? STORY_LOST : STORY_ARRIVED);
    }
    assert_null(data(0, STORY_A, 4));
    assert_int_equal(count(1, TERN_RULE_RTX_FAST), 1);
    assert_int_equal(count(1, TERN_RULE_RTX_TIMEOUT), 0);
    assert_int_equal(data(1, STORY_A, 10)->seg.seq, data(1, STORY_A, 2)->seg.seq);
}

static void tail_loss_needs_the_timer(void **state)
{
    (void)state;
    struct lesson_options o;
    lesson_options_default(&o);
    o.given |= LESSON_LOSS_NTH, o.loss_n = 1, o.loss_nth[0] = 13;
    tell("retransmission", &o);
    assert_int_equal(count(0, TERN_RULE_RTX_FAST), 0);
    assert_int_equal(count(0, TERN_RULE_RTX_TIMEOUT), 1);
}

/* A loss that cannot be is said to be none. */
static void a_packet_that_never_comes(void **state)
{
    (void)state;
    static const char *const names[] = {"retransmission", "handshake", "close"};
    for (size_t i = 0; i < 3; i++) {
        struct lesson_options o;
        lesson_options_default(&o);
        o.given |= LESSON_LOSS_NTH, o.loss_n = 1, o.loss_nth[0] = UINT32_MAX;
        lesson_tell(lesson_find(names[i]), &o, LESSON_SILENT, NULL, &told);
        const struct lesson_check_result *c = lesson_result_check(&told, "lost-as-asked");
        assert_true(c && !c->ok);
        assert_false(lesson_right(&told));
        lesson_result_free(&told);
    }
}

static void window(void **state)
{
    (void)state;
    tell("window", NULL);
    assert_true(count(0, TERN_RULE_PROBE_ZERO) >= 3);
    const struct story_row *update = sent(1, 0, STORY_B, TH_ACK);
    assert_int_equal(update->fate, STORY_LOST);
    assert_int_equal(update->seg.wnd, 8192);
    assert_int_equal(data(1, STORY_A, 0)->rule, TERN_RULE_PROBE_ZERO);
}

static void keepalive(void **state)
{
    (void)state;
    tell("keepalive", NULL);
    assert_int_equal(count(0, TERN_RULE_KEEPALIVE_PROBE), 1);
    assert_int_equal(count(1, TERN_RULE_KEEPALIVE_PROBE), 3);
    assert_int_equal(sent(1, 0, STORY_A, TH_RST)->fate, STORY_LOST);
    assert_int_equal(sent(2, 0, STORY_B, TH_RST)->rule, TERN_RULE_RST_CLOSED);
}

static void keepalive_counts_as_set(void **state)
{
    (void)state;
    struct lesson_options o;
    lesson_options_default(&o);
    const struct tern_setting_info *info;
    o.given |= LESSON_SET, o.settings.keepalive_count = 5;
    for (size_t i = 0; (info = tern_setting_info(i)) != NULL; i++)
        if (info->offset == offsetof(struct tern_settings, keepalive_count)) o.setting_given[i] = true;
    tell("keepalive", &o);
    assert_int_equal(count(1, TERN_RULE_KEEPALIVE_PROBE), 5);
}

static void rst(void **state)
{
    (void)state;
    tell("rst", NULL);
    assert_int_equal(sent(0, 0, STORY_B, TH_RST)->seg.flags, TH_RST | TH_ACK);
    assert_int_equal(count(1, TERN_RULE_CHALLENGE_RST), 1);
    assert_int_equal(count(2, TERN_RULE_CHALLENGE_RST), 3); /* of five forged ones */
    assert_int_equal(count(2, TERN_RULE_CHALLENGE_SYN), 1);
    assert_int_equal(count(3, TERN_RULE_RST_ABORT), 1);
    assert_int_equal(count(4, TERN_RULE_RST_UNREAD), 1);
}

static void tcb(void **state)
{
    (void)state;
    tell("tcb", NULL);
    const struct story *s = &told.story[0];
    assert_int_equal(s->row[s->row_n - 1].tcb[STORY_A].state, TERN_CLOSED);
    assert_int_equal(s->row[s->row_n - 1].tcb[STORY_A].known, 0);
}

static void layers(void **state)
{
    (void)state;
    tell("layers", NULL);
    const struct story_row *request = data(0, STORY_A, 0);
    assert_memory_equal(request->head + 52, "GET / HTTP/1.1\r\n", 16);
    assert_int_equal(request->head[2] << 8 | request->head[3], 52 + request->seg.len);
}

static void syn_scan(void **state)
{
    (void)state;
    tell("syn-scan", NULL);
    assert_true(sent(0, 0, STORY_A, TH_SYN)->forged);
    assert_int_equal(sent(0, 0, STORY_B, 0)->seg.flags, TH_SYN | TH_ACK);
    assert_int_equal(sent(0, 0, STORY_A, TH_RST)->seg.seq, 101);
    assert_int_equal(sent(1, 0, STORY_B, 0)->seg.flags, TH_RST | TH_ACK);
    assert_null(story_find(&told.story[2], 0, STORY_B, 0));
}

static void fin_scan(void **state)
{
    (void)state;
    static const uint16_t closed[] = {TH_RST | TH_ACK, TH_RST | TH_ACK, TH_RST | TH_ACK,
                                      TH_RST | TH_ACK, TH_RST | TH_ACK, TH_RST};
    uint32_t n = 0, dropped = 0;
    tell("fin-scan", NULL);
    const struct story *s = &told.story[0];
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT) continue;
        dropped += row->forged && row->drop == TERN_DROP_LISTEN_NO_SYN;
        if (row->side == STORY_B && s->conn[row->conn].end[STORY_B].port == 81) {
            assert_true(n < 6);
            assert_int_equal(row->seg.flags, closed[n++]);
        }
    }
    assert_int_equal(n, 6);
    assert_int_equal(dropped, 3);
    assert_null(story_find(&told.story[1], 0, STORY_B, 0));
}

static void myths(void **state)
{
    (void)state;
    tell("myths", NULL);
    assert_int_equal(told.check_n, 15);
    assert_int_equal(data(0, STORY_A, 0)->seg.seq, 50000);
    assert_int_equal(sent(0, 0, STORY_B, TH_ACK)->seg.ack, 50500);
    assert_int_equal(sent(1, 0, STORY_A, TH_SYN)->seg.len, 4);
    assert_int_equal(sent(2, 0, STORY_A, TH_ACK)->fate, STORY_LOST);
    assert_int_equal(sent(3, 0, STORY_A, TH_FIN)->fate, STORY_LOST);
    assert_int_equal(count(3, TERN_RULE_ACK_TIME_WAIT), 1);
}

/* Each with everything that it heeds, one after the other. */
static void as_the_reader_likes(void **state)
{
    (void)state;
    static const char *const names[] = {"handshake", "header", "data",   "retransmission", "window",   "keepalive",
                                        "rst",       "tcb",    "layers", "syn-scan",       "fin-scan", "myths"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (uint32_t which = 1; which <= LESSON_V6; which <<= 1) {
            struct lesson_options o;
            lesson_options_default(&o);
            if (!(lesson_find(names[i])->heeds & which) || which == LESSON_LOSS_NTH) continue;
            o.given = which;
            o.isn[STORY_A] = UINT32_MAX - 5, o.isn[STORY_B] = which == LESSON_ISN ? 1 : -1;
            o.rtt = which == LESSON_RTT ? TERN_SEC : o.rtt;
            o.msl = 3 * TERN_SEC, o.bytes = 20000, o.mss = 600, o.seed = 7, o.v6 = which == LESSON_V6;
            tell(names[i], &o);
            lesson_result_free(&told);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(handshake, forget),
        cmocka_unit_test_teardown(handshake_loses_any_of_the_three, forget),
        cmocka_unit_test_teardown(header, forget),
        cmocka_unit_test_teardown(numbers, forget),
        cmocka_unit_test_teardown(retransmission, forget),
        cmocka_unit_test_teardown(tail_loss_needs_the_timer, forget),
        cmocka_unit_test_teardown(a_packet_that_never_comes, forget),
        cmocka_unit_test_teardown(window, forget),
        cmocka_unit_test_teardown(keepalive, forget),
        cmocka_unit_test_teardown(keepalive_counts_as_set, forget),
        cmocka_unit_test_teardown(rst, forget),
        cmocka_unit_test_teardown(tcb, forget),
        cmocka_unit_test_teardown(layers, forget),
        cmocka_unit_test_teardown(syn_scan, forget),
        cmocka_unit_test_teardown(fin_scan, forget),
        cmocka_unit_test_teardown(myths, forget),
        cmocka_unit_test_teardown(as_the_reader_likes, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
