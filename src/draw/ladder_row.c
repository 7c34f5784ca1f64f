#include "ladder_row.h"

#include <string.h>

#include "draw_text.h"

enum {
    TIME_COLUMNS = 11,  /* "99999.999  " */
    STATE_COLUMNS = 13, /* "SYN-RECEIVED " */
    SIDE_COLUMNS = TIME_COLUMNS + STATE_COLUMNS,
    LEAD = 2, /* of an arrow, before its words */
    LINE_MAX_LEN = 4096
};

static const char *const paints[PAINT_N] = {[PAINT_OUT] = "\033[36m", [PAINT_IN] = "\033[33m",      [PAINT_BAD] = "\033[1;31m",
                                            [PAINT_RULE] = "\033[2m", [PAINT_STATE] = "\033[1;32m", [PAINT_TEACH] = "\033[35m"};

static uint32_t area_columns(const struct canvas *c) { return c->width - SIDE_COLUMNS - STATE_COLUMNS; }

const char *canvas_arrow(const struct canvas *c) { return c->ascii ? "->" : "\u2192"; }

static void end_line(struct canvas *c, struct text *t)
{
    while (t->len > 0 && t->b[t->len - 1] == ' ') t->len--;
    t->b[t->len++] = '\n';
    if (!c->err) c->err = out_text(&c->out, t->b, t->len);
}

static void painted(const struct canvas *c, struct text *t, enum paint paint, const char *s)
{
    bool on = c->colour && paints[paint] && *s;
    text_add(t, "%s%s%s", on ? paints[paint] : "", s, on ? "\033[0m" : "");
}

static void pad(struct text *t, uint32_t n) { text_add(t, "%*s", (int)n, ""); }

static void repeat(struct text *t, const char *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) text_add(t, "%s", s);
}

/* Time and local state. */
static void add_side(const struct canvas *c, struct text *t, const char *time, const char *local)
{
    uint32_t n = (uint32_t)strlen(local);
    text_add(t, "%*s  ", TIME_COLUMNS - 2, time);
    painted(c, t, PAINT_STATE, local);
    pad(t, n < STATE_COLUMNS ? STATE_COLUMNS - n : 1);
}

/* How many bytes of |s| stand in one line of |columns|: whole words, or a piece of a word that is longer than a line. */
static size_t fitting(const char *s, uint32_t columns)
{
    size_t best = 0, i = 0;
    for (uint32_t column = 0; s[i]; column++) {
        if (s[i] == ' ') best = i;
        if (column == columns) return best > 0 ? best : i;
        do i++;
        while (((unsigned char)s[i] & 0xc0) == 0x80);
    }
    return i;
}

static const char *skip_spaces(const char *s) { return s + strspn(s, " "); }

/* The first |n| bytes of |s|; a tab was a space at which no line may end. */
static void take_words(char *out, size_t cap, const char *s, size_t n)
{
    struct text t = text_in(out, cap);
    text_add(&t, "%.*s", (int)n, s);
    for (char *p = out; (p = strchr(p, '\t'));) *p = ' ';
}

/* The shaft: head, lead, words, dashes, tail; returns what of |label| found no place. */
static const char *add_arrow(struct canvas *c, struct text *t, const struct row *r)
{
    static const char *const utf8[] = {"\u2500", "\u25b6", "\u25c0", "\u2573"}, *const ascii[] = {"-", ">", "<", "x"};
    const char *const *glyph = c->ascii ? ascii : utf8;
    uint32_t area = area_columns(c) - 1;
    size_t n = fitting(r->label, area - 2 * LEAD - 2);
    char words[512], shaft[2048];
    struct text s = text_in(shaft, sizeof(shaft));
    take_words(words, sizeof(words), r->label, n);
    bool out = r->direction == ARROW_OUT;
    if (out)
        repeat(&s, glyph[0], LEAD);
    else
        text_add(&s, "%s%s", r->direction == ARROW_IN ? glyph[2] : glyph[3], glyph[0]);
    text_add(&s, " %s ", words);
    uint32_t used = (uint32_t)text_columns(shaft);
    if (used < area) repeat(&s, glyph[0], area - used - (out ? 1 : 0));
    if (out) text_add(&s, "%s", glyph[1]);
    painted(c, t, out ? PAINT_OUT : r->direction == ARROW_IN ? PAINT_IN : PAINT_BAD, shaft);
    return skip_spaces(r->label + n);
}

void row_arrow(struct canvas *c, const struct row *r)
{
    char line[LINE_MAX_LEN];
    struct text t = text_in(line, sizeof(line) - 1);
    add_side(c, &t, r->time, r->local);
    const char *rest = add_arrow(c, &t, r);
    text_add(&t, " ");
    painted(c, &t, PAINT_STATE, r->peer);
    end_line(c, &t);
    if (*rest) row_note(c, "", "", r->direction == ARROW_OUT ? PAINT_OUT : PAINT_IN, rest);
}

void row_note(struct canvas *c, const char *time, const char *local, enum paint paint, const char *s)
{
    for (s = skip_spaces(s); *s;) {
        char line[LINE_MAX_LEN], words[1024];
        struct text t = text_in(line, sizeof(line) - 1);
        size_t n = fitting(s, c->width - SIDE_COLUMNS - LEAD - 1);
        take_words(words, sizeof(words), s, n);
        add_side(c, &t, time, local);
        pad(&t, LEAD + 1);
        painted(c, &t, paint, words);
        end_line(c, &t);
        time = local = "";
        s = skip_spaces(s + n);
    }
}

void row_peer_note(struct canvas *c, const char *time, const char *peer, enum paint paint, const char *s)
{
    uint32_t columns = area_columns(c) / 2 + area_columns(c) / 4;
    for (s = skip_spaces(s); *s;) {
        char line[LINE_MAX_LEN], words[1024];
        struct text t = text_in(line, sizeof(line) - 1);
        size_t n = fitting(s, columns);
        take_words(words, sizeof(words), s, n);
        add_side(c, &t, time, "");
        pad(&t, area_columns(c) - 1 - columns);
        painted(c, &t, paint, words);
        pad(&t, columns + 1 - (uint32_t)text_columns(words));
        painted(c, &t, PAINT_STATE, peer);
        end_line(c, &t);
        time = peer = "";
        s = skip_spaces(s + n);
    }
}

void row_title(struct canvas *c, const char *s)
{
    char line[LINE_MAX_LEN];
    struct text t = text_in(line, sizeof(line) - 1);
    const char *dash = c->ascii ? "-" : "\u2500";
    repeat(&t, dash, 2);
    text_add(&t, " %s ", s);
    uint32_t used = (uint32_t)text_columns(line);
    if (used < c->width) repeat(&t, dash, c->width - used);
    end_line(c, &t);
}
