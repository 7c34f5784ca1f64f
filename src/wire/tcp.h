/* The TCP header and its options (RFC 9293 3.1, 3.2): bytes <-> struct wire_tcp. Knows no state. */
#ifndef WIRE_TCP_H
#define WIRE_TCP_H

#include <tern/types.h>

#include "seq.h"

enum {
    WIRE_TCP_HEADER_LEN = 20,
    WIRE_TCP_OPTIONS_MAX = 40,
};

/* Control bits as they stand in the 16-bit word that begins with the data offset. */
enum {
    TH_FIN = 0x001,
    TH_SYN = 0x002,
    TH_RST = 0x004,
    TH_PSH = 0x008,
    TH_ACK = 0x010,
    TH_URG = 0x020,
    TH_ECE = 0x040,
    TH_CWR = 0x080,
    TH_AE = 0x100, /* RFC 9768 */
};

/* Option kinds (IANA). */
enum {
    TCPOPT_EOL = 0,
    TCPOPT_NOP = 1,
    TCPOPT_MSS = 2,
    TCPOPT_WSCALE = 3,
    TCPOPT_SACK_PERMITTED = 4,
    TCPOPT_SACK = 5,
    TCPOPT_TIMESTAMPS = 8,
    TCPOPT_MD5 = 19,
    TCPOPT_USER_TIMEOUT = 28,
    TCPOPT_AO = 29,
    TCPOPT_FASTOPEN = 34,
    TCPOPT_ACCECN0 = 172,
    TCPOPT_ACCECN1 = 174,
    TCPOPT_EXP1 = 253,
    TCPOPT_EXP2 = 254,
};

/* Which options are there: bits of wire_tcp_options.present. */
enum {
    OPT_MSS = 1u << 0,
    OPT_WSCALE = 1u << 1,
    OPT_SACK_PERMITTED = 1u << 2,
    OPT_SACK = 1u << 3,
    OPT_TIMESTAMPS = 1u << 4,
    OPT_USER_TIMEOUT = 1u << 5,
    OPT_MD5 = 1u << 6,
    OPT_AO = 1u << 7,
    OPT_FASTOPEN = 1u << 8,
    OPT_ACCECN = 1u << 9,
    OPT_EXPERIMENT = 1u << 10,
    OPT_UNKNOWN = 1u << 11,  /* at least one of a kind not listed: skipped by its length (MUST-6) */
    OPT_MALFORMED = 1u << 12 /* a known kind of wrong length was skipped, or the list ended in a length that cannot be (MUST-7) */
};

enum { WIRE_SACK_MAX = 4 }; /* blocks that an option has room for (RFC 2018 3) */

struct wire_sack {
    seq32 left, right; /* right is the number after the last byte */
};

/* |present| and |sack_n| are valid always; any other member only when |present| has its bit: parsing zeroes nothing, for speed.
 * Of an option that stands twice the last one counts, of experiments the first. */
struct wire_tcp_options {
    uint16_t present;     /* OPT_* */
    uint16_t mss;         /* RFC 9293 3.7.1 */
    uint8_t wscale;       /* as received; RFC 7323 2.3 limits its use to 14 */
    uint8_t sack_n;       /* 1..4 with OPT_SACK, else 0 */
    uint8_t fastopen_len; /* cookie bytes: 0 (a request), or even and 4..16 */
    uint8_t ao_key_id, ao_next_key_id, ao_mac_len;
    bool user_timeout_minutes; /* granularity bit of RFC 5482: minutes, not seconds */
    uint16_t user_timeout;     /* 15 bits, in the unit above */
    uint32_t ts_val, ts_ecr;   /* RFC 7323 3.2 */
    struct wire_sack sack[WIRE_SACK_MAX];
    const uint8_t *md5;      /* 16 bytes (RFC 2385), within the parsed packet */
    const uint8_t *ao_mac;   /* ao_mac_len bytes (RFC 5925 2.2) */
    const uint8_t *fastopen; /* fastopen_len bytes (RFC 7413 2) */
    uint8_t accecn_kind;     /* TCPOPT_ACCECN0 or 1: the order of the counters (RFC 9768 3.2.3) */
    uint8_t accecn_n;        /* counters present: 0..3 */
    uint32_t accecn[3];      /* 24-bit counters in the order they stand */
    uint8_t exp_kind;        /* TCPOPT_EXP1 or 2; the first one found */
    uint8_t exp_len;         /* data bytes after kind and length: 0..38 */
    const uint8_t *exp;
};

struct wire_tcp {
    uint16_t src_port, dst_port;
    seq32 seq;
    seq32 ack;
    uint16_t flags;      /* TH_*, nine bits */
    uint8_t reserved;    /* the three bits that are still reserved: sent as zero, ignored when received (RFC 9293 3.1) */
    uint8_t head_len;    /* header and options, bytes: 20..60 */
    uint16_t wnd;        /* as in the header, not scaled */
    uint16_t csum;       /* as in the header */
    uint16_t urp;        /* urgent pointer */
    uint32_t len;        /* payload bytes (RFC 9293's SEG.LEN also counts SYN and FIN: see wire_seg_len) */
    const uint8_t *data; /* payload, within the parsed packet */
    struct wire_tcp_options opt;
};

/* SEG.LEN of RFC 9293 3.4: payload, and one each for SYN and FIN. */
static inline uint32_t wire_seg_len(const struct wire_tcp *t) { return t->len + !!(t->flags & TH_SYN) + !!(t->flags & TH_FIN); }

/* Why a packet could not be parsed. */
enum wire_err {
    WIRE_OK = 0,
    WIRE_SHORT,   /* shorter than a header, or than its header says: cut off */
    WIRE_OFFSET,  /* data offset below 5 words or beyond the segment */
    WIRE_VERSION, /* neither IPv4 nor IPv6 */
    WIRE_LENGTH,  /* an IP header or total length that cannot be */
    WIRE_IP_CHECKSUM,
    WIRE_FRAGMENT,     /* fragments are refused */
    WIRE_IP_OPTION,    /* malformed IP option */
    WIRE_SOURCE_ROUTE, /* a source route, and the setting refuses them */
    WIRE_EXT_HEADER,   /* IPv6 extension header malformed, or too many */
    WIRE_ADDRESS,      /* a source or destination that no packet may have */
    WIRE_CHECKSUM,     /* transport checksum */
    WIRE_ERR_N
};

/* Parses a TCP segment of |len| bytes. On WIRE_OK |out| is filled, pointers leading into |seg|. The checksum is not looked at. */
enum wire_err wire_tcp_parse(const uint8_t *seg, size_t len, struct wire_tcp *out);

/* Parses the |len| option bytes; never fails: what cannot be read is skipped and marked OPT_MALFORMED. */
void wire_tcp_options_parse(const uint8_t *p, size_t len, struct wire_tcp_options *out);

/* Where options stand, and how they are padded: no RFC says, but whoever compares bytes must know. */
enum wire_layout {
    WIRE_LAYOUT_OWN,    /* each ends at a word, NOPs before it */
    WIRE_LAYOUT_LINUX,  /* the same, but Fast Open and experiments have the NOPs behind them */
    WIRE_LAYOUT_FREEBSD /* window scale before SACK-permitted and timestamps; the end of the list and zeros at the end */
};

/* Length of the options that wire_tcp_build would write, padded to a multiple of 4; above 40 they do not fit. */
size_t wire_tcp_options_len(const struct wire_tcp_options *opt);

/* Writes header and options (not the payload) and returns their length. The checksum field gets |t->csum|. Options stand in one
 * fixed order with the paddings that stacks customarily use; OPT_UNKNOWN and OPT_MALFORMED are not written. Options that do not
 * fit (wire_tcp_options_len() above 40) are the caller's mistake: nothing is written and 0 returned. |t->head_len| is not read.
 */
size_t wire_tcp_build(const struct wire_tcp *t, uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX]);
/* The same in another layout. */
size_t wire_tcp_build_as(const struct wire_tcp *t, enum wire_layout layout,
                         uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX]);

#endif
