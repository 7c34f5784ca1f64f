/* ao 2 1 valid: a segment that TCP-AO signs (RFC 5925), with the keys that the script gave to setsockopt(TCP_AO_ADD_KEY).
 *
 * As with MD5 (run_md5.h) nothing of the stack's own is used to sign and to compare: traffic keys and MACs are worked out here
 * from the bytes of the packet. tests/unit/test_drill_ao.c holds them against the vectors of RFC 9235. */
#ifndef DRILL_RUN_AO_H
#define DRILL_RUN_AO_H

#include "run_internal.h"

struct wire_ip;

/* What setsockopt(TCP_AO_ADD_KEY, TCP_AO_DEL_KEY, TCP_AO_INFO) gets for the members of |e|, into |out|; the key is remembered.
 * The length; 0: run_break() said why not. */
size_t ao_bytes(struct run *r, const struct script_expr *e, int64_t option, uint8_t *out);

/* What the MAC covers besides the key. */
struct ao_signed {
    const struct wire_ip *ip;
    uint32_t src_isn, dst_isn; /* 0: not known yet (a SYN's) */
    const uint8_t *tcp;        /* with the option, whatever is in the place of its MAC */
    uint32_t head_len, len;
};
enum { AO_MAC = 12 };
void ao_sign(const struct ao_key *k, const struct ao_signed *s, uint8_t mac[AO_MAC]);

/* Signs the segment at |tcp|, its header |head| bytes: each "ao N N valid" of |p| gets its MAC. False: run_break() said why. */
bool ao_fill(struct run *r, const struct flow *f, const struct script_packet *p, const struct wire_ip *ip, uint8_t *tcp,
             uint32_t head, uint32_t len);
/* Has the segment at |tcp| of the stack, its header |head| of |len| bytes, a MAC, and is it the one of the script's key? */
bool ao_is_right(const struct run *r, const struct flow *f, const struct wire_ip *ip, const uint8_t *tcp, uint32_t head,
                 uint32_t len);

#endif
