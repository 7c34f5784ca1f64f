/* TCP-AO's algorithms (RFC 5926): traffic keys out of a master key, and what authenticates a segment. Knows no connection. */
#ifndef STACK_AO_MAC_H
#define STACK_AO_MAC_H

#include <tern/conn.h>
#include <tern/packet.h>

#include "tcp.h"

enum {
    AO_MAC_LEN = 12,         /* of both algorithms (RFC 5926 3.2) */
    AO_TRAFFIC_KEY_MAX = 20, /* HMAC-SHA-1's; AES's has 16 */
};

/* What makes a traffic key that of one connection and one direction (RFC 5925 5.2). */
struct ao_context {
    struct tern_addr src, dst;
    uint16_t sport, dport;
    uint32_t sisn, disn; /* the initial sequence numbers of sender and receiver; a SYN without ACK knows none but its own: 0 */
};

/* RFC 5926 3.1.1: KDF_HMAC_SHA1 or KDF_AES_128_CMAC. */
void ao_traffic_key(const struct tern_ao_key *k, const struct ao_context *x, uint8_t out[AO_TRAFFIC_KEY_MAX]);

/* A segment as it is on the wire: the header begins at |tcp|, and |o| was read from it, with an option AO. */
struct ao_segment {
    const struct tern_addr *src, *dst;
    const uint8_t *tcp;
    uint32_t head_len;
    const struct wire_tcp_options *o;
    const struct tern_slice *data;
    unsigned data_n;
    uint32_t sne; /* RFC 5925 6.2 */
};

/* RFC 5925 5.1, RFC 5926 3.2 */
void ao_mac(const struct tern_ao_key *k, const uint8_t *traffic_key, const struct ao_segment *g, uint8_t mac[AO_MAC_LEN]);

#endif
