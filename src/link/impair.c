/* A link that damages. Each direction is a |path|: what enters it is judged at once (lost, copied, damaged, when it is due) and
 * waits in a heap until its time. All arithmetic is on integers and all chance comes from the seed, so that a run can be repeated
 * anywhere. */
#include <tern/link.h>

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "cut.h"
#include "ip.h"
#include "mem.h"

enum {
    QUEUE_DEFAULT = 1000,
    TAKE_MAX = 4096,       /* packets taken from the inner link by one recv: the rest waits there */
    SEND_MEM_MAX = 1 << 28 /* bytes that may be on their way out */
};
#define HOLD_BACK  TERN_MS /* of a reordered packet where there is no delay to skip */
#define RETRY_WAIT TERN_MS /* when the inner link is full */

struct waiting {
    tern_ns at;
    uint64_t seq; /* in order of arrival among those of one instant */
    struct tern_buf *buf;
};

struct path {
    struct tern_impair spec;
    struct tern_impair_counters count;
    uint64_t rng[4];
    struct waiting *heap;
    size_t heap_n, heap_cap;
    uint64_t next_seq;
    tern_ns last_at; /* due time of the last packet that kept its order */
    tern_ns *leave;  /* ring of spec.queue_n + 1: when the packets in the queue of the rate will have left it */
    size_t leave_first, leave_n;
};

struct impair {
    struct tern_link link;
    struct tern_link *inner;
    struct path in, out;
    struct mem mem; /* of what is on its way out */
    struct tern_pool *pool;
    tern_ns retry_at; /* not before it is |inner| asked again to send; 0: it was not full */
};

/* ---- chance: xoshiro256**, its state from splitmix64 ---- */

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, int n) { return x << n | x >> (64 - n); }

static uint64_t chance(struct path *p)
{
    uint64_t *s = p->rng, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* One of 0 .. n - 1, for the random |r|. */
static uint32_t scale(uint64_t r, uint32_t n) { return (uint32_t)((r >> 32) * n >> 32); }

static bool happens(struct path *p, uint32_t ppm) { return scale(chance(p), 1000000) < ppm; }

/* ---- the heap ---- */

static bool before(const struct waiting *a, const struct waiting *b) { return a->at != b->at ? a->at < b->at : a->seq < b->seq; }

static bool heap_room(struct path *p)
{
    if (p->heap_n < p->heap_cap) return true;
    size_t cap = p->heap_cap > 0 ? p->heap_cap * 2 : 64;
    struct waiting *bigger = realloc(p->heap, cap * sizeof *bigger);
    if (!bigger) return false;
    p->heap = bigger;
    p->heap_cap = cap;
    return true;
}

/* Takes over |buf|. */
static bool heap_add(struct path *p, tern_ns at, struct tern_buf *buf)
{
    if (!heap_room(p)) {
        tern_buf_unref(buf);
        return false;
    }
    struct waiting w = {at, p->next_seq++, buf};
    size_t i = p->heap_n++;
    for (; i > 0 && before(&w, &p->heap[(i - 1) / 2]); i = (i - 1) / 2) p->heap[i] = p->heap[(i - 1) / 2];
    p->heap[i] = w;
    return true;
}

static struct tern_buf *heap_pop(struct path *p)
{
    struct tern_buf *buf = p->heap[0].buf;
    struct waiting w = p->heap[--p->heap_n];
    size_t i = 0, k;
    while ((k = 2 * i + 1) < p->heap_n) {
        if (k + 1 < p->heap_n && before(&p->heap[k + 1], &p->heap[k])) k++;
        if (!before(&p->heap[k], &w)) break;
        p->heap[i] = p->heap[k];
        i = k;
    }
    p->heap[i] = w;
    return buf;
}

static tern_ns heap_at(const struct path *p) { return p->heap_n > 0 ? p->heap[0].at : TERN_NEVER; }

/* ---- damage ---- */

/* Where the transport header begins; at least the fixed part of the IP header when it cannot be read. */
static uint32_t transport_at(const struct tern_buf *b)
{
    const struct wire_ip_opts opts = {.source_route = true};
    struct wire_ip ip;
    if (wire_ip_parse(b->data, b->len, &opts, &ip) == WIRE_OK) return ip.head_len;
    return b->len > 0 && b->data[0] >> 4 == 6 ? WIRE_IP6_HEADER_LEN : WIRE_IP4_HEADER_LEN;
}

/* RFC 3168 5: ECT(0) or ECT(1) becomes CE. */
static bool mark(struct tern_buf *b)
{
    if (b->len >= WIRE_IP4_HEADER_LEN && b->data[0] >> 4 == 4 && (b->data[1] & 3)) {
        size_t head_len = (size_t)(b->data[0] & 15) * 4;
        if (head_len < WIRE_IP4_HEADER_LEN || head_len > b->len) return false;
        b->data[1] |= 3;
        memset(b->data + 10, 0, 2);
        csum_put(b->data + 10, csum_add(0, b->data, head_len));
        return true;
    }
    if (b->len < WIRE_IP6_HEADER_LEN || b->data[0] >> 4 != 6 || !(b->data[1] & 0x30)) return false;
    b->data[1] |= 0x30;
    return true;
}

static bool flip_bit(struct tern_buf *b, uint64_t r)
{
    uint32_t at = transport_at(b);
    if (at >= b->len) return false;
    uint32_t bit = scale(r, (b->len - at) * 8);
    b->data[at + bit / 8] ^= (uint8_t)(1u << bit % 8);
    return true;
}

/* Swaps a word of a TCP payload with the next one from a random place that differs. */
static bool swap_words(struct tern_buf *b, uint64_t r)
{
    const struct wire_ip_opts opts = {.source_route = true};
    struct wire_ip ip;
    struct wire_tcp tcp;
    if (wire_ip_parse(b->data, b->len, &opts, &ip) != WIRE_OK || ip.proto != IPPROTO_TCP_ ||
        wire_tcp_parse(b->data + ip.head_len, ip.len - ip.head_len, &tcp) != WIRE_OK)
        return false;
    uint32_t words_n = tcp.len / 2;
    if (words_n < 2) return false;
    uint8_t *data = b->data + ip.head_len + tcp.head_len;
    uint8_t *x = data + 2 * (size_t)scale(r, words_n);
    uint32_t from = scale(r << 32, words_n);
    for (uint32_t i = 0; i < words_n; i++) {
        uint8_t *y = data + 2 * (size_t)((from + i) % words_n);
        uint16_t vx = be16_get(x), vy = be16_get(y);
        if (vx == vy) continue;
        be16_put(x, vy);
        be16_put(y, vx);
        return true;
    }
    return false;
}

/* ---- judgement ---- */

/* Everything that chance has to say of one packet: always the same number of draws, so that one damage does not move another. */
struct fate {
    bool lost, reordered, duplicated, marked, corrupted, swapped;
    uint64_t jitter, where;
};

static struct fate draw_fate(struct path *p)
{
    struct fate f;
    f.lost = happens(p, p->spec.loss_ppm);
    f.reordered = happens(p, p->spec.reorder_ppm);
    f.duplicated = happens(p, p->spec.dup_ppm);
    f.corrupted = happens(p, p->spec.corrupt_ppm);
    f.swapped = happens(p, p->spec.swap_ppm);
    f.jitter = chance(p);
    f.where = chance(p);
    uint64_t more = f.where; /* not from the path's own: what was seeded before there were marks stays as it was */
    f.marked = scale(splitmix(&more), 1000000) < p->spec.mark_ppm;
    return f;
}

/* When the last bit of a packet of |len| bytes has passed the bottleneck; TERN_NEVER: its queue is full. */
static tern_ns pass_rate(struct path *p, tern_ns now, uint32_t len)
{
    if (p->spec.rate == 0) return now;
    size_t ring_n = (size_t)p->spec.queue_n + 1;
    while (p->leave_n > 0 && p->leave[p->leave_first] <= now) {
        p->leave_first = (p->leave_first + 1) % ring_n;
        p->leave_n--;
    }
    if (p->leave_n == ring_n) return TERN_NEVER;
    tern_ns from = p->leave_n > 0 ? p->leave[(p->leave_first + p->leave_n - 1) % ring_n] : now;
    tern_ns at = from + (uint64_t)len * 8 * TERN_SEC / p->spec.rate;
    p->leave[(p->leave_first + p->leave_n++) % ring_n] = at;
    return at;
}

static tern_ns due_at(struct path *p, tern_ns left_at, const struct fate *f)
{
    if (f->reordered) {
        p->count.reordered++;
        return p->spec.delay > 0 ? left_at : left_at + HOLD_BACK;
    }
    tern_ns at = left_at + p->spec.delay;
    if (p->spec.jitter > 0) {
        tern_ns spread = p->spec.jitter < (UINT64_MAX - 1) / 2 ? 2 * p->spec.jitter + 1 : UINT64_MAX;
        at += f->jitter % spread;
        at = at > left_at + p->spec.jitter ? at - p->spec.jitter : left_at;
    }
    if (at < p->last_at) at = p->last_at;
    p->last_at = at;
    return at;
}

/* A plain packet with a complete checksum enters. Takes over |buf|, of which there is no other reference. */
static void enter(struct path *p, tern_ns now, struct tern_pool *pool, struct tern_buf *buf)
{
    struct fate f = draw_fate(p);
    if (f.lost) {
        p->count.lost++;
        tern_buf_unref(buf);
        return;
    }
    tern_ns left_at = pass_rate(p, now, buf->len);
    if (left_at == TERN_NEVER) {
        p->count.overflowed++;
        tern_buf_unref(buf);
        return;
    }
    tern_ns at = due_at(p, left_at, &f);
    if (f.marked && mark(buf)) p->count.marked++;
    struct tern_buf *copy = f.duplicated ? tern_buf_get(pool, buf->len) : NULL;
    if (copy) {
        memcpy(copy->data, buf->data, buf->len);
        copy->len = buf->len;
    }
    if (f.corrupted && flip_bit(buf, f.where)) p->count.corrupted++;
    if (f.swapped && swap_words(buf, f.where)) p->count.swapped++;
    if (heap_add(p, at, buf))
        p->count.passed++;
    else
        p->count.overflowed++;
    if (copy && heap_add(p, at, copy)) p->count.duplicated++;
}

static void enter_cut(struct path *p, tern_ns now, struct tern_pool *pool, const struct tern_pkt *pkt)
{
    for (uint32_t i = 0, n = cut_n(pkt); i < n; i++) {
        struct cut c;
        int len = cut_segment(pkt, i, &c);
        struct tern_buf *b = len >= 0 ? tern_buf_get(pool, (size_t)len) : NULL;
        if (!b) {
            p->count.overflowed++;
            continue;
        }
        cut_copy(&c, b->data);
        b->len = (uint32_t)len;
        enter(p, now, pool, b);
    }
}

/* ---- the link ---- */

static struct impair *impair_of(struct tern_link *l) { return (struct impair *)l; }

static void enter_received(struct impair *m, tern_ns now, struct tern_pool *pool, struct tern_buf *b)
{
    if (!b->csum_ok && b->gso_size == 0 && b->refs == 1) {
        enter(&m->in, now, pool, b);
        return;
    }
    struct tern_pkt pkt;
    cut_from_buf(b, &pkt);
    enter_cut(&m->in, now, pool, &pkt);
    tern_buf_unref(b);
}

static int impair_recv(struct tern_link *l, tern_ns now, struct tern_pool *pool, struct tern_buf **bufs, int n)
{
    enum { BATCH = 16 };
    struct impair *m = impair_of(l);
    struct tern_buf *got[BATCH];
    int r = BATCH;
    for (int taken = 0; r == BATCH && taken < TAKE_MAX; taken += BATCH) {
        r = m->inner->ops->recv(m->inner, now, pool, got, BATCH);
        for (int i = 0; i < r; i++) enter_received(m, now, pool, got[i]);
    }
    int k = 0;
    while (k < n && heap_at(&m->in) <= now) bufs[k++] = heap_pop(&m->in);
    return k > 0 || r >= 0 ? k : r;
}

/* What is due goes out. 0, or TERN_ERR_IO. */
static int flush(struct impair *m, tern_ns now)
{
    if (m->retry_at > now) return 0;
    m->retry_at = 0;
    while (heap_at(&m->out) <= now) {
        struct tern_pkt pkt;
        cut_from_buf(m->out.heap[0].buf, &pkt);
        int r = m->inner->ops->send(m->inner, now, &pkt, 1);
        if (r < 0) return r;
        if (r == 0) {
            m->retry_at = now + RETRY_WAIT;
            return 0;
        }
        tern_buf_unref(heap_pop(&m->out));
    }
    /* The inner link may hold packets back, too. */
    tern_ns next = m->inner->ops->next(m->inner);
    return next > 0 && next <= now ? m->inner->ops->send(m->inner, now, NULL, 0) : 0;
}

static int impair_send(struct tern_link *l, tern_ns now, const struct tern_pkt *pkts, int n)
{
    struct impair *m = impair_of(l);
    for (int i = 0; i < n; i++) enter_cut(&m->out, now, m->pool, &pkts[i]);
    int r = flush(m, now);
    return r < 0 ? r : n;
}

static int impair_fd(const struct tern_link *l)
{
    const struct impair *m = (const struct impair *)l;
    return m->inner->ops->fd(m->inner);
}

static tern_ns impair_next(const struct tern_link *l)
{
    const struct impair *m = (const struct impair *)l;
    tern_ns at = heap_at(&m->in), out = heap_at(&m->out), inner = m->inner->ops->next(m->inner);
    if (out < m->retry_at) out = m->retry_at;
    if (out < at) at = out;
    return inner < at ? inner : at;
}

static void path_free(struct path *p)
{
    while (p->heap_n > 0) tern_buf_unref(heap_pop(p));
    free(p->heap);
    free(p->leave);
}

static void impair_free(struct impair *m)
{
    path_free(&m->in);
    path_free(&m->out);
    pool_free(m->pool);
    free(m);
}

static void impair_close(struct tern_link *l)
{
    struct impair *m = impair_of(l);
    tern_link_close(m->inner);
    impair_free(m);
}

static const struct tern_link_ops impair_ops = {
    .name = "impair",
    .recv = impair_recv,
    .send = impair_send,
    .fd = impair_fd,
    .next = impair_next,
    .close = impair_close,
};

static bool path_init(struct path *p, const struct tern_impair *spec, uint64_t *seed)
{
    if (spec) p->spec = *spec;
    if (p->spec.queue_n == 0) p->spec.queue_n = QUEUE_DEFAULT;
    for (int i = 0; i < 4; i++) p->rng[i] = splitmix(seed);
    if (p->spec.rate == 0) return true;
    p->leave = calloc((size_t)p->spec.queue_n + 1, sizeof *p->leave);
    return p->leave != NULL;
}

struct tern_link *tern_impair_new(struct tern_link *inner, const struct tern_impair *in, const struct tern_impair *out,
                                  uint64_t seed)
{

    struct impair *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->link = (struct tern_link){&impair_ops, inner->mtu, inner->gso_max};
    m->inner = inner;
    mem_init(&m->mem, &tern_alloc_libc, SEND_MEM_MAX);
    m->pool = pool_new(&m->mem);
    bool in_ok = path_init(&m->in, in, &seed), out_ok = path_init(&m->out, out, &seed);
    if (!m->pool || !in_ok || !out_ok) {
        impair_free(m);
        return NULL;
    }
    return &m->link;
}

void tern_impair_counters(const struct tern_link *l, struct tern_impair_counters *in, struct tern_impair_counters *out)
{
    const struct impair *m = (const struct impair *)l;
    *in = m->in.count;
    *out = m->out.count;
}
