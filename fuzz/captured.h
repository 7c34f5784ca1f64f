/* An input that is a capture. Its first byte chooses: even, the rest is a pcap or pcapng file, read by libpcap; odd, it is a list
 * of packets (two bytes of length, one of time, the bytes), its second byte the link type. */
#ifndef FUZZ_CAPTURED_H
#define FUZZ_CAPTURED_H

#include <tern/types.h>

struct captured {
    void (*link)(void *ctx, int dlt); /* first, unless there is no capture */
    void (*packet)(void *ctx, tern_ns at, const uint8_t *p, uint32_t len, uint32_t wire_len);
    void *ctx;
};

/* Returns how many packets there were. */
uint64_t captured_read(const uint8_t *data, size_t len, const struct captured *to);

#endif
