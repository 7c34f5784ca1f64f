#include "plain.h"

#include "tcp.h"

bool rule_is_plain(unsigned rule)
{
    switch (rule) {
    case TERN_RULE_SEND_PUSH:
    case TERN_RULE_SEND_FULL:
    case TERN_RULE_SEND_IDLE:
    case TERN_RULE_SEND_NODELAY:
    case TERN_RULE_SEND_HALF_WINDOW:
    case TERN_RULE_SEND_OVERRIDE:
    case TERN_RULE_ACK_SECOND:
    case TERN_RULE_ACK_DELAYED:
    case TERN_RULE_ACK_PUSHED:
    case TERN_RULE_ACK_WINDOW:
    case TERN_RULE_ACK_OUT_OF_ORDER:
    case TERN_RULE_ACK_HOLE_FILLED:
    case TERN_RULE_IN_ORDER:
    case TERN_RULE_OUT_OF_ORDER:
    case TERN_RULE_ACK_NEW:
    case TERN_RULE_ACK_OLD:
    case TERN_RULE_ACK_DUP:
    case TERN_RULE_WINDOW_UPDATE: return true;
    default: return false;
    }
}

/* A further rule of a plain segment. */
static bool note_is_plain(unsigned rule)
{
    switch (rule) {
    case TERN_RULE_NAGLE_WAIT:
    case TERN_RULE_SWS_WAIT:
    case TERN_RULE_OLD_DATA:
    case TERN_RULE_TRIMMED:
    case TERN_RULE_ACK_DSACK:
    case TERN_RULE_RTT_FIRST:
    case TERN_RULE_RTT_SAMPLE:
    case TERN_RULE_KARN: return true;
    default: return rule_is_plain(rule);
    }
}

static bool call_is_plain(const struct tern_event *ev)
{
    bool moves_data = ev->u.call.which == TERN_CALL_SEND || ev->u.call.which == TERN_CALL_RECEIVE;
    return moves_data && (ev->u.call.result >= 0 || ev->u.call.result == TERN_ERR_AGAIN);
}

bool event_is_plain(const struct tern_event *ev)
{
    switch ((enum tern_event_type)ev->type) {
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT: return rule_is_plain(ev->rule) && !(ev->u.seg.flags & (TH_SYN | TH_FIN | TH_RST | TH_URG));
    case TERN_EV_CALL: return call_is_plain(ev);
    case TERN_EV_NOTE: return note_is_plain(ev->rule);
    case TERN_EV_TIMER_FIRED: return ev->u.timer.which == TERN_TIMER_DELACK;
    case TERN_EV_STATE:
    case TERN_EV_DROP:
    case TERN_EV_N: return false;
    case TERN_EV_TIMER_SET:
    case TERN_EV_TIMER_STOPPED:
    case TERN_EV_WINDOW:
    case TERN_EV_CWND:
    case TERN_EV_RTT: return true;
    }
    return false;
}

bool event_is_wanted(const struct tern_event *ev, enum tern_ladder_detail detail)
{
    switch ((enum tern_event_type)ev->type) {
    case TERN_EV_WINDOW:
    case TERN_EV_CWND:
    case TERN_EV_RTT: return detail == TERN_LADDER_FULL;
    case TERN_EV_TIMER_SET:
    case TERN_EV_TIMER_STOPPED:
    case TERN_EV_NOTE: return detail != TERN_LADDER_BRIEF;
    case TERN_EV_CALL: return detail != TERN_LADDER_BRIEF || !event_is_plain(ev);
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT:
    case TERN_EV_STATE:
    case TERN_EV_TIMER_FIRED:
    case TERN_EV_DROP:
    case TERN_EV_N: break;
    }
    return true;
}

void fold_add(struct fold *f, tern_ns at, const struct tern_ev_seg *s)
{
    if (f->data_n + f->ack_n == 0) f->from = at;
    f->to = at;
    if (s->len > 0)
        f->data_n += segment_n(s), f->data_len += s->len;
    else
        f->ack_n++;
}

void fold_text(struct text *t, const struct fold *f)
{
    if (f->data_n + f->ack_n == 0) return;
    char n[32], data[64], bytes[32], acks[64], time[32];
    struct text p = text_in(n, sizeof n);
    text_count(&p, f->data_n);
    p = text_for(t->translate, data, sizeof data);
    text_add(&p, tr_n(t, "%s data segment", "%s data segments", f->data_n), n);
    p = text_for(t->translate, bytes, sizeof bytes);
    text_bytes(&p, f->data_len);
    p = text_in(n, sizeof n);
    text_count(&p, f->ack_n);
    p = text_for(t->translate, acks, sizeof acks);
    text_add(&p, tr_n(t, "%s ack", "%s acks", f->ack_n), n);
    p = text_in(time, sizeof time);
    text_span(&p, f->to - f->from);
    text_add(t, tr(t, "... %s, %s, %s, in %s ..."), data, bytes, acks, time);
}
