/* A topic as prose and as JSON. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include <tern/tern.h>

#include "prose.h"
#include "setting_text.h"
#include "topic_plot.h"
#include "words.h"

static bool can_leave_out(const struct lesson *l, const char *clause)
{
    for (size_t i = 0; l->without && l->without[i]; i++)
        if (strcmp(l->without[i], clause) == 0) return true;
    return false;
}

/* The lessons that show what happens without the clause. */
static void show_lessons(struct prose *p, const char *clause)
{
    for (size_t i = 0; lessons[i]; i++)
        if (can_leave_out(lessons[i], clause))
            prose_f(p, PROSE_ITEM, _("Shown by `tern explain %s --without %s`"), lessons[i]->name, clause);
}

/* |s|: of a setting; NULL: of something else. */
static void amount(const struct tern_setting_info *s, uint64_t v, const char *unit, char out[QUANTITY_LEN])
{
    if (s)
        setting_text(s, v, out);
    else
        quantity_exact(v, unit, out);
}

static void show_range(struct prose *p, const struct topic *t)
{
    char least[QUANTITY_LEN], most[QUANTITY_LEN], otherwise[QUANTITY_LEN];
    if (!t->unit) return;
    const struct tern_setting_info *s = strcmp(t->kind, "setting") == 0 ? tern_setting_find(t->name) : NULL;
    amount(s, t->least, t->unit, least);
    amount(s, t->most, t->unit, most);
    amount(s, t->otherwise, t->unit, otherwise);
    if (t->has_default)
        prose_f(p, PROSE_ITEM, _("From %s to %s; when nothing is said, %s"), least, most, otherwise);
    else
        prose_f(p, PROSE_ITEM, _("From %s to %s"), least, most);
}

/* In HTML each name is code: a link where there is a page of it. */
static void show_see(struct prose *p, const struct topic *t)
{
    char names[512] = "";
    size_t used = 0;
    if (!t->see) return;
    for (const char *word = t->see; p->html && *word && used < sizeof names; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");
        used += (size_t)snprintf(names + used, sizeof names - used, "%s`%.*s`", used ? " " : "", (int)len, word);
        word += len;
    }
    prose_f(p, PROSE_ITEM, _("See also: %s"), p->html ? names : t->see);
}

/* Each with what it is when nothing is said; in HTML a link where there is a page of it. */
static void show_settings(struct prose *p, const struct topic *t)
{
    char names[512] = "";
    size_t used = 0;
    if (!t->settings) return;
    for (const char *word = t->settings; *word && used < sizeof names; word += strspn(word, " ")) {
        char name[40], value[QUANTITY_LEN] = "";
        size_t len = strcspn(word, " ");
        snprintf(name, sizeof name, "%.*s", (int)len, word);
        const struct tern_setting_info *s = tern_setting_find(name);
        if (s) setting_text(s, s->def, value);
        const char *tick = p->html ? "`" : "";
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s%s%s = %s", used ? ", " : "", tick, name, tick, value);
        word += len;
    }
    prose_f(p, PROSE_ITEM, _("Settings: %s"), names);
}

static void show_places(struct prose *p, const struct topic *t)
{
    const char *blank = t->section && *t->section ? " " : "";
    if (t->source) prose_f(p, PROSE_ITEM, _("Laid down in %s%s%s"), t->source, blank, t->section ? t->section : "");
    if (t->code) prose_f(p, PROSE_ITEM, _("In the source: `%s`"), t->code);
    if (t->test) prose_f(p, PROSE_ITEM, _("Tested by `%s`"), t->test);
    show_see(p, t);
}

bool topic_show(struct prose *p, const struct topic *t)
{
    const struct topic_plot *plot = topic_plot(t);
    bool right = true;
    prose_f(p, PROSE_TITLE, _("%s (%s)"), t->name, words(t->kind));
    prose(p, PROSE_PARA, words(t->what));
    if (t->when) prose_f(p, PROSE_PARA, _("When it acts: %s"), words(t->when));
    if (t->why) prose_f(p, PROSE_PARA, _("Why it exists: %s"), words(t->why));
    if (t->without) prose_f(p, PROSE_PARA, _("Without it: %s"), words(t->without));
    if (t->aliases) prose_f(p, PROSE_ITEM, _("Also written: %s"), t->aliases);
    show_range(p, t);
    show_settings(p, t);
    show_places(p, t);
    show_lessons(p, t->name);
    if (plot) right = topic_plot_show(p, plot);
    prose_end(p);
    return right;
}

static int put(json_t *j, const char *key, const char *text) { return text ? json_object_set_new(j, key, json_string(text)) : 0; }

json_t *topic_json(const struct topic *t)
{
    json_t *j = json_pack("{s:s, s:s, s:s}", "name", t->name, "kind", t->kind, "what", words(t->what));
    int err = 0;
    if (t->when) err |= put(j, "when", words(t->when));
    if (t->why) err |= put(j, "why", words(t->why));
    if (t->without) err |= put(j, "without", words(t->without));
    err |= put(j, "aliases", t->aliases) | put(j, "source", t->source) | put(j, "section", t->section);
    err |= put(j, "settings", t->settings) | put(j, "code", t->code) | put(j, "test", t->test) | put(j, "see", t->see) |
           put(j, "unit", t->unit);
    if (t->unit) err |= json_object_set_new(j, "least", json_integer((json_int_t)t->least));
    if (t->unit) err |= json_object_set_new(j, "most", json_integer((json_int_t)t->most));
    if (t->has_default) err |= json_object_set_new(j, "default", json_integer((json_int_t)t->otherwise));
    if (!err) return j;
    json_decref(j);
    return NULL;
}
