/* src/wire/tcp_parse.c and tcp_build.c: the header of RFC 9293 3.1 without its options. */
#include "unit.h"

#include "wire_gen.h"

/* 20 bytes, no options: every field a value of its own. */
static const uint8_t header[20] = {0x04, 0xd2, 0x00, 0x50, 0x01, 0x02, 0x03, 0x04, 0x0a, 0x0b,
                                   0x0c, 0x0d, 0x50, 0x10, 0xfa, 0xf0, 0xbe, 0xef, 0x12, 0x34};

static struct wire_tcp parse(const uint8_t *p, size_t len)
{
    struct wire_tcp t;
    assert_int_equal(wire_tcp_parse(p, len, &t), WIRE_OK);
    return t;
}

static void parses_the_ports(void **state)
{
    (void)state;
    struct wire_tcp t = parse(header, 20);
    assert_int_equal(t.src_port, 1234);
    assert_int_equal(t.dst_port, 80);
}

static void parses_the_sequence_number(void **state)
{
    (void)state;
    assert_int_equal(parse(header, 20).seq.v, 0x01020304);
}

static void parses_the_acknowledgment_number(void **state)
{
    (void)state;
    assert_int_equal(parse(header, 20).ack.v, 0x0a0b0c0d);
}

static void parses_window_checksum_and_urgent_pointer(void **state)
{
    (void)state;
    struct wire_tcp t = parse(header, 20);
    assert_int_equal(t.wnd, 64240);
    assert_int_equal(t.csum, 0xbeef);
    assert_int_equal(t.urp, 0x1234);
}

static void parses_each_flag_alone(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 9; bit++) {
        uint8_t p[20];
        memcpy(p, header, 20);
        p[12] = (uint8_t)(0x50 | (1u << bit) >> 8);
        p[13] = (uint8_t)(1u << bit);
        struct wire_tcp t = parse(p, 20);
        assert_int_equal(t.flags, 1u << bit);
        assert_int_equal(t.reserved, 0);
    }
}

static void ignores_the_reserved_bits_but_reports_them(void **state)
{
    (void)state;
    for (uint8_t bits = 0; bits < 8; bits++) {
        uint8_t p[20];
        memcpy(p, header, 20);
        p[12] = (uint8_t)(0x50 | bits << 1);
        struct wire_tcp t = parse(p, 20);
        assert_int_equal(t.reserved, bits);
        assert_int_equal(t.flags, TH_ACK);
    }
}

static void the_payload_is_what_follows_the_header(void **state)
{
    (void)state;
    uint8_t p[25] = {0};
    memcpy(p, header, 20);
    struct wire_tcp t = parse(p, sizeof(p));
    assert_int_equal(t.len, 5);
    assert_ptr_equal(t.data, p + 20);
    assert_int_equal(t.head_len, 20);
}

static void the_payload_of_a_super_segment_is_whole(void **state)
{
    (void)state;
    uint8_t *p = calloc(1, 65515);
    assert_non_null(p);
    memcpy(p, header, 20);
    assert_int_equal(parse(p, 65515).len, 65495);
    free(p);
}

static void the_payload_follows_the_options(void **state)
{
    (void)state;
    uint8_t p[61] = {0};
    memcpy(p, header, 20);
    p[12] = 0xf0;
    struct wire_tcp t = parse(p, sizeof(p));
    assert_int_equal(t.head_len, 60);
    assert_int_equal(t.len, 1);
    assert_ptr_equal(t.data, p + 60);
}

static void every_length_below_20_is_too_short(void **state)
{
    (void)state;
    for (size_t len = 0; len < 20; len++) {
        struct wire_tcp t;
        uint8_t *p = exact_copy(header, len);
        assert_int_equal(wire_tcp_parse(p, len, &t), WIRE_SHORT);
        exact_free(p, len);
    }
}

static void every_data_offset_below_5_is_refused(void **state)
{
    (void)state;
    for (uint8_t words = 0; words < 5; words++) {
        uint8_t p[60] = {0};
        struct wire_tcp t;
        p[12] = (uint8_t)(words << 4);
        assert_int_equal(wire_tcp_parse(p, sizeof(p), &t), WIRE_OFFSET);
    }
}

static void a_data_offset_beyond_the_segment_is_refused(void **state)
{
    (void)state;
    for (uint8_t words = 5; words < 16; words++) {
        uint8_t p[60] = {0};
        p[12] = (uint8_t)(words << 4);
        for (size_t len = 20; len <= 60; len++) {
            struct wire_tcp t;
            uint8_t *copy = exact_copy(p, len);
            assert_int_equal(wire_tcp_parse(copy, len, &t), len < words * 4u ? WIRE_OFFSET : WIRE_OK);
            exact_free(copy, len);
        }
    }
}

static void segment_length_counts_syn_and_fin(void **state)
{
    (void)state;
    struct wire_tcp t = {.len = 10};
    assert_int_equal(wire_seg_len(&t), 10);
    t.flags = TH_SYN | TH_ACK;
    assert_int_equal(wire_seg_len(&t), 11);
    t.flags = TH_FIN;
    assert_int_equal(wire_seg_len(&t), 11);
    t.flags = TH_SYN | TH_FIN;
    assert_int_equal(wire_seg_len(&t), 12);
}

static void builds_the_header_byte_for_byte(void **state)
{
    (void)state;
    struct wire_tcp t = parse(header, 20);
    uint8_t out[60];
    assert_int_equal(wire_tcp_build(&t, out), 20);
    assert_memory_equal(out, header, 20);
}

static void building_ignores_head_len_and_bits_beyond_the_fields(void **state)
{
    (void)state;
    struct wire_tcp t = parse(header, 20);
    uint8_t out[60];
    t.head_len = 60;
    t.flags |= 0xfe00;
    t.reserved = 0xf8;
    assert_int_equal(wire_tcp_build(&t, out), 20);
    assert_memory_equal(out, header, 20);
}

static void building_writes_nothing_behind_the_header(void **state)
{
    (void)state;
    uint64_t s = 7;
    for (int round = 0; round < 2000; round++) {
        struct wire_tcp t;
        uint8_t bytes[40], out[60];
        gen_tcp(&s, &t, bytes);
        memset(out, 0xa5, sizeof(out));
        size_t len = wire_tcp_build(&t, out);
        for (size_t i = len; i < sizeof(out); i++) assert_int_equal(out[i], 0xa5);
    }
}

static void options_that_do_not_fit_are_not_built(void **state)
{
    (void)state;
    struct wire_tcp t = {.opt = {.present = OPT_TIMESTAMPS | OPT_SACK, .sack_n = 4}};
    uint8_t out[60];
    assert_int_equal(wire_tcp_options_len(&t.opt), 48);
    assert_int_equal(wire_tcp_build(&t, out), 0);
}

static void parsing_what_was_built_gives_the_same_20000_times(void **state)
{
    (void)state;
    uint64_t s = 20260101;
    unsigned seen = 0;
    for (int round = 0; round < 20000; round++) {
        struct wire_tcp t, back;
        uint8_t bytes[40], out[60], again[60];
        gen_tcp(&s, &t, bytes);
        size_t len = wire_tcp_build(&t, out);
        assert_int_equal(len, 20 + wire_tcp_options_len(&t.opt));
        t.data = out + len;
        assert_int_equal(wire_tcp_parse(out, len, &back), WIRE_OK);
        assert_true(same_tcp(&t, &back));
        assert_int_equal(back.opt.present, t.opt.present);
        assert_int_equal(wire_tcp_build(&back, again), len);
        assert_memory_equal(out, again, len);
        seen |= t.opt.present;
    }
    assert_int_equal(seen, (1u << 11) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_ports),
        cmocka_unit_test(parses_the_sequence_number),
        cmocka_unit_test(parses_the_acknowledgment_number),
        cmocka_unit_test(parses_window_checksum_and_urgent_pointer),
        cmocka_unit_test(parses_each_flag_alone),
        cmocka_unit_test(ignores_the_reserved_bits_but_reports_them),
        cmocka_unit_test(the_payload_is_what_follows_the_header),
        cmocka_unit_test(the_payload_of_a_super_segment_is_whole),
        cmocka_unit_test(the_payload_follows_the_options),
        cmocka_unit_test(every_length_below_20_is_too_short),
        cmocka_unit_test(every_data_offset_below_5_is_refused),
        cmocka_unit_test(a_data_offset_beyond_the_segment_is_refused),
        cmocka_unit_test(segment_length_counts_syn_and_fin),
        cmocka_unit_test(builds_the_header_byte_for_byte),
        cmocka_unit_test(building_ignores_head_len_and_bits_beyond_the_fields),
        cmocka_unit_test(building_writes_nothing_behind_the_header),
        cmocka_unit_test(options_that_do_not_fit_are_not_built),
        cmocka_unit_test(parsing_what_was_built_gives_the_same_20000_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
