#include "base_test.h"
#include "hash.h"
#include "list.h"

struct item {
    struct hash_node node;
    uint64_t id;
};

static const uint8_t key[HASH_KEY_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static uint64_t id_hash(uint64_t id) { return id * UINT64_C(0x9e3779b97f4a7c15) >> 20; }

static uint64_t item_hash(const void *ctx, const struct hash_node *n)
{
    (void)ctx;
    return id_hash(((const struct item *)(const void *)n)->id);
}

static struct item *find(const struct hash_table *t, uint64_t id)
{
    for (int which = 0; which < 2; which++) {
        for (struct hash_node *n = hash_chain(t, id_hash(id), which); n; n = n->next) {
            struct item *it = CONTAINER_OF(n, struct item, node);
            if (it->id == id) return it;
        }
    }
    return NULL;
}

static void add(struct hash_table *t, struct item *it, uint64_t id)
{
    it->id = id;
    hash_add(t, id_hash(id), &it->node);
}

TEST(the_keyed_hash_is_siphash_2_4)
{
    /* The vectors of SipHash's paper: key 00..0f, input 00 01 02 ..., the result read with the low byte first. */
    uint8_t in[15];
    for (uint8_t i = 0; i < sizeof in; i++) in[i] = i;
    assert_true(hash_keyed(key, in, 15) == UINT64_C(0xa129ca6149be45e5));
    assert_true(hash_keyed(key, in, 0) == UINT64_C(0x726fdb47dd0e0e31));
}

TEST(another_key_gives_another_hash)
{
    uint8_t other[HASH_KEY_LEN] = {1};
    assert_true(hash_keyed(key, "tern", 4) != hash_keyed(other, "tern", 4));
}

TEST(a_node_is_found_until_it_is_deleted)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    struct item a, b;
    heap_mem(&h, &m, 1 << 20);
    assert_int_equal(hash_init(&t, &m, item_hash, NULL), 0);
    add(&t, &a, 1);
    add(&t, &b, 2);
    assert_ptr_equal(find(&t, 1), &a);
    assert_ptr_equal(find(&t, 2), &b);
    assert_null(find(&t, 3));
    hash_del(&t, id_hash(1), &a.node);
    assert_null(find(&t, 1));
    assert_ptr_equal(find(&t, 2), &b);
    assert_int_equal(t.n, 1);
    hash_free(&t);
    heap_check_empty(&h, &m);
}

TEST(a_table_without_memory_is_refused)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    heap_mem(&h, &m, 100);
    assert_int_equal(hash_init(&t, &m, item_hash, NULL), TERN_ERR_NOMEM);
}

enum { MANY = 100000 };
static struct item items[MANY];

TEST(no_node_is_lost_while_the_table_grows)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    int growing_n = 0;
    heap_mem(&h, &m, 1 << 24);
    hash_init(&t, &m, item_hash, NULL);
    for (uint64_t i = 0; i < 3000; i++) {
        add(&t, &items[i], i);
        growing_n += t.old != NULL;
        for (uint64_t k = 0; k <= i; k += 1 + i / 50) {
            assert_ptr_equal(find(&t, k), &items[k]);
            assert_ptr_not_equal(hash_chain(&t, id_hash(k), 0), hash_chain(&t, id_hash(k), 1)); /* each chain once */
        }
    }
    assert_true(growing_n > 100); /* the searches above met both tables */
    assert_true(t.mask > 1000);
    hash_free(&t);
    heap_check_empty(&h, &m);
}

TEST(a_hundred_thousand_nodes_cost_six_bytes_each_and_short_chains)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    size_t longest = 0;
    heap_mem(&h, &m, 1 << 24);
    hash_init(&t, &m, item_hash, NULL);
    for (uint64_t i = 0; i < MANY; i++) add(&t, &items[i], i);
    assert_null(t.old);
    assert_true(h.bytes <= 6 * MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        size_t len = 0;
        for (struct hash_node *n = hash_chain(&t, id_hash(i), 0); n; n = n->next) len++;
        if (len > longest) longest = len;
    }
    assert_in_range(longest, 2, 16);
    hash_free(&t);
}

TEST(one_call_moves_a_bounded_number_of_nodes)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    size_t left_before = 0;
    heap_mem(&h, &m, 1 << 24);
    hash_init(&t, &m, item_hash, NULL);
    for (uint64_t i = 0; i < 20000; i++) {
        add(&t, &items[i], i);
        size_t left = 0; /* nodes not yet moved */
        for (size_t b = 0; t.old && b <= t.old_mask; b++) {
            for (struct hash_node *n = t.old[b]; n; n = n->next) left++;
        }
        if (left_before > 0) assert_in_range(left_before - left, 0, 16);
        left_before = left;
    }
    hash_free(&t);
}

TEST(a_table_that_may_not_grow_still_finds_everything)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    heap_mem(&h, &m, 1 << 20);
    hash_init(&t, &m, item_hash, NULL);
    h.refuses = true;
    for (uint64_t i = 0; i < 2000; i++) add(&t, &items[i], i);
    assert_int_equal(t.mask, 63);
    assert_in_range(m.refused_n, 1, 2000 / 64); /* it does not ask at every call */
    for (uint64_t i = 0; i < 2000; i++) assert_ptr_equal(find(&t, i), &items[i]);
    h.refuses = false;
    for (uint64_t i = 2000; i < 3000; i++) add(&t, &items[i], i);
    assert_true(t.mask > 63);
    for (uint64_t i = 0; i < 3000; i++) assert_ptr_equal(find(&t, i), &items[i]);
    hash_free(&t);
}

TEST(a_swapped_node_takes_the_others_place)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    struct item with = {.id = 7};
    heap_mem(&h, &m, 1 << 20);
    hash_init(&t, &m, item_hash, NULL);
    for (uint64_t i = 0; i < 400; i++) add(&t, &items[i], i);
    hash_swap(&t, id_hash(7), &items[7].node, &with.node);
    assert_ptr_equal(find(&t, 7), &with);
    assert_int_equal(t.n, 400);
    for (uint64_t i = 0; i < 400; i++) assert_ptr_equal(find(&t, i), i == 7 ? &with : &items[i]);
    hash_free(&t);
}

TEST(a_swap_finds_a_node_that_has_not_moved_yet)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    struct item with;
    uint64_t id = 0;
    heap_mem(&h, &m, 1 << 20);
    hash_init(&t, &m, item_hash, NULL);
    for (; !t.old; id++) add(&t, &items[id], id);
    struct item *last = CONTAINER_OF(t.old[t.old_mask], struct item, node);
    with.id = last->id;
    hash_swap(&t, id_hash(with.id), &last->node, &with.node);
    assert_ptr_equal(t.old[t.old_mask], &with.node);
    assert_ptr_equal(find(&t, with.id), &with);
    hash_del(&t, id_hash(with.id), &with.node);
    assert_null(find(&t, with.id));
    hash_free(&t);
}

struct tour {
    struct hash_table *t;
    uint8_t seen[1000];
    size_t n, stop_at;
    bool deletes;
};

static bool visit(void *ctx, struct hash_node *n)
{
    struct tour *tour = ctx;
    struct item *it = CONTAINER_OF(n, struct item, node);
    tour->seen[it->id]++;
    if (tour->deletes) hash_del(tour->t, id_hash(it->id), n);
    return ++tour->n != tour->stop_at;
}

/* Visits a table of 135 nodes, most of which have not moved yet. */
static bool tour_growing(struct hash_table *t, struct tour *tour)
{
    for (uint64_t i = 0; i < 135; i++) add(t, &items[i], i);
    assert_non_null(t->old);
    tour->t = t;
    return hash_each(t, visit, tour);
}

TEST(each_visits_every_node_once_even_while_growing)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    struct tour tour = {0};
    heap_mem(&h, &m, 1 << 20);
    hash_init(&t, &m, item_hash, NULL);
    assert_true(tour_growing(&t, &tour));
    for (int i = 0; i < 135; i++) assert_int_equal(tour.seen[i], 1);
    assert_int_equal(tour.n, 135);
    hash_free(&t);
}

TEST(each_may_delete_what_it_is_given)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    struct tour tour = {.deletes = true};
    heap_mem(&h, &m, 1 << 20);
    hash_init(&t, &m, item_hash, NULL);
    assert_true(tour_growing(&t, &tour));
    for (int i = 0; i < 135; i++) assert_int_equal(tour.seen[i], 1);
    assert_int_equal(t.n, 0);
    assert_true(hash_each(&t, visit, &tour));
    assert_int_equal(tour.n, 135);
    hash_free(&t);
}

TEST(each_stops_when_told)
{
    struct heap h;
    struct mem m;
    struct hash_table t;
    struct tour tour = {.stop_at = 10};
    heap_mem(&h, &m, 1 << 20);
    hash_init(&t, &m, item_hash, NULL);
    assert_false(tour_growing(&t, &tour));
    assert_int_equal(tour.n, 10);
    hash_free(&t);
}

TEST(random_calls_agree_with_an_array)
{
    enum { N = 5000 };
    static bool in[N];
    struct heap h;
    struct mem m;
    struct hash_table t;
    uint64_t seed = 3;
    size_t n = 0;
    heap_mem(&h, &m, 1 << 24);
    hash_init(&t, &m, item_hash, NULL);
    for (int step = 0; step < 200000; step++) {
        uint64_t r = prng(&seed), i = (r >> 8) % N;
        h.refuses = (r & 15) == 0;
        assert_ptr_equal(find(&t, i), in[i] ? &items[i] : NULL);
        if (in[i] && (r & 16)) {
            hash_del(&t, id_hash(i), &items[i].node);
            in[i] = false;
            n--;
        } else if (!in[i]) {
            add(&t, &items[i], i);
            in[i] = true;
            n++;
        }
        assert_int_equal(t.n, n);
    }
    for (uint64_t i = 0; i < N; i++) assert_ptr_equal(find(&t, i), in[i] ? &items[i] : NULL);
    hash_free(&t);
    heap_check_empty(&h, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keyed_hash_is_siphash_2_4),
        cmocka_unit_test(another_key_gives_another_hash),
        cmocka_unit_test(a_node_is_found_until_it_is_deleted),
        cmocka_unit_test(a_table_without_memory_is_refused),
        cmocka_unit_test(no_node_is_lost_while_the_table_grows),
        cmocka_unit_test(a_hundred_thousand_nodes_cost_six_bytes_each_and_short_chains),
        cmocka_unit_test(one_call_moves_a_bounded_number_of_nodes),
        cmocka_unit_test(a_table_that_may_not_grow_still_finds_everything),
        cmocka_unit_test(a_swapped_node_takes_the_others_place),
        cmocka_unit_test(a_swap_finds_a_node_that_has_not_moved_yet),
        cmocka_unit_test(each_visits_every_node_once_even_while_growing),
        cmocka_unit_test(each_may_delete_what_it_is_given),
        cmocka_unit_test(each_stops_when_told),
        cmocka_unit_test(random_calls_agree_with_an_array),
    };
    return cmocka_run_group_tests_name("base hash", tests, NULL, NULL);
}
