/* ICMP errors for the application. */
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include "socks_case.h"

static char buf[100];

/* A router says |code| of "unreachable" about the last packet that host 0 sent. */
static void unreachable(uint8_t code)
{
    uint8_t packet[20 + 8 + 28] = {0x45, 0, 0, sizeof packet, 0, 0, 0x40, 0, 64, 1, 0, 0, 198, 51, 100, 9, 192, 0, 2, 1, 3};
    uint32_t sum = 0;
    packet[21] = code;
    memcpy(packet + 28, p.last[0], 28);
    for (int i = 0; i < 20; i += 2) sum += (uint32_t)(packet[i] << 8 | packet[i + 1]);
    sum = ~((sum & 0xffff) + (sum >> 16));
    packet[10] = (uint8_t)(sum >> 8), packet[11] = (uint8_t)sum;
    socks_inject(&p, 0, packet, sizeof packet);
    sock_host_dispatch(p.h[0]);
}

static int64_t next_error(struct sock *s, struct sock_extended_err *ee, struct sockaddr_in *from, struct sockaddr_in *to)
{
    char control[200];
    struct msghdr m = {.msg_control = control, .msg_controllen = sizeof control, .msg_name = to, .msg_namelen = sizeof *to};
    struct sock_call k = {0};
    int64_t r = sock_recvmsg(s, &k, &m, MSG_ERRQUEUE);
    if (r < 0) return r;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    assert_non_null(c);
    EQ(c->cmsg_level, SOL_IP);
    EQ(c->cmsg_type, IP_RECVERR);
    EQ(m.msg_namelen, sizeof *to);
    memcpy(ee, CMSG_DATA(c), sizeof *ee);
    memcpy(from, CMSG_DATA(c) + sizeof *ee, sizeof *from);
    return r;
}

TEST(an_error_about_a_connection_is_advice_that_so_error_tells)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    p.cut[0] = true;
    socks_text(e[0], "lost");
    socks_run(&p);
    unreachable(1);
    EQ(sock_poll(e[0]) & POLLERR, 0);
    EQ(socks_recv(e[0], buf, 10, 0), -EAGAIN);
    EQ(socks_get(e[0], SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
    EQ(socks_get(e[0], SOL_SOCKET, SO_ERROR), 0);
}

TEST(asked_for_it_is_an_error_and_an_entry)
{
    struct sock *e[2];
    struct sock_extended_err ee;
    struct sockaddr_in from, to;
    union socks_addr peer = socks_addr(AF_INET, 1, 80);
    socks_pair(&p, e, NULL);
    OK(socks_set(e[0], SOL_IP, IP_RECVERR, 1));
    EQ(socks_get(e[0], SOL_IP, IP_RECVERR), 1);
    p.cut[0] = true;
    socks_text(e[0], "lost");
    socks_run(&p);
    unreachable(13);
    EQ(sock_poll(e[0]) & POLLERR, POLLERR);
    EQ(socks_recv(e[0], buf, 10, 0), -EHOSTUNREACH);
    EQ(socks_recv(e[0], buf, 10, 0), -EAGAIN);
    EQ(next_error(e[0], &ee, &from, &to), 0);
    EQ(ee.ee_errno, EHOSTUNREACH);
    EQ(ee.ee_origin, SO_EE_ORIGIN_ICMP);
    EQ(ee.ee_type, 3);
    EQ(ee.ee_code, 13);
    EQ(from.sin_addr.s_addr, htonl(0xc6336409));
    assert_memory_equal(&to, &peer.in, sizeof to);
    EQ(next_error(e[0], &ee, &from, &to), -EAGAIN);
    EQ(sock_poll(e[0]) & POLLERR, 0);
    p.cut[0] = false; /* the connection lives */
    socks_pass(&p, 5 * TERN_SEC);
    EQ(socks_recv(e[1], buf, 10, 0), 4);
}

TEST(reading_the_entry_takes_the_error_and_switching_off_the_entries)
{
    struct sock *e[2];
    struct sock_extended_err ee;
    struct sockaddr_in from, to;
    socks_pair(&p, e, NULL);
    OK(socks_set(e[0], SOL_IP, IP_RECVERR, 1));
    p.cut[0] = true;
    socks_text(e[0], "lost");
    socks_run(&p);
    unreachable(0);
    unreachable(1);
    EQ(next_error(e[0], &ee, &from, &to), 0);
    EQ(ee.ee_errno, ENETUNREACH);
    EQ(socks_get(e[0], SOL_SOCKET, SO_ERROR), EHOSTUNREACH); /* the next entry's */
    OK(socks_set(e[0], SOL_IP, IP_RECVERR, 0));
    EQ(next_error(e[0], &ee, &from, &to), -EAGAIN);
}

TEST(a_hard_one_ends_connect)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    p.cut[0] = true;
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    unreachable(3);
    EQ(socks_connect(c, 1, 80), -ECONNREFUSED);
}

TEST(a_soft_one_is_why_connect_fails_in_the_end)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    OK(socks_set(c, 6, 7 /* TCP_SYNCNT */, 1));
    p.cut[0] = true;
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    unreachable(1);
    EQ(socks_connect(c, 1, 80), -EALREADY);
    socks_pass(&p, 60 * TERN_SEC);
    EQ(socks_connect(c, 1, 80), -EHOSTUNREACH);
}

TEST(by_setting_so_error_has_no_advice_as_on_bsd)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    struct tern_settings set = *tern_stack_settings(p.stack[0]);
    OK(tern_settings_set(&set, "bsd_errors", 1));
    OK(tern_stack_settings_set(p.stack[0], &set));
    OK(socks_set(c, 6, 7 /* TCP_SYNCNT */, 1));
    p.cut[0] = true;
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    unreachable(1);
    EQ(socks_get(c, SOL_SOCKET, SO_ERROR), 0);
    socks_pass(&p, 60 * TERN_SEC);
    EQ(socks_get(c, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
}

TEST(without_a_word_it_times_out)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    OK(socks_set(c, 6, 7 /* TCP_SYNCNT */, 1));
    p.cut[0] = true;
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_pass(&p, 60 * TERN_SEC);
    EQ(sock_poll(c) & (POLLERR | POLLHUP), POLLERR | POLLHUP);
    EQ(socks_connect(c, 1, 80), -ETIMEDOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_error_about_a_connection_is_advice_that_so_error_tells),
        CASE(asked_for_it_is_an_error_and_an_entry),
        CASE(reading_the_entry_takes_the_error_and_switching_off_the_entries),
        CASE(a_hard_one_ends_connect),
        CASE(a_soft_one_is_why_connect_fails_in_the_end),
        CASE(by_setting_so_error_has_no_advice_as_on_bsd),
        CASE(without_a_word_it_times_out),
    };
    return RUN(tests);
}
