/* Lessons for pages and programs: the picture of a ladder, and the result as JSON. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lesson_run.h"
#include "words.h"

struct collected {
    char *p;
    size_t len, cap;
};

static int put_text(void *ctx, const char *text, size_t len)
{
    struct collected *t = ctx;
    if (t->len + len + 1 > t->cap) {
        size_t cap = (t->len + len + 1) * 2;
        char *p = realloc(t->p, cap);
        if (!p) return -1;
        t->p = p;
        t->cap = cap;
    }
    memcpy(t->p + t->len, text, len);
    t->len += len;
    t->p[t->len] = '\0';
    return 0;
}

/* Printed, it would not fit on a page, even made smaller. */
static bool is_long(const char *svg)
{
    static const char box[] = "viewBox=\"0 0 ";
    const char *at = strstr(svg, box);
    if (!at) return false;
    char *end;
    double width = strtod(at + sizeof box - 1, &end), height = strtod(end, NULL);
    return height > 5.0 / 3 * width;
}

void lesson_picture(struct prose *p, const struct story_style *style, const struct story *s)
{
    struct collected t = {0};
    int err = story_svg(&(struct tern_out){put_text, &t}, style, s);
    const char *svg = t.p ? strstr(t.p, "<svg") : NULL; /* behind the XML declaration */
    if (err == 0 && svg) {
        /* Wider than a phone: the keyboard scrolls it, too. */
        prose_raw(p, is_long(svg) ? "<figure class=\"long\" tabindex=\"0\">\n" : "<figure tabindex=\"0\">\n");
        prose_raw(p, svg);
        prose_raw(p, "</figure>\n");
    } else if (p->err == 0) {
        p->err = err ? err : TERN_ERR_NOMEM;
    }
    free(t.p);
}

json_t *lesson_json(const struct lesson *l, const struct lesson_result *result)
{
    json_t *checks = json_array(), *stories = json_array();
    int err = 0;
    for (size_t i = 0; i < result->check_n; i++) {
        const struct lesson_check_result *c = &result->check[i];
        err |= json_array_append_new(checks, json_pack("{s:s, s:b, s:s}", "id", c->id, "ok", (int)c->ok, "text", c->text));
    }
    for (size_t i = 0; i < result->story_n; i++) err |= json_array_append_new(stories, story_json(&result->story[i]));
    json_t *j = json_pack("{s:s, s:s, s:b, s:o, s:o}", "lesson", l->name, "title", _(l->title), "right",
                          (int)lesson_right(result), "checks", checks, "stories", stories);
    if (l->question) err |= json_object_set_new(j, "question", json_string(_(l->question)));
    if (l->answer) err |= json_object_set_new(j, "answer", json_string(l->answer));
    if (result->err) err |= json_object_set_new(j, "error", json_string(_(tern_strerror(result->err))));
    if (!err) return j;
    json_decref(j);
    return NULL;
}
