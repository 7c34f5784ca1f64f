/* A lane: what its parts do together, and when. */
#include "path_test.h"

static struct lane lane;
static void *room;
static size_t next_parcel;
static uint64_t lost[LANE_LOSS_N];
static struct lane_fault told[10000];
static size_t told_n;

static void drop(void *ctx, struct parcel *p, enum lane_loss why)
{
    (void)ctx;
    last_dropped = index_of(p);
    dropped_n++;
    lost[why]++;
}

static void tell(void *ctx, const struct lane_fault *f)
{
    (void)ctx;
    assert_true(told_n < 10000);
    told[told_n++] = *f;
}

static void open_lane(const struct lane_config *cfg, uint64_t seed)
{
    size_t len = lane_room(cfg);
    assert_null(lane_check(cfg));
    room = len > 0 ? malloc(len) : NULL;
    next_parcel = dropped_n = told_n = 0;
    memset(lost, 0, sizeof lost);
    lane_init(&lane, cfg, &seed, room, (struct lane_owner){drop, tell, NULL});
}

static void close_lane(void)
{
    while (lane_empty(&lane)) {
    }
    free(room);
}

static size_t enter(tern_ns now, uint32_t len)
{
    lane_enter(&lane, now, parcel_make(next_parcel, len, (uint32_t)next_parcel % 3, 1));
    return next_parcel++;
}

/* The next one comes out at |at| and not before. */
static size_t expect_at(tern_ns at)
{
    assert_true(lane_next(&lane) <= at);
    assert_null(lane_take(&lane, at - 1));
    assert_true(lane_next(&lane) == at);
    struct parcel *p = lane_take(&lane, at);
    assert_non_null(p);
    return index_of(p);
}

TEST(rate_and_delay_add_up)
{
    const struct lane_config cfg = {.capacity.bps = 12000000, .delay = 20 * TERN_MS};
    open_lane(&cfg, 1);
    for (int i = 0; i < 3; i++) enter(0, 1500);
    for (size_t i = 0; i < 3; i++) assert_int_equal(expect_at(20 * TERN_MS + (i + 1) * TERN_MS), i);
    assert_true(lane_next(&lane) == TERN_NEVER);
    close_lane();
}

TEST(who_looks_late_sees_the_same)
{
    const struct lane_config cfg = {.capacity.bps = 12000000, .delay = 20 * TERN_MS, .queue = {.kind = QUEUE_CODEL}};
    uint64_t early, late;
    for (int turn = 0; turn < 2; turn++) {
        open_lane(&cfg, 1);
        for (tern_ns now = 0; now < TERN_SEC; now += 600 * TERN_US) {
            enter(now, 1500);
            if (turn == 0) lane_advance(&lane, now + 300 * TERN_US);
        }
        lane_advance(&lane, 5 * TERN_SEC);
        *(turn ? &late : &early) = lane.count.passed << 32 | dropped_n;
        assert_true(lost[LANE_EARLY] > 0);
        close_lane();
    }
    assert_true(early == late);
}

TEST(what_enters_while_the_link_is_down_is_lost)
{
    const struct lane_outage outage[] = {{10, 20}, {30, 31}};
    const struct lane_config cfg = {.outage = outage, .outage_n = 2};
    open_lane(&cfg, 1);
    for (tern_ns now = 0; now < 40; now++) enter(now, 100);
    assert_int_equal(lost[LANE_OUTAGE], 11);
    assert_int_equal(lane.count.passed, 29);
    close_lane();
}

TEST(the_mtu_changes_in_its_time)
{
    const struct lane_mtu_step step[] = {{10, 1000}, {20, 0}};
    const struct lane_config cfg = {.mtu = 1400, .mtu_step = step, .mtu_step_n = 2};
    open_lane(&cfg, 1);
    enter(0, 1400);
    enter(1, 1401);
    assert_int_equal(lost[LANE_TOO_BIG], 1);
    enter(10, 1000);
    enter(11, 1001);
    assert_int_equal(lost[LANE_TOO_BIG], 2);
    assert_int_equal(lane_mtu(&lane, 12), 1000);
    enter(20, 65535);
    assert_int_equal(dropped_n, 2);
    close_lane();
}

TEST(a_policer_drops_in_front_of_the_queue)
{
    const struct lane_config cfg = {.capacity.bps = 1000000, .policer = {.bps = 8000000, .burst = 3000}};
    open_lane(&cfg, 1);
    for (int i = 0; i < 5; i++) enter(0, 1000);
    assert_int_equal(lost[LANE_POLICED], 2);
    close_lane();
}

TEST(a_reordered_one_comes_so_much_later)
{
    const struct lane_config cfg = {.delay = 10 * TERN_MS, .reorder_ppm = 50000, .reorder_by = 3 * TERN_MS};
    size_t late = 0, n = 0;
    open_lane(&cfg, 3);
    for (tern_ns i = 0; i < 1000; i++) enter(i * TERN_MS, 100);
    size_t last = 0;
    for (struct parcel *p; (p = lane_take(&lane, 5 * TERN_SEC)) != NULL; n++) {
        size_t i = index_of(p);
        tern_ns want = i * TERN_MS + 10 * TERN_MS;
        if (p->fate & PARCEL_REORDERED) {
            late++;
            want += 3 * TERN_MS;
        }
        assert_true(p->at == want);
        if (i < last) assert_true(p->fate & PARCEL_REORDERED); /* nobody else was overtaken */
        if (i > last) last = i;
    }
    assert_int_equal(n, 1000);
    assert_in_range(late, 30, 75);
    assert_int_equal(lane.count.reordered, late);
    close_lane();
}

/* L. Zhang, S. Shenker, D. Clark 1991: the spacing of ACKs is lost. */
TEST(held_acknowledgements_come_together)
{
    const struct lane_config cfg = {.delay = 5 * TERN_MS, .ack_hold = 10 * TERN_MS};
    open_lane(&cfg, 1);
    for (tern_ns i = 0; i < 30; i++) {
        struct parcel *p = parcel_make(next_parcel++, 52, 0, 0);
        p->ack = true;
        lane_enter(&lane, i * TERN_MS, p);
    }
    for (tern_ns at = 15 * TERN_MS, n = 0; n < 30; at += 11 * TERN_MS)
        for (int k = 0; k < 11 && n < 30; k++, n++) assert_true(lane_take(&lane, TERN_SEC)->at == at);
    close_lane();
}

/* ---- chance ---- */

static const struct lane_config bad = {
    .capacity.bps = 100000000,
    .queue = {.kind = QUEUE_FQ_CODEL, .ecn = true, .limit_n = 50, .flows = 16},
    .delay = 3 * TERN_MS,
    .jitter = TERN_MS,
    .loss_ppm = 20000,
    .reorder_ppm = 10000,
    .dup_ppm = 10000,
    .corrupt_ppm = 10000,
    .mark_ppm = 10000,
    .burst = {.to_bad = 1000, .to_good = 100000},
};

/* The fate of 5000 parcels. */
static uint64_t run(const struct lane_config *cfg, uint64_t seed)
{
    struct chance c;
    uint64_t other = 99, digest = 1, taken = 0;
    tern_ns now = 0;
    open_lane(cfg, seed);
    chance_seed(&c, &other);
    for (int i = 0; i < 5000 || lane_next(&lane) != TERN_NEVER; i++) {
        now += chance_scale(chance_draw(&c), 200000);
        if (i < 5000) enter(now, 60 + chance_scale(chance_draw(&c), 1440));
        for (struct parcel *p; (p = lane_take(&lane, now)) != NULL; taken++) {
            assert_true(p->at <= now);
            digest = (digest ^ index_of(p) ^ p->at << 20 ^ (uint64_t)p->fate << 60) * UINT64_C(0x100000001b3);
        }
    }
    assert_int_equal(taken + dropped_n, 5000); /* nothing vanishes, nothing comes from nowhere */
    assert_int_equal(taken, lane.count.passed);
    assert_null(lane_empty(&lane));
    close_lane();
    return digest;
}

TEST(the_seed_decides)
{
    uint64_t first = run(&bad, 1);
    assert_true(first == run(&bad, 1));
    assert_true(first != run(&bad, 2));
}

/* The same on every machine, whatever compiles it. */
TEST(every_machine_comes_to_the_same) { assert_int_equal(run(&bad, 1), UINT64_C(0x9692c8ad17c8f483)); }

TEST(the_list_of_faults_repeats_the_run_without_chance)
{
    static struct lane_fault list[10000];
    struct lane_config again = bad;
    uint64_t first = run(&bad, 5);
    size_t n = told_n;
    assert_true(n > 200);
    memcpy(list, told, n * sizeof *list);
    again.loss_ppm = again.reorder_ppm = again.dup_ppm = again.corrupt_ppm = again.mark_ppm = 0;
    again.burst.to_bad = 0;
    again.given = true;
    again.fault = list;
    again.fault_n = n;
    assert_true(run(&again, 5) == first);
    again.fault_n = n - 1;
    assert_true(run(&again, 5) != first);
}

TEST(a_changed_probability_leaves_the_others)
{
    struct lane_config less = {.loss_ppm = 30000};
    static size_t before[1000];
    size_t n = 0, k = 0;
    open_lane(&less, 8);
    for (int i = 0; i < 1000; i++) enter(0, 100);
    for (struct parcel *p; (p = lane_take(&lane, 0)) != NULL;) before[n++] = index_of(p);
    close_lane();
    less.corrupt_ppm = less.mark_ppm = 500000;
    less.policer.bps = UINT64_C(1000000000000);
    open_lane(&less, 8);
    for (int i = 0; i < 1000; i++) enter(0, 1);
    for (struct parcel *p; (p = lane_take(&lane, 0)) != NULL;) assert_int_equal(before[k++], index_of(p));
    assert_int_equal(k, n);
    close_lane();
}

/* ---- the rest ---- */

TEST(plain_is_what_has_no_eye_for_packets)
{
    const struct lane_outage outage = {1, 2};
    const struct {
        struct lane_config cfg;
        bool plain;
    } rows[] = {{{.delay = TERN_SEC}, true},      {{.capacity.bps = 1}, false},   {{.jitter = 1}, false},
                {{.loss_ppm = 1}, false},         {{.mtu = 1500}, false},         {{.outage = &outage, .outage_n = 1}, false},
                {{.policer.bps = 1}, false},      {{.given = true}, false},       {{.queue = {.kind = QUEUE_RED}}, true},
                {{.ack_hold = 1}, false},         {{.swap_ppm = 1}, false},       {{.burst = {1, 1, 0, 0}}, false},
                {{.burst = {0, 0, 0, 1}}, false}, {{.burst = {0, 0, 1, 0}}, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        open_lane(&rows[i].cfg, 1);
        assert_int_equal(lane_is_plain(&lane), rows[i].plain);
        close_lane();
    }
}

TEST(what_cannot_be_is_refused)
{
    const struct lane_outage back = {5, 5}, over[] = {{1, 5}, {4, 6}};
    const struct lane_mtu_step disorder[] = {{5, 1}, {4, 1}};
    const struct lane_fault unsorted[] = {{2, LANE_FAULT_LOSE}, {1, LANE_FAULT_LOSE}};
    const struct lane_config wrong[] = {
        {.loss_ppm = 1000001},
        {.delay = 3601 * TERN_SEC},
        {.outage = &back, .outage_n = 1},
        {.outage = over, .outage_n = 2},
        {.mtu_step = disorder, .mtu_step_n = 2},
        {.given = true, .fault = unsorted, .fault_n = 2},
        {.capacity.bps = CAPACITY_MAX + 1},
        {.policer.bps = CAPACITY_MAX + 1},
        {.burst.to_bad = 5},
        {.queue.limit_n = UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) assert_non_null(lane_check(&wrong[i]));
}

/* In front of the queue: what is no more ECN-capable is not marked there. */
TEST(a_router_rewrites_the_ecn_field)
{
    static const uint8_t becomes[][4] = {{0, 1, 2, 3}, {0, 0, 0, 0}, {0, 1, 1, 3}, {3, 3, 3, 3}};
    for (unsigned how = LANE_ECN_KEPT; how <= LANE_ECN_MARKED; how++) {
        const struct lane_config cfg = {.ecn = (enum lane_ecn)how, .mark_ppm = how == LANE_ECN_BLEACHED ? CHANCE_ALL : 0};
        open_lane(&cfg, 1);
        assert_int_equal(lane_is_plain(&lane), how == LANE_ECN_KEPT);
        for (uint8_t ecn = 0; ecn < 4; ecn++) {
            lane_enter(&lane, 0, parcel_make(ecn, 100, 0, ecn));
            struct parcel *p = lane_take(&lane, 0);
            assert_int_equal(p->ecn, becomes[how][ecn]);
            assert_int_equal(p->fate & PARCEL_ECN, p->ecn != ecn ? PARCEL_ECN : 0);
            assert_false(p->fate & PARCEL_MARKED);
        }
        close_lane();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_router_rewrites_the_ecn_field),
        CASE(rate_and_delay_add_up),
        CASE(who_looks_late_sees_the_same),
        CASE(what_enters_while_the_link_is_down_is_lost),
        CASE(the_mtu_changes_in_its_time),
        CASE(a_policer_drops_in_front_of_the_queue),
        CASE(a_reordered_one_comes_so_much_later),
        CASE(held_acknowledgements_come_together),
        CASE(the_seed_decides),
        CASE(every_machine_comes_to_the_same),
        CASE(the_list_of_faults_repeats_the_run_without_chance),
        CASE(a_changed_probability_leaves_the_others),
        CASE(plain_is_what_has_no_eye_for_packets),
        CASE(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
