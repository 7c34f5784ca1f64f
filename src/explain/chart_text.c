#include <string.h>

#include "chart.h"
#include "draw_text.h"
#include "quantity.h"
#include "utf8.h"

enum { ROWS = 6, COLUMNS_MAX = 100, COLUMNS_MIN = 20 };

/* How a cell looks that is filled from below: none, and then ever more of it. */
static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const letters[] = {" ", ".", ":", "#"};
struct look {
    const char *const *level;
    size_t levels; /* of a full cell */
    const char *side, *tick, *foot, *corner;
};
static const struct look in_blocks = {blocks, 8, "│", "┤", "─", "┼"}, in_ascii = {letters, 3, "|", "+", "-", "+"};

uint64_t chart_most(const struct chart *c)
{
    uint64_t most = 0;
    for (size_t k = 0; k < CHART_LINES; k++)
        for (size_t i = 0; i < CHART_POINTS; i++)
            if (c->line[k].value[i] != CHART_GAP && c->line[k].value[i] > most) most = c->line[k].value[i];
    return most;
}

/* The largest value of column |i| of |n|; what is short must not vanish. */
static uint64_t column(const struct chart_line *l, size_t i, size_t n)
{
    size_t from = i * CHART_POINTS / n, to = (i + 1) * CHART_POINTS / n;
    uint64_t most = CHART_GAP;
    for (size_t k = from; k < to || k == from; k++)
        if (l->value[k] != CHART_GAP && (most == CHART_GAP || l->value[k] > most)) most = l->value[k];
    return most;
}

/* The value in levels; what is not zero shows. */
static size_t height(uint64_t value, uint64_t most, size_t levels)
{
    if (value == CHART_GAP || value == 0 || most == 0) return 0;
    __extension__ unsigned __int128 scaled = (unsigned __int128)value * levels + most / 2;
    size_t n = (size_t)(scaled / most);
    return n ? n : 1;
}

enum { LINE_BYTES = 3 * COLUMNS_MAX + 4 * QUANTITY_LEN + 200 };

struct drawing {
    struct prose *p;
    const struct chart *c;
    const struct look *look;
    uint64_t most;
    size_t label, columns; /* how wide the labels, and the curves, are */
    struct text t;         /* the line that is being written */
    char line[LINE_BYTES];
};

/* |label| to the right of its room. */
static void begin(struct drawing *d, const char *label)
{
    size_t used = utf8_columns(label);
    d->t = text_in(d->line, sizeof d->line);
    text_add(&d->t, "  %*s%s ", used < d->label ? (int)(d->label - used) : 0, "", label);
}

static void end(struct drawing *d) { prose(d->p, PROSE_LINE, d->line); }

static void cells(struct drawing *d, const struct chart_line *l, size_t row)
{
    const struct look *look = d->look;
    for (size_t i = 0; i < d->columns; i++) {
        size_t full = height(column(l, i, d->columns), d->most, ROWS * look->levels), below = row * look->levels;
        size_t here = full > below ? full - below : 0;
        text_add(&d->t, "%s", look->level[here > look->levels ? look->levels : here]);
    }
}

static void one(struct drawing *d, size_t k)
{
    static const char *const colours[CHART_LINES] = {"\033[34m", "\033[33m"};
    char top[QUANTITY_LEN];
    quantity_short(d->most, d->c->unit, top);
    begin(d, "");
    text_add(&d->t, "%s", d->c->line[k].name);
    end(d);
    for (size_t row = ROWS; row-- > 0;) {
        begin(d, row == ROWS - 1 ? top : "");
        text_add(&d->t, "%s%s", row == ROWS - 1 ? d->look->tick : d->look->side, d->p->colour ? colours[k] : "");
        cells(d, &d->c->line[k], row);
        if (d->p->colour) text_add(&d->t, "\033[0m");
        end(d);
    }
    begin(d, "0");
    text_add(&d->t, "%s", d->look->corner);
    for (size_t i = 0; i < d->columns; i++) text_add(&d->t, "%s", d->look->foot);
    end(d);
}

void chart_text(struct prose *p, const struct chart *c)
{
    struct drawing d = {.p = p, .c = c, .look = p->ascii ? &in_ascii : &in_blocks, .most = chart_most(c)};
    char top[QUANTITY_LEN], from[QUANTITY_LEN] = "0", to[QUANTITY_LEN];
    size_t width = p->width ? p->width : 80;
    quantity_short(d.most, c->unit, top);
    if (c->from) quantity_short(c->from, "ns", from);
    quantity_short(c->to, "ns", to);
    d.label = utf8_columns(top);
    d.columns = width > d.label + 4 + COLUMNS_MIN ? width - d.label - 4 : COLUMNS_MIN;
    if (d.columns > COLUMNS_MAX) d.columns = COLUMNS_MAX;
    prose(p, PROSE_PARA, c->title);
    for (size_t k = 0; k < CHART_LINES; k++) one(&d, k);
    begin(&d, "");
    text_add(&d.t, "%s%*s", from, (int)(d.columns + 1 - strlen(from)), to);
    end(&d);
}
