/* The queue's common part, and drop-tail. */
#include "queue.h"

#include "path_words.h"
#include "queue_kinds.h"

enum { LIMIT_DEFAULT = 1000, FQ_LIMIT_DEFAULT = 10240, LIMIT_MAX = 1 << 30 };

const char *queue_check(const struct queue_config *cfg)
{
    if (cfg->kind > QUEUE_FQ_CODEL) return N_("there is no such kind of queue");
    if (cfg->limit_n > LIMIT_MAX) return N_("a queue's limit is above 2^30 packets");
    if (cfg->red_weight > 20) return N_("the weight of RED's average is 1 / 2^20 at the least");
    if (cfg->red_max_ppm > CHANCE_ALL) return N_("a probability is above 100 %");
    if (cfg->red_max > 0 && cfg->red_min >= cfg->red_max) return N_("RED's lower threshold is not below its upper one");
    if (cfg->flows > QUEUE_FLOWS_MAX) return N_("FQ-CoDel has at most 65536 queues");
    if (cfg->target > 0 && cfg->interval > 0 && cfg->target > cfg->interval) return N_("CoDel's target is above its interval");
    return NULL;
}

static uint32_t or_else(uint32_t x, uint32_t def) { return x ? x : def; }

static void complete(struct queue_config *c)
{
    if (c->limit_n == 0)
        c->limit_n = c->limit_bytes > 0 ? LIMIT_MAX : c->kind == QUEUE_FQ_CODEL ? FQ_LIMIT_DEFAULT : LIMIT_DEFAULT;
    if (c->limit_bytes == 0) c->limit_bytes = UINT64_MAX;
    uint32_t min = c->red_max > 0 ? c->red_max / 3 : c->limit_n / 12, least = c->red_max > 0 ? 1 : 5;
    if (c->red_min == 0) c->red_min = min < least ? least : min;
    if (c->red_max == 0) c->red_max = 3 * c->red_min;
    c->red_max_ppm = or_else(c->red_max_ppm, CHANCE_ALL / 10);
    c->red_weight = or_else(c->red_weight, 9);
    if (c->red_packet == 0) c->red_packet = TERN_MS;
    if (c->target == 0) c->target = 5 * TERN_MS;
    if (c->interval == 0) c->interval = 100 * TERN_MS;
    c->quantum = or_else(c->quantum, 1514);
    c->flows = or_else(c->flows, 1024);
    c->mtu = or_else(c->mtu, 1500);
}

size_t queue_room(const struct queue_config *cfg)
{
    return cfg->kind == QUEUE_FQ_CODEL ? or_else(cfg->flows, 1024) * sizeof(struct queue_flow) : 0;
}

void queue_init(struct queue *q, const struct queue_config *cfg, uint64_t *seed, void *room, struct queue_drops drops)
{
    *q = (struct queue){.cfg = *cfg, .drops = drops, .flow = room};
    complete(&q->cfg);
    chance_seed(&q->red.rng, seed);
    if (q->cfg.kind == QUEUE_FQ_CODEL) fq_init(q);
}

void queue_drop(struct queue *q, struct parcel *p, bool early)
{
    q->dropped++;
    q->dropped_early += early;
    q->drops.drop(q->drops.ctx, p, early);
}

bool queue_mark(struct queue *q, struct parcel *p)
{
    if (p->ecn == 0) return false;
    p->ecn = 3;
    p->fate |= PARCEL_MARKED;
    q->marked++;
    return true;
}

bool queue_has_room(const struct queue *q, uint32_t len) { return q->n < q->cfg.limit_n && q->bytes + len <= q->cfg.limit_bytes; }

static void tail_push(struct queue *q, struct parcel *p)
{
    if (q->cfg.mark_n > 0 && q->n >= q->cfg.mark_n) queue_mark(q, p);
    queue_add(q, p);
}

void queue_add(struct queue *q, struct parcel *p)
{
    parcel_append(&q->list, p);
    q->n++;
    q->bytes += p->len;
}

struct parcel *queue_next(struct queue *q)
{
    struct parcel *p = parcel_pop(&q->list);
    if (!p) return NULL;
    q->n--;
    q->bytes -= p->len;
    return p;
}

void queue_push(struct queue *q, tern_ns now, struct parcel *p)
{
    p->at = now;
    if (q->cfg.kind == QUEUE_FQ_CODEL) {
        fq_push(q, p);
        return;
    }
    if (q->cfg.kind == QUEUE_RED && !red_admits(q, now, p)) return;
    if (!queue_has_room(q, p->len)) {
        queue_drop(q, p, false);
        return;
    }
    if (q->cfg.kind == QUEUE_TAIL)
        tail_push(q, p);
    else
        queue_add(q, p);
}

struct parcel *queue_pop(struct queue *q, tern_ns now)
{
    if (q->n == 0) return NULL;
    switch (q->cfg.kind) {
    case QUEUE_CODEL: return codel_pop(q, &q->codel, NULL, now);
    case QUEUE_FQ_CODEL: return fq_pop(q, now);
    case QUEUE_RED: return red_pop(q, now);
    default: return queue_next(q);
    }
}

struct parcel *queue_empty(struct queue *q) { return q->cfg.kind == QUEUE_FQ_CODEL ? fq_empty(q) : queue_next(q); }
