/* Proportional rate reduction (RFC 9937): during recovery the window goes down to ssthresh by sending for what was delivered; and
 * by setting after ECE, too. */
#include "flight.h"
#include "tcp_internal.h"

void prr_begin(struct tern_conn *c, struct tcp_flight *f, const struct ack_news *n)
{
    /* 6.1: what was selectively acknowledged before is not delivered in recovery, and cannot be counted. */
    uint32_t out = seq_diff(c->snd.nxt, c->snd.una);
    f->prr_delivered = f->prr_out = 0;
    f->prr_flight = out - (f->map.sacked - n->sacked) + n->acked;
    if (!f->prr_flight) f->prr_flight = mss_plain(c);
}

/* RFC 9937 6 */
void prr_acked(struct tern_conn *c, struct tcp_flight *f, const struct ack_news *n, bool safe)
{
    if (c->cc.ops->own_recovery || !RULE(RFC 9937 6)) return;
    uint32_t pipe = flight_pipe(c), mss = mss_plain(c), target = c->cc.ssthresh, delivered = n->pick.acked;
    int64_t send;
    f->prr_delivered += delivered;
    if (pipe > target) {
        uint64_t due = ((uint64_t)f->prr_delivered * target + f->prr_flight - 1) / f->prr_flight;
        send = (int64_t)due - f->prr_out;
    } else {
        send = (int64_t)f->prr_delivered - f->prr_out;
        if (send < delivered) send = delivered;
        if (safe) send += mss; /* SafeACK: the recovery goes well */
        if (send > target - pipe) send = target - pipe;
    }
    if (!f->prr_out && send < mss) send = mss; /* the fast retransmission */
    if (send < 0) send = 0;
    c->cc.cwnd = pipe + (uint32_t)send;
    event_cwnd(c, TERN_RULE_PRR);
}

void prr_marked(struct tern_conn *c, uint32_t before)
{
    struct tcp_flight *f = flight_sack(c);
    if (!c->env->set.prr_ecn || c->cc.ops->own_recovery || !f || c->cc.cwnd >= before) return;
    prr_begin(c, f, &(struct ack_news){0});
    c->cc.cwnd = before;
}

void prr_marked_over(struct tern_conn *c)
{
    if (!c->env->set.prr_ecn || c->cc.ops->own_recovery || c->cc.ssthresh == CC_SSTHRESH_MAX) return;
    c->cc.cwnd = c->cc.ssthresh;
    event_cwnd(c, TERN_RULE_PRR);
}
