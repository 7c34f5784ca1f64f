/* ioctl(): Linux's tcp_ioctl(). */
#include "sock_internal.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

static int unsent(const struct sock *s)
{
    struct tern_status st;
    tern_conn_status(s->conn, &st);
    uint32_t flight = st.snd_nxt - st.snd_una;
    return (int)(st.send_queue > flight ? st.send_queue - flight : 0);
}

static int unacked(const struct sock *s)
{
    struct tern_status st;
    tern_conn_status(s->conn, &st);
    return (int)st.send_queue;
}

int sock_ioctl(struct sock *s, unsigned long request, void *arg)
{
    enum tern_state st = sock_state(s);
    bool sends = s->conn && st != TERN_SYN_SENT && st != TERN_SYN_RECEIVED;
    int v;
    if (!arg) return -EFAULT;
    switch (request) {
    case FIONBIO:
        memcpy(&v, arg, sizeof v);
        set_on(s, S_NONBLOCK, v != 0);
        return 0;
    case SIOCINQ:
        if (s->listener) return -EINVAL;
        v = (int)recv_inq(s);
        break;
    case SIOCATMARK: v = urgent_at(s, 0); break;
    case SIOCOUTQ:
    case SIOCOUTQNSD:
        if (s->listener) return -EINVAL;
        v = !sends ? 0 : request == SIOCOUTQ ? unacked(s) : unsent(s);
        break;
    default: return -ENOTTY;
    }
    memcpy(arg, &v, sizeof v);
    return 0;
}
