/* A packet comes in: IP, TCP, and which connection it is for. */
#include "filter.h"

#include <string.h>

static enum tern_drop drop_of(enum wire_err e)
{
    static const uint8_t drop[WIRE_ERR_N] = {
        [WIRE_OK] = TERN_DROP_NONE,
        [WIRE_SHORT] = TERN_DROP_SHORT,
        [WIRE_OFFSET] = TERN_DROP_OFFSET,
        [WIRE_VERSION] = TERN_DROP_VERSION,
        [WIRE_LENGTH] = TERN_DROP_LENGTH,
        [WIRE_IP_CHECKSUM] = TERN_DROP_IP_CHECKSUM,
        [WIRE_FRAGMENT] = TERN_DROP_FRAGMENT,
        [WIRE_IP_OPTION] = TERN_DROP_IP_OPTION,
        [WIRE_SOURCE_ROUTE] = TERN_DROP_SOURCE_ROUTE,
        [WIRE_EXT_HEADER] = TERN_DROP_EXT_HEADER,
        [WIRE_ADDRESS] = TERN_DROP_ADDRESS,
        [WIRE_CHECKSUM] = TERN_DROP_CHECKSUM,
    };
    return (enum tern_drop)drop[e];
}

void stack_drop(struct tern_stack *s, enum tern_drop why, const struct tcp_tuple *t, const struct wire_tcp *h)
{
    s->counters.drop[why]++;
    if (!s->env.trace) return;
    struct tern_event *e = event_new(&s->env, NULL, TERN_EV_DROP, TERN_RULE_NONE);
    e->drop = (uint16_t)why;
    if (t) {
        e->local = (struct tern_endpoint){t->laddr, t->lport};
        e->remote = (struct tern_endpoint){t->raddr, t->rport};
    }
    if (!h) return;
    event_fill_seg(&e->u.seg, h, h->len, 0, 0);
    e->drop_has_seg = true;
}

void scan_note(struct tern_stack *s, const struct tcp_tuple *t, enum tern_rule what)
{
    if (what == TERN_RULE_SCAN_SYN)
        s->counters.syn_scans++;
    else
        s->counters.scans++;
    if (!s->env.trace) return;
    struct tern_event *e = event_new(&s->env, NULL, TERN_EV_NOTE, what);
    e->local = (struct tern_endpoint){t->laddr, t->lport};
    e->remote = (struct tern_endpoint){t->raddr, t->rport};
}

/* A RST for what belongs to no connection (RFC 9293 3.10.7.1), as far as the settings let us. */
static void refuse(struct tern_stack *s, int ifi, const struct tcp_tuple *t, const struct wire_tcp *seg, enum tern_rule why)
{
    struct wire_tcp h;
    uint64_t before = trace_position(s);
    if (s->env.trace) {
        struct tern_event *e = event_new(&s->env, NULL, TERN_EV_SEG_IN, why);
        e->local = (struct tern_endpoint){t->laddr, t->lport};
        e->remote = (struct tern_endpoint){t->raddr, t->rport};
        event_fill_seg(&e->u.seg, seg, seg->len, 0, 0);
    }
    if (!tcp_reset_for(seg, &h)) {
        stack_drop(s, TERN_DROP_RST_TO_CLOSED, t, seg);
        return;
    }
    bool asked = why == TERN_RULE_FILTER_RESET;
    bool silent = !asked && (s->env.set.silent == 1 || (s->env.set.silent == 2 && (seg->flags & TH_SYN)));
    bool begins = (seg->flags & TH_SYN) && (!(seg->flags & TH_FIN) || s->env.set.drop_syn_fin == 0 || !RULE(TERN 5));
    if (!begins && !(seg->flags & TH_ACK)) scan_note(s, t, silent ? TERN_RULE_SCAN_SILENT : TERN_RULE_SCAN_CLOSED);
    if (silent || !CLAUSE(&s->env, RST_TO_CLOSED)) {
        stack_drop(s, TERN_DROP_NO_LISTENER, t, seg);
        return;
    }
    enum tern_drop refused = answer_refused(s, &t->raddr);
    if (refused != TERN_DROP_NONE) {
        stack_drop(s, refused, t, seg);
        return;
    }
    answer_segment(s, ifi, t, (uint8_t)s->env.set.ttl, 0, NULL, &h, why, before);
}

/* RFC 9293 3.10.7.2: a segment arrives in LISTEN. */
static void listen(struct tern_stack *s, struct tern_listener *l, const struct tcp_tuple *t, int ifi, struct tcp_seg *seg,
                   const seq32 *iss_after)
{
    uint16_t flags = seg->h.flags;
    if (flags & TH_RST) { /* first */
        stack_drop(s, TERN_DROP_RST_TO_LISTEN, t, &seg->h);
        return;
    }
    if ((flags & TH_ACK) && (flags & TH_SYN) && s->env.set.listen_quiet) {
        stack_drop(s, TERN_DROP_LISTEN_SYN_ACK, t, &seg->h);
        return;
    }
    if (flags & TH_ACK) { /* second */
        if ((flags & TH_SYN) || !cookie_ack(l, t, ifi, seg)) refuse(s, ifi, t, &seg->h, TERN_RULE_LISTEN_ACK);
        return;
    }
    enum tern_rule seen = s->env.set.silent == 1 ? TERN_RULE_SCAN_SILENT : TERN_RULE_SCAN_OPEN;
    if (!(flags & TH_SYN)) { /* fourth */
        scan_note(s, t, seen);
        stack_drop(s, TERN_DROP_LISTEN_NO_SYN, t, &seg->h);
        return;
    }
    if ((flags & TH_FIN) && !s->env.set.drop_syn_fin) {
        seg->h.flags &= (uint16_t)~TH_FIN;
    } else if (flags & TH_FIN) { /* a connection that ends where it begins is nobody's */
        scan_note(s, t, seen);
        stack_drop(s, TERN_DROP_LISTEN_FIN, t, &seg->h);
        return;
    }
    half_syn(s, l, t, ifi, seg, iss_after);
}

void listen_input(struct tern_stack *s, struct tern_listener *l, const struct tcp_tuple *t, int ifi, struct tcp_seg *seg,
                  const seq32 *iss_after)
{
    enum tern_drop why = l->filter_n ? filter_look(l, t, &seg->h) : TERN_DROP_NONE;
    if (why == TERN_DROP_FILTER_RESET) {
        s->counters.drop[why]++;
        refuse(s, ifi, t, &seg->h, TERN_RULE_FILTER_RESET);
    } else if (why != TERN_DROP_NONE) {
        stack_drop(s, why, t, &seg->h);
    } else if (sign_adopt(l, t, &seg->h)) {
        listen(s, l, t, ifi, seg, iss_after);
    } else {
        stack_drop(s, TERN_DROP_MEMORY, t, &seg->h);
    }
    if (s->sign_n && !table_find(s, t)) sign_forget(s, t); /* it came to nothing */
}

static void tcp_input(struct tern_stack *s, int ifi, const struct tcp_tuple *t, struct tcp_seg *seg)
{
    if (s->env.set.drop_syn_fin == 2 && (seg->h.flags & TH_SYN) && (seg->h.flags & TH_FIN)) {
        scan_note(s, t, TERN_RULE_SCAN_SILENT);
        stack_drop(s, TERN_DROP_SYN_FIN, t, &seg->h);
        return;
    }
    bool look = s->sign_n || (seg->h.opt.present & (OPT_MD5 | OPT_AO));
    enum tern_drop why = look ? sign_check(s, t, seg) : TERN_DROP_NONE;
    if (why != TERN_DROP_NONE) {
        stack_drop(s, why, t, &seg->h);
        return;
    }
    struct tcp_node *n = table_find(s, t);
    struct tern_listener *l;
    if (n && n->kind == NODE_CONN) {
        tcp_segment_arrives(conn_of(n), seg);
        if (!MUST(59))
            conn_speak(s, conn_of(n), true); /* an ACK waits for the caller's tern_stack_output(), a whole batch later */
        conn_settle(s, conn_of(n));
    } else if (n && n->kind == NODE_HALF) {
        half_input(s, half_of(n), seg);
    } else if (n) {
        tw_input(s, tw_of(n), ifi, seg);
    } else if ((if_broadcast(s, &t->raddr) && MUST(63)) || (if_broadcast(s, &t->laddr) && MUST(57))) {
        stack_drop(s, TERN_DROP_ADDRESS, t, &seg->h);
    } else if (tern_addr_eq(&t->laddr, &t->raddr) && t->lport == t->rport && GUARD(15)) { /* the answer would come back to us */
        stack_drop(s, TERN_DROP_LAND, t, &seg->h);
    } else if ((l = listener_find(s, t)) != NULL) {
        listen_input(s, l, t, ifi, seg, NULL);
    } else {
        refuse(s, ifi, t, &seg->h, TERN_RULE_RST_CLOSED);
    }
}

/* What came by a source route is answered by it, a RST for no connection too. */
static void tcp_input_by(struct tern_stack *s, int ifi, const struct wire_ip *ip, const struct tcp_tuple *t, struct tcp_seg *seg)
{
    if (ip->route_n && !route_learn(s, t, ip)) {
        stack_drop(s, TERN_DROP_MEMORY, t, &seg->h);
        return;
    }
    tcp_input(s, ifi, t, seg);
    if (ip->route_n && !table_find(s, t)) route_forget(s, t);
}

/* Parses and verifies the TCP part; false: dropped. */
static bool tcp_parse(struct tern_stack *s, const struct wire_ip *ip, struct tern_buf *buf, struct tcp_tuple *t,
                      struct tcp_seg *seg)
{
    const uint8_t *p = buf->data + ip->head_len;
    size_t len = ip->len - ip->head_len;
    enum wire_err e = wire_tcp_parse(p, len, &seg->h);
    if (e == WIRE_OK && CLAUSE(&s->env, CHECKSUM) && !buf->csum_ok && !wire_tcp_checksum_ok(ip, p, len))
        e = WIRE_CHECKSUM; /* MUST-3 */
    if (e != WIRE_OK) {
        stack_drop(s, drop_of(e), NULL, NULL);
        return false;
    }
    seg->buf = buf;
    seg->tos = ip->tos;
    *t = (struct tcp_tuple){ip->dst, ip->src, seg->h.dst_port, seg->h.src_port};
    if (t->lport && t->rport) return true;
    stack_drop(s, TERN_DROP_ADDRESS, t, &seg->h);
    return false;
}

/* Is a packet to |dst| for this stack? */
static bool ours(const struct tern_stack *s, int ifi, const struct wire_ip *ip)
{
    return if_local(s, &ip->dst) || (s->ifs[ifi]->cfg.any && ip->proto == IPPROTO_TCP_);
}

enum tern_input tern_stack_input(struct tern_stack *s, int ifi, tern_ns now, struct tern_buf *buf)
{
    struct wire_ip_opts opts = {.source_route = s->env.set.source_route != 0};
    struct wire_ip ip = {0};
    struct tcp_tuple t;
    struct tcp_seg seg;
    stack_time(s, now);
    enum wire_err e = wire_ip_parse(buf->data, buf->len, &opts, &ip);
    bool named = e == WIRE_OK || e == WIRE_FRAGMENT || e == WIRE_SOURCE_ROUTE || e == WIRE_ADDRESS;
    if (named && ip.proto != IPPROTO_TCP_ && ip.proto != IPPROTO_ICMP_ && ip.proto != IPPROTO_ICMP6_) return TERN_INPUT_FOREIGN;
    if ((e == WIRE_OK || e == WIRE_FRAGMENT) && !ours(s, ifi, &ip)) {
        s->counters.drop[TERN_DROP_NOT_LOCAL]++;
        return TERN_INPUT_FOREIGN;
    }
    s->counters.packets_in++;
    if (e != WIRE_OK) {
        stack_drop(s, drop_of(e), NULL, NULL);
        tern_buf_unref(buf);
        return TERN_INPUT_TAKEN;
    }
    if (ip.proto != IPPROTO_TCP_) {
        icmp_input(s, ifi, &ip, buf);
        return TERN_INPUT_TAKEN;
    }
    seg.buf = buf;
    if (tcp_parse(s, &ip, buf, &t, &seg)) {
        s->counters.segments_in += buf->gso_size ? (seg.h.len + buf->gso_size - 1) / buf->gso_size : 1;
        s->counters.bytes_in += seg.h.len;
        s->env.asked = ip.len - ip.head_len;
        tcp_input_by(s, ifi, &ip, &t, &seg);
        s->env.asked = 0;
    }
    tern_buf_unref(seg.buf); /* NULL when a connection took it */
    return TERN_INPUT_TAKEN;
}
