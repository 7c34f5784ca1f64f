/* The calls that carry data. */
#include "net.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { IOV_MOST = 1024, FILE_BLOCK = 1 << 16 };

/* EPIPE comes with a SIGPIPE to the thread. */
static int64_t broken(int64_t r, int flags)
{
    if (r != -1 || errno != EPIPE || (flags & MSG_NOSIGNAL)) return r;
    pthread_kill(pthread_self(), SIGPIPE);
    errno = EPIPE;
    return r;
}

/* What the kernel finds out only when it copies, |*sum| being the bytes asked for. Pointers other than NULL that lead nowhere are
 * a fault here, as in any library. */
static bool leads_nowhere(const struct msghdr *m, size_t *sum)
{
    bool nowhere = false;
    *sum = 0;
    for (size_t i = 0; m->msg_iov && m->msg_iovlen <= IOV_MOST && i < m->msg_iovlen; i++) {
        nowhere |= !m->msg_iov[i].iov_base && m->msg_iov[i].iov_len > 0;
        *sum += m->msg_iov[i].iov_len;
    }
    return nowhere;
}

static ssize_t send_message(int fd, const struct msghdr *m, int flags)
{
    struct call c;
    struct msghdr nothing = *m;
    size_t sum;
    int64_t r;
    if (!call_begin(&c, fd)) return -1;
    bool nowhere = leads_nowhere(m, &sum);
    if (nowhere) nothing.msg_iovlen = 0;
    CALL_RUN(&c, r, sock_sendmsg(c.sock, &c.k, nowhere ? &nothing : m, flags));
    return (ssize_t)broken(call_end(&c, nowhere && r == 0 ? -EFAULT : r), flags);
}

static ssize_t receive_message(int fd, struct msghdr *m, int flags)
{
    struct call c;
    char unused;
    struct iovec iov = {&unused, 0};
    struct msghdr without = {.msg_iov = &iov, .msg_iovlen = 1};
    int64_t r;
    if (!call_begin(&c, fd)) return -1;
    bool nowhere = !(flags & MSG_TRUNC) && leads_nowhere(m, &iov.iov_len);
    if (nowhere) flags |= MSG_PEEK | MSG_TRUNC; /* which copies nothing */
    CALL_RUN(&c, r, sock_recvmsg(c.sock, &c.k, nowhere ? &without : m, flags));
    return (ssize_t)call_end(&c, nowhere && r > 0 ? -EFAULT : r);
}

/* ---- send ---- */

ssize_t tern_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    static const struct msghdr odd = {.msg_iovlen = 1};
    return send_message(fd, msg ? msg : &odd, flags);
}

ssize_t tern_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr, socklen_t addr_len)
{
    union { /* the message's members are not const */
        const void *in;
        void *out;
    } data = {buf}, to = {addr};
    struct iovec iov = {data.out, len < SSIZE_MAX ? len : SSIZE_MAX};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_name = to.out, .msg_namelen = addr ? addr_len : 0};
    return send_message(fd, &m, flags);
}

ssize_t tern_send(int fd, const void *buf, size_t len, int flags) { return tern_sendto(fd, buf, len, flags, NULL, 0); }

ssize_t tern_write(int fd, const void *buf, size_t len) { return tern_sendto(fd, buf, len, 0, NULL, 0); }

/* A vector without a byte: nothing is looked at but the descriptor. */
static ssize_t nothing(int fd)
{
    struct call c;
    return call_begin(&c, fd) ? (ssize_t)call_end(&c, 0) : -1;
}

/* readv() and writev() call EINVAL what sendmsg() calls EMSGSIZE. 1: there is something to do; else the result. */
static ssize_t look_at(int fd, const struct iovec *iov, int n)
{
    size_t sum = 0;
    if (n < 0 || n > IOV_MOST) return call_fail(EINVAL);
    if (n > 0 && !iov) return call_fail(EFAULT);
    for (int i = 0; i < n; i++) {
        if (iov[i].iov_len > SSIZE_MAX - sum) return call_fail(EINVAL);
        sum += iov[i].iov_len;
    }
    return sum > 0 ? 1 : nothing(fd);
}

ssize_t tern_writev(int fd, const struct iovec *iov, int n)
{
    union {
        const struct iovec *in;
        struct iovec *out;
    } v = {iov};
    struct msghdr m = {.msg_iov = v.out, .msg_iovlen = (size_t)n};
    ssize_t r = look_at(fd, iov, n);
    return r == 1 ? send_message(fd, &m, 0) : r;
}

/* ---- receive ---- */

ssize_t tern_recvmsg(int fd, struct msghdr *msg, int flags)
{
    struct msghdr odd = {.msg_iovlen = 1};
    return receive_message(fd, msg ? msg : &odd, flags);
}

/* Of a stream the sender's address is not told, as in Linux: the length is 0. */
ssize_t tern_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len)
{
    struct iovec iov = {buf, len < SSIZE_MAX ? len : SSIZE_MAX};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t r = receive_message(fd, &m, flags);
    if (r < 0 || !addr) return r;
    if (!addr_len) return call_fail(EFAULT);
    *addr_len = 0;
    return r;
}

ssize_t tern_recv(int fd, void *buf, size_t len, int flags) { return tern_recvfrom(fd, buf, len, flags, NULL, NULL); }

ssize_t tern_read(int fd, void *buf, size_t len) { return len > 0 ? tern_recv(fd, buf, len, 0) : nothing(fd); }

ssize_t tern_readv(int fd, const struct iovec *iov, int n)
{
    union {
        const struct iovec *in;
        struct iovec *out;
    } v = {iov};
    struct msghdr m = {.msg_iov = v.out, .msg_iovlen = (size_t)n};
    ssize_t r = look_at(fd, iov, n);
    return r == 1 ? receive_message(fd, &m, 0) : r;
}

/* ---- from a file ---- */

static ssize_t read_block(int file, void *block, size_t len, off_t at)
{
    ssize_t n;
    do n = pread(file, block, len, at);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == ESPIPE) errno = EINVAL; /* as Linux says of what has no pages */
    return n;
}

/* The file is read without the net's lock. */
ssize_t tern_sendfile(int fd, int file, off_t *offset, size_t count)
{
    char block[FILE_BLOCK];
    struct handle *h = handle_get(fd);
    if (!h) return -1;
    handle_drop(h);
    off_t at = offset ? *offset : lseek(file, 0, SEEK_CUR);
    if (at < 0) return call_fail(offset || errno == ESPIPE ? EINVAL : errno);
    size_t done = 0;
    ssize_t sent = 1;
    while (done < count && sent > 0) {
        size_t want = count - done < sizeof block ? count - done : sizeof block;
        ssize_t n = read_block(file, block, want, at);
        if (n <= 0) {
            sent = n;
            break;
        }
        bool more = (size_t)n == want && done + want < count;
        sent = tern_send(fd, block, (size_t)n, done > 0 ? MSG_NOSIGNAL | (more ? MSG_MORE : 0) : more ? MSG_MORE : 0);
        if (sent <= 0) break;
        done += (size_t)sent;
        at += sent;
        if (sent < n) break;
    }
    if (offset)
        *offset = at;
    else if (done > 0)
        lseek(file, at, SEEK_SET);
    return done > 0 ? (ssize_t)done : sent < 0 ? -1 : 0;
}

/* ---- without a copy ---- */

struct tern_buf *tern_recv_borrow(int fd, int flags)
{
    struct call c;
    struct tern_buf *b = NULL;
    int64_t r = 0;
    if (!call_begin(&c, fd)) return NULL;
    do {
        r = 0;
        b = sock_borrow(c.sock, &c.k, &r);
        if (!b && r == SOCK_BLOCKED && (flags & MSG_DONTWAIT)) r = -EAGAIN;
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

/* MSG_DONTWAIT, where the call beneath has no flags. */
static int64_t at_once(int64_t r, int flags) { return r == SOCK_BLOCKED && (flags & MSG_DONTWAIT) ? -EAGAIN : r; }

ssize_t tern_send_give(int fd, struct tern_buf *buf, int flags)
{
    struct call c;
    int64_t r;
    if (!call_begin(&c, fd)) return -1;
    CALL_RUN(&c, r, at_once(sock_give(c.sock, &c.k, buf), flags));
    return (ssize_t)broken(call_end(&c, r), flags);
}

ssize_t tern_send_static(int fd, const void *base, size_t len, int flags)
{
    struct call c;
    int64_t r = -EFAULT;
    if (!call_begin(&c, fd)) return -1;
    if (base) CALL_RUN(&c, r, at_once(sock_send_static(c.sock, &c.k, base, len), flags));
    return (ssize_t)broken(call_end(&c, r), flags);
}
