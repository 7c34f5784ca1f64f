#include "story_live.h"

#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "seq.h"
#include "tcp.h"
#include "words.h"

/* A connection as it is followed. */
struct live_conn {
    struct tern_endpoint local, remote;
    struct peer peer;
    struct story_tcb tcb[STORY_SIDE_N];
    uint32_t index;        /* in the story */
    uint8_t own;           /* enum story_side of the stack's end */
    bool folding, skipped; /* |skipped|: the last segment was only counted, and so are the notes that belong to it */
    size_t row_n;          /* its last row is story.row[row_n - 1]; 0: none */
};

struct story_live {
    struct story story;
    struct live_conn *conn;
    size_t conn_n, conn_cap;
    uint64_t folded;
};

struct story_live *story_live_new(void) { return calloc(1, sizeof(struct story_live)); }

void story_live_free(struct story_live *l)
{
    if (!l) return;
    story_free(&l->story);
    free(l->conn);
    free(l);
}

struct story *story_live_story(struct story_live *l) { return &l->story; }

uint64_t story_live_folded(const struct story_live *l) { return l->folded; }

/* ---- connections ---- */

static bool same_end(const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    return a->port == b->port && tern_addr_eq(&a->addr, &b->addr);
}

/* The newest between the two. */
static struct live_conn *find(struct story_live *l, const struct tern_endpoint *local, const struct tern_endpoint *remote)
{
    for (size_t i = l->conn_n; i-- > 0;)
        if (same_end(&l->conn[i].local, local) && same_end(&l->conn[i].remote, remote)) return &l->conn[i];
    return NULL;
}

static bool more_room(struct story_live *l)
{
    if (l->conn_n < l->conn_cap) return true;
    size_t cap = l->conn_cap ? l->conn_cap * 2 : 8;
    struct live_conn *more = realloc(l->conn, cap * sizeof *more);
    if (!more) return false;
    l->conn = more;
    l->conn_cap = cap;
    return true;
}

static bool is_segment(const struct tern_event *ev)
{
    return ev->type == TERN_EV_SEG_IN || ev->type == TERN_EV_SEG_OUT || (ev->type == TERN_EV_DROP && ev->drop_has_seg);
}

/* Who begins is on the left. */
static enum story_side own_side(const struct tern_event *ev)
{
    bool from_us = ev->type == TERN_EV_SEG_OUT || ev->type == TERN_EV_CALL;
    if (is_segment(ev) && (ev->u.seg.flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK)) from_us = !from_us;
    return from_us ? STORY_A : STORY_B;
}

static struct live_conn *begin(struct story_live *l, const struct tern_event *ev)
{
    if (!more_room(l)) {
        l->story.out_of_memory = true;
        return NULL;
    }
    struct live_conn *c = &l->conn[l->conn_n];
    *c = (struct live_conn){.local = ev->local, .remote = ev->remote, .own = (uint8_t)own_side(ev)};
    const struct tern_endpoint *end[STORY_SIDE_N];
    end[c->own] = &c->local;
    end[!c->own] = &c->remote;
    c->index = story_add_conn(&l->story, end[STORY_A], end[STORY_B]);
    if (l->story.out_of_memory) return NULL;
    for (int i = 0; i < STORY_SIDE_N; i++) {
        c->tcb[i].state = TERN_CLOSED;
        for (int t = 0; t < TERN_TIMER_N; t++) c->tcb[i].timer[t] = TERN_NEVER;
    }
    c->tcb[!c->own].inferred = true;
    l->conn_n++;
    return c;
}

/* A SYN with another number than the one that was known is another incarnation. */
static bool another(const struct story_live *l, const struct live_conn *c, const struct tern_event *ev)
{
    if (!is_segment(ev) || !(ev->u.seg.flags & TH_SYN)) return false;
    enum story_side side = ev->type == TERN_EV_SEG_OUT ? c->own : story_other(c->own);
    const struct story_conn *known = &l->story.conn[c->index];
    return known->base_known[side] && known->base[side] != ev->u.seg.seq;
}

static struct live_conn *conn_of(struct story_live *l, const struct tern_event *ev)
{
    if (ev->remote.port == 0) return NULL; /* of a listener */
    struct live_conn *c = find(l, &ev->local, &ev->remote);
    if (c && !another(l, c, ev)) return c;
    bool begins = is_segment(ev) || (ev->type == TERN_EV_CALL && ev->u.call.which == TERN_CALL_OPEN);
    return begins ? begin(l, ev) : c;
}

/* ---- control blocks ---- */

static uint32_t end_of(const struct tern_ev_seg *s) { return s->seq + s->len + !!(s->flags & TH_SYN) + !!(s->flags & TH_FIN); }

static void advance(uint32_t *at, uint32_t to, bool known)
{
    if (!known || seq_lt(seq(*at), seq(to))) *at = to;
}

/* |from| sent |s|; |to| is taken to have it. */
static void follow(struct live_conn *c, struct story_conn *sc, enum story_side from, const struct tern_ev_seg *s)
{
    struct story_tcb *snd = &c->tcb[from], *rcv = &c->tcb[!from];
    if (s->flags & TH_RST) return;
    if (s->flags & TH_SYN) {
        sc->base[from] = snd->iss = rcv->irs = s->seq;
        sc->base_known[from] = true;
        snd->known |= STORY_ISS;
        rcv->known |= STORY_IRS;
        if (!(snd->known & STORY_SND)) snd->snd_una = s->seq;
    } else if (!(snd->known & STORY_SND)) {
        snd->snd_una = s->seq;
    }
    advance(&snd->snd_nxt, end_of(s), snd->known & STORY_SND);
    snd->known |= STORY_SND;
    snd->rcv_wnd = rcv->snd_wnd = s->wnd;
    snd->known |= STORY_RCV_WND;
    rcv->known |= STORY_SND_WND;
    if (s->flags & TH_ACK) {
        advance(&rcv->snd_una, s->ack, rcv->known & STORY_SND);
        advance(&rcv->snd_nxt, s->ack, rcv->known & STORY_SND);
        rcv->known |= STORY_SND;
        snd->rcv_nxt = s->ack;
        snd->known |= STORY_RCV;
    }
    for (int i = 0; i < STORY_SIDE_N; i++) c->tcb[i].flight = c->tcb[i].snd_nxt - c->tcb[i].snd_una;
}

static void take_figures(struct story_tcb *t, const struct tern_event *ev)
{
    switch (ev->type) {
    case TERN_EV_WINDOW:
        t->snd_wnd = ev->u.window.wnd;
        t->known |= STORY_SND_WND;
        break;
    case TERN_EV_CWND:
        t->cwnd = ev->u.cwnd.cwnd;
        t->ssthresh = ev->u.cwnd.ssthresh;
        t->known |= STORY_CWND;
        break;
    case TERN_EV_RTT:
        t->srtt = ev->u.rtt.srtt;
        t->rto = ev->u.rtt.rto;
        t->known |= STORY_RTT;
        break;
    case TERN_EV_TIMER_SET:
        t->timer[ev->u.timer.which] = ev->u.timer.at;
        t->known |= STORY_TIMERS;
        break;
    case TERN_EV_TIMER_FIRED:
    case TERN_EV_TIMER_STOPPED:
        t->timer[ev->u.timer.which] = TERN_NEVER;
        t->known |= STORY_TIMERS;
        break;
    default: break;
    }
}

/* ---- rows ---- */

static void put_tcbs(const struct live_conn *c, struct story_row *row) { memcpy(row->tcb, c->tcb, sizeof row->tcb); }

static struct story_row *add(struct story_live *l, struct live_conn *c, const struct tern_event *ev, enum story_kind kind,
                             enum story_side side)
{
    struct story_row *row = story_add(&l->story, ev->at, c->index, kind, side);
    if (!row) return NULL;
    c->row_n = l->story.row_n;
    c->skipped = false;
    put_tcbs(c, row);
    return row;
}

/* Does the segment tell nothing but that rows were carried? */
static bool plain(const struct live_conn *c, const struct tern_event *ev)
{
    return c->folding && ev->type != TERN_EV_DROP && !(ev->u.seg.flags & (TH_SYN | TH_FIN | TH_RST | TH_URG)) &&
           c->tcb[c->own].state == TERN_ESTABLISHED && ev->rule != TERN_RULE_RTX_TIMEOUT && ev->rule != TERN_RULE_RTX_FAST;
}

static struct story_row *segment(struct story_live *l, struct live_conn *c, const struct tern_event *ev)
{
    bool out = ev->type == TERN_EV_SEG_OUT, refused = ev->type == TERN_EV_DROP;
    enum story_side from = out ? c->own : story_other(c->own);
    const struct tern_ev_seg *s = &ev->u.seg;
    if (!refused) {
        if (out)
            peer_out(&c->peer, s);
        else
            peer_in(&c->peer, s);
        follow(c, &l->story.conn[c->index], from, s);
        c->tcb[!c->own].state = (uint8_t)peer_state(&c->peer);
    }
    if (plain(c, ev)) {
        l->folded++;
        c->skipped = true;
        return NULL;
    }
    struct story_row *row = add(l, c, ev, STORY_SEGMENT, from);
    if (!row) return NULL;
    row->seg = *s;
    row->fate = out ? STORY_UNKNOWN : refused ? STORY_REFUSED : STORY_ARRIVED;
    if (refused)
        row->drop = ev->drop;
    else if (out)
        row->rule = ev->rule;
    else
        row->rule_in = ev->rule;
    return row;
}

static void put_head(struct story_row *row, const uint8_t *head, size_t len)
{
    row->head_len = (uint8_t)(len < STORY_HEAD_MAX ? len : STORY_HEAD_MAX);
    memcpy(row->head, head, row->head_len);
}

static void note(struct story_live *l, struct live_conn *c, const struct tern_event *ev)
{
    if (c->skipped) return;
    struct story_row *row = c->row_n ? &l->story.row[c->row_n - 1] : NULL;
    /* What comes later than the row has a cause of its own. */
    if ((!row || row->at != ev->at) && ev->type == TERN_EV_STATE) row = add(l, c, ev, STORY_CHANGE, c->own);
    if (!row || row->at != ev->at) return;
    put_tcbs(c, row);
    if (ev->type != TERN_EV_STATE && ev->type != TERN_EV_NOTE) return;
    (void)story_add_event(row, c->own, ev);
}

static void happening(struct story_live *l, struct live_conn *c, const struct tern_event *ev, enum story_kind kind)
{
    struct story_row *row = add(l, c, ev, kind, c->own);
    if (!row) return;
    row->rule = ev->rule;
    (void)story_add_event(row, c->own, ev);
}

void story_live_event(struct story_live *l, const struct tern_event *ev, const uint8_t *head, size_t len)
{
    struct live_conn *c = conn_of(l, ev);
    if (!c) return;
    if (ev->conn) c->tcb[c->own].state = ev->state;
    take_figures(&c->tcb[c->own], ev);
    bool call = ev->type == TERN_EV_CALL && ev->u.call.which != TERN_CALL_SEND && ev->u.call.which != TERN_CALL_RECEIVE &&
                ev->u.call.which != TERN_CALL_RELEASE;
    if (is_segment(ev)) {
        struct story_row *row = segment(l, c, ev);
        if (row && head) put_head(row, head, len);
    } else if (call) {
        happening(l, c, ev, STORY_CALL);
    } else if (ev->type == TERN_EV_TIMER_FIRED && !(c->folding && ev->u.timer.which == TERN_TIMER_DELACK)) {
        happening(l, c, ev, STORY_TIMER);
    } else {
        note(l, c, ev);
    }
}

void story_live_fold(struct story_live *l, const struct tern_endpoint *local, const struct tern_endpoint *remote)
{
    struct live_conn *c = find(l, local, remote);
    if (c) c->folding = true;
}
