/* Initial sequence numbers: RFC 9293 3.4.1 (MUST-8, MUST-9), RFC 6528. ISN = clock of 4 us + F(pair, secret). */
#include "reach.h"

#include <string.h>

/* An OPEN's ISS. The connection is gone again, without a word to the peer. */
static uint32_t open_iss(struct rig *r, const struct tern_endpoint *from, const struct tern_endpoint *to)
{
    struct tern_conn *c = NULL;
    assert_int_equal(tern_stack_connect(r->s, from, to, &c), 0);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    uint32_t iss = o->h.seq.v;
    assert_int_equal(o->h.flags, SYN);
    tern_conn_abort(c, r->now);
    tern_conn_release(c, r->now);
    rig_clear(r);
    return iss;
}

/* A rig whose numbers are those of RFC 6528, at an instant that is a whole tick and differs between the rigs. */
static void hashed(struct rig *r)
{
    r->set.fixed_isn = 0;
    r->now = (1000 + r->iss / 1000) * TERN_SEC;
    rig_start(r);
}

/* proves: MUST-8 */
static void isn_moves_by_one_in_four_microseconds(struct rig *r)
{
    hashed(r);
    uint32_t first = open_iss(r, &r->local, &r->remote);
    rig_pass(r, 4 * TERN_US);
    assert_int_equal(open_iss(r, &r->local, &r->remote), (uint32_t)(first + 1));
    rig_pass(r, TERN_SEC);
    assert_int_equal(open_iss(r, &r->local, &r->remote), (uint32_t)(first + 250001));
}

static void isn_is_the_same_within_a_tick(struct rig *r)
{
    hashed(r);
    uint32_t first = open_iss(r, &r->local, &r->remote);
    rig_pass(r, 4 * TERN_US - 1);
    assert_int_equal(open_iss(r, &r->local, &r->remote), first);
}

/* 2^32 * 4 us = 17179.869184 s: 4 h 46 min 19.87 s */
static void isn_wraps_after_four_hours_and_three_quarters(struct rig *r)
{
    hashed(r);
    uint32_t first = open_iss(r, &r->local, &r->remote);
    rig_pass(r, (UINT64_C(1) << 31) * 4 * TERN_US);
    assert_int_equal(open_iss(r, &r->local, &r->remote), (uint32_t)(first + UINT32_C(0x80000000)));
    rig_pass(r, (UINT64_C(1) << 31) * 4 * TERN_US - 4 * TERN_US);
    assert_int_equal(open_iss(r, &r->local, &r->remote), (uint32_t)(first - 1));
    rig_pass(r, 4 * TERN_US);
    assert_int_equal(open_iss(r, &r->local, &r->remote), first);
}

/* proves: MUST-9, SHLD-1 */
static void isn_differs_between_pairs_at_the_same_instant(struct rig *r)
{
    hashed(r);
    struct tern_endpoint from = r->local, to = r->remote;
    uint32_t first = open_iss(r, &from, &to);
    to.port++;
    uint32_t remote_port = open_iss(r, &from, &to);
    to = r->remote, from.port++;
    uint32_t local_port = open_iss(r, &from, &to);
    from = r->local, to.addr.b[15] ^= 0x40;
    uint32_t remote_addr = open_iss(r, &from, &to);
    assert_int_not_equal(first, remote_port);
    assert_int_not_equal(first, local_port);
    assert_int_not_equal(first, remote_addr);
    assert_int_not_equal(remote_port - first, local_port - first);
    assert_int_not_equal(remote_port, remote_addr);
}

static void neighbouring_ports_have_unrelated_numbers(struct rig *r)
{
    uint32_t apart[8], last = 0;
    hashed(r);
    struct tern_endpoint to = r->remote;
    for (int i = 0; i < 9; i++, to.port++) {
        uint32_t iss = open_iss(r, &r->local, &to);
        if (i) apart[i - 1] = iss - last;
        last = iss;
    }
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < i; j++) assert_int_not_equal(apart[i], apart[j]);
}

/* The ISS of the same pair at the same time in a stack of its own. */
static uint32_t iss_with_secret(const struct rig *r, const char *secret)
{
    struct tern_settings set = r->set;
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .now = r->now, .settings = &set};
    struct tern_if_config cfg = {.mtu = 1500, .addr_n = 1, .prefix_len = {(uint8_t)(r->v6 ? 64 : 24)}, .addr = {r->local.addr}};
    struct tern_conn *c = NULL;
    struct tern_status st;
    memcpy(sc.secret, secret, sizeof sc.secret);
    struct tern_stack *s = tern_stack_new(&sc);
    assert_non_null(s);
    assert_int_equal(tern_stack_add_if(s, &cfg), 0);
    assert_int_equal(tern_stack_connect(s, &r->local, &r->remote, &c), 0);
    tern_conn_status(c, &st);
    tern_stack_free(s);
    return st.iss;
}

/* proves: MUST-9, SHLD-1 */
static void isn_is_predictable_with_the_secret_only(struct rig *r)
{
    hashed(r);
    uint32_t first = open_iss(r, &r->local, &r->remote);
    assert_int_equal(iss_with_secret(r, "a fixed secret."), first);
    assert_int_not_equal(iss_with_secret(r, "a fixed secret!"), first);
    assert_int_not_equal(iss_with_secret(r, "b fixed secret."), first);
    assert_int_not_equal(iss_with_secret(r, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), first);
}

static void passive_opens_use_the_same_clock(struct rig *r)
{
    hashed(r);
    uint32_t first = open_iss(r, &r->local, &r->remote);
    rig_listen(r);
    rig_pass(r, 400 * TERN_US);
    IN(r, .flags = SYN);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, SYN | ACK);
    assert_int_equal(o->h.seq.v, (uint32_t)(first + 100));
}

static void syn_again_keeps_its_number(struct rig *r)
{
    hashed(r);
    rig_connect(r);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    r->iss = o->h.seq.v;
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0);
}

static void syn_ack_again_keeps_its_number(struct rig *r)
{
    hashed(r);
    rig_listen(r);
    IN(r, .flags = SYN);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    r->iss = o->h.seq.v;
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = SYN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* proves: MAY-2. (1) Beyond the old incarnation's numbers, even when it has sent faster than the clock ticks. */
static void next_incarnation_begins_beyond_a_fast_one(struct rig *r)
{
    hashed(r);
    rig_listen(r);
    IN(r, .flags = SYN);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    r->iss = o->h.seq.v;
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    rig_send(r, 100000); /* in no time at all: the clock stands */
    int64_t una = 1;
    while (una < 100001 && (o = rig_next(r)) != NULL) {
        una += o->h.len;
        IN(r, .flags = ACK, .seq = 1, .ack = una);
    }
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 100001, .ack = 1);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 100002);
    rig_clear(r);
    IN(r, .flags = SYN, .seq = 10);
    o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, SYN | ACK);
    assert_true(seq_gt(o->h.seq, seq(r->iss + 100001)));
}

/* Sequence numbers wrap in the middle of the stream, in both directions. */
static void stream_runs_through_the_wrap(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 3000);
    int64_t una = 1;
    for (const struct out_seg *o; una < 3001 && (o = rig_next(r)) != NULL;) {
        assert_int_equal(o->h.seq.v, r->iss + (uint32_t)una);
        una += o->h.len;
        IN(r, .flags = ACK, .seq = 1, .ack = una);
    }
    assert_int_equal(una, 3001);
    for (int64_t at = 1; at < 3001; at += 500) IN(r, .flags = ACK, .seq = at, .ack = 3001, .len = 500);
    READ(r, 3000);
    assert_int_equal(rig_status(r).send_queue, 0);
    assert_int_equal(rig_status(r).snd_una, r->iss + 3001);
}

static const struct rig_test tests[] = {
    RIG_TEST(isn_moves_by_one_in_four_microseconds),
    RIG_TEST(isn_is_the_same_within_a_tick),
    RIG_TEST(isn_wraps_after_four_hours_and_three_quarters),
    RIG_TEST(isn_differs_between_pairs_at_the_same_instant),
    RIG_TEST(neighbouring_ports_have_unrelated_numbers),
    RIG_TEST(isn_is_predictable_with_the_secret_only),
    RIG_TEST(passive_opens_use_the_same_clock),
    RIG_TEST(syn_again_keeps_its_number),
    RIG_TEST(syn_ack_again_keeps_its_number),
    RIG_TEST(next_incarnation_begins_beyond_a_fast_one),
    RIG_TEST(stream_runs_through_the_wrap),
};

RIG_MAIN(tests)
