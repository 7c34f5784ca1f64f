#include "lab_draw.h"

#include <stdio.h>
#include <string.h>

#include "cc.h"

struct lot {
    struct chance rng;
    struct lab_drawn *d;
};

static uint32_t below(struct lot *l, uint32_t n) { return chance_scale(chance_draw(&l->rng), n); }
static bool one_in(struct lot *l, uint32_t n) { return below(l, n) == 0; }

/* least .. most, each power of two as likely as the next. */
static uint64_t spread(struct lot *l, uint64_t least, uint64_t most)
{
    uint64_t range = most - least;
    unsigned bits = 0;
    while (bits < 63 && range >> bits) bits++;
    uint64_t mask = (UINT64_C(1) << below(l, bits + 1)) - 1, x = chance_draw(&l->rng) & mask;
    return least + (x > range ? range : x);
}

/* ---- settings ---- */

/* What would end a connection, or keep it longer than a run has, however right TCP is: least and most in place of the table's. */
static const struct bound {
    const char *name;
    uint64_t least, most;
} bounds[] = {
    {"rto_min", TERN_MS, 2 * TERN_SEC},
    {"rto_initial", 500 * TERN_MS, 4 * TERN_SEC},
    {"rto_slop", 0, 200 * TERN_MS},
    {"rto_max", 20 * TERN_SEC, 60 * TERN_SEC},
    {"msl", 30 * TERN_SEC, 120 * TERN_SEC},
    {"send_buffer", 2048, 1 << 20},
    {"send_buffer_max", 0, 1 << 22},
    {"send_whole", 0, 2048},
    {"receive_buffer", 2048, 1 << 22},
    {"receive_buffer_max", 0, 1 << 24},
    {"notsent_lowat", 4096, UINT32_MAX},
    {"mtu_base_mss", 512, 1024},
    {"mtu_least_mss", 48, 500},
    {"memory_low", 20, 60},
    {"memory_high", 60, 95},
};
/* These stay as they are: how long a connection is tried, or kept, how many there may be, which ports there are, what answers who
 * does not speak right; numbers that begin anew where an old connection's began, which TCP does not promise to survive; and how
 * many routers a packet may pass. */
static const char *const fixed[] = {"r1",           "r2",          "r2_syn",          "syn_retries",        "synack_retries",
                                    "port_min",     "port_max",    "half_open_max",   "time_wait_max",      "orphan_probes",
                                    "fin_wait_2",   "answer_rate", "keepalive_count", "keepalive_interval", "keepalive_idle",
                                    "listen_quiet", "silent",      "icmp_abort",      "fixed_isn",          "ttl"};

static bool is_fixed(const char *name)
{
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (!strcmp(fixed[i], name)) return true;
    return false;
}

/* What does not go together with what was drawn before is not taken. */
static void draw_setting(struct lot *l, const struct tern_setting_info *info, struct tern_settings *set)
{
    struct tern_settings with = *set;
    uint64_t least = info->min, most = info->max;
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        if (!strcmp(bounds[i].name, info->name)) least = bounds[i].least, most = bounds[i].most;
    uint64_t value = most - least <= 16 ? least + below(l, (uint32_t)(most - least + 1)) : spread(l, least, most);
    tern_settings_set(&with, info->name, value);
    if (tern_settings_check(&with, NULL) == 0) *set = with;
}

static void draw_settings(struct lot *l, struct tern_settings *set)
{
    static const char *const profiles[] = {"rfc", "linux", "freebsd"};
    const struct tern_setting_info *info;
    uint32_t share = 1 + below(l, 40); /* a setting in so many */
    if (one_in(l, 3))
        tern_settings_default(set);
    else
        tern_profile_set(set, profiles[below(l, 3)]);
    for (size_t i = 0; (info = tern_setting_info(i)) != NULL; i++)
        if (one_in(l, share) && !is_fixed(info->name)) draw_setting(l, info, set);
    /* Some profiles give an opening up before the longest outage is over. */
    set->syn_retries = 0;
    set->synack_retries = 10;
    /* A SYN without options that overtakes, or outlives, the one that had them leaves two ends that do not agree on them. */
    set->syn_plain = 0;
}

static void draw_cc(struct lot *l, char cc[LAB_CC_MAX])
{
    size_t n = 0;
    while (cc_get(n)) n++;
    const char *name = cc_get(below(l, (uint32_t)n))->name;
    if (!one_in(l, 4)) snprintf(cc, LAB_CC_MAX, "%s", name);
}

static void draw_host(struct lot *l, struct lab_node *n)
{
    static const uint32_t mtu[] = {0, 0, 0, 1280, 1400, 1500, 4000, 9000};
    n->set_up = true;
    draw_settings(l, &n->settings);
    draw_cc(l, n->cc);
    n->mtu = mtu[below(l, 8)];
    n->gso_max = one_in(l, 3) ? 1 : one_in(l, 3) ? 3000 + below(l, 60000) : 0;
    if (one_in(l, 6)) n->memory_cap = spread(l, 512 << 10, 64 << 20);
}

/* ---- lanes ---- */

static void draw_capacity(struct lot *l, struct capacity_config *c, size_t which)
{
    struct lab_drawn *d = l->d;
    uint32_t kind = below(l, 8);
    tern_ns at = 0;
    uint32_t ms = 0;
    if (kind == 0) return;
    if (kind == 1) {
        for (size_t i = 0; i < DRAWN_STEPS; i++, at += spread(l, TERN_MS, 2 * TERN_SEC))
            d->step[which][i] =
                (struct capacity_step){at, i < DRAWN_STEPS - 1 && one_in(l, 6) ? 0 : spread(l, 300000, 100000000)};
        *c = (struct capacity_config){.step = d->step[which], .step_n = DRAWN_STEPS};
    } else if (kind == 2) {
        for (size_t i = 0; i < DRAWN_TRACE; i++) d->trace[which][i] = ms += below(l, 3) ? below(l, 4) : below(l, 30);
        d->trace[which][DRAWN_TRACE - 1]++;
        *c = (struct capacity_config){.trace_ms = d->trace[which], .trace_n = DRAWN_TRACE};
    } else {
        c->bps = spread(l, 300000, 1000000000);
    }
}

static void draw_queue(struct lot *l, struct queue_config *q)
{
    q->kind = (enum queue_kind)below(l, 4);
    q->ecn = one_in(l, 2);
    q->limit_n = one_in(l, 3) ? 0 : (uint32_t)spread(l, 8, 2000);
    if (one_in(l, 5)) q->limit_bytes = spread(l, 30000, 1000000);
    if (one_in(l, 4)) q->mark_n = 1 + below(l, 50);
    if (one_in(l, 3)) q->red_weight = 1 + below(l, 10);
    if (one_in(l, 3)) q->target = spread(l, 500 * TERN_US, 20 * TERN_MS);
    if (one_in(l, 3)) q->flows = 1 + below(l, 64);
}

static void draw_damage(struct lot *l, struct lane_config *c)
{
    if (one_in(l, 2)) c->loss_ppm = (uint32_t)spread(l, 0, 60000);
    if (one_in(l, 4)) c->reorder_ppm = (uint32_t)spread(l, 0, 100000);
    if (one_in(l, 2)) c->reorder_by = spread(l, 0, 50 * TERN_MS);
    if (one_in(l, 6)) c->dup_ppm = (uint32_t)spread(l, 0, 100000);
    if (one_in(l, 8)) c->corrupt_ppm = (uint32_t)spread(l, 0, 20000);
    if (one_in(l, 8)) c->mark_ppm = (uint32_t)spread(l, 0, 200000);
    if (one_in(l, 8)) c->ecn = (enum lane_ecn)below(l, 4);
    /* A burst is as long as packets are many: one that lasts for all the timeouts of a lonely one would be an end. */
    if (one_in(l, 5)) c->burst = (struct burst_config){(uint32_t)spread(l, 1, 10000), 300000 + below(l, 600000), 500000, 0};
}

static void draw_times(struct lot *l, struct lane_config *c, size_t which)
{
    struct lab_drawn *d = l->d;
    tern_ns at = 0;
    if (one_in(l, 6)) {
        for (size_t i = 0; i < DRAWN_OUTAGES; i++) {
            tern_ns from = at + spread(l, TERN_MS, 2 * TERN_SEC), to = from + spread(l, TERN_MS, 5 * TERN_SEC);
            d->outage[which][i] = (struct lane_outage){from, to};
            at = to;
        }
        c->outage = d->outage[which];
        c->outage_n = DRAWN_OUTAGES;
    }
    if (one_in(l, 8)) {
        c->mtu = 1300 + below(l, 300);
    } else if (one_in(l, 10)) {
        d->mtu[which] = (struct lane_mtu_step){spread(l, TERN_MS, 3 * TERN_SEC), 1300 + below(l, 300)};
        c->mtu_step = &d->mtu[which];
        c->mtu_step_n = 1;
    }
}

static void draw_lane(struct lot *l, struct lane_config *c, size_t which)
{
    *c = (struct lane_config){.delay = spread(l, 0, 200 * TERN_MS)};
    if (one_in(l, 4)) c->jitter = spread(l, 0, 30 * TERN_MS);
    draw_capacity(l, &c->capacity, which);
    draw_queue(l, &c->queue);
    if (!one_in(l, 4)) draw_damage(l, c);
    draw_times(l, c, which);
    if (one_in(l, 8))
        c->policer = (struct policer_config){.bps = spread(l, 500000, 100000000), .burst = spread(l, 30000, 200000)};
    if (one_in(l, 8)) c->ack_hold = spread(l, TERN_US, 50 * TERN_MS);
}

/* Nobody tells of packets that are too large: who does not search for the path's MTU would stand still for ever. */
static void black_hole(struct lot *l)
{
    struct lab_drawn *d = l->d;
    d->link[0].silent = true;
    for (size_t i = 0; i < d->cfg.node_n; i++)
        if (!d->node[i].router) tern_settings_set(&d->node[i].settings, "mtu_probing", 1 + below(l, 2));
}

/* ---- topologies ---- */

static void draw_network(struct lot *l)
{
    struct lab_drawn *d = l->d;
    struct lane_config way[2], access = {.delay = spread(l, 0, 5 * TERN_MS)};
    size_t n = 1 + below(l, 3);
    for (size_t i = 0; i < 2; i++) draw_lane(l, &way[i], i);
    switch (below(l, 5)) {
    case 0:
        d->cfg.link_n = lab_dumbbell(n, d->node, d->link, &way[0], &access);
        d->cfg.node_n = 2 * n + 2;
        break;
    case 1:
        d->cfg.link_n = lab_parking_lot(n, d->node, d->link, &way[0], &access);
        d->cfg.node_n = 3 * n + 3;
        break;
    default: d->cfg.link_n = lab_pair(d->node, d->link, &way[0]); d->cfg.node_n = 2;
    }
    d->link[0].lane[1] = way[1];
    for (size_t i = 0; i < d->cfg.node_n; i++)
        if (!d->node[i].router) draw_host(l, &d->node[i]);
    if (one_in(l, 3)) black_hole(l);
}

/* ---- flows ---- */

static uint16_t draw_end(struct lot *l, const struct lab_drawn *d)
{
    for (;;) {
        uint16_t i = (uint16_t)below(l, (uint32_t)d->cfg.node_n);
        if (!d->node[i].router) return i;
    }
}

static void draw_flow(struct lot *l, struct lab_flow *f)
{
    struct lab_drawn *d = l->d;
    *f = (struct lab_flow){.app = (enum lab_app)below(l, 5), .down = one_in(l, 3), .nodelay = one_in(l, 3)};
    f->from = draw_end(l, d);
    do f->to = draw_end(l, d);
    while (f->to == f->from);
    f->start = spread(l, 0, 2 * TERN_SEC);
    if (one_in(l, 3)) f->stop = f->start + spread(l, TERN_MS, 3 * TERN_SEC);
    f->bytes = f->app == LAB_THIN ? spread(l, 1, 3000) : f->app == LAB_DATAGRAM ? 100 + below(l, 1200) : spread(l, 1, 300000);
    f->request = spread(l, 1, 20000);
    f->count = f->app != LAB_REQUEST && one_in(l, 3) ? 0 : spread(l, 1, 30);
    f->think = spread(l, TERN_MS, TERN_SEC);
    f->rate = spread(l, 10000, 2000000);
    f->interval = spread(l, 10 * TERN_MS, 2 * TERN_SEC);
    if (one_in(l, 2)) f->on = spread(l, TERN_MS, TERN_SEC), f->off = spread(l, TERN_MS, TERN_SEC);
    f->each_anew = one_in(l, 3);
    if (one_in(l, 3)) draw_cc(l, f->cc);
    if (one_in(l, 4)) f->tos = (uint8_t)(below(l, 64) << 2);
    if (one_in(l, 8)) f->read_rate = spread(l, 100000, 10000000);
    if (one_in(l, 8))
        f->read_pause[0] = spread(l, 0, 2 * TERN_SEC), f->read_pause[1] = f->read_pause[0] + spread(l, 0, 4 * TERN_SEC);
    if (one_in(l, 3)) f->write_size = (uint32_t)spread(l, 1, 20000);
    f->cork = one_in(l, 6);
}

/* Who answered a SYN with a cookie knows of no connection before the third ACK. Where that is lost and the client waits for what
 * the server has to say, neither ever speaks (RFC 4987 3.6). */
static void no_cookies_for_who_waits(struct lab_drawn *d, const struct lab_flow *f)
{
    if (f->down) d->node[f->to].settings.syn_cookies = d->node[f->to].settings.half_open_evict = 0;
}

void lab_draw(uint64_t seed, struct lab_drawn *out)
{
    struct lot l = {.d = out};
    uint64_t from = seed;
    memset(out, 0, sizeof *out);
    chance_seed(&l.rng, &from);
    lab_config_default(&out->cfg);
    out->cfg.node = out->node;
    out->cfg.link = out->link;
    out->cfg.flow = out->flow;
    out->cfg.seed = seed;
    out->cfg.v6 = one_in(&l, 2);
    out->cfg.duration = 4 * TERN_SEC;
    out->cfg.grace = 100000 * TERN_SEC; /* a window too large for its way, without SACK, waits for each timeout */
    draw_network(&l);
    out->cfg.flow_n = 1 + below(&l, DRAWN_FLOWS);
    for (size_t i = 0; i < out->cfg.flow_n; i++) {
        draw_flow(&l, &out->flow[i]);
        no_cookies_for_who_waits(out, &out->flow[i]);
    }
    out->cfg.check = true;
}
