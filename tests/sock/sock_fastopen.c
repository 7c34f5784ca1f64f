/* TCP Fast Open by its calls (RFC 7413). */
#include "cases.h"

/* A listener with a queue for Fast Open. */
static int fast_listener(void)
{
    int l = bound_new(SERVER);
    MUST(set_int(l, IPPROTO_TCP, TCP_FASTOPEN, 5) == 0);
    MUST(s_listen(l, 5) == 0);
    return l;
}

static int fast_client(int l)
{
    int c = tcp_new(CLIENT);
    struct at at = listener_at(l);
    IS(s_sendto(c, "fast", 4, MSG_FASTOPEN, SA(at), at.len), 4);
    return c;
}

static int accepted(int l)
{
    MUST(await(l, POLLIN));
    int s = s_accept(l, NULL, NULL);
    MUST(s >= 0);
    return s;
}

/* The first of them: the kernel, whose world lasts longer than a case, has no cookie yet. */
CASE(fastopen_nonblock, "without blocking: EINPROGRESS while the cookie is asked for")
{
    int l = fast_listener(), c = tcp_nonblock(CLIENT);
    struct at at = listener_at(l);
    FAILS(s_sendto(c, "fast", 4, MSG_FASTOPEN, SA(at), at.len), EINPROGRESS);
    MUST(await(c, POLLOUT));
    IS(option(c, SOL_SOCKET, SO_ERROR), 0);
}

CASE_ALL(fastopen_send, "MSG_FASTOPEN connects and sends; with or without a cookie all arrives once")
{
    char buf[8];
    int l = fast_listener();
    for (int i = 0; i < 2; i++) {
        fast_client(l);
        int s = accepted(l);
        MUST(await_readable(s, 4));
        IS(s_recv(s, buf, sizeof buf, 0), 4);
        IS(memcmp(buf, "fast", 4), 0);
    }
}

CASE(fastopen_data_in_syn, "the second time, the SYN itself carries the data")
{
    struct tcp_info i;
    socklen_t len = sizeof i;
    int l = fast_listener(), first = fast_client(l);
    accepted(l);
    MUST(await_acked(first));
    int c = fast_client(l);
    accepted(l);
    MUST(await_acked(c));
    OK(s_getsockopt(c, IPPROTO_TCP, TCP_INFO, &i, &len));
    IS(i.tcpi_options & 32, 32); /* TCPI_OPT_SYN_DATA */
}

CASE(fastopen_connected, "on a connected socket MSG_FASTOPEN is EISCONN")
{
    struct pair p = pair_new();
    struct at at = listener_at(p.l);
    FAILS(s_sendto(p.c, "x", 1, MSG_FASTOPEN, SA(at), at.len), EISCONN);
}

CASE(fastopen_no_address, "MSG_FASTOPEN without an address")
{
    FAILS(s_send(tcp_new(CLIENT), "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL), EINVAL);
}

CASE(fastopen_bad_family, "MSG_FASTOPEN to an address of another family")
{
    struct at at = at6("2001:db8::2", 80);
    int fd = s_socket(CLIENT, AF_INET, SOCK_STREAM, 0);
    FAILS(s_sendto(fd, "x", 1, MSG_FASTOPEN, SA(at), at.len), EAFNOSUPPORT);
}

CASE_ALL(fastopen_refused, "MSG_FASTOPEN to nobody")
{
    struct at at = server_at(REFUSED_PORT);
    FAILS(s_sendto(tcp_new(CLIENT), "x", 1, MSG_FASTOPEN, SA(at), at.len), ECONNREFUSED);
}

CASE_ALL(fastopen_connect, "TCP_FASTOPEN_CONNECT: connect() returns at once, the first write connects")
{
    char buf[8];
    int l = fast_listener();
    fast_client(l); /* brings a cookie */
    accepted(l);
    int c = tcp_new(CLIENT);
    struct at at = listener_at(l);
    OK(set_int(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
    OK(s_connect(c, SA(at), at.len));
    IS(s_write(c, "late", 4), 4);
    int s = accepted(l);
    MUST(await_readable(s, 4));
    IS(s_recv(s, buf, sizeof buf, 0), 4);
    IS(memcmp(buf, "late", 4), 0);
}

CASE(fastopen_key, "TCP_FASTOPEN_KEY: one key of 16 bytes or two")
{
    unsigned char key[64], out[64] = {0};
    socklen_t len = 16;
    int l = bound_new(SERVER);
    for (size_t i = 0; i < sizeof key; i++) key[i] = (unsigned char)(i + 1);
    OK(s_setsockopt(l, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 16));
    OK(s_getsockopt(l, IPPROTO_TCP, TCP_FASTOPEN_KEY, out, &len));
    IS(len, 16);
    IS(memcmp(key, out, 16), 0);
    OK(s_setsockopt(l, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 32));
    len = sizeof out;
    OK(s_getsockopt(l, IPPROTO_TCP, TCP_FASTOPEN_KEY, out, &len));
    IS(len, 32);
    IS(memcmp(key, out, 32), 0);
    FAILS(s_setsockopt(l, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 15), EINVAL);
    FAILS(s_setsockopt(l, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 17), EINVAL);
}

CASE(fastopen_option_states, "TCP_FASTOPEN is for sockets that listen or will; TCP_FASTOPEN_CONNECT for those that do not yet")
{
    struct pair p = pair_new();
    FAILS(set_int(p.c, IPPROTO_TCP, TCP_FASTOPEN, 5), EINVAL);
    FAILS(set_int(p.c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), EINVAL);
    OK(set_int(p.l, IPPROTO_TCP, TCP_FASTOPEN, 5));
}
