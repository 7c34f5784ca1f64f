/* The services of `tern serve bench` (echo 7, a byte and close 8, discard 9, chargen 19) once more, by the sockets' calls, to see
 * what those cost: one thread, one epoll set, a net that the caller runs.
 *
 *     sock DEVICE MTU plain|offloads copied|borrowed ADDRESS KERNELS-ADDRESS
 *
 * A call sends at once what it made due, and chargen's block is short: MSG_MORE says that the next call follows, until there is
 * no room.
 *
 * copied: tern_recv() and tern_send(). borrowed: tern_recv_borrow(), tern_send_give() and tern_send_static(). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <tern/sock.h>

#define DIE(...) (fprintf(stderr, "sock: " __VA_ARGS__), fputc('\n', stderr), exit(1))
#define LISTENS  (UINT64_C(1) << 63)

enum { ECHO = 7, CRR = 8, DISCARD = 9, CHARGEN = 19 };
enum { BLOCK_LEN = 1 << 20, CHARGEN_LEN = 267140 /* as that of `tern serve bench` */, EVENTS_MAX = 64, BACKLOG = 1 << 18 };

static uint8_t block[BLOCK_LEN];
static struct tern_net *net;
static int epoll;
static bool borrowed;

static void open_net(char **argv)
{
    char err[200];
    struct tern_tun_config tun = {.name = argv[1], .mtu = (uint32_t)strtoul(argv[2], NULL, 10), .up = true};
    struct tern_if_config nic = {.prefix_len = {24}, .addr_n = 1};
    tun.plain = strcmp(argv[3], "plain") == 0;
    tun.prefix_len[0] = 24;
    tun.peer_n = 1;
    borrowed = strcmp(argv[4], "borrowed") == 0;
    if (tern_addr_parse(argv[5], &nic.addr[0]) < 0 || tern_addr_parse(argv[6], &tun.peer[0]) < 0) DIE("not an address");
    struct tern_link *link = tern_tun_open(&tun, err, sizeof err);
    if (!link) DIE("%s", err);
    net = tern_net_new(&(struct tern_net_config){.thread = false});
    if (!net || tern_net_add_link(net, link, &nic) < 0) DIE("%s", strerror(errno));
}

static void watch(int fd, uint32_t events, uint64_t tag)
{
    struct epoll_event e = {.events = events, .data.u64 = tag | (uint32_t)fd};
    if (tern_epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0) DIE("epoll_ctl: %s", strerror(errno));
}

static void listen_at(int port)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = tern_socket(net, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (tern_bind(fd, (const struct sockaddr *)&here, sizeof here) < 0 || tern_listen(fd, BACKLOG) < 0)
        DIE("%s", strerror(errno));
    watch(fd, EPOLLIN, (uint64_t)port << 32 | LISTENS);
}

static void accept_all(int listener, int port)
{
    int fd, on = 1;
    while ((fd = tern_accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (port == ECHO) tern_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(fd, port == CHARGEN ? EPOLLIN | EPOLLOUT : EPOLLIN, (uint64_t)port << 32);
    }
}

static bool later(ssize_t n) { return n > 0 || (n < 0 && errno == EAGAIN); }

/* These return false when the connection is over. */

static bool take_borrowed(int fd)
{
    struct tern_buf *b;
    while ((b = tern_recv_borrow(fd, 0)) != NULL) tern_release(net, b);
    return errno == EAGAIN;
}

static bool echo_borrowed(int fd)
{
    struct tern_buf *b = tern_recv_borrow(fd, 0);
    if (!b) return errno == EAGAIN;
    ssize_t n = b->len >= b->cap / 4 ? tern_send_give(fd, b, MSG_NOSIGNAL) : tern_send(fd, b->data, b->len, MSG_NOSIGNAL);
    if (n < 0 || b->len < b->cap / 4) tern_release(net, b);
    return n > 0;
}

static ssize_t generate(int fd)
{
    ssize_t n;
    do n = (borrowed ? tern_send_static : tern_send)(fd, block, CHARGEN_LEN, MSG_NOSIGNAL | MSG_MORE);
    while (n > 0);
    return n;
}

static bool serve(int fd, int port)
{
    if (port == CHARGEN) return later(generate(fd));
    if (port == DISCARD && borrowed) return take_borrowed(fd);
    if (port == ECHO && borrowed) return echo_borrowed(fd);
    ssize_t n = tern_recv(fd, block, BLOCK_LEN, 0);
    if (n <= 0 || port == DISCARD) return later(n);
    if (port == ECHO) return tern_send(fd, block, (size_t)n, MSG_NOSIGNAL) == n;
    tern_send(fd, block, 1, MSG_NOSIGNAL | MSG_MORE); /* the FIN goes with it */
    return false;
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    if (argc != 7) DIE("DEVICE MTU plain|offloads copied|borrowed ADDRESS KERNELS-ADDRESS");
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    memset(block, 'x', sizeof block);
    open_net(argv);
    epoll = tern_epoll_create1(net, 0);
    const int ports[] = {ECHO, CRR, DISCARD, CHARGEN};
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) listen_at(ports[i]);
    fprintf(stderr, "sock: serving\n");
    for (;;) {
        struct epoll_event e[EVENTS_MAX];
        int n = tern_epoll_wait(epoll, e, EVENTS_MAX, -1);
        for (int i = 0; i < n; i++) {
            int fd = (int)(uint32_t)e[i].data.u64, port = (int)(e[i].data.u64 >> 32 & 0xffff);
            if (e[i].data.u64 & LISTENS)
                accept_all(fd, port);
            else if (!serve(fd, port))
                tern_close(fd);
        }
    }
}
