/* A link that damages. Each direction is a lane (path/lane.h): it decides, this file carries it out on the bytes. All chance
 * comes from the seed, so that a run can be repeated anywhere. */
#include <tern/link.h>

#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "damage.h"
#include "impair_lane.h"
#include "mem.h"

enum {
    TAKE_MAX = 4096,       /* packets taken from the inner link by one recv: the rest waits there */
    SEND_MEM_MAX = 1 << 28 /* bytes that may be on their way out */
};
#define RETRY_WAIT TERN_MS /* when the inner link is full */

/* A packet in a lane. */
struct passer {
    uint16_t slab; /* the slab's */
    struct tern_buf *buf;
    struct parcel p; /* p.data: the passer */
};

struct way {
    struct impair *m;
    struct lane lane;
    struct tern_impair_counters count; /* what the lane does not count */
    struct tern_buf *second;           /* the copy of what was taken last */
    void *room;                        /* the lane's */
    struct lane_outage outage;         /* the lane's list of outages: the one that is not over */
    tern_ns outage_every;
};

struct impair {
    struct tern_link link;
    struct tern_link *inner;
    struct way in, out;
    struct mem mem; /* of what is on its way out, and of the passers */
    struct slab passers;
    struct tern_pool *pool;
    struct tern_buf *held; /* its time has come, but |inner| was full */
    bool used;
    tern_ns retry_at; /* not before it is |inner| asked again to send; 0: it was not full */
};

/* ---- into a lane ---- */

static void drop(void *ctx, struct parcel *p, enum lane_loss why)
{
    struct way *w = ctx;
    struct passer *x = p->data;
    (void)why; /* the lane has counted it */
    tern_buf_unref(x->buf);
    slab_put(&w->m->passers, x);
}

/* The outages are reckoned from the first use on. */
static void use(struct impair *m, tern_ns now)
{
    if (m->used) return;
    m->used = true;
    m->in.outage.from += now, m->in.outage.to += now;
    m->out.outage.from += now, m->out.outage.to += now;
}

/* Before the lane sees that one is over, the next one stands in its place. */
static void next_outage(struct way *w, tern_ns now)
{
    while (w->outage_every && w->outage.to <= now) w->outage.from += w->outage_every, w->outage.to += w->outage_every;
}

/* A plain packet with a complete checksum enters. Takes over |buf|, of which there is no other reference. */
static void enter(struct way *w, tern_ns now, struct tern_buf *buf)
{
    struct passer *x = slab_get(&w->m->passers);
    if (!x) {
        w->count.overflowed++;
        tern_buf_unref(buf);
        return;
    }
    x->buf = buf;
    x->p.data = x;
    impair_look(buf, &x->p);
    next_outage(w, now);
    lane_enter(&w->lane, now, &x->p);
}

static void enter_cut(struct way *w, tern_ns now, struct tern_pool *pool, const struct tern_pkt *pkt)
{
    for (uint32_t i = 0, n = cut_n(pkt); i < n; i++) {
        struct cut c;
        int len = cut_segment(pkt, i, &c);
        struct tern_buf *b = len >= 0 ? tern_buf_get(pool, (size_t)len) : NULL;
        if (!b) {
            w->count.overflowed++;
            continue;
        }
        cut_copy(&c, b->data);
        b->len = (uint32_t)len;
        enter(w, now, b);
    }
}

/* ---- out of it ---- */

static struct tern_buf *copy_of(struct way *w, struct tern_pool *pool, const struct tern_buf *b)
{
    struct tern_buf *copy = tern_buf_get(pool, b->len);
    if (!copy) return NULL;
    memcpy(copy->data, b->data, b->len);
    copy->len = b->len;
    w->count.duplicated++;
    return copy;
}

/* The next packet that is due, as the lane wants it to be; NULL: none. */
static struct tern_buf *take(struct way *w, tern_ns now, struct tern_pool *pool)
{
    struct tern_buf *b = w->second;
    w->second = NULL;
    if (b) return b;
    struct parcel *p = lane_take(&w->lane, now);
    if (!p) return NULL;
    struct passer *x = p->data;
    b = x->buf;
    if (p->fate & (PARCEL_MARKED | PARCEL_ECN) && damage_ecn(b, p->ecn)) {
        w->count.marked += !!(p->fate & PARCEL_MARKED);
        w->count.changed += !!(p->fate & PARCEL_ECN);
    }
    if (p->fate & PARCEL_TWICE) w->second = copy_of(w, pool, b);
    if (p->fate & PARCEL_CORRUPT && damage_flip(b, p->where)) w->count.corrupted++;
    if (p->fate & PARCEL_SWAPPED && damage_swap(b, p->where)) w->count.swapped++;
    slab_put(&w->m->passers, x);
    return b;
}

static tern_ns due_at(const struct way *w) { return w->second ? 0 : lane_next(&w->lane); }

/* ---- the link ---- */

static struct impair *impair_of(struct tern_link *l) { return (struct impair *)l; }

static void enter_received(struct impair *m, tern_ns now, struct tern_pool *pool, struct tern_buf *b)
{
    if (!b->csum_ok && b->gso_size == 0 && b->refs == 1) {
        enter(&m->in, now, b);
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
    use(m, now);
    for (int taken = 0; r == BATCH && taken < TAKE_MAX; taken += BATCH) {
        r = m->inner->ops->recv(m->inner, now, pool, got, BATCH);
        for (int i = 0; i < r; i++) enter_received(m, now, pool, got[i]);
    }
    int k = 0;
    while (k < n && (bufs[k] = take(&m->in, now, pool)) != NULL) k++;
    return k > 0 || r >= 0 ? k : r;
}

/* What is due goes out. 0, or TERN_ERR_IO. */
static int flush(struct impair *m, tern_ns now)
{
    if (m->retry_at > now) return 0;
    m->retry_at = 0;
    while (m->held || (m->held = take(&m->out, now, m->pool)) != NULL) {
        struct tern_pkt pkt;
        cut_from_buf(m->held, &pkt);
        int r = m->inner->ops->send(m->inner, now, &pkt, 1);
        if (r < 0) return r;
        if (r == 0) {
            m->retry_at = now + RETRY_WAIT;
            return 0;
        }
        tern_buf_unref(m->held);
        m->held = NULL;
    }
    /* The inner link may hold packets back, too. */
    tern_ns next = m->inner->ops->next(m->inner);
    return next > 0 && next <= now ? m->inner->ops->send(m->inner, now, NULL, 0) : 0;
}

static int impair_send(struct tern_link *l, tern_ns now, const struct tern_pkt *pkts, int n)
{
    struct impair *m = impair_of(l);
    use(m, now);
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
    tern_ns at = due_at(&m->in), out = m->held ? 0 : due_at(&m->out), inner = m->inner->ops->next(m->inner);
    if (out < m->retry_at) out = m->retry_at;
    if (out < at) at = out;
    return inner < at ? inner : at;
}

static void way_free(struct way *w)
{
    struct parcel *p;
    while ((p = lane_empty(&w->lane)) != NULL) drop(w, p, LANE_LOST);
    tern_buf_unref(w->second);
    free(w->room);
}

static void impair_free(struct impair *m)
{
    way_free(&m->in);
    way_free(&m->out);
    tern_buf_unref(m->held);
    slab_free(&m->passers);
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

/* False: no memory, or impossible. */
static bool way_init(struct impair *m, struct way *w, const struct tern_impair *i, uint64_t *seed)
{
    static const struct tern_impair none;
    if (!i) i = &none;
    if (impair_check(i)) return false;
    const struct lane_config cfg = impair_lane(i, &w->outage);
    w->outage_every = i->outage_every;
    size_t room = lane_room(&cfg);
    w->room = room > 0 ? malloc(room) : NULL;
    if (room > 0 && !w->room) return false;
    w->m = m;
    lane_init(&w->lane, &cfg, seed, w->room, (struct lane_owner){.drop = drop, .ctx = w});
    return true;
}

struct tern_link *tern_impair_new(struct tern_link *inner, const struct tern_impair *in, const struct tern_impair *out,
                                  uint64_t seed)
{
    struct impair *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->link = (struct tern_link){&impair_ops, inner->mtu, inner->gso_max};
    m->inner = inner;
    mem_init(&m->mem, &tern_alloc_libc, SEND_MEM_MAX);
    slab_init(&m->passers, &m->mem, (sizeof(struct passer) + 7) & ~(size_t)7);
    bool ok = way_init(m, &m->in, in, &seed) && way_init(m, &m->out, out, &seed);
    m->pool = ok ? pool_new(&m->mem) : NULL;
    if (m->pool) return &m->link;
    free(m->in.room);
    free(m->out.room);
    free(m);
    return NULL;
}

static struct tern_impair_counters counters_of(const struct way *w)
{
    struct lane_counters n = lane_count(&w->lane);
    struct tern_impair_counters c = w->count;
    c.passed = n.passed + w->lane.queue.n + (w->lane.sending != NULL); /* what waits will pass, mostly */
    c.reordered = n.reordered;
    c.lost = n.lost[LANE_LOST] + n.lost[LANE_BURST];
    c.overflowed += n.lost[LANE_FULL];
    c.early = n.lost[LANE_EARLY];
    c.policed = n.lost[LANE_POLICED];
    c.too_big = n.lost[LANE_TOO_BIG];
    c.down = n.lost[LANE_OUTAGE];
    return c;
}

void tern_impair_counters(const struct tern_link *l, struct tern_impair_counters *in, struct tern_impair_counters *out)
{
    const struct impair *m = (const struct impair *)l;
    *in = counters_of(&m->in);
    *out = counters_of(&m->out);
}
