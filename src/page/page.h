/* The page: stories as one self-contained HTML file that its reader can step, search and print. It asks nothing of any network.
 *
 * The template (page.html), the style and the scripts are compiled in; what the scripts say is translated by the catalogue, and
 * the page carries every language. */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include <tern/draw.h>

typedef struct json_t json_t;

struct page_config {
    json_t *const *story; /* as story_json() makes them (doc/story.md); not changed */
    size_t story_n;       /* 0: an empty page, for rows that come later */
    const char *diagram;  /* the state diagram, SVG, each state a group of the id "state_SYN_SENT"; NULL: none */
    const char *live;     /* where the page's own server sends later rows (server-sent events): "/events"; NULL: nowhere */
    uint64_t limit;       /* rows were cut behind this number; 0: they were not */
};

/* 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
int page_write(const struct tern_out *out, const struct page_config *config);

#endif
