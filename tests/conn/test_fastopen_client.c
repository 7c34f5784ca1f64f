/* TCP Fast Open's client: RFC 7413 4.1.3, 4.2. */
#include "stack_test.h"
#include "xfer.h"

#define COOKIE "abcd12340123cdef"

/* An active OPEN that wants Fast Open, with |len| bytes before its SYN leaves. */
static void open_with(struct rig *r, uint32_t len)
{
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    rig_mark(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_FASTOPEN, 1), 0);
    r->sent_n = 0;
    if (len)
        rig_send(r, len);
    else
        rig_collect(r);
}

/* An active OPEN whose SYN has the cookie and the data, ... */
static void open_fast(struct rig *r)
{
    open_with(r, 500);
    OUT(r, .flags = SYN, .seq = 0, .len = 500, .fo = COOKIE);
}

/* ... and one whose SYN has neither. */
static void open_plain(struct rig *r)
{
    open_with(r, 500);
    OUT(r, .flags = SYN, .seq = 0, .len = 0, .fo = NO_OPTION);
}

/* The pair of ports is free again. */
static void gone(struct rig *r)
{
    rig_abort(r);
    rig_release(r);
    rig_clear(r);
}

/* A first connection that brings |cookie| and |mss|. */
static void visit(struct rig *r, const char *cookie, uint16_t mss)
{
    open_with(r, 0);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = mss, .fo = cookie);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    gone(r);
}

/* ---- the cookie ---- */

/* proves: RFC 7413 4.2.1 */
static void the_first_syn_asks(struct rig *r)
{
    open_with(r, 100);
    assert_int_equal(tern_conn_fastopen_room(r->c), 0);
    OUT(r, .flags = SYN, .seq = 0, .fo = "");
    SAW(r, FO_REQUEST);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .fo = COOKIE);
    SAW(r, FO_COOKIE_IN);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    assert_false(rig_status(r).syn_data);
    assert_int_equal(rig_status(r).fastopen_fail, TERN_FASTOPEN_NO_COOKIE);
}

static void without_the_option_nothing_is_asked(struct rig *r)
{
    visit(r, COOKIE, 1000);
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0, .fo = NO_OPTION);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .fo = "0123456701234567"); /* and what was not asked for is not kept */
    gone(r);
    open_with(r, 10);
    OUT(r, .flags = SYN, .seq = 0, .len = 10, .fo = COOKIE);
}

static void the_setting_can_forbid_it(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen", 2), 0);
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_FASTOPEN, 1), TERN_ERR_UNSUPPORTED);
    rig_collect(r);
    OUT(r, .flags = SYN, .seq = 0, .fo = NO_OPTION);
}

static void it_is_too_late_after_the_syn(struct rig *r)
{
    rig_connect(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_FASTOPEN, 1), TERN_ERR_INVAL);
}

/* ---- data in the SYN ---- */

/* proves: RFC 7413 4.1.3 */
static void the_next_syn_takes_data(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_fast(r);
    SAW(r, FO_SYN_DATA);
    IN(r, .flags = SYN | ACK, .ack = 501, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 501, .ack = 1);
    SAW(r, FO_DATA_ACKED);
    NONE(r);
    assert_true(rig_status(r).syn_data);
    assert_int_equal(rig_status(r).send_queue, 0);
    assert_int_equal(rig_counters(r).fastopen_active, 1);
    rig_send(r, 100);
    OUT(r, .flags = ACK, .seq = 501, .ack = 1, .len = 100);
}

/* 40 bytes of the server's MSS are left to the options, its own and those that middleboxes add. */
static void the_servers_mss_bounds_it(struct rig *r)
{
    visit(r, COOKIE, 940);
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_FASTOPEN, 1), 0);
    assert_int_equal(tern_conn_fastopen_room(r->c), 900);
    r->sent_n = 0;
    rig_send(r, 2000);
    OUT(r, .flags = SYN, .seq = 0, .len = 900, .fo = COOKIE);
    IN(r, .flags = SYN | ACK, .ack = 901, .mss = 1400);
    OUT(r, .flags = ACK, .seq = 901, .ack = 1, .len = 1100);
    gone(r);
    open_with(r, 2000); /* the last SYN,ACK's MSS counts */
    OUT(r, .flags = SYN, .seq = 0, .len = 1360, .fo = COOKIE);
}

static void our_own_limits_bound_it(struct rig *r)
{
    visit(r, COOKIE, 10000);
    open_with(r, 2000);
    OUT(r, .flags = SYN, .seq = 0, .len = r->v6 ? 1400 : 1420, .fo = COOKIE);
    gone(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_MAX_SEGMENT, 1040), 0);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_FASTOPEN, 1), 0);
    r->sent_n = 0;
    rig_send(r, 2000);
    OUT(r, .flags = SYN, .seq = 0, .len = 1000, .mss = 1040);
}

static void without_data_the_cookie_goes_all_the_same(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 0);
    OUT(r, .flags = SYN, .seq = 0, .len = 0, .fo = COOKIE);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000);
    assert_false(rig_status(r).syn_data);
}

static void data_that_was_not_taken_goes_again_at_once(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 700);
    OUT(r, .flags = SYN, .seq = 0, .len = 700, .fo = COOKIE);
    rig_pass(r, 20 * TERN_MS);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .fo = "1234123412341234");
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 700);
    SAW(r, FO_DATA_AGAIN);
    NONE(r);
    assert_int_equal(rig_status(r).fastopen_fail, TERN_FASTOPEN_NOT_ACKED);
    assert_int_equal(rig_status(r).rtt, 20 * TERN_MS); /* the SYN was measured */
    assert_int_equal(rig_counters(r).fastopen_active_fail, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 701);
    assert_int_equal(rig_status(r).send_queue, 0);
    gone(r);
    open_with(r, 10); /* the new cookie was kept */
    OUT(r, .flags = SYN, .seq = 0, .len = 10, .fo = "1234123412341234");
}

static void the_rest_of_it_goes_again(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 700);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 101, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 101, .ack = 1, .len = 600);
    assert_false(rig_status(r).syn_data);
    IN(r, .flags = ACK, .seq = 1, .ack = 701);
    assert_int_equal(rig_status(r).send_queue, 0);
}

static void an_acknowledgement_beyond_the_data_is_refused(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 100);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 102, .mss = 500, .fo = "badc00ce");
    OUT(r, .flags = RST, .seq = 102);
    gone(r);
    open_with(r, 2000); /* and teaches nothing */
    OUT(r, .flags = SYN, .seq = 0, .len = 960, .fo = COOKIE);
}

static void data_with_the_syn_ack_is_taken(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_clear(r);
    IN(r, .flags = SYN | ACK | FIN, .ack = 501, .mss = 1000, .len = 300);
    OUT(r, .flags = ACK, .seq = 501, .ack = 302);
    STATE(r, TERN_CLOSE_WAIT);
    READ(r, 300);
    READ(r, 0);
}

static void a_cookie_is_not_needed_by_setting(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen", 5), 0);
    open_with(r, 500);
    OUT(r, .flags = SYN, .seq = 0, .len = 500, .fo = NO_OPTION);
    IN(r, .flags = SYN | ACK, .ack = 501, .mss = 1000, .fo = COOKIE); /* not asked for: not kept */
    assert_true(rig_status(r).syn_data);
    gone(r);
    open_with(r, 500);
    OUT(r, .flags = SYN, .seq = 0, .len = 500, .fo = NO_OPTION);
}

/* ---- lost ---- */

static void a_syn_that_is_sent_again_is_plain(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_fast(r);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0, .len = 0, .fo = NO_OPTION);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 500);
    assert_int_equal(rig_status(r).fastopen_fail, TERN_FASTOPEN_SYN_RETRIED);
}

/* The server answered with data at once, and its SYN,ACK was lost: what cannot be taken up does not disturb the timer. */
static void data_without_its_syn_ack_is_dropped(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_clear(r);
    rig_pass(r, 10 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1401, .ack = 501, .len = 1000);
    rig_pass(r, 990 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    OUT(r, .flags = SYN, .seq = 0, .len = 0, .fo = NO_OPTION);
    IN(r, .flags = SYN | ACK, .ack = 501, .mss = 1000, .len = 1400);
    OUT(r, .flags = ACK, .seq = 501, .ack = 1401);
    READ(r, 1400);
}

/* The first SYN had arrived; its answer was late. */
static void a_late_answer_counts(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_pass(r, TERN_SEC);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 501, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 501, .ack = 1);
    assert_true(rig_status(r).syn_data);
}

static void a_lost_request_is_not_repeated_but_its_answer_kept(struct rig *r)
{
    open_with(r, 0);
    OUT(r, .flags = SYN, .seq = 0, .fo = "");
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0, .fo = NO_OPTION);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1240, .fo = "aaaabbbbcccc");
    gone(r);
    open_with(r, 5000);
    OUT(r, .flags = SYN, .seq = 0, .len = 1200, .fo = "aaaabbbbcccc");
}

/* proves: RFC 7413 4.1.3. 4.1.3.1: a path that loses such SYNs again and again is left alone for a while. */
static void losses_in_a_row_make_it_pause_for_the_server(struct rig *r)
{
    visit(r, COOKIE, 1000);
    for (int i = 0; i < 2; i++) {
        open_fast(r);
        rig_pass(r, TERN_SEC);
        rig_clear(r);
        IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000);
        gone(r);
    }
    open_plain(r);
    SAW(r, FO_OFF);
    gone(r);
    rig_pass(r, 240 * TERN_SEC);
    open_fast(r);
}

/* One that succeeds between them shows that the path is good. */
static void losses_apart_from_each_other_do_not(struct rig *r)
{
    visit(r, COOKIE, 1000);
    for (int i = 0; i < 6; i++) {
        open_fast(r);
        if (i % 2 == 0) rig_pass(r, TERN_SEC);
        rig_clear(r);
        IN(r, .flags = SYN | ACK, .ack = i % 2 ? 501 : 1, .mss = 1000);
        gone(r);
    }
    open_fast(r);
}

/* proves: RFC 7413 4.1.3.1. Nothing comes back whatsoever: Fast Open pauses everywhere. */
static void a_blackhole_makes_it_pause_for_all(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_pass(r, 8 * TERN_SEC); /* timeouts after 1, 3 and 7 s */
    SAW(r, FO_BLACKHOLE);
    assert_int_equal(rig_counters(r).fastopen_blackholes, 1);
    gone(r);
    open_plain(r);
    gone(r);
    rig_pass(r, 3600 * TERN_SEC);
    open_fast(r);
}

static void the_pause_is_a_setting(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen_blackhole_timeout", 0), 0);
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_pass(r, 8 * TERN_SEC);
    gone(r);
    open_fast(r);
}

/* ---- refused (RFC 7413 4.1.3.1) ---- */

static void left_alone(struct rig *r)
{
    open_plain(r);
    SAW(r, FO_REFUSED);
    gone(r);
}

/* proves: RFC 7413 4.1.3.1 */
static void a_server_that_has_it_not_is_left_alone(struct rig *r)
{
    open_with(r, 0);
    OUT(r, .flags = SYN, .seq = 0, .fo = "");
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .fo = "112233"); /* no cookie can be so short */
    SAW(r, FO_REFUSED);
    gone(r);
    left_alone(r);
    rig_pass(r, 900 * TERN_SEC);
    open_with(r, 0);
    OUT(r, .flags = SYN, .seq = 0, .fo = "");
}

/* |answer| is the option of a SYN,ACK that does not take the data. */
static void data_refused(struct rig *r, const char *answer)
{
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .fo = answer);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 500);
    gone(r);
}

/* proves: RFC 7413 4.1.3.1. A service of the same host is another matter. */
static void a_service_that_takes_no_data_is_left_alone(struct rig *r)
{
    data_refused(r, NULL);
    left_alone(r);
    r->remote.port++;
    open_fast(r);
    gone(r);
    r->remote.port--;
    left_alone(r);
    rig_pass(r, 900 * TERN_SEC);
    open_fast(r);
}

static void by_setting_it_is_tried_on(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen_refused", 0), 0);
    data_refused(r, NULL);
    open_fast(r);
}

static void a_fresh_cookie_is_no_refusal(struct rig *r)
{
    data_refused(r, "1234123412341234");
    open_with(r, 500);
    OUT(r, .flags = SYN, .seq = 0, .len = 500, .fo = "1234123412341234");
}

static void failed_and_left_alone(struct rig *r)
{
    STATE(r, TERN_CLOSED);
    rig_release(r);
    rig_clear(r);
    left_alone(r);
}

/* proves: RFC 7413 4.1.3.1 */
static void silence_is_a_refusal(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen_blackhole_timeout", 0), 0);
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_pass(r, 180 * TERN_SEC);
    failed_and_left_alone(r);
}

/* proves: RFC 7413 4.1.3.1 */
static void an_icmp_error_is_a_refusal(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_icmp(r, r->v6 ? 1 : 3, r->v6 ? 4 : 3, 0, 0);
    failed_and_left_alone(r);
}

static void a_smaller_path_sends_a_plain_syn_at_once(struct rig *r)
{
    visit(r, COOKIE, 1400);
    open_with(r, 1300);
    OUT(r, .flags = SYN, .seq = 0, .len = 1300, .fo = COOKIE);
    uint32_t mtu = r->v6 ? 1280 : 1000;
    rig_icmp(r, r->v6 ? 2 : 3, r->v6 ? 0 : 4, mtu, 0);
    rig_collect(r);
    OUT(r, .flags = SYN, .seq = 0, .len = 0, .fo = NO_OPTION);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1400);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = mtu - (r->v6 ? 60 : 40));
}

/* ---- both kinds of option ---- */

static void the_older_option_is_tried_once(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen_refused", 0), 0);
    const char *const want[] = {"", "", "", ""};
    const bool exp[] = {false, true, false, false};
    for (size_t i = 0; i < 4; i++) {
        open_with(r, 0);
        OUT(r, .flags = SYN, .seq = 0, .fo = want[i], .fo_exp = exp[i]);
        IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000);
        gone(r);
    }
}

static void the_older_option_is_kept_where_it_works(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen_refused", 0), 0);
    open_with(r, 0);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000);
    gone(r);
    open_with(r, 0);
    OUT(r, .flags = SYN, .seq = 0, .fo = "", .fo_exp = true);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .fo = "1234abcd", .fo_exp = true);
    gone(r);
    open_with(r, 10);
    OUT(r, .flags = SYN, .seq = 0, .len = 10, .fo = "1234abcd", .fo_exp = true);
    IN(r, .flags = SYN | ACK, .ack = 11, .mss = 1000, .fo = "abcd5678"); /* it knows the newer one, too */
    gone(r);
    open_with(r, 10);
    OUT(r, .flags = SYN, .seq = 0, .len = 10, .fo = "abcd5678");
}

static void the_longest_cookie_fits_with_all_options(struct rig *r)
{
    const char *longest = "00112233445566778899aabbccddeeff";
    visit(r, longest, 1000);
    open_with(r, 100);
    OUT(r, .flags = SYN, .seq = 0, .len = 100, .fo = longest, .ts = true, .ws = 8);
}

static void a_cookie_that_cannot_be_is_not_kept(struct rig *r)
{
    visit(r, COOKIE, 1000);
    const char *const bad[] = {"1122", "112233", "00112233445566778899aabbccddeeffaf"};
    for (size_t i = 0; i < 3; i++) {
        open_with(r, 0);
        rig_clear(r);
        IN(r, .flags = SYN | ACK, .ack = 1, .fo = bad[i]);
        gone(r);
    }
    open_with(r, 10);
    OUT(r, .flags = SYN, .seq = 0, .len = 10, .fo = COOKIE);
}

/* ---- both at once ---- */

static void a_simultaneous_open_takes_the_data(struct rig *r)
{
    visit(r, COOKIE, 1000);
    open_with(r, 500);
    rig_clear(r);
    IN(r, .flags = SYN, .mss = 1000, .len = 300, .fo = "87654321");
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .len = 0, .fo = NO_OPTION);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 501, .mss = 1000);
    STATE(r, TERN_ESTABLISHED);
    rig_clear(r);
    assert_int_equal(rig_status(r).send_queue, 0);
}

/* ---- the cache ---- */

static void it_can_be_emptied(struct rig *r)
{
    visit(r, COOKIE, 1000);
    tern_stack_fastopen_forget(r->s);
    open_with(r, 10);
    OUT(r, .flags = SYN, .seq = 0, .len = 0, .fo = "");
}

/* Whoever connects everywhere costs no more memory than for the first server. */
static void it_is_bounded(struct rig *r)
{
    visit(r, COOKIE, 1000);
    size_t used = 0;
    for (unsigned i = 0; i < 2000; i++) {
        if (i % 256 == 255) continue; /* a broadcast address */
        r->remote.addr.b[14] = (uint8_t)(i >> 8), r->remote.addr.b[15] = (uint8_t)i;
        visit(r, COOKIE, 1000);
        if (i == 10) used = rig_counters(r).memory_used;
    }
    assert_true(rig_counters(r).memory_used <= used);
    open_with(r, 10); /* the newest is known */
    OUT(r, .flags = SYN, .seq = 0, .len = 10, .fo = COOKIE);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_first_syn_asks),
    RIG_TEST(without_the_option_nothing_is_asked),
    RIG_TEST(the_setting_can_forbid_it),
    RIG_TEST(it_is_too_late_after_the_syn),
    RIG_TEST(the_next_syn_takes_data),
    RIG_TEST(the_servers_mss_bounds_it),
    RIG_TEST(our_own_limits_bound_it),
    RIG_TEST(without_data_the_cookie_goes_all_the_same),
    RIG_TEST(data_that_was_not_taken_goes_again_at_once),
    RIG_TEST(the_rest_of_it_goes_again),
    RIG_TEST(an_acknowledgement_beyond_the_data_is_refused),
    RIG_TEST(data_with_the_syn_ack_is_taken),
    RIG_TEST(a_cookie_is_not_needed_by_setting),
    RIG_TEST(a_syn_that_is_sent_again_is_plain),
    RIG_TEST(data_without_its_syn_ack_is_dropped),
    RIG_TEST(a_late_answer_counts),
    RIG_TEST(a_lost_request_is_not_repeated_but_its_answer_kept),
    RIG_TEST(losses_in_a_row_make_it_pause_for_the_server),
    RIG_TEST(losses_apart_from_each_other_do_not),
    RIG_TEST(a_blackhole_makes_it_pause_for_all),
    RIG_TEST(the_pause_is_a_setting),
    RIG_TEST(a_server_that_has_it_not_is_left_alone),
    RIG_TEST(a_service_that_takes_no_data_is_left_alone),
    RIG_TEST(by_setting_it_is_tried_on),
    RIG_TEST(a_fresh_cookie_is_no_refusal),
    RIG_TEST(silence_is_a_refusal),
    RIG_TEST(an_icmp_error_is_a_refusal),
    RIG_TEST(a_smaller_path_sends_a_plain_syn_at_once),
    RIG_TEST(the_older_option_is_tried_once),
    RIG_TEST(the_older_option_is_kept_where_it_works),
    RIG_TEST(the_longest_cookie_fits_with_all_options),
    RIG_TEST(a_cookie_that_cannot_be_is_not_kept),
    RIG_TEST(a_simultaneous_open_takes_the_data),
    RIG_TEST(it_can_be_emptied),
    RIG_TEST(it_is_bounded),
};

RIG_MAIN(tests)
