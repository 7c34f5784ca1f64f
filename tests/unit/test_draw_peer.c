/* The peer's state, from the segments alone. Our numbers begin at 100, the peer's at 300, as in RFC 9293's figures. */
#include "unit.h"

#include "peer.h"
#include "tcp.h"

static struct peer peer;

static void start(void) { peer = (struct peer){0}; }

static enum tern_state out(uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
    const struct tern_ev_seg s = {.flags = flags, .seq = seq, .ack = ack, .len = len};
    peer_out(&peer, &s);
    return peer_state(&peer);
}

static enum tern_state in(uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
    const struct tern_ev_seg s = {.flags = flags, .seq = seq, .ack = ack, .len = len};
    peer_in(&peer, &s);
    return peer_state(&peer);
}

enum { SYN = TH_SYN, ACK = TH_ACK, FIN = TH_FIN, RST = TH_RST };

static void open_actively(void)
{
    start();
    out(SYN, 100, 0, 0);
    in(SYN | ACK, 300, 101, 0);
    out(ACK, 101, 301, 0);
}

static void a_passive_peer_follows_our_handshake(void **state)
{
    (void)state;
    start();
    assert_int_equal(out(SYN, 100, 0, 0), TERN_LISTEN);
    assert_int_equal(in(SYN | ACK, 300, 101, 0), TERN_SYN_RECEIVED);
    assert_int_equal(out(ACK, 101, 301, 0), TERN_ESTABLISHED);
}

static void an_active_peer_is_established_by_our_syn_ack(void **state)
{
    (void)state;
    start();
    assert_int_equal(in(SYN, 300, 0, 0), TERN_SYN_SENT);
    assert_int_equal(out(SYN | ACK, 100, 301, 0), TERN_ESTABLISHED);
    assert_int_equal(in(ACK, 301, 101, 0), TERN_ESTABLISHED);
}

static void a_syn_ack_again_says_that_our_ack_was_lost(void **state)
{
    (void)state;
    open_actively();
    assert_int_equal(peer_state(&peer), TERN_ESTABLISHED);
    assert_int_equal(in(SYN | ACK, 300, 101, 0), TERN_SYN_RECEIVED);
    assert_int_equal(out(ACK, 101, 301, 0), TERN_ESTABLISHED);
}

static void both_syns_cross_in_a_simultaneous_open(void **state)
{
    (void)state;
    start();
    out(SYN, 100, 0, 0);
    assert_int_equal(in(SYN, 300, 0, 0), TERN_SYN_RECEIVED); /* when our SYN reaches it */
    assert_int_equal(out(SYN | ACK, 100, 301, 0), TERN_ESTABLISHED);
}

static void our_fin_brings_the_peer_to_close_wait(void **state)
{
    (void)state;
    open_actively();
    assert_int_equal(out(FIN | ACK, 101, 301, 0), TERN_CLOSE_WAIT);
    assert_int_equal(in(ACK, 301, 102, 0), TERN_CLOSE_WAIT);
    assert_int_equal(in(FIN | ACK, 301, 102, 0), TERN_LAST_ACK);
    assert_int_equal(out(ACK, 102, 302, 0), TERN_CLOSED);
}

static void a_peer_that_closes_first_rests_in_time_wait(void **state)
{
    (void)state;
    open_actively();
    assert_int_equal(in(FIN | ACK, 301, 101, 0), TERN_FIN_WAIT_1);
    assert_int_equal(out(ACK, 101, 302, 0), TERN_FIN_WAIT_2);
    assert_int_equal(out(FIN | ACK, 101, 302, 0), TERN_TIME_WAIT);
    assert_int_equal(in(ACK, 302, 102, 0), TERN_TIME_WAIT);
}

static void fin_and_ack_together_lead_straight_to_time_wait(void **state)
{
    (void)state;
    open_actively();
    assert_int_equal(in(FIN | ACK, 301, 101, 0), TERN_FIN_WAIT_1);
    assert_int_equal(out(FIN | ACK, 101, 302, 0), TERN_TIME_WAIT);
}

static void crossing_fins_bring_the_peer_to_closing(void **state)
{
    (void)state;
    open_actively();
    out(FIN | ACK, 101, 301, 0);
    assert_int_equal(in(FIN | ACK, 301, 101, 0), TERN_CLOSING);
    assert_int_equal(out(ACK, 102, 302, 0), TERN_TIME_WAIT);
}

static void data_flows_while_the_peer_is_half_closed(void **state)
{
    (void)state;
    open_actively();
    in(FIN | ACK, 301, 101, 0);
    assert_int_equal(out(ACK, 101, 302, 1000), TERN_FIN_WAIT_2);
    assert_int_equal(in(ACK, 302, 1101, 0), TERN_FIN_WAIT_2);
}

static void a_fin_with_data_is_acknowledged_as_a_whole(void **state)
{
    (void)state;
    open_actively();
    assert_int_equal(in(FIN | ACK, 301, 101, 50), TERN_FIN_WAIT_1);
    assert_int_equal(out(ACK, 101, 351, 0), TERN_FIN_WAIT_1); /* the data alone */
    assert_int_equal(out(ACK, 101, 352, 0), TERN_FIN_WAIT_2);
}

static void a_fin_again_says_that_our_ack_was_lost(void **state)
{
    (void)state;
    open_actively();
    out(FIN | ACK, 101, 301, 0);
    in(FIN | ACK, 301, 102, 0);
    assert_int_equal(out(ACK, 102, 302, 0), TERN_CLOSED);
    assert_int_equal(in(FIN | ACK, 301, 102, 0), TERN_LAST_ACK);
    assert_int_equal(out(ACK, 102, 302, 0), TERN_CLOSED);
}

static void a_reset_closes_in_both_directions(void **state)
{
    (void)state;
    open_actively();
    assert_int_equal(in(RST, 301, 0, 0), TERN_CLOSED);
    open_actively();
    assert_int_equal(out(RST, 101, 0, 0), TERN_CLOSED);
}

static void a_refusal_says_that_nothing_listened(void **state)
{
    (void)state;
    start();
    out(SYN, 100, 0, 0);
    assert_int_equal(in(RST | ACK, 0, 101, 0), TERN_CLOSED);
}

static void another_syn_begins_the_next_incarnation(void **state)
{
    (void)state;
    open_actively();
    in(RST, 301, 0, 0);
    assert_int_equal(in(SYN, 9000, 0, 0), TERN_SYN_SENT);
    open_actively();
    assert_int_equal(in(SYN, 9000, 0, 0), TERN_SYN_SENT);
    assert_int_equal(out(SYN | ACK, 77, 9001, 0), TERN_ESTABLISHED);
}

static void a_half_open_peer_is_found_by_its_ack(void **state)
{
    (void)state;
    start(); /* RFC 9293 figure 9: we crashed, the peer did not */
    out(SYN, 400, 0, 0);
    assert_int_equal(in(ACK, 300, 100, 0), TERN_ESTABLISHED);
    assert_int_equal(out(RST, 100, 0, 0), TERN_CLOSED);
    assert_int_equal(out(SYN, 400, 0, 0), TERN_LISTEN);
    assert_int_equal(in(SYN | ACK, 800, 401, 0), TERN_SYN_RECEIVED);
}

static void numbers_may_wrap_anywhere(void **state)
{
    (void)state;
    static const uint32_t isns[] = {0, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < 4; i++) {
        uint32_t n = isns[i];
        start();
        out(SYN, n, 0, 0);
        in(SYN | ACK, n, n + 1, 0);
        assert_int_equal(out(ACK, n + 1, n + 1, 0), TERN_ESTABLISHED);
        assert_int_equal(in(FIN | ACK, n + 1, n + 1, 5), TERN_FIN_WAIT_1);
        assert_int_equal(out(FIN | ACK, n + 1, n + 7, 0), TERN_TIME_WAIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_passive_peer_follows_our_handshake),
        cmocka_unit_test(an_active_peer_is_established_by_our_syn_ack),
        cmocka_unit_test(a_syn_ack_again_says_that_our_ack_was_lost),
        cmocka_unit_test(both_syns_cross_in_a_simultaneous_open),
        cmocka_unit_test(our_fin_brings_the_peer_to_close_wait),
        cmocka_unit_test(a_peer_that_closes_first_rests_in_time_wait),
        cmocka_unit_test(fin_and_ack_together_lead_straight_to_time_wait),
        cmocka_unit_test(crossing_fins_bring_the_peer_to_closing),
        cmocka_unit_test(data_flows_while_the_peer_is_half_closed),
        cmocka_unit_test(a_fin_with_data_is_acknowledged_as_a_whole),
        cmocka_unit_test(a_fin_again_says_that_our_ack_was_lost),
        cmocka_unit_test(a_reset_closes_in_both_directions),
        cmocka_unit_test(a_refusal_says_that_nothing_listened),
        cmocka_unit_test(another_syn_begins_the_next_incarnation),
        cmocka_unit_test(a_half_open_peer_is_found_by_its_ack),
        cmocka_unit_test(numbers_may_wrap_anywhere),
    };
    return cmocka_run_group_tests_name("draw peer", tests, NULL, NULL);
}
