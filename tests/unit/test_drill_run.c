/* Scripts as text, run: those that pass, and each way to fail, with what is said of it. */
#include "drill_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

/* ---- passing ---- */

static void server(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 < P. 1:101(100) ack 1 win 30000\n"
                            "+0 read(4, ..., 1000) = 100\n"
                            "+0 write(4, ..., 500) = 500\n"
                            "*  > P. 1:501(500) ack 101\n");
    assert_true(play_res.took >= 100 * TERN_MS);
}

static void client(void **state)
{
    (void)state;
    play_passes("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                "+0 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0\n"
                "+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)\n"
                "+0 > S 0:0(0) <...>\n"
                "+.05 < S. 7000:7000(0) ack 1 win 8192 <mss 1460>\n"
                "+0 > . 1:1(0) ack 1\n"
                "+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0\n"
                "+0 close(3) = 0\n"
                "+0 > F. 1:1(0) ack 1\n");
}

/* Over each IP version, with addresses and headers of its own. */
static void versions(void **state)
{
    (void)state;
    for (enum drill_ip ip = DRILL_IPV4; ip < DRILL_IP_N; ip++) {
        play_cfg.ip = ip;
        play_passes(SERVER "+0 < S 0:0(0) win 30000 <mss 1000>\n"
                           "+0 > S. 0:0(0) ack 1 <...>\n"
                           "+.1 < . 1:1(0) ack 1 win 30000\n"
                           "+0 accept(3, ..., ...) = 4\n");
    }
}

static void long_segment(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 write(4, ..., 3000) = 3000\n"
                            "+0 > P. 1:3001(3000) ack 1\n");
}

/* Settings by tern's names: super-segments of two segments, with PSH on each, as Linux sends them. */
static void bursts(void **state)
{
    static const char *const set[] = {"burst_segments=2", "burst_push=1"};
    (void)state;
    play_passes(ESTABLISHED "+0 write(4, ..., 4000) = 4000\n"
                            "+0 > . 1:2001(2000) ack 1\n"
                            "+0 > P. 2001:4001(2000) ack 1\n");
    play_cfg.set = set;
    play_cfg.set_n = 2;
    play_passes(ESTABLISHED "+0 write(4, ..., 4000) = 4000\n"
                            "+0 > P. 1:2001(2000) ack 1\n"
                            "+0 > P. 2001:4001(2000) ack 1\n");
}

static void retransmission_in_time(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 write(4, ..., 100) = 100\n"
                            "+0 > P. 1:101(100) ack 1\n"
                            "+1 > P. 1:101(100) ack 1\n"
                            "+1.9~+2.1 > P. 1:101(100) ack 1\n");
}

static void blocking(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0...0.2 read(4, ..., 100) = 50\n"
                            "+.2 < P. 1:51(50) ack 1 win 30000\n"
                            "+.04 > . 1:1(0) ack 51\n");
}

static void polling(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 poll([{fd=4, events=POLLIN, revents=0}], 1, 100) = 0\n"
                            "+0 < P. 1:51(50) ack 1 win 30000\n"
                            "+0 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 1\n"
                            "+0 epoll_create(1) = 5\n"
                            "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n"
                            "+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n");
}

/* A poll that waits lets the timers run. */
static void poll_waits(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 write(4, ..., 100) = 100\n"
                            "+0 > P. 1:101(100) ack 1\n"
                            "+0...1.5 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 5000) = 1\n"
                            "+1 > P. 1:101(100) ack 1\n"
                            "+.5 < P. 1:51(50) ack 101 win 30000\n");
}

static void code(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 %{ assert tcpi_state == TCP_ESTABLISHED, tcpi_state }%\n");
}

static void command_settings(void **state)
{
    (void)state;
    play_passes("`sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0`\n" SERVER
                "+0 < S 0:0(0) win 30000 <mss 1000,sackOK,TS val 5 ecr 0>\n"
                "+0 > S. 0:0(0) ack 1 <mss 1460>\n");
}

static void reset_of_nobody(void **state)
{
    (void)state;
    play_passes("0 < S 0:0(0) win 30000 <mss 1000>\n"
                "+0 > R. 0:0(0) ack 1\n");
}

/* ---- failing ---- */

static void wrong_packet(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 write(4, ..., 500) = 500\n"
                           "+0 > P. 1:401(400) ack 1 win 5\n",
               ESTABLISHED_LINES + 2, "not the one expected");
    assert_string_equal(play_res.expected, "P. 1:401(400) ack 1 win 5");
    assert_non_null(strstr(play_res.actual, "P. 1:501(500) ack 1 win "));
    assert_non_null(strstr(play_res.marks, "   ^^^^^^^^^^       ^^^"));
    assert_non_null(play_res.ladder);
    assert_non_null(strstr(play_res.ladder, "RFC 9293"));
}

static void no_packet(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 > P. 1:401(400) ack 1\n", ESTABLISHED_LINES + 1, "sends no such packet");
    assert_null(play_res.actual);
}

static void unexpected_packet(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 write(4, ..., 500) = 500\n"
                           "+0 close(4) = 0\n"
                           "+0 > F. 501:501(0) ack 1\n",
               ESTABLISHED_LINES + 3, "not the one expected");
}

static void too_late(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 write(4, ..., 100) = 100\n"
                           "+0 > P. 1:101(100) ack 1\n"
                           "+.1 > P. 1:101(100) ack 1\n",
               ESTABLISHED_LINES + 3, "Not in time: a packet was due at 0.2");
}

static void wrong_result(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 recv(4, ..., 100, MSG_DONTWAIT) = 5\n", ESTABLISHED_LINES + 1,
               "recv() returns -1 EAGAIN, the script expects 5.");
}

static void wrong_errno(void **state)
{
    (void)state;
    play_fails(SERVER "+0 accept(9, ..., ...) = -1 EINVAL (Invalid argument)\n", 5,
               "accept() returns -1 EBADF, the script expects -1 EINVAL.");
}

static void wrong_option(void **state)
{
    (void)state;
    play_fails(SERVER "+0 getsockopt(3, SOL_SOCKET, SO_REUSEADDR, [0], [4]) = 0\n", 5,
               "getsockopt(SO_REUSEADDR) gives 1, the script expects 0.");
}

static void blocks_too_long(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0...0.1 read(4, ..., 100) = 50\n"
                           "+.5 < P. 1:51(50) ack 1 win 30000\n",
               ESTABLISHED_LINES + 1, "Not in time: the call should return at 0.2");
}

static void waits_for_ever(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 read(4, ..., 100) = 50\n", ESTABLISHED_LINES + 1, "read() waits for ever.");
}

static void assertion(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 %{ assert tcpi_unacked == 7 }%\n", ESTABLISHED_LINES + 1, "tcpi_unacked");
}

/* ---- neither ---- */

static void unknown_things(void **state)
{
    (void)state;
    play_breaks("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fork() = 0\n", 2, "no system call fork()");
    play_breaks("0 `reboot now`\n", 1, "\"reboot\" is not known");
    play_breaks("0 `sysctl -w net.ipv4.tcp_does_not_exist=1`\n", 1, "net.ipv4.tcp_does_not_exist");
    play_breaks("0 socket(..., SOCK_NOTHING, 0) = 3\n", 1, "\"SOCK_NOTHING\" is not known");
    play_breaks("0 socket(..., SOCK_STREAM, 0) = 3\n+0 socket(..., SOCK_STREAM, 0) = 3\n", 2, "open already");
    play_breaks("0 socket(..., SOCK_STREAM, 0) = 3\n+0 write(3, ..., 4294967295) = -1\n", 2, "too long");
}

static void skipped(void **state)
{
    (void)state;
    play("--udp_encapsulation=tcp\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n");
    assert_int_equal(play_res.verdict, RUN_SKIPPED);
    assert_non_null(strstr(play_res.message, "TCP over UDP"));
}

/* Two runs of one script are the same to the last digit. */
static void repeatable(void **state)
{
    (void)state;
    static const char text[] = ESTABLISHED "+0 write(4, ..., 500) = 500\n+0 > P. 1:9(8) ack 1\n";
    play(text);
    struct run_result first = play_res;
    play_res = (struct run_result){0};
    play(text);
    assert_string_equal(first.ladder, play_res.ladder);
    assert_string_equal(first.actual, play_res.actual);
    run_result_free(&first);
}

static void in_chinese(void **state)
{
    (void)state;
    words_choose("zh_CN");
    play(ESTABLISHED "+0 > P. 1:401(400) ack 1\n");
    words_choose("en");
    assert_int_equal(play_res.verdict, RUN_FAILED);
    assert_null(strstr(play_res.message, "packet"));
}

/* ---- FreeBSD's options ---- */

static void freebsd_no_options(void **state)
{
    (void)state;
    play_cfg.profile = RUN_FREEBSD;
    play_passes("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                "+0 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0\n"
                "+0 setsockopt(3, IPPROTO_TCP, TCP_NOOPT, [1], 4) = 0\n"
                "+0 getsockopt(3, IPPROTO_TCP, TCP_NOOPT, [1], [4]) = 0\n"
                "+0 connect(3, ..., ...) = -1 EINPROGRESS (in progress)\n"
                "+0 > S 0:0(0)\n");
}

static void freebsd_time_to_open(void **state)
{
    (void)state;
    play_cfg.profile = RUN_FREEBSD;
    play_passes("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                "+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [75], [4]) = 0\n"
                "+0 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [5], 4) = 0\n"
                "+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [5], [4]) = 0\n"
                "1...6 connect(3, ..., ...) = -1 ETIMEDOUT (timed out)\n"
                "+0 > S 0:0(0) <...>\n"
                "7 close(3) = 0\n");
}

/* sendto() on a socket with TCP_FASTOPEN opens, and never waits; its data goes with the third ACK when the SYN cannot take it. */
static void freebsd_sendto_opens(void **state)
{
    (void)state;
    play_cfg.profile = RUN_FREEBSD;
    play_passes("0 `sysctl -w net.inet.tcp.fastopen.client_enable=1`\n"
                "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                "+0 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, [1], 4) = 0\n"
                "+0 sendto(3, ..., 100, 0, ..., ...) = 100\n"
                "+0 > S 0:0(0) <mss 1460,nop,wscale 6,sackOK,TS val 0 ecr 0,FO,eol,eol>\n"
                "+.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>\n"
                "+0 > P. 1:101(100) ack 1\n"
                "+.1 < R. 1:1(0) ack 101 win 0\n"
                "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4\n"
                "+0 setsockopt(4, IPPROTO_TCP, TCP_FASTOPEN, [1], 4) = 0\n"
                "+0 sendto(4, ..., 100, 0, ..., ...) = 100\n"
                "+0 > S 0:0(0) <mss 1460,nop,wscale 6,sackOK,TS val 0 ecr 0>\n"
                "+.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>\n"
                "+0 > P. 1:101(100) ack 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY_CASE(server),
        PLAY_CASE(client),
        PLAY_CASE(versions),
        PLAY_CASE(long_segment),
        PLAY_CASE(bursts),
        PLAY_CASE(retransmission_in_time),
        PLAY_CASE(blocking),
        PLAY_CASE(polling),
        PLAY_CASE(poll_waits),
        PLAY_CASE(code),
        PLAY_CASE(command_settings),
        PLAY_CASE(reset_of_nobody),
        PLAY_CASE(wrong_packet),
        PLAY_CASE(no_packet),
        PLAY_CASE(unexpected_packet),
        PLAY_CASE(too_late),
        PLAY_CASE(wrong_result),
        PLAY_CASE(wrong_errno),
        PLAY_CASE(wrong_option),
        PLAY_CASE(blocks_too_long),
        PLAY_CASE(waits_for_ever),
        PLAY_CASE(assertion),
        PLAY_CASE(unknown_things),
        PLAY_CASE(skipped),
        PLAY_CASE(repeatable),
        PLAY_CASE(freebsd_no_options),
        PLAY_CASE(freebsd_time_to_open),
        PLAY_CASE(freebsd_sendto_opens),
        PLAY_CASE(in_chinese),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
