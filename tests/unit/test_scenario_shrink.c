/* Shrinking, of runs that are made up: chance does so many faults, and some of them, all together, make the run fail. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shrink.h"
#include "words.h"

enum { FAULTS = 3000, TRIES = 4000, WHOLE = 1998 /* faults, all needed, are seen to be so in TRIES runs */ };

struct made_up {
    size_t n; /* faults by chance */
    bool needed[FAULTS];
    bool by_itself; /* it fails only as chance has it */
    size_t runs;
};

/* Each on the next of two links and their directions. */
static struct trial_fault fault(size_t i)
{
    return (struct trial_fault){
        .link = (uint16_t)(i / 2 % 2), .direction = i % 2, .fault = {.nth = i + 1, .kind = LANE_FAULT_LOSE}};
}

static json_t *run(void *ctx, const struct trial_wish *wish, struct scenario_error *error)
{
    struct made_up *m = ctx;
    size_t have = 0, need = 0;
    (void)error;
    m->runs++;
    for (size_t i = 0; i < m->n; i++) need += m->needed[i];
    if (wish->seen) {
        *wish->seen = (struct trial_faults){.list = calloc(m->n, sizeof *wish->seen->list), .n = m->n, .cap = m->n};
        for (size_t i = 0; i < m->n; i++) wish->seen->list[i] = fault(i);
    }
    if (wish->given)
        for (size_t i = 0; i < wish->given->n; i++) have += m->needed[wish->given->list[i].fault.nth - 1];
    else
        have = need;
    bool fails = have == need && !(wish->given && m->by_itself);
    return json_pack("{s:b}", "fails", fails);
}

static char *short_of(void *ctx, const json_t *o)
{
    (void)ctx;
    return json_is_true(json_object_get(o, "fails")) ? strdup("it fails") : NULL;
}

static const char *link_name(void *ctx, size_t link)
{
    (void)ctx;
    return link ? "second" : "first";
}

static struct made_up m;

static void shrunk(struct shrink *s)
{
    const struct shrink_case c = {run, short_of, link_name, &m};
    struct scenario_error error = {{0}};
    m.runs = 0;
    assert_true(shrink_run(&c, s, &error));
    assert_int_equal(s->tries, m.runs);
}

static void expect_text(const struct shrink *s, const char *want)
{
    const struct shrink_case c = {run, short_of, link_name, &m};
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    shrink_print(s, &c, f);
    fclose(f);
    assert_string_equal(text, want);
    free(text);
}

static void of_many_faults_those_that_are_needed_are_left(void **state)
{
    (void)state;
    struct shrink s;
    m = (struct made_up){.n = 1000};
    m.needed[16] = m.needed[18] = m.needed[301] = m.needed[996] = true;
    shrunk(&s);
    assert_true(s.failed && s.repeated && !s.cut);
    assert_string_equal(s.says, "it fails");
    assert_int_equal(s.all.n, 1000);
    assert_int_equal(s.least.n, 4);
    assert_in_range(s.tries, 10, 200);
    expect_text(&s, "first: fault = [{ nth = 17, kind = \"lose\" }, { nth = 997, kind = \"lose\" }]\n"
                    "first.back: fault = [{ nth = 302, kind = \"lose\" }]\n"
                    "second: fault = [{ nth = 19, kind = \"lose\" }]\n");
    shrink_free(&s);
}

/* Then no fault was at fault. */
static void what_fails_without_faults_needs_none(void **state)
{
    (void)state;
    struct shrink s;
    m = (struct made_up){.n = 10};
    shrunk(&s);
    assert_true(s.failed && s.repeated && !s.cut);
    assert_int_equal(s.least.n, 0);
    expect_text(&s, "");
    shrink_free(&s);
}

static void what_fails_only_by_chance_is_not_searched(void **state)
{
    (void)state;
    struct shrink s;
    m = (struct made_up){.n = 10, .by_itself = true};
    shrunk(&s);
    assert_true(s.failed && !s.repeated && !s.cut);
    assert_int_equal(s.tries, 2);
    shrink_free(&s);
}

/* All of |n| are needed. */
static void all_needed(struct shrink *s, size_t n)
{
    m = (struct made_up){.n = n};
    memset(m.needed, true, n);
    shrunk(s);
    assert_true(s->failed && s->repeated);
    assert_int_equal(s->least.n, n);
    assert_int_equal(s->tries, TRIES + 1); /* the last one is of what is left */
}

static void a_search_that_is_cut_off_says_so(void **state)
{
    (void)state;
    struct shrink s;
    all_needed(&s, FAULTS);
    assert_true(s.cut);
    s.least.n = 0;
    expect_text(&s, "the search ended after 4001 runs: fewer may do\n");
    shrink_free(&s);
}

static void a_search_that_ends_with_its_last_run_is_whole(void **state)
{
    (void)state;
    struct shrink s;
    all_needed(&s, WHOLE);
    assert_false(s.cut);
    shrink_free(&s);
    all_needed(&s, WHOLE + 1);
    assert_true(s.cut);
    shrink_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_many_faults_those_that_are_needed_are_left), cmocka_unit_test(what_fails_without_faults_needs_none),
        cmocka_unit_test(what_fails_only_by_chance_is_not_searched),     cmocka_unit_test(a_search_that_is_cut_off_says_so),
        cmocka_unit_test(a_search_that_ends_with_its_last_run_is_whole),
    };
    words_choose("en");
    return cmocka_run_group_tests_name("scenario_shrink", tests, NULL, NULL);
}
