/* STATUS (RFC 9293 3.10.6). */
#include "pacing.h"
#include "tcp_internal.h"

#include <string.h>

static void status_timers(const struct tern_conn *c, struct tern_status *out)
{
    for (int i = 0; i < TERN_TIMER_N; i++) out->timer[i] = TERN_NEVER;
    out->timer[timer_rtx_kind(c)] = c->at[SLOT_RTX];
    out->timer[TERN_TIMER_DELACK] = c->at[SLOT_DELACK];
    out->timer[TERN_TIMER_KEEPALIVE] = c->at[SLOT_KEEP];
    if (c->state == TERN_TIME_WAIT || c->state == TERN_FIN_WAIT_2)
        out->timer[c->state == TERN_TIME_WAIT ? TERN_TIMER_TIME_WAIT : TERN_TIMER_FIN_WAIT_2] = c->at[SLOT_END];
    else if (tcp_more(c)->linger_ms > 0)
        out->timer[TERN_TIMER_LINGER] = c->at[SLOT_END];
    if (tcp_more(c)->user_timeout_ms && c->at[SLOT_RTX] != TERN_NEVER && !has(c, F_PERSIST))
        out->timer[TERN_TIMER_USER] = c->loss.since + tcp_more(c)->user_timeout_ms * TERN_MS;
}

static void status_rates(const struct tern_conn *c, struct tern_status *out)
{
    const struct tcp_more *m = c->more;
    out->pacing_rate = pacing_rate_shown(c), out->pacing_most = tcp_more(c)->pacing_most;
    if (c->sender) out->delivery_rate = c->sender->rate.told, out->delivery_limited = c->sender->rate.told_limited;
    if (!m) return;
    out->rcv_rtt = m->tune.rtt, out->rcv_space = m->tune.most_read;
    for (int i = 0; i < ACCECN_N && has2(c, F2_ACCECN); i++) {
        uint32_t first = i != ACCECN_CE; /* on the wire they begin with 1, 0, 1 */
        out->received_ecn[i] = m->acc.bytes[i] - first, out->delivered_ecn[i] = m->acc.peer_bytes[i] - first;
    }
}

void tcp_status(const struct tern_conn *c, struct tern_status *out)
{
    memset(out, 0, sizeof *out);
    out->id = c->id;
    out->state = (enum tern_state)c->state;
    out->local = (struct tern_endpoint){c->node.t.laddr, c->node.t.lport};
    out->remote = (struct tern_endpoint){c->node.t.raddr, c->node.t.rport};
    out->passive = has(c, F_PASSIVE);
    out->released = has(c, F_RELEASED);
    out->error = c->error;
    out->snd_una = c->snd.una.v, out->snd_nxt = c->snd.nxt.v, out->snd_wnd = c->snd.wnd, out->iss = c->snd.iss.v;
    out->rcv_nxt = c->rcv.nxt.v, out->rcv_wnd = rcv_window(c), out->irs = c->rcv.irs.v;
    out->send_queue = c->snd.queued, out->receive_queue = c->rcv.queued, out->ooo_queue = ooo_bytes(c);
    out->mss = mss_plain(c), out->path_mtu = c->path_mtu;
    out->snd_wscale = c->snd_wscale, out->rcv_wscale = c->rcv.wscale;
    out->wscale_ok = has(c, F_WS), out->timestamps = has(c, F_TS), out->sack = has(c, F_SACK);
    out->syn_data = has2(c, F2_SYN_DATA_ACKED), out->fastopen_fail = tcp_more(c)->fo_fail;
    out->ecn = has2(c, F2_ECN | F2_ACCECN), out->accecn = has2(c, F2_ACCECN);
    out->ecn_stopped = has2(c, F2_NO_ECT), out->ecn_seen = has2(c, F2_ECN_SEEN);
    out->received_ce = tcp_more(c)->received_ce, out->delivered_ce = tcp_more(c)->delivered_ce;
    out->rtt = c->rtt.srtt, out->rttvar = c->rtt.var, out->rto = rtt_rto(c);
    out->rtt_min = c->rtt.min_us == UINT32_MAX ? 0 : c->rtt.min_us * TERN_US;
    out->cwnd = c->cc.cwnd, out->ssthresh = c->cc.ssthresh, out->flight = seq_diff(c->snd.nxt, c->snd.una);
    out->cc = c->cc.ops->name;
    out->retransmits = c->loss.backoff;
    out->retransmitted = c->retransmitted;
    out->bytes_acked = c->bytes_acked, out->bytes_received = c->bytes_received;
    status_timers(c, out);
    status_rates(c, out);
    stats_status(c, out);
}
