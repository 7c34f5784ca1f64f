/* The network: lanes between nodes, and what packets meet on them. */
#include <string.h>

#include "chance.h"
#include "cut.h"
#include "damage.h"
#include "lab_internal.h"

/* ---- addresses: the node's number ---- */

struct tern_addr net_addr(const struct lab *lab, size_t node)
{
    unsigned n = (unsigned)node + 1;
    uint8_t hi = (uint8_t)(n >> 8), lo = (uint8_t)n;
    if (lab->cfg.v6) return (struct tern_addr){{0x20, 0x01, 0x0d, 0xb8, [14] = hi, [15] = lo}};
    return tern_addr_v4((uint8_t[4]){198, 18, hi, lo});
}

/* The node that the packet's header names; |node_n|: none. */
static size_t node_of(const struct lab *lab, const uint8_t *head)
{
    const uint8_t *last = head + (head[0] >> 4 == 4 ? 18 : 38);
    size_t node = (size_t)(last[0] << 8 | last[1]) - 1;
    return node < lab->cfg.node_n ? node : lab->cfg.node_n;
}

/* ---- into a lane ---- */

static void enter(struct lab *lab, size_t w, struct packet *p)
{
    struct lab_way *way = &lab->way[w];
    lab->totals.hops++;
    if (lab->cfg.watch.packet) tell_packet(lab, LAB_PACKET_SENT, w, p, LANE_LOSS_N);
    lane_enter(&way->lane, lab->now, &p->p);
    clock_set(lab->clock, w, lane_next(&way->lane));
}

static void set_out_part(struct lab *lab, size_t w, const struct packet *of, struct cut *c, size_t len)
{
    struct packet named, *p;
    bool light = packet_name_body(lab, c->slice, c->slices_n, &named);
    if (!(p = packet_new(lab, light ? c->head_len : len))) return;
    uint8_t *out = packet_buf(p)->data;
    p->flow = of->flow;
    p->from = of->from;
    p->to = of->to;
    p->summed = c->csum_at == 0;
    if (light) {
        memcpy(out, c->head, c->head_len);
        p->body = named.body;
        p->body_len = named.body_len;
    } else if (lab->cfg.watch.packet) {
        cut_copy(c, out);
        p->summed = true;
    } else { /* nobody looks at the checksum unless the packet is damaged: packet_sum() */
        memcpy(out, c->head, c->head_len);
        out += c->head_len;
        for (unsigned i = 0; i < c->slices_n; out += c->slice[i++].len) memcpy(out, c->slice[i].base, c->slice[i].len);
    }
    packet_look(lab, p);
    enter(lab, w, p);
}

static void set_out_cut(struct lab *lab, size_t w, const struct packet *of, const struct tern_pkt *pkt)
{
    for (uint32_t i = 0, n = cut_n(pkt); i < n; i++) {
        struct cut c;
        int len = cut_segment(pkt, i, &c);
        if (len > 0) set_out_part(lab, w, of, &c, (size_t)len);
    }
}

static void set_out_whole(struct lab *lab, size_t w, const struct packet *of, const struct tern_pkt *pkt)
{
    struct packet named, *p;
    bool light = pkt->csum_start && packet_name_body(lab, pkt->slice, pkt->slices_n, &named);
    if (!(p = packet_new(lab, pkt->head_len + (light ? 0 : (size_t)pkt->payload_len)))) return;
    struct tern_buf *b = packet_buf(p);
    if (light) {
        memcpy(b->data, pkt->head, pkt->head_len);
        p->body = named.body;
        p->body_len = named.body_len;
    } else {
        tern_pkt_flatten(pkt, b->data, b->cap);
    }
    b->gso_size = pkt->gso_size;
    p->super = true;
    p->flow = of->flow;
    p->from = of->from;
    p->to = of->to;
    packet_look(lab, p);
    enter(lab, w, p);
}

/* From |node| on. Takes |p|. */
void net_send_packet(struct lab *lab, size_t node, struct packet *p)
{
    uint16_t w = lab->route[node * lab->cfg.node_n + p->to];
    if (w == LAB_NO_LANE) {
        packet_free(lab, p);
    } else if (!p->super || lab->way[w].plain) {
        enter(lab, w, p);
    } else {
        struct tern_pkt pkt;
        packet_cut(lab, p, &pkt);
        set_out_cut(lab, w, p, &pkt);
        packet_free(lab, p);
    }
}

/* TCP's flow is known by the port that it is served at. */
static int32_t flow_of(const struct lab *lab, const struct tern_pkt *pkt)
{
    const uint8_t *tcp = pkt->head + pkt->csum_start;
    if (pkt->csum_start == 0) return -1;
    for (int i = 0; i < 2; i++) {
        int port = tcp[2 * i] << 8 | tcp[2 * i + 1];
        if (port >= LAB_PORT && (size_t)(port - LAB_PORT) < lab->cfg.flow_n) return port - LAB_PORT;
    }
    return -1;
}

void net_send(struct lab *lab, size_t node, const struct tern_pkt *pkt)
{
    struct packet of = {.flow = flow_of(lab, pkt), .from = (uint16_t)node};
    size_t to = node_of(lab, pkt->head);
    uint32_t n = cut_n(pkt);
    lab->totals.packets += n;
    if (to == lab->cfg.node_n) return;
    of.to = (uint16_t)to;
    uint16_t w = lab->route[node * lab->cfg.node_n + to];
    if (w == LAB_NO_LANE) return;
    if (n > 1 && lab->way[w].plain)
        set_out_whole(lab, w, &of, pkt);
    else
        set_out_cut(lab, w, &of, pkt);
}

/* ---- lost ---- */

static void too_big(struct lab *lab, struct lab_way *way, struct packet *p)
{
    size_t w = (size_t)(way - lab->way);
    if (lab->cfg.link[w / 2].silent || !packet_whole(lab, p)) return;
    /* Of a host's own link the other end tells: so it takes a round trip, as on any way. */
    size_t router = lab->cfg.node[way->from].router ? way->from : way->to;
    struct packet *told = forge_too_big(lab, router, p, lane_mtu(&way->lane, lab->now));
    if (!told) return;
    lab->totals.packets++;
    if (lab->route[router * lab->cfg.node_n + told->to] == w)
        packet_free(lab, told);
    else
        net_send_packet(lab, router, told);
}

static void dropped(void *ctx, struct parcel *parcel, enum lane_loss why)
{
    struct lab_way *way = ctx;
    struct packet *p = (struct packet *)parcel;
    if (way->lab->cfg.watch.packet) tell_packet(way->lab, LAB_PACKET_DROPPED, (size_t)(way - way->lab->way), p, why);
    if (why == LANE_TOO_BIG) too_big(way->lab, way, p);
    packet_free(way->lab, p);
}

static void fault(void *ctx, const struct lane_fault *f)
{
    const struct lab_way *way = ctx;
    size_t w = (size_t)(way - way->lab->way);
    way->lab->cfg.watch.fault(way->lab->cfg.watch.ctx, (uint16_t)(w / 2), w & 1, f);
}

/* ---- out of a lane ---- */

static void deliver(struct lab *lab, size_t w, struct packet *p)
{
    struct lab_way *way = &lab->way[w];
    if (lab->cfg.watch.packet) tell_packet(lab, LAB_PACKET_ARRIVED, w, p, LANE_LOSS_N);
    if (lab->now <= lab->cfg.duration) way->passed_bytes_in_time += p->p.len;
    if (p->to == way->to)
        machine_input(lab, p->to, p);
    else
        net_send_packet(lab, way->to, p);
}

/* Carries out what the lane decided. Returns the copy that follows; NULL: none. */
static struct packet *suffer(struct lab *lab, struct packet *p)
{
    struct packet *copy = NULL;
    uint8_t fate = p->p.fate;
    p->p.fate = 0;
    if ((fate & (PARCEL_CORRUPT | PARCEL_SWAPPED)) && !packet_whole(lab, p)) return NULL;
    struct tern_buf *b = packet_buf(p);
    if (fate & (PARCEL_MARKED | PARCEL_ECN)) damage_ecn(b, p->p.ecn);
    if (fate & PARCEL_TWICE) copy = packet_copy(lab, p);
    if (fate & PARCEL_CORRUPT) {
        packet_sum(p);
        damage_flip(b, p->p.where);
        p->damaged = true;
    }
    if (fate & PARCEL_SWAPPED) damage_swap(b, p->p.where);
    return copy;
}

/* On long paths what comes next has left the cache: it is back when it is wanted. */
static void fetch(const struct parcel *next)
{
    const char *p = (const char *)next;
    for (size_t at = 0; next && at < sizeof(struct packet); at += 64) __builtin_prefetch(p + at);
}

void net_arrive(struct lab *lab, size_t w)
{
    struct lab_way *way = &lab->way[w];
    struct parcel *parcel;
    while ((parcel = lane_take(&way->lane, lab->now)) != NULL) {
        struct packet *p = (struct packet *)parcel, *copy = NULL;
        fetch(lane_upcoming(&way->lane));
        if (p->p.fate) copy = suffer(lab, p);
        deliver(lab, w, p);
        if (copy) deliver(lab, w, copy);
    }
    clock_set(lab->clock, w, lane_next(&way->lane));
}

size_t net_live_n(const struct lab *lab) { return lab->live_n; }

/* ---- life ---- */

static bool way_new(struct lab *lab, size_t w, uint64_t *seed)
{
    struct lab_way *way = &lab->way[w];
    const struct lab_link *link = &lab->cfg.link[w / 2];
    struct lane_owner owner = {.drop = dropped, .fault = lab->cfg.watch.fault ? fault : NULL, .ctx = way};
    way->lab = lab;
    way->from = w & 1 ? link->b : link->a;
    way->to = w & 1 ? link->a : link->b;
    way->room_len = lane_room(&link->lane[w & 1]);
    if (way->room_len > 0 && !(way->room = mem_get(&lab->mem, way->room_len))) return false;
    lane_init(&way->lane, &link->lane[w & 1], seed, way->room, owner);
    way->plain = lane_is_plain(&way->lane);
    return true;
}

bool net_new(struct lab *lab)
{
    uint64_t seed = lab->cfg.seed;
    lab->way = mem_zero(&lab->mem, lab->way_n * sizeof *lab->way);
    lab->route = mem_get(&lab->mem, lab->cfg.node_n * lab->cfg.node_n * sizeof *lab->route);
    lab->pool = pool_new(&lab->mem);
    if ((lab->way_n > 0 && !lab->way) || !lab->route || !lab->pool) return false;
    for (size_t w = 0; w < lab->way_n; w++)
        if (!way_new(lab, w, &seed)) return false;
    return route_make(lab);
}

void net_free(struct lab *lab)
{
    struct parcel *p;
    for (size_t w = 0; lab->way && w < lab->way_n; w++) {
        while (lab->way[w].lab && (p = lane_empty(&lab->way[w].lane)) != NULL) packet_free(lab, (struct packet *)p);
        mem_put(&lab->mem, lab->way[w].room, lab->way[w].room_len);
    }
    packet_free_all(lab);
    pool_free(lab->pool);
    mem_put(&lab->mem, lab->way, lab->way_n * sizeof *lab->way);
    mem_put(&lab->mem, lab->route, lab->cfg.node_n * lab->cfg.node_n * sizeof *lab->route);
}
