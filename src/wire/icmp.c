#include "ip.h"

#include <string.h>

#include "bytes.h"
#include "checksum.h"

enum { ICMP_HEADER_LEN = 8, QUOTED_TCP_LEN = 8 }; /* RFC 792: an error quotes at least ports and sequence number */

enum {
    ICMP4_ECHO_REPLY = 0,
    ICMP4_UNREACHABLE = 3,
    ICMP4_SOURCE_QUENCH = 4,
    ICMP4_ECHO_REQUEST = 8,
    ICMP4_TIME_EXCEEDED = 11,
    ICMP4_PARAMETER_PROBLEM = 12,
};

enum {
    ICMP6_UNREACHABLE = 1,
    ICMP6_TOO_BIG = 2,
    ICMP6_TIME_EXCEEDED = 3,
    ICMP6_PARAMETER_PROBLEM = 4,
    ICMP6_ECHO_REQUEST = 128,
    ICMP6_ECHO_REPLY = 129,
};

/* RFC 9293 3.9.2.2: of the codes 2 (protocol), 3 (port) and 4 (fragmentation needed) the last is RFC 1191's. The codes that RFC
 * 9293 does not name (6 to 15: unknown, isolated, prohibited) are a router's opinion, and advice. */
static enum wire_icmp_kind unreachable4(uint8_t code)
{
    if (code == 4) return ICMP_TOO_BIG;
    return code == 2 || code == 3 ? ICMP_HARD_ERROR : ICMP_SOFT_ERROR;
}

/* RFC 9293 3.9.2.2, IPv4. */
static enum wire_icmp_kind classify4(uint8_t type, uint8_t code)
{
    switch (type) {
    case ICMP4_ECHO_REPLY: return ICMP_ECHO_REPLY;
    case ICMP4_ECHO_REQUEST: return ICMP_ECHO_REQUEST;
    case ICMP4_UNREACHABLE: return unreachable4(code);
    case ICMP4_SOURCE_QUENCH: return ICMP_SOURCE_QUENCH;
    case ICMP4_TIME_EXCEEDED:
    case ICMP4_PARAMETER_PROBLEM: return ICMP_SOFT_ERROR;
    default: return ICMP_OTHER;
    }
}

/* RFC 9293 3.9.2.2, IPv6: it names no hard error; code 4 (port unreachable) is what IPv4's code 3 is (RFC 5461 2.1). */
static enum wire_icmp_kind classify6(uint8_t type, uint8_t code)
{
    switch (type) {
    case ICMP6_ECHO_REPLY: return ICMP_ECHO_REPLY;
    case ICMP6_ECHO_REQUEST: return ICMP_ECHO_REQUEST;
    case ICMP6_UNREACHABLE: return code == 4 ? ICMP_HARD_ERROR : ICMP_SOFT_ERROR;
    case ICMP6_TOO_BIG: return ICMP_TOO_BIG;
    case ICMP6_TIME_EXCEEDED:
    case ICMP6_PARAMETER_PROBLEM: return ICMP_SOFT_ERROR;
    default: return ICMP_OTHER;
    }
}

/* Neither protocol has a meaning within the other's IP version. */
static enum wire_icmp_kind classify(const struct wire_ip *ip, uint8_t type, uint8_t code)
{
    if (ip->proto != (ip->version == 4 ? IPPROTO_ICMP_ : IPPROTO_ICMP6_)) return ICMP_OTHER;
    return ip->version == 4 ? classify4(type, code) : classify6(type, code);
}

/* RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1. */
static enum wire_icmp_why why4(uint8_t type, uint8_t code)
{
    static const uint8_t unreachable[] = {
        [0] = ICMP_WHY_NET,         [1] = ICMP_WHY_HOST,        [2] = ICMP_WHY_PROTOCOL, [3] = ICMP_WHY_PORT,
        [6] = ICMP_WHY_NET,         [7] = ICMP_WHY_HOST,        [8] = ICMP_WHY_HOST,     [9] = ICMP_WHY_NET_PROHIBITED,
        [10] = ICMP_WHY_PROHIBITED, [11] = ICMP_WHY_NET,        [12] = ICMP_WHY_HOST,    [13] = ICMP_WHY_PROHIBITED,
        [14] = ICMP_WHY_PRECEDENCE, [15] = ICMP_WHY_PRECEDENCE,
    };
    if (type == ICMP4_TIME_EXCEEDED && code == 0) return ICMP_WHY_TIME;
    if (type != ICMP4_UNREACHABLE || code >= sizeof unreachable) return ICMP_WHY_OTHER;
    return (enum wire_icmp_why)unreachable[code];
}

/* RFC 4443 3.1, 3.3, 3.4. */
static enum wire_icmp_why why6(uint8_t type, uint8_t code)
{
    static const uint8_t unreachable[] = {
        [0] = ICMP_WHY_NET,  [1] = ICMP_WHY_PROHIBITED, [2] = ICMP_WHY_HOST,       [3] = ICMP_WHY_HOST,
        [4] = ICMP_WHY_PORT, [5] = ICMP_WHY_PROHIBITED, [6] = ICMP_WHY_PROHIBITED,
    };
    if (type == ICMP6_TIME_EXCEEDED && code == 0) return ICMP_WHY_TIME;
    if (type == ICMP6_PARAMETER_PROBLEM && code == 1) return ICMP_WHY_PROTOCOL; /* no such next header */
    if (type != ICMP6_UNREACHABLE || code >= sizeof unreachable) return ICMP_WHY_OTHER;
    return (enum wire_icmp_why)unreachable[code];
}

static bool is_error(enum wire_icmp_kind kind)
{
    return kind == ICMP_SOFT_ERROR || kind == ICMP_HARD_ERROR || kind == ICMP_TOO_BIG || kind == ICMP_SOURCE_QUENCH;
}

static bool checksum_ok(const struct wire_ip *ip, const uint8_t *p, size_t len)
{
    /* RFC 4443 2.3: ICMPv6 has a pseudo-header, ICMP has none. */
    uint64_t sum = ip->version == 6 ? csum_pseudo(&ip->src, &ip->dst, IPPROTO_ICMP6_, (uint32_t)len) : 0;
    return csum_fold(csum_add(sum, p, len)) == UINT16_MAX;
}

/* RFC 9293 3.9.2.2: the packet that the error is about is what directs it to its connection (MUST-54). */
static void read_quoted(unsigned version, const uint8_t *p, size_t len, struct wire_icmp *out)
{
    struct wire_ip ip;
    if (wire_ip_parse_quoted(p, len, &ip) || ip.version != version || ip.proto != IPPROTO_TCP_) return;
    if (len - ip.head_len < QUOTED_TCP_LEN) return;
    const uint8_t *tcp = p + ip.head_len;
    out->quoted_tcp = true;
    out->src = ip.src;
    out->dst = ip.dst;
    out->src_port = be16_get(tcp);
    out->dst_port = be16_get(tcp + 2);
    out->seq = seq(be32_get(tcp + 4));
}

enum wire_err wire_icmp_parse(const struct wire_ip *ip, const uint8_t *p, size_t len, bool csum_ok, struct wire_icmp *out)
{
    if (len < ICMP_HEADER_LEN) return WIRE_SHORT;
    if (!csum_ok && !checksum_ok(ip, p, len)) return WIRE_CHECKSUM;

    *out = (struct wire_icmp){.type = p[0], .code = p[1]};
    out->kind = classify(ip, p[0], p[1]);
    out->why = ip->version == 4 ? why4(p[0], p[1]) : why6(p[0], p[1]);
    if (out->kind == ICMP_TOO_BIG) out->mtu = ip->version == 4 ? be16_get(p + 6) : be32_get(p + 4); /* RFC 1191 4; RFC 4443 3.2 */
    if (is_error(out->kind)) read_quoted(ip->version, p + ICMP_HEADER_LEN, len - ICMP_HEADER_LEN, out);
    return WIRE_OK;
}

/* RFC 792, RFC 4443 4.2: identifier, sequence number and data come back as they were. */
void wire_icmp_echo_reply(const uint8_t *request, size_t len, const struct wire_ip *ip6, uint8_t out[8])
{
    out[0] = ip6 ? ICMP6_ECHO_REPLY : ICMP4_ECHO_REPLY;
    memset(out + 1, 0, 3);
    memcpy(out + 4, request + 4, 4);
    uint64_t sum = ip6 ? csum_pseudo(&ip6->src, &ip6->dst, IPPROTO_ICMP6_, (uint32_t)len) : 0;
    csum_put(out + 2, csum_add(csum_add(sum, out, 4), request + 4, len - 4));
}

bool wire_tcp_checksum_ok(const struct wire_ip *ip, const uint8_t *seg, size_t len)
{
    uint64_t sum = csum_pseudo(&ip->src, &ip->dst, IPPROTO_TCP_, (uint32_t)len);
    return csum_fold(csum_add(sum, seg, len)) == UINT16_MAX;
}
