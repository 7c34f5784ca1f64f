/* What happened in the stack, and whom it concerns. */
#include "errqueue.h"

#include "stack_host.h"

void sock_wake(struct sock *s, uint32_t key)
{
    if (list_empty(&s->changed)) list_append(&s->h->changed, &s->changed);
    epoll_wake(s, key);
}

struct sock *sock_host_changed(struct sock_host *h)
{
    struct list *n = list_pop(&h->changed);
    return n ? CONTAINER_OF(n, struct sock, changed) : NULL;
}

/* Linux's tcp_reset() and tcp_write_err(). */
static uint16_t error_of(const struct sock *s, int err)
{
    bool close_wait = on(s, S_DONE) && !(s->shut & SHUT_OUT);
    if (err == TERN_ERR_RESET && close_wait && !tern_stack_settings(s->h->stack)->bsd_errors) return EPIPE;
    if (err == TERN_ERR_TIMEDOUT && s->soft_err) return s->soft_err;
    return (uint16_t)sock_errno(err);
}

/* RFC 1122 4.2.2.13: data that comes when nobody will read it is answered by a RST. */
static void refuse_data(struct sock *s)
{
    enum tern_state st = sock_state(s);
    if (s->shut != SHUT_BOTH || (st != TERN_FIN_WAIT_1 && st != TERN_FIN_WAIT_2)) return;
    if (!tern_conn_readable(s->conn)) return;
    tern_conn_abort(s->conn, s->h->now);
}

void sock_events(struct sock *s, uint32_t events)
{
    uint32_t key = 0;
    if (events & TERN_SOFT_ERROR) s->soft_err = (uint16_t)sock_errno(tern_conn_soft_error(s->conn));
    if (events & (TERN_READABLE | TERN_URGENT)) {
        urgent_look(s);
        if (s->errq) s->errq->arrived_at = s->h->now;
        key |= KEY_IN;
    }
    if (events & TERN_WRITABLE) key |= KEY_OUT;
    if (events & TERN_PEER_CLOSED) {
        s->flags |= S_DONE;
        s->shut |= SHUT_IN;
        key = KEY_ALL;
    }
    if (events & TERN_ERROR) {
        int err = tern_conn_error(s->conn);
        if (err != TERN_ERR_ABORTED && err != TERN_ERR_CLOSING) s->err = error_of(s, err); /* those are our own doing */
    }
    if (events & TERN_FINISHED && sock_state(s) == TERN_CLOSED) s->shut = SHUT_BOTH;
    if (events & (TERN_ERROR | TERN_FINISHED | TERN_CONNECTED)) key = KEY_ALL;
    if (events & TERN_READABLE) refuse_data(s);
    if (events & (TERN_SOFT_ERROR | TERN_ERROR)) icmp_told(s);
    if (key) sock_wake(s, key);
}

void sock_host_dispatch(struct sock_host *h)
{
    struct tern_ready r;
    struct sock *s;
    while (tern_stack_next_event(h->stack, &r)) {
        if (r.listener) {
            s = tern_listener_user(r.listener);
            if (s && s->listener == r.listener) sock_wake(s, KEY_IN);
        } else if ((s = tern_conn_user(r.conn)) != NULL) {
            sock_events(s, r.events);
        }
    }
    if (!list_empty(&h->lingering)) sock_linger_dispatch(h);
    if (!list_empty(&h->marking)) errq_dispatch(h);
}
