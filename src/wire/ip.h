/* IPv4 (RFC 791), IPv6 (RFC 8200), ICMP (RFC 792) and ICMPv6 (RFC 4443): bytes <-> structs. */
#ifndef WIRE_IP_H
#define WIRE_IP_H

#include "tcp.h"

enum {
    IPPROTO_ICMP_ = 1,
    IPPROTO_TCP_ = 6,
    IPPROTO_ICMP6_ = 58,
    WIRE_IP6_EXT_MAX = 8, /* extension headers that are walked before a packet is refused */
    WIRE_IP4_HEADER_LEN = 20,
    WIRE_IP6_HEADER_LEN = 40,
    WIRE_IP4_ROUTE_MAX = 9,  /* addresses of the longest source route */
    WIRE_IP_HEADER_MAX = 60, /* longest header that wire_ip_build writes */
};

/* A parsed IP header. For an IPv6 packet |proto| is what the last extension header names. */
struct wire_ip {
    struct tern_addr src, dst;
    uint8_t version; /* 4 or 6 */
    uint8_t proto;
    uint8_t ttl;       /* or hop limit */
    uint8_t tos;       /* DSCP and ECN */
    uint8_t route_n;   /* IPv4 source route: addresses in |route|, 0 none */
    uint16_t head_len; /* IP header with its options or extension headers */
    uint32_t len;      /* of the whole packet, as the header says; bytes after it are link padding */
    /* The gateways of a source route, each in network order. Parsed: as the packet met them, without the sender. Built: as the
     * packet shall meet them, |dst| being its true destination. A reply's route is the parsed one in reverse (RFC 9293 MUST-51 to
     * 53). */
    uint32_t route[WIRE_IP4_ROUTE_MAX];
};

struct wire_ip_opts {
    bool source_route; /* accept completed source routes (RFC 9293 MUST-53); off: WIRE_SOURCE_ROUTE */
};

/* Parses and validates the IP header at |p|; without |opts| all of them are off.
 *
 * |out| is filled as well when the packet is refused with WIRE_FRAGMENT, WIRE_SOURCE_ROUTE or WIRE_ADDRESS, so that the caller
 * sees whose it was (its |proto| may then be that of the extension header refused). WIRE_ADDRESS is looked for in TCP, ICMP and
 * ICMPv6 only: multicast, broadcast and unspecified addresses (RFC 9293 MUST-57, MUST-63), and IPv4-mapped ones in IPv6. IPv6
 * fragment headers of whole packets ("atomic", RFC 6946) are accepted. */
enum wire_err wire_ip_parse(const uint8_t *p, size_t len, const struct wire_ip_opts *opts, struct wire_ip *out);

/* The same for the packet that an ICMP error quotes: it may be cut off behind its IP header, and its length and checksum are not
 * looked at, nor its addresses. |out->dst| is the true destination of a packet that was still on its source route. */
enum wire_err wire_ip_parse_quoted(const uint8_t *p, size_t len, struct wire_ip *out);

/* Writes an IPv4 header (with a loose source route when |ip->route_n|) or an IPv6 header for a transport part of |transport_len|
 * bytes, which must fit the 16-bit length. Returns the header's length, at most WIRE_IP_HEADER_MAX, or 0 when the route is too
 * long. IPv4: don't-fragment set when |df|, |id| as identification. |ip->head_len| and |ip->len| are not read. */
size_t wire_ip_build(const struct wire_ip *ip, uint32_t transport_len, bool df, uint16_t id, uint8_t *out);

/* Changes the length of a built header to that of |transport_len| bytes, and |id| where there is one; the IPv4 checksum is made
 * right. */
void wire_ip_set_len(uint8_t *head, uint32_t transport_len, uint16_t id);

/* What an ICMP or ICMPv6 message means to TCP (RFC 5927, RFC 9293 3.9.2.2). */
enum wire_icmp_kind {
    ICMP_ECHO_REQUEST,
    ICMP_ECHO_REPLY,
    ICMP_SOFT_ERROR,    /* network or host unreachable, time exceeded ...: advice (MUST-56) */
    ICMP_HARD_ERROR,    /* protocol or port unreachable (SHLD-26) */
    ICMP_TOO_BIG,       /* fragmentation needed, or packet too big: |mtu| */
    ICMP_SOURCE_QUENCH, /* discarded silently (MUST-55) */
    ICMP_OTHER
};

/* What an error says is the matter. */
enum wire_icmp_why {
    ICMP_WHY_OTHER,
    ICMP_WHY_NET, /* unreachable */
    ICMP_WHY_HOST,
    ICMP_WHY_PROTOCOL,
    ICMP_WHY_PORT,
    ICMP_WHY_PROHIBITED, /* by an administrator, or a filter */
    ICMP_WHY_NET_PROHIBITED,
    ICMP_WHY_PRECEDENCE, /* too low for the path, or cut off (RFC 1812) */
    ICMP_WHY_TIME,       /* the packet went round in circles */
};

struct wire_icmp {
    enum wire_icmp_kind kind;
    enum wire_icmp_why why;
    uint8_t type, code;
    uint32_t mtu; /* ICMP_TOO_BIG; 0 when an old router gave none */
    /* Errors: the packet that it is about. Only what is quoted can be known: at least 8 bytes of TCP. */
    bool quoted_tcp;
    struct tern_addr src, dst;
    uint16_t src_port, dst_port;
    seq32 seq;
};

/* Parses the ICMP (ip->proto 1) or ICMPv6 (58) message at |p|, whose checksum is verified (unless |csum_ok|).
 * |kind| is ICMP_OTHER when the protocol does not belong to the IP version. */
enum wire_err wire_icmp_parse(const struct wire_ip *ip, const uint8_t *p, size_t len, bool csum_ok, struct wire_icmp *out);

/* Makes an echo reply of the request at |request| (transport part, |len| bytes): writes the 8 bytes that stand before its
 * unchanged payload (bytes 8.. of the request), checksum included; |len| is at least 8. |ip6| with the reply's own src and dst
 * for ICMPv6, else NULL. */
void wire_icmp_echo_reply(const uint8_t *request, size_t len, const struct wire_ip *ip6, uint8_t out[8]);

/* Is the TCP checksum of the segment at |seg| right? */
bool wire_tcp_checksum_ok(const struct wire_ip *ip, const uint8_t *seg, size_t len);

const char *wire_strerror(enum wire_err e);

#endif
