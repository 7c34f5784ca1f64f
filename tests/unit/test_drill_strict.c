/* Nothing of a script is taken and not looked at: what cannot be compared or followed is an error, what differs fails. And
 * hostile scripts end with a message. */
#include "drill_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values that calls give back ---- */

static void structs_are_compared(void **state)
{
    (void)state;
    play_passes(SERVER "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0\n"
                       "+0 getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, [8]) = 0\n"
                       "+0 setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=500000}, 16) = 0\n"
                       "+0 getsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=500000}, [16]) = 0\n");
    play_fails(SERVER "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0\n"
                      "+0 getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=6}, [8]) = 0\n",
               SERVER_LINES + 2, "other bytes");
    play_fails(SERVER "+0 setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=0}, 16) = 0\n"
                      "+0 getsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=2, tv_usec=0}, [16]) = 0\n",
               SERVER_LINES + 2, "other bytes");
    play_fails(SERVER "+0 getsockopt(3, IPPROTO_TCP, TCP_CONGESTION, \"bbr\", [16]) = 0\n", SERVER_LINES + 1,
               "getsockopt() gives");
}

/* A list of control messages longer than there is room for was passed over with the call that has it. */
static void too_many_control_messages(void **state)
{
    enum { MANY = 300 };
    static const char one[] = "{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=0},";
    (void)state;
    char *text = calloc(1, sizeof ESTABLISHED + MANY * sizeof one + 200);
    assert_non_null(text);
    strcpy(text, ESTABLISHED "+0 < P. 1:11(10) ack 1 win 30000\n"
                             "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0, msg_control=[");
    for (int i = 0; i < MANY; i++) strcat(text, one);
    strcpy(strrchr(text, ','), "]}, 0) = 77\n");
    play_breaks(text, ESTABLISHED_LINES + 2, "no room for so many");
    free(text);
}

static void an_errno_goes_with_minus_one(void **state)
{
    (void)state;
    play_breaks(ESTABLISHED "+0 write(4, ..., 100) = 100 EAGAIN\n", ESTABLISHED_LINES + 1, "EAGAIN goes with the result -1");
}

static void a_negative_descriptor_is_not_polled(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 poll([{fd=-1, events=POLLIN, revents=0}], 1, 0) = 0\n"
                            "+0 poll([{fd=77, events=POLLIN, revents=POLLNVAL}], 1, 0) = 1\n");
}

/* ---- what is written in a call, and not looked at ---- */

static void arguments_that_nobody_reads(void **state)
{
    static const char *const calls[] = {
        "accept(3, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr(\"203.0.113.9\")}, ...) = 5",
        "accept(3, ..., [99]) = 5",
        "recvfrom(4, ..., 100, MSG_DONTWAIT, ..., 5) = -1 EAGAIN",
        "recvmsg(4, {msg_name(...)={sa_family=AF_INET}, msg_iov(1)=[{..., 10}]}, MSG_DONTWAIT) = -1 EAGAIN",
        "recvmsg(4, {msg_iov(1)=[{\"abc\", 10}]}, MSG_DONTWAIT) = -1 EAGAIN",
        "recvmsg(4, {msg_iov(1)=[{..., 10}], msg_flag=MSG_TRUNC}, MSG_DONTWAIT) = -1 EAGAIN",
        "poll([{fd=4, event=POLLIN, revents=0}], 1, 0) = 0",
        "poll([4], 1, 0) = 0",
        "epoll_create1(EPOLL_CLOEXEC|7) = 5",
        "setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, lingers=5}, 8) = 0",
        "setsockopt(4, SOL_SOCKET, SO_LINGER, {on=1, linger=5}, 8) = 0",
        "bind(3, ..., 99999) = 0",
        "splice(4, [0], 5, NULL, 10, 0) = -1 EBADF",
        "splice(4, NULL, 5, NULL, 10, SPLICE_F_MORE) = -1 EBADF",
        "splice(4, NULL, 5, NULL, 100000000, 0) = -1 EBADF",
        "setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 1000000) = 0",
    };
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char text[1000];
        snprintf(text, sizeof text, ESTABLISHED "+0 %s\n", calls[i]);
        play(text);
        bool wrong = play_res.verdict == RUN_BROKEN || (strstr(calls[i], "create1") && play_res.verdict == RUN_FAILED);
        if (!wrong || play_res.at.line != ESTABLISHED_LINES + 1) fail_msg("%s: verdict %d", calls[i], play_res.verdict);
    }
}

/* The length of an address is what the call is given. */
static void an_address_has_the_length_that_is_said(void **state)
{
    (void)state;
    play_passes("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                "+0 bind(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr(\"192.168.0.1\")}, 3) = -1 EINVAL\n"
                "+0 bind(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr(\"192.168.0.1\")}, 16) = 0\n");
}

static void an_overlong_send_reads_nothing(void **state)
{
    (void)state;
    play_cfg.profile = RUN_FREEBSD;
    play_passes("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                "+0 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, [1], 4) = 0\n"
                "+0 sendto(3, ..., -1, 0, ..., ...) = -1 EINVAL\n");
}

static void a_unit_that_overflows(void **state)
{
    (void)state;
    play_cfg.profile = RUN_FREEBSD;
    play_passes(SERVER "+0 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [2147483647], 4) = -1 EINVAL\n");
}

/* ---- calls that wait ---- */

static void what_waits_cannot_be_closed(void **state)
{
    (void)state;
    play_breaks(ESTABLISHED "+0...5 read(4, ..., 100) = 0\n"
                            "+2 close(4) = 0\n"
                            "+1 < . 1:1(0) ack 1 win 30000\n",
                ESTABLISHED_LINES + 2, "line 9 still waits");
}

static void the_last_call_may_wait(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0...3 poll([{fd=4, events=POLLIN, revents=0}], 1, 3000) = 0\n");
    play_fails(ESTABLISHED "+0...3 poll([{fd=4, events=POLLIN, revents=0}], 1, 2000) = 0\n", ESTABLISHED_LINES + 1,
               "Not in time: the call should return at 3.1");
    play_fails(ESTABLISHED "+0...3 poll([{fd=4, events=POLLIN, revents=0}], 1, 3500) = 0\n", ESTABLISHED_LINES + 1,
               "still waits");
}

static void a_call_returns_after_it_begins(void **state)
{
    static const char text[] = "0 socket(..., SOCK_STREAM, 0) = 3\n+.5...0.2 read(3, ..., 100) = 0\n";
    struct script *s;
    struct script_error err;
    (void)state;
    assert_int_equal(script_parse("t.pkt", text, sizeof text - 1, NULL, 0, &s, &err), -1);
    assert_int_equal(err.at.line, 2);
    assert_non_null(strstr(err.message, "before it begins"));
}

/* ---- packets ---- */

/* All parts of what is joined are due at the packet's time, the first one, too. */
static void joined_parts_are_all_in_time(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 write(4, ..., 1000) = 1000\n"
                           "+.5 write(4, ..., 1000) = 1000\n"
                           "+0 > P. 1:2001(2000) ack 1\n",
               ESTABLISHED_LINES + 3, "was sent at 0.1");
    play_fails(ESTABLISHED "+0 write(4, ..., 1000) = 1000\n"
                           "+0 > P. 1:2001(2000) ack 1\n"
                           "+.5 write(4, ..., 1000) = 1000\n",
               ESTABLISHED_LINES + 2, "not the one expected");
}

static void icmp_that_leaves_is_compared(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 < icmp echo_request id 5\n+0 > icmp echo_reply id 5\n");
    play_fails(ESTABLISHED "+0 < icmp echo_request id 5\n+0 > icmp time_exceeded\n", ESTABLISHED_LINES + 2,
               "ICMP type 0, code 0");
    play_fails(ESTABLISHED "+0 < icmp echo_request id 5\n+0 > icmp echo_reply id 6\n", ESTABLISHED_LINES + 2, "0x00060000");
}

static void icmp_quotes_what_is_said(void **state)
{
    (void)state;
    /* Neither is about the connection. */
    play_passes(ESTABLISHED "+0 < icmp unreachable protocol_unreachable [udp (100)]\n"
                            "+0 < icmp unreachable protocol_unreachable [raw (100)]\n"
                            "+0 write(4, ..., 100) = 100\n"
                            "+0 > P. 1:101(100) ack 1\n");
    /* Without a quote: what was sent last. */
    play_passes(ESTABLISHED "+0 write(4, ..., 100) = 100\n"
                            "+0 > P. 1:101(100) ack 1\n"
                            "+0 < icmp unreachable frag_needed mtu 576\n"
                            "+0 %{ assert tcpi_pmtu == 576 }%\n");
    play_breaks(ESTABLISHED "+0 < icmp unreachable frag_needed mtu 70000 [1:1(0)]\n", ESTABLISHED_LINES + 1, "larger than");
    play_breaks(ESTABLISHED "+0 < icmp unreachable port_unreachable [raw (4000)]\n", ESTABLISHED_LINES + 1, "larger than");
}

#define TWO                                                                                                                      \
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"                                                                              \
    "+0 bind(3, ..., ...) = 0\n"                                                                                                 \
    "+0 listen(3, 2) = 0\n"                                                                                                      \
    "+0 < 1001 > 8080 S 0:0(0) win 30000 <mss 1000>\n"                                                                           \
    "+0 > 8080 > 1001 S. 0:0(0) ack 1 <mss 1460>\n"                                                                              \
    "+.1 < 1001 > 8080 . 1:1(0) ack 1 win 30000\n"                                                                               \
    "+0 accept(3, ..., ...) = 4\n"                                                                                               \
    "+0 < 1002 > 8080 S 500:500(0) win 30000 <mss 1000>\n"                                                                       \
    "+0 > 8080 > 1002 S. 0:0(0) ack 501 <mss 1460>\n"                                                                            \
    "+.1 < 1002 > 8080 . 501:501(0) ack 1 win 30000\n"                                                                           \
    "+0 accept(3, ..., ...) = 5\n"

/* Ports say which connection a packet belongs to. */
static void ports_choose_the_connection(void **state)
{
    (void)state;
    play_passes(TWO "+0 write(5, ..., 100) = 100\n"
                    "+0 > 8080 > 1002 P. 1:101(100) ack 1\n"
                    "+0 write(4, ..., 200) = 200\n"
                    "+0 > 8080 > 1001 P. 1:201(200) ack 1\n"
                    "+0 < 1001 > 8080 . 1:1(0) ack 201 win 30000\n"
                    "+0 < 1002 > 8080 . 1:1(0) ack 101 win 30000\n");
    play_fails(TWO "+0 write(5, ..., 100) = 100\n+0 > 8080 > 1001 P. 1:101(100) ack 1\n", 13, "sends no such packet");
    play_fails(TWO "+0 write(5, ..., 100) = 100\n+0 > 8080 > 1003 P. 1:101(100) ack 1\n", 13, "No connection");
}

/* ---- options of the script ---- */

static void options_have_values_that_are_known(void **state)
{
    static const char *const heads[] = {"--ip_version=ipv9\n",    "--non_fatal=everything\n",  "--non_fatal=packet,calls\n",
                                        "--tolerance_percent=\n", "--tolerance_percent=nan\n", "--tolerance_usecs=5x\n"};
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char text[600];
        snprintf(text, sizeof text, "%s" SERVER, heads[i]);
        play_breaks(text, 1, "expected");
    }
}

static void what_is_not_fatal_is_noted(void **state)
{
    (void)state;
    play_passes("--non_fatal=packet\n" ESTABLISHED "+0 write(4, ..., 100) = 100\n"
                "+0 > P. 1:201(200) ack 1\n");
    assert_non_null(strstr(play_res.notes, "11:1: The packet that the stack sent is not the one expected."));
    play_passes("--non_fatal=packet,syscall\n" ESTABLISHED "+0 recv(4, ..., 100, MSG_DONTWAIT) = 5\n");
    assert_non_null(strstr(play_res.notes, "10:1: recv() returns -1 EAGAIN, the script expects 5."));
    play_fails("--non_fatal=packet\n" ESTABLISHED "+0 recv(4, ..., 100, MSG_DONTWAIT) = 5\n", ESTABLISHED_LINES + 2, "EAGAIN");
    play_fails("--non_fatal=syscall\n" ESTABLISHED "+0 > P. 1:201(200) ack 1\n", ESTABLISHED_LINES + 2, "sends no such packet");
}

static void what_is_printed_is_noted(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 %{ print('state', tcpi_state) }%\n");
    assert_string_equal(play_res.notes, "9:1: state 1");
}

/* ---- commands ---- */

static void commands_are_read_whole(void **state)
{
    static const struct {
        const char *command, *said;
    } rows[] = {
        {"sysctl -q net.ipv4.tcp_sack=1 | frobnicate", "\"frobnicate\" is not known"},
        {"sockstat | | grep -c TIME_WAIT | grep 0", "cannot be read"},
        {"grep \" 0A \" /proc/net/tcp |", "cannot be read"},
        {"sysctl -q net.ipv4.tcp_sack=1 &&", "cannot be read"},
        {"echo 1 >", "cannot be read"},
        {"tc qdisc add dev tun0 root netem", "\"netem\" is not known"},
        {"tc qdisc add dev tun0 root pfifo burst 5", "\"pfifo\" is not known"},
        {"dd bs=1k count=1 if=/dev/zero of=/tmp/x", "\"bs=1k\" is not known"},
        {"sysctl -q net.ipv4.tcp_sack=$((99999999999999999999))", "cannot be read"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[600];
        snprintf(text, sizeof text, ESTABLISHED "+0 `%s`\n", rows[i].command);
        play_breaks(text, ESTABLISHED_LINES + 1, rows[i].said);
    }
}

/* Brackets without end in $((...)), and a word of more than a word's length. */
static void commands_have_limits(void **state)
{
    static const char *const rows[] = {"sysctl -q net.ipv4.tcp_sack=$((", "sysctl -q net.ipv4.tcp_sack="};
    enum { MANY = 2000000 };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = calloc(1, MANY + 100);
        assert_non_null(text);
        size_t n = (size_t)sprintf(text, "0 `%s", rows[i]);
        memset(text + n, i ? '1' : '(', MANY);
        strcpy(text + n + MANY, "`\n");
        play_breaks(text, 1, "cannot be read");
        free(text);
    }
}

/* A question before anything happened finds a stack; what looks like one and is none, too. */
static void questions_come_first(void **state)
{
    (void)state;
    play_passes("`nstat > /dev/null`\n" SERVER);
    play_fails("`sockstat -4 -P tcp -s | grep -c TIME_WAIT | grep 1`\n" SERVER, 1, "The command fails");
    play_fails("0 `grep \" 0A \" /somewhere | grep \":1F90\"`\n" SERVER, 1, "The command fails");
    play_passes(SERVER "+0 `grep \" 0A \" /proc/net/tcp /proc/net/tcp6 | grep \":1F90\"`\n");
    play_passes("0.5 `tcpdrop -s TIME_WAIT`\n+.5 socket(..., SOCK_STREAM, 0) = 3\n");
    assert_true(play_res.took == TERN_SEC);
}

/* A queue of no room throws away what is sent, until it is taken away. */
static void a_queue_of_no_room(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 `tc qdisc add dev tun0 root pfifo limit 0`\n"
                            "+0 write(4, ..., 1000) = 1000\n"
                            "+.1 `tc qdisc delete dev tun0 root pfifo`\n"
                            "+.9 > P. 1:1001(1000) ack 1\n");
    play_fails(ESTABLISHED "+0 `tc qdisc add dev tun0 root pfifo limit 0`\n"
                           "+0 write(4, ..., 1000) = 1000\n"
                           "+0 > P. 1:1001(1000) ack 1\n",
               ESTABLISHED_LINES + 3, "sends no such packet");
}

/* fq lets each connection's packets go at its rate, until it is taken away. */
#define TWO_THEN_TEN                                                                                                             \
    "+0 write(4, ..., 2000) = 2000\n"                                                                                            \
    "+0 > P. 1:2001(2000) ack 1\n"                                                                                               \
    "+.1 < . 1:1(0) ack 2001 win 30000\n"                                                                                        \
    "+0 write(4, ..., 10000) = 10000\n"
static void a_queue_that_paces(void **state)
{
    (void)state;
    play_passes(ESTABLISHED "+0 `tc qdisc replace dev tun0 root fq`\n" TWO_THEN_TEN "+0 > . 2001:4001(2000) ack 1\n"
                            "+.010 > . 4001:6001(2000) ack 1\n"
                            "+.010 > . 6001:8001(2000) ack 1\n");
    play_passes(ESTABLISHED "+0 `tc qdisc replace dev tun0 root fq`\n"
                            "+0 `tc qdisc delete dev tun0 root`\n" TWO_THEN_TEN "+0 > P. 2001:12001(10000) ack 1\n");
}

/* What a script is made of may be any bytes; what is said of it is text in one line. */
static void messages_are_text(void **state)
{
    (void)state;
    play_fails(ESTABLISHED "+0 %{ assert (tcpi_unacked ==\n 7), 'caf\xe9' }%\n", ESTABLISHED_LINES + 1, "tcpi_unacked ==  7");
    assert_non_null(strstr(play_res.message, "caf?"));
    assert_null(strchr(play_res.message, '\n'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY_CASE(structs_are_compared),
        PLAY_CASE(too_many_control_messages),
        PLAY_CASE(an_errno_goes_with_minus_one),
        PLAY_CASE(a_negative_descriptor_is_not_polled),
        PLAY_CASE(arguments_that_nobody_reads),
        PLAY_CASE(an_address_has_the_length_that_is_said),
        PLAY_CASE(an_overlong_send_reads_nothing),
        PLAY_CASE(a_unit_that_overflows),
        PLAY_CASE(what_waits_cannot_be_closed),
        PLAY_CASE(the_last_call_may_wait),
        PLAY_CASE(a_call_returns_after_it_begins),
        PLAY_CASE(joined_parts_are_all_in_time),
        PLAY_CASE(icmp_that_leaves_is_compared),
        PLAY_CASE(icmp_quotes_what_is_said),
        PLAY_CASE(ports_choose_the_connection),
        PLAY_CASE(options_have_values_that_are_known),
        PLAY_CASE(what_is_not_fatal_is_noted),
        PLAY_CASE(what_is_printed_is_noted),
        PLAY_CASE(commands_are_read_whole),
        PLAY_CASE(commands_have_limits),
        PLAY_CASE(questions_come_first),
        PLAY_CASE(a_queue_of_no_room),
        PLAY_CASE(a_queue_that_paces),
        PLAY_CASE(messages_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
