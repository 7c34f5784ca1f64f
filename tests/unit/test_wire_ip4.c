/* src/wire/ip_parse.c and ip_build.c: IPv4 (RFC 791). */
#include "unit.h"

#include "checksum.h"
#include "ip.h"
#include "wire_gen.h"

static const uint8_t addr_a[4] = {192, 0, 2, 1}, addr_b[4] = {198, 51, 100, 7};
static const struct wire_ip_opts routes_on = {.source_route = true};

/* A packet of |options_len| option bytes and 8 of payload in |p|; returns its length. */
static size_t packet(uint8_t p[68], const void *options, size_t options_len)
{
    size_t head_len = 20 + options_len;
    memset(p, 0, 68);
    p[0] = (uint8_t)(0x40 | head_len / 4);
    p[1] = 0xb8;
    p[3] = (uint8_t)(head_len + 8);
    p[6] = 0x40;
    p[8] = 63;
    p[9] = 6;
    memcpy(p + 12, addr_a, 4);
    memcpy(p + 16, addr_b, 4);
    memcpy(p + 20, options, options_len);
    return head_len + 8;
}

/* Parses an exact copy whose header checksum was made right. */
static enum wire_err parse_with(const uint8_t *p, size_t len, const struct wire_ip_opts *opts, struct wire_ip *out)
{
    uint8_t *copy = exact_copy(p, len);
    size_t head_len = len ? (size_t)(copy[0] & 15) * 4 : 0;
    if (head_len >= 20 && head_len <= len) {
        memset(copy + 10, 0, 2);
        csum_put(copy + 10, csum_add(0, copy, head_len));
    }
    enum wire_err err = wire_ip_parse(copy, len, opts, out);
    exact_free(copy, len);
    return err;
}

static enum wire_err parse(const uint8_t *p, size_t len)
{
    struct wire_ip ip;
    return parse_with(p, len, NULL, &ip);
}

static void every_field_is_read(void **state)
{
    (void)state;
    uint8_t p[68];
    struct wire_ip ip;
    size_t len = packet(p, "", 0);
    struct tern_addr a = tern_addr_v4(addr_a), b = tern_addr_v4(addr_b);
    assert_int_equal(parse_with(p, len, NULL, &ip), WIRE_OK);
    assert_int_equal(ip.version, 4);
    assert_int_equal(ip.tos, 0xb8);
    assert_int_equal(ip.ttl, 63);
    assert_int_equal(ip.proto, IPPROTO_TCP_);
    assert_int_equal(ip.head_len, 20);
    assert_int_equal(ip.len, 28);
    assert_int_equal(ip.route_n, 0);
    assert_true(tern_addr_eq(&ip.src, &a));
    assert_true(tern_addr_eq(&ip.dst, &b));
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    uint8_t p[68];
    size_t len = packet(p, "\1\1\1\0", 4);
    for (size_t n = 0; n < len; n++) assert_int_equal(parse(p, n), WIRE_SHORT);
    assert_int_equal(parse(p, len), WIRE_OK);
}

static void link_padding_behind_the_packet_is_not_part_of_it(void **state)
{
    (void)state;
    uint8_t p[68];
    struct wire_ip ip;
    packet(p, "", 0);
    assert_int_equal(parse_with(p, 60, NULL, &ip), WIRE_OK);
    assert_int_equal(ip.len, 28);
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 16; version++) {
        uint8_t p[68];
        size_t len = packet(p, "", 0);
        p[0] = (uint8_t)(version << 4 | 5);
        if (version != 4 && version != 6) assert_int_equal(parse(p, len), WIRE_VERSION);
    }
}

static void a_header_length_below_5_words_is_refused(void **state)
{
    (void)state;
    for (uint8_t words = 0; words < 5; words++) {
        uint8_t p[68];
        size_t len = packet(p, "", 0);
        p[0] = 0x40 | words;
        assert_int_equal(parse(p, len), WIRE_LENGTH);
    }
}

static void a_total_length_below_the_header_is_refused(void **state)
{
    (void)state;
    uint8_t p[68];
    size_t len = packet(p, "", 0);
    p[3] = 19;
    assert_int_equal(parse(p, len), WIRE_LENGTH);
    p[3] = 20;
    assert_int_equal(parse(p, len), WIRE_OK);
}

static void every_flipped_bit_of_the_header_breaks_its_checksum(void **state)
{
    (void)state;
    uint8_t p[68];
    struct wire_ip ip;
    size_t len = packet(p, "", 0);
    csum_put(p + 10, csum_add(0, p, 20));
    assert_int_equal(wire_ip_parse(p, len, NULL, &ip), WIRE_OK);
    for (size_t bit = 32; bit < 160; bit++) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(wire_ip_parse(p, len, NULL, &ip), WIRE_IP_CHECKSUM);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void fragments_are_refused_and_named_with_their_protocol(void **state)
{
    (void)state;
    static const uint8_t bits[][2] = {{0x20, 0}, {0, 1}, {0x1f, 0xff}, {0x3f, 0xff}};
    for (size_t i = 0; i < 4; i++) {
        uint8_t p[68];
        struct wire_ip ip;
        size_t len = packet(p, "", 0);
        p[9] = 17;
        memcpy(p + 6, bits[i], 2);
        assert_int_equal(parse_with(p, len, NULL, &ip), WIRE_FRAGMENT);
        assert_int_equal(ip.proto, 17);
    }
}

static void dont_fragment_and_the_reserved_bit_are_no_fragment(void **state)
{
    (void)state;
    uint8_t p[68];
    size_t len = packet(p, "", 0);
    p[6] = 0xc0;
    assert_int_equal(parse(p, len), WIRE_OK);
}

/* MUST-50 */
static void unknown_options_and_known_ones_of_no_use_are_skipped(void **state)
{
    (void)state;
    static const uint8_t options[] = {68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 1, 99, 3, 1, 0};
    uint8_t p[68];
    struct wire_ip ip;
    size_t len = packet(p, options, sizeof(options));
    assert_int_equal(parse_with(p, len, NULL, &ip), WIRE_OK);
    assert_int_equal(ip.head_len, 48);
    assert_int_equal(ip.route_n, 0);
}

static void malformed_options_are_refused(void **state)
{
    (void)state;
    static const uint8_t bad[][4] = {{99, 0, 0, 0}, {99, 1, 0, 0}, {99, 5, 0, 0}, {1, 1, 1, 99}, {1, 1, 99, 3}};
    for (size_t i = 0; i < 5; i++) {
        uint8_t p[68];
        assert_int_equal(parse(p, packet(p, bad[i], 4)), WIRE_IP_OPTION);
    }
}

static void end_of_options_hides_what_follows(void **state)
{
    (void)state;
    uint8_t p[68];
    assert_int_equal(parse(p, packet(p, "\0\x63\0\0", 4)), WIRE_OK);
}

static void all_options_kinds_and_lengths_stay_within_bounds(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 256; kind++)
        for (unsigned n = 0; n < 256; n++) {
            uint8_t p[68], options[40] = {(uint8_t)kind, (uint8_t)n, 4};
            struct wire_ip ip;
            for (size_t options_len = 4; options_len <= 40; options_len += 12) {
                size_t len = packet(p, options, options_len);
                enum wire_err err = parse_with(p, len, &routes_on, &ip);
                bool bad = kind > 1 && (n < 2 || n > options_len);
                if (bad) assert_int_equal(err, WIRE_IP_OPTION);
                if (!bad && kind != 1 && n > 2 && kind != 131 && kind != 137) assert_int_equal(err, WIRE_OK);
            }
        }
}

/* A completed route of two gateways. */
static const uint8_t completed[] = {1, 131, 11, 12, 203, 0, 113, 1, 203, 0, 113, 2};

static void source_routes_are_refused_by_default(void **state)
{
    (void)state;
    uint8_t p[68];
    struct wire_ip ip;
    const struct wire_ip_opts off = {0};
    size_t len = packet(p, completed, sizeof(completed));
    assert_int_equal(parse(p, len), WIRE_SOURCE_ROUTE);
    assert_int_equal(parse_with(p, len, &off, &ip), WIRE_SOURCE_ROUTE);
    p[21] = 137;
    assert_int_equal(parse(p, len), WIRE_SOURCE_ROUTE);
}

/* MUST-53 */
static void a_completed_source_route_is_recorded_by_setting(void **state)
{
    (void)state;
    for (uint8_t kind = 131; kind <= 137; kind += 6) {
        uint8_t p[68];
        struct wire_ip ip;
        size_t len = packet(p, completed, sizeof(completed));
        p[21] = kind;
        assert_int_equal(parse_with(p, len, &routes_on, &ip), WIRE_OK);
        assert_int_equal(ip.route_n, 2);
        assert_memory_equal(&ip.route[0], completed + 4, 4);
        assert_memory_equal(&ip.route[1], completed + 8, 4);
    }
}

static void a_source_route_not_yet_completed_is_refused(void **state)
{
    (void)state;
    for (uint8_t pointer = 4; pointer <= 8; pointer += 4) {
        uint8_t p[68];
        struct wire_ip ip;
        size_t len = packet(p, completed, sizeof(completed));
        p[23] = pointer;
        assert_int_equal(parse_with(p, len, &routes_on, &ip), WIRE_SOURCE_ROUTE);
    }
}

static void malformed_source_routes_are_refused(void **state)
{
    (void)state;
    static const uint8_t bad[][4] = {{1, 131, 11, 0}, {1, 131, 11, 3}, {1, 131, 11, 13}, {1, 131, 10, 12}, {1, 131, 2, 1}};
    for (size_t i = 0; i < 5; i++) {
        uint8_t p[68];
        struct wire_ip ip;
        size_t len = packet(p, completed, sizeof(completed));
        memcpy(p + 20, bad[i], 4);
        assert_int_equal(parse_with(p, len, &routes_on, &ip), WIRE_IP_OPTION);
    }
}

static void two_source_routes_in_one_packet_are_refused(void **state)
{
    (void)state;
    static const uint8_t two[] = {131, 3, 4, 137, 3, 4, 0, 0};
    uint8_t p[68];
    struct wire_ip ip;
    assert_int_equal(parse_with(p, packet(p, two, sizeof(two)), &routes_on, &ip), WIRE_IP_OPTION);
}

static void the_sender_at_the_head_of_its_route_is_left_out(void **state)
{
    (void)state;
    uint8_t p[68], options[12];
    struct wire_ip ip;
    memcpy(options, completed, sizeof(options));
    memcpy(options + 4, addr_a, 4);
    assert_int_equal(parse_with(p, packet(p, options, sizeof(options)), &routes_on, &ip), WIRE_OK);
    assert_int_equal(ip.route_n, 1);
    assert_memory_equal(&ip.route[0], completed + 8, 4);
}

static void a_route_of_nine_gateways_is_recorded_whole(void **state)
{
    (void)state;
    uint8_t p[68], options[40] = {1, 131, 39, 40};
    struct wire_ip ip;
    for (uint8_t i = 4; i < 40; i++) options[i] = i;
    assert_int_equal(parse_with(p, packet(p, options, 40), &routes_on, &ip), WIRE_OK);
    assert_int_equal(ip.route_n, 9);
    assert_memory_equal(ip.route, options + 4, 36);
}

static void check_address(size_t at, const char *bytes, enum wire_err want)
{
    uint8_t p[68];
    size_t len = packet(p, "", 0);
    memcpy(p + at, bytes, 4);
    assert_int_equal(parse(p, len), want);
    p[9] = IPPROTO_ICMP_;
    assert_int_equal(parse(p, len), want);
    p[9] = 17;
    assert_int_equal(parse(p, len), WIRE_OK);
}

/* MUST-63 */
static void sources_that_no_host_has_are_refused(void **state)
{
    (void)state;
    check_address(12, "\0\0\0\0", WIRE_ADDRESS);
    check_address(12, "\xff\xff\xff\xff", WIRE_ADDRESS);
    check_address(12, "\xe0\0\0\1", WIRE_ADDRESS);
    check_address(12, "\xef\xff\xff\xff", WIRE_ADDRESS);
    check_address(12, "\xdf\xff\xff\xff", WIRE_OK);
}

/* MUST-57 */
static void multicast_and_broadcast_destinations_are_refused(void **state)
{
    (void)state;
    check_address(16, "\xe0\0\0\xfb", WIRE_ADDRESS);
    check_address(16, "\xff\xff\xff\xff", WIRE_ADDRESS);
    check_address(16, "\0\0\0\0", WIRE_ADDRESS);
    check_address(16, "\xf0\0\0\1", WIRE_OK);
}

static struct wire_ip sample(void)
{
    return (struct wire_ip){
        .version = 4, .proto = 6, .ttl = 64, .tos = 3, .src = tern_addr_v4(addr_a), .dst = tern_addr_v4(addr_b)};
}

static void builds_the_header_byte_for_byte(void **state)
{
    (void)state;
    static const uint8_t want[] = {0x45, 3, 0x05, 0xdc, 0x12, 0x34, 0x40, 0, 64, 6, 0x36, 0xa8, 192, 0, 2, 1, 198, 51, 100, 7};
    struct wire_ip ip = sample();
    uint8_t out[WIRE_IP_HEADER_MAX];
    assert_int_equal(wire_ip_build(&ip, 1480, true, 0x1234, out), 20);
    assert_int_equal(csum_fold(csum_add(0, out, 20)), 0xffff);
    memcpy(out + 10, want + 10, 2);
    assert_memory_equal(out, want, 20);
    wire_ip_build(&ip, 1480, false, 0x1234, out);
    assert_int_equal(out[6], 0);
}

static void parsing_what_was_built_gives_the_same(void **state)
{
    (void)state;
    uint64_t s = 44;
    for (int round = 0; round < 5000; round++) {
        struct wire_ip ip = sample(), back;
        uint8_t p[20 + 64] = {0};
        ip.ttl = (uint8_t)gen(&s);
        ip.tos = (uint8_t)gen(&s);
        ip.proto = (uint8_t)gen(&s);
        uint32_t n = gen_below(&s, 65);
        wire_ip_build(&ip, n, gen(&s) & 1, (uint16_t)gen(&s), p);
        assert_int_equal(wire_ip_parse(p, 20 + n, NULL, &back), WIRE_OK);
        assert_true(back.ttl == ip.ttl && back.tos == ip.tos && back.proto == ip.proto && back.len == 20 + n);
        assert_true(tern_addr_eq(&back.src, &ip.src) && tern_addr_eq(&back.dst, &ip.dst));
    }
}

static void changing_the_length_keeps_the_checksum_right(void **state)
{
    (void)state;
    struct wire_ip ip = sample(), back;
    uint8_t p[64] = {0};
    wire_ip_build(&ip, 65515, true, 1, p);
    wire_ip_set_len(p, 44, 0xabcd);
    assert_int_equal(wire_ip_parse(p, 64, NULL, &back), WIRE_OK);
    assert_int_equal(back.len, 64);
    assert_int_equal(p[4] << 8 | p[5], 0xabcd);
}

/* MUST-51: what a gateway does to the route that was built makes it the completed route that the other end parses. */
static void a_built_route_visits_its_gateways_and_arrives(void **state)
{
    (void)state;
    for (uint8_t n = 1; n <= WIRE_IP4_ROUTE_MAX; n++) {
        struct wire_ip ip = sample(), back;
        uint8_t p[WIRE_IP_HEADER_MAX];
        ip.route_n = n;
        for (uint8_t i = 0; i < n; i++) memcpy(&ip.route[i], (const uint8_t[]){203, 0, 113, i}, 4);
        size_t len = wire_ip_build(&ip, 0, true, 1, p);
        assert_int_equal(len, 24 + 4 * n);
        for (uint8_t i = 0; i < n; i++) {
            uint8_t here[4], *next = p + 21 + p[23] - 1;
            assert_memory_equal(p + 16, &ip.route[i], 4);
            assert_int_equal(parse_with(p, len, &routes_on, &back), WIRE_SOURCE_ROUTE);
            memcpy(here, p + 16, 4);
            memcpy(p + 16, next, 4);
            memcpy(next, here, 4);
            p[23] = (uint8_t)(p[23] + 4);
        }
        assert_int_equal(parse_with(p, len, &routes_on, &back), WIRE_OK);
        assert_true(tern_addr_eq(&back.dst, &ip.dst));
        assert_int_equal(back.route_n, n);
        assert_memory_equal(back.route, ip.route, 4u * n);
    }
}

static void a_route_of_more_than_nine_gateways_is_not_built(void **state)
{
    (void)state;
    struct wire_ip ip = sample();
    uint8_t out[WIRE_IP_HEADER_MAX];
    ip.route_n = 10;
    assert_int_equal(wire_ip_build(&ip, 0, true, 1, out), 0);
}

static void every_error_has_its_own_text(void **state)
{
    (void)state;
    for (unsigned a = 0; a < WIRE_ERR_N; a++)
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(wire_strerror((enum wire_err)a), wire_strerror((enum wire_err)b));
    assert_string_equal(wire_strerror(WIRE_ERR_N), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(link_padding_behind_the_packet_is_not_part_of_it),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(a_header_length_below_5_words_is_refused),
        cmocka_unit_test(a_total_length_below_the_header_is_refused),
        cmocka_unit_test(every_flipped_bit_of_the_header_breaks_its_checksum),
        cmocka_unit_test(fragments_are_refused_and_named_with_their_protocol),
        cmocka_unit_test(dont_fragment_and_the_reserved_bit_are_no_fragment),
        cmocka_unit_test(unknown_options_and_known_ones_of_no_use_are_skipped),
        cmocka_unit_test(malformed_options_are_refused),
        cmocka_unit_test(end_of_options_hides_what_follows),
        cmocka_unit_test(all_options_kinds_and_lengths_stay_within_bounds),
        cmocka_unit_test(source_routes_are_refused_by_default),
        cmocka_unit_test(a_completed_source_route_is_recorded_by_setting),
        cmocka_unit_test(a_source_route_not_yet_completed_is_refused),
        cmocka_unit_test(malformed_source_routes_are_refused),
        cmocka_unit_test(two_source_routes_in_one_packet_are_refused),
        cmocka_unit_test(the_sender_at_the_head_of_its_route_is_left_out),
        cmocka_unit_test(a_route_of_nine_gateways_is_recorded_whole),
        cmocka_unit_test(sources_that_no_host_has_are_refused),
        cmocka_unit_test(multicast_and_broadcast_destinations_are_refused),
        cmocka_unit_test(builds_the_header_byte_for_byte),
        cmocka_unit_test(parsing_what_was_built_gives_the_same),
        cmocka_unit_test(changing_the_length_keeps_the_checksum_right),
        cmocka_unit_test(a_built_route_visits_its_gateways_and_arrives),
        cmocka_unit_test(a_route_of_more_than_nine_gateways_is_not_built),
        cmocka_unit_test(every_error_has_its_own_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
