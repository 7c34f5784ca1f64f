#include "cable.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MTU = 1500, ROOM = 8 << 20 };

struct end {
    struct tern_link link;
    int fd;
};

static struct end *end_of(struct tern_link *l) { return (struct end *)l; }

static int cable_recv(struct tern_link *l, tern_ns now, struct tern_pool *pool, struct tern_buf **bufs, int n)
{
    (void)now;
    int got = 0;
    while (got < n) {
        struct tern_buf *b = tern_buf_get(pool, MTU);
        if (!b) break;
        ssize_t len = recv(end_of(l)->fd, b->data, MTU, MSG_DONTWAIT);
        if (len <= 0) {
            tern_buf_unref(b);
            break;
        }
        b->len = (uint32_t)len;
        bufs[got++] = b;
    }
    return got;
}

/* Lost when the other end has gone or its socket is full, as on a cable. */
static int cable_send(struct tern_link *l, tern_ns now, const struct tern_pkt *pkts, int n)
{
    uint8_t packet[MTU];
    (void)now;
    for (int i = 0; i < n; i++) {
        int len;
        for (uint32_t k = 0; (len = tern_pkt_cut(&pkts[i], k, packet, sizeof packet)) > 0; k++)
            (void)!send(end_of(l)->fd, packet, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return n;
}

static int cable_fd(const struct tern_link *l) { return ((const struct end *)l)->fd; }

static tern_ns cable_next(const struct tern_link *l)
{
    (void)l;
    return TERN_NEVER;
}

static void cable_close(struct tern_link *l)
{
    close(end_of(l)->fd);
    free(l);
}

static const struct tern_link_ops ops = {"cable", cable_recv, cable_send, cable_fd, cable_next, cable_close};

static struct tern_link *end_new(int fd)
{
    struct end *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    int room = ROOM;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    *e = (struct end){.link = {.ops = &ops, .mtu = MTU}, .fd = fd};
    return &e->link;
}

bool cable_new(struct tern_link **a, struct tern_link **b)
{
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) != 0) return false;
    *a = end_new(fd[0]);
    *b = end_new(fd[1]);
    return *a && *b;
}
