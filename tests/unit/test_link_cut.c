#include "link_test.h"

#include "cut.h"

static uint8_t out[TERN_PACKET_MAX];

/* Every segment of |p| is sound, and together they are its payload. */
static void check_all(const struct tern_pkt *p, uint32_t segs_n)
{
    uint32_t at = 0, i = 0;
    for (int len; (len = tern_pkt_cut(p, i, out, sizeof out)) > 0; i++) {
        struct wire_ip ip;
        struct wire_tcp tcp;
        assert_sound(out, (size_t)len, &ip, &tcp);
        assert_int_equal(tcp.seq.v, (uint32_t)(TEST_SEQ + at));
        assert_memory_equal(tcp.data, payload + at, tcp.len);
        at += tcp.len;
    }
    assert_int_equal(at, p->payload_len);
    assert_int_equal(i, segs_n);
}

TEST(one_segment_gets_its_checksum)
{
    struct tern_pkt p = test_pkt(4, 1000, 0, TH_ACK);
    check_all(&p, 1);
}

TEST(one_ipv6_segment_gets_its_checksum)
{
    struct tern_pkt p = test_pkt(6, 1001, 0, TH_ACK);
    check_all(&p, 1);
}

TEST(a_segment_without_payload_gets_its_checksum)
{
    struct tern_pkt p = test_pkt(4, 0, 0, TH_SYN);
    check_all(&p, 1);
}

TEST(a_super_segment_becomes_its_segments)
{
    struct tern_pkt p = test_pkt(4, 44 * 1448, 1448, TH_ACK);
    check_all(&p, 44);
}

TEST(an_ipv6_super_segment_becomes_its_segments)
{
    struct tern_pkt p = test_pkt(6, 44 * 1428, 1428, TH_ACK);
    check_all(&p, 44);
}

TEST(the_last_segment_may_be_short)
{
    struct tern_pkt p = test_pkt(4, 3 * 1448 + 1, 1448, TH_ACK);
    check_all(&p, 4);
}

TEST(segments_of_odd_length_are_summed_right)
{
    struct tern_pkt p = test_pkt(4, 10000, 997, TH_ACK);
    check_all(&p, 11);
}

TEST(a_payload_that_fits_one_segment_stays_whole)
{
    struct tern_pkt p = test_pkt(4, 1448, 1448, TH_ACK);
    check_all(&p, 1);
}

TEST(slices_of_any_length_are_joined)
{
    static const uint32_t lens[] = {1, 2, 3, 0, 1447, 1448, 1449, 5, 7};
    struct tern_pkt p = test_pkt(4, 4362, 1448, TH_ACK);
    uint32_t at = 0;
    p.slices_n = 0;
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        p.slice[p.slices_n++] = (struct tern_slice){payload + at, lens[i]};
        at += lens[i];
    }
    assert_int_equal(at, p.payload_len);
    check_all(&p, 4);
}

TEST(fin_and_psh_stand_in_the_last_segment_only)
{
    struct tern_pkt p = test_pkt(4, 3000, 1000, TH_ACK | TH_FIN | TH_PSH);
    for (uint32_t i = 0; i < 3; i++) {
        struct wire_ip ip;
        struct wire_tcp tcp;
        assert_sound(out, (size_t)tern_pkt_cut(&p, i, out, sizeof out), &ip, &tcp);
        assert_int_equal(tcp.flags, i == 2 ? TH_ACK | TH_FIN | TH_PSH : TH_ACK);
    }
}

TEST(cwr_stands_in_the_first_segment_only)
{
    struct tern_pkt p = test_pkt(6, 3000, 1000, TH_ACK | TH_CWR | TH_ECE);
    for (uint32_t i = 0; i < 3; i++) {
        struct wire_ip ip;
        struct wire_tcp tcp;
        assert_sound(out, (size_t)tern_pkt_cut(&p, i, out, sizeof out), &ip, &tcp);
        assert_int_equal(tcp.flags, i == 0 ? TH_ACK | TH_CWR | TH_ECE : TH_ACK | TH_ECE);
    }
}

TEST(the_urgent_pointer_counts_from_each_segment)
{
    static const uint16_t urps[] = {2000, 1000, 0, 0};
    struct tern_pkt p = test_pkt(4, 4000, 1000, TH_ACK | TH_URG);
    for (uint32_t i = 0; i < 4; i++) {
        struct wire_ip ip;
        struct wire_tcp tcp;
        assert_sound(out, (size_t)tern_pkt_cut(&p, i, out, sizeof out), &ip, &tcp);
        assert_int_equal(tcp.urp, urps[i]);
        assert_int_equal(!!(tcp.flags & TH_URG), i < 3);
    }
}

TEST(the_identification_counts_up)
{
    struct tern_pkt p = test_pkt(4, 3000, 1000, TH_ACK);
    for (uint32_t i = 0; i < 3; i++) {
        tern_pkt_cut(&p, i, out, sizeof out);
        assert_int_equal(be16_get(out + 4), 100 + i);
    }
}

TEST(there_is_no_segment_after_the_last)
{
    struct tern_pkt p = test_pkt(4, 3000, 1000, TH_ACK);
    assert_int_equal(tern_pkt_cut(&p, 3, out, sizeof out), 0);
    assert_int_equal(tern_pkt_cut(&p, UINT32_MAX, out, sizeof out), 0);
}

TEST(too_little_room_is_an_error)
{
    struct tern_pkt p = test_pkt(4, 100, 0, TH_ACK);
    int len = tern_pkt_cut(&p, 0, out, sizeof out);
    assert_int_equal(len, 152);
    assert_int_equal(tern_pkt_cut(&p, 0, out, (size_t)len), len);
    assert_int_equal(tern_pkt_cut(&p, 0, out, (size_t)len - 1), TERN_ERR_MSGSIZE);
}

TEST(a_complete_checksum_is_left_alone)
{
    struct tern_pkt p = test_pkt(4, 100, 0, TH_ACK);
    uint16_t before = be16_get(p.head + 36);
    p.csum_start = 0;
    assert_int_equal(tern_pkt_cut(&p, 0, out, sizeof out), 152);
    assert_int_equal(be16_get(out + 36), before);
}

TEST(a_super_segment_without_transport_header_is_refused)
{
    struct tern_pkt p = test_pkt(4, 3000, 1000, TH_ACK);
    p.csum_start = 0;
    assert_int_equal(tern_pkt_cut(&p, 0, out, sizeof out), TERN_ERR_INVAL);
    p.csum_start = 40;
    assert_int_equal(tern_pkt_cut(&p, 0, out, sizeof out), TERN_ERR_INVAL);
}

TEST(summing_in_place_is_the_same_as_copying)
{
    struct tern_pkt p = test_pkt(6, 5000, 1429, TH_ACK);
    for (uint32_t k = 0; k < 5; k++) p.slice[k] = (struct tern_slice){payload + k * 1001, k == 4 ? 996 : 1001};
    p.slices_n = 5;
    for (uint32_t i = 0; i < cut_n(&p); i++) {
        struct cut c;
        tern_pkt_cut(&p, i, out, sizeof out);
        assert_true(cut_segment(&p, i, &c) > 0);
        cut_sum(&c);
        assert_memory_equal(c.head, out, c.head_len);
    }
}

/* What a TUN hands over: merged, the checksum's field with the pseudo-header's sum, or anything. */
TEST(a_received_super_segment_can_be_sent_again)
{
    struct mem m;
    struct tern_pool *pool = test_pool(&m);
    struct tern_pkt p = test_pkt(4, 20000, 1448, TH_ACK | TH_PSH), again;
    struct tern_buf *b = tern_buf_get(pool, TERN_PACKET_MAX);
    b->len = (uint32_t)tern_pkt_flatten(&p, b->data, b->cap);
    b->gso_size = 1448;
    b->csum_ok = true;
    memset(b->data + 36, 0x5a, 2);
    cut_from_buf(b, &again);
    assert_int_equal(again.head_len, 52);
    check_all(&again, 14);
    tern_buf_unref(b);
    pool_free(pool);
    assert_int_equal(m.used, 0);
}

TEST(a_received_packet_that_must_be_verified_is_not_touched)
{
    struct mem m;
    struct tern_pool *pool = test_pool(&m);
    struct tern_pkt p = test_pkt(4, 500, 0, TH_ACK), again;
    struct tern_buf *b = tern_buf_get(pool, 1500);
    b->len = (uint32_t)tern_pkt_cut(&p, 0, b->data, b->cap);
    b->data[60] ^= 1;
    cut_from_buf(b, &again);
    assert_int_equal(tern_pkt_cut(&again, 0, out, sizeof out), b->len);
    assert_memory_equal(out, b->data, b->len);
    tern_buf_unref(b);
    pool_free(pool);
}

int main(void)
{
    fill_payload();
    const struct CMUnitTest tests[] = {
        CASE(one_segment_gets_its_checksum),
        CASE(one_ipv6_segment_gets_its_checksum),
        CASE(a_segment_without_payload_gets_its_checksum),
        CASE(a_super_segment_becomes_its_segments),
        CASE(an_ipv6_super_segment_becomes_its_segments),
        CASE(the_last_segment_may_be_short),
        CASE(segments_of_odd_length_are_summed_right),
        CASE(a_payload_that_fits_one_segment_stays_whole),
        CASE(slices_of_any_length_are_joined),
        CASE(fin_and_psh_stand_in_the_last_segment_only),
        CASE(cwr_stands_in_the_first_segment_only),
        CASE(the_urgent_pointer_counts_from_each_segment),
        CASE(the_identification_counts_up),
        CASE(there_is_no_segment_after_the_last),
        CASE(too_little_room_is_an_error),
        CASE(a_complete_checksum_is_left_alone),
        CASE(a_super_segment_without_transport_header_is_refused),
        CASE(summing_in_place_is_the_same_as_copying),
        CASE(a_received_super_segment_can_be_sent_again),
        CASE(a_received_packet_that_must_be_verified_is_not_touched),
    };
    return RUN(tests);
}
