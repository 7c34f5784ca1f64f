/* The receive half: the window, in-order data, the peer's FIN, and when to acknowledge (RFC 9293 3.8.6, 3.10.7.4 seventh,
 * eighth). */
#include "tcp_internal.h"

#include <string.h>

enum { DUPS_MAX = 64 };

enum { MARK_COMPACT = 2 }; /* tern_buf.mark: a copy of small payloads, with room for more */

/* ---- the window ---- */

void rcv_choose_wscale(struct tern_conn *c)
{
    /* RFC 7323 2.3: the least shift with which the whole buffer can be offered. */
    uint32_t most = max_u32(c->rcv.limit, (uint32_t)c->env->set.receive_buffer_max);
    c->rcv.wscale = 0;
    while (c->rcv.wscale < WSCALE_MAX && (most >> c->rcv.wscale) > UINT16_MAX) c->rcv.wscale++;
}

/* Setting receive_segments: the buffer holds whole segments, as soon as their size is known. */
void rcv_round_buffer(struct tern_conn *c)
{
    uint32_t mss = min_u32(c->mss, c->mss_adv), over = c->rcv.limit % mss;
    if (c->env->set.receive_segments && over) c->rcv.limit += mss - over;
}

uint32_t rcv_window(const struct tern_conn *c) { return seq_gt(c->rcv.edge, c->rcv.nxt) ? seq_diff(c->rcv.edge, c->rcv.nxt) : 0; }

static uint32_t shift_of(const struct tern_conn *c, bool syn) { return syn || !has(c, F_WS) ? 0 : c->rcv.wscale; }

/* The buffer, as far as it is offered: setting receive_overhead, option WINDOW_CLAMP. */
static uint32_t offered(const struct tern_conn *c)
{
    uint32_t clamp = c->more ? c->more->window_clamp : 0;
    uint32_t overhead = c->env->set.receive_overhead ? c->rcv.limit >> c->env->set.receive_overhead : 0;
    return clamp ? min_u32(c->rcv.limit - overhead, clamp) : c->rcv.limit - overhead;
}

/* |most|, as far as the window field can express it. */
static uint32_t limit(uint32_t most, uint32_t shift) { return min_u32(most, (uint32_t)UINT16_MAX << shift); }

uint32_t rcv_window_max(const struct tern_conn *c) { return limit(offered(c), shift_of(c, false)); }
uint32_t rcv_first_window(const struct tern_conn *c) { return limit(offered(c), 0); }

/* Of |most|; as long as the application does not read there may be none (MAY-8). */
static uint32_t free_space(const struct tern_conn *c, uint32_t most, uint32_t shift)
{
    uint32_t left = c->rcv.limit > c->rcv.queued ? c->rcv.limit - c->rcv.queued : 0;
    if (c->env->set.receive_overhead) left -= left >> c->env->set.receive_overhead;
    return min_u32(left, limit(most, shift));
}

/* RFC 9293 3.8.6.2.2: the right edge moves only by something worth a segment: min(half of the buffer, MSS). MUST-39. */
static bool worth_moving(const struct tern_conn *c, uint32_t most, uint32_t by)
{
    return by >= (CLAUSE(c->env, SWS_RECEIVER) ? min_u32(most / 2, c->mss_adv) : 1);
}

uint16_t rcv_window_field(struct tern_conn *c, bool syn)
{
    uint32_t most = offered(c), shift = shift_of(c, syn), now = rcv_window(c), space = free_space(c, most, shift);
    bool move = space > now;
    if (move && !syn)
        move = c->env->set.receive_exact ? space >= min_u32(most / 4, c->mss_adv) : worth_moving(c, most, space - now);
    uint32_t wnd = move ? space : now, field = wnd >> shift;
    /* Rounding down must not take back what was offered (RFC 9293 3.8.6 SHLD-14, RFC 7323 2.4). */
    if (field << shift < now) field++;
    /* An empty buffer that is less than the scale can say offers a unit: rounded to nothing it would shut the peer out. */
    if (field == 0 && wnd > 0 && c->rcv.queued == 0) field = 1;
    if (field > UINT16_MAX) field = UINT16_MAX;
    c->rcv.edge = seq_max(c->rcv.edge, seq_add(c->rcv.nxt, field << shift));
    if (!syn) rcv_exact_edge(c);
    return (uint16_t)field;
}

/* Setting receive_exact: all that is free is taken, also what the window field cannot express. */
void rcv_exact_edge(struct tern_conn *c)
{
    if (!c->env->set.receive_exact || c->rcv.limit <= c->rcv.queued) return;
    c->rcv.edge = seq_max(c->rcv.edge, seq_add(c->rcv.nxt, c->rcv.limit - c->rcv.queued));
}

bool rcv_window_update_due(const struct tern_conn *c)
{
    if (c->state != TERN_ESTABLISHED && c->state != TERN_FIN_WAIT_1 && c->state != TERN_FIN_WAIT_2) return false;
    uint32_t now = rcv_window(c);
    if (now >= 2u * c->mss_adv && now >= c->rcv.limit / 2 && !c->env->set.receive_exact) return false; /* far from used up */
    uint32_t most = offered(c), shift = shift_of(c, false), space = free_space(c, most, shift);
    if (space <= now) return false;
    if (c->env->set.receive_exact) /* as FreeBSD */
        return space - now >= 2u * c->mss_adv && (space - now >= c->rcv.limit / 4 || space <= c->rcv.limit / 8);
    if (!worth_moving(c, most, space - now)) return false;
    /* An update of its own only where it matters: the window is nearly used up, or a good part of the buffer came free. */
    return now < 2u * c->mss_adv ? true : now < limit(most, shift) / 2 && space - now >= limit(most, shift) / 4;
}

/* ---- acknowledgements ---- */

void ack_now(struct tern_conn *c, enum tern_rule why)
{
    if (!has(c, F_ACK_NOW)) c->ack_rule = (uint8_t)why;
    c->flags |= F_ACK_NOW;
}

void ack_soon(struct tern_conn *c)
{
    if (has(c, F_ACK_NOW)) return;
    uint32_t unacked = seq_diff(c->rcv.nxt, c->rcv.acked);
    /* RFC 9293 3.8.6.3: at least every second full-sized segment (SHLD-19). */
    if (unacked >= 2u * c->rcv.seg || (c->env->set.ack_second && c->at[SLOT_DELACK] != TERN_NEVER))
        ack_now(c, TERN_RULE_ACK_SECOND);
    else if (c->quick && (unacked >= c->env->set.quick_least || has2(c, F2_QUICK)))
        ack_now(c, TERN_RULE_ACK_QUICK);
    else if (has(c, F_NO_DELACK) || !c->env->set.delack || !CLAUSE(c->env, DELAYED_ACK))
        ack_now(c, TERN_RULE_ACK_PUSHED);
    else
        timer_delack(c);
}

/* RFC 5961 7, but a budget of the connection's own: a common one is a side channel (CVE-2016-5696). */
bool challenge_allowed(struct tern_conn *c)
{
    uint32_t period = (uint32_t)(c->env->set.challenge_period / TERN_MS);
    if (!c->challenge_n || now_ms(c) - c->challenge_ms >= period) c->challenge_ms = now_ms(c), c->challenge_n = 0;
    uint64_t spent = GUARD(6) ? c->challenge_n : c->env->counters->drop[TERN_DROP_RST_WINDOW];
    if (spent >= c->env->set.challenge_n && CLAUSE(c->env, CHALLENGE_LIMIT)) {
        c->env->counters->drop[TERN_DROP_CHALLENGE_LIMIT]++;
        return false;
    }
    c->challenge_n++;
    return true;
}

void ack_challenge(struct tern_conn *c, enum tern_rule why, enum tern_drop what)
{
    event_rule(c, why);
    drop(c, what);
    if (challenge_allowed(c)) ack_now(c, why);
}

/* ---- the queue ---- */

void rcv_flush(struct tern_conn *c)
{
    struct tern_buf *next;
    for (struct tern_buf *b = c->rcv.head; b; b = next) {
        next = b->next;
        tern_buf_unref(b);
    }
    c->rcv.head = c->rcv.tail = NULL;
    c->rcv.queued = 0;
}

/* Puts a small payload behind the one before it, or into a small buffer. Without memory the large buffer stays. NULL: it was
 * appended to the tail. */
static struct tern_buf *compact(struct tern_conn *c, struct tern_buf *b)
{
    struct tern_buf *tail = c->rcv.tail;
    if (tail && tail->mark == MARK_COMPACT && tail->refs == 1 &&
        tail->cap - (uint32_t)(tail->data - tail->base) - tail->len >= b->len) {
        memcpy(tail->data + tail->len, b->data, b->len);
        tail->len += b->len;
        tern_buf_unref(b);
        return NULL;
    }
    struct tern_buf *small = tern_buf_get(c->env->pool, b->len);
    if (!small) return b;
    memcpy(small->data, b->data, b->len);
    small->len = b->len;
    small->mark = MARK_COMPACT;
    tern_buf_unref(b);
    return small;
}

void rcv_deliver(struct tern_conn *c, struct tern_buf *b)
{
    uint32_t len = b->len;
    c->rcv.nxt = seq_add(c->rcv.nxt, len);
    c->rcv.queued += len;
    /* They would be duplicates no more: as many as tell of what changed. */
    c->rcv.dups = has(c, F_SACK) ? (uint8_t)(ooo_untold(c) / OOO_TOLD) : 0;
    c->bytes_received += len;
    c->text_ms = now_ms(c);
    c->events |= TERN_READABLE;
    if (b->mark != MARK_COMPACT) b->mark = 0;
    if (b->mark != MARK_COMPACT && b->cap / 4 >= len) {
        b = compact(c, b);
        if (!b) return;
    }
    b->next = NULL;
    if (c->rcv.tail)
        c->rcv.tail->next = b;
    else
        c->rcv.head = b;
    c->rcv.tail = b;
}

/* ---- segment text ---- */

void rcv_duplicate(struct tern_conn *c, seq32 left, seq32 right)
{
    if (!has(c, F_SACK) || !c->env->set.dsack || c->env->seg_duplicate) return;
    c->env->seg_duplicate = true;
    c->rcv.dsack_left = left;
    c->rcv.dsack_right = right;
}

/* Takes the payload [|from|, |to|) out of the segment's buffer. */
static struct tern_buf *take(struct tcp_seg *seg, seq32 from, seq32 to)
{
    struct tern_buf *b = seg->buf;
    seg->buf = NULL;
    b->data = b->base + (seg->h.data - b->base) + seq_diff(from, seg->h.seq);
    b->len = seq_diff(to, from);
    b->mark = 0;
    return b;
}

/* Is an acknowledgement due for text that an earlier segment of the batch brought? */
static bool owes_ack(const struct tern_conn *c)
{
    if (!has(c, F_ACK_NOW)) return false;
    switch ((enum tern_rule)c->ack_rule) {
    case TERN_RULE_ACK_OUT_OF_ORDER:
    case TERN_RULE_ACK_HOLE_FILLED:
    case TERN_RULE_ACK_SECOND:
    case TERN_RULE_ACK_QUICK:
    case TERN_RULE_ACK_PUSHED: return true;
    default: return false;
    }
}

/* Where a sender has SACK it counts bytes, not acknowledgements (RFC 6675 4), and many of them say no more than the last one
 * does: that the same range has grown. As Linux those are spared (setting sack_delay). */
static bool sack_may_wait(const struct tern_conn *c)
{
    return has(c, F_SACK) && c->env->set.sack_delay && c->rtt.srtt && !c->env->seg_duplicate && ooo_goes_on(c);
}

static void out_of_order(struct tern_conn *c, struct tcp_seg *seg, seq32 from, seq32 to, bool fin)
{
    event_rule(c, TERN_RULE_OUT_OF_ORDER);
    stats_out_of_order(c);
    /* It is kept (SHLD-31), and acknowledged at once (MAY-13). RFC 5681 4.2: one for each, since the sender counts them. */
    bool kept = CLAUSE(c->env, OOO_QUEUE) && ooo_add(c, take(seg, from, to), from, fin);
    if (kept && sack_may_wait(c)) {
        if (!has(c, F_ACK_NOW)) timer_sack(c);
    } else {
        if (owes_ack(c) && c->rcv.dups < DUPS_MAX) c->rcv.dups++;
        ack_now(c, TERN_RULE_ACK_OUT_OF_ORDER);
    }
    if (!kept)
        drop(c, TERN_DROP_OOO_LIMIT);
    else if (tune_wanted(c))
        tune_waits(c);
}

/* What was received first wins where segments overlap, so the new one only fills the gaps. Within the first gap it needs no
 * memory, which those that wait may have used up. */
static bool fill_gaps(struct tern_conn *c, struct tern_buf *b)
{
    if (GUARD(21) && b->len > ooo_gap(c)) return ooo_add(c, b, c->rcv.nxt, false);
    rcv_deliver(c, b);
    return true;
}

static void in_order(struct tern_conn *c, struct tcp_seg *seg, seq32 to)
{
    event_rule(c, TERN_RULE_IN_ORDER);
    uint32_t one = seg->buf->gso_size ? seg->buf->gso_size : seg->h.len;
    if (one > c->rcv.seg) c->rcv.seg = (uint16_t)min_u32(one, c->mss_adv);
    if (tune_wanted(c)) tune_arrived(c, &seg->h);
    if (!c->rcv.ooo) {
        rcv_deliver(c, take(seg, c->rcv.nxt, to));
        ack_soon(c);
        if (!MUST(58)) c->rcv.dups++; /* one for each segment */
        return;
    }
    ack_now(c, TERN_RULE_ACK_HOLE_FILLED);
    struct tern_buf *b = take(seg, c->rcv.nxt, to);
    if (!fill_gaps(c, b))
        drop(c, TERN_DROP_OOO_LIMIT);
    else if (ooo_drain(c))
        c->env->seg_fin = true;
}

/* RFC 9293 3.10.7.4, seventh: process the segment text. The window's edges are those that the peer was told. */
void rcv_text(struct tern_conn *c, struct tcp_seg *seg)
{
    seq32 from = seg->h.seq, to = seq_add(from, seg->h.len), edge = ooo_edge(c, seq_add(c->rcv.nxt, rcv_window(c)));
    bool fin = (seg->h.flags & TH_FIN) && !ooo_reaches_beyond(c, to);
    c->env->seg_fin = false;
    if (seq_lt(from, c->rcv.nxt) && seg->h.len) {
        rcv_duplicate(c, from, seq_min(to, c->rcv.nxt));
        if (seq_le(to, c->rcv.nxt)) event_rule(c, TERN_RULE_OLD_DATA);
        ack_now(c, TERN_RULE_ACK_DSACK);
        from = c->rcv.nxt;
    }
    if (seq_gt(to, edge)) {
        event_rule(c, TERN_RULE_TRIMMED);
        to = edge;
        fin = false;
        ack_now(c, TERN_RULE_ACK_PROBE);
    }
    if (seq_lt(from, to)) {
        if (seq_eq(from, c->rcv.nxt))
            in_order(c, seg, to);
        else
            out_of_order(c, seg, from, to, fin);
    } else if (fin && seq_gt(from, c->rcv.nxt)) {
        event_rule(c, TERN_RULE_OUT_OF_ORDER);
        ack_now(c, TERN_RULE_ACK_OUT_OF_ORDER);
        if (!ooo_add(c, NULL, from, true)) drop(c, TERN_DROP_OOO_LIMIT);
    }
    if (fin && seq_eq(to, c->rcv.nxt)) c->env->seg_fin = true;
}

/* RFC 9293 3.10.7.3, fourth: other text is queued until ESTABLISHED has been reached. */
void rcv_hold(struct tern_conn *c, struct tcp_seg *seg)
{
    if (!seg->h.len || !seg->buf) return;
    event_rule(c, TERN_RULE_SYN_DATA_HELD);
    c->rcv.seg = (uint16_t)min_u32(seg->h.len, c->mss_adv);
    seq32 to = seq_min(seq_add(c->rcv.nxt, seg->h.len), c->rcv.edge);
    if (!ooo_add(c, take(seg, c->rcv.nxt, to), c->rcv.nxt, false)) drop(c, TERN_DROP_OOO_LIMIT);
}

void rcv_held(struct tern_conn *c)
{
    if (!c->rcv.ooo) return;
    seq32 before = c->rcv.nxt;
    c->env->seg_fin = ooo_drain(c);
    if (!seq_eq(before, c->rcv.nxt)) ack_soon(c);
}

/* RFC 9293 3.10.7.4, eighth: check the FIN bit. It is in order here. */
void rcv_fin(struct tern_conn *c)
{
    event_rule(c, TERN_RULE_FIN_IN);
    c->flags |= F_FIN_IN;
    c->rcv.nxt = seq_add(c->rcv.nxt, 1);
    c->events |= TERN_PEER_CLOSED | TERN_READABLE;
    ack_now(c, TERN_RULE_ACK_FIN);
    ooo_flush(c);
    fo_passed(c);
}
