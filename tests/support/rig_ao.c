#include "rig_ao.h"

#include <nettle/cmac.h>
#include <nettle/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void aes(const uint8_t *key, const uint8_t *p, size_t len, size_t out_len, uint8_t *out)
{
    struct cmac_aes128_ctx c;
    cmac_aes128_set_key(&c, key);
    cmac_aes128_update(&c, len, p);
    cmac_aes128_digest(&c, out_len, out);
}

static void sha1(const uint8_t *key, size_t key_len, const uint8_t *p, size_t len, size_t out_len, uint8_t *out)
{
    struct hmac_sha1_ctx c;
    hmac_sha1_set_key(&c, key_len, key);
    hmac_sha1_update(&c, len, p);
    hmac_sha1_digest(&c, out_len, out);
}

static size_t put(uint8_t *at, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++) at[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    return n;
}

static size_t put_addrs(uint8_t *at, const struct rig_ao *g)
{
    size_t n = tern_addr_is_v4(&g->src) ? 4 : 16;
    memcpy(at, g->src.b + 16 - n, n);
    memcpy(at + n, g->dst.b + 16 - n, n);
    return 2 * n;
}

static void traffic_key(const struct tern_ao_key *k, const struct rig_ao *g, uint8_t out[20])
{
    uint8_t in[64], short_key[16] = {0};
    bool is_aes = k->alg == TERN_AO_AES_128_CMAC_96;
    size_t at = put(in, 1, 1);
    memcpy(in + at, "TCP-AO", 6);
    at += 6;
    at += put_addrs(in + at, g);
    memcpy(in + at, g->tcp, 4); /* ports */
    at += 4;
    at += put(in + at, g->sisn, 4);
    at += put(in + at, g->disn, 4);
    at += put(in + at, is_aes ? 128 : 160, 2);
    if (!is_aes) {
        sha1(k->key, k->len, in, at, 20, out);
        return;
    }
    if (k->len == 16)
        memcpy(short_key, k->key, 16);
    else
        aes(short_key, k->key, k->len, 16, short_key);
    aes(short_key, in, at, 16, out);
}

/* Where the option begins. */
static size_t option_at(const struct rig_ao *g)
{
    size_t at = 20;
    while (at < g->head_len && g->tcp[at] != 29) at += g->tcp[at] == 1 ? 1 : g->tcp[at + 1];
    assert_true(at + 16 <= g->head_len && g->tcp[at + 1] == 16);
    return at;
}

void rig_ao_mac(const struct tern_ao_key *k, const struct rig_ao *g, uint8_t traffic[20], uint8_t mac[12])
{
    uint8_t own[20], *key = traffic ? traffic : own;
    uint8_t *all = calloc(1, 4 + 40 + g->head_len + g->len);
    size_t segment_len = g->head_len + g->len, option = option_at(g), at = put(all, g->sne, 4);
    bool v4 = tern_addr_is_v4(&g->src);
    traffic_key(k, g, key);
    at += put_addrs(all + at, g);
    at += v4 ? put(all + at, (uint64_t)6 << 16 | segment_len, 4) : put(all + at, segment_len << 32 | 6, 8);
    memcpy(all + at, g->tcp, 16);
    memcpy(all + at + 18, g->tcp + 18, 2);
    at += 20;
    if (k->omit_options) {
        memcpy(all + at, g->tcp + option, 4);
        at += 16;
    } else {
        memcpy(all + at, g->tcp + 20, g->head_len - 20);
        memset(all + at + option - 20 + 4, 0, 12);
        at += g->head_len - 20;
    }
    memcpy(all + at, g->tcp + g->head_len, g->len);
    at += g->len;
    if (k->alg == TERN_AO_AES_128_CMAC_96)
        aes(key, all, at, 12, mac);
    else
        sha1(key, 20, all, at, 12, mac);
    free(all);
}
