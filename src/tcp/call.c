/* The user calls of RFC 9293 3.10.1 to 3.10.6, for one connection. */
#include "tcp_internal.h"

#include <string.h>

/* RFC 9293 3.4.1, RFC 6528: ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M a clock of 4 microseconds a tick.
 * It wraps after 2^32 * 4 us = 4 h 46 min. MUST-8, MUST-9, SHLD-1. */
void tcp_choose_iss(struct tern_conn *c, const seq32 *after)
{
    struct tcp_env *env = c->env;
    if (env->set.fixed_isn)
        c->snd.iss = seq((uint32_t)(env->set.fixed_isn - 1));
    else
        c->snd.iss = seq((CLAUSE(env, ISN_CLOCK) ? (uint32_t)(env->now / (4 * TERN_US)) : 0) +
                         (CLAUSE(env, ISN_KEYED) ? (uint32_t)hash_keyed(env->isn_key, &c->node.t, sizeof c->node.t) : 0));
    /* RFC 9293 3.6.1 MAY-2: larger than any number of the incarnation before. */
    if (CLAUSE(env, ISN_BEYOND) && after && seq_le(c->snd.iss, *after)) c->snd.iss = seq_add(*after, 1 + UINT16_MAX);
}

/* Active OPEN (3.10.1), or SEND in LISTEN (3.10.2). */
void tcp_open_active(struct tern_conn *c, enum fsm_event how)
{
    enum tern_rule why = how == FSM_SEND ? TERN_RULE_SEND_IN_LISTEN : TERN_RULE_OPEN_ACTIVE;
    if (how == FSM_SEND) c->state = TERN_LISTEN;
    tcp_choose_iss(c, NULL);
    c->snd.una = c->snd.nxt = c->snd.max = c->snd.iss;
    c->loss.since = c->env->now;
    c->flags |= F_SYN_UNACKED | F_SYN_OUT;
    c->rtx_rule = how == FSM_SEND ? TERN_RULE_SEND_IN_LISTEN : TERN_RULE_NONE;
    event_call(c, TERN_CALL_OPEN, 0, why);
    tcp_move(c, how, why);
    c->env->counters->active_opens++;
}

/* ---- SEND ---- */

/* 0, or why SEND is refused now (3.10.2). */
static int send_refused(const struct tern_conn *c)
{
    if (c->error) return c->error;
    if (has(c, F_CLOSE_CALLED)) return TERN_ERR_PIPE;
    switch (c->state) {
    case TERN_SYN_SENT:
    case TERN_SYN_RECEIVED:
    case TERN_ESTABLISHED:
    case TERN_CLOSE_WAIT: return 0;
    case TERN_CLOSED:
    case TERN_LISTEN: return TERN_ERR_NOTCONN;
    default: return TERN_ERR_PIPE;
    }
}

/* TERN_WRITABLE is due when the buffer, full now or too full for what was asked, has room again. */
static void watch_room(struct tern_conn *c, int64_t taken, size_t wanted)
{
    bool tried = taken >= 0 || taken == TERN_ERR_AGAIN || taken == TERN_ERR_NOMEM;
    if (tried && (taken < (int64_t)wanted || !snd_room(c))) c->flags |= F_WANT_WRITABLE;
    if (taken == TERN_ERR_NOMEM) timer_memory(c);
}

/* Bytes were taken, |whole|: all that were given. */
static void sent_with(struct tern_conn *c, uint32_t flags, bool whole)
{
    if (flags & TERN_SEND_URGENT) { /* SND.UP: the byte after the last urgent one (MUST-62) */
        c->snd.up = seq_sub(snd_end(c), !MUST(62));
        c->flags |= F_SND_URGENT;
    }
    if ((flags & TERN_SEND_EOR) && whole) snd_end_record(c);
    c->flags2 &= ~(uint32_t)(F2_MORE | F2_HOLD);
    if (flags & TERN_SEND_MORE) c->flags2 |= F2_MORE | F2_HOLD;
}

int64_t tcp_send(struct tern_conn *c, const void *buf, size_t len, uint32_t flags)
{
    int64_t r = send_refused(c);
    if (!r) r = snd_append(c, buf, len);
    watch_room(c, r, len);
    if (r > 0) sent_with(c, flags, r == (int64_t)len);
    event_call(c, TERN_CALL_SEND, r, TERN_RULE_SEND_CALL);
    return r;
}

int64_t tcp_send_buf(struct tern_conn *c, struct tern_buf *buf, uint32_t flags)
{
    int64_t r = send_refused(c);
    uint32_t len = buf->len;
    if (!r && len > snd_room(c) && c->snd.queued) r = TERN_ERR_AGAIN; /* one buffer is always taken when the queue is empty */
    if (!r) {
        r = len;
        buf->mark = 0;
        if (len) {
            snd_append_buf(c, buf);
            sent_with(c, flags, true);
        } else {
            tern_buf_unref(buf);
        }
    }
    watch_room(c, r, len);
    event_call(c, TERN_CALL_SEND, r, TERN_RULE_SEND_CALL);
    return r;
}

int64_t tcp_send_static(struct tern_conn *c, const void *base, size_t len, uint32_t flags)
{
    int64_t r = send_refused(c);
    if (!r && len) {
        uint32_t room = snd_room(c), n = len < room ? (uint32_t)len : room;
        bool full = c->snd.queued >= memory_share(c->env);
        struct tern_buf *b = n && !full ? tern_buf_get(c->env->pool, 0) : NULL;
        r = b ? (int64_t)n : n ? TERN_ERR_NOMEM : TERN_ERR_AGAIN;
        if (b) { /* a buffer that points outside of itself: only the send queue ever reads it */
            memcpy(&b->data, &base, sizeof base);
            b->len = n;
            b->mark = 0;
            snd_append_buf(c, b);
            c->flags |= F_WANT_SENT;
            sent_with(c, flags, n == len);
        }
    }
    watch_room(c, r, len);
    event_call(c, TERN_CALL_SEND, r, TERN_RULE_SEND_CALL);
    return r;
}

size_t tcp_writable(const struct tern_conn *c) { return snd_room(c); }
bool tcp_send_ready(struct tern_conn *c)
{
    bool ready = snd_much_room(c) && (snd_lowat(c) == UINT32_MAX || snd_left(c, c->snd.nxt) < snd_lowat(c));
    if (!ready) c->flags |= F_WANT_WRITABLE;
    return ready;
}

/* ---- RECEIVE ---- */

/* What RECEIVE says when nothing is queued (3.10.3). */
static int nothing_to_read(const struct tern_conn *c)
{
    if (has(c, F_FIN_IN) && c->error != TERN_ERR_ABORTED) return 0; /* ABORT drops what was not read */
    if (c->error) return c->error;
    return c->state == TERN_CLOSED || c->state == TERN_TIME_WAIT ? TERN_ERR_NOTCONN : TERN_ERR_AGAIN;
}

/* |n| bytes have left the queue. */
static void consumed(struct tern_conn *c, uint32_t n)
{
    c->rcv.queued -= n;
    if (has(c, F_RCV_URGENT) && !tern_conn_urgent(c)) c->flags &= ~(uint32_t)F_RCV_URGENT;
    if (tune_wanted(c)) tune_read(c);
    if (rcv_window_update_due(c)) ack_now(c, TERN_RULE_ACK_WINDOW);
}

static struct tern_buf *pop(struct tern_conn *c)
{
    struct tern_buf *b = c->rcv.head;
    c->rcv.head = b->next;
    if (!c->rcv.head) c->rcv.tail = NULL;
    b->next = NULL;
    return b;
}

int64_t tcp_recv(struct tern_conn *c, void *buf, size_t len)
{
    uint8_t *to = buf;
    uint32_t done = 0;
    if (!len) return 0;
    while (c->rcv.head && done < len) {
        struct tern_buf *b = c->rcv.head;
        uint32_t n = (uint32_t)(len - done < b->len ? len - done : b->len);
        if (to) memcpy(to + done, b->data, n);
        b->data += n, b->len -= n, done += n;
        if (!b->len) tern_buf_unref(pop(c));
    }
    int64_t r = done ? (int64_t)done : nothing_to_read(c);
    if (done) consumed(c, done);
    event_call(c, TERN_CALL_RECEIVE, r, TERN_RULE_RECEIVE_CALL);
    return r;
}

size_t tcp_peek(const struct tern_conn *c, size_t offset, void *buf, size_t len)
{
    uint8_t *to = buf;
    size_t done = 0;
    for (const struct tern_buf *b = c->rcv.head; b && done < len; b = b->next) {
        if (offset >= b->len) {
            offset -= b->len;
            continue;
        }
        size_t n = b->len - offset < len - done ? b->len - offset : len - done;
        memcpy(to + done, b->data + offset, n);
        done += n;
        offset = 0;
    }
    return done;
}

struct tern_buf *tcp_recv_buf(struct tern_conn *c, int *err)
{
    if (!c->rcv.head) {
        *err = nothing_to_read(c);
        return NULL;
    }
    struct tern_buf *b = pop(c);
    *err = 0;
    consumed(c, b->len);
    event_call(c, TERN_CALL_RECEIVE, b->len, TERN_RULE_RECEIVE_CALL);
    return b;
}

/* The first byte that the application has not read; a FIN's number does not count. */
static seq32 unread(const struct tern_conn *c) { return seq_sub(c->rcv.nxt, c->rcv.queued + has(c, F_FIN_IN)); }

size_t tern_conn_urgent(const struct tern_conn *c)
{
    if (!has(c, F_RCV_URGENT) || (seq_le(c->rcv.up, unread(c)) && GUARD(3)) || !MUST(33)) return 0;
    return seq_diff(c->rcv.up, unread(c));
}

/* ---- CLOSE, ABORT ---- */

int tcp_close(struct tern_conn *c)
{
    if (has(c, F_CLOSE_CALLED)) return TERN_ERR_CLOSING;
    if (c->error) return c->error;
    event_call(c, TERN_CALL_CLOSE, 0, TERN_RULE_CLOSE_CALL);
    switch (c->state) {
    case TERN_SYN_SENT:
        c->flags |= F_CLOSE_CALLED;
        tcp_die(c, FSM_CLOSE, TERN_RULE_CLOSE_CALL, TERN_ERR_CLOSING);
        return 0;
    case TERN_SYN_RECEIVED: { /* with data to send: queued until ESTABLISHED */
        struct cc_sample s;
        c->flags |= F_CLOSE_CALLED;
        if (c->snd.queued && !has2(c, F2_FO_CHILD)) return 0;
        loss_sample(c, &s);
        if (!has2(c, F2_FO_CHILD)) c->cc.ops->init(&c->cc, &s);
        tcp_move(c, FSM_CLOSE, TERN_RULE_CLOSE_CALL);
        return 0;
    }
    case TERN_ESTABLISHED:
    case TERN_CLOSE_WAIT:
        c->flags |= F_CLOSE_CALLED;
        tcp_move(c, FSM_CLOSE, TERN_RULE_CLOSE_CALL);
        return 0;
    default: return c->state == TERN_CLOSED ? TERN_ERR_NOTCONN : TERN_ERR_CLOSING;
    }
}

int tcp_abort(struct tern_conn *c, enum tern_rule why)
{
    enum fsm_event how = FSM_ABORT;
    if (c->state == TERN_CLOSED || c->state == TERN_TIME_WAIT) return 0;
    event_call(c, TERN_CALL_ABORT, 0, why);
    /* 3.10.5: the states that tell the peer. CLOSING and LAST-ACK do not, since there the FIN has left; when it has not, for data
     * that waits before it, the peer would wait for ever. */
    bool listed = c->state >= TERN_SYN_RECEIVED && c->state <= TERN_CLOSE_WAIT;
    if (listed || (c->state > TERN_CLOSE_WAIT && !has(c, F_FIN_SENT))) {
        c->flags |= F_RST_OUT | F_RST_HAS_ACK;
        c->rst_seq = c->snd.max.v;
        if (listed && c->env->set.abort_time_wait) how = FSM_ABORT_REST;
    }
    rcv_flush(c);
    tcp_die(c, how, why, TERN_ERR_ABORTED);
    c->rtx_rule = (uint8_t)why;
    return 0;
}

void tcp_release(struct tern_conn *c)
{
    c->flags |= F_RELEASED;
    event_call(c, TERN_CALL_RELEASE, 0, TERN_RULE_CLOSE_CALL);
    if (c->state == TERN_CLOSED || c->state == TERN_TIME_WAIT) return;
    /* MAY-1: who releases reads no more. RFC 2525 2.17, RFC 9293 SHLD-3. */
    if (CLAUSE(c->env, RST_UNREAD) && c->rcv.queued && c->state <= TERN_CLOSE_WAIT) {
        tcp_abort(c, TERN_RULE_RST_UNREAD);
        return;
    }
    if (!tcp_more(c)->linger_ms) {
        tcp_abort(c, TERN_RULE_ABORT_CALL);
        return;
    }
    rcv_flush(c);
    if (!has(c, F_CLOSE_CALLED)) tcp_close(c);
    timer_orphan(c);
}
