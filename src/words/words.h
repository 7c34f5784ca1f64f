/* The reader's language: English, or Simplified Chinese.
 *
 * Messages are gettext's: the English text is the msgid, the files of po/zh_CN hold the translations, a fragment for each part of
 * the program, and its tools check them (tests/house/words.sh). The catalogue is compiled in and looked up here, because the C
 * library reads one only when the machine has the locale, and tern must speak Chinese without. */
#ifndef WORDS_WORDS_H
#define WORDS_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* Chooses the language: "en", "zh_CN" (also zh, zh-CN, zh_CN.UTF-8, zh_Hans), in any case of letters. NULL: by the environment,
 * as gettext does (LANGUAGE, LC_ALL, LC_MESSAGES, LANG; C and POSIX are English). False: there is no such language, and nothing
 * changes. To be called before threads are started. */
bool words_choose(const char *lang);

/* "en" or "zh_CN". */
const char *words_language(void);

/* The text in the chosen language; |msgid| itself when there is no translation. Static, never NULL. */
const char *words(const char *msgid) __attribute__((format_arg(1)));
/* The same for |n| things. */
const char *words_n(const char *one, const char *many, uint64_t n) __attribute__((format_arg(1), format_arg(2)));

#define _(msgid)  words(msgid)
#define N_(msgid) msgid /* marked here, looked up where it is printed */

#endif
