/* TCP-AO (RFC 5925) in one buffer, apart from the stack's way: the rig signs and verifies for the peer by it. */
#ifndef SUPPORT_RIG_AO_H
#define SUPPORT_RIG_AO_H

#include <tern/tern.h>

/* A segment, whose MAC is not looked at. */
struct rig_ao {
    struct tern_addr src, dst;
    const uint8_t *tcp; /* header and data */
    size_t head_len, len;
    uint32_t sisn, disn, sne;
};
/* |traffic|, 20 bytes, may be NULL; of AES's key there are 16. */
void rig_ao_mac(const struct tern_ao_key *k, const struct rig_ao *g, uint8_t traffic[20], uint8_t mac[12]);

#endif
