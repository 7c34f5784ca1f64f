/* What the tests of the attacks (src/base/attacks.h) share, beyond the rig. */
#ifndef ATTACK_ATTACK_TEST_H
#define ATTACK_ATTACK_TEST_H

#include <stdlib.h>
#include <string.h>

#include "reach.h"
#include "stack_test.h"
#include "steps.h"

/* Numbers that look like chance, the same in every run. */
static inline uint32_t lot(uint32_t *state, uint32_t below)
{
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return (uint32_t)((uint64_t)(*state >> 4) * below >> 28);
}

/* The peer's segment |t| with |n| bytes of options as they stand, a multiple of 4; returns its length. */
static inline size_t build_raw(const struct rig *r, const struct tseg *t, const uint8_t *options, size_t n, uint8_t *out)
{
    uint8_t plain[2048];
    size_t ip_len = r->v6 ? 40 : 20, len = rig_build(r, t, plain) - ip_len;
    struct wire_ip ip = {.src = r->remote.addr, .dst = r->local.addr, .version = r->v6 ? 6 : 4, .proto = 6, .ttl = 64};
    assert_int_equal(wire_ip_build(&ip, (uint32_t)(len + n), true, 0, out), ip_len);
    uint8_t *tcp = out + ip_len;
    memcpy(tcp, plain + ip_len, 20);
    if (n) memcpy(tcp + 20, options, n);
    memcpy(tcp + 20 + n, plain + ip_len + 20, len - 20);
    tcp[12] = (uint8_t)((20 + n) / 4 << 4 | (tcp[12] & 15));
    tcp[16] = tcp[17] = 0;
    csum_put(tcp + 16, csum_add(csum_pseudo(&ip.src, &ip.dst, 6, (uint32_t)(len + n)), tcp, len + n));
    return ip_len + len + n;
}

/* A packet goes in, and what comes out is counted and forgotten: for many. */
static inline uint32_t flood(struct rig *r, const uint8_t *packet, size_t len)
{
    struct tern_pkt pkt[16];
    uint32_t n = 0;
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), len);
    if (!b) return 0; /* as a device does that has no memory */
    memcpy(b->data, packet, len);
    b->len = (uint32_t)len;
    assert_int_equal(tern_stack_input(r->s, 0, r->now, b), TERN_INPUT_TAKEN);
    for (int got = 16; got == 16; n += (uint32_t)got) got = tern_stack_output(r->s, 0, r->now, pkt, 16);
    return n;
}

static inline uint32_t flood_seg(struct rig *r, const struct tseg *t)
{
    static uint8_t packet[TERN_PACKET_MAX];
    return flood(r, packet, rig_build(r, t, packet));
}
#define FLOOD(r, ...) flood_seg(r, &(struct tseg){__VA_ARGS__})

static inline size_t memory_of(const struct rig *r) { return rig_counters(r).memory_used; }

/* base/steps.h; always 0 where they are not counted: `make attack` has programs that count. */
static inline bool steps_counted(void) { return &steps_done != NULL; }
static inline uint64_t steps_now(void) { return steps_counted() ? steps_done : 0; }

/* Are |n| numbers spread over |buckets| as chance would? */
static inline bool spread_evenly(const uint32_t *bucket, size_t buckets, uint64_t n)
{
    double even = (double)n / (double)buckets, chi = 0;
    for (size_t i = 0; i < buckets; i++) chi += ((double)bucket[i] - even) * ((double)bucket[i] - even) / even;
    return chi < 1.6 * (double)buckets; /* of 256, six standard deviations above what is usual */
}

#endif
