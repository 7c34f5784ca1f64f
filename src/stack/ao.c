/* TCP-AO (RFC 5925): segments are signed, and verified. */
#include "ao.h"

#include <sodium.h>
#include <string.h>

#include "stack_host.h"

/* ---- keys ---- */

struct ao_key *ao_by_send_id(const struct ao *a, uint8_t id)
{
    struct ao_key *k = a->keys;
    while (k && k->mkt.send_id != id) k = k->next;
    return k;
}

struct ao_key *ao_by_recv_id(const struct ao *a, uint8_t id)
{
    struct ao_key *k = a->keys;
    while (k && k->mkt.recv_id != id) k = k->next;
    return k;
}

void ao_isn(struct ao *a, bool ours, uint32_t isn)
{
    if (ours)
        a->lisn = isn, a->lisn_known = true, a->sent = isn;
    else
        a->risn = isn, a->risn_known = true, a->came = isn;
    for (struct ao_key *k = a->keys; k; k = k->next) k->send_known = k->recv_known = false;
}

static struct ao_context sending(const struct ao *a)
{
    const struct tcp_tuple *t = &a->sign.t;
    return (struct ao_context){t->laddr, t->raddr, t->lport, t->rport, a->lisn, a->risn};
}

static struct ao_context receiving(const struct tcp_tuple *t, uint32_t sisn, uint32_t disn)
{
    return (struct ao_context){t->raddr, t->laddr, t->rport, t->lport, sisn, disn};
}

/* RFC 5925 6.2: |seq| with the extension that it has near |at|. */
static uint64_t extended(uint64_t at, seq32 n) { return at + (uint64_t)(int64_t)(int32_t)(n.v - (uint32_t)at); }

static uint32_t sne_of(uint64_t number) { return RULE(RFC 5925 6.2) ? (uint32_t)(number >> 32) : 0; }

static void move_up(uint64_t *at, uint64_t number)
{
    if ((int64_t)(number - *at) > 0) *at = number;
}

static bool is_first(const struct wire_tcp *h) { return (h->flags & (TH_SYN | TH_ACK)) == TH_SYN; }

/* ---- out ---- */

/* RFC 5925 5.2: the key of a SYN, or of all else. False: the numbers are not known that it is made of (RFC 5925 7.7). */
static bool send_key(struct ao *a, struct ao_key *k, const struct wire_tcp *h, uint8_t syn_key[AO_TRAFFIC_KEY_MAX])
{
    struct ao_context x = sending(a);
    if (is_first(h)) {
        x.disn = 0;
        ao_traffic_key(&k->mkt, &x, syn_key);
        return true;
    }
    if (!a->lisn_known || !a->risn_known) return false;
    if (!k->send_known) ao_traffic_key(&k->mkt, &x, k->send);
    k->send_known = true;
    return true;
}

/* RFC 5925 7.4 */
size_t ao_build(struct tern_stack *s, struct signer *g, struct wire_tcp *h, const struct tern_pkt *pkt, uint8_t *tcp)
{
    static const uint8_t blank[AO_MAC_LEN];
    struct ao *a = ao_of(g);
    struct ao_key *k = a->current;
    uint8_t syn_key[AO_TRAFFIC_KEY_MAX], mac[AO_MAC_LEN];
    struct wire_tcp_options o;
    if ((h->flags & TH_SYN) && (!a->lisn_known || a->lisn != h->seq.v)) ao_isn(a, true, h->seq.v);
    if (!k || !send_key(a, k, h, syn_key)) return 0;
    h->opt.ao_key_id = k->mkt.send_id;
    h->opt.ao_next_key_id = a->next->mkt.recv_id;
    h->opt.ao_mac = blank, h->opt.ao_mac_len = sizeof blank;
    size_t len = sign_layout(s, h, OPT_AO, tcp, &o);
    uint64_t number = extended(a->sent, h->seq);
    if (!(h->flags & TH_RST)) move_up(&a->sent, number); /* a RST's number may be whatever an ACK said */
    struct ao_segment seg = {.src = &g->t.laddr, .dst = &g->t.raddr, .tcp = tcp, .head_len = (uint32_t)len, .o = &o};
    seg.data = pkt->slice, seg.data_n = pkt->slices_n;
    seg.sne = h->flags & TH_SYN ? 0 : sne_of(number);
    ao_mac(&k->mkt, is_first(h) ? syn_key : k->send, &seg, mac);
    sodium_memzero(syn_key, sizeof syn_key);
    memcpy(tcp + (o.ao_mac - tcp), mac, sizeof mac);
    h->opt.ao_mac = o.ao_mac;
    return len;
}

/* ---- in ---- */

/* RFC 5925 2.2: two of the option, or TCP MD5 beside it; or a MAC that none of the algorithms makes. */
static bool option_wrong(const struct wire_tcp *h)
{
    const uint8_t *p = h->data - h->head_len + WIRE_TCP_HEADER_LEN;
    size_t len = h->head_len - (size_t)WIRE_TCP_HEADER_LEN, at = 0;
    unsigned ao_n = 0;
    if (h->opt.ao_mac_len != AO_MAC_LEN || ((h->opt.present & OPT_MD5) && RULE(RFC 5925 2.2))) return true;
    while (at < len && p[at] != TCPOPT_EOL) {
        ao_n += p[at] == TCPOPT_AO;
        size_t n = p[at] == TCPOPT_NOP ? 1 : at + 1 < len ? p[at + 1] : 0;
        if (p[at] != TCPOPT_NOP && n < 2) break;
        at += n;
    }
    return ao_n > 1 && RULE(RFC 5925 2.2);
}

/* RFC 5925 7.3 */
static enum tern_drop missing(struct tern_ao_counts *n)
{
    n->required++;
    return RULE(RFC 5925 7.3) ? TERN_DROP_AO_MISSING : TERN_DROP_NONE;
}

static bool is_right(struct ao_key *k, const uint8_t *traffic_key, uint32_t sne, const struct tcp_tuple *t,
                     const struct wire_tcp *h, struct tern_ao_counts *n)
{
    uint8_t mac[AO_MAC_LEN];
    struct tern_slice data = {h->data, h->len};
    struct ao_segment seg = {.src = &t->raddr,
                             .dst = &t->laddr,
                             .tcp = h->data - h->head_len,
                             .head_len = h->head_len,
                             .o = &h->opt,
                             .data = &data,
                             .data_n = 1,
                             .sne = sne};
    ao_mac(&k->mkt, traffic_key, &seg, mac);
    bool right = !sodium_memcmp(mac, h->opt.ao_mac, sizeof mac) || !RULE(RFC 5925 7.5);
    k->good_n += right, n->good += right;
    k->bad_n += !right, n->bad += !right;
    return right;
}

/* RFC 5925 7.5 step 2.e: the peer wants to be sent something else. It may ask for what was before: segments overtake others. */
static void follow(struct tern_stack *s, struct ao *a, const struct wire_tcp *h)
{
    struct ao_key *k = ao_by_send_id(a, h->opt.ao_next_key_id);
    if (!k || k == a->current || !RULE(RFC 5925 6.1)) return;
    a->current = k;
    if (!s->env.trace) return;
    struct tern_event *e = event_new(&s->env, NULL, TERN_EV_NOTE, TERN_RULE_AO_KEY);
    e->local = (struct tern_endpoint){a->sign.t.laddr, a->sign.t.lport};
    e->remote = (struct tern_endpoint){a->sign.t.raddr, a->sign.t.rport};
}

/* Does |h| bring the peer's initial sequence number? In SYN-SENT each SYN may, until one is believed. */
static bool brings_isn(struct tern_stack *s, const struct ao *a, const struct wire_tcp *h)
{
    if (!(h->flags & TH_SYN)) return false;
    struct tcp_node *n = table_find(s, &a->sign.t);
    return !a->risn_known || (n && n->kind == NODE_CONN && conn_of(n)->state == TERN_SYN_SENT);
}

/* RFC 5925 7.5 */
enum tern_drop ao_check(struct tern_stack *s, struct signer *g, const struct tcp_seg *seg)
{
    struct ao *a = ao_of(g);
    const struct wire_tcp *h = &seg->h;
    uint8_t syn_key[AO_TRAFFIC_KEY_MAX];
    if (!(h->opt.present & OPT_AO)) return missing(&a->n);
    if (option_wrong(h)) {
        a->n.bad++;
        return TERN_DROP_AO_OPTION;
    }
    struct ao_key *k = ao_by_recv_id(a, h->opt.ao_key_id);
    if (!k) {
        a->n.key_not_found++;
        return TERN_DROP_AO_KEY;
    }
    bool syn = h->flags & TH_SYN, other = !is_first(h);
    if ((!syn && !a->risn_known) || (other && !a->lisn_known)) return TERN_DROP_AO_NO_ISN;
    if (syn || !k->recv_known) {
        struct ao_context x = receiving(&g->t, syn ? h->seq.v : a->risn, other ? a->lisn : 0);
        ao_traffic_key(&k->mkt, &x, syn ? syn_key : k->recv);
        k->recv_known |= !syn;
    }
    uint64_t number = extended(a->came, h->seq);
    bool right = is_right(k, syn ? syn_key : k->recv, syn ? 0 : sne_of(number), &g->t, h, &a->n);
    sodium_memzero(syn_key, sizeof syn_key);
    if (!right) return TERN_DROP_AO_WRONG;
    if (brings_isn(s, a, h))
        ao_isn(a, false, h->seq.v);
    else if (!syn)
        move_up(&a->came, number);
    follow(s, a, h);
    return TERN_DROP_NONE;
}

/* ---- listeners ---- */

static bool serves(const struct ao_key *k, const struct tern_addr *peer)
{
    return host_in_prefix(peer, &k->mkt.peer, k->mkt.prefix_len);
}

bool ao_guards(const struct tern_listener *l, const struct tern_addr *peer)
{
    const struct ao_key *k = l->ao;
    while (k && !serves(k, peer)) k = k->next;
    return k || l->ao_required;
}

/* The initial sequence numbers of the handshake that |h| belongs to, if it is a SYN, or the last ACK: no other can be verified
 * where there is no state. */
static uint32_t first_risn(const struct wire_tcp *h) { return h->flags & TH_SYN ? h->seq.v : h->seq.v - 1; }
static uint32_t first_lisn(const struct wire_tcp *h) { return is_first(h) ? 0 : h->ack.v - 1; }

enum tern_drop ao_check_first(struct tern_listener *l, const struct tcp_tuple *t, const struct wire_tcp *h)
{
    if (!(h->opt.present & OPT_AO)) return missing(&l->ao_n);
    if (option_wrong(h)) {
        l->ao_n.bad++;
        return TERN_DROP_AO_OPTION;
    }
    struct ao_key *k = l->ao;
    while (k && (k->mkt.recv_id != h->opt.ao_key_id || !serves(k, &t->raddr))) k = k->next;
    if (!k) {
        l->ao_n.key_not_found++;
        return TERN_DROP_AO_KEY;
    }
    uint8_t key[AO_TRAFFIC_KEY_MAX];
    struct ao_context x = receiving(t, first_risn(h), first_lisn(h));
    ao_traffic_key(&k->mkt, &x, key);
    uint32_t sne = h->flags & TH_SYN ? 0 : sne_of(extended(x.sisn, h->seq));
    bool right = is_right(k, key, sne, t, h, &l->ao_n);
    sodium_memzero(key, sizeof key);
    return right ? TERN_DROP_NONE : TERN_DROP_AO_WRONG;
}

/* RFC 5925 7.2: the pair begins with all keys for this peer. The peer said which one it shall be sent. */
bool ao_adopt(struct tern_listener *l, const struct tcp_tuple *t, const struct wire_tcp *h)
{
    const struct ao_key *k = l->ao;
    while (k && !serves(k, &t->raddr)) k = k->next;
    if (!k) return true;
    struct ao *a = ao_new(l->s, t);
    if (!a) return false;
    for (; k; k = k->next) {
        if (!serves(k, &t->raddr) || ao_key_add(l->s, &a->keys, &k->mkt)) continue;
        sign_forget(l->s, t);
        return false;
    }
    a->current = a->next = a->keys;
    a->accept_icmp = l->ao_icmp;
    if (!h || !(h->opt.present & OPT_AO)) return true;
    struct ao_key *theirs = ao_by_recv_id(a, h->opt.ao_key_id), *ours = ao_by_send_id(a, h->opt.ao_next_key_id);
    if (theirs) a->next = a->current = theirs;
    if (ours) a->current = ours;
    ao_isn(a, false, first_risn(h));
    if (!is_first(h)) ao_isn(a, true, first_lisn(h));
    a->n.good = 1; /* it came by a segment that was right */
    return true;
}

/* ---- ICMP ---- */

bool ao_ignores(struct tern_stack *s, const struct tern_conn *c, const struct wire_icmp *m)
{
    if (!(c->flags2 & F2_AO) || c->state == TERN_SYN_SENT || c->state == TERN_SYN_RECEIVED || !RULE(RFC 5925 7.8)) return false;
    bool named = tern_addr_is_v4(&c->node.t.raddr) ? m->type == 3 && m->code >= 2 && m->code <= 4
                                                   : m->type == 1 && (m->code == 1 || m->code == 4);
    struct signer *g = *sign_place(s, &c->node.t);
    if (!named || !g || !g->ao || ao_of(g)->accept_icmp) return false;
    ao_of(g)->n.icmp_dropped++;
    return true;
}
