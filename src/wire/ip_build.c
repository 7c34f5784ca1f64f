#include "ip.h"

#include <string.h>

#include "bytes.h"
#include "checksum.h"

enum {
    IP4_DF = 0x4000,
    IP4_OPT_LSRR = 131,
};

static void put_ip4_checksum(uint8_t *head, size_t head_len)
{
    memset(head + 10, 0, 2);
    csum_put(head + 10, csum_add(0, head, head_len));
}

/* RFC 791 3.1: the header's destination is the first hop; the option holds the hops after it and then the true destination.
 * Returns the option's length, a leading NOP included, which makes it end at a word. */
static size_t put_source_route(const struct wire_ip *ip, uint8_t *out)
{
    size_t n = ip->route_n;
    uint8_t *option = out + WIRE_IP4_HEADER_LEN;
    memcpy(out + 16, &ip->route[0], 4);
    option[0] = OPTION_NOP;
    option[1] = IP4_OPT_LSRR;
    option[2] = (uint8_t)(3 + 4 * n);
    option[3] = 4;
    memcpy(option + 4, &ip->route[1], 4 * (n - 1));
    memcpy(option + 4 * n, ip->dst.b + 12, 4);
    return 4 + 4 * n;
}

static size_t build_ip4(const struct wire_ip *ip, uint32_t transport_len, bool df, uint16_t id, uint8_t *out)
{
    if (ip->route_n > WIRE_IP4_ROUTE_MAX) return 0;
    size_t head_len = WIRE_IP4_HEADER_LEN;
    memcpy(out + 12, ip->src.b + 12, 4);
    memcpy(out + 16, ip->dst.b + 12, 4);
    if (ip->route_n) head_len += put_source_route(ip, out);
    out[0] = (uint8_t)(4 << 4 | head_len / 4);
    out[1] = ip->tos;
    be16_put(out + 2, (uint16_t)(head_len + transport_len));
    be16_put(out + 4, id);
    be16_put(out + 6, df ? IP4_DF : 0);
    out[8] = ip->ttl;
    out[9] = ip->proto;
    put_ip4_checksum(out, head_len);
    return head_len;
}

static size_t build_ip6(const struct wire_ip *ip, uint32_t transport_len, uint8_t *out)
{
    be32_put(out, UINT32_C(6) << 28 | (uint32_t)ip->tos << 20);
    be16_put(out + 4, (uint16_t)transport_len);
    out[6] = ip->proto;
    out[7] = ip->ttl;
    memcpy(out + 8, ip->src.b, sizeof(ip->src.b));
    memcpy(out + 24, ip->dst.b, sizeof(ip->dst.b));
    return WIRE_IP6_HEADER_LEN;
}

size_t wire_ip_build(const struct wire_ip *ip, uint32_t transport_len, bool df, uint16_t id, uint8_t *out)
{
    return ip->version == 4 ? build_ip4(ip, transport_len, df, id, out) : build_ip6(ip, transport_len, out);
}

void wire_ip_set_len(uint8_t *head, uint32_t transport_len, uint16_t id)
{
    if (head[0] >> 4 != 4) {
        be16_put(head + 4, (uint16_t)transport_len);
        return;
    }
    size_t head_len = (size_t)(head[0] & 15) * 4;
    be16_put(head + 2, (uint16_t)(head_len + transport_len));
    be16_put(head + 4, id);
    put_ip4_checksum(head, head_len);
}
