/* What a path does to the ECN field of a packet. */
#include "unit.h"

#include <string.h>

#include "damage.h"
#include "ip.h"

static void the_field_changes_and_nothing_else(void **state)
{
    (void)state;
    static uint8_t bytes[60], before[60];
    struct tern_buf b = {.data = bytes, .base = bytes, .len = sizeof bytes, .cap = sizeof bytes};
    for (unsigned v6 = 0; v6 < 2; v6++) {
        for (uint8_t ecn = 0; ecn < 4; ecn++) {
            struct wire_ip ip = {.version = v6 ? 6 : 4, .proto = 6, .ttl = 64, .tos = 0xb9};
            assert_int_equal(tern_addr_parse(v6 ? "2001:db8::1" : "192.0.2.1", &ip.src), 0);
            assert_int_equal(tern_addr_parse(v6 ? "2001:db8::2" : "192.0.2.2", &ip.dst), 0);
            wire_ip_build(&ip, 20, true, 0, bytes);
            b.len = v6 ? 60 : 40;
            memcpy(before, bytes, sizeof bytes);
            assert_true(damage_ecn(&b, ecn));
            assert_int_equal(wire_ip_parse(bytes, b.len, NULL, &ip), WIRE_OK); /* IPv4's checksum is right */
            assert_int_equal(ip.tos, 0xb8 | ecn);
            assert_true(damage_ecn(&b, 1));
            assert_memory_equal(bytes, before, b.len);
        }
    }
}

static void what_is_no_packet_is_left_alone(void **state)
{
    (void)state;
    uint8_t bytes[40] = {0x45};
    struct tern_buf b = {.data = bytes, .base = bytes, .len = 19, .cap = sizeof bytes};
    assert_false(damage_ecn(&b, 3));
    bytes[0] = 0x60, b.len = 39;
    assert_false(damage_ecn(&b, 3));
    bytes[0] = 0x4f, b.len = 40; /* a header longer than the packet */
    assert_false(damage_ecn(&b, 3));
    assert_int_equal(bytes[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_field_changes_and_nothing_else),
        cmocka_unit_test(what_is_no_packet_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
