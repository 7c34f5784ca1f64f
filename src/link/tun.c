/* A TUN device: IP packets to and from the kernel, with its offloads (a virtio header before each packet, super-segments up to 64
 * KiB, checksums left to whoever wants them) or plain. One system call a packet. */
#include "tun.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cut.h"
#include "ip.h"

enum {
    SMALL = 256, /* payload that is copied behind its header */
    VNET_LEN = sizeof(struct virtio_net_hdr),
    COPY_MAX = 2048, /* plain packets up to this are copied whole */
    VNET_ROOM = 16,  /* the header is read into the end of this room, so that the packet after it is aligned */
};
_Static_assert(VNET_LEN == 10, "the header without num_buffers");

struct tun {
    struct tern_link link;
    int fd;
    bool plain;
    struct tern_buf *spare; /* for the next packet; kept while there is none */
};

static struct tun *tun_of(struct tern_link *l) { return (struct tun *)l; }

/* ---- receiving ---- */

/* The kernel left the checksum to hardware, and there is none: the data is good, only the pseudo-header may be summed. Or it has
 * verified the checksum already. */
static bool take_vnet(struct tern_buf *b, const struct virtio_net_hdr *v)
{
    unsigned gso = v->gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;
    b->csum_ok = (v->flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID)) != 0;
    if (gso == VIRTIO_NET_HDR_GSO_NONE) return true;
    b->gso_size = v->gso_size;
    return gso == VIRTIO_NET_HDR_GSO_TCPV4 || gso == VIRTIO_NET_HDR_GSO_TCPV6;
}

static ssize_t read_packet(struct tun *t, struct tern_buf *b)
{
    uint32_t skip = t->plain ? 0 : VNET_ROOM - VNET_LEN;
    ssize_t n;
    do n = read(t->fd, b->base + skip, b->cap - skip);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Without memory a packet is lost, as in a network card: if it stayed, its descriptor would stay readable. */
static ssize_t discard_packet(const struct tun *t)
{
    uint8_t start[VNET_ROOM];
    return read(t->fd, start, sizeof start);
}

/* Gives |b| its content. False: not a packet that we can use. */
static bool accept_packet(const struct tun *t, struct tern_buf *b, size_t n)
{
    if (t->plain) {
        b->len = (uint32_t)n;
        return n > 0;
    }
    struct virtio_net_hdr v;
    if (n <= VNET_LEN) return false;
    memcpy(&v, b->base + VNET_ROOM - VNET_LEN, VNET_LEN);
    b->data = b->base + VNET_ROOM;
    b->len = (uint32_t)(n - VNET_LEN);
    return take_vnet(b, &v);
}

static int tun_recv(struct tern_link *l, tern_ns now, struct tern_pool *pool, struct tern_buf **bufs, int n)
{
    struct tun *t = tun_of(l);
    (void)now;
    int got = 0;
    while (got < n) {
        if (!t->spare) t->spare = tern_buf_get(pool, t->plain ? l->mtu : TERN_PACKET_MAX);
        ssize_t r = t->spare ? read_packet(t, t->spare) : discard_packet(t);
        if (r < 0) return errno == EAGAIN || got > 0 ? got : TERN_ERR_IO;
        if (!t->spare || !accept_packet(t, t->spare, (size_t)r)) return got;
        bufs[got++] = t->spare;
        t->spare = NULL;
    }
    return got;
}

/* ---- sending ---- */

enum sent { SENT, FULL, GONE };

/* A packet that the kernel refuses is a packet lost: the device is down, out of memory, or does not like what it sees. */
static enum sent write_packet(const struct tun *t, const struct iovec *iov, unsigned n)
{
    ssize_t r;
    do r = n == 1 ? write(t->fd, iov[0].iov_base, iov[0].iov_len) : writev(t->fd, iov, (int)n);
    while (r < 0 && errno == EINTR);
    if (r >= 0) return SENT;
    switch (errno) {
    case EAGAIN: return FULL;
    case EIO:
    case ENOBUFS:
    case ENOMEM:
    case EINVAL:
    case EMSGSIZE: return SENT;
    default: return GONE;
    }
}

static unsigned add_slices(struct iovec *iov, const struct tern_slice *slice, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        memcpy(&iov[i].iov_base, &slice[i].base,
               sizeof slice[i].base); /* writev() does not write there, whatever its type says */
        iov[i].iov_len = slice[i].len;
    }
    return n;
}

static void fill_vnet(struct virtio_net_hdr *v, const struct tern_pkt *pkt)
{
    memset(v, 0, sizeof *v);
    v->hdr_len = pkt->head_len;
    if (!pkt->csum_start) return;
    v->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    v->csum_start = pkt->csum_start;
    v->csum_offset = pkt->csum_offset;
    if (pkt->gso_size == 0 || pkt->payload_len <= pkt->gso_size) return;
    unsigned gso = pkt->head[0] >> 4 == 6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
    if (pkt->head[pkt->csum_start + 13] & TH_CWR) gso |= VIRTIO_NET_HDR_GSO_ECN;
    v->gso_type = (uint8_t)gso;
    v->gso_size = pkt->gso_size;
}

static enum sent send_whole(const struct tun *t, const struct tern_pkt *pkt)
{
    uint8_t front[VNET_LEN + TERN_HEAD_MAX + SMALL];
    struct virtio_net_hdr v;
    fill_vnet(&v, pkt);
    memcpy(front, &v, VNET_LEN);
    memcpy(front + VNET_LEN, pkt->head, pkt->head_len);
    struct iovec iov[1 + TERN_SLICES_MAX];
    iov[0] = (struct iovec){front, VNET_LEN + (size_t)pkt->head_len};
    if (pkt->slices_n == 1 && pkt->payload_len <= SMALL) { /* write() of a copy is cheaper than writev() */
        memcpy(front + iov[0].iov_len, pkt->slice[0].base, pkt->payload_len);
        iov[0].iov_len += pkt->payload_len;
        return write_packet(t, iov, 1);
    }
    return write_packet(t, iov, 1 + add_slices(iov + 1, pkt->slice, pkt->slices_n));
}

/* The sum and a copy are one pass, so write() of the copy costs less than writev(); not so once the copy leaves the cache. */
static enum sent send_segment(const struct tun *t, struct cut *c, uint32_t len)
{
    uint8_t copy[COPY_MAX];
    struct iovec iov[1 + TERN_SLICES_MAX];
    if (len <= sizeof copy) {
        cut_copy(c, copy);
        iov[0] = (struct iovec){copy, len};
        return write_packet(t, iov, 1);
    }
    cut_sum(c);
    iov[0] = (struct iovec){c->head, c->head_len};
    return write_packet(t, iov, 1 + add_slices(iov + 1, c->slice, c->slices_n));
}

/* When the device is full in the midst of a super-segment, the rest is lost. */
static enum sent send_cut(const struct tun *t, const struct tern_pkt *pkt)
{
    for (uint32_t i = 0, n = cut_n(pkt); i < n; i++) {
        struct cut c;
        int len = cut_segment(pkt, i, &c);
        if (len < 0) return SENT;
        enum sent r = send_segment(t, &c, (uint32_t)len);
        if (r != SENT) return r == FULL && i > 0 ? SENT : r;
    }
    return SENT;
}

static int tun_send(struct tern_link *l, tern_ns now, const struct tern_pkt *pkts, int n)
{
    const struct tun *t = tun_of(l);
    (void)now;
    for (int i = 0; i < n; i++) {
        enum sent r = t->plain ? send_cut(t, &pkts[i]) : send_whole(t, &pkts[i]);
        if (r == FULL) return i;
        if (r == GONE) return TERN_ERR_IO;
    }
    return n;
}

/* ---- the rest ---- */

static int tun_fd(const struct tern_link *l) { return ((const struct tun *)l)->fd; }

static tern_ns tun_next(const struct tern_link *l)
{
    (void)l;
    return TERN_NEVER;
}

static void tun_close(struct tern_link *l)
{
    struct tun *t = tun_of(l);
    tern_buf_unref(t->spare);
    close(t->fd);
    free(t);
}

static const struct tern_link_ops tun_ops = {
    .name = "tun",
    .recv = tun_recv,
    .send = tun_send,
    .fd = tun_fd,
    .next = tun_next,
    .close = tun_close,
};

struct tern_link *tern_tun_open(const struct tern_tun_config *config, char *err, size_t err_len)
{
    uint32_t mtu = 0;
    int fd = tun_attach(config, &mtu, err, err_len);
    if (fd < 0) return NULL;
    struct tun *t = calloc(1, sizeof *t);
    if (!t) {
        snprintf(err, err_len, "no memory for the link");
        close(fd);
        return NULL;
    }
    t->link = (struct tern_link){&tun_ops, mtu, config->plain ? 0 : TERN_PACKET_MAX};
    t->fd = fd;
    t->plain = config->plain;
    return &t->link;
}
