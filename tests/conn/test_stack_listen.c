/* A listener's queues (half-open, accept), and SYNs that wait for the caller. */
#include "stack_test.h"

/* ---- the half-open queue ---- */

/* proves: ATTACK-10 */
static void a_full_half_open_queue_drops_the_syn(struct rig *r)
{
    r->set.syn_cookies = 0;
    r->set.half_open_evict = 0;
    listen_backlog(r, 3);
    for (uint16_t i = 0; i < 5; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i));
    assert_int_equal(count_out(r, SYN | ACK), 3);
    assert_int_equal(rig_drops(r, TERN_DROP_HALF_FULL), 2);
    assert_int_equal(info_of(r->l).half_full_n, 2);
    assert_int_equal(info_of(r->l).half_n, 3);
}

/* proves: ATTACK-10, RFC 4987 3.4. The oldest goes, and nothing is sent to it: who is still there asks again. */
static void a_full_half_open_queue_gives_up_its_oldest(struct rig *r)
{
    r->set.syn_cookies = 0;
    listen_backlog(r, 3);
    for (uint16_t i = 0; i < 5; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i), .len = i % 2 ? 10 : 0);
    assert_int_equal(count_out(r, SYN | ACK), 5);
    assert_int_equal(rig_drops(r, TERN_DROP_HALF_EVICTED), 2);
    assert_int_equal(rig_drops(r, TERN_DROP_HALF_FULL), 0);
    assert_int_equal(info_of(r->l).evicted_n, 2);
    assert_int_equal(info_of(r->l).half_n, 3);
    for (uint16_t i = 0; i < 5; i++) { /* the youngest three are there */
        rig_clear(r);
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = (uint16_t)(1001 + i));
        struct tern_conn *c = tern_listener_accept(r->l);
        assert_true(i < 2 ? !c : c != NULL);
        assert_int_equal(count_out(r, RST), i < 2);
    }
}

/* proves: RFC 4987 3.4. A listener under attack takes no room from another. */
static void each_listener_gives_up_its_own(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.port = 81}, .backlog = 2};
    struct tern_listener *other;
    r->set.syn_cookies = 0;
    listen_backlog(r, 2);
    assert_int_equal(tern_stack_listen(r->s, &cfg, &other), 0);
    IN(r, .flags = SYN, .src_port = 1, .dst_port = 81);
    for (uint16_t i = 0; i < 9; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i));
    assert_int_equal(info_of(other).half_n, 1);
    assert_int_equal(info_of(other).evicted_n, 0);
    assert_int_equal(info_of(r->l).evicted_n, 7);
    r->set.half_open_max = 3; /* of all: reached now */
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    IN(r, .flags = SYN, .src_port = 2, .dst_port = 81);
    assert_int_equal(info_of(other).half_n, 1);
    assert_int_equal(info_of(r->l).half_n, 2);
}

static void a_refused_syn_finds_room_later(struct rig *r)
{
    r->set.syn_cookies = 0;
    r->set.half_open_evict = 0;
    listen_backlog(r, 1);
    IN(r, .flags = SYN, .src_port = 1001);
    IN(r, .flags = SYN, .src_port = 1002);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 1001);
    assert_non_null(tern_listener_accept(r->l));
    IN(r, .flags = SYN, .src_port = 1002); /* sent again */
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void half_open_connections_of_all_listeners_have_a_limit(struct rig *r)
{
    r->set.half_open_max = 2;
    r->set.syn_cookies = 0;
    r->set.half_open_evict = 0;
    listen_backlog(r, 10);
    for (uint16_t i = 0; i < 3; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i));
    assert_int_equal(rig_counters(r).half_n, 2);
    assert_int_equal(rig_drops(r, TERN_DROP_HALF_FULL), 1);
}

static void a_half_open_connection_is_given_up(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    rig_pass(r, 600 * TERN_SEC);
    assert_int_equal(count_out(r, SYN | ACK), 1 + r->set.synack_retries);
    assert_int_equal(rig_counters(r).half_n, 0);
    assert_int_equal(info_of(r->l).half_n, 0);
    STATE(r, TERN_CLOSED);
}

static void a_repeated_syn_takes_no_second_place(struct rig *r)
{
    listen_backlog(r, 2);
    for (int i = 0; i < 5; i++) {
        IN(r, .flags = SYN);
        OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    }
    assert_int_equal(info_of(r->l).half_n, 1);
}

/* ---- the accept queue ---- */

static void a_full_accept_queue_drops_the_last_ack(struct rig *r)
{
    listen_backlog(r, 1);
    handshake_from(r, 1001);
    handshake_from(r, 1002);
    NONE(r);
    struct tern_listener_info i = info_of(r->l);
    assert_int_equal(i.accept_n, 1);
    assert_int_equal(i.half_n, 1);
    assert_int_equal(i.accept_full_n, 1);
    assert_int_equal(rig_drops(r, TERN_DROP_ACCEPT_FULL), 1);
}

static void what_a_full_accept_queue_dropped_is_established_when_room_comes(struct rig *r)
{
    listen_backlog(r, 1);
    handshake_from(r, 1001);
    handshake_from(r, 1002);
    assert_non_null(tern_listener_accept(r->l));
    rig_pass(r, TERN_SEC); /* the SYN,ACK again */
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 1002);
    r->c = tern_listener_accept(r->l);
    assert_non_null(r->c);
    STATE(r, TERN_ESTABLISHED);
}

static void data_that_follows_a_dropped_last_ack_is_not_lost(struct rig *r)
{
    listen_backlog(r, 1);
    handshake_from(r, 1001);
    handshake_from(r, 1002);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 9, .src_port = 1002); /* the peer is established */
    NONE(r);                                                                   /* nothing of it is acknowledged */
    assert_non_null(tern_listener_accept(r->l));
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 9, .src_port = 1002); /* so it sends it again */
    r->c = tern_listener_accept(r->l);
    assert_non_null(r->c);
    assert_int_equal(tern_conn_readable(r->c), 9);
}

static void the_accept_queue_is_first_in_first_out(struct rig *r)
{
    rig_listen(r);
    for (uint16_t i = 0; i < 4; i++) handshake_from(r, (uint16_t)(1001 + i));
    for (uint16_t i = 0; i < 4; i++) {
        assert_non_null(rig_accept(r));
        assert_int_equal(rig_status(r).remote.port, 1001 + i);
    }
    assert_null(rig_accept(r));
    assert_int_equal(info_of(r->l).accepted_n, 4);
}

static void the_application_is_told_of_what_it_may_accept(struct rig *r)
{
    struct tern_ready ev;
    rig_listen(r);
    assert_false(tern_stack_next_event(r->s, &ev));
    handshake_from(r, 1001);
    assert_true(tern_stack_next_event(r->s, &ev));
    assert_ptr_equal(ev.listener, r->l);
    assert_true(ev.events & TERN_ACCEPTABLE);
    assert_false(tern_stack_next_event(r->s, &ev));
}

static void a_connection_reset_in_the_accept_queue_is_accepted_with_its_error(struct rig *r)
{
    rig_listen(r);
    handshake_from(r, 1001);
    IN(r, .flags = RST, .seq = 1, .src_port = 1001);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_RESET);
    assert_true(rig_events(r) & TERN_ERROR);
    rig_release(r);
    assert_int_equal(rig_counters(r).conn_n, 0);
}

static void data_waits_in_the_accept_queue(struct rig *r)
{
    struct tern_ready ev;
    rig_listen(r);
    handshake_from(r, RIG_PEER_PORT);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    while (tern_stack_next_event(r->s, &ev)) assert_null(ev.conn); /* it is nobody's yet */
    assert_non_null(rig_accept(r));
    assert_true(tern_stack_next_event(r->s, &ev));
    assert_ptr_equal(ev.conn, r->c);
    assert_true(ev.events & TERN_READABLE);
    READ(r, 100);
}

/* ---- SYNs that wait for the caller ---- */

static struct tern_held hold_one(struct rig *r)
{
    struct tern_held h = {0};
    struct tern_ready ev;
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .hold = true};
    r->l = listen_on(r, &cfg);
    IN(r, .flags = SYN);
    NONE(r);
    SAW(r, SYN_HELD);
    assert_true(tern_stack_next_event(r->s, &ev));
    assert_true(ev.listener == r->l && (ev.events & TERN_SYN_HELD));
    assert_true(tern_listener_held(r->l, &h));
    assert_int_equal(h.remote.port, RIG_PEER_PORT);
    assert_int_equal(h.local.port, RIG_PORT);
    assert_true(tern_addr_eq(&h.local.addr, &r->local.addr));
    assert_false(tern_listener_held(r->l, &h) && h.id == 0);
    return h;
}

static void a_held_syn_may_be_accepted(struct rig *r)
{
    struct tern_held h = hold_one(r);
    rig_pass(r, 5 * TERN_SEC);
    NONE(r);
    assert_int_equal(tern_held_accept(r->s, h.id), 0);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    SAW(r, SYN_ACCEPTED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
    assert_true(rig_status(r).rtt < 5 * TERN_SEC); /* the caller's time is not the path's */
}

static void an_accepted_syn_is_answered_again_when_its_answer_is_lost(struct rig *r)
{
    struct tern_held h = hold_one(r);
    tern_held_accept(r->s, h.id);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void a_held_syn_may_be_reset(struct rig *r)
{
    struct tern_held h = hold_one(r);
    assert_int_equal(tern_held_reset(r->s, h.id), 0);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
    SAW(r, SYN_REFUSED);
    assert_int_equal(rig_counters(r).half_n, 0);
    assert_int_equal(info_of(r->l).held_n, 0);
}

static void a_held_syn_may_be_dropped(struct rig *r)
{
    struct tern_held h = hold_one(r);
    assert_int_equal(tern_held_drop(r->s, h.id), 0);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_HELD_REFUSED), 1);
    assert_int_equal(rig_counters(r).half_n, 0);
}

static void a_held_syn_is_answered_once(struct rig *r)
{
    struct tern_held h = hold_one(r);
    assert_int_equal(tern_held_accept(r->s, h.id), 0);
    assert_int_equal(tern_held_accept(r->s, h.id), TERN_ERR_NOTCONN);
    assert_int_equal(tern_held_reset(r->s, h.id), TERN_ERR_NOTCONN);
    assert_int_equal(tern_held_drop(r->s, h.id), TERN_ERR_NOTCONN);
}

static void unknown_held_syns_are_errors(struct rig *r)
{
    rig_start(r);
    assert_int_equal(tern_held_accept(r->s, 1), TERN_ERR_NOTCONN); /* none was ever held */
    struct tern_held h = hold_one(r);
    assert_int_equal(tern_held_accept(r->s, 0), TERN_ERR_NOTCONN);
    assert_int_equal(tern_held_drop(r->s, h.id + 1), TERN_ERR_NOTCONN);
    assert_int_equal(tern_held_reset(r->s, h.id + 1024), TERN_ERR_NOTCONN);
    assert_int_equal(info_of(r->l).held_n, 1);
}

static void a_syn_sent_again_while_held_is_the_same(struct rig *r)
{
    struct tern_held h = hold_one(r), again;
    rig_pass(r, TERN_SEC);
    IN(r, .flags = SYN);
    NONE(r);
    assert_false(tern_listener_held(r->l, &again));
    assert_int_equal(info_of(r->l).held_n, 1);
    assert_int_equal(tern_held_accept(r->s, h.id), 0);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    NONE(r);
}

static void a_peer_that_resets_a_held_syn_takes_it_away(struct rig *r)
{
    struct tern_held h = hold_one(r);
    IN(r, .flags = RST, .seq = 1);
    assert_int_equal(tern_held_accept(r->s, h.id), TERN_ERR_NOTCONN);
    assert_int_equal(info_of(r->l).held_n, 0);
    NONE(r);
}

static void a_blind_reset_does_not_take_a_held_syn_away(struct rig *r)
{
    struct tern_held h = hold_one(r);
    IN(r, .flags = RST, .seq = 5000);
    assert_int_equal(tern_held_accept(r->s, h.id), 0);
}

static void a_caller_that_never_answers_drops_the_held_syn(struct rig *r)
{
    struct tern_held h = hold_one(r);
    rig_pass(r, r->set.r2_syn + TERN_SEC);
    NONE(r);
    assert_int_equal(tern_held_accept(r->s, h.id), TERN_ERR_NOTCONN);
    assert_int_equal(rig_drops(r, TERN_DROP_HELD_REFUSED), 1);
}

static void data_on_a_held_syn_is_kept(struct rig *r)
{
    struct tern_held h;
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .hold = true};
    r->l = listen_on(r, &cfg);
    IN(r, .flags = SYN, .len = 6);
    assert_true(tern_listener_held(r->l, &h));
    tern_held_accept(r->s, h.id);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    READ(r, 6);
}

static void held_syns_are_shown_in_order_and_once(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .hold = true};
    struct tern_held h;
    r->l = listen_on(r, &cfg);
    for (uint16_t i = 0; i < 5; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i));
    for (uint16_t i = 0; i < 5; i++) {
        assert_true(tern_listener_held(r->l, &h));
        assert_int_equal(h.remote.port, 1001 + i);
    }
    assert_false(tern_listener_held(r->l, &h));
}

static void more_held_syns_than_there_is_room_for_are_dropped(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .hold = true, .backlog = 2000};
    r->l = listen_on(r, &cfg);
    for (uint16_t i = 0; i < 1100; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i));
    assert_int_equal(info_of(r->l).held_n, 1024);
    assert_int_equal(rig_drops(r, TERN_DROP_HALF_FULL), 76);
    NONE(r);
}

static void closing_a_listener_takes_its_held_syns_along(struct rig *r)
{
    struct tern_held h = hold_one(r);
    tern_listener_close(r->l);
    assert_int_equal(tern_held_accept(r->s, h.id), TERN_ERR_NOTCONN);
    assert_int_equal(rig_counters(r).half_n, 0);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_full_half_open_queue_drops_the_syn),
    RIG_TEST(a_full_half_open_queue_gives_up_its_oldest),
    RIG_TEST(each_listener_gives_up_its_own),
    RIG_TEST(a_refused_syn_finds_room_later),
    RIG_TEST(half_open_connections_of_all_listeners_have_a_limit),
    RIG_TEST(a_half_open_connection_is_given_up),
    RIG_TEST(a_repeated_syn_takes_no_second_place),
    RIG_TEST(a_full_accept_queue_drops_the_last_ack),
    RIG_TEST(what_a_full_accept_queue_dropped_is_established_when_room_comes),
    RIG_TEST(data_that_follows_a_dropped_last_ack_is_not_lost),
    RIG_TEST(the_accept_queue_is_first_in_first_out),
    RIG_TEST(the_application_is_told_of_what_it_may_accept),
    RIG_TEST(a_connection_reset_in_the_accept_queue_is_accepted_with_its_error),
    RIG_TEST(data_waits_in_the_accept_queue),
    RIG_TEST(a_held_syn_may_be_accepted),
    RIG_TEST(an_accepted_syn_is_answered_again_when_its_answer_is_lost),
    RIG_TEST(a_held_syn_may_be_reset),
    RIG_TEST(a_held_syn_may_be_dropped),
    RIG_TEST(a_held_syn_is_answered_once),
    RIG_TEST(unknown_held_syns_are_errors),
    RIG_TEST(a_syn_sent_again_while_held_is_the_same),
    RIG_TEST(a_peer_that_resets_a_held_syn_takes_it_away),
    RIG_TEST(a_blind_reset_does_not_take_a_held_syn_away),
    RIG_TEST(a_caller_that_never_answers_drops_the_held_syn),
    RIG_TEST(data_on_a_held_syn_is_kept),
    RIG_TEST(held_syns_are_shown_in_order_and_once),
    RIG_TEST(more_held_syns_than_there_is_room_for_are_dropped),
    RIG_TEST(closing_a_listener_takes_its_held_syns_along),
};

RIG_MAIN(tests)
