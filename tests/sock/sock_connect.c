/* connect(): every state that a socket can be in, and what is said in each. */
#include "cases.h"

static int connect_to(int fd, struct at at) { return s_connect(fd, SA(at), at.len); }

CASE_ALL(connect_blocking, "a blocking connect() returns when the connection is made")
{
    int l = listener_new(4), c = tcp_new(CLIENT);
    OK(connect_to(c, listener_at(l)));
    IS(ready(c), POLLOUT);
}

CASE_ALL(connect_refused, "nobody listens there")
{
    int c = tcp_new(CLIENT);
    FAILS(connect_to(c, server_at(REFUSED_PORT)), ECONNREFUSED);
}

CASE_ALL(connect_refused_again, "after a refusal the socket may try again")
{
    int l = listener_new(4), c = tcp_new(CLIENT);
    FAILS(connect_to(c, server_at(REFUSED_PORT)), ECONNREFUSED);
    IS(option(c, SOL_SOCKET, SO_ERROR), 0);
    OK(connect_to(c, listener_at(l)));
}

CASE_ALL(connect_in_progress, "without blocking: EINPROGRESS, then writable, SO_ERROR 0")
{
    int l = listener_new(4), c = tcp_nonblock(CLIENT);
    FAILS(connect_to(c, listener_at(l)), EINPROGRESS);
    IS(await(c, POLLOUT), true);
    IS(option(c, SOL_SOCKET, SO_ERROR), 0);
    IS(ready(c), POLLOUT);
}

CASE_ALL(connect_already, "once more while the first is under way")
{
    int c = tcp_nonblock(CLIENT);
    FAILS(connect_to(c, silent_at(80)), EINPROGRESS);
    FAILS(connect_to(c, silent_at(80)), EALREADY);
    FAILS(connect_to(c, server_at(REFUSED_PORT)), EALREADY);
}

CASE_ALL(connect_finished, "the first connect() after the handshake succeeds, those after it not")
{
    int l = listener_new(4), c = tcp_nonblock(CLIENT);
    FAILS(connect_to(c, listener_at(l)), EINPROGRESS);
    MUST(await(c, POLLOUT));
    OK(connect_to(c, listener_at(l)));
    FAILS(connect_to(c, listener_at(l)), EISCONN);
}

CASE_ALL(connect_connected, "a connected socket is connected")
{
    struct pair p = pair_new();
    FAILS(connect_to(p.c, listener_at(p.l)), EISCONN);
    FAILS(connect_to(p.s, listener_at(p.l)), EISCONN);
    FAILS(connect_to(p.c, silent_at(1)), EISCONN);
}

CASE(connect_listening, "a listener cannot connect")
{
    int l = listener_new(4);
    FAILS(connect_to(l, listener_at(l)), EISCONN);
}

CASE_ALL(connect_refused_nonblock, "a refusal without blocking: readable and writable, error and hang-up")
{
    int c = tcp_nonblock(CLIENT);
    FAILS(connect_to(c, server_at(REFUSED_PORT)), EINPROGRESS);
    MUST(await(c, POLLERR));
    IS(ready(c), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
    IS(option(c, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    IS(option(c, SOL_SOCKET, SO_ERROR), 0);
    IS(ready(c), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
}

CASE(connect_refused_told_by_connect, "the next connect() tells the refusal")
{
    int c = tcp_nonblock(CLIENT);
    FAILS(connect_to(c, server_at(REFUSED_PORT)), EINPROGRESS);
    MUST(await(c, POLLERR));
    FAILS(connect_to(c, server_at(REFUSED_PORT)), ECONNREFUSED);
}

CASE(connect_refused_told_by_recv, "so does recv(), once; then the end")
{
    char b;
    int c = tcp_nonblock(CLIENT);
    FAILS(connect_to(c, server_at(REFUSED_PORT)), EINPROGRESS);
    MUST(await(c, POLLERR));
    FAILS(s_recv(c, &b, 1, 0), ECONNREFUSED);
    IS(s_recv(c, &b, 1, 0), 0);
}

CASE(connect_refused_told_by_send, "so does send(), once; then EPIPE")
{
    int c = tcp_nonblock(CLIENT);
    FAILS(connect_to(c, server_at(REFUSED_PORT)), EINPROGRESS);
    MUST(await(c, POLLERR));
    FAILS(s_send(c, "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
    FAILS(s_send(c, "x", 1, MSG_NOSIGNAL), EPIPE);
}

CASE(connect_refused_reconnects, "without blocking, too, a refused socket may try again after it was told")
{
    int l = listener_new(4), c = tcp_nonblock(CLIENT);
    FAILS(connect_to(c, server_at(REFUSED_PORT)), EINPROGRESS);
    MUST(await(c, POLLERR));
    FAILS(connect_to(c, listener_at(l)), ECONNREFUSED);
    FAILS(connect_to(c, listener_at(l)), EINPROGRESS);
    MUST(await(c, POLLOUT));
    OK(connect_to(c, listener_at(l)));
}

CASE(connect_unreachable, "a host without an interface reaches nobody")
{
    int fd = s_socket(LONELY, AF_INET, SOCK_STREAM, 0), fd6 = s_socket(LONELY, AF_INET6, SOCK_STREAM, 0);
    struct at v4 = at4("192.0.2.2", 80), v6 = at6("2001:db8::2", 80);
    FAILS(s_connect(fd, SA(v4), v4.len), ENETUNREACH);
    FAILS(s_connect(fd6, SA(v6), v6.len), EADDRNOTAVAIL); /* no source address is found before a route is looked for */
    IS(option(fd, SOL_SOCKET, SO_ERROR), 0);
}

CASE(connect_short, "an address that is too short")
{
    int fd = tcp_new(CLIENT);
    struct at at = server_at(80);
    FAILS(s_connect(fd, SA(at), sizeof(struct sockaddr_in) - 1), EINVAL);
    FAILS(s_connect(fd, SA(at), 1), EINVAL);
    FAILS(s_connect(fd, SA(at), 0), EINVAL);
}

CASE(connect_short6, "an IPv6 one below 24 bytes")
{
    int fd = s_socket(CLIENT, AF_INET6, SOCK_STREAM, 0);
    struct at at = at6("2001:db8::2", 80);
    FAILS(s_connect(fd, SA(at), 23), EINVAL);
}

CASE(connect_huge_length, "a length beyond any address")
{
    int fd = tcp_new(CLIENT);
    struct at at = server_at(80);
    FAILS(s_connect(fd, SA(at), sizeof(struct sockaddr_storage) + 1), EINVAL);
    FAILS(s_connect(fd, SA(at), (socklen_t)-1), EINVAL);
}

CASE(connect_null, "no address")
{
    int fd = tcp_new(CLIENT);
    FAILS(s_connect(fd, NULL, sizeof(struct sockaddr_in)), EFAULT);
}

CASE(connect_other_family, "an address of the other family")
{
    int v4 = s_socket(CLIENT, AF_INET, SOCK_STREAM, 0), v6 = s_socket(CLIENT, AF_INET6, SOCK_STREAM, 0);
    struct at a4 = at4("192.0.2.2", 80), a6 = at6("2001:db8::2", 80);
    FAILS(s_connect(v4, SA(a6), a6.len), EAFNOSUPPORT);
    FAILS(s_connect(v6, SA(a4), sizeof(struct sockaddr_in6)), EAFNOSUPPORT);
}

CASE(connect_unknown_family, "a family that does not exist")
{
    int fd = tcp_new(CLIENT);
    struct at at = server_at(80);
    at.a.ss_family = 199;
    FAILS(connect_to(fd, at), EAFNOSUPPORT);
}

CASE(connect_unspec_fresh, "AF_UNSPEC dissolves what is not there: nothing to do")
{
    int fd = tcp_new(CLIENT);
    struct at none = {.len = sizeof(struct sockaddr_in)};
    OK(connect_to(fd, none));
}

CASE(connect_unspec_connected, "AF_UNSPEC dissolves a connection: the peer is reset, and the socket may connect anew")
{
    char b;
    struct pair p = pair_new();
    struct at none = {.len = sizeof(struct sockaddr_in)}, a = {.len = sizeof a.a};
    OK(connect_to(p.c, none));
    MUST(await(p.s, POLLHUP));
    FAILS(s_recv(p.s, &b, 1, 0), ECONNRESET);
    FAILS(s_getpeername(p.c, SA(a), &a.len), ENOTCONN);
    OK(connect_to(p.c, listener_at(p.l)));
}

CASE(connect_unspec_connecting, "AF_UNSPEC gives up an attempt")
{
    int fd = tcp_nonblock(CLIENT), l = listener_new(2);
    struct at none = {.len = sizeof(struct sockaddr_in)};
    FAILS(connect_to(fd, silent_at(80)), EINPROGRESS);
    OK(connect_to(fd, none));
    FAILS(connect_to(fd, listener_at(l)), EINPROGRESS);
    MUST(await(fd, POLLOUT));
    OK(connect_to(fd, listener_at(l)));
}

CASE(connect_unspec_listener, "AF_UNSPEC ends listening")
{
    int l = listener_new(2), c = tcp_new(CLIENT);
    struct at none = {.len = sizeof(struct sockaddr_in)}, at = listener_at(l);
    OK(connect_to(l, none));
    IS(option(l, SOL_SOCKET, SO_ACCEPTCONN), 0);
    FAILS(connect_to(c, at), ECONNREFUSED);
}

CASE(connect_broadcast, "broadcast is no peer")
{
    int fd = tcp_new(CLIENT);
    FAILS(connect_to(fd, at4("255.255.255.255", 80)), ENETUNREACH);
}

CASE(connect_multicast, "nor is a multicast group")
{
    int fd = tcp_new(CLIENT), fd6 = s_socket(CLIENT, AF_INET6, SOCK_STREAM, 0);
    FAILS(connect_to(fd, at4("224.0.0.5", 80)), ENETUNREACH);
    FAILS(connect_to(fd6, at6("ff02::5", 80)), ENETUNREACH);
}

/* Two clients at one port, by SO_REUSEADDR. */
static void share(int fd[2], struct at at)
{
    for (int i = 0; i < 2; i++) {
        fd[i] = tcp_new(CLIENT);
        MUST(set_int(fd[i], SOL_SOCKET, SO_REUSEADDR, 1) == 0);
        MUST(s_bind(fd[i], SA(at), at.len) == 0);
    }
}

CASE_ALL(connect_two_same_pair, "two bound to one port cannot both reach the same peer")
{
    int l = listener_new(4), fd[2];
    share(fd, client_at(4801));
    OK(connect_to(fd[0], listener_at(l)));
    FAILS(connect_to(fd[1], listener_at(l)), EADDRNOTAVAIL);
}

CASE_ALL(connect_two_other_peer, "but two peers")
{
    int l = listener_new(4), m = listener_new(4), fd[2];
    share(fd, client_at(4802));
    OK(connect_to(fd[0], listener_at(l)));
    OK(connect_to(fd[1], listener_at(m)));
}

CASE_ALL(connect_ports_differ, "two clients of one server have two ports")
{
    int l = listener_new(4);
    struct at a = name_of(client_of(l)), b = name_of(client_of(l));
    IS(port_in(&a) != port_in(&b), true);
}

CASE(connect_send_early, "what is sent while connecting: EAGAIN")
{
    int fd = tcp_nonblock(CLIENT);
    FAILS(connect_to(fd, silent_at(80)), EINPROGRESS);
    FAILS(s_send(fd, "x", 1, MSG_NOSIGNAL), EAGAIN);
}

CASE(connect_recv_early, "what is received while connecting: EAGAIN")
{
    char b;
    int fd = tcp_nonblock(CLIENT);
    FAILS(connect_to(fd, silent_at(80)), EINPROGRESS);
    FAILS(s_recv(fd, &b, 1, 0), EAGAIN);
    IS(ready(fd), 0);
}

CASE(connect_fresh_send, "sending without a connection: EPIPE") { FAILS(s_send(tcp_new(CLIENT), "x", 1, MSG_NOSIGNAL), EPIPE); }

CASE(connect_fresh_recv, "receiving without one: ENOTCONN")
{
    char b;
    FAILS(s_recv(tcp_new(CLIENT), &b, 1, 0), ENOTCONN);
    FAILS(s_recv(bound_new(CLIENT), &b, 1, 0), ENOTCONN);
}

CASE(connect_close_early, "close() while connecting gives up")
{
    int fd = tcp_nonblock(CLIENT);
    FAILS(connect_to(fd, silent_at(80)), EINPROGRESS);
    OK(s_close(fd));
}

CASE(connect_times_out, "TCP_USER_TIMEOUT ends an attempt that nobody answers: ETIMEDOUT")
{
    int fd = tcp_new(CLIENT);
    OK(set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 300));
    FAILS(connect_to(fd, silent_at(80)), ETIMEDOUT);
    IS(option(fd, SOL_SOCKET, SO_ERROR), 0);
}

CASE(connect_sndtimeo, "SO_SNDTIMEO ends the waiting, not the attempt: EINPROGRESS, then EALREADY")
{
    int fd = tcp_new(CLIENT);
    struct timeval t = {.tv_usec = 100000};
    OK(s_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t));
    long long began = now_ms();
    FAILS(connect_to(fd, silent_at(80)), EINPROGRESS);
    AT_LEAST(now_ms() - began, 99);
    began = now_ms();
    FAILS(connect_to(fd, silent_at(80)), EALREADY);
    AT_LEAST(now_ms() - began, 99);
}

CASE(connect_interrupted, "a signal ends the waiting; the attempt goes on")
{
    int fd = tcp_new(CLIENT);
    interrupt_begin(false);
    FAILS(connect_to(fd, silent_at(80)), EINTR);
    interrupt_end();
    nonblock(fd);
    FAILS(connect_to(fd, silent_at(80)), EALREADY);
}

static intptr_t close_soon(void *arg)
{
    int l = *(int *)arg;
    await(l, POLLIN);
    return s_accept(l, NULL, NULL);
}

CASE_ALL(connect_simultaneous_users, "two threads make two connections at once")
{
    int l = listener_new(4);
    struct task *t = task_start(close_soon, &l);
    client_of(l);
    AT_LEAST(task_join(t), 0);
}

CASE_ALL(connect_self, "a socket connected to its own name: simultaneous open with itself")
{
    char buf[4];
    int fd = tcp_new(SERVER);
    struct at at = server_at(0);
    OK(s_bind(fd, SA(at), at.len));
    OK(connect_to(fd, name_of(fd)));
    struct at name = name_of(fd), peer = peer_of(fd);
    IS(same_at(&name, &peer), true);
    IS(s_send(fd, "me", 2, 0), 2);
    MUST(await(fd, POLLIN));
    IS(s_recv(fd, buf, sizeof buf, 0), 2);
}

CASE_ALL(connect_local, "a connection within one host")
{
    char buf[4];
    int l = listener_new(4), c = tcp_new(SERVER);
    OK(connect_to(c, listener_at(l)));
    MUST(await(l, POLLIN));
    int s = s_accept(l, NULL, NULL);
    IS(s_send(c, "abc", 3, 0), 3);
    MUST(await(s, POLLIN));
    IS(s_recv(s, buf, sizeof buf, 0), 3);
}

CASE(connect_any, "the address 0 is the host itself")
{
    int l = listener_new(4), c = tcp_new(SERVER);
    struct at at = listener_at(l);
    OK(connect_to(c, at4("0.0.0.0", port_in(&at))));
    IS(await(l, POLLIN), true);
}
