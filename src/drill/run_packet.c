/* Packets of the script: which connection they belong to, those that it sends, and those that it expects. */
#include "run_ao.h"
#include "run_md5.h"
#include "run_packet.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "words.h"

/* ---- flows ---- */

struct flow *run_flow_new(struct run *r)
{
    struct flow *f = calloc(1, sizeof *f);
    if (!f) return run_no_memory(r), NULL;
    f->fd = -1;
    f->next = r->flow;
    r->flow = f;
    return f;
}

void run_flows_free(struct run *r)
{
    while (r->flow) {
        struct flow *f = r->flow;
        r->flow = f->next;
        free(f->ts);
        free(f);
    }
}

/* A SYN, or whatever comes first, to a listener or to nobody: a connection that only packets know so far. */
static struct flow *passive_flow(struct run *r, const struct script_packet *p)
{
    struct flow *f = run_flow_new(r);
    if (!f) return NULL;
    f->state = FLOW_SYN_CAME;
    f->local = (struct tern_endpoint){r->local_ip, p->has_ports ? p->dst : r->bind_port};
    f->remote = (struct tern_endpoint){r->remote_ip, p->has_ports ? p->src : r->next_port++};
    f->remote_isn = p->tcp.seq;
    return f;
}

/* The one between the ports that the packet has; NULL: none. */
static struct flow *flow_between(struct run *r, const struct script_packet *p)
{
    uint16_t local = p->outbound ? p->src : p->dst, remote = p->outbound ? p->dst : p->src;
    struct flow *f = r->flow;
    while (f && (f->remote.port != remote || (f->local.port && f->local.port != local))) f = f->next;
    return f;
}

/* The flow of the script's packet; NULL: there is none. */
static struct flow *flow_of(struct run *r, const struct script_packet *p)
{
    struct flow *f = p->has_ports ? flow_between(r, p) : r->flow;
    if (p->protocol != SCRIPT_TCP) return f;
    if (!p->outbound && (!f || f->state == FLOW_LISTENING || f->state == FLOW_NEW)) return passive_flow(r, p);
    bool syn = p->tcp.flags & SCRIPT_SYN, ack = p->tcp.flags & SCRIPT_ACK;
    if (p->outbound && syn && !ack && f && f->state == FLOW_CONNECTING) {
        f->state = FLOW_SYN_SENT;
        f->script_local_isn = p->tcp.seq;
    }
    return f;
}

static bool remember_ts(struct run *r, struct flow *f, uint32_t script, uint32_t live)
{
    for (size_t i = 0; i < f->ts_n; i++)
        if (f->ts[i].script == script) {
            f->ts[i].live = live;
            return true;
        }
    if (f->ts_n == f->ts_cap) {
        size_t cap = f->ts_cap ? f->ts_cap * 2 : 16;
        struct flow_ts *more = realloc(f->ts, cap * sizeof *more);
        if (!more) return run_no_memory(r);
        f->ts = more;
        f->ts_cap = cap;
    }
    f->ts[f->ts_n++] = (struct flow_ts){script, live};
    return true;
}

/* ---- inbound ---- */

static void inbound(struct run *r, struct flow *f, const struct script_packet *p)
{
    uint8_t packet[TERN_PACKET_MAX + WIRE_IP_HEADER_MAX];
    uint32_t len = 0;
    if (p->protocol == SCRIPT_TCP) {
        if (f->state == FLOW_SYN_SENT && p->tcp.flags & SCRIPT_SYN) {
            if (p->tcp.flags & SCRIPT_ACK) f->state = FLOW_OPEN;
            f->remote_isn = p->tcp.seq;
        }
        if (20u + p->tcp.options_len + p->tcp.len + WIRE_IP6_HEADER_LEN <= TERN_PACKET_MAX)
            len = forge_tcp(r, f, p, packet);
        else
            run_fail(r, p->at, _("The packet is longer than an IP packet can be."));
    } else {
        len = forge_icmp(r, f, p, packet);
    }
    bool joined = p->protocol == SCRIPT_TCP && r->joined_mss && p->tcp.len > r->joined_mss;
    if (len) net_input(r, packet, len, joined ? r->joined_mss : 0);
}

/* ---- outbound: what came ---- */

/* A packet that the stack sent, taken apart. */
struct came {
    struct run_sent *sent; /* owned */
    struct wire_ip ip;
    struct wire_tcp tcp; /* when it is that */
    const uint8_t *seg;
    uint32_t seg_len;
};

/* False: nobody could read it. */
static bool take_apart(struct came *c, struct run_sent *s)
{
    struct wire_icmp icmp;
    *c = (struct came){.sent = s};
    if (wire_ip_parse(s->bytes, s->len, NULL, &c->ip) != WIRE_OK) return false;
    c->seg = s->bytes + c->ip.head_len;
    c->seg_len = c->ip.len - c->ip.head_len;
    if (c->ip.proto != IPPROTO_TCP) return wire_icmp_parse(&c->ip, c->seg, c->seg_len, false, &icmp) == WIRE_OK;
    return wire_tcp_parse(c->seg, c->seg_len, &c->tcp) == WIRE_OK && wire_tcp_checksum_ok(&c->ip, c->seg, c->seg_len);
}

static bool is_of(struct flow *f, const struct came *c)
{
    if (c->tcp.dst_port != f->remote.port || !tern_addr_eq(&c->ip.dst, &f->remote.addr)) return false;
    if (f->state == FLOW_SYN_SENT && !f->local.port && (c->tcp.flags & (TH_SYN | TH_ACK)) == TH_SYN) {
        f->local = (struct tern_endpoint){c->ip.src, c->tcp.src_port};
        f->live_local_isn = c->tcp.seq.v;
    }
    return c->tcp.src_port == f->local.port && tern_addr_eq(&c->ip.src, &f->local.addr);
}

/* The next packet of the flow, waiting until |limit|. Others' are passed over, as packetdrill does. */
static bool await_packet(struct run *r, struct flow *f, bool icmp, tern_ns limit, struct came *c)
{
    for (;;) {
        struct run_sent *s;
        while ((s = net_take(r))) {
            bool whole = take_apart(c, s), tcp = c->ip.proto == IPPROTO_TCP;
            if (whole && (icmp ? !tcp : tcp && is_of(f, c))) return true;
            free(s);
            if (whole) continue;
            run_fail(r, r->event->at, "%s", _("The stack sent a packet whose headers or checksum are wrong."));
            return false;
        }
        if (r->failed || (!run_step(r, limit) && !r->sent)) return false;
    }
}

/* ---- outbound: as the script would write it ---- */

static void to_script_options(const struct flow *f, struct view *v, bool syn)
{
    uint32_t base = syn ? 0 : f->remote_isn;
    for (size_t i = 0; i < v->options_len;) {
        size_t n = option_len(v->options + i, v->options_len - i);
        if (v->options[i] == TCPOPT_EOL || !n) break;
        if (v->options[i] == TCPOPT_SACK)
            for (size_t k = i + 2; k + 4 <= i + n; k += 4) be32_put(v->options + k, be32_get(v->options + k) - base);
        i += n;
    }
}

static void view_of(struct run *r, const struct flow *f, const struct script_packet *p, const struct came *c, struct view *v)
{
    bool syn = c->tcp.flags & TH_SYN, raw_seq = p->tcp.seq_kind == SEQ_ABSOLUTE;
    *v = (struct view){.ip_version = c->ip.version, .tos = c->ip.tos, .ttl = c->ip.ttl, .raw_seq = raw_seq};
    if (c->ip.version == 6) v->flow_label = be32_get(c->sent->bytes) & 0xfffff;
    v->flags = c->tcp.flags;
    v->reserved = c->tcp.reserved;
    v->seq = raw_seq ? c->tcp.seq.v : c->tcp.seq.v - f->live_local_isn + (syn ? f->script_local_isn : 0);
    v->ack = c->tcp.flags & TH_ACK ? c->tcp.ack.v - (syn ? 0 : f->remote_isn) : c->tcp.ack.v;
    v->len = c->tcp.len;
    v->wnd = c->tcp.wnd;
    v->urp = c->tcp.urp;
    v->options_len = (uint8_t)(c->tcp.head_len - WIRE_TCP_HEADER_LEN);
    memcpy(v->options, c->seg + WIRE_TCP_HEADER_LEN, v->options_len);
    to_script_options(f, v, syn);
    v->sign_right = md5_is_right(r, &c->ip, c->seg, c->tcp.head_len, c->seg_len) ||
                    ao_is_right(r, f, &c->ip, c->seg, c->tcp.head_len, c->seg_len);
}

/* ---- outbound: comparison ---- */

/* The timestamp that was sent in the script's numbers, and the pair remembered for echoes of it. */
static void map_timestamp(struct run *r, struct flow *f, const struct script_tcp *want, struct view *v)
{
    uint8_t *ts = (uint8_t *)(uintptr_t)option_find(v->options, v->options_len, TCPOPT_TIMESTAMPS, 10);
    if (!ts) return;
    for (size_t i = 0; i < want->options_n; i++) {
        if (want->options[i].kind != TCP_OPTION_TS) continue;
        uint32_t live = be32_get(ts + 2);
        if (remember_ts(r, f, want->options[i].value, live)) be32_put(ts + 2, f->ts[0].script + (live - f->ts[0].live));
        return;
    }
}

/* An option against the script's. |at| counts the bytes of |v| that were used. */
static bool same_option(struct run *r, const struct script_tcp_option *o, const struct view *v, size_t *at)
{
    const uint8_t *p = v->options + *at;
    size_t left = v->options_len - *at;
    if (!left || p[0] != o->wire[0]) return false;
    size_t n = p[0] == TCPOPT_EOL ? 1 : option_len(p, left);
    *at += n;
    if (!n || n != o->wire_len) return false;
    if (o->valid) return v->sign_right && (o->kind != TCP_OPTION_AO || memcmp(p, o->wire, 4) == 0);
    if (o->kind == TCP_OPTION_TS) {
        if (!r->ts_tick) return true;
        int32_t off = (int32_t)(be32_get(p + 2) - o->value);
        tern_ns by = (tern_ns)(off < 0 ? -(int64_t)off : off) * r->ts_tick;
        double wide = r->tolerance_percent / 100 * (double)r->event_at;
        return by <= r->tolerance || (double)by <= wide;
    }
    return memcmp(p, o->wire, n) == 0;
}

static bool same_options(struct run *r, const struct script_tcp *want, const struct view *v)
{
    size_t at = 0;
    if (want->options_kind == OPTIONS_ANY) return true;
    if (want->options_len != v->options_len) return false;
    for (size_t i = 0; i < want->options_n; i++)
        if (!same_option(r, &want->options[i], v, &at)) return false;
    return at == v->options_len;
}

static bool same_flow_label(struct flow *f, uint32_t want, uint32_t got)
{
    if (!got) return false;
    if (!f->flow_label_script || (want != f->flow_label_script && got != f->flow_label_live)) {
        f->flow_label_script = want;
        f->flow_label_live = got;
        return true;
    }
    return want == f->flow_label_script && got == f->flow_label_live;
}

static bool same_ip(const struct run *r, struct flow *f, const struct script_ip *want, const struct view *v)
{
    uint8_t ecn = v->tos & 3;
    bool ok = v->ip_version == (r->ip == DRILL_IPV6 ? 6 : 4);
    switch (want->ecn) {
    case SCRIPT_ECN_UNSAID: break;
    case SCRIPT_ECN_NOT: ok &= ecn == 0; break;
    case SCRIPT_ECN_ECT0: ok &= ecn == 2; break;
    case SCRIPT_ECN_ECT1: ok &= ecn == 1; break;
    case SCRIPT_ECN_CE: ok &= ecn == 3; break;
    case SCRIPT_ECN_ECT01: ok &= ecn == 1 || ecn == 2; break;
    case SCRIPT_ECN_TOS: ok &= v->tos == want->tos; break;
    }
    if (want->has_ttl) ok &= v->ttl == want->ttl;
    if (want->has_flow && v->ip_version == 6) ok &= same_flow_label(f, want->flow, v->flow_label);
    return ok;
}

/* Which columns differ. Returns whether any does. */
static bool compare(struct run *r, struct flow *f, const struct script_packet *p, const struct view *v,
                    bool differ[VIEW_COLUMN_N])
{
    const struct script_tcp *t = &p->tcp;
    bool ack = v->flags & TH_ACK;
    differ[VIEW_IP] = !same_ip(r, f, &p->ip, v);
    differ[VIEW_FLAGS] = v->flags != t->flags || v->reserved;
    differ[VIEW_SEQ] = t->len != v->len || (t->seq_kind != SEQ_ANY && t->seq != v->seq);
    differ[VIEW_ACK] = v->ack != t->ack && (ack || t->has_ack);
    differ[VIEW_WIN] = t->has_win && t->win != v->wnd;
    differ[VIEW_URG] = t->urg != v->urp;
    differ[VIEW_OPTIONS] = !same_options(r, t, v);
    for (int i = 0; i < VIEW_COLUMN_N; i++)
        if (differ[i]) return true;
    return false;
}

/* ---- outbound: joining ---- */

/* May |b| follow |a| in one long segment? */
static bool joins(const struct came *a, const struct came *b)
{
    enum { ALIKE = TH_SYN | TH_RST | TH_ACK | TH_URG | TH_ECE | TH_AE };
    if (a->tcp.head_len != b->tcp.head_len || (a->tcp.flags & ALIKE) != (b->tcp.flags & ALIKE) || b->tcp.flags & TH_CWR)
        return false;
    return a->tcp.seq.v + a->tcp.len == b->tcp.seq.v && a->tcp.ack.v == b->tcp.ack.v && a->tcp.wnd == b->tcp.wnd &&
           a->tcp.urp == b->tcp.urp && a->ip.tos == b->ip.tos && a->ip.ttl == b->ip.ttl &&
           memcmp(a->seg + WIRE_TCP_HEADER_LEN, b->seg + WIRE_TCP_HEADER_LEN, a->tcp.head_len - WIRE_TCP_HEADER_LEN) == 0;
}

static bool all_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i]) return false;
    return true;
}

static void no_packet(struct run *r, const struct script_packet *p)
{
    run_differs(r, RUN_PACKET_SENT, r->event->at, _("The stack sends no such packet: the script waited for it until %.6f s."),
                (double)run_now(r) / 1e9);
    if (p->protocol == SCRIPT_TCP && r->failed) {
        static const bool none[VIEW_COLUMN_N];
        struct view nothing = {0};
        view_pair(r, p, &nothing, none);
        free(r->out->actual);
        r->out->actual = NULL;
    }
}

/* Takes further segments until |first|, now in the view, is as long as the script says. False: failed. */
static bool join(struct run *r, struct flow *f, const struct script_packet *p, tern_ns limit, struct came *last, struct view *v,
                 bool *data_ok)
{
    uint32_t len = v->len;
    uint16_t cwr = v->flags & TH_CWR;
    while (len < p->tcp.len && !r->strict_segments) {
        struct came next;
        if (!await_packet(r, f, false, limit, &next)) break;
        bool last_one = len + next.tcp.len >= p->tcp.len;
        if (!joins(last, &next) || (!last_one && next.tcp.len != last->tcp.len)) {
            /* It is the next one's turn to be looked at; this one is too short. */
            next.sent->next = r->sent;
            if (!r->sent) r->sent_end = &next.sent->next;
            r->sent = next.sent;
            break;
        }
        free(last->sent);
        *last = next;
        len += next.tcp.len;
        *data_ok &= all_zero(next.tcp.data, next.tcp.len);
        v->flags = next.tcp.flags | cwr;
    }
    v->len = len;
    return !r->failed;
}

static tern_ns patience(const struct run *r)
{
    if (r->event->time_kind == TIME_ANY) return TERN_NEVER;
    tern_ns end = r->event_end > r->event_at ? r->event_end : r->event_at;
    tern_ns at = end + RUN_EPOCH + 2 * TERN_SEC;
    return at > r->now ? at : r->now;
}

static void check_tcp(struct run *r, struct flow *f, const struct script_packet *p, struct came *c, tern_ns limit)
{
    struct view v;
    bool differ[VIEW_COLUMN_N] = {false}, data_ok = all_zero(c->tcp.data, c->tcp.len);
    view_of(r, f, p, c, &v);
    if (!join(r, f, p, limit, c, &v, &data_ok)) return;
    map_timestamp(r, f, &p->tcp, &v);
    if (compare(r, f, p, &v, differ)) {
        run_differs(r, RUN_PACKET_SENT, r->event->at, _("The packet that the stack sent is not the one expected."));
        if (r->failed) view_pair(r, p, &v, differ);
    } else if (!data_ok) {
        run_differs(r, RUN_PACKET_SENT, r->event->at, _("The packet carries other bytes than those that were written."));
    } else if (p->has_ports && c->tcp.src_port != p->src) {
        run_differs(r, RUN_PACKET_SENT, r->event->at, _("The packet comes from port %u, the script expects %u."), c->tcp.src_port,
                    p->src);
    }
}

static void check_icmp(struct run *r, const struct script_packet *p, const struct came *c)
{
    uint8_t want[ICMP_HEAD_LEN];
    if (!forge_icmp_head(r, &p->icmp, want)) return;
    bool rest = p->icmp.has_id || p->icmp.has_mtu; /* what stands behind the checksum */
    if (memcmp(want, c->seg, 2) == 0 && (!rest || memcmp(want + 4, c->seg + 4, 4) == 0)) return;
    run_differs(r, RUN_PACKET_SENT, r->event->at,
                _("ICMP type %u, code %u (0x%08x) came, the script expects type %u, code %u (0x%08x)."), c->seg[0], c->seg[1],
                be32_get(c->seg + 4), want[0], want[1], be32_get(want + 4));
}

static void outbound(struct run *r, struct flow *f, const struct script_packet *p)
{
    bool synack = (p->tcp.flags & (SCRIPT_SYN | SCRIPT_ACK)) == (SCRIPT_SYN | SCRIPT_ACK);
    tern_ns limit = patience(r);
    struct came c;
    bool is_tcp = p->protocol == SCRIPT_TCP, first = is_tcp && f->state == FLOW_SYN_CAME && synack;
    if (first) f->script_local_isn = p->tcp.seq;
    if (!await_packet(r, f, !is_tcp, limit, &c)) {
        if (!r->failed) no_packet(r, p);
        return;
    }
    tern_ns first_at = c.sent->at - RUN_EPOCH;
    if (first) {
        f->state = FLOW_OPEN;
        f->live_local_isn = c.tcp.seq.v;
    }
    if (is_tcp) f->live_last_seq = c.tcp.seq.v;
    if (is_tcp)
        check_tcp(r, f, p, &c, limit);
    else
        check_icmp(r, p, &c);
    tern_ns last_at = c.sent->at - RUN_EPOCH; /* of a packet that was joined of several */
    free(c.sent);
    if (!r->failed && run_in_time(r, r->event, r->event_at, r->event_end, first_at, r->last_at, RUN_PACKET_SENT) &&
        last_at != first_at)
        run_in_time(r, r->event, r->event_at, r->event_end, last_at, r->last_at, RUN_PACKET_SENT);
}

void packet_event(struct run *r)
{
    const struct script_packet *p = r->event->packet;
    if (!p->outbound && !run_wait(r)) return;
    struct flow *f = flow_of(r, p);
    if (!f)
        run_fail(r, p->at, _("No connection that the packet could belong to."));
    else if (p->outbound)
        outbound(r, f, p);
    else
        inbound(r, f, p);
}
