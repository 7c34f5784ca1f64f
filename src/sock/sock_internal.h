/* A socket's own structures, for the files of this layer. */
#ifndef SOCK_SOCK_INTERNAL_H
#define SOCK_SOCK_INTERNAL_H

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include "list.h"
#include "mem.h"
#include "sock.h"
#include "sock_errno.h"

enum { PORT_BUCKETS = 256, SOMAXCONN_ = 4096, IOV_MAX_ = 1024 };

struct sock_host {
    struct tern_stack *stack;
    struct mem *mem;
    tern_ns now;
    struct slab socks;
    struct list all;                 /* sockets */
    struct list changed;             /* those to be named by sock_host_changed() */
    struct list lingering;           /* sockets that close() waits for */
    struct list marking;             /* error queues that wait for progress of their connections */
    tern_ns wall;                    /* sock_host_wall() */
    struct list changed_epolls;      /* sets, for sock_host_changed_epoll() */
    struct list bound[PORT_BUCKETS]; /* sockets with a port of their own, by it */
};

enum sock_flag {
    S_NONBLOCK = 1 << 0,
    S_V6 = 1 << 1, /* AF_INET6 */
    S_V6ONLY = 1 << 2,
    S_REUSEADDR = 1 << 3,
    S_REUSEPORT = 1 << 4,
    S_BOUND_ADDR = 1 << 5, /* bind() named the address, the port: they outlive a connection */
    S_BOUND_PORT = 1 << 6,
    S_DONE = 1 << 7, /* the peer's FIN came */
    S_OOBINLINE = 1 << 8,
    S_FREEBIND = 1 << 9,
    S_TRANSPARENT = 1 << 10,
    S_LINGER = 1 << 11,
    S_INQ = 1 << 12, /* TCP_INQ */
    S_RECVERR = 1 << 13,
    S_ZEROCOPY = 1 << 14,
    S_RECVERR6 = 1 << 15,
    S_FO_CONNECT = 1 << 16, /* TCP_FASTOPEN_CONNECT */
    S_STAMP = 1 << 18,      /* SO_TIMESTAMP */
    S_STAMP_NS = 1 << 19,   /* SO_TIMESTAMPNS */
    S_NO_PORT = 1 << 20,    /* IP_BIND_ADDRESS_NO_PORT */
    S_DEFER = 1 << 17,      /* connect() was called, the SYN waits for the first data: s->fo->to */
};

/* Linux's socket_state. A connection that a non-blocking connect() began stays CONNECTING until a call looks at it. */
enum sock_phase { PHASE_UNCONNECTED, PHASE_CONNECTING, PHASE_CONNECTED, PHASE_DISCONNECTING };

enum { SHUT_IN = 1, SHUT_OUT = 2, SHUT_BOTH = 3 };

/* The urgent byte (SO_OOBINLINE off: it stands beside the stream). */
enum sock_urgent { URGENT_NONE, URGENT_COMING, URGENT_HERE, URGENT_READ };

/* An option of the core that was set while there was no connection. */
struct sock_wish {
    int64_t value;
    uint8_t opt; /* enum tern_option */
};

/* Fast Open, where it is used. */
struct sock_fo {
    struct tern_endpoint to;
    uint8_t key[2][TERN_FASTOPEN_KEY_LEN]; /* TCP_FASTOPEN_KEY */
    uint8_t key_n;
    uint16_t queue; /* TCP_FASTOPEN */
};

struct sock {
    uint16_t slab_i;
    uint8_t phase, shut;
    uint32_t flags;
    struct sock_host *h;
    void *user;
    struct list all, changed, bound, lingering;
    struct list watches; /* of epoll sets */
    struct tern_conn *conn;
    struct tern_listener *listener;
    struct sock_wish *wish;
    struct sock_errq *errq; /* NULL: none yet */
    struct sock_fo *fo;
    struct list keys;                 /* TCP_MD5SIG */
    struct sock_rules *rules;         /* tern_listen_filter(); NULL: none */
    struct sock_ao *ao;               /* TCP_AO_ADD_KEY; NULL: never used */
    const char *cc;                   /* congestion control by name; NULL: the stack's */
    uint64_t read_n;                  /* stream bytes that the application has read */
    uint64_t urgent_at;               /* where the urgent byte is in the stream */
    tern_ns rcv_timeout, snd_timeout; /* TERN_NEVER: none */
    struct tern_endpoint local;       /* by bind(), listen() */
    uint8_t wish_n;
    uint8_t urgent; /* enum sock_urgent */
    uint8_t urgent_byte;
    uint16_t err, soft_err; /* errno: sk_err, sk_err_soft */
    uint32_t backlog;
    uint32_t rcvbuf, sndbuf; /* as SO_RCVBUF, SO_SNDBUF tell them; 0: twice the core's */
    int32_t rcvlowat;
    uint32_t linger_s; /* a negative SO_LINGER is a long one */
};

static inline bool on(const struct sock *s, uint32_t flag) { return (s->flags & flag) != 0; }
static inline void set_on(struct sock *s, uint32_t flag, bool v) { s->flags = v ? s->flags | flag : s->flags & ~flag; }

/* ---- socket.c ---- */
struct sock *sock_make(struct sock_host *h, uint32_t flags); /* NULL: no memory */
/* TCP's state as Linux knows it: TERN_CLOSED for TIME-WAIT and for what has no connection. */
enum tern_state sock_state(const struct sock *s);
/* Accepted, with the data of its SYN, before the handshake ended (Fast Open)? */
static inline bool sock_fast_child(const struct sock *s, enum tern_state st)
{
    return st == TERN_SYN_RECEIVED && s->phase == PHASE_CONNECTED;
}
/* The pending error, once: 0 or -errno. */
int sock_take_error(struct sock *s);
/* A call that cannot go on: -EAGAIN, -EINTR, SOCK_BLOCKED. */
int64_t sock_wait(struct sock *s, struct sock_call *k, bool dontwait, tern_ns timeout);
static inline bool sock_dontwait(const struct sock *s, int flags) { return on(s, S_NONBLOCK) || (flags & MSG_DONTWAIT); }

void sock_linger_dispatch(struct sock_host *h); /* who waits in close() may go on */

/* ---- event.c ---- */
enum {
    KEY_IN = POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND,
    KEY_OUT = POLLOUT | POLLWRNORM | POLLWRBAND,
    KEY_ERR = POLLERR,
    KEY_ALL = 0xffff
};
/* Something changed that these poll bits tell of: to those who wait. */
void sock_wake(struct sock *s, uint32_t key);
void sock_events(struct sock *s, uint32_t events);

/* ---- addr.c ---- */
sa_family_t addr_family(const struct sockaddr *a);
/* The address that connect() is given: 0 or -errno. */
int addr_read(const struct sock *s, const struct sockaddr *a, socklen_t len, struct tern_endpoint *out);
int addr_read_bind(const struct sock *s, const struct sockaddr *a, socklen_t len, struct tern_endpoint *out);
int addr_write(const struct sock *s, const struct tern_endpoint *e, struct sockaddr *a, socklen_t *len);
struct tern_addr addr_any(const struct sock *s);

/* ---- bind.c ---- */
/* Gives |s| a port when it has none, and looks for conflicts (again: |s| is about to listen). 0 or -EADDRINUSE, -ENOBUFS. */
int bind_port(struct sock *s, bool listening);
void bind_drop(struct sock *s); /* out of the table of ports */

/* ---- connect.c ---- */
void sock_disconnect(struct sock *s);
int64_t connect_start(struct sock *s, const struct tern_endpoint *dest);
/* connect() up to the SYN: 0, or -errno. */
int64_t connect_begin(struct sock *s, const struct sockaddr *addr, socklen_t len, bool fast);
/* CONNECTING: has it come to an end? |why|: what is returned while it has not and the call does not wait. */
int64_t connect_outcome(struct sock *s, struct sock_call *k, bool dontwait, int why);

/* ---- fast.c ---- */
/* The SYN that was put off (S_DEFER) goes now. 0 or -errno. */
int64_t fast_connect(struct sock *s);
struct sock_fo *fast_own(struct sock *s); /* NULL: no memory */
void fast_free(struct sock *s);
int fast_listen(struct sock *s); /* to a new listener */
/* TCP_FASTOPEN_CONNECT: does the SYN to |to| wait for data? */
bool fast_defers(struct sock *s, const struct tern_endpoint *to);
/* send() that connects. 0: go on as usual; above: what was queued in the SYN, and the call ends; SOCK_BLOCKED; -errno. */
int64_t fast_send(struct sock *s, struct sock_call *k, const struct msghdr *m, uint64_t total, int flags);

/* ---- iov.c ---- */
/* The piece at |at|: where it is and how long; NULL where the application named no memory, and beyond the end (length 0). */
void *iov_at(const struct msghdr *m, uint64_t at, size_t *len);

/* ---- send.c ---- */
/* May data be queued now? 0, SOCK_BLOCKED, or -errno. */
int64_t send_ready(struct sock *s, struct sock_call *k, int flags);
uint32_t send_core_flags(int flags); /* MSG_ as TERN_SEND_ */
int send_broken(struct sock *s);     /* the pending error, or else -EPIPE */
void send_watch(struct sock *s);     /* tell when there is room again */

/* ---- recv.c ---- */
/* There is nothing to be read: 0 for the end, SOCK_BLOCKED, or -errno. */
int64_t recv_nothing(struct sock *s, struct sock_call *k, int flags);
void urgent_look(struct sock *s); /* the mark may have moved, or its byte arrived */
/* Is the byte at |at| of those that can be read the urgent one? */
static inline bool urgent_at(const struct sock *s, uint64_t at)
{
    return s->urgent != URGENT_NONE && s->urgent_at == s->read_n + at;
}
size_t recv_inq(const struct sock *s); /* SIOCINQ, TCP_INQ */

/* ---- errqueue.c, see errqueue.h ---- */
bool errq_pending(const struct sock *s);
void errq_dispatch(struct sock_host *h);

/* ---- rules.c ---- */
int rules_apply(struct sock *s); /* to a new listener */
void rules_free(struct sock *s);

/* ---- md5sig.c ---- */
int md5_apply(struct sock *s); /* to a new connection or listener */
/* |s| was accepted: it has the key that its peer's connection was made with. Without memory it cannot be told to drop it. */
void md5_inherit(struct sock *s, const struct sock *from);
void md5_free(struct sock *s);
bool md5_covers(const struct sock *s, const struct tern_addr *peer, uint8_t prefix); /* has a key for one of these */
/* The address in a struct sockaddr_storage: -EINVAL when it is not of the socket's family. */
int key_peer(const struct sock *s, const void *addr, struct tern_addr *out);

/* ---- ao.c: likewise ---- */
int ao_apply(struct sock *s);
void ao_inherit(struct sock *s, const struct sock *from);
void ao_free(struct sock *s);
bool ao_covers(const struct sock *s, const struct tern_addr *peer, uint8_t prefix);

/* ---- recverr.c ---- */
void icmp_told(struct sock *s); /* there may be one */
int icmp_apply(struct sock *s); /* to a new connection */

/* ---- cmsg.c ---- */
/* What the application's control messages ask for: SO_TIMESTAMPING's bits for this call take the place of |*ts_flags|'s. */
int cmsg_read(const struct msghdr *m, uint32_t *ts_flags);
/* Appends a control message; cut short it is MSG_CTRUNC, as by the kernel. */
void cmsg_put(struct msghdr *m, socklen_t *used, int level, int type, const void *data, size_t len);

/* ---- options_core.c: options that the core has ---- */
int core_set(struct sock *s, enum tern_option opt, int64_t value); /* 0 or -errno */
int64_t core_get(const struct sock *s, enum tern_option opt);
int core_apply(struct sock *s);     /* to a new connection or listener */
void core_remember(struct sock *s); /* the connection's, since it goes away */

/* ---- epoll.c ---- */
void epoll_wake(struct sock *s, uint32_t key);
void epoll_forget(struct sock *s);

#endif
