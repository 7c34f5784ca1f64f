#include "words.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Made by the build from po/zh_CN: a catalogue in gettext's MO format. */
extern const unsigned char words_zh_CN[];
extern const size_t words_zh_CN_len;

static const unsigned char *catalogue; /* NULL: English */

/* MO format: magic, revision, number of strings, offsets of the two tables of (length, offset), sorted by msgid. msgfmt writes
 * the byte order that the build asks for: little-endian. */
static uint32_t word_at(size_t at)
{
    const unsigned char *p = catalogue + at;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const char *string_at(size_t table, size_t i) { return (const char *)catalogue + word_at(table + i * 8 + 4); }

/* The msgid of a plural is its singular; the plural follows behind the NUL. */
const char *words(const char *msgid)
{
    if (!catalogue || !*msgid) return msgid;
    size_t ids = word_at(12), texts = word_at(16);
    for (size_t low = 0, high = word_at(8); low < high;) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(msgid, string_at(ids, mid));
        if (order == 0) return string_at(texts, mid);
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return msgid;
}

/* Chinese has one form. */
const char *words_n(const char *one, const char *many, uint64_t n)
{
    if (!catalogue) return n == 1 ? one : many;
    const char *text = words(one);
    return text != one ? text : n == 1 ? one : many;
}

const char *words_language(void) { return catalogue ? "zh_CN" : "en"; }

static bool is_language(const char *lang, size_t len, const char *name)
{
    if (len < strlen(name) || strncasecmp(lang, name, strlen(name)) != 0) return false;
    return len == strlen(name) || strchr("_-.@", lang[strlen(name)]) != NULL;
}

/* One name of |len| bytes; Traditional Chinese is another language. */
static bool choose(const char *lang, size_t len)
{
    static const char *const traditional[] = {"zh_TW", "zh-TW", "zh_HK", "zh-HK", "zh_Hant", "zh-Hant"};
    for (size_t i = 0; i < sizeof traditional / sizeof *traditional; i++)
        if (is_language(lang, len, traditional[i])) return false;
    bool english = is_language(lang, len, "en") || is_language(lang, len, "C") || is_language(lang, len, "POSIX");
    if (!english && !is_language(lang, len, "zh")) return false;
    catalogue = english ? NULL : words_zh_CN;
    return true;
}

/* LANGUAGE is a list; it counts only when the locale is not C. */
static bool choose_by_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *locale = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !locale; i++) {
        locale = getenv(names[i]);
        if (locale && !*locale) locale = NULL;
    }
    if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0) locale = NULL;
    const char *list = locale ? getenv("LANGUAGE") : NULL;
    for (; list && *list; list += strcspn(list, ":"), list += *list == ':')
        if (choose(list, strcspn(list, ":"))) return true;
    if (!locale || !choose(locale, strlen(locale))) catalogue = NULL;
    return true;
}

bool words_choose(const char *lang) { return lang ? choose(lang, strlen(lang)) : choose_by_environment(); }
