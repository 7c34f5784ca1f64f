/* IPv4 and IPv6 beside each other: mapped addresses and IPV6_V6ONLY. */
#include "cases.h"

static int v6_new(enum side side)
{
    int fd = s_socket(side, AF_INET6, SOCK_STREAM, 0);
    MUST(fd >= 0);
    return fd;
}

static int v4_new(enum side side)
{
    int fd = s_socket(side, AF_INET, SOCK_STREAM, 0);
    MUST(fd >= 0);
    return fd;
}

/* Where a port has to be free in both families the case names it: one that the system chooses for the one may be held in the
 * other by a connection of an earlier case, in TIME-WAIT. */
enum { ONLY_PORT = 4740, DUAL_PORT, APART_PORT };

/* A listener at [::]; its port, |*port| or, where that is 0, one that the system chooses. */
static int dual(int only, uint16_t *port)
{
    int l = v6_new(SERVER);
    struct at at = at6("::", *port);
    MUST(set_int(l, IPPROTO_IPV6, IPV6_V6ONLY, only) == 0);
    MUST(s_bind(l, SA(at), at.len) == 0 && s_listen(l, 4) == 0);
    at = name_of(l);
    *port = port_in(&at);
    return l;
}

CASE(dual_takes_v4, "a listener at [::] takes IPv4; its peer's address is a mapped one")
{
    uint16_t port = 0;
    int l = dual(0, &port), c = v4_new(CLIENT);
    struct at to = at4("192.0.2.2", port), who = {.len = sizeof who.a};
    OK(s_connect(c, SA(to), to.len));
    MUST(await(l, POLLIN));
    int s = s_accept(l, SA(who), &who.len);
    struct at c_name = name_of(c), want = at6("::ffff:192.0.2.1", port_in(&c_name)), s_name = name_of(s),
              mine = at6("::ffff:192.0.2.2", port);
    IS(same_at(&who, &want), true);
    IS(same_at(&s_name, &mine), true);
    IS(option(s, SOL_SOCKET, SO_DOMAIN), AF_INET6);
}

CASE(dual_takes_v6, "and IPv6, of course")
{
    uint16_t port = 0;
    int l = dual(0, &port), c = v6_new(CLIENT);
    struct at to = at6("2001:db8::2", port);
    OK(s_connect(c, SA(to), to.len));
    IS(await(l, POLLIN), true);
}

CASE(only_refuses_v4, "with IPV6_V6ONLY it does not")
{
    uint16_t port = 0;
    dual(1, &port);
    int c = v4_new(CLIENT);
    struct at to = at4("192.0.2.2", port);
    FAILS(s_connect(c, SA(to), to.len), ECONNREFUSED);
}

CASE(only_leaves_v4, "with IPV6_V6ONLY the same port is free in IPv4")
{
    uint16_t port = ONLY_PORT;
    dual(1, &port);
    int l = v4_new(SERVER), c = v4_new(CLIENT);
    struct at at = at4("0.0.0.0", port), to = at4("192.0.2.2", port);
    OK(s_bind(l, SA(at), at.len));
    OK(s_listen(l, 1));
    OK(s_connect(c, SA(to), to.len));
}

CASE(dual_takes_port, "without it, it is not")
{
    uint16_t port = 0;
    dual(0, &port);
    int l = v4_new(SERVER);
    struct at at = at4("0.0.0.0", port);
    FAILS(s_bind(l, SA(at), at.len), EADDRINUSE);
}

CASE(dual_after_v4, "nor is [::] where IPv4 has the port")
{
    int a = v4_new(SERVER), b = v6_new(SERVER);
    struct at v4 = at4("192.0.2.2", DUAL_PORT), v6 = at6("::", DUAL_PORT);
    OK(s_bind(a, SA(v4), v4.len));
    FAILS(s_bind(b, SA(v6), v6.len), EADDRINUSE);
    OK(set_int(b, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    OK(s_bind(b, SA(v6), v6.len));
}

CASE(mapped_same_as_v4, "a mapped address is the IPv4 one: in use is in use")
{
    int a = v4_new(SERVER), b = v6_new(SERVER);
    struct at v4 = at4("192.0.2.2", 0);
    OK(s_bind(a, SA(v4), v4.len));
    v4 = name_of(a);
    struct at mapped = at6("::ffff:192.0.2.2", port_in(&v4));
    FAILS(s_bind(b, SA(mapped), mapped.len), EADDRINUSE);
}

CASE(v4_and_v6_apart, "one port of an IPv4 and of an IPv6 address are two")
{
    int a = v4_new(SERVER), b = v6_new(SERVER);
    struct at v4 = at4("192.0.2.2", APART_PORT), v6 = at6("2001:db8::2", APART_PORT);
    OK(s_bind(a, SA(v4), v4.len));
    OK(s_bind(b, SA(v6), v6.len));
}

CASE(only_no_mapped_bind, "with IPV6_V6ONLY a mapped address cannot be bound")
{
    int fd = v6_new(SERVER);
    struct at at = at6("::ffff:192.0.2.2", 0);
    OK(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    FAILS(s_bind(fd, SA(at), at.len), EINVAL);
}

CASE(only_no_mapped_connect, "nor connected to")
{
    int fd = v6_new(CLIENT);
    struct at at = at6("::ffff:192.0.2.2", 80);
    OK(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    FAILS(s_connect(fd, SA(at), at.len), ENETUNREACH);
}

CASE(mapped_to_v4_listener, "an IPv6 socket reaches an IPv4 listener by a mapped address")
{
    int l = v4_new(SERVER), c = v6_new(CLIENT);
    struct at at = at4("0.0.0.0", 0), who = {.len = sizeof who.a};
    OK(s_bind(l, SA(at), at.len));
    OK(s_listen(l, 1));
    at = name_of(l);
    struct at to = at6("::ffff:192.0.2.2", port_in(&at));
    OK(s_connect(c, SA(to), to.len));
    MUST(await(l, POLLIN));
    AT_LEAST(s_accept(l, SA(who), &who.len), 0);
    IS(who.a.ss_family, AF_INET);
    struct at name = name_of(c), want = at6("::ffff:192.0.2.1", port_in(&name));
    IS(same_at(&name, &want), true);
}

CASE(mapped_bound_v6_peer, "bound to a mapped address, no IPv6 peer can be reached")
{
    int fd = v6_new(CLIENT);
    struct at at = at6("::ffff:192.0.2.1", 0), to = at6("2001:db8::2", 80);
    OK(s_bind(fd, SA(at), at.len));
    FAILS(s_connect(fd, SA(to), to.len), EAFNOSUPPORT);
}

CASE(v6_bound_mapped_peer, "bound to an IPv6 address, no mapped peer")
{
    int fd = v6_new(CLIENT);
    struct at at = at6("2001:db8::1", 0), to = at6("::ffff:192.0.2.2", 80);
    OK(s_bind(fd, SA(at), at.len));
    FAILS(s_connect(fd, SA(to), to.len), ENETUNREACH);
}

CASE(any_connects_mapped, "bound to [::], both")
{
    uint16_t port = 0;
    dual(0, &port);
    int fd = v6_new(CLIENT);
    struct at at = at6("::", 0), to = at6("::ffff:192.0.2.2", port);
    OK(s_bind(fd, SA(at), at.len));
    OK(s_connect(fd, SA(to), to.len));
}

CASE(v6_fields, "scope and flow are 0 in what getpeername() says")
{
    uint16_t port = 0;
    int l = dual(0, &port), c = v6_new(CLIENT);
    struct at to = at6("2001:db8::2", port);
    OK(s_connect(c, SA(to), to.len));
    MUST(await(l, POLLIN));
    struct at peer = peer_of(s_accept(l, NULL, NULL));
    const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)&peer.a;
    IS(a->sin6_scope_id, 0);
    IS(a->sin6_flowinfo, 0);
}
