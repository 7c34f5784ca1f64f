/* How many columns of a terminal a text takes. A table of our own, since wcwidth() wants a locale, and libtern one dependency
 * less. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The character at |*s|, which moves behind it; U+FFFD for a byte that begins none. 0 at the end. */
uint32_t utf8_next(const char **s);

/* A byte that begins no character becomes '?'. */
void utf8_repair(char *s);

/* Of a character: 0 for combining marks and zero-width ones, 2 for East Asian wide and fullwidth ones (Unicode Annex 11), else 1.
 */
unsigned utf8_width(uint32_t c);

/* Of the whole text; of its first |len| bytes. */
size_t utf8_columns(const char *s);
size_t utf8_columns_n(const char *s, size_t len);

/* The number of bytes of |s|, whole characters, that take at most |columns|. */
size_t utf8_fit(const char *s, size_t columns);

/* How many bytes of |s| stand in a line of |columns|: up to a space, or between two characters of which one is wide, but not
 * before a closing mark, behind an opening one or at a tab, which is a space that binds; a word that is longer than a line is
 * cut. Not more than up to a newline. */
size_t utf8_line(const char *s, size_t columns);

#endif
