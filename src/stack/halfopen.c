/* SYN-RECEIVED after a passive OPEN. What is kept is a record of 128 bytes; for each segment or timeout a whole connection is
 * made of it, the one implementation of the state machine runs, and the rest is put back. */
#include "filter.h"

#include <string.h>

#include "tcp_internal.h"

enum { ANSWER_MORE = 4 };

/* ---- record <-> connection ---- */

struct tern_listener *half_listener(const struct half *h)
{
    union half_of of = h->of;
    if (h->flags & HALF_DATA) memcpy(&of, h->of.data->base, sizeof of);
    return of.listener;
}

/* The data of the SYN, which is the caller's then; NULL: none was kept. Behind the listener, from |*headers| on, stand the
 * headers that it came with (option SAVE_SYN). */
static struct tern_buf *take_data(struct half *h, const uint8_t **headers)
{
    struct tern_buf *data = h->of.data;
    if (!(h->flags & HALF_DATA)) return NULL;
    h->of.listener = half_listener(h);
    h->flags &= (uint8_t)~HALF_DATA;
    *headers = data->base + sizeof h->of;
    return data;
}

static void shrink(struct half *h, const struct tern_conn *c)
{
    h->iss = c->snd.iss, h->irs = c->rcv.irs;
    h->id = c->id;
    h->ts_recent = c->ts_recent;
    h->mss = c->mss;
    h->wnd = (uint16_t)c->snd.wnd;
    h->challenge_n = c->challenge_n;
    h->challenge_period = tcp_challenge_period(&c->env->set, c->env->now);
    h->snd_wscale = c->snd_wscale & 15u, h->rcv_wscale = c->rcv.wscale & 15u;
    h->backoff = c->loss.backoff;
    h->flags =
        (uint8_t)((h->flags & (HALF_HELD | HALF_COOKIE | HALF_DATA | HALF_ACKED)) | (c->flags & F_TS ? HALF_TS : 0) |
                  (c->flags & F_WS ? HALF_WS : 0) | (c->flags & F_SACK ? HALF_SACK : 0) | (c->flags & F_SYN_RTX ? HALF_RTX : 0));
    h->ecn = (uint8_t)((h->ecn & HALF_LIMITED) | (c->flags2 & F2_ECN ? HALF_ECN_CLASSIC : 0) |
                       (c->flags2 & F2_NO_ECT ? HALF_ECN_NO_ECT : 0));
    if (c->flags2 & F2_ACCECN) h->ecn |= (uint8_t)(HALF_ECN_ACC | c->more->acc.came);
    if (seq_gt(c->rcv.edge, seq_add(c->rcv.nxt, rcv_first_window(c)))) h->ecn |= HALF_OFFERED;
}

static void expand_flags(const struct half *h, struct tern_conn *c)
{
    c->flags |= F_PASSIVE | F_SYN_UNACKED;
    if (h->flags & HALF_TS) c->flags |= F_TS | F_TS_RECENT;
    if (h->flags & HALF_WS) c->flags |= F_WS;
    if (h->flags & HALF_SACK) c->flags |= F_SACK;
    if (h->flags & HALF_RTX) c->flags |= F_SYN_RTX;
    if (h->flags & HALF_ACKED) c->flags2 |= F2_DEFERRED;
    if (h->ecn & HALF_ECN_CLASSIC) c->flags2 |= F2_ECN;
    if (h->ecn & HALF_ECN_NO_ECT) c->flags2 |= F2_NO_ECT;
    if (h->ecn & HALF_ECN_ACC) tcp_accecn_again(c, h->ecn & HALF_ECN_CAME, (h->flags & HALF_RTX) != 0);
}

/* A connection in SYN-RECEIVED, not in the table. NULL: no memory. */
static struct tern_conn *expand(struct tern_stack *s, const struct half *h)
{
    uint32_t next_id = s->env.next_id;
    struct tern_conn *c = conn_new_for(half_listener(h), &h->node.t, h->node.ifi);
    s->env.next_id = next_id; /* it has its number already */
    if (!c) return NULL;
    c->id = h->id;
    expand_flags(h, c);
    c->state = TERN_SYN_RECEIVED;
    c->snd.iss = c->snd.una = h->iss;
    c->snd.nxt = c->snd.max = seq_add(h->iss, 1);
    c->snd.wnd = c->snd.max_wnd = h->wnd;
    c->snd.wl1 = h->irs;
    c->rcv.irs = h->irs;
    c->rcv.nxt = c->rcv.acked = seq_add(h->irs, 1);
    if (!(h->flags & HALF_COOKIE)) c->rcv.wscale = h->rcv_wscale; /* whatever the listener's buffer is by now */
    c->rcv.edge = seq_add(c->rcv.nxt, h->ecn & HALF_OFFERED ? rcv_window_max(c) : rcv_first_window(c));
    c->mss = h->mss;
    mss_changed(c);
    rcv_round_buffer(c);
    c->snd_wscale = h->snd_wscale;
    c->ts_recent = h->ts_recent;
    c->ts_recent_s = (uint32_t)(s->env.now / TERN_SEC);
    c->loss.backoff = h->backoff;
    c->loss.since = s->env.now;
    c->challenge_n = h->challenge_period == tcp_challenge_period(&s->env.set, s->env.now) ? h->challenge_n : 0;
    c->challenge_ms = (uint32_t)(s->env.now / TERN_MS);
    c->at[SLOT_RTX] = h->node.timer.at;
    if (h->flags & HALF_COOKIE) { /* the clock that the SYN,ACK's timestamp came from goes on */
        if (h->flags & HALF_TS) c->ts_offset = h->ts_sent - (uint32_t)(s->env.now / TERN_MS);
    } else if (!(h->flags & HALF_RTX)) { /* the handshake's round trip is the first measurement */
        c->rtt.timed = c->snd.max;
        c->rtt.timed_at = s->env.now + 1 - (uint32_t)((uint32_t)(s->env.now / TERN_US) - h->sent_us) * TERN_US;
    }
    return c;
}

/* ---- life ---- */

static void hold_end(struct tern_stack *s, struct half *h)
{
    for (uint32_t i = 0; i < HELD_MAX; i++)
        if (s->held[i].half == h) s->held[i] = (struct held){0};
    half_listener(h)->held_n--;
    h->flags &= (uint8_t)~HALF_HELD;
}

/* The record goes; its place in the table is another's, or empty. */
static void leave(struct tern_stack *s, struct half *h)
{
    const uint8_t *headers;
    wheel_stop(&s->wheel, &h->node.timer);
    list_remove(&h->queue);
    filter_half_end(half_listener(h), h);
    half_listener(h)->half_n--;
    s->half_n--;
    tern_buf_unref(take_data(h, &headers));
    slab_put(&s->halves, h);
}

void half_free(struct tern_stack *s, struct half *h)
{
    if (h->flags & HALF_HELD) hold_end(s, h);
    table_remove(s, &h->node);
    pair_forget(s, &h->node.t);
    leave(s, h);
}

/* Is |h| much longer than the segment that it answers? To an address that has proved nothing it may not be (a SYN,ACK for a SYN
 * that is new: setting synack_more). Who sends a SYN without the options that it had before is somebody else. */
static bool amplifies(const struct tern_stack *s, const struct tern_conn *c, const struct wire_tcp *h)
{
    uint32_t len = WIRE_TCP_HEADER_LEN + sign_option_len(c) + (uint32_t)wire_tcp_options_len(&h->opt);
    return s->env.asked && len > s->env.asked + ANSWER_MORE && RULE(TERN 4);
}

/* Sends what |c| has to say, which is for one connection at most two segments; |known|: to one who has proved himself, or as long
 * as the setting has it. */
void conn_speak(struct tern_stack *s, struct tern_conn *c, bool known)
{
    struct wire_tcp h;
    struct tern_pkt pkt;
    enum tern_rule why;
    uint64_t before = trace_position(s);
    for (int i = 0; i < 2 && tcp_output(c, 0, &h, &pkt, &why); i++, before = trace_position(s)) {
        if (known || !amplifies(s, c, &h))
            answer_segment(s, c->node.ifi, &c->node.t, c->ttl, tcp_tos(c), c, &h, why, before);
        else
            stack_drop(s, TERN_DROP_AMPLIFIES, &c->node.t, &h);
    }
}

static void arm(struct tern_stack *s, struct half *h, const struct tern_conn *c)
{
    tern_ns at = tcp_deadline(c);
    wheel_arm(&s->wheel, &h->node.timer, at);
}

/* What stood before the data of the SYN is its headers: option SAVE_SYN. */
static void take_saved(struct tern_conn *c, const struct tern_buf *data, const uint8_t *headers)
{
    uint32_t len = (uint32_t)(data->data - headers);
    struct tcp_more *m = len ? tcp_more_own(c) : NULL;
    struct tern_buf *b = m ? tern_buf_get(c->env->pool, len) : NULL;
    if (!b) return;
    memcpy(b->data, headers, len);
    b->len = len;
    m->saved_syn = b;
}

/* The accept queue's turn: |c| takes the record's place. */
static void promote(struct tern_stack *s, struct half *h, struct tern_conn *c)
{
    struct tern_listener *l = half_listener(h);
    const uint8_t *headers;
    struct tern_buf *data = take_data(h, &headers);
    if (h->flags & HALF_COOKIE) cookie_spent(s, h->iss, h->irs);
    table_replace(s, &h->node, &c->node);
    c->place = CONN_HASHED;
    leave(s, h);
    if (data) take_saved(c, data, headers);
    if (data && data->len)
        tcp_syn_data(c, data);
    else
        tern_buf_unref(data);
    listener_queue(l, c);
    conn_settle(s, c);
    orphans_make_room(s);
}

/* Without timestamps, which a RST need not have (RFC 7323 3.2): it is as short as any question. */
static void send_rst(struct tern_stack *s, struct tern_conn *c)
{
    uint32_t ts = RULE(TERN 4) ? c->flags & F_TS : 0;
    if (!(c->flags & F_RST_OUT)) return;
    c->flags &= ~ts;
    conn_send_rst(s, c);
    c->flags |= ts;
}

static void put_back(struct tern_stack *s, struct half *h, struct tern_conn *c, bool rst_came)
{
    if (c->state != TERN_SYN_RECEIVED) { /* LISTEN or CLOSED */
        if (rst_came) scan_note(s, &h->node.t, TERN_RULE_SCAN_SYN);
        send_rst(s, c);
        conn_free(s, c);
        half_free(s, h);
        return;
    }
    send_rst(s, c);
    conn_speak(s, c, false);
    shrink(h, c);
    arm(s, h, c);
    conn_free(s, c);
}

/* ---- a SYN for a listener ---- */

static void keep_data(struct tern_stack *s, struct half *h, struct tcp_seg *seg)
{
    if (!seg->buf) return;
    struct tern_listener *l = h->of.listener;
    uint32_t head = l->like.flags2 & F2_SAVE_SYN ? (uint32_t)(seg->h.data - seg->buf->data) : 0;
    uint32_t len = seg->h.len > 1460 ? 0 : seg->h.len; /* more than a segment is left for the peer to send again */
    struct tern_buf *data = head || len ? tern_buf_get(s->env.pool, sizeof h->of + head + len) : NULL;
    if (!data) return;
    memcpy(data->data, &h->of, sizeof h->of);
    memcpy(data->data + sizeof h->of, seg->h.data - head, head + len);
    data->data += sizeof h->of + head;
    data->len = len;
    h->of.data = data;
    h->flags |= HALF_DATA;
}

/* A number for the caller to answer by. False: too many wait. */
static bool hold(struct tern_stack *s, struct half *h)
{
    if (!s->held) s->held = mem_zero(&s->mem, HELD_MAX * sizeof *s->held);
    if (!s->held) return false;
    struct held *slot = &s->held[(s->held_id + 1) % HELD_MAX];
    if (slot->id) return false;
    *slot = (struct held){++s->held_id, h};
    h->flags |= HALF_HELD;
    half_listener(h)->held_n++;
    listener_tell(half_listener(h), TERN_SYN_HELD);
    return true;
}

/* RFC 4987 3.5 */
struct half *half_new(struct tern_stack *s, struct tern_listener *l, const struct tcp_tuple *t, int ifi)
{
    struct half *h = slab_get(&s->halves);
    if (!h) return NULL;
    h->node.kind = NODE_HALF;
    h->node.ifi = (uint8_t)ifi;
    h->node.t = *t;
    h->of.listener = l;
    list_append(&l->halves, &h->queue);
    table_add(s, &h->node);
    if (l->filter_n) filter_half(l, h);
    l->half_n++;
    s->half_n++;
    return h;
}

/* RFC 4987 3.4: the oldest of the listener's makes room, so that all have the same time to answer in: as long as it takes for a
 * queue of new ones to come. False: it has none. */
static bool evict_oldest(struct tern_stack *s, struct tern_listener *l)
{
    if (!s->env.set.half_open_evict || list_empty(&l->halves) || !RULE(RFC 4987 3.4)) return false;
    struct half *h = CONTAINER_OF(l->halves.next, struct half, queue);
    l->evicted_n++;
    stack_drop(s, TERN_DROP_HALF_EVICTED, &h->node.t, NULL);
    half_free(s, h);
    return true;
}

/* What a two-way handshake takes for granted: the ACK of the SYN,ACK, which has not come. */
static void believe(struct tern_stack *s, struct half *h)
{
    struct tcp_seg ack = {.h = {.src_port = h->node.t.rport, .dst_port = h->node.t.lport, .flags = TH_ACK}};
    ack.h.seq = seq_add(h->irs, 1), ack.h.ack = seq_add(h->iss, 1);
    ack.h.wnd = (uint16_t)(h->wnd >> (h->flags & HALF_WS ? h->snd_wscale : 0));
    if (h->flags & HALF_TS) ack.h.opt.present = OPT_TIMESTAMPS, ack.h.opt.ts_val = h->ts_recent;
    half_input(s, h, &ack);
}

void half_syn(struct tern_stack *s, struct tern_listener *l, const struct tcp_tuple *t, int ifi, struct tcp_seg *seg,
              const seq32 *iss_after)
{
    bool known = s->sign_n && sign_flags(s, t); /* who can sign is no stranger: what strangers leave no room in is not for him */
    bool full = CLAUSE(&s->env, HALF_LIMIT) && ((l->half_n >= l->cfg.backlog && !known) || s->half_n >= s->env.set.half_open_max);
    /* A cookie cannot promise to lie beyond the pair's old numbers (MAY-2), nor hold what a signature needs. */
    bool crowded = l->filter_n && filter_crowded(l, &t->raddr);
    bool cookie = cookie_wanted(l, full || crowded) && !iss_after && !known;
    if (crowded && !cookie) {
        stack_drop(s, TERN_DROP_FILTER_HALF, t, &seg->h);
        return;
    }
    if (full && !cookie && evict_oldest(s, l)) full = false;
    if (full) l->half_full_n++;
    if (full && !cookie) {
        stack_drop(s, TERN_DROP_HALF_FULL, t, &seg->h);
        return;
    }
    struct tern_conn *c = conn_new_for(l, t, ifi);
    if (c && fastopen_syn(l, c, seg, iss_after)) return;
    if (c && cookie) {
        cookie_syn(l, c, seg, full);
        return;
    }
    struct half *h = c ? half_new(s, l, t, ifi) : NULL;
    if (!h) {
        if (c) conn_free(s, c);
        stack_drop(s, TERN_DROP_MEMORY, t, &seg->h);
        return;
    }
    tcp_choose_iss(c, iss_after);
    tcp_listen_syn(c, seg);
    keep_data(s, h, seg);
    bool held = l->cfg.hold && hold(s, h);
    if (l->cfg.hold && !held) {
        conn_free(s, c);
        half_free(s, h);
        stack_drop(s, TERN_DROP_HALF_FULL, t, &seg->h);
        return;
    }
    h->sent_us = (uint32_t)(s->env.now / TERN_US);
    if (held) {
        event_rule(c, TERN_RULE_SYN_HELD);
        c->at[SLOT_RTX] = s->env.now + s->env.set.r2_syn; /* who does not answer in that time drops it */
    } else {
        conn_speak(s, c, true);
    }
    shrink(h, c);
    arm(s, h, c);
    conn_free(s, c);
    s->env.seg_event = NULL;
    if (!CLAUSE(&s->env, THIRD_ACK) && !held) believe(s, h);
}

/* ---- what comes after ---- */

void half_input(struct tern_stack *s, struct half *h, struct tcp_seg *seg)
{
    struct tern_listener *l = half_listener(h);
    bool last_ack = (seg->h.flags & (TH_ACK | TH_RST | TH_SYN)) == TH_ACK && seq_eq(seg->h.ack, seq_add(h->iss, 1));
    if (h->flags & HALF_HELD) { /* nothing was answered: only the SYN again, or its sender's RST, can come */
        bool gone = (seg->h.flags & TH_RST) && seq_eq(seg->h.seq, seq_add(h->irs, 1));
        stack_drop(s, TERN_DROP_OLD, &h->node.t, &seg->h);
        if (gone) half_free(s, h);
        return;
    }
    /* Its SYN came more than once, and was answered by a cookie before, or after. */
    bool other = (seg->h.flags & (TH_ACK | TH_RST | TH_SYN)) == TH_ACK && !last_ack && seq_eq(seg->h.seq, seq_add(h->irs, 1));
    if (other && cookie_recall(l, seg, h)) last_ack = true;
    if (CLAUSE(&s->env, ACCEPT_LIMIT) && last_ack && l->accept_n >= l->cfg.backlog) {
        /* The connection is not lost: the SYN,ACK goes out again, and with it comes another last ACK. */
        l->accept_full_n++;
        stack_drop(s, TERN_DROP_ACCEPT_FULL, &h->node.t, &seg->h);
        return;
    }
    if (last_ack && !seg->h.len && !(seg->h.flags & TH_FIN) && h->backoff < tcp_defer_n(&l->like)) {
        h->flags |= HALF_ACKED;
        stack_drop(s, TERN_DROP_DEFERRED, &h->node.t, &seg->h);
        return;
    }
    struct tern_conn *c = expand(s, h);
    if (!c) {
        stack_drop(s, TERN_DROP_MEMORY, &h->node.t, &seg->h);
        return;
    }
    if (h->flags & HALF_COOKIE) event_state(c, TERN_LISTEN, TERN_RULE_SYN_COOKIE_BACK);
    tcp_segment_arrives(c, seg);
    if (c->state >= TERN_ESTABLISHED)
        promote(s, h, c);
    else
        put_back(s, h, c, (seg->h.flags & TH_RST) != 0);
}

void half_expire(struct tern_stack *s, struct half *h)
{
    if (h->flags & HALF_HELD) {
        stack_drop(s, TERN_DROP_HELD_REFUSED, &h->node.t, NULL);
        half_free(s, h);
        return;
    }
    if ((h->flags & HALF_ACKED) && h->backoff + 1u < tcp_defer_n(&half_listener(h)->like)) {
        /* The peer has its SYN,ACK: the next is due when its answer shall count (option DEFER_ACCEPT). */
        h->backoff++;
        wheel_arm(&s->wheel, &h->node.timer, s->env.now + tcp_synack_wait(&s->env.set, h->backoff));
        return;
    }
    struct tern_conn *c = expand(s, h);
    if (!c) { /* no memory now: it is as if this retransmission were lost on its way */
        if (h->backoff < s->env.set.synack_retries) {
            h->backoff++;
            wheel_arm(&s->wheel, &h->node.timer, s->env.now + tcp_synack_wait(&s->env.set, h->backoff));
        } else {
            stack_drop(s, TERN_DROP_MEMORY, &h->node.t, NULL);
            half_free(s, h);
        }
        return;
    }
    c->at[SLOT_RTX] = s->env.now;
    tcp_expire(c);
    put_back(s, h, c, false);
}

void half_status(struct tern_stack *s, struct half *h, struct tern_status *out)
{
    struct tern_conn *c = expand(s, h);
    memset(out, 0, sizeof *out);
    if (!c) return;
    c->at[SLOT_RTX] = h->node.timer.at;
    tcp_status(c, out);
    conn_free(s, c);
}

/* ---- SYNs that wait ---- */

bool tern_listener_held(struct tern_listener *l, struct tern_held *out)
{
    struct tern_stack *s = l->s;
    if (!s->held || !l->held_n) return false;
    uint64_t from = l->held_shown + 1, oldest = s->held_id > HELD_MAX ? s->held_id - HELD_MAX + 1 : 1;
    for (uint64_t id = from > oldest ? from : oldest; id <= s->held_id; id++) {
        const struct held *w = &s->held[id % HELD_MAX];
        if (w->id != id || half_listener(w->half) != l) continue;
        const struct tcp_tuple *t = &w->half->node.t;
        *out = (struct tern_held){id, {t->laddr, t->lport}, {t->raddr, t->rport}};
        l->held_shown = id;
        return true;
    }
    return false;
}

static struct half *held_find(const struct tern_stack *s, uint64_t id)
{
    return s->held && id && s->held[id % HELD_MAX].id == id ? s->held[id % HELD_MAX].half : NULL;
}

int tern_held_accept(struct tern_stack *s, uint64_t id)
{
    struct half *h = held_find(s, id);
    struct tern_conn *c = h ? expand(s, h) : NULL;
    if (!c) return h ? TERN_ERR_NOMEM : TERN_ERR_NOTCONN; /* without memory it goes on waiting */
    hold_end(s, h);
    c->at[SLOT_RTX] = TERN_NEVER;
    c->rtt.timed_at = 0;
    c->snd.nxt = c->snd.max = c->snd.una;
    c->flags |= F_SYN_OUT;
    c->rtx_rule = TERN_RULE_SYN_ACCEPTED;
    h->sent_us = (uint32_t)(s->env.now / TERN_US);
    put_back(s, h, c, false);
    return 0;
}

int tern_held_reset(struct tern_stack *s, uint64_t id)
{
    struct half *h = held_find(s, id);
    struct wire_tcp r;
    if (!h) return TERN_ERR_NOTCONN;
    struct wire_tcp syn = {.src_port = h->node.t.rport, .dst_port = h->node.t.lport, .seq = h->irs, .flags = TH_SYN};
    if (tcp_reset_for(&syn, &r))
        answer_segment(s, h->node.ifi, &h->node.t, (uint8_t)s->env.set.ttl, 0, NULL, &r, TERN_RULE_SYN_REFUSED,
                       trace_position(s));
    half_free(s, h);
    return 0;
}

int tern_held_drop(struct tern_stack *s, uint64_t id)
{
    struct half *h = held_find(s, id);
    if (!h) return TERN_ERR_NOTCONN;
    stack_drop(s, TERN_DROP_HELD_REFUSED, &h->node.t, NULL);
    half_free(s, h);
    return 0;
}
