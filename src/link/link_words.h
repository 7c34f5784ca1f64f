/* The reader's language in what links complain of; xgettext finds the texts as -kN_, -kin_words:2 and, of a TUN's, -kfail:2. */
#ifndef LINK_LINK_WORDS_H
#define LINK_LINK_WORDS_H

#include <tern/types.h>

#define N_(msgid) msgid /* marked here, looked up where it is printed */

static inline const char *in_words(tern_translate translate, const char *msgid) __attribute__((format_arg(2)));
static inline const char *in_words(tern_translate translate, const char *msgid) { return translate ? translate(msgid) : msgid; }

#endif
