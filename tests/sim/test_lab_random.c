/* Random scenarios: every byte right, every connection ends, the invariants hold after every event, nothing is left behind.
 *
 * As a test some hundred; all of them: sim_lab_random --from 0 --scenarios 10000 */
#include "lab_draw.h"
#include "lab_test.h"

static uint64_t from = 0, scenarios = 300, failed_n;
static bool verbose;

static bool run(uint64_t seed, struct lab_totals *totals)
{
    static struct lab_drawn drawn;
    struct lab_wrong why;
    lab_draw(seed, &drawn);
    struct lab *lab = lab_new(&drawn.cfg, &why);
    if (!lab) {
        fprintf(stderr, "scenario %llu: %s (%d, %zu)\n", (unsigned long long)seed, why.text, (int)why.part, why.index);
        return false;
    }
    bool right = lab_run(lab);
    struct lab_failure f = lab_failure(lab);
    lab_totals(lab, totals);
    lab_free(lab);
    if (!right)
        fprintf(stderr, "scenario %llu: %s (flow %d, node %d, value %lld%s%s, at %llu ns)\n", (unsigned long long)seed,
                lab_failure_text(f.kind), f.flow, f.node, (long long)f.value, f.rule ? ": " : "", f.rule ? f.rule : "",
                (unsigned long long)f.at);
    return right;
}

TEST(every_scenario_ends_well)
{
    uint64_t packets = 0, digest = 0;
    for (uint64_t seed = from; seed < from + scenarios; seed++) {
        struct lab_totals totals = {0};
        if (!run(seed, &totals)) failed_n++;
        if (verbose) fprintf(stderr, "%llu: %llu packets\n", (unsigned long long)seed, (unsigned long long)totals.packets);
        packets += totals.packets;
        digest = (digest ^ totals.digest) * UINT64_C(0x100000001b3);
    }
    fprintf(stderr, "%llu scenarios, %llu packets, digest 0x%016llx, %llu failed\n", (unsigned long long)scenarios,
            (unsigned long long)packets, (unsigned long long)digest, (unsigned long long)failed_n);
    assert_int_equal(failed_n, 0);
}

TEST(a_scenario_is_the_same_each_time)
{
    for (uint64_t seed = from; seed < from + 20; seed++) {
        struct lab_totals one = {0}, two = {0};
        run(seed, &one);
        run(seed, &two);
        assert_true(one.digest == two.digest && one.packets == two.packets && one.ended_at == two.ended_at);
    }
}

static bool read_option(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--verbose"))
            verbose = true;
        else if (i + 1 < argc && !strcmp(argv[i], "--from"))
            from = strtoull(argv[++i], NULL, 10);
        else if (i + 1 < argc && !strcmp(argv[i], "--scenarios"))
            scenarios = strtoull(argv[++i], NULL, 10);
        else
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {CASE(every_scenario_ends_well), CASE(a_scenario_is_the_same_each_time)};
    if (!read_option(argc, argv)) {
        fprintf(stderr, "usage: %s [--from N] [--scenarios N] [--verbose]\n", argv[0]);
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
