/* Requirements of RFC 9293 that no other file is about (doc/rfc-map.md). */
#include "reach.h"
#include "stack_test.h"
#include "xfer.h"

/* ---- segments ---- */

/* proves: MUST-1, REC-1 */
static void the_window_has_no_sign(struct rig *r)
{
    r->syn.wnd = 65535;
    open_mss(r, 1000);
    assert_int_equal(rig_status(r).snd_wnd, 65535);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 32768);
    assert_int_equal(rig_status(r).snd_wnd, 32768);
}

/* As a link completes it: the sum of everything from the TCP header on, its field included, is all ones. proves: MUST-2 */
static void every_segment_has_its_checksum(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 99);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    uint8_t *tcp = o->bytes + (r->v6 ? 40 : 20);
    size_t len = o->len - (r->v6 ? 40 : 20);
    uint16_t field = (uint16_t)~csum_fold(csum_add(0, tcp, len));
    memcpy(tcp + 16, &field, sizeof field);
    struct wire_ip ip = {.src = r->local.addr, .dst = r->remote.addr};
    assert_true(wire_tcp_checksum_ok(&ip, tcp, len));
}

/* Without the timestamps that were agreed none of these would be taken (RFC 7323 3.2). proves: MUST-5 */
static void options_stand_in_any_segment(struct rig *r)
{
    open_ts(r, 1000, 1);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 10, .ts = true, .tsval = 2);
    READ(r, 10);
    rig_send(r, 10);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 11, .ack = 11, .ts = true, .tsval = 3);
    assert_int_equal(rig_status(r).snd_una, r->iss + 11);
    IN(r, .flags = FIN | ACK, .seq = 11, .ack = 11, .ts = true, .tsval = 4);
    STATE(r, TERN_CLOSE_WAIT);
}

/* proves: MUST-65 */
static void the_mss_option_stands_in_syns_only(struct rig *r)
{
    const struct out_seg *o;
    rig_passive(r);
    rig_send(r, 3000);
    rig_close(r);
    unsigned n = 0;
    for (; (o = rig_next(r)) != NULL; n++) assert_false(o->h.opt.present & OPT_MSS);
    assert_true(n >= 2);
}

/* ---- addresses ---- */

/* |c|'s next segment, and the address that it comes from. */
static void expect_from(struct rig *r, const struct tern_addr *a, uint16_t flags)
{
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags & (SYN | ACK | FIN | RST), flags);
    assert_true(tern_addr_eq(&o->from.addr, a));
}

static void add_address(struct rig *r)
{
    struct tern_addr a = other_local(r);
    add_if(r, &a, false);
}

/* proves: MUST-43, MUST-45 */
static void an_open_with_a_local_address_keeps_to_it(struct rig *r)
{
    struct tern_endpoint from = {other_local(r), 0};
    add_address(r);
    assert_int_equal(tern_stack_connect(r->s, &from, &r->remote, &r->c), 0);
    expect_from(r, &from.addr, SYN);
    rig_pass(r, TERN_SEC);
    expect_from(r, &from.addr, SYN); /* again */
    struct tern_status st = rig_status(r);
    assert_true(tern_addr_eq(&st.local.addr, &from.addr));
}

/* The address that means all hosts of our net: no peer has it. proves: MUST-46, MUST-57, MUST-63 */
static void a_broadcast_address_is_no_peer(struct rig *r)
{
    struct tern_endpoint all = {addr_of("192.0.2.255"), 80};
    uint8_t p[100];
    if (r->v6) return;
    rig_listen(r);
    assert_int_equal(tern_stack_connect(r->s, NULL, &all, &r->c), TERN_ERR_INVAL);
    r->remote.addr = all.addr;
    IN(r, .flags = SYN);
    IN(r, .flags = SYN, .dst_port = 9); /* no RST either */
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_ADDRESS), 2);
    r->remote.addr = addr_of("192.0.2.254");
    r->local.addr = all.addr;
    struct tern_addr net = addr_of("203.0.113.1");
    int any = add_if(r, &net, true); /* takes packets for every address */
    in_by(r, any, p, rig_build(r, &(struct tseg){.flags = SYN}, p));
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_ADDRESS), 3);
    r->local.addr = addr_of("192.0.2.2");
    IN(r, .flags = SYN); /* 254 is a host */
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* proves: MUST-42 */
static void a_port_from_which_a_connection_is_opened_can_be_listened_on(struct rig *r)
{
    rig_connect(r); /* from RIG_PORT */
    OUT(r, .flags = SYN, .seq = 0);
    STATE(r, TERN_SYN_SENT);
    rig_listen(r);
    IN(r, .flags = SYN, .src_port = 5); /* from somebody else */
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, SYN | ACK);
    assert_int_equal(o->to.port, 5);
    STATE(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
}

/* proves: MUST-41 */
static void a_listen_that_is_refused_changes_nothing(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}};
    struct tern_listener *second = NULL;
    rig_passive(r);
    assert_int_equal(tern_stack_listen(r->s, &cfg, &second), TERN_ERR_ADDRINUSE);
    DATA_IN(r, 1, 10);
    READ(r, 10);
    handshake_from(r, 7);
    assert_non_null(tern_listener_accept(r->l));
}

/* ---- the IP layer's fields ---- */

/* proves: MUST-48, SHLD-21, SHLD-22 */
static void the_differentiated_services_field_can_be_set_at_any_time(struct rig *r)
{
    rig_passive(r);
    for (int64_t i = 0; i < 3; i++) {
        set_option(r, TERN_OPT_TOS, i << 5);
        rig_send(r, 10);
        const struct out_seg *o = rig_next(r);
        assert_non_null(o);
        assert_int_equal(o->tos & 0xfc, i << 5);
        ACK_IN(r, 11 + 10 * i);
    }
}

/* proves: MUST-49 */
static void the_time_to_live_can_be_set(struct rig *r)
{
    r->set.ttl = 77;
    rig_passive(r);
    rig_send(r, 10);
    assert_int_equal(rig_next(r)->ttl, 77);
    set_option(r, TERN_OPT_TTL, 5);
    rig_pass(r, TERN_SEC);
    assert_int_equal(rig_next(r)->ttl, 5);
}

/* ---- acknowledging ---- */

/* |n| segments of |len| bytes are in the caller's hands at once; what the stack says it says when it is asked for output. */
static void in_a_batch(struct rig *r, int64_t from, unsigned n, uint32_t len)
{
    static uint8_t p[2000];
    for (unsigned i = 0; i < n; i++) {
        struct tseg t = {.flags = ACK, .seq = from + (int64_t)(i * len), .ack = 1, .len = len};
        assert_int_equal(in_by(r, 0, p, rig_build(r, &t, p)), TERN_INPUT_TAKEN);
    }
}

/* proves: MUST-58, MUST-59 */
static void a_batch_of_segments_is_acknowledged_once(struct rig *r)
{
    rig_passive(r);
    in_a_batch(r, 1, 8, 1000);
    ACK_OUT(r, 8001);
    NONE(r);
}

/* The last of them fills the hole, so nothing of it was ever missing. proves: MUST-59 */
static void what_a_batch_makes_whole_is_not_complained_about(struct rig *r)
{
    rig_passive(r);
    in_a_batch(r, 1001, 1, 1000);
    in_a_batch(r, 1, 1, 1000);
    ACK_OUT(r, 2001);
    NONE(r);
}

/* ---- reports, and what a SYN costs ---- */

/* The report waits to be asked for, and is in nobody's way. proves: SHLD-20 */
static void a_soft_error_may_be_left_alone(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 10);
    rig_clear(r);
    rig_icmp(r, r->v6 ? 1 : 3, 0, 0, 1); /* no route */
    ACK_IN(r, 11);
    rig_send(r, 10);
    DATA_OUT(r, 11, 10);
    DATA_IN(r, 1, 10);
    READ(r, 10);
    assert_int_equal(tern_conn_error(r->c), 0);
}

/* proves: RFC 4987 3.5 */
static void a_half_open_connection_is_a_small_record(struct rig *r)
{
    enum { N = 1000 };
    listen_backlog(r, N);
    IN(r, .flags = SYN, .src_port = 1);
    rig_clear(r);
    size_t before = rig_counters(r).memory_used;
    for (uint16_t i = 2; i <= N; i++) {
        IN(r, .flags = SYN, .src_port = i);
        OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    }
    assert_int_equal(rig_counters(r).half_n, N);
    assert_true(rig_counters(r).memory_used - before < N * 200); /* slabs grow by more than one */
}

/* proves: RFC 3168 6.1.4, RFC 3168 6.1.6 */
static void what_takes_no_room_is_not_ecn_capable(struct rig *r)
{
    r->set.ecn = 1;
    rig_listen(r);
    IN(r, .flags = SYN | ECE | CWR, .mss = 1000);
    OUT(r, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    rig_send(r, 10);
    assert_int_equal(rig_next(r)->tos & 3, 2); /* ECT(0): new data */
    DATA_IN(r, 1, 1000);
    DATA_IN(r, 1001, 1000);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.len, 0);
    assert_int_equal(o->tos & 3, 0);
    IN(r, .flags = ACK, .seq = 2001, .ack = 11, .wnd = NO_WINDOW);
    rig_send(r, 10);
    rig_pass(r, 2 * TERN_SEC);
    o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.len, 1);
    assert_int_equal(o->tos & 3, 0);
}

/* ---- sending without PUSH ---- */

/* proves: MUST-60, MAY-16 */
static void small_writes_leave_at_last(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 1);
    DATA_OUT(r, 1, 1);
    rig_send(r, 2);
    rig_send(r, 3);
    NONE(r); /* Nagle */
    ACK_IN(r, 2);
    DATA_OUT(r, 2, 5);
}

/* ---- windows ---- */

/* proves: MUST-66 */
static void an_urgent_pointer_counts_with_a_window_of_zero(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    for (int64_t at = 1; at < 2049; at += 512) DATA_IN(r, at, 512);
    rig_clear(r);
    rig_events(r);
    assert_int_equal(rig_status(r).rcv_wnd, 0);
    IN(r, .flags = ACK | URG, .seq = 2049, .ack = 1, .urp = 20);
    assert_true(rig_events(r) & TERN_URGENT);
    assert_int_equal(tern_conn_urgent(r->c), 2068);
}

/* Nobody reads: the window stays shut, and the peer's probes are answered. proves: MAY-8 */
static void the_receive_window_may_stay_shut(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    for (int64_t at = 1; at < 2049; at += 512) DATA_IN(r, at, 512);
    rig_clear(r);
    for (int i = 0; i < 50; i++) {
        rig_pass(r, 60 * TERN_SEC);
        DATA_IN(r, 2049, 1);
        OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = NO_WINDOW);
    }
    STATE(r, TERN_ESTABLISHED);
}

/* What lies beyond a window that the peer took back is not tried at all, so it times nothing out. proves: SHLD-16, SHLD-17 */
static void data_beyond_a_shrunk_window_does_not_time_out(struct rig *r)
{
    r->syn.wnd = 3000;
    open_mss(r, 1000);
    rig_send(r, 3000);
    out_full(r, 1, 1000, 3);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 1000); /* all three had left */
    rig_pass(r, 2 * TERN_SEC);
    DATA_OUT(r, 1001, 1000); /* again, within the window */
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = NO_WINDOW);
    for (int i = 0; i < 20; i++) {
        rig_pass(r, 60 * TERN_SEC);
        rig_clear(r);
        IN(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = NO_WINDOW);
    }
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 1000);
    DATA_OUT(r, 2001, 1000);
}

/* proves: MUST-35 */
static void a_window_shrunk_to_nothing_is_probed(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 3000);
    out_full(r, 1, 1000, 3);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = NO_WINDOW); /* all three had left */
    NONE(r);
    rig_pass(r, 20 * TERN_SEC);
    for (int i = 0; i < 3; i++) DATA_OUT(r, 1001, 1);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1002, .wnd = 1000);
    DATA_OUT(r, 1002, 1000);
}

/* proves: MUST-35, MUST-37. Where SACK tells of what is out, too, and for longer than R2. */
static void a_window_shrunk_to_nothing_is_probed_as_long_as_the_peer_answers(struct rig *r)
{
    r->syn.sack_ok = true;
    r->set.tlp = 0;
    open_mss(r, 1000);
    rig_send(r, 3000);
    out_full(r, 1, 1000, 3);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = NO_WINDOW); /* all three had left */
    rig_pass(r, rig_status(r).rto);
    DATA_OUT(r, 1001, 1);
    for (int i = 0; i < 50; i++) {
        rig_pass(r, 60 * TERN_SEC);
        while (rig_next(r)) IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = NO_WINDOW);
        STATE(r, TERN_ESTABLISHED);
    }
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 5000);
    DATA_OUT(r, 1001, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 5000);
    DATA_OUT(r, 2001, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 3001, .wnd = 5000);
    assert_int_equal(rig_status(r).send_queue, 0);
}

/* ---- ends ---- */

/* proves: SHLD-2 */
static void a_rst_may_carry_data(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = RST | ACK, .seq = 1, .ack = 1, .len = 30);
    expect_over(r, TERN_ERR_RESET);
    assert_int_equal(tern_conn_readable(r->c), 0);
}

/* proves: SHLD-3, MAY-1 */
static void a_release_with_unread_data_resets(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 100);
    rig_clear(r);
    rig_release(r);
    expect_rst(r, 1);
}

/* proves: RFC 1122 4.2.2.13 */
static void data_after_the_release_is_answered_by_rst(struct rig *r)
{
    rig_passive(r);
    rig_release(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    DATA_IN(r, 1, 100);
    expect_rst(r, 1); /* its acknowledgement's number */
}

/* proves: MUST-12 */
static void the_application_learns_how_the_peer_went(struct rig *r)
{
    rig_passive(r);
    rig_events(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    assert_int_equal(rig_events(r) & (TERN_PEER_CLOSED | TERN_ERROR), TERN_PEER_CLOSED);
    READ(r, 0);
    assert_int_equal(tern_conn_error(r->c), 0);
    IN(r, .flags = RST | ACK, .seq = 2, .ack = 1);
    assert_int_equal(rig_events(r) & (TERN_PEER_CLOSED | TERN_ERROR), TERN_ERROR);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_RESET);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_window_has_no_sign),
    RIG_TEST(every_segment_has_its_checksum),
    RIG_TEST(options_stand_in_any_segment),
    RIG_TEST(the_mss_option_stands_in_syns_only),
    RIG_TEST(an_open_with_a_local_address_keeps_to_it),
    RIG_TEST(a_broadcast_address_is_no_peer),
    RIG_TEST(a_port_from_which_a_connection_is_opened_can_be_listened_on),
    RIG_TEST(a_listen_that_is_refused_changes_nothing),
    RIG_TEST(the_differentiated_services_field_can_be_set_at_any_time),
    RIG_TEST(the_time_to_live_can_be_set),
    RIG_TEST(a_batch_of_segments_is_acknowledged_once),
    RIG_TEST(what_a_batch_makes_whole_is_not_complained_about),
    RIG_TEST(a_soft_error_may_be_left_alone),
    RIG_TEST(a_half_open_connection_is_a_small_record),
    RIG_TEST(what_takes_no_room_is_not_ecn_capable),
    RIG_TEST(small_writes_leave_at_last),
    RIG_TEST(an_urgent_pointer_counts_with_a_window_of_zero),
    RIG_TEST(the_receive_window_may_stay_shut),
    RIG_TEST(data_beyond_a_shrunk_window_does_not_time_out),
    RIG_TEST(a_window_shrunk_to_nothing_is_probed),
    RIG_TEST(a_window_shrunk_to_nothing_is_probed_as_long_as_the_peer_answers),
    RIG_TEST(a_rst_may_carry_data),
    RIG_TEST(a_release_with_unread_data_resets),
    RIG_TEST(data_after_the_release_is_answered_by_rst),
    RIG_TEST(the_application_learns_how_the_peer_went),
};

RIG_MAIN(tests)
