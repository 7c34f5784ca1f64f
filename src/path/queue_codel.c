/* CoDel's control law: RFC 8289 5. */
#include "queue_kinds.h"

static struct parcel *take(struct queue *q, struct queue_flow *f) { return f ? fq_take(q, f) : queue_next(q); }

static uint64_t root(uint64_t x)
{
    uint64_t r = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1)
        if ((r + bit) * (r + bit) <= x) r += bit;
    return r;
}

/* interval / sqrt(count), the root with 16 binary places. */
static tern_ns control_law(tern_ns t, tern_ns interval, uint32_t count)
{
    return t + (interval << 16) / root((uint64_t)count << 32);
}

/* The next parcel, and whether it may be dropped: the time in the queue has been above the target for an interval (5.6). */
static struct parcel *examine(struct queue *q, struct codel *c, struct queue_flow *f, tern_ns now, bool *ok_to_drop)
{
    struct parcel *p = take(q, f);
    *ok_to_drop = false;
    if (!p || now - p->at < q->cfg.target || (f ? f->bytes : q->bytes) <= q->cfg.mtu) {
        c->first_above_at = 0;
    } else if (c->first_above_at == 0) {
        c->first_above_at = now + q->cfg.interval;
    } else {
        *ok_to_drop = now >= c->first_above_at;
    }
    return p;
}

/* Marked when it can be, else dropped; the parcel that goes then. */
static struct parcel *punish(struct queue *q, struct codel *c, struct queue_flow *f, tern_ns now, struct parcel *p, bool *ok)
{
    if (q->cfg.ecn && queue_mark(q, p)) return p;
    queue_drop(q, p, true);
    return examine(q, c, f, now, ok);
}

static struct parcel *while_dropping(struct queue *q, struct codel *c, struct queue_flow *f, tern_ns now, struct parcel *p,
                                     bool ok)
{
    if (!ok) {
        c->dropping = false;
        return p;
    }
    while (p && c->dropping && now >= c->drop_next) {
        uint64_t marked = q->marked;
        c->count++;
        p = punish(q, c, f, now, p, &ok);
        if (q->marked == marked && !ok)
            c->dropping = false;
        else
            c->drop_next = control_law(c->drop_next, q->cfg.interval, c->count);
        if (q->marked != marked) return p;
    }
    return p;
}

/* A drop rate that was near the right one, not long ago, is where to begin again (5.5). */
static struct parcel *begin_dropping(struct queue *q, struct codel *c, struct queue_flow *f, tern_ns now, struct parcel *p)
{
    bool ok;
    p = punish(q, c, f, now, p, &ok);
    c->dropping = true;
    uint32_t delta = c->count - c->last_count;
    bool recent = (int64_t)(now - c->drop_next) < (int64_t)(16 * q->cfg.interval);
    c->count = delta > 1 && recent ? delta : 1;
    c->drop_next = control_law(now, q->cfg.interval, c->count);
    c->last_count = c->count;
    return p;
}

struct parcel *codel_pop(struct queue *q, struct codel *c, struct queue_flow *f, tern_ns now)
{
    bool ok;
    struct parcel *p = examine(q, c, f, now, &ok);
    if (!p) {
        c->dropping = false;
        return NULL;
    }
    if (c->dropping) return while_dropping(q, c, f, now, p, ok);
    return ok ? begin_dropping(q, c, f, now, p) : p;
}
