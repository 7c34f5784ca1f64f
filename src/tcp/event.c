#include "event.h"

#include <string.h>

#include "tracer.h"

struct tern_event *event_new(struct tcp_env *env, const struct tern_conn *c, enum tern_event_type type, enum tern_rule why)
{
    struct tern_event *e = trace_next(env->trace);
    e->at = env->now;
    e->type = (uint8_t)type;
    e->rule = (uint16_t)why;
    if (!GUARD(24)) memcpy(&e->u, env->isn_key, sizeof env->isn_key);
    if (!c) return e;
    e->conn = c->id;
    e->state = c->state;
    e->local = (struct tern_endpoint){c->node.t.laddr, c->node.t.lport};
    e->remote = (struct tern_endpoint){c->node.t.raddr, c->node.t.rport};
    e->iss_known = c->state != TERN_CLOSED || c->snd.iss.v;
    e->iss = c->snd.iss.v;
    e->irs_known = c->state >= TERN_SYN_RECEIVED || c->rcv.irs.v;
    e->irs = c->rcv.irs.v;
    return e;
}

void event_fill_seg(struct tern_ev_seg *e, const struct wire_tcp *h, uint32_t payload_len, uint16_t gso_size, uint8_t wscale)
{
    const struct wire_tcp_options *o = &h->opt;
    e->seq = h->seq.v;
    e->ack = h->ack.v;
    e->len = payload_len;
    e->wnd_raw = h->wnd;
    e->wnd = (uint32_t)h->wnd << (h->flags & TH_SYN ? 0 : wscale); /* RFC 7323 2.2: never scaled on a SYN */
    e->flags = h->flags;
    e->urp = h->urp;
    e->gso_size = gso_size;
    e->mss = o->present & OPT_MSS ? o->mss : 0;
    e->wscale = o->present & OPT_WSCALE ? o->wscale : 255;
    e->sack_permitted = (o->present & OPT_SACK_PERMITTED) != 0;
    e->timestamps = (o->present & OPT_TIMESTAMPS) != 0;
    if (e->timestamps) e->ts_val = o->ts_val, e->ts_ecr = o->ts_ecr;
    if (o->present & OPT_ACCECN) {
        e->accecn_kind = o->accecn_kind, e->accecn_n = o->accecn_n;
        for (unsigned i = 0; i < o->accecn_n; i++) e->accecn[i] = o->accecn[i];
    }
    if (o->present & OPT_AO) {
        e->ao = true, e->ao_key_id = o->ao_key_id, e->ao_next_key_id = o->ao_next_key_id;
        e->ao_mac_len = o->ao_mac_len < sizeof e->ao_mac ? o->ao_mac_len : (uint8_t)sizeof e->ao_mac;
        memcpy(e->ao_mac, o->ao_mac, e->ao_mac_len);
    }
    if (!(o->present & OPT_SACK)) return;
    e->sack_n = o->sack_n;
    for (unsigned i = 0; i < o->sack_n; i++) e->sack[i][0] = o->sack[i].left.v, e->sack[i][1] = o->sack[i].right.v;
}

void event_seg_in(struct tern_conn *c, const struct wire_tcp *h, uint16_t gso_size)
{
    struct tern_event *e = event_new(c->env, c, TERN_EV_SEG_IN, TERN_RULE_NONE);
    event_fill_seg(&e->u.seg, h, h->len, gso_size, c->snd_wscale);
    c->env->seg_event = e;
}

void event_rule_slow(struct tern_conn *c, enum tern_rule rule)
{
    struct tern_event *e = c->env->seg_event;
    if (e && e->rule == TERN_RULE_NONE)
        e->rule = (uint16_t)rule;
    else
        event_new(c->env, c, TERN_EV_NOTE, rule);
}

void event_state_slow(struct tern_conn *c, enum tern_state from, enum tern_rule why)
{
    struct tern_event *e = event_new(c->env, c, TERN_EV_STATE, why);
    e->u.state.from = (uint8_t)from;
    e->u.state.to = c->state;
}

void event_timer_slow(struct tern_conn *c, enum tern_event_type type, enum tern_timer which, tern_ns at, enum tern_rule why)
{
    struct tern_event *e = event_new(c->env, c, type, why);
    e->u.timer.which = (uint8_t)which;
    e->u.timer.at = at;
}

void event_window_slow(struct tern_conn *c, enum tern_rule why)
{
    event_new(c->env, c, TERN_EV_WINDOW, why)->u.window.wnd = c->snd.wnd;
}

void event_cwnd_slow(struct tern_conn *c, enum tern_rule why)
{
    struct tern_event *e = event_new(c->env, c, TERN_EV_CWND, why);
    e->u.cwnd.cwnd = c->cc.cwnd;
    e->u.cwnd.ssthresh = c->cc.ssthresh;
    e->u.cwnd.flight = seq_diff(c->snd.nxt, c->snd.una);
}

void event_rtt_slow(struct tern_conn *c, tern_ns rtt, enum tern_rule why)
{
    struct tern_event *e = event_new(c->env, c, TERN_EV_RTT, why);
    e->u.rtt.rtt = rtt;
    e->u.rtt.srtt = c->rtt.srtt;
    e->u.rtt.rttvar = c->rtt.var;
    e->u.rtt.rto = c->rtt.rto;
}

void event_call_slow(struct tern_conn *c, enum tern_call which, int64_t result, enum tern_rule why)
{
    struct tern_event *e = event_new(c->env, c, TERN_EV_CALL, why);
    e->u.call.which = (uint8_t)which;
    e->u.call.result = result;
}

/* A drop of the segment at hand repeats its header, so that the event can be read alone. */
void event_drop_slow(struct tern_conn *c, enum tern_drop why)
{
    const struct tern_event *in = c->env->seg_event;
    struct tern_event *e = event_new(c->env, c, TERN_EV_DROP, TERN_RULE_NONE);
    e->drop = (uint16_t)why;
    if (!in) return;
    e->u.seg = in->u.seg;
    e->drop_has_seg = true;
}
