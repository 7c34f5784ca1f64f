/* The page as a file: each part is in its place, what the stories say cannot leave its element, nothing is asked of a network. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "unit.h"
#include "words.h"

#define EVIL "</script><script>alert(1)</script><!-- \xe2\x80\xa8"

struct text {
    char *at;
    size_t len;
    size_t fail_after; /* 0: never */
};

static int keep(void *ctx, const char *text, size_t len)
{
    struct text *t = ctx;
    if (t->fail_after && t->len + len > t->fail_after) return -1;
    t->at = realloc(t->at, t->len + len + 1);
    assert_non_null(t->at);
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
    struct text t = {0};
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

static void stories_stay_in_their_element(void **state)
{
    (void)state;
    json_t *story = json_pack("{s:s, s:[{s:s}], s:{}, s:{}}", "title", EVIL, "rows", "label", EVIL, "rules", "drops");
    struct page_config config = {.story = (json_t *const[]){story, story}, .story_n = 2};
    char *html = page(&config), *empty = page(&(struct page_config){0});
    assert_int_equal(count(html, "<script"), count(empty, "<script"));
    assert_int_equal(count(html, "</script"), 3);
    assert_null(strstr(html, "\xe2\x80\xa8"));
    json_t *back = data(html, "story");
    assert_int_equal(json_array_size(back), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(back, 1), "title")), EVIL);
    assert_null(json_object_get(json_array_get(back, 0), "rules"));
    assert_non_null(json_object_get(story, "rules")); /* the caller's is as it was */
    json_decref(back);
    json_decref(story);
    free(html);
    free(empty);
}

static void every_part_is_there(void **state)
{
    (void)state;
    struct page_config config = {.diagram = "<?xml version=\"1.0\"?><svg id=\"the-picture\"></svg>", .limit = 7};
    char *html = page(&config);
    assert_null(strstr(html, "<!--tern:"));
    assert_int_equal(count(html, "<svg id=\"the-picture\">"), 1);
    assert_null(strstr(html, "<?xml"));
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
    struct text t = {.fail_after = 5000};
    struct tern_out out = {keep, &t};
    assert_int_equal(page_write(&out, &(struct page_config){0}), TERN_ERR_IO);
    free(t.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_stay_in_their_element),
        cmocka_unit_test(every_part_is_there),
        cmocka_unit_test(only_a_served_page_may_connect),
        cmocka_unit_test(both_languages_whatever_was_chosen),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
