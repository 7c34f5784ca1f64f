/* Text with a little form, for a terminal or as HTML: what lessons and topics are written with. */
#ifndef EXPLAIN_PROSE_H
#define EXPLAIN_PROSE_H

#include <tern/draw.h>

enum prose_kind {
    PROSE_TITLE,
    PROSE_HEAD,
    PROSE_PARA,
    PROSE_LINE, /* kept as it is; neighbours stand together, as those of the kinds below do */
    PROSE_WRONG,
    PROSE_GOOD,
    PROSE_BAD,
    PROSE_ITEM,
    PROSE_QUESTION,
    PROSE_KIND_N
};

enum { PROSE_HREF_MAX = 200 };

/* What in the text of an HTML page is a link. */
struct prose_links {
    /* Does a link begin with |text|, at the beginning of a word? How many bytes it has, and in |href| where it leads; 0: none.
     * |code|: the text stands between `backticks`. */
    size_t (*at)(void *ctx, const char *text, size_t len, bool code, char href[PROSE_HREF_MAX]);
    void *ctx;
};

struct prose {
    const struct tern_out *out; /* NULL: nothing is written */
    uint32_t width;             /* of text; 0: 80 */
    bool html, colour, ascii;
    const struct prose_links *links; /* HTML; NULL: none */
    int err;                         /* TERN_ERR_IO, sticky */
    uint8_t before;                  /* the kind written last, PROSE_KIND_N at the start and after prose_raw() */
    bool any;                        /* something was written */
};

/* |text| is UTF-8 and already translated; '\n' ends a line. */
void prose(struct prose *p, enum prose_kind kind, const char *text);
/* The same, printf-like. */
void prose_f(struct prose *p, enum prose_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Ends what is open (a list in HTML); what follows stands by itself. */
void prose_end(struct prose *p);
/* Written as it is, without an end of line. */
void prose_raw(struct prose *p, const char *text);
/* With HTML's own characters masked. */
void prose_escape(struct prose *p, const char *text, size_t len);

#endif
