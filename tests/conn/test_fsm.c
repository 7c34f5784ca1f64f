/* The transitions (src/tcp/fsm.c) against RFC 9293: the list below is figure 5 with its notes, and 3.10's ABORT, RST and
 * timeouts, written from the text. Each of its rows is there, no other is, and each is walked by a real run that shows the move
 * as an event. */
#include "reach.h"

#include <stdio.h>
#include <string.h>

#include "fsm.h"

/* ---- drivers: what moves a connection along one arrow ---- */

static void rst_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = RST, .seq = peer_next(s));
}

static void refused_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = RST | ACK, .ack = 1);
}

static void abort_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    rig_abort(r);
}

static void abort_rest_in(struct rig *r, enum tern_state s)
{
    r->set.abort_time_wait = 1;
    abort_in(r, s);
}

/* Something is unacknowledged, and nobody answers for |ns|. */
static void unanswered(struct rig *r, enum tern_state s, tern_ns ns)
{
    if (s == TERN_ESTABLISHED || s == TERN_CLOSE_WAIT) rig_send(r, 1);
    rig_pass(r, ns);
}

static void user_timeout_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_USER_TIMEOUT, 2000), 0);
    unanswered(r, s, 3 * TERN_SEC);
}

static void r2_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    unanswered(r, s, 1000 * TERN_SEC);
}

static void dead_peer_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_KEEPALIVE, 1), 0);
    rig_pass(r, 8000 * TERN_SEC);
}

static void open_passive(struct rig *r, enum tern_state s)
{
    (void)s;
    rig_listen(r);
}

static void open_active(struct rig *r, enum tern_state s)
{
    (void)s;
    rig_connect(r);
}

static void syn_in(struct rig *r, enum tern_state s)
{
    if (s == TERN_SYN_SENT)
        reach(r, s);
    else
        rig_listen(r);
    IN(r, .flags = SYN);
}

static void send_in_listen(struct rig *r, enum tern_state s)
{
    (void)s;
    rig_listen(r);
    assert_int_equal(tern_listener_send(r->l, &r->remote, "x", 1, &r->c), 0);
}

static void close_in_listen(struct rig *r, enum tern_state s)
{
    (void)s;
    rig_listen(r);
    tern_listener_close(r->l);
}

static void close_in_listen_with_connections(struct rig *r, enum tern_state s)
{
    (void)s;
    rig_listen(r);
    IN(r, .flags = SYN);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    tern_listener_close(r->l);
}

static void close_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    rig_close(r);
}

static void syn_ack_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = SYN | ACK, .ack = 1);
}

static void last_ack_of_handshake(struct rig *r, enum tern_state s)
{
    (void)s;
    rig_passive(r);
}

static void rst_to_half_open(struct rig *r, enum tern_state s)
{
    (void)s;
    reach_half_open(r);
    IN(r, .flags = RST, .seq = 1);
}

static void syn_to_half_open(struct rig *r, enum tern_state s)
{
    (void)s;
    reach_half_open(r);
    IN(r, .flags = SYN, .seq = 100);
}

static void fin_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = FIN | ACK, .seq = peer_next(s), .ack = our_una(s));
}

static void ack_of_fin_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = ACK, .seq = peer_next(s), .ack = 2);
}

static void fin_and_ack_of_fin_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = FIN | ACK, .seq = peer_next(s), .ack = 2);
}

static void rest_is_over(struct rig *r, enum tern_state s)
{
    reach(r, s);
    rig_pass(r, 61 * TERN_SEC);
}

static void newer_syn_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    IN(r, .flags = SYN, .seq = 100);
}

static void rst_believed_in_time_wait(struct rig *r, enum tern_state s)
{
    r->set.rfc1337 = 0;
    rst_in(r, s);
}

static void orphan_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    rig_release(r);
    rig_pass(r, 61 * TERN_SEC);
}

static void hard_error_in(struct rig *r, enum tern_state s)
{
    reach(r, s);
    rig_icmp(r, r->v6 ? 1 : 3, r->v6 ? 4 : 3, 0, 0);
}

/* ---- the list ---- */

struct arrow {
    enum tern_state from;
    enum fsm_event event;
    enum tern_state to;
    const char *source;
    bool figure; /* drawn in figure 5 */
    enum tern_rule rule;
    void (*drive)(struct rig *r, enum tern_state from);
};

#define A(from, event, to, source, figure, rule, drive)                                                                          \
    {                                                                                                                            \
        TERN_##from, FSM_##event, TERN_##to, source, figure, TERN_RULE_##rule, drive                                             \
    }
#define F5      "RFC 9293 figure 5"
#define SECOND  "RFC 9293 3.10.7.4 second"
#define ABORT_5 "RFC 9293 3.10.5"
#define TIME_8  "RFC 9293 3.10.8"
#define R2_8    "RFC 9293 3.8.3"

static const struct arrow arrows[] = {
    /* figure 5, from top to bottom */
    A(CLOSED, OPEN_PASSIVE, LISTEN, F5, true, OPEN_PASSIVE, open_passive),
    A(CLOSED, OPEN_ACTIVE, SYN_SENT, F5, true, OPEN_ACTIVE, open_active),
    A(LISTEN, CLOSE, CLOSED, F5, true, CLOSE_CALL, close_in_listen),
    A(LISTEN, RCV_SYN, SYN_RECEIVED, F5, true, LISTEN_SYN, syn_in),
    A(LISTEN, SEND, SYN_SENT, F5, true, SEND_IN_LISTEN, send_in_listen),
    A(SYN_SENT, CLOSE, CLOSED, F5, true, CLOSE_CALL, close_in),
    A(SYN_SENT, RCV_SYN, SYN_RECEIVED, F5, true, SYNSENT_SYN, syn_in),
    A(SYN_SENT, RCV_SYN_ACK, ESTABLISHED, F5, true, SYNSENT_SYNACK, syn_ack_in),
    A(SYN_RECEIVED, RCV_ACK_OF_SYN, ESTABLISHED, F5, true, SYNRCVD_ACK, last_ack_of_handshake),
    A(SYN_RECEIVED, CLOSE, FIN_WAIT_1, F5, true, CLOSE_CALL, close_in),
    A(ESTABLISHED, CLOSE, FIN_WAIT_1, F5, true, CLOSE_CALL, close_in),
    A(ESTABLISHED, RCV_FIN, CLOSE_WAIT, F5, true, FIN_IN, fin_in),
    A(FIN_WAIT_1, RCV_ACK_OF_FIN, FIN_WAIT_2, F5, true, FIN_ACKED, ack_of_fin_in),
    A(FIN_WAIT_1, RCV_FIN, CLOSING, F5, true, FIN_IN, fin_in),
    A(FIN_WAIT_2, RCV_FIN, TIME_WAIT, F5, true, FIN_IN, fin_in),
    A(CLOSE_WAIT, CLOSE, LAST_ACK, F5, true, CLOSE_CALL, close_in),
    A(CLOSING, RCV_ACK_OF_FIN, TIME_WAIT, F5, true, FIN_ACKED, ack_of_fin_in),
    A(LAST_ACK, RCV_ACK_OF_FIN, CLOSED, F5, true, FIN_ACKED, ack_of_fin_in),
    A(TIME_WAIT, TIMEOUT_2MSL, CLOSED, F5, true, MSL2_OVER, rest_is_over),

    /* its notes 1 to 3 */
    A(SYN_RECEIVED, RCV_RST_PASSIVE, LISTEN, F5 " note 1", true, RST_PASSIVE, rst_to_half_open),
    A(FIN_WAIT_1, RCV_FIN_ACK_OF_FIN, TIME_WAIT, F5 " note 2", false, FIN_IN, fin_and_ack_of_fin_in),
    A(SYN_RECEIVED, ABORT_REST, TIME_WAIT, F5 " note 3", false, RST_ABORT, abort_rest_in),
    A(ESTABLISHED, ABORT_REST, TIME_WAIT, F5 " note 3", false, RST_ABORT, abort_rest_in),
    A(FIN_WAIT_1, ABORT_REST, TIME_WAIT, F5 " note 3", false, RST_ABORT, abort_rest_in),
    A(FIN_WAIT_2, ABORT_REST, TIME_WAIT, F5 " note 3", false, RST_ABORT, abort_rest_in),
    A(CLOSE_WAIT, ABORT_REST, TIME_WAIT, F5 " note 3", false, RST_ABORT, abort_rest_in),

    /* segments */
    A(SYN_RECEIVED, RCV_SYN_PASSIVE, LISTEN, "RFC 9293 3.10.7.4 fourth", false, RST_PASSIVE, syn_to_half_open),
    A(TIME_WAIT, RCV_NEW_SYN, CLOSED, "RFC 9293 3.6.1 MAY-2, RFC 6191", false, TW_SYN, newer_syn_in),
    A(SYN_SENT, RCV_RST, CLOSED, "RFC 9293 3.10.7.3 second", false, RST_REFUSED, refused_in),
    A(SYN_RECEIVED, RCV_RST, CLOSED, SECOND, false, RST_REFUSED, rst_in),
    A(ESTABLISHED, RCV_RST, CLOSED, SECOND, false, RST_IN, rst_in),
    A(FIN_WAIT_1, RCV_RST, CLOSED, SECOND, false, RST_IN, rst_in),
    A(FIN_WAIT_2, RCV_RST, CLOSED, SECOND, false, RST_IN, rst_in),
    A(CLOSE_WAIT, RCV_RST, CLOSED, SECOND, false, RST_IN, rst_in),
    A(CLOSING, RCV_RST, CLOSED, SECOND, false, RST_IN, rst_in),
    A(LAST_ACK, RCV_RST, CLOSED, SECOND, false, RST_IN, rst_in),
    A(TIME_WAIT, RCV_RST, CLOSED, SECOND " (rfc1337 off)", false, RST_IN, rst_believed_in_time_wait),

    /* ABORT */
    A(LISTEN, ABORT, CLOSED, ABORT_5, false, ABORT_CALL, close_in_listen_with_connections),
    A(SYN_SENT, ABORT, CLOSED, ABORT_5, false, RST_ABORT, abort_in),
    A(SYN_RECEIVED, ABORT, CLOSED, ABORT_5, false, RST_ABORT, abort_in),
    A(ESTABLISHED, ABORT, CLOSED, ABORT_5, false, RST_ABORT, abort_in),
    A(FIN_WAIT_1, ABORT, CLOSED, ABORT_5, false, RST_ABORT, abort_in),
    A(FIN_WAIT_2, ABORT, CLOSED, ABORT_5, false, RST_ABORT, abort_in),
    A(CLOSE_WAIT, ABORT, CLOSED, ABORT_5, false, RST_ABORT, abort_in),
    A(CLOSING, ABORT, CLOSED, ABORT_5, false, RST_ABORT, abort_in),
    A(LAST_ACK, ABORT, CLOSED, ABORT_5, false, RST_ABORT, abort_in),
    A(TIME_WAIT, ABORT, CLOSED, ABORT_5, false, ABORT_CALL, abort_in),

    /* timeouts: USER TIMEOUT needs something to wait for, which FIN-WAIT-2 and TIME-WAIT have not */
    A(SYN_SENT, USER_TIMEOUT, CLOSED, TIME_8, false, USER_TIMEOUT, user_timeout_in),
    A(SYN_RECEIVED, USER_TIMEOUT, CLOSED, TIME_8, false, USER_TIMEOUT, user_timeout_in),
    A(ESTABLISHED, USER_TIMEOUT, CLOSED, TIME_8, false, USER_TIMEOUT, user_timeout_in),
    A(FIN_WAIT_1, USER_TIMEOUT, CLOSED, TIME_8, false, USER_TIMEOUT, user_timeout_in),
    A(CLOSE_WAIT, USER_TIMEOUT, CLOSED, TIME_8, false, USER_TIMEOUT, user_timeout_in),
    A(CLOSING, USER_TIMEOUT, CLOSED, TIME_8, false, USER_TIMEOUT, user_timeout_in),
    A(LAST_ACK, USER_TIMEOUT, CLOSED, TIME_8, false, USER_TIMEOUT, user_timeout_in),
    A(SYN_SENT, GIVE_UP, CLOSED, R2_8, false, R2, r2_in),
    A(SYN_RECEIVED, GIVE_UP, CLOSED, R2_8, false, R2, r2_in),
    A(ESTABLISHED, GIVE_UP, CLOSED, R2_8 ", 3.8.4", false, R2, r2_in),
    A(FIN_WAIT_1, GIVE_UP, CLOSED, R2_8 ", 3.8.4", false, R2, r2_in),
    A(FIN_WAIT_2, GIVE_UP, CLOSED, "RFC 9293 3.8.4", false, KEEPALIVE_DEAD, dead_peer_in),
    A(CLOSE_WAIT, GIVE_UP, CLOSED, R2_8 ", 3.8.4", false, R2, r2_in),
    A(CLOSING, GIVE_UP, CLOSED, R2_8, false, R2, r2_in),
    A(LAST_ACK, GIVE_UP, CLOSED, R2_8, false, R2, r2_in),
    A(FIN_WAIT_2, TIMEOUT_ORPHAN, CLOSED, "tern: fin_wait_2", false, FW2_ORPHAN, orphan_in),

    /* ICMP */
    A(SYN_SENT, ICMP_HARD, CLOSED, "RFC 9293 3.9.2.2 SHLD-26", false, ICMP_HARD, hard_error_in),
    A(SYN_RECEIVED, ICMP_HARD, CLOSED, "RFC 9293 3.9.2.2 SHLD-26", false, ICMP_HARD, hard_error_in),
};

enum { ARROWS = sizeof arrows / sizeof arrows[0] };

static const struct arrow *listed(const struct fsm_arrow *a)
{
    for (size_t i = 0; i < ARROWS; i++)
        if (arrows[i].from == a->from && arrows[i].event == a->event) return &arrows[i];
    return NULL;
}

/* ---- the table against the list ---- */

static void every_arrow_of_the_rfc_is_in_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARROWS; i++) assert_int_equal(fsm_next(arrows[i].from, arrows[i].event), arrows[i].to);
}

static void no_other_arrow_is_in_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        const struct arrow *a = listed(&fsm_arrows[i]);
        if (!a) print_error("%s on %s\n", tern_state_name(fsm_arrows[i].from), fsm_event_name(fsm_arrows[i].event));
        assert_non_null(a);
        assert_int_equal(fsm_arrows[i].to, a->to);
    }
    assert_int_equal(fsm_arrow_n, ARROWS); /* and none twice */
}

static void every_arrow_names_its_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        const struct arrow *a = listed(&fsm_arrows[i]);
        assert_non_null(a);
        assert_string_equal(fsm_arrows[i].source, a->source);
        assert_int_equal(fsm_arrows[i].figure, a->figure);
    }
}

/* Figure 5 draws 19 arrows and one by its note 1. */
static void figure_5_has_twenty_arrows(void **state)
{
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < fsm_arrow_n; i++) n += fsm_arrows[i].figure;
    assert_int_equal(n, 20);
}

static void what_is_not_listed_leads_nowhere(void **state)
{
    size_t n = 0;
    (void)state;
    for (unsigned s = 0; s < TERN_STATE_N; s++)
        for (unsigned e = 0; e < FSM_EVENT_N; e++) n += fsm_next((enum tern_state)s, (enum fsm_event)e) != TERN_STATE_N;
    assert_int_equal(n, ARROWS);
}

static void every_state_is_reached_and_left(void **state)
{
    (void)state;
    for (unsigned s = 0; s < TERN_STATE_N; s++) {
        bool in = false, out = false;
        for (size_t i = 0; i < fsm_arrow_n; i++) in |= fsm_arrows[i].to == s, out |= fsm_arrows[i].from == s;
        assert_true(in && out);
    }
}

static void every_event_has_an_arrow_and_a_name(void **state)
{
    (void)state;
    for (unsigned e = 0; e < FSM_EVENT_N; e++) {
        bool used = false;
        for (size_t i = 0; i < fsm_arrow_n; i++) used |= fsm_arrows[i].event == e;
        assert_true(used);
        assert_true(strlen(fsm_event_name((enum fsm_event)e)) > 2);
    }
    assert_string_equal(fsm_event_name(FSM_EVENT_N), "?");
}

/* ---- each arrow, walked ---- */

static const struct arrow *walked;

static bool saw_move(const struct rig *r, const struct arrow *a)
{
    for (uint64_t i = 0; i < r->trace.end; i++) {
        const struct tern_event *e = tern_trace_get(&r->trace, i);
        if (e && e->type == TERN_EV_STATE && e->u.state.from == a->from && e->u.state.to == a->to && e->rule == a->rule)
            return true;
    }
    return false;
}

static void walk_in_a_rig(struct rig *r)
{
    walked->drive(r, walked->from);
    assert_true(saw_move(r, walked));
}

static void walk(void **state)
{
    struct rig_case k = {walk_in_a_rig, UINT32_C(0xffffffff), false};
    void *one = &k;
    walked = *state;
    assert_non_null(walked->drive); /* a row without a driver is not tested */
    rig_main(&one);
    k.v6 = true;
    rig_main(&one);
}

static const struct CMUnitTest table_tests[] = {
    cmocka_unit_test(every_arrow_of_the_rfc_is_in_the_table), cmocka_unit_test(no_other_arrow_is_in_the_table),
    cmocka_unit_test(every_arrow_names_its_source),           cmocka_unit_test(figure_5_has_twenty_arrows),
    cmocka_unit_test(what_is_not_listed_leads_nowhere),       cmocka_unit_test(every_state_is_reached_and_left),
    cmocka_unit_test(every_event_has_an_arrow_and_a_name),
};

enum { TABLE_TESTS = sizeof table_tests / sizeof table_tests[0] };

int main(void)
{
    static char name[ARROWS][120];
    static struct arrow walks[ARROWS];
    struct CMUnitTest tests[TABLE_TESTS + ARROWS];
    memcpy(tests, table_tests, sizeof table_tests);
    for (size_t i = 0; i < ARROWS; i++) {
        walks[i] = arrows[i];
        snprintf(name[i], sizeof name[i], "walked: %s -- %s -> %s (%s)", tern_state_name(arrows[i].from),
                 fsm_event_name(arrows[i].event), tern_state_name(arrows[i].to), arrows[i].source);
        tests[TABLE_TESTS + i] = (struct CMUnitTest){name[i], walk, NULL, NULL, &walks[i]};
    }
    return _cmocka_run_group_tests(__FILE__, tests, sizeof tests / sizeof tests[0], NULL, NULL);
}
