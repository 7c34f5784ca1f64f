/* The kernel's TCP sockets, by sock_diag through libnl. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/addr.h>
#include <netlink/cache.h>
#include <netlink/idiag/idiagnl.h>
#include <netlink/idiag/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "states_table.h"

/* The numbers of <netinet/tcp.h>. */
static const uint8_t state_of[] = {
    [TCP_ESTABLISHED] = TERN_ESTABLISHED,
    [TCP_SYN_SENT] = TERN_SYN_SENT,
    [TCP_SYN_RECV] = TERN_SYN_RECEIVED,
    [TCP_FIN_WAIT1] = TERN_FIN_WAIT_1,
    [TCP_FIN_WAIT2] = TERN_FIN_WAIT_2,
    [TCP_TIME_WAIT] = TERN_TIME_WAIT,
    [TCP_CLOSE] = TERN_CLOSED,
    [TCP_CLOSE_WAIT] = TERN_CLOSE_WAIT,
    [TCP_LAST_ACK] = TERN_LAST_ACK,
    [TCP_LISTEN] = TERN_LISTEN,
    [TCP_CLOSING] = TERN_CLOSING,
    [12] = TERN_SYN_RECEIVED, /* a request socket */
};

/* sock_diag's kinds of timer. */
static void take_timer(struct tern_status *st, unsigned kind, tern_ns left)
{
    for (unsigned i = 0; i < TERN_TIMER_N; i++) st->timer[i] = TERN_NEVER;
    switch (kind) {
    case 1: st->timer[TERN_TIMER_RETRANSMIT] = left; break;
    case 2: st->timer[TERN_TIMER_KEEPALIVE] = left; break;
    case 3: st->timer[TERN_TIMER_TIME_WAIT] = left; break;
    case 4: st->timer[TERN_TIMER_PERSIST] = left; break;
    default: break;
    }
}

/* libnl gives 16 bytes for both families, and the port as it stands in the packet. */
static void take_end(struct tern_endpoint *e, int family, struct nl_addr *addr, uint16_t port)
{
    *e = (struct tern_endpoint){.port = ntohs(port)};
    const uint8_t *b = nl_addr_get_binary_addr(addr);
    if (family == AF_INET)
        e->addr = tern_addr_v4(b);
    else
        memcpy(e->addr.b, b, sizeof e->addr.b);
}

static void take_info(struct tern_status *st, const struct idiagnl_msg *m)
{
    struct tcp_info info = idiagnl_msg_get_tcpinfo(m);
    st->ssthresh = UINT32_MAX;
    if (info.tcpi_snd_mss == 0) return;
    st->mss = info.tcpi_snd_mss;
    st->path_mtu = info.tcpi_pmtu;
    st->rtt = info.tcpi_rtt * TERN_US;
    st->rttvar = info.tcpi_rttvar * TERN_US;
    st->rto = info.tcpi_rto * TERN_US;
    st->cwnd = info.tcpi_snd_cwnd * info.tcpi_snd_mss;
    if (info.tcpi_snd_ssthresh < INT32_MAX) st->ssthresh = info.tcpi_snd_ssthresh * info.tcpi_snd_mss;
    st->flight = info.tcpi_unacked * info.tcpi_snd_mss;
    st->timestamps = (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0;
    st->sack = (info.tcpi_options & TCPI_OPT_SACK) != 0;
    st->wscale_ok = (info.tcpi_options & TCPI_OPT_WSCALE) != 0;
    st->snd_wscale = info.tcpi_snd_wscale;
    st->rcv_wscale = info.tcpi_rcv_wscale;
}

struct collecting {
    struct states_table *table;
    size_t owner;
    int family;
    int err;
};

static void take(struct nl_object *object, void *ctx)
{
    struct collecting *c = ctx;
    struct idiagnl_msg *m = (struct idiagnl_msg *)(void *)object;
    uint8_t state = idiagnl_msg_get_state(m);
    if (state >= sizeof state_of || state == 0 || idiagnl_msg_get_family(m) != c->family) return;
    struct states_entry *e = states_add_entry(c->table);
    if (!e) {
        c->err = -ENOMEM;
        return;
    }
    e->owner = c->owner;
    e->st.state = state_of[state];
    take_end(&e->st.local, c->family, idiagnl_msg_get_src(m), idiagnl_msg_get_sport(m));
    take_end(&e->st.remote, c->family, idiagnl_msg_get_dst(m), idiagnl_msg_get_dport(m));
    e->st.receive_queue = idiagnl_msg_get_rqueue(m);
    e->st.send_queue = idiagnl_msg_get_wqueue(m);
    e->st.retransmits = idiagnl_msg_get_retrans(m);
    e->st.cc = NULL;
    take_timer(&e->st, idiagnl_msg_get_timer(m), idiagnl_msg_get_expires(m) * TERN_MS);
    take_info(&e->st, m);
}

static int take_family(struct nl_sock *sock, int family, struct collecting *c)
{
    struct nl_cache *cache;
    c->family = family;
    int err = idiagnl_msg_alloc_cache(sock, family, IDIAGNL_SS_ALL, &cache);
    if (err < 0) return err;
    nl_cache_foreach(cache, take, c);
    nl_cache_free(cache);
    return c->err;
}

int states_ask_kernel(struct states_table *t)
{
    struct nl_sock *sock = nl_socket_alloc();
    struct states_owner *owner = sock ? states_add_owner(t) : NULL;
    if (!owner) {
        if (sock) nl_socket_free(sock);
        return -ENOMEM;
    }
    struct collecting c = {.table = t, .owner = t->owner_n - 1};
    int err = idiagnl_connect(sock);
    if (err >= 0) err = take_family(sock, AF_INET, &c);
    if (err >= 0) err = take_family(sock, AF_INET6, &c);
    nl_socket_free(sock);
    return err < 0 ? err : 0;
}
