/* Options that are more than a number, and what some of them do. */
#include "cases.h"

CASE(maxseg_range, "TCP_MAXSEG: 88 to 32767")
{
    int fd = tcp_new(CLIENT);
    OK(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 88));
    OK(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 32767));
    OK(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 0)); /* none of one's own */
}

CASE_ALL(maxseg_connected, "TCP_MAXSEG of a connection is what a segment carries: timestamps are taken off")
{
    struct pair p = pair_new();
    int head = family == V6 ? 60 : 40;
    IS(option(p.c, IPPROTO_TCP, TCP_MAXSEG), 1500 - head - 12);
    IS(option(p.s, IPPROTO_TCP, TCP_MAXSEG), 1500 - head - 12);
}

CASE(maxseg_peer, "a smaller one that the peer has offered binds us")
{
    int l = bound_new(SERVER);
    OK(set_int(l, IPPROTO_TCP, TCP_MAXSEG, 600));
    OK(s_listen(l, 1));
    int c = client_of(l);
    IS(option(c, IPPROTO_TCP, TCP_MAXSEG), 588);
}

CASE(linger2_zero, "TCP_LINGER2 0 is the default again")
{
    int fd = tcp_new(CLIENT);
    OK(set_int(fd, IPPROTO_TCP, TCP_LINGER2, 5));
    OK(set_int(fd, IPPROTO_TCP, TCP_LINGER2, 0));
    IS(option(fd, IPPROTO_TCP, TCP_LINGER2), 60);
}

CASE(clamp_zero, "TCP_WINDOW_CLAMP 0: only when not connected")
{
    struct pair p = pair_new();
    int fd = tcp_new(CLIENT);
    OK(set_int(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0));
    FAILS(set_int(p.c, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0), EINVAL);
}

CASE(congestion_name, "TCP_CONGESTION: a name in 16 bytes; one that is unknown")
{
    char name[32] = "";
    socklen_t len = sizeof name;
    int fd = tcp_new(CLIENT);
    OK(s_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    OK(s_getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
    IS(len, 16);
    IS(strcmp(name, "reno"), 0);
    FAILS(s_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "nobody", 6), ENOENT);
    FAILS(s_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "", 0), EINVAL);
    len = 3;
    OK(s_getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
    IS(len, 3);
}

CASE(repair, "TCP_REPAIR, which moves a connection to another stack")
{
    struct pair p = pair_new();
    int value = 1;
    socklen_t len = sizeof value;
    DIFFERS(set_int(p.c, IPPROTO_TCP, TCP_REPAIR, 1), GIVES(0), REFUSES(ENOPROTOOPT), "connections are not moved by options");
    DIFFERS(s_getsockopt(p.c, IPPROTO_TCP, TCP_REPAIR, &value, &len), GIVES(0), REFUSES(ENOPROTOOPT), "see above");
}

CASE(syncnt_default, "TCP_SYNCNT of a fresh socket")
{
    DIFFERS(option(tcp_new(CLIENT), IPPROTO_TCP, TCP_SYNCNT), GIVES(6), GIVES(7),
            "RFC 9293 MUST-23 asks for at least 180 s before an attempt is given up; 6 are 127 s");
}

CASE(incoming_cpu, "SO_INCOMING_CPU of a fresh socket")
{
    int fd = tcp_new(CLIENT), cpu = 0;
    socklen_t len = sizeof cpu;
    DIFFERS(s_getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &len), GIVES(0), REFUSES(ENOPROTOOPT),
            "packets have no processor of their own");
}

CASE(ulp, "TCP_ULP: no layer above TCP of this name")
{
    struct pair p = pair_new();
    DIFFERS(s_setsockopt(p.c, IPPROTO_TCP, TCP_ULP, "nobody", 6), REFUSES(ENOENT), REFUSES(ENOPROTOOPT),
            "there are no layers above TCP");
}

CASE(timeouts, "SO_RCVTIMEO and SO_SNDTIMEO: 0 at first, what was set after")
{
    int fd = tcp_new(CLIENT), names[2] = {SO_RCVTIMEO, SO_SNDTIMEO};
    for (int i = 0; i < 2; i++) {
        struct timeval t = {9, 9}, in = {3, 200000};
        socklen_t len = sizeof t;
        OK(s_getsockopt(fd, SOL_SOCKET, names[i], &t, &len));
        IS(t.tv_sec + t.tv_usec, 0);
        IS(len, sizeof t);
        OK(s_setsockopt(fd, SOL_SOCKET, names[i], &in, sizeof in));
        OK(s_getsockopt(fd, SOL_SOCKET, names[i], &t, &len));
        IS(t.tv_sec, 3);
        IS(t.tv_usec, 200000);
    }
}

CASE(timeouts_bad, "microseconds that are none: EDOM; a length that is too short: EINVAL")
{
    int fd = tcp_new(CLIENT);
    struct timeval much = {1, 1000000}, less = {1, -1};
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &much, sizeof much), EDOM);
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &less, sizeof less), EDOM);
    FAILS(s_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &much, 4), EINVAL);
}

CASE(timeouts_negative, "negative seconds: no waiting at all")
{
    char b;
    struct pair p = pair_new();
    struct timeval t = {-1, 0};
    OK(s_setsockopt(p.c, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    FAILS(s_recv(p.c, &b, 1, 0), EAGAIN);
}

CASE(rcvlowat_poll, "SO_RCVLOWAT: readable only with that much")
{
    struct pair p = pair_new();
    OK(set_int(p.s, SOL_SOCKET, SO_RCVLOWAT, 10));
    arrive(&p, "12345", 5);
    IS(ready_for(p.s, POLLIN), 0);
    IS(s_send(p.c, "67890", 5, 0), 5);
    IS(await(p.s, POLLIN), true);
}

CASE(rcvlowat_recv, "SO_RCVLOWAT: recv() waits for that much, but gives less than was asked for")
{
    char buf[20];
    struct pair p = pair_new();
    OK(set_int(p.s, SOL_SOCKET, SO_RCVLOWAT, 4));
    IS(s_send(p.c, "123456", 6, 0), 6);
    IS(s_recv(p.s, buf, sizeof buf, 0), 6);
}

CASE(notsent_lowat_poll, "TCP_NOTSENT_LOWAT: not writable while more than that is unsent")
{
    struct pair p = pair_new();
    OK(set_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1));
    IS(ready_for(p.c, POLLOUT), POLLOUT);
    size_t n = fill(p.c);
    IS(ready_for(p.c, POLLOUT), 0);
    IS(drain(p.s, n), n);
    IS(await(p.c, POLLOUT), true);
}

CASE(ip_mtu_unconnected, "IP_MTU needs a connection")
{
    int fd = s_socket(CLIENT, AF_INET, SOCK_STREAM, 0), value = 0;
    socklen_t len = sizeof value;
    FAILS(s_getsockopt(fd, IPPROTO_IP, IP_MTU, &value, &len), ENOTCONN);
    FAILS(set_int(fd, IPPROTO_IP, IP_MTU, 1400), ENOPROTOOPT);
}

CASE_ALL(mtu_connected, "IP_MTU and IPV6_MTU of a connection")
{
    struct pair p = pair_new();
    if (family != V6) IS(option(p.c, IPPROTO_IP, IP_MTU), 1500);
    if (family == V6) IS(option(p.c, IPPROTO_IPV6, IPV6_MTU), 1500);
}

CASE(freebind_foreign, "IP_FREEBIND: an address that is not ours may be bound")
{
    int fd = tcp_new(SERVER);
    struct at at = foreign_at(4900);
    OK(set_int(fd, IPPROTO_IP, IP_FREEBIND, 1));
    OK(s_bind(fd, SA(at), at.len));
}

CASE(transparent_foreign, "so may it with IP_TRANSPARENT")
{
    int fd = tcp_new(SERVER);
    struct at at = foreign_at(4901);
    OK(set_int(fd, IPPROTO_IP, IP_TRANSPARENT, 1));
    OK(s_bind(fd, SA(at), at.len));
}

CASE(v6only_late, "IPV6_V6ONLY cannot be changed once the socket is bound")
{
    int fd = s_socket(SERVER, AF_INET6, SOCK_STREAM, 0);
    struct at at = at6("::", 0);
    OK(s_bind(fd, SA(at), at.len));
    FAILS(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), EINVAL);
}

CASE(bindtodevice, "SO_BINDTODEVICE: a device that does not exist")
{
    int fd = tcp_new(CLIENT);
    DIFFERS(s_setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "nowhere0", 8), REFUSES(ENODEV), REFUSES(ENOPROTOOPT),
            "interfaces have no names");
}

CASE(saved_syn, "TCP_SAVED_SYN: the SYN of a connection, headers and all, once")
{
    unsigned char syn[128];
    socklen_t len = sizeof syn;
    int l = bound_new(SERVER);
    OK(set_int(l, IPPROTO_TCP, TCP_SAVE_SYN, 1));
    OK(s_listen(l, 1));
    struct at c = name_of(client_of(l));
    MUST(await(l, POLLIN));
    int s = s_accept(l, NULL, NULL);
    OK(s_getsockopt(s, IPPROTO_TCP, TCP_SAVED_SYN, syn, &len));
    AT_LEAST(len, 40);
    IS(syn[0] >> 4, 4);
    IS(syn[20] << 8 | syn[21], port_in(&c));
    IS(syn[33] & 0x3f, 0x02);
    len = sizeof syn;
    OK(s_getsockopt(s, IPPROTO_TCP, TCP_SAVED_SYN, syn, &len));
    IS(len, 0);
}

CASE(saved_syn_short, "TCP_SAVED_SYN into too little room: EINVAL and the length; it stays")
{
    unsigned char syn[128];
    socklen_t len = 10;
    int l = bound_new(SERVER);
    OK(set_int(l, IPPROTO_TCP, TCP_SAVE_SYN, 1));
    OK(s_listen(l, 1));
    client_of(l);
    MUST(await(l, POLLIN));
    int s = s_accept(l, NULL, NULL);
    FAILS(s_getsockopt(s, IPPROTO_TCP, TCP_SAVED_SYN, syn, &len), EINVAL);
    AT_LEAST(len, 40);
    OK(s_getsockopt(s, IPPROTO_TCP, TCP_SAVED_SYN, syn, &len));
    AT_LEAST(len, 40);
}

CASE(saved_syn_unasked, "TCP_SAVED_SYN that nobody saved")
{
    unsigned char syn[128];
    socklen_t len = sizeof syn;
    struct pair p = pair_new();
    OK(s_getsockopt(p.s, IPPROTO_TCP, TCP_SAVED_SYN, syn, &len));
    IS(len, 0);
    FAILS(set_int(p.s, IPPROTO_TCP, TCP_SAVED_SYN, 1), ENOPROTOOPT);
}

CASE(defer_accept, "TCP_DEFER_ACCEPT: accepted when data has come")
{
    int l = bound_new(SERVER);
    OK(set_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5));
    OK(s_listen(l, 2));
    int c = client_of(l);
    IS(ready(l), 0);
    IS(s_send(c, "x", 1, 0), 1);
    IS(await(l, POLLIN), true);
}

static int md5_for(int fd, struct at peer, const char *text)
{
    struct tcp_md5sig key = {.tcpm_keylen = (uint16_t)strlen(text)};
    memcpy(&key.tcpm_addr, &peer.a, sizeof key.tcpm_addr);
    memcpy(key.tcpm_key, text, strlen(text));
    return s_setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key);
}

CASE(md5_roundtrip, "TCP_MD5SIG: both with the same key talk to each other")
{
    int l = bound_new(SERVER);
    OK(md5_for(l, client_at(0), "secret"));
    OK(s_listen(l, 1));
    struct pair p = {l, tcp_new(CLIENT), -1};
    struct at to = listener_at(l);
    OK(md5_for(p.c, server_at(0), "secret"));
    OK(s_connect(p.c, SA(to), to.len));
    MUST(await(l, POLLIN) && (p.s = s_accept(l, NULL, NULL)) >= 0);
    arrive(&p, "x", 1);
    OK(md5_for(p.s, client_at(0), "")); /* what was accepted has the key, and can drop it */
    FAILS(md5_for(p.s, client_at(0), ""), ENOENT);
}

CASE(md5_wrong_key, "with another key nobody is heard")
{
    int l = bound_new(SERVER), c = tcp_nonblock(CLIENT);
    OK(md5_for(l, client_at(0), "secret"));
    OK(s_listen(l, 1));
    struct at to = listener_at(l);
    OK(md5_for(c, server_at(0), "wrong!"));
    FAILS(s_connect(c, SA(to), to.len), EINPROGRESS);
    struct pollfd p = {.fd = c, .events = POLLOUT};
    IS(s_poll(&p, 1, 100), 0);
    IS(ready(l), 0);
}

CASE(md5_bounds, "TCP_MD5SIG: a key that is too long, a key that is not there, a length")
{
    int fd = tcp_new(CLIENT);
    struct at at = server_at(0);
    struct tcp_md5sig key = {.tcpm_keylen = 81};
    memcpy(&key.tcpm_addr, &at.a, sizeof key.tcpm_addr);
    FAILS(s_setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key), EINVAL);
    FAILS(s_setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key - 1), EINVAL);
    key.tcpm_keylen = 0;
    FAILS(s_setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key), ENOENT);
}
