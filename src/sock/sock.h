/* Sockets over one stack: POSIX's and Linux's semantics, and nothing of an operating system. No descriptor, no thread, no lock,
 * no clock: the `net` layer adds those for programs; `tern drill` and the plug-in of packetdrill use this layer in virtual time.
 *
 * Every call returns what POSIX's returns, or a negative errno. The host's |now| must be set before each call (sock_host_time).
 *
 * What would block. A call whose POSIX namesake may wait takes a struct sock_call, zeroed before the first time, and returns
 * SOCK_BLOCKED instead of waiting (never with O_NONBLOCK or MSG_DONTWAIT). The caller calls again with the same arguments
 * whenever sock_host_dispatch() named the socket as changed, or |call->until| has come (SO_RCVTIMEO, SO_LINGER ...), or to
 * interrupt it (call->interrupted = true: the result is what a signal makes of it: what was done so far, or -EINTR). Nothing else
 * happens here by time alone: the other deadlines are the stack's. */
#ifndef SOCK_SOCK_H
#define SOCK_SOCK_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <tern/conn.h>
#include <tern/filter.h>

#define SOCK_BLOCKED INT64_MIN

struct sock_host; /* the sockets of one stack */
struct sock;
struct sock_epoll;

struct sock_call {
    bool begun;
    bool interrupted;
    tern_ns until; /* TERN_NEVER: as long as it takes */
    uint64_t done; /* bytes so far */
};

/* ---- the host ---- */

/* Uses |stack|, which stays the caller's and must outlive the host; nobody else may take its events. NULL: no memory. */
struct sock_host *sock_host_new(struct tern_stack *stack);
/* Closes every socket without lingering; the stack may be freed afterwards. */
void sock_host_free(struct sock_host *h);
struct tern_stack *sock_host_stack(const struct sock_host *h);
void sock_host_time(struct sock_host *h, tern_ns now);
/* What must be added to the host's time to make the wall clock's: timestamps that the application is given (SO_TIMESTAMPING). */
void sock_host_wall(struct sock_host *h, tern_ns offset);

/* Takes what happened in the stack to the sockets: after input, expire, calls, and output (timestamps of what was sent). */
void sock_host_dispatch(struct sock_host *h);
/* The next socket whose readiness may have changed since it was last named; NULL when there is none. For epoll sets see
 * sock_host_changed_epoll(). */
struct sock *sock_host_changed(struct sock_host *h);

/* ---- a socket's life ---- */

/* domain AF_INET, AF_INET6; type SOCK_STREAM with SOCK_NONBLOCK (SOCK_CLOEXEC is the caller's matter); protocol 0, IPPROTO_TCP.
 * -EAFNOSUPPORT -ESOCKTNOSUPPORT -EPROTONOSUPPORT -EINVAL -ENOBUFS. */
int sock_socket(struct sock_host *h, int domain, int type, int protocol, struct sock **out);
/* close(): blocks for SO_LINGER. After any result but SOCK_BLOCKED |s| is gone. */
int64_t sock_close(struct sock *s, struct sock_call *k);
void sock_set_user(struct sock *s, void *user); /* for the layer above */
void *sock_user(const struct sock *s);
struct tern_conn *sock_conn(const struct sock *s); /* NULL: none yet, or a listener */

int sock_bind(struct sock *s, const struct sockaddr *addr, socklen_t len);
int sock_listen(struct sock *s, int backlog);
/* tern_listen_filter() */
int sock_filter_rules(struct sock *s, const struct tern_filter *rules, size_t n);
/* |flags|: SOCK_NONBLOCK. */
int64_t sock_accept(struct sock *s, struct sock_call *k, struct sockaddr *addr, socklen_t *len, int flags, struct sock **out);
int64_t sock_connect(struct sock *s, struct sock_call *k, const struct sockaddr *addr, socklen_t len);
int sock_shutdown(struct sock *s, int how);
int sock_getsockname(const struct sock *s, struct sockaddr *addr, socklen_t *len);
int sock_getpeername(const struct sock *s, struct sockaddr *addr, socklen_t *len);

/* ---- data ---- */

/* All MSG_* of Linux that TCP knows; control messages both ways. Broken pipes are -EPIPE; the SIGPIPE is the layer above's, which
 * asks sock_sigpipe(flags). */
bool sock_sigpipe(int flags);
int64_t sock_sendmsg(struct sock *s, struct sock_call *k, const struct msghdr *m, int flags);
/* |m| is written to only by a call that succeeds. */
int64_t sock_recvmsg(struct sock *s, struct sock_call *k, struct msghdr *m, int flags);
/* The sum of the lengths of |m|'s vector, or -EMSGSIZE (too many parts), -EFAULT, -EINVAL (too many bytes). */
int64_t sock_message_len(const struct msghdr *m);
/* Without a copy, in tern's own manner. */
struct tern_buf *sock_borrow(struct sock *s, struct sock_call *k, int flags, int64_t *result); /* the next received, or NULL */
int64_t sock_give(struct sock *s, struct sock_call *k, struct tern_buf *buf,
                  int flags); /* takes the reference when it returns > 0 */

/* Memory that stays as it is until all is acknowledged. As many bytes as there is room for. */
int64_t sock_send_static(struct sock *s, struct sock_call *k, const void *base, size_t len, int flags);

/* ---- options and state ---- */

int sock_getsockopt(struct sock *s, int level, int name, void *value, socklen_t *len);
int sock_setsockopt(struct sock *s, int level, int name, const void *value, socklen_t len);
int sock_ioctl(struct sock *s, unsigned long request, void *arg); /* FIONREAD SIOCINQ SIOCOUTQ SIOCOUTQNSD SIOCATMARK FIONBIO */
int sock_get_flags(const struct sock *s);                         /* O_RDWR, O_NONBLOCK */
void sock_set_flags(struct sock *s, int flags);                   /* O_NONBLOCK alone is looked at */
/* POLLIN POLLOUT POLLPRI POLLRDHUP POLLERR POLLHUP ..., all that hold now. */
uint32_t sock_poll(const struct sock *s);

/* A row of the table of options: doc/options.md is made from it. */
struct sock_option_info {
    const char *level, *name; /* "SOL_SOCKET", "SO_REUSEADDR" */
    const char *text;         /* what it does, and where it differs from Linux */
    int level_n, name_n;
    bool get, set; /* both false: ENOPROTOOPT, and |text| says why */
};
const struct sock_option_info *sock_option_info(size_t i); /* NULL beyond the end */
/* Members of struct tcp_info whose meaning is not quite Linux's. */
struct sock_info_note {
    const char *field, *text;
};
const struct sock_info_note *sock_info_note(size_t i); /* NULL beyond the end */

/* ---- epoll ---- */

/* A set of sockets of one host. */
struct sock_epoll *sock_epoll_new(struct sock_host *h);
void sock_epoll_free(struct sock_epoll *e);
/* epoll_ctl(): EPOLL_CTL_ADD, MOD, DEL. Closing a socket takes it out of every set. |fd|: the number by which the caller names
 * |s|; as in Linux a socket with two of them may be in a set by each. */
int sock_epoll_ctl(struct sock_epoll *e, int op, struct sock *s, int fd, const struct epoll_event *ev);
/* What is ready now, at most |n|; 0: nothing (waiting is the caller's). Level, EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE. */
int sock_epoll_wait(struct sock_epoll *e, struct epoll_event *ev, int n);
bool sock_epoll_ready(const struct sock_epoll *e);
/* The next set of the host in which a socket may have become ready since it was last named; NULL when there is none. */
struct sock_epoll *sock_host_changed_epoll(struct sock_host *h);
/* |by| more (or, below 0, fewer) threads wait for the set: EPOLLEXCLUSIVE wakes one set that somebody waits for. */
void sock_epoll_waiters(struct sock_epoll *e, int by);
/* For the layer above, as with a socket. */
void sock_epoll_set_user(struct sock_epoll *e, void *user);
void *sock_epoll_user(const struct sock_epoll *e);

#endif
