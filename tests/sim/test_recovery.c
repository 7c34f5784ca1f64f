/* Whole transfers over a path that loses and reorders, whatever the two ends have agreed on: {SACK, none} x {timestamps, none} x
 * {window scaling, none} x {ECN, none}, all invariants of the connections checked after every instant; and that recovery with
 * SACK is what it is there for. */
#include "duo.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

enum { KB = 1000, MB = 1000 * KB };

static const struct tern_impair path = {
    .rate = UINT64_C(100000000),
    .delay = 10 * TERN_MS,
    .loss_ppm = 10000,
    .reorder_ppm = 20000,
    .dup_ppm = 2000,
    .mark_ppm = 1000,
};

static tern_ns transfer(const struct duo_config *cfg, uint64_t up, uint64_t down, const char *what)
{
    struct duo d;
    assert_true(duo_start(&d, cfg));
    bool ok = duo_transfer(&d, up, down, 3600 * TERN_SEC);
    if (!ok)
        fprintf(stderr, "%s: %s; received %llu and %llu bytes\n", what, d.error, (unsigned long long)d.end[0].received_n,
                (unsigned long long)d.end[1].received_n);
    assert_true(ok);
    tern_ns took = d.now - d.began;
    duo_stop(&d);
    return took;
}

static void every_agreement_carries_every_byte(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        struct duo_config cfg;
        char what[64];
        duo_config_default(&cfg);
        cfg.up = cfg.down = path;
        cfg.seed = 100 + i;
        cfg.check = true;
        cfg.set.sack = i & 1, cfg.set.timestamps = i >> 1 & 1, cfg.set.window_scaling = i >> 2 & 1, cfg.set.ecn = i >> 3 & 1;
        cfg.gso_max = i % 3 ? 65535 : 0;
        snprintf(what, sizeof what, "sack %u timestamps %u scaling %u ecn %u", i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3 & 1);
        transfer(&cfg, MB, 300 * KB, what);
    }
}

/* Recovery's parts switched off one by one, and as Linux and FreeBSD have them. */
static void every_part_of_recovery_may_be_off(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        struct duo_config cfg;
        char what[64];
        duo_config_default(&cfg);
        cfg.up = cfg.down = path;
        cfg.seed = 200 + i;
        cfg.check = true;
        cfg.set.rack = i & 1 ? 1 : i & 2 ? 7 : 0, cfg.set.tlp = i >> 1 & 1, cfg.set.frto = i >> 2 & 1, cfg.set.dsack = i >> 3 & 1;
        snprintf(what, sizeof what, "rack %u tlp %u frto %u dsack %u", (unsigned)cfg.set.rack, i >> 1 & 1, i >> 2 & 1,
                 i >> 3 & 1);
        transfer(&cfg, 500 * KB, 500 * KB, what);
    }
    static const char *const profiles[] = {"linux", "freebsd", "rfc"};
    for (size_t i = 0; i < 3; i++) {
        struct duo_config cfg;
        duo_config_default(&cfg);
        assert_int_equal(tern_profile_set(&cfg.set, profiles[i]), 0);
        cfg.up = cfg.down = path;
        cfg.seed = 300 + i;
        cfg.check = true;
        transfer(&cfg, 500 * KB, 500 * KB, profiles[i]);
    }
}

/* A short queue: slow start overruns it. With SACK several holes of a window cost one round trip, without it one each. */
static void sack_recovers_faster(void **state)
{
    (void)state;
    tern_ns took[2];
    for (unsigned sack = 0; sack < 2; sack++) {
        struct duo_config cfg;
        duo_config_default(&cfg);
        cfg.up = (struct tern_impair){.rate = UINT64_C(50000000), .delay = 20 * TERN_MS, .loss_ppm = 500, .queue_n = 60};
        cfg.down = (struct tern_impair){.rate = UINT64_C(50000000), .delay = 20 * TERN_MS};
        cfg.seed = 7;
        cfg.set.sack = sack;
        cfg.set.msl = 0;
        took[sack] = transfer(&cfg, 4 * MB, 0, sack ? "with SACK" : "without");
    }
    assert_true(took[1] * 2 < took[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_agreement_carries_every_byte),
        cmocka_unit_test(every_part_of_recovery_may_be_off),
        cmocka_unit_test(sack_recovers_faster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
