/* ICMP and ICMPv6: RFC 9293 3.9.2.2, RFC 5927, RFC 1191, RFC 8201. */
#include "stack_test.h"

static void unreachable(struct rig *r, bool port, int64_t at)
{
    if (r->v6)
        rig_icmp(r, 1, port ? 4 : 0, 0, at);
    else
        rig_icmp(r, 3, port ? 3 : 1, 0, at);
}

static void too_big(struct rig *r, uint32_t mtu, int64_t at)
{
    if (r->v6)
        rig_icmp(r, 2, 0, mtu, at);
    else
        rig_icmp(r, 3, 4, mtu, at);
}

/* proves: MUST-54, SHLD-26 */
static void a_hard_error_ends_an_open(struct rig *r)
{
    rig_connect(r);
    unreachable(r, true, 0);
    STATE(r, TERN_CLOSED);
    SAW(r, ICMP_HARD);
    assert_int_not_equal(tern_conn_error(r->c), 0);
    assert_true(rig_events(r) & TERN_ERROR);
}

/* proves: MUST-47, MUST-56, SHLD-25 */
static void a_soft_error_does_not_end_an_open(struct rig *r)
{
    rig_connect(r);
    rig_clear(r);
    unreachable(r, false, 0);
    STATE(r, TERN_SYN_SENT);
    assert_true(rig_events(r) & TERN_SOFT_ERROR);
    assert_int_equal(tern_conn_soft_error(r->c), TERN_ERR_UNREACH);
    assert_int_equal(tern_conn_soft_error(r->c), 0); /* taken */
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
}

static void a_hard_error_is_advice_once_established(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 100);
    rig_clear(r);
    unreachable(r, true, 1);
    STATE(r, TERN_ESTABLISHED);
    SAW(r, ICMP_SOFT);
    assert_int_equal(tern_conn_soft_error(r->c), TERN_ERR_UNREACH);
    assert_int_equal(tern_conn_error(r->c), 0);
}

/* proves: RFC 5927 4.1 */
static void errors_about_what_is_not_in_flight_are_ignored(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 100);
    rig_clear(r);
    unreachable(r, true, 0);   /* acknowledged long ago */
    unreachable(r, true, 101); /* not sent yet */
    unreachable(r, true, -70000);
    assert_int_equal(tern_conn_soft_error(r->c), 0);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_UNKNOWN), 3);
}

static void errors_about_an_unsent_syn_number_do_not_end_an_open(struct rig *r)
{
    rig_connect(r);
    unreachable(r, true, 1);
    STATE(r, TERN_SYN_SENT);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_UNKNOWN), 1);
}

static void errors_about_no_connection_are_counted(struct rig *r)
{
    rig_start(r);
    unreachable(r, true, 0);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_UNKNOWN), 1);
}

static void too_big_lowers_the_path_mtu_and_sends_again(struct rig *r)
{
    r->syn.mss = 1460;
    rig_passive(r);
    rig_send(r, 1400);
    assert_non_null(rig_next(r));
    too_big(r, 1300, 1);
    SAW(r, ICMP_TOO_BIG);
    assert_int_equal(rig_status(r).path_mtu, 1300);
    uint32_t again = 0;
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
        assert_true(o->len <= 1300);
        again += o->h.len;
    }
    assert_int_equal(again, 1400); /* without waiting for the timer */
}

static void too_big_that_is_not_smaller_is_ignored(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 500);
    rig_clear(r);
    too_big(r, 1500, 1);
    too_big(r, 9000, 1);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_MTU), 2);
    assert_int_equal(rig_status(r).path_mtu, 1500);
}

static void too_big_never_goes_below_the_floor(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 1000);
    rig_clear(r);
    too_big(r, 70, 1);
    assert_int_equal(rig_status(r).path_mtu, r->v6 ? 1500 : 552);
}

static void too_big_about_what_is_not_in_flight_is_ignored(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 500);
    rig_clear(r);
    too_big(r, 1300, 501);
    assert_int_equal(rig_status(r).path_mtu, 1500);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_UNKNOWN), 1);
}

static void a_smaller_path_mtu_is_forgotten(struct rig *r)
{
    r->syn.mss = 1460;
    r->syn.wnd = 60000;
    rig_passive(r);
    rig_send(r, 1400);
    rig_clear(r);
    too_big(r, 1300, 1);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1401);
    rig_pass(r, r->set.pmtu_age + TERN_SEC);
    rig_send(r, 1400);
    assert_int_equal(rig_status(r).path_mtu, 1500);
    SAW(r, PMTU_RAISE);
}

/* proves: MUST-55, RFC 5927 6.2 */
static void source_quench_is_dropped(struct rig *r)
{
    if (r->v6) return;
    rig_passive(r);
    rig_send(r, 100);
    rig_clear(r);
    uint32_t cwnd = rig_status(r).cwnd;
    rig_icmp(r, 4, 0, 0, 1);
    assert_int_equal(rig_status(r).cwnd, cwnd); /* MUST-55 */
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_QUENCH), 1);
}

static void other_messages_are_counted(struct rig *r)
{
    rig_start(r);
    rig_icmp(r, r->v6 ? 134 : 9, 0, 0, 0); /* router advertisement */
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_ICMP_OTHER), 1);
}

/* ---- echo ---- */

static size_t echo_request(const struct rig *r, size_t payload, uint8_t *p)
{
    struct wire_ip ip = {
        .src = r->remote.addr, .dst = r->local.addr, .version = r->v6 ? 6 : 4, .proto = r->v6 ? 58 : 1, .ttl = 9};
    size_t at = wire_ip_build(&ip, (uint32_t)(8 + payload), true, 0, p), len = 8 + payload;
    memset(p + at, 0, 8);
    p[at] = r->v6 ? 128 : 8;
    be16_put(p + at + 4, 0x1234);
    be16_put(p + at + 6, 7);
    for (size_t i = 0; i < payload; i++) p[at + 8 + i] = rig_byte(i);
    csum_put(p + at + 2, csum_add(r->v6 ? csum_pseudo(&ip.src, &ip.dst, 58, (uint32_t)len) : 0, p + at, len));
    return at + len;
}

static void echo_is_answered_with_the_same_data(struct rig *r)
{
    uint8_t p[1600], out[1600];
    struct tern_pkt pkt;
    struct wire_ip ip;
    struct wire_icmp m;
    rig_start(r);
    for (size_t payload = 0; payload < 1400; payload += 333) {
        size_t len = echo_request(r, payload, p);
        assert_int_equal(in_by(r, 0, p, len), TERN_INPUT_TAKEN);
        assert_int_equal(tern_stack_output(r->s, 0, r->now, &pkt, 1), 1);
        assert_int_equal(tern_pkt_flatten(&pkt, out, sizeof out), len);
        assert_int_equal(wire_ip_parse(out, len, NULL, &ip), WIRE_OK);
        assert_true(tern_addr_eq(&ip.dst, &r->remote.addr));
        assert_int_equal(wire_icmp_parse(&ip, out + ip.head_len, len - ip.head_len, false, &m), WIRE_OK);
        assert_int_equal(m.kind, ICMP_ECHO_REPLY);
        assert_memory_equal(out + ip.head_len + 4, p + ip.head_len + 4, len - ip.head_len - 4);
    }
    SAW(r, ICMP_ECHO);
}

static void echo_is_limited_in_rate(struct rig *r)
{
    uint8_t p[100];
    struct tern_pkt pkt;
    r->set.answer_rate = 1, r->set.answer_rate_source = 1000;
    rig_start(r);
    int answers = 0;
    for (int i = 0; i < 120; i++) {
        in_by(r, 0, p, echo_request(r, 8, p));
        answers += tern_stack_output(r->s, 0, r->now, &pkt, 1);
    }
    assert_int_equal(answers, 100);
    assert_int_equal(rig_drops(r, TERN_DROP_RATE_LIMIT), 20);
}

static void the_queue_of_answers_is_bounded(struct rig *r)
{
    uint8_t p[100];
    r->set.answer_rate = r->set.answer_rate_source = 1000000;
    rig_start(r);
    for (int i = 0; i < 600; i++) in_by(r, 0, p, echo_request(r, 8, p));
    assert_int_equal(rig_drops(r, TERN_DROP_QUEUE_FULL), 88);
    assert_int_equal(rig_drops(r, TERN_DROP_RATE_LIMIT), 0);
    struct tern_pkt pkt;
    int n = 0;
    while (tern_stack_output(r->s, 0, r->now, &pkt, 1)) n++;
    assert_int_equal(n, 512);
}

static void a_wrong_icmp_checksum_is_dropped(struct rig *r)
{
    uint8_t p[100];
    rig_start(r);
    size_t len = echo_request(r, 8, p);
    p[len - 1] ^= 1;
    in_by(r, 0, p, len);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_CHECKSUM), 1);
}

static void a_truncated_icmp_message_is_dropped(struct rig *r)
{
    uint8_t p[60];
    struct wire_ip ip = {
        .src = addr_of(r->v6 ? "2001:db8::1" : "192.0.2.1"), .version = r->v6 ? 6 : 4, .proto = r->v6 ? 58 : 1, .ttl = 9};
    rig_start(r);
    ip.dst = r->local.addr;
    size_t len = wire_ip_build(&ip, 4, true, 0, p);
    memset(p + len, 0, 4);
    in_by(r, 0, p, len + 4);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_SHORT), 1);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_hard_error_ends_an_open),
    RIG_TEST(a_soft_error_does_not_end_an_open),
    RIG_TEST(a_hard_error_is_advice_once_established),
    RIG_TEST(errors_about_what_is_not_in_flight_are_ignored),
    RIG_TEST(errors_about_an_unsent_syn_number_do_not_end_an_open),
    RIG_TEST(errors_about_no_connection_are_counted),
    RIG_TEST(too_big_lowers_the_path_mtu_and_sends_again),
    RIG_TEST(too_big_that_is_not_smaller_is_ignored),
    RIG_TEST(too_big_never_goes_below_the_floor),
    RIG_TEST(too_big_about_what_is_not_in_flight_is_ignored),
    RIG_TEST(a_smaller_path_mtu_is_forgotten),
    RIG_TEST(source_quench_is_dropped),
    RIG_TEST(other_messages_are_counted),
    RIG_TEST(echo_is_answered_with_the_same_data),
    RIG_TEST(echo_is_limited_in_rate),
    RIG_TEST(the_queue_of_answers_is_bounded),
    RIG_TEST(a_wrong_icmp_checksum_is_dropped),
    RIG_TEST(a_truncated_icmp_message_is_dropped),
};

RIG_MAIN(tests)
