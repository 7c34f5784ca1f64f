/* The sliding window, with scaling: RFC 9293 3.8.6, 3.8.6.2.2, RFC 7323 2. */
#include "xfer.h"

/* ---- the peer's ---- */

static void no_more_is_sent_than_the_window_takes(struct rig *r)
{
    r->syn.wnd = 2500;
    open_mss(r, 1000);
    rig_send(r, 5000);
    out_full(r, 1, 1000, 2);
    NONE(r);
    assert_int_equal(rig_status(r).snd_wnd, 2500);
}

static void the_window_slides_with_the_acknowledgement(struct rig *r)
{
    r->syn.wnd = 3000;
    open_mss(r, 1000);
    rig_send(r, 10000);
    out_full(r, 1, 1000, 3);
    for (int64_t i = 0; i < 4; i++) {
        IN(r, .flags = ACK, .seq = 1, .ack = 1001 + 1000 * i, .wnd = 3000);
        DATA_OUT(r, 3001 + 1000 * i, 1000);
        NONE(r);
    }
}

/* proves: RFC 7323 2.2 */
static void the_window_of_a_syn_is_never_scaled(struct rig *r)
{
    r->syn.ws = 8;
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000, .ws = 8, .wnd = 3000);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 20);
    rig_accept(r);
    assert_int_equal(rig_status(r).snd_wnd, 20 << 7);
    rig_clear(r);
}

static void an_active_open_takes_the_syn_acks_window_unscaled(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1000, .ws = 11, .wnd = 2000);
    assert_int_equal(rig_status(r).snd_wnd, 2000);
    ACK_OUT(r, 1);
    rig_send(r, 4000);
    out_full(r, 1, 1000, 2);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 4);
    assert_int_equal(rig_status(r).snd_wnd, 4096);
    out_full(r, 2001, 1000, 2);
}

/* proves: RFC 7323 2.3 */
static void a_shift_above_fourteen_counts_as_fourteen(struct rig *r)
{
    r->syn.ws = 16;
    r->syn.wnd = 2;
    open_mss(r, 1000);
    assert_int_equal(rig_status(r).snd_wscale, 14);
    assert_int_equal(rig_status(r).snd_wnd, 2 << 14);
}

static void without_the_peers_option_nothing_is_scaled(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000);
    const struct out_seg *o = rig_next(r);
    assert_false(o->h.opt.present & OPT_WSCALE);
    assert_int_equal(o->h.wnd, 65535);
    ACK_IN(r, 1);
    rig_accept(r);
    assert_false(rig_status(r).wscale_ok);
    DATA_IN(r, 1, 1000);
    DATA_IN(r, 1001, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 65535);
}

static void scaling_switched_off_is_neither_offered_nor_agreed(struct rig *r)
{
    r->set.window_scaling = 0;
    rig_connect(r);
    assert_false(rig_next(r)->h.opt.present & OPT_WSCALE);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ws = 8, .wnd = 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 1000);
    assert_int_equal(rig_status(r).snd_wnd, 1000);
    rig_clear(r);
}

static void an_older_segment_does_not_set_the_window(struct rig *r)
{
    open_mss(r, 1000);
    DATA_IN(r, 1, 10);
    IN(r, .flags = ACK, .seq = 11, .ack = 1, .wnd = 5000);
    assert_int_equal(rig_status(r).snd_wnd, 5000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 20, .wnd = 700); /* SND.WL1 is 11 */
    assert_int_equal(rig_status(r).snd_wnd, 5000);
    rig_clear(r);
}

static void an_older_acknowledgement_does_not_set_the_window(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 2000);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 5000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 700); /* SND.WL2 is 2001 */
    assert_int_equal(rig_status(r).snd_wnd, 5000);
}

static void a_window_update_alone_lets_data_out(struct rig *r)
{
    r->syn.wnd = 1000;
    open_mss(r, 1000);
    rig_send(r, 2000);
    DATA_OUT(r, 1, 1000);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 2000);
    DATA_OUT(r, 1001, 1000);
}

/* proves: MUST-34, SHLD-15, ATTACK-23. A peer should not, but when it does we are robust. */
static void a_peer_that_takes_window_back_gets_nothing_more(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 4000);
    out_full(r, 1, 1000, 4);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 1000);
    SAW(r, WINDOW_SHRUNK);
    rig_send(r, 3000);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 4001, .wnd = 3000); /* it took what was out all the same */
    out_full(r, 4001, 1000, 3);
}

/* proves: SHLD-16 */
static void what_a_shrunk_window_left_out_is_sent_again_within_it(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 4000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 1000);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1001, 1000);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 1000);
    DATA_OUT(r, 2001, 1000);
    NONE(r);
}

static void a_window_shrunk_to_nothing_is_probed_and_opens_again(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 4000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = NO_WINDOW);
    rig_pass(r, 5 * TERN_SEC);
    STATE(r, TERN_ESTABLISHED);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 10000);
    int64_t at = 1001;
    for (int i = 0; i < 10 && at < 4001; i++) {
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
            int64_t end = (int32_t)(o->h.seq.v - r->iss) + (int64_t)o->h.len;
            if (end > at) at = end;
        }
        IN(r, .flags = ACK, .seq = 1, .ack = at, .wnd = 10000);
    }
    assert_int_equal(at, 4001);
    assert_int_equal(rig_status(r).send_queue, 0);
}

/* ---- ours ---- */

static void our_shift_lets_the_whole_buffer_be_offered(struct rig *r)
{
    r->set.receive_buffer = 1 << 20;
    r->set.receive_buffer_max = 0;
    r->syn.ws = 1;
    rig_listen(r);
    IN(r, .flags = SYN, .ws = 1);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ws = 5 + 1, .wnd = 65535);
    ACK_IN(r, 1);
    rig_accept(r);
    DATA_IN(r, 1, 10);
    rig_pass(r, 40 * TERN_MS);
    const struct out_seg *o = rig_next(r);
    uint32_t offered = (uint32_t)o->h.wnd << 5;
    assert_in_range(offered, (1 << 20) - 10 - 31, (1 << 20) - 10 + 31);
}

static void a_buffer_of_64_kib_needs_no_shift(struct rig *r)
{
    r->set.receive_buffer = 65535;
    r->set.receive_buffer_max = 0;
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0, .ws = 0 + 1, .wnd = 65535);
}

static void unread_data_takes_window(struct rig *r)
{
    r->set.receive_buffer = 4096;
    r->set.delack = 0;
    rig_passive(r);
    DATA_IN(r, 1, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 3096);
    DATA_IN(r, 1001, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 2096);
}

/* proves: SHLD-14, RFC 7323 2.4. */
static void the_right_edge_never_moves_back(struct rig *r)
{
    r->set.receive_buffer = 300000;
    r->set.receive_buffer_max = 0;
    r->set.delack = 0;
    r->syn.ws = 1;
    open_mss(r, 1460);
    uint32_t edge = 0, shift = rig_status(r).rcv_wscale;
    int64_t at = 1;
    assert_int_equal(shift, 3);
    for (unsigned i = 0; i < 400; i++) {
        uint32_t n = 1 + i * 37 % 1460, room = rig_status(r).rcv_wnd;
        if (n > room) n = room;
        if (n) DATA_IN(r, at, n);
        at += n;
        if (i % 7 == 3) rig_read(r);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
            uint32_t now = o->h.ack.v - PEER_ISN + ((uint32_t)o->h.wnd << shift);
            assert_true(now >= edge);
            edge = now;
        }
    }
    assert_true(at > 200000);
}

static void a_smaller_receive_buffer_takes_no_window_back(struct rig *r)
{
    r->set.receive_buffer = 20000;
    r->set.delack = 0;
    rig_passive(r);
    set_option(r, TERN_OPT_RECEIVE_BUFFER, 2048);
    DATA_IN(r, 1, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 19000);
    DATA_IN(r, 1001, 19000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 20001, .wnd = NO_WINDOW);
    READ(r, 20000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 20001, .wnd = 2048);
}

static void a_larger_receive_buffer_is_offered(struct rig *r)
{
    r->set.receive_buffer = 4000;
    r->set.delack = 0;
    rig_passive(r);
    set_option(r, TERN_OPT_RECEIVE_BUFFER, 30000);
    DATA_IN(r, 1, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 29000);
}

/* proves: MUST-39. No small advances of the right edge. */
static void a_little_room_is_not_offered(struct rig *r)
{
    uint8_t buf[2000];
    r->set.receive_buffer = 8000;
    rig_passive(r);
    DATA_IN(r, 1, 8000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 8001, .wnd = NO_WINDOW);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 1400), 1400);
    NONE(r);
    DATA_IN(r, 8001, 1); /* a probe */
    OUT(r, .flags = ACK, .seq = 1, .ack = 8001, .wnd = NO_WINDOW);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 60), 60);
    OUT(r, .flags = ACK, .seq = 1, .ack = 8001, .wnd = 1460);
    NONE(r);
}

static void half_of_a_small_buffer_is_worth_offering(struct rig *r)
{
    uint8_t buf[2048];
    r->set.receive_buffer = 2048;
    rig_passive(r);
    DATA_IN(r, 1, 1024);
    DATA_IN(r, 1025, 1024);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = NO_WINDOW);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 1023), 1023);
    NONE(r);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 1), 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = 1024);
}

static void reading_all_after_a_window_filled_exactly_tells_the_peer(struct rig *r)
{
    r->set.receive_buffer = 5000;
    rig_passive(r);
    DATA_IN(r, 1, 2500);
    DATA_IN(r, 2501, 2500);
    rig_clear(r);
    rig_mark(r);
    READ(r, 5000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 5001, .wnd = 5000);
    SAW(r, ACK_WINDOW);
    NONE(r);
}

static void reading_with_a_wide_window_sends_no_update(struct rig *r)
{
    uint8_t buf[100];
    rig_passive(r); /* not scaled: 65535 of 4 MiB can be offered */
    DATA_IN(r, 1, 500);
    rig_pass(r, 40 * TERN_MS);
    rig_clear(r);
    for (int i = 0; i < 5; i++) assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), 100);
    NONE(r);
}

static void the_same_with_a_scaled_window(struct rig *r)
{
    uint8_t buf[100];
    r->syn.ws = 1;
    rig_passive(r);
    DATA_IN(r, 1, 500);
    rig_pass(r, 40 * TERN_MS);
    rig_clear(r);
    for (int i = 0; i < 5; i++) assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), 100);
    NONE(r);
}

static void a_sender_that_fills_the_window_is_never_stalled(struct rig *r)
{
    uint8_t buf[700];
    int64_t at = 1, edge = 6001;
    r->set.receive_buffer = 6000;
    rig_passive(r);
    for (int i = 0; i < 300; i++) {
        while (at < edge) { /* all that the window takes, nothing held back */
            uint32_t n = edge - at > 1000 ? 1000 : (uint32_t)(edge - at);
            DATA_IN(r, at, n);
            at += n;
        }
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) edge = (int32_t)(o->h.ack.v - PEER_ISN) + o->h.wnd;
        tern_conn_recv(r->c, r->now, buf, sizeof buf);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) edge = (int32_t)(o->h.ack.v - PEER_ISN) + o->h.wnd;
    }
    assert_true(at > 300 * 600); /* without any timer */
}

static void after_the_peers_fin_no_window_is_announced(struct rig *r)
{
    r->set.receive_buffer = 4000;
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 4000);
    rig_clear(r);
    READ(r, 4000);
    NONE(r);
}

/* Of 16384 bytes, for that is how far the buffer may grow. Rounded to nothing it would shut the peer out for good. */
static void a_buffer_smaller_than_the_unit_is_offered_as_a_unit(struct rig *r)
{
    r->set.receive_buffer = 2048, r->set.receive_buffer_max = 1 << 30, r->set.receive_tuning = 0;
    r->syn.ws = 1;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 2048);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 2049, .ack = 1, .len = 1); /* a probe */
    OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = 0);
    READ(r, 2048);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = 1);
}

static const struct rig_test tests[] = {
    RIG_TEST(no_more_is_sent_than_the_window_takes),
    RIG_TEST(the_window_slides_with_the_acknowledgement),
    RIG_TEST(the_window_of_a_syn_is_never_scaled),
    RIG_TEST(an_active_open_takes_the_syn_acks_window_unscaled),
    RIG_TEST(a_shift_above_fourteen_counts_as_fourteen),
    RIG_TEST(without_the_peers_option_nothing_is_scaled),
    RIG_TEST(scaling_switched_off_is_neither_offered_nor_agreed),
    RIG_TEST(an_older_segment_does_not_set_the_window),
    RIG_TEST(an_older_acknowledgement_does_not_set_the_window),
    RIG_TEST(a_window_update_alone_lets_data_out),
    RIG_TEST(a_peer_that_takes_window_back_gets_nothing_more),
    RIG_TEST(what_a_shrunk_window_left_out_is_sent_again_within_it),
    RIG_TEST(a_window_shrunk_to_nothing_is_probed_and_opens_again),
    RIG_TEST(our_shift_lets_the_whole_buffer_be_offered),
    RIG_TEST(a_buffer_of_64_kib_needs_no_shift),
    RIG_TEST(unread_data_takes_window),
    RIG_TEST(the_right_edge_never_moves_back),
    RIG_TEST(a_smaller_receive_buffer_takes_no_window_back),
    RIG_TEST(a_larger_receive_buffer_is_offered),
    RIG_TEST(a_little_room_is_not_offered),
    RIG_TEST(half_of_a_small_buffer_is_worth_offering),
    RIG_TEST(reading_all_after_a_window_filled_exactly_tells_the_peer),
    RIG_TEST(reading_with_a_wide_window_sends_no_update),
    RIG_TEST(the_same_with_a_scaled_window),
    RIG_TEST(a_sender_that_fills_the_window_is_never_stalled),
    RIG_TEST(after_the_peers_fin_no_window_is_announced),
    RIG_TEST(a_buffer_smaller_than_the_unit_is_offered_as_a_unit),
};

RIG_MAIN(tests)
