/* What the application asks of a connection or of a listener, beyond the options that have tests of their own. */
#include "xfer.h"

static void send_with(struct rig *r, uint32_t len, uint32_t flags)
{
    uint8_t bytes[4096];
    assert_true(len <= sizeof bytes);
    for (uint32_t i = 0; i < len; i++) bytes[i] = rig_byte(r->sent_n + i);
    assert_int_equal(tern_conn_send_with(r->c, r->now, bytes, len, flags), len);
    r->sent_n += len;
    rig_collect(r);
}

static void expect_option(const struct rig *r, enum tern_option opt, int64_t want)
{
    int64_t v = -2;
    assert_int_equal(tern_conn_get(r->c, opt, &v), 0);
    assert_int_equal(v, want);
}

static void listener_option(struct rig *r, enum tern_option opt, int64_t value)
{
    int64_t v = -2;
    if (!r->l) rig_listen(r);
    assert_int_equal(tern_listener_set(r->l, opt, value), 0);
    assert_int_equal(tern_listener_get(r->l, opt, &v), 0);
    assert_int_equal(v, value);
}

/* ---- CORK, MORE, records ---- */

static void cork_holds_a_small_segment_until_it_is_drawn(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_CORK, 1);
    rig_send(r, 100);
    NONE(r);
    SAW(r, CORK_WAIT);
    rig_send(r, 1000);
    DATA_OUT(r, 1, 1000); /* a full one waits for nothing */
    NONE(r);
    ACK_IN(r, 1001);
    NONE(r);
    set_option(r, TERN_OPT_CORK, 0);
    DATA_OUT(r, 1001, 100);
    NONE(r);
}

static void cork_holds_no_longer_than_200_ms(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_CORK, 1);
    rig_send(r, 100);
    rig_pass(r, 199 * TERN_MS);
    NONE(r);
    rig_pass(r, TERN_MS);
    DATA_OUT(r, 1, 100);
    NONE(r);
}

static void cork_is_stronger_than_nodelay_until_nodelay_is_set(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NODELAY, 1);
    set_option(r, TERN_OPT_CORK, 1);
    rig_send(r, 100);
    NONE(r);
    set_option(r, TERN_OPT_NODELAY, 1);
    DATA_OUT(r, 1, 100);
    rig_send(r, 100);
    NONE(r);
}

static void a_fin_takes_what_was_corked_along(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_CORK, 1);
    rig_send(r, 100);
    rig_close(r);
    OUT(r, .flags = ACK | PSH | FIN, .seq = 1, .ack = 1, .len = 100);
}

static void more_holds_until_a_send_without_it(struct rig *r)
{
    open_mss(r, 1000);
    send_with(r, 100, TERN_SEND_MORE);
    NONE(r);
    send_with(r, 100, TERN_SEND_MORE);
    NONE(r);
    send_with(r, 100, 0);
    DATA_OUT(r, 1, 300);
    ACK_IN(r, 301);
    send_with(r, 100, TERN_SEND_MORE);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 301, 100);
}

/* Linux's: an acknowledgement lets go what MORE held, as far as Nagle does; without PSH, since it is not the end. */
static void an_acknowledgement_ends_what_more_holds(struct rig *r)
{
    open_mss(r, 1000);
    send_with(r, 1100, TERN_SEND_MORE);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000);
    NONE(r);
    ACK_IN(r, 1001);
    OUT(r, .flags = ACK, .seq = 1001, .ack = 1, .len = 100);
    ACK_IN(r, 1101);
    send_with(r, 100, TERN_SEND_MORE);
    NONE(r);
    set_option(r, TERN_OPT_NODELAY, 1);
    OUT(r, .flags = ACK, .seq = 1101, .ack = 1, .len = 100);
}

/* Data that waited for the SYN,ACK: who has something to say will be answered, and acknowledges with what it says next. */
static void data_queued_before_the_handshake_ends_quick_acks(struct rig *r)
{
    r->set.quick_acks = 16;
    rig_connect(r);
    rig_send(r, 10);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 10);
    expect_option(r, TERN_OPT_QUICKACK, 0);
}

static void records_never_share_a_segment(struct rig *r)
{
    r->gso_max = 60000;
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NODELAY, 1);
    set_option(r, TERN_OPT_CORK, 1);
    send_with(r, 400, TERN_SEND_EOR);
    NONE(r); /* the last of them may wait: nothing joins it */
    send_with(r, 1400, TERN_SEND_EOR);
    OUT(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 400);
    SAW(r, SEND_RECORD);
    OUT(r, .flags = ACK, .seq = 401, .ack = 1, .len = 1000);
    NONE(r);
    send_with(r, 50, 0);
    OUT(r, .flags = ACK | PSH, .seq = 1401, .ack = 1, .len = 400);
    NONE(r);
    set_option(r, TERN_OPT_CORK, 0);
    OUT(r, .flags = ACK | PSH, .seq = 1801, .ack = 1, .len = 50);
}

static void records_are_sent_again_one_by_one(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NODELAY, 1);
    for (int i = 0; i < 3; i++) send_with(r, 100, TERN_SEND_EOR);
    send_with(r, 100, 0);
    for (int i = 0; i < 4; i++) OUT(r, .flags = ACK | PSH, .seq = 1 + 100 * i, .ack = 1, .len = 100);
    rig_pass(r, 200 * TERN_MS);
    for (int i = 0; i < 4; i++) OUT(r, .flags = ACK | PSH, .seq = 1 + 100 * i, .ack = 1, .len = 100);
    ACK_IN(r, 401);
    NONE(r);
}

/* ---- reading ---- */

static void peek_leaves_what_it_shows(struct rig *r)
{
    uint8_t b[64];
    open_mss(r, 1000);
    DATA_IN(r, 1, 30);
    DATA_IN(r, 31, 30);
    assert_int_equal(tern_conn_peek(r->c, 0, b, sizeof b), 60);
    for (unsigned i = 0; i < 60; i++) assert_int_equal(b[i], rig_byte(i));
    assert_int_equal(tern_conn_peek(r->c, 25, b, 10), 10);
    for (unsigned i = 0; i < 10; i++) assert_int_equal(b[i], rig_byte(25 + i));
    assert_int_equal(tern_conn_peek(r->c, 59, b, 10), 1);
    assert_int_equal(tern_conn_peek(r->c, 60, b, 10), 0);
    assert_int_equal(tern_conn_recv(r->c, r->now, NULL, 40), 40); /* thrown away */
    r->read_n += 40;
    READ(r, 20);
}

/* ---- acknowledging ---- */

static void quickack_acknowledges_at_once_until_an_answer_is_sent(struct rig *r)
{
    open_mss(r, 1000);
    expect_option(r, TERN_OPT_QUICKACK, 0);
    DATA_IN(r, 1, 10);
    NONE(r);
    set_option(r, TERN_OPT_QUICKACK, 1); /* and what waits */
    ACK_OUT(r, 11);
    expect_option(r, TERN_OPT_QUICKACK, 1);
    for (int i = 0; i < 5; i++) {
        DATA_IN(r, 11 + 10 * i, 10);
        ACK_OUT(r, 21 + 10 * i);
    }
    rig_send(r, 10);
    OUT(r, .flags = ACK | PSH, .seq = 1, .ack = 61, .len = 10);
    expect_option(r, TERN_OPT_QUICKACK, 0);
    IN(r, .flags = ACK, .seq = 61, .ack = 11, .len = 10);
    NONE(r);
}

static void quickack_lasts_for_16_segments_and_0_ends_it(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_QUICKACK, 1);
    for (int i = 0; i < 16; i++) {
        DATA_IN(r, 1 + 10 * i, 10);
        ACK_OUT(r, 11 + 10 * i);
    }
    DATA_IN(r, 161, 10);
    NONE(r);
    set_option(r, TERN_OPT_QUICKACK, 1);
    ACK_OUT(r, 171);
    set_option(r, TERN_OPT_QUICKACK, 0);
    DATA_IN(r, 171, 10);
    NONE(r);
}

/* ---- limits ---- */

static void notsent_lowat_bounds_what_waits_unsent(struct rig *r)
{
    static uint8_t bytes[200000];
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NOTSENT_LOWAT, 4000);
    expect_option(r, TERN_OPT_NOTSENT_LOWAT, 4000);
    size_t before = tern_conn_writable(r->c);
    assert_int_equal(before, 10000 + 32000); /* the window, and a super-segment: half of the largest window ever offered */
    assert_int_equal(tern_conn_send(r->c, r->now, bytes, sizeof bytes), before);
    rig_clear(r);
    assert_int_equal(tern_conn_writable(r->c), 0);
    assert_int_equal(tern_conn_send(r->c, r->now, bytes, 1), TERN_ERR_AGAIN);
    rig_events(r);
    int64_t acked = 1;
    for (int i = 0; i < 100 && !(rig_events(r) & TERN_WRITABLE); i++) {
        struct tern_status st = rig_status(r);
        assert_true(st.send_queue - st.flight >= 2000); /* half of the bound: not yet worth a wake-up */
        ACK_IN(r, acked += 1000);
        rig_clear(r);
    }
    struct tern_status st = rig_status(r);
    assert_in_range(st.send_queue - st.flight, 0, 1999);
    assert_true(tern_conn_writable(r->c) > 0);
}

static void the_setting_notsent_lowat_holds_for_who_has_no_own(struct rig *r)
{
    r->set.notsent_lowat = 4000;
    open_mss(r, 1000);
    expect_option(r, TERN_OPT_NOTSENT_LOWAT, 0);
    assert_int_equal(tern_conn_writable(r->c), 42000);
    set_option(r, TERN_OPT_NOTSENT_LOWAT, 40000); /* more than one super-segment: another begins below the bound */
    assert_int_equal(tern_conn_writable(r->c), 10000 + 2 * 32000);
    set_option(r, TERN_OPT_NOTSENT_LOWAT, UINT32_MAX);
    assert_int_equal(tern_conn_writable(r->c), r->set.send_buffer);
}

static void window_clamp_bounds_the_window_offered(struct rig *r)
{
    listener_option(r, TERN_OPT_WINDOW_CLAMP, 5000);
    rig_in(r, &(struct tseg){.flags = SYN, .mss = 1000, .ws = 1});
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .wnd = 5000);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    DATA_IN(r, 1, 1000);
    DATA_IN(r, 1001, 1000);
    struct tern_status st = rig_status(r);
    assert_in_range(st.rcv_wnd, 3000, 5000);
}

static void a_syn_is_sent_again_as_often_as_the_option_says(struct rig *r)
{
    rig_connect(r);
    set_option(r, TERN_OPT_SYN_RETRIES, 2);
    expect_option(r, TERN_OPT_SYN_RETRIES, 2);
    OUT(r, .flags = SYN, .seq = 0);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0);
    rig_pass(r, 4 * TERN_SEC - 1);
    STATE(r, TERN_SYN_SENT);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
    NONE(r);
}

static void the_setting_syn_retries_is_a_number_not_a_time(struct rig *r)
{
    r->set.syn_retries = 9; /* beyond the 180 s of r2_syn */
    rig_connect(r);
    for (int i = 0; i < 9; i++) rig_pass(r, i < 7 ? TERN_SEC << i : 120 * TERN_SEC);
    for (int i = 0; i < 10; i++) OUT(r, .flags = SYN, .seq = 0);
    STATE(r, TERN_SYN_SENT);
    rig_pass(r, 120 * TERN_SEC);
    STATE(r, TERN_CLOSED);
}

/* ---- the end ---- */

static void linger2_says_how_long_fin_wait_2_lasts(struct rig *r)
{
    rig_to_state(r, TERN_FIN_WAIT_2);
    set_option(r, TERN_OPT_LINGER2, 3000);
    rig_release(r);
    rig_pass(r, 3 * TERN_SEC - 1);
    STATE(r, TERN_FIN_WAIT_2);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
}

static void a_negative_linger2_leaves_no_fin_wait_2(struct rig *r)
{
    rig_to_state(r, TERN_FIN_WAIT_2);
    set_option(r, TERN_OPT_LINGER2, -1);
    rig_release(r);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
}

/* ---- listeners ---- */

static void connections_begin_with_their_listeners_options(struct rig *r)
{
    listener_option(r, TERN_OPT_TTL, 33);
    listener_option(r, TERN_OPT_TOS, 0x20);
    listener_option(r, TERN_OPT_MAX_SEGMENT, 700);
    listener_option(r, TERN_OPT_NODELAY, 1);
    listener_option(r, TERN_OPT_KEEPALIVE_IDLE, 5000);
    listener_option(r, TERN_OPT_RECEIVE_BUFFER, 4096);
    rig_in(r, &(struct tseg){.flags = SYN, .mss = 1000});
    rig_collect(r);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->ttl, 33);
    assert_int_equal(o->tos, 0x20);
    assert_int_equal(o->h.opt.mss, 700);
    assert_int_equal(o->h.wnd, 4096);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    expect_option(r, TERN_OPT_TTL, 33);
    expect_option(r, TERN_OPT_NODELAY, 1);
    expect_option(r, TERN_OPT_KEEPALIVE_IDLE, 5000);
    expect_option(r, TERN_OPT_KEEPALIVE_COUNT, 9);
    expect_option(r, TERN_OPT_RECEIVE_BUFFER, 4096);
    rig_send(r, 800);
    DATA_OUT(r, 1, 700);
}

/* proves: RFC 7323 2.2. The shift is told once, in the SYN,ACK. */
static void a_scale_that_was_told_outlives_the_listeners_buffer(struct rig *r)
{
    listener_option(r, TERN_OPT_RECEIVE_BUFFER, 65535 << 8);
    IN(r, .flags = SYN, .mss = 1000, .ws = 7);
    rig_collect(r);
    unsigned told = rig_next(r)->h.opt.wscale;
    assert_int_equal(told, 8);
    listener_option(r, TERN_OPT_RECEIVE_BUFFER, 1 << 30);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    assert_int_equal(rig_status(r).rcv_wscale, told);
}

static void defer_accept_waits_for_data(struct rig *r)
{
    listener_option(r, TERN_OPT_DEFER_ACCEPT, 3000);
    rig_in(r, &(struct tseg){.flags = SYN, .mss = 1000});
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    ACK_IN(r, 1);
    assert_true(rig_saw_drop(r, TERN_DROP_DEFERRED));
    assert_null(rig_accept(r));
    NONE(r);
    DATA_IN(r, 1, 10);
    assert_non_null(rig_accept(r));
    READ(r, 10);
}

/* 3 s are the first two timeouts of the SYN,ACK: it is not sent again at the first, having been acknowledged, and the answer to
 * the second counts. */
static void defer_accept_ends_with_its_time(struct rig *r)
{
    listener_option(r, TERN_OPT_DEFER_ACCEPT, 3000);
    rig_in(r, &(struct tseg){.flags = SYN, .mss = 1000});
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    ACK_IN(r, 1);
    rig_pass(r, 3 * TERN_SEC - 1);
    NONE(r);
    ACK_IN(r, 1);
    assert_null(rig_accept(r));
    rig_pass(r, 1);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
}

static void a_client_that_defers_lets_its_data_bring_the_last_ack(struct rig *r)
{
    rig_connect(r);
    set_option(r, TERN_OPT_DEFER_ACCEPT, 1000);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1000);
    NONE(r);
    rig_send(r, 10);
    OUT(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 10);
}

static void save_syn_keeps_the_headers_of_the_syn(struct rig *r)
{
    uint8_t saved[256], built[256];
    struct tseg syn = {.flags = SYN, .mss = 1000, .ws = 3, .len = 20};
    listener_option(r, TERN_OPT_SAVE_SYN, 1);
    rig_in(r, &syn);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    size_t len = rig_build(r, &syn, built) - syn.len, n = tern_conn_saved_syn(r->c, saved, sizeof saved);
    assert_int_equal(n, len);
    assert_memory_equal(saved, built, n);
    assert_int_equal(tern_conn_saved_syn(r->c, saved, 4), len);
    READ(r, 20); /* the data of the SYN is data all the same */
    expect_option(r, TERN_OPT_SAVE_SYN, 1);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_SAVE_SYN, 1), TERN_ERR_INVAL); /* it has gone by */
    set_option(r, TERN_OPT_SAVE_SYN, 0);
    assert_int_equal(tern_conn_saved_syn(r->c, saved, sizeof saved), 0);
    expect_option(r, TERN_OPT_SAVE_SYN, 0);
}

/* ---- packets ---- */

static void mark_and_priority_go_with_every_packet(struct rig *r)
{
    struct tern_pkt pkt;
    rig_listen(r);
    listener_option(r, TERN_OPT_MARK, 7);
    listener_option(r, TERN_OPT_PRIORITY, 5);
    open_mss(r, 1000);
    uint8_t byte = rig_byte(0);
    assert_int_equal(tern_conn_send(r->c, r->now, &byte, 1), 1);
    assert_int_equal(tern_stack_output(r->s, 0, r->now, &pkt, 1), 1);
    assert_int_equal(pkt.mark, 7);
    assert_int_equal(pkt.priority, 5);
    set_option(r, TERN_OPT_MARK, 8);
    assert_int_equal(tern_conn_abort(r->c, r->now), 0); /* a RST is the connection's, too */
    assert_int_equal(tern_stack_output(r->s, 0, r->now, &pkt, 1), 1);
    assert_int_equal(pkt.mark, 8);
}

static void expect_df(struct rig *r, bool want)
{
    struct tern_pkt pkt;
    uint8_t byte = 0;
    if (r->v6) return;
    assert_int_equal(tern_conn_send(r->c, r->now, &byte, 1), 1);
    assert_int_equal(tern_stack_output(r->s, 0, r->now, &pkt, 1), 1);
    assert_int_equal((pkt.head[6] & 0x40) != 0, want);
}

static void mtu_discover_decides_on_the_dont_fragment_bit(struct rig *r)
{
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NODELAY, 1);
    for (int mode = TERN_MTU_DONT; mode <= TERN_MTU_OMIT; mode++) {
        set_option(r, TERN_OPT_MTU_DISCOVER, mode);
        expect_option(r, TERN_OPT_MTU_DISCOVER, mode);
        expect_df(r, mode >= TERN_MTU_WANT && mode <= TERN_MTU_PROBE);
    }
}

static void mtu_discover_decides_on_icmp(struct rig *r)
{
    for (int mode = TERN_MTU_DONT; mode <= TERN_MTU_OMIT; mode++) {
        bool believed = mode == TERN_MTU_WANT || mode == TERN_MTU_DO || (mode == TERN_MTU_DONT && r->v6);
        if (mode) {
            rig_abort(r);
            rig_release(r);
            rig_clear(r);
            r->sent_n = r->read_n = 0;
        }
        open_mss(r, 1460);
        set_option(r, TERN_OPT_MTU_DISCOVER, mode);
        send_quietly(r, 100);
        rig_icmp(r, r->v6 ? 2 : 3, r->v6 ? 0 : 4, 1400, 1);
        rig_clear(r);
        assert_int_equal(rig_status(r).path_mtu, believed ? 1400 : 1500);
    }
}

static void values_out_of_range_are_refused(struct rig *r)
{
    static const struct {
        enum tern_option opt;
        int64_t low, high;
    } row[] = {{TERN_OPT_CORK, -1, 2},
               {TERN_OPT_SYN_RETRIES, -1, 128},
               {TERN_OPT_MTU_DISCOVER, -1, 6},
               {TERN_OPT_MARK, -1, INT64_C(1) << 32},
               {TERN_OPT_LINGER2, -2, 86400001}};
    open_mss(r, 1000);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_int_equal(tern_conn_set(r->c, r->now, row[i].opt, row[i].low), TERN_ERR_INVAL);
        assert_int_equal(tern_conn_set(r->c, r->now, row[i].opt, row[i].high), TERN_ERR_INVAL);
        assert_int_equal(tern_listener_set(r->l, row[i].opt, row[i].high), TERN_ERR_INVAL);
    }
}

static const struct rig_test tests[] = {
    RIG_TEST(cork_holds_a_small_segment_until_it_is_drawn),
    RIG_TEST(cork_holds_no_longer_than_200_ms),
    RIG_TEST(cork_is_stronger_than_nodelay_until_nodelay_is_set),
    RIG_TEST(a_fin_takes_what_was_corked_along),
    RIG_TEST(more_holds_until_a_send_without_it),
    RIG_TEST(an_acknowledgement_ends_what_more_holds),
    RIG_TEST(data_queued_before_the_handshake_ends_quick_acks),
    RIG_TEST(records_never_share_a_segment),
    RIG_TEST(records_are_sent_again_one_by_one),
    RIG_TEST(peek_leaves_what_it_shows),
    RIG_TEST(quickack_acknowledges_at_once_until_an_answer_is_sent),
    RIG_TEST(quickack_lasts_for_16_segments_and_0_ends_it),
    RIG_TEST(notsent_lowat_bounds_what_waits_unsent),
    RIG_TEST(the_setting_notsent_lowat_holds_for_who_has_no_own),
    RIG_TEST(window_clamp_bounds_the_window_offered),
    RIG_TEST(a_syn_is_sent_again_as_often_as_the_option_says),
    RIG_TEST(the_setting_syn_retries_is_a_number_not_a_time),
    RIG_TEST(linger2_says_how_long_fin_wait_2_lasts),
    RIG_TEST(a_negative_linger2_leaves_no_fin_wait_2),
    RIG_TEST(connections_begin_with_their_listeners_options),
    RIG_TEST(a_scale_that_was_told_outlives_the_listeners_buffer),
    RIG_TEST(defer_accept_waits_for_data),
    RIG_TEST(defer_accept_ends_with_its_time),
    RIG_TEST(a_client_that_defers_lets_its_data_bring_the_last_ack),
    RIG_TEST(save_syn_keeps_the_headers_of_the_syn),
    RIG_TEST(mark_and_priority_go_with_every_packet),
    RIG_TEST(mtu_discover_decides_on_the_dont_fragment_bit),
    RIG_TEST(mtu_discover_decides_on_icmp),
    RIG_TEST(values_out_of_range_are_refused),
};

RIG_MAIN(tests)
