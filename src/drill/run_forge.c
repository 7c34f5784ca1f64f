/* What the script sends: bytes of a packet from what it wrote and from what the flow knows. */
#include <netinet/in.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "ip.h"
#include "run_internal.h"
#include "run_ao.h"
#include "run_md5.h"
#include "run_packet.h"
#include "words.h"

enum { INBOUND_TTL = 255, QUOTED_LEN = 8, QUOTE_MAX = 2048 };

/* The script's timestamp to one that the stack sent. */
static bool live_echo(struct run *r, const struct flow *f, uint32_t script, uint32_t *live)
{
    for (size_t i = f->ts_n; i-- > 0;)
        if (f->ts[i].script == script) {
            *live = f->ts[i].live;
            return true;
        }
    if (!f->ts_n || !r->ts_ecr_scaled) return false;
    *live = script - f->ts[0].script + f->ts[0].live;
    return true;
}

/* Brings the numbers within an option into the connection's. False: it cannot be. */
static bool to_live(struct run *r, const struct flow *f, const struct script_packet *p, const struct script_tcp_option *o,
                    uint8_t *wire)
{
    bool syn = p->tcp.flags & SCRIPT_SYN;
    uint32_t ack_base = f->live_local_isn - (syn ? f->script_local_isn : 0);
    if (o->kind == TCP_OPTION_SACK)
        for (size_t i = 0; i < o->blocks_n; i++) {
            be32_put(wire + 2 + 8 * i, o->block[i][0] + ack_base);
            be32_put(wire + 6 + 8 * i, o->block[i][1] + ack_base);
        }
    if (o->kind != TCP_OPTION_TS || !(p->tcp.flags & SCRIPT_ACK)) return true;
    uint32_t echo;
    if (!live_echo(r, f, o->echo, &echo)) {
        run_fail(r, o->at, _("The packet echoes the timestamp %u, but none was sent that the script calls so."), o->echo);
        return false;
    }
    be32_put(wire + 6, echo);
    return true;
}

static void ip_of(const struct run *r, const struct script_packet *p, uint8_t proto, struct wire_ip *ip)
{
    static const uint8_t ecn[] = {[SCRIPT_ECN_UNSAID] = 0, [SCRIPT_ECN_NOT] = 0,   [SCRIPT_ECN_ECT0] = 2, [SCRIPT_ECN_ECT1] = 1,
                                  [SCRIPT_ECN_CE] = 3,     [SCRIPT_ECN_ECT01] = 2, [SCRIPT_ECN_TOS] = 0};
    *ip = (struct wire_ip){.version = r->ip == DRILL_IPV6 ? 6 : 4, .proto = proto, .ttl = INBOUND_TTL};
    ip->src = r->remote_ip;
    ip->dst = r->local_ip;
    ip->tos = p->ip.ecn == SCRIPT_ECN_TOS ? p->ip.tos : ecn[p->ip.ecn];
    if (p->ip.has_ttl) ip->ttl = p->ip.ttl;
}

static uint32_t live_seq(const struct flow *f, const struct script_tcp *t)
{
    return t->seq_kind == SEQ_ABSOLUTE || t->flags & SCRIPT_SYN ? t->seq : t->seq + f->remote_isn;
}

uint32_t forge_tcp(struct run *r, const struct flow *f, const struct script_packet *p, uint8_t *out)
{
    const struct script_tcp *t = &p->tcp;
    uint32_t head = 20u + t->options_len, len = head + t->len;
    struct wire_ip ip;
    ip_of(r, p, IPPROTO_TCP, &ip);
    size_t at = wire_ip_build(&ip, len, true, 0, out);
    if (p->ip.has_flow && ip.version == 6) be32_put(out, be32_get(out) | (p->ip.flow & 0xfffff));
    uint8_t *tcp = out + at, *opt = tcp + 20;
    uint32_t base = f->live_local_isn - (t->flags & SCRIPT_SYN ? f->script_local_isn : 0);
    memset(tcp, 0, len);
    be16_put(tcp, f->remote.port);
    be16_put(tcp + 2, f->local.port);
    be32_put(tcp + 4, live_seq(f, t));
    be32_put(tcp + 8, t->flags & SCRIPT_ACK ? t->ack + base : t->ack);
    be16_put(tcp + 12, (uint16_t)(head / 4 << 12 | (t->flags & 0x1ff)));
    be16_put(tcp + 14, t->win);
    be16_put(tcp + 18, t->urg);
    for (size_t i = 0; i < t->options_n; opt += t->options[i++].wire_len) {
        memcpy(opt, t->options[i].wire, t->options[i].wire_len);
        if (!to_live(r, f, p, &t->options[i], opt)) return 0;
    }
    if (!md5_fill(r, p, &ip, tcp, head, len) || !ao_fill(r, f, p, &ip, tcp, head, len)) return 0;
    csum_put(tcp + 16, csum_pseudo(&ip.src, &ip.dst, IPPROTO_TCP, len) + csum_add(0, tcp, len));
    return (uint32_t)at + len;
}

/* ---- ICMP ---- */

/* What the message quotes: the beginning of a packet that the stack sent, or so many bytes that are none. */
static size_t quote(const struct run *r, const struct flow *f, const struct script_icmp *m, uint8_t *out)
{
    bool udp = m->quote_kind == QUOTE_UDP;
    struct wire_ip ip = {.version = r->ip == DRILL_IPV6 ? 6 : 4, .proto = udp ? IPPROTO_UDP : IPPROTO_TCP, .ttl = 64};
    ip.src = r->local_ip;
    ip.dst = r->remote_ip;
    if (m->quote_kind == QUOTE_RAW) return m->quote_len;
    size_t at = wire_ip_build(&ip, (udp ? 8 : 20) + m->quote_len, true, 0, out);
    be16_put(out + at, f->local.port);
    be16_put(out + at + 2, f->remote.port);
    if (udp)
        be16_put(out + at + 4, (uint16_t)(8 + m->quote_len));
    else
        be32_put(out + at + 4, m->quote_kind == QUOTE_NONE ? f->live_last_seq : m->quote_seq + f->live_local_isn);
    return at + QUOTED_LEN;
}

bool forge_icmp_head(struct run *r, const struct script_icmp *m, uint8_t out[ICMP_HEAD_LEN])
{
    int version = r->ip == DRILL_IPV6 ? 6 : 4, wrong = script_icmp_number(version, m->type, m->code, &out[0], &out[1]);
    if (wrong) {
        run_fail(r, wrong == 1 ? m->type_at : m->code_at, _("ICMP for IPv%d has no \"%s\"."), version,
                 wrong == 1 ? m->type : m->code);
        return false;
    }
    memset(out + 2, 0, ICMP_HEAD_LEN - 2);
    if (m->has_mtu && version == 4) be16_put(out + 6, (uint16_t)m->mtu);
    if (m->has_mtu && version == 6) be32_put(out + 4, m->mtu);
    if (m->has_id) be16_put(out + 4, m->id);
    return true;
}

uint32_t forge_icmp(struct run *r, const struct flow *f, const struct script_packet *p, uint8_t *out)
{
    const struct script_icmp *m = &p->icmp;
    uint8_t body[ICMP_HEAD_LEN + QUOTE_MAX] = {0};
    if (!forge_icmp_head(r, m, body)) return 0;
    if ((m->has_mtu && r->ip != DRILL_IPV6 && m->mtu > UINT16_MAX) || (m->quote_kind == QUOTE_RAW && m->quote_len > QUOTE_MAX)) {
        run_break(r, p->at, "%s", _("A number is larger than the message has room for."));
        return 0;
    }
    size_t len = ICMP_HEAD_LEN + quote(r, f, m, body + ICMP_HEAD_LEN);
    struct wire_ip ip;
    ip_of(r, p, r->ip == DRILL_IPV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, &ip);
    uint64_t sum = r->ip == DRILL_IPV6 ? csum_pseudo(&ip.src, &ip.dst, IPPROTO_ICMPV6, (uint32_t)len) : 0;
    csum_put(body + 2, sum + csum_add(0, body, len));
    size_t at = wire_ip_build(&ip, (uint32_t)len, true, 0, out);
    memcpy(out + at, body, len);
    return (uint32_t)(at + len);
}
