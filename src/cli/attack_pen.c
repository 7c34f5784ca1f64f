/* The pen: a network namespace, a TUN device in it, tern at one end, the kernel and the attacker at the other. */
#include "cli_attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "checksum.h"
#include "cli_demo.h"
#include "cli_services.h"
#include "ip.h"

#define DEVICE "tern0"
#define LIMIT  (5 * TERN_SEC)

enum { ECHO = 7, HEAD = 20 };

/* The namespace that we are in. */
static ino_t here(void)
{
    struct stat st;
    return stat("/proc/self/ns/net", &st) == 0 ? st.st_ino : 0;
}

void pen_wait(struct pen *p, tern_ns span)
{
    tern_ns until = p->env.host.now + span;
    while (!p->env.stop && p->env.host.now < until && env_step(&p->env, until) == 0) continue;
}

/* Turns until the client's socket is ready for |events|. */
static bool ready(struct pen *p, short events)
{
    struct pollfd f = {.fd = p->client, .events = events};
    for (tern_ns end = p->env.host.now + LIMIT; p->env.host.now < end && !p->env.stop; pen_wait(p, 5 * TERN_MS))
        if (poll(&f, 1, 0) == 1) return (f.revents & events) != 0;
    return false;
}

bool pen_talks(struct pen *p)
{
    static const char said[] = "are you there?";
    char heard[sizeof said];
    size_t n = 0;
    if (send(p->client, said, sizeof said, MSG_NOSIGNAL) != (ssize_t)sizeof said) return false;
    while (n < sizeof said && ready(p, POLLIN)) {
        ssize_t got = recv(p->client, heard + n, sizeof said - n, 0);
        if (got <= 0) return false;
        n += (size_t)got;
    }
    return n == sizeof said && memcmp(said, heard, n) == 0;
}

static int connect_client(struct pen *p)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ECHO)};
    struct tern_endpoint local = {.port = ECHO};
    int err = host_listen(&p->env.host, &local, 128, &service_echo, NULL, NULL);
    if (err < 0) return cli_fail("attack", "cannot listen on port %u: %s", local.port, tern_strerror(err));
    inet_pton(AF_INET, DEMO_OWN4, &to.sin_addr);
    p->client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = p->client >= 0 && (connect(p->client, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS);
    if (ok && ready(p, POLLOUT) && pen_talks(p) && p->env.host.live) return -1;
    return cli_fail("attack", "no connection between the kernel and tern");
}

int pen_open(struct pen *p, struct options *o)
{
    ino_t before = here();
    *p = (struct pen){.options = o, .fd = -1, .client = -1};
    p->env = (struct env){.options = o, .signals.fd = -1};
    if (!before || !own_namespace() || here() == before)
        return cli_fail(
            "attack",
            "no network namespace of our own (%s): allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), "
            "or run it as root",
            strerror(errno));
    int status = env_open(&p->env, o, stdout);
    if (status >= 0) return status;
    p->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    p->device = (int)if_nametoindex(DEVICE);
    if (p->fd < 0 || !p->device) return cli_fail("attack", "cannot send into the namespace: %s", strerror(errno));
    status = connect_client(p);
    if (status < 0) tern_stack_counters(p->env.host.stack, &p->before);
    return status;
}

int pen_close(struct pen *p, int status)
{
    if (p->client >= 0) close(p->client);
    if (p->fd >= 0) close(p->fd);
    return env_close(&p->env, status);
}

struct tern_status pen_status(const struct pen *p)
{
    struct tern_status st;
    tern_conn_status(p->env.host.live->conn, &st);
    return st;
}

struct forged pen_as_client(const struct pen *p, uint16_t flags)
{
    struct tern_status st = pen_status(p);
    return (struct forged){
        .from = st.remote, .to = st.local, .h = {.flags = flags, .seq = seq(st.rcv_nxt), .ack = seq(st.snd_nxt), .wnd = 500}};
}

/* The only place where an attacker's packet leaves. */
static void into_the_pen(struct pen *p, const uint8_t *packet, size_t len)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = p->device};
    struct tern_counters before, after;
    tern_stack_counters(p->env.host.stack, &before);
    if (sendto(p->fd, packet, len, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)len) p->said++;
    pen_wait(p, 2 * TERN_MS);
    tern_stack_counters(p->env.host.stack, &after);
    p->answered += after.packets_out - before.packets_out;
}

void pen_say(struct pen *p, const struct forged *f)
{
    uint8_t packet[HEAD + 60 + 1500], tcp[60 + 1500];
    struct wire_tcp h = f->h;
    h.src_port = f->from.port, h.dst_port = f->to.port;
    size_t head = wire_tcp_build(&h, tcp), len;
    if (f->options) {
        memcpy(tcp + HEAD, f->options, f->options_len);
        head = HEAD + f->options_len;
        tcp[12] = (uint8_t)(head / 4 << 4 | (tcp[12] & 15));
    }
    if (f->offset) tcp[12] = (uint8_t)(f->offset << 4 | (tcp[12] & 15));
    memset(tcp + head, 'x', f->len);
    len = head + f->len;
    memset(tcp + 16, 0, 2);
    csum_put(tcp + 16, csum_add(csum_pseudo(&f->from.addr, &f->to.addr, IPPROTO_TCP_, (uint32_t)len), tcp, len));
    struct wire_ip ip = {.src = f->from.addr, .dst = f->to.addr, .version = 4, .proto = IPPROTO_TCP_, .ttl = 64};
    size_t at = wire_ip_build(&ip, (uint32_t)len, true, 0, packet);
    memcpy(packet + at, tcp, len);
    into_the_pen(p, packet, at + len);
}

void pen_icmp(struct pen *p, uint8_t type, uint8_t code, uint32_t rest, uint32_t at)
{
    uint8_t packet[140], *m = packet + HEAD, *quoted = m + 8;
    struct tern_status st = pen_status(p);
    struct wire_ip ip = {.src = st.remote.addr, .dst = st.local.addr, .version = 4, .proto = IPPROTO_ICMP_, .ttl = 64};
    struct wire_ip quote = {.src = st.local.addr, .dst = st.remote.addr, .version = 4, .proto = IPPROTO_TCP_, .ttl = 64};
    struct wire_tcp h = {.src_port = st.local.port, .dst_port = st.remote.port, .seq = seq(at), .flags = TH_ACK};
    wire_ip_build(&ip, 8 + 2 * HEAD, true, 0, packet);
    m[0] = type, m[1] = code, m[2] = m[3] = 0;
    be32_put(m + 4, rest);
    wire_ip_build(&quote, HEAD, true, 0, quoted);
    wire_tcp_build(&h, quoted + HEAD);
    csum_put(m + 2, csum_add(0, m, 8 + 2 * HEAD));
    into_the_pen(p, packet, 3 * HEAD + 8);
}
