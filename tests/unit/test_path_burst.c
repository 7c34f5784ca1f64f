/* Losses: the seed's chance, Gilbert's and Elliott's channel, and the policer. */
#include "burst.h"
#include "path_test.h"
#include "policer.h"

TEST(the_generator_is_xoshiro256starstar)
{
    struct chance c = {{1, 2, 3, 4}};
    /* The first numbers from this state, as its authors' program prints them. */
    static const uint64_t want[] = {11520, 0, 1509978240, 1215971899390074240};
    for (int i = 0; i < 4; i++) assert_true(chance_draw(&c) == want[i]);
}

TEST(chance_keeps_to_its_share)
{
    struct chance c;
    uint64_t seed = 5;
    int n = 0;
    chance_seed(&c, &seed);
    for (int i = 0; i < 1000000; i++) n += chance_happens(&c, 25000);
    assert_in_range(n, 24500, 25500);
    for (int i = 0; i < 1000; i++) {
        assert_true(chance_happens(&c, CHANCE_ALL));
        assert_false(chance_happens(&c, 0));
    }
}

/* E. N. Gilbert 1960: in the bad state for a share p / (p + r) of the time, 1 / r packets at a stretch. */
static void expect_bursts(uint32_t p, uint32_t r)
{
    const struct burst_config cfg = {.to_bad = p, .to_good = r};
    const uint64_t n = 4000000;
    struct burst b;
    uint64_t seed = 11, lost = 0, runs = 0;
    bool before = false;
    assert_null(burst_check(&cfg));
    burst_init(&b, &cfg, &seed);
    for (uint64_t i = 0; i < n; i++) {
        bool is = burst_next(&b);
        lost += is;
        runs += is && !before;
        before = is;
    }
    uint64_t share = lost * 1000000 / n, want = (uint64_t)p * 1000000 / (p + r);
    assert_in_range(share, want - want / 20, want + want / 20);
    uint64_t length = lost * 1000 / runs, want_length = UINT64_C(1000000000) / r;
    assert_in_range(length, want_length - want_length / 20, want_length + want_length / 20);
}

TEST(bursts_have_their_share_and_their_length)
{
    expect_bursts(5000, 200000);  /* 2.4 %, five packets */
    expect_bursts(1000, 50000);   /* 2 %, twenty packets */
    expect_bursts(50000, 950000); /* nearly without memory */
}

/* Elliott 1963: a loss in each state. */
TEST(each_state_has_its_own_loss)
{
    const struct burst_config cfg = {.to_bad = 10000, .to_good = 30000, .bad_loss = 500000, .good_loss = 1000};
    struct burst b;
    uint64_t seed = 3, lost = 0, n = 4000000;
    burst_init(&b, &cfg, &seed);
    for (uint64_t i = 0; i < n; i++) lost += burst_next(&b);
    assert_in_range(lost * 1000000 / n, 120000, 131000); /* 0.25 * 0.5 + 0.75 * 0.001 */
}

TEST(without_bursts_the_good_state_has_its_loss)
{
    const struct burst_config cfg = {.good_loss = 30000};
    struct burst b;
    uint64_t seed = 3, lost = 0, n = 1000000;
    assert_null(burst_check(&cfg));
    burst_init(&b, &cfg, &seed);
    for (uint64_t i = 0; i < n; i++) lost += burst_next(&b);
    assert_false(b.bad);
    assert_in_range(lost * 1000000 / n, 29400, 30600);
}

TEST(without_bursts_nothing_is_lost_or_drawn)
{
    const struct burst_config cfg = {.bad_loss = 500000};
    struct burst b;
    uint64_t seed = 3;
    burst_init(&b, &cfg, &seed);
    struct chance before = b.rng;
    for (int i = 0; i < 1000; i++) assert_false(burst_next(&b));
    assert_memory_equal(&before, &b.rng, sizeof before);
}

TEST(bursts_that_cannot_be_are_refused)
{
    const struct burst_config endless = {.to_bad = 1}, above = {.to_bad = 1000001, .to_good = 1};
    assert_non_null(burst_check(&endless));
    assert_non_null(burst_check(&above));
}

/* ---- the policer ---- */

TEST(a_burst_passes_then_the_rate)
{
    const struct policer_config cfg = {.bps = 8000000, .burst = 10000}; /* a byte a microsecond */
    struct policer p;
    int n = 0;
    assert_null(policer_check(&cfg));
    policer_init(&p, &cfg);
    while (policer_pass(&p, 0, 1000)) n++;
    assert_int_equal(n, 10);
    assert_false(policer_pass(&p, TERN_MS - 1, 1000));
    assert_true(policer_pass(&p, TERN_MS, 1000));
    assert_false(policer_pass(&p, TERN_MS, 1));
    assert_true(policer_pass(&p, TERN_MS + TERN_US, 1));
}

TEST(the_bucket_holds_no_more_than_a_burst)
{
    const struct policer_config cfg = {.bps = 8000000, .burst = 5000};
    struct policer p;
    int n = 0;
    policer_init(&p, &cfg);
    assert_true(policer_pass(&p, 0, 5000));
    while (policer_pass(&p, 3600 * TERN_SEC, 1000)) n++;
    assert_int_equal(n, 5);
}

TEST(in_the_long_run_the_rate_passes_whatever_comes)
{
    const struct policer_config cfg = {.bps = 3000000};
    struct policer p;
    struct chance c;
    uint64_t seed = 1, bytes = 0;
    policer_init(&p, &cfg);
    chance_seed(&c, &seed);
    for (tern_ns now = 0; now < 100 * TERN_SEC; now += 100 * TERN_US + chance_scale(chance_draw(&c), 1000)) {
        uint32_t len = 60 + chance_scale(chance_draw(&c), 1441);
        if (policer_pass(&p, now, len)) bytes += len;
    }
    assert_in_range(bytes, 37500000 - 2000, 37500000 + 15000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_generator_is_xoshiro256starstar),        CASE(chance_keeps_to_its_share),
        CASE(bursts_have_their_share_and_their_length),   CASE(each_state_has_its_own_loss),
        CASE(without_bursts_the_good_state_has_its_loss), CASE(without_bursts_nothing_is_lost_or_drawn),
        CASE(bursts_that_cannot_be_are_refused),          CASE(a_burst_passes_then_the_rate),
        CASE(the_bucket_holds_no_more_than_a_burst),      CASE(in_the_long_run_the_rate_passes_whatever_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
