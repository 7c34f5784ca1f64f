/* Delivery-rate samples. */
#include "rate.h"

#include "must.h"

void rate_sent(struct tcp_rate *r, struct rate_seg *seg, tern_ns now, uint32_t pipe, uint32_t len)
{
    if (!pipe) r->first_sent = r->delivered_at = now; /* time without anything in flight measures nothing */
    *seg = (struct rate_seg){
        .delivered = r->delivered,
        .delivered_at = r->delivered_at,
        .first_sent = r->first_sent,
        .lost = r->lost,
        .tx_in_flight = pipe + len,
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
    if (pick->any && (seg->delivered < pick->seg.delivered || sent_at < pick->sent_at)) return;
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

/* |bytes| in |interval|, as bytes a second, without overflow. */
static uint64_t per_second(uint64_t bytes, tern_ns interval)
{
    if (bytes < UINT64_MAX / TERN_SEC) return bytes * TERN_SEC / interval;
    return bytes / interval * TERN_SEC;
}

/* BBR 4.1 */
void rate_fill(struct tcp_rate *r, const struct rate_pick *pick, struct cc_sample *s)
{
    s->acked = pick->acked;
    s->lost = pick->lost;
    s->delivered = r->delivered;
    if (r->limited_to && r->delivered > r->limited_to) r->limited_to = 0;
    if (!pick->any) return;
    if (pick->seg.delivered >= r->round_end) {
        r->round_end = r->delivered;
        s->round_start = true;
    }
    tern_ns sending = pick->sent_at - pick->seg.first_sent, acking = r->delivered_at - pick->seg.delivered_at;
    tern_ns interval = sending > acking || !RULE(BBR 4.1) ? sending : acking; /* the longer one */
    s->rate = (struct cc_rate){
        .delivered = r->delivered - pick->seg.delivered,
        .prior_delivered = pick->seg.delivered,
        .tx_in_flight = pick->seg.tx_in_flight,
        .lost = r->lost - pick->seg.lost,
        .app_limited = pick->seg.app_limited,
    };
    /* Shorter than any round trip: acknowledgements of what was sent again long after it had arrived. */
    if (!interval || interval < s->min_rtt) return;
    s->rate.interval = interval;
    s->rate.rate = per_second(s->rate.delivered, interval);
}

void rate_fill_lost(const struct tcp_rate *r, const struct rate_seg *seg, uint32_t len, struct cc_sample *s)
{
    s->lost = len;
    s->delivered = r->delivered;
    s->rate = (struct cc_rate){
        .prior_delivered = seg->delivered,
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
