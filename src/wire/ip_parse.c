#include "ip.h"

#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "must.h"

enum {
    IP4_OPT_LSRR = 131,
    IP4_OPT_SSRR = 137,
    IP4_MORE = 0x2000,
    IP4_OFFSET = 0x1fff,
};

enum {
    IP6_HOP_BY_HOP = 0,
    IP6_ROUTING = 43,
    IP6_FRAGMENT = 44,
    IP6_DESTINATION = 60,
    IP6_OPT_PAD1 = 0,
};

/* An IPv4 source route option: addresses up to |pointer| are recorded, the others still to be visited (RFC 791 3.1). */
struct source_route {
    const uint8_t *addr;
    size_t n, recorded;
    bool seen;
};

/* RFC 1122 3.2.1.8 (c): at most one, and RFC 791 3.1: pointer counted from the option's first byte, at least 4. */
static bool read_source_route(const uint8_t *p, size_t len, struct source_route *sr)
{
    if (sr->seen || len < 3 || (len - 3) % 4 || p[2] < 4 || p[2] % 4) return false;
    sr->seen = true;
    sr->addr = p + 3;
    sr->n = (len - 3) / 4;
    sr->recorded = (size_t)(p[2] - 4) / 4;
    if (sr->recorded > sr->n) sr->recorded = sr->n;
    return true;
}

/* RFC 9293 3.9.2: unknown options are skipped, and so are timestamp and record route. */
static bool walk_ip4_options(const uint8_t *p, size_t len, struct source_route *sr)
{
    for (size_t n, at = 0; at < len && p[at] != OPTION_EOL; at += n) {
        n = option_len(p + at, len - at);
        bool route = p[at] == IP4_OPT_LSRR || p[at] == IP4_OPT_SSRR;
        if (n == 0 || (route && !read_source_route(p + at, n, sr)) || (n > 1 && !route && !MUST(50))) return false;
    }
    return true;
}

/* Header and options of IPv4. |quoted|: the packet may be cut off behind its header, routers and
 * senders spoil its length and checksum, and it may be a first fragment. */
static enum wire_err read_ip4(const uint8_t *p, size_t len, bool quoted, struct wire_ip *out, struct source_route *sr)
{
    if (len < WIRE_IP4_HEADER_LEN) return WIRE_SHORT;
    size_t head_len = (size_t)(p[0] & 15) * 4;
    size_t total_len = be16_get(p + 2);
    if (head_len < WIRE_IP4_HEADER_LEN || (total_len < head_len && !quoted)) return WIRE_LENGTH;
    if (head_len > len || (total_len > len && !quoted)) return WIRE_SHORT;
    if (!quoted && csum_fold(csum_add(0, p, head_len)) != UINT16_MAX) return WIRE_IP_CHECKSUM;

    out->version = 4;
    out->tos = p[1];
    out->ttl = p[8];
    out->proto = p[9];
    out->src = tern_addr_v4(p + 12);
    out->dst = tern_addr_v4(p + 16);
    out->route_n = 0;
    out->head_len = (uint16_t)head_len;
    out->len = (uint32_t)total_len;
    if (head_len > WIRE_IP4_HEADER_LEN && !walk_ip4_options(p + WIRE_IP4_HEADER_LEN, head_len - WIRE_IP4_HEADER_LEN, sr))
        return WIRE_IP_OPTION;
    return be16_get(p + 6) & (quoted ? IP4_OFFSET : IP4_OFFSET | IP4_MORE) ? WIRE_FRAGMENT : WIRE_OK;
}

/* RFC 1122 3.2.1.8 (c): a route that has no address left to visit is complete. The sender itself at its head is not a hop: some
 * put it there. */
static enum wire_err accept_source_route(const uint8_t *src, const struct source_route *sr, const struct wire_ip_opts *opts,
                                         struct wire_ip *out)
{
    if (!opts || !opts->source_route || sr->recorded < sr->n) return WIRE_SOURCE_ROUTE;
    for (size_t i = 0; i < sr->n; i++) {
        const uint8_t *addr = sr->addr + 4 * i;
        if (i == 0 && memcmp(addr, src, 4) == 0) continue;
        memcpy(&out->route[out->route_n++], addr, 4);
    }
    return WIRE_OK;
}

/* RFC 8200 4.2: of an option that is not understood the two highest bits of its type say whether it may be skipped. */
static bool walk_ip6_options(const uint8_t *p, size_t len)
{
    size_t at = 0;
    while (at < len) {
        if (p[at] == IP6_OPT_PAD1) {
            at++;
            continue;
        }
        if (len - at < 2 || p[at + 1] > len - at - 2 || p[at] >> 6) return false;
        at += 2 + (size_t)p[at + 1];
    }
    return true;
}

/* One extension header of |len| bytes. */
static enum wire_err read_ip6_extension(uint8_t kind, const uint8_t *p, size_t len)
{
    switch (kind) {
    case IP6_ROUTING: return p[3] ? WIRE_SOURCE_ROUTE : WIRE_OK;                  /* segments left: this host is not the last */
    case IP6_FRAGMENT: return be16_get(p + 2) & 0xfff9 ? WIRE_FRAGMENT : WIRE_OK; /* RFC 6946: atomic ones are whole packets */
    default: return walk_ip6_options(p + 2, len - 2) ? WIRE_OK : WIRE_EXT_HEADER;
    }
}

/* RFC 8200 4.1: hop-by-hop options stand first or nowhere. */
static bool is_extension(uint8_t kind) { return kind == IP6_ROUTING || kind == IP6_FRAGMENT || kind == IP6_DESTINATION; }

/* RFC 8200 4: the chain of extension headers. What is none of those understood here (AH, ESP, "no next header" too) ends it. */
static enum wire_err walk_ip6_extensions(const uint8_t *p, size_t len, struct wire_ip *out)
{
    size_t at = WIRE_IP6_HEADER_LEN;
    for (int n = 0; is_extension(out->proto) || (n == 0 && out->proto == IP6_HOP_BY_HOP); n++) {
        if (n == WIRE_IP6_EXT_MAX || len - at < 8) return WIRE_EXT_HEADER;
        uint8_t kind = out->proto;
        size_t ext_len = kind == IP6_FRAGMENT ? 8 : 8 + (size_t)p[at + 1] * 8;
        if (ext_len > len - at) return WIRE_EXT_HEADER;
        out->proto = p[at];
        out->head_len = (uint16_t)(at + ext_len);
        enum wire_err err = read_ip6_extension(kind, p + at, ext_len);
        if (err) return err;
        at += ext_len;
    }
    return out->proto == IP6_HOP_BY_HOP ? WIRE_EXT_HEADER : WIRE_OK;
}

static enum wire_err read_ip6(const uint8_t *p, size_t len, bool quoted, struct wire_ip *out)
{
    if (len < WIRE_IP6_HEADER_LEN) return WIRE_SHORT;
    size_t total_len = WIRE_IP6_HEADER_LEN + (size_t)be16_get(p + 4);
    if (total_len > len && !quoted) return WIRE_SHORT;

    out->version = 6;
    out->tos = (uint8_t)(be16_get(p) >> 4);
    out->proto = p[6];
    out->ttl = p[7];
    memcpy(out->src.b, p + 8, sizeof(out->src.b));
    memcpy(out->dst.b, p + 24, sizeof(out->dst.b));
    out->route_n = 0;
    out->head_len = WIRE_IP6_HEADER_LEN;
    out->len = (uint32_t)total_len;
    return walk_ip6_extensions(p, total_len < len ? total_len : len, out);
}

/* RFC 9293 3.9.2.3 (MUST-57, MUST-63), RFC 1122 3.2.1.3: no host has an address that is multicast, broadcast or unspecified. */
static bool is_host4(const uint8_t a[4]) { return be32_get(a) != 0 && be32_get(a) != UINT32_MAX && (a[0] & 0xf0) != 0xe0; }

/* The same for IPv6; and ::ffff:a.b.c.d on the wire would pass for IPv4 here (RFC 4291 2.5.5.2). */
static bool is_host6(const struct tern_addr *a) { return a->b[0] != 0xff && !tern_addr_is_any(a) && !tern_addr_is_v4(a); }

/* Only what this library answers: other protocols (DHCP, multicast DNS) have uses for such addresses. */
static bool is_ours(uint8_t proto) { return proto == IPPROTO_TCP_ || proto == IPPROTO_ICMP_ || proto == IPPROTO_ICMP6_; }

static enum wire_err parse_ip4(const uint8_t *p, size_t len, const struct wire_ip_opts *opts, struct wire_ip *out)
{
    struct source_route sr = {0};
    enum wire_err err = read_ip4(p, len, false, out, &sr);
    if (!err && sr.seen) err = accept_source_route(p + 12, &sr, opts, out);
    if (err || !is_ours(out->proto)) return err;
    bool from = is_host4(p + 12) || !MUST(63), to = is_host4(p + 16) || !MUST(57);
    return from && to ? WIRE_OK : WIRE_ADDRESS;
}

static enum wire_err parse_ip6(const uint8_t *p, size_t len, struct wire_ip *out)
{
    enum wire_err err = read_ip6(p, len, false, out);
    if (err || !is_ours(out->proto)) return err;
    bool from = is_host6(&out->src) || !MUST(63), to = is_host6(&out->dst) || !MUST(57);
    return from && to ? WIRE_OK : WIRE_ADDRESS;
}

static unsigned version_of(const uint8_t *p, size_t len) { return len ? p[0] >> 4 : 0; }

enum wire_err wire_ip_parse(const uint8_t *p, size_t len, const struct wire_ip_opts *opts, struct wire_ip *out)
{
    switch (version_of(p, len)) {
    case 4: return parse_ip4(p, len, opts, out);
    case 6: return parse_ip6(p, len, out);
    default: return len ? WIRE_VERSION : WIRE_SHORT;
    }
}

enum wire_err wire_ip_parse_quoted(const uint8_t *p, size_t len, struct wire_ip *out)
{
    struct source_route sr = {0};
    enum wire_err err;
    switch (version_of(p, len)) {
    case 4:
        err = read_ip4(p, len, true, out, &sr);
        /* A packet that was still on its route names its last address as the destination. */
        if (!err && sr.recorded < sr.n) out->dst = tern_addr_v4(sr.addr + 4 * (sr.n - 1));
        return err;
    case 6: return read_ip6(p, len, true, out);
    default: return len ? WIRE_VERSION : WIRE_SHORT;
    }
}

const char *wire_strerror(enum wire_err e)
{
    static const char *const text[] = {
        [WIRE_OK] = "no error",
        [WIRE_SHORT] = "packet shorter than its header says",
        [WIRE_OFFSET] = "TCP data offset below five words or beyond the segment",
        [WIRE_VERSION] = "neither IPv4 nor IPv6",
        [WIRE_LENGTH] = "header or total length that cannot be",
        [WIRE_IP_CHECKSUM] = "wrong IPv4 header checksum",
        [WIRE_FRAGMENT] = "fragment",
        [WIRE_IP_OPTION] = "malformed IP option",
        [WIRE_SOURCE_ROUTE] = "source route",
        [WIRE_EXT_HEADER] = "IPv6 extension header malformed or not understood, or too many of them",
        [WIRE_ADDRESS] = "source or destination address that no packet may have here",
        [WIRE_CHECKSUM] = "wrong transport checksum",
    };
    _Static_assert(sizeof(text) / sizeof(text[0]) == WIRE_ERR_N, "a text for every error");
    return (unsigned)e < WIRE_ERR_N ? text[e] : "unknown error";
}
