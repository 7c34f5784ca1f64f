#include "ranges.h"

#include <string.h>

#include "seq.h"

#define SPREAD (UINT32_C(1) << 29)

static bool before(uint32_t a, uint32_t b) { return seq_lt(seq(a), seq(b)); }

static void remove_at(struct ranges *s, uint32_t i, uint32_t n)
{
    memmove(&s->r[i], &s->r[i + n], (s->n - i - n) * sizeof s->r[0]);
    s->n -= n;
}

static void insert_at(struct ranges *s, uint32_t i, struct range r)
{
    if (s->n == RANGES_MAX) {
        if (i == 0) return; /* it would be the lowest itself */
        remove_at(s, 0, 1);
        i--;
    }
    memmove(&s->r[i + 1], &s->r[i], (s->n - i) * sizeof s->r[0]);
    s->r[i] = r;
    s->n++;
}

/* "Before" is an order only among numbers that are near each other. */
static void forget_far(struct ranges *s, uint32_t from)
{
    for (uint32_t i = s->n; i-- > 0;)
        if (s->r[i].from - from + SPREAD > 2 * SPREAD || s->r[i].to - from + SPREAD > 2 * SPREAD) remove_at(s, i, 1);
}

void ranges_add(struct ranges *s, uint32_t from, uint32_t to)
{
    if (!before(from, to) || to - from > SPREAD) return;
    forget_far(s, from);
    uint32_t i = 0, n = 0;
    while (i < s->n && before(s->r[i].to, from)) i++;
    for (; i + n < s->n && !before(to, s->r[i + n].from); n++) {
        if (before(s->r[i + n].from, from)) from = s->r[i + n].from;
        if (before(to, s->r[i + n].to)) to = s->r[i + n].to;
    }
    remove_at(s, i, n);
    insert_at(s, i, (struct range){from, to});
}

void ranges_cut(struct ranges *s, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < s->n;) {
        struct range *r = &s->r[i];
        if (!before(r->from, to)) return;
        if (!before(from, r->to)) {
            i++;
            continue;
        }
        struct range behind = {to, r->to};
        if (!before(r->from, from))
            remove_at(s, i, 1);
        else
            r->to = from, i++;
        if (before(behind.from, behind.to)) {
            insert_at(s, i, behind);
            return;
        }
    }
}

void ranges_cut_below(struct ranges *s, uint32_t to)
{
    for (uint32_t i = s->n; i-- > 0;) {
        if (!before(to, s->r[i].to))
            remove_at(s, i, 1);
        else if (before(s->r[i].from, to))
            s->r[i].from = to;
    }
}

bool ranges_meet(const struct ranges *s, uint32_t from, uint32_t to, struct range *out)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct range r = s->r[i];
        if (before(r.from, from)) r.from = from;
        if (before(to, r.to)) r.to = to;
        if (!before(r.from, r.to)) continue;
        *out = r;
        return true;
    }
    return false;
}

bool ranges_cover(const struct ranges *s, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (!before(from, s->r[i].from) && !before(s->r[i].to, to)) return true;
    return false;
}
