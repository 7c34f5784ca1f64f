/* md5 valid: the signature (RFC 2385) is left to the runner. FreeBSD's scripts say the key by --tcp_md5_secret, Linux's by
 * setsockopt(TCP_MD5SIG, {tcpm_key="..."}).
 *
 * It is computed here a second time on purpose. The stack's own (stack/md5.c) is what is tested: one that left out the padding of
 * the pseudo-header would agree with itself in both directions. This one puts together by itself what is signed, from the bytes
 * of the packet; tests/unit/test_drill_md5.c holds it against digests that Python's hashlib made. */
#ifndef DRILL_RUN_MD5_H
#define DRILL_RUN_MD5_H

#include "run_internal.h"

struct wire_ip;

/* Signs the segment at |tcp|, its header |head| bytes: each "md5 valid" of |p| gets its digest. False: run_break() said why. */
bool md5_fill(struct run *r, const struct script_packet *p, const struct wire_ip *ip, uint8_t *tcp, uint32_t head, uint32_t len);
/* Has the segment at |tcp|, its header |head| of |len| bytes, a signature, and is it the script's key's? */
bool md5_is_right(const struct run *r, const struct wire_ip *ip, const uint8_t *tcp, uint32_t head, uint32_t len);
/* What Linux's setsockopt(TCP_MD5SIG) gets for {tcpm_key="..."}, into |out|; the key is remembered, "" takes it away. The length;
 * 0: run_break() said why not. */
size_t md5_bytes(struct run *r, const struct script_expr *e, uint8_t *out);
/* setsockopt(TCP_MD5SIG, [1]) of FreeBSD: the peer's key is the secret. 0, or -errno. */
int md5_set(struct run *r, struct sock *s, int on);

#endif
