/* Attacks 4, 20, 22, 24: numbers that an outsider can compute (NUMBER:JACK, CVE-2024-10026), counters that tell of other traffic
 * (CVE-2022-1012, CVE-2020-36516), numbers around the wrap (smoltcp #489, #1048, #1136), keys in dumps (gVisor #13221). */
#include "attack_test.h"
#include "hash.h"

/* The numbers of RFC 6528, not the rig's. */
static void keyed(struct rig *r)
{
    r->set.fixed_isn = 0;
    rig_start(r);
}

static struct tern_conn *open_to(struct rig *r, const struct tern_endpoint *from, const struct tern_endpoint *to)
{
    struct tern_conn *c = NULL;
    assert_int_equal(tern_stack_connect(r->s, from, to, &c), 0);
    return c;
}

static void forget(struct rig *r, struct tern_conn *c)
{
    tern_conn_abort(c, r->now);
    tern_conn_release(c, r->now);
}

/* ---- 4 ---- */

struct first {
    uint32_t isn, ts;
};

/* What the first segment of a pair has. */
static struct first first_of(struct rig *r, const struct tern_endpoint *to)
{
    struct tern_conn *c = open_to(r, &r->local, to);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    struct first f = {o->h.seq.v, o->h.opt.ts_val};
    forget(r, c);
    rig_clear(r);
    return f;
}

/* proves: ATTACK-4. Scaled: 125,000 pairs in each of the eight cases, a million together. */
static void a_million_isns_of_pairs_at_one_instant_look_like_chance(struct rig *r)
{
    uint32_t high[256] = {0}, low[256] = {0}, apart[256] = {0}, last = 0, n = 125000;
    struct tern_endpoint to;
    struct tern_status st;
    keyed(r);
    to = r->remote;
    for (uint32_t i = 0; i < n; i++) {
        if (++to.port == 0) to.port = 1, to.addr.b[15]++;
        struct tern_conn *c = open_to(r, &r->local, &to);
        tern_conn_status(c, &st);
        forget(r, c);
        high[st.iss >> 24]++, low[st.iss & 255]++, apart[(st.iss - last) >> 24]++;
        last = st.iss;
    }
    assert_true(spread_evenly(high, 256, n) && spread_evenly(low, 256, n) && spread_evenly(apart, 256, n));
}

/* proves: ATTACK-4 */
static void timestamp_offsets_of_pairs_look_like_chance(struct rig *r)
{
    uint32_t high[16] = {0}, low[16] = {0}, n = 4096;
    keyed(r);
    struct tern_endpoint to = r->remote;
    for (uint32_t i = 0; i < n; i++, to.port++) {
        struct first f = first_of(r, &to);
        high[f.ts >> 28]++, low[f.ts & 15]++;
    }
    assert_true(spread_evenly(high, 16, n) && spread_evenly(low, 16, n));
}

/* proves: ATTACK-4. For each pair the clock alone moves them: a new incarnation begins beyond the old one. */
static void isns_of_one_pair_follow_the_clock(struct rig *r)
{
    uint32_t before[64];
    keyed(r);
    struct tern_endpoint to = r->remote;
    for (int i = 0; i < 64; i++, to.port++) before[i] = first_of(r, &to).isn;
    rig_pass(r, 40 * TERN_SEC);
    to = r->remote;
    for (int i = 0; i < 64; i++, to.port++) assert_int_equal(first_of(r, &to).isn - before[i], 10000000);
}

/* ---- 20 ---- */

static uint16_t port_to(struct rig *r, const struct tern_endpoint *to)
{
    struct tern_status st;
    struct tern_conn *c = open_to(r, NULL, to);
    tern_conn_status(c, &st);
    forget(r, c);
    rig_clear(r);
    return st.local.port;
}

/* proves: ATTACK-20. A server sees the ports of two connections to itself; between them there were |others| to somebody else. */
static void ports_to_one_tell_nothing_of_those_to_others(struct rig *r)
{
    uint32_t told = 0, near = 0;
    keyed(r);
    struct tern_endpoint victim = r->remote;
    victim.addr.b[15] ^= 0x40;
    for (uint32_t others = 0; others < 64; others++) {
        uint16_t first = port_to(r, &r->remote);
        for (uint32_t i = 0; i < others; i++) port_to(r, &victim);
        uint16_t apart = (uint16_t)(port_to(r, &r->remote) - first);
        told += apart == others + 1;
        near += apart < 256;
    }
    assert_true(told <= 1 && near <= 4);
}

/* proves: ATTACK-20 */
static void ports_to_one_use_the_whole_range(struct rig *r)
{
    uint32_t bucket[16] = {0}, n = 4096;
    r->set.port_min = 1024, r->set.port_max = 1024 + 16383;
    keyed(r);
    for (uint32_t i = 0; i < n; i++) bucket[(port_to(r, &r->remote) - 1024u) >> 10]++;
    assert_true(spread_evenly(bucket, 16, n));
}

/* A connection whose packets may be fragmented, and so have an identification. */
static struct tern_conn *open_whole(struct rig *r, uint16_t port)
{
    IN(r, .flags = SYN, .src_port = port);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    uint32_t isn = o->h.seq.v - r->iss;
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = (int64_t)isn + 1, .src_port = port);
    struct tern_conn *c = tern_listener_accept(r->l);
    assert_non_null(c);
    assert_int_equal(tern_conn_set(c, r->now, TERN_OPT_MTU_DISCOVER, TERN_MTU_DONT), 0);
    assert_int_equal(tern_conn_set(c, r->now, TERN_OPT_NODELAY, 1), 0);
    return c;
}

static uint16_t identification_of(struct rig *r, struct tern_conn *c)
{
    assert_int_equal(tern_conn_send(c, r->now, "x", 1), 1);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    return be16_get(o->bytes + 4);
}

/* proves: ATTACK-20 */
static void identifications_to_one_tell_nothing_of_packets_to_others(struct rig *r)
{
    uint32_t told = 0, near = 0;
    if (r->v6) return; /* IPv6 has none */
    r->set.tlp = 0;
    rig_listen(r);
    struct tern_conn *seen = open_whole(r, 1000), *victim = open_whole(r, 1001);
    for (uint32_t others = 0; others < 64; others++) {
        uint16_t first = identification_of(r, seen);
        for (uint32_t i = 0; i < others && i < 3; i++) identification_of(r, victim);
        uint16_t apart = (uint16_t)(identification_of(r, seen) - first);
        told += apart == (others < 3 ? others : 3) + 1;
        near += apart < 256;
        rig_pass(r, TERN_MS);
        struct tern_status st;
        tern_conn_status(seen, &st);
        IN(r, .flags = ACK, .seq = 1, .ack = (int64_t)(st.snd_nxt - r->iss), .src_port = 1000);
        tern_conn_status(victim, &st);
        IN(r, .flags = ACK, .seq = 1, .ack = (int64_t)(st.snd_nxt - r->iss), .src_port = 1001);
        rig_clear(r);
    }
    assert_true(told <= 1 && near <= 4);
}

/* ---- 22 ---- */

/* proves: ATTACK-22. Both streams pass the wrap with every third segment of one lost. The rig runs it, as every
 * test here, with numbers at 0, 2^31 - 1, 2^31 and 2^32 - 1. */
static void streams_with_losses_pass_the_wrap(struct rig *r)
{
    uint8_t have[40002] = {0};
    uint32_t i = 0;
    int64_t una = 1;
    r->syn.sack_ok = true, r->syn.mss = 1000;
    rig_passive(r);
    rig_send(r, 40000);
    for (int rounds = 0; una < 40001 && rounds < 2000; rounds++) {
        const struct out_seg *o = rig_next(r);
        if (!o) {
            rig_pass(r, 50 * TERN_MS);
            continue;
        }
        if (!o->h.len || i++ % 3 == 1) continue;
        int64_t at = (int32_t)(o->h.seq.v - r->iss), end = at + o->h.len;
        memset(have + at, 1, o->h.len);
        while (una < 40001 && have[una]) una++;
        if (at > una)
            IN(r, .flags = ACK, .seq = 1, .ack = una, .sack_n = 1, .sack = {{at, end}});
        else
            IN(r, .flags = ACK, .seq = 1, .ack = una);
    }
    assert_int_equal(una, 40001);
    for (int64_t at = 1; at < 40001; at += 1000) /* each pair the wrong way round */
        IN(r, .flags = ACK, .seq = (at - 1) / 1000 % 2 ? at - 1000 : at + 1000, .ack = una, .len = 1000);
    READ(r, 40000);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- 24 ---- */

/* The rig's secret, and the keys that the stack derives of it. */
static void keys(uint8_t out[6][16])
{
    static const uint8_t purpose[5] = {'i', 't', 'h', 'p', 'f'};
    memcpy(out[0], "a fixed secret.", 16);
    for (int k = 0; k < 5; k++)
        for (uint8_t half = 0; half < 2; half++) {
            uint8_t label[2] = {purpose[k], half};
            uint64_t v = hash_keyed(out[0], label, sizeof label);
            for (int i = 0; i < 8; i++) out[k + 1][8 * half + i] = (uint8_t)(v >> (8 * i));
        }
}

/* Half a key is too much. */
static bool holds_key(const void *where, size_t len)
{
    uint8_t key[6][16];
    keys(key);
    for (int k = 0; k < 6; k++)
        if (memmem(where, len, key[k], 8) || memmem(where, len, key[k] + 8, 8)) return true;
    return false;
}

static bool status_has_key(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    (void)c;
    *(bool *)ctx |= holds_key(st, sizeof *st);
    return true;
}

/* proves: ATTACK-24. An event ring is what traces, pcapng comments and stories are made of. */
static void no_trace_status_counter_or_packet_holds_a_key(struct rig *r)
{
    bool found = false;
    r->set.fixed_isn = 0;
    rig_listen(r);
    for (uint16_t port = 1; port < 200; port++) {
        IN(r, .flags = SYN, .src_port = port, .mss = 1000, .ts = true, .tsval = port, .sack_ok = true, .ws = 3);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) found |= holds_key(o->bytes, o->len);
    }
    struct tern_conn *c = open_to(r, NULL, &r->remote);
    tern_stack_each(r->s, status_has_key, &found);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) found |= holds_key(o->bytes, o->len);
    forget(r, c);
    struct tern_counters n = rig_counters(r);
    assert_false(found || holds_key(&n, sizeof n) || holds_key(r->ring, RIG_EVENTS * sizeof *r->ring));
    assert_true(r->trace.end > 400);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_million_isns_of_pairs_at_one_instant_look_like_chance),
    RIG_TEST(timestamp_offsets_of_pairs_look_like_chance),
    RIG_TEST(isns_of_one_pair_follow_the_clock),
    RIG_TEST(ports_to_one_tell_nothing_of_those_to_others),
    RIG_TEST(ports_to_one_use_the_whole_range),
    RIG_TEST(identifications_to_one_tell_nothing_of_packets_to_others),
    RIG_TEST(streams_with_losses_pass_the_wrap),
    RIG_TEST(no_trace_status_counter_or_packet_holds_a_key),
};

RIG_MAIN(tests)
