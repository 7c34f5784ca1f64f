/* STATUS (RFC 9293 3.10.6), and the options of a connection. */
#include "tcp_internal.h"

#include <string.h>

static const struct {
    int64_t min, max;
} option_range[] = {
#define X(id, min, max, text) {min, max},
    TERN_OPTIONS(X)
#undef X
};

static void set_flag(struct tern_conn *c, uint32_t flag, bool on) { c->flags = on ? c->flags | flag : c->flags & ~flag; }

/* Options that live in the connection's rare part. */
static int set_more(struct tern_conn *c, enum tern_option opt, int64_t v)
{
    struct tcp_more *m = tcp_more_own(c);
    if (!m) return TERN_ERR_NOMEM;
    switch (opt) {
    case TERN_OPT_KEEPALIVE_IDLE:
        m->keep_idle_ms = (uint32_t)v;
        timer_keepalive(c);
        break;
    case TERN_OPT_KEEPALIVE_INTERVAL: m->keep_interval_ms = (uint32_t)v; break;
    case TERN_OPT_KEEPALIVE_COUNT: m->keep_count = (uint8_t)v; break;
    case TERN_OPT_USER_TIMEOUT: m->user_timeout_ms = (uint32_t)v; break;
    case TERN_OPT_LINGER: m->linger_ms = (int32_t)v; break;
    default: return TERN_ERR_INVAL;
    }
    return 0;
}

int tcp_set(struct tern_conn *c, enum tern_option opt, int64_t v)
{
    if (opt >= TERN_OPTION_N || v < option_range[opt].min || v > option_range[opt].max) return TERN_ERR_INVAL;
    switch (opt) {
    case TERN_OPT_NODELAY: set_flag(c, F_NODELAY, v); break;
    case TERN_OPT_KEEPALIVE:
        set_flag(c, F_KEEPALIVE, v);
        timer_keepalive(c);
        break;
    case TERN_OPT_KEEPALIVE_IDLE:
    case TERN_OPT_KEEPALIVE_INTERVAL:
    case TERN_OPT_KEEPALIVE_COUNT:
    case TERN_OPT_USER_TIMEOUT:
    case TERN_OPT_LINGER: return set_more(c, opt, v);
    case TERN_OPT_SEND_BUFFER: c->snd.limit = (uint32_t)v; break;
    case TERN_OPT_RECEIVE_BUFFER:
        c->rcv.limit = (uint32_t)v;
        if (c->state <= TERN_SYN_SENT && !seq_lt(c->snd.una, c->snd.max)) rcv_choose_wscale(c);
        break;
    case TERN_OPT_MAX_SEGMENT:
        if (c->state > TERN_SYN_SENT || seq_lt(c->snd.una, c->snd.max)) return TERN_ERR_INVAL;
        c->max_seg = (uint16_t)v;
        break;
    case TERN_OPT_TTL: c->ttl = (uint8_t)v; break;
    case TERN_OPT_TOS:
        if (v & 3) return TERN_ERR_INVAL;
        c->tos = (uint8_t)v;
        break;
    case TERN_OPT_DELACK: set_flag(c, F_NO_DELACK, !v); break;
    case TERN_OPTION_N: break;
    }
    return 0;
}

int tcp_get(const struct tern_conn *c, enum tern_option opt, int64_t *v)
{
    switch (opt) {
    case TERN_OPT_NODELAY: *v = has(c, F_NODELAY); return 0;
    case TERN_OPT_KEEPALIVE: *v = has(c, F_KEEPALIVE); return 0;
    case TERN_OPT_KEEPALIVE_IDLE: *v = tcp_more(c)->keep_idle_ms; return 0;
    case TERN_OPT_KEEPALIVE_INTERVAL: *v = tcp_more(c)->keep_interval_ms; return 0;
    case TERN_OPT_KEEPALIVE_COUNT: *v = tcp_more(c)->keep_count; return 0;
    case TERN_OPT_USER_TIMEOUT: *v = tcp_more(c)->user_timeout_ms; return 0;
    case TERN_OPT_LINGER: *v = tcp_more(c)->linger_ms; return 0;
    case TERN_OPT_SEND_BUFFER: *v = c->snd.limit; return 0;
    case TERN_OPT_RECEIVE_BUFFER: *v = c->rcv.limit; return 0;
    case TERN_OPT_MAX_SEGMENT: *v = c->max_seg ? c->max_seg : mss_plain(c); return 0;
    case TERN_OPT_TTL: *v = c->ttl; return 0;
    case TERN_OPT_TOS: *v = c->tos; return 0;
    case TERN_OPT_DELACK: *v = !has(c, F_NO_DELACK); return 0;
    case TERN_OPTION_N: break;
    }
    return TERN_ERR_INVAL;
}

static void status_timers(const struct tern_conn *c, struct tern_status *out)
{
    for (int i = 0; i < TERN_TIMER_N; i++) out->timer[i] = TERN_NEVER;
    out->timer[has(c, F_PERSIST) ? TERN_TIMER_PERSIST : TERN_TIMER_RETRANSMIT] = c->at[SLOT_RTX];
    out->timer[TERN_TIMER_DELACK] = c->at[SLOT_DELACK];
    out->timer[TERN_TIMER_KEEPALIVE] = c->at[SLOT_KEEP];
    out->timer[c->state == TERN_TIME_WAIT    ? TERN_TIMER_TIME_WAIT
               : c->state == TERN_FIN_WAIT_2 ? TERN_TIMER_FIN_WAIT_2
                                             : TERN_TIMER_LINGER] = c->at[SLOT_END];
    if (tcp_more(c)->user_timeout_ms && c->at[SLOT_RTX] != TERN_NEVER && !has(c, F_PERSIST))
        out->timer[TERN_TIMER_USER] = c->loss.since + tcp_more(c)->user_timeout_ms * TERN_MS;
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
    out->rtt = c->rtt.srtt, out->rttvar = c->rtt.var, out->rto = rtt_rto(c);
    out->rtt_min = c->rtt.min_us == UINT32_MAX ? 0 : c->rtt.min_us * TERN_US;
    out->cwnd = c->cc.cwnd, out->ssthresh = c->cc.ssthresh, out->flight = seq_diff(c->snd.nxt, c->snd.una);
    out->cc = c->cc.ops->name;
    out->retransmits = c->loss.backoff;
    out->retransmitted = c->retransmitted;
    out->bytes_acked = c->bytes_acked, out->bytes_received = c->bytes_received;
    status_timers(c, out);
}
