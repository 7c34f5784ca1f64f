/* CoDel by RFC 8289, FQ-CoDel by RFC 8290. */
#include "path_test.h"

static struct queue q;
static void *room;
static size_t next_parcel;

static void open_queue(const struct queue_config *cfg)
{
    queue_open(&q, cfg, &room);
    next_parcel = 0;
}

static void close_queue(void)
{
    while (queue_empty(&q)) {
    }
    assert_int_equal(q.n, 0);
    assert_int_equal(q.bytes, 0);
    free(room);
}

static void push(tern_ns now, uint32_t len, uint32_t flow, uint8_t ecn)
{
    queue_push(&q, now, parcel_make(next_parcel++, len, flow, ecn));
}

static const struct queue_config codel = {.kind = QUEUE_CODEL, .limit_n = 100000};

/* ---- CoDel ---- */

/* Twenty packets wait, all of them for |wait| now. */
static void refill(tern_ns now, tern_ns wait, uint8_t ecn)
{
    while (q.n < 20) push(now, 1500, 0, ecn);
    for (struct parcel *p = q.list.first; p; p = p->next) p->at = now > wait ? now - wait : 0;
}

/* A packet goes each millisecond, having waited |wait|. Returns when the first |cap| drops or marks were. */
static size_t steady(tern_ns wait, tern_ns from, tern_ns span, tern_ns *at, size_t cap, uint8_t ecn)
{
    size_t n = 0;
    uint64_t before = q.dropped + q.marked;
    for (tern_ns now = from; now < from + span; now += TERN_MS) {
        refill(now, wait, ecn);
        queue_pop(&q, now);
        for (; before < q.dropped + q.marked; before++)
            if (n < cap) at[n++] = now;
    }
    return n;
}

TEST(below_the_target_nothing_is_dropped)
{
    open_queue(&codel);
    steady(4 * TERN_MS, 0, 20 * TERN_SEC, NULL, 0, 0);
    assert_int_equal(dropped_n, 0);
    close_queue();
}

/* 5.6: the first when the time has been above the target for an interval; the n-th then comes interval / sqrt(n) after the last.
 */
TEST(drops_come_by_the_control_law)
{
    tern_ns at[32];
    open_queue(&codel);
    assert_int_equal(steady(20 * TERN_MS, 0, 3 * TERN_SEC, at, 32, 0), 32);
    assert_int_equal(early_n, dropped_n);
    assert_in_range(at[0], 100 * TERN_MS, 121 * TERN_MS);
    static const tern_ns gap_us[] = {100000, 70711, 57735, 50000, 44721, 40825, 37796, 35355, 33333, 31623};
    tern_ns want = at[0];
    for (size_t i = 0; i < 10; i++) {
        want += gap_us[i] * TERN_US;
        assert_in_range(at[i + 1], want, want + 1100 * TERN_US);
    }
    close_queue();
}

TEST(a_queue_of_one_packet_is_left_alone)
{
    open_queue(&codel);
    for (tern_ns now = 0; now < 10 * TERN_SEC; now += 50 * TERN_MS) {
        push(now, 1500, 0, 0);
        queue_pop(&q, now + 49 * TERN_MS);
    }
    assert_int_equal(dropped_n, 0);
    close_queue();
}

TEST(a_short_burst_is_let_through)
{
    open_queue(&codel);
    for (int i = 0; i < 90; i++) push(0, 1500, 0, 0);
    for (tern_ns now = TERN_MS; now <= 90 * TERN_MS; now += TERN_MS) assert_non_null(queue_pop(&q, now));
    assert_int_equal(dropped_n, 0);
    close_queue();
}

TEST(what_is_ecn_capable_is_marked)
{
    struct queue_config cfg = codel;
    tern_ns at[8];
    cfg.ecn = true;
    open_queue(&cfg);
    assert_int_equal(steady(20 * TERN_MS, 0, TERN_SEC, at, 8, 1), 8);
    assert_int_equal(dropped_n, 0);
    assert_in_range(at[0], 100 * TERN_MS, 121 * TERN_MS);
    assert_in_range(at[1] - at[0], 99 * TERN_MS, 102 * TERN_MS);
    close_queue();
}

/* 5.5: when the last time was not long ago the rate goes on nearly where it was. */
TEST(the_next_time_begins_where_the_last_one_ended)
{
    tern_ns at[512], again[8];
    open_queue(&codel);
    size_t n = steady(20 * TERN_MS, 0, 2 * TERN_SEC, at, 512, 0);
    assert_true(n > 60);
    assert_true(q.codel.dropping);
    steady(TERN_MS, 2 * TERN_SEC, 10 * TERN_MS, NULL, 0, 0);
    assert_false(q.codel.dropping);
    assert_int_equal(steady(20 * TERN_MS, 2010 * TERN_MS, TERN_SEC, again, 8, 0), 8);
    assert_in_range(again[0], 2110 * TERN_MS, 2121 * TERN_MS); /* an interval passes all the same */
    assert_true(again[1] - again[0] < 20 * TERN_MS);           /* but then not 100 ms: the rate is remembered */
    close_queue();
}

TEST(the_limit_holds)
{
    struct queue_config cfg = codel;
    cfg.limit_n = 10;
    open_queue(&cfg);
    for (int i = 0; i < 15; i++) push(0, 1500, 0, 0);
    assert_int_equal(dropped_n, 5);
    assert_int_equal(early_n, 0);
    close_queue();
}

/* ---- FQ-CoDel ---- */

static const struct queue_config fq = {.kind = QUEUE_FQ_CODEL};

/* |n| packets go; how many bytes of each of the flows 0 .. 3. */
static void serve(size_t n, tern_ns now, uint64_t bytes[4])
{
    memset(bytes, 0, 4 * sizeof *bytes);
    for (size_t i = 0; i < n; i++) {
        struct parcel *p = queue_pop(&q, now);
        assert_non_null(p);
        bytes[p->flow % 4] += p->len;
    }
}

TEST(flows_take_turns_by_bytes)
{
    uint64_t bytes[4];
    open_queue(&fq);
    for (int i = 0; i < 1500; i++) push(0, 1500, 0, 0), push(0, 300, 1, 0), push(0, 300, 1, 0), push(0, 900, 2, 0);
    serve(2000, TERN_MS, bytes);
    uint64_t mean = (bytes[0] + bytes[1] + bytes[2]) / 3;
    for (int i = 0; i < 3; i++) assert_in_range(bytes[i], mean - mean / 50, mean + mean / 50);
    close_queue();
}

/* 4.2: who has not sent for a while does not wait behind those that fill the queue. */
TEST(a_new_flow_goes_first)
{
    open_queue(&fq);
    for (int i = 0; i < 1000; i++) push(0, 1500, 0, 0);
    for (int i = 0; i < 10; i++) queue_pop(&q, TERN_MS);
    push(TERN_MS, 100, 1, 0);
    struct parcel *p = queue_pop(&q, TERN_MS);
    if (p->flow == 0) p = queue_pop(&q, TERN_MS); /* the rest of the other's turn, at the most */
    assert_int_equal(p->flow, 1);
    close_queue();
}

/* A flow that sends one packet whenever its last one went stays sparse, but cannot starve the rest: it goes to the old ones. */
TEST(a_flow_cannot_stay_new_for_ever)
{
    uint64_t bytes[4] = {0};
    open_queue(&fq);
    for (int i = 0; i < 4000; i++) push(0, 1500, 0, 0);
    push(0, 1500, 1, 0);
    for (int i = 0; i < 2000; i++) {
        struct parcel *p = queue_pop(&q, TERN_MS);
        bytes[p->flow] += p->len;
        if (p->flow == 1) push(TERN_MS, 1500, 1, 0);
    }
    assert_in_range(bytes[0], 1300 * 1000, 1700 * 1000);
    close_queue();
}

/* 4.1: over the limit the fattest flow pays, from its head. */
TEST(over_the_limit_the_fattest_flow_pays)
{
    struct queue_config cfg = fq;
    cfg.limit_n = 100;
    open_queue(&cfg);
    for (int i = 0; i < 20; i++) push(0, 1000, 1, 0);
    for (int i = 0; i < 200; i++) push(0, 1000, 0, 0);
    assert_int_equal(dropped_n, 120);
    assert_int_equal(early_n, 0);
    assert_int_equal(last_dropped, 20 + 119); /* the head, not what came */
    uint64_t bytes[4];
    serve(100, 0, bytes);
    assert_int_equal(bytes[1], 20000);
    close_queue();
}

TEST(each_flow_has_its_own_codel)
{
    open_queue(&fq);
    uint64_t dropped_of[2] = {0};
    /* Flow 0 fills its queue; flow 1 sends a packet every 10 ms, which never waits. */
    for (int i = 0; i < 5000; i++) push(0, 1500, 0, 0);
    for (tern_ns now = 0; now < 3 * TERN_SEC; now += TERN_MS) {
        size_t before = dropped_n;
        if (now % (10 * TERN_MS) == 0) push(now, 100, 1, 0);
        queue_pop(&q, now);
        if (dropped_n > before) dropped_of[parcels[last_dropped].flow] += dropped_n - before;
    }
    assert_true(dropped_of[0] > 20);
    assert_int_equal(dropped_of[1], 0);
    close_queue();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(below_the_target_nothing_is_dropped),
        CASE(drops_come_by_the_control_law),
        CASE(a_queue_of_one_packet_is_left_alone),
        CASE(a_short_burst_is_let_through),
        CASE(what_is_ecn_capable_is_marked),
        CASE(the_next_time_begins_where_the_last_one_ended),
        CASE(the_limit_holds),
        CASE(flows_take_turns_by_bytes),
        CASE(a_new_flow_goes_first),
        CASE(a_flow_cannot_stay_new_for_ever),
        CASE(over_the_limit_the_fattest_flow_pays),
        CASE(each_flow_has_its_own_codel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
