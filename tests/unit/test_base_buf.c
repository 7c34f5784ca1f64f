#include "base_test.h"

TEST(a_new_buffer_is_empty_and_has_one_reference)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    struct tern_buf *b = tern_buf_get(p, 1500);
    assert_int_equal(b->refs, 1);
    assert_int_equal(b->len, 0);
    assert_ptr_equal(b->data, b->base);
    assert_true(b->cap >= 1500);
    assert_int_equal(b->gso_size, 0);
    assert_false(b->csum_ok);
    assert_ptr_equal(b->pool, p);
    tern_buf_unref(b);
    pool_free(p);
    heap_check_empty(&h, &m);
}

TEST(every_length_up_to_the_longest_packet_fits)
{
    static const size_t lens[] = {0, 1, 255, 256, 257, 2047, 2048, 2049, 16383, 16384, 16385, 65534, TERN_PACKET_MAX};
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct tern_buf *b = tern_buf_get(p, lens[i]);
        assert_true(b->cap >= lens[i]);
        memset(b->data, 1, lens[i]); /* the sanitizer's to judge */
        tern_buf_unref(b);
    }
    pool_free(p);
    heap_check_empty(&h, &m);
}

TEST(more_than_the_longest_packet_is_refused)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    assert_null(tern_buf_get(p, TERN_PACKET_MAX + 1));
    assert_null(tern_buf_get(p, SIZE_MAX));
    pool_free(p);
}

TEST(small_payloads_do_not_pin_large_buffers)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    struct tern_buf *a = tern_buf_get(p, 200), *b = tern_buf_get(p, 1500);
    assert_true(a->cap <= 512);
    assert_true(b->cap <= 2048);
    tern_buf_unref(a);
    tern_buf_unref(b);
    pool_free(p);
}

TEST(the_last_buffer_given_back_is_the_first_reused)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    struct tern_buf *a = tern_buf_get(p, 1500), *b = tern_buf_get(p, 1500);
    tern_buf_unref(a);
    tern_buf_unref(b);
    size_t blocks_n = h.blocks_n;
    assert_ptr_equal(tern_buf_get(p, 1500), b);
    assert_ptr_equal(tern_buf_get(p, 1500), a);
    assert_int_equal(h.blocks_n, blocks_n);
    tern_buf_unref(a);
    tern_buf_unref(b);
    pool_free(p);
}

TEST(a_recycled_buffer_remembers_nothing)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    struct tern_buf *b = tern_buf_get(p, 1500);
    b->data += 40;
    b->len = 1460;
    b->gso_size = 1448;
    b->csum_ok = true;
    b->seq = b->mark = 7;
    b->next = b;
    tern_buf_unref(b);
    struct tern_buf *again = tern_buf_get(p, 1500);
    assert_ptr_equal(again, b);
    assert_ptr_equal(b->data, b->base);
    assert_int_equal(b->len, 0);
    assert_int_equal(b->refs, 1);
    assert_int_equal(b->gso_size, 0);
    assert_false(b->csum_ok);
    assert_int_equal(b->seq, 0);
    assert_int_equal(b->mark, 0);
    assert_null(b->next);
    tern_buf_unref(b);
    pool_free(p);
}

TEST(only_the_last_reference_gives_the_buffer_back)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    struct tern_buf *b = tern_buf_get(p, 100);
    assert_ptr_equal(tern_buf_ref(b), b);
    tern_buf_unref(b);
    assert_int_equal(pool_live_n(p), 1);
    tern_buf_unref(b);
    assert_int_equal(pool_live_n(p), 0);
    tern_buf_unref(NULL);
    pool_free(p);
}

TEST(free_buffers_are_kept_only_up_to_a_bound)
{
    enum { N = 300 };
    struct tern_buf *b[N];
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 64 << 20);
    struct tern_pool *p = pool_new(&m);
    for (int i = 0; i < N; i++) b[i] = tern_buf_get(p, TERN_PACKET_MAX);
    assert_int_equal(pool_live_n(p), N);
    for (int i = 0; i < N; i++) tern_buf_unref(b[i]);
    assert_int_equal(pool_live_n(p), 0);
    assert_in_range(h.blocks_n, 2, 65); /* the pool, and 64 buffers at most */
    pool_free(p);
    heap_check_empty(&h, &m);
}

TEST(at_the_cap_free_buffers_of_other_classes_are_given_up)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 70000);
    struct tern_pool *p = pool_new(&m);
    struct tern_buf *b = tern_buf_get(p, TERN_PACKET_MAX);
    assert_non_null(b);
    assert_null(tern_buf_get(p, 16384)); /* the large one is in use */
    assert_int_equal(m.refused_n, 1);
    tern_buf_unref(b);
    b = tern_buf_get(p, 16384);
    assert_non_null(b);
    assert_int_equal(m.refused_n, 1);
    assert_true(m.used < 20000);
    tern_buf_unref(b);
    pool_free(p);
    heap_check_empty(&h, &m);
}

TEST(at_the_cap_free_buffers_make_room_for_other_memory)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 70000);
    struct tern_pool *p = pool_new(&m);
    tern_buf_unref(tern_buf_get(p, TERN_PACKET_MAX));
    assert_null(mem_get(&m, 70001)); /* could never fit: costs no buffer */
    assert_true(m.used > 60000);
    void *q = mem_get(&m, 60000);
    assert_non_null(q);
    assert_true(h.bytes <= 70000);
    mem_put(&m, q, 60000);
    pool_free(p);
    heap_check_empty(&h, &m);
}

TEST(a_pool_that_cannot_be_had_is_null)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 16);
    assert_null(pool_new(&m));
    pool_free(NULL);
    heap_check_empty(&h, &m);
}

TEST(an_orphaned_pool_goes_with_its_last_buffer)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    struct tern_buf *a = tern_buf_get(p, 1500), *b = tern_buf_get(p, 100);
    tern_buf_unref(tern_buf_get(p, 5000));
    pool_orphan(p);
    memset(&m, 0xff, sizeof m); /* it may be gone */
    tern_buf_unref(a);
    b->data[99] = 1;
    assert_true(h.blocks_n > 0);
    tern_buf_unref(b);
    assert_int_equal(h.blocks_n, 0);
    assert_int_equal(h.bytes, 0);
}

TEST(an_orphaned_pool_without_buffers_goes_at_once)
{
    struct heap h;
    struct mem m;
    heap_mem(&h, &m, 1 << 20);
    struct tern_pool *p = pool_new(&m);
    tern_buf_unref(tern_buf_get(p, 1500));
    pool_orphan(p);
    assert_int_equal(h.blocks_n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_buffer_is_empty_and_has_one_reference),
        cmocka_unit_test(every_length_up_to_the_longest_packet_fits),
        cmocka_unit_test(more_than_the_longest_packet_is_refused),
        cmocka_unit_test(small_payloads_do_not_pin_large_buffers),
        cmocka_unit_test(the_last_buffer_given_back_is_the_first_reused),
        cmocka_unit_test(a_recycled_buffer_remembers_nothing),
        cmocka_unit_test(only_the_last_reference_gives_the_buffer_back),
        cmocka_unit_test(free_buffers_are_kept_only_up_to_a_bound),
        cmocka_unit_test(at_the_cap_free_buffers_of_other_classes_are_given_up),
        cmocka_unit_test(at_the_cap_free_buffers_make_room_for_other_memory),
        cmocka_unit_test(a_pool_that_cannot_be_had_is_null),
        cmocka_unit_test(an_orphaned_pool_goes_with_its_last_buffer),
        cmocka_unit_test(an_orphaned_pool_without_buffers_goes_at_once),
    };
    return cmocka_run_group_tests_name("base buf", tests, NULL, NULL);
}
