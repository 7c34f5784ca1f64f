/* src/stack/sysctl.c, profiles.c: the kernels' names of settings, and what a profile makes of a stack. */
#include <stdio.h>
#include "xfer.h"

static struct tern_settings fresh(void)
{
    struct tern_settings s;
    tern_settings_default(&s);
    return s;
}

#define SET(s, name, value)       assert_int_equal(tern_sysctl_set(s, name, value), 0)
#define REFUSED(name, value, err) assert_int_equal(tern_sysctl_set(&(struct tern_settings){0}, name, value), TERN_ERR_##err)

static void a_kernels_name_sets_terns_setting(void **state)
{
    (void)state;
    struct tern_settings s = fresh();
    SET(&s, "net.ipv4.tcp_fin_timeout", "30");
    assert_int_equal(s.fin_wait_2, 30 * TERN_SEC);
    SET(&s, "net/ipv4/tcp_sack", "0");
    assert_int_equal(s.sack, 0);
    SET(&s, "/proc/sys/net/ipv4/tcp_timestamps", "0");
    assert_int_equal(s.timestamps, 0);
    SET(&s, "net.ipv4.tcp_rmem", "4096 540000\t15728640");
    assert_int_equal(s.receive_buffer, 540000);
    assert_int_equal(s.receive_buffer_max, 15728640);
    SET(&s, "net.ipv4.tcp_wmem", "4096 262144 4194304");
    assert_int_equal(s.send_buffer, 262144);
    SET(&s, "net.ipv4.ip_local_port_range", "2000 3000");
    assert_int_equal(s.port_min, 2000);
    assert_int_equal(s.port_max, 3000);
    SET(&s, "net.ipv4.tcp_fastopen", "0x70403");
    assert_int_equal(s.fastopen, 0x403);
    SET(&s, "net.inet.tcp.insecure_rst", "1");
    assert_int_equal(s.rfc5961_rst, 0);
    SET(&s, "/sys/module/tcp_cubic/parameters/hystart_detect", "2");
    assert_int_equal(s.hystart_detect, 2);
    SET(&s, "tcp_cubic.hystart", "1");
    assert_int_equal(s.hystart, 2);
    REFUSED("/sys/module/tcp_cubic/parameters/beta", "500", UNSUPPORTED);
    REFUSED("/sys/module/tcp_cubic/hystart", "1", INVAL);
    SET(&s, "net.inet.tcp.delacktime", "100");
    assert_int_equal(s.delack, 100 * TERN_MS);
}

/* Linux: "The default value of 15 yields a hypothetical timeout of 924.6 seconds". */
static void retries_are_the_time_that_they_take(void **state)
{
    (void)state;
    struct tern_settings s = fresh();
    SET(&s, "net.ipv4.tcp_retries2", "15");
    assert_int_equal(s.r2, UINT64_C(924600) * TERN_MS);
    SET(&s, "net.ipv4.tcp_retries2", "3");
    assert_int_equal(s.r2, UINT64_C(3000) * TERN_MS);
}

static void rfc1323_is_two_settings(void **state)
{
    (void)state;
    static const uint8_t want[4][2] = {{0, 0}, {1, 1}, {0, 1}, {1, 0}};
    for (int v = 0; v < 4; v++) {
        struct tern_settings s = fresh();
        SET(&s, "net.inet.tcp.rfc1323", ((char[]){(char)('0' + v), 0}));
        assert_int_equal(s.timestamps, want[v][0]);
        assert_int_equal(s.window_scaling, want[v][1]);
    }
}

static void nothing_is_taken_and_forgotten(void **state)
{
    (void)state;
    REFUSED("net.ipv4.tcp_no_such", "1", INVAL);
    REFUSED("net.ipv4.tcp_sac", "1", INVAL);
    REFUSED("net.ipv4.tcp_sacks", "1", INVAL);
    REFUSED("net.ipv4.tcp_sack", "2", INVAL);
    REFUSED("net.ipv4.tcp_sack", "", INVAL);
    REFUSED("net.ipv4.tcp_sack", "1x", INVAL);
    REFUSED("net.ipv4.tcp_sack", "1 1", INVAL);
    REFUSED("net.ipv4.tcp_sack", "-1", INVAL);
    REFUSED("net.ipv4.tcp_fin_timeout", "99999999999999999999", INVAL);
    REFUSED("net.ipv4.tcp_rmem", "4096 131072", INVAL);
    REFUSED("net.ipv4.ip_local_port_range", "3000 2000", INVAL);
    REFUSED("net.ipv4.tcp_congestion_control", "vegas", INVAL);
    REFUSED("msl", "1 2", INVAL);
    REFUSED("net.ipv4.tcp_recovery", "8", INVAL);
    REFUSED("net.ipv4.tcp_early_retrans", "5", INVAL);
    SET(&(struct tern_settings){0}, "msl", "0");
}

static void half_of_a_wrong_value_is_not_set(void **state)
{
    (void)state;
    struct tern_settings s = fresh();
    uint64_t before = s.receive_buffer;
    assert_int_equal(tern_sysctl_set(&s, "net.ipv4.tcp_rmem", "1 65536 99999999999"), TERN_ERR_INVAL);
    assert_int_equal(s.receive_buffer, before);
}

/* Each row names settings that there are, and each fixed one says why. */
/* What has a name has one for each of its first numbers, and they lead back. */
static void names_stand_for_numbers(void **state)
{
    (void)state;
    struct tern_settings s;
    const struct tern_setting_info *row;
    uint64_t v;
    tern_settings_default(&s);
    unsigned named = 0;
    for (size_t i = 0; (row = tern_setting_info(i)) != NULL; i++) {
        char word[32];
        size_t len;
        const char *name;
        for (uint64_t n = 0; (name = tern_setting_name(row, n, &len)) != NULL; n++, named++) {
            assert_in_range(n, row->min, row->max);
            snprintf(word, sizeof word, "%.*s", (int)len, name);
            assert_int_equal(tern_setting_number(row, word, &v), 0);
            assert_int_equal(v, n);
        }
    }
    assert_true(named > 100);
    row = tern_setting_find("congestion");
    assert_int_equal(tern_setting_number(row, "reno", &v), 0);
    assert_int_equal(v, 1);
    assert_int_equal(tern_setting_number(row, "re", &v), TERN_ERR_INVAL);
    assert_int_equal(tern_setting_number(row, "", &v), TERN_ERR_INVAL);
    assert_int_equal(tern_setting_number(tern_setting_find("r1"), "on", &v), TERN_ERR_INVAL);
    assert_int_equal(tern_sysctl_set(&s, "congestion", "bbr"), 0);
    assert_int_equal(s.congestion, 2);
    assert_int_equal(tern_sysctl_set(&s, "sack", "no"), 0);
    assert_int_equal(s.sack, 0);
    assert_int_equal(tern_sysctl_set(&s, "sack", "bbr"), TERN_ERR_INVAL);
    assert_int_equal(tern_sysctl_set(&s, "tcp_cubic.fast_convergence", "0"), 0);
    assert_int_equal(s.cubic_convergence, 0);
}

static void every_row_leads_somewhere(void **state)
{
    (void)state;
    const struct tern_sysctl_info *row;
    for (size_t i = 0; (row = tern_sysctl_info(i)) != NULL; i++) {
        assert_ptr_equal(tern_sysctl_find(row->name), row);
        if (!row->setting) {
            assert_non_null(row->values);
            assert_true(strlen(row->text) > 0);
            continue;
        }
        char words[96], *rest = words;
        assert_true(strlen(row->setting) < sizeof words);
        strcpy(words, row->setting);
        for (char *w = strtok_r(rest, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
            struct tern_settings s = fresh();
            const struct tern_setting_info *info = NULL;
            for (size_t k = 0; (info = tern_setting_info(k)) != NULL && strcmp(info->name, w); k++) {
            }
            assert_non_null(info);
            assert_int_equal(tern_settings_set(&s, w, info->def), 0);
        }
    }
}

static void every_profile_makes_a_stack(void **state)
{
    (void)state;
    static const char *const names[] = {"rfc", "linux", "freebsd"};
    for (int i = 0; i < 3; i++) {
        struct tern_settings s;
        assert_int_equal(tern_profile_set(&s, names[i]), 0);
        struct tern_stack *stack = tern_stack_new(&(struct tern_stack_config){.alloc = &tern_alloc_libc, .settings = &s});
        assert_non_null(stack);
        tern_stack_free(stack);
    }
    struct tern_settings s = fresh();
    assert_int_equal(tern_profile_set(&s, "windows"), TERN_ERR_INVAL);
}

/* ---- what they do ---- */

static void with_profile(struct rig *r, const char *name)
{
    uint64_t iss = r->set.fixed_isn;
    assert_int_equal(tern_profile_set(&r->set, name), 0);
    r->set.fixed_isn = iss;
}

static void freebsd_rounds_its_buffer_to_segments(struct rig *r)
{
    with_profile(r, "freebsd");
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .wnd = 65535);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    DATA_IN(r, 1, 1000);
    DATA_IN(r, 1001, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2001, .wnd = 66000 - 2000);
    assert_int_equal(tern_conn_recv(r->c, r->now, NULL, 700), 700);
    DATA_IN(r, 2001, 1000);
    DATA_IN(r, 3001, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 4001, .wnd = 66000 - 3300); /* all that is free, less than a segment more */
}

static void linux_offers_half_of_its_buffer(struct rig *r)
{
    with_profile(r, "linux");
    SET(&r->set, "net.ipv4.tcp_rmem", "4096 40000 15728640");
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000, .ws = 1);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .wnd = 20000, .ws = 9); /* 15 MiB need a shift of 8 */
}

static void linux_acknowledges_the_first_segments_at_once(struct rig *r)
{
    with_profile(r, "linux");
    open_mss(r, 1000);
    for (int i = 0; i < 3; i++) {
        DATA_IN(r, 1 + 100 * i, 100);
        ACK_OUT(r, 101 + 100 * i);
    }
    SAW(r, ACK_QUICK);
}

/* In the second round of a test: the settings as they are now, and no connection. */
static void anew(struct rig *r)
{
    if (!r->s) return;
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    rig_abort(r);
    rig_release(r);
    rig_clear(r);
    r->sent_n = r->read_n = 0;
}

static void no_slow_start_again_after_idle(struct rig *r)
{
    for (int on = 0; on < 2; on++) {
        r->set.restart_idle = (uint64_t)on;
        anew(r);
        open_mss(r, 1000);
        rig_send(r, 40000);
        for (int i = 1; i <= 40; i++) {
            rig_clear(r);
            ACK_IN(r, 1 + 1000 * i);
        }
        rig_pass(r, 60 * TERN_SEC);
        uint32_t before = rig_status(r).cwnd;
        assert_true(before > 10000);
        send_quietly(r, 1000);
        if (on)
            assert_true(rig_status(r).cwnd < before);
        else
            assert_int_equal(rig_status(r).cwnd, before);
    }
}

static void a_rst_anywhere_in_the_window_counts_without_rfc_5961(struct rig *r)
{
    r->set.rfc5961_rst = 0;
    open_mss(r, 1000);
    IN(r, .flags = RST, .seq = 500);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_RESET);
    NONE(r);
}

static void a_syn_in_the_window_resets_without_rfc_5961(struct rig *r)
{
    r->set.rfc5961_syn = 0;
    open_mss(r, 1000);
    IN(r, .flags = SYN, .seq = 500);
    OUT(r, .flags = RST | ACK, .seq = 1, .ack = 1);
    SAW(r, RST_SYN);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_RESET);
}

static void syn_with_fin_by_drop_syn_fin(struct rig *r)
{
    r->set.drop_syn_fin = 0;
    rig_listen(r);
    IN(r, .flags = SYN | FIN, .mss = 1000);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    r->set.drop_syn_fin = 2;
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    ACK_IN(r, 1);
    assert_non_null(rig_accept(r));
    IN(r, .flags = SYN | FIN, .seq = 1);
    NONE(r); /* not even a challenge */
    assert_true(rig_saw_drop(r, TERN_DROP_SYN_FIN));
}

static void a_syn_without_options_after_so_many(struct rig *r)
{
    r->set.syn_plain = 2;
    rig_connect(r);
    for (int i = 0; i < 3; i++) {
        const struct out_seg *o = rig_next(r);
        assert_non_null(o);
        assert_int_equal((o->h.opt.present & OPT_WSCALE) != 0, i < 2);
        assert_int_equal((o->h.opt.present & OPT_SACK_PERMITTED) != 0, i < 2);
        assert_true(o->h.opt.present & OPT_MSS);
        if (i < 2) rig_pass(r, TERN_SEC << i);
    }
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_false(rig_status(r).wscale_ok);
    assert_false(rig_status(r).sack);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10); /* needs no timestamps */
    READ(r, 10);
}

/* The SYN without options crossed the answer to the one before: what the peer agreed to counts, and it wants timestamps. */
static void the_answer_to_an_earlier_syn_tells_its_options(struct rig *r)
{
    r->set.syn_plain = 1;
    rig_connect(r);
    uint32_t ours = rig_next(r)->h.opt.ts_val;
    rig_pass(r, TERN_SEC);
    assert_int_equal(rig_next(r)->h.opt.present, OPT_MSS);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .ws = 3, .sack_ok = true, .ts = true, .tsval = 7, .tsecr = ours);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.opt.present, OPT_TIMESTAMPS);
    assert_int_equal(o->h.opt.ts_ecr, 7);
    assert_true(rig_status(r).wscale_ok);
    assert_true(rig_status(r).sack);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .ts = true, .tsval = 8, .tsecr = ours);
    READ(r, 10);
}

static void no_dsack_without_the_setting(struct rig *r)
{
    for (int on = 1; on >= 0; on--) {
        r->set.dsack = (uint64_t)on;
        anew(r);
        r->syn.sack_ok = true;
        open_mss(r, 1000);
        DATA_IN(r, 1, 100);
        DATA_IN(r, 1, 100);
        OUT(r, .flags = ACK, .seq = 1, .ack = 101, .sack_n = on ? 1 : 255, .sack = {{1, 101}});
    }
}

static void fast_retransmit_by_dup_threshold(struct rig *r)
{
    r->set.dup_threshold = 2;
    open_mss(r, 1000);
    send_quietly(r, 5000);
    ACK_IN(r, 1001);
    ACK_IN(r, 1001);
    NONE(r);
    ACK_IN(r, 1001);
    DATA_OUT(r, 1001, 1000);
}

static void freebsd_acknowledges_every_second_segment(struct rig *r)
{
    with_profile(r, "freebsd");
    open_mss(r, 1000);
    DATA_IN(r, 1, 1000);
    DATA_IN(r, 1001, 1000);
    ACK_OUT(r, 2001);
    DATA_IN(r, 2001, 1);
    NONE(r);
    DATA_IN(r, 2002, 2); /* far from two full ones */
    ACK_OUT(r, 2004);
    DATA_IN(r, 2004, 1);
    rig_pass(r, 40 * TERN_MS);
    ACK_OUT(r, 2005);
}

static void freebsd_takes_all_that_its_buffer_holds(struct rig *r)
{
    with_profile(r, "freebsd");
    r->set.rfc5961_rst = 0;
    open_mss(r, 1000); /* 66 segments, more than an unscaled window can say */
    IN(r, .flags = RST, .seq = 66001);
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = RST, .seq = 66000);
    STATE(r, TERN_CLOSED);
}

static void a_rst_at_the_right_edge_is_outside(struct rig *r)
{
    r->set.rfc5961_rst = 0;
    r->set.receive_buffer = 10000;
    open_mss(r, 1000);
    IN(r, .flags = RST, .seq = 10001);
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = RST, .seq = 10000);
    STATE(r, TERN_CLOSED);
}

static void freebsd_repeats_its_fin_with_the_ack_of_the_peers(struct rig *r)
{
    with_profile(r, "freebsd");
    rig_to_state(r, TERN_FIN_WAIT_1);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_CLOSING);
    NONE(r);
    IN(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
}

static void freebsd_is_quiet_in_time_wait(struct rig *r)
{
    with_profile(r, "freebsd");
    rig_to_state(r, TERN_TIME_WAIT);
    IN(r, .flags = SYN, .seq = 1); /* old */
    IN(r, .flags = FIN, .seq = 1); /* without ACK */
    NONE(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    r->set.time_wait_quiet = 0;
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    IN(r, .flags = SYN, .seq = 1);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
}

/* A window of 32 segments offered makes super-segments of 16: what goes at once (10), and three of those. */
static void linux_takes_whole_super_segments(struct rig *r)
{
    static uint8_t bytes[200000];
    with_profile(r, "linux");
    r->set.send_buffer = 50000;
    r->syn.wnd = 32792;
    open_mss(r, 1000);
    assert_int_equal(tern_conn_send(r->c, r->now, bytes, 59000), 58000);
    assert_int_equal(tern_conn_send(r->c, r->now, bytes, 1), TERN_ERR_AGAIN);
}

/* Twice the congestion window, as soon as the application waits for room and the window is not used up; what it asked for stays.
 */
static void linux_lets_a_send_buffer_grow(struct rig *r)
{
    static uint8_t bytes[200000];
    for (int own = 0; own < 2; own++) {
        if (own) {
            rig_abort(r);
            rig_release(r);
            rig_clear(r);
        } else {
            with_profile(r, "linux");
            r->set.send_buffer = 20000;
        }
        open_mss(r, 1000);
        if (own) set_option(r, TERN_OPT_SEND_BUFFER, 20000);
        assert_true(tern_conn_send(r->c, r->now, bytes, sizeof bytes) < 50000);
        int64_t limit;
        for (int64_t acked = 1001; acked < 20000; acked += 1000) {
            rig_clear(r);
            ACK_IN(r, acked);
        }
        assert_int_equal(tern_conn_get(r->c, TERN_OPT_SEND_BUFFER, &limit), 0);
        if (own)
            assert_int_equal(limit, 20000);
        else
            assert_in_range(limit, 50000, r->set.send_buffer_max);
    }
}

static void linux_probes_a_zero_window_without_data(struct rig *r)
{
    with_profile(r, "linux");
    open_mss(r, 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    rig_send(r, 100);
    for (int i = 0; i < 3; i++) {
        rig_pass(r, 10 * TERN_SEC);
        OUT(r, .flags = ACK, .seq = 0, .ack = 1, .len = 0);
        rig_clear(r);
    }
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 1000);
    OUT(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 100);
}

/* Nine of ten segments used: the window grows up to twice that, and no further. */
static void linux_grows_a_window_that_was_half_used(struct rig *r)
{
    with_profile(r, "linux");
    open_mss(r, 1000);
    send_quietly(r, 9000);
    for (int i = 1; i <= 9; i++) {
        ACK_IN(r, 1 + 1000 * i);
        assert_int_equal(rig_status(r).cwnd, 1000 * (10 + (i < 8 ? i : 8)));
    }
}

/* Two duplicates, then three segments acknowledged: one of them is news. */
static void linux_counts_what_duplicates_told_once(struct rig *r)
{
    for (int on = 0; on < 2; on++) {
        r->set.dup_counted = (uint64_t)on;
        anew(r);
        open_mss(r, 1000);
        send_quietly(r, 20000);
        ACK_IN(r, 1);
        ACK_IN(r, 1);
        ACK_IN(r, 3001);
        rig_clear(r);
        assert_int_equal(rig_status(r).cwnd, on ? 11000 : 13000);
    }
}

/* The round trip is 100 ms, then steady: the variation goes to nothing, and 200 ms stay above the round trip. */
static void rto_min_of_the_variation(struct rig *r)
{
    for (int on = 0; on < 2; on++) {
        r->set.rto_min_var = (uint64_t)on;
        anew(r);
        open_mss(r, 1000);
        for (int i = 0; i < 40; i++) {
            send_quietly(r, 1000);
            rig_pass(r, 100 * TERN_MS);
            ACK_IN(r, 1 + 1000 * (i + 1));
        }
        tern_ns rto = rig_status(r).rto;
        if (on)
            assert_in_range(rto, 290 * TERN_MS, 301 * TERN_MS);
        else
            assert_int_equal(rto, 200 * TERN_MS);
    }
}

static void a_rst_has_the_timestamps_agreed_on(struct rig *r)
{
    open_ts(r, 1000, 700);
    rig_abort(r);
    rig_collect(r);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, RST | ACK);
    assert_true(o->h.opt.present & OPT_TIMESTAMPS);
    assert_int_equal(o->h.opt.ts_ecr, 700);
}

static const struct rig_test tests[] = {
    RIG_TEST(freebsd_acknowledges_every_second_segment),
    RIG_TEST(freebsd_takes_all_that_its_buffer_holds),
    RIG_TEST(a_rst_at_the_right_edge_is_outside),
    RIG_TEST(freebsd_repeats_its_fin_with_the_ack_of_the_peers),
    RIG_TEST(freebsd_is_quiet_in_time_wait),
    RIG_TEST(linux_takes_whole_super_segments),
    RIG_TEST(linux_lets_a_send_buffer_grow),
    RIG_TEST(linux_probes_a_zero_window_without_data),
    RIG_TEST(linux_grows_a_window_that_was_half_used),
    RIG_TEST(linux_counts_what_duplicates_told_once),
    RIG_TEST(rto_min_of_the_variation),
    RIG_TEST(a_rst_has_the_timestamps_agreed_on),
    RIG_TEST(freebsd_rounds_its_buffer_to_segments),
    RIG_TEST(linux_offers_half_of_its_buffer),
    RIG_TEST(linux_acknowledges_the_first_segments_at_once),
    RIG_TEST(no_slow_start_again_after_idle),
    RIG_TEST(a_rst_anywhere_in_the_window_counts_without_rfc_5961),
    RIG_TEST(a_syn_in_the_window_resets_without_rfc_5961),
    RIG_TEST(syn_with_fin_by_drop_syn_fin),
    RIG_TEST(a_syn_without_options_after_so_many),
    RIG_TEST(the_answer_to_an_earlier_syn_tells_its_options),
    RIG_TEST(no_dsack_without_the_setting),
    RIG_TEST(fast_retransmit_by_dup_threshold),
};

int main(void)
{
    const struct CMUnitTest table[] = {
        cmocka_unit_test(a_kernels_name_sets_terns_setting), cmocka_unit_test(retries_are_the_time_that_they_take),
        cmocka_unit_test(rfc1323_is_two_settings),           cmocka_unit_test(nothing_is_taken_and_forgotten),
        cmocka_unit_test(half_of_a_wrong_value_is_not_set),  cmocka_unit_test(names_stand_for_numbers),
        cmocka_unit_test(every_row_leads_somewhere),         cmocka_unit_test(every_profile_makes_a_stack),
    };
    return cmocka_run_group_tests(table, NULL, NULL) + rig_run_all(__FILE__, tests, sizeof tests / sizeof tests[0]);
}
