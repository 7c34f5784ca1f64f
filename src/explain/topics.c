/* Topics by number, by name in any spelling, by a word in them, by likeness. */
#include "topic.h"

#include <string.h>

#include "words.h"

bool topic_get(size_t i, struct topic *out)
{
    static const struct topic *const tables[] = {topics_states, topics_segment, topics_timers,   topics_recovery,  topics_ideas,
                                                 topics_basics, topics_calls,   topics_commands, topics_congestion};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        size_t n = 0;
        while (tables[t][n].name) n++;
        if (i < n) {
            *out = tables[t][i];
            return true;
        }
        i -= n;
    }
    return topic_of_table(i, out);
}

/* ---- names ---- */

static unsigned char lower(char c) { return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

static bool counts(char c)
{
    unsigned char l = lower(c);
    return (l >= 'a' && l <= 'z') || (l >= '0' && l <= '9') || l >= 0x80;
}

/* Compares |a| with the first |b_len| bytes of |b|. */
static bool same(const char *a, const char *b, size_t b_len)
{
    const char *b_end = b + b_len;
    for (;;) {
        while (*a && !counts(*a)) a++;
        while (b < b_end && !counts(*b)) b++;
        if (!*a || b == b_end) return !*a && b == b_end;
        if (lower(*a++) != lower(*b++)) return false;
    }
}

bool topic_same_name(const char *a, const char *b) { return same(a, b, strlen(b)); }

/* The next of the words in |*list|, which moves behind it; its length, 0 at the end. */
static size_t next_word(const char **list, const char **word)
{
    if (!*list) return 0;
    *word = *list + strspn(*list, " ");
    size_t len = strcspn(*word, " ");
    *list = *word + len;
    return len;
}

bool topic_is(const struct topic *t, const char *word)
{
    const char *list = t->aliases, *alias;
    size_t len;
    if (topic_same_name(word, t->name)) return true;
    while ((len = next_word(&list, &alias)) > 0)
        if (same(word, alias, len)) return true;
    return false;
}

const struct lesson *topic_lesson(const char *word)
{
    for (size_t i = 0; lessons[i]; i++)
        if (topic_same_name(word, lessons[i]->name)) return lessons[i];
    return NULL;
}

/* ---- a word in the texts ---- */

static bool contains(const char *text, const char *word)
{
    for (; text && *text; text++) {
        size_t n = 0;
        while (word[n] && lower(text[n]) == lower(word[n])) n++;
        if (!word[n]) return true;
    }
    return false;
}

const char *topic_chinese(const char *msgid)
{
    const char *language = words_language();
    words_choose("zh_CN");
    const char *text = words(msgid);
    words_choose(language);
    return text;
}

static bool either(const char *msgid, const char *word)
{
    return msgid && (contains(msgid, word) || contains(topic_chinese(msgid), word));
}

bool topic_has(const struct topic *t, const char *word)
{
    return topic_is(t, word) || contains(t->name, word) || contains(t->aliases, word) || either(t->what, word) ||
           either(t->when, word) || either(t->why, word) || either(t->without, word) || contains(t->source, word) ||
           contains(t->section, word);
}

bool lesson_has(const struct lesson *l, const char *word)
{
    return contains(l->name, word) || either(l->title, word) || either(l->summary, word) || either(l->question, word);
}

/* ---- likeness ---- */

enum { WORD_MAX = 40 };

/* What counts of a name, at most WORD_MAX bytes; returns its length. */
static size_t bare(const char *name, size_t len, unsigned char out[WORD_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < len && n < WORD_MAX; i++)
        if (counts(name[i])) out[n++] = lower(name[i]);
    return n;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* How many bytes must be added, taken away or changed to make the one of the other (Levenshtein). */
static size_t distance(const unsigned char *a, size_t a_len, const unsigned char *b, size_t b_len)
{
    size_t row[WORD_MAX + 1];
    for (size_t k = 0; k <= b_len; k++) row[k] = k;
    for (size_t i = 1; i <= a_len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b_len; k++) {
            size_t change = corner + (a[i - 1] != b[k - 1]);
            corner = row[k];
            row[k] = least(change, least(row[k], row[k - 1]) + 1);
        }
    }
    return row[b_len];
}

struct nearest {
    unsigned char word[WORD_MAX];
    size_t len;
    const char **name;
    size_t far[8], n, max;
};

/* |name| is shown when the |len| bytes at |spelling| are like the word. */
static void consider(struct nearest *s, const char *name, const char *spelling, size_t len)
{
    unsigned char other[WORD_MAX];
    size_t other_len = bare(spelling, len, other), far = distance(s->word, s->len, other, other_len);
    if (far > (s->len + 2) / 3 || far >= other_len) return;
    for (size_t i = 0; i < s->n; i++)
        if (topic_same_name(s->name[i], name)) return;
    size_t at = s->n;
    while (at > 0 && s->far[at - 1] > far) at--;
    if (at == s->max) return;
    if (s->n < s->max) s->n++;
    for (size_t i = s->n - 1; i > at; i--) {
        s->name[i] = s->name[i - 1];
        s->far[i] = s->far[i - 1];
    }
    s->name[at] = name;
    s->far[at] = far;
}

size_t topic_near(const char *word, const char **out, size_t max)
{
    struct nearest s = {.name = out, .max = least(max, 8)};
    struct topic t;
    s.len = bare(word, strlen(word), s.word);
    for (size_t i = 0; lessons[i]; i++) consider(&s, lessons[i]->name, lessons[i]->name, strlen(lessons[i]->name));
    for (size_t i = 0; topic_get(i, &t); i++) {
        const char *list = t.aliases, *alias;
        size_t len;
        consider(&s, t.name, t.name, strlen(t.name));
        while ((len = next_word(&list, &alias)) > 0) consider(&s, t.name, alias, len);
    }
    return s.n;
}
