/* ICMP errors for the application: IP_RECVERR, IPV6_RECVERR. */
#include "errqueue.h"
#include "options.h"
#include "stack_host.h"

enum { UNREACH4 = 3, TIME4 = 11, PARAM4 = 12, UNREACH6 = 1, TIME6 = 3, PARAM6 = 4 };

/* What Linux makes of each kind. */
static uint32_t errno4(uint8_t type, uint8_t code)
{
    static const uint8_t unreach[] = {ENETUNREACH,  EHOSTUNREACH, ENOPROTOOPT,  ECONNREFUSED, EMSGSIZE,     EOPNOTSUPP,
                                      ENETUNREACH,  EHOSTDOWN,    ENONET,       ENETUNREACH,  EHOSTUNREACH, ENETUNREACH,
                                      EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH};
    if (type == UNREACH4) return code < sizeof unreach ? unreach[code] : EHOSTUNREACH;
    return type == PARAM4 ? EPROTO : EHOSTUNREACH;
}

static uint32_t errno6(uint8_t type, uint8_t code)
{
    static const uint8_t unreach[] = {ENETUNREACH, EACCES, EHOSTUNREACH, EHOSTUNREACH, ECONNREFUSED, EACCES, EACCES};
    if (type == UNREACH6) return code < sizeof unreach ? unreach[code] : EPROTO;
    return type == TIME6 ? EHOSTUNREACH : EPROTO;
}

void icmp_told(struct sock *s)
{
    struct host_icmp m;
    struct tern_status st;
    if (!s->conn || !host_take_icmp(s->conn, &m)) return;
    tern_conn_status(s->conn, &st);
    bool v4 = tern_addr_is_v4(&st.remote.addr);
    uint32_t error = v4 ? errno4(m.type, m.code) : errno6(m.type, m.code);
    s->err = (uint16_t)error;
    struct err_entry *e = errq_add(s, v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6, error);
    if (!e) return;
    e->ee.ee_type = m.type, e->ee.ee_code = m.code;
    e->offended = true;
    e->offender = m.from;
    e->to = st.remote;
}

int icmp_apply(struct sock *s)
{
    if (!s->conn) return 0;
    return host_keep_icmp(s->conn, on(s, S_RECVERR | S_RECVERR6)) ? 0 : -ENOBUFS;
}

int set_recverr(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    set_on(s, (uint32_t)o->arg, v != 0);
    if (!v) errq_purge(s);
    return icmp_apply(s);
}
