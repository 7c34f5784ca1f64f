/* A client: sends a line, prints the answer. In `unshare -Urn`: ./client tern0 192.0.2.2 192.0.2.1 7 hello
 *     cc -o client client.c $(pkg-config --cflags --libs tern) */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tern/sock.h>

int main(int argc, char **argv)
{
    if (argc != 6) return fputs("usage: client DEVICE ADDRESS KERNELS-ADDRESS PORT TEXT\n", stderr), 2;
    char err[200] = "not an address", buf[1000];
    struct tern_tun_config tun = {.name = argv[1], .up = true, .prefix_len = {24}, .peer_n = 1};
    struct tern_if_config nic = {.prefix_len = {24}, .addr_n = 1};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[4]))};
    bool ok = !tern_addr_parse(argv[2], &nic.addr[0]) && !tern_addr_parse(argv[3], &tun.peer[0]);
    struct tern_link *link = ok && inet_pton(AF_INET, argv[3], &to.sin_addr) ? tern_tun_open(&tun, err, sizeof err) : NULL;
    if (!link) return fprintf(stderr, "client: %s\n", err), 1;
    struct tern_net *net = tern_net_new(&(struct tern_net_config){0});
    if (!net || tern_net_add_link(net, link, &nic) < 0) return perror("client"), 1;
    int fd = tern_socket(net, AF_INET, SOCK_STREAM, 0);
    if (tern_connect(fd, (const struct sockaddr *)&to, sizeof to) < 0) return perror("client: connect"), 1;
    tern_send(fd, argv[5], strlen(argv[5]), MSG_NOSIGNAL), tern_send(fd, "\n", 1, MSG_NOSIGNAL), tern_shutdown(fd, SHUT_WR);
    for (ssize_t n; (n = tern_recv(fd, buf, sizeof buf, 0)) != 0;) {
        if (n < 0) return perror("client: recv"), 1;
        fwrite(buf, 1, (size_t)n, stdout);
    }
    return tern_close(fd) + (tern_net_free(net), 0);
}
