#include "link_test.h"

static struct tern_link *left, *right;

static void open_pair(uint32_t mtu, uint32_t gso_max, size_t queue_n)
{
    assert_int_equal(tern_memory_pair(mtu, gso_max, queue_n, &left, &right), 0);
}

static void close_pair(void)
{
    tern_link_close(left);
    tern_link_close(right);
}

static int send_one(struct tern_link *l, const struct tern_pkt *p) { return l->ops->send(l, 0, p, 1); }
static int recv_all(struct tern_link *l, struct tern_buf **bufs, int n) { return l->ops->recv(l, 0, NULL, bufs, n); }

static void drop_all(struct tern_buf **bufs, int n)
{
    for (int i = 0; i < n; i++) tern_buf_unref(bufs[i]);
}

TEST(a_packet_crosses_with_its_checksum_complete)
{
    struct tern_buf *b[2];
    struct tern_pkt p = test_pkt(4, 1000, 0, TH_ACK);
    struct wire_ip ip;
    struct wire_tcp tcp;
    open_pair(1500, 0, 4);
    assert_int_equal(send_one(left, &p), 1);
    assert_int_equal(recv_all(right, b, 2), 1);
    assert_false(b[0]->csum_ok);
    assert_sound(b[0]->data, b[0]->len, &ip, &tcp);
    assert_memory_equal(tcp.data, payload, 1000);
    drop_all(b, 1);
    close_pair();
}

TEST(both_directions_are_apart)
{
    struct tern_buf *b[2];
    struct tern_pkt p = test_pkt(4, 10, 0, TH_ACK), q = test_pkt(6, 20, 0, TH_ACK);
    open_pair(1500, 0, 4);
    send_one(left, &p);
    send_one(right, &q);
    assert_int_equal(recv_all(left, b, 2), 1);
    assert_int_equal(b[0]->data[0] >> 4, 6);
    drop_all(b, 1);
    assert_int_equal(recv_all(right, b, 2), 1);
    assert_int_equal(b[0]->data[0] >> 4, 4);
    drop_all(b, 1);
    close_pair();
}

TEST(a_super_segment_is_cut_where_the_link_cannot_carry_it)
{
    struct tern_buf *b[8];
    struct tern_pkt p = test_pkt(4, 5 * 1448, 1448, TH_ACK);
    open_pair(1500, 0, 8);
    send_one(left, &p);
    assert_int_equal(recv_all(right, b, 8), 5);
    assert_int_equal(b[4]->len, 1500);
    assert_int_equal(b[4]->gso_size, 0);
    drop_all(b, 5);
    close_pair();
}

TEST(a_super_segment_passes_whole_where_it_may)
{
    struct tern_buf *b[8];
    struct tern_pkt p = test_pkt(4, 40 * 1448, 1448, TH_ACK);
    open_pair(1500, TERN_PACKET_MAX, 8);
    send_one(left, &p);
    assert_int_equal(recv_all(right, b, 8), 1);
    assert_int_equal(b[0]->len, 52 + 40 * 1448);
    assert_int_equal(b[0]->gso_size, 1448);
    assert_true(b[0]->csum_ok);
    drop_all(b, 1);
    close_pair();
}

TEST(packets_keep_their_order_around_the_ring)
{
    struct tern_buf *b[8];
    open_pair(1500, 0, 3);
    for (uint32_t i = 0; i < 20; i++) {
        for (uint32_t k = 0; k < 2; k++) {
            struct tern_pkt p = test_pkt(4, 2 * i + k, 0, TH_ACK);
            assert_int_equal(send_one(left, &p), 1);
        }
        assert_int_equal(recv_all(right, b, 8), 2);
        assert_int_equal(b[0]->len, 52 + 2 * i);
        assert_int_equal(b[1]->len, 52 + 2 * i + 1);
        drop_all(b, 2);
    }
    close_pair();
}

TEST(a_full_queue_takes_no_more)
{
    struct tern_buf *b[8];
    struct tern_pkt p[4];
    for (uint32_t i = 0; i < 4; i++) p[i] = test_pkt(4, i, 0, TH_ACK);
    open_pair(1500, 0, 3);
    assert_int_equal(left->ops->send(left, 0, p, 4), 3);
    assert_int_equal(left->ops->send(left, 0, p, 1), 0);
    assert_int_equal(recv_all(right, b, 1), 1);
    assert_int_equal(left->ops->send(left, 0, p, 4), 1);
    drop_all(b, 1);
    close_pair();
}

TEST(a_super_segment_larger_than_the_queue_does_not_block_for_ever)
{
    struct tern_buf *b[8];
    struct tern_pkt p = test_pkt(4, 10 * 1448, 1448, TH_ACK);
    open_pair(1500, 0, 3);
    assert_int_equal(send_one(left, &p), 1);
    assert_int_equal(recv_all(right, b, 8), 3);
    drop_all(b, 3);
    close_pair();
}

TEST(what_is_longer_than_the_mtu_is_lost)
{
    struct tern_buf *b[2];
    struct tern_pkt p = test_pkt(4, 1449, 0, TH_ACK);
    open_pair(1500, 0, 3);
    assert_int_equal(send_one(left, &p), 1);
    assert_int_equal(recv_all(right, b, 2), 0);
    close_pair();
    open_pair(1500, TERN_PACKET_MAX, 3);
    assert_int_equal(send_one(left, &p), 1);
    assert_int_equal(recv_all(right, b, 2), 0);
    close_pair();
}

TEST(next_says_whether_there_is_something)
{
    struct tern_pkt p = test_pkt(4, 1, 0, TH_ACK);
    open_pair(1500, 0, 3);
    assert_true(right->ops->next(right) == TERN_NEVER);
    send_one(left, &p);
    assert_true(right->ops->next(right) == 0);
    assert_true(left->ops->next(left) == TERN_NEVER);
    assert_int_equal(right->ops->fd(right), -1);
    close_pair();
}

TEST(a_received_packet_outlives_the_pair)
{
    struct tern_buf *b[2];
    struct tern_pkt p = test_pkt(4, 1000, 0, TH_ACK);
    open_pair(1500, 0, 4);
    send_one(left, &p);
    send_one(left, &p);
    assert_int_equal(recv_all(right, b, 2), 2);
    close_pair();
    assert_memory_equal(b[0]->data + 52, payload, 1000);
    drop_all(b, 2);
}

TEST(what_is_sent_to_a_closed_end_vanishes)
{
    struct tern_pkt p = test_pkt(4, 1000, 0, TH_ACK);
    open_pair(1500, 0, 2);
    tern_link_close(right);
    for (int i = 0; i < 5; i++) assert_int_equal(send_one(left, &p), 1);
    tern_link_close(left);
}

TEST(closing_nothing_is_allowed) { tern_link_close(NULL); }

int main(void)
{
    fill_payload();
    const struct CMUnitTest tests[] = {
        CASE(a_packet_crosses_with_its_checksum_complete),
        CASE(both_directions_are_apart),
        CASE(a_super_segment_is_cut_where_the_link_cannot_carry_it),
        CASE(a_super_segment_passes_whole_where_it_may),
        CASE(packets_keep_their_order_around_the_ring),
        CASE(a_full_queue_takes_no_more),
        CASE(a_super_segment_larger_than_the_queue_does_not_block_for_ever),
        CASE(what_is_longer_than_the_mtu_is_lost),
        CASE(next_says_whether_there_is_something),
        CASE(a_received_packet_outlives_the_pair),
        CASE(what_is_sent_to_a_closed_end_vanishes),
        CASE(closing_nothing_is_allowed),
    };
    return RUN(tests);
}
