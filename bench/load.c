/* The kernel's side of the bench: a client of the four services that `tern serve bench` has (echo 7, a byte and close 8, discard
 * 9, chargen 19), and a server of them, to compare with. IPv4; every socket is pinned to cubic, since the default differs between
 * machines.
 *
 *     load serve ADDRESS
 *     load in ADDRESS SECONDS             Gbit/s that the server takes (and acknowledges)
 *     load out ADDRESS SECONDS            Gbit/s that it sends
 *     load rtt ADDRESS SECONDS            median and 99th percentile of the round trip of one byte, microseconds
 *     load crr ADDRESS SECONDS N          connect, a byte each way, close: transactions a second, N at once
 *     load fill ADDRESS COUNT FROM...     COUNT such transactions from each of the addresses FROM: TIME-WAITs at the server
 *     load connect ADDRESS SECONDS RATE   RATE connections a second, a byte each way on each, then reset; how many were, how many
 *                                         failed, and median, 99th percentile and most of the time that connect took,
 * milliseconds load flood ADDRESS SECONDS RATE FROM  SYNs from FROM's network of 256 addresses, which never answer: how many a
 * second were sent load idle ADDRESS COUNT             opens connections, a byte each way on each, says "open", holds them until
 * its input ends load half-open ADDRESS COUNT FROM   SYNs from COUNT endpoints, FROM's network on, which never answer */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/ip.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define DIE(...) (fprintf(stderr, "load: " __VA_ARGS__), fputc('\n', stderr), exit(1))

#include "calls.h"

enum { ECHO = 7, CRR = 8, DISCARD = 9, CHARGEN = 19 };
enum {
    BLOCK_LEN = 1 << 18,
    EVENTS_MAX = 64,
    SAMPLES_MAX = 1 << 20,
    PARALLEL_MAX = 1000,
    BACKLOG = 1 << 18, /* the kernel lowers it to net.core.somaxconn */
    FILL_PARALLEL = 50,
    WAIT_S = 60,
    PATIENCE_S = 10,
    FDS_MAX = 1 << 16,
    BURST = 64, /* packets of one call */
    ROUND = 16, /* bursts between two looks at the clock */
    FILL_S = 20
};

static uint8_t block[BLOCK_LEN];

static void set_int(int fd, int level, int option, int value)
{
    check(setsockopt(fd, level, option, &value, sizeof value), "setsockopt");
}

static int make_socket(int flags)
{
    struct timeval wait = {.tv_sec = WAIT_S};
    int fd = check(socket(AF_INET, SOCK_STREAM | flags, 0), "socket");
    check(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5), "cubic");
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    return fd;
}

static int connect_to(const char *host, int port)
{
    struct sockaddr_in a = address(host, port);
    int fd = make_socket(0);
    check(connect(fd, (const struct sockaddr *)&a, sizeof a), "connect");
    return fd;
}

static void watch(int epoll, int op, int fd, uint32_t events, uint64_t tag)
{
    struct epoll_event e = {.events = events, .data.u64 = tag};
    check(epoll_ctl(epoll, op, fd, &e), "epoll_ctl");
}

/* ---- server: a descriptor's tag says which service it belongs to, and whether it listens ---- */

#define LISTENS (UINT64_C(1) << 63)

static uint64_t tag_of(int fd, int port) { return (uint64_t)port << 32 | (uint32_t)fd; }

static void accept_all(int epoll, int listener, int port)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        watch(epoll, EPOLL_CTL_ADD, fd, port == CHARGEN ? EPOLLOUT | EPOLLIN : EPOLLIN, tag_of(fd, port));
}

/* False: the connection is over. */
static bool serve_once(int fd, int port)
{
    if (port == CHARGEN) return send(fd, block, BLOCK_LEN, MSG_NOSIGNAL) > 0 || errno == EAGAIN;
    ssize_t n = read(fd, block, BLOCK_LEN);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    if (port == DISCARD) return true;
    return send(fd, block, port == ECHO ? (size_t)n : 1, MSG_NOSIGNAL) > 0 && port == ECHO;
}

static void serve(const char *host)
{
    static const int ports[] = {ECHO, CRR, DISCARD, CHARGEN};
    int epoll = check(epoll_create1(0), "epoll");
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        struct sockaddr_in a = address(host, ports[i]);
        int fd = make_socket(SOCK_NONBLOCK);
        set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        check(bind(fd, (const struct sockaddr *)&a, sizeof a), "bind");
        check(listen(fd, BACKLOG), "listen");
        watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, tag_of(fd, ports[i]) | LISTENS);
    }
    fprintf(stderr, "load: serving\n");
    for (;;) {
        struct epoll_event e[EVENTS_MAX];
        int n = check(epoll_wait(epoll, e, EVENTS_MAX, -1), "epoll_wait");
        for (int i = 0; i < n; i++) {
            int fd = (int)(uint32_t)e[i].data.u64, port = (int)(e[i].data.u64 >> 32 & 0xffff);
            if (e[i].data.u64 & LISTENS)
                accept_all(epoll, fd, port);
            else if (!serve_once(fd, port))
                close(fd);
        }
    }
}

/* ---- bulk ---- */

static uint64_t acked(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0, sizeof info);
    check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    return info.tcpi_bytes_acked;
}

static void bulk(const char *host, double seconds, bool in)
{
    int fd = connect_to(host, in ? DISCARD : CHARGEN);
    uint64_t read_n = 0, before = 0;
    double start = now(), from = 0, at;
    bool warm = false;
    do {
        ssize_t n = check(in ? send(fd, block, BLOCK_LEN, MSG_NOSIGNAL) : recv(fd, block, BLOCK_LEN, 0), in ? "send" : "recv");
        if (n == 0) DIE("the server closed");
        if (!in) read_n += (uint64_t)n;
        at = now();
        if (!warm && at - start >= 0.25) {
            warm = true;
            from = at;
            before = in ? acked(fd) : read_n;
        }
    } while (!warm || at - from < seconds);
    printf("%.2f\n", (double)((in ? acked(fd) : read_n) - before) * 8 / (at - from) / 1e9);
    struct linger abort = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close(fd);
}

/* ---- round trips ---- */

static int compare(const void *a, const void *b)
{
    float x, y;
    memcpy(&x, a, sizeof x), memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void rtt(const char *host, double seconds)
{
    static float samples[SAMPLES_MAX];
    int fd = connect_to(host, ECHO);
    size_t n = 0;
    char byte = 'x';
    double start = now(), from, at = start;
    while (at - start < seconds && n < SAMPLES_MAX) {
        from = at;
        if (check(send(fd, &byte, 1, 0), "send") != 1 || check(recv(fd, &byte, 1, 0), "recv") != 1) DIE("no echo");
        at = now();
        samples[n++] = (float)((at - from) * 1e6);
    }
    qsort(samples, n, sizeof samples[0], compare);
    printf("%.2f %.2f\n", (double)samples[n / 2], (double)samples[n * 99 / 100]);
    close(fd);
}

/* ---- transactions ---- */

struct client {
    int epoll;
    struct sockaddr_in to, from; /* from: port 0; address 0: any */
    uint64_t left;               /* transactions that may still begin */
    uint64_t running, done;
};

static void begin(struct client *c)
{
    if (c->left == 0) return;
    c->left--;
    c->running++;
    int fd = make_socket(SOCK_NONBLOCK);
    if (c->from.sin_addr.s_addr) {
        set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
        check(bind(fd, (const struct sockaddr *)&c->from, sizeof c->from), "bind");
    }
    if (connect(fd, (const struct sockaddr *)&c->to, sizeof c->to) < 0 && errno != EINPROGRESS)
        DIE("connect: %s", strerror(errno));
    watch(c->epoll, EPOLL_CTL_ADD, fd, EPOLLOUT, (uint64_t)fd);
}

static void go_on(struct client *c, const struct epoll_event *e)
{
    int fd = (int)e->data.u64;
    char bytes[16];
    if (e->events & EPOLLOUT) {
        check(send(fd, "x", 1, MSG_NOSIGNAL), "send, or connect");
        watch(c->epoll, EPOLL_CTL_MOD, fd, EPOLLIN, e->data.u64);
        return;
    }
    ssize_t n;
    do n = recv(fd, bytes, sizeof bytes, 0);
    while (n > 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) DIE("recv: %s", strerror(errno));
    close(fd);
    c->running--;
    c->done++;
    begin(c);
}

/* Until |until|, or until all are done. */
static void transact(struct client *c, double until)
{
    struct epoll_event e[EVENTS_MAX];
    while (c->running > 0 && now() < until) {
        int n = check(epoll_wait(c->epoll, e, EVENTS_MAX, WAIT_S * 1000), "epoll_wait");
        if (n == 0) DIE("no answer for %d s", WAIT_S);
        for (int i = 0; i < n; i++) go_on(c, &e[i]);
    }
}

static struct client make_client(const char *host)
{
    return (struct client){.epoll = check(epoll_create1(0), "epoll"), .to = address(host, CRR)};
}

static void crr(const char *host, double seconds, int at_once)
{
    struct client c = make_client(host);
    c.left = UINT64_MAX / 2;
    for (int i = 0; i < at_once && i < PARALLEL_MAX; i++) begin(&c);
    transact(&c, now() + seconds / 10);
    uint64_t before = c.done;
    double from = now();
    transact(&c, from + seconds);
    printf("%.0f\n", (double)(c.done - before) / (now() - from));
}

static void fill(const char *host, uint64_t count, char **from)
{
    struct client c = make_client(host);
    for (; *from; from++) {
        c.from = address(*from, 0);
        c.left = count;
        for (int i = 0; i < FILL_PARALLEL; i++) begin(&c);
        transact(&c, now() + FILL_S);
        if (c.left > 0) DIE("%d s were not enough for %llu connections", FILL_S, (unsigned long long)count);
    }
    close(c.epoll);
}

/* ---- idle connections ---- */

static void exchange(int fd)
{
    char byte = 'x';
    if (check(send(fd, &byte, 1, 0), "send") != 1 || check(recv(fd, &byte, 1, 0), "recv") != 1) DIE("no echo");
}

/* Each is served when it is new, and again when all are open. */
static void idle(const char *host, int count)
{
    char byte;
    int *fds = calloc((size_t)count + 1, sizeof *fds);
    if (!fds) DIE("no memory");
    for (int i = 0; i < count; i++) exchange(fds[i] = connect_to(host, ECHO));
    for (int i = 0; i < count; i++) exchange(fds[i]);
    puts("open");
    fflush(stdout);
    while (read(0, &byte, 1) > 0) continue;
    free(fds);
}

/* ---- connections at a given rate, whatever the server does ---- */

struct attempts {
    int epoll;
    struct sockaddr_in to;
    uint64_t begun, running, connected, failed;
    double at[FDS_MAX]; /* when the connection of that descriptor was asked for */
    float took[SAMPLES_MAX];
};

static void attempt(struct attempts *a)
{
    int fd = make_socket(SOCK_NONBLOCK);
    if (fd >= FDS_MAX) DIE("%d descriptors are not enough", FDS_MAX);
    a->begun++;
    a->running++;
    a->at[fd] = now();
    if (connect(fd, (const struct sockaddr *)&a->to, sizeof a->to) < 0 && errno != EINPROGRESS)
        DIE("connect: %s", strerror(errno));
    watch(a->epoll, EPOLL_CTL_ADD, fd, EPOLLOUT, (uint64_t)fd);
}

/* By a reset, so that it leaves no TIME-WAIT anywhere. */
static void attempt_over(struct attempts *a, int fd, bool well)
{
    struct linger abort = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close(fd);
    a->running--;
    a->failed += !well;
}

static void attempt_goes_on(struct attempts *a, const struct epoll_event *e)
{
    int fd = (int)e->data.u64, error = 0;
    socklen_t len = sizeof error;
    char byte = 'x';
    if (!(e->events & EPOLLOUT) && !(e->events & (EPOLLERR | EPOLLHUP))) {
        attempt_over(a, fd, recv(fd, &byte, 1, 0) == 1);
        return;
    }
    check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), "SO_ERROR");
    if (error || send(fd, &byte, 1, MSG_NOSIGNAL) != 1) {
        attempt_over(a, fd, false);
        return;
    }
    if (a->connected < SAMPLES_MAX) a->took[a->connected++] = (float)((now() - a->at[fd]) * 1e3);
    watch(a->epoll, EPOLL_CTL_MOD, fd, EPOLLIN, e->data.u64);
}

static void connect_at(const char *host, double seconds, double rate)
{
    static struct attempts a;
    struct epoll_event e[EVENTS_MAX];
    double began = now(), passed = 0;
    a.epoll = check(epoll_create1(0), "epoll");
    a.to = address(host, ECHO);
    while (passed < seconds || (a.running && passed < seconds + PATIENCE_S)) {
        while (passed < seconds && (double)a.begun < passed * rate) attempt(&a);
        int n = check(epoll_wait(a.epoll, e, EVENTS_MAX, 1), "epoll_wait");
        for (int i = 0; i < n; i++) attempt_goes_on(&a, &e[i]);
        passed = now() - began;
    }
    a.failed += a.running;
    size_t n = a.connected;
    if (!n) DIE("not one of %llu connections came to be", (unsigned long long)a.begun);
    qsort(a.took, n, sizeof a.took[0], compare);
    printf("%llu %llu %.3f %.3f %.3f\n", (unsigned long long)a.begun, (unsigned long long)a.failed, (double)a.took[n / 2],
           (double)a.took[n * 99 / 100], (double)a.took[n - 1]);
}

/* ---- half-open connections ---- */

/* A SYN as most systems send it: MSS, SACK permitted, timestamps, window scale. */
struct syn {
    struct tcphdr head;
    uint8_t options[20];
};

static uint16_t checksum(uint32_t from, uint32_t to, const struct syn *syn)
{
    uint16_t words[sizeof *syn / 2];
    uint32_t sum = htons(IPPROTO_TCP) + htons(sizeof *syn) + (from & 0xffff) + (from >> 16) + (to & 0xffff) + (to >> 16);
    memcpy(words, syn, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) sum += words[i];
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

struct packet {
    struct iphdr ip;
    struct syn syn;
};

/* Addresses in the host's order. */
static struct packet syn_packet(uint32_t from, uint16_t port, uint32_t to, uint32_t number)
{
    struct packet p = {
        .ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP, .saddr = htonl(from), .daddr = htonl(to)},
        .syn = {{.source = htons(port),
                 .dest = htons(ECHO),
                 .seq = htonl(number),
                 .doff = sizeof(struct syn) / 4,
                 .syn = 1,
                 .window = UINT16_MAX},
                {2, 4, 0x05, 0xa0, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}},
    };
    p.syn.head.check = checksum(p.ip.saddr, p.ip.daddr, &p.syn);
    return p;
}

static int raw_socket(void) { return check(socket(AF_INET, SOCK_RAW, IPPROTO_RAW), "raw socket"); }

static void half_open(const char *host, uint32_t count, const char *from)
{
    enum { EACH = 50000, PORT_FIRST = 10000 };
    struct sockaddr_in to = address(host, 0), source = address(from, 0);
    int fd = raw_socket();
    for (uint32_t i = 0; i < count; i++) {
        struct packet packet = syn_packet(ntohl(source.sin_addr.s_addr) + 1 + i / EACH, (uint16_t)(PORT_FIRST + i % EACH),
                                          ntohl(to.sin_addr.s_addr), i);
        check(sendto(fd, &packet, sizeof packet, 0, (const struct sockaddr *)&to, sizeof to), "sendto");
    }
    close(fd);
}

/* BURST SYNs, the first of which is the |i|-th; returns how many the device took. */
static uint64_t burst(int fd, struct sockaddr_in *to, uint32_t from, uint64_t i)
{
    enum { HOSTS = 254, PORT_FIRST = 1024, PORTS = 64000 };
    struct packet packet[BURST];
    struct iovec piece[BURST];
    struct mmsghdr message[BURST];
    memset(message, 0, sizeof message);
    for (unsigned k = 0; k < BURST; k++, i++) {
        packet[k] = syn_packet(from + 1 + (uint32_t)(i % HOSTS), (uint16_t)(PORT_FIRST + i / HOSTS % PORTS),
                               ntohl(to->sin_addr.s_addr), (uint32_t)i * 2654435761u);
        piece[k] = (struct iovec){&packet[k], sizeof packet[k]};
        message[k].msg_hdr = (struct msghdr){.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &piece[k], .msg_iovlen = 1};
    }
    int n = sendmmsg(fd, message, BURST, 0);
    if (n < 0 && errno != ENOBUFS && errno != EAGAIN) DIE("sendmmsg: %s", strerror(errno));
    return n > 0 ? (uint64_t)n : 0;
}

static void flood(const char *host, double seconds, double rate, const char *from)
{
    struct sockaddr_in to = address(host, 0), source = address(from, 0);
    int fd = raw_socket();
    uint64_t tried = 0, sent = 0;
    double began = now(), passed = 0;
    while (passed < seconds) {
        for (int i = 0; i < ROUND && (double)tried < passed * rate; i++, tried += BURST)
            sent += burst(fd, &to, ntohl(source.sin_addr.s_addr), tried);
        struct timespec nap = {.tv_nsec = 200000};
        if ((double)tried >= passed * rate) nanosleep(&nap, NULL);
        passed = now() - began;
    }
    printf("%.0f\n", (double)sent / passed);
    close(fd);
}

static void all_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "", *host = argc > 2 ? argv[2] : "";
    all_descriptors();
    memset(block, 'x', sizeof block);
    if (strcmp(what, "serve") == 0)
        serve(host);
    else if (argc > 3 && (strcmp(what, "in") == 0 || strcmp(what, "out") == 0))
        bulk(host, strtod(argv[3], NULL), strcmp(what, "in") == 0);
    else if (argc > 3 && strcmp(what, "rtt") == 0)
        rtt(host, strtod(argv[3], NULL));
    else if (argc > 4 && strcmp(what, "crr") == 0)
        crr(host, strtod(argv[3], NULL), (int)strtol(argv[4], NULL, 10));
    else if (argc > 3 && strcmp(what, "fill") == 0)
        fill(host, (uint64_t)strtoul(argv[3], NULL, 10), argv + 4);
    else if (argc > 3 && strcmp(what, "idle") == 0)
        idle(host, (int)strtol(argv[3], NULL, 10));
    else if (argc > 4 && strcmp(what, "connect") == 0)
        connect_at(host, strtod(argv[3], NULL), strtod(argv[4], NULL));
    else if (argc > 5 && strcmp(what, "flood") == 0)
        flood(host, strtod(argv[3], NULL), strtod(argv[4], NULL), argv[5]);
    else if (argc > 4 && strcmp(what, "half-open") == 0)
        half_open(host, (uint32_t)strtoul(argv[3], NULL, 10), argv[4]);
    else
        DIE("serve | in | out | rtt | crr | fill | connect | flood | idle | half-open: see the head of load.c");
    return 0;
}
