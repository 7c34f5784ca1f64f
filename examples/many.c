/* An echo server for ten thousand connections at once: one thread, one edge-triggered epoll set.
 *
 *     cc -o many many.c $(pkg-config --cflags --libs tern)
 *     ulimit -n 20000; ./many tern0 192.0.2.2 192.0.2.1      as root, or in `unshare -Urn`; then: nc 192.0.2.2 7
 *
 * A line "N open" tells how many there are whenever that has grown by a thousand. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tern/sock.h>

#define DIE(...) (fprintf(stderr, "many: " __VA_ARGS__), fputc('\n', stderr), exit(1))

enum { EVENTS_MAX = 256, SAY_EVERY = 1000 };

static int epoll, open_n, said;

/* A net with a TUN device. It has no thread: it runs while tern_epoll_wait() waits. */
static struct tern_net *open_net(const char *device, const char *own, const char *kernel)
{
    char err[200];
    struct tern_tun_config tun = {.name = device, .up = true, .prefix_len = {24}, .peer_n = 1};
    struct tern_if_config nic = {.prefix_len = {24}, .addr_n = 1};
    if (tern_addr_parse(own, &nic.addr[0]) < 0 || tern_addr_parse(kernel, &tun.peer[0]) < 0) DIE("not an address");
    struct tern_link *link = tern_tun_open(&tun, err, sizeof err);
    if (!link) DIE("%s", err);
    struct tern_net *net = tern_net_new(&(struct tern_net_config){.thread = false});
    if (!net || tern_net_add_link(net, link, &nic) < 0) DIE("%s", strerror(errno));
    return net;
}

static void watch(int fd, uint32_t events)
{
    struct epoll_event e = {.events = events | EPOLLET, .data.fd = fd};
    if (tern_epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0) DIE("epoll_ctl: %s", strerror(errno));
}

static void accept_all(int listener)
{
    int fd;
    while ((fd = tern_accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0 || errno == ECONNABORTED) {
        if (fd < 0) continue;
        watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
        open_n++;
    }
    if (errno != EAGAIN) DIE("accept: %s", strerror(errno));
    if (open_n < said + SAY_EVERY) return;
    said = open_n - open_n % SAY_EVERY;
    fprintf(stderr, "%d open\n", said);
}

/* Reads as far as it can write. What the send buffer does not take waits in the receive buffer: EPOLLOUT will come. */
static void echo(int fd)
{
    char buf[16384];
    ssize_t n, sent;
    while ((n = tern_recv(fd, buf, sizeof buf, MSG_PEEK)) > 0) {
        sent = tern_send(fd, buf, (size_t)n, MSG_NOSIGNAL);
        if (sent <= 0 || tern_recv(fd, buf, (size_t)sent, MSG_TRUNC) != sent) break;
    }
    if (n != 0 && errno == EAGAIN) return;
    tern_close(fd); /* the set forgets it */
    open_n--;
}

int main(int argc, char **argv)
{
    if (argc != 4) DIE("usage: many DEVICE ADDRESS KERNELS-ADDRESS");
    struct tern_net *net = open_net(argv[1], argv[2], argv[3]);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(7)};
    int listener = tern_socket(net, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (tern_bind(listener, (const struct sockaddr *)&here, sizeof here) < 0 || tern_listen(listener, 4096) < 0)
        DIE("%s", strerror(errno));
    epoll = tern_epoll_create1(net, 0);
    watch(listener, EPOLLIN);
    fprintf(stderr, "many: %s port 7\n", argv[2]);
    for (;;) {
        struct epoll_event ready[EVENTS_MAX];
        int n = tern_epoll_wait(epoll, ready, EVENTS_MAX, -1);
        if (n < 0 && errno != EINTR) DIE("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd == listener)
                accept_all(listener);
            else
                echo(ready[i].data.fd);
        }
    }
}
