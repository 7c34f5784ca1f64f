/* Opening a connection: RFC 9293 3.5, 3.10.1, 3.10.2, 3.10.7.2. */
#include <string.h>

#include "reach.h"

/* ---- passive OPEN ---- */

static void passive_open_answers_syn_with_syn_ack(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    NONE(r);
    STATE(r, TERN_SYN_RECEIVED);
    SAW(r, LISTEN_SYN);
}

static void third_ack_establishes(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    assert_null(rig_accept(r));
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
    NONE(r);
    SAW(r, SYNRCVD_ACK);
}

/* proves: RFC 1122 4.2.2.20 */
static void third_ack_may_carry_data(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 10);
    assert_non_null(rig_accept(r));
    READ(r, 10);
}

static void third_ack_may_carry_fin(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK | FIN, .seq = 1, .ack = 1, .len = 10);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_CLOSE_WAIT);
    OUT(r, .flags = ACK, .seq = 1, .ack = 12);
    READ(r, 10);
    READ(r, 0);
}

static void first_data_establishes_when_third_ack_was_lost(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 101, .ack = 1, .len = 50); /* and the segment between is late */
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    READ(r, 150);
}

/* ISS and IRS take a number each (3.4): SND.UNA, SND.NXT and RCV.NXT begin one beyond. */
static void syn_takes_a_number_on_both_sides(struct rig *r)
{
    rig_passive(r);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.iss, r->iss);
    assert_int_equal(st.snd_una, r->iss + 1);
    assert_int_equal(st.snd_nxt, r->iss + 1);
    assert_int_equal(st.irs, PEER_ISN);
    assert_int_equal(st.rcv_nxt, PEER_ISN + 1);
}

static void first_data_byte_has_the_number_after_the_syn(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 3);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 3);
    IN(r, .flags = ACK, .seq = 1, .ack = 4, .len = 5);
    assert_int_equal(rig_status(r).snd_una, r->iss + 4);
    assert_int_equal(rig_status(r).rcv_nxt, PEER_ISN + 6);
    READ(r, 5);
}

static void syn_data_is_held_until_established(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .len = 5);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    assert_null(rig_accept(r));
    SAW(r, SYN_DATA_HELD);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    READ(r, 5);
}

static void syn_data_joins_data_of_the_third_ack(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .len = 5);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 6, .ack = 1, .len = 7);
    assert_non_null(rig_accept(r));
    READ(r, 12);
    OUT(r, .flags = ACK, .seq = 1, .ack = 13);
}

static void syn_data_sent_again_is_delivered_once(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .len = 5);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 9);
    assert_non_null(rig_accept(r));
    READ(r, 9);
    READ(r, TERN_ERR_AGAIN);
}

/* ---- LISTEN, 3.10.7.2 ---- */

static void rst_in_listen_is_ignored(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = RST);
    IN(r, .flags = RST | ACK, .ack = 7);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_RST_TO_LISTEN), 2);
}

static void ack_in_listen_is_answered_by_rst(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = ACK, .seq = 5, .ack = 77);
    OUT(r, .flags = RST, .seq = 77);
    NONE(r);
    SAW(r, LISTEN_ACK);
}

/* Figure 11's left half. */
static void syn_ack_in_listen_is_answered_by_rst(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN | ACK, .seq = 5, .ack = 77);
    OUT(r, .flags = RST, .seq = 77);
    STATE(r, TERN_CLOSED); /* there is no connection, only the listener */
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void data_without_syn_in_listen_is_dropped(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = 0, .seq = 5, .len = 10);
    IN(r, .flags = FIN, .seq = 5);
    IN(r, .flags = PSH | URG, .seq = 5, .len = 1);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_LISTEN_NO_SYN), 3);
}

static void syn_with_rst_in_listen_is_ignored(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN | RST);
    NONE(r);
    STATE(r, TERN_CLOSED);
}

/* ---- CLOSED, 3.10.7.1 ---- */

static void rst_to_closed_is_ignored(struct rig *r)
{
    IN(r, .flags = RST);
    IN(r, .flags = RST | ACK, .ack = 1);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_RST_TO_CLOSED), 2);
}

static void ack_to_closed_is_answered_by_rst_with_its_number(struct rig *r)
{
    IN(r, .flags = ACK, .seq = 5, .ack = 77, .len = 10);
    OUT(r, .flags = RST, .seq = 77);
    NONE(r);
    SAW(r, RST_CLOSED);
}

static void syn_to_closed_is_answered_by_rst_that_acknowledges_it(struct rig *r)
{
    IN(r, .flags = SYN, .seq = 5);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 6);
    NONE(r);
}

static void data_without_ack_to_closed_is_acknowledged_by_rst(struct rig *r)
{
    IN(r, .flags = FIN, .seq = 5, .len = 10);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 16);
}

/* ---- active OPEN ---- */

static void active_open_completes(struct rig *r)
{
    rig_active(r);
    assert_true(rig_events(r) & TERN_CONNECTED);
    SAW(r, OPEN_ACTIVE);
    SAW(r, SYNSENT_SYNACK);
}

static void active_open_needs_a_remote_end(struct rig *r)
{
    struct tern_conn *c = NULL;
    rig_start(r);
    struct tern_endpoint nobody = r->remote, nowhere = r->remote;
    nobody.port = 0;
    memset(&nowhere.addr, 0, sizeof nowhere.addr);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &nobody, &c), TERN_ERR_INVAL);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &nowhere, &c), TERN_ERR_INVAL);
    NONE(r);
}

/* proves: MUST-46 */
static void active_open_to_multicast_is_refused(struct rig *r)
{
    struct tern_conn *c = NULL;
    rig_start(r);
    struct tern_endpoint many = {.port = 80};
    assert_int_equal(tern_addr_parse(r->v6 ? "ff02::1" : "224.0.0.1", &many.addr), 0);
    assert_int_equal(tern_stack_connect(r->s, NULL, &many, &c), TERN_ERR_INVAL);
}

/* 3.10.1: "error: connection already exists", in every state. */
static void open_again(struct rig *r, enum tern_state s)
{
    struct tern_conn *c = NULL;
    reach(r, s);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &c), TERN_ERR_ADDRINUSE);
    STATE(r, s);
    NONE(r);
}

static void second_open_of_a_pair_is_refused_in_every_state(struct rig *r)
{
    each_state(r, TERN_SYN_SENT, TERN_TIME_WAIT, open_again);
}

/* proves: MUST-41 */
static void second_listen_on_a_port_is_refused(struct rig *r)
{
    struct tern_listener *l = NULL;
    rig_listen(r);
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}};
    assert_int_equal(tern_stack_listen(r->s, &cfg, &l), TERN_ERR_ADDRINUSE);
}

static void send_in_syn_sent_waits_and_travels_with_the_third_ack(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    rig_send(r, 100);
    NONE(r);
    IN(r, .flags = SYN | ACK, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 101);
    assert_int_equal(rig_status(r).send_queue, 0);
}

static void fully_specified_passive_open_takes_its_peer_only(struct rig *r)
{
    rig_start(r);
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .remote = r->remote};
    assert_int_equal(tern_stack_listen(r->s, &cfg, &r->l), 0);
    IN(r, .flags = SYN, .src_port = RIG_PEER_PORT + 1);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* 3.10.2: SEND in LISTEN makes the OPEN an active one. */
static void send_in_listen_opens_actively(struct rig *r)
{
    rig_listen(r);
    assert_int_equal(tern_listener_send(r->l, &r->remote, "\x07\xae\x55", 3, &r->c), 0);
    r->l = NULL;
    OUT(r, .flags = SYN, .seq = 0);
    STATE(r, TERN_SYN_SENT);
    assert_true(rig_saw_state(r, TERN_LISTEN, TERN_SYN_SENT));
    IN(r, .flags = SYN | ACK, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 3);
    STATE(r, TERN_ESTABLISHED);
}

static void send_in_listen_needs_a_remote_end(struct rig *r)
{
    rig_listen(r);
    struct tern_endpoint nobody = r->remote;
    nobody.port = 0;
    assert_int_equal(tern_listener_send(r->l, &nobody, "x", 1, &r->c), TERN_ERR_INVAL);
    NONE(r);
    IN(r, .flags = SYN); /* still listening */
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void close_in_listen_ends_listening(struct rig *r)
{
    rig_listen(r);
    tern_listener_close(r->l);
    IN(r, .flags = SYN);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
}

static void close_in_listen_forgets_half_open_connections(struct rig *r)
{
    reach_half_open(r);
    tern_listener_close(r->l);
    STATE(r, TERN_CLOSED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    OUT(r, .flags = RST, .seq = 1);
}

/* ---- figure 7, and both ends in one stack ---- */

/* proves: MUST-10 */
static void simultaneous_open(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN);
    STATE(r, TERN_SYN_RECEIVED);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
    NONE(r);
}

static void simultaneous_open_completed_by_a_plain_ack(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 4);
    STATE(r, TERN_ESTABLISHED);
    assert_true(rig_events(r) & TERN_CONNECTED);
    READ(r, 4);
}

static void simultaneous_open_sends_what_was_queued(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    rig_send(r, 20);
    NONE(r);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 20);
}

/* The peer's SYN and its SYN,ACK in one batch: ours is acknowledged before our SYN,ACK has left, which no number is left for. */
static void simultaneous_open_in_one_batch_answers_with_an_ack(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    rig_in_batch(r, &(struct tseg){.flags = SYN});
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    rig_send(r, 20);
    OUT(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 20);
}

/* The timer has fired, but what it brought about has not left. */
static void let_syn_time_out(struct rig *r)
{
    r->now += r->set.rto_initial;
    tern_stack_expire(r->s, r->now);
}

static void a_syn_that_is_about_to_leave_again_does_not_once_it_is_acknowledged(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    let_syn_time_out(r);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
}

static void a_syn_ack_that_is_about_to_leave_again_does_not_once_it_is_acknowledged(struct rig *r)
{
    reach(r, TERN_SYN_RECEIVED);
    let_syn_time_out(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
}

static void self_connect_opens_talks_and_closes(struct rig *r)
{
    char buf[8];
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->local, &r->c), 0);
    for (int i = 0; i < 8 && loop_back(r); i++) {
    }
    STATE(r, TERN_ESTABLISHED);
    assert_true(rig_saw_state(r, TERN_SYN_SENT, TERN_SYN_RECEIVED));
    assert_int_equal(tern_conn_send(r->c, r->now, "hello", 5), 5);
    for (int i = 0; i < 4; i++) loop_back(r);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), 5);
    assert_memory_equal(buf, "hello", 5);
    rig_pass(r, TERN_SEC);
    for (int i = 0; i < 4; i++) loop_back(r);
    rig_close(r);
    for (int i = 0; i < 8 && loop_back(r); i++) {
    }
    assert_true(rig_saw_state(r, TERN_FIN_WAIT_1, TERN_CLOSING) || rig_saw_state(r, TERN_FIN_WAIT_1, TERN_TIME_WAIT));
    STATE(r, TERN_TIME_WAIT);
    NONE(r);
}

/* ---- old duplicates ---- */

/* Figure 8: the stale SYN is answered, the peer's RST sends us back to LISTEN, and the real one opens. */
static void stale_syn_is_answered_refused_and_forgotten(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .seq = -10);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = -9);
    STATE(r, TERN_SYN_RECEIVED);
    IN(r, .flags = RST, .seq = -9);
    NONE(r);
    assert_true(rig_saw_state(r, TERN_SYN_RECEIVED, TERN_LISTEN));
    assert_int_equal(rig_counters(r).half_n, 0);
    SAW(r, RST_PASSIVE);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
}

/* Were the SYN,ACK enough (a two-way handshake), the server would by now hold a connection to a peer that never asked, and
 * believe the stale data. It holds a half-open record, delivers nothing, and says nothing but SYN,ACK. */
static void two_way_handshake_would_believe_a_stale_syn(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .seq = -1000, .len = 100);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = -999);
    struct tern_counters n = rig_counters(r);
    assert_int_equal(n.conn_n, 0); /* half-open: a record, no connection */
    assert_int_equal(n.half_n, 1);
    assert_null(rig_accept(r));
    IN(r, .flags = 0, .seq = -999, .len = 50); /* more of the old connection: without ACK it proves nothing */
    assert_null(rig_accept(r));
    NONE(r);
    IN(r, .flags = ACK, .seq = -999, .ack = -500, .len = 50); /* an old ACK: for an ISS that is not ours */
    OUT(r, .flags = RST, .seq = -500);
    assert_null(rig_accept(r));
    IN(r, .flags = RST, .seq = -999); /* the peer to our SYN,ACK: I asked for nothing */
    NONE(r);
    n = rig_counters(r);
    assert_int_equal(n.half_n, 0);
    assert_int_equal(n.passive_opens, 0);
}

/* A stale SYN that nobody refuses is forgotten with its retries. */
static void stale_syn_without_answer_is_forgotten(struct rig *r)
{
    reach_half_open(r);
    rig_pass(r, 200 * TERN_SEC);
    STATE(r, TERN_CLOSED);
    assert_int_equal(rig_counters(r).half_n, 0);
    assert_null(rig_accept(r));
}

/* Figure 9: we are established, the peer has crashed and opens anew. */
static void half_open_is_discovered_by_the_peers_syn(struct rig *r)
{
    rig_active(r);
    IN(r, .flags = SYN, .seq = 100000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1); /* "seems all right to me" */
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = RST, .seq = 1); /* the peer is in SYN-SENT: this acknowledges what it did not send */
    expect_over(r, TERN_ERR_RESET);
    IN(r, .flags = SYN, .seq = 100000); /* and its SYN again finds a closed port */
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 100001);
}

static void half_open_is_discovered_by_a_syn_without_timestamps(struct rig *r)
{
    r->syn = (struct tseg){.ts = true, .tsval = 1000};
    rig_active(r);
    IN(r, .flags = SYN, .seq = 500);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
}

/* Figure 9 from the other end: we have crashed and open anew. */
static void half_open_peer_is_told_by_rst(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = ACK, .seq = 100, .ack = 300);
    OUT(r, .flags = RST, .seq = 300);
    STATE(r, TERN_SYN_SENT);
    rig_pass(r, TERN_SEC); /* our SYN again: the peer is in CLOSED now */
    OUT(r, .flags = SYN, .seq = 0);
}

/* Figure 10: the peer has crashed, and our data finds nobody. */
static void half_open_is_discovered_by_our_data(struct rig *r)
{
    rig_active(r);
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    IN(r, .flags = RST, .seq = 1); /* SEG.SEQ is our SEG.ACK */
    expect_over(r, TERN_ERR_RESET);
    assert_true(rig_events(r) & TERN_ERROR);
}

/* Figure 11: an old SYN to a listener, whose SYN,ACK comes to a listener. */
static void two_listeners_and_an_old_syn_end_where_they_began(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .seq = 50);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 51);
    IN(r, .flags = RST, .seq = 51);
    NONE(r);
    assert_true(rig_saw_state(r, TERN_SYN_RECEIVED, TERN_LISTEN));
    STATE(r, TERN_CLOSED);
}

static const struct rig_test tests[] = {
    RIG_TEST(passive_open_answers_syn_with_syn_ack),
    RIG_TEST(third_ack_establishes),
    RIG_TEST(third_ack_may_carry_data),
    RIG_TEST(third_ack_may_carry_fin),
    RIG_TEST(first_data_establishes_when_third_ack_was_lost),
    RIG_TEST(syn_takes_a_number_on_both_sides),
    RIG_TEST(first_data_byte_has_the_number_after_the_syn),
    RIG_TEST(syn_data_is_held_until_established),
    RIG_TEST(syn_data_joins_data_of_the_third_ack),
    RIG_TEST(syn_data_sent_again_is_delivered_once),
    RIG_TEST(rst_in_listen_is_ignored),
    RIG_TEST(ack_in_listen_is_answered_by_rst),
    RIG_TEST(syn_ack_in_listen_is_answered_by_rst),
    RIG_TEST(data_without_syn_in_listen_is_dropped),
    RIG_TEST(syn_with_rst_in_listen_is_ignored),
    RIG_TEST(rst_to_closed_is_ignored),
    RIG_TEST(ack_to_closed_is_answered_by_rst_with_its_number),
    RIG_TEST(syn_to_closed_is_answered_by_rst_that_acknowledges_it),
    RIG_TEST(data_without_ack_to_closed_is_acknowledged_by_rst),
    RIG_TEST(active_open_completes),
    RIG_TEST(active_open_needs_a_remote_end),
    RIG_TEST(active_open_to_multicast_is_refused),
    RIG_TEST(second_open_of_a_pair_is_refused_in_every_state),
    RIG_TEST(second_listen_on_a_port_is_refused),
    RIG_TEST(send_in_syn_sent_waits_and_travels_with_the_third_ack),
    RIG_TEST(fully_specified_passive_open_takes_its_peer_only),
    RIG_TEST(send_in_listen_opens_actively),
    RIG_TEST(send_in_listen_needs_a_remote_end),
    RIG_TEST(close_in_listen_ends_listening),
    RIG_TEST(close_in_listen_forgets_half_open_connections),
    RIG_TEST(simultaneous_open),
    RIG_TEST(simultaneous_open_completed_by_a_plain_ack),
    RIG_TEST(simultaneous_open_sends_what_was_queued),
    RIG_TEST(simultaneous_open_in_one_batch_answers_with_an_ack),
    RIG_TEST(a_syn_that_is_about_to_leave_again_does_not_once_it_is_acknowledged),
    RIG_TEST(a_syn_ack_that_is_about_to_leave_again_does_not_once_it_is_acknowledged),
    RIG_TEST(self_connect_opens_talks_and_closes),
    RIG_TEST(stale_syn_is_answered_refused_and_forgotten),
    RIG_TEST(two_way_handshake_would_believe_a_stale_syn),
    RIG_TEST(stale_syn_without_answer_is_forgotten),
    RIG_TEST(half_open_is_discovered_by_the_peers_syn),
    RIG_TEST(half_open_is_discovered_by_a_syn_without_timestamps),
    RIG_TEST(half_open_peer_is_told_by_rst),
    RIG_TEST(half_open_is_discovered_by_our_data),
    RIG_TEST(two_listeners_and_an_old_syn_end_where_they_began),
};

RIG_MAIN(tests)
