/* Data: in order, lost, overtaken, sent again and why, acknowledged though never seen. */
#include "capture_test.h"

/* |n| segments of 1000 bytes of A from |first| on. */
static void burst(uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        data(A, first + 1000 * i, 1, 1000);
        cap.now += 50 * TERN_US;
    }
}

static void a_healthy_transfer_has_no_findings(void **state)
{
    (void)state;
    open_conn();
    for (uint32_t i = 0; i < 50; i++) {
        burst(1 + 4000 * i, 4);
        wait_ms(20);
        ack(B, 1, 1 + 4000 * i + 2000);
        ack(B, 1, 1 + 4000 * i + 4000);
    }
    SEND(A, .flags = FIN | ACK, .seq = 200001, .ack = 1);
    wait_ms(20);
    SEND(B, .flags = FIN | ACK, .seq = 1, .ack = 200002);
    SEND(A, .flags = ACK, .seq = 200002, .ack = 2);
    states(TERN_TIME_WAIT, TERN_CLOSED);
    none();
}

static void three_duplicates_make_a_fast_retransmission(void **state)
{
    (void)state;
    open_conn();
    burst(1, 5);
    wait_ms(20);
    for (int i = 0; i < 4; i++) ack(B, 1, 1001); /* the second segment is missing */
    data(A, 1001, 1, 1000);
    assert_int_equal(count(FINDING_RTX_FAST), 1);
    assert_non_null(strstr(cap.text, "bytes 1001 to 2000 sent again"));
    assert_non_null(strstr(cap.text, "3 duplicate"));
    assert_int_equal(count(FINDING_DUP_ACK), 3);
    assert_int_equal(cap.notes, 4);
    wait_ms(20);
    ack(B, 1, 5001);
    watch_end(cap.w);
    assert_int_equal(cap.ended.retransmitted[A], 1);
    assert_int_equal(cap.ended.retransmitted[B], 0);
}

static void selective_acknowledgements_make_one_too(void **state)
{
    (void)state;
    open_conn();
    burst(1, 5);
    wait_ms(20);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .sack = {{1001, 5001}});
    data(A, 1, 1, 1000);
    assert_int_equal(count(FINDING_RTX_FAST), 1);
    assert_non_null(strstr(cap.text, "selective"));
}

static void a_partial_acknowledgement_goes_on_with_it(void **state)
{
    (void)state;
    open_conn();
    burst(1, 8);
    wait_ms(20);
    for (int i = 0; i < 4; i++) ack(B, 1, 1001);
    data(A, 1001, 1, 1000);
    wait_ms(20);
    ack(B, 1, 3001); /* and another one is missing */
    data(A, 3001, 1, 1000);
    assert_int_equal(count(FINDING_RTX_FAST), 2);
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 0);
    assert_non_null(strstr(cap.text, "partial"));
}

static void what_was_sent_later_arrived_before_it(void **state)
{
    (void)state;
    open_conn();
    burst(1, 4);
    wait_ms(20);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .sack = {{1001, 4001}});
    burst(4001, 1);
    data(A, 1, 1, 1000);
    wait_ms(20);
    ack(B, 1, 4001); /* what was sent again has come; what was sent before that has not */
    wait_ms(10);
    data(A, 4001, 1, 1000);
    assert_int_equal(count(FINDING_RTX_FAST), 2);
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 0);
    wait_ms(230); /* nothing came of it: that is the timer */
    data(A, 4001, 1, 1000);
    assert_int_equal(count(FINDING_RTX_FAST), 2);
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 1);
}

static void a_silence_before_it_is_the_timer(void **state)
{
    (void)state;
    open_conn();
    burst(1, 1);
    wait_ms(230);
    data(A, 1, 1, 1000);
    only(FINDING_RTX_TIMEOUT, 1);
    assert_non_null(strstr(cap.text, "bytes 1 to 1000 sent again 230.1 ms"));
    wait_ms(20);
    ack(B, 1, 1001);
    only(FINDING_RTX_TIMEOUT, 1);
}

static void what_follows_a_timeout_belongs_to_it(void **state)
{
    (void)state;
    open_conn();
    burst(1, 4);
    wait_ms(230);
    data(A, 1, 1, 1000);
    wait_ms(20);
    ack(B, 1, 1001);
    data(A, 1001, 1, 1000);
    data(A, 2001, 1, 1000);
    only(FINDING_RTX_TIMEOUT, 3);
    assert_non_null(strstr(cap.text, "took for lost"));
}

static void what_was_acknowledged_is_sent_in_vain(void **state)
{
    (void)state;
    open_conn();
    burst(1, 2);
    wait_ms(20);
    ack(B, 1, 2001);
    wait_ms(230);
    data(A, 1001, 1, 1000);
    only(FINDING_RTX_SPURIOUS, 1);
}

static void a_dsack_tells_it_later(void **state)
{
    (void)state;
    open_conn();
    burst(1, 1);
    wait_ms(230);
    data(A, 1, 1, 1000);
    wait_ms(1);
    ack(B, 1, 1001);
    assert_int_equal(count(FINDING_RTX_SPURIOUS), 0);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .sack = {{1, 1001}});
    assert_int_equal(count(FINDING_RTX_SPURIOUS), 1);
    assert_non_null(strstr(cap.text, "D-SACK"));
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .sack = {{1, 1001}});
    assert_int_equal(count(FINDING_RTX_SPURIOUS), 1); /* told once */
    assert_int_equal(count(FINDING_DUP_ACK), 0);
}

static void the_tail_sent_again_early_is_a_probe(void **state)
{
    (void)state;
    open_conn();
    burst(1, 3);
    wait_ms(45);
    data(A, 2001, 1, 1000);
    only(FINDING_RTX_PROBE, 1);
}

static void overtaken_segments_are_not_retransmissions(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    SEND(A, .flags = ACK, .seq = 2001, .ack = 1, .len = 1000, .id = 501);
    cap.now += 100 * TERN_US;
    SEND(A, .flags = ACK, .seq = 1001, .ack = 1, .len = 1000, .id = 500);
    only(FINDING_OUT_OF_ORDER, 1);
    wait_ms(20);
    ack(B, 1, 3001);
    only(FINDING_OUT_OF_ORDER, 1);
}

static void the_identification_tells_the_order(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    SEND(A, .flags = ACK, .seq = 2001, .ack = 1, .len = 1000, .id = 500);
    wait_ms(400);
    SEND(A, .flags = ACK, .seq = 1001, .ack = 1, .len = 1000, .id = 499); /* very late, but left before */
    only(FINDING_OUT_OF_ORDER, 1);
}

/* Without identifications the time tells: a round trip of 20 ms. */
static void each_hole_has_its_own_age(void **state)
{
    (void)state;
    cap.ipv6 = true;
    open_conn();
    data(A, 1, 1, 1000);
    data(A, 2001, 1, 1000); /* 1001 is lost */
    burst(3001, 3);
    wait_ms(20);
    for (uint32_t i = 0; i < 4; i++) SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .sack = {{2001, 3001 + 1000 * i}});
    data(A, 7001, 1, 1000); /* 6001 is late */
    cap.now += 100 * TERN_US;
    data(A, 1001, 1, 1000);
    assert_int_equal(count(FINDING_RTX_FAST), 1);
    assert_int_equal(count(FINDING_OUT_OF_ORDER), 0);
    data(A, 6001, 1, 1000); /* what B misses is another one */
    assert_int_equal(count(FINDING_RTX_FAST), 1);
    assert_int_equal(count(FINDING_OUT_OF_ORDER), 1);
}

static void several_may_be_overtaken_by_one(void **state)
{
    (void)state;
    cap.ipv6 = true;
    open_conn();
    data(A, 1, 1, 1000);
    data(A, 3001, 1, 1000);
    data(A, 2001, 1, 1000);
    data(A, 1001, 1, 1000);
    only(FINDING_OUT_OF_ORDER, 2);
}

/* 0.1 ms from the place of the capture to A and back: sooner after the SACK it cannot answer. */
static void the_sender_must_have_heard_of_the_gap(void **state)
{
    (void)state;
    cap.ipv6 = true;
    open_conn();
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t from = 1 + 3000 * i;
        data(A, from, 1, 1000);
        data(A, from + 2000, 1, 1000);
        wait_ms(60); /* three round trips */
        if (i > 0) SEND(B, .flags = ACK, .seq = 1, .ack = from + 1000, .sack = {{from + 2000, from + 3000}});
        cap.now += i == 1 ? 50 * TERN_US : 200 * TERN_US;
        data(A, from + 1000, 1, 1000);
        wait_ms(20);
        ack(B, 1, from + 3000);
    }
    assert_int_equal(count(FINDING_OUT_OF_ORDER), 2);
    assert_int_equal(count(FINDING_RTX_FAST), 1);
    assert_int_equal(cap.notes, 3);
}

/* No timer is so short; the way between the place of the capture and the sender may be slow for once. */
static void a_late_answer_is_not_the_timer(void **state)
{
    (void)state;
    open_conn();
    burst(1, 5);
    wait_ms(20);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .sack = {{1001, 5001}});
    wait_ms(150);
    data(A, 1, 1, 1000);
    assert_int_equal(count(FINDING_RTX_FAST), 1);
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 0);
}

static void a_late_sign_does_not_stop_the_timer(void **state)
{
    (void)state;
    open_conn();
    burst(1, 5);
    wait_ms(20);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .sack = {{1001, 5001}});
    wait_ms(200);
    data(A, 1, 1, 1000);
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 1);
    assert_int_equal(count(FINDING_RTX_FAST), 0);
}

static void a_hole_filled_after_a_timeout_was_lost_before(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    data(A, 2001, 1, 1000); /* 1001 was lost before the place of the capture */
    wait_ms(300);
    data(A, 1001, 1, 1000);
    only(FINDING_RTX_TIMEOUT, 1);
}

static void what_is_acknowledged_unseen_was_lost_by_the_capture(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    data(A, 3001, 1, 1000);
    wait_ms(20);
    ack(B, 1, 4001);
    only(FINDING_CAPTURE_LOST, 1);
    assert_non_null(strstr(cap.text, "bytes 1001 to 3000"));
    ack(B, 1, 6001);
    only(FINDING_CAPTURE_LOST, 2);
    data(A, 6001, 1, 10);
    only(FINDING_CAPTURE_LOST, 2);
}

static void a_duplicate_acknowledgement_needs_data_on_its_way(void **state)
{
    (void)state;
    open_conn();
    ack(B, 1, 1);
    ack(B, 1, 1);
    none();
    data(A, 1, 1, 100);
    ack(B, 1, 1);
    only(FINDING_DUP_ACK, 1);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .wnd = 60000); /* a window update */
    only(FINDING_DUP_ACK, 1);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .len = 5, .wnd = 60000); /* data */
    only(FINDING_DUP_ACK, 1);
}

static void a_fin_sent_again_is_named(void **state)
{
    (void)state;
    open_conn();
    SEND(A, .flags = FIN | ACK, .seq = 1, .ack = 1);
    wait_ms(230);
    SEND(A, .flags = FIN | ACK, .seq = 1, .ack = 1);
    only(FINDING_RTX_TIMEOUT, 1);
    assert_non_null(strstr(cap.text, "the FIN, number 1,"));
    states(TERN_FIN_WAIT_1, TERN_CLOSE_WAIT);
}

/* A router's answer to the packet of A that was built last: nothing above |mtu| bytes. */
static void too_big(uint16_t mtu)
{
    uint8_t quoted[28], icmp[36] = {3, 4};
    memcpy(quoted, cap.bytes, sizeof quoted);
    be16_put(icmp + 6, mtu);
    memcpy(icmp + 8, quoted, sizeof quoted);
    csum_put(icmp + 2, csum_add(0, icmp, sizeof icmp));
    const struct wire_ip ip = {.src = tern_addr_v4((const uint8_t[]){203, 0, 113, 1}),
                               .dst = addr_of(A),
                               .version = 4,
                               .proto = IPPROTO_ICMP_,
                               .ttl = 64};
    size_t ip_len = wire_ip_build(&ip, sizeof icmp, false, 0, cap.bytes);
    memcpy(cap.bytes + ip_len, icmp, sizeof icmp);
    cap.len = (uint32_t)(ip_len + sizeof icmp);
    see(0);
}

static void what_a_router_finds_too_large_is_sent_again_in_pieces(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1400);
    data(A, 1401, 1, 1400);
    too_big(1300); /* about the second */
    data(A, 1, 1, 1200);
    assert_non_null(strstr(cap.text, "packets above 1300 bytes"));
    data(A, 1201, 1, 200);
    data(A, 1401, 1, 1200);
    data(A, 2601, 1, 200);
    only(FINDING_PATH_MTU, 4);
    wait_ms(300);
    data(A, 1, 1, 1200); /* lost as well */
    assert_int_equal(count(FINDING_PATH_MTU), 4);
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 1);
    too_big(1300); /* once more, of what is old: nothing new */
    wait_ms(600);
    data(A, 1201, 1, 200);
    assert_int_equal(count(FINDING_PATH_MTU), 4);
}

static void a_message_about_what_was_never_sent_is_not_believed(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    build(A, &(struct packet){.flags = ACK, .seq = 5001, .ack = 1, .len = 1000}, 0);
    too_big(600);
    wait_ms(300);
    data(A, 1, 1, 1000);
    only(FINDING_RTX_TIMEOUT, 1);
}

/* Found in captures over a wire that lets some overtake others. */
static void a_mere_acknowledgement_passes_over_numbers_too(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    SEND(A, .flags = ACK, .seq = 3001, .ack = 1, .id = 130);
    SEND(A, .flags = ACK, .seq = 1001, .ack = 1, .len = 1000, .id = 128);
    only(FINDING_OUT_OF_ORDER, 1);
    wait_ms(20);
    ack(B, 1, 2001);
    wait_ms(250);
    SEND(A, .flags = ACK, .seq = 2001, .ack = 1, .len = 1000, .id = 131); /* it was lost before the capture could see it */
    assert_int_equal(count(FINDING_OUT_OF_ORDER), 1);
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 1);
    ack(A, 500000, 1); /* beyond the window: nothing was passed over */
    data(A, 3001, 1, 1000);
    wait_ms(20);
    ack(B, 1, 4001);
    assert_int_equal(cap.notes, 2);
}

static void the_same_packet_twice_is_the_captures_doing(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    see(0);
    only(FINDING_CAPTURE_DUP, 1);
    assert_true(cap.row.duplicate);
    SEND(A, .flags = ACK, .seq = 1001, .ack = 1, .len = 10, .id = 900, .ttl = 64);
    wait_ms(5);
    SEND(A, .flags = ACK, .seq = 1001, .ack = 1, .len = 10, .id = 900, .ttl = 63);
    only(FINDING_CAPTURE_DUP, 2);
    assert_non_null(strstr(cap.text, "TTL 64, now 63"));
    SEND(A, .flags = ACK, .seq = 1001, .ack = 1, .len = 10, .id = 901);
    assert_int_equal(count(FINDING_CAPTURE_DUP), 2); /* another identification: sent again */
}

static void acknowledgements_without_identification_may_be_alike(void **state)
{
    (void)state;
    cap.ipv6 = true;
    open_conn();
    data(A, 1, 1, 1000);
    data(A, 1001, 1, 1000);
    ack(B, 1, 1);
    ack(B, 1, 1);
    assert_int_equal(count(FINDING_CAPTURE_DUP), 0);
    assert_int_equal(count(FINDING_DUP_ACK), 2);
}

static void numbers_may_wrap(void **state)
{
    (void)state;
    const uint32_t start_at = (uint32_t)-3000 - BASE_A; /* so that A's own number wraps after 3000 bytes */
    data(A, start_at, 1, 1000);
    for (uint32_t i = 1; i < 10; i++) {
        wait_ms(10);
        ack(B, 1, start_at + 1000 * i);
        data(A, start_at + 1000 * i, 1, 1000);
    }
    none();
    wait_ms(300);
    data(A, start_at + 9000, 1, 1000);
    only(FINDING_RTX_TIMEOUT, 1);
    assert_non_null(strstr(cap.text, "bytes 9001 to 10000"));
}

static void round_trips_and_flight_are_measured(void **state)
{
    (void)state;
    open_conn();
    burst(1, 3);
    assert_int_equal(cap.row.tcb[A].flight, 3000);
    assert_true(cap.row.tcb[A].known & STORY_RTT);
    wait_ms(30);
    ack(B, 1, 3001);
    assert_int_equal(cap.row.tcb[A].flight, 0);
    assert_int_equal(cap.row.tcb[A].snd_una, BASE_A + 3001);
    assert_int_equal(cap.row.tcb[B].rcv_nxt, BASE_A + 3001);
    watch_end(cap.w);
    assert_int_equal(cap.ended.flight_max[A], 3000);
    assert_int_equal(cap.ended.handshake, 20 * TERN_MS + 100 * TERN_US);
    assert_int_equal(cap.ended.rtt_min[B], 20 * TERN_MS); /* the SYN's */
    assert_int_equal(cap.ended.rtt_min[A], 100 * TERN_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_healthy_transfer_has_no_findings),
        TEST(three_duplicates_make_a_fast_retransmission),
        TEST(selective_acknowledgements_make_one_too),
        TEST(a_partial_acknowledgement_goes_on_with_it),
        TEST(what_was_sent_later_arrived_before_it),
        TEST(a_silence_before_it_is_the_timer),
        TEST(what_follows_a_timeout_belongs_to_it),
        TEST(what_was_acknowledged_is_sent_in_vain),
        TEST(a_dsack_tells_it_later),
        TEST(the_tail_sent_again_early_is_a_probe),
        TEST(overtaken_segments_are_not_retransmissions),
        TEST(the_identification_tells_the_order),
        TEST(each_hole_has_its_own_age),
        TEST(several_may_be_overtaken_by_one),
        TEST(the_sender_must_have_heard_of_the_gap),
        TEST(a_late_answer_is_not_the_timer),
        TEST(a_late_sign_does_not_stop_the_timer),
        TEST(a_hole_filled_after_a_timeout_was_lost_before),
        TEST(what_is_acknowledged_unseen_was_lost_by_the_capture),
        TEST(a_duplicate_acknowledgement_needs_data_on_its_way),
        TEST(a_fin_sent_again_is_named),
        TEST(what_a_router_finds_too_large_is_sent_again_in_pieces),
        TEST(a_message_about_what_was_never_sent_is_not_believed),
        TEST(a_mere_acknowledgement_passes_over_numbers_too),
        TEST(the_same_packet_twice_is_the_captures_doing),
        TEST(acknowledgements_without_identification_may_be_alike),
        TEST(numbers_may_wrap),
        TEST(round_trips_and_flight_are_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
