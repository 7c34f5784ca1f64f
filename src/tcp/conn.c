/* A control block's life, and the only two ways in which its state changes. */
#include "tcp_internal.h"

#include <string.h>

void tcp_env_set(struct tcp_env *env, const struct tern_settings *set)
{
    env->set = *set;
    env->cc_set = (struct cc_settings){
        .initial_window = (uint32_t)set->initial_window,
        .fixed_window = (uint32_t)set->fixed_window,
        .abc_limit = (uint32_t)set->abc_limit,
        .cubic_linux = set->cubic_linux,
        .cubic_unfriendly = !set->cubic_friendly,
        .cubic_unyielding = !set->cubic_convergence,
        .bbr_rtt_near = (uint8_t)set->bbr_rtt_near,
        .bbr_rounds = set->bbr_rounds,
        .bbr_any_loss = set->bbr_any_loss,
        .hystart = (uint8_t)set->hystart,
        .hystart_detect = (uint8_t)set->hystart_detect,
    };
    tcp_more_default(&env->more, set);
}

void tcp_conn_init(struct tern_conn *c, struct tcp_env *env, const struct tcp_tuple *t, uint8_t ifi, uint32_t mtu)
{
    const struct tern_settings *set = &env->set;
    uint16_t slab_i = c->node.slab_i;
    memset(c, 0, sizeof *c);
    c->node.slab_i = slab_i;
    c->node.kind = NODE_CONN;
    c->node.ifi = ifi;
    c->node.t = *t;
    c->env = env;
    c->id = ++env->next_id;
    list_init(&c->ready);
    list_init(&c->event);
    c->state = TERN_CLOSED;
    c->ttl = (uint8_t)set->ttl;
    c->path_mtu = c->if_mtu = (uint16_t)mtu;
    c->mss = !MUST(15) ? 1460 : tern_addr_is_v4(&t->raddr) ? MSS_DEFAULT_V4 : MSS_DEFAULT_V6;
    c->mss_adv = (uint16_t)(mtu - (tern_addr_is_v4(&t->raddr) ? 40 : 60)); /* RFC 9293 3.7.1: SHLD-6, an interface has one MTU */
    if (!MUST(67)) c->mss_adv = (uint16_t)mtu;
    mss_changed(c);
    if (!MUST(25)) c->flags |= F_KEEPALIVE;
    c->snd.limit = (uint32_t)set->send_buffer;
    c->rcv.limit = (uint32_t)set->receive_buffer;
    rcv_choose_wscale(c);
    for (int i = 0; i < SLOT_N; i++) c->at[i] = TERN_NEVER;
    c->cc.ops = env->cc;
    rtt_init(c);

    /* RFC 7323 7.1: an offset for each pair, so that the clock tells nothing about other connections or the machine. */
    c->ts_offset = (uint32_t)hash_keyed(env->ts_key, &c->node.t, sizeof c->node.t);
}

void tcp_conn_fini(struct tern_conn *c)
{
    snd_flush(c);
    rcv_flush(c);
    ooo_flush(c);
    sender_free(c);
    tcp_more_free(c);
}

void tcp_move(struct tern_conn *c, enum fsm_event event, enum tern_rule why)
{
    enum tern_state from = c->state, to = fsm_next(from, event);
    assert(to != TERN_STATE_N);
    c->state = (uint8_t)to;
    event_state(c, from, why);
    if (to != TERN_TIME_WAIT) return;
    timer_stop_all(c);
    c->events |= TERN_FINISHED;
}

void tcp_die(struct tern_conn *c, enum fsm_event event, enum tern_rule why, int error)
{
    timer_stop_all(c);
    tcp_move(c, event, why);
    c->flags &= ~(uint32_t)(F_SYN_OUT | F_RTX_ONE | F_PROBE | F_KEEP_PROBE | F_ACK_NOW | F_OVERRIDE);
    snd_flush(c);
    sender_rests(c);
    ooo_flush(c);
    /* What the application has not read stays readable: it was acknowledged. */
    c->events |= TERN_FINISHED;
    if (!error) return;
    c->error = (int16_t)error;
    c->events |= TERN_ERROR | TERN_READABLE;
}

void drop(struct tern_conn *c, enum tern_drop why)
{
    c->env->counters->drop[why]++;
    if (c->env->trace) event_drop_slow(c, why);
}
