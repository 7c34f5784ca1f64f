/* send(), recv(), shutdown(), close(): what is told, when, and how often. */
#include <string.h>

#include "socks_case.h"

static char buf[1 << 16];

/* What a call returned that had nothing to do but wait. */
static int64_t blocked_recv(struct sock *s, struct sock_call *k, size_t len, int flags)
{
    struct iovec v = {.iov_base = buf, .iov_len = len};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    return sock_recvmsg(s, k, &m, flags);
}

TEST(what_one_sends_the_other_receives)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    EQ(socks_recv(e[1], buf, 10, 0), -EAGAIN);
    socks_text(e[0], "hello");
    socks_run(&p);
    EQ(sock_poll(e[1]), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
    EQ(socks_recv(e[1], buf, 3, 0), 3);
    EQ(socks_recv(e[1], buf + 3, 10, 0), 2);
    assert_memory_equal(buf, "hello", 5);
    EQ(socks_recv(e[1], buf, 10, 0), -EAGAIN);
    EQ(socks_recv(e[1], buf, 0, 0), -EAGAIN);
}

TEST(without_a_connection_sending_breaks_and_receiving_has_none)
{
    struct sock *s = socks_new(&p, 0, 0), *l = socks_listen(&p, 0, 80);
    EQ(socks_send(s, "x", 1, 0), -EPIPE);
    EQ(socks_send(s, "x", 0, 0), -EPIPE);
    EQ(socks_recv(s, buf, 1, 0), -ENOTCONN);
    EQ(socks_send(l, "x", 1, 0), -EPIPE);
    EQ(socks_recv(l, buf, 1, 0), -ENOTCONN);
    EQ(sock_shutdown(s, SHUT_WR), -ENOTCONN);
    EQ(sock_shutdown(s, 3), -EINVAL);
    EQ(sock_shutdown(s, -1), -EINVAL);
}

TEST(pieces_of_memory_are_filled_in_turn)
{
    struct sock *e[2];
    char a[2], b[3];
    struct iovec in[] = {{.iov_base = a, .iov_len = 2}, {.iov_base = NULL, .iov_len = 0}, {.iov_base = b, .iov_len = 3}};
    struct msghdr m = {.msg_iov = in, .msg_iovlen = 3};
    struct sock_call k = {0};
    socks_pair(&p, e, NULL);
    memcpy(a, "ab", 2), memcpy(b, "cde", 3);
    EQ(sock_sendmsg(e[0], &k, &m, 0), 5);
    socks_run(&p);
    EQ(p.sent[0], 2 + 1); /* the handshake's, and one */
    memset(a, 0, sizeof a), memset(b, 0, sizeof b);
    k = (struct sock_call){0};
    EQ(sock_recvmsg(e[1], &k, &m, 0), 5);
    assert_memory_equal(a, "ab", 2);
    assert_memory_equal(b, "cde", 3);
    in[1].iov_len = 1; /* nowhere: looked at when it is its turn */
    k = (struct sock_call){0};
    EQ(sock_recvmsg(e[1], &k, &m, 0), -EAGAIN);
    k = (struct sock_call){0};
    EQ(sock_sendmsg(e[0], &k, &m, 0), 2);
    in[0].iov_len = 0;
    k = (struct sock_call){0};
    EQ(sock_sendmsg(e[0], &k, &m, 0), -EFAULT);
    socks_run(&p);
    k = (struct sock_call){0};
    EQ(sock_recvmsg(e[1], &k, &m, 0), -EFAULT);
    k = (struct sock_call){0};
    EQ(sock_recvmsg(e[1], &k, &m, MSG_TRUNC), 2);
    m.msg_iovlen = 1025;
    EQ(sock_sendmsg(e[0], &k, &m, 0), -EMSGSIZE);
}

TEST(peeking_leaves_and_trunc_throws_away)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    socks_text(e[0], "abcdef");
    socks_run(&p);
    EQ(socks_recv(e[1], buf, 4, MSG_PEEK), 4);
    assert_memory_equal(buf, "abcd", 4);
    memset(buf, '.', 10);
    EQ(socks_recv(e[1], buf, 2, MSG_TRUNC), 2);
    assert_memory_equal(buf, "..", 2);
    EQ(socks_recv(e[1], buf, 10, 0), 4);
    assert_memory_equal(buf, "cdef", 4);
}

TEST(waitall_waits_for_all_and_a_signal_leaves_what_came)
{
    struct sock *e[2];
    struct sock_call k = {0};
    socks_pair(&p, e, NULL);
    sock_set_flags(e[1], 0);
    socks_text(e[0], "abc");
    socks_run(&p);
    EQ(blocked_recv(e[1], &k, 5, MSG_WAITALL), SOCK_BLOCKED);
    socks_text(e[0], "defg");
    socks_run(&p);
    EQ(blocked_recv(e[1], &k, 5, MSG_WAITALL), 5);
    assert_memory_equal(buf, "abcde", 5);
    k = (struct sock_call){0};
    EQ(blocked_recv(e[1], &k, 5, MSG_WAITALL), SOCK_BLOCKED);
    k.interrupted = true;
    EQ(blocked_recv(e[1], &k, 5, MSG_WAITALL), 2);
    k = (struct sock_call){0};
    EQ(blocked_recv(e[1], &k, 5, 0), SOCK_BLOCKED);
    k.interrupted = true;
    EQ(blocked_recv(e[1], &k, 5, 0), -EINTR);
}

TEST(waiting_ends_by_the_timeout)
{
    struct sock *e[2];
    struct sock_call k = {0};
    struct timeval tv = {.tv_usec = 250000}, back = {0};
    socklen_t len = sizeof back;
    socks_pair(&p, e, NULL);
    sock_set_flags(e[1], 0);
    OK(sock_setsockopt(e[1], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
    OK(sock_getsockopt(e[1], SOL_SOCKET, SO_RCVTIMEO, &back, &len));
    EQ(back.tv_usec, 250000);
    EQ(blocked_recv(e[1], &k, 5, 0), SOCK_BLOCKED);
    EQ(k.until, p.now + 250 * TERN_MS);
    socks_pass(&p, 249 * TERN_MS);
    EQ(blocked_recv(e[1], &k, 5, 0), SOCK_BLOCKED);
    socks_pass(&p, TERN_MS);
    EQ(blocked_recv(e[1], &k, 5, 0), -EAGAIN);
    tv.tv_usec = 1000000;
    EQ(sock_setsockopt(e[1], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv), -EDOM);
}

TEST(a_full_buffer_takes_a_part_then_nothing_then_waits)
{
    struct sock *e[2];
    struct sock_call k = {0};
    struct iovec v = {.iov_base = buf, .iov_len = sizeof buf};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    socks_pair(&p, e, NULL);
    OK(socks_set(e[0], SOL_SOCKET, SO_SNDBUF, 10000));
    EQ(socks_get(e[0], SOL_SOCKET, SO_SNDBUF), 20000);
    EQ(socks_send(e[0], buf, sizeof buf, 0), 10000);
    EQ(socks_send(e[0], buf, 1, 0), -EAGAIN);
    EQ(sock_poll(e[0]) & POLLOUT, 0);
    sock_set_flags(e[0], 0);
    EQ(sock_sendmsg(e[0], &k, &m, MSG_DONTWAIT), -EAGAIN);
    EQ(sock_sendmsg(e[0], &k, &m, 0), SOCK_BLOCKED);
    int64_t r = SOCK_BLOCKED;
    for (int i = 0; i < 100 && r == SOCK_BLOCKED; i++) {
        socks_run(&p);
        while (socks_recv(e[1], buf, sizeof buf, 0) > 0) {
        }
        r = sock_sendmsg(e[0], &k, &m, 0);
    }
    EQ(r, sizeof buf);
}

TEST(the_end_is_zero_for_ever_and_sending_goes_on)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    socks_text(e[0], "bye");
    OK(sock_shutdown(e[0], SHUT_WR));
    EQ(socks_send(e[0], "x", 1, 0), -EPIPE);
    socks_run(&p);
    EQ(sock_poll(e[1]), POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLWRNORM);
    EQ(socks_recv(e[1], buf, 10, 0), 3);
    EQ(socks_recv(e[1], buf, 10, 0), 0);
    EQ(socks_recv(e[1], buf, 10, 0), 0);
    socks_text(e[1], "late");
    socks_run(&p);
    EQ(socks_recv(e[0], buf, 10, 0), 4);
    EQ(sock_poll(e[0]), POLLOUT | POLLWRNORM);
    OK(sock_shutdown(e[1], SHUT_WR));
    socks_run(&p);
    EQ(sock_poll(e[0]), POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM); /* TIME-WAIT */
    EQ(sock_shutdown(e[0], SHUT_WR), -ENOTCONN);
    EQ(socks_recv(e[0], buf, 10, 0), 0);
}

TEST(a_reset_is_told_once_after_the_data)
{
    struct sock *e[2];
    struct linger l = {.l_onoff = 1};
    socks_pair(&p, e, NULL);
    socks_text(e[0], "last");
    socks_run(&p);
    OK(sock_setsockopt(e[0], SOL_SOCKET, SO_LINGER, &l, sizeof l));
    socks_close(e[0]);
    socks_run(&p);
    EQ(sock_poll(e[1]), POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLWRNORM | POLLERR | POLLHUP);
    EQ(socks_recv(e[1], buf, 10, 0), 4);
    EQ(socks_recv(e[1], buf, 10, 0), -ECONNRESET);
    EQ(socks_recv(e[1], buf, 10, 0), 0);
    EQ(socks_send(e[1], "x", 1, 0), -EPIPE);
    EQ(sock_poll(e[1]) & POLLERR, 0);
}

TEST(a_reset_that_sending_hears_of)
{
    struct sock *e[2];
    struct linger l = {.l_onoff = 1};
    socks_pair(&p, e, NULL);
    OK(sock_setsockopt(e[0], SOL_SOCKET, SO_LINGER, &l, sizeof l));
    socks_close(e[0]);
    socks_run(&p);
    EQ(socks_send(e[1], "x", 1, 0), -ECONNRESET);
    EQ(socks_send(e[1], "x", 1, 0), -EPIPE);
    EQ(socks_recv(e[1], buf, 10, 0), 0);
}

TEST(a_reset_in_close_wait_is_epipe)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    socks_close(e[0]);
    socks_run(&p);
    socks_text(e[1], "nobody reads this");
    socks_run(&p);
    EQ(socks_recv(e[1], buf, 10, 0), 0);
    EQ(socks_get(e[1], SOL_SOCKET, SO_ERROR), EPIPE);
    EQ(socks_send(e[1], "x", 1, 0), -EPIPE);
}

TEST(by_setting_it_is_econnreset_as_on_bsd)
{
    struct sock *e[2];
    struct tern_settings set = *tern_stack_settings(p.stack[1]);
    OK(tern_settings_set(&set, "bsd_errors", 1));
    OK(tern_stack_settings_set(p.stack[1], &set));
    socks_pair(&p, e, NULL);
    socks_close(e[0]);
    socks_run(&p);
    socks_text(e[1], "nobody reads this");
    socks_run(&p);
    EQ(socks_get(e[1], SOL_SOCKET, SO_ERROR), ECONNRESET);
}

TEST(unread_data_makes_close_a_reset)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    socks_text(e[0], "unread");
    socks_run(&p);
    socks_close(e[1]);
    socks_run(&p);
    EQ(socks_recv(e[0], buf, 10, 0), -ECONNRESET);
}

TEST(shut_for_reading_the_data_still_comes)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    OK(sock_shutdown(e[1], SHUT_RD));
    EQ(socks_recv(e[1], buf, 10, 0), 0);
    socks_text(e[0], "still");
    socks_run(&p);
    EQ(socks_recv(e[1], buf, 10, 0), 5);
    EQ(socks_recv(e[1], buf, 10, 0), 0);
    EQ(sock_poll(e[1]), POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLWRNORM);
}

TEST(shut_both_ways_data_is_answered_by_a_reset)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    OK(sock_shutdown(e[1], SHUT_RDWR));
    EQ(sock_poll(e[1]), POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLWRNORM | POLLHUP);
    socks_run(&p);
    socks_text(e[0], "too late");
    socks_run(&p);
    EQ(socks_recv(e[0], buf, 10, 0), 0); /* the FIN came first */
    EQ(socks_get(e[0], SOL_SOCKET, SO_ERROR), EPIPE);
}

TEST(close_lingers_until_the_data_is_acknowledged)
{
    struct sock *e[2];
    struct linger l = {.l_onoff = 1, .l_linger = 5};
    struct sock_call k = {0};
    socks_pair(&p, e, NULL);
    OK(sock_setsockopt(e[0], SOL_SOCKET, SO_LINGER, &l, sizeof l));
    p.delay = 100 * TERN_MS;
    socks_text(e[0], "data");
    EQ(sock_close(e[0], &k), SOCK_BLOCKED);
    EQ(k.until, p.now + 5 * TERN_SEC);
    socks_pass(&p, 150 * TERN_MS);
    EQ(sock_close(e[0], &k), SOCK_BLOCKED);
    socks_pass(&p, 100 * TERN_MS);
    OK(sock_close(e[0], &k));
}

TEST(close_lingers_no_longer_than_asked_for_and_the_stack_goes_on)
{
    struct sock *e[2];
    struct linger l = {.l_onoff = 1, .l_linger = 2};
    struct sock_call k = {0};
    socks_pair(&p, e, NULL);
    OK(sock_setsockopt(e[0], SOL_SOCKET, SO_LINGER, &l, sizeof l));
    p.cut[0] = true;
    socks_text(e[0], "data");
    EQ(sock_close(e[0], &k), SOCK_BLOCKED);
    socks_pass(&p, 2 * TERN_SEC);
    OK(sock_close(e[0], &k));
    p.cut[0] = false;
    socks_pass(&p, 5 * TERN_SEC);
    EQ(socks_recv(e[1], buf, 10, 0), 4);
    EQ(socks_recv(e[1], buf, 10, 0), 0);
}

TEST(reading_waits_for_the_low_water_mark)
{
    struct sock *e[2];
    struct sock_call k = {0};
    socks_pair(&p, e, NULL);
    sock_set_flags(e[1], 0);
    OK(socks_set(e[1], SOL_SOCKET, SO_RCVLOWAT, 4));
    socks_text(e[0], "abc");
    socks_run(&p);
    EQ(sock_poll(e[1]), POLLOUT | POLLWRNORM);
    EQ(blocked_recv(e[1], &k, 10, 0), SOCK_BLOCKED);
    socks_text(e[0], "d");
    socks_run(&p);
    EQ(blocked_recv(e[1], &k, 10, 0), 4);
    EQ(socks_recv(e[1], buf, 10, MSG_DONTWAIT), -EAGAIN);
}

TEST(room_for_more_is_told_to_those_who_only_asked)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    OK(socks_set(e[0], SOL_SOCKET, SO_SNDBUF, 10000));
    p.cut[0] = true;
    EQ(socks_send(e[0], buf, 9000, 0), 9000); /* there is room for 1000 more, less than a third */
    EQ(sock_poll(e[0]) & POLLOUT, 0);
    socks_run(&p);
    while (sock_host_changed(p.h[0])) {
    }
    p.cut[0] = false;
    socks_pass(&p, 5 * TERN_SEC);
    assert_ptr_equal(sock_host_changed(p.h[0]), e[0]);
    EQ(sock_poll(e[0]) & POLLOUT, POLLOUT);
}

TEST(buffers_are_borrowed_and_given_on)
{
    struct sock *e[2];
    struct sock_call k = {0};
    int64_t r;
    socks_pair(&p, e, NULL);
    assert_null(sock_borrow(e[1], &k, 0, &r));
    EQ(r, -EAGAIN);
    socks_text(e[0], "there and back");
    socks_run(&p);
    struct tern_buf *b = sock_borrow(e[1], &k, 0, &r);
    assert_non_null(b);
    EQ(r, 14);
    EQ(b->len, 14);
    assert_memory_equal(b->data, "there and back", 14);
    EQ(sock_give(e[1], &k, b, 0), 14);
    socks_run(&p);
    EQ(socks_recv(e[0], buf, 100, 0), 14);
    OK(sock_shutdown(e[0], SHUT_WR));
    socks_run(&p);
    assert_null(sock_borrow(e[1], &k, 0, &r));
    EQ(r, 0);
    b = tern_buf_get(tern_stack_pool(p.stack[0]), 10);
    b->len = 10;
    EQ(sock_give(e[0], &k, b, 0), -EPIPE);
    tern_buf_unref(b); /* still ours */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_one_sends_the_other_receives),
        CASE(without_a_connection_sending_breaks_and_receiving_has_none),
        CASE(pieces_of_memory_are_filled_in_turn),
        CASE(peeking_leaves_and_trunc_throws_away),
        CASE(waitall_waits_for_all_and_a_signal_leaves_what_came),
        CASE(waiting_ends_by_the_timeout),
        CASE(a_full_buffer_takes_a_part_then_nothing_then_waits),
        CASE(the_end_is_zero_for_ever_and_sending_goes_on),
        CASE(a_reset_is_told_once_after_the_data),
        CASE(a_reset_that_sending_hears_of),
        CASE(a_reset_in_close_wait_is_epipe),
        CASE(by_setting_it_is_econnreset_as_on_bsd),
        CASE(unread_data_makes_close_a_reset),
        CASE(shut_for_reading_the_data_still_comes),
        CASE(shut_both_ways_data_is_answered_by_a_reset),
        CASE(close_lingers_until_the_data_is_acknowledged),
        CASE(close_lingers_no_longer_than_asked_for_and_the_stack_goes_on),
        CASE(reading_waits_for_the_low_water_mark),
        CASE(room_for_more_is_told_to_those_who_only_asked),
        CASE(buffers_are_borrowed_and_given_on),
    };
    return RUN(tests);
}
