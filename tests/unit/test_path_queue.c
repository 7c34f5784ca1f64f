/* Queues: drop-tail, and RED by its paper. */
#include "path_test.h"

static struct queue q;
static void *room;

static void open_queue(const struct queue_config *cfg) { queue_open(&q, cfg, &room); }

static void close_queue(void)
{
    while (queue_empty(&q)) {
    }
    assert_int_equal(q.n, 0);
    assert_int_equal(q.bytes, 0);
    free(room);
}

/* ---- drop-tail ---- */

TEST(a_full_queue_drops_what_comes)
{
    const struct queue_config cfg = {.limit_n = 3};
    open_queue(&cfg);
    for (size_t i = 0; i < 5; i++) queue_push(&q, 0, parcel_make(i, 1000, 0, 0));
    assert_int_equal(dropped_n, 2);
    assert_int_equal(early_n, 0);
    assert_int_equal(last_dropped, 4);
    for (size_t i = 0; i < 3; i++) assert_int_equal(index_of(queue_pop(&q, 1)), i);
    assert_null(queue_pop(&q, 1));
    close_queue();
}

TEST(a_limit_of_bytes_counts_bytes)
{
    const struct queue_config cfg = {.limit_bytes = 3000};
    open_queue(&cfg);
    queue_push(&q, 0, parcel_make(0, 1500, 0, 0));
    queue_push(&q, 0, parcel_make(1, 1400, 0, 0));
    queue_push(&q, 0, parcel_make(2, 101, 0, 0)); /* too long for the rest */
    queue_push(&q, 0, parcel_make(3, 100, 0, 0));
    assert_int_equal(dropped_n, 1);
    assert_int_equal(last_dropped, 2);
    assert_int_equal(q.bytes, 3000);
    close_queue();
}

/* RFC 8257 3.1: by the queue that the packet finds, at once. */
TEST(a_step_marks_what_finds_so_many)
{
    const struct queue_config cfg = {.limit_n = 100, .mark_n = 5};
    open_queue(&cfg);
    for (size_t i = 0; i < 10; i++) queue_push(&q, 0, parcel_make(i, 100, 0, i == 7 ? 0 : 1));
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(parcels[i].ecn, i < 5 ? 1 : i == 7 ? 0 : 3);
        assert_int_equal((parcels[i].fate & PARCEL_MARKED) != 0, i >= 5 && i != 7);
    }
    assert_int_equal(q.marked, 4);
    assert_int_equal(dropped_n, 0);
    close_queue();
}

/* ---- RED ---- */

/* The queue and its average are held at |n| packets while |rounds| more come. */
static void hold_at(uint32_t n, uint32_t rounds, uint8_t ecn)
{
    size_t i = 0;
    while (q.n < n) {
        q.red.average = 0;
        queue_push(&q, 0, parcel_make(i++, 100, 0, ecn));
    }
    q.red.average = (uint64_t)n << 32;
    dropped_n = early_n = 0;
    q.marked = 0;
    for (uint32_t k = 0; k < rounds; k++) {
        queue_push(&q, 0, parcel_make(i++, 100, 0, ecn));
        if (q.n > n) queue_pop(&q, 0);
    }
}

static const struct queue_config red = {
    .kind = QUEUE_RED, .limit_n = 1000, .red_min = 20, .red_max = 60, .red_max_ppm = 20000, .red_weight = 9};

static void expect_thresholds(uint32_t limit, uint32_t given_min, uint32_t given_max, uint32_t min, uint32_t max)
{
    const struct queue_config cfg = {.kind = QUEUE_RED, .limit_n = limit, .red_min = given_min, .red_max = given_max};
    open_queue(&cfg);
    assert_int_equal(q.cfg.red_min, min);
    assert_int_equal(q.cfg.red_max, max);
    close_queue();
}

TEST(a_threshold_that_is_not_given_follows_from_the_other)
{
    expect_thresholds(1000, 0, 60, 20, 60);
    expect_thresholds(30, 0, 60, 20, 60); /* whatever the limit */
    expect_thresholds(1000, 0, 2, 1, 2);
    expect_thresholds(1000, 0, 5, 1, 5);
    expect_thresholds(1000, 20, 0, 20, 60);
    expect_thresholds(1000, 1, 0, 1, 3);
    expect_thresholds(1000, 20, 25, 20, 25);
}

TEST(without_thresholds_they_follow_from_the_limit)
{
    expect_thresholds(1200, 0, 0, 100, 300);
    expect_thresholds(71, 0, 0, 5, 15);
    expect_thresholds(72, 0, 0, 6, 18);
    expect_thresholds(3, 0, 0, 5, 15);
}

/* Nothing below a third of it. */
TEST(red_drops_early_with_its_upper_threshold_alone)
{
    const struct queue_config cfg = {.kind = QUEUE_RED, .limit_n = 1000, .red_max = 60, .red_max_ppm = 20000};
    open_queue(&cfg);
    hold_at(18, 100000, 0);
    assert_int_equal(dropped_n, 0);
    close_queue();
    open_queue(&cfg);
    hold_at(40, 100000, 0);
    assert_in_range(early_n, 1800, 2160);
    close_queue();
}

TEST(below_the_lower_threshold_nothing_is_dropped)
{
    open_queue(&red);
    hold_at(18, 100000, 0);
    assert_int_equal(dropped_n, 0);
    close_queue();
}

/* Uniform spacing: X is uniform in 1 .. 1/p_b, so a share of 2 p_b / (1 + p_b) is dropped (the paper's section 7). */
static void expect_share(uint32_t n, double p_b)
{
    open_queue(&red);
    hold_at(n, 300000, 0);
    double share = (double)dropped_n / 300000, want = 2 * p_b / (1 + p_b);
    assert_int_equal(early_n, dropped_n);
    assert_true(share > want * 0.94 && share < want * 1.06);
    close_queue();
}

TEST(between_the_thresholds_the_probability_rises_in_a_line)
{
    expect_share(30, 0.005);
    expect_share(40, 0.01);
    expect_share(59, 0.0195);
}

TEST(gentle_rises_on_to_one_at_twice_the_upper_threshold)
{
    expect_share(90, 0.51);
    open_queue(&red);
    for (size_t i = 0; i < 200; i++) { /* each finds the average beyond it */
        q.red.average = UINT64_C(121) << 32;
        queue_push(&q, 0, parcel_make(i, 100, 0, 0));
    }
    assert_int_equal(early_n, 200);
    close_queue();
}

TEST(drops_never_come_farther_apart_than_one_in_p)
{
    open_queue(&red);
    hold_at(40, 1, 0);
    size_t gap = 0, most = 0, i = 1000, before = dropped_n;
    for (uint32_t k = 0; k < 200000; k++) {
        queue_push(&q, 0, parcel_make(i++, 100, 0, 0));
        if (q.n > 40) queue_pop(&q, 0);
        gap = dropped_n > before ? 0 : gap + 1;
        before = dropped_n;
        if (gap > most) most = gap;
    }
    assert_in_range(most, 90, 102); /* 1 / 0.01 */
    close_queue();
}

/* The average moves by 1/512 of the difference with each packet: after 512 it has gone 63.2 % of the way. */
TEST(the_average_follows_slowly)
{
    open_queue(&red);
    for (size_t i = 0; i < 10; i++) queue_push(&q, 0, parcel_make(i, 100, 0, 0));
    q.red.average = 0;
    for (size_t i = 10; i < 522; i++) {
        queue_push(&q, 0, parcel_make(i, 100, 0, 0));
        queue_pop(&q, 0);
    }
    assert_in_range(q.red.average * 1000 >> 32, 6300, 6340);
    close_queue();
}

TEST(the_average_falls_while_nothing_waits)
{
    open_queue(&red);
    q.red.average = UINT64_C(50) << 32;
    queue_push(&q, 512 * TERN_MS, parcel_make(0, 100, 0, 0));  /* as if 512 packets had found it empty */
    assert_in_range(q.red.average * 1000 >> 32, 18350, 18400); /* 50 / e */
    close_queue();
}

TEST(what_can_be_marked_is_marked_in_place_of_being_dropped)
{
    struct queue_config cfg = red;
    cfg.ecn = true;
    open_queue(&cfg);
    hold_at(40, 100000, 2);
    assert_int_equal(dropped_n, 0);
    assert_in_range(q.marked, 1800, 2160);
    hold_at(90, 1000, 2); /* above the upper threshold a mark is not enough */
    assert_true(dropped_n > 500);
    close_queue();
}

TEST(what_cannot_be_is_refused)
{
    const struct queue_config wrong[] = {{.kind = QUEUE_FQ_CODEL, .flows = 65537},
                                         {.kind = QUEUE_RED, .red_min = 5, .red_max = 5},
                                         {.kind = QUEUE_RED, .red_weight = 21},
                                         {.kind = QUEUE_RED, .red_max_ppm = 1000001},
                                         {.kind = QUEUE_CODEL, .target = 2 * TERN_MS, .interval = TERN_MS},
                                         {.limit_n = UINT32_MAX}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) assert_non_null(queue_check(&wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_full_queue_drops_what_comes),
        CASE(a_limit_of_bytes_counts_bytes),
        CASE(a_step_marks_what_finds_so_many),
        CASE(a_threshold_that_is_not_given_follows_from_the_other),
        CASE(without_thresholds_they_follow_from_the_limit),
        CASE(red_drops_early_with_its_upper_threshold_alone),
        CASE(below_the_lower_threshold_nothing_is_dropped),
        CASE(between_the_thresholds_the_probability_rises_in_a_line),
        CASE(gentle_rises_on_to_one_at_twice_the_upper_threshold),
        CASE(drops_never_come_farther_apart_than_one_in_p),
        CASE(the_average_follows_slowly),
        CASE(the_average_falls_while_nothing_waits),
        CASE(what_can_be_marked_is_marked_in_place_of_being_dropped),
        CASE(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
