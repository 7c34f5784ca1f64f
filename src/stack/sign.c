/* Signed segments: what MD5 signatures (RFC 2385) and TCP-AO (RFC 5925) share. What connections, half-open and TIME-WAIT ones
 * included, are signed with stands beside the table, by the pair's endpoints, because hardly any pair has it; the keys of a
 * listener by the peer's address. Whatever is sent is signed where packets are built, and verified before any state is looked
 * at. */
#include "stack_internal.h"

#include <string.h>

#include "bytes.h"
#include "stack_host.h"

struct signer **sign_place(struct tern_stack *s, const struct tcp_tuple *t)
{
    struct signer **at = &s->signers[(t->lport ^ t->rport) % ROUTE_BUCKETS];
    while (*at && memcmp(&(*at)->t, t, sizeof *t) != 0) at = &(*at)->next;
    return at;
}

static struct signer *find(struct tern_stack *s, const struct tcp_tuple *t) { return s->sign_n ? *sign_place(s, t) : NULL; }

uint32_t sign_flags(struct tern_stack *s, const struct tcp_tuple *t)
{
    const struct signer *g = find(s, t);
    return !g ? 0 : g->ao ? F2_AO : F2_MD5;
}

void sign_forget(struct tern_stack *s, const struct tcp_tuple *t)
{
    struct signer **at = s->sign_n ? sign_place(s, t) : NULL;
    if (!at || !*at) return;
    if ((*at)->ao)
        ao_forget(s, at);
    else
        md5_forget(s, at);
}

bool sign_adopt(struct tern_listener *l, const struct tcp_tuple *t, const struct wire_tcp *h)
{
    if (!l->s->sign_n) return true;
    sign_forget(l->s, t);
    return ao_adopt(l, t, h) && md5_adopt(l, t);
}

void sign_listener_end(struct tern_listener *l)
{
    md5_listener_end(l);
    ao_listener_end(l);
}

bool host_overlap(const struct tern_addr *a, uint8_t a_len, const struct tern_addr *b, uint8_t b_len)
{
    return a_len < b_len ? host_in_prefix(b, a, a_len) : host_in_prefix(a, b, b_len);
}

bool sign_prefix_valid(const struct tern_addr *a, uint8_t len) { return len <= (tern_addr_is_v4(a) ? 32 : 128); }

size_t sign_pseudo(const struct tern_addr *src, const struct tern_addr *dst, uint32_t segment_len, uint8_t out[SIGN_PSEUDO_MAX])
{
    bool v4 = tern_addr_is_v4(src);
    size_t from = v4 ? 12 : 0, n = v4 ? 4 : 16, at = 2 * n;
    memset(out, 0, SIGN_PSEUDO_MAX);
    memcpy(out, src->b + from, n);
    memcpy(out + n, dst->b + from, n);
    if (v4) {
        out[at + 1] = IPPROTO_TCP_;
        be16_put(out + at + 2, (uint16_t)segment_len);
        return at + 4;
    }
    be32_put(out + at, segment_len);
    out[at + 7] = IPPROTO_TCP_;
    return at + 8;
}

/* ---- out ---- */

size_t sign_layout(struct tern_stack *s, struct wire_tcp *h, uint16_t option, uint8_t *tcp, struct wire_tcp_options *o)
{
    enum wire_layout layout = (enum wire_layout)s->env.set.syn_layout;
    h->opt.present |= option;
    size_t len = wire_tcp_build_as(h, layout, tcp);
    if (!len) { /* no sender of ours leaves too little room; if one did, the rest would go and not the signature */
        h->opt.present = option;
        len = wire_tcp_build_as(h, layout, tcp);
    }
    wire_tcp_options_parse(tcp + WIRE_TCP_HEADER_LEN, len - WIRE_TCP_HEADER_LEN, o);
    return len;
}

size_t sign_build(struct tern_stack *s, const struct tcp_tuple *t, struct wire_tcp *h, const struct tern_pkt *pkt,
                  uint8_t tcp[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX])
{
    struct signer *g = find(s, t);
    if (!g) return wire_tcp_build_as(h, (enum wire_layout)s->env.set.syn_layout, tcp);
    return g->ao ? ao_build(s, g, h, pkt, tcp) : md5_build(s, g, h, pkt, tcp);
}

/* ---- in ---- */

/* Nothing says that the pair's segments are signed. An MD5 signature is refused, for neither end may think itself protected;
 * RFC 5925 7.3 wants what has TCP-AO to be taken by default. */
static enum tern_drop unsigned_pair(const struct tern_stack *s, const struct wire_tcp *h)
{
    if (h->opt.present & OPT_MD5) return TERN_DROP_MD5_UNEXPECTED;
    return (h->opt.present & OPT_AO) && s->env.set.ao_unmatched ? TERN_DROP_AO_UNEXPECTED : TERN_DROP_NONE;
}

enum tern_drop sign_check(struct tern_stack *s, const struct tcp_tuple *t, const struct tcp_seg *seg)
{
    struct signer *g = find(s, t);
    if (g) return g->ao ? ao_check(s, g, seg) : md5_check(g, t, seg);
    if (!s->sign_n || table_find(s, t)) return unsigned_pair(s, &seg->h);
    struct tern_listener *l = listener_find(s, t);
    struct signer *first = l ? md5_of_listener(l, &t->raddr) : NULL;
    if (first) return md5_check(first, t, seg);
    if (l && ao_guards(l, &t->raddr)) return ao_check_first(l, t, &seg->h);
    return unsigned_pair(s, &seg->h);
}
