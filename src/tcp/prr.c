/* Proportional rate reduction (RFC 9937): during recovery the window goes down to ssthresh by sending for what was delivered; and
 * by setting after ECE, too. And what was before it, by setting prr: to ssthresh at once, or by rate halving. */
#include "flight.h"
#include "tcp_internal.h"

enum { PRR = 1, HALVING }; /* setting prr */

void prr_begin(struct tern_conn *c, struct tcp_flight *f, const struct ack_news *n)
{
    /* 6.1: what was selectively acknowledged before is not delivered in recovery, and cannot be counted. */
    uint32_t out = seq_diff(c->snd.nxt, c->snd.una);
    f->prr_delivered = f->prr_out = 0;
    f->prr_flight = out - (f->map.sacked - n->sacked) + n->acked;
    if (!f->prr_flight) f->prr_flight = mss_plain(c);
}

/* Rate halving: a segment leaves for two that arrive, and one at most for each acknowledgement. So the window follows what is in
 * flight, to which heavy losses bring it down, and never goes up before recovery ends. */
static uint32_t halved(const struct tern_conn *c, const struct tcp_flight *f, uint32_t delivered)
{
    uint32_t cwnd = f->prr_delivered ? c->cc.cwnd : f->prr_flight, target = c->cc.ssthresh;
    uint32_t down = (f->prr_delivered + delivered) / 2 - f->prr_delivered / 2;
    if (cwnd > target) cwnd = cwnd - target > down ? cwnd - down : target;
    return min_u32(cwnd, flight_pipe(c) + mss_plain(c));
}

/* Other than by PRR? */
static bool otherwise(struct tern_conn *c, struct tcp_flight *f, uint32_t delivered)
{
    uint64_t mode = c->env->set.prr;
    if (mode == HALVING) {
        c->cc.cwnd = halved(c, f, delivered);
        f->prr_delivered += delivered;
    }
    return mode != PRR;
}

/* RFC 9937 6, which RFC 8985 9.3 recommends */
void prr_acked(struct tern_conn *c, struct tcp_flight *f, const struct ack_news *n, bool safe)
{
    if (c->cc.ops->own_recovery || !RULE(RFC 9937 6) || otherwise(c, f, n->pick.acked)) return;
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

void prr_over(struct tern_conn *c)
{
    /* An algorithm that was chosen in the meantime knows no threshold. */
    if (c->cc.ops->own_recovery || c->cc.ssthresh == CC_SSTHRESH_MAX) return;
    c->cc.cwnd = c->env->set.prr == HALVING ? min_u32(c->cc.cwnd, c->cc.ssthresh) : c->cc.ssthresh;
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
