/* An echo server with blocking calls and a thread for each connection: what every textbook has, on tern.
 *
 *     cc -o threads threads.c $(pkg-config --cflags --libs tern) -pthread
 *     ./threads tern0 192.0.2.2 192.0.2.1    as root, or in `unshare -Urn`; then: nc 192.0.2.2 7
 *
 * tern is 192.0.2.2; the kernel, at the other end of the new device, 192.0.2.1. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tern/sock.h>

#define DIE(...) (fprintf(stderr, "threads: " __VA_ARGS__), fputc('\n', stderr), exit(1))

/* A net with a TUN device, run by a thread of its own. */
static struct tern_net *open_net(const char *device, const char *own, const char *kernel)
{
    char err[200];
    struct tern_tun_config tun = {.name = device, .up = true, .prefix_len = {24}, .peer_n = 1};
    struct tern_if_config nic = {.prefix_len = {24}, .addr_n = 1};
    if (tern_addr_parse(own, &nic.addr[0]) < 0 || tern_addr_parse(kernel, &tun.peer[0]) < 0) DIE("not an address");
    struct tern_link *link = tern_tun_open(&tun, err, sizeof err);
    if (!link) DIE("%s", err);
    struct tern_net *net = tern_net_new(&(struct tern_net_config){.thread = true});
    if (!net || tern_net_add_link(net, link, &nic) < 0) DIE("%s", strerror(errno));
    return net;
}

static void *serve(void *arg)
{
    int fd = *(int *)arg;
    char buf[65536];
    ssize_t n;
    free(arg);
    while ((n = tern_recv(fd, buf, sizeof buf, 0)) > 0)
        if (tern_send(fd, buf, (size_t)n, MSG_NOSIGNAL) != n) break;
    tern_close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 4) DIE("usage: threads DEVICE ADDRESS KERNELS-ADDRESS");
    struct tern_net *net = open_net(argv[1], argv[2], argv[3]);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(7)};
    int listener = tern_socket(net, AF_INET, SOCK_STREAM, 0), fd;
    if (tern_bind(listener, (const struct sockaddr *)&here, sizeof here) < 0 || tern_listen(listener, 128) < 0)
        DIE("%s", strerror(errno));
    fprintf(stderr, "threads: %s port 7\n", argv[2]);
    while ((fd = tern_accept(listener, NULL, NULL)) >= 0 || errno == EINTR || errno == ECONNABORTED) {
        pthread_t thread;
        int *arg = fd >= 0 ? malloc(sizeof *arg) : NULL;
        if (!arg) continue;
        *arg = fd;
        if (pthread_create(&thread, NULL, serve, arg) == 0)
            pthread_detach(thread);
        else
            tern_close(fd), free(arg);
    }
    DIE("%s", strerror(errno));
}
