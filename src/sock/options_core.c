/* Options that are the core's: they live in the connection or the listener, and in a list of wishes while there is neither. */
#include "sock_internal.h"

static int64_t default_of(const struct sock *s, enum tern_option opt)
{
    const struct tern_settings *set = tern_stack_settings(s->h->stack);
    switch (opt) {
    case TERN_OPT_KEEPALIVE_IDLE: return (int64_t)(set->keepalive_idle / TERN_MS);
    case TERN_OPT_KEEPALIVE_INTERVAL: return (int64_t)(set->keepalive_interval / TERN_MS);
    case TERN_OPT_KEEPALIVE_COUNT: return (int64_t)set->keepalive_count;
    case TERN_OPT_LINGER: return -1;
    case TERN_OPT_SEND_BUFFER: return (int64_t)set->send_buffer;
    case TERN_OPT_RECEIVE_BUFFER: return (int64_t)set->receive_buffer;
    case TERN_OPT_TTL: return (int64_t)set->ttl;
    case TERN_OPT_DELACK:
    case TERN_OPT_QUICKACK: return 1;
    case TERN_OPT_MTU_DISCOVER: return TERN_MTU_WANT;
    default: return 0;
    }
}

static struct sock_wish *find(const struct sock *s, enum tern_option opt)
{
    for (uint8_t i = 0; i < s->wish_n; i++)
        if (s->wish[i].opt == opt) return &s->wish[i];
    return NULL;
}

static int wish(struct sock *s, enum tern_option opt, int64_t value)
{
    struct sock_wish *w = find(s, opt);
    if (!w) {
        w = mem_get(s->h->mem, (s->wish_n + 1u) * sizeof *w);
        if (!w) return -ENOBUFS;
        if (s->wish_n) memcpy(w, s->wish, s->wish_n * sizeof *w);
        mem_put(s->h->mem, s->wish, s->wish_n * sizeof *w);
        s->wish = w;
        w += s->wish_n++;
    }
    *w = (struct sock_wish){value, (uint8_t)opt};
    return 0;
}

int core_set(struct sock *s, enum tern_option opt, int64_t value)
{
    int r = 0;
    if (s->conn) return -sock_errno(tern_conn_set(s->conn, s->h->now, opt, value));
    if (s->listener) r = tern_listener_set(s->listener, opt, value);
    return r ? -sock_errno(r) : wish(s, opt, value);
}

int64_t core_get(const struct sock *s, enum tern_option opt)
{
    int64_t v = 0;
    const struct sock_wish *w = s->conn ? NULL : find(s, opt);
    if (s->conn) tern_conn_get(s->conn, opt, &v);
    return s->conn ? v : w ? w->value : default_of(s, opt);
}

int core_apply(struct sock *s)
{
    for (uint8_t i = 0; i < s->wish_n; i++) {
        enum tern_option opt = (enum tern_option)s->wish[i].opt;
        int r = s->conn ? tern_conn_set(s->conn, s->h->now, opt, s->wish[i].value)
                        : tern_listener_set(s->listener, opt, s->wish[i].value);
        if (r) return -sock_errno(r);
    }
    return 0;
}

/* Options outlive the connection (connect() with AF_UNSPEC). Without memory they fall back to what they were before it. */
void core_remember(struct sock *s)
{
    for (int opt = 0; opt < TERN_OPTION_N; opt++) {
        int64_t v;
        if (opt == TERN_OPT_MAX_SEGMENT || opt == TERN_OPT_FASTOPEN || opt == TERN_OPT_STATISTICS ||
            tern_conn_get(s->conn, (enum tern_option)opt, &v))
            continue;
        if (v != default_of(s, (enum tern_option)opt) || find(s, (enum tern_option)opt)) wish(s, (enum tern_option)opt, v);
    }
}
