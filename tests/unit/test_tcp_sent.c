/* The sent map against a model that knows each byte by itself. */
#include "base_test.h"
#include "sent.h"

enum { BYTES = 20000, MSS = 10 };

struct model_byte {
    uint8_t flags;
    bool arrived;
    tern_ns at;
};

struct world {
    struct heap h;
    struct mem m;
    struct slab entries, chunks;
    struct sent_map map;
    uint32_t base; /* number of byte 0 */
    uint32_t una, nxt;
    tern_ns now;
    struct model_byte b[BYTES];
};

static struct world w;

static void begin(uint32_t base)
{
    memset(&w, 0, sizeof w);
    heap_mem(&w.h, &w.m, 1 << 26);
    slab_init(&w.entries, &w.m, sizeof(struct sent));
    slab_init(&w.chunks, &w.m, sizeof(struct order_chunk));
    sent_init(&w.map, &w.entries, &w.chunks);
    w.base = base;
    w.now = 1;
}

static void end(void)
{
    sent_clear(&w.map);
    slab_free(&w.entries);
    slab_free(&w.chunks);
    heap_check_empty(&w.h, &w.m);
}

static seq32 number(uint32_t i) { return seq(w.base + i); }
static uint32_t place(seq32 s) { return s.v - w.base; }

static void send(uint32_t len)
{
    if (w.nxt + len > BYTES) return;
    assert_non_null(sent_add(&w.map, number(w.nxt), number(w.nxt + len), MSS, w.now));
    for (uint32_t i = 0; i < len; i++) w.b[w.nxt++].at = w.now;
}

static void ack(uint32_t to)
{
    while (w.una < to) {
        uint32_t here = sent_skip(&w.map, number(to));
        for (uint32_t i = 0; i < here; i++) assert_true(w.b[w.una + i].arrived);
        w.una += here;
        if (w.una == to) break;
        struct sent *e = sent_first(&w.map);
        uint32_t n = to - w.una < sent_len(e) ? to - w.una : sent_len(e);
        assert_int_equal(place(e->left), w.una);
        sent_pop(&w.map, n);
        w.una += n;
    }
}

/* [from, to) arrives: what a SACK block does. */
static void sack(uint32_t from, uint32_t to)
{
    struct order_place p;
    struct sent *e = sent_find(&w.map, number(from), &p);
    while (e && seq_lt(e->left, number(to))) {
        seq32 left = seq_max(e->left, number(from)), right = seq_min(e->right, number(to)), next = e->right;
        if (seq_lt(e->left, left) && seq_lt(right, e->right)) assert_true(sent_cut(&w.map, &p, right));
        sent_sacked(&w.map, p, left, right);
        e = sent_find(&w.map, next, &p);
    }
    for (uint32_t i = from; i < to; i++) w.b[i].arrived = true, w.b[i].flags = 0;
}

static void lose_oldest(void)
{
    struct sent *e = sent_oldest(&w.map);
    if (!e) return;
    for (uint32_t i = place(e->left); i < place(e->right); i++) w.b[i].flags = (uint8_t)((w.b[i].flags & ~SENT_RTX) | SENT_LOST);
    sent_lose(&w.map, e);
}

static void send_lost(void)
{
    struct sent *e = sent_lost(&w.map);
    if (!e) return;
    for (uint32_t i = w.una; i < place(e->left); i++) /* the lowest of all that wait */
        assert_int_not_equal(w.b[i].flags & (SENT_LOST | SENT_RTX), SENT_LOST);
    for (uint32_t i = place(e->left); i < place(e->right); i++) w.b[i].flags |= SENT_RTX | SENT_AGAIN, w.b[i].at = w.now;
    sent_again(&w.map, e, w.now);
}

static void spare(void)
{
    sent_spare(&w.map);
    for (uint32_t i = w.una; i < w.nxt; i++) w.b[i].flags &= (uint8_t)~SENT_LOST;
}

static void unsack(void)
{
    struct sent as = {.mss = MSS, .sent_at = w.now};
    assert_true(sent_unsack(&w.map, &as));
    for (uint32_t i = w.una; i < w.nxt; i++) {
        if (!w.b[i].arrived) continue;
        w.b[i] = (struct model_byte){.flags = SENT_LOST | SENT_AGAIN, .at = w.now};
    }
}

/* Flags and times of every byte, and what follows from them. */
static void compare(void)
{
    uint32_t i = w.una, sum[2] = {0}, arrived = 0;
    struct order_place p;
    assert_true(sent_check(&w.map));
    for (struct sent *e = sent_find(&w.map, number(i), &p); e; e = sent_next(&w.map, &p)) {
        for (; i < place(e->left); i++, arrived++) assert_true(w.b[i].arrived);
        for (; i < place(e->right); i++) {
            for (unsigned k = 0; k < 2; k++) sum[k] += w.b[i].flags >> k & 1;
            assert_false(w.b[i].arrived);
            assert_int_equal(e->flags, w.b[i].flags);
            assert_int_equal(e->sent_at, w.b[i].at);
        }
    }
    for (; i < w.nxt; i++, arrived++) assert_true(w.b[i].arrived);
    assert_int_equal(arrived, w.map.sacked);
    assert_int_equal(sum[0], w.map.lost);
    assert_int_equal(sum[1], w.map.rtx);
    assert_int_equal(sent_pipe(&w.map, w.nxt - w.una), w.nxt - w.una - arrived - sum[0] + sum[1]);
    assert_int_equal(sent_empty(&w.map), w.una == w.nxt);
    tern_ns oldest = TERN_NEVER;
    for (i = w.una; i < w.nxt; i++)
        if (!w.b[i].arrived && (w.b[i].flags & (SENT_LOST | SENT_RTX)) != SENT_LOST && w.b[i].at < oldest) oldest = w.b[i].at;
    struct sent *e = sent_oldest(&w.map);
    assert_int_equal(e ? e->sent_at : TERN_NEVER, oldest);
}

static void step(uint64_t *rng)
{
    uint64_t r = prng(rng);
    uint32_t out = w.nxt - w.una, a = w.una + (out ? (uint32_t)(r >> 32) % out : 0), b = a + (uint32_t)(r >> 16) % 400;
    if (b > w.nxt) b = w.nxt;
    w.now += r % 3;
    switch (r >> 8 & 7) {
    case 0:
    case 1: send(MSS * (1 + (uint32_t)(r >> 20) % 20)); break;
    case 2: ack(w.una + (b - a) / 4); break;
    case 3:
    case 4:
        if (a < b) sack(a, b);
        break;
    case 5: lose_oldest(); break;
    case 6: send_lost(); break;
    default:
        if (r % 64 == 5) spare();
        if (r % 64 == 9) unsack();
        break;
    }
}

TEST(random_operations_agree_with_the_model)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint64_t rng = seed * UINT64_C(0x9e3779b97f4a7c15);
        begin(UINT32_MAX - (uint32_t)seed * 100); /* numbers wrap */
        for (int i = 0; i < 600; i++) {
            step(&rng);
            compare();
        }
        ack(w.nxt);
        compare();
        assert_int_equal(w.map.order.n, 0);
        end();
    }
}

TEST(cutting_fails_without_memory_and_changes_nothing)
{
    begin(5);
    send(100);
    w.h.refuses = true;
    struct order_place p;
    assert_non_null(sent_find(&w.map, number(50), &p));
    for (uint32_t i = 1; i < 100; i++) /* the slab's page is full at last */
        if (!sent_cut(&w.map, &p, number(100 - i))) break;
    assert_true(w.map.order.n < 100);
    assert_true(sent_check(&w.map));
    uint32_t n = w.map.order.n;
    send(100); /* the last entry, or a new one */
    assert_true(w.map.order.n <= n + 1);
    assert_true(sent_check(&w.map));
    w.h.refuses = false;
    end();
}

TEST(what_has_arrived_takes_no_memory)
{
    begin(0);
    for (int i = 0; i < 200; i++) send(MSS);
    for (uint32_t i = 0; i < 200; i += 2) sack(i * MSS, (i + 1) * MSS);
    assert_int_equal(w.entries.live_n, 100);
    for (uint32_t i = 1; i < 200; i += 2) sack(i * MSS, (i + 1) * MSS);
    assert_int_equal(w.entries.live_n, 0);
    assert_int_equal(w.map.sacked, 200 * MSS);
    assert_true(sent_check(&w.map));
    send(MSS); /* behind it */
    compare();
    sent_clear(&w.map); /* nothing of it is left for the next flight */
    assert_int_equal(w.map.sacked, 0);
    end();
}

TEST(what_the_peer_threw_away_needs_memory)
{
    begin(7);
    send(100);
    sack(0, 100);
    w.h.refuses = true;
    slab_free(&w.entries);
    struct sent as = {.mss = MSS, .sent_at = w.now};
    assert_false(sent_unsack(&w.map, &as));
    assert_true(sent_check(&w.map));
    w.h.refuses = false;
    unsack();
    compare();
    assert_ptr_equal(sent_lost(&w.map), sent_first(&w.map));
    end();
}

TEST(a_number_finds_the_entry_that_ends_behind_it)
{
    struct order_place p;
    begin(1000);
    assert_null(sent_find(&w.map, seq(1000), &p));
    send(100);
    struct sent *e = sent_first(&w.map);
    assert_ptr_equal(sent_find(&w.map, seq(999), &p), e);
    assert_ptr_equal(sent_find(&w.map, seq(1000), &p), e);
    assert_ptr_equal(sent_find(&w.map, seq(1099), &p), e);
    assert_null(sent_find(&w.map, seq(1100), &p));
    sack(40, 60); /* numbers count from 1000 */
    assert_ptr_equal(sent_find(&w.map, seq(1039), &p), e);
    assert_ptr_equal(sent_find(&w.map, seq(1040), &p), sent_last(&w.map));
    assert_ptr_equal(sent_find(&w.map, seq(1059), &p), sent_last(&w.map));
    end();
}

TEST(what_was_sent_in_one_instant_is_ordered_by_its_numbers)
{
    begin(0);
    send(100);
    struct sent *e = sent_first(&w.map);
    assert_false(sent_before(e, w.now, number(100)));
    assert_true(sent_before(e, w.now, number(101)));
    assert_true(sent_before(e, w.now + 1, number(1)));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_the_model),
        cmocka_unit_test(cutting_fails_without_memory_and_changes_nothing),
        cmocka_unit_test(what_has_arrived_takes_no_memory),
        cmocka_unit_test(what_the_peer_threw_away_needs_memory),
        cmocka_unit_test(a_number_finds_the_entry_that_ends_behind_it),
        cmocka_unit_test(what_was_sent_in_one_instant_is_ordered_by_its_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
