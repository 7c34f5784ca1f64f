/* Explicit congestion notification in captures: agreement, marks and answers, and boxes that change the field or the flags. */
#include "capture_test.h"
#include "ecn_field.h"

enum { AE = TH_AE, CWR = TH_CWR, ECE = TH_ECE, ALL = AE | CWR | ECE };

static uint16_t ace(unsigned n) { return (uint16_t)(n << ACE_SHIFT); }

/* The SYN says |asked|, the SYN,ACK |said|, the last ACK |last|. */
static void open_ecn(uint16_t asked, uint16_t said, uint16_t last)
{
    SEND(A, .flags = SYN | asked, .mss = MSS_USUAL);
    wait_ms(20);
    SEND(B, .flags = SYN | ACK | said, .ack = 1, .mss = MSS_USUAL);
    cap.now += 100 * TERN_US;
    SEND(A, .flags = ACK | last, .seq = 1, .ack = 1);
    wait_ms(1);
}
static void open_classic(void) { open_ecn(CWR | ECE, ECE, 0); }
static void open_accurate(void) { open_ecn(ALL, ace(ecn_tells(ECN_NOT)), ace(ecn_tells(ECN_NOT))); }

/* One segment of 1000 bytes, the |i|th, from A, and its acknowledgement. */
static void segment(uint32_t i, uint16_t flags, uint8_t ecn)
{
    SEND(A, .flags = ACK | flags, .seq = 1 + i * 1000, .ack = 1, .len = 1000, .ecn = ecn);
    wait_ms(1);
}
static void answer(uint32_t i, uint16_t flags)
{
    SEND(B, .flags = ACK | flags, .seq = 1, .ack = 1001 + i * 1000);
    wait_ms(1);
}

static void what_is_agreed_and_not_marked_is_no_finding(void **state)
{
    (void)state;
    open_classic();
    for (uint32_t i = 0; i < 30; i++) segment(i, 0, ECN_ECT0), answer(i, 0);
    none();
}

static void so_it_is_with_counters(void **state)
{
    (void)state;
    open_accurate();
    for (uint32_t i = 0; i < 30; i++) segment(i, ace(ACE_FIRST), ECN_ECT0), answer(i, ace(ACE_FIRST));
    none();
}

static void a_mark_its_echo_and_the_answer_are_told(void **state)
{
    (void)state;
    open_classic();
    segment(0, 0, ECN_CE);
    assert_int_equal(count(FINDING_ECN_MARKED), 1);
    answer(0, ECE);
    segment(1, 0, ECN_ECT0);
    answer(1, ECE); /* the same echo */
    assert_int_equal(count(FINDING_ECN_ECHO), 1);
    assert_int_equal(count(FINDING_ECN_REDUCED), 0);
    segment(2, CWR, ECN_ECT0);
    answer(2, 0);
    assert_int_equal(count(FINDING_ECN_REDUCED), 1);
    segment(3, 0, ECN_CE);
    answer(3, ECE);
    assert_int_equal(count(FINDING_ECN_ECHO), 2);
    assert_int_equal(cap.notes, 5);
}

static void a_counter_that_moves_tells_how_many(void **state)
{
    (void)state;
    open_accurate();
    for (uint32_t i = 0; i < 4; i++) segment(i, ace(ACE_FIRST), ECN_CE);
    answer(3, ace(ACE_FIRST + 4)); /* 9 is 1 */
    assert_int_equal(count(FINDING_ECN_ECHO), 1);
    assert_non_null(strstr(cap.text, "moves by 4"));
    answer(3, ace(ACE_FIRST + 2)); /* overtaken on its way */
    segment(4, ace(ACE_FIRST), ECN_ECT0);
    answer(4, ace(ACE_FIRST + 4));
    assert_int_equal(count(FINDING_ECN_ECHO), 1);
    assert_int_equal(count(FINDING_ECN_MARKED), 4);
    assert_int_equal(cap.notes, 5);
}

static void flags_of_a_connection_without_ecn_tell_of_nothing(void **state)
{
    (void)state;
    open_ecn(0, 0, 0);
    segment(0, CWR, ECN_NOT);
    answer(0, ECE);
    none();
}

static void marks_that_are_never_told_of(void **state)
{
    (void)state;
    open_classic();
    for (uint32_t i = 0; i < 2; i++) segment(i, 0, ECN_CE), answer(i, 0);
    assert_int_equal(count(FINDING_ECN_NOT_ECHOED), 0);
    for (uint32_t i = 2; i < 6; i++) segment(i, 0, ECN_CE), answer(i, 0);
    assert_int_equal(count(FINDING_ECN_NOT_ECHOED), 1);
    assert_int_equal(cap.notes, 6 + 1);
}

static void an_acknowledgement_of_less_says_nothing_of_the_mark(void **state)
{
    (void)state;
    open_classic();
    segment(0, 0, ECN_ECT0);
    for (uint32_t i = 1; i < 6; i++) segment(i, 0, ECN_CE), answer(0, 0);
    assert_int_equal(count(FINDING_ECN_NOT_ECHOED), 0);
}

/* What is sent again may have been marked on a way on which it was lost: only new data counts. */
static void a_mark_on_what_is_sent_again_proves_nothing(void **state)
{
    (void)state;
    open_classic();
    segment(0, 0, ECN_ECT0);
    answer(0, 0);
    for (uint32_t i = 0; i < 5; i++) segment(0, 0, ECN_CE), answer(0, 0);
    assert_int_equal(count(FINDING_ECN_NOT_ECHOED), 0);
}

static void one_echo_is_enough(void **state)
{
    (void)state;
    open_classic();
    segment(0, 0, ECN_CE);
    answer(0, ECE);
    for (uint32_t i = 1; i < 6; i++) segment(i, CWR, ECN_CE), answer(i, 0);
    assert_int_equal(count(FINDING_ECN_NOT_ECHOED), 0);
}

static void a_counter_that_stands_still_is_found(void **state)
{
    (void)state;
    open_accurate();
    for (uint32_t i = 0; i < 3; i++) segment(i, ace(ACE_FIRST), ECN_CE), answer(i, ace(ACE_FIRST));
    assert_int_equal(count(FINDING_ECN_NOT_ECHOED), 1);
}

static void a_syn_that_asks_no_more_is_told(void **state)
{
    (void)state;
    SEND(A, .flags = SYN | CWR | ECE, .mss = MSS_USUAL);
    wait_ms(1000);
    SEND(A, .flags = SYN, .mss = MSS_USUAL);
    assert_int_equal(count(FINDING_ECN_FALLBACK), 1);
    wait_ms(1000);
    SEND(A, .flags = SYN, .mss = MSS_USUAL);
    assert_int_equal(count(FINDING_ECN_FALLBACK), 1);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = MSS_USUAL);
    ack(A, 1, 1);
    segment(0, 0, ECN_NOT);
    assert_int_equal(cap.notes, 3);
    assert_int_equal(count(FINDING_SYN_RETRY), 2);
}

/* The answer is to the first one, which had been on its way long. */
static void what_the_first_syn_asked_for_may_be_agreed_on(void **state)
{
    (void)state;
    SEND(A, .flags = SYN | CWR | ECE, .mss = MSS_USUAL);
    wait_ms(1000);
    SEND(A, .flags = SYN, .mss = MSS_USUAL);
    SEND(B, .flags = SYN | ACK | ECE, .ack = 1, .mss = MSS_USUAL);
    ack(A, 1, 1);
    segment(0, 0, ECN_ECT0);
    answer(0, ECE);
    assert_int_equal(count(FINDING_ECN_MANGLED), 0);
    assert_int_equal(count(FINDING_ECN_ECHO), 1);
}

static void a_syn_that_asks_again_is_no_fallback(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        SEND(A, .flags = SYN | CWR | ECE, .mss = MSS_USUAL);
        wait_ms(1000);
    }
    assert_int_equal(count(FINDING_ECN_FALLBACK), 0);
}

static void agreed_and_not_used_is_told_once(void **state)
{
    (void)state;
    open_classic();
    for (uint32_t i = 0; i < 9; i++) segment(i, 0, ECN_NOT), answer(i, 0);
    none();
    for (uint32_t i = 9; i < 30; i++) segment(i, 0, ECN_NOT), answer(i, 0);
    only(FINDING_ECN_UNUSED, 1);
}

static void a_pause_of_ect_is_no_finding(void **state)
{
    (void)state;
    open_classic();
    segment(0, 0, ECN_ECT0);
    for (uint32_t i = 1; i < 30; i++) segment(i, 0, ECN_NOT), answer(i, 0);
    none();
}

static void a_field_without_agreement_is_found(void **state)
{
    (void)state;
    open_ecn(CWR | ECE, 0, 0);
    segment(0, 0, ECN_NOT);
    none();
    segment(1, 0, ECN_ECT1);
    segment(2, 0, ECN_CE);
    only(FINDING_ECN_MANGLED, 1);
}

static void the_middle_of_a_connection_tells_nothing(void **state)
{
    (void)state;
    ack(B, 1, 1);
    segment(0, 0, ECN_CE);
    answer(0, ECE);
    for (uint32_t i = 1; i < 6; i++) segment(i, CWR, ECN_CE), answer(i, 0);
    none();
}

/* ---- what the handshake of RFC 9768 tells ---- */

/* The SYN leaves with |sent|, and the SYN,ACK tells of |came|. */
static void syn_with(uint8_t sent, unsigned came)
{
    SEND(A, .flags = SYN | ALL, .mss = MSS_USUAL, .ecn = sent);
    wait_ms(20);
    SEND(B, .flags = SYN | ACK | ace(ecn_tells(came)), .ack = 1, .mss = MSS_USUAL);
}

static void a_syn_that_arrives_as_it_was_sent(void **state)
{
    (void)state;
    syn_with(ECN_ECT0, ECN_ECT0);
    none();
}
static void a_syn_that_was_marked_may_be(void **state)
{
    (void)state;
    syn_with(ECN_ECT0, ECN_CE);
    none();
}
static void a_syn_that_lost_its_field_was_bleached(void **state)
{
    (void)state;
    syn_with(ECN_ECT0, ECN_NOT);
    only(FINDING_ECN_BLEACHED, 1);
}
static void a_syn_that_got_a_field_was_mangled(void **state)
{
    (void)state;
    syn_with(ECN_NOT, ECN_CE);
    only(FINDING_ECN_MANGLED, 1);
}
static void the_answer_may_be_to_the_syn_that_was_sent_again(void **state)
{
    (void)state;
    SEND(A, .flags = SYN | ALL, .mss = MSS_USUAL, .ecn = ECN_ECT0);
    wait_ms(1000);
    syn_with(ECN_NOT, ECN_NOT);
    assert_int_equal(count(FINDING_ECN_BLEACHED), 0);
}
static void a_server_that_repeats_the_flags_is_found(void **state)
{
    (void)state;
    open_ecn(ALL, ALL, 0);
    only(FINDING_ECN_MANGLED, 1);
    segment(0, 0, ECN_NOT);
    answer(0, 0);
    only(FINDING_ECN_MANGLED, 1);
}
static void the_last_ack_tells_of_the_syn_ack(void **state)
{
    (void)state;
    SEND(A, .flags = SYN | ALL, .mss = MSS_USUAL);
    SEND(B, .flags = SYN | ACK | ace(ecn_tells(ECN_NOT)), .ack = 1, .mss = MSS_USUAL, .ecn = ECN_ECT0);
    SEND(A, .flags = ACK | ace(ecn_tells(ECN_NOT)), .seq = 1, .ack = 1);
    only(FINDING_ECN_BLEACHED, 1);
}
static void a_counter_that_begins_with_zero_is_found(void **state)
{
    (void)state;
    open_ecn(ALL, ace(ecn_tells(ECN_NOT)), 0);
    only(FINDING_ECN_MANGLED, 1);
}
static void counters_of_bytes_that_stand_still_show_a_bleached_path(void **state)
{
    (void)state;
    open_accurate();
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(count(FINDING_ECN_BLEACHED), 0);
        segment(i, ace(ACE_FIRST), ECN_ECT0);
        SEND(B, .flags = ACK | ace(ACE_FIRST), .seq = 1, .ack = 1 + i * 1000, .accecn = {1, 0, 1}); /* of the one before */
        assert_int_equal(count(FINDING_ECN_BLEACHED), 0);
        SEND(B, .flags = ACK | ace(ACE_FIRST), .seq = 1, .ack = 1001 + i * 1000, .accecn = {1, 0, 1});
    }
    assert_int_equal(count(FINDING_ECN_BLEACHED), 1);
}
static void counters_of_bytes_that_move_are_fine(void **state)
{
    (void)state;
    open_accurate();
    for (uint32_t i = 0; i < 20; i++) {
        segment(i, ace(ACE_FIRST), ECN_ECT0);
        SEND(B, .flags = ACK | ace(ACE_FIRST), .seq = 1, .ack = 1001 + i * 1000, .accecn = {1001 + i * 1000, 0, 1});
    }
    none();
}

/* ---- the same packet at two places ---- */

static void twice(uint8_t before, uint8_t after)
{
    open_classic();
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .ecn = before, .id = 7, .ttl = 64);
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .ecn = after, .id = 7, .ttl = 63);
}
static void the_same_field_at_both_places(void **state)
{
    (void)state;
    twice(ECN_ECT0, ECN_ECT0);
    only(FINDING_CAPTURE_DUP, 1);
}
static void marked_between_two_places(void **state)
{
    (void)state;
    twice(ECN_ECT0, ECN_CE);
    only(FINDING_CAPTURE_DUP, 1);
}
static void bleached_between_two_places(void **state)
{
    (void)state;
    twice(ECN_ECT0, ECN_NOT);
    assert_int_equal(count(FINDING_ECN_BLEACHED), 1);
    assert_int_equal(cap.notes, 2);
}
static void mangled_between_two_places(void **state)
{
    (void)state;
    twice(ECN_NOT, ECN_ECT0);
    assert_int_equal(count(FINDING_ECN_MANGLED), 1);
    assert_int_equal(cap.notes, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_agreed_and_not_marked_is_no_finding),
        TEST(so_it_is_with_counters),
        TEST(a_mark_its_echo_and_the_answer_are_told),
        TEST(a_counter_that_moves_tells_how_many),
        TEST(flags_of_a_connection_without_ecn_tell_of_nothing),
        TEST(marks_that_are_never_told_of),
        TEST(a_mark_on_what_is_sent_again_proves_nothing),
        TEST(one_echo_is_enough),
        TEST(an_acknowledgement_of_less_says_nothing_of_the_mark),
        TEST(what_the_first_syn_asked_for_may_be_agreed_on),
        TEST(a_counter_that_stands_still_is_found),
        TEST(a_syn_that_asks_no_more_is_told),
        TEST(a_syn_that_asks_again_is_no_fallback),
        TEST(agreed_and_not_used_is_told_once),
        TEST(a_pause_of_ect_is_no_finding),
        TEST(a_field_without_agreement_is_found),
        TEST(the_middle_of_a_connection_tells_nothing),
        TEST(a_syn_that_arrives_as_it_was_sent),
        TEST(a_syn_that_was_marked_may_be),
        TEST(a_syn_that_lost_its_field_was_bleached),
        TEST(a_syn_that_got_a_field_was_mangled),
        TEST(the_answer_may_be_to_the_syn_that_was_sent_again),
        TEST(a_server_that_repeats_the_flags_is_found),
        TEST(the_last_ack_tells_of_the_syn_ack),
        TEST(a_counter_that_begins_with_zero_is_found),
        TEST(counters_of_bytes_that_stand_still_show_a_bleached_path),
        TEST(counters_of_bytes_that_move_are_fine),
        TEST(the_same_field_at_both_places),
        TEST(marked_between_two_places),
        TEST(bleached_between_two_places),
        TEST(mangled_between_two_places),
    };
    return cmocka_run_group_tests_name("ECN in captures", tests, NULL, NULL);
}
