/* Fast Open's calls (RFC 7413): MSG_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN, TCP_FASTOPEN_KEY, as Linux has them. */
#include "options.h"

#include "stack_host.h"

enum { CLIENT = 1 }; /* bit of the setting |fastopen| */

struct sock_fo *fast_own(struct sock *s)
{
    if (!s->fo) s->fo = mem_zero(s->h->mem, sizeof *s->fo);
    return s->fo;
}

void fast_free(struct sock *s)
{
    mem_put(s->h->mem, s->fo, sizeof *s->fo);
    s->fo = NULL;
}

static bool client_allowed(const struct sock *s) { return tern_stack_settings(s->h->stack)->fastopen & CLIENT; }

/* ---- the client ---- */

bool fast_defers(struct sock *s, const struct tern_endpoint *to)
{
    struct tern_addr from = s->local.addr;
    bool chosen = tern_addr_is_any(&from);
    if (chosen && !host_source(s->h->stack, &to->addr, &from)) return false;
    if (!host_fastopen_room(s->h->stack, &from, to) || !fast_own(s)) return false;
    s->local.addr = from;
    if (!s->local.port && bind_port(s, false)) {
        if (chosen) s->local.addr = addr_any(s);
        return false;
    }
    s->fo->to = *to;
    s->flags |= S_DEFER;
    return true;
}

int64_t fast_connect(struct sock *s)
{
    s->flags &= ~(uint32_t)S_DEFER;
    int64_t r = connect_start(s, &s->fo->to);
    if (r) {
        s->phase = PHASE_UNCONNECTED;
        return r;
    }
    tern_conn_set(s->conn, s->h->now, TERN_OPT_FASTOPEN, 1);
    return 0;
}

/* As much as the SYN can take. */
static void fill_syn(struct sock *s, struct sock_call *k, const struct msghdr *m, uint64_t total)
{
    size_t room = tern_conn_fastopen_room(s->conn), len;
    while (room && k->done < total) {
        const void *p = iov_at(m, k->done, &len);
        if (!p) return;
        int64_t r = tern_conn_send(s->conn, s->h->now, p, len < room ? len : room);
        if (r <= 0) return;
        k->done += (uint64_t)r;
        room -= (size_t)r;
    }
}

/* A new connection, or one that connect() is at. */
static int64_t connect_now(struct sock *s, struct sock_call *k, const struct msghdr *m, uint64_t total, int flags)
{
    int64_t r;
    switch (s->phase) {
    case PHASE_CONNECTED: return -EISCONN;
    case PHASE_CONNECTING:
        if (!on(s, S_DEFER)) return connect_outcome(s, k, sock_dontwait(s, flags), -EALREADY);
        r = fast_connect(s);
        break;
    case PHASE_UNCONNECTED: r = connect_begin(s, m->msg_name, m->msg_name ? m->msg_namelen : 0, true); break;
    default: return -EINVAL;
    }
    if (r) return r;
    fill_syn(s, k, m, total);
    return connect_outcome(s, k, sock_dontwait(s, flags), -EINPROGRESS);
}

int64_t fast_send(struct sock *s, struct sock_call *k, const struct msghdr *m, uint64_t total, int flags)
{
    const struct sockaddr *to = m->msg_name;
    int64_t r;
    if (k->begun) {
        bool opens = flags & MSG_FASTOPEN || k->done; /* what was taken went into the SYN */
        if (!opens || s->phase != PHASE_CONNECTING) return 0;
        r = connect_outcome(s, k, sock_dontwait(s, flags), -EINPROGRESS);
        /* The rest follows at once: a talk, in which acknowledgements may wait for data, as Linux has it. */
        if (!r && k->done < total) tern_conn_set(s->conn, s->h->now, TERN_OPT_QUICKACK, 0);
    } else {
        if (!(flags & MSG_FASTOPEN) && !on(s, S_DEFER)) return 0;
        if (!client_allowed(s)) return -EOPNOTSUPP;
        if (to && m->msg_namelen >= sizeof to->sa_family && addr_family(to) == AF_UNSPEC) return -EOPNOTSUPP;
        r = connect_now(s, k, m, total, flags);
    }
    if (r == -EINPROGRESS && k->done) return (int64_t)k->done;
    if (r < 0 && r != SOCK_BLOCKED) k->done = 0; /* nothing was sent on a connection that did not come about */
    return r;
}

int get_fo_connect(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    (void)o;
    return option_give_int(value, len, on(s, S_FO_CONNECT));
}

int set_fo_connect(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    if (v < 0 || v > 1) return -EINVAL;
    if (!client_allowed(s)) return -EOPNOTSUPP;
    if (sock_state(s) != TERN_CLOSED) return -EINVAL;
    set_on(s, S_FO_CONNECT, v);
    return 0;
}

/* ---- the server ---- */

int fast_listen(struct sock *s)
{
    if (!s->fo) return 0;
    if (s->fo->key_n) tern_listener_fastopen_keys(s->listener, s->fo->key[0], s->fo->key_n > 1 ? s->fo->key[1] : NULL);
    return s->fo->queue ? -sock_errno(tern_listener_set(s->listener, TERN_OPT_FASTOPEN, s->fo->queue)) : 0;
}

int get_fo_queue(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    (void)o;
    return option_give_int(value, len, s->fo ? s->fo->queue : 0);
}

int set_fo_queue(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    enum tern_state st = sock_state(s);
    if (r) return r;
    if (v < 0 || (st != TERN_CLOSED && st != TERN_LISTEN)) return -EINVAL;
    if (!fast_own(s)) return -ENOBUFS;
    s->fo->queue = (uint16_t)(v > SOMAXCONN_ ? SOMAXCONN_ : v);
    return s->listener ? -sock_errno(tern_listener_set(s->listener, TERN_OPT_FASTOPEN, s->fo->queue)) : 0;
}

int get_fo_key(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    uint8_t key[2][TERN_FASTOPEN_KEY_LEN];
    size_t n;
    (void)o;
    if (s->listener) {
        n = tern_listener_fastopen_keys_get(s->listener, key);
    } else if (s->fo && s->fo->key_n) {
        memcpy(key, s->fo->key, sizeof key);
        n = s->fo->key_n;
    } else {
        n = tern_stack_fastopen_keys_get(s->h->stack, key);
    }
    return option_give(value, len, key, n * TERN_FASTOPEN_KEY_LEN);
}

int set_fo_key(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    (void)o;
    if (len != TERN_FASTOPEN_KEY_LEN && len != 2 * TERN_FASTOPEN_KEY_LEN) return -EINVAL;
    if (!fast_own(s)) return -ENOBUFS;
    memcpy(s->fo->key, value, len);
    s->fo->key_n = (uint8_t)(len / TERN_FASTOPEN_KEY_LEN);
    return s->listener ? fast_listen(s) : 0;
}
