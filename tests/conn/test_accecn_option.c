/* The AccECN option: RFC 9768 3.2.3. */
#include "accecn_test.h"

/* proves: RFC 9768 3.2.3.2.1 */
static void the_clients_first_data_has_the_option_again(struct rig *r)
{
    set(r, "ecn", 3);
    rig_connect(r);
    OUT(r, .flags = SYN | ASK, .seq = 0, .acc = NO_OPTION);
    IN(r, .flags = SYN | ACK | CWR, .ack = 1, .mss = 1000, .acc = "0 1 0 1");
    OUT(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1, .acc = "0 1");
    rig_send(r, 2000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 992, .acc = "0 1"); /* which takes room */
    OUT(r, .flags = ACK | ACE(5), .seq = 993, .ack = 1, .len = 1000, .acc = NO_OPTION);
}

/* proves: RFC 9768 3.2.3.2.2 */
static void first_data_that_is_lost_ends_the_option(struct rig *r)
{
    set(r, "ecn", 3);
    set(r, "tlp", 0);
    set(r, "delack", 0);
    rig_connect(r);
    rig_clear(r);
    IN(r, .flags = SYN | ACK | CWR, .ack = 1, .mss = 1000, .acc = "0 1 0 1");
    rig_clear(r);
    rig_send(r, 500);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 500, .acc = "0 1");
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 500, .acc = NO_OPTION);
    SAW(r, ACCECN_OPTION_OFF);
    rig_clear(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 501, .len = 1000, .tos = ECT0);
    OUT(r, .flags = ACK | ACE(5), .seq = 501, .ack = 1001, .acc = NO_OPTION);
}

/* proves: RFC 9768 3.2.3.3, RFC 9768 3.2.3.1 */
static void counters_stand_in_the_shorter_order(struct rig *r)
{
    agreed_quick(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = ECT1);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .acc = "1 1001");
    IN(r, .flags = ACK | ACE(5), .seq = 1001, .ack = 1, .len = 1000, .tos = CE);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 2001, .acc = "1 1001 1000");
    IN(r, .flags = ACK | ACE(5), .seq = 2001, .ack = 1, .len = 1000, .tos = ECT0);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 3001, .acc = "0 1001 1000 1001");
    IN(r, .flags = ACK | ACE(5), .seq = 3001, .ack = 1, .len = 1000, .tos = ECT0);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 4001, .acc = "0 2001 1000 1001");
}

static void data_that_is_not_ecn_capable_needs_no_option(struct rig *r)
{
    agreed_quick(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .acc = NO_OPTION);
}

/* proves: RFC 9768 3.2.3.3. SACK has precedence for two blocks, the option goes before a third. */
static void two_sack_blocks_go_before_the_option(struct rig *r)
{
    set(r, "delack", 0);
    agreed_by(r, true, "0 1 0 1");
#define BLOCK(at) IN(r, .flags = ACK | ACE(5), .seq = (at), .ack = 1, .len = 1000, .tos = ECT0, .ts = true, .tsval = 1)
    BLOCK(2001);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .sack_n = 1, .sack = {{2001, 3001}}, .acc = "0 1001");
    BLOCK(4001);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .sack_n = 2, .sack = {{4001, 5001}, {2001, 3001}}, .acc = "0 2001");
    BLOCK(6001);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .sack_n = 2, .sack = {{6001, 7001}, {4001, 5001}}, .acc = "0 3001");
    IN(r, .flags = ACK | ACE(5), .seq = 8001, .ack = 1, .len = 1000, .tos = ECT1, .ts = true, .tsval = 1);
    /* Two counters have moved, at the two ends: with 12 bytes they leave no room for two blocks. */
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .sack_n = 2, .sack = {{8001, 9001}, {6001, 7001}}, .acc = "1 1001");
    BLOCK(10001);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .sack_n = 2, .sack = {{10001, 11001}, {8001, 9001}}, .acc = "0 4001");
#undef BLOCK
}

static void the_option_is_sent_as_the_setting_says(struct rig *r)
{
    set(r, "ecn_option", 0);
    agreed_quick(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = ECT0);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .acc = NO_OPTION);
}

/* proves: RFC 9768 3.2.3.3. Change-triggered, and the one behind it. */
static void sparingly_means_on_changes(struct rig *r)
{
    set(r, "ecn_option", 1);
    agreed_quick(r);
    for (int i = 0; i < 3; i++) {
        IN(r, .flags = ACK | ACE(5), .seq = 1 + 2000 * i, .ack = 1, .len = 2000, .tos = ECT0);
        OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 2001 + 2000 * i, .acc = i == 0 ? "0 2001" : i == 1 ? "0 4001" : NO_OPTION);
    }
    IN(r, .flags = ACK | ACE(5), .seq = 6001, .ack = 1, .len = 1000, .tos = CE);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 7001, .acc = "0 6001 1000");
}

/* 3.2.3.3: the counter says itself again a few times a round trip. */
static void beacons(struct rig *r)
{
    agreed_quick(r);
    rig_send(r, 100);
    rig_clear(r);
    rig_pass(r, 90 * TERN_MS);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 101, .len = 1000, .tos = ECT0);
    OUT(r, .flags = ACK | ACE(5), .seq = 101, .ack = 1001, .acc = "0 1001");
    rig_send(r, 100);
    OUT(r, .flags = ACK | ACE(5), .seq = 101, .ack = 1001, .len = 100, .acc = NO_OPTION);
    rig_pass(r, 31 * TERN_MS); /* a third of a round trip */
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 201, .ack = 1001, .len = 992, .acc = "0 1001");
    rig_clear(r);
}

/* proves: RFC 9768 3.2.3.2.3, RFC 9768 3.2.2.5.2. Without options the safest number is taken, until one comes. */
static void a_path_that_takes_options_off(struct rig *r)
{
    reno(r);
    agreed_by(r, false, NULL);
    rig_mark(r);
    sent(r, 25);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 8001);
    SAW(r, ACCECN_WRAPPED);
    assert_int_equal(rig_status(r).delivered_ce, 8);
}

/* proves: RFC 9768 3.2.3.2.4 */
static void a_zeroed_option_is_not_believed(struct rig *r)
{
    reno(r);
    agreed_by(r, false, "0 0 0 0");
    sent(r, 25);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 8001, .acc = "0 8000 0");
    assert_int_equal(rig_status(r).delivered_ce, 8);
}

/* proves: RFC 9768 3.2.3.2.2. The answer with the option is lost, again and again. */
static void acknowledgements_that_do_not_arrive_end_the_option(struct rig *r)
{
    agreed_quick(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = ECT0);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .acc = "0 1001");
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .acc = "0 1001");
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .acc = NO_OPTION);
    SAW(r, ACCECN_OPTION_OFF);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_clients_first_data_has_the_option_again),
    RIG_TEST(first_data_that_is_lost_ends_the_option),
    RIG_TEST(counters_stand_in_the_shorter_order),
    RIG_TEST(data_that_is_not_ecn_capable_needs_no_option),
    RIG_TEST(two_sack_blocks_go_before_the_option),
    RIG_TEST(the_option_is_sent_as_the_setting_says),
    RIG_TEST(sparingly_means_on_changes),
    RIG_TEST(beacons),
    RIG_TEST(a_path_that_takes_options_off),
    RIG_TEST(a_zeroed_option_is_not_believed),
    RIG_TEST(acknowledgements_that_do_not_arrive_end_the_option),
};

RIG_MAIN(tests)
