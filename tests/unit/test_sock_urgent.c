/* The urgent byte: beside the stream, or in it. */
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>

#include "socks_case.h"

static char buf[100];

static int ask(struct sock *s, unsigned long request)
{
    int v = -1;
    int r = sock_ioctl(s, request, &v);
    return r < 0 ? r : v;
}

TEST(the_urgent_byte_is_taken_out_of_the_stream)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    EQ(socks_recv(e[1], buf, 1, MSG_OOB), -EINVAL);
    EQ(socks_send(e[0], "ab!", 3, MSG_OOB), 3);
    socks_text(e[0], "cd");
    socks_run(&p);
    EQ(sock_poll(e[1]), POLLIN | POLLRDNORM | POLLPRI | POLLOUT | POLLWRNORM);
    EQ(ask(e[1], SIOCINQ), 2);
    EQ(ask(e[1], SIOCATMARK), 0);
    EQ(socks_recv(e[1], buf, 100, 0), 2); /* stops at the mark */
    assert_memory_equal(buf, "ab", 2);
    EQ(ask(e[1], SIOCATMARK), 1);
    EQ(socks_recv(e[1], buf, 1, MSG_OOB | MSG_PEEK), 1);
    EQ(socks_recv(e[1], buf, 1, MSG_OOB), 1);
    EQ(buf[0], '!');
    EQ(socks_recv(e[1], buf, 1, MSG_OOB), -EINVAL);
    EQ(sock_poll(e[1]) & POLLPRI, 0);
    EQ(socks_recv(e[1], buf, 100, 0), 2);
    assert_memory_equal(buf, "cd", 2);
    EQ(ask(e[1], SIOCATMARK), 0);
}

TEST(alone_it_leaves_nothing_to_read)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    EQ(socks_send(e[0], "!", 1, MSG_OOB), 1);
    socks_run(&p);
    EQ(sock_poll(e[1]), POLLPRI | POLLOUT | POLLWRNORM); /* the byte before it would have to come first */
    EQ(ask(e[1], SIOCINQ), 0);
    EQ(ask(e[1], SIOCATMARK), 1);
    EQ(socks_recv(e[1], buf, 0, MSG_OOB | MSG_PEEK), 0);
    EQ(socks_recv(e[1], buf, 1, MSG_OOB), 1);
    EQ(socks_recv(e[1], buf, 1, 0), -EAGAIN);
}

TEST(in_line_it_is_a_byte_like_others_behind_a_stop)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    OK(socks_set(e[1], SOL_SOCKET, SO_OOBINLINE, 1));
    EQ(socks_send(e[0], "ab!", 3, MSG_OOB), 3);
    socks_text(e[0], "cd");
    socks_run(&p);
    EQ(socks_recv(e[1], buf, 1, MSG_OOB), -EINVAL);
    EQ(ask(e[1], SIOCINQ), 5);
    EQ(socks_recv(e[1], buf, 100, 0), 2);
    EQ(socks_recv(e[1], buf, 100, 0), 3);
    assert_memory_equal(buf, "!cd", 3);
}

TEST(peeking_goes_by_the_same_stops)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    EQ(socks_send(e[0], "ab!", 3, MSG_OOB), 3);
    socks_text(e[0], "cd");
    socks_run(&p);
    EQ(socks_recv(e[1], buf, 100, MSG_PEEK), 2);
    EQ(socks_recv(e[1], buf, 2, 0), 2);
    EQ(socks_recv(e[1], buf, 100, MSG_PEEK), 2);
    assert_memory_equal(buf, "cd", 2);
    EQ(socks_recv(e[1], buf, 1, MSG_OOB), 1); /* it was not read by looking */
    EQ(buf[0], '!');
}

TEST(a_second_one_takes_the_place_of_the_first)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    EQ(socks_send(e[0], "a1", 2, MSG_OOB), 2);
    socks_pass(&p, TERN_SEC);
    EQ(socks_send(e[0], "b2", 2, MSG_OOB), 2);
    socks_run(&p);
    EQ(socks_recv(e[1], buf, 1, MSG_OOB), 1);
    EQ(buf[0], '2');
    EQ(socks_recv(e[1], buf, 100, 0), 3); /* the first one is in the stream now */
    assert_memory_equal(buf, "a1b", 3);
}

TEST(when_the_connection_is_over_it_can_still_be_had_or_not)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    EQ(socks_send(e[0], "!", 1, MSG_OOB), 1);
    socks_close(e[0]);
    socks_run(&p);
    EQ(socks_recv(e[1], buf, 1, MSG_OOB), 1);
    EQ(socks_recv(e[1], buf, 1, 0), 0);
}

TEST(queues_by_ioctl)
{
    struct sock *e[2], *l;
    socks_pair(&p, e, &l);
    p.cut[0] = true;
    socks_text(e[0], "abc");
    EQ(ask(e[0], SIOCOUTQ), 3);
    EQ(ask(e[0], SIOCOUTQNSD), 3);
    socks_run(&p);
    EQ(ask(e[0], SIOCOUTQ), 3);
    EQ(ask(e[0], SIOCOUTQNSD), 0);
    EQ(ask(l, SIOCINQ), -EINVAL);
    EQ(ask(l, SIOCOUTQ), -EINVAL);
    EQ(ask(e[0], 0x1234), -ENOTTY);
    EQ(sock_ioctl(e[0], SIOCINQ, NULL), -EFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_urgent_byte_is_taken_out_of_the_stream),
        CASE(alone_it_leaves_nothing_to_read),
        CASE(in_line_it_is_a_byte_like_others_behind_a_stop),
        CASE(peeking_goes_by_the_same_stops),
        CASE(a_second_one_takes_the_place_of_the_first),
        CASE(when_the_connection_is_over_it_can_still_be_had_or_not),
        CASE(queues_by_ioctl),
    };
    return RUN(tests);
}
