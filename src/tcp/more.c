/* The part of a connection that exists only when something in it differs from the defaults. */
#include "tcp_internal.h"

void tcp_more_default(struct tcp_more *m, const struct tern_settings *set)
{
    *m = (struct tcp_more){
        .keep_idle_ms = (uint32_t)((MUST(28) ? set->keepalive_idle : 60 * TERN_SEC) / TERN_MS),
        .keep_interval_ms = (uint32_t)(set->keepalive_interval / TERN_MS),
        .keep_count = (uint8_t)set->keepalive_count,
        .linger_ms = -1,
        .mtu_discover = TERN_MTU_WANT,
        .ecn = -1,
    };
}

struct tcp_more *tcp_more_own(struct tern_conn *c)
{
    if (c->more) return c->more;
    c->more = mem_get(c->env->mem, sizeof *c->more);
    if (c->more) *c->more = c->env->more;
    return c->more;
}

bool tcp_inherit(struct tern_conn *c, const struct tern_conn *like)
{
    const uint32_t options = F_NODELAY | F_KEEPALIVE | F_NO_DELACK;
    const uint32_t options2 = F2_CORK | F2_STATS | F2_SEND_BUFFER | F2_RECEIVE_BUFFER | F2_NO_OPTIONS | F2_QUICK;
    c->flags = (c->flags & ~options) | (like->flags & options);
    c->flags2 = (c->flags2 & ~options2) | (like->flags2 & options2);
    c->ttl = like->ttl, c->tos = like->tos;
    c->max_seg = like->max_seg;
    mss_changed(c);
    c->quick = like->quick;
    c->snd.limit = like->snd.limit;
    if (c->rcv.limit != like->rcv.limit) {
        c->rcv.limit = like->rcv.limit;
        rcv_choose_wscale(c);
    }
    if (!like->more) return true;
    if (!tcp_more_own(c)) return false;
    *c->more = *like->more;
    c->more->saved_syn = NULL;
    c->more->stats = (struct tcp_stats){.since = c->env->now, .data_out_ms = now_ms(c)};
    return true;
}

void tcp_more_free(struct tern_conn *c)
{
    if (c->more) tern_buf_unref(c->more->saved_syn);
    mem_put(c->env->mem, c->more, sizeof *c->more);
    c->more = NULL;
}
