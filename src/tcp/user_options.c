/* The options that an application sets on a connection, or on the listener that connections come by. */
#include "tcp_internal.h"

enum { QUICK_ASKED = 16 }; /* segments acknowledged at once when QUICKACK is set */

static const struct {
    int64_t min, max;
} option_range[] = {
#define X(id, min, max, text) {min, max},
    TERN_OPTIONS(X)
#undef X
};

static void set_flag(struct tern_conn *c, uint32_t flag, bool on) { c->flags = on ? c->flags | flag : c->flags & ~flag; }
static void set_flag2(struct tern_conn *c, uint32_t flag, bool on) { c->flags2 = on ? c->flags2 | flag : c->flags2 & ~flag; }

/* Before anything was sent: nothing that the peer was told depends on it. */
static bool fresh(const struct tern_conn *c) { return c->state <= TERN_SYN_SENT && !seq_lt(c->snd.una, c->snd.max); }

static int set_quickack(struct tern_conn *c, bool on)
{
    c->quick = on ? QUICK_ASKED : 0;
    set_flag2(c, F2_QUICK, on);
    if (on && c->at[SLOT_DELACK] != TERN_NEVER) ack_now(c, TERN_RULE_ACK_QUICK);
    return 0;
}

static int set_save_syn(struct tern_conn *c, bool on)
{
    if (on && c->state > TERN_LISTEN) return TERN_ERR_INVAL; /* the SYN has gone by */
    set_flag2(c, F2_SAVE_SYN, on);
    if (on || !c->more) return 0;
    tern_buf_unref(c->more->saved_syn);
    c->more->saved_syn = NULL;
    return 0;
}

static int set_statistics(struct tern_conn *c, bool on)
{
    struct tcp_more *m = on ? tcp_more_own(c) : NULL;
    if (on && !m) return TERN_ERR_NOMEM;
    if (on && !has2(c, F2_STATS)) m->stats = (struct tcp_stats){.since = c->env->now, .data_out_ms = now_ms(c)};
    set_flag2(c, F2_STATS, on);
    stats_phase(c);
    return 0;
}

/* What was taken for too small to send goes now, corked or not. */
static int set_nodelay(struct tern_conn *c, bool on)
{
    set_flag(c, F_NODELAY, on && MUST(17));
    if (on && synchronized(c) && snd_left(c, c->snd.nxt)) c->flags |= F_OVERRIDE;
    return 0;
}

static int set_receive_buffer(struct tern_conn *c, uint32_t bytes)
{
    c->rcv.limit = bytes;
    c->flags2 |= F2_RECEIVE_BUFFER;
    if (fresh(c)) rcv_choose_wscale(c);
    return 0;
}

static int set_no_options(struct tern_conn *c, bool on)
{
    if (!fresh(c)) return TERN_ERR_INVAL;
    set_flag2(c, F2_NO_OPTIONS, on);
    if (on) c->flags2 &= ~(uint32_t)(F2_FO | F2_FO_DATA);
    return 0;
}

static int set_max_segment(struct tern_conn *c, uint16_t bytes)
{
    if (!fresh(c)) return TERN_ERR_INVAL;
    c->max_seg = bytes;
    mss_changed(c);
    return 0;
}

static int set_ecn(struct tern_conn *c, int8_t mode)
{
    struct tcp_more *m = fresh(c) ? tcp_more_own(c) : NULL;
    if (!m) return fresh(c) ? TERN_ERR_NOMEM : TERN_ERR_INVAL;
    m->ecn = mode;
    return 0;
}

/* Options that live in the connection's rare part. */
static int set_more(struct tern_conn *c, enum tern_option opt, int64_t v)
{
    struct tcp_more *m = tcp_more_own(c);
    if (!m) return TERN_ERR_NOMEM;
    switch (opt) {
    case TERN_OPT_KEEPALIVE_IDLE:
        if (MUST(27)) m->keep_idle_ms = (uint32_t)v;
        timer_keepalive(c);
        break;
    case TERN_OPT_KEEPALIVE_INTERVAL: m->keep_interval_ms = (uint32_t)v; break;
    case TERN_OPT_KEEPALIVE_COUNT: m->keep_count = (uint8_t)v; break;
    case TERN_OPT_USER_TIMEOUT: m->user_timeout_ms = (uint32_t)v; break;
    case TERN_OPT_LINGER: m->linger_ms = (int32_t)v; break;
    case TERN_OPT_LINGER2: m->linger2_ms = (int32_t)v; break;
    case TERN_OPT_NOTSENT_LOWAT:
        m->notsent_lowat = (uint32_t)v;
        snd_tell_room(c);
        break;
    case TERN_OPT_WINDOW_CLAMP: m->window_clamp = (uint32_t)v; break;
    case TERN_OPT_SYN_RETRIES: m->syn_retries = (uint8_t)v; break;
    case TERN_OPT_CONNECT_TIMEOUT: m->connect_ms = (uint32_t)v; break;
    case TERN_OPT_DEFER_ACCEPT: m->defer_ms = (uint32_t)v; break;
    case TERN_OPT_MARK: m->mark = (uint32_t)v; break;
    case TERN_OPT_PRIORITY: m->priority = (uint32_t)v; break;
    case TERN_OPT_PACING_RATE: pacing_bound(c, (uint64_t)v); break;
    case TERN_OPT_MTU_DISCOVER: m->mtu_discover = (uint8_t)v; break;
    default: return TERN_ERR_INVAL;
    }
    return 0;
}

int tcp_set(struct tern_conn *c, enum tern_option opt, int64_t v)
{
    if (opt >= TERN_OPTION_N || v < option_range[opt].min || v > option_range[opt].max) return TERN_ERR_INVAL;
    switch (opt) {
    case TERN_OPT_NODELAY: return set_nodelay(c, v);
    case TERN_OPT_KEEPALIVE:
        set_flag(c, F_KEEPALIVE, v || !MUST(24));
        timer_keepalive(c);
        return 0;
    case TERN_OPT_SEND_BUFFER:
        c->snd.limit = (uint32_t)v;
        c->flags2 |= F2_SEND_BUFFER;
        snd_tell_room(c);
        return 0;
    case TERN_OPT_RECEIVE_BUFFER: return set_receive_buffer(c, (uint32_t)v);
    case TERN_OPT_MAX_SEGMENT: return set_max_segment(c, (uint16_t)v);
    case TERN_OPT_TTL: c->ttl = MUST(49) ? (uint8_t)v : c->ttl; return 0;
    case TERN_OPT_TOS:
        if (v & 3) return TERN_ERR_INVAL;
        if (MUST(48)) c->tos = (uint8_t)v; /* at any time: SHLD-21 */
        return 0;
    case TERN_OPT_DELACK: set_flag(c, F_NO_DELACK, !v); return 0;
    case TERN_OPT_CORK:
        set_flag2(c, F2_CORK, v);
        if (!v) set_flag2(c, F2_MORE | F2_HOLD, false);
        return 0;
    case TERN_OPT_QUICKACK: return set_quickack(c, v);
    case TERN_OPT_STATISTICS: return set_statistics(c, v);
    case TERN_OPT_SAVE_SYN: return set_save_syn(c, v);
    case TERN_OPT_NO_OPTIONS: return set_no_options(c, v);
    case TERN_OPT_ECN: return set_ecn(c, (int8_t)v);
    case TERN_OPT_FASTOPEN: return v == 1 ? fo_ask(c) : TERN_ERR_INVAL;
    default: return set_more(c, opt, v);
    }
}

static int get_more(const struct tern_conn *c, enum tern_option opt, int64_t *v)
{
    const struct tcp_more *m = tcp_more(c);
    switch (opt) {
    case TERN_OPT_KEEPALIVE_IDLE: *v = m->keep_idle_ms; return 0;
    case TERN_OPT_KEEPALIVE_INTERVAL: *v = m->keep_interval_ms; return 0;
    case TERN_OPT_KEEPALIVE_COUNT: *v = m->keep_count; return 0;
    case TERN_OPT_USER_TIMEOUT: *v = m->user_timeout_ms; return 0;
    case TERN_OPT_LINGER: *v = m->linger_ms; return 0;
    case TERN_OPT_LINGER2: *v = m->linger2_ms; return 0;
    case TERN_OPT_NOTSENT_LOWAT: *v = m->notsent_lowat; return 0;
    case TERN_OPT_WINDOW_CLAMP: *v = m->window_clamp; return 0;
    case TERN_OPT_SYN_RETRIES: *v = m->syn_retries; return 0;
    case TERN_OPT_CONNECT_TIMEOUT: *v = m->connect_ms; return 0;
    case TERN_OPT_DEFER_ACCEPT: *v = m->defer_ms; return 0;
    case TERN_OPT_MARK: *v = m->mark; return 0;
    case TERN_OPT_PRIORITY: *v = m->priority; return 0;
    case TERN_OPT_PACING_RATE: *v = (int64_t)m->pacing_most; return 0;
    case TERN_OPT_MTU_DISCOVER: *v = m->mtu_discover; return 0;
    default: return TERN_ERR_INVAL;
    }
}

int tcp_get(const struct tern_conn *c, enum tern_option opt, int64_t *v)
{
    switch (opt) {
    case TERN_OPT_NODELAY: *v = has(c, F_NODELAY); return 0;
    case TERN_OPT_KEEPALIVE: *v = has(c, F_KEEPALIVE); return 0;
    case TERN_OPT_SEND_BUFFER: *v = c->snd.limit; return 0;
    case TERN_OPT_RECEIVE_BUFFER: *v = c->rcv.limit; return 0;
    case TERN_OPT_MAX_SEGMENT: *v = c->max_seg ? c->max_seg : mss_plain(c); return 0;
    case TERN_OPT_TTL: *v = c->ttl; return 0;
    case TERN_OPT_TOS: *v = c->tos; return 0;
    case TERN_OPT_DELACK: *v = !has(c, F_NO_DELACK); return 0;
    case TERN_OPT_CORK: *v = has2(c, F2_CORK); return 0;
    case TERN_OPT_QUICKACK: *v = c->quick > 0; return 0;
    case TERN_OPT_STATISTICS: *v = has2(c, F2_STATS); return 0;
    case TERN_OPT_NO_OPTIONS: *v = has2(c, F2_NO_OPTIONS); return 0;
    case TERN_OPT_ECN: *v = tcp_more(c)->ecn; return 0;
    case TERN_OPT_FASTOPEN: *v = tcp_more(c)->fo_wanted; return 0;
    case TERN_OPT_SAVE_SYN: *v = has2(c, F2_SAVE_SYN) || tcp_more(c)->saved_syn; return 0;
    default: return get_more(c, opt, v);
    }
}
