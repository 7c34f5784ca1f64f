/* Opening a connection: RFC 9293 3.5, 3.10.1, 3.10.7.2, 3.10.7.3. */
#include "rig.h"

static void passive_open_answers_syn_with_syn_ack(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    NONE(r);
    STATE(r, TERN_SYN_RECEIVED);
    SAW(r, LISTEN_SYN);
}

static void third_ack_establishes(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    assert_null(rig_accept(r));
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
    NONE(r);
    SAW(r, SYNRCVD_ACK);
}

static void third_ack_may_carry_data(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 10);
    assert_non_null(rig_accept(r));
    READ(r, 10);
}

static void active_open_completes(struct rig *r)
{
    rig_active(r);
    assert_true(rig_events(r) & TERN_CONNECTED);
    SAW(r, OPEN_ACTIVE);
    SAW(r, SYNSENT_SYNACK);
}

static void simultaneous_open(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    IN(r, .flags = SYN);
    STATE(r, TERN_SYN_RECEIVED);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
    NONE(r);
}

static void syn_data_is_held_until_established(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .len = 5);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    READ(r, 5);
}

static void four_way_close_active_side(struct rig *r)
{
    rig_passive(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_FIN_WAIT_1);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    STATE(r, TERN_FIN_WAIT_2);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2);
    STATE(r, TERN_TIME_WAIT);
    rig_pass(r, 60 * TERN_SEC);
    STATE(r, TERN_CLOSED);
    NONE(r);
}

static const struct rig_test tests[] = {
    RIG_TEST(passive_open_answers_syn_with_syn_ack),
    RIG_TEST(third_ack_establishes),
    RIG_TEST(third_ack_may_carry_data),
    RIG_TEST(active_open_completes),
    RIG_TEST(simultaneous_open),
    RIG_TEST(syn_data_is_held_until_established),
    RIG_TEST(four_way_close_active_side),
};

RIG_MAIN(tests)
