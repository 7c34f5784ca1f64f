/* A TCP segment as a capture shows it: perhaps without its end, perhaps with a checksum that was still to be made. */
#ifndef CAPTURE_SIGHT_H
#define CAPTURE_SIGHT_H

#include "ip.h"
#include "link_layer.h"

enum sight_kind { SIGHT_TCP, SIGHT_FRAGMENT, SIGHT_TOO_BIG, SIGHT_OTHER, SIGHT_UNREADABLE };
enum sight_sum { SUM_UNKNOWN, SUM_RIGHT, SUM_WRONG, SUM_OFFLOADED };

struct sight {
    const uint8_t *packet; /* as captured, link header and all */
    uint32_t len;          /* bytes of it */
    uint32_t ip_at;        /* where its IP header begins */
    bool cut;              /* the capture's snaplen left something away */
    bool more_fragments;   /* the first of several fragments: |tcp.len| counts this one's bytes */
    struct wire_ip ip;
    uint32_t id; /* the IP identification, of a fragment in IPv6; 0: none */
    enum sight_sum sum;
    struct wire_tcp tcp;   /* |data| is not to be used */
    struct wire_icmp icmp; /* SIGHT_TOO_BIG: a router refused a packet of TCP */
    uint32_t fragment_len; /* SIGHT_FRAGMENT, one without a header: payload bytes */
};

/* |wire_len|: bytes before the capture cut it. */
enum sight_kind sight_read(enum link_layer layer, const uint8_t *p, uint32_t len, uint32_t wire_len, struct sight *out);

#endif
