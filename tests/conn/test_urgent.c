/* Urgent data: RFC 9293 3.8.5. It stands in line with the rest; what is delivered is a mark behind its last byte (RFC 6093). */
#include "xfer.h"

static void urgent_out(struct rig *r, uint32_t len)
{
    uint8_t data[2000];
    for (uint32_t i = 0; i < len; i++) data[i] = rig_byte(r->sent_n + i);
    assert_int_equal(tern_conn_send_with(r->c, r->now, data, len, TERN_SEND_URGENT), len);
    r->sent_n += len;
    rig_collect(r);
}

#define URGENT_IN(r, from, n, p) IN(r, .flags = ACK | URG, .seq = (from), .ack = 1, .len = (n), .urp = (p))

/* ---- sending ---- */

/* proves: MUST-30, MUST-62 */
static void the_pointer_leads_to_the_byte_after_the_urgent_data(struct rig *r)
{
    open_mss(r, 1000);
    urgent_out(r, 10);
    OUT(r, .flags = URG | ACK, .seq = 1, .ack = 1, .len = 10, .urp = 10);
    SAW(r, SEND_URGENT);
}

static void each_segment_counts_the_pointer_from_itself(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 1500);
    urgent_out(r, 500);
    rig_send(r, 1000);
    DATA_OUT(r, 1, 1000);
    OUT(r, .flags = URG | ACK, .seq = 1001, .ack = 1, .len = 1000, .urp = 1000);
    DATA_OUT(r, 2001, 1000);
}

static void data_behind_the_urgent_data_has_no_urg(struct rig *r)
{
    open_mss(r, 1000);
    urgent_out(r, 10);
    OUT(r, .flags = URG | ACK, .seq = 1, .ack = 1, .len = 10, .urp = 10);
    ACK_IN(r, 11);
    rig_send(r, 10);
    DATA_OUT(r, 11, 10);
}

static void a_retransmission_is_urgent_as_before(struct rig *r)
{
    open_mss(r, 1000);
    urgent_out(r, 10);
    OUT(r, .flags = URG | ACK, .seq = 1, .ack = 1, .len = 10, .urp = 10);
    rig_pass(r, 200 * TERN_MS);
    OUT(r, .flags = URG | ACK, .seq = 1, .ack = 1, .len = 10, .urp = 10);
}

static void a_second_urgent_send_moves_the_pointer(struct rig *r)
{
    open_mss(r, 1000);
    urgent_out(r, 10);
    OUT(r, .flags = URG | ACK, .seq = 1, .ack = 1, .len = 10, .urp = 10);
    urgent_out(r, 20);
    NONE(r); /* Nagle */
    ACK_IN(r, 11);
    OUT(r, .flags = URG | ACK, .seq = 11, .ack = 1, .len = 20, .urp = 20);
}

/* proves: MUST-31 */
static void a_mark_beyond_sixteen_bits_is_pointed_to_as_far_as_they_reach(struct rig *r)
{
    r->syn.ws = 3;
    open_mss(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 60000);
    rig_send(r, 100000);
    rig_clear(r);
    urgent_out(r, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 10001, .wnd = 60000);
    const struct out_seg *o = rig_next(r);
    assert_true(o->h.flags & URG);
    assert_int_equal(o->h.urp, 65535);
}

static void a_zero_window_probe_tells_of_urgent_data(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 10);
    IN(r, .flags = ACK, .seq = 1, .ack = 11, .wnd = NO_WINDOW);
    urgent_out(r, 100);
    NONE(r);
    rig_pass(r, 200 * TERN_MS);
    OUT(r, .flags = URG | ACK, .seq = 11, .ack = 1, .len = 1, .urp = 100);
}

static void urgent_data_is_not_sent_in_super_segments(struct rig *r)
{
    r->gso_max = 65535;
    open_mss(r, 1000);
    urgent_out(r, 2000);
    OUT(r, .flags = URG | ACK, .seq = 1, .ack = 1, .len = 1000, .urp = 2000);
    OUT(r, .flags = URG | ACK, .seq = 1001, .ack = 1, .len = 1000, .urp = 1000);
}

/* ---- receiving ---- */

/* proves: MUST-32, MUST-33 */
static void the_mark_is_told_and_counted_down_by_reading(struct rig *r)
{
    uint8_t buf[100];
    rig_passive(r);
    rig_events(r);
    URGENT_IN(r, 1, 10, 4);
    assert_true(rig_events(r) & TERN_URGENT);
    assert_int_equal(tern_conn_urgent(r->c), 4);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 3), 3);
    assert_int_equal(tern_conn_urgent(r->c), 1);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 1), 1);
    assert_int_equal(tern_conn_urgent(r->c), 0);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 100), 6);
}

static void urgent_bytes_stay_in_line(struct rig *r)
{
    rig_passive(r);
    DATA_IN(r, 1, 5);
    URGENT_IN(r, 6, 5, 5);
    DATA_IN(r, 11, 5);
    assert_int_equal(tern_conn_urgent(r->c), 10);
    READ(r, 15);
}

static void the_mark_may_come_before_the_data(struct rig *r)
{
    rig_passive(r);
    URGENT_IN(r, 1, 10, 500);
    assert_int_equal(tern_conn_urgent(r->c), 500);
    READ(r, 10);
    assert_int_equal(tern_conn_urgent(r->c), 490);
    DATA_IN(r, 11, 490);
    READ(r, 490);
    assert_int_equal(tern_conn_urgent(r->c), 0);
}

static void an_acknowledgement_alone_may_bring_the_mark(struct rig *r)
{
    rig_passive(r);
    URGENT_IN(r, 1, 0, 20);
    assert_true(rig_events(r) & TERN_URGENT);
    assert_int_equal(tern_conn_urgent(r->c), 20);
}

static void odd_pointers_do_no_harm(struct rig *r)
{
    static const uint16_t pointer[] = {0, 1, 9, 10, 11, 65535};
    int64_t at = 1;
    r->set.delack = 0;
    rig_passive(r);
    for (size_t i = 0; i < sizeof pointer / sizeof pointer[0]; i++, at += 10) {
        uint64_t before = tern_conn_urgent(r->c);
        URGENT_IN(r, at, 10, pointer[i]);
        uint64_t want = pointer[i] > before ? pointer[i] : before;
        assert_int_equal(tern_conn_urgent(r->c), want);
        rig_clear(r);
        READ(r, 10);
        assert_int_equal(tern_conn_urgent(r->c), want > 10 ? want - 10 : 0);
    }
    STATE(r, TERN_ESTABLISHED);
}

/* proves: MUST-32 */
static void the_mark_moves_forward_only(struct rig *r)
{
    rig_passive(r);
    rig_events(r);
    URGENT_IN(r, 1, 10, 50);
    assert_true(rig_events(r) & TERN_URGENT);
    URGENT_IN(r, 11, 10, 5);
    assert_false(rig_events(r) & TERN_URGENT);
    assert_int_equal(tern_conn_urgent(r->c), 50);
    URGENT_IN(r, 21, 10, 100);
    assert_true(rig_events(r) & TERN_URGENT);
    assert_int_equal(tern_conn_urgent(r->c), 120);
}

static void a_pointer_without_urg_means_nothing(struct rig *r)
{
    rig_passive(r);
    rig_events(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .urp = 5);
    assert_false(rig_events(r) & TERN_URGENT);
    assert_int_equal(tern_conn_urgent(r->c), 0);
}

static void urg_on_a_syn_does_no_harm(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN | URG, .urp = 7, .len = 3);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
    READ(r, 3);
}

static void urg_on_a_syn_ack_does_no_harm(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN | ACK | URG, .seq = 0, .ack = 1, .urp = 65535);
    ACK_OUT(r, 1);
    STATE(r, TERN_ESTABLISHED);
    DATA_IN(r, 1, 10);
    READ(r, 10);
}

static void urg_after_the_fin_is_ignored(struct rig *r)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    rig_clear(r);
    rig_events(r);
    URGENT_IN(r, 2, 0, 10);
    assert_false(rig_events(r) & TERN_URGENT);
    assert_int_equal(tern_conn_urgent(r->c), 0);
}

static void a_repetition_of_read_urgent_data_is_not_told_again(struct rig *r)
{
    rig_passive(r);
    URGENT_IN(r, 1, 10, 10);
    READ(r, 10);
    rig_events(r);
    URGENT_IN(r, 1, 10, 10);
    assert_false(rig_events(r) & TERN_URGENT);
    rig_clear(r);
}

static void an_urgent_segment_out_of_order_moves_the_mark_at_once(struct rig *r)
{
    rig_passive(r);
    URGENT_IN(r, 101, 10, 10);
    assert_int_equal(tern_conn_urgent(r->c), 110);
    rig_clear(r);
    DATA_IN(r, 1, 100);
    READ(r, 110);
    assert_int_equal(tern_conn_urgent(r->c), 0);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_pointer_leads_to_the_byte_after_the_urgent_data),
    RIG_TEST(each_segment_counts_the_pointer_from_itself),
    RIG_TEST(data_behind_the_urgent_data_has_no_urg),
    RIG_TEST(a_retransmission_is_urgent_as_before),
    RIG_TEST(a_second_urgent_send_moves_the_pointer),
    RIG_TEST(a_mark_beyond_sixteen_bits_is_pointed_to_as_far_as_they_reach),
    RIG_TEST(a_zero_window_probe_tells_of_urgent_data),
    RIG_TEST(urgent_data_is_not_sent_in_super_segments),
    RIG_TEST(the_mark_is_told_and_counted_down_by_reading),
    RIG_TEST(urgent_bytes_stay_in_line),
    RIG_TEST(the_mark_may_come_before_the_data),
    RIG_TEST(an_acknowledgement_alone_may_bring_the_mark),
    RIG_TEST(odd_pointers_do_no_harm),
    RIG_TEST(the_mark_moves_forward_only),
    RIG_TEST(a_pointer_without_urg_means_nothing),
    RIG_TEST(urg_on_a_syn_does_no_harm),
    RIG_TEST(urg_on_a_syn_ack_does_no_harm),
    RIG_TEST(urg_after_the_fin_is_ignored),
    RIG_TEST(a_repetition_of_read_urgent_data_is_not_told_again),
    RIG_TEST(an_urgent_segment_out_of_order_moves_the_mark_at_once),
};

RIG_MAIN(tests)
