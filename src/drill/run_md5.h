/* md5 valid: FreeBSD's scripts leave the signature (RFC 2385) to the runner, which has the key from --tcp_md5_secret. It is
 * computed here once more, and not by what is tested. */
#ifndef DRILL_RUN_MD5_H
#define DRILL_RUN_MD5_H

#include "run_internal.h"

struct wire_ip;

/* Signs the segment at |tcp|, its header |head| bytes: each "md5 valid" of |p| gets its digest. False: run_break() said why. */
bool md5_fill(struct run *r, const struct script_packet *p, const struct wire_ip *ip, uint8_t *tcp, uint32_t head, uint32_t len);
/* The right signature of a segment that the stack sent becomes "md5 valid" in |v|, where |p| asks for that. */
void md5_to_script(const struct run *r, const struct script_packet *p, const struct wire_ip *ip, const uint8_t *tcp, uint32_t len,
                   struct view *v);
/* An option that is "md5 valid" in the script's tree: a digest of zeroes. */
bool md5_is_valid(const uint8_t *option, size_t len);
/* setsockopt(TCP_MD5SIG, [1]) of FreeBSD: the peer's key is the secret. 0, or -errno. */
int md5_set(struct run *r, struct sock *s, int on);

#endif
