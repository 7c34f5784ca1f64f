/* Options of SOL_IP and SOL_IPV6. */
#include "options.h"

int get_ttl(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    (void)o;
    return option_give_int(value, len, (int)core_get(s, TERN_OPT_TTL));
}

int set_ttl(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    if (v < -1 || v > 255 || (!v && o->info.level_n == SOL_IP)) return -EINVAL;
    if (!v) v = 1; /* hop limit 0 never leaves the machine */
    return core_set(s, TERN_OPT_TTL, v < 0 ? (int64_t)tern_stack_settings(s->h->stack)->ttl : v);
}

/* RFC 3168: the ECN bits belong to TCP. */
int set_tos(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    if (o->info.level_n == SOL_IPV6 && (v < -1 || v > 255)) return -EINVAL;
    return core_set(s, TERN_OPT_TOS, v < 0 && o->info.level_n == SOL_IPV6 ? 0 : v & 0xfc);
}

int get_mtu(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    struct tern_status st;
    (void)o;
    if (!s->conn) return -ENOTCONN;
    tern_conn_status(s->conn, &st);
    return option_give_int(value, len, (int)st.path_mtu);
}

int set_v6only(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    if (s->local.port || s->conn) return -EINVAL;
    return set_flag(s, o, value, len);
}
