/* Option STATISTICS: counts what happens. What comes with every segment is called with F2_STATS only; the other functions look
 * themselves. */
#include "tcp_internal.h"

static uint32_t segments(uint32_t len, uint32_t one) { return len && one ? (len + one - 1) / one : 1; }

void stats_in(struct tern_conn *c, const struct wire_tcp *h, uint16_t gso)
{
    struct tcp_stats *t = &c->more->stats;
    uint32_t n = segments(h->len, gso);
    t->segs_in += n;
    if (h->len) t->data_in += n;
    /* RFC 2883 5: the first block tells of a duplicate when it lies below the acknowledgement. */
    if ((h->flags & TH_ACK) && h->opt.sack_n && seq_le(h->opt.sack[0].right, h->ack)) t->dsack_in++;
}

void stats_out_of_order(struct tern_conn *c)
{
    if (has2(c, F2_STATS)) c->more->stats.ooo_in++;
}

void stats_out(struct tern_conn *c, const struct tern_pkt *pkt, bool again)
{
    struct tcp_stats *t = &c->more->stats;
    uint32_t n = segments(pkt->payload_len, pkt->gso_size);
    t->segs_out += n;
    if (again) t->again += n;
    if (!pkt->payload_len) return;
    t->data_out += n;
    t->bytes_out += pkt->payload_len;
    t->data_out_ms = now_ms(c);
}

/* |numbers| are newly acknowledged. */
void stats_acked(struct tern_conn *c, uint32_t numbers)
{
    if (!has2(c, F2_STATS)) return;
    struct tcp_stats *t = &c->more->stats;
    uint32_t mss = mss_plain(c), bytes = t->rest + numbers;
    bool all = seq_eq(c->snd.una, c->snd.max);
    uint32_t n = bytes / mss + (all && bytes % mss);
    t->delivered += n;
    if (has2(c, F2_ECE_IN) && !has2(c, F2_ACCECN)) c->more->delivered_ce += n;
    t->rest = all ? 0 : bytes % mss;
}

/* Our SYN is acknowledged; data that it had is one segment with it. */
void stats_syn_acked(struct tern_conn *c)
{
    if (has2(c, F2_STATS)) c->more->stats.delivered++;
}

/* What holds the sender up. The receiver's window, when not even a segment fits that congestion control would let go; the buffer,
 * when all that is in it has left and the application would have more. */
static enum stats_phase phase(const struct tern_conn *c)
{
    if (!c->snd.queued || !synchronized(c)) return STATS_IDLE;
    uint32_t left = snd_left(c, c->snd.nxt), flight = seq_diff(c->snd.nxt, snd_start(c)), cwnd = loss_window(c);
    if (left && cwnd > flight && flight + min_u32(left, mss_plain(c)) > c->snd.wnd) return STATS_RECEIVER;
    return !left && has(c, F_WANT_WRITABLE) && cwnd > flight ? STATS_BUFFER : STATS_BUSY;
}

void stats_phase(struct tern_conn *c)
{
    if (!has2(c, F2_STATS)) return;
    struct tcp_stats *t = &c->more->stats;
    enum stats_phase now = phase(c);
    if (now == t->phase) return;
    t->in[t->phase] += c->env->now - t->since;
    t->since = c->env->now;
    t->phase = (uint8_t)now;
}

static tern_ns spent(const struct tern_conn *c, enum stats_phase p)
{
    const struct tcp_stats *t = &c->more->stats;
    return t->in[p] + (t->phase == p ? c->env->now - t->since : 0);
}

/* ---- what STATUS says ---- */

static enum tern_recovery recovery(const struct tern_conn *c)
{
    if (has(c, F_RTO_RECOVERY)) return TERN_RECOVERY_LOSS;
    if (has(c, F_RECOVERY)) return TERN_RECOVERY_FAST;
    if (has2(c, F2_CWR)) return TERN_RECOVERY_CWR;
    const struct tcp_flight *f = flight_sack(c);
    return c->loss.dupacks || (f && f->map.sacked) ? TERN_RECOVERY_DISORDER : TERN_RECOVERY_OPEN;
}

static uint32_t whole(uint32_t len, uint32_t one) { return (len + one - 1) / one; }

/* What is out, in segments, as far as bytes tell. */
static void flight(const struct tern_conn *c, struct tern_status *out)
{
    uint32_t mss = mss_plain(c), sent = seq_diff(c->snd.max, c->snd.una);
    out->unacked_n = sent ? segments(sent, mss) : 0;
    const struct tcp_flight *f = flight_sack(c);
    if (f) {
        out->sacked_n = whole(f->map.sacked, mss);
        out->lost_n = whole(f->map.lost, mss);
        out->again_n = whole(f->map.rtx, mss);
    } else {
        out->sacked_n = min_u32(c->loss.dupacks, out->unacked_n);
    }
    if (!f && has(c, F_RTO_RECOVERY)) {
        uint32_t again = seq_diff(c->snd.nxt, c->snd.una), lost = seq_diff(c->loss.recover, c->snd.una);
        out->lost_n = segments(lost, mss);
        out->again_n = again ? segments(again, mss) : 0;
    } else if (!f && has(c, F_RECOVERY)) {
        out->lost_n = 1;
        out->again_n = !has(c, F_RTX_ONE);
    } else if (has2(c, F2_SYN_DATA) && !has(c, F_SYN_UNACKED)) { /* what the SYN,ACK did not take was sent again */
        seq32 end = seq_lt(c->more->fo_end, c->snd.nxt) ? c->more->fo_end : c->snd.nxt;
        if (seq_gt(end, c->snd.una)) out->again_n = segments(seq_diff(end, c->snd.una), mss);
    }
}

static void ages(const struct tern_conn *c, struct tern_status *out)
{
    uint32_t now = now_ms(c);
    out->data_in_age = (now - c->text_ms) * TERN_MS;
    out->ack_in_age = (now - c->heard_ms) * TERN_MS;
}

void stats_status(const struct tern_conn *c, struct tern_status *out)
{
    out->recovery = recovery(c);
    flight(c, out);
    ages(c, out);
    out->probes = c->loss.probes > c->loss.keeps ? c->loss.probes : c->loss.keeps;
    out->backoff = has(c, F_PERSIST) ? c->loss.probes : c->loss.backoff;
    out->delack = has(c, F_NO_DELACK) ? 0 : c->env->set.delack;
    out->rcv_mss = c->rcv.seg;
    out->adv_mss = c->max_seg ? min_u32(c->mss_adv, c->max_seg) : c->mss_adv;
    out->unsent = synchronized(c) ? snd_left(c, c->snd.nxt) : c->snd.queued;
    out->dup_threshold = rack_reordering(c);
    if (c->sender) out->reordered = c->sender->rack.seen;
    out->rcv_wnd_max = rcv_window_max(c);
    if (!has2(c, F2_STATS)) return;
    const struct tcp_stats *t = &c->more->stats;
    out->statistics = true;
    out->segs_in = t->segs_in, out->segs_out = t->segs_out;
    out->data_segs_in = t->data_in, out->data_segs_out = t->data_out;
    out->again_segs_out = t->again;
    out->ooo_segs_in = t->ooo_in, out->dsacks_in = t->dsack_in;
    out->delivered = t->delivered;
    out->bytes_sent = t->bytes_out;
    out->data_out_age = (now_ms(c) - t->data_out_ms) * TERN_MS;
    out->rwnd_limited = spent(c, STATS_RECEIVER);
    out->sndbuf_limited = spent(c, STATS_BUFFER);
    out->busy = spent(c, STATS_BUSY) + out->rwnd_limited + out->sndbuf_limited;
}
