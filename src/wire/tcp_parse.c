#include "tcp.h"

#include "bytes.h"
#include "must.h"

/* What stacks put before the timestamps of almost every segment (RFC 7323 appendix A): NOP, NOP, kind 8, length 10. */
#define TIMESTAMPS_WORD UINT32_C(0x0101080a)

enum { TIMESTAMPS_BLOCK_LEN = 12 };

/* Each of these reads one option |p| of |len| bytes, kind and length included, and returns its OPT_* bit, or OPT_MALFORMED when
 * the length is not one that its kind can have. */

static unsigned read_mss(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    if (len != 4) return OPT_MALFORMED;
    out->mss = be16_get(p + 2);
    return OPT_MSS;
}

static unsigned read_wscale(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    if (len != 3) return OPT_MALFORMED;
    out->wscale = p[2];
    return OPT_WSCALE;
}

/* RFC 2018 3: one to four blocks of two numbers. */
static unsigned read_sack(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    size_t n = (len - 2) / 8;
    if (len != 2 + 8 * n || n < 1 || n > 4) return OPT_MALFORMED;
    for (size_t i = 0; i < n; i++) {
        out->sack[i].left = seq(be32_get(p + 2 + 8 * i));
        out->sack[i].right = seq(be32_get(p + 6 + 8 * i));
    }
    out->sack_n = (uint8_t)n;
    return OPT_SACK;
}

static unsigned read_timestamps(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    if (len != 10) return OPT_MALFORMED;
    out->ts_val = be32_get(p + 2);
    out->ts_ecr = be32_get(p + 6);
    return OPT_TIMESTAMPS;
}

static unsigned read_user_timeout(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    if (len != 4) return OPT_MALFORMED;
    uint16_t v = be16_get(p + 2);
    out->user_timeout_minutes = v >> 15;
    out->user_timeout = v & 0x7fff;
    return OPT_USER_TIMEOUT;
}

static unsigned read_md5(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    if (len != 18) return OPT_MALFORMED;
    out->md5 = p + 2;
    return OPT_MD5;
}

static unsigned read_ao(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    if (len < 4) return OPT_MALFORMED;
    out->ao_key_id = p[2];
    out->ao_next_key_id = p[3];
    out->ao_mac = p + 4;
    out->ao_mac_len = (uint8_t)(len - 4);
    return OPT_AO;
}

/* RFC 7413 4.1.1: no cookie, or an even number of 4 to 16 bytes. */
static unsigned read_fastopen(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    if (len % 2 || len == 4 || len > 18) return OPT_MALFORMED;
    out->fastopen = p + 2;
    out->fastopen_len = (uint8_t)(len - 2);
    return OPT_FASTOPEN;
}

/* RFC 9768 3.2.3: of any length the whole 24-bit fields are used and the rest is padding. */
static unsigned read_accecn(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    size_t n = (len - 2) / 3;
    out->accecn_kind = p[0];
    out->accecn_n = (uint8_t)(n < 3 ? n : 3);
    for (size_t i = 0; i < out->accecn_n; i++) out->accecn[i] = be24_get(p + 2 + 3 * i);
    return OPT_ACCECN;
}

static unsigned read_experiment(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    if (out->present & OPT_EXPERIMENT) return OPT_EXPERIMENT;
    out->exp_kind = p[0];
    out->exp = p + 2;
    out->exp_len = (uint8_t)(len - 2);
    return OPT_EXPERIMENT;
}

static unsigned read_option(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    switch (p[0]) {
    case TCPOPT_MSS: return read_mss(p, len, out);
    case TCPOPT_WSCALE: return read_wscale(p, len, out);
    case TCPOPT_SACK_PERMITTED: return len == 2 ? OPT_SACK_PERMITTED : OPT_MALFORMED;
    case TCPOPT_SACK: return read_sack(p, len, out);
    case TCPOPT_TIMESTAMPS: return read_timestamps(p, len, out);
    case TCPOPT_USER_TIMEOUT: return read_user_timeout(p, len, out);
    case TCPOPT_MD5: return read_md5(p, len, out);
    case TCPOPT_AO: return read_ao(p, len, out);
    case TCPOPT_FASTOPEN: return read_fastopen(p, len, out);
    case TCPOPT_ACCECN0:
    case TCPOPT_ACCECN1: return read_accecn(p, len, out);
    case TCPOPT_EXP1:
    case TCPOPT_EXP2: return read_experiment(p, len, out);
    default: return OPT_UNKNOWN;
    }
}

/* RFC 9293 3.1: every option but EOL and NOP has a length (MUST-68), by which unknown ones are skipped (MUST-6); one that cannot
 * be ends the list (MUST-7). */
void wire_tcp_options_parse(const uint8_t *p, size_t len, struct wire_tcp_options *out)
{
    size_t at = 0;
    out->present = 0;
    out->sack_n = 0;
    if (len >= TIMESTAMPS_BLOCK_LEN && be32_get(p) == TIMESTAMPS_WORD) {
        out->present = (uint16_t)read_timestamps(p + 2, 10, out);
        at = TIMESTAMPS_BLOCK_LEN;
    }
    for (size_t n; at < len && (p[at] != OPTION_EOL || !MUST(4)); at += n) {
        n = option_len(p + at, GUARD(1) ? len - at : WIRE_TCP_OPTIONS_MAX);
        if (n == 0) {
            out->present |= OPT_MALFORMED;
            if (MUST(7)) return;
            n = 1;
        }
        if (n > 1 && (MUST(64) || at % 4 == 0)) out->present = (uint16_t)(out->present | read_option(p + at, n, out));
        if (!MUST(6) && (out->present & OPT_UNKNOWN)) return;
    }
}

/* RFC 9293 3.1, header format. */
enum wire_err wire_tcp_parse(const uint8_t *seg, size_t len, struct wire_tcp *out)
{
    if (len < WIRE_TCP_HEADER_LEN) return WIRE_SHORT;
    size_t head_len = (size_t)(seg[12] >> 4) * 4;
    if (head_len < WIRE_TCP_HEADER_LEN || (head_len > len && GUARD(2))) return WIRE_OFFSET;

    out->src_port = be16_get(seg);
    out->dst_port = be16_get(seg + 2);
    out->seq = seq(be32_get(seg + 4));
    out->ack = seq(be32_get(seg + 8));
    out->reserved = (seg[12] >> 1) & 7;
    out->flags = be16_get(seg + 12) & 0x1ff;
    out->wnd = be16_get(seg + 14);
    out->csum = be16_get(seg + 16);
    out->urp = be16_get(seg + 18);
    out->head_len = (uint8_t)head_len;
    out->len = (uint32_t)(len - head_len);
    out->data = seg + head_len;
    size_t options_len = MUST(5) || (out->flags & TH_SYN) ? head_len - WIRE_TCP_HEADER_LEN : 0;
    wire_tcp_options_parse(seg + WIRE_TCP_HEADER_LEN, options_len, &out->opt);
    return WIRE_OK;
}
