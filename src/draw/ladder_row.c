#include "ladder_row.h"

#include <string.h>

#include "draw_text.h"
#include "utf8.h"

enum {
    STATE_COLUMNS = 13, /* "SYN-RECEIVED " */
    LEAD = 2,           /* of an arrow, before its words */
    LOST_GAP = 6,       /* columns at least that a lost segment does not reach */
    PEER_NOTE_LEAST = 40,
    LINE_MAX_LEN = 4096
};

static const char *const paints[PAINT_N] = {
    [PAINT_OUT] = "\033[36m",     [PAINT_IN] = "\033[33m",    [PAINT_BAD] = "\033[1;31m", [PAINT_RULE] = "\033[2m",
    [PAINT_STATE] = "\033[1;32m", [PAINT_TEACH] = "\033[35m", [PAINT_WARN] = "\033[1;33m"};

static uint32_t side_columns(const struct canvas *c) { return c->time_columns + STATE_COLUMNS; }

static uint32_t area_columns(const struct canvas *c) { return c->width - side_columns(c) - STATE_COLUMNS; }

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
    bool tight = c->time_columns < 11;
    text_right(t, time, c->time_columns - (tight ? 1 : 2));
    pad(t, tight ? 1 : 2);
    painted(c, t, PAINT_STATE, local);
    pad(t, n < STATE_COLUMNS ? STATE_COLUMNS - n : 1);
}

static const char *skip_spaces(const char *s) { return s + strspn(s, " "); }

/* The first |n| bytes of |s|; a tab was a space at which no line may end. */
static void take_words(char *out, size_t cap, const char *s, size_t n)
{
    struct text t = text_in(out, cap);
    text_add(&t, "%.*s", (int)n, s);
    for (char *p = out; (p = strchr(p, '\t'));) *p = ' ';
}

enum { LINE, RIGHT, LEFT, CROSS, BROKEN };

/* The shaft: head, lead, words, dashes, tail; returns what of |label| found no place. */
static const char *add_arrow(struct canvas *c, struct text *t, const struct row *r)
{
    static const char *const utf8[] = {"\u2500", "\u25b6", "\u25c0", "\u2573", "\u2504"}, *const ascii[] = {"-", ">", "<", "x",
                                                                                                            "~"};
    const char *const *glyph = c->ascii ? ascii : utf8, *line = glyph[r->forged ? BROKEN : LINE];
    const char *end = r->end != END_ARRIVED ? glyph[CROSS] : glyph[r->out ? RIGHT : LEFT];
    uint32_t area = area_columns(c) - 1;
    size_t n = utf8_line(r->label, area - 2 * LEAD - 2 - (r->end == END_LOST ? LOST_GAP : 0));
    char words[512], shaft[2048];
    take_words(words, sizeof(words), r->label, n);
    uint32_t used = (uint32_t)utf8_columns(words) + LEAD + 2, length = area;
    if (r->end == END_LOST) {
        length = area - area / 4;
        if (length < used + LEAD) length = used + LEAD;
    }
    uint32_t rest = used < length ? length - used : 0;
    struct text s = text_in(shaft, sizeof(shaft));
    if (r->out) {
        repeat(&s, line, LEAD);
        text_add(&s, " %s ", words);
        repeat(&s, line, rest > 0 ? rest - 1 : 0);
        text_add(&s, "%s", end);
        pad(&s, area - length);
    } else {
        pad(&s, area - length);
        text_add(&s, "%s%s %s ", end, line, words);
        repeat(&s, line, rest);
    }
    painted(c, t, r->forged || r->end != END_ARRIVED ? PAINT_BAD : r->out ? PAINT_OUT : PAINT_IN, shaft);
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
    if (*rest) row_note(c, "", "", r->out ? PAINT_OUT : PAINT_IN, rest);
}

void row_note(struct canvas *c, const char *time, const char *local, enum paint paint, const char *s)
{
    for (s = skip_spaces(s); *s;) {
        char line[LINE_MAX_LEN], words[1024];
        struct text t = text_in(line, sizeof(line) - 1);
        size_t n = utf8_line(s, c->width - side_columns(c) - LEAD - 1);
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
    uint32_t area = area_columns(c) - 1, columns = area - area / 4;
    if (columns < PEER_NOTE_LEAST) columns = area < PEER_NOTE_LEAST ? area : PEER_NOTE_LEAST;
    for (s = skip_spaces(s); *s;) {
        char line[LINE_MAX_LEN], words[1024];
        struct text t = text_in(line, sizeof(line) - 1);
        size_t n = utf8_line(s, columns);
        take_words(words, sizeof(words), s, n);
        add_side(c, &t, time, "");
        pad(&t, area - (uint32_t)utf8_columns(words));
        painted(c, &t, paint, words);
        pad(&t, 1);
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
    uint32_t used = (uint32_t)utf8_columns(line);
    if (used < c->width) repeat(&t, dash, c->width - used);
    end_line(c, &t);
}
