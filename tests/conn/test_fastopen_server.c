/* TCP Fast Open's server: RFC 7413 4.1.2, 4.2.2, 5.1. */
#include "stack_test.h"

#include <sodium.h>

#include "xfer.h"

static const uint8_t key_a[16] = "key number one..", key_b[16] = "key number two..";

/* The cookie that the rig's peer gets by |key|: SipHash-2-4 of both addresses, worked out apart from the stack. */
static const char *cookie_by(const struct rig *r, const uint8_t key[16], char hex[17])
{
    uint8_t pair[32], sum[8];
    size_t n = r->v6 ? 16 : 4;
    memcpy(pair, r->remote.addr.b + 16 - n, n);
    memcpy(pair + n, r->local.addr.b + 16 - n, n);
    crypto_shorthash(sum, pair, 2 * n, key);
    for (int i = 0; i < 8; i++) snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    return hex;
}

static char cookie[17];

/* A listener that bears |limit| pending ones; the stack's key is |key_a|, |cookie| the peer's. */
static void listen_fast(struct rig *r, int64_t limit)
{
    rig_listen(r);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_FASTOPEN, limit), 0);
    tern_stack_fastopen_keys(r->s, key_a, NULL);
    cookie_by(r, key_a, cookie);
    rig_mark(r);
}

/* Opened by a SYN with |len| bytes and a valid cookie, accepted, nothing left to take out. */
static void open_fast(struct rig *r, uint32_t len)
{
    listen_fast(r, 5);
    IN(r, .flags = SYN, .mss = 1000, .len = len, .fo = cookie);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1 + len, .fo = NO_OPTION);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_SYN_RECEIVED);
}

/* ---- cookies ---- */

static void a_request_is_answered_with_a_cookie(struct rig *r)
{
    listen_fast(r, 5);
    IN(r, .flags = SYN, .mss = 1000, .len = 100, .fo = "");
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .fo = cookie); /* the data waits for the handshake */
    SAW(r, FO_COOKIE_OUT);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .fo = NO_OPTION);
    assert_int_equal(rig_counters(r).fastopen_cookie_reqs, 1);
    assert_null(rig_accept(r));
}

static void the_answer_is_of_the_kind_that_was_asked(struct rig *r)
{
    listen_fast(r, 5);
    IN(r, .flags = SYN, .mss = 1000, .fo = "", .fo_exp = true);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .fo = cookie, .fo_exp = true);
}

/* proves: RFC 7413 4.1.2 */
static void a_wrong_cookie_makes_an_ordinary_handshake(struct rig *r)
{
    listen_fast(r, 5);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = "aaaaaaaaaaaaaaaa");
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .fo = cookie);
    SAW(r, FO_BAD_COOKIE);
    assert_null(rig_accept(r));
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    assert_false(rig_status(r).syn_data);
    assert_int_equal(rig_counters(r).fastopen_passive_fail, 1);
}

static void a_shorter_part_of_the_cookie_is_wrong(struct rig *r)
{
    listen_fast(r, 5);
    char part[9] = {0};
    memcpy(part, cookie, 8);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = part);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .fo = cookie);
}

/* proves: RFC 7413 4.1.2 */
static void the_backup_key_is_honoured_and_replaced(struct rig *r)
{
    char old[17];
    listen_fast(r, 5);
    tern_stack_fastopen_keys(r->s, key_b, key_a);
    memcpy(old, cookie, sizeof old);
    cookie_by(r, key_b, cookie);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = old);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 11, .fo = cookie);
    assert_non_null(rig_accept(r));
}

static void a_listener_may_have_keys_of_its_own(struct rig *r)
{
    listen_fast(r, 5);
    tern_listener_fastopen_keys(r->l, key_b, NULL);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = cookie);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .fo = cookie_by(r, key_b, cookie));
    uint8_t keys[2][16];
    assert_int_equal(tern_listener_fastopen_keys_get(r->l, keys), 1);
    assert_memory_equal(keys[0], key_b, 16);
    assert_int_equal(tern_stack_fastopen_keys_get(r->s, keys), 1);
    assert_memory_equal(keys[0], key_a, 16);
}

/* proves: RFC 7413 4.1.2. The key changes by itself; that of the span before is honoured, the one before that is not. */
static void keys_change_by_themselves(struct rig *r)
{
    uint8_t before[2][16], after[2][16];
    assert_int_equal(tern_settings_set(&r->set, "fastopen_key_life", 3600 * TERN_SEC), 0);
    listen_fast(r, 5);
    tern_stack_fastopen_keys(r->s, NULL, NULL);
    tern_stack_fastopen_keys_get(r->s, before);
    rig_pass(r, 3600 * TERN_SEC);
    rig_in(r, &(struct tseg){.flags = RST}); /* the stack learns the time by a call */
    assert_int_equal(tern_stack_fastopen_keys_get(r->s, after), 2);
    assert_memory_equal(after[1], before[0], 16);
    assert_memory_not_equal(after[0], before[0], 16);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = cookie_by(r, before[0], cookie));
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 11, .fo = cookie_by(r, after[0], cookie));
    rig_pass(r, 2 * 3600 * TERN_SEC);
    rig_clear(r);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = cookie_by(r, before[0], cookie), .src_port = 50000);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* ---- settings and options ---- */

static void plain(struct rig *r, const char *fo)
{
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = fo);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .fo = NO_OPTION);
    assert_null(rig_accept(r));
}

static void without_the_option_a_listener_does_not_take_part(struct rig *r)
{
    listen_fast(r, 0);
    plain(r, cookie);
}

static void without_the_setting_no_listener_takes_part(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen", 1), 0);
    listen_fast(r, 5);
    plain(r, cookie);
}

static void data_without_an_option_is_an_ordinary_syn(struct rig *r)
{
    listen_fast(r, 5);
    plain(r, NULL);
}

static void a_setting_makes_every_listener_take_part(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen", 0x402), 0);
    listen_fast(r, 0);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = cookie);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 11);
    assert_non_null(rig_accept(r));
}

static void a_setting_does_without_cookies(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen", 0x202), 0);
    listen_fast(r, 5);
    IN(r, .flags = SYN, .mss = 1000, .len = 10);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 11, .fo = NO_OPTION);
    assert_non_null(rig_accept(r));
    READ(r, 10);
}

/* ---- the connection before its handshake has ended ---- */

/* proves: RFC 7413 4.2.2 */
static void data_is_there_at_once(struct rig *r)
{
    open_fast(r, 100);
    SAW(r, FO_ACCEPT);
    READ(r, 100);
    assert_true(rig_status(r).syn_data);
    assert_int_equal(rig_counters(r).fastopen_passive, 1);
    IN(r, .flags = ACK, .seq = 101, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
}

static void the_answer_leaves_at_once(struct rig *r)
{
    open_fast(r, 100);
    rig_send(r, 3000); /* more than one segment: the initial window holds */
    for (int64_t i = 0; i < 3; i++) OUT(r, .flags = ACK, .seq = 1 + 1000 * i, .ack = 101, .len = 1000);
    NONE(r);
    IN(r, .flags = ACK, .seq = 101, .ack = 1001); /* our SYN and some of our data at once */
    STATE(r, TERN_ESTABLISHED);
    IN(r, .flags = ACK, .seq = 101, .ack = 3001);
    assert_int_equal(rig_status(r).send_queue, 0);
}

static void a_small_answer_does_not_wait_for_the_syn(struct rig *r)
{
    open_fast(r, 100);
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 101, .len = 10);
    rig_send(r, 10);
    NONE(r); /* Nagle: data is out now */
}

static void a_cookie_without_data_opens_as_well(struct rig *r)
{
    open_fast(r, 0);
    assert_false(rig_status(r).syn_data);
    rig_send(r, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    IN(r, .flags = ACK, .seq = 1, .ack = 101, .len = 10);
    READ(r, 10);
}

static void a_lost_syn_ack_is_sent_again_alone(struct rig *r)
{
    open_fast(r, 100);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 101, .len = 1000);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 101, .fo = NO_OPTION);
    NONE(r);
    IN(r, .flags = ACK, .seq = 101, .ack = 1); /* the data was lost, too */
    STATE(r, TERN_ESTABLISHED);
    rig_pass(r, 4 * TERN_SEC);
    OUT(r, .flags = ACK, .seq = 1, .ack = 101, .len = 1000);
}

static void the_syn_again_is_answered_again(struct rig *r)
{
    open_fast(r, 100);
    IN(r, .flags = SYN, .mss = 1000); /* its sender fell back: no option, no data */
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 101);
    IN(r, .flags = ACK, .seq = 101, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
    READ(r, 100);
}

static void nobody_at_the_other_end(struct rig *r)
{
    open_fast(r, 10);
    rig_pass(r, 300 * TERN_SEC);
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), TERN_ERR_TIMEDOUT);
}

/* Time ends it, too, where there are more retries than it has room for; and nothing goes out in a hurry before. */
static void however_many_retries_time_ends_it(struct rig *r)
{
    r->set.synack_retries = 254;
    r->set.r2_syn = 20 * TERN_SEC;
    open_fast(r, 10);
    size_t before = r->out_n;
    rig_pass(r, 20 * TERN_SEC);
    assert_in_range(r->out_n - before, 3, 6);
    STATE(r, TERN_CLOSED);
    assert_true(rig_events(r) & TERN_ERROR);
}

static void fin_with_the_last_ack(struct rig *r)
{
    open_fast(r, 10);
    IN(r, .flags = FIN | ACK, .seq = 11, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 12);
    STATE(r, TERN_CLOSE_WAIT);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 12);
}

static void close_before_the_handshake_ends(struct rig *r)
{
    open_fast(r, 10);
    READ(r, 10);
    rig_send(r, 100);
    rig_close(r);
    OUT(r, .flags = ACK, .seq = 1, .ack = 11, .len = 100);
    OUT(r, .flags = FIN | ACK, .seq = 101, .ack = 11);
    STATE(r, TERN_FIN_WAIT_1);
    IN(r, .flags = ACK, .seq = 11, .ack = 102);
    STATE(r, TERN_FIN_WAIT_2);
}

/* Without it nothing behind it means anything to the peer: no tail loss probe puts it off. */
static void after_a_close_too_a_lost_syn_ack_is_sent_again_first(struct rig *r)
{
    listen_fast(r, 5);
    IN(r, .flags = SYN, .mss = 1000, .sack_ok = true, .len = 100, .fo = cookie);
    assert_non_null(rig_accept(r));
    send_quietly(r, 500);
    rig_close(r);
    rig_clear(r);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 101);
}

static void unread_data_resets_at_the_release(struct rig *r)
{
    open_fast(r, 10);
    rig_release(r);
    OUT(r, .flags = RST | ACK, .seq = 1, .ack = 11);
}

static void closing_the_listener_resets_what_was_not_accepted(struct rig *r)
{
    listen_fast(r, 5);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = cookie);
    rig_clear(r);
    tern_listener_close(r->l);
    r->l = NULL;
    rig_collect(r);
    OUT(r, .flags = RST | ACK, .seq = 1, .ack = 11);
}

static void an_accepted_one_outlives_its_listener(struct rig *r)
{
    open_fast(r, 10);
    tern_listener_close(r->l);
    r->l = NULL;
    IN(r, .flags = ACK, .seq = 11, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
    READ(r, 10);
}

static void a_reset_leaves_the_data_and_an_error(struct rig *r)
{
    listen_fast(r, 5);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = cookie);
    rig_clear(r);
    IN(r, .flags = RST | ACK, .seq = 11, .ack = 1);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_CLOSED);
    READ(r, 10);
    READ(r, TERN_ERR_RESET);
}

static void a_syn_in_the_window_is_challenged(struct rig *r)
{
    open_fast(r, 10);
    IN(r, .flags = SYN, .seq = 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 11);
    STATE(r, TERN_SYN_RECEIVED);
}

static void the_saved_syn_has_its_option(struct rig *r)
{
    listen_fast(r, 5);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_SAVE_SYN, 1), 0);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = cookie);
    assert_non_null(rig_accept(r));
    uint8_t head[120];
    size_t ip = r->v6 ? 40 : 20;
    assert_int_equal(tern_conn_saved_syn(r->c, head, sizeof head), ip + 20 + 4 + 12); /* MSS; the cookie with its NOPs */
    READ(r, 10);
}

/* ---- 5.1: how many ---- */

static void syn_from(struct rig *r, uint16_t port)
{
    IN(r, .flags = SYN, .mss = 1000, .len = 10, .fo = cookie, .src_port = port);
}

/* proves: RFC 7413 5.1 */
static void beyond_the_limit_the_handshake_is_ordinary(struct rig *r)
{
    listen_fast(r, 2);
    syn_from(r, 50000), syn_from(r, 50001);
    rig_clear(r);
    syn_from(r, 50002);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .fo = NO_OPTION);
    SAW(r, FO_PENDING);
    assert_int_equal(rig_counters(r).fastopen_overflow, 1);
    /* One whose handshake ends makes room, accepted or not. */
    IN(r, .flags = ACK, .seq = 11, .ack = 1, .src_port = 50000);
    syn_from(r, 50003);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 11);
}

/* An attacker who has a cookie and sends RSTs after his SYNs gains nothing by them. */
static void one_that_was_reset_counts_for_a_minute(struct rig *r)
{
    listen_fast(r, 1);
    syn_from(r, 50000);
    rig_clear(r);
    IN(r, .flags = RST, .seq = 11, .src_port = 50000);
    syn_from(r, 50001);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    rig_pass(r, 61 * TERN_SEC);
    rig_clear(r);
    syn_from(r, 50002);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 11);
}

static void a_full_accept_queue_takes_none(struct rig *r)
{
    listen_backlog(r, 1);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_FASTOPEN, 10), 0);
    tern_stack_fastopen_keys(r->s, key_a, NULL);
    cookie_by(r, key_a, cookie);
    syn_from(r, 50000);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 11);
    syn_from(r, 50001);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* ---- Linux's cookies, as the public suite knows them ---- */

static void one_known_cookie(const char *client, const char *server, const char *want)
{
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .secret = "a fixed secret."};
    struct tern_if_config ic = {.mtu = 1500, .addr_n = 1, .prefix_len = {0}};
    struct tern_listen_config lc = {.local = {.port = 80}};
    struct tern_stack *s = tern_stack_new(&sc);
    struct tern_listener *l;
    struct tern_pkt pkt;
    ic.addr[0] = addr_of(server);
    assert_int_equal(tern_stack_add_if(s, &ic), 0);
    assert_int_equal(tern_stack_listen(s, &lc, &l), 0);
    assert_int_equal(tern_listener_set(l, TERN_OPT_FASTOPEN, 1), 0);
    /* a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4 */
    static const uint8_t key[16] = {0xa1, 0xa1, 0xa1, 0xa1, 0xb2, 0xb2, 0xb2, 0xb2,
                                    0xc3, 0xc3, 0xc3, 0xc3, 0xd4, 0xd4, 0xd4, 0xd4};
    tern_stack_fastopen_keys(s, key, NULL);
    struct wire_ip ip = {.src = addr_of(client), .dst = addr_of(server), .proto = 6, .ttl = 64};
    ip.version = tern_addr_is_v4(&ip.src) ? 4 : 6;
    struct wire_tcp h = {.src_port = 40000, .dst_port = 80, .flags = SYN, .wnd = 65535, .opt.present = OPT_FASTOPEN};
    struct tern_buf *b = tern_buf_get(tern_stack_pool(s), 120);
    uint8_t tcp[60];
    size_t tcp_len = wire_tcp_build(&h, tcp), ip_len = wire_ip_build(&ip, (uint32_t)tcp_len, true, 0, b->data);
    memcpy(b->data + ip_len, tcp, tcp_len);
    b->len = (uint32_t)(ip_len + tcp_len);
    b->csum_ok = true;
    tern_stack_input(s, 0, 1, b);
    assert_int_equal(tern_stack_output(s, 0, 1, &pkt, 1), 1);
    assert_int_equal(wire_tcp_parse(pkt.head + ip_len, pkt.head_len - ip_len, &h), WIRE_OK);
    assert_int_equal(h.opt.fastopen_len, 8);
    char hex[17];
    for (int i = 0; i < 8; i++) snprintf(hex + 2 * i, 3, "%02x", h.opt.fastopen[i]);
    assert_string_equal(hex, want);
    tern_stack_free(s);
}

static void cookies_are_those_of_linux(struct rig *r)
{
    (void)r;
    one_known_cookie("192.0.2.1", "192.168.0.1", "3021b9d889017eeb");
    one_known_cookie("fd3d:fa7b:d17d::1", "fd3d:a0b:17d6::1", "c1d1e9742a47a9bc");
}

static const struct rig_test tests[] = {
    RIG_TEST(a_request_is_answered_with_a_cookie),
    RIG_TEST(the_answer_is_of_the_kind_that_was_asked),
    RIG_TEST(a_wrong_cookie_makes_an_ordinary_handshake),
    RIG_TEST(a_shorter_part_of_the_cookie_is_wrong),
    RIG_TEST(the_backup_key_is_honoured_and_replaced),
    RIG_TEST(a_listener_may_have_keys_of_its_own),
    RIG_TEST(keys_change_by_themselves),
    RIG_TEST(without_the_option_a_listener_does_not_take_part),
    RIG_TEST(without_the_setting_no_listener_takes_part),
    RIG_TEST(data_without_an_option_is_an_ordinary_syn),
    RIG_TEST(a_setting_makes_every_listener_take_part),
    RIG_TEST(a_setting_does_without_cookies),
    RIG_TEST(data_is_there_at_once),
    RIG_TEST(the_answer_leaves_at_once),
    RIG_TEST(a_small_answer_does_not_wait_for_the_syn),
    RIG_TEST(a_cookie_without_data_opens_as_well),
    RIG_TEST(a_lost_syn_ack_is_sent_again_alone),
    RIG_TEST(the_syn_again_is_answered_again),
    RIG_TEST(nobody_at_the_other_end),
    RIG_TEST(however_many_retries_time_ends_it),
    RIG_TEST(fin_with_the_last_ack),
    RIG_TEST(close_before_the_handshake_ends),
    RIG_TEST(after_a_close_too_a_lost_syn_ack_is_sent_again_first),
    RIG_TEST(unread_data_resets_at_the_release),
    RIG_TEST(closing_the_listener_resets_what_was_not_accepted),
    RIG_TEST(an_accepted_one_outlives_its_listener),
    RIG_TEST(a_reset_leaves_the_data_and_an_error),
    RIG_TEST(a_syn_in_the_window_is_challenged),
    RIG_TEST(the_saved_syn_has_its_option),
    RIG_TEST(beyond_the_limit_the_handshake_is_ordinary),
    RIG_TEST(one_that_was_reset_counts_for_a_minute),
    RIG_TEST(a_full_accept_queue_takes_none),
    RIG_TEST(cookies_are_those_of_linux),
};

RIG_MAIN(tests)
