/* The part of a connection that exists once it has sent data. */
#include "sender.h"

#include "tcp_internal.h"

static void cc_begin(struct tern_conn *c, struct tcp_sender *t)
{
    struct cc_sample s;
    t->cc = c->cc.ops->state_len ? mem_zero(c->env->mem, c->cc.ops->state_len) : NULL;
    if (!t->cc || !c->cc.ops->begin) return;
    loss_sample(c, &s);
    c->cc.ops->begin(&c->cc, &s);
}

static void cc_end(struct tern_conn *c)
{
    mem_put(c->env->mem, c->sender->cc, c->cc.ops->state_len);
    c->sender->cc = NULL;
}

static void wake(struct tcp_env *env, struct tcp_sender *t)
{
    if (list_empty(&t->resting)) return;
    list_remove(&t->resting);
    env->resting_n--;
}

struct tcp_sender *sender_own(struct tern_conn *c)
{
    struct tcp_sender *t = c->sender;
    if (t) {
        wake(c->env, t);
        return t;
    }
    c->sender = t = mem_zero(c->env->mem, sizeof *t);
    if (!t) return NULL;
    t->conn = c;
    list_init(&t->resting);
    cc_begin(c, t);
    return t;
}

/* What the path has taught the one before holds for the next. */
static void cc_init(struct tern_conn *c, const struct cc *before)
{
    struct cc_sample s;
    loss_sample(c, &s);
    enum tern_rule rule = c->cc.ops->init(&c->cc, &s);
    if (before->ops->blind || c->cc.ops->blind) {
        event_cwnd(c, rule);
    } else {
        c->cc.cwnd = before->cwnd;
        c->cc.ssthresh = before->ssthresh;
    }
}

void tcp_set_cc(struct tern_conn *c, const struct cc_ops *ops)
{
    const struct cc before = c->cc;
    if (ops == before.ops) return;
    if (c->sender) cc_end(c);
    c->cc.ops = ops;
    if (synchronized(c)) cc_init(c, &before);
    if (c->sender) cc_begin(c, c->sender);
}

void sender_acked(struct tern_conn *c, struct cc_sample *s)
{
    valid_acked(c);
    uint32_t cwnd = c->cc.cwnd;
    if (has2(c, F2_ACCECN))
        s->ce = ecn_exact(c) ? min_u32(c->more->acc.ce, s->acked) : 0;
    else if (c->cc.ops->every_ce && has2(c, F2_ECE_IN))
        s->ce = s->acked;
    event_cwnd(c, c->cc.ops->on_ack(&c->cc, s));
    if (s->ce && c->cc.cwnd < cwnd) {
        if (has2(c, F2_ECN)) c->flags2 |= F2_CWR_DUE; /* for a peer that speaks RFC 3168 only */
        undo_over(c);
    }
    if (c->sender) pacing_acked(c, s);
    if (s->state && s->state->low) rate_app_limited(&c->sender->rate, s->pipe);
}

void sender_restarts(struct tern_conn *c)
{
    struct cc_sample s;
    valid_restarts(c);
    if (!c->cc.ops->on_send) return;
    loss_sample(c, &s);
    c->cc.ops->on_send(&c->cc, &s);
}

/* It rests too long: what the path has taught stays. */
static void retire(struct tern_conn *c)
{
    const struct tcp_sender *t = c->sender;
    flight_free(c);
    if (c->cc.ssthresh != CC_SSTHRESH_MAX || t->rack.seen || t->rack.steps || t->undo.on || t->tail.out || t->tail.unmeasured ||
        t->pacing.next > c->env->now)
        return;
    if (c->cc.cwnd <= conn_initial_window(c)) sender_free(c);
}

void sender_rests(struct tern_conn *c)
{
    struct tcp_env *env = c->env;
    struct tcp_sender *t = c->sender;
    if (!t) return;
    flight_end(c);
    pacing_rests(c);
    wake(env, t);
    list_append(&env->resting, &t->resting);
    if (++env->resting_n <= SENDERS_REST) return;
    t = CONTAINER_OF(list_pop(&env->resting), struct tcp_sender, resting);
    env->resting_n--;
    retire(t->conn);
}

void sender_free(struct tern_conn *c)
{
    if (!c->sender) return;
    wake(c->env, c->sender);
    flight_free(c);
    cc_end(c);
    mem_put(c->env->mem, c->sender, sizeof *c->sender);
    c->sender = NULL;
}
