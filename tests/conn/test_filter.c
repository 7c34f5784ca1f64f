/* A listener's rules: who is taken, dropped and refused before anything is kept, and the limits of those who are taken. */
#include "stack_test.h"

#include <stdio.h>

/* Who speaks from now on: number |n| of the net that the rules of these tests are about, or of another one. */
static void speak_as(struct rig *r, bool inside, unsigned n)
{
    char text[TERN_ADDR_STRLEN];
    if (r->v6)
        snprintf(text, sizeof text, "2001:db8:%x:%x::1", inside ? 0x10u : 0x20u, n);
    else
        snprintf(text, sizeof text, "%s.%u", inside ? "198.51.100" : "203.0.113", n);
    r->remote.addr = addr_of(text);
}

/* "drop NET", where NET is that net, of the rig's family. */
static struct tern_filter rule(const struct rig *r, const char *text)
{
    char all[128];
    struct tern_filter f;
    const char *net = strstr(text, "NET");
    snprintf(all, sizeof all, "%.*s%s%s", net ? (int)(net - text) : (int)strlen(text), text,
             !net    ? ""
             : r->v6 ? "2001:db8:10::/48"
                     : "198.51.100.0/24",
             net ? net + 3 : "");
    assert_int_equal(tern_filter_parse(all, &f), 0);
    return f;
}

static void rules(struct rig *r, const char *a, const char *b)
{
    struct tern_filter f[2] = {rule(r, a)};
    if (b) f[1] = rule(r, b);
    if (!r->l) rig_listen(r);
    assert_int_equal(tern_listener_filter(r->l, f, b ? 2 : 1), 0);
}

static bool answered(struct rig *r, uint16_t with)
{
    const struct out_seg *o = rig_next(r);
    bool yes = o && o->h.flags == with;
    assert_null(rig_next(r));
    assert_true(yes || !o);
    return yes;
}

/* Does a SYN get a SYN,ACK? */
static bool is_taken(struct rig *r, uint16_t port)
{
    IN(r, .flags = SYN, .src_port = port);
    return answered(r, SYN | ACK);
}

static void finish(struct rig *r, uint16_t port)
{
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = port);
    rig_clear(r);
}

/* proves: ATTACK-10, TERN 1 */
static void the_first_rule_that_fits_decides(struct rig *r)
{
    rules(r, "drop NET", "allow any");
    speak_as(r, true, 1);
    assert_false(is_taken(r, 1000)); /* the first packet costs a buffer, which stays in the pool */
    size_t before = rig_counters(r).memory_used;
    assert_false(is_taken(r, 1001));
    assert_int_equal(rig_drops(r, TERN_DROP_FILTERED), 2);
    assert_int_equal(rig_counters(r).memory_used, before); /* nothing was made of it */
    speak_as(r, false, 1);
    assert_true(is_taken(r, 1000));
    rules(r, "allow NET", "drop any");
    assert_false(is_taken(r, 1001));
    speak_as(r, true, 1);
    assert_true(is_taken(r, 1001));
    assert_int_equal(tern_listener_filter(r->l, NULL, 0), 0);
    speak_as(r, false, 1);
    assert_true(is_taken(r, 1001));
}

/* proves: ATTACK-10, TERN 1 */
static void what_is_dropped_gets_no_answer_whatever_it_is(struct rig *r)
{
    rules(r, "drop NET", NULL);
    speak_as(r, true, 1);
    for (uint16_t flags = 0; flags < 64; flags++) IN(r, .flags = flags, .seq = 5, .ack = 6, .len = flags % 3);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_FILTERED), 64);
    assert_int_equal(rig_counters(r).half_n, 0);
}

/* proves: ATTACK-10, TERN 1 */
static void what_is_refused_gets_a_rst_even_where_others_hear_nothing(struct rig *r)
{
    r->set.silent = 1;
    rules(r, "reset NET", NULL);
    speak_as(r, true, 1);
    IN(r, .flags = SYN);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
    IN(r, .flags = RST, .seq = 1);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_FILTER_RESET), 2);
    assert_true(rig_saw(r, TERN_RULE_FILTER_RESET));
    IN(r, .flags = SYN, .dst_port = 81);
    NONE(r);
}

/* proves: ATTACK-10, TERN 1. The other family's rules fit nobody of this one. */
static void a_prefix_is_of_its_own_family(struct rig *r)
{
    rules(r, r->v6 ? "drop 0.0.0.0/0" : "drop 2001:db8::/32", NULL);
    speak_as(r, true, 1);
    assert_true(is_taken(r, 1000));
    rules(r, r->v6 ? "drop 2000::/3" : "drop 0.0.0.0/0", NULL);
    assert_false(is_taken(r, 1001));
    rules(r, "drop ::/0", NULL); /* both */
    assert_false(is_taken(r, 1002));
}

/* Those that are there go on. */
static void rules_are_not_asked_about_connections(struct rig *r)
{
    rig_listen(r);
    speak_as(r, true, 1);
    assert_true(is_taken(r, 1000));
    assert_true(is_taken(r, 1001));
    finish(r, 1001);
    rules(r, "drop any", NULL);
    finish(r, 1000);
    assert_int_equal(info_of(r->l).accept_n, 2);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 5, .src_port = 1000);
    r->c = tern_listener_accept(r->l);
    r->c = tern_listener_accept(r->l);
    assert_int_equal(tern_conn_readable(r->c), 5);
}

/* proves: ATTACK-10, TERN 1. Half-open ones: a cookie is still to be had, where there are any. */
static void half_open_connections_of_a_prefix_are_limited(struct rig *r)
{
    r->set.syn_cookies = 0;
    rules(r, "allow NET half 3", NULL);
    for (uint16_t i = 0; i < 5; i++) {
        speak_as(r, true, 1u + i);
        assert_int_equal(is_taken(r, 1000), i < 3);
    }
    assert_int_equal(rig_drops(r, TERN_DROP_FILTER_HALF), 2);
    speak_as(r, false, 1);
    assert_true(is_taken(r, 1000));
    speak_as(r, true, 2);
    finish(r, 1000); /* it is none any more */
    speak_as(r, true, 9);
    assert_true(is_taken(r, 1000));
    assert_false(is_taken(r, 1001));
    r->set.syn_cookies = 1;
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    assert_true(is_taken(r, 1002));
    assert_int_equal(rig_counters(r).syn_cookies_sent, 1);
    for (int i = 0; i < 10; i++) rig_pass(r, 60 * TERN_SEC), rig_clear(r); /* they are given up */
    for (uint16_t i = 0; i < 3; i++) assert_true(is_taken(r, (uint16_t)(2000 + i)));
}

static bool opened(struct rig *r, uint16_t port)
{
    if (!is_taken(r, port)) return false;
    finish(r, port);
    return true;
}

/* proves: ATTACK-10, TERN 1 */
static void connections_of_each_source_are_limited(struct rig *r)
{
    struct tern_conn *c[4];
    rules(r, "allow NET each conns 2", NULL);
    for (unsigned who = 1; who < 3; who++) {
        speak_as(r, true, who);
        for (uint16_t i = 0; i < 4; i++) assert_int_equal(opened(r, (uint16_t)(1000 + i)), i < 2);
    }
    assert_int_equal(rig_drops(r, TERN_DROP_FILTER_CONNS), 4);
    for (int i = 0; i < 4; i++) assert_non_null(c[i] = tern_listener_accept(r->l));
    tern_conn_abort(c[2], r->now); /* of the second */
    rig_clear(r);
    speak_as(r, true, 1);
    assert_false(is_taken(r, 1008));
    speak_as(r, true, 2);
    assert_true(opened(r, 1009)); /* the handle of the one that has ended does not count */
    assert_false(is_taken(r, 1010));
    for (int i = 0; i < 4; i++) tern_conn_release(c[i], r->now);
}

/* proves: ATTACK-10, TERN 1. One customer has a /64. */
static void a_source_of_ipv6_is_a_64(struct rig *r)
{
    if (!r->v6) return;
    rules(r, "allow NET each half 1", NULL);
    r->remote.addr = addr_of("2001:db8:10:5::1");
    assert_true(is_taken(r, 1000));
    r->set.syn_cookies = 0;
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    r->remote.addr = addr_of("2001:db8:10:5:1:2:3:4");
    assert_false(is_taken(r, 1000));
    r->remote.addr = addr_of("2001:db8:10:6::1");
    assert_true(is_taken(r, 1000));
}

/* proves: ATTACK-10, TERN 1 */
static void syns_are_limited_by_their_rate(struct rig *r)
{
    rules(r, "allow NET each rate 10", NULL);
    speak_as(r, true, 1);
    for (int second = 0; second < 3; second++) {
        uint32_t n = 0;
        for (uint16_t i = 0; i < 50; i++) {
            n += is_taken(r, (uint16_t)(1000 + 100 * second + i));
            rig_pass(r, 20 * TERN_MS);
            rig_clear(r);
        }
        assert_in_range(n, second ? 9 : 19, second ? 11 : 20); /* at first a second's worth more */
    }
    speak_as(r, true, 2);
    assert_true(is_taken(r, 1000));
    assert_true(rig_drops(r, TERN_DROP_FILTER_RATE) > 100);
}

/* proves: ATTACK-10, TERN 1. Who comes by a cookie counts as well. */
static void cookies_are_no_way_around_it(struct rig *r)
{
    r->set.syn_cookies = 2;
    rules(r, "allow NET conns 1", NULL);
    speak_as(r, true, 1);
    seq32 iss[3];
    for (uint16_t i = 0; i < 3; i++) {
        IN(r, .flags = SYN, .src_port = (uint16_t)(1000 + i));
        const struct out_seg *o = rig_next(r);
        assert_non_null(o);
        iss[i] = o->h.seq;
    }
    for (uint16_t i = 0; i < 3; i++)
        IN(r, .flags = ACK, .seq = 1, .ack = (int64_t)(int32_t)(iss[i].v - r->iss) + 1, .src_port = (uint16_t)(1000 + i));
    assert_int_equal(info_of(r->l).accept_n, 1);
    assert_int_equal(rig_drops(r, TERN_DROP_FILTER_CONNS), 2);
    NONE(r);
}

/* proves: ATTACK-10, TERN 1. Whatever many sources send, what is remembered of them has a bound. */
static void sources_that_come_once_leave_nothing_behind(struct rig *r)
{
    r->set.syn_cookies = 2;
    rules(r, "allow any each rate 5 half 100 conns 100", NULL);
    size_t most = 0;
    for (unsigned i = 0; i < 20000; i++) {
        struct tern_addr a = addr_of(r->v6 ? "2001:db8:77::1" : "198.18.0.0");
        if (r->v6)
            a.b[6] = (uint8_t)(i >> 8), a.b[7] = (uint8_t)i;
        else
            a.b[14] = (uint8_t)(i >> 8), a.b[15] = (uint8_t)i;
        r->remote.addr = a;
        IN(r, .flags = SYN);
        rig_clear(r);
        if (i == 2000) most = rig_counters(r).memory_used;
    }
    assert_true(rig_counters(r).memory_used <= most + 16384);
    tern_listener_close(r->l);
    r->l = NULL;
}

/* Connections outlive their listener and its rules. */
static void rules_change_while_they_count(struct rig *r)
{
    rules(r, "allow NET half 2 conns 2 rate 100", NULL);
    speak_as(r, true, 1);
    assert_true(opened(r, 1000));
    assert_true(is_taken(r, 1001));
    rules(r, "allow NET conns 1", NULL);
    assert_true(is_taken(r, 1002)); /* counted anew */
    assert_false(is_taken(r, 1003));
    finish(r, 1001);
    struct tern_conn *a = tern_listener_accept(r->l), *b = tern_listener_accept(r->l);
    tern_listener_close(r->l);
    r->l = NULL;
    tern_conn_release(a, r->now);
    tern_conn_release(b, r->now);
    for (int i = 0; i < 40; i++) rig_pass(r, 60 * TERN_SEC), rig_clear(r);
    assert_int_equal(rig_counters(r).conn_n, 0);
}

static void what_cannot_be_is_refused_and_changes_nothing(struct rig *r)
{
    struct tern_filter f = rule(r, "drop NET"), many[TERN_FILTER_MAX + 1] = {{.prefix_len = 0}};
    rules(r, "drop NET", NULL);
    f.prefix_len = 129;
    assert_int_equal(tern_listener_filter(r->l, &f, 1), TERN_ERR_INVAL);
    f = rule(r, "drop NET"), f.action = 3;
    assert_int_equal(tern_listener_filter(r->l, &f, 1), TERN_ERR_INVAL);
    f = rule(r, "drop NET"), f.conns_max = 1;
    assert_int_equal(tern_listener_filter(r->l, &f, 1), TERN_ERR_INVAL);
    assert_int_equal(tern_listener_filter(r->l, many, TERN_FILTER_MAX + 1), TERN_ERR_INVAL);
    speak_as(r, true, 1);
    assert_false(is_taken(r, 1000));
    assert_int_equal(tern_listener_filter(r->l, many, TERN_FILTER_MAX), 0);
    assert_true(is_taken(r, 1000));
}

/* ---- scans ---- */

static void expect_scan(struct rig *r, uint16_t flags, uint16_t port, enum tern_rule what, bool rst)
{
    uint64_t before = rig_counters(r).scans;
    rig_mark(r);
    IN(r, .flags = flags, .seq = 7, .dst_port = port);
    assert_int_equal(count_out(r, RST | ACK), rst);
    assert_true(rig_saw(r, what));
    assert_int_equal(rig_counters(r).scans, before + 1);
}

/* proves: TERN 5. FIN, NULL, Xmas; and SYN with FIN, where that is none. */
static void a_scan_is_noted_with_what_it_finds_out(struct rig *r)
{
    static const uint16_t scan[] = {FIN, 0, FIN | PSH | URG};
    rig_listen(r);
    for (size_t i = 0; i < sizeof scan / sizeof *scan; i++) {
        expect_scan(r, scan[i], RIG_PORT, TERN_RULE_SCAN_OPEN, false);
        expect_scan(r, scan[i], 81, TERN_RULE_SCAN_CLOSED, true);
    }
    expect_scan(r, SYN | FIN, RIG_PORT, TERN_RULE_SCAN_OPEN, false);
    expect_scan(r, SYN | FIN, 81, TERN_RULE_SCAN_CLOSED, true);
    r->set.silent = 1;
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    for (size_t i = 0; i < sizeof scan / sizeof *scan; i++) {
        expect_scan(r, scan[i], RIG_PORT, TERN_RULE_SCAN_SILENT, false);
        expect_scan(r, scan[i], 81, TERN_RULE_SCAN_SILENT, false);
    }
    r->set.drop_syn_fin = 2;
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    expect_scan(r, SYN | FIN, RIG_PORT, TERN_RULE_SCAN_SILENT, false);
    r->set.drop_syn_fin = 0; /* then it is a SYN as any other */
    assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
    IN(r, .flags = SYN | FIN, .dst_port = 81);
    IN(r, .flags = SYN, .dst_port = 81);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .dst_port = 81);
    NONE(r);
    assert_int_equal(rig_counters(r).scans, 15); /* those are other people's mistakes */
}

static void a_syn_scan_is_noted_when_it_resets(struct rig *r)
{
    rig_listen(r);
    rig_mark(r);
    IN(r, .flags = SYN);
    rig_clear(r);
    IN(r, .flags = RST, .seq = 9000000);
    assert_int_equal(rig_counters(r).syn_scans, 0); /* not believed */
    IN(r, .flags = RST, .seq = 1);
    assert_int_equal(rig_counters(r).syn_scans, 1);
    assert_true(rig_saw(r, TERN_RULE_SCAN_SYN));
    assert_int_equal(rig_counters(r).half_n, 0);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_first_rule_that_fits_decides),
    RIG_TEST(what_is_dropped_gets_no_answer_whatever_it_is),
    RIG_TEST(what_is_refused_gets_a_rst_even_where_others_hear_nothing),
    RIG_TEST(a_prefix_is_of_its_own_family),
    RIG_TEST(rules_are_not_asked_about_connections),
    RIG_TEST(half_open_connections_of_a_prefix_are_limited),
    RIG_TEST(connections_of_each_source_are_limited),
    RIG_TEST(a_source_of_ipv6_is_a_64),
    RIG_TEST(syns_are_limited_by_their_rate),
    RIG_TEST(cookies_are_no_way_around_it),
    RIG_TEST(sources_that_come_once_leave_nothing_behind),
    RIG_TEST(rules_change_while_they_count),
    RIG_TEST(what_cannot_be_is_refused_and_changes_nothing),
    RIG_TEST(a_scan_is_noted_with_what_it_finds_out),
    RIG_TEST(a_syn_scan_is_noted_when_it_resets),
};

RIG_MAIN(tests)
