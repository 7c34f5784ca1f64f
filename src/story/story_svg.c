/* The ladder as a picture. Time runs down, but by rank: each moment (a departure, an arrival, something at one end) has a place
 * of its own, far enough below the one before that their words do not meet. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "story_plain.h"
#include "story_show.h"
#include "tcp.h"
#include "utf8.h"
#include "words.h"

enum {
    WIDTH = 960,
    LINE_A = 210, /* the lifelines */
    LINE_B = WIDTH - 210,
    TOP = 84,
    LINE_HEIGHT = 15,
    CHAR_HALF = 4, /* half a column of the small font, generously */
    LABEL_COLUMNS = (LINE_B - LINE_A - 40) / (2 * CHAR_HALF),
    LINES_MAX = 6,
};

struct moment {
    tern_ns at;
    const struct story_row *row;
    size_t index;
    bool arrival;
    int y; /* where the arrow or the change is */
};

struct words_of {
    char line[LINES_MAX][160];
    bool rule[LINES_MAX]; /* a rule, in the fainter colour */
    int n;
};

struct picture {
    FILE *out;
    const struct story *s;
    const struct story_style *style;
    struct moment *moment;
    size_t moment_n;
    struct words_of *words;  /* of each row */
    int *leave_y, *arrive_y; /* of each row */
    int height;
};

static void escape(FILE *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '&')
            fputs("&amp;", out);
        else if (text[i] == '<')
            fputs("&lt;", out);
        else if (text[i] == '>')
            fputs("&gt;", out);
        else
            fputc(text[i] == '\t' ? ' ' : text[i], out);
    }
}

/* ---- words ---- */

static void add_lines(struct words_of *w, const char *text, bool rule)
{
    while (*text && w->n < LINES_MAX) {
        size_t n = utf8_line(text, LABEL_COLUMNS);
        snprintf(w->line[w->n], sizeof w->line[w->n], "%.*s", (int)n, text);
        w->rule[w->n++] = rule;
        text += n;
        text += strspn(text, " \n");
    }
}

static void add_rule(struct words_of *w, const struct tern_rule_info *info)
{
    char buf[400];
    if (!info->doc[0]) return;
    snprintf(buf, sizeof buf, "%s %s: %s", info->doc, info->section, words(info->text));
    add_lines(w, buf, true);
}

static void describe(struct picture *p, size_t i, const struct story_seen *seen)
{
    const struct story_row *row = &p->s->row[i];
    struct words_of *w = &p->words[i];
    char buf[400];
    struct text t = text_for(words, buf, sizeof buf);
    if (row->kind == STORY_MARK) {
        add_lines(w, row->text ? row->text : "", false);
        return;
    }
    if (row->kind == STORY_SEGMENT) {
        story_label(&t, row, seen, (enum number_style)p->style->numbers);
        add_lines(w, buf, false);
        if (p->style->detail != TERN_LADDER_BRIEF)
            add_rule(w, row->fate == STORY_REFUSED && row->drop ? tern_drop_info((enum tern_drop)row->drop)
                                                                : tern_rule_info((enum tern_rule)row->rule));
        return;
    }
    const struct tern_event *ev = story_main_event(row);
    if (ev) text_event(&t, ev, "\u2192");
    add_lines(w, buf, false);
}

/* ---- places ---- */

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->arrival != y->arrival && x->row != y->row) return x->arrival ? -1 : 1; /* what arrives is the reason for what leaves */
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool is_shown(const struct picture *p, const struct story_row *row)
{
    return p->style->conn == 0 || row->conn == p->style->conn - 1;
}

static void collect(struct picture *p)
{
    for (size_t i = 0; i < p->s->row_n; i++) {
        const struct story_row *row = &p->s->row[i];
        if (!is_shown(p, row)) continue;
        p->moment[p->moment_n++] = (struct moment){.at = row->at, .row = row, .index = i};
        if (row->kind == STORY_SEGMENT && row->arrived != TERN_NEVER)
            p->moment[p->moment_n++] = (struct moment){.at = row->arrived, .row = row, .index = i, .arrival = true};
    }
    if (p->moment_n > 1) qsort(p->moment, p->moment_n, sizeof *p->moment, by_time);
}

/* Words stand above the place where an arrow leaves. */
static void place(struct picture *p)
{
    int y = TOP;
    for (size_t i = 0; i < p->moment_n; i++) {
        struct moment *m = &p->moment[i];
        y += m->arrival ? LINE_HEIGHT + 5 : p->words[m->index].n * LINE_HEIGHT + 12;
        m->y = y;
        *(m->arrival ? &p->arrive_y[m->index] : &p->leave_y[m->index]) = y;
    }
    p->height = y + 50;
}

/* ---- drawing ---- */

struct colours {
    const char *back, *ink, *faint, *halo, *lost, *forged, *a, *b;
};

static const struct colours light = {"#ffffff", "#1a1a1a", "#555555", "#ffffff", "#b00020", "#b00020", "#005a9c", "#8a4b00"};
static const struct colours dark = {"#16181d", "#e8e8e8", "#a8adb5", "#16181d", "#ff7b72", "#ff7b72", "#79c0ff", "#ffb86b"};

static const struct colours *colours_of(const struct picture *p) { return p->style->dark ? &dark : &light; }

static int line_of(enum story_side side) { return side == STORY_A ? LINE_A : LINE_B; }

static void put_text(struct picture *p, int x, int y, const char *anchor, const char *fill, const char *class, const char *text)
{
    fprintf(p->out, "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\">", class, x, y, anchor, fill);
    escape(p->out, text, strlen(text));
    fputs("</text>\n", p->out);
}

static void open_svg(struct picture *p)
{
    const struct colours *c = colours_of(p);
    const char *title = p->s->title ? p->s->title : _("a TCP connection");
    fprintf(p->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
            "font-family=\"'DejaVu Sans', 'Noto Sans CJK SC', sans-serif\" font-size=\"12\">\n<title>",
            WIDTH, p->height, WIDTH, p->height);
    escape(p->out, title, strlen(title));
    fprintf(p->out, "</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"%s\"/>\n", c->back);
    fprintf(p->out,
            "<style>.l{paint-order:stroke;stroke:%s;stroke-width:4px}.r{font-size:11px;paint-order:stroke;stroke:%s;"
            "stroke-width:4px}.h{font-size:15px;font-weight:bold}.s{font-weight:bold;font-size:11px}.t{font-size:10px}</style>\n",
            c->halo, c->halo);
    put_text(p, WIDTH / 2, 24, "middle", c->ink, "h", title);
}

static void draw_ends(struct picture *p)
{
    const struct colours *c = colours_of(p);
    for (unsigned side = 0; side < STORY_SIDE_N; side++) {
        char buf[200];
        struct text t = text_for(words, buf, sizeof buf);
        uint32_t conn = p->style->conn ? p->style->conn - 1 : 0;
        if (conn < p->s->conn_n) story_end_name(&t, p->s, conn, (enum story_side)side);
        put_text(p, line_of((enum story_side)side), 50, "middle", side ? c->b : c->a, "s", buf);
        fprintf(p->out, "<line x1=\"%d\" y1=\"60\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2\"/>\n",
                line_of((enum story_side)side), line_of((enum story_side)side), p->height - 20, c->faint);
    }
}

/* The state's name where it begins, outside of the lifeline. */
static void draw_states(struct picture *p, enum story_side side)
{
    const struct colours *c = colours_of(p);
    int last = -1;
    for (size_t i = 0; i < p->moment_n; i++) {
        const struct moment *m = &p->moment[i];
        bool mine = m->arrival ? m->row->side != side : m->row->side == side;
        if (!mine || m->row->kind == STORY_MARK || m->row->tcb[side].state == last) continue;
        last = m->row->tcb[side].state;
        int x = side == STORY_A ? LINE_A - 10 : LINE_B + 10;
        put_text(p, x, m->y + 4, side == STORY_A ? "end" : "start", side ? c->b : c->a, "s",
                 tern_state_name((enum tern_state)last));
        fprintf(p->out, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/>\n", line_of(side), m->y, side ? c->b : c->a);
    }
}

static void draw_time(struct picture *p, const struct moment *m)
{
    char buf[40];
    struct text t = text_in(buf, sizeof buf);
    story_time(&t, p->s, m->at);

    enum story_side side = m->arrival ? story_other((enum story_side)m->row->side) : (enum story_side)m->row->side;
    put_text(p, side == STORY_A ? 8 : WIDTH - 8, m->y + 4, side == STORY_A ? "start" : "end", colours_of(p)->faint, "t", buf);
}

static void draw_words(struct picture *p, size_t i)
{
    const struct colours *c = colours_of(p);
    const struct story_row *row = &p->s->row[i];
    const struct words_of *w = &p->words[i];
    bool mark = row->kind == STORY_MARK;
    int x = mark ? WIDTH / 2 : row->side == STORY_A ? LINE_A + 14 : LINE_B - 14;
    const char *anchor = mark ? "middle" : row->side == STORY_A ? "start" : "end";
    for (int k = 0; k < w->n; k++) {
        int y = p->leave_y[i] - (w->n - 1 - k) * LINE_HEIGHT - 5;
        put_text(p, x, y, anchor, w->rule[k] ? c->faint : row->forged ? c->forged : c->ink, w->rule[k] ? "r" : "l", w->line[k]);
    }
}

static void draw_arrow(struct picture *p, size_t i)
{
    const struct colours *c = colours_of(p);
    const struct story_row *row = &p->s->row[i];
    bool out = row->side == STORY_A, lost = row->arrived == TERN_NEVER;
    int x1 = out ? LINE_A + 5 : LINE_B - 5, x2 = out ? LINE_B - 6 : LINE_A + 6, y1 = p->leave_y[i], y2 = p->arrive_y[i];
    if (lost) x2 = (x1 + x2) / 2, y2 = y1 + 8;
    bool bad = lost || row->forged || row->fate == STORY_REFUSED;
    const char *colour = bad ? c->lost : out ? c->a : c->b;
    fprintf(p->out, "<line data-row=\"%zu\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"1.6\"%s/>\n", i,
            x1, y1, x2, y2, colour, row->forged ? " stroke-dasharray=\"6 4\"" : "");
    if (lost || row->fate == STORY_REFUSED) {
        fprintf(p->out, "<path d=\"M%d %dl12 12m0 -12l-12 12\" stroke=\"%s\" stroke-width=\"2.4\" fill=\"none\"/>\n", x2 - 6,
                y2 - 6, colour);
        return;
    }
    int back = out ? -10 : 10;
    fprintf(p->out, "<path d=\"M%d %dl%d -5v10z\" fill=\"%s\"/>\n", x2, y2, back, colour);
}

static void draw(struct picture *p)
{
    open_svg(p);
    draw_ends(p);
    for (size_t i = 0; i < p->moment_n; i++)
        if (!p->moment[i].arrival && p->moment[i].row->kind == STORY_SEGMENT) draw_arrow(p, p->moment[i].index);
    for (size_t i = 0; i < p->moment_n; i++) {
        if (!p->moment[i].arrival) draw_words(p, p->moment[i].index);
        if (p->moment[i].row->kind != STORY_MARK) draw_time(p, &p->moment[i]);
    }
    draw_states(p, STORY_A);
    draw_states(p, STORY_B);
    fputs("</svg>\n", p->out);
}

int story_svg(const struct tern_out *out, const struct story_style *style, const struct story *s)
{
    char *text = NULL;
    size_t len = 0, n = s->row_n + 1;
    struct picture p = {.s = s, .style = style, .out = open_memstream(&text, &len)};
    struct story_seen *seen = calloc(s->conn_n + 1, sizeof *seen);
    p.moment = calloc(2 * n, sizeof *p.moment);
    p.words = calloc(n, sizeof *p.words);
    p.leave_y = calloc(n, sizeof *p.leave_y);
    p.arrive_y = calloc(n, sizeof *p.arrive_y);
    int err = p.out && seen && p.moment && p.words && p.leave_y && p.arrive_y ? 0 : TERN_ERR_NOMEM;
    for (uint32_t c = 0; !err && c < s->conn_n; c++) story_seen_begin(&seen[c], s, c);
    for (size_t i = 0; !err && i < s->row_n; i++) {
        struct story_seen *of = &seen[s->row[i].conn < s->conn_n ? s->row[i].conn : s->conn_n];
        describe(&p, i, of);
        story_seen_row(of, s, &s->row[i]);
    }
    if (!err) {
        collect(&p);
        place(&p);
        draw(&p);
    }
    if (p.out && fclose(p.out) != 0) err = TERN_ERR_NOMEM;
    if (!err) err = out->put(out->ctx, text, len) == 0 ? 0 : TERN_ERR_IO;
    free(text);
    free(seen);
    free(p.moment);
    free(p.words);
    free(p.leave_y);
    free(p.arrive_y);
    return err;
}
