/* accept(), accept4(), and the names of both ends. */
#include "cases.h"

CASE_ALL(accept_names, "who came, and which address was meant")
{
    int l = listener_new(4), c = client_of(l);
    struct at who = {.len = sizeof who.a};
    MUST(await(l, POLLIN));
    int s = s_accept(l, SA(who), &who.len);
    MUST(s >= 0);
    struct at c_name = name_of(c), c_peer = peer_of(c), s_name = name_of(s), s_peer = peer_of(s), l_at = listener_at(l);
    IS(same_at(&who, &c_name), true);
    IS(same_at(&s_peer, &c_name), true);
    IS(same_at(&c_peer, &l_at), true);
    IS(same_at(&s_name, &l_at), true);
    IS(c_name.len, family == V4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
}

CASE(accept_empty_nonblock, "nobody waits: EAGAIN")
{
    int l = listener_new(4);
    nonblock(l);
    FAILS(s_accept(l, NULL, NULL), EAGAIN);
}

CASE(accept_not_listening, "a socket that does not listen")
{
    FAILS(s_accept(tcp_new(SERVER), NULL, NULL), EINVAL);
    FAILS(s_accept(bound_new(SERVER), NULL, NULL), EINVAL);
}

CASE(accept_connected, "a connected one neither")
{
    struct pair p = pair_new();
    FAILS(s_accept(p.s, NULL, NULL), EINVAL);
}

CASE(accept_order, "first come, first accepted")
{
    int l = listener_new(4);
    int a = client_of(l), b = client_of(l);
    MUST(await(l, POLLIN));
    struct at first = peer_of(s_accept(l, NULL, NULL)), a_name = name_of(a), b_name = name_of(b);
    IS(same_at(&first, &a_name), true);
    MUST(await(l, POLLIN));
    struct at second = peer_of(s_accept(l, NULL, NULL));
    IS(same_at(&second, &b_name), true);
}

CASE(accept4_flags, "accept4() sets both flags")
{
    int l = listener_new(4);
    client_of(l);
    MUST(await(l, POLLIN));
    int s = s_accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    IS(s_fcntl(s, F_GETFL), O_RDWR | O_NONBLOCK);
    IS(s_fcntl(s, F_GETFD), FD_CLOEXEC);
}

CASE(accept4_bad_flags, "a flag that does not exist takes nobody out of the queue")
{
    int l = listener_new(4);
    client_of(l);
    MUST(await(l, POLLIN));
    FAILS(s_accept4(l, NULL, NULL, 1), EINVAL);
    IS(ready(l), POLLIN);
}

CASE(accept_not_inherited, "O_NONBLOCK of the listener is not inherited")
{
    int l = listener_new(4);
    nonblock(l);
    client_of(l);
    MUST(await(l, POLLIN));
    IS(s_fcntl(s_accept(l, NULL, NULL), F_GETFL), O_RDWR);
}

CASE(accept_short_room, "an address that does not fit is cut, its true length told")
{
    int l = listener_new(4);
    struct sockaddr_in a;
    socklen_t len = 4;
    memset(&a, 0xee, sizeof a);
    client_of(l);
    MUST(await(l, POLLIN));
    AT_LEAST(s_accept(l, (struct sockaddr *)&a, &len), 0);
    IS(len, sizeof a);
    IS(a.sin_addr.s_addr, 0xeeeeeeee);
    IS(a.sin_family, AF_INET);
}

CASE(accept_no_room, "room for nothing is allowed")
{
    int l = listener_new(4);
    struct sockaddr_in a;
    socklen_t len = 0;
    client_of(l);
    MUST(await(l, POLLIN));
    AT_LEAST(s_accept(l, (struct sockaddr *)&a, &len), 0);
    IS(len, sizeof a);
}

CASE(accept_negative_room, "a negative length")
{
    int l = listener_new(4);
    struct sockaddr_in a;
    socklen_t len = (socklen_t)-1;
    client_of(l);
    MUST(await(l, POLLIN));
    FAILS(s_accept(l, (struct sockaddr *)&a, &len), EINVAL);
}

CASE(accept_no_length, "an address without a length")
{
    int l = listener_new(4);
    struct sockaddr_in a;
    client_of(l);
    MUST(await(l, POLLIN));
    FAILS(s_accept(l, (struct sockaddr *)&a, NULL), EFAULT);
}

CASE(accept_reset_in_queue, "a connection that was reset while it waited is accepted, and says so")
{
    char c;
    int l = listener_new(4), fd = client_of(l);
    struct linger linger = {.l_onoff = 1};
    MUST(await(l, POLLIN));
    OK(s_setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    OK(s_close(fd));
    int s = s_accept(l, NULL, NULL);
    MUST(s >= 0);
    MUST(await(s, POLLHUP));
    FAILS(s_recv(s, &c, 1, 0), ECONNRESET);
}

CASE(accept_closed_in_queue, "one that was closed while it waited still has its data")
{
    char buf[8];
    int l = listener_new(4), fd = client_of(l);
    IS(s_send(fd, "abc", 3, 0), 3);
    OK(s_close(fd));
    MUST(await(l, POLLIN));
    int s = s_accept(l, NULL, NULL);
    MUST(await(s, POLLRDHUP));
    IS(s_recv(s, buf, sizeof buf, 0), 3);
    IS(s_recv(s, buf, sizeof buf, 0), 0);
}

CASE(accept_data_before, "data that came before accept() is there")
{
    char buf[8];
    int l = listener_new(4), fd = client_of(l);
    IS(s_send(fd, "early", 5, 0), 5);
    MUST(await(l, POLLIN));
    int s = s_accept(l, NULL, NULL);
    MUST(await_readable(s, 5));
    IS(s_recv(s, buf, sizeof buf, 0), 5);
    IS(memcmp(buf, "early", 5), 0);
}

static intptr_t connect_later(void *arg) { return client_of(*(int *)arg); }

CASE_ALL(accept_waits, "a blocking accept() waits for the next connection")
{
    int l = listener_new(4);
    struct task *t = task_start(connect_later, &l);
    AT_LEAST(s_accept(l, NULL, NULL), 0);
    AT_LEAST(task_join(t), 0);
}

CASE(accept_inherits, "what is accepted has its listener's options, but for those that are a listener's own")
{
    static const struct {
        int level, name, value, child;
    } each[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, 77, 77},
        {SOL_SOCKET, SO_RCVLOWAT, 5, 5},
        {SOL_SOCKET, SO_OOBINLINE, 1, 1},
        {SOL_SOCKET, SO_ZEROCOPY, 1, 1},
        {SOL_SOCKET, SO_PRIORITY, 3, 0},
        {IPPROTO_TCP, TCP_INQ, 1, 1},
        {IPPROTO_TCP, TCP_NODELAY, 1, 1},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, 99, 99},
        {IPPROTO_TCP, TCP_LINGER2, 11, 11},
        {IPPROTO_TCP, TCP_SYNCNT, 3, 3},
        {IPPROTO_TCP, TCP_KEEPCNT, 3, 3},
        {IPPROTO_TCP, TCP_DEFER_ACCEPT, 3, 0},
        {IPPROTO_TCP, TCP_SAVE_SYN, 1, 1},
        {IPPROTO_TCP, TCP_NOTSENT_LOWAT, 77, 77},
        {IPPROTO_TCP, TCP_WINDOW_CLAMP, 30000, 30000},
    };
    enum { N = sizeof each / sizeof each[0] };
    int l = listener_new(4);
    for (size_t i = 0; i < N; i++) OK(set_int(l, each[i].level, each[i].name, each[i].value));
    int c = client_of(l);
    IS(s_send(c, "x", 1, 0), 1);
    MUST(await(l, POLLIN));
    int s = s_accept(l, NULL, NULL);
    for (size_t i = 0; i < N; i++) IS(option(s, each[i].level, each[i].name), each[i].child);
}

CASE(name_unbound, "a socket without a name: all zero, but the family")
{
    int fd = s_socket(CLIENT, AF_INET, SOCK_STREAM, 0);
    struct at name = name_of(fd), zero = at4("0.0.0.0", 0);
    IS(same_at(&name, &zero), true);
}

CASE(name_unbound6, "the same of IPv6")
{
    int fd = s_socket(CLIENT, AF_INET6, SOCK_STREAM, 0);
    struct at name = name_of(fd), zero = at6("::", 0);
    IS(same_at(&name, &zero), true);
}

CASE(name_cut, "getsockname() into too little room")
{
    int fd = bound_new(CLIENT);
    struct sockaddr_in a;
    socklen_t len = 3;
    memset(&a, 0xee, sizeof a);
    OK(s_getsockname(fd, (struct sockaddr *)&a, &len));
    IS(len, sizeof a);
    IS(a.sin_family, AF_INET);
    IS(a.sin_addr.s_addr, 0xeeeeeeee);
}

CASE(name_bad_pointers, "getsockname() to nowhere")
{
    int fd = bound_new(CLIENT);
    struct sockaddr_in a;
    socklen_t len = sizeof a, negative = (socklen_t)-5;
    FAILS(s_getsockname(fd, NULL, &len), EFAULT);
    FAILS(s_getsockname(fd, (struct sockaddr *)&a, NULL), EFAULT);
    FAILS(s_getsockname(fd, (struct sockaddr *)&a, &negative), EINVAL);
}

CASE(peer_unconnected, "getpeername() of a socket that has no peer")
{
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    FAILS(s_getpeername(tcp_new(CLIENT), (struct sockaddr *)&a, &len), ENOTCONN);
    FAILS(s_getpeername(bound_new(CLIENT), (struct sockaddr *)&a, &len), ENOTCONN);
}

CASE_ALL(peer_connecting, "a peer that has not answered is no peer yet")
{
    int fd = tcp_nonblock(CLIENT);
    struct at at = silent_at(80), a = {.len = sizeof a.a};
    FAILS(s_connect(fd, SA(at), at.len), EINPROGRESS);
    FAILS(s_getpeername(fd, SA(a), &a.len), ENOTCONN);
    struct at name = name_of(fd), mine = client_at(port_in(&name));
    IS(same_at(&name, &mine), true);
}

CASE(peer_after_reset, "after a reset there is no peer")
{
    struct pair p = pair_new();
    struct at a = {.len = sizeof a.a};
    reset_by(p.c, p.s);
    FAILS(s_getpeername(p.s, SA(a), &a.len), ENOTCONN);
}

CASE(peer_after_fin, "after the peer's FIN there still is one")
{
    struct pair p = pair_new();
    struct at name = name_of(p.c);
    OK(s_close(p.c));
    MUST(await(p.s, POLLRDHUP));
    struct at peer = peer_of(p.s);
    IS(same_at(&peer, &name), true);
}

CASE(peer_bad_pointers, "getpeername() to nowhere")
{
    struct pair p = pair_new();
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    FAILS(s_getpeername(p.c, NULL, &len), EFAULT);
    FAILS(s_getpeername(p.c, (struct sockaddr *)&a, NULL), EFAULT);
}

CASE(accept_backlog_full, "what does not fit the queue is not accepted, and comes when there is room")
{
    int l = bound_new(SERVER);
    OK(s_listen(l, 1));
    client_of(l);
    client_of(l);
    int late = tcp_nonblock(CLIENT);
    struct at at = listener_at(l);
    FAILS(s_connect(late, SA(at), at.len), EINPROGRESS);
    MUST(await(l, POLLIN));
    AT_LEAST(s_accept(l, NULL, NULL), 0);
    AT_LEAST(s_accept(l, NULL, NULL), 0);
    IS(await(late, POLLOUT), true);
    IS(option(late, SOL_SOCKET, SO_ERROR), 0);
}
