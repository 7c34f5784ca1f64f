/* Odd arguments: pointers that lead nowhere, or are not aligned; lengths of nothing and too much; and what a call that failed
 * leaves as it was. */
#include <linux/sockios.h>
#include <signal.h>

#include "cases.h"

/* ---- nowhere ---- */

CASE(odd_address_of_no_length, "an address of no length: NULL or not, it is too short")
{
    int fd = tcp_new(CLIENT);
    FAILS(s_bind(fd, nowhere, 0), EINVAL);
    FAILS(s_connect(fd, nowhere, 0), EINVAL);
    FAILS(s_connect(fd, nowhere, 1), EFAULT);
    FAILS(s_bind(fd, nowhere, 1), EFAULT);
    FAILS(s_bind(fd, nowhere, 1000), EINVAL);
    FAILS(s_connect(fd, nowhere, 1000), EINVAL);
}

CASE(odd_name_of_no_length, "a name that nobody wants to have: its length alone is told")
{
    struct pair p = pair_new();
    socklen_t len = 0;
    OK(s_getsockname(p.c, nowhere, &len));
    IS(len, sizeof(struct sockaddr_in));
    len = 0;
    OK(s_getpeername(p.c, nowhere, &len));
    IS(len, sizeof(struct sockaddr_in));
}

CASE(odd_peer_of_nobody, "a name that there is not, to nowhere")
{
    FAILS(s_getpeername(tcp_new(CLIENT), nowhere, nowhere), ENOTCONN);
}

CASE(odd_accept_nothing, "accept() to nowhere, while there is nobody")
{
    struct sockaddr_storage a;
    int l = listener_new(1);
    nonblock(l);
    FAILS(s_accept(l, (struct sockaddr *)&a, nowhere), EAGAIN);
}

CASE(odd_vector_head, "a vector whose first part leads nowhere: nothing is sent, what came stays")
{
    char b[5], hello[] = "hello";
    struct pair p = pair_new();
    struct iovec out[2] = {{nowhere, 5}, {hello, 5}}, in[2] = {{nowhere, 5}, {b, 5}};
    FAILS(s_writev(p.c, out, 2), EFAULT);
    arrive(&p, "x", 1);
    FAILS(s_readv(p.s, in, 2), EFAULT);
    IS(s_recv(p.s, b, 5, 0), 1);
    IS(b[0], 'x');
}

CASE(odd_vector_tail, "a vector whose second part leads nowhere")
{
    char hello[] = "hello";
    struct pair p = pair_new();
    struct iovec out[2] = {{hello, 5}, {nowhere, 5}};
    DIFFERS(s_writev(p.c, out, 2), REFUSES(EFAULT), GIVES(5), "what can be copied is sent; Linux does that with longer parts");
}

CASE(odd_send_full, "to a full buffer: nothing is copied, so nothing is found out")
{
    struct pair p = pair_new();
    fill(p.c);
    FAILS(s_send(p.c, nowhere, 10, MSG_DONTWAIT), EAGAIN);
}

CASE(odd_epoll_nowhere, "epoll_wait() to nowhere: found out when there is something to be told")
{
    struct pair p = pair_new();
    struct epoll_event e = {.events = EPOLLOUT};
    int ep = s_epoll_create1(CLIENT, 0);
    OK(s_epoll_wait(ep, nowhere, 1, 0));
    OK(s_epoll_ctl(ep, EPOLL_CTL_ADD, p.c, &e));
    FAILS(s_epoll_wait(ep, nowhere, 1, 0), EFAULT);
    IS(s_epoll_wait(ep, &e, 1, 0), 1);
}

CASE(odd_epoll_order, "what epoll_ctl() looks at first")
{
    struct epoll_event e = {.events = EPOLLIN};
    int ep = s_epoll_create1(CLIENT, 0), fd = tcp_new(CLIENT), file = file_of(1);
    FAILS(s_epoll_ctl(-1, EPOLL_CTL_ADD, -1, nowhere), EFAULT);
    FAILS(s_epoll_ctl(ep, EPOLL_CTL_ADD, file, &e), EPERM);
    FAILS(s_epoll_ctl(fd, EPOLL_CTL_ADD, file, &e), EPERM);
    FAILS(s_epoll_ctl(fd, EPOLL_CTL_ADD, -1, &e), EBADF);
    FAILS(s_epoll_ctl(ep, EPOLL_CTL_DEL, file, &e), EPERM);
}

CASE(odd_vector_order, "readv() and writev() look at the descriptor first")
{
    volatile int negative = -1;
    FAILS(s_writev(-1, nowhere, 1), EBADF);
    FAILS(s_readv(-1, nowhere, 1), EBADF);
    FAILS(s_writev(-1, nowhere, negative), EBADF);
    FAILS(s_readv(-1, nowhere, negative), EBADF);
}

/* ---- lengths ---- */

CASE(odd_read_huge, "more than any object has leads nowhere for read(); recv() cuts it")
{
    volatile size_t all = SIZE_MAX;
    static char b[8]; /* far from the end of the address space, where even Linux's 2 GiB would be too much */
    struct pair p = pair_new();
    arrive(&p, "abc", 3);
    FAILS(s_read(p.s, b, all), EFAULT);
    FAILS(s_write(p.c, b, all), EFAULT);
    FAILS(s_read(-1, b, all), EBADF);
    IS(s_recv(p.s, b, all, 0), 3);
}

CASE(odd_to_length, "an address for a connection is not looked at, but its length is")
{
    struct sockaddr_storage a = {.ss_family = 250};
    struct pair p = pair_new();
    IS(s_sendto(p.c, "x", 1, 0, (struct sockaddr *)&a, sizeof a), 1);
    IS(s_sendto(p.c, "x", 1, 0, (struct sockaddr *)&a, 1), 1);
    FAILS(s_sendto(p.c, "x", 1, 0, (struct sockaddr *)&a, sizeof a + 1), EINVAL);
    FAILS(s_sendto(p.c, "x", 1, 0, (struct sockaddr *)&a, (socklen_t)-1), EINVAL);
    IS(s_sendto(p.c, "x", 1, 0, NULL, 9999), 1);
}

CASE(odd_ip_lengths, "an option of IPv4 in less than four bytes: in one")
{
    int v = 0;
    socklen_t len = 3;
    int fd = s_socket(CLIENT, AF_INET, SOCK_STREAM, 0);
    unsigned char few[3] = {7, 0xff, 0xff};
    OK(s_setsockopt(fd, IPPROTO_IP, IP_TTL, few, 3));
    IS(option(fd, IPPROTO_IP, IP_TTL), 7);
    OK(s_getsockopt(fd, IPPROTO_IP, IP_TTL, &v, &len));
    IS(len, 1);
    IS(*(unsigned char *)&v, 7);
    FAILS(s_setsockopt(fd, IPPROTO_IP, IP_TTL, few, 0), EINVAL);
    len = (socklen_t)-1;
    FAILS(s_getsockopt(fd, IPPROTO_IP, IP_TTL, &v, &len), EINVAL);
}

CASE(odd_linger, "a negative SO_LINGER is a long one")
{
    struct linger l = {1, -1};
    socklen_t len = sizeof l;
    int fd = tcp_new(CLIENT);
    OK(s_setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    l = (struct linger){0, 0};
    OK(s_getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len));
    IS(l.l_onoff, 1);
    IS(l.l_linger != 0, true); /* Linux tells what its clock makes of it */
    l = (struct linger){0, 0};
    OK(s_setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
}

CASE(odd_timeval, "select() takes more than a million microseconds")
{
    struct pair p = pair_new();
    struct timeval t = {0, 1000001};
    fd_set in;
    FD_ZERO(&in);
    FD_SET(p.c, &in);
    IS(s_send(p.s, "x", 1, 0), 1);
    IS(s_select(p.c + 1, &in, NULL, NULL, &t), 1);
}

/* ---- what stays ---- */

CASE(odd_message_stays, "recvmsg() that fails leaves the message as it was")
{
    char b[8], control[64];
    struct sockaddr_storage a;
    struct pair p = pair_new();
    struct iovec in = {b, sizeof b};
    struct msghdr m = {.msg_iov = &in,
                       .msg_iovlen = 1,
                       .msg_name = &a,
                       .msg_namelen = sizeof a,
                       .msg_control = control,
                       .msg_controllen = sizeof control,
                       .msg_flags = 77};
    OK(set_int(p.s, IPPROTO_TCP, TCP_INQ, 1));
    FAILS(s_recvmsg(p.s, &m, MSG_DONTWAIT), EAGAIN);
    IS(m.msg_namelen, sizeof a);
    IS(m.msg_controllen, sizeof control);
    IS(m.msg_flags, 77);
    FAILS(s_recvmsg(p.s, &m, MSG_DONTWAIT | MSG_ERRQUEUE), EAGAIN);
    FAILS(s_recvmsg(p.s, &m, MSG_DONTWAIT | MSG_OOB), EINVAL);
    IS(m.msg_flags, 77);
    arrive(&p, "x", 1);
    IS(s_recvmsg(p.s, &m, MSG_DONTWAIT), 1);
    IS(m.msg_namelen, 0);
    IS(m.msg_controllen, CMSG_SPACE(sizeof(int)));
    IS(m.msg_flags, 0);
}

CASE(odd_select_stays, "select() that fails leaves the sets as they were")
{
    struct pair p = pair_new();
    struct timeval none = {0, 0};
    int closed = tcp_new(CLIENT);
    fd_set in, out;
    OK(s_close(closed));
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(p.c, &in);
    FD_SET(p.c, &out);
    FD_SET(closed, &out);
    FAILS(s_select(closed + 1, &in, &out, NULL, &none), EBADF);
    IS(FD_ISSET(p.c, &in) != 0, true);
    IS(FD_ISSET(p.c, &out) != 0, true);
    IS(FD_ISSET(closed, &out) != 0, true);
}

/* ---- not aligned ---- */

/* Every structure one byte off: memory that a program has from a packed record or a parser. */
#define OFF(type, name, from)                                                                                                    \
    char name##_room[sizeof(type) + 1];                                                                                          \
    void *name = memcpy(name##_room + 1, from, sizeof(type))

CASE_ALL(odd_unaligned_names, "addresses and their lengths")
{
    struct pair p = pair_new();
    struct at at = any_at(0);
    int fd = tcp_new(CLIENT);
    OFF(struct sockaddr_storage, a, &at.a);
    OK(s_bind(fd, a, at.len));
    at = listener_at(p.l);
    memcpy(a, &at.a, sizeof at.a);
    OK(s_connect(fd, a, at.len));
    socklen_t size = sizeof at.a;
    OFF(socklen_t, len, &size);
    OK(s_getpeername(fd, a, len));
    memcpy(&size, len, sizeof size);
    IS(size, at.len);
    memcpy(&at.a, a, sizeof at.a);
    IS(port_in(&at), port_in(&(struct at){.a = peer_of(fd).a}));
    OK(s_getsockname(fd, a, len));
    MUST(await(p.l, POLLIN));
    AT_LEAST(s_accept(p.l, a, len), 0);
    IS(s_sendto(fd, "x", 1, 0, a, size), 1);
    IS(s_recvfrom(fd, a, 1, MSG_DONTWAIT | MSG_PEEK, a, len), -1);
}

CASE(odd_unaligned_options, "options' values and their lengths, and ioctl()'s")
{
    struct pair p = pair_new();
    int one = 1;
    struct linger l = {1, 3};
    struct timeval t = {1, 0};
    struct tcp_info info = {0};
    socklen_t size = sizeof one;
    OFF(int, v, &one);
    OFF(socklen_t, len, &size);
    OFF(struct linger, linger, &l);
    OFF(struct timeval, timeout, &t);
    OFF(struct tcp_info, i, &info);
    OK(s_setsockopt(p.c, IPPROTO_TCP, TCP_NODELAY, v, sizeof one));
    OK(s_setsockopt(p.c, SOL_SOCKET, SO_LINGER, linger, sizeof l));
    OK(s_setsockopt(p.c, SOL_SOCKET, SO_RCVTIMEO, timeout, sizeof t));
    OK(s_getsockopt(p.c, IPPROTO_TCP, TCP_NODELAY, v, len));
    memcpy(&one, v, sizeof one);
    AT_LEAST(one, 1);
    size = sizeof info;
    memcpy(len, &size, sizeof size);
    OK(s_getsockopt(p.c, IPPROTO_TCP, TCP_INFO, i, len));
    memcpy(&info, i, sizeof info);
    IS(info.tcpi_state, 1);
    OK(s_ioctl(p.c, FIONREAD, v));
    OK(s_ioctl(p.c, FIONBIO, v));
}

CASE(odd_unaligned_messages, "messages, their vectors and control messages")
{
    char b[4], letters[] = "abcdef";
    int inq;
    struct pair p = pair_new();
    struct iovec out = {letters, 6}, in = {b, sizeof b};
    char control_room[CMSG_SPACE(sizeof inq) + 1] = {0};
    OK(set_int(p.s, IPPROTO_TCP, TCP_INQ, 1));
    OFF(struct iovec, ov, &out);
    OFF(struct iovec, iv, &in);
    struct msghdr send = {.msg_iov = ov, .msg_iovlen = 1};
    struct msghdr receive = {
        .msg_iov = iv, .msg_iovlen = 1, .msg_control = control_room + 1, .msg_controllen = CMSG_SPACE(sizeof inq)};
    OFF(struct msghdr, sm, &send);
    OFF(struct msghdr, rm, &receive);
    IS(s_sendmsg(p.c, sm, 0), 6);
    MUST(await_readable(p.s, 6));
    IS(s_recvmsg(p.s, rm, 0), 4);
    memcpy(&inq, control_room + 1 + CMSG_LEN(0), sizeof inq);
    IS(inq, 2);
    IS(s_readv(p.s, iv, 1), 2);
    IS(s_writev(p.c, ov, 1), 6);
}

CASE(odd_unaligned_events, "epoll's events, poll()'s descriptors, timeouts")
{
    struct pair p = pair_new();
    int ep = s_epoll_create1(CLIENT, 0);
    struct epoll_event want = {.events = EPOLLOUT, .data.fd = p.c}, got = {0};
    struct pollfd one = {p.c, POLLOUT, 0};
    struct timespec soon = {1, 0};
    struct timeval later = {1, 0};
    OFF(struct epoll_event, e, &want);
    OFF(struct pollfd, fds, &one);
    OFF(struct timespec, ts, &soon);
    OFF(struct timeval, tv, &later);
    OK(s_epoll_ctl(ep, EPOLL_CTL_ADD, p.c, e));
    memcpy(e, &got, sizeof got);
    IS(s_epoll_wait(ep, e, 1, 0), 1);
    memcpy(&got, e, sizeof got);
    IS(got.data.fd, p.c);
    IS(s_poll(fds, 1, 0), 1);
    IS(s_ppoll(fds, 1, ts, NULL), 1);
    memcpy(&one, fds, sizeof one);
    IS(one.revents, POLLOUT);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(p.c, &set);
    OFF(fd_set, out, &set);
    IS(s_select(p.c + 1, NULL, out, NULL, tv), 1);
}

CASE(odd_unaligned_offset, "sendfile()'s offset")
{
    struct pair p = pair_new();
    off_t at = 2;
    OFF(off_t, offset, &at);
    IS(s_sendfile(p.c, file_of(10), offset, 5), 5);
    memcpy(&at, offset, sizeof at);
    IS(at, 7);
}
