/* The calls that carry data. */
#include "net.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { CALL_MOST = 0x7ffff000 /* what one call moves: Linux's MAX_RW_COUNT */, FILE_BLOCK = 1 << 16 };

/* EPIPE comes with a SIGPIPE to the thread. */
static int64_t broken(int64_t r, int flags)
{
    if (r != -1 || errno != EPIPE || (flags & MSG_NOSIGNAL)) return r;
    pthread_kill(pthread_self(), SIGPIPE);
    errno = EPIPE;
    return r;
}

static ssize_t send_message(int fd, const struct msghdr *m, int flags)
{
    struct call c;
    int64_t r;
    if (!call_begin(&c, fd)) return -1;
    c.later = (flags & MSG_MORE) != 0;
    CALL_RUN(&c, r, sock_sendmsg(c.sock, &c.k, m, flags));
    return (ssize_t)broken(call_end(&c, r), flags);
}

static ssize_t receive_message(int fd, struct msghdr *m, int flags)
{
    struct call c;
    int64_t r;
    if (!call_begin_taking(&c, fd)) return -1;
    CALL_RUN(&c, r, sock_recvmsg(c.sock, &c.k, m, flags));
    return (ssize_t)call_end(&c, r);
}

/* |error| or 0 is the result when |fd| is a socket at all. */
static ssize_t only_look(int fd, int error)
{
    struct call c;
    return call_begin(&c, fd) ? (ssize_t)call_end(&c, -error) : -1;
}

/* read() and write() are no sockets' calls: to them an epoll set is a file that can do neither. */
static ssize_t as_file(int fd, ssize_t r)
{
    bool unused;
    if (r < 0 && errno == ENOTSOCK && descriptor_cloexec(fd, &unused)) errno = EINVAL;
    return r;
}

static size_t at_most(size_t len) { return len < CALL_MOST ? len : CALL_MOST; }

/* The vector of readv() and writev() as a message: they call EINVAL what sendmsg() calls EMSGSIZE, and one without a byte does
 * nothing. 1: there is something to do; else the result. */
static ssize_t look_at(int fd, const struct iovec *iov, int n, struct msghdr *m)
{
    union { /* the message's members are not const */
        const struct iovec *in;
        struct iovec *out;
    } v = {iov};
    if (n < 0) return only_look(fd, EINVAL);
    *m = (struct msghdr){.msg_iov = v.out, .msg_iovlen = (size_t)n};
    int64_t sum = sock_message_len(m);
    return sum > 0 ? 1 : only_look(fd, sum == -EMSGSIZE ? EINVAL : (int)-sum);
}

/* ---- send ---- */

ssize_t tern_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    return msg ? send_message(fd, msg, flags) : only_look(fd, EFAULT);
}

ssize_t tern_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr, socklen_t addr_len)
{
    union { /* the message's members are not const */
        const void *in;
        void *out;
    } data = {buf}, to = {addr};
    struct iovec iov = {data.out, at_most(len)};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_name = to.out, .msg_namelen = addr ? addr_len : 0};
    if (m.msg_namelen > sizeof(struct sockaddr_storage)) return only_look(fd, EINVAL);
    return send_message(fd, &m, flags);
}

ssize_t tern_send(int fd, const void *buf, size_t len, int flags) { return tern_sendto(fd, buf, len, flags, NULL, 0); }

/* More bytes than any object has lead nowhere. */
ssize_t tern_write(int fd, const void *buf, size_t len)
{
    return as_file(fd, len > SSIZE_MAX ? only_look(fd, EFAULT) : tern_send(fd, buf, len, 0));
}

ssize_t tern_writev(int fd, const struct iovec *iov, int n)
{
    struct msghdr m;
    ssize_t r = look_at(fd, iov, n, &m);
    return as_file(fd, r == 1 ? send_message(fd, &m, 0) : r);
}

/* ---- receive ---- */

ssize_t tern_recvmsg(int fd, struct msghdr *msg, int flags)
{
    return msg ? receive_message(fd, msg, flags) : only_look(fd, EFAULT);
}

/* Of a stream the sender's address is not told, as in Linux: the length is 0. */
ssize_t tern_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len)
{
    struct iovec iov = {buf, at_most(len)};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    const socklen_t none = 0;
    ssize_t r = receive_message(fd, &m, flags);
    if (r < 0 || !addr) return r;
    if (!addr_len) return call_fail(EFAULT);
    memcpy(addr_len, &none, sizeof none);
    return r;
}

ssize_t tern_recv(int fd, void *buf, size_t len, int flags) { return tern_recvfrom(fd, buf, len, flags, NULL, NULL); }

ssize_t tern_read(int fd, void *buf, size_t len)
{
    bool moves = len > 0 && len <= SSIZE_MAX;
    return as_file(fd, moves ? tern_recv(fd, buf, len, 0) : only_look(fd, len > 0 ? EFAULT : 0));
}

ssize_t tern_readv(int fd, const struct iovec *iov, int n)
{
    struct msghdr m;
    ssize_t r = look_at(fd, iov, n, &m);
    return as_file(fd, r == 1 ? receive_message(fd, &m, 0) : r);
}

/* ---- from a file ---- */

/* Where |file| is to be read: at |offset|, or where it stands. -1 with errno; what cannot seek has no offset. */
static off_t begin_at(int file, const off_t *offset)
{
    off_t at = lseek(file, 0, SEEK_CUR);
    bool unused, pipe = at < 0 && (errno == ESPIPE || descriptor_cloexec(file, &unused));
    if (pipe) return call_fail(offset ? ESPIPE : EINVAL);
    if (at < 0 || !offset) return at;
    memcpy(&at, offset, sizeof at);
    return at < 0 ? call_fail(EINVAL) : at;
}

static ssize_t read_block(int file, void *block, size_t len, off_t at)
{
    ssize_t n;
    do n = pread(file, block, len, at);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EISDIR) errno = EINVAL; /* as Linux says of what has no pages */
    return n;
}

/* The file is read without the net's lock. */
ssize_t tern_sendfile(int fd, int file, off_t *offset, size_t count)
{
    char block[FILE_BLOCK];
    off_t at = begin_at(file, offset);
    size_t done = 0;
    ssize_t r = 0;
    if (at < 0) return -1;
    if (only_look(fd, 0) < 0) return as_file(fd, -1);
    count = at_most(count);
    while (done < count) {
        size_t want = count - done < sizeof block ? count - done : sizeof block;
        r = read_block(file, block, want, at);
        if (r <= 0) break;
        size_t got = (size_t)r;
        bool more = got == want && done + want < count;
        r = tern_send(fd, block, got, (done > 0 ? MSG_NOSIGNAL : 0) | (more ? MSG_MORE : 0));
        if (r <= 0) break;
        done += (size_t)r;
        at += r;
        if ((size_t)r < got) break;
    }
    if (done == 0) return r < 0 ? -1 : 0;
    if (offset)
        memcpy(offset, &at, sizeof at);
    else
        lseek(file, at, SEEK_SET);
    return (ssize_t)done;
}

/* ---- without a copy ---- */

enum { SEND_FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE | MSG_EOR };

/* Flags that mean something to calls of tern's own; others are refused, not passed over. */
static bool flags_known(int flags, int known)
{
    if (!(flags & ~known)) return true;
    errno = EOPNOTSUPP;
    return false;
}

struct tern_buf *tern_recv_borrow(int fd, int flags)
{
    struct call c;
    struct tern_buf *b = NULL;
    int64_t r = 0;
    if (!flags_known(flags, MSG_DONTWAIT) || !call_begin_taking(&c, fd)) return NULL;
    do {
        b = sock_borrow(c.sock, &c.k, flags, &r);
    } while (!b && call_again(&c, r));
    if (call_end(&c, r) == 0) errno = 0;
    return b;
}

void tern_release(struct tern_net *net, struct tern_buf *buf)
{
    net_lock(net);
    tern_buf_unref(buf);
    net_unlock(net);
}

struct tern_buf *tern_send_buffer(int fd, size_t len)
{
    struct call c;
    if (!call_begin(&c, fd)) return NULL;
    struct tern_buf *b = NULL;
    int64_t r = len > TERN_PACKET_MAX ? -EMSGSIZE : 0;
    if (r == 0) b = tern_buf_get(tern_stack_pool(c.net->stack), len);
    if (r == 0 && !b) r = -ENOMEM;
    call_end(&c, r);
    return b;
}

ssize_t tern_send_give(int fd, struct tern_buf *buf, int flags)
{
    struct call c;
    int64_t r = -EFAULT;
    if (!flags_known(flags, SEND_FLAGS) || !call_begin(&c, fd)) return -1;
    c.later = (flags & MSG_MORE) != 0;
    if (buf) CALL_RUN(&c, r, sock_give(c.sock, &c.k, buf, flags));
    return (ssize_t)broken(call_end(&c, r), flags);
}

ssize_t tern_send_static(int fd, const void *base, size_t len, int flags)
{
    struct call c;
    int64_t r = -EFAULT;
    if (!flags_known(flags, SEND_FLAGS) || !call_begin(&c, fd)) return -1;
    c.later = (flags & MSG_MORE) != 0;
    if (base) CALL_RUN(&c, r, sock_send_static(c.sock, &c.k, base, len, flags));
    return (ssize_t)broken(call_end(&c, r), flags);
}
