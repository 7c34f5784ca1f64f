/* getsockopt() and setsockopt(): each option's default, its round trip, its bounds; most of it is a table, a case a row. */
#include <netinet/ip.h>

#include "cases.h"

struct value {
    bool there;
    int set, get; /* set to the first, it is the second */
};

/* An int option of a fresh socket. */
struct row {
    bool v6;
    int level, name;
    struct value first; /* what it is without being set */
    struct value values[2];
    int bad[3]; /* refused with |error| (0: EINVAL), and unchanged; those that are not 0 */
    int error;
    bool boolean; /* any value but 0 is 1 */
};

static void set_and_look(int fd, const struct row *r, int set, int get)
{
    OK(set_int(fd, r->level, r->name, set));
    IS(option(fd, r->level, r->name), get);
}

static void run_row(const void *arg)
{
    const struct row *r = arg;
    int fd = s_socket(CLIENT, r->v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    MUST(fd >= 0);
    if (r->first.there) IS(option(fd, r->level, r->name), r->first.get);
    for (size_t i = 0; i < 2; i++)
        if (r->values[i].there) set_and_look(fd, r, r->values[i].set, r->values[i].get);
    for (size_t i = 0; i < sizeof r->bad / sizeof r->bad[0]; i++) {
        if (r->bad[i] == 0) continue;
        int before = option(fd, r->level, r->name);
        FAILS(set_int(fd, r->level, r->name, r->bad[i]), r->error ? r->error : EINVAL);
        IS(option(fd, r->level, r->name), before);
    }
    if (!r->boolean) return;
    set_and_look(fd, r, 1, 1);
    set_and_look(fd, r, 0, 0);
    set_and_look(fd, r, 5, 1);
    set_and_look(fd, r, -1, 1);
}

#define ROW(id, text_, ...)                                                                                                      \
    __attribute__((constructor)) static void id##_add(void)                                                                      \
    {                                                                                                                            \
        static const struct row row = {__VA_ARGS__};                                                                             \
        static const struct sock_case c = {__FILE__, #id, text_, run_row, &row, false};                                          \
        case_add(&c);                                                                                                            \
    }
#define SOCKET(n)      .level = SOL_SOCKET, .name = n
#define TCP(n)         .level = IPPROTO_TCP, .name = n
#define IP(n)          .level = IPPROTO_IP, .name = n
#define IP6(n)         .v6 = true, .level = IPPROTO_IPV6, .name = n
#define V6_SOCKET      .v6 = true
#define FIRST(n)       .first = {true, 0, n}
#define SET(set, get)  .values[0] = {true, set, get}
#define THEN(set, get) .values[1] = {true, set, get}
#define BAD(...)       .bad = {__VA_ARGS__}
#define ERROR(e)       .error = e
#define BOOLEAN        .boolean = true

ROW(so_reuseaddr, "SO_REUSEADDR is on or off", SOCKET(SO_REUSEADDR), FIRST(0), BOOLEAN)
ROW(so_reuseport, "SO_REUSEPORT is on or off", SOCKET(SO_REUSEPORT), FIRST(0), BOOLEAN)
ROW(so_keepalive, "SO_KEEPALIVE is on or off", SOCKET(SO_KEEPALIVE), FIRST(0), BOOLEAN)
ROW(so_oobinline, "SO_OOBINLINE is off at first", SOCKET(SO_OOBINLINE), FIRST(0), BOOLEAN)
ROW(so_type, "SO_TYPE is told", SOCKET(SO_TYPE), FIRST(SOCK_STREAM), BAD(SOCK_DGRAM), ERROR(ENOPROTOOPT))
ROW(so_domain, "SO_DOMAIN is told", SOCKET(SO_DOMAIN), FIRST(AF_INET), BAD(AF_INET6), ERROR(ENOPROTOOPT))
ROW(so_domain6, "SO_DOMAIN of IPv6", SOCKET(SO_DOMAIN), V6_SOCKET, FIRST(AF_INET6))
ROW(so_protocol, "SO_PROTOCOL is TCP, though 0 was asked for", SOCKET(SO_PROTOCOL), FIRST(IPPROTO_TCP), BAD(IPPROTO_UDP),
    ERROR(ENOPROTOOPT))
ROW(so_acceptconn, "SO_ACCEPTCONN cannot be set", SOCKET(SO_ACCEPTCONN), FIRST(0), BAD(1), ERROR(ENOPROTOOPT))
ROW(so_error, "SO_ERROR cannot be set", SOCKET(SO_ERROR), FIRST(0), BAD(1), ERROR(ENOPROTOOPT))
ROW(so_priority, "SO_PRIORITY", SOCKET(SO_PRIORITY), FIRST(0), SET(6, 6), THEN(0, 0))
ROW(so_max_pacing_rate, "SO_MAX_PACING_RATE", SOCKET(SO_MAX_PACING_RATE), FIRST(-1), SET(1000000, 1000000), THEN(-1, -1))
ROW(so_mark, "SO_MARK", SOCKET(SO_MARK), FIRST(0), SET(1234, 1234), THEN(-1, -1))
ROW(so_rcvlowat, "SO_RCVLOWAT: 1 at first, and for 0", SOCKET(SO_RCVLOWAT), FIRST(1), SET(100, 100), THEN(0, 1))
ROW(so_sndlowat, "SO_SNDLOWAT is told, not set", SOCKET(SO_SNDLOWAT), FIRST(1), BAD(2), ERROR(ENOPROTOOPT))
ROW(so_sndbuf_doubled, "SO_SNDBUF is doubled", SOCKET(SO_SNDBUF), SET(20000, 40000), THEN(60000, 120000))
ROW(so_rcvbuf_doubled, "SO_RCVBUF is doubled", SOCKET(SO_RCVBUF), SET(20000, 40000), THEN(60000, 120000))
ROW(so_sndbuf_least, "SO_SNDBUF has a least value", SOCKET(SO_SNDBUF), SET(1, 4608), THEN(0, 4608))
ROW(so_rcvbuf_least, "SO_RCVBUF has a least value", SOCKET(SO_RCVBUF), SET(1, 2304), THEN(0, 2304))
ROW(so_timestamp, "SO_TIMESTAMP is on or off", SOCKET(SO_TIMESTAMP), FIRST(0), BOOLEAN)

ROW(tcp_nodelay, "TCP_NODELAY is on or off", TCP(TCP_NODELAY), FIRST(0), BOOLEAN)
ROW(tcp_cork, "TCP_CORK is on or off", TCP(TCP_CORK), FIRST(0), BOOLEAN)
ROW(tcp_maxseg, "TCP_MAXSEG of a fresh socket is 536; a value set shows when connected", TCP(TCP_MAXSEG), FIRST(536),
    BAD(87, -1, 32768))
ROW(tcp_keepidle, "TCP_KEEPIDLE: 2 hours; 1 to 32767 s", TCP(TCP_KEEPIDLE), FIRST(7200), SET(1, 1), BAD(-1, 32768),
    THEN(32767, 32767))
ROW(tcp_keepintvl, "TCP_KEEPINTVL: 75 s; 1 to 32767 s", TCP(TCP_KEEPINTVL), FIRST(75), SET(1, 1), BAD(-1, 32768),
    THEN(32767, 32767))
ROW(tcp_keepcnt, "TCP_KEEPCNT: 9; 1 to 127", TCP(TCP_KEEPCNT), FIRST(9), SET(1, 1), BAD(-1, 128), THEN(127, 127))
ROW(tcp_syncnt, "TCP_SYNCNT: 1 to 127", TCP(TCP_SYNCNT), SET(1, 1), BAD(-1, 128), THEN(127, 127))
ROW(tcp_linger2, "TCP_LINGER2: 60 s; negative: not at all", TCP(TCP_LINGER2), FIRST(60), SET(10, 10), THEN(-5, -1))
ROW(tcp_linger2_most, "TCP_LINGER2 above two minutes", TCP(TCP_LINGER2), SET(121, 120), THEN(120, 120))
ROW(tcp_defer_accept, "TCP_DEFER_ACCEPT is rounded to whole retransmissions", TCP(TCP_DEFER_ACCEPT), FIRST(0), SET(1, 1),
    THEN(4, 7))
ROW(tcp_window_clamp, "TCP_WINDOW_CLAMP has a least value", TCP(TCP_WINDOW_CLAMP), SET(5000, 5000), THEN(1, 1152))
ROW(tcp_quickack, "TCP_QUICKACK is on at first", TCP(TCP_QUICKACK), FIRST(1), SET(0, 0), THEN(1, 1))
ROW(tcp_user_timeout, "TCP_USER_TIMEOUT in milliseconds, not negative", TCP(TCP_USER_TIMEOUT), FIRST(0), SET(5000, 5000), BAD(-1),
    THEN(0, 0))
ROW(tcp_notsent_lowat, "TCP_NOTSENT_LOWAT: 0 until it is set", TCP(TCP_NOTSENT_LOWAT), FIRST(0), SET(16384, 16384), THEN(0, 0))
ROW(tcp_timestamp, "TCP_TIMESTAMP is read; only repair sets it", TCP(TCP_TIMESTAMP), BAD(5), ERROR(EPERM))
ROW(tcp_fastopen_connect, "TCP_FASTOPEN_CONNECT is 0 or 1", TCP(TCP_FASTOPEN_CONNECT), FIRST(0), SET(1, 1), BAD(2, -1),
    THEN(0, 0))
ROW(tcp_fastopen_queue, "TCP_FASTOPEN: how many may wait", TCP(TCP_FASTOPEN), FIRST(0), SET(5, 5), BAD(-1))
ROW(tcp_save_syn, "TCP_SAVE_SYN is 0, 1 or 2", TCP(TCP_SAVE_SYN), FIRST(0), SET(1, 1), BAD(-1, 3), THEN(0, 0))

ROW(ip_tos, "IP_TOS", IP(IP_TOS), FIRST(0), SET(0x10, 0x10), THEN(0, 0))
ROW(ip_tos_ecn, "IP_TOS: the bits of ECN are TCP's own", IP(IP_TOS), SET(0xff, 0xfc))
ROW(ip_ttl, "IP_TTL: 64; 1 to 255; -1: the default", IP(IP_TTL), FIRST(64), SET(1, 1), BAD(256, -2), THEN(-1, 64))
ROW(ip_mtu_discover, "IP_MTU_DISCOVER", IP(IP_MTU_DISCOVER), FIRST(IP_PMTUDISC_WANT), SET(IP_PMTUDISC_DONT, IP_PMTUDISC_DONT),
    BAD(-1, 6), THEN(IP_PMTUDISC_DO, IP_PMTUDISC_DO))
ROW(ip_mtu_discover_probe, "IP_PMTUDISC_PROBE", IP(IP_MTU_DISCOVER), SET(IP_PMTUDISC_PROBE, IP_PMTUDISC_PROBE))
ROW(ip_recverr, "IP_RECVERR is on or off", IP(IP_RECVERR), FIRST(0), BOOLEAN)
ROW(ip_freebind, "IP_FREEBIND is on or off", IP(IP_FREEBIND), FIRST(0), BOOLEAN)
ROW(ip_transparent, "IP_TRANSPARENT is on or off", IP(IP_TRANSPARENT), FIRST(0), BOOLEAN)
ROW(ip_bind_no_port, "IP_BIND_ADDRESS_NO_PORT is on or off", IP(IP_BIND_ADDRESS_NO_PORT), FIRST(0), BOOLEAN)

ROW(ipv6_v6only, "IPV6_V6ONLY is off at first", IP6(IPV6_V6ONLY), FIRST(0), BOOLEAN)
ROW(ipv6_unicast_hops, "IPV6_UNICAST_HOPS: 64; -1 to 255", IP6(IPV6_UNICAST_HOPS), FIRST(64), SET(3, 3), BAD(256, -2),
    THEN(-1, 64))
ROW(ipv6_tclass, "IPV6_TCLASS: 0; -1 to 255", IP6(IPV6_TCLASS), FIRST(0), SET(0x20, 0x20), BAD(256, -2), THEN(-1, 0))
ROW(ipv6_tclass_ecn, "IPV6_TCLASS: the bits of ECN are TCP's own", IP6(IPV6_TCLASS), SET(0xff, 0xfc))
ROW(ipv6_recverr, "IPV6_RECVERR is on or off", IP6(IPV6_RECVERR), FIRST(0), BOOLEAN)
ROW(ipv6_mtu_discover, "IPV6_MTU_DISCOVER", IP6(IPV6_MTU_DISCOVER), FIRST(IPV6_PMTUDISC_WANT),
    SET(IPV6_PMTUDISC_DO, IPV6_PMTUDISC_DO), BAD(-1, 6))
ROW(ipv6_freebind, "IPV6_FREEBIND is on or off", IP6(IPV6_FREEBIND), FIRST(0), BOOLEAN)
ROW(ipv6_transparent, "IPV6_TRANSPARENT is on or off", IP6(IPV6_TRANSPARENT), FIRST(0), BOOLEAN)
ROW(ip_tos_of_v6, "IP_TOS of an IPv6 socket, for its mapped peers", IP(IP_TOS), V6_SOCKET, FIRST(0), SET(0x08, 0x08))
ROW(ip_ttl_of_v6, "IP_TTL of an IPv6 socket, for its mapped peers", IP(IP_TTL), V6_SOCKET, FIRST(64), SET(9, 9))

/* ---- what every option has in common ---- */

CASE(option_unknown, "an option, a level that do not exist")
{
    int fd = tcp_new(CLIENT), one = 1;
    socklen_t len = sizeof one;
    FAILS(set_int(fd, SOL_SOCKET, 9999, 1), ENOPROTOOPT);
    FAILS(set_int(fd, IPPROTO_TCP, 9999, 1), ENOPROTOOPT);
    FAILS(set_int(fd, IPPROTO_IP, 9999, 1), ENOPROTOOPT);
    FAILS(s_getsockopt(fd, SOL_SOCKET, 9999, &one, &len), ENOPROTOOPT);
    FAILS(s_getsockopt(fd, IPPROTO_TCP, 9999, &one, &len), ENOPROTOOPT);
    FAILS(s_getsockopt(fd, IPPROTO_IP, 9999, &one, &len), ENOPROTOOPT);
}

CASE(option_unknown_level, "a level that does not exist")
{
    int fd = tcp_new(CLIENT), fd6 = s_socket(CLIENT, AF_INET6, SOCK_STREAM, 0), one = 1;
    socklen_t len = sizeof one;
    FAILS(set_int(fd, 250, 1, 1), ENOPROTOOPT);
    FAILS(s_getsockopt(fd, 250, 1, &one, &len), EOPNOTSUPP);
    FAILS(set_int(fd6, 250, 1, 1), ENOPROTOOPT);
    FAILS(s_getsockopt(fd6, 250, 1, &one, &len), ENOPROTOOPT);
}

CASE(option_v6_of_v4, "an IPv6 option of an IPv4 socket")
{
    int fd = s_socket(CLIENT, AF_INET, SOCK_STREAM, 0), one = 1;
    socklen_t len = sizeof one;
    FAILS(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), ENOPROTOOPT);
    FAILS(s_getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, &len), EOPNOTSUPP);
}

CASE(option_short, "a value shorter than an int")
{
    int fd = tcp_new(CLIENT);
    char c = 1;
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &c, 1), EINVAL);
    FAILS(s_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &c, 3), EINVAL);
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &c, 0), EINVAL);
}

CASE(option_ip_byte, "options of IP take a byte as well")
{
    int fd = tcp_new(CLIENT);
    unsigned char tos = 0x20, ttl = 33;
    OK(s_setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, 1));
    IS(option(fd, IPPROTO_IP, IP_TOS), 0x20);
    OK(s_setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, 1));
    IS(option(fd, IPPROTO_IP, IP_TTL), 33);
}

CASE(option_ip_byte_read, "and are read into one")
{
    int fd = tcp_new(CLIENT);
    unsigned char room[4] = {9, 9, 9, 9};
    socklen_t len = 1;
    OK(set_int(fd, IPPROTO_IP, IP_TTL, 77));
    OK(s_getsockopt(fd, IPPROTO_IP, IP_TTL, room, &len));
    IS(len, 1);
    IS(room[0], 77);
    IS(room[1], 9);
}

CASE(option_long, "a longer value: its first four bytes count")
{
    int fd = tcp_new(CLIENT), two[2] = {1, 7};
    OK(s_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, two, sizeof two));
    IS(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
}

CASE(option_read_cut, "getsockopt() into less room gives the first bytes")
{
    int fd = tcp_new(CLIENT);
    unsigned char room[4] = {9, 9, 9, 9};
    socklen_t len = 2;
    OK(set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 0x123));
    OK(s_getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, room, &len));
    IS(len, 2);
    IS(room[0], 0x23);
    IS(room[1], 0x01);
    IS(room[2], 9);
}

CASE(option_read_long, "getsockopt() into more room says how much it is")
{
    int fd = tcp_new(CLIENT), room[4] = {0};
    socklen_t len = sizeof room;
    OK(s_getsockopt(fd, SOL_SOCKET, SO_TYPE, room, &len));
    IS(len, sizeof(int));
    IS(room[0], SOCK_STREAM);
}

CASE(option_read_none, "room for nothing")
{
    int fd = tcp_new(CLIENT), value = 99;
    socklen_t len = 0;
    OK(s_getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    IS(len, 0);
    IS(value, 99);
}

CASE(option_negative_room, "a negative length")
{
    int fd = tcp_new(CLIENT), value = 1;
    socklen_t len = (socklen_t)-1;
    FAILS(s_getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len), EINVAL);
    FAILS(s_getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len), EINVAL);
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, (socklen_t)-1), EINVAL);
}

CASE(option_bad_pointers, "values and lengths that lead nowhere")
{
    int fd = tcp_new(CLIENT), value = 1;
    socklen_t len = sizeof value;
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, nowhere, sizeof(int)), EFAULT);
    FAILS(s_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, nowhere, sizeof(int)), EFAULT);
    FAILS(s_getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, nowhere, &len), EFAULT);
    FAILS(s_getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, nowhere), EFAULT);
    FAILS(s_getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, nowhere), EFAULT);
}
