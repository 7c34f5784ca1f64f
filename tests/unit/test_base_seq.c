#include "base_test.h"
#include "list.h"
#include "seq.h"

static const uint32_t edges[] = {0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff};
#define EACH_EDGE(v)                                                                                                             \
    for (size_t e_ = 0, once_; e_ < 6; e_++)                                                                                     \
        for (uint32_t v = edges[once_ = e_]; once_ == e_; once_ = 6)

TEST(a_later_number_is_greater_across_every_edge)
{
    EACH_EDGE(v)
    {
        seq32 a = seq(v), b = seq_add(a, 1), far = seq_add(a, 0x7fffffff);
        assert_true(seq_lt(a, b) && seq_le(a, b) && seq_gt(b, a) && seq_ge(b, a));
        assert_false(seq_lt(b, a) || seq_le(b, a) || seq_gt(a, b) || seq_ge(a, b));
        assert_true(seq_lt(a, far));
        assert_false(seq_lt(far, a));
    }
}

TEST(a_number_is_not_less_than_itself)
{
    EACH_EDGE(v)
    {
        seq32 a = seq(v);
        assert_true(seq_eq(a, a) && seq_le(a, a) && seq_ge(a, a));
        assert_false(seq_lt(a, a) || seq_gt(a, a));
        assert_false(seq_eq(a, seq_add(a, 1)));
    }
}

TEST(of_two_numbers_half_the_space_apart_each_is_less)
{
    EACH_EDGE(v)
    {
        seq32 a = seq(v), b = seq_add(a, 0x80000000);
        assert_true(seq_lt(a, b));
        assert_true(seq_lt(b, a));
    }
}

TEST(sums_and_distances_wrap)
{
    assert_int_equal(seq_add(seq(0xffffffff), 1).v, 0);
    assert_int_equal(seq_sub(seq(0), 1).v, 0xffffffff);
    assert_int_equal(seq_diff(seq(5), seq(0xfffffffb)), 10);
    EACH_EDGE(v) assert_int_equal(seq_diff(seq_add(seq(v), 70000), seq(v)), 70000);
}

TEST(greatest_and_least_know_the_wrap)
{
    seq32 a = seq(0xfffffff0), b = seq(0x10);
    assert_int_equal(seq_max(a, b).v, b.v);
    assert_int_equal(seq_max(b, a).v, b.v);
    assert_int_equal(seq_min(a, b).v, a.v);
    assert_int_equal(seq_min(b, a).v, a.v);
}

TEST(a_range_includes_its_first_number_and_not_its_end)
{
    EACH_EDGE(v)
    {
        seq32 from = seq(v);
        assert_true(seq_in(from, from, 10));
        assert_true(seq_in(seq_add(from, 9), from, 10));
        assert_false(seq_in(seq_add(from, 10), from, 10));
        assert_false(seq_in(seq_sub(from, 1), from, 10));
        assert_false(seq_in(from, from, 0));
    }
}

TEST(a_list_gives_its_nodes_in_the_order_of_appending)
{
    struct list head, n[3];
    list_init(&head);
    assert_true(list_empty(&head));
    assert_null(list_pop(&head));
    for (int i = 0; i < 3; i++) list_append(&head, &n[i]);
    assert_false(list_empty(&head));
    for (int i = 0; i < 3; i++) assert_ptr_equal(list_pop(&head), &n[i]);
    assert_true(list_empty(&head));
}

TEST(a_node_removed_from_a_list_is_on_none)
{
    struct list head, n[3];
    list_init(&head);
    for (int i = 0; i < 3; i++) list_append(&head, &n[i]);
    list_remove(&n[1]);
    assert_true(list_empty(&n[1]));
    list_remove(&n[1]); /* and may be removed again */
    assert_ptr_equal(list_pop(&head), &n[0]);
    assert_ptr_equal(list_pop(&head), &n[2]);
    assert_null(list_pop(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_number_is_greater_across_every_edge),
        cmocka_unit_test(a_number_is_not_less_than_itself),
        cmocka_unit_test(of_two_numbers_half_the_space_apart_each_is_less),
        cmocka_unit_test(sums_and_distances_wrap),
        cmocka_unit_test(greatest_and_least_know_the_wrap),
        cmocka_unit_test(a_range_includes_its_first_number_and_not_its_end),
        cmocka_unit_test(a_list_gives_its_nodes_in_the_order_of_appending),
        cmocka_unit_test(a_node_removed_from_a_list_is_on_none),
    };
    return cmocka_run_group_tests_name("base seq", tests, NULL, NULL);
}
