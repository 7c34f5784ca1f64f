/* Attacks 5, 6, 7, 14, 15: somebody beside the path, who guesses (CVE-2004-0230, CVE-2016-5696, CVE-2026-4247, RFC 5927,
 * CVE-1999-0016). */
#include "attack_test.h"
#include "sanitizer.h"

/* ---- 5 ---- */

static void survives_a_sweep(struct rig *r, enum tern_state s)
{
    reach(r, s);
    uint32_t wnd = rig_status(r).rcv_wnd;
    for (uint32_t k = 0; k < 768; k++) {
        /* all of the space, and the window closely; never RCV.NXT itself, which is one guess in 2^32 */
        int64_t at = peer_next(s) + 1 + (k < 256 ? (int64_t)k << 24 : (int64_t)(k - 256) * wnd / 512);
        FLOOD(r, .flags = RST, .seq = at);
        FLOOD(r, .flags = RST | ACK, .seq = at, .ack = (int64_t)k << 23);
        FLOOD(r, .flags = SYN, .seq = at);
        FLOOD(r, .flags = SYN | ACK, .seq = at, .ack = (int64_t)k << 23);
    }
    STATE(r, s);
    assert_int_equal(tern_conn_error(r->c), 0);
}

/* proves: ATTACK-5 */
static void no_guessed_rst_or_syn_ends_a_connection(struct rig *r)
{
    each_state(r, TERN_ESTABLISHED, TERN_LAST_ACK, survives_a_sweep);
}

static void takes_no_blind_data(struct rig *r, enum tern_state s)
{
    reach(r, s);
    for (int64_t k = 1; k < 512; k++) {
        int64_t ack = our_next(s) + (k << 23); /* beyond what was sent, and older than any window, all around */
        if (ack >= (INT64_C(1) << 32) - 70000) break;
        FLOOD(r, .flags = ACK, .seq = peer_next(s), .ack = ack, .len = 10);
        FLOOD(r, .flags = ACK | FIN, .seq = peer_next(s), .ack = ack);
    }
    STATE(r, s);
    assert_int_equal(tern_conn_readable(r->c), 0);
}

/* proves: ATTACK-5 */
static void no_data_is_taken_with_an_acknowledgement_that_cannot_be(struct rig *r)
{
    each_state(r, TERN_ESTABLISHED, TERN_FIN_WAIT_2, takes_no_blind_data);
}

/* ---- 6 ---- */

static uint32_t challenges(struct rig *r, uint16_t port, int times)
{
    uint32_t n = 0;
    for (int i = 0; i < times; i++) n += FLOOD(r, .flags = RST, .seq = 100, .src_port = port);
    return n;
}

/* proves: ATTACK-6. Who exhausts the budget of one connection, or of many, learns nothing of another. */
static void an_exhausted_budget_changes_nothing_elsewhere(struct rig *r)
{
    rig_listen(r);
    for (uint16_t port = 1; port <= 20; port++) {
        handshake_from(r, port);
        rig_clear(r);
    }
    uint32_t alone = challenges(r, 1, 200);
    assert_int_equal(alone, r->set.challenge_n);
    for (uint16_t port = 2; port < 20; port++) challenges(r, port, 200);
    assert_int_equal(challenges(r, 20, 200), alone);
}

/* ---- 7 ---- */

/* proves: ATTACK-7. Of all that is outside, a part in each of the eight cases; a million where each step is looked at or counted.
 */
static void ten_million_segments_outside_the_window_leave_memory_flat(struct rig *r)
{
    static uint8_t packet[8][1600];
    const uint32_t part = (SANITIZED || steps_counted() ? 1000000 : 10000000) / 8;
    size_t len[8];
    rig_passive(r);
    int64_t far = rig_status(r).rcv_wnd + INT64_C(1000);
    const struct tseg kind[8] = {
        {.flags = ACK, .seq = far, .ack = 1, .len = 1000},
        {.flags = ACK, .seq = far, .ack = 1},
        {.flags = ACK, .seq = -2000, .ack = 1, .len = 1000},
        {.flags = ACK, .seq = -2000, .ack = 1},
        {.flags = ACK, .seq = 1, .ack = 5000, .len = 100},
        {.flags = RST, .seq = far},
        {.flags = SYN, .seq = far, .len = 500},
        {.flags = ACK | FIN, .seq = 1, .ack = -100000, .len = 1000},
    };
    for (int i = 0; i < 8; i++) len[i] = rig_build(r, &kind[i], packet[i]);
    size_t before = 0;
    for (uint32_t i = 0; i < part; i++) {
        flood(r, packet[i % 8], len[i % 8]);
        if (i % 1000 != 999) continue;
        if (!before) before = memory_of(r);
        assert_int_equal(memory_of(r), before);
    }
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    READ(r, 100);
}

/* ---- 14 ---- */

/* Every kind of error, about number |at|. */
static void all_errors(struct rig *r, int64_t at)
{
    for (uint8_t type = 0; type < 20; type++)
        for (uint8_t code = 0; code < 16; code++) rig_icmp(r, type, code, 1400 - 50u * code, at);
}

static void ignores_what_is_not_in_flight(struct rig *r, enum tern_state s)
{
    static const int64_t around[] = {-100000, -1, 0, 1, 100000, INT64_C(0x7fffffff)};
    reach(r, s);
    struct tern_status before = rig_status(r), now;
    for (int i = 0; i < 6; i++) {
        int64_t at = around[i] < 0 ? our_una(s) + around[i] : our_next(s) + around[i];
        all_errors(r, at);
    }
    now = rig_status(r);
    STATE(r, s);
    assert_int_equal(now.path_mtu, before.path_mtu);
    assert_int_equal(now.mss, before.mss);
    assert_int_equal(now.cwnd, before.cwnd);
    assert_int_equal(tern_conn_soft_error(r->c), 0);
    assert_int_equal(tern_conn_error(r->c), 0);
}

/* proves: ATTACK-14 */
static void errors_about_what_is_not_in_flight_change_nothing_in_any_state(struct rig *r)
{
    each_state(r, TERN_SYN_SENT, TERN_LAST_ACK, ignores_what_is_not_in_flight);
}

/* proves: ATTACK-14. Who guesses the number, too, ends nothing, and shrinks a path to what every path takes at most. */
static void errors_about_what_is_in_flight_end_nothing(struct rig *r)
{
    r->syn.mss = 1460;
    rig_passive(r);
    rig_send(r, 1400);
    rig_clear(r);
    uint32_t cwnd = rig_status(r).cwnd;
    all_errors(r, 1);
    for (uint32_t mtu = 0; mtu < 1500; mtu++) rig_icmp(r, r->v6 ? 2 : 3, r->v6 ? 0 : 4, mtu, 1);
    for (uint32_t mtu = 1500; mtu < 70000; mtu += 500) rig_icmp(r, r->v6 ? 2 : 3, r->v6 ? 0 : 4, mtu, 1);
    rig_clear(r);
    STATE(r, TERN_ESTABLISHED);
    assert_int_equal(tern_conn_error(r->c), 0);
    assert_int_equal(rig_status(r).path_mtu, r->v6 ? 1280 : 552);
    assert_int_equal(rig_status(r).cwnd, cwnd);
    IN(r, .flags = ACK, .seq = 1, .ack = 1401);
    assert_int_equal(rig_status(r).send_queue, 0);
}

/* ---- 15 ---- */

/* proves: ATTACK-15. With any flags, at a listener, a closed port, and in a cable that brings everything back. */
static void a_segment_from_ourselves_starts_no_talk(struct rig *r)
{
    rig_listen(r);
    r->remote = r->local;
    for (uint16_t flags = 0; flags < 512; flags++)
        for (uint32_t len = 0; len < 2; len++) {
            r->remote.port = r->local.port = (uint16_t)(len ? 81 : RIG_PORT);
            IN(r, .flags = flags, .seq = 5, .ack = 7, .len = len);
            for (int hops = 0; loop_back(r); hops++) assert_true(hops < 2);
        }
    r->remote.port = r->local.port = RIG_PORT;
    IN(r, .flags = SYN);
    NONE(r);
    assert_int_equal(rig_counters(r).half_n, 0);
    assert_int_equal(rig_counters(r).conn_n, 0);
    assert_true(rig_drops(r, TERN_DROP_LAND) >= 1024);
}

static const struct rig_test tests[] = {
    RIG_TEST(no_guessed_rst_or_syn_ends_a_connection),
    RIG_TEST(no_data_is_taken_with_an_acknowledgement_that_cannot_be),
    RIG_TEST(an_exhausted_budget_changes_nothing_elsewhere),
    RIG_TEST(ten_million_segments_outside_the_window_leave_memory_flat),
    RIG_TEST(errors_about_what_is_not_in_flight_change_nothing_in_any_state),
    RIG_TEST(errors_about_what_is_in_flight_end_nothing),
    RIG_TEST(a_segment_from_ourselves_starts_no_talk),
};

RIG_MAIN(tests)
