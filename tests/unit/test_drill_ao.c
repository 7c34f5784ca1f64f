/* "ao 2 1 valid": the runner signs with the script's keys as RFC 9235's vectors have it, and wants the stack's MACs to be right.
 */
#include "drill_play.h"

#include <stdio.h>
#include <string.h>

#include "ao_vectors.h"
#include "ip.h"
#include "run_ao.h"

enum { PACKET_MAX = 200, TCP_HEAD = 20, OPTION_KIND = 29 };

static size_t bytes_of(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (unsigned v; *hex; hex += 2) {
        assert_int_equal(sscanf(hex, "%2x", &v), 1);
        assert_true(n < PACKET_MAX);
        out[n++] = (uint8_t)v;
    }
    return n;
}

static void vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * sizeof connections / sizeof connections[0]; i++) {
        const struct connection *c = &connections[i / 4];
        struct ao_key k = {
            .len = 10, .aes = c->alg == TERN_AO_AES_128_CMAC_96, .omit_options = c->omit_options, .key = "testvector"};
        struct wire_ip_opts opts = {0};
        struct wire_ip ip;
        uint8_t packet[PACKET_MAX], mac[AO_MAC];
        size_t len = bytes_of(c->seg[i % 4].packet, packet);
        assert_int_equal(wire_ip_parse(packet, len, &opts, &ip), WIRE_OK);
        bool client = i % 2 == 0, syn = i % 4 == 0;
        struct ao_signed s = {.ip = &ip, .tcp = packet + ip.head_len, .len = (uint32_t)(len - ip.head_len)};
        s.head_len = s.tcp[12] / 16 * 4u;
        s.src_isn = client ? c->client_isn : c->server_isn;
        s.dst_isn = syn ? 0 : client ? c->server_isn : c->client_isn;
        const uint8_t *option = option_find(s.tcp + TCP_HEAD, s.head_len - TCP_HEAD, OPTION_KIND, 4 + AO_MAC);
        assert_non_null(option);
        ao_sign(&k, &s, mac);
        assert_memory_equal(mac, option + 4, AO_MAC);
        k.key[0]++;
        ao_sign(&k, &s, mac);
        assert_memory_not_equal(mac, option + 4, AO_MAC);
    }
}

/* ---- scripts ---- */

#define SOCKET "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
#define KEY(members)                                                                                                             \
    "+0 setsockopt(3, SOL_TCP, TCP_AO_ADD_KEY, {alg_name=\"hmac(sha1)\", sndid=1, rcvid=2, key=\"secret\"" members "}, ...) = "  \
    "0\n"
#define LISTEN "+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
#define SYN    "+0 < S 0:0(0) win 32767 <mss 1460,ao 2 1 valid>\n"
#define SYNACK "+0 > S. 0:0(0) ack 1 <ao 1 2 valid,mss 1460>\n"

static void expect(enum drill_ip ip, const char *text, enum run_verdict verdict, unsigned line, const char *part)
{
    const struct run_result *res = &play_res;
    play_cfg = (struct run_config){.profile = RUN_LINUX, .ip = ip};
    play(text);
    bool told = !part || (res->message && strstr(res->message, part)) || (res->actual && strstr(res->actual, part));
    if (res->verdict != verdict || res->at.line != line || !told) {
        fail_msg("%s\n%d in line %u: %s\n%s\n%s", text, res->verdict, res->at.line, res->message ? res->message : "",
                 res->expected ? res->expected : "", res->actual ? res->actual : "");
    }
}

static void the_handshake(void **state)
{
    (void)state;
    static const char text[] = SOCKET KEY("") LISTEN SYN SYNACK "+.1 < . 1:1(0) ack 1 win 32767 <ao 2 1 valid>\n"
                                                                "+0 accept(3, ..., ...) = 4\n"
                                                                "+0 write(4, ..., 50) = 50\n"
                                                                "* > P. 1:51(50) ack 1 <ao 1 2 valid>\n";
    expect(DRILL_IPV4, text, RUN_PASSED, 0, NULL);
    expect(DRILL_IPV4_MAPPED, text, RUN_PASSED, 0, NULL);
}

static void a_mac_that_is_wrong(void **state)
{
    (void)state;
    /* Out: what is expected is not what the key gives, or is under other numbers. */
    expect(DRILL_IPV4, SOCKET KEY("") LISTEN SYN "+0 > S. 0:0(0) ack 1 <ao 1 2 00112233445566778899aabb,mss 1460>\n", RUN_FAILED,
           6, "ao 1 2 ");
    expect(DRILL_IPV4, SOCKET KEY("") LISTEN SYN "+0 > S. 0:0(0) ack 1 <ao 1 3 valid,mss 1460>\n", RUN_FAILED, 6, "ao 1 2 valid");
    /* In: the stack does not answer. */
    expect(DRILL_IPV4, SOCKET KEY("") LISTEN "+0 < S 0:0(0) win 32767 <mss 1460,ao 2 1 00112233445566778899aabb>\n" SYNACK,
           RUN_FAILED, 6, NULL);
}

static void an_unsigned_answer(void **state)
{
    (void)state;
    expect(DRILL_IPV4, SOCKET KEY("") LISTEN SYN "+0 > S. 0:0(0) ack 1 <mss 1460>\n", RUN_FAILED, 6, "ao 1 2 ");
}

static void keys_that_are_none(void **state)
{
    (void)state;
    expect(DRILL_IPV4, SOCKET LISTEN SYN, RUN_BROKEN, 4, "rcvid=2");
    expect(DRILL_IPV4, SOCKET KEY(", colour=1"), RUN_BROKEN, 2, "colour");
    expect(DRILL_IPV4, SOCKET KEY(", maclen=256"), RUN_BROKEN, 2, "out of range");
    expect(DRILL_IPV4, SOCKET KEY(", maclen=16"), RUN_FAILED, 2, "EINVAL"); /* the stack's word */
    expect(DRILL_IPV4, SOCKET "+0 setsockopt(3, SOL_TCP, TCP_AO_ADD_KEY, {alg_name=\"hmac(sha1)\", sndid=1, rcvid=2}, ...) = 0\n",
           RUN_BROKEN, 2, "quotes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY_CASE(vectors),
        PLAY_CASE(the_handshake),
        PLAY_CASE(a_mac_that_is_wrong),
        PLAY_CASE(an_unsigned_answer),
        PLAY_CASE(keys_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
