/* The page as a file: each part is in its place, what the stories say cannot leave its element, nothing is asked of a network. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "story_show.h"
#include "unit.h"
#include "words.h"

#define EVIL "</script><script>alert(1)</script><!-- \xe2\x80\xa8"

struct kept {
    char *at;
    size_t len, cap;
    size_t fail_after; /* 0: never */
};

static int keep(void *ctx, const char *text, size_t len)
{
    struct kept *t = ctx;
    if (t->fail_after && t->len + len > t->fail_after) return -1;
    while (t->len + len >= t->cap) {
        t->cap = t->cap ? 2 * t->cap : 1 << 18;
        t->at = realloc(t->at, t->cap);
        assert_non_null(t->at);
    }
    memcpy(t->at + t->len, text, len);
    t->len += len;
    t->at[t->len] = '\0';
    return 0;
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what)) n++;
    return n;
}

static char *page(const struct page_config *config)
{
    struct kept t = {0};
    struct tern_out out = {keep, &t};
    assert_int_equal(page_write(&out, config), 0);
    return t.at;
}

/* The JSON in the element |id|. */
static json_t *data(const char *html, const char *id)
{
    char mark[80];
    snprintf(mark, sizeof mark, "<script type=\"application/json\" id=\"%s\">", id);
    const char *from = strstr(html, mark), *upto = from ? strstr(from, "</script>") : NULL;
    assert_non_null(upto);
    from += strlen(mark);
    json_t *j = json_loadb(from, (size_t)(upto - from), 0, NULL);
    assert_non_null(j);
    return j;
}

/* A list of one story whose title and whose only row's label are |text|. */
static json_t *stories_of(const char *text)
{
    json_t *list = json_pack("[{s:s, s:[{s:s}], s:{}, s:{}}]", "title", text, "rows", "label", text, "rules", "drops");
    assert_non_null(list);
    return list;
}

static void stories_stay_in_their_element(void **state)
{
    (void)state;
    static char longest[1 << 20];
    memset(longest, '<', sizeof longest - 1);
    static const char *const hostile[] = {EVIL,
                                          "\"}]</script>",
                                          "\\\"<!--<script>",
                                          "]]></svg><img src=x onerror=alert(1)>",
                                          "' onload='alert(1)",
                                          "constructor",
                                          "__proto__",
                                          "{1}",
                                          "\x01\x1f\x7f",
                                          longest};
    char *empty = page(&(struct page_config){0});
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        json_t *stories = stories_of(hostile[i]), *chinese = stories_of("</script>\xe4\xb8\xad");
        char *html = page(&(struct page_config){.stories = stories, .chinese = chinese});
        assert_int_equal(count(html, "<"), count(empty, "<")); /* not one element or comment more */
        assert_int_equal(count(html, "</script"), 3);
        assert_null(strstr(html, "\xe2\x80\xa8"));
        json_t *back = data(html, "story"), *words = data(html, "words");
        assert_string_equal(json_string_value(json_object_get(json_array_get(back, 0), "title")), hostile[i]);
        json_t *messages = json_object_get(json_object_get(words, "messages"), "zh_CN");
        assert_string_equal(json_string_value(json_object_get(messages, hostile[i])), "</script>\xe4\xb8\xad");
        assert_null(json_object_get(json_array_get(back, 0), "rules"));
        assert_non_null(json_object_get(json_array_get(stories, 0), "rules")); /* the caller's is as it was */
        json_decref(words);
        json_decref(back);
        json_decref(chinese);
        json_decref(stories);
        free(html);
    }
    free(empty);
}

/* What is no UTF-8 is no text of JSON: the teller leaves it away, and the page is whole. */
static void what_is_no_utf8_is_left_away(void **state)
{
    (void)state;
    char title[] = "\xff\xfe</script>\xc0\xaf";
    struct story story = {.title = title};
    json_t *list = json_array();
    json_array_append_new(list, story_json(&story));
    char *html = page(&(struct page_config){.stories = list});
    json_t *back = data(html, "story");
    assert_int_equal(json_array_size(back), 1);
    assert_null(json_object_get(json_array_get(back, 0), "title"));
    json_decref(back);
    json_decref(list);
    free(html);
}

static void each_text_gets_its_translation(void **state)
{
    (void)state;
    json_t *messages = json_object();
    json_t *english = json_pack("{s:s, s:[{s:s, s:i}, {s:s}]}", "a", "yes", "rows", "text", "same", "n", 7, "text", "no");
    json_t *chinese =
        json_pack("{s:s, s:[{s:s, s:i}, {s:s}]}", "a", "\xe6\x98\xaf", "rows", "text", "same", "n", 8, "text", "\xe5\x90\xa6");
    page_translate(messages, english, chinese);
    assert_int_equal(json_object_size(messages), 2);
    assert_string_equal(json_string_value(json_object_get(messages, "yes")), "\xe6\x98\xaf");
    assert_non_null(json_object_get(messages, "no"));
    page_translate(messages, english, NULL); /* nothing of it is there */
    assert_int_equal(json_object_size(messages), 2);
    json_decref(messages);
    json_decref(english);
    json_decref(chinese);
}

static void every_part_is_there(void **state)
{
    (void)state;
    struct page_config config = {.diagram = "<?xml version=\"1.0\"?><svg id=\"the-picture\"></svg>",
                                 .chinese_diagram = "<svg id=\"another\"></svg>",
                                 .limit = 7};
    char *html = page(&config);
    assert_null(strstr(html, "<!--tern:"));
    assert_int_equal(count(html, "<svg id=\"the-picture\">"), 1);
    assert_null(strstr(html, "<?xml"));
    assert_non_null(strstr(html, "<template id=\"diagram-en\">\n<svg id=\"the-picture\">"));
    assert_non_null(strstr(html, "<template id=\"diagram-zh_CN\">\n<svg id=\"another\">"));
    json_t *words = data(html, "words");
    assert_int_equal(json_integer_value(json_object_get(words, "limit")), 7);
    assert_string_equal(json_string_value(json_object_get(words, "language")), words_language());
    assert_int_equal(json_object_size(json_object_get(words, "rules")), TERN_RULE_N - 1);
    assert_int_equal(json_object_size(json_object_get(words, "drops")), TERN_DROP_N - 1);
    json_decref(words);
    free(html);
}

static void only_a_served_page_may_connect(void **state)
{
    (void)state;
    char *still = page(&(struct page_config){0}), *live = page(&(struct page_config){.live = "/events"});
    assert_non_null(strstr(still, "default-src 'none'"));
    assert_null(strstr(still, "connect-src"));
    assert_non_null(strstr(live, "connect-src 'self'"));
    assert_int_equal(count(still, " src="), 0);
    assert_int_equal(count(still, "http://") + count(still, "https://"),
                     count(still, "http://www.w3.org/")); /* names, no places */
    free(still);
    free(live);
}

static void both_languages_whatever_was_chosen(void **state)
{
    (void)state;
    assert_true(words_choose("en"));
    char *html = page(&(struct page_config){0});
    json_t *words = data(html, "words"), *chinese = json_object_get(json_object_get(words, "messages"), "zh_CN");
    assert_string_equal(json_string_value(json_object_get(chinese, "State diagram")), "状态图");
    assert_string_equal(words_language(), "en");
    json_decref(words);
    free(html);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    struct kept t = {.fail_after = 5000};
    struct tern_out out = {keep, &t};
    assert_int_equal(page_write(&out, &(struct page_config){0}), TERN_ERR_IO);
    free(t.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_stay_in_their_element),
        cmocka_unit_test(what_is_no_utf8_is_left_away),
        cmocka_unit_test(each_text_gets_its_translation),
        cmocka_unit_test(every_part_is_there),
        cmocka_unit_test(only_a_served_page_may_connect),
        cmocka_unit_test(both_languages_whatever_was_chosen),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
