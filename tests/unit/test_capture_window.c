/* Windows, MSS, timestamps, checksums, options, and numbers that a box on the way has changed. */
#include "capture_test.h"

static void a_window_that_closes_and_opens(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .closed = true);
    only(FINDING_ZERO_WINDOW, 1);
    assert_non_null(strstr(cap.text, "198.51.100.2:80 does not read"));
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .closed = true);
    only(FINDING_ZERO_WINDOW, 1); /* told once */
    wait_ms(250);
    ack(A, 1000, 1); /* Linux probes with the byte before */
    assert_int_equal(count(FINDING_ZERO_PROBE), 1);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .closed = true);
    wait_ms(250);
    data(A, 1001, 1, 1); /* others with the next byte */
    assert_int_equal(count(FINDING_ZERO_PROBE), 2);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .closed = true);
    wait_ms(500);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001);
    assert_int_equal(count(FINDING_WINDOW_OPEN), 1);
    assert_non_null(strstr(cap.text, "after 1000 ms: 65535 bytes"));
    data(A, 1001, 1, 1000); /* the probe's byte among them */
    assert_int_equal(cap.notes, 4);
}

static void open_with_window(uint16_t wnd)
{
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460, .wnd = wnd);
    ack(A, 1, 1);
}

static void a_window_is_filled(void **state)
{
    (void)state;
    open_with_window(2000);
    data(A, 1, 1, 1000);
    none();
    data(A, 1001, 1, 1000);
    only(FINDING_WINDOW_FULL, 1);
    SEND(B, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 2000);
    data(A, 2001, 1, 1000);
    data(A, 3001, 1, 1000);
    only(FINDING_WINDOW_FULL, 2);
}

static void bytes_beyond_the_window(void **state)
{
    (void)state;
    open_with_window(1000);
    data(A, 1, 1, 900);
    none();
    data(A, 901, 1, 1000);
    only(FINDING_BEYOND_WINDOW, 1);
    assert_non_null(strstr(cap.text, "900 bytes beyond"));
}

static void windows_are_scaled(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460, .shift = 8, .wnd = 64240);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460, .shift = 3, .wnd = 1000);
    assert_int_equal(cap.row.tcb[A].snd_wnd, 1000); /* a SYN's window is not scaled */
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .wnd = 502);
    assert_int_equal(cap.row.seg.wnd, 502 << 7);
    assert_int_equal(cap.row.seg.wnd_raw, 502);
    assert_int_equal(cap.row.tcb[B].snd_wnd, 502 << 7);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .wnd = 1000);
    assert_int_equal(cap.row.tcb[A].snd_wnd, 4000);
    none();
}

static void the_scale_is_lost_on_the_way(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460, .shift = 8);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460);
    only(FINDING_WSCALE, 1);
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .wnd = 500);
    assert_int_equal(cap.row.seg.wnd, 500);
}

static void a_sender_that_does_not_know_of_the_scale(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460, .shift = 8);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460, .shift = 8);
    ack(A, 1, 1);
    for (uint32_t i = 0; i < 3; i++) {
        SEND(B, .flags = ACK, .seq = 1, .ack = 1 + 500 * i, .wnd = 500);
        data(A, 1 + 500 * i, 1, 500);
        wait_ms(20);
    }
    only(FINDING_WSCALE, 1);
    assert_non_null(strstr(cap.text, "64000"));
}

/* What the SYN,ACK's window let through, which is never scaled, arrives after windows that are small without their scale. */
static void a_first_flight_is_no_sign_of_scaling(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460, .shift = 8);
    SEND(B, .flags = SYN | ACK, .ack = 1, .wnd = 20000, .mss = 1460, .shift = 8);
    ack(A, 1, 1);
    for (uint32_t i = 0; i < 4; i++) {
        data(A, 1 + 1460 * i, 1, 1460);
        SEND(B, .flags = ACK, .seq = 1, .ack = 1 + 1460 * (i + 1), .wnd = 500);
    }
    for (uint32_t i = 0; i < 3; i++) {
        none();
        data(A, 5841 + 500 * i, 1, 500);
        SEND(B, .flags = ACK, .seq = 1, .ack = 5841 + 500 * (i + 1), .wnd = 500);
        wait_ms(20);
    }
    only(FINDING_WSCALE, 1);
}

static void who_scales_is_believed(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460, .shift = 8);
    SEND(B, .flags = SYN | ACK, .ack = 1, .wnd = 1000, .mss = 1460, .shift = 8);
    ack(A, 1, 1);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .wnd = 500);
    data(A, 1, 1, 1460); /* more than it could send without the scale */
    for (uint32_t i = 0; i < 4; i++) {
        SEND(B, .flags = ACK, .seq = 1, .ack = 1461 + 500 * i, .wnd = 500);
        data(A, 1461 + 500 * i, 1, 500);
        wait_ms(20);
    }
    none();
}

static void segments_above_the_mss(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 536);
    ack(A, 1, 1);
    for (uint32_t i = 0; i < 3; i++) data(A, 1 + 1000 * i, 1, 1000);
    only(FINDING_MSS, 1);
}

static void packets_before_the_card_cuts_them_are_not_above_it(void **state)
{
    (void)state;
    open_conn();
    for (uint32_t i = 0; i < 5; i++) data(A, 1 + 2920 * i, 1, 2920);
    for (uint32_t i = 0; i < 5; i++) SEND(A, .flags = ACK | PSH, .seq = 14601 + 2000 * i, .ack = 1, .len = 2000);
    none();
}

static void a_window_that_opens_by_crumbs(void **state)
{
    (void)state;
    open_conn();
    ack(B, 1, 1);
    uint32_t at = 1;
    for (uint32_t left = 65535; left > 0;) { /* all of it is used */
        uint32_t n = left < 1460 ? left : 1460;
        data(A, at, 1, n);
        at += n;
        left -= n;
    }
    SEND(B, .flags = ACK, .seq = 1, .ack = at, .closed = true);
    for (int i = 0; i < 3; i++) {
        SEND(B, .flags = ACK, .seq = 1, .ack = at, .wnd = 60);
        data(A, at, 1, 60);
        at += 60;
        SEND(B, .flags = ACK, .seq = 1, .ack = at, .closed = true);
    }
    assert_int_equal(count(FINDING_SILLY), 1);
}

static void a_window_that_opens_at_once_is_not_silly(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .closed = true);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .wnd = 30000);
    data(A, 1001, 1, 1000);
    assert_int_equal(count(FINDING_SILLY), 0);
}

static void open_with_timestamps(void)
{
    SEND(A, .flags = SYN, .mss = 1460, .ts_val = 100);
    wait_ms(20);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460, .ts_val = 7000, .ts_ecr = 100);
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .ts_val = 120, .ts_ecr = 7000);
}

static void timestamps_in_order(void **state)
{
    (void)state;
    open_with_timestamps();
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = 130, .ts_ecr = 7000);
    SEND(B, .flags = ACK, .seq = 1, .ack = 11, .ts_val = 7030, .ts_ecr = 130);
    SEND(B, .flags = RST, .seq = 1); /* needs none */
    assert_int_equal(count(FINDING_TS_MISSING) + count(FINDING_TS_BACK) + count(FINDING_TS_ECHO), 0);
}

static void a_timestamp_goes_back(void **state)
{
    (void)state;
    open_with_timestamps();
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = 50, .ts_ecr = 7000);
    only(FINDING_TS_BACK, 1);
}

/* RFC 7323 4.3: what comes behind a gap does not count, so what left before it may be older. */
static void a_timestamp_from_behind_a_gap_is_not_the_newest(void **state)
{
    (void)state;
    open_with_timestamps();
    SEND(A, .flags = ACK, .seq = 1001, .ack = 1, .len = 1000, .ts_val = 150, .ts_ecr = 7000, .id = 210);
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .ts_val = 140, .ts_ecr = 7000, .id = 209);
    SEND(A, .flags = ACK, .seq = 3001, .ack = 1, .ts_val = 170, .ts_ecr = 7000, .id = 212);
    SEND(A, .flags = ACK, .seq = 2001, .ack = 1, .len = 1000, .ts_val = 160, .ts_ecr = 7000, .id = 211);
    only(FINDING_OUT_OF_ORDER, 2);
    SEND(B, .flags = ACK, .seq = 1, .ack = 3001, .ts_val = 7030, .ts_ecr = 170);
    SEND(A, .flags = ACK, .seq = 3001, .ack = 1, .len = 10, .ts_val = 155, .ts_ecr = 7030);
    assert_int_equal(count(FINDING_TS_BACK), 1);
}

/* The echo of a timestamp that only a segment had which the capture lost. */
static void the_echo_of_what_was_not_captured_is_none(void **state)
{
    (void)state;
    open_with_timestamps();
    SEND(B, .flags = ACK, .seq = 1, .ack = 1001, .ts_val = 7030, .ts_ecr = 150);
    only(FINDING_CAPTURE_LOST, 1);
}

static void a_timestamp_is_missing(void **state)
{
    (void)state;
    open_with_timestamps();
    data(A, 1, 1, 10);
    data(A, 11, 1, 10);
    only(FINDING_TS_MISSING, 1);
}

static void an_echo_of_what_was_never_sent(void **state)
{
    (void)state;
    open_with_timestamps();
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = 130, .ts_ecr = 99999);
    only(FINDING_TS_ECHO, 1);
}

static void a_wrong_checksum_and_one_to_be_completed(void **state)
{
    (void)state;
    open_conn();
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .bad_sum = true);
    only(FINDING_CSUM_WRONG, 1);
    assert_int_equal(cap.row.tcb[A].snd_nxt, BASE_A + 1); /* it does not count */
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .half_sum = true);
    SEND(A, .flags = ACK, .seq = 11, .ack = 1, .len = 10, .half_sum = true);
    assert_int_equal(count(FINDING_CSUM_OFFLOADED), 1);
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 0);
    SEND(A, .flags = ACK, .seq = 21, .ack = 1, .len = 10, .bad_sum = true, .snap = 45);
    assert_int_equal(count(FINDING_CSUM_WRONG), 1); /* cut: nobody knows */
}

static void options_that_were_not_offered(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460, .ts_val = 1, .ts_ecr = 1);
    assert_int_equal(count(FINDING_OPTIONS_CHANGED), 1);
    assert_non_null(strstr(cap.text, "TSopt"));
}

static void a_timestamp_that_was_not_agreed_on(void **state)
{
    (void)state;
    open_conn();
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .ts_val = 9, .ts_ecr = 9);
    only(FINDING_OPTIONS_CHANGED, 1);
}

static void a_clamped_mss_in_the_syn_sent_again(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    wait_ms(1000);
    SEND(A, .flags = SYN, .mss = 1360);
    assert_int_equal(count(FINDING_OPTIONS_CHANGED), 1);
    assert_non_null(strstr(cap.text, "1460 before and 1360 now"));
}

static void a_syn_ack_to_another_number(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = SYN | ACK, .ack = 500001, .mss = 1460);
    assert_true(count(FINDING_NUMBERS_SHIFTED) >= 1);
}

static void sack_blocks_from_elsewhere(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    data(A, 1001, 1, 1000);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .sack = {{500000000, 500001000}});
    assert_int_equal(count(FINDING_NUMBERS_SHIFTED), 1);
    SEND(B, .flags = ACK, .seq = 1, .ack = 1, .sack = {{500000000, 500001000}});
    assert_int_equal(count(FINDING_NUMBERS_SHIFTED), 1); /* told once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_window_that_closes_and_opens),
        TEST(a_window_is_filled),
        TEST(bytes_beyond_the_window),
        TEST(windows_are_scaled),
        TEST(the_scale_is_lost_on_the_way),
        TEST(a_sender_that_does_not_know_of_the_scale),
        TEST(a_first_flight_is_no_sign_of_scaling),
        TEST(who_scales_is_believed),
        TEST(segments_above_the_mss),
        TEST(packets_before_the_card_cuts_them_are_not_above_it),
        TEST(a_window_that_opens_by_crumbs),
        TEST(a_window_that_opens_at_once_is_not_silly),
        TEST(timestamps_in_order),
        TEST(a_timestamp_goes_back),
        TEST(a_timestamp_from_behind_a_gap_is_not_the_newest),
        TEST(the_echo_of_what_was_not_captured_is_none),
        TEST(a_timestamp_is_missing),
        TEST(an_echo_of_what_was_never_sent),
        TEST(a_wrong_checksum_and_one_to_be_completed),
        TEST(options_that_were_not_offered),
        TEST(a_timestamp_that_was_not_agreed_on),
        TEST(a_clamped_mss_in_the_syn_sent_again),
        TEST(a_syn_ack_to_another_number),
        TEST(sack_blocks_from_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
