/* sendfile(), and what goes through a socket without a copy. */
#include "sock_internal.h"

enum { PIECE = 16384 };

/* The file's bytes go through one buffer of the stack's pool, which the connection takes over: they are copied once. */
static int64_t send_piece(struct sock *s, int64_t (*read_at)(void *ctx, void *buf, size_t len, off_t at), void *ctx, off_t at,
                          size_t len)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(s->h->stack), len);
    if (!b) return -EAGAIN;
    int64_t r = read_at(ctx, b->data, len, at);
    if (r > 0) {
        b->len = (uint32_t)r;
        r = tern_conn_send_buf(s->conn, s->h->now, b);
        if (r > 0) return r;
        r = r == TERN_ERR_AGAIN || r == TERN_ERR_NOMEM ? -EAGAIN : -EPIPE;
    }
    tern_buf_unref(b);
    return r;
}

int64_t sock_sendfile(struct sock *s, struct sock_call *k, int64_t (*read_at)(void *ctx, void *buf, size_t len, off_t at),
                      void *ctx, off_t *offset, size_t count)
{
    int64_t r = send_ready(s, k, 0);
    while (!r && k->done < count) {
        size_t room = tern_conn_writable(s->conn), len = count - (size_t)k->done;
        if (len > PIECE) len = PIECE;
        if (len > room) len = room;
        r = len ? send_piece(s, read_at, ctx, *offset + (off_t)k->done, len) : -EAGAIN;
        if (!r) break; /* the file's end */
        if (r > 0) {
            k->done += (uint64_t)r;
            r = 0;
        }
    }
    if (r == -EAGAIN) {
        send_watch(s);
        r = sock_wait(s, k, on(s, S_NONBLOCK), s->snd_timeout);
    }
    if (r == SOCK_BLOCKED) return r;
    if (r == -EPIPE && !k->done) r = send_broken(s);
    *offset += (off_t)k->done;
    return k->done ? (int64_t)k->done : r;
}

struct tern_buf *sock_borrow(struct sock *s, struct sock_call *k, int64_t *result)
{
    int err = 0;
    struct tern_buf *b = s->conn ? tern_conn_recv_buf(s->conn, s->h->now, &err) : NULL;
    if (!b) {
        *result = s->listener ? -ENOTCONN : recv_nothing(s, k, 0);
        return NULL;
    }
    s->read_n += b->len;
    if (s->urgent != URGENT_NONE && s->read_n > s->urgent_at) s->urgent = URGENT_NONE;
    *result = b->len;
    return b;
}

/* What the core said to a call of which nothing is left to do. */
static int64_t given(struct sock *s, struct sock_call *k, int64_t r)
{
    if (r >= 0) return r;
    if (r == TERN_ERR_AGAIN || r == TERN_ERR_NOMEM) return sock_wait(s, k, on(s, S_NONBLOCK), s->snd_timeout);
    return send_broken(s);
}

int64_t sock_give(struct sock *s, struct sock_call *k, struct tern_buf *buf)
{
    int64_t r = send_ready(s, k, 0);
    return r ? r : given(s, k, tern_conn_send_buf(s->conn, s->h->now, buf));
}

int64_t sock_send_static(struct sock *s, struct sock_call *k, const void *base, size_t len)
{
    int64_t r = send_ready(s, k, 0);
    return r ? r : given(s, k, tern_conn_send_static(s->conn, s->h->now, base, len));
}
