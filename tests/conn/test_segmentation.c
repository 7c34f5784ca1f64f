/* Segmentation by the effective send MSS: RFC 9293 3.7.1, and PSH on the last of the data (3.9.1.2). */
#include "xfer.h"

static uint32_t headers(const struct rig *r) { return r->v6 ? 60 : 40; }

/* proves: MUST-15 */
static void without_the_option_the_mss_is_536_or_1220(struct rig *r)
{
    uint32_t mss = r->v6 ? 1220 : 536;
    rig_passive(r);
    SAW(r, MSS_DEFAULT);
    rig_send(r, 2 * mss);
    out_full(r, 1, mss, 2);
    NONE(r);
}

/* proves: MUST-14, MUST-16 */
static void no_segment_is_longer_than_the_peers_mss(struct rig *r)
{
    open_mss(r, 777);
    rig_send(r, 777 * 3 + 10);
    out_full(r, 1, 777, 3);
    ACK_IN(r, 777 * 3 + 1);
    DATA_OUT(r, 777 * 3 + 1, 10);
}

/* proves: MUST-14, MUST-67, SHLD-6 */
static void our_syn_announces_what_the_interface_takes(struct rig *r)
{
    r->mtu = 1400;
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0, .mss = (uint16_t)(1400 - headers(r)));
}

/* proves: MUST-14, SHLD-5, MAY-3 */
static void our_syn_ack_announces_the_same_whatever_the_peer_said(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 600);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = (uint16_t)(1500 - headers(r)));
}

/* proves: MUST-16, SHLD-28 */
static void the_interface_limits_what_a_generous_peer_allows(struct rig *r)
{
    uint32_t mss = 1300 - headers(r);
    r->mtu = 1300;
    open_mss(r, 9000);
    assert_int_equal(rig_status(r).mss, mss);
    rig_send(r, 2 * mss);
    out_full(r, 1, mss, 2);
}

static void a_huge_mtu_is_used_whole(struct rig *r)
{
    uint32_t mss = 65535 - headers(r);
    r->mtu = 65535;
    r->syn.ws = 3;
    open_mss(r, 65535);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 60000);
    rig_send(r, 2 * mss);
    out_full(r, 1, mss, 2);
}

static void timestamps_take_twelve_bytes_of_each_segment(struct rig *r)
{
    open_ts(r, 1000, 1);
    rig_send(r, 1976);
    out_full(r, 1, 988, 2);
    NONE(r);
}

static void a_sack_block_takes_twelve_bytes(struct rig *r)
{
    r->syn.sack_ok = true;
    open_mss(r, 1000);
    DATA_IN(r, 11, 10);
    ACK_OUT(r, 1);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 988, .sack_n = 1, .sack = {{11, 21}});
}

static void two_sack_blocks_and_timestamps_take_thirty_two_bytes(struct rig *r)
{
    r->syn.sack_ok = true;
    open_ts(r, 1000, 1);
    IN(r, .flags = ACK, .seq = 11, .ack = 1, .len = 10, .ts = true, .tsval = 1);
    IN(r, .flags = ACK, .seq = 31, .ack = 1, .len = 10, .ts = true, .tsval = 1);
    rig_clear(r);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 968, .ts = true, .sack_n = 2, .sack = {{31, 41}, {11, 21}});
}

static void segments_are_full_again_when_the_hole_is_filled(struct rig *r)
{
    r->syn.sack_ok = true;
    open_mss(r, 1000);
    DATA_IN(r, 11, 10);
    DATA_IN(r, 1, 10);
    rig_clear(r);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 21, .len = 1000, .sack_n = 255);
}

static void max_segment_limits_what_is_announced_and_sent(struct rig *r)
{
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    set_option(r, TERN_OPT_MAX_SEGMENT, 700);
    OUT(r, .flags = SYN, .seq = 0, .mss = 700);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1400);
    ACK_OUT(r, 1);
    rig_send(r, 1400);
    out_full(r, 1, 700, 2);
}

static void max_segment_comes_too_late_after_the_syn(struct rig *r)
{
    rig_passive(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_MAX_SEGMENT, 700), TERN_ERR_INVAL);
}

static void an_mss_option_of_almost_nothing_is_taken_for_forty_eight(struct rig *r)
{
    open_mss(r, 1);
    rig_send(r, 96);
    out_full(r, 1, 48, 2);
}

static void a_tiny_mss_leaves_room_beside_all_options(struct rig *r)
{
    r->syn.sack_ok = true;
    open_ts(r, 1, 1);
    for (int64_t i = 0; i < 4; i++) IN(r, .flags = ACK, .seq = 11 + 20 * i, .ack = 1, .len = 10, .ts = true, .tsval = 1);
    rig_clear(r);
    rig_send(r, 8);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 8, .ts = true, .sack_n = 3, .sack = {{71, 81}, {51, 61}, {31, 41}});
}

/* proves: MUST-61, SHLD-27 */
static void psh_stands_on_the_last_segment_of_the_data_only(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 3000);
    for (int i = 0; i < 3; i++) {
        const struct out_seg *o = rig_next(r);
        assert_non_null(o);
        assert_int_equal(o->h.len, 1000);
        assert_int_equal((o->h.flags & PSH) != 0, i == 2);
    }
}

static void a_segment_that_the_window_cut_off_is_not_pushed(struct rig *r)
{
    r->syn.wnd = 2000;
    open_mss(r, 1000);
    rig_send(r, 3000);
    assert_false(rig_next(r)->h.flags & PSH);
    assert_false(rig_next(r)->h.flags & PSH);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 2000);
    OUT(r, .flags = ACK | PSH, .seq = 2001, .ack = 1, .len = 1000);
}

static const struct rig_test tests[] = {
    RIG_TEST(without_the_option_the_mss_is_536_or_1220),
    RIG_TEST(no_segment_is_longer_than_the_peers_mss),
    RIG_TEST(our_syn_announces_what_the_interface_takes),
    RIG_TEST(our_syn_ack_announces_the_same_whatever_the_peer_said),
    RIG_TEST(the_interface_limits_what_a_generous_peer_allows),
    RIG_TEST(a_huge_mtu_is_used_whole),
    RIG_TEST(timestamps_take_twelve_bytes_of_each_segment),
    RIG_TEST(a_sack_block_takes_twelve_bytes),
    RIG_TEST(two_sack_blocks_and_timestamps_take_thirty_two_bytes),
    RIG_TEST(segments_are_full_again_when_the_hole_is_filled),
    RIG_TEST(max_segment_limits_what_is_announced_and_sent),
    RIG_TEST(max_segment_comes_too_late_after_the_syn),
    RIG_TEST(an_mss_option_of_almost_nothing_is_taken_for_forty_eight),
    RIG_TEST(a_tiny_mss_leaves_room_beside_all_options),
    RIG_TEST(psh_stands_on_the_last_segment_of_the_data_only),
    RIG_TEST(a_segment_that_the_window_cut_off_is_not_pushed),
};

RIG_MAIN(tests)
