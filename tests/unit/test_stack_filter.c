/* tern_filter_parse(). */
#include <tern/filter.h>

#include "unit.h"

static const struct tern_filter *read(const char *text)
{
    static struct tern_filter f;
    return tern_filter_parse(text, &f) == 0 ? &f : NULL;
}

static void reads_what_a_rule_can_say(void **state)
{
    (void)state;
    const struct tern_filter *f = read("drop 192.0.2.0/24");
    struct tern_addr a;
    assert_non_null(f);
    assert_int_equal(f->action, TERN_FILTER_DROP);
    assert_int_equal(f->prefix_len, 24);
    assert_int_equal(tern_addr_parse("192.0.2.0", &a), 0);
    assert_true(tern_addr_eq(&a, &f->from));
    f = read("reset 2001:db8::7");
    assert_non_null(f);
    assert_int_equal(f->action, TERN_FILTER_RESET);
    assert_int_equal(f->prefix_len, 128);
    f = read("allow any each half 3 conns 4294967295 rate 10");
    assert_non_null(f);
    assert_int_equal(f->prefix_len, 0);
    assert_true(f->each);
    assert_int_equal(f->half_max, 3);
    assert_int_equal(f->conns_max, UINT32_MAX);
    assert_int_equal(f->syn_rate, 10);
    assert_non_null(read("allow 192.0.2.1"));
    assert_non_null(read("allow 0.0.0.0/0 rate 1"));
}

static void refuses_the_rest(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "allow",
        "allow ",
        "pass any",
        "allow any ",
        "allow  any",
        "allow any half",
        "allow any half 0",
        "allow any half 4294967296",
        "allow any half 99999999999999999999",
        "allow any half -1",
        "allow any half 3 half 4",
        "allow any each",
        "allow any each each half 1",
        "drop any half 3",
        "drop any each",
        "drop 192.0.2.0/33",
        "drop 192.0.2.0/",
        "drop 2001:db8::/129",
        "drop 192.0.2",
        "drop 192.0.2.0/24/1",
        "allow any conns 1 x",
        "allow 2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa half 1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (read(wrong[i])) fail_msg("'%s' is no rule", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_rule_can_say),
        cmocka_unit_test(refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
