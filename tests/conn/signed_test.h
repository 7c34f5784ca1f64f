/* What holds whichever way segments are signed: cases of test_md5.c and of test_ao.c. Who includes this has listen_signed() and
 * open_signed(), SIGNED and FORGED as initializers of a segment, DATA_LEN of an MSS of 1000, and OPT_SIGNED. */
#ifndef CONN_SIGNED_TEST_H
#define CONN_SIGNED_TEST_H

#include "stack_test.h"

static void the_last_ack_is_verified(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000, SIGNED);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, FORGED);
    assert_null(rig_accept(r));
    IN(r, .flags = RST, .seq = 1);
    assert_int_equal(rig_counters(r).half_n, 1);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, SIGNED);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, SIGNED);
    assert_non_null(rig_accept(r));
}

static void sack_blocks_find_room(struct rig *r)
{
    open_signed(r);
    for (int64_t i = 1; i < 8; i += 2) {
        IN(r, .flags = ACK, .seq = 1 + 100 * i, .ack = 1, .len = 100, SIGNED);
        const struct out_seg *o = rig_next(r);
        assert_non_null(o);
        assert_int_equal(o->h.opt.sack_n, i < 3 ? 1 : 2); /* 40 bytes hold no more beside the signature */
        assert_true(o->h.opt.present & OPT_SIGNED);
    }
}

static void no_super_segment_is_sent(struct rig *r)
{
    r->gso_max = 65535;
    open_signed(r);
    rig_send(r, 4000);
    for (int64_t i = 0; i < 4; i++) OUT(r, .flags = ACK, .seq = 1 + DATA_LEN * i, .ack = 1, .len = DATA_LEN, SIGNED);
}

static void our_rst_is_signed(struct rig *r)
{
    open_signed(r);
    rig_abort(r);
    OUT(r, .flags = RST | ACK, .seq = 1, .ack = 1, SIGNED);
}

static void an_accepted_connection_outlives_its_listener(struct rig *r)
{
    open_signed(r);
    tern_listener_close(r->l);
    r->l = NULL;
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    READ(r, TERN_ERR_AGAIN);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100, SIGNED);
    READ(r, 100);
}

static void nothing_is_left_behind(struct rig *r)
{
    listen_signed(r);
    size_t before = rig_counters(r).memory_used;
    for (uint16_t i = 0; i < 300; i++) {
        IN(r, .flags = SYN, .mss = 1000, SIGNED, .src_port = (uint16_t)(10000 + i));
        IN(r, .flags = RST, .seq = 1, SIGNED, .src_port = (uint16_t)(10000 + i));
        rig_clear(r);
    }
    assert_int_equal(rig_counters(r).half_n, 0);
    assert_true(rig_counters(r).memory_used < before + 300 * 100); /* slabs and buffers, no keys */
}

static void fast_open_stays_off(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "fastopen", 0x203), 0);
    listen_signed(r);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_FASTOPEN, 5), 0);
    IN(r, .flags = SYN, .mss = 1000, .len = 10, SIGNED);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, SIGNED);
}

#define SIGNED_TESTS                                                                                                             \
    RIG_TEST(the_last_ack_is_verified), RIG_TEST(sack_blocks_find_room), RIG_TEST(no_super_segment_is_sent),                     \
        RIG_TEST(our_rst_is_signed), RIG_TEST(an_accepted_connection_outlives_its_listener), RIG_TEST(nothing_is_left_behind),   \
        RIG_TEST(fast_open_stays_off)

#endif
