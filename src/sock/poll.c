/* Readiness: Linux's tcp_poll(). */
#include "sock_internal.h"

static bool readable(const struct sock *s)
{
    size_t n = tern_conn_readable(s->conn), target = (size_t)s->rcvlowat;
    struct tern_status st;
    if (urgent_at(s, 0) && !on(s, S_OOBINLINE)) target++;
    if (n >= target) return n > 0;
    if (!n) return false;
    tern_conn_status(s->conn, &st); /* fewer bytes than asked for, but no more would fit */
    return st.rcv_wnd <= st.mss;
}

static bool writable(const struct sock *s) { return tern_conn_send_ready(s->conn); }

uint32_t sock_poll(const struct sock *s)
{
    enum tern_state st = sock_state(s);
    uint32_t mask = 0;
    if (s->listener) {
        struct tern_listener_info info;
        tern_listener_info(s->listener, &info);
        return info.accept_n ? POLLIN | POLLRDNORM : 0;
    }
    if (s->shut == SHUT_BOTH || st == TERN_CLOSED) mask |= POLLHUP;
    if (s->shut & SHUT_IN) mask |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (on(s, S_DEFER)) return mask | POLLOUT | POLLWRNORM; /* writing sends the SYN */
    if ((st != TERN_SYN_SENT && st != TERN_SYN_RECEIVED) || sock_fast_child(s, st)) {
        if (s->conn && readable(s)) mask |= POLLIN | POLLRDNORM;
        if ((s->shut & SHUT_OUT) || st == TERN_CLOSED || writable(s)) mask |= POLLOUT | POLLWRNORM;
        if (s->urgent == URGENT_HERE) mask |= POLLPRI;
    }
    if (s->err || errq_pending(s)) mask |= POLLERR;
    return mask;
}
