/* Which names of a page's text are links, and where they lead. */
#ifndef EXPLAIN_BOOK_LINKS_H
#define EXPLAIN_BOOK_LINKS_H

#include "prose.h"
#include "topic.h"

enum { BOOK_FILE_MAX = 96 };

/* A page of the book: of a lesson or of a topic. */
struct book_page {
    const struct lesson *lesson; /* NULL: a topic */
    struct topic topic;
    const char *name; /* of either */
    char file[BOOK_FILE_MAX];
};

struct book {
    struct book_page *page; /* the lessons, then the topics */
    size_t page_n, lesson_n;
};

/* The page that |name| means: of this very name, or else of the same (topic_same_name()); NULL: none. */
const struct book_page *book_find(const struct book *b, const char *name, size_t len);

/* For one page: in its text each name is a link where it stands first, in code wherever it stands; never to the page itself. */
struct book_links {
    const struct book *book;
    const struct book_page *self; /* NULL: none */
    bool *seen;                   /* page_n of them */
};
/* |links| is for the prose of that page. False: no memory. */
bool book_links_begin(struct book_links *l, const struct book *b, const struct book_page *self, struct prose_links *links);
void book_links_end(struct book_links *l);

#endif
