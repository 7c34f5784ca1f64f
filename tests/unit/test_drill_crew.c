/* The crew of workers: each run is reported once and in order, whatever the workers do, and one that dies fails alone. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crew.h"

enum { RUNS = 12 };

static size_t told_n;
static bool in_order;

/* The path says what happens: "crash", "exit", or the result's message. */
static void run_one(const char *path, const struct run_config *cfg, struct run_result *out)
{
    *out = (struct run_result){.verdict = RUN_PASSED, .took = 5};
    if (strcmp(path, "crash") == 0) {
        raise(SIGKILL);
    } else if (strcmp(path, "exit") == 0) {
        _exit(7);
    } else if (strcmp(path, "long") == 0) {
        out->ladder = calloc(1, 1 << 20);
        assert_non_null(out->ladder);
        memset(out->ladder, 'x', (1 << 20) - 1);
    } else {
        out->verdict = RUN_FAILED;
        out->at = (struct script_at){3, 4};
        out->message = strdup(path);
        out->expected = strdup(cfg->ip == DRILL_IPV6 ? "six" : "four");
    }
}

static void told(void *ctx, const struct crew_run *run, size_t done_n)
{
    const struct crew_run *runs = ctx;
    in_order &= run == &runs[told_n];
    told_n++;
    assert_true(run->done && done_n >= told_n);
}

static void work(struct crew_run *runs, size_t n, unsigned workers)
{
    struct crew_config c = {.workers = workers, .run_one = run_one, .told = told, .ctx = runs};
    told_n = 0;
    in_order = true;
    assert_int_equal(crew_run_all(&c, runs, n), 0);
    assert_int_equal(told_n, n);
    assert_true(in_order);
}

static void give_back(struct crew_run *runs, size_t n)
{
    for (size_t i = 0; i < n; i++) run_result_free(&runs[i].result);
}

static void results_come_whole_and_in_order(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers < 6; workers++) {
        struct crew_run runs[RUNS];
        for (int i = 0; i < RUNS; i++) runs[i] = (struct crew_run){.path = i % 3 ? "words" : "long", .ip = DRILL_IPV6};
        work(runs, RUNS, workers);
        for (int i = 0; i < RUNS; i++) {
            if (i % 3 == 0) {
                assert_int_equal(runs[i].result.verdict, RUN_PASSED);
                assert_int_equal(strlen(runs[i].result.ladder), (1 << 20) - 1);
                continue;
            }
            assert_int_equal(runs[i].result.verdict, RUN_FAILED);
            assert_string_equal(runs[i].result.message, "words");
            assert_string_equal(runs[i].result.expected, "six");
            assert_null(runs[i].result.ladder);
            assert_int_equal(runs[i].result.at.column, 4);
        }
        give_back(runs, RUNS);
    }
}

static void who_dies_fails_alone(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers < 4; workers++) {
        struct crew_run runs[RUNS];
        for (int i = 0; i < RUNS; i++) runs[i] = (struct crew_run){.path = i == 0 || i == 5 || i == 11 ? "crash" : "long"};
        runs[6].path = "exit";
        work(runs, RUNS, workers);
        for (int i = 0; i < RUNS; i++) {
            bool dies = i == 0 || i == 5 || i == 6 || i == 11;
            assert_int_equal(runs[i].result.verdict, dies ? RUN_FAILED : RUN_PASSED);
            if (dies)
                assert_non_null(strstr(runs[i].result.message, i == 6 ? "crashed: its process ended with 7" : "crashed: Killed"));
        }
        give_back(runs, RUNS);
    }
}

static void nothing_to_do(void **state)
{
    (void)state;
    work(NULL, 0, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_whole_and_in_order),
        cmocka_unit_test(who_dies_fails_alone),
        cmocka_unit_test(nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
