#include "book_links.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool named(const struct book_page *page, const char *name, size_t len)
{
    return strlen(page->name) == len && memcmp(page->name, name, len) == 0;
}

static const struct book_page *find_exact(const struct book *b, const char *name, size_t len)
{
    for (size_t i = 0; i < b->page_n; i++)
        if (named(&b->page[i], name, len)) return &b->page[i];
    return NULL;
}

const struct book_page *book_find(const struct book *b, const char *name, size_t len)
{
    const struct book_page *exact = find_exact(b, name, len);
    char word[BOOK_FILE_MAX];
    if (exact || len >= sizeof word) return exact;
    memcpy(word, name, len);
    word[len] = '\0';
    for (size_t i = 0; i < b->page_n; i++)
        if (topic_same_name(word, b->page[i].name)) return &b->page[i];
    return NULL;
}

/* "RFC 9293 3.10.7.4", "RFC 5961": into the RFC itself. */
static size_t rfc_at(const char *text, size_t len, char href[PROSE_HREF_MAX])
{
    static const char digits[] = "0123456789";
    if (len < 5 || memcmp(text, "RFC ", 4) != 0) return 0;
    size_t number = strspn(text + 4, digits), n = 4 + number, section = 0;
    if (number == 0) return 0;
    if (text[n] == ' ' && text[n + 1] != '.') section = strspn(text + n + 1, "0123456789.");
    while (section > 0 && text[n + section] == '.') section--; /* the end of a sentence */
    snprintf(href, PROSE_HREF_MAX, "https://www.rfc-editor.org/rfc/rfc%.*s%s%.*s", (int)number, text + 4,
             section ? "#section-" : "", (int)section, text + n + 1);
    return section ? n + 1 + section : n;
}

static size_t word_at(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && (isalnum((unsigned char)text[n]) || strchr("-_./", text[n]))) n++;
    while (n > 0 && (text[n - 1] == '.' || text[n - 1] == '/')) n--;
    return n;
}

/* In plain text a name must look like one: "window" may be any window, "TIME-WAIT" is the state. */
static bool looks_like_name(const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (isupper((unsigned char)word[i]) || word[i] == '_') return true;
    return false;
}

static size_t link_at(void *ctx, const char *text, size_t len, bool code, char href[PROSE_HREF_MAX])
{
    struct book_links *l = ctx;
    size_t n = rfc_at(text, len, href);
    if (n > 0) return n;
    n = word_at(text, len);
    if (n == 0 || (!code && !looks_like_name(text, n))) return 0;
    const struct book_page *page = find_exact(l->book, text, n);
    if (!page || page == l->self || (l->self && named(l->self, text, n))) return 0;
    bool *seen = &l->seen[page - l->book->page];
    if (*seen && !code) return 0;
    *seen = true;
    snprintf(href, PROSE_HREF_MAX, "%s", page->file);
    return n;
}

bool book_links_begin(struct book_links *l, const struct book *b, const struct book_page *self, struct prose_links *links)
{
    *l = (struct book_links){.book = b, .self = self, .seen = calloc(b->page_n + 1, sizeof *l->seen)};
    *links = (struct prose_links){.at = link_at, .ctx = l};
    return l->seen != NULL;
}

void book_links_end(struct book_links *l) { free(l->seen); }
