/* Descriptors: fcntl(), ioctl(), dup(), and what every call says of those that are closed or no socket. */
#include <linux/sockios.h>
#include <signal.h>

#include "cases.h"

CASE(fcntl_nonblock, "O_NONBLOCK on and off")
{
    int fd = tcp_new(CLIENT);
    OK(s_fcntl(fd, F_SETFL, O_NONBLOCK));
    IS(s_fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
    OK(s_fcntl(fd, F_SETFL, 0));
    IS(s_fcntl(fd, F_GETFL), O_RDWR);
}

CASE(fcntl_mode_stays, "how it is opened cannot be changed")
{
    int fd = tcp_new(CLIENT);
    OK(s_fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK | O_CREAT));
    IS(s_fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
}

CASE(fcntl_cloexec, "FD_CLOEXEC on and off")
{
    int fd = tcp_new(CLIENT);
    OK(s_fcntl(fd, F_SETFD, FD_CLOEXEC));
    IS(s_fcntl(fd, F_GETFD), FD_CLOEXEC);
    OK(s_fcntl(fd, F_SETFD, 0));
    IS(s_fcntl(fd, F_GETFD), 0);
}

CASE(fcntl_unknown, "a command that does not exist") { FAILS(s_fcntl(tcp_new(CLIENT), 9999, 0), EINVAL); }

CASE(dup_shares, "a second descriptor of one socket: flags are shared, FD_CLOEXEC is not")
{
    int fd = tcp_new(CLIENT);
    OK(s_fcntl(fd, F_SETFD, FD_CLOEXEC));
    int other = s_dup(fd);
    AT_LEAST(other, 0);
    IS(s_fcntl(other, F_GETFD), 0);
    OK(s_fcntl(other, F_SETFL, O_NONBLOCK));
    IS(s_fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
}

CASE(dup_keeps, "the connection ends with its last descriptor")
{
    char b;
    struct pair p = pair_new();
    int other = s_dup(p.c);
    OK(s_close(p.c));
    IS(ready(p.s), POLLOUT);
    IS(s_send(other, "x", 1, 0), 1);
    MUST(await(p.s, POLLIN));
    IS(s_recv(p.s, &b, 1, 0), 1);
    OK(s_close(other));
    MUST(await(p.s, POLLRDHUP));
}

CASE(dup_from, "F_DUPFD: the lowest from a number on; F_DUPFD_CLOEXEC: the same, and FD_CLOEXEC")
{
    int fd = tcp_new(CLIENT);
    IS(s_fcntl(fd, F_DUPFD, 200), 200);
    IS(s_fcntl(fd, F_DUPFD, 200), 201);
    IS(s_fcntl(fd, F_DUPFD_CLOEXEC, 200), 202);
    IS(s_fcntl(201, F_GETFD), 0);
    IS(s_fcntl(202, F_GETFD), FD_CLOEXEC);
    FAILS(s_fcntl(fd, F_DUPFD, -1), EINVAL);
}

CASE(dup_bad, "a descriptor that is not open")
{
    FAILS(s_dup(-1), EBADF);
    FAILS(s_fcntl(-1, F_GETFL), EBADF);
}

/* ---- ioctl ---- */

CASE_ALL(ioctl_fionread, "FIONREAD: what can be read")
{
    int n = -1;
    char buf[4];
    struct pair p = pair_new();
    OK(s_ioctl(p.s, FIONREAD, &n));
    IS(n, 0);
    IS(s_send(p.c, "12345", 5, 0), 5);
    MUST(await(p.s, POLLIN));
    OK(s_ioctl(p.s, FIONREAD, &n));
    IS(n, 5);
    IS(s_recv(p.s, buf, 2, 0), 2);
    OK(s_ioctl(p.s, SIOCINQ, &n));
    IS(n, 3);
}

CASE(ioctl_fionread_end, "FIONREAD after the peer's FIN: the FIN is not counted")
{
    int n = -1;
    struct pair p = pair_new();
    IS(s_send(p.c, "12345", 5, 0), 5);
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLRDHUP));
    OK(s_ioctl(p.s, FIONREAD, &n));
    IS(n, 5);
}

CASE(ioctl_fionread_listener, "of a listener: EINVAL")
{
    int n = -1, l = listener_new(1);
    FAILS(s_ioctl(l, FIONREAD, &n), EINVAL);
    FAILS(s_ioctl(l, SIOCOUTQ, &n), EINVAL);
}

CASE(ioctl_fionread_fresh, "of a socket that was never connected: 0")
{
    int n = -1;
    OK(s_ioctl(tcp_new(CLIENT), FIONREAD, &n));
    IS(n, 0);
}

CASE(ioctl_outq, "SIOCOUTQ: what is not acknowledged; SIOCOUTQNSD: what is not sent")
{
    int out = -1, unsent = -1;
    struct pair p = pair_new();
    OK(s_ioctl(p.c, SIOCOUTQ, &out));
    IS(out, 0);
    size_t n = fill(p.c);
    OK(s_ioctl(p.c, SIOCOUTQ, &out));
    OK(s_ioctl(p.c, SIOCOUTQNSD, &unsent));
    AT_LEAST(out, 1);
    AT_LEAST(unsent, 1);
    AT_LEAST(out, unsent);
    IS(drain(p.s, n), n);
    MUST(await_acked(p.c));
    OK(s_ioctl(p.c, SIOCOUTQNSD, &unsent));
    IS(unsent, 0);
}

CASE(ioctl_fionbio, "FIONBIO is O_NONBLOCK")
{
    int fd = tcp_new(CLIENT), on = 1, off = 0;
    OK(s_ioctl(fd, FIONBIO, &on));
    IS(s_fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
    OK(s_ioctl(fd, FIONBIO, &off));
    IS(s_fcntl(fd, F_GETFL), O_RDWR);
}

CASE(ioctl_atmark_none, "SIOCATMARK without urgent data")
{
    int at = -1;
    struct pair p = pair_new();
    OK(s_ioctl(p.s, SIOCATMARK, &at));
    IS(at, 0);
}

CASE(ioctl_cloexec, "FIOCLEX and FIONCLEX are FD_CLOEXEC, for which there is no argument")
{
    int fd = tcp_new(CLIENT), ep = s_epoll_create1(CLIENT, 0);
    OK(s_ioctl(fd, FIOCLEX));
    IS(s_fcntl(fd, F_GETFD), FD_CLOEXEC);
    OK(s_ioctl(fd, FIONCLEX));
    IS(s_fcntl(fd, F_GETFD), 0);
    OK(s_ioctl(ep, FIOCLEX));
    FAILS(s_ioctl(-1, FIOCLEX), EBADF);
}

CASE(set_is_no_socket, "an epoll set: read() and its like cannot, the others say that it is no socket")
{
    char b[4];
    int ep = s_epoll_create1(CLIENT, 0);
    struct iovec v = {b, sizeof b};
    FAILS(s_read(ep, b, sizeof b), EINVAL);
    FAILS(s_write(ep, b, sizeof b), EINVAL);
    FAILS(s_readv(ep, &v, 1), EINVAL);
    FAILS(s_writev(ep, &v, 1), EINVAL);
    FAILS(s_recv(ep, b, sizeof b, 0), ENOTSOCK);
    FAILS(s_send(ep, b, sizeof b, 0), ENOTSOCK);
    FAILS(s_listen(ep, 4), ENOTSOCK);
}

CASE(ioctl_null, "a result that leads nowhere")
{
    struct pair p = pair_new();
    FAILS(s_ioctl(p.s, FIONREAD, nowhere), EFAULT);
    FAILS(s_ioctl(p.s, FIONBIO, nowhere), EFAULT);
    FAILS(s_ioctl(p.s, SIOCATMARK, nowhere), EFAULT);
}

CASE(ioctl_unknown, "a request that does not exist")
{
    int n = 0;
    FAILS(s_ioctl(tcp_new(CLIENT), 0x12345678, &n), ENOTTY);
    FAILS(s_ioctl(tcp_new(CLIENT), 0x12345678, nowhere), ENOTTY);
    FAILS(s_ioctl(listener_new(1), 0x12345678, nowhere), ENOTTY);
}

CASE(ioctl_bad, "a descriptor that is not open")
{
    int n = 0;
    FAILS(s_ioctl(-1, FIONREAD, &n), EBADF);
}

/* ---- closed, and no socket: what every call says ---- */

static void every_call(int fd, int error)
{
    char b;
    int value = 1;
    socklen_t len = sizeof value;
    struct at at = server_at(1), out = {.len = sizeof out.a};
    struct iovec v = {&b, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    FAILS(s_bind(fd, SA(at), at.len), error);
    FAILS(s_listen(fd, 1), error);
    FAILS(s_accept(fd, NULL, NULL), error);
    FAILS(s_accept4(fd, NULL, NULL, 0), error);
    FAILS(s_connect(fd, SA(at), at.len), error);
    FAILS(s_send(fd, "x", 1, MSG_NOSIGNAL), error);
    FAILS(s_sendto(fd, "x", 1, MSG_NOSIGNAL, SA(at), at.len), error);
    FAILS(s_sendmsg(fd, &m, MSG_NOSIGNAL), error);
    FAILS(s_recv(fd, &b, 1, 0), error);
    FAILS(s_recvfrom(fd, &b, 1, 0, NULL, NULL), error);
    FAILS(s_recvmsg(fd, &m, 0), error);
    FAILS(s_shutdown(fd, SHUT_WR), error);
    FAILS(s_getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len), error);
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, len), error);
    FAILS(s_getsockname(fd, SA(out), &out.len), error);
    FAILS(s_getpeername(fd, SA(out), &out.len), error);
}

CASE(closed_every_call, "a closed descriptor: EBADF from every call")
{
    int fd = tcp_new(CLIENT);
    OK(s_close(fd));
    every_call(fd, EBADF);
}

CASE(negative_every_call, "a negative one: EBADF from every call")
{
    every_call(-1, EBADF);
    every_call(INT_MIN, EBADF);
}

CASE(huge_every_call, "one beyond every table: EBADF from every call")
{
    every_call(INT_MAX, EBADF);
    every_call(1 << 24, EBADF);
}

CASE(foreign_every_call, "a file is no socket: ENOTSOCK from every call") { every_call(file_of(10), ENOTSOCK); }

CASE(epoll_every_call, "nor is an epoll set") { every_call(s_epoll_create1(CLIENT, 0), ENOTSOCK); }

CASE(closed_io, "read(), write(), readv(), writev() of a closed descriptor")
{
    char b;
    struct iovec v = {&b, 1};
    int fd = tcp_new(CLIENT);
    OK(s_close(fd));
    FAILS(s_read(fd, &b, 1), EBADF);
    FAILS(s_write(fd, &b, 1), EBADF);
    FAILS(s_readv(fd, &v, 1), EBADF);
    FAILS(s_writev(fd, &v, 1), EBADF);
}

/* ---- sendfile ---- */

CASE_ALL(sendfile_whole, "a file, whole")
{
    static unsigned char in[50000];
    struct pair p = pair_new();
    int file = file_of(50000);
    off_t at = 0;
    size_t sent = 0, got = 0;
    while (sent < 50000) {
        ssize_t n = s_sendfile(p.c, file, &at, 50000 - sent);
        MUST(n > 0);
        sent += (size_t)n;
    }
    IS(at, 50000);
    while (got < sent) {
        ssize_t n = s_recv(p.s, in + got, sizeof in - got, 0);
        MUST(n > 0);
        got += (size_t)n;
    }
    IS(is_pattern(in, 0, got), true);
}

CASE(sendfile_offset, "from an offset; the file's own position does not move")
{
    char in[16];
    struct pair p = pair_new();
    int file = file_of(1000);
    off_t at = 100;
    MUST(lseek(file, 7, SEEK_SET) == 7);
    IS(s_sendfile(p.c, file, &at, 10), 10);
    IS(at, 110);
    IS(lseek(file, 0, SEEK_CUR), 7);
    MUST(await_readable(p.s, 10));
    IS(s_recv(p.s, in, sizeof in, 0), 10);
    IS(is_pattern(in, 100, 10), true);
}

CASE(sendfile_position, "without an offset: from the file's position, which moves")
{
    char in[16];
    struct pair p = pair_new();
    int file = file_of(1000);
    MUST(lseek(file, 20, SEEK_SET) == 20);
    IS(s_sendfile(p.c, file, NULL, 10), 10);
    IS(lseek(file, 0, SEEK_CUR), 30);
    MUST(await_readable(p.s, 10));
    IS(s_recv(p.s, in, sizeof in, 0), 10);
    IS(is_pattern(in, 20, 10), true);
}

CASE(sendfile_end, "beyond the end: what there is, then 0")
{
    struct pair p = pair_new();
    int file = file_of(100);
    off_t at = 90;
    IS(s_sendfile(p.c, file, &at, 1000), 10);
    OK(s_sendfile(p.c, file, &at, 1000));
    IS(at, 100);
}

CASE(sendfile_nothing, "nothing asked for")
{
    struct pair p = pair_new();
    off_t at = 0;
    OK(s_sendfile(p.c, file_of(10), &at, 0));
}

CASE(sendfile_bad, "files that are none, offsets that are none, a socket that cannot send")
{
    struct pair p = pair_new();
    off_t at = 0, negative = -1;
    int file = file_of(10);
    FAILS(s_sendfile(p.c, -1, &at, 10), EBADF);
    FAILS(s_sendfile(p.c, file, &negative, 10), EINVAL);
    FAILS(s_sendfile(-1, file, &at, 10), EBADF);
    OK(s_shutdown(p.c, SHUT_WR));
    signal(SIGPIPE, SIG_IGN);
    FAILS(s_sendfile(p.c, file, &at, 10), EPIPE);
    IS(at, 0);
}

CASE(sendfile_no_file, "what has no pages: pipes, directories, sockets")
{
    int pipes[2], folder = open("/", O_RDONLY | O_CLOEXEC);
    struct pair p = pair_new();
    off_t at = 0;
    MUST(pipe(pipes) == 0 && folder >= 0);
    FAILS(s_sendfile(p.c, pipes[0], &at, 10), ESPIPE);
    FAILS(s_sendfile(p.c, pipes[0], NULL, 10), EINVAL);
    FAILS(s_sendfile(p.c, folder, &at, 10), EINVAL);
    FAILS(s_sendfile(p.c, p.s, &at, 10), ESPIPE);
    FAILS(s_sendfile(p.c, p.s, NULL, 10), EINVAL);
    FAILS(s_sendfile(s_epoll_create1(CLIENT, 0), file_of(10), &at, 10), EINVAL);
    FAILS(s_sendfile(-1, -1, &at, 10), EBADF);
}

CASE(sendfile_full, "no room: what fits, then EAGAIN")
{
    struct pair p = pair_new();
    int file = file_of(1 << 20);
    off_t at = 0;
    nonblock(p.c);
    fill(p.c);
    FAILS(s_sendfile(p.c, file, &at, 1 << 20), EAGAIN);
    IS(at, 0);
}
