/* Every link type, IP in all its forms, and packets that the capture cut. */
#include "capture_test.h"

static struct watch_totals totals(void)
{
    struct watch_totals t;
    watch_totals(cap.w, &t);
    return t;
}

/* A segment behind |head| is read through |dlt|, and from no byte less than its headers. */
static void reads_behind(int dlt, const uint8_t *head, uint32_t head_len)
{
    const struct watch_config cfg = {.row = take_row, .heads = true};
    watch_free(cap.w);
    start_with(&cfg, dlt);
    build(A, &(struct packet){.flags = SYN, .mss = 1460, .len = 7}, head_len);
    if (head_len > 0) memcpy(cap.bytes, head, head_len);
    see(0);
    assert_int_equal(totals().tcp, 1);
    assert_int_equal(cap.row.seg.len, 7);
    assert_int_equal(cap.row.seg.mss, 1460);
    assert_int_equal(cap.row.ip_at, head_len);
    assert_memory_equal(cap.row.head, cap.bytes, cap.row.head_len);
    uint32_t least = head_len + 20 + 20;
    for (uint32_t n = 0; n < least; n++) see(n ? n : 1);
    assert_int_equal(totals().tcp, 1);
    see(least);
    assert_int_equal(totals().tcp, 2);
}

static void ethernet(void **state)
{
    (void)state;
    const uint8_t head[14] = {[12] = 8};
    reads_behind(1, head, sizeof head);
}

static void ethernet_with_one_tag_and_two(void **state)
{
    (void)state;
    const uint8_t one[18] = {[12] = 0x81, [15] = 5, [16] = 8};
    const uint8_t two[22] = {[12] = 0x88, [13] = 0xa8, [15] = 5, [16] = 0x81, [19] = 6, [20] = 8};
    reads_behind(1, one, sizeof one);
    reads_behind(1, two, sizeof two);
}

static void pppoe(void **state)
{
    (void)state;
    const uint8_t head[22] = {[12] = 0x88, [13] = 0x64, [14] = 0x11, [21] = 0x21};
    reads_behind(1, head, sizeof head);
}

static void linux_cooked(void **state)
{
    (void)state;
    const uint8_t sll[16] = {[14] = 8}, sll2[20] = {[0] = 8};
    reads_behind(113, sll, sizeof sll);
    reads_behind(276, sll2, sizeof sll2);
}

static void bsd_loopback_in_both_byte_orders(void **state)
{
    (void)state;
    const uint8_t little[4] = {2}, big[4] = {[3] = 2};
    reads_behind(0, little, 4);
    reads_behind(0, big, 4);
    reads_behind(108, big, 4);
}

static void raw_ip(void **state)
{
    (void)state;
    reads_behind(12, NULL, 0);
    reads_behind(101, NULL, 0);
    reads_behind(228, NULL, 0);
}

static void ipv6(void **state)
{
    (void)state;
    cap.ipv6 = true;
    open_conn();
    assert_int_equal(totals().tcp, 3);
    states(TERN_ESTABLISHED, TERN_ESTABLISHED);
    none();
}

static void ipv6_behind_extension_headers(void **state)
{
    (void)state;
    cap.ipv6 = true;
    build(A, &(struct packet){.flags = SYN}, 0);
    memmove(cap.bytes + 48, cap.bytes + 40, cap.len - 40);
    const uint8_t hop[8] = {6, 0, 1, 4}; /* next: TCP; PadN */
    memcpy(cap.bytes + 40, hop, 8);
    cap.bytes[6] = 0;
    cap.len += 8;
    be16_put(cap.bytes + 4, (uint16_t)(cap.len - 40));
    see(0);
    assert_int_equal(totals().tcp, 1);
    none(); /* the checksum is of the segment alone */
}

static void other_protocols_and_other_ethertypes_are_counted(void **state)
{
    (void)state;
    build(A, &(struct packet){.flags = SYN}, 0);
    cap.bytes[9] = 17;
    see(0);
    assert_int_equal(totals().not_tcp, 1);
    cap.bytes[0] = 0x95;
    see(0);
    assert_int_equal(totals().unreadable, 1);
    assert_int_equal(totals().packets, 2);
    assert_int_equal(cap.rows, 0);
    assert_true(watch_link_type(cap.w, 1));
    uint8_t arp[42] = {[12] = 8, [13] = 6};
    watch_packet(cap.w, cap.now, arp, sizeof arp, sizeof arp);
    assert_int_equal(totals().not_tcp, 2);
}

static void a_packet_that_lies_about_its_length_is_not_read(void **state)
{
    (void)state;
    build(A, &(struct packet){.flags = SYN}, 0);
    be16_put(cap.bytes + 2, (uint16_t)(cap.len + 1));
    see(0);
    be16_put(cap.bytes + 2, 19);
    see(0);
    be16_put(cap.bytes + 2, 21); /* no room for TCP */
    see(0);
    assert_int_equal(totals().unreadable, 3);
}

static void padding_of_the_link_is_no_data(void **state)
{
    (void)state;
    build(A, &(struct packet){.flags = SYN}, 0);
    cap.len += 6;
    see(0);
    assert_int_equal(cap.row.seg.len, 0);
    none();
}

static void a_length_of_zero_is_an_offload(void **state)
{
    (void)state;
    open_conn();
    build(A, &(struct packet){.flags = ACK, .seq = 1, .ack = 1, .len = 60000, .half_sum = true}, 0);
    be16_put(cap.bytes + 2, 0);
    see(0);
    assert_int_equal(cap.row.seg.len, 60000);
    only(FINDING_CSUM_OFFLOADED, 1);
}

static void a_cut_packet_keeps_its_length(void **state)
{
    (void)state;
    open_conn();
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .snap = 54);
    assert_int_equal(cap.row.seg.len, 1000);
    assert_int_equal(totals().cut, 1);
    wait_ms(20);
    ack(B, 1, 1001);
    none();
}

static void a_cut_in_the_options_reads_the_others(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1400, .shift = 8, .sack_permitted = true, .ts_val = 5, .snap = 44);
    assert_int_equal(cap.row.seg.mss, 1400);
    assert_false(cap.row.seg.timestamps);
    none();
}

static void options_that_were_cut_off_are_not_taken_for_missing(void **state)
{
    (void)state;
    SEND(A, .flags = SYN, .mss = 1460, .shift = 8, .sack_permitted = true, .ts_val = 5, .snap = 44);
    wait_ms(20);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = 1460, .shift = 8, .sack_permitted = true, .ts_val = 6, .ts_ecr = 5);
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .wnd = 500, .ts_val = 7, .ts_ecr = 6);
    assert_false(cap.row.tcb[A].known & STORY_RCV_WND); /* nobody knows what the 500 are multiplied with */
    for (uint32_t i = 0; i < 9; i++) SEND(B, .flags = ACK, .seq = 1 + 1000 * i, .ack = 1, .len = 1000, .ts_val = 8, .ts_ecr = 7);
    none();
}

static void fragments_count_as_seen(void **state)
{
    (void)state;
    open_conn();
    SEND(A, .flags = ACK, .seq = 1, .ack = 1, .len = 980, .more = true, .id = 77);
    build(A, &(struct packet){.flags = ACK, .len = 480, .id = 77}, 0); /* 500 bytes behind the IP header */
    be16_put(cap.bytes + 6, 1000 / 8);
    memset(cap.bytes + 20, 'y', 500);
    see(0);
    wait_ms(20);
    ack(B, 1, 1 + 980 + 500);
    none();
}

static void nothing_is_made_of_random_bytes(void **state)
{
    (void)state;
    static const int dlt[] = {0, 1, 12, 108, 113, 228, 229, 276};
    uint32_t x = 12345;
    for (uint32_t i = 0; i < 20000; i++) {
        for (uint32_t j = 0; j < 128; j++) {
            x = x * 1664525 + 1013904223;
            cap.bytes[j] = (uint8_t)(x >> 24);
        }
        if (i % 2) cap.bytes[0] = 0x45, cap.bytes[9] = 6, cap.bytes[2] = 0, cap.bytes[3] = 90;
        assert_true(watch_link_type(cap.w, dlt[i % 8]));
        cap.len = x % 129;
        cap.now += x % 1000;
        see(x % 140);
    }
    assert_int_equal(totals().packets, 20000);
    assert_int_equal(totals().tcp + totals().not_tcp + totals().unreadable, 20000);
    watch_end(cap.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ethernet),
        TEST(ethernet_with_one_tag_and_two),
        TEST(pppoe),
        TEST(linux_cooked),
        TEST(bsd_loopback_in_both_byte_orders),
        TEST(raw_ip),
        TEST(ipv6),
        TEST(ipv6_behind_extension_headers),
        TEST(other_protocols_and_other_ethertypes_are_counted),
        TEST(a_packet_that_lies_about_its_length_is_not_read),
        TEST(padding_of_the_link_is_no_data),
        TEST(a_length_of_zero_is_an_offload),
        TEST(a_cut_packet_keeps_its_length),
        TEST(a_cut_in_the_options_reads_the_others),
        TEST(options_that_were_cut_off_are_not_taken_for_missing),
        TEST(fragments_count_as_seen),
        TEST(nothing_is_made_of_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
