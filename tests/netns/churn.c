/* Connections of the kernel's to `tern serve bench`, of every kind that comes and goes, as many as there is time for:
 *
 *     churn ADDRESS SECONDS AT_ONCE SEED HUSH FROM COUNT
 *
 * AT_ONCE of them at a time, for SECONDS, from COUNT addresses, FROM the first. A connection connects and closes; has bytes
 * echoed and closes; closes its side first and then gets them back; is aborted in the middle; or vanishes in the middle: the
 * client is deaf and mute from then on, and kept so for HUSH seconds, in which the server has to give it up. What comes back is
 * compared.
 *
 * A line each second, and when all but the vanished have ended: seconds passed, then how many connected, transferred,
 * half-closed, aborted, vanished, failed, and megabytes that came back. Then it waits for the end of its input, and ends with 1
 * when a connection failed. */
#include <errno.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DIE(...) (fprintf(stderr, "churn: " __VA_ARGS__), fputc('\n', stderr), exit(1))

#include "calls.h"

enum {
    ECHO = 7,
    CRR = 8,
    CHARGEN = 19,
    PERIOD = 251,
    PIECE = 16384,
    SIZE_BITS = 17,
    AT_ONCE_MAX = 4096,
    MUTE_MAX = 1 << 16,
    EVENTS = 64
};
enum kind { CONNECT, TRANSFER, HALF_CLOSE, ABORT, VANISH, KINDS };

struct talk {
    int fd;
    enum kind kind;
    uint32_t size, sent, got; /* ABORT, VANISH: |size| bytes in, it happens */
    int port;
    bool open, shut;
};

/* Vanished ones, the oldest first. */
struct mute {
    int fd;
    double until;
};

static struct talk talks[AT_ONCE_MAX];
static struct mute mutes[MUTE_MAX];
static uint64_t mute_first, mute_end;
static uint64_t done[KINDS], failed, back;
static uint8_t pattern[PERIOD + PIECE];
static int epoll_fd;
static struct sockaddr_in server, from;
static uint32_t from_n, x;
static double hush;

static uint32_t draw(uint32_t below)
{
    x ^= x << 13, x ^= x >> 17, x ^= x << 5;
    return x % below;
}

static enum kind draw_kind(void)
{
    static const enum kind of[] = {CONNECT, CONNECT, TRANSFER, TRANSFER, TRANSFER, HALF_CLOSE, HALF_CLOSE, ABORT, ABORT, VANISH};
    return of[draw(sizeof of / sizeof of[0])];
}

static void set_int(int fd, int level, int option, int value)
{
    check(setsockopt(fd, level, option, &value, sizeof value), "setsockopt");
}

static void watch(int op, struct talk *t, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = t};
    check(epoll_ctl(epoll_fd, op, t->fd, &e), "epoll_ctl");
}

static void begin(struct talk *t)
{
    *t = (struct talk){.kind = draw_kind(), .fd = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket")};
    t->size = 1 + draw(UINT32_C(1) << draw(SIZE_BITS));
    t->port = t->kind == VANISH || (t->kind == ABORT && draw(2)) ? CHARGEN : t->kind == CONNECT && draw(2) ? CRR : ECHO;
    if (t->port == CRR) t->size = 1;
    struct sockaddr_in own = from, to = server;
    own.sin_addr.s_addr = htonl(ntohl(from.sin_addr.s_addr) + draw(from_n));
    to.sin_port = htons((uint16_t)t->port);
    set_int(t->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (t->kind == VANISH) set_int(t->fd, SOL_SOCKET, SO_RCVBUF, PIECE); /* many wait */
    check(bind(t->fd, (const struct sockaddr *)&own, sizeof own), "bind");
    if (connect(t->fd, (const struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) DIE("connect: %s", strerror(errno));
    watch(EPOLL_CTL_ADD, t, EPOLLOUT);
}

static void reset(int fd)
{
    struct linger now_ = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now_, sizeof now_);
    close(fd);
}

static void over(struct talk *t, bool well)
{
    if (well)
        done[t->kind]++;
    else
        failed++;
    if (t->kind == ABORT || !well)
        reset(t->fd);
    else
        close(t->fd);
    t->fd = -1;
}

static void fails(struct talk *t, const char *why)
{
    if (failed < 10)
        fprintf(stderr, "churn: kind %d, %u of %u bytes sent, %u back: %s\n", (int)t->kind, t->sent, t->size, t->got, why);
    over(t, false);
}

/* Nothing that comes is heard any more, so nothing is answered; and it has nothing to say by itself. */
static void vanish(struct talk *t)
{
    struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &none};
    check(setsockopt(t->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), "SO_ATTACH_FILTER");
    if (mute_end - mute_first == MUTE_MAX) DIE("%d are not enough that have vanished", MUTE_MAX);
    check(epoll_ctl(epoll_fd, EPOLL_CTL_DEL, t->fd, NULL), "epoll_ctl");
    mutes[mute_end++ % MUTE_MAX] = (struct mute){t->fd, now() + hush};
    done[VANISH]++;
    t->fd = -1;
}

/* By then the server has long forgotten them: what the socket says last meets nobody. */
static void bury(double at)
{
    for (; mute_first < mute_end && mutes[mute_first % MUTE_MAX].until <= at; mute_first++)
        reset(mutes[mute_first % MUTE_MAX].fd);
}

static void send_more(struct talk *t)
{
    while (t->sent < t->size) {
        uint32_t left = t->size - t->sent;
        ssize_t n = send(t->fd, pattern + t->sent % PERIOD, left < PIECE ? left : PIECE, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) {
            fails(t, strerror(errno));
            return;
        }
        t->sent += (uint32_t)n;
    }
    if (t->kind == HALF_CLOSE && !t->shut) {
        check(shutdown(t->fd, SHUT_WR), "shutdown");
        t->shut = true;
    }
    watch(EPOLL_CTL_MOD, t, EPOLLIN);
}

static void ended(struct talk *t)
{
    if ((t->shut || t->port == CRR) && t->got == t->size)
        over(t, true);
    else
        fails(t, "the server closed");
}

static void receive(struct talk *t)
{
    static uint8_t bytes[PIECE];
    ssize_t n;
    while (t->fd >= 0 && (n = recv(t->fd, bytes, sizeof bytes, 0)) != 0) {
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) {
            fails(t, strerror(errno));
            return;
        }
        if (t->port != CHARGEN && (t->got + (uint32_t)n > t->sent || memcmp(bytes, pattern + t->got % PERIOD, (size_t)n) != 0)) {
            fails(t, "bytes that were not sent");
            return;
        }
        t->got += (uint32_t)n;
        back += (uint64_t)n;
        if (t->kind == VANISH && t->got >= t->size / 4) {
            vanish(t);
            return;
        }
        if (t->kind == ABORT && t->got >= t->size / 2) over(t, true);
        if (t->kind == TRANSFER && t->got == t->size) over(t, true);
    }
    if (t->fd >= 0) ended(t);
}

static void go_on(struct talk *t, uint32_t events)
{
    if (!t->open) {
        int error = 0;
        socklen_t len = sizeof error;
        check(getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len), "SO_ERROR");
        if (error) {
            fails(t, strerror(error));
            return;
        }
        t->open = true;
        if (t->kind == CONNECT && t->port == ECHO) {
            over(t, true);
            return;
        }
        watch(EPOLL_CTL_MOD, t, t->port == CHARGEN ? EPOLLIN : EPOLLIN | EPOLLOUT);
    }
    if (t->port != CHARGEN && (events & EPOLLOUT)) send_more(t);
    if (t->fd >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) receive(t);
}

static void say(double passed)
{
    printf("%.0f", passed);
    for (int i = 0; i < KINDS; i++) printf(" %llu", (unsigned long long)done[i]);
    printf(" %llu %.1f\n", (unsigned long long)failed, (double)back / 1e6);
    fflush(stdout);
}

/* Whether something still runs. */
static bool turn(int at_once, bool more)
{
    struct epoll_event e[EVENTS];
    int running = 0;
    for (int i = 0; i < at_once; i++) {
        if (talks[i].fd < 0 && more) begin(&talks[i]);
        running += talks[i].fd >= 0;
    }
    int n = check(epoll_wait(epoll_fd, e, EVENTS, 100), "epoll_wait");
    for (int i = 0; i < n; i++) go_on(e[i].data.ptr, e[i].events);
    bury(now());
    return running > 0;
}

static void churn(double seconds, int at_once)
{
    enum { PATIENCE = 60 };
    double began = now(), passed = 0, next = 1;
    while (turn(at_once, passed < seconds)) {
        passed = now() - began;
        if (passed > seconds + PATIENCE) DIE("connections that do not end");
        if (passed < next) continue;
        say(passed);
        next = passed + 1;
    }
    say(passed);
}

/* Until nobody holds the other end of the input any more. */
static void wait_for_word(void)
{
    char byte;
    puts("rest");
    fflush(stdout);
    while (read(0, &byte, 1) > 0) continue;
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    if (argc != 8) DIE("ADDRESS SECONDS AT_ONCE SEED HUSH FROM COUNT");
    int at_once = (int)strtol(argv[3], NULL, 10);
    if (at_once < 1 || at_once > AT_ONCE_MAX) DIE("1 to %d at once", AT_ONCE_MAX);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) limit.rlim_cur = limit.rlim_max, setrlimit(RLIMIT_NOFILE, &limit);
    for (size_t i = 0; i < sizeof pattern; i++) pattern[i] = (uint8_t)(i % PERIOD);
    for (int i = 0; i < at_once; i++) talks[i].fd = -1;
    server = address(argv[1], 0);
    x = (uint32_t)strtoul(argv[4], NULL, 10) * 2654435761u + 1;
    hush = strtod(argv[5], NULL);
    from = address(argv[6], 0);
    from_n = (uint32_t)strtoul(argv[7], NULL, 10);
    if (from_n < 1) DIE("COUNT is at least 1");
    epoll_fd = check(epoll_create1(0), "epoll");
    churn(strtod(argv[2], NULL), at_once);
    wait_for_word();
    return failed > 0;
}
