/* What goes through a socket without a copy. */
#include "sock_internal.h"

struct tern_buf *sock_borrow(struct sock *s, struct sock_call *k, int flags, int64_t *result)
{
    int err = 0;
    struct tern_buf *b = s->conn ? tern_conn_recv_buf(s->conn, s->h->now, &err) : NULL;
    if (!b) {
        *result = s->listener ? -ENOTCONN : recv_nothing(s, k, flags);
        return NULL;
    }
    s->read_n += b->len;
    if (s->urgent != URGENT_NONE && s->read_n > s->urgent_at) s->urgent = URGENT_NONE;
    *result = b->len;
    return b;
}

/* What the core said to a call of which nothing is left to do. */
static int64_t given(struct sock *s, struct sock_call *k, int flags, int64_t r)
{
    if (r >= 0) return r;
    if (r == TERN_ERR_AGAIN || r == TERN_ERR_NOMEM) return sock_wait(s, k, sock_dontwait(s, flags), s->snd_timeout);
    return send_broken(s);
}

int64_t sock_give(struct sock *s, struct sock_call *k, struct tern_buf *buf, int flags)
{
    int64_t r = send_ready(s, k, flags);
    return r ? r : given(s, k, flags, tern_conn_send_buf(s->conn, s->h->now, buf, send_core_flags(flags)));
}

int64_t sock_send_static(struct sock *s, struct sock_call *k, const void *base, size_t len, int flags)
{
    int64_t r = send_ready(s, k, flags);
    return r ? r : given(s, k, flags, tern_conn_send_static(s->conn, s->h->now, base, len, send_core_flags(flags)));
}
