/* The book: all lessons and topics as a small static web site, for reading without a network and without scripts. */
#ifndef EXPLAIN_BOOK_H
#define EXPLAIN_BOOK_H

#include <tern/draw.h>

struct book;

/* In the language chosen. NULL: no memory. */
struct book *book_new(void);
void book_free(struct book *b);

/* The files, "index.html" first; what they name is among them, in the same directory. */
size_t book_file_n(const struct book *b);
const char *book_file(const struct book *b, size_t i);

/* Writes file |i|; a lesson is run for it. |right|: it ended as it says it should (lesson_right()); true for all others. 0,
 * TERN_ERR_IO, TERN_ERR_NOMEM. */
int book_write(const struct book *b, size_t i, const struct tern_out *out, bool *right);

#endif
