/* RED, "gentle": S. Floyd and V. Jacobson, Random Early Detection Gateways for Congestion Avoidance (1993). */
#include "queue_kinds.h"

#define ONE (UINT64_C(1) << 32) /* a packet in the average */

/* a * b, b being a fraction of 2^32. */
static uint64_t times(uint64_t a, uint64_t b) { return (a >> 32) * b + ((a & (ONE - 1)) * b >> 32); }

/* The average falls while nothing waits, as if so many small packets had found the queue empty: (1 - w)^m (section 4). */
static void fall(struct queue *q, tern_ns now)
{
    uint64_t m = (now - q->red.idle_at) / q->cfg.red_packet, keep = ONE - (ONE >> q->cfg.red_weight);
    for (; m > 0 && q->red.average > 0; m >>= 1, keep = times(keep, keep))
        if (m & 1) q->red.average = times(q->red.average, keep);
}

static void average(struct queue *q, tern_ns now)
{
    struct queue_red *r = &q->red;
    if (q->n == 0) {
        fall(q, now);
        r->idle_at = now;
        return;
    }
    uint64_t here = q->n * ONE;
    if (here >= r->average)
        r->average += (here - r->average) >> q->cfg.red_weight;
    else
        r->average -= (r->average - here) >> q->cfg.red_weight;
}

/* The probability p_b for the average, parts per million: 0 .. max between the thresholds, then up to 1 at twice the upper one.
 */
static uint32_t probability(const struct queue *q)
{
    uint64_t min = q->cfg.red_min * ONE, max = q->cfg.red_max * ONE, avg = q->red.average;
    if (avg < max) return (uint32_t)((avg - min) / (q->cfg.red_max - q->cfg.red_min) * q->cfg.red_max_ppm >> 32);
    uint64_t over = (avg - max) / q->cfg.red_max;
    return q->cfg.red_max_ppm + (uint32_t)(over * (CHANCE_ALL - q->cfg.red_max_ppm) >> 32);
}

/* p_a = p_b / (1 - count * p_b): the gap between two drops is uniform in 1 .. 1 / p_b (section 7, method 2). */
static bool chosen(struct queue *q, uint32_t p_b)
{
    struct queue_red *r = &q->red;
    uint64_t spent = r->since * p_b;
    uint32_t p_a = spent >= CHANCE_ALL || p_b >= CHANCE_ALL - spent
                       ? CHANCE_ALL
                       : (uint32_t)((uint64_t)p_b * CHANCE_ALL / (CHANCE_ALL - spent));
    return chance_happens(&r->rng, p_a);
}

bool red_admits(struct queue *q, tern_ns now, struct parcel *p)
{
    struct queue_red *r = &q->red;
    average(q, now);
    if (r->average < q->cfg.red_min * ONE) {
        r->since = 0;
        return true;
    }
    bool always = r->average >= 2 * q->cfg.red_max * ONE;
    if (!always && !chosen(q, probability(q))) {
        r->since++;
        return true;
    }
    r->since = 0;
    /* Beyond the upper threshold a mark is no longer enough. */
    if (q->cfg.ecn && r->average < q->cfg.red_max * ONE && queue_mark(q, p)) return true;
    queue_drop(q, p, true);
    return false;
}

struct parcel *red_pop(struct queue *q, tern_ns now)
{
    struct parcel *p = queue_next(q);
    if (q->n == 0) q->red.idle_at = now;
    return p;
}
