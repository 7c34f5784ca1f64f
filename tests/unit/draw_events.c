#include "draw_events.h"

#include <assert.h>
#include <string.h>

#include "tracer.h"

void play_init(struct play *p)
{
    memset(p, 0, sizeof(*p));
    tern_trace_init(&p->trace, p->ring, PLAY_RING);
    p->conn = 1;
    p->now = 7 * TERN_SEC;
}

const struct tern_event *play_last(const struct play *p) { return tern_trace_get(&p->trace, p->trace.end - 1); }

static struct tern_event *play(struct play *p, enum tern_event_type type, enum tern_rule rule)
{
    struct tern_event *e = trace_next(&p->trace);
    e->at = p->now;
    e->conn = p->conn;
    e->type = (uint8_t)type;
    e->rule = (uint16_t)rule;
    e->state = (uint8_t)p->state;
    e->local = (struct tern_endpoint){tern_addr_v4((const uint8_t[]){192, 0, 2, 1}), 80};
    e->remote = (struct tern_endpoint){tern_addr_v4((const uint8_t[]){198, 51, 100, 7}), 4242};
    e->iss_known = p->iss_known;
    e->irs_known = p->irs_known;
    e->iss = p->iss_known ? PLAY_ISS : 0;
    e->irs = p->irs_known ? PLAY_IRS : 0;
    return e;
}

static void set_segment(struct tern_event *e, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
    e->u.seg = (struct tern_ev_seg){
        .seq = seq, .ack = flags & TH_ACK ? ack : 0, .len = len, .wnd = 65535, .wnd_raw = 65535, .flags = flags, .wscale = 255};
    if (!(flags & TH_SYN)) return;
    e->u.seg.mss = 1460;
    e->u.seg.wscale = 7;
    e->u.seg.sack_permitted = true;
}

struct tern_event *play_out(struct play *p, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len, enum tern_rule rule)
{
    if (flags & TH_SYN) p->iss_known = true;
    struct tern_event *e = play(p, TERN_EV_SEG_OUT, rule);
    set_segment(e, flags, PLAY_ISS + seq, PLAY_IRS + ack, len);
    return e;
}

struct tern_event *play_in(struct play *p, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len, enum tern_rule rule)
{
    if (flags & TH_SYN) p->irs_known = true;
    struct tern_event *e = play(p, TERN_EV_SEG_IN, rule);
    set_segment(e, flags, PLAY_IRS + seq, PLAY_ISS + ack, len);
    return e;
}

struct tern_event *play_state(struct play *p, enum tern_state to, enum tern_rule rule)
{
    enum tern_state from = p->state;
    p->state = to;
    struct tern_event *e = play(p, TERN_EV_STATE, rule);
    e->u.state.from = (uint8_t)from;
    e->u.state.to = (uint8_t)to;
    return e;
}

struct tern_event *play_timer(struct play *p, enum tern_event_type type, enum tern_timer which, tern_ns after,
                              enum tern_rule rule)
{
    struct tern_event *e = play(p, type, rule);
    e->u.timer.which = (uint8_t)which;
    e->u.timer.at = p->now + after;
    return e;
}

struct tern_event *play_call(struct play *p, enum tern_call which, int64_t result, enum tern_rule rule)
{
    struct tern_event *e = play(p, TERN_EV_CALL, rule);
    e->u.call.which = (uint8_t)which;
    e->u.call.result = result;
    return e;
}

struct tern_event *play_note(struct play *p, enum tern_rule rule) { return play(p, TERN_EV_NOTE, rule); }

struct tern_event *play_drop(struct play *p, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len, enum tern_drop why)
{
    struct tern_event *e = play(p, TERN_EV_DROP, TERN_RULE_NONE);
    set_segment(e, flags, PLAY_IRS + seq, PLAY_ISS + ack, len);
    e->drop = (uint16_t)why;
    e->drop_has_seg = true;
    return e;
}

void play_handshake(struct play *p)
{
    play_call(p, TERN_CALL_OPEN, 0, TERN_RULE_OPEN_ACTIVE);
    play_state(p, TERN_SYN_SENT, TERN_RULE_OPEN_ACTIVE);
    play_out(p, TH_SYN, 0, 0, 0, TERN_RULE_OPEN_ACTIVE);
    play_timer(p, TERN_EV_TIMER_SET, TERN_TIMER_RETRANSMIT, TERN_SEC, TERN_RULE_RTO_START);
    p->now += 10 * TERN_MS;
    play_in(p, TH_SYN | TH_ACK, 0, 1, 0, TERN_RULE_SYNSENT_SYNACK);
    play_state(p, TERN_ESTABLISHED, TERN_RULE_SYNSENT_SYNACK);
    play_out(p, TH_ACK, 1, 1, 0, TERN_RULE_SYNSENT_SYNACK);
    p->now += 10 * TERN_MS;
}

static int sink_put(void *ctx, const char *text, size_t len)
{
    struct sink *s = ctx;
    if (s->broken) return -1;
    assert(s->len + len < SINK_LEN);
    memcpy(s->text + s->len, text, len);
    s->len += len;
    s->text[s->len] = '\0';
    return 0;
}

void sink_init(struct sink *s)
{
    s->out = (struct tern_out){sink_put, s};
    s->len = 0;
    s->broken = false;
    s->text[0] = '\0';
}
