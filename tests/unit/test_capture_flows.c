/* Captures that see only a part: one direction, the middle, many connections in little memory. */
#include "capture_test.h"

static void one_direction_alone(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460, .shift = 8);
    wait_ms(20);
    ack(A, 1, 1);
    for (uint32_t i = 0; i < 50; i++) {
        SEND(A, .flags = ACK, .seq = 1 + 1000 * i, .ack = 1 + 500 * i, .len = 1000, .wnd = 300);
        wait_ms(5);
    }
    states(TERN_ESTABLISHED, TERN_ESTABLISHED);
    SEND(A, .flags = FIN | ACK, .seq = 50001, .ack = 25000);
    states(TERN_FIN_WAIT_1, TERN_CLOSE_WAIT);
    watch_end(cap.w);
    assert_true(cap.ended.one_sided);
    none();
}

static void the_other_direction_alone(void **state)
{
    (void)state;
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460, .shift = 8);
    assert_int_equal(cap.row.side, STORY_B); /* who answers is not the opener */
    data(B, 1, 100, 1000);
    data(B, 1001, 200, 1000);
    watch_end(cap.w);
    assert_true(cap.ended.one_sided);
    assert_false(cap.ended.began_in_middle);
    none();
}

static void retransmissions_show_in_one_direction_too(void **state)
{
    (void)state;
    data(A, 1, 1, 1000);
    data(A, 1001, 1, 1000);
    wait_ms(300);
    data(A, 1, 1, 1000);
    only(FINDING_RTX_TIMEOUT, 1);
    for (uint32_t i = 0; i < 8; i++) {
        wait_ms(400);
        data(A, 1, 1, 1000);
    }
    assert_int_equal(count(FINDING_HALF_OPEN), 0); /* nobody knows what the other one said */
}

static void the_middle_of_a_connection(void **state)
{
    (void)state;
    data(A, 100000, 50000, 1000);
    states(TERN_ESTABLISHED, TERN_ESTABLISHED);
    assert_false(cap.row.tcb[A].known & (STORY_ISS | STORY_SND_WND));
    wait_ms(20);
    ack(B, 50000, 101000);
    for (uint32_t i = 0; i < 100; i++) data(A, 101000 + 1000 * i, 50000, 1000); /* beyond 65535: the scale is not known */
    none();
    assert_true(cap.conn.base_known[A]);
    assert_int_equal(cap.conn.base[A], BASE_A + 99999);
    watch_end(cap.w);
    assert_true(cap.ended.began_in_middle);
}

static void the_middle_begins_with_an_acknowledgement(void **state)
{
    (void)state;
    ack(B, 1, 5000);
    data(A, 5000, 1, 1000);
    ack(B, 1, 6000);
    none();
}

static void the_middle_begins_with_data_on_its_way(void **state)
{
    (void)state;
    data(A, 9000, 1, 1000);
    ack(B, 1, 7000); /* older than all that was seen */
    ack(B, 1, 8000);
    ack(B, 1, 9000);
    ack(B, 1, 10000);
    none();
}

static void connections_are_forgotten_when_there_are_too_many(void **state)
{
    (void)state;
    watch_free(cap.w);
    const struct watch_config cfg = {.row = take_row, .conns_max = 8};
    start_with(&cfg, DLT_RAW_);
    for (uint16_t i = 0; i < 100; i++) {
        SEND(A, .flags = SYN, .port_a = (uint16_t)(1000 + i), .mss = 1460);
        assert_true(cap.row.conn < 8);
        assert_int_equal(cap.conn.end[STORY_A].port, 1000 + i);
        assert_int_equal(cap.conn.number, i + 1u);
        wait_ms(1);
    }
    assert_int_equal(cap.conns, 92);
    assert_int_equal(cap.ended.end[STORY_A].port, 1000 + 91); /* the one that was quiet longest */
    watch_end(cap.w);
    assert_int_equal(cap.conns, 100);
}

static void a_connection_in_use_stays(void **state)
{
    (void)state;
    watch_free(cap.w);
    const struct watch_config cfg = {.row = take_row, .conns_max = 8};
    start_with(&cfg, DLT_RAW_);
    open_conn();
    for (uint16_t i = 0; i < 100; i++) {
        SEND(A, .flags = SYN, .port_a = (uint16_t)(1000 + i), .mss = 1460);
        data(A, 1 + i, 1, 1);
        assert_int_equal(cap.conn.number, 1);
        ack(B, 1, 2 + i);
    }
    none();
}

static void a_summary_makes_no_rows(void **state)
{
    (void)state;
    watch_free(cap.w);
    const struct watch_config cfg = {0};
    start_with(&cfg, DLT_RAW_);
    open_conn();
    data(A, 1, 1, 1000);
    wait_ms(300);
    data(A, 1, 1, 1000);
    watch_end(cap.w);
    struct watch_totals t;
    watch_totals(cap.w, &t);
    assert_int_equal(t.packets, 5);
    assert_int_equal(t.conns, 1);
    assert_int_equal(t.finding[FINDING_RTX_TIMEOUT], 1);
    assert_int_equal(cap.ended.finding[FINDING_RTX_TIMEOUT], 1);
    assert_int_equal(cap.ended.packets[A], 4);
    assert_int_equal(cap.ended.bytes[A], 2000);
    assert_int_equal(cap.rows, 0);
}

static void an_end_that_talks_to_itself_does_no_harm(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        build(A, &(struct packet){.flags = i % 3 ? ACK : SYN, .seq = 7 * i, .ack = 3 * i, .len = i}, 0);
        memcpy(cap.bytes + 16, cap.bytes + 12, 4);
        memcpy(cap.bytes + 22, cap.bytes + 20, 2);
        see(0);
    }
    watch_end(cap.w);
    assert_int_equal(cap.conns + 0u, cap.ended.number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_direction_alone),
        TEST(the_other_direction_alone),
        TEST(retransmissions_show_in_one_direction_too),
        TEST(the_middle_of_a_connection),
        TEST(the_middle_begins_with_an_acknowledgement),
        TEST(the_middle_begins_with_data_on_its_way),
        TEST(connections_are_forgotten_when_there_are_too_many),
        TEST(a_connection_in_use_stays),
        TEST(a_summary_makes_no_rows),
        TEST(an_end_that_talks_to_itself_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
