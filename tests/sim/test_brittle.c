/* The allocator refuses: each allocation of a run alone, and from each on all
 * that follow. And the other faults of an embedding: a clock that jumps or
 * stands still, a caller who forgets to call. */
#include <stdio.h>

#include "brittle.h"
#include "unit.h"

#define SET(...) .set = {__VA_ARGS__}

static const struct plan plans[] = {
    {.name = "handshake", .up = 0, .down = 0},
    {.name = "handshake, IPv6", .flags = PLAN_V6},
    {.name = "simultaneous open", .flags = PLAN_CROSS, .up = 3000, .down = 3000},
    {.name = "up", .up = 60000},
    {.name = "down", .down = 60000},
    {.name = "both ways", .flags = PLAN_V6, .up = 40000, .down = 40000},
    {.name = "losses and SACK", .up = 150000, .down = 20000, .lose = 9},
    {.name = "losses without SACK", .up = 100000, .lose = 11, SET({"sack", 0}, {"timestamps", 0})},
    {.name = "reordering", .up = 120000, .down = 30000, .late = 5, .twice = 17},
    {.name = "holes under a small window", .up = 80000, .late = 3, SET({"receive_buffer", 16384}, {"receive_buffer_max", 0})},
    {.name = "super-segments", .flags = PLAN_SUPER, .up = 300000, .down = 100000, .lose = 13},
    {.name = "half-close", .flags = PLAN_HALF, .up = 20000, .down = 40000},
    {.name = "urgent data", .flags = PLAN_URGENT, .up = 40000, .down = 20000, .lose = 10},
    {.name = "Fast Open", .flags = PLAN_FASTOPEN | PLAN_SERVER_FIRST, .rounds = 2, .up = 6000, .down = 20000},
    {.name = "Fast Open without cookies", .flags = PLAN_FASTOPEN, .conns = 4, .up = 5000, .down = 500, SET({"fastopen", 0x607})},
    {.name = "MD5", .flags = PLAN_MD5, .conns = 2, .up = 20000, .down = 20000, .lose = 12},
    {.name = "TCP-AO", .flags = PLAN_AO, .conns = 2, .up = 20000, .down = 20000, .lose = 12},
    {.name = "TCP-AO, IPv6, crossed", .flags = PLAN_AO | PLAN_V6 | PLAN_CROSS, .up = 20000, .down = 20000, .late = 7},
    {.name = "AccECN", .flags = PLAN_V6 | PLAN_MARK, .up = 120000, .down = 20000, SET({"ecn", 3})},
    {.name = "classic ECN and DCTCP", .flags = PLAN_V6 | PLAN_MARK, .up = 120000, SET({"ecn", 1}, {"congestion", 3})},
    {.name = "BBR, paced", .up = 200000, .lose = 40, SET({"congestion", 2})},
    {.name = "a path that narrows", .up = 60000, .down = 60000, .mtu = 1000},
    {.name = "a search for the path's MTU", .up = 150000, SET({"mtu_probing", 2}, {"mtu_base_mss", 512})},
    {.name = "reuse out of TIME-WAIT", .flags = PLAN_SERVER_FIRST, .conns = 3, .rounds = 2, .up = 2000, .down = 2000},
    {.name = "a listener that is overrun", .conns = 24, .backlog = 4, .up = 1000, .down = 1000, .accept_at = 1500 * TERN_MS},
    {.name = "SYNs that are held", .flags = PLAN_HOLD, .conns = 6, .up = 2000, .down = 2000},
    {.name = "many at once", .conns = 48, .up = 4000, .down = 4000, .lose = 20},
    {.name = "a reader who sleeps", .up = 200000, .read_at = 30 * TERN_SEC, SET({"receive_buffer_max", 0})},
    {.name = "buffers that grow", .up = 1500000, SET({"send_buffer", 16384}, {"receive_buffer", 16384})},
    {.name = "static data", .flags = PLAN_STATIC, .up = 150000, .down = 50000, .lose = 15},
    {.name = "buffers handed over", .flags = PLAN_GIVE, .up = 150000, .down = 50000, .lose = 15},
    {.name = "an abort", .flags = PLAN_ABORT, .up = 30000, .down = 60000},
    {.name = "orphans", .flags = PLAN_LEAVE, .conns = 4, .up = 30000, .lose = 14},
    {.name = "rare options", .flags = PLAN_OPTIONS, .conns = 3, .up = 30000, .down = 30000},
};

static const struct plan troubles[] = {
    {.name = "the clock jumps a day ahead", .up = 200000, .down = 50000, .trouble_at = 60, .jump = 86400 * TERN_SEC},
    {.name = "the clock jumps a day ahead in the handshake", .up = 2000, .trouble_at = 1, .jump = 86400 * TERN_SEC},
    {.name = "the clock jumps 25 days ahead", .up = 200000, .trouble_at = 60, .jump = 25 * 86400 * TERN_SEC},
    {.name = "the clock runs backwards", .up = 200000, .down = 50000, .trouble_at = 60, .back = 300 * TERN_SEC},
    {.name = "nobody calls for a minute", .up = 200000, .down = 50000, .trouble_at = 60, .forget = 60 * TERN_SEC},
    {.name = "nobody calls for a minute, with losses", .up = 200000, .lose = 9, .trouble_at = 60, .forget = 60 * TERN_SEC},
    {.name = "nobody calls for a minute in the handshake", .up = 2000, .trouble_at = 1, .forget = 60 * TERN_SEC},
    {.name = "the clock stands still", .up = 300000, .down = 300000, .still = true},
    {.name = "the clock stands still for BBR", .up = 300000, .still = true, SET({"congestion", 2})},
};

#define N(a) (sizeof(a) / sizeof(a)[0])

static struct brittle_result run(const struct plan *p, struct refusal r)
{
    struct brittle_result out;
    brittle_run(p, r, &out);
    if (out.wrong)
        fail_msg("%s, allocation %llu%s refused: %s", p->name, (unsigned long long)r.at, r.ever ? " and all that follow" : "",
                 out.wrong);
    return out;
}

/* As planned, with memory for everything. */
static void every_plan_works_when_nothing_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(plans); i++) {
        struct brittle_result out = run(&plans[i], (struct refusal){0});
        if (out.whole != out.wanted) fail_msg("%s: %u of %u, %s", plans[i].name, out.whole, out.wanted, tern_strerror(out.error));
        assert_true(out.allocs > 5 && out.allocs <= 2000);
    }
}

static void each_allocation_alone_is_refused(void **state)
{
    (void)state;
    uint64_t runs = 0, lost = 0, wanted = 0;
    for (size_t i = 0; i < N(plans); i++) {
        uint64_t n = run(&plans[i], (struct refusal){0}).allocs;
        for (uint64_t at = 1; at <= n; at++, runs++) {
            struct brittle_result out = run(&plans[i], (struct refusal){.at = at});
            lost += out.failed;
            wanted += out.wanted;
        }
    }
    printf("# %zu plans, %llu runs: %llu of %llu connections ended with an error\n", N(plans), (unsigned long long)runs,
           (unsigned long long)lost, (unsigned long long)wanted);
}

static void from_each_allocation_on_all_are_refused(void **state)
{
    (void)state;
    uint64_t whole = 0, failed = 0;
    for (size_t i = 0; i < N(plans); i++) {
        uint64_t n = run(&plans[i], (struct refusal){0}).allocs;
        for (uint64_t at = 1; at <= n; at++) {
            struct brittle_result out = run(&plans[i], (struct refusal){.at = at, .ever = true});
            whole += out.whole;
            failed += out.failed;
        }
    }
    printf("# %llu connections came through all the same, %llu did not\n", (unsigned long long)whole, (unsigned long long)failed);
    assert_true(whole > 0 && failed > 0);
}

/* Every byte both ways, and an orderly end. A day without an answer is longer than R2: the connection may be given up for that,
 * and for nothing else. */
static void survived(const struct plan *p, const struct brittle_result *out)
{
    if (out->whole == out->wanted)
        assert_int_equal(out->got, p->up + p->down);
    else if (!p->jump || out->error != TERN_ERR_TIMEDOUT)
        fail_msg("%s, packet %u: %s", p->name, p->trouble_at, tern_strerror(out->error));
}

static void a_clock_or_a_caller_that_fails_loses_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(troubles); i++) {
        const struct plan *p = &troubles[i];
        struct brittle_result out = run(p, (struct refusal){0});
        if (out.failed) printf("# %s: %s\n", p->name, tern_strerror(out.error));
        survived(p, &out);
        if (p->still) assert_true(out.took == 0);
    }
}

/* From its SYN to the last ACK, and in TIME-WAIT. */
static void trouble_at_any_moment_of_a_short_connection(void **state)
{
    (void)state;
    static const struct plan kinds[] = {
        {.name = "a day ahead", .up = 3000, .down = 3000, .jump = 86400 * TERN_SEC},
        {.name = "five minutes back", .up = 3000, .down = 3000, .back = 300 * TERN_SEC},
        {.name = "a minute forgotten", .up = 3000, .down = 3000, .forget = 60 * TERN_SEC},
        {.name = "a day ahead, half-closed", .flags = PLAN_HALF, .up = 500, .down = 500, .jump = 86400 * TERN_SEC},
        {.name = "a minute forgotten, half-closed", .flags = PLAN_HALF, .up = 500, .down = 500, .forget = 60 * TERN_SEC},
    };
    for (size_t i = 0; i < N(kinds); i++) {
        struct plan p = kinds[i];
        uint64_t packets = run(&p, (struct refusal){0}).packets;
        assert_true(packets >= 5);
        for (p.trouble_at = 1; p.trouble_at <= packets; p.trouble_at++) {
            struct brittle_result out = run(&p, (struct refusal){0});
            survived(&p, &out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_plan_works_when_nothing_is_refused),
        cmocka_unit_test(each_allocation_alone_is_refused),
        cmocka_unit_test(from_each_allocation_on_all_are_refused),
        cmocka_unit_test(a_clock_or_a_caller_that_fails_loses_nothing),
        cmocka_unit_test(trouble_at_any_moment_of_a_short_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
