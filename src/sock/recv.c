/* Receiving: Linux's tcp_recvmsg() and tcp_recv_urg(). */
#include "errqueue.h"

#include <linux/tcp.h>

/* ---- the urgent byte ---- */

/* A byte that was urgent, is next to be read, and is no more the last one: it is lost, as in Linux. */
static void skip_old(struct sock *s)
{
    if (!urgent_at(s, 0) || on(s, S_OOBINLINE) || !tern_conn_readable(s->conn)) return;
    if (tern_conn_recv(s->conn, s->h->now, NULL, 1) == 1) s->read_n++;
}

void urgent_look(struct sock *s)
{
    size_t ahead = s->conn ? tern_conn_urgent(s->conn) : 0;
    if (!ahead) return;
    uint64_t at = s->read_n + ahead - 1;
    if (s->urgent == URGENT_NONE || at > s->urgent_at) {
        skip_old(s);
        s->urgent = URGENT_COMING;
        s->urgent_at = at;
    }
    if (s->urgent != URGENT_COMING || at != s->urgent_at) return;
    if (tern_conn_peek(s->conn, (size_t)(at - s->read_n), &s->urgent_byte, 1)) s->urgent = URGENT_HERE;
}

/* MSG_OOB: never waits. */
static int64_t recv_urgent(struct sock *s, struct msghdr *m, uint64_t total, int flags)
{
    enum tern_state st = sock_state(s);
    if (on(s, S_OOBINLINE) || s->urgent == URGENT_NONE || s->urgent == URGENT_READ) return -EINVAL;
    if (st == TERN_CLOSED && !on(s, S_DONE)) return -ENOTCONN;
    if (s->urgent == URGENT_COMING) return st == TERN_CLOSED || (s->shut & SHUT_IN) ? 0 : -EAGAIN;
    if (!(flags & MSG_PEEK)) s->urgent = URGENT_READ;
    m->msg_flags |= MSG_OOB;
    if (!total) {
        m->msg_flags |= MSG_TRUNC;
        return 0;
    }
    size_t len;
    void *to = iov_at(m, 0, &len);
    if (flags & MSG_TRUNC) return 1;
    if (!to) return -EFAULT;
    memcpy(to, &s->urgent_byte, 1);
    return 1;
}

size_t recv_inq(const struct sock *s)
{
    enum tern_state st = sock_state(s);
    if (!s->conn || st == TERN_SYN_SENT || st == TERN_SYN_RECEIVED) return 0;
    size_t n = tern_conn_readable(s->conn);
    bool aside = !on(s, S_OOBINLINE) && s->urgent != URGENT_NONE && s->urgent_at >= s->read_n && s->urgent_at - s->read_n < n;
    return aside ? (size_t)(s->urgent_at - s->read_n) : n;
}

/* ---- the stream ---- */

/* |n| bytes into |p|, or thrown away (|p| NULL); with MSG_PEEK those from |at| on. */
static size_t take(struct sock *s, uint64_t at, void *p, size_t n, bool peek)
{
    if (peek) return p ? tern_conn_peek(s->conn, at, p, n) : n;
    int64_t r = tern_conn_recv(s->conn, s->h->now, p, n);
    if (r <= 0) return 0;
    s->read_n += (uint64_t)r;
    if (s->urgent != URGENT_NONE && s->read_n > s->urgent_at) s->urgent = URGENT_NONE;
    return (size_t)r;
}

/* How far a copy from |at| on may go: to the urgent byte. Reading steps over it where it stands; peeking begins behind it. */
static size_t before_mark(struct sock *s, uint64_t at, size_t n, bool peek)
{
    if (s->urgent == URGENT_NONE || s->urgent_at < s->read_n + at) return n;
    uint64_t off = s->urgent_at - s->read_n - at;
    if (off >= n) return n;
    if (off) return (size_t)off;
    if (on(s, S_OOBINLINE) || peek) return n;
    take(s, 0, NULL, 1, false);
    return n - 1;
}

/* Copies what there is, to the urgent mark at most. 0 or -EFAULT. */
static int drain(struct sock *s, struct sock_call *k, const struct msghdr *m, uint64_t total, int flags)
{
    bool peek = (flags & MSG_PEEK) != 0;
    while (s->conn && k->done < total) {
        uint64_t behind = peek && urgent_at(s, 0) && !on(s, S_OOBINLINE), at = peek ? k->done + behind : 0;
        size_t have = tern_conn_readable(s->conn), len;
        if (have <= at || (k->done && urgent_at(s, at))) return 0;
        size_t n = before_mark(s, at, have - at, peek);
        if (!n) continue;
        void *p = iov_at(m, k->done, &len);
        if (!p && !(flags & MSG_TRUNC)) return -EFAULT;
        n = take(s, at, flags & MSG_TRUNC ? NULL : p, n < len ? n : len, peek);
        if (!n) return 0;
        k->done += n;
    }
    return 0;
}

/* Nothing (more) is there: what the call says, in the order in which Linux looks. 0: the end. */
int64_t recv_nothing(struct sock *s, struct sock_call *k, int flags)
{
    if (on(s, S_DONE)) return 0;
    if (s->err) return sock_take_error(s);
    if (s->shut & SHUT_IN) return 0;
    if (sock_state(s) == TERN_CLOSED) return -ENOTCONN;
    return sock_wait(s, k, sock_dontwait(s, flags), s->rcv_timeout);
}

static bool ended(const struct sock *s) { return s->err || (s->shut & SHUT_IN) || sock_state(s) == TERN_CLOSED; }

static int64_t recv_stream(struct sock *s, struct sock_call *k, struct msghdr *m, uint64_t total, int flags)
{
    uint64_t target = flags & MSG_WAITALL ? total : (uint64_t)s->rcvlowat < total ? (uint64_t)s->rcvlowat : total;
    if (!target) target = 1;
    int fault = drain(s, k, m, total, flags);
    if (fault) return k->done ? (int64_t)k->done : fault;
    if (k->done >= target || (k->done && (ended(s) || urgent_at(s, flags & MSG_PEEK ? k->done : 0)))) return (int64_t)k->done;
    if (!total && recv_inq(s)) return 0;
    int64_t r = k->done ? sock_wait(s, k, sock_dontwait(s, flags), s->rcv_timeout) : recv_nothing(s, k, flags);
    if (r == SOCK_BLOCKED) return r;
    return k->done ? (int64_t)k->done : r;
}

/* Data, or the urgent byte. */
static int64_t recv_data(struct sock *s, struct sock_call *k, struct msghdr *m, uint64_t total, int flags)
{
    m->msg_flags = 0;
    m->msg_namelen = 0;
    if (s->listener) return -ENOTCONN;
    int64_t r = flags & MSG_OOB ? recv_urgent(s, m, total, flags) : recv_stream(s, k, m, total, flags);
    if (r < 0) return r;
    socklen_t used = 0;
    if (r > 0) errq_put_arrival(s, m, &used);
    if (on(s, S_INQ)) {
        int inq = (int)recv_inq(s);
        if (!inq && on(s, S_DONE)) inq = 1; /* there is the end to be read */
        cmsg_put(m, &used, IPPROTO_TCP, TCP_CM_INQ, &inq, sizeof inq);
    }
    m->msg_controllen = used;
    return r;
}

int64_t sock_recvmsg(struct sock *s, struct sock_call *k, struct msghdr *message, int flags)
{
    struct msghdr m; /* aligned */
    memcpy(&m, message, sizeof m);
    int64_t total = sock_message_len(&m);
    if (total < 0) return total;
    int64_t r = flags & MSG_ERRQUEUE ? errq_recv(s, &m) : recv_data(s, k, &m, (uint64_t)total, flags);
    if (r >= 0) memcpy(message, &m, sizeof m);
    return r;
}
