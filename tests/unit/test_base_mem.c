#include "base_test.h"

TEST(allocations_are_counted_and_given_back)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1000);
    void *a = mem_get(&m, 300), *b = mem_get(&m, 200);
    assert_int_equal(m.used, 500);
    assert_int_equal(h.bytes, 500);
    mem_put(&m, a, 300);
    assert_int_equal(m.used, 200);
    mem_put(&m, b, 200);
    heap_check_empty(&h, &m);
}

TEST(the_cap_may_be_reached_but_not_passed)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1000);
    void *a = mem_get(&m, 600), *b = mem_get(&m, 400);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(mem_get(&m, 1));
    assert_int_equal(m.refused_n, 1);
    assert_int_equal(h.bytes, 1000);
    mem_put(&m, b, 400);
    assert_null(mem_get(&m, 401));
    b = mem_get(&m, 400);
    assert_non_null(b);
    mem_put(&m, a, 600);
    mem_put(&m, b, 400);
}

TEST(a_length_that_would_wrap_the_sum_is_refused)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1000);
    void *a = mem_get(&m, 600);
    assert_null(mem_get(&m, SIZE_MAX));
    assert_null(mem_get(&m, SIZE_MAX - 599));
    assert_int_equal(m.used, 600);
    mem_put(&m, a, 600);
}

TEST(a_refusing_allocator_is_counted_and_costs_nothing)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1000);
    h.refuses = true;
    assert_null(mem_get(&m, 10));
    assert_null(mem_zero(&m, 10));
    assert_int_equal(m.refused_n, 2);
    assert_int_equal(m.used, 0);
    assert_int_equal(m.peak, 0);
}

TEST(the_peak_stays_when_memory_goes_back)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1000);
    mem_put(&m, mem_get(&m, 700), 700);
    mem_put(&m, mem_get(&m, 100), 100);
    assert_int_equal(m.peak, 700);
}

TEST(zeroed_memory_is_zero)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1000);
    uint8_t *p = mem_zero(&m, 100);
    for (int i = 0; i < 100; i++) assert_int_equal(p[i], 0);
    mem_put(&m, p, 100);
}

TEST(giving_back_null_is_nothing)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1000);
    mem_put(&m, NULL, 100);
    heap_check_empty(&h, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_counted_and_given_back),
        cmocka_unit_test(the_cap_may_be_reached_but_not_passed),
        cmocka_unit_test(a_length_that_would_wrap_the_sum_is_refused),
        cmocka_unit_test(a_refusing_allocator_is_counted_and_costs_nothing),
        cmocka_unit_test(the_peak_stays_when_memory_goes_back),
        cmocka_unit_test(zeroed_memory_is_zero),
        cmocka_unit_test(giving_back_null_is_nothing),
    };
    return cmocka_run_group_tests_name("base mem", tests, NULL, NULL);
}
