/* A validator of IP and TCP headers and TCP options that is as plain and slow as can be, written from the RFCs beside src/wire
 * and not after it: what the fast one says is held against this. It knows nothing of src/wire but the names of what there is
 * (OPT_*). */
#ifndef SUPPORT_PLAIN_WIRE_H
#define SUPPORT_PLAIN_WIRE_H

#include "tcp.h"

struct plain_bytes {
    size_t at, len; /* from the beginning of what was read; no pointers, so that nothing can point past an end */
};

struct plain_options {
    unsigned present; /* OPT_* */
    unsigned mss, wscale, sack_n, user_timeout, ao_key_id, ao_next_key_id, accecn_kind, accecn_n, exp_kind;
    bool user_timeout_minutes;
    uint32_t ts_val, ts_ecr, left[4], right[4], accecn[3];
    struct plain_bytes md5, ao_mac, fastopen, exp;
};

/* The |n| bytes of options that begin at |p|; what lies behind an impossible length is not read (MUST-7). */
void plain_options_read(const uint8_t *p, size_t n, struct plain_options *out);

struct plain_tcp {
    unsigned src_port, dst_port, offset, reserved, flags, wnd, csum, urp;
    uint32_t seq, ack;
    struct plain_bytes payload;
    struct plain_options opt; /* counted from the first option byte */
};

/* RFC 9293 3.1: is it a segment? */
bool plain_tcp_read(const uint8_t *p, size_t n, struct plain_tcp *out);

struct plain_ip {
    unsigned version, tos, ttl, proto;
    size_t head_len, len;
    uint8_t src[16], dst[16]; /* IPv4: the first four */
    unsigned route_n;
    uint8_t route[9][4];
};

/* Is it a whole IP packet that a host may take: RFC 791, RFC 8200, RFC 1122 3.2.1.3 and 3.2.1.8? |routes|: one that came by a
 * source route, and has no stop left, too. */
bool plain_ip_read(const uint8_t *p, size_t n, bool routes, struct plain_ip *out);

/* Is the checksum of the transport part, which stands with the others in it, right? */
bool plain_checksum_right(const struct plain_ip *ip, const uint8_t *p);

#endif
