/* More accurate ECN feedback (RFC 9768): the three ECN flags of the TCP header are a counter of the packets that came marked
 * (ACE), and an option counts bytes (accecn_option.c). Here: the handshake, what is counted, what the peer's counters mean. */
#include "tcp_internal.h"

enum {
    OFTEN = 5,         /* packets an acknowledgement: so many on average tell nothing about a counter that goes round (A.2.1) */
    ROUNDS_MARKED = 4, /* 3.2.2.3 */
    ROUNDS_BLEACHED = 2,
};

uint16_t accecn_ace(uint32_t cep) { return (uint16_t)((cep & ACE_MAX) << ACE_SHIFT); }
uint16_t accecn_tells(uint8_t came) { return accecn_ace(ecn_tells(came)); }

static bool none_sent(const struct tern_conn *c) { return has2(c, F2_NO_ECT); }

void accecn_no_ect(struct tern_conn *c, enum tern_rule why)
{
    if (none_sent(c)) return;
    c->flags2 |= F2_NO_ECT;
    event_rule(c, why);
}

bool accecn_begin(struct tern_conn *c, uint8_t came)
{
    struct tcp_more *m = tcp_more_own(c);
    if (!m) return false;
    m->acc = (struct tcp_accecn){
        .asked = m->acc.asked,
        .sent = m->acc.sent,
        .came = came,
        .last = came,
        .cep = ACE_FIRST,
        .told_cep = ACE_FIRST,
        .bytes = {1, 0, 1},
        .told = {1, 0, 1},
        .peer_cep = ACE_FIRST,
        .peer_bytes = {1, 0, 1},
        .option_cep = ACE_FIRST,
    };
    c->flags2 |= F2_ACCECN;
    return true;
}

void tcp_accecn_again(struct tern_conn *c, uint8_t came, bool again)
{
    if (!accecn_begin(c, came)) return;
    struct tcp_accecn *a = &c->more->acc;
    a->sent = (uint8_t)(1u << (c->env->set.ecn_control ? ECN_ECT0 : ECN_NOT));
    if (again) a->sent |= 1u << ECN_NOT;
}

/* ---- what our SYN or SYN,ACK met on its way ---- */

/* RFC 9768 3.2.2.3 */
static void met(struct tern_conn *c, struct tcp_accecn *a, unsigned came)
{
    bool fine = false;
    for (unsigned sent = 0; sent <= ECN_CE; sent++) fine = fine || ((a->sent & 1u << sent) && ecn_possible(sent, came));
    if (!fine && RULE(RFC 9768 3.2.2.3)) accecn_no_ect(c, TERN_RULE_ACCECN_MANGLED);
    a->syn_marked = came == ECN_CE;
}

static void syn_ack_came(struct tcp_accecn *a, uint8_t ecn)
{
    a->came = a->last = ecn;
    a->answer = true;
    /* RFC 9768 3.2.2.2: once, however often it comes. */
    if (ecn == ECN_CE && (a->cep == ACE_FIRST || !RULE(RFC 9768 3.2.2.2))) a->told_cep = ++a->cep;
}

void accecn_syn_ack_in(struct tern_conn *c, const struct tcp_seg *seg)
{
    struct tcp_accecn *a = &c->more->acc;
    unsigned came;
    a->round_end = c->snd.max;
    syn_ack_came(a, seg->tos & 3u);
    if (ecn_told(ecn_ace(seg->h.flags), &came)) met(c, a, came); /* 3.1.3: what is reserved says that nothing has changed */
    if (seg->h.len && (seg->tos & 3u)) accecn_count(a, seg->tos & 3u, seg->h.len);
    accecn_first_option(c, &seg->h);
}

void accecn_syn_ack_again(struct tern_conn *c, const struct tcp_seg *seg)
{
    unsigned ace = ecn_ace(seg->h.flags);
    if (ace && ace != 1 && ace != ACE_MAX) syn_ack_came(&c->more->acc, seg->tos & 3u);
}

/* RFC 9768 3.2.2.1: the ACK of our SYN,ACK, when it is a pure one without SACK blocks, tells what ECN field came with the
 * SYN,ACK. */
static void handshake(struct tern_conn *c, struct tcp_accecn *a, const struct wire_tcp *h)
{
    unsigned ace = ecn_ace(h->flags), came;
    a->peer_cep = a->option_cep = ace == ecn_tells(ECN_CE) ? ACE_FIRST + 1 : ACE_FIRST;
    if (!ace) {
        a->deaf = true;
        accecn_no_ect(c, TERN_RULE_ACCECN_ZERO);
    }
    if (ecn_told(ace, &came)) met(c, a, came);
}

void accecn_established(struct tern_conn *c)
{
    struct tcp_accecn *a = &c->more->acc;
    struct cc_sample s;
    if (!a->syn_marked) return;
    a->syn_marked = false;
    loss_sample(c, &s);
    event_rule(c, TERN_RULE_ACCECN_SYN_MARKED);
    event_cwnd(c, c->cc.ops->on_syn_lost(&c->cc, &s));
}

/* ---- what comes ---- */

void accecn_count(struct tcp_accecn *a, unsigned ecn, uint32_t len)
{
    static const uint8_t counter[] = {[ECN_ECT1] = ACCECN_E1, [ECN_ECT0] = ACCECN_E0, [ECN_CE] = ACCECN_CE};
    a->bytes[counter[ecn]] += len;
    if (a->last_data != ecn) a->owed = 2; /* 3.2.3.3: the next two show which one grows */
    a->last_data = (uint8_t)ecn;
}

/* RFC 9768 3.2.1, RFC 9768 3.2.2.5.1 */
void accecn_in(struct tern_conn *c, const struct tcp_seg *seg)
{
    struct tcp_more *m = c->more;
    struct tcp_accecn *a = &m->acc;
    unsigned ecn = seg->tos & 3u, one = seg->buf ? seg->buf->gso_size : 0, len = seg->h.len;
    bool first = a->last != ECN_CE, waits = len || !seq_eq(c->rcv.nxt, c->rcv.acked);
    a->last = (uint8_t)ecn;
    if (len && seq_gt(seq_add(seg->h.seq, len), c->rcv.nxt)) a->again = false;
    if (len && ecn) accecn_count(a, ecn, len);
    if (ecn != ECN_CE) return;
    uint32_t packets = one ? (len + one - 1) / one : 1;
    if (RULE(RFC 9768 3.2.1)) a->cep += packets;
    m->received_ce += packets;
    event_rule(c, TERN_RULE_ACCECN_CE);
    if (len && first)
        ack_now(c, TERN_RULE_ACCECN_CHANGE);
    else if (a->cep - a->told_cep >= (waits ? 2u : 3u) && RULE(RFC 9768 3.2.2.5.1))
        ack_now(c, waits ? TERN_RULE_ACCECN_MANY : TERN_RULE_ACCECN_ACK_OF_ACK);
}

/* RFC 9768 3.2.2.2 */
void accecn_out(struct tern_conn *c, struct wire_tcp *h)
{
    struct tcp_accecn *a = &c->more->acc;
    h->flags |= accecn_ace(a->cep);
    a->told_cep = a->cep;
}

/* RFC 9768 3.2.2.1 */
void accecn_pure_ack(struct tern_conn *c, struct wire_tcp *h)
{
    struct tcp_accecn *a = &c->more->acc;
    if (has(c, F_SACK)) ecn_other(c, true); /* else its answer could not be told from a duplicate (3.2.2.5.1) */
    if (!a->answer || c->state < TERN_ESTABLISHED) return;
    a->answer = false;
    if ((h->opt.present & OPT_SACK) || !RULE(RFC 9768 3.2.2.1)) return;
    h->flags = (uint16_t)((h->flags & ~(ACE_MAX << ACE_SHIFT)) | accecn_tells(a->came));
}

/* ---- what the peer tells ---- */

/* RFC 9768 3.2.2.2: is it newer than all that came before? Only what acknowledges more is, or has a later timestamp. */
static bool newer(const struct tern_conn *c, const struct wire_tcp *h, uint32_t acked)
{
    if (acked) return true;
    return has(c, F_TS) && (h->opt.present & OPT_TIMESTAMPS) && seq_gt(seq(h->opt.ts_val), seq(c->ts_recent));
}

/* RFC 9768 3.2.2.5.2: packets marked since the last acknowledgement, |packets| being about all that this one acknowledges.
 * |bytes|: marked since the last option; NO_OPTION: there is none. */
#define NO_OPTION UINT32_MAX
static uint32_t marks(struct tern_conn *c, struct tcp_accecn *a, unsigned ace, uint32_t packets, uint32_t bytes)
{
    uint32_t least = (ace - a->peer_cep) & ACE_MAX, mss = mss_plain(c), before = a->peer_cep - a->option_cep;
    uint32_t safe = packets > least ? packets - ((packets - least) & ACE_MAX) : least;
    bool often = a->packets >= OFTEN * 8;
    a->packets = (uint16_t)(a->packets + min_u32(packets, 1024) - a->packets / 8);
    if (safe == least || (bytes == NO_OPTION && often)) return least;
    if (bytes != NO_OPTION && bytes <= (uint64_t)mss * (before + least) && bytes / (before + safe) < mss / 2) return least;
    if (!RULE(RFC 9768 3.2.2.5.2)) return least;
    event_rule(c, TERN_RULE_ACCECN_WRAPPED);
    return safe;
}

/* RFC 9768 3.2.2.3: is everything marked, from the beginning? A.4: does nothing arrive as it was sent? Once a round trip. */
static void round_trip(struct tern_conn *c, struct tcp_accecn *a, bool option)
{
    bool some = a->round_acked >= 2u * mss_plain(c);
    if (some && !a->sane) {
        a->sane = a->round_ce < a->round_acked;
        if (!a->sane && ++a->all_ce == ROUNDS_MARKED) {
            a->deaf = true;
            accecn_no_ect(c, TERN_RULE_ACCECN_ALL_CE);
        }
    }
    a->round_acked = a->round_ce = 0;
    if (!option || a->fate_acked < 2u * mss_plain(c)) return;
    a->none = a->fate_seen ? 0 : (uint8_t)(a->none + 1);
    a->fate_acked = a->fate_seen = 0;
    if (a->none == ROUNDS_BLEACHED) accecn_no_ect(c, TERN_RULE_ACCECN_BLEACHED);
}

static void rounds(struct tern_conn *c, struct tcp_accecn *a, const struct wire_tcp *h, uint32_t acked, bool option)
{
    if (none_sent(c)) return;
    a->round_acked += acked, a->fate_acked += acked;
    a->round_ce += a->ce;
    if (seq_lt(h->ack, a->round_end)) return;
    a->round_end = c->snd.max;
    round_trip(c, a, option);
}

/* RFC 9768 3.2.3.2.5: bytes without a packet, where the counter cannot have gone round. */
static bool odd(const struct tcp_accecn *a, uint32_t bytes)
{
    return RULE(RFC 9768 3.2.3.2.5) && bytes && a->peer_cep == a->option_cep && a->option_packets <= ACE_MAX;
}

/* RFC 9768 3.2.2.2, RFC 9768 3.2.2.4 */
static void counters_in(struct tern_conn *c, struct tcp_accecn *a, const struct wire_tcp *h, uint32_t acked)
{
    uint32_t mss = mss_plain(c), packets = (acked + mss - 1) / mss, grown[ACCECN_N];
    bool option = accecn_option_in(c, h, grown);
    unsigned ace = ecn_ace(h->flags);
    if (!a->any_feedback && !ace && RULE(RFC 9768 3.2.2.4)) {
        a->deaf = true;
        accecn_no_ect(c, TERN_RULE_ACCECN_ZERO);
    }
    a->any_feedback = true;
    uint32_t n = marks(c, a, ace, packets, option ? grown[ACCECN_CE] : NO_OPTION);
    uint32_t bytes = option ? grown[ACCECN_CE] : (uint32_t)min_u32(n, packets) * mss;
    a->peer_cep += n;
    a->option_packets += packets;
    a->ce = min_u32(bytes, acked);
    if (option) {
        a->fate_seen += grown[ACCECN_E0] + grown[ACCECN_CE] + grown[ACCECN_E1];
        if (odd(a, bytes)) accecn_no_ect(c, TERN_RULE_ACCECN_ODD);
        a->option_cep = a->peer_cep;
        a->option_packets = 0;
    }
    rounds(c, a, h, acked, option);
    if (a->deaf) a->ce = 0;
    if (!n || a->deaf) return;
    c->more->delivered_ce += n;
    event_rule(c, TERN_RULE_ACCECN_MARKS);
    ecn_respond(c);
}

void accecn_ack_in(struct tern_conn *c, const struct wire_tcp *h, uint32_t acked)
{
    struct tcp_accecn *a = &c->more->acc;
    a->ce = 0;
    ecn_ack_begins(c, h);
    bool opening = has(c, F_SYN_UNACKED);
    if (opening) {
        acked--;
        a->round_end = c->snd.max;
        accecn_first_option(c, h);
    }
    if (opening && !h->len && !(h->flags & TH_FIN) && !(h->opt.present & OPT_SACK)) {
        handshake(c, a, h);
        accecn_established(c);
        return;
    }
    if (opening || newer(c, h, acked)) counters_in(c, a, h, acked);
}
