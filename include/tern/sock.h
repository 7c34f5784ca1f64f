/* The sockets that every network programmer knows, on tern: the calls of POSIX and Linux with the prefix tern_, the same
 * arguments, results, flags, options and errno (doc/options.md has each option).
 *
 *     struct tern_net *net = tern_net_new(&(struct tern_net_config){.thread = true});
 *     tern_net_add_link(net, link, &nic);
 *     int fd = tern_socket(net, AF_INET, SOCK_STREAM, 0);
 *     tern_connect(fd, ...), tern_send(fd, ...), tern_close(fd)
 *
 * A net is a stack with its links, its clock and its loop. It is run by a thread of its own (|thread|), or by the caller: by
 * whichever thread waits in a call of it, or by tern_net_poll(), with tern_net_fd() in an epoll, libuv or libevent loop. (So what
 * close() left to be sent goes only while somebody still does one of the two.) What a call makes due is sent before it returns;
 * but where nobody sleeps in the net, acknowledgements and what is sent with MSG_MORE go with the next call that sends, or waits.
 *
 * Every call may be made from any thread, none from a signal handler. One lock guards a net: it is taken once for a batch of
 * packets and once for a call, never while waiting. What waits: accept, connect, the calls that carry data, close with SO_LINGER,
 * poll, select, epoll_wait. A signal ends a wait as it does in Linux (signal(7)): EINTR; with SA_RESTART it goes on, but not with
 * a timeout, nor poll and its like. (Without |thread| it goes on when every handler that is installed has SA_RESTART.)
 *
 * A descriptor is a real number of the process's table (a placeholder is open there), so it never collides with one of the
 * kernel's, the lowest free one is given, and RLIMIT_NOFILE holds. tern_close() frees both. The kernel's own calls on it fail
 * with EBADF; tern's calls on a descriptor of the kernel's fail with ENOTSOCK. A call in flight keeps its socket: close() by
 * another thread takes the number away at once, and the socket goes when the call has returned, as in Linux. After fork() the
 * child has none of them, and after exec() nobody has.
 *
 * NULL is EFAULT where POSIX says so; other pointers that lead nowhere are a fault, as in any library. None need be aligned. */
#ifndef TERN_SOCK_H
#define TERN_SOCK_H

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <tern/filter.h>
#include <tern/link.h>
#include <tern/loop.h>
#include <tern/stack.h>
#include <tern/tcp_ao.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tern_net;

struct tern_net_config {
    bool thread;                          /* the net runs itself; else the caller does, by tern_net_poll() */
    const struct tern_settings *settings; /* copied; NULL: the defaults */
    const char *cc;                       /* default congestion control; NULL: by the setting */
    size_t memory_cap;                    /* bytes; 0: 1 GiB */
    const uint8_t *secret;                /* 16 bytes; NULL: from the operating system */
    struct tern_trace *trace;             /* NULL: none. Read it with the net locked */
};

/* NULL with errno: EINVAL (a setting, a congestion control that is not there), ENOMEM, or what getrandom, pthread_create and the
 * like said. */
TERN_API struct tern_net *tern_net_new(const struct tern_net_config *config);
/* Ends the thread, drops what is open (nothing more is sent; calls that wait return EBADF), frees its numbers, closes the links.
 */
TERN_API void tern_net_free(struct tern_net *net);
/* The net takes |link| over when this returns >= 0, as interface |nic| (its mtu and gso_max 0: the link's). Returns the
 * interface's index, or -1 with errno: EINVAL, ENOMEM. */
TERN_API int tern_net_add_link(struct tern_net *net, struct tern_link *link, const struct tern_if_config *nic);
/* Readable when tern_net_poll() has something to do. It stays the net's. -1 with ENOMEM, or EBUSY: the net has a thread. */
TERN_API int tern_net_fd(struct tern_net *net);
/* When tern_net_poll() has something to do by time alone (tern_net_fd() covers that, too); CLOCK_MONOTONIC, TERN_NEVER. */
TERN_API tern_ns tern_net_next(struct tern_net *net);
/* Moves packets and time, waiting not longer than |until| (0: not at all). 0, or -1 with errno: EINTR, EIO (a link is gone; said
 * once, the others go on), EBUSY: the net has a thread. */
TERN_API int tern_net_poll(struct tern_net *net, tern_ns until);
/* The stack, its lock held until tern_net_unlock(): for statistics, settings of the core, traces. No socket call in between. */
TERN_API struct tern_stack *tern_net_lock(struct tern_net *net);
TERN_API void tern_net_unlock(struct tern_net *net);

/* ---- POSIX ---- */

TERN_API int tern_socket(struct tern_net *net, int domain, int type, int protocol);
TERN_API int tern_bind(int fd, const struct sockaddr *addr, socklen_t len);
TERN_API int tern_listen(int fd, int backlog);
/* The kernel has no such call: rules by which a listener takes or refuses SYNs, before or after tern_listen() (tern/filter.h).
 * EINVAL: connected, or no such rules; ENOBUFS. */
TERN_API int tern_listen_filter(int fd, const struct tern_filter *rules, size_t n);
TERN_API int tern_accept(int fd, struct sockaddr *addr, socklen_t *len);
TERN_API int tern_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
TERN_API int tern_connect(int fd, const struct sockaddr *addr, socklen_t len);
TERN_API ssize_t tern_send(int fd, const void *buf, size_t len, int flags);
TERN_API ssize_t tern_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr, socklen_t addr_len);
TERN_API ssize_t tern_sendmsg(int fd, const struct msghdr *msg, int flags);
TERN_API ssize_t tern_recv(int fd, void *buf, size_t len, int flags);
TERN_API ssize_t tern_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len);
TERN_API ssize_t tern_recvmsg(int fd, struct msghdr *msg, int flags);
TERN_API ssize_t tern_read(int fd, void *buf, size_t len);
TERN_API ssize_t tern_write(int fd, const void *buf, size_t len);
TERN_API ssize_t tern_readv(int fd, const struct iovec *iov, int n);
TERN_API ssize_t tern_writev(int fd, const struct iovec *iov, int n);
TERN_API int tern_shutdown(int fd, int how);
TERN_API int tern_close(int fd);
TERN_API int tern_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
TERN_API int tern_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
/* Options that the kernel has not, each an int. */
enum { SOL_TERN = 0x7e52 };
enum {
    TERN_SO_NO_OPTIONS = 1,     /* no TCP options are sent, and none of the peer's are believed; before the SYN */
    TERN_SO_CONNECT_TIMEOUT = 2 /* milliseconds that connect() takes at most */
};
TERN_API int tern_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
TERN_API int tern_getpeername(int fd, struct sockaddr *addr, socklen_t *len);
TERN_API int tern_fcntl(int fd, int cmd, ...); /* F_GETFL F_SETFL F_GETFD F_SETFD F_DUPFD F_DUPFD_CLOEXEC */
TERN_API int tern_dup(int fd);
TERN_API int tern_ioctl(int fd, unsigned long request, ...);
TERN_API ssize_t tern_sendfile(int fd, int file, off_t *offset, size_t count); /* |file| is the kernel's */

/* Descriptors of tern and of the kernel may be mixed in poll() and select(). */
TERN_API int tern_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
TERN_API int tern_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask);
TERN_API int tern_select(int n, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout);

/* An epoll set holds sockets of |net| (EPERM for others, and for other sets); it is a descriptor like the rest, and may be
 * polled. */
TERN_API int tern_epoll_create(struct tern_net *net, int size);
TERN_API int tern_epoll_create1(struct tern_net *net, int flags);
TERN_API int tern_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
TERN_API int tern_epoll_wait(int epfd, struct epoll_event *events, int n, int timeout_ms);
TERN_API int tern_epoll_pwait(int epfd, struct epoll_event *events, int n, int timeout_ms, const sigset_t *mask);
TERN_API int tern_epoll_pwait2(int epfd, struct epoll_event *events, int n, const struct timespec *timeout, const sigset_t *mask);

/* ---- without a copy ----
 *
 * The flags are MSG_DONTWAIT and, to send, MSG_NOSIGNAL, MSG_MORE and MSG_EOR; with any other the call fails: EOPNOTSUPP. Errors
 * are recv()'s and send()'s. A buffer belongs to the program until it is given back or on, which must come before
 * tern_net_free(). */

/* The next received buffer, to be given back with tern_release(): its data is counted as read, an urgent byte with the rest. NULL
 * with errno; errno 0: the end. */
TERN_API struct tern_buf *tern_recv_borrow(int fd, int flags);
TERN_API void tern_release(struct tern_net *net, struct tern_buf *buf); /* the socket may be closed already */
/* A buffer of |len| bytes to be filled (buf->data, buf->len). NULL with errno: EMSGSIZE (beyond TERN_PACKET_MAX), ENOMEM. */
TERN_API struct tern_buf *tern_send_buffer(int fd, size_t len);
/* Queues the buffer, whole; the net's from then on. -1 with errno: still the caller's. A borrowed one may be given on, also to
 * another socket of the net. */
TERN_API ssize_t tern_send_give(int fd, struct tern_buf *buf, int flags);

/* Sends memory in place, as much as there is room for (then it waits for some, like send()). It must not change until it is
 * acknowledged: SIOCOUTQ says 0. */
TERN_API ssize_t tern_send_static(int fd, const void *base, size_t len, int flags);

#ifdef __cplusplus
}
#endif
#endif
