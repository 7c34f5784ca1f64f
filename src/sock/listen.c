/* listen(), accept(), shutdown(). */
#include "errqueue.h"

#include "stack_host.h"

/* Linux takes one more than it is told. */
static uint32_t queue_length(int backlog) { return (unsigned)backlog > SOMAXCONN_ ? SOMAXCONN_ + 1u : (uint32_t)backlog + 1; }

static int open_listener(struct sock *s)
{
    struct tern_listen_config cfg = {
        .local = s->local,
        .backlog = s->backlog,
        .v6only = on(s, S_V6ONLY),
        .share = on(s, S_REUSEPORT),
        .foreign = on(s, S_FREEBIND | S_TRANSPARENT),
        .user = s,
    };
    int r = tern_stack_listen(s->h->stack, &cfg, &s->listener);
    if (r) return -sock_errno(r);
    r = -sock_errno(tern_listener_set(s->listener, TERN_OPT_STATISTICS, 1));
    if (!r) r = core_apply(s);
    if (!r) r = fast_listen(s);
    if (!r) r = md5_apply(s);
    if (!r) r = ao_apply(s);
    if (!r) r = rules_apply(s);
    if (!r) return 0;
    tern_listener_close(s->listener);
    s->listener = NULL;
    return r;
}

int sock_listen(struct sock *s, int backlog)
{
    if (s->phase != PHASE_UNCONNECTED || sock_state(s) > TERN_LISTEN) return -EINVAL;
    s->backlog = queue_length(backlog);
    if (s->listener) {
        host_set_backlog(s->listener, s->backlog);
        return 0;
    }
    if (s->conn) sock_disconnect(s);
    int r = bind_port(s, true);
    if (r) return r;
    return open_listener(s);
}

/* What a connection has of its listener's, beside the core's options. */
static void inherit(struct sock *s, const struct sock *from, int flags)
{
    const uint32_t not_inherited = S_NONBLOCK | S_BOUND_ADDR | S_BOUND_PORT | S_DONE | S_FO_CONNECT;
    s->flags = (from->flags & ~not_inherited) | (flags & SOCK_NONBLOCK ? S_NONBLOCK : 0);
    s->rcv_timeout = from->rcv_timeout, s->snd_timeout = from->snd_timeout;
    s->rcvlowat = from->rcvlowat;
    s->linger_s = from->linger_s;
    s->cc = from->cc;
    s->rcvbuf = from->rcvbuf, s->sndbuf = from->sndbuf;
    if (from->errq && errq_own(s)) s->errq->ts_flags = from->errq->ts_flags; /* without memory nothing is stamped */
}

/* What concerns the listener alone: Linux does not hand it on, as the core does. */
static void leave_out(struct sock *s, const struct sock *from)
{
    static const enum tern_option own[] = {TERN_OPT_PRIORITY, TERN_OPT_DEFER_ACCEPT};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (core_get(from, own[i])) core_set(s, own[i], 0);
}

static void take_over(struct sock *s, struct tern_conn *c)
{
    s->conn = c;
    s->phase = PHASE_CONNECTED;
    tern_conn_set_user(c, s);
    if (on(s, S_REUSEADDR | S_REUSEPORT)) host_share_port(c);
    if (s->cc) tern_conn_set_cc(c, s->h->now, s->cc);
    icmp_apply(s); /* without memory there is no detail, but the error */
    sock_events(s, tern_conn_events(c));
}

int64_t sock_accept(struct sock *s, struct sock_call *k, struct sockaddr *addr, socklen_t *len, int flags, struct sock **out)
{
    if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) return -EINVAL;
    if (!s->listener) return -EINVAL;
    if (!(sock_poll(s) & POLLIN)) return sock_wait(s, k, on(s, S_NONBLOCK), s->rcv_timeout);
    struct sock *child = sock_make(s->h, s->flags & S_V6);
    if (!child) return -ENOBUFS;
    struct tern_conn *c = tern_listener_accept(s->listener);
    inherit(child, s, flags);
    take_over(child, c);
    leave_out(child, s);
    md5_inherit(child, s);
    ao_inherit(child, s);
    if (addr) {
        struct tern_status st;
        tern_conn_status(c, &st);
        int r = addr_write(child, &st.remote, addr, len);
        if (r) {
            struct sock_call none = {0};
            sock_close(child, &none);
            return r;
        }
    }
    *out = child;
    return 0;
}

int sock_shutdown(struct sock *s, int how)
{
    if (how < SHUT_RD || how > SHUT_RDWR) return -EINVAL;
    uint8_t bits = (uint8_t)(how + 1);
    enum tern_state st = sock_state(s);
    int r = st == TERN_CLOSED ? -ENOTCONN : 0;
    if (s->phase == PHASE_CONNECTING)
        s->phase = st == TERN_CLOSED || st == TERN_SYN_SENT || st == TERN_SYN_RECEIVED ? PHASE_DISCONNECTING : PHASE_CONNECTED;
    if (st == TERN_SYN_SENT || (st == TERN_LISTEN && (bits & SHUT_IN))) {
        s->phase = PHASE_UNCONNECTED;
        sock_disconnect(s);
    } else if (st != TERN_LISTEN) {
        s->shut |= bits;
        if ((bits & SHUT_OUT) && s->conn && st != TERN_CLOSED) tern_conn_close(s->conn, s->h->now);
    }
    sock_wake(s, KEY_ALL);
    return r;
}
