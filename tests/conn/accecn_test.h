/* What the tests of AccECN (RFC 9768) share. */
#ifndef CONN_ACCECN_TEST_H
#define CONN_ACCECN_TEST_H

#include <stdlib.h>

#include "xfer.h"

enum { ECT1 = 1, ECT0 = 2, CE = 3, ASK = AE | CWR | ECE };

/* (AE, CWR, ECE) as the number that they are after the handshake. */
#define ACE(n) ((uint16_t)((n) << 6 & ASK))

static inline void set(struct rig *r, const char *name, uint64_t value)
{
    assert_int_equal(tern_settings_set(&r->set, name, value), 0);
}

static inline void expect(struct rig *r, bool accurate, bool classic)
{
    assert_int_equal(rig_status(r).accecn, accurate);
    assert_int_equal(rig_status(r).ecn, accurate || classic);
}

/* A rig of its own, with |r|'s numbers, for each row of a table. */
static inline void anew(struct rig *to, const struct rig *r)
{
    memset(to, 0, sizeof *to);
    tern_settings_default(&to->set);
    to->set.fixed_isn = r->set.fixed_isn;
    to->mtu = r->mtu, to->gso_max = r->gso_max, to->now = r->now, to->iss = r->iss, to->v6 = r->v6;
    set(to, "ecn", 3);
}

static inline void over(struct rig *r)
{
    rig_clear(r);
    tern_stack_free(r->s);
    free(r->ring);
}

/* The peer's MSS is 1000; with |ts| there are timestamps. */
static inline void agreed_by(struct rig *r, bool ts, const char *option)
{
    set(r, "ecn", 3);
    rig_listen(r);
    IN(r, .flags = SYN | ASK, .mss = 1000, .sack_ok = true, .ts = ts, .tsval = 1);
    rig_clear(r);
    IN(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1, .ts = ts, .tsval = 1, .acc = option);
    assert_non_null(rig_accept(r));
    assert_true(rig_status(r).accecn);
    rig_mark(r);
}

static inline void agreed(struct rig *r) { agreed_by(r, false, "0 1 0 1"); }

/* And all is acknowledged at once. */
static inline void agreed_quick(struct rig *r)
{
    set(r, "delack", 0);
    agreed(r);
}

static inline void reno(struct rig *r)
{
    set(r, "congestion", 1);
    set(r, "initial_window", 30);
}

static inline void sent(struct rig *r, unsigned n)
{
    rig_send(r, n * 1000);
    rig_clear(r);
}

#endif
