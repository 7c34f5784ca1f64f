/* What must hold of a connection after every event; for tests. */
#include "tcp_internal.h"

#define MUST_HOLD(ok)                                                                                                            \
    if (!(ok)) return #ok

static const char *check_flight(const struct tern_conn *c)
{
    const struct tcp_flight *f = flight_of(c);
    if (!f) return NULL;
    MUST_HOLD(sent_check(&f->map));
    MUST_HOLD(!sent_empty(&f->map)); /* there is none while nothing is in flight */
    MUST_HOLD(seq_eq(f->map.start, snd_start(c)));
    MUST_HOLD(seq_eq(f->map.end, c->snd.nxt));
    MUST_HOLD(f->map.sacked + f->map.lost <= seq_diff(c->snd.nxt, c->snd.una));
    MUST_HOLD(f->map.rtx <= seq_diff(c->snd.nxt, c->snd.una));
    MUST_HOLD(!has(c, F_SACK) || f->timer != FLIGHT_REORDER || f->reorder_at != TERN_NEVER || has(c, F_PERSIST));
    return NULL;
}

static const char *check_timers(const struct tern_conn *c)
{
    bool out = seq_lt(c->snd.una, c->snd.nxt), runs = c->at[SLOT_RTX] != TERN_NEVER;
    if (c->state < TERN_SYN_SENT || c->state == TERN_TIME_WAIT || !CLAUSE(c->env, RETRANSMISSION)) return NULL;
    if (has(c, F_SYN_OUT)) return NULL; /* it is about to leave */
    MUST_HOLD(!out || runs);            /* what is in flight is waited for */
    MUST_HOLD(!has(c, F_PERSIST) || runs);
    MUST_HOLD(!runs || out || has(c, F_PERSIST) || seq_lt(c->snd.una, c->snd.max) || has(c, F_SYN_UNACKED));
    return NULL;
}

static const char *check_receive(const struct tern_conn *c)
{
    uint32_t queued = 0;
    bool waits = c->at[SLOT_DELACK] != TERN_NEVER;
    if (c->state < TERN_SYN_RECEIVED) return NULL;
    for (const struct tern_buf *b = c->rcv.head; b; b = b->next) queued += b->len;
    MUST_HOLD(queued == c->rcv.queued);
    MUST_HOLD(ooo_check(c));
    MUST_HOLD(seq_le(c->rcv.nxt, c->rcv.edge) || c->rcv.limit == 0);
    if (c->state == TERN_TIME_WAIT || has(c, F_ACK_NOW)) return NULL;
    MUST_HOLD(seq_eq(c->rcv.acked, c->rcv.nxt) || waits); /* what came is acknowledged, or will be */
    MUST_HOLD(!waits || !seq_eq(c->rcv.acked, c->rcv.nxt) || c->env->set.sack_delay);
    MUST_HOLD(waits || !has(c, F_SACK) || c->state == TERN_SYN_RECEIVED || !ooo_untold(c)); /* also selectively */
    return NULL;
}

/* Data that may be sent and is not: something must bring it to leave. */
static const char *check_waiting(const struct tern_conn *c)
{
    bool out = seq_lt(c->snd.una, c->snd.max), runs = c->at[SLOT_RTX] != TERN_NEVER;
    bool paced = c->sender && c->sender->pacing.waits;
    if (!synchronized(c) || c->state == TERN_TIME_WAIT || !CLAUSE(c->env, ZERO_PROBE)) return NULL;
    MUST_HOLD(out || runs || paced || !snd_left(c, c->snd.nxt));
    return NULL;
}

const char *tcp_check(const struct tern_conn *c)
{
    if (c->state == TERN_CLOSED || c->state == TERN_LISTEN) return NULL;
    MUST_HOLD(seq_le(c->snd.una, c->snd.nxt) && seq_le(c->snd.nxt, c->snd.max));
    MUST_HOLD(!synchronized(c) || c->cc.cwnd >= 1);
    MUST_HOLD(!has(c, F_RECOVERY) || !has(c, F_RTO_RECOVERY));
    const char *wrong = check_flight(c);
    if (!wrong) wrong = check_timers(c);
    if (!wrong) wrong = check_receive(c);
    return wrong ? wrong : check_waiting(c);
}
