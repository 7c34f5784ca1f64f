/* A chat: what one says, all others hear. One thread and poll(), which also waits for the program's own standard input: the
 * operator is heard by all.
 *
 *     cc -o chat chat.c $(pkg-config --cflags --libs tern)
 *     ./chat tern0 192.0.2.2 192.0.2.1       as root, or in `unshare -Urn`; then, twice: nc 192.0.2.2 6667 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tern/sock.h>
#include <unistd.h>

#define DIE(...) (fprintf(stderr, "chat: " __VA_ARGS__), fputc('\n', stderr), exit(1))

enum { PEOPLE_MAX = 100, FIRST = 2 };

static struct pollfd fds[FIRST + PEOPLE_MAX] = {{.fd = STDIN_FILENO, .events = POLLIN}}; /* then the listener, then people */
static nfds_t fds_n = FIRST;

/* A net with a TUN device. It has no thread: it runs while a call waits. */
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

static void tell_all(nfds_t but, const char *text, size_t len)
{
    for (nfds_t i = FIRST; i < fds_n; i++) /* who does not listen misses something */
        if (i != but) tern_send(fds[i].fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void welcome(int listener)
{
    int fd = tern_accept(listener, NULL, NULL);
    if (fd < 0) return;
    if (fds_n == FIRST + PEOPLE_MAX) {
        tern_close(fd);
        return;
    }
    fds[fds_n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    tell_all(fds_n - 1, "somebody came\n", 14);
}

/* False: they have gone. */
static bool hear(nfds_t i)
{
    char text[4096];
    ssize_t n = tern_recv(fds[i].fd, text, sizeof text, MSG_DONTWAIT);
    if (n > 0) tell_all(i, text, (size_t)n);
    if (n > 0 || (n < 0 && errno == EAGAIN)) return true;
    tern_close(fds[i].fd);
    fds[i] = fds[--fds_n];
    tell_all(PEOPLE_MAX + FIRST, "somebody went\n", 14);
    return false;
}

static void hear_operator(void)
{
    char text[4096];
    ssize_t n = read(STDIN_FILENO, text, sizeof text);
    if (n > 0) tell_all(0, text, (size_t)n);
    if (n <= 0) fds[0].fd = -1; /* poll() passes over it */
}

int main(int argc, char **argv)
{
    if (argc != 4) DIE("usage: chat DEVICE ADDRESS KERNELS-ADDRESS");
    struct tern_net *net = open_net(argv[1], argv[2], argv[3]);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(6667)};
    int listener = tern_socket(net, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (tern_bind(listener, (const struct sockaddr *)&here, sizeof here) < 0 || tern_listen(listener, 16) < 0)
        DIE("%s", strerror(errno));
    fds[1] = (struct pollfd){.fd = listener, .events = POLLIN};
    fprintf(stderr, "chat: %s port 6667\n", argv[2]);
    while (tern_poll(fds, fds_n, -1) >= 0 || errno == EINTR) {
        for (nfds_t i = FIRST; i < fds_n;)
            if (fds[i].revents == 0 || hear(i)) i++;
        if (fds[1].revents) welcome(listener);
        if (fds[0].revents) hear_operator();
    }
    DIE("%s", strerror(errno));
}
