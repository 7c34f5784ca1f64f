/* "md5 valid": the runner signs with the script's key, and wants the stack's signature to be right. */
#include "drill_play.h"

#include <string.h>

#include "bytes.h"
#include "ip.h"
#include "run_md5.h"

#define OPEN                                                                                                                     \
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"                                                                              \
    "+0 setsockopt(3, IPPROTO_TCP, TCP_MD5SIG, [1], 4) = 0\n"                                                                    \
    "+0 bind(3, ..., ...) = 0\n"                                                                                                 \
    "+0 listen(3, 1) = 0\n"
#define SYN "+0 < S 0:0(0) win 32767 <mss 1460,sackOK,md5 valid>\n"

static void expect(enum drill_ip ip, const char *text, enum run_verdict verdict, unsigned line, const char *part)
{
    const struct run_result *res = &play_res;
    play_cfg = (struct run_config){.profile = RUN_FREEBSD, .ip = ip};
    play(text);
    if (res->verdict != verdict || res->at.line != line || (part && (!res->message || !strstr(res->message, part)))) {
        fail_msg("%s\n%d in line %u: %s\n%s\n%s", text, res->verdict, res->at.line, res->message ? res->message : "",
                 res->expected ? res->expected : "", res->actual ? res->actual : "");
    }
}

static void the_handshake(void **state)
{
    (void)state;
    expect(DRILL_IPV4,
           "--tcp_md5_secret=secret\n" OPEN SYN "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,md5 valid>\n"
           "+.1 < . 1:1(0) ack 1 win 32767 <nop,nop,md5 valid>\n"
           "+0 accept(3, ..., ...) = 4\n"
           "+0 write(4, ..., 50) = 50\n"
           "* > P. 1:51(50) ack 1 <nop,nop,md5 valid>\n",
           RUN_PASSED, 0, NULL);
    expect(DRILL_IPV6,
           "--tcp_md5_secret=secret\n" OPEN "+0 < S 0:0(0) win 32767 <mss 1440,sackOK,md5 valid>\n"
           "+0 > S. 0:0(0) ack 1 <mss 1440,sackOK,md5 valid>\n",
           RUN_PASSED, 0, NULL);
}

static void a_digest_that_is_wrong(void **state)
{
    (void)state;
    /* Out: what is expected is not what the key gives. */
    expect(DRILL_IPV4,
           "--tcp_md5_secret=secret\n" OPEN SYN "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,md5 00112233445566778899aabbccddeeff>\n",
           RUN_FAILED, 7, "not the one expected");
    /* In: the stack must not answer. */
    expect(DRILL_IPV4,
           "--tcp_md5_secret=secret\n" OPEN "+0 < S 0:0(0) win 32767 <mss 1460,sackOK,md5 00112233445566778899aabbccddeeff>\n"
           "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,md5 valid>\n",
           RUN_FAILED, 7, "");
}

static void an_unsigned_answer(void **state)
{
    (void)state;
    expect(DRILL_IPV4,
           "--tcp_md5_secret=secret\n"
           "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
           "+0 < S 0:0(0) win 32767 <mss 1460,sackOK,eol,eol>\n"
           "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,md5 valid>\n",
           RUN_FAILED, 6, "not the one expected");
}

static void no_secret(void **state)
{
    (void)state;
    expect(DRILL_IPV4, OPEN, RUN_FAILED, 2, "EINVAL");
    expect(DRILL_IPV4, "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n" SYN,
           RUN_BROKEN, 4, "--tcp_md5_secret");
}

/* Digests that Python's hashlib made of the pseudo-header, the header without its checksum and options, the data and the key. */
static void known_digests(void **state)
{
    static const struct {
        const char *src, *dst, *data;
        uint8_t digest[16];
    } rows[] = {
        {"192.0.2.1",
         "198.51.100.7",
         "",
         {0xe0, 0xfd, 0x47, 0x64, 0x7d, 0xc6, 0x05, 0x28, 0x3c, 0x91, 0x7e, 0x9a, 0xa8, 0xa7, 0xdd, 0x8a}},
        {"192.0.2.1",
         "198.51.100.7",
         "abcde",
         {0xd5, 0x08, 0x06, 0xa4, 0x37, 0x10, 0xbb, 0x65, 0xb5, 0x80, 0x6e, 0xf3, 0xeb, 0x69, 0x58, 0x53}},
        {"2001:db8::1",
         "2001:db8:1::7",
         "abcde",
         {0x21, 0x61, 0xec, 0x91, 0x04, 0x69, 0x83, 0x28, 0x33, 0xf8, 0xc6, 0x87, 0xdd, 0xfe, 0x7e, 0x17}},
    };
    static const char text[] = "--tcp_md5_secret=secret\n0 `x`";
    struct script *s, *without;
    enum { HEAD = 40 };
    (void)state;
    assert_int_equal(script_parse("t.pkt", text, sizeof text - 1, NULL, 0, &s, NULL), 0);
    assert_int_equal(script_parse("t.pkt", "0 `x`", 5, NULL, 0, &without, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct run r = {.script = s}, keyless = {.script = without};
        struct wire_ip ip = {.version = strchr(rows[i].src, ':') ? 6 : 4};
        uint8_t seg[64] = {0};
        uint32_t len = HEAD + (uint32_t)strlen(rows[i].data);
        assert_int_equal(tern_addr_parse(rows[i].src, &ip.src), 0);
        assert_int_equal(tern_addr_parse(rows[i].dst, &ip.dst), 0);
        be16_put(seg, 40001);
        be16_put(seg + 2, 179);
        be32_put(seg + 4, 0x01020304);
        be32_put(seg + 8, 0x0a0b0c0d);
        be16_put(seg + 12, HEAD / 4 << 12 | 0x18);
        be16_put(seg + 14, 8192);
        be16_put(seg + 16, 0x1234); /* the checksum, which counts as zero */
        memcpy(seg + 20, (const uint8_t[]){1, 1, 19, 18}, 4);
        memcpy(seg + HEAD, rows[i].data, len - HEAD);
        assert_false(md5_is_right(&r, &ip, seg, HEAD, len)); /* zeroes are no signature */
        memcpy(seg + 24, rows[i].digest, sizeof rows[i].digest);
        assert_true(md5_is_right(&r, &ip, seg, HEAD, len));
        assert_false(md5_is_right(&keyless, &ip, seg, HEAD, len));
        for (uint32_t k = 0; k < len; k++) { /* whatever else changes, but options and checksum */
            if (k == 16 || k == 17 || k == 20 || k == 21) continue;
            seg[k] ^= 1;
            assert_false(md5_is_right(&r, &ip, seg, HEAD, len));
            seg[k] ^= 1;
        }
    }
    script_free(s);
    script_free(without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY_CASE(known_digests),      PLAY_CASE(the_handshake), PLAY_CASE(a_digest_that_is_wrong),
        PLAY_CASE(an_unsigned_answer), PLAY_CASE(no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
