/* What the tests of the stack layer share, beyond the rig. */
#ifndef CONN_STACK_TEST_H
#define CONN_STACK_TEST_H

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "ip.h"
#include "rig.h"

static inline struct tern_addr addr_of(const char *text)
{
    struct tern_addr a;
    assert_int_equal(tern_addr_parse(text, &a), 0);
    return a;
}

/* Our own second address, and somebody else's. */
static inline struct tern_addr other_local(const struct rig *r) { return addr_of(r->v6 ? "2001:db8::3" : "192.0.2.3"); }
static inline struct tern_addr stranger(const struct rig *r) { return addr_of(r->v6 ? "2001:db8:1::9" : "198.51.100.9"); }

/* A second interface with another of our addresses; its index. */
static inline int add_if(struct rig *r, const struct tern_addr *a, bool any)
{
    struct tern_if_config cfg = {.mtu = 1500, .addr_n = 1, .any = any};
    cfg.addr[0] = *a;
    cfg.prefix_len[0] = r->v6 ? 128 : 32;
    rig_start(r);
    int ifi = tern_stack_add_if(r->s, &cfg);
    assert_true(ifi > 0);
    return ifi;
}

/* The packet |p| into interface |ifi|. */
static inline enum tern_input in_by(struct rig *r, int ifi, const uint8_t *p, size_t len)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), len);
    assert_non_null(b);
    memcpy(b->data, p, len);
    b->len = (uint32_t)len;
    enum tern_input taken = tern_stack_input(r->s, ifi, r->now, b);
    if (taken == TERN_INPUT_FOREIGN) {
        assert_int_equal(b->len, len);
        assert_memory_equal(b->data, p, len);
        assert_int_equal(b->refs, 1);
        tern_buf_unref(b);
    }
    return taken;
}

static inline struct tern_listener *listen_on(struct rig *r, const struct tern_listen_config *cfg)
{
    struct tern_listener *l = NULL;
    rig_start(r);
    assert_int_equal(tern_stack_listen(r->s, cfg, &l), 0);
    return l;
}

static inline struct tern_listener *listen_backlog(struct rig *r, uint32_t backlog)
{
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .backlog = backlog};
    return r->l = listen_on(r, &cfg);
}

/* The flags of the next segment out, 0 when there is none; its ports are then in *from and *to. */
static inline uint16_t next_flags(struct rig *r, uint16_t *from, uint16_t *to)
{
    const struct out_seg *o = rig_next(r);
    if (!o) return 0;
    if (from) *from = o->h.src_port;
    if (to) *to = o->h.dst_port;
    return o->h.flags;
}

static inline uint32_t count_out(struct rig *r, uint16_t flags)
{
    uint32_t n = 0;
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) n += o->h.flags == flags;
    return n;
}

static inline struct tern_listener_info info_of(const struct tern_listener *l)
{
    struct tern_listener_info i;
    tern_listener_info(l, &i);
    return i;
}

/* A handshake by the peer at |port|, up to the third ACK; whether it was accepted is the listener's matter. */
static inline void handshake_from(struct rig *r, uint16_t port)
{
    IN(r, .flags = SYN, .src_port = port);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = port);
}

#endif
