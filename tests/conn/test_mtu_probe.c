/* Packetization layer path MTU discovery: RFC 4821. The interface's MTU is 1500, the peer's MSS 1460. */
#include "xfer.h"

enum { BASE = 1024, WINDOW = 20 };

static uint32_t headers(const struct rig *r) { return r->v6 ? 60 : 40; }
static uint32_t path(const struct rig *r) { return rig_status(r).path_mtu; }

static void set(struct rig *r, const char *name, uint64_t v) { assert_int_equal(tern_settings_set(&r->set, name, v), 0); }

/* The search goes on from the beginning: 1024 bytes of payload pass, 1500 may. */
static void search(struct rig *r, bool sack)
{
    set(r, "mtu_probing", 2);
    set(r, "initial_window", WINDOW);
    r->syn.mss = 1460;
    r->syn.sack_ok = sack;
    rig_active(r);
    set_option(r, TERN_OPT_NODELAY, 1);
    rig_clear(r);
    rig_mark(r);
    assert_int_equal(path(r), BASE + headers(r));
}

/* Payload of a probe between two sizes of packets. */
static uint32_t between(const struct rig *r, uint32_t low, uint32_t high) { return (low + high) / 2 - headers(r); }

/* proves: RFC 4821 7.3, RFC 4821 7.5, RFC 4821 7.6.1 */
static void a_longer_segment_that_arrives_raises_the_mtu(struct rig *r)
{
    search(r, true);
    uint32_t first = between(r, BASE + headers(r), 1500);
    rig_send(r, 10000);
    DATA_OUT(r, 1, first);
    SAW(r, MTU_PROBE);
    for (int64_t at = 1 + (int64_t)first; at + BASE < 10001; at += BASE) DATA_OUT(r, at, BASE);
    rig_clear(r);
    assert_int_equal(path(r), BASE + headers(r)); /* not yet */
    ACK_IN(r, 1 + (int64_t)first);
    assert_int_equal(path(r), first + headers(r));
    assert_int_equal(rig_status(r).mss, first);
    SAW(r, MTU_PASSED);
}

/* proves: RFC 4821 7.6.2. Three segments behind it have arrived, it alone has not. */
static void a_probe_that_is_lost_alone_is_no_congestion(struct rig *r)
{
    search(r, true);
    uint32_t first = between(r, BASE + headers(r), 1500);
    rig_send(r, 10000);
    rig_clear(r);
    struct tern_status before = rig_status(r);
    int64_t from = 1 + (int64_t)first;
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{from, from + 3 * BASE}});
    SAW(r, MTU_FAILED);
    DATA_OUT(r, 1, BASE);
    DATA_OUT(r, 1 + BASE, first - BASE);
    assert_int_equal(rig_status(r).ssthresh, before.ssthresh);
    assert_true(rig_status(r).cwnd >= before.cwnd);
    assert_int_equal(path(r), BASE + headers(r));
    ACK_IN(r, 10001);
    rig_clear(r);
    rig_send(r, 10000); /* the next one is shorter */
    DATA_OUT(r, 10001, between(r, BASE + headers(r), first + headers(r) - 1));
}

/* proves: RFC 4821 7.6.4. Two segments are lost, and the probe is one of them. */
static void a_probe_lost_with_others_tells_nothing(struct rig *r)
{
    search(r, true);
    uint32_t first = between(r, BASE + headers(r), 1500);
    rig_send(r, 10000);
    rig_clear(r);
    struct tern_status before = rig_status(r);
    int64_t from = 1 + (int64_t)first + BASE;
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{from, from + 4 * BASE}});
    SAW(r, MTU_UNCLEAR);
    assert_true(rig_status(r).ssthresh < before.ssthresh);
    rig_clear(r);
    ACK_IN(r, 10001);
    rig_clear(r);
    assert_int_equal(path(r), BASE + headers(r));
}

static void without_sack_it_is_repaired_as_any_segment(struct rig *r)
{
    search(r, false);
    rig_send(r, 10000);
    rig_clear(r);
    for (int i = 0; i < 3; i++) ACK_IN(r, 1);
    SAW(r, MTU_FAILED);
    DATA_OUT(r, 1, BASE);
    ACK_IN(r, 1 + BASE); /* the rest of it */
    DATA_OUT(r, 1 + BASE, BASE);
    ACK_IN(r, 10001);
    rig_clear(r);
    assert_int_equal(path(r), BASE + headers(r));
}

/* proves: RFC 4821 7.6.3 */
static void a_timeout_of_the_probe_is_its_failure(struct rig *r)
{
    search(r, true);
    set(r, "tlp", 0);
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    rig_send(r, 10000);
    rig_clear(r);
    rig_pass(r, 2 * TERN_SEC);
    SAW(r, MTU_FAILED);
    DATA_OUT(r, 1, BASE);
}

static void a_router_that_speaks_is_heard(struct rig *r)
{
    search(r, true);
    uint32_t first = between(r, BASE + headers(r), 1500);
    rig_send(r, 10000);
    rig_clear(r);
    if (r->v6)
        rig_icmp(r, 2, 0, BASE + headers(r) + 100, 1);
    else
        rig_icmp(r, 3, 4, BASE + headers(r) + 100, 1);
    SAW(r, MTU_FAILED);
    DATA_OUT(r, 1, BASE);
    DATA_OUT(r, 1 + BASE, first - BASE);
    assert_int_equal(path(r), BASE + headers(r));
    ACK_IN(r, 10001);
    rig_clear(r);
    rig_send(r, 10000);
    DATA_OUT(r, 10001, BASE + 50);
}

/* proves: RFC 4821 7.2. The peer takes everything: the search ends where less than the threshold is left, and begins anew after
 * the interval. */
static void the_search_ends(struct rig *r)
{
    search(r, true);
    int64_t at = 1;
    for (int i = 0; i < 10; i++) {
        rig_send(r, 15000);
        rig_clear(r);
        ACK_IN(r, at += 15000);
        rig_clear(r);
    }
    assert_in_range(path(r), 1500 - 8, 1500);
    uint32_t mss = rig_status(r).mss;
    rig_send(r, 15000);
    DATA_OUT(r, at, mss);
    rig_clear(r);
    ACK_IN(r, at += 15000);
    rig_clear(r);
}

/* proves: RFC 4821 7.4 */
static void it_waits_for_enough_data(struct rig *r)
{
    search(r, true);
    rig_send(r, 4 * BASE);
    out_full(r, 1, BASE, 3);
    OUT(r, .flags = ACK | PSH, .seq = 1 + 3 * BASE, .ack = 1, .len = BASE);
}

static void it_waits_for_a_window(struct rig *r)
{
    set(r, "mtu_probing", 2);
    r->syn.mss = 1460;
    rig_active(r); /* with ten segments in the window nothing is risked */
    rig_clear(r);
    rig_send(r, 20000);
    DATA_OUT(r, 1, BASE);
}

/* ---- a black hole ---- */

static uint32_t shorter(const struct rig *r) { return r->v6 ? 1280 : BASE + headers(r); }

/* proves: RFC 4821 7.7. The third timeout sends less. */
static void three_timeouts_make_segments_shorter(struct rig *r)
{
    set(r, "rto_min", TERN_SEC);
    set(r, "tlp", 0);
    open_mss(r, 1460);
    rig_send(r, 8000);
    rig_clear(r);
    rig_pass(r, TERN_SEC);
    DATA_OUT(r, 1, 1500 - headers(r));
    rig_pass(r, 2 * TERN_SEC);
    DATA_OUT(r, 1, 1500 - headers(r));
    assert_int_equal(path(r), 1500);
    rig_pass(r, 4 * TERN_SEC);
    SAW(r, MTU_BLACK_HOLE);
    DATA_OUT(r, 1, shorter(r) - headers(r));
    assert_int_equal(path(r), shorter(r));
    if (!r->v6) {
        rig_pass(r, 8 * TERN_SEC);
        DATA_OUT(r, 1, BASE / 2);
    }
}

/* A path that loses much, or nothing lets through for a while, is not made to bear short segments for ever. */
static void where_the_shortest_are_lost_too_it_is_not_their_length(struct rig *r)
{
    set(r, "rto_min", TERN_SEC);
    set(r, "tlp", 0);
    set(r, "mtu_least_mss", BASE);
    open_mss(r, 1460);
    rig_send(r, 8000);
    rig_pass(r, 7 * TERN_SEC);
    assert_int_equal(path(r), shorter(r));
    rig_clear(r);
    rig_pass(r, 8 * TERN_SEC);
    SAW(r, MTU_NO_HOLE);
    DATA_OUT(r, 1, 1500 - headers(r));
    assert_int_equal(path(r), 1500);
    rig_pass(r, 16 * TERN_SEC);
    DATA_OUT(r, 1, shorter(r) - headers(r));
}

static void what_is_short_already_has_another_reason(struct rig *r)
{
    open_mss(r, 1460);
    rig_send(r, 100);
    rig_clear(r);
    rig_pass(r, 20 * TERN_SEC);
    assert_int_equal(path(r), 1500);
}

static void by_setting_nothing_is_tried(struct rig *r)
{
    set(r, "mtu_probing", 0);
    open_mss(r, 1460);
    rig_send(r, 8000);
    rig_clear(r);
    rig_pass(r, 20 * TERN_SEC);
    assert_int_equal(path(r), 1500);
}

/* An outage looks the same: afterwards the search finds what the path took all along. */
static void after_an_outage_the_mtu_is_found_again(struct rig *r)
{
    open_mss(r, 1460);
    set_option(r, TERN_OPT_NODELAY, 1);
    rig_send(r, 8000);
    rig_clear(r);
    rig_pass(r, 2 * TERN_SEC);
    assert_int_equal(path(r), shorter(r));
    rig_clear(r);
    int64_t at = 8001;
    ACK_IN(r, at);
    rig_clear(r);
    for (int i = 0; i < 40; i++) {
        rig_send(r, 20000);
        while (at < 8001 + (i + 1) * 20000) {
            rig_clear(r);
            struct tern_status st = rig_status(r);
            ACK_IN(r, at += st.flight);
        }
    }
    assert_in_range(path(r), 1500 - 8, 1500);
    SAW(r, MTU_PASSED);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_longer_segment_that_arrives_raises_the_mtu),
    RIG_TEST(a_probe_that_is_lost_alone_is_no_congestion),
    RIG_TEST(a_probe_lost_with_others_tells_nothing),
    RIG_TEST(without_sack_it_is_repaired_as_any_segment),
    RIG_TEST(a_timeout_of_the_probe_is_its_failure),
    RIG_TEST(a_router_that_speaks_is_heard),
    RIG_TEST(the_search_ends),
    RIG_TEST(it_waits_for_enough_data),
    RIG_TEST(it_waits_for_a_window),
    RIG_TEST(three_timeouts_make_segments_shorter),
    RIG_TEST(where_the_shortest_are_lost_too_it_is_not_their_length),
    RIG_TEST(what_is_short_already_has_another_reason),
    RIG_TEST(by_setting_nothing_is_tried),
    RIG_TEST(after_an_outage_the_mtu_is_found_again),
};

RIG_MAIN(tests)
