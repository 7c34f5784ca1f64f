#include "cli_test.h"

#include "cli_parse.h"

static const char *prefix_text(const struct prefix *p)
{
    static char out[TERN_ADDR_STRLEN + 4];
    char addr[TERN_ADDR_STRLEN];
    snprintf(out, sizeof out, "%s/%u", tern_addr_format(&p->addr, addr), p->len);
    return out;
}

static const char *neighbour(const char *text)
{
    struct prefix p;
    assert_int_equal(parse_prefix(text, &p), 0);
    p = prefix_neighbour(&p);
    return prefix_text(&p);
}

TEST(a_number_is_decimal_and_bounded)
{
    uint64_t v = 7;
    assert_int_equal(parse_number("0", 0, &v), 0);
    assert_int_equal(v, 0);
    assert_int_equal(parse_number("65535", 65535, &v), 0);
    assert_int_equal(v, 65535);
    assert_int_equal(parse_number("18446744073709551615", UINT64_MAX, &v), 0);
    assert_true(v == UINT64_MAX);
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x1", "65536", "99999999999999999999"};
    v = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_int_equal(parse_number(bad[i], 65535, &v), TERN_ERR_INVAL);
    assert_int_equal(parse_number("18446744073709551616", UINT64_MAX, &v), TERN_ERR_INVAL);
    assert_int_equal(parse_number("9", 8, &v), TERN_ERR_INVAL);
    assert_int_equal(v, 7);
}

TEST(a_prefix_is_an_address_and_its_length)
{
    struct prefix p;
    assert_int_equal(parse_prefix("192.0.2.2/24", &p), 0);
    assert_string_equal(prefix_text(&p), "192.0.2.2/24");
    assert_int_equal(parse_prefix("2001:db8::2/64", &p), 0);
    assert_string_equal(prefix_text(&p), "2001:db8::2/64");
    assert_int_equal(parse_prefix("192.0.2.2/32", &p), 0);
    assert_int_equal(parse_prefix("2001:db8::2/128", &p), 0);
}

TEST(a_malformed_prefix_is_refused)
{
    static const char *const bad[] = {"",           "192.0.2.2",    "192.0.2.2/", "192.0.2.2/33",    "192.0.2.2/0",
                                      "192.0.2/24", "/24",          "0.0.0.0/24", "2001:db8::2/129", "2001:db8::2/64/64",
                                      "::/64",      "192.0.2.2/-1", "192.0.2.2/a"};
    struct prefix p = {.len = 9};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_int_equal(parse_prefix(bad[i], &p), TERN_ERR_INVAL);
    assert_int_equal(p.len, 9);
}

TEST(an_endpoint_may_lack_its_address)
{
    struct tern_endpoint e;
    char text[TERN_ENDPOINT_STRLEN];
    assert_int_equal(parse_endpoint("80", &e), 0);
    assert_true(tern_addr_is_any(&e.addr));
    assert_int_equal(e.port, 80);
    assert_int_equal(parse_endpoint(":8080", &e), 0);
    assert_int_equal(e.port, 8080);
    assert_int_equal(parse_endpoint("192.0.2.1:22", &e), 0);
    assert_string_equal(tern_endpoint_format(&e, text), "192.0.2.1:22");
    assert_int_equal(parse_endpoint("[2001:db8::1]:22", &e), 0);
    assert_string_equal(tern_endpoint_format(&e, text), "[2001:db8::1]:22");
}

TEST(a_malformed_endpoint_is_refused)
{
    static const char *const bad[] = {"",
                                      ":",
                                      "0",
                                      "65536",
                                      "x",
                                      "192.0.2.1:",
                                      "192.0.2.1:0",
                                      "a.b:1",
                                      "[::1]",
                                      "[::1]:",
                                      "2001:db8::1:22",
                                      "[::1:22",
                                      "::1]:22",
                                      "[]:22",
                                      "1:2:3",
                                      "80 ",
                                      "192.0.2.1",
                                      "[192.0.2.1",
                                      ":99999",
                                      "[::1]x:22",
                                      "192.0.2.1:22222222222222222222222222222222222222222222222222222222"};
    struct tern_endpoint e;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parse_endpoint(bad[i], &e) != TERN_ERR_INVAL) fail_msg("'%s' was taken", bad[i]);
    }
}

TEST(host_and_port_are_cut_at_the_last_colon)
{
    char a[] = "example.org:ssh", b[] = "[2001:db8::1]:22", c[] = "2001:db8::1", d[] = "host", e[] = ":22", f[] = "host:";
    char *host, *port;
    assert_int_equal(parse_host_port(a, &host, &port), 0);
    assert_string_equal(host, "example.org");
    assert_string_equal(port, "ssh");
    assert_int_equal(parse_host_port(b, &host, &port), 0);
    assert_string_equal(host, "2001:db8::1");
    assert_string_equal(port, "22");
    assert_int_equal(parse_host_port(c, &host, &port), TERN_ERR_INVAL);
    assert_int_equal(parse_host_port(d, &host, &port), TERN_ERR_INVAL);
    assert_int_equal(parse_host_port(e, &host, &port), TERN_ERR_INVAL);
    assert_int_equal(parse_host_port(f, &host, &port), TERN_ERR_INVAL);
}

TEST(the_neighbour_is_another_host_of_the_network)
{
    assert_string_equal(neighbour("192.0.2.2/24"), "192.0.2.1/24");
    assert_string_equal(neighbour("192.0.2.1/24"), "192.0.2.2/24");
    assert_string_equal(neighbour("198.51.100.77/25"), "198.51.100.1/25");
    assert_string_equal(neighbour("198.51.100.200/25"), "198.51.100.129/25");
    assert_string_equal(neighbour("192.0.2.6/31"), "192.0.2.7/31");
    assert_string_equal(neighbour("2001:db8::2/64"), "2001:db8::1/64");
    assert_string_equal(neighbour("2001:db8::1/64"), "2001:db8::2/64");
    assert_string_equal(neighbour("2001:db8::6/127"), "2001:db8::7/127");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_decimal_and_bounded),
        cmocka_unit_test(a_prefix_is_an_address_and_its_length),
        cmocka_unit_test(a_malformed_prefix_is_refused),
        cmocka_unit_test(an_endpoint_may_lack_its_address),
        cmocka_unit_test(a_malformed_endpoint_is_refused),
        cmocka_unit_test(host_and_port_are_cut_at_the_last_colon),
        cmocka_unit_test(the_neighbour_is_another_host_of_the_network),
    };
    return cmocka_run_group_tests_name("cli_parse", tests, NULL, NULL);
}
