#include "tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link_words.h"

/* As in linux/ipv6.h, which cannot be included beside netinet/in.h. */
struct address6 {
    struct in6_addr addr;
    uint32_t prefix_len;
    int if_index;
};

#define QUEUE_LEN 20000 /* a TUN drops without a word when its ring is full */

struct text {
    char *at;
    size_t len;
    tern_translate translate;
};

static int __attribute__((format(printf, 2, 3))) fail(const struct text *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(err->at, err->len, in_words(err->translate, format), args);
    va_end(args);
    return -1;
}

static struct ifreq request(const char *name)
{
    struct ifreq ifr;
    memset(&ifr, 0, sizeof ifr);
    memcpy(ifr.ifr_name, name, strnlen(name, sizeof ifr.ifr_name - 1));
    return ifr;
}

static int refused(const char *name, int error, const struct text *err)
{
    switch (error) {
    case EPERM:
    case EACCES: return fail(err, "no permission to use the TUN device %s: run as root, or inside `unshare -Urn`", name);
    case EBUSY: return fail(err, "the TUN device %s is in use by another process: choose another name, or end that one", name);
    case EINVAL:
        return fail(err, "%s exists and is no TUN device, or was made for other flags: choose another name, or delete it", name);
    default: return fail(err, "cannot make the TUN device %s: %s", name, strerror(error));
    }
}

static int open_device(const struct text *err)
{
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) return fd;
    if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
        return fail(err, "there is no /dev/net/tun: load the module by `modprobe tun`, or give it to the container");
    if (errno == EACCES || errno == EPERM)
        return fail(err, "no permission to open /dev/net/tun: run as root, or allow it by `chmod 666 /dev/net/tun`");
    return fail(err, "cannot open /dev/net/tun: %s", strerror(errno));
}

static int attach(int fd, const struct tern_tun_config *config, const struct text *err)
{
    struct ifreq ifr = request(config->name);
    int flags = IFF_TUN | IFF_NO_PI | (config->plain ? 0 : IFF_VNET_HDR);
    ifr.ifr_flags = (short)flags;
    if (ioctl(fd, TUNSETIFF, &ifr) < 0) return refused(config->name, errno, err);
    /* What an earlier user of a lasting device had asked for holds until it is taken back. */
    unsigned long offloads = config->plain ? 0 : TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
    if (ioctl(fd, TUNSETOFFLOAD, offloads) < 0) return fail(err, "%s takes no offloads: %s", config->name, strerror(errno));
    int head_len = sizeof(struct virtio_net_hdr);
    if (!config->plain && ioctl(fd, TUNSETVNETHDRSZ, &head_len) < 0)
        return fail(err, "%s takes no offload header: %s", config->name, strerror(errno));
    return 0;
}

/* A knob of the device; where it cannot be turned, the kernel's default has to do. */
static void set_knob(const char *family, const char *name, const char *knob, const char *value)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/net/%s/conf/%s/%s", family, name, knob);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, value, strlen(value)) < 0) errno = 0;
    close(fd);
}

static int set_int(int s, const char *name, unsigned long command, int value)
{
    struct ifreq ifr = request(name);
    ifr.ifr_mtu = value; /* the queue's length stands at the same place */
    return ioctl(s, command, &ifr);
}

static int add_peer4(int s, const char *name, unsigned i, const struct tern_addr *a, unsigned prefix_len, const struct text *err)
{
    /* A second address needs a name of its own. */
    char label[IFNAMSIZ + 4];
    snprintf(label, sizeof label, i > 0 ? "%s:%u" : "%s", name, i);
    struct ifreq ifr = request(label);
    struct sockaddr_in in = {.sin_family = AF_INET};
    memcpy(&in.sin_addr, a->b + 12, 4);
    memcpy(&ifr.ifr_addr, &in, sizeof in);
    if (strlen(label) >= IFNAMSIZ || ioctl(s, SIOCSIFADDR, &ifr) < 0)
        return fail(err, "cannot give %s its address: %s", label, strerror(errno));
    in.sin_addr.s_addr = htonl(prefix_len > 0 ? UINT32_MAX << (32 - prefix_len) : 0);
    memcpy(&ifr.ifr_netmask, &in, sizeof in);
    if (ioctl(s, SIOCSIFNETMASK, &ifr) < 0)
        return fail(err, "cannot give %s the prefix length %u: %s", label, prefix_len, strerror(errno));
    return 0;
}

static int add_peer6(const char *name, const struct tern_addr *a, unsigned prefix_len, const struct text *err)
{
    struct address6 in = {.prefix_len = prefix_len, .if_index = (int)if_nametoindex(name)};
    memcpy(&in.addr, a->b, sizeof in.addr);
    int s = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    set_knob("ipv6", name, "disable_ipv6", "0");
    int r = s < 0 || (ioctl(s, SIOCSIFADDR, &in) < 0 && errno != EEXIST)
                ? fail(err, "cannot give %s its IPv6 address: %s", name, strerror(errno))
                : 0;
    if (s >= 0) close(s);
    return r;
}

static int add_peers(int s, const struct tern_tun_config *config, const struct text *err)
{
    unsigned v4_n = 0;
    for (size_t i = 0; i < config->peer_n; i++) {
        const struct tern_addr *a = &config->peer[i];
        bool v4 = tern_addr_is_v4(a);
        if (config->prefix_len[i] > (v4 ? 32 : 128)) return fail(err, "a prefix length of %u is too long", config->prefix_len[i]);
        int r = v4 ? add_peer4(s, config->name, v4_n++, a, config->prefix_len[i], err)
                   : add_peer6(config->name, a, config->prefix_len[i], err);
        if (r < 0) return r;
    }
    return 0;
}

static int set_up(int s, const struct tern_tun_config *config, const struct text *err)
{
    const char *name = config->name;
    /* Neither link-local addresses nor the solicitations that come with them, and no wait for duplicates of ours. */
    set_knob("ipv6", name, "addr_gen_mode", "1");
    set_knob("ipv6", name, "accept_dad", "0");
    set_knob("ipv6", name, "router_solicitations", "0");
    if (config->mtu > 0 && set_int(s, name, SIOCSIFMTU, (int)config->mtu) < 0)
        return fail(err, "%s does not take the MTU %u: %s", name, config->mtu, strerror(errno));
    /* In a user namespace nobody may: the kernel's own length will do. */
    if (set_int(s, name, SIOCSIFTXQLEN, QUEUE_LEN) < 0 && errno != EPERM)
        return fail(err, "%s does not take a queue of %d packets: %s", name, QUEUE_LEN, strerror(errno));
    struct ifreq ifr = request(name);
    if (ioctl(s, SIOCGIFFLAGS, &ifr) < 0) return fail(err, "cannot read the flags of %s: %s", name, strerror(errno));
    ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP);
    if (ioctl(s, SIOCSIFFLAGS, &ifr) < 0) return fail(err, "cannot set %s up: %s", name, strerror(errno));
    return add_peers(s, config, err);
}

static int configure(const struct tern_tun_config *config, uint32_t *mtu, const struct text *err)
{
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0) return fail(err, "cannot make a socket: %s", strerror(errno));
    int r = config->up ? set_up(s, config, err) : 0;
    struct ifreq ifr = request(config->name);
    if (r == 0 && ioctl(s, SIOCGIFMTU, &ifr) < 0) r = fail(err, "cannot read the MTU of %s: %s", config->name, strerror(errno));
    *mtu = config->mtu > 0 ? config->mtu : (uint32_t)ifr.ifr_mtu;
    close(s);
    return r;
}

int tun_attach(const struct tern_tun_config *config, uint32_t *mtu, char *err, size_t err_len)
{
    struct text text = {err, err_len, config->translate};
    size_t len = strlen(config->name);
    if (len == 0 || len >= IFNAMSIZ)
        return fail(&text, "\"%s\" cannot be the name of a device: it must have 1 to %d letters", config->name, IFNAMSIZ - 1);
    int fd = open_device(&text);
    if (fd < 0) return fd;
    if (attach(fd, config, &text) == 0 && configure(config, mtu, &text) == 0) return fd;
    close(fd);
    return -1;
}
