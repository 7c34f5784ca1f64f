/* The ECN field of IP (RFC 3168 5), and the three ECN flags of TCP as a number, ACE (RFC 9768 3.2.2). */
#ifndef WIRE_ECN_FIELD_H
#define WIRE_ECN_FIELD_H

#include <stdbool.h>
#include <stdint.h>

enum { ECN_NOT = 0, ECN_ECT1 = 1, ECN_ECT0 = 2, ECN_CE = 3 }; /* the two low bits of the TOS */

enum {
    ACE_SHIFT = 6, /* in the flags: AE, CWR, ECE */
    ACE_MAX = 7,
    ACE_FIRST = 5, /* RFC 9768 3.2.1: where the counters begin, so that one that was zeroed on the way is known */
};

static inline unsigned ecn_ace(uint16_t flags) { return flags >> ACE_SHIFT & ACE_MAX; }

/* RFC 9768 3.1.1, 3.2.2.1: by which number the answer to a SYN, or to a SYN,ACK, tells with what ECN field it came. */
static inline unsigned ecn_tells(unsigned came)
{
    static const uint8_t ace[] = {[ECN_NOT] = 2, [ECN_ECT1] = 3, [ECN_ECT0] = 4, [ECN_CE] = 6};
    return ace[came & 3];
}

/* And back; false: the number tells of none. */
static inline bool ecn_told(unsigned ace, unsigned *came)
{
    for (*came = 0; *came <= ECN_CE; ++*came)
        if (ecn_tells(*came) == ace) return true;
    return false;
}

/* RFC 9768 3.2.2.3: ECN-capable stays so, not capable stays so, CE stays CE. */
static inline bool ecn_possible(unsigned sent, unsigned came)
{
    if (sent == ECN_NOT || came == ECN_NOT || sent == ECN_CE) return sent == came;
    return true;
}

#endif
