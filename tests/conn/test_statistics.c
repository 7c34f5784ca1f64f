/* The figures of a STATUS, and what option STATISTICS counts. */
#include "xfer.h"

static struct tern_status counted(struct rig *r)
{
    rig_listen(r);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_STATISTICS, 1), 0);
    open_mss(r, 1000);
    return rig_status(r);
}

static void nothing_is_counted_unasked(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 3000);
    struct tern_status st = rig_status(r);
    assert_false(st.statistics);
    assert_int_equal(st.data_segs_out, 0);
    assert_int_equal(st.unacked_n, 3); /* what the protocol itself knows is there all the same */
}

static void segments_and_bytes_are_counted(struct rig *r)
{
    struct tern_status before = counted(r);
    send_quietly(r, 2500);
    ACK_IN(r, 1001);
    DATA_IN(r, 1, 10);
    struct tern_status st = rig_status(r);
    assert_true(st.statistics);
    assert_int_equal(st.data_segs_out, 2); /* Nagle keeps the rest */
    assert_int_equal(st.bytes_sent, 2000);
    assert_int_equal(st.unsent, 500);
    assert_int_equal(st.delivered, before.delivered + 1);
    assert_int_equal(st.unacked_n, 1);
    assert_int_equal(st.segs_in, before.segs_in + 2);
    assert_int_equal(st.data_segs_in, 1);
    assert_int_equal(st.rcv_mss, 10);
    IN(r, .flags = ACK, .seq = 11, .ack = 2001);
    rig_clear(r);
    assert_int_equal(rig_status(r).data_segs_out, 3);
    assert_int_equal(rig_status(r).bytes_sent, 2500);
}

static void what_is_sent_again_is_counted_apart(struct rig *r)
{
    struct tern_status before = counted(r);
    send_quietly(r, 1000);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1, 1000);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.again_segs_out, 1);
    assert_int_equal(st.data_segs_out, 2);
    assert_int_equal(st.bytes_sent, 2000);
    assert_int_equal(st.retransmitted, 1000);
    assert_int_equal(st.recovery, TERN_RECOVERY_LOSS);
    assert_int_equal(st.lost_n, 1);
    assert_int_equal(st.again_n, 1);
    assert_int_equal(st.backoff, 1);
    ACK_IN(r, 1001);
    st = rig_status(r);
    assert_int_equal(st.recovery, TERN_RECOVERY_OPEN);
    assert_int_equal(st.unacked_n, 0);
    assert_int_equal(st.lost_n, 0);
    assert_int_equal(st.delivered, before.delivered + 1);
}

static void duplicates_are_disorder_then_recovery(struct rig *r)
{
    counted(r);
    send_quietly(r, 5000);
    ACK_IN(r, 1);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.recovery, TERN_RECOVERY_DISORDER);
    assert_int_equal(st.sacked_n, 1);
    ACK_IN(r, 1);
    ACK_IN(r, 1);
    rig_clear(r);
    st = rig_status(r);
    assert_int_equal(st.recovery, TERN_RECOVERY_FAST);
    assert_int_equal(st.sacked_n, 3);
    assert_int_equal(st.lost_n, 1);
    assert_int_equal(st.again_n, 1);
    assert_int_equal(st.dup_threshold, 3);
}

static void out_of_order_and_dsack(struct rig *r)
{
    r->syn.sack_ok = true;
    counted(r);
    DATA_IN(r, 101, 100);
    DATA_IN(r, 301, 100);
    assert_int_equal(rig_status(r).ooo_segs_in, 2);
    DATA_IN(r, 1, 100);
    assert_int_equal(rig_status(r).ooo_segs_in, 2);
}

static void ages_grow_until_something_comes(struct rig *r)
{
    counted(r);
    rig_pass(r, TERN_SEC);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.data_in_age, TERN_SEC); /* since the handshake */
    assert_int_equal(st.ack_in_age, TERN_SEC);
    DATA_IN(r, 1, 10);
    rig_pass(r, 10 * TERN_MS);
    IN(r, .flags = ACK, .seq = 11, .ack = 1);
    st = rig_status(r);
    assert_int_equal(st.data_in_age, 10 * TERN_MS);
    assert_int_equal(st.ack_in_age, 0);
    send_quietly(r, 10);
    rig_pass(r, 5 * TERN_MS);
    assert_int_equal(rig_status(r).data_out_age, 5 * TERN_MS);
}

static void time_with_a_shut_window_is_the_receivers(struct rig *r)
{
    counted(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    rig_send(r, 1000);
    NONE(r);
    rig_pass(r, 100 * TERN_MS);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.rwnd_limited, 100 * TERN_MS);
    assert_int_equal(st.busy, 100 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 2000);
    DATA_OUT(r, 1, 1000);
    rig_pass(r, 30 * TERN_MS);
    ACK_IN(r, 1001);
    rig_pass(r, TERN_SEC);
    st = rig_status(r);
    assert_int_equal(st.rwnd_limited, 100 * TERN_MS);
    assert_int_equal(st.busy, 130 * TERN_MS);
    assert_int_equal(st.sndbuf_limited, 0);
}

static void time_with_a_full_buffer_is_the_buffers(struct rig *r)
{
    static uint8_t bytes[10000];
    counted(r);
    set_option(r, TERN_OPT_SEND_BUFFER, 4000);
    assert_int_equal(tern_conn_send(r->c, r->now, bytes, sizeof bytes), 4000); /* cwnd would take them all */
    rig_clear(r);
    rig_pass(r, 50 * TERN_MS);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.sndbuf_limited, 50 * TERN_MS);
    assert_int_equal(st.rwnd_limited, 0);
    assert_int_equal(st.busy, 50 * TERN_MS);
}

static const struct rig_test tests[] = {
    RIG_TEST(nothing_is_counted_unasked),
    RIG_TEST(segments_and_bytes_are_counted),
    RIG_TEST(what_is_sent_again_is_counted_apart),
    RIG_TEST(duplicates_are_disorder_then_recovery),
    RIG_TEST(out_of_order_and_dsack),
    RIG_TEST(ages_grow_until_something_comes),
    RIG_TEST(time_with_a_shut_window_is_the_receivers),
    RIG_TEST(time_with_a_full_buffer_is_the_buffers),
};

RIG_MAIN(tests)
