#include "sendlog.h"

#include "seq.h"

enum { KEPT = 4 }; /* marks of acknowledged segments that stay when room is made: what is sent again may be one of them */

static void move(struct sendlog *l, uint32_t to, uint32_t from)
{
    l->end[to] = l->end[from];
    l->at[to] = l->at[from];
    l->spent[to] = l->spent[from];
}

/* Marks of what is acknowledged go, else every other one. */
static void make_room(struct sendlog *l, uint32_t una)
{
    uint32_t acked = 0, n = 0;
    while (acked < l->n && seq_le(seq(l->end[acked]), seq(una))) acked++;
    if (acked > KEPT) {
        for (uint32_t i = acked - KEPT; i < l->n; i++) move(l, n++, i);
    } else {
        for (uint32_t i = 1; i < l->n; i += 2) move(l, n++, i);
    }
    l->n = n;
}

void sendlog_add(struct sendlog *l, uint32_t end, tern_ns at, uint32_t una)
{
    if (l->n == SENDLOG_MAX) make_room(l, una);
    l->end[l->n] = end;
    l->at[l->n] = at;
    l->spent[l->n] = false;
    l->n++;
}

bool sendlog_time(const struct sendlog *l, uint32_t number, tern_ns *at)
{
    for (uint32_t i = 0; i < l->n; i++) {
        if (!seq_gt(seq(l->end[i]), seq(number))) continue;
        *at = l->at[i];
        return true;
    }
    return false;
}

void sendlog_again(struct sendlog *l, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (seq_gt(seq(l->end[i]), seq(from)) && seq_le(seq(l->end[i]), seq(to))) l->spent[i] = true;
}

bool sendlog_ack(struct sendlog *l, uint32_t ack, tern_ns *at)
{
    for (uint32_t i = l->n; i-- > 0;) {
        if (l->end[i] != ack) continue;
        if (l->spent[i]) return false;
        l->spent[i] = true;
        *at = l->at[i];
        return true;
    }
    return false;
}
