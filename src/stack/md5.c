/* TCP MD5 signatures (RFC 2385). Keys of connections, half-open and TIME-WAIT ones included, stand beside the table, by the
 * pair's endpoints, because hardly any pair has one; those of a listener by the peer's address. Whatever is sent is signed where
 * packets are built, and verified before any state is looked at. */
#include "stack_internal.h"

#include <nettle/md5.h>
#include <sodium.h>
#include <string.h>

#include "bytes.h"
#include "stack_host.h"

struct md5_key {
    struct md5_key *next; /* in its bucket, or of its listener */
    struct tcp_tuple t;   /* of a pair */
    struct tern_addr peer;
    uint8_t prefix_len; /* of |peer| */
    uint8_t len;
    uint8_t key[TERN_MD5_KEY_MAX];
};

/* ---- keys ---- */

static struct md5_key **place_of(struct tern_stack *s, const struct tcp_tuple *t)
{
    struct md5_key **at = &s->md5[(t->lport ^ t->rport) % ROUTE_BUCKETS];
    while (*at && memcmp(&(*at)->t, t, sizeof *t) != 0) at = &(*at)->next;
    return at;
}

static void fill(struct md5_key *k, const void *key, size_t len)
{
    sodium_memzero(k->key, sizeof k->key);
    memcpy(k->key, key, len);
    k->len = (uint8_t)len;
}

static void forget(struct tern_stack *s, struct md5_key **at)
{
    struct md5_key *k = *at;
    *at = k->next;
    s->md5_n--;
    sodium_memzero(k, sizeof *k);
    mem_put(&s->mem, k, sizeof *k);
}

/* The key at |*at|, or one made there. NULL: no memory. */
static struct md5_key *provide(struct tern_stack *s, struct md5_key **at)
{
    if (!*at && (*at = mem_zero(&s->mem, sizeof **at)) != NULL) s->md5_n++;
    return *at;
}

/* A listener's key for |peer|: the one with the longest prefix. */
static const struct md5_key *of_listener(const struct tern_listener *l, const struct tern_addr *peer)
{
    const struct md5_key *best = NULL;
    for (const struct md5_key *k = l->md5; k; k = k->next)
        if (host_in_prefix(peer, &k->peer, k->prefix_len) && (!best || k->prefix_len > best->prefix_len)) best = k;
    return best;
}

/* The key for |t|, whether there is something at the pair or a listener would take it. */
static const struct md5_key *find(struct tern_stack *s, const struct tcp_tuple *t)
{
    if (!s->md5_n) return NULL;
    const struct md5_key *k = *place_of(s, t);
    if (k || table_find(s, t)) return k;
    const struct tern_listener *l = listener_find(s, t);
    return l ? of_listener(l, &t->raddr) : NULL;
}

bool md5_has(struct tern_stack *s, const struct tcp_tuple *t) { return s->md5_n && *place_of(s, t); }

bool md5_adopt(struct tern_listener *l, const struct tcp_tuple *t)
{
    struct tern_stack *s = l->s;
    if (!s->md5_n) return true;
    const struct md5_key *of = of_listener(l, &t->raddr);
    if (!of) {
        md5_forget(s, t);
        return true;
    }
    struct md5_key *k = provide(s, place_of(s, t));
    if (!k) return false;
    k->t = *t;
    fill(k, of->key, of->len);
    return true;
}

void md5_forget(struct tern_stack *s, const struct tcp_tuple *t)
{
    if (!s->md5_n) return;
    struct md5_key **at = place_of(s, t);
    if (*at) forget(s, at);
}

void md5_listener_end(struct tern_listener *l)
{
    while (l->md5) forget(l->s, &l->md5);
}

int tern_conn_md5(struct tern_conn *c, tern_ns now, const void *key, size_t len)
{
    struct tern_stack *s = stack_of(c);
    stack_time(s, now);
    if (len > TERN_MD5_KEY_MAX) return TERN_ERR_INVAL;
    if (!(c->place & CONN_HASHED)) return TERN_ERR_NOTCONN;
    if (!len) {
        md5_forget(s, &c->node.t);
        c->flags2 &= ~(uint32_t)F2_MD5;
        mss_changed(c);
        return 0;
    }
    struct md5_key *k = provide(s, place_of(s, &c->node.t));
    if (!k) return TERN_ERR_NOMEM;
    k->t = c->node.t;
    fill(k, key, len);
    c->flags2 |= F2_MD5;
    mss_changed(c);
    return 0;
}

int tern_listener_md5(struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len, const void *key, size_t len)
{
    if (len > TERN_MD5_KEY_MAX || prefix_len > (tern_addr_is_v4(peer) ? 32 : 128)) return TERN_ERR_INVAL;
    struct md5_key **at = &l->md5;
    while (*at && ((*at)->prefix_len != prefix_len || !host_in_prefix(peer, &(*at)->peer, prefix_len))) at = &(*at)->next;
    if (!len) {
        if (!*at) return TERN_ERR_NOTCONN;
        forget(l->s, at);
        return 0;
    }
    struct md5_key *k = provide(l->s, at);
    if (!k) return TERN_ERR_NOMEM;
    k->peer = *peer;
    k->prefix_len = prefix_len;
    fill(k, key, len);
    return 0;
}

/* ---- signatures ---- */

/* RFC 2385 2.0, the first two items: the pseudo-header, and the TCP header at |tcp| without its options, its checksum zero. */
static void begin(struct md5_ctx *ctx, const struct tern_addr *src, const struct tern_addr *dst, const uint8_t *tcp,
                  uint32_t segment_len)
{
    bool v4 = tern_addr_is_v4(src);
    uint8_t head[40 + WIRE_TCP_HEADER_LEN] = {0};
    size_t from = v4 ? 12 : 0, n = v4 ? 4 : 16, at = 2 * n;
    memcpy(head, src->b + from, n);
    memcpy(head + n, dst->b + from, n);
    if (v4) {
        head[at + 1] = IPPROTO_TCP_;
        be16_put(head + at + 2, (uint16_t)segment_len);
    } else {
        be32_put(head + at, segment_len);
        head[at + 7] = IPPROTO_TCP_;
    }
    at += v4 ? 4 : 8;
    memcpy(head + at, tcp, WIRE_TCP_HEADER_LEN);
    memset(head + at + 16, 0, 2);
    nettle_md5_init(ctx);
    nettle_md5_update(ctx, at + WIRE_TCP_HEADER_LEN, head);
}

static void end(struct md5_ctx *ctx, const struct md5_key *k, uint8_t digest[MD5_DIGEST_SIZE])
{
    nettle_md5_update(ctx, k->len, k->key);
    nettle_md5_digest(ctx, MD5_DIGEST_SIZE, digest);
}

bool md5_sign(struct tern_stack *s, const struct tcp_tuple *t, const uint8_t *tcp, uint32_t head_len, const struct tern_pkt *pkt,
              uint8_t digest[16])
{
    const struct md5_key *k = find(s, t);
    struct md5_ctx ctx;
    if (!k) return false;
    begin(&ctx, &t->laddr, &t->raddr, tcp, head_len + pkt->payload_len);
    for (unsigned i = 0; i < pkt->slices_n; i++) nettle_md5_update(&ctx, pkt->slice[i].len, pkt->slice[i].base);
    end(&ctx, k, digest);
    return true;
}

enum tern_drop md5_check(struct tern_stack *s, const struct tcp_tuple *t, const struct tcp_seg *seg)
{
    const struct wire_tcp *h = &seg->h;
    const struct md5_key *k = find(s, t);
    bool signed_ = (h->opt.present & OPT_MD5) != 0;
    if (!k) return signed_ ? TERN_DROP_MD5_UNEXPECTED : TERN_DROP_NONE;
    if (!signed_) return TERN_DROP_MD5_MISSING;
    struct md5_ctx ctx;
    uint8_t digest[MD5_DIGEST_SIZE];
    begin(&ctx, &t->raddr, &t->laddr, h->data - h->head_len, h->head_len + h->len);
    nettle_md5_update(&ctx, h->len, h->data);
    end(&ctx, k, digest);
    return sodium_memcmp(digest, h->opt.md5, sizeof digest) ? TERN_DROP_MD5_WRONG : TERN_DROP_NONE;
}
