/* Settings by which tern answers as other stacks do where the RFCs leave room, or ask for less than tern does by itself. */
#include "stack_test.h"
#include "xfer.h"

static void set(struct rig *r, const char *name, uint64_t v) { assert_int_equal(tern_settings_set(&r->set, name, v), 0); }

/* ---- icmp_abort: which ICMP errors end an opening ---- */

enum what { PORT, PROTOCOL, NET, HOST, PROHIBITED, NET_PROHIBITED, TIME, REASSEMBLY, WHAT_N };

static void icmp(struct rig *r, enum what w, int64_t seq)
{
    static const uint8_t v4[WHAT_N][2] = {{3, 3}, {3, 2}, {3, 0}, {3, 1}, {3, 13}, {3, 9}, {11, 0}, {11, 1}};
    static const uint8_t v6[WHAT_N][2] = {{1, 4}, {4, 1}, {1, 0}, {1, 3}, {1, 1}, {1, 6}, {3, 0}, {3, 1}};
    rig_icmp(r, r->v6 ? v6[w][0] : v4[w][0], r->v6 ? v6[w][1] : v4[w][1], 0, seq);
}

/* What each says to the application in SYN-SENT; 0: nothing ends. */
static void icmp_table(struct rig *r, uint64_t mode, const int want[WHAT_N])
{
    set(r, "icmp_abort", mode);
    for (enum what w = PORT; w < WHAT_N; w++) {
        rig_connect(r);
        icmp(r, w, 1); /* nothing of ours has that number */
        STATE(r, TERN_SYN_SENT);
        icmp(r, w, 0);
        assert_int_equal(tern_conn_error(r->c), want[w]);
        STATE(r, want[w] ? TERN_CLOSED : TERN_SYN_SENT);
        rig_abort(r);
        rig_release(r);
        rig_clear(r);
    }
}

static void no_icmp_error_ends_an_opening(struct rig *r) { icmp_table(r, 0, (int[WHAT_N]){0}); }

static void hard_icmp_errors_end_an_opening(struct rig *r)
{
    icmp_table(r, 1, (int[WHAT_N]){[PORT] = TERN_ERR_REFUSED, [PROTOCOL] = r->v6 ? 0 : TERN_ERR_REFUSED});
}

static void and_the_prohibited_ones(struct rig *r)
{
    icmp_table(r, 2,
               (int[WHAT_N]){[PORT] = TERN_ERR_REFUSED,
                             [PROTOCOL] = TERN_ERR_REFUSED,
                             [PROHIBITED] = TERN_ERR_REFUSED,
                             [NET_PROHIBITED] = TERN_ERR_REFUSED,
                             [TIME] = TERN_ERR_UNREACH});
}

static void all_icmp_errors_end_an_opening(struct rig *r)
{
    icmp_table(r, 3,
               (int[WHAT_N]){[PORT] = TERN_ERR_REFUSED,
                             [PROTOCOL] = TERN_ERR_PROTO,
                             [NET] = TERN_ERR_NETUNREACH,
                             [HOST] = TERN_ERR_UNREACH,
                             [PROHIBITED] = TERN_ERR_UNREACH,
                             [NET_PROHIBITED] = r->v6 ? TERN_ERR_UNREACH : TERN_ERR_NETUNREACH,
                             [TIME] = TERN_ERR_UNREACH,
                             [REASSEMBLY] = TERN_ERR_UNREACH});
}

static void precedence_is_no_prohibition(struct rig *r)
{
    set(r, "icmp_abort", 2);
    rig_connect(r);
    if (r->v6) return; /* has no such thing */
    rig_icmp(r, 3, 14, 0, 0);
    rig_icmp(r, 3, 15, 0, 0);
    STATE(r, TERN_SYN_SENT);
    rig_icmp(r, 3, 13, 0, 0);
    STATE(r, TERN_CLOSED);
}

static void an_established_connection_survives_all_of_them(struct rig *r)
{
    set(r, "icmp_abort", 3);
    rig_passive(r);
    rig_send(r, 100);
    for (enum what w = PORT; w < WHAT_N; w++) icmp(r, w, 1);
    STATE(r, TERN_ESTABLISHED);
    assert_int_equal(tern_conn_error(r->c), 0);
}

static void a_half_open_one_ends_only_by_that_setting(struct rig *r, uint64_t mode, uint64_t left)
{
    set(r, "icmp_abort", mode);
    rig_listen(r);
    IN(r, .flags = SYN);
    icmp(r, HOST, 5);
    assert_int_equal(rig_counters(r).half_n, 1);
    icmp(r, HOST, 0);
    assert_int_equal(rig_counters(r).half_n, left);
}

static void a_half_open_one_ends(struct rig *r) { a_half_open_one_ends_only_by_that_setting(r, 3, 0); }
static void a_half_open_one_stays(struct rig *r) { a_half_open_one_ends_only_by_that_setting(r, 2, 1); }

/* RFC 7413: pending in the accept queue it is an opening; once the application has it, it is a connection. */
static void a_pending_fast_open_ends_with_its_data_readable(struct rig *r)
{
    set(r, "icmp_abort", 3);
    set(r, "fastopen", 0x202);
    rig_listen(r);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_FASTOPEN, 5), 0);
    IN(r, .flags = SYN, .mss = 1000, .len = 10);
    icmp(r, HOST, 0);
    assert_non_null(rig_accept(r));
    READ(r, 10);
    READ(r, TERN_ERR_UNREACH);
}

static void an_accepted_fast_open_survives(struct rig *r)
{
    set(r, "icmp_abort", 3);
    set(r, "fastopen", 0x202);
    rig_listen(r);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_FASTOPEN, 5), 0);
    IN(r, .flags = SYN, .mss = 1000, .len = 10);
    assert_non_null(rig_accept(r));
    icmp(r, HOST, 0);
    STATE(r, TERN_SYN_RECEIVED);
    assert_int_equal(tern_conn_error(r->c), 0);
}

/* ---- silent ---- */

static void closed_port(struct rig *r, uint64_t mode, bool syn, bool other)
{
    set(r, "silent", mode);
    IN(r, .flags = SYN);
    if (syn) OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
    NONE(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 500);
    if (other) OUT(r, .flags = RST, .seq = 500);
    NONE(r);
}

static void a_closed_port_answers(struct rig *r) { closed_port(r, 0, true, true); }
static void a_closed_port_is_silent(struct rig *r) { closed_port(r, 1, false, false); }
static void a_closed_port_is_silent_to_a_syn(struct rig *r) { closed_port(r, 2, false, true); }

/* ---- closing_reset ---- */

static void told(struct rig *r, bool set_it, enum tern_state s, int want)
{
    set(r, "closing_reset", set_it);
    rig_to_state(r, s);
    IN(r, .flags = RST, .seq = 2);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), want);
}

static void a_reset_in_closing_is_not_told(struct rig *r) { told(r, false, TERN_CLOSING, 0); }
static void a_reset_in_last_ack_is_not_told(struct rig *r) { told(r, false, TERN_LAST_ACK, 0); }
static void a_reset_in_closing_is_told(struct rig *r) { told(r, true, TERN_CLOSING, TERN_ERR_RESET); }
static void a_reset_in_last_ack_is_told(struct rig *r) { told(r, true, TERN_LAST_ACK, TERN_ERR_RESET); }

/* ---- fin_ack_again ---- */

static void repeated_with_ack(struct rig *r, bool set_it, enum tern_state then)
{
    set(r, "fin_ack_again", set_it);
    rig_to_state(r, TERN_CLOSING);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    STATE(r, then);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
}

static void a_repeated_fins_ack_is_dropped(struct rig *r) { repeated_with_ack(r, false, TERN_CLOSING); }
static void a_repeated_fins_ack_is_taken_up(struct rig *r) { repeated_with_ack(r, true, TERN_TIME_WAIT); }

/* ---- listen_quiet, receive_buffer_max ---- */

static void a_syn_ack_in_listen_is_not_answered(struct rig *r)
{
    set(r, "listen_quiet", 1);
    rig_listen(r);
    IN(r, .flags = SYN | ACK, .seq = 5, .ack = 77);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_LISTEN_SYN_ACK), 1);
    IN(r, .flags = ACK, .seq = 5, .ack = 77);
    OUT(r, .flags = RST, .seq = 77);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void the_scale_is_chosen_for_the_largest_buffer(struct rig *r)
{
    set(r, "receive_buffer", 65536);
    set(r, "receive_buffer_max", UINT32_MAX);
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0, .ws = 14 + 1);
}

/* ---- timers ---- */

/* FreeBSD's SYNs: 1 s, then 2 s and the slop. */
static void the_slop_comes_with_the_second_timeout(struct rig *r)
{
    set(r, "rto_slop", 200 * TERN_MS);
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    rig_pass(r, TERN_SEC - 1);
    NONE(r);
    rig_pass(r, 1);
    OUT(r, .flags = SYN, .seq = 0);
    rig_pass(r, 2200 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    OUT(r, .flags = SYN, .seq = 0);
}

static void the_slop_comes_with_each_timeout_once_measured(struct rig *r)
{
    set(r, "rto_slop", 200 * TERN_MS);
    open_rtt(r, 1000, 100 * TERN_MS); /* RTO 300 ms */
    rig_send(r, 100);
    rig_clear(r);
    rig_pass(r, 500 * TERN_MS - 1);
    NONE(r);
    rig_pass(r, 1);
    DATA_OUT(r, 1, 100);
}

static void an_open_has_a_time_of_its_own(struct rig *r)
{
    rig_connect(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_CONNECT_TIMEOUT, 5000), 0);
    int64_t v;
    assert_int_equal(tern_conn_get(r->c, TERN_OPT_CONNECT_TIMEOUT, &v), 0);
    assert_int_equal(v, 5000);
    rig_pass(r, 5000 * TERN_MS - 1);
    STATE(r, TERN_SYN_SENT);
    rig_pass(r, 1);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
}

static void that_time_ends_with_the_handshake(struct rig *r)
{
    rig_connect(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_CONNECT_TIMEOUT, 5000), 0);
    IN(r, .flags = SYN | ACK, .ack = 1);
    rig_send(r, 100);
    rig_pass(r, 60 * TERN_SEC);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- ECN of a SYN that is sent again ---- */

static void two_syns_ask_for_ecn(struct rig *r)
{
    set(r, "ecn", 1);
    set(r, "ecn_syns", 2);
    rig_connect(r);
    OUT(r, .flags = SYN | ECE | CWR, .seq = 0);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ECE | CWR, .seq = 0);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0);
}

/* ---- option NO_OPTIONS ---- */

static uint16_t options_out(struct rig *r)
{
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    return o->h.opt.present;
}

static void a_syn_without_any_option(struct rig *r)
{
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_NO_OPTIONS, 1), 0);
    rig_collect(r);
    assert_int_equal(options_out(r), 0);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_NO_OPTIONS, 0), TERN_ERR_INVAL); /* too late */
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1400, .ws = 8, .sack_ok = true, .ts = true, .tsval = 7);
    assert_int_equal(options_out(r), 0);
    rig_send(r, 2000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = r->v6 ? 1220 : 536);
    struct tern_status st = rig_status(r);
    assert_false(st.wscale_ok || st.timestamps || st.sack);
}

static void a_listener_hands_it_on(struct rig *r)
{
    rig_listen(r);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_NO_OPTIONS, 1), 0);
    IN(r, .flags = SYN, .mss = 1400, .ws = 8, .sack_ok = true, .ts = true, .tsval = 7);
    assert_int_equal(options_out(r), 0);
    rig_pass(r, TERN_SEC);
    assert_int_equal(options_out(r), 0);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
}

/* ---- timestamps_needed, mss_of_path ---- */

static void missing(struct rig *r, uint64_t needed, int64_t want)
{
    set(r, "timestamps_needed", needed);
    open_ts(r, 1000, 100);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    READ(r, want);
}

static void a_segment_without_timestamps_is_dropped(struct rig *r) { missing(r, 1, TERN_ERR_AGAIN); }
static void a_segment_without_timestamps_is_taken(struct rig *r) { missing(r, 0, 10); }

static void the_mss_follows_the_path(struct rig *r, uint64_t mode, uint16_t mss)
{
    set(r, "mss_of_path", mode);
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0, .mss = r->v6 ? 1440 : 1460);
    rig_icmp(r, r->v6 ? 2 : 3, r->v6 ? 0 : 4, 1300, 0);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0, .mss = mss);
}

static void the_mss_is_the_interfaces(struct rig *r) { the_mss_follows_the_path(r, 0, r->v6 ? 1440 : 1460); }
static void the_mss_is_the_paths(struct rig *r) { the_mss_follows_the_path(r, 1, r->v6 ? 1240 : 1260); }
static void the_mss_is_the_paths_of_ipv6(struct rig *r) { the_mss_follows_the_path(r, 2, r->v6 ? 1240 : 1460); }

/* ---- an echoed timestamp that was never sent ---- */

static void a_wrong_echo_in_the_syn_ack_is_refused(struct rig *r)
{
    rig_pass(r, 10 * TERN_SEC);
    rig_connect(r);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    uint32_t sent = o->h.opt.ts_val;
    rig_pass(r, 10 * TERN_MS);
    IN(r, .flags = SYN | ACK, .ack = 1, .ts = true, .tsval = 1, .tsecr = sent - 1);
    OUT(r, .flags = RST, .seq = 1);
    IN(r, .flags = SYN | ACK, .ack = 1, .ts = true, .tsval = 1, .tsecr = sent + 11);
    OUT(r, .flags = RST, .seq = 1);
    STATE(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .ack = 1, .ts = true, .tsval = 1, .tsecr = sent);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- text with a simultaneous SYN (RFC 9293 3.10.7.3, fourth) ---- */

static void text_with_a_simultaneous_syn_is_kept(struct rig *r)
{
    rig_connect(r);
    rig_clear(r);
    IN(r, .flags = SYN, .mss = 1000, .len = 3);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    READ(r, TERN_ERR_AGAIN);
    IN(r, .flags = ACK, .seq = 4, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
    READ(r, 3);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 4);
}

/* Setting syn_crossed: it comes again, and the second SYN is told as a duplicate. */
static void text_with_a_simultaneous_syn_is_dropped(struct rig *r)
{
    set(r, "syn_crossed", 1);
    rig_connect(r);
    rig_clear(r);
    IN(r, .flags = SYN, .mss = 1000, .len = 3, .sack_ok = true);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1000, .sack_ok = true);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{0, 1}});
    STATE(r, TERN_ESTABLISHED);
    READ(r, TERN_ERR_AGAIN);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 3);
    READ(r, 3);
}

static void its_repetition_does_no_harm(struct rig *r)
{
    rig_connect(r);
    rig_clear(r);
    IN(r, .flags = SYN, .mss = 1000, .len = 3);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
    READ(r, 10);
}

static const struct rig_test tests[] = {
    RIG_TEST(no_icmp_error_ends_an_opening),
    RIG_TEST(hard_icmp_errors_end_an_opening),
    RIG_TEST(and_the_prohibited_ones),
    RIG_TEST(all_icmp_errors_end_an_opening),
    RIG_TEST(precedence_is_no_prohibition),
    RIG_TEST(an_established_connection_survives_all_of_them),
    RIG_TEST(a_half_open_one_ends),
    RIG_TEST(a_half_open_one_stays),
    RIG_TEST(a_pending_fast_open_ends_with_its_data_readable),
    RIG_TEST(an_accepted_fast_open_survives),
    RIG_TEST(a_closed_port_answers),
    RIG_TEST(a_closed_port_is_silent),
    RIG_TEST(a_closed_port_is_silent_to_a_syn),
    RIG_TEST(a_reset_in_closing_is_not_told),
    RIG_TEST(a_reset_in_last_ack_is_not_told),
    RIG_TEST(a_reset_in_closing_is_told),
    RIG_TEST(a_reset_in_last_ack_is_told),
    RIG_TEST(a_repeated_fins_ack_is_dropped),
    RIG_TEST(a_repeated_fins_ack_is_taken_up),
    RIG_TEST(a_syn_ack_in_listen_is_not_answered),
    RIG_TEST(the_scale_is_chosen_for_the_largest_buffer),
    RIG_TEST(the_slop_comes_with_the_second_timeout),
    RIG_TEST(the_slop_comes_with_each_timeout_once_measured),
    RIG_TEST(an_open_has_a_time_of_its_own),
    RIG_TEST(that_time_ends_with_the_handshake),
    RIG_TEST(two_syns_ask_for_ecn),
    RIG_TEST(a_syn_without_any_option),
    RIG_TEST(a_listener_hands_it_on),
    RIG_TEST(a_segment_without_timestamps_is_dropped),
    RIG_TEST(a_segment_without_timestamps_is_taken),
    RIG_TEST(the_mss_is_the_interfaces),
    RIG_TEST(the_mss_is_the_paths),
    RIG_TEST(the_mss_is_the_paths_of_ipv6),
    RIG_TEST(a_wrong_echo_in_the_syn_ack_is_refused),
    RIG_TEST(text_with_a_simultaneous_syn_is_kept),
    RIG_TEST(text_with_a_simultaneous_syn_is_dropped),
    RIG_TEST(its_repetition_does_no_harm),
};

RIG_MAIN(tests)
