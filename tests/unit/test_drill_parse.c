/* What a script means: each kind of thing that google's and FreeBSD's scripts say, and what the tree holds for it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill_dump.h"
#include "symbols.h"

struct row {
    const char *text, *tree;
};

static const struct script_define defines[] = {
    {"NUMBER", "7"},   {"MINUS", "-1"},        {"HEX", "0x1f"},      {"WORD", "SO_ERROR"}, {"TEXT", "\"a b\""},
    {"SHELL", "`ls`"}, {"COOKIE", "3021b9d8"}, {"DIGITS", "102030"}, {"FreeBSD", NULL},
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct script *s;
        struct script_error err;
        int result =
            script_parse("t.pkt", rows[i].text, strlen(rows[i].text), defines, sizeof(defines) / sizeof(*defines), &s, &err);
        if (result != 0) fail_msg("%s: %s at %u:%u", rows[i].text, err.message, err.at.line, err.at.column);
        if (strcmp(drill_dump(s), rows[i].tree) != 0)
            fail_msg("%s\nis      %s\nnot yet %s", rows[i].text, drill_dump(s), rows[i].tree);
        script_free(s);
    }
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

static void times(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0 `x`", "1:1@0 `x`;"},
        {"1.5 `x`", "1:1@1500000000 `x`;"},
        {"+.01 `x`", "1:1@+10000000 `x`;"},
        {"+0 `x`\n +0.000001 `y`", "1:1@+0 `x`;2:2@+1000 `y`;"},
        {"0.1234567891 `x`", "1:1@123456789 `x`;"},
        {"* > . 1:1(0)", "1:1@* out 010 1:1(0);"},
        {"1~1.5 > . 1:1(0)", "1:1@1000000000~1500000000 out 010 1:1(0);"},
        {"+.1~+.2 > . 1:1(0)", "1:1@+100000000~200000000 out 010 1:1(0);"},
        {"0...0.5 read(3, ..., 9) = 9", "1:1@0 until 500000000 read(3,...,9)=9;"},
        {"+0...0.040 read(3, ..., 9) = 9", "1:1@+0 until 40000000 read(3,...,9)=9;"},
        {"0... .2 read(3, ..., 9) = 9", "1:1@0 until 200000000 read(3,...,9)=9;"},
    };
    CHECK(rows);
}

static void tcp_packets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0 < S 0:0(0) win 32792", "1:1@0 in 002 0:0(0) win 32792;"},
        {"0 > S. 0:0(0) ack 1", "1:1@0 out 012 0:0(0) ack 1;"},
        {"0 < P. 1:1001(1000) ack 1 win 257", "1:1@0 in 018 1:1001(1000) ack 1 win 257;"},
        {"0 < U. 1:2(1) ack 1 win 9 urg 1", "1:1@0 in 030 1:2(1) ack 1 win 9 urg 1;"},
        {"0 < SEW 0:0(0) win 1", "1:1@0 in 0c2 0:0(0) win 1;"},
        {"0 > SEWA 0:0(0)", "1:1@0 out 1c2 0:0(0);"},
        {"0 > S.5 0:0(0)", "1:1@0 out 152 0:0(0);"},
        {"0 > .6 0:0(0)", "1:1@0 out 190 0:0(0);"},
        {"0 < - 0:0(0) win 0", "1:1@0 in 000 0:0(0) win 0;"},
        {"0 > R. 0:0(0)! ack 3 win 0", "1:1@0 out 014 0:0(0)! ack 3 win 0;"},
        {"0 > S. ...(0) ack 4", "1:1@0 out 012 0:0(0)any ack 4;"},
        {"0 < . 4294967295:4(5) win 1", "1:1@0 in 010 4294967295:4(5) win 1;"},
        {"0 < 80 > 5000 . 1:1(0) win 1", "1:1@0 in 80>5000 010 1:1(0) win 1;"},
        {"0 > . 1:1(0) win 3/udp(9811 > 1)", "1:1@0 out 010 1:1(0) win 3 /udp 9811>1;"},
        {"0 > . 1:1(0) <...>", "1:1@0 out 010 1:1(0) <...>;"},
        {"0 > udp (100)", "1:1@0 out udp 100;"},
        {"0 > udp 5 > 6 (100)", "1:1@0 out 5>6 udp 100;"},
    };
    CHECK(rows);
}

static void ip_brackets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0 > [ect0] . 1:1(0)", "1:1@0 out ect0 010 1:1(0);"},
        {"0 > (ect1) . 1:1(0)", "1:1@0 out ect1 010 1:1(0);"},
        {"0 > [ect01] . 1:1(0)", "1:1@0 out ect01 010 1:1(0);"},
        {"0 < [ce] . 1:1(0) win 1", "1:1@0 in ce 010 1:1(0) win 1;"},
        {"0 < [noecn] E. 1:1(0) win 1", "1:1@0 in noecn 050 1:1(0) win 1;"},
        {"0 > (tos 0x2f) . 1:1(0)", "1:1@0 out tos 2f 010 1:1(0);"},
        {"0 > (class 0x28) . 1:1(0)", "1:1@0 out tos 28 010 1:1(0);"},
        {"0 > (ttl 7) . 1:1(0)", "1:1@0 out ttl 7 010 1:1(0);"},
        {"0 > (hlim 4) . 1:1(0)", "1:1@0 out ttl 4 010 1:1(0);"},
        {"0 > [flowlabel 0x12345] . 1:1(0)", "1:1@0 out flow 12345 010 1:1(0);"},
        {"0 > [ect0, flowlabel 0x1] . 1:1(0)", "1:1@0 out ect0 flow 00001 010 1:1(0);"},
    };
    CHECK(rows);
}

#define OPT(x) "0 > . 1:1(0) <" x ">"
#define HAS(x) "1:1@0 out 010 1:1(0)" x ";"
static void tcp_options(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {OPT("mss 1460"), HAS(" <mss 020405b4 1460/0>")},
        {OPT("nop,wscale 7"), HAS(" <nop 01> <wscale 030307 7/0>")},
        {OPT("sackOK,eol,eol"), HAS(" <sackOK 0402> <eol 00> <eol 00>")},
        {OPT("sackOK, nop , nop"), HAS(" <sackOK 0402> <nop 01> <nop 01>")},
        {OPT("nop,nop,sack 1:2 3:4"), HAS(" <nop 01> <nop 01> <sack 051200000001000000020000000300000004 1-2 3-4>")},
        {OPT("nop,nop,TS val 100 ecr 9"), HAS(" <nop 01> <nop 01> <TS 080a0000006400000009 100/9>")},
        {OPT("FO,nop,nop"), HAS(" <FO 2202> <nop 01> <nop 01>")},
        {OPT("FO 0102,nop,nop,nop,nop"), HAS(" <FO 22040102> <nop 01> <nop 01> <nop 01> <nop 01>")},
        {OPT("FO ce,nop"), HAS(" <FO 2203ce> <nop 01>")},
        {OPT("FO COOKIE,nop,nop"), HAS(" <FO 22063021b9d8> <nop 01> <nop 01>")},
        {OPT("FO DIGITS,nop,nop,nop"), HAS(" <FO 2205102030> <nop 01> <nop 01> <nop 01>")},
        {OPT("FO 0102030405060708091011121314,eol,eol,eol,eol"),
         HAS(" <FO 22100102030405060708091011121314> <eol 00> <eol 00> <eol 00> <eol 00>")},
        {OPT("FOEXP"), HAS(" <FOEXP fe04f989>")},
        {OPT("FOEXP abcd0102"), HAS(" <FOEXP fe08f989abcd0102>")},
        {OPT("nop,nop,md5 valid"), HAS(" <nop 01> <nop 01> <md5 131200000000000000000000000000000000 valid>")},
        {OPT("md5 00112233445566778899aabbccddeeff,nop,nop"),
         HAS(" <md5 131200112233445566778899aabbccddeeff> <nop 01> <nop 01>")},
        {OPT("ECN e0b 1 ceb 2 e1b 3,nop"), HAS(" <ECN ac0b000001000002000003> <nop 01>")},
        {OPT("ECN e1b 16777215,nop,nop,nop"), HAS(" <ECN ae05ffffff> <nop 01> <nop 01> <nop 01>")},
        {OPT("raw 4d04abcd"), HAS(" <raw 4d04abcd>")},
        {OPT("ao 2 1 valid"), HAS(" <ao 1d100201000000000000000000000000 valid>")},
        {OPT("ao 255 0 00112233445566778899aabb"), HAS(" <ao 1d10ff0000112233445566778899aabb>")},
    };
    CHECK(rows);
}

static void icmp_packets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0 < icmp unreachable host_unreachable", "1:1@0 in icmp unreachable host_unreachable;"},
        {"0 < icmp unreachable frag_needed mtu 1300 [1:1001(1000)]",
         "1:1@0 in icmp unreachable frag_needed mtu 1300 [tcp 1 1000];"},
        {"0 < icmp packet_too_big mtu 1280", "1:1@0 in icmp packet_too_big - mtu 1280;"},
        {"0 < icmp unreachable port_unreachable [1:1(0)/udp(9 > 8)]",
         "1:1@0 in icmp unreachable port_unreachable [tcp 1 0] /udp 9>8;"},
        {"0 < icmp echo_request id 7", "1:1@0 in icmp echo_request - id 7;"},
        {"0 > icmp unreachable [udp (100)]", "1:1@0 out icmp unreachable - [udp 0 100];"},
        {"0 > icmp unreachable [raw (9)]", "1:1@0 out icmp unreachable - [raw 0 9];"},
        {"0 < [ce] icmp parameter_problem code_1", "1:1@0 in ce icmp parameter_problem code_1;"},
    };
    CHECK(rows);
}

static void calls(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3", "1:1@0 socket(...,SOCK_STREAM,IPPROTO_TCP)=3;"},
        {"0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)",
         "1:1@0 connect(3,...,...)=-1 EINPROGRESS 'Operation now in progress';"},
        {"0 write(4, ..., 1) = -1 ECONNRESET(Connection reset by peer)",
         "1:1@0 write(4,...,1)=-1 ECONNRESET 'Connection reset by peer';"},
        {"0 write(4, ..., 1) = -1 EPIPE", "1:1@0 write(4,...,1)=-1 EPIPE;"},
        {"0 f() = -1 (Invalid Argument)", "1:1@0 f()=-1 'Invalid Argument';"},
        {"0 fcntl(3, F_GETFL) = 0x02 (flags O_RDWR|O_NONBLOCK)", "1:1@0 fcntl(3,F_GETFL)=0x2 'flags O_RDWR|O_NONBLOCK';"},
        {"0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK | 4) = 0", "1:1@0 fcntl(3,F_SETFL,O_RDWR|O_NONBLOCK|4)=0;"},
        {"0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0",
         "1:1@0 setsockopt(3,SOL_SOCKET,SO_LINGER,{onoff=1,linger=0},8)=0;"},
        {"0 g(3, [-9223372036854775808], [0xffffffffffffffff]) = 0", "1:1@0 g(3,[-9223372036854775808],[0xffffffffffffffff])=0;"},
        {"0 g(\"a\\x01\\n\\0\\\\\" \"b\", \"c\"...) = 0", "1:1@0 g(\"a\\x01\\x0a\\x00\\b\",\"c\"...)=0;"},
        {"0 bind(3, {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr(\"192.0.2.1\")}, ...) = 0",
         "1:1@0 bind(3,{sa_family=AF_INET,sin_port=htons(80),sin_addr=inet_addr(\"192.0.2.1\")},...)=0;"},
        {"0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{...,0}], msg_flags=MSG_ERRQUEUE, msg_control=[]}, 0) = 0",
         "1:1@0 recvmsg(3,{msg_name(...)=...,msg_iov(1)=[{...,0}],msg_flags=MSG_ERRQUEUE,msg_control=[]},0)=0;"},
        {"0 poll([{fd=4, events=POLLOUT, revents=0}], 1, 100) = 0", "1:1@0 poll([{fd=4,events=POLLOUT,revents=0}],1,100)=0;"},
        {"0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, ptr=9}) = 0",
         "1:1@0 epoll_ctl(5,EPOLL_CTL_ADD,4,{events=EPOLLIN|EPOLLET,ptr=9})=0;"},
        {"0 h(ack, win, AF = 2) = ce", "1:1@0 h(ack,win,AF=2)=ce;"},
        {"0 setsockopt(4, 6, TCP_FUNCTION_BLK, {function_set_name=\"freebsd\", pcbcnt=0}, 36) = 0",
         "1:1@0 setsockopt(4,6,TCP_FUNCTION_BLK,{function_set_name=\"freebsd\",pcbcnt=0},36)=0;"},
    };
    CHECK(rows);
}

static void definitions(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0 f(NUMBER, MINUS, HEX, WORD, TEXT, OTHER, ack) = NUMBER", "1:1@0 f(7,-1,0x1f,SO_ERROR,\"a b\",OTHER,ack)=7;"},
        {"0 SHELL", "1:1@0 `ls`;"},
        {"--define=HERE=5\n--define=NUMBER=6\n0 f(HERE, NUMBER) = 0", "--define=HERE=5;--define=NUMBER=6;3:1@0 f(5,6)=0;"},
        {"--define=NAME=\"x y\"\n0 f(NAME) = 0", "--define=NAME=\"x y\";2:1@0 f(\"x y\")=0;"},
    };
    CHECK(rows);
}

/* Words of packets keep their meaning, whoever asks for another one. */
static void words_of_packets_are_not_defined(void **state)
{
    (void)state;
    static const struct script_define packet_words[] = {{"ack", "win"}};
    struct script *s;
    struct script_error err;
    assert_int_equal(script_parse("t.pkt", "0 `x`", 5, packet_words, 1, &s, &err), -1);
    assert_int_equal(err.at.line, 0);
    assert_non_null(strstr(err.message, "\"ack\" is a word of packets"));
    static const char text[] = "--define=mss=5\n0 `x`";
    assert_int_equal(script_parse("t.pkt", text, sizeof(text) - 1, NULL, 0, &s, &err), -1);
    assert_int_equal(err.at.line, 1);
}

static void conditions(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"#ifdef FreeBSD\n0 `a`\n#endif\n0 `b`", "2:1@0 `a`;4:1@0 `b`;"},
        {"#ifdef STANDARD\n0 `a` \"\n%{\n#endif\n0 `b`", "5:1@0 `b`;"},
        {"#ifndef FreeBSD\n0 `a`\n#else\n0 `b`\n#endif", "4:1@0 `b`;"},
        {"#ifdef NO\n#ifdef FreeBSD\n0 `a`\n#else\n0 `c`\n#endif\n#what\n#else // so\n  #ifdef FreeBSD\n0 `b`\n #endif\n#endif",
         "10:1@0 `b`;"},
        {"0 `a\n#ifdef x\n`", "1:1@0 `a\n#ifdef x\n`;"},
    };
    CHECK(rows);
}

static void the_rest(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"--ip_version=ipv4\n--strict_segments // so\n--local_ip=fd::1\n--mtu=1500\n0 `x`",
         "--ip_version=ipv4;--strict_segments=(none);--local_ip=fd::1;--mtu=1500;5:1@0 `x`;"},
        {"--tcp_md5_secret=\"x y\" `../common/defaults.sh\n sysctl`\n0 `x`\n`cleanup`",
         "--tcp_md5_secret=x y;init `../common/defaults.sh\n sysctl`;3:1@0 `x`;end `cleanup`;"},
        {"/* a * / \" ` %{ **/ 0 /**/ `x` // y", "1:21@0 `x`;"},
        {"0 %{ assert tcpi_state == 1; x = 2 }%", "1:1@0 %{ assert tcpi_state == 1; x = 2 }%;"},
        {"\r\n\t0 `x\\`y`\r\n", "2:2@0 `x\\`y`;"},
    };
    CHECK(rows);
}

static void lookups(void **state)
{
    (void)state;
    static const char text[] = "--mtu=1\n--mtu=2\n0 f({fd=3, events=4, 5}) = 0\nlast";
    struct script *s;
    assert_int_equal(script_parse("t", text, strlen(text) - 5, NULL, 0, &s, NULL), 0);
    assert_string_equal(script_option(s, "mtu")->value, "2");
    assert_int_equal(script_option(s, "mtu")->at.line, 2);
    assert_null(script_option(s, "mt"));
    const struct script_expr *arg = s->events[0].call->args[0];
    assert_int_equal(script_member(arg, "events")->number, 4);
    assert_null(script_member(arg, "ptr"));
    assert_null(script_member(arg->items[0], "fd"));
    assert_int_equal(script_line(s, 2).len, 7);
    assert_memory_equal(script_line(s, 2).data, "--mtu=2", 7);
    assert_int_equal(script_line(s, 0).len, 0);
    assert_int_equal(script_line(s, 9).len, 0);
    script_free(s);
    script_free(NULL);
}

static void files(void **state)
{
    (void)state;
    struct script *s;
    struct script_error err;
    char path[] = "/tmp/tern-drill-XXXXXX", mark[SCRIPT_MARK_SIZE];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fputs("0 `x`\n", f);
    fclose(f);
    assert_int_equal(script_load(path, NULL, 0, &s, &err), 0);
    assert_string_equal(s->path, path);
    assert_string_equal(drill_dump(s), "1:1@0 `x`;");
    script_free(s);
    remove(path);
    assert_int_equal(script_load(path, NULL, 0, &s, &err), -1);
    assert_null(s);
    assert_int_equal(err.at.line, 0);
    script_error_mark(&err, mark);
    assert_string_equal(mark, "");
    assert_string_equal(err.path, path);
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(script_load("/", NULL, 0, &s, NULL), -1);
}

static void symbols(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t on_linux, on_freebsd; /* -1: none */
    } rows[] = {
        {"SO_ERROR", 4, 4},
        {"EINPROGRESS", 115, 115},
        {"EWOULDBLOCK", 11, 11},
        {"MSG_PEEK", 2, 2},
        {"MSG_FASTOPEN", 0x20000000, -1},
        {"TCP_FASTOPEN", 23, SCRIPT_TCP_FASTOPEN},
        {"TCP_NOOPT", -1, SCRIPT_TCP_NOOPT},
        {"TCP_MD5SIG", 14, SCRIPT_TCP_MD5SIG},
        {"TCP_CA_Recovery", 3, -1},
        {"TCP_CLOSE_WAIT", 8, -1},
        {"TCPI_CLOSE_WAIT", -1, 8},
        {"TCPI_OPT_SYN_DATA", 32, -1},
        {"EPOLLET", 0x80000000, -1},
        {"IPTOS_DSCP_CS5", 0xa0, 0xa0},
        {"SO_ERRO", -1, -1},
        {"", -1, -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t n = -1;
        assert_int_equal(script_symbol(DIALECT_LINUX, rows[i].name, &n), rows[i].on_linux != -1);
        assert_int_equal(n, rows[i].on_linux);
        n = -1;
        assert_int_equal(script_symbol(DIALECT_FREEBSD, rows[i].name, &n), rows[i].on_freebsd != -1);
        assert_int_equal(n, rows[i].on_freebsd);
    }
    assert_string_equal(script_errno_name(11), "EAGAIN");
    assert_string_equal(script_errno_name(104), "ECONNRESET");
    assert_null(script_errno_name(0));
}

static void icmp_numbers(void **state)
{
    (void)state;
    static const struct {
        int version;
        const char *type, *code;
        int result;
        uint8_t type_n, code_n;
    } rows[] = {
        {4, "unreachable", "host_unreachable", 0, 3, 1},
        {4, "unreachable", "frag_needed", 0, 3, 4},
        {4, "unreachable", NULL, 0, 3, 0},
        {4, "echo_request", NULL, 0, 8, 0},
        {4, "type_200", "code_7", 0, 200, 7},
        {4, "type_256", NULL, 1, 0, 0},
        {4, "packet_too_big", NULL, 1, 0, 0},
        {4, "unreachable", "no_route", 2, 0, 0},
        {6, "packet_too_big", NULL, 0, 2, 0},
        {6, "unreachable", "port_unreachable", 0, 1, 4},
        {6, "unreachable", "code_3", 0, 1, 3},
        {6, "parameter_problem", "unknown_option", 0, 4, 2},
        {6, "echo_request", "code_", 2, 0, 0},
        {4, "time_exceeded", "frag_reass_exceeded", 0, 11, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint8_t type = 0, code = 0;
        assert_int_equal(script_icmp_number(rows[i].version, rows[i].type, rows[i].code, &type, &code), rows[i].result);
        if (rows[i].result != 0) continue;
        assert_int_equal(type, rows[i].type_n);
        assert_int_equal(code, rows[i].code_n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),        cmocka_unit_test(tcp_packets),
        cmocka_unit_test(ip_brackets),  cmocka_unit_test(tcp_options),
        cmocka_unit_test(icmp_packets), cmocka_unit_test(calls),
        cmocka_unit_test(definitions),  cmocka_unit_test(words_of_packets_are_not_defined),
        cmocka_unit_test(conditions),   cmocka_unit_test(the_rest),
        cmocka_unit_test(lookups),      cmocka_unit_test(files),
        cmocka_unit_test(symbols),      cmocka_unit_test(icmp_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
