/* TCP MD5 signatures (RFC 2385). */
#include "stack_internal.h"

#include <nettle/md5.h>
#include <sodium.h>
#include <string.h>

#include "stack_host.h"

struct md5_key {
    struct signer sign; /* of a pair, or of a listener's list */
    struct tern_addr peer;
    uint8_t prefix_len; /* of |peer| */
    uint8_t len;
    uint8_t key[TERN_MD5_KEY_MAX];
};

/* ---- keys ---- */

static struct md5_key *key_of(struct signer *g) { return CONTAINER_OF(g, struct md5_key, sign); }

static void fill(struct md5_key *k, const void *key, size_t len)
{
    sodium_memzero(k->key, sizeof k->key);
    memcpy(k->key, key, len);
    k->len = (uint8_t)len;
}

void md5_forget(struct tern_stack *s, struct signer **at)
{
    struct md5_key *k = key_of(*at);
    *at = k->sign.next;
    s->sign_n--;
    sodium_memzero(k, sizeof *k);
    mem_put(&s->mem, k, sizeof *k);
}

/* The key at |*at|, or one made there. NULL: no memory. */
static struct md5_key *provide(struct tern_stack *s, struct signer **at)
{
    if (*at) return key_of(*at);
    struct md5_key *k = mem_zero(&s->mem, sizeof *k);
    if (!k) return NULL;
    s->sign_n++;
    *at = &k->sign;
    return k;
}

/* The key with the longest prefix. */
struct signer *md5_of_listener(const struct tern_listener *l, const struct tern_addr *peer)
{
    struct signer *best = NULL;
    for (struct signer *g = l->md5; g; g = g->next) {
        const struct md5_key *k = key_of(g);
        if (host_in_prefix(peer, &k->peer, k->prefix_len) && (!best || k->prefix_len > key_of(best)->prefix_len)) best = g;
    }
    return best;
}

bool md5_overlaps(const struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len)
{
    for (struct signer *g = l->md5; g; g = g->next)
        if (host_overlap(&key_of(g)->peer, key_of(g)->prefix_len, peer, prefix_len)) return true;
    return false;
}

bool md5_adopt(struct tern_listener *l, const struct tcp_tuple *t)
{
    struct signer *from = md5_of_listener(l, &t->raddr);
    if (!from) return true;
    struct md5_key *k = provide(l->s, sign_place(l->s, t));
    if (!k) return false;
    k->sign.t = *t;
    fill(k, key_of(from)->key, key_of(from)->len);
    return true;
}

void md5_listener_end(struct tern_listener *l)
{
    while (l->md5) md5_forget(l->s, &l->md5);
}

int tern_conn_md5(struct tern_conn *c, tern_ns now, const void *key, size_t len)
{
    struct tern_stack *s = stack_of(c);
    stack_time(s, now);
    if (len > TERN_MD5_KEY_MAX || (c->flags2 & F2_AO)) return TERN_ERR_INVAL;
    if (!(c->place & CONN_HASHED)) return TERN_ERR_NOTCONN;
    if (!len) {
        sign_forget(s, &c->node.t);
        c->flags2 &= ~(uint32_t)F2_MD5;
        mss_changed(c);
        return 0;
    }
    struct md5_key *k = provide(s, sign_place(s, &c->node.t));
    if (!k) return TERN_ERR_NOMEM;
    k->sign.t = c->node.t;
    fill(k, key, len);
    c->flags2 |= F2_MD5;
    mss_changed(c);
    return 0;
}

int tern_listener_md5(struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len, const void *key, size_t len)
{
    if (len > TERN_MD5_KEY_MAX || !sign_prefix_valid(peer, prefix_len)) return TERN_ERR_INVAL;
    struct signer **at = &l->md5;
    while (*at && (key_of(*at)->prefix_len != prefix_len || !host_in_prefix(peer, &key_of(*at)->peer, prefix_len)))
        at = &(*at)->next;
    if (!len) {
        if (!*at) return TERN_ERR_NOTCONN;
        md5_forget(l->s, at);
        return 0;
    }
    if (ao_overlaps(l, peer, prefix_len)) return TERN_ERR_INVAL;
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
    uint8_t head[SIGN_PSEUDO_MAX + WIRE_TCP_HEADER_LEN];
    size_t at = sign_pseudo(src, dst, segment_len, head);
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

size_t md5_build(struct tern_stack *s, struct signer *g, struct wire_tcp *h, const struct tern_pkt *pkt, uint8_t *tcp)
{
    static const uint8_t blank[MD5_DIGEST_SIZE];
    uint8_t digest[MD5_DIGEST_SIZE];
    struct wire_tcp_options o;
    struct md5_ctx ctx;
    h->opt.md5 = blank;
    size_t len = sign_layout(s, h, OPT_MD5, tcp, &o);
    begin(&ctx, &g->t.laddr, &g->t.raddr, tcp, (uint32_t)len + pkt->payload_len);
    for (unsigned i = 0; i < pkt->slices_n; i++) nettle_md5_update(&ctx, pkt->slice[i].len, pkt->slice[i].base);
    end(&ctx, key_of(g), digest);
    memcpy(tcp + (o.md5 - tcp), digest, sizeof digest);
    return len;
}

enum tern_drop md5_check(struct signer *g, const struct tcp_tuple *t, const struct tcp_seg *seg)
{
    const struct wire_tcp *h = &seg->h;
    if (!(h->opt.present & OPT_MD5)) return TERN_DROP_MD5_MISSING;
    struct md5_ctx ctx;
    uint8_t digest[MD5_DIGEST_SIZE];
    begin(&ctx, &t->raddr, &t->laddr, h->data - h->head_len, h->head_len + h->len);
    nettle_md5_update(&ctx, h->len, h->data);
    end(&ctx, key_of(g), digest);
    return sodium_memcmp(digest, h->opt.md5, sizeof digest) ? TERN_DROP_MD5_WRONG : TERN_DROP_NONE;
}
