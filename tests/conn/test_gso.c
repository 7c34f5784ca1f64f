/* Super-segments: one packet for many segments, out (the link cuts it) and in (the link merged them). MSS 1000. */
#include "xfer.h"

static void opened(struct rig *r)
{
    if (!r->gso_max) r->gso_max = 65535;
    open_mss(r, 1000);
}

/* The next packet is |len| bytes from |from| on, cut by |gso|. */
static void super_out(struct rig *r, int64_t from, uint32_t len, uint16_t gso)
{
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal((int32_t)(o->h.seq.v - r->iss), from);
    assert_int_equal(o->h.len, len);
    assert_int_equal(o->gso_size, gso);
    for (uint32_t i = 0; i < len; i++) assert_int_equal(o->h.data[i], rig_byte((uint64_t)from - 1 + i));
}

static void one_packet_stands_for_all_that_the_windows_take(struct rig *r)
{
    opened(r);
    rig_send(r, 40000);
    super_out(r, 1, 10000, 1000);
    NONE(r);
    ACK_IN(r, 10001);
    super_out(r, 10001, 20000, 1000);
    NONE(r);
}

static void a_single_segment_needs_no_cutting(struct rig *r)
{
    opened(r);
    rig_send(r, 1000);
    super_out(r, 1, 1000, 0);
    rig_send(r, 500);
    NONE(r);
    ACK_IN(r, 1001);
    super_out(r, 1001, 500, 0);
}

static void the_tail_waits_by_nagle(struct rig *r)
{
    opened(r);
    rig_send(r, 4500);
    super_out(r, 1, 4000, 1000);
    NONE(r);
    ACK_IN(r, 4001);
    super_out(r, 4001, 500, 0);
}

static void with_nodelay_the_tail_goes_along(struct rig *r)
{
    opened(r);
    set_option(r, TERN_OPT_NODELAY, 1);
    rig_send(r, 4500);
    super_out(r, 1, 4500, 1000);
}

static void the_peers_window_cuts_at_a_whole_segment(struct rig *r)
{
    r->syn.wnd = 3500;
    opened(r);
    rig_send(r, 9000);
    super_out(r, 1, 3000, 1000);
    NONE(r);
}

static void the_links_limit_cuts_at_a_whole_segment(struct rig *r)
{
    r->gso_max = 5000;
    opened(r);
    rig_send(r, 10000);
    super_out(r, 1, 4000, 1000);
    super_out(r, 4001, 4000, 1000);
    super_out(r, 8001, 2000, 1000);
    NONE(r);
}

static void a_limit_below_two_segments_means_none(struct rig *r)
{
    r->gso_max = 1600;
    opened(r);
    rig_send(r, 3000);
    for (int64_t i = 0; i < 3; i++) super_out(r, 1 + 1000 * i, 1000, 0);
}

static void options_count_in_the_limit(struct rig *r)
{
    r->gso_max = 65535;
    r->syn.ws = 3;
    r->set.initial_window = 100;
    open_ts(r, 1012, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 60000, .ts = true, .tsval = 1);
    assert_int_equal(tern_conn_set_cc(r->c, r->now, "fixed"), 0);
    rig_send(r, 120000);
    super_out(r, 1, 65000, 1000); /* the rig checks that a packet is within the limit */
    rig_clear(r);
}

static void the_fin_goes_with_the_last_super_segment(struct rig *r)
{
    opened(r);
    send_quietly(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = NO_WINDOW);
    rig_send(r, 2500);
    rig_close(r);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 10000);
    const struct out_seg *o = rig_next(r);
    assert_int_equal(o->h.len, 2500);
    assert_int_equal(o->gso_size, 1000);
    assert_true(o->h.flags & FIN);
    NONE(r);
    ACK_IN(r, 3502);
    STATE(r, TERN_FIN_WAIT_2);
}

static void psh_stands_on_the_one_that_ends_the_data(struct rig *r)
{
    opened(r);
    rig_send(r, 12000);
    assert_false(rig_next(r)->h.flags & PSH);
    ACK_IN(r, 10001);
    assert_true(rig_next(r)->h.flags & PSH);
}

static void buffer_in(struct rig *r, uint32_t len)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), len);
    for (uint32_t i = 0; i < len; i++) b->data[i] = rig_byte(r->sent_n + i);
    b->len = len;
    assert_int_equal(tern_conn_send_buf(r->c, r->now, b, 0), len);
    r->sent_n += len;
}

/* A packet has only so many slices (TERN_SLICES_MAX). */
static void many_small_buffers_are_cut_at_a_whole_segment(struct rig *r)
{
    opened(r);
    for (int i = 0; i < 60; i++) buffer_in(r, 100);
    for (int64_t i = 0; i < 6; i++) super_out(r, 1 + 1000 * i, 1000, 0); /* 12 slices make 1200 bytes */
    NONE(r);
}

static void tiny_buffers_still_leave_in_order(struct rig *r)
{
    int64_t at = 1;
    opened(r);
    set_option(r, TERN_OPT_NODELAY, 1);
    for (int i = 0; i < 200; i++) buffer_in(r, 11);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL; at += o->h.len) {
        assert_int_equal((int32_t)(o->h.seq.v - r->iss), at);
        for (uint32_t i = 0; i < o->h.len; i++) assert_int_equal(o->h.data[i], rig_byte((uint64_t)at - 1 + i));
    }
    assert_int_equal(at, 2201);
}

static void after_a_timeout_super_segments_grow_again(struct rig *r)
{
    opened(r);
    rig_send(r, 10000);
    super_out(r, 1, 10000, 1000);
    rig_pass(r, 200 * TERN_MS);
    super_out(r, 1, 1000, 0);
    NONE(r);
    ACK_IN(r, 1001);
    super_out(r, 1001, 2000, 1000);
    ACK_IN(r, 3001);
    super_out(r, 3001, 3000, 1000);
    rig_clear(r);
}

static void a_fast_retransmission_is_one_segment(struct rig *r)
{
    opened(r);
    rig_send(r, 10000);
    super_out(r, 1, 10000, 1000);
    for (int i = 0; i < 3; i++) ACK_IN(r, 4001 - 4000);
    super_out(r, 1, 1000, 0);
    NONE(r);
    ACK_IN(r, 4501);
    super_out(r, 4501, 1000, 0);
    NONE(r);
}

static void an_ack_inside_a_super_segment_frees_its_part(struct rig *r)
{
    opened(r);
    rig_send(r, 10000);
    super_out(r, 1, 10000, 1000);
    ACK_IN(r, 3501);
    assert_int_equal(rig_status(r).send_queue, 6500);
    assert_int_equal(rig_status(r).flight, 6500);
}

/* ---- in ---- */

static void a_merged_segment_is_taken_whole(struct rig *r)
{
    rig_passive(r);
    SUPER_IN(r, 1, 40000, 1000);
    ACK_OUT(r, 40001);
    READ(r, 40000);
}

static void a_merged_segment_may_fill_a_hole(struct rig *r)
{
    rig_passive(r);
    SUPER_IN(r, 5001, 5000, 1000);
    ACK_OUT(r, 1);
    SUPER_IN(r, 1, 5000, 1000);
    ACK_OUT(r, 10001);
    READ(r, 10000);
}

static void a_merged_segment_with_an_old_beginning_is_trimmed(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 1500);
    SUPER_IN(r, 1, 4000, 1000);
    rig_clear(r);
    READ(r, 4000);
}

static void a_merged_segment_beyond_the_window_is_trimmed(struct rig *r)
{
    r->set.receive_buffer = 10000;
    r->set.receive_buffer_max = 0;
    rig_passive(r);
    SUPER_IN(r, 1, 20000, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 10001, .wnd = NO_WINDOW);
    READ(r, 10000);
}

static void a_merged_segment_with_a_fin(struct rig *r)
{
    rig_passive(r);
    in_marked(r, &(struct tseg){.flags = FIN | ACK, .seq = 1, .ack = 1, .len = 3500}, 0, 1000);
    ACK_OUT(r, 3502);
    STATE(r, TERN_CLOSE_WAIT);
    READ(r, 3500);
}

static const struct rig_test tests[] = {
    RIG_TEST(one_packet_stands_for_all_that_the_windows_take),
    RIG_TEST(a_single_segment_needs_no_cutting),
    RIG_TEST(the_tail_waits_by_nagle),
    RIG_TEST(with_nodelay_the_tail_goes_along),
    RIG_TEST(the_peers_window_cuts_at_a_whole_segment),
    RIG_TEST(the_links_limit_cuts_at_a_whole_segment),
    RIG_TEST(a_limit_below_two_segments_means_none),
    RIG_TEST(options_count_in_the_limit),
    RIG_TEST(the_fin_goes_with_the_last_super_segment),
    RIG_TEST(psh_stands_on_the_one_that_ends_the_data),
    RIG_TEST(many_small_buffers_are_cut_at_a_whole_segment),
    RIG_TEST(tiny_buffers_still_leave_in_order),
    RIG_TEST(after_a_timeout_super_segments_grow_again),
    RIG_TEST(a_fast_retransmission_is_one_segment),
    RIG_TEST(an_ack_inside_a_super_segment_frees_its_part),
    RIG_TEST(a_merged_segment_is_taken_whole),
    RIG_TEST(a_merged_segment_may_fill_a_hole),
    RIG_TEST(a_merged_segment_with_an_old_beginning_is_trimmed),
    RIG_TEST(a_merged_segment_beyond_the_window_is_trimmed),
    RIG_TEST(a_merged_segment_with_a_fin),
};

RIG_MAIN(tests)
