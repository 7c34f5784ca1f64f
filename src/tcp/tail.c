/* Tail loss probes (RFC 8985 7): when the end of a flight is lost nothing behind it shows that; a probe is sent before the
 * retransmission timer runs out, and its acknowledgement does. */
#include "flight.h"
#include "tcp_internal.h"

enum {
    ACK_DELAY_MS = 200, /* TLP.max_ack_delay: the peer's, which is not known */
    LEAST_MS = 2        /* where a round trip takes microseconds a host's own delays are longer; as Linux */
};

/* RFC 8985 7.3: one probe at a time, and none before the round trip has been measured since the last one: on a path that has
 * become longer each flight would be probed for nothing, and what was sent twice is not measured (Karn). */
static bool unfit(const struct tern_conn *c)
{
    const struct tcp_tail *t = &c->sender->tail;
    return t->out || (t->unmeasured && RULE(RFC 8985 7.3));
}

/* RFC 8985 7.2 */
tern_ns tail_timeout(const struct tern_conn *c, const struct tcp_flight *f)
{
    bool wanted =
        RULE(RFC 8985 7.2) && c->env->set.tlp && synchronized(c) && !has(c, F_RECOVERY | F_RTO_RECOVERY | F_SYN_UNACKED);
    if (!wanted || unfit(c) || f->map.sacked || f->map.lost || !f->map.order.n) return 0;
    if (!c->rtt.srtt) return TERN_SEC;
    bool single = seq_diff(c->snd.nxt, c->snd.una) <= mss_plain(c);
    return 2 * c->rtt.srtt + (single ? ACK_DELAY_MS : LEAST_MS) * TERN_MS;
}

/* RFC 8985 7.3 */
void tail_fired(struct tern_conn *c, struct tcp_flight *f)
{
    f->tail_due = true;
    c->sender->tail = (struct tcp_tail){.out = true, .unmeasured = true, .end = c->snd.nxt};
}

bool tail_new(struct tern_conn *c, uint32_t len)
{
    struct tcp_flight *f = flight_sack(c);
    if (!f->tail_due || seq_diff(c->snd.nxt, c->snd.una) + len > c->snd.wnd) return false;
    f->tail_due = false;
    c->sender->tail.end = seq_add(c->snd.nxt, len);
    return true;
}

/* RFC 8985 7.4.2: did the probe repeat what was lost? A DSACK says that it did not, or a duplicate acknowledgement; that more
 * than its segment is acknowledged without either says that it did, and congestion control hears of it. */
void tail_acked(struct tern_conn *c, const struct wire_tcp *h, const struct ack_news *n)
{
    struct tcp_tail *t = &c->sender->tail;
    const struct tcp_flight *f = flight_of(c);
    struct cc_sample s;
    if (!t->out || (f && f->tail_due) || seq_lt(h->ack, t->end)) return;
    bool dsack = n->dsack && seq_eq(n->dup.right, t->end), dup = seq_eq(h->ack, t->end) && !n->acked && !n->blocks && !h->len;
    if (t->again && !dsack && !dup && seq_eq(h->ack, t->end)) return; /* the next acknowledgement tells */
    t->out = false;
    if (!t->again || dsack || dup || !RULE(RFC 8985 7.4.2)) return;
    event_rule(c, TERN_RULE_TAIL_LOST);
    if (has(c, F_RECOVERY | F_RTO_RECOVERY) || has2(c, F2_CWR)) return;
    loss_sample(c, &s);
    s.flight = loss_whole(c, s.flight);
    event_cwnd(c, c->cc.ops->on_loss(&c->cc, &s));
    ecn_reduced(c);
    loss_sample(c, &s);
    enum tern_rule why = c->cc.ops->on_recovered(&c->cc, &s);
    if (!c->cc.ops->own_recovery) c->cc.cwnd = c->cc.ssthresh;
    event_cwnd(c, why);
}
