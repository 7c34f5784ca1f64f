/* Interfaces: which one leads to an address, and how segments become packets. */
#include "stack_internal.h"

#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "stack_host.h"

int tern_stack_add_if(struct tern_stack *s, const struct tern_if_config *cfg)
{
    bool v6 = false;
    if (s->if_n == TERN_IF_MAX) return TERN_ERR_NOMEM;
    if (cfg->addr_n > TERN_IF_ADDRS_MAX || cfg->mtu > TERN_PACKET_MAX || cfg->gso_max > TERN_PACKET_MAX) return TERN_ERR_INVAL;
    for (size_t i = 0; i < cfg->addr_n; i++) {
        bool v4 = tern_addr_is_v4(&cfg->addr[i]);
        if (cfg->prefix_len[i] > (v4 ? 32 : 128) || tern_addr_is_any(&cfg->addr[i])) return TERN_ERR_INVAL;
        v6 |= !v4;
    }
    if (cfg->mtu < (v6 ? 1280u : 576u)) return TERN_ERR_INVAL;
    struct stack_if *f = mem_zero(&s->mem, sizeof *f);
    if (!f) return TERN_ERR_NOMEM;
    f->answer = mem_get(&s->mem, ANSWERS_MAX * sizeof *f->answer);
    if (!f->answer) {
        mem_put(&s->mem, f, sizeof *f);
        return TERN_ERR_NOMEM;
    }
    f->cfg = *cfg;
    list_init(&f->ready);
    s->ifs[s->if_n] = f;
    return s->if_n++;
}

bool host_in_prefix(const struct tern_addr *a, const struct tern_addr *net, uint8_t prefix_len)
{
    bool v4 = tern_addr_is_v4(net);
    unsigned bits = prefix_len + (v4 ? 96u : 0u), whole = bits / 8, rest = bits % 8;
    if (v4 != tern_addr_is_v4(a) || memcmp(a->b, net->b, whole) != 0) return false;
    return !rest || !((a->b[whole] ^ net->b[whole]) >> (8 - rest));
}

/* The longest match of |dst| with the prefixes of an interface: bits + 1, 0 none. */
static unsigned match(const struct stack_if *f, const struct tern_addr *dst, size_t *which)
{
    unsigned best = 0;
    for (size_t i = 0; i < f->cfg.addr_n; i++) {
        uint8_t bits = f->cfg.prefix_len[i];
        if (bits < best || !host_in_prefix(dst, &f->cfg.addr[i], bits)) continue;
        best = bits + 1u;
        *which = i;
    }
    return best;
}

int if_route(const struct tern_stack *s, const struct tern_addr *dst)
{
    unsigned best = 0;
    int ifi = s->if_n ? 0 : TERN_ERR_UNREACH;
    size_t which;
    for (int i = 0; i < s->if_n; i++) {
        unsigned m = match(s->ifs[i], dst, &which);
        if (m > best) best = m, ifi = i;
    }
    return ifi;
}

bool if_local(const struct tern_stack *s, const struct tern_addr *a)
{
    for (int i = 0; i < s->if_n; i++)
        for (size_t k = 0; k < s->ifs[i]->cfg.addr_n; k++)
            if (tern_addr_eq(&s->ifs[i]->cfg.addr[k], a)) return true;
    return false;
}

bool if_broadcast(const struct tern_stack *s, const struct tern_addr *a)
{
    if (!tern_addr_is_v4(a)) return false;
    for (int i = 0; i < s->if_n; i++) {
        const struct tern_if_config *cfg = &s->ifs[i]->cfg;
        for (size_t k = 0; k < cfg->addr_n; k++) {
            if (!tern_addr_is_v4(&cfg->addr[k]) || cfg->prefix_len[k] > 30) continue; /* RFC 3021: a /31 has none */
            uint32_t host = UINT32_MAX >> cfg->prefix_len[k], ours = be32_get(cfg->addr[k].b + 12);
            if (be32_get(a->b + 12) == (ours | host)) return true;
        }
    }
    return false;
}

bool if_source(const struct tern_stack *s, int ifi, const struct tern_addr *dst, struct tern_addr *out)
{
    const struct tern_if_config *cfg = &s->ifs[MUST(44) ? ifi : 0]->cfg;
    size_t which = 0;
    if (!match(s->ifs[ifi], dst, &which))
        while (which < cfg->addr_n && tern_addr_is_v4(&cfg->addr[which]) != tern_addr_is_v4(dst)) which++;
    if (which >= cfg->addr_n) return false;
    *out = cfg->addr[which];
    return true;
}

/* Option MTU_DISCOVER: may a router cut the packet up? */
static bool dont_fragment(const struct tern_conn *c, uint8_t mode)
{
    return mode >= TERN_MTU_WANT && mode <= TERN_MTU_PROBE && !(c && (c->flags & F_MAY_CUT) && mode == TERN_MTU_WANT);
}

/* RFC 6864 4.1: a packet that may not be fragmented needs no identification. Those of others tell nothing about other traffic
 * (RFC 7739; CVE-2020-36516). */
static uint16_t identification(struct tern_stack *s, const struct tcp_tuple *t, bool df)
{
    return df ? 0 : hidden_number(s, t, s->ip_id++);
}

bool if_build(struct tern_stack *s, const struct tcp_tuple *t, uint8_t ttl, uint8_t tos, const struct tern_conn *c,
              struct wire_tcp *h, struct tern_pkt *pkt)
{
    bool v4 = tern_addr_is_v4(&t->raddr);
    struct wire_ip ip = {.src = t->laddr, .dst = t->raddr, .version = v4 ? 4 : 6, .proto = IPPROTO_TCP_, .ttl = ttl, .tos = tos};
    if (!MUST(45)) ip.src = s->ifs[0]->cfg.addr[0];
    uint8_t tcp[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX];
    route_fill(s, t, &ip);
    size_t tcp_len = sign_build(s, t, h, pkt, tcp);
    if (!tcp_len) return false;
    uint32_t transport = (uint32_t)tcp_len + pkt->payload_len;
    const struct tcp_more *own = c && c->more ? c->more : &s->env.more;
    bool df = dont_fragment(c, own->mtu_discover);
    size_t ip_len = wire_ip_build(&ip, transport, df, identification(s, t, df), pkt->head);
    uint16_t sum = csum_fold(csum_pseudo(&t->laddr, &t->raddr, IPPROTO_TCP_, transport));
    if (MUST(2)) memcpy(tcp + 16, &sum, sizeof sum);
    memcpy(pkt->head + ip_len, tcp, tcp_len);
    if (h->opt.present & OPT_AO) h->opt.ao_mac = pkt->head + ip_len + (h->opt.ao_mac - tcp);
    pkt->head_len = (uint8_t)(ip_len + tcp_len);
    pkt->csum_start = (uint16_t)ip_len;
    pkt->csum_offset = 16;
    pkt->event_n = 0;
    pkt->event_end = 0;
    pkt->mark = own->mark;
    pkt->priority = own->priority;
    return true;
}

void if_event(struct tern_stack *s, const struct tern_conn *c, const struct tcp_tuple *t, const struct wire_tcp *h,
              struct tern_pkt *pkt, enum tern_rule why, uint64_t before)
{
    struct tern_counters *n = &s->counters;
    n->packets_out++;
    n->segments_out += pkt->gso_size ? (pkt->payload_len + pkt->gso_size - 1) / pkt->gso_size : 1;
    n->bytes_out += pkt->payload_len;
    if (h->flags & TH_RST) n->resets_out++;
    if (!s->env.trace) return;
    struct tern_event *e = event_new(&s->env, c, TERN_EV_SEG_OUT, why);
    e->local = (struct tern_endpoint){t->laddr, t->lport};
    e->remote = (struct tern_endpoint){t->raddr, t->rport};
    bool scaled = c && (c->flags & F_WS) && !(h->flags & TH_SYN);
    event_fill_seg(&e->u.seg, h, pkt->payload_len, pkt->gso_size, scaled ? c->rcv.wscale : 0);
    pkt->event_end = s->env.trace->end;
    pkt->event_n = (uint32_t)(pkt->event_end - before);
}

/* ---- answers: packets without a connection ---- */

struct answer *answer_new(struct tern_stack *s, int ifi)
{
    struct stack_if *f = s->ifs[ifi];
    if (f->answer_n == ANSWERS_MAX) {
        stack_drop(s, TERN_DROP_QUEUE_FULL, NULL, NULL);
        return NULL;
    }
    struct answer *a = &f->answer[(f->first + f->answer_n++) % ANSWERS_MAX];
    a->buf = NULL;
    a->pkt.slices_n = 0;
    a->pkt.gso_size = 0;
    a->pkt.payload_len = 0;
    a->pkt.event_n = 0;
    a->pkt.event_end = 0;
    a->pkt.mark = a->pkt.priority = 0;
    return a;
}

void answer_segment(struct tern_stack *s, int ifi, const struct tcp_tuple *t, uint8_t ttl, uint8_t tos, const struct tern_conn *c,
                    struct wire_tcp *h, enum tern_rule why, uint64_t before)
{
    struct answer *a = answer_new(s, ifi);
    if (!a) return;
    if (!if_build(s, t, ttl, tos, c, h, &a->pkt)) {
        s->ifs[ifi]->answer_n--;
        stack_drop(s, TERN_DROP_AO_SILENT, t, NULL);
        return;
    }
    if_event(s, c, t, h, &a->pkt, why, before);
}

/* ---- tern_stack_output ---- */

static void release_sent(struct stack_if *f)
{
    struct tern_buf *next;
    for (struct tern_buf *b = f->sent; b; b = next) {
        next = b->next;
        tern_buf_unref(b);
    }
    f->sent = NULL;
}

static void take_answer(struct stack_if *f, struct tern_pkt *pkt)
{
    struct answer *a = &f->answer[f->first];
    f->first = (f->first + 1) % ANSWERS_MAX;
    f->answer_n--;
    *pkt = a->pkt;
    if (!a->buf) return;
    a->buf->next = f->sent;
    f->sent = a->buf;
}

/* One (super-)segment of the connection whose turn it is, with its Differentiated Services field (SHLD-22). */
static bool take_turn(struct tern_stack *s, struct stack_if *f, struct tern_pkt *pkt)
{
    struct tern_conn *c = CONTAINER_OF(list_pop(&f->ready), struct tern_conn, ready);
    struct wire_tcp h;
    enum tern_rule why;
    uint64_t before = trace_position(s);
    bool whole = f->cfg.gso_max && !(c->flags2 & (F2_MD5 | F2_AO)); /* each segment has a signature of its own */
    uint32_t gso_max = whole ? f->cfg.gso_max - route_len(s, &c->node.t) : 0;
    bool made = tcp_output(c, gso_max, &h, pkt, &why);
    bool sent = made && if_build(s, &c->node.t, c->ttl, tcp_tos(c), c, &h, pkt);
    if (sent) if_event(s, c, &c->node.t, &h, pkt, why, before);
    if (made && tcp_wants_output(c)) list_append(&f->ready, &c->ready);
    if (c->events) conn_tell(s, c);
    conn_arm(s, c);
    return sent;
}

int tern_stack_output(struct tern_stack *s, int ifi, tern_ns now, struct tern_pkt *pkts, int n)
{
    struct stack_if *f = s->ifs[ifi];
    int done = 0;
    stack_time(s, now);
    release_sent(f);
    while (done < n) {
        if (f->answer_n)
            take_answer(f, &pkts[done]);
        else if (list_empty(&f->ready))
            break;
        else if (!take_turn(s, f, &pkts[done]))
            continue;
        done += !s->loops || !loop_take(s, ifi, &pkts[done]);
    }
    return done;
}
