/* Connections that come and go in every way, and floods beside them: memory, buffers and the table of connections end where they
 * began.
 *
 * As a test some seconds of virtual time; two hours of it: sim_soak --seconds 7200 (`make soak`). */
#include "soak_world.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 12, REST_S = 600, WARM_S = 10, TABLES = 64, PAGES = 12, PAGE = 16500, RARE_S = 120 };

static uint64_t seconds = 12, seed = 1;
static bool verbose;

static const struct soak_config config = {
    .rate = 400,
    .flood_rate = 5000,
    .flood_every = 10 * TERN_SEC,
    .flood_lasts = TERN_SEC,
    .path = {.delay = 10 * TERN_MS, .jitter = 2 * TERN_MS, .loss_ppm = 10000, .reorder_ppm = 20000, .dup_ppm = 10000},
};

static struct soak *start(uint64_t with_seed)
{
    struct soak_config cfg = config;
    cfg.seed = with_seed;
    struct soak *s = soak_new(&cfg);
    assert_non_null(s);
    return s;
}

static void fail_why(struct soak *s)
{
    struct soak_figures f = soak_figures(s);
    fail_msg("%s (port %u, after %.3f s); %llu connections, %llu half-open, %llu in TIME-WAIT", f.wrong, f.wrong_port,
             (double)f.now / 1e9, (unsigned long long)f.held.conns, (unsigned long long)f.held.half_open,
             (unsigned long long)f.held.time_wait);
}

/* So that what a stack makes at first use is there. */
static void churn_and_rest(struct soak *s, uint64_t span)
{
    if (!soak_churn(s, span * TERN_SEC) || !soak_rest(s, REST_S * TERN_SEC)) fail_why(s);
}

static void show(struct soak *s)
{
    static const char *const names[SOAK_KINDS] = {"connected", "transferred", "half-closed", "aborted", "vanished"};
    struct soak_figures f = soak_figures(s);
    if (!verbose) return;
    fprintf(stderr, "%6.0f s:", (double)f.now / 1e9);
    for (int i = 0; i < SOAK_KINDS; i++) fprintf(stderr, " %llu %s,", (unsigned long long)f.ended[i], names[i]);
    fprintf(stderr,
            " %llu SYNs forged, %llu cookies came back, %llu ghosts; %llu packets, %.0f MB, %zu at once; held: %zu bytes as "
            "counted, %llu in %llu blocks\n",
            (unsigned long long)f.forged, (unsigned long long)f.cookies, (unsigned long long)f.ghosts,
            (unsigned long long)f.packets, (double)f.bytes / 1e6, f.peak, f.held.used, (unsigned long long)f.held.bytes,
            (unsigned long long)f.held.blocks);
}

/* Hash tables stay as large as they were, which is bytes for each connection that there was at once; and an empty page of each
 * kind of record stays, once there was one: in the second half no block is new, where the first was long enough for what is rare.
 */
static void it_ends_as_it_began(void **state)
{
    (void)state;
    struct soak *s = start(seed);
    churn_and_rest(s, WARM_S);
    struct soak_held before = soak_figures(s).held;
    uint64_t most = before.blocks;
    show(s);
    for (int i = 0; i < PARTS; i++) {
        churn_and_rest(s, seconds / PARTS);
        struct soak_figures f = soak_figures(s);
        show(s);
        assert_int_equal(f.held.conns + f.held.half_open + f.held.time_wait, 0);
        assert_int_equal(f.held.listeners, 1);
        assert_int_equal(f.held.buffers, 0);
        assert_true(f.held.blocks <= (i < PARTS / 2 || seconds < RARE_S ? before.blocks + PAGES : most));
        assert_true(f.held.used <= before.used + TABLES * f.peak + PAGES * PAGE);
        assert_int_equal(f.held.bytes, f.held.used);
        if (f.held.blocks > most) most = f.held.blocks;
    }
    struct soak_figures f = soak_figures(s);
    for (int i = 0; i < SOAK_KINDS; i++) {
        assert_int_equal(f.ended[i], f.begun[i]);
        assert_true(f.ended[i] > seconds * config.rate / 20);
    }
    assert_true(f.forged > 0 && f.cookies > 0);
    soak_free(s);
}

static void the_same_seed_is_the_same_soak(void **state)
{
    (void)state;
    struct soak_figures f[2];
    for (int i = 0; i < 2; i++) {
        struct soak *s = start(seed + 1);
        churn_and_rest(s, 3);
        f[i] = soak_figures(s);
        soak_free(s);
    }
    assert_true(f[0].digest == f[1].digest && f[0].packets == f[1].packets && f[0].now == f[1].now);
}

static bool read_option(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seconds"))
            seconds = strtoull(argv[i + 1], NULL, 10), verbose = true;
        else if (!strcmp(argv[i], "--seed"))
            seed = strtoull(argv[i + 1], NULL, 10);
        else
            return false;
    }
    return argc % 2 == 1 && seconds >= PARTS && seconds <= 1000000;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_ends_as_it_began), cmocka_unit_test(the_same_seed_is_the_same_soak)};
    if (!read_option(argc, argv)) {
        fprintf(stderr, "usage: %s [--seconds 12..1000000] [--seed N]\n", argv[0]);
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
