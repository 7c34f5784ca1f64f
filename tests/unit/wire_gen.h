/* For the tests and fuzzers of wire: exact-size copies, a seeded generator of every legal struct wire_tcp, and their comparison.
 */
#ifndef TEST_WIRE_GEN_H
#define TEST_WIRE_GEN_H

#include <stdlib.h>
#include <string.h>

#include "tcp.h"

/* splitmix64: the same numbers everywhere. */
static inline uint64_t gen(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 .. n-1 */
static inline uint32_t gen_below(uint64_t *state, uint32_t n) { return (uint32_t)(gen(state) >> 33) % n; }

/* A copy that ends where its memory ends, so that AddressSanitizer sees a read past it; free() it. */
static inline uint8_t *exact_copy(const void *p, size_t len)
{
    uint8_t *copy = calloc(1, len ? len : 1);
    if (!copy) abort();
    if (len) memcpy(copy, p, len);
    return len ? copy : copy + 1;
}

static inline void exact_free(uint8_t *copy, size_t len) { free(len ? copy : copy - 1); }

static inline void gen_fields(uint64_t *s, struct wire_tcp_options *o, const uint8_t bytes[40])
{
    static const uint8_t cookies[] = {0, 4, 6, 8, 10, 12, 14, 16};
    o->mss = (uint16_t)gen(s);
    o->wscale = (uint8_t)gen(s);
    o->ts_val = (uint32_t)gen(s);
    o->ts_ecr = (uint32_t)gen(s);
    o->user_timeout = gen(s) & 0x7fff;
    o->user_timeout_minutes = gen(s) & 1;
    o->md5 = bytes;
    o->ao_key_id = (uint8_t)gen(s);
    o->ao_next_key_id = (uint8_t)gen(s);
    o->ao_mac = bytes + 1;
    o->ao_mac_len = (uint8_t)gen_below(s, 37);
    o->fastopen = bytes + 2;
    o->fastopen_len = cookies[gen_below(s, sizeof(cookies))];
    o->accecn_kind = gen(s) & 1 ? TCPOPT_ACCECN0 : TCPOPT_ACCECN1;
    o->accecn_n = (uint8_t)gen_below(s, 4);
    for (int i = 0; i < 3; i++) o->accecn[i] = gen(s) & 0xffffff;
    o->exp_kind = gen(s) & 1 ? TCPOPT_EXP1 : TCPOPT_EXP2;
    o->exp_len = (uint8_t)gen_below(s, 39);
    o->exp = bytes;
    for (int i = 0; i < 4; i++) o->sack[i] = (struct wire_sack){seq((uint32_t)gen(s)), seq((uint32_t)gen(s))};
}

/* Any legal segment without payload; its options fit, and those with bytes point into |bytes|, which is filled too. */
static inline void gen_tcp(uint64_t *s, struct wire_tcp *t, uint8_t bytes[40])
{
    memset(t, 0, sizeof(*t));
    t->src_port = (uint16_t)gen(s);
    t->dst_port = (uint16_t)gen(s);
    t->seq = seq((uint32_t)gen(s));
    t->ack = seq((uint32_t)gen(s));
    t->flags = gen(s) & 0x1ff;
    t->reserved = gen(s) & 7;
    t->wnd = (uint16_t)gen(s);
    t->csum = (uint16_t)gen(s);
    t->urp = (uint16_t)gen(s);
    for (int i = 0; i < 40; i++) bytes[i] = (uint8_t)gen(s);
    gen_fields(s, &t->opt, bytes);
    for (uint32_t tries = gen_below(s, 12); tries; tries--) {
        uint16_t had = t->opt.present;
        t->opt.present = (uint16_t)(had | 1u << gen_below(s, 11));
        t->opt.sack_n = t->opt.present & OPT_SACK ? (uint8_t)(t->opt.sack_n ? t->opt.sack_n : 1 + gen_below(s, 4)) : 0;
        if (wire_tcp_options_len(&t->opt) > WIRE_TCP_OPTIONS_MAX) t->opt.present = had;
        if (!(t->opt.present & OPT_SACK)) t->opt.sack_n = 0;
    }
}

static inline bool same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

static inline bool same_sack(const struct wire_tcp_options *a, const struct wire_tcp_options *b)
{
    if (a->sack_n != b->sack_n) return false;
    for (int i = 0; i < a->sack_n; i++)
        if (!seq_eq(a->sack[i].left, b->sack[i].left) || !seq_eq(a->sack[i].right, b->sack[i].right)) return false;
    return true;
}

static inline bool same_accecn(const struct wire_tcp_options *a, const struct wire_tcp_options *b)
{
    if (a->accecn_kind != b->accecn_kind || a->accecn_n != b->accecn_n) return false;
    for (int i = 0; i < a->accecn_n; i++)
        if (a->accecn[i] != b->accecn[i]) return false;
    return true;
}

/* Do both hold the same options, those that cannot be written aside? */
static inline bool same_options(const struct wire_tcp_options *a, const struct wire_tcp_options *b)
{
    unsigned has = a->present & ~(unsigned)(OPT_UNKNOWN | OPT_MALFORMED);
    if (has != (b->present & ~(unsigned)(OPT_UNKNOWN | OPT_MALFORMED))) return false;
    bool ok = same_sack(a, b);
    if (has & OPT_MSS) ok = ok && a->mss == b->mss;
    if (has & OPT_WSCALE) ok = ok && a->wscale == b->wscale;
    if (has & OPT_TIMESTAMPS) ok = ok && a->ts_val == b->ts_val && a->ts_ecr == b->ts_ecr;
    if (has & OPT_USER_TIMEOUT)
        ok = ok && a->user_timeout == b->user_timeout && a->user_timeout_minutes == b->user_timeout_minutes;
    if (has & OPT_MD5) ok = ok && same_bytes(a->md5, 16, b->md5, 16);
    if (has & OPT_AO)
        ok = ok && a->ao_key_id == b->ao_key_id && a->ao_next_key_id == b->ao_next_key_id &&
             same_bytes(a->ao_mac, a->ao_mac_len, b->ao_mac, b->ao_mac_len);
    if (has & OPT_FASTOPEN) ok = ok && same_bytes(a->fastopen, a->fastopen_len, b->fastopen, b->fastopen_len);
    if (has & OPT_ACCECN) ok = ok && same_accecn(a, b);
    if (has & OPT_EXPERIMENT) ok = ok && a->exp_kind == b->exp_kind && same_bytes(a->exp, a->exp_len, b->exp, b->exp_len);
    return ok;
}

/* Header fields, options and payload; |head_len| may differ, for paddings do. */
static inline bool same_tcp(const struct wire_tcp *a, const struct wire_tcp *b)
{
    return a->src_port == b->src_port && a->dst_port == b->dst_port && seq_eq(a->seq, b->seq) && seq_eq(a->ack, b->ack) &&
           a->flags == b->flags && a->reserved == b->reserved && a->wnd == b->wnd && a->csum == b->csum && a->urp == b->urp &&
           same_bytes(a->data, a->len, b->data, b->len) && same_options(&a->opt, &b->opt);
}

#endif
