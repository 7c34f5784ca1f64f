#include "plain_wire.h"

static uint32_t number(const uint8_t *p, size_t at, unsigned bytes)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < bytes; i++) v = v * 256 + p[at + i];
    return v;
}

/* ---- TCP options ---- */

static bool sack_len(size_t len) { return len == 10 || len == 18 || len == 26 || len == 34; }

static bool cookie_len(size_t len)
{
    return len == 2 || len == 6 || len == 8 || len == 10 || len == 12 || len == 14 || len == 16 || len == 18;
}

/* May an option of |kind| be so long? Of those that are known. */
static bool right_len(unsigned kind, size_t len)
{
    switch (kind) {
    case 2: return len == 4;         /* RFC 9293 3.2: maximum segment size */
    case 3: return len == 3;         /* RFC 7323 2.2: window scale */
    case 4: return len == 2;         /* RFC 2018 2: SACK-permitted */
    case 5: return sack_len(len);    /* RFC 2018 3 */
    case 8: return len == 10;        /* RFC 7323 3.2: timestamps */
    case 19: return len == 18;       /* RFC 2385 3: MD5 */
    case 28: return len == 4;        /* RFC 5482 3: user timeout */
    case 29: return len >= 4;        /* RFC 5925 2.2: TCP-AO */
    case 34: return cookie_len(len); /* RFC 7413 2: Fast Open */
    default: return true;            /* RFC 9768 3.2.3, RFC 6994: any */
    }
}

static unsigned bit_of(unsigned kind)
{
    switch (kind) {
    case 2: return OPT_MSS;
    case 3: return OPT_WSCALE;
    case 4: return OPT_SACK_PERMITTED;
    case 5: return OPT_SACK;
    case 8: return OPT_TIMESTAMPS;
    case 19: return OPT_MD5;
    case 28: return OPT_USER_TIMEOUT;
    case 29: return OPT_AO;
    case 34: return OPT_FASTOPEN;
    case 172:
    case 174: return OPT_ACCECN;
    case 253:
    case 254: return OPT_EXPERIMENT;
    default: return OPT_UNKNOWN;
    }
}

static void read_accecn(const uint8_t *p, size_t at, size_t len, struct plain_options *o)
{
    o->accecn_kind = p[at];
    o->accecn_n = 0;
    if (len >= 5) o->accecn[o->accecn_n++] = number(p, at + 2, 3);
    if (len >= 8) o->accecn[o->accecn_n++] = number(p, at + 5, 3);
    if (len >= 11) o->accecn[o->accecn_n++] = number(p, at + 8, 3);
}

static void read_option(const uint8_t *p, size_t at, size_t len, struct plain_options *o)
{
    const struct plain_bytes body = {at + 2, len - 2};
    switch (p[at]) {
    case 2: o->mss = number(p, at + 2, 2); break;
    case 3: o->wscale = p[at + 2]; break;
    case 5:
        o->sack_n = 0;
        for (size_t block = at + 2; block < at + len; block += 8) {
            o->left[o->sack_n] = number(p, block, 4);
            o->right[o->sack_n] = number(p, block + 4, 4);
            o->sack_n++;
        }
        break;
    case 8:
        o->ts_val = number(p, at + 2, 4);
        o->ts_ecr = number(p, at + 6, 4);
        break;
    case 19: o->md5 = body; break;
    case 28:
        o->user_timeout_minutes = p[at + 2] >= 128;
        o->user_timeout = number(p, at + 2, 2) % 32768;
        break;
    case 29:
        o->ao_key_id = p[at + 2];
        o->ao_next_key_id = p[at + 3];
        o->ao_mac = (struct plain_bytes){at + 4, len - 4};
        break;
    case 34: o->fastopen = body; break;
    case 172:
    case 174: read_accecn(p, at, len, o); break;
    case 253:
    case 254:
        if (o->present & OPT_EXPERIMENT) break; /* the first counts */
        o->exp_kind = p[at];
        o->exp = body;
        break;
    default: break;
    }
}

void plain_options_read(const uint8_t *p, size_t n, struct plain_options *out)
{
    size_t at = 0;
    *out = (struct plain_options){0};
    while (at < n) {
        if (p[at] == 0) return;
        if (p[at] == 1) {
            at = at + 1;
            continue;
        }
        if (at + 1 == n || p[at + 1] < 2 || at + p[at + 1] > n) {
            out->present |= OPT_MALFORMED;
            return;
        }
        if (right_len(p[at], p[at + 1])) {
            read_option(p, at, p[at + 1], out);
            out->present |= bit_of(p[at]);
        } else {
            out->present |= OPT_MALFORMED;
        }
        at = at + p[at + 1];
    }
}

/* ---- TCP ---- */

bool plain_tcp_read(const uint8_t *p, size_t n, struct plain_tcp *out)
{
    if (n < 20) return false;
    out->src_port = number(p, 0, 2);
    out->dst_port = number(p, 2, 2);
    out->seq = number(p, 4, 4);
    out->ack = number(p, 8, 4);
    out->offset = p[12] / 16 * 4u;
    out->reserved = p[12] % 16 / 2;
    out->flags = number(p, 12, 2) % 512; /* AE, which was reserved, is one (RFC 9768) */
    out->wnd = number(p, 14, 2);
    out->csum = number(p, 16, 2);
    out->urp = number(p, 18, 2);
    if (out->offset < 20 || out->offset > n) return false;
    out->payload = (struct plain_bytes){out->offset, n - out->offset};
    plain_options_read(p + 20, out->offset - 20, &out->opt);
    return true;
}

/* ---- IPv4 ---- */

static bool sums_up(const uint8_t *p, size_t n, uint32_t sum)
{
    for (size_t i = 0; i < n; i++) {
        sum += i % 2 ? p[i] : p[i] * 256u;
        if (sum > 65535) sum -= 65535;
    }
    return sum == 65535;
}

/* No more than one route; where it is, 0: there is none. */
static bool find_route(const uint8_t *p, size_t end, size_t *route)
{
    size_t at = 20;
    *route = 0;
    while (at < end && p[at] != 0) {
        if (p[at] == 1) {
            at = at + 1;
            continue;
        }
        if (at + 1 == end || p[at + 1] < 2 || at + p[at + 1] > end) return false;
        if (p[at] == 131 || p[at] == 137) {
            if (*route || p[at + 1] < 3 || p[at + 1] % 4 != 3 || p[at + 2] < 4 || p[at + 2] % 4) return false;
            *route = at;
        }
        at = at + p[at + 1];
    }
    return true;
}

static bool same4(const uint8_t *a, const uint8_t *b) { return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3]; }

/* Its pointer stands behind the last address: no stop is left. Who sent it is no stop. */
static bool read_route(const uint8_t *p, size_t at, struct plain_ip *out)
{
    if (p[at + 2] <= p[at + 1]) return false;
    for (size_t stop = at + 3; stop < at + p[at + 1]; stop += 4) {
        if (stop == at + 3 && same4(p + stop, p + 12)) continue;
        for (int i = 0; i < 4; i++) out->route[out->route_n][i] = p[stop + (size_t)i];
        out->route_n++;
    }
    return true;
}

static bool host4(const uint8_t *a)
{
    bool nobody = a[0] == 0 && a[1] == 0 && a[2] == 0 && a[3] == 0;
    bool everybody = a[0] == 255 && a[1] == 255 && a[2] == 255 && a[3] == 255;
    bool group = a[0] >= 224 && a[0] <= 239;
    return !nobody && !everybody && !group;
}

static bool answered(unsigned proto) { return proto == 1 || proto == 6 || proto == 58; }

static bool read_ip4(const uint8_t *p, size_t n, bool routes, struct plain_ip *out)
{
    size_t route;
    if (n < 20) return false;
    out->head_len = p[0] % 16 * 4u;
    out->tos = p[1];
    out->len = number(p, 2, 2);
    out->ttl = p[8];
    out->proto = p[9];
    for (int i = 0; i < 4; i++) out->src[i] = p[12 + i], out->dst[i] = p[16 + i];
    if (out->head_len < 20 || out->len < out->head_len || out->len > n) return false;
    if (!sums_up(p, out->head_len, 0)) return false;
    if (!find_route(p, out->head_len, &route)) return false;
    if (p[6] & 0x20 || number(p, 6, 2) % 8192) return false; /* a fragment */
    if (route && (!routes || !read_route(p, route, out))) return false;
    return !answered(out->proto) || (host4(out->src) && host4(out->dst));
}

/* ---- IPv6 ---- */

/* RFC 8200 4.2: options that may all be skipped, or padding. */
static bool options6(const uint8_t *p, size_t at, size_t end)
{
    while (at < end) {
        if (p[at] == 0) {
            at = at + 1;
            continue;
        }
        if (p[at] >= 64) return false;
        if (at + 1 == end || at + 2 + p[at + 1] > end) return false;
        at = at + 2 + p[at + 1];
    }
    return true;
}

static bool extension(unsigned kind) { return kind == 0 || kind == 43 || kind == 44 || kind == 60; }

/* One extension header of |kind| at |at|: where the next one begins, 0: it cannot be. */
static size_t read_extension(const uint8_t *p, size_t at, size_t end, unsigned kind)
{
    if (at + 8 > end) return 0;
    size_t next = kind == 44 ? at + 8 : at + 8 + 8u * p[at + 1];
    if (next > end) return 0;
    if (kind == 43 && p[at + 3] != 0) return 0;                         /* segments are left */
    if (kind == 44 && (p[at + 2] != 0 || (p[at + 3] & 0xf9))) return 0; /* RFC 6946: only a whole packet */
    if ((kind == 0 || kind == 60) && !options6(p, at + 2, next)) return 0;
    return next;
}

static bool host6(const uint8_t *a)
{
    bool zero = true, mapped = a[10] == 255 && a[11] == 255;
    for (int i = 0; i < 16; i++) zero = zero && a[i] == 0;
    for (int i = 0; i < 10; i++) mapped = mapped && a[i] == 0;
    return !zero && !mapped && a[0] != 255;
}

static bool read_ip6(const uint8_t *p, size_t n, struct plain_ip *out)
{
    if (n < 40) return false;
    out->tos = number(p, 0, 2) / 16 % 256;
    out->len = 40 + number(p, 4, 2);
    out->proto = p[6];
    out->ttl = p[7];
    for (int i = 0; i < 16; i++) out->src[i] = p[8 + i], out->dst[i] = p[24 + i];
    if (out->len > n) return false;
    size_t at = 40;
    for (int count = 0; extension(out->proto); count++) {
        if (count == 8 || (out->proto == 0 && count > 0)) return false; /* so many only; hop-by-hop is the first */
        size_t next = read_extension(p, at, out->len, out->proto);
        if (!next) return false;
        out->proto = p[at];
        at = next;
    }
    out->head_len = at;
    return !answered(out->proto) || (host6(out->src) && host6(out->dst));
}

bool plain_ip_read(const uint8_t *p, size_t n, bool routes, struct plain_ip *out)
{
    *out = (struct plain_ip){0};
    if (n == 0) return false;
    out->version = p[0] / 16;
    if (out->version == 4) return read_ip4(p, n, routes, out);
    return out->version == 6 && read_ip6(p, n, out);
}

bool plain_checksum_right(const struct plain_ip *ip, const uint8_t *p)
{
    size_t part = ip->len - ip->head_len;
    uint32_t sum = ip->proto;
    for (unsigned i = 0; i < (ip->version == 4 ? 4 : 16); i++) {
        sum += i % 2 ? ip->src[i] : ip->src[i] * 256u;
        sum += i % 2 ? ip->dst[i] : ip->dst[i] * 256u;
    }
    sum += (uint32_t)part; /* below 2^16: a datagram is */
    while (sum > 65535) sum -= 65535;
    return sums_up(p + ip->head_len, part, sum);
}
