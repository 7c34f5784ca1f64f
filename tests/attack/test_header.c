/* Attacks 1 and 2: headers that lie (CVE-2020-24337, CVE-2018-16522, CVE-2020-24341, Ripple20). The judge of options is the
 * validator of support/plain_wire.h, of offsets and lengths one that is plainer still. */
#include "attack_test.h"
#include "plain_wire.h"

/* ---- 1: options ---- */

/* proves: ATTACK-1. The block is as long as what may be read: a sanitizer sees each byte beyond. */
static void every_kind_and_length_and_truncation_is_read_as_the_plain_validator_does(struct rig *r)
{
    if (r->iss || r->v6) return; /* numbers and addresses have no part in it */
    for (size_t len = 0; len <= 40; len++)
        for (size_t before = 0; before <= 3 && before <= len; before++) {
            uint8_t *p = malloc(len ? len : 1);
            struct wire_tcp_options o;
            struct plain_options plain;
            memset(p, 1, len);
            if (len >= before + 8) memcpy(p + len - 4, "\2\4\5\264", 4); /* what nobody may see any more behind a lie */
            for (unsigned kind = 0; kind < 256; kind++)
                for (unsigned n = 0; n < 256; n++) {
                    if (before < len) p[before] = (uint8_t)kind;
                    if (before + 1 < len) p[before + 1] = (uint8_t)n;
                    wire_tcp_options_parse(p, len, &o);
                    plain_options_read(p, len, &plain);
                    if (o.present != plain.present) fail_msg("kind %u length %u in %zu bytes", kind, n, len);
                }
            free(p);
        }
}

/* proves: ATTACK-1 */
static void no_option_harms_a_connection(struct rig *r)
{
    uint8_t packet[200], options[40];
    int64_t at = 1;
    rig_passive(r);
    for (unsigned kind = 0; kind < 256; kind++)
        for (unsigned n = 0; n < 44; n++) {
            memset(options, 0xa5, sizeof options);
            options[0] = (uint8_t)kind, options[1] = (uint8_t)(n < 43 ? n : 255);
            size_t len = build_raw(r, &(struct tseg){.flags = ACK, .seq = at, .ack = 1, .len = 1}, options, 4 * (n % 11), packet);
            rig_raw(r, packet, len);
            if (tern_conn_readable(r->c) == 0) /* MD5 and AO that nobody agreed on are refused */
                IN(r, .flags = ACK, .seq = at, .ack = 1, .len = 1);
            READ(r, 1);
            at++;
            rig_clear(r);
            STATE(r, TERN_ESTABLISHED);
        }
    rig_send(r, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = at, .len = 100);
}

/* ---- 2: offsets and lengths ---- */

enum { FRAME = 100 };

/* An IPv4 packet that says |ihl|, |total| and |offset|, in a frame of FRAME bytes; all sums are right, as far as they can be. The
 * segment is a RST for no connection. */
static void lying_ip4(const struct rig *r, unsigned ihl, unsigned total, unsigned offset, uint8_t p[FRAME])
{
    size_t head = 4 * ihl, end = total < FRAME ? total : FRAME;
    memset(p, 1, FRAME); /* no-operations, where options stand */
    p[0] = (uint8_t)(0x40 | ihl), p[1] = 0;
    be16_put(p + 2, (uint16_t)total);
    memset(p + 4, 0, 8);
    p[8] = 64, p[9] = 6;
    memcpy(p + 12, r->remote.addr.b + 12, 4);
    memcpy(p + 16, r->local.addr.b + 12, 4);
    if (head >= 20) csum_put(p + 10, csum_add(0, p, head));
    if (head < 20 || head + 20 > FRAME) return;
    uint8_t *tcp = p + head;
    be16_put(tcp, r->remote.port);
    be16_put(tcp + 2, 9);
    tcp[12] = (uint8_t)(offset << 4), tcp[13] = RST;
    tcp[16] = tcp[17] = 0;
    size_t len = end > head ? end - head : 0;
    csum_put(tcp + 16, csum_add(csum_pseudo(&r->remote.addr, &r->local.addr, 6, (uint32_t)len), tcp, len));
}

static void lying_ip6(const struct rig *r, unsigned payload, unsigned offset, uint8_t p[FRAME])
{
    memset(p, 1, FRAME);
    p[0] = 0x60, p[1] = p[2] = p[3] = 0;
    be16_put(p + 4, (uint16_t)payload);
    p[6] = 6, p[7] = 64;
    memcpy(p + 8, r->remote.addr.b, 16);
    memcpy(p + 24, r->local.addr.b, 16);
    uint8_t *tcp = p + 40;
    be16_put(tcp, r->remote.port);
    be16_put(tcp + 2, 9);
    tcp[12] = (uint8_t)(offset << 4), tcp[13] = RST;
    tcp[16] = tcp[17] = 0;
    size_t len = payload < FRAME - 40 ? payload : FRAME - 40;
    csum_put(tcp + 16, csum_add(csum_pseudo(&r->remote.addr, &r->local.addr, 6, (uint32_t)len), tcp, len));
}

static bool plain_packet(unsigned head, unsigned total, unsigned offset)
{
    if (head < 20 || total > FRAME || total < head) return false;
    unsigned segment = total - head;
    return segment >= 20 && offset >= 5 && 4 * offset <= segment;
}

/* Did the stack take the packet for a segment? */
static bool taken(struct rig *r, const uint8_t *p)
{
    uint64_t before = rig_counters(r).segments_in;
    rig_raw(r, p, FRAME);
    return rig_counters(r).segments_in != before;
}

/* proves: ATTACK-2 */
static void a_packet_is_refused_exactly_when_the_plain_validator_refuses_it(struct rig *r)
{
    uint8_t p[FRAME];
    rig_start(r);
    for (unsigned total = 0; total <= FRAME + 8; total++)
        for (unsigned offset = 0; offset < 16; offset++) {
            if (r->v6) {
                lying_ip6(r, total, offset, p);
                if (taken(r, p) != plain_packet(40, 40 + total, offset)) fail_msg("payload %u offset %u", total, offset);
                continue;
            }
            for (unsigned ihl = 0; ihl < 16; ihl++) {
                lying_ip4(r, ihl, total, offset, p);
                if (taken(r, p) != plain_packet(4 * ihl, total, offset))
                    fail_msg("header %u total %u offset %u", ihl, total, offset);
            }
        }
    NONE(r);
}

/* proves: ATTACK-2 */
static void an_offset_is_refused_exactly_when_it_must_be(struct rig *r)
{
    struct wire_tcp h;
    if (r->iss || r->v6) return;
    for (size_t len = 0; len <= 80; len++) {
        uint8_t *p = calloc(1, len ? len : 1);
        for (unsigned offset = 0; offset < 16; offset++) {
            if (len > 12) p[12] = (uint8_t)(offset << 4);
            bool good = len >= 20 && offset >= 5 && 4 * offset <= len;
            assert_int_equal(wire_tcp_parse(p, len, &h) == WIRE_OK, good);
            if (good) assert_int_equal(h.len, len - 4 * offset);
        }
        free(p);
    }
}

static const struct rig_test tests[] = {
    RIG_TEST(every_kind_and_length_and_truncation_is_read_as_the_plain_validator_does),
    RIG_TEST(no_option_harms_a_connection),
    RIG_TEST(a_packet_is_refused_exactly_when_the_plain_validator_refuses_it),
    RIG_TEST(an_offset_is_refused_exactly_when_it_must_be),
};

RIG_MAIN(tests)
