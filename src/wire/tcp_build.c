#include "tcp.h"

#include <string.h>

#include "bytes.h"
#include "must.h"

/* An option of |len| bytes with the NOPs before it that make it end at a word. */
static size_t padded(size_t len) { return (len + 3) & ~(size_t)3; }

/* Lengths on the wire of the options whose length is their own affair. */
static size_t sack_len(const struct wire_tcp_options *o) { return 2 + 8 * (size_t)o->sack_n; }
static size_t ao_len(const struct wire_tcp_options *o) { return 4 + (size_t)o->ao_mac_len; }
static size_t fastopen_len(const struct wire_tcp_options *o) { return 2 + (size_t)o->fastopen_len; }
static size_t accecn_len(const struct wire_tcp_options *o) { return 2 + 3 * (size_t)o->accecn_n; }
static size_t experiment_len(const struct wire_tcp_options *o) { return 2 + (size_t)o->exp_len; }

size_t wire_tcp_options_len(const struct wire_tcp_options *opt)
{
    unsigned has = opt->present;
    if (!(has & ~(unsigned)OPT_TIMESTAMPS)) return has ? padded(10) : 0;

    size_t len = 0;
    if (has & OPT_MD5) len += padded(18);
    if (has & OPT_AO) len += padded(ao_len(opt));
    if (has & OPT_MSS) len += padded(4);
    if (has & OPT_TIMESTAMPS)
        len += padded(10); /* SACK-permitted stands in place of the two NOPs */
    else if (has & OPT_SACK_PERMITTED)
        len += padded(2);
    if (has & OPT_WSCALE) len += padded(3);
    if (has & OPT_USER_TIMEOUT) len += padded(4);
    if (has & OPT_FASTOPEN) len += padded(fastopen_len(opt));
    if (has & OPT_EXPERIMENT) len += padded(experiment_len(opt));
    if (has & OPT_ACCECN) len += padded(accecn_len(opt));
    if (has & OPT_SACK) len += padded(sack_len(opt));
    return len;
}

/* Writes NOPs, kind and length; |*p| moves behind the option. Returns where its data goes. */
static uint8_t *put_option(uint8_t **p, uint8_t kind, size_t len)
{
    size_t pad = padded(len) - len;
    memset(*p, MUST(69) ? TCPOPT_NOP : TCPOPT_EOL, pad); /* behind an end of list there would be zeros only */
    uint8_t *option = *p + pad;
    option[0] = kind;
    option[1] = MUST(68) ? (uint8_t)len : 0;
    *p = option + len;
    return option + 2;
}

static void put_bytes(uint8_t *to, const uint8_t *from, size_t len)
{
    if (len) memcpy(to, from, len);
}

static void put_timestamps(uint8_t **p, const struct wire_tcp_options *o)
{
    uint8_t *block = *p;
    uint8_t *data = put_option(p, TCPOPT_TIMESTAMPS, 10);
    be32_put(data, o->ts_val);
    be32_put(data + 4, o->ts_ecr);
    if (o->present & OPT_SACK_PERMITTED) {
        block[0] = TCPOPT_SACK_PERMITTED;
        block[1] = 2;
    }
}

static void put_authentication(uint8_t **p, const struct wire_tcp_options *o)
{
    if (o->present & OPT_MD5) put_bytes(put_option(p, TCPOPT_MD5, 18), o->md5, 16);
    if (o->present & OPT_AO) {
        uint8_t *data = put_option(p, TCPOPT_AO, ao_len(o));
        data[0] = o->ao_key_id;
        data[1] = o->ao_next_key_id;
        put_bytes(data + 2, o->ao_mac, o->ao_mac_len);
    }
}

/* What mostly a SYN has, timestamps among it. */
static void put_negotiation(uint8_t **p, const struct wire_tcp_options *o)
{
    unsigned has = o->present;
    if (has & OPT_MSS) be16_put(put_option(p, TCPOPT_MSS, 4), o->mss);
    if (has & OPT_TIMESTAMPS)
        put_timestamps(p, o);
    else if (has & OPT_SACK_PERMITTED)
        put_option(p, TCPOPT_SACK_PERMITTED, 2);
    if (has & OPT_WSCALE) *put_option(p, TCPOPT_WSCALE, 3) = o->wscale;
    if (has & OPT_USER_TIMEOUT) {
        unsigned v = (o->user_timeout_minutes ? 0x8000u : 0) | (o->user_timeout & 0x7fffu);
        be16_put(put_option(p, TCPOPT_USER_TIMEOUT, 4), (uint16_t)v);
    }
    if (has & OPT_FASTOPEN) put_bytes(put_option(p, TCPOPT_FASTOPEN, fastopen_len(o)), o->fastopen, o->fastopen_len);
    if (has & OPT_EXPERIMENT) put_bytes(put_option(p, o->exp_kind, experiment_len(o)), o->exp, o->exp_len);
}

static void put_feedback(uint8_t **p, const struct wire_tcp_options *o)
{
    if (o->present & OPT_ACCECN) {
        uint8_t *data = put_option(p, o->accecn_kind, accecn_len(o));
        for (size_t i = 0; i < o->accecn_n; i++) be24_put(data + 3 * i, o->accecn[i]);
    }
    if (o->present & OPT_SACK) {
        uint8_t *data = put_option(p, TCPOPT_SACK, sack_len(o));
        for (size_t i = 0; i < o->sack_n; i++) {
            be32_put(data + 8 * i, o->sack[i].left.v);
            be32_put(data + 8 * i + 4, o->sack[i].right.v);
        }
    }
}

static void put_options(uint8_t *p, const struct wire_tcp_options *o)
{
    if (o->present == OPT_TIMESTAMPS) {
        put_timestamps(&p, o);
        return;
    }
    put_authentication(&p, o);
    put_negotiation(&p, o);
    put_feedback(&p, o);
}

size_t wire_tcp_build(const struct wire_tcp *t, uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX])
{
    size_t options_len = wire_tcp_options_len(&t->opt);
    if (options_len > WIRE_TCP_OPTIONS_MAX) return 0;
    size_t head_len = WIRE_TCP_HEADER_LEN + options_len;

    be16_put(out, t->src_port);
    be16_put(out + 2, t->dst_port);
    be32_put(out + 4, t->seq.v);
    be32_put(out + 8, t->ack.v);
    be16_put(out + 12, (uint16_t)(head_len / 4 << 12 | (t->reserved & 7u) << 9 | (t->flags & 0x1ffu)));
    be16_put(out + 14, t->wnd);
    be16_put(out + 16, t->csum);
    be16_put(out + 18, t->urp);
    if (options_len) put_options(out + WIRE_TCP_HEADER_LEN, &t->opt);
    return head_len;
}
