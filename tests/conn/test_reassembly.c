/* The out-of-order queue (RFC 9293 3.10.7.4, SHLD-31): kept, put together, first bytes win, bounded. */
#include "xfer.h"

/* Reads |n| bytes and compares them with |want|. */
static void read_is(struct rig *r, const char *want)
{
    char got[256];
    size_t n = strlen(want);
    assert_true(n < sizeof got);
    assert_int_equal(tern_conn_recv(r->c, r->now, got, sizeof got), n);
    assert_memory_equal(got, want, n);
    rig_clear(r);
}

/* Not even where it reaches beyond the gap: what lies there comes again. */
static void what_closes_the_gap_needs_no_memory(struct rig *r)
{
    r->memory_cap = 1 << 20;
    rig_passive(r);
    DATA_IN(r, 51, 50);
    rig_clear(r);
    struct tern_buf *held = take_memory(r); /* what is left is the packet's */
    DATA_IN(r, 1, 150);
    ACK_OUT(r, 101);
    give_memory(held);
    READ(r, 100);
    DATA_IN(r, 101, 50);
    READ(r, 50);
    rig_clear(r);
}

/* proves: SHLD-31 */
static void beyond_a_hole_is_kept_until_it_is_filled(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 101, 100);
    ACK_OUT(r, 1);
    assert_int_equal(rig_read(r), TERN_ERR_AGAIN);
    assert_int_equal(rig_status(r).ooo_queue, 100);
    DATA_IN(r, 1, 100);
    ACK_OUT(r, 201);
    READ(r, 200);
    assert_int_equal(rig_status(r).ooo_queue, 0);
}

static void a_repeated_segment_is_acknowledged_and_dropped(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 100);
    READ(r, 100);
    rig_clear(r);
    DATA_IN(r, 1, 100);
    ACK_OUT(r, 101);
    assert_int_equal(rig_read(r), TERN_ERR_AGAIN);
    assert_int_equal(rig_drops(r, TERN_DROP_OLD), 1);
}

static void of_a_partly_old_segment_only_the_new_part_is_taken(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 1, 4, 'a');
    MARKED(r, 3, 4, 'b');
    read_is(r, "aaaabb");
}

static void a_new_segment_over_the_beginning_of_a_held_one(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 5, 4, 'a');
    MARKED(r, 3, 4, 'b');
    MARKED(r, 1, 2, 'c');
    read_is(r, "ccbbaaaa");
}

static void a_new_segment_over_the_end_of_a_held_one(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 3, 4, 'a');
    MARKED(r, 5, 4, 'b');
    MARKED(r, 1, 2, 'c');
    read_is(r, "ccaaaabb");
}

static void a_new_segment_inside_a_held_one(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 3, 6, 'a');
    MARKED(r, 5, 2, 'b');
    MARKED(r, 1, 2, 'c');
    read_is(r, "ccaaaaaa");
}

static void a_new_segment_around_a_held_one(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 5, 2, 'a');
    MARKED(r, 3, 6, 'b');
    MARKED(r, 1, 2, 'c');
    read_is(r, "ccbbaabb");
}

static void a_new_segment_equal_to_a_held_one(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 3, 4, 'a');
    MARKED(r, 3, 4, 'b');
    MARKED(r, 1, 2, 'c');
    read_is(r, "ccaaaa");
}

static void a_new_segment_from_the_left_edge_of_a_held_one_and_longer(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 3, 2, 'a');
    MARKED(r, 3, 4, 'b');
    MARKED(r, 1, 2, 'c');
    read_is(r, "ccaabb");
}

static void a_new_segment_to_the_right_edge_of_a_held_one_and_longer(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 5, 2, 'a');
    MARKED(r, 3, 4, 'b');
    MARKED(r, 1, 2, 'c');
    read_is(r, "ccbbaa");
}

static void a_new_segment_over_many_held_ones_fills_only_the_holes(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 3, 2, 'a');
    MARKED(r, 7, 2, 'd');
    MARKED(r, 11, 2, 'e');
    MARKED(r, 2, 12, 'b');
    MARKED(r, 1, 1, 'c');
    read_is(r, "cbaabbddbbeeb");
}

static void an_in_order_segment_over_held_ones_fills_only_the_holes(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 3, 2, 'a');
    MARKED(r, 7, 2, 'd');
    MARKED(r, 1, 10, 'b');
    read_is(r, "bbaabbddbb");
}

static void an_old_segment_that_reaches_over_a_hole_and_held_data(struct rig *r)
{
    rig_passive(r);
    MARKED(r, 1, 2, 'o');
    MARKED(r, 5, 2, 'a');
    MARKED(r, 1, 8, 'b');
    read_is(r, "oobbaabb");
}

static void neighbours_become_one_range(struct rig *r)
{
    r->set.sack_delay = 0;
    r->syn.sack_ok = true;
    rig_passive(r);
    DATA_IN(r, 11, 10);
    DATA_IN(r, 31, 10);
    rig_clear(r);
    DATA_IN(r, 21, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{11, 41}});
    DATA_IN(r, 6, 5);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{6, 41}});
    DATA_IN(r, 41, 5);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{6, 46}});
    DATA_IN(r, 1, 5);
    ACK_OUT(r, 46);
    READ(r, 45);
}

static void a_fin_out_of_order_waits_for_the_data_before_it(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 11, .ack = 1);
    ACK_OUT(r, 1);
    STATE(r, TERN_ESTABLISHED);
    DATA_IN(r, 1, 10);
    ACK_OUT(r, 12);
    STATE(r, TERN_CLOSE_WAIT);
    READ(r, 10);
    assert_int_equal(rig_read(r), 0);
}

static void a_fin_with_data_out_of_order_is_kept_with_it(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 11, .ack = 1, .len = 10);
    ACK_OUT(r, 1);
    DATA_IN(r, 1, 10);
    ACK_OUT(r, 22);
    STATE(r, TERN_CLOSE_WAIT);
    READ(r, 20);
}

static void a_fin_behind_two_holes_takes_effect_once(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 31, .ack = 1, .len = 5);
    DATA_IN(r, 11, 10);
    IN(r, .flags = FIN | ACK, .seq = 31, .ack = 1, .len = 5);
    rig_clear(r);
    DATA_IN(r, 1, 10);
    ACK_OUT(r, 21);
    STATE(r, TERN_ESTABLISHED);
    DATA_IN(r, 21, 10);
    ACK_OUT(r, 37);
    STATE(r, TERN_CLOSE_WAIT);
    IN(r, .flags = FIN | ACK, .seq = 31, .ack = 1, .len = 5);
    ACK_OUT(r, 37);
    READ(r, 35);
}

static void the_number_of_ranges_is_bounded(struct rig *r)
{
    r->set.ooo_ranges = 4;
    rig_passive(r);
    for (int64_t i = 0; i < 6; i++) DATA_IN(r, 11 + 20 * i, 10);
    assert_int_equal(rig_drops(r, TERN_DROP_OOO_LIMIT), 2);
    assert_int_equal(rig_status(r).ooo_queue, 40);
    DATA_IN(r, 81, 2); /* what makes a range longer needs no further one */
    assert_int_equal(rig_status(r).ooo_queue, 42);
    rig_clear(r);
    DATA_IN(r, 1, 130); /* what is in order is never refused */
    ACK_OUT(r, 131);
    READ(r, 130);
}

static void what_is_in_order_needs_no_room_among_the_ranges(struct rig *r)
{
    r->set.ooo_ranges = 1;
    rig_passive(r);
    DATA_IN(r, 11, 10);
    rig_clear(r);
    DATA_IN(r, 1, 5);
    ACK_OUT(r, 6);
    READ(r, 5);
}

/* A payload of ten bytes in a buffer of 16 KiB, as a link with offloads gives it. */
static void small_in_large(struct rig *r, int64_t from)
{
    struct tseg t = {.flags = ACK, .seq = from, .ack = 1, .len = 10};
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), 16000);
    assert_non_null(b);
    b->len = (uint32_t)rig_build(r, &t, b->data);
    assert_int_equal(tern_stack_input(r->s, 0, r->now, b), TERN_INPUT_TAKEN);
    rig_clear(r);
}

static void small_payloads_do_not_pin_large_buffers(struct rig *r)
{
    rig_passive(r);
    small_in_large(r, 1);
    size_t before = rig_counters(r).memory_used;
    for (int64_t i = 1; i < 300; i++) small_in_large(r, 1 + 10 * i);
    assert_true(rig_counters(r).memory_used - before < 100000); /* in order */
    for (int64_t i = 301; i < 600; i++) small_in_large(r, 1 + 10 * i);
    assert_true(rig_counters(r).memory_used - before < 300000); /* and behind a hole */
    small_in_large(r, 3001);
    READ(r, 6000);
}

static void five_hundred_holes_filled_from_the_end(struct rig *r)
{
    rig_passive(r);
    for (int64_t i = 0; i < 500; i++) DATA_IN(r, 11 + 20 * i, 10);
    assert_int_equal(rig_status(r).ooo_queue, 5000);
    rig_clear(r);
    for (int64_t i = 499; i >= 0; i--) {
        DATA_IN(r, 1 + 20 * i, 10);
        ACK_OUT(r, i ? 1 : 10001);
    }
    READ(r, 10000);
    assert_int_equal(rig_status(r).ooo_queue, 0);
}

static void every_order_of_five_segments_gives_the_same_bytes(struct rig *r)
{
    int64_t base = 1;
    r->set.delack = 0;
    rig_passive(r);
    for (int perm = 0; perm < 120; perm++, base += 50) {
        int order[5], pool[5] = {0, 1, 2, 3, 4}, code = perm;
        for (int i = 0; i < 5; i++) {
            int k = code % (5 - i);
            code /= 5 - i;
            order[i] = pool[k];
            memmove(pool + k, pool + k + 1, (size_t)(4 - k) * sizeof pool[0]);
        }
        for (int i = 0; i < 5; i++) DATA_IN(r, base + 10 * order[i], 10);
        rig_clear(r);
        READ(r, 50);
    }
}

/* RFC 9293 3.10.7.4: segments are trimmed to the window. */
static void what_lies_beyond_the_window_is_cut_off(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    DATA_IN(r, 2001, 100);
    ACK_OUT(r, 1);
    SAW(r, TRIMMED);
    assert_int_equal(rig_status(r).ooo_queue, 48);
    DATA_IN(r, 1, 2000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = NO_WINDOW);
    READ(r, 2048);
}

static void a_fin_beyond_the_window_is_cut_off_too(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 2049);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2049, .wnd = NO_WINDOW);
    STATE(r, TERN_ESTABLISHED);
    READ(r, 2048);
    rig_clear(r);
    IN(r, .flags = FIN | ACK, .seq = 2049, .ack = 1, .len = 1);
    ACK_OUT(r, 2051);
    STATE(r, TERN_CLOSE_WAIT);
}

static void a_segment_wholly_beyond_the_window_is_answered_and_dropped(struct rig *r)
{
    r->set.receive_buffer = 2048;
    rig_passive(r);
    DATA_IN(r, 2049, 10);
    ACK_OUT(r, 1);
    assert_int_equal(rig_drops(r, TERN_DROP_WINDOW), 1);
    assert_int_equal(rig_status(r).ooo_queue, 0);
}

enum { STREAM = 3000 };

struct model {
    uint8_t byte[STREAM + 1]; /* 0: not yet received */
    uint32_t random;
};

static uint32_t next_random(struct model *m, uint32_t below)
{
    m->random = m->random * UINT32_C(1664525) + UINT32_C(1013904223);
    return (m->random >> 8) % below;
}

static void model_segment(struct rig *r, struct model *m, uint32_t from, uint32_t n, uint8_t mark)
{
    MARKED(r, 1 + (int64_t)from, n, mark);
    for (uint32_t i = from; i < from + n; i++)
        if (!m->byte[i]) m->byte[i] = mark;
    uint32_t first = 0;
    while (first < STREAM && m->byte[first]) first++;
    assert_int_equal(rig_status(r).rcv_nxt - rig_status(r).irs - 1, first);
    uint32_t beyond = 0;
    for (uint32_t i = first; i < STREAM; i++) beyond += m->byte[i] != 0;
    assert_int_equal(rig_status(r).ooo_queue, beyond);
    rig_clear(r);
}

static void random_segments_agree_with_a_model_of_bytes(struct rig *r)
{
    uint8_t got[STREAM + 1];
    struct model m = {.random = 12345 + r->iss + r->v6};
    rig_passive(r);
    for (unsigned i = 0; i < 250; i++) {
        uint32_t from = next_random(&m, STREAM), n = 1 + next_random(&m, i % 5 ? 60 : 600);
        model_segment(r, &m, from, from + n > STREAM ? STREAM - from : n, (uint8_t)(1 + i % 255));
    }
    model_segment(r, &m, 0, STREAM, 255);
    assert_int_equal(tern_conn_recv(r->c, r->now, got, sizeof got), STREAM);
    assert_memory_equal(got, m.byte, STREAM);
}

static void the_same_with_few_ranges_loses_nothing_that_was_acknowledged(struct rig *r)
{
    struct model m = {.random = 777 + r->iss + r->v6};
    r->set.ooo_ranges = 3;
    rig_passive(r);
    for (unsigned i = 0; i < 200; i++) {
        uint32_t from = next_random(&m, STREAM), n = 1 + next_random(&m, 80);
        DATA_IN(r, 1 + (int64_t)from, from + n > STREAM ? STREAM - from : n);
        rig_read(r); /* compares */
    }
    DATA_IN(r, 1, STREAM);
    rig_read(r);
    assert_int_equal(r->read_n, STREAM);
}

static void a_release_with_held_data_gives_the_memory_back(struct rig *r)
{
    rig_passive(r);
    for (int64_t i = 0; i < 50; i++) DATA_IN(r, 11 + 20 * i, 10);
    rig_abort(r);
    assert_int_equal(rig_status(r).ooo_queue, 0);
    rig_release(r);
    assert_int_equal(rig_counters(r).conn_n, 0);
}

static const struct rig_test tests[] = {
    RIG_TEST(what_closes_the_gap_needs_no_memory),
    RIG_TEST(beyond_a_hole_is_kept_until_it_is_filled),
    RIG_TEST(a_repeated_segment_is_acknowledged_and_dropped),
    RIG_TEST(of_a_partly_old_segment_only_the_new_part_is_taken),
    RIG_TEST(a_new_segment_over_the_beginning_of_a_held_one),
    RIG_TEST(a_new_segment_over_the_end_of_a_held_one),
    RIG_TEST(a_new_segment_inside_a_held_one),
    RIG_TEST(a_new_segment_around_a_held_one),
    RIG_TEST(a_new_segment_equal_to_a_held_one),
    RIG_TEST(a_new_segment_from_the_left_edge_of_a_held_one_and_longer),
    RIG_TEST(a_new_segment_to_the_right_edge_of_a_held_one_and_longer),
    RIG_TEST(a_new_segment_over_many_held_ones_fills_only_the_holes),
    RIG_TEST(an_in_order_segment_over_held_ones_fills_only_the_holes),
    RIG_TEST(an_old_segment_that_reaches_over_a_hole_and_held_data),
    RIG_TEST(neighbours_become_one_range),
    RIG_TEST(a_fin_out_of_order_waits_for_the_data_before_it),
    RIG_TEST(a_fin_with_data_out_of_order_is_kept_with_it),
    RIG_TEST(a_fin_behind_two_holes_takes_effect_once),
    RIG_TEST(the_number_of_ranges_is_bounded),
    RIG_TEST(what_is_in_order_needs_no_room_among_the_ranges),
    RIG_TEST(small_payloads_do_not_pin_large_buffers),
    RIG_TEST(five_hundred_holes_filled_from_the_end),
    RIG_TEST(every_order_of_five_segments_gives_the_same_bytes),
    RIG_TEST(what_lies_beyond_the_window_is_cut_off),
    RIG_TEST(a_fin_beyond_the_window_is_cut_off_too),
    RIG_TEST(a_segment_wholly_beyond_the_window_is_answered_and_dropped),
    RIG_TEST(random_segments_agree_with_a_model_of_bytes),
    RIG_TEST(the_same_with_few_ranges_loses_nothing_that_was_acknowledged),
    RIG_TEST(a_release_with_held_data_gives_the_memory_back),
};

RIG_MAIN(tests)
