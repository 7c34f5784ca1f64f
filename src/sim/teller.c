/* The teller: makes story rows of what the stacks' traces say. */
#include <stdlib.h>
#include <string.h>

#include "ip.h"
#include "peek.h"
#include "sim_internal.h"
#include "words.h"

static void no_memory(struct sim *s) { s->story.out_of_memory = true; }

/* ---- which connection ---- */

static bool same_end(const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    return a->port == b->port && tern_addr_eq(&a->addr, &b->addr);
}

/* The last connection between the two; NULL: none yet. */
static struct sim_pair *pair_find(struct sim *s, const struct tern_endpoint end[STORY_SIDE_N])
{
    for (size_t i = s->pair_n; i-- > 0;)
        if (same_end(&s->pair[i].conn.end[STORY_A], &end[STORY_A]) && same_end(&s->pair[i].conn.end[STORY_B], &end[STORY_B]))
            return &s->pair[i];
    return NULL;
}

static struct sim_pair *pair_new(struct sim *s, const struct tern_endpoint end[STORY_SIDE_N])
{
    if (s->pair_n == s->pair_cap) {
        size_t cap = s->pair_cap ? s->pair_cap * 2 : 8;
        struct sim_pair *more = realloc(s->pair, cap * sizeof *more);
        if (!more) {
            no_memory(s);
            return NULL;
        }
        s->pair = more;
        s->pair_cap = cap;
    }
    struct sim_pair *p = &s->pair[s->pair_n++];
    *p = (struct sim_pair){.conn.end = {end[STORY_A], end[STORY_B]}};
    return p;
}

static struct sim_pair *pair_get(struct sim *s, const struct tern_endpoint end[STORY_SIDE_N])
{
    struct sim_pair *p = pair_find(s, end);
    return p ? p : pair_new(s, end);
}

static void ends_of(enum story_side side, const struct tern_event *e, struct tern_endpoint end[STORY_SIDE_N])
{
    end[side] = e->local;
    end[story_other(side)] = e->remote;
}

static void name(struct sim *s, const struct sim_pair *p)
{
    if (!p->in_story) return;
    struct story_conn *c = &s->story.conn[p->index];
    for (int i = 0; i < STORY_SIDE_N; i++) {
        free(c->name[i]);
        c->name[i] = NULL;
    }
    if (p->opened[STORY_A] == p->opened[STORY_B]) return; /* nobody is the server when both opened */
    c->name[STORY_A] = strdup(p->opened[STORY_A] ? _("client") : _("server"));
    c->name[STORY_B] = strdup(p->opened[STORY_A] ? _("server") : _("client"));
}

/* Its place in the story. */
static uint32_t place(struct sim *s, struct sim_pair *p)
{
    if (p->in_story) return p->index;
    p->index = story_add_conn(&s->story, &p->conn.end[STORY_A], &p->conn.end[STORY_B]);
    p->in_story = true;
    if (s->story.out_of_memory) return p->index;
    s->story.conn[p->index] = p->conn;
    name(s, p);
    return p->index;
}

static void set_base(struct sim *s, struct sim_pair *p, enum story_side side, uint32_t base)
{
    p->conn.base[side] = base;
    p->conn.base_known[side] = true;
    if (!p->in_story || p->index >= s->story.conn_n) return;
    s->story.conn[p->index].base[side] = base;
    s->story.conn[p->index].base_known[side] = true;
}

/* ---- what an end knows ---- */

static void look_queues(struct sim *s, enum story_side side, const struct sim_pair *p, struct story_tcb *t)
{
    struct tern_listener_info info;
    if (!peek_listener(s->end[side].s, &p->conn.end[side], &p->conn.end[story_other(side)], &info)) return;
    t->half_n = info.half_n, t->accept_n = info.accept_n, t->backlog = info.backlog;
    t->known |= STORY_LISTENER;
    if (t->state == TERN_CLOSED && !p->over[side]) t->state = TERN_LISTEN;
}

static uint16_t known_in(const struct tern_status *st)
{
    uint16_t known = STORY_SND | STORY_ISS | STORY_TIMERS;
    if (st->state == TERN_TIME_WAIT) return known | STORY_RCV | STORY_RCV_WND | STORY_IRS;
    known |= STORY_RTT | STORY_QUEUES;
    if (st->state >= TERN_SYN_RECEIVED) known |= STORY_SND_WND | STORY_RCV | STORY_RCV_WND | STORY_IRS;
    if (st->state >= TERN_ESTABLISHED) known |= STORY_CWND;
    return known;
}

static void look(struct sim *s, enum story_side side, const struct sim_pair *p, struct story_tcb *t)
{
    struct tern_status st;
    *t = (struct story_tcb){.state = TERN_CLOSED};
    for (int i = 0; i < TERN_TIMER_N; i++) t->timer[i] = TERN_NEVER;
    if (peek_pair(s->end[side].s, &p->conn.end[side], &p->conn.end[story_other(side)], &st)) {
        t->state = (uint8_t)st.state;
        t->known = known_in(&st);
        t->snd_una = st.snd_una, t->snd_nxt = st.snd_nxt, t->snd_wnd = st.snd_wnd, t->iss = st.iss;
        t->rcv_nxt = st.rcv_nxt, t->rcv_wnd = st.rcv_wnd, t->irs = st.irs;
        t->cwnd = st.cwnd, t->ssthresh = st.ssthresh, t->flight = st.flight;
        t->srtt = st.rtt, t->rto = st.rto;
        t->send_queue = st.send_queue, t->receive_queue = st.receive_queue, t->ooo_queue = st.ooo_queue;
        memcpy(t->timer, st.timer, sizeof t->timer);
    }
    /* A spoofed address is no end of ours. */
    if (tern_addr_eq(&p->conn.end[side].addr, &s->end[side].addr)) look_queues(s, side, p, t);
}

static void look_both(struct sim *s, const struct sim_pair *p, struct story_row *row)
{
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) look(s, side, p, &row->tcb[side]);
}

/* ---- rows ---- */

static struct story_row *row_at(struct sim *s, size_t row) { return row < s->story.row_n ? &s->story.row[row] : NULL; }

static void note_event(struct sim *s, size_t at, enum story_side side, const struct tern_event *e)
{
    struct story_row *row = row_at(s, at);
    if (!row) return;
    if (!story_add_event(row, side, e)) no_memory(s);
}

static size_t add_row(struct sim *s, tern_ns at, struct sim_pair *p, enum story_kind kind, enum story_side side)
{
    uint32_t conn = place(s, p);
    struct story_row *row = story_add(&s->story, at, conn, kind, side);
    if (!row) return SIM_NO_ROW;
    look_both(s, p, row);
    return s->story.row_n - 1;
}

/* The passive OPEN before the first connection that it gets, when it came after all that was told already. */
static void tell_passive(struct sim *s, struct sim_pair *p)
{
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++)
        for (struct passive_open **o = &s->end[side].passive; *o;) {
            struct passive_open *open = *o;
            const struct story_row *last = story_last(&s->story);
            bool mine = open->ev.local.port == p->conn.end[side].port;
            if (!mine) {
                o = &open->next;
                continue;
            }
            if (!last || last->at <= open->ev.at) {
                size_t at = add_row(s, open->ev.at, p, STORY_CALL, side);
                if (at != SIM_NO_ROW) {
                    struct story_row *row = row_at(s, at);
                    row->rule = open->ev.rule;
                    row->tcb[side].state = TERN_LISTEN;
                    row->tcb[story_other(side)] = (struct story_tcb){.state = TERN_CLOSED};
                    for (int i = 0; i < TERN_TIMER_N; i++) row->tcb[story_other(side)].timer[i] = TERN_NEVER;
                    note_event(s, at, side, &open->ev);
                }
            }
            *o = open->next;
            free(open);
        }
}

/* A row for something that |e| of |side| tells. */
static size_t event_row(struct sim *s, struct sim_pair *p, enum story_kind kind, enum story_side side, const struct tern_event *e)
{
    tell_passive(s, p);
    size_t at = add_row(s, e->at, p, kind, side);
    if (at == SIM_NO_ROW) return at;
    s->story.row[at].rule = e->rule;
    note_event(s, at, side, e);
    return at;
}

/* ---- events ---- */

static bool is_active_open(const struct tern_event *e)
{
    return e->type == TERN_EV_CALL && e->u.call.which == TERN_CALL_OPEN && e->conn;
}

/* The pair of an event. An active OPEN begins the next incarnation, unless this end has had no part in the last one yet. */
static struct sim_pair *pair_of(struct sim *s, enum story_side side, const struct tern_event *e)
{
    struct tern_endpoint end[STORY_SIDE_N];
    ends_of(side, e, end);
    struct sim_pair *p = pair_find(s, end);
    if (!p) p = pair_new(s, end);
    if (!p || !is_active_open(e)) return p;
    if (p->conn.base_known[side] || p->opened[side]) p = pair_new(s, end);
    if (!p) return NULL;
    p->opened[side] = true;
    name(s, p);
    return p;
}

/* Is it a note, or a detail that only trace_all wants? 2MSL's beginning is no detail. */
static bool worth_a_note(const struct sim *s, const struct tern_event *e)
{
    switch (e->type) {
    case TERN_EV_TIMER_SET:
    case TERN_EV_TIMER_STOPPED: return s->cfg.trace_all || e->u.timer.which == TERN_TIMER_TIME_WAIT;
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT: return false;
    default: return true;
    }
}

static bool worth_a_row(const struct sim *s, const struct tern_event *e)
{
    if (e->type != TERN_EV_CALL) return false;
    uint8_t which = e->u.call.which;
    return s->cfg.trace_all || which == TERN_CALL_OPEN || which == TERN_CALL_CLOSE || which == TERN_CALL_ABORT;
}

/* A listener's own events have no remote end yet. */
static void listener_event(struct sim *s, enum story_side side, const struct tern_event *e)
{
    if (e->type != TERN_EV_CALL) return;
    struct passive_open *o = malloc(sizeof *o), **p = &s->end[side].passive;
    if (!o) {
        no_memory(s);
        return;
    }
    *o = (struct passive_open){.ev = *e};
    while (*p) p = &(*p)->next;
    *p = o;
}

/* What an arrival did to the receiver: its rule, or why it was refused. True: the row says it, no note is needed. */
static bool into_arrival(struct sim *s, size_t at, const struct tern_event *e)
{
    struct story_row *row = row_at(s, at);
    if (!row) return false;
    if (e->type == TERN_EV_SEG_IN) {
        if (row->rule_in == TERN_RULE_NONE) row->rule_in = e->rule;
        if (row->forged) row->seg.wnd = e->u.seg.wnd; /* scaled as the receiver scales it */
        return true;
    }
    if (e->type != TERN_EV_DROP || row->drop != TERN_DROP_NONE) return false;
    row->drop = e->drop;
    row->fate = STORY_REFUSED;
    if (row->rule_in == TERN_RULE_NONE) row->rule_in = e->rule;
    return true;
}

/* Has this end's connection ended? (One that is back in LISTEN has not.) */
static void note_end(struct sim *s, enum story_side side, const struct tern_event *e)
{
    struct tern_endpoint end[STORY_SIDE_N];
    ends_of(side, e, end);
    struct sim_pair *p = pair_find(s, end);
    if (p) p->over[side] = e->u.state.to == TERN_CLOSED;
}

static void one_event(struct sim *s, enum story_side side, enum tell_context context, size_t *row, const struct tern_event *e)
{
    if (!e->remote.port && !e->conn && context != TELL_ARRIVAL) {
        listener_event(s, side, e);
        return;
    }
    if (e->type == TERN_EV_STATE) note_end(s, side, e);
    if (context == TELL_ARRIVAL) {
        if (into_arrival(s, *row, e)) return;
    } else if (e->type == TERN_EV_TIMER_FIRED || (context == TELL_CALLS && worth_a_row(s, e))) {
        struct sim_pair *p = pair_of(s, side, e);
        *row = p ? event_row(s, p, e->type == TERN_EV_CALL ? STORY_CALL : STORY_TIMER, side, e) : SIM_NO_ROW;
        return;
    } else if (context == TELL_CALLS && e->type == TERN_EV_CALL) {
        return;
    }
    if (!worth_a_note(s, e)) return;
    if (row_at(s, *row))
        note_event(s, *row, side, e);
    else if (e->type == TERN_EV_STATE) {
        struct sim_pair *p = pair_of(s, side, e);
        if (p) *row = event_row(s, p, STORY_CHANGE, side, e);
    }
    /* Several calls may have been made before anybody looked: the state at least is that of the moment. */
    struct story_row *r = row_at(s, *row);
    if (r && e->type == TERN_EV_STATE && context != TELL_ARRIVAL) r->tcb[side].state = e->u.state.to;
}

static void tell_range(struct sim *s, enum story_side side, enum tell_context context, size_t *row, uint64_t to)
{
    struct sim_end *e = &s->end[side];
    for (; e->seen < to; e->seen++) {
        const struct tern_event *ev = tern_trace_get(&e->trace, e->seen);
        if (!ev) {
            no_memory(s); /* overwritten: more happened than the ring holds */
            continue;
        }
        struct tern_event copy = *ev;
        one_event(s, side, context, row, &copy);
    }
}

void tell_events(struct sim *s, enum story_side side, enum tell_context context, size_t row)
{
    struct sim_end *e = &s->end[side];
    if (e->seen == e->trace.end) return;
    if (context != TELL_ARRIVAL) row = e->cause_at == s->now ? e->cause : SIM_NO_ROW;
    size_t before = row;
    tell_range(s, side, context, &row, e->trace.end);
    if (row != before || context == TELL_ARRIVAL) e->cause = row, e->cause_at = s->now;
}

/* ---- segments ---- */

static void fill_options(const struct wire_tcp *h, struct tern_ev_seg *e)
{
    const struct wire_tcp_options *o = &h->opt;
    e->mss = o->present & OPT_MSS ? o->mss : 0;
    e->wscale = o->present & OPT_WSCALE ? o->wscale : 255;
    e->sack_permitted = (o->present & OPT_SACK_PERMITTED) != 0;
    e->timestamps = (o->present & OPT_TIMESTAMPS) != 0;
    if (e->timestamps) e->ts_val = o->ts_val, e->ts_ecr = o->ts_ecr;
    e->accecn_kind = o->present & OPT_ACCECN ? o->accecn_kind : 0;
    e->accecn_n = e->accecn_kind ? o->accecn_n : 0;
    for (unsigned i = 0; i < e->accecn_n; i++) e->accecn[i] = o->accecn[i];
    e->sack_n = o->present & OPT_SACK ? o->sack_n : 0;
    for (unsigned i = 0; i < e->sack_n; i++) e->sack[i][0] = o->sack[i].left.v, e->sack[i][1] = o->sack[i].right.v;
}

/* The segment as it stands in the packet. False: it is not TCP. */
static bool read_segment(enum story_side side, const uint8_t *packet, uint32_t len, struct tern_ev_seg *seg,
                         struct tern_endpoint end[STORY_SIDE_N])
{
    struct wire_ip ip;
    struct wire_tcp h;
    if (wire_ip_parse(packet, len, NULL, &ip) != WIRE_OK || ip.proto != IPPROTO_TCP_) return false;
    if (wire_tcp_parse(packet + ip.head_len, ip.len - ip.head_len, &h) != WIRE_OK) return false;
    *seg = (struct tern_ev_seg){.seq = h.seq.v, .ack = h.ack.v, .len = h.len, .wnd = h.wnd, .wnd_raw = h.wnd, .flags = h.flags};
    seg->urp = h.urp;
    fill_options(&h, seg);
    end[side] = (struct tern_endpoint){ip.src, h.src_port};
    end[story_other(side)] = (struct tern_endpoint){ip.dst, h.dst_port};
    return true;
}

/* All but what the events know better. */
static size_t segment_row(struct sim *s, enum story_side side, const uint8_t *packet, uint32_t len, bool forged)
{
    struct tern_ev_seg seg;
    struct tern_endpoint end[STORY_SIDE_N];
    if (!read_segment(side, packet, len, &seg, end)) return SIM_NO_ROW;
    struct sim_pair *p = pair_get(s, end);
    if (!p) return SIM_NO_ROW;
    if ((seg.flags & TH_SYN) && !forged && !p->conn.base_known[side]) set_base(s, p, side, seg.seq);
    tell_passive(s, p);
    size_t at = add_row(s, s->now, p, STORY_SEGMENT, side);
    struct story_row *row = row_at(s, at);
    if (!row) return SIM_NO_ROW;
    row->seg = seg;
    row->fate = STORY_UNKNOWN;
    row->forged = forged;
    row->head_len = (uint8_t)(len < STORY_HEAD_MAX ? len : STORY_HEAD_MAX);
    memcpy(row->head, packet, row->head_len);
    return at;
}

size_t tell_sent(struct sim *s, enum story_side side, const struct tern_pkt *pkt, const uint8_t *packet, uint32_t len)
{
    struct sim_end *e = &s->end[side];
    const struct tern_event *ev = pkt->event_n ? tern_trace_get(&e->trace, pkt->event_end - 1) : NULL;
    struct tern_event out = {.type = TERN_EV_NOTE};
    if (ev) out = *ev;
    uint64_t first = pkt->event_end - pkt->event_n;
    if (e->seen < first) tell_events(s, side, TELL_CALLS, SIM_NO_ROW); /* never: what was before was told */
    size_t at = segment_row(s, side, packet, len, false);
    struct story_row *row = row_at(s, at);
    if (row && out.type == TERN_EV_SEG_OUT) {
        row->rule = out.rule;
        row->seg = out.u.seg;
    }
    if (e->seen < pkt->event_end) tell_range(s, side, TELL_TIMERS, &at, pkt->event_end);
    return at;
}

size_t tell_forged(struct sim *s, enum story_side side, const uint8_t *packet, uint32_t len)
{
    return segment_row(s, side, packet, len, true);
}

size_t tell_duplicate(struct sim *s, size_t row)
{
    const struct story_row *first = row_at(s, row);
    if (!first) return SIM_NO_ROW;
    struct story_row copy = *first;
    struct story_row *more = story_add(&s->story, copy.at, copy.conn, STORY_SEGMENT, (enum story_side)copy.side);
    if (!more) return SIM_NO_ROW;
    *more = copy;
    more->duplicate = true;
    more->note = NULL;
    more->note_n = 0;
    more->text = NULL;
    more->fate = STORY_UNKNOWN;
    return s->story.row_n - 1;
}

void tell_lost(struct sim *s, size_t at)
{
    struct story_row *row = row_at(s, at);
    if (row) row->fate = STORY_LOST;
}

void tell_arrived(struct sim *s, enum story_side to, size_t at)
{
    struct story_row *row = row_at(s, at);
    if (row) {
        row->arrived = s->now;
        row->fate = STORY_ARRIVED;
    }
    tell_events(s, to, TELL_ARRIVAL, at);
    row = row_at(s, at);
    if (!row) return;
    const struct sim_pair *p = pair_find(s, s->story.conn[row->conn].end);
    if (p) look(s, to, p, &row->tcb[to]);
}

/* ---- remarks ---- */

static void mark(struct sim *s, enum story_side side, const char *text)
{
    const struct story_row *last = story_last(&s->story);
    if (!last) return;
    uint32_t conn = last->conn;
    story_mark(&s->story, s->now, conn, "%s", text);
    struct story_row *row = row_at(s, s->story.row_n - 1);
    const struct sim_pair *p = pair_find(s, s->story.conn[conn].end);
    if (!row || !p) return;
    row->side = (uint8_t)side;
    look_both(s, p, row);
}

void tell_restart(struct sim *s, enum story_side side)
{
    mark(s, side,
         side == STORY_A ? _("The left end restarts: it has forgotten its connections.")
                         : _("The right end restarts: it has forgotten its connections."));
}

void tell_cut(struct sim *s)
{
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) tell_events(s, side, TELL_CALLS, SIM_NO_ROW);
    mark(s, STORY_A, s->cut ? _("The link is cut: what is sent from now on is lost.") : _("The link is whole again."));
}

/* ---- ends ---- */

void tell_forget_rows(struct sim *s)
{
    for (size_t i = 0; i < s->pair_n; i++) s->pair[i].in_story = false;
    for (int i = 0; i < STORY_SIDE_N; i++) s->end[i].cause = SIM_NO_ROW;
    for (struct flight *f = s->flights; f; f = f->next) f->row = SIM_NO_ROW;
}

void tell_free(struct sim *s)
{
    for (int i = 0; i < STORY_SIDE_N; i++)
        while (s->end[i].passive) {
            struct passive_open *o = s->end[i].passive;
            s->end[i].passive = o->next;
            free(o);
        }
    free(s->pair);
}
