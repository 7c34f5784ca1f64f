#include "tcp.h"

#include <string.h>

#include "bytes.h"
#include "must.h"

/* ---- where options stand ---- */

enum fit {
    WORD,   /* NOPs before it make it end at a word */
    LOOSE,  /* where the one before it ended */
    WITH_TS /* right before timestamps, in place of the two NOPs; without timestamps as WORD */
};

struct place {
    uint16_t option; /* OPT_*; 0: the end of the list */
    uint8_t fit;
};

static const struct layout {
    struct place place[12];
    uint8_t pad; /* what fills up the last word: TCPOPT_NOP, or TCPOPT_EOL and zeros */
} layouts[] = {
    [WIRE_LAYOUT_OWN] = {{{OPT_MD5, WORD},
                          {OPT_AO, WORD},
                          {OPT_MSS, WORD},
                          {OPT_SACK_PERMITTED, WITH_TS},
                          {OPT_TIMESTAMPS, WORD},
                          {OPT_WSCALE, WORD},
                          {OPT_USER_TIMEOUT, WORD},
                          {OPT_FASTOPEN, WORD},
                          {OPT_EXPERIMENT, WORD},
                          {OPT_ACCECN, WORD},
                          {OPT_SACK, WORD}},
                         TCPOPT_NOP},
    [WIRE_LAYOUT_LINUX] = {{{OPT_MD5, WORD},
                            {OPT_AO, WORD},
                            {OPT_MSS, WORD},
                            {OPT_SACK_PERMITTED, WITH_TS},
                            {OPT_TIMESTAMPS, WORD},
                            {OPT_WSCALE, WORD},
                            {OPT_USER_TIMEOUT, WORD},
                            {OPT_SACK, WORD},
                            {OPT_ACCECN, LOOSE},
                            {OPT_FASTOPEN, LOOSE},
                            {OPT_EXPERIMENT, LOOSE}},
                           TCPOPT_NOP},
    [WIRE_LAYOUT_FREEBSD] = {{{OPT_MSS, WORD},
                              {OPT_WSCALE, WORD},
                              {OPT_SACK_PERMITTED, LOOSE},
                              {OPT_TIMESTAMPS, WORD},
                              {OPT_MD5, WORD},
                              {OPT_SACK, WORD},
                              {OPT_FASTOPEN, LOOSE},
                              {OPT_AO, LOOSE},
                              {OPT_USER_TIMEOUT, LOOSE},
                              {OPT_EXPERIMENT, LOOSE},
                              {OPT_ACCECN, LOOSE}},
                             TCPOPT_EOL},
};

static size_t length_of(const struct wire_tcp_options *o, uint16_t option)
{
    switch (option) {
    case OPT_SACK_PERMITTED: return 2;
    case OPT_WSCALE: return 3;
    case OPT_MSS:
    case OPT_USER_TIMEOUT: return 4;
    case OPT_TIMESTAMPS: return 10;
    case OPT_MD5: return 18;
    case OPT_SACK: return 2 + 8 * (size_t)o->sack_n;
    case OPT_AO: return 4 + (size_t)o->ao_mac_len;
    case OPT_FASTOPEN: return 2 + (size_t)o->fastopen_len;
    case OPT_ACCECN: return 2 + 3 * (size_t)o->accecn_n;
    case OPT_EXPERIMENT: return 2 + (size_t)o->exp_len;
    default: return 0;
    }
}

/* NOPs before an option of |len| bytes that would begin at |at|. */
static size_t nops(const struct wire_tcp_options *o, uint8_t fit, size_t at, size_t len)
{
    if (fit == LOOSE || (fit == WITH_TS && o->present & OPT_TIMESTAMPS)) return 0;
    return -(at + len) & 3;
}

static size_t padded(size_t len) { return (len + 3) & ~(size_t)3; }

static size_t options_len(const struct wire_tcp_options *o, enum wire_layout layout)
{
    if (!(o->present & ~(unsigned)OPT_TIMESTAMPS)) return o->present ? 12 : 0; /* what nearly all segments have */
    size_t at = 0;
    for (const struct place *p = layouts[layout].place; p->option; p++) {
        if (!(o->present & p->option)) continue;
        size_t len = length_of(o, p->option);
        at += nops(o, p->fit, at, len) + len;
    }
    return padded(at);
}

size_t wire_tcp_options_len(const struct wire_tcp_options *opt) { return options_len(opt, WIRE_LAYOUT_OWN); }

/* ---- what stands in them ---- */

static void put_bytes(uint8_t *to, const uint8_t *from, size_t len)
{
    if (len) memcpy(to, from, len);
}

static void put_timestamps(uint8_t *data, const struct wire_tcp_options *o)
{
    be32_put(data, o->ts_val);
    be32_put(data + 4, o->ts_ecr);
}

static void put_ao(uint8_t *data, const struct wire_tcp_options *o)
{
    data[0] = o->ao_key_id;
    data[1] = o->ao_next_key_id;
    put_bytes(data + 2, o->ao_mac, o->ao_mac_len);
}

static void put_sack(uint8_t *data, const struct wire_tcp_options *o)
{
    for (size_t i = 0; i < o->sack_n; i++) {
        be32_put(data + 8 * i, o->sack[i].left.v);
        be32_put(data + 8 * i + 4, o->sack[i].right.v);
    }
}

/* Kind and data of one option at |p|; its length byte is the caller's. */
static uint8_t put_option(uint8_t *p, const struct wire_tcp_options *o, uint16_t option)
{
    uint8_t *data = p + 2;
    switch (option) {
    case OPT_MSS: be16_put(data, o->mss); return TCPOPT_MSS;
    case OPT_WSCALE: data[0] = o->wscale; return TCPOPT_WSCALE;
    case OPT_SACK_PERMITTED: return TCPOPT_SACK_PERMITTED;
    case OPT_TIMESTAMPS: put_timestamps(data, o); return TCPOPT_TIMESTAMPS;
    case OPT_MD5: put_bytes(data, o->md5, 16); return TCPOPT_MD5;
    case OPT_AO: put_ao(data, o); return TCPOPT_AO;
    case OPT_SACK: put_sack(data, o); return TCPOPT_SACK;
    case OPT_FASTOPEN: put_bytes(data, o->fastopen, o->fastopen_len); return TCPOPT_FASTOPEN;
    case OPT_USER_TIMEOUT:
        be16_put(data, (uint16_t)((o->user_timeout_minutes ? 0x8000u : 0) | (o->user_timeout & 0x7fffu)));
        return TCPOPT_USER_TIMEOUT;
    case OPT_ACCECN:
        for (size_t i = 0; i < o->accecn_n; i++) be24_put(data + 3 * i, o->accecn[i]);
        return o->accecn_kind;
    default: put_bytes(data, o->exp, o->exp_len); return o->exp_kind;
    }
}

static void put_options(uint8_t *p, const struct wire_tcp_options *o, enum wire_layout layout, size_t total)
{
    if (o->present == OPT_TIMESTAMPS) { /* the same in every layout, and what nearly all segments have */
        p[0] = p[1] = MUST(69) ? TCPOPT_NOP : TCPOPT_EOL;
        p[2] = TCPOPT_TIMESTAMPS, p[3] = MUST(68) ? 10 : 0;
        put_timestamps(p + 4, o);
        return;
    }
    size_t at = 0;
    for (const struct place *w = layouts[layout].place; w->option; w++) {
        if (!(o->present & w->option)) continue;
        size_t len = length_of(o, w->option), pad = nops(o, w->fit, at, len);
        memset(p + at, MUST(69) ? TCPOPT_NOP : TCPOPT_EOL, pad); /* behind an end of list there would be zeros only */
        at += pad;
        p[at] = put_option(p + at, o, w->option);
        p[at + 1] = MUST(68) ? (uint8_t)len : 0;
        at += len;
    }
    memset(p + at, layouts[layout].pad, total - at); /* EOL and the padding behind it are both zero */
}

size_t wire_tcp_build_as(const struct wire_tcp *t, enum wire_layout layout,
                         uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX])
{
    size_t len = options_len(&t->opt, layout);
    if (len > WIRE_TCP_OPTIONS_MAX) return 0;
    size_t head_len = WIRE_TCP_HEADER_LEN + len;

    be16_put(out, t->src_port);
    be16_put(out + 2, t->dst_port);
    be32_put(out + 4, t->seq.v);
    be32_put(out + 8, t->ack.v);
    be16_put(out + 12, (uint16_t)(head_len / 4 << 12 | (t->reserved & 7u) << 9 | (t->flags & 0x1ffu)));
    be16_put(out + 14, t->wnd);
    be16_put(out + 16, t->csum);
    be16_put(out + 18, t->urp);
    if (len) put_options(out + WIRE_TCP_HEADER_LEN, &t->opt, layout, len);
    return head_len;
}

size_t wire_tcp_build(const struct wire_tcp *t, uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX])
{
    return wire_tcp_build_as(t, WIRE_LAYOUT_OWN, out);
}
