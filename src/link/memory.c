/* A cable in memory. What one end sends waits in the other's ring, copied once, into buffers of a pool that both ends share; that
 * pool lives until the last buffer has come back, so the ends may be closed before or after the stacks that took the packets are
 * freed. */
#include <tern/link.h>

#include <stdlib.h>

#include "cut.h"
#include "mem.h"

struct pair;

struct end {
    struct tern_link link;
    struct pair *pair;
    struct end *peer;
    struct tern_buf **ring; /* what waits to be received here */
    size_t first, n;
    bool closed;
};

struct pair {
    struct mem mem;
    struct tern_pool *pool;
    size_t queue_n;
    struct end end[2];
};

static struct end *end_of(struct tern_link *l) { return (struct end *)l; }

static int memory_recv(struct tern_link *l, tern_ns now, struct tern_pool *pool, struct tern_buf **bufs, int n)
{
    struct end *e = end_of(l);
    (void)now;
    (void)pool;
    int got = 0;
    for (; got < n && e->n > 0; got++) {
        bufs[got] = e->ring[e->first];
        if (++e->first == e->pair->queue_n) e->first = 0;
        e->n--;
    }
    return got;
}

static void push(struct end *to, struct tern_buf *b)
{
    size_t at = to->first + to->n++;
    to->ring[at < to->pair->queue_n ? at : at - to->pair->queue_n] = b;
}

/* Lost when it is too long or there is no memory, as on a cable. */
static void send_whole(struct end *to, const struct tern_pkt *pkt)
{
    size_t len = (size_t)pkt->head_len + pkt->payload_len;
    uint32_t segs = cut_n(pkt);
    if (pkt->head_len + (segs > 1 ? pkt->gso_size : pkt->payload_len) > to->link.mtu) return;
    struct tern_buf *b = tern_buf_get(to->pair->pool, len);
    if (!b) return;
    if (tern_pkt_flatten(pkt, b->data, b->cap) < 0) {
        tern_buf_unref(b);
        return;
    }
    b->len = (uint32_t)len;
    b->gso_size = segs > 1 ? pkt->gso_size : 0;
    b->csum_ok = pkt->csum_start != 0;
    push(to, b);
}

static void send_cut(struct end *to, const struct tern_pkt *pkt, uint32_t i)
{
    struct cut c;
    int len = cut_segment(pkt, i, &c);
    if (len < 0 || (uint32_t)len > to->link.mtu) return;
    struct tern_buf *b = tern_buf_get(to->pair->pool, (size_t)len);
    if (!b) return;
    cut_copy(&c, b->data);
    b->len = (uint32_t)len;
    push(to, b);
}

static int memory_send(struct tern_link *l, tern_ns now, const struct tern_pkt *pkts, int n)
{
    struct end *to = end_of(l)->peer;
    (void)now;
    for (int i = 0; i < n; i++) {
        uint32_t segs = l->gso_max > 0 ? 1 : cut_n(&pkts[i]);
        if (to->closed) continue;
        /* All or nothing; but a packet of more segments than the queue holds would never fit: what is too much of it is lost. */
        if (to->n > 0 && to->n + segs > to->pair->queue_n) return i;
        for (uint32_t k = 0; k < segs && to->n < to->pair->queue_n; k++) {
            if (l->gso_max > 0)
                send_whole(to, &pkts[i]);
            else
                send_cut(to, &pkts[i], k);
        }
    }
    return n;
}

static int memory_fd(const struct tern_link *l)
{
    (void)l;
    return -1;
}

static tern_ns memory_next(const struct tern_link *l) { return ((const struct end *)l)->n > 0 ? 0 : TERN_NEVER; }

static void free_pair(struct pair *p)
{
    for (int i = 0; i < 2; i++) free(p->end[i].ring);
    if (p->pool) pool_orphan(p->pool);
    free(p);
}

static void memory_close(struct tern_link *l)
{
    struct end *e = end_of(l);
    struct tern_buf *b;
    while (memory_recv(l, 0, NULL, &b, 1) == 1) tern_buf_unref(b);
    e->closed = true;
    if (e->peer->closed) free_pair(e->pair);
}

static const struct tern_link_ops memory_ops = {
    .name = "memory",
    .recv = memory_recv,
    .send = memory_send,
    .fd = memory_fd,
    .next = memory_next,
    .close = memory_close,
};

int tern_memory_pair(uint32_t mtu, uint32_t gso_max, size_t queue_n, struct tern_link **a, struct tern_link **b)
{

    struct pair *p = calloc(1, sizeof *p);
    if (!p) return TERN_ERR_NOMEM;
    p->queue_n = queue_n > 0 ? queue_n : 1;
    mem_init(&p->mem, &tern_alloc_libc, SIZE_MAX);
    p->pool = pool_new(&p->mem);
    for (int i = 0; i < 2; i++) {
        struct end *e = &p->end[i];
        e->link = (struct tern_link){&memory_ops, mtu, gso_max};
        e->pair = p;
        e->peer = &p->end[1 - i];
        e->ring = calloc(p->queue_n, sizeof(struct tern_buf *));
    }
    if (!p->pool || !p->end[0].ring || !p->end[1].ring) {
        free_pair(p);
        return TERN_ERR_NOMEM;
    }
    *a = &p->end[0].link;
    *b = &p->end[1].link;
    return 0;
}
