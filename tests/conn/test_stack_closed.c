/* Segments that belong to no connection (RFC 9293 3.10.7.1), and packets that are not for TCP at all. */
#include "stack_test.h"

/* ---- closed ports ---- */

static void syn_to_a_closed_port(struct rig *r)
{
    IN(r, .flags = SYN);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
    SAW(r, RST_CLOSED);
    assert_int_equal(rig_counters(r).resets_out, 1);
}

static void the_reset_counts_data_and_fin(struct rig *r)
{
    IN(r, .flags = FIN, .seq = 1, .len = 10);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 12);
}

static void ack_to_a_closed_port(struct rig *r)
{
    IN(r, .flags = ACK, .seq = 5, .ack = 77);
    OUT(r, .flags = RST, .seq = 77);
}

static void syn_ack_to_a_closed_port(struct rig *r)
{
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 9);
    OUT(r, .flags = RST, .seq = 9);
}

static void a_reset_is_never_answered(struct rig *r)
{
    IN(r, .flags = RST, .seq = 5);
    IN(r, .flags = RST | ACK, .seq = 5, .ack = 5);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_RST_TO_CLOSED), 2);
}

static void closed_ports_may_stay_silent(struct rig *r)
{
    r->set.silent = 1;
    IN(r, .flags = SYN);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_NO_LISTENER), 2);
}

static void resets_are_limited_in_rate(struct rig *r)
{
    r->set.answer_rate = 1, r->set.answer_rate_source = 1000;
    for (int i = 0; i < 150; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1 + i));
    assert_int_equal(count_out(r, RST | ACK), 100); /* a burst, then the rate */
    assert_int_equal(rig_drops(r, TERN_DROP_RATE_LIMIT), 50);
    rig_pass(r, 1001 * TERN_MS);
    IN(r, .flags = SYN);
    OUT(r, .flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
}

/* proves: ATTACK-25, TERN 2. Who asks much is answered at his own rate, and others are answered. */
static void resets_to_one_source_are_limited(struct rig *r)
{
    r->set.answer_rate_source = 10;
    rig_start(r);
    const struct tern_addr one = r->remote.addr;
    for (int i = 0; i < 50; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1 + i));
    assert_int_equal(count_out(r, RST | ACK), 10);
    assert_int_equal(rig_drops(r, TERN_DROP_RATE_SOURCE), 40);
    r->remote.addr = stranger(r);
    for (int i = 0; i < 50; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1 + i));
    assert_int_equal(count_out(r, RST | ACK), 10);
    r->remote.addr = one;
    rig_pass(r, 500 * TERN_MS);
    for (int i = 0; i < 50; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1 + i));
    assert_int_equal(count_out(r, RST | ACK), 5);
    assert_int_equal(rig_drops(r, TERN_DROP_RATE_LIMIT), 0);
}

static void a_listener_ignores_resets(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = RST, .seq = 1);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_RST_TO_LISTEN), 1);
}

static void a_listener_resets_acknowledgements(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 33);
    OUT(r, .flags = RST, .seq = 33);
    SAW(r, LISTEN_ACK);
}

static void a_listener_drops_what_is_neither_syn_nor_ack(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = FIN, .seq = 1);
    IN(r, .flags = 0, .seq = 1, .len = 3);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_LISTEN_NO_SYN), 2);
}

static void a_listener_drops_syn_with_fin(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN | FIN);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_LISTEN_FIN), 1);
}

static void land_is_dropped(struct rig *r)
{
    rig_start(r);
    r->remote = r->local;
    IN(r, .flags = SYN);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_LAND), 1);
}

static void land_to_a_listener_is_dropped(struct rig *r)
{
    rig_listen(r);
    r->remote = r->local;
    IN(r, .flags = SYN);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_LAND), 1);
    assert_int_equal(rig_counters(r).half_n, 0);
}

static void data_behind_a_fin_is_dropped(struct rig *r)
{
    rig_to_state(r, TERN_CLOSE_WAIT);
    IN(r, .flags = ACK, .seq = 2, .ack = 1, .len = 5);
    OUT(r, .flags = ACK, .seq = 1, .ack = 2);
    assert_int_equal(rig_drops(r, TERN_DROP_AFTER_FIN), 1);
    assert_int_equal(tern_conn_readable(r->c), 0);
}

/* ---- whose packets these are ---- */

static void other_protocols_are_handed_back_untouched(struct rig *r)
{
    static const uint8_t proto[] = {2, 17, 47, 50, 132};
    uint8_t p[60];
    rig_start(r);
    for (size_t i = 0; i < sizeof proto; i++) {
        struct wire_ip ip = {.src = r->remote.addr, .dst = r->local.addr, .version = r->v6 ? 6 : 4, .proto = proto[i], .ttl = 64};
        if (r->v6 && proto[i] == 50) continue; /* ESP: nothing behind it can be read */
        size_t len = wire_ip_build(&ip, 8, true, 0, p);
        memset(p + len, 0x5a, 8);
        assert_int_equal(in_by(r, 0, p, len + 8), TERN_INPUT_FOREIGN);
    }
    NONE(r);
    assert_int_equal(rig_counters(r).packets_in, 0);
}

static void packets_for_others_are_handed_back_untouched(struct rig *r)
{
    uint8_t p[100];
    rig_start(r);
    r->local.addr = stranger(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    assert_int_equal(in_by(r, 0, p, len), TERN_INPUT_FOREIGN);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_NOT_LOCAL), 1);
}

static void fragments_for_others_are_handed_back_untouched(struct rig *r)
{
    uint8_t p[100];
    if (r->v6) return;
    rig_start(r);
    r->local.addr = stranger(r);
    size_t len = rig_build(r, &(struct tseg){.flags = ACK, .len = 8}, p);
    be16_put(p + 6, 0x2000);
    be16_put(p + 10, 0);
    csum_put(p + 10, csum_add(0, p, 20));
    assert_int_equal(in_by(r, 0, p, len), TERN_INPUT_FOREIGN);
}

/* ---- bad packets, each with its reason ---- */

static void expect_drop(struct rig *r, const uint8_t *p, size_t len, enum tern_drop why)
{
    uint64_t before = rig_drops(r, why);
    assert_int_equal(in_by(r, 0, p, len), TERN_INPUT_TAKEN);
    assert_int_equal(rig_drops(r, why), before + 1);
    assert_true(rig_saw_drop(r, why));
    NONE(r);
}

static void ip4_sum(uint8_t *p)
{
    be16_put(p + 10, 0);
    csum_put(p + 10, csum_add(0, p, (size_t)(p[0] & 15) * 4));
}

/* proves: MUST-3 */
static void a_wrong_checksum_is_dropped(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN, .bad_checksum = true);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_CHECKSUM), 1);
}

/* proves: MUST-3 */
static void every_flipped_bit_is_noticed(struct rig *r)
{
    uint8_t p[200];
    rig_passive(r);
    size_t len = rig_build(r, &(struct tseg){.flags = ACK | PSH, .seq = 1, .ack = 1, .len = 32}, p);
    size_t from = r->v6 ? 40 : 20;
    for (size_t bit = from * 8; bit < len * 8; bit++) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        in_by(r, 0, p, len);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(tern_conn_readable(r->c), 0);
    NONE(r);
    assert_true(rig_drops(r, TERN_DROP_CHECKSUM) > 400);
}

static void a_known_good_checksum_is_not_verified(struct rig *r)
{
    uint8_t p[100];
    rig_listen(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN, .bad_checksum = true}, p);
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), len);
    memcpy(b->data, p, len);
    b->len = (uint32_t)len;
    b->csum_ok = true;
    assert_int_equal(tern_stack_input(r->s, 0, r->now, b), TERN_INPUT_TAKEN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void fragments_are_dropped(struct rig *r)
{
    uint8_t p[100];
    if (r->v6) return;
    rig_start(r);
    size_t len = rig_build(r, &(struct tseg){.flags = ACK, .len = 8}, p);
    be16_put(p + 6, 0x2000); /* more fragments */
    ip4_sum(p);
    expect_drop(r, p, len, TERN_DROP_FRAGMENT);
    be16_put(p + 6, 3); /* a later one */
    ip4_sum(p);
    expect_drop(r, p, len, TERN_DROP_FRAGMENT);
}

/* The packet in |p| with the IPv4 options |o| (a multiple of 4 bytes); its new length. */
static size_t with_options(uint8_t *p, size_t len, const uint8_t *o, size_t n)
{
    memmove(p + 20 + n, p + 20, len - 20);
    memcpy(p + 20, o, n);
    p[0] = (uint8_t)(0x40 | (5 + n / 4));
    be16_put(p + 2, (uint16_t)(len + n));
    ip4_sum(p);
    return len + n;
}

/* proves: MUST-50 */
static void unknown_ip_options_are_skipped(struct rig *r)
{
    static const uint8_t o[] = {148, 4, 0, 0, 1, 1, 0x5e, 3, 9, 1, 0, 0}; /* router alert, NOPs, an unknown one, end */
    uint8_t p[120];
    if (r->v6) return;
    rig_listen(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    len = with_options(p, len, o, sizeof o);
    assert_int_equal(in_by(r, 0, p, len), TERN_INPUT_TAKEN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void malformed_ip_options_are_dropped(struct rig *r)
{
    static const uint8_t o[] = {7, 40, 4, 0};
    uint8_t p[120];
    if (r->v6) return;
    rig_listen(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    expect_drop(r, p, with_options(p, len, o, sizeof o), TERN_DROP_IP_OPTION);
}

static void source_routes_are_refused_by_default(struct rig *r)
{
    static const uint8_t o[] = {1, 131, 7, 8, 203, 0, 113, 1};
    uint8_t p[120];
    if (r->v6) return;
    rig_listen(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    expect_drop(r, p, with_options(p, len, o, sizeof o), TERN_DROP_SOURCE_ROUTE);
}

static void a_wrong_ip_checksum_is_dropped(struct rig *r)
{
    uint8_t p[100];
    if (r->v6) return;
    rig_listen(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    p[10] ^= 1;
    expect_drop(r, p, len, TERN_DROP_IP_CHECKSUM);
}

static void other_ip_versions_are_dropped(struct rig *r)
{
    uint8_t p[100];
    rig_start(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    p[0] = (uint8_t)(0x50 | (p[0] & 15));
    expect_drop(r, p, len, TERN_DROP_VERSION);
}

static void truncated_packets_are_dropped(struct rig *r)
{
    uint8_t p[100];
    rig_start(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    uint64_t before = rig_counters(r).packets_in;
    for (size_t n = 1; n < len; n++) assert_int_equal(in_by(r, 0, p, n), TERN_INPUT_TAKEN);
    struct tern_counters c = rig_counters(r);
    assert_int_equal(c.packets_in - before, len - 1);
    assert_int_equal(c.drop[TERN_DROP_SHORT], len - 1);
    NONE(r);
}

static void a_length_that_cannot_be_is_dropped(struct rig *r)
{
    uint8_t p[100];
    if (r->v6) return;
    rig_start(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    be16_put(p + 2, 19); /* less than the header itself */
    ip4_sum(p);
    expect_drop(r, p, len, TERN_DROP_LENGTH);
}

static void a_short_tcp_header_is_dropped(struct rig *r)
{
    uint8_t p[100];
    rig_start(r);
    struct wire_ip ip = {.src = r->remote.addr, .dst = r->local.addr, .version = r->v6 ? 6 : 4, .proto = 6, .ttl = 64};
    size_t len = wire_ip_build(&ip, 12, true, 0, p);
    memset(p + len, 0, 12);
    expect_drop(r, p, len + 12, TERN_DROP_SHORT);
}

static void a_bad_data_offset_is_dropped(struct rig *r)
{
    uint8_t p[100];
    rig_start(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p), at = (r->v6 ? 40u : 20u) + 12;
    p[at] = 0x40;
    expect_drop(r, p, len, TERN_DROP_OFFSET);
    p[at] = 0xf0;
    expect_drop(r, p, len, TERN_DROP_OFFSET);
}

/* proves: MUST-57, MUST-63 */
static void impossible_addresses_are_dropped(struct rig *r)
{
    uint8_t p[100];
    rig_listen(r);
    r->remote.addr = addr_of(r->v6 ? "ff02::1" : "224.0.0.1"); /* MUST-63: a multicast source */
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    expect_drop(r, p, len, TERN_DROP_ADDRESS);
    r->remote.addr = stranger(r);
    r->local.addr = addr_of(r->v6 ? "ff02::1" : "224.0.0.1"); /* MUST-57: a multicast destination */
    len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    expect_drop(r, p, len, TERN_DROP_ADDRESS);
}

static void port_zero_is_dropped(struct rig *r)
{
    uint8_t p[100];
    rig_start(r);
    r->remote.port = 0;
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    expect_drop(r, p, len, TERN_DROP_ADDRESS);
}

static void malformed_extension_headers_are_dropped(struct rig *r)
{
    uint8_t p[48] = {0};
    if (!r->v6) return;
    rig_start(r);
    struct wire_ip ip = {.src = r->remote.addr, .dst = r->local.addr, .version = 6, .proto = 0, .ttl = 64};
    size_t len = wire_ip_build(&ip, 8, true, 0, p);
    p[len] = 6, p[len + 1] = 9; /* hop-by-hop options, longer than the packet */
    expect_drop(r, p, len + 8, TERN_DROP_EXT_HEADER);
}

static void extension_headers_are_walked(struct rig *r)
{
    uint8_t p[200];
    if (!r->v6) return;
    rig_listen(r);
    size_t len = rig_build(r, &(struct tseg){.flags = SYN}, p);
    memmove(p + 48, p + 40, len - 40);
    memcpy(p + 40, (const uint8_t[]){6, 0, 1, 4, 0, 0, 0, 0}, 8); /* destination options: padding */
    p[6] = 60;
    be16_put(p + 4, (uint16_t)(len - 40 + 8));
    assert_int_equal(in_by(r, 0, p, len + 8), TERN_INPUT_TAKEN);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static const struct rig_test tests[] = {
    RIG_TEST(syn_to_a_closed_port),
    RIG_TEST(the_reset_counts_data_and_fin),
    RIG_TEST(ack_to_a_closed_port),
    RIG_TEST(syn_ack_to_a_closed_port),
    RIG_TEST(a_reset_is_never_answered),
    RIG_TEST(closed_ports_may_stay_silent),
    RIG_TEST(resets_are_limited_in_rate),
    RIG_TEST(resets_to_one_source_are_limited),
    RIG_TEST(a_listener_ignores_resets),
    RIG_TEST(a_listener_resets_acknowledgements),
    RIG_TEST(a_listener_drops_what_is_neither_syn_nor_ack),
    RIG_TEST(a_listener_drops_syn_with_fin),
    RIG_TEST(land_is_dropped),
    RIG_TEST(land_to_a_listener_is_dropped),
    RIG_TEST(data_behind_a_fin_is_dropped),
    RIG_TEST(other_protocols_are_handed_back_untouched),
    RIG_TEST(packets_for_others_are_handed_back_untouched),
    RIG_TEST(fragments_for_others_are_handed_back_untouched),
    RIG_TEST(a_wrong_checksum_is_dropped),
    RIG_TEST(every_flipped_bit_is_noticed),
    RIG_TEST(a_known_good_checksum_is_not_verified),
    RIG_TEST(fragments_are_dropped),
    RIG_TEST(unknown_ip_options_are_skipped),
    RIG_TEST(malformed_ip_options_are_dropped),
    RIG_TEST(source_routes_are_refused_by_default),
    RIG_TEST(a_wrong_ip_checksum_is_dropped),
    RIG_TEST(other_ip_versions_are_dropped),
    RIG_TEST(truncated_packets_are_dropped),
    RIG_TEST(a_length_that_cannot_be_is_dropped),
    RIG_TEST(a_short_tcp_header_is_dropped),
    RIG_TEST(a_bad_data_offset_is_dropped),
    RIG_TEST(impossible_addresses_are_dropped),
    RIG_TEST(port_zero_is_dropped),
    RIG_TEST(malformed_extension_headers_are_dropped),
    RIG_TEST(extension_headers_are_walked),
};

RIG_MAIN(tests)
