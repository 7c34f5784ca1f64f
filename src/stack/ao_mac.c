#include "ao_mac.h"

#include <nettle/cmac.h>
#include <nettle/hmac.h>
#include <sodium.h>
#include <string.h>

#include "bytes.h"
#include "must.h"
#include "stack_internal.h"

enum { AES_KEY_LEN = AES128_KEY_SIZE, INPUT_MAX = 1 + 6 + 2 * 16 + 2 * 2 + 2 * 4 + 2 };

/* ---- the two algorithms ---- */

struct prf {
    bool aes;
    union {
        struct hmac_sha1_ctx sha1;
        struct cmac_aes128_ctx aes;
    } u;
};

static void prf_begin(struct prf *f, bool aes, const uint8_t *key, size_t len)
{
    f->aes = aes;
    if (aes)
        cmac_aes128_set_key(&f->u.aes, key);
    else
        hmac_sha1_set_key(&f->u.sha1, len, key);
}

static void prf_add(struct prf *f, const void *data, size_t len)
{
    if (f->aes)
        cmac_aes128_update(&f->u.aes, len, data);
    else
        hmac_sha1_update(&f->u.sha1, len, data);
}

/* The first |len| bytes of it; nothing of the key stays. */
static void prf_end(struct prf *f, uint8_t *out, size_t len)
{
    if (f->aes)
        cmac_aes128_digest(&f->u.aes, len, out);
    else
        hmac_sha1_digest(&f->u.sha1, len, out);
    sodium_memzero(f, sizeof *f);
}

static bool is_aes(const struct tern_ao_key *k) { return k->alg == TERN_AO_AES_128_CMAC_96; }
static size_t traffic_len(const struct tern_ao_key *k) { return is_aes(k) ? AES_KEY_LEN : SHA1_DIGEST_SIZE; }

/* ---- traffic keys ---- */

/* i || Label || Context || Output_Length: one round makes as many bytes as are needed. */
static size_t derivation_input(const struct ao_context *x, size_t out_len, uint8_t in[INPUT_MAX])
{
    static const uint8_t begin[] = {1, 'T', 'C', 'P', '-', 'A', 'O'};
    bool v4 = tern_addr_is_v4(&x->src);
    size_t from = v4 ? 12 : 0, n = v4 ? 4 : 16, at = sizeof begin;
    memcpy(in, begin, sizeof begin);
    memcpy(in + at, x->src.b + from, n);
    memcpy(in + at + n, x->dst.b + from, n);
    at += 2 * n;
    be16_put(in + at, x->sport);
    be16_put(in + at + 2, x->dport);
    be32_put(in + at + 4, x->sisn);
    be32_put(in + at + 8, x->disn);
    be16_put(in + at + 12, (uint16_t)(8 * out_len));
    return at + 14;
}

/* RFC 5926 3.1.1 */
void ao_traffic_key(const struct tern_ao_key *k, const struct ao_context *x, uint8_t out[AO_TRAFFIC_KEY_MAX])
{
    struct prf f;
    uint8_t in[INPUT_MAX], master[AES_KEY_LEN] = {0};
    const uint8_t *key = k->key;
    if (is_aes(k) && k->len != AES_KEY_LEN) { /* RFC 5926 3.1.1.2: AES takes keys of one length only */
        prf_begin(&f, true, master, sizeof master);
        prf_add(&f, k->key, k->len);
        prf_end(&f, master, sizeof master);
        key = master;
    }
    prf_begin(&f, is_aes(k), key, k->len);
    prf_add(&f, in, derivation_input(x, traffic_len(k), in));
    prf_end(&f, out, traffic_len(k));
    sodium_memzero(master, sizeof master);
}

/* ---- segments ---- */

/* The header as it is covered: without checksum and MAC, which are not known yet, and perhaps without the other options. */
static size_t covered(const struct tern_ao_key *k, const struct ao_segment *g,
                      uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX])
{
    size_t mac_at = (size_t)(g->o->ao_mac - g->tcp), option_len = 4 + (size_t)g->o->ao_mac_len;
    memcpy(out, g->tcp, g->head_len);
    memset(out + 16, 0, 2);
    memset(out + mac_at, 0, g->o->ao_mac_len);
    if (!k->omit_options || !RULE(RFC 5925 5.1)) return g->head_len;
    memmove(out + WIRE_TCP_HEADER_LEN, out + mac_at - 4, option_len);
    return WIRE_TCP_HEADER_LEN + option_len;
}

/* RFC 5925 5.1, RFC 5926 3.2 */
void ao_mac(const struct tern_ao_key *k, const uint8_t *traffic_key, const struct ao_segment *g, uint8_t mac[AO_MAC_LEN])
{
    struct prf f;
    uint8_t sne[4], pseudo[SIGN_PSEUDO_MAX], head[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX];
    uint32_t len = g->head_len;
    for (unsigned i = 0; i < g->data_n; i++) len += g->data[i].len;
    be32_put(sne, g->sne);
    prf_begin(&f, is_aes(k), traffic_key, traffic_len(k));
    prf_add(&f, sne, sizeof sne);
    prf_add(&f, pseudo, sign_pseudo(g->src, g->dst, len, pseudo));
    prf_add(&f, head, covered(k, g, head));
    for (unsigned i = 0; i < g->data_n; i++) prf_add(&f, g->data[i].base, g->data[i].len);
    prf_end(&f, mac, AO_MAC_LEN);
}
