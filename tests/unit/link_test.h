/* What the tests of `link` share: TCP packets made by `wire`, slices at will, and a judge of what came out. */
#ifndef LINK_TEST_H
#define LINK_TEST_H

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <tern/link.h>

#include "bytes.h"
#include "checksum.h"
#include "ip.h"
#include "mem.h"

#define TEST(name)  static void name(void **state __attribute__((unused)))
#define CASE(name)  cmocka_unit_test(name)
#define RUN(tests)  cmocka_run_group_tests(tests, NULL, NULL)
#define PAYLOAD_MAX 65535

static uint8_t payload[PAYLOAD_MAX]; /* fixed, every pair of words different for long */

static inline void fill_payload(void)
{
    for (size_t i = 0; i < PAYLOAD_MAX; i++) payload[i] = (uint8_t)(i * 7 + i / 256);
}

static inline void *plain_alloc(void *ctx, size_t len)
{
    (void)ctx;
    return malloc(len);
}

static inline void plain_free(void *ctx, void *p, size_t len)
{
    (void)ctx;
    (void)len;
    free(p);
}

static inline struct tern_pool *test_pool(struct mem *m)
{
    const struct tern_alloc a = {plain_alloc, plain_free, NULL};
    mem_init(m, &a, SIZE_MAX);
    return pool_new(m);
}

static inline struct wire_ip test_ip(int version)
{
    struct wire_ip ip = {.version = (uint8_t)version, .proto = IPPROTO_TCP_, .ttl = 64};
    assert_int_equal(tern_addr_parse(version == 4 ? "192.0.2.1" : "2001:db8::1", &ip.src), 0);
    assert_int_equal(tern_addr_parse(version == 4 ? "192.0.2.2" : "2001:db8::2", &ip.dst), 0);
    return ip;
}

#define TEST_SEQ UINT32_C(0xfffffff0)

/* A packet of |len| payload bytes whose checksum is left to the link. With |flags|, and urgent pointer 2000 when URG is among
 * them. */
static inline struct tern_pkt test_pkt(int version, uint32_t len, uint16_t gso_size, uint16_t flags)
{
    struct wire_ip ip = test_ip(version);
    struct wire_tcp tcp = {.src_port = 1000, .dst_port = 2000, .seq = seq(TEST_SEQ), .ack = seq(77), .flags = flags, .wnd = 512};
    if (flags & TH_URG) tcp.urp = 2000;
    tcp.opt.present = OPT_TIMESTAMPS;
    tcp.opt.ts_val = 1;
    tcp.opt.ts_ecr = 2;
    struct tern_pkt p = {.payload_len = len, .gso_size = gso_size, .csum_offset = 16, .slices_n = len > 0};
    uint8_t head[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX];
    size_t tcp_len = wire_tcp_build(&tcp, head), ip_len = wire_ip_build(&ip, (uint32_t)tcp_len + len, true, 100, p.head);
    uint16_t sum = csum_fold(csum_pseudo(&ip.src, &ip.dst, IPPROTO_TCP_, (uint32_t)tcp_len + len));
    memcpy(head + 16, &sum, sizeof sum);
    memcpy(p.head + ip_len, head, tcp_len);
    p.csum_start = (uint16_t)ip_len;
    p.head_len = (uint8_t)(ip_len + tcp_len);
    p.slice[0] = (struct tern_slice){payload, len};
    return p;
}

/* Parses a plain packet, lengths and checksums included; |ip| and |tcp| are filled. */
static inline bool is_sound(const uint8_t *p, size_t len, struct wire_ip *ip, struct wire_tcp *tcp)
{
    const struct wire_ip_opts opts = {0};
    return wire_ip_parse(p, len, &opts, ip) == WIRE_OK && ip->len == len &&
           wire_tcp_parse(p + ip->head_len, len - ip->head_len, tcp) == WIRE_OK &&
           wire_tcp_checksum_ok(ip, p + ip->head_len, len - ip->head_len);
}

static inline void assert_sound(const uint8_t *p, size_t len, struct wire_ip *ip, struct wire_tcp *tcp)
{
    assert_true(is_sound(p, len, ip, tcp));
}

#endif
