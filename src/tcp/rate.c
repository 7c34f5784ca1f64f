/* Delivery-rate samples. */
#include "rate.h"

#include "must.h"

/* From |from| to |to|: at most 137 s, longer than any flight that measures something. */
static uint32_t ticks(tern_ns from, tern_ns to)
{
    uint64_t n = (to - from) / RATE_TICK;
    return n < INT32_MAX ? (uint32_t)n : INT32_MAX;
}

static uint64_t delivered_before(const struct tcp_rate *r, const struct rate_seg *seg)
{
    return r->delivered - ((uint32_t)r->delivered - seg->delivered);
}

void rate_sent(struct tcp_rate *r, struct rate_seg *seg, tern_ns now, uint32_t pipe, uint32_t len)
{
    if (!pipe) r->first_sent = r->delivered_at = now; /* time without anything in flight measures nothing */
    *seg = (struct rate_seg){
        .delivered = (uint32_t)r->delivered,
        .lost = r->lost,
        .tx_in_flight = pipe + len,
        .delivered_for = ticks(r->delivered_at, now),
        .sent_for = ticks(r->first_sent, now) & INT32_MAX,
        .app_limited = r->limited_to != 0,
    };
}

void rate_delivered(struct tcp_rate *r, struct rate_pick *pick, const struct rate_seg *seg, tern_ns sent_at, uint32_t len,
                    tern_ns now)
{
    r->delivered += len;
    r->delivered_at = now;
    pick->acked += len;
    /* The newest tells most of what the path is like now. */
    if (pick->any && ((int32_t)(seg->delivered - pick->seg.delivered) < 0 || sent_at < pick->sent_at)) return;
    pick->any = true;
    pick->seg = *seg;
    pick->sent_at = sent_at;
    r->first_sent = sent_at;
}

void rate_lost(struct tcp_rate *r, struct rate_pick *pick, uint32_t len)
{
    r->lost += len;
    pick->lost += len;
}

/* BBR 4.1 */
void rate_fill(struct tcp_rate *r, const struct rate_pick *pick, struct cc_sample *s)
{
    s->acked = pick->acked;
    s->lost = pick->lost;
    s->delivered = r->delivered;
    if (r->limited_to && r->delivered > r->limited_to) r->limited_to = 0;
    if (!pick->any) return;
    uint64_t before = delivered_before(r, &pick->seg);
    if (before >= r->round_end) {
        r->round_end = r->delivered;
        s->round_start = true;
    }
    tern_ns sending = (tern_ns)pick->seg.sent_for * RATE_TICK;
    tern_ns acking = r->delivered_at - pick->sent_at + (tern_ns)pick->seg.delivered_for * RATE_TICK;
    tern_ns interval = sending > acking || !RULE(BBR 4.1) ? sending : acking; /* the longer one */
    s->rate = (struct cc_rate){
        .delivered = r->delivered - before,
        .prior_delivered = before,
        .tx_in_flight = pick->seg.tx_in_flight,
        .lost = r->lost - pick->seg.lost,
        .app_limited = pick->seg.app_limited,
    };
    /* Shorter than any round trip: acknowledgements of what was sent again long after it had arrived. */
    if (!interval || interval < s->min_rtt) return;
    s->rate.interval = interval;
    s->rate.rate = cc_per_second(s->rate.delivered, interval);
    if (s->rate.app_limited && s->rate.rate < r->told) return;
    r->told = s->rate.rate;
    r->told_limited = s->rate.app_limited;
}

void rate_fill_lost(const struct tcp_rate *r, const struct rate_seg *seg, uint32_t len, struct cc_sample *s)
{
    s->lost = len;
    s->delivered = r->delivered;
    s->rate = (struct cc_rate){
        .prior_delivered = delivered_before(r, seg),
        .tx_in_flight = seg->tx_in_flight,
        .lost = r->lost - seg->lost,
        .app_limited = seg->app_limited,
    };
}

void rate_app_limited(struct tcp_rate *r, uint32_t pipe)
{
    r->limited_to = r->delivered + pipe;
    if (!r->limited_to) r->limited_to = 1;
}
