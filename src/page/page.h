/* The page: stories as one self-contained HTML file that its reader can step, search and print. It asks nothing of any network.
 *
 * The template (page.html), the style and the scripts are compiled in; what the scripts say is translated by the catalogue, and
 * the page carries every language. */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include <tern/draw.h>

typedef struct json_t json_t;

struct page_config {
    json_t *stories;     /* a list of what story_json() makes (doc/story.md), told in English; not changed. NULL: none yet */
    json_t *chinese;     /* the same told in Chinese; NULL: their texts are not translated */
    const char *diagram; /* the state diagram, SVG, each state a group of the id "state_SYN_SENT"; NULL: none */
    const char *chinese_diagram;
    const char *live; /* where the page's own server sends later rows (server-sent events): "/events"; NULL: nowhere */
    uint64_t limit;   /* rows were cut behind this number; 0: they were not */
};

/* 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
int page_write(const struct tern_out *out, const struct page_config *config);

/* Adds to |messages| (text to translation) each text of |english| that |chinese|, the same told in Chinese, has in other words:
 * what a page needs besides |english|. */
void page_translate(json_t *messages, json_t *english, json_t *chinese);

#endif
