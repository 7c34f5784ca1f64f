/* Trace events of a connection. With the trace off each call is one branch. */
#ifndef TCP_EVENT_H
#define TCP_EVENT_H

#include "conn.h"

void event_seg_in(struct tern_conn *c, const struct wire_tcp *h, uint16_t gso_size);
void event_rule_slow(struct tern_conn *c, enum tern_rule rule);
void event_state_slow(struct tern_conn *c, enum tern_state from, enum tern_rule why);
void event_timer_slow(struct tern_conn *c, enum tern_event_type type, enum tern_timer which, tern_ns at, enum tern_rule why);
void event_window_slow(struct tern_conn *c, enum tern_rule why);
void event_cwnd_slow(struct tern_conn *c, enum tern_rule why);
void event_rtt_slow(struct tern_conn *c, tern_ns rtt, enum tern_rule why);
void event_call_slow(struct tern_conn *c, enum tern_call which, int64_t result, enum tern_rule why);
void event_drop_slow(struct tern_conn *c, enum tern_drop why);

/* Fills in the part of an event that tells of a segment. */
void event_fill_seg(struct tern_ev_seg *e, const struct wire_tcp *h, uint32_t payload_len, uint16_t gso_size, uint8_t wscale);
/* An event of |c| in the ring (which must be there). */
struct tern_event *event_new(struct tcp_env *env, const struct tern_conn *c, enum tern_event_type type, enum tern_rule why);

/* A rule that applied: it becomes the rule of the segment at hand, or a note after it. */
static inline void event_rule(struct tern_conn *c, enum tern_rule rule)
{
    if (c->env->trace) event_rule_slow(c, rule);
}

static inline void event_state(struct tern_conn *c, enum tern_state from, enum tern_rule why)
{
    if (c->env->trace) event_state_slow(c, from, why);
}

static inline void event_timer(struct tern_conn *c, enum tern_event_type type, enum tern_timer which, tern_ns at,
                               enum tern_rule why)
{
    if (c->env->trace) event_timer_slow(c, type, which, at, why);
}

static inline void event_window(struct tern_conn *c, enum tern_rule why)
{
    if (c->env->trace) event_window_slow(c, why);
}

static inline void event_cwnd(struct tern_conn *c, enum tern_rule why)
{
    if (c->env->trace && why != TERN_RULE_NONE) event_cwnd_slow(c, why);
}

static inline void event_rtt(struct tern_conn *c, tern_ns rtt, enum tern_rule why)
{
    if (c->env->trace) event_rtt_slow(c, rtt, why);
}

static inline void event_call(struct tern_conn *c, enum tern_call which, int64_t result, enum tern_rule why)
{
    if (c->env->trace) event_call_slow(c, which, result, why);
}

#endif
