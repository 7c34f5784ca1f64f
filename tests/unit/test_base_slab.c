#include "base_test.h"

enum { RECORD_LEN = 120, MANY = 1000 };

static void check_zero_after_index(const uint8_t *r, size_t len)
{
    for (size_t i = sizeof(uint16_t); i < len; i++) assert_int_equal(r[i], 0);
}

TEST(a_record_is_zeroed_but_for_the_slabs_two_bytes)
{
    struct heap h;
    struct mem m;
    struct slab s;
    heap_mem(&h, &m, 1 << 20);
    slab_init(&s, &m, RECORD_LEN);
    uint8_t *r = slab_get(&s);
    check_zero_after_index(r, RECORD_LEN);
    memset(r + 2, 0xff, RECORD_LEN - 2);
    slab_put(&s, r);
    r = slab_get(&s);
    check_zero_after_index(r, RECORD_LEN);
    slab_put(&s, r);
    slab_put(&s, NULL);
    slab_free(&s);
    heap_check_empty(&h, &m);
}

TEST(records_are_aligned_and_do_not_overlap)
{
    static uint8_t *r[MANY];
    struct heap h;
    struct mem m;
    struct slab s;
    heap_mem(&h, &m, 1 << 20);
    slab_init(&s, &m, 117);
    for (int i = 0; i < MANY; i++) {
        r[i] = slab_get(&s);
        assert_int_equal((uintptr_t)r[i] % 8, 0);
        memset(r[i] + 2, i & 0xff, 115);
    }
    assert_int_equal(s.live_n, MANY);
    for (int i = 0; i < MANY; i++) {
        for (int k = 2; k < 117; k++) assert_int_equal(r[i][k], i & 0xff);
        slab_put(&s, r[i]);
    }
    slab_free(&s);
    heap_check_empty(&h, &m);
}

TEST(a_record_costs_hardly_more_than_its_length)
{
    static void *r[MANY];
    struct heap h;
    struct mem m;
    struct slab s;
    heap_mem(&h, &m, 1 << 20);
    slab_init(&s, &m, RECORD_LEN);
    for (int i = 0; i < MANY; i++) r[i] = slab_get(&s);
    assert_true(h.bytes < MANY * RECORD_LEN * 103 / 100);
    assert_in_range(h.blocks_n, 2, MANY / 60);
    for (int i = 0; i < MANY; i++) slab_put(&s, r[i]);
    slab_free(&s);
}

TEST(empty_pages_go_back_but_one)
{
    static void *r[MANY];
    struct heap h;
    struct mem m;
    struct slab s;
    heap_mem(&h, &m, 1 << 20);
    slab_init(&s, &m, RECORD_LEN);
    for (int i = 0; i < MANY; i++) r[i] = slab_get(&s);
    for (int i = 0; i < MANY; i++) slab_put(&s, r[i]);
    assert_int_equal(s.live_n, 0);
    assert_int_equal(h.blocks_n, 1);
    slab_free(&s);
    heap_check_empty(&h, &m);
}

TEST(one_record_that_comes_and_goes_allocates_once)
{
    struct heap h;
    struct mem m;
    struct slab s;
    heap_mem(&h, &m, 1 << 20);
    slab_init(&s, &m, RECORD_LEN);
    void *r = slab_get(&s);
    slab_put(&s, r);
    h.refuses = true;
    for (int i = 0; i < 10; i++) {
        r = slab_get(&s);
        assert_non_null(r);
        slab_put(&s, r);
    }
    slab_free(&s);
}

TEST(a_record_longer_than_a_page_has_its_own)
{
    struct heap h;
    struct mem m;
    struct slab s;
    heap_mem(&h, &m, 1 << 20);
    slab_init(&s, &m, 20000);
    uint8_t *a = slab_get(&s), *b = slab_get(&s);
    check_zero_after_index(b, 20000);
    assert_int_equal(h.blocks_n, 2);
    slab_put(&s, a);
    slab_put(&s, b);
    slab_free(&s);
    heap_check_empty(&h, &m);
}

TEST(the_cap_refuses_a_page_and_live_records_stay)
{
    struct heap h;
    struct mem m;
    struct slab s;
    heap_mem(&h, &m, 10000);
    slab_init(&s, &m, RECORD_LEN);
    void *r[200];
    int n = 0;
    while ((r[n] = slab_get(&s)) != NULL) assert_in_range(++n, 1, 80);
    assert_int_equal(n, 64);
    assert_int_equal(s.live_n, 64);
    assert_int_equal(m.refused_n, 1);
    slab_put(&s, r[13]);
    assert_ptr_equal(slab_get(&s), r[13]);
    while (n > 0) slab_put(&s, r[--n]);
    slab_free(&s);
    heap_check_empty(&h, &m);
}

TEST(records_put_in_any_order_are_found_again)
{
    static uint8_t *r[MANY];
    struct heap h;
    struct mem m;
    struct slab s;
    uint64_t seed = 5;
    heap_mem(&h, &m, 1 << 20);
    slab_init(&s, &m, 48);
    size_t live_n = 0;
    for (int step = 0; step < 50000; step++) {
        size_t i = prng(&seed) % MANY;
        if (r[i]) {
            assert_int_equal(r[i][2], i & 0xff);
            assert_int_equal(r[i][47], i >> 8);
            slab_put(&s, r[i]);
            r[i] = NULL;
            live_n--;
        } else {
            r[i] = slab_get(&s);
            check_zero_after_index(r[i], 48);
            r[i][2] = (uint8_t)i;
            r[i][47] = (uint8_t)(i >> 8);
            live_n++;
        }
        assert_int_equal(s.live_n, live_n);
    }
    for (size_t i = 0; i < MANY; i++) slab_put(&s, r[i]);
    slab_free(&s);
    heap_check_empty(&h, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_zeroed_but_for_the_slabs_two_bytes),
        cmocka_unit_test(records_are_aligned_and_do_not_overlap),
        cmocka_unit_test(a_record_costs_hardly_more_than_its_length),
        cmocka_unit_test(empty_pages_go_back_but_one),
        cmocka_unit_test(one_record_that_comes_and_goes_allocates_once),
        cmocka_unit_test(a_record_longer_than_a_page_has_its_own),
        cmocka_unit_test(the_cap_refuses_a_page_and_live_records_stay),
        cmocka_unit_test(records_put_in_any_order_are_found_again),
    };
    return cmocka_run_group_tests_name("base slab", tests, NULL, NULL);
}
