/* The order of sequence numbers against a sorted array, by random changes. */
#include "base_test.h"
#include "order.h"

enum { MOST = 3000, TURNS = 40000 };

struct model {
    struct {
        uint32_t key;
        void *item;
    } at[MOST];
    uint32_t n, base;
};

static uint32_t draw(uint64_t *x, uint32_t below)
{
    *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*x >> 33) % below;
}

/* How many keys are at most |key|. */
static uint32_t upto(const struct model *m, uint32_t key)
{
    uint32_t i = 0;
    while (i < m->n && m->at[i].key - m->base <= key - m->base) i++;
    return i;
}

static void model_put(struct model *m, uint32_t i, uint32_t key, void *item)
{
    memmove(&m->at[i + 1], &m->at[i], (m->n - i) * sizeof m->at[0]);
    m->at[i].key = key, m->at[i].item = item;
    m->n++;
}

static void same(const struct order *o, const struct model *m)
{
    struct order_place p = {0, 0};
    assert_int_equal(o->n, m->n);
    void *item = order_first(o);
    for (uint32_t i = 0; i < m->n; i++) {
        assert_ptr_equal(item, m->at[i].item);
        item = order_next(o, &p);
    }
    assert_null(item);
    assert_ptr_equal(order_last(o), m->n ? m->at[m->n - 1].item : NULL);
}

static void *token(uint32_t i) { return (void *)(uintptr_t)(i + 1); }

/* A new key somewhere, at the place that the search tells. */
static void put(struct order *o, struct model *m, uint32_t key, void *item)
{
    struct order_place p = {0, 0};
    uint32_t i = upto(m, key);
    const void *before = order_find(o, seq(key), &p);
    assert_ptr_equal(before, i ? m->at[i - 1].item : NULL);
    if (i && m->at[i - 1].key == key) return;
    if (before) p.slot++;
    assert_true(order_insert(o, &p, seq(key), item));
    assert_ptr_equal(order_at(o, p), item);
    model_put(m, i, key, item);
}

static void take(struct order *o, struct model *m, uint32_t i)
{
    struct order_place p;
    assert_ptr_equal(order_find(o, seq(m->at[i].key), &p), m->at[i].item);
    order_erase(o, p);
    m->n--;
    memmove(&m->at[i], &m->at[i + 1], (m->n - i) * sizeof m->at[0]);
}

static void move(struct order *o, struct model *m, uint32_t i)
{
    struct order_place p;
    uint32_t room = (i + 1 < m->n ? m->at[i + 1].key : m->at[i].key + 10) - m->at[i].key;
    assert_non_null(order_find(o, seq(m->at[i].key), &p));
    m->at[i].key += room / 2;
    order_moved(o, p, seq(m->at[i].key));
}

static void random_changes(uint32_t base, bool shrinks)
{
    static struct model m;
    struct heap h;
    struct mem mem;
    struct slab slab;
    struct order o;
    uint64_t x = base + shrinks;
    heap_mem(&h, &mem, 1 << 22);
    slab_init(&slab, &mem, sizeof(struct order_chunk));
    order_init(&o, &slab);
    m.n = 0, m.base = base;
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        uint32_t what = draw(&x, 10);
        if ((what < (shrinks ? 4u : 7u) && m.n < MOST) || !m.n)
            put(&o, &m, base + draw(&x, 1u << 24), token(turn));
        else if (what == 9)
            move(&o, &m, draw(&x, m.n));
        else
            take(&o, &m, draw(&x, 2) ? 0 : draw(&x, m.n)); /* acknowledgements take from the front */
        if (turn % 997 == 0) same(&o, &m);
    }
    same(&o, &m);
    order_clear(&o);
    assert_null(order_first(&o));
    slab_free(&slab);
    heap_check_empty(&h, &mem);
}

TEST(random_changes_leave_what_a_sorted_array_has)
{
    random_changes(1000, false);
    random_changes(UINT32_MAX - (1u << 20), false); /* the numbers wrap */
    random_changes(77, true);
    random_changes(UINT32_MAX - (1u << 23), true);
}

TEST(in_order_they_are_found_at_both_ends)
{
    struct heap h;
    struct mem mem;
    struct slab slab;
    struct order o;
    struct order_place p;
    heap_mem(&h, &mem, 1 << 20);
    slab_init(&slab, &mem, sizeof(struct order_chunk));
    order_init(&o, &slab);
    for (uint32_t i = 0; i < 1000; i++) assert_true(order_append(&o, seq(10 * i), token(i)));
    assert_null(order_find(&o, seq(UINT32_MAX), &p));
    assert_ptr_equal(order_find(&o, seq(9), &p), token(0));
    assert_ptr_equal(order_find(&o, seq(10), &p), token(1));
    assert_ptr_equal(order_find(&o, seq(999999), &p), token(999));
    order_clear(&o);
    slab_free(&slab);
    heap_check_empty(&h, &mem);
}

/* A small chunk is in the order itself: without memory that many fit, and what stands stays. */
TEST(without_memory_nothing_is_lost)
{
    struct heap h;
    struct mem mem;
    struct slab slab;
    struct order o;
    struct order_place p = {0, 0};
    heap_mem(&h, &mem, 0);
    slab_init(&slab, &mem, sizeof(struct order_chunk));
    order_init(&o, &slab);
    for (uint32_t i = 0; i < ORDER_FIRST; i++) assert_true(order_append(&o, seq(10 * i), token(i)));
    assert_false(order_append(&o, seq(1000), token(1000)));
    assert_false(order_insert(&o, &p, seq(UINT32_MAX), token(2000)));
    assert_int_equal(o.n, ORDER_FIRST);
    for (uint32_t i = 0; i < ORDER_FIRST; i++) assert_ptr_equal(order_find(&o, seq(10 * i + 5), &p), token(i));
    order_clear(&o);
    slab_free(&slab);
    heap_check_empty(&h, &mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_changes_leave_what_a_sorted_array_has),
        cmocka_unit_test(in_order_they_are_found_at_both_ends),
        cmocka_unit_test(without_memory_nothing_is_lost),
    };
    return cmocka_run_group_tests_name("base order", tests, NULL, NULL);
}
