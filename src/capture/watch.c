#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "look.h"
#include "tcb.h"

enum { CONNS_DEFAULT = 40960, FRAGMENTS = 8 };
_Static_assert(CONNS_DEFAULT * sizeof(struct flow) < 170000000, "a capture of any size in less than 200 MB");

/* A packet in fragments of which the first was seen: the others have no ports. */
struct first_fragment {
    uint64_t conn; /* its number; 0: none */
    struct tern_endpoint src, dst;
    uint32_t id, end;
};

struct watch {
    struct watch_config cfg;
    enum link_layer layer;
    struct flow_table flows;
    struct story story; /* connections only */
    struct watch_totals totals;
    uint64_t seen; /* packets, those left out by a filter among them */
    void (*on_conn)(void *ctx, const struct watch_conn *c);
    void *on_conn_ctx;
    uint32_t fragment_n;
    struct first_fragment fragment[FRAGMENTS];
};

struct watch *watch_new(const struct watch_config *cfg)
{
    struct watch *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->cfg = *cfg;
    if (w->cfg.conns_max == 0) w->cfg.conns_max = CONNS_DEFAULT;
    w->layer = LINK_UNKNOWN;
    if (flow_table_init(&w->flows, w->cfg.conns_max) == 0) return w;
    free(w);
    return NULL;
}

void watch_free(struct watch *w)
{
    if (!w) return;
    flow_table_free(&w->flows);
    story_free(&w->story);
    free(w);
}

bool watch_link_type(struct watch *w, int dlt)
{
    w->layer = link_layer_of(dlt);
    return w->layer != LINK_UNKNOWN;
}

void watch_on_conn(struct watch *w, void (*conn)(void *ctx, const struct watch_conn *c), void *ctx)
{
    w->on_conn = conn;
    w->on_conn_ctx = ctx;
}

void watch_totals(const struct watch *w, struct watch_totals *out) { *out = w->totals; }

/* ---- rows ---- */

static void begin_row(const struct look *k, struct story_row *row, enum story_kind kind)
{
    memset(row, 0, sizeof *row);
    row->at = k->at;
    row->arrived = TERN_NEVER;
    row->conn = k->f->slot;
    row->kind = (uint8_t)kind;
    row->side = (uint8_t)k->side;
    row->fate = STORY_UNKNOWN;
}

static void give_row(struct watch *w, const struct flow *f, struct story_row *row)
{
    tcb_fill(f, row->tcb);
    tcb_bases(f, &w->story.conn[f->slot]);
    w->cfg.row(w->cfg.ctx, &w->story, row);
    story_row_free(row);
}

static void add_head(struct story_row *row, const struct sight *s)
{
    uint32_t len = s->ip_at + s->ip.head_len + s->tcp.head_len;
    if (len > s->len) len = s->len;
    if (len > STORY_HEAD_MAX) len = STORY_HEAD_MAX;
    memcpy(row->head, s->packet, len);
    row->head_len = (uint8_t)len;
    row->ip_at = (uint8_t)s->ip_at;
}

/* ---- connections ---- */

static void forget(struct watch *w, struct flow *f)
{
    struct story_row row = {.note_n = 0};
    struct look k = {.totals = &w->totals, .f = f, .at = w->totals.last_at, .side = STORY_A};
    if (w->cfg.row) {
        begin_row(&k, &row, STORY_CHANGE);
        k.row = &row;
    }
    look_end(&k, w->totals.last_at);
    if (k.row && row.note_n > 0) give_row(w, f, &row);
    tcb_sum_up(f);
    if (w->on_conn) w->on_conn(w->on_conn_ctx, &f->conn);
    flow_forget(&w->flows, f);
}

static struct flow *begin(struct watch *w, const struct tern_endpoint *a, const struct tern_endpoint *b, tern_ns at, bool middle)
{
    struct flow *surplus = flow_surplus(&w->flows);
    if (surplus) forget(w, surplus);
    struct flow *f = flow_new(&w->flows, &w->story, a, b);
    if (!f) return NULL;
    w->totals.conns++;
    f->conn.first_at = f->conn.last_at = at;
    f->conn.began_in_middle = middle;
    for (unsigned i = 0; i < STORY_SIDE_N; i++) {
        f->half[i].wscale = NO_SCALE;
        f->conn.wnd_min[i] = UINT32_MAX;
    }
    return f;
}

/* The connection that a SYN opened while another one was still there, and that is now accepted. */
static void adopt(struct flow *f, enum story_side side, const struct tern_ev_seg *syn, tern_ns at)
{
    struct half *h = &f->half[side];
    *h = (struct half){.syn = true,
                       .offer_known = true,
                       .iss = syn->seq,
                       .first = syn->seq,
                       .nxt = syn->seq + 1,
                       .una = syn->seq,
                       .nxt_known = true,
                       .una_known = true,
                       .syn_n = 1,
                       .syn_at = at,
                       .mss = syn->mss,
                       .mss_known = syn->mss > 0,
                       .wscale = syn->wscale,
                       .timestamps = syn->timestamps,
                       .sack_permitted = syn->sack_permitted};
    peer_in(&f->peer[side], syn);
    peer_out(&f->peer[story_other(side)], syn);
}

/* Does the SYN open another connection between ports that were in use before? The first packet of an end that was called opens
 * the same one: at the same time. */
static bool opens_next(const struct flow *f, enum story_side side, const struct wire_tcp *t)
{
    const struct half *h = &f->half[side];
    bool first = f->conn.packets[side] == 0 && !f->half[story_other(side)].rst;
    return !(t->flags & TH_ACK) && flow_over(f) && !first && !(h->syn && h->iss == t->seq.v);
}

static struct flow *flow_of(struct watch *w, const struct wire_tcp *t, const struct tern_endpoint *src,
                            const struct tern_endpoint *dst, tern_ns at)
{
    struct flow *f = flow_find(&w->flows, src, dst);
    bool syn = t->flags & TH_SYN, ack = t->flags & TH_ACK;
    if (f && syn) {
        enum story_side other = story_other(flow_side(f, src));
        bool next = opens_next(f, story_other(other), t),
             adopted = ack && f->stray_syn[other] && t->ack.v == f->stray[other].seq + 1;
        struct tern_ev_seg stray = f->stray[other];
        if (next || adopted) {
            forget(w, f);
            f = NULL;
        }
        if (adopted) {
            f = begin(w, dst, src, at, false);
            if (f) adopt(f, STORY_A, &stray, at);
            return f;
        }
    }
    if (f) return f;
    return syn && ack ? begin(w, dst, src, at, false) : begin(w, src, dst, at, !syn);
}

/* ---- segments ---- */

static void fill_seg(const struct look *k, struct tern_ev_seg *seg)
{
    const struct wire_tcp *t = &k->s->tcp;
    const struct wire_tcp_options *o = &t->opt;
    bool syn = t->flags & TH_SYN;
    *seg = (struct tern_ev_seg){.seq = k->seq,
                                .ack = k->flags & TH_ACK ? k->ack : 0,
                                .len = k->len,
                                .wnd = t->wnd,
                                .wnd_raw = t->wnd,
                                .flags = k->flags,
                                .urp = t->urp,
                                .mss = o->present & OPT_MSS ? o->mss : 0,
                                .wscale = o->present & OPT_WSCALE ? o->wscale : NO_SCALE,
                                .sack_n = o->sack_n,
                                .sack_permitted = o->present & OPT_SACK_PERMITTED,
                                .timestamps = o->present & OPT_TIMESTAMPS};
    if (!syn) seg->wnd = window_bytes(k->x, k->y, t->wnd, false);
    if (seg->timestamps) {
        seg->ts_val = o->ts_val;
        seg->ts_ecr = o->ts_ecr;
    }
    if (o->present & OPT_ACCECN) {
        seg->accecn_kind = o->accecn_kind, seg->accecn_n = o->accecn_n;
        for (unsigned i = 0; i < o->accecn_n; i++) seg->accecn[i] = o->accecn[i];
    }
    if (o->present & OPT_AO) {
        seg->ao = true, seg->ao_key_id = o->ao_key_id, seg->ao_next_key_id = o->ao_next_key_id;
        seg->ao_mac_len = o->ao_mac_len < sizeof seg->ao_mac ? o->ao_mac_len : (uint8_t)sizeof seg->ao_mac;
        memcpy(seg->ao_mac, o->ao_mac, seg->ao_mac_len);
    }
    for (uint32_t i = 0; i < o->sack_n; i++) {
        seg->sack[i][0] = o->sack[i].left.v;
        seg->sack[i][1] = o->sack[i].right.v;
    }
}

static void feed_states(struct look *k)
{
    peer_in(&k->f->peer[k->side], &k->seg);
    peer_out(&k->f->peer[story_other(k->side)], &k->seg);
}

static void take_reset(struct look *k)
{
    if (!look_reset(k)) return;
    k->x->rst = true;
    feed_states(k);
}

static void take_segment(struct look *k)
{
    if (look_twice(k)) {
        if (k->row) k->row->duplicate = true;
        return;
    }
    if (!look_sum(k)) return;
    look_alive(k);
    if (k->flags & TH_RST) {
        take_reset(k);
        return;
    }
    if (k->flags & TH_SYN && !look_syn(k)) return;
    look_handshake(k);
    look_timestamps(k);
    look_fill(k);
    look_mss(k);
    look_ecn(k);
    if (!look_probe(k)) look_data(k);
    look_ack(k);
    look_window(k);
    look_ttl(k);
    feed_states(k);
}

static void remember_fragment(struct watch *w, const struct look *k, const struct tern_endpoint *src,
                              const struct tern_endpoint *dst)
{
    w->fragment[w->fragment_n++ % FRAGMENTS] =
        (struct first_fragment){.conn = k->f->conn.number, .src = *src, .dst = *dst, .id = k->s->id, .end = k->end};
}

/* A later fragment: its bytes follow those of the first one, if they come in order. */
static void take_fragment(struct watch *w, const struct sight *s)
{
    for (uint32_t i = 0; i < FRAGMENTS; i++) {
        struct first_fragment *first = &w->fragment[i];
        if (first->conn == 0 || first->id != s->id || !tern_addr_eq(&first->src.addr, &s->ip.src) ||
            !tern_addr_eq(&first->dst.addr, &s->ip.dst))
            continue;
        struct flow *f = flow_find(&w->flows, &first->src, &first->dst);
        if (!f || f->conn.number != first->conn) return;
        enum story_side side = flow_side(f, &first->src);
        struct half *h = &f->half[side];
        if (h->nxt_known && h->nxt == first->end) h->nxt += s->fragment_len;
        first->end += s->fragment_len;
        f->conn.bytes[side] += s->fragment_len;
        return;
    }
}

static void take_too_big(struct watch *w, tern_ns at, const struct wire_icmp *icmp)
{
    struct tern_endpoint src = {icmp->src, icmp->src_port}, dst = {icmp->dst, icmp->dst_port};
    struct flow *f = flow_find(&w->flows, &src, &dst);
    if (f) path_mtu_told(f, flow_side(f, &src), icmp->seq.v, icmp->mtu, at);
}

static void take_tcp(struct watch *w, tern_ns at, const struct sight *s)
{
    const struct wire_tcp *t = &s->tcp;
    struct tern_endpoint src = {s->ip.src, t->src_port}, dst = {s->ip.dst, t->dst_port};
    struct flow *f = flow_of(w, t, &src, &dst, at);
    if (!f) return;
    enum story_side side = flow_side(f, &src);
    struct story_row row;
    struct look k = {.totals = &w->totals,
                     .f = f,
                     .s = s,
                     .at = at,
                     .side = side,
                     .x = &f->half[side],
                     .y = &f->half[story_other(side)],
                     .flags = t->flags,
                     .seq = t->seq.v,
                     .end = t->seq.v + wire_seg_len(t),
                     .ack = t->ack.v,
                     .len = t->len};
    if (w->cfg.row) {
        begin_row(&k, &row, STORY_SEGMENT);
        row.n = w->seen;
        if (w->cfg.heads) add_head(&row, s);
        k.row = &row;
    }
    fill_seg(&k, &k.seg);
    take_segment(&k);
    if (s->more_fragments) remember_fragment(w, &k, &src, &dst);
    f->conn.last_at = at;
    f->conn.packets[side]++;
    f->conn.bytes[side] += t->len;
    if (!k.row) return;
    row.seg = k.seg;
    give_row(w, f, &row);
}

void watch_packet(struct watch *w, tern_ns at, const uint8_t *p, uint32_t len, uint32_t wire_len)
{
    struct sight s;
    struct watch_totals *t = &w->totals;
    w->seen++;
    if (t->packets++ == 0) t->first_at = w->story.start = at;
    if (at > t->last_at) t->last_at = at;
    enum sight_kind kind = sight_read(w->layer, p, len, wire_len, &s);
    t->cut += s.cut;
    switch (kind) {
    case SIGHT_TCP: t->tcp++, take_tcp(w, at, &s); return;
    case SIGHT_FRAGMENT: t->tcp++, take_fragment(w, &s); return;
    case SIGHT_TOO_BIG: take_too_big(w, at, &s.icmp); /* fall through */
    case SIGHT_OTHER: t->not_tcp++; return;
    default: t->unreadable++; return;
    }
}

void watch_skip(struct watch *w) { w->seen++; }

void watch_end(struct watch *w)
{
    for (struct flow *f; (f = flow_oldest(&w->flows)) != NULL;) forget(w, f);
}
