/* socket(), bind(), listen(): how a socket begins. */
#include "cases.h"

#define NEW(dom, type, proto) s_socket(CLIENT, dom, type, proto)

CASE(socket_inet_stream, "an IPv4 stream socket, protocol left open") { AT_LEAST(NEW(AF_INET, SOCK_STREAM, 0), 0); }
CASE(socket_inet_tcp, "an IPv4 stream socket, TCP by name") { AT_LEAST(NEW(AF_INET, SOCK_STREAM, IPPROTO_TCP), 0); }
CASE(socket_inet6_stream, "an IPv6 stream socket") { AT_LEAST(NEW(AF_INET6, SOCK_STREAM, 0), 0); }
CASE(socket_unknown_family, "a family that does not exist") { FAILS(NEW(250, SOCK_STREAM, 0), EAFNOSUPPORT); }
CASE(socket_negative_family, "a negative family") { FAILS(NEW(-1, SOCK_STREAM, 0), EAFNOSUPPORT); }
CASE(socket_unspec_family, "AF_UNSPEC is no family to make a socket of") { FAILS(NEW(AF_UNSPEC, SOCK_STREAM, 0), EAFNOSUPPORT); }
CASE(socket_unknown_type, "a type that does not exist") { FAILS(NEW(AF_INET, 15, 0), EINVAL); }
CASE(socket_seqpacket, "TCP gives no sequenced packets") { FAILS(NEW(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT); }
CASE(socket_rdm, "nor reliable datagrams") { FAILS(NEW(AF_INET6, SOCK_RDM, 0), ESOCKTNOSUPPORT); }
CASE(socket_stream_udp, "a stream by UDP") { FAILS(NEW(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT); }
CASE(socket_unknown_protocol, "a protocol that nobody has") { FAILS(NEW(AF_INET, SOCK_STREAM, 200), EPROTONOSUPPORT); }
CASE(socket_negative_protocol, "a negative protocol") { FAILS(NEW(AF_INET, SOCK_STREAM, -1), EINVAL); }
CASE(socket_huge_protocol, "a protocol out of range") { FAILS(NEW(AF_INET, SOCK_STREAM, 100000), EINVAL); }
CASE(socket_dgram_tcp, "datagrams by TCP") { FAILS(NEW(AF_INET, SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT); }
CASE(socket_unknown_flag, "a flag beside the type that does not exist") { FAILS(NEW(AF_INET, SOCK_STREAM | 0x100, 0), EINVAL); }

CASE(socket_flags_default, "blocking and inherited by exec, unless asked")
{
    int fd = NEW(AF_INET, SOCK_STREAM, 0);
    IS(s_fcntl(fd, F_GETFL), O_RDWR);
    IS(s_fcntl(fd, F_GETFD), 0);
}

CASE(socket_nonblock, "SOCK_NONBLOCK")
{
    IS(s_fcntl(NEW(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), F_GETFL), O_RDWR | O_NONBLOCK);
}
CASE(socket_cloexec, "SOCK_CLOEXEC") { IS(s_fcntl(NEW(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), F_GETFD), FD_CLOEXEC); }

CASE(socket_lowest, "the lowest free descriptor is given")
{
    int a = NEW(AF_INET, SOCK_STREAM, 0), b = NEW(AF_INET, SOCK_STREAM, 0), c = NEW(AF_INET, SOCK_STREAM, 0);
    MUST(a >= 0 && b > a && c > b);
    OK(s_close(b));
    IS(NEW(AF_INET, SOCK_STREAM, 0), b);
}

CASE_ALL(bind_port, "a chosen port is what getsockname() tells")
{
    int fd = tcp_new(SERVER);
    struct at at = server_at(4711);
    OK(s_bind(fd, SA(at), at.len));
    struct at name = name_of(fd);
    IS(same_at(&name, &at), true);
}

CASE_ALL(bind_ephemeral, "port 0: the system chooses, from the ephemeral range")
{
    int fd = bound_new(SERVER);
    struct at name = name_of(fd);
    AT_LEAST(port_in(&name), 1024);
}

CASE_ALL(bind_any_name, "bound to every address")
{
    int fd = tcp_new(SERVER);
    struct at at = any_at(4712);
    OK(s_bind(fd, SA(at), at.len));
    struct at name = name_of(fd);
    IS(port_in(&name), 4712);
    IS(same_at(&name, &at), true);
}

CASE_ALL(bind_twice, "a bound socket cannot be bound again")
{
    int fd = bound_new(SERVER);
    struct at at = server_at(4713);
    FAILS(s_bind(fd, SA(at), at.len), EINVAL);
}

CASE_ALL(bind_foreign, "an address of somebody else")
{
    int fd = tcp_new(SERVER);
    struct at at = foreign_at(4714);
    FAILS(s_bind(fd, SA(at), at.len), EADDRNOTAVAIL);
}

CASE_ALL(bind_peer_address, "the client's address is not the server's")
{
    int fd = tcp_new(SERVER);
    struct at at = client_at(0);
    FAILS(s_bind(fd, SA(at), at.len), EADDRNOTAVAIL);
}

/* Two sockets of the server, the second with |option| (0: none), the first, too, if |both|; the first is bound to |at|. */
struct two {
    int a, b;
};

static struct two two_new(struct at at, int option, bool both)
{
    struct two t = {tcp_new(SERVER), tcp_new(SERVER)};
    MUST(!option || set_int(t.b, SOL_SOCKET, option, 1) == 0);
    MUST(!both || set_int(t.a, SOL_SOCKET, option, 1) == 0);
    MUST(s_bind(t.a, SA(at), at.len) == 0);
    return t;
}

CASE_ALL(bind_in_use, "the same address and port twice")
{
    struct at at = server_at(4715);
    FAILS(s_bind(two_new(at, 0, false).b, SA(at), at.len), EADDRINUSE);
}

CASE_ALL(bind_any_after_one, "every address, where one is taken")
{
    struct at any = any_at(4716);
    FAILS(s_bind(two_new(server_at(4716), 0, false).b, SA(any), any.len), EADDRINUSE);
}

CASE_ALL(bind_one_after_any, "one address, where every one is taken")
{
    struct at one = server_at(4717);
    FAILS(s_bind(two_new(any_at(4717), 0, false).b, SA(one), one.len), EADDRINUSE);
}

CASE_ALL(bind_reuseaddr_two, "SO_REUSEADDR on both: two that do not listen may share")
{
    struct at at = server_at(4718);
    struct two t = two_new(at, SO_REUSEADDR, true);
    OK(s_bind(t.b, SA(at), at.len));
    OK(s_listen(t.a, 1));
    FAILS(s_listen(t.b, 1), EADDRINUSE);
}

CASE_ALL(bind_reuseaddr_one, "SO_REUSEADDR on the second alone does not help")
{
    struct at at = server_at(4719);
    FAILS(s_bind(two_new(at, SO_REUSEADDR, false).b, SA(at), at.len), EADDRINUSE);
}

CASE_ALL(bind_reuseaddr_listener, "SO_REUSEADDR does not share with a listener")
{
    struct at at = server_at(4720);
    struct two t = two_new(at, SO_REUSEADDR, true);
    OK(s_listen(t.a, 1));
    FAILS(s_bind(t.b, SA(at), at.len), EADDRINUSE);
}

CASE_ALL(bind_reuseport_two, "SO_REUSEPORT on both: both may listen")
{
    struct at at = server_at(4721);
    struct two t = two_new(at, SO_REUSEPORT, true);
    OK(s_bind(t.b, SA(at), at.len));
    OK(s_listen(t.a, 1));
    OK(s_listen(t.b, 1));
}

CASE_ALL(bind_reuseport_one, "SO_REUSEPORT on the second alone does not help")
{
    struct at at = server_at(4722);
    FAILS(s_bind(two_new(at, SO_REUSEPORT, false).b, SA(at), at.len), EADDRINUSE);
}

CASE_ALL(bind_after_close, "a port that nobody used is free as soon as its socket is closed")
{
    struct at at = server_at(4723);
    struct two t = two_new(at, 0, false);
    OK(s_close(t.a));
    OK(s_bind(t.b, SA(at), at.len));
}

CASE_ALL(bind_after_listener, "so is a listener's")
{
    struct at at = server_at(4724);
    struct two t = two_new(at, 0, false);
    OK(s_listen(t.a, 3));
    OK(s_close(t.a));
    OK(s_bind(t.b, SA(at), at.len));
    OK(s_listen(t.b, 3));
}

CASE_ALL(bind_in_time_wait, "a port with a connection in TIME-WAIT needs SO_REUSEADDR")
{
    struct pair p = pair_new();
    struct at at = listener_at(p.l);
    int plain = tcp_new(SERVER), reuse = tcp_new(SERVER);
    OK(set_int(reuse, SOL_SOCKET, SO_REUSEADDR, 1));
    OK(s_close(p.l));
    OK(s_close(p.s));
    MUST(await(p.c, POLLIN));
    OK(s_close(p.c));
    FAILS(s_bind(plain, SA(at), at.len), EADDRINUSE);
    /* Linux asks that the one in TIME-WAIT had it, too. */
    FAILS(s_bind(reuse, SA(at), at.len), EADDRINUSE);
}

CASE_ALL(bind_in_time_wait_reuse, "with SO_REUSEADDR on both it is given, and can listen")
{
    struct at at = server_at(4725);
    struct two t = two_new(at, SO_REUSEADDR, true);
    OK(s_listen(t.a, 1));
    int c = client_of(t.a), s = -1;
    MUST(await(t.a, POLLIN) && (s = s_accept(t.a, NULL, NULL)) >= 0);
    OK(s_close(t.a));
    OK(s_close(s));
    MUST(await(c, POLLIN));
    OK(s_close(c));
    OK(s_bind(t.b, SA(at), at.len));
    OK(s_listen(t.b, 1));
}

CASE(bind_short, "an address that is too short")
{
    int fd = tcp_new(SERVER);
    struct at at = server_at(0);
    FAILS(s_bind(fd, SA(at), sizeof(struct sockaddr_in) - 1), EINVAL);
    FAILS(s_bind(fd, SA(at), 0), EINVAL);
}

CASE(bind_short6, "an IPv6 address that is too short: 24 bytes, as in RFC 2133, are enough")
{
    int fd = s_socket(SERVER, AF_INET6, SOCK_STREAM, 0);
    struct at at = at6("::", 0);
    FAILS(s_bind(fd, SA(at), 23), EINVAL);
    OK(s_bind(fd, SA(at), 24));
}

CASE(bind_huge_length, "a length beyond any address")
{
    int fd = tcp_new(SERVER);
    struct at at = server_at(0);
    FAILS(s_bind(fd, SA(at), sizeof(struct sockaddr_storage) + 1), EINVAL);
    FAILS(s_bind(fd, SA(at), (socklen_t)-1), EINVAL);
}

CASE(bind_long_length, "a longer one that is still an address is taken")
{
    int fd = tcp_new(SERVER);
    struct at at = server_at(0);
    OK(s_bind(fd, SA(at), sizeof at.a));
}

CASE(bind_null, "no address at all")
{
    int fd = tcp_new(SERVER);
    FAILS(s_bind(fd, NULL, sizeof(struct sockaddr_in)), EFAULT);
}

CASE(bind_other_family, "an IPv6 address for an IPv4 socket")
{
    int fd = s_socket(SERVER, AF_INET, SOCK_STREAM, 0);
    struct at at = at6("2001:db8::2", 0);
    FAILS(s_bind(fd, SA(at), at.len), EAFNOSUPPORT);
}

CASE(bind_v4_to_v6, "an IPv4 address, long enough, for an IPv6 socket")
{
    int fd = s_socket(SERVER, AF_INET6, SOCK_STREAM, 0);
    struct at at = at4("192.0.2.2", 0);
    FAILS(s_bind(fd, SA(at), sizeof(struct sockaddr_in6)), EAFNOSUPPORT);
    FAILS(s_bind(fd, SA(at), at.len), EINVAL); /* the length is looked at first */
}

CASE(bind_unspec_any, "AF_UNSPEC with the address 0 is taken for IPv4's")
{
    int fd = s_socket(SERVER, AF_INET, SOCK_STREAM, 0);
    struct at at = at4("0.0.0.0", 0);
    at.a.ss_family = AF_UNSPEC;
    OK(s_bind(fd, SA(at), at.len));
}

CASE(bind_unspec_other, "AF_UNSPEC with any other address is not")
{
    int fd = s_socket(SERVER, AF_INET, SOCK_STREAM, 0);
    struct at at = at4("192.0.2.2", 0);
    at.a.ss_family = AF_UNSPEC;
    FAILS(s_bind(fd, SA(at), at.len), EAFNOSUPPORT);
}

CASE(bind_multicast, "a multicast address is no address of a connection")
{
    int fd = s_socket(SERVER, AF_INET6, SOCK_STREAM, 0);
    struct at at = at6("ff02::1", 4726);
    FAILS(s_bind(fd, SA(at), at.len), EINVAL);
}

CASE(bind_connected, "a connected socket cannot be bound")
{
    struct pair p = pair_new();
    struct at at = any_at(4727);
    FAILS(s_bind(p.c, SA(at), at.len), EINVAL);
    FAILS(s_bind(p.s, SA(at), at.len), EINVAL);
}

CASE_ALL(bind_then_connect, "a client keeps the port that it was bound to")
{
    int l = listener_new(4), c = tcp_new(CLIENT);
    struct at at = client_at(4728), to = listener_at(l);
    OK(s_bind(c, SA(at), at.len));
    OK(s_connect(c, SA(to), to.len));
    struct at name = name_of(c);
    IS(same_at(&name, &at), true);
}

CASE_ALL(bind_any_then_connect, "bound to every address, a client's name has one when it is connected")
{
    int l = listener_new(4), c = bound_new(CLIENT);
    struct at before = name_of(c), to = listener_at(l);
    OK(s_connect(c, SA(to), to.len));
    struct at name = name_of(c), want = client_at(port_in(&before));
    IS(same_at(&name, &want), true);
}

/* ---- listen ---- */

CASE_ALL(listen_unbound, "a socket without a port gets one")
{
    int fd = tcp_new(SERVER);
    OK(s_listen(fd, 1));
    struct at name = name_of(fd);
    AT_LEAST(port_in(&name), 1024);
}

CASE(listen_twice, "a listener may be told so again, with another backlog")
{
    int fd = listener_new(1);
    OK(s_listen(fd, 10));
    OK(s_listen(fd, 0));
}

CASE(listen_negative, "a negative backlog is a long one")
{
    int fd = bound_new(SERVER);
    OK(s_listen(fd, -1));
    int a = client_of(fd), b = client_of(fd), c = client_of(fd);
    IS(ready(a) & ready(b) & ready(c), POLLOUT);
}

CASE(listen_zero, "backlog 0 holds one connection")
{
    int fd = bound_new(SERVER);
    OK(s_listen(fd, 0));
    int c = client_of(fd);
    MUST(await(fd, POLLIN));
    IS(ready(c), POLLOUT);
}

CASE(listen_connected, "a connected socket cannot listen")
{
    struct pair p = pair_new();
    FAILS(s_listen(p.c, 1), EINVAL);
    FAILS(s_listen(p.s, 1), EINVAL);
}

CASE_ALL(listen_connecting, "nor one that is connecting")
{
    int fd = tcp_nonblock(CLIENT);
    struct at at = silent_at(80);
    FAILS(s_connect(fd, SA(at), at.len), EINPROGRESS);
    FAILS(s_listen(fd, 1), EINVAL);
}

CASE(listen_name, "a listener has no peer")
{
    int fd = listener_new(1);
    struct at at = {.len = sizeof at.a};
    FAILS(s_getpeername(fd, SA(at), &at.len), ENOTCONN);
}

CASE(listen_acceptconn, "SO_ACCEPTCONN tells a listener from others")
{
    int fd = bound_new(SERVER);
    IS(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
    OK(s_listen(fd, 1));
    IS(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

CASE(listen_no_data, "a listener neither sends nor receives")
{
    char c;
    int fd = listener_new(1);
    FAILS(s_send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
    FAILS(s_recv(fd, &c, 1, 0), ENOTCONN);
}

CASE(listen_shutdown, "shutdown(SHUT_RD) ends listening; listen() begins it anew")
{
    int fd = listener_new(4);
    struct at at = listener_at(fd);
    OK(s_shutdown(fd, SHUT_RD));
    int c = tcp_new(CLIENT);
    FAILS(s_connect(c, SA(at), at.len), ECONNREFUSED);
    OK(s_listen(fd, 4));
    client_of(fd);
}

CASE(listen_close_resets, "closing a listener resets those that wait to be accepted")
{
    char c;
    int l = listener_new(4), fd = client_of(l);
    MUST(await(l, POLLIN));
    OK(s_close(l));
    MUST(await(fd, POLLIN));
    FAILS(s_recv(fd, &c, 1, 0), ECONNRESET);
}

CASE_ALL(listen_refused_after_close, "nobody is answered where a listener was")
{
    int l = listener_new(4), c = tcp_new(CLIENT);
    struct at at = listener_at(l);
    OK(s_close(l));
    FAILS(s_connect(c, SA(at), at.len), ECONNREFUSED);
}

CASE_ALL(listen_two_addresses, "two listeners at one port: the more exact address wins")
{
    struct at exact = server_at(4730);
    struct two t = two_new(any_at(4730), SO_REUSEPORT, true);
    OK(s_bind(t.b, SA(exact), exact.len));
    OK(s_listen(t.a, 4));
    OK(s_listen(t.b, 4));
    client_of(t.a);
    IS(await(t.b, POLLIN), true);
    IS(ready(t.a), 0);
}
