#include "base_test.h"
#include "wheel.h"

TEST(an_empty_wheel_never_expires)
{
    struct wheel w;
    wheel_init(&w, 5);
    assert_true(wheel_next(&w) == TERN_NEVER);
    wheel_advance(&w, TERN_NEVER - 1);
    assert_null(wheel_expired(&w));
}

TEST(a_timer_fires_at_its_nanosecond_and_not_before)
{
    static const tern_ns starts[] = {0, 1, 63, 64, 4095, UINT64_C(1) << 40, UINT64_C(0xfffffffffffff000)};
    static const tern_ns spans[] = {1, 2, 63, 64, 65, 4000, 4096};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        for (size_t k = 0; k < sizeof spans / sizeof spans[0]; k++) {
            struct wheel w;
            struct wheel_node n = {0};
            tern_ns at = starts[i] + spans[k];
            if (at < starts[i]) continue;
            wheel_init(&w, starts[i]);
            wheel_arm(&w, &n, at);
            wheel_advance(&w, at - 1);
            assert_null(wheel_expired(&w));
            wheel_advance(&w, at);
            assert_ptr_equal(wheel_expired(&w), &n);
            assert_false(wheel_armed(&n));
            assert_int_equal(w.armed_n, 0);
        }
    }
}

TEST(a_far_deadline_costs_a_few_wakes_only)
{
    struct wheel w;
    struct wheel_node n[20] = {0};
    int wakes_n = 0;
    wheel_init(&w, 12345);
    for (unsigned i = 0; i < 20; i++) wheel_arm(&w, &n[i], 12345 + 86400 * TERN_SEC);
    for (; !w.due; wakes_n++) {
        tern_ns next = wheel_next(&w);
        assert_true(next > w.now && next <= n[0].at);
        wheel_advance(&w, next);
    }
    assert_true(w.now == n[0].at);
    assert_in_range(wakes_n, 2, WHEEL_LEVELS);
}

TEST(the_next_deadline_of_few_timers_is_exact)
{
    struct wheel w;
    struct wheel_node a = {0}, b = {0}, c = {0};
    wheel_init(&w, 1000);
    wheel_arm(&w, &a, 1000 + 900 * TERN_SEC);
    assert_true(wheel_next(&w) == 1000 + 900 * TERN_SEC);
    wheel_arm(&w, &b, 1000 + 200 * TERN_MS);
    wheel_arm(&w, &c, 1001 + 200 * TERN_MS);
    assert_true(wheel_next(&w) == 1000 + 200 * TERN_MS);
    wheel_stop(&w, &b);
    assert_true(wheel_next(&w) == 1001 + 200 * TERN_MS);
}

TEST(a_deadline_in_the_past_is_due_at_once_and_after_the_others)
{
    struct wheel w;
    struct wheel_node a = {0}, b = {0}, c = {0};
    wheel_init(&w, 1000);
    wheel_arm(&w, &a, 1500);
    wheel_advance(&w, 2000);
    wheel_arm(&w, &b, 2000);
    wheel_arm(&w, &c, 3);
    assert_true(wheel_next(&w) <= 1500);
    assert_ptr_equal(wheel_expired(&w), &a);
    assert_true(wheel_next(&w) <= 2000);
    assert_ptr_equal(wheel_expired(&w), &b);
    assert_ptr_equal(wheel_expired(&w), &c);
    assert_null(wheel_expired(&w));
}

TEST(never_stops_a_timer)
{
    struct wheel w;
    struct wheel_node n = {0};
    wheel_init(&w, 0);
    wheel_arm(&w, &n, 100);
    assert_true(wheel_armed(&n));
    wheel_arm(&w, &n, TERN_NEVER);
    assert_false(wheel_armed(&n));
    assert_int_equal(w.armed_n, 0);
    wheel_advance(&w, 200);
    assert_null(wheel_expired(&w));
}

TEST(a_stopped_timer_does_not_fire_and_stopping_twice_is_nothing)
{
    struct wheel w;
    struct wheel_node n = {0};
    wheel_init(&w, 0);
    wheel_arm(&w, &n, 5000);
    wheel_stop(&w, &n);
    wheel_stop(&w, &n);
    assert_int_equal(w.armed_n, 0);
    assert_true(wheel_next(&w) == TERN_NEVER);
    wheel_advance(&w, 6000);
    assert_null(wheel_expired(&w));
}

TEST(a_due_timer_can_still_be_stopped)
{
    struct wheel w;
    struct wheel_node a = {0}, b = {0}, c = {0};
    wheel_init(&w, 0);
    wheel_arm(&w, &a, 10);
    wheel_arm(&w, &b, 20);
    wheel_advance(&w, 30);
    wheel_stop(&w, &b); /* the last one: what comes after goes behind |a| */
    wheel_arm(&w, &c, 30);
    assert_ptr_equal(wheel_expired(&w), &a);
    assert_ptr_equal(wheel_expired(&w), &c);
    assert_null(wheel_expired(&w));
}

TEST(moving_a_timer_leaves_one_deadline)
{
    struct wheel w;
    struct wheel_node n = {0};
    wheel_init(&w, 0);
    wheel_arm(&w, &n, 100);
    wheel_arm(&w, &n, TERN_SEC);
    assert_int_equal(w.armed_n, 1);
    wheel_advance(&w, 200);
    assert_null(wheel_expired(&w));
    wheel_arm(&w, &n, 300);
    wheel_advance(&w, 300);
    assert_ptr_equal(wheel_expired(&w), &n);
    wheel_advance(&w, 2 * TERN_SEC);
    assert_null(wheel_expired(&w));
}

TEST(time_does_not_go_back)
{
    struct wheel w;
    struct wheel_node n = {0};
    wheel_init(&w, 1000);
    wheel_arm(&w, &n, 1100);
    wheel_advance(&w, 1050);
    wheel_advance(&w, 900);
    assert_true(w.now == 1050);
    assert_true(wheel_next(&w) == 1100);
}

TEST(timers_due_at_once_come_in_the_order_of_their_deadlines)
{
    enum { N = 1000 };
    static struct wheel_node n[N];
    struct wheel w;
    uint64_t seed = 9;
    wheel_init(&w, 77);
    for (int i = 0; i < N; i++) wheel_arm(&w, &n[i], 78 + prng(&seed) % (10 * TERN_SEC));
    wheel_advance(&w, 20 * TERN_SEC);
    tern_ns last = 0;
    for (int i = 0; i < N; i++) {
        struct wheel_node *e = wheel_expired(&w);
        assert_true(e->at >= last);
        last = e->at;
    }
    assert_null(wheel_expired(&w));
}

TEST(timers_of_one_deadline_come_in_the_order_of_arming)
{
    enum { N = 100 };
    static struct wheel_node n[N];
    struct wheel w;
    tern_ns at = 1234567891234;
    wheel_init(&w, 0);
    for (unsigned i = 0; i < N; i++) { /* armed from further and further down */
        wheel_advance(&w, at - (at >> (i / 3)));
        wheel_arm(&w, &n[i], at);
    }
    wheel_advance(&w, at);
    for (int i = 0; i < N; i++) assert_ptr_equal(wheel_expired(&w), &n[i]);
}

/* The model: the timers in an array, searched for the least (deadline, order of arming). */
enum { MODEL_N = 200 };

struct model {
    struct wheel w;
    struct wheel_node node[MODEL_N];
    tern_ns at[MODEL_N];
    uint64_t armed_as[MODEL_N], armings;
    size_t armed_n;
    uint64_t seed;
};

static int model_first(const struct model *m)
{
    int best = -1;
    for (int i = 0; i < MODEL_N; i++) {
        if (m->at[i] == TERN_NEVER) continue;
        if (best < 0 || m->at[i] < m->at[best] || (m->at[i] == m->at[best] && m->armed_as[i] < m->armed_as[best])) best = i;
    }
    return best;
}

static void model_arm(struct model *m, unsigned i, tern_ns at)
{
    if (m->at[i] == TERN_NEVER) m->armed_n++;
    if (at == TERN_NEVER) m->armed_n--;
    m->at[i] = at < m->w.now ? m->w.now : at;
    m->armed_as[i] = m->armings++;
    wheel_arm(&m->w, &m->node[i], at);
}

static void model_expire(struct model *m)
{
    for (int first; (first = model_first(m)) >= 0 && m->at[first] <= m->w.now;) {
        assert_ptr_equal(wheel_expired(&m->w), &m->node[first]);
        m->at[first] = TERN_NEVER;
        m->armed_n--;
        if (prng(&m->seed) % 8 == 0) break; /* leave some due */
    }
}

static void model_check(struct model *m)
{
    int first = model_first(m);
    tern_ns next = wheel_next(&m->w), want = first < 0 ? TERN_NEVER : m->at[first];
    assert_int_equal(m->w.armed_n, m->armed_n);
    assert_true(next <= want);
    if (want <= m->w.now || want == TERN_NEVER) assert_true(next == want);
    if (want > m->w.now) assert_true(next > m->w.now);
    if (want > m->w.now && want >> 6 == m->w.now >> 6) assert_true(next == want);
}

static void model_run(uint64_t seed, tern_ns start)
{
    static struct model m;
    m = (struct model){.seed = seed};
    wheel_init(&m.w, start);
    for (int i = 0; i < MODEL_N; i++) m.at[i] = TERN_NEVER;
    for (int step = 0; step < 20000; step++) {
        uint64_t r = prng(&m.seed);
        unsigned i = (unsigned)(r >> 32) % MODEL_N;
        tern_ns span = prng(&m.seed) >> (24 + r % 40); /* from 2^40 down, every magnitude as likely */
        switch (r >> 8 & 7) {
        case 0: wheel_advance(&m.w, r >> 16 & 1 ? m.w.now + span : wheel_next(&m.w) == TERN_NEVER ? 0 : wheel_next(&m.w)); break;
        case 1: model_arm(&m, i, TERN_NEVER); break;
        case 2: model_arm(&m, i, m.w.now - (span & 0xff)); break;
        case 3: model_arm(&m, i, m.at[(i + 1) % MODEL_N]); break; /* ties */
        case 4: model_expire(&m); break;
        default: model_arm(&m, i, m.w.now + span); break;
        }
        model_check(&m);
    }
    assert_true(m.w.now > start);
}

TEST(random_calls_agree_with_a_sorted_array)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        model_run(seed, 1000);
        model_run(seed + 100, UINT64_C(0x0fffffff00000000)); /* carries into the top level */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_wheel_never_expires),
        cmocka_unit_test(a_timer_fires_at_its_nanosecond_and_not_before),
        cmocka_unit_test(a_far_deadline_costs_a_few_wakes_only),
        cmocka_unit_test(the_next_deadline_of_few_timers_is_exact),
        cmocka_unit_test(a_deadline_in_the_past_is_due_at_once_and_after_the_others),
        cmocka_unit_test(never_stops_a_timer),
        cmocka_unit_test(a_stopped_timer_does_not_fire_and_stopping_twice_is_nothing),
        cmocka_unit_test(a_due_timer_can_still_be_stopped),
        cmocka_unit_test(moving_a_timer_leaves_one_deadline),
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(timers_due_at_once_come_in_the_order_of_their_deadlines),
        cmocka_unit_test(timers_of_one_deadline_come_in_the_order_of_arming),
        cmocka_unit_test(random_calls_agree_with_a_sorted_array),
    };
    return cmocka_run_group_tests_name("base wheel", tests, NULL, NULL);
}
