/* ICMP and ICMPv6: echo, and errors about our connections (RFC 9293 3.9.2.2, RFC 5927). */
#include "stack_internal.h"

#include <string.h>

static void note(struct tern_stack *s, enum tern_drop why)
{
    if (why != TERN_DROP_NONE) stack_drop(s, why, NULL, NULL);
}

/* The answer is the request with its addresses exchanged; the payload stays where it is. */
static void echo(struct tern_stack *s, int ifi, const struct wire_ip *in, struct tern_buf *buf)
{
    const uint8_t *request = buf->data + in->head_len;
    uint32_t len = in->len - in->head_len, mtu = s->ifs[ifi]->cfg.mtu;
    struct wire_ip ip = {
        .src = in->dst, .dst = in->src, .version = in->version, .proto = in->proto, .ttl = (uint8_t)s->env.set.ttl};
    enum tern_drop why = in->len > mtu ? TERN_DROP_ICMP_OTHER : answer_refused(s, &in->src);
    struct answer *a = why == TERN_DROP_NONE ? answer_new(s, ifi) : NULL;
    if (!a) {
        note(s, why);
        tern_buf_unref(buf);
        return;
    }
    uint64_t before = trace_position(s);
    size_t head = wire_ip_build(&ip, len, true, 0, a->pkt.head);
    wire_icmp_echo_reply(request, len, in->version == 6 ? &ip : NULL, a->pkt.head + head);
    a->pkt.head_len = (uint8_t)(head + 8);
    a->pkt.csum_start = a->pkt.csum_offset = 0;
    a->pkt.payload_len = len - 8;
    a->pkt.slices_n = len > 8;
    a->pkt.slice[0] = (struct tern_slice){request + 8, len - 8};
    a->buf = buf;
    s->counters.packets_out++;
    if (!s->env.trace) return;
    struct tern_event *e = event_new(&s->env, NULL, TERN_EV_NOTE, TERN_RULE_ICMP_ECHO);
    e->local.addr = ip.src, e->remote.addr = ip.dst;
    a->pkt.event_end = s->env.trace->end;
    a->pkt.event_n = (uint32_t)(a->pkt.event_end - before);
}

static void tell_error(struct tern_stack *s, struct tern_conn *c, const struct wire_ip *ip, const struct wire_icmp *m, bool hard)
{
    enum tern_drop why = tcp_icmp_error(c, m->seq, m->why, hard, (c->flags2 & F2_FO_CHILD) && (c->place & CONN_OWNED));
    struct tcp_more *more = c->more;
    note(s, why);
    if (why != TERN_DROP_NONE || !more || !more->icmp.keep) return;
    more->icmp.told = true;
    more->icmp.type = m->type, more->icmp.code = m->code;
    more->icmp.from = ip->src;
}

/* An error quotes a packet that we sent: its source is our end. */
static void about_connection(struct tern_stack *s, const struct wire_ip *ip, const struct wire_icmp *m)
{
    struct tcp_tuple t = {m->src, m->dst, m->src_port, m->dst_port};
    struct tcp_node *n = m->quoted_tcp && MUST(54) ? table_find(s, &t) : NULL;
    bool hard = m->kind == ICMP_HARD_ERROR;
    if (n && n->kind == NODE_HALF && m->kind != ICMP_TOO_BIG && s->env.set.icmp_abort == 3 && seq_eq(m->seq, half_of(n)->iss)) {
        half_free(s, half_of(n)); /* an opening, too; its timer would end it later */
        return;
    }
    if (!n || n->kind != NODE_CONN) { /* half-open and TIME-WAIT: their timers decide */
        note(s, TERN_DROP_ICMP_UNKNOWN);
        return;
    }
    struct tern_conn *c = conn_of(n);
    if (ao_ignores(s, c, m)) {
        note(s, TERN_DROP_AO_ICMP);
        return;
    }
    if (m->kind == ICMP_TOO_BIG)
        note(s, tcp_icmp_too_big(c, m->seq, m->mtu - (m->mtu ? route_len(s, &t) : 0)));
    else
        tell_error(s, c, ip, m, hard);
    conn_settle(s, c);
}

/* RFC 5927 6.2: a source quench is dropped. */
void icmp_input(struct tern_stack *s, int ifi, const struct wire_ip *ip, struct tern_buf *buf)
{
    struct wire_icmp m;
    enum wire_err e = wire_icmp_parse(ip, buf->data + ip->head_len, ip->len - ip->head_len, buf->csum_ok, &m);
    if (e != WIRE_OK) {
        note(s, e == WIRE_CHECKSUM ? TERN_DROP_CHECKSUM : TERN_DROP_SHORT);
        tern_buf_unref(buf);
        return;
    }
    switch (m.kind) {
    case ICMP_ECHO_REQUEST: echo(s, ifi, ip, buf); return;
    case ICMP_SOFT_ERROR:
    case ICMP_HARD_ERROR:
    case ICMP_TOO_BIG: about_connection(s, ip, &m); break;
    case ICMP_SOURCE_QUENCH: MUST(55) ? note(s, TERN_DROP_ICMP_QUENCH) : about_connection(s, ip, &m); break;
    case ICMP_ECHO_REPLY:
    case ICMP_OTHER: note(s, TERN_DROP_ICMP_OTHER); break;
    }
    tern_buf_unref(buf);
}
