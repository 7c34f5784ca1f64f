#include "unit.h"

#include <jansson.h>
#include <string.h>

#include "story_make.h"
#include "story_show.h"
#include "tcp.h"
#include "words.h"

static struct story s;

static int start(void **state)
{
    (void)state;
    make_begin(&s);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    words_choose("en");
    story_free(&s);
    return 0;
}

static json_t *row_of(json_t *story, size_t i) { return json_array_get(json_object_get(story, "rows"), i); }

static const char *text_of(json_t *o, const char *name) { return json_string_value(json_object_get(o, name)); }

static void the_whole_has_its_parts(void **state)
{
    (void)state;
    s.title = strdup("a title");
    make_handshake(&s);
    json_t *j = story_json(&s);
    assert_non_null(j);
    assert_int_equal(json_integer_value(json_object_get(j, "version")), 1);
    assert_string_equal(text_of(j, "language"), "en");
    assert_string_equal(text_of(j, "title"), "a title");
    assert_int_equal(json_array_size(json_object_get(j, "rows")), s.row_n);
    json_t *a = json_object_get(json_array_get(json_object_get(j, "connections"), 0), "a");
    assert_string_equal(text_of(a, "endpoint"), "192.0.2.1:40000");
    assert_string_equal(text_of(a, "address"), "192.0.2.1");
    assert_string_equal(text_of(a, "name"), "client");
    assert_int_equal(json_integer_value(json_object_get(a, "base")), MAKE_ISS);
    json_decref(j);
}

static void a_segment_as_its_arrow_says_it(void **state)
{
    (void)state;
    make_handshake(&s);
    json_t *j = story_json(&s), *row = row_of(j, 2), *seg = json_object_get(row, "segment");
    assert_string_equal(text_of(row, "kind"), "segment");
    assert_string_equal(text_of(row, "side"), "b");
    assert_string_equal(text_of(row, "fate"), "arrived");
    assert_string_equal(text_of(row, "rule"), "LISTEN_SYN");
    assert_string_equal(text_of(row, "label"), "SYN,ACK seq 0 ack 1 win 65535 mss 1460 wscale 7 sack-permitted");
    assert_string_equal(text_of(row, "arithmetic"), "ack 1 = 0+1: the SYN took a number");
    assert_int_equal(json_integer_value(json_object_get(seg, "seq")), MAKE_IRS);
    assert_int_equal(json_integer_value(json_object_get(seg, "rel_seq")), 0);
    assert_int_equal(json_integer_value(json_object_get(seg, "rel_ack")), 1);
    assert_null(json_object_get(row, "drop"));
    assert_null(json_object_get(row, "forged"));
    assert_null(json_object_get(row, "n"));
    assert_null(json_object_get(row, "head"));
    json_decref(j);
}

/* Every rule and drop that a row or a note names stands in the tables. */
static void names_lead_to_the_tables(void **state)
{
    (void)state;
    make_random(&s, 3, 400);
    json_t *j = story_json(&s), *rules = json_object_get(j, "rules"), *drops = json_object_get(j, "drops");
    static const char *const members[] = {"rule", "rule_in", "drop"};
    size_t named = 0;
    for (size_t i = 0; i < s.row_n; i++)
        for (unsigned m = 0; m < 3; m++) {
            const char *name = text_of(row_of(j, i), members[m]);
            if (!name) continue;
            named++;
            json_t *info = json_object_get(m < 2 ? rules : drops, name);
            assert_non_null(info);
            assert_true(strlen(text_of(info, "text")) > 3 && strlen(text_of(info, "doc")) > 0);
        }
    assert_true(named > 400);
    json_decref(j);
}

/* Lays what a row changed over what is known, as the reader of doc/story.md does. */
static void lay_over(json_t *known, json_t *changes)
{
    const char *name;
    json_t *value;
    json_object_foreach(changes, name, value)
    {
        if (json_is_null(value))
            json_object_del(known, name);
        else
            json_object_set(known, name, value);
    }
}

static void forget_now_and_then(void)
{
    for (size_t i = 0; i < s.row_n; i++)
        for (unsigned side = 0; side < STORY_SIDE_N; side++) {
            struct story_tcb *tcb = &s.row[i].tcb[side];
            tcb->known = (uint16_t)((tcb->known | STORY_TIMERS | STORY_CWND) & ~(i % 5 == 0 ? STORY_SND | STORY_CWND : 0) &
                                    ~(i % 7 == 0 ? STORY_TIMERS : 0));
            tcb->cwnd = (uint32_t)(i / 3);
            tcb->timer[i % TERN_TIMER_N] = i % 2 ? TERN_NEVER : i;
        }
}

static void changes_laid_over_each_other_give_the_whole_blocks(void **state)
{
    (void)state;
    make_random(&s, 5, 300);
    forget_now_and_then();
    json_t *j = story_json(&s);
    json_t *known[STORY_SIDE_N] = {json_object(), json_object()};
    static const char *const sides[] = {"a", "b"};
    size_t left_out = 0;
    for (size_t i = 0; i < s.row_n; i++) {
        json_t *whole = story_json_row(&s, &s.row[i], NULL);
        for (unsigned side = 0; side < STORY_SIDE_N; side++) {
            json_t *changes = json_object_get(json_object_get(row_of(j, i), "tcb"), sides[side]);
            json_t *want = json_object_get(json_object_get(whole, "tcb"), sides[side]);
            lay_over(known[side], changes);
            assert_true(json_equal(known[side], want));
            left_out += json_object_size(want) - json_object_size(changes);
        }
        json_decref(whole);
    }
    assert_true(left_out > s.row_n * 4); /* they are changes, not the whole again */
    json_decref(known[0]);
    json_decref(known[1]);
    json_decref(j);
}

static void the_first_bytes_in_hexadecimal(void **state)
{
    (void)state;
    struct story_row *r = make_segment(&s, 0, 20, STORY_A, TH_SYN, 0, 0, 0);
    r->head_len = 4;
    r->ip_at = 2;
    r->n = 17;
    memcpy(r->head, "\x00\x01\x45\xff", 4);
    json_t *row = story_json_row(&s, r, NULL);
    assert_string_equal(text_of(row, "head"), "000145ff");
    assert_int_equal(json_integer_value(json_object_get(row, "ip_at")), 2);
    assert_int_equal(json_integer_value(json_object_get(row, "n")), 17);
    json_decref(row);
}

static void events_and_findings_are_notes(void **state)
{
    (void)state;
    make_odd(&s);
    json_t *j = story_json(&s);
    json_t *timer = json_array_get(json_object_get(row_of(j, 1), "notes"), 0);
    assert_string_equal(text_of(timer, "event"), "fired");
    assert_string_equal(text_of(timer, "timer"), "retransmission");
    assert_string_equal(text_of(timer, "text"), "retransmission timer fired");
    json_t *finding = json_array_get(json_object_get(row_of(j, 2), "notes"), 0);
    assert_string_equal(text_of(finding, "finding"), "syn-retry");
    assert_string_equal(text_of(finding, "severity"), "warning");
    assert_string_equal(text_of(finding, "doc"), "RFC 6298");
    assert_null(json_object_get(finding, "event"));
    assert_string_equal(text_of(row_of(j, 0), "fate"), "lost");
    assert_null(json_object_get(row_of(j, 0), "arrived"));
    json_decref(j);
}

static void texts_are_in_the_readers_language_and_names_are_not(void **state)
{
    (void)state;
    make_odd(&s);
    assert_true(words_choose("zh_CN"));
    json_t *j = story_json(&s);
    assert_string_equal(text_of(j, "language"), "zh_CN");
    json_t *timer = json_array_get(json_object_get(row_of(j, 1), "notes"), 0);
    assert_string_equal(text_of(timer, "text"), "重传计时器到期");
    assert_string_equal(text_of(timer, "timer"), "retransmission");
    assert_string_equal(text_of(json_object_get(json_object_get(j, "rules"), "FIN_ACKED"), "text"), "我方的 FIN 得到确认");
    json_decref(j);
}

static void a_story_with_rows_missing_is_not_passed_off_as_whole(void **state)
{
    (void)state;
    s.out_of_memory = true;
    assert_null(story_json(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
        T(the_whole_has_its_parts),
        T(a_segment_as_its_arrow_says_it),
        T(names_lead_to_the_tables),
        T(changes_laid_over_each_other_give_the_whole_blocks),
        T(the_first_bytes_in_hexadecimal),
        T(events_and_findings_are_notes),
        T(texts_are_in_the_readers_language_and_names_are_not),
        T(a_story_with_rows_missing_is_not_passed_off_as_whole),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
