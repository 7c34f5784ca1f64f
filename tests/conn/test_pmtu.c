/* Path MTU from ICMP: RFC 1191, RFC 8201, RFC 5927. The interface's MTU is 1500. */
#include "xfer.h"

static uint32_t headers(const struct rig *r) { return r->v6 ? 60 : 40; }
static uint32_t full(const struct rig *r) { return 1500 - headers(r); }

static void too_big(struct rig *r, uint32_t mtu, int64_t at)
{
    if (r->v6)
        rig_icmp(r, 2, 0, mtu, at);
    else
        rig_icmp(r, 3, 4, mtu, at);
}

/* Two full segments in flight. */
static void two_in_flight(struct rig *r)
{
    open_mss(r, 1460);
    rig_send(r, 2 * full(r));
    out_full(r, 1, full(r), 2);
}

/* proves: RFC 1191 3, RFC 1191 6.4 */
static void what_was_too_big_is_sent_again_in_smaller_segments(struct rig *r)
{
    two_in_flight(r);
    too_big(r, 1400, 1);
    uint32_t mss = 1400 - headers(r);
    out_full(r, 1, mss, 2);
    DATA_OUT(r, 1 + 2 * (int64_t)mss, 200);
    NONE(r);
    SAW(r, PMTU_LOWER);
    SAW(r, RTX_PMTU);
    assert_int_equal(rig_status(r).path_mtu, 1400);
    assert_int_equal(rig_status(r).mss, mss);
}

/* proves: RFC 1191 6.4, RFC 8201 5.4 */
static void it_is_no_sign_of_congestion(struct rig *r)
{
    two_in_flight(r);
    struct tern_status before = rig_status(r);
    too_big(r, 1400, 1);
    rig_clear(r);
    assert_int_equal(rig_status(r).cwnd, before.cwnd);
    assert_int_equal(rig_status(r).ssthresh, before.ssthresh);
    assert_int_equal(rig_status(r).rto, before.rto);
}

/* RFC 5927 4.1, 7 */
static void an_error_about_what_is_not_in_flight_is_ignored(struct rig *r)
{
    two_in_flight(r);
    too_big(r, 1400, 1 + 2 * (int64_t)full(r));
    too_big(r, 1400, 0);
    NONE(r);
    assert_int_equal(rig_status(r).path_mtu, 1500);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_UNKNOWN), 2);
}

/* proves: RFC 1191 3, RFC 1191 6.4 */
static void an_mtu_not_below_the_present_one_is_ignored(struct rig *r)
{
    two_in_flight(r);
    too_big(r, 1500, 1);
    too_big(r, 9000, 1);
    NONE(r);
    assert_int_equal(rig_status(r).path_mtu, 1500);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_MTU), 2);
}

/* The next packet, and whether routers may cut it. */
static bool may_be_cut(struct rig *r)
{
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    return !(o->bytes[6] & 0x40);
}

/* proves: RFC 8201 4. No link takes less than 1280 bytes: the message is discarded, and shortens nothing. */
static void a_smaller_mtu_than_ipv6_allows_is_discarded(struct rig *r)
{
    if (!r->v6) return;
    two_in_flight(r);
    too_big(r, 1279, 1);
    NONE(r);
    assert_int_equal(rig_status(r).path_mtu, 1500);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_MTU), 1);
    too_big(r, 1280, 1);
    rig_clear(r);
    assert_int_equal(rig_status(r).path_mtu, 1280);
}

/* proves: RFC 1191 3. Segments become no shorter than 552 bytes make them; routers may cut them, until the path's MTU is
 * forgotten. */
static void what_a_narrow_path_takes_of_the_least_segments_is_left_to_routers(struct rig *r)
{
    if (r->v6) return;
    two_in_flight(r);
    too_big(r, 1400, 1);
    assert_false(may_be_cut(r));
    rig_clear(r);
    too_big(r, 551, 1);
    assert_true(may_be_cut(r));
    assert_int_equal(rig_status(r).path_mtu, 552);
    rig_clear(r);
    ACK_IN(r, 1 + 2 * (int64_t)full(r));
    rig_pass(r, r->set.pmtu_age + TERN_SEC);
    rig_send(r, 100);
    assert_false(may_be_cut(r));
    assert_int_equal(rig_status(r).path_mtu, 1500);
}

/* The least MTU is in use, and a router has no way even for that: the next timeout brings the data through. */
static void below_the_least_mtu_a_router_need_name_none(struct rig *r)
{
    if (r->v6) return;
    two_in_flight(r);
    too_big(r, 552, 1);
    assert_false(may_be_cut(r));
    rig_clear(r);
    too_big(r, 0, 1);
    NONE(r);
    too_big(r, 0, 1);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_MTU), 1);
    assert_int_equal(rig_status(r).path_mtu, 552);
    rig_pass(r, rig_status(r).rto);
    assert_true(may_be_cut(r));
}

/* Option MTU_DISCOVER: whose packets may never be cut. */
static void unless_the_application_forbids_it(struct rig *r)
{
    if (r->v6) return;
    two_in_flight(r);
    set_option(r, TERN_OPT_MTU_DISCOVER, TERN_MTU_DO);
    too_big(r, 300, 1);
    assert_int_equal(rig_status(r).path_mtu, 552);
    assert_false(may_be_cut(r));
}

static void an_mtu_that_cannot_be_is_ignored(struct rig *r)
{
    two_in_flight(r);
    too_big(r, 67, 1);
    NONE(r);
    assert_int_equal(rig_status(r).path_mtu, 1500);
}

/* proves: RFC 1191 5. Its table 7-1: an old router says nothing. */
static void a_router_that_names_no_mtu_means_the_next_common_one(struct rig *r)
{
    two_in_flight(r);
    too_big(r, 0, 1);
    rig_clear(r);
    assert_int_equal(rig_status(r).path_mtu, r->v6 ? 1500 : 1492);
    if (r->v6) return;
    too_big(r, 0, 1);
    rig_clear(r);
    assert_int_equal(rig_status(r).path_mtu, 1006);
}

static void it_may_sink_step_by_step(struct rig *r)
{
    two_in_flight(r);
    for (uint32_t mtu = 1450; mtu >= 1300; mtu -= 50) {
        too_big(r, mtu, 1);
        const struct out_seg *o = rig_next(r);
        assert_int_equal(o->len, mtu);
        rig_clear(r);
    }
    assert_int_equal(rig_status(r).path_mtu, 1300);
}

/* proves: RFC 1191 6.3, RFC 8201 4, RFC 8201 5.3 */
static void after_a_while_a_larger_one_is_tried_again(struct rig *r)
{
    two_in_flight(r);
    too_big(r, 1400, 1);
    rig_clear(r);
    ACK_IN(r, 1 + 2 * (int64_t)full(r));
    rig_pass(r, 599 * TERN_SEC);
    int64_t at = 1 + 2 * (int64_t)full(r);
    rig_send(r, 1400 - headers(r));
    DATA_OUT(r, at, 1400 - headers(r));
    at += 1400 - headers(r);
    ACK_IN(r, at);
    rig_pass(r, TERN_SEC);
    rig_send(r, full(r));
    DATA_OUT(r, at, full(r));
    SAW(r, PMTU_RAISE);
    too_big(r, 1400, at); /* no luck */
    DATA_OUT(r, at, 1400 - headers(r));
    DATA_OUT(r, at + 1400 - headers(r), 100);
}

/* After a timeout the window is one segment, of those that were shorter. */
static void the_window_has_room_for_a_longer_segment(struct rig *r)
{
    if (r->v6) return; /* whose least MTU makes longer ones */
    r->set.pmtu_age = 5 * TERN_SEC;
    two_in_flight(r);
    too_big(r, 576, 1);
    rig_pass(r, rig_status(r).rto);
    assert_int_equal(rig_status(r).cwnd, rig_status(r).mss);
    ACK_IN(r, 1 + 2 * (int64_t)full(r));
    assert_true(rig_status(r).cwnd < full(r));
    rig_pass(r, 5 * TERN_SEC);
    rig_clear(r);
    int64_t at = 1 + 2 * (int64_t)full(r);
    rig_send(r, full(r));
    DATA_OUT(r, at, full(r));
    SAW(r, PMTU_RAISE);
    assert_int_equal(rig_status(r).cwnd, full(r));
}

static void the_time_until_then_is_a_setting(struct rig *r)
{
    r->set.pmtu_age = 60 * TERN_SEC;
    two_in_flight(r);
    too_big(r, 1400, 1);
    rig_clear(r);
    ACK_IN(r, 1 + 2 * (int64_t)full(r));
    rig_pass(r, 60 * TERN_SEC);
    rig_send(r, full(r));
    DATA_OUT(r, 1 + 2 * (int64_t)full(r), full(r));
}

static void a_fin_behind_the_data_is_sent_again_too(struct rig *r)
{
    open_mss(r, 1460);
    rig_send(r, full(r));
    rig_close(r);
    rig_clear(r);
    too_big(r, 1400, 1);
    DATA_OUT(r, 1, 1400 - headers(r));
    OUT(r, .flags = FIN | ACK, .seq = 1 + 1400 - headers(r), .ack = 1, .len = 100);
    ACK_IN(r, 2 + full(r));
    STATE(r, TERN_FIN_WAIT_2);
}

static void what_is_sent_again_is_not_measured(struct rig *r)
{
    two_in_flight(r);
    tern_ns rtt = rig_status(r).rtt;
    rig_pass(r, 50 * TERN_MS);
    too_big(r, 1400, 1);
    rig_clear(r);
    rig_pass(r, 50 * TERN_MS);
    ACK_IN(r, 1 + 2 * (int64_t)full(r));
    assert_int_equal(rig_status(r).rtt, rtt);
}

static void super_segments_are_cut_smaller_too(struct rig *r)
{
    r->gso_max = 65535;
    open_mss(r, 1460);
    uint32_t mss = 1400 - headers(r);
    rig_send(r, 4 * full(r));
    assert_int_equal(rig_next(r)->gso_size, full(r));
    too_big(r, 1400, 1);
    const struct out_seg *o = rig_next(r);
    assert_int_equal(o->gso_size, mss);
    assert_int_equal(o->h.len, 4 * full(r) / mss * mss);
    rig_clear(r);
}

/* Found by the fuzzer: NXT must not go back to a SYN that nobody sends again. */
static void too_big_in_fin_wait_1_while_the_syn_is_unacknowledged_sends_nothing(struct rig *r)
{
    rig_connect(r);
    IN(r, .flags = SYN);
    rig_close(r);
    STATE(r, TERN_FIN_WAIT_1);
    rig_clear(r);
    too_big(r, 1400, 0);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
}

static void a_syn_that_was_too_big_teaches_the_path(struct rig *r)
{
    rig_connect(r);
    rig_clear(r);
    too_big(r, 1400, 0);
    STATE(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460);
    rig_clear(r);
    assert_int_equal(rig_status(r).mss, 1400 - headers(r));
}

static const struct rig_test tests[] = {
    RIG_TEST(what_was_too_big_is_sent_again_in_smaller_segments),
    RIG_TEST(it_is_no_sign_of_congestion),
    RIG_TEST(an_error_about_what_is_not_in_flight_is_ignored),
    RIG_TEST(an_mtu_not_below_the_present_one_is_ignored),
    RIG_TEST(a_smaller_mtu_than_ipv6_allows_is_discarded),
    RIG_TEST(what_a_narrow_path_takes_of_the_least_segments_is_left_to_routers),
    RIG_TEST(below_the_least_mtu_a_router_need_name_none),
    RIG_TEST(unless_the_application_forbids_it),
    RIG_TEST(an_mtu_that_cannot_be_is_ignored),
    RIG_TEST(a_router_that_names_no_mtu_means_the_next_common_one),
    RIG_TEST(it_may_sink_step_by_step),
    RIG_TEST(after_a_while_a_larger_one_is_tried_again),
    RIG_TEST(the_window_has_room_for_a_longer_segment),
    RIG_TEST(the_time_until_then_is_a_setting),
    RIG_TEST(a_fin_behind_the_data_is_sent_again_too),
    RIG_TEST(what_is_sent_again_is_not_measured),
    RIG_TEST(super_segments_are_cut_smaller_too),
    RIG_TEST(too_big_in_fin_wait_1_while_the_syn_is_unacknowledged_sends_nothing),
    RIG_TEST(a_syn_that_was_too_big_teaches_the_path),
};

RIG_MAIN(tests)
