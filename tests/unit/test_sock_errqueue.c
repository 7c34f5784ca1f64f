/* The error queue: timestamps of what was sent, completions of MSG_ZEROCOPY. */
#include <linux/net_tstamp.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include "socks_case.h"

static char buf[20000];

enum { STAMP = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_OPT_ID };

struct told {
    int64_t r;
    int flags;
    struct sock_extended_err ee;
    struct timespec ts[3];
    bool stamped;
    int level, type; /* of the error's message */
};

static struct told next_error(struct sock *s)
{
    struct told t = {0};
    char control[512];
    struct msghdr m = {.msg_control = control, .msg_controllen = sizeof control};
    struct sock_call k = {0};
    t.r = sock_recvmsg(s, &k, &m, MSG_ERRQUEUE);
    t.flags = m.msg_flags;
    if (t.r < 0) return t;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPING) {
            t.stamped = true;
            memcpy(t.ts, CMSG_DATA(c), sizeof t.ts);
        } else {
            t.level = c->cmsg_level, t.type = c->cmsg_type;
            memcpy(&t.ee, CMSG_DATA(c), sizeof t.ee);
        }
    }
    return t;
}

static void expect_stamp(struct sock *s, uint32_t what, uint32_t key, tern_ns at)
{
    struct told t = next_error(s);
    OK(t.r);
    EQ(t.flags, MSG_ERRQUEUE);
    EQ(t.ee.ee_errno, ENOMSG);
    EQ(t.ee.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
    EQ(t.ee.ee_info, what);
    EQ(t.ee.ee_data, key);
    assert_true(t.stamped);
    EQ((uint64_t)t.ts[0].tv_sec * TERN_SEC + (uint64_t)t.ts[0].tv_nsec, at);
    EQ(t.level, SOL_IP);
    EQ(t.type, IP_RECVERR);
}

TEST(what_was_sent_is_stamped_when_scheduled_sent_and_acknowledged)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    p.delay = 10 * TERN_MS;
    EQ(socks_set(e[0], SOL_SOCKET, SO_TIMESTAMPING,
                 STAMP | SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK),
       0);
    tern_ns began = p.now;
    EQ(socks_send(e[0], buf, 500, 0), 500);
    EQ(next_error(e[0]).r, -EAGAIN);
    socks_run(&p);
    EQ(sock_poll(e[0]) & POLLERR, POLLERR);
    expect_stamp(e[0], 1, 499, began);
    expect_stamp(e[0], 0, 499, began);
    EQ(next_error(e[0]).r, -EAGAIN);
    EQ(sock_poll(e[0]) & POLLERR, 0);
    socks_pass(&p, 100 * TERN_MS);
    expect_stamp(e[0], 2, 499, began + 60 * TERN_MS); /* there, 40 ms of delayed acknowledgement, and back */
    EQ(next_error(e[0]).r, -EAGAIN);
}

TEST(a_control_message_asks_for_one_call)
{
    struct sock *e[2];
    char control[CMSG_SPACE(sizeof(uint32_t))] = {0};
    struct iovec v = {.iov_base = buf, .iov_len = 10};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    uint32_t want = SOF_TIMESTAMPING_TX_ACK;
    struct sock_call k = {0};
    socks_pair(&p, e, NULL);
    OK(socks_set(e[0], SOL_SOCKET, SO_TIMESTAMPING, STAMP));
    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof want), .cmsg_level = SOL_SOCKET, .cmsg_type = SO_TIMESTAMPING};
    memcpy(CMSG_DATA(c), &want, sizeof want);
    EQ(socks_send(e[0], buf, 10, 0), 10);
    EQ(sock_sendmsg(e[0], &k, &m, 0), 10);
    tern_ns began = p.now;
    socks_pass(&p, 100 * TERN_MS);
    expect_stamp(e[0], 2, 19, began + 40 * TERN_MS);
    EQ(next_error(e[0]).r, -EAGAIN);
    want = SOF_TIMESTAMPING_SOFTWARE;
    memcpy(CMSG_DATA(c), &want, sizeof want);
    k = (struct sock_call){0};
    EQ(sock_sendmsg(e[0], &k, &m, 0), -EINVAL);
    c->cmsg_len = sizeof control + 1;
    k = (struct sock_call){0};
    EQ(sock_sendmsg(e[0], &k, &m, 0), -EINVAL);
}

TEST(without_tsonly_the_packet_is_said_to_be_cut_off)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    OK(socks_set(e[0], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE));
    socks_send(e[0], buf, 10, 0);
    socks_run(&p);
    struct told t = next_error(e[0]);
    EQ(t.flags, MSG_ERRQUEUE | MSG_TRUNC);
    EQ(t.ee.ee_data, 0); /* no OPT_ID */
}

TEST(numbers_can_only_count_from_a_connection_on)
{
    struct sock *s = socks_new(&p, 0, 0);
    struct {
        int flags, phc;
    } got = {1, 1};
    socklen_t len = sizeof got;
    EQ(socks_set(s, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_OPT_ID), -EINVAL);
    EQ(socks_set(s, SOL_SOCKET, SO_TIMESTAMPING, 1 << 30), -EINVAL);
    OK(socks_set(s, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE));
    OK(sock_getsockopt(s, SOL_SOCKET, SO_TIMESTAMPING, &got, &len));
    EQ(len, 8);
    EQ(got.flags, SOF_TIMESTAMPING_SOFTWARE);
}

static void expect_copied(struct sock *s, uint32_t lo, uint32_t hi)
{
    struct told t = next_error(s);
    OK(t.r);
    assert_false(t.stamped);
    EQ(t.ee.ee_errno, 0);
    EQ(t.ee.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
    EQ(t.ee.ee_code, SO_EE_CODE_ZEROCOPY_COPIED);
    EQ(t.ee.ee_info, lo);
    EQ(t.ee.ee_data, hi);
}

TEST(completions_that_follow_each_other_are_one)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    EQ(socks_send(e[0], buf, 4000, MSG_ZEROCOPY), 4000); /* not allowed: as without the flag */
    OK(socks_set(e[0], SOL_SOCKET, SO_ZEROCOPY, 1));
    EQ(socks_set(e[0], SOL_SOCKET, SO_ZEROCOPY, 2), -EINVAL);
    EQ(socks_send(e[0], buf, 4000, MSG_ZEROCOPY), 4000);
    EQ(next_error(e[0]).r, -EAGAIN);
    EQ(socks_send(e[0], buf, 4000, MSG_ZEROCOPY), 4000);
    EQ(socks_send(e[0], buf, 0, MSG_ZEROCOPY), 0);
    socks_pass(&p, TERN_SEC);
    expect_copied(e[0], 0, 1);
    EQ(next_error(e[0]).r, -EAGAIN);
    EQ(socks_send(e[0], buf, 4000, MSG_ZEROCOPY), 4000);
    socks_pass(&p, TERN_SEC);
    expect_copied(e[0], 2, 2);
}

TEST(a_send_that_fails_takes_no_number)
{
    struct sock *s = socks_new(&p, 0, SOCK_NONBLOCK);
    OK(socks_set(s, SOL_SOCKET, SO_ZEROCOPY, 1));
    EQ(socks_send(s, buf, 4000, MSG_ZEROCOPY), -EPIPE);
    EQ(next_error(s).r, -EAGAIN);
    socks_listen(&p, 1, 80);
    socks_connect(s, 1, 80);
    socks_run(&p);
    EQ(socks_send(s, buf, 10, MSG_ZEROCOPY), 10);
    socks_pass(&p, TERN_SEC);
    expect_copied(s, 0, 0);
}

TEST(a_connection_that_dies_gives_the_memory_back)
{
    struct sock *e[2];
    struct linger l = {.l_onoff = 1};
    socks_pair(&p, e, NULL);
    OK(socks_set(e[0], SOL_SOCKET, SO_ZEROCOPY, 1));
    p.cut[0] = true;
    EQ(socks_send(e[0], buf, 100, MSG_ZEROCOPY), 100);
    OK(sock_setsockopt(e[1], SOL_SOCKET, SO_LINGER, &l, sizeof l));
    socks_close(e[1]);
    socks_run(&p);
    expect_copied(e[0], 0, 0);
    EQ(socks_recv(e[0], buf, 1, 0), -ECONNRESET);
}

TEST(ipv6_sockets_have_ipv6_messages)
{
    struct sock *l = socks_new6(&p, 1, SOCK_NONBLOCK), *c = socks_new6(&p, 0, SOCK_NONBLOCK);
    union socks_addr a = socks_addr(AF_INET6, 1, 80);
    struct sock_call k = {0};
    OK(sock_bind(l, &a.sa, sizeof a.in6));
    OK(sock_listen(l, 1));
    EQ(sock_connect(c, &k, &a.sa, sizeof a.in6), -EINPROGRESS);
    socks_run(&p);
    OK(socks_set(c, SOL_SOCKET, SO_ZEROCOPY, 1));
    EQ(socks_send(c, buf, 10, MSG_ZEROCOPY), 10);
    socks_pass(&p, TERN_SEC);
    struct told t = next_error(c);
    EQ(t.level, SOL_IPV6);
    EQ(t.type, IPV6_RECVERR);
}

TEST(arrivals_are_stamped_by_recvmsg)
{
    struct sock *e[2];
    char control[128];
    struct iovec v = {.iov_base = buf, .iov_len = 10};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct sock_call k = {0};
    struct timespec ts[3];
    socks_pair(&p, e, NULL);
    OK(socks_set(e[1], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE));
    sock_host_wall(p.h[1], 1000 * TERN_SEC);
    p.delay = 30 * TERN_MS;
    tern_ns began = p.now;
    socks_text(e[0], "abc");
    socks_pass(&p, TERN_SEC);
    EQ(sock_recvmsg(e[1], &k, &m, 0), 3);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    assert_non_null(c);
    EQ(c->cmsg_type, SO_TIMESTAMPING);
    memcpy(ts, CMSG_DATA(c), sizeof ts);
    EQ((uint64_t)ts[0].tv_sec * TERN_SEC + (uint64_t)ts[0].tv_nsec, began + 30 * TERN_MS + 1000 * TERN_SEC);
}

/* As another thread may do while a send() waits. */
TEST(a_send_whose_connection_is_taken_away_ends)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct sock_call k = {0}, other = {0};
    struct iovec v = {.iov_base = buf, .iov_len = sizeof buf};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    sock_set_flags(e[0], 0);
    OK(socks_set(e[0], SOL_SOCKET, SO_SNDBUF, 5000));
    OK(socks_set(e[0], SOL_SOCKET, SO_TIMESTAMPING, STAMP | SOF_TIMESTAMPING_TX_ACK));
    EQ(sock_sendmsg(e[0], &k, &m, 0), SOCK_BLOCKED);
    OK(sock_connect(e[0], &other, &none, sizeof none));
    assert_true(sock_sendmsg(e[0], &k, &m, 0) > 0); /* what it had taken by then */
    EQ(next_error(e[0]).r, -EAGAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_sent_is_stamped_when_scheduled_sent_and_acknowledged),
        CASE(a_control_message_asks_for_one_call),
        CASE(without_tsonly_the_packet_is_said_to_be_cut_off),
        CASE(numbers_can_only_count_from_a_connection_on),
        CASE(completions_that_follow_each_other_are_one),
        CASE(a_send_that_fails_takes_no_number),
        CASE(a_connection_that_dies_gives_the_memory_back),
        CASE(ipv6_sockets_have_ipv6_messages),
        CASE(arrivals_are_stamped_by_recvmsg),
        CASE(a_send_whose_connection_is_taken_away_ends),
    };
    return RUN(tests);
}
