/* "md5 valid": the runner signs with the script's key, and wants the stack's signature to be right. */
#include "unit.h"

#include <string.h>

#include "run.h"

#define OPEN                                                                                                                     \
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"                                                                              \
    "+0 setsockopt(3, IPPROTO_TCP, TCP_MD5SIG, [1], 4) = 0\n"                                                                    \
    "+0 bind(3, ..., ...) = 0\n"                                                                                                 \
    "+0 listen(3, 1) = 0\n"
#define SYN "+0 < S 0:0(0) win 32767 <mss 1460,sackOK,md5 valid>\n"

static struct run_result run(enum drill_ip ip, const char *text)
{
    struct run_config cfg = {.profile = RUN_FREEBSD, .ip = ip};
    struct run_result res;
    struct script *s;
    struct script_error err;
    if (script_parse("test.pkt", text, strlen(text), NULL, 0, &s, &err) < 0) fail_msg("%s", err.message);
    run_script(s, &cfg, &res);
    script_free(s);
    return res;
}

static void expect(enum drill_ip ip, const char *text, enum run_verdict verdict, unsigned line, const char *part)
{
    struct run_result res = run(ip, text);
    if (res.verdict != verdict || res.at.line != line || (part && (!res.message || !strstr(res.message, part)))) {
        fail_msg("%s\n%d in line %u: %s\n%s\n%s", text, res.verdict, res.at.line, res.message ? res.message : "",
                 res.expected ? res.expected : "", res.actual ? res.actual : "");
    }
    run_result_free(&res);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake),
        cmocka_unit_test(a_digest_that_is_wrong),
        cmocka_unit_test(an_unsigned_answer),
        cmocka_unit_test(no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
