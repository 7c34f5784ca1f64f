/* MD5 signatures: RFC 2385. */
#include "stack_test.h"
#include "xfer.h"

#define KEY   "between two routers"
#define OTHER "something else"

static void listen_signed(struct rig *r)
{
    rig_listen(r);
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, r->v6 ? 128 : 32, KEY, strlen(KEY)), 0);
    rig_mark(r);
}

/* Established, accepted; the peer's window and MSS as ever. */
static void open_signed(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000, .md5 = KEY, .sack_ok = true);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .md5 = KEY);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .md5 = KEY);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
}

static void connect_signed(struct rig *r)
{
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    assert_int_equal(tern_conn_md5(r->c, r->now, KEY, strlen(KEY)), 0);
    rig_collect(r);
}

/* For the cases that both kinds of signatures have. */
#define SIGNED .md5 = KEY
#define FORGED .md5 = KEY, .md5_bad = true
enum { DATA_LEN = 1000 - 20, OPT_SIGNED = OPT_MD5 };
#include "signed_test.h"

/* ---- the handshake ---- */

static void a_signed_passive_open(struct rig *r)
{
    open_signed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 500, .md5 = KEY);
    READ(r, 500);
    rig_send(r, 2000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 501, .len = 980, .md5 = KEY); /* 20 of the MSS's 1000 bytes are the option's */
    OUT(r, .flags = ACK, .seq = 981, .ack = 501, .len = 980, .md5 = KEY);
}

static void a_signed_active_open(struct rig *r)
{
    connect_signed(r);
    OUT(r, .flags = SYN, .seq = 0, .md5 = KEY, .ts = true, .ws = 8); /* all options fit: 40 bytes */
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .md5 = KEY, .ts = true, .tsval = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .md5 = KEY, .ts = true);
    STATE(r, TERN_ESTABLISHED);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 968, .md5 = KEY, .ts = true);
}

static void a_syn_without_signature_is_dropped(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_MD5_MISSING), 1);
    assert_int_equal(rig_counters(r).half_n, 0);
}

static void a_syn_with_a_wrong_signature_is_dropped(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000, .md5 = KEY, .md5_bad = true);
    IN(r, .flags = SYN, .mss = 1000, .md5 = OTHER);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_MD5_WRONG), 2);
}

static void the_syn_ack_is_verified(struct rig *r)
{
    connect_signed(r);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 1);
    IN(r, .flags = SYN | ACK, .ack = 1, .md5 = OTHER);
    IN(r, .flags = RST | ACK, .ack = 1); /* nor is a RST believed */
    NONE(r);
    STATE(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .ack = 1, .md5 = KEY);
    STATE(r, TERN_ESTABLISHED);
}

/* Somebody who signs what was not agreed on: dropped; the connection goes on without. */
static void a_signature_without_a_key_is_dropped(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .mss = 1000);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .md5 = NO_OPTION);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .md5 = KEY);
    assert_null(rig_accept(r));
    assert_int_equal(rig_drops(r, TERN_DROP_MD5_UNEXPECTED), 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
}

/* ---- established and after ---- */

static void a_forged_rst_does_nothing(struct rig *r)
{
    open_signed(r);
    IN(r, .flags = RST, .seq = 1);
    IN(r, .flags = RST, .seq = 1, .md5 = OTHER);
    STATE(r, TERN_ESTABLISHED);
    NONE(r); /* not even a challenge ACK */
    IN(r, .flags = RST, .seq = 1, .md5 = KEY);
    STATE(r, TERN_CLOSED);
}

static void forged_data_does_nothing(struct rig *r)
{
    open_signed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100, .md5 = KEY, .md5_bad = true);
    READ(r, TERN_ERR_AGAIN);
    assert_int_equal(rig_drops(r, TERN_DROP_MD5_MISSING), 1);
    assert_int_equal(rig_drops(r, TERN_DROP_MD5_WRONG), 1);
}

static void the_rst_of_a_listener_is_signed(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 500, .md5 = KEY);
    OUT(r, .flags = RST, .seq = 500, .md5 = KEY);
}

static void time_wait_is_signed_and_verified(struct rig *r)
{
    open_signed(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .md5 = KEY);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .md5 = KEY);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2, .md5 = KEY);
    STATE(r, TERN_TIME_WAIT);
    rig_release(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    NONE(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .md5 = KEY);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2, .md5 = KEY);
    IN(r, .flags = SYN, .seq = 1000, .mss = 1000); /* the next incarnation is the same two routers' */
    NONE(r);
    IN(r, .flags = SYN, .seq = 1000, .mss = 1000, .md5 = KEY);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, SYN | ACK);
    assert_true(o->h.opt.present & OPT_MD5);
}

/* ---- keys ---- */

static void the_longest_prefix_counts(struct rig *r)
{
    rig_listen(r);
    uint8_t all = r->v6 ? 128 : 32;
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, 8, OTHER, strlen(OTHER)), 0);
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, (uint8_t)(all - 1), KEY, strlen(KEY)), 0);
    IN(r, .flags = SYN, .mss = 1000, .md5 = OTHER);
    NONE(r);
    IN(r, .flags = SYN, .mss = 1000, .md5 = KEY);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .md5 = KEY);
}

static void other_peers_need_no_signature(struct rig *r)
{
    rig_listen(r);
    struct tern_addr far = stranger(r);
    assert_int_equal(tern_listener_md5(r->l, &far, r->v6 ? 128 : 32, KEY, strlen(KEY)), 0);
    rig_passive(r);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = r->v6 ? 1000 : 536, .md5 = NO_OPTION);
}

static void a_listeners_key_can_be_taken_back(struct rig *r)
{
    listen_signed(r);
    uint8_t all = r->v6 ? 128 : 32;
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, all, NULL, 0), 0);
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, all, NULL, 0), TERN_ERR_NOTCONN);
    IN(r, .flags = SYN, .mss = 1000);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .md5 = NO_OPTION);
}

static void a_connections_key_can_change(struct rig *r)
{
    open_signed(r);
    assert_int_equal(tern_conn_md5(r->c, r->now, OTHER, strlen(OTHER)), 0);
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .md5 = OTHER);
    assert_int_equal(tern_conn_md5(r->c, r->now, NULL, 0), 0);
    IN(r, .flags = ACK, .seq = 1, .ack = 11);
    rig_send(r, 10);
    OUT(r, .flags = ACK, .seq = 11, .ack = 1, .len = 10, .md5 = NO_OPTION);
}

static void keys_have_bounds(struct rig *r)
{
    char longest[81];
    memset(longest, 'k', sizeof longest);
    rig_listen(r);
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, 0, longest, 81), TERN_ERR_INVAL);
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, 0, longest, 80), 0);
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, r->v6 ? 129 : 33, KEY, 3), TERN_ERR_INVAL);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_signed_passive_open),
    RIG_TEST(a_signed_active_open),
    RIG_TEST(a_syn_without_signature_is_dropped),
    RIG_TEST(a_syn_with_a_wrong_signature_is_dropped),
    RIG_TEST(the_syn_ack_is_verified),
    RIG_TEST(a_signature_without_a_key_is_dropped),
    RIG_TEST(a_forged_rst_does_nothing),
    RIG_TEST(forged_data_does_nothing),
    RIG_TEST(the_rst_of_a_listener_is_signed),
    RIG_TEST(time_wait_is_signed_and_verified),
    RIG_TEST(the_longest_prefix_counts),
    RIG_TEST(other_peers_need_no_signature),
    RIG_TEST(a_listeners_key_can_be_taken_back),
    RIG_TEST(a_connections_key_can_change),
    RIG_TEST(keys_have_bounds),
    SIGNED_TESTS,
};

RIG_MAIN(tests)
