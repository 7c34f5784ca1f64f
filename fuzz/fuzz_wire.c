/* Arbitrary bytes as a packet: IP, then TCP or ICMP, parsed within bounds; what was parsed is built again, and parses to the
 * same. The first byte of the input chooses: 1 source routes accepted, 2 the IPv4 header checksum is made right, 4 the ICMP
 * checksum is looked at. */
#include "checksum.h"
#include "ip.h"
#include "wire_gen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok) abort();
}

static bool same_ip(const struct wire_ip *a, const struct wire_ip *b)
{
    return a->version == b->version && a->proto == b->proto && a->ttl == b->ttl && a->tos == b->tos &&
           tern_addr_eq(&a->src, &b->src) && tern_addr_eq(&a->dst, &b->dst);
}

/* The header of |ip| built anew for |transport_len| bytes, which are not there: so it is a packet cut off. */
static void rebuild_ip(const struct wire_ip *ip, uint32_t transport_len)
{
    uint8_t head[WIRE_IP_HEADER_MAX];
    struct wire_ip back;
    size_t head_len = wire_ip_build(ip, transport_len, true, 1, head);
    check(head_len >= WIRE_IP4_HEADER_LEN && head_len <= sizeof(head));
    check(wire_ip_parse(head, head_len, NULL, &back) == (transport_len ? WIRE_SHORT : ip->route_n ? WIRE_SOURCE_ROUTE : WIRE_OK));
    check(wire_ip_parse_quoted(head, head_len, &back) == WIRE_OK);
    check(same_ip(ip, &back) && back.head_len == head_len && back.len == head_len + transport_len);
    wire_ip_set_len(head, 0, 2);
    check(wire_ip_parse(head, head_len, NULL, &back) == (ip->route_n ? WIRE_SOURCE_ROUTE : WIRE_OK));
    check(back.len == head_len);
}

static void fuzz_tcp(const struct wire_ip *ip, const uint8_t *seg, size_t len)
{
    struct wire_tcp t, back;
    if (wire_tcp_parse(seg, len, &t)) return;
    check(t.len + t.head_len == len);
    check(wire_seg_len(&t) >= t.len);

    uint8_t *copy = exact_copy(seg, len), head[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX];
    memset(copy + 16, 0, 2);
    csum_put(copy + 16, csum_add(csum_pseudo(&ip->src, &ip->dst, IPPROTO_TCP_, (uint32_t)len), copy, len));
    check(wire_tcp_checksum_ok(ip, copy, len));
    exact_free(copy, len);

    size_t head_len = wire_tcp_build(&t, head);
    if (!head_len) return;
    check(wire_tcp_parse(head, head_len, &back) == WIRE_OK);
    back.data = t.data;
    back.len = t.len;
    check(same_tcp(&t, &back));
}

static void fuzz_icmp(const struct wire_ip *ip, const uint8_t *p, size_t len, bool csum_ok)
{
    struct wire_icmp icmp, back;
    if (wire_icmp_parse(ip, p, len, csum_ok, &icmp) || icmp.kind != ICMP_ECHO_REQUEST) return;
    uint8_t *reply = exact_copy(p, len);
    wire_icmp_echo_reply(p, len, ip->version == 6 ? ip : NULL, reply);
    check(wire_icmp_parse(ip, reply, len, false, &back) == WIRE_OK && back.kind == ICMP_ECHO_REPLY);
    exact_free(reply, len);
}

static void fuzz_packet(uint8_t how, const uint8_t *p, size_t len)
{
    struct wire_ip ip, quoted;
    struct wire_ip_opts opts = {.source_route = how & 1};
    if (wire_ip_parse_quoted(p, len, &quoted) == WIRE_OK) check(quoted.head_len <= len);
    enum wire_err err = wire_ip_parse(p, len, &opts, &ip);
    check(err < WIRE_ERR_N && wire_strerror(err)[0]);
    if (err) return;
    check(ip.head_len <= ip.len && ip.len <= len && ip.route_n <= WIRE_IP4_ROUTE_MAX);

    uint32_t transport_len = ip.len - ip.head_len;
    if (ip.proto == IPPROTO_TCP_) {
        rebuild_ip(&ip, transport_len);
        fuzz_tcp(&ip, p + ip.head_len, transport_len);
    } else if (ip.proto == IPPROTO_ICMP_ || ip.proto == IPPROTO_ICMP6_) {
        fuzz_icmp(&ip, p + ip.head_len, transport_len, !(how & 4));
    }
}

static void fix_header_checksum(uint8_t *p, size_t len)
{
    size_t head_len = len ? (size_t)(p[0] & 15) * 4 : 0;
    if (head_len < WIRE_IP4_HEADER_LEN || head_len > len || p[0] >> 4 != 4) return;
    memset(p + 10, 0, 2);
    csum_put(p + 10, csum_add(0, p, head_len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 1) return 0;
    uint8_t *p = exact_copy(data + 1, len - 1);
    if (data[0] & 2) fix_header_checksum(p, len - 1);
    fuzz_packet(data[0], p, len - 1);
    exact_free(p, len - 1);
    return 0;
}
