/* How it holds together: a timer's level is the highest group of six bits in which its deadline differs from the wheel's time,
 * its slot the value of that group. So every deadline in a lower level is before every one in a higher level, slots of a level
 * are in order, and timers of one deadline always share a slot. A slot's list has the newest first; moving a list down keeps
 * that. */
#include "wheel.h"

#define GROUP_BITS 6
#define SCAN_MAX   16
#define RUNS_MAX   48 /* lists of up to 2^48 timers */

_Static_assert(WHEEL_LEVELS *GROUP_BITS >= 64, "every deadline has a level");

void wheel_init(struct wheel *w, tern_ns now)
{
    *w = (struct wheel){.now = now};
    w->due_tail = &w->due;
}

/* |at| and |now| differ. */
static unsigned level_of(tern_ns at, tern_ns now) { return (63U - (unsigned)__builtin_clzll(at ^ now)) / GROUP_BITS; }

static unsigned group_of(tern_ns t, unsigned level) { return (unsigned)(t >> (level * GROUP_BITS)) & 63U; }

static void slot_push(struct wheel *w, struct wheel_node *n)
{
    unsigned k = level_of(n->at, w->now), s = group_of(n->at, k);
    struct wheel_node **head = &w->slot[k][s];
    n->next = *head;
    n->prev = head;
    if (n->next) n->next->prev = &n->next;
    *head = n;
    w->used[k] |= UINT64_C(1) << s;
}

/* |list| is in the order of wheel_expired, and none of it is before what is due already. */
static void due_append(struct wheel *w, struct wheel_node *list)
{
    *w->due_tail = list;
    for (; list; list = list->next) {
        list->prev = w->due_tail;
        w->due_tail = &list->next;
    }
}

void wheel_arm(struct wheel *w, struct wheel_node *n, tern_ns at)
{
    wheel_stop(w, n);
    if (at == TERN_NEVER) return;
    w->armed_n++;
    if (at > w->now) {
        n->at = at;
        slot_push(w, n);
    } else {
        n->at = w->now;
        n->next = NULL;
        due_append(w, n);
    }
}

void wheel_stop(struct wheel *w, struct wheel_node *n)
{
    if (!wheel_armed(n)) return;
    *n->prev = n->next;
    if (n->next) n->next->prev = n->prev;
    if (n->at <= w->now) {
        if (!n->next) w->due_tail = n->prev;
    } else {
        unsigned k = level_of(n->at, w->now), s = group_of(n->at, k);
        if (!w->slot[k][s]) w->used[k] &= ~(UINT64_C(1) << s);
    }
    n->next = NULL;
    n->prev = NULL;
    w->armed_n--;
}

static unsigned first_slot(uint64_t used) { return (unsigned)__builtin_ctzll(used); }

/* The earliest deadline of a short list; of a long one, or where that is later, |start|: the first instant of its slot. */
static tern_ns earliest(const struct wheel_node *list, tern_ns start)
{
    tern_ns min = TERN_NEVER;
    for (unsigned i = 0; list; list = list->next, i++) {
        if (i == SCAN_MAX) return start;
        if (list->at < min) min = list->at;
    }
    return min;
}

tern_ns wheel_next(const struct wheel *w)
{
    if (w->due) return w->due->at;
    for (unsigned k = 0; k < WHEEL_LEVELS; k++) {
        if (!w->used[k]) continue;
        unsigned s = first_slot(w->used[k]), shift = k * GROUP_BITS;
        tern_ns start = (((w->now >> shift) & ~UINT64_C(63)) | s) << shift;
        return earliest(w->slot[k][s], start);
    }
    return TERN_NEVER;
}

/* Takes a slot's timers, first armed first. */
static struct wheel_node *slot_take(struct wheel *w, unsigned k, unsigned s)
{
    struct wheel_node *list = NULL, *n = w->slot[k][s];
    w->slot[k][s] = NULL;
    w->used[k] &= ~(UINT64_C(1) << s);
    while (n) {
        struct wheel_node *next = n->next;
        n->next = list;
        list = n;
        n = next;
    }
    return list;
}

/* Of equal deadlines, those of |a| come first. */
static struct wheel_node *merge(struct wheel_node *a, struct wheel_node *b)
{
    struct wheel_node *list = NULL, **tail = &list;
    while (a && b) {
        struct wheel_node **from = b->at < a->at ? &b : &a;
        *tail = *from;
        tail = &(*from)->next;
        *from = *tail;
    }
    *tail = a ? a : b;
    return list;
}

/* A stable merge sort by deadline; run[i] is a sorted list of 2^i timers, older than those of run[i - 1]. */
static struct wheel_node *sorted(struct wheel_node *list)
{
    if (!list || !list->next) return list;
    struct wheel_node *run[RUNS_MAX] = {NULL};
    while (list) {
        struct wheel_node *n = list;
        list = n->next;
        n->next = NULL;
        unsigned i = 0;
        for (; run[i]; i++) {
            n = merge(run[i], n);
            run[i] = NULL;
        }
        run[i] = n;
    }
    for (unsigned i = 0; i < RUNS_MAX; i++) list = merge(run[i], list);
    return list;
}

/* A slot whose time has begun: what is due is due, the rest moves to lower levels. |list| has the first armed first. */
static void cascade(struct wheel *w, struct wheel_node *list)
{
    struct wheel_node *due = NULL, **tail = &due;
    while (list) {
        struct wheel_node *n = list;
        list = n->next;
        if (n->at > w->now) {
            slot_push(w, n);
            continue;
        }
        *tail = n;
        tail = &n->next;
    }
    *tail = NULL;
    due_append(w, sorted(due));
}

void wheel_advance(struct wheel *w, tern_ns now)
{
    if (now <= w->now) return;
    unsigned top = level_of(now, w->now), g = group_of(now, top);
    w->now = now;
    for (unsigned k = 0; k <= top; k++) {
        /* Below |top|, where the times differ first, all slots are past; in it, those before the new time's. */
        uint64_t past = k < top ? UINT64_MAX : (UINT64_C(1) << g) - 1;
        while (w->used[k] & past) due_append(w, sorted(slot_take(w, k, first_slot(w->used[k]))));
    }
    if (w->used[top] >> g & 1) cascade(w, slot_take(w, top, g));
}

struct wheel_node *wheel_expired(struct wheel *w)
{
    struct wheel_node *n = w->due;
    if (n) wheel_stop(w, n);
    return n;
}
