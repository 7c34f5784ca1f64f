/* src/wire/icmp.c: ICMP (RFC 792), ICMPv6 (RFC 4443), what they mean to TCP (RFC 9293 3.9.2.2), and TCP's checksum. */
#include "unit.h"

#include "checksum.h"
#include "ip.h"
#include "wire_gen.h"

static const uint8_t a4[4] = {192, 0, 2, 1}, b4[4] = {198, 51, 100, 7};
static const uint8_t tcp8[8] = {0x04, 0xd2, 0x00, 0x50, 0x01, 0x02, 0x03, 0x04};

static struct wire_ip outer(uint8_t version)
{
    struct wire_ip ip = {.version = version, .proto = version == 4 ? 1 : 58, .src = tern_addr_v4(b4), .dst = tern_addr_v4(a4)};
    if (version == 6) {
        memcpy(ip.src.b, (const uint8_t[16]){0x20, 0x01, 0x0d, 0xb8, [15] = 2}, 16);
        memcpy(ip.dst.b, (const uint8_t[16]){0x20, 0x01, 0x0d, 0xb8, [15] = 1}, 16);
    }
    return ip;
}

/* An error about a packet from |dst| to |src| of |outer|, with its first 8 bytes of TCP; returns its length. */
static size_t error_message(uint8_t p[80], uint8_t version, uint8_t type, uint8_t code, uint32_t word)
{
    struct wire_ip out = outer(version), quoted = out;
    quoted.proto = 6;
    quoted.src = out.dst;
    quoted.dst = out.src;
    memset(p, 0, 80);
    p[0] = type;
    p[1] = code;
    for (int i = 0; i < 4; i++) p[4 + i] = (uint8_t)(word >> (24 - 8 * i));
    size_t head_len = wire_ip_build(&quoted, 1000, true, 1, p + 8);
    memcpy(p + 8 + head_len, tcp8, 8);
    return 8 + head_len + 8;
}

static enum wire_err parse(uint8_t version, const uint8_t *p, size_t len, struct wire_icmp *out)
{
    struct wire_ip ip = outer(version);
    uint8_t *copy = exact_copy(p, len);
    enum wire_err err = wire_icmp_parse(&ip, copy, len, true, out);
    exact_free(copy, len);
    return err;
}

static struct wire_icmp parse_error(uint8_t version, uint8_t type, uint8_t code, uint32_t word)
{
    uint8_t p[80];
    struct wire_icmp icmp;
    size_t len = error_message(p, version, type, code, word);
    assert_int_equal(parse(version, p, len, &icmp), WIRE_OK);
    assert_int_equal(icmp.type, type);
    assert_int_equal(icmp.code, code);
    return icmp;
}

static void check_kind(uint8_t version, uint8_t type, uint8_t code, enum wire_icmp_kind kind)
{
    assert_int_equal(parse_error(version, type, code, 0).kind, kind);
}

static void unreachable_nets_and_hosts_are_soft(void **state)
{
    (void)state;
    for (uint8_t code = 0; code < 16; code++)
        if (code < 2 || code > 4) check_kind(4, 3, code, ICMP_SOFT_ERROR);
    for (uint8_t code = 0; code < 8; code++)
        if (code != 4) check_kind(6, 1, code, ICMP_SOFT_ERROR);
}

static void unreachable_protocols_and_ports_are_hard(void **state)
{
    (void)state;
    check_kind(4, 3, 2, ICMP_HARD_ERROR);
    check_kind(4, 3, 3, ICMP_HARD_ERROR);
    check_kind(6, 1, 4, ICMP_HARD_ERROR);
}

static void time_exceeded_and_parameter_problem_are_soft(void **state)
{
    (void)state;
    for (uint8_t code = 0; code < 3; code++) {
        check_kind(4, 11, code, ICMP_SOFT_ERROR);
        check_kind(4, 12, code, ICMP_SOFT_ERROR);
        check_kind(6, 3, code, ICMP_SOFT_ERROR);
        check_kind(6, 4, code, ICMP_SOFT_ERROR);
    }
}

/* proves: MUST-55 */
static void source_quench_is_named(void **state)
{
    (void)state;
    check_kind(4, 4, 0, ICMP_SOURCE_QUENCH);
}

static void other_types_are_other(void **state)
{
    (void)state;
    check_kind(4, 13, 0, ICMP_OTHER);
    check_kind(6, 135, 0, ICMP_OTHER);
    assert_false(parse_error(6, 135, 0, 0).quoted_tcp);
}

static void fragmentation_needed_tells_the_mtu(void **state)
{
    (void)state;
    struct wire_icmp icmp = parse_error(4, 3, 4, 0x00010578);
    assert_int_equal(icmp.kind, ICMP_TOO_BIG);
    assert_int_equal(icmp.mtu, 1400);
    assert_int_equal(parse_error(4, 3, 4, 0).mtu, 0);
}

static void packet_too_big_tells_the_mtu(void **state)
{
    (void)state;
    struct wire_icmp icmp = parse_error(6, 2, 0, 70000);
    assert_int_equal(icmp.kind, ICMP_TOO_BIG);
    assert_int_equal(icmp.mtu, 70000);
}

/* MUST-54 */
static void the_quoted_packet_names_its_connection(void **state)
{
    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        struct wire_icmp icmp = parse_error(version, version == 4 ? 3 : 1, 0, 0);
        struct wire_ip ip = outer(version);
        assert_true(icmp.quoted_tcp);
        assert_true(tern_addr_eq(&icmp.src, &ip.dst));
        assert_true(tern_addr_eq(&icmp.dst, &ip.src));
        assert_int_equal(icmp.src_port, 1234);
        assert_int_equal(icmp.dst_port, 80);
        assert_int_equal(icmp.seq.v, 0x01020304);
    }
}

static void fewer_than_8_quoted_bytes_of_tcp_name_none(void **state)
{
    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        uint8_t p[80];
        size_t len = error_message(p, version, version == 4 ? 3 : 1, 0, 0);
        for (size_t n = 0; n <= len; n++) {
            struct wire_icmp icmp = {0};
            assert_int_equal(parse(version, p, n, &icmp), n < 8 ? WIRE_SHORT : WIRE_OK);
            assert_int_equal(icmp.quoted_tcp, n == len);
        }
    }
}

static void a_quoted_packet_of_another_protocol_names_none(void **state)
{
    (void)state;
    uint8_t p[80];
    struct wire_icmp icmp;
    size_t len = error_message(p, 4, 3, 3, 0);
    p[8 + 9] = 17;
    assert_int_equal(parse(4, p, len, &icmp), WIRE_OK);
    assert_false(icmp.quoted_tcp);
    p[8] = 0x75;
    assert_int_equal(parse(4, p, len, &icmp), WIRE_OK);
    assert_false(icmp.quoted_tcp);
}

static void a_quoted_packet_of_the_other_version_names_none(void **state)
{
    (void)state;
    uint8_t p[80];
    struct wire_icmp icmp;
    size_t len = error_message(p, 4, 1, 0, 0);
    assert_int_equal(parse(6, p, len, &icmp), WIRE_OK);
    assert_int_equal(icmp.kind, ICMP_SOFT_ERROR);
    assert_false(icmp.quoted_tcp);
}

static void a_quoted_first_fragment_names_its_connection_and_a_later_one_does_not(void **state)
{
    (void)state;
    uint8_t p[80];
    struct wire_icmp icmp;
    size_t len = error_message(p, 4, 11, 0, 0);
    p[8 + 6] = 0x20;
    assert_int_equal(parse(4, p, len, &icmp), WIRE_OK);
    assert_true(icmp.quoted_tcp);
    p[8 + 7] = 1;
    assert_int_equal(parse(4, p, len, &icmp), WIRE_OK);
    assert_false(icmp.quoted_tcp);
}

static void a_quoted_packet_on_its_source_route_names_its_true_destination(void **state)
{
    (void)state;
    uint8_t p[80] = {11};
    struct wire_ip ip = outer(4), quoted = {.version = 4, .proto = 6, .ttl = 1, .src = ip.dst, .dst = ip.src, .route_n = 2};
    struct wire_icmp icmp;
    memcpy(quoted.route, "\xcb\0\x71\1\xcb\0\x71\2", 8);
    size_t head_len = wire_ip_build(&quoted, 20, true, 1, p + 8);
    assert_int_equal(parse(4, p, 8 + head_len + 8, &icmp), WIRE_OK);
    assert_true(icmp.quoted_tcp);
    assert_true(tern_addr_eq(&icmp.dst, &ip.src));
}

static void quoted_ipv6_extension_headers_are_walked(void **state)
{
    (void)state;
    uint8_t p[96];
    struct wire_icmp icmp;
    size_t len = error_message(p, 6, 1, 0, 0);
    memmove(p + 56, p + 48, 8);
    memcpy(p + 48, (const uint8_t[]){6, 0, 1, 4, 0, 0, 0, 0}, 8);
    p[8 + 6] = 60;
    assert_int_equal(parse(6, p, len + 8, &icmp), WIRE_OK);
    assert_true(icmp.quoted_tcp);
    assert_int_equal(icmp.dst_port, 80);
}

static void a_wrong_checksum_is_refused_unless_it_is_known_good(void **state)
{
    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        uint8_t p[80];
        struct wire_icmp icmp;
        struct wire_ip ip = outer(version);
        size_t len = error_message(p, version, version == 4 ? 3 : 1, 0, 0);
        uint64_t pseudo = version == 6 ? csum_pseudo(&ip.src, &ip.dst, 58, (uint32_t)len) : 0;
        csum_put(p + 2, csum_add(pseudo, p, len));
        assert_int_equal(wire_icmp_parse(&ip, p, len, false, &icmp), WIRE_OK);
        p[len - 1] ^= 1;
        assert_int_equal(wire_icmp_parse(&ip, p, len, false, &icmp), WIRE_CHECKSUM);
        assert_int_equal(wire_icmp_parse(&ip, p, len, true, &icmp), WIRE_OK);
    }
}

static void the_protocol_of_the_other_ip_version_is_other(void **state)
{
    (void)state;
    uint8_t p[8] = {8};
    struct wire_ip ip = outer(6);
    struct wire_icmp icmp;
    ip.proto = IPPROTO_ICMP_;
    assert_int_equal(wire_icmp_parse(&ip, p, sizeof(p), true, &icmp), WIRE_OK);
    assert_int_equal(icmp.kind, ICMP_OTHER);
}

static void an_echo_request_is_answered_with_its_data(void **state)
{
    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        for (size_t len = 8; len < 40; len++) {
            uint8_t p[40] = {version == 4 ? 8 : 128, 0, 0, 0, 0x12, 0x34, 0, 7, 'p', 'i', 'n', 'g'}, reply[40];
            struct wire_ip ip = outer(version);
            struct wire_icmp icmp;
            assert_int_equal(parse(version, p, len, &icmp), WIRE_OK);
            assert_int_equal(icmp.kind, ICMP_ECHO_REQUEST);
            memcpy(reply, p, sizeof(p));
            wire_icmp_echo_reply(p, len, version == 6 ? &ip : NULL, reply);
            assert_int_equal(wire_icmp_parse(&ip, reply, len, false, &icmp), WIRE_OK);
            assert_int_equal(icmp.kind, ICMP_ECHO_REPLY);
            assert_memory_equal(reply + 4, p + 4, len - 4);
        }
    }
}

static void the_tcp_checksum_covers_addresses_header_and_every_bit_of_data(void **state)
{
    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        struct wire_ip ip = outer(version);
        uint8_t seg[33] = {1, 2, 3, 4, [12] = 0x50, [32] = 9};
        csum_put(seg + 16, csum_add(csum_pseudo(&ip.src, &ip.dst, 6, sizeof(seg)), seg, sizeof(seg)));
        assert_true(wire_tcp_checksum_ok(&ip, seg, sizeof(seg)));
        for (size_t bit = 0; bit < 8 * sizeof(seg); bit++) {
            seg[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(wire_tcp_checksum_ok(&ip, seg, sizeof(seg)));
            seg[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        ip.dst.b[15] ^= 1;
        assert_false(wire_tcp_checksum_ok(&ip, seg, sizeof(seg)));
        assert_false(wire_tcp_checksum_ok(&ip, seg, sizeof(seg) - 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unreachable_nets_and_hosts_are_soft),
        cmocka_unit_test(unreachable_protocols_and_ports_are_hard),
        cmocka_unit_test(time_exceeded_and_parameter_problem_are_soft),
        cmocka_unit_test(source_quench_is_named),
        cmocka_unit_test(other_types_are_other),
        cmocka_unit_test(fragmentation_needed_tells_the_mtu),
        cmocka_unit_test(packet_too_big_tells_the_mtu),
        cmocka_unit_test(the_quoted_packet_names_its_connection),
        cmocka_unit_test(fewer_than_8_quoted_bytes_of_tcp_name_none),
        cmocka_unit_test(a_quoted_packet_of_another_protocol_names_none),
        cmocka_unit_test(a_quoted_packet_of_the_other_version_names_none),
        cmocka_unit_test(a_quoted_first_fragment_names_its_connection_and_a_later_one_does_not),
        cmocka_unit_test(a_quoted_packet_on_its_source_route_names_its_true_destination),
        cmocka_unit_test(quoted_ipv6_extension_headers_are_walked),
        cmocka_unit_test(a_wrong_checksum_is_refused_unless_it_is_known_good),
        cmocka_unit_test(the_protocol_of_the_other_ip_version_is_other),
        cmocka_unit_test(an_echo_request_is_answered_with_its_data),
        cmocka_unit_test(the_tcp_checksum_covers_addresses_header_and_every_bit_of_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
