/* sendmsg(), recvmsg(), readv(), writev(): vectors and control messages. */
#include <time.h>
/* time.h comes first: errqueue.h needs its struct timespec */
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include "cases.h"

#define MSG(...) ((struct msghdr){__VA_ARGS__})

static struct iovec part(const void *p, size_t n)
{
    void *v;
    memcpy(&v, &p, sizeof v); /* sendmsg() wants no const */
    return (struct iovec){v, n};
}

CASE(writev_gathers, "writev() sends the parts in their order")
{
    char buf[16];
    struct pair p = pair_new();
    struct iovec v[3] = {part("ab", 2), part("cde", 3), part("f", 1)};
    IS(s_writev(p.c, v, 3), 6);
    MUST(await_readable(p.s, 6));
    IS(s_recv(p.s, buf, sizeof buf, 0), 6);
    IS(memcmp(buf, "abcdef", 6), 0);
}

CASE(readv_scatters, "readv() fills the parts in their order")
{
    char a[2], b[8] = {0};
    struct pair p = pair_new();
    struct iovec v[2] = {{a, 2}, {b, 8}};
    arrive(&p, "abcdef", 6);
    IS(s_readv(p.s, v, 2), 6);
    IS(memcmp(a, "ab", 2), 0);
    IS(memcmp(b, "cdef", 4), 0);
}

CASE(vector_empty_parts, "parts of no bytes are passed over")
{
    char a[1], b[8];
    struct pair p = pair_new();
    struct iovec out[3] = {part("", 0), part("xyz", 3), part("", 0)}, in[3] = {{a, 0}, {b, 2}, {a, 1}};
    IS(s_writev(p.c, out, 3), 3);
    MUST(await_readable(p.s, 3));
    IS(s_readv(p.s, in, 3), 3);
    IS(a[0], 'z');
}

CASE(vector_none, "no parts at all: 0")
{
    struct pair p = pair_new();
    OK(s_writev(p.c, NULL, 0));
    OK(s_readv(p.c, NULL, 0));
}

CASE(vector_max, "IOV_MAX parts are allowed")
{
    static struct iovec v[IOV_MAX];
    struct pair p = pair_new();
    for (int i = 0; i < IOV_MAX; i++) v[i] = part("z", 1);
    IS(s_writev(p.c, v, IOV_MAX), IOV_MAX);
    MUST(await_readable(p.s, IOV_MAX));
}

CASE(vector_too_many, "one more is not: EINVAL for readv() and writev()")
{
    static struct iovec v[IOV_MAX + 1];
    struct pair p = pair_new();
    volatile int negative = -1; /* the compiler would refuse the constant */
    for (int i = 0; i <= IOV_MAX; i++) v[i] = part("z", 1);
    FAILS(s_writev(p.c, v, IOV_MAX + 1), EINVAL);
    FAILS(s_readv(p.c, v, IOV_MAX + 1), EINVAL);
    FAILS(s_writev(p.c, v, negative), EINVAL);
    FAILS(s_readv(p.c, v, negative), EINVAL);
}

CASE(message_too_many, "EMSGSIZE for sendmsg() and recvmsg()")
{
    static struct iovec v[IOV_MAX + 1];
    struct pair p = pair_new();
    for (int i = 0; i <= IOV_MAX; i++) v[i] = part("z", 1);
    struct msghdr m = MSG(.msg_iov = v, .msg_iovlen = IOV_MAX + 1);
    FAILS(s_sendmsg(p.c, &m, 0), EMSGSIZE);
    FAILS(s_recvmsg(p.c, &m, MSG_DONTWAIT), EMSGSIZE);
}

CASE(vector_huge, "lengths whose sum is beyond SSIZE_MAX")
{
    struct pair p = pair_new();
    struct iovec v[1] = {part("a", (size_t)SSIZE_MAX + 1)};
    FAILS(s_writev(p.c, v, 1), EINVAL);
    FAILS(s_readv(p.c, v, 1), EINVAL);
}

CASE(vector_null_base, "a part that leads nowhere")
{
    struct pair p = pair_new();
    struct iovec v[1] = {{NULL, 5}};
    FAILS(s_writev(p.c, v, 1), EFAULT);
    arrive(&p, "x", 1);
    FAILS(s_readv(p.s, v, 1), EFAULT);
    IS(ready(p.s), POLLIN | POLLOUT);
}

CASE(message_null, "no message")
{
    struct pair p = pair_new();
    FAILS(s_sendmsg(p.c, nowhere, 0), EFAULT);
    FAILS(s_recvmsg(p.c, nowhere, MSG_DONTWAIT), EFAULT);
}

CASE(message_null_vector, "parts that lead nowhere")
{
    struct pair p = pair_new();
    struct msghdr m = MSG(.msg_iov = NULL, .msg_iovlen = 1);
    FAILS(s_sendmsg(p.c, &m, 0), EFAULT);
}

CASE_ALL(message_plain, "sendmsg() and recvmsg() without control")
{
    char buf[8];
    struct pair p = pair_new();
    struct iovec out = part("abc", 3), in = {buf, sizeof buf};
    struct msghdr mo = MSG(.msg_iov = &out, .msg_iovlen = 1), mi = MSG(.msg_iov = &in, .msg_iovlen = 1, .msg_flags = -1);
    IS(s_sendmsg(p.c, &mo, 0), 3);
    MUST(await_readable(p.s, 3));
    IS(s_recvmsg(p.s, &mi, 0), 3);
    IS(mi.msg_flags, 0);
    IS(memcmp(buf, "abc", 3), 0);
}

CASE(message_name, "recvmsg() names nobody")
{
    char buf[8];
    struct pair p = pair_new();
    struct sockaddr_storage a;
    struct iovec in = {buf, sizeof buf};
    struct msghdr m = MSG(.msg_iov = &in, .msg_iovlen = 1, .msg_name = &a, .msg_namelen = sizeof a);
    arrive(&p, "x", 1);
    IS(s_recvmsg(p.s, &m, 0), 1);
    IS(m.msg_namelen, 0);
}

CASE(message_oob_flag, "recvmsg() of the urgent byte says MSG_OOB")
{
    char buf[8];
    struct pair p = pair_new();
    struct iovec in = {buf, sizeof buf};
    struct msghdr m = MSG(.msg_iov = &in, .msg_iovlen = 1);
    IS(s_send(p.c, "x", 1, MSG_OOB), 1);
    MUST(await(p.s, POLLPRI));
    IS(s_recvmsg(p.s, &m, MSG_OOB), 1);
    IS(m.msg_flags, MSG_OOB);
}

CASE(message_waitall, "recvmsg() fills all parts with MSG_WAITALL")
{
    char a[4], b[4];
    struct pair p = pair_new();
    struct iovec in[2] = {{a, 4}, {b, 4}};
    struct msghdr m = MSG(.msg_iov = in, .msg_iovlen = 2);
    IS(s_send(p.c, "abcd", 4, 0), 4);
    IS(s_send(p.c, "efgh", 4, 0), 4);
    IS(s_recvmsg(p.s, &m, MSG_WAITALL), 8);
    IS(memcmp(b, "efgh", 4), 0);
}

CASE(message_end, "recvmsg() at the end")
{
    char buf[8];
    struct pair p = pair_new();
    struct iovec in = {buf, sizeof buf};
    struct msghdr m = MSG(.msg_iov = &in, .msg_iovlen = 1);
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLIN));
    OK(s_recvmsg(p.s, &m, 0));
}

/* ---- control messages ---- */

union control {
    struct cmsghdr first;
    char room[512];
};

static struct cmsghdr *find(struct msghdr *m, int level, int type)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == level && c->cmsg_type == type) return c;
    return NULL;
}

/* One recvmsg() of at most |n| bytes with room for control. */
static ssize_t receive(int fd, union control *control, struct msghdr *m, size_t n, size_t room, int flags)
{
    static char buf[65536];
    static struct iovec in;
    in = (struct iovec){buf, n};
    memset(control, 0, sizeof *control);
    *m = MSG(.msg_iov = &in, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room);
    return s_recvmsg(fd, m, flags);
}

static int inq_of(struct msghdr *m)
{
    int n = -1;
    struct cmsghdr *c = find(m, IPPROTO_TCP, TCP_CM_INQ);
    if (c) memcpy(&n, CMSG_DATA(c), sizeof n);
    return n;
}

/* A server's end with |n| bytes to be read and, if |on|, TCP_INQ. */
static struct pair inq_pair(bool on, size_t n)
{
    struct pair p = pair_new();
    MUST(set_int(p.s, IPPROTO_TCP, TCP_INQ, on) == 0);
    arrive(&p, bytes(n), n);
    return p;
}

CASE(inq_left, "TCP_INQ: recvmsg() says what is left")
{
    union control control;
    struct msghdr m;
    struct pair p = inq_pair(true, 1000);
    IS(receive(p.s, &control, &m, 300, sizeof control, 0), 300);
    IS(inq_of(&m), 700);
    IS(receive(p.s, &control, &m, 700, sizeof control, 0), 700);
    IS(inq_of(&m), 0);
}

CASE(inq_end, "TCP_INQ: one byte more than there is, once the peer has closed")
{
    union control control;
    struct msghdr m;
    struct pair p = inq_pair(true, 10);
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLRDHUP));
    IS(receive(p.s, &control, &m, 10, sizeof control, 0), 10);
    IS(inq_of(&m), 1);
    OK(receive(p.s, &control, &m, 10, sizeof control, 0));
}

CASE(inq_off, "no control message that was not asked for")
{
    union control control;
    struct msghdr m;
    IS(receive(inq_pair(false, 10).s, &control, &m, 10, sizeof control, 0), 10);
    IS(m.msg_controllen, 0);
}

CASE(inq_no_room, "no room for it: MSG_CTRUNC")
{
    union control control;
    struct msghdr m;
    IS(receive(inq_pair(true, 10).s, &control, &m, 4, 8, 0), 4);
    IS(m.msg_flags, MSG_CTRUNC);
}

CASE(inq_peek, "MSG_PEEK leaves it all")
{
    union control control;
    struct msghdr m;
    IS(receive(inq_pair(true, 10).s, &control, &m, 4, sizeof control, MSG_PEEK), 4);
    IS(inq_of(&m), 10);
}

CASE(inq_option, "TCP_INQ is 0 or 1")
{
    struct pair p = pair_new();
    IS(option(p.s, IPPROTO_TCP, TCP_INQ), 0);
    OK(set_int(p.s, IPPROTO_TCP, TCP_INQ, 1));
    IS(option(p.s, IPPROTO_TCP, TCP_INQ), 1);
    FAILS(set_int(p.s, IPPROTO_TCP, TCP_INQ, 2), EINVAL);
    FAILS(set_int(p.s, IPPROTO_TCP, TCP_INQ, -1), EINVAL);
}

/* A kernel begins to stamp some time after it was asked to: bytes are sent until one bears a stamp. */
static struct cmsghdr *stamped(struct pair *p, int type, union control *control, struct msghdr *m)
{
    struct cmsghdr *c = NULL;
    for (int i = 0; i < 4000 && !c; i++) {
        if (i > 0) usleep(5000);
        IS(s_send(p->c, "x", 1, 0), 1);
        MUST(await_readable(p->s, 1));
        IS(receive(p->s, control, m, 10, sizeof *control, 0), 1);
        c = find(m, SOL_SOCKET, type);
    }
    MUST(c != NULL);
    return c;
}

CASE(stamp_software, "SO_TIMESTAMPING: when the data came")
{
    union control control;
    struct msghdr m;
    struct scm_timestamping t;
    struct pair p = pair_new();
    OK(set_int(p.s, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE));
    struct cmsghdr *c = stamped(&p, SCM_TIMESTAMPING, &control, &m);
    IS(c->cmsg_len, CMSG_LEN(sizeof t));
    memcpy(&t, CMSG_DATA(c), sizeof t);
    AT_LEAST(t.ts[0].tv_sec, 1);
    IS(t.ts[1].tv_sec, 0);
    IS(t.ts[2].tv_sec, 0);
}

CASE(stamp_timestampns, "SO_TIMESTAMPNS")
{
    union control control;
    struct msghdr m;
    struct timespec t = {0};
    struct pair p = pair_new();
    IS(option(p.s, SOL_SOCKET, SO_TIMESTAMPNS), 0);
    OK(set_int(p.s, SOL_SOCKET, SO_TIMESTAMPNS, 1));
    memcpy(&t, CMSG_DATA(stamped(&p, SCM_TIMESTAMPNS, &control, &m)), sizeof t);
    AT_LEAST(t.tv_sec, 1);
}

/* A pair whose listener had the option before it accepted. */
static struct pair pair_of_listener(int name, int value)
{
    struct pair p = {.l = listener_new(4)};
    MUST(set_int(p.l, SOL_SOCKET, name, value) == 0);
    p.c = client_of(p.l);
    MUST(await(p.l, POLLIN) && (p.s = s_accept(p.l, NULL, NULL)) >= 0);
    return p;
}

CASE(stamp_inherited, "what is accepted stamps as its listener was told to")
{
    const int both = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    union control control;
    struct msghdr m;
    struct pair p = pair_of_listener(SO_TIMESTAMPNS, 1), q = pair_of_listener(SO_TIMESTAMPING, both);
    IS(option(p.s, SOL_SOCKET, SO_TIMESTAMPNS), 1);
    stamped(&p, SCM_TIMESTAMPNS, &control, &m);
    IS(option(q.s, SOL_SOCKET, SO_TIMESTAMPING), both);
    stamped(&q, SCM_TIMESTAMPING, &control, &m);
}

/* ---- control messages that are sent ---- */

static ssize_t send_with(int fd, int level, int type, const void *data, size_t n, size_t claimed_len)
{
    union control control;
    struct iovec out = part("x", 1);
    memset(&control, 0, sizeof control);
    struct msghdr m = MSG(.msg_iov = &out, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(n));
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = claimed_len;
    memcpy(CMSG_DATA(c), data, n);
    return s_sendmsg(fd, &m, MSG_NOSIGNAL);
}

CASE(control_bad_length, "a control message longer than its room")
{
    int one = 1;
    struct pair p = pair_new();
    FAILS(send_with(p.c, SOL_SOCKET, SCM_TIMESTAMPING, &one, sizeof one, 1000), EINVAL);
}

CASE(control_short, "one shorter than its head")
{
    int one = 1;
    struct pair p = pair_new();
    FAILS(send_with(p.c, SOL_SOCKET, SCM_TIMESTAMPING, &one, sizeof one, 3), EINVAL);
}

CASE(control_unknown, "one of the socket's level that does not exist")
{
    int one = 1;
    struct pair p = pair_new();
    FAILS(send_with(p.c, SOL_SOCKET, 999, &one, sizeof one, CMSG_LEN(sizeof one)), EINVAL);
}

CASE(control_other_level, "one of another level is not looked at")
{
    int one = 1;
    struct pair p = pair_new();
    IS(send_with(p.c, 250, 1, &one, sizeof one, CMSG_LEN(sizeof one)), 1);
}

CASE(control_tsflags, "SO_TIMESTAMPING for one send")
{
    unsigned flags = SOF_TIMESTAMPING_TX_ACK;
    struct pair p = pair_new();
    IS(send_with(p.c, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags, CMSG_LEN(sizeof flags)), 1);
    flags = SOF_TIMESTAMPING_RX_SOFTWARE;
    FAILS(send_with(p.c, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags, CMSG_LEN(sizeof flags)), EINVAL);
}

/* ---- the error queue ---- */

static bool error_entry(int fd, struct sock_extended_err *e, struct msghdr *m, union control *control)
{
    if (!await(fd, POLLERR)) return false;
    if (receive(fd, control, m, 64, sizeof *control, MSG_ERRQUEUE) < 0) return false;
    struct cmsghdr *c = find(m, SOL_IP, IP_RECVERR);
    if (!c) c = find(m, SOL_IPV6, IPV6_RECVERR);
    if (!c) return false;
    memcpy(e, CMSG_DATA(c), sizeof *e);
    return true;
}

CASE_ALL(zerocopy_told, "MSG_ZEROCOPY: the error queue says when the memory is free again")
{
    union control control;
    struct msghdr m;
    struct sock_extended_err e = {0};
    struct pair p = pair_new();
    OK(set_int(p.c, SOL_SOCKET, SO_ZEROCOPY, 1));
    IS(s_send(p.c, bytes(1000), 1000, MSG_ZEROCOPY), 1000);
    MUST(await_readable(p.s, 1000));
    IS(drain(p.s, 1000), 1000);
    MUST(error_entry(p.c, &e, &m, &control));
    IS(m.msg_flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
    IS(e.ee_errno, 0);
    IS(e.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
    IS(e.ee_info, 0);
    IS(e.ee_data, 0);
    IS(option(p.c, SOL_SOCKET, SO_ERROR), 0);
}

CASE(zerocopy_numbers, "each call has a number; neighbours are told together")
{
    union control control;
    struct msghdr m;
    struct sock_extended_err e = {0};
    struct pair p = pair_new();
    uint32_t told = 0;
    OK(set_int(p.c, SOL_SOCKET, SO_ZEROCOPY, 1));
    for (int i = 0; i < 3; i++) IS(s_send(p.c, bytes(100), 100, MSG_ZEROCOPY), 100);
    IS(drain(p.s, 300), 300);
    while (told < 3) {
        MUST(error_entry(p.c, &e, &m, &control));
        IS(e.ee_info, told);
        AT_LEAST(e.ee_data, e.ee_info);
        told = e.ee_data + 1;
    }
    IS(told, 3);
}

CASE(zerocopy_unasked, "MSG_ZEROCOPY without SO_ZEROCOPY is a copy, of which nobody is told")
{
    struct pair p = pair_new();
    IS(s_send(p.c, bytes(100), 100, MSG_ZEROCOPY), 100);
    IS(drain(p.s, 100), 100);
    MUST(await_acked(p.c));
    IS(ready(p.c), POLLOUT);
}

CASE(zerocopy_option, "SO_ZEROCOPY is 0 or 1")
{
    int fd = tcp_new(CLIENT);
    IS(option(fd, SOL_SOCKET, SO_ZEROCOPY), 0);
    FAILS(set_int(fd, SOL_SOCKET, SO_ZEROCOPY, 2), EINVAL);
    FAILS(set_int(fd, SOL_SOCKET, SO_ZEROCOPY, -1), EINVAL);
    OK(set_int(fd, SOL_SOCKET, SO_ZEROCOPY, 1));
    IS(option(fd, SOL_SOCKET, SO_ZEROCOPY), 1);
}

CASE(stamp_sent, "SO_TIMESTAMPING of what was sent: the error queue says when it was acknowledged, by its last byte")
{
    union control control;
    struct msghdr m;
    struct sock_extended_err e = {0};
    struct pair p = pair_new();
    OK(set_int(p.c, SOL_SOCKET, SO_TIMESTAMPING,
               SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY));
    IS(s_send(p.c, bytes(1000), 1000, 0), 1000);
    MUST(error_entry(p.c, &e, &m, &control));
    IS(e.ee_errno, ENOMSG);
    IS(e.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
    IS(e.ee_info, SCM_TSTAMP_ACK);
    IS(e.ee_data, 999);
    IS(find(&m, SOL_SOCKET, SCM_TIMESTAMPING) != NULL, true);
    IS(option(p.c, SOL_SOCKET, SO_ERROR), 0);
}

CASE(stamp_option, "SO_TIMESTAMPING: flags, and those that do not exist")
{
    int fd = tcp_new(CLIENT);
    IS(option(fd, SOL_SOCKET, SO_TIMESTAMPING), 0);
    OK(set_int(fd, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE));
    IS(option(fd, SOL_SOCKET, SO_TIMESTAMPING), SOF_TIMESTAMPING_RX_SOFTWARE);
    FAILS(set_int(fd, SOL_SOCKET, SO_TIMESTAMPING, 1 << 30), EINVAL);
    FAILS(set_int(fd, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_BIND_PHC), EOPNOTSUPP); /* of no device */
    FAILS(set_int(fd, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_OPT_ID), EINVAL); /* not connected: nothing to count from */
}
