/* Data: send(), recv(), read(), write() and their flags. */
#include <linux/sockios.h>

#include "cases.h"

CASE_ALL(data_both_ways, "bytes arrive in both directions, in order")
{
    char buf[16];
    struct pair p = pair_new();
    arrive(&p, "question", 8);
    IS(s_recv(p.s, buf, sizeof buf, 0), 8);
    IS(memcmp(buf, "question", 8), 0);
    IS(s_send(p.s, "answer", 6, 0), 6);
    MUST(await_readable(p.c, 6));
    IS(s_recv(p.c, buf, sizeof buf, 0), 6);
    IS(memcmp(buf, "answer", 6), 0);
}

CASE_ALL(data_read_write, "read() and write() are recv() and send() without flags")
{
    char buf[16];
    struct pair p = pair_new();
    IS(s_write(p.c, "abc", 3), 3);
    MUST(await_readable(p.s, 3));
    IS(s_read(p.s, buf, sizeof buf), 3);
    IS(memcmp(buf, "abc", 3), 0);
}

CASE(data_stream, "no boundaries: two sends, one recv")
{
    char buf[16];
    struct pair p = pair_new();
    IS(s_send(p.c, "ab", 2, 0), 2);
    IS(s_send(p.c, "cd", 2, 0), 2);
    MUST(await_readable(p.s, 4));
    IS(s_recv(p.s, buf, sizeof buf, 0), 4);
    IS(memcmp(buf, "abcd", 4), 0);
}

CASE(data_in_parts, "one send, many recvs")
{
    char buf[4];
    struct pair p = pair_new();
    arrive(&p, "abcdef", 6);
    IS(s_recv(p.s, buf, 1, 0), 1);
    IS(s_recv(p.s, buf, 4, 0), 4);
    IS(memcmp(buf, "bcde", 4), 0);
    IS(s_recv(p.s, buf, 4, 0), 1);
    IS(buf[0], 'f');
}

static intptr_t send_mebi(void *arg)
{
    size_t sent = 0;
    while (sent < 1u << 20) {
        ssize_t n = s_send(*(int *)arg, (const char *)bytes(1u << 20) + sent, (1u << 20) - sent, 0);
        if (n <= 0) return -1;
        sent += (size_t)n;
    }
    return (intptr_t)sent;
}

CASE_ALL(data_mebibyte, "a mebibyte through blocking calls, every byte in its place")
{
    static unsigned char buf[1u << 20];
    size_t got = 0;
    struct pair p = pair_new();
    struct task *t = task_start(send_mebi, &p.c);
    while (got < sizeof buf) {
        ssize_t n = s_recv(p.s, buf + got, sizeof buf - got, 0);
        MUST(n > 0);
        got += (size_t)n;
    }
    IS(task_join(t), 1 << 20);
    IS(is_pattern(buf, 0, got), true);
}

CASE_ALL(data_mebibyte_local, "the same within one host")
{
    static unsigned char buf[1u << 20];
    size_t got = 0;
    int l = listener_new(4), c = tcp_new(SERVER);
    struct at at = listener_at(l);
    OK(s_connect(c, SA(at), at.len));
    int s = s_accept(l, NULL, NULL);
    MUST(s >= 0);
    struct task *t = task_start(send_mebi, &c);
    while (got < sizeof buf) {
        ssize_t n = s_recv(s, buf + got, sizeof buf - got, 0);
        MUST(n > 0);
        got += (size_t)n;
    }
    IS(task_join(t), 1 << 20);
    IS(is_pattern(buf, 0, got), true);
}

CASE(data_send_whole, "a blocking send() returns when all of it is queued")
{
    struct pair p = pair_new();
    static char in[1u << 20];
    struct task *t = task_start(send_mebi, &p.c);
    size_t got = 0;
    while (got < sizeof in) {
        ssize_t n = s_recv(p.s, in, sizeof in, 0);
        MUST(n > 0);
        got += (size_t)n;
    }
    IS(task_join(t), 1 << 20);
}

CASE(data_empty_send, "nothing to send is sent at once")
{
    struct pair p = pair_new();
    OK(s_send(p.c, "", 0, 0));
    OK(s_write(p.c, nowhere, 0));
    IS(ready(p.s), POLLOUT);
}

CASE(data_empty_recv, "room for nothing waits for data all the same")
{
    char b;
    struct pair p = pair_new();
    FAILS(s_recv(p.c, &b, 0, MSG_DONTWAIT), EAGAIN);
    nonblock(p.c);
    FAILS(s_recv(p.c, &b, 0, 0), EAGAIN);
    OK(s_read(p.c, &b, 0)); /* but read() of nothing is nothing */
}

CASE(data_empty_recv_ready, "room for nothing takes nothing")
{
    char b;
    struct pair p = pair_new();
    arrive(&p, "x", 1);
    OK(s_recv(p.s, &b, 0, 0));
    IS(s_recv(p.s, &b, 1, 0), 1);
}

CASE(data_dontwait_recv, "MSG_DONTWAIT: EAGAIN when nothing has come")
{
    char b;
    struct pair p = pair_new();
    FAILS(s_recv(p.c, &b, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(data_nonblock_recv, "O_NONBLOCK does the same")
{
    char b;
    struct pair p = pair_new();
    nonblock(p.c);
    FAILS(s_recv(p.c, &b, 1, 0), EAGAIN);
    FAILS(s_read(p.c, &b, 1), EAGAIN);
}

CASE(data_dontwait_send, "MSG_DONTWAIT: what fits is sent, then EAGAIN")
{
    struct pair p = pair_new();
    AT_LEAST(fill(p.c), 1000);
    FAILS(s_send(p.c, "x", 1, MSG_DONTWAIT), EAGAIN);
    IS(ready_for(p.c, POLLOUT), 0);
}

CASE(data_partial_send, "a send that fits in part says how much")
{
    struct pair p = pair_new();
    ssize_t n = s_send(p.c, bytes(4u << 20), 4u << 20, MSG_DONTWAIT);
    int buffer = option(p.c, SOL_SOCKET, SO_SNDBUF);
    AT_LEAST(n, 1);
    IS(n < (4 << 20) || buffer >= 4 << 20, true);
}

CASE(data_resumes, "a full buffer, emptied by the peer: all arrives, writable again")
{
    struct pair p = pair_new();
    size_t n = fill(p.c);
    IS(drain(p.s, n), n);
    IS(await(p.c, POLLOUT), true);
    IS(ready_for(p.s, POLLIN), 0);
}

CASE(data_peek, "MSG_PEEK looks and leaves")
{
    char buf[8];
    struct pair p = pair_new();
    arrive(&p, "abcdef", 6);
    IS(s_recv(p.s, buf, 3, MSG_PEEK), 3);
    IS(memcmp(buf, "abc", 3), 0);
    IS(s_recv(p.s, buf, sizeof buf, MSG_PEEK), 6);
    IS(s_recv(p.s, buf, sizeof buf, 0), 6);
    IS(memcmp(buf, "abcdef", 6), 0);
}

CASE(data_peek_nothing, "MSG_PEEK when nothing has come")
{
    char b;
    struct pair p = pair_new();
    FAILS(s_recv(p.s, &b, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
}

CASE(data_peek_end, "MSG_PEEK at the end: 0, again and again")
{
    char b;
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLIN));
    OK(s_recv(p.s, &b, 1, MSG_PEEK));
    OK(s_recv(p.s, &b, 1, MSG_PEEK));
    OK(s_recv(p.s, &b, 1, 0));
}

CASE(data_trunc, "MSG_TRUNC throws away what it counts, and writes nothing")
{
    char buf[8] = "#######";
    struct pair p = pair_new();
    arrive(&p, "abcdef", 6);
    IS(s_recv(p.s, buf, 4, MSG_TRUNC), 4);
    IS(memcmp(buf, "#######", 7), 0);
    IS(s_recv(p.s, buf, sizeof buf, 0), 2);
    IS(memcmp(buf, "ef", 2), 0);
}

CASE(data_trunc_null, "MSG_TRUNC needs no memory")
{
    char b;
    struct pair p = pair_new();
    arrive(&p, "abcdef", 6);
    IS(s_recv(p.s, nowhere, 100, MSG_TRUNC), 6);
    FAILS(s_recv(p.s, &b, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(data_peek_trunc, "MSG_PEEK with MSG_TRUNC counts and leaves")
{
    char buf[8];
    struct pair p = pair_new();
    arrive(&p, "abcdef", 6);
    IS(s_recv(p.s, nowhere, 100, MSG_PEEK | MSG_TRUNC), 6);
    IS(s_recv(p.s, buf, sizeof buf, 0), 6);
}

static intptr_t send_in_two(void *arg)
{
    struct pair *p = arg;
    if (s_send(p->c, "abc", 3, 0) != 3 || !await_acked(p->c)) return -1;
    return s_send(p->c, "def", 3, 0);
}

CASE(data_waitall, "MSG_WAITALL waits for all of it")
{
    char buf[8];
    struct pair p = pair_new();
    struct task *t = task_start(send_in_two, &p);
    IS(s_recv(p.s, buf, 6, MSG_WAITALL), 6);
    IS(memcmp(buf, "abcdef", 6), 0);
    IS(task_join(t), 3);
}

CASE(data_waitall_end, "MSG_WAITALL is content with less at the end")
{
    char buf[8];
    struct pair p = pair_new();
    IS(s_send(p.c, "abc", 3, 0), 3);
    OK(s_shutdown(p.c, SHUT_WR));
    IS(s_recv(p.s, buf, 8, MSG_WAITALL), 3);
}

CASE(data_waitall_dontwait, "MSG_WAITALL with MSG_DONTWAIT does not wait")
{
    char buf[8];
    struct pair p = pair_new();
    arrive(&p, "abc", 3);
    IS(s_recv(p.s, buf, 8, MSG_WAITALL | MSG_DONTWAIT), 3);
}

CASE(data_waitall_peek, "MSG_WAITALL with MSG_PEEK, when all is there")
{
    char buf[8];
    struct pair p = pair_new();
    arrive(&p, "abc", 3);
    IS(s_recv(p.s, buf, 3, MSG_WAITALL | MSG_PEEK), 3);
    IS(s_recv(p.s, buf, 3, MSG_WAITALL), 3);
}

CASE(data_waitall_timeout, "MSG_WAITALL ends with SO_RCVTIMEO, and gives what has come")
{
    char buf[8];
    struct pair p = pair_new();
    struct timeval t = {.tv_usec = 50000};
    OK(s_setsockopt(p.s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    IS(s_send(p.c, "abc", 3, 0), 3);
    IS(s_recv(p.s, buf, 8, MSG_WAITALL), 3);
    FAILS(s_recv(p.s, buf, 8, MSG_WAITALL), EAGAIN);
}

CASE(data_more, "MSG_MORE holds a short segment back until the next send")
{
    char buf[8];
    struct pair p = pair_new();
    IS(s_send(p.c, "ab", 2, MSG_MORE), 2);
    IS(s_send(p.c, "cd", 2, 0), 2);
    MUST(await(p.s, POLLIN));
    IS(s_recv(p.s, buf, sizeof buf, 0), 4);
}

CASE(data_eor, "MSG_EOR changes nothing that a reader sees")
{
    char buf[8];
    struct pair p = pair_new();
    IS(s_send(p.c, "ab", 2, MSG_EOR), 2);
    IS(s_send(p.c, "cd", 2, 0), 2);
    MUST(await_readable(p.s, 4));
    IS(s_recv(p.s, buf, sizeof buf, 0), 4);
}

CASE(data_confirm, "MSG_CONFIRM and MSG_DONTROUTE are taken without a word")
{
    struct pair p = pair_new();
    IS(s_send(p.c, "x", 1, MSG_CONFIRM), 1);
    IS(s_send(p.c, "x", 1, MSG_DONTROUTE), 1);
    MUST(await_readable(p.s, 2));
}

CASE(data_sendto_address, "an address with sendto() is not looked at when connected")
{
    char b;
    struct pair p = pair_new();
    struct at at = silent_at(1);
    IS(s_sendto(p.c, "x", 1, 0, SA(at), at.len), 1);
    MUST(await(p.s, POLLIN));
    IS(s_recv(p.s, &b, 1, 0), 1);
}

CASE(data_sendto_unconnected, "an address does not connect")
{
    int fd = tcp_new(CLIENT), l = listener_new(1);
    struct at at = listener_at(l);
    FAILS(s_sendto(fd, "x", 1, MSG_NOSIGNAL, SA(at), at.len), EPIPE);
}

CASE(data_recvfrom_address, "recvfrom() names nobody: the length becomes 0")
{
    char b;
    struct pair p = pair_new();
    struct at at = {.len = sizeof at.a};
    memset(&at.a, 0xee, sizeof at.a);
    arrive(&p, "x", 1);
    IS(s_recvfrom(p.s, &b, 1, 0, SA(at), &at.len), 1);
    IS(at.len, 0);
    IS(((unsigned char *)&at.a)[0], 0xee);
}

CASE(data_send_null, "bytes from nowhere")
{
    struct pair p = pair_new();
    FAILS(s_send(p.c, nowhere, 10, 0), EFAULT);
    FAILS(s_write(p.c, nowhere, 10), EFAULT);
    IS(ready(p.s), POLLOUT);
}

CASE(data_recv_null, "bytes to nowhere: they stay")
{
    char b;
    struct pair p = pair_new();
    arrive(&p, "x", 1);
    FAILS(s_recv(p.s, nowhere, 10, 0), EFAULT);
    IS(s_recv(p.s, &b, 1, 0), 1);
}

CASE(data_recv_huge, "a room larger than any data")
{
    static char buf[4u << 20];
    struct pair p = pair_new();
    arrive(&p, "x", 1);
    IS(s_recv(p.s, buf, sizeof buf, 0), 1);
}

CASE(data_order_across_buffers, "what was peeked in parts is what is read")
{
    static unsigned char a[20000], b[20000];
    struct pair p = pair_new();
    arrive(&p, bytes(20000), 20000);
    IS(s_recv(p.s, a, sizeof a, MSG_PEEK), 20000);
    IS(s_recv(p.s, b, 7, 0), 7);
    IS(s_recv(p.s, b + 7, sizeof b - 7, 0), 19993);
    IS(memcmp(a, b, sizeof a), 0);
    IS(is_pattern(a, 0, sizeof a), true);
}

CASE(data_errqueue_empty, "MSG_ERRQUEUE with nothing in it")
{
    char b;
    struct pair p = pair_new();
    FAILS(s_recv(p.c, &b, 1, MSG_ERRQUEUE), EAGAIN);
}

/* ---- urgent ---- */

CASE_ALL(oob_byte, "MSG_OOB: the last byte of it goes beside the stream")
{
    char buf[8];
    struct pair p = pair_new();
    IS(s_send(p.c, "abc", 3, MSG_OOB), 3);
    MUST(await(p.s, POLLPRI));
    IS(s_recv(p.s, buf, 8, MSG_OOB), 1);
    IS(buf[0], 'c');
    IS(s_recv(p.s, buf, 8, 0), 2);
    IS(memcmp(buf, "ab", 2), 0);
}

CASE(oob_once, "it can be taken once: then EINVAL")
{
    char b;
    struct pair p = pair_new();
    IS(s_send(p.c, "x", 1, MSG_OOB), 1);
    MUST(await(p.s, POLLPRI));
    IS(s_recv(p.s, &b, 1, MSG_OOB), 1);
    FAILS(s_recv(p.s, &b, 1, MSG_OOB), EINVAL);
    IS(ready(p.s) & POLLPRI, 0);
}

CASE(oob_none, "none was sent: EINVAL")
{
    char b;
    struct pair p = pair_new();
    FAILS(s_recv(p.s, &b, 1, MSG_OOB), EINVAL);
}

CASE(oob_peek, "MSG_PEEK leaves it")
{
    char b = 0;
    struct pair p = pair_new();
    IS(s_send(p.c, "x", 1, MSG_OOB), 1);
    MUST(await(p.s, POLLPRI));
    IS(s_recv(p.s, &b, 1, MSG_OOB | MSG_PEEK), 1);
    IS(b, 'x');
    IS(s_recv(p.s, &b, 1, MSG_OOB), 1);
}

CASE(oob_no_room, "no room for it: it is there, and cut")
{
    struct pair p = pair_new();
    IS(s_send(p.c, "x", 1, MSG_OOB), 1);
    MUST(await(p.s, POLLPRI));
    char b;
    OK(s_recv(p.s, &b, 0, MSG_OOB));
}

CASE(oob_mark, "SIOCATMARK, and a recv() that stops at the mark")
{
    char buf[8];
    int at = -1;
    struct pair p = pair_new();
    IS(s_send(p.c, "ab", 2, 0), 2);
    IS(s_send(p.c, "c", 1, MSG_OOB), 1);
    IS(s_send(p.c, "de", 2, 0), 2);
    MUST(await(p.s, POLLPRI));
    MUST(await_acked(p.c));
    OK(s_ioctl(p.s, SIOCATMARK, &at));
    IS(at, 0);
    IS(s_recv(p.s, buf, 8, 0), 2);
    OK(s_ioctl(p.s, SIOCATMARK, &at));
    IS(at, 1);
    IS(s_recv(p.s, buf, 8, 0), 2);
    IS(memcmp(buf, "de", 2), 0);
}

CASE(oob_inline, "SO_OOBINLINE: it stays in the stream, and MSG_OOB gives EINVAL")
{
    char buf[8];
    struct pair p = pair_new();
    OK(set_int(p.s, SOL_SOCKET, SO_OOBINLINE, 1));
    IS(s_send(p.c, "abc", 3, MSG_OOB), 3);
    MUST(await(p.s, POLLPRI));
    FAILS(s_recv(p.s, buf, 8, MSG_OOB), EINVAL);
    IS(s_recv(p.s, buf, 8, 0), 2);
    IS(s_recv(p.s, buf, 8, 0), 1);
    IS(buf[0], 'c');
}

CASE(oob_second_replaces, "a second one before the first was taken: the first is lost")
{
    char buf[8];
    struct pair p = pair_new();
    IS(s_send(p.c, "a", 1, MSG_OOB), 1);
    MUST(await(p.s, POLLPRI));
    IS(s_send(p.c, "b", 1, MSG_OOB), 1);
    MUST(await_acked(p.c));
    IS(s_recv(p.s, buf, 8, MSG_OOB), 1);
    IS(buf[0], 'b');
    FAILS(s_recv(p.s, buf, 8, MSG_DONTWAIT), EAGAIN);
}

CASE(oob_at_end, "after the end there is none: 0")
{
    char b;
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLIN));
    IS(s_recv(p.s, &b, 1, 0), 0);
    FAILS(s_recv(p.s, &b, 1, MSG_OOB), EINVAL);
}

/* ---- options that change what a call waits for ---- */

static intptr_t send_few(void *arg) { return s_send(*(int *)arg, "few", 3, 0); }

CASE_ALL(data_longer_buffer, "a longer SO_SNDBUF lets a send() that waits for room go on")
{
    struct pair p = pair_new();
    OK(set_int(p.c, SOL_SOCKET, SO_SNDBUF, 20000));
    fill(p.c);
    struct task *t = task_start(send_few, &p.c);
    MUST(task_waits(t));
    OK(set_int(p.c, SOL_SOCKET, SO_SNDBUF, 1 << 20));
    IS(task_join(t), 3);
}

CASE(data_longer_buffer_edge, "and is an edge")
{
    struct pair p = pair_new();
    struct epoll_event e = {.events = EPOLLOUT | EPOLLET};
    int ep = s_epoll_create1(CLIENT, 0);
    OK(set_int(p.c, SOL_SOCKET, SO_SNDBUF, 20000));
    fill(p.c);
    OK(s_epoll_ctl(ep, EPOLL_CTL_ADD, p.c, &e));
    OK(s_epoll_wait(ep, &e, 1, 0));
    OK(set_int(p.c, SOL_SOCKET, SO_SNDBUF, 1 << 20));
    IS(s_epoll_wait(ep, &e, 1, 3000), 1);
}

CASE(data_more_unsent, "so is a larger TCP_NOTSENT_LOWAT")
{
    struct pair p = pair_new();
    struct epoll_event e = {.events = EPOLLOUT | EPOLLET};
    int ep = s_epoll_create1(CLIENT, 0);
    OK(set_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1));
    fill(p.c);
    OK(s_epoll_ctl(ep, EPOLL_CTL_ADD, p.c, &e));
    OK(s_epoll_wait(ep, &e, 1, 0));
    OK(set_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1 << 30));
    IS(s_epoll_wait(ep, &e, 1, 3000), ready(p.c) & POLLOUT ? 1 : 0);
}

static intptr_t send_rest(void *arg)
{
    usleep(20000);
    return s_send(*(int *)arg, "de", 2, 0);
}

CASE(data_peek_behind_urgent, "MSG_PEEK with MSG_WAITALL, the urgent byte first: it is stepped over, also after a wait")
{
    char buf[8];
    struct pair p = pair_new();
    IS(s_send(p.c, "u", 1, MSG_OOB), 1);
    MUST(await(p.s, POLLPRI));
    IS(s_send(p.c, "abc", 3, 0), 3);
    MUST(await_acked(p.c));
    struct task *t = task_start(send_rest, &p.c);
    IS(s_recv(p.s, buf, 5, MSG_PEEK | MSG_WAITALL), 5);
    IS(memcmp(buf, "abcde", 5), 0);
    IS(task_join(t), 2);
    IS(s_recv(p.s, buf, 5, 0), 5);
    IS(memcmp(buf, "abcde", 5), 0);
}
