#include "story_make.h"

#include <string.h>

#include "tcp.h"

void make_begin(struct story *s)
{
    *s = (struct story){0};
    struct tern_endpoint a = {.port = 40000}, b = {.port = 80};
    tern_addr_parse("192.0.2.1", &a.addr);
    tern_addr_parse("198.51.100.1", &b.addr);
    uint32_t conn = story_add_conn(s, &a, &b);
    s->conn[conn].name[STORY_A] = strdup("client");
    s->conn[conn].name[STORY_B] = strdup("server");
    s->conn[conn].base[STORY_A] = MAKE_ISS;
    s->conn[conn].base[STORY_B] = MAKE_IRS;
    s->conn[conn].base_known[STORY_A] = s->conn[conn].base_known[STORY_B] = true;
}

static tern_ns at_ms(double ms) { return (tern_ns)(ms * 1e6); }

static void learn(struct story_tcb *own, struct story_tcb *other, const struct tern_ev_seg *g, bool arrives)
{
    uint32_t end = g->seq + g->len + !!(g->flags & TH_SYN) + !!(g->flags & TH_FIN);
    if (g->flags & TH_SYN) own->snd_una = own->iss = g->seq;
    own->known |= STORY_SND | STORY_ISS | STORY_RCV_WND;
    own->snd_nxt = end;
    own->rcv_wnd = g->wnd;
    own->flight = own->snd_nxt - own->snd_una;
    if (!arrives) return;
    other->known |= STORY_RCV | STORY_SND_WND;
    other->rcv_nxt = end;
    other->snd_wnd = g->wnd;
    if (g->flags & TH_ACK) other->snd_una = g->ack;
    other->flight = other->snd_nxt - other->snd_una;
}

struct story_row *make_segment(struct story *s, double ms, double flight_ms, enum story_side side, uint16_t flags, uint32_t seq,
                               uint32_t ack, uint32_t len)
{
    struct story_row *row = story_add(s, at_ms(ms), 0, STORY_SEGMENT, side);
    if (!row) return NULL;
    row->arrived = at_ms(ms + flight_ms);
    row->seg = (struct tern_ev_seg){.flags = flags, .len = len, .wnd = 65535, .wnd_raw = 65535, .wscale = 255};
    row->seg.seq = seq + (side == STORY_A ? MAKE_ISS : MAKE_IRS);
    if (flags & TH_ACK) row->seg.ack = ack + (side == STORY_A ? MAKE_IRS : MAKE_ISS);
    if (flags & TH_SYN) {
        row->seg.mss = 1460;
        row->seg.wscale = 7;
        row->seg.sack_permitted = true;
    }
    learn(&row->tcb[side], &row->tcb[story_other(side)], &row->seg, true);
    return row;
}

void make_states(struct story_row *row, enum tern_state a, enum tern_state b)
{
    row->tcb[STORY_A].state = (uint8_t)a;
    row->tcb[STORY_B].state = (uint8_t)b;
}

static struct story_note *add_event(struct story_row *row, enum story_side side, enum tern_event_type type, enum tern_rule rule)
{
    struct story_note *n = story_add_note(row, side);
    n->of = STORY_NOTE_EVENT;
    n->ev = (struct tern_event){.at = row->at, .type = (uint8_t)type, .rule = (uint16_t)rule};
    return n;
}

struct story_row *make_timer(struct story *s, double ms, enum story_side side, enum tern_timer which, enum tern_rule rule)
{
    struct story_row *row = story_add(s, at_ms(ms), 0, STORY_TIMER, side);
    row->rule = (uint16_t)rule;
    add_event(row, side, TERN_EV_TIMER_FIRED, rule)->ev.u.timer.which = (uint8_t)which;
    return row;
}

struct story_row *make_call(struct story *s, double ms, enum story_side side, enum tern_call which, enum tern_rule rule)
{
    struct story_row *row = story_add(s, at_ms(ms), 0, STORY_CALL, side);
    row->rule = (uint16_t)rule;
    add_event(row, side, TERN_EV_CALL, rule)->ev.u.call.which = (uint8_t)which;
    return row;
}

void make_state_note(struct story_row *row, enum story_side side, enum tern_state from, enum tern_state to, enum tern_rule rule)
{
    struct story_note *n = add_event(row, side, TERN_EV_STATE, rule);
    n->ev.u.state.from = (uint8_t)from;
    n->ev.u.state.to = (uint8_t)to;
}

void make_finding(struct story_row *row, enum story_side side, enum story_severity severity, const char *name, const char *text)
{
    struct story_note *n = story_add_note(row, side);
    n->of = STORY_NOTE_FINDING;
    n->severity = (uint8_t)severity;
    n->name = name;
    n->doc = "RFC 6298";
    n->section = "5.4";
    n->text = strdup(text);
}

void make_handshake(struct story *s)
{
    struct story_row *r = make_call(s, 0, STORY_A, TERN_CALL_OPEN, TERN_RULE_OPEN_ACTIVE);
    make_states(r, TERN_SYN_SENT, TERN_LISTEN);
    make_state_note(r, STORY_A, TERN_CLOSED, TERN_SYN_SENT, TERN_RULE_OPEN_ACTIVE);
    r = make_segment(s, 0, 20, STORY_A, TH_SYN, 0, 0, 0);
    make_states(r, TERN_SYN_SENT, TERN_SYN_RECEIVED);
    make_state_note(r, STORY_B, TERN_LISTEN, TERN_SYN_RECEIVED, TERN_RULE_LISTEN_SYN);
    r->rule = TERN_RULE_OPEN_ACTIVE;
    r->rule_in = TERN_RULE_LISTEN_SYN;
    r = make_segment(s, 20, 20, STORY_B, TH_SYN | TH_ACK, 0, 1, 0);
    make_states(r, TERN_ESTABLISHED, TERN_SYN_RECEIVED);
    r->rule = TERN_RULE_LISTEN_SYN;
    r->rule_in = TERN_RULE_SYNSENT_SYNACK;
    r = make_segment(s, 40, 20, STORY_A, TH_ACK, 1, 1, 0);
    make_states(r, TERN_ESTABLISHED, TERN_ESTABLISHED);
    r->rule = TERN_RULE_SYNSENT_SYNACK;
    r->rule_in = TERN_RULE_SYNRCVD_ACK;
}

void make_data(struct story *s, double ms, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t seq = 1 + (uint32_t)i * 1000;
        struct story_row *r = make_segment(s, ms + i * 10, 5, STORY_A, TH_PSH | TH_ACK, seq, 1, 1000);
        r->rule = TERN_RULE_SEND_FULL;
        r->rule_in = TERN_RULE_IN_ORDER;
        r = make_segment(s, ms + i * 10 + 5, 5, STORY_B, TH_ACK, 1, seq + 1000, 0);
        r->rule = TERN_RULE_ACK_SECOND;
        r->rule_in = TERN_RULE_ACK_NEW;
    }
}

void make_close(struct story *s, double ms, uint32_t sent)
{
    struct story_row *r = make_call(s, ms, STORY_A, TERN_CALL_CLOSE, TERN_RULE_CLOSE_CALL);
    make_states(r, TERN_FIN_WAIT_1, TERN_ESTABLISHED);
    r = make_segment(s, ms, 20, STORY_A, TH_FIN | TH_ACK, sent + 1, 1, 0);
    make_states(r, TERN_FIN_WAIT_1, TERN_CLOSE_WAIT);
    r->rule = TERN_RULE_SEND_FIN;
    r->rule_in = TERN_RULE_FIN_IN;
    r = make_segment(s, ms + 20, 20, STORY_B, TH_ACK, 1, sent + 2, 0);
    make_states(r, TERN_FIN_WAIT_2, TERN_CLOSE_WAIT);
    r->rule = TERN_RULE_ACK_FIN;
    r->rule_in = TERN_RULE_FIN_ACKED;
    r = make_call(s, ms + 30, STORY_B, TERN_CALL_CLOSE, TERN_RULE_CLOSE_CALL);
    make_states(r, TERN_FIN_WAIT_2, TERN_LAST_ACK);
    r = make_segment(s, ms + 30, 20, STORY_B, TH_FIN | TH_ACK, 1, sent + 2, 0);
    make_states(r, TERN_TIME_WAIT, TERN_LAST_ACK);
    r->rule = TERN_RULE_SEND_FIN;
    r->rule_in = TERN_RULE_FIN_IN;
    r = make_segment(s, ms + 50, 20, STORY_A, TH_ACK, sent + 2, 2, 0);
    make_states(r, TERN_TIME_WAIT, TERN_CLOSED);
    r->rule = TERN_RULE_ACK_FIN;
    r->rule_in = TERN_RULE_FIN_ACKED;
    r = make_timer(s, ms + 60050, STORY_A, TERN_TIMER_TIME_WAIT, TERN_RULE_MSL2_OVER);
    make_states(r, TERN_CLOSED, TERN_CLOSED);
}

static void make_lost(struct story_row *row)
{
    row->fate = STORY_LOST;
    row->arrived = TERN_NEVER;
}

static void make_refused(struct story_row *row, enum tern_drop why)
{
    row->fate = STORY_REFUSED;
    row->drop = (uint16_t)why;
}

static void make_odd_opening(struct story *s)
{
    struct story_row *r = make_segment(s, 0, 20, STORY_A, TH_SYN, 0, 0, 0);
    make_states(r, TERN_SYN_SENT, TERN_LISTEN);
    make_lost(r);
    r->rule = TERN_RULE_OPEN_ACTIVE;
    r = make_timer(s, 1000, STORY_A, TERN_TIMER_RETRANSMIT, TERN_RULE_RTX_SYN);
    make_states(r, TERN_SYN_SENT, TERN_LISTEN);
    r = make_segment(s, 1000, 20, STORY_A, TH_SYN, 0, 0, 0);
    make_states(r, TERN_SYN_SENT, TERN_SYN_RECEIVED);
    r->rule = TERN_RULE_RTX_SYN;
    r->rule_in = TERN_RULE_LISTEN_SYN;
    make_finding(r, STORY_A, STORY_WARNING, "syn-retry", "the SYN was sent again after 1.000 s");
    r = make_segment(s, 1020, 10, STORY_B, TH_SYN | TH_ACK, 0, 1, 0);
    make_states(r, TERN_ESTABLISHED, TERN_SYN_RECEIVED);
    r->rule = TERN_RULE_LISTEN_SYN;
    r->rule_in = TERN_RULE_SYNSENT_SYNACK;
    r = make_segment(s, 1030, 10, STORY_A, TH_ACK, 1, 1, 0);
    make_states(r, TERN_ESTABLISHED, TERN_ESTABLISHED);
    r->rule = TERN_RULE_SYNSENT_SYNACK;
    r->rule_in = TERN_RULE_SYNRCVD_ACK;
}

void make_odd(struct story *s)
{
    make_odd_opening(s);
    struct story_row *r = make_segment(s, 1045, 10, STORY_B, TH_RST, 777, 0, 0);
    r->forged = true;
    make_refused(r, TERN_DROP_RST_WINDOW);
    make_finding(r, STORY_A, STORY_ERROR, "forged-reset", "this RST did not come from the server");
    r = make_segment(s, 1050, 40, STORY_A, TH_PSH | TH_ACK, 1, 1, 100);
    r->rule = TERN_RULE_SEND_NODELAY;
    r->rule_in = TERN_RULE_IN_ORDER;
    r = make_segment(s, 1055, 20, STORY_A, TH_PSH | TH_ACK, 101, 1, 100);
    r->rule = TERN_RULE_SEND_NODELAY;
    r->rule_in = TERN_RULE_OUT_OF_ORDER;
    r = make_segment(s, 1090, 20, STORY_B, TH_ACK, 1, 201, 0);
    r->rule = TERN_RULE_ACK_HOLE_FILLED;
    r->rule_in = TERN_RULE_ACK_NEW;
    story_mark(s, at_ms(1200), 0, "the cable is pulled");
    r = make_timer(s, 62200, STORY_B, TERN_TIMER_KEEPALIVE, TERN_RULE_KEEPALIVE_DEAD);
    make_states(r, TERN_ESTABLISHED, TERN_CLOSED);
    make_state_note(r, STORY_B, TERN_ESTABLISHED, TERN_CLOSED, TERN_RULE_KEEPALIVE_DEAD);
}

void make_crossing(struct story *s)
{
    for (uint32_t i = 0; i < 6; i++) {
        struct story_row *r = make_segment(s, 5 * i, i == 1 ? 70 : 20, STORY_A, TH_ACK, 1 + i * 1000, 1, 1000);
        make_states(r, TERN_ESTABLISHED, TERN_ESTABLISHED);
        r->rule = TERN_RULE_SEND_FULL;
        r->rule_in = i == 1 ? TERN_RULE_IN_ORDER : TERN_RULE_OUT_OF_ORDER;
        r = make_segment(s, 5 * i + 2, 20, STORY_B, TH_PSH | TH_ACK, 1 + i * 500, 1, 500);
        r->rule = TERN_RULE_SEND_FULL;
        r->rule_in = TERN_RULE_IN_ORDER;
    }
    struct story_row *r = make_segment(s, 75, 20, STORY_B, TH_ACK, 3001, 6001, 0);
    r->rule = TERN_RULE_ACK_HOLE_FILLED;
    r->rule_in = TERN_RULE_ACK_NEW;
}

/* ---- anything at all ---- */

static uint32_t draw_lot(uint32_t *lots, uint32_t below)
{
    *lots ^= *lots << 13;
    *lots ^= *lots >> 17;
    *lots ^= *lots << 5;
    return *lots % below;
}

static uint16_t some_rule(uint32_t *lots) { return (uint16_t)(1 + draw_lot(lots, TERN_RULE_N - 1)); }

static void some_segment(struct story *s, uint32_t *lots, double ms, enum story_side side)
{
    static const uint16_t flags[] = {TH_SYN,          TH_SYN | TH_ACK, TH_ACK,          TH_PSH | TH_ACK,
                                     TH_FIN | TH_ACK, TH_RST,          TH_URG | TH_ACK, 0};
    uint32_t len = draw_lot(lots, 2) ? draw_lot(lots, 65536) : 0;
    struct story_row *r = make_segment(s, ms, draw_lot(lots, 80), side, flags[draw_lot(lots, 8)], draw_lot(lots, 1u << 31),
                                       draw_lot(lots, 1u << 31), len);
    r->rule = some_rule(lots);
    r->rule_in = some_rule(lots);
    r->seg.sack_n = (uint8_t)draw_lot(lots, 4);
    for (unsigned i = 0; i < r->seg.sack_n; i++) r->seg.sack[i][0] = r->seg.sack[i][1] = draw_lot(lots, 1u << 31);
    r->forged = draw_lot(lots, 8) == 0;
    r->duplicate = draw_lot(lots, 8) == 0;
    switch (draw_lot(lots, 6)) {
    case 0: make_lost(r); break;
    case 1: make_refused(r, (enum tern_drop)(1 + draw_lot(lots, TERN_DROP_N - 1))); break;
    case 2:
        r->fate = STORY_UNKNOWN;
        r->arrived = TERN_NEVER;
        break;
    default: break;
    }
}

static void some_notes(struct story_row *r, uint32_t *lots)
{
    for (uint32_t n = draw_lot(lots, 3); n > 0; n--) {
        enum story_side side = (enum story_side)draw_lot(lots, STORY_SIDE_N);
        switch (draw_lot(lots, 3)) {
        case 0:
            make_finding(r, side, (enum story_severity)draw_lot(lots, 3), "some-finding",
                         "a finding with a text so long that it does not stand in one line of any side");
            break;
        case 1:
            make_state_note(r, side, TERN_SYN_RECEIVED, (enum tern_state)draw_lot(lots, TERN_STATE_N), some_rule(lots));
            break;
        default: {
            struct tern_event *ev = &add_event(r, side, TERN_EV_TIMER_SET, some_rule(lots))->ev;
            ev->u.timer.which = (uint8_t)draw_lot(lots, TERN_TIMER_N);
            ev->u.timer.at = r->at + draw_lot(lots, 1u << 31);
        }
        }
    }
}

void make_random(struct story *s, uint32_t seed, unsigned n)
{
    uint32_t lots = seed;
    double ms = s->row_n > 0 ? (double)(story_last(s)->at - s->start) / 1e6 + 1 : 0;
    for (unsigned i = 0; i < n; i++) {
        enum story_side side = (enum story_side)draw_lot(&lots, STORY_SIDE_N);
        switch (draw_lot(&lots, 8)) {
        case 0: make_timer(s, ms, side, (enum tern_timer)draw_lot(&lots, TERN_TIMER_N), (enum tern_rule)some_rule(&lots)); break;
        case 1:
            make_call(s, ms, side, (enum tern_call)draw_lot(&lots, TERN_CALL_RELEASE + 1), (enum tern_rule)some_rule(&lots));
            break;
        case 2: story_mark(s, at_ms(ms), 0, "a remark of whoever tells this, number %u", i); continue;
        default: some_segment(s, &lots, ms, side); break;
        }
        struct story_row *r = &s->row[s->row_n - 1];
        make_states(r, (enum tern_state)draw_lot(&lots, TERN_STATE_N), (enum tern_state)draw_lot(&lots, TERN_STATE_N));
        some_notes(r, &lots);
        ms += draw_lot(&lots, 30) == 0 ? 5000 : draw_lot(&lots, 20);
    }
}
