/* ioctl(): Linux's tcp_ioctl(). */
#include "sock_internal.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

/* Numbers not yet acknowledged, not yet sent: bytes, and the FIN. */
static int outstanding(const struct sock *s, bool sent_too)
{
    struct tern_status st;
    tern_conn_status(s->conn, &st);
    bool fin = st.state == TERN_FIN_WAIT_1 || st.state == TERN_CLOSING || st.state == TERN_LAST_ACK;
    uint32_t all = st.send_queue + fin, flight = sent_too ? 0 : st.flight;
    return (int)(all > flight ? all - flight : 0);
}

/* What |request| asks for: 0 or -errno. */
static int tell(const struct sock *s, unsigned long request, int *v)
{
    enum tern_state st = sock_state(s);
    bool sends = s->conn && st != TERN_SYN_SENT && st != TERN_SYN_RECEIVED;
    switch (request) {
    case SIOCATMARK: *v = urgent_at(s, 0); return 0;
    case SIOCINQ: *v = (int)recv_inq(s); break;
    case SIOCOUTQ:
    case SIOCOUTQNSD: *v = sends ? outstanding(s, request == SIOCOUTQ) : 0; break;
    default: return -ENOTTY;
    }
    return s->listener ? -EINVAL : 0;
}

int sock_ioctl(struct sock *s, unsigned long request, void *arg)
{
    int v = 0, r = request == FIONBIO ? 0 : tell(s, request, &v);
    if (r) return r;
    if (!arg) return -EFAULT;
    if (request == FIONBIO) {
        memcpy(&v, arg, sizeof v);
        set_on(s, S_NONBLOCK, v != 0);
    } else {
        memcpy(arg, &v, sizeof v);
    }
    return 0;
}
