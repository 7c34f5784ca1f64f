/* Sending: Linux's tcp_sendmsg(). */
#include "errqueue.h"

bool sock_sigpipe(int flags) { return !(flags & MSG_NOSIGNAL); }

/* Linux ignores flags that it does not know. */
uint32_t send_core_flags(int flags)
{
    return (flags & MSG_OOB ? TERN_SEND_URGENT : 0u) | (flags & MSG_MORE ? TERN_SEND_MORE : 0u) |
           (flags & MSG_EOR ? TERN_SEND_EOR : 0u);
}

/* The error that broke the pipe is told first. */
int send_broken(struct sock *s)
{
    int r = sock_take_error(s);
    return r ? r : -EPIPE;
}

void send_watch(struct sock *s) { tern_conn_send_with(s->conn, s->h->now, "", 0, 0); }

/* sk_stream_wait_connect(): 0 when the connection can carry data. */
static int64_t wait_connected(struct sock *s, struct sock_call *k, int flags)
{
    enum tern_state st = sock_state(s);
    if (st == TERN_ESTABLISHED || st == TERN_CLOSE_WAIT || sock_fast_child(s, st)) return 0;
    int r = sock_take_error(s);
    if (r) return r;
    if (st != TERN_SYN_SENT && st != TERN_SYN_RECEIVED) return -EPIPE;
    return sock_wait(s, k, sock_dontwait(s, flags), s->snd_timeout);
}

int64_t send_ready(struct sock *s, struct sock_call *k, int flags)
{
    if (k->done && (s->err || (s->shut & SHUT_OUT))) return -EPIPE; /* the error is for the next call */
    int64_t r = on(s, S_DEFER) ? fast_connect(s) : 0;               /* sendmsg() has done that: with data in the SYN */
    if (r) return r;
    r = wait_connected(s, k, flags);
    if (r) return r == -EPIPE ? send_broken(s) : r;
    return s->err || (s->shut & SHUT_OUT) ? send_broken(s) : 0;
}

/* Whatever of |m| there is room for. 0: all, or -EAGAIN: no room; -EPIPE. */
static int64_t push(struct sock *s, struct sock_call *k, const struct msghdr *m, uint64_t total, uint32_t flags)
{
    while (k->done < total) {
        size_t len;
        const void *p = iov_at(m, k->done, &len);
        bool last = k->done + len == total;
        if (!p) return tern_conn_send_ready(s->conn) ? -EFAULT : -EAGAIN; /* found out when it would be copied */
        int64_t r = tern_conn_send_with(s->conn, s->h->now, p, len, last ? flags : TERN_SEND_MORE);
        if (r == TERN_ERR_AGAIN || r == TERN_ERR_NOMEM) return -EAGAIN;
        if (r < 0) return -EPIPE;
        k->done += (uint64_t)r;
        if ((size_t)r < len) return -EAGAIN;
    }
    return 0;
}

int64_t sock_sendmsg(struct sock *s, struct sock_call *k, const struct msghdr *message, int flags)
{
    struct msghdr aligned, *m = &aligned;
    memcpy(m, message, sizeof *m);
    int64_t total = sock_message_len(m);
    uint32_t ts_flags = s->errq ? s->errq->ts_flags : 0;
    if (total < 0) return total;
    int64_t r = fast_send(s, k, m, (uint64_t)total, flags);
    if (r < 0) return r; /* what went with the SYN of a connection that failed is not counted; or SOCK_BLOCKED */
    if (!r) r = send_ready(s, k, flags);
    if (!r) r = cmsg_read(m, &ts_flags);
    if (!r) {
        /* Who waits for room is woken when there is much of it. */
        bool early = k->begun && (uint64_t)total > k->done && !tern_conn_send_ready(s->conn);
        r = early ? -EAGAIN : push(s, k, m, (uint64_t)total, send_core_flags(flags));
        if (r == -EPIPE && !k->done) r = send_broken(s);
        if (r == -EAGAIN) r = sock_wait(s, k, sock_dontwait(s, flags), s->snd_timeout);
    }
    if (r == SOCK_BLOCKED) return r;
    if (!k->done) return r;
    if (s->conn && errq_marks(s, ts_flags, flags)) errq_mark(s, ts_flags, flags); /* none: another thread disconnected it */
    return (int64_t)k->done;
}
