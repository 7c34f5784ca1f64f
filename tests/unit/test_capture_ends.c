/* How connections begin and end: states of both ends, SYNs sent again, half-open ones, and each cause of a RST. */
#include "capture_test.h"

static void both_ends_states_through_a_whole_life(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460, .shift = 8);
    states(TERN_SYN_SENT, TERN_LISTEN);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460, .shift = 8);
    states(TERN_ESTABLISHED, TERN_SYN_RECEIVED);
    ack(A, 1, 1);
    states(TERN_ESTABLISHED, TERN_ESTABLISHED);
    SEND(B, .flags = FIN | ACK, .seq = 1, .ack = 1);
    states(TERN_CLOSE_WAIT, TERN_FIN_WAIT_1);
    ack(A, 1, 2);
    states(TERN_CLOSE_WAIT, TERN_FIN_WAIT_2);
    SEND(A, .flags = FIN | ACK, .seq = 1, .ack = 2);
    states(TERN_LAST_ACK, TERN_TIME_WAIT);
    ack(B, 2, 2);
    states(TERN_CLOSED, TERN_TIME_WAIT);
    none();
}

static void simultaneous_open_and_close(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = SYN, .mss = 1460);
    states(TERN_SYN_RECEIVED, TERN_SYN_RECEIVED);
    SEND(A, .flags = SYN | ACK, .ack = 1, .mss = 1460);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460);
    ack(A, 1, 1);
    ack(B, 1, 1);
    states(TERN_ESTABLISHED, TERN_ESTABLISHED);
    SEND(A, .flags = FIN | ACK, .seq = 1, .ack = 1);
    SEND(B, .flags = FIN | ACK, .seq = 1, .ack = 1);
    states(TERN_CLOSING, TERN_CLOSING);
    ack(A, 2, 2);
    ack(B, 2, 2);
    states(TERN_TIME_WAIT, TERN_TIME_WAIT);
    none();
    watch_end(cap.w);
    assert_int_equal(cap.conns, 1);
}

static void a_syn_again_and_no_answer_at_all(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    wait_ms(1000);
    SEND(A, .flags = SYN, .mss = 1460);
    wait_ms(2000);
    SEND(A, .flags = SYN, .mss = 1460);
    only(FINDING_SYN_RETRY, 2);
    assert_non_null(strstr(cap.text, "after 2000 ms (the 3. time)"));
    watch_end(cap.w);
    assert_int_equal(count(FINDING_NO_ANSWER), 1);
    assert_int_equal(cap.ended.state[A], TERN_SYN_SENT);
    assert_false(cap.ended.one_sided);
    assert_false(cap.ended.began_in_middle);
}

static void a_syn_at_the_end_of_the_capture_may_yet_be_answered(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    watch_end(cap.w);
    none();
}

static void a_syn_ack_again(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460);
    wait_ms(1000);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460);
    only(FINDING_SYNACK_RETRY, 1);
}

static void a_new_syn_while_the_other_end_holds_on_is_half_open(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 100);
    ack(B, 1, 101);
    SEND(A, .flags = SYN, .seq = 777777, .mss = 1460);
    only(FINDING_HALF_OPEN, 1);
    ack(B, 1, 101); /* the challenge */
    SEND(A, .flags = RST, .seq = 101);
    assert_int_equal(count(FINDING_RST_HALF_OPEN), 1);
    states(TERN_CLOSED, TERN_CLOSED);
    wait_ms(1000);
    SEND(A, .flags = SYN, .seq = 777777, .mss = 1460);
    SEND(B, .flags = SYN | ACK, .seq = 9000, .ack = 777778, .mss = 1460);
    states(TERN_ESTABLISHED, TERN_SYN_RECEIVED);
    assert_int_equal(cap.conns, 1);
}

static void a_new_syn_that_is_accepted_begins_a_connection(void **state)
{
    (void)state;
    open_conn();
    SEND(A, .flags = SYN, .seq = 777777, .mss = 1460);
    SEND(B, .flags = SYN | ACK, .seq = 9000, .ack = 777778, .mss = 1460);
    assert_int_equal(cap.conns, 1);
    SEND(A, .flags = ACK, .seq = 777778, .ack = 9001);
    states(TERN_ESTABLISHED, TERN_ESTABLISHED);
    assert_int_equal(cap.conn.base[A], BASE_A + 777777);
    only(FINDING_HALF_OPEN, 1);
}

static void many_timeouts_without_a_word_are_half_open(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 100);
    for (uint32_t i = 0; i < 6; i++) {
        wait_ms(200u << i);
        data(A, 1, 1, 100);
    }
    assert_int_equal(count(FINDING_RTX_TIMEOUT), 6);
    assert_int_equal(count(FINDING_HALF_OPEN), 1);
    assert_non_null(strstr(cap.text, "nothing was heard"));
}

static void unanswered_keepalives_are_half_open(void **state)
{
    (void)state;
    open_conn();
    for (int i = 0; i < 3; i++) {
        wait_ms(10000);
        ack(A, 0, 1);
    }
    assert_int_equal(count(FINDING_KEEPALIVE), 3);
    assert_int_equal(count(FINDING_HALF_OPEN), 1);
}

static void keepalives_that_are_answered(void **state)
{
    (void)state;
    open_conn();
    for (uint32_t i = 0; i < 5; i++) {
        wait_ms(10000);
        SEND(A, .flags = ACK, .ack = 1, .len = i % 2); /* with and without a byte */
        wait_ms(20);
        ack(B, 1, 1);
    }
    assert_int_equal(count(FINDING_KEEPALIVE), 5);
    assert_int_equal(count(FINDING_KEEPALIVE_ANSWER), 5);
    assert_int_equal(cap.notes, 10);
    wait_ms(100000);
    data(A, 1, 1, 10);
    ack(B, 1, 11);
    assert_int_equal(cap.notes, 10);
}

static void nobody_listens(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = RST | ACK, .ack = 1);
    only(FINDING_RST_REFUSED, 1);
    states(TERN_CLOSED, TERN_CLOSED);
    assert_non_null(strstr(cap.text, "port 80"));
}

static void refused_at_the_second_syn_is_a_firewall(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    wait_ms(1000);
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = RST | ACK, .ack = 1);
    assert_int_equal(count(FINDING_RST_FIREWALL), 1);
    assert_int_equal(count(FINDING_RST_REFUSED), 0);
}

static void a_rst_that_does_not_acknowledge_the_syn_is_ignored(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460);
    SEND(B, .flags = RST | ACK, .ack = 4711);
    only(FINDING_RST_INVALID, 1);
    states(TERN_SYN_SENT, TERN_LISTEN);
}

static void a_scanner_resets_what_it_asked_for(void **state)
{
    (void)state;
    SEND(A, .flags = SYN);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460);
    SEND(A, .flags = RST, .seq = 1);
    only(FINDING_RST_SYN_ACK, 1);
    states(TERN_CLOSED, TERN_CLOSED);
}

static void closed_with_data_unread(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    wait_ms(20);
    ack(B, 1, 1001);
    SEND(B, .flags = RST | ACK, .seq = 1, .ack = 1001);
    assert_int_equal(count(FINDING_RST_UNREAD), 1);
    assert_int_equal(count(FINDING_NO_FIN), 1);
    assert_int_equal(cap.notes, 2);
    SEND(B, .flags = RST, .seq = 1); /* to what was on its way */
    assert_int_equal(count(FINDING_RST_LATE), 1);
}

static void aborted(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 1000);
    wait_ms(20);
    ack(B, 1, 1001);
    SEND(A, .flags = RST | ACK, .seq = 1001, .ack = 1);
    assert_int_equal(count(FINDING_RST_ABORT), 1);
    assert_int_equal(count(FINDING_NO_FIN), 1);
}

static void one_that_was_rebooted_answers_with_a_bare_rst(void **state)
{
    (void)state;
    open_conn();
    wait_ms(60000);
    data(A, 1, 1, 100);
    SEND(B, .flags = RST, .seq = 1);
    assert_int_equal(count(FINDING_RST_HALF_OPEN), 1);
    assert_int_equal(count(FINDING_RST_ABORT) + count(FINDING_RST_UNREAD), 0);
}

static void data_after_the_close_draws_a_rst(void **state)
{
    (void)state;
    open_conn();
    SEND(B, .flags = FIN | ACK, .seq = 1, .ack = 1);
    ack(A, 1, 2);
    data(A, 1, 2, 100);
    SEND(B, .flags = RST, .seq = 2);
    only(FINDING_RST_AFTER_CLOSE, 1);
    states(TERN_CLOSED, TERN_CLOSED);
}

static void a_rst_after_both_fins_is_late(void **state)
{
    (void)state;
    open_conn();
    SEND(B, .flags = FIN | ACK, .seq = 1, .ack = 1);
    SEND(A, .flags = FIN | ACK, .seq = 1, .ack = 2);
    ack(B, 2, 2);
    SEND(B, .flags = RST, .seq = 2);
    only(FINDING_RST_LATE, 1);
}

static void a_rst_far_from_the_window_changes_nothing(void **state)
{
    (void)state;
    open_conn();
    SEND(B, .flags = RST | ACK, .seq = 900000, .ack = 1);
    only(FINDING_RST_INVALID, 1);
    states(TERN_ESTABLISHED, TERN_ESTABLISHED);
    assert_true(cap.row.forged);
    data(A, 1, 1, 10);
    ack(B, 1, 11);
    only(FINDING_RST_INVALID, 1);
}

static void a_rst_with_another_ttl_is_of_a_box(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 100);
    SEND(B, .flags = RST | ACK, .seq = 1, .ack = 101, .ttl = 249);
    only(FINDING_RST_MIDDLEBOX, 1);
    assert_true(cap.row.forged);
}

static void a_connection_that_just_stops(void **state)
{
    (void)state;
    open_conn();
    wait_ms(61000);
    SEND(A, .flags = SYN, .port_a = 41000, .mss = 1460); /* the capture goes on with another one */
    watch_end(cap.w);
    only(FINDING_NO_FIN, 1);
}

static void one_that_the_capture_cuts_off_is_healthy(void **state)
{
    (void)state;
    open_conn();
    data(A, 1, 1, 100);
    watch_end(cap.w);
    none();
    assert_int_equal(cap.ended.state[A], TERN_ESTABLISHED);
}

static void the_same_ports_again_are_another_connection(void **state)
{
    (void)state;
    open_conn();
    SEND(A, .flags = FIN | ACK, .seq = 1, .ack = 1);
    SEND(B, .flags = FIN | ACK, .seq = 1, .ack = 2);
    ack(A, 2, 2);
    SEND(A, .flags = SYN, .seq = 500000, .mss = 1460);
    assert_int_equal(cap.conns, 1);
    assert_int_equal(cap.conn.number, 2);
    assert_int_equal(cap.ended.number, 1);
    states(TERN_SYN_SENT, TERN_LISTEN);
    none();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_ends_states_through_a_whole_life),
        TEST(simultaneous_open_and_close),
        TEST(a_syn_again_and_no_answer_at_all),
        TEST(a_syn_at_the_end_of_the_capture_may_yet_be_answered),
        TEST(a_syn_ack_again),
        TEST(a_new_syn_while_the_other_end_holds_on_is_half_open),
        TEST(a_new_syn_that_is_accepted_begins_a_connection),
        TEST(many_timeouts_without_a_word_are_half_open),
        TEST(unanswered_keepalives_are_half_open),
        TEST(keepalives_that_are_answered),
        TEST(nobody_listens),
        TEST(refused_at_the_second_syn_is_a_firewall),
        TEST(a_rst_that_does_not_acknowledge_the_syn_is_ignored),
        TEST(a_scanner_resets_what_it_asked_for),
        TEST(closed_with_data_unread),
        TEST(aborted),
        TEST(one_that_was_rebooted_answers_with_a_bare_rst),
        TEST(data_after_the_close_draws_a_rst),
        TEST(a_rst_after_both_fins_is_late),
        TEST(a_rst_far_from_the_window_changes_nothing),
        TEST(a_rst_with_another_ttl_is_of_a_box),
        TEST(a_connection_that_just_stops),
        TEST(one_that_the_capture_cuts_off_is_healthy),
        TEST(the_same_ports_again_are_another_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
