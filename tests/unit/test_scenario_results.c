#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "results.h"

enum { RUNS = 7 };

static json_t *head(const char *shard)
{
    json_t *h =
        json_pack("{s:i, s:s, s:s, s:s, s:i, s:i, s:i, s:[], s:[], s:{s:s}}", "tern_sim", 1, "scenario", "x", "title", "t",
                  "source", "s", "runs", RUNS, "seed", 1, "repeat", RUNS, "keys", "expect", "units", "goodput", "bit/s");
    if (shard) json_object_set_new(h, "shard", json_string(shard));
    return h;
}

static json_t *run(int number, const char *control)
{
    json_t *r = json_pack("{s:i, s:i, s:[], s:[{s:s, s:i}], s:[], s:{}, s:[], s:b}", "run", number, "seed", 1 + number, "values",
                          "flows", "name", "a", "goodput", 100 * number, "links", "total", "expect", "ok", number != 3);
    if (control) json_object_set_new(r, "control", json_string(control));
    return r;
}

/* The runs of shard |i| of |n|, each with two controls. */
static void fill(struct results *r, int i, int n)
{
    r->head = head(n > 1 ? "i/n" : NULL);
    for (int k = 0; k < RUNS; k++) {
        if (k % n != i) continue;
        assert_true(results_add(r, run(k, NULL)));
        assert_true(results_add(r, run(k, "first")));
        assert_true(results_add(r, run(k, "second")));
    }
}

static char *written(const struct results *r, enum results_form form)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_true(results_write(r, form, false, out));
    fclose(out);
    return text;
}

static void joined_shards_are_the_whole(void **state)
{
    (void)state;
    for (int n = 1; n <= 4; n++) {
        struct results part[4] = {{0}}, whole = {0}, all;
        struct results *list[4];
        char err[200];
        fill(&whole, 0, 1);
        for (int i = 0; i < n; i++) {
            fill(&part[i], i, n);
            list[n - 1 - i] = &part[i]; /* in any order */
        }
        assert_true(results_join(&all, list, (size_t)n, err, sizeof err));
        for (enum results_form form = RESULTS_TEXT; form <= RESULTS_CSV; form++) {
            char *a = written(&whole, form), *b = written(&all, form);
            assert_string_equal(a, b);
            free(a);
            free(b);
        }
        assert_int_equal(results_short(&all), 3);
        results_free(&whole);
        results_free(&all);
        for (int i = 0; i < n; i++) results_free(&part[i]);
    }
}

static void refused(struct results *a, struct results *b, const char *why)
{
    struct results *list[] = {a, b}, all;
    char err[200] = "";
    assert_false(results_join(&all, list, 2, err, sizeof err));
    assert_non_null(strstr(err, why));
    results_free(a);
    results_free(b);
}

static void what_is_missing_or_twice_is_named(void **state)
{
    (void)state;
    struct results a = {0}, b = {0};
    fill(&a, 0, 3);
    fill(&b, 1, 3);
    refused(&a, &b, "run 2 of 7 is missing");
    fill(&a, 0, 2);
    fill(&b, 0, 2);
    refused(&a, &b, "run 0 is there twice");
    fill(&a, 0, 2);
    fill(&b, 1, 2);
    json_object_set_new(b.head, "seed", json_integer(2));
    refused(&a, &b, "is not of the same scenario");
}

static void a_file_is_read_back(void **state)
{
    (void)state;
    char path[] = "/tmp/test_results_XXXXXX", err[200];
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    struct results whole = {0};
    struct results_file back;
    fill(&whole, 0, 1);
    assert_true(results_write(&whole, RESULTS_JSON, false, f));
    assert_true(results_write(&whole, RESULTS_JSON, false, f));
    fclose(f);
    assert_true(results_read(&back, path, err, sizeof err));
    assert_int_equal(back.n, 2);
    char *a = written(&whole, RESULTS_JSON), *b = written(&back.list[1], RESULTS_JSON);
    assert_string_equal(a, b);
    free(a);
    free(b);
    results_file_free(&back);
    results_free(&whole);
    f = fopen(path, "w");
    fputs("{\"tern_sim\":1}\n", f);
    fclose(f);
    assert_false(results_read(&back, path, err, sizeof err));
    remove(path);
    assert_false(results_read(&back, path, err, sizeof err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_shards_are_the_whole),
        cmocka_unit_test(what_is_missing_or_twice_is_named),
        cmocka_unit_test(a_file_is_read_back),
    };
    return cmocka_run_group_tests_name("scenario_results", tests, NULL, NULL);
}
