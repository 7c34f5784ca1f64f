/* src/wire/ip_parse.c and ip_build.c: IPv6 (RFC 8200). */
#include "unit.h"

#include "ip.h"
#include "wire_gen.h"

enum { PACKET_MAX = 2400 };

static const uint8_t addr_a[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, addr_b[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};

/* A packet whose first next header is |next|, with |body| behind the header; returns its length. */
static size_t packet(uint8_t *p, uint8_t next, const void *body, size_t body_len)
{
    memset(p, 0, 40);
    p[0] = 0x6b;
    p[1] = 0x8f;
    p[4] = (uint8_t)(body_len >> 8);
    p[5] = (uint8_t)body_len;
    p[6] = next;
    p[7] = 63;
    memcpy(p + 8, addr_a, 16);
    memcpy(p + 24, addr_b, 16);
    if (body_len) memcpy(p + 40, body, body_len);
    return 40 + body_len;
}

static enum wire_err parse(const uint8_t *p, size_t len, struct wire_ip *out)
{
    uint8_t *copy = exact_copy(p, len);
    enum wire_err err = wire_ip_parse(copy, len, NULL, out);
    exact_free(copy, len);
    return err;
}

/* The same for a chain given by its bytes. */
static enum wire_err parse_chain(uint8_t next, const void *body, size_t body_len, struct wire_ip *out)
{
    uint8_t p[PACKET_MAX];
    return parse(p, packet(p, next, body, body_len), out);
}

#define CHAIN(out, next, ...) parse_chain(next, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), out)

static void every_field_is_read(void **state)
{
    (void)state;
    struct wire_ip ip;
    assert_int_equal(CHAIN(&ip, 6, 1, 2, 3, 4), WIRE_OK);
    assert_int_equal(ip.version, 6);
    assert_int_equal(ip.tos, 0xb8);
    assert_int_equal(ip.ttl, 63);
    assert_int_equal(ip.proto, 6);
    assert_int_equal(ip.head_len, 40);
    assert_int_equal(ip.len, 44);
    assert_int_equal(ip.route_n, 0);
    assert_memory_equal(ip.src.b, addr_a, 16);
    assert_memory_equal(ip.dst.b, addr_b, 16);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    uint8_t p[PACKET_MAX];
    struct wire_ip ip;
    size_t len = packet(p, 6, "12345678", 8);
    for (size_t n = 0; n < len; n++) assert_int_equal(parse(p, n, &ip), WIRE_SHORT);
    assert_int_equal(parse(p, len + 5, &ip), WIRE_OK);
    assert_int_equal(ip.len, len);
}

static void options_headers_are_walked(void **state)
{
    (void)state;
    struct wire_ip ip;
    assert_int_equal(CHAIN(&ip, 0, 60, 0, 5, 2, 0, 0, 1, 0, 6, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9), WIRE_OK);
    assert_int_equal(ip.proto, 6);
    assert_int_equal(ip.head_len, 64);
    assert_int_equal(ip.len, 65);
}

static void a_routing_header_without_segments_left_is_walked(void **state)
{
    (void)state;
    struct wire_ip ip;
    assert_int_equal(CHAIN(&ip, 43, 6, 0, 4, 0, 0, 0, 0, 0), WIRE_OK);
    assert_int_equal(ip.proto, 6);
}

static void a_routing_header_with_segments_left_is_refused(void **state)
{
    (void)state;
    struct wire_ip ip;
    assert_int_equal(CHAIN(&ip, 43, 6, 0, 0, 1, 0, 0, 0, 0), WIRE_SOURCE_ROUTE);
}

static void atomic_fragments_are_whole_packets(void **state)
{
    (void)state;
    struct wire_ip ip;
    assert_int_equal(CHAIN(&ip, 44, 6, 77, 0, 6, 1, 2, 3, 4), WIRE_OK);
    assert_int_equal(ip.proto, 6);
    assert_int_equal(ip.head_len, 48);
}

static void fragments_are_refused_and_named_with_their_protocol(void **state)
{
    (void)state;
    struct wire_ip ip;
    assert_int_equal(CHAIN(&ip, 44, 17, 0, 0, 1, 1, 2, 3, 4), WIRE_FRAGMENT);
    assert_int_equal(ip.proto, 17);
    assert_int_equal(CHAIN(&ip, 44, 6, 0, 0, 8, 1, 2, 3, 4), WIRE_FRAGMENT);
    assert_int_equal(CHAIN(&ip, 44, 6, 0, 0xff, 0xf8, 1, 2, 3, 4), WIRE_FRAGMENT);
}

static void what_is_not_understood_ends_the_chain(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {50, 51, 59, 135, 17, 6, 58, 255};
    for (size_t i = 0; i < sizeof(kinds); i++) {
        struct wire_ip ip;
        assert_int_equal(CHAIN(&ip, kinds[i], 6, 0, 0, 0, 0, 0, 0, 0), WIRE_OK);
        assert_int_equal(ip.proto, kinds[i]);
        assert_int_equal(ip.head_len, 40);
    }
}

static void hop_by_hop_options_elsewhere_than_first_are_refused(void **state)
{
    (void)state;
    struct wire_ip ip;
    assert_int_equal(CHAIN(&ip, 60, 0, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0), WIRE_EXT_HEADER);
    assert_int_equal(CHAIN(&ip, 0, 0, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0), WIRE_EXT_HEADER);
}

static void the_walk_is_bounded(void **state)
{
    (void)state;
    for (size_t n = 1; n <= WIRE_IP6_EXT_MAX + 3; n++) {
        uint8_t body[8 * (WIRE_IP6_EXT_MAX + 3)] = {0};
        struct wire_ip ip;
        for (size_t i = 0; i < n; i++) memcpy(body + 8 * i, (const uint8_t[]){i + 1 < n ? 60 : 6, 0, 1, 4, 0, 0, 0, 0}, 8);
        assert_int_equal(parse_chain(60, body, 8 * n, &ip), n <= WIRE_IP6_EXT_MAX ? WIRE_OK : WIRE_EXT_HEADER);
    }
}

static void the_longest_extension_header_is_walked(void **state)
{
    (void)state;
    uint8_t body[2048 + 1] = {6, 255};
    struct wire_ip ip;
    assert_int_equal(parse_chain(60, body, sizeof(body), &ip), WIRE_OK);
    assert_int_equal(ip.head_len, 40 + 2048);
}

static void extension_headers_beyond_the_packet_are_refused(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {0, 43, 44, 60};
    for (size_t i = 0; i < sizeof(kinds); i++) {
        uint8_t body[24] = {6, 2};
        for (size_t len = 0; len < (kinds[i] == 44 ? 8 : 24); len++) {
            struct wire_ip ip;
            assert_int_equal(parse_chain(kinds[i], body, len, &ip), WIRE_EXT_HEADER);
        }
    }
}

/* RFC 8200 4.2 */
static void only_options_that_may_be_skipped_are(void **state)
{
    (void)state;
    for (unsigned type = 2; type < 256; type++) {
        struct wire_ip ip;
        enum wire_err err = CHAIN(&ip, 60, 6, 0, (uint8_t)type, 4, 0, 0, 0, 0);
        assert_int_equal(err, type < 64 ? WIRE_OK : WIRE_EXT_HEADER);
    }
}

static void options_beyond_their_header_are_refused(void **state)
{
    (void)state;
    struct wire_ip ip;
    assert_int_equal(CHAIN(&ip, 60, 6, 0, 5, 5, 0, 0, 0, 0), WIRE_EXT_HEADER);
    assert_int_equal(CHAIN(&ip, 60, 6, 0, 1, 3, 0, 0, 0, 5), WIRE_EXT_HEADER);
}

static void check_address(size_t at, const uint8_t addr[16], enum wire_err want)
{
    static const uint8_t ours[] = {6, 58};
    uint8_t p[PACKET_MAX];
    struct wire_ip ip;
    for (size_t i = 0; i < 2; i++) {
        size_t len = packet(p, ours[i], "", 0);
        memcpy(p + at, addr, 16);
        assert_int_equal(parse(p, len, &ip), want);
    }
    p[6] = 17;
    assert_int_equal(parse(p, 40, &ip), WIRE_OK);
}

static void sources_and_destinations_that_no_host_has_are_refused(void **state)
{
    (void)state;
    static const uint8_t multicast[16] = {0xff, 0x02, [15] = 1}, unspecified[16] = {0};
    for (size_t at = 8; at <= 24; at += 16) {
        check_address(at, multicast, WIRE_ADDRESS);
        check_address(at, unspecified, WIRE_ADDRESS);
        check_address(at, addr_b, WIRE_OK);
    }
}

static void mapped_ipv4_addresses_do_not_pass_for_ipv4(void **state)
{
    (void)state;
    static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
    check_address(8, mapped, WIRE_ADDRESS);
    check_address(24, mapped, WIRE_ADDRESS);
}

static void parsing_what_was_built_gives_the_same(void **state)
{
    (void)state;
    uint64_t s = 66;
    for (int round = 0; round < 5000; round++) {
        struct wire_ip ip = {.version = 6, .proto = 6, .ttl = (uint8_t)gen(&s), .tos = (uint8_t)gen(&s)}, back;
        uint8_t p[40 + 64] = {0};
        memcpy(ip.src.b, addr_a, 16);
        memcpy(ip.dst.b, addr_b, 16);
        ip.src.b[9] = (uint8_t)gen(&s);
        uint32_t n = gen_below(&s, 65);
        assert_int_equal(wire_ip_build(&ip, 65535, true, 1, p), 40);
        wire_ip_set_len(p, n, 1);
        assert_int_equal(wire_ip_parse(p, 40 + n, NULL, &back), WIRE_OK);
        assert_true(back.ttl == ip.ttl && back.tos == ip.tos && back.proto == ip.proto && back.len == 40 + n);
        assert_true(tern_addr_eq(&back.src, &ip.src) && tern_addr_eq(&back.dst, &ip.dst));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(options_headers_are_walked),
        cmocka_unit_test(a_routing_header_without_segments_left_is_walked),
        cmocka_unit_test(a_routing_header_with_segments_left_is_refused),
        cmocka_unit_test(atomic_fragments_are_whole_packets),
        cmocka_unit_test(fragments_are_refused_and_named_with_their_protocol),
        cmocka_unit_test(what_is_not_understood_ends_the_chain),
        cmocka_unit_test(hop_by_hop_options_elsewhere_than_first_are_refused),
        cmocka_unit_test(the_walk_is_bounded),
        cmocka_unit_test(the_longest_extension_header_is_walked),
        cmocka_unit_test(extension_headers_beyond_the_packet_are_refused),
        cmocka_unit_test(only_options_that_may_be_skipped_are),
        cmocka_unit_test(options_beyond_their_header_are_refused),
        cmocka_unit_test(sources_and_destinations_that_no_host_has_are_refused),
        cmocka_unit_test(mapped_ipv4_addresses_do_not_pass_for_ipv4),
        cmocka_unit_test(parsing_what_was_built_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
