#include "page.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

/* Made by the build. */
extern const unsigned char page_html[], page_css[], page_js[];
extern const size_t page_html_len, page_css_len, page_js_len;
extern const char *const page_messages[];

struct writer {
    const struct tern_out *out;
    const struct page_config *config;
    int err; /* sticky */
};

static void put(struct writer *w, const void *text, size_t len)
{
    if (!w->err && len > 0 && w->out->put(w->out->ctx, text, len) != 0) w->err = TERN_ERR_IO;
}

static void put_text(struct writer *w, const char *text) { put(w, text, strlen(text)); }

/* ---- JSON inside of HTML ---- */

/* Only strings can hold a '<': escaped, none of them ends the element they stand in. */
static int put_escaped(const char *text, size_t len, void *ctx)
{
    struct writer *w = ctx;
    for (size_t from = 0; from < len;) {
        const char *less = memchr(text + from, '<', len - from);
        size_t upto = less ? (size_t)(less - text) : len;
        put(w, text + from, upto - from);
        if (less) put_text(w, "\\u003c");
        from = upto + (less != NULL);
    }
    return w->err ? -1 : 0;
}

/* ASCII: what is no line's end in JSON may be one in a script. */
static void put_json(struct writer *w, const json_t *j)
{
    if (!j) w->err = TERN_ERR_NOMEM;
    if (!w->err && json_dump_callback(j, put_escaped, w, JSON_COMPACT | JSON_ENSURE_ASCII) != 0 && !w->err)
        w->err = TERN_ERR_NOMEM;
}

/* ---- what the scripts are told ---- */

static void translate(json_t *messages, const char *text)
{
    const char *other = words(text);
    if (other != text) json_object_set_new(messages, text, json_string(other));
}

void page_translate(json_t *messages, json_t *english, json_t *chinese)
{
    const char *name, *text = json_string_value(english), *other = json_string_value(chinese);
    size_t i;
    json_t *part;
    if (text && other && strcmp(text, other) != 0) json_object_set_new(messages, text, json_string(other));
    if (json_is_object(english))
        json_object_foreach(english, name, part) page_translate(messages, part, json_object_get(chinese, name));
    json_array_foreach(english, i, part) page_translate(messages, part, json_array_get(chinese, i));
}

/* Every text of the page that has a translation, and the translation. */
static json_t *chinese(const struct page_config *config)
{
    const char *language = words_language();
    json_t *messages = json_object();
    words_choose("zh_CN");
    for (size_t i = 0; page_messages[i]; i++) translate(messages, page_messages[i]);
    for (int i = 0; i < TERN_RULE_N; i++) translate(messages, tern_rule_info((enum tern_rule)i)->text);
    for (int i = 0; i < TERN_DROP_N; i++) translate(messages, tern_drop_info((enum tern_drop)i)->text);
    for (int i = 0; i < TERN_TIMER_N; i++) translate(messages, tern_timer_name((enum tern_timer)i));
    words_choose(language);
    page_translate(messages, config->stories, config->chinese);
    return messages;
}

static void add_info(json_t *table, const struct tern_rule_info *info)
{
    json_object_set_new(table, info->name,
                        json_pack("{s:s, s:s, s:s}", "doc", info->doc, "section", info->section, "text", info->text));
}

static json_t *rules(void)
{
    json_t *table = json_object();
    for (int i = 1; i < TERN_RULE_N; i++) add_info(table, tern_rule_info((enum tern_rule)i));
    return table;
}

static json_t *drops(void)
{
    json_t *table = json_object();
    for (int i = 1; i < TERN_DROP_N; i++) add_info(table, tern_drop_info((enum tern_drop)i));
    return table;
}

static void put_words(struct writer *w)
{
    json_t *j =
        json_pack("{s:s, s:{s:o}, s:o, s:o, s:s*, s:I}", "language", words_language(), "messages", "zh_CN", chinese(w->config),
                  "rules", rules(), "drops", drops(), "live", w->config->live, "limit", (json_int_t)w->config->limit);
    put_json(w, j);
    json_decref(j);
}

/* Without the tables of rules: the page has them once, in every language. */
static void put_story(struct writer *w, json_t *story)
{
    json_t *lean = json_copy(story);
    json_object_del(lean, "rules");
    json_object_del(lean, "drops");
    put_json(w, lean);
    json_decref(lean);
}

static void put_stories(struct writer *w)
{
    size_t i;
    json_t *story;
    put_text(w, "[");
    json_array_foreach(w->config->stories, i, story)
    {
        if (i > 0) put_text(w, ",");
        put_story(w, story);
    }
    put_text(w, "]");
}

/* ---- the parts of the template ---- */

/* Nothing is loaded; no script runs but ours. */
static void put_policy(struct writer *w)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char base64[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)], line[400];
    crypto_hash_sha256(hash, page_js, page_js_len);
    sodium_bin2base64(base64, sizeof base64, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    snprintf(
        line, sizeof line,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "script-src 'sha256-%s'%s; base-uri 'none'; form-action 'none'\">",
        base64, w->config->live ? "; connect-src 'self'" : "");
    put_text(w, line);
}

static void put_style(struct writer *w) { put(w, page_css, page_css_len); }

static void put_script(struct writer *w) { put(w, page_js, page_js_len); }

/* Kept until its language is chosen. What stands before the picture itself is for files of their own. */
static void put_picture(struct writer *w, const char *language, const char *file)
{
    const char *picture = file ? strstr(file, "<svg") : NULL;
    if (!picture) return;
    put_text(w, "<template id=\"diagram-");
    put_text(w, language);
    put_text(w, "\">\n");
    put_text(w, picture);
    put_text(w, "</template>\n");
}

static void put_diagram(struct writer *w)
{
    put_picture(w, "en", w->config->diagram);
    put_picture(w, "zh_CN", w->config->chinese_diagram);
}

static const struct part {
    const char *mark;
    void (*put)(struct writer *w);
} parts[] = {
    {"<!--tern:policy-->", put_policy}, {"<!--tern:style-->", put_style},   {"<!--tern:diagram-->", put_diagram},
    {"<!--tern:words-->", put_words},   {"<!--tern:story-->", put_stories}, {"<!--tern:script-->", put_script},
};

int page_write(const struct tern_out *out, const struct page_config *config)
{
    struct writer w = {.out = out, .config = config};
    const char *at = (const char *)page_html;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *mark = strstr(at, parts[i].mark);
        if (!mark) continue;
        put(&w, at, (size_t)(mark - at));
        parts[i].put(&w);
        at = mark + strlen(parts[i].mark);
    }
    put_text(&w, at);
    return w.err;
}
