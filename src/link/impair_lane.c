#include "impair_lane.h"

#include "bytes.h"
#include "ip.h"
#include "link_words.h"
#include "tcp.h"

struct lane_config impair_lane(const struct tern_impair *i, struct lane_outage *outage)
{
    *outage = (struct lane_outage){i->outage_at, i->outage_at + i->outage};
    return (struct lane_config){
        .capacity.bps = i->rate,
        .queue =
            {
                .kind = (enum queue_kind)i->queue,
                .limit_n = i->queue_n,
                .limit_bytes = i->queue_bytes,
                .ecn = i->queue_ecn != 0,
                .mark_n = i->queue_mark_n,
                .red_min = i->red_min,
                .red_max = i->red_max,
                .red_max_ppm = i->red_ppm,
                .red_packet = i->rate ? CAPACITY_TRACE_BYTES * UINT64_C(8) * TERN_SEC / i->rate : 0,
                .target = i->codel_target,
                .interval = i->codel_interval,
            },
        .delay = i->delay,
        .jitter = i->jitter,
        .loss_ppm = i->loss_ppm,
        .reorder_ppm = i->reorder_ppm,
        .dup_ppm = i->dup_ppm,
        .corrupt_ppm = i->corrupt_ppm,
        .mark_ppm = i->mark_ppm,
        .swap_ppm = i->swap_ppm,
        .reorder_by = i->reorder_by,
        .burst = {.to_bad = i->burst_begin_ppm, .to_good = i->burst_end_ppm, .bad_loss = i->burst_loss_ppm},
        .policer = {.bps = i->policer, .burst = i->policer_burst},
        .ack_hold = i->ack_hold,
        .mtu = i->mtu,
        .ecn = (enum lane_ecn)i->ecn,
        .outage = outage,
        .outage_n = i->outage > 0,
    };
}

const char *impair_check(const struct tern_impair *i)
{
    struct lane_outage outage;
    const struct lane_config cfg = impair_lane(i, &outage);
    if (i->ecn > TERN_PATH_ECN_MARKED) return N_("nothing of that kind is done to the ECN field");
    if (i->outage_every && i->outage_every <= i->outage)
        return N_("the link is never up: outage_every must be longer than outage");
    if (!i->outage && (i->outage_at || i->outage_every)) return N_("outage says for how long the link is down");
    return lane_check(&cfg);
}

static uint32_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32);
}

/* Addresses, protocol, and the first four bytes behind the header: of TCP and UDP the ports. */
void impair_look(const struct tern_buf *b, struct parcel *p)
{
    const uint8_t *d = b->data;
    bool v6 = b->len > 0 && d[0] >> 4 == 6;
    uint32_t head = v6 ? WIRE_IP6_HEADER_LEN : b->len > 0 ? (d[0] & 15u) * 4 : 0, addr = v6 ? 8 : 12;
    p->len = b->len;
    p->ecn = 0;
    p->flow = 0;
    p->ack = false;
    if (b->len < head || head < WIRE_IP4_HEADER_LEN) return;
    uint8_t proto = d[v6 ? 6 : 9];
    p->ecn = (v6 ? d[1] >> 4 : d[1]) & 3;
    p->flow = proto;
    for (uint32_t at = addr; at < addr + (v6 ? 32 : 8); at += 4) p->flow = mix(p->flow, be32_get(d + at));
    if (b->len < head + 4) return;
    p->flow = mix(p->flow, be32_get(d + head));
    if (proto != 6 || b->len < head + WIRE_TCP_HEADER_LEN) return;
    const uint8_t *tcp = d + head;
    p->ack = tcp[13] == TH_ACK && head + (uint32_t)(tcp[12] >> 4) * 4 == b->len;
}
