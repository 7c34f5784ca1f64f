#include "base_test.h"

#include <tern/types.h>

static const char *round_trip(const char *text)
{
    static char out[TERN_ADDR_STRLEN];
    struct tern_addr a;
    if (tern_addr_parse(text, &a) < 0) return "refused";
    return tern_addr_format(&a, out);
}

TEST(ipv4_is_held_as_a_mapped_address)
{
    struct tern_addr a;
    assert_int_equal(tern_addr_parse("192.0.2.1", &a), 0);
    const uint8_t want[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
    assert_memory_equal(a.b, want, 16);
    assert_true(tern_addr_is_v4(&a));
    struct tern_addr b = tern_addr_v4(want + 12);
    assert_true(tern_addr_eq(&a, &b));
}

TEST(ipv4_text_is_read_and_written)
{
    static const char *const same[] = {"0.0.0.0", "192.0.2.1", "255.255.255.255", "10.100.9.99"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) assert_string_equal(round_trip(same[i]), same[i]);
}

TEST(malformed_ipv4_is_refused)
{
    static const char *const bad[] = {"",          "1",         "1.2.3",    "1.2.3.",    "1.2.3.4.",  "1.2.3.4.5",
                                      "256.0.0.1", "1.2.3.256", "01.2.3.4", "1.2.3.00",  " 1.2.3.4",  "1.2.3.4 ",
                                      "1..3.4",    ".1.2.3.4",  "-1.2.3.4", "0x1.2.3.4", "1.2.3.4/8", "1.2.3.4294967297"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_string_equal(round_trip(bad[i]), "refused");
}

TEST(ipv6_is_read_in_every_form)
{
    const uint8_t want[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    static const char *const forms[] = {"2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "2001:db8:0:0::0:1", "2001:db8::0.0.0.1",
                                        "2001:db8:0:0:0:0:0.0.0.1"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct tern_addr a;
        assert_int_equal(tern_addr_parse(forms[i], &a), 0);
        assert_memory_equal(a.b, want, 16);
        assert_false(tern_addr_is_v4(&a));
    }
}

TEST(ipv6_is_written_as_rfc_5952_wants)
{
    static const char *const pairs[][2] = {
        {"2001:0db8::0001", "2001:db8::1"},              /* 4.1: no leading zeros */
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},       /* 4.2.1: as short as can be */
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* 4.2.2: not for one group */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},         /* 4.2.3: the longest run */
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},   /* 4.2.3: the first of equals */
        {"2001:DB8::ABCD", "2001:db8::abcd"},            /* 4.3: lower case */
        {"0:0:0:0:0:0:0:0", "::"},                       /* all of it */
        {"0:0:0:0:0:0:0:1", "::1"},                      /* at the beginning */
        {"2001:db8:0:0:0:0:0:0", "2001:db8::"},          /* at the end */
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},          /* "::" for one group is read, not written */
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},          /* and at the beginning */
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"1020:304:50:6:0:80:900:a000", "1020:304:50:6:0:80:900:a000"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) assert_string_equal(round_trip(pairs[i][0]), pairs[i][1]);
}

TEST(a_mapped_address_is_written_as_plain_ipv4)
{
    assert_string_equal(round_trip("::ffff:192.0.2.1"), "192.0.2.1");
    assert_string_equal(round_trip("::FFFF:c000:201"), "192.0.2.1");
    assert_string_equal(round_trip("::192.0.2.1"), "::c000:201");
}

TEST(malformed_ipv6_is_refused)
{
    static const char *const bad[] = {":",
                                      ":::",
                                      "1",
                                      "1:",
                                      ":1",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7:8:",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "1:2:3:4::5:6:7:8",
                                      "1::2::3",
                                      "1:::2",
                                      "12345::",
                                      "g::",
                                      "::1%eth0",
                                      "::1/64",
                                      "[::1]",
                                      "::1.2.3",
                                      "::1.2.3.4:5",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::1 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_string_equal(round_trip(bad[i]), "refused");
}

TEST(a_refused_text_leaves_the_result_alone)
{
    struct tern_addr a, before;
    memset(&a, 0x5a, sizeof a);
    before = a;
    assert_int_equal(tern_addr_parse("1:2:3:4:5:6:7:8:9", &a), TERN_ERR_INVAL);
    assert_int_equal(tern_addr_parse("192.0.2.256", &a), TERN_ERR_INVAL);
    assert_true(tern_addr_eq(&a, &before));
}

TEST(any_is_all_zero_in_both_versions)
{
    struct tern_addr a;
    tern_addr_parse("::", &a);
    assert_true(tern_addr_is_any(&a));
    tern_addr_parse("0.0.0.0", &a);
    assert_true(tern_addr_is_any(&a));
    tern_addr_parse("::1", &a);
    assert_false(tern_addr_is_any(&a));
    tern_addr_parse("0.0.0.1", &a);
    assert_false(tern_addr_is_any(&a));
}

TEST(addresses_differ_in_any_byte)
{
    struct tern_addr a = {{0}}, b;
    for (int i = 0; i < 16; i++) {
        b = a;
        b.b[i] ^= 1;
        assert_false(tern_addr_eq(&a, &b));
    }
}

TEST(random_addresses_survive_being_written_and_read)
{
    uint64_t seed = 11;
    for (int i = 0; i < 5000; i++) {
        struct tern_addr a, b;
        char text[TERN_ADDR_STRLEN];
        uint64_t zeros = prng(&seed);
        for (int k = 0; k < 16; k++) a.b[k] = zeros >> (k / 2) & 1 ? 0 : (uint8_t)(prng(&seed) >> 40);
        assert_int_equal(tern_addr_parse(tern_addr_format(&a, text), &b), 0);
        assert_memory_equal(a.b, b.b, 16);
    }
}

TEST(endpoints_put_ipv6_in_brackets)
{
    char text[TERN_ENDPOINT_STRLEN];
    struct tern_endpoint e = {.port = 80};
    tern_addr_parse("192.0.2.1", &e.addr);
    assert_string_equal(tern_endpoint_format(&e, text), "192.0.2.1:80");
    e.port = 65535;
    tern_addr_parse("2001:db8:1111:2222:3333:4444:5555:6666", &e.addr);
    assert_string_equal(tern_endpoint_format(&e, text), "[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
    e = (struct tern_endpoint){.port = 0};
    assert_string_equal(tern_endpoint_format(&e, text), "[::]:0");
}

TEST(every_error_has_a_text_of_its_own)
{
    static const int errs[] = {
#define X(name, value, text) TERN_ERR_##name,
        TERN_ERRORS(X)
#undef X
    };
    size_t n = sizeof errs / sizeof errs[0];
    for (size_t i = 0; i < n; i++) {
        assert_string_not_equal(tern_strerror(errs[i]), "unknown error");
        for (size_t k = 0; k < i; k++) assert_string_not_equal(tern_strerror(errs[i]), tern_strerror(errs[k]));
    }
    assert_string_equal(tern_strerror(TERN_ERR_REFUSED), "connection refused");
}

TEST(numbers_that_are_no_error_have_a_text_too)
{
    assert_string_equal(tern_strerror(0), "success");
    assert_string_equal(tern_strerror(1460), "success");
    assert_string_equal(tern_strerror(-9999), "unknown error");
}

TEST(the_version_is_three_numbers)
{
    char *end;
    unsigned dots_n = 0;
    for (const char *p = tern_version();; p = end + 1) {
        strtoul(p, &end, 10);
        assert_ptr_not_equal(p, end);
        if (*end == '\0') break;
        assert_int_equal(*end, '.');
        dots_n++;
    }
    assert_int_equal(dots_n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_is_held_as_a_mapped_address),
        cmocka_unit_test(ipv4_text_is_read_and_written),
        cmocka_unit_test(malformed_ipv4_is_refused),
        cmocka_unit_test(ipv6_is_read_in_every_form),
        cmocka_unit_test(ipv6_is_written_as_rfc_5952_wants),
        cmocka_unit_test(a_mapped_address_is_written_as_plain_ipv4),
        cmocka_unit_test(malformed_ipv6_is_refused),
        cmocka_unit_test(a_refused_text_leaves_the_result_alone),
        cmocka_unit_test(any_is_all_zero_in_both_versions),
        cmocka_unit_test(addresses_differ_in_any_byte),
        cmocka_unit_test(random_addresses_survive_being_written_and_read),
        cmocka_unit_test(endpoints_put_ipv6_in_brackets),
        cmocka_unit_test(every_error_has_a_text_of_its_own),
        cmocka_unit_test(numbers_that_are_no_error_have_a_text_too),
        cmocka_unit_test(the_version_is_three_numbers),
    };
    return cmocka_run_group_tests_name("base addr", tests, NULL, NULL);
}
