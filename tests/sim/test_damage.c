/* Whole connections over a path that loses, reorders, duplicates and corrupts, in virtual time.
 *
 * As a test: 20 MB each way for a few seeds. As a soak (tools/soak damage): sim_damage --seeds 50 --bytes 1G */
#include "duo.h"
#include "mem.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MB = 1000 * 1000, BYTES = 20 * MB };

/* 1 % lost, 5 % overtake, 1 % twice, 0.1 % with a wrong bit; a cable of 1 Gbit/s, 1 ms long. */
static const struct tern_impair bad_path = {
    .rate = UINT64_C(1000000000),
    .delay = TERN_MS,
    .loss_ppm = 10000,
    .reorder_ppm = 50000,
    .dup_ppm = 10000,
    .corrupt_ppm = 1000,
};

static void config(struct duo_config *cfg, uint64_t seed)
{
    duo_config_default(cfg);
    cfg->up = cfg->down = bad_path;
    cfg->seed = seed;
}

static void expect_transfer(struct duo *d, const struct duo_config *cfg, uint64_t up, uint64_t down)
{
    assert_true(duo_start(d, cfg));
    if (duo_transfer(d, up, down, 7200 * TERN_SEC)) return;
    fprintf(stderr, "seed %llu: %s; received %llu and %llu bytes\n", (unsigned long long)cfg->seed, d->error,
            (unsigned long long)d->end[0].received_n, (unsigned long long)d->end[1].received_n);
    fail();
}

/* ---- every byte right ---- */

static void damaged(uint64_t seed, bool v6, uint32_t gso_max)
{
    struct duo d;
    struct duo_config cfg;
    struct tern_counters n;
    config(&cfg, seed);
    cfg.v6 = v6, cfg.gso_max = gso_max;
    expect_transfer(&d, &cfg, BYTES, BYTES);
    for (int i = 0; i < 2; i++) {
        tern_stack_counters(d.end[i].s, &n);
        assert_int_equal(d.end[i].wrong_n, 0);
        assert_true(n.retransmitted > 0);
        assert_true(n.drop[TERN_DROP_CHECKSUM] > 0);
    }
    assert_true(d.longest_stall < 2 * TERN_SEC);
    duo_stop(&d);
}

static void seed_1(void **state) { (void)state, damaged(1, false, 0); }
static void seed_2_over_ipv6(void **state) { (void)state, damaged(2, true, 0); }
static void seed_3_with_super_segments(void **state) { (void)state, damaged(3, false, 65535); }
static void seed_4_over_ipv6_with_super_segments(void **state) { (void)state, damaged(4, true, 65535); }

static void nothing_is_left_behind(void **state)
{
    struct duo d;
    struct duo_config cfg;
    struct tern_counters n;
    (void)state;
    config(&cfg, 5);
    expect_transfer(&d, &cfg, MB, MB);
    for (int i = 0; i < 2; i++) {
        struct tern_pool *pool = tern_stack_pool(d.end[i].s);
        assert_int_equal(pool_live_n(pool), 0);
        while (pool_give_up(pool)) { /* free buffers that it keeps for the next connection */
        }
        tern_stack_counters(d.end[i].s, &n);
        assert_int_equal(n.conn_n + n.half_n + n.time_wait_n, 0);
        assert_true(n.memory_used <= d.baseline[i] + 6 * 16500); /* an empty page of each kind of record may stay */
    }
    duo_stop(&d);
}

/* What comes twice, or late, may come after the end: to that a RST would be the right answer (RFC 9293 3.10.7.1). */
static void both_close_by_fin(void **state)
{
    struct duo d;
    struct duo_config cfg;
    (void)state;
    config(&cfg, 6);
    cfg.up.dup_ppm = cfg.down.dup_ppm = cfg.up.reorder_ppm = cfg.down.reorder_ppm = 0;
    expect_transfer(&d, &cfg, MB, MB);
    for (int i = 0; i < 2; i++) {
        struct tern_counters n;
        tern_stack_counters(d.end[i].s, &n);
        assert_int_equal(n.resets_out, 0);
        assert_int_equal(n.resets_in, 0);
        assert_int_equal(n.timeouts, 0);
    }
    duo_stop(&d);
}

static void one_way_with_the_other_closed_at_once(void **state)
{
    struct duo d;
    struct duo_config cfg;
    (void)state;
    config(&cfg, 7);
    expect_transfer(&d, &cfg, 5 * MB, 0);
    duo_stop(&d);
}

static void a_clean_path_needs_no_retransmission(void **state)
{
    struct duo d;
    struct duo_config cfg;
    (void)state;
    duo_config_default(&cfg);
    expect_transfer(&d, &cfg, BYTES, BYTES);
    for (int i = 0; i < 2; i++) {
        struct tern_counters n;
        tern_stack_counters(d.end[i].s, &n);
        assert_int_equal(n.retransmitted, 0);
    }
    duo_stop(&d);
}

static void a_third_of_all_packets_lost(void **state)
{
    struct duo d;
    struct duo_config cfg;
    (void)state;
    config(&cfg, 8);
    cfg.up.loss_ppm = cfg.down.loss_ppm = 330000;
    expect_transfer(&d, &cfg, 100000, 100000);
    duo_stop(&d);
}

static void small_buffers(void **state)
{
    struct duo d;
    struct duo_config cfg;
    (void)state;
    config(&cfg, 9);
    cfg.set.send_buffer = cfg.set.receive_buffer = 4096;
    expect_transfer(&d, &cfg, MB / 2, MB / 2);
    duo_stop(&d);
}

/* When an ACK is lost the sender repeats what was received: the answer must echo the repetition (RFC 7323 4.3), or all the
 * timeouts together are taken for one round trip and the next one lasts minutes. */
static void lost_acknowledgements_do_not_inflate_the_timeout(void **state)
{
    struct duo d;
    struct duo_config cfg;
    (void)state;
    for (uint64_t seed = 20; seed < 30; seed++) {
        config(&cfg, seed);
        cfg.set.send_buffer = 4096;
        cfg.down.loss_ppm = 100000;
        expect_transfer(&d, &cfg, MB, 0);
        assert_true(d.longest_stall < 10 * TERN_SEC);
        duo_stop(&d);
    }
}

static void without_any_option(void **state)
{
    struct duo d;
    struct duo_config cfg;
    (void)state;
    config(&cfg, 10);
    cfg.set.timestamps = cfg.set.window_scaling = cfg.set.sack = 0;
    expect_transfer(&d, &cfg, 2 * MB, 2 * MB);
    duo_stop(&d);
}

/* The checksum cannot see that two words have changed places: what TCP promises ends here. */
static void swapped_words_are_never_noticed(void **state)
{
    struct duo d;
    struct duo_config cfg;
    struct tern_counters n;
    (void)state;
    duo_config_default(&cfg);
    cfg.seed = 11;
    cfg.up = (struct tern_impair){.delay = TERN_MS, .swap_ppm = 10000};
    assert_true(duo_start(&d, &cfg));
    assert_false(duo_transfer(&d, 5 * MB, 0, 600 * TERN_SEC));
    assert_string_equal(d.error, "wrong bytes were received");
    assert_true(d.end[1].wrong_n > 0);
    tern_stack_counters(d.end[1].s, &n);
    assert_int_equal(n.drop[TERN_DROP_CHECKSUM], 0);
    duo_stop(&d);
}

/* ---- determinism ---- */

static uint64_t digest_of(uint64_t seed)
{
    struct duo d;
    struct duo_config cfg;
    config(&cfg, seed);
    cfg.digest = true;
    expect_transfer(&d, &cfg, 2 * MB, 2 * MB);
    uint64_t digest = d.digest;
    duo_stop(&d);
    return digest;
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    (void)state;
    uint64_t first = digest_of(12);
    assert_int_equal(first, digest_of(12));
    assert_int_not_equal(first, digest_of(13));
}

/* Every compiler must come to this value. A change of the protocol's behaviour changes it: take over what the test prints. (The
 * keyed hashes read ports in the machine's byte order, so a big-endian machine has a trace of its own.) */
static void every_compiler_gives_the_same_trace(void **state)
{
    (void)state;
    const uint64_t want = UINT64_C(0x4643c86913bd27fd);
    const uint16_t one = 1;
    uint64_t got = digest_of(14);
    if (!*(const uint8_t *)&one) skip();
    if (got != want) fprintf(stderr, "the digest is %#llx\n", (unsigned long long)got);
    assert_int_equal(got, want);
}

/* ---- the soak ---- */

static uint64_t number(const char *text)
{
    char *end;
    uint64_t v = strtoull(text, &end, 10);
    if (*end == 'G') return v * 1000 * MB;
    return *end == 'M' ? v * MB : v;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool soak_seed(uint64_t seed, uint64_t bytes)
{
    struct duo d;
    struct duo_config cfg;
    struct tern_counters n[2];
    double began = seconds();
    config(&cfg, seed);
    cfg.v6 = seed % 2 != 0;
    cfg.gso_max = seed % 4 < 2 ? 0 : 65535;
    if (!duo_start(&d, &cfg)) return false;
    bool ok = duo_transfer(&d, bytes, bytes, 86400 * TERN_SEC);
    for (int i = 0; i < 2; i++) tern_stack_counters(d.end[i].s, &n[i]);
    printf("seed %llu: %s, %.1f s of real time, %.1f s of virtual time, longest stall %.3f s, retransmitted %.2f %%\n",
           (unsigned long long)seed, ok ? "every byte right" : d.error, seconds() - began, (double)(d.now - d.began) / 1e9,
           (double)d.longest_stall / 1e9, 50.0 * (double)(n[0].retransmitted + n[1].retransmitted) / (double)bytes);
    fflush(stdout);
    duo_stop(&d);
    return ok;
}

static int soak(int argc, char **argv)
{
    uint64_t seeds = 50, bytes = UINT64_C(1000) * MB, first = 1, bad = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seeds")) seeds = number(argv[i + 1]);
        if (!strcmp(argv[i], "--bytes")) bytes = number(argv[i + 1]);
        if (!strcmp(argv[i], "--first")) first = number(argv[i + 1]);
    }
    for (uint64_t s = first; s < first + seeds; s++) bad += !soak_seed(s, bytes);
    printf("%llu seeds passed, %llu failed\n", (unsigned long long)(seeds - bad), (unsigned long long)bad);
    return bad ? 3 : 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_1),
        cmocka_unit_test(seed_2_over_ipv6),
        cmocka_unit_test(seed_3_with_super_segments),
        cmocka_unit_test(seed_4_over_ipv6_with_super_segments),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(both_close_by_fin),
        cmocka_unit_test(one_way_with_the_other_closed_at_once),
        cmocka_unit_test(a_clean_path_needs_no_retransmission),
        cmocka_unit_test(a_third_of_all_packets_lost),
        cmocka_unit_test(small_buffers),
        cmocka_unit_test(lost_acknowledgements_do_not_inflate_the_timeout),
        cmocka_unit_test(without_any_option),
        cmocka_unit_test(swapped_words_are_never_noticed),
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
        cmocka_unit_test(every_compiler_gives_the_same_trace),
    };
    return argc > 1 ? soak(argc, argv) : cmocka_run_group_tests(tests, NULL, NULL);
}
