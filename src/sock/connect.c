/* connect(), and the way back: Linux's tcp_disconnect(). */
#include "errqueue.h"

#include "stack_host.h"

/* The core's word about an active OPEN, in Linux's. */
static int refusal(int err, const struct tern_endpoint *to)
{
    switch (err) {
    case TERN_ERR_ADDRINUSE:
    case TERN_ERR_ADDRNOTAVAIL: return -EADDRNOTAVAIL;
    case TERN_ERR_UNREACH: return tern_addr_is_v4(&to->addr) ? -ENETUNREACH : -EADDRNOTAVAIL; /* no address of ours */
    default: return -sock_errno(err);
    }
}

/* IPv4 from a socket that is bound to an address of IPv6, and the other way round. */
static bool families_differ(const struct sock *s, const struct tern_endpoint *to)
{
    return !tern_addr_is_any(&s->local.addr) && tern_addr_is_v4(&s->local.addr) != tern_addr_is_v4(&to->addr);
}

/* The socket's options, to its new connection. */
static int configure(struct sock *s)
{
    int r = tern_conn_set(s->conn, s->h->now, TERN_OPT_STATISTICS, 1);
    if (r) return -sock_errno(r);
    if (on(s, S_REUSEADDR | S_REUSEPORT)) host_share_port(s->conn);
    if (s->cc) tern_conn_set_cc(s->conn, s->h->now, s->cc);
    r = icmp_apply(s);
    if (!r) r = md5_apply(s);
    if (!r) r = ao_apply(s);
    return r ? r : core_apply(s);
}

static void let_go(struct sock *s)
{
    tern_conn_set_user(s->conn, NULL);
    tern_conn_release(s->conn, s->h->now);
    s->conn = NULL;
}

/* The address 0 is the host itself: the address that the socket is bound to, or its first one. */
static bool itself(const struct sock *s, struct tern_addr *to)
{
    if (!tern_addr_is_any(to)) return true;
    if (!tern_addr_is_any(&s->local.addr)) {
        *to = s->local.addr;
        return true;
    }
    return host_own(s->h->stack, tern_addr_is_v4(to), to);
}

int64_t connect_start(struct sock *s, const struct tern_endpoint *dest)
{
    struct tern_endpoint local = s->local, to = *dest;
    if (host_is_multicast(&to.addr) || !itself(s, &to.addr)) return -ENETUNREACH;
    if (families_differ(s, &to)) return tern_addr_is_v4(&to.addr) ? -ENETUNREACH : -EAFNOSUPPORT;
    if (!to.port) return -ECONNREFUSED; /* no packet can name that port */
    int r = on(s, S_TRANSPARENT) ? host_connect_from(s->h->stack, &local, &to, &s->conn)
                                 : tern_stack_connect(s->h->stack, &local, &to, &s->conn);
    if (r) return refusal(r, &to);
    tern_conn_set_user(s->conn, s);
    s->err = s->soft_err = 0;
    s->read_n = 0;
    r = configure(s);
    if (r) let_go(s);
    return r;
}

void sock_disconnect(struct sock *s)
{
    enum tern_state st = sock_state(s);
    if (s->listener) {
        tern_listener_close(s->listener);
        s->listener = NULL;
    }
    if (s->conn) {
        bool told = st >= TERN_SYN_RECEIVED && st <= TERN_CLOSE_WAIT;
        if (told || st == TERN_SYN_SENT) s->err = ECONNRESET;
        core_remember(s);
        errq_abandon(s);
        tern_conn_abort(s->conn, s->h->now);
        let_go(s);
    }
    s->shut = 0;
    s->flags &= ~(uint32_t)(S_DONE | S_DEFER);
    s->urgent = URGENT_NONE;
    if (!on(s, S_BOUND_PORT)) {
        bind_drop(s);
        s->local.port = 0;
    }
    if (!on(s, S_BOUND_ADDR)) s->local.addr = addr_any(s);
    sock_wake(s, KEY_ALL);
}

int64_t connect_outcome(struct sock *s, struct sock_call *k, bool dontwait, int why)
{
    enum tern_state st = sock_state(s);
    if (st == TERN_SYN_SENT || st == TERN_SYN_RECEIVED) {
        int64_t r = sock_wait(s, k, dontwait, s->snd_timeout);
        return r == -EAGAIN ? why : r;
    }
    if (st != TERN_CLOSED) {
        s->phase = PHASE_CONNECTED;
        return 0;
    }
    int r = sock_take_error(s);
    s->phase = PHASE_UNCONNECTED;
    sock_disconnect(s);
    return r ? r : -ECONNABORTED;
}

int64_t connect_begin(struct sock *s, const struct sockaddr *addr, socklen_t len, bool fast)
{
    struct tern_endpoint to;
    if (sock_state(s) != TERN_CLOSED) return -EISCONN; /* listening, too */
    int r = addr_read(s, addr, len, &to);
    if (r) return r;
    if (s->conn) sock_disconnect(s); /* what is left of the last one */
    if (!fast && on(s, S_FO_CONNECT) && fast_defers(s, &to)) {
        s->phase = PHASE_CONNECTING;
        return 0;
    }
    int64_t done = connect_start(s, &to);
    if (done) return done;
    if (fast || on(s, S_FO_CONNECT)) tern_conn_set(s->conn, s->h->now, TERN_OPT_FASTOPEN, 1);
    s->phase = PHASE_CONNECTING;
    return 0;
}

int64_t sock_connect(struct sock *s, struct sock_call *k, const struct sockaddr *addr, socklen_t len)
{
    int why = -EALREADY;
    if (k->begun) return connect_outcome(s, k, on(s, S_NONBLOCK), (int)(int64_t)k->done);
    if (len > sizeof(struct sockaddr_storage)) return -EINVAL;
    if (len && !addr) return -EFAULT;
    if (len < sizeof(sa_family_t)) return -EINVAL;
    if (addr_family(addr) == AF_UNSPEC) {
        s->phase = PHASE_UNCONNECTED;
        sock_disconnect(s);
        return 0;
    }
    switch (s->phase) {
    case PHASE_CONNECTED: return -EISCONN;
    case PHASE_CONNECTING:
        if (on(s, S_DEFER)) return -EISCONN;
        break;
    case PHASE_UNCONNECTED: {
        int64_t r = connect_begin(s, addr, len, false);
        if (r || on(s, S_DEFER)) return r;
        why = -EINPROGRESS;
        break;
    }
    default: return -EINVAL;
    }
    k->done = (uint64_t)(int64_t)why; /* what is returned if the wait ends before the connection is made */
    return connect_outcome(s, k, on(s, S_NONBLOCK), why);
}
