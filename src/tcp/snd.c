/* The send queue: a list of buffers with the bytes from SND.UNA on, and a cursor at SND.NXT. */
#include "tcp_internal.h"

#include <string.h>

/* tern_buf.mark */
enum {
    MARK_APPEND = 1, /* the room behind the data is ours to fill */
    MARK_RECORD = 2, /* a record ends with the last byte: no segment goes beyond it */
};

/* Bytes that the windows let go at once: whole segments. */
static uint32_t usable_window(const struct tern_conn *c)
{
    uint32_t flight = seq_diff(c->snd.nxt, c->snd.una), wnd = min_u32(c->snd.wnd, loss_window(c));
    return synchronized(c) && wnd > flight ? (wnd - flight) - (wnd - flight) % mss_plain(c) : 0;
}

/* The largest that is given to a link at once: whole segments, not more than half of the largest window ever offered. */
static uint32_t super_segment(const struct tern_conn *c)
{
    uint32_t most = min_u32(TERN_PACKET_MAX, c->snd.max_wnd / 2), mss = mss_plain(c);
    return max_u32(most - most % mss, mss);
}

/* With a bound on what waits unsent: what the windows let go at once, and super-segments beside until the bound is reached. */
static uint32_t lowat_room(const struct tern_conn *c)
{
    uint32_t usable = usable_window(c), unsent = snd_left(c, c->snd.nxt), super = super_segment(c), most = snd_lowat(c);
    uint32_t waits = unsent > usable ? unsent - usable : 0;
    if (waits >= most) return 0;
    uint64_t beside = ((uint64_t)(most - waits) + super - 1) / super * super;
    uint64_t room = (usable > unsent ? usable - unsent : 0) + beside;
    return room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;
}

/* What |queued| bytes cost: setting send_whole. */
static uint64_t cost(const struct tern_conn *c, uint32_t queued)
{
    uint64_t each = c->env->set.send_whole;
    uint32_t super = each ? super_segment(c) : 1;
    return queued + each * ((queued + super - 1) / super);
}

/* Setting send_whole: what can leave at once, the rest of the super-segment at the end, and further ones until the buffer is
 * full. */
static uint32_t whole_room(const struct tern_conn *c)
{
    uint32_t unsent = snd_left(c, c->snd.nxt), usable = usable_window(c), super = super_segment(c);
    uint32_t tail = unsent > usable ? (unsent - usable) % super : 0;
    uint32_t n = (usable > unsent ? usable - unsent : 0) + (tail ? super - tail : 0);
    uint64_t taken = cost(c, c->snd.queued + n), whole = super + c->env->set.send_whole;
    if (taken < c->snd.limit) n += (uint32_t)((c->snd.limit - taken + whole - 1) / whole) * super;
    return n;
}

/* Setting send_buffer_max: room for twice the congestion window, each segment counted as Linux counts it: in a block of memory
 * that is a power of two, with what describes it. Not when what is in flight and unsent fills that window (what has arrived
 * beyond a hole does not: it is kept, and nothing of it is sent), nor when the application said how large. */
void snd_grow(struct tern_conn *c)
{
    uint32_t most = (uint32_t)c->env->set.send_buffer_max, mss = mss_plain(c), block = 256;
    if (c->snd.limit >= most || has2(c, F2_SEND_BUFFER) || memory_is_short(c->env) ||
        min_u32(flight_pipe(c) + snd_left(c, c->snd.nxt), c->snd.wnd) >= c->cc.cwnd)
        return;
    while (block < mss + 640) block *= 2;
    uint64_t want = 2 * (uint64_t)(block + 256) * max_u32(c->cc.cwnd / mss, 10);
    if (want > c->snd.limit) c->snd.limit = (uint32_t)(want < most ? want : most);
}

uint32_t snd_room_told(const struct tern_conn *c)
{
    if (cost(c, c->snd.queued) >= c->snd.limit) return 0;
    uint32_t room = c->env->set.send_whole ? whole_room(c) : c->snd.limit - c->snd.queued;
    return snd_lowat(c) != UINT32_MAX ? min_u32(room, lowat_room(c)) : room;
}

bool snd_much_room(const struct tern_conn *c)
{
    uint64_t used = cost(c, c->snd.queued);
    return used < c->snd.limit && c->snd.limit - used >= c->snd.limit / 3;
}

bool snd_lowat_reached(const struct tern_conn *c)
{
    uint32_t most = snd_lowat(c);
    return most == UINT32_MAX || snd_left(c, c->snd.nxt) < (most + 1) / 2;
}

void snd_append_buf(struct tern_conn *c, struct tern_buf *b)
{
    struct tcp_snd *s = &c->snd;
    b->next = NULL;
    if (s->tail)
        s->tail->next = b;
    else
        s->head = b;
    s->tail = b;
    s->queued += b->len;
}

/* Bytes that fit behind the tail's data. */
static uint32_t tail_room(const struct tern_buf *b)
{
    if (!b || b->mark != MARK_APPEND || b->refs != 1) return 0;
    return b->cap - (uint32_t)(b->data - b->base) - b->len;
}

/* MAY-16: small writes are put together. */
int64_t snd_append(struct tern_conn *c, const void *data, size_t len)
{
    const uint8_t *from = data;
    uint32_t room = snd_room(c), left = len < room ? (uint32_t)len : room, taken = 0;
    while (left) {
        uint32_t n = tail_room(c->snd.tail);
        if (!n) {
            uint32_t most = memory_share(c->env);
            if (c->snd.queued >= most) break; /* its acknowledgement makes it writable again */
            /* A connection that writes little holds little; one with much queued is given large buffers, unless it writes
             * records, behind whose ends nothing is put. */
            uint32_t want = has2(c, F2_EOR) ? left : max_u32(left, min_u32(c->snd.queued, TERN_PACKET_MAX));
            struct tern_buf *b = tern_buf_get(c->env->pool, min_u32(want, min_u32(most, TERN_PACKET_MAX)));
            if (!b) break;
            b->mark = MARK_APPEND;
            snd_append_buf(c, b);
            n = tail_room(b);
        }
        if (n > left) n = left;
        struct tern_buf *tail = c->snd.tail;
        memcpy(tail->data + tail->len, from, n);
        tail->len += n;
        c->snd.queued += n;
        from += n, left -= n, taken += n;
    }
    return taken || !len ? (int64_t)taken : room ? TERN_ERR_NOMEM : TERN_ERR_AGAIN;
}

void snd_end_record(struct tern_conn *c)
{
    c->snd.tail->mark = MARK_RECORD;
    c->flags2 |= F2_EOR;
}

/* What goes again stands all over the queue: the places that were last asked for, a few, are remembered. */
static void near_set(const struct tern_conn *c, struct tcp_flight *f, struct tern_buf *b, seq32 at)
{
    uint64_t part = (uint64_t)FLIGHT_NEAR * seq_diff(at, snd_start(c)) / (seq_diff(c->snd.max, snd_start(c)) + 1);
    f->near[part] = (struct flight_near){b, at};
}

static const struct flight_near *near_find(const struct tcp_flight *f, seq32 from)
{
    const struct flight_near *best = NULL;
    for (const struct flight_near *n = f->near; n < f->near + FLIGHT_NEAR; n++)
        if (n->buf && seq_le(n->at, from) && (!best || seq_gt(n->at, best->at))) best = n;
    return best;
}

static void near_acked(struct tcp_flight *f, struct tern_buf *b, uint32_t len)
{
    for (struct flight_near *n = f->near; n < f->near + FLIGHT_NEAR; n++)
        if (n->buf == b) *n = (struct flight_near){b->len ? b : NULL, seq_add(n->at, len)};
}

/* The place of byte |from| in the queue. */
static struct tern_buf *place(const struct tern_conn *c, seq32 from, uint32_t *off)
{
    const struct tcp_snd *s = &c->snd;
    const struct tcp_flight *f = flight_of(c);
    const struct flight_near *near = NULL;
    struct tern_buf *b = s->head;
    *off = seq_diff(from, snd_start(c));
    if (s->at && seq_eq(from, s->nxt))
        b = s->at, *off = s->at_off;
    else if (f && (near = near_find(f, from)) != NULL)
        b = near->buf, *off = seq_diff(from, near->at);
    assert(b); /* the caller asks for what is queued */
    while (*off >= b->len && b->next) *off -= b->len, b = b->next;
    return b;
}

uint32_t snd_record(const struct tern_conn *c, seq32 from, uint32_t len)
{
    uint32_t off, end = 0;
    if (!has2(c, F2_EOR) || !len) return len;
    const struct tern_buf *b = place(c, from, &off);
    for (; b && end < off + len; b = b->next) {
        end += b->len;
        if (b->mark == MARK_RECORD && end > off) return min_u32(len, end - off);
    }
    return len;
}

void snd_acked(struct tern_conn *c, uint32_t len)
{
    struct tcp_snd *s = &c->snd;
    struct tcp_flight *f = flight_of(c);
    s->queued -= len;
    while (len) {
        struct tern_buf *b = s->head;
        assert(b); /* never more than is queued */
        uint32_t n = min_u32(len, b->len);
        if (s->at == b) {
            if (s->at_off >= n)
                s->at_off -= n;
            else
                s->at = NULL;
        }
        b->data += n, b->len -= n, len -= n;
        if (f) near_acked(f, b, n);
        if (b->len) return;
        if (s->at == b) s->at = NULL;
        s->head = b->next;
        if (!s->head) s->tail = NULL, c->flags2 &= ~(uint32_t)F2_EOR;
        tern_buf_unref(b);
    }
}

void snd_flush(struct tern_conn *c)
{
    struct tern_buf *next;
    for (struct tern_buf *b = c->snd.head; b; b = next) {
        next = b->next;
        tern_buf_unref(b);
    }
    c->snd.head = c->snd.tail = c->snd.at = NULL;
    c->snd.queued = 0;
    c->flags2 &= ~(uint32_t)(F2_EOR | F2_MORE | F2_HOLD);
}

/* Bytes from |off| in |b| on, |len| at most, that a packet's slices hold: in whole segments of |mss|, if not all. */
static uint32_t sliced(const struct tern_buf *b, uint32_t off, uint32_t len, uint32_t mss)
{
    uint32_t sum = b->len - off;
    for (unsigned i = 1; i < TERN_SLICES_MAX && sum < len && b->next; i++) b = b->next, sum += b->len;
    if (sum >= len) return len;
    return sum > mss ? sum - sum % mss : sum;
}

uint32_t snd_slices(struct tern_conn *c, seq32 from, uint32_t len, uint32_t mss, struct tern_pkt *pkt)
{
    struct tcp_snd *s = &c->snd;
    struct tcp_flight *f = flight_of(c);
    bool at_nxt = seq_eq(from, s->nxt);
    uint32_t off, done = 0;
    struct tern_buf *b = place(c, from, &off);
    if (!at_nxt && f) near_set(c, f, b, seq_sub(from, off));
    len = sliced(b, off, len, mss);
    while (done < len) {
        uint32_t n = min_u32(b->len - off, len - done);
        pkt->slice[pkt->slices_n++] = (struct tern_slice){b->data + off, n};
        done += n, off += n;
        if (off == b->len && b->next) b = b->next, off = 0;
    }
    pkt->payload_len += done;
    if (at_nxt) s->at = b, s->at_off = off; /* the caller moves NXT over what it sends */
    return done;
}
