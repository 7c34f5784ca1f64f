/* tern inside a libuv loop: uv_poll watches the one descriptor that stands for the net, and a tern epoll set says which sockets
 * are ready. The loop's other handles (here a timer that tells how many connections there are) go on as ever.
 *
 *     cc -o libuv libuv.c $(pkg-config --cflags --libs tern libuv)
 *     ./libuv tern0 192.0.2.2 192.0.2.1      as root, or in `unshare -Urn`; then: nc 192.0.2.2 7 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tern/sock.h>
#include <uv.h>

#define DIE(...) (fprintf(stderr, "libuv: " __VA_ARGS__), fputc('\n', stderr), exit(1))

enum { EVENTS_MAX = 64, SAY_MS = 500 };

static struct tern_net *net;
static int epoll, listener, open_n;

static void open_net(const char *device, const char *own, const char *kernel)
{
    char err[200];
    struct tern_tun_config tun = {.name = device, .up = true, .prefix_len = {24}, .peer_n = 1};
    struct tern_if_config nic = {.prefix_len = {24}, .addr_n = 1};
    if (tern_addr_parse(own, &nic.addr[0]) < 0 || tern_addr_parse(kernel, &tun.peer[0]) < 0) DIE("not an address");
    struct tern_link *link = tern_tun_open(&tun, err, sizeof err);
    if (!link) DIE("%s", err);
    net = tern_net_new(&(struct tern_net_config){.thread = false});
    if (!net || tern_net_add_link(net, link, &nic) < 0) DIE("%s", strerror(errno));
}

static void watch(int fd)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd};
    if (tern_epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0) DIE("epoll_ctl: %s", strerror(errno));
}

static void accept_all(void)
{
    for (int fd; (fd = tern_accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0; open_n++) watch(fd);
}

/* What the send buffer does not take waits in the receive buffer: EPOLLOUT will come. */
static void echo(int fd)
{
    char buf[16384];
    ssize_t n, sent = 1;
    while ((n = tern_recv(fd, buf, sizeof buf, MSG_PEEK)) > 0) {
        sent = tern_send(fd, buf, (size_t)n, MSG_NOSIGNAL);
        if (sent <= 0 || tern_recv(fd, buf, (size_t)sent, MSG_TRUNC) != sent) break;
    }
    if (n != 0 && errno == EAGAIN) return;
    tern_close(fd);
    open_n--;
}

/* The net has something to do: it does it, and then the sockets that are ready are served. */
static void on_net(uv_poll_t *handle, int status, int events)
{
    struct epoll_event ready[EVENTS_MAX];
    int n;
    (void)handle, (void)events;
    if (status < 0 || tern_net_poll(net, 0) < 0) DIE("%s", status < 0 ? uv_strerror(status) : strerror(errno));
    while ((n = tern_epoll_wait(epoll, ready, EVENTS_MAX, 0)) > 0) {
        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd == listener)
                accept_all();
            else
                echo(ready[i].data.fd);
        }
    }
}

static void on_timer(uv_timer_t *timer)
{
    static int said = -1;
    (void)timer;
    if (said != open_n) fprintf(stderr, "%d open\n", said = open_n);
}

int main(int argc, char **argv)
{
    if (argc != 4) DIE("usage: libuv DEVICE ADDRESS KERNELS-ADDRESS");
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(7)};
    uv_poll_t poll;
    uv_timer_t timer;
    open_net(argv[1], argv[2], argv[3]);
    listener = tern_socket(net, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (tern_bind(listener, (const struct sockaddr *)&here, sizeof here) < 0 || tern_listen(listener, 128) < 0)
        DIE("%s", strerror(errno));
    epoll = tern_epoll_create1(net, 0);
    watch(listener);
    uv_poll_init(uv_default_loop(), &poll, tern_net_fd(net));
    uv_poll_start(&poll, UV_READABLE, on_net);
    uv_timer_init(uv_default_loop(), &timer);
    uv_timer_start(&timer, on_timer, SAY_MS, SAY_MS);
    fprintf(stderr, "libuv: %s port 7\n", argv[2]);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
