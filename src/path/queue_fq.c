/* FQ-CoDel: RFC 8290. A queue a flow, each with CoDel, that take turns by bytes; new flows first. */
#include "queue_kinds.h"

void fq_init(struct queue *q)
{
    for (uint32_t i = 0; i < q->cfg.flows; i++) q->flow[i] = (struct queue_flow){0};
}

static void turns_append(struct queue_turns *t, struct queue_flow *f)
{
    f->next = NULL;
    if (t->first)
        t->last->next = f;
    else
        t->first = f;
    t->last = f;
}

static void turns_pop(struct queue_turns *t) { t->first = t->first->next; }

struct parcel *fq_take(struct queue *q, struct queue_flow *f)
{
    struct parcel *p = parcel_pop(&f->list);
    if (!p) return NULL;
    f->bytes -= p->len;
    q->bytes -= p->len;
    q->n--;
    return p;
}

static struct queue_flow *fatter(struct queue_flow *fat, struct queue_flow *f)
{
    for (; f; f = f->next)
        if (!fat || f->bytes > fat->bytes) fat = f;
    return fat;
}

/* 4.1: from the head of the flow that holds most. */
static void drop_from_fattest(struct queue *q)
{
    queue_drop(q, fq_take(q, fatter(fatter(NULL, q->fresh.first), q->old.first)), false);
}

void fq_push(struct queue *q, struct parcel *p)
{
    struct queue_flow *f = &q->flow[p->flow % q->cfg.flows];
    parcel_append(&f->list, p);
    f->bytes += p->len;
    q->bytes += p->len;
    q->n++;
    if (!f->listed) {
        f->listed = true;
        f->deficit = q->cfg.quantum;
        turns_append(&q->fresh, f);
    }
    while (q->n > q->cfg.limit_n || q->bytes > q->cfg.limit_bytes) drop_from_fattest(q);
}

/* 4.2 */
struct parcel *fq_pop(struct queue *q, tern_ns now)
{
    for (;;) {
        struct queue_turns *turns = q->fresh.first ? &q->fresh : &q->old;
        struct queue_flow *f = turns->first;
        if (!f) return NULL;
        if (f->deficit <= 0) {
            f->deficit += q->cfg.quantum;
            turns_pop(turns);
            turns_append(&q->old, f);
            continue;
        }
        struct parcel *p = codel_pop(q, &f->codel, f, now);
        if (p) {
            f->deficit -= p->len;
            return p;
        }
        turns_pop(turns);
        if (turns == &q->fresh && q->old.first)
            turns_append(&q->old, f); /* or else a flow could come back as a new one for ever */
        else
            f->listed = false;
    }
}

struct parcel *fq_empty(struct queue *q)
{
    for (uint32_t i = 0; i < q->cfg.flows; i++)
        if (q->flow[i].list.first) return fq_take(q, &q->flow[i]);
    return NULL;
}
